"""Who is told what today: duties + what was told before + the ladder -> messages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from pubtrack.config import Reminders, Rung
from pubtrack.models import Answer, Decision, Duty, DutyKind, DutyState

_OPEN = (DutyState.DUE, DutyState.OVERDUE)
_TELLABLE = (DutyState.UPCOMING, *_OPEN)
# What was said of a preprint is not held against its article: that one begins on its own first rung. Nor is it, that nothing was
# known, held against who then named a publication: whether it is the right one is asked anew, and once.
_PREPRINT, _GIVEN = "preprint: ", "given: "
_ORDER = {kind: place for place, kind in enumerate(DutyKind)}


class Why(StrEnum):
    """Why a matter comes to the contact and not to the project's lead."""

    LADDER = "ladder"  # the lead was told, and nothing came back
    NO_LEAD = "no_lead"  # the register names none
    NO_ADDRESS = "no_address"  # the channel cannot reach the lead
    OPTED_OUT = "opted_out"  # the lead wants no messages
    REFUSED = "refused"  # the last message to the lead was not taken
    STAFF = "staff"  # theirs to do, by the policy


@dataclass(frozen=True, slots=True)
class Told:
    """A duty that a person (None: the contact) was told about, on a rung and a day."""

    duty: str
    rung: str
    person_id: int | None
    on: date = date.min


@dataclass(frozen=True, slots=True)
class History:
    """What was said before."""

    told: Sequence[Told] = ()
    last: Mapping[int | None, date] = field(
        default_factory=dict
    )  # the newest message to each person (None: the contact)
    stock: Mapping[str, date] = field(default_factory=dict)  # duties that the first sending run found, and when
    lately: Mapping[int | None, Sequence[date]] = field(
        default_factory=dict
    )  # the days of all messages of the last weeks


@dataclass(frozen=True, slots=True)
class People:
    """Whom the channel can reach, and who must not be written to."""

    reachable: Collection[int] = frozenset()
    opted_out: Collection[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)  # the last message was not taken: why
    away: Mapping[int, date] = field(default_factory=dict)  # on leave until that day


@dataclass(frozen=True, slots=True)
class Matter:
    """One duty in a message, on its rung; `why` only where it comes to the contact."""

    duty: Duty
    rung: str
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One message: everything open for one person (None: the contact), the longest overdue first."""

    person_id: int | None
    rung: str
    matters: tuple[Matter, ...]

    @property
    def rungs(self) -> dict[str, str]:
        """Return the rung of every duty in it, by the duty's key; that of a preprint, or of what was named, says so."""
        return {matter.duty.key: f"{_mode(matter.duty)}{matter.rung}" for matter in self.matters}


@dataclass(frozen=True, slots=True)
class Plan:
    """The messages of one day, and whom a limit holds back (None: the contact)."""

    messages: tuple[Planned, ...]
    too_soon: tuple[int | None, ...] = ()  # they had a message less than `min_days_between` days ago
    over_cap: tuple[int | None, ...] = ()  # `per_run` messages leave in one run; these wait for the next
    over_week: tuple[int | None, ...] = ()  # `per_week` messages leave in seven days; these wait for the next
    away: tuple[int, ...] = ()  # on leave, with something to tell
    in_stock: int = 0  # duties that wait out the days after stock was taken


