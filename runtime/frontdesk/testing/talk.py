"""A talk with a desk in memory, on virtual time: one line in, one line out.

    talk = Talk(desk, effects, clock=clock)
    out = await talk.take({"text": "I want to return 1042"})
    out["replies"][0]["component"]["options"]

The pure engine decides, as in a running desk; nothing is stored and no channel is called.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson

from frontdesk.authoring.content import Desk
from frontdesk.authoring.models import SlotModel
from frontdesk.channels import CHANNEL_KINDS
from frontdesk.clock import FixedClock, instant, iso
from frontdesk.components.base import sendable
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import Event, MessageSent, OwnerChanged, SlotSet, StatusChanged, TimerSet
from frontdesk.given import Given
from frontdesk.messages import ComponentReply, Inbound
from frontdesk.sessions import SessionState, owner_kind
from frontdesk.store.base import EventRow
from frontdesk.testing.lines import (
    Advanced,
    Answered,
    BadLine,
    Began,
    IsUser,
    Line,
    RepSaid,
    Said,
    Sent,
    Told,
    read_line,
)
from frontdesk.testing.turns import Performer, take_turn
from frontdesk.testing.watch import Watch, watched
from frontdesk.users import MessagingUser

REP = "rep"  # the rep of a talk: login and name
ADDRESS = "you"
MAX_TIMERS = 1000  # that may fire while time goes on once


@dataclass(slots=True)
class TalkBegin:
    """How a talk begins."""

    name: str = "s"  # sessions are named after it: what must differ where idempotency keys must
    channel: str | None = None  # a channel's name or kind; None: the desk's first web channel
    language: str | None = None
    time_zone: str | None = None
    bot: str | None = None  # owns the session from the start; None: routing decides
    user: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)


class _Noting:
    """Performs effects, and keeps what they gave for the test that a talk can be saved as."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer
        self.results: dict[str, list[EffectResult]] = {}

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult:
        result = await self._performer.perform(effect, key=key, user=user)
        if effect.kind == "action":
            self.results.setdefault(effect.name, []).append(result)
        return result


