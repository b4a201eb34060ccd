"""DOCX: body, tables, text boxes, headers, footers, footnotes and endnotes. What was deleted, hidden or commented does not count."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from docx.opc.part import Part
from docx.package import Package
from lxml import etree

from pubtrack.credit.readers.cleaning import join_hyphens, tidy
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_LARGEST = 300_000_000  # bytes that all parts together may unpack to

# By the end of a part's content type (ISO/IEC 29500-1): where it stands in the text, and the section it is.
# Headers and footers come first, so that they never fall under the last heading.
_PARTS = (
    (("header+xml", "footer+xml"), None),
    ((".main+xml",), None),
    (("footnotes+xml", "endnotes+xml"), "notes"),
)
_LEFT_OUT = frozenset(("del", "moveFrom", "Fallback", "instrText", "rPr", "pPr", "sectPr", "tblPr", "tcPr"))
_ELSEWHERE = frozenset(("altChunk", "subDoc"))
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def read(data: bytes) -> Text:
    """Given a DOCX file's bytes, return its text paragraph by paragraph; pages are not known.

    One that takes in other files comes back incomplete. Raise Unreadable if there is no text, or far too much of it.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise Unreadable(f"it unpacks to more than {_LARGEST // 1_000_000} MB")
    parts = list(Package.open(io.BytesIO(data)).iter_parts())
    blocks: list[Block] = []
    reason = None
    for endings, section in _PARTS:
        for part in parts:
            if part.content_type.endswith(endings):
                root = _root(part)
                if any(_name(node) in _ELSEWHERE for node in root.iter()):
                    reason = "parts of it stand in other files"
                blocks += [Block(text, None, section) for text in _paragraphs(root)]
    if not any(block.section is None for block in blocks):
        raise Unreadable("there is no text in it")
    return Text("docx", tuple(blocks), reason is None, reason)


def _root(part: Part) -> etree._Element:
    held = getattr(part, "element", None)
    if held is not None:
        return held  # type: ignore[no-any-return]
    return etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _paragraphs(root: etree._Element) -> Iterator[str]:
    """One text per paragraph; those of a text box follow the paragraph that it is tied to."""
    for paragraph in root.iter("{*}p"):
        if any(_name(above) in _LEFT_OUT for above in paragraph.iterancestors()):
            continue
        text = join_hyphens(tidy("".join(_words(paragraph)))).strip()
        if text:
            yield text


def _words(paragraph: etree._Element) -> Iterator[str]:
    waiting = list(reversed(paragraph))
    while waiting:
        node = waiting.pop()
        name = _name(node)
        if name in _LEFT_OUT or name == "p" or (name == "r" and node.find("{*}rPr/{*}vanish") is not None):
            continue
        if name == "t":
            yield node.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        waiting.extend(reversed(node))


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""
