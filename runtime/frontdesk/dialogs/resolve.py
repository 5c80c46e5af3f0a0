"""What a message means to a bot of kind dialogs: rules, tried in their order until one decides.

The `Understood` event names the rule that answered: `language`, `reply` (or `late`), `keyword` and
`exact`, `global`, `correction`, `slots`, `requests`, `model`, `answer`, `did_you_mean`, and where none
of them did `unread` (a question is open), `lost`, `welcome` or `none`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from frontdesk.components.base import NotRead
from frontdesk.dialogs import anywhere, meant
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome, WaitingStep
from frontdesk.dialogs.handoff import always_hands_over
from frontdesk.dialogs.place import walk
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.requests import Request, requests_in, take_requests
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.sentence import corrected, offered, told
from frontdesk.dialogs.yes_no import said_first
from frontdesk.events import Understood
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.nlu.classify import KEYWORD, Understanding
from frontdesk.nlu.entities.marks import without_marks

OF_DIALOG = ("reply", "late", "correction", "slots", "unread", "language")  # the open dialog answers these
REFUSED = frozenset(
    "ambiguous number date_invalid date_past date_early date_late date_excluded date_several "
    "amount_low amount_high amount_whole amount_step amount_several".split()
)
"""Why a reply was no answer although it was meant as one: that is said, and no other meaning offered."""
CERTAIN = ("exact", "keyword", "answer")  # an author's own words as the whole message


@dataclass
class Said:
    """One message while it is being understood."""

    progress: Progress
    inbound: Inbound
    found: tuple[DialogRun, WaitingStep] | None  # the dialog that waits, and where
    why: NotRead = field(default_factory=NotRead)  # why it was no reply to the open question
    is_lost: bool = False  # the place the session waited at is in no release any more
    is_second: bool = False  # it came in place of an answer to "did you mean"

    @cached_property
    def heard(self) -> Understanding:
        """What the bot's examples and its model make of it."""
        if self.inbound.reply is not None and self.found is not None:
            return Understanding()
        progress, text = self.progress, self.inbound.text[:MAX_TEXT]
        heard = progress.given.understand(progress.bot, text, progress.state)
        if self.found is not None and heard.rule == "model" and not any(map(str.isalpha, text)):
            return Understanding(entities=heard.entities)  # a number tries to answer what is asked
        return heard

    @property
    def open_ask(self) -> Ask | None:
        """The question that waits, where it asks for a slot."""
        step = self.found[1] if self.found is not None else None
        return step if isinstance(step, Ask) else None

    @property
    def takes_any_words(self) -> bool:
        ask = self.open_ask
        return self.found is not None and ask is not None and self.found[0].takes_any_words(ask.ask)

    @property
    def wish(self) -> str | None:
        """The dialog that it asks to begin; the one in progress only with something new."""
        heard, bot = self.heard, self.progress.bot
        if heard.intent is None or meant.nearest(bot, heard):
            return None
        wish = bot.on_intent(heard.intent)
        is_open = self.found is not None and self.found[0].name == wish
        return None if is_open and not heard.entities else wish

    @property
    def is_surely_else(self) -> bool:
        """Whether an author's words, or ours, say that this is no answer though it could be read as one."""
        ask, text = self.open_ask, self.inbound.text
        if self.inbound.reply is not None or ask is None or self.found is None:
            return False
        if self.takes_any_words:
            return self._is_certain or bool(anywhere.word_in(text, is_open=True))
        # "Where is order 1043?" holds a number, and is no answer to "Which order?" for all that.
        value = self.found[0].entity_in(ask.ask, text)
        if value is None or len(text.strip()) <= len(value.label):
            return False
        return self._is_certain or len(self.requests) > 1

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        """What it asks for by parts, unless the open dialog is what a part asks for."""
        if self.inbound.reply is not None:
            return ()
        found = requests_in(self.progress, self.inbound.text, self.heard.intent)
        is_open = self.found is not None and self.found[0].name in {one.dialog for one in found}
        return () if is_open else found

    @property
    def _is_certain(self) -> bool:
        """Whether it is another wish, or a question, in an author's very words."""
        heard, open_dialog = self.heard, self.found[0].name if self.found is not None else ""
        if heard.rule not in CERTAIN or heard.intent is None:
            return False
        is_question = self.progress.bot.answer(heard.intent) is not None
        return is_question or self.wish not in (None, open_dialog)

    def understood(
        self, rule: str, what: str = "", *, intent: str | None = None, heard: Understanding | None = None
    ) -> Understood:
        """The event that says which rule answered, and what the examples and the model made of it."""
        heard = heard or (self.heard if "heard" in self.__dict__ else Understanding())
        is_known = heard.intent is not None or heard.runner_up is not None
        return Understood(
            rule=rule,
            what=what,
            intent=intent,
            score=heard.score if is_known else None,
            threshold=heard.threshold,
            runner_up=heard.runner_up,
            scope=heard.scope,
            nearest=heard.nearest,
            release=self._release(rule),
        )

    def _release(self, rule: str) -> str:
        """Which release answers: the open dialog's own, where the dialog does."""
        is_of_dialog = self.found is not None and rule in OF_DIALOG
        desk = self.progress.given.desk
        return self.found[0].frame.release if self.found and is_of_dialog else desk.release


