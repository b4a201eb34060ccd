r"""What classic BibTeX and biblatex share: text, names and links made ready.

pybtex reads such files well and is not asked to write them: version 0.26 escapes DOIs and links for LaTeX and does not undo that
when it reads, accepts an odd brace, ends a field at a percent sign, and takes over twenty times as long (benchmarks/references.py). Read
back, text is the same once \% \& \_ and the like are undone; in links and DOIs only { } \ ^ are percent-encoded. Titles stand in
double braces: no style may change their capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pubtrack.models import Csl
from pubtrack.references.csl import whole_family
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import remark

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
_PARTICLE_INSIDE = re.compile(
    r"\S\s+[^\W\d_A-Z]"
)  # `Van der Straeten`: a small word would be taken for the end of a particle
_RANGE = re.compile(r"(?<=\w)\s*[-–—]+\s*(?=\w)")
_MASTER = re.compile(r"master|m\.?sc|doctoraalscriptie", re.IGNORECASE)
_DOCTOR = re.compile(r"doctor|ph\.?\s?d|dissertation|proefschrift", re.IGNORECASE)


Entry = tuple[str, str, dict[str, str]]  # its type, its key, its fields as they are to be written


def dump(entries: Iterable[Entry]) -> bytes:
    """Given entries, return them as a file in UTF-8."""
    return "\n".join([_entry(*entry) for entry in entries]).encode()


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    return "".join([f"@{kind}{{{key}", *[f",\n  {name} = {value}" for name, value in fields.items()], "\n}\n"])


def named(csl: Csl) -> dict[str, str]:
    """Given CSL for output, return who made the work and what it is called, as fields."""
    fields = {role: people(csl[role]) for role in ("author", "editor", "translator") if csl.get(role)}
    if csl.get("title"):
        fields["title"] = "{" + braced(csl["title"]) + "}"
    return fields


def placed(csl: Csl, kind: str, names: Mapping[str, str]) -> dict[str, str]:
    """Given CSL for output, its entry type and the fields that only have another name there, return where in its container it stands."""
    fields = {field: braced(csl[name]) for name, field in names.items() if csl.get(name)}
    if csl.get("number"):
        fields["eid" if kind == "article" or csl.get("issue") else "number"] = braced(csl["number"])
    if csl.get("issue"):
        fields["number"] = braced(csl["issue"])
    if csl.get("page"):
        fields["pages"] = pages(csl["page"])
    return fields


def found(csl: Csl, genre: str, told: str) -> dict[str, str]:
    """Given CSL for output, its genre and what its note says, return the fields that end an entry."""
    fields = {"type": braced(genre)} if genre else {}
    if csl.get("DOI"):
        fields["doi"] = verbatim(csl["DOI"])
    if csl.get("URL"):
        fields["url"] = verbatim(csl["URL"])
    return fields | {"note": braced(told)}


def note(references: ReferenceList, csl: Csl, projects: Iterable[str]) -> str:
    """Given a reference and its projects, return what its note says: a retraction, and for which projects it stands there."""
    told = remark(csl, "en")
    about = f"{references.provider} project {', '.join(projects)}"
    return f"{told}. {about}" if told else about


def braced(text: str) -> str:
    """Given text, return it as a field."""
    return "{" + escape(text) + "}"


def people(names: Iterable[dict[str, Any]]) -> str:
    """Given CSL names, return them as a field."""
    return "{" + " and ".join([name(one) for one in names]) + "}"


def pages(text: str) -> str:
    """Given pages, return them as a field, with TeX's dash in a range."""
    return "{" + escape(_RANGE.sub("--", text)) + "}"


def verbatim(text: str) -> str:
    r"""Given a DOI or a link, return it as a field: only what would break it, or means something to TeX even in \url, is encoded."""
    return "{" + re.sub(r"[{}\\^]", lambda match: f"%{ord(match.group()):02X}", text) + "}"


def escape(text: str) -> str:
    """Given text, return it with every character that means something to TeX escaped."""
    if not _ESCAPE.search(text):  # most text
        return text
    return _ESCAPE.sub(lambda match: _ESCAPES[match.group()], text)


def name(name: dict[str, Any]) -> str:
    """Given a CSL name, return it as BibTeX reads it back: `van der Berg, Anna`, `{Ministry of A, B and C}`."""
    if "literal" in name:
        return "{" + escape(name["literal"]) + "}"
    given, suffix = name.get("given", ""), name.get("suffix", "")
    if name.get("dropping-particle"):
        given = f"{given} {name['dropping-particle']}".strip()
    family = _part(name["family"])
    apart = " " in name["family"] and (not given or _PARTICLE_INSIDE.search(name["family"]))
    if family[0] != "{" and (apart or name["family"][0].islower()):  # biber takes a small `patel` for a particle
        family = "{" + family + "}"
    if name.get("non-dropping-particle"):
        family = f"{_part(name['non-dropping-particle'])} {family}"
        if not given:
            family = "{" + escape(whole_family(name)) + "}"
    return ", ".join([part for part in (family, _part(suffix), _part(given)) if part])


def _part(text: str) -> str:
    """Given a part of a name, return it escaped, in braces where BibTeX would take it apart."""
    escaped = escape(text)
    return "{" + escaped + "}" if _TAKES_APART.search(text) else escaped


def thesis(genre: str) -> str:
    """Given a thesis' genre, return what it is: phdthesis, mastersthesis, or an empty string if that is not said."""
    return "mastersthesis" if _MASTER.search(genre) else "phdthesis" if _DOCTOR.search(genre) else ""
