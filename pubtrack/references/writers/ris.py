"""RIS through rispy: every work once. An organisation whose name holds a comma reads back as a person: RIS cannot say otherwise."""

from __future__ import annotations

import re
from typing import Any

import rispy

from pubtrack.models import Csl
from pubtrack.references.csl import whole_family, year
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import remark

# CSL type -> RIS type (the RIS specification of 2011).
_TYPES = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "book": "BOOK",
    "chapter": "CHAP",
    "dataset": "DATA",
    "paper-conference": "CPAPER",
    "report": "RPRT",
    "thesis": "THES",
    "webpage": "ELEC",
    "post-weblog": "BLOG",
    "software": "COMP",
}
_FIELDS = {
    "title": "title",
    "volume": "volume",
    "edition": "edition",
    "publisher": "publisher",
    "publisher-place": "place_published",
    "language": "language",
    "collection-title": "tertiary_title",
    "event-title": "custom3",  # where the specification has a conference's name
    "genre": "type_of_work",
    "version": "custom8",
    "DOI": "doi",
}


class _Writer(rispy.RisWriter):  # type: ignore[misc]  # rispy is untyped
    """rispy's writer without its numbers between the records, which the format does not know."""

    def set_header(self, count: int) -> str:
        del count
        return ""


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as RIS in UTF-8."""
    entries = [
        _entry(item.csl, [remark(item.csl, "en"), f"{references.provider} project {', '.join(projects)}"])
        for item, projects in references.works()
    ]
    text: str = rispy.dumps(entries, implementation=_Writer)
    return text.encode()


def _entry(csl: Csl, notes: list[str]) -> dict[str, Any]:
    kind = _TYPES.get(csl["type"], "GEN")
    entry: dict[str, Any] = {"type_of_reference": kind, "id": csl["id"]}
    if csl.get("author"):
        entry["authors"] = [_name(name) for name in csl["author"]]
    if csl.get("editor"):
        entry["secondary_authors"] = [_name(name) for name in csl["editor"]]
    if csl.get("translator"):
        entry["subsidiary_authors"] = [_name(name) for name in csl["translator"]]
    entry |= {field: csl[name] for name, field in _FIELDS.items() if csl.get(name)}
    if csl.get("container-title"):
        entry["secondary_title"] = csl["container-title"]
    if csl.get("issue"):
        entry["number"] = csl["issue"]
    if csl.get("number"):
        entry["custom7" if kind == "JOUR" else "number"] = csl[
            "number"
        ]  # C7 is the article number of a journal article
    pages = re.fullmatch(r"\s*(\w+)\s*[-–—]+\s*(\w+)\s*", csl.get("page", ""))
    if pages:
        entry["start_page"], entry["end_page"] = pages.groups()
    elif csl.get("page"):
        entry["start_page"] = csl["page"]
    if csl.get("ISSN") or csl.get("ISBN"):
        entry["issn"] = (
            csl.get("ISBN") if kind in ("BOOK", "CHAP") and csl.get("ISBN") else csl.get("ISSN") or csl.get("ISBN")
        )
    parts = ((csl.get("issued") or {}).get("date-parts") or [[]])[0]
    if year(csl):
        entry["year"] = year(csl)
    if parts:
        entry["date"] = "/".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])]) + "/" * (4 - len(parts))
    elif csl.get("issued"):
        entry["date"] = (
            f"{year(csl)}///{csl['issued']['literal']}"  # the specification's place for other words on a date
        )
    if csl.get("URL"):
        entry["urls"] = [csl["URL"]]
    entry["notes"] = [note for note in notes if note]
    return entry


def _name(name: dict[str, Any]) -> str:
    if "literal" in name:
        return str(name["literal"])
    given = " ".join(part for part in (name.get("given"), name.get("dropping-particle")) if part)
    return ", ".join(part for part in (whole_family(name), given, name.get("suffix")) if part)