class Talk:
    """One messaging user's talk with a desk."""

    def __init__(
        self, desk: Desk, performer: Performer, *, clock: FixedClock, begin: TalkBegin | None = None
    ) -> None:
        begin = begin or TalkBegin()
        self.watch = Watch()
        self.desk = desk
        self.clock = clock
        self.performer = _Noting(performer)
        self.begin = begin
        self.channel, self.channel_kind = channel_of(desk, begin.channel)
        self.user_slots: dict[str, Any] = {}
        self._watched = watched(desk, self.watch)
        self._timers: dict[str, tuple[str, int]] = {}  # name -> (due, gen)
        self._inbounds = 0
        self._events: list[dict[str, Any]] = []
        self._log: list[EventRow] = []  # of the session
        self._replies: list[dict[str, Any]] = []
        self.sent: list[MessageSent] = []  # by the last line
        configured = desk.config.channels.get(self.channel)
        wanted = begin.language or (configured.language if configured is not None else None)
        self.user = MessagingUser.named(
            f"{self.channel}:{ADDRESS}",
            language=language_of(desk, wanted or ""),
            time_zone=begin.time_zone or str(desk.time_zone),
        )
        self._know(begin.user)
        self.state = self._new_state(1)

    async def take(self, line: object) -> dict[str, Any]:
        """What one line leads to, as `chat --jsonl` prints it; a line that means nothing gives `error`."""
        try:
            return await self.do(read_line(line))
        except BadLine as error:
            return {"error": str(error)}

    async def do(self, line: Line) -> dict[str, Any]:
        """What one line leads to; raises BadLine when it cannot be done now."""
        self._events, self._replies, self.sent, self.watch.said = [], [], [], []
        await _DO[type(line)](self, line)
        return {
            "replies": self._replies,
            "owner": self.state.owner,
            "language": self.state.language,
            "slots": {name: slot.value for name, slot in self.state.slots.items()},
            "events": self._events,
        }

    # --- what a line does ----------------------------------------------------------------------

    async def _said(self, line: Said) -> None:
        await self._customer(Inbound(**self._from(), text=line.text))

    async def _answered(self, line: Answered) -> None:
        reply = ComponentReply(to=line.of, choose=line.choose, value=line.value)
        await self._customer(Inbound(**self._from(), reply=reply))

    async def _sent(self, line: Sent) -> None:
        await self._customer(Inbound(**self._from(), kind="unsupported", data={"what": "file"}))

    async def _told(self, line: Told) -> None:
        data = {"name": line.name, "data": dict(line.data)}
        await self._customer(Inbound(**self._from(), kind="event", data=data))

    async def _rep(self, line: RepSaid) -> None:
        if owner_kind(self.state.owner) not in ("queue", "rep"):
            raise BadLine(
                f"a rep can write once the session waits in a queue; its owner is {self.state.owner}"
            )
        if owner_kind(self.state.owner) == "queue":
            await self._turn(Inbound(**self._from(), kind="rep", data={"rep": REP, "do": "accept"}))
        rep = self.state.owner.partition(":")[2]
        await self._turn(
            Inbound(**self._from(), kind="rep", data={"rep": rep, "do": "say", "text": line.text})
        )

    async def _advanced(self, line: Advanced) -> None:
        until = self.clock.now() + line.by
        for _ in range(MAX_TIMERS):
            due = self._next_due()
            if due is None or instant(due[0]) > until:
                break
            at, name, gen = due
            self.clock.advance(max(instant(at) - self.clock.now(), timedelta()))
            del self._timers[name]
            data = {"name": name, "gen": gen}
            await self._turn(Inbound(**self._from(), kind="timer", data=data))
        self.clock.advance(max(until - self.clock.now(), timedelta()))

    async def _began(self, line: Began) -> None:
        if self.state.is_open and self.state.status != "new":
            await self._turn(Inbound(**self._from(), kind="end"))
        self._next_session()

    async def _is_user(self, line: IsUser) -> None:
        self._know(line.known)
        if self.state.status == "new":
            self.state = self._new_state(self.state.ordinal)
            return
        for name in line.known:
            if name in self.user_slots:
                self._happened(replace(self._slot(name, self.user_slots[name]), source="user"))

    def _happened(self, event: Event) -> None:
        self.state.last_event += 1
        event.apply(self.state)
        self._note(event, self.state.last_event, iso(self.clock.now()))

    # --- turns -----------------------------------------------------------------------------------

    async def _customer(self, inbound: Inbound) -> None:
        if not self.state.is_open:
            self._next_session()
        await self._turn(inbound)

    async def _turn(self, inbound: Inbound) -> None:
        first = self._before() if self.state.status == "new" else ()
        decision = await take_turn(
            self.state, inbound, self._given(), self.performer, self.user, first=first, log=self._log
        )
        self._log += decision.rows
        for event, row in zip(decision.events, decision.rows, strict=True):
            self._note(event, row.seq, row.at)
        if not self.state.is_open:
            self._timers.clear()

    def _before(self) -> list[Event]:
        """What the talk says has happened when a session begins."""
        events: list[Event] = [self._slot(name, value) for name, value in self.begin.slots.items()]
        if self.begin.bot is not None:
            owner = f"bot:{self.begin.bot}"
            now = iso(self.clock.now())
            events.append(OwnerChanged(owner=owner, was=self.state.owner, because="asked for", at=now))
            events.append(StatusChanged(status="active", by="desk"))
        return events

    def _slot(self, name: str, value: Any) -> SlotSet:
        models = (bot.slots[name] for bot in self.desk.bots.values() if name in bot.slots)
        model = next(models, SlotModel())
        return SlotSet(name=name, value=value, source="given", scope=model.scope, private=model.private)

    def _given(self) -> Given:
        release = self.desk.release
        return Given(
            now=self.clock.now(),
            seed=self._inbounds,
            desk=self._watched,
            release=lambda name: self._watched if name == release else None,
            shows_queue=getattr(CHANNEL_KINDS.get(self.channel_kind), "shows_queue", False),
            user_slots=self.user_slots,
            reps={REP: REP},
        )

    def _note(self, event: Event, seq: int, at: str) -> None:
        self._events.append({"kind": event.KIND, "seq": seq, "at": at, **orjson.loads(event.dump())})
        if isinstance(event, MessageSent):
            self._replies.append(_reply(event))
            self.sent.append(event)
        elif isinstance(event, TimerSet):
            self._timers.pop(event.name, None)
            if event.due is not None:
                self._timers[event.name] = (event.due, event.gen)
        elif isinstance(event, SlotSet) and event.scope == "user":
            self.user_slots.pop(event.name, None)
            if event.value is not None:
                self.user_slots[event.name] = event.value

    def _next_due(self) -> tuple[str, str, int] | None:
        waiting = [(due, name, gen) for name, (due, gen) in self._timers.items()]
        return min(waiting, default=None)

    # --- the session and its user ----------------------------------------------------------------

    def _from(self) -> dict[str, Any]:
        """Where every inbound of this talk comes from; each has its own id."""
        self._inbounds += 1
        return {"channel": self.channel, "sender": self.user.address, "external_id": f"in{self._inbounds}"}

    def _new_state(self, ordinal: int) -> SessionState:
        return SessionState(
            id=f"{self.begin.name}{ordinal}",
            user=self.user.name,
            channel=self.channel,
            channel_kind=self.channel_kind,
            ordinal=ordinal,
            language=self.user.language,
            time_zone=self.user.time_zone,
        )

    def _next_session(self) -> None:
        self._timers.clear()
        self._log.clear()
        self.state = self._new_state(self.state.ordinal + 1)

    def _know(self, known: Mapping[str, Any]) -> None:
        """What a talk says of its user: language, time_zone, slots of user scope; the rest are attributes."""
        kept = {
            name for bot in self.desk.bots.values() for name, one in bot.slots.items() if one.scope == "user"
        }
        self.user_slots |= {name: value for name, value in known.items() if name in kept}
        others = {name: value for name, value in known.items() if name not in (*kept, *_OF_USER)}
        self.user = replace(
            self.user,
            language=language_of(self.desk, known.get("language") or self.user.language),
            time_zone=str(known.get("time_zone") or self.user.time_zone),
            attributes={**self.user.attributes, **others},
        )


