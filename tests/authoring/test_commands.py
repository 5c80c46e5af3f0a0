"""The authoring commands, as they are typed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from frontdesk.authoring.load import load
from frontdesk.cli import authoring, talk, tools
from frontdesk.effects.actions import ActionRegistry
from frontdesk.errors import SettingsError
from tests.authoring.conftest import SOUND, Written, checked, printed

APP = typer.Typer()
for commands in (authoring, talk, tools):
    commands.register(APP)


def run(*words: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_check_prints_every_problem_and_exits_1(written: Written) -> None:
    root = written({"bots/b/messages/en.yml": "order_number: Which?\nbye: '{{ resaon }}'\n"})
    code, out, err = run("check", root)
    assert (code, err) == (1, "1 error.\n")
    assert out == (
        "bots/b/messages/en.yml:2:6: error: `resaon` is not defined here.\n  Did you mean `reason`?\n"
    )


def test_check_for_machines(written: Written) -> None:
    root = written({"bots/b/bot.yml": "kind: agent\n"})
    code, out, _ = run("check", root, "--json")
    assert code == 1
    assert orjson.loads(out)[0] == {
        "path": "bots/b/bot.yml",
        "line": 1,
        "column": 1,
        "message": "`model` is missing.",
        "hint": "Add `model: ...`.",
        "level": "error",
    }


def test_check_of_a_sound_desk(written: Written) -> None:
    assert run("check", written({})) == (0, "", "No problem found.\n")


def test_python_that_cannot_run_is_a_problem_of_its_own(written: Written) -> None:
    """Those who call its actions are not to blame."""
    files = {
        "bots/b/actions.py": SOUND["bots/b/actions.py"] + "\n1 / 0\n",
        "bots/b/dialogs/hello.yml": """
