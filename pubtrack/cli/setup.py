"""init, check, backup, restore, forget: the house itself."""

from __future__ import annotations

from pathlib import Path

import click

from pubtrack.cli.common import common, lines, session, shown, table
from pubtrack.errors import UsageError


@click.command(
    short_help="Make a working configuration and an empty database.", epilog="\b\nExample:\n  pubtrack init my-dcc"
)
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(directory: Path) -> None:
    """Make a working configuration and an empty database in DIRECTORY (default: here).

    A file that is already there is left as it is."""
    from pubtrack import config, sample
    from pubtrack.store import Store

    written = sample.write(directory / "config")
    settings = config.load(directory / "config" / "pubtrack.toml")
    Store.open(settings.database).close()
    for path in written:
        click.echo(f"wrote {shown(path)}")
    click.echo(f"database {shown(settings.database)}")
    click.echo(
        "Next: put your institution into config/pubtrack.toml, your projects into config/projects.csv, then: pubtrack run"
    )


@click.command(
    short_help="Is the configuration, the database, every source in order?",
    epilog="\b\nExample:\n  pubtrack check --online",
)
@click.option("--online", is_flag=True, help="Also ask every source and channel its cheapest question.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@common
def check(online: bool, as_json: bool) -> None:
    """Check the configuration, the policies and the database; with --online every source and channel too."""
    from pubtrack import checks

    opened = session()
    results = list(checks.offline(opened.settings))
    if online:
        results += checks.online(opened.settings)
    if as_json:
        lines([{"what": result.what, "ok": result.ok, "detail": result.detail} for result in results])
    else:
        table(None, ("", "what", "found"), [("ok" if r.ok else "FAULT", r.what, r.detail) for r in results])
    bad = [result for result in results if not result.ok]
    if bad:
        raise click.exceptions.Exit(max(result.exit_code for result in bad))


@click.command(
    short_help="Copy the database, also while the service runs.",
    epilog="\b\nExample:\n  pubtrack backup backups/pubtrack-2026-11-22.db",
)
@click.argument("file", type=click.Path(path_type=Path))
@common
def backup(file: Path) -> None:
    """Write a complete copy of the database to FILE, also while the service runs."""
    if file.exists():
        raise UsageError(f"{file} is there already. Name a new file; a backup never overwrites one.")
    from pubtrack.credit import kept

    session().store.backup(file)
    click.echo(f"wrote {shown(file)}")
    folder = kept.folder_of(session().settings.database)
    if number := len(kept.files(folder)):
        click.echo(
            f"  not in it: {number:,} fetched copies in {shown(folder)}. What is missing there is fetched again."
        )


@click.command(
    short_help="Put a backup in the database's place.",
    epilog="\b\nExample:\n  pubtrack restore backups/pubtrack-2026-11-22.db",
)
@click.argument("file", type=click.Path(path_type=Path))
@common
def restore(file: Path) -> None:
    """Put the backup FILE in the database's place. What stood there is kept beside it."""
    from pubtrack import store

    kept = store.restore(file, session().settings.database, now=session().now)
    click.echo(
        f"restored {shown(session().settings.database)}" + (f"; the former one is {shown(kept)}" if kept else "")
    )


@click.command(
    short_help="Show or erase what is kept about a person.",
    epilog="\b\nExample:\n  pubtrack forget anna@example.org --yes",
)
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do it; without this only what would go is shown.")
@common
def forget(person: str, yes: bool) -> None:
    """Erase a PERSON (mail address, ORCID or number): name, addresses and the messages sent to them.

    The projects, the works and what was decided about them stay."""
    from pubtrack.store import privacy

    opened = session()
    found = privacy.find(opened.store, person)
    if found is None:
        raise UsageError(f"Nobody in the register is {person}. Give the mail address, the ORCID or the number.")
    lines([privacy.everything_about(opened.store, found)])
    if not yes:
        click.echo("Nothing is erased yet: this is what is kept. Add --yes to erase it.", err=True)
        return
    with opened.store.exclusive("pubtrack forget", now=opened.now):
        privacy.forget(opened.store, found, at=f"{opened.now:%Y-%m-%d}")
    from pubtrack.credit import kept

    click.echo("erased")
    folder = kept.folder_of(opened.settings.database)
    if kept.files(folder) or opened.settings.credit.copies:
        places = ", ".join(shown(place) for place in (folder, *opened.settings.credit.copies) if place.is_dir())
        click.echo(
            f"  copies of works stay, as the works do: {places}. If one is a manuscript of theirs, take it away there."
        )


COMMANDS = (init, check, backup, restore, forget)
