"""Files that people hand in: told apart by content, read with line numbers, refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.errors import PubtrackError
from pubtrack.register import columns, table
from pubtrack.register.stage import read

SHEET = [("id", "title", "ended_on"), ("9001", "A", "2025-03-31"), ("9002", "B; or C, D", "2025-12-31")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def workbook(*sheets: list[tuple[Any, ...]], hidden: bool = False, title: str = "") -> bytes:
    """A workbook with these sheets, below a merged title if there is one; days are cells with Excel's own dates."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    as_day = book.add_format({"num_format": "dd-mm-yyyy"})
    for lines in sheets:
        sheet = book.add_worksheet()
        if title:
            sheet.merge_range(0, 0, 0, 5, title)
        for row, cells in enumerate(lines, 3 if title else 0):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, as_day)
                elif cell is not None:
                    sheet.write(row, column, cell)
    if hidden:
        book.add_worksheet("old").write_row(0, 0, ["id", "title", "members", "datasets"])
        book.get_worksheet_by_name("old").hide()
    book.close()
    return held.getvalue()


def as_csv(separator: str) -> str:
    return "".join(separator.join(f'"{c}"' if ";" in c or "," in c else c for c in line) + "\r\n" for line in SHEET)


def cells(content: bytes, name: str = "projects.csv") -> list[tuple[int, list[Any]]]:
    Path(name).write_bytes(content)
    return table.read(Path(name)).sheets[0].lines


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_however_excel_wrote_it(separator: str, encoding: str) -> None:
    """Dutch Excel writes semicolons and a byte order mark, an older one cp1252, "Unicode text" is UTF-16 with tabs."""
    text = as_csv(separator).replace("A", "Één")

    lines = cells(text.encode(encoding))

    assert lines == [
        (1, ["id", "title", "ended_on"]),
        (2, ["9001", "Één", "2025-03-31"]),
        (3, ["9002", "B; or C, D", "2025-12-31"]),
    ]


def test_the_separator_that_excel_names_is_used() -> None:
    """A first line `sep=|` is Excel's own."""
    lines = cells(b"sep=|\r\nid|title\r\n1|a;b,c\r\n")

    assert lines == [(2, ["id", "title"]), (3, ["1", "a;b,c"])]


def test_lines_keep_their_numbers() -> None:
    """Empty lines are skipped and counted; a text over two lines stands on its first."""
    lines = cells(b'\n\nid,title\n;;,\n\n1,"a\nb"\n,,\n2,c\n')

    assert [number for number, _ in lines] == [3, 4, 6, 9]


def test_the_visible_sheets_are_read() -> None:
    """Empty rows are left out, days are days, numbers are numbers, formulas are the value Excel kept, and no more."""
    content = workbook([("id", "title"), (9001.0, "=1+1"), (None, None), (9002, date(2026, 2, 28))], hidden=True)

    Path("x").write_bytes(content)
    sheets = table.read(Path("x")).sheets

    assert [sheet.name for sheet in sheets] == ["Sheet1"]
    assert sheets[0].lines == [(1, ["id", "title"]), (2, [9001.0, 0.0]), (4, [9002.0, date(2026, 2, 28)])]


def test_the_content_says_what_a_file_is_and_the_name_nothing() -> None:
    """A workbook called .csv, a csv called .xlsx, records called .txt."""
    Path("a.csv").write_bytes(workbook(SHEET))
    Path("b.xlsx").write_text(as_csv(";"))
    Path("c.txt").write_text('{"id": "9001", "title": "A"}\n')
    Path("d.txt").write_text('\n# ours\n[[project]]\nid = 9001\ntitle = "A"\n')

    kinds = [table.read(Path(name)).kind for name in ("a.csv", "b.xlsx", "c.txt", "d.txt")]

    assert kinds == ["xlsx", "csv", "jsonl", "toml"]


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1", "title": "A"}\n\n{"id": "2", "title": "B"}\n',
        '[{"id": "1", "title": "A"},\n\n {"id": "2", "title": "B"}]\n',
        '{\n"id": "1", "title": "A"}\n{"id": "2",\n"title": "B"}',
    ],
)
def test_records_are_read_by_line_or_over_lines(text: str) -> None:
    """One on a line is the rule; a list and pretty printing are taken too."""
    Path("x.jsonl").write_text(text)

    records = table.read(Path("x.jsonl")).records

    assert records == [(1, {"id": "1", "title": "A"}), (3, {"id": "2", "title": "B"})]


