"""BibTeX for biblatex and biber (the biblatex manual, 2.1 and 2.2): more kinds, whole dates, the journal in `journaltitle`.

What differs when it is read back: a kind that it does not know is @misc with its kind in `type`; a date that is no date stands
in `year`, where biblatex allows any text.
"""

from __future__ import annotations

from pubtrack.models import Csl
from pubtrack.references.csl import date_text
from pubtrack.references.lists import ReferenceList
from pubtrack.references.writers import tex
from pubtrack.references.writers.tex import Entry, braced

# CSL type -> biblatex's.
_TYPES = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "book": "book",
    "chapter": "incollection",
    "paper-conference": "inproceedings",
    "report": "report",
    "thesis": "thesis",
    "dataset": "dataset",
    "software": "software",
    "webpage": "online",
    "post-weblog": "online",
}
_FIELDS = {
    "volume": "volume",
    "edition": "edition",
    "publisher-place": "location",
    "collection-title": "series",
    "event-title": "eventtitle",
    "version": "version",
    "language": "language",
    "ISSN": "issn",
    "ISBN": "isbn",
}
_CONTAINER = {"article": "journaltitle", "incollection": "booktitle", "inproceedings": "booktitle"}
_BY_INSTITUTION = ("report", "thesis")


def write(references: ReferenceList) -> bytes:
    """Given a list, return it for biblatex in UTF-8: every work once, its projects and any retraction in its note."""
    return tex.dump(_entry(item.csl, tex.note(references, item.csl, projects)) for item, projects in references.works())


def _entry(csl: Csl, note: str) -> Entry:
    kind, genre = _kind(csl)
    fields = tex.named(csl)
    if csl.get("container-title"):
        fields[_CONTAINER.get(kind, "howpublished" if kind == "misc" else "maintitle")] = braced(csl["container-title"])
    if csl.get("publisher"):
        fields["institution" if kind in _BY_INSTITUTION else "publisher"] = braced(csl["publisher"])
    if date := date_text(csl):
        fields["date" if csl["issued"].get("date-parts") else "year"] = braced(date)
    return kind, csl["id"], fields | tex.placed(csl, kind, _FIELDS) | tex.found(csl, genre, note)


def _kind(csl: Csl) -> tuple[str, str]:
    """Return the entry type and what stands in its field `type`, without which biblatex takes no thesis and no report."""
    kind, genre = _TYPES.get(csl["type"], "misc"), csl.get("genre", "")
    if kind == "thesis":
        return kind, genre or "Thesis"
    if kind == "report":
        return kind, genre or "Report"
    if kind == "book" and csl.get("editor") and not csl.get("author"):
        return "collection", genre
    if kind == "misc" and csl["type"] != "document":
        return kind, genre or csl["type"]
    return kind, genre
