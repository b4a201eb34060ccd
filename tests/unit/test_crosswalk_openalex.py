"""OpenAlex works, quirk by quirk: the record as it comes, the work that must come out. The people are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.openalex import NO_PUBLICATIONS, READ, content, crosswalk
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Work

JOURNAL = {
    "display_name": "Journal of Examples",
    "issn_l": "1234-5679",
    "type": "journal",
    "host_organization_name": "Example Press",
}
BASE: dict[str, Any] = {
    "id": "https://openalex.org/W1001",
    "doi": "https://doi.org/10.5555/Mobility.1",
    "ids": {"openalex": "https://openalex.org/W1001", "doi": "https://doi.org/10.5555/mobility.1"},
    "title": "Social mobility",
    "type": "article",
    "publication_date": "2025-09-15",
    "publication_year": 2025,
    "primary_location": {"source": JOURNAL, "raw_type": "journal-article"},
}
BASE_CSL: dict[str, Any] = {
    "DOI": "10.5555/mobility.1",
    "URL": "https://doi.org/10.5555/mobility.1",
    "type": "article-journal",
    "title": "Social mobility",
    "container-title": "Journal of Examples",
    "publisher": "Example Press",
    "ISSN": "1234-5679",
    "issued": {"date-parts": [[2025, 9, 15]]},
}


def walked(**fields: Any) -> Work:
    """The work of the base record with these fields; None takes one away."""
    record = {key: value for key, value in (BASE | fields).items() if value is not None}
    return crosswalk(json.dumps(record).encode())


def test_a_whole_record() -> None:
    work = walked(
        ids=BASE["ids"] | {"pmid": "https://pubmed.ncbi.nlm.nih.gov/40000001"},
        language="en",
        biblio={"volume": "12", "issue": "3", "first_page": "45", "last_page": "67"},
        abstract_inverted_index={"households.": [4], "all": [3], "look": [1], "We": [0], "at": [2]},
        authorships=[
            {
                "raw_author_name": "Berg, Anna van der",
                "author": {"display_name": "Anna Berg", "orcid": "https://orcid.org/0000-0000-0001-2344"},
                "raw_orcid": "https://orcid.org/0000-0002-1825-0097",
                "institutions": [
                    {"id": "https://openalex.org/I1", "display_name": "UoE", "ror": "https://ror.org/012p63287"}
                ],
                "affiliations": [
                    {
                        "raw_affiliation_string": "Department of Cases, University of Example. anna@example.org",
                        "institution_ids": ["https://openalex.org/I1"],
                    },
                    {"raw_affiliation_string": "Somewhere", "institution_ids": ["https://openalex.org/I9"]},
                ],
            }
        ],
        locations=[
            {"is_oa": True, "pdf_url": "https://example.org/a.pdf", "version": "publishedVersion"},
            {"is_oa": True, "landing_page_url": "https://doi.org/10.5555/mobility.1", "version": "publishedVersion"},
            {"is_oa": True, "landing_page_url": "https://repository.example.org/1", "version": "acceptedVersion"},
            {
                "is_oa": True,
                "landing_page_url": "https://www.ncbi.nlm.nih.gov/pmc/articles/9000001",
                "version": "submittedVersion",
            },
            {"is_oa": True, "landing_page_url": "https://doaj.org/article/1", "version": "submittedVersion"},
            {"is_oa": False, "pdf_url": "https://example.org/closed.pdf", "version": "publishedVersion"},
            {"is_oa": True, "pdf_url": "javascript:alert(1)"},
        ],
    )

    assert work == Work(
        csl=BASE_CSL
        | {
            "author": [
                {
                    "family": "van der Berg",
                    "given": "Anna",
                    "ORCID": "0000-0002-1825-0097",
                    "affiliation": [
                        {"name": "Department of Cases, University of Example", "ROR": "012p63287"},
                        {"name": "Somewhere"},
                    ],
                }
            ],
            "volume": "12",
            "issue": "3",
            "page": "45-67",
            "abstract": "We look at all households.",
            "language": "en",
        },
        identities=("doi:10.5555/mobility.1", "openalex:W1001", "pmid:40000001", "pmcid:PMC9000001"),
        links=(
            Link("https://example.org/a.pdf", "application/pdf", "published"),
            Link("https://repository.example.org/1", None, "accepted"),
            Link("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC9000001/", "text/html"),
        ),
    )


AUTHORS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "an ORCID that OpenAlex guessed is not taken for said": (
        {"raw_author_name": "Carla Jansen", "author": {"orcid": "https://orcid.org/0000-0002-1825-0097"}},
        {"family": "Jansen", "given": "Carla"},
    ),
    "PubMed's form": (
        {"raw_author_name": "Jansen CD", "author": {"display_name": "Carla D. Jansen"}},
        {"family": "Jansen", "given": "Carla D."},
    ),
    "capital particles": (
        {"raw_author_name": "ANNA VAN DER BERG", "author": {"display_name": "Anna van der Berg"}},
        {"family": "van der Berg", "given": "Anna"},
    ),
    "no printed name": ({"author": {"display_name": "Carla Jansen"}}, {"family": "Jansen", "given": "Carla"}),
    "an organisation": (
        {"raw_author_name": "University of Example", "author": {"display_name": "University of Example"}},
        {"literal": "University of Example"},
    ),
    "figshare's number": ({"raw_author_name": "Carla Jansen (15649)"}, {"family": "Jansen", "given": "Carla"}),
    "an affiliation among the authors": (
        {"raw_author_name": ",UoE, 1 Example Street", "author": {"display_name": "x"}},
        None,
    ),
    "nobody": ({"author": None}, None),
    "institutions without a printed affiliation": (
        {
            "raw_author_name": "Carla Jansen",
            "institutions": [{"id": "I1", "display_name": "UoE", "ror": "https://ror.org/012p63287"}, {"id": "I2"}],
        },
        {"family": "Jansen", "given": "Carla", "affiliation": [{"name": "UoE", "ROR": "012p63287"}]},
    ),
    "affiliations that nobody matched": (
        {"raw_author_name": "Carla Jansen", "raw_affiliation_strings": ["UoE, carla@example.org"]},
        {"family": "Jansen", "given": "Carla", "affiliation": [{"name": "UoE"}]},
    ),
}


@pytest.mark.parametrize(("entry", "expected"), AUTHORS.values(), ids=AUTHORS)
def test_authors(entry: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert walked(authorships=[entry, None]).csl.get("author") == ([expected] if expected else None)


DATES: dict[str, tuple[str | None, list[int]]] = {
    "a day": ("2025-09-15", [2025, 9, 15]),
    "the first of a month may stand for the month": ("2025-07-01", [2025, 7]),
    "the first of January may stand for the year": ("2025-01-01", [2025]),
    "only the year": (None, [2025]),
}


@pytest.mark.parametrize(("published", "expected"), DATES.values(), ids=DATES)
def test_dates(published: str | None, expected: list[int]) -> None:
    assert walked(publication_date=published).csl["issued"] == {"date-parts": [expected]}


REPOSITORY = {"source": {"display_name": "Example Repository", "type": "repository"}}
TYPES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "an article": (
        {},
        {"type": "article-journal", "container-title": "Journal of Examples", "publisher": "Example Press"},
    ),
    "an article that stood in no journal is what its repository calls it": (
        {"primary_location": REPOSITORY | {"raw_type": "info:eu-repo/semantics/workingPaper"}},
        {"type": "report", "publisher": "Example Repository"},
    ),
    "an article of which nothing more is known": (
        {"primary_location": REPOSITORY | {"raw_type": "Text"}},
        {"type": "document", "publisher": "Example Repository"},
    ),
    "an article in a repository and a journal": (
        {"primary_location": REPOSITORY, "locations": [{"source": JOURNAL}]},
        {"type": "article-journal"},
    ),
    "a thesis": (
        {
            "type": "dissertation",
            "primary_location": {"source": {"display_name": "University of Example", "type": "repository"}},
        },
        {"type": "thesis", "publisher": "University of Example"},
    ),
    "a preprint": (
        {"type": "preprint", "primary_location": {"source": {"display_name": "ExampleRxiv", "type": "repository"}}},
        {"type": "article", "publisher": "ExampleRxiv", "genre": "Preprint"},
    ),
    "a book of a press": (
        {
            "type": "book",
            "primary_location": {
                "source": {
                    "display_name": "Example Press eBooks",
                    "type": "ebook platform",
                    "host_organization_name": "Example Press",
                }
            },
        },
        {"type": "book", "publisher": "Example Press"},
    ),
    "an erratum": (
        {"type": "erratum"},
        {
            "type": "article-journal",
            "container-title": "Journal of Examples",
            "publisher": "Example Press",
            "genre": "Correction notice",
        },
    ),
    "a type that is not known": ({"type": "hologram", "primary_location": None}, {"type": "document"}),
}


@pytest.mark.parametrize(("fields", "expected"), TYPES.values(), ids=TYPES)
def test_types_and_where_it_stood(fields: dict[str, Any], expected: dict[str, str]) -> None:
    csl = walked(**fields).csl

    assert {name: csl[name] for name in ("type", "container-title", "publisher", "genre") if name in csl} == expected


PAGES = {
    ("45", "67"): "45-67",
    ("816", "816"): "816",
    ("e30", "e30"): "e30",
    ("12", None): "12",
    (None, None): None,
}


@pytest.mark.parametrize(("pages", "expected"), PAGES.items())
def test_pages(pages: tuple[str | None, str | None], expected: str | None) -> None:
    assert walked(biblio={"first_page": pages[0], "last_page": pages[1]}).csl.get("page") == expected


def test_a_preprints_version_is_believed() -> None:
    work = walked(
        type="preprint",
        locations=[{"is_oa": True, "pdf_url": "https://example.org/p.pdf", "version": "submittedVersion"}],
    )

    assert work.links == (Link("https://example.org/p.pdf", "application/pdf", "submitted"),)


def test_a_work_without_a_doi_has_its_page() -> None:
    work = walked(doi=None, ids={}, primary_location={"landing_page_url": "https://repository.example.org/1"})

    assert (work.csl["URL"], work.identities) == ("https://repository.example.org/1", ("openalex:W1001",))


def test_a_retraction_is_flagged() -> None:
    assert walked(is_retracted=True).retracted
    assert not walked(is_retracted="yes").retracted


def test_an_abstract_is_rebuilt_whatever_its_index_holds() -> None:
    assert (
        walked(abstract_inverted_index={"a": [10**30], "b": [0, None, "1", True, -4], "c": 3}).csl["abstract"] == "b a"
    )
    assert "abstract" not in walked(abstract_inverted_index={"a": list(range(20_001))}).csl
    assert "abstract" not in walked(abstract_inverted_index=["a"]).csl


UNUSABLE = {
    b"": "not JSON",
    b"[]": "not a JSON object",
    b"{}": "no title",
    b'{"title": ""}': "no title",
    b'{"title": "Cover", "is_paratext": true}': NO_PUBLICATIONS["paratext"],
    b'{"title": "Review", "type": "peer-review"}': "a peer review, not a publication",
}


@pytest.mark.parametrize(("raw", "reason"), UNUSABLE.items())
def test_what_cannot_be_used_is_counted_under_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk(raw)

    assert str(error.value) == reason


def test_what_is_not_read_does_not_make_a_record_changed() -> None:
    one, other = BASE | {"cited_by_count": 1, "updated_date": "2026-01-01"}, BASE | {"cited_by_count": 2}

    assert content(json.dumps(one).encode()) == content(json.dumps(other).encode())
    assert content(json.dumps(one).encode()) != content(json.dumps(one | {"is_retracted": True}).encode())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["2025-01-01", "https://openalex.org/W1", "<b>x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "author",
                    "type",
                    "source",
                    "raw_author_name",
                    "institutions",
                    "affiliations",
                    "id",
                    "is_oa",
                    "pdf_url",
                    "first_page",
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
        work = crosswalk(json.dumps(BASE | fields).encode())
    except UnusableRecord:
        return

    assert work.title
    assert all(link.url.startswith("http") for link in work.links)
