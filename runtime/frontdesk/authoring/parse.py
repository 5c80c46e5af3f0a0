"""YAML as authors write it, parsed with the line and column of every key and value.

Keys are always text, and so is anything that is not plainly a number, `true`, `false` or `null`:
`no` is a language and `0042` an order number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from frontdesk.authoring.source import Marks, Place, YamlFile
from frontdesk.errors import Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 60

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}


def parse(path: str, content: bytes) -> YamlFile:
    """Read one file; what is wrong with it becomes problems, never an exception."""
    text, problems = _decode(path, content)
    if text is None:
        return YamlFile(path=path, data=None, marks=[1, 1], problems=tuple(problems))
    reader = _Reader(path, problems)
    try:
        data, marks = reader.document(text)
    except _Stop as stop:
        problems.append(stop.problem)
        data, marks = None, [1, 1]
    except YAMLError as error:
        problems.append(_syntax_problem(path, text, error))
        data, marks = None, [1, 1]
    return YamlFile(path=path, data=data, marks=marks, problems=tuple(problems))


def _decode(path: str, content: bytes) -> tuple[str | None, list[Problem]]:
    if len(content) > MAX_BYTES:
        hint = "Split it into several files of the same folder."
        return None, [
            Problem(path=path, message=f"the file is larger than {MAX_BYTES // 10**6} MB.", hint=hint)
        ]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, [_encoding_problem(path, 1, "the file is written as UTF-16.")]
    problems = []
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        message = "the file begins with a byte order mark."
        hint = "It is read all the same. Save the file as `UTF-8`, not `UTF-8 with BOM`."
        problems.append(Problem(path=path, line=1, column=1, message=message, hint=hint, level="warning"))
    try:
        return content.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        shown = content[error.start : error.start + 1].decode("latin-1")
        byte = f"0x{content[error.start]:02x}"
        message = f"the file is not UTF-8: the byte {byte} (`{shown}` in Latin-1) stands here."
        return None, [_encoding_problem(path, line, message)]


def _encoding_problem(path: str, line: int, message: str) -> Problem:
    return Problem(
        path=path, line=line, column=1, message=message, hint="Save the file as UTF-8 in your editor."
    )


class _Stop(Exception):
    """This file cannot be read further."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Reader:
    """Builds values and marks from the parser's events."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def document(self, text: str) -> tuple[Any, Marks]:
        events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))
        for event in events:
            if isinstance(event, DocumentStartEvent):
                read = self._value(next(events), events, 0)
                self._only_one(events)
                return read
        return None, [1, 1]

    def _only_one(self, events: Iterator[Event]) -> None:
        for event in events:
            if isinstance(event, DocumentStartEvent):
                hint = "Put each in a file of its own, or remove the line `---`."
                raise _Stop(self._problem(event, "a second document begins here.", hint))

    def _value(self, event: Event, events: Iterator[Event], depth: int) -> tuple[Any, Marks]:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if depth > MAX_DEPTH:
            raise _Stop(self._problem(event, f"this is nested deeper than {MAX_DEPTH} levels.", ""))
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self._refuse_anchor(event)
        if isinstance(event, ScalarEvent):
            return self._scalar(event), [line, column]
        if isinstance(event, SequenceStartEvent):
            items = list(self._items(events, depth))
            return [value for value, _ in items], [line, column, [marks for _, marks in items]]
        assert isinstance(event, MappingStartEvent)
        return self._mapping(line, column, events, depth)

    def _items(self, events: Iterator[Event], depth: int) -> Iterator[tuple[Any, Marks]]:
        for event in events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._value(event, events, depth + 1)

    def _mapping(self, line: int, column: int, events: Iterator[Event], depth: int) -> tuple[Any, Marks]:
        data: dict[str, Any] = {}
        places: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event)
            value, marks = self._value(next(events), events, depth + 1)
            where = event.start_mark.line + 1, event.start_mark.column + 1
            if value is None and len(marks) == 2:  # nothing is written: its place is its name's
                marks = list(where)
            if key in data:
                first = places[key][0]
                message = f"`{key}` stands here a second time; the first is in line {first}."
                self.problems.append(self._problem(event, message, "Keep one of the two."))
            else:
                data[key], places[key] = value, [*where, marks]
        return data, [line, column, places]

    def _key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent):
            hint = "Text with { or [ in it, like {{ name }}, needs quotes around the whole."
            raise _Stop(self._problem(event, "a name was expected here, not a list or a mapping.", hint))
        if event.value == "<<" and event.style is None:
            raise _Stop(self._problem(event, "`<<` (merging) cannot be used.", "Write the fields out."))
        return str(event.value)

    def _scalar(self, event: ScalarEvent) -> Any:
        if event.tag is not None and str(event.tag) not in ("!", "tag:yaml.org,2002:str"):
            hint = "Write the value without it; a text with `!` in front needs quotes."
            raise _Stop(self._problem(event, f"the tag `{event.tag}` cannot be used.", hint))
        if event.style is not None or event.tag is not None:
            return str(event.value)
        return plain(str(event.value))

    def _refuse_anchor(self, event: Event) -> None:
        mark = "*" if isinstance(event, AliasEvent) else "&"
        message = f"`{mark}{getattr(event, 'anchor', '')}`: anchors and aliases cannot be used."
        hint = f"Write the fields out; a text that begins with `{mark}` needs quotes."
        raise _Stop(self._problem(event, message, hint))

    def _problem(self, event: Event, message: str, hint: str) -> Problem:
        mark = event.start_mark
        return Problem(path=self.path, line=mark.line + 1, column=mark.column + 1, message=message, hint=hint)


def plain(text: str) -> Any:
    """The value of an unquoted scalar: YAML 1.2, but a number with a leading zero stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text) and len(text) < 19:
        return int(text)
    if _FLOAT.match(text) and len(text) < 32:
        return float(text)
    return text


