"""What somebody typed of a publication (a DOI, a web address, a citation) to a Work. Pure.

| field | fate |
|---|---|
| `kind`, `text` | what was typed; a citation is read by `citation.py` |
| `doi` | what it turned out to be: DOI, identity; empty: the DOI typed is another work's, so it is left out |
| `title` | of what it turned out to be, where a DOI or an address says nothing itself |
| `type` | of the known work that it cites, so that both are joined by title, authors and year like other records |
| `identity` | of the known work, where that has no DOI |
| `page` | what a page's meta tags said, as CSL (`landing.py`) |
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks.citation import parsed
from pubtrack.discovery.crosswalks.fields import web_address
from pubtrack.discovery.crosswalks.repository import persistent
from pubtrack.discovery.crosswalks.text import plain
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Work

DOI, URL, CITATION = KINDS = ("doi", "url", "citation")
LONGEST = 2_000
# How publishers' addresses go on behind a DOI.
_BEHIND = re.compile(
    r"(?:/(?:full(?:text|html)?|pdf|epdf|pdfdirect|epub|abstract|abs|html|meta|summary|references|figures|download|asset.*|viewcontent)"
    r"|\.(?:full|pdf|html?|abstract|short|full-text)|v\d{1,2})+$",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"10\.[0-9]{4,9}/[^\s?#&]+", re.IGNORECASE)
_ARXIV = re.compile(
    r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})",
    re.IGNORECASE,
)
_PUBMED = re.compile(
    r"https?://(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed)/(\d{1,9})", re.IGNORECASE
)
_PMC = re.compile(
    r"https?://(?:pmc\.ncbi\.nlm\.nih\.gov/articles|(?:www\.)?ncbi\.nlm\.nih\.gov/pmc/articles|europepmc\.org/articles?)/(PMC\d{1,9})",
    re.IGNORECASE,
)


def crosswalk(raw: bytes) -> Work:
    """Given what was typed and what became known of it, return the work. Raise UnusableRecord if it shows none yet."""
    try:
        held = json.loads(raw)
        kind, text = str(held["kind"]), str(held["text"])
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise UnusableRecord("not what somebody typed") from error
    doi, csl = held.get("doi"), _csl(kind, text, held)
    if csl is None:
        raise UnusableRecord(
            "no title can be told in the citation" if kind == CITATION else "reported by a person, and not found yet"
        )
    if doi is not None:
        csl = {name: value for name, value in csl.items() if name not in ("DOI", "URL")}
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif kind == URL and "URL" not in csl:
        csl["URL"] = text
    if isinstance(held.get("type"), str):
        csl["type"] = held["type"]
    named = [f"doi:{csl['DOI']}"] if csl.get("DOI") else []
    named += [held["identity"]] if isinstance(held.get("identity"), str) else []
    if kind == URL:
        named += identities(text)
    return Work(csl=csl, identities=tuple(dict.fromkeys(named)), links=(Link(text),) if kind == URL else ())


def _csl(kind: str, text: str, held: dict[str, Any]) -> dict[str, Any] | None:
    read = parsed(text) if kind == CITATION else None
    page, title = held.get("page"), held.get("title")
    if read is not None:
        return read
    if isinstance(page, dict) and page.get("title"):
        return dict(page)
    return {"title": title, "type": "document"} if isinstance(title, str) and title else None


def understood(text: str, kind: str | None = None) -> tuple[str, str]:
    """Given what was typed and perhaps as what, return its kind and itself, clean. Raise ValueError, with a sentence, if it is not that.

    Without a kind the text tells: a DOI, a web address, else a citation.
    """
    text = plain(text[: LONGEST + 1])
    if not any(character.isalnum() for character in text):
        raise ValueError("Nothing was given. Give a DOI, a web address or a citation.")
    if len(text) > LONGEST:
        raise ValueError(
            f"This is longer than {LONGEST:,} characters. Give one publication at a time, by its DOI if it has one."
        )
    bare = text.strip(" <>.,;\"'")
    doi = identifiers.doi(bare) or _only_doi(bare)
    if kind == DOI and doi is None:
        raise ValueError(
            f"{short(text)} is not a DOI. A DOI begins with 10. and holds a slash: 10.5555/12345678, for example."
        )
    if kind in (DOI, None) and doi is not None:
        return DOI, doi
    address = web_address(bare) or (
        web_address(f"https://{bare}") if re.match(r"(?:www\.|[\w.-]+\.[a-z]{2,}/)\S+$", bare) else None
    )
    if kind == URL and address is None:
        raise ValueError(f"{short(text)} is not a web address. It begins with https:// and holds no blanks.")
    if kind in (URL, None) and address is not None:
        return (DOI, doi) if doi else (URL, address)
    return CITATION, text


def _only_doi(text: str) -> str | None:
    """`DOI 10.5555/1.` and the like: a DOI, and nothing else that says anything."""
    found = identifiers.find_dois(text)
    rest = re.sub(r"(?i)https?://(?:dx\.|www\.)?doi\.org/|\bdoi\b|10\.\d{4,9}/\S+", "", text)
    return found[0] if len(found) == 1 and not any(character.isalnum() for character in rest) else None


def dois(url: str) -> list[str]:
    """Given a web address, return the DOIs that it may hold, the likeliest first, publishers' endings taken off, at most three."""
    if match := _ARXIV.match(url):
        return [f"10.48550/arxiv.{match[1].lower()}"]
    found = [
        doi
        for piece in _IN_URL.findall(url.replace("%2F", "/").replace("%2f", "/"))
        if (doi := identifiers.doi(piece.rstrip("/.,;")))
    ]
    made = [name for doi in found for name in dict.fromkeys((_BEHIND.sub("", doi), doi))]
    return list(dict.fromkeys(made))[:3]


def identities(url: str) -> list[str]:
    """Given a web address, return the identities of a work that it names: a handle, a URN, a PubMed number."""
    if match := _PUBMED.match(url):
        return [f"pmid:{match[1]}"]
    if match := _PMC.match(url):
        return [f"pmcid:{match[1].upper()}"]
    name = persistent(url)
    return [f"url:{name}"] if name else []


def named(text: str) -> str:
    """Given a citation, return a short name for it that is the same however its blanks and capitals are typed."""
    letters = "".join(character for character in text.casefold() if character.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()[:12]


def short(text: str, most: int = 80) -> str:
    """Return a text for a sentence, cut where it gets long."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
