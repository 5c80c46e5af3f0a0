"""The example beside the shop: its page, and its talks on its own channel."""

from __future__ import annotations

from pathlib import Path

import httpx
from starlette.applications import Starlette

from frontdesk.app import RunningDesk
from frontdesk.desk import pages
from frontdesk.settings import Settings
from tests.agents.desk import write_desk


async def test_every_web_channel_can_be_tried_on_a_page(tmp_path: Path) -> None:
    static = tmp_path / "static"
    (static / "site").mkdir(parents=True)
    (static / "site" / "index.html").write_text('<frontdesk-chat channel="site"></frontdesk-chat>')
    root = write_desk(
        tmp_path / "desk", {"frontdesk.yml": _DESK.replace("site: {kind: web}", "concierge: {kind: web}")}
    )
    desk = RunningDesk(Settings(root=root, demo=True))
    await desk.start()
    try:
        app = Starlette(routes=pages.routes(desk, static))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
            found = await client.get("/try/concierge")
            assert found.text == '<frontdesk-chat channel="concierge"></frontdesk-chat>'
            assert found.headers["content-security-policy"] == pages.CONTENT
            assert (await client.get("/try/rest")).status_code == 404
    finally:
        await desk.stop()


_DESK = """
name: Corner shop
languages: [en]
time_zone: Europe/Paris
channels: {site: {kind: web}, rest: {kind: rest}}
queues: {returns: {}, general: {}}
routing:
- {else: {bot: helper}, fallback: {queue: general}}
"""
