"""What people said about one duty: which answers reach it, and which of them hold. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from pubtrack.models import Answer, Decision, DutyKind

# About a work whichever project it is held against: whether its text credits the provider is one question.
_OF_THE_WORK = frozenset({Answer.CREDITED, Answer.NOT_CREDITED, Answer.CORRECTION_REQUESTED})
# Of a project and its publications in general.
_OF_PUBLISHING = frozenset({Answer.PLANNED, Answer.NOTHING_TO_REPORT})
_OF_KIND = {
    DutyKind.PUBLISH: _OF_PUBLISHING,
    DutyKind.CREDIT: _OF_THE_WORK,
    DutyKind.REPORT: frozenset({Answer.REPORTED}),
    DutyKind.COPY: frozenset({Answer.COPY_SENT}),
}
_OF_ANY_KIND = frozenset({Answer.WAIVED, Answer.SNOOZED})


class About:
    """The answers that reach one duty, oldest first."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions = decisions

    def newest(self, *answers: Answer) -> Decision | None:
        """Given answers that speak to one question, return the newest decision with one of them, or None."""
        return next((decision for decision in reversed(self._decisions) if decision.answer in answers), None)

    def longest(self, answer: Answer) -> Decision | None:
        """Given an answer that names a day, return the decision that reaches furthest, or None.

        Of several about the very same subject only the newest counts: who says it again may also shorten it.
        """
        newest = {
            (made.project_id, made.work_id, made.person_id, made.duty, made.policy): made
            for made in self._decisions
            if made.answer is answer
        }
        return max(newest.values(), key=lambda made: (made.until or date.min, made.made_at), default=None)


_NOTHING = About(())


class Said:
    """Every decision that holds, found by the duty it reaches."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._of_project: dict[str, list[Decision]] = defaultdict(list)
        self._of_work: dict[int, list[Decision]] = defaultdict(list)
        self._of_person: dict[int, list[Decision]] = defaultdict(list)
        for decision in sorted(decisions, key=lambda made: (made.id or 0, made.made_at)):
            if decision.work_id is not None:
                self._of_work[decision.work_id].append(decision)
            elif decision.project_id is not None:
                self._of_project[decision.project_id].append(decision)
            elif decision.person_id is not None:
                self._of_person[decision.person_id].append(decision)

    def about(
        self, project_id: str, work_id: int | None, kind: DutyKind, person_id: int | None, policy: str | None = None
    ) -> About:
        """Given a duty's project, work, kind, lead and policy, return the answers that reach it.

        An answer about a project reaches all its duties (or those of the kind it names), one about a work the duties of that
        work (in the project it names, or in all), one about a person alone the duties that person leads. An answer that names a
        policy holds under that one: what one provider was told, another was not.
        """
        found = list(self._of_project.get(project_id, ()))
        if work_id is not None:
            found += [
                made
                for made in self._of_work.get(work_id, ())
                if made.project_id in (None, project_id) or made.answer in _OF_THE_WORK
            ]
        if person_id is not None:
            found += self._of_person.get(person_id, ())
        if not found:
            return _NOTHING
        wanted = _OF_KIND[kind] | _OF_ANY_KIND
        reaching = [
            made
            for made in found
            if made.answer in wanted and made.duty in (None, kind) and made.policy in (None, policy)
        ]
        reaching.sort(key=lambda made: (made.id or 0, made.made_at))
        return About(reaching)
