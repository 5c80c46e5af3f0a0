"""Text messages through Twilio; its `whatsapp:` numbers too.

A text message has no buttons: every component is numbered text here, and what is typed is read back.
The webhook and the status callbacks come to one address, `/webhooks/NAME`. Each message names itself
in its callback's address (`?message=KEY`), so a status finds its message even before the call that
sent it has returned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote, urlencode, urlsplit

import orjson
from pydantic import Field, field_validator, model_validator

from frontdesk.channels import twilio
from frontdesk.channels.base import (
    AccountConfig,
    ApiCall,
    Channel,
    ChannelRequest,
    Parsed,
    channel_kind,
)
from frontdesk.channels.keywords import keyword_of
from frontdesk.channels.segments import economical, segments, split_text
from frontdesk.components.base import Capabilities, Plan
from frontdesk.errors import BadPayload, ChannelRejected
from frontdesk.messages import ComponentReply, Inbound, Outbound, Receipt, Unsupported

if TYPE_CHECKING:
    import httpx

MAX_TEXT = 1_600  # of one call; more is refused
MAX_ADDRESS = 200  # characters
API = "https://api.twilio.com"
MESSAGE = "message"  # the query field of a status callback that names our message

STATUSES = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
"""Twilio's words for what became of a message, and ours."""
INCOMING = frozenset({"", "received", "receiving"})
EVENT = "com.twilio.messaging.message."  # what the types of JSON events about our messages begin with

BEFORE = 2.0  # seconds: Twilio's times are whole seconds, and calls take theirs
REMEMBERED = 200  # ids of messages known to be ours


class SmsConfig(AccountConfig):
    """An account of Twilio's, and the number or service that messages come from."""

    account: str = Field(description="the account's SID, AC…")
    token: str = Field(repr=False, description="the account's auth token: signs webhooks, opens the API")
    number: str | None = Field(default=None, description="the desk's number, +1…, or whatsapp:+1…")
    service: str | None = Field(default=None, description="or a messaging service's SID, MG…")
    api_key: str | None = Field(default=None, description="an API key's SID, SK…, to call with in its place")
    api_secret: str | None = Field(default=None, repr=False, description="the API key's secret")
    shared_key: str | None = Field(default=None, repr=False, description="where webhooks are signed by one")
    public_url: str | None = Field(
        default=None,
        description="the desk's address as Twilio knows it; needed behind a proxy and for statuses",
    )
    method: Literal["POST", "GET"] = Field(default="POST", description="how Twilio calls the webhook")
    in_doubt: Literal["look_up", "once", "again"] = Field(
        default="look_up", description="what to do when a call breaks: ask Twilio, give up, or send again"
    )
    still_in_doubt: Literal["once", "again"] = Field(
        default="once", description="and where Twilio cannot say: give up, or send again"
    )
    stop_words: tuple[str, ...] = Field(default=(), description="words besides STOP that end all messages")
    api: str = Field(default=API, description="where Twilio's API is; a simulator's address for trials")

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> SmsConfig:
        if (self.number is None) == (self.service is None):
            raise ValueError("write one of `number` and `service`: where messages come from")
        if (self.api_key is None) != (self.api_secret is None):
            raise ValueError("`api_key` and `api_secret` belong together")
        return self

    @field_validator("public_url", "api")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("an address like https://desk.example, without ? and #")
        return value.rstrip("/")


