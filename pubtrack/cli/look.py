"""explain, export: the whole story, and the whole table."""

from __future__ import annotations

import click

from pubtrack.cli.common import common, csv_lines, lines, plain, session
from pubtrack.cli.find import JSON


@click.command(
    short_help="The whole story of a work or a project.",
    epilog="\b\nExample:\n  pubtrack explain 10.5555/vb.2026.014\n  pubtrack explain 9001",
)
@click.argument("what", metavar="WORK|PROJECT")
@JSON
@common
def explain(what: str, as_json: bool) -> None:
    """Tell the whole story of a WORK (number, DOI, other identity) or a PROJECT (number): where it was seen, what was
    read, what it matches and why, what people said, what is owed."""
    from pubtrack import explain as room

    opened = session()
    story = room.story(opened.store, opened.policies, what, now=opened.now)
    if as_json:
        lines([{"what": line.what, "when": line.when, "text": line.text} for line in story])
        return
    for line in story:
        click.echo(plain(f"{line.when or '':20} {line.what:10} {line.text}").rstrip())


@click.command(
    short_help="A whole table as JSON lines or CSV.",
    epilog="\b\nExample:\n  pubtrack export duties --format csv > duties.csv",
)
@click.argument(
    "table", type=click.Choice(["matches", "findings", "works", "duties", "decisions", "projects", "letters"])
)
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@common
def export(table: str, kind: str) -> None:
    """Print a whole TABLE: matches, findings, works, duties, decisions, projects or letters, as JSON lines or CSV."""
    from pubtrack import export as room

    opened = session()
    rows = room.EXPORTS[table](opened.store, opened.settings, opened.policies, opened.now)
    if kind == "csv":
        csv_lines(rows)
    else:
        lines(rows)


COMMANDS = (explain, export)
