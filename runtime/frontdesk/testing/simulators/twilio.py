"""Twilio's Messages API and webhooks, as far as the channel `sms` uses them.

In a test:

    twilio = TwilioSimulator(token="secret", webhook="http://127.0.0.1:8000/webhooks/sms")
    ... serve `twilio.routes()` and name their address as the channel's `api` ...
    await twilio.write("+15551234567", "hello")
    await twilio.has_sent(1)

`frontdesk simulate sms` serves the same with a page like a telephone.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from frontdesk.channels import twilio
from frontdesk.clock import Clock

ACCOUNT = "AC00000000000000000000000000000000"
NUMBER = "+15005550006"
LONGEST = 1_600  # characters of a body


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the API answers in place of taking a message."""

    status: int
    code: int = 0
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_taken: bool = False  # the message is made all the same: only the answer is lost


class TwilioSimulator:
    """An account with one number."""

    def __init__(
        self,
        *,
        webhook: str,
        token: str,
        account: str = ACCOUNT,
        number: str = NUMBER,
        key: tuple[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.account, self.token, self.number = account, token, number
        self._let_in = ":".join(key or (account, token))  # whom the API answers
        self.webhook = webhook  # where the desk is told of messages
        self.calls: list[dict[str, str]] = []  # every call that came, refused ones too
        self.sent: list[dict[str, Any]] = []  # messages the desk sent, oldest first
        self.written: list[dict[str, Any]] = []  # messages its customers wrote
        self.stopped: set[str] = set()  # numbers that wrote STOP: the API refuses to write to them
        self.answers: list[Refusal | None] = []  # for the next calls; None: as usual
        self.statuses: tuple[str, ...] = ("sent", "delivered")  # reported of each message
        self._clock = clock or Clock()
        self._http = httpx.AsyncClient(timeout=10)
        self._reports: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._count = 0

    async def close(self) -> None:
        """Finish what is being reported."""
        if self._reports:
            await asyncio.gather(*self._reports, return_exceptions=True)
        await self._http.aclose()

    # --- the customer ----------------------------------------------------------------------------
    async def write(self, sender: str, text: str, **more: str) -> int:
        """Write to the desk as a customer; the status of its answer."""
        number = more.get("MessageSid") or self._new_id()
        fields = {
            "MessageSid": number,
            "SmsSid": number,
            "SmsMessageSid": number,
            "AccountSid": self.account,
            "From": sender,
            "To": self._own(sender),
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "FromCity": "",
            **more,
        }
        self._obey(sender, text)
        message = {"sid": number, "from": sender, "body": text, "status": "sending"}
        if not any(one["sid"] == number for one in self.written):
            self.written.append(message)
        status = await self.deliver(self.webhook, fields)
        message["status"] = "delivered" if status == 200 else "failed"
        return status

    async def deliver(self, url: str, fields: Mapping[str, str], signature: str | None = None) -> int:
        """Post a webhook, signed (or with another signature); 0 when the desk does not answer."""
        body = urlencode(fields).encode()
        signed = signature if signature is not None else twilio.sign(self.token, url, body)
        headers = {"content-type": f"{twilio.FORM}; charset=UTF-8", twilio.SIGNATURE: signed}
        try:
            answer = await self._http.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return 0
        return answer.status_code

    def _obey(self, sender: str, text: str) -> None:
        word = text.strip().upper()
        if word in ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"):
            self.stopped.add(sender)
        elif word in ("START", "YES", "UNSTOP"):
            self.stopped.discard(sender)

    def _own(self, other: str) -> str:
        kind, colon, _ = other.rpartition(":")
        return f"{kind}{colon}{self.number}"

    # --- the API ---------------------------------------------------------------------------------
    def routes(self) -> list[BaseRoute]:
        """The API, at the paths that Twilio has."""
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        return [
            Route(path, self._create, methods=["POST"]),
            Route(path, self._list, methods=["GET"]),
        ]

    def texts(self, to: str) -> list[str]:
        """What the desk has sent to a number."""
        return [one["body"] for one in self.sent if one["to"] == to]

    async def has_sent(self, count: int, within: float = 10.0) -> None:
        """Wait until the desk has sent so many messages."""
        async with asyncio.timeout(within):
            while len(self.sent) < count:
                self._news.clear()
                await self._news.wait()

    async def _create(self, request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.calls.append(fields)
        refusal = self._refusal(request, fields)
        if refusal is not None and not refusal.is_taken:
            return _refused(refusal)
        made = self._make(fields)
        if fields.get("StatusCallback"):
            task = asyncio.get_running_loop().create_task(self._report(made, fields["StatusCallback"]))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)
        return _refused(refusal) if refusal is not None else _json(made, 201)

    def _refusal(self, request: Request, fields: Mapping[str, str]) -> Refusal | None:
        if not self._is_let_in(request):
            return Refusal(status=401, code=20003, message="Authenticate")
        told = self.answers.pop(0) if self.answers else None
        if told is not None:
            return told
        if not fields.get("To"):
            return Refusal(status=400, code=21604, message="A 'To' phone number is required.")
        if not fields.get("From") and not fields.get("MessagingServiceSid"):
            return Refusal(status=400, code=21603, message="A 'From' phone number is required.")
        if not fields.get("Body"):
            return Refusal(status=400, code=21602, message="Message body is required.")
        if len(fields["Body"]) > LONGEST:
            return Refusal(status=400, code=21617, message="The body exceeds the 1600 character limit.")
        if fields["To"] in self.stopped:
            return Refusal(status=400, code=21610, message="Attempt to send to unsubscribed recipient")
        return None

    def _is_let_in(self, request: Request) -> bool:
        expected = base64.b64encode(self._let_in.encode()).decode()
        given = request.headers.get("authorization", "")
        return request.path_params["account"] == self.account and given == f"Basic {expected}"

    def _make(self, fields: Mapping[str, str]) -> dict[str, Any]:
        made = {
            "sid": self._new_id(),
            "status": "queued",
            "to": fields["To"],
            "from": fields.get("From"),
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "body": fields["Body"],
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "date_created": format_datetime(self._clock.now()),
        }
        self.sent.append(made)
        self._news.set()
        return made

    async def _list(self, request: Request) -> Response:
        if not self._is_let_in(request):
            return _refused(Refusal(status=401, code=20003, message="Authenticate"))
        to = request.query_params.get("To")
        found = [one for one in reversed(self.sent) if to in (None, one["to"])]
        return _json({"messages": found[: int(request.query_params.get("PageSize", "50"))]}, 200)

    async def _report(self, made: dict[str, Any], url: str) -> None:
        for status in self.statuses:
            made["status"] = status
            fields = {
                "MessageSid": made["sid"],
                "SmsSid": made["sid"],
                "MessageStatus": status,
                "SmsStatus": status,
                "To": made["to"],
                "From": made["from"] or "",
                "AccountSid": self.account,
                "ApiVersion": "2010-04-01",
            }
            await self.deliver(url, fields)

    def _new_id(self) -> str:
        self._count += 1
        return f"SM{self._count:032x}"


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _refused(refusal: Refusal) -> Response:
    body = {"code": refusal.code, "message": refusal.message, "status": refusal.status}
    answer = _json(body, refusal.status)
    answer.headers.update(refusal.headers)
    return answer
