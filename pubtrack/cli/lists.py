"""references, reconcile: what goes to the provider, and what has arrived there."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal

import click

from pubtrack import clock
from pubtrack.cli.common import Bar, Session, common, lines, session, show, table
from pubtrack.cli.common import plain as cleaned
from pubtrack.cli.find import JSON

FORMAT = click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    help="xlsx, csv, text, html, docx, bibtex, biblatex, ris, csl-json, copies; several are fine.",
)
_LIST = ("name", "state", "items", "made_at", "sent_at", "how", "receipt")


@click.group(
    short_help="Compile the reference list for the provider.",
    invoke_without_command=True,
    epilog="\b\nExample:\n  pubtrack references --new -f xlsx -f bibtex\n"
    "  pubtrack references --all --project 9001 --period 2026\n  pubtrack references sent 2026-11 --receipt 'portal 4711'",
)
@click.option("--new/--all", "new", default=True, help="What no sent list holds yet (the default), or everything.")
@click.option("--project", metavar="NUMBER", help="Only this project.")
@click.option("--period", help="Only what was published in 2026, in 2026-10, or in 2026-07:2026-09.")
@click.option("--style", help="A CSL style; the configuration's by default.")
@click.option(
    "--language", type=click.Choice(["nl", "en"]), help="The list's language; the configuration's by default."
)
@click.option("--layout", help="The provider's columns: 2026-05 (the default), 2026-01 or 2023-08.")
@FORMAT
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write here instead of into reports."
)
@JSON
@common
@click.pass_context
def references(
    ctx: click.Context,
    new: bool,
    project: str | None,
    period: str | None,
    style: str | None,
    language: Literal["nl", "en"] | None,
    layout: str | None,
    formats: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Compile the reference list for the provider: what is new since the last list that was sent, or all."""
    if ctx.invoked_subcommand:
        return
    from pubtrack.references import stage

    opened = session()
    chosen: dict[str, Any] = {"formats": formats} if formats else {}
    chosen |= {"layout": layout} if layout else {}
    with Bar() as progress:
        report, code = opened.stage(
            "references",
            lambda: stage.run(
                opened.store,
                opened.settings,
                now=opened.now,
                policies=opened.policies,
                scope="new" if new else "all",
                project=project,
                period=period,
                style=style,
                language=language,
                folder=folder,
                progress=progress,
                **chosen,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


@references.command(
    "sent",
    epilog="\b\nExample:\n  pubtrack references sent 2026-11 --receipt 'portal, 22 November, no. 4711'\n"
    "  pubtrack references sent 2026-11 --send",
)
@click.argument("name", metavar="LIST")
@click.option("--receipt", help="What shows that it arrived.")
@click.option(
    "--send", is_flag=True, help="Mail it now to whom the configuration names, and close it when it has left."
)
@click.option("--copies", is_flag=True, help="The copies of the publications went along.")
@click.option("--who", default="staff", show_default=True, help="Who handed it in.")
@common
def references_sent(name: str, receipt: str | None, send: bool, copies: bool, who: str) -> None:
    """Record that LIST went to the provider, or mail it there; the next list holds only what is new since."""
    from pubtrack.references import sending

    if send and (receipt or copies):
        raise click.UsageError("With --send the mail itself is the receipt; leave --receipt and --copies out.")
    opened = session()
    if send:
        raise click.exceptions.Exit(_mail(opened, name, who))
    report, code = opened.stage(
        "references sent",
        lambda: sending.sent(
            opened.store,
            opened.settings,
            now=opened.now,
            name=name,
            receipt=receipt or "",
            who=who,
            copies=copies,
            policies=opened.policies,
        ),
    )
    show(report)
    raise click.exceptions.Exit(code)


def _mail(opened: Session, name: str, who: str) -> int:
    """Queue a list as a mail, let it leave, and close the list if it has."""
    from pubtrack import bootstrap, pipeline
    from pubtrack.references import sending
    from pubtrack.reminders import delivery

    store, settings, now = opened.store, opened.settings, opened.now
    channels = bootstrap.channels(settings)
    code = 0
    for stage, act in (
        ("references sent", lambda: sending.send(store, settings, now=now, name=name, who=who)),
        ("deliver", lambda: delivery.run(store, settings, now=now, channels=channels)),
        ("references sent", lambda: sending.settle(store)),
    ):
        report, done = opened.stage(stage, act)
        show(report)
        code = pipeline.worse(code, done)
        if code and not report.counts:
            break
    return code


@references.command(
    "show", epilog="\b\nExample:\n  pubtrack references show\n  pubtrack references show 2026-11 --json"
)
@click.argument("name", metavar="[LIST]", required=False)
@JSON
@common
def references_show(name: str | None, as_json: bool) -> None:
    """Every list that was made, or what LIST holds: what went to the provider, when, how, and with which receipt."""
    from pubtrack.references import sending
    from pubtrack.references.formatting import plain
    from pubtrack.store import references as kept

    opened = session()
    if name is None:
        rows, zone = kept.lists(opened.store), opened.now.tzinfo
        if as_json:
            lines({field: row[field] for field in _LIST} for row in rows)
            return
        table(
            None,
            ("list", "state", "references", "made", "sent", "how", "receipt"),
            [[_shown(row, field, zone) for field in _LIST] for row in rows],
        )
        return
    shown = sending.show(opened.store, now=opened.now, name=name)
    if as_json:
        lines(
            {"project": item.project_id, "work": item.work_id, "csl": item.csl, "formatted": plain(item.formatted)}
            for item in shown.references.all_items
        )
        return
    zone = opened.now.tzinfo
    table(None, ("", ""), [(field.removesuffix("_at"), _shown(shown.row, field, zone)) for field in _LIST])
    for item in shown.references.all_items:
        click.echo(cleaned(f"project {item.project_id}, work {item.work_id}: {plain(item.formatted)}"))
    for file, content_hash in shown.files.items():
        click.echo(f"{file}  sha256 {content_hash}")


def _shown(row: dict[str, Any], field: str, zone: tzinfo | None) -> Any:
    """Given a list's row, return a field as a person reads it: of a moment its day."""
    if field.endswith("_at") and row[field]:
        return clock.moment(row[field]).astimezone(zone).date().isoformat()
    return row[field]


@references.command(
    "again",
    epilog="\b\nExample:\n  pubtrack references again 2026-11 --to sent-again\n  pubtrack references again 2026-11 -f ris",
)
@click.argument("name", metavar="LIST")
@FORMAT
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write here instead of into reports."
)
@common
def references_again(name: str, formats: tuple[str, ...], folder: Path | None) -> None:
    """Write the files of LIST once more, byte for byte as they were; with -f also in another format."""
    from pubtrack.references import sending

    opened = session()
    report, code = opened.stage(
        "references again",
        lambda: sending.again(opened.store, opened.settings, now=opened.now, name=name, folder=folder, formats=formats),
    )
    show(report)
    raise click.exceptions.Exit(code)


@click.command(
    short_help="Read the provider's own list: what has arrived.",
    epilog="\b\nExample:\n  pubtrack reconcile Publicaties_microdata.xlsx",
)
@click.argument("file", type=click.Path(path_type=Path))
@JSON
@common
def reconcile(file: Path, as_json: bool) -> None:
    """Read the provider's own published list from FILE: what has arrived there, what is new to us, what is not right in it.

    What is new comes in as publications, and is held against the projects at once."""
    from pubtrack import bootstrap, pipeline
    from pubtrack.matching import stage as matching
    from pubtrack.references import reconcile as room

    opened = session()
    store, settings, now = opened.store, opened.settings, opened.now
    door = bootstrap.listed_door(store, settings, now=now)
    report, code = opened.stage("reconcile", lambda: room.run(store, settings, now=now, file=file, door=door))
    show(report, as_json=as_json)
    if report.counts.get("changed"):
        report, matched = opened.stage("match", lambda: matching.run(store, settings, now=now))
        show(report, as_json=as_json)
        code = pipeline.worse(code, matched)
    raise click.exceptions.Exit(code)


COMMANDS = (references, reconcile)
