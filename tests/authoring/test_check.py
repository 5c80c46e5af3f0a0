"""`frontdesk check`, as an author reads it: every case is a sound desk with some files changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.authoring.check import World, check
from frontdesk.authoring.declared import declared_actions
from frontdesk.authoring.load import load
from frontdesk.channels import CHANNEL_KINDS
from frontdesk.effect import ActionDescription, Parameter
from frontdesk.errors import AuthoringError
from tests.authoring.conftest import Written, checked, printed
from tests.conftest import Golden

ROOT = Path(__file__).resolve().parents[2]


def test_the_sound_desk_is_sound(written: Written) -> None:
    assert printed(checked(written({}))) == ""


@pytest.mark.parametrize("name", ["formats", "references", "advice"])
def test_check(name: str, golden: Golden, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.authoring.conftest import SOUND

    for case in golden(f"authoring/{name}.yml"):
        root = tmp_path_factory.mktemp("desk")
        for path, text in (SOUND | case.given).items():
            if text:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text.lstrip("\n"), encoding="utf-8")
        case.expect(printed=printed(checked(root)))


def test_loading_gives_the_errors_and_no_more(written: Written) -> None:
    root = written({"bots/b/messages/en.yml": "order_number: Which?\nbye: '{{ nobody }}'\nunused: x\n"})
    with pytest.raises(AuthoringError) as raised:
        load(root, {})
    assert str(raised.value) == (
        "bots/b/messages/en.yml:2: `nobody` is not defined here.\n"
        "  It is neither a slot nor the `into` of a step."
    )
    with pytest.raises(AuthoringError):  # the second time from what was kept
        load(root, {})


def test_a_call_is_compared_with_the_function(written: Written) -> None:
    root = written(
        {
            "bots/b/dialogs/hello.yml": """
dialog: hello
when: {intent: hello}
steps:
- call: find_order
  with: {order_numbr: reason}
- ask: order_number
"""
        }
    )
    described = ActionDescription(
        name="find_order",
        effect="read",
        about="",
        confirm=None,
        timeout=10,
        parameters=(Parameter(name="order_number", required=True, schema={}),),
        place="bots/b/actions.py:4",
    )
    world = World(channels=CHANNEL_KINDS, actions={"find_order": described})
    errors = [each for each in check(root, {}, world) if each.level == "error"]
    assert printed(errors) == (
        "error 9: bots/b/dialogs/hello.yml:4: `find_order` needs `order_number`.\n"
        "  Add `order_number: ...` under `with:` (the function is in bots/b/actions.py:4).\n"
        "error 10: bots/b/dialogs/hello.yml:5: `find_order` takes no `order_numbr`.\n"
        "  Did you mean `order_number`?"
    )
    without = {
        "bots/b/dialogs/hello.yml": "dialog: hello\nwhen: {intent: hello}\nsteps: [{call: find_order}]\n"
    }
    assert not [each for each in check(written(without), {}, world) if each.level == "error"], (
        "the slot is taken"
    )


def test_a_channel_without_its_secret_is_off(written: Written) -> None:
    desk = (
        "name: T\nlanguages: [en]\nchannels:\n  site: {kind: web}\n  r: {kind: rest, token: '${R_TOKEN}'}\n"
    )
    root = written({"frontdesk.yml": desk + "queues: {general: {}}\nrouting: [{else: {bot: b}}]\n"})
    assert printed(checked(root)) == (
        "note 3: frontdesk.yml:5: the channel `r` is off: R_TOKEN is not set.\n"
        "  The others run. Set it, and start again."
    )
    assert printed(checked(root, {"R_TOKEN": "secret"})) == ""


def test_actions_are_read_without_running_them() -> None:
    source = b"""
import frontdesk
from frontdesk import action, tool
raise SystemExit
@action
def one(): ...
@action(effect="write", name="two")
async def other(): ...
@frontdesk.action
def three(): ...
@tool
def four(): ...
def not_one(): ...
"""
    files = {"bots/b/actions.py": source, "bots/b/tests/x.py": source, "ext/y.py": b"not python ("}
    assert declared_actions(files) == {"one", "two", "three", "four"}


def test_the_repository_is_a_sound_desk() -> None:
    assert [str(each) for each in checked(ROOT) if each.level != "note"] == []
