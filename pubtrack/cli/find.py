"""register, discover, import: what comes in."""

from __future__ import annotations

from datetime import date
from functools import reduce
from pathlib import Path

import click

from pubtrack.cli.common import Bar, Day, Session, common, lines, plain, session, show
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
    """Ask the sources for what is new since the last harvest, and again for what people reported and was not found."""
    from pubtrack import bootstrap
    from pubtrack.discovery import reported, stage
    from pubtrack.pipeline import worse

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
    again, other = opened.stage(
        "reported",
        lambda: reported.run(
            opened.store, opened.settings, now=opened.now, sources=sources, fetch=bootstrap.fetch(opened.settings)
        ),
    )
    if again.counts or again.faults:
        show(again, as_json=as_json)
    raise click.exceptions.Exit(worse(code, other))


@click.command(
    "import",
    short_help="Bring in works from files, or by DOI, address or citation.",
    epilog="\b\nExample:\n  pubtrack import publications.bib --confirm 9001\n"
    "  pubtrack import --doi 10.5555/vb.2026.014 --confirm 9001 --who 'Anna van der Berg'\n"
    "  pubtrack import --citation 'Jansen, A. (2024). Debt and health. Journal of Examples, 12(3), 45-67.'",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["crossref", "oai_dc", "csl-json", "bibtex", "ris"]),
    help="Only when the content of files does not tell.",
)
@click.option("--doi", "dois", multiple=True, metavar="DOI", help="A work by its DOI; may be given several times.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="A work by the address of its page.")
@click.option("--citation", "citations", multiple=True, metavar="TEXT", help="A work as a citation in any style.")
@click.option(
    "--confirm", metavar="PROJECT", help="Also record that every one of these works is an output of this project."
)
@click.option("--who", default="staff", show_default=True, help="Who reports and confirms.")
@JSON
@common
def import_(
    files: tuple[Path, ...],
    kind: str | None,
    dois: tuple[str, ...],
    urls: tuple[str, ...],
    citations: tuple[str, ...],
    confirm: str | None,
    who: str,
    as_json: bool,
) -> None:
    """Bring in works from FILES: Crossref JSON or JSONL, OAI-PMH XML, BibTeX, RIS, CSL-JSON; also compressed with gzip.

    Or one at a time as a person names it: by DOI (asked from the sources that know it), by web address, or as a citation. What is not
    found is kept, and looked for again in every run."""
    from pubtrack.discovery import stage
    from pubtrack.pipeline import worse

    typed = [("doi", text) for text in dois] + [("url", text) for text in urls]
    typed += [("citation", text) for text in citations]
    if not files and not typed:
        raise UsageError("Nothing to import. Give files, or a work with --doi, --url or --citation.")
    opened, codes = session(), [0]
    if typed:
        codes.append(_reported(opened, typed, confirm, who, as_json=as_json))
    if files:
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
        codes.append(2 if code == 4 else code)
    raise click.exceptions.Exit(reduce(worse, codes))


def _reported(opened: Session, typed: list[tuple[str, str]], project: str | None, who: str, *, as_json: bool) -> int:
    """Take what was typed, one after the other; a wrong one is told, and the others are taken. Return the exit code."""
    from pubtrack import bootstrap
    from pubtrack.discovery import reported
    from pubtrack.models import StageReport

    sources, fetch = bootstrap.sources(opened.settings), bootstrap.fetch(opened.settings)
    sentences, wrong = [], []

    def act() -> StageReport:
        whole = StageReport("reported")
        for kind, text in typed:
            try:
                taken = reported.take(
                    opened.store,
                    opened.settings,
                    now=opened.now,
                    text=text,
                    kind=kind,
                    who=who,
                    project=project,
                    sources=sources,
                    fetch=fetch,
                )
            except UsageError as error:
                wrong.append(str(error))
                continue
            sentences.append({"typed": text, "work": taken.work_id, "became": taken.sentence})
            for name, number in taken.report.counts.items():
                whole.count(name, number)
            whole.faults += [fault for fault in taken.report.faults if fault not in whole.faults]
        return whole

    report, code = opened.stage("reported", act)
    show(report, as_json=as_json)
    if as_json:
        lines(sentences)
    for told in () if as_json else sentences:
        click.echo(f"  {plain(told['became'])}")
    for sentence in wrong:
        click.echo(plain(sentence), err=True)
    return 2 if wrong else code


COMMANDS = (register, discover, import_)
