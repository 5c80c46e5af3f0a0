"""A return by text messages: a real desk, real HTTP on loopback, and Twilio's API in place of Twilio."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from frontdesk import doubt, pace
from frontdesk.clock import Clock
from frontdesk.events import DeliveryChanged, Event, MessageReceived, MessageSent, load_event
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState
from frontdesk.testing.simulators.twilio import Refusal
from tests.patience import PATIENCE
from tests.town import Town, running_town

pytestmark = pytest.mark.slow

HELLO = Path(__file__).resolve().parents[2] / "runtime" / "frontdesk" / "templates" / "hello"
ANNA = "+15551234567"
RETURN = ("I want to return my order 1042", "2", "tomorrow", "yes")
SMS = (
    '  sms: {kind: sms, account: "${TWILIO_ACCOUNT}", token: "${TWILIO_TOKEN}", number: "${TWILIO_NUMBER}",'
    ' api: "${TWILIO_API}", public_url: "${PUBLIC_URL}"'
)


class Texting(Town):
    """Customers who write text messages, and what stands in the log."""

    async def say(self, text: str, *, answers: int = 1, sender: str = ANNA, **more: str) -> list[str]:
        """Write, and wait for so many answers."""
        before = len(self.twilio.sent)
        assert await self.twilio.write(sender, text, **more) == 200
        await self.twilio.has_sent(before + answers, PATIENCE)
        return [one["body"] for one in self.twilio.sent[before:]]

    async def state(self, user: str) -> SessionState:
        *_, row = await self.desk.store.sessions(user=user)
        return SessionState.load(row.state)

    async def log(self, user: str = f"sms:{ANNA}") -> list[Event]:
        rows = [
            row
            for session in await self.desk.store.sessions(user=user)
            for row in await self.desk.store.events(session.id)
        ]
        return [load_event(row.kind, row.version, row.body) for row in rows]

    async def until(self, claim: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await claim():
                await asyncio.sleep(0.01)

    async def deliveries(self) -> list[tuple[str, str]]:
        return [(one.key, one.status) for one in await self.log() if isinstance(one, DeliveryChanged)]

    async def is_refused(self) -> bool:
        """Whether Anna was to be sent something and was not."""
        return any(status == "failed" for _, status in await self.deliveries())


Open = Callable[..., contextlib.AbstractAsyncContextManager[Texting]]


@pytest.fixture
def open_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.setattr(doubt, "LOOKS", (0.01,) * 3)
    root = tmp_path / "desk"
    shutil.copytree(HELLO, root)

    def open_one(
        channel: str = "", clock: Clock | None = None
    ) -> contextlib.AbstractAsyncContextManager[Texting]:
        written = (HELLO / "frontdesk.yml").read_text(encoding="utf-8")
        line = f"channels:\n{SMS}{channel}}}\n"
        (root / "frontdesk.yml").write_text(written.replace("channels:\n", line))
        return running_town(root, Texting, clock=clock)

    return open_one


async def test_a_return_by_text_ends_as_it_does_over_rest(open_town: Open) -> None:
    async with open_town() as town:
        [reasons] = await town.say(RETURN[0])
        assert "winter jacket" in reasons
        assert "\n1. It is too small\n" in reasons
        [days] = await town.say(RETURN[1])
        assert "1. Thu 12 Mar" in days
        [summary] = await town.say(RETURN[2])
        assert "1. Yes, book it\n2. No" in summary
        [booked] = await town.say(RETURN[3])
        assert "P-1042" in booked
        for text in RETURN:
            ticket = await town.desk.inbox.receive(
                Inbound(channel="rest", external_id=text, sender="anna", text=text), wants_turn=True
            )
            assert ticket.done is not None
            await ticket.done
        texted, posted = await town.state(f"sms:{ANNA}"), await town.state("rest:anna")
        assert texted.outcome == posted.outcome == "resolved"
        values = [{name: slot.value for name, slot in one.slots.items()} for one in (texted, posted)]
        assert values[0] == values[1]
        assert {"order_number", "reason", "pickup"} <= values[0].keys()


async def test_a_repeated_delivery_is_one_message(open_town: Open) -> None:
    async with open_town() as town:
        await town.say(RETURN[0], MessageSid="SM1")
        again = (town.twilio.write(ANNA, RETURN[0], MessageSid="SM1") for _ in range(5))
        assert await asyncio.gather(*again) == [200] * 5
        [days] = await town.say(RETURN[1], MessageSid="SM2")
        assert "1. Thu 12 Mar" in days
        assert len(town.twilio.sent) == 2
        assert sum(isinstance(one, MessageReceived) for one in await town.log()) == 2


async def test_what_became_of_a_message_stands_in_the_log(open_town: Open) -> None:
    async with open_town() as town:
        await town.say(RETURN[0])
        [sent] = [one for one in await town.log() if isinstance(one, MessageSent)]

        async def is_told() -> bool:
            return await town.deliveries() == [(sent.key, "sent"), (sent.key, "delivered")]

        await town.until(is_told)
        late = {"MessageSid": "SM77", "MessageStatus": "delivered", "To": ANNA}
        for query in ("", "?message=nobody.7", "?message=", "?message=x"):
            assert await town.twilio.deliver(town.twilio.webhook + query, late) == 200
        assert await is_told()


async def test_who_is_refused_for_now_is_tried_again_and_in_order(open_town: Open) -> None:
    async with open_town() as town:
        wait = {"retry-after": "0"}
        town.twilio.answers = [
            Refusal(status=429, code=20429, headers=wait),
            Refusal(status=503, headers=wait),
            Refusal(status=400, code=14107, headers=wait),
        ]
        assert len(await town.say(RETURN[0])) == 1
        await town.say(RETURN[1])
        bodies = [call["Body"] for call in town.twilio.calls]
        assert len(bodies) == 5
        assert len(set(bodies[:4])) == 1


async def test_a_refused_message_is_failed_and_the_next_one_goes(open_town: Open) -> None:
    async with open_town() as town:
        town.twilio.answers = [Refusal(status=400, code=21211, message=f"{ANNA} is no number")]
        await town.twilio.write(ANNA, RETURN[0])

        async def has_failed() -> bool:
            return [status for _, status in await town.deliveries()] == ["failed"]

        await town.until(has_failed)
        [failed] = [one for one in await town.log() if isinstance(one, DeliveryChanged)]
        assert "21211" in failed.reason
        assert ANNA not in failed.reason
        assert await town.say(RETURN[1])


@pytest.mark.parametrize(("is_taken", "calls"), [(True, 1), (False, 2)])
async def test_a_call_that_broke_is_looked_up(
    open_town: Open, is_taken: bool, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.005)
    async with open_town(clock=Clock()) as town:
        town.twilio.answers = [Refusal(status=500, is_taken=is_taken)]
        await town.say(RETURN[0])
        await town.say(RETURN[1])
        assert len(town.twilio.sent) == 2
        assert len([one for one in town.twilio.calls if "winter jacket" in one["Body"]]) == calls


async def test_what_may_leave_only_once_is_in_doubt(open_town: Open) -> None:
    async with open_town(", in_doubt: once") as town:
        town.twilio.answers = [Refusal(status=500)]
        await town.twilio.write(ANNA, RETURN[0])

        async def is_in_doubt() -> bool:
            return [status for _, status in await town.deliveries()] == ["in_doubt"]

        await town.until(is_in_doubt)
        assert not town.twilio.sent


async def test_stop_ends_everything_and_start_begins_again(open_town: Open) -> None:
    async with open_town() as town:
        await town.say(RETURN[0])
        await town.twilio.write(ANNA, " stop ")

        async def has_ended() -> bool:  # perhaps behind the receipts
            return (await town.state(f"sms:{ANNA}")).status == "ended"

        await town.until(has_ended)
        await town.twilio.write(ANNA, "hello?")

        await town.until(town.is_refused)
        assert len(town.twilio.calls) == 1, "the API is not even asked"
        assert len(await town.say("START")) == 1
        assert "winter jacket" in (await town.say(RETURN[0]))[0]


async def test_a_stop_holds_over_a_restart_of_the_session_and_for_this_number_only(open_town: Open) -> None:
    async with open_town() as town:
        await town.twilio.write(ANNA, "STOP")
        await town.twilio.write(ANNA, "hi")
        await town.until(town.is_refused)
        assert await town.say("hi", sender="+15550000001")
        assert not town.twilio.texts(ANNA)
        assert await town.say("yes")
        assert town.twilio.texts(ANNA)


async def test_a_picture_is_answered_and_unknown_events_are_kept(open_town: Open) -> None:
    async with open_town() as town:
        [answer] = await town.say("", NumMedia="1", MediaUrl0="http://169.254.169.254/")
        assert answer
        assert await town.twilio.deliver(town.twilio.webhook, {"CallSid": "CA1"}) == 200
        [problem] = await town.desk.store.problems()
        assert (problem.what, problem.body) == ("unsupported", b"CallSid=CA1")


async def test_who_cannot_prove_to_be_twilio_is_not_heard(open_town: Open) -> None:
    async with open_town() as town:
        fields = {"Body": "hi", "From": ANNA, "MessageSid": "SM1"}
        for signature in ("", "wrong", "x" * 10_000):
            assert await town.twilio.deliver(town.twilio.webhook, fields, signature) == 401
        assert not await town.desk.store.sessions()
        assert not await town.desk.store.problems()
