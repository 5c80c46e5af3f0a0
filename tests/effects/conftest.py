from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from frontdesk.clock import FixedClock
from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.actions import ActionRegistry
from frontdesk.effects.perform import Effects
from frontdesk.users import MessagingUser

ALICE = MessagingUser.named("rest:alice", language="fr")


class DeskFolder:
    """A desk of Python files only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: list[Effects] = []

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), encoding="utf-8")
        return target

    def load(self) -> ActionRegistry:
        return ActionRegistry.load(self.root)

    def running(self, registry: ActionRegistry | None = None, threads: int = 4) -> Running:
        running = Running(registry or self.load(), threads)
        self._opened.append(running.effects)
        return running

    async def close(self) -> None:
        for effects in self._opened:
            await effects.close()


class Running:
    """A loaded desk's effects, called in one word."""

    def __init__(self, registry: ActionRegistry, threads: int) -> None:
        self.registry = registry
        self.effects = Effects(registry, clock=FixedClock(), threads=threads)

    async def call(self, name: str, *, seconds: float | None = None, **args: Any) -> EffectResult:
        effect = Effect(name=name, args=args, timeout=seconds)
        return await self.effects.perform(effect, key="s1:4:1", user=ALICE)

    async def resume(self, name: str, *, is_doubtful: bool = False, **args: Any) -> EffectResult:
        effect = Effect(name=name, args=args)
        known = await self.effects.resolve(effect, key="s1:4:1", user=ALICE, is_doubtful=is_doubtful)
        return known or await self.effects.perform(effect, key="s1:4:1", user=ALICE)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskFolder]:
    folder = DeskFolder(tmp_path)
    yield folder
    await folder.close()


@pytest.fixture
def shop(desk: DeskFolder) -> Callable[[str], Running]:
    """Start a desk whose bot `shop` has this actions.py."""

    def start(text: str) -> Running:
        desk.write("bots/shop/actions.py", text)
        return desk.running()

    return start
