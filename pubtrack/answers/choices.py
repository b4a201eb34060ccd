"""What a lead chose becomes decisions: one way in for the page, Slack's buttons and mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from pubtrack.answers import apply
from pubtrack.answers.links import duty_parts
from pubtrack.answers.matters import Matter, made_by, name_of
from pubtrack.models import Answer, Choice, Decision, DutyKind, Person, Project
from pubtrack.store import Store, decisions

LATER_DAYS = 30  # "remind me later" without a day
_FARTHEST = {Choice.LATER: 366, Choice.PLANNED: 5 * 366, Choice.CORRECTION: 366}  # days ahead that an answer may name
_EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a publication that somebody named: its work, None while it is looked for, and what was decided at once."""

    work_id: int | None
    decisions: tuple[int, ...] = ()


class Report(Protocol):
    """The door for publications that people name by DOI, address or citation. Raise UsageError if `text` is none of these."""

    def __call__(self, store: Store, *, text: str, project: str, who: str, through: str, now: datetime) -> Reported: ...


@dataclass(frozen=True, slots=True)
class Given:
    """What a person chose, and what came with it."""

    choice: Choice
    day: date | None = None
    project: str | None = None  # the right project of a publication held against a wrong one
    text: str = ""  # DOI, address or citation of another publication


