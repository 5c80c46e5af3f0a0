"""Driving the pure engine with lists: a desk from plain values, inbounds in, events out. No fakes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from frontdesk import engine
from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import build, read_desk
from frontdesk.commit import Decision
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import Event, MessageSent, TimerSet, load_event
from frontdesk.given import Given
from frontdesk.messages import ComponentReply, Inbound
from frontdesk.sessions import SessionState

START = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
ORDER = {"order_number": {"pattern": "[0-9]{4}"}}

DESK: dict[str, Any] = {
    "name": "Shop",
    "languages": ["en", "fr"],
    "time_zone": "Europe/Paris",
    "channels": {"site": {"kind": "web"}},
    "queues": {"general": {}, "returns": {}},
    "routing": [{"else": {"bot": "shop"}, "fallback": {"queue": "general"}}],
}


def make_desk(*bots: Mapping[str, Any], **desk: Any) -> Desk:
    """A desk of bots, each {name, slots, entities, messages, components, intents, answers, dialogs}.

    Only what cannot be parsed is refused: what a release taken back may still name is left to the run.
    """
    files: dict[str, Any] = {"frontdesk.yml": DESK | desk}
    for bot in bots:
        files |= _bot_files(bot)
    written = {path: orjson.dumps(content) for path, content in files.items()}
    read = read_desk(Path("/nowhere"), {}, files=written, actions=frozenset())
    assert not read.problems, "\n".join(map(str, read.problems))
    return build(read)


def _bot_files(bot: Mapping[str, Any]) -> dict[str, Any]:
    root = f"bots/{bot.get('name', 'shop')}"
    files: dict[str, Any] = {
        f"{root}/bot.yml": {name: bot[name] for name in ("slots", "entities") if name in bot}
        | {"kind": "dialogs"}
    }
    messages = dict(bot.get("messages", {}))
    languages = messages if messages and set(messages) <= {"en", "fr"} else {"en": messages}
    files |= {f"{root}/messages/{language}.yml": said for language, said in languages.items()}
    for name, fields in bot.get("components", {}).items():
        files[f"{root}/components/{name}.yml"] = {"component": name, **fields}
    for name, examples in bot.get("intents", {}).items():
        files[f"{root}/intents/{name}.yml"] = {"intent": name, "examples": {"en": examples}}
    for name, fields in bot.get("answers", {}).items():
        files[f"{root}/answers/{name}.yml"] = {"question": name, **fields}
    for name, fields in bot.get("dialogs", {}).items():
        files[f"{root}/dialogs/{name}.yml"] = {"dialog": name, **fields}
    return files


def result_of(given: Any) -> EffectResult:
    """An effect's result as a test writes it: {fails: CODE, error: TEXT}, or the value itself."""
    if isinstance(given, EffectResult):
        return given
    if isinstance(given, Mapping) and "fails" in given:
        return EffectResult.failure(given["fails"], given.get("error", ""))
    return EffectResult.success(given)


