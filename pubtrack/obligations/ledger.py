"""The one place that says what is owed: facts + policies + today -> duties. Pure; computed, never stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from pubtrack.models import (
    CORRECTION_DAYS,
    Answer,
    Decision,
    Duty,
    DutyKind,
    DutyState,
    Finding,
    Project,
    Verdict,
    Work,
)
from pubtrack.obligations import dates
from pubtrack.obligations.model import Facts, is_preprint
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.obligations.policy import DutyRule, Policy
from pubtrack.obligations.said import About, Said

_ORDER = {kind: place for place, kind in enumerate(DutyKind)}
_CREDITS = (Verdict.PRESCRIBED, Verdict.CREDITED)


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a duty stands, before it is known whose it is."""

    state: DutyState
    because: str
    due_on: date | None = None
    since: date | None = None
    given: bool = False


def duties(facts: Facts, policies: Sequence[Policy], today: date) -> list[Duty]:
    """Given facts, policies and a day, return every duty of that day, ordered by project, work and kind.

    Each project has one duty to publish under each policy that applies to it, and one of each other kind for each of its
    outputs that counts as a publication there. Outputs that nobody has confirmed and the machine is not sure of give duties
    that are `unclear`: a question to staff, never to a lead. The reference lists, and the list that a provider publishes, are those
    of the first policy that applies: under any other a person's word settles what is reported.
    """
    standings = outputs(facts.matches, facts.decisions)
    of_project: dict[str, list[tuple[Work, Standing]]] = {}
    for (project_id, work_id), standing in standings.items():
        work = facts.works.get(work_id)
        if work is not None and standing is not Standing.REFUSED:
            of_project.setdefault(project_id, []).append((work, standing))
    said = Said(facts.decisions)
    found: list[Duty] = []
    for project in facts.projects:
        applying = [
            policy for policy in policies if any(fnmatchcase(project.id, pattern) for pattern in policy.applies_to)
        ]
        for policy in applying:
            works = [
                (work, standing)
                for work, standing in of_project.get(project.id, ())
                if work.type in policy.publication_types
            ]
            case = _Case(facts, said, policy, project, today, listed=policy is applying[0])
            found.extend(_of_project(case, works))
    return sorted(found, key=lambda duty: (duty.project_id, duty.work_id or 0, duty.policy, _ORDER[duty.kind]))


@dataclass(frozen=True, slots=True)
class _Case:
    """One project under one policy on one day."""

    facts: Facts
    said: Said
    policy: Policy
    project: Project
    today: date
    listed: bool  # the reference list goes to this policy's provider

    @property
    def provider(self) -> str:
        return self.policy.provider.name

    @property
    def lead_id(self) -> int | None:
        return self.project.lead.id if self.project.lead else None

    def about(self, work_id: int | None, kind: DutyKind) -> About:
        return self.said.about(self.project.id, work_id, kind, self.lead_id, self.policy.id)

    def expected(self) -> date | None:
        """Return the day that was named for the project's publication last, or None."""
        planned = self.about(None, DutyKind.PUBLISH).newest(Answer.PLANNED)
        return planned.until if planned else None

    def duty(self, rule: DutyRule, work: Work | None, stand: _Stand) -> Duty:
        chance = work is not None and rule.kind is DutyKind.CREDIT and is_preprint(work)
        return Duty(
            project_id=self.project.id,
            work_id=work.id if work else None,
            kind=rule.kind,
            state=stand.state,
            due_on=stand.due_on,
            since=stand.since,
            because=stand.because,
            policy=self.policy.id,
            strength="should" if chance else rule.strength,
            person_id=self.lead_id,
            acts=rule.acts,
            preprint=chance,
            given=stand.given,
        )


def _of_project(case: _Case, works: Sequence[tuple[Work, Standing]]) -> Iterator[Duty]:
    for rule in case.policy.duties:
        if rule.kind is DutyKind.PUBLISH:
            yield case.duty(rule, None, _publish(case, rule, [standing for _, standing in works]))
        else:
            for work, standing in works:
                if rule.preprints or not is_preprint(work):
                    yield case.duty(rule, work, _of_work(case, rule, work, standing))