_OF_USER = ("language", "time_zone")

_DO: dict[type, Callable[[Talk, Any], Coroutine[Any, Any, None]]] = {
    Said: Talk._said,
    Answered: Talk._answered,
    Sent: Talk._sent,
    Told: Talk._told,
    RepSaid: Talk._rep,
    Advanced: Talk._advanced,
    Began: Talk._began,
    IsUser: Talk._is_user,
}

TO_COME = ("whatsapp", "messenger", "line", "telegram")
"""Kinds whose texts (`key@sms`) can be tried before a channel of the kind can be run."""


def channel_of(desk: Desk, wanted: str | None) -> tuple[str, str]:
    """The name and kind of the channel a talk is on; a kind that the desk lacks can be tried all the same."""
    channels = {name: one.kind for name, one in desk.config.channels.items()}
    if wanted in channels:
        return str(wanted), channels[str(wanted)]
    kind = wanted or "web"
    named = next((name for name, one in channels.items() if one == kind), None)
    if named is not None:
        return named, kind
    kinds = (*CHANNEL_KINDS, *TO_COME)
    if wanted is not None and wanted not in kinds:
        known = ", ".join(dict.fromkeys((*channels, *kinds)))
        raise BadLine(f"there is no channel `{wanted}`; a talk can be on one of {known}")
    return kind, kind


def language_of(desk: Desk, wanted: str) -> str:
    """The desk's language nearest to the one wanted, else its first."""
    short = wanted.partition("-")[0]
    return next((one for one in desk.languages if one in (wanted, short)), desk.languages[0])


def _reply(event: MessageSent) -> dict[str, Any]:
    shown = sendable(event.component) if event.component is not None else None
    return {
        "id": event.key,
        "text": event.text,
        "component": shown,
        "buttons": [],
        "image": None,
        "custom": None,
    }
