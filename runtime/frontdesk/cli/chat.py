"""A talk in the terminal: for people, with a prompt, or as JSON lines, for machines."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from frontdesk.clock import Clock, FixedClock
from frontdesk.components.base import COMPONENT_KINDS, Capabilities
from frontdesk.effects.models import Models
from frontdesk.effects.perform import Effects
from frontdesk.events import MessageSent
from frontdesk.testing.desks import OpenDesk
from frontdesk.testing.lines import BadLine
from frontdesk.testing.saving import Recording
from frontdesk.testing.talk import Talk, TalkBegin

HELP = """Write what the customer says. Or:
  /choose ID       click an option         /value V        pick a value, like 2026-03-17
  /advance PT10M   let time go by          /event NAME     tell the desk of something
  /rep TEXT        write as a rep          /new            begin a new session
  /slots           what the session knows  /save NAME      save the talk as a test
  /quit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a talk was asked for."""

    bot: str | None = None
    channel: str | None = None
    language: str | None = None
    clock: str | None = None
    save: str | None = None


class _Terminal:
    """A talk and the loop it runs on; between lines the loop stands still, so that Ctrl-C is felt at once."""

    def __init__(self, desk: OpenDesk, options: Options) -> None:
        self._clock = FixedClock(_starts(desk, options.clock))
        self._effects = Effects(desk.registry, clock=self._clock, models=Models(os.environ))
        begin = TalkBegin(
            name=f"{Clock().token(40)}-",  # no two talks share an idempotency key
            bot=_bot(desk, options.bot),
            channel=options.channel,
            language=options.language,
        )
        self.talk = Talk(desk.content, self._effects, clock=self._clock, begin=begin)
        self.recording = Recording(self.talk)
        self._runner = asyncio.Runner()

    def take(self, line: Any) -> dict[str, Any]:
        out = self._runner.run(self.talk.take(line))
        if isinstance(line, Mapping):
            self.recording.note(line, out)
        return out

    def close(self) -> None:
        self._runner.run(self._effects.close())
        self._runner.close()


def talk_in_json(desk: OpenDesk, options: Options) -> str:
    """One line out for each line in, until stdin ends. Gives what was wrong with the options, or ''."""
    return _talk(desk, options, _json_lines)


def talk_with_person(desk: OpenDesk, options: Options) -> str:
    """A prompt, until it is left. Gives what was wrong with the options, or ''."""
    return _talk(desk, options, _prompt)


def _talk(desk: OpenDesk, options: Options, loop: Callable[[_Terminal], None]) -> str:
    try:
        terminal = _Terminal(desk, options)
    except BadLine as error:
        return str(error)
    try:
        loop(terminal)
        name = options.save
        if terminal.recording.lines and not name and loop is _prompt and sys.stdin.isatty():
            name = _ask("Save this talk as a test? Its name, or Enter: ")
        if terminal.recording.lines and name:
            _say_error(_saved(terminal, name))
    finally:
        terminal.close()
    return ""


def _json_lines(terminal: _Terminal) -> None:
    for raw in sys.stdin.buffer:
        out = _answer(terminal, raw)
        sys.stdout.buffer.write(orjson.dumps(out, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()


def _answer(terminal: _Terminal, raw: bytes) -> dict[str, Any]:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return {"error": f"this line is no JSON: {error}"}
    return terminal.take(line)


def _prompt(terminal: _Terminal) -> None:
    _say(
        f"{terminal.talk.desk.name}, {terminal.talk.channel} ({terminal.talk.user.language}). /help for more."
    )
    while True:
        written = _ask("> ")
        if written is None or written in ("/quit", "/exit"):
            return
        if written:
            _do(terminal, written)


def _ask(prompt: str) -> str | None:
    """What was typed; None when there is no more."""
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        _say("")
        return None


def _do(terminal: _Terminal, written: str) -> None:
    if not written.startswith("/"):
        _show(terminal, {"text": written})
        return
    word, _, rest = written[1:].partition(" ")
    if word == "save":
        _say(_saved(terminal, rest.strip()))
    elif word == "slots":
        for name, slot in terminal.talk.state.slots.items():
            _say(f"  {name}: {slot.value!r} ({slot.source})")
    elif word in _LINES:
        _show(terminal, _LINES[word](rest.strip()))
    else:
        _say(HELP)


_LINES: dict[str, Callable[[str], dict[str, Any]]] = {
    "choose": lambda rest: {"choose": rest},
    "value": lambda rest: {"value": rest},
    "advance": lambda rest: {"advance": rest},
    "event": lambda rest: {"event": rest},
    "rep": lambda rest: {"rep": rest},
    "new": lambda rest: {"session": "new"},
}


def _show(terminal: _Terminal, line: Mapping[str, Any]) -> None:
    out = terminal.take(line)
    if "error" in out:
        _say(f"! {out['error']}")
        return
    for sent in terminal.talk.sent:
        _say(_as_text(sent))
    for event in out["events"]:
        note = _noted(event)
        if note:
            _say(f"-- {note}")


def _as_text(sent: MessageSent) -> str:
    """A message as a channel that knows only text shows it."""
    if sent.component is None:
        return sent.text
    return COMPONENT_KINDS[sent.component["kind"]].plan(sent.component, Capabilities()).text


def _noted(event: Mapping[str, Any]) -> str:
    """What a person at the terminal should know besides the words."""
    if event["kind"] == "owner":
        return f"now {event['owner']}: {event['because']}"
    if event["kind"] == "error":
        return f"error in {event['where']}: {event['what']} {event['detail']}".rstrip()
    if event["kind"] == "action" and event["code"] != "ok":
        return f"action {event['name']}: {event['code']} {event['error']}".rstrip()
    if event["kind"] == "status" and event["status"] == "ended":
        return "the session has ended"
    return f"outcome {event['name']}" if event["kind"] == "outcome" else ""


def _saved(terminal: _Terminal, name: str) -> str:
    if not name.replace("_", "").replace("-", "").isalnum():
        return "A test's name is letters, digits and _, like too_small."
    try:
        path = terminal.recording.save(name)
    except FileExistsError:
        return f"There is a test {name} already; choose another name."
    except OSError as error:
        return f"The test could not be written: {error}"
    return f"saved as {path}"


def _starts(desk: OpenDesk, written: str | None) -> datetime:
    if written is None:
        return Clock().now().replace(second=0, microsecond=0)
    try:
        starts = datetime.fromisoformat(written)
    except ValueError:
        raise BadLine(f"--clock {written} is no instant; write one like 2026-03-11T10:00") from None
    zoned = starts if starts.tzinfo is not None else starts.replace(tzinfo=desk.content.time_zone)
    return zoned.astimezone(UTC)


def _bot(desk: OpenDesk, name: str | None) -> str | None:
    if name is not None and name not in desk.content.bots:
        raise BadLine(f"there is no bot `{name}`; this desk has {', '.join(sorted(desk.content.bots))}")
    return name


def _say(text: str) -> None:
    print(text, flush=True)


def _say_error(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
