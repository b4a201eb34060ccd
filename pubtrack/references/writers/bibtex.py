r"""BibTeX through pybtex, with a writer that leaves DOIs, links, names and titles as they are.

pybtex 0.26 escapes DOIs and links for LaTeX and does not undo that when it reads, takes unbraced organisations for persons,
ends a field at a percent sign and accepts an odd brace. So fields are made ready here and written as they are. Read back,
text is the same once \% \& \_ and the like are undone; in links and DOIs only { } \ ^ are percent-encoded. Titles stand in
double braces: no style may change their capitals.
"""

from __future__ import annotations

import io
import re
from typing import Any, TextIO

from pybtex.database import BibliographyData, Entry
from pybtex.database.output.bibtex import Writer

from pubtrack.models import Csl
from pubtrack.references.csl import whole_family, year
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import remark

# CSL type -> the classic entry types, which every style knows.
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
    "title": "title",
    "volume": "volume",
    "edition": "edition",
    "publisher-place": "address",
    "collection-title": "series",
    "language": "language",
    "ISSN": "issn",
    "ISBN": "isbn",
}
_CONTAINER = {"article": "journal", "incollection": "booktitle", "inproceedings": "booktitle"}
_PUBLISHER = {"techreport": "institution", "phdthesis": "school", "article": "publisher"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # not \{: BibTeX counts that brace, and one alone breaks the file
    "}": r"\textbraceright{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ESCAPE = re.compile(r"[\\{}&%$#_~^]")
_TAKES_APART = re.compile(r",|\band\b", re.IGNORECASE)
_RANGE = re.compile(r"(?<=\w)\s*[-–—]+\s*(?=\w)")


class _Writer(Writer):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's writer, but for its escaping: the fields come ready."""

    def _write_field(self, stream: TextIO, type: str, value: str) -> None:
        stream.write(f",\n  {type} = {value}")


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as BibTeX in UTF-8: every work once, its projects and any retraction in its note."""
    data = BibliographyData()
    for item, projects in references.works():
        notes = [remark(item.csl, "en"), f"{references.provider} project {', '.join(projects)}"]
        data.entries[item.csl["id"]] = _entry(item.csl, ". ".join(note for note in notes if note))
    out = io.StringIO()
    _Writer(encoding="UTF-8").write_stream(data, out)
    return out.getvalue().encode()


def _entry(csl: Csl, note: str) -> Entry:
    kind = _TYPES.get(csl["type"], "misc")
    fields: dict[str, str] = {}
    for role in ("author", "editor", "translator"):
        if csl.get(role):
            fields[role] = "{" + " and ".join(_name(name) for name in csl[role]) + "}"
    if csl.get("title"):
        fields["title"] = "{{" + escape(csl["title"]) + "}}"
    if csl.get("container-title"):
        fields[_CONTAINER.get(kind, "howpublished")] = "{" + escape(csl["container-title"]) + "}"
    if csl.get("publisher"):
        fields[_PUBLISHER.get(kind, "publisher")] = "{" + escape(csl["publisher"]) + "}"
    fields |= _dates(csl)
    for name, field in _FIELDS.items():
        if name != "title" and csl.get(name):
            fields[field] = "{" + escape(csl[name]) + "}"
    if csl.get("number"):
        fields["eid" if kind == "article" else "number"] = "{" + escape(csl["number"]) + "}"
    if csl.get("issue"):
        fields["number"] = "{" + escape(csl["issue"]) + "}"
    if csl.get("page"):
        fields["pages"] = "{" + escape(_RANGE.sub("--", csl["page"])) + "}"
    if csl.get("genre"):
        fields["type"] = "{" + escape(csl["genre"]) + "}"
    if csl.get("DOI"):
        fields["doi"] = "{" + _verbatim(csl["DOI"]) + "}"
    if csl.get("URL"):
        fields["url"] = "{" + _verbatim(csl["URL"]) + "}"
    if note:
        fields["note"] = "{" + escape(note) + "}"
    return Entry(kind, fields=fields)


def _verbatim(text: str) -> str:
    r"""A DOI or a link stays as it is but for what would break its field, or means something to TeX even in \url."""
    return re.sub(r"[{}\\^]", lambda match: f"%{ord(match.group()):02X}", text)


def _dates(csl: Csl) -> dict[str, str]:
    parts = ((csl.get("issued") or {}).get("date-parts") or [[]])[0]
    made = {"year": "{" + year(csl) + "}"} if year(csl) else {}
    if len(parts) > 1:
        made["month"] = _MONTHS[parts[1] - 1]
    if len(parts) > 2:
        made["day"] = "{" + str(parts[2]) + "}"
    return made


def escape(text: str) -> str:
    """Given text, return it with every character that means something to TeX escaped."""
    if not _ESCAPE.search(text):  # most text
        return text
    return _ESCAPE.sub(lambda match: _ESCAPES[match.group()], text)


def _name(name: dict[str, Any]) -> str:
    """Given a CSL name, return it as BibTeX reads it back: `van der Berg, Anna`, `{Ministry of A, B and C}`."""
    if "literal" in name:
        return "{" + escape(name["literal"]) + "}"
    given, suffix = name.get("given", ""), name.get("suffix", "")
    if name.get("dropping-particle"):
        given = f"{given} {name['dropping-particle']}".strip()
    family = _part(name["family"])
    if name.get("non-dropping-particle"):
        family = f"{_part(name['non-dropping-particle'])} {family}"
    elif " " in name["family"] and not given:
        family = "{" + escape(whole_family(name)) + "}"
    return ", ".join(part for part in (family, _part(suffix), _part(given)) if part)


def _part(text: str) -> str:
    """Given a part of a name, return it escaped, in braces where BibTeX would take it apart."""
    escaped = escape(text)
    return "{" + escaped + "}" if _TAKES_APART.search(text) else escaped
