"""What a sentence means: the intent, and the entities in it. One model for all languages of a bot.

Examples as whole sentences, in which an annotated span (`I want to return [1042](order_number)`) stands for
every value of its entity, and keywords come first; then the trained model, as soon as there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, pairwise
from math import exp
from typing import TYPE_CHECKING

from frontdesk.nlu.entities.base import OF_TIME, EntityFinder, Found
from frontdesk.nlu.entities.marks import without_taken_back
from frontdesk.nlu.words import fold

if TYPE_CHECKING:  # a bot without a trained model needs no NumPy
    from frontdesk.nlu.model import Model
    from frontdesk.nlu.scope import Decision

ANNOTATION = re.compile(r"\[(?P<value>[^\[\]]+)\]\((?P<entity>[a-z0-9_]+)(?::(?P<role>[a-z0-9_]+))?\)")
THRESHOLD = 0.5  # of the exact matcher: it is sure, or it says nothing
KEYWORD = "keyword:"
_SAYS_NOTHING = frozenset(
    "what why how when where who which yes no ok okay and or but so the it this that is a i you me please "
    "quoi pourquoi comment quand ou qui quel quelle oui non et mais donc le la ca cela est c un une je "
    "vous moi back accord d bon bien vale bueno claro que por porque como cuando donde quien cual si y "
    "o pero el lo eso esto es uno una yo usted mi".split()
)
"""Words that alone are no wish: a message of nothing else goes to no model."""
_DIGIT = re.compile(r"\d")
UNSURE = 0.6  # above a model's threshold: as many strangers as sentences of ours, so that asking back is best
FARTHEST = 50.0  # from the threshold; what is farther is as strange
MAX_SPANS = 4  # entities of one sentence that are tried as parts of an example


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What a sentence was taken to mean, and by which rule."""

    intent: str | None = None  # an intent, a question, or `keyword:DIALOG`
    score: float = 0.0  # how likely the intent is among all of the bot's
    rule: str = "none"  # exact | keyword | answer | model | none
    entities: tuple[Found, ...] = ()
    runner_up: str | None = None
    scope: float | None = None  # of a model, 0 to 1: how much the sentence is like the bot's at all
    threshold: float = THRESHOLD  # of that, and of the score of an exact match
    decision: Decision = "accept"  # of a model: `confirm` had better be asked, `reject` has no intent
    nearest: str | None = None  # the example a model found most like the sentence


Judged = MutableMapping[str, Understanding]
"""What a model made of sentences, without their entities."""


class ExactMatcher:
    """Recognises examples and keywords as whole messages, case, accents and punctuation aside."""

    def __init__(
        self,
        *,
        intents: Mapping[str, Iterable[str]],
        answers: Mapping[str, Iterable[str]] | None = None,
        keywords: Mapping[str, str] | None = None,  # keyword -> dialog
        finders: Sequence[EntityFinder] = (),
    ) -> None:
        self._finders = tuple(finders)
        known = {finder.entity for finder in finders}
        self._intents = _by_sentence(intents, known)
        self._answers = _by_sentence(answers or {}, known)
        self._keywords = {fold(word): dialog for word, dialog in (keywords or {}).items()}
        self._last: tuple[tuple[str, str, datetime] | None, tuple[Found, ...]] = (None, ())

    def understand(self, text: str, language: str, now: datetime) -> Understanding:
        """The meaning of a whole message. `now` is the customer's civil time."""
        found = self.entities(text, language, now)
        sentences = list(_as_examples(text, found))
        for sentence in sentences:
            if (intent := self._intents.get(sentence)) is not None:
                return Understanding(intent=intent, score=1.0, rule="exact", entities=found)
        if (dialog := self._keywords.get(sentences[0])) is not None:
            return Understanding(intent=f"{KEYWORD}{dialog}", score=1.0, rule="keyword", entities=found)
        for sentence in sentences:
            if (answer := self._answers.get(sentence)) is not None:
                return Understanding(intent=answer, score=1.0, rule="answer", entities=found)
        return Understanding(entities=found)

    def entities(self, text: str, language: str, now: datetime) -> tuple[Found, ...]:
        """The entities said in a message; of two that overlap the longer, then the first declared.

        A day, a time and both of them may be the same words. A turn asks more than once about its message.
        """
        asked = (text, language, now)
        if self._last[0] != asked:
            self._last = asked, self._find(text, language, now)
        return self._last[1]

    def _find(self, text: str, language: str, now: datetime) -> tuple[Found, ...]:
        every = [one for finder in self._finders for one in finder.find(text, language, now)]
        if len(every) < 2:
            return tuple(every)
        every.sort(key=lambda one: one.start - one.end)
        kept: list[Found] = []
        for one in every:
            if not any(_overlap(one, other) for other in kept):
                kept.append(one)
        return without_taken_back(text, sorted(kept, key=lambda one: one.start))