def _publish(case: _Case, rule: DutyRule, standings: Sequence[Standing]) -> _Stand:
    said = case.about(None, DutyKind.PUBLISH)
    by_plan = rule.anchor == "expected"
    due = dates.after(case.expected() if by_plan else case.project.ended_on, rule.offset_days)
    known = sum(standing.counts for standing in standings)
    if known:
        count = "1 publication" if known == 1 else f"{known} publications"
        return _Stand(DutyState.MET, f"{count} of this project {'is' if known == 1 else 'are'} known.", due)
    if quiet := _quieted(said, case.today, due):
        return quiet
    outlook = said.newest(Answer.PLANNED, Answer.NOTHING_TO_REPORT)
    if outlook is not None and outlook.until is not None and not (by_plan and outlook.answer is Answer.PLANNED):
        if case.today <= outlook.until:
            return _Stand(DutyState.SNOOZED, _outlook(outlook), due, _day(outlook))
        if outlook.answer is Answer.PLANNED and due is not None:
            due = max(due, outlook.until)  # the day they named themselves; it never comes before the rule's own
    if due is None:
        unknown = (
            "Nobody has said yet when" if by_plan else "The end of this project is not known, so no day is set for"
        )
        return _Stand(DutyState.UPCOMING, f"{unknown} a publication {'is expected' if by_plan else 'yet'}.")
    ended = case.project.ended_on
    ends = f"The project {'ended' if ended and ended < case.today else 'ends'} on {ended}"
    if by_plan:
        ends = f"It was planned for {case.expected()}"
    expected = f"{ends}; a publication is expected by {due}."
    owed = f"No publication of this project is known. {expected}"
    given = case.facts.given.get(case.project.id)
    if given is not None and (outlook is None or _day(outlook) <= given.on):
        owed = f"A publication was named on {given.on} and is not found. {expected}"
        if given.with_staff:
            because = f"A publication was handed in on {given.on}, and waits to be looked at."
            return _Stand(DutyState.UNCLEAR, because, due)
    else:
        given = None
    stand = _by_date(rule, due, case.today, upcoming=expected, owed=owed)
    stand = replace(stand, given=given is not None)
    asked = sum(standing is Standing.ASKED for standing in standings)
    if asked and stand.state is not DutyState.UPCOMING:
        count = "1 publication" if asked == 1 else f"{asked} publications"
        return _Stand(DutyState.UNCLEAR, f"{count} may belong to this project; nobody has confirmed it yet.", due)
    return stand


def _of_work(case: _Case, rule: DutyRule, work: Work, standing: Standing) -> _Stand:
    said = case.about(work.id, rule.kind)
    due = dates.after(_anchor(case, rule, work), rule.offset_days)
    if work.retracted:
        return _Stand(DutyState.WAIVED, "The publication has been retracted.", due)
    if standing is Standing.ASKED:
        waived = said.newest(Answer.WAIVED)
        if waived:
            return _Stand(DutyState.WAIVED, _by("Waived", waived), due, _day(waived))
        return _Stand(
            DutyState.UNCLEAR, "This publication may belong to the project; nobody has confirmed it yet.", due
        )
    settled, owed = _settled(case, rule, work, said)
    if settled is not None and settled.state is DutyState.MET:
        return _Stand(settled.state, settled.because, due, settled.since)
    if quiet := _quieted(said, case.today, due):
        return quiet
    if settled is not None:
        return _Stand(settled.state, settled.because, due, settled.since)
    if due is None:
        return _Stand(DutyState.UNCLEAR, f"{owed} The record gives no date, so no term can be counted.")
    if rule.kind is DutyKind.CREDIT and is_preprint(work):
        return _Stand(DutyState.DUE, f"{owed} This is a preprint: it can still be put right before publication.", due)
    return _by_date(rule, due, case.today, upcoming=owed, owed=owed)


def _anchor(case: _Case, rule: DutyRule, work: Work) -> date | None:
    if rule.anchor == "project_end":
        return case.project.ended_on
    published = dates.published_on(work)
    if rule.anchor == "submission":
        known = [day for day in (dates.submitted_on(work), published) if day is not None]
        return min(known, default=None)  # a record that names a later day than publication is wrong about it
    return (case.expected() if rule.anchor == "expected" else None) or published


def _settled(case: _Case, rule: DutyRule, work: Work, said: About) -> tuple[_Stand | None, str]:
    """Return where the duty stands whatever the day (None: the day decides), and the sentence for when it is owed."""
    if rule.kind is DutyKind.CREDIT:
        return _credit(case, work, said)
    assert work.id is not None
    if rule.kind is DutyKind.REPORT:
        done = said.newest(Answer.REPORTED)
        if done:
            when = done.until or _day(done)
            because = f"The reference was reported on {when}, said {_who(done)}{_receipt(done)}."
            return _Stand(DutyState.MET, because, None, when), ""
        if case.listed and (case.project.id, work.id) in case.facts.reported:
            return _Stand(DutyState.MET, f"The reference stands in a list that went to {case.provider}."), ""
        if case.listed and work.id in case.facts.listed:
            return _Stand(DutyState.MET, f"The reference stands in the list that {case.provider} publishes."), ""
        return None, f"The reference has not been reported to {case.provider} yet."
    done = said.newest(Answer.COPY_SENT)
    if done:
        when = done.until or _day(done)
        return _Stand(DutyState.MET, f"The copy was sent on {when}, said {_who(done)}{_receipt(done)}.", None, when), ""
    return None, f"No copy has been sent to {case.provider} yet."


