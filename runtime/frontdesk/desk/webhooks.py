"""Webhooks: signature first, then the payload, then the inbox, and only then the answer.

What is signed but cannot be read is kept for replay: nothing that was sent to the desk is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from frontdesk.app import RunningDesk
from frontdesk.channels.base import Channel, ChannelRequest, Parsed
from frontdesk.channels.rest import Rest
from frontdesk.clock import iso
from frontdesk.desk.outcome import outcome, turn_of_message
from frontdesk.errors import BadPayload, BadSignature, DeskBusy, StoreError, StoreUnavailable
from frontdesk.events import Event
from frontdesk.inbox import Ticket
from frontdesk.messages import Inbound, Receipt, Unsupported
from frontdesk.metrics import DUPLICATES, PROBLEMS
from frontdesk.problems import MESSAGE, TURN, reason
from frontdesk.store.base import OPENS_SESSION, NewProblem, ProblemRow

log = logging.getLogger(__name__)

MAX_BODY = 4_000_000  # bytes of any webhook
TURN_WITHIN = 100.0  # seconds the REST channel waits for a turn
NOTED = frozenset({"sent", "delivered", "read", "failed"})
"""What of a message's fate the log keeps; on its way it is anyway."""
KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-request-id", "idempotency-key"})


class Webhooks:
    """`/webhooks/NAME` for every channel of the desk."""

    def __init__(self, desk: RunningDesk) -> None:
        self.desk = desk

    async def webhook(self, request: Request) -> Response:
        """A provider's delivery: 200 once every part of it is committed."""
        channel = self.desk.channels.get(request.path_params["channel"])
        if channel is None or not channel.sends:
            return problem(404, "There is no such channel here.")
        if request.method not in channel.methods:
            return problem(405, f"This webhook takes {', '.join(sorted(channel.methods))}.")
        body = await _body(request.receive)
        if isinstance(body, Response):
            return body
        read = await self._read(channel, _asked(request.scope, body, str(request.url)))
        if isinstance(read, Response):
            return read
        try:
            await self._take(channel, read)
        except StoreError as error:
            return away(error)
        return _acknowledged(channel)

    async def _take(self, channel: Channel, parsed: Parsed) -> None:
        """Commit everything a payload held."""
        inbound = [*parsed.inbound, *(_told(channel, one) for one in parsed.unsupported if one.sender)]
        lanes: dict[str, list[Inbound]] = {}
        for one in inbound:
            lanes.setdefault(one.sender, []).append(self._named(one))
        await asyncio.gather(*map(self._take_in_order, lanes.values()))
        for receipt in parsed.receipts:
            await self._note(channel, receipt)

    async def _take_in_order(self, inbound: list[Inbound]) -> None:
        """One sender's: where one is refused none behind it is taken, or it would come after them."""
        for one in inbound:
            await self.desk.inbox.receive(one)

    def _named(self, inbound: Inbound) -> Inbound:
        """Without an id of the provider's it cannot be known as repeated, but it is not lost."""
        if inbound.external_id:
            return inbound
        named = {"external_id": f"unnamed:{self.desk.clock.token(100)}"}
        return Inbound(**{**vars(inbound), **named})

    async def _note(self, channel: Channel, receipt: Receipt) -> None:
        """Keep what became of a message in its session's log, while the session is open."""
        session, dot, _ = receipt.key.rpartition(".")
        if not dot or receipt.status not in NOTED:
            log.info("channel %s: %s is %s", channel.name, receipt.provider_id, receipt.status)
            return
        named = (channel.name, receipt.key, receipt.provider_id or "", receipt.status)
        delivery = {"key": receipt.key, "status": receipt.status, "reason": receipt.reason}
        await self.desk.inbox.receive(
            Inbound(
                channel=channel.name,
                sender=receipt.sender,
                external_id=":".join(("receipt", *named)),
                kind="delivery",
                data={"delivery": delivery},
            ),
            session=session,
        )

    async def rest(self, name: str, scope: Scope, receive: Receive) -> Response:
        """Rasa's REST channel: answered with the replies when the turn is over."""
        channel = self.desk.channels.get(name)
        if not isinstance(channel, Rest):
            return problem(404, "There is no REST channel of this name here.")
        body = await _body(receive)
        if isinstance(body, Response):
            return body
        read = await self._read(channel, _asked(scope, body))
        if isinstance(read, Response):
            return read
        inbound = self._named(read.inbound[0])
        ticket = await self.desk.inbox.receive(inbound, wants_turn=True)
        events = await self._events(ticket, inbound)
        if events is None:
            return problem(
                503, "The turn is not over yet; send the same message_id again.", {"retry-after": "2"}
            )
        return Response(orjson.dumps(channel.replies(inbound.sender, events)), media_type="application/json")

    async def _events(self, ticket: Ticket, inbound: Inbound) -> list[Event] | None:
        """What the turn decided; None while it is unfinished."""
        is_new = not ticket.taken.is_duplicate
        if not is_new:
            DUPLICATES.labels(channel=inbound.channel).inc()
        return await outcome(
            self.desk,
            inbound.user,
            ticket.done,
            decided=lambda done: list(done.events),
            read=lambda: turn_of_message(
                self.desk.store, ticket.taken.session, inbound.external_id, is_recent=is_new
            ),
            within=TURN_WITHIN,
        )

    async def _read(self, channel: Channel, asked: ChannelRequest) -> Parsed | Response:
        headers, kept = asked.headers, asked.body or urlsplit(asked.url).query.encode()
        try:
            channel.verify(asked)
        except BadSignature as error:
            return problem(401, str(error))
        try:
            parsed = channel.parse(asked)
        except BadPayload as error:
            await self.keep(channel, headers, kept, str(error))
            return self._unreadable(channel, str(error))
        except Exception as error:  # a payload must not be lost to a mistake of ours
            log.exception("channel %s could not parse a payload", channel.name)
            await self.keep(channel, headers, kept, f"{type(error).__name__}: {error}")
            return self._unreadable(channel, "The payload could not be read; it is kept.")
        for unknown in parsed.unsupported:
            log.info("channel %s: %s is not supported", channel.name, unknown.what)
        if any(not unknown.sender for unknown in parsed.unsupported):
            what = ", ".join(unknown.what for unknown in parsed.unsupported)
            await self.keep(channel, headers, kept, f"not supported: {what}", what="unsupported")
        return parsed

    def _unreadable(self, channel: Channel, why: str) -> Response:
        # A caller that waits for the answer is told; a provider would only send it again for days.
        return problem(422, why) if isinstance(channel, Rest) else _acknowledged(channel)

    async def keep(
        self,
        channel: Channel,
        headers: Mapping[str, str],
        body: bytes,
        error: str,
        *,
        what: str = "unreadable",
    ) -> int:
        PROBLEMS.labels(channel=channel.name).inc()
        kept = {name: value for name, value in headers.items() if name in KEPT_HEADERS}
        return await self.desk.store.keep_problem(
            NewProblem(
                at=iso(self.desk.clock.now()),
                channel=channel.name,
                what=what,
                error=reason(error),
                headers=kept,
                body=body[:MAX_BODY],
            )
        )

    async def replay(self, number: int) -> str:
        """Process what was kept again, with today's code; says what came of it."""
        row = next((one for one in await self.desk.store.problems() if one.id == number), None)
        if row is None:
            return f"There is no problem {number}; `frontdesk problems` lists them."
        if row.what == TURN:
            return await self._have_turn_again(row)
        if row.what == MESSAGE:
            return await self._send_again(row)
        channel = self.desk.channels.get(row.channel)
        if channel is None:
            return f"The channel {row.channel} is off or gone."
        request = ChannelRequest(method="POST", url="", headers=row.headers, body=row.body)
        try:
            parsed = channel.parse(request)
        except BadPayload as error:
            return f"It still cannot be read: {error}"
        for index, one in enumerate(parsed.inbound):
            key = one.external_id or f"problem:{number}:{index}"
            await self.desk.inbox.receive(replace(one, external_id=key))
        await self.desk.store.close_problem(number, "replayed")
        return f"Replayed: {len(parsed.inbound)} messages."

    async def _have_turn_again(self, row: ProblemRow) -> str:
        """Another turn for what the customer wrote, as if it came now; asked for twice, it has one."""
        inbound = Inbound.load(row.body)
        again = replace(inbound, external_id=f"again:{inbound.external_id}")
        session = None if inbound.kind in OPENS_SESSION else row.headers["session"]
        ticket = await self.desk.inbox.receive(again, session=session)
        await self.desk.store.close_problem(row.id, "replayed")
        if ticket.taken.is_duplicate:
            return "It has had another turn already."
        if not ticket.taken.n:
            return f"Its session {row.headers['session']} is over: nothing is left to do."
        return f"Replayed: it has another turn, in session {ticket.taken.session}."

    async def _send_again(self, row: ProblemRow) -> str:
        about = row.headers
        is_there = await self.desk.outbox.again(about["user"], about["session"], int(about["seq"]))
        await self.desk.store.close_problem(row.id, "replayed")
        return "Replayed: it is sent again." if is_there else "It has been sent meanwhile."


