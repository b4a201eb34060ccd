"""An answer becomes a decision: the one way in, for staff, links, Slack and mail alike."""

from __future__ import annotations

import re
from datetime import date, datetime

from pubtrack import identifiers
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Decision, DutyKind
from pubtrack.store import Store, decisions, projects, works

_PAIR = frozenset({Answer.MINE, Answer.NOT_MINE})
_OF_WORK = frozenset(
    {Answer.CREDITED, Answer.NOT_CREDITED, Answer.REPORTED, Answer.COPY_SENT, Answer.CORRECTION_REQUESTED}
)
_OF_PROJECT = frozenset({Answer.NOTHING_TO_REPORT, Answer.PLANNED})
_OF_PERSON = frozenset({Answer.OPT_OUT, Answer.OPT_IN, Answer.AWAY})
_OF_RECORDS = frozenset({Answer.JOINED, Answer.PARTED})
_OF_ANY = frozenset({Answer.WAIVED, Answer.SNOOZED})

_OF_ONE_PROVIDER = _OF_WORK | _OF_ANY
_AHEAD = frozenset(
    {Answer.SNOOZED, Answer.PLANNED, Answer.NOTHING_TO_REPORT, Answer.AWAY}
)  # they must name a day to come
_MAY_BE_AHEAD = frozenset({Answer.CORRECTION_REQUESTED})
_BEHIND = frozenset({Answer.REPORTED, Answer.COPY_SENT})  # they may name the day on which it was done


def apply(
    store: Store,
    *,
    answer: Answer | str,
    who: str,
    through: str,
    now: datetime,
    project: str | None = None,
    work: str | int | None = None,
    person: str | int | None = None,
    duty: DutyKind | str | None = None,
    until: date | None = None,
    note: str | None = None,
    policy: str | None = None,
) -> Decision:
    """Given an answer and what it is about, record it and return the decision, with its id.

    `work` is its number, DOI or other identity; `person` a number, mail address or ORCID. `policy` is the one under which alone it
    holds, where a project stands under several. Saying again what still holds changes
    nothing and returns the decision that stands. Raise UsageError, in one sentence, if the answer does not fit what was given.
    """
    answer = _known(answer)
    if answer is Answer.WITHDRAWN:
        number = re.fullmatch(r"(?:decision\s*)?(\d+)", (note or "").strip(), re.IGNORECASE)
        if not number:
            raise UsageError('Which decision is withdrawn? Give its number as the note, for example "decision 12".')
        return withdraw(store, int(number.group(1)), who=who, through=through, now=now)
    if answer in _OF_RECORDS:
        raise UsageError(
            f"The answer {answer} is about two records: give it with pubtrack works join or pubtrack works part."
        )
    kind = DutyKind(duty) if duty else None
    _check_subject(answer, project=project, work=work, person=person, duty=kind)
    if policy is not None and answer not in _OF_ONE_PROVIDER:
        raise UsageError(f"The answer {answer} is not about one provider: leave the policy out.")
    _check_day(answer, until, now.date())
    with store.atomic():
        if project is not None and projects.get(store, project) is None:
            raise UsageError(f"There is no project {project}. See them with: pubtrack export projects")
        decision = Decision(
            answer=answer,
            made_at=now,
            who=who,
            through=through,
            work_id=None if work is None else find_work(store, work),
            project_id=project,
            person_id=None if person is None else find_person(store, person),
            duty=kind,
            until=until,
            note=note or None,
            policy=policy,
        )
        return _added(store, decision)


def withdraw(store: Store, decision_id: int, *, who: str, through: str, now: datetime) -> Decision:
    """Given a decision's number, take it back by a decision that says so, and return that one. Doing it twice changes nothing.

    Raise UsageError if there is no such decision, or if it is itself a withdrawal.
    """
    with store.atomic():
        taken_back = decisions.get(store, decision_id)
        if taken_back is None:
            raise UsageError(f"There is no decision {decision_id}. See them with: pubtrack export decisions")
        if taken_back.answer is Answer.WITHDRAWN:
            raise UsageError(f"Decision {decision_id} is itself a withdrawal. Record the first answer again instead.")
        note = f"decision {decision_id}"
        standing = next(
            (made for made in decisions.history(store) if made.answer is Answer.WITHDRAWN and made.note == note), None
        )
        if standing is not None:
            return standing
        return _added(
            store,
            Decision(
                answer=Answer.WITHDRAWN,
                made_at=now,
                who=who,
                through=through,
                work_id=taken_back.work_id,
                project_id=taken_back.project_id,
                person_id=taken_back.person_id,
                duty=taken_back.duty,
                note=note,
                policy=taken_back.policy,
            ),
        )


