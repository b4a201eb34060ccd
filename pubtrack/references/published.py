"""The provider's own list of publications, read from its file: xlsx or csv, by content, the header row found wherever it stands.

Three layouts were seen (see rows.LAYOUTS). A fourth is read if its headers can be understood; else the message names those that
cannot. Values are kept as they stand: years that are none, URLs that are none, two projects in one cell.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineWorkbook

from pubtrack.errors import UsageError
from pubtrack.references.csl import clean
from pubtrack.references.headings import fields
from pubtrack.references.joining import PublishedRow
from pubtrack.references.rows import LAYOUTS
from pubtrack.references.writers.sheet_csv import restored

_NEEDED = ("project", "title")
_LEAST = 3  # columns that are known, so that no row of cells is taken for the header
_HEADER_WITHIN = 30  # rows; a title, a logo and a note may stand above the header
_MOST_BYTES = 100_000_000
_MOST_UNPACKED = 300_000_000  # the list itself is 2 MB unpacked
_MOST_CELLS = 20_000_000  # a stray cell in the last row and column makes a sheet of 17 thousand million
_CELL = re.compile(rb'<(?:c|row)\b[^>]*?\br="([A-Z]{0,3})(\d{1,9})"')


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A release of the list. `release` names the layout and the content: the same rows are the same release in any file."""

    release: str
    rows: tuple[PublishedRow, ...]
    unknown_headers: tuple[str, ...] = ()


def read(file: Path) -> PublishedList:
    """Given the provider's list, return its rows; rows without a title and a project are no rows.

    Raise UsageError if the file is not there or is neither xlsx nor csv, or if no header row can be understood in it.
    """
    sheets = _sheets(file)
    best: tuple[str, int, tuple[str, ...]] | None = None
    most = 0
    for name, cells in sheets:
        for place, header in enumerate(cells[:_HEADER_WITHIN]):
            found = fields(header)
            known = sum(field is not None for field in found)
            if all(needed in found for needed in _NEEDED) and known >= _LEAST:
                return _list(cells, place, found)
            if known > most:
                best, most = (name, place + 1, tuple(header)), known
    raise UsageError(_not_understood(file, best))


def _list(cells: Sequence[Sequence[str]], place: int, understood: Sequence[str | None]) -> PublishedList:
    column = {field: index for index, field in enumerate(understood) if field}
    rows = []
    for number, row in enumerate(cells[place + 1 :], start=place + 2):
        found = {field: row[index] if index < len(row) else "" for field, index in column.items()}
        if found["title"] or (found["project"] and found.get("url")):
            kept = ("project", "title", "authors", "issued", "institution", "url", "doi")
            rows.append(PublishedRow(number, **{field: found.get(field, "") for field in kept}))
    headers = {header.casefold() for header in cells[place]}
    layout = next((name for name, own in LAYOUTS.items() if {h.casefold() for h in own.values()} <= headers), "other")
    said = json.dumps([[row.project, row.title, row.authors, row.issued, row.institution, row.url] for row in rows])
    unknown = tuple(header for header, field in zip(cells[place], understood, strict=True) if header and field is None)
    return PublishedList(f"{layout}/{hashlib.sha256(said.encode()).hexdigest()[:12]}", tuple(rows), unknown)


def _not_understood(file: Path, best: tuple[str, int, tuple[str, ...]] | None) -> str:
    if best is None:
        wanted = ", ".join(LAYOUTS["2026-05"].values())
        return f"{file}: no header row was found. One row must hold the names of the columns, such as: {wanted}."
    sheet, row, header = best
    found = fields(header)
    missing = " and ".join(needed for needed in _NEEDED if needed not in found) or "enough columns that are known"
    unknown = ", ".join(f'"{cell}"' for cell, field in zip(header, found, strict=True) if cell and not field) or "none"
    place = f"{sheet}, row {row}" if sheet else f"row {row}"
    return f"{file}: {place} looks like the header, but holds no column for {missing}. Headers not known: {unknown}."


def _sheets(file: Path) -> list[tuple[str, list[list[str]]]]:
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file.")
    if file.stat().st_size > _MOST_BYTES:
        raise UsageError(f"{file}: this file is too large to be the provider's list.")
    content = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        _refuse_bombs(file, content)
    if zipfile.is_zipfile(io.BytesIO(content)) or content.startswith(b"\xd0\xcf\x11\xe0"):
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            return [
                (
                    name,
                    [
                        [_text(cell) for cell in row]
                        for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                    ],
                )
                for name in book.sheet_names
            ]
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:  # a panic in calamine's Rust is no Exception (pyo3's PanicException)
            raise UsageError(f"{file}: this workbook cannot be read: {error}.") from error
    if b"\0" in content:
        raise UsageError(f"{file}: this is neither a workbook nor csv.")
    try:
        return [("", list(_csv(content)))]
    except csv.Error as error:
        raise UsageError(f"{file}: this csv cannot be read: {error}.") from error


def _refuse_bombs(file: Path, content: bytes) -> None:
    """A few kilobytes can unpack to gigabytes, and calamine lays out the whole rectangle around the cells of a sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            left = _MOST_UNPACKED
            for part in archive.infolist():
                sheet = part.filename.startswith("xl/worksheets/")
                left -= _unpacked(file, archive, part, left, sheet=sheet)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UsageError(f"{file}: this workbook cannot be read: {error}.") from error


def _unpacked(file: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, *, sheet: bool) -> int:
    """Unpack a part, keeping nothing, and return its size; what its header says of that is not believed."""
    size = width = height = 0
    rest = b""
    with archive.open(part) as opened:
        while chunk := opened.read(1 << 20):
            size += len(chunk)
            if size > most:
                raise UsageError(
                    f"{file}: unpacked this workbook is over {_MOST_UNPACKED / 1e6:,.0f} MB: it is no list."
                )
            for column, row in _CELL.findall(rest + chunk) if sheet else ():
                width, height = max(width, _place(column)), max(height, int(row))
            rest = chunk[-200:]
    if width * height > _MOST_CELLS:
        raise UsageError(
            f"{file}: a cell stands as far away as row {height:,}, column {width:,}. Delete what stands behind the list and save it again."
        )
    return size


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv(content: bytes) -> Iterable[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # what Excel saves as csv in the Netherlands
    head = "\n".join(text.splitlines()[:_HEADER_WITHIN])
    delimiter = max(";,\t", key=head.count)
    csv.field_size_limit(10_000_000)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [restored(clean(cell)) for cell in row]


def _text(cell: object) -> str:
    """Given a cell, return it as text: 2019.0 as 2019, a date as 2026-05-01."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean(cell)
