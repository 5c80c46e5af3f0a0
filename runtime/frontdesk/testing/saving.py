"""Saving a talk as a conversation test, as an author would have written it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frontdesk.effect import EffectResult
from frontdesk.testing.talk import Talk

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SENTENCE = re.compile(r"[^\W\d_][\w ,.!?'’()-]*[\w.!?)]")
_WORDS = frozenset({"true", "false", "null"})


class Recording:
    """Notes a talk line by line."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._began = talk.clock.now()
        self._language = talk.user.language
        self._owners: list[str] = []
        self._user: dict[str, Any] = {}
        self.lines: list[str] = []

    def note(self, line: Mapping[str, Any], out: Mapping[str, Any]) -> None:
        """Keep one line and what came of it; a line that could not be done is left out."""
        if "error" in out:
            return
        if "user" in line:  # a test knows its user from the start
            self._user.update(line["user"])
            return
        self._owners += [str(event["owner"]) for event in out["events"] if event["kind"] == "owner"]
        self.lines.append(_said(line))
        if "rep" not in line:
            self.lines += [f"- bot: {self._reply(reply)}" for reply in out["replies"]]

    @property
    def bot(self) -> str:
        """The bot beside which the test belongs: the one asked for, else the first that owned the session."""
        if self._talk.begin.bot is not None:
            return self._talk.begin.bot
        owners = [owner.partition(":")[2] for owner in self._owners if owner.startswith("bot:")]
        return owners[0] if owners else next(name for name in self._talk.desk.bots)

    def text(self) -> str:
        """The test file."""
        head = [f"given: {flow(self._given())}", "talk:"]
        return "\n".join([*head, *self.lines, f"- expect: {flow(self._expected())}", ""])

    def save(self, name: str) -> Path:
        """Write the file beside the bot; a file of that name is never overwritten."""
        path = self._talk.desk.root / "bots" / self.bot / "tests" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(self.text())
        return path

    def _reply(self, reply: Mapping[str, Any]) -> str:
        if reply["component"] is not None:
            return flow({"component": reply["component"]["name"]})
        keys = self._talk.watch.keys_of(reply["text"])
        return flow({"message": keys[0]}) if keys else _plain(reply["text"])

    def _given(self) -> dict[str, Any]:
        talk = self._talk
        # A test that names its channel is routed; one that does not talks to the bot beside it.
        given: dict[str, Any] = {} if talk.begin.bot is not None else {"channel": talk.channel}
        given["language"] = self._language
        given["clock"] = self._began.astimezone(talk.desk.time_zone).strftime("%Y-%m-%dT%H:%M")
        zone = talk.user.time_zone
        given |= {"time_zone": zone} if zone != str(talk.desk.time_zone) else {}
        given |= {"user": self._user} if self._user else {}
        actions = dict(self._actions())
        return given | ({"actions": actions} if actions else {})

    def _actions(self) -> Iterator[tuple[str, Any]]:
        """What the actions gave, so that the test needs no shop; one that changed its mind stays real."""
        for name, results in self._talk.performer.results.items():
            first = results[0]
            if all(result == first for result in results):
                yield name, first.value if first.ok else {"fails": _failure(first)}

    def _expected(self) -> dict[str, Any]:
        state = self._talk.state
        slots = {name: slot.value for name, slot in state.slots.items() if not slot.private}
        expected: dict[str, Any] = {"owner": state.owner}
        if slots:
            expected["slots"] = slots
        return expected | ({"outcome": state.outcome} if state.outcome is not None else {})


def flow(value: Any) -> str:
    """A value in YAML's flow style, quoted only where it must be."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def _said(line: Mapping[str, Any]) -> str:
    if "text" in line:
        return f"- user: {_plain(line['text'])}"
    if "choose" in line or "value" in line or "file" in line:
        # The id of the message that asked differs from run to run when a dialog is edited.
        return f"- user: {flow({key: one for key, one in line.items() if key != 'of'})}"
    if len(line) == 1:
        return "".join(f"- {key}: {flow(one)}" for key, one in line.items())
    return f"- {flow(line)}"


def _plain(text: str) -> str:
    if _SENTENCE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _failure(result: EffectResult) -> str:
    return result.error if result.code in ("raised", "unknown") else result.code