def find_work(store: Store, work: str | int) -> int:
    """Given a work's number, DOI (bare or as a link) or other identity, return its number. Raise UsageError if there is none."""
    text = str(work).strip()
    doi = identifiers.doi(text)
    found = works.find(store, f"doi:{doi}") if doi else works.find(store, text)
    if found is None and not doi and text.isascii() and text.isdecimal() and len(text) < 18:
        found = int(text) if works.get(store, int(text)) else None
    if found is None:
        raise UsageError(
            f"There is no work {text}. Give its number, its DOI or another identity that a source gave it."
        )
    return found


def find_person(store: Store, person: str | int) -> int:
    """Given a mail address, an ORCID or a number of the register, return the person's number. Raise UsageError unless it is one."""
    text = str(person).strip()
    try:
        orcid = identifiers.orcid(text)
    except ValueError as error:
        raise UsageError(f"{text} is not an ORCID: {error}") from None
    found = [
        known.id
        for known in projects.people(store)
        if (orcid and known.orcid == orcid)
        or (known.email and known.email.casefold() == text.casefold())
        or str(known.id) == text
    ]
    if len(found) != 1 or found[0] is None:
        many = "More than one person is" if found else "Nobody is"
        raise UsageError(f"{many} known as {text}. Give the mail address, the ORCID or the number from the register.")
    return found[0]


def _added(store: Store, decision: Decision) -> Decision:
    recorded = decisions.get(store, decisions.add(store, decision))
    assert recorded is not None
    return recorded


def _known(answer: Answer | str) -> Answer:
    try:
        return Answer(answer)
    except ValueError:
        raise UsageError(f"{answer} is not an answer. Known: {', '.join(known.value for known in Answer)}.") from None


def _check_subject(
    answer: Answer, *, project: str | None, work: str | int | None, person: str | int | None, duty: DutyKind | None
) -> None:
    given = {name for name, value in (("project", project), ("work", work), ("person", person)) if value is not None}
    if duty is not None and answer not in _OF_ANY:
        raise UsageError(f"The answer {answer} is not about one kind of duty: leave the duty out.")
    if answer in _PAIR and given != {"project", "work"}:
        raise UsageError(f"The answer {answer} is about a work and a project: give both, and nothing else.")
    if answer in _OF_WORK and given not in ({"work"}, {"work", "project"}):
        raise UsageError(
            f"The answer {answer} is about a work: give it, and the project if it holds for that one only."
        )
    if answer in _OF_PROJECT and given != {"project"}:
        raise UsageError(f"The answer {answer} is about a project: give it, and nothing else.")
    if answer in _OF_PERSON and given != {"person"}:
        raise UsageError(f"The answer {answer} is about a person: give one, and nothing else.")
    if answer in _OF_ANY:
        if given not in ({"project"}, {"work"}, {"project", "work"}, {"person"}):
            raise UsageError(f"The answer {answer} is about a project, a work (or both), or a person: say which.")
        if duty is DutyKind.PUBLISH and "work" in given:
            raise UsageError("The duty to publish is a project's: leave the work out.")


def _check_day(answer: Answer, until: date | None, today: date) -> None:
    if until is None:
        if answer in _AHEAD:
            raise UsageError(f"The answer {answer} needs a day: give the day until which it holds.")
        return
    if answer in _AHEAD | _MAY_BE_AHEAD:
        if until <= today:
            raise UsageError(f"{until} has passed: the answer {answer} needs a day after {today}.")
    elif answer in _BEHIND:
        if until > today:
            raise UsageError(f"{until} is still to come: the answer {answer} takes the day on which it was done.")
    else:
        raise UsageError(f"The answer {answer} takes no day. To be asked again later, answer {Answer.SNOOZED}.")
