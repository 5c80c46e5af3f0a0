"""How long tests wait: as long as it takes on a machine that stands still for seconds at any moment.

A limit costs nothing when it passes. The product's own are for the machines it serves on: a process that
says nothing for five seconds is given up there, and its work is another's. On a busy test machine that is
an ordinary moment, and what a test is about is nearly always something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect

PATIENCE = 60.0  # seconds that anything a test waits for may take
STANDSTILL = 300.0  # seconds that the product waits in a test for what it would soon give up elsewhere

# Of a server in a test: it ends no connection because nothing came for a while.
SERVING: dict[str, Any] = {"timeout_keep_alive": int(STANDSTILL), "ws_ping_interval": None}

# Where the product gives something up because it took too long.
_LIMITS = (
    "frontdesk.store.postgres.CONNECT_WITHIN",
    "frontdesk.store.postgres_connect.CONNECT_WITHIN",
    "frontdesk.store.postgres_lease.CONNECT_WITHIN",
    "frontdesk.store.postgres_writer.HURRIED",
    "frontdesk.store.postgres_writer.LEASE",
    "frontdesk.store.postgres_writer.PATIENT",
    "frontdesk.hints.remote.CONNECT_WITHIN",
    "frontdesk.hints.remote.ANSWER_WITHIN",
    "frontdesk.hints.notify.CONNECT_WITHIN",
    "frontdesk.hints.nats.CONNECT_WITHIN",
    "frontdesk.hints.nats.ANSWER_WITHIN",
    "frontdesk.outbox.ON_THE_WIRE",
    "frontdesk.marks.CLOSE_WITHIN",
    "frontdesk.desk.chat.HELLO_WITHIN",
)


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no moment in which this machine stands still be one in which a desk gives something up.

    A test about one of these limits sets it anew. What the database counts of a lease does not pass either
    in a place that `stands_still`.
    """
    from frontdesk.store import postgres_connect

    for limit in _LIMITS:
        monkeypatch.setattr(limit, STANDSTILL)
    settings = postgres_connect._WRITES
    monkeypatch.setitem(settings, "idle_in_transaction_session_timeout", f"{STANDSTILL:.0f}s")


async def until(holds: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait for something that nothing tells of."""
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.005)


def patient_socket(url: str, **more: Any) -> connect:
    """A socket that is not given up while this machine stands still."""
    return connect(url, open_timeout=PATIENCE, ping_interval=None, close_timeout=PATIENCE, **more)
