"""What is owed, to the day: a table that competence-centre staff can read, and what must hold for any facts at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pubtrack.models import Answer, Band, Decision, DutyKind, DutyState, Verdict
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.model import Facts, Given
from pubtrack.obligations.policy import DutyRule, Policy
from tests.duties import LEAD, POLICY, PROJECT, finding, match, said, work

A = Answer
# A second provider of the same project: the credit from the first day, the reference within ten.
COHORT = POLICY.model_copy(
    update={
        "id": "cohort",
        "duties": tuple(
            rule.model_copy(update={"offset_days": 0 if rule.kind is DutyKind.CREDIT else 10})
            for rule in POLICY.duties
            if rule.kind in (DutyKind.CREDIT, DutyKind.REPORT)
        ),
    }
)
NAMED = re.compile(r"(?:(cohort) )?(publish|credit|report|copy)(?: (\d))? (.+)")


@dataclass
class Case:
    """One line of the table."""

    name: str
    facts: Facts
    policies: list[Policy]
    day: date
    expected: list[str]


def _facts(text: str) -> Facts:
    """Given the facts of a line, in the words that stand over the table, return them."""
    project, works, matches, findings, decisions = PROJECT, {}, [], {}, []
    reported, listed = set(), set()
    for fact in filter(None, (part.strip() for part in text.split(";"))):
        word, *rest = fact.split()
        if word == "ended":
            project = replace(PROJECT, ended_on=None if rest[0] == "-" else date.fromisoformat(rest[0]))
        elif word in ("work", "preprint", "maybe", "rejected", "retracted"):
            number = len(works) + 1
            given = dict(zip(rest[1::2], rest[2::2], strict=False)) if "submitted" in rest else {}
            type_ = rest[1] if len(rest) == 2 else "article" if word == "preprint" else "article-journal"
            submitted = (
                {"submitted": {"date-parts": [[int(part) for part in given["submitted"].split("-")]]}} if given else {}
            )
            issued = None if rest[0] == "-" else rest[0]
            works[number] = work(number, issued, type_=type_, retracted=word == "retracted", **submitted)
            band = {"maybe": Band.REVIEW, "rejected": Band.REJECT}.get(word, Band.ACCEPT)
            matches.append(match(number, band))
        elif fact in ("absent", "mentioned", "prescribed", "unreadable", "credited finding"):
            findings[1, "stats"] = finding(Verdict(word))
        elif fact.endswith(" in its preprint"):
            findings[1, "stats"] = finding(Verdict(word), version="submitted")
        elif fact == "in a sent list":
            reported.add(("9001", 1))
        elif fact == "listed":
            listed.add(1)
        elif word == "rule" or fact == "two policies":
            continue
        else:
            decisions.append(_decision(fact, with_work=bool(works)))
    return Facts([project], works, matches, decisions, findings, reported, listed)


def _policies(text: str) -> list[Policy]:
    """Given the facts of a line, return the policy as its rules change it, and a second one where the line says so."""
    changed = {
        kind: {"anchor": anchor, "offset_days": int(days)}
        for kind, anchor, days in re.findall(r"rule (\w+) (\w+) (-?\d+)", text)
    }
    rules = tuple(
        DutyRule.model_validate(
            rule.model_dump()
            | changed.get(rule.kind.value, {})
            | ({"preprints": False} if f"rule {rule.kind} not of preprints" in text else {})
        )
        for rule in POLICY.duties
    )
    policy = POLICY.model_copy(update={"duties": rules})
    return [policy, COHORT] if "two policies" in text else [policy]


def _decision(text: str, *, with_work: bool) -> Decision:
    answer = Answer(text.split(maxsplit=1)[0])
    found = dict(re.findall(r"(until|on|kind|person|in|note|under) (\S+)", text))
    whole_project = "of project" in text or not with_work
    person = int(found["person"]) if "person" in found else None
    both = answer in (A.MINE, A.NOT_MINE)
    return said(
        answer,
        found.get("on", "2026-11-02"),
        project=found.get("in") or ("9001" if person is None and (both or whole_project) else None),
        work=None if person or (whole_project and not both) else 1,
        person=person,
        duty=DutyKind(found["kind"]) if "kind" in found else None,
        until=found.get("until"),
        note=found.get("note"),
        policy=found.get("under"),
    )


def _table() -> list[Case]:
    lines = (Path(__file__).parents[1] / "fixtures" / "duties.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]
    return [
        Case(name, _facts(facts), _policies(facts), date.fromisoformat(day), expected.split(", "))
        for name, facts, day, expected in rows
        if not name.startswith("**")
    ]


TABLE = _table()


@pytest.mark.parametrize("case", TABLE, ids=[case.name for case in TABLE])
def test_the_table(case: Case) -> None:
    """Facts and a day give exactly these duties."""
    found = {}
    for duty in duties(case.facts, case.policies, case.day):
        line = f"{duty.state} {duty.due_on or '-'}" + (f" ({duty.since})" if duty.since else "")
        which = "cohort" if duty.policy == "cohort" else None
        found[which, duty.kind.value, str(duty.work_id)] = found[which, duty.kind.value, None] = line

    for expected in case.expected:
        which, kind, number, line = NAMED.fullmatch(expected).groups()  # type: ignore[union-attr]
        assert found.get((which, kind, number), "-") == line, expected


def test_the_table_shows_every_state_of_every_kind() -> None:
    """What staff read leaves nothing out."""
    seen = {(duty.kind, duty.state) for case in TABLE for duty in duties(case.facts, case.policies, case.day)}

    assert seen == {(kind, state) for kind in DutyKind for state in DutyState}
    assert len({case.name for case in TABLE}) == len(TABLE) >= 90


BECAUSE = [
    (
        "",
        "publish",
        "No publication of this project is known. The project ended on 2025-06-30; a publication is expected by 2026-06-30.",
    ),
    ("ended -", "publish", "The end of this project is not known, so no day is set for a publication yet."),
    ("maybe 2026-10-05", "publish", "1 publication may belong to this project; nobody has confirmed it yet."),
    ("maybe 2026-10-05", "credit", "This publication may belong to the project; nobody has confirmed it yet."),
    ("work 2026-10-05", "publish", "1 publication of this project is known."),
    ("work 2026-10-05", "credit", "No copy of this publication has been read yet."),
    (
        "work 2026-10-05; absent",
        "credit",
        "The text was read to its end: Statistics Example is not named as the source of the data.",
    ),
    (
        "work 2026-10-05; mentioned",
        "credit",
        "The text was read to its end: Statistics Example is mentioned, but not as the source of the data.",
    ),
    ("work 2026-10-05; prescribed", "credit", "The publication credits Statistics Example in the prescribed words."),
    ("work 2026-10-05; credited finding", "credit", "The publication credits Statistics Example in its own words."),
    (
        "work 2026-10-05; absent; correction_requested",
        "credit",
        "The journal was asked on 2026-11-02 to add the credit; it is asked about again after 2027-01-31.",
    ),
    ("work 2026-10-05; not_credited", "credit", "It was read by staff: Statistics Example is not credited."),
    (
        "work 2026-10-05; absent in its preprint",
        "credit",
        "Only the preprint could be read, and it does not name Statistics Example as the source; the article may.",
    ),
    (
        "work 2026-10-05; credited in its preprint",
        "credit",
        "The publication's preprint credits Statistics Example in its own words.",
    ),
    ("work 2026-10-05", "report", "The reference has not been reported to Statistics Example yet."),
    ("work 2026-10-05; listed", "report", "The reference stands in the list that Statistics Example publishes."),
    ("work 2026-10-05; reported until 2026-10-30", "report", "The reference was reported on 2026-10-30, said staff."),
    (
        "work 2026-10-05; reported until 2026-10-30 note portal-4711",
        "report",
        "The reference was reported on 2026-10-30, said staff (receipt: portal-4711).",
    ),
    (
        "preprint 2026-10-05; absent",
        "credit",
        "The text was read to its end: Statistics Example is not named as the source of the data."
        " This is a preprint: it can still be put right before publication.",
    ),
    ("work 2026-10-05", "copy", "No copy has been sent to Statistics Example yet."),
    ("work 2026-10-05; waived", "copy", "Waived by staff on 2026-11-02."),
    ("work 2026-10-05; snoozed until 2026-12-01", "copy", "Put off until 2026-12-01 by staff on 2026-11-02."),
    ("planned until 2027-02-01", "publish", "A publication is planned for 2027-02-01, said staff on 2026-11-02."),
    (
        "nothing_to_report until 2027-02-01",
        "publish",
        "There is no publication to report, said staff on 2026-11-02; it is asked about again after 2027-02-01.",
    ),
    ("retracted 2026-10-05", "credit", "The publication has been retracted."),
    (
        "work -",
        "copy",
        "No copy has been sent to Statistics Example yet. The record gives no date, so no term can be counted.",
    ),
]


@pytest.mark.parametrize(("facts", "kind", "because"), BECAUSE)
def test_because_is_a_sentence(facts: str, kind: str, because: str) -> None:
    """Every duty says why it stands where it stands, in words for a lead."""
    found = {duty.kind.value: duty.because for duty in duties(_facts(facts), [POLICY], date(2026, 11, 16))}

    assert found[kind] == because


def test_because_says_when_an_unreadable_work_is_looked_at_again() -> None:
    """Could not read is not not credited: it says why, and when it is tried again."""
    unread = finding(Verdict.UNREADABLE, reason="no open copy.", look_again_on=date(2027, 4, 1))
    known = replace(_facts("work 2026-10-05"), findings={(1, "stats"): unread})

    found = {duty.kind.value: duty.because for duty in duties(known, [POLICY], date(2026, 11, 16))}

    assert found["credit"] == (
        "Whether Statistics Example is credited cannot be read yet (no open copy). It is looked at again on 2027-04-01."
    )


@pytest.mark.parametrize(
    ("named", "answers", "expected"),
    [
        (Given(date(2026, 9, 1), "10.5555/new"), [], (DutyState.OVERDUE, True)),
        (Given(date(2026, 9, 1), "", with_staff=True), [], (DutyState.UNCLEAR, False)),
        (
            Given(date(2026, 9, 1), "10.5555/new"),
            [said(Answer.SNOOZED, "2026-11-02", project="9001", until="2026-12-02")],
            (DutyState.SNOOZED, False),
        ),
        (
            Given(date(2026, 9, 1), "10.5555/new"),
            [said(Answer.PLANNED, "2026-09-15", project="9001", until="2026-11-01")],
            (DutyState.OVERDUE, False),  # what was said later holds
        ),
    ],
)
def test_a_publication_that_was_named_and_is_not_found(
    named: Given, answers: list[Decision], expected: tuple[DutyState, bool]
) -> None:
    """It is asked whether it is the right one, not once more whether there is any; what staff have to read is theirs."""
    known = Facts(projects=[PROJECT], decisions=answers, given={"9001": named})
    (found,) = duties(known, [POLICY], date(2026, 11, 16))

    assert (found.state, found.given) == expected
    if found.given:
        assert found.because == (
            "A publication was named on 2026-09-01 and is not found. The project ended on 2025-06-30;"
            " a publication is expected by 2026-06-30."
        )


def test_a_duty_is_the_leads() -> None:
    """Whose it is and how firmly; a project without a lead leaves it open."""
    with_lead = duties(Facts(projects=[PROJECT]), [POLICY], date(2026, 11, 16))
    without = duties(Facts(projects=[replace(PROJECT, lead=None)]), [POLICY], date(2026, 11, 16))

    assert [(duty.person_id, duty.strength, duty.key) for duty in with_lead] == [
        (LEAD.id, "must", "stats/9001/-/publish")
    ]
    assert [duty.person_id for duty in without] == [None]


def test_policies_apply_by_project_number() -> None:
    """Two policies on one project give both sets of duties; one that does not apply gives none."""
    other = POLICY.model_copy(update={"id": "cohort", "applies_to": ("90*",)})
    elsewhere = POLICY.model_copy(update={"id": "elsewhere", "applies_to": ("SES*", r"SES\*")})

    found = duties(
        Facts(projects=[PROJECT], works={1: work()}, matches=[match()]), [POLICY, other, elsewhere], date(2026, 11, 16)
    )

    assert [(duty.policy, duty.kind.value) for duty in found] == [
        ("cohort", "publish"),
        ("stats", "publish"),
        *[("cohort", kind) for kind in ("credit", "report", "copy")],
        *[("stats", kind) for kind in ("credit", "report", "copy")],
    ]


# --- what holds for any facts ---------------------------------------------------------------------------------------

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
WORKS = st.integers(1, 3)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    answer = draw(st.sampled_from([answer for answer in Answer if answer is not Answer.WITHDRAWN]))
    about = draw(st.sampled_from(["work", "project", "both", "person"]))
    if answer in (A.MINE, A.NOT_MINE):
        about = "both"
    return said(
        answer,
        draw(DAYS).isoformat(),
        project=draw(st.sampled_from(["9001", "9002"])) if about in ("project", "both") else None,
        work=draw(WORKS) if about in ("work", "both") else None,
        person=draw(st.integers(1, 2)) if about == "person" else None,
        duty=draw(st.none() | st.sampled_from(DutyKind)) if answer in (A.WAIVED, A.SNOOZED) else None,
        policy=draw(st.sampled_from([None, None, "stats", "another"])),
        until=draw(DAYS).isoformat()
        if answer in (A.SNOOZED, A.PLANNED, A.NOTHING_TO_REPORT) or draw(st.booleans())
        else None,
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    dates = st.dates(date(2025, 1, 1), date(2027, 12, 31))
    works = {
        number: work(
            number,
            draw(st.none() | dates.map(str)),
            type_=draw(st.sampled_from(["article-journal", "article", "report"])),
            retracted=draw(st.integers(0, 9)) == 0,
        )
        for number in draw(st.sets(WORKS))
    }
    return Facts(
        projects=[
            replace(PROJECT, ended_on=draw(st.none() | dates)),
            replace(PROJECT, id="9002", lead=draw(st.none() | st.just(LEAD)), ended_on=draw(st.none() | dates)),
        ],
        works=works,
        matches=[
            match(number, draw(st.sampled_from(Band)), project)
            for project in ("9001", "9002")
            for number in works
            if draw(st.booleans())
        ],
        decisions=[
            replace(made, id=number) for number, made in enumerate(draw(st.lists(decisions(), max_size=6)), start=1)
        ],
        findings={
            (number, "stats"): finding(
                draw(st.sampled_from(Verdict)), number, version=draw(st.sampled_from([None, "submitted"]))
            )
            for number in works
            if draw(st.booleans())
        },
        reported={("9001", number) for number in works if draw(st.booleans())},
        listed={number for number in works if draw(st.booleans())},
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy with any anchors and offsets that a provider may choose."""
    rules = []
    for rule in POLICY.duties:
        anchors = ["project_end", "expected"]
        if rule.kind is not DutyKind.PUBLISH:
            anchors += ["publication", "submission"]
        changes = {
            "anchor": draw(st.sampled_from(anchors)),
            "offset_days": draw(st.integers(-60, 400)),
            "heads_up_days": draw(st.integers(0, 60)),
            "preprints": draw(st.booleans()),
        }
        rules.append(rule.model_copy(update=changes))
    return POLICY.model_copy(update={"duties": tuple(rules)})


ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_FORWARD = {DutyState.UPCOMING: 0, DutyState.DUE: 1, DutyState.OVERDUE: 2}
OPEN = (DutyState.DUE, DutyState.OVERDUE)


