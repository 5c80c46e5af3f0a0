"""`frontdesk channel parse` and `render`: what a channel makes of a payload, and of a component."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from frontdesk.authoring.content import BotContent, Desk
    from frontdesk.channels.base import ApiCall, Channel, Parsed
    from frontdesk.components.base import Definition
    from frontdesk.messages import Inbound, Outbound

Kind = Annotated[str, typer.Argument(metavar="KIND", help="a kind of channel, like sms")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    channel = typer.Typer(
        name="channel",
        help="What a channel makes of a provider's payload, and of a component. Needs no account.",
        no_args_is_help=True,
    )
    channel.command("parse")(parse)
    channel.command("render")(render)
    app.add_typer(channel)


def parse(
    kind: Kind,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="bodies of webhooks"),
    ],
) -> None:
    """Print one JSON line for each payload: its inbound messages, receipts and what is not supported."""
    from frontdesk.channels.base import Channel

    channel = _channel(kind)
    if type(channel).parse is Channel.parse:
        raise typer.BadParameter(f"a channel of kind {kind} has no webhook", param_hint="KIND")
    for path in files:
        _print_line({"file": str(path), **parsed_lists(channel, path.read_bytes())})


def render(
    kind: Kind,
    component: Annotated[
        str, typer.Argument(metavar="COMPONENT", help="its name, BOT/NAME, or a component's YAML file")
    ],
    desk: Annotated[Path, typer.Option("--desk", metavar="D", help="the desk's folder")] = Path(),
    lang: Annotated[str | None, typer.Option("--lang", help="else the desk's first language")] = None,
    values: Annotated[
        str, typer.Option("--values", help='what the texts need, as JSON, like {"order_number": "1042"}')
    ] = "{}",
    clock: Annotated[str | None, typer.Option("--clock", help="when it is shown, like 2026-03-11")] = None,
) -> None:
    """Print one JSON line: the API calls that show a component, and what is lost."""
    from frontdesk.errors import AuthoringError

    channel = _channel(kind)
    try:
        opened, name = _desk(desk, component)
        known = _object(values)
        _print_line(rendered(channel, opened, name, language=lang, values=known, clock=clock))
    except AuthoringError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except LookupError:
        hint = f"`frontdesk where {component}` looks for it."
        typer.echo(f"There is no component {component!r}. {hint}", err=True)
        raise typer.Exit(1) from None
    except (ValueError, TypeError) as error:
        typer.echo(f"{component} cannot be shown: {error} `--values` gives what its texts need.", err=True)
        raise typer.Exit(1) from None


def parsed_lists(channel: Channel, body: bytes) -> dict[str, Any]:
    """A payload as `channel parse` prints it. Never fails, whatever the provider sent."""
    from frontdesk.channels.base import ChannelRequest, Parsed
    from frontdesk.errors import BadPayload
    from frontdesk.messages import Unsupported

    body = body.rstrip(b"\r\n")  # an editor's, not the provider's
    try:
        parsed = channel.parse(ChannelRequest(method="POST", url="", headers={}, body=body))
    except BadPayload as error:
        raw = {"error": str(error), "body": body.decode("utf-8", "replace")}
        parsed = Parsed(unsupported=[Unsupported(what="unreadable", raw=raw)])
    return as_lists(parsed)


def as_lists(parsed: Parsed) -> dict[str, Any]:
    """What a payload held, as `channel parse` prints it."""
    return {
        "inbound": [_message(one) for one in parsed.inbound],
        "receipts": [
            {
                "id": one.provider_id or "",
                "sender": one.sender,
                "text": "",
                "status": one.status,
                **_said(key=one.key, reason=one.reason),
            }
            for one in parsed.receipts
        ],
        "unsupported": [
            {"id": one.external_id, "sender": one.sender, "text": "", "what": one.what, "raw": one.raw}
            for one in parsed.unsupported
        ],
    }


def _message(one: Inbound) -> dict[str, Any]:
    reply = one.reply
    answered = _said(to=reply.to, id=reply.choose, value=reply.value) if reply is not None else {}
    kind = one.kind if one.kind != "message" else ""
    known = {**one.data, "kind": kind, "reply": answered, "sent_at": one.sent_at, "language": one.language}
    return {"id": one.external_id, "sender": one.sender, "text": one.text, **_said(**known)}


def rendered(
    channel: Channel,
    desk: Desk,
    name: str,
    *,
    language: str | None = None,
    values: dict[str, Any] | None = None,
    clock: str | None = None,
) -> dict[str, Any]:
    """A component as `channel render` prints it; LookupError when there is none of this name."""
    from dataclasses import asdict

    from frontdesk.components.base import sendable
    from frontdesk.messages import Outbound

    bot, definition = _find(desk, name)
    spoken = language or desk.languages[0]
    shown = _shown(bot, definition, desk, spoken, values or {}, clock)
    outbound = Outbound(
        id="SESSION.1",
        session="SESSION",
        channel=channel.name,
        to=_TO,
        text=shown["text"],
        component=sendable(shown),
        language=spoken,
    )
    plan = channel.plan(outbound)
    return {
        "component": definition.component,
        "kind": definition.kind,
        "channel": channel.kind,
        "form": plan.form,
        "text": plan.text,
        "losses": list(plan.losses),
        "calls": [_said(**asdict(call)) for call in _calls(channel, outbound)],
    }


_TO = "+15551234567"  # nobody's: a number set aside for examples


def _calls(channel: Channel, outbound: Outbound) -> list[ApiCall]:
    """Nothing where no provider is called: the client reads the log."""
    return channel.render(outbound) if channel.sends else []


def _find(desk: Desk, name: str) -> tuple[BotContent, Definition]:
    for bot in desk.bots.values():
        definition = bot.component(name)
        if definition is not None:
            owner = desk.bots.get(name.partition("/")[0]) if "/" in name else bot
            return owner or bot, definition
    raise LookupError(name)


def _shown(
    bot: BotContent,
    definition: Definition,
    desk: Desk,
    language: str,
    values: dict[str, Any],
    clock: str | None,
) -> dict[str, Any]:
    from datetime import datetime

    from frontdesk.authoring.expressions import ExpressionError
    from frontdesk.authoring.formats import TextContext
    from frontdesk.clock import Clock
    from frontdesk.components.base import COMPONENT_KINDS, Moment

    now = datetime.fromisoformat(clock) if clock is not None else Clock().now()
    now = now.replace(tzinfo=desk.time_zone) if now.tzinfo is None else now.astimezone(desk.time_zone)
    at = TextContext(now=now, language=language, open=lambda hours: desk.is_open(hours, now))
    known = {**dict.fromkeys(bot.slots), **values}

    def texts(authored: Any) -> str:
        return bot.text(authored, language, known, at)

    moment = Moment(language=language, today=now.date(), now=now)
    try:
        return COMPONENT_KINDS[definition.kind].show(definition, texts, values, moment)
    except ExpressionError as error:
        raise ValueError(str(error)) from None


def _channel(kind: str) -> Channel:
    from frontdesk.channels import CHANNEL_KINDS

    cls = CHANNEL_KINDS.get(kind)
    if cls is None:
        known = ", ".join(sorted(CHANNEL_KINDS))
        raise typer.BadParameter(f"there is no kind `{kind}`; there are {known}", param_hint="KIND")
    return cls(kind, cls.Config.model_validate({"kind": kind, **cls.SAMPLE}))


_LIBRARY_ONLY = b"name: Library\nlanguages: [en, fr, es]\ntime_zone: UTC\nrouting: [{else: {bot: system}}]\n"


def _desk(root: Path, component: str) -> tuple[Desk, str]:
    """The desk to look in, and the component's name in it; without a desk, the library alone."""
    import os

    from frontdesk.authoring.files import read_files
    from frontdesk.authoring.load import load

    files = read_files(root) if (root / "frontdesk.yml").is_file() else {"frontdesk.yml": _LIBRARY_ONLY}
    path = Path(component)
    if path.suffix in (".yml", ".yaml") and path.is_file():
        component = path.stem
        files = {**files, f"components/{component}.yml": path.read_bytes()}
    return load(root, os.environ, files=files), component


def _object(written: str) -> dict[str, Any]:
    import orjson

    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"this is no JSON: {error}", param_hint="--values") from None
    if not isinstance(value, dict):
        raise typer.BadParameter("an object is meant, like {}", param_hint="--values")
    return value


def _said(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


def _print_line(line: dict[str, Any]) -> None:
    import orjson

    typer.echo(orjson.dumps(line, default=str).decode())
