"""JSON Schemas of the authored files, from the models: an editor completes fields and steps by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from frontdesk.authoring.agentfile import AgentFile, ScriptedFile
from frontdesk.authoring.deskfile import DeskFile
from frontdesk.authoring.models import AnswerFile, BotFile, DialogFile, IntentFile, MessageFile
from frontdesk.authoring.talks import TestFile
from frontdesk.components.base import COMPONENT_KINDS
from frontdesk.dialogs import NOT_BUILT, STEP_KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = ".frontdesk/schema"  # where `frontdesk schema --write` puts them, below a desk
_TEXT: JsonSchemaValue = {
    "description": "text, the key of a message, or a text for each language",
    "anyOf": [{"type": ["string", "number"]}, {"type": "object", "additionalProperties": {"type": "string"}}],
}
_STEPS: JsonSchemaValue = {"type": "array", "items": {"$ref": "#/$defs/Step"}}
_WEEK: JsonSchemaValue = {
    "description": 'opening times by day: {mon-fri: "09:00-18:00", sat: "10:00-14:00, 15:00-17:00"}',
    "type": "object",
    "additionalProperties": {"type": ["string", "array", "null"], "items": {"type": "string"}},
}


class _Schema(GenerateJsonSchema):
    """Steps, texts and weeks as they are written, not as the models hold them."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Defaults of the models say nothing to an author."""
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A field that may be left out; nobody writes null."""
        return self.generate_inner(schema["schema"])

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """What is read before it is checked takes more than it becomes."""
        inner = schema["schema"]
        if inner["type"] == "str":  # an expression, or text in which a bare number is meant as written
            return {"type": ["string", "number", "boolean", "null"]}
        if inner["type"] == "union" and any(_type_of(each) == "dict" for each in inner["choices"]):
            return _TEXT
        read = self.generate_inner(inner)
        return {"anyOf": [read, {"type": "string"}]} if inner["type"] == "model" else read

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        """The one kind of value checked by its class is a step."""
        return {"$ref": "#/$defs/Step"}


def schemas(channels: Mapping[str, Any] | None = None) -> dict[str, JsonSchemaValue]:
    """The schema of each kind of file, by the name it is written under. `channels`: kind -> `Config`."""
    files = {
        "frontdesk": _desk(channels or {}),
        "bot": _bot(),
        "dialog": _dialog(),
        "intent": _of(IntentFile),
        "messages": _messages(),
        "component": _component(),
        "test": _of(TestFile),
        "answer": _of(AnswerFile),
        "model": _script(),
    }
    return {name: {"$schema": DIALECT, "title": name} | _described(schema) for name, schema in files.items()}


def _type_of(choice: Any) -> str:
    schema = choice[0] if isinstance(choice, tuple) else choice
    return str(schema["type"])


def _of(model: type[BaseModel]) -> JsonSchemaValue:
    return model.model_json_schema(by_alias=True, schema_generator=_Schema, mode="validation")


def _described(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Without the names of Python classes, which mean nothing to an author."""
    return {key: _described_value(value) for key, value in schema.items() if key != "title"}


def _described_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_described_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    held = {key: _described_value(each) for key, each in value.items()}
    if isinstance(held.get("title"), str) and ("type" in held or "anyOf" in held or "$ref" in held):
        del held["title"]
    return held


def _bot() -> JsonSchemaValue:
    """Its kind decides its fields; without one it is a bot of dialogs."""
    dialogs, agent = _of(BotFile), _of(AgentFile)
    definitions = agent.pop("$defs", {}) | dialogs.pop("$defs", {})
    is_agent = {"properties": {"kind": {"const": "agent"}}, "required": ["kind"]}
    definitions |= {"kind dialogs": dialogs, "kind agent": agent}
    return {
        "type": "object",
        "allOf": [
            {"if": is_agent, "then": {"$ref": "#/$defs/kind agent"}},
            {"if": {"not": is_agent}, "then": {"$ref": "#/$defs/kind dialogs"}},
        ],
        "$defs": definitions,
    }


def _script() -> JsonSchemaValue:
    schema = _of(ScriptedFile)
    lines: JsonSchemaValue = schema["properties"]["lines"]
    return lines | {"$defs": schema.get("$defs", {})}


def _dialog() -> JsonSchemaValue:
    schema = _of(DialogFile)
    schema["properties"]["steps"] = _STEPS
    definitions = schema.setdefault("$defs", {})
    for word, kind in STEP_KINDS.items():
        definitions[f"step {word}"] = _step(word, _inlined(_of(kind), definitions))
    definitions["Step"] = _one_of_steps()
    return schema


def _step(word: str, schema: JsonSchemaValue) -> JsonSchemaValue:
    required = [word, *(name for name in schema.get("required", ()) if name != word)]
    return schema | {"required": required}


def _one_of_steps() -> JsonSchemaValue:
    """A step: its word decides its fields, so that an editor offers only those that belong."""
    words = list(STEP_KINDS)
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {word: {"description": _about(STEP_KINDS[word])} for word in words},
        "allOf": [{"if": {"required": [word]}, "then": {"$ref": f"#/$defs/step {word}"}} for word in words],
        "anyOf": [{"required": [word]} for word in words],
        "not": {"anyOf": [{"required": [word]} for word in NOT_BUILT]},
    }


def _component() -> JsonSchemaValue:
    definitions: dict[str, Any] = {}
    kinds = sorted(COMPONENT_KINDS)
    for kind in kinds:
        schema = _inlined(_of(COMPONENT_KINDS[kind].Model), definitions)
        schema["properties"]["kind"] = {"const": kind}
        definitions[f"kind {kind}"] = schema
    return {
        "type": "object",
        "required": ["component", "kind"],
        "properties": {"component": {"type": "string"}, "kind": {"enum": kinds}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/kind {kind}"},
            }
            for kind in kinds
        ],
        "$defs": definitions,
    }


def _messages() -> JsonSchemaValue:
    schema = _of(MessageFile)
    return {
        "type": "object",
        "description": "key: text, variations, or a list of {when, text}; `key@sms` for a kind of channel",
        "additionalProperties": schema["properties"]["message"],
        "$defs": schema.get("$defs", {}),
    }


def _desk(channels: Mapping[str, Any]) -> JsonSchemaValue:
    schema = _of(DeskFile)
    definitions = schema["$defs"]
    kinds = sorted(channels)
    if kinds:
        for kind in kinds:
            definitions[f"channel {kind}"] = _inlined(_of(channels[kind].Config), definitions)
            definitions[f"channel {kind}"]["properties"]["kind"] = {"const": kind}
        definitions["ChannelModel"] = {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": kinds}},
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": {"$ref": f"#/$defs/channel {kind}"},
                }
                for kind in kinds
            ],
        }
    definitions["HoursModel"]["properties"]["week"] = _WEEK
    return schema


def _inlined(schema: JsonSchemaValue, definitions: dict[str, Any]) -> JsonSchemaValue:
    """A schema whose own definitions moved to those of the file."""
    for name, each in schema.pop("$defs", {}).items():
        if name != "Step":
            definitions.setdefault(name, each)
    return schema


def _about(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