def resolve(said: Said) -> Outcome:
    """Let the first rule that knows the message answer it."""
    for rule in RULES:
        if (yield from rule(said)):
            break


# --- the rules, in their order ---------------------------------------------------------------------


def language(said: Said) -> Outcome:
    """It asks for another language: the open question comes again, now in that one."""
    if said.inbound.data.get("language") != "asked":
        return False
    yield said.understood("language", said.progress.state.language)
    if said.found is None:
        yield from said.progress.outside().send_system("language_changed")
    else:
        run, step = said.found
        yield from run.safely(run.ask_open_again(step))
        yield from said.progress.go_on(run)
    return True


def reply(said: Said) -> Outcome:
    """It answers the open component: a number, a label, a synonym, a typed value in any language."""
    if said.found is None:
        return False
    run, step = said.found
    if run.is_late(said.inbound):
        yield said.understood("late")
        again = yield from run.again(NotRead(again="closed"))
        yield from run.safely(run.ask_open_again(step, again))
        yield from said.progress.go_on(run)
        return True
    if said.is_surely_else:
        return False
    read = yield from run.safely(step.resume(run, said.inbound))
    if isinstance(read, NotRead) and (first := said_first(said.progress.state.question, said.inbound)):
        read = yield from run.safely(step.resume(run, replace(said.inbound, text=first)))
    if isinstance(read, NotRead):
        said.why = read
        return (yield from _next_page(said, run))
    if _says_more(said) and not run.is_waiting and not run.ended:
        yield from run.keep_offered((yield from offered(run, said.inbound.text)))
    yield from said.progress.go_on(run)
    return True


def own_words(said: Said) -> Outcome:
    """It is a keyword or an example of the author's, word for word; these go before our own words."""
    if said.heard.rule not in CERTAIN:
        return False
    return (yield from _wish(said)) or (yield from _answer(said))


def word_for_everywhere(said: Said) -> Outcome:
    """Cancel, back, help, a person. The first two mean something only within a dialog."""
    text, is_open = said.inbound.text, said.takes_any_words
    word = anywhere.word_in(text, is_open=is_open) or anywhere.word_in(
        without_marks(text[:MAX_TEXT]) or "", is_open=is_open
    )
    if word == "person" and said.found is None and _own_way_to_a_person(said):
        return (yield from _wish(said))
    if not word or (word == "cancel" and not said.progress.frames) or (word == "back" and said.found is None):
        return False
    yield said.understood("global", word)
    yield from anywhere.do(word, said.progress, said.found)
    return True


def correction(said: Said) -> Outcome:
    """It takes an earlier answer of this dialog back: "no, 1043". What followed that answer runs again."""
    if said.found is None or said.inbound.reply is not None:
        return False
    run, step = said.found
    found = yield from corrected(run, said.inbound.text, said.open_ask)
    if found is None:
        return False
    ask, value = found
    yield said.understood("correction", ask.ask)
    yield from run.keep_slot(ask.ask, value.value, source="said", label=value.label)
    if _is_ahead(run, ask, step):
        yield from run.safely(run.ask_open_again(step))
    else:
        yield from run.return_to(ask.place)
        run.step_over()
    yield from said.progress.go_on(run)
    return True


def slots(said: Said) -> Outcome:
    """It says values that this dialog asks for, the open question's among them or not."""
    ask = said.open_ask
    if said.found is None or ask is None or said.inbound.reply is not None or said.takes_any_words:
        return False
    run, step = said.found
    is_known = bool(run.frame.phase)
    values = yield from offered(run, said.inbound.text, None if is_known else ask)
    if not values:
        return False
    mine = values.pop(ask.ask, None)
    if mine is not None:
        yield from ask.take(run, mine, rule="slots")
        yield from run.keep_offered(values)
    else:
        yield said.understood("slots", " ".join(values))
        yield from run.keep_offered(values)
        yield from run.safely(run.ask_open_again(step))
    yield from said.progress.go_on(run)
    return True


