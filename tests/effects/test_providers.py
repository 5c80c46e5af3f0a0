"""What functions are given by annotation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from frontdesk.clock import Clock

from .conftest import DeskFolder, Running

Shop = Callable[[str], Running]


class _ShopApi(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]]

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        body = f'{{"order": "{self.path.rpartition("/")[2]}", "status": "delivered"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[ThreadingHTTPServer]:
    """A shop's HTTP API on loopback."""
    _ShopApi.connections = set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ShopApi)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def test_one_http_client_serves_all_actions_of_a_desk(shop: Shop, api: ThreadingHTTPServer) -> None:
    running = shop(
        f"""
        import httpx
        from frontdesk import action

        @action
        async def find_order(number: str, http: httpx.AsyncClient):
            answer = await http.get("http://127.0.0.1:{api.server_port}/orders/" + number)
            return answer.json()

        clients = []

        @action
        async def other(http: httpx.AsyncClient | None):
            clients.append(http)

        @action
        def clients_closed(): return [one.is_closed for one in clients]
        """
    )
    for number in ("1042", "1043"):
        found = await running.call("find_order", number=number)
        assert found.value == {"order": number, "status": "delivered"}
    assert len(_ShopApi.connections) == 1
    await running.call("other")
    assert (await running.call("clients_closed")).value == [False]
    await running.effects.close()
    assert (await running.call("clients_closed")).value == [True]


async def test_a_test_overrides_a_provider_in_one_line(desk: DeskFolder) -> None:
    desk.write(
        "bots/shop/actions.py",
        "import httpx\nfrom frontdesk import action\n"
        "@action\nasync def find(http: httpx.AsyncClient): return (await http.get('https://shop.example')).text\n",
    )
    registry = desk.load()
    wire = httpx.MockTransport(lambda request: httpx.Response(200, text=f"hello from {request.url.host}"))
    async with httpx.AsyncClient(transport=wire) as client:
        registry.override(httpx.AsyncClient, client)
        assert (await desk.running(registry).call("find")).value == "hello from shop.example"


async def test_overriding_what_nothing_provides_is_told(desk: DeskFolder) -> None:
    with pytest.raises(LookupError, match="nothing provides"):
        desk.load().override(dict, {})


async def test_a_function_is_given_the_user_the_key_and_the_time(shop: Shop) -> None:
    running = shop(
        """
        from __future__ import annotations
        from datetime import datetime
        from frontdesk import Clock, IdempotencyKey, MessagingUser, Now, action

        @action
        def who(user: MessagingUser, key: IdempotencyKey, clock: Clock, now: Now, offset: int):
            assert clock.now() == now and isinstance(key, IdempotencyKey)
            return [user.name, user.channel, user.address, user.language, key, now.isoformat(), offset]
        """
    )
    expected = ["rest:alice", "rest", "alice", "fr", "s1:4:1", "2026-03-11T09:00:00+00:00", 2]
    assert (await running.call("who", offset=2)).value == expected


async def test_the_clock_can_be_overridden(desk: DeskFolder) -> None:
    desk.write("desk.py", "from frontdesk import Clock, action\n@action\ndef f(c: Clock): return c.token()\n")
    registry = desk.load()

    class Stopped(Clock):
        def token(self, bits: int = 80) -> str:
            return "stopped"

    registry.override(Clock, Stopped())
    assert (await desk.running(registry).call("f")).value == "stopped"


DESK = """
from __future__ import annotations
import asyncio
from collections.abc import AsyncIterator, Iterator
from frontdesk import Clock, provider

log: list[str] = []
may_open = asyncio.Event()
may_open.set()

class Pool:
    name = "pool"

class Shop:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool

class Cache: ...
class Settings: ...

@provider
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    log.append("open pool")
    await asyncio.sleep(0)
    await may_open.wait()
    yield Pool()
    log.append("close pool")

@provider
async def shop(pool: Pool, clock: Clock) -> Shop:
    log.append("open shop")
    return Shop(pool)

@provider
def cache(shop: Shop) -> Iterator[Cache]:
    log.append("open cache")
    try:
        yield Cache()
    finally:
        log.append("close cache")

@provider
def settings() -> Settings:
    return Settings()
"""

USING = """
from desk import Cache, Pool, Shop, log, may_open
from frontdesk import action

@action
async def ask_shop(shop: Shop, pool: Pool): return shop.pool is pool

@action
def ask_cache(cache: Cache): return True

@action
def seen(): return log

@action
async def hold(): may_open.clear()

@action
async def go_on(): may_open.set()
"""


@pytest.fixture
def providing(desk: DeskFolder) -> Running:
    desk.write("desk.py", DESK)
    desk.write("bots/shop/actions.py", USING)
    return desk.running()


async def test_a_provider_is_opened_once_at_first_use_and_closed_last_first(providing: Running) -> None:
    assert (await providing.call("seen")).value == []
    both = await asyncio.gather(providing.call("ask_shop"), providing.call("ask_shop"))
    assert [one.value for one in both] == [True, True]
    await providing.call("ask_cache")
    assert (await providing.call("seen")).value == ["open pool", "open shop", "open cache"]
    await providing.effects.close()
    assert (await providing.call("seen")).value[3:] == ["close cache", "close pool"]


async def test_a_call_that_gives_up_waiting_does_not_break_the_provider(providing: Running) -> None:
    await providing.call("hold")
    assert (await providing.call("ask_shop", seconds=0.001)).code == "timeout"
    await providing.call("go_on")
    assert (await providing.call("ask_shop")).value is True
    assert (await providing.call("seen")).value == ["open pool", "open shop"]


async def test_closing_while_a_provider_opens_leaves_nothing_behind(providing: Running) -> None:
    await providing.call("hold")
    calling = asyncio.create_task(providing.call("ask_shop"))
    async with asyncio.timeout(60):
        while (await providing.call("seen")).value != ["open pool"]:
            await asyncio.sleep(0.001)
    await providing.effects.close()
    assert not (await calling).ok
    assert (await providing.call("seen")).value == ["open pool"]


async def test_a_provider_that_fails_is_tried_again_next_time(desk: DeskFolder) -> None:
    desk.write(
        "desk.py",
        """
        from frontdesk import action, provider
        class Pool: ...
        tries = []
        @provider
        async def pool() -> Pool:
            tries.append(1)
            if len(tries) == 1:
                raise OSError("database away")
            return Pool()
        """,
    )
    desk.write(
        "bots/a/actions.py",
        "from desk import Pool\nfrom frontdesk import action\n@action\ndef f(p: Pool): return 1\n",
    )
    running = desk.running()
    failed = await running.call("f")
    assert (failed.code, failed.error) == ("raised", "ProviderFailed: provider pool: OSError: database away")
    assert (await running.call("f")).ok


async def test_a_desks_own_provider_of_the_http_client_wins(desk: DeskFolder) -> None:
    desk.write(
        "desk.py",
        """
        from collections.abc import AsyncIterator
        import httpx
        from frontdesk import provider

        @provider
        async def http() -> AsyncIterator[httpx.AsyncClient]:
            async with httpx.AsyncClient(base_url="https://own.example") as client:
                yield client
        """,
    )
    desk.write(
        "bots/a/actions.py",
        "import httpx\nfrom frontdesk import action\n"
        "@action\nasync def f(c: httpx.AsyncClient): return str(c.base_url)\n",
    )
    assert (await desk.running().call("f")).value == "https://own.example"
