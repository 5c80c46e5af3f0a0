"""Which option a typed answer means: by label, number, place, synonym or id, with small typing errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from frontdesk.components import numbering
from frontdesk.components.base import NotRead, Value
from frontdesk.components.typed import fold, plain
from frontdesk.components.words import DENYING, without_fillers

_CLOSE_ENOUGH = 88  # rapidfuzz ratio; "deliverd" is "delivered", "not delivered" is not
_LONG_ENOUGH = 5  # letters a word has before a typing error in it is forgiven
_SHORTEST_PART = 4  # letters of "petit" for "Trop petit"
_SHORTEST_START = 3  # letters of "wrong" for "Wrong item"


@dataclass(frozen=True, slots=True)
class Spelling:
    """One folded way to say an option."""

    place: int
    folded: str
    how: str  # label | synonym | id
    bare: str = ""  # without the words around it: "broken" of "it is broken"


@dataclass(frozen=True, slots=True)
class Offer:
    """The options of one question and all ways to say each."""

    options: Sequence[Mapping[str, Any]]
    spellings: tuple[Spelling, ...]

    @classmethod
    def of(cls, options: Sequence[Mapping[str, Any]], accepts: Mapping[str, Sequence[str]]) -> Offer:
        """`accepts` has synonyms and other languages' labels by option id."""
        spellings: list[Spelling] = []
        for place, option in enumerate(options):
            synonyms = accepts.get(option["id"], ())
            ways = [
                (option["label"], "label"),
                (numbering.without_number(option["label"]), "synonym"),
                *((text, "synonym") for text in synonyms),
                (option["id"], "id"),
            ]
            folded = [(fold(text), how) for text, how in ways]
            spellings += [Spelling(place, text, how, without_fillers(text)) for text, how in folded]
        return cls(options, tuple(spelling for spelling in spellings if spelling.folded))

    @property
    def labels(self) -> list[str]:
        return [option["label"] for option in self.options]

    def value(self, place: int, how: str) -> Value:
        option = self.options[place]
        return Value(value=option["id"], label=option["label"], how=how)

    def among(self, found: Iterable[Spelling]) -> Value | NotRead | None:
        """The one option these spellings mean; two are ambiguous; none is nothing."""
        hows: dict[int, str] = {}
        for spelling in found:
            hows.setdefault(spelling.place, spelling.how)
        if not hows:
            return None
        if len(hows) == 1:
            return self.value(*next(iter(hows.items())))
        first, second, *_ = (self.labels[place] for place in hows)
        return NotRead(again="ambiguous", values={"first": first, "second": second})


def match(offer: Offer, typed: str) -> Value | NotRead:
    """The option a typed answer means. The first rule that knows it decides."""
    if not plain(typed):
        return NotRead(again="empty")
    for rule in _RULES:
        found = rule(offer, typed)
        if found is not None:
            return found
    return _out_of_range(offer, typed) or NotRead(again="choices")


def match_words(offer: Offer, typed: str) -> Value | NotRead:
    """Like `match`, for options beside an open answer: only their very words, never a number."""
    return _exact_label(offer, typed) or _said_otherwise(offer, typed) or NotRead()


def match_said(offer: Offer, typed: str) -> Value | NotRead | None:
    """Like `match`, for options whose numbers are read elsewhere: by label and synonym, never by place."""
    for rule in _RULES:
        found = rule(offer, typed) if rule not in (_mark, _place) else None
        if found is not None:
            return found
    return None


def _exact_label(offer: Offer, typed: str) -> Value | NotRead | None:
    said = plain(typed)
    places = [place for place, label in enumerate(offer.labels) if plain(label) == said]
    return offer.among(Spelling(place, said, "label") for place in places)


def _folded_label(offer: Offer, typed: str) -> Value | NotRead | None:
    said = fold(typed)
    return offer.among(way for way in offer.spellings if way.how == "label" and way.folded == said)


def _mark(offer: Offer, typed: str) -> Value | NotRead | None:
    mark = numbering.read_mark(typed)
    if mark is None:
        return None
    marks = numbering.marks(offer.labels)
    if mark in marks:
        return offer.value(marks.index(mark), "number")
    own = [place for place, label in enumerate(offer.labels) if str(numbering.own_number(label)) == mark]
    return offer.among(Spelling(place, mark, "number") for place in own)


def _place(offer: Offer, typed: str) -> Value | NotRead | None:
    place = numbering.read_place(typed, len(offer.options))
    return None if place is None else offer.value(place, "number")


def _said_otherwise(offer: Offer, typed: str) -> Value | NotRead | None:
    said = fold(typed)
    bare = without_fillers(said)
    for matches in (
        lambda way: way.folded == said,
        lambda way: way.folded == bare,
        lambda way: way.bare == bare,
    ):
        found = offer.among(filter(matches, offer.spellings))
        if found is not None:
            return found
    return None


def _typing_error(offer: Offer, typed: str) -> Value | NotRead | None:
    said = without_fillers(fold(typed))
    scores = [
        (fuzz.ratio(said, meant), way)
        for way in offer.spellings
        for meant in dict.fromkeys((way.folded, way.bare))
        if _may_be_typo(said, meant)
    ]
    best = max((score for score, _ in scores), default=0.0)
    if best < _CLOSE_ENOUGH:
        return None
    return offer.among(way for score, way in scores if score == best)


def _may_be_typo(said: str, meant: str) -> bool:
    """Never across another first letter ("undelivered"), other digits, or more or fewer words ("not")."""
    if len(meant) < _LONG_ENOUGH or not said or said[0] != meant[0] or _digits(said) != _digits(meant):
        return False
    return said.count(" ") == meant.count(" ") or said.replace(" ", "") == meant.replace(" ", "")


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _beginning(offer: Offer, typed: str) -> Value | NotRead | None:
    said = without_fillers(fold(typed))
    if len(said) < _SHORTEST_START:
        return None
    return offer.among(way for way in offer.spellings if way.folded.startswith(f"{said} "))


def _inside(offer: Offer, typed: str) -> Value | NotRead | None:
    """Words out of one label: "petit" of "Trop petit". Never of one that denies them."""
    said = without_fillers(fold(typed)).split()
    if len("".join(said)) < _SHORTEST_PART or not DENYING.isdisjoint(said):
        return None
    return offer.among(
        way
        for way in offer.spellings
        if way.how == "label" and _holds(way.folded.split(), said) and DENYING.isdisjoint(way.folded.split())
    )


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


def _out_of_range(offer: Offer, typed: str) -> NotRead | None:
    mark = numbering.read_mark(typed)
    count = len(offer.options)
    if mark is None or not mark.isdigit() or numbering.marks(offer.labels)[-1:] != (str(count),):
        return None
    return NotRead(again="number", values={"n": count})


_Rule = Callable[[Offer, str], Value | NotRead | None]
_RULES: tuple[_Rule, ...] = (
    _exact_label,
    _folded_label,
    _mark,
    _place,
    _said_otherwise,
    _typing_error,
    _beginning,
    _inside,
)
