"""references, reconcile: what goes to the provider, and what has arrived there."""

from __future__ import annotations

from pathlib import Path

import click

from pubtrack.cli.common import Bar, common, session, show
from pubtrack.cli.find import JSON


@click.group(
    short_help="Compile the reference list for the provider.",
    invoke_without_command=True,
    epilog="\b\nExample:\n  pubtrack references --new -f xlsx -f bibtex\n  pubtrack references sent 2026-11 --receipt 'portal 4711'",
)
@click.option("--new/--all", "new", default=True, help="What no sent list holds yet (the default), or everything.")
@click.option("--project", metavar="NUMBER", help="Only this project.")
@click.option("--style", help="A CSL style; the configuration's by default.")
@click.option(
    "-f", "--format", "formats", multiple=True, help="bibtex, text, html, xlsx, csv, ris, csl-json; several are fine."
)
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
    style: str | None,
    formats: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Compile the reference list for the provider: what is new since the last list that was sent, or all."""
    if ctx.invoked_subcommand:
        return
    from pubtrack.references import stage

    opened = session()
    chosen = {"formats": formats} if formats else {}
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
                style=style,
                folder=folder,
                progress=progress,
                **chosen,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


@references.command(
    "sent", epilog="\b\nExample:\n  pubtrack references sent 2026-11 --receipt 'portal, 22 November, no. 4711'"
)
@click.argument("name", metavar="LIST")
@click.option("--receipt", required=True, help="What shows that it arrived.")
@click.option("--copies", is_flag=True, help="The copies of the publications went along.")
@click.option("--who", default="staff", show_default=True, help="Who handed it in.")
@common
def references_sent(name: str, receipt: str, copies: bool, who: str) -> None:
    """Record that LIST went to the provider; the next list holds only what is new since."""
    from pubtrack.references import stage

    opened = session()
    report, code = opened.stage(
        "references sent",
        lambda: stage.sent(
            opened.store, opened.settings, now=opened.now, name=name, receipt=receipt, who=who, copies=copies
        ),
    )
    show(report)
    raise click.exceptions.Exit(2 if code == 2 else code)


@click.command(
    short_help="Read the provider's own list: what has arrived.",
    epilog="\b\nExample:\n  pubtrack reconcile Publicaties_microdata.xlsx",
)
@click.argument("file", type=click.Path(path_type=Path))
@JSON
@common
def reconcile(file: Path, as_json: bool) -> None:
    """Read the provider's own published list from FILE: what has arrived there."""
    from pubtrack.references import reconcile as room

    opened = session()
    report, code = opened.stage("reconcile", lambda: room.run(opened.store, opened.settings, now=opened.now, file=file))
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


COMMANDS = (references, reconcile)
