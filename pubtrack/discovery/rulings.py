"""What people said about which records show one work. It holds above everything that records say of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pubtrack.models import Answer, Decision

Key = tuple[str, str]  # a record: its source and its id there


@dataclass(frozen=True, slots=True)
class Rulings:
    """What holds. `parted`: a record, the one it is apart from and the DOI of that work. `bound`: two records and the decision's number."""

    parted: dict[Key, tuple[Key, str | None]] = field(default_factory=dict)
    bound: dict[tuple[Key, Key], int | None] = field(default_factory=dict)

    def without_doi(self, record: Key, doi: str | None, dois: dict[Key, str | None]) -> bool:
        """Whether a record's DOI is not believed: it is that of the work which the record was parted from, then or now."""
        other, then = self.parted.get(record, (record, None))
        return record in self.parted and doi is not None and doi in (then, dois.get(other))

    def partners(self, records: Iterable[Key]) -> set[Key]:
        """Given records, return those that people said show the same work."""
        asked = set(records)
        return {key for pair in self.bound for key in pair if asked & set(pair)}


NONE = Rulings()


def standing(decisions: Iterable[Decision]) -> Rulings:
    """Given the decisions on records that were not withdrawn, oldest first, return what holds: of two on one record, the newer."""
    rulings = Rulings()
    for decision in decisions:
        about = decision.records
        if about is None:
            continue
        if decision.answer is Answer.PARTED:
            for pair in [pair for pair in rulings.bound if about.record in pair]:
                del rulings.bound[pair]
            rulings.parted[about.record] = (about.other, about.doi)
        elif decision.answer is Answer.JOINED:
            for one, other in ((about.record, about.other), (about.other, about.record)):
                if rulings.parted.get(one, (None, None))[0] == other:
                    del rulings.parted[one]
            rulings.bound[about.record, about.other] = decision.id
    return rulings
