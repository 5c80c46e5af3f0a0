"""A running desk, wired: every part is made here and handed what it needs."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from frontdesk import channels as _channels  # noqa: F401  registers the kinds
from frontdesk import locale
from frontdesk.actor import Done
from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import load
from frontdesk.authoring.trainer import Trainer
from frontdesk.bus import Bus
from frontdesk.channels.base import CHANNEL_KINDS, Channel
from frontdesk.clock import Clock
from frontdesk.crash import arm
from frontdesk.desk.names import RepNames
from frontdesk.drafts import Drafts
from frontdesk.effects.actions import ActionRegistry
from frontdesk.effects.models import Models
from frontdesk.effects.perform import Effects
from frontdesk.errors import AuthoringError, Problem
from frontdesk.hints.opening import bus_of
from frontdesk.inbox import Inbox
from frontdesk.journal import Journal
from frontdesk.messages import Inbound
from frontdesk.metrics import TURNS, of_channel
from frontdesk.outbox import Outbox
from frontdesk.releases import DeskReleases, Reading
from frontdesk.settings import Settings
from frontdesk.shards import Shards
from frontdesk.store.base import Lease, OutboxRow, Store
from frontdesk.store.opening import store_of
from frontdesk.timers import Timers
from frontdesk.turn import Turns

log = logging.getLogger(__name__)

DRAIN_WITHIN = 60.0  # seconds for the turns that run when the desk is told to stop
AWAY_WITHIN = 5.0  # seconds of them without a store in which their end could be kept
LOOK = 0.25  # seconds between two looks whether there is one
SLOW = 0.15  # seconds after which a turn that runs is shown as somebody writing
SECRET = "visitor_secret"  # the setting that signs visitors' tokens


class RunningDesk:
    """Everything that runs for one desk, from `start` to `stop`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        store: Store | None = None,
        bus: Bus | None = None,
        models: Models | None = None,
        registry: ActionRegistry | None = None,  # the desk's Python, where it has been read before
        read: Reading = load,
        tell: Callable[[str], None] = log.info,  # what the operator should know while it runs
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.bus: Bus = bus or bus_of(settings)
        self.store: Store = store or store_of(settings)
        self.channels: dict[str, Channel] = {}
        self.reps: dict[str, str] = {}  # login -> name
        self.names = RepNames(store=self.store, bus=self.bus, names=self.reps)
        self.registry = registry or ActionRegistry.load(settings.root)
        self.effects = Effects(self.registry, clock=self.clock, models=models or Models(settings.environ))
        self.trainer = Trainer(tell)
        self.releases = DeskReleases(
            root=settings.root,
            environ=settings.environ,
            store=self.store,
            clock=self.clock,
            actions=self.registry.described,
            examine=make_channels,
            changed=self._release_changed,
            recalled=self.trainer.recall,
            read=read,
        )
        self.shards = Shards(
            store=self.store,
            works=self,
            takes=settings.role != "web",
            told=lambda: self.bus.publish("shards"),
        )
        self.drafts = Drafts(self.bus)
        self.turns = Turns(
            store=self.store,
            clock=self.clock,
            releases=self.releases,
            journal=Journal(
                store=self.store,
                effects=self.effects,
                releases=self.releases,
                drafts=self.drafts,
                is_doubtful=self.shards.is_doubtful,
                is_certain=self.shards.is_certain,
            ),
            channels=self.channels,
            reps=self.reps,
            owns=self.shards.owns,
            wanted=lambda user: self.bus.publish("wanted", user),
            lost=self.shards.beat_soon,
            after=self._after,
            working=self._working,
        )
        self.inbox = Inbox(self.turns, self.clock, max_waiting=settings.max_waiting)
        self.outbox = Outbox(
            store=self.store,
            clock=self.clock,
            channels=self.channels,
            report=self._report,
            may_send=self.shards.is_certain,
        )
        self.timers = Timers(store=self.store, clock=self.clock, inbox=self.inbox)
        self._slow: dict[str, asyncio.TimerHandle] = {}  # users whose turn nobody was told of yet
        self.secret = b""
        self.is_ready = False
        self.waits: set[asyncio.Event] = set()  # of requests that only wait for news
        self.notices: list[str] = []  # what the operator should know

    async def start(self) -> None:
        """Take the store, load the release, go on with what was left, and be ready."""
        if self.settings.crash is not None:
            arm(*self.settings.crash)
        await self.store.open()
        try:
            await self._start_open()
        except BaseException:
            self.trainer.close()
            await self.timers.stop()
            await self.shards.stop()
            self.turns.end()
            await self.outbox.close()
            await self.names.stop()
            await self.bus.stop()
            await self.store.close()
            raise

    async def _start_open(self) -> None:
        self.secret = await self._visitor_secret()
        await self.names.start()
        self.notices += await self.releases.start(follow_folder=self.settings.watch)
        self.bus.listen("wanted", lambda topic, user: self.turns.want(user))
        for topic in ("shards", "release"):
            self.bus.listen(topic, lambda topic, hint: self.shards.beat_soon())
        await self.bus.start(bus_name(self.secret))
        await self.shards.start()
        await self.timers.start()
        await self.give_back()
        self.is_ready = True

    # --- what is done for the users of a shard -----------------------------------------------

    async def enter(self, shards: Collection[int]) -> None:
        """What a process before this one left is sent first: the order is the log's.

        Where one of these fails it is tried again, all of it; behind `own` nothing is.
        """
        await self.timers.enter(shards)
        await self.outbox.recover(shards)
        self.shards.own(shards)
        await self.turns.recover(shards)  # and again whenever it looks for what no hint told of

    async def leave(self, shards: Collection[int], *, is_lost: bool) -> None:
        self.timers.leave(shards)
        await self.turns.leave(shards, is_lost=is_lost)
        await self.outbox.leave(shards, is_lost=is_lost)

    async def look(self, shards: Collection[int]) -> None:
        await self.turns.recover(shards)
        await self.outbox.look(shards)

    async def follow(self, lease: Lease) -> None:
        self.bus.alone = lease.processes == 1
        if lease.release is not None and lease.release != self.releases.current.release:
            await self.releases.follow(lease.release)

    async def give_back(self) -> list[str]:
        """Let sessions wait again whose rep has no login any more; gives their ids."""
        given: list[str] = []
        for row in await self.store.sessions(is_open=True, with_people=True):
            kind, _, login = row.owner.partition(":")
            if kind != "rep" or login in self.reps:
                continue
            channel, _, address = row.user.partition(":")
            inbound = Inbound(
                channel=channel,
                sender=address,
                external_id=f"{login}:give_back:{row.id}:{row.last_event}",
                kind="rep",
                data={"rep": login, "do": "give_back"},
            )
            await self.inbox.receive(inbound, session=row.id)
            given.append(row.id)
        return given

    def send_away(self) -> None:
        """The process is about to stop: who only waits for news need not be waited for."""
        for wait in self.waits:
            wait.set()

    async def stop(self) -> None:
        """Drain: take nothing new, finish what runs, leave the rest to the next start."""
        self.is_ready = False
        await self.timers.stop()
        await self.names.stop()
        await self._drain()
        await self.outbox.close()
        await self.shards.stop()
        await self.bus.stop()
        await self.effects.close()
        await asyncio.to_thread(self.trainer.close)
        await self.store.close()

    async def _drain(self) -> None:
        """Finish what runs; where nothing of it can be kept any more, the next start reads what became."""
        draining = asyncio.create_task(self._finish())
        now = asyncio.get_running_loop().time
        began = kept = now()
        while not draining.done() and now() - began < DRAIN_WITHIN and now() - kept < AWAY_WITHIN:
            await asyncio.wait({draining}, timeout=LOOK)
            if self.store.is_available and self.store.lease_left() > 0:
                kept = now()
        draining.cancel()
        [failed] = await asyncio.gather(draining, return_exceptions=True)
        if isinstance(failed, Exception):
            log.error("what ran could not be finished", exc_info=failed)
        self.turns.end()

    async def _finish(self) -> None:
        await self.shards.drain()
        await self.turns.drain()

    async def _visitor_secret(self) -> bytes:
        kept = await self.store.setting(SECRET)
        if kept is None:
            await self.store.set_setting(SECRET, os.urandom(32).hex(), replace=False)
            kept = await self.store.setting(SECRET)  # several processes may have begun at once
            assert kept is not None
        return bytes.fromhex(kept)

    def _release_changed(self, desk: Desk) -> None:
        made = make_channels(desk)
        self.channels.clear()
        self.channels.update(made)
        for language in desk.languages:
            locale.prepare(language)
        self.trainer.follow(desk)
        self.bus.publish("release", desk.release)

    def _after(self, done: Done) -> None:
        """A turn is committed: send, time and tell."""
        if done.turn.outbox:
            self.outbox.push(done.turn.outbox)
        if done.turn.timers:
            self.timers.note(done.turn.timers)
        turn = done.turn
        told = {"session": done.session, "n": turn.n, "owner": turn.owner, "status": turn.status}
        self.bus.publish(f"user:{done.user}", told)
        self.drafts.over(done.user)
        of_channel(TURNS, done.turn.channel).inc()

    def _working(self, user: str, on: bool) -> None:
        """Say that a turn takes its time; one that is over at once is not worth a word."""
        loop = asyncio.get_running_loop()
        if on:
            self._slow[user] = loop.call_later(SLOW, self._tell_slow, user)
        elif (waiting := self._slow.pop(user, None)) is not None:
            waiting.cancel()
        else:
            self.bus.publish(f"working:{user}", False)

    def _tell_slow(self, user: str) -> None:
        del self._slow[user]
        self.bus.publish(f"working:{user}", True)

    async def _report(self, row: OutboxRow, status: str, reason: str) -> None:
        channel, _, address = row.user.partition(":")
        key = f"{row.session}.{row.seq}"
        await self.inbox.receive(
            Inbound(
                channel=channel,
                sender=address,
                external_id=f"delivery:{key}:{status}",
                kind="delivery",
                data={"delivery": {"key": key, "status": status, "reason": reason}},
            ),
            session=row.session,
        )


