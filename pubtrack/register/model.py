"""What passes between reading a file and saving it: sheets of cells, records, entries, and the faults met on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pubtrack.errors import InputFault
from pubtrack.models import Project

Read = TypeVar("Read")

Cell = Any  # str, int, float, bool, date, datetime, time, timedelta or None

_SHOWN = 200  # faults of one file; the rest is counted


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines of cells, each with its number in the file or sheet; empty lines are left out."""

    lines: list[tuple[int, list[Cell]]]
    name: str | None = None
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: sheets of cells (csv, xlsx) or records by name (toml, jsonl)."""

    kind: str  # csv | xlsx | toml | jsonl
    sheets: list[Sheet] = field(default_factory=list)
    records: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[InputFault] = field(default_factory=list)  # of single lines, while the others could be read


@dataclass(frozen=True, slots=True)
class Entry:
    """A project as a register has it. `carried` names the fields the register speaks of at all: on others it is silent."""

    line: int
    project: Project
    carried: frozenset[str]


@dataclass(slots=True)
class Reading:
    """What came out of a file: entries, or faults, and notes on what was decided."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[InputFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, line: int | None, name: str | None, message: str) -> None:
        """Add a fault."""
        self.faults.append(InputFault(line, name, message))

    def take(self, line: int, name: str, read: Callable[[Any], Read | None], value: Any) -> Read | None:
        """Given how to read a value, return what it says; what cannot be read becomes a fault and counts as empty."""
        try:
            return read(value)
        except ValueError as error:
            self.fault(line, name, str(error))
            return None

    def told(self) -> list[InputFault]:
        """Return the faults by line, cut off after the first hundreds with a count of the rest."""
        ordered = sorted(self.faults, key=lambda one: one.line or 0)
        rest = len(ordered) - _SHOWN
        return ordered if rest <= 0 else [*ordered[:_SHOWN], InputFault(None, None, f"... and {rest:,} more.")]
