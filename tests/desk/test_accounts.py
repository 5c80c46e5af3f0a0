from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from frontdesk.bus import InProcessBus
from frontdesk.clock import FixedClock
from frontdesk.desk.accounts import (
    ROLES,
    AccountError,
    Accounts,
    BadCredentials,
    Forbidden,
    TooManyTries,
    require,
)
from frontdesk.store.sqlite import SqliteStore

PASSWORD = "correct horse"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "desk.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
def accounts(store: SqliteStore, clock: FixedClock, bus: InProcessBus) -> Accounts:
    return Accounts(store=store, clock=clock, bus=bus)


async def test_a_rep_signs_in_and_out(accounts: Accounts) -> None:
    await accounts.add("mia", password=PASSWORD, languages=["fr", "en"])
    token, signed = await accounts.sign_in(" Mia ", PASSWORD, "10.0.0.1")
    assert (signed.rep.name, signed.rep.languages) == ("Mia", ["fr", "en"])
    assert await accounts.who(token) == signed
    await accounts.sign_out(token)
    assert await accounts.who(token) is None
    assert await accounts.who("") is None


async def test_the_store_knows_neither_password_nor_token(accounts: Accounts, store: SqliteStore) -> None:
    await accounts.add("mia", password=PASSWORD)
    token, signed = await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    kept = (await store.reps())[0]
    assert kept.password.startswith("$argon2id$")
    assert PASSWORD not in kept.password
    assert await store.rep_session(token) is None
    assert await store.rep_session(signed.token_sha) is not None


async def test_a_sign_in_lasts_twelve_hours_from_its_last_use(accounts: Accounts, clock: FixedClock) -> None:
    await accounts.add("mia", password=PASSWORD)
    token, _ = await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    clock.advance(timedelta(hours=11))
    assert await accounts.who(token) is not None
    clock.advance(timedelta(hours=11))
    assert await accounts.who(token) is not None
    clock.advance(timedelta(hours=12))
    assert await accounts.who(token) is None


async def test_a_removed_rep_is_out_at_once(accounts: Accounts, bus: InProcessBus) -> None:
    told: list[str] = []
    bus.listen("rep:mia", lambda topic, hint: told.append(topic))
    await accounts.add("mia", password=PASSWORD)
    assert told == ["rep:mia"]  # who is new is told of, too: other processes know the reps by name
    token, signed = await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    assert await accounts.remove("mia")
    assert told == ["rep:mia", "rep:mia"]
    assert await accounts.who(token) is None
    await accounts.extend(signed)
    assert await accounts.who(token) is None
    with pytest.raises(BadCredentials):
        await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    assert not await accounts.remove("mia")


async def test_a_rep_who_comes_back_under_the_same_login_signs_in_anew(accounts: Accounts) -> None:
    await accounts.add("mia", password=PASSWORD)
    token, _ = await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    await accounts.remove("mia")
    await accounts.add("mia", password="another one")
    assert await accounts.who(token) is None


async def test_the_sixth_try_waits(accounts: Accounts, clock: FixedClock) -> None:
    await accounts.add("mia", password=PASSWORD)
    for _ in range(5):
        with pytest.raises(BadCredentials):
            await accounts.sign_in("mia", "wrong", "10.0.0.1")
    with pytest.raises(TooManyTries) as refused:
        await accounts.sign_in("mia", PASSWORD, "10.0.0.1")
    assert 0 < refused.value.seconds <= 900
    await accounts.sign_in("mia", PASSWORD, "10.0.0.2")  # an attacker locks nobody else out
    clock.advance(timedelta(minutes=15))
    await accounts.sign_in("mia", PASSWORD, "10.0.0.1")


async def test_unknown_logins_are_counted_like_known_ones(accounts: Accounts) -> None:
    for _ in range(5):
        with pytest.raises(BadCredentials):
            await accounts.sign_in("nobody", "wrong", "10.0.0.1")
    with pytest.raises(TooManyTries):
        await accounts.sign_in("nobody", "wrong", "10.0.0.1")


@pytest.mark.parametrize(
    ("login", "password", "role", "says"),
    [
        ("Mia", PASSWORD, "rep", "small letters"),
        ("mia:x", PASSWORD, "rep", "small letters"),
        ("", PASSWORD, "rep", "small letters"),
        ("mia", "short", "rep", "8 to"),
        ("mia", PASSWORD, "boss", "supervisor"),
    ],
)
async def test_a_wrong_account_says_what_is_wrong(
    accounts: Accounts, login: str, password: str, role: str, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        await accounts.add(login, password=password, role=role)


async def test_a_login_is_given_once(accounts: Accounts) -> None:
    await accounts.add("mia", password=PASSWORD)
    with pytest.raises(AccountError, match="already"):
        await accounts.add("mia", password=PASSWORD)


def test_roles() -> None:
    may = {
        role: [to for to in ("serve", "supervise", "design", "administer") if _may(role, to)]
        for role in ROLES
    }
    assert may == {
        "rep": ["serve"],
        "supervisor": ["serve", "supervise"],
        "designer": ["design"],
        "admin": ["serve", "supervise", "design", "administer"],
    }


def _may(role: str, to: str) -> bool:
    try:
        require(role, to)
    except Forbidden:
        return False
    return True
