"""`${NAME}`, `${NAME:-default}` and `${NAME_FILE}` in frontdesk.yml and bot.yml, filled from a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frontdesk.authoring.source import Loc, YamlFile

_REFERENCE = re.compile(r"\$(\$)?\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_FILE = "_FILE"  # a variable of this ending holds the path of a file that holds the secret


@dataclass(slots=True, kw_only=True)
class Filled:
    """A file with its references filled in, and those that could not be."""

    file: YamlFile
    missing: list[tuple[Loc, str]] = field(default_factory=list)  # where, and why


def fill(file: YamlFile, environ: Mapping[str, str]) -> Filled:
    """Fill every reference; what is missing is left as it is written, and listed."""
    filled = Filled(file=file)
    data = _fill(file.data, (), environ, filled)
    filled.file = replace(file, data=data)
    return filled


def _fill(value: Any, loc: Loc, environ: Mapping[str, str], filled: Filled) -> Any:
    if isinstance(value, dict):
        return {key: _fill(each, (*loc, key), environ, filled) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, (*loc, place), environ, filled) for place, each in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    return _REFERENCE.sub(lambda match: _found(match, loc, environ, filled), value)


def _found(match: re.Match[str], loc: Loc, environ: Mapping[str, str], filled: Filled) -> str:
    escaped, name, default = match.groups()
    if escaped:
        return match[0][1:]
    value = environ.get(name)
    if value is not None and value != "" and name.endswith(_FILE):
        value = _in_file(name, value, loc, filled)
        return match[0] if value is None else value
    if value:
        return value
    if default is not None:
        return default
    filled.missing.append((loc, f"{name} is not set"))
    return match[0]


def _in_file(name: str, path: str, loc: Loc, filled: Filled) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        filled.missing.append((loc, f"the file that {name} names cannot be read: {reason}"))
        return None
