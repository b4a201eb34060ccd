"""Each piece of evidence, and the sentence that tells it."""

from __future__ import annotations

from datetime import date

import pytest

from pubtrack.models import Person
from tests.unit.matching_cast import WEIGHTS, World, project, says, work

ORCID, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"
MOBILITY = project(
    "9001",
    "Income mobility of second-generation households",
    Person("Anna", "van der Berg", orcid=ORCID),
    "Bram 't Hooft",
    datasets=("GBAPERSOONTAB", "INPATAB"),
    institution="Universiteit van Voorbeeld_School of Examples",
    ended_on=date(2024, 12, 31),
)


def one(*authors, title="Income mobility", finding=None, projects=(), **fields) -> World:
    return World(
        [MOBILITY, *projects], [work(1, title, *authors, **fields)], findings={1: finding} if finding else None
    )


def test_every_piece_has_a_sentence_a_person_understands():
    author = {"given": "A.", "family": "van der Berg", "affiliation": [{"name": "Universiteit van Voorbeeld, Stad"}]}
    world = one(author, "Bram Hooft", finding=says("credited", "project:9001", "dataset:inpatab"))

    assert world.details(1, "9001") == {
        "start": "A person of the project is among the authors",
        "person": "Member Bram 't Hooft is among the authors (Bram Hooft): the full name agrees",
        "people": "So are other people of the project: A. van der Berg",
        "when": "Appeared in 2023; the project ran from 2020 to 2024",
        "title": "Title and text share with the project's: income, mobility",
        "credit": "The text credits the provider's data",
        "number": "The text names project 9001",
        "datasets": "The text names data sets of the project: inpatab",
        "affiliation": "The author's affiliation is the project's institution: Universiteit van Voorbeeld, Stad",
    }


@pytest.mark.parametrize(
    ("author", "part"),
    [
        ("Anna Berg", "name_same"),
        ("A. Berg", "name_initials"),
        ({"family": "van der Berg"}, "name_partial"),
        ("Astrid Berg", "name_conflict"),
    ],
)
def test_a_name_counts_by_its_grade_and_role(author, part):
    parts = one(author).parts(1, "9001")

    assert {name for name in parts if name.startswith("name_")} == {part}
    assert parts.get("lead") == (None if part == "name_conflict" else 1.0)  # another's first name is no lead's


def test_an_orcid_speaks_for_and_against():
    same = one({"given": "A.", "family": "Pietersen", "ORCID": ORCID})
    other = one({"given": "Anna", "family": "van der Berg", "ORCID": OTHER})

    assert same.parts(1, "9001")["orcid_same"] == 1.0
    assert same.parts(1, "9001")["name_same"] == 1.0  # whatever name the record has
    assert other.parts(1, "9001")["orcid_other"] == 1.0
    assert other.details(1, "9001")["orcid"] == (
        "The record gives Anna van der Berg another ORCID than Anna van der Berg has"
    )


def test_common_names_count_less():
    others = [project(str(number), "Iets", f"{letter}. van der Berg") for number, letter in enumerate("CDEF")]
    world = one("Anna Berg", projects=others)

    assert world.parts(1, "9001")["namesakes"] == pytest.approx(1.609, abs=0.001)  # five first initials
    assert world.details(1, "9001")["person"].endswith("; a family name seen with 5 first initials")
    assert "namesakes" not in one("Anna Berg").parts(1, "9001")


def test_one_name_among_very_many_authors_counts_less():
    crowd = [
        f"Kees Familie{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyz'[n // 100 % 6]}" for n in range(599)
    ]
    world = one("Anna Berg", *crowd)

    assert world.parts(1, "9001")["many_authors"] == pytest.approx(3.4, abs=0.01)
    assert world.details(1, "9001")["person"].endswith("; one of 600 authors")


@pytest.mark.parametrize(
    ("year", "part", "value", "sentence"),
    [
        (2018, "before", 1.0, "Appeared in 2018, a year before the project began in 2020"),
        (2010, "before", 6.0, "Appeared in 2010, 9 years before the project began in 2020"),
        (2020, "when", 0.55, "Appeared in 2020; the project ran from 2020 to 2024"),
        (2024, "when", 1.0, "Appeared in 2024; the project ran from 2020 to 2024"),
        (2028, "when", 0.3, "Appeared in 2028; the project ran from 2020 to 2024"),
        (2040, "when", -1.0, "Appeared in 2040; the project ran from 2020 to 2024"),
    ],
)
def test_early_papers_and_papers_years_later_are_normal_and_papers_before_are_not(year, part, value, sentence):
    world = one("Anna Berg", year=year)

    assert world.parts(1, "9001")[part] == pytest.approx(value, abs=0.02)
    assert world.details(1, "9001")["when"] == sentence


