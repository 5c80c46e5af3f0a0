"""Date picker: one day out of a range. A calendar where there is one; suggested days and typing elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

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
from frontdesk.components.numbering import read_mark, read_place
from frontdesk.components.plan import FORM_WORDS, counted, or_write, plan_options
from frontdesk.components.typed import fold, plain
from frontdesk.components.typed_date import dates_in, day_text
from frontdesk.components.words import SOONEST
from frontdesk.locale import t
from frontdesk.messages import ComponentReply

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DAY_OF_MONTH = re.compile(
    r"(?:the|le|el) \d+\w*|\d+ ?(?:st|nd|rd|th|er|re|e)"
)  # "the 2nd" is no place in a list
_FURTHEST = 36_600  # days from today
_LISTED = 400  # days from the first possible one whose excluded weekdays are spelled out for clients
_NAMED_RANGE = 300  # days: a longer range is not worth saying

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class DatePicker(Definition):
    """A question answered by one day."""

    kind: Literal["date_picker"] = Field(default="date_picker", description="`date_picker`")
    ask: AuthoredText = Field(description="the question")
    min: int | date = Field(default=0, description="the first possible day: days from today, or a date")
    max: int | date = Field(default=365, description="the last possible day: days from today, or a date")
    excluded: tuple[Weekday | date, ...] = Field(
        default=(), description="weekdays (`mon` to `sun`) and dates that cannot be chosen"
    )
    suggestions: int = Field(default=3, ge=0, le=9, description="how many of the first days are suggested")

    @model_validator(mode="after")
    def _in_order(self) -> DatePicker:
        for end in (self.min, self.max):
            if isinstance(end, int) and abs(end) > _FURTHEST:
                raise ValueError(f"{end} days from today is more than a hundred years away")
        same_kind = isinstance(self.min, int) == isinstance(self.max, int)
        if same_kind and self.max < self.min:  # type: ignore[operator]
            raise ValueError(f"max ({self.max}) is before min ({self.min})")
        return self


@component_kind
class DatePickerKind(ComponentKind):
    """Shown with its range, read back to a day as `2026-03-17`."""

    kind = "date_picker"
    Model = DatePicker

    def show(
        self, definition: DatePicker, texts: Texts, given: Mapping[str, Any], at: Moment
    ) -> dict[str, Any]:
        wanted = {name: given[name] for name in ("min", "max", "excluded", "suggestions") if name in given}
        if wanted:
            definition = DatePicker.model_validate({**definition.model_dump(), **wanted})
        first, last = _day(definition.min, at.today), _day(definition.max, at.today)
        weekdays = sorted(WEEKDAYS.index(each) for each in definition.excluded if isinstance(each, str))
        dates = {each for each in definition.excluded if isinstance(each, date)}
        listed = min(last, first + timedelta(days=_LISTED))
        excluded = [day for day in _span(first, listed) if day in dates or day.weekday() in weekdays]
        excluded += sorted(day for day in dates if listed < day <= last)
        start = max(first, min(at.today, last))
        taken = set(excluded)
        free = (day for day in _span(start, listed) if day not in taken)
        return {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": texts(definition.ask),
            "min": first.isoformat(),
            "max": last.isoformat(),
            "excluded": [day.isoformat() for day in excluded],
            "suggestions": [
                {"id": day.isoformat(), "label": day_text(day, at.language, "day_short")}
                for day, _ in zip(free, range(definition.suggestions), strict=False)
            ],
            READING: {"weekdays": weekdays},
        }

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        language, text, suggested = language_of(shown), shown["text"], shown["suggestions"]
        if "date_picker" in can.forms:
            return Plan(form="date_picker", text=text)
        example = _example(shown)
        or_type = t(language, "component.day_write_as", example=example)
        extra = extra_options(shown)
        native = plan_options(f"{text}\n{or_type}", [*suggested, *extra], can, language)
        if native.form != "text":
            lost = _no_calendar(len(suggested), FORM_WORDS[native.form])
            return Plan(form=native.form, text=native.text, losses=(lost,), options=native.options)
        key = "component.reply_day_or_number" if suggested else "component.reply_day"
        closing = "\n".join([t(language, key, example=example), *or_write(extra, language)])
        body = "\n".join([text, *_range_text(shown)])
        if not suggested:
            return Plan(form="text", text=f"{body}\n{closing}", losses=("no date picker: the day is typed",))
        planned = plan_options(
            body, suggested, Capabilities(max_text=can.max_text), language, closing=closing
        )
        lost = _no_calendar(len(suggested), "numbered text")
        return Plan(form="text", text=planned.text, losses=(lost, *planned.losses[1:]))

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        if is_for_another(shown, reply):
            return NotRead(again="closed")
        if reply is not None and (reply.choose is not None or reply.value is not None):
            return _clicked(shown, reply.choose if reply.choose is not None else reply.value, at)
        if not plain(text):
            return NotRead(again="empty")
        suggestion = _suggestion(shown, text) or _soonest(shown, text)
        if suggestion is not None:
            return _accept(shown, date.fromisoformat(suggestion), at, "number")
        return _typed(shown, text, at)


def _no_calendar(count: int, form: str) -> str:
    return f"no date picker: {counted(count, 'suggested day')} as {form}, any other is typed"


def _day(given: int | date, today: date) -> date:
    return today + timedelta(days=given) if isinstance(given, int) else given


def _span(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _example(shown: Mapping[str, Any]) -> str:
    day = shown["suggestions"][-1]["id"] if shown["suggestions"] else shown["max"]
    style = "day_example" if _is_short(shown) else "day_example_year"
    return day_text(date.fromisoformat(day), language_of(shown), style)


def _is_short(shown: Mapping[str, Any]) -> bool:
    """Whether the range goes without saying the year."""
    return (date.fromisoformat(shown["max"]) - date.fromisoformat(shown["min"])).days <= _NAMED_RANGE


def _range_text(shown: Mapping[str, Any]) -> Iterator[str]:
    first, last = date.fromisoformat(shown["min"]), date.fromisoformat(shown["max"])
    if _is_short(shown):
        first_text, last_text = (day_text(day, language_of(shown), "day_short") for day in (first, last))
        yield t(language_of(shown), "component.day_range", first=first_text, last=last_text)


def _suggestion(shown: Mapping[str, Any], text: str) -> str | None:
    """The suggested day whose number, place or label was typed."""
    ids = [each["id"] for each in shown["suggestions"]]
    labels = [plain(each["label"]) for each in shown["suggestions"]]
    if plain(text) in labels:
        return str(ids[labels.index(plain(text))])
    if _DAY_OF_MONTH.fullmatch(fold(text)):
        return None
    mark = read_mark(text)
    place = int(mark) - 1 if mark and mark.isdigit() else read_place(text, len(ids))
    return str(ids[place]) if place is not None and 0 <= place < len(ids) else None


def _soonest(shown: Mapping[str, Any], text: str) -> str | None:
    """The first free day, where it is asked for as such."""
    return str(shown["suggestions"][0]["id"]) if shown["suggestions"] and fold(text) in SOONEST else None


def _clicked(shown: Mapping[str, Any], value: object, at: Moment) -> Value | NotRead:
    if not isinstance(value, str) or not value.isascii() or not _ISO_DAY.fullmatch(value):
        return NotRead(again="not_offered")
    try:
        return _accept(shown, date.fromisoformat(value), at, "chosen")
    except ValueError:
        return _again(shown, "date_invalid")


def _typed(shown: Mapping[str, Any], text: str, at: Moment) -> Value | NotRead:
    said = dates_in(text, language_of(shown), at.today)
    if said.problem:
        return _again(shown, said.problem)
    answers = [_accept(shown, day, at, "typed") for day in said.days]
    nearest = min(range(len(answers)), key=lambda place: abs(said.days[place] - at.today))
    return next((answer for answer in answers if isinstance(answer, Value)), answers[nearest])


def _accept(shown: Mapping[str, Any], day: date, at: Moment, how: str) -> Value | NotRead:
    """The day, if it is in the range and not excluded."""
    language = language_of(shown)
    first, last = date.fromisoformat(shown["min"]), date.fromisoformat(shown["max"])
    if day < first or day > last:
        key = "date_late" if day > last else "date_past" if day < at.today else "date_early"
        return _again(shown, key, day)
    if day.isoformat() in shown["excluded"] or day.weekday() in shown.get(READING, {}).get("weekdays", ()):
        return _again(shown, "date_excluded", day)
    return Value(value=day.isoformat(), label=day_text(day, language, "day_long"), how=how)


def _again(shown: Mapping[str, Any], key: str, day: date | None = None) -> NotRead:
    language = language_of(shown)
    values = {
        "first": day_text(date.fromisoformat(shown["min"]), language, "day_long"),
        "last": day_text(date.fromisoformat(shown["max"]), language, "day_long"),
        "example": _example(shown),
    }
    if day is not None:
        values["day"] = day_text(day, language, "day_long")
    return NotRead(again=key, values=values)
