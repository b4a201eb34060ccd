"""One BibTeX entry to a Work. Pure. https://ctan.org/pkg/bibtex (btxdoc) and the biblatex manual for the newer names."""

from __future__ import annotations

import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.csl_json import own
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    isbn,
    issn,
    language,
    literal,
    named,
    web_address,
)
from pubtrack.discovery.crosswalks.mathml import script
from pubtrack.discovery.crosswalks.text import paragraphs, plain
from pubtrack.errors import UnusableRecord
from pubtrack.models import Work

TYPES = {
    "article": "article-journal",
    "suppperiodical": "article-journal",
    "book": "book",
    "mvbook": "book",
    "booklet": "pamphlet",
    "collection": "book",
    "proceedings": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "inreference": "entry",
    "inproceedings": "paper-conference",
    "conference": "paper-conference",
    "manual": "report",
    "report": "report",
    "techreport": "report",
    "thesis": "thesis",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "unpublished": "manuscript",
    "online": "webpage",
    "electronic": "webpage",
    "www": "webpage",
    "dataset": "dataset",
    "software": "software",
    "patent": "patent",
}
_NO_PUBLICATIONS = {"periodical": "a journal, not a publication"}
# BibTeX's names to CSL's; of two for one, the first that is there.
FIELDS = (
    ("journal", "container-title"),
    ("journaltitle", "container-title"),
    ("booktitle", "container-title"),
    ("series", "collection-title"),
    ("volume", "volume"),
    ("pages", "page"),
    ("publisher", "publisher"),
    ("school", "publisher"),
    ("institution", "publisher"),
    ("organization", "publisher"),
    ("address", "publisher-place"),
    ("location", "publisher-place"),
    ("edition", "edition"),
)
# What shapes letters and says nothing; what stands in its braces stays.
_FACES = re.compile(
    r"\\(?:emph|text(?:it|bf|sc|rm|tt|sf|sl|up|md|normal)|mathrm|mathit|mathbf|mbox|url|uppercase|lowercase|noopsort)\s*(?={)"
)
_SCRIPTS = re.compile(r"\\text(super|sub)script\s*{([^{}]*)}")
_BRACES = re.compile(r"[{})]")
_MARKS = {"super": "sup", "sub": "sub"}


def crosswalk(raw: bytes) -> Work:
    """Given one BibTeX entry (and the @string macros it needs, in front), return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it cannot be read or shows none.
    """
    kind, fields = _read(raw.decode("utf-8", "replace"))
    if kind in _NO_PUBLICATIONS:
        raise UnusableRecord(_NO_PUBLICATIONS[kind])
    title, subtitle = _text(fields.get("title", "")), _text(fields.get("subtitle", ""))
    if not title:
        raise UnusableRecord("no title")
    csl: dict[str, Any] = {
        "title": f"{title}: {subtitle}" if subtitle else title,
        "type": "article" if _is_preprint(kind, fields) else TYPES.get(kind, "document"),
    }
    for foreign, name in FIELDS:
        if name not in csl and (value := _text(fields.get(foreign, ""))):
            csl[name] = re.sub(r"\s*[–—]+\s*|--+", "-", value) if name == "page" else value
    if number := _text(fields.get("number", "") or fields.get("issue", "")):
        csl["issue" if csl["type"] in ("article-journal", "paper-conference") else "number"] = number
    for role in ("author", "editor"):
        if people := _names(fields.get(role, "")):
            csl[role] = people
    if issued := _issued(fields):
        csl["issued"] = {"date-parts": [issued]}
    if abstract := paragraphs(_text(fields.get("abstract", ""))):
        csl["abstract"] = abstract
    if code := language(_text(fields.get("language", "") or fields.get("langid", ""))):
        csl["language"] = code
    if serial := issn(_bare(fields.get("issn", "")).split(",")[0]):
        csl["ISSN"] = serial
    book = isbn(_bare(fields.get("isbn", "")).split(" ")[0])
    if book:
        csl["ISBN"] = book
    doi = identifiers.doi(_bare(fields.get("doi", ""))) or identifiers.doi(_bare(fields.get("url", "")))
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := web_address(_bare(fields.get("url", ""))):
        csl["URL"] = url
    if genre := _text(fields.get("type", "")):
        csl["genre"] = genre
    return Work(csl=csl, identities=own(doi, book, csl), retracted=bool(RETRACTED_TITLE.match(title)))