class RestEndpoint:
    """`POST /webhooks/NAME/webhook` as plain ASGI: most of what Starlette would do for it is not needed."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    @staticmethod
    def serves(scope: Scope) -> bool:
        """Whether a request is for a REST channel."""
        return scope["type"] == "http" and scope["method"] == "POST" and _name_in(scope["path"]) != ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._webhooks.rest(_name_in(scope["path"]), scope, receive)
        except StoreError as error:
            response = away(error)
        await response(scope, receive, send)


def _name_in(path: str) -> str:
    """The channel in `/webhooks/NAME/webhook`; nothing where the path is another."""
    if not (path.startswith("/webhooks/") and path.endswith("/webhook")):
        return ""
    name = path[len("/webhooks/") : -len("/webhook")]
    return name if "/" not in name else ""


def routes(desk: RunningDesk) -> list[BaseRoute]:
    """Where providers and programs deliver."""
    webhooks = Webhooks(desk)
    return [
        Route("/webhooks/{channel}/webhook", RestEndpoint(webhooks), methods=["POST"]),
        Route("/webhooks/{channel}", webhooks.webhook, methods=["GET", "POST"]),
    ]


async def _body(receive: Receive) -> bytes | Response:
    """What was sent."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return problem(400, "The connection ended before the whole body had come.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return problem(413, "The body is too large.")
        if not message.get("more_body"):
            return b"".join(parts)


