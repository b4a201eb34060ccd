"""DataCite records, quirk by quirk: the record as it comes, the work that must come out. The people are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.datacite import NO_PUBLICATIONS, READ, content, crosswalk
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

BASE: dict[str, Any] = {
    "doi": "10.5555/Report.1",
    "titles": [{"title": "Social mobility"}],
    "types": {"resourceTypeGeneral": "Report", "resourceType": "Working paper"},
    "publicationYear": 2025,
    "publisher": "University of Example",
}
BASE_CSL: dict[str, Any] = {
    "DOI": "10.5555/report.1",
    "URL": "https://doi.org/10.5555/report.1",
    "type": "report",
    "genre": "Working paper",
    "title": "Social mobility",
    "publisher": "University of Example",
    "issued": {"date-parts": [[2025]]},
}


def walked(**fields: Any) -> Work:
    """The work of the base record with these attributes; None takes one away."""
    attributes = {key: value for key, value in (BASE | fields).items() if value is not None}
    return crosswalk(json.dumps({"id": "10.5555/report.1", "type": "dois", "attributes": attributes}).encode())


def test_a_whole_record() -> None:
    work = walked(
        titles=[
            {"title": "Social mobility", "lang": "en"},
            {"title": "Evidence from <i>registers</i>", "lang": "en", "titleType": "Subtitle"},
            {"title": "Sociale mobiliteit", "lang": "nl", "titleType": "TranslatedTitle"},
        ],
        creators=[
            {
                "name": "van der Berg, Anna",
                "nameType": "Personal",
                "givenName": "Anna",
                "familyName": "van der Berg",
                "nameIdentifiers": [
                    {"nameIdentifier": "https://isni.org/1", "nameIdentifierScheme": "ISNI"},
                    {"nameIdentifier": "https://orcid.org/0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"},
                ],
                "affiliation": [
                    {"name": "University of Example", "affiliationIdentifier": "https://ror.org/012p63287"},
                    {"name": "Somewhere"},
                ],
            },
            {
                "name": "Example Cohort Consortium",
                "nameType": "Organizational",
                "affiliation": ["University of Example"],
            },
            {"name": "Jansen, Carla"},
        ],
        contributors=[
            {"name": "'t Hooft, Bram", "contributorType": "Editor"},
            {"name": "Someone, Else", "contributorType": "DataManager"},
        ],
        publisher={"name": "University of Example", "publisherIdentifier": "https://ror.org/012p63287"},
        dates=[{"date": "2025-09-15", "dateType": "Issued"}, {"date": "2020-01-05", "dateType": "Created"}],
        container={"type": "Series", "title": "Examples in Society", "volume": "7", "identifier": "1234-5679"},
        language="en",
        descriptions=[
            {"description": "How it was done.", "descriptionType": "Methods"},
            {"description": "<p>We look at all households.</p>", "descriptionType": "Abstract"},
        ],
        relatedIdentifiers=[
            {
                "relationType": "References",
                "relatedIdentifier": "10.57934/0b01e4108071ba40",
                "relatedIdentifierType": "DOI",
            },
            {
                "relationType": "IsVersionOf",
                "relatedIdentifier": "https://doi.org/10.5555/report",
                "relatedIdentifierType": "DOI",
            },
            {"relationType": "IsVersionOf", "relatedIdentifier": "10.5555/REPORT.1", "relatedIdentifierType": "DOI"},
        ],
        contentUrl="https://repository.example.org/report.pdf",
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
                    "affiliation": [{"name": "University of Example", "ROR": "012p63287"}, {"name": "Somewhere"}],
                },
                {"literal": "Example Cohort Consortium", "affiliation": [{"name": "University of Example"}]},
                {"family": "Jansen", "given": "Carla"},
            ],
            "editor": [{"family": "'t Hooft", "given": "Bram"}],
            "issued": {"date-parts": [[2025, 9, 15]]},
            "collection-title": "Examples in Society",
            "volume": "7",
            "ISSN": "1234-5679",
            "language": "en",
            "abstract": "We look at all households.",
        },
        identities=("doi:10.5555/report.1",),
        relations=(Relation("is_version_of", "doi:10.5555/report"),),
        links=(Link("https://repository.example.org/report.pdf", "application/pdf"),),
    )


def test_an_article_says_where_it_was_published() -> None:
    item = {
        "relationType": "IsPublishedIn",
        "titles": [{"title": "Journal of Examples"}],
        "volume": "12",
        "issue": "3",
        "firstPage": "45",
        "lastPage": "67",
        "relatedItemIdentifier": {"relatedItemIdentifier": "1234-5679", "relatedItemIdentifierType": "ISSN"},
    }

    csl = walked(
        types={"resourceTypeGeneral": "JournalArticle"}, relatedItems=[item], container={"title": "Another"}
    ).csl

    assert {name: csl[name] for name in ("container-title", "volume", "issue", "page", "ISSN")} == {
        "container-title": "Journal of Examples",
        "volume": "12",
        "issue": "3",
        "page": "45-67",
        "ISSN": "1234-5679",
    }


TYPES: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a dissertation": ({"resourceTypeGeneral": "Dissertation", "resourceType": "PhD thesis"}, "thesis", "PhD thesis"),
    "a text that says it is a thesis": ({"resourceTypeGeneral": "Text", "resourceType": "Thesis"}, "thesis", None),
    "a text that says it is an article": (
        {"resourceTypeGeneral": "Text", "resourceType": "Journal Article"},
        "article-journal",
        None,
    ),
    "a text that is a post": ({"resourceTypeGeneral": "Text", "resourceType": "BlogPosting"}, "post-weblog", None),
    "a text: citeproc calls all of them articles": (
        {"resourceTypeGeneral": "Text", "citeproc": "article-journal"},
        "document",
        None,
    ),
    "a preprint": ({"resourceTypeGeneral": "Preprint", "resourceType": "Article"}, "article", "Preprint"),
    "a data set": ({"resourceTypeGeneral": "Dataset"}, "dataset", None),
    "nothing": ({}, "document", None),
}


@pytest.mark.parametrize(("types", "expected", "genre"), TYPES.values(), ids=TYPES)
def test_types(types: dict[str, Any], expected: str, genre: str | None) -> None:
    csl = walked(types=types).csl

    assert (csl["type"], csl.get("genre")) == (expected, genre)


DATES: dict[str, tuple[dict[str, Any], list[int] | None]] = {
    "a year of issue, and the day in it from which it could be had": (
        {"dates": [{"date": "2011-02-05T17:22:41Z", "dateType": "Available"}, {"date": "2011", "dateType": "Issued"}]},
        [2011, 2, 5],
    ),
    "it could be had only later": (
        {"dates": [{"date": "2014-02-05", "dateType": "Available"}, {"date": "2011", "dateType": "Issued"}]},
        [2011],
    ),
    "the first of January may stand for the year": ({"dates": [{"date": "1989-01-01", "dateType": "Issued"}]}, [1989]),
    "only the year": ({}, [2025]),
    "only the day from which it could be had": (
        {"publicationYear": None, "dates": [{"date": "2014-02-05", "dateType": "Available"}]},
        [2014, 2, 5],
    ),
    "when it was made is not when it was published": (
        {"publicationYear": None, "dates": [{"date": "2014-02-05", "dateType": "Created"}]},
        None,
    ),
    "a year that is none": ({"publicationYear": 0}, None),
}


@pytest.mark.parametrize(("fields", "expected"), DATES.values(), ids=DATES)
def test_dates(fields: dict[str, Any], expected: list[int] | None) -> None:
    assert walked(**fields).csl.get("issued") == ({"date-parts": [expected]} if expected else None)


AUTHORS: dict[str, tuple[dict[str, Any], list[dict[str, Any]] | None]] = {
    "all in one field": (
        {"name": "Berg, Anna van der (University of Example); Jansen, Carla"},
        [
            {"family": "van der Berg", "given": "Anna", "affiliation": [{"name": "University of Example"}]},
            {"family": "Jansen", "given": "Carla"},
        ],
    ),
    "an organisation with a comma": (
        {"name": "Example, Institute of", "nameType": "Organizational"},
        [{"literal": "Example, Institute of"}],
    ),
    "an ORCID under another name": (
        {
            "name": "Jansen, Carla",
            "nameIdentifiers": [
                {"nameIdentifier": "0000-0002-1825-0097", "nameIdentifierScheme": "https://orcid.org/"}
            ],
        },
        [{"family": "Jansen", "given": "Carla", "ORCID": "0000-0002-1825-0097"}],
    ),
    "a wrong check digit": (
        {
            "name": "Jansen, Carla",
            "nameIdentifiers": [{"nameIdentifier": "0000-0002-1825-0098", "nameIdentifierScheme": "ORCID"}],
        },
        [{"family": "Jansen", "given": "Carla"}],
    ),
    "nobody": ({"name": ""}, None),
}


@pytest.mark.parametrize(("person", "expected"), AUTHORS.values(), ids=AUTHORS)
def test_authors(person: dict[str, Any], expected: list[dict[str, Any]] | None) -> None:
    assert walked(creators=[person, None]).csl.get("author") == expected


def test_a_preprint_is_a_version_of_its_article() -> None:
    related = [{"relationType": "IsVersionOf", "relatedIdentifier": "10.12345/article", "relatedIdentifierType": "DOI"}]

    work = walked(types={"resourceTypeGeneral": "Preprint"}, relatedIdentifiers=related)

    assert work.relations == (Relation("is_preprint_of", "doi:10.12345/article"),)


TITLES: dict[str, tuple[Any, str]] = {
    "a subtitle in another language is left out": (
        [{"title": "A", "lang": "en"}, {"title": "B", "lang": "de", "titleType": "Subtitle"}],
        "A",
    ),
    "a question with a subtitle": ([{"title": "Why?"}, {"title": "Because", "titleType": "Subtitle"}], "Why? Because"),
    "only a translation": ([{"title": "A", "titleType": "TranslatedTitle"}], "A"),
    "an empty one first": ([{"title": None}, {"title": "A"}], "A"),
}


@pytest.mark.parametrize(("titles", "expected"), TITLES.values(), ids=TITLES)
def test_titles(titles: Any, expected: str) -> None:
    assert walked(titles=titles).title == expected


UNUSABLE = {
    b"": "not JSON",
    b"[]": "not a JSON object",
    b"{}": "no title",
    b'{"attributes": {"titles": []}}': "no title",
    b'{"attributes": {"types": {"resourceTypeGeneral": "Collection"}}}': NO_PUBLICATIONS["Collection"],
}


@pytest.mark.parametrize(("raw", "reason"), UNUSABLE.items())
def test_what_cannot_be_used_is_counted_under_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk(raw)

    assert str(error.value) == reason


@pytest.mark.parametrize("people", [True, 7, "Jansen, Carla", {"name": "Jansen, Carla"}, [None, "Jansen"]])
def test_people_of_another_shape_are_nobody(people: Any) -> None:
    csl = walked(creators=people, contributors=people).csl

    assert "author" not in csl
    assert "editor" not in csl


def test_what_is_not_read_does_not_make_a_record_changed() -> None:
    one, other = ({"attributes": BASE | {"viewCount": n, "updated": f"2026-01-0{n}"}} for n in (1, 2))

    assert content(json.dumps(one).encode()) == content(json.dumps(other).encode())
    assert content(json.dumps(one).encode()) != content(
        json.dumps({"attributes": BASE | {"publicationYear": 2024}}).encode()
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["2025-01-01", "Issued", "Abstract", "10.5555/1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "title",
                    "titleType",
                    "name",
                    "familyName",
                    "dateType",
                    "date",
                    "affiliation",
                    "relatedIdentifier",
                    "description",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(READ)), json_values, max_size=8))
def test_any_json_is_a_work_or_unusable(fields: dict[str, Any]) -> None:
    try:
        work = crosswalk(json.dumps({"attributes": BASE | fields}).encode())
    except UnusableRecord:
        return

    assert work.title
    assert all(link.url.startswith("http") for link in work.links)
