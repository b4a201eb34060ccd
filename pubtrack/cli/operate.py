"""run, service, status: the main job, by hand or by the clock."""

from __future__ import annotations

import contextlib
import io
import shlex
from pathlib import Path

import click

from pubtrack.cli.common import Bar, common, done, lines, plain, session, show, shown, table
from pubtrack.cli.credit import DASK, WORKERS
from pubtrack.cli.find import JSON
from pubtrack.cli.tell import SEND
from pubtrack.errors import InputFault, InputFaults


@click.command(
    short_help="Every stage once: the main job.", epilog="\b\nExample:\n  pubtrack run\n  pubtrack run --send"
)
@SEND
@click.option("-q", "--quiet", is_flag=True, help="Only faults.")
@WORKERS
@DASK
@JSON
@common
def run(send: bool, quiet: bool, workers: int | None, dask: str | None, as_json: bool) -> None:
    """Run every stage once: register, discover, match, credit, references, remind, digest; with --send also deliver."""
    from pubtrack import bootstrap, pipeline, status

    opened = session()
    settings = opened.settings
    with Bar() as progress:
        result = pipeline.run(
            opened.store,
            settings,
            now=opened.now,
            policies=opened.policies,
            sources=bootstrap.sources(settings),
            fetch=bootstrap.fetch(settings),
            channels=bootstrap.channels(settings) if send else {},
            send=send,
            link=bootstrap.link(settings, now=opened.now),
            listen=bootstrap.mailbox(settings),
            cite=bootstrap.cite(opened.store, settings),
            workers=workers,
            dask=dask,
            progress=progress,
        )
    for report in result.reports:
        if as_json or (report.faults and quiet):
            show(report, as_json=as_json)
    if not as_json and not quiet:
        rows = [(report.stage, done(report), len(report.faults) or "") for report in result.reports]
        table(f"pubtrack run, {opened.now:%Y-%m-%d}", ("stage", "what was done", "faults"), rows)
        for report in result.reports:
            for note in report.notes:
                click.echo(f"{report.stage}: {plain(note)}")
            for fault in report.faults:
                click.echo(f"{report.stage}: {plain(fault)}", err=True)
        click.echo(status.sentence(opened.store, opened.policies, now=opened.now))
        files = [shown(file) for report in result.reports for file in report.files]
        if files:
            click.echo("Open:")
            for file in files:
                click.echo(f"  {file}")
    raise click.exceptions.Exit(result.exit_code)


@click.command(
    short_help="Run by the clock.",
    epilog="\b\nExample:\n  pubtrack service --send\n  pubtrack service --send --once     from cron",
)
@SEND
@click.option("--once", is_flag=True, help="Do what is due now and leave; for cron or a systemd timer.")
@common
def service(send: bool, once: bool) -> None:
    """Run by the clock: every hour ask the database what is due, and do it, one job at a time.

    After a gap the missed day is done once. Stop it with Ctrl-C or SIGTERM; nothing is lost."""
    from pubtrack import service as room

    opened = session()
    raise click.exceptions.Exit(
        room.serve(
            opened.settings, config_path=opened.config_path, database=opened.settings.database, send=send, once=once
        )
    )


@click.command(short_help="How it stands, in a few lines.", epilog="\b\nExample:\n  pubtrack status")
@JSON
@common
def status(as_json: bool) -> None:
    """How it stands: what is known, what is open, what went wrong, and when it last ran."""
    from pubtrack import status as room

    opened = session()
    rows = room.rows(opened.store, opened.policies, now=opened.now)
    if as_json:
        lines([dict(rows)])
        return
    table(None, ("", ""), rows)
    click.echo(room.sentence(opened.store, opened.policies, now=opened.now))


@click.command(
    short_help="Run a script of days and show the last.",
    epilog="\b\nExample:\n  pubtrack rehearse config/example/half-a-year.txt",
)
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common
def rehearse(script: Path) -> None:
    """Run the commands of SCRIPT, one a line, each on the day its --as-of names, and show the last.

    A line that starts with # is a comment. Use it to see what half a year would bring before the service starts."""
    from pubtrack.cli import cli

    options = session().options
    shared = [
        word for name in ("config", "database") if options.get(name) for word in (f"--{name}", str(options[name]))
    ]
    commands = _lines(script, set(cli.commands))
    code = 0
    for number, words in enumerate(commands, 1):
        last = number == len(commands)
        click.echo(f"[{number}/{len(commands)}] pubtrack {shlex.join(words)}", err=True)
        said = io.StringIO()
        try:
            with contextlib.nullcontext() if last else contextlib.redirect_stdout(said):
                answer = cli.main(args=[*shared, *words], prog_name="pubtrack", standalone_mode=False)
            code = answer if isinstance(answer, int) else 0
        except click.exceptions.Exit as leaving:
            code = leaving.exit_code
        if code not in (0, 4):
            click.echo(said.getvalue(), nl=False)
            break
    raise click.exceptions.Exit(code)


def _lines(script: Path, known: set[str]) -> list[list[str]]:
    """Given a script, return its commands as words. Raise InputFaults with every line that is no command of pubtrack."""
    commands, faults = [], []
    for number, line in enumerate(script.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            words = shlex.split(line)
        except ValueError as error:
            faults.append(InputFault(number, None, f"this line cannot be read: {error}."))
            continue
        if words[0] not in known:
            faults.append(InputFault(number, None, f"{words[0]} is no command of pubtrack."))
        commands.append(words)
    if faults:
        raise InputFaults(str(script), faults)
    return commands


COMMANDS = (run, service, status, rehearse)
