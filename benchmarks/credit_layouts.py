"""Ways to set a paper as PDF, DOCX, HTML, JATS and text, with what such files do to a sentence. Used by make_credit_documents.py.

A paper is a list of paragraphs, one of which is the labelled passage. A shape says where that stands: as a paragraph, a footnote, an
aside, under a table. Every way returns the pages of the passage, where there are pages.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT, SIZE, LEADING, MARGIN, GUTTER = "Vera", 9, 12, 60, 30
NOTE_SIZE, NOTE_LEADING = 7, 9
WIDTH, HEIGHT = A4
HARD, SOFT = "istic", "is\u00adtic"  # where the HTML has a soft hyphen
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

_NOTES = {
    "en": "Streets are named as they were in 2011, and a street that was renamed later keeps its old name here.",
    "nl": "Straten heten hier zoals zij in 2011 heetten, en een straat die later een andere naam kreeg houdt de oude.",
}


@dataclass(frozen=True)
class Paper:
    """What a document is made of: paragraphs, of which one is the labelled passage; `headings` are those that are one."""

    title: str
    language: str
    paragraphs: tuple[str, ...]
    passage: str
    headings: frozenset[str]


@dataclass(frozen=True)
class Shape:
    """How a paper is set: the way, where the passage stands, and of a PDF its columns, line numbers, ligatures and hyphens."""

    way: str
    where: str = "paragraph"
    columns: int = 1
    numbered: bool = False
    ligatures: bool = False

    def __str__(self) -> str:
        said = [self.way, self.where]
        if self.way == "pdf":
            said += [f"{self.columns} column{'s' if self.columns > 1 else ''}"]
            said += ["line numbers"] * self.numbered + ["ligatures"] * self.ligatures
        return ", ".join(said)


def lines(text: str, too_long: Callable[[str], bool], *, hyphenate: bool = False) -> Iterator[str]:
    """Given a text and a test of a line, yield its lines; long words may be divided with a hyphen."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and too_long(longer):
            half = len(word) // 2
            if hyphenate and len(word) > 9 and word.isalpha() and not too_long(f"{line} {word[:half]}-"):
                yield f"{line} {word[:half]}-"
                longer = word[half:]
            else:
                yield line
                longer = word
        line = longer
    yield line


@dataclass
class _Setter:
    """Sets lines on pages, column by column; a note stands at the foot of its column and is drawn when the column is full."""

    canvas: Canvas
    shape: Shape
    page: int = 1
    column: int = 0
    y: float = 0.0
    number: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def width(self) -> float:
        return (WIDTH - 2 * MARGIN - (self.shape.columns - 1) * GUTTER) / self.shape.columns

    @property
    def left(self) -> float:
        return MARGIN + self.column * (self.width + GUTTER)

    @property
    def floor(self) -> float:
        return MARGIN + (NOTE_LEADING * len(self.notes) + 6 if self.notes else 0)

    def begin(self) -> None:
        self.canvas.setFont(FONT, 7)
        self.canvas.drawString(MARGIN, HEIGHT - 35, "Example and Example")
        self.canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 35, str(self.page))
        self.canvas.setFont(FONT, SIZE)
        self.y = HEIGHT - MARGIN - 10

    def wrapped(self, text: str, size: int) -> list[str]:
        shown = text.replace("fi", "\ufb01").replace("fl", "\ufb02") if self.shape.ligatures else text
        room = self.width
        return list(lines(shown, lambda line: pdfmetrics.stringWidth(line, FONT, size) > room, hyphenate=True))

    def next_column(self) -> None:
        self.end_column()
        self.column += 1
        if self.column == self.shape.columns:
            self.canvas.showPage()
            self.page, self.column = self.page + 1, 0
            self.begin()
        self.y = HEIGHT - MARGIN - 10

    def end_column(self) -> None:
        if not self.notes:
            return
        y = self.floor - 6
        self.canvas.line(self.left, y + NOTE_LEADING, self.left + 60, y + NOTE_LEADING)
        self.canvas.setFont(FONT, NOTE_SIZE)
        for line in self.notes:
            self.canvas.drawString(self.left, y, line)
            y -= NOTE_LEADING
        self.canvas.setFont(FONT, SIZE)
        self.notes = []

    def block(self, text: str, note: str | None = None) -> tuple[set[int], int]:
        """Set a paragraph, and a note that its first line calls; return the paragraph's pages and the note's."""
        on = self.page
        wrapped = self.wrapped(text, SIZE)
        if note is not None:
            wanted = self.wrapped(f"1 {note}", NOTE_SIZE)
            if self.y < self.floor + NOTE_LEADING * len(wanted) + 6 + 2 * LEADING:
                self.next_column()
            self.notes += wanted
            on = self.page
        pages = set()
        for line in wrapped:
            if self.y < self.floor + LEADING:
                self.next_column()
            self.number += 1
            if (
                self.shape.numbered
            ):  # in the margin beside the column: on the left of the first, on the right of the second
                if self.column == 0:
                    self.canvas.drawRightString(MARGIN - 15, self.y, str(self.number))
                else:
                    self.canvas.drawString(WIDTH - MARGIN + 15, self.y, str(self.number))
            self.canvas.drawString(self.left, self.y, line)
            pages.add(self.page)
            self.y -= LEADING
        self.y -= LEADING / 2
        return pages, on