@channel_kind
class Sms(Channel):
    """A telephone number."""

    kind = "sms"
    can = Capabilities(max_text=MAX_TEXT)
    Config = SmsConfig
    honours_stop = True
    acknowledgement = ("<Response/>", "text/xml")
    SAMPLE: ClassVar[Mapping[str, Any]] = {
        "account": "AC00000000000000000000000000000000",
        "token": "token",
        "number": "+15005550006",
    }

    def __init__(self, name: str, config: Any) -> None:
        super().__init__(name, config)
        self.in_doubt, self.still_in_doubt = config.in_doubt, config.still_in_doubt
        if config.method == "GET":  # status callbacks are POSTs all the same
            self.methods = frozenset({"GET", "POST"})
        self._ours: deque[str] = deque(maxlen=REMEMBERED)

    # --- what comes in ---------------------------------------------------------------------------
    def verify(self, request: ChannelRequest) -> None:
        url = twilio.public_address(self.config.public_url, request.url)
        twilio.verify(request, url, token=self.config.token, shared_key=self.config.shared_key)

    def parse(self, request: ChannelRequest) -> Parsed:
        query = dict(twilio.query_fields(request.url))
        if request.method == "GET":
            return self._of_fields(query, request, "")
        key = query.get(MESSAGE, "")
        if twilio.is_form(request):
            fields: dict[str, str] = {}
            for name, value in twilio.form_fields(request.body):
                fields.setdefault(name, value)
            return self._of_fields(fields, request, key)
        try:
            body = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise BadPayload(f"the body is neither a form nor JSON: {error}") from None
        events = body if isinstance(body, list) else [body]
        return _together([self._of_json(one, request, key) for one in events])

    def _of_json(self, event: Any, request: ChannelRequest, key: str) -> Parsed:
        """One JSON event; or a webhook's fields, as JSON."""
        if not isinstance(event, dict):
            return Parsed(unsupported=[Unsupported(what=type(event).__name__, raw=event)])
        if isinstance(event.get("From"), str) or isinstance(event.get("MessageSid"), str):
            texts = {name: value for name, value in event.items() if isinstance(value, str)}
            numbers = {name: str(value) for name, value in event.items() if isinstance(value, int)}
            return self._of_fields({**numbers, **texts}, request, key)
        what, data = str(event.get("type", "")), event.get("data")
        status = STATUSES.get(what.removeprefix(EVENT)) if what.startswith(EVENT) else None
        if status is None or not isinstance(data, dict):
            return Parsed(unsupported=[Unsupported(what=what or "event", raw=event)])
        receipt = Receipt(
            key=key,
            status=status,
            provider_id=str(data.get("messageSid", "")),
            reason=str(data.get("errorCode") or ""),
            sender=str(data.get("to", "")),
        )
        return Parsed(receipts=[receipt])

    def _of_fields(self, fields: Mapping[str, str], request: ChannelRequest, key: str) -> Parsed:
        if not fields:
            raise BadPayload("the form is empty")
        number = fields.get("MessageSid") or fields.get("SmsSid") or fields.get("SmsMessageSid") or ""
        word = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
        if not word and fields.get("EventType") == "READ":
            word = "read"
        if word.lower() not in INCOMING:
            return _receipt(fields, number, word.lower(), key)
        sender = fields.get("From", "").replace("\x00", "")
        if not 0 < len(sender) <= MAX_ADDRESS or not fields.keys() & _SAYS_SOMETHING:
            return Parsed(unsupported=[Unsupported(what="event", raw=dict(fields), external_id=number)])
        number = number or request.headers.get("i-twilio-idempotency-token", "")
        return self._of_message(fields, number, sender)

    def _of_message(self, fields: Mapping[str, str], number: str, sender: str) -> Parsed:
        text = fields.get("Body", "").replace("\x00", "")
        what = _beyond_text(fields)
        unsupported = (
            [Unsupported(what=what, raw=dict(fields), sender=sender, external_id=number)] if what else []
        )
        if what and not text.strip():
            return Parsed(unsupported=unsupported)
        payload = fields.get("ButtonPayload") or fields.get("ListId")
        keyword = self._keyword(fields, sender, text)
        inbound = Inbound(
            channel=self.name,
            external_id=number,
            sender=sender,
            text=text or fields.get("ButtonText") or fields.get("ListTitle") or "",
            reply=ComponentReply(choose=payload) if payload else None,
            data={"keyword": keyword} if keyword else {},
        )
        return Parsed(inbound=[inbound], unsupported=unsupported)

    def _keyword(self, fields: Mapping[str, str], sender: str, text: str) -> str:
        told = fields.get("OptOutType", "").lower()  # Twilio's own reading, where it is asked to read
        if told in ("stop", "start", "help"):
            return told
        return keyword_of(text, by_telephone=":" not in sender, stop_words=self.config.stop_words)

    # --- what goes out ---------------------------------------------------------------------------
    def plan(self, outbound: Outbound) -> Plan:
        plan = super().plan(outbound)
        text = economical(plan.text)
        count = segments(text)
        paid = (f"{count} segments to pay for",) if count > 1 and outbound.component is not None else ()
        return replace(plan, text=text, losses=(*plan.losses, *paid))

    def render(self, outbound: Outbound) -> list[ApiCall]:
        config = self.config
        account = quote(config.account, safe="")
        url = f"{config.api}/2010-04-01/Accounts/{account}/Messages.json"
        fields = {"To": outbound.to, **self._from(outbound.to)}
        callback = self._callback(outbound.key)
        text = self.plan(outbound).text.replace("\x00", "")
        return [
            ApiCall(method="POST", url=url, form={**fields, "Body": part, **callback})
            for part in split_text(text, MAX_TEXT)
        ]

    def _from(self, to: str) -> dict[str, str]:
        if self.config.service is not None:
            return {"MessagingServiceSid": self.config.service}
        kind, colon, _ = to.rpartition(":")  # who is written to on WhatsApp is written to from there
        return {"From": f"{kind}{colon}{self.config.number.rpartition(':')[2]}"}

    def _callback(self, key: str) -> dict[str, str]:
        if self.config.public_url is None:
            return {}
        url = twilio.public_address(self.config.public_url, f"http://desk/webhooks/{self.name}")
        return {"StatusCallback": f"{url}?{urlencode({MESSAGE: key})}"}

    async def send(self, call: ApiCall, http: httpx.AsyncClient) -> Receipt:
        from frontdesk.channels.calling import post_form

        answer = await post_form(call, http, twilio.judge, auth=self._auth)
        made = twilio.fields_of(answer)
        if made.get("status") in ("failed", "undelivered", "canceled"):
            raise ChannelRejected(f"Twilio made the message and gave it up: {made.get('error_code')}")
        return self._sent(str(made.get("sid") or ""))

    @property
    def _auth(self) -> tuple[str, str]:
        config = self.config
        return (config.api_key or config.account, config.api_secret or config.token)

    def _sent(self, number: str) -> Receipt:
        if number:
            self._ours.append(number)
        return Receipt(key="", status="sent", provider_id=number or None)

    async def look_up(self, call: ApiCall, age: float, http: httpx.AsyncClient) -> bool | None:
        form = call.form or {}
        answer = await http.get(
            call.url, params={"To": form.get("To", ""), "PageSize": "50"}, auth=self._auth
        )
        twilio.judge(call, answer)
        # Twilio's own clock stands on both sides of the comparison.
        earliest = parsedate_to_datetime(answer.headers["date"]) - timedelta(seconds=age + BEFORE)
        listed: Any = twilio.fields_of(answer)["messages"]
        found = next((one for one in listed if self._is_of(one, form, earliest)), None)
        if found is not None:
            self._sent(str(found["sid"]))
        return found is not None

    def _is_of(self, listed: Mapping[str, Any], form: Mapping[str, str], earliest: datetime) -> bool:
        """Whether a listed message is the one a broken call made, and no other of the same words."""
        if listed["body"] != form.get("Body") or listed["sid"] in self._ours:
            return False
        if not str(listed.get("direction", "outbound")).startswith("outbound"):
            return False
        return parsedate_to_datetime(listed["date_created"]) >= earliest