@ANY
@given(facts(), policies(), DAYS, st.integers(0, 400))
def test_time_only_moves_a_duty_forward(known: Facts, policy: Policy, day: date, later: int) -> None:
    """With the same facts, upcoming turns due turns overdue and never back; no duty comes or goes by time alone."""
    before = {duty.key: duty for duty in duties(known, [policy], day)}
    after = {duty.key: duty for duty in duties(known, [policy], day + timedelta(days=later))}

    assert before.keys() == after.keys()
    for key, duty in before.items():
        if duty.state in _FORWARD and after[key].state in _FORWARD:
            assert _FORWARD[after[key].state] >= _FORWARD[duty.state]


@ANY
@given(facts(), decisions(), DAYS)
def test_an_answer_never_creates_a_duty(known: Facts, answer: Decision, day: date) -> None:
    """Only "this work is mine" can bring a duty into the world; and only a no can open one: not mine, not credited."""
    more = replace(known, decisions=[*known.decisions, replace(answer, id=99)])
    before = {duty.key: duty.state for duty in duties(known, [POLICY], day)}
    after = {duty.key: duty.state for duty in duties(more, [POLICY], day)}

    if answer.answer is not A.MINE:
        assert after.keys() <= before.keys()
    if answer.answer in (A.WAIVED, A.REPORTED, A.COPY_SENT, A.CREDITED, A.OPT_OUT, A.OPT_IN) or (
        # A newer day replaces the older one about the same subject, and may be the earlier of the two.
        answer.answer in (A.SNOOZED, A.PLANNED, A.NOTHING_TO_REPORT, A.CORRECTION_REQUESTED) and not known.decisions
    ):
        assert {key for key, state in after.items() if state in OPEN} <= {
            key for key, state in before.items() if state in OPEN
        }


