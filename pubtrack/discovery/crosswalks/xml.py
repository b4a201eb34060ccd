"""Reading XML of strangers: no entities, no network, nothing huge; and repairs that are known to be needed. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

_KNOWN_PREFIXES = {
    b"xsi": b"http://www.w3.org/2001/XMLSchema-instance",
    b"xlink": b"http://www.w3.org/1999/xlink",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"oai_dc": b"http://www.openarchives.org/OAI/2.0/oai_dc/",
}
_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_AMPERSAND = re.compile(rb"&(?:([A-Za-z][A-Za-z0-9]*);)?(?!#[0-9]+;|#[xX][0-9a-fA-F]+;)")
_XML_ENTITIES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})


def strictly(text: bytes) -> etree._Element:
    """Given a document, return its root. Raise lxml's XMLSyntaxError if it is not well-formed to its end, or declares a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    root = etree.fromstring(text, parser)
    if root.getroottree().docinfo.doctype:
        raise etree.XMLSyntaxError("a document type is declared, which no record needs", 0, 1, 1)
    return root


def repaired(text: bytes) -> bytes:
    """Given a document that is not well-formed, return it with the faults repaired that repositories are known for.

    Control characters go, bare ampersands are escaped, HTML's named entities become their characters, bytes that are no UTF-8
    become U+FFFD. Nothing is ever completed: a document cut off stays cut off.
    """
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text
    declared = re.match(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)", text)
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8"):
        text = text.decode("utf-8", "replace").encode("utf-8")
    return b"".join(_without_bare_ampersands(_CONTROL.sub(b"", text)))


def _without_bare_ampersands(text: bytes) -> Iterator[bytes]:
    """In a CDATA section an ampersand stands for itself."""
    at = 0
    while (start := text.find(b"<![CDATA[", at)) >= 0 and (end := text.find(b"]]>", start)) >= 0:
        yield _AMPERSAND.sub(_escaped, text[at:start])
        yield text[start:end]
        at = end
    yield _AMPERSAND.sub(_escaped, text[at:])


def _escaped(match: re.Match[bytes]) -> bytes:
    whole, name = match.group(), match.group(1)
    if name in _XML_ENTITIES:
        return whole
    if name is None:
        return b"&amp;"
    character = html.unescape(whole.decode("ascii"))
    if character == whole.decode("ascii"):
        return b"&amp;" + whole[1:]
    return "".join(f"&#{ord(one)};" for one in character).encode("ascii")


def parsed(record: bytes) -> etree._Element | None:
    """Given one record's XML, also one cut out of its document so that prefixes are not declared, return its root or None."""
    for text in (record, repaired(_declared(record))):
        try:
            return strictly(text)
        except (etree.XMLSyntaxError, ValueError):
            continue
    return None


def _declared(record: bytes) -> bytes:
    used = set(re.findall(rb"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]", record)) - {b"xmlns", b"xml"}
    missing = [name for name in sorted(used) if b"xmlns:" + name + b"=" not in record and name in _KNOWN_PREFIXES]
    declarations = b"".join(b" xmlns:" + name + b'="' + _KNOWN_PREFIXES[name] + b'"' for name in missing)
    return re.sub(rb"<([A-Za-z_][\w:.-]*)", lambda match: match.group() + declarations, record, count=1)


def children(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Given an element, yield local name and text of all elements below it that hold text only."""
    for child in node.iterdescendants():
        if isinstance(child.tag, str) and not len(child):
            yield child.tag.rpartition("}")[2].lower(), (child.text or "").strip()
