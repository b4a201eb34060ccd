"""The formatted list as a Word document (python-docx): titles are runs of text, never fields; links are to the web only."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from pubtrack.references.formatting import Piece, pieces
from pubtrack.references.lists import Item, ReferenceList, by_project
from pubtrack.references.words import LOCALES, WORDS, changed_words, count_words

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can hold
_BODY, _HEAD = "Georgia", "Calibri"
_BLUE, _GREY, _INK = RGBColor(0x1D, 0x5B, 0x8F), RGBColor(0x51, 0x60, 0x6D), RGBColor(0x1B, 0x27, 0x33)


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as a .docx on A4, grouped by project; the same list is the same file."""
    words = WORDS[references.language]
    document = docx.Document()
    title = f"{words['title']} {references.name}"
    _set_up(document, references, title)
    links: dict[str, str] = {}
    body = "".join(_paragraphs(references, title, links))
    # Paragraphs are added as XML: python-docx looks up the style of each anew, and with ten thousand that takes minutes.
    made = parse_xml(f"<w:body {nsdecls('w', 'r')}>{body}</w:body>")
    for name, href in links.items():
        document.part.rels.add_relationship(RELATIONSHIP_TYPE.HYPERLINK, href, name, is_external=True)
    document.element.body[0:0] = list(made)
    out = io.BytesIO()
    document.save(out)
    return _dated(out.getvalue())


def _paragraphs(references: ReferenceList, title: str, links: dict[str, str]) -> Iterator[str]:
    words = WORDS[references.language]
    yield _paragraph("Title", _run(Piece(title)))
    to = f", {words['to']} {references.to}" if references.to else ""
    made = f"{references.institution}, {words['made']} {references.made_on.isoformat()}"
    counts = count_words(len(references.items), len(references.corrections), references.language)
    for line in (f"{words['for']} {references.provider}{to}", made, counts):
        yield _paragraph("About", _run(Piece(line[:1].upper() + line[1:])))
    if not references.all_items:
        yield _paragraph("Normal", _run(Piece(words["none"])))
    for first, items in by_project(references.items):
        about = f" · {first.project_title}" if first.project_title else ""
        yield _paragraph("Heading1", _run(Piece(f"{words['project']} {first.project_id}{about}")))
        yield from (_reference(item, links) for item in items)
    if references.corrections:
        yield _paragraph("Heading1", _run(Piece(words["corrections"])))
    for correction in references.corrections:
        yield _reference(correction.item, links)
        changed = changed_words(correction.changed, references.language)
        about = f"{words['project']} {correction.item.project_id}. {words['changed']}: {changed}."
        was = f"{words['was']} ({words['sent in'].lower()} {correction.was.list_name}): "
        before = "".join(map(_run, pieces(correction.was.formatted)))
        yield _paragraph("Note", f"{_run(Piece(about))}<w:r><w:br/></w:r>{_run(Piece(was))}{before}")


def _paragraph(style: str, runs: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _reference(item: Item, links: dict[str, str]) -> str:
    return _paragraph("Reference", "".join([_run(piece, links) for piece in pieces(item.formatted, item.csl)]))


_MARKS = {
    "b": "<w:b/>",
    "i": "<w:i/>",
    "colour": "",
    "sup": '<w:vertAlign w:val="superscript"/>',
    "sub": '<w:vertAlign w:val="subscript"/>',
}


def _run(piece: Piece, links: dict[str, str] | None = None) -> str:
    leads = links is not None and piece.href
    colour = f'<w:color w:val="{_BLUE}"/>' if leads else ""
    # In the order of the schema: Word refuses another.
    marks = "".join(
        [mark if tag != "colour" else colour for tag, mark in _MARKS.items() if tag in piece.tags or tag == "colour"]
    )
    text = f'<w:t xml:space="preserve">{escape(piece.text)}</w:t>'
    run = f"<w:r>{f'<w:rPr>{marks}</w:rPr>' if marks else ''}{text}</w:r>"
    if links is None or not leads:
        return run
    name = "link" + hashlib.sha256(piece.href.encode()).hexdigest()[:24]
    links[name] = piece.href
    return f'<w:hyperlink r:id="{name}">{run}</w:hyperlink>'


def _set_up(document: Any, references: ReferenceList, title: str) -> None:
    """Page, styles, language, properties: the day the list was made and not the moment."""
    properties, moment = document.core_properties, datetime.combine(references.made_on, time(), UTC)
    properties.title, properties.author, properties.comments = title, references.institution, ""
    properties.created = properties.modified = moment
    properties.language = LOCALES[references.language]
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)
    _page_number(section.footer.paragraphs[0], title)
    styles = document.styles
    _style(styles["Normal"], _BODY, 10.5, _INK, after=4)
    _style(styles["Title"], _HEAD, 20, _BLUE, after=4)
    border = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        styles["Title"].element.pPr.remove(border)
    _style(styles["Heading 1"], _HEAD, 12.5, _BLUE, before=16, after=6)
    for name, size, colour, after, indent, hanging in (
        ("About", 9.5, _GREY, 0, 0, 0),
        ("Reference", 10.5, _INK, 6, 0.9, 0.9),
        ("Note", 9, _GREY, 8, 0.9, 0),
    ):
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles["Normal"]
        _style(made, _HEAD if name != "Reference" else _BODY, size, colour, after=after)
        made.paragraph_format.left_indent, made.paragraph_format.first_line_indent = Cm(indent), Cm(-hanging)
    tongue = styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    if tongue is not None:
        tongue.set(qn("w:val"), LOCALES[references.language])


def _style(style: Any, font: str, size: float, colour: RGBColor, *, before: float = 0, after: float = 0) -> None:
    style.font.name, style.font.size, style.font.color.rgb = font, Pt(size), colour
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's font would win over ours
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)


def _page_number(paragraph: Paragraph, title: str) -> None:
    paragraph.add_run(f"{title} · ")
    for kind in ("begin", "", "end"):
        mark = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark.text = "PAGE"
        paragraph.add_run()._r.append(mark)  # type: ignore[arg-type]
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb, run.font.name = Pt(8.5), _GREY, _HEAD


def _dated(content: bytes) -> bytes:
    """Given a document, return it with every part of the same age: python-docx stamps them with the present moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in parts.infolist():
            whole = zipfile.ZipInfo(part.filename, _EARLIEST)
            whole.compress_type, whole.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            made.writestr(whole, parts.read(part.filename))
    return out.getvalue()
