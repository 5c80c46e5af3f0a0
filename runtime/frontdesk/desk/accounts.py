"""Reps' logins: who may sign in, who is signed in, and what each role may do."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from frontdesk.app import RunningDesk
from frontdesk.bus import Bus
from frontdesk.clock import Clock, instant, iso
from frontdesk.desk.names import REPS
from frontdesk.desk.security import Failures
from frontdesk.errors import FrontdeskError
from frontdesk.store.base import RepRow, RepSession, Store

if TYPE_CHECKING:  # needed when somebody signs in, not to start
    from argon2 import PasswordHasher

ROLES = ("rep", "supervisor", "designer", "admin")
LASTS = timedelta(hours=12)  # a sign-in, from the last use on
EXTEND_AFTER = timedelta(minutes=10)  # so that not every use writes
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000
TRIES, WINDOW = 5, 15 * 60  # failures of one login from one address, and seconds
TRIES_OF_ADDRESS = 50  # failures from one address, whatever the login

_MAY = {
    "serve": frozenset({"rep", "supervisor", "admin"}),
    "supervise": frozenset({"supervisor", "admin"}),
    "design": frozenset({"designer", "admin"}),
    "administer": frozenset({"admin"}),
}
"""What can be done at a desk, and which roles may do it. Nothing else decides on a role."""


class BadCredentials(FrontdeskError):
    """Login and password do not match."""


class TooManyTries(FrontdeskError):
    """Signing in failed too often; it may be tried again later."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__()


class Forbidden(FrontdeskError):
    """This role may not do this."""


class AccountError(FrontdeskError):
    """An account cannot be made like this; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A rep in one browser."""

    rep: RepRow
    token_sha: str
    expires: str


def require(role: str, to: str) -> None:
    """Raise Forbidden unless a rep of this role may do `to`: serve, supervise, design or administer."""
    if role not in _MAY[to]:
        raise Forbidden(f"The role {role} may not {to}.")


