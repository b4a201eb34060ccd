"""Which work a row of the provider's list shows: by DOI, by link, by title with author and year. Precision first. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from anyascii import anyascii
from rapidfuzz import fuzz

from pubtrack import identifiers
from pubtrack.models import Csl, Work
from pubtrack.references.csl import safe_url

_ALIKE = (
    92  # of 100; a title this near with the same first author and year is the same: typing errors and cut-off titles
)
_STRANGE = 50  # under it, and with no author in common, a link leads to another work than the row names
_LONG = 6  # words a title must have to say something without an author
# How publishers' addresses go on behind a DOI.
_BEHIND = re.compile(
    r"(?:/(?:full|pdf|epdf|pdfdirect|abstract|html|meta|summary)|\.(?:full|pdf|html?|abstract))+$", re.IGNORECASE
)
_TRACKING = re.compile(r"^(utm_|fbclid|gclid|ref$|source$|af$|casa_token)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row of the list as it stands there; `row` is its number in the sheet."""

    row: int
    project: str
    title: str
    authors: str
    issued: str
    institution: str
    url: str
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """The work a row shows and what says so: doi, url or title. Without a work, `joined_by` may say why not: disputed, ambiguous."""

    work_id: int | None
    joined_by: str | None


class Index:
    """The works by everything a row can be known by."""

    def __init__(self, works: Iterable[Work], identities: Mapping[int, Collection[str]]) -> None:
        self._works: dict[int, Work] = {}
        self._by_doi: dict[str, int] = {}
        self._by_url: dict[str, set[int]] = defaultdict(set)
        self._by_title: dict[str, set[int]] = defaultdict(set)
        self._by_surname: dict[str, set[int]] = defaultdict(set)
        for work in works:
            assert work.id is not None
            self._works[work.id] = work
            for identity in (*identities.get(work.id, ()), *([f"doi:{work.doi}"] if work.doi else [])):
                kind, _, value = identity.partition(":")
                if kind == "doi":
                    self._by_doi[value.lower()] = work.id
                elif kind == "url":
                    self._add_url(value, work.id)
            for url in (work.csl.get("URL"), *(link.url for link in work.links)):
                self._add_url(url, work.id)
            self._by_title[folded(work.title)].add(work.id)
            if surname := first_surname(work):
                self._by_surname[surname].add(work.id)

    def _add_url(self, url: object, work_id: int) -> None:
        if key := url_key(str(url or "")):
            self._by_url[key].add(work_id)

    def join(self, row: PublishedRow, own: Collection[int] = ()) -> Join:
        """Given a row, return the work it shows. `own` are the outputs of the row's project: they decide between equals."""
        found = self._by_identifier(row)
        if found is not None:
            work_id, by = found
            return Join(work_id, by) if self._fits(row, self._works[work_id]) else Join(None, "disputed")
        title = folded(row.title)
        if not title:
            return Join(None, None)
        same = {
            work_id
            for work_id in self._by_title.get(title, ())
            if self._agrees(row, self._works[work_id], title, work_id in own)
        }
        if not same:
            same = self._near(row, title)
        if len(same) > 1:
            same &= set(own)
            if len(same) != 1:
                return Join(None, "ambiguous")
        return Join(same.pop(), "title") if same else Join(None, None)

    def _by_identifier(self, row: PublishedRow) -> tuple[int, str] | None:
        for doi in dois(row.doi, row.url):
            if doi in self._by_doi:
                return self._by_doi[doi], "doi"
        works = self._by_url.get(url_key(row.url) or "", set())
        return (next(iter(works)), "url") if len(works) == 1 else None

    def _fits(self, row: PublishedRow, work: Work) -> bool:
        if not row.title or fuzz.token_set_ratio(folded(row.title), folded(work.title)) >= _STRANGE:
            return True
        authors = set(folded(row.authors).split())
        surnames = {folded(str(author.get("family") or author.get("literal") or "")) for author in work.authors}
        return any(set(surname.split()) <= authors for surname in surnames if surname)

    def _agrees(self, row: PublishedRow, work: Work, title: str, own: bool) -> bool:
        """Return whether author and year of a row with the same title speak for the work, or are silent and the title is long.

        A year may be plainly wrong only where all else agrees: a long title, the first author, and the project's own output.
        """
        between, surname = _years_between(row, work), first_surname(work)
        named = bool(surname) and surname in folded(row.authors).split()
        if between is not None and between > 1:
            return own and named and len(title.split()) >= _LONG
        if named:
            return True
        return len(title.split()) >= _LONG and (_says_nothing(row.authors) or not surname or between == 0)

    def _near(self, row: PublishedRow, title: str) -> set[int]:
        if len(title.split()) < 4:
            return set()
        candidates = {
            work_id for word in set(folded(row.authors).split()) for work_id in self._by_surname.get(word, ())
        }
        found = set()
        for work_id in candidates:
            work = self._works[work_id]
            other = folded(work.title)
            cut = min(len(title), len(other)) >= 40 and (title.startswith(other) or other.startswith(title))
            between = _years_between(row, work)
            if between is not None and between <= 1 and (cut or fuzz.ratio(title, other, score_cutoff=_ALIKE)):
                found.add(work_id)
        return found