def plan(duties: Iterable[Duty], history: History, people: People, settings: Reminders, today: date) -> Plan:
    """Given the day's duties and what was told before, return the messages of the day: at most one for each person.

    A duty is told on its first rung first and then on one rung after another, each not before its day (what can still be put
    right in a preprint: at once); when any duty of a person is on a rung today, everything open for that person goes into the
    same message. What a lead cannot be told goes to the contact, once, and again when the ladder ends there. Whoever is on leave
    is told, and passed over, after it. Only what is upcoming, due or overdue is told: what is unclear is never in `messages`.
    """
    ladder = _Ladder(settings, history, today)
    ready: dict[int | None, list[Matter]] = defaultdict(list)
    also: dict[int | None, list[Matter]] = defaultdict(list)
    in_stock, away = 0, set()
    for duty in duties:
        if duty.state not in _TELLABLE or duty.due_on is None:
            continue
        if ladder.held_by_stock(duty):
            in_stock += 1
            continue
        why = _why_not_the_lead(duty, people)
        rung = ladder.next_rung(duty, reachable=why is None)
        on_rung = rung is not None and ladder.reached(duty, rung)
        if on_rung and rung is not None and rung.to == "contact" and why is None:
            on_rung = today >= ladder.rested(duty)
        if why is None and _on_leave(duty, people, today):
            away |= {duty.person_id} if on_rung and duty.person_id is not None else set()
            continue
        to_contact = why is not None or (rung is not None and rung.to == "contact")
        if rung is not None and on_rung:
            to = None if to_contact else duty.person_id
            ready[to].append(Matter(duty, rung.name, (why or Why.LADDER) if to_contact else None))
        if why is None and (to_contact or not on_rung) and duty.state in _OPEN and not duty.given:
            # The ladder has nothing new for the lead, but the matter is open: it is named if a message leaves anyway.
            also[duty.person_id].append(Matter(duty, ladder.last_rung(duty) or ladder.first(duty)))
    found = _limited(ready, also, history, settings, today)
    return replace(found, in_stock=in_stock, away=tuple(sorted(away)))


def opted_out(decisions: Iterable[Decision]) -> set[int]:
    """Given the decisions that hold, return the people who want no messages: of each one's answers the newest holds."""
    newest: dict[int, Answer] = {}
    for made in sorted(decisions, key=lambda made: (made.id or 0, made.made_at)):
        if made.answer in (Answer.OPT_OUT, Answer.OPT_IN) and made.person_id is not None:
            newest[made.person_id] = made.answer
    return {person_id for person_id, answer in newest.items() if answer is Answer.OPT_OUT}


class _Ladder:
    """Which rung comes next for a duty."""

    def __init__(self, settings: Reminders, history: History, today: date) -> None:
        self._rungs = settings.ladder
        self._place = {rung.name: place for place, rung in enumerate(settings.ladder)}
        self._stock = history.stock
        self._stock_days = timedelta(days=settings.stock_days)
        self._today = today
        self._between = timedelta(days=max(1, settings.min_days_between))
        # The highest rung a duty was told on, and the day it first was; of a preprint, and of what it has become.
        self._reached: dict[tuple[str, str], tuple[int, date]] = {}
        self._told: dict[tuple[str, str, int | None], int] = {}
        for told in history.told:
            mode = next((mode for mode in (_PREPRINT, _GIVEN) if told.rung.startswith(mode)), "")
            # A rung that the configuration no longer names was the first as far as anybody can still say.
            place = self._place.get(told.rung.removeprefix(mode), 0)
            key = (told.duty, mode, told.person_id)
            self._told[key] = max(self._told.get(key, 0), place)
            highest, since = self._reached.get((told.duty, mode), (-1, told.on))
            if place > highest or (place == highest and told.on < since):
                self._reached[told.duty, mode] = (place, told.on)

    def held_by_stock(self, duty: Duty) -> bool:
        taken = self._stock.get(duty.key)
        return taken is not None and self._today < taken + self._stock_days

    def rested(self, duty: Duty) -> date:
        """Return the day from which a duty may pass from the lead to the contact: an answer to the last message takes its time."""
        _, since = self._reached.get((duty.key, _mode(duty)), (-1, date.min))
        return since if since == date.min else since + self._between

    def reached(self, duty: Duty, rung: Rung) -> bool:
        """Return whether a rung's day has come. What can still be put right is told at once: its first rung waits for nothing."""
        if duty.due_on is None:
            return False
        if duty.preprint and duty.state in _OPEN and rung.name == self.first(duty):
            return True
        return self._today >= duty.due_on + timedelta(days=rung.after_days)

    def first(self, duty: Duty) -> str:
        """Return the name of the first rung that is for such a duty."""
        return next(rung.name for rung in self._rungs if rung.holds_for(duty.kind, duty.strength))

    def last_rung(self, duty: Duty) -> str | None:
        """Return the last rung on which the duty's lead was told about it, or None."""
        place = self._to(duty, duty.person_id) if duty.person_id is not None else -1
        return None if place < 0 else self._rungs[place].name

    def _to(self, duty: Duty, person_id: int | None) -> int:
        """Return the place of the highest rung on which a person (None: the contact) was told of a duty, -1 if on none."""
        return self._told.get((duty.key, _mode(duty), person_id), -1)

    def next_rung(self, duty: Duty, *, reachable: bool) -> Rung | None:
        """Return the rung that comes next for a duty, or None if the ladder has no more.

        The contact, standing in for a lead who cannot be told, hears of a matter once, where the lead would have, and then
        where the ladder leads to the contact: staff need no four reminders of one matter.
        """
        to_lead = self._to(duty, duty.person_id) if duty.person_id is not None else -1
        to_contact = self._to(duty, None)
        if reachable:
            rest = self._rest(duty, to_lead)
            return next((rung for rung in rest if rung.to == "lead" or self._place[rung.name] > to_contact), None)
        if to_contact < 0:
            return next(iter(self._rest(duty, to_lead)), None)
        return next((rung for rung in self._rest(duty, max(to_lead, to_contact)) if rung.to == "contact"), None)

    def _rest(self, duty: Duty, place: int) -> list[Rung]:
        """Return the rungs for such a duty that stand above a place on the ladder.

        A preprint is nothing to pass on; whether what was named is the right one is asked on the first rung alone.
        """
        return [
            rung
            for rung in self._rungs[place + 1 :]
            if rung.holds_for(duty.kind, duty.strength)
            and not (duty.preprint and rung.to == "contact")
            and not (duty.given and rung.to == "lead" and rung.name != self.first(duty))
        ]