def bus_name(secret: bytes) -> str:
    """What this desk is called on a bus that other desks use too."""
    return hashlib.sha256(b"bus" + secret).hexdigest()[:20]


def settle_memory() -> None:
    """For a process that is a desk: what is loaded stays, the collector need not go through it again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def make_channels(desk: Desk) -> dict[str, Channel]:
    """The channels of a desk that are on; AuthoringError with every field that is wrong."""
    made: dict[str, Channel] = {}
    problems: list[Problem] = []
    for name, model in desk.channels.items():
        try:
            made[name] = make_channel(name, model.kind, model.language, model.fields)
        except AuthoringError as error:
            problems += error.problems
    if problems:
        raise AuthoringError(problems)
    return made


def make_channel(name: str, kind: str, language: str | None, fields: dict[str, Any]) -> Channel:
    """The channel of a desk's configuration; AuthoringError when a field is wrong."""
    from pydantic import ValidationError

    cls = CHANNEL_KINDS.get(kind)
    if cls is None:
        raise AuthoringError([_channel_problem(name, f"there is no channel kind `{kind}`")])
    try:
        return cls(name, cls.Config.model_validate({"kind": kind, "language": language, **fields}))
    except ValidationError as error:
        problems = [
            _channel_problem(name, f"`{'.'.join(map(str, one['loc']))}`: {one['msg']}")
            for one in error.errors()
        ]
        raise AuthoringError(problems) from None


def _channel_problem(name: str, message: str) -> Problem:
    known = ", ".join(sorted(CHANNEL_KINDS))
    return Problem(
        path="frontdesk.yml", message=f"channel {name}: {message}", hint=f"Kinds of channel: {known}."
    )


async def watch_folder(desk: RunningDesk, report: Callable[[str], None]) -> None:
    """Make a release of every saved set of files that is sound; tell about the others."""
    from watchfiles import awatch

    ignored = {".frontdesk", ".git", ".venv", "node_modules", "__pycache__", "runtime"}

    def wanted(change: object, path: str) -> bool:
        return not ignored.intersection(Path(path).relative_to(desk.settings.root).parts)

    async for _ in awatch(desk.settings.root, watch_filter=wanted, debounce=150, step=50):
        try:
            fresh = await asyncio.to_thread(desk.releases.read_folder)
            if await desk.releases.make(fresh):
                report(f"Release {fresh.release} is live.")
        except AuthoringError as error:
            report(f"Not live, release {desk.releases.current.release} goes on:\n{error}")
