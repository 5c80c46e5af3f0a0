"""Signing in over HTTP, and who is kept out of the socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket as sockets
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from frontdesk.clock import FixedClock
from frontdesk.desk import rep_socket
from tests.desk.conftest import PASSWORD, Running, running
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.slow


async def test_signing_in_and_out(running_desk: Running) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD, languages=["en"])
    async with running_desk.http() as http:
        signed = await http.post("/v1/desk/sign-in", json={"login": "mia", "password": PASSWORD})
        rep = {"login": "mia", "name": "Mia", "role": "rep", "languages": ["en"]}
        assert (signed.status_code, signed.json()) == (200, {"rep": rep})
        assert signed.headers["cache-control"] == "no-store"
        cookie = signed.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # plain HTTP on loopback
        assert (await http.get("/v1/desk/me")).json() == rep
        token = http.cookies["frontdesk_rep"]
        assert (await http.post("/v1/desk/sign-out")).status_code == 204
        assert "frontdesk_rep" not in http.cookies
        http.cookies.set("frontdesk_rep", token)
        assert (await http.get("/v1/desk/me")).status_code == 401


async def test_behind_https_the_cookie_is_secure(running_desk: Running) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    async with running_desk.http() as http:
        answer = await http.post(
            "/v1/desk/sign-in",
            json={"login": "mia", "password": PASSWORD},
            headers={"x-forwarded-proto": "https"},
        )
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_the_sixth_wrong_password_has_to_wait(desk_folder: Path) -> None:
    async with running(desk_folder, clock=FixedClock()) as desk, desk.http() as http:
        await desk.accounts.add("mia", password=PASSWORD)
        wrong = {"login": "mia", "password": "wrong"}
        for _ in range(5):
            answer = await http.post("/v1/desk/sign-in", json=wrong, headers={"accept-language": "fr-CA, en"})
            assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["content-language"] == "fr"
        answer = await http.post("/v1/desk/sign-in?lang=es", json={"login": "mia", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
        assert answer.json()["title"].startswith("Demasiados errores")
        assert 880 < int(answer.headers["retry-after"]) <= 900


@pytest.mark.parametrize(
    "headers", [{"x-frontdesk": "0"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
async def test_other_sites_cannot_sign_anybody_in_or_out(
    running_desk: Running, headers: dict[str, str]
) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    cookie = await running_desk.cookie("mia")
    async with running_desk.http() as http:
        fields = {"login": "mia", "password": PASSWORD}
        answer = await http.post("/v1/desk/sign-in", json=fields, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_site")
        http.cookies.set("frontdesk_rep", cookie)
        assert (await http.post("/v1/desk/sign-out", headers=headers)).status_code == 403
        assert (await http.get("/v1/desk/me")).status_code == 200


async def test_a_wrong_body_is_refused(running_desk: Running) -> None:
    async with running_desk.http() as http:
        for body in (b"", b"[]", b"{", b'{"login": 1, "password": 2}', b'"' + b"a" * 5000 + b'"'):
            assert (await http.post("/v1/desk/sign-in", content=body)).status_code == 400


async def test_nobody_without_a_sign_in_gets_a_board(running_desk: Running) -> None:
    socket = await running_desk.connect("not-a-token", query="?lang=fr")
    assert "signed_out" in str(await socket.recv())
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    assert socket.close_code == 4401


async def test_a_rep_with_another_role_now_is_held_to_it_at_once(running_desk: Running) -> None:
    page = await running_desk.page("mia")
    await running_desk.accounts.put("mia", password=PASSWORD, role="designer")
    assert await page.ends() == (4403, "forbidden")


async def test_a_designer_has_no_console(running_desk: Running) -> None:
    await running_desk.accounts.add("dan", password=PASSWORD, role="designer")
    socket = await running_desk.connect(await running_desk.cookie("dan"))
    assert "forbidden" in str(await socket.recv())
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    assert socket.close_code == 4403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_is_not_let_in(running_desk: Running, origin: str) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    with pytest.raises(InvalidStatus) as refused:
        await running_desk.connect(await running_desk.cookie("mia"), origin=origin)
    assert refused.value.response.status_code == 403


BAD_FRAMES: list[str | bytes] = [
    "no json",
    "[]",
    "{}",
    '{"type": 1}',
    '{"type": "open"}',
    '{"type": "open", "session": "s", "after": -1}',
    '{"type": "open", "session": "s", "after": true}',
    '{"type": "open", "session": "' + "s" * 65 + '"}',
    '{"type": "seen", "session": "s"}',
    '{"type": "say", "session": "s", "text": "no id"}',
    '{"type": "say", "session": "s", "id": "i", "text": 1}',
    '{"type": "dance", "session": "s", "id": "i"}',
    b"bytes",
]


async def test_a_frame_that_is_none_ends_the_connection(running_desk: Running) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    cookie = await running_desk.cookie("mia")
    for frame in BAD_FRAMES:
        mia = await running_desk.page("mia", cookie=cookie)
        await mia.socket.send(frame)
        assert await mia.ends() == (1008, "bad_frame"), frame


async def test_a_frame_may_be_only_so_large(running_desk: Running) -> None:
    mia = await running_desk.page("mia")
    await mia.send("say", session="s", id="i", text="a" * 70_000)
    assert await mia.ends() == (1009, "too_big")


async def test_a_removed_rep_is_out_at_once(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia = await running_desk.page("mia")
    await mia.do("accept", session)
    await running_desk.accounts.remove("mia")
    assert await mia.ends() == (4401, "signed_out")


async def test_signing_out_ends_that_browser_only(running_desk: Running) -> None:
    here = await running_desk.page("mia")
    cookie = await running_desk.cookie("mia")
    there = await running_desk.page("mia", cookie=cookie)
    await running_desk.accounts.sign_out(cookie)
    assert await there.ends() == (4401, "signed_out")
    await here.send("ping")
    await here.next("pong")


@pytest.mark.slow
async def test_a_slow_reader_is_cut_and_catches_up(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(desk_folder) as desk:
        session = await desk.waits("ann")
        mia = await desk.page("mia")  # the system takes all that she is ever sent, also while nobody reads
        pages = open_pages()
        cookie = await desk.cookie("mia")
        monkeypatch.setattr(rep_socket, "SLOW", 0.3)
        desk.listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4_096)
        small = sockets.socket()
        small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        small.setblocking(False)
        await asyncio.get_running_loop().sock_connect(small, ("127.0.0.1", desk.port))
        slow = await desk.connect(cookie, sock=small, max_queue=1)
        await slow.recv()
        await slow.send(f'{{"type": "open", "session": "{session}", "after": 0}}')
        await mia.open(session)
        seen: list[Any] = []

        async def read() -> None:  # meanwhile: the fast one is not held up by the slow one
            while len(seen) < 60:
                event = await mia.event("inbound")
                seen.extend([event] if event["text"][0].isdigit() else [])

        reading = asyncio.create_task(read())
        for number in range(60):
            await desk.says("ann", f"{number} " + "a" * 10_000)
        await reading
        await until(lambda: open_pages() <= pages)
        monkeypatch.setattr(rep_socket, "SLOW", PATIENCE)
        assert await read_until_cut(slow) < 60
        back = await desk.page("mia", cookie=cookie)
        await back.open(session, after=seen[29]["seq"])
        caught = [await back.event("inbound") for _ in range(30)]
        assert caught == seen[30:]


def open_pages() -> float:
    return REGISTRY.get_sample_value("frontdesk_sockets", {"kind": "desk"}) or 0


async def read_until_cut(socket: ClientConnection) -> int:
    """How many events a page still reads when its connection has been cut."""
    count = 0
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            while True:
                count += '"type":"event"' in str(await socket.recv())
    return count
