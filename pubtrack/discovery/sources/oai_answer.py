"""What an OAI-PMH answer says: records, token, errors. http://www.openarchives.org/OAI/openarchivesprotocol.html

Read strictly: an answer that is not well-formed to its end is no answer, for a harvest must not count a page cut off as a whole one.
Faults that repositories are known for are repaired before (control characters, bare ampersands, HTML's entities); and when the
answer is whole but for single records, those are named and the others kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from pubtrack.discovery.crosswalks.xml import repaired, strictly
from pubtrack.discovery.sources.oai_slices import declarations, dressed, slices
from pubtrack.errors import BadHarvest
from pubtrack.models import Record

_FORMATS = {
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc",
    "http://www.loc.gov/mods/v3": "mods",
    "urn:mpeg:mpeg21:2002:02-DIDL-NS": "didl",
    "http://www.loc.gov/MARC21/slim": "marc",
}
_FAMILIES = (("openaire.eu/cerif-profile", "cerif"), ("datacite.org", "datacite"), ("doaj.org/features", "doaj"))
_RECORD_EDGE = re.compile(rb"<(/?)((?:[A-Za-z_][\w.-]*:)?)record(?=[\s>/])[^<>]*>")
_HEADER = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?header(?=[\s>/])")


_Piece = tuple[etree._Element | None, bytes]  # a record that was read by itself, None if it is broken; and how it came


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `token` is None where there is none and empty on the last page of a list in several."""

    verb: str | None
    records: tuple[Record, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    token: str | None = None
    total: int | None = None
    cursor: int | None = None
    responded_on: date | None = None
    errors: tuple[tuple[str, str], ...] = ()
    said: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # of Identify and the lists of formats and sets, by element


def read(content: bytes, source: str) -> Answer:
    """Given the body of an answer and the source's name, return what it says.

    Raise BadHarvest if it is no OAI-PMH, or not whole.
    """
    root, text, pieces = _root(content, source)
    verb = next((node for node in _children(root) if _name(node) not in ("responseDate", "request", "error")), None)
    name = _name(verb) if verb is not None else None
    responded_on = _day(_text(root, "responseDate"))
    errors = tuple((node.get("code") or "", _one_line(node.text)) for node in _children(root) if _name(node) == "error")
    if verb is None:
        if not errors:
            raise BadHarvest(f"{source}: an answer holds neither an answer nor an error.")
        return Answer(None, responded_on=responded_on, errors=errors)
    node = next((node for node in _children(verb) if _name(node) == "resumptionToken"), None)
    token = None if node is None else "".join(str(piece) for piece in node.itertext()).strip()
    if name not in ("ListRecords", "GetRecord"):
        return Answer(name, token=token, responded_on=responded_on, errors=errors, said=_said(verb))
    records, unusable = _pieces(pieces, source) if pieces else _records(verb, text, source)
    return Answer(
        name,
        records=records,
        unusable=unusable,
        token=token,
        total=_number(node, "completeListSize"),
        cursor=_number(node, "cursor"),
        responded_on=responded_on,
        errors=errors,
    )


def record(node: etree._Element, source: str, place: str, raw: bytes | None = None) -> Record | tuple[str, str]:
    """Given one record element, return the record, or its place and why it is none. `raw` is how it came, where that is known."""
    header = metadata = None
    for child in node.iterchildren(etree.Element):
        name = _name(child)
        if name == "header" and header is None:
            header = child
        elif name == "metadata" and metadata is None:
            metadata = child
    about = {} if header is None else {_name(child): child.text or "" for child in header.iterchildren(etree.Element)}
    identifier = _one_line(about.get("identifier"))
    if header is None or not identifier:
        return place, "no identifier in the header"
    if raw is None:
        raw = etree.tostring(node, encoding="utf-8", xml_declaration=False, with_tail=False)
    deleted = (header.get("status") or "").strip().lower() == "deleted"
    held = next(metadata.iterchildren(etree.Element), None) if metadata is not None else None
    if held is None and not deleted:
        return identifier, "no metadata"
    datestamp = about.get("datestamp", "").strip() or None
    return Record(source, identifier, "oai_dc" if held is None else _format(held), raw, datestamp, deleted)


def _root(content: bytes, source: str) -> tuple[etree._Element, bytes, list[_Piece]]:
    """The answer's root and the text it was read from; and, where single records had to be cut out because they are broken, all records."""
    content = content.lstrip(b"\xef\xbb\xbf \t\r\n")  # a script that prints a blank line before its XML is seen often
    start = content[:2000].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise BadHarvest(
            f"{source}: the repository answered with a web page instead of OAI-PMH: it may be under maintenance, or `url` is wrong."
        )
    fault = ""
    pieces: list[_Piece] = []
    attempts: tuple[Callable[[], tuple[etree._Element, bytes]], ...] = (
        lambda: (strictly(content), content),
        lambda: (strictly(mended := repaired(content)), mended),
        lambda: (_around(content, pieces), b""),
    )
    for attempt in attempts:
        try:
            root, text = attempt()
        except (etree.XMLSyntaxError, ValueError) as error:
            fault = fault or str(error)
            continue
        if _name(root) != "OAI-PMH":
            raise BadHarvest(
                f"{source}: the answer is XML, but not OAI-PMH (it begins with <{_name(root)}>). Look at `url` of this source."
            )
        return root, text, pieces
    raise BadHarvest(
        f"{source}: an answer is not whole or not XML, so nothing of it counts ({_one_line(fault)[:120]})."
    )


def _around(content: bytes, pieces: list[_Piece]) -> etree._Element:
    """Read the answer without its records, strictly; then each record by itself. Raise XMLSyntaxError if the rest is not whole."""
    text = repaired(content)
    spans = _spans(text)
    if not spans:
        raise etree.XMLSyntaxError("no records to leave out", 0, 1, 1)
    shell = b"".join(
        text[end:start] for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(text), 0)], strict=True)
    )
    root = strictly(shell)
    opening = re.search(rb"<(?:[\w.-]+:)?OAI-PMH\b[^<>]*>", shell)
    name = re.match(rb"<([\w.:-]+)", opening.group()) if opening else None
    if opening is None or name is None:
        raise etree.XMLSyntaxError("no root", 0, 1, 1)
    for start, end in spans:
        try:
            node = strictly(opening.group() + text[start:end] + b"</" + name[1] + b">")[0]
            pieces.append((node, dressed(text[start:end], declarations(root))))
        except (etree.XMLSyntaxError, ValueError, IndexError):
            if len(_HEADER.findall(text, start, end)) > 1:  # two records ran into one: which they are cannot be told
                raise etree.XMLSyntaxError("records that are not apart", 0, 1, 1) from None
            pieces.append((None, b""))
    return root