def requests(said: Said) -> Outcome:
    """It asks for several things: questions are answered at once, dialogs begin one after the other."""
    if not said.requests:
        return False
    first, *others = said.requests
    rule = "requests" if others else first.heard.rule
    what = " ".join(one.intent for one in others)
    yield said.understood(rule, what, intent=first.intent, heard=first.heard)
    yield from take_requests(said.progress, said.requests, said.found)
    return True


def intent(said: Said) -> Outcome:
    """The model is sure of an intent: its dialog begins, and the one in progress comes back after it."""
    return (yield from _wish(said)) if said.heard.rule == "model" else False


def answer(said: Said) -> Outcome:
    """The model is sure of a question that has an answer."""
    return (yield from _answer(said)) if said.heard.rule == "model" else False


def did_you_mean(said: Said) -> Outcome:
    """The model wavers between two: ask which was meant, but never twice about the same thing."""
    is_settled = said.is_second or said.why.again in REFUSED
    names = () if is_settled else meant.nearest(said.progress.bot, said.heard)
    if not names:
        return False
    outside = said.progress.outside()
    yield said.understood("did_you_mean", said.heard.intent or "")
    yield from outside.close_question()
    yield from meant.ask_back(outside, names, said.inbound.text)
    return True


def unread(said: Said) -> Outcome:
    """No rule knows it and a question is open: it is asked again, and in the end a person comes."""
    if said.found is None:
        return False
    run, step = said.found
    if said.inbound.data.get("language"):  # the first that is understood of a new language is the language
        yield said.understood("language", said.progress.state.language)
        yield from run.safely(run.ask_open_again(step))
    else:
        yield said.understood("unread")
        yield from run.safely(step.missed(run, said.why))
    yield from said.progress.go_on(run)
    return True


def fallback(said: Said) -> Outcome:
    """No rule knows it and nothing is open: a greeting, most likely; else we say so, or a person comes."""
    run, state = said.progress.outside(), said.progress.state
    if said.is_lost:
        yield said.understood("lost")
        yield from run.send_system("resume")
    elif said.inbound.reply is not None:
        yield said.understood("late")
        yield from run.send_text((yield from run.again(NotRead(again="over"))))
    elif state.heard == 0:
        yield said.understood("welcome")
        yield from run.send_system("welcome")
    else:
        yield said.understood("none")
        yield from said.progress.nobody_understood()
    return True


Rule = Callable[[Said], Outcome]

RULES: tuple[Rule, ...] = (
    language,
    reply,
    own_words,
    requests,
    word_for_everywhere,
    correction,
    slots,
    intent,
    answer,
    did_you_mean,
    unread,
    fallback,
)


# --- what they share -------------------------------------------------------------------------------


def _wish(said: Said) -> Outcome:
    wish = said.wish
    if wish is None:
        return False
    progress = said.progress
    # A keyword's wish goes by its dialog's name: that is what a rep reads as what the customer wants.
    yield said.understood(said.heard.rule, intent=(said.heard.intent or "").removeprefix(KEYWORD) or None)
    values = told(progress.bot, progress.bot.dialogs[wish], said.heard.entities)
    yield from progress.begin(wish, values, sentence=said.inbound.text)
    return True


def _own_way_to_a_person(said: Said) -> bool:
    """Whether the bot has a dialog for who wants to talk to somebody, which finds out who that should be."""
    wish = said.wish
    return wish is not None and always_hands_over(said.progress.bot.dialogs[wish].steps)


def _answer(said: Said) -> Outcome:
    found = said.progress.bot.answer(said.heard.intent) if said.heard.intent is not None else None
    if found is None or meant.nearest(said.progress.bot, said.heard):
        return False
    yield said.understood(said.heard.rule, intent=said.heard.intent)
    yield from said.progress.tell(found, said.found)
    return True


def _next_page(said: Said, run: DialogRun) -> Outcome:
    """More of the options were asked for: that is an answer too."""
    if said.why.show is None:
        return False
    yield said.understood("reply")
    yield from run.show_instead(said.why.show)
    return True


def _is_ahead(run: DialogRun, ask: Ask, open_step: WaitingStep) -> bool:
    """Whether the dialog has not come to this question yet, though a sentence answered it already."""
    if ask.place in run.frame.answered:
        return False
    steps = list(map(id, walk(run.content.steps)))
    return steps.index(id(open_step)) < steps.index(id(ask))


def _says_more(said: Said) -> bool:
    """Whether the answer was an entity in a longer sentence, which may answer other questions too."""
    ask, run = said.open_ask, said.found[0] if said.found is not None else None
    if ask is None or run is None or said.inbound.reply is not None:
        return False
    model = run.bot.slots.get(ask.ask)
    value = run.slot(ask.ask)
    is_entity = model is not None and model.entity is not None
    return is_entity and len(said.inbound.text.strip()) > len(str(value))