def _credit(case: _Case, work: Work, said: About) -> tuple[_Stand | None, str]:
    provider = case.provider
    word = said.newest(Answer.CREDITED, Answer.NOT_CREDITED)
    asked = said.newest(Answer.CORRECTION_REQUESTED)
    if asked and not (word and word.answer is Answer.CREDITED):
        until = asked.until or dates.after(_day(asked), CORRECTION_DAYS)
        if until is not None and case.today <= until:
            because = (
                f"The journal was asked on {_day(asked)} to add the credit; it is asked about again after {until}."
            )
            return _Stand(DutyState.SNOOZED, because, None, _day(asked)), ""
    if word and word.answer is Answer.CREDITED:
        return _Stand(DutyState.MET, f"It was read by {_who(word)}: {provider} is credited.", None, _day(word)), ""
    if word:
        return None, f"It was read by {_who(word)}: {provider} is not credited."
    assert work.id is not None
    return _from_finding(case.facts.findings.get((work.id, case.policy.id)), provider, work)


def _from_finding(finding: Finding | None, provider: str, work: Work) -> tuple[_Stand | None, str]:
    if finding is None:
        return _Stand(DutyState.UNCLEAR, "No copy of this publication has been read yet."), ""
    of_preprint = finding.version == "submitted" and not is_preprint(work)
    if finding.verdict in _CREDITS:
        how = "in the prescribed words" if finding.verdict is Verdict.PRESCRIBED else "in its own words"
        what = "The publication's preprint" if of_preprint else "The publication"
        return _Stand(DutyState.MET, f"{what} credits {provider} {how}."), ""
    if of_preprint and finding.verdict is not Verdict.UNREADABLE:
        # What a preprint lacks may have been added: that is no proof that the article lacks it.
        because = f"Only the preprint could be read, and it does not name {provider} as the source; the article may."
        return _Stand(DutyState.UNCLEAR, because), ""
    if finding.verdict is Verdict.UNREADABLE:
        again = f" It is looked at again on {finding.look_again_on}." if finding.look_again_on else ""
        why = f" ({finding.reason.rstrip('.')})" if finding.reason else ""
        return _Stand(DutyState.UNCLEAR, f"Whether {provider} is credited cannot be read yet{why}.{again}"), ""
    if finding.verdict is Verdict.MENTIONED:
        return None, f"The text was read to its end: {provider} is mentioned, but not as the source of the data."
    return None, f"The text was read to its end: {provider} is not named as the source of the data."


def _quieted(said: About, today: date, due: date | None) -> _Stand | None:
    """Return where an answer that waives or puts off leaves a duty, or None if none does today."""
    waived = said.newest(Answer.WAIVED)
    if waived:
        return _Stand(DutyState.WAIVED, _by("Waived", waived), due, _day(waived))
    snoozed = said.longest(Answer.SNOOZED)
    if snoozed and snoozed.until and today <= snoozed.until:
        return _Stand(DutyState.SNOOZED, _by(f"Put off until {snoozed.until}", snoozed), due, _day(snoozed))
    return None


def _by_date(rule: DutyRule, due: date, today: date, *, upcoming: str, owed: str) -> _Stand:
    opens = dates.after(due, -rule.heads_up_days) or due
    if today < opens:
        return _Stand(DutyState.UPCOMING, upcoming, due)
    if today <= due:
        return _Stand(DutyState.DUE, owed, due, opens)
    return _Stand(DutyState.OVERDUE, owed, due, dates.after(due, 1))


def _outlook(decision: Decision) -> str:
    if decision.answer is Answer.PLANNED:
        return f"A publication is planned for {decision.until}, said {_who(decision)} on {_day(decision)}."
    return (
        f"There is no publication to report, said {_who(decision)} on {_day(decision)};"
        f" it is asked about again after {decision.until}."
    )


def _by(what: str, decision: Decision) -> str:
    note = f": {decision.note}" if decision.note else ""
    return f"{what} by {_who(decision)} on {_day(decision)}{note}".rstrip(".") + "."


def _receipt(decision: Decision) -> str:
    return f" (receipt: {decision.note.rstrip('.')})" if decision.note else ""


def _who(decision: Decision) -> str:
    return decision.who or "somebody"


def _day(decision: Decision) -> date:
    return decision.made_at.date()
