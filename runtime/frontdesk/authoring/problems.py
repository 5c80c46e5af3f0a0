"""What a model says of a file, as a sentence an author can act on, with the line and column it is about."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from rapidfuzz import process
from rapidfuzz.distance import OSA

from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.dialogs.base import STEP_KINDS, StepError
from frontdesk.errors import Problem

_M = TypeVar("_M", bound=BaseModel)

WARNING, NOTE = "warning", "note"
_SHOWN = 6  # names listed in one problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong at one place of a file, before it is put into words."""

    loc: Loc
    kind: str  # a pydantic error type, or one of dialogs.base.StepError
    message: str = ""
    known: tuple[str, ...] = ()  # fields that would have been right
    limits: Mapping[str, Any] = field(default_factory=dict)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name an author most likely meant."""
    longest = min(max(2, len(name) // 3), len(name) - 1)
    if longest < 1:
        return None
    found = process.extractOne(name, list(known), scorer=OSA.distance, score_cutoff=longest)
    return str(found[0]) if found else None


def nearest_hint(name: str, known: Iterable[str], every: str = "") -> str:
    """`Did you mean ...?`, else the list of all when it is short."""
    names = sorted(known)
    meant = nearest(name, names)
    if meant is not None:
        return f"Did you mean `{meant}`?"
    if names and len(names) <= 12:
        return "Known: " + ", ".join(f"`{each}`" for each in names) + "."
    return every


def listed(names: Iterable[str], *, quoted: bool = True) -> str:
    """`a`, `b` and 3 more."""
    every = [f"`{name}`" if quoted else name for name in names]
    more = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def validate(model: type[_M], file: YamlFile, at: Loc = ()) -> tuple[_M | None, list[Problem]]:
    """The model of what stands at `at`, or every problem with it."""
    try:
        return model.model_validate(file.at(at) if at else file.data), []
    except ValidationError as error:
        return None, explain(file, pydantic_faults(error, model, at))


def pydantic_faults(error: ValidationError, model: type[BaseModel], at: Loc = ()) -> list[Fault]:
    """The faults in what a model refused, of what stands at `at`."""
    return [
        Fault(
            loc=(*at, *each["loc"]),
            kind=each["type"],
            message=str(each.get("ctx", {}).get("error", each["msg"])),
            known=_fields_at(model, each["loc"][:-1]) if each["type"] == "extra_forbidden" else (),
            limits=each.get("ctx", {}),
        )
        for each in error.errors(include_url=False, include_input=False)
    ]


def step_faults(file: YamlFile, errors: Sequence[StepError]) -> list[Fault]:
    """The faults of steps, as `dialogs.base.read_steps` finds them."""
    return [
        Fault(
            loc=each.loc,
            kind=each.kind,
            message=each.message,
            known=_fields_of_step(file, each.loc) if each.kind == "extra_forbidden" else each.known,
        )
        for each in errors
    ]


def _fields_of_step(file: YamlFile, loc: Loc) -> tuple[str, ...]:
    """The fields known where an unknown one stands, somewhere inside a step."""
    for end in range(len(loc) - 1, 0, -1):
        held = file.at(file.real(loc[:end]))
        word = next((key for key in held if key in STEP_KINDS), None) if isinstance(held, dict) else None
        if word is not None:
            return _fields_at(STEP_KINDS[word], loc[end:-1])
    return ()


def validate_what_can_be(
    model: type[_M], file: YamlFile, instead: Mapping[str, Any]
) -> tuple[_M | None, list[Problem], set[tuple[str, str]]]:
    """As `validate`; with problems, the model of the rest, so that the rest is checked too.

    `instead` stands in for fields that may not be left out. Also gives the (field, name) left out.
    """
    found, problems = validate(model, file)
    if found is not None or not isinstance(file.data, dict):
        return found, problems, set()
    data = {key: _copied(value) for key, value in file.data.items()}
    left_out: set[tuple[str, str]] = set()
    for _ in range(_ATTEMPTS):
        try:
            return model.model_validate(data), problems, left_out
        except ValidationError as error:
            _leave_out(data, [each["loc"] for each in error.errors()], instead, left_out)
    return None, problems, left_out


_ATTEMPTS = 4


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value


def _leave_out(
    data: dict[str, Any], locs: Iterable[Loc], instead: Mapping[str, Any], left_out: set[tuple[str, str]]
) -> None:
    """Take out what is wrong, the smallest part that can be."""
    for loc in sorted({loc[:2] for loc in locs}, key=str, reverse=True):
        name = str(loc[0]) if loc else ""
        held = data.get(name)
        if len(loc) > 1 and isinstance(held, dict) and loc[1] in held:
            del held[str(loc[1])]
            left_out.add((name, str(loc[1])))
        elif len(loc) > 1 and isinstance(held, list) and isinstance(loc[1], int) and loc[1] < len(held):
            del held[loc[1]]
        elif name in instead:
            data[name] = [*held, *instead[name]] if isinstance(held, list) else instead[name]
        else:
            data.pop(name, None)


def explain(file: YamlFile, faults: Iterable[Fault]) -> list[Problem]:
    """Every fault once, in words; alternatives that were tried for one value become one sentence."""
    problems = []
    every = list(faults)
    inside = {fault.loc[:end] for fault in every for end in range(len(fault.loc))}
    # A list whose items are all wrong counts as too short; the items say what is wrong.
    for group in _by_value(
        file, [each for each in every if each.kind != "too_short" or each.loc not in inside]
    ):
        fault = _closest(file, group)
        message, hint = _sentence(file, fault, group)
        line, column = file.place(file.real(fault.loc), key=fault.kind in _ABOUT_KEY)
        problems.append(Problem(path=file.path, line=line, column=column, message=message, hint=hint))
    return problems


_ABOUT_KEY = ("extra_forbidden", "not_built", "unknown_step", "two_steps")


def _by_value(file: YamlFile, faults: Iterable[Fault]) -> list[list[Fault]]:
    groups: dict[Loc, list[Fault]] = {}
    for fault in faults:
        place = next((end for end, step in enumerate(fault.loc) if _is_tag(file, fault, end)), None)
        key = fault.loc if place is None else (*fault.loc[:place], "<alternatives>")
        groups.setdefault(key, []).append(fault)
    return list(groups.values())


def _is_tag(file: YamlFile, fault: Fault, end: int) -> bool:
    """Is this part of the location the name of a union's member, and nothing in the file?"""
    if end == len(fault.loc) - 1 and fault.kind == "missing":
        return False
    held = file.at(file.real(fault.loc[:end]))
    step = fault.loc[end]
    if isinstance(held, dict):
        return step not in held and step != "[key]"
    return not (isinstance(held, list) and isinstance(step, int)) and step != "[key]"