def _spans(text: bytes) -> list[tuple[int, int]]:
    """Where the outermost records begin and end. Empty if they do not balance: then something is cut off."""
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for edge in _RECORD_EDGE.finditer(text):
        if edge.group().endswith(b"/>"):
            continue
        if not edge[1]:
            start = edge.start() if depth == 0 else start
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                spans.append((start, edge.end()))
            if depth < 0:
                return []
    return spans if depth == 0 else []


def _records(verb: etree._Element, text: bytes, source: str) -> tuple[tuple[Record, ...], tuple[tuple[str, str], ...]]:
    cut = slices(text, verb)
    nodes = [node for node in _children(verb) if _name(node) == "record"] if cut is None else []
    if cut is None:
        return _sorted(record(node, source, _place(at)) for at, node in enumerate(nodes, start=1))
    formats: dict[bytes | None, str] = {None: "oai_dc"}  # by the tag that metadata begin with
    made: list[Record | tuple[str, str]] = []
    for at, (raw, identifier, datestamp, deleted, start) in enumerate(cut):
        known = formats.get(start)
        if identifier is not None and known is not None:
            made.append(Record(source, identifier, known, raw, datestamp or None, deleted))
            continue
        nodes = nodes or list(verb.iterchildren("{*}record"))
        found = record(nodes[at], source, _place(at + 1), raw)
        if isinstance(found, Record) and start is not None:
            formats[start] = found.format
        made.append(found)
    return _sorted(made)


def _pieces(pieces: list[_Piece], source: str) -> tuple[tuple[Record, ...], tuple[tuple[str, str], ...]]:
    return _sorted(
        (_place(at), "broken XML") if node is None else record(node, source, _place(at), raw)
        for at, (node, raw) in enumerate(pieces, start=1)
    )


def _sorted(made: Iterable[Record | tuple[str, str]]) -> tuple[tuple[Record, ...], tuple[tuple[str, str], ...]]:
    records: list[Record] = []
    unusable: list[tuple[str, str]] = []
    for one in made:
        if isinstance(one, Record):
            records.append(one)
        else:
            unusable.append(one)
    return tuple(records), tuple(unusable)


def _place(at: int) -> str:
    return f"record {at} of a page"


def _said(verb: etree._Element) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in verb.iter():
        if isinstance(node.tag, str) and not len(node) and node.text:
            found[_name(node)] = (*found.get(_name(node), ()), _one_line(node.text))
    return found


def _number(node: etree._Element | None, name: str) -> int | None:
    text = (node.get(name) or "").strip() if node is not None else ""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _format(held: etree._Element) -> str:
    namespace, _, name = str(held.tag).rpartition("}")
    namespace = namespace.removeprefix("{")
    return _FORMATS.get(namespace) or next((kind for part, kind in _FAMILIES if part in namespace), name[:40])


def _children(node: etree._Element) -> list[etree._Element]:
    return [child for child in node if isinstance(child.tag, str)]


def _name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: etree._Element, name: str) -> str | None:
    child = next((child for child in _children(node) if _name(child) == name), None)
    return child.text.strip() if child is not None and child.text else None


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())[:300]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