def as_pdf(path: Path, made: Paper, shape: Shape, rng: random.Random) -> list[int]:
    """Write pages in one or two columns with a running head, hyphens, and the rest as the shape says; return the passage's pages."""
    pdfmetrics.registerFont(TTFont(FONT, str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    setter = _Setter(Canvas(str(path), pagesize=A4, invariant=1), shape)
    setter.begin()
    pages: set[int] = set()
    in_note = shape.where == "footnote"
    called = _caller(made, rng)
    note = made.passage if in_note else _NOTES[made.language]
    setter.block(made.title)
    for place, block in enumerate(made.paragraphs):
        if in_note and block == made.passage:
            continue
        on, note_on = setter.block(block, note if place == called else None)
        if block == made.passage:
            pages |= on
        if place == called and in_note:
            pages.add(note_on)
    setter.end_column()
    setter.canvas.save()
    return sorted(pages)


def _caller(made: Paper, rng: random.Random) -> int:
    """The paragraph beside the passage that calls it as a note."""
    at = made.paragraphs.index(made.passage)
    around = [
        place
        for place in range(max(1, at - 2), min(len(made.paragraphs) - 2, at + 3))
        if place != at and made.paragraphs[place] not in made.headings
    ]
    return rng.choice(around)


def as_docx(path: Path, made: Paper, shape: Shape, rng: random.Random) -> list[int]:
    """Write a DOCX with a table, a header and a footnote; words are parted into runs as Word parts them, some beside a deletion."""

    def run(text: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    def paragraph(text: str, extra: str = "", style: str = "") -> str:
        cut = rng.randrange(1, max(2, len(text) - 1))
        dropped = '<w:del w:id="1" w:author="A"><w:r><w:delText>old words </w:delText></w:r></w:del>'
        styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{styled}{run(text[:cut])}{dropped if rng.random() < 0.2 else ''}{run(text[cut:])}{extra}</w:p>"

    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    cells = "".join(f"<w:tc>{paragraph(word)}</w:tc>" for word in ("Street", "Rent"))
    table = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    called = _caller(made, rng)
    body = [paragraph(made.title, style="Title")]
    for place, block in enumerate(made.paragraphs):
        if block == made.passage and shape.where == "table":
            last = f"<w:tr><w:tc>{paragraph(block)}</w:tc></w:tr>"
            body.append(table.replace("</w:tbl>", f"{last}</w:tbl>"))
        elif block != made.passage or shape.where == "paragraph":
            noted = mark if place == called and shape.where == "footnote" else ""
            body.append(paragraph(block, noted, "Heading1" if block in made.headings else ""))
    note = made.passage if shape.where == "footnote" else "Streets are named as they were in 2011."
    notes = f'<w:footnote w:id="2">{paragraph(note)}</w:footnote>'
    root = f'xmlns:w="{WORD}" xmlns:r="{OFFICE}"'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>'
        f'<Override PartName="/word/footnotes.xml" ContentType="{TYPE}.footnotes+xml"/>'
        f'<Override PartName="/word/header1.xml" ContentType="{TYPE}.header+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/footnotes" Target="footnotes.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/header" Target="header1.xml"/></Relationships>',
        "word/document.xml": f"<w:document {root}><w:body>{''.join(body)}</w:body></w:document>",
        "word/footnotes.xml": f"<w:footnotes {root}>{notes}</w:footnotes>",
        "word/header1.xml": f"<w:hdr {root}>{paragraph('Example and Example')}</w:hdr>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), f'<?xml version="1.0" encoding="UTF-8"?>{content}'
            )
    return []


def as_html(path: Path, made: Paper, shape: Shape, rng: random.Random) -> list[int]:
    """Write a page with menus and soft hyphens; the passage is a paragraph, an aside, a caption, or a note at the end."""
    parts, notes = [], ""
    for block in made.paragraphs:
        text = SOFT.join(escape(block).split(HARD))
        if block in made.headings:
            parts.append(f"<h2>{text}</h2>")
        elif block != made.passage or shape.where == "paragraph":
            parts.append(f"<p>{text.replace(' the ', ' <em>the</em> ', 1)}</p>")
        elif shape.where == "aside":
            parts.append(f"<aside><p>{text}</p></aside>")
        elif shape.where == "caption":
            parts.append(f"<figure><img src='a.png' alt=''><figcaption>Figure 1. Rents. {text}</figcaption></figure>")
        else:
            notes = f'<section class="footnotes"><ol><li id="fn1">{text} <a href="#r1">back</a></li></ol></section>'
    menu = "".join(f"<li><a href='#{number}'>Section {number}</a></li>" for number in range(rng.randint(3, 9)))
    head = (
        f"<title>{escape(made.title)}</title></head><body><nav><ul>{menu}</ul></nav><main><h1>{escape(made.title)}</h1>"
    )
    path.write_text(
        f'<!DOCTYPE html><html lang="{made.language}"><head><meta charset="utf-8">{head}{"".join(parts)}{notes}</main></body></html>',
        encoding="utf-8",
    )
    return []


def as_jats(path: Path, made: Paper, shape: Shape, _: random.Random) -> list[int]:
    """Write a JATS article with a section for each heading; the passage is a paragraph, in a note, a table's note or a section."""
    body, back, is_open = [], "", False
    for block in made.paragraphs[:-2]:
        text = escape(block)
        if block in made.headings:
            body.append(("</sec>" if is_open else "") + f"<sec><title>{text}</title>")
            is_open = True
        elif block != made.passage or shape.where == "paragraph":
            body.append(f"<p>{text}</p>")
        elif shape.where == "footnote":
            back = f"<fn-group><fn id='fn1'><label>1</label><p>{text}</p></fn></fn-group>"
        elif shape.where == "table":
            row = "<thead><tr><th>Street</th><th>Rent</th></tr></thead><tbody><tr><td>Long Street</td><td>11</td></tr></tbody>"
            foot = f"<table-wrap-foot><fn><p>{text}</p></fn></table-wrap-foot>"
            body.append(f"<table-wrap><label>Table 1</label><table>{row}</table>{foot}</table-wrap>")
        else:
            back = f"<sec sec-type='data-availability'><title>Data availability</title><p>{text}</p></sec>"
    reference = f"<ref-list><ref><mixed-citation>{escape(made.paragraphs[-1])}</mixed-citation></ref></ref-list>"
    meta = f"<front><article-meta><title-group><article-title>{escape(made.title)}</article-title></title-group></article-meta></front>"
    whole = f"{meta}<body>{''.join(body)}</sec></body><back>{back}{reference}</back>"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><article xml:lang="{made.language}">{whole}</article>', encoding="utf-8"
    )
    return []


def as_text(path: Path, made: Paper, _: Shape, __: random.Random) -> list[int]:
    """Write plain text, its lines broken at 78 characters."""
    blocks = ["\n".join(lines(block, lambda line: len(line) > 78)) for block in (made.title, *made.paragraphs)]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return []


WAYS: dict[str, tuple[str, Callable[[Path, Paper, Shape, random.Random], list[int]]]] = {
    "pdf": ("pdf", as_pdf),
    "docx": ("docx", as_docx),
    "html": ("html", as_html),
    "jats": ("xml", as_jats),
    "text": ("txt", as_text),
}
