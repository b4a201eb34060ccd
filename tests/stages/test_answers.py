"""What people say becomes decisions: checked, kept for ever, and said twice without effect."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from pubtrack.answers.apply import apply, find_work, withdraw
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Band, Decision, DutyKind, Match, Project, Work
from pubtrack.obligations import facts
from pubtrack.store import Store, decisions, matches, projects, works
from tests.conftest import ANNA, AT, CARLA, NOW
from tests.duties import POLICY

DAY = date(2027, 2, 1)


@pytest.fixture
def known(store: Store) -> Store:
    """Two projects and two works, one of them without a DOI."""
    projects.save(store, Project("9001", "One", lead=ANNA, ended_on=date(2025, 6, 30)), at=AT)
    projects.save(store, Project(r"SES\208008SSBONT_SEC1", "Two", lead=CARLA), at=AT)
    csl = {"type": "report", "title": "Report", "issued": {"date-parts": [[2026, 9, 1]]}}
    works.save(store, Work(csl | {"DOI": "10.5555/ab(1)"}, ("doi:10.5555/ab(1)",)), at=AT)
    works.save(store, Work(csl, ("oai:repository:oai:example.org:7",)), at=AT)
    matches.save(store, Match("9001", 1, 0.5, Band.REVIEW), at=AT)
    return store


def say(store: Store, answer: Answer | str, **given: Any) -> Decision:
    return apply(store, answer=answer, who="staff", through="cli", now=NOW, **given)


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (Answer.MINE, {"project": "9001", "work": 1}),
        (Answer.NOT_MINE, {"project": "9001", "work": "10.5555/AB(1)"}),
        (Answer.CREDITED, {"work": "https://doi.org/10.5555/ab(1)"}),
        (Answer.NOT_CREDITED, {"work": "1", "project": "9001"}),
        (Answer.REPORTED, {"work": 1, "until": date(2026, 11, 3)}),
        (Answer.COPY_SENT, {"work": "oai:repository:oai:example.org:7"}),
        (Answer.CORRECTION_REQUESTED, {"work": 1, "until": DAY}),
        (Answer.WAIVED, {"project": r"SES\208008SSBONT_SEC1"}),
        (Answer.WAIVED, {"work": 1, "duty": "copy"}),
        (Answer.SNOOZED, {"project": "9001", "work": 1, "until": DAY}),
        (Answer.SNOOZED, {"person": "CARLA@example.org", "until": DAY}),
        (Answer.NOTHING_TO_REPORT, {"project": "9001", "until": DAY}),
        (Answer.PLANNED, {"project": "9001", "until": DAY, "note": "an article"}),
        (Answer.OPT_OUT, {"person": "0000-0002-1825-0097"}),
        ("opt_in", {"person": 1}),
    ],
)
def test_every_answer(known: Store, answer: Answer, given: dict[str, Any]) -> None:
    """It is kept with who, when and how; saying it again changes nothing and gives the same decision."""
    decision = say(known, answer, **given)
    again = apply(known, answer=answer, who="staff", through="cli", now=NOW + timedelta(days=3), **given)

    assert again == decision
    assert decisions.every(known) == [decision]
    assert (decision.answer, decision.who, decision.through, decision.made_at) == (answer, "staff", "cli", NOW)
    assert decision.until == given.get("until")


GIVE_WORK = "Give its number, its DOI or another identity that a source gave it."


@pytest.mark.parametrize(
    ("answer", "given", "message"),
    [
        ("yes", {"work": 1}, "yes is not an answer. Known: " + ", ".join(answer.value for answer in Answer) + "."),
        (Answer.MINE, {"work": 1}, "The answer mine is about a work and a project: give both, and nothing else."),
        (Answer.MINE, {"work": 1, "project": "1"}, "There is no project 1. See them with: pubtrack export projects"),
        (Answer.CREDITED, {"work": 99}, f"There is no work 99. {GIVE_WORK}"),
        (Answer.CREDITED, {"work": "10.5555/none"}, f"There is no work 10.5555/none. {GIVE_WORK}"),
        (Answer.CREDITED, {"work": "9" * 30}, f"There is no work {'9' * 30}. {GIVE_WORK}"),
        (
            Answer.REPORTED,
            {"project": "9001"},
            "The answer reported is about a work: give it, and the project if it holds for that one only.",
        ),
        (Answer.PLANNED, {"project": "9001"}, "The answer planned needs a day: give the day until which it holds."),
        (Answer.SNOOZED, {"project": "9001"}, "The answer snoozed needs a day: give the day until which it holds."),
        (
            Answer.NOTHING_TO_REPORT,
            {"project": "9001"},
            "The answer nothing_to_report needs a day: give the day until which it holds.",
        ),
        (
            Answer.PLANNED,
            {"project": "9001", "until": NOW.date()},
            "2026-11-16 has passed: the answer planned needs a day after 2026-11-16.",
        ),
        (
            Answer.REPORTED,
            {"work": 1, "until": DAY},
            "2027-02-01 is still to come: the answer reported takes the day on which it was done.",
        ),
        (
            Answer.WAIVED,
            {"work": 1, "until": DAY},
            "The answer waived takes no day. To be asked again later, answer snoozed.",
        ),
        (
            Answer.PLANNED,
            {"project": "9001", "work": 1, "until": DAY},
            "The answer planned is about a project: give it, and nothing else.",
        ),
        (Answer.OPT_OUT, {"project": "9001"}, "The answer opt_out is about a person: give one, and nothing else."),
        (
            Answer.OPT_OUT,
            {"person": "dina@example.org"},
            "Nobody is known as dina@example.org. Give the mail address, the ORCID or the number from the register.",
        ),
        (
            Answer.OPT_OUT,
            {"person": "0000-0002-1825-0098"},
            "0000-0002-1825-0098 is not an ORCID: the check digit of 0000-0002-1825-0098 is wrong. Did you mean ...0097?",
        ),
        (
            Answer.SNOOZED,
            {"until": DAY},
            "The answer snoozed is about a project, a work (or both), or a person: say which.",
        ),
        (
            Answer.CREDITED,
            {"work": 1, "duty": DutyKind.CREDIT},
            "The answer credited is not about one kind of duty: leave the duty out.",
        ),
        (
            Answer.WAIVED,
            {"work": 1, "duty": DutyKind.PUBLISH},
            "The duty to publish is a project's: leave the work out.",
        ),
        (
            Answer.WITHDRAWN,
            {"note": "the first one"},
            'Which decision is withdrawn? Give its number as the note, for example "decision 12".',
        ),
        (Answer.WITHDRAWN, {"note": "decision 7"}, "There is no decision 7. See them with: pubtrack export decisions"),
    ],
)
def test_what_does_not_fit_is_one_sentence(known: Store, answer: Answer, given: dict[str, Any], message: str) -> None:
    """Nothing is recorded, and the sentence says what to give."""
    with pytest.raises(UsageError) as error:
        say(known, answer, **given)

    assert str(error.value) == message
    assert decisions.history(known) == []


def test_the_newest_answer_to_a_question_holds(known: Store) -> None:
    """Mine, not mine, mine: three decisions, for the mind was changed twice. Mine, reported, mine: the last adds nothing."""
    pair = {"project": "9001", "work": 1}
    first = say(known, Answer.MINE, **pair)
    say(known, Answer.REPORTED, **pair)

    assert say(known, Answer.MINE, **pair) == first

    say(known, Answer.NOT_MINE, **pair)

    assert say(known, Answer.MINE, **pair) != first
    assert [decision.answer.value for decision in decisions.history(known)] == ["mine", "reported", "not_mine", "mine"]


def test_what_is_withdrawn_can_be_said_again(known: Store) -> None:
    """A withdrawal is a decision too; the first stays in the history, holds no more, and may be said anew."""
    first = say(known, Answer.MINE, project="9001", work=1)
    taken_back = withdraw(known, first.id or 0, who="anna", through="link", now=NOW)

    assert withdraw(known, first.id or 0, who="bram", through="cli", now=NOW) == taken_back
    assert say(known, Answer.WITHDRAWN, note=f"decision {first.id}") == taken_back
    assert decisions.every(known) == []
    assert [decision.answer.value for decision in decisions.history(known)] == ["mine", "withdrawn"]

    again = say(known, Answer.MINE, project="9001", work=1)

    assert decisions.every(known) == [again]
    with pytest.raises(UsageError) as error:
        withdraw(known, taken_back.id or 0, who="anna", through="cli", now=NOW)
    assert (
        str(error.value) == f"Decision {taken_back.id} is itself a withdrawal. Record the first answer again instead."
    )


def test_an_answer_shows_in_the_duties_at_once(known: Store) -> None:
    """From a question to staff, to what is owed, to met: through the store."""

    def stands() -> dict[str, str]:
        return {
            duty.kind.value: duty.state.value
            for duty in facts.today(known, [POLICY], now=NOW)
            if duty.project_id == "9001"
        }

    assert stands() == {"publish": "unclear", "credit": "unclear", "report": "unclear", "copy": "unclear"}
    say(known, Answer.MINE, project="9001", work=1)
    assert stands() == {"publish": "met", "credit": "unclear", "report": "overdue", "copy": "overdue"}
    say(known, Answer.NOT_CREDITED, work=1)
    say(known, Answer.REPORTED, work=1)
    assert stands() == {"publish": "met", "credit": "overdue", "report": "met", "copy": "overdue"}


def test_the_database_itself_keeps_decisions(known: Store) -> None:
    """Neither deleted nor rewritten, whoever tries."""
    say(known, Answer.MINE, project="9001", work=1)
    for sql in ("DELETE FROM decisions", "UPDATE decisions SET answer = 'not_mine'"):
        with pytest.raises(Exception, match="append-only"):
            known.db.execute(sql)


def test_a_work_is_found_by_any_of_its_names(known: Store) -> None:
    """Number, DOI in any spelling, identity."""
    names = ["1", 1, "10.5555/ab(1)", "doi:10.5555/AB(1)", "https://doi.org/10.5555/ab%281%29", " doi:10.5555/ab(1) "]

    assert [find_work(known, name) for name in names] == [1] * len(names)
    assert find_work(known, "oai:repository:oai:example.org:7") == 2
