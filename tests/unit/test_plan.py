"""Who is told what today, and half a year of it day by day."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from pubtrack.config import Reminders, Rung
from pubtrack.models import Answer, Band, Decision, Duty, DutyKind, DutyState, Project, Verdict
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.model import Facts
from pubtrack.reminders.plan import History, Matter, People, Plan, Planned, Told, Why, opted_out, plan
from pubtrack.reminders.quiet import dutch_holidays, quiet, quiet_now
from tests.duties import LEAD, OTHER, POLICY, finding, match, said, work

TODAY = date(2026, 11, 16)
STAFF_REPORT = POLICY.model_copy(
    update={
        "duties": tuple(
            rule.model_copy(update={"acts": "staff"}) if rule.kind is DutyKind.REPORT else rule
            for rule in POLICY.duties
        )
    }
)
SETTINGS = Reminders()
LADDER = [rung.name for rung in SETTINGS.ladder]
BOTH = People(reachable={1, 2})


def duty(
    days_left: int,
    *,
    person: int | None = 1,
    project: str = "9001",
    kind: DutyKind = DutyKind.REPORT,
    state: DutyState | None = None,
) -> Duty:
    """Return a duty whose day is so many days ahead."""
    due = TODAY + timedelta(days=days_left)
    by_date = DutyState.OVERDUE if days_left < 0 else DutyState.DUE if days_left <= 14 else DutyState.UPCOMING
    return Duty(
        project, None if kind is DutyKind.PUBLISH else 1, kind, state or by_date, due, None, "", "stats", "must", person
    )


def told(one: Duty, *rungs: str, person: int | None = 1) -> list[Told]:
    return [Told(one.key, rung, person) for rung in rungs]


def rungs(found: Plan) -> dict[int | None, list[tuple[str, str]]]:
    """Return what is planned as person -> (project, rung)."""
    return {message.person_id: [(m.duty.project_id, m.rung) for m in message.matters] for message in found.messages}


@pytest.mark.parametrize(
    ("days_left", "told_before", "expected"),
    [
        (8, (), None),
        (7, (), "heads-up"),
        (0, (), "heads-up"),
        (-200, (), "heads-up"),  # long overdue when it is found: still the first rung first
        (0, ("heads-up",), None),
        (-1, ("heads-up",), "due"),
        (-13, ("heads-up", "due"), None),
        (-14, ("heads-up", "due"), "late"),
        (-42, ("heads-up", "due", "late"), "later"),
        (-200, ("heads-up",), "due"),
        (-200, ("heads-up", "due", "late", "later", "contact"), None),
    ],
)
def test_the_ladder(days_left: int, told_before: Sequence[str], expected: str | None) -> None:
    """One rung after another, each not before its day."""
    one = duty(days_left)
    found = plan([one], History(told(one, *told_before)), BOTH, SETTINGS, TODAY)

    assert rungs(found) == ({1: [("9001", expected)]} if expected else {})


def test_the_ladder_ends_at_the_contact() -> None:
    """What a lead does not answer goes to the contact, once, and is no longer asked of the lead."""
    one = duty(-70)
    history = History(told(one, *LADDER[:4]))
    found = plan([one], history, BOTH, SETTINGS, TODAY)
    again = plan([one], replace(history, told=[*history.told, Told(one.key, "contact", None)]), BOTH, SETTINGS, TODAY)

    assert found.messages == (Planned(None, "contact", (Matter(one, "contact", Why.LADDER),)),)
    assert again.messages == ()


@pytest.mark.parametrize(
    ("one", "people", "why"),
    [
        (duty(-1, person=None), BOTH, Why.NO_LEAD),
        (duty(-1), People(reachable={2}), Why.NO_ADDRESS),
        (duty(-1), People(reachable={1}, opted_out={1}), Why.OPTED_OUT),
        (duty(-1), People(reachable={1}, refused={1: "mailbox unknown"}), Why.REFUSED),
    ],
)
def test_what_the_lead_cannot_be_told_goes_to_the_contact(one: Duty, people: People, why: Why) -> None:
    """With the reason; once, and again only where the ladder leads to the contact."""
    first = plan([one], History(), people, SETTINGS, TODAY)
    second = plan([one], History(told(one, "heads-up", person=None)), people, SETTINGS, TODAY + timedelta(days=60))
    last = plan([one], History(told(one, "heads-up", person=None)), people, SETTINGS, TODAY + timedelta(days=69))

    assert first.messages == (Planned(None, "heads-up", (Matter(one, "heads-up", why),)),)
    assert second.messages == ()
    assert last.messages == (Planned(None, "contact", (Matter(one, "contact", why),)),)


def test_a_new_lead_hears_of_it_from_the_first_rung() -> None:
    """What the one before was told is not held against the next."""
    one = duty(-50, person=2)

    assert rungs(plan([one], History(told(one, "heads-up", "due", "late")), BOTH, SETTINGS, TODAY)) == {
        2: [("9001", "heads-up")]
    }


def test_one_message_holds_everything_open() -> None:
    """What is on a rung today brings what is open along; what is not open yet stays out."""
    late, open_already, far, other = (
        duty(-14),
        duty(10, project="9002"),
        duty(30, project="9003"),
        duty(-1, project="9004", person=2),
    )
    history = History([*told(late, "heads-up", "due"), *told(other, "heads-up", person=2)])

    assert rungs(plan([far, open_already, late, other], history, BOTH, SETTINGS, TODAY)) == {
        1: [("9001", "late"), ("9002", "heads-up")],
        2: [("9004", "due")],
    }


def test_what_is_open_sends_nothing_by_itself() -> None:
    """Open, but on no rung today: silence."""
    one = duty(-5)

    assert (
        plan([one, duty(10, project="9002")], History(told(one, "heads-up", "due")), BOTH, SETTINGS, TODAY).messages
        == ()
    )


@pytest.mark.parametrize("state", [DutyState.UNCLEAR, DutyState.MET, DutyState.WAIVED, DutyState.SNOOZED])
def test_what_is_not_owed_is_not_told(state: DutyState) -> None:
    """Neither to a lead nor to the contact."""
    found = plan([duty(-30, state=state), duty(-30, state=state, person=None)], History(), BOTH, SETTINGS, TODAY)

    assert found.messages == ()


def test_days_between_messages() -> None:
    """A person who had a message waits, and so does the contact; that is said. Two on one day never happen."""
    matters = [duty(-1), duty(-1, person=None, project="9002")]
    history = History(last={1: TODAY - timedelta(days=13), None: TODAY - timedelta(days=14)})
    found = plan(matters, history, BOTH, SETTINGS, TODAY)
    same_day = plan(
        matters, History(last={1: TODAY, None: TODAY}), BOTH, SETTINGS.model_copy(update={"min_days_between": 0}), TODAY
    )

    assert ([message.person_id for message in found.messages], found.too_soon) == ([None], (1,))
    assert same_day.messages == ()


def test_the_stock_waits_and_then_begins_at_the_first_rung() -> None:
    """What the first sending run found is told from `stock_days` on; what came later is not held up by it."""
    old, new = duty(-100), duty(-1, project="9002")
    history = History(stock={old.key: TODAY - timedelta(days=13)})
    waiting = plan([old, new], history, BOTH, SETTINGS, TODAY)
    over = plan([old, new], history, BOTH, SETTINGS, TODAY + timedelta(days=1))

    assert (rungs(waiting), waiting.in_stock) == ({1: [("9002", "heads-up")]}, 1)
    assert rungs(over) == {1: [("9001", "heads-up"), ("9002", "heads-up")]}


def test_a_cap_says_what_it_holds_back() -> None:
    """The contact and the longest overdue go first."""
    found = plan(
        [duty(-1), duty(-9, person=2, project="9002"), duty(-2, person=None, project="9003")],
        History(),
        BOTH,
        SETTINGS.model_copy(update={"per_run": 2}),
        TODAY,
    )

    assert [message.person_id for message in found.messages] == [None, 2]
    assert found.over_cap == (1,)


def test_a_rung_that_is_no_longer_configured_was_the_first() -> None:
    """Changing the ladder neither repeats what was said nor skips ahead."""
    one = duty(-100)

    assert rungs(plan([one], History(told(one, "gentle-nudge")), BOTH, SETTINGS, TODAY)) == {1: [("9001", "due")]}


def test_opting_out_and_in() -> None:
    """The newest answer of each person holds."""
    answers = [
        said(Answer.OPT_OUT, person=1, id=1),
        said(Answer.OPT_OUT, person=2, id=2),
        said(Answer.OPT_IN, person=1, id=3),
        said(Answer.SNOOZED, person=3, until="2027-01-01", id=4),
    ]

    assert opted_out(answers) == {2}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 13), False),
        (date(2026, 11, 14), True),
        (date(2026, 11, 15), True),
        (date(2026, 12, 25), True),
        (date(2027, 12, 24), False),
        (date(2026, 12, 24), True),
    ],
)
def test_quiet_days(day: date, expected: bool) -> None:
    """Weekends, a day of every year, and one day of one year."""
    assert quiet(day, SETTINGS.model_copy(update={"quiet_days": ("12-25", "2026-12-24")})) is expected


def test_a_ladder_for_some_kinds_and_for_a_strength() -> None:
    """Each duty climbs the rungs that are for it, from its own first one; the others are not there for it."""
    ladder = (
        Rung(name="publish-early", after_days=-30, kinds=(DutyKind.PUBLISH,)),
        Rung(name="due", after_days=1),
        Rung(name="late", after_days=14, strength="must"),
        Rung(name="contact", after_days=70, to="contact", strength="must"),
    )
    settings = SETTINGS.model_copy(update={"ladder": ladder})
    publish, must = duty(-15, kind=DutyKind.PUBLISH), duty(-15, project="9002")
    wish = replace(duty(-200, project="9003"), strength="should")
    history = History([*told(publish, "publish-early"), *told(must, "due"), *told(wish, "due")])
    first = plan([publish, must, wish], History(), BOTH, settings, TODAY)
    then = plan([publish, must, wish], history, BOTH, settings, TODAY)
    end = History([*told(must, "due", "late"), *told(wish, "due")])

    assert rungs(first) == {1: [("9003", "due"), ("9001", "publish-early"), ("9002", "due")]}
    assert rungs(then) == {1: [("9003", "due"), ("9001", "due"), ("9002", "late")]}
    assert rungs(plan([duty(-90, project="9002"), wish], end, BOTH, settings, TODAY)) == {None: [("9002", "contact")]}


def test_a_preprint_is_told_at_once_and_never_passed_on() -> None:
    """What can still be put right does not wait for the rung before its day; after that it is a wish like any other."""
    chance = replace(duty(40, kind=DutyKind.CREDIT, state=DutyState.DUE), preprint=True, strength="should")
    days = [TODAY + timedelta(days=days) for days in range(400)]
    history, found = History(), []
    for day in days:
        planned = plan([chance], history, BOTH, SETTINGS, day)
        for message in planned.messages:
            found.append((message.person_id, message.rung, (day - TODAY).days))
            history = History([*history.told, *(Told(key, rung, 1) for key, rung in message.rungs.items())], {1: day})

    assert found == [(1, "heads-up", 0), (1, "due", 41)]


def test_who_named_a_publication_is_asked_once_whether_it_is_the_right_one() -> None:
    """However often it was asked before whether there is one; without an answer staff hear of it, and nobody again."""
    named = replace(duty(-100, kind=DutyKind.PUBLISH), given=True)
    other = duty(-100, project="9002")
    history, found = History([*told(named, "heads-up", "due", "late"), *told(other, *LADDER[:4])]), []
    for number in range(200):
        day = TODAY + timedelta(days=number)
        for message in plan([named, other], history, BOTH, SETTINGS, day).messages:
            about = [matter.duty.project_id for matter in message.matters]
            found.append((message.person_id, message.rung, number, about))
            history = History(
                [*history.told, *(Told(key, rung, message.person_id, day) for key, rung in message.rungs.items())],
                {message.person_id: day},
            )

    assert found == [
        (None, "contact", 0, ["9002"]),
        (1, "heads-up", 0, ["9001", "9002"]),
        (None, "contact", 14, ["9001"]),
    ]


def test_what_was_said_of_a_preprint_is_not_held_against_its_article() -> None:
    """The article appears, without the credit: the first word about that is on the first rung, and softly."""
    chance = replace(duty(-20, kind=DutyKind.CREDIT, state=DutyState.DUE), preprint=True, strength="should")
    article = duty(-80, kind=DutyKind.CREDIT)
    said_before = plan([chance], History(), BOTH, SETTINGS, TODAY).messages[0].rungs
    history = History([Told(key, rung, 1) for key, rung in said_before.items()])

    assert said_before == {chance.key: "preprint: heads-up"}
    assert rungs(plan([chance], history, BOTH, SETTINGS, TODAY)) == {1: [("9001", "due")]}
    assert rungs(plan([article], history, BOTH, SETTINGS, TODAY)) == {1: [("9001", "heads-up")]}


def test_what_is_staffs_is_not_asked_of_a_lead() -> None:
    """Whoever leads the project, and however well they can be reached."""
    ours = replace(duty(-1), acts="staff")

    assert plan([ours], History(), BOTH, SETTINGS, TODAY).messages == (
        Planned(None, "heads-up", (Matter(ours, "heads-up", Why.STAFF),)),
    )


def test_nobody_is_told_or_passed_over_while_away() -> None:
    """Held back until the leave is over, and said; then it goes on where it stood. What cannot be told anyway is not held."""
    one, two = duty(-15), duty(-71, person=2, project="9002")
    history = History([*told(one, "heads-up", "due"), *told(two, *LADDER[:4], person=2)])
    away = replace(BOTH, away={1: TODAY, 2: TODAY})
    held = plan([one, two], history, away, SETTINGS, TODAY)
    over = plan([one, two], history, away, SETTINGS, TODAY + timedelta(days=1))
    gone = plan([one], History(), replace(away, opted_out={1}), SETTINGS, TODAY)

    assert (held.messages, held.away) == ((), (1, 2))
    assert rungs(over) == {None: [("9002", "contact")], 1: [("9001", "late")]}
    assert rungs(gone) == {None: [("9001", "heads-up")]}


def test_a_week_holds_so_many_messages() -> None:
    """To all together, and to one person; what is held back is said by the limit that holds it."""
    matters = [duty(-1), duty(-9, person=2, project="9002"), duty(-2, person=None, project="9003")]
    settings = SETTINGS.model_copy(update={"per_week": 3})
    before = History(lately={3: [TODAY - timedelta(days=6)], 4: [TODAY - timedelta(days=7)]})
    found = plan(matters, before, BOTH, settings, TODAY)
    both = plan(matters, before, BOTH, settings.model_copy(update={"per_run": 1}), TODAY)
    mine = SETTINGS.model_copy(update={"min_days_between": 1, "per_person_per_week": 2})
    twice = History(last={1: TODAY - timedelta(days=3)}, lately={1: [TODAY - timedelta(days=d) for d in (5, 3)]})

    assert ([message.person_id for message in found.messages], found.over_week, found.over_cap) == ([None, 2], (1,), ())
    assert ([message.person_id for message in both.messages], both.over_week, both.over_cap) == ([None], (), (2, 1))
    assert plan(matters[:1], twice, BOTH, mine, TODAY).too_soon == (1,)
    assert plan(matters[:1], twice, BOTH, mine, TODAY + timedelta(days=2)).messages


def test_a_clock_set_back_tells_nobody_twice() -> None:
    """A message of tomorrow was sent: today, yesterday and a month ago nobody hears anything again."""
    one = duty(-1)
    history = History(
        told(one, "heads-up"), last={1: TODAY + timedelta(days=1)}, lately={1: [TODAY + timedelta(days=1)]}
    )

    for days in (0, -1, -30):
        assert plan([one], history, BOTH, SETTINGS, TODAY + timedelta(days=days)).messages == ()


def test_the_holidays_of_a_year() -> None:
    """Those that move with Easter, and the King's birthday, which gives way to a Sunday."""
    assert sorted(dutch_holidays(2027)) == [
        date(2027, *day) for day in ((1, 1), (3, 26), (3, 29), (4, 27), (5, 5), (5, 6), (5, 17), (12, 25), (12, 26))
    ]
    assert date(2025, 4, 26) in dutch_holidays(2025)
    assert not quiet(date(2027, 3, 29), SETTINGS)
    assert quiet(date(2027, 3, 29), SETTINGS.model_copy(update={"holidays": "nl"}))
    # Easter Monday: early, late, and where the two exceptions of Gauss's rule fall (1954, 1981)
    for day in (date(1954, 4, 19), date(1981, 4, 20), date(2008, 3, 24), date(2038, 4, 26)):
        assert day in dutch_holidays(day.year)
        assert day + timedelta(days=7) not in dutch_holidays(day.year) - {date(1981, 4, 27)}  # the King's birthday


