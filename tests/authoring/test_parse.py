"""YAML as authors write it: what it means, and what is said when it cannot be read."""

from __future__ import annotations

import codecs
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.authoring.parse import parse

READ: list[tuple[str, Any]] = [
    ("a: 1", {"a": 1}),
    ("a: 1.5", {"a": 1.5}),
    ("a: true", {"a": True}),
    ("a: yes", {"a": "yes"}),
    ("a: off", {"a": "off"}),
    ("no: Norsk", {"no": "Norsk"}),
    ("true: 1", {"true": 1}),
    ("1042: x", {"1042": "x"}),
    ("a: 0042", {"a": "0042"}),
    ("a: 12_000", {"a": "12_000"}),
    ("a: 1:30", {"a": "1:30"}),
    ("a: 0x1f", {"a": "0x1f"}),
    ("a: 2026-03-11", {"a": "2026-03-11"}),
    ("a: null", {"a": None}),
    ("a: ~", {"a": None}),
    ("a:", {"a": None}),
    ('a: "1"', {"a": "1"}),
    ("a: 'true'", {"a": "true"}),
    ("a: !!str 1", {"a": "1"}),
    ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
    ("- 1\n- x", [1, "x"]),
    ("# only a comment", None),
    ("", None),
    ("a: été ¿qué? 日本", {"a": "été ¿qué? 日本"}),
]

REFUSED: list[tuple[bytes, str]] = [
    (
        b"a: 1\nb: 2\na: 3\n",
        "f.yml:3: `a` stands here a second time; the first is in line 1.\n  Keep one of the two.",
    ),
    (
        b"a:\n\tb: 1\n",
        "f.yml:2: a tab stands where spaces are needed.\n  Indent with spaces, two a level.",
    ),
    (
        b"a: x\nb: caf\xe9\n",
        "f.yml:2: the file is not UTF-8: the byte 0xe9 (`é` in Latin-1) stands here.\n"
        "  Save the file as UTF-8 in your editor.",
    ),
    (
        "a: 1".encode("utf-16"),
        "f.yml:1: the file is written as UTF-16.\n  Save the file as UTF-8 in your editor.",
    ),
    (
        codecs.BOM_UTF8 + b"a: 1",
        "f.yml:1: the file begins with a byte order mark.\n"
        "  It is read all the same. Save the file as `UTF-8`, not `UTF-8 with BOM`.",
    ),
    (
        b"a: *bold*\n",
        "f.yml:1: `*bold*`: anchors and aliases cannot be used.\n"
        "  Write the fields out; a text that begins with `*` needs quotes.",
    ),
    (
        b"a: &x 1\nb: *x\n",
        "f.yml:1: `&x`: anchors and aliases cannot be used.\n"
        "  Write the fields out; a text that begins with `&` needs quotes.",
    ),
    (b"a:\n  <<: {b: 1}\n", "f.yml:2: `<<` (merging) cannot be used.\n  Write the fields out."),
    (
        b"a: !!python/object:os.system x\n",
        "f.yml:1: the tag `tag:yaml.org,2002:python/object:os.system` cannot be used.\n"
        "  Write the value without it; a text with `!` in front needs quotes.",
    ),
    (
        b"a: 1\n---\nb: 2\n",
        "f.yml:2: a second document begins here.\n  Put each in a file of its own, or remove the line `---`.",
    ),
    (
        b"say: {{ name }}\n",
        "f.yml:1: a name was expected here, not a list or a mapping.\n"
        "  Text with { or [ in it, like {{ name }}, needs quotes around the whole.",
    ),
    (
        b"a: b: c\n",
        "f.yml:1: there is a second `: ` in this line, or the line is indented too far.\n"
        "  Put a text with a colon in quotes, or line the word up with the one above.",
    ),
    (b'a: 1\nb: "x\nc: 1\n', "f.yml:2: a quote is opened here and never closed.\n  Close it."),
    (
        b"a: {b: c\nd: e\n",
        "f.yml:1: a `{` or `[` is not closed, or a comma is missing.\n  Close the bracket.",
    ),
    (
        b"a:\n  b: 1\n c: 2\n",
        "f.yml:3: this line is indented differently from those it belongs to.\n  Line it up.",
    ),
    (b"a: 1\nfoo\nb: 2", "f.yml:2: this line has no `:` after its name.\n  Write `name: value`."),
    (b"a: @x\n", "f.yml:1: this character cannot begin a value here.\n  Put the text in quotes."),
    (b'a: "\\d"\n', "f.yml:1: a backslash in double quotes means something else.\n  Use single quotes."),
    (b"a: \x01\n", "f.yml:1: a character that cannot be printed stands here.\n  Remove it."),
    (b"[" * 100, "f.yml:1: this is nested deeper than 60 levels."),
    (
        b"a: " + b"x" * 2_000_001,
        "f.yml: the file is larger than 2 MB.\n  Split it into several files of the same folder.",
    ),
]


@pytest.mark.parametrize(("text", "data"), READ)
def test_means(text: str, data: Any) -> None:
    file = parse("f.yml", text.encode())
    assert (file.data, file.problems) == (data, ())


@pytest.mark.parametrize(("content", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_says_what_is_wrong(content: bytes, problem: str) -> None:
    assert "\n".join(map(str, parse("f.yml", content).problems)) == problem


def test_knows_where_everything_stands() -> None:
    file = parse("f.yml", b"a:\n- {b: 1, c: [2, 3]}\nd: |\n  text\n")
    places = {loc: file.place(loc) for loc in [("a",), ("a", 0), ("a", 0, "c"), ("a", 0, "c", 1), ("d",)]}
    assert places == {
        ("a",): (2, 1),
        ("a", 0): (2, 3),
        ("a", 0, "c"): (2, 13),
        ("a", 0, "c", 1): (2, 17),
        ("d",): (3, 4),
    }
    assert file.place(("a", 0, "c"), key=True) == (2, 10)
    assert file.place(("a", 0, "not there")) == (2, 3)


@given(st.binary(max_size=200) | st.text(alphabet="ab:-{}[]\"'\n\t &*!|>#,?%@`", max_size=60).map(str.encode))
def test_never_raises(content: bytes) -> None:
    file = parse("f.yml", content)
    assert file.problems or isinstance(file.data, dict | list | str | int | float | None)
