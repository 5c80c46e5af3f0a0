"""Loading: what becomes of the files, where secrets come from, which file wins, what a release is."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.authoring import cache
from frontdesk.authoring.content import BotContent, Desk, TextContext
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.load import load, read_desk
from frontdesk.authoring.releases import belongs, diff, release_name
from frontdesk.authoring.where import where
from frontdesk.errors import AuthoringError
from frontdesk.nlu.classify import Understanding
from tests.authoring.conftest import Written, contents

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))


def at(language: str = "en") -> TextContext:
    return TextContext(now=NOW, language=language, open=lambda hours: False)


def say(
    bot: BotContent, key: str, language: str = "en", kind: str = "web", chance: int = 0, **values: Any
) -> str:
    return bot.say(key, language, kind, values, chance, at(language))


def bot(desk: Desk, name: str = "b") -> BotContent:
    found = desk.bot(name)
    assert found is not None
    return found


def test_a_desk_is_what_its_files_say(written: Written) -> None:
    desk = load(written({}), {})
    assert (desk.name, desk.languages, str(desk.time_zone)) == ("Test desk", ("en",), "UTC")
    assert (sorted(desk.bots), sorted(desk.actions)) == (["b", "system"], ["find_order"])
    assert desk.default_queue == "general"
    content = bot(desk)
    assert [step.word for step in content.dialogs["hello"].steps] == ["ask", "ask", "say"]
    assert content.dialogs["hello"].path == "bots/b/dialogs/hello.yml"
    assert content.on_intent("hello") == "hello"
    assert content.component("why") is content.component("b/why") is not None


def test_messages_by_language_channel_variation_and_condition(written: Written) -> None:
    root = written(
        {
            "frontdesk.yml": """
name: T
languages: [en, fr]
queues: {general: {}}
routing: [{else: {bot: b}}]
""",
            "bots/b/messages/en.yml": """
order_number: Which order?
bye: [Goodbye!, See you!]
bye@sms: Bye
size:
- {when: reason == 'small', text: "Small, {{ order_number }}"}
- {when: reason > 3, text: never}
- text: Any
pickup: "On {{ pickup }}"
""",
            "bots/b/messages/fr.yml": "bye: Au revoir !\n",
            "bots/b/bot.yml": """
kind: dialogs
slots: {order_number: {}, reason: {}, pickup: {type: date}}
""",
        }
    )
    content = bot(load(root, {}))
    assert [say(content, "bye", chance=chance) for chance in (0, 1, 2)] == [
        "Goodbye!",
        "See you!",
        "Goodbye!",
    ]
    assert say(content, "bye", kind="sms") == "Bye"
    assert say(content, "bye", "fr") == say(content, "bye", "fr-CA") == "Au revoir !"
    assert say(content, "order_number", "fr") == "Which order?"
    assert say(content, "size", reason="small", order_number="1042") == "Small, 1042"
    assert say(content, "size", reason="big") == "Any"  # what cannot be compared does not hold
    assert say(content, "pickup", "fr", pickup="2026-03-17") == "On 17 mars 2026"
    with pytest.raises(ExpressionError, match="write it in bots/b/messages/en"):
        say(content, "nothing")


def test_what_every_desk_says(written: Written) -> None:
    content = bot(load(written({}), {}))
    assert say(content, "declined", "fr") == "D’accord, je n’ai rien modifié."
    assert say(content, "declined", "de") == say(content, "declined", "en")
    own = bot(load(written({"bots/system/messages/en.yml": "declined: Fine.\n"}), {}))
    assert (say(own, "declined"), say(own, "declined", "fr")) == ("Fine.", "D’accord, je n’ai rien modifié.")
    mine = written({"bots/b/messages/en.yml": "order_number: Which?\nbye: Bye\ndeclined: Mine.\n"})
    assert say(bot(load(mine, {})), "declined") == "Mine."


def test_texts_are_maps_keys_or_plain(written: Written) -> None:
    content = bot(load(written({}), {}))

    def shown(authored: Any, language: str = "en") -> str:
        return content.text(authored, language, {"reason": "x"}, at(language))

    assert shown({"en": "Yes {{ reason }}", "fr": "Oui"}) == "Yes x"
    assert shown({"en": "Yes", "fr": "Oui"}, "fr") == "Oui"
    assert shown({"en": "Yes"}, "es") == "Yes"
    assert shown("bye") == "Goodbye!"
    assert shown("Plain {{ reason }}") == "Plain x"
    assert shown("nokey") == "nokey"


def test_a_dialog_starts_on_intent_keyword_or_event(written: Written) -> None:
    root = written(
        {
            "bots/b/dialogs/hello.yml": """
dialog: hello
when: {intent: hello, keyword: [A Person, help], event: session_started}
steps:
- ask: order_number
- ask: reason
  component: why
""",
            "bots/b/answers/hours.yml": "question: hours\nexamples: {en: [When?]}\nanswer: bye\n",
        }
    )
    content = bot(load(root, {}))

    def dialog(text: str) -> tuple[str | None, str]:
        heard: Understanding = content.matcher.understand(text, "en", NOW)
        return content.on_intent(heard.intent or ""), heard.rule

    assert dialog("hello!") == ("hello", "exact")
    assert dialog("a pérson") == ("hello", "keyword")
    assert dialog("help me") == (None, "none")
    assert content.on_event("session_started") == "hello"
    assert content.answer(content.matcher.understand("when", "en", NOW).intent or "") == "bye"


def test_secrets(written: Written, tmp_path: Path) -> None:
    desk = """