def _mode(duty: Duty) -> str:
    """Return what stands before a duty's rung where it is asked in another way than usual."""
    return _PREPRINT if duty.preprint else _GIVEN if duty.given else ""


def _on_leave(duty: Duty, people: People, today: date) -> bool:
    until = people.away.get(duty.person_id) if duty.person_id is not None else None
    return until is not None and today <= until


def _why_not_the_lead(duty: Duty, people: People) -> Why | None:
    if duty.acts == "staff":
        return Why.STAFF
    if duty.person_id is None:
        return Why.NO_LEAD
    if duty.person_id in people.opted_out:
        return Why.OPTED_OUT
    if duty.person_id not in people.reachable:
        return Why.NO_ADDRESS
    return Why.REFUSED if duty.person_id in people.refused else None


def _limited(
    ready: Mapping[int | None, list[Matter]],
    also: Mapping[int | None, list[Matter]],
    history: History,
    settings: Reminders,
    today: date,
) -> Plan:
    place = {rung.name: number for number, rung in enumerate(settings.ladder)}
    week = {
        person_id: sum(today - timedelta(days=7) < day <= today for day in days)
        for person_id, days in history.lately.items()
    }
    messages, too_soon = [], []
    for person_id, matters in ready.items():
        if _too_soon(person_id, history, settings, today) or week.get(person_id, 0) >= settings.per_person_per_week:
            too_soon.append(person_id)
            continue
        everything = sorted([*matters, *also.get(person_id, ())], key=_urgency)
        strongest = max((matter.rung for matter in matters), key=lambda name: place[name])
        messages.append(Planned(person_id, strongest, tuple(everything)))
    messages.sort(
        key=lambda message: (message.person_id is not None, _urgency(message.matters[0]), message.person_id or 0)
    )
    total = len(messages)
    left = max(0, settings.per_week - sum(week.values())) if settings.per_week is not None else total
    cap = min(settings.per_run if settings.per_run is not None else total, total)
    return Plan(
        messages=tuple(messages[: min(cap, left)]),
        too_soon=tuple(sorted(too_soon, key=lambda person_id: person_id or 0)),
        over_cap=tuple(message.person_id for message in messages[cap:]),
        over_week=tuple(message.person_id for message in messages[min(cap, left) : cap]),
    )


def _too_soon(person_id: int | None, history: History, settings: Reminders, today: date) -> bool:
    """Return whether a person had a message too few days ago. A clock that was set back makes nobody hear twice."""
    last = history.last.get(person_id)
    return last is not None and today < last + timedelta(days=max(1, settings.min_days_between))  # never two on one day


def _urgency(matter: Matter) -> tuple[date, str, int, int]:
    return (matter.duty.due_on or date.max, matter.duty.project_id, matter.duty.work_id or 0, _ORDER[matter.duty.kind])