def _asked(scope: Scope, body: bytes, url: str = "") -> ChannelRequest:
    client = scope.get("client")
    return ChannelRequest(
        method=scope["method"],
        url=url,
        headers={name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]},
        body=body,
        remote=client[0] if client else "",
    )


def _acknowledged(channel: Channel) -> Response:
    body, media_type = channel.acknowledgement
    return Response(body, media_type=media_type)


def _told(channel: Channel, unknown: Unsupported) -> Inbound:
    """What a customer sent and the channel cannot read, for the session's owner.

    Its id is not the provider's own: replayed with a version that can read it, it is a new message.
    """
    return Inbound(
        channel=channel.name,
        external_id=f"unsupported:{unknown.external_id}:{unknown.what}" if unknown.external_id else "",
        sender=unknown.sender,
        kind="unsupported",
        data={"what": unknown.what, "raw": unknown.raw},
    )


def away(error: Exception) -> Response:
    """The store is not there just now; what is wrong with it is the operator's to know."""
    # A desk that is busy and a store that is away say so themselves, once and not for every request.
    level = logging.INFO if isinstance(error, DeskBusy | StoreUnavailable) else logging.WARNING
    log.log(level, "a request was sent away: %s", error)
    return problem(503, "The desk cannot keep anything just now; send it again.", {"retry-after": "5"})


def problem(status: int, title: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as RFC 9457 has it."""
    body: dict[str, Any] = {"title": title, "status": status}
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type="application/problem+json")
