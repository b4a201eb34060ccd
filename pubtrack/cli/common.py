"""What every command shares: the common options, the session they open, and how results are shown."""

from __future__ import annotations

import csv
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pubtrack.errors import ConfigError

if TYPE_CHECKING:
    from pubtrack.config import Settings
    from pubtrack.models import Progress, StageReport
    from pubtrack.obligations.policy import Policy
    from pubtrack.store import Store

F = TypeVar("F", bound=Callable[..., Any])

_WIDTH = 120  # of a table that goes into a file or a pipe
_PLACES = ("config/pubtrack.toml", "pubtrack.toml")


class Day(click.ParamType[date]):
    """A day as 2026-11-22."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Given what was typed, return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a day. Write it as 2026-11-22.", param, ctx)


class Session:
    """One command's configuration, database and moment, each opened when it is first asked for."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    @cached_property
    def settings(self) -> Settings:
        """The configuration, with --database laid over it."""
        from pubtrack import config

        settings = config.load(self.config_path)
        if self.options.get("database"):
            settings = settings.model_copy(update={"database": Path(self.options["database"]).absolute()})
        return settings

    @cached_property
    def config_path(self) -> Path:
        """The file that --config, PUBTRACK_CONFIG or the working folder names."""
        named = self.options.get("config") or os.environ.get("PUBTRACK_CONFIG")
        if named:
            return Path(named)
        for place in _PLACES:
            if Path(place).is_file():
                return Path(place)
        raise ConfigError(
            "No configuration here (config/pubtrack.toml). Make one with `pubtrack init`, or name it with --config FILE."
        )

    @cached_property
    def store(self) -> Store:
        """The database, migrated."""
        from pubtrack import bootstrap

        return bootstrap.store(self.settings)

    @cached_property
    def policies(self) -> list[Policy]:
        """The policies the configuration names."""
        from pubtrack import bootstrap

        return bootstrap.policies(self.settings)

    @cached_property
    def now(self) -> datetime:
        """The present moment, or noon of --as-of."""
        from pubtrack import clock

        return clock.now(self.settings.institution.timezone, self.options.get("as_of"))

    def stage(self, name: str, act: Callable[[], StageReport]) -> tuple[StageReport, int]:
        """Given a stage's name and its act, run it alone under the database's lock and in the run log."""
        from pubtrack import pipeline

        with self.store.exclusive(f"pubtrack {name}", now=self.now):
            return pipeline.run_one(self.store, name, act, now=self.now, typed=True)


def common(command: F) -> F:
    """Add --config, --database, --as-of and -v, wherever on the line they stand."""

    def keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        options = ctx.find_root().meta.setdefault("pubtrack.options", {})
        if value not in (None, 0, False):
            options[param.name] = value
        if param.name == "verbose" and value:
            level = logging.DEBUG if value > 1 else logging.INFO
            logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
            logging.getLogger("pubtrack").setLevel(level)

    for decorate in reversed(
        (
            click.option(
                "--config", metavar="FILE", expose_value=False, callback=keep, help="The configuration to use."
            ),
            click.option("--database", metavar="FILE", expose_value=False, callback=keep, help="Another database."),
            click.option(
                "--as-of", type=Day(), expose_value=False, callback=keep, help="Rehearse this day: 2026-11-22."
            ),
            click.option(
                "-v", "--verbose", count=True, expose_value=False, callback=keep, help="Say more; twice: everything."
            ),
        )
    ):
        command = decorate(command)
    return command


def session() -> Session:
    """Return this command's session."""
    root = click.get_current_context().find_root()
    if "pubtrack.session" not in root.meta:
        root.meta["pubtrack.session"] = Session(root.meta.get("pubtrack.options", {}))
    opened: Session = root.meta["pubtrack.session"]
    return opened


def lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as JSON lines."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=str))


def csv_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV; a cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, tuple, dict)) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and isinstance(value, str) else text


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table for a person."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    headed = any(columns)
    made = Table(
        title=title, box=SIMPLE_HEAD if headed else None, show_header=headed, title_justify="left", pad_edge=False
    )
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(plain(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _WIDTH
    Console(highlight=False, width=width).print(made)


def plain(value: Any) -> str:
    """Given a value from outside, return text that cannot steer a terminal: control characters are left out."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str("" if value is None else value))


def show(report: StageReport, *, as_json: bool = False) -> None:
    """Print what a stage did: its counts on one line, then notes, then files; faults go to stderr."""
    if as_json:
        lines([{"stage": report.stage, "counts": report.counts, "notes": report.notes, "files": report.files}])
    elif report.counts or not report.faults:
        click.echo(f"{report.stage}: {done(report)}")
    for note in () if as_json else report.notes:
        click.echo(f"  {plain(note)}")
    for file in () if as_json else report.files:
        click.echo(f"  wrote {shown(file)}")
    for fault in report.faults:
        click.echo(plain(fault), err=True)


def done(report: StageReport) -> str:
    """Given a report, return its counts as a phrase, without those that are nought."""
    return ", ".join(f"{number:,} {name}" for name, number in report.counts.items() if number) or "nothing new"


def shown(path: str | Path) -> str:
    """Given a path, return it as the reader would type it: relative to the working folder where that is shorter."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Bar:
    """A Progress on stderr: a bar for a person, silence for a file or a pipe."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        if not sys.stderr.isatty():
            from pubtrack.models import silent

            return silent
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(console=Console(stderr=True), transient=True)
        self._progress.start()
        return self._step

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _step(self, done: int, total: int | None, what: str) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)
