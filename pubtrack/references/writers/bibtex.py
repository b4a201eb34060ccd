"""Classic BibTeX, which every style knows (`btxdoc`, 1988). What differs when it is read back:

kinds that it does not know are @misc with their kind in `type`; a date that is no date stands in `year`.
"""

from __future__ import annotations

from pubtrack.models import Csl
from pubtrack.references.lists import ReferenceList
from pubtrack.references.writers import tex
from pubtrack.references.writers.tex import Entry, braced

# CSL type -> the classic entry types.
_TYPES = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "book": "book",
    "chapter": "incollection",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
}
_FIELDS = {
    "volume": "volume",
    "edition": "edition",
    "publisher-place": "address",
    "collection-title": "series",
    "event-title": "eventtitle",
    "version": "version",
    "language": "language",
    "ISSN": "issn",
    "ISBN": "isbn",
}
_CONTAINER = {"article": "journal", "incollection": "booktitle", "inproceedings": "booktitle"}
_PUBLISHER = {"techreport": "institution", "phdthesis": "school", "mastersthesis": "school"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as BibTeX in UTF-8: every work once, its projects and any retraction in its note."""
    return tex.dump(_entry(item.csl, tex.note(references, item.csl, projects)) for item, projects in references.works())


def _entry(csl: Csl, note: str) -> Entry:
    kind, genre = _kind(csl)
    fields = tex.named(csl)
    if csl.get("container-title"):
        fields[_CONTAINER.get(kind, "howpublished")] = braced(csl["container-title"])
    if csl.get("publisher"):
        fields[_PUBLISHER.get(kind, "publisher")] = braced(csl["publisher"])
    fields |= _dates(csl)
    return kind, csl["id"], fields | tex.placed(csl, kind, _FIELDS) | tex.found(csl, genre, note)


def _kind(csl: Csl) -> tuple[str, str]:
    """Return the entry type and what stands in its field `type`: no thesis is called a doctor's unless its record says so."""
    kind, genre = _TYPES.get(csl["type"], "misc"), csl.get("genre", "")
    if kind == "phdthesis":
        return tex.thesis(genre) or kind, genre or "Thesis"
    if kind == "misc" and csl["type"] != "document":
        return kind, genre or csl["type"]
    return kind, genre


def _dates(csl: Csl) -> dict[str, str]:
    issued = csl.get("issued") or {}
    parts = (issued.get("date-parts") or [[]])[0]
    if not parts:
        return {"year": braced(issued["literal"])} if issued.get("literal") else {}
    made = {"year": f"{{{parts[0]:04d}}}"}
    if len(parts) > 1:
        made["month"] = _MONTHS[parts[1] - 1]
    if len(parts) > 2:
        made["day"] = f"{{{parts[2]}}}"
    return made
