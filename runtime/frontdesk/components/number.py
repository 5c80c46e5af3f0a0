"""Number: how many, how much. A field with steps where there is one; typed digits or words elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from frontdesk.components.base import (
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
from frontdesk.components.plan import FORM_WORDS, counted, plan_beside, plan_options
from frontdesk.components.typed import one_line, plain
from frontdesk.components.typed_number import LARGEST, Number, number_in, number_text, tidy
from frontdesk.locale import t
from frontdesk.messages import ComponentReply

_MOST_PICKS = 9


def _number(value: object) -> object:
    """Only what is written as a number is one: `yes` and `"3"` are mistakes."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise ValueError(f"{value!r} is no number")
    return tidy(value)


ANumber = Annotated[int | float, BeforeValidator(_number)]


class NumberDefinition(Definition):
    """A question answered by a number."""

    kind: Literal["number"] = Field(default="number", description="`number`")
    ask: AuthoredText = Field(description="the question")
    min: ANumber | None = Field(default=None, description="the least it can be")
    max: ANumber | None = Field(default=None, description="the most it can be")
    step: ANumber | Literal["any"] = Field(
        default=1, description="what the numbers go up by, from `min` or 0: `0.5`, `10`; `any`: no steps"
    )
    unit: str | dict[str, str] = Field(
        default="", description="what stands behind the number, and does not change with it: `kg`, `€`"
    )
    suggestions: tuple[ANumber, ...] = Field(
        default=(), max_length=_MOST_PICKS, description="numbers to pick with one click"
    )

    @model_validator(mode="after")
    def _possible(self) -> NumberDefinition:
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError(f"max ({self.max}) is less than min ({self.min})")
        if self.step != "any" and self.step <= 0:
            raise ValueError("step must be more than 0")
        for end in (self.max, *self.suggestions):
            wrong = None if end is None else _wrong(end, self.min, self.max, self.step)
            if wrong == "amount_step":
                raise ValueError(f"{end} cannot be reached from {self.min or 0} in steps of {self.step}")
            if wrong is not None:
                raise ValueError(f"the suggestion {end} is not between min and max")
        return self

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(map(str, self.suggestions))


@component_kind
class NumberKind(ComponentKind):
    """Shown with its range, read back to an int or a float."""

    kind = "number"
    Model = NumberDefinition

    def show(
        self, definition: NumberDefinition, texts: Texts, given: Mapping[str, Any], at: Moment
    ) -> dict[str, Any]:
        wanted = {name: given[name] for name in ("min", "max", "step", "suggestions") if name in given}
        definition = NumberDefinition.model_validate({**definition.model_dump(), **wanted})
        unit = given.get("unit", definition.unit)
        unit = one_line(texts(unit) if isinstance(unit, dict) else str(unit))
        shown = {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": texts(definition.ask),
            "min": definition.min,
            "max": definition.max,
            "step": definition.step,
            "unit": unit,
            "suggestions": [
                {"id": str(number), "label": number_text(number, at.language, unit)}
                for number in dict.fromkeys(definition.suggestions)
            ],
        }
        return {**shown, "hint": _hint(shown)}

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        if "number" in can.forms:
            return Plan(form="number", text=shown["text"])
        picks, extra, language = shown["suggestions"], extra_options(shown), language_of(shown)
        asked, count = f"{shown['text']}\n{shown['hint']}", counted(len(picks), "suggestion")
        native = plan_options(asked, [*picks, *extra], can, language) if picks else None
        if native is not None and native.form != "text":
            lost = f"no number field: {count} as {FORM_WORDS[native.form]}, any other number is typed"
            return Plan(form=native.form, text=native.text, losses=(lost,), options=native.options)
        if picks:
            asked += "\n" + t(language, "component.for_example", examples=_either(picks, language))
        beside = plan_beside(asked, extra, can, language)
        lost = "no number field: the number is typed" + (
            f", {count} as examples in the text" if picks else ""
        )
        return Plan(form=beside.form, text=beside.text, losses=(lost, *beside.losses), options=beside.options)

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        if is_for_another(shown, reply):
            return NotRead(again="closed")
        if reply is not None and (reply.choose is not None or reply.value is not None):
            number = clicked_number(reply.choose if reply.choose is not None else reply.value)
            return NotRead(again="not_offered") if number is None else _accept(shown, number, "chosen")
        if not plain(text):
            return NotRead(again="empty")
        said = number_in(text, language_of(shown))
        if said.number is None:
            return _again(shown, said.problem)
        return _accept(shown, said.number, "typed")


def clicked_number(value: object) -> Number | None:
    """The number a click or a client's form sends: 3, 2.5, "3"."""
    if isinstance(value, str) and value.isascii() and len(value) < 25:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return tidy(value) if math.isfinite(value) and abs(value) < LARGEST else None


def _wrong(number: Number, least: Number | None, most: Number | None, step: Number | str) -> str | None:
    """The key of what is wrong with a number; None: it can be taken."""
    if least is not None and number < least:
        return "amount_low"
    if most is not None and number > most:
        return "amount_high"
    if step != "any" and (_exact(number) - _exact(least or 0)) % _exact(step):  # type: ignore[arg-type]
        return "amount_step"
    return None


def _exact(number: Number) -> Decimal:
    return Decimal(str(number))


def _accept(shown: Mapping[str, Any], number: Number, how: str) -> Value | NotRead:
    """The number, if it is in the range and on a step."""
    number = tidy(number)
    wrong = _wrong(number, shown["min"], shown["max"], shown["step"])
    if wrong is not None:
        return _again(shown, wrong, number)
    return Value(value=number, label=_written(shown, number), how=how)


def _again(shown: Mapping[str, Any], key: str, number: Number | None = None) -> NotRead:
    """Why it is no answer, with the bound that was missed."""
    if key == "amount_step" and shown["step"] == 1 and isinstance(shown["min"] or 0, int):
        key = "amount_whole"
    ends = {"min": shown["min"], "max": shown["max"], "step": shown["step"], "number": number}
    values = {name: _written(shown, end) for name, end in ends.items() if isinstance(end, int | float)}
    return NotRead(again=key, values={**values, "example": _written(shown, _example(shown))})


def _example(shown: Mapping[str, Any]) -> Number:
    """A number that can be taken."""
    picks = shown["suggestions"]
    if picks:
        return clicked_number(picks[-1]["id"]) or 0
    least, most, step = shown["min"], shown["max"], shown["step"]
    start, by = least or 0, 1 if step == "any" else step
    further = tidy(float(_exact(start) + 2 * _exact(by)))
    return further if most is None or further <= most else most


def _hint(shown: Mapping[str, Any]) -> str:
    """How to answer: "Reply with a number from 1 to 10 kg."."""
    least, most, unit = shown["min"], shown["max"], shown["unit"]
    language, values = language_of(shown), {"unit": unit}
    if least is not None:
        values["min"] = number_text(least, language, unit if most is None else "")
    if most is not None:
        values["max"] = _written(shown, most)
    key = {(True, True): "amount_between", (True, False): "amount_from", (False, True): "amount_to"}.get(
        (least is not None, most is not None), "amount_in" if unit else "amount_any"
    )
    return t(language, f"component.{key}", **values)


def _either(picks: Any, language: str) -> str:
    *others, last = [pick["label"] for pick in picks]
    return t(language, "component.either", first=", ".join(others), last=last) if others else str(last)


def _written(shown: Mapping[str, Any], number: Number) -> str:
    return number_text(number, language_of(shown), shown["unit"])
