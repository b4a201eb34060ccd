"""Files are told apart by content; one bad entry never takes the others with it; an unchanged file is not read again."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery import stage
from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.sources.file import FileSource, read
from pubtrack.errors import SourceError, UnusableRecord, UsageError
from pubtrack.store import Store, works
from tests.conftest import NOW

CROSSREF = {"DOI": "10.5555/A", "type": "journal-article", "title": ["The article"], "indexed": {"timestamp": 1}}
CSL = {"id": "berg2025", "type": "report", "title": "A report"}
RECORD = (
    "<record><header><identifier>oai:example.org:{0}</identifier></header><metadata>"
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>A thesis</dc:title></oai_dc:dc></metadata></record>"
)
ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-05-04T05:00:00Z</responseDate><request/><{1}>{0}</{1}></OAI-PMH>\n"
)
BIB = """Kept by the Example group.
% a comment with a lone } in it
@string{jex = {Journal of Examples}}
@comment{nothing}
@article{good1, title = {One}, journal = jex}
@article{open, title = {Two
@book{good2,
  title = {Three @ home}
}
@article{early, title = {Four}}, year = {2020}}
@article{good1, title = {Five}}
"""
RIS = (
    "\ufeffTY  - JOUR\nTI  - One\nID  - a\nER  - \n\nTY  - BOOK\nTI  - Two\n\nTY  - RPRT\nID  - c\nER  - \n"
    "TY  - JOUR\nTI  - Four\nID  - a"
)

Found = list[tuple[str, str, str]]


def found(path: Path, format: str | None = None) -> Found:
    """Format, id, and title or why there is none, of everything in a file."""
    rows = []
    for record in read(path, "import", format):
        try:
            said = "deleted" if record.deleted else CROSSWALKS[record.format](record.raw).title
        except UnusableRecord as error:
            said = f"({error})"
        rows.append((record.format, record.source_id, said))
    return rows


def wrote(tmp_path: Path, content: Any, name: str = "file.txt") -> Path:
    path = tmp_path / name
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


ARTICLE = ("crossref", "10.5555/a", "The article")
REPORT = ("csl-json", "file.txt#berg2025", "A report")
THESIS = ("oai_dc", "oai:example.org:1", "A thesis")

CASES: dict[str, tuple[Any, Found]] = {
    "one Crossref work": (CROSSREF, [ARTICLE]),
    "one Crossref work as the API gives it": ({"status": "ok", "message-type": "work", "message": CROSSREF}, [ARTICLE]),
    "a Crossref list": ({"status": "ok", "message": {"items": [CROSSREF]}}, [ARTICLE]),
    "an export with items": ({"items": [CROSSREF]}, [ARTICLE]),
    "an array over lines": (json.dumps([CROSSREF, CSL], indent=1), [ARTICLE, REPORT]),
    "an array in a line": ([CROSSREF], [ARTICLE]),
    "one object over lines": (json.dumps(CROSSREF, indent=1), [ARTICLE]),
    "JSON lines": (f"{json.dumps(CROSSREF)}\n\n{json.dumps(CSL)}\n", [ARTICLE, REPORT]),
    "compressed": (gzip.compress(json.dumps(CROSSREF).encode()), [ARTICLE]),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(CROSSREF).encode(), [ARTICLE]),
    "our own ids": ({"id": "dcc:7", "title": ["B"], "DOI": "10.5555/b"}, [("crossref", "dcc:7", "B")]),
    "an id that is the DOI": (CROSSREF | {"id": "https://doi.org/10.5555/A"}, [ARTICLE]),
    "CSL-JSON of Crossref origin": (CROSSREF | {"title": "The article"}, [ARTICLE]),
    "CSL-JSON": ([CSL], [REPORT]),
    "a title is missing": ({"type": "journal-article", "DOI": "10.5555/c"}, [("crossref", "10.5555/c", "(no title)")]),
    "a bad line": (
        f"{json.dumps(CROSSREF)}\n{{\n[1]\n{json.dumps(CSL)}",
        [
            ARTICLE,
            ("crossref", "file.txt, line 2", "(not JSON)"),
            ("crossref", "file.txt, line 3", "(not a JSON object)"),
            REPORT,
        ],
    ),
    "a bad first line": (f"{{]\n{json.dumps(CSL)}", [("crossref", "file.txt, line 1", "(not JSON)"), REPORT]),
    "a bad item": ([CROSSREF, 7], [ARTICLE, ("crossref", "file.txt, item 2", "(not a JSON object)")]),
    "ListRecords": (ANSWER.format(RECORD.format(1), "ListRecords"), [THESIS]),
    "GetRecord": (ANSWER.format(RECORD.format(1), "GetRecord"), [THESIS]),
    "two answers": (
        ANSWER.format(RECORD.format(1), "ListRecords") + ANSWER.format(RECORD.format(2), "ListRecords"),
        [THESIS, ("oai_dc", "oai:example.org:2", "A thesis")],
    ),
    "a bare record": (RECORD.format(1), [THESIS]),
    "records in a wrapper": (
        f"<records>{RECORD.format(1)}<record/></records>",
        [THESIS, ("oai_dc", "file.txt, record 2", "(broken XML)")],
    ),
    "one broken record": (
        ANSWER.format(RECORD.format(1).replace("A thesis", "p < 0.05") + RECORD.format(1), "ListRecords"),
        [THESIS, ("oai_dc", "file.txt, record 1 of a page", "(broken XML)")],
    ),
    "a deleted record": (
        ANSWER.format(
            '<record><header status="deleted"><identifier>oai:1</identifier></header></record>', "ListRecords"
        ),
        [("oai_dc", "oai:1", "deleted")],
    ),
    "another metadata format": (
        ANSWER.format(
            '<record><header><identifier>oai:1</identifier></header><metadata><mods xmlns="http://www.loc.gov/mods/v3"/></metadata></record>',
            "ListRecords",
        ),
        [("mods", "oai:1", "no crosswalk")],
    ),
    "BibTeX": (
        BIB,
        [
            ("bibtex", "file.txt#good1", "One"),
            ("bibtex", "file.txt#open", "(a broken BibTeX entry: a brace is not closed)"),
            ("bibtex", "file.txt#good2", "Three @ home"),
            ("bibtex", "file.txt#early", "(a broken BibTeX entry: a brace too many)"),
            ("bibtex", "file.txt#good1 (line 11)", "Five"),
        ],
    ),
    "BibTeX, entries on one line": (
        "@article{one, title={One @ home}}@misc{two, title={A {B}@book{c}}}, @Book{three, title={Three}} @misc(four, title={4})\n"
        "@misc{five, title={Five}}",
        [
            ("bibtex", "file.txt#one", "One @ home"),
            ("bibtex", "file.txt#two", "A B@bookc"),
            ("bibtex", "file.txt#three", "Three"),
            ("bibtex", "file.txt#four", "4"),
            ("bibtex", "file.txt#five", "Five"),
        ],
    ),
    "BibTeX in cp1252": ("@misc{k, title={Caf\xe9}}".encode("cp1252"), [("bibtex", "file.txt#k", "Café")]),
    "RIS": (
        RIS,
        [
            ("ris", "file.txt#a", "One"),
            ("ris", "file.txt#5e1d5f9d4a37", "Two"),
            ("ris", "file.txt#c", "(no title)"),
            ("ris", "file.txt#a (line 12)", "Four"),
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES)
def test_the_content_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any, expected: Found) -> None:
    def none(raw: bytes) -> Any:
        raise UnusableRecord("no crosswalk")

    monkeypatch.setitem(CROSSWALKS, "mods", none)
    rows = [
        (f, i, s.removeprefix("(").removesuffix(")") if s == "(no crosswalk)" else s)
        for f, i, s in found(wrote(tmp_path, content))
    ]
    summed = [(f, "SUM" if len(i.rpartition("#")[2]) == 12 else i, s) for f, i, s in rows]

    assert summed == [(f, "SUM" if len(i.rpartition("#")[2]) == 12 else i, s) for f, i, s in expected]


BROKEN: dict[str, tuple[Any, str]] = {
    "empty": (" \n", "this file is empty."),
    "another kind": (
        "%PDF-1.4",
        "the content is of no known format. Known are Crossref JSON, CSL-JSON, OAI-PMH XML, BibTeX and RIS.",
    ),
    "JSON cut off": (
        '[{"title": ["A"]},\n {"title": ["B"',
        "line 2, column 16: from here on this is no JSON (Expecting ',' delimiter).",
    ),
    "no UTF-8": (b'[{"title": "caf\xe9"}]', "this is no UTF-8 (byte 15)."),
    "XML cut off": (
        ANSWER.format(RECORD.format(1), "ListRecords")[:-20],
        "this XML is not whole.",
    ),
    "XML of another kind": ("<rss><item/></rss>", "this is XML, but not OAI-PMH: it begins with <rss>."),
    "an error": (
        ANSWER.replace("<{1}>{0}</{1}>", '<error code="noRecordsMatch"/>'),
        "this is an answer with the error noRecordsMatch, and no records.",
    ),
    "gzip cut off": (
        gzip.compress(json.dumps(CROSSREF).encode())[:-9],
        "this file cannot be read to its end: it is cut off or damaged.",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_whole_is_told_in_one_sentence(tmp_path: Path, content: Any, message: str) -> None:
    path = wrote(tmp_path, content)

    with pytest.raises(UsageError) as error:
        found(path)

    assert str(error.value) == f"{path}: {message}"


def test_a_file_that_is_not_there_and_a_format_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        found(tmp_path / "gone.json")
    assert str(error.value) == f"{tmp_path}/gone.json: this file cannot be read to its end: No such file or directory."

    with pytest.raises(UsageError) as error:
        found(tmp_path / "gone.json", "endnote")
    assert str(error.value) == (
        f"{tmp_path}/gone.json: there is no format endnote. Known are: crossref, csl-json, bibtex, ris, oai_dc."
    )


def test_a_format_can_be_said(tmp_path: Path) -> None:
    assert found(wrote(tmp_path, CSL), "crossref") == [("crossref", "berg2025", "A report")]


def test_an_unchanged_file_is_not_read_again_and_a_changed_one_is(store: Store, tmp_path: Path) -> None:
    path = wrote(tmp_path, f"{json.dumps(CROSSREF)}\n", "a.jsonl")
    source = FileSource("files", [path])

    def counts() -> dict[str, int]:
        return stage.run(store, None, now=NOW, sources=[source]).counts  # type: ignore[arg-type]

    assert counts()["new"] == 1
    assert counts() == {}
    wrote(tmp_path, f"{json.dumps(CROSSREF)}\n{json.dumps(CSL)}\n", "a.jsonl")
    again = counts()
    assert (again["new"], again["unchanged"]) == (1, 1)
    assert [work.title for work in works.every(store)] == ["The article", "A report"]
    assert source.check() == "1 file"


def test_a_file_that_moved_or_was_renamed_is_not_read_again(store: Store, tmp_path: Path) -> None:
    """Not even one whose entries are known by their keys, which hold within their file only; nor a copy of it beside it."""
    path = wrote(tmp_path, f"{BIB}@misc{{k, title={{Six}}}}\n", "2025.bib")
    stage.run(store, None, now=NOW, sources=[FileSource("files", [path])])  # type: ignore[arg-type]
    before = list(store.rows("SELECT source_id, work_id FROM sightings"))
    (tmp_path / "archive").mkdir()
    moved = path.rename(tmp_path / "archive" / "all.bib")
    source = FileSource("files", [moved, wrote(tmp_path, moved.read_bytes(), "copy.bib")])

    assert stage.run(store, None, now=NOW, sources=[source]).counts == {}  # type: ignore[arg-type]
    assert list(store.rows("SELECT source_id, work_id FROM sightings")) == before


def test_an_entry_is_known_by_its_file_name_and_not_by_where_the_file_lies(store: Store, tmp_path: Path) -> None:
    path = wrote(tmp_path, "@misc{k, title={One}}\n", "a.bib")
    stage.run(store, None, now=NOW, sources=[FileSource("files", [path])])  # type: ignore[arg-type]
    (tmp_path / "b").mkdir()
    moved = wrote(tmp_path / "b", "@misc{k, title={One}}\n@misc{l, title={Two}}\n", "a.bib")

    counts = stage.run(store, None, now=NOW, sources=[FileSource("files", [moved])]).counts  # type: ignore[arg-type]

    assert (counts["new"], counts["unchanged"]) == (1, 1)


def test_a_large_file_comes_in_pages_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"id": f"n{n}", "title": [f"Work {n}"]}) for n in range(1203))
    source = FileSource("files", [wrote(tmp_path, lines, "a.jsonl")])
    question = source.questions([], None, date(2026, 11, 16))[0]

    pages = list(source.pages(question, None))

    assert [(len(page.records), page.position) for page in pages] == [(500, "500"), (500, "1000"), (203, None)]
    assert [[r.source_id for r in page.records] for page in source.pages(question, "1000")] == [
        [f"n{n}" for n in range(1000, 1203)]
    ]


def test_a_source_says_which_file_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(SourceError) as error:
        FileSource("files", [path]).questions([], None, date(2026, 11, 16))
    assert (
        str(error.value) == f"files: {path} cannot be read: No such file or directory. Look at `files` of this source."
    )

    path.write_text("hello")
    source = FileSource("files", [path])
    for ask in (source.check, lambda: list(source.pages(source.questions([], None, date(2026, 11, 16))[0], None))):
        with pytest.raises(SourceError) as error:
            ask()
        assert str(error.value).startswith(f"files: {path}: the content is of no known format.")
