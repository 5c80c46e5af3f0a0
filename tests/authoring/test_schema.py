"""The JSON Schemas accept what the models accept, and refuse what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import orjson
import pytest

from frontdesk.authoring.making import schema_line
from frontdesk.authoring.parse import parse
from frontdesk.authoring.schema import schemas
from frontdesk.channels import CHANNEL_KINDS
from frontdesk.components.base import COMPONENT_KINDS
from frontdesk.dialogs import STEP_KINDS

ROOT = Path(__file__).resolve().parents[2]
EVERY = schemas(CHANNEL_KINDS)
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def faults(schema: Any, value: Any, root: Any, path: str = "") -> Iterator[str]:
    """What a value breaks of a schema: as much of JSON Schema as ours use."""
    if "$ref" in schema:
        yield from faults(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root, path)
    types = schema.get("type", list(TYPES))
    allowed = tuple(kind for name in ([types] if isinstance(types, str) else types) for kind in TYPES[name])
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        yield f"{path}: {value!r} is not {types}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "anyOf" in schema and all(list(faults(each, value, root, path)) for each in schema["anyOf"]):
        yield f"{path}: {value!r} is none of the alternatives"
    if "not" in schema and not list(faults(schema["not"], value, root, path)):
        yield f"{path}: not allowed"
    for each in schema.get("allOf", ()):
        if "if" not in each:
            yield from faults(each, value, root, path)
        elif not list(faults(each["if"], value, root, path)):
            yield from faults(each["then"], value, root, path)
    if isinstance(value, dict):
        yield from _object(schema, value, root, path)
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from faults(schema.get("items", {}), item, root, f"{path}/{place}")


def _object(schema: Any, value: dict[str, Any], root: Any, path: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{path}: no {name}" for name in schema.get("required", ()) if name not in value)
    more = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in known:
            yield from faults(known[name], inner, root, f"{path}/{name}")
        elif more is False:
            yield f"{path}: {name} is unknown"
        elif isinstance(more, dict):
            yield from faults(more, inner, root, f"{path}/{name}")


def kind_of(path: str) -> str:
    line = schema_line(path)
    assert line is not None
    return PurePosixPath(line.strip()).stem


AUTHORED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("bots/shop", "bots/system", "components")
    for path in (ROOT / folder).rglob("*.yml")
)


@pytest.mark.parametrize("path", [*AUTHORED, "frontdesk.yml"])
def test_every_file_of_the_repository_fits_its_schema(path: str) -> None:
    schema = EVERY[kind_of(path)]
    assert list(faults(schema, parse(path, (ROOT / path).read_bytes()).data, schema)) == []


@pytest.mark.parametrize("path", [path for path in [*AUTHORED, "frontdesk.yml"] if "bots/shop" in path])
def test_the_first_line_of_a_file_leads_to_its_schema(path: str) -> None:
    first = (ROOT / path).read_text(encoding="utf-8").splitlines()[0]
    assert f"{first}\n" == schema_line(path)


WRONG = [
    ("dialog", "dialog: x\nsteps: [{sya: x}]", "/steps/0: {'sya': 'x'} is none of the alternatives"),
    ("dialog", "dialog: x\nsteps: [{say: x, foo: 1}]", "/steps/0: foo is unknown"),
    ("dialog", "dialog: x\nsteps: [{if: a, then: [{goto: x, say: y}]}]", "/steps/0/then/0: goto is unknown"),
    ("dialog", "dialog: x\nsteps: [{ask: x, known: maybe}]", "/steps/0/known: 'maybe' is none of"),
    ("dialog", "dialog: x\nsteps: [{for: x, say: y}]", "/steps/0: not allowed"),
    ("dialog", "steps: []", ": no dialog"),
    ("component", "component: x\nkind: choises", "/kind: 'choises' is none of"),
    ("component", "component: x\nkind: link\ntitel: x", ": titel is unknown"),
    ("frontdesk", "name: x\nlanguages: [en]\nrouting: []\nchanels: {}", ": chanels is unknown"),
    (
        "frontdesk",
        "name: x\nlanguages: [en]\nrouting: []\nchannels: {a: {kind: web, origin: []}}",
        "origin is unknown",
    ),
    ("bot", "kind: dialogs\nslots: {a: {type: dat}}", "/slots/a/type: 'dat' is none of"),
    ("messages", "a: {b: c}", "/a: "),
    ("test", "talk: [{usr: x}]", "/talk/0: usr is unknown"),
]


@pytest.mark.parametrize(("kind", "text", "fault"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_breaks_the_schema(kind: str, text: str, fault: str) -> None:
    found = list(faults(EVERY[kind], parse("x.yml", text.encode()).data, EVERY[kind]))
    assert any(fault in each for each in found), found


def test_every_kind_is_offered_with_what_it_is_for() -> None:
    assert set(EVERY["dialog"]["$defs"]["Step"]["properties"]) == set(STEP_KINDS)
    assert EVERY["component"]["properties"]["kind"]["enum"] == sorted(COMPONENT_KINDS)
    assert all(each["description"] for each in EVERY["dialog"]["$defs"]["Step"]["properties"].values())
    assert b"Model" not in orjson.dumps(EVERY["dialog"])
