"""What two years came to: how many messages, how many too many, and how long until what was owed was met."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from pubtrack.answers.links import duty_parts
from pubtrack.clock import moment
from pubtrack.models import CORRECTION_DAYS, Answer, Decision, DutyKind, DutyState
from pubtrack.obligations import facts
from pubtrack.obligations.ledger import duties
from pubtrack.store import decisions, letters, outbox, works
from tests.simulation.killing import Killed
from tests.simulation.office import ZONE, Office
from tests.simulation.people import credits
from tests.simulation.world import BEGIN

Row = dict[str, Any]
_FOR_EVER = date(9999, 1, 1)
_OWED = (DutyState.DUE, DutyState.OVERDUE)
_TOLD_WITHIN = 120  # days after its term that a duty is given before nobody having been told counts against us


@dataclass
class Figures:
    """The report."""

    days: int = 0
    leads: int = 0
    messages: int = 0
    to_contact: int = 0
    per_lead_and_year: float = 0
    most_to_one_lead_in_a_year: int = 0
    duplicates: list[str] = field(default_factory=list)
    after_an_answer: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)  # answers that changed nothing
    misfires: list[str] = field(default_factory=list)
    not_yet_findable: int = 0  # asked for a publication that was out, but in no source yet
    untold: list[str] = field(default_factory=list)
    days_from_due_to_met: float | None = None
    met_after_telling: int = 0
    killed: dict[str, int] = field(default_factory=dict)  # runs that were killed before their end, by the moment
    cut_off: int = 0  # messages that were being sent when a run was killed
    cut_off_arrived: int = 0  # of these, those that the far side had taken
    not_listed: list[str] = field(default_factory=list)  # of these, those that staff were not told about
    letters: int = 0  # people's mails
    letters_lost: int = 0
    lost: list[str] = field(default_factory=list)  # said to be sent and never arrived, or arrived and not known
    unsettled: list[str] = field(default_factory=list)  # neither sent, failed, taken back nor listed as uncertain
    uncertain: int = 0
    failed: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        """Return it as the lines of the accuracy page."""
        rows = [
            ("days run", self.days),
            ("messages to leads", self.messages),
            ("messages to the contact", self.to_contact),
            ("messages per lead and year", f"{self.per_lead_and_year:.2f}"),
            ("most to one lead in a year", self.most_to_one_lead_in_a_year),
            ("duplicates", len(self.duplicates)),
            ("messages about a matter after its answer", len(self.after_an_answer)),
            ("answers that changed nothing", len(self.unheard)),
            (
                "misfires (a matter that was not owed)",
                f"{len(self.misfires)} ({len(self.misfires) / max(1, self.messages):.1%})",
            ),
            ("asked for a publication that no source had yet", self.not_yet_findable),
            ("duties that ended without anybody being told", len(self.untold)),
            ("median days from due to met, of duties told about", self.days_from_due_to_met),
            ("duties met after telling", self.met_after_telling),
            ("messages lost / left unsettled", f"{len(self.lost)} / {len(self.unsettled)}"),
            ("uncertain / failed messages", f"{self.uncertain} / {self.failed}"),
            ("mails from people / lost", f"{self.letters} / {self.letters_lost}"),
            ("runs killed", f"{sum(self.killed.values())} {self.killed or ''}"),
            (
                "messages cut off / had arrived / not listed",
                f"{self.cut_off} / {self.cut_off_arrived} / {len(self.not_listed)}",
            ),
            ("faults of stages", len(self.faults)),
        ]
        return "\n".join(f"| {name} | {value} |" for name, value in rows)

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return asdict(self)


@dataclass
class Watch:
    """Looks at every duty every day, as the ledger has it."""

    office: Office
    first_owed: dict[str, date] = field(default_factory=dict)
    met: dict[str, date] = field(default_factory=dict)
    due: dict[str, date] = field(default_factory=dict)

    def look(self) -> None:
        """Note what is owed and what is met today."""
        today = self.office.now.date()
        for duty in duties(facts.gather(self.office.store), self.office.policies, today):
            if duty.due_on is not None:
                self.due[duty.key] = duty.due_on
            if duty.state in _OWED:
                self.first_owed.setdefault(duty.key, today)
                self.met.pop(duty.key, None)
            elif duty.state is DutyState.MET:
                self.met.setdefault(duty.key, today)

    def figures(self, asked: list[str], killed: Killed | None) -> Figures:
        """Return what it all came to."""
        office, store = self.office, self.office.store
        rows = {row["id"]: row for row in outbox.every(store) if row["occasion"] == "reminder"}
        sent = [row for row in rows.values() if row["state"] in ("sent", "uncertain")]
        to_leads = [row for row in sent if row["person_id"] is not None]
        days = (office.now.date() - BEGIN).days + 1
        made = Figures(
            days=days,
            leads=len(office.world.leads),
            messages=len(to_leads),
            to_contact=len(sent) - len(to_leads),
            per_lead_and_year=len(to_leads) / len(office.world.leads) / (days / 365),
            uncertain=sum(row["state"] == "uncertain" for row in rows.values()),
            failed=sum(row["state"] == "failed" for row in rows.values()),
            answers=dict(Counter(asked).most_common()),
            faults=office.faults,
        )
        yearly = Counter((row["person_id"], row["created_at"][:4]) for row in to_leads)
        made.most_to_one_lead_in_a_year = max(yearly.values(), default=0)
        self._tell(made, {row["id"] for row in sent})
        if killed is not None:
            made.killed = dict(killed.moments.most_common())
            made.cut_off, made.not_listed = len(killed.sending), killed.not_listed
            made.cut_off_arrived = len(killed.had_arrived)
        made.letters = office.mailbox.delivered
        made.letters_lost = made.letters - len(letters.every(store))
        self._deliveries(made, outbox.every(store))
        return made

    def _deliveries(self, made: Figures, rows: Collection[Row]) -> None:
        """Hold what the outbox says of every message against what the mail server and Slack took."""
        made.unsettled = [f"{row['key']} is {row['state']}" for row in rows if row["state"] == "sending"]
        known = set()
        for row in rows:
            times = self.office.arrivals(row) if row["state"] != "stock" else 0
            known.add(row["message_id"])
            if times > 1:
                made.duplicates.append(f"{row['key']} arrived {times} times")
            if row["state"] == "sent" and not times:
                made.lost.append(f"{row['key']} is sent and never arrived")
            if row["state"] in ("queued", "cancelled") and times:
                made.lost.append(f"{row['key']} arrived and is {row['state']}")
        names = {str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.office.mail.taken}
        made.lost += [f"{name} arrived and is not known" for name in sorted(names - known)]

    def _tell(self, made: Figures, sent: set[int]) -> None:
        """Go through every matter that was told."""
        told = [row for row in outbox.told(self.office.store) if row["outbox_id"] in sent]
        first: dict[str, date] = {}
        for row in told:
            first.setdefault(row["duty"], _day(row))
        to_people = [row for row in told if row["person_id"] is not None]
        made.duplicates += _repeats(told)
        made.after_an_answer = self._after_an_answer(to_people)
        made.misfires, made.not_yet_findable = self._misfires(to_people)
        waits = [(self.met[key] - self.due[key]).days for key in first if key in self.met and key in self.due]
        made.met_after_telling = len(waits)
        made.days_from_due_to_met = median(waits) if waits else None
        made.untold = self._untold(first.keys())

    def _after_an_answer(self, told: Sequence[Row]) -> list[str]:
        said: dict[tuple[str | None, int | None], list[Decision]] = defaultdict(list)
        for one in decisions.every(self.office.store):
            said[one.project_id, one.work_id].append(one)
        stopped = {
            one.person_id: one.made_at.date()
            for one in decisions.of_people(self.office.store)
            if one.answer is Answer.OPT_OUT
        }
        found = []
        for row in told:
            _, project_id, work_id, kind = duty_parts(row["duty"])
            reaching = [*said[project_id, work_id], *said[project_id, None], *(said[None, work_id] if work_id else ())]
            late = stopped.get(row["person_id"], _FOR_EVER) < _day(row)
            if late or any(_silences(one, kind, _day(row), work_id) for one in reaching):
                found.append(f"{_day(row)} {row['duty']}")
        return found

    def _misfires(self, told: Sequence[Row]) -> tuple[list[str], int]:
        """Return a line for each message with a matter that was not owed, and how many asked for what no source had yet."""
        wrong: dict[int, str] = {}
        early = 0
        for row in told:
            why = self._why_not_owed(row["duty"], _day(row))
            if why == "no source had it":
                early += 1
            elif why:
                wrong.setdefault(row["outbox_id"], f"{_day(row)} {row['duty']}: {why}")
        return list(wrong.values()), early

    def _why_not_owed(self, key: str, day: date) -> str:
        """Return why a matter was not owed in truth on a day, or nothing if it was."""
        _, project_id, work_id, kind = duty_parts(key)
        if work_id is None:
            out = [one for one in self.office.world.of(project_id).publications if one.published <= day]
            return (
                ""
                if not out
                else "a publication was out"
                if any(one.indexed < day for one in out)
                else "no source had it"
            )
        work = works.get(self.office.store, work_id)
        one = self.office.world.by_doi().get(work.doi or "") if work else None
        if one is None or one.project is None or one.project.id != project_id:
            return "not of this project"
        return "it is credited" if kind is DutyKind.CREDIT and credits(one, day) else ""

    def _untold(self, told: Collection[str]) -> list[str]:
        today = self.office.now.date()
        long_ago = today - timedelta(days=_TOLD_WITHIN)
        return [
            key
            for key, since in self.first_owed.items()
            if key not in told and key not in self.met and max(since, self.due[key]) < long_ago and self._acts(key)
        ]

    def _acts(self, key: str) -> bool:
        """Return whether the duty is owed today by somebody who is told of it; what staff do is not told to leads."""
        owed = {
            duty.key: duty
            for duty in duties(facts.gather(self.office.store), self.office.policies, self.office.now.date())
        }
        duty = owed.get(key)
        return duty is not None and duty.state in _OWED and duty.acts == "lead"


def _day(row: Row) -> date:
    return moment(row["told_at"]).astimezone(ZONE).date()


def _repeats(told: Sequence[Row]) -> list[str]:
    """Return the messages that told their person nothing new: every matter in them stood on the same rung before."""
    news: dict[int, bool] = {}
    known: set[tuple[int | None, str, str]] = set()
    for row in told:
        matter = (row["person_id"], row["duty"], row["rung"])
        news[row["outbox_id"]] = news.get(row["outbox_id"], False) or matter not in known
        known.add(matter)
    return [f"message {number} tells nothing new" for number, new in news.items() if not new]


def _silences(one: Decision, kind: DutyKind, day: date, work_id: int | None) -> bool:
    """Return whether a decision of the person themselves ought to have silenced a matter of this kind on a day."""
    if one.through not in ("link", "slack", "mail") or one.made_at.date() >= day:
        return False
    of = {
        Answer.NOT_MINE: (set(DutyKind), _FOR_EVER),
        Answer.CREDITED: ({DutyKind.CREDIT}, _FOR_EVER),
        Answer.REPORTED: ({DutyKind.REPORT}, _FOR_EVER),
        Answer.COPY_SENT: ({DutyKind.COPY}, _FOR_EVER),
        Answer.CORRECTION_REQUESTED: ({DutyKind.CREDIT}, one.made_at.date() + timedelta(days=CORRECTION_DAYS)),
        Answer.PLANNED: ({DutyKind.PUBLISH}, one.until or _FOR_EVER),
        Answer.NOTHING_TO_REPORT: ({DutyKind.PUBLISH}, one.until or _FOR_EVER),
        Answer.SNOOZED: ({one.duty} if one.duty else set(DutyKind), one.until or _FOR_EVER),
    }.get(one.answer)
    if of is None or (one.work_id is not None and one.work_id != work_id):
        return False
    kinds, until = of
    return kind in kinds and day <= until