class ModelMatcher:
    """The exact matcher, and for what it does not know a trained model, which may come later or change."""

    def __init__(
        self,
        exact: ExactMatcher,
        labels: Iterable[str],
        model: Model | None = None,
        examples: Iterable[str] = (),
    ) -> None:
        self._exact = exact
        self._as_written = {learnt(one): one for one in map(plain_example, examples) if _DIGIT.search(one)}
        self._labels = frozenset(labels)  # what the bot knows; an older model may know other intents
        self._model = model

    @property
    def model(self) -> Model | None:
        """The model that answers now."""
        return self._model

    def use(self, model: Model) -> None:
        """Answer with this model from now on."""
        self._model = model

    def understand(
        self, text: str, language: str, now: datetime, judged: Judged | None = None
    ) -> Understanding:
        """The meaning of a whole message. `judged`: what the model said in this turn, and says again."""
        heard = self._exact.understand(text, language, now)
        if heard.intent is not None:
            return heard
        if judged is None:
            judged = {}
        if text not in judged:
            judged[text] = self._judge(text)
        found = judged[text]
        return replace(found, entities=heard.entities) if heard.entities else found

    def entities(self, text: str, language: str, now: datetime) -> tuple[Found, ...]:
        """The entities said anywhere in a message, none inside another."""
        return self._exact.entities(text, language, now)

    def _judge(self, text: str) -> Understanding:
        if self._model is None or _SAYS_NOTHING.issuperset(fold(text).split()):
            return Understanding()
        judged = self._model.judge(learnt(text))
        is_known = judged.label in self._labels and judged.decision != "reject"
        is_unsure = judged.score < judged.threshold + UNSURE
        return Understanding(
            intent=judged.label if is_known else None,
            score=judged.probability,
            rule="model" if is_known else "none",
            runner_up=judged.runner_up if is_known else judged.label,
            decision="reject" if not is_known else "confirm" if is_unsure else judged.decision,
            scope=1 / (1 + exp(min(judged.threshold - judged.score, FARTHEST))),
            nearest=self._as_written.get(judged.nearest or "", judged.nearest),
        )


def _overlap(one: Found, other: Found) -> bool:
    if one.end <= other.start or one.start >= other.end:
        return False
    is_same = (one.start, one.end) == (other.start, other.end) and one.entity != other.entity
    return not (is_same and {one.entity, other.entity} <= OF_TIME)


def plain_example(example: str) -> str:
    """An example as a customer would type it, its annotations taken out."""
    return ANNOTATION.sub(lambda match: match["value"], example)


def learnt(text: str) -> str:
    """A sentence as a model learns and hears it: which number it is means nothing, that it is one does."""
    return _DIGIT.sub("0", text)


def sentence_of(example: str, known: Iterable[str]) -> str:
    """An example as it is compared: folded, each annotated span replaced by its entity's name."""
    spans = []
    plain, last = "", 0
    for match in ANNOTATION.finditer(example):
        plain += example[last : match.start()]
        if match["entity"] in known:
            spans.append((match["entity"], len(plain), len(plain) + len(match["value"])))
        plain += match["value"]
        last = match.end()
    return _with_entities(plain + example[last:], spans)


def _by_sentence(examples: Mapping[str, Iterable[str]], known: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, sentences in examples.items():
        for sentence in sentences:
            found.setdefault(sentence_of(sentence, known), name)
    found.pop("", None)
    return found


def _as_examples(text: str, found: Sequence[Found]) -> Iterable[str]:
    """The message as examples may have it: as typed first, then with its entities as holes."""
    spans = [(one.entity, one.start, one.end) for one in found[:MAX_SPANS]]
    yield fold(text)
    for count in range(len(spans), 0, -1):
        for chosen in combinations(spans, count):
            if all(left[2] <= right[1] for left, right in pairwise(chosen)):
                yield _with_entities(text, chosen)


def _with_entities(text: str, spans: Iterable[tuple[str, int, int]]) -> str:
    parts, last = [], 0
    for entity, start, end in spans:
        parts += [fold(text[last:start]), f"<{entity}>"]
        last = end
    return " ".join(part for part in (*parts, fold(text[last:])) if part)
