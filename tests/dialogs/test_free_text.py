"""Free text: which rule understands it. Words for everywhere, values in a sentence, corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest

from frontdesk.dialogs.anywhere import word_in
from frontdesk.dialogs.resolve import RULES
from frontdesk.events import Event
from frontdesk.nlu.model import Model

from .drive import Session, kinds, make_desk
from .shop import SHOP, changed, open_session, with_dialogs
from .told import Told, judged

PICKUP: dict[str, Any] = {
    "when": {"keyword": "pickup"},
    "steps": [
        {"ask": "order_number"},
        {"call": "find_order", "with": {"number": "order_number"}, "into": "order"},
        {"ask": "reason"},
        {"ask": "day"},
        {"call": "book", "with": {"day": "day"}, "confirm": "yes_no"},
        {"ask": "note", "component": "rating"},
        {"say": "hello"},
    ],
}
RATING = {"kind": "choices", "ask": "How was it?", "options": [{"id": "good", "label": "Good"}]}
BOT = changed(
    slots=SHOP["slots"] | {"day": {"type": "date"}},
    messages=SHOP["messages"] | {"day": "Which day?"},
    components=SHOP["components"] | {"rating": RATING},
    dialogs=SHOP["dialogs"] | {"pickup": PICKUP},
)


def rules(events: Iterable[Event]) -> list[str]:
    return [" ".join(filter(None, (e.rule, e.what))) for e in events if e.KIND == "understood"]  # type: ignore[attr-defined]


def test_the_rules_stand_in_their_order() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "language", "reply", "own_words", "requests", "word_for_everywhere", "correction", "slots",
        "intent", "answer", "did_you_mean", "unread", "fallback",
    ]  # fmt: skip


# --- cancel, back, help, a person ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Cancel", "cancel"), ("never mind!", "cancel"), ("Annuler, s'il vous plaît", "cancel"),
        ("olvídalo", "cancel"), ("back", "back"), ("Go back please", "back"),
        ("question précédente", "back"), ("atrás", "back"), ("HELP", "help"), ("j'ai besoin d'aide", "help"),
        ("ayuda", "help"), ("human", "person"), ("Can I talk to a real person?", "person"),
        ("I need to speak with a manager NOW", "person"), ("je veux parler à un responsable", "person"),
        ("quiero hablar con el encargado ahora mismo", "person"),
        ("Je voudrais parler à quelqu'un", "person"), ("quiero hablar con una persona", "person"),
        ("cancel my order", ""), ("I need help with order 1042", ""), ("I am a person", ""), ("", ""),
        ("help " * 40, ""),
    ],
)  # fmt: skip
def test_words_for_everywhere_are_whole_messages_in_every_language(text: str, word: str) -> None:
    assert word_in(text) == word


def test_a_word_that_may_well_be_an_answer_is_one_where_any_words_are() -> None:
    assert [word_in(text, is_open=True) for text in ("back", "agent", "someone")] == ["", "", ""]
    session = open_session()
    session.say("note")
    session.say("back")
    assert session.slots["note"] == "back"


def test_cancel_leaves_the_dialog_kindly() -> None:
    session = open_session()
    session.say("return")
    assert rules(session.say("forget it")) == ["global cancel"]
    assert session.texts == ["All right, we will leave that."]
    assert session.dialogs == []
    assert session.state.question is None


def test_cancel_goes_back_to_the_dialog_that_was_interrupted() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("note")
    session.say("cancel")
    assert session.texts == ["All right, we will leave that.", "Why?"]
    assert session.dialogs == ["return_order"]


def test_cancel_without_a_dialog_is_no_word_for_everywhere() -> None:
    session = open_session()
    session.say("hi")
    assert rules(session.say("cancel")) == ["none"]


def test_no_to_a_confirmation_comes_before_cancel() -> None:
    steps = [{"call": "send", "confirm": "yes_no"}]
    session = open_session(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
    session.say("send")
    assert rules(session.say("cancel")) == ["reply"]


def test_back_asks_the_question_before_again() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    session.say("too big")
    assert rules(session.say("back")) == ["global back"]
    assert session.texts == ["Why?"]
    assert session.slots == {"order_number": "1042"}
    session.say("go back")
    assert session.texts == ["Which order?"]
    assert session.slots == {}
    session.say("go back")
    assert session.texts == ["This is the first question.", "Which order?"]
    session.say("1043", None)
    session.choose("small")
    assert session.slots == {"order_number": "1043", "reason": "small"}


def test_back_from_a_confirmation_changes_what_would_be_done() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    session.choose("big")
    session.value("2026-03-17")
    session.say("back")
    session.value("2026-03-18")
    session.choose("yes", "ok")
    assert session.effects[-1].args == {"day": "2026-03-18"}


def test_what_was_done_is_not_taken_back() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    session.choose("big")
    session.value("2026-03-17")
    session.choose("yes", "ok")
    session.say("go back")
    assert session.texts == ["This is the first question.", "How was it?"]
    assert rules(session.say("no, 1043")) == ["unread"]
    assert session.slots["order_number"] == "1042"
    assert [effect.name for effect in session.effects] == ["find_order", "book"]


def test_help_is_the_bots_own_or_its_welcome_and_the_question_stays() -> None:
    session = open_session()
    session.say("return")
    assert rules(session.say("help")) == ["global help"]
    assert session.texts == ["Hello! How can I help you?", "Which order?"]
    assert session.state.frames[0].tries == {}
    session = open_session(changed(messages=SHOP["messages"] | {"help": "I take returns."}))
    session.say("Help!")
    assert session.texts == ["I take returns."]


def test_a_person_is_called_from_anywhere() -> None:
    for before in ([], ["return"], ["note"]):
        session = open_session()
        for text in before:
            session.say(text)
        assert rules(session.say("Can I talk to someone, please?")) == ["global person"]
        assert session.state.owner == "queue:general"
        assert session.state.frames == []


def test_a_person_called_from_a_dialog_is_of_the_queue_that_its_handoffs_name() -> None:
    ends = {"fits": ["returns"], "two": ["returns", "general"], "none": []}
    handoffs = {name: [{"handoff": {"queue": one}} for one in to] for name, to in ends.items()}
    for name, queue in (("fits", "returns"), ("two", "general"), ("none", "general")):
        steps: list[dict[str, Any]] = [
            {"ask": "order_number"},
            {"if": "order_number is none", "then": handoffs[name]},
        ]
        session = open_session(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
        session.say("send")
        session.say("Can I talk to someone?")
        assert session.state.owner == f"queue:{queue}", name
        session = open_session(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
        for text in ("send", "hm", "hmm", "hmmm"):
            session.say(text)
        assert session.state.owner == f"queue:{queue}", "the ladder leads to the same people"


@pytest.mark.parametrize(
    ("ends", "goes_first"),
    [
        ([{"handoff": {"queue": "returns"}}], True),
        ([{"if": "note is none", "then": [{"handoff": {}}], "else": [{"handoff": {}}]}], True),
        ([{"if": "note is none", "then": [{"handoff": {}}]}], False),
        ([{"handoff": {}}, {"say": "hello"}], False),
    ],
)
def test_where_nothing_is_open_the_bots_own_way_to_a_person_goes_first(
    ends: list[dict[str, Any]], goes_first: bool
) -> None:
    own = {"when": {"intent": "somebody"}, "steps": [{"ask": "order_number"}, *ends]}
    intents = SHOP["intents"] | {"somebody": ["I would like to talk to one of you"]}
    desk = make_desk(with_dialogs(own=own) | {"intents": intents})
    sure = judged("somebody", "accept", probability=0.9)
    desk.bots["shop"].matcher.use(cast(Model, Told({"can i speak to someone": sure})))
    session = Session(desk)
    session.say("can i speak to someone")
    assert session.dialogs == (["own"] if goes_first else [])
    session.say("can i speak to someone")
    assert session.state.owner.startswith("queue:"), "in the middle of a question it is direct"


def test_a_bots_own_dialog_with_the_keyword_goes_first() -> None:
    own = {"when": {"keyword": "help"}, "steps": [{"say": "hours"}]}
    session = open_session(with_dialogs(own=own))
    session.say("help")
    assert session.texts == ["From nine to six."]


# --- values anywhere in a sentence -----------------------------------------------------------------


def test_one_sentence_answers_several_questions() -> None:
    session = open_session()
    session.say("return")
    assert rules(session.say("order 1042, too small")) == ["reply"]
    assert session.slots == {"order_number": "1042", "reason": "small"}
    assert session.texts == ["Order 1042 goes back: small."]


def test_a_wish_may_answer_a_choice_as_well() -> None:
    bot = changed(intents=SHOP["intents"] | {"return_order": ["[1042](order_number) is too small"]})
    session = open_session(bot)
    session.say("1042 is too small")
    assert session.slots == {"order_number": "1042", "reason": "small"}


def test_a_value_for_a_later_question_is_kept_and_the_open_one_asked_again() -> None:
    session = open_session()
    session.say("return")
    events = session.say("they are too big for me")
    assert rules(events) == ["slots reason"]
    assert session.texts == ["Which order?"]
    assert session.state.frames[0].tries == {}
    session.say("1042")
    assert session.texts == ["Order 1042 goes back: big."]


def test_an_option_inside_a_sentence_answers_the_open_question() -> None:
    session = open_session()
    session.say("I want to return 1042")
    events = session.say("well, I think they are too big for my feet")
    assert rules(events) == ["slots"]
    assert kinds(events)[2:4] == ["answered", "slot"]
    assert session.slots["reason"] == "big"


@pytest.mark.parametrize(
    "text",
    [
        "they are not too small",
        "too small or too big, who knows",
        "ce n'est pas too big",
        "smallish",
        "neither too small nor too big",
    ],
)
def test_what_is_denied_or_unclear_is_not_taken(text: str) -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say(text)
    assert "reason" not in session.slots


def test_a_day_in_the_sentence_answers_the_calendar() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("it is 1042, please come on 17 March", None)
    assert session.slots == {"order_number": "1042", "day": "2026-03-17"}


def test_a_value_that_fails_its_check_is_not_taken() -> None:
    slots = SHOP["slots"] | {"reason": {"check": "value != 'big'"}}
    session = open_session(changed(slots=slots))
    session.say("return")
    session.say("1042, too big")
    assert session.slots == {"order_number": "1042"}


def test_another_wish_in_so_many_words_is_no_answer_for_the_number_in_it() -> None:
    session = open_session()
    session.say("return")
    session.say("where is 1043")
    assert session.texts == ["Order 1043 is on its way.", "Which order?"]


def test_a_question_in_so_many_words_is_answered_where_any_words_would_be_too() -> None:
    session = open_session()
    session.say("note")
    session.say("When are you open?")
    assert session.texts == ["From nine to six.", "Anything else?"]
    assert session.slots == {}


# --- corrections -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["no, 1043", "Sorry, I meant 1043", "en fait 1043", "perdón, 1043", "1043 instead"]
)
def test_an_earlier_answer_is_corrected_and_what_follows_runs_again(text: str) -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", {"id": "1042"})
    assert rules(session.say(text, {"id": "1043"})) == ["correction order_number"]
    assert session.slots == {"order_number": "1043"}
    assert [effect.args for effect in session.effects] == [{"number": "1042"}, {"number": "1043"}]
    assert session.texts == ["Why?"]
    assert session.state.frames[0].tries == {}


def test_a_choice_and_a_day_are_corrected_at_the_confirmation() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    session.choose("small")
    session.value("2026-03-17")
    assert rules(session.say("actually too big")) == ["correction reason"]
    assert rules(session.say("no, the 25th")) == ["correction day"]
    assert session.slots == {"order_number": "1042", "reason": "big", "day": "2026-03-25"}
    session.choose("yes", "ok")
    assert session.effects[-1].args == {"day": "2026-03-25"}


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("ok do it", True), ("yes that's right, thank you", True), ("ok allez-y", True),
        ("oui c'est bon", True), ("vale, hágalo", True), ("sí está bien", True),
        ("no thanks, leave it", False), ("non merci", False), ("yes but not today", None),
        ("ok and where is it", None), ("no idea", None), ("4", None),
    ],
)  # fmt: skip
def test_yes_or_no_with_more_words(text: str, done: bool | None) -> None:
    steps = [{"ask": "order_number"}, {"call": "send", "confirm": "yes_no"}, {"say": "hello"}]
    session = open_session(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
    session.say("send")
    session.say("1042")
    session.say(text, "sent")
    assert [effect.name for effect in session.effects] == (["send"] if done else [])
    assert (session.state.question is not None) is (done is None)


@pytest.mark.parametrize(
    "text",
    ["on the 25th", "the 25th please", "yes but the 25th", "hmm no, make it the 25th", "euh non, le 25"],
)
def test_where_only_yes_or_no_is_asked_a_value_alone_corrects(text: str) -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    session.choose("small")
    session.value("2026-03-17")
    assert rules(session.say(text)) == ["correction day"]
    assert session.slots["day"] == "2026-03-25"
    assert session.state.question is not None
    assert session.state.question.shown["name"] == "yes_no"
    assert rules(session.say("the 25th")) == ["unread"], "it is the 25th already"
    assert rules(session.say("26")) == ["unread"], "it may be anything"


@pytest.mark.parametrize(
    "text",
    ["I want to return 1042, no sorry, 1043", "1042... wait, it's 1043", "el 1042, perdón, el 1043",
     "la 1042 non pardon la 1043", "1043"],
)  # fmt: skip
def test_a_value_taken_back_in_the_same_sentence_is_not_taken(text: str) -> None:
    session = open_session()
    session.say("return")
    session.say(text)
    assert session.slots["order_number"] == "1043"


def test_of_two_values_the_first_is_taken_where_neither_is_taken_back() -> None:
    session = open_session()
    session.say("return")
    session.say("1042, it's not 1043")
    assert session.slots["order_number"] == "1042"


def test_a_correction_of_what_was_said_too_early_leaves_no_question_out() -> None:
    session = open_session(BOT)
    session.say("pickup")
    session.say("1042", None)
    assert rules(session.say("on the 17th")) == ["slots day"]
    assert rules(session.say("no, the 25th")) == ["correction day"]
    assert session.texts == ["Why?"]
    session.choose("small")
    assert session.slots == {"order_number": "1042", "reason": "small", "day": "2026-03-25"}
    assert session.state.question is not None
    assert session.state.question.shown["name"] == "yes_no"


def test_a_correction_to_the_same_value_is_none() -> None:
    session = open_session()
    session.say("I want to return 1042")
    assert rules(session.say("no, 1042")) == ["unread"]


def test_a_correction_that_fails_its_check_is_none() -> None:
    slots = SHOP["slots"] | {"order_number": SHOP["slots"]["order_number"] | {"check": "value != '1043'"}}
    session = open_session(changed(slots=slots))
    session.say("I want to return 1042")
    session.say("no, 1043")
    assert session.slots == {"order_number": "1042"}


def test_a_write_ends_what_can_be_corrected() -> None:
    steps = [{"ask": "order_number"}, {"call": "send"}, {"ask": "reason"}]
    desk = make_desk(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
    for writes, after in ((frozenset[str](), "1043"), (frozenset({"send"}), "1042")):
        object.__setattr__(desk, "writes", writes)
        session = Session(desk)
        session.say("send")
        session.say("1042", None)
        session.say("no, 1043", None)
        assert session.slots["order_number"] == after
