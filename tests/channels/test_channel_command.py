"""`frontdesk channel parse` and `frontdesk channel render`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from frontdesk.cli.channel import register

HELLO = Path(__file__).resolve().parents[2] / "runtime" / "frontdesk" / "templates" / "hello"

app = typer.Typer()
register(app)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["channel", *(str(word) for word in words)])


def test_parse_prints_one_line_a_file_whatever_is_in_it(tmp_path: Path) -> None:
    bodies = [b"Body=hi&From=%2B1555&MessageSid=SM1\n", b"", b"\xff\xfe\x00", b"{", b"[1, null]", b"a=1"]
    bodies.append(b"&".join(b"a=1" for _ in range(5_000)))
    files = []
    for number, body in enumerate(bodies):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_bytes(body)
    ran = run("parse", "sms", *files)
    assert ran.exit_code == 0, ran.output
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(path) for path in files]
    assert lines[0] == {
        "file": str(files[0]),
        "inbound": [{"id": "SM1", "sender": "+1555", "text": "hi"}],
        "receipts": [],
        "unsupported": [],
    }
    assert all(line["unsupported"] for line in lines[1:])


def test_parse_reads_rest_too(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text('{"sender": "alice", "message": "/choose too_small", "message_id": "m1"}')
    line = json.loads(run("parse", "rest", path).stdout)
    assert line["inbound"] == [
        {
            "id": "alice:m1",
            "sender": "alice",
            "text": "/choose too_small",
            "reply": {"id": "too_small"},
        }
    ]


@pytest.mark.parametrize("words", [("parse", "nope", __file__), ("parse", "web", __file__), ("parse", "sms")])
def test_wrong_use_is_said_so(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_render_prints_calls_and_losses_of_a_desks_component() -> None:
    ran = run("render", "sms", "hello/pickup_date", "--desk", HELLO, "--clock", "2026-03-11")
    line = json.loads(ran.stdout)
    assert line["form"] == "text"
    assert line["losses"][0].startswith("no date picker")
    [call] = line["calls"]
    assert "1. Thu 12 Mar" in call["form"]["Body"]
    assert "token" not in ran.stdout


def test_render_needs_no_desk_for_the_library(tmp_path: Path) -> None:
    line = json.loads(run("render", "sms", "csat", "--desk", tmp_path, "--lang", "fr").stdout)
    assert "de 1 (Très mauvais) à 5 (Très bien)" in line["text"]


def test_render_takes_a_file_and_what_its_texts_need(tmp_path: Path) -> None:
    path = tmp_path / "size.yml"
    path.write_text('component: size\nkind: choices\nask: "Which size?"\noptions: [S, L]\n')
    line = json.loads(run("render", "sms", path, "--desk", tmp_path).stdout)
    assert line["text"].startswith("Which size?\n1. S")
    summary = ("render", "sms", "hello/pickup_summary", "--desk", HELLO)
    assert "Thursday 12 March" in run(*summary, "--values", '{"pickup": "2026-03-12"}').stdout
    assert run(*summary, "--values", "[]").exit_code == 2


def test_render_where_no_provider_is_called_has_no_calls() -> None:
    line = json.loads(run("render", "web", "yes_no", "--desk", HELLO).stdout)
    assert (line["form"], line["calls"], line["losses"]) == ("buttons", [], [])


def test_render_of_an_unknown_component_fails() -> None:
    ran = run("render", "sms", "nothing", "--desk", HELLO)
    assert ran.exit_code == 1
    assert "nothing" in ran.output
