"""MODS, DIDL with MODS, and OpenAIRE's CERIF: golden pairs, quirk by quirk. The people are fictional."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks import cerif, didl, mods
from pubtrack.discovery.crosswalks.repository import person
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

TITLE = "<titleInfo><title>Sociale stijging</title></titleInfo>"


def record(metadata: str) -> bytes:
    return (
        '<record xmlns="http://www.openarchives.org/OAI/2.0/"><header><identifier>oai:example.org:1</identifier></header>'
        f"<metadata>{metadata}</metadata></record>"
    ).encode()


def mods_of(*elements: str) -> str:
    declared = 'xmlns="http://www.loc.gov/mods/v3" xmlns:xlink="http://www.w3.org/1999/xlink" version="3.8"'
    return f"<mods {declared}><!-- a comment -->{''.join(elements)}</mods>"


def walked(*elements: str) -> Work:
    return mods.crosswalk(record(mods_of(TITLE, *elements)))


# An article as a Dutch Pure gives it.
PURE = mods_of(
    '<typeOfResource>text</typeOfResource><identifier type="pure/uuid">6c0d</identifier>',
    '<identifier type="local">ORCID: /0000-0002-1825-0097/work/1</identifier>',
    '<titleInfo lang="eng" xlink:type="simple"><nonSort>The</nonSort><title>price of &amp;lt;i&amp;gt;moving&amp;lt;/i&amp;gt;</title>'
    "<subTitle>Evidence from registers</subTitle></titleInfo>",
    '<titleInfo lang="nld" type="alternative"><title>De prijs van verhuizen</title></titleInfo>',
    '<name type="personal"><role><roleTerm type="code">aut</roleTerm></role>'
    '<nameIdentifier type="orcid">0000-0002-1825-0097</nameIdentifier><namePart type="given">Anna</namePart>'
    '<namePart type="family">van der Berg</namePart><affiliation>Sociology</affiliation></name>',
    '<name type="personal"><role><roleTerm type="code">edt</roleTerm></role>'
    '<namePart type="given">Bram</namePart><namePart type="family">\'t Hooft</namePart></name>',
    '<name type="corporate"><role><roleTerm type="code">pbl</roleTerm></role><namePart>Sociology</namePart></name>',
    "<genre>info:eu-repo/semantics/article</genre>",
    '<physicalDescription><internetMediaType>application/pdf</internetMediaType><note type="location" '
    'xlink:href="https://pure.example.org/ws/files/1/accepted.pdf"/><note type="version">authorsversion</note>'
    '<note type="access">embargoed</note><note type="embargo end">2027-01-01</note></physicalDescription>',
    '<physicalDescription><internetMediaType>application/pdf</internetMediaType><note type="location" '
    'xlink:href="https://pure.example.org/ws/files/2/published.pdf"/><note type="version">publishersversion</note>'
    '<note type="access">closed</note></physicalDescription>',
    '<originInfo><dateIssued encoding="w3cdtf">2026</dateIssued><dateValid>2027-01-01</dateValid></originInfo>',
    '<identifier type="doi">https://doi.org/10.5555/MOVING</identifier>',
    '<language><languageTerm type="code">en</languageTerm></language>',
    "<abstract>Short.</abstract><abstract>Registers show what moving costs.</abstract>",
    '<relatedItem type="host"><titleInfo><title>Example Studies</title></titleInfo><identifier type="issn">1234-5679</identifier>'
    '<part><detail type="volume"><number>5</number><caption>vol.</caption></detail><detail type="issue"><number>2</number></detail>'
    '<extent unit="page"><start>113</start><end>121</end><total>9</total></extent></part></relatedItem>',
    '<relatedItem type="otherVersion"><identifier type="doi">10.5555/working-paper</identifier></relatedItem>',
    '<relatedItem type="references"><identifier type="doi">10.5555/another</identifier></relatedItem>',
)
PURE_WORK = Work(
    csl={
        "title": "The price of moving: Evidence from registers",
        "type": "article-journal",
        "author": [
            {
                "family": "van der Berg",
                "given": "Anna",
                "ORCID": "0000-0002-1825-0097",
                "affiliation": [{"name": "Sociology"}],
            }
        ],
        "editor": [{"family": "'t Hooft", "given": "Bram"}],
        "issued": {"date-parts": [[2026]]},
        "language": "en",
        "abstract": "Registers show what moving costs.",
        "container-title": "Example Studies",
        "ISSN": "1234-5679",
        "volume": "5",
        "issue": "2",
        "page": "113-121",
        "DOI": "10.5555/moving",
        "URL": "https://doi.org/10.5555/moving",
    },
    identities=("doi:10.5555/moving",),
    relations=(Relation("is_version_of", "doi:10.5555/working-paper"),),
    links=(Link("https://pure.example.org/ws/files/1/accepted.pdf", "application/pdf", "accepted"),),
)


def test_an_article_of_a_pure() -> None:
    """A year stays a year; the file under an embargo is a link, the closed one is none; the translated title is left out."""
    assert mods.crosswalk(record(PURE)) == PURE_WORK


def test_a_thesis_of_a_dspace() -> None:
    work = mods.crosswalk(
        record(
            mods_of(
                "<titleInfo><title>Lenen om te leren</title><partNumber>Deel 2</partNumber></titleInfo>",
                "<name><namePart>Berg, Anna van der</namePart></name>",
                '<name><namePart>Dijk, P. van</namePart><role><roleTerm type="text">Promotor</roleTerm></role></name>',
                '<name type="corporate"><namePart>Universiteit van Voorbeeld</namePart><role><roleTerm>dgg</roleTerm></role></name>',
                "<genre>info:eu-repo/semantics/doctoralThesis</genre>",
                '<originInfo><publisher>[s.n.]</publisher><dateIssued point="start">2025-04-24</dateIssued>'
                '<dateIssued point="end">2026-01-01</dateIssued><place><placeTerm type="code">ne</placeTerm>'
                '<placeTerm type="text">Voorbeeld</placeTerm></place></originInfo>',
                '<identifier type="hdl">9999/ABC</identifier><identifier type="uri">URN:ISBN:978-0-306-40615-7</identifier>',
                '<identifier type="uri">URN:NBN:NL:UI:99-ABC#part</identifier>',
                '<identifier type="doi" invalid="yes">10.5555/wrong</identifier>',
                '<language><languageTerm type="text">Dutch</languageTerm></language>',
                '<location><url access="raw object">https://repository.example.org/download?id=1</url>'
                '<url usage="primary display">https://repository.example.org/1</url></location>',
                "<physicalDescription><internetMediaType>application/pdf</internetMediaType></physicalDescription>",
                '<relatedItem type="series"><titleInfo><title>Voorbeeldreeks</title></titleInfo>'
                "<part><detail><number>7</number></detail></part></relatedItem>",
            )
        )
    )

    assert work == Work(
        csl={
            "title": "Lenen om te leren. Deel 2",
            "type": "thesis",
            "author": [{"family": "van der Berg", "given": "Anna"}],
            "issued": {"date-parts": [[2025, 4, 24]]},
            "publisher": "Universiteit van Voorbeeld",
            "publisher-place": "Voorbeeld",
            "language": "nl",
            "collection-title": "Voorbeeldreeks",
            "collection-number": "7",
            "ISBN": "9780306406157",
            "URL": "https://hdl.handle.net/9999/abc",
        },
        identities=("url:https://hdl.handle.net/9999/abc", "url:urn:nbn:nl:ui:99-abc", "isbn:9780306406157"),
        links=(Link("https://repository.example.org/download?id=1", "application/pdf"),),
    )


DATES = {
    "a year": ("<originInfo><dateIssued>1985</dateIssued></originInfo>", [1985]),
    "a month": ("<originInfo><dateIssued>2026-03</dateIssued></originInfo>", [2026, 3]),
    "the earliest of two": (
        "<originInfo><dateIssued>2026-03-02</dateIssued><dateIssued>2026-02-01</dateIssued></originInfo>",
        [2026, 2, 1],
    ),
    "published elsewhere": (
        '<originInfo><dateOther type="published">2025-01-12</dateOther></originInfo>',
        [2025, 1, 12],
    ),
    "the host's part": ('<relatedItem type="host"><part><date>2024</date></part></relatedItem>', [2024]),
    "not the host's own": (
        '<relatedItem type="host"><originInfo><dateIssued>1994</dateIssued></originInfo></relatedItem>',
        None,
    ),
    "no embargo": ("<originInfo><dateValid>2027-01-01</dateValid></originInfo>", None),
}


@pytest.mark.parametrize(("element", "expected"), DATES.values(), ids=DATES)
def test_dates(element: str, expected: list[int] | None) -> None:
    assert walked(element).csl.get("issued", {"date-parts": [None]})["date-parts"][0] == expected


DOIS = {
    "bare": '<identifier type="doi">10.5555/ABC</identifier>',
    "a link": '<identifier type="uri">http://dx.doi.org/10.5555/abc</identifier>',
    "info": '<identifier type="uri">info:doi/10.5555/abc</identifier>',
    "doi:": "<identifier>doi:10.5555/abc</identifier>",
    "an address": "<location><url>https://doi.org/10.5555/abc</url></location>",
}


@pytest.mark.parametrize("element", DOIS.values(), ids=DOIS)
def test_a_doi_in_any_dress(element: str) -> None:
    assert (walked(element).doi, walked(element).csl["URL"]) == ("10.5555/abc", "https://doi.org/10.5555/abc")


def test_a_doi_of_the_host_is_not_the_works() -> None:
    assert walked('<relatedItem type="host"><identifier type="doi">10.5555/book</identifier></relatedItem>').doi is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("van der Berg", "Anna"), {"family": "van der Berg", "given": "Anna"}),
        (("Berg, van der", "Anna"), {"family": "van der Berg", "given": "Anna"}),
        (("Berg van der", "A."), {"family": "van der Berg", "given": "A."}),
        (("Berg", "Anna van der"), {"family": "van der Berg", "given": "Anna"}),
        (("Berg", "van der"), {"family": "van der Berg"}),
        (("Berg", "Anna", "van der"), {"family": "van der Berg", "given": "Anna"}),
        (("van der Berg", "Anna", "van der"), {"family": "van der Berg", "given": "Anna"}),
        (("Berg", "Anna", "Prof. dr."), {"family": "Berg", "given": "Anna"}),
        (("Berg", "Anna", "Jr."), {"family": "Berg", "given": "Anna", "suffix": "Jr."}),
        (("N.J. Lopes Berg",), {"family": "Lopes Berg", "given": "N.J."}),
        (("H.B.G. van den Berg",), {"family": "van den Berg", "given": "H.B.G."}),
        (("Berg, Anna",), {"family": "Berg", "given": "Anna"}),
        (("Berg", "A (Anna)"), {"family": "Berg", "given": "Anna"}),
        (("Berg", "B (Anna)"), {"family": "Berg", "given": "B (Anna)"}),
        (("Bank", "Jan"), {"family": "Bank", "given": "Jan"}),
        (("", "Anna"), {"literal": "Anna"}),
        (("NA", ""), None),
    ],
)
def test_names_in_parts(parts: tuple[str, ...], expected: Any) -> None:
    assert person(*parts) == expected


def test_several_names_in_one_part_and_organisations() -> None:
    work = walked(
        '<name type="personal"><namePart>Berg, Anna M. van der; Hooft, Bram \'t; F.J. Jansen (Carla)</namePart></name>',
        '<name type="corporate"><namePart>Werkgroep Jeugd</namePart><role><roleTerm>aut</roleTerm></role></name>',
        '<name type="corporate"><namePart>Faculteit</namePart></name>',
        '<name type="personal"><namePart>Dijk, P. van</namePart><role><roleTerm>ths</roleTerm></role></name>',
    )

    assert work.authors == [
        {"family": "van der Berg", "given": "Anna M."},
        {"family": "'t Hooft", "given": "Bram"},
        {"family": "Jansen", "given": "F.J."},
        {"literal": "Werkgroep Jeugd"},
    ]


@pytest.mark.parametrize("version", ["3.0", "3.3", "3.8"])
def test_every_mods_is_read_alike(version: str) -> None:
    assert mods.crosswalk(record(PURE.replace('version="3.8"', f'version="{version}"'))) == PURE_WORK


def item(kind: str, resource: str, *descriptors: str, formerly: bool = False) -> str:
    said = (
        f"<dip:ObjectType>info:eu-repo/semantics/{kind}</dip:ObjectType>"
        if formerly
        else f'<rdf:type rdf:resource="info:eu-repo/semantics/{kind}"/>'
    )
    stated = "".join(f"<Descriptor><Statement>{text}</Statement></Descriptor>" for text in (said, *descriptors))
    return f"<Item>{stated}<Component>{resource}</Component></Item>"


def didl_of(*items: str, identifier: str = "urn:NBN:nl:ui:99-6c0d") -> bytes:
    declared = (
        'xmlns="urn:mpeg:mpeg21:2002:02-DIDL-NS" xmlns:dii="urn:mpeg:mpeg21:2002:01-DII-NS" xmlns:dip="urn:mpeg:mpeg21:2005:01-DIP-NS"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    )
    own = f"<Descriptor><Statement><dii:Identifier>{identifier}</dii:Identifier></Statement></Descriptor>"
    return record(f"<DIDL {declared}><Item>{own}{''.join(items)}</Item></DIDL>")


def file(name: str) -> str:
    return f'<Resource mimeType="application/pdf" ref=" https://repository.example.org/{name}"/>'


OPEN = "<dcterms:accessRights>http://purl.org/eprint/accessRights/OpenAccess</dcterms:accessRights>"
CLOSED = "<dcterms:accessRights>http://purl.org/eprint/accessRights/ClosedAccess</dcterms:accessRights>"
START = item("humanStartPage", '<Resource mimeType="text/html" ref="https://repository.example.org/1"/>')
ADDRESS = "https://repository.example.org/"


def described(metadata: str) -> str:
    return item("descriptiveMetadata", f"<Resource>{metadata}</Resource>")


def test_a_didl_of_a_pure_is_its_mods_with_the_files() -> None:
    pdf = PURE_WORK.links[0].url
    work = didl.crosswalk(
        didl_of(described(PURE), item("objectFile", f'<Resource mimeType="application/pdf" ref="{pdf}"/>', OPEN), START)
    )

    assert work == Work(
        csl=PURE_WORK.csl,
        identities=("doi:10.5555/moving", "url:urn:nbn:nl:ui:99-6c0d"),
        relations=PURE_WORK.relations,
        links=PURE_WORK.links,
    )


FILES: dict[str, tuple[str, tuple[Link, ...]]] = {
    "open": (item("objectFile", file("a.pdf"), OPEN), (Link(ADDRESS + "a.pdf", "application/pdf"),)),
    "nothing said": (item("objectFile", file("a.pdf")), (Link(ADDRESS + "a.pdf", "application/pdf"),)),
    "closed": (item("objectFile", file("a.pdf"), CLOSED), ()),
    "closedAccess": (
        item("objectFile", file("a.pdf"), "<dcterms:accessRights>closedAccess</dcterms:accessRights>"),
        (),
    ),
    "restricted": (
        item("objectFile", file("a.pdf"), "<dcterms:accessRights>RestrictedAccess</dcterms:accessRights>"),
        (),
    ),
    "closed until a day": (
        item("objectFile", file("a.pdf"), CLOSED, "<dcterms:available>2027-01-01</dcterms:available>"),
        (Link(ADDRESS + "a.pdf", "application/pdf"),),
    ),
    "with a version": (
        item("objectFile", file("a.pdf"), '<rdf:type rdf:resource="info:eu-repo/semantics/acceptedVersion"/>'),
        (Link(ADDRESS + "a.pdf", "application/pdf", "accepted"),),
    ),
    "formerly": (
        item("objectFile", file("a.pdf"), OPEN, formerly=True),
        (Link(ADDRESS + "a.pdf", "application/pdf"),),
    ),
    "two": (
        item("objectFile", file("a b.pdf"), OPEN) + item("objectFile", file("c.pdf"), CLOSED),
        (Link(ADDRESS + "a%20b.pdf", "application/pdf"),),
    ),
    "a picture": (item("objectFile", f'<Resource mimeType="image/png" ref="{ADDRESS}a.png"/>', OPEN), ()),
    "no address": (item("objectFile", '<Resource mimeType="application/pdf" ref="javascript:alert(1)"/>'), ()),
}


@pytest.mark.parametrize(("files", "expected"), FILES.values(), ids=FILES)
def test_the_files_of_a_didl(files: str, expected: tuple[Link, ...]) -> None:
    assert didl.crosswalk(didl_of(described(mods_of(TITLE)), files, START)).links == expected


def test_a_file_the_didl_says_is_closed_is_closed_whatever_its_mods_says() -> None:
    raw = f'<location><url access="raw object">{ADDRESS}a.pdf</url></location>'

    assert (
        didl.crosswalk(didl_of(described(mods_of(TITLE, raw)), item("objectFile", file("a.pdf"), CLOSED))).links == ()
    )


def test_a_didl_without_doi_is_known_by_its_urn_and_shown_by_its_page() -> None:
    work = didl.crosswalk(didl_of(described(mods_of(TITLE)), START))

    assert (work.csl["URL"], work.identities) == (ADDRESS + "1", ("url:urn:nbn:nl:ui:99-6c0d",))


def test_a_didl_with_dublin_core_in_it() -> None:
    core = (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Sociale stijging</dc:title><dc:creator>Berg, Anna van der</dc:creator></oai_dc:dc>"
    )
    work = didl.crosswalk(didl_of(described(core), START, identifier="doi:10.5555/ABC"))

    assert (work.title, work.authors, work.doi, work.identities) == (
        "Sociale stijging",
        [{"family": "van der Berg", "given": "Anna"}],
        "10.5555/abc",
        ("doi:10.5555/abc",),
    )


def cerif_of(name: str, *elements: str) -> bytes:
    return record(
        f'<{name} xmlns="https://www.openaire.eu/cerif-profile/1.2/" id="{name}s/1">{"".join(elements)}</{name}>'
    )


COAR = "http://purl.org/coar/"


def test_a_chapter_of_a_cris() -> None:
    work = cerif.crosswalk(
        cerif_of(
            "Publication",
            f"<Type>{COAR}resource_type/c_3248</Type><Language>nl</Language>",
            "<Title>Sociale stijging</Title><Subtitle>Een register</Subtitle>",
            "<PublishedIn><Publication><Title>Voorbeelden</Title><ISBN>978-0-306-40615-7</ISBN><DOI>10.5555/book</DOI>"
            "<Publishers><Publisher><OrgUnit><Name>Voorbeeldpers</Name></OrgUnit></Publisher></Publishers>"
            "</Publication></PublishedIn>",
            "<PublicationDate>2026</PublicationDate><StartPage>12</StartPage><EndPage>34</EndPage>",
            "<DOI>https://doi.org/10.5555/CHAPTER</DOI><Handle>9999/1</Handle>",
            "<Authors><Author><DisplayName>A. van der Berg</DisplayName><Person><PersonName><FamilyNames>van der Berg</FamilyNames>"
            "<FirstNames>Anna</FirstNames></PersonName><ORCID>https://orcid.org/0000-0002-1825-0097</ORCID></Person><Affiliation><OrgUnit>"
            "<Name>Sociology</Name><PartOf><OrgUnit><Name>University of Example</Name></OrgUnit></PartOf></OrgUnit></Affiliation></Author>"
            "<Author><DisplayName>Hooft, Bram 't</DisplayName></Author>"
            "<Author><OrgUnit><Name>Werkgroep Jeugd</Name></OrgUnit></Author></Authors>",
            "<FileLocations><Medium><Type>http://purl.org/coar/version/c_ab4af688f83e57aa</Type>"
            f"<URI>https://cris.example.org/files/1</URI><MimeType>application/pdf</MimeType></Medium><Medium><URI>{ADDRESS}b.pdf</URI>"
            f"<Access>{COAR}access_right/c_16ec</Access></Medium></FileLocations>",
            f'<Access endDate="2027-01-01">{COAR}access_right/c_f1cf</Access>',
        )
    )

    assert work == Work(
        csl={
            "title": "Sociale stijging: Een register",
            "type": "chapter",
            "author": [
                {
                    "family": "van der Berg",
                    "given": "Anna",
                    "ORCID": "0000-0002-1825-0097",
                    "affiliation": [{"name": "Sociology, University of Example"}],
                },
                {"family": "'t Hooft", "given": "Bram"},
                {"literal": "Werkgroep Jeugd"},
            ],
            "issued": {"date-parts": [[2026]]},
            "language": "nl",
            "container-title": "Voorbeelden",
            "ISBN": "9780306406157",
            "publisher": "Voorbeeldpers",
            "page": "12-34",
            "DOI": "10.5555/chapter",
            "URL": "https://doi.org/10.5555/chapter",
        },
        identities=("doi:10.5555/chapter", "url:https://hdl.handle.net/9999/1"),
        links=(Link("https://cris.example.org/files/1", "application/pdf", "accepted"),),
    )


def test_data_and_access_to_the_metadata_only() -> None:
    medium = f"<FileLocations><Medium><URI>{ADDRESS}a.csv</URI><MimeType>text/csv</MimeType></Medium></FileLocations>"
    dates = '<Dates><Available startDate="2026-02-03"/></Dates>'
    data = cerif.crosswalk(cerif_of("Product", "<Name>A file of households</Name>", dates, medium))
    closed = cerif.crosswalk(
        cerif_of("Product", "<Name>A file</Name>", medium, f"<Access>{COAR}access_right/c_14cb</Access>")
    )

    assert (data.type, str(data.issued), data.links) == (
        "dataset",
        "2026-02-03",
        (Link(ADDRESS + "a.csv", "text/csv"),),
    )
    assert closed.links == ()


NO_WORK = {
    "mods without a title": (
        mods,
        record(mods_of("<titleInfo><title>http://a.example</title></titleInfo>")),
        "no title",
    ),
    "no mods": (mods, record("<dc/>"), "no MODS in the record"),
    "broken": (mods, b"<record><mods>", "broken XML"),
    "an empty didl": (didl, didl_of(START), "neither MODS nor oai_dc in the DIDL"),
    "no didl": (didl, record("<dc/>"), "no DIDL in the record"),
    "a person": (cerif, cerif_of("Person", "<PersonName/>"), "a person, not a publication"),
    "a journal": (
        cerif,
        cerif_of("Publication", f"<Type>{COAR}resource_type/c_0640</Type><Title>Example Studies</Title>"),
        "a journal, not a publication",
    ),
    "no cerif": (cerif, record("<dc/>"), "no CERIF in the record"),
}


@pytest.mark.parametrize(("crosswalk", "raw", "reason"), NO_WORK.values(), ids=NO_WORK)
def test_what_shows_no_work_says_why(crosswalk: Any, raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk.crosswalk(raw)
    assert str(error.value) == reason


WHOLE = [
    (mods, record(PURE)),
    (didl, didl_of(described(PURE), FILES["two"][0], START)),
    (
        cerif,
        cerif_of("Publication", "<Title>Sociale stijging</Title>", "<Authors><Author><Person/></Author></Authors>"),
    ),
]


@given(
    st.sampled_from(WHOLE), st.integers(0, 5000), st.text(alphabet="<>/&\"' abt:0\x00é", max_size=6), st.integers(0, 40)
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_record_is_read_or_refused(pair: tuple[Any, bytes], at: int, put: str, cut: int) -> None:
    crosswalk, raw = pair
    at %= len(raw)
    with contextlib.suppress(UnusableRecord):
        work = crosswalk.crosswalk(raw[:at] + put.encode() + raw[at + cut :])
        assert work.title
