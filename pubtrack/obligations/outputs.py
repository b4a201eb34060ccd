"""Which works are outputs of which projects, and on whose word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pubtrack.models import Answer, Band, Decision, Match


class Standing(StrEnum):
    """On whose word a work counts as an output of a project."""

    CONFIRMED = "confirmed"  # a person said that it is
    ACCEPTED = "accepted"  # the machine is sure enough, and no person said otherwise
    ASKED = "asked"  # the machine asks, and no person has answered
    REFUSED = "refused"  # a person said that it is not

    @property
    def counts(self) -> bool:
        """Return whether a duty or a message may rest on it."""
        return self in (Standing.CONFIRMED, Standing.ACCEPTED)


_OF_BAND = {Band.ACCEPT: Standing.ACCEPTED, Band.REVIEW: Standing.ASKED}
_OF_ANSWER = {Answer.MINE: Standing.CONFIRMED, Answer.NOT_MINE: Standing.REFUSED}


def outputs(matches: Sequence[Match], decisions: Sequence[Decision]) -> dict[tuple[str, int], Standing]:
    """Given what the machine inferred and what people said, return the standing of each pair of project and work.

    A person's word outweighs any match, and the newest word holds. A rejected match nobody spoke about is left out.
    `decisions` must not hold withdrawn ones. The order of either does not matter.
    """
    found = {(match.project_id, match.work_id): _OF_BAND[match.band] for match in matches if match.band in _OF_BAND}
    for decision in sorted(decisions, key=lambda made: (made.id or 0, made.made_at)):
        if decision.answer in _OF_ANSWER and decision.project_id is not None and decision.work_id is not None:
            found[decision.project_id, decision.work_id] = _OF_ANSWER[decision.answer]
    return found
