"""A file a person hands in, to lines of cells or records with their line numbers. Told apart by content, never by file name."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from pubtrack.config.faults import syntax_fault
from pubtrack.config.toml_lines import key_lines
from pubtrack.errors import InputFault, InputFaults, UsageError
from pubtrack.register import columns
from pubtrack.register.model import Cell, Sheet, Table

MAX_BYTES = 30_000_000  # the provider's whole register is 1 MB; thirty times that is another file
MAX_CELLS = 20_000_000  # a stray cell in the last row and column makes a sheet of 17 thousand million

_NOT_TABLES = (  # how the files start that get handed in by mistake
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls) or one with a password. Save it as .xlsx without a password."),
    (b"%PDF", "a PDF. Hand in the table it was made from, as csv or xlsx."),
    (b"{\\rtf", "a text document (RTF). Hand in csv, xlsx, toml or jsonl."),
    (b"SQLite format 3", "a database. Hand in csv, xlsx, toml or jsonl."),
    (b"\x1f\x8b", "a compressed file (gzip). Unpack it first."),
    (b"\x89PNG", "a picture. Hand in csv, xlsx, toml or jsonl."),
    (b"\xff\xd8\xff", "a picture. Hand in csv, xlsx, toml or jsonl."),
)
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_TOML_TABLE = re.compile(r"(?m)^[ \t]*\[\[?[ \t]*[\w.\"'-]+[ \t]*\]?\][ \t]*(?:#.*)?$")
_CELL_PLACE = re.compile(rb'<(?:c|row)\b[^>]*?\br="([A-Z]{0,3})(\d{1,9})"')


def read(path: Path) -> Table:
    """Given a file, return the table in it.

    Raise UsageError, in one sentence, if it is no table at all; InputFaults, by line, if it is one and is broken.
    """
    content = read_bytes(path)
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UsageError(f"{path}: this file is empty.")
    for start, what in _NOT_TABLES:
        if content.startswith(start):
            raise UsageError(f"{path}: this is {what}")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Table("xlsx", sheets=_workbook(path, content))
    text = _text(path, content)
    opening = text.lstrip()
    if opening[:1] == "<":
        raise UsageError(f"{path}: this is a web page or XML, not a table. Hand in csv, xlsx, toml or jsonl.")
    if opening.startswith("{") or re.match(r"\[\s*\{", opening):
        return _json_table(path, text)
    toml = _toml_records(path, text)
    if toml is not None:
        return Table("toml", records=toml)
    return Table("csv", sheets=[_csv_sheet(path, text)])


def read_bytes(path: Path) -> bytes:
    """Given a path, return what the file holds. Raise UsageError if it is a folder, not there, too large or unreadable."""
    if path.is_dir():
        raise UsageError(f"{path}: this is a folder. Name the file in it.")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(
                f"{path}: this file is {size / 1e6:,.0f} MB; a register is {MAX_BYTES / 1e6:,.0f} MB at most. Is it the right file?"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise UsageError(f"{path}: this file cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _text(path: Path, content: bytes) -> str:
    """UTF-8, or what Excel writes on a Dutch Windows: cp1252, or UTF-16 for "Unicode text"."""
    encodings = [name for mark, name in _BOMS if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.removeprefix("\ufeff")
    raise UsageError(f"{path}: this is no text and no workbook. Hand in csv, xlsx, toml or jsonl.")


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_other_archives(path, archive)
            _refuse_stray_cells(path, archive)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        sheets = []
        for name in visible or book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            first = (sheet.start or (0, 0))[0] + 1
            rows = sheet.to_python(skip_empty_area=True)
            sheets.append(
                Sheet([(n, row) for n, row in enumerate(rows, first) if any(c not in ("", None) for c in row)], name)
            )
    except UsageError:
        raise
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic in calamine's Rust is no Exception (pyo3's PanicException)
        raise UsageError(f"{path}: this workbook is damaged. Open it in Excel and save it again as .xlsx.") from error
    return sheets


def _refuse_other_archives(path: Path, archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if any(name.startswith("word/") for name in names):
        raise UsageError(f"{path}: this is a Word document. Hand in csv, xlsx, toml or jsonl.")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise UsageError(f"{path}: this is a zip file and no workbook. Unpack it first.")
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > 10 * MAX_BYTES:
        raise UsageError(f"{path}: this workbook is {unpacked / 1e6:,.0f} MB when unpacked. Is it the right file?")


def _refuse_stray_cells(path: Path, archive: zipfile.ZipFile) -> None:
    """calamine lays out the whole rectangle around the cells of a sheet, so one stray cell can take all memory."""
    for name in archive.namelist():
        if not (name.startswith("xl/worksheets/") and name.endswith(".xml")):
            continue
        width = height = 0
        rest = b""
        with archive.open(name) as sheet:
            while chunk := sheet.read(1 << 20):
                for column, row in _CELL_PLACE.findall(rest + chunk):
                    width, height = max(width, _column(column)), max(height, int(row))
                rest = chunk[-200:]
        if width * height > MAX_CELLS:
            raise UsageError(
                f"{path}: a cell stands as far away as row {height:,}, column {width:,}. Delete the empty rows and columns"
                " behind the table and save it again."
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv_sheet(path: Path, text: str) -> Sheet:
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)  # Excel's own way to name the separator
    separator = named[1] if named else _separator(text)
    try:
        lines = list(_csv_lines(text, separator))
    except InputFaults as error:
        raise InputFaults(str(path), error.faults) from error
    return Sheet(lines[1:] if named else lines, separator=separator)


def _separator(text: str) -> str:
    """The right separator is the one that makes names of columns appear; in doubt the one that is used most."""

    def names(separator: str) -> tuple[int, int]:
        lines: list[tuple[int, list[Cell]]] = []
        with suppress(InputFaults):
            lines.extend(islice(_csv_lines(text, separator), columns.SEARCHED))
        found = [columns.header([Sheet(lines)], known) for known in (columns.OWN, columns.WORKBOOK)]
        return max(len(one.fields) if one else 0 for one in found), text.count(separator)

    return max(",;\t", key=names)


def _csv_lines(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error) or "field larger" in str(error):
                message = 'a text is opened with " and not closed.'
            else:
                message = 'a " stands inside a text. Write it twice, as Excel does: "a ""quoted"" word".'
            raise InputFaults("", [InputFault(line, None, message)]) from error
        if any(cell.strip() for cell in cells):
            yield line, list(cells)


def _json_table(path: Path, text: str) -> Table:
    """JSON lines; one record over many lines, or a list of them, is taken as well."""
    faults: list[InputFault] = []
    try:
        values = list(_json_values(text))
    except (ValueError, RecursionError) as error:
        values, faults = _json_by_line(text)
        over_lines = text.lstrip().startswith("[") or not any(isinstance(one, dict) for _, one in values)
        if over_lines and isinstance(error, json.JSONDecodeError):
            values = []
            faults = [InputFault(error.lineno, None, f"this is no JSON from character {error.colno} on.")]
    records = [(line, one) for line, one in values if isinstance(one, dict)]
    faults += [
        InputFault(line, None, "here stands no record. A project is written as { ... }.")
        for line, one in values
        if not isinstance(one, dict)
    ]
    if faults and not records:
        raise InputFaults(str(path), faults)
    return Table("jsonl", records=records, faults=faults)


def _json_values(text: str) -> Iterator[tuple[int, Any]]:
    decoder = json.JSONDecoder()
    gap = re.compile(r"[\s,]*")
    listed = text.lstrip().startswith("[")
    position = text.index("[") + 1 if listed else 0
    line, counted = 1, 0
    while True:
        position = gap.match(text, position).end()  # type: ignore[union-attr]
        if listed and text[position : position + 1] == "]":
            if rest := text[position + 1 :].lstrip():
                raise json.JSONDecodeError("more after the list", text, len(text) - len(rest))
            return
        if position >= len(text):
            if listed:
                raise json.JSONDecodeError("cut off", text, len(text.rstrip()))
            return
        line, counted = line + text.count("\n", counted, position), position
        value, position = decoder.raw_decode(text, position)
        yield line, value


def _json_by_line(text: str) -> tuple[list[tuple[int, Any]], list[InputFault]]:
    values, faults = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values.append((number, json.loads(line)))
        except (ValueError, RecursionError) as error:
            place = f" from character {error.pos + 1} on" if isinstance(error, json.JSONDecodeError) else ""
            faults.append(InputFault(number, None, f"this is no JSON{place}. One project stands on one line."))
    return values, faults


def _toml_records(path: Path, text: str) -> list[tuple[int, dict[str, Any]]] | None:
    """Return the projects of a TOML file, or None if it is none."""
    looks = _TOML_TABLE.search(text)
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        if not looks:
            return None
        raise InputFaults(str(path), [syntax_fault(error, text)]) from error
    except RecursionError:
        return None
    name = next((one for one in ("project", "projects") if isinstance(data.get(one), list)), None)
    others = [key for key in data if key != name]
    if name is None or others:
        lines = key_lines(text)
        faults = [
            InputFault(lines.get((key,)), key, "there is no such table. Projects stand in [[project]].")
            for key in others
        ]
        raise InputFaults(
            str(path), faults or [InputFault(None, None, "no project stands here. Write each as [[project]].")]
        )
    lines = key_lines(text)
    records = [(lines.get((name, index), 1), one) for index, one in enumerate(data[name])]
    faults = [
        InputFault(line, name, "here stands no table. Write [[project]].")
        for line, one in records
        if not isinstance(one, dict)
    ]
    if faults:
        raise InputFaults(str(path), faults)
    return records