def test_quiet_hours_over_midnight_and_within_a_day() -> None:
    """From, until: the first minute is quiet, the last is not."""
    night = SETTINGS.model_copy(update={"quiet_hours": (time(19), time(7))})
    lunch = SETTINGS.model_copy(update={"quiet_hours": (time(12), time(13, 30))})
    noon = datetime.combine(TODAY, time(12))

    assert [hour for hour in range(24) if not quiet_now(noon.replace(hour=hour), night)] == list(range(7, 19))
    assert [quiet_now(noon + timedelta(minutes=m), lunch) for m in (-1, 0, 89, 90)] == [False, True, True, False]
    assert not quiet_now(noon.replace(hour=3), SETTINGS)


# --- half a year, day by day -----------------------------------------------------------------------------------------


class World:
    """Projects and works, leads who answer or do not, and what was said to whom; every day the ledger and the plan are run."""

    def __init__(self, seed: int, settings: Reminders) -> None:
        self.random = random.Random(seed)
        self.settings = settings
        pick = self.random
        self.projects = [
            Project(
                str(9000 + n),
                f"Project {n}",
                lead=pick.choice([LEAD, OTHER, None]),
                ended_on=date(2025, 6, 1) + timedelta(days=pick.randrange(400)),
            )
            for n in range(12)
        ]
        self.works = {
            n: work(
                n,
                str(date(2026, 1, 1) + timedelta(days=pick.randrange(240))),
                type_=pick.choice(["article-journal", "article-journal", "article"]),
            )
            for n in range(1, 15)
        }
        self.policy = POLICY if seed % 3 else STAFF_REPORT
        self.leave = {
            person: date(2026, 9, 1) + timedelta(days=pick.randrange(150)) for person in (1, 2) if pick.random() < 0.7
        }
        self.matches = [
            match(n, pick.choice([Band.ACCEPT, Band.ACCEPT, Band.REVIEW]), pick.choice(self.projects).id)
            for n in self.works
        ]
        self.findings = {
            (n, "stats"): finding(pick.choice(list(Verdict)), n) for n in self.works if pick.random() < 0.8
        }
        self.decisions: list[Decision] = []
        self.told: list[Told] = []
        self.last: dict[int | None, date] = {}
        self.stock: dict[str, date] = {}
        self.log: list[tuple[date, Planned]] = []

    def facts(self) -> Facts:
        return Facts(self.projects, self.works, self.matches, self.decisions, self.findings)

    def day(self, today: date) -> None:
        owed = duties(self.facts(), [self.policy], today)
        if not self.log and not self.stock:
            self.stock = {one.key: today for one in owed if one.state in (DutyState.DUE, DutyState.OVERDUE)}
            return
        if quiet(today, self.settings):
            return
        lately: dict[int | None, list[date]] = defaultdict(list)
        for day, message in self.log:
            lately[message.person_id].append(day)
        history = History(self.told, self.last, self.stock, lately)
        people = People({1, 2}, opted_out(self.decisions), away=self.away(today))
        found = plan(owed, history, people, self.settings, today)
        for message in found.messages:
            self.log.append((today, message))
            self.told += [Told(key, rung, message.person_id, today) for key, rung in message.rungs.items()]
            self.last[message.person_id] = today
            if message.person_id is not None and self.random.random() < 0.4:
                self.answer(self.random.choice(message.matters).duty, today)

    def away(self, today: date) -> dict[int, date]:
        """Three weeks of leave, known from its first day."""
        return {person: since + timedelta(days=20) for person, since in self.leave.items() if since <= today}

    def answer(self, one: Duty, today: date) -> None:
        answer = {
            DutyKind.PUBLISH: Answer.NOTHING_TO_REPORT,
            DutyKind.CREDIT: Answer.CORRECTION_REQUESTED,
            DutyKind.REPORT: Answer.REPORTED,
            DutyKind.COPY: self.random.choice([Answer.COPY_SENT, Answer.SNOOZED, Answer.WAIVED]),
        }[one.kind]
        later = str(today + timedelta(days=30))
        until = later if answer in (Answer.NOTHING_TO_REPORT, Answer.SNOOZED, Answer.CORRECTION_REQUESTED) else None
        whole = one.work_id is None
        made = said(answer, str(today), project=one.project_id if whole else None, work=one.work_id, until=until)
        self.decisions.append(replace(made, id=len(self.decisions) + 1))