@ANY
@given(facts(), policies(), decisions(), DAYS)
def test_under_no_policy_does_an_answer_create_a_duty(
    known: Facts, policy: Policy, answer: Decision, day: date
) -> None:
    """Whatever the duties are counted from; and a settled one is settled whatever else is said of a day."""
    more = replace(known, decisions=[*known.decisions, replace(answer, id=99)])
    before = {duty.key for duty in duties(known, [policy], day)}
    after = {duty.key for duty in duties(more, [policy], day)}

    assert answer.answer is A.MINE or after <= before


@ANY
@given(facts(), policies(), DAYS)
def test_a_preprint_is_never_held_against_anybody(known: Facts, policy: Policy, day: date) -> None:
    """The credit it lacks is due at most, and softly; nothing else about it differs from a publication."""
    for duty in duties(known, [policy], day):
        if duty.preprint:
            assert duty.kind is DutyKind.CREDIT
            assert duty.state is not DutyState.OVERDUE
            assert duty.strength == "should"


@ANY
@given(facts(), DAYS, st.randoms())
def test_the_order_of_facts_does_not_matter(known: Facts, day: date, random) -> None:  # type: ignore[no-untyped-def]
    """However the tables are read, the duties are the same, in the same order."""
    shuffled = replace(
        known,
        projects=random.sample(known.projects, len(known.projects)),
        works=dict(random.sample(sorted(known.works.items(), key=lambda item: item[0]), len(known.works))),
        matches=random.sample(known.matches, len(known.matches)),
        decisions=random.sample(known.decisions, len(known.decisions)),
    )

    assert duties(shuffled, [POLICY], day) == duties(known, [POLICY], day)


@ANY
@given(facts(), DAYS)
def test_no_lead_is_told_what_nobody_confirmed(known: Facts, day: date) -> None:
    """A work that the machine only asks about is never upcoming, due or overdue."""
    sure = {(one.project_id, one.work_id) for one in known.matches if one.band is Band.ACCEPT}
    sure |= {(made.project_id, made.work_id) for made in known.decisions if made.answer is A.MINE}

    for duty in duties(known, [POLICY], day):
        if duty.work_id is not None and duty.state in _FORWARD:
            assert (duty.project_id, duty.work_id) in sure


def test_ten_thousand_duties_take_well_under_a_second() -> None:
    """A national office: 1,660 projects, 2,800 outputs, 10,060 duties."""
    known = Facts(
        projects=[replace(PROJECT, id=str(number)) for number in range(1660)],
        works={number: work(number) for number in range(1, 2801)},
        matches=[match(number, project=str(number % 1660)) for number in range(1, 2801)],
        decisions=[said(A.REPORTED, work=number, id=number) for number in range(1, 1000)],
    )
    began = process_time()

    assert len(duties(known, [POLICY], date(2026, 11, 16))) == 1660 + 3 * 2800
    assert process_time() - began < 2  # 0.1 s
