"""The page of a simulator: a telephone that writes to the desk and shows what the desk sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from frontdesk.locale import languages, t
from frontdesk.testing.simulators.twilio import TwilioSimulator

_FOLDER = Path(__file__).parent / "phone"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_BODY = 100_000  # bytes of what the page posts
FIRST_NUMBER = "+15551234567"

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/phone.css">
<body data-texts="{texts}">
<main>
<header>
<h1>{about}</h1>
<p>{simulated}</p>
<label for="number">{number}<input id="number" value="{first}" autocomplete="off"></label>
</header>
<ol id="log" role="log" aria-label="{title}"></ol>
<p id="problem" role="alert"></p>
<form id="write">
<textarea id="words" rows="1" aria-label="{message}" placeholder="{message}" autofocus></textarea>
<button>{send}</button>
</form>
</main>
<script src="/phone.js" defer></script>
</body>
</html>
"""

Handler = Callable[[Request], Awaitable[Response]]


def routes(simulator: TwilioSimulator) -> list[BaseRoute]:
    """The page, and what it asks for. Answers this machine's own names only."""

    async def page(request: Request) -> Response:
        return _answer(_html(_language(request)), "text/html; charset=utf-8")

    async def script(request: Request) -> Response:
        return _answer(_read("phone.js"), "text/javascript; charset=utf-8")

    async def style(request: Request) -> Response:
        return _answer(_read("phone.css"), "text/css; charset=utf-8")

    async def talk(request: Request) -> Response:
        shown = orjson.dumps(messages_of(simulator, request.query_params.get("number", "")))
        return _answer(shown, "application/json")

    async def write(request: Request) -> Response:
        # A foreign page cannot set this header without asking first, and is not answered.
        if request.headers.get("x-frontdesk") != "1":
            return _answer(b"", "text/plain", 403)
        try:
            asked = orjson.loads((await request.body())[:MAX_BODY])
            number, text = str(asked["number"]).strip(), str(asked["text"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return _answer(b"", "text/plain", 400)
        if not number:
            return _answer(b"", "text/plain", 400)
        status = await simulator.write(number, text)
        return _answer(orjson.dumps({"status": status}), "application/json")

    return [
        Route("/", _on_this_machine(page)),
        Route("/phone.js", _on_this_machine(script)),
        Route("/phone.css", _on_this_machine(style)),
        Route("/talk", _on_this_machine(talk)),
        Route("/write", _on_this_machine(write), methods=["POST"]),
    ]


def messages_of(simulator: TwilioSimulator, number: str) -> list[dict[str, Any]]:
    """The talk of one number, in its order: ids rise."""
    mine = [{**one, "mine": True} for one in simulator.written if one["from"] == number]
    desk = [{**one, "mine": False} for one in simulator.sent if one["to"] == number]
    ordered = sorted([*mine, *desk], key=lambda one: str(one["sid"]))
    return [{"mine": one["mine"], "text": one["body"], "status": one["status"]} for one in ordered]


def _on_this_machine(handler: Handler) -> Handler:
    """Another site's name that leads here is no way in."""

    async def guarded(request: Request) -> Response:
        if request.url.hostname not in _OWN_NAMES:
            return _answer(b"", "text/plain", 403)
        return await handler(request)

    return guarded


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
    short = wanted.strip().partition(",")[0].partition("-")[0].partition(";")[0].lower()
    return short if short in languages() else languages()[0]


def _html(language: str) -> bytes:
    texts = {
        "you": t(language, "phone.you"),
        "desk": t(language, "phone.desk"),
        "empty": t(language, "phone.empty"),
        "refused": t(language, "phone.refused", status="{status}"),
        "away": t(language, "phone.away"),
        "sending": t(language, "phone.sending"),
        "queued": t(language, "phone.queued"),
        "sent": t(language, "phone.sent"),
        "delivered": t(language, "phone.delivered"),
        "failed": t(language, "phone.failed"),
    }
    filled = {
        "language": language,
        "texts": orjson.dumps(texts).decode(),
        "first": FIRST_NUMBER,
        "title": t(language, "phone.title"),
        "about": t(language, "phone.about"),
        "simulated": t(language, "phone.simulated"),
        "number": t(language, "phone.number"),
        "message": t(language, "phone.message"),
        "send": t(language, "phone.send"),
    }
    return _PAGE.format(**{name: escape(text) for name, text in filled.items()}).encode()


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def _answer(body: bytes, media_type: str, status: int = 200) -> Response:
    return Response(body, status, _HEADERS, media_type=media_type)
