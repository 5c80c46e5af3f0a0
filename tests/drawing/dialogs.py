"""Dialogs to draw: written here, random, or of a desk with every kind of step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from frontdesk.authoring.content import BotContent, Dialog, Form
from frontdesk.dialogs import read_steps
from frontdesk.drawing.graph import Graph
from frontdesk.drawing.steps import dialog_graph

BOT = BotContent(
    name="shop",
    languages=("en",),
    messages={
        "en": {"hello": (Form(text="Hello, {{ name|upper }}!"),), "colour": (Form(text="Which one?"),)}
    },
)


def drawn(steps: list[dict[str, Any]], bot: BotContent = BOT) -> Graph:
    """The graph of a dialog with these steps."""
    read, errors = read_steps(steps)
    assert not errors, errors
    return dialog_graph(bot, Dialog(name="talk", path="bots/shop/dialogs/talk.yml", steps=read))


def ways(graph: Graph) -> list[str]:
    """The edges as a reader would say them: `say hello -> end`, `if x -yes-> end`, `retry x ~> ask x`."""
    names = [f"{box.word} {box.name}".strip() or "over" for box in graph.boxes]
    return [
        f"{names[edge.source]} {_arrow(edge.label, edge.is_jump)} {names[edge.target]}"
        for edge in graph.links()
    ]


def _arrow(label: str, is_jump: bool) -> str:
    return "~>" if is_jump else f"-{label}->" if label else "->"


PLACES = ("a", "b", "c", "d")


def random_steps() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of steps of every kind, nested, with jumps to and fro, some of them to nowhere."""
    place = st.sampled_from(PLACES)
    leaf: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.just({"say": "hello"}),
        place.map(lambda name: {"say": "hello", "id": name}),
        place.map(lambda name: {"ask": name}),
        place.map(lambda name: {"goto": name}),
        st.tuples(place, place).map(lambda two: {"goto": two[0], "id": two[1]}),
        place.map(lambda name: {"retry": name}),
        st.sampled_from([{"end": None}, {"outcome": "resolved"}, {"set": {"a": "1"}}, {"call": "find"}]),
        st.just({"handoff": {"queue": "general", "because": "asked"}}),
    )
    return st.lists(st.recursive(leaf, _nest, max_leaves=24), max_size=8)


def _nest(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    block = st.lists(inner, max_size=3)
    branch = st.fixed_dictionaries(
        {"if": st.sampled_from(["x", "a == 'quite a long value' and b"]), "then": block}
    )
    return st.one_of(
        st.fixed_dictionaries({"if": st.just("a > 1"), "then": block}, optional={"else": block}),
        st.fixed_dictionaries(
            {"if": st.just("a"), "then": block, "elif": st.lists(branch, max_size=3), "else": block}
        ),
        st.fixed_dictionaries(
            {"ask": st.sampled_from(PLACES), "timeout": st.just("PT10M")},
            optional={"give_up": block, "on_timeout": block, "optional": st.booleans()},
        ),
        st.fixed_dictionaries({"call": st.just("find")}, optional={"on_error": block, "on_declined": block}),
        st.fixed_dictionaries({"handoff": st.just({"queue": "q"})}, optional={"on_unavailable": block}),
    )


EVERY_KIND = """\
dialog: everything
when: {intent: begin, event: parcel_lost, keyword: ["<go>", "a & b"]}
steps:
- say: greeting
- ask: colour
  options: [{id: red, label: Red}, {id: blue, label: Blue}]
  tries: 2
  give_up:
  - handoff: {queue: general, because: "could not say <which> & \\"why\\""}
  timeout: PT10M
  on_timeout:
  - say: still_there
- call: find_order
  with: {colour: colour}
  into: order
  on_error:
  - say: broken
  - end:
- if: order is none
  then: [{say: greeting}, {retry: colour}]
  elif:
  - {if: "order.total > 100 and colour == 'red'", then: [{set: {colour: "'blue'"}}]}
- ask: day
  id: when
  known: confirm
- if: day is none
  then: [{goto: when}]
- handoff: {rep: mia, because: "wants to speak with her"}
  on_unavailable: [{outcome: resolved}]
"""

MESSAGES = """\
greeting: "Hello <b>{{ colour|upper }}</b> & welcome.\\nIt is a long line that is cut somewhere, is it not?"
colour: Which colour?
still_there: [Are you still there?, Hello?]
broken: "{% if order %}Sorry{% endif %} ]]> 😀 \\u05e9\\u05dc\\u05d5\\u05dd"
day: Which day?
"""


def write_desk(root: Path) -> Path:
    """A desk with one dialog that has every kind of step, and texts that want escaping."""
    files = {
        "frontdesk.yml": (
            'name: Desk <&> "co"\nlanguages: [en]\nchannels: {site: {kind: web}}\n'
            "queues: {general: {}}\nrouting:\n"
            "- {when: \"language == 'fr'\", to: {rep: mia}, fallback: {queue: general}}\n"
            "- {else: {bot: shop}, fallback: {queue: general}}\n"
        ),
        "bots/shop/bot.yml": "kind: dialogs\nname: Shop\nslots: {colour: {}, day: {type: date}}\n",
        "bots/shop/intents/begin.yml": 'intent: begin\nexamples: {en: ["I want [red](colour)"]}\n',
        "bots/shop/dialogs/everything.yml": EVERY_KIND,
        "bots/shop/messages/en.yml": MESSAGES,
        "bots/shop/actions.py": (
            "from frontdesk import action\n\n@action\nasync def find_order(colour: str) -> dict: return {}\n"
        ),
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
