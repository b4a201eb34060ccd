"""Europe PMC results, quirk by quirk: the record as it comes, the work that must come out. The people are fictional."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.europe_pmc import READ, content, crosswalk
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

BASE: dict[str, Any] = {
    "id": "40000001",
    "source": "MED",
    "pmid": "40000001",
    "doi": "10.5555/Mobility.1",
    "title": "Social mobility.",
    "journalTitle": "J Ex",
    "firstPublicationDate": "2025-09-15",
}
BASE_CSL: dict[str, Any] = {
    "DOI": "10.5555/mobility.1",
    "URL": "https://doi.org/10.5555/mobility.1",
    "type": "article-journal",
    "title": "Social mobility",
    "container-title": "J Ex",
    "issued": {"date-parts": [[2025, 9, 15]]},
}
REST = "https://www.ebi.ac.uk/europepmc/webservices/rest"


def walked(**fields: Any) -> Work:
    """The work of the base record with these fields; None takes one away."""
    record = {key: value for key, value in (BASE | fields).items() if value is not None}
    return crosswalk(json.dumps(record).encode())


def test_a_whole_record() -> None:
    work = walked(
        pmcid="PMC9000001",
        authorString="van der Berg AB, Jansen C, Example Cohort Consortium.",
        authorList={
            "author": [
                {
                    "fullName": "van der Berg AB",
                    "firstName": "Anna B",
                    "lastName": "van der Berg",
                    "initials": "AB",
                    "authorId": {"type": "ORCID", "value": "0000-0002-1825-0097"},
                    "authorAffiliationDetailsList": {
                        "authorAffiliation": [
                            {"affiliation": "University of Example. Electronic address: anna@example.org."},
                            {"affiliation": "Statistics Netherlands, The Hague"},
                        ]
                    },
                },
                {"fullName": "Jansen C", "lastName": "Jansen", "firstName": "CD", "initials": "CD"},
                {"collectiveName": "Example Cohort Consortium"},
            ]
        },
        journalTitle=None,
        journalInfo={
            "volume": "12",
            "issue": "3",
            "dateOfPublication": "2025 Oct",
            "journal": {
                "title": "Journal of Examples",
                "isoabbreviation": "J Ex",
                "issn": "1234-5679",
                "essn": "2049-3630",
            },
        },
        electronicPublicationDate="2025-09-01",
        firstPublicationDate="2025-09-01",
        pageInfo="45–67",
        abstractText="<h4>Background</h4>We look at <i>all</i> households.<h4>Results</h4>Some.",
        language="eng",
        pubTypeList={"pubType": ["research-article", "Journal Article"]},
        isOpenAccess="Y",
        inEPMC="Y",
        fullTextUrlList={
            "fullTextUrl": [
                {
                    "availabilityCode": "S",
                    "documentStyle": "doi",
                    "site": "DOI",
                    "url": "https://doi.org/10.5555/mobility.1",
                },
                {
                    "availabilityCode": "OA",
                    "documentStyle": "html",
                    "site": "Europe_PMC",
                    "url": "https://europepmc.org/articles/PMC9000001",
                },
                {
                    "availabilityCode": "F",
                    "documentStyle": "pdf",
                    "site": "Unpaywall",
                    "url": "https://example.org/a.pdf",
                },
                {
                    "availabilityCode": "OA",
                    "documentStyle": "pdf",
                    "site": "Europe_PMC",
                    "url": "ftp://example.org/a.pdf",
                },
            ]
        },
    )

    assert work == Work(
        csl={
            "DOI": "10.5555/mobility.1",
            "URL": "https://doi.org/10.5555/mobility.1",
            "type": "article-journal",
            "title": "Social mobility",
            "author": [
                {
                    "family": "van der Berg",
                    "given": "Anna B",
                    "ORCID": "0000-0002-1825-0097",
                    "affiliation": [{"name": "University of Example"}, {"name": "Statistics Netherlands, The Hague"}],
                },
                {"family": "Jansen", "given": "C. D."},
                {"literal": "Example Cohort Consortium"},
            ],
            "container-title": "Journal of Examples",
            "container-title-short": "J Ex",
            "volume": "12",
            "issue": "3",
            "ISSN": "1234-5679",
            "issued": {"date-parts": [[2025, 9, 1]]},
            "page": "45-67",
            "abstract": "Background\nWe look at all households.\nResults\nSome.",
            "language": "en",
        },
        identities=("doi:10.5555/mobility.1", "pmid:40000001", "pmcid:PMC9000001"),
        links=(
            Link(f"{REST}/PMC9000001/fullTextXML", "application/xml", "published"),
            Link("https://europepmc.org/articles/PMC9000001", "text/html", "published"),
            Link("https://example.org/a.pdf", "application/pdf"),
        ),
    )


def test_the_short_form_of_a_record() -> None:
    """`resultType` lite, and what is left of a record that PubMed has not finished."""
    work = walked(
        authorString="van der Berg AB, O'Neill A Jr, Example Cohort Consortium, Haas-Kogan J-P.",
        journalIssn="0140-6736; 1474-547x; ",
        journalVolume="404",
        issue="forthcoming",
        pubType="research-article; journal article",
        pmcid="PMC9000001",
        inEPMC="Y",
        hasPDF="Y",
        isOpenAccess="N",
    )

    assert work == Work(
        csl=BASE_CSL
        | {
            "author": [
                {"family": "van der Berg", "given": "A. B."},
                {"family": "O'Neill", "given": "A.", "suffix": "Jr"},
                {"literal": "Example Cohort Consortium"},
                {"family": "Haas-Kogan", "given": "J.-P."},
            ],
            "volume": "404",
            "ISSN": "0140-6736",
        },
        identities=("doi:10.5555/mobility.1", "pmid:40000001", "pmcid:PMC9000001"),
        links=(Link("https://europepmc.org/articles/PMC9000001?pdf=render", "application/pdf", "published"),),
    )


TITLES = {
    "PubMed's full stop": ("Social mobility.", "Social mobility"),
    "a question": ("Social mobility?", "Social mobility?"),
    "an ellipsis stays": ("And then...", "And then..."),
    "a title that was translated": ("[Pregnancy and work].", "Pregnancy and work"),
    "brackets that belong to it": ("[18F]PSMA and [11C]choline.", "[18F]PSMA and [11C]choline"),
    "markup escaped twice": ("m&amp;lt;sup&amp;gt;6&amp;lt;/sup&amp;gt;A at work.", "m⁶A at work"),
}


@pytest.mark.parametrize(("given_title", "expected"), TITLES.values(), ids=TITLES)
def test_titles(given_title: str, expected: str) -> None:
    assert walked(title=given_title).title == expected


DATES: dict[str, tuple[dict[str, Any], list[int] | None]] = {
    "online first": ({"electronicPublicationDate": "2025-08-03", "firstPublicationDate": "2025-08-03"}, [2025, 8, 3]),
    "only the month of the issue is known: the 1st is a filler": ({"firstPublicationDate": "2025-07-01"}, [2025, 7]),
    "only the year is known": ({"firstPublicationDate": "2025-01-01"}, [2025]),
    "the issue says how much is known": (
        {"firstPublicationDate": "2025-07-01", "journalInfo": {"dateOfPublication": "2025 Jul 1"}},
        [2025, 7, 1],
    ),
    "an issue of two months": (
        {"firstPublicationDate": None, "journalInfo": {"dateOfPublication": "2025 Jul-Aug"}},
        [2025, 7],
    ),
    "an issue of a season": (
        {"firstPublicationDate": None, "journalInfo": {"dateOfPublication": "2025 Summer"}},
        [2025],
    ),
    "a year alone": ({"firstPublicationDate": None, "pubYear": "2024"}, [2024]),
    "none": ({"firstPublicationDate": None}, None),
}


@pytest.mark.parametrize(("fields", "expected"), DATES.values(), ids=DATES)
def test_dates(fields: dict[str, Any], expected: list[int] | None) -> None:
    assert walked(**fields).csl.get("issued") == ({"date-parts": [expected]} if expected else None)


TYPES = {
    "journal article": ({"pubType": "journal article"}, "article-journal"),
    "preprint": ({"source": "PPR", "id": "PPR1", "pmid": None}, "article"),
    "thesis": ({"source": "ETH"}, "thesis"),
    "book chapter": ({"pubTypeList": {"pubType": ["Book Chapter"]}}, "chapter"),
    "one type comes bare": ({"pubTypeList": {"pubType": "Technical Report"}}, "report"),
    "no journal": ({"journalTitle": None}, "document"),
}


@pytest.mark.parametrize(("fields", "expected"), TYPES.values(), ids=TYPES)
def test_types(fields: dict[str, Any], expected: str) -> None:
    assert walked(**fields).type == expected


def test_a_preprint_names_its_article_and_its_full_text_is_the_submitted_version() -> None:
    work = walked(
        source="PPR",
        id="PPR1",
        pmid=None,
        journalTitle=None,
        bookOrReportDetails={"publisher": "ExampleRxiv"},
        isOpenAccess="Y",
        inEPMC="Y",
        commentCorrectionList={"commentCorrection": [{"id": "40000009", "source": "MED", "type": "Preprint of"}]},
    )

    assert (work.csl["publisher"], work.csl["genre"]) == ("ExampleRxiv", "Preprint")
    assert work.identities == ("doi:10.5555/mobility.1", "europepmc:PPR/PPR1")
    assert work.relations == (Relation("is_preprint_of", "pmid:40000009"),)
    assert work.links == (Link(f"{REST}/PPR1/fullTextXML", "application/xml", "submitted"),)


NOTICES: dict[str, tuple[str, str, tuple[Relation, ...], bool, bool]] = {
    "retracted": ("Retraction in", "7", (Relation("retracted_by", "pmid:7"),), True, False),
    "corrected, the erratum has no id": ("Erratum in", "", (), False, True),
    "a retraction notice": ("Retraction of", "7", (Relation("retracts", "pmid:7"),), False, False),
    "an erratum": ("Erratum for", "7", (Relation("corrects", "pmid:7"),), False, False),
    "a comment is no notice": ("Comment in", "7", (), False, False),
}


@pytest.mark.parametrize(("kind", "id_", "relations", "retracted", "corrected"), NOTICES.values(), ids=NOTICES)
def test_notices(kind: str, id_: str, relations: tuple[Relation, ...], retracted: bool, corrected: bool) -> None:
    told = {"type": kind, "source": "MED"} | ({"id": id_} if id_ else {})

    work = walked(commentCorrectionList={"commentCorrection": [told]})

    assert (work.relations, work.retracted, work.corrected) == (relations, retracted, corrected)


def test_a_notice_is_called_one_and_a_retracted_publication_retracted() -> None:
    assert walked(pubType="published erratum; correction").csl["genre"] == "Correction notice"
    assert walked(pubType="retraction of publication; journal article").csl["genre"] == "Retraction notice"
    assert walked(pubType="retracted publication; journal article").retracted


def test_what_pmc_holds_may_be_the_authors_manuscript() -> None:
    work = walked(pmcid="PMC9000001", isOpenAccess="Y", inEPMC="Y", nihAuthMan="Y")

    assert work.links == (Link(f"{REST}/PMC9000001/fullTextXML", "application/xml", "accepted"),)


def test_a_work_without_a_doi_has_a_page() -> None:
    work = walked(doi=None)

    assert (work.csl["URL"], work.identities) == ("https://europepmc.org/article/MED/40000001", ("pmid:40000001",))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"", "not JSON"), (b"[]", "not a JSON object"), (b"{}", "no title"), (b'{"title": "."}', "no title")],
)
def test_what_cannot_be_used_is_counted_under_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk(raw)

    assert str(error.value) == reason


def test_what_is_not_read_does_not_make_a_record_changed() -> None:
    one, other = BASE | {"citedByCount": 1, "hasReferences": "N"}, BASE | {"citedByCount": 2}

    assert content(json.dumps(one).encode()) == content(json.dumps(other).encode())
    assert content(json.dumps(one).encode()) != content(json.dumps(one | {"pmcid": "PMC1"}).encode())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["Y", "2025-07-01", "<b>x", "PMC1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "author",
                    "journal",
                    "pubType",
                    "type",
                    "id",
                    "source",
                    "url",
                    "lastName",
                    "fullTextUrl",
                    "commentCorrection",
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