def _closest(file: YamlFile, group: list[Fault]) -> Fault:
    """Of the alternatives' faults, the one that got furthest into the value."""
    return max(group, key=lambda fault: (len(file.real(fault.loc)), fault.kind not in _WRONG_KIND))


_WRONG_KIND = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "fields, like `name: value`,",
    "mapping_type": "fields, like `name: value`,",
    "model_type": "fields, like `name: value`,",
    "model_attributes_type": "fields, like `name: value`,",
    "date_type": "a day like 2026-03-17",
    "date_parsing": "a day like 2026-03-17",
    "date_from_datetime_parsing": "a day like 2026-03-17",
    "time_parsing": "a time like 15:00",
    "time_type": "a time like 15:00",
    "datetime_parsing": "a day and time like 2026-03-17T15:00",
    "datetime_from_date_parsing": "a day and time like 2026-03-17T15:00",
    "time_delta_parsing": "a duration like PT10M",
    "time_delta_type": "a duration like PT10M",
    "url_parsing": "an address like https://shop.example",
    "none_required": "nothing",
}
_HINTS = {
    "text": "Put it in quotes.",
    "a list": "Begin each item with `- `, or write [one, two].",
    "fields, like `name: value`,": "Write them indented on the lines below, or as {name: value}.",
    "`true` or `false`": "",
    "nothing": "Leave it empty.",
}