@pytest.mark.parametrize("seed", range(12))
def test_half_a_year_day_by_day(seed: int) -> None:
    """Nobody is told twice on one rung anew, nobody's first rung is skipped, nobody is written to too often or on a quiet day,
    what was answered is not asked, and what is open for a lead is told in the end."""
    settings = (
        SETTINGS
        if seed % 2
        else Reminders(
            min_days_between=7, ladder=(*SETTINGS.ladder[:4], Rung(name="contact", after_days=50, to="contact"))
        )
    )
    world = World(seed, settings)
    start = date(2026, 9, 1)
    for number in range(183):
        today = start + timedelta(days=number)
        before = len(world.log)
        states = {one.key: one.state for one in duties(world.facts(), [world.policy], today)}
        world.day(today)
        for _, message in world.log[before:]:
            for matter in message.matters:
                assert states[matter.duty.key] in (DutyState.UPCOMING, DutyState.DUE, DutyState.OVERDUE)
        assert len({message.person_id for _, message in world.log[before:]}) == len(world.log[before:])
        away = {person for person, until in world.away(today).items() if today <= until}
        for _, message in world.log[before:]:
            assert message.person_id not in away
            assert not any(m.why is Why.LADDER and m.duty.person_id in away for m in message.matters)

    names = [rung.name for rung in settings.ladder]
    days: dict[int | None, list[date]] = defaultdict(list)
    climbed: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for day, message in world.log:
        assert not quiet(day, settings)
        days[message.person_id].append(day)
        for matter in message.matters:
            climbed[matter.duty.key, message.person_id].append(names.index(matter.rung))
            if message.person_id is not None:
                assert matter.duty.person_id == message.person_id
                assert matter.rung != "contact"
                assert matter.duty.acts == "lead"
            else:
                assert not matter.duty.preprint or matter.why is not Why.LADDER
    for one_persons in days.values():
        assert all((b - a).days >= settings.min_days_between for a, b in itertools.pairwise(one_persons))
    for (_, person_id), steps in climbed.items():
        if person_id is not None:
            assert steps[0] == 0
            assert all(b - a in (0, 1) for a, b in itertools.pairwise(steps))
        else:
            assert len(steps) <= 2
            assert len(set(steps)) == len(steps)
    end = start + timedelta(days=182)
    for one in duties(world.facts(), [world.policy], end):
        if one.state is DutyState.OVERDUE and one.due_on and one.due_on < end - timedelta(days=40):
            assert any(key == one.key for key, _ in climbed), one


