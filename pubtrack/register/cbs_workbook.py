"""The provider's own register: a sheet with one row per project and data set, grouped into projects. Pure.

Columns seen: Projectnummer, Bestandsnaam, Instelling, Onderzoek, Startdatum, Einddatum, in any order. It names no people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from pubtrack.models import Project
from pubtrack.register import values
from pubtrack.register.columns import WORKBOOK, Header, header
from pubtrack.register.entries import out_of_order
from pubtrack.register.model import Entry, Reading, Sheet

NAME = "cbs-workbook"

Value = TypeVar("Value", bound=Hashable)

_READERS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (  # field of a project, column, how the cell is read
    ("title", "title", values.text),
    ("datasets", "dataset", values.text),
    ("institution", "institution", values.text),
    ("started_on", "started_on", values.day),
    ("ended_on", "ended_on", values.day),
)
_CARRIED = frozenset(name for name, _, _ in _READERS)


def recognise(sheets: Sequence[Sheet]) -> Header | None:
    """Given the sheets of a file, return the header if this is the provider's workbook, whatever the file is called."""
    found = header(sheets, WORKBOOK)
    return found if found and found.has("id", "dataset", "title") else None


def read(found: Header) -> Reading:
    """Given its header, return one entry per project.

    Where the rows of a project disagree, the title and institution of most rows and the latest days are kept, and a note says so.
    """
    reading = Reading()
    for position, name in found.twice.items():
        reading.fault(
            found.line, f"column {position + 1}", f"{name} says the same as another column. Keep one of the two."
        )
    if found.unknown:
        reading.notes.append(f"Columns that are not read: {', '.join(found.unknown.values())}.")
    rows: dict[str, dict[str, list[Any]]] = {}
    lines: dict[str, int] = {}
    columns = {name: position for position, name in found.fields.items()}
    read_cell = _Cells(reading, columns).read
    for line, cells in found.rows():
        before = len(reading.faults)
        number = read_cell(line, cells, "id", values.number)
        if number is None:
            if len(reading.faults) == before:
                reading.fault(line, "id", "it is empty. Every row needs its project number.")
            continue
        held = rows.setdefault(number, {name: [] for name in _CARRIED})
        lines.setdefault(number, line)
        for name, column, reader in _READERS:
            value = read_cell(line, cells, column, reader)
            if value is not None:
                held[name].append(value)
    for number, held in rows.items():
        _project(reading, lines[number], number, held)
    return reading


def merge(readings: Sequence[Reading]) -> list[Entry]:
    """Given the parts of one release (projects that have ended, projects that run), return each project once.

    The last part to name a project gives its facts; the data sets of all parts are its data sets.
    """
    merged: dict[str, Entry] = {}
    for reading in readings:
        for entry in reading.entries:
            before = merged.get(entry.project.id)
            sets = (*before.project.datasets, *entry.project.datasets) if before else entry.project.datasets
            held = entry.project
            merged[held.id] = Entry(
                entry.line,
                Project(
                    held.id,
                    held.title,
                    None,
                    tuple(dict.fromkeys(sets)),
                    held.institution,
                    held.started_on,
                    held.ended_on,
                ),
                entry.carried,
            )
    return list(merged.values())


class _Cells:
    """Reads cells, each different one once: 19,648 rows hold few different values."""

    def __init__(self, reading: Reading, columns: dict[str, int]) -> None:
        self.reading = reading
        self.columns = columns
        self.known: dict[tuple[str, type, Any], Any] = {}

    def read(self, line: int, cells: Sequence[Any], column: str, reader: Callable[[Any], Any]) -> Any:
        position = self.columns.get(column, len(cells))
        raw = cells[position] if position < len(cells) else None
        key = (column, type(raw), raw)
        if key not in self.known:
            before = len(self.reading.faults)
            value = self.reading.take(line, column, reader, raw)
            if len(self.reading.faults) > before:
                return None
            self.known[key] = value
        return self.known[key]


def _project(reading: Reading, line: int, number: str, held: dict[str, list[Any]]) -> None:
    title: str | None = _most(held["title"])
    institution: str | None = _most(held["institution"])
    started: date | None = max(held["started_on"], default=None)
    ended: date | None = max(held["ended_on"], default=None)
    for name, kept in (("title", title), ("institution", institution), ("started_on", started), ("ended_on", ended)):
        different = list(dict.fromkeys(held[name]))
        if len(different) > 1:
            left = "; ".join(str(one) for one in different if one != kept)
            reading.notes.append(f"{number}: its rows disagree on {name}. Kept: {kept}. Not: {left}.")
    if title is None:
        reading.fault(line, "title", f"no row of project {number} has a title.")
        return
    out_of_order(reading, line, started, ended)
    sets = tuple(dict.fromkeys(held["datasets"]))
    reading.entries.append(
        Entry(line, Project(number, title, None, sets, institution, started, ended), _CARRIED | {"id"})
    )


def _most(held: Iterable[Value]) -> Value | None:
    """Return the most frequent; of equals the first."""
    counted = Counter(held).most_common(1)
    return counted[0][0] if counted else None
