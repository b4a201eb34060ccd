"""Finding out what a typed publication is: sources that know single DOIs, and the page that an address leads to. Knows no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pubtrack.discovery import cited
from pubtrack.discovery.crosswalks import CROSSWALKS, landing, typed
from pubtrack.discovery.crosswalks.typed import DOI, URL
from pubtrack.discovery.model import Source
from pubtrack.errors import SourceError, Unreadable, UnusableRecord
from pubtrack.models import Record, Work

if TYPE_CHECKING:
    from pubtrack.net.guarded import Fetch


@runtime_checkable
class Knows(Protocol):
    """A source that gives the record of one DOI, or None."""

    name: str

    def work(self, doi: str, /) -> Record | None: ...


@runtime_checkable
class Searches(Protocol):
    """A source that searches for a citation; what it finds need not be it."""

    name: str

    def cited(self, citation: str, /) -> list[Record]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: the records of a DOI, or what a page says; else why nothing was. `another`: the DOI typed is another work's."""

    records: tuple[Record, ...] = ()
    doi: str | None = None
    page: dict[str, Any] | None = None
    why: str | None = None
    faults: tuple[str, ...] = ()
    asked: int = 0
    another: bool = False
    final: bool = False  # looking again would find the same


def look(kind: str, text: str, work: Work | None, *, sources: Sequence[Source], fetch: Fetch | None) -> Found:
    """Given what was typed, as what, and the work it shows by itself, return what is found of it. A source that fails is a fault."""
    if kind == DOI:
        return _by_doi([text], sources)
    if kind == URL:
        return _by_address(text, sources, fetch)
    return _by_citation(text, work, sources)


def _by_doi(dois: Sequence[str], sources: Sequence[Source]) -> Found:
    """The first of these DOIs that a source knows."""
    knowing = [source for source in sources if isinstance(source, Knows)]
    faults: list[str] = []
    asked = 0
    for source in knowing:
        for doi in dois:
            asked += 1
            try:
                record = source.work(doi)
            except SourceError as error:
                faults.append(str(error))
                break
            if record is not None:
                return Found((record,), doi, faults=tuple(faults), asked=asked)
    if not knowing:
        why = "no source that knows DOIs was asked (crossref, datacite)"
    elif faults:
        why = "a source that may know it could not be asked"
    else:
        why = (
            f"{' and '.join(source.name for source in knowing)} {'knows' if len(knowing) == 1 else 'know'} no such DOI"
        )
    return Found(why=why, faults=tuple(faults), asked=asked)


def _by_address(url: str, sources: Sequence[Source], fetch: Fetch | None) -> Found:
    found = Found(why="the address holds no DOI")
    if dois := typed.dois(url):
        found = _by_doi(dois, sources)
        if found.doi is not None:
            return found
    if fetch is None:
        return replace(found, why=f"{found.why}, and links are not followed here (credit.fetch)")
    found = replace(found, asked=found.asked + 1)
    try:
        fetched = fetch(url)
    except Unreadable as error:
        return replace(found, why=f"{found.why}, and {error}", final=error.permanent and not dois)
    page = landing.read(fetched.content or b"")
    if page is None or (fetched.media_type or "text/html") not in ("text/html", "application/xhtml+xml"):
        return replace(found, why=f"{found.why}, and the page does not say which publication it shows")
    if doi := page.get("DOI"):
        told = _by_doi([doi], sources)
        if told.doi is not None or "title" not in page:
            return replace(told, faults=found.faults + told.faults, asked=found.asked + told.asked)
        found = replace(told, faults=found.faults + told.faults, asked=found.asked + told.asked)
    return replace(found, page=page, why=None)


def _by_citation(text: str, work: Work | None, sources: Sequence[Source]) -> Found:
    """By its DOI, if that is of what is cited; else by a search whose answer is held against every word of the citation."""
    known = Found()
    if work is not None and work.doi:
        known = _by_doi([work.doi], sources)
        if known.doi is not None:
            of_doi = [_shown(record) for record in known.records]
            if any(one is not None and cited.cites(text, one) for one in of_doi):
                return known
            known = Found(faults=known.faults, asked=known.asked, another=True)
    if work is None:
        return replace(known, why="no title can be told in it", final=True)
    faults, asked = list(known.faults), known.asked
    searched = [source for source in sources if isinstance(source, Searches)]
    for source in searched:
        asked += 1
        try:
            records = source.cited(text)
        except SourceError as error:
            faults.append(str(error))
            continue
        pairs = [(found, record) for record in records if (found := _shown(record)) is not None]
        chosen = cited.chosen(work, [found for found, _ in pairs])
        if chosen is not None and chosen.doi:
            record = next(record for found, record in pairs if found is chosen)
            return Found((record,), chosen.doi, faults=tuple(faults), asked=asked, another=known.another)
    if known.another:
        why = "the DOI in it is another work's, and nothing else that surely is this was found"
    elif faults:
        why = "a source that may know it could not be asked"
    elif searched:
        why = "nothing that surely is this was found"
    else:
        why = "no source that can be searched for a citation was asked (crossref)"
    return Found(why=why, faults=tuple(faults), asked=asked, another=known.another)


def _shown(record: Record) -> Work | None:
    try:
        return CROSSWALKS[record.format](record.raw)
    except (UnusableRecord, TypeError, ValueError, LookupError, AttributeError, RecursionError):
        return None