class Unfit(Exception):
    """What was given does not do. `reason` is a key of the sentences: day_missing, day_ahead, day_past, day_far, project, text, choice."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was recorded: `told` is a key of the sentences on what happens next, `slots` what stands in them."""

    told: str
    decisions: tuple[int, ...] = ()
    slots: dict[str, str] = field(default_factory=dict)
    day: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "told": self.told,
            "decisions": list(self.decisions),
            "slots": self.slots,
            "day": self.day.isoformat() if self.day else None,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Outcome:
        """Given what `as_json` returned, return the outcome."""
        day = date.fromisoformat(values["day"]) if values.get("day") else None
        return cls(values["told"], tuple(values["decisions"]), dict(values["slots"]), day)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who answers, by what, when."""

    person: Person
    projects: Sequence[Project]  # all of this person's
    through: str  # link | slack | mail
    now: datetime
    nothing_days: int = 365

    @property
    def who(self) -> str:
        """Return the name that stands with the decisions."""
        return name_of(self.person)


def choose(store: Store, matter: Matter, given: Given, by: Chooser) -> Outcome:
    """Given a matter and what was chosen on it, record the decisions and return what happens next. Twice changes nothing.

    Raise Unfit, recording nothing, if the choice is not one of this matter's or lacks what it needs. `another` and `stop` are not
    a matter's: see `stop`, and the door for reported publications.
    """
    if given.choice not in matter.choices or given.choice in (Choice.ANOTHER, Choice.STOP):
        raise Unfit("choice")
    day = _day(given, by)
    with store.atomic():
        made = [_decided(store, by, **one) for one in _answers(matter, given, day, by)]
    slots = {"project": matter.project.id} | ({"other": given.project} if given.project else {})
    return Outcome(given.choice.value, tuple(one.id or 0 for one in made), slots, day)


def stop(store: Store, by: Chooser) -> Outcome:
    """Given a person who wants no more messages, record it and return what happens next."""
    made = _decided(store, by, answer=Answer.OPT_OUT, person=by.person.id)
    return Outcome(Choice.STOP.value, (made.id or 0,))


def hold(store: Store, project_id: str, by: Chooser) -> tuple[int, ...]:
    """Given a project of which somebody named a publication that is not found yet, ask for none meanwhile."""
    until = by.now.date() + timedelta(days=LATER_DAYS)
    made = _decided(
        store, by, answer=Answer.SNOOZED, project=project_id, duty=DutyKind.PUBLISH, until=until, note="reported one"
    )
    return (made.id or 0,)


def take_back(store: Store, decision_id: int, by: Chooser) -> Outcome:
    """Given a decision of this person, withdraw all that was recorded by the same answer, and return what happens next.

    Raise Unfit, changing nothing, if it is not this person's own.
    """
    with store.atomic():
        taken = decisions.get(store, decision_id)
        if taken is None or taken.answer is Answer.WITHDRAWN or not made_by(taken, by.person):
            raise Unfit("choice")
        together = [
            one
            for one in decisions.every(store)
            if one.made_at == taken.made_at
            and one.work_id == taken.work_id
            and one.through == taken.through
            and made_by(one, by.person)
        ]
        made = [
            apply.withdraw(store, one.id or 0, who=by.who, through=by.through, now=by.now)
            for one in together or [taken]
        ]
    return Outcome("taken_back", tuple(one.id or 0 for one in made))


def _decided(store: Store, by: Chooser, **about: Any) -> Decision:
    return apply.apply(store, who=by.who, through=by.through, now=by.now, **about)


def _answers(matter: Matter, given: Given, day: date | None, by: Chooser) -> list[dict[str, Any]]:
    """Return the decisions that a choice comes to, as what `apply` takes."""
    project = matter.project.id
    if matter.work is None:
        about: dict[str, Any] = {"project": project, "until": day}
        return {
            Choice.PLANNED: [{"answer": Answer.PLANNED, **about}],
            Choice.NOTHING_TO_REPORT: [{"answer": Answer.NOTHING_TO_REPORT, **about}],
            Choice.LATER: [{"answer": Answer.SNOOZED, "duty": DutyKind.PUBLISH, **about}],
        }[given.choice]
    pair: dict[str, Any] = {"project": project, "work": matter.work.id}
    if given.choice is Choice.REPORTED:
        said = {DutyKind.REPORT: Answer.REPORTED, DutyKind.COPY: Answer.COPY_SENT}
        return [
            {"answer": said[kind], "until": day, "policy": policy, **pair}
            for policy, kind in _asked(matter)
            if kind in said
        ]
    if given.choice is Choice.WRONG_PROJECT:
        if given.project == project or given.project not in {one.id for one in by.projects}:
            raise Unfit("project")
        right = {"project": given.project, "work": matter.work.id}
        return [{"answer": Answer.NOT_MINE, **pair}, {"answer": Answer.MINE, **right}]
    work = {"work": matter.work.id}
    of_credit = [policy for policy, kind in _asked(matter) if kind is DutyKind.CREDIT]
    return {
        Choice.MINE: [{"answer": Answer.MINE, **pair}],
        Choice.NOT_MINE: [{"answer": Answer.NOT_MINE, **pair}],
        Choice.CREDITED: [{"answer": Answer.CREDITED, "policy": policy, **work} for policy in of_credit],
        Choice.CORRECTION: [
            {"answer": Answer.CORRECTION_REQUESTED, "until": day, "policy": policy, **work} for policy in of_credit
        ],
        Choice.LATER: [{"answer": Answer.SNOOZED, "until": day, **pair}],
    }[given.choice]


def _asked(matter: Matter) -> list[tuple[str, DutyKind]]:
    """Return what the link asks, as policy and kind: what one provider is told, another is not."""
    parts = [duty_parts(key) for key in matter.keys]
    return list(dict.fromkeys((policy, kind) for policy, _, _, kind in parts))


def _day(given: Given, by: Chooser) -> date | None:
    """Return the day that the answer names, or holds until. Raise Unfit if it cannot be that day."""
    today, day = by.now.date(), given.day
    if given.choice is Choice.NOTHING_TO_REPORT:
        return today + timedelta(days=by.nothing_days)
    if given.choice is Choice.REPORTED:
        if day is not None and day > today:
            raise Unfit("day_past")
        if day is not None and day < _EARLIEST:
            raise Unfit("day_far")
        return day or today
    if given.choice not in _FARTHEST:
        return None
    if day is None:
        if given.choice is Choice.PLANNED:
            raise Unfit("day_missing")
        return today + timedelta(days=LATER_DAYS) if given.choice is Choice.LATER else None
    if day <= today:
        raise Unfit("day_ahead")
    if day > today + timedelta(days=_FARTHEST[given.choice]):
        raise Unfit("day_far")
    return day
