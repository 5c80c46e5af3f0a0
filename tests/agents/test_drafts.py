"""What customers see of an answer that is being written, and when it is withdrawn."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from frontdesk.bus import InProcessBus
from frontdesk.drafts import Drafts
from frontdesk.errors import StoreError
from frontdesk.store.base import Turn
from tests.agents.conftest import OpenSite
from tests.agents.desk import FILES
from tests.agents.site import REAL, call
from tests.patience import until
from tests.way.phone import FlakyStore, failing

BOT = "bots/helper/bot.yml"


async def test_words_are_seen_while_they_are_written(site: OpenSite) -> None:
    customer = await site()
    first, second = asyncio.Event(), asyncio.Event()
    await customer.write("hi", ["Hel", first, "lo, how", second, " can I help?"])
    await customer.sees(("draft", "Hel"))
    first.set()
    await customer.sees(("draft", "Hello, how"))
    second.set()
    # the committed message stands in the draft's place: what was written last is not shown any more
    await customer.sees(("said", "Hello, how can I help?"), ("draft", None))
    assert customer.endpoint.asked[0]["stream_options"] == {"include_usage": True}


async def test_words_that_become_a_call_are_withdrawn(site: OpenSite) -> None:
    customer = await site()
    seen, last = asyncio.Event(), asyncio.Event()
    looks = ["Let me look.", seen, call("find_order", order_number="1042")]
    await customer.write("where is 1042?", looks, [last, "It was delivered."])
    await customer.sees(("draft", "Let me look."))
    seen.set()
    await customer.sees(("draft", None))
    last.set()
    await customer.sees(("said", "It was delivered."), ("draft", None))


async def test_a_stream_that_is_cut_is_written_anew(site: OpenSite) -> None:
    customer = await site()
    cut, goes_on = asyncio.Event(), asyncio.Event()
    broken = ["Hello the", cut, httpx2.ReadError("cut")]
    await customer.write("hi", broken, ["Good day", goes_on, "."])
    await customer.sees(("draft", "Hello the"))
    cut.set()
    await customer.sees(("draft", "Good day"))
    goes_on.set()
    await customer.sees(("said", "Good day."), ("draft", None))


async def test_when_nobody_answers_the_draft_goes_and_a_person_comes(site: OpenSite) -> None:
    customer = await site()
    cut = asyncio.Event()
    await customer.write("hi", *[["Hel", cut, httpx2.ReadError("cut")]] * 3)
    await customer.sees(("draft", "Hel"))
    cut.set()
    apology = "Sorry, something went wrong on our side."
    passed = "I am passing you to a colleague, who can see everything you have written here."
    await customer.sees(("said", apology), ("said", passed), ("draft", None))


async def test_where_nobody_watches_nothing_is_streamed_or_told(site: OpenSite) -> None:
    customer = await site(watches=False)
    await customer.write("hi", ["Hello"])
    await until(lambda: f"user:{customer.visitor.user}" in customer.hints)
    assert "stream" not in customer.endpoint.asked[0]
    assert not [topic for topic in customer.hints if topic.startswith("draft:")]


async def test_an_author_can_switch_it_off(site: OpenSite) -> None:
    customer = await site({BOT: REAL.replace("name: m,", "name: m, stream: false,")})
    await customer.write("hi", ["Hello"])
    await customer.sees(("said", "Hello"))
    assert "stream" not in customer.endpoint.asked[0]


async def test_a_turn_that_is_run_again_withdraws_what_was_told_before(site: OpenSite) -> None:
    customer = await site()
    store = customer.desk.store
    assert isinstance(store, FlakyStore)
    commits: list[Turn] = []

    async def away(turn: Turn) -> None:
        commits.append(turn)
        customer.desk.drafts._open.clear()  # as if another process had written it
        await failing(StoreError("away"))()

    store.before["commit"] = [away]
    seen = asyncio.Event()
    await customer.write("hi", ["Hello", seen])
    await customer.sees(("draft", "Hello"))
    seen.set()
    await customer.sees(("draft", None), ("said", "Hello"), in_any_order=True)
    assert len(commits) == 1
    assert len(customer.endpoint.asked) == 1


async def test_a_scripted_model_writes_word_by_word(site: OpenSite) -> None:
    text = "Hello from the script, which says quite a lot of words, one after the other."
    customer = await site({BOT: FILES[BOT], "bots/helper/models/helper.yml": f'- say: "{text}"'})
    drafts: list[str] = []  # all of them: who is slow to read sees only the newest
    customer.desk.bus.listen(
        f"draft:{customer.visitor.user}", lambda topic, hint: drafts.append(hint["text"])
    )
    await customer.write("hi")
    await until(lambda: len(drafts) > 1)
    assert drafts[0] == "Hello"
    assert text.startswith(f"{drafts[1]} ")


async def test_a_late_draft_of_a_turn_that_was_read_is_not_shown(site: OpenSite) -> None:
    customer = await site()
    told: list[dict[str, Any]] = []
    customer.desk.bus.listen(f"draft:{customer.visitor.user}", lambda topic, hint: told.append(hint))
    seen = asyncio.Event()
    await customer.write("hi", ["Hello", seen])
    await customer.sees(("draft", "Hello"))
    seen.set()
    await customer.sees(("said", "Hello"), ("draft", None))
    customer.desk.bus.publish(f"draft:{customer.visitor.user}", told[0])
    assert await customer.visitor.news() == []


class Far(InProcessBus):
    """A bus that reaches another process, and notes what goes there."""

    def __init__(self) -> None:
        super().__init__()
        self.alone = False
        self.sent: list[str | None] = []

    def publish(self, topic: str, hint: Any = None) -> None:
        self.sent.append(hint["text"])
        super().publish(topic, hint)


async def test_what_is_watched_here_goes_to_no_other_process() -> None:
    bus, seen = Far(), []
    drafts = Drafts(bus)
    stop = bus.listen("draft:site:ana", lambda topic, hint: seen.append(hint["text"]))
    about: dict[str, Any] = {"turn": "s:1", "behind": 0, "author": "bot:helper"}
    here = drafts.begin("site:ana", "web", **about)
    assert here is not None
    here.write("Hel")
    assert (seen, bus.sent) == (["Hel"], [])
    drafts.over("site:ana")
    assert seen == ["Hel", None]
    stop()
    elsewhere = drafts.begin("site:ana", "web", **about)
    assert elsewhere is not None
    elsewhere.write("Hel")
    assert bus.sent[-1] == "Hel"
    drafts.over("site:ana")
    assert drafts.begin("sms:+491", "sms", **about) is None
