"""The addresses of the built pages, and the headers that keep them safe and fast."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from frontdesk.app import RunningDesk
from frontdesk.desk import pages
from frontdesk.settings import Settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
)


@pytest.fixture
def static(tmp_path: Path) -> Path:
    for page in ("console", "site", "protocol"):
        (tmp_path / page).mkdir()
        (tmp_path / page / "index.html").write_text(f"<!doctype html><title>{page}</title>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/console-C20wZ_pl.js").write_text("//" + "x" * 5000)
    (tmp_path / "widget.js").write_text("export {};")
    return tmp_path


def browser(desk_folder: Path, static: Path, *, demo: bool = False) -> httpx.AsyncClient:
    desk = RunningDesk(Settings(root=desk_folder, demo=demo))
    served = httpx.ASGITransport(Starlette(routes=pages.routes(desk, static)))
    return httpx.AsyncClient(transport=served, base_url="http://desk.example")


async def test_pages_run_no_script_but_the_desks_own(desk_folder: Path, static: Path) -> None:
    client = browser(desk_folder, static)
    for page in ("console", "protocol"):
        answer = await client.get(f"/{page}")
        assert f"<title>{page}</title>" in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith(POLICY)
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-cache"


async def test_a_page_that_has_not_changed_is_not_sent_again(desk_folder: Path, static: Path) -> None:
    client = browser(desk_folder, static)
    tag = (await client.get("/console")).headers["etag"]
    again = await client.get("/console", headers={"if-none-match": tag})
    assert (again.status_code, again.text) == (304, "")


async def test_the_example_page_is_there_only_to_try_things(desk_folder: Path, static: Path) -> None:
    served = await browser(desk_folder, static).get("/")
    assert (served.status_code, served.headers["location"]) == (307, "/console")
    assert "<title>site</title>" in (await browser(desk_folder, static, demo=True).get("/")).text


async def test_other_sites_may_load_the_widget(desk_folder: Path, static: Path) -> None:
    answer = await browser(desk_folder, static).get("/widget.js")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_assets_are_kept_for_ever_and_come_compressed(desk_folder: Path, static: Path) -> None:
    client = browser(desk_folder, static)
    answer = await client.get("/assets/console-C20wZ_pl.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    missing = await client.get("/assets/gone.js")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    assert (await client.get("/assets/..%2fwidget.js")).status_code == 404
    assert (await client.post("/console")).status_code == 405


async def test_a_page_that_is_not_built_says_what_to_do(desk_folder: Path, tmp_path: Path) -> None:
    client = browser(desk_folder, tmp_path / "nothing", demo=True)
    for path in ("/", "/console", "/protocol", "/widget.js"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert "make setup" in answer.text
    assert (await client.get("/assets/x.js")).status_code == 404
