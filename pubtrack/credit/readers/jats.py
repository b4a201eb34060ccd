"""JATS, the XML of journal articles: https://jats.nlm.nih.gov/. Entities are mapped first, never expanded; nothing is fetched."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

from pubtrack.credit.readers.cleaning import join_hyphens, tidy
from pubtrack.credit.sections import section_of
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_BLOCK_TAGS = """
p title article-title subtitle abstract trans-abstract sec ack fn ref caption label td th tr aff corresp notes
app list-item disp-quote def-item term def contrib collab kwd award-group funding-statement mixed-citation
element-citation verse-line boxed-text
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SECTIONS = {
    **dict.fromkeys(("abstract", "trans-abstract"), "abstract"),
    **dict.fromkeys(("ack", "funding-group"), "acknowledgements"),
    **dict.fromkeys(("fn", "fn-group", "notes", "author-notes"), "notes"),
    **dict.fromkeys(("ref-list", "mixed-citation", "element-citation"), "references"),
    **dict.fromkeys(("fig", "table-wrap"), "tables and figures"),
    **dict.fromkeys(("title-group", "contrib-group", "aff", "kwd-group"), "title page"),
    "app": "appendix",
}
_SEC_TYPES = {
    **dict.fromkeys(("data-availability", "data availability"), "data availability"),
    **dict.fromkeys(("methods", "materials|methods"), "methods"),
    "materials": "data",
    "results": "results",
    **dict.fromkeys(("discussion", "conclusions"), "discussion"),
    "intro": "introduction",
    "supplementary-material": "appendix",
}
_SKIPPED = frozenset(
    (
        "journal-meta",
        "article-id",
        "article-categories",
        "permissions",
        "history",
        "pub-date",
        "tex-math",
        "counts",
        "self-uri",
    )
)


def read(data: bytes) -> Text:
    """Given an article's bytes, return its text by blocks with their sections.

    An article without a body, or one whose XML breaks off, comes back incomplete, with the reason. Raise Unreadable if there is no text.
    """
    root, reason = _parsed(_NAMED.sub(_mapped, data))
    if root is None:
        raise Unreadable("the XML is damaged")
    found = next(root.iter("{*}article"), None)
    article = root if found is None else found
    blocks = _blocks(article)
    if not blocks:
        raise Unreadable(reason or "there is no text in it")
    body = next(article.iter("{*}body"), None)
    if body is None or not "".join(body.itertext()).strip():
        reason = reason or "only the landing page or abstract, not the full text"
    language = (article.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower()
    title = next((" ".join("".join(node.itertext()).split()) for node in article.iter("{*}article-title")), None)
    return Text("jats", tuple(blocks), reason is None, reason, language if language in ("nl", "en") else None, title)


def _mapped(match: re.Match[bytes]) -> bytes:
    name = match.group(1)
    if name in _OF_XML:
        return match.group()
    known = html5.get(name.decode() + ";")
    return "".join(f"&#{ord(letter)};" for letter in known).encode() if known else b" "


def _parsed(data: bytes) -> tuple[etree._Element | None, str | None]:
    try:
        return etree.fromstring(data, _parser(recover=False)), None
    except etree.XMLSyntaxError as error:
        rest = etree.fromstring(data, _parser(recover=True))
        return rest, f"the XML is damaged or cut off in line {error.lineno}"


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _blocks(article: etree._Element) -> list[Block]:
    """Walk the tree without recursion; the innermost element that names a section gives it to the text inside."""
    blocks: list[Block] = []
    parts: list[str] = []
    inside: list[tuple[etree._Element, str | None]] = []
    skipping: etree._Element | None = None

    def flush() -> None:
        text = join_hyphens(" ".join("".join(parts).split()))
        parts.clear()
        if text:
            blocks.append(Block(text, None, inside[-1][1] if inside else None))

    for event, element in etree.iterwalk(article, events=("start", "end")):
        tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                parts.append(tidy(element.tail or ""))
            continue
        if event == "start":
            if not tag or tag in _SKIPPED:
                skipping = element
                continue
            if tag in _BLOCKS or tag in _SECTIONS:
                flush()
            section = _section(element, tag)
            if section is not None or tag == "sec":
                outer = inside[-1][1] if inside else None
                inside.append((element, section or outer))
            parts.append(tidy(element.text or ""))
            if tag in ("ext-link", "uri", "xref") and not (element.text or "").strip():
                parts.append(" ")
        else:
            if tag in _BLOCKS or tag in _SECTIONS:
                flush()
            if inside and inside[-1][0] is element:
                inside.pop()
            if element is not article:
                parts.append(tidy(element.tail or ""))
                if tag in ("name", "surname", "given-names", "source", "year", "collab", "publisher-name"):
                    parts.append(" ")
    flush()
    return blocks


def _section(element: etree._Element, tag: str) -> str | None:
    if tag == "notes" and "data" in (element.get("notes-type") or ""):
        return "data availability"
    if tag == "fn" and "data" in (element.get("fn-type") or ""):
        return "data availability"
    if tag in _SECTIONS:
        return _SECTIONS[tag]
    if tag == "sec":
        typed = _SEC_TYPES.get((element.get("sec-type") or "").lower())
        title = next((child for child in element if isinstance(child.tag, str) and child.tag.endswith("title")), None)
        return typed or (section_of("".join(title.itertext())) if title is not None else None)
    return None
