from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from frontdesk.clock import FixedClock
from frontdesk.effects.perform import Effects
from frontdesk.testing.conversation import Result, run_file
from frontdesk.testing.desks import open_desk
from frontdesk.testing.talk import Talk, TalkBegin

FILES = {
    "frontdesk.yml": """
        name: Example shop
        languages: [en, fr]
        time_zone: Europe/Paris
        channels:
          site: {kind: web}
          rest: {kind: rest}
        queues: {returns: {}, general: {}}
        routing:
        - {when: "channel == 'rest'", to: {queue: general}}
        - {else: {bot: shop}, fallback: {queue: general}}
        """,
    "bots/shop/bot.yml": """
        kind: dialogs
        slots:
          order_number: {entity: order_number}
          email: {scope: user, private: true}
          reason: {}
        entities:
          order_number: {pattern: "[0-9]{4}"}
        """,
    "bots/shop/intents/return_order.yml": """
        intent: return_order
        examples: {en: ["I want to return [1042](order_number)", "return"], fr: ["je veux rendre"]}
        """,
    "bots/shop/messages/en.yml": """
        order_number: Which order?
        order_unknown: "I can't find order {{ order_number }}."
        return_booked: ["Booked for {{ order.id }}.", "All booked, {{ order.id }}."]
        away: The shop is away.
        late: Are you still there?
        """,
    "bots/shop/components/return_reason.yml": """
        component: return_reason
        kind: choices
        ask: {en: "Why are you sending it back?", fr: "Pourquoi ce retour ?"}
        options:
        - {id: too_small, label: {en: Too small, fr: Trop petit}}
        - {id: broken, label: {en: Broken, fr: Abîmé}}
        """,
    "bots/shop/dialogs/return_order.yml": """
        dialog: return_order
        when: {intent: return_order}
        steps:
        - ask: order_number
        - call: find_order
          with: {number: order_number}
          into: order
          on_error: [{say: away}, {handoff: {queue: returns, because: no orders}}]
        - if: order is none
          then: [{say: order_unknown}, {end: }]
        - if: order.status == "delivered"
          then:
          - {ask: reason, component: return_reason, timeout: PT10M, on_timeout: [{say: late}, {end: }]}
          - say: return_booked
          - outcome: resolved
          else:
          - handoff: {queue: returns, because: not delivered yet}
        """,
    "bots/shop/actions.py": """
        from frontdesk import action

        ORDERS = {"1042": {"id": "1042", "status": "delivered"}, "1043": {"id": "1043", "status": "sent"}}

        @action
        def find_order(number: str):
            if number == "6666":
                raise OSError("the shop is away")
            return ORDERS.get(number)
        """,
}


class Shop:
    """A small desk with one bot."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: list[Effects] = []
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return target

    def talk(self, **begin: object) -> Talk:
        clock = FixedClock()
        desk = open_desk(self.root, {})
        effects = Effects(desk.registry, clock=clock)
        self._opened.append(effects)
        return Talk(desk.content, effects, clock=clock, begin=TalkBegin(**begin))  # type: ignore[arg-type]

    async def test(self, text: str) -> Result:
        path = self.write("bots/shop/tests/one.yml", text)
        return await run_file(open_desk(self.root, {}), path)

    async def close(self) -> None:
        for effects in self._opened:
            await effects.close()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest_asyncio.fixture
async def shop(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setenv("FRONTDESK_CACHE", str(cache))
    folder = Shop(tmp_path / "desk")
    yield folder
    await folder.close()
