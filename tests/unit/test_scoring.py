"""From evidence to a band."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.matching import queue
from pubtrack.matching.scoring import probability
from pubtrack.models import Band, Evidence, Person
from tests.unit.matching_cast import WEIGHTS, World, project, says, work

ORCID, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"
ANNA = Person("Anna", "van der Berg", orcid=ORCID)
MOBILITY = project("9001", "Income mobility of second-generation households", ANNA, "Bram 't Hooft")
PARENTS = project("9002", "Parental separation and school careers", ANNA)
OTHERS = [project(str(n), f"Topic number {n}", f"Kees Anders{chr(97 + n % 26)}") for n in range(30)]


def world(*works, projects=(MOBILITY,), **fields) -> World:
    return World([*projects, *OTHERS], works, **fields)


def limit(match) -> str | None:
    return next((piece.detail for piece in match.evidence if piece.kind == "limit"), None)


def test_the_weights_of_all_pieces_add_up_to_the_score():
    match = world(work(1, "Income mobility of households", "Anna van der Berg", "B. 't Hooft")).matches(1)["9001"]

    log_odds = sum(piece.weight for piece in match.evidence)
    assert match.score == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=0.005)
    assert match.band is Band.ACCEPT


def test_of_a_harvest_nothing_but_one_name_is_never_accepted_however_low_the_threshold():
    """A lead writes about other things too, and a common name is borne by others."""
    found = world(work(1, "Quasars at high redshift", "Anna van der Berg"), harvested=True)
    match = found.matches(1, accept=0.3)["9001"]

    assert match.band is Band.REVIEW
    assert limit(match) == "Not accepted without a person: nothing but one name links them"


def test_a_part_of_a_name_is_never_accepted():
    match = world(work(1, "Income mobility of households", "Anna Berg-Pietersen")).matches(1, accept=0.3)["9001"]

    assert match.band is Band.REVIEW
    assert limit(match) == "Not accepted without a person: only a part of a name agrees"


def test_an_orcid_decides():
    right = {"given": "A.", "family": "van der Berg", "ORCID": ORCID}
    wrong = {"given": "Anna", "family": "van der Berg", "ORCID": OTHER}
    found = world(work(1, "Something new", right), work(2, "Income mobility in cities", wrong))

    assert found.matches(1)["9001"].band is Band.ACCEPT
    assert found.matches(2)["9001"].band is Band.REJECT
    assert found.matches(2)["9001"].score < 0.1


def test_among_the_projects_of_one_lead_the_one_that_suits_is_chosen():
    found = world(work(1, "School careers after parental separation", ANNA.name), projects=(MOBILITY, PARENTS)).matches(
        1
    )

    assert found["9002"].band is Band.ACCEPT
    assert found["9001"].band is Band.REJECT
    assert [piece.detail for piece in found["9001"].evidence if piece.kind == "siblings"] == [
        "Another project of the same people may be meant; 9002 suits the work better"
    ]
    assert [piece.detail for piece in found["9002"].evidence if piece.kind == "share"] == [
        "Another project of the same people may be meant; none suits the work better"
    ]
    assert "may be meant" in queue.against(found["9001"])
    assert "may be meant" not in queue.against(
        found["9002"]
    )  # what only makes the weights add up speaks neither for nor against
    assert "may be meant" not in queue.because(found["9002"])


@pytest.mark.parametrize(
    ("weight", "shown"), [(7.6, "++"), (0.9, "+ "), (0.1, "  "), (-0.1, "  "), (-0.8, "- "), (-5, "--")]
)
def test_the_weight_of_a_piece_is_told_in_two_characters(weight: float, shown: str) -> None:
    assert queue.mark(Evidence("title", weight, "Title and text share words")) == shown


def test_when_nothing_tells_two_projects_of_one_lead_apart_staff_are_asked_about_both():
    twins = [project(number, "Income mobility of households", ANNA) for number in ("9001", "9002")]
    found = world(work(1, "Income mobility of households", ANNA.name), projects=twins).matches(1)

    assert {match.band for match in found.values()} == {Band.REVIEW}
    assert [piece.detail for piece in found["9001"].evidence if piece.kind == "siblings"] == [
        "Another project of the same people may be meant; 9002 suits the work about as well"
    ]
    assert found["9001"].score == found["9002"].score


def test_a_register_that_names_nobody_is_never_accepted_unless_a_credited_text_names_the_project():
    unnamed = project("9003", "Verhuizingen en inbraak in woonwijken")
    title = "Verhuizingen en inbraak in woonwijken"
    works = [work(number, title, "Wim Sonneveld") for number in (1, 2, 3)]
    findings = {2: says("credited", "project:9003"), 3: says("mentioned", "project:9003")}
    found = world(*works, projects=[unnamed], findings=findings)

    assert found.matches(1, accept=0.3)["9003"].band is Band.REVIEW
    assert limit(found.matches(1, accept=0.3)["9003"]) == (
        "Not accepted without a person: no author is known to belong to the project"
    )
    assert found.matches(2)["9003"].band is Band.ACCEPT
    assert found.matches(3)["9003"].band is Band.REVIEW


def test_a_person_is_obeyed_and_the_score_still_told():
    works = [work(1, "Income mobility of households", "Anna van der Berg", "Bram 't Hooft")]
    found = world(*works, decided={("9001", 1): False}).matches(1)["9001"]

    assert found.band is Band.REJECT
    assert found.score > 0.9
    assert limit(found) == "A person said that it is not an output of this project"


def test_a_work_that_a_person_gave_to_one_project_is_no_question_for_its_siblings():
    twins = [project(number, "Income mobility of households", ANNA) for number in ("9001", "9002")]
    works = [work(number, "Income mobility of households", ANNA.name) for number in (1, 2)]
    found = world(
        *works,
        projects=twins,
        decided={("9001", 1): True, ("9001", 2): True},
        findings={2: says("credited", "project:9002")},
    )

    assert found.matches(1)["9002"].band is Band.REJECT
    assert limit(found.matches(1)["9002"]) == "A person said that it is an output of project 9001 of the same people"
    assert found.matches(2)["9002"].band is not Band.REJECT  # its text names the other one as well


def test_rejected_pairs_are_kept_only_with_a_person_in_common_and_not_without_end():
    unnamed = project("9003", "Verhuizingen en inbraak in woonwijken")
    leads = [project(str(n), f"Topic {n}", "Anna van der Berg", start=2030) for n in range(100, 160)]
    works = [
        work(1, "De woonwijken van Rome", "Wim Sonneveld", year=1990),
        work(2, "Quasars", "Anna van der Berg", year=1990),
    ]
    found = world(*works, projects=[unnamed, *leads])

    assert found.matches(1) == {}
    assert len(found.matches(2)) == 20
    assert {match.band for match in found.matches(2).values()} == {Band.REJECT}


def test_a_confirmed_pair_is_kept_even_where_nothing_links_it():
    found = world(work(1, "Quasars", "Wim Sonneveld"), decided={("9001", 1): True}).matches(1)

    assert found["9001"].band is Band.REJECT
    assert found["9001"].score < 0.1


@given(st.floats(allow_nan=False))
@settings(max_examples=100, deadline=None)
def test_a_probability_is_one_whatever_the_log_odds(log_odds):
    assert 0.0 < probability(log_odds) < 1.0


def test_every_feature_of_the_evidence_has_a_weight():
    author = {"given": "A.", "family": "van der Berg", "ORCID": ORCID, "affiliation": [{"name": "Elsewhere"}]}
    crowd = [f"Kees Familie{chr(97 + n)}" for n in range(26)]
    works = [work(1, "Income", author, *crowd, year=2010), work(2, "Quasars", "Anna Berg", "Bram Hooft")]
    findings = {1: says("credited", "project:9001", "dataset:X"), 2: says("absent", "project:1", "dataset:X")}
    found = world(*works, projects=(MOBILITY, PARENTS), findings=findings, known=[("9001", 2)])

    parts = {
        part for number in (1, 2) for project_id in found.pairs(number) for part in found.parts(number, project_id)
    }
    assert parts <= set(WEIGHTS)


def test_records_as_they_come_crash_nothing_and_weaken_what_they_should():
    """3,000 authors, none, an organisation, initials only, two people of one name, dates that are turned round."""
    twice = project("9004", "Income mobility", "Jan Jansen", "Jan Jansen", ended_on=None)
    crowd = [f"Kees Familie{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(2999)]
    works = [
        work(1, "Income mobility", "Anna van der Berg", *crowd),
        work(2, "Income mobility"),
        work(3, "Income mobility", "[Universiteit van Voorbeeld]"),
        work(4, "Income mobility of households", {"given": "A.", "family": "van der Berg"}),
        work(5, "", "Jan Jansen", year=None),
    ]
    found = world(*works, projects=(MOBILITY, twice))

    assert found.matches(1)["9001"].score < found.matches(4)["9001"].score
    assert "one of 3000 authors" in found.details(1, "9001")["person"]
    assert found.matches(2) == found.matches(3) == {}
    assert found.matches(5)["9004"].band is not None
