"""Reading each format back, with libraries that did not write it, and what then differs from what was meant."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path
from typing import Any

import docx
from lxml import etree
from pybtex.database import BibliographyData, Person
from python_calamine import CalamineWorkbook

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.errors import UnusableRecord
from pubtrack.models import Csl
from pubtrack.references.csl import citation_key, content_hash, date_text, ready, whole_family, year
from pubtrack.references.formatting import Formatter, plain, plain_line
from pubtrack.references.lists import Item, ReferenceList
from pubtrack.references.rows import EXTRA, LAYOUTS, NEWEST, row
from pubtrack.references.writers.sheet_csv import restored

HEADERS = list((LAYOUTS[NEWEST] | EXTRA).values())

_UNDO = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
} | {f"\\{letter}": letter for letter in "&%$#_"}
_UNDO_ANY = re.compile("|".join(re.escape(written) for written in sorted(_UNDO, key=len, reverse=True)))


def untex(text: str) -> str:
    """Given a field as pybtex reads it, return the text: escapes undone, protecting braces taken away."""
    parts = []
    last = 0
    for match in _UNDO_ANY.finditer(text):
        parts += [text[last : match.start()].replace("{", "").replace("}", ""), _UNDO[match.group()]]
        last = match.end()
    return "".join([*parts, text[last:].replace("{", "").replace("}", "")])


def bib_person(person: Person) -> tuple[str, str, str]:
    family = " ".join([*person.prelast_names, *person.last_names])
    return (
        untex(family),
        untex(" ".join(person.lineage_names)),
        untex(" ".join([*person.first_names, *person.middle_names])),
    )


def csl_person(name: dict[str, str]) -> tuple[str, str, str]:
    if "literal" in name:
        return name["literal"], "", ""
    given_ = " ".join(part for part in (name.get("given"), name.get("dropping-particle")) if part)
    return whole_family(name), name.get("suffix", ""), given_


def percent(text: str) -> str:
    return re.sub(r"[{}\\^]", lambda match: f"%{ord(match.group()):02X}", text)


def differences_in_bibtex(csl: Csl, data: BibliographyData) -> list[str]:
    """Return the names of what does not read back from BibTeX as it was."""
    entry = data.entries[csl["id"]]
    fields = entry.fields
    container = fields.get("journal") or fields.get("booktitle") or fields.get("howpublished") or ""
    publisher = fields.get("publisher") or fields.get("institution") or fields.get("school") or ""
    pairs: dict[str, tuple[Any, Any]] = {
        "title": (untex(fields.get("title", "")), csl.get("title", "")),
        "container": (untex(container), csl.get("container-title", "")),
        "publisher": (untex(publisher), csl.get("publisher", "")),
        "volume": (untex(fields.get("volume", "")), csl.get("volume", "")),
        "year": (
            untex(fields.get("year", "")),
            year(csl) if (csl.get("issued") or {}).get("date-parts") else date_text(csl),
        ),
        "doi": (fields.get("doi", ""), percent(csl.get("DOI", ""))),
        "url": (fields.get("url", ""), csl.get("URL", "")),
        "author": (
            [bib_person(p) for p in entry.persons.get("author", [])],
            [csl_person(n) for n in csl.get("author", [])],
        ),
        "editor": (
            [bib_person(p) for p in entry.persons.get("editor", [])],
            [csl_person(n) for n in csl.get("editor", [])],
        ),
    }
    return [name for name, (read, meant) in pairs.items() if read != meant]


def differences_in_ris(csl: Csl, entry: dict[str, Any]) -> list[str]:
    """Return the names of what does not read back from RIS as it was."""
    pairs: dict[str, tuple[Any, Any]] = {
        "title": (entry.get("title", ""), csl.get("title", "")),
        "container": (entry.get("secondary_title", ""), csl.get("container-title", "")),
        "publisher": (entry.get("publisher", ""), csl.get("publisher", "")),
        "date": (_ris_date(entry.get("date", "")), date_text(csl)),
        "doi": (entry.get("doi", ""), csl.get("DOI", "")),
        "author": (
            entry.get("authors", []),
            [", ".join(part for part in (p[0], p[2], p[1]) if part) for p in map(csl_person, csl.get("author", []))],
        ),
    }
    return [name for name, (read, meant) in pairs.items() if read != meant]


def _ris_date(text: str) -> str:
    """`2026/10/03/` is a day, `2020///Spring 2020` other words on a date."""
    day, _, words = text.partition("///")
    return words or day.rstrip("/").replace("/", "-")


def read_csv(content: bytes) -> list[list[str]]:
    return [[restored(cell) for cell in cells] for cells in csv.reader(io.StringIO(content.decode("utf-8-sig")))]


def read_xlsx(content: bytes, sheet: int = 0) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [[str(cell) for cell in cells] for cells in book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)]


def expected_rows(references: ReferenceList) -> list[list[str]]:
    fields = list(LAYOUTS[NEWEST] | EXTRA)
    rows = [row(made, references.language, plain(made.formatted)) for made in references.all_items]
    return [HEADERS, *([cells[field] for field in fields] for cells in rows)]


def read_docx(content: bytes) -> list[str]:
    """Return the text of every paragraph, links included."""
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


def docx_body(content: bytes) -> bytes:
    """Return what stands in the document, links with where they lead, as XML to read."""
    document = docx.Document(io.BytesIO(content))
    targets = {key: part.target_ref for key, part in document.part.rels.items() if part.is_external}
    body = document.element.body
    for link in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}hyperlink"):
        for name, value in list(link.attrib.items()):
            link.set(name, targets[value])
    etree.cleanup_namespaces(body)
    etree.indent(body)
    return etree.tostring(body, encoding="utf-8") + b"\n"


def real_items(shared: Path, *, every: int = 1, formatter: Formatter | None = None) -> list[Item]:
    """Return the real Crossref works (every so manieth) as references, formatted or with plain lines for the formatted text."""
    found = []
    with gzip.open(shared / "crossref/works.jsonl.gz", "rb") as lines:
        for number, line in enumerate(lines, start=1):
            if number % every:
                continue
            try:
                csl = ready(CROSSWALKS["crossref"](line))
            except UnusableRecord:
                continue
            hashed = content_hash(csl)
            csl["id"] = citation_key(csl, number)
            shown = plain_line(csl).replace("&", "&amp;").replace("<", "&lt;")
            if formatter:
                shown = formatter.format(csl, hashed).html
            found.append(Item(str(number % 300), number, csl, hashed, "Title", "Institute", None, shown))
    return found
