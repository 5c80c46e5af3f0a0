"""The desk that is tortured: it says back what it is told, and calls actions that must not act twice."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

SECRET = "torture"

_FILES = {
    "frontdesk.yml": """
        name: Tortured
        languages: [en]
        channels:
          key: {kind: loopback, url: "URL/messages", secret: SECRET, in_doubt: key}
          once: {kind: loopback, url: "URL/messages", secret: SECRET, in_doubt: once}
        queues: {general: {}}
        routing:
        - {else: {bot: echo}, fallback: {queue: general}}
        """,
    "ext/loopback.py": """
        from frontdesk.testing.loopback import Loopback as Loopback
        """,
    "bots/echo/bot.yml": """
        kind: dialogs
        slots:
          words: {ask: next}
        """,
    "bots/echo/dialogs/echo.yml": """
        dialog: echo
        when: {event: session_started}
        steps:
        - ask: words
          id: next
          known: ask
        - if: words[:3] == "pay"
          then:
          - call: pay
            with: {words: words}
        - if: words[:4] == "book"
          then:
          - call: book
            with: {words: words}
        - if: words[:4] == "wire"
          then:
          - call: wire
            with: {words: words}
            confirm: yes_no
        - say: got
        - goto: next
        """,
    "bots/echo/messages/en.yml": """
        next: "Next?"
        got: "got {{ words }}"
        """,
    "bots/echo/actions.py": """
        import httpx

        from frontdesk import IdempotencyKey, action

        PATIENCE = 60  # seconds: a machine that stands still is no server that fails


        @action(effect="write", key="idempotency", timeout=PATIENCE)
        async def pay(words: str, key: IdempotencyKey, http: httpx.AsyncClient) -> bool:
            "Safe to repeat under the same key."
            return await _post(http, "pay", words, key)


        @action(timeout=PATIENCE)
        async def is_booked(words: str, http: httpx.AsyncClient) -> bool:
            "Whether a booking was made."
            answer = await http.get("URL/booked", params={"words": words}, timeout=PATIENCE)
            return answer.json() is True


        @action(effect="write", check="is_booked", timeout=15)
        async def book(words: str, http: httpx.AsyncClient) -> bool:
            "Not safe to repeat, but one can look whether it happened."
            return await _post(http, "book", words)


        @action(effect="write", confirm="customer", timeout=PATIENCE)
        async def wire(words: str, http: httpx.AsyncClient) -> bool:
            "Nobody can know whether it happened."
            return await _post(http, "wire", words)


        async def _post(http: httpx.AsyncClient, what: str, words: str, key: str = "") -> bool:
            headers = {"Idempotency-Key": key}
            answer = await http.post(f"URL/{what}", json={"words": words}, headers=headers, timeout=PATIENCE)
            answer.raise_for_status()
            return True
        """,
}


def write_desk(root: Path, url: str) -> None:
    """Put the files of the tortured desk into a folder. `url`: where its channels and actions call."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip().replace("URL", url).replace("SECRET", SECRET))
