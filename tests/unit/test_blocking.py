"""Only pairs that share something are weighed."""

from __future__ import annotations

from pubtrack.models import Person
from tests.unit.matching_cast import World, project, says, work

MOBILITY = project("9001", "Income mobility of second-generation households", "Anna van der Berg", "Bram 't Hooft")
NURSES = project("9002", "Night shifts and sick leave of nurses", "Carla Jansen")
UNNAMED = project("9003", "Verhuizingen en inbraak in woonwijken")


def test_a_person_in_common_leads_to_a_project_whatever_the_topic():
    world = World(
        [MOBILITY, NURSES], [work(1, "On something else", "A. Berg"), work(2, "Night shifts", "Joost Pietersen")]
    )

    assert set(world.candidates(1)) == {"9001"}
    assert world.candidates(1)["9001"].routes == {"people"}
    assert world.candidates(2) == {}


def test_titles_lead_only_to_projects_that_name_nobody():
    title = "Inbraak en verhuizingen: night shifts of nurses"
    world = World([MOBILITY, NURSES, UNNAMED], [work(1, title, "Joost Pietersen")])

    assert {found: candidate.routes for found, candidate in world.candidates(1).items()} == {"9003": {"title"}}


def test_a_word_that_half_of_the_projects_share_leads_nowhere():
    many = [project(str(number), f"Arbeidsmarkt onderzoek {number}") for number in range(100)]
    world = World(many, [work(1, "De arbeidsmarkt", "Joost Pietersen")])

    assert world.candidates(1) == {}


def test_an_orcid_leads_to_a_project_under_any_name():
    lead = Person("Anna", "van der Berg", orcid="0000-0002-1825-0097")
    author = {"given": "A.", "family": "Pietersen", "ORCID": "0000-0002-1825-0097"}
    world = World([project("9001", "Income mobility", lead)], [work(1, "On something else", author)])

    assert set(world.candidates(1)) == {"9001"}


def test_a_project_number_or_a_rare_data_set_in_the_text_leads_to_a_project():
    held = [
        project(str(number), f"Onderwerp {number}", "Joost Smit", datasets=("GBAPERSOONTAB",)) for number in range(30)
    ]
    rare = project("SES\\208008X", "Iets", "Joost Smit", datasets=("GBAPERSOONTAB", "VEHTAB"))
    works = [work(number, "Een titel", "Wim Sonneveld") for number in (1, 2, 3)]
    findings = {
        1: says("credited", "project:ses\\208008x"),
        2: says("credited", "dataset:vehtab"),
        3: says("credited", "dataset:GBAPERSOONTAB"),
    }
    world = World([*held, rare], works, findings=findings)

    assert {found: candidate.routes for found, candidate in world.candidates(1).items()} == {"SES\\208008X": {"number"}}
    assert {found: candidate.routes for found, candidate in world.candidates(2).items()} == {
        "SES\\208008X": {"dataset"}
    }
    assert world.candidates(3) == {}


def test_authors_of_known_outputs_lead_to_their_project_but_a_work_is_no_witness_for_itself():
    works = [work(1, "Een", "Wim Sonneveld"), work(2, "Twee", "W. Sonneveld"), work(3, "Drie", "Ko Alleen")]
    world = World([UNNAMED], works, known=[("9003", 1), ("9003", 3)])

    assert world.candidates(2)["9003"].routes == {"known"}
    assert world.candidates(1) == {}
    assert world.candidates(3) == {}


def test_an_author_without_a_given_name_may_be_anyone_of_that_name():
    world = World([MOBILITY], [work(1, "On something else", {"family": "van der Berg"})])

    assert set(world.candidates(1)) == {"9001"}


def test_given_names_that_do_not_agree_lead_to_nobody_from_a_search():
    wages = project("1", "Lonen van jongeren", "Joost Bakker", Person("Willem B", "Wandelaar"))
    works = [work(1, "Lonen van jongeren", "Jan Bakker"), work(2, "Lonen van jongeren", "Bram Wandelaar")]

    reported, searched = World([wages], works), World([wages], works, harvested=True)

    assert [set(reported.candidates(number)) for number in (1, 2)] == [{"1"}, {"1"}]
    assert [searched.candidates(number) for number in (1, 2)] == [{}, {}]


def test_a_decided_pair_is_always_weighed():
    world = World(
        [MOBILITY], [work(1, "On something else", "Joost Pietersen")], decided={("9001", 1): True, ("gone", 1): True}
    )

    assert world.candidates(1)["9001"].routes == {"decided"}


def test_no_pair_is_made_without_a_link():
    """A thousand works by others make no pair with a hundred projects: nothing is quadratic."""
    projects = [
        project(str(number), f"Onderwerp {number}", f"Piet Familie{chr(97 + number % 26)}") for number in range(100)
    ]
    works = [work(number, f"Title {number}", "Kees Anders") for number in range(1, 1001)]
    world = World(projects, works)

    assert sum(len(world.candidates(number)) for number in range(1, 1001)) == 0


def test_authors_of_accepted_works_lead_only_reported_works_to_their_project():
    held = [work(1, "Night shifts", "Carla Jansen", "Piet Meeschrijver"), work(2, "On sleep", "Piet Meeschrijver")]

    reported = World([NURSES], held, accepted=[("9002", 1)])
    searched = World([NURSES], held, accepted=[("9002", 1)], harvested=True)

    assert reported.candidates(2)["9002"].routes == {"known"}
    assert searched.candidates(2) == {}
