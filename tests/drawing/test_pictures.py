"""What comes out: SVG that a browser and a screen reader take, mermaid's text, and the command."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.authoring.content import BotContent, Form
from frontdesk.authoring.load import load
from frontdesk.cli import main
from frontdesk.drawing import graphs, mermaid, svg
from frontdesk.drawing.graph import Graph
from frontdesk.drawing.texts import cut, tidy, width
from tests.conftest import GOLDEN
from tests.drawing.dialogs import drawn, write_desk

SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).resolve().parents[2]
Same = Callable[[str, str], None]


@pytest.fixture
def same(pytestconfig: pytest.Config) -> Same:
    """Compare a picture with the one kept; open both in a browser when they differ."""

    def compare(name: str, made: str) -> None:
        path = GOLDEN / "drawing" / name
        if pytestconfig.getoption("--update"):
            path.write_text(made, encoding="utf-8")
        assert made == path.read_text(encoding="utf-8"), f"{path}: look at both, then --update"

    return compare


@pytest.fixture
def every_kind(tmp_path: Path) -> tuple[str, list[Graph]]:
    desk = load(write_desk(tmp_path), {})
    return desk.name, graphs(desk)


def test_every_kind_as_svg(every_kind: tuple[str, list[Graph]], same: Same) -> None:
    same("every_kind.svg", svg(*every_kind))


def test_every_kind_as_mermaid(every_kind: tuple[str, list[Graph]], same: Same) -> None:
    same("every_kind.mmd", mermaid(*every_kind))


def test_the_picture_says_what_it_is(every_kind: tuple[str, list[Graph]]) -> None:
    root = ElementTree.fromstring(svg(*every_kind))
    assert root.attrib["role"] == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == 'Desk <&> "co": Routing, everything'
    assert desc is not None
    assert desc.text is not None
    assert "Dialog everything of bot shop: 16 steps, begins with intent begin." in desc.text
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"


def test_everything_that_is_named_is_there(every_kind: tuple[str, list[Graph]]) -> None:
    picture = svg(*every_kind)
    named = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', picture))
    assert named <= set(re.findall(r'id="([\w-]+)"', picture))


@given(st.text(max_size=40))
def test_an_authors_text_can_hold_anything(text: str) -> None:
    bot = BotContent(name="shop", languages=("en",), messages={"en": {"said": (Form(text=text),)}})
    graph = drawn([{"say": "said"}, {"if": text or "x", "then": [{"handoff": {"because": text}}]}], bot)
    root = ElementTree.fromstring(svg(text, [graph]))
    known = {
        "svg",
        "title",
        "desc",
        "style",
        "defs",
        "pattern",
        "circle",
        "clipPath",
        "rect",
        "marker",
        "path",
    }
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= known | {"g", "text", "tspan", "use"}
    for line in mermaid(text, [graph]).splitlines()[2:]:
        assert re.fullmatch(r'[^"]*("[^"<>#]*((#\d+;|<br/>)[^"<>#]*)*"[^"]*)*', line)


@given(st.text(max_size=60), st.floats(min_value=20, max_value=300))
def test_a_cut_text_fits(text: str, room: float) -> None:
    shown = cut(tidy(text), 11, room)
    assert width(shown, 11) <= room + 0.001
    assert shown == tidy(text) or shown.endswith("…")


Draw = Callable[..., tuple[int, str, str]]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Draw:
    """The command without a process of its own; gives its exit code and what it wrote to both streams."""
    monkeypatch.chdir(ROOT)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["frontdesk", "draw", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.mark.slow
def test_the_example_desk_is_drawn(tmp_path: Path, draw: Draw) -> None:
    command = [sys.executable, "-m", "frontdesk", "draw", "."]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert ElementTree.fromstring(done.stdout).tag == f"{SVG}svg"
    path = tmp_path / "desk.svg"
    assert draw(".", "-o", path)[:2] == (0, "")
    assert path.read_text(encoding="utf-8") == done.stdout


def test_one_dialog_is_drawn(tmp_path: Path, draw: Draw) -> None:
    _, out, _ = draw(write_desk(tmp_path), "--bot", "shop", "--dialog", "everything", "--mermaid")
    assert out.count("subgraph") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--bot", "shpo"), 1, "there is no bot `shpo`. Did you mean `shop`?"),
        (("--dialog", "everythin"), 1, "there is no dialog `everythin`. Did you mean `everything`?"),
        (("--bot", "system"), 1, "The bot system has no dialogs to draw."),
        (("--open", "--mermaid"), 2, "leave one of the two out"),
        (("-o", "no/such/folder.svg"), 1, "cannot be written"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    tmp_path: Path, draw: Draw, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended, out, err = draw(write_desk(tmp_path), *arguments)
    assert ended == code
    assert said in err
    assert out == ""
