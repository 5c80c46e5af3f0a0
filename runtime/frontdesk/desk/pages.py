"""The built pages: console, example page, protocol page, the widget, and what they are made of."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.app import RunningDesk

STATIC = Path(__file__).resolve().parents[1] / "static"
SMALL = 1_000  # bytes that are not worth compressing

CONTENT = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Scripts come from the desk only. Styles may be inline because the pages' own parts set some."""
PAGE = {
    "content-security-policy": CONTENT,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-cache",
}
ASSET = {"x-content-type-options": "nosniff", "cache-control": "public, max-age=31536000, immutable"}
WIDGET = {
    "x-content-type-options": "nosniff",
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",  # any shop's page may load it; which may connect is another matter
    "cross-origin-resource-policy": "cross-origin",
}
NOT_BUILT = (
    "This page is not built yet. In a checkout of the repository run\n\n    make setup\n\n"
    "and start the desk again. An installed package brings its pages with it.\n"
)


def routes(desk: RunningDesk, static: Path = STATIC) -> list[BaseRoute]:
    """The pages' addresses. The example page is there only in demo and watch."""
    start: ASGIApp = RedirectResponse("/console")
    tries: list[BaseRoute] = []
    if desk.settings.demo or desk.settings.watch:
        start = _file(static / "site" / "index.html", PAGE)
        tries = [_get("/try/{channel}", _answered(_Try(desk, static / "site" / "index.html"), PAGE))]
    return [
        *tries,
        _get("/", start),
        _get("/console", _file(static / "console" / "index.html", PAGE)),
        _get("/protocol", _file(static / "protocol" / "index.html", PAGE)),
        _get("/widget.js", _file(static / "widget.js", WIDGET)),
        Mount("/assets", _answered(_folder(static / "assets"), ASSET)),
    ]


def _folder(path: Path) -> StaticFiles:
    files = StaticFiles(directory=path, check_dir=False)
    files.config_checked = True  # the pages may be built while the desk runs
    return files


def _get(path: str, app: ASGIApp) -> Route:
    return Route(path, app, methods=["GET", "HEAD"])


class File:
    """One file, as it is on the disk now; 304 for who has it already."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = StaticFiles(directory=path.parent, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = os.stat(self._path)  # noqa: PTH116
        except OSError:
            await PlainTextResponse(NOT_BUILT, 503)(scope, receive, send)
            return
        response: Response = self._files.file_response(self._path, found, scope)
        await response(scope, receive, send)


class _Try:
    """The example page with the chat of another web channel of the desk."""

    def __init__(self, desk: RunningDesk, page: Path) -> None:
        self._desk = desk
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["channel"]
        model = self._desk.releases.current.channels.get(name)
        response: Response = PlainTextResponse(NOT_BUILT, 503)
        if model is None or model.kind != "web":
            response = PlainTextResponse("This desk has no web channel of this name.\n", 404)
        elif self._page.is_file():
            page = self._page.read_text(encoding="utf-8")
            response = HTMLResponse(page.replace('channel="site"', f'channel="{name}"'))
        await response(scope, receive, send)


def _file(path: Path, headers: dict[str, str]) -> ASGIApp:
    return _answered(File(path), headers)


def _answered(app: ASGIApp, headers: dict[str, str]) -> ASGIApp:
    """The app with these headers on every answer that is no error, compressed where that helps."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                is_error = message["status"] >= 400
                for name, value in headers.items():
                    given[name] = "no-store" if is_error and name == "cache-control" else value
            await send(message)

        try:
            await app(scope, receive, with_headers)
        except HTTPException as error:
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, with_headers)

    return GZipMiddleware(answered, minimum_size=SMALL)
