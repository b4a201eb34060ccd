"""Read from the store, at once, all that duties are computed from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from pubtrack.clock import moment
from pubtrack.models import Duty
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.model import Facts, Given
from pubtrack.obligations.outputs import outputs
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, decisions, findings, letters, matches, projects, references, reports, works

__all__ = ["Facts", "gather", "today"]


def gather(store: Store, *, only: Collection[str] | None = None) -> Facts:
    """Return what is known now, of all projects or of `only` these: a page about one project must not read them all.

    Only works that somebody or something holds to be a project's output are read.
    """
    said = decisions.every(store)
    inferred = matches.standing(store)
    if only is not None:
        said = [made for made in said if made.project_id is None or made.project_id in only]
        inferred = [match for match in inferred if match.project_id in only]
    return Facts(
        projects=projects.every(store, only),
        works=works.some(store, {work_id for _, work_id in outputs(inferred, said)}),
        matches=inferred,
        decisions=said,
        findings=findings.current(store),
        reported=references.reported(store),
        listed=references.listed(store),
        given=_given(store),
    )


def _given(store: Store) -> dict[str, Given]:
    """Return, by project, what somebody named last and is not found; what waits for staff to read it goes first."""
    found = {
        one.project_id: Given(moment(one.made_at).date(), one.text)
        for one in reversed(reports.waiting(store))
        if one.project_id is not None and one.work_id is None
    }
    return found | {
        row["project_id"]: Given(moment(row["received_at"]).date(), row["text"], with_staff=True)
        for row in letters.waiting(store)
        if row["kind"] == "publication" and row["project_id"] is not None
    }


def today(store: Store, policies: Sequence[Policy], *, now: datetime) -> list[Duty]:
    """Given a moment in the institution's time zone, return every duty of that day."""
    return duties(gather(store), policies, now.date())
