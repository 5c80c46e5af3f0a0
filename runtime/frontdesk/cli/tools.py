"""`frontdesk tools`: what agents and dialogs may call, and calling one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from frontdesk.effect import ActionDescription
    from frontdesk.effects.actions import ActionRegistry

DeskFolder = Annotated[Path, typer.Argument(metavar="[DESK]", help="the desk's folder", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("tools")(tools)


def tools(
    desk: DeskFolder = Path(),
    call: Annotated[str | None, typer.Option("--call", metavar="NAME", help="really call this one")] = None,
    given: Annotated[
        str, typer.Option("--with", metavar="JSON", help='with these arguments: \'{"order": "1042"}\'')
    ] = "{}",
    as_json: Annotated[
        bool, typer.Option("--json", help="as a model is offered them, as JSON on stdout")
    ] = False,
) -> None:
    """List the desk's tools and actions with what a model reads of them, or call one."""
    from frontdesk.effects.actions import ActionRegistry

    registry = ActionRegistry.load(desk)
    if call is not None:
        _call(registry, call, given)
    elif as_json:
        from frontdesk.agents.offers import tool_offer

        _print_json([tool_offer(one).to_json() | _facts(one) for one in registry.described.values()])
    else:
        _list(registry)


def _list(registry: ActionRegistry) -> None:
    for one in sorted(registry.described.values(), key=lambda each: each.name):
        arguments = ", ".join(
            f"{each.name}: {_type(each.schema)}{'' if each.required else ' = ...'}" for each in one.parameters
        )
        facts = "writes" if one.effect == "write" else "reads"
        facts += ", the customer confirms" if one.confirm else ""
        typer.echo(f"{one.name}({arguments})  {facts}, {one.timeout:g} s, {one.place}")
        typer.echo(
            f"    {one.about.splitlines()[0] if one.about else 'no docstring: a model knows its name only'}"
        )
    if not registry.actions:
        typer.echo("This desk has no tools yet. `frontdesk add tool NAME` makes one.", err=True)


def _call(registry: ActionRegistry, name: str, given: str) -> None:
    import asyncio

    import orjson

    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.clock import Clock
    from frontdesk.effects.tools import call_tool
    from frontdesk.errors import SettingsError

    if name not in registry.actions:
        raise SettingsError(f"there is no tool `{name}`. {nearest_hint(name, registry.names)}".strip())
    try:
        arguments = orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"--with is no JSON: {error}.") from None
    if not isinstance(arguments, dict):
        raise SettingsError('--with takes the arguments by name: \'{"order": "1042"}\'.')
    result = asyncio.run(call_tool(registry, name, arguments, clock=Clock()))
    if result.ok:
        _print_json(result.value)
        return
    typer.echo(f"{result.code}: {result.error}", err=True)
    raise typer.Exit(1)


def _facts(one: ActionDescription) -> dict[str, Any]:
    return {"effect": one.effect, "confirm": one.confirm, "timeout": one.timeout, "place": one.place}


def _type(schema: Any) -> str:
    kinds = schema.get("anyOf", [schema])
    return " or ".join(str(each.get("format") or each.get("type") or "any") for each in kinds)


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
