"""What a desk's Python declares, and what its author is told about mistakes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from frontdesk.effects.actions import ActionRegistry
from frontdesk.errors import AuthoringError

from .conftest import DeskFolder


def problems(desk: DeskFolder) -> list[str]:
    with pytest.raises(AuthoringError) as raised:
        desk.load()
    return [str(problem) for problem in raised.value.problems]


def test_actions_and_tools_of_all_bots_are_one_registry(desk: DeskFolder) -> None:
    desk.write("bots/shop/actions.py", "from frontdesk import action\n@action\ndef find_order(): ...\n")
    desk.write("bots/concierge/tools.py", "from frontdesk import tool\n@tool(name='weather')\ndef w(): ...\n")
    assert desk.load().names == {"find_order", "weather"}


def test_a_decorated_function_is_unchanged() -> None:
    from frontdesk import action

    def find_order(number: str) -> str:
        return f"order {number}"

    assert action(find_order) is find_order
    assert action(name="other")(find_order)("1042") == "order 1042"


def test_a_desk_without_python_has_no_actions(desk: DeskFolder) -> None:
    assert desk.load().names == frozenset()


def test_describe_tells_what_a_caller_may_give(desk: DeskFolder) -> None:
    desk.write(
        "bots/shop/actions.py",
        '''
        from datetime import date
        from frontdesk import IdempotencyKey, MessagingUser, action

        @action(effect="write", key="idempotency", timeout=3)
        def book_pickup(order: str, day: date, key: IdempotencyKey, who: MessagingUser, note: str = ""):
            """Book the courier."""
        ''',
    )
    described = desk.load().describe("book_pickup")
    assert described is not None
    assert [(one.name, one.required) for one in described.parameters] == [
        ("order", True),
        ("day", True),
        ("note", False),
    ]
    assert described.parameters[1].schema == {"type": "string", "format": "date"}
    assert (described.effect, described.timeout, described.about) == ("write", 3.0, "Book the courier.")
    assert described.place == "bots/shop/actions.py:5"
    assert described.unknown_arguments(["order", "dya"]) == ["dya"]
    assert described.missing_arguments(["order"]) == ["day"]


def test_every_problem_is_reported_at_once_with_its_line(desk: DeskFolder) -> None:
    desk.write("bots/a/actions.py", "x = 1\ndef broken(:\n")
    desk.write("bots/b/actions.py", "\n\nimport no_such_module_anywhere\n")
    desk.write("bots/c/actions.py", "def early():\n    return 1 / 0\n\nearly()\n")
    desk.write("bots/d/actions.py", "import sys\nsys.exit(3)\n")
    found = problems(desk)
    assert found[0].startswith("bots/a/actions.py:2: this is not valid Python")
    assert found[1].startswith("bots/b/actions.py:3: running this file failed: ModuleNotFoundError")
    assert found[2] == "bots/c/actions.py:2: running this file failed: ZeroDivisionError: division by zero"
    assert found[3].startswith("bots/d/actions.py:2: running this file failed: SystemExit")


def test_a_write_says_how_doing_it_twice_is_avoided(desk: DeskFolder) -> None:
    desk.write(
        "bots/shop/actions.py", "from frontdesk import action\n\n@action(effect='write')\ndef pay(): ...\n"
    )
    (found,) = problems(desk)
    assert found.startswith("bots/shop/actions.py:3: action 'pay' cannot be used: it writes")
    assert 'key="idempotency"' in found
    assert "check=" in found
    assert 'confirm="customer"' in found


@pytest.mark.parametrize("said", ['key="idempotency"', 'check="is_paid"', "check=paid", 'confirm="customer"'])
def test_a_safe_write_loads(desk: DeskFolder, said: str) -> None:
    desk.write(
        "bots/shop/actions.py",
        f"""
        from frontdesk import IdempotencyKey, action

        def paid(order: str) -> bool: ...

        @action(effect="write", {said})
        def pay(order: str, key: IdempotencyKey) -> None: ...

        @action
        def is_paid(order: str) -> bool: ...
        """,
    )
    assert desk.load().names == {"pay", "is_paid"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('effect="wirte"', "effect='wirte' means nothing; it can be 'read' or 'write'."),
        ('effect="write", key="yes"', "key='yes' means nothing; it can be None or 'idempotency'."),
        ('effect="write", key="idempotency"', "needs an argument annotated IdempotencyKey"),
        ('effect="write", confirm="boss"', "confirm='boss' means nothing"),
        ('effect="write", check="is_piad"', "no read action of this desk. Did you mean 'is_paid'?"),
        ('effect="write", check="pay"', "its check 'pay' is no read action"),
        (
            'effect="write", check="needs_more"',
            "its check 'needs_more' needs colour, which the write is not given.",
        ),
        ('effect="write", check=4', "check is the name of a read action, or a function."),
        ("timeout=0", "timeout is in seconds and more than 0, not 0."),
        ("speed=3", "unexpected keyword argument 'speed'"),
    ],
)
def test_a_wrong_declaration_is_told(desk: DeskFolder, said: str, told: str) -> None:
    desk.write(
        "bots/shop/actions.py",
        f"""
        from frontdesk import action

        @action
        def is_paid(order: str) -> bool: ...

        @action
        def needs_more(order: str, colour: str) -> bool: ...

        @action({said})
        def pay(order: str) -> None: ...
        """,
    )
    (found,) = problems(desk)
    assert found.startswith("bots/shop/actions.py:10: ")
    assert told in found


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        ("pool: Pool", "its argument 'pool' is Pool, which a dialog cannot give. Write a @provider"),
        ("call: Callable[[], int]", "its argument 'call' is"),
        ("*orders: str", "its argument '*orders: str' has no name a caller could give"),
        ("**more: str", "has no name a caller could give"),
        ("when: 'Nonsense'", "its annotations cannot be read: name 'Nonsense' is not defined"),
    ],
)
def test_an_argument_that_nobody_can_give_is_told(desk: DeskFolder, signature: str, told: str) -> None:
    desk.write(
        "bots/shop/actions.py",
        f"""
        from collections.abc import Callable
        from frontdesk import action

        class Pool: ...

        @action
        def find_order({signature}): ...
        """,
    )
    (found,) = problems(desk)
    assert found.startswith("bots/shop/actions.py:7: action 'find_order' cannot be used: ")
    assert told in found


def test_a_name_used_twice_names_both_places(desk: DeskFolder) -> None:
    text = "from frontdesk import action\n@action\ndef find_order(): ...\n"
    desk.write("bots/books/actions.py", text)
    desk.write("bots/shop/actions.py", "\n" + text)
    (found,) = problems(desk)
    assert found.startswith("bots/shop/actions.py:3: action 'find_order' exists twice")
    assert "the other one is at bots/books/actions.py:2." in found


def test_a_second_function_of_the_same_name_in_one_file_is_not_lost_silently(desk: DeskFolder) -> None:
    one = "@action\ndef find_order(): ...\n"
    desk.write("bots/shop/actions.py", f"from frontdesk import action\n{one}{one}")
    (found,) = problems(desk)
    assert found.startswith("bots/shop/actions.py:4: action 'find_order' exists twice")


def test_types_of_desk_py_can_be_imported_and_nothing_else_changes(desk: DeskFolder) -> None:
    desk.write(
        "desk.py",
        "from frontdesk import provider\nclass Shop: ...\n@provider\ndef shop() -> Shop: ...\n",
    )
    desk.write(
        "bots/shop/actions.py",
        "from desk import Shop\nfrom frontdesk import action\n@action\ndef find(shop: Shop, n: int): ...\n",
    )
    before = list(sys.path)
    described = desk.load().describe("find")
    assert described is not None
    assert [one.name for one in described.parameters] == ["n"]
    assert "desk" not in sys.modules
    assert sys.path == before
    assert not list(desk.root.rglob("__pycache__"))


def test_files_of_the_same_name_do_not_mix(desk: DeskFolder) -> None:
    for bot in ("a", "b"):
        desk.write(
            f"bots/{bot}/actions.py",
            f"from frontdesk import action\nNAME = '{bot}'\n@action(name='{bot}')\ndef f(): return NAME\n",
        )
    registry = desk.load()
    assert [registry.actions[bot].function() for bot in ("a", "b")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def shop(): ...", "its return annotation must be the type it provides"),
        ("def shop() -> str: ...", "its return annotation must be the type it provides"),
        ("def shop() -> Shop:\n    yield Shop()", "it yields: annotate what it returns"),
        ("def shop(colour: str) -> Shop: ...", "nothing provides its argument 'colour'."),
        ("def shop(who: MessagingUser) -> Shop: ...", "nothing provides its argument 'who'."),
        ("def shop(me: Shop) -> Shop: ...", "it needs itself"),
    ],
)
def test_a_provider_that_cannot_work_is_told(desk: DeskFolder, text: str, told: str) -> None:
    head = "from frontdesk import MessagingUser, provider\nclass Shop: ...\n@provider\n"
    desk.write("desk.py", head + text)
    (found,) = problems(desk)
    assert found.startswith("desk.py:3: provider 'shop' cannot be used: ")
    assert told in found


def test_two_providers_of_one_type_are_told(desk: DeskFolder) -> None:
    one = "@provider\ndef {}() -> Shop: ...\n"
    text = "from frontdesk import provider\nclass Shop: ...\n" + one.format("a") + one.format("b")
    desk.write("desk.py", text)
    (found,) = problems(desk)
    assert found.startswith("desk.py:5: two providers give Shop: the other one is at desk.py:3.")


def test_check_can_go_on_with_what_is_right(tmp_path: Path) -> None:
    folder = DeskFolder(tmp_path)
    folder.write("bots/a/actions.py", "from frontdesk import action\n@action\ndef good(): ...\n")
    folder.write("bots/b/actions.py", "nonsense\n")
    registry = ActionRegistry.read(tmp_path)
    assert registry.names == {"good"}
    assert len(registry.problems) == 1
