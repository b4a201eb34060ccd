"""Copies that people handed in: folders, each with an index.csv that says which file is a copy of which work."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pubtrack import identifiers
from pubtrack.errors import InputFault, InputFaults

INDEX = "index.csv"
_COLUMNS = ("work", "file", "version")
_VERSIONS = ("", "submitted", "accepted", "published")


@dataclass(frozen=True, slots=True)
class Handed:
    """One copy: `work` is a DOI, an identity or a source's id; `location` names the file the same on every machine."""

    work: str
    path: Path
    location: str
    version: str | None

    @property
    def stamp(self) -> str:
        """Return what changes when the file does, without reading it."""
        status = self.path.stat()
        return f"{status.st_size}-{status.st_mtime_ns}"

    def content_hash(self) -> str:
        """Return the SHA-256 of the file."""
        with self.path.open("rb") as document:
            return hashlib.file_digest(document, "sha256").hexdigest()


@dataclass(slots=True)
class HandedIn:
    """The copies of all folders, and what is wrong with their indexes: one message per index."""

    copies: list[Handed] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def handed_in(folders: Sequence[Path]) -> HandedIn:
    """Given folders, return the copies that their index.csv name.

    A line with a fault is left out and named; nothing outside a folder is taken.
    """
    result = HandedIn()
    for folder in folders:
        index = folder / INDEX
        faults: list[InputFault] = []
        try:
            rows = _rows(index.read_bytes(), faults)
        except OSError:
            result.faults.append(
                f"{index}: there is no such file. Write one with the columns work,file,version, or take the folder out of credit.copies."
            )
            continue
        for line, row in rows:
            copy = _copy(folder, line, row, faults)
            if copy is not None:
                result.copies.append(copy)
        if faults:
            result.faults.append(str(InputFaults(str(index), faults)))
    return result


def _rows(content: bytes, faults: list[InputFault]) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        table = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        faults.append(InputFault(reader.line_num, None, f"this is no CSV: {error}."))
        return []
    names = [cell.strip().lower() for cell in table[0][1]] if table else []
    missing = [name for name in _COLUMNS[:2] if name not in names]
    if missing:
        faults.append(
            InputFault(
                1, None, f"the column {' and '.join(missing)} is missing. The first line must be: {','.join(_COLUMNS)}"
            )
        )
        return []
    return [(line, dict(zip(names, (cell.strip() for cell in row), strict=False))) for line, row in table[1:]]


def _copy(folder: Path, line: int, row: dict[str, str], faults: list[InputFault]) -> Handed | None:
    work, name, version = (row.get(column, "") for column in _COLUMNS)
    path = folder / name
    if not work:
        faults.append(
            InputFault(line, "work", "it is empty. Write the work's DOI, or the id under which a source gives it.")
        )
    elif not name:
        faults.append(InputFault(line, "file", "it is empty. Write the name of a file in this folder."))
    elif "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        faults.append(InputFault(line, "file", f"{name} lies outside this folder. Put the file into it."))
    elif not path.is_file():
        faults.append(InputFault(line, "file", f"there is no file {name} in this folder."))
    elif version.lower() not in _VERSIONS:
        faults.append(InputFault(line, "version", f"{version} is none of submitted, accepted, published."))
    else:
        doi = identifiers.doi(work)
        return Handed(f"doi:{doi}" if doi else work, path, f"{folder.name}/{name}", version.lower() or None)
    return None
