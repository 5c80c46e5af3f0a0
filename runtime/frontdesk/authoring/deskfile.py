"""The format of frontdesk.yml: channels, hours, queues, routing."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from frontdesk.authoring.models import Authored, Language, Name, Text
from frontdesk.dialogs.base import QueueName, Ref
from frontdesk.routing.flows import Rule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[time, time]  # an end at or before its start is on the next day
Week = tuple[tuple[Span, ...], ...]  # seven days, Monday first

HoursName = Annotated[str, Ref("hours")]


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"`{value}` is no time zone; write one like Europe/Paris") from None
    return value


TimeZone = Annotated[str, AfterValidator(_zone)]


def read_days(written: str) -> list[int]:
    """`mon-fri`, `sat`, `mon, wed`, `daily`: the days meant, Monday is 0."""
    if written.strip() == "daily":
        return list(range(7))
    found: list[int] = []
    for part in written.replace(",", " ").split():
        first, _, last = part.lower().partition("-")
        if first[:3] not in DAYS or (last and last[:3] not in DAYS):
            raise ValueError(f"`{part}` is no day; write {', '.join(DAYS)}, a range like mon-fri, or daily")
        start, end = DAYS.index(first[:3]), DAYS.index((last or first)[:3])
        found += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return found


def read_spans(written: Any) -> tuple[Span, ...]:
    """`09:00-18:00`, several with a comma, `closed`."""
    if written is None or str(written).strip() == "closed":
        return ()
    parts = [str(part) for part in written] if isinstance(written, list) else str(written).split(",")
    spans = []
    for part in parts:
        first, dash, last = part.strip().partition("-")
        try:
            spans.append((_clock(first), _clock(last)))
        except ValueError:
            raise ValueError(
                f"`{part.strip()}` is no opening time; write it like 09:00-18:00, or closed"
            ) from None
        if not dash:
            raise ValueError(f"`{part.strip()}` has no end; write it like 09:00-18:00")
    return tuple(spans)


def _clock(written: str) -> time:
    hour, _, minute = written.strip().partition(":")
    return time(0 if int(hour) == 24 else int(hour), int(minute or 0))


def _week(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError('a week is written like {mon-fri: "09:00-18:00", sat: "10:00-14:00"}')
    days: list[tuple[Span, ...]] = [()] * 7
    for written, spans in value.items():
        for day in read_days(str(written)):
            days[day] = read_spans(spans)
    return tuple(days)


class HoursModel(Authored):
    """When somebody is there."""

    week: Annotated[Week, BeforeValidator(_week)]
    holidays: str | tuple[date, ...] | None = None  # an .ics file of the desk, or days like 2026-12-25
    time_zone: TimeZone | None = None  # else the desk's


class QueueModel(Authored):
    """Where sessions wait for a rep."""

    hours: HoursName | None = None  # always open without
    overflow: QueueName | None = None
    label: Text | None = None


class ChannelModel(Authored):
    """A channel: its kind, and fields that the kind's own adapter reads."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    language: Language | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What only the kind knows."""
        return dict(self.model_extra or {})


def _ends_with_else(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if not rules or rules[-1].otherwise is None:
        raise ValueError(
            "the routing has no `else`: somebody must own a session when no rule holds; "
            "end it with `- {else: {bot: NAME}, fallback: {queue: NAME}}`"
        )
    return rules


class DeskFile(Authored):
    """frontdesk.yml."""

    name: str
    languages: tuple[Language, ...] = Field(min_length=1)  # the first is the default
    time_zone: TimeZone = "UTC"
    channels: dict[Name, ChannelModel] = Field(default_factory=dict)
    hours: dict[Name, HoursModel] = Field(default_factory=dict)
    queues: dict[Name, QueueModel] = Field(default_factory=dict)
    routing: Annotated[tuple[Rule, ...], AfterValidator(_ends_with_else)]
