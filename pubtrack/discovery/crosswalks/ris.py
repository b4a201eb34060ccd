"""One RIS entry to a Work. Pure. https://en.wikipedia.org/wiki/RIS_(file_format) with the tables of its 2001 and 2011 versions."""

from __future__ import annotations

import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.csl_json import own
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    inverted,
    isbn,
    issn,
    language,
    string,
    web_address,
)
from pubtrack.discovery.crosswalks.text import paragraphs
from pubtrack.errors import UnusableRecord
from pubtrack.models import Work

TYPES = {
    "JOUR": "article-journal",
    "JFULL": "article-journal",
    "EJOUR": "article-journal",
    "INPR": "article-journal",
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
    "BOOK": "book",
    "EBOOK": "book",
    "EDBOOK": "book",
    "CHAP": "chapter",
    "ECHAP": "chapter",
    "CONF": "paper-conference",
    "CPAPER": "paper-conference",
    "RPRT": "report",
    "GOVDOC": "report",
    "THES": "thesis",
    "UNPB": "manuscript",
    "PREPRINT": "article",
    "DATA": "dataset",
    "COMP": "software",
    "ELEC": "webpage",
    "WEB": "webpage",
    "BLOG": "post-weblog",
    "ENCYC": "entry-encyclopedia",
    "DICT": "entry-dictionary",
    "PAT": "patent",
    "STAND": "standard",
}
# rispy's names to CSL's; of two for one, the first that is there.
FIELDS = (
    ("volume", "volume"),
    ("publisher", "publisher"),
    ("place_published", "publisher-place"),
    ("edition", "edition"),
    ("type_of_work", "genre"),
)
_TITLES = ("primary_title", "title")
_CONTAINERS = ("journal_name", "alternate_title3", "secondary_title", "alternate_title2", "alternate_title1")


def crosswalk(raw: bytes) -> Work:
    """Given one RIS entry, return the work it shows. Raise UnusableRecord, with the reason it is counted under, if it shows none."""
    entry = _read(raw.decode("utf-8", "replace"))
    title = next((text for name in _TITLES if (text := string(entry.get(name)))), "")
    kind = TYPES.get(str(entry.get("type_of_reference", "")).strip().upper(), "document")
    if not title and kind in ("book", "report"):
        title = string(entry.get("secondary_title"))  # BT, the book's title in the older table
    if not title:
        raise UnusableRecord("no title")
    csl: dict[str, Any] = {"title": title, "type": kind}
    csl |= {name: value for foreign, name in FIELDS if (value := string(entry.get(foreign)))}
    if container := next((text for name in _CONTAINERS if (text := string(entry.get(name))) and text != title), ""):
        csl["container-title"] = container
    if number := string(entry.get("number")):
        csl["issue" if kind == "article-journal" else "number"] = number
    if pages := "-".join(part for part in (string(entry.get("start_page")), string(entry.get("end_page"))) if part):
        csl["page"] = re.sub(r"\s*[–—]\s*", "-", pages)
    if people := _names(entry.get("authors"), entry.get("first_authors")):
        csl["author"] = people
    if kind in ("chapter", "paper-conference") and (editors := _names(entry.get("secondary_authors"))):
        csl["editor"] = editors
    candidates = (entry.get(name) for name in ("date", "year", "publication_year"))
    found = [parts for text in candidates if (parts := dates.written(re.sub(r"[/\s]+$", "", string(text))))]
    if found:
        csl["issued"] = {"date-parts": [max(found, key=len)]}
    if abstract := paragraphs(string(entry.get("abstract")) or string(entry.get("notes_abstract"))):
        csl["abstract"] = abstract
    if code := language(string(entry.get("language"))):
        csl["language"] = code
    numbers = re.split(r"[,;]\s*|\s+\(", string(entry.get("issn")))
    book = next((code for text in numbers if (code := isbn(text))), None)
    csl |= {
        name: code for name, code in (("ISSN", next(filter(None, map(issn, numbers)), None)), ("ISBN", book)) if code
    }
    urls = [text.strip() for text in entry.get("urls") or [] if isinstance(text, str)]
    doi = identifiers.doi(string(entry.get("doi"))) or next(filter(None, map(identifiers.doi, urls)), None)
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := next(filter(None, map(web_address, urls)), None):
        csl["URL"] = url
    return Work(csl=csl, identities=own(doi, book, csl), retracted=bool(RETRACTED_TITLE.match(title)))


def _read(text: str) -> dict[str, Any]:
    import rispy

    try:
        entries = rispy.loads(text)
    except (OSError, ValueError, IndexError, KeyError, rispy.parser.ParseError) as error:
        raise UnusableRecord("a broken RIS entry") from error
    if len(entries) != 1:
        raise UnusableRecord("a broken RIS entry")
    return dict(entries[0])


def _names(*lists: Any) -> list[Author]:
    names = (inverted(text) for given in lists for text in given or () if isinstance(text, str))
    return [name for name in names if name is not None]
