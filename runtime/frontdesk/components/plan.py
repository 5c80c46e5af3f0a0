"""How a question with options looks on a channel, and what is lost: a native form, or numbered text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.components import numbering
from frontdesk.components.base import Capabilities, Plan
from frontdesk.components.typed import cut, fold
from frontdesk.components.words import AROUND_MORE, MORE
from frontdesk.locale import t

Option = Mapping[str, Any]

PAGE = 9  # options at a time where not all can be shown; the same on every channel, so pages need no state
MORE_ID = "@more"  # the option id of "More…"; no authored id begins so

FORM_WORDS = {"buttons": "buttons", "quick_replies": "quick replies", "list": "list picker"}


def counted(count: int, noun: str) -> str:
    """A count in a sentence for the author: "1 option", "7 options"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def page_of(options: Sequence[Option], page: int) -> Sequence[Option]:
    """The options of one page, counted from 0; pages come round again."""
    start = page % page_count(options) * PAGE
    return options[start : start + PAGE]


def page_count(options: Sequence[Option]) -> int:
    """How many pages the options need where not all can be shown."""
    return max(1, -(-len(options) // PAGE))


def asks_for_more(options: Sequence[Option], typed: str, language: str) -> bool:
    """Whether a typed answer turns the page."""
    if len(options) <= PAGE:
        return False
    mark = numbering.more_mark([option["label"] for option in options])
    words = set(fold(typed).split())
    wants_more = not words.isdisjoint(MORE) and words <= MORE | AROUND_MORE
    return typed.strip() == mark or wants_more or fold(typed) == fold(t(language, "component.more"))


def plan_options(
    text: str,
    options: Sequence[Option],
    can: Capabilities,
    language: str,
    *,
    page: int = 0,
    closing: str = "",
) -> Plan:
    """The best form for a question with options. `closing` is the last line of numbered text."""
    if not options:
        return Plan(form="text", text=text, losses=_too_long(text, can))
    native = _native(text, options, can, language, page)
    return native or _numbered(text, options, can, language, page, closing)


def plan_beside(text: str, options: Sequence[Option], can: Capabilities, language: str) -> Plan:
    """The best form for an open question with a few options beside it, which have no numbers."""
    native = _native(text, options, can, language, 0) if options else None
    if native is not None:
        return native
    body = "\n".join([text, *or_write(options, language)])
    return Plan(form="text", text=body, losses=_too_long(body, can))


def or_write(options: Sequence[Option], language: str) -> list[str]:
    """Lines that name the options beside an open question."""
    return [t(language, "component.or_write", label=option["label"]) for option in options]


def _native(text: str, options: Sequence[Option], can: Capabilities, language: str, page: int) -> Plan | None:
    count = counted(len(options), "option")
    for form in _forms(options, can):
        lost = () if form == "buttons" else (f"{count}: {FORM_WORDS[form]}",)
        planned = _in_form(form, text, options, can, lost)
        if planned is not None:
            return planned
    if len(options) <= PAGE:
        return None
    paged = [*page_of(options, page), {"id": MORE_ID, "label": t(language, "component.more")}]
    for form in _forms(options, can):
        planned = _in_form(form, text, paged, can, (f"{count}: {FORM_WORDS[form]} in pages of {PAGE}",))
        if planned is not None:
            return planned
    return None


def _forms(options: Sequence[Option], can: Capabilities) -> list[str]:
    """The channel's forms for options, best first: a list when only it has room for descriptions."""
    described = any(option.get("description") for option in options)
    best_first = ["buttons", "quick_replies", "list"]
    if described and can.max_description:
        best_first = ["list", "buttons", "quick_replies"]
    return [form for form in best_first if form in can.forms]


def _in_form(
    form: str, text: str, options: Sequence[Option], can: Capabilities, lost: tuple[str, ...]
) -> Plan | None:
    most = can.max_options.get(form)
    if most is not None and len(options) > most:
        return None
    fitted = _fit(form, options, can)
    if fitted is None:
        return None
    body = "\n".join([text, *fitted.below])
    losses = (*lost, *fitted.losses, *_too_long(body, can))
    return Plan(form=form, text=body, options=fitted.options, losses=losses)


@dataclass(frozen=True, slots=True)
class _Fitted:
    options: tuple[Option, ...]
    losses: tuple[str, ...] = ()
    below: tuple[str, ...] = ()  # descriptions that go under the question


def _fit(form: str, options: Sequence[Option], can: Capabilities) -> _Fitted | None:
    """The options cut to a form's limits; None when that would lose what tells them apart."""
    longest = can.max_label.get(form)
    too_long = [option for option in options if longest is not None and len(option["label"]) > longest]
    if form == "list" and can.max_description != 0:
        return _fit_rows(options, longest, can.max_description)
    if too_long:
        return None
    if can.max_description is None:
        return _Fitted(tuple(options))
    below = tuple(f"{o['label']}: {o['description']}" for o in options if o.get("description"))
    bare = tuple({name: option[name] for name in ("id", "label")} for option in options)
    return _Fitted(bare, ("descriptions written under the question",) if below else (), below)


def _fit_rows(options: Sequence[Option], longest: int | None, description: int | None) -> _Fitted | None:
    """List rows: a label too long for its row stands whole in the row's description."""
    rows = []
    losses: dict[str, None] = {}
    for option in options:
        label, below = cut(option["label"], longest), option.get("description", "")
        if label != option["label"]:
            losses[f"labels cut at {longest}, whole in the description"] = None
            below = f"{option['label']} – {below}" if below else option["label"]
        if cut(below, description) != below:
            losses[f"descriptions cut at {description}"] = None
        row = {"id": option["id"], "label": label}
        rows.append(row | {"description": cut(below, description)} if below else row)
    if len({row["label"] for row in rows}) < len({option["label"] for option in options}):
        return None
    return _Fitted(tuple(rows), tuple(losses))


def _numbered(
    text: str, options: Sequence[Option], can: Capabilities, language: str, page: int, closing: str
) -> Plan:
    body = numbered_text(text, options, language, page=page, closing=closing)
    losses = [f"{counted(len(options), 'option')}: numbered text"]
    if len(options) > PAGE:
        losses[0] += f" in pages of {PAGE}"
    if can.max_text is not None and len(body) > can.max_text and any(o.get("description") for o in options):
        bare = [{"id": o["id"], "label": o["label"]} for o in options]
        body = numbered_text(text, bare, language, page=page, closing=closing)
        losses.append("descriptions dropped: the text would be too long")
    return Plan(form="text", text=body, losses=(*losses, *_too_long(body, can)))


def numbered_text(
    text: str, options: Sequence[Option], language: str, *, page: int = 0, closing: str = ""
) -> str:
    """A question, its options of one page each with a mark, and how to answer."""
    labels = [option["label"] for option in options]
    marks = numbering.marks(labels)
    lines = [_line(mark, option) for mark, option in zip(marks, options, strict=True)]
    start = page % page_count(options) * PAGE
    shown = lines[start : start + PAGE]
    if len(options) > PAGE:
        shown.append(f"{numbering.more_mark(labels)}. {t(language, 'component.more')}")
    how = "component.reply_letter" if marks[0].isalpha() else "component.reply_number"
    return "\n".join([text, *shown, closing or t(language, how)])


def _line(mark: str, option: Option) -> str:
    line = numbering.marked_line(mark, option["label"])
    return f"{line} – {option['description']}" if option.get("description") else line


def _too_long(text: str, can: Capabilities) -> tuple[str, ...]:
    if can.max_text is None or len(text) <= can.max_text:
        return ()
    return (f"the text has {len(text)} characters and goes out in parts of {can.max_text}",)