def archive(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr(name, "x")
    return held.getvalue()


def test_a_file_of_the_wrong_kind_is_refused_in_one_sentence(folder: Path) -> None:
    """Each says what it is and what to do."""
    (folder / "folder").mkdir()
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    stray = workbook([("id",)] + [()] * 1_048_574 + [(None,) * 16_383 + ("x",)])

    assert refused(Path("folder")) == "folder: this is a folder. Name the file in it."
    assert refused(Path("none.csv")) == "none.csv: there is no such file."
    assert refused(b"") == "x: this file is empty."
    assert refused("\ufeff\r\n \r\n".encode()) == "x: this file is empty."
    assert (
        refused(old)
        == "x: this is an old Excel file (.xls) or one with a password. Save it as .xlsx without a password."
    )
    assert refused(b"%PDF-1.7\n") == "x: this is a PDF. Hand in the table it was made from, as csv or xlsx."
    assert refused(b"\x1f\x8b\x08") == "x: this is a compressed file (gzip). Unpack it first."
    assert refused(b"\n<!DOCTYPE html><p>Log in</p>") == (
        "x: this is a web page or XML, not a table. Hand in csv, xlsx, toml or jsonl."
    )
    assert refused(b"id\x00title") == "x: this is no text and no workbook. Hand in csv, xlsx, toml or jsonl."
    assert refused(archive("word/document.xml")) == "x: this is a Word document. Hand in csv, xlsx, toml or jsonl."
    assert refused(archive("notes.txt")) == "x: this is a zip file and no workbook. Unpack it first."
    assert refused(workbook(SHEET)[:800]) == "x: this workbook is damaged. Open it in Excel and save it again as .xlsx."
    assert (
        refused(archive("xl/workbook.xml"))
        == "x: this workbook is damaged. Open it in Excel and save it again as .xlsx."
    )
    assert refused(stray) == (
        "x: a cell stands as far away as row 1,048,576, column 16,384. Delete the empty rows and columns behind the table"
        " and save it again."
    )
    with Path("huge").open("wb") as huge:
        huge.truncate(45_000_000)
    assert refused(Path("huge")) == "huge: this file is 45 MB; a register is 30 MB at most. Is it the right file?"


def refused(what: Path | bytes) -> str:
    path = what if isinstance(what, Path) else Path("x")
    if isinstance(what, bytes):
        path.write_bytes(what)
    with pytest.raises(PubtrackError) as error:
        table.read(path)
    assert error.value.exit_code == 2
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        ('id,title\n1,"abc\n2,x\n', 'line 2: a text is opened with " and not closed.'),
        ('id,title\n1,x\n2,"abc"d\n', 'line 3: a " stands inside a text. Write it twice, as Excel does: "a ""quoted"" word".'),
        ("[[project]]\nid = 7012\ntitle = A\n", 'line 3: this value is none that TOML knows. A text stands in quotes: name = "text".'),
        ("[[projcts]]\nid = 7012\n", "line 1, projcts: there is no such table. Projects stand in [[project]]."),
        ("project = [1]\n[more]\n", "line 2, more: there is no such table. Projects stand in [[project]]."),
        ("project = [\n1]\n[[x]]\n", "line 3, x: there is no such table. Projects stand in [[project]]."),
        ('[{"id": "x"}\n', "line 1: this is no JSON from character 13 on."),
        ('[{"id": "x"}]\n]', "line 2: this is no JSON from character 1 on."),
        ('{\n  "id": "1",\n  "title": "A",\n}\n', "line 4: this is no JSON from character 1 on."),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_the_line(content: str, faults: str) -> None:
    """What could not be read from there on is not guessed."""
    assert refused(content.encode()) == f"x: 1 problem\n  {faults}"


SHAPES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [b"PK\x03\x04", b"{", b"[{", b"[[project]]\n", b"id,title\n", b"\xff\xfe", b"\xef\xbb\xbf", b"sep=;\n"]
    ).flatmap(lambda start: st.binary(max_size=200).map(lambda rest: start + rest)),
    st.text(st.sampled_from(list('id,;\t"title\r\n{}[]=:19-\u200b')), max_size=200).map(str.encode),
)


@settings(max_examples=250, deadline=None)
@given(SHAPES)
def test_any_bytes_are_a_register_or_a_clear_message(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Nothing that is handed in brings anything but a PubtrackError, which names the file."""
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(content)
    try:
        name, reading = read(path)
    except PubtrackError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
    else:
        assert name
        assert reading.entries


@settings(max_examples=60, deadline=None)
@given(st.integers(30, 2000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_never_brings_pubtrack_down(
    tmp_path_factory: pytest.TempPathFactory, at: int, noise: bytes
) -> None:
    """Bytes changed anywhere in a sound one: read, or refused in one sentence."""
    content = bytearray(SOUND)
    at %= len(content)
    content[at : at + len(noise)] = noise
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(bytes(content))
    try:
        read(path)
    except PubtrackError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017


SOUND = workbook(SHEET)


def test_the_header_is_found_below_a_title_and_in_any_dress() -> None:
    """Merged title rows, Dutch names, capitals, blanks and underscores; the line with most known names is the header."""
    Path("x").write_bytes(workbook([("Projectnummer ", "TITEL", "Start_Datum", "e-mail"), (1, "A")], title="Project"))

    found = columns.header(table.read(Path("x")).sheets, columns.OWN)

    assert found is not None
    assert (found.line, list(found.fields.values())) == (4, ["id", "title", "started_on", "lead_email"])


def test_a_column_is_suggested_only_when_it_is_near() -> None:
    """A typing error has a neighbour; another word has none."""
    assert columns.nearest("abstrac", columns.OWN) == "abstract"
    assert columns.nearest("eind datum", columns.OWN) == "ended_on"
    assert columns.nearest("opmerkingen", columns.OWN) is None
