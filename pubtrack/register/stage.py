"""Registers into the store: read a file if its content is new, refuse it whole if it has faults, update, and say what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.errors import InputFaults, PubtrackError, UsageError
from pubtrack.models import Progress, StageReport, silent
from pubtrack.register import cbs_workbook, columns, entries, table
from pubtrack.register.model import Reading
from pubtrack.store import Store, projects, registers

# Part of every content hash: raise it when a file must be read again because it would be read differently.
_READER = "1"
_SHOWN = 20  # changed projects told in full
_NUMBERS = 200  # project numbers in one note
# A register that loses this many of its projects, and more than half, is more likely a part of itself.
_MANY_GONE = 20


class _Empty(UsageError):
    """A file with the columns of a register and no project: what `pubtrack init` writes."""


@dataclass(slots=True)
class _Release:
    """All files of one register in one run."""

    register: str
    files: list[Path] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def run(
    store: Store, settings: Settings, *, now: datetime, files: Sequence[Path] | None = None, progress: Progress = silent
) -> StageReport:
    """Given register files (None: those of the settings), bring projects and people up to date. Nothing is ever deleted.

    A file with faults is not imported at all; the faults stand in the report and the other files go on. Raise InputFaults or
    UsageError instead if a single file was asked for by name.
    """
    report = StageReport("register")
    asked = list(settings.register_.files if files is None else files)
    for name in ("new", "changed", "unchanged", "gone"):
        report.count(name, 0)
    known = {hash_: register for register, hashes in registers.imported(store).items() for hash_ in hashes}
    releases: dict[str, _Release] = {}
    fresh: set[str] = set()
    for done, path in enumerate(dict.fromkeys(asked)):
        progress(done, len(asked), path.name)
        try:
            hash_ = _hash(path)
            name, reading = (known[hash_], None) if hash_ in known else read(path)
            _add(releases, name, path, hash_, reading)
        except PubtrackError as error:
            if isinstance(error, _Empty) and files is None:
                report.notes.append(str(error))
                continue
            if files is not None and len(asked) == 1:
                raise
            report.faults.append(str(error))
            continue
        if reading is not None:
            fresh.add(name)
    for release in releases.values():
        if release.register in fresh:
            _import(store, release, report, at=stamp(now))
        else:
            report.count("unchanged", len(registers.listed(store, release.register)))
    progress(len(asked), len(asked), "")
    return report


def read(path: Path) -> tuple[str, Reading]:
    """Given a file, return the name of the register it is and what it says.

    Raise UsageError if it is no register, InputFaults with every fault and its line if it is one with faults.
    """
    found = table.read(path)
    if found.kind in ("toml", "jsonl"):
        name, reading = path.stem, entries.from_records(found.records)
    elif workbook := cbs_workbook.recognise(found.sheets):
        name, reading = cbs_workbook.NAME, cbs_workbook.read(workbook)
    elif header := columns.header(found.sheets, columns.OWN):
        name, reading = path.stem, entries.from_sheet(header)
    else:
        raise UsageError(
            f"{path}: no line in it names the columns of a register. Needed are id and title; known are: {', '.join(columns.OWN)}."
        )
    reading.faults.extend(found.faults)
    if reading.faults:
        raise InputFaults(str(path), reading.told())
    if not reading.entries:
        raise _Empty(f"{path}: it names its columns, and no project stands below them.")
    return name, reading


def _hash(path: Path) -> str:
    return f"{_READER}:{hashlib.sha256(table.read_bytes(path)).hexdigest()}"


def _add(releases: dict[str, _Release], name: str, path: Path, hash_: str, reading: Reading | None) -> None:
    release = releases.setdefault(name, _Release(name))
    if release.files and name != cbs_workbook.NAME:
        if hash_ in release.hashes:
            return
        raise UsageError(
            f"{path}: {release.files[0]} has the same name, and a register is known by it. Rename one of the two."
        )
    release.files.append(path)
    release.hashes.append(hash_)
    if reading is not None:
        release.readings.append(reading)


def _import(store: Store, release: _Release, report: StageReport, *, at: str) -> None:
    """One register, one transaction: its projects, who is gone from it, and that this content was read."""
    readings = release.readings
    if len(readings) < len(
        release.files
    ):  # one part is new, the others are as they were: together they are the release
        readings = [read(path)[1] for path in release.files]
    listed = cbs_workbook.merge(readings) if len(readings) > 1 else readings[0].entries
    with store.atomic():
        before = set(registers.listed(store, release.register))
        changes = projects.save_all(store, release.register, [(one.project, one.carried) for one in listed], at=at)
        vanished = sorted(before - {one.project.id for one in listed})
        doubted = len(vanished) >= _MANY_GONE and 2 * len(vanished) > len(before)
        if not doubted:
            registers.mark_gone(store, release.register, vanished, at=at)
        registers.record(store, release.register, release.hashes, at=at)
    report.count("new", len(changes.new))
    report.count("changed", len(changes.changed))
    report.count("unchanged", len(changes.unchanged))
    report.notes.extend(note for reading in readings for note in reading.notes)
    report.notes.extend(_told(changes))
    if changes.returned:
        report.count("returned", len(changes.returned))
        report.notes.append(f"{release.register} lists again: {_numbers(changes.returned)}.")
    if doubted:
        report.notes.append(
            f"{release.register} lacks {len(vanished):,} of the {len(before):,} projects it listed, so it may be a part of it:"
            " none is marked as gone. Register all its files in one command."
        )
    elif vanished:
        report.count("gone", len(vanished))
        report.notes.append(f"{release.register} no longer lists: {_numbers(vanished)}. They are kept.")


def _told(changes: projects.Changes) -> list[str]:
    lines = []
    for number, fields in list(changes.changed.items())[:_SHOWN]:
        lines.append(f"{number}: {'; '.join(_difference(name, *values) for name, values in fields.items())}")
    if len(changes.changed) > _SHOWN:
        lines.append(f"... and {len(changes.changed) - _SHOWN:,} more projects changed.")
    return lines


def _difference(name: str, old: Any, new: Any) -> str:
    if name == "people":
        return "other people"
    if name == "abstract":
        return "another abstract" if old and new else "an abstract" if new else "no abstract any more"
    if name == "datasets":
        gone, come = (
            [one for one in old or () if one not in (new or ())],
            [one for one in new or () if one not in (old or ())],
        )
        parts = [f"+{one}" for one in come] + [f"-{one}" for one in gone]
        return (
            f"datasets {' '.join(parts[:6])}{' ...' if len(parts) > 6 else ''}"
            if parts
            else "datasets in another order"
        )
    return f"{name} {old or 'empty'} -> {new or 'empty'}"


def _numbers(numbers: Sequence[str]) -> str:
    rest = len(numbers) - _NUMBERS
    return ", ".join(numbers[:_NUMBERS]) + (f" and {rest:,} more" if rest > 0 else "")