_SAYS_SOMETHING = frozenset(
    {"Body", "NumMedia", "MediaUrl0", "Latitude", "ButtonPayload", "ListId", "MessageType", "SmsMessageSid"}
)
"""A webhook with one of these is a message; what has none is an event that we do not know."""


def _beyond_text(fields: Mapping[str, str]) -> str:
    """What a message holds besides its text, and the desk cannot read yet."""
    count = fields.get("NumMedia", "0")
    if "MediaUrl0" in fields or (count.isascii() and count.isdigit() and int(count[:4]) > 0):
        return "media"
    if fields.get("Latitude") and fields.get("Longitude"):
        return "location"
    kind = fields.get("MessageType", "text")
    return "" if kind in ("", "text", "button", "interactive") or fields.get("Body") else kind[:40]


def _receipt(fields: Mapping[str, str], number: str, word: str, key: str) -> Parsed:
    status = STATUSES.get(word)
    if status is None:
        raw = dict(fields)
        return Parsed(unsupported=[Unsupported(what=f"status {word}"[:60], raw=raw, external_id=number)])
    said = (fields.get("ErrorCode", ""), fields.get("ErrorMessage", ""))
    return Parsed(
        receipts=[
            Receipt(
                key=key,
                status=status,
                provider_id=number or None,
                reason=" ".join(one for one in said if one)[:300],
                sender=fields.get("To", "") or fields.get("ChannelToAddress", ""),
            )
        ]
    )


def _together(parts: list[Parsed]) -> Parsed:
    return Parsed(
        inbound=[one for part in parts for one in part.inbound],
        receipts=[one for part in parts for one in part.receipts],
        unsupported=[one for part in parts for one in part.unsupported],
    )