class Accounts:
    """The reps of one desk."""

    def __init__(
        self, *, store: Store, clock: Clock, bus: Bus, names: MutableMapping[str, str] | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._names = {} if names is None else names  # login -> name, as turns know reps
        self._of_login = Failures(limit=TRIES, seconds=WINDOW, now=clock.monotonic)
        self._of_address = Failures(limit=TRIES_OF_ADDRESS, seconds=WINDOW, now=clock.monotonic)
        self._hashing = asyncio.Semaphore(2)  # each takes a core and 19 MiB while it runs

    @classmethod
    def of(cls, desk: RunningDesk) -> Accounts:
        """The accounts of a running desk."""
        return cls(store=desk.store, clock=desk.clock, bus=desk.bus, names=desk.reps)

    # --- who there is ------------------------------------------------------------------------

    async def add(
        self, login: str, *, password: str, name: str = "", role: str = "rep", languages: Sequence[str] = ()
    ) -> RepRow:
        """Make a login; AccountError says what is wrong with it."""
        if await self.find(login) is not None:
            raise AccountError(
                f"There is a login {login} already; `frontdesk rep remove {login}` removes it."
            )
        return await self.put(login, password=password, name=name, role=role, languages=languages)

    async def put(
        self, login: str, *, password: str, name: str = "", role: str = "rep", languages: Sequence[str] = ()
    ) -> RepRow:
        """Make a login or make it anew; where it is signed in it stays so."""
        _check(login, password, role)
        async with self._hashing:
            hashed = await asyncio.to_thread(_hasher().hash, password)
        rep = RepRow(
            login=login,
            name=name.strip() or login.capitalize(),
            role=role,
            password=hashed,
            languages=tuple(languages),
        )
        await self._store.put_rep(rep)
        self._names[login] = rep.name
        self._bus.publish(f"rep:{login}")  # another role counts at once, wherever they are signed in
        self._bus.publish(REPS)
        return rep

    async def remove(self, login: str) -> bool:
        """Take a login away, with every browser it is signed in at; False when there is none."""
        removed = await self._store.remove_rep(login)
        self._names.pop(login, None)
        self._bus.publish(f"rep:{login}")
        self._bus.publish(REPS)
        return removed

    async def all(self) -> list[RepRow]:
        """Every rep, by login."""
        return await self._store.reps()

    async def find(self, login: str) -> RepRow | None:
        return next((rep for rep in await self._store.reps() if rep.login == login), None)

    # --- who is signed in --------------------------------------------------------------------

    async def sign_in(self, login: str, password: str, address: str) -> tuple[str, SignedIn]:
        """The token of a new sign-in; raises BadCredentials or TooManyTries."""
        login = login.strip().casefold()
        key = f"{login}\n{address}"
        wait = max(self._of_login.blocked(key), self._of_address.blocked(address))
        if wait:
            raise TooManyTries(wait)
        self._of_login.note(key)  # before the slow part, so that tries at once count too
        rep = await self.find(login)
        async with self._hashing:
            is_right = await asyncio.to_thread(_verify, rep.password if rep is not None else None, password)
        if rep is None or not is_right:
            self._of_address.note(address)
            raise BadCredentials
        self._of_login.clear(key)
        return await self._begin(rep)

    async def _begin(self, rep: RepRow) -> tuple[str, SignedIn]:
        token = self._clock.token(256)
        signed = SignedIn(rep=rep, token_sha=_sha(token), expires=iso(self._clock.now() + LASTS))
        await self._store.put_rep_session(
            RepSession(token_sha=signed.token_sha, login=rep.login, expires=signed.expires)
        )
        return token, signed

    async def who(self, token: str | None) -> SignedIn | None:
        """Who is signed in with a token; using it moves its end."""
        signed = await self.still(_sha(token)) if token else None
        return await self.extend(signed) if signed is not None else None

    async def still(self, token_sha: str) -> SignedIn | None:
        """The sign-in of a token's hash, if it has not ended."""
        session = await self._store.rep_session(token_sha)
        if session is None or session.expires <= iso(self._clock.now()):
            return None
        rep = await self.find(session.login)
        return SignedIn(rep=rep, token_sha=token_sha, expires=session.expires) if rep is not None else None

    async def extend(self, signed: SignedIn) -> SignedIn:
        """The rep did something: the sign-in lasts its whole time again."""
        end = self._clock.now() + LASTS
        if end - instant(signed.expires) < EXTEND_AFTER:
            return signed
        await self._store.extend_rep_session(signed.token_sha, iso(end))
        return replace(signed, expires=iso(end))

    async def sign_out(self, token: str | None) -> None:
        """End a sign-in, and what is open with it."""
        signed = await self.still(_sha(token)) if token else None
        if signed is not None:
            await self._store.remove_rep_session(signed.token_sha)
            self._bus.publish(f"rep:{signed.rep.login}")


def shown_rep(rep: RepRow) -> dict[str, Any]:
    """A rep as pages and commands see one."""
    return {"login": rep.login, "name": rep.name, "role": rep.role, "languages": list(rep.languages)}


def _check(login: str, password: str, role: str) -> None:
    if not LOGIN.fullmatch(login):
        raise AccountError(
            f"`{login}` cannot be a login: use small letters, digits, dot, dash and underscore, at most 64."
        )
    if role not in ROLES:
        raise AccountError(f"`{role}` is no role; there are {', '.join(ROLES)}.")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")


def _sha(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@functools.cache
def _nobodys_password() -> str:
    """Checked for unknown logins, so that they take as long as known ones."""
    return _hasher().hash(os.urandom(16))


def _verify(hashed: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    nobodys = _nobodys_password()
    try:
        _hasher().verify(hashed or nobodys, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


async def demo_rep(desk: RunningDesk) -> tuple[str, str]:
    """A rep to try a desk with: login, and a password that is new at every start."""
    password = new_password(desk.clock)
    await Accounts.of(desk).put("demo", password=password, name="Alex", role="admin")
    return "demo", password


def new_password(clock: Clock) -> str:
    """A password nobody guesses and everybody can type."""
    token = clock.token(80)
    return "-".join(token[start : start + 4] for start in range(0, len(token), 4))
