"""`frontdesk nlu evaluate`: what it prints for machines and for people, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from frontdesk.cli import nlu
from frontdesk.errors import SettingsError
from frontdesk.nlu import encoder
from tests.nlu.sentences import STRANGE, said

KEYS = {
    "accuracy", "macro_f1", "auroc", "oos_recall", "oos_precision", "in_scope_accuracy",
    "train_s", "train_cpu_s", "p50_ms",
}  # fmt: skip
HELLO = Path(__file__).resolve().parents[2] / "runtime" / "frontdesk" / "templates" / "hello"


def rows(path: Path, pairs: Iterable[tuple[str, str]]) -> str:
    lines = [orjson.dumps({"text": text, "intent": intent, "lang": "en"}) for text, intent in pairs]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    nlu.register(app)
    result = CliRunner().invoke(app, ["nlu", "evaluate", *arguments], catch_exceptions=True)
    if isinstance(result.exception, SettingsError):
        return 1, result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


def test_for_machines(tmp_path: Path) -> None:
    train, test = rows(tmp_path / "train", said(200, 11)), rows(tmp_path / "test", said(150, 12))
    oos = rows(tmp_path / "oos", [(text, "oos") for text in STRANGE])
    code, out, progress = run("--train", train, "--test", test, "--oos", oos, "--json")
    assert code == 0, progress
    measured = orjson.loads(out)
    assert measured.keys() >= KEYS
    assert measured["accuracy"] > 0.9
    assert measured["auroc"] > 0.9
    assert measured["p50_ms"] > 0
    assert "fitting" in progress


def test_strangers_may_stand_among_the_tests(tmp_path: Path) -> None:
    mixed = rows(tmp_path / "test", [*said(50, 12), *((text, "oos") for text in STRANGE)])
    code, out, _ = run("--train", rows(tmp_path / "train", said(100, 11)), "--test", mixed, "--json")
    measured = orjson.loads(out)
    assert (code, measured["rows"], measured["oos_rows"]) == (0, 50, 10)


def test_a_bot_of_a_desk_for_people(tmp_path: Path) -> None:
    test = rows(
        tmp_path / "test", [("where is my order please", "order_status"), ("return it", "return_order")]
    )
    code, out, problem = run("--bot", "hello", "--desk", str(HELLO), "--test", test)
    assert code == 0, problem
    assert "accuracy" in out


@pytest.mark.parametrize(
    ("content", "said_so"),
    [('{"text": "a"', ":1: not a row"), ('{"intent": "a"}', ":1: not a row"), ("[]", ":1: not a row"),
     ("", "there must be rows")],
)  # fmt: skip
def test_bad_rows_are_named(tmp_path: Path, content: str, said_so: str) -> None:
    (tmp_path / "bad").write_text(content)
    code, _, problem = run("--train", rows(tmp_path / "a", said(20, 1)), "--test", str(tmp_path / "bad"))
    assert code == 1
    assert said_so in problem


def test_wrong_use_is_told(tmp_path: Path) -> None:
    test = rows(tmp_path / "test", said(5, 1))
    assert run("--test", test)[0] == 2
    assert run("--train", test, "--bot", "hello", "--test", test)[0] == 2
    assert "cannot be read" in run("--train", str(tmp_path / "none"), "--test", test)[2]
    assert "there is no bot `hallo`" in run("--bot", "hallo", "--desk", str(HELLO), "--test", test)[2]


def test_embeddings_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "is_installed", lambda: False)
    test = rows(tmp_path / "test", said(5, 1))
    code, _, problem = run("--train", test, "--test", test, "--embeddings")
    assert code == 1
    assert 'pip install "frontdesk[embeddings]"' in problem
