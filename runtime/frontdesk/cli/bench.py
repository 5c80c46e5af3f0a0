"""`frontdesk bench`: measure this machine, with a raw probe of the same minute beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from frontdesk.cli.options import AtStore

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from frontdesk.bench import nlu as of_nlu
    from frontdesk.bench import rest as over_rest
    from frontdesk.bench import sockets as of_sockets
    from frontdesk.bench.turns import Measured

_M = TypeVar("_M")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    bench = typer.Typer(help="Measure, with a raw probe of the same minute beside it.", no_args_is_help=True)
    bench.command()(turns)
    bench.command()(rest)
    bench.command()(nlu)
    bench.command()(agents)
    bench.command()(sockets)
    app.add_typer(bench, name="bench")


def turns(
    desk: Annotated[
        Path, typer.Argument(help="A desk's folder, whose disk is measured.", metavar="[DESK]")
    ] = Path(),
    seconds: Annotated[float, typer.Option(help="How long each measurement takes.", min=0.2)] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
    store: AtStore = "",
) -> None:
    """Durable turns, inbox to outbox, at 1, 64 and 1,000 sessions, on a bot made for it.

    turns/s and CPU are of a closed loop: a session's next message follows its last answer. p50 and p99
    are of an open loop: messages are due 1,000 a second, or at half of what the closed loop reached if
    that is less, and each is timed from when it was due. One session alone is a closed loop throughout.
    """
    from frontdesk.bench.turns import measure, own_folder

    measured = _run(measure(own_folder(desk), store=store, seconds=seconds, tell=_tell))
    _print_json(measured.to_json()) if as_json else _show(measured)


def agents(
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
    store: AtStore = "",
) -> None:
    """Our CPU for an agent's conversation of 3 model calls, and what a session of 60 messages keeps.

    16 customers talk at once, each asks for an order and answers a form; the model answers in process with
    bytes made beforehand. What the openai SDK alone costs for the same requests is taken off. The first
    word is timed one answer after the other, from an endpoint on loopback that streams.
    """
    from frontdesk.bench.agents import measure

    measured = measure(store, tell=_tell)
    if as_json:
        _print_json(measured.to_json())
        return
    typer.echo(
        f"3 model calls, a tool and a form: {measured.our_cpu_ms:.2f} ms CPU of ours, "
        f"{measured.sdk_cpu_ms:.2f} ms of the openai SDK\n"
        f"a session of 60 messages: {measured.session_kib:.0f} KiB; "
        f"its last turns cost {measured.turn_60_over_1:.2f} times its first\n"
        f"from a model's first word to the widget: p50 {measured.first_word_p50_ms:.1f} ms, "
        f"p99 {measured.first_word_p99_ms:.1f} ms"
    )


def rest(
    desk: Annotated[
        Path, typer.Argument(help="A desk's folder, whose disk is measured.", metavar="[DESK]")
    ] = Path(),
    talk: Annotated[
        Path | None,
        typer.Option(
            help="A file of sentences, one a line: a copy of DESK itself is asked them, "
            "over its channel `rest`. Without it, the bot of `bench turns`.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each measurement takes.", min=0.2)] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
) -> None:
    """A message over the REST channel at 1, 16 and 64 senders: CPU of the server's process, and times.

    The loop is closed, over connections that stay open, from another process than the server's. After
    ten messages somebody new writes. Bare: a Starlette endpoint that reads the same JSON and answers it.
    """
    from frontdesk.bench.rest import measure
    from frontdesk.bench.serving import check_machine
    from frontdesk.bench.turns import own_folder

    check_machine()
    asked = talk.read_text(encoding="utf-8").splitlines() if talk is not None else None
    own = desk if talk is not None else None
    measured = _run(measure(own_folder(desk), desk=own, talk=asked, seconds=seconds, tell=_tell))
    _print_json(measured.to_json()) if as_json else _show_rest(measured)


def sockets(
    desk: Annotated[
        Path, typer.Argument(help="A desk's folder, whose disk is used.", metavar="[DESK]")
    ] = Path(),
    count: Annotated[
        list[int] | None,
        typer.Option(
            min=10,
            help="How many; several times if wanted. Default: 1,000 and 10,000.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long one talks.", min=0.2)] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
) -> None:
    """Memory of an idle open session and of an open web socket, and one who talks beside a thousand.

    The desk serves in a process of its own, and the visitors connect from another. p50 and p99 are from a
    message sent until its answer is in another tab of the same visitor, one message after the other.
    """
    from frontdesk.bench.serving import check_machine
    from frontdesk.bench.sockets import COUNTS, measure
    from frontdesk.bench.turns import own_folder

    check_machine()
    counts = count or COUNTS
    measured = _run(measure(own_folder(desk), counts=counts, seconds=seconds, tell=_tell))
    _print_json(measured.to_json()) if as_json else _show_sockets(measured)


def nlu(
    train: Annotated[
        Path | None,
        typer.Option("--train", metavar="F", help='JSONL rows {"text","intent"}; without it, made-up sets'),
    ] = None,
    test: Annotated[
        Path | None, typer.Option("--test", metavar="F", help="rows that are asked; needed with --train")
    ] = None,
    rows: Annotated[
        list[int] | None,
        typer.Option("--rows", min=2, help="Examples of a made-up set; can be given several times."),
    ] = None,
    embeddings: Annotated[bool, typer.Option("--embeddings", help="read meanings, too")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
) -> None:
    """Understanding one message, with and without scope: thread CPU, beside a raw NumPy probe.

    The probe gathers one sentence's rows from weights of the model's size and multiplies them.
    """
    if (train is None) != (test is None) or (train is not None and rows):
        raise typer.BadParameter("give --train with --test, or --rows for made-up sets, or nothing.")
    from frontdesk.authoring.training import use_one_thread
    from frontdesk.nlu.encoder import required_encoder

    use_one_thread()
    from frontdesk.bench.nlu import SIZES, made_up, measure
    from frontdesk.testing.understanding import read_rows

    encoder = required_encoder() if embeddings else None
    if train is not None and test is not None:
        sets = [(read_rows(train), read_rows(test))]
    else:
        sizes = [(one, max(2, min(77, one // 6))) for one in rows] if rows else SIZES
        sets = [made_up(*size) for size in sizes]
    measured = measure(sets, encoder, _tell)
    _print_json(measured.to_json()) if as_json else _show_nlu(measured)


def _tell(what: str) -> None:
    typer.echo(f"measuring {what} ...", err=True)


def _run(measuring: Coroutine[Any, Any, _M]) -> _M:
    import asyncio

    try:
        import uvloop
    except ImportError:
        return asyncio.run(measuring)
    return uvloop.run(measuring)


def _print_json(measured: dict[str, Any]) -> None:
    import orjson

    typer.echo(orjson.dumps(measured, option=orjson.OPT_INDENT_2).decode())


def _show(measured: Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"durable turns on {measured.file_system}, "
        f"journal {measured.journal_mode}, synchronous {measured.synchronous}"
    )
    for name in (
        "sessions",
        "turns/s",
        "p50 ms",
        "p99 ms",
        "CPU ms/turn",
        "fsync p50 ms",
        "raw probe turns/s",
    ):
        table.add_column(name, justify="right")
    for row in measured.rows:
        table.add_row(
            f"{row.sessions:,}",
            f"{row.turns_per_s:,.0f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            f"{row.cpu_ms_per_turn:.3f}",
            f"{row.fsync_p50_ms:.2f}",
            f"{row.probe_turns_per_s:,.0f}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"message 300 of a session costs {measured.message_300_over_3:.2f} times what message 3 does"
    )


def _show_rest(measured: over_rest.Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"messages over REST, fsync {measured.fsync_p50_ms:.2f} ms on {measured.file_system}")
    for name in ("senders", "messages/s", "p50 ms", "p99 ms", "CPU ms/message", "bare CPU ms"):
        table.add_column(name, justify="right")
    for row in measured.rows:
        table.add_row(
            str(row.senders),
            f"{row.messages_per_s:,.0f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            f"{row.cpu_ms_per_message:.3f}",
            f"{row.bare_cpu_ms:.3f}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"start to first answer {measured.start_s:.2f} s ({measured.start_cpu_s:.2f} s of CPU); "
        f"memory {measured.rss_start_mb:.0f} MB then, {measured.rss_mb:.0f} MB in the end"
    )


def _show_sockets(measured: of_sockets.Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="memory of a serving process")
    for name in ("open", "KB each idle session", "KB each socket"):
        table.add_column(name, justify="right")
    for row in measured.rows:
        table.add_row(f"{row.count:,}", f"{row.kb_per_session:.1f}", f"{row.kb_per_socket:.1f}")
    console = Console()
    console.print(table)
    console.print(f"{measured.rss_start_mb:.0f} MB before, {measured.rss_mb:.0f} MB with all of them open")
    for talk in measured.talks:
        console.print(
            f"one who talks beside {talk.idle:,} idle sockets: {talk.messages_per_s:.0f} messages/s, "
            f"p50 {talk.p50_ms:.1f} ms, p99 {talk.p99_ms:.1f} ms"
        )


def _show_nlu(measured: of_nlu.Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = measured.rows
    table = Table(
        "CPU of one message, microseconds", title=f"understood by {measured.encoder or 'words alone'}"
    )
    for row in rows:
        table.add_column(f"{row.examples:,} examples\n{row.intents} intents", justify="right")
    table.add_row(
        "the intent, p50 / p99", *(f"{r.intent_p50_us:,.0f} / {r.intent_p99_us:,.0f}" for r in rows)
    )
    table.add_row("and its scope", *(f"{r.scope_p50_us:,.0f} / {r.scope_p99_us:,.0f}" for r in rows))
    table.add_row("raw probe", *(f"{r.probe_p50_us:.0f}" for r in rows))
    if measured.encoder is not None:
        table.add_row("of it reading, p50", *(f"{r.encode_p50_us:,.0f}" for r in rows))
        table.add_row("reading sixteen at once, each", *(f"{r.encode_together_us:,.0f}" for r in rows))
    table.add_section()
    table.add_row("training, s of CPU", *(f"{r.train_cpu_s:.2f}" for r in rows))
    table.add_row("and cross-validation", *(f"{r.validation_cpu_s:.2f}" for r in rows))
    table.add_row("model, MB", *(f"{r.model_mb:.1f}" for r in rows))
    table.add_row(
        "a process with it, MB", *("-" if r.memory_mb is None else f"{r.memory_mb:.0f}" for r in rows)
    )
    table.add_row("right answers", *(f"{r.accuracy:.1%}" for r in rows))
    Console().print(table)
