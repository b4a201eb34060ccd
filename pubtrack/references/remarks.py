"""What became of a row of the provider's list, and what in it is not as it should be. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rapidfuzz import fuzz

from pubtrack.models import Work
from pubtrack.references.joining import Join, PublishedRow, folded

KINDS = ("arrived", "new", "unknown", "unclaimed", "other_project", "elsewhere")
_ALIKE = 90  # of 100: under it two titles are two titles, not one with a slip of the pen
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Slip:
    """Something in a row that the provider may want to put right: what it is, as it stands there, as it should be."""

    what: str  # project | twice | title | year
    there: str
    here: str


def kind(
    named: Sequence[str],
    join: Join,
    own: Mapping[str, Collection[int]],
    registered: AbstractSet[str],
    born: Collection[int] = (),
) -> str:
    """Given a row's project numbers and its work, return which of KINDS it is.

    `own` are the outputs of each project of ours, `born` the works that are known from the provider's list alone.
    """
    ours = [project_id for project_id in named if project_id in registered]
    if join.work_id is None:
        return "unknown" if ours else "elsewhere"
    if any(join.work_id in own.get(project_id, ()) for project_id in ours):
        return "arrived"
    if any(join.work_id in works for works in own.values()):
        return "other_project"
    if not ours:
        return "elsewhere"
    return "new" if join.work_id in born else "unclaimed"


def slips(row: PublishedRow, join: Join, work: Work, years: Collection[int], whole: bool = True) -> list[Slip]:
    """Given a row, its work, the years in which it appeared and whether those are all, return its wrong title and its wrong year.

    If they may not be all, a year that is one off is no fault: what is online in one is often in print in the next.

    A title counts as wrong only where a DOI or an address led to the work; a subtitle that is left out, or added, is no fault.
    """
    found = []
    there, here = folded(row.title), folded(work.title)
    if join.joined_by in ("doi", "url") and there and here and not _one_title(there, here):
        found.append(Slip("title", row.title, work.title))
    said = {int(year) for year in _YEAR.findall(row.issued)}
    near = {year + slack for year in years for slack in ((0,) if whole else (-1, 0, 1))}
    if years and row.issued and not said & near:
        found.append(Slip("year", row.issued, " / ".join(str(year) for year in sorted(years))))
    return found


def _one_title(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one) or fuzz.token_set_ratio(one, other) >= _ALIKE


def twice(rows: Sequence[tuple[PublishedRow, Join]]) -> dict[int, int]:
    """Given the rows with their works, return each row that shows a work and project once more, with the row that showed it first."""
    first: dict[tuple[str, int], int] = {}
    found = {}
    for row, join in rows:
        if join.work_id is not None:
            seen = first.setdefault((row.project, join.work_id), row.row)
            if seen != row.row:
                found[row.row] = seen
    return found