def as_csl(row: PublishedRow, authors: Sequence[Mapping[str, str]]) -> tuple[str, Csl]:
    """Given a row and its authors as names, return an id of what it says, whatever its number, and that as CSL-JSON.

    Nothing is made of what says nothing: no author of `Diverse`, no year of `n.n.b.`, no link of `geen`.
    """
    csl: Csl = {"type": "document", "title": row.title}
    if authors and not _says_nothing(row.authors):
        csl["author"] = [dict(name) for name in authors]
    day = re.fullmatch(r"((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?", row.issued.strip())
    if day:
        csl["issued"] = {"date-parts": [[int(part) for part in day.groups() if part]]}
    elif year := re.search(r"\b(?:19|20)\d\d\b", row.issued):
        csl["issued"] = {"date-parts": [[int(year.group())]]}
    found = identifiers.find_dois(unquote(row.doi)) or identifiers.find_dois(unquote(row.url))
    if found:
        csl["DOI"] = _BEHIND.sub("", re.split(r"[?#]", found[0])[0])
    elif url_key(row.url) and (url := safe_url(row.url if "://" in row.url else f"https://{row.url.strip()}")):
        csl["URL"] = url
    told = json.dumps(csl, ensure_ascii=False, sort_keys=True)
    source_id = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return source_id, csl | {"id": source_id}


def folded(text: str) -> str:
    """Given a title or names, return its words in plain lower-case letters and digits."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).lower()))


def first_surname(work: Work) -> str:
    """Given a work, return the last word of the first author's family name, folded, or an empty string."""
    if not work.authors:
        return ""
    words = folded(str(work.authors[0].get("family") or work.authors[0].get("literal") or "")).split()
    return words[-1] if words else ""


def _says_nothing(authors: str) -> bool:
    return folded(authors) in ("", "diverse", "divers", "et al", "various", "nvt", "n v t", "onbekend", "unknown")


def _years_between(row: PublishedRow, work: Work) -> int | None:
    found = re.search(r"\b(?:19|20)\d\d\b", row.issued)
    try:
        issued = work.issued
    except (TypeError, ValueError):
        return None
    return abs(int(found.group()) - issued.year) if found and issued else None


def dois(*texts: str) -> list[str]:
    """Given a row's DOI and URL, return the DOIs they may hold, likeliest first: publishers put more behind one in a link."""
    found: dict[str, None] = {}
    for text in texts:
        for doi in identifiers.find_dois(unquote(text)):
            found[doi] = None
            shorter = re.split(r"[?#]", doi)[0]
            while "/" in shorter:
                found[shorter] = None
                bare = re.sub(r"\.(?:pdf|html?|full|abstract)$", "", shorter)
                shorter = bare if bare != shorter else shorter.rpartition("/")[0]
    return list(found)


def url_key(url: str) -> str | None:
    """Given a URL, return what makes it the same as another, or None if it names no page of its own (a host, a home page)."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    query = urlencode(sorted(pair for pair in parse_qsl(parts.query) if not _TRACKING.match(pair[0])))
    path = unquote(parts.path).rstrip("/")
    if (
        "." not in host
        or " " in host
        or (not query and path.count("/") < 1)
        or path.casefold() in ("/index.html", "/home")
    ):
        return None
    return f"{host}{path}?{query}".rstrip("?").casefold()
