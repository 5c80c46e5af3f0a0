"""`frontdesk simulate`: a provider on this machine, so that a desk is tried without an account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from frontdesk.channels.base import Channel

KINDS = ("sms",)

HOW = """Give the desk a text-message channel in frontdesk.yml:

  phone: {{kind: sms, account: {account}, token: "${{TWILIO_TOKEN:-simulated}}",
          number: "+15005550006", api: "${{TWILIO_API:-{address}}}",
          public_url: "${{TWILIO_PUBLIC_URL:-http://127.0.0.1:8000}}"}}"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="a kind of channel: sms")],
    desk: Annotated[
        Path, typer.Argument(metavar="[DESK]", help="the desk's folder", show_default=False)
    ] = Path(),
    channel: Annotated[
        str | None, typer.Option("--channel", help="its name, where the desk has several of the kind")
    ] = None,
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8100,
) -> None:
    """Serve a provider's API and a telephone on this machine; `frontdesk run` serves the desk beside it."""
    if kind not in KINDS:
        raise typer.BadParameter(f"there is a simulator of {', '.join(KINDS)}", param_hint="KIND")
    address = f"http://127.0.0.1:{port}"
    found = _channel(desk, kind, channel, address)
    problem = _why_not(found, address)
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1)
    _serve(found, port)


def _channel(desk: Path, kind: str, name: str | None, address: str) -> Channel:
    import os

    from frontdesk.app import make_channel
    from frontdesk.errors import SettingsError
    from frontdesk.testing.desks import open_desk
    from frontdesk.testing.simulators.twilio import ACCOUNT

    if not (desk / "frontdesk.yml").is_file():
        raise SettingsError(f"{desk} is no desk: it has no frontdesk.yml. `frontdesk new NAME` makes one.")
    content = open_desk(desk, os.environ, is_to_talk=False).content
    for each, model in content.channels.items():
        if model.kind == kind and name in (None, each):
            return make_channel(each, model.kind, model.language, model.fields)
    off = [f"The channel {each} is off: {why}." for each, why in content.off.items() if name in (None, each)]
    raise SettingsError("\n".join([*off, HOW.format(account=ACCOUNT, address=address)]))


def _why_not(channel: Channel, address: str) -> str:
    """Why the desk and this simulator would not meet; nothing when they do."""
    from urllib.parse import urlsplit

    config = channel.config
    if config.api != address:
        return (
            f"The channel {channel.name} calls {config.api}, and this simulator is at {address}. "
            f"Write `api: {address}`, or choose another --port."
        )
    if config.public_url is None or urlsplit(config.public_url).hostname not in ("127.0.0.1", "localhost"):
        return (
            f"Write a `public_url` of this machine for the channel {channel.name}, "
            "like http://127.0.0.1:8000: the simulator tells the desk of messages there."
        )
    return ""


def _serve(channel: Channel, port: int) -> None:
    import asyncio

    import uvicorn
    from starlette.applications import Starlette

    from frontdesk.channels import twilio
    from frontdesk.testing.simulators import page
    from frontdesk.testing.simulators.twilio import NUMBER, TwilioSimulator

    config = channel.config

    async def serve() -> None:
        simulator = TwilioSimulator(
            webhook=twilio.public_address(config.public_url, f"http://desk/webhooks/{channel.name}"),
            token=config.token,
            account=config.account,
            number=(config.number or NUMBER).rpartition(":")[2],
            key=(config.api_key, config.api_secret) if config.api_key else None,
        )
        app = Starlette(routes=[*page.routes(simulator), *simulator.routes()])
        typer.echo(f"The telephone is at http://127.0.0.1:{port}", err=True)
        typer.echo(f"It writes to the desk at {simulator.webhook}", err=True)
        try:
            await uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off")).serve()
        finally:
            await simulator.close()

    asyncio.run(serve())
