"""Rating: a point on a short scale, as stars, faces or numbers where they can be drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from frontdesk.components.base import (
    READING,
    AuthoredText,
    Capabilities,
    ComponentKind,
    Definition,
    Moment,
    NotRead,
    Plan,
    Texts,
    Value,
    component_kind,
    extra_options,
    is_for_another,
    language_of,
)
from frontdesk.components.matching import Offer, match_said
from frontdesk.components.number import clicked_number
from frontdesk.components.plan import FORM_WORDS, MORE_ID, plan_beside, plan_options
from frontdesk.components.typed import one_line, plain
from frontdesk.components.typed_number import Number, number_in
from frontdesk.locale import t
from frontdesk.messages import ComponentReply

_FACES = {3: ("😡🙁", "😐", "😀🙂"), 5: "😡🙁😐🙂😀"}
"""How many points: what each is typed as, worst to best, and last as what it is drawn."""
_STARS = re.compile(r"[★⭐🌟*\s\ufe0f]*[☆\s]*")
_FILLED = frozenset("★⭐🌟*")
_OUT_OF = re.compile(r"/|\b(?:out of|of|on|sur|de|sobre)\b")
_DIGIT = re.compile(r"\d")
_STAR_WORDS = re.compile(r"\b(?:stars?|[eé]toiles?|estrellas?|points?|puntos?)\b")
_DRAWN = {"stars": "no stars", "faces": "no faces", "numbers": "no scale"}

Words = dict[str, list[str]]


def _words_of(value: object) -> object:
    """Synonyms may be one list for all languages."""
    return {"": value} if isinstance(value, list | tuple) else value


class Rating(Definition):
    """A question answered by a point on a scale."""

    kind: Literal["rating"] = Field(default="rating", description="`rating`")
    ask: AuthoredText = Field(description="the question")
    min: Literal[0, 1] = Field(default=1, description="the worst point")
    max: int = Field(default=5, ge=2, le=10, description="the best point")
    style: Literal["stars", "faces", "numbers"] | None = Field(
        default=None, description="how it is drawn; else stars, and numbers where the scale begins at 0"
    )
    labels: dict[int, AuthoredText] = Field(
        default_factory=dict, description="what a point means; the first and the last are shown"
    )
    synonyms: dict[int, Annotated[Words, BeforeValidator(_words_of)]] = Field(
        default_factory=dict, description="other words that mean a point, by language"
    )

    @model_validator(mode="after")
    def _drawable(self) -> Rating:
        points = range(self.min, self.max + 1)
        outside = sorted({*self.labels, *self.synonyms} - set(points))
        if outside:
            raise ValueError(f"{outside[0]} is no point of the scale from {self.min} to {self.max}")
        if self.style == "stars" and self.min == 0:
            raise ValueError("no stars at all cannot be drawn: begin at 1, or take `style: numbers`")
        if self.style == "faces" and len(points) not in _FACES:
            raise ValueError("there are faces for 3 or 5 points; take `style: stars` or `numbers`")
        return self

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(map(str, range(self.min, self.max + 1)))


@component_kind
class RatingKind(ComponentKind):
    """Shown as its scale, read back to a whole number."""

    kind = "rating"
    Model = Rating

    def show(self, definition: Rating, texts: Texts, given: Mapping[str, Any], at: Moment) -> dict[str, Any]:
        wanted = {name: given[name] for name in ("min", "max", "style") if name in given}
        definition = Rating.model_validate({**definition.model_dump(), **wanted})
        points = range(definition.min, definition.max + 1)
        labels = {point: one_line(texts(label)) for point, label in definition.labels.items()}
        style = definition.style or ("numbers" if definition.min == 0 else "stars")
        return {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": texts(definition.ask),
            "min": definition.min,
            "max": definition.max,
            "style": style,
            "options": [
                _point(point, labels.get(point, ""), _sign(definition, point, style)) for point in points
            ],
            "low": labels.get(definition.min, ""),
            "high": labels.get(definition.max, ""),
            READING: {"accepts": {str(point): _accepts(definition, point, style) for point in points}},
        }

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        if "rating" in can.forms:
            return Plan(form="rating", text=shown["text"])
        language, points, extra = language_of(shown), _points(shown), extra_options(shown)
        native = plan_options(shown["text"], [*points, *extra], can, language)
        lost = _DRAWN[shown["style"]]
        if native.form != "text" and all(option["id"] != MORE_ID for option in native.options):
            lost = f"{lost}: {len(points)} points as {FORM_WORDS[native.form]}"
            return Plan(form=native.form, text=native.text, losses=(lost,), options=native.options)
        how = "rating_reply_ends" if shown["low"] and shown["high"] else "rating_reply"
        body = f"{shown['text']}\n{t(language, f'component.{how}', **_ends(shown))}"
        beside = plan_beside(body, extra, can, language)
        lost = f"{lost}: a number from {shown['min']} to {shown['max']} is typed"
        return Plan(form=beside.form, text=beside.text, losses=(lost, *beside.losses), options=beside.options)

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        if is_for_another(shown, reply):
            return NotRead(again="closed")
        if reply is not None and (reply.choose is not None or reply.value is not None):
            number = clicked_number(reply.choose if reply.choose is not None else reply.value)
            return _value(shown, number, "chosen") or NotRead(again="not_offered")
        if not plain(text):
            return NotRead(again="empty")
        first, second = (_number, _said) if _DIGIT.search(text) else (_said, _number)
        found = _drawn(shown, text) or first(shown, text) or second(shown, text)
        return found or NotRead(again="rating", values=_ends(shown))


def _point(point: int, label: str, sign: str) -> dict[str, str]:
    return {"id": str(point), "label": f"{point} – {label}" if label else str(point), "sign": sign}


def _sign(definition: Rating, point: int, style: str) -> str:
    """What a point is drawn as."""
    if style == "faces":
        return _FACES[definition.max - definition.min + 1][point - definition.min][-1]
    return "★" if style == "stars" else str(point)


def _points(shown: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    extra = shown.get("extra", ())
    return [option for option in shown["options"] if option["id"] not in extra]


def _ends(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in ("min", "max", "low", "high")}


def _accepts(definition: Rating, point: int, style: str) -> list[str]:
    """Every way to say a point in any language; templates only count as they are shown."""
    label = definition.labels.get(point, {})
    said = [*label.values()] if isinstance(label, dict) else [label]
    said += [word for words in definition.synonyms.get(point, {}).values() for word in words]
    if style == "faces":
        said += _FACES[definition.max - definition.min + 1][point - definition.min]
    return list(dict.fromkeys(text for text in said if "{{" not in text))


def _value(shown: Mapping[str, Any], number: Number | None, how: str) -> Value | None:
    """The point, if it is one of the scale."""
    if not isinstance(number, int) or not shown["min"] <= number <= shown["max"]:
        return None
    label = next(option["label"] for option in shown["options"] if option["id"] == str(number))
    return Value(value=number, label=label, how=how)


def _drawn(shown: Mapping[str, Any], text: str) -> Value | None:
    """Stars, counted: "★★★★", "⭐⭐⭐☆☆", "***"."""
    if len(text) > 40 or not _STARS.fullmatch(text):
        return None
    return _value(shown, sum(char in _FILLED for char in text), "number")


def _said(shown: Mapping[str, Any], text: str) -> Value | NotRead | None:
    """A point by what it means: "very good", "excellent"."""
    found = match_said(Offer.of(_points(shown), shown.get(READING, {}).get("accepts", {})), text)
    if isinstance(found, Value):
        return _value(shown, int(found.value), found.how)
    return found


def _number(shown: Mapping[str, Any], text: str) -> Value | None:
    """A point by its number: "4", "five stars", "4 out of 5", "4/5"."""
    text = _STAR_WORDS.sub("", plain(text))
    parts = [number_in(part, language_of(shown)).number for part in _OUT_OF.split(text)]
    if len(parts) == 2 and None not in parts:
        return _value(shown, parts[0], "number") if parts[1] == shown["max"] else None
    return _value(shown, number_in(text, language_of(shown)).number, "number")
