"""The page of `frontdesk simulate sms`: what it serves, and whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
import typer
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from frontdesk.cli.simulate import register
from frontdesk.errors import SettingsError
from frontdesk.testing.simulators import page
from frontdesk.testing.simulators.twilio import TwilioSimulator

ANNA = "+15551234567"
PHONE = Path(page.__file__).parent / "phone"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    simulator = TwilioSimulator(webhook="http://127.0.0.1:9/webhooks/sms", token="s3cret")
    yield simulator
    await simulator.close()


@pytest.fixture
async def client(twilio: TwilioSimulator) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[*page.routes(twilio), *twilio.routes()])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "said"), [("en-GB", "Send"), ("fr", "Envoyer"), ("es", "Enviar"), ("xx", "Send")]
)
async def test_the_page_speaks_the_visitors_language(
    client: httpx.AsyncClient, asked: str, said: str
) -> None:
    answer = await client.get("/", headers={"accept-language": asked})
    assert f"<button>{said}</button>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|<style>|\son\w+=|\sstyle=", unescape(answer.text))


async def test_the_pages_parts_are_served_and_draw_text_as_text(client: httpx.AsyncClient) -> None:
    for name, kind in (("/phone.js", "text/javascript"), ("/phone.css", "text/css")):
        answer = await client.get(name)
        assert answer.headers["content-type"].startswith(kind)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|\beval\b", (PHONE / "phone.js").read_text())


async def test_a_desk_that_is_not_there_is_said_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/write", json={"number": ANNA, "text": "hi"}, headers={"x-frontdesk": "1"})
    assert answer.json() == {"status": 0}
    talk = (await client.get("/talk", params={"number": ANNA})).json()
    assert talk == [{"mine": True, "text": "hi", "status": "failed"}]


async def test_what_the_desk_sends_is_shown_to_its_number_only(
    client: httpx.AsyncClient, twilio: TwilioSimulator
) -> None:
    path = f"/2010-04-01/Accounts/{twilio.account}/Messages.json"
    form = {"To": ANNA, "From": twilio.number, "Body": "<b>hello</b>"}
    assert (await client.post(path, data=form)).status_code == 401
    assert (await client.post(path, data=form, auth=(twilio.account, "s3cret"))).status_code == 201
    assert [one["text"] for one in page.messages_of(twilio, ANNA)] == ["<b>hello</b>"]
    assert page.messages_of(twilio, "+1") == []


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b'{"number": "+1", "text": "hi"}', 403),
        ({"x-frontdesk": "1", "host": "evil.example"}, b'{"number": "+1", "text": "hi"}', 403),
        ({"x-frontdesk": "1"}, b"no JSON", 400),
        ({"x-frontdesk": "1"}, b"[]", 400),
        ({"x-frontdesk": "1"}, b'{"number": " ", "text": "hi"}', 400),
    ],
)
async def test_only_its_own_page_writes(
    client: httpx.AsyncClient, twilio: TwilioSimulator, headers: dict[str, str], body: bytes, status: int
) -> None:
    assert (await client.post("/write", content=body, headers=headers)).status_code == status
    assert not twilio.written


# --- the command ---------------------------------------------------------------------------------
def run(*words: object) -> Result:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["simulate", *(str(word) for word in words)])


def test_a_kind_without_a_simulator_is_wrong_use() -> None:
    assert run("pigeon").exit_code == 2


def _desk(root: Path, channel: str) -> Path:
    (root / "frontdesk.yml").write_text(
        f"name: Desk\nlanguages: [en]\nchannels:\n  {channel}\nqueues: {{general: {{}}}}\n"
        "routing: [{else: {queue: general}}]\n"
    )
    return root


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("rest: {kind: rest}", "phone: {kind: sms"),
        ('phone: {kind: sms, account: AC1, token: "${NOT_SET_ANYWHERE}", number: "+1"}', "NOT_SET_ANYWHERE"),
    ],
)
def test_a_desk_without_the_channel_is_told_what_to_write(tmp_path: Path, channel: str, said: str) -> None:
    error = run("sms", _desk(tmp_path, channel)).exception
    assert isinstance(error, SettingsError)
    assert said in str(error)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "api: http://127.0.0.1:8100"),
        (', api: "http://127.0.0.1:8100"', "public_url"),
        (', api: "http://127.0.0.1:8100", public_url: "https://shop.example"', "public_url"),
    ],
)
def test_a_channel_that_would_not_meet_the_simulator_is_told_why(
    tmp_path: Path, more: str, said: str
) -> None:
    ran = run("sms", _desk(tmp_path, f'phone: {{kind: sms, account: AC1, token: t, number: "+1"{more}}}'))
    assert ran.exit_code == 1
    assert said in ran.output
