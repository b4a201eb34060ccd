"""A work as CSL-JSON ready for output."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.models import Work
from pubtrack.references.csl import (
    citation_key,
    clean,
    content_hash,
    date_text,
    link,
    ready,
    ready_name,
    safe_url,
    whole_family,
)
from pubtrack.references.rows import CELL, author_text, lacks, row
from tests.references import ARTICLE, HOSTILE, REPORT, THESIS, item


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (
            {"given": "Anna", "family": "van der Berg"},
            {"given": "Anna", "non-dropping-particle": "van der", "family": "Berg"},
        ),
        (
            {"given": "Anna van der", "family": "Berg"},
            {"given": "Anna", "non-dropping-particle": "van der", "family": "Berg"},
        ),
        ({"given": "Bram", "family": "'t Hooft"}, {"given": "Bram", "non-dropping-particle": "'t", "family": "Hooft"}),
        (
            {"given": "Carla", "family": "in ’t Veld"},
            {"given": "Carla", "non-dropping-particle": "in ’t", "family": "Veld"},
        ),
        ({"given": "Jan", "family": "Van der Straeten"}, {"given": "Jan", "family": "Van der Straeten"}),
        ({"given": "Jan", "family": "van"}, {"given": "Jan", "family": "van"}),
        ({"given": "de", "family": "Groot"}, {"given": "de", "family": "Groot"}),
        ({"given": "Luigi", "family": "d'Hondt"}, {"given": "Luigi", "family": "d'Hondt"}),
        (
            {
                "given": "A.",
                "family": "Berg",
                "non-dropping-particle": "van den",
                "suffix": "Jr.",
                "ORCID": "0000-0002-1825-0097",
            },
            {"given": "A.", "family": "Berg", "non-dropping-particle": "van den", "suffix": "Jr."},
        ),
        ({"literal": "Statistics  Example"}, {"literal": "Statistics Example"}),
        ({"name": "Consortium X"}, {"literal": "Consortium X"}),
        ({"given": "Plato"}, {"literal": "Plato"}),
        ("Someone Else", {"literal": "Someone Else"}),
        ({"family": " "}, None),
        (None, None),
    ],
)
def test_a_name_is_taken_apart_as_its_bearer_writes_it(given_: Any, expected: dict[str, str] | None) -> None:
    assert ready_name(given_) == expected


def test_a_particle_stays_with_the_family_name() -> None:
    assert whole_family({"family": "Berg", "non-dropping-particle": "van der"}) == "van der Berg"


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ({"date-parts": [[2026, 10, 3]]}, "2026-10-03"),
        ({"date-parts": [["2026", "10"]]}, "2026-10"),
        ({"date-parts": [[2026, 6, 31]]}, "2026-06"),
        ({"date-parts": [[2026, 13, 1]]}, "2026"),
        ({"date-parts": [[None]]}, ""),
        ({"date-parts": []}, ""),
        ({"date-parts": [["soon"]]}, ""),
        ({"literal": "Spring 2020"}, "Spring 2020"),
        (None, ""),
    ],
)
def test_a_date_keeps_the_precision_that_holds(issued: Any, expected: str) -> None:
    assert date_text(ready(Work({"title": "T", "issued": issued}))) == expected


def test_only_what_a_reference_needs_is_in_it() -> None:
    work = Work(
        ARTICLE | {"abstract": "...", "URL": "https://doi.org/10.5555/EX_1.A<b>c(2)", "custom": {}}, corrected=True
    )

    made = ready(work)

    assert set(made) == set(ARTICLE) | {"status"}
    assert made["status"] == "corrected"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a b", "https://example.org/ab"),
        ("https://example.org/a\\b^c{d}", "https://example.org/a%5Cb%5Ec%7Bd%7D"),
        ("HTTP://example.org/é?x=1#y", "HTTP://example.org/%C3%A9?x=1#y"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("geen", None),
        ("https://", None),
        (None, None),
    ],
)
def test_only_links_to_the_web_are_links(url: Any, expected: str | None) -> None:
    assert safe_url(url) == expected


def test_a_doi_with_odd_characters_becomes_a_link_that_works() -> None:
    assert link({"DOI": "10.5555/ex_1.a<b>c(2)#d?e"}) == "https://doi.org/10.5555/ex_1.a%3Cb%3Ec(2)%23d%3Fe"


def test_a_citation_key_names_author_year_and_subject_and_ends_in_the_works_number() -> None:
    assert citation_key(ready(Work(ARTICLE)), 17) == "vanderberg2026microdata-17"
    assert citation_key(ready(Work(REPORT)), 3) == "ministryofhealthwelfarea" + "regionale-3"
    assert citation_key({"type": "book", "title": "…"}, 9) == "anonymous-9"


def test_the_hash_tells_what_is_said_and_not_the_key() -> None:
    made = ready(Work(ARTICLE))

    assert content_hash(made | {"id": "a"}) == content_hash(made | {"id": "b"})
    assert content_hash(made) != content_hash(made | {"volume": "13"})


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_clean_text_is_one_line_without_controls_and_cleaning_again_changes_nothing(text: str) -> None:
    made = clean(text)

    assert made == clean(made)
    assert len(made.splitlines()) <= 1
    assert not any(ord(letter) < 32 or 0x202A <= ord(letter) <= 0x202E for letter in made)
    made.encode()


def test_hostile_text_stays_as_text() -> None:
    made = ready(Work(HOSTILE))

    assert made["title"] == (
        '=HYPERLINK("http://x.example","a") <script>alert(1)</script> \\input{/etc/passwd} } { % &lt; ^^5c'
    )
    assert made["container-title"] == "-2+3 ER -"
    assert made["author"][1] == {"literal": "<b>A Bcc: x@example.org</b>"}
    assert "URL" not in made


def test_a_row_holds_the_providers_columns_and_nothing_invented() -> None:
    assert row(item(ARTICLE, 1), "en", "Formatted.") == {
        "institution": "University of Example",
        "project": "9001",
        "title": ARTICLE["title"],
        "authors": "van der Berg, Anna; 't Hooft, Bram; Smit, Jr., Jan-Willem; Ministry of Health, Welfare and Sport",
        "issued": "2026-10-03",
        "publisher": "Example Press",
        "url": "https://doi.org/10.5555/ex_1.a%3Cb%3Ec(2)",
        "code": "",
        "doi": "10.5555/ex_1.a<b>c(2)",
        "reference": "Formatted.",
        "remark": "",
    }


def test_what_is_lacking_is_listed_with_who_can_give_it() -> None:
    told = [(lack.what, lack.who) for lack in lacks(item(THESIS, 1), "en")]
    asked = [(lack.what, lack.who) for lack in lacks(item(REPORT, 1), "nl")]

    assert told == [
        (
            "the full publication date (known: 2025)",
            "see the publication's page, https://repository.example.org/handle/1/2?a=b_c&d=e%20f#g",
        )
    ]
    assert asked == [
        ("de publicatiedatum", "vraag Anna van der Berg, projectleider"),
        ("een DOI of een link", "vraag Anna van der Berg, projectleider"),
    ]
    assert lacks(item(ARTICLE, 1), "en") == []


def test_more_authors_than_a_cell_holds_are_counted_not_dropped_in_silence() -> None:
    crowd = item(ARTICLE | {"author": [{"given": f"Given{n}", "family": f"Family{n}"} for n in range(3000)]}, 1)

    text = author_text(crowd.csl)

    assert len(text) <= CELL
    listed = text.split("; ")
    assert listed[-1] == f"... ({3000 - len(listed) + 1} more)"
    assert [lack.what for lack in lacks(crowd, "en")] == ["room for all authors in one cell of the sheet"]