_SYNTAX = (  # what the parser says, what the author reads, what to do
    ("cannot start any token", "this character cannot begin a value here.", "Put the text in quotes."),
    (
        "mapping values are not allowed",
        "there is a second `: ` in this line, or the line is indented too far.",
        "Put a text with a colon in quotes, or line the word up with the one above.",
    ),
    ("could not find expected ':'", "this line has no `:` after its name.", "Write `name: value`."),
    ("expected <block end>", "this line is indented differently from those it belongs to.", "Line it up."),
    (
        "did not find expected",
        "this line does not fit the ones before it.",
        "Check indentation and brackets.",
    ),
    ("found undefined alias", "a text that begins with `*` needs quotes.", "Put the text in quotes."),
    ("found unexpected end of stream", "a quote is opened here and never closed.", "Close it."),
    ("found unknown escape", "a backslash in double quotes means something else.", "Use single quotes."),
    ("expected ',' or", "a `{` or `[` is not closed, or a comma is missing.", "Close the bracket."),
    ("special characters are not allowed", "a character that cannot be printed stands here.", "Remove it."),
)


def _syntax_problem(path: str, text: str, error: YAMLError) -> Problem:
    line, column = _error_place(text, error)
    written = text.splitlines()[line - 1] if 0 < line <= len(text.splitlines()) else ""
    if "\t" in written[: len(written) - len(written.lstrip())] or ("\t" in written and "\\t" in str(error)):
        message, hint = "a tab stands where spaces are needed.", "Indent with spaces, two a level."
        column = written.index("\t") + 1
        return Problem(path=path, line=line, column=column, message=message, hint=hint)
    said = str(error)
    for word, message, hint in _SYNTAX:
        if word in said:
            return Problem(path=path, line=line, column=column, message=message, hint=hint)
    message = "this cannot be read as YAML."
    return Problem(path=path, line=line, column=column, message=message, hint="Check indentation and quotes.")


_OPENED = ("end of stream", "expected ',' or", "could not find expected ':'")  # the fault is where it began


def _error_place(text: str, error: YAMLError) -> Place:
    if isinstance(error, ReaderError):
        before = text[: error.position]
        return before.count("\n") + 1, len(before) - before.rfind("\n")
    mark = None
    if isinstance(error, MarkedYAMLError):
        opened = any(word in str(error) for word in _OPENED)
        mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
