"""`frontdesk bench nlu`: measures what it trains, beside a probe; its made-up sets are the same each time."""

from __future__ import annotations

from pathlib import Path

import orjson
import typer
from typer.testing import CliRunner

from frontdesk.bench.nlu import made_up
from frontdesk.cli import bench
from tests.nlu.sentences import said


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    bench.register(app)
    result = CliRunner().invoke(app, ["bench", "nlu", *arguments])
    return result.exit_code, result.stdout


def test_a_set_of_ones_own_and_made_up_ones(tmp_path: Path) -> None:
    train, test = tmp_path / "train", tmp_path / "test"
    for path, seed in ((train, 1), (test, 2)):
        rows = [orjson.dumps({"text": text, "intent": intent}) for text, intent in said(60, seed)]
        path.write_bytes(b"\n".join(rows))
    code, out = run("--train", str(train), "--test", str(test), "--json")
    (row,) = orjson.loads(out)["rows"]
    assert (code, row["examples"], row["intents"], row["encode_p50_us"]) == (0, 60, 6, None)
    assert 0 < row["intent_p50_us"] < row["scope_p50_us"] <= row["scope_p99_us"]
    assert row["probe_p50_us"] > 0
    assert row["accuracy"] > 0.5
    assert row["model_mb"] > 0
    code, shown = run("--rows", "24")
    assert code == 0
    assert "24 examples" in shown


def test_made_up_sets_are_the_same_each_time_and_can_be_learnt() -> None:
    assert made_up(30, 5) == made_up(30, 5)
    learnt, asked = made_up(30, 5)
    assert {one.label for one in learnt} == {one.label for one in asked}
    assert not {one.text for one in learnt} & {one.text for one in asked}


def test_wrong_use_is_told(tmp_path: Path) -> None:
    assert run("--train", str(tmp_path))[0] == 2
    assert run("--train", str(tmp_path), "--test", str(tmp_path), "--rows", "9")[0] == 2