@dataclass
class Session:
    """One messaging session, driven inbound by inbound."""

    desk: Desk
    owner: str = ""  # from the start; else routing decides
    shows_queue: bool = True
    channel: str = "site"
    channel_kind: str = "web"
    language: str = "en"
    time_zone: str = "Europe/Paris"
    user_slots: Mapping[str, Any] = field(default_factory=dict)
    releases: dict[str, Desk] = field(default_factory=dict)
    now: datetime = START
    effects: list[Effect] = field(default_factory=list)
    rows: list[tuple[str, int, bytes, str, int]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.blank()
        self.state.owner = self.owner or self.state.owner
        self.sent: list[MessageSent] = []
        self._count = 0

    def blank(self) -> SessionState:
        return SessionState(
            id="s1",
            user=f"{self.channel}:ana",
            channel=self.channel,
            channel_kind=self.channel_kind,
            language=self.language,
            time_zone=self.time_zone,
        )

    @property
    def given(self) -> Given:
        return Given(
            now=self.now,
            seed=self._count,
            desk=self.desk,
            release={self.desk.release: self.desk, **self.releases}.get,
            shows_queue=self.shows_queue,
            user_slots=self.user_slots,
            reps={"mia": "Mia", "sam": "Sam"},
        )

    # --- what comes in ---------------------------------------------------------------------------

    def say(self, text: str, *results: Any, **fields: Any) -> list[Event]:
        return self.take(self._inbound(text=text, **fields), results)

    def choose(self, option: str, *results: Any, to: str | None = None) -> list[Event]:
        return self.take(self._inbound(reply=ComponentReply(to=to, choose=option)), results)

    def value(self, value: Any, *results: Any, to: str | None = None) -> list[Event]:
        return self.take(self._inbound(reply=ComponentReply(to=to, value=value)), results)

    def event(self, name: str, **data: Any) -> list[Event]:
        return self.take(self._inbound(kind="event", data={"name": name, "data": data}))

    def timer(self, name: str = "ask", gen: int | None = None) -> list[Event]:
        gen = self.state.timers.get(name, 0) if gen is None else gen
        return self.take(self._inbound(kind="timer", data={"name": name, "gen": gen}))

    def rep(self, login: str, do: str, **data: Any) -> list[Event]:
        return self.take(self._inbound(kind="rep", data={"rep": login, "do": do, **data}))

    def end(self) -> list[Event]:
        return self.take(self._inbound(kind="end"))

    def unsupported(self) -> list[Event]:
        return self.take(self._inbound(kind="unsupported", data={"what": "sticker"}))

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def _inbound(self, **fields: Any) -> Inbound:
        self._count += 1
        return Inbound(channel=self.channel, sender="ana", external_id=f"in{self._count}", **fields)

    # --- a turn ----------------------------------------------------------------------------------

    def take(self, inbound: Inbound, results: Sequence[Any] = ()) -> list[Event]:
        """Run one turn; effects are sent these results, in order."""
        self.state = SessionState.load(self.state.dump())  # as the store gives it back
        self.state.last_inbound += 1
        run = self._run(inbound)
        decision = Decision(self.state, self.given, inbound, run)
        waiting = list(results)
        effect = self._advance(decision, None)
        while effect is not None:
            self.effects.append(effect)
            assert waiting, f"the turn calls {effect.name}, and the test gives it no result"
            effect = self._advance(decision, result_of(waiting.pop(0)))
        for row in decision.rows:
            self.rows.append((row.kind, row.version, bytes(row.body), row.at, self.state.last_inbound))
        self.sent = [event for event in decision.events if isinstance(event, MessageSent)]
        self.statuses.append(self.state.status)
        return decision.events

    def _run(self, inbound: Inbound) -> Generator[Any, Any, None]:
        if self.state.status == "new" and not self.owner:
            yield from engine.start(self.state, inbound, self.given)
        yield from engine.respond(self.state, inbound, self.given)

    def _advance(self, decision: Decision, result: EffectResult | None) -> Effect | None:
        return decision.advance(result)

    # --- what to look at -------------------------------------------------------------------------

    @property
    def texts(self) -> list[str]:
        """What the customer got in the last turn."""
        return [event.text for event in self.sent]

    @property
    def slots(self) -> dict[str, Any]:
        return {name: slot.value for name, slot in self.state.slots.items()}

    @property
    def dialogs(self) -> list[str]:
        """The dialogs in progress, the one on top last."""
        return [frame.dialog for frame in self.state.frames]

    def folded(self) -> SessionState:
        """The state that the log alone adds up to."""
        state = self.blank()
        state.owner = self.owner or state.owner
        for seq, (kind, version, body, at, n) in enumerate(self.rows, 1):
            load_event(kind, version, body).apply(state)
            state.last_event, state.last_at, state.last_inbound = seq, at, n
        state.last_inbound = self.state.last_inbound
        return state


def kinds(events: Iterable[Event]) -> list[str]:
    return [event.KIND for event in events]


def errors(events: Iterable[Event]) -> list[str]:
    """What the developer reads."""
    bodies = [orjson.loads(event.dump()) for event in events if event.KIND == "error"]
    return [" ".join(filter(None, (one["where"], one["what"], one["detail"]))) for one in bodies]


def due(events: Iterable[Event]) -> list[str | None]:
    return [event.due for event in events if isinstance(event, TimerSet)]


_SHOWN = {
    "understood": ("rule", "intent"),
    "answered": ("value", "label", "how"),
    "slot": ("name", "value", "source", "scope", "private"),
    "dialog": ("did", "dialog", "why"),
    "action": ("name", "code", "arguments", "result", "error"),
    "owner": ("owner", "because"),
    "handoff": ("queue",),
    "status": ("status", "why"),
    "outcome": ("name", "by"),
    "timer": ("name", "due"),
    "fired": ("name",),
    "error": ("where", "what", "detail"),
    "refused": ("rep", "did", "code"),
}
_USUAL = {"scope": "session", "private": False, "source": "set"}


def line(event: Event) -> str:
    """An event on one line: its kind, and the fields that matter."""
    body = orjson.loads(event.dump())
    if event.KIND == "outbound":
        component = body["component"]
        options = [one["id"] for one in component.get("options", ())] if component else []
        shown = f" [{component['name']}: {' '.join(options)}]" if component else ""
        return f"outbound {body['author']}: {body['text']}{shown.replace(': ]', ']')}"
    if event.KIND == "asked":
        return f"asked {body['shown']['name']}"
    if event.KIND == "place":
        return " ".join(["place", *(_frame(frame) for frame in body["frames"])])
    fields = {name: body[name] for name in _SHOWN.get(event.KIND, ())}
    told = [f"{name}={_word(value)}" for name, value in fields.items() if _tells(name, value)]
    return " ".join([event.KIND, *told])


def _tells(name: str, value: Any) -> bool:
    return value not in (None, "", {}, []) and _USUAL.get(name) != value


def _word(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _frame(frame: Mapping[str, Any]) -> str:
    kept = {name: frame[name] for name in ("phase", "values", "tries", "held") if frame[name]}
    at = f"{frame['dialog']}@{frame['at']}"
    return f"{at} {_word(kept)}" if kept else at
