"""What a link opens: its matters as they stand today, and what can be answered on each. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pubtrack.answers.links import Link, LinkRefused, duty_parts
from pubtrack.models import Answer, Choice, Decision, Duty, DutyKind, DutyState, Finding, Person, Project, Work
from pubtrack.obligations import facts
from pubtrack.obligations.ledger import duties as owed
from pubtrack.obligations.model import Facts
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, decisions, links, people, projects, works

THROUGH = ("link", "slack", "mail")
OF_PROJECT = (Choice.ANOTHER, Choice.PLANNED, Choice.NOTHING_TO_REPORT, Choice.LATER)
_REPORTABLE = {DutyKind.REPORT, DutyKind.COPY}


@dataclass(frozen=True, slots=True)
class Matter:
    """A publication held against a project, or a project without one, and what the link asks about it."""

    project: Project
    work: Work | None
    keys: tuple[str, ...]
    kinds: tuple[DutyKind, ...]
    duties: tuple[Duty, ...]  # of `keys`, as they stand today; those that are owed no longer may be missing
    choices: tuple[Choice, ...]
    said: tuple[Decision, ...]  # what holds about it, newest first
    findings: tuple[Finding, ...]  # what its text was found to say, one per policy
    mine: frozenset[int]  # the decisions among `said` that this person made and can take back

    @property
    def open(self) -> bool:
        """Return whether anything about it is still asked."""
        return any(duty.state in (DutyState.UPCOMING, DutyState.DUE, DutyState.OVERDUE) for duty in self.duties)


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened: whose it is and what it is about."""

    link: Link
    person: Person
    matters: tuple[Matter, ...]
    projects: tuple[Project, ...]  # all of this person, for a publication that belongs to another of them
    stopped: Decision | None  # the person wants no more messages


def open_link(store: Store, link: Link, policies: Sequence[Policy], *, now: datetime) -> Opened:
    """Given a link that we made and whose time is not over, return what it opens today.

    Raise LinkRefused: `revoked` if it, or all of that person's, were revoked; `gone` if the person or every project is no longer
    that person's.
    """
    if links.revoked(store, link=link.id, person_id=link.person_id, issued_on=link.issued_on):
        raise LinkRefused("revoked")
    theirs = {project.id: project for project in of_person(store, link.person_id)}
    groups: dict[tuple[str, int | None], list[str]] = {}
    for key in link.duties:
        _, project_id, work_id, _ = duty_parts(key)
        if project_id in theirs:
            groups.setdefault((project_id, work_id), []).append(key)
    person = next((one for one in people.every(store) if one.id == link.person_id), None)
    if person is None or not groups:
        raise LinkRefused("gone")
    known = facts.gather(store, only={project_id for project_id, _ in groups})
    today = {duty.key: duty for duty in owed(known, policies, now.date())}
    matters = tuple(
        _matter(store, theirs, project_id, work_id, keys, today, person, known)
        for (project_id, work_id), keys in groups.items()
    )
    stopped = next(
        (
            made
            for made in reversed(decisions.of_people(store))
            if made.person_id == link.person_id and made.answer in (Answer.OPT_OUT, Answer.OPT_IN)
        ),
        None,
    )
    return Opened(
        link,
        person,
        matters,
        tuple(theirs.values()),
        stopped if stopped and stopped.answer is Answer.OPT_OUT else None,
    )


def of_person(store: Store, person_id: int) -> list[Project]:
    """Given a person's id, return the projects that person leads or takes part in, ordered by number."""
    return projects.every(store, people.project_ids(store, person_id))


def _matter(
    store: Store,
    theirs: dict[str, Project],
    project_id: str,
    work_id: int | None,
    keys: Sequence[str],
    today: dict[str, Duty],
    person: Person,
    known: Facts,
) -> Matter:
    work = works.get(store, work_id) if work_id is not None else None
    kinds = tuple(dict.fromkeys(duty_parts(key)[3] for key in keys))
    found = [
        made
        for made in decisions.every(store, project_id=project_id)
        + (decisions.every(store, work_id=work.id) if work else [])
        if made.work_id == (work.id if work else None) and made.project_id in (project_id, None)
    ]
    said = sorted({made.id: made for made in found}.values(), key=lambda made: made.id or 0, reverse=True)
    return Matter(
        project=theirs[project_id],
        work=work,
        keys=tuple(keys),
        kinds=kinds,
        duties=tuple(today[key] for key in keys if key in today),
        choices=choices_of(kinds, elsewhere=len(theirs) > 1),
        said=tuple(said),
        findings=tuple(one for (about, _), one in known.findings.items() if work is not None and about == work.id),
        mine=frozenset(made.id for made in said if made.id is not None and made_by(made, person)),
    )


def made_by(decision: Decision, person: Person) -> bool:
    """Return whether the person made the decision, by link, Slack or mail: what staff recorded for them is staff's."""
    return decision.through in THROUGH and decision.who == name_of(person)


def name_of(person: Person) -> str:
    """Return the name under which what a person says is recorded."""
    return person.name or person.email or f"person {person.id}"


def choices_of(kinds: Sequence[DutyKind], *, elsewhere: bool) -> tuple[Choice, ...]:
    """Given the kinds of duty that a matter asks for, return what can be answered. `elsewhere`: the person has other projects."""
    if DutyKind.PUBLISH in kinds:
        return OF_PROJECT
    found = [Choice.REPORTED] if _REPORTABLE & set(kinds) else []
    if DutyKind.CREDIT in kinds:
        found += [Choice.CREDITED, Choice.CORRECTION]
    found += [Choice.MINE, Choice.NOT_MINE]
    return (*found, *((Choice.WRONG_PROJECT,) if elsewhere else ()), Choice.LATER)