def test_silence_after_an_answer() -> None:
    """Every kind of duty, answered, is never named again while the answer holds: the ledger says so, and the plan obeys."""
    answers = {
        "publish": said(Answer.NOTHING_TO_REPORT, str(TODAY), project="9002", until="2027-11-16", id=1),
        "credit": said(Answer.CREDITED, str(TODAY), work=1, id=2),
        "report": said(Answer.REPORTED, str(TODAY), work=1, id=3),
        "copy": said(Answer.COPY_SENT, str(TODAY), work=1, id=4),
    }
    known = Facts(
        projects=[
            Project("9001", "One", lead=LEAD, ended_on=date(2025, 1, 1)),
            Project("9002", "Two", lead=LEAD, ended_on=date(2025, 1, 1)),
        ],
        works={1: work(1, "2026-08-01")},
        matches=[match(1)],
        findings={(1, "stats"): finding(Verdict.ABSENT)},
    )
    for left_out in (*answers, None):
        made = [answer for kind, answer in answers.items() if kind != left_out]
        named = set()
        for number in range(300):
            day = TODAY + timedelta(days=number)
            for message in plan(
                duties(replace(known, decisions=made), [POLICY], day), History(), BOTH, SETTINGS, day
            ).messages:
                named |= {matter.duty.kind.value for matter in message.matters}

        assert named == ({left_out} if left_out else set())


def test_the_same_day_again_never_climbs_a_rung() -> None:
    """A matter told to its lead today does not come to the contact on a second run of the day, though its days are long over."""
    settings = Reminders(ladder=(Rung(name="due", after_days=1), Rung(name="contact", after_days=2, to="contact")))
    old = duty(-300)
    first = plan([old], History(), BOTH, settings, TODAY)
    assert [(message.person_id, message.rung) for message in first.messages] == [(1, "due")]
    history = History(told=[Told(old.key, "due", 1, TODAY)], last={1: TODAY})

    assert plan([old], history, BOTH, settings, TODAY).messages == ()
    later = plan([old], history, BOTH, settings, TODAY + timedelta(days=settings.min_days_between))
    assert [(message.person_id, message.rung) for message in later.messages] == [(None, "contact")]
