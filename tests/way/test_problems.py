"""What fails for good: set aside with its reason, in nobody's way, and tried again when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from frontdesk.cli import application
from frontdesk.desk.webhooks import Webhooks
from frontdesk.events import DeliveryChanged, MessageReceived
from frontdesk.messages import Inbound
from frontdesk.store.base import Turn
from tests.way.phone import Phone, Provider, until, write_desk

FRAGILE = """
    from frontdesk.dialogs.base import Outcome, Step, step_kind
    from frontdesk.dialogs.run import DialogRun


    @step_kind("fragile")
    class Fragile(Step):
        "Breaks on what a customer wrote."

        fragile: str

        def run(self, dialog: DialogRun) -> Outcome:
            words = dialog.values().get(self.fragile)
            if words == "poison":
                raise ValueError(f"cannot bear {words} from caf\\udce9")
            return
            yield
    """


@pytest.fixture
async def phone(tmp_path: Path, provider: Provider) -> AsyncIterator[Phone]:
    phone = Phone.make(write_desk(tmp_path))
    phone.desk.turns.retry = 0.01
    await phone.desk.start()
    yield phone
    await phone.desk.stop()


def by(sender: str, text: str, channel: str = "key") -> Inbound:
    return Inbound(channel=channel, sender=sender, external_id=f"{sender}:{text}", text=text)


async def listed(phone: Phone) -> list[tuple[str, str, str]]:
    return [(row.what, row.status, row.error) for row in await phone.store.problems()]


async def texts(phone: Phone, user: str) -> list[str]:
    return [event.text for event in await phone.log(user) if isinstance(event, MessageReceived)]


def poison(phone: Phone) -> None:
    """No turn that says `got poison` can be committed, as long as the store is so."""

    async def broken(turn: Turn) -> None:
        for step in ("commit", "fused"):
            if not phone.store.before.get(step):
                phone.store.before[step] = [broken]
        if any(row.kind == "outbound" and b"got poison" in row.body for row in turn.events):
            raise ValueError("cannot bear poison")

    phone.store.before["commit"] = [broken]
    phone.store.before["fused"] = [broken]


async def test_a_poisonous_message_stops_nobody(
    phone: Phone, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    receive = phone.desk.inbox.receive
    for sender in ("anna", "ben"):
        await receive(by(sender, "hello"))
    poison(phone)
    with pytest.raises(ValueError, match="cannot bear"):
        await receive(by("anna", "poison"))  # not acknowledged: the provider sends it again, and again
    await phone.store.intake(_intake(by("anna", "poison")))
    phone.desk.turns.want("key:anna")
    await asyncio.gather(receive(by("anna", "one")), receive(by("ben", "two")), receive(by("cleo", "hello")))
    await until(lambda: not phone.desk.turns.busy)
    assert await texts(phone, "key:anna") == ["hello", "poison", "one"]
    assert await texts(phone, "key:ben") == ["hello", "two"]
    assert await texts(phone, "key:cleo") == ["hello"]
    assert (await phone.store.sessions(user="key:anna"))[0].owner == "queue:general"
    assert await listed(phone) == [("turn", "open", "ValueError: cannot bear poison")]
    [said] = [record.getMessage() for record in caplog.records if "set aside" in record.getMessage()]
    assert said.endswith("is set aside: ValueError")


async def test_a_turn_that_was_set_aside_has_another_one_once(phone: Phone) -> None:
    receive = phone.desk.inbox.receive
    await receive(by("anna", "hello"))
    poison(phone)
    await phone.store.intake(_intake(by("anna", "poison")))
    phone.desk.turns.want("key:anna")
    await until(lambda: not phone.desk.turns.busy)
    phone.store.before.clear()  # somebody has put it right
    replay = Webhooks(phone.desk).replay
    assert (await replay(1)).startswith("Replayed: it has another turn, in session ")
    assert await replay(1) == "It has had another turn already."
    await until(lambda: not phone.desk.turns.busy)
    assert await texts(phone, "key:anna") == ["hello", "poison", "poison"]
    assert [status for _, status, _ in await listed(phone)] == ["replayed"]


async def test_a_bot_that_breaks_on_a_message_sets_it_aside_too(
    tmp_path: Path, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """It is answered at once with an apology: a dialog's mistake is the same at every try."""
    caplog.set_level("CRITICAL", "frontdesk.decide")  # pytest passes no log on that holds what is no text
    root = write_desk(tmp_path)
    (root / "ext" / "fragile.py").write_text(dedent(FRAGILE))
    dialog = root / "bots" / "echo" / "dialogs" / "echo.yml"
    dialog.write_text(dialog.read_text().replace("- say: got", "- fragile: words\n- say: got"))
    phone = Phone.make(root)
    await phone.desk.start()
    try:
        for text in ("hello", "one", "poison"):
            await phone.desk.inbox.receive(by("anna", text))
        # An error may quote what is no text, as the name of a file may be; no store takes that.
        assert await listed(phone) == [("turn", "open", "ValueError: cannot bear poison from caf?")]
        [row] = await phone.store.problems()
        assert Inbound.load(row.body) == by("anna", "poison")
        assert (await phone.store.sessions())[0].owner == "queue:general"
    finally:
        await phone.desk.stop()