def closes(text: str, start: int, limit: int | None = None) -> int | None:
    """Given where an entry's `{` or `(` stands, return where it is closed before `limit`, or None.

    BibTeX counts all braces, escaped or not.
    """
    depth, closing = 0, "}" if text[start] == "{" else ")"
    for brace in _BRACES.finditer(text, start, len(text) if limit is None else limit):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth < 0:
            return None
        if depth == 0 and brace.group() == closing:
            return brace.end()
    return None


def _read(text: str) -> tuple[str, dict[str, str]]:
    from pybtex.database.input.bibtex import Parser
    from pybtex.exceptions import PybtexError

    start = re.search(r"@\s*(?!(?i:string)\b)[A-Za-z]+\s*([{(])", text)
    if start is None:
        raise UnusableRecord("not a BibTeX entry")
    end = closes(text, start.start(1))
    if end is None:
        raise UnusableRecord("a broken BibTeX entry: a brace is not closed")
    if text[end:].strip():
        raise UnusableRecord("a broken BibTeX entry: a brace too many")
    try:
        entries = Parser(person_fields=[]).parse_string(text).entries
    except (PybtexError, ValueError, IndexError, RecursionError) as error:
        raise UnusableRecord("a broken BibTeX entry") from error
    if len(entries) != 1:
        raise UnusableRecord("a broken BibTeX entry")
    entry = next(iter(entries.values()))
    return entry.type.lower(), {name.lower(): str(value) for name, value in entry.fields.items()}


def _text(value: str) -> str:
    """LaTeX to plain text. A bare % is a percent sign in BibTeX, though LaTeX would drop what follows it."""
    if not value.strip():
        return ""
    value = _SCRIPTS.sub(lambda match: script(_MARKS[match[1]], match[2]), _FACES.sub("", value))
    if not re.search(r"[\\~$]|--|``|''", value):
        value = re.sub(r"[{}]", "", value)
    else:
        from pybtex.exceptions import PybtexError
        from pybtex.richtext import Text

        try:
            value = str(Text.from_latex(re.sub(r"(?<!\\)%", r"\\%", value)))
        except (PybtexError, ValueError, IndexError, RecursionError):
            value = re.sub(r"[{}]", "", value)
    return plain(value)


def _bare(value: str) -> str:
    """An identifier or address: only the braces and escapes that BibTeX's writers put in are taken out."""
    return re.sub(
        r"\\([_%&#~{}$])", r"\1", value.replace("{", "").replace("}", "").replace(r"\textasciitilde", "~")
    ).strip()


def _names(value: str) -> list[Author]:
    if not value.strip():
        return []
    from pybtex.bibtex.utils import split_name_list
    from pybtex.database import Person
    from pybtex.exceptions import PybtexError

    try:
        given = [name.strip() for name in split_name_list(value)]
    except (PybtexError, ValueError, IndexError):
        given = []
    found: list[Author | None] = []
    for name in given:
        if not name or name.lower() == "others":
            continue
        if name.startswith("{") and closes(name, 0) == len(name):
            found.append(literal(_text(name)))
            continue
        try:
            person = Person(name)
        except (PybtexError, ValueError, IndexError):
            found.append(literal(_text(name)))
            continue
        family = _text(" ".join([*person.prelast_names, *person.last_names]))
        first = _text(" ".join([*person.first_names, *person.middle_names]))
        found.append(named(first, family, _text(" ".join(person.lineage_names))) if first else literal(family))
    return [name for name in found if name is not None]


def _issued(fields: dict[str, str]) -> list[int] | None:
    if found := dates.written(_text(fields.get("date", ""))):
        return found
    year, month = _text(fields.get("year", "")), _text(fields.get("month", ""))
    if month.isdecimal():
        return dates.parts([year, month, *([fields["day"]] if fields.get("day") else [])])
    return (dates.written(f"{month} {year}") if month else None) or dates.written(year)


def _is_preprint(kind: str, fields: dict[str, str]) -> bool:
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    return kind in ("misc", "online", "unpublished") and archive == "arxiv"
