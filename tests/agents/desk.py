"""The desk these tests talk with: an agent with tools, components and a dialog of another bot."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

FILES = {
    "frontdesk.yml": """
        name: Corner shop
        languages: [en, fr, es]
        time_zone: Europe/Paris
        channels: {site: {kind: web}, rest: {kind: rest}}
        queues: {returns: {}, general: {}}
        routing:
        - {else: {bot: helper}, fallback: {queue: general}}
        """,
    "bots/helper/bot.yml": """
        kind: agent
        name: Helper
        prompt: helper
        model: {name: "scripted:helper"}
        tools: [find_order, hang, book_pickup, {tool: refund, confirm: sure}, cancel_order]
        components: [clerk/pickup_date, colour, free_text, page]
        dialogs: [clerk/return_order]
        limits: {calls: 6}
        """,
    "bots/helper/prompts/helper.j2": """
        You are {{ bot }}, the assistant of {{ desk }}. Today is {{ today()|date("yyyy-MM-dd") }}.
        Answer in the language `{{ language }}`, briefly, as on a {{ channel }} chat.
        {% if known.order_number %}They spoke of order {{ known.order_number }}.{% endif %}
        """,
    "bots/helper/components/colour.yml": """
        component: colour
        kind: choices
        ask: {en: "Which colour for {{ what }}?"}
        options: [{id: red, label: {en: Red}}, {id: blue, label: {en: Blue}}]
        """,
    "bots/helper/components/free_text.yml": """
        component: free_text
        kind: text
        ask: {en: "What happened?"}
        """,
    "bots/helper/components/page.yml": """
        component: page
        kind: link
        title: {en: Our page}
        url: https://shop.example
        """,
    "bots/helper/components/sure.yml": """
        component: sure
        kind: choices
        ask: {en: "Refund {{ amount }} for order {{ order_number }}?"}
        options: [{id: "yes", label: {en: "Yes"}}, {id: "no", label: {en: "No"}}]
        """,
    "bots/helper/models/helper.yml": """
        - say: Hello from the script.
        """,
    "bots/helper/tools.py": '''
        import asyncio
        from datetime import date

        from frontdesk import IdempotencyKey, tool

        DONE = []


        @tool
        async def find_order(order_number: str) -> dict:
            """Look an order up by its number."""
            if order_number == "raise":
                raise ValueError("the order system is down")
            if order_number == "big":
                return {"text": "x" * 10_000_000}
            if order_number == "long":
                return {"text": "x" * 20_000}
            if order_number == "bytes":
                return {"raw": b"x"}
            if order_number == "nan":
                return {"price": float("nan")}
            return {"id": order_number, "status": "delivered"}


        @tool(timeout=0.2)
        async def hang() -> None:
            """Never end."""
            await asyncio.sleep(60)


        @tool(effect="write", key="idempotency")
        async def book_pickup(order_number: str, day: date, key: IdempotencyKey) -> str:
            """Book a pickup on a day."""
            DONE.append((order_number, str(key)))
            return f"P-{order_number}"


        @tool(effect="write", confirm="customer")
        async def refund(order_number: str, amount: float) -> str:
            """Refund an amount."""
            DONE.append((order_number, amount))
            return "refunded"


        @tool(effect="write", confirm="customer")
        async def cancel_order(order_number: str, day: date) -> str:
            """Cancel an order."""
            DONE.append(order_number)
            return "cancelled"
        ''',
    "bots/clerk/bot.yml": """
        kind: dialogs
        slots:
          order_number: {entity: order_number, ask: which_order}
          reason: {}
          email: {private: true, ask: which_email}
        entities: {order_number: {pattern: "[0-9]{4}"}}
        """,
    "bots/clerk/intents/return_order.yml": """
        intent: return_order
        examples: {en: ["I want to return [1042](order_number)"]}
        """,
    "bots/clerk/dialogs/return_order.yml": """
        dialog: return_order
        when: {intent: return_order}
        steps:
        - ask: order_number
        - ask: reason
          component: reason
        - say: label_sent
        - outcome: resolved
        """,
    "bots/clerk/components/reason.yml": """
        component: reason
        kind: choices
        ask: {en: "Why?"}
        options: [{id: small, label: {en: Too small}}, {id: big, label: {en: Too big}}]
        """,
    "bots/clerk/components/pickup_date.yml": """
        component: pickup_date
        kind: date_picker
        ask: {en: "On which day?"}
        min: 1
        max: 30
        """,
    "bots/clerk/messages/en.yml": """
        which_order: "Which order?"
        which_email: "Your e-mail?"
        label_sent: "A label for {{ order_number }} is on its way."
        """,
}


def write_desk(root: Path, changes: dict[str, str] | None = None) -> Path:
    """The desk's files in a folder, some of them changed."""
    return write_files(root, {**FILES, **(changes or {})})


def write_files(root: Path, files: dict[str, str]) -> Path:
    """These files in a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return root


def says(text: str, **more: Any) -> dict[str, Any]:
    """An answer in words."""
    return {"text": text, "calls": [], "finish": "stop", "tokens_in": 10, "tokens_out": 5} | more


def calls(*wanted: tuple[str, Any], text: str = "") -> dict[str, Any]:
    """An answer that asks for calls: (name, arguments)."""
    import orjson

    made = [
        {"name": name, "arguments": given if isinstance(given, str) else orjson.dumps(given).decode()}
        for name, given in wanted
    ]
    return {"text": text, "calls": made, "finish": "tool_calls", "tokens_in": 10, "tokens_out": 5}
