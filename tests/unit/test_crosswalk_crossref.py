"""Crossref records, quirk by quirk: the record as it comes, the work that must come out. The people are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.crossref import content, crosswalk
from pubtrack.discovery.crosswalks.crossref_types import NO_PUBLICATIONS
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

BASE: dict[str, Any] = {
    "DOI": "10.5555/Mobility.1",
    "type": "journal-article",
    "title": ["Social mobility"],
    "issued": {"date-parts": [[2025, 9, 15]]},
}
BASE_CSL: dict[str, Any] = {
    "DOI": "10.5555/mobility.1",
    "URL": "https://doi.org/10.5555/mobility.1",
    "type": "article-journal",
    "title": "Social mobility",
    "issued": {"date-parts": [[2025, 9, 15]]},
}


def walked(**fields: Any) -> Work:
    """The work of the base record with these fields; None takes one away."""
    record = {key: value for key, value in (BASE | fields).items() if value is not None}
    return crosswalk(json.dumps(record).encode())


def test_a_whole_record() -> None:
    work = walked(
        subtitle=["Evidence from <i>registers</i>"],
        author=[
            {
                "given": "Anna",
                "family": "van der Berg",
                "sequence": "first",
                "ORCID": "http://orcid.org/0000-0002-1825-0097",
                "affiliation": [
                    {"name": "University of Example", "id": [{"id": "https://ror.org/012p63287", "id-type": "ROR"}]}
                ],
            },
            {"given": "B.", "family": "'t Hooft", "suffix": "Jr", "sequence": "additional", "affiliation": []},
            {"name": "Example Cohort Consortium", "sequence": "additional"},
        ],
        publisher="Example Press",
        volume="12",
        issue="3",
        page="45-67",
        ISSN=["1234-5679", "2049-3630"],
        language="en",
        abstract="<jats:p>We look at <jats:italic>all</jats:italic> households.</jats:p>",
        **{"container-title": ["Journal of Examples &amp; Cases"], "short-container-title": ["J Ex"]},
        link=[
            {"URL": "https://example.org/a.pdf", "content-type": "application/pdf", "content-version": "vor"},
            {"URL": "https://example.org/b", "content-type": "unspecified", "content-version": "am"},
            {"URL": "https://example.org/c", "intended-application": "similarity-checking"},
            {"URL": "ftp://example.org/d"},
        ],
    )

    assert work == Work(
        csl=BASE_CSL
        | {
            "title": "Social mobility: Evidence from registers",
            "author": [
                {
                    "family": "van der Berg",
                    "given": "Anna",
                    "ORCID": "0000-0002-1825-0097",
                    "affiliation": [{"name": "University of Example", "ROR": "012p63287"}],
                },
                {"family": "'t Hooft", "given": "B.", "suffix": "Jr"},
                {"literal": "Example Cohort Consortium"},
            ],
            "publisher": "Example Press",
            "volume": "12",
            "issue": "3",
            "page": "45-67",
            "ISSN": "1234-5679",
            "language": "en",
            "abstract": "We look at all households.",
            "container-title": "Journal of Examples & Cases",
            "container-title-short": "J Ex",
        },
        identities=("doi:10.5555/mobility.1",),
        links=(
            Link("https://example.org/a.pdf", "application/pdf", "published"),
            Link("https://example.org/b", None, "accepted"),
        ),
    )


AUTHORS: dict[str, tuple[Any, Any]] = {
    "wrong check digit: no ORCID rather than another's": (
        [{"family": "Jansen", "given": "Carla", "ORCID": "0000-0002-1825-0098"}],
        [{"family": "Jansen", "given": "Carla"}],
    ),
    "family only": ([{"family": "Jansen"}], [{"family": "Jansen"}]),
    "given only": ([{"given": "Plato"}], [{"literal": "Plato"}]),
    "the first comes first": (
        [{"family": "B", "sequence": "additional"}, {"family": "A", "sequence": "first"}],
        [{"family": "A"}, {"family": "B"}],
    ),
    "nobody": ([{"name": "NA"}, {"family": "N/A", "given": ""}, {}, None, "Jansen"], None),
    "markup and blanks": ([{"family": " Jan\nsen ", "given": "<i>C.</i>"}], [{"family": "Jan sen", "given": "C."}]),
    "mojibake": ([{"family": "MÃ¼ller", "given": "JÃ¶rg"}], [{"family": "Müller", "given": "Jörg"}]),
    "affiliation as text": (
        [{"family": "Jansen", "affiliation": ["University of Example"]}],
        [{"family": "Jansen", "affiliation": [{"name": "University of Example"}]}],
    ),
    "department and ROR only": (
        [
            {
                "family": "Jansen",
                "affiliation": [{"id": [{"id": "https://ror.org/012p63287"}], "department": ["Sociology"]}],
            }
        ],
        [{"family": "Jansen", "affiliation": [{"name": "Sociology", "ROR": "012p63287"}]}],
    ),
    "not a list": ({"family": "Jansen"}, [{"family": "Jansen"}]),
}


@pytest.mark.parametrize(("given_", "expected"), AUTHORS.values(), ids=AUTHORS)
def test_authors(given_: Any, expected: Any) -> None:
    assert walked(author=given_).csl.get("author") == expected


DATES: dict[str, tuple[dict[str, Any], Any]] = {
    "the earliest full date": (
        {"published-print": [2026, 1, 1], "published-online": [2025, 10, 2], "issued": [2025]},
        [2025, 10, 2],
    ),
    "a full date before an earlier month": (
        {"published-online": [2025, 3], "published-print": [2025, 4, 1], "issued": [2025, 3]},
        [2025, 4, 1],
    ),
    "null": ({"issued": [None]}, None),
    "a year only": ({"issued": [2025]}, [2025]),
    "an absurd year": ({"issued": [20205], "published-print": [2025, 2]}, [2025, 2]),
    "long after it was deposited": (
        {"issued": [2052, 1, 1], "published-print": [2025, 2], "deposited": [2025, 3, 1]},
        [2025, 2],
    ),
    "no such day": ({"issued": [2025, 2, 30]}, [2025, 2]),
}


@pytest.mark.parametrize(("given_", "expected"), DATES.values(), ids=DATES)
def test_the_date_of_publication(given_: dict[str, Any], expected: Any) -> None:
    work = walked(**{name: {"date-parts": [parts]} for name, parts in given_.items()})

    assert work.csl.get("issued") == (None if expected is None else {"date-parts": [expected]})


def test_a_thesis_is_its_universitys_and_dated_by_its_approval() -> None:
    work = walked(
        type="dissertation",
        issued={"date-parts": [[None]]},
        approved={"date-parts": [[2025, 5, 1]]},
        publisher="Example Library",
        institution=[{"name": "University of Example", "department": ["Sociology"]}],
        degree=["Doctor of Philosophy (PhD)"],
    )

    assert work.csl == BASE_CSL | {
        "type": "thesis",
        "issued": {"date-parts": [[2025, 5, 1]]},
        "publisher": "University of Example",
        "genre": "Doctor of Philosophy (PhD)",
    }


def test_a_preprint() -> None:
    work = walked(
        type="posted-content",
        subtype="preprint",
        institution=[{"name": "ExampleRxiv"}],
        relation={"is-preprint-of": [{"id-type": "doi", "id": "10.5555/ARTICLE", "asserted-by": "subject"}]},
    )

    assert work.csl == BASE_CSL | {"type": "article", "genre": "Preprint", "publisher": "ExampleRxiv"}
    assert work.relations == (Relation("is_preprint_of", "doi:10.5555/article"),)


@pytest.mark.parametrize(
    "titles", [["Example Studies", "The Book"], ["The Book", "Example Studies"]], ids=["series first", "book first"]
)
def test_a_chapter_stands_in_its_book_and_the_book_in_its_series(titles: list[str]) -> None:
    work = walked(type="book-chapter", ISBN=["978-0-306-40615-7"], **{"container-title": titles})

    assert (work.csl["container-title"], work.csl["collection-title"]) == ("The Book", "Example Studies")
    assert (work.csl["ISBN"], work.identities) == ("9780306406157", ("doi:10.5555/mobility.1",))


def test_a_book_is_known_by_its_isbn_too() -> None:
    assert walked(type="monograph", ISBN=["0306406152", "nonsense"]).identities == (
        "doi:10.5555/mobility.1",
        "isbn:9780306406157",
    )


UPDATES: dict[str, tuple[dict[str, Any], tuple[Relation, ...], tuple[bool, bool], str | None]] = {
    "a correction notice": (
        {"update-to": [{"DOI": "10.5555/Old", "type": "correction"}]},
        (Relation("corrects", "doi:10.5555/old"),),
        (False, False),
        "Correction notice",
    ),
    "a retraction notice": (
        {"update-to": [{"DOI": "10.5555/old", "type": "retraction"}]},
        (Relation("retracts", "doi:10.5555/old"),),
        (False, False),
        "Retraction notice",
    ),
    "a new version of itself is no notice": (
        {
            "update-to": [
                {"DOI": "10.5555/mobility.1", "type": "correction"},
                {"DOI": "10.5555/x", "type": "new_version"},
            ]
        },
        (),
        (False, False),
        None,
    ),
    "corrected": (
        {"updated-by": [{"DOI": "10.5555/new", "type": "erratum"}]},
        (Relation("corrected_by", "doi:10.5555/new"),),
        (False, True),
        None,
    ),
    "retracted": (
        {"updated-by": [{"DOI": "10.5555/new", "type": "retraction"}]},
        (Relation("retracted_by", "doi:10.5555/new"),),
        (True, False),
        None,
    ),
    "retracted, says the title": ({"title": ["RETRACTED ARTICLE: Social mobility"]}, (), (True, False), None),
    "withdrawn, says the title": ({"title": ["[Withdrawn] Social mobility"]}, (), (True, False), None),
    "about retraction": ({"title": ["Retracted papers: a study"]}, (), (False, False), None),
    "has a preprint and other versions": (
        {
            "relation": {
                "has-preprint": [
                    {"id-type": "doi", "id": "10.5555/p"},
                    {"id-type": "uri", "id": "https://example.org"},
                ],
                "is-version-of": {"id-type": "doi", "id": "10.5555/v1"},
                "cites": [{"id-type": "doi", "id": "10.5555/c"}],
            }
        },
        (Relation("has_preprint", "doi:10.5555/p"), Relation("is_version_of", "doi:10.5555/v1")),
        (False, False),
        None,
    ),
}


@pytest.mark.parametrize(("given_", "relations", "flags", "genre"), UPDATES.values(), ids=UPDATES)
def test_what_a_record_says_of_others(
    given_: dict[str, Any], relations: tuple[Relation, ...], flags: tuple[bool, bool], genre: str | None
) -> None:
    work = walked(**given_)

    assert work.relations == relations
    assert (work.retracted, work.corrected) == flags
    assert work.csl.get("genre") == genre


@pytest.mark.parametrize("kind", NO_PUBLICATIONS)
def test_what_is_no_publication_is_named(kind: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        walked(type=kind)

    assert str(error.value) == NO_PUBLICATIONS[kind]


@pytest.mark.parametrize("title", [None, [], [""], ["  <i></i> "], [None], "\x00"])
def test_without_a_title_there_is_no_work(title: Any) -> None:
    with pytest.raises(UnusableRecord, match=r"^no title$"):
        walked(title=title)


@pytest.mark.parametrize(("raw", "reason"), [(b"{", "not JSON"), (b"[]", "not a JSON object"), (b"\xff", "not JSON")])
def test_what_is_no_record_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk(raw)

    assert str(error.value) == reason


def test_a_record_of_our_own_in_crossrefs_shape() -> None:
    work = crosswalk(
        b'{"id": "dcc:1", "URL": "https://reports.example.org/1", "type": "report/other", "title": ["A report"],'
        b' "author": [{"given": "C.", "family": "Jansen"}], "issued": {"date-parts": [[2014]]}}'
    )

    assert work.csl == {
        "title": "A report",
        "type": "report",
        "author": [{"family": "Jansen", "given": "C."}],
        "issued": {"date-parts": [[2014]]},
        "URL": "https://reports.example.org/1",
    }
    assert work.identities == ()


def test_citations_and_reindexing_do_not_change_a_record() -> None:
    one = json.dumps(BASE | {"indexed": {"timestamp": 1}, "is-referenced-by-count": 1, "score": 1.0}).encode()
    other = json.dumps({"score": None, "is-referenced-by-count": 9} | BASE).encode()

    assert content(one) == content(other)
    assert content(one) != content(json.dumps(BASE | {"volume": "2"}).encode())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3000, 30000) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    "DOI type title subtitle author editor issued published-print deposited approved abstract language ISSN ISBN container-title"
    " volume page publisher institution degree relation update-to updated-by link URL subtype"
)
FIELDS = st.sampled_from(NAMES.split())


@given(st.dictionaries(FIELDS, ANYTHING, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_value_in_any_field_is_a_work_or_is_named(fields: dict[str, Any]) -> None:
    raw = json.dumps(BASE | {"title": ["Social mobility"]} | fields).encode()
    content(raw)
    try:
        work = crosswalk(raw)
    except UnusableRecord:
        return
    json.dumps(work.csl, ensure_ascii=False).encode("utf-8")
    assert work.title
    assert work.issued is None or work.issued.last_day()
