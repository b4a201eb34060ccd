"""HTML pages, whole: footnotes, asides and captions count, scripts and styles do not."""

from __future__ import annotations

import re

from lxml import etree, html

from pubtrack.credit.readers.cleaning import join_hyphens, tidy
from pubtrack.credit.readers.text import decode
from pubtrack.credit.sections import section_of
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_SKIPPED = frozenset(("script", "style", "template", "noscript", "svg", "head", "iframe", "object", "select", "button"))
_BLOCK_TAGS = """
address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
_KEPT = (  # what an element's class or id says of the section inside it
    (re.compile(r"\b(?:references?|bibliography|ref-?list|citations?-list|literature)\b"), "references"),
    (re.compile(r"\b(?:footnotes?|endnotes?|fn-group)\b"), "notes"),
    (re.compile(r"\backnowledge?ments?\b"), "acknowledgements"),
    (re.compile(r"\bdata-?availability\b"), "data availability"),
    (re.compile(r"\babstract\b"), "abstract"),
)
_TAGS = {"figcaption": "tables and figures", "caption": "tables and figures", "table": "tables and figures"}
_FULL = frozenset(("introduction", "data", "methods", "results", "discussion", "references"))
_GATE = re.compile(
    r"\b(?:access denied|just a moment|enable javascript|are you a robot|captcha|sign in to"
    r"|log in to|checking your browser|404|page not found"
    r"|pagina niet gevonden|purchase (?:access|pdf)|get access)\b",
    re.IGNORECASE,
)
_OPENED = re.compile(r"<(?:html|body|!doctype\s+html)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_LANDING_WORDS = 1_500  # a landing page with its abstract and menus stays below this


def read(data: bytes) -> Text:
    """Given a page's bytes, return its text by blocks with their sections.

    A landing page, an abstract alone or a page behind a gate comes back incomplete, with the reason. Raise Unreadable if it holds no text.
    """
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    page = _decoded(data)
    root = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    body = root.find("body")
    blocks = _blocks(body if body is not None else root)
    words = sum(len(block.text.split()) for block in blocks)
    cut = any(
        entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log
    )  # libxml2 drops what is nested deeper than 2,048
    if cut and words < 5:
        raise Unreadable("the page is nested too deeply")
    if words < 5:
        raise Unreadable("there is hardly any text on the page: it may be put together by a script")
    language = (root.get("lang") or "")[:2].lower()
    title = root.findtext("head/title")
    reason = "the page is nested too deeply" if cut else _incomplete(root, blocks, words) or _cut_off(page)
    return Text("html", tuple(blocks), reason is None, reason, language if language in ("nl", "en") else None, title)


def _cut_off(page: str) -> str | None:
    """HTML lets the last tags be left out, but publishers write them: a page that opens and does not close has lost its end."""
    if _OPENED.search(page) and not _CLOSED.search(page):
        return "the page is cut off: its end is missing"
    return None


def _decoded(data: bytes) -> str:
    declared = _CHARSET.search(data[:4_096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = declared.group(1).decode("ascii", "replace").lower()
        try:
            return data.decode("cp1252" if name in ("iso-8859-1", "latin1", "us-ascii") else name)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _blocks(body: etree._Element) -> list[Block]:
    """Walk the tree without recursion; a block element, and its end, parts the text."""
    blocks: list[Block] = []
    parts: list[str] = []
    heading: str | None = None
    inside: list[tuple[etree._Element, str]] = []
    skipping: etree._Element | None = None

    def flush() -> None:
        text = join_hyphens(" ".join("".join(parts).split()))
        parts.clear()
        if text:
            blocks.append(Block(text, None, inside[-1][1] if inside else heading))

    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                parts.append(tidy(element.tail or ""))
            continue
        if event == "start":
            if tag in _SKIPPED or (not tag) or _hidden(element):
                skipping = element
                continue
            if tag in _BLOCKS:
                flush()
            kept = _section(element, tag)
            if kept and element is not body:
                inside.append((element, kept))
            parts.append(tidy(element.text or ""))
        else:
            if tag in _HEADINGS:
                heading = section_of("".join(parts))
            if tag in _BLOCKS:
                flush()
            if inside and inside[-1][0] is element:
                inside.pop()
            if element is not body:
                parts.append(tidy(element.tail or ""))
    flush()
    return blocks


def _hidden(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or element.get("hidden") is not None


def _section(element: etree._Element, tag: str) -> str | None:
    if tag in _TAGS:
        return _TAGS[tag]
    named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}".lower().replace(
        "_", "-"
    )
    if not named.strip() or tag in ("a", "sup", "span", "body", "cite"):
        return None
    return next((section for pattern, section in _KEPT if pattern.search(named)), None)


def _incomplete(root: etree._Element, blocks: list[Block], words: int) -> str | None:
    if words < 250 and _GATE.search(" ".join(block.text for block in blocks)):
        return "the page asks for something else first: a login, a browser check, a payment"
    names = {(meta.get("name") or meta.get("property") or "").lower() for meta in root.iter("meta")}
    scholarly = any(name.startswith(("citation_", "dc.", "dcterms.", "eprints.", "bepress_")) for name in names)
    sections = {block.section for block in blocks} & _FULL
    headings = [
        section_of("".join(heading.itertext())) for heading in root.iter("h1", "h2", "h3", "h4", "h5", "strong", "b")
    ]
    sections |= {heading for heading in headings if heading in _FULL}
    landing = scholarly or "abstract" in headings or any(block.section == "abstract" for block in blocks)
    if landing and words < _LANDING_WORDS and len(sections - {"references"}) < 2:
        return "only the landing page or abstract, not the full text"
    return None