def _sentence(file: YamlFile, fault: Fault, group: list[Fault]) -> tuple[str, str]:
    name = _named(fault.loc)
    if fault.kind == "extra_forbidden":
        known = [each for each in fault.known if each != name]
        return f"unknown field `{name}`.", nearest_hint(name, known)
    if fault.kind == "missing":
        return f"`{name}` is missing.", f"Add `{name}: ...`."
    if fault.kind in _WRONG_KIND:
        return _wrong_kind(file, fault, group)
    if fault.kind in ("literal_error", "enum"):
        wrote = file.at(file.real(fault.loc))
        allowed = str(fault.limits.get("expected") or fault.message.partition("Input should be ")[2])
        meant = nearest(str(wrote), re.findall(r"'([^']*)'", allowed))
        hint = f"Did you mean `{meant}`? " if meant else ""
        return f"`{name}` cannot be `{wrote}`.", f"{hint}It is one of {allowed}.".replace("'", "`")
    if fault.kind in _LIMITS:
        return f"`{name}` {_LIMITS[fault.kind].format_map(_Limits(fault))}.", ""
    if fault.kind in _OWN_WORDS:
        return _own_words(fault)
    return f"`{name}` cannot have this value.", ""


_OWN_WORDS = (
    "value_error",
    "assertion_error",
    "not_built",
    "unknown_step",
    "two_steps",
    "not_a_step",
    "not_a_list",
)
_LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "needs at least {min_length} item",
    "too_long": "has more than {max_length} items",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "has more than {max_length} characters",
    "string_pattern_mismatch": "is not written as it must be",
}


class _Limits(dict[str, Any]):
    """The limits of a fault; where only its message tells them, the number in it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.limits)
        self.told = re.findall(r"-?[0-9]+", fault.message)

    def __missing__(self, key: str) -> str:
        return self.told[0] if self.told else "what is allowed"


def _own_words(fault: Fault) -> tuple[str, str]:
    said = fault.message.removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")
    message, semicolon, hint = said.partition("; ")
    if fault.kind == "unknown_step" and not _named(fault.loc):
        return "this step is empty.", "A step is a word and what it needs, like `- say: hello`."
    if fault.kind == "unknown_step":
        hint = nearest_hint(_named(fault.loc), fault.known)
    elif semicolon:
        hint = hint[:1].upper() + hint[1:] + "."
    return message + ".", hint


def _wrong_kind(file: YamlFile, fault: Fault, group: list[Fault]) -> tuple[str, str]:
    real = file.real(fault.loc)
    name = _named(real) or "the file"
    here = [each for each in group if len(file.real(each.loc)) == len(real) and each.kind in _WRONG_KIND]
    wanted = list(dict.fromkeys(_WRONG_KIND[each.kind] for each in here))
    hint = _HINTS.get(wanted[0], "") if len(wanted) == 1 else ""
    expected = (
        wanted[0].rstrip(",") if len(wanted) == 1 else " or ".join(word.partition(",")[0] for word in wanted)
    )
    return f"`{name}` should be {expected}, not {_what(file.at(real))}.", hint


def _what(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "fields" if isinstance(value, dict) else f"the text `{value}`"


def _named(loc: Loc) -> str:
    """The field a location is about: its last name that is one."""
    names = [step for step in loc if isinstance(step, str) and step != "[key]"]
    return names[-1] if names else ""


def _fields_at(annotation: Any, loc: Sequence[str | int]) -> tuple[str, ...]:
    """The fields a model knows at a location."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            return tuple(one.alias or name for name, one in annotation.model_fields.items())
        for name, one in annotation.model_fields.items():
            if loc[0] in (name, one.alias):
                return _fields_at(one.annotation, loc[1:])
        is_tag = str(loc[0]).rstrip("]").endswith(annotation.__name__)
        return _fields_at(annotation, loc[1:]) if is_tag else ()
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _fields_at(inner[0], loc)
    if origin in (Union, types.UnionType):
        return next((found for each in inner if (found := _fields_at(each, loc))), ())
    if inner and loc:
        return _fields_at(inner[0] if origin in (list, tuple) else inner[-1], loc[1:])
    return ()