def test_without_dates_time_says_nothing_and_reversed_dates_do_no_harm():
    undated = project("9002", "Income mobility", "Anna van der Berg", start=None)
    reversed_ = project("9003", "Income mobility", "Anna van der Berg", start=2020, ended_on=date(2010, 1, 1))
    world = one("Anna Berg", projects=[undated, reversed_])

    assert "when" not in world.details(1, "9002")
    assert "when" not in one("Anna Berg", year=None).details(1, "9001")
    assert world.details(1, "9003")["when"] == "Appeared in 2023; the project ran from 2020"
    impossible = {
        "title": "Income mobility",
        "author": [{"given": "Anna", "family": "Berg"}],
        "issued": {"date-parts": [[2023, 2, 31]]},
    }
    strange = World([MOBILITY], [work(1, "x")])
    strange.works[1] = type(strange.works[1])(impossible, id=1)
    assert "when" not in strange.details(1, "9001")


def test_title_and_abstract_are_held_against_title_abstract_and_data_sets_in_two_languages():
    about = project(
        "9002", "Inbraken in woonwijken", "Anna van der Berg", abstract="Burglary in neighbourhoods after moving"
    )
    world = World(
        [about],
        [
            work(1, "Woonwijk en inbraak", "Anna Berg"),
            work(2, "Burglary", "Anna Berg", abstract="<jats:p>Moving</jats:p>"),
        ],
    )

    assert world.parts(1, "9002")["title"] > 0
    assert world.parts(2, "9002")["title"] == 0
    assert world.parts(2, "9002")["text"] > 0
    assert world.details(2, "9002")["title"] == "Title and text share with the project's: moving, burglary"


def test_no_word_in_common_is_said():
    world = one("Anna Berg", title="Quasars at high redshift")

    assert world.parts(1, "9001")["no_word"] == 1.0
    assert world.details(1, "9001")["title"] == "Title and text have nothing in common with the project's"


def test_no_word_in_common_says_more_of_what_a_search_found():
    quasars = work(1, "Quasars at high redshift", "Anna Berg")

    assert "no_word_harvested" in World([MOBILITY], [quasars], harvested=True).parts(1, "9001")
    assert "no_word_harvested" not in World([MOBILITY], [quasars]).parts(1, "9001")
    assert WEIGHTS["no_word_harvested"] < -1


def test_the_text_speaks_for_and_against():
    absent = one("Anna Berg", finding=says("absent"))
    other = one("Anna Berg", finding=says("credited", "project:7777", "dataset:VEHTAB"))
    unread = one("Anna Berg", finding=says("unreadable"))

    assert absent.parts(1, "9001")["credit_absent"] == 1.0
    assert other.parts(1, "9001")["number_other"] == 1.0
    assert other.details(1, "9001")["number"] == "The text names another project: 7777"
    assert other.parts(1, "9001")["datasets_other"] == 1.0
    assert "credit" not in unread.details(1, "9001")


def test_a_data_set_that_few_projects_hold_says_more():
    others = [project(str(number), "Iets", "Joost Smit", datasets=("GBAPERSOONTAB",)) for number in range(20)]
    common = one("Anna Berg", projects=others, finding=says("credited", "dataset:GBAPERSOONTAB"))
    rare = one("Anna Berg", projects=others, finding=says("credited", "dataset:INPATAB"))

    assert 0 < common.parts(1, "9001")["datasets"] < rare.parts(1, "9001")["datasets"] <= 1


def test_another_affiliation_and_an_institution_as_author():
    away = one({"given": "Anna", "family": "Berg", "affiliation": [{"name": "Elsewhere College"}]})
    itself = one("Anna Berg", "[School of Examples]")

    assert away.details(1, "9001")["affiliation"] == "The author's affiliation is another: Elsewhere College"
    assert itself.details(1, "9001")["affiliation"] == "The project's institution is itself an author"


def test_known_outputs_teach_people_and_topics():
    unnamed = project("9003", "Verhuizingen en inbraak")
    works = [
        work(1, "Burglary risk after moving", "Wim Sonneveld", "Ko Alleen"),
        work(2, "Burglary risk in winter", "W. Sonneveld", "Ko Alleen"),
        work(3, "Burglary risk again", "Wim Sonneveld"),
    ]
    world = World([unnamed], works, known=[("9003", 1), ("9003", 3)])

    assert (
        world.details(2, "9003")["known"]
        == "Shares authors with 2 known outputs of the project: Ko Alleen, W. Sonneveld"
    )
    assert world.details(2, "9003")["topic"] == "Resembles a known output of the project"
    assert world.parts(2, "9003")["known_people"] == pytest.approx(1.585, abs=0.001)


def test_accepted_works_that_nobody_confirmed_teach_less():
    works = [
        work(1, "Wealth of migrants", "Anna van der Berg", "Ko Alleen"),
        work(2, "Wealth of migrants again", "Bram 't Hooft", "Ko Alleen"),
        work(3, "Wealth of migrants revisited", "Ko Alleen"),
    ]
    world = World([MOBILITY], works, accepted=[("9001", 1)])

    assert world.parts(2, "9001").keys() & {"known_people", "outputs", "base_accepted", "unconfirmed"} == set()
    assert world.parts(2, "9001")["accepted"] > 0.5
    assert world.parts(3, "9001").keys() >= {"base_accepted", "unconfirmed", "accepted", "name_same"}
    assert world.details(3, "9001")["topic"] == "Resembles what was accepted for the project"
