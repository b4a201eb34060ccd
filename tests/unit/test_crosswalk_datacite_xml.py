"""DataCite's XML over OAI-PMH, quirk by quirk: the record as it comes, the work that must come out. The people are fictional."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks.datacite_xml import crosswalk
from pubtrack.discovery.sources import oai_answer
from pubtrack.errors import UnusableRecord
from pubtrack.models import Relation, Work

KERNEL_4 = "http://datacite.org/schema/kernel-4"
BASE = {
    "identifier": '<identifier identifierType="DOI">10.5555/Report.1</identifier>',
    "creators": '<creators><creator><creatorName nameType="Personal">van der Berg, Anna</creatorName><givenName>Anna</givenName>'
    "<familyName>van der Berg</familyName>"
    '<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">0000-0002-1825-0097</nameIdentifier>'
    '<affiliation affiliationIdentifier="https://ror.org/012p63287">University of Example</affiliation></creator></creators>',
    "titles": "<titles><title>Social mobility</title></titles>",
    "publisher": "<publisher>University of Example</publisher>",
    "publicationYear": "<publicationYear>2025</publicationYear>",
    "resourceType": '<resourceType resourceTypeGeneral="Report">Working paper</resourceType>',
}
ANNA = {
    "family": "van der Berg",
    "given": "Anna",
    "ORCID": "0000-0002-1825-0097",
    "affiliation": [{"name": "University of Example", "ROR": "012p63287"}],
}


def xml(kernel: str = KERNEL_4, around: tuple[str, str] = ("", ""), elements: Mapping[str, str] = BASE) -> bytes:
    """An OAI-PMH record with these elements."""
    held = "".join(elements.values())
    return (
        "<record><header><identifier>oai:repository.example.org:1</identifier></header><metadata>"
        f'{around[0]}<resource xmlns="{kernel}">{held}</resource>{around[1]}</metadata></record>'
    ).encode()


def walked(**elements: str) -> Work:
    """The work of the base record with these elements."""
    return crosswalk(xml(elements=BASE | elements))


def test_a_whole_record() -> None:
    work = walked(
        dates='<dates><date dateType="Issued">2025-09-15</date><date dateType="Created">2020-01-05</date></dates>',
        language="<language>eng</language>",
        descriptions='<descriptions><description descriptionType="Methods">How.</description>'
        '<description descriptionType="Abstract">All households.<br/>Twice.</description></descriptions>',
        relatedIdentifiers='<relatedIdentifiers><relatedIdentifier relatedIdentifierType="DOI" relationType="IsVersionOf">10.5555/all'
        '</relatedIdentifier><relatedIdentifier relatedIdentifierType="URL" relationType="IsPartOf">https://example.org</relatedIdentifier>'
        "</relatedIdentifiers>",
    )

    assert work == Work(
        csl={
            "DOI": "10.5555/report.1",
            "URL": "https://doi.org/10.5555/report.1",
            "type": "report",
            "genre": "Working paper",
            "title": "Social mobility",
            "publisher": "University of Example",
            "issued": {"date-parts": [[2025, 9, 15]]},
            "author": [ANNA],
            "language": "en",
            "abstract": "All households.\nTwice.",
        },
        identities=("doi:10.5555/report.1",),
        relations=(Relation("is_version_of", "doi:10.5555/all"),),
    )


@pytest.mark.parametrize(
    "kernel", ["http://datacite.org/schema/kernel-3", "http://datacite.org/schema/kernel-2.2", KERNEL_4]
)
@pytest.mark.parametrize(
    "around",
    [
        ("", ""),
        ('<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4.3</schemaVersion><payload>',
         "</payload></oai_datacite>"),
    ],
    ids=["bare", "wrapped"],
)  # fmt: skip
def test_every_kernel_and_wrapper_is_told_and_read(kernel: str, around: tuple[str, str]) -> None:
    answer = (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-16T00:00:00Z</responseDate><request>x</request>'
        b"<ListRecords>" + xml(kernel, around) + b"</ListRecords></OAI-PMH>"
    )

    (record,) = oai_answer.read(answer, "repository").records
    assert record.format == "datacite"
    assert crosswalk(record.raw).authors == [ANNA]


def creators(*names: str) -> str:
    return f"<creators>{''.join(f'<creator>{name}</creator>' for name in names)}</creators>"


@pytest.mark.parametrize(
    ("creator", "expected"),
    [
        ("<creatorName>van der Berg, Anna</creatorName>", {"family": "van der Berg", "given": "Anna"}),
        ('<creatorName nameType="Personal">Anna van der Berg</creatorName><familyName>Anna van der Berg</familyName>',
         {"family": "van der Berg", "given": "Anna"}),
        ('<creatorName nameType="Personal">Berg</creatorName><familyName>Berg</familyName>', {"literal": "Berg"}),
        ('<creatorName nameType="">Jansen, C.</creatorName><affiliation>Groep, Example</affiliation>',
         {"family": "Jansen", "given": "C.", "affiliation": [{"name": "Groep, Example"}]}),
        ('<creatorName nameType="corporate">Jansen, C.</creatorName>', {"family": "Jansen", "given": "C."}),
        ('<creatorName nameType="Organizational">Bureau, Example</creatorName>', {"literal": "Bureau, Example"}),
        ("<creatorName>Werkgroep Voorbeelden</creatorName>", {"literal": "Werkgroep Voorbeelden"}),
        ('<creatorName>Jansen, C.</creatorName><nameIdentifier nameIdentifierScheme="info:eu-repo/dai">072728442</nameIdentifier>',
         {"family": "Jansen", "given": "C."}),
        ('<creatorName>Jansen, C.</creatorName><nameIdentifier nameIdentifierScheme="ORCID">0000-0002-1825-0098</nameIdentifier>',
         {"family": "Jansen", "given": "C."}),
    ],
    ids=["kernel 3", "whole name as family", "one word", "DANS, no type", "DANS, corporate", "organisation", "group", "DAI",
         "ORCID with a wrong digit"],
)  # fmt: skip
def test_names(creator: str, expected: dict[str, Any]) -> None:
    assert walked(creators=creators(creator)).authors == [expected]


def test_a_subtitle_may_come_first() -> None:
    titles = '<titles><title titleType="Subtitle">STAR 147</title><title>Opgraving te Voorbeeld</title></titles>'

    assert walked(titles=titles).title == "Opgraving te Voorbeeld: STAR 147"


@pytest.mark.parametrize(
    ("identifier", "doi", "url", "identities"),
    [
        ('<identifier identifierType="DOI">https://doi.org/10.5555/X</identifier>', "10.5555/x", "https://doi.org/10.5555/x",
         ("doi:10.5555/x",)),
        ('<identifier identifierType="Handle">11370/ABC</identifier>', None, None, ()),
        ('<identifier identifierType="Handle">https://hdl.handle.net/11370/ABC</identifier>', None, "https://hdl.handle.net/11370/abc",
         ("url:https://hdl.handle.net/11370/abc",)),
        ('<identifier identifierType="URL">https://repository.example.org/1</identifier>', None, "https://repository.example.org/1", ()),
        ('<identifier identifierType="oai">oai:x:1</identifier><alternateIdentifiers><alternateIdentifier alternateIdentifierType="DOI">'
         '10.5555/y</alternateIdentifier><alternateIdentifier alternateIdentifierType="urn">urn:nbn:nl:ui:13-AB</alternateIdentifier>'
         "</alternateIdentifiers>", "10.5555/y", "https://doi.org/10.5555/y", ("doi:10.5555/y", "url:urn:nbn:nl:ui:13-ab")),
        ('<identifier identifierType="DOI">(:tba)</identifier>', None, None, ()),
    ],
    ids=["link", "bare handle", "handle", "page", "alternate", "no DOI yet"],
)  # fmt: skip
def test_identifiers(identifier: str, doi: str | None, url: str | None, identities: tuple[str, ...]) -> None:
    work = walked(identifier=identifier)

    assert (work.doi, work.csl.get("URL"), work.identities) == (doi, url, identities)


def test_the_journal_it_stands_in() -> None:
    work = walked(
        resourceType='<resourceType resourceTypeGeneral="JournalArticle"/>',
        relatedItems='<relatedItems><relatedItem relationType="IsPublishedIn" relatedItemType="Journal"><titles><title>Journal of Examples'
        "</title></titles><volume>12</volume><issue>3</issue><firstPage>45</firstPage><lastPage>67</lastPage></relatedItem></relatedItems>",
    )

    assert {name: work.csl[name] for name in ("type", "container-title", "volume", "issue", "page")} == {
        "type": "article-journal", "container-title": "Journal of Examples", "volume": "12", "issue": "3", "page": "45-67",
    }  # fmt: skip


def test_the_versions_of_a_preprint_in_one_house_have_one_doi_for_all() -> None:
    work = walked(
        resourceType='<resourceType resourceTypeGeneral="Preprint"/>',
        relatedIdentifiers='<relatedIdentifiers><relatedIdentifier relationType="IsVersionOf">10.5555/all</relatedIdentifier>'
        '<relatedIdentifier relationType="IsVersionOf">10.12345/article</relatedIdentifier></relatedIdentifiers>',
    )

    assert work.relations == (
        Relation("is_version_of", "doi:10.5555/all"),
        Relation("is_preprint_of", "doi:10.12345/article"),
    )


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"titles": "<titles><title> </title></titles>"}, "no title"),
        ({"resourceType": '<resourceType resourceTypeGeneral="Collection"/>'}, "a collection, not a publication"),
    ],
)
def test_what_shows_no_publication_says_why(elements: dict[str, str], reason: str) -> None:
    with pytest.raises(UnusableRecord) as raised:
        walked(**elements)

    assert str(raised.value) == reason


def test_another_format_is_told() -> None:
    with pytest.raises(UnusableRecord) as raised:
        crosswalk(b"<record><metadata><dc/></metadata></record>")

    assert str(raised.value) == "no DataCite metadata in the record"


@pytest.mark.shared
def test_no_mutilated_real_record_crashes_it(shared: Path) -> None:
    """Pieces cut out of, doubled and swapped in the real records: a work or a reason, never anything else."""
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [row["xml"].encode() for row in map(json.loads, lines) if row["family"] == "datacite"]
    chance = random.Random(7)
    for raw in records * 4:
        at, to = sorted(chance.sample(range(len(raw)), 2))
        for broken in (raw[:at] + raw[to:], raw[:to] + raw[at:to] + raw[to:], raw[: at + 40] + raw[at:]):
            try:
                assert crosswalk(broken).title
            except UnusableRecord as error:
                assert str(error)  # noqa: PT017
