"""Whatever comes in, in whatever order: a legal status, one owner, and a log that adds up to the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.authoring.content import Desk
from frontdesk.nlu.model import Judgement, Model
from frontdesk.sessions import NOBODY, TRANSITIONS, owner_kind
from tests.dialogs.drive import ORDER, Session, make_desk

pytestmark = pytest.mark.slow

Act = tuple[str, Any]
RESULTS = (None, {"id": "1042", "n": 2.5}, "text", {"fails": "raised"}, {"fails": "in_doubt"}, [1, [2]])

STEPS: list[dict[str, Any]] = [
    {"ask": "order_number"},
    {"call": "find_order", "with": {"number": "order_number", "on": "today()"}, "into": "order"},
    {"if": "order is none", "then": [{"say": "unknown"}, {"retry": "order_number"}]},
    {"ask": "reason", "options": ["small", "big"], "timeout": "PT5M", "on_timeout": [{"say": "late"}]},
    {"set": {"when": "now()", "pin": "order.n"}},
    {"call": "book", "confirm": "yes_no", "on_error": [{"say": "late"}, {"goto": "note"}]},
    {"ask": "note", "id": "note", "optional": True, "known": "confirm"},
    {"outcome": "resolved"},
]
BOT: dict[str, Any] = {
    "slots": {
        "order_number": {"entity": "order_number"},
        "reason": {},
        "note": {"scope": "user", "private": True},
        "pin": {"scope": "dialog"},
        "when": {"type": "datetime"},
    },
    "entities": ORDER,
    "messages": {
        "order_number": "Which?",
        "unknown": "None.",
        "reason": "Why?",
        "late": "Late.",
        "note": "?",
    },
    "intents": {"return_order": ["return [1042](order_number)", "return"]},
    "answers": {"opening": {"examples": {"en": ["when are you open"]}, "answer": "late"}},
    "dialogs": {
        "return_order": {"when": {"intent": "return_order"}, "steps": STEPS},
        "note": {"when": {"keyword": "note", "event": "asked"}, "steps": [{"ask": "note", "known": "ask"}]},
        "night": {"when": {"keyword": "night"}, "steps": [{"handoff": {"bot": "night"}}]},
        "person": {"when": {"keyword": "person"}, "steps": [{"handoff": {"queue": "returns"}}]},
        "loop": {"when": {"keyword": "loop"}, "steps": [{"say": "late", "id": "top"}, {"goto": "top"}]},
    },
}
NIGHT: dict[str, Any] = {
    "name": "night",
    "messages": {"bye": "Bye."},
    "dialogs": {"back": {"when": {"keyword": "back"}, "steps": [{"handoff": {"bot": "shop"}}]}},
}


def _edited() -> Desk:
    """The same desk, edited: its questions have other places."""
    dialogs = BOT["dialogs"] | {"return_order": {"when": {"intent": "return_order"}, "steps": STEPS[3:]}}
    return make_desk(BOT | {"dialogs": dialogs}, NIGHT)


class Wavering:
    """A model that cannot tell two intents apart, and knows few sentences at all."""

    def judge(self, text: str) -> Judgement:
        wavers = text == "un des deux"
        return Judgement(
            label="return_order",
            probability=0.5,
            decision="confirm" if wavers else "reject",
            score=0.0,
            runner_up="opening" if wavers else None,
            nearest=None,
        )


def _with_model(desk: Desk) -> Desk:
    desk.bots["shop"].matcher.use(cast(Model, Wavering()))
    return desk


OLD, NEW = _with_model(make_desk(BOT, NIGHT)), _with_model(_edited())

WORDS = ("return", "return 1042", "1042", "small", "2", "yes", "no", "skip this", "note", "night", "back",
         "person", "loop", "", "👍", "hm", "x" * 5000, "cancel", "go back", "help", "no, 1043", "no, big",
         "1043, too small", "en français", "in English please", "un des deux", "I would like my order back",
         "Je voudrais savoir où est ma commande")  # fmt: skip

FITTING = ("return", "return 1042", "1042", "1043", "2", "note", "hm", "no, 1042", "no, small", "go back",
           "cancel", "help", "un des deux", "en français")  # fmt: skip

said = st.tuples(st.just("say"), st.sampled_from(WORDS) | st.text(max_size=20))
chosen = st.tuples(
    st.just("choose"),
    st.sampled_from(
        ("small", "yes", "no", "skip", "talk_to_person", "gone", "@more", "return_order", "neither")
    ),
)
valued = st.tuples(st.just("value"), st.sampled_from(("1042", 7, None, {"a": 1}, "2026-03-17")))
late = st.tuples(st.just("late"), st.integers(1, 40))
told = st.sampled_from((("timer", None), ("timer", 3), ("event", "asked"), ("event", "strange")))
reps = st.tuples(st.sampled_from(("mia", "sam")), st.sampled_from(("accept", "say", "component", "end")))
rare = st.one_of(
    told,
    st.tuples(st.just("rep"), reps),
    st.tuples(st.just("release"), st.booleans()),
    st.just(("unsupported", None)),
)
fitting = st.sampled_from(
    [("say", word) for word in (*FITTING, *FITTING[:3])]
    + [("choose", option) for option in ("small", "yes", "yes", "no", "skip")]
)
talk = st.lists(
    st.one_of(fitting, fitting, fitting, fitting, valued, late, told, rare), min_size=6, max_size=25
)
people = st.lists(st.one_of(said, chosen, late, rare, st.tuples(st.just("rep"), reps)), max_size=10)
acts = st.builds(
    lambda talk, people, end: [*talk, *people, *end],
    talk,
    people,
    st.lists(st.sampled_from((("end", None), ("say", "hello"))), max_size=2),
)


class Lively(Session):
    """A session that gives every effect some result."""

    def results(self, seed: int) -> list[Any]:
        return [RESULTS[(seed + n) % len(RESULTS)] for n in range(30)]


def play(acts: list[Act]) -> Lively:
    session = Lively(OLD, shows_queue=len(acts) % 2 == 0, user_slots={"note": "from before"})
    for n, (what, with_) in enumerate(acts):
        if session.state.status == "new" and what in ("rep", "timer"):
            continue  # these name a session that there is
        session.advance(minutes=n)
        before, owner = session.state.status, session.state.owner
        _DO[what](session, with_, session.results(n))
        _is_sound(session, before, owner)
    return session


def _release(session: Lively, is_kept: Any, results: list[Any]) -> None:
    new = NEW if session.desk is OLD else OLD
    session.releases = {session.desk.release: session.desk} if is_kept else {}
    session.desk = new


_DO: dict[str, Callable[[Lively, Any, list[Any]], Any]] = {
    "say": lambda session, text, results: session.say(text, *results),
    "choose": lambda session, option, results: session.choose(option, *results),
    "value": lambda session, value, results: session.value(value, *results),
    "late": lambda session, n, results: session.choose("small", *results, to=f"s1.{n}"),
    "rep": lambda session, did, results: session.rep(*did, text="Hello", name="yes_no"),
    "timer": lambda session, gen, results: session.timer("ask", gen),
    "event": lambda session, name, results: session.event(name, note="told", order_number=7),
    "unsupported": lambda session, _, results: session.unsupported(),
    "end": lambda session, _, results: session.end(),
    "release": _release,
}


def _is_sound(session: Lively, before: str, owner: str) -> None:
    state = session.state
    assert state.status == before or _leads_to(before, state.status), (before, state.status)
    assert (state.owner == NOBODY) == (state.status in ("new", "ended"))
    assert owner_kind(state.owner) in ("bot", "queue", "rep", "none")
    assert (state.waiting_since is not None) == (owner_kind(state.owner) == "queue")
    if owner_kind(state.owner) != "bot":
        assert state.frames == []
        assert state.timers == {}
    if state.frames:
        assert state.question is not None
    assert state.last_event == len(session.rows)
    if state.status == "new":
        return
    assert session.folded() == state
    assert session.folded().dump() == state.dump()


def _leads_to(before: str, after: str) -> bool:
    """Whether statuses follow their transitions, through as many as a turn takes."""
    reached, new = {before}, {before}
    while new:
        new = {to for one in new for to in TRANSITIONS[one]} - reached
        reached |= new
    return after in reached


@given(acts)
def test_a_session_is_sound_whatever_comes_in(acts: list[Act]) -> None:
    play(acts)


@given(acts)
def test_statuses_only_change_as_the_table_says(acts: list[Act]) -> None:
    session = play(acts)
    status = "new"
    for kind, _, body, _, _ in session.rows:
        if kind == "started":
            status = "waiting"
        elif kind == "status":
            to = orjson.loads(body)["status"]
            assert to == status or to in TRANSITIONS[status], (status, to)
            status = to
    assert status == session.state.status


@given(acts)
def test_the_same_run_is_the_same_byte_for_byte(acts: list[Act]) -> None:
    assert play(acts).rows == play(acts).rows


@given(acts)
def test_what_was_sent_has_one_key_each_and_something_to_show(acts: list[Act]) -> None:
    keys = []
    for seq, (kind, _, body, _, _) in enumerate(play(acts).rows, 1):
        if kind == "outbound":
            event = orjson.loads(body)
            assert event["key"] == f"s1.{seq}"
            assert event["text"] or event["component"]
            keys.append(event["key"])
    assert len(keys) == len(set(keys))
