"""register, discover, import: what comes in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from pubtrack.cli.common import Bar, Day, common, session, show
from pubtrack.errors import UsageError

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="JSON lines.")


@click.command(
    short_help="Read projects and people from files.",
    epilog="\b\nExample:\n  pubtrack register projects.csv Projecten_met_bestanden.xlsx",
)
@FILES
@JSON
@common
def register(files: tuple[Path, ...], as_json: bool) -> None:
    """Read projects and people from FILES: csv, xlsx, toml, jsonl or the CBS projects workbook, told apart by content.

    Importing again updates and says what changed; nothing is deleted."""
    from pubtrack.register import stage

    opened = session()
    with Bar() as progress:
        report, code = opened.stage(
            "register", lambda: stage.run(opened.store, opened.settings, now=opened.now, files=files, progress=progress)
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(2 if code == 4 else code)  # a faulty file here is the caller's, not a source's


@click.command(
    short_help="Ask the sources for what is new.",
    epilog="\b\nExample:\n  pubtrack discover --source crossref --since 2026-10-01",
)
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--since", type=Day(), help="From this day on, whatever was harvested before.")
@click.option("--until", type=Day(), help="Up to this day.")
@JSON
@common
def discover(source: str | None, since: date | None, until: date | None, as_json: bool) -> None:
    """Ask the sources for what is new since the last harvest."""
    from pubtrack import bootstrap
    from pubtrack.discovery import stage

    if since and until and until < since:
        raise UsageError(f"--until {until} comes before --since {since}.")
    opened = session()
    sources = bootstrap.sources(opened.settings, only=source)
    with Bar() as progress:
        report, code = opened.stage(
            "discover",
            lambda: stage.run(
                opened.store,
                opened.settings,
                now=opened.now,
                sources=sources,
                since=since,
                until=until,
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


@click.command(
    "import",
    short_help="Bring in works from files.",
    epilog="\b\nExample:\n  pubtrack import publications.bib --confirm 9001",
)
@FILES
@click.option(
    "--format",
    "kind",
    type=click.Choice(["crossref", "oai_dc", "csl-json", "bibtex", "ris"]),
    help="Only when the content does not tell.",
)
@click.option(
    "--confirm", metavar="PROJECT", help="Also record that every work in the files is an output of this project."
)
@click.option("--who", default="staff", show_default=True, help="Who confirms.")
@JSON
@common
def import_(files: tuple[Path, ...], kind: str | None, confirm: str | None, who: str, as_json: bool) -> None:
    """Bring in works from FILES: Crossref JSON or JSONL, OAI-PMH XML, BibTeX, RIS, CSL-JSON; also compressed with gzip."""
    from pubtrack.discovery import stage

    opened = session()
    with Bar() as progress:
        report, code = opened.stage(
            "import",
            lambda: stage.import_files(
                opened.store,
                opened.settings,
                now=opened.now,
                files=files,
                format=kind,
                confirm=confirm,
                who=who,
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(2 if code == 4 else code)


COMMANDS = (register, discover, import_)
