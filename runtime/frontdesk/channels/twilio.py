"""What Twilio signs, and what its answers mean."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import orjson

from frontdesk.channels.base import ApiCall, ChannelRequest
from frontdesk.errors import BadPayload, BadSignature, ChannelRejected, ChannelUnavailable

if TYPE_CHECKING:
    import httpx

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"
FORM = "application/x-www-form-urlencoded"

MAX_FIELDS = 1_000  # of a webhook
DEFAULT_PORTS = {"https": "443", "http": "80"}

NOT_NOW = frozenset({14107, 20429, 21611, 30001, 30022, 30023, 63018})
"""Codes of a call that was not taken, and may be made again later."""
NOT_LET_IN = frozenset({20003})
"""Codes of an account that an operator can put right while the messages wait."""
WAIT_FOR_OPERATOR = 60.0  # seconds

_ASKED = re.compile(r"(?:[a-z]+://[^/?#]*)?([^?#]*)(\?[^#]+)?")  # path, query; whatever the host claims to be
_DIGITS = re.compile(r"\+?\d{6,}")


# --- signatures ----------------------------------------------------------------------------------
def verify(request: ChannelRequest, url: str, *, token: str, shared_key: str | None = None) -> None:
    """Raise BadSignature unless Twilio signed this request to this URL."""
    secret, digest = _algorithm(request, token, shared_key)
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    if not given:
        raise BadSignature(f"the header {SIGNATURE} is missing")
    url = url.partition("#")[0]
    covered = _covered(request, url)
    matches = False
    for variant in _with_and_without_port(url):
        matches |= hmac.compare_digest(given, _sign(secret, digest, variant + covered))
    if not matches:
        raise BadSignature(
            f"the header {SIGNATURE} matches neither the account's token nor the address {url}. "
            "Behind a proxy, set the channel's `public_url` to the address that Twilio calls."
        )


def sign(token: str, url: str, body: bytes = b"") -> str:
    """The signature of a form (or, without a body, of a GET) as Twilio makes it."""
    return _sign(token, "sha1", url + (_joined(form_fields(body)) if body else "")).decode()


def _sign(secret: str, digest: str, signed: str) -> bytes:
    return b64encode(hmac.new(secret.encode(), signed.encode("utf-8", "replace"), digest).digest())


def _algorithm(request: ChannelRequest, token: str, shared_key: str | None) -> tuple[str, str]:
    settings = request.headers.get(SETTINGS)
    if settings is None:
        return token, "sha1"
    named = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    if named.get("algorithm") != "HMAC_SHA256":
        raise BadSignature("the signature's algorithm is not known")
    if shared_key is None:
        raise BadSignature("signed by a shared key, and the channel has no `shared_key`")
    return shared_key, "sha256"


def _covered(request: ChannelRequest, url: str) -> str:
    """What is signed behind the URL. A JSON body is covered by its hash in the URL instead."""
    if request.method == "GET":
        return ""
    if is_form(request):
        try:
            return _joined(form_fields(request.body))
        except BadPayload as error:
            raise BadSignature(str(error)) from None
    named = dict(parse_qsl(_query(url), keep_blank_values=True)).get("bodySHA256", "")
    found = hashlib.sha256(request.body).hexdigest()
    if not hmac.compare_digest(named.encode("utf-8", "replace"), found.encode()):
        raise BadSignature("nothing in the address covers this body: `bodySHA256` is missing or another's")
    return ""


def is_form(request: ChannelRequest) -> bool:
    """Whether the body is a form; without a content type, whether it looks like one."""
    written = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return written == FORM or (not written and request.body[:1] not in (b"{", b"["))


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form in their order, empty ones too; BadPayload when there are too many."""
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise BadPayload(f"the form cannot be read: {error}") from None


def query_fields(url: str) -> list[tuple[str, str]]:
    """The fields of a URL's query."""
    return form_fields(_query(url).encode("utf-8", "replace"))


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _joined(fields: list[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in sorted(set(fields)))


def _with_and_without_port(url: str) -> list[str]:
    """The URL as it is, and with its scheme's own port added or removed: Twilio signs either."""
    scheme, slashes, rest = url.partition("://")
    port = DEFAULT_PORTS.get(scheme)
    if not slashes or port is None:
        return [url]
    size = re.match(r"[^/?]*", rest)
    place = size.end() if size is not None else 0
    host, behind = rest[:place], rest[place:]
    variants = [url]
    if host.endswith(f":{port}"):
        variants.append(f"{scheme}://{host.removesuffix(f':{port}')}{behind}")
    elif not re.search(r":\d+$", host.rpartition("@")[2]):
        variants.append(f"{scheme}://{host}:{port}{behind}")
    return variants


def public_address(public_url: str | None, url: str) -> str:
    """The URL that Twilio called, where a proxy stands between: the desk's word counts, no header's.

    A `public_url` without a path is the site's; with one, it is the webhook's own.
    """
    if public_url is None:
        return url
    public = urlsplit(public_url)
    path, query = _ASKED.match(url).groups("")  # type: ignore[union-attr]  # it matches every text
    own = path if public.path in ("", "/") else public.path
    return f"{public.scheme}://{public.netloc}{own}{query}"


# --- answers -------------------------------------------------------------------------------------
def judge(call: ApiCall, answer: httpx.Response) -> None:
    """Sort an answer of the API into the three kinds of failure, by its code where it has one."""
    from frontdesk.channels import calling

    if answer.status_code < 300:
        return
    code, said = _fault(answer)
    reason = f"Twilio said {answer.status_code} {code or ''} {said}".strip()
    if code in NOT_NOW:
        raise ChannelUnavailable(reason, retry_after=calling.retry_after(answer))
    if code in NOT_LET_IN or answer.status_code == 401:
        raise ChannelUnavailable(reason, retry_after=WAIT_FOR_OPERATOR)
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
        raise ChannelRejected(reason)
    calling.judge(call, answer)


def fields_of(answer: httpx.Response) -> dict[str, object]:
    """The object an answer holds; empty when it holds none."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _fault(answer: httpx.Response) -> tuple[int | None, str]:
    body = fields_of(answer)
    code = body.get("code")
    # A provider's sentence may name the number: logs do without.
    said = _DIGITS.sub("…", str(body.get("message", "")))[:300]
    return (code if isinstance(code, int) else None), said
