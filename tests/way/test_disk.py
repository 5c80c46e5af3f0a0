"""A desk on a disk that fails for a while: it says so at the door, and goes on where it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import apsw
import httpx
import orjson
import pytest

from frontdesk import outbox
from frontdesk.desk.server import asgi
from frontdesk.store import writer
from frontdesk.testing.loopback import SIGNATURE, sign
from tests.store.disk import Disk, under_sqlite
from tests.way.phone import Phone, Provider, until, write_desk

PEOPLE, EACH = 4, 12


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    monkeypatch.setattr(writer, "PROBE", 0.02)
    monkeypatch.setattr(outbox, "LOOK_AGAIN", 0.02)
    monkeypatch.setattr("frontdesk.marks.LOOK_AGAIN", 0.02)
    with under_sqlite() as disk:
        yield disk


@pytest.mark.parametrize(
    ("error", "at", "code"),
    [(apsw.FullError, "write truncate", 0), (apsw.IOError, "sync", apsw.SQLITE_IOERR_FSYNC)],
    ids=["full", "error at sync"],
)
async def test_the_door_says_so_while_it_lasts_and_nothing_is_lost_or_said_twice(
    disk: Disk, provider: Provider, tmp_path: Path, error: type[Exception], at: str, code: int
) -> None:
    phone = Phone.make(write_desk(tmp_path))
    phone.desk.turns.retry = 0.01
    await phone.desk.start()
    statuses: Counter[int] = Counter()
    written: Counter[str] = Counter()
    is_over = False
    transport = httpx.ASGITransport(app=asgi(phone.desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:

        async def write(sender: str) -> None:
            while written[sender] < EACH or not is_over:
                n, written[sender] = written[sender], written[sender] + 1
                message = {"id": f"{sender}{n}", "from": sender, "text": f"{sender} {n}"}
                body = orjson.dumps({"messages": [message]})
                while True:
                    answer = await http.post(
                        "/webhooks/once", content=body, headers={SIGNATURE: sign("s", body)}
                    )
                    statuses[answer.status_code] += 1
                    if answer.status_code == 200:
                        break
                    assert answer.headers["retry-after"]
                    await asyncio.sleep(0.005)

        async def trouble() -> None:
            nonlocal is_over
            for _ in range(3):
                await asyncio.sleep(0.03)
                refused = statuses[503]
                disk.fail(error, at=at, code=code)
                await until(lambda before=refused: statuses[503] > before)  # type: ignore[misc]
                await until(lambda: not phone.store.is_available)  # else somebody was refused before
                assert (await http.get("/readyz")).status_code == 503
                disk.heal()
                await until(lambda: phone.store.is_available)
                assert (await http.get("/readyz")).status_code == 200
            is_over = True

        people = [f"p{n}" for n in range(PEOPLE)]
        await asyncio.gather(trouble(), *map(write, people))
    await until(lambda: not phone.desk.turns.busy and not phone.desk.outbox._lanes)
    await phone.desk.stop()
    assert min(written.values()) >= EACH
    assert (statuses[200], set(statuses)) == (written.total(), {200, 503})
    assert len({key for key, _ in provider.heard}) == len(provider.heard), "each message left once"
    for sender in people:
        heard = [text for text in provider.texts if text.startswith(f"got {sender} ")]
        assert heard == [
            f"got {sender} {n}" for n in range(1, written[sender])
        ]  # the first one opened the session