name: "${SHOP:-Shop} $${x}"
languages: [en]
channels:
  a: {kind: rest, token: "${A_TOKEN}"}
  b: {kind: rest, token: "${B_TOKEN_FILE}"}
  c: {kind: rest, token: "${C_TOKEN_FILE}"}
  d: {kind: web}
queues: {general: {}}
routing: [{else: {bot: b}}]
"""
    (tmp_path / "secret").write_text("from a file\n")
    environ = {"B_TOKEN_FILE": str(tmp_path / "secret"), "C_TOKEN_FILE": str(tmp_path / "nowhere")}
    loaded = load(written({"frontdesk.yml": desk}), environ)
    assert loaded.name == "Shop ${x}"
    assert loaded.off == {
        "a": "A_TOKEN is not set",
        "c": "the file that C_TOKEN_FILE names cannot be read: No such file or directory",
    }
    assert {name: one.fields for name, one in loaded.channels.items()} == {
        "b": {"token": "from a file"},
        "d": {},
    }
    with pytest.raises(AuthoringError) as raised:
        load(written({"frontdesk.yml": desk.replace(":-Shop", "")}), environ)
    assert str(raised.value) == (
        "frontdesk.yml:1: SHOP is not set.\n  Set it, or give a default: ${NAME:-default}."
    )


def test_a_release_loads_without_its_folder(written: Written, tmp_path: Path) -> None:
    root = written({"bots/b/tests/x.yml": "talk: [{user: x}]\n", "ext/x.py": "x = 1\n"})
    desk = load(root, {})
    assert [path for path in desk.files if "test" in path or path.endswith(".py")] == []
    again = load(tmp_path / "elsewhere", {}, files=desk.files, actions=desk.actions)
    assert (again.release, again.files) == (desk.release, desk.files)
    assert len(desk.release) == 12


def test_what_belongs_to_a_release() -> None:
    paths = """
frontdesk.yml holidays.ics bots/b/bot.yml bots/b/dialogs/x.yml components/x.yml prompts/x.j2
bots/b/holidays.ics
| README.md bots/b/actions.py bots/b/tests/x.yml desk.py ext/x.py .frontdesk/x.yml other.yml tests/x.yml
"""
    inside, outside = (half.split() for half in paths.split("|"))
    assert [path for path in inside + outside if belongs(path)] == inside


def test_releases_differ_by_content_alone() -> None:
    old = {"frontdesk.yml": b"a", "bots/b/bot.yml": b"b", "components/x.yml": b"c"}
    new = {"components/x.yml": b"C", "frontdesk.yml": b"a", "components/y.yml": b"d", "README.md": b"x"}
    found = diff(old, new)
    assert (found.added, found.removed, found.changed) == (
        ("components/y.yml",),
        ("bots/b/bot.yml",),
        ("components/x.yml",),
    )
    assert not diff(new, dict(reversed(new.items())))
    assert release_name(new) == release_name(dict(reversed(new.items()))) != release_name(old)


def test_routing_takes_the_first_rule_that_holds(written: Written) -> None:
    desk = load(
        written(
            {
                "frontdesk.yml": """
name: T
languages: [en]
channels: {site: {kind: web}}
hours: {office: {week: {mon-fri: "09:00-18:00"}}}
queues: {general: {}}
routing:
- {when: "channel > 3", to: {rep: nobody}}
- {when: "channel == 'site' and not open('office')", to: {queue: general}}
- {when: "language == 'fr'", to: {rep: mia}}
- {else: {bot: b}}
"""
            }
        ),
        {},
    )
    from frontdesk.routing.flows import route

    def owner(**values: Any) -> str:
        return route(desk.config.routing, lambda source: desk.holds(source, values, at())).to.owner

    assert owner(channel="site", language="en") == "queue:general"
    assert owner(channel="other", language="fr") == "rep:mia"
    assert owner(channel="other", language="en") == "bot:b"


def test_where_a_name_is(written: Written) -> None:
    root = written(
        {"components/yes_no.yml": "component: yes_no\nkind: choices\nask: {en: Well?}\noptions: []\n"}
    )
    read = read_desk(root, {})

    def found(name: str, of: str | None = None) -> list[tuple[str, str, bool]]:
        return [(one.layer, f"{one.path}:{one.line}", one.wins) for one in where(name, read, bot=of)]

    assert found("yes_no") == [
        ("desk", "components/yes_no.yml:1", True),
        ("library", "library/components/yes_no.yml:2", False),
    ]
    assert found("bye") == [("bot", "bots/b/messages/en.yml:2", True)]
    assert found("b/why") == [("bot", "bots/b/components/why.yml:1", True)]
    assert found("find_order") == [("desk", "bots/b/actions.py:4", True)]
    assert found("bots/b/bot") == [("desk", "bots/b/bot.yml:1", True)]
    assert found("nothing") == []


def test_reading_is_paid_once(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = written({})
    cache._kept.clear()
    first = load(root, {})
    cache._kept.clear()
    monkeypatch.setattr("frontdesk.authoring.parse.parse", None)  # what was parsed is on disk
    assert load(root, {}).release == first.release


def test_a_cache_that_cannot_be_written_changes_nothing(written: Written, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache.use_cache_folder(tmp_path / "file")
    cache._kept.clear()
    assert load(written({}), {}).name == "Test desk"


def test_the_repository_loads() -> None:
    desk = load(ROOT, {})
    assert {"shop", "system"} <= set(desk.bots)
    files = contents(ROOT)
    assert load(ROOT, {}, files=files).release == desk.release


def test_what_old_versions_kept_goes_after_a_month(written: Written, tmp_path: Path) -> None:
    old, new = tmp_path / "cache/yaml/old", tmp_path / "cache/yaml/new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    cache._kept.clear()
    load(written({}), {})
    assert (old.exists(), new.exists()) == (False, True)
