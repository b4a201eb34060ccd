"""scan: the register's works in a Crossref public data file."""

from __future__ import annotations

from pathlib import Path

import click

from pubtrack.cli.common import Bar, common, session, show


@click.command(
    short_help="Find the register's works in a Crossref public data file.",
    epilog="\b\nExample:\n  pubtrack scan crossref-public-data-file/ --workers 8",
)
@click.argument("dump", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as there are cores if not given.")
@click.option("--dask", metavar="ADDRESS", help="A dask.distributed scheduler (tcp://HOST:PORT) whose workers read.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@common
def scan(dump: Path, workers: int | None, dask: str | None, as_json: bool) -> None:
    """Find the register's works in DUMP: a folder of Crossref's .json.gz or .jsonl.gz files, one tar of them, or one such file.

    A file that was read before for the same register is not read again, so a stopped scan goes on where it stood. A damaged
    file is told, the others are read, and the exit code is 4."""
    from pubtrack.discovery import scan as scanning

    opened = session()
    with Bar() as progress:
        report, code = opened.stage(
            "scan",
            lambda: scanning.run(
                opened.store,
                opened.settings,
                now=opened.now,
                path=dump,
                workers=workers,
                dask=dask,
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


COMMANDS = (scan,)
