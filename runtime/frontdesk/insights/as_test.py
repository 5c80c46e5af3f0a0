"""A session of the log as a conversation test: had again in memory with the results its actions gave.

What the test expects is what the desk says now; where that differs from the log it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from frontdesk.clock import FixedClock, instant
from frontdesk.effect import Effect, EffectResult
from frontdesk.sessions import owner_kind
from frontdesk.testing.desks import OpenDesk
from frontdesk.testing.saving import Recording
from frontdesk.testing.talk import Talk, TalkBegin
from frontdesk.users import MessagingUser

Logged = Mapping[str, Any]

LONG = timedelta(hours=1)  # a pause that may change what a day or the hours are


@dataclass(slots=True)
class AsTest:
    """A session that was had again."""

    recording: Recording
    notes: list[str] = field(default_factory=list)  # what could not be repeated, or came otherwise


class LoggedActions:
    """Gives each action's results as the log has them, in their order; nothing is really called."""

    def __init__(self, events: Iterable[Logged]) -> None:
        self._results: dict[str, list[EffectResult]] = {}
        every = list(events)
        self._answers = [
            _answer(event, every[place + 1 :])
            for place, event in enumerate(every)
            if event["kind"] == "model"
        ]
        for event in every:
            if event["kind"] == "action" and event["code"] != "declined":
                self._results.setdefault(event["name"], []).append(_result(event))

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult:
        waiting = self._answers if effect.kind == "model" else self._results.get(effect.name)
        if not waiting:
            return EffectResult.failure("unknown", f"the log has no result of {effect.name} here")
        return waiting.pop(0)


async def as_test(desk: OpenDesk, events: Sequence[Logged]) -> AsTest:
    """Have a session of the log again, and note it as `frontdesk chat --save` notes a talk."""
    start = next(event for event in events if event["kind"] == "started")
    clock = FixedClock(instant(start["at"]).replace(second=0, microsecond=0))
    begin = TalkBegin(channel=start["channel"], language=start["language"], time_zone=start["time_zone"])
    talk = Talk(desk.content, LoggedActions(events), clock=clock, begin=begin)
    made = AsTest(Recording(talk))
    known = {event["name"]: event["value"] for event in events if _is_known_before(event)}
    if known:
        made.recording.note({"user": known}, await talk.take({"user": known}))
    for place, event in enumerate(events):
        for line in _lines(event, talk):
            out = await talk.take(line)
            made.recording.note(line, out)
            made.notes += _differences(event, line, out, events[place + 1 :])
        if event["kind"] == "told" and event["name"] == "unsupported":
            made.notes.append(f"event {event['seq']}: what the channel could not read cannot be in a test")
    if any(event["kind"] == "model" for event in events):
        made.notes.append(
            "a test asks the agent's own model, a scripted one: the log's answers are not in it"
        )
    return made


def _answer(event: Logged, after: Sequence[Logged]) -> EffectResult:
    """What a model answered, by the log: its calls, or the words of the message that followed."""
    if event.get("error"):
        return EffectResult.failure("away", event["error"])
    calls = [{"name": name, "arguments": arguments} for _, name, arguments in event.get("calls", ())]
    said = event.get("text", "") if calls else next((one["text"] for one in after if _is_said(one)), "")
    return EffectResult.success({"text": said, "calls": calls, "finish": event.get("finish", "stop")})


def _is_said(event: Logged) -> bool:
    return event["kind"] == "outbound" and str(event["author"]).startswith("bot:")


def _differences(event: Logged, line: Logged, out: Logged, after: Sequence[Logged]) -> Iterator[str]:
    """Where the desk does not answer as the log has it."""
    if "error" in out:
        yield f"event {event['seq']} cannot be repeated: {out['error']}"
    elif "advance" not in line and "rep" not in line:
        came, was = _shape(out["replies"]), _shape(_replies(after))
        if came != was:
            yield f"event {event['seq']}: the desk now answers {came}; the log has {was}"


def _lines(event: Logged, talk: Talk) -> Iterator[dict[str, Any]]:
    """What has to go into a talk for an event of the log."""
    is_in = event["kind"] in ("inbound", "told", "fired")
    behind = instant(event["at"]) - talk.clock.now()
    if (event["kind"] == "fired" and behind > timedelta()) or (is_in and behind >= LONG):
        yield {"advance": f"PT{int(behind.total_seconds() + 0.999)}S"}
    if event["kind"] == "inbound":
        reply = event.get("reply") or {}
        clicked = {name: reply[name] for name in ("choose", "value") if reply.get(name) is not None}
        yield clicked or {"text": event["text"]}
    elif event["kind"] == "told" and event["name"] != "unsupported":
        yield (
            {"event": event["name"], "data": dict(event["data"])}
            if event["data"]
            else {"event": event["name"]}
        )
    elif event["kind"] == "outbound" and owner_kind(event["author"]) == "rep" and event["text"]:
        yield {"rep": event["text"]}


def _replies(after: Iterable[Logged]) -> Iterator[Logged]:
    """What the log has in answer to an inbound, up to the next thing that came in."""
    for event in after:
        if event["kind"] in ("inbound", "told", "fired", "refused"):
            return
        if event["kind"] == "outbound":
            if owner_kind(event["author"]) == "rep":
                return
            yield event


def _shape(replies: Iterable[Logged]) -> str:
    """Which components came, and how many texts: variations of a text are no difference."""
    names = [str(reply["component"]["name"]) if reply["component"] else "a text" for reply in replies]
    return ", ".join(names) or "nothing"


def _result(event: Logged) -> EffectResult:
    if event["code"] == "ok":
        return EffectResult.success(event["result"])
    return EffectResult.failure(event["code"], event["error"])


def _is_known_before(event: Logged) -> bool:
    return event["kind"] == "slot" and event["source"] == "user" and not event["private"]