dialog: hello
when: {intent: hello}
steps: [{call: find_order}, {ask: order_number}, {ask: reason, component: why}]
""",
    }
    code, out, err = run("check", written(files))
    assert (code, err) == (1, "1 error.\n")
    assert out.startswith("bots/b/actions.py:6")
    assert "ZeroDivisionError" in out


def test_schemas_are_printed_and_written(written: Written) -> None:
    root = written({})
    _, out, _ = run("schema", root)
    assert set(orjson.loads(out)) >= {"frontdesk", "bot", "dialog", "messages", "component", "test"}
    code, _, err = run("schema", root, "--write")
    assert (code, err) == (0, f"9 schemas are in {root}/.frontdesk/schema.\n")
    assert (root / ".frontdesk/schema/dialog.json").is_file()


def test_new_makes_a_desk_without_a_problem(tmp_path: Path) -> None:
    root = tmp_path / "Mia's shop"
    code, out, err = run("new", root)
    assert (code, err) == (0, f"The desk is in {root}. Next: cd {root} && frontdesk chat\n")
    assert str(root / "bots/hello/dialogs/return_order.yml") in out.splitlines()
    assert [each for each in checked(root) if each.level != "note"] == []
    assert load(root, {}).name == "Mia's shop"
    assert ActionRegistry.load(root).names == {"find_order", "book_pickup"}
    assert (root / ".gitignore").is_file()
    with pytest.raises(SettingsError, match="is there already and not empty"):
        run("new", root)
    with pytest.raises(SettingsError, match=r"there is no example `helo`. Did you mean `hello`\?"):
        run("new", tmp_path / "other", "--from", "helo")


def test_new_copies_the_shop_too(tmp_path: Path) -> None:
    root = tmp_path / "mode"
    run("new", root, "--from", "shop")
    assert [each for each in checked(root) if each.level != "note"] == []
    desk = load(root, {})
    assert (desk.name, desk.languages, set(desk.bots)) == (
        "mode",
        ("en", "fr", "es"),
        {"shop", "concierge", "system"},
    )
    assert (root / "README.md").read_text(encoding="utf-8").startswith("# mode\n")


ADDED = [
    (("bot", "second"), "bots/second/tests/second_hello.yml"),
    (("dialog", "trial"), "bots/b/tests/trial.yml"),
    (("component", "colour"), "bots/b/tests/colour.yml"),
    (("action", "look_up"), "bots/b/tests/look_up.yml"),
    (("bot", "clerk", "--kind", "agent"), "bots/clerk/tests/clerk_hello.yml"),
]


@pytest.mark.parametrize(("words", "test"), ADDED, ids=[words[0] for words, _ in ADDED])
def test_what_is_added_is_sound_and_has_a_test(words: tuple[str, str], test: str, written: Written) -> None:
    bot_yml = "kind: dialogs\nslots:\n  order_number: {entity: order_number}  # a comment\n  reason: {}\n"
    bot_yml += 'entities: {order_number: {pattern: "[0-9]{4}"}}\n'
    root = written({"bots/b/bot.yml": bot_yml})
    code, out, _ = run("add", *words, "--desk", root)
    assert code == 0
    assert f"{root}/{test}" in out
    assert (root / test).is_file()
    assert printed([each for each in checked(root) if each.level != "note"]) == ""
    assert "# a comment" in (root / "bots/b/bot.yml").read_text(encoding="utf-8")
    with pytest.raises(SettingsError, match="is there already"):
        run("add", *words, "--desk", root)


def test_a_component_of_each_kind_is_added_with_a_test_that_passes(written: Written) -> None:
    bot_yml = "kind: dialogs\nslots:\n  order_number: {entity: order_number}\n  reason: {}\n"
    root = written({"bots/b/bot.yml": bot_yml + 'entities: {order_number: {pattern: "[0-9]{4}"}}\n'})
    for kind in ("choices", "date_picker", "number", "rating"):
        run("add", "component", f"a_{kind}", "--kind", kind, "--bot", "b", "--desk", root)
        assert f"kind: {kind}\n" in (root / f"bots/b/components/a_{kind}.yml").read_text(encoding="utf-8")
    assert printed([each for each in checked(root) if each.level != "note"]) == ""
    code, out, _ = run("test", root, "--bot", "b")
    assert (code, out.splitlines()[-1]) == (0, "4 passed, 0 failed"), out
    with pytest.raises(SettingsError, match=r"kind `carousel` can be added\. Known: `choices`"):
        run("add", "component", "x", "--kind", "carousel", "--bot", "b", "--desk", root)


def test_a_tool_is_added_to_an_agent(written: Written) -> None:
    """Its function, its line in bot.yml and in the script, and a test that passes."""
    root = written({})
    run("add", "bot", "clerk", "--kind", "agent", "--desk", root)
    for name in ("look_up", "look_down"):
        code, out, _ = run("add", "tool", name, "--desk", root)
        assert (code, (root / f"bots/clerk/tests/{name}.yml").is_file()) == (0, True)
        assert f"{root}/bots/clerk/tools.py" in out
    assert printed([each for each in checked(root) if each.level != "note"]) == ""
    assert ActionRegistry.load(root).names >= {"look_up", "look_down"}
    code, out, _ = run("test", root, "--bot", "clerk")
    assert (code, out.splitlines()[-1]) == (0, "3 passed, 0 failed")
    with pytest.raises(SettingsError, match="`b` is no agent"):
        run("add", "tool", "other", "--bot", "b", "--desk", root)


def test_tools_are_listed_and_called(written: Written) -> None:
    root = written({"bots/b/tools.py": _TOOLS})
    _, out, _ = run("tools", root)
    assert "add(a: integer, b: integer = ...)  reads, 10 s, bots/b/tools.py:3\n    Add two numbers." in out
    assert "wire(amount: number)  writes, the customer confirms, 10 s" in out
    assert run("tools", root, "--call", "add", "--with", '{"a": 2}')[:2] == (0, "3\n")
    code, _, err = run("tools", root, "--call", "add", "--with", '{"a": "x"}')
    assert (code, err.startswith("bad_args: add: a:")) == (1, True)
    offered = next(
        one for one in orjson.loads(run("tools", root, "--json")[1]) if one["function"]["name"] == "wire"
    )
    assert (offered["effect"], offered["confirm"]) == ("write", "customer")
    assert list(offered["function"]["parameters"]["properties"]) == ["amount"]
    with pytest.raises(SettingsError, match="there is no tool `ad`"):
        run("tools", root, "--call", "ad")


_TOOLS = '''
from frontdesk import IdempotencyKey, tool

@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b

@tool(effect="write", confirm="customer", key="idempotency")
def wire(amount: float, key: IdempotencyKey) -> None:
    """Send money."""
'''


def test_a_channel_is_added_to_frontdesk_yml(written: Written) -> None:
    one_line = written({})
    with pytest.raises(SettingsError, match="`channels` is written in one line"):
        run("add", "channel", "other", "--desk", one_line)
    desk = "name: T\nlanguages: [en]\nchannels:\n  site: {kind: web}\nqueues: {general: {}}\n"
    root = written({"frontdesk.yml": desk + "routing: [{else: {bot: b}}]\n"})
    run("add", "channel", "other", "--kind", "rest", "--desk", root)
    assert printed(checked(root)) == ""
    assert sorted(load(root, {}).channels) == ["other", "site"]


def test_what_cannot_be_added_is_refused(written: Written) -> None:
    root = written({"bots/second/bot.yml": "kind: dialogs\n"})
    for words, problem in [
        (("tool", "x"), "this desk has no agent. `frontdesk add bot NAME --kind agent` makes one"),
        (("dialgo", "x"), "`dialgo` cannot be added. Did you mean `dialog`?"),
        (("dialog", "X"), "say for which bot, with --bot. Known: `b`, `second`."),
        (("dialog", "Big Name", "--bot", "b"), "`Big Name` cannot be a name"),
        (("dialog", "x", "--bot", "c"), "there is no bot `c`. Known: `b`, `second`."),
    ]:
        with pytest.raises(SettingsError) as raised:
            run("add", *words, "--desk", root)
        assert problem in str(raised.value)


def test_where_and_eject(written: Written) -> None:
    root = written({})
    assert (
        run("where", "yes_no", "--desk", root)[1] == "* library/components/yes_no.yml:2  component, library\n"
    )
    assert run("eject", "yes_no", "--desk", root) == (0, f"{root}/components/yes_no.yml\n", "")
    assert run("where", "yes_no", "--desk", root)[1] == (
        "* components/yes_no.yml:2  component, desk\n  library/components/yes_no.yml:2  component, library\n"
    )
    run("eject", "bots/system/messages/en", "--desk", root)
    assert run("where", "welcome", "--desk", root)[1].splitlines()[0] == (
        "* bots/system/messages/en.yml:2  message, library"
    )
    with pytest.raises(SettingsError, match="is there already; change that one"):
        run("eject", "yes_no", "--desk", root)
    with pytest.raises(SettingsError, match=r"the library has no `yes_noo`. Did you mean `yes_no`\?"):
        run("eject", "yes_noo", "--desk", root)
    assert run("where", "nothing", "--desk", root)[0] == 1
