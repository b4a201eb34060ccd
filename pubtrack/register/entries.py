"""From a table of ours (csv, xlsx, toml, jsonl) to projects and people, with every fault of the file at once. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pubtrack.models import Person, Project
from pubtrack.register import values
from pubtrack.register.columns import OWN, Header, nearest
from pubtrack.register.model import Cell, Entry, Reading

# What a record of toml or jsonl may hold; the first two must stand.
RECORD = ("id", "title", "abstract", "datasets", "lead", "members", "institution", "started_on", "ended_on")
PERSON = ("given", "family", "email", "orcid", "slack", "language")
_LEAD = ("lead_given", "lead_prefix", "lead_family", "lead_email", "lead_orcid", "lead_slack", "lead_language")


def from_sheet(header: Header) -> Reading:
    """Given a header of our columns, return its projects, one per line."""
    reading = Reading()
    named = set(header.fields.values())
    for position, name in header.unknown.items():
        near = nearest(name, OWN)
        known = f"Did you mean {near}?" if near and near not in named else f"Known are: {', '.join(OWN)}."
        reading.fault(header.line, f"column {position + 1}", f"{name} is the name of no column. {known}")
    for position, name in header.twice.items():
        reading.fault(
            header.line, f"column {position + 1}", f"{name} says the same as another column. Keep one of the two."
        )
    for name in ("id", "title"):
        if name not in named:
            reading.fault(header.line, None, f"there is no column {name}. Every project needs one.")
    if "lead" in named and named & set(_LEAD):
        reading.fault(
            header.line,
            "lead",
            "the lead stands in one column or in several. Keep either lead or lead_family and the others.",
        )
    carried = _carried(named)
    for line, cells in header.rows():
        extra = [position for position, cell in enumerate(cells) if position not in header.fields and _filled(cell)]
        nameless = [position for position in extra if position not in header.unknown and position not in header.twice]
        if nameless:
            reading.fault(line, f"column {nameless[0] + 1}", _nameless(header, nameless[0]))
        _entry(reading, line, {name: cells[at] for at, name in header.fields.items() if at < len(cells)}, carried)
    _each_once(reading)
    return reading


def from_records(records: Iterable[tuple[int, Mapping[str, Any]]]) -> Reading:
    """Given the records of a toml or jsonl file, return their projects."""
    reading = Reading()
    for line, record in records:
        _known(reading, line, record, RECORD, "")
        _entry(reading, line, {name: record[name] for name in RECORD if name in record}, _carried(set(record)))
    _each_once(reading)
    return reading


def _carried(names: set[str]) -> frozenset[str]:
    people = {"lead"} if names & {*_LEAD, "lead"} else set()
    return frozenset((names & set(RECORD)) | people)


def _entry(reading: Reading, line: int, row: Mapping[str, Any], carried: frozenset[str]) -> None:
    number = reading.take(line, "id", values.number, row.get("id"))
    title = reading.take(line, "title", values.text, row.get("title"))
    bad = {fault.field for fault in reading.faults if fault.line == line}
    for name, value in (("id", number), ("title", title)):
        if value is None and name not in bad:
            reading.fault(line, name, "it is empty. Every project needs one.")
    started = reading.take(line, "started_on", values.day, row.get("started_on"))
    ended = reading.take(line, "ended_on", values.day, row.get("ended_on"))
    out_of_order(reading, line, started, ended)
    project = Project(
        id=number or "",
        title=title or "",
        abstract=reading.take(line, "abstract", values.long_text, row.get("abstract")),
        datasets=reading.take(line, "datasets", values.datasets, row.get("datasets")) or (),
        institution=reading.take(line, "institution", values.text, row.get("institution")),
        started_on=started,
        ended_on=ended,
        lead=_lead(reading, line, row),
        members=_members(reading, line, row.get("members")),
    )
    reading.entries.append(Entry(line, project, carried))


def out_of_order(reading: Reading, line: int, started: date | None, ended: date | None) -> None:
    """A project that ends before it starts is a fault of the end."""
    if started and ended and ended < started:
        reading.fault(line, "ended_on", f"{ended} lies before the start, {started}.")


def _lead(reading: Reading, line: int, row: Mapping[str, Any]) -> Person | None:
    if "lead" in row:
        return _person(reading, line, "lead", row["lead"])
    parts = {name.removeprefix("lead_"): row[name] for name in _LEAD if name in row and _filled(row[name])}
    if not parts:
        return None
    prefix = reading.take(line, "lead_prefix", values.text, parts.pop("prefix", None))
    person = _of_parts(reading, line, "lead_", parts)
    if person is None or prefix is None or person.family.casefold().startswith(f"{prefix.casefold()} "):
        return person
    return Person(person.given, f"{prefix} {person.family}", person.email, person.orcid, person.slack, person.language)


def _members(reading: Reading, line: int, value: Any) -> tuple[Person, ...]:
    parts: list[Any] = value if isinstance(value, list) else re.split(r"[;\n]", str(value or ""))
    people = (_person(reading, line, "members", part) for part in parts)
    return tuple(person for person in people if person is not None)


def _person(reading: Reading, line: int, name: str, value: Any) -> Person | None:
    if isinstance(value, Mapping):
        _known(reading, line, value, PERSON, f"{name}.")
        return _of_parts(reading, line, f"{name}.", {key: value[key] for key in PERSON if _filled(value.get(key))})
    if isinstance(value, list):
        reading.fault(line, name, "here stands a list. A project has one lead; the others are members.")
        return None
    return reading.take(line, name, values.person, value)


def _of_parts(reading: Reading, line: int, prefix: str, parts: Mapping[str, Any]) -> Person | None:
    if not parts:
        return None
    given = reading.take(line, f"{prefix}given", values.text, parts.get("given")) or ""
    family = reading.take(line, f"{prefix}family", values.text, parts.get("family"))
    found: dict[str, Any] = {
        key: reading.take(line, f"{prefix}{key}", read, parts.get(key))
        for key, read in (
            ("email", values.email),
            ("orcid", values.orcid),
            ("slack", values.text),
            ("language", values.language),
        )
    }
    if family is None:
        reading.fault(line, f"{prefix}family", "it is empty. A person needs a family name.")
        return None
    return Person(given, family, **found)


def _known(reading: Reading, line: int, record: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    for name in record:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
        reading.fault(line, f"{prefix}{name[:60]}", f"there is no such field. {hint}")


def _each_once(reading: Reading) -> None:
    first: dict[str, int] = {}
    for entry in reading.entries:
        if entry.project.id and first.setdefault(entry.project.id, entry.line) != entry.line:
            other = first[entry.project.id]
            reading.fault(
                entry.line, "id", f"{entry.project.id} stands on line {other} already. A project has one line."
            )


def _nameless(header: Header, position: int) -> str:
    if position >= header.width and header.sheet.separator:
        mark = "a tab" if header.sheet.separator == "\t" else header.sheet.separator
        return f'this line has more cells than there are columns. A text with {mark} in it must stand in quotes: "...".'
    return "something stands here, and the column has no name. Name the column or empty it."


def _filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