async def test_a_message_that_was_refused_can_be_sent_again_under_its_key(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider)
    provider.answers = [httpx.Response(400, text="no such number")]
    await phone.write("one")
    await provider.has_heard(2)
    await until(lambda: not phone.desk.turns.busy and not phone.desk.outbox._lanes)
    [(what, status, error)] = await listed(phone)
    assert (what, status) == ("message", "open")
    assert error.startswith("failed: ")
    provider.answers = [httpx.Response(400, text="still not")]
    assert await Webhooks(phone.desk).replay(1) == "Replayed: it is sent again."
    await until(lambda: len(provider.heard) == 3 and not phone.desk.outbox._lanes)
    assert provider.heard[2] == provider.heard[0]
    assert [status for _, status, _ in await listed(phone)] == ["replayed", "open"]
    assert await Webhooks(phone.desk).replay(2) == "Replayed: it is sent again."
    await until(lambda: len(provider.heard) == 4 and not phone.desk.outbox._lanes)
    assert provider.heard[3] == provider.heard[0]
    assert await Webhooks(phone.desk).replay(2) == "It has been sent meanwhile."


async def test_another_process_finds_what_is_to_be_sent_again(phone: Phone, provider: Provider) -> None:
    """Not at the first look: between a turn's commit and its sending lies a moment."""
    await phone.greet(provider)
    provider.answers = [httpx.Response(400)]
    ticket = await phone.write("one")
    await provider.has_heard(2)
    await until(lambda: not phone.desk.turns.busy and not phone.desk.outbox._lanes)
    [row] = await phone.store.problems()
    await phone.store.mark_failed(
        ticket.taken.session, int(row.headers["seq"]), status="retry", attempts=0, next_at=""
    )
    outbox = phone.desk.outbox
    await outbox.look(range(256))
    assert not outbox._lanes
    await outbox.look(range(256))
    await until(lambda: len(provider.heard) == 3 and not outbox._lanes)
    assert provider.heard[2] == provider.heard[0]


async def test_the_command_lists_them_and_has_them_tried_again(tmp_path: Path, provider: Provider) -> None:
    phone = Phone.make(write_desk(tmp_path))
    await phone.desk.start()
    await phone.greet(provider, "once")
    provider.answers = [httpx.ReadTimeout("nothing")]
    await phone.write("one", channel="once")
    await until(lambda: not phone.desk.turns.busy and not phone.desk.outbox._lanes)
    await phone.desk.stop()

    def run(*words: str) -> Any:
        result = CliRunner().invoke(application(), [*words])
        assert result.exit_code == 0, result.output
        return result.stdout

    def asked() -> tuple[Any, str, str, Any]:
        return (
            orjson.loads(run("problems", str(tmp_path), "--json")),
            run("problems", str(tmp_path)),
            run("problems", str(tmp_path), "--replay", "1"),
            orjson.loads(run("report", str(tmp_path), "--json")),
        )

    [shown], line, said, report = await asyncio.to_thread(asked)
    assert (shown["what"], shown["user"], shown["channel"]) == ("message", "once:anna", "once")
    assert shown["error"].startswith("in_doubt: no answer from")
    assert orjson.loads(shown["body"])["text"] == "got one"
    assert "once  message  open  in_doubt: no answer" in line
    assert said == "Replayed: it is sent again.\n"
    assert report["undelivered"] == {"in_doubt": 1}
    [delivery] = [event for event in await _read(phone) if isinstance(event, DeliveryChanged)]
    assert delivery.status == "in_doubt"


async def _read(phone: Phone) -> list[Any]:
    await phone.store.open()
    try:
        return await phone.log("once:anna")
    finally:
        await phone.store.close()


def _intake(inbound: Inbound) -> Any:
    from frontdesk.store.base import Intake

    return Intake(
        account=inbound.channel,
        external_id=inbound.external_id,
        user=inbound.user,
        kind=inbound.kind,
        body=inbound.dump(),
        new_session="unused",
    )
