"""What every test may use: golden files, and a universe that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from frontdesk.clock import FixedClock

# The same examples in every run, on a busy machine too; `make long` looks for new ones.
_PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", derandomize=True, max_examples=100, **_PATIENT)
settings.register_profile("long", max_examples=2_000, **_PATIENT)
settings.load_profile("same")

GOLDEN = Path(__file__).parent / "golden"


class Case:
    """One case of a golden file."""

    def __init__(self, fields: dict[str, Any], place: str, update: bool) -> None:
        self._fields = fields
        self._place = place
        self._update = update
        self.given: dict[str, Any] = fields.get("given") or {}
        self.name: str = fields.get("name", "")

    def expect(self, **actual: Any) -> None:
        """Compare what happened with `expect` of the file, as JSON would carry it."""
        happened = orjson.loads(orjson.dumps(actual, default=_plain, option=orjson.OPT_NON_STR_KEYS))
        if self._update:
            if self._fields.get("expect") != happened:
                self._fields["expect"] = _readable(happened)
            return
        assert happened == self._fields.get("expect"), f"{self._place}: look at the difference, then --update"


Golden = Callable[[str], Iterator[Case]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files with what happened")


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Iterator[Golden]:
    """The cases of a file under tests/golden: a list of {name, given, expect}.

        for case in golden("components/choices.yml"):
            case.expect(shown=show(**case.given))

    Write `name` and `given` by hand; `pytest --update` writes `expect`, and its diff is reviewed.
    """
    update = bool(pytestconfig.getoption("--update"))
    yaml = YAML()
    yaml.width = 10_000
    opened: list[tuple[Path, Any]] = []

    def cases(name: str) -> Iterator[Case]:
        path = GOLDEN / name
        assert path.is_file(), f"tests/golden/{name} is missing: every kind has its golden cases"
        content = yaml.load(path.read_text(encoding="utf-8"))
        assert content, f"tests/golden/{name} has no cases"
        opened.append((path, content))
        for number, fields in enumerate(content):
            yield Case(fields, f"tests/golden/{name}, {fields.get('name') or number}", update)

    yield cases
    for path, content in opened if update else ():
        with path.open("w", encoding="utf-8") as out:
            yaml.dump(content, out)


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 11 March 2026, 09:00 UTC, until told otherwise; ids count up."""
    return FixedClock(datetime(2026, 3, 11, 9, 0, tzinfo=UTC))


def _readable(value: Any) -> Any:
    """Text of several lines as a YAML block, so that a diff reads like the message."""
    if isinstance(value, dict):
        return {name: _readable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_readable(inner) for inner in value]
    is_block = isinstance(value, str) and "\n" in value
    return LiteralScalarString(value) if is_block else value


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, float):  # as YAML keeps it, with how it was written
        return float(value)
    raise TypeError(f"a golden file cannot hold {type(value).__name__}")
