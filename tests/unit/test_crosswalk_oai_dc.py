"""oai_dc records, quirk by quirk. The people are fictional."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.fields import inverted
from pubtrack.discovery.crosswalks.oai_dc import crosswalk
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

NAMESPACES = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def record(*elements: tuple[str, str], attributes: str = "") -> bytes:
    body = "".join(f"<dc:{name}>{text}</dc:{name}>" for name, text in elements)
    return (
        f'<record xmlns="http://www.openarchives.org/OAI/2.0/"><header><identifier>oai:example.org:1</identifier></header>'
        f"<metadata><oai_dc:dc {NAMESPACES}{attributes}>{body}</oai_dc:dc></metadata></record>"
    ).encode()


def walked(*elements: tuple[str, str], title: str = "Sociale stijging") -> Work:
    return crosswalk(record(("title", title), *elements))


def test_a_thesis_of_a_dutch_repository() -> None:
    work = crosswalk(
        record(
            ("title", "Lenen om te leren &amp; &lt;i&gt;wonen&lt;/i&gt;"),
            ("title", "Borrowing to learn"),
            ("creator", "Berg, Anna van der"),
            ("creator", "Werkgroep Jeugd in Voorbeeld"),
            ("contributor", "Dijk, P. van"),
            ("description", "Kort."),
            ("description", "&lt;p&gt;Een proefschrift over &lt;b&gt;lenen&lt;/b&gt;.&lt;/p&gt;"),
            ("publisher", "Universiteit van Voorbeeld"),
            ("date", "2026-04-24T06:30:00Z"),
            ("date", "2026-04-23"),
            ("date", "info:eu-repo/date/embargoEnd/2025-01-01"),
            ("type", "info:eu-repo/semantics/doctoralThesis"),
            ("type", "info:eu-repo/semantics/publishedVersion"),
            ("language", "nld"),
            ("identifier", "http://hdl.handle.net/9999/ABC"),
            ("identifier", "urn:nbn:nl:ui:99-ABC"),
            ("identifier", "978-0-306-40615-7"),
            ("identifier", "https://repository.example.org/files/thesis.PDF"),
        )
    )

    assert work == Work(
        csl={
            "title": "Lenen om te leren & wonen",
            "type": "thesis",
            "author": [{"family": "van der Berg", "given": "Anna"}, {"literal": "Werkgroep Jeugd in Voorbeeld"}],
            "issued": {"date-parts": [[2026, 4, 23]]},
            "publisher": "Universiteit van Voorbeeld",
            "language": "nl",
            "abstract": "Een proefschrift over lenen.",
            "ISBN": "9780306406157",
            "URL": "https://hdl.handle.net/9999/abc",
        },
        identities=("url:https://hdl.handle.net/9999/abc", "url:urn:nbn:nl:ui:99-abc", "isbn:9780306406157"),
        links=(Link("https://repository.example.org/files/thesis.PDF", "application/pdf", "published"),),
    )


DOIS: dict[str, tuple[list[tuple[str, str]], str | None]] = {
    "bare": ([("identifier", "10.5555/ABC")], "10.5555/abc"),
    "link": ([("identifier", "https://doi.org/10.5555/abc")], "10.5555/abc"),
    "the first": ([("identifier", "doi:10.5555/abc"), ("identifier", "doi:10.5555/other")], "10.5555/abc"),
    "info": ([("identifier", "info:doi/10.5555/abc")], "10.5555/abc"),
    "alternative identifier": (
        [("relation", "info:eu-repo/semantics/altIdentifier/doi/doi.org/10.5555/abc")],
        "10.5555/abc",
    ),
    "a related work is another": ([("relation", "https://doi.org/10.5555/other")], None),
    "a data set is another": ([("relation", "info:eu-repo/semantics/dataset/doi/10.5555/data")], None),
    "the source may be anything": ([("source", "https://doi.org/10.5555/journal")], None),
    "its own citation": (
        [("source", "Berg, A. (2026). Sociale stijging. Example Studies 5. https://doi.org/10.5555/abc.")],
        "10.5555/abc",
    ),
    "a citation of another": ([("source", "Berg, A. (2026). Daling. https://doi.org/10.5555/abc")], None),
    "two in one citation": (
        [("identifier", "Sociale stijging, doi:10.5555/abc, comment on doi:10.5555/other")],
        None,
    ),
}


@pytest.mark.parametrize(("elements", "expected"), DOIS.values(), ids=DOIS)
def test_the_records_own_doi(elements: list[tuple[str, str]], expected: str | None) -> None:
    assert walked(*elements).doi == expected


def test_only_a_version_is_a_relation() -> None:
    work = walked(
        ("relation", "isVersionOf: https://doi.org/10.5555/V1"),
        ("relation", "https://doi.org/10.5555/other"),
        ("relation", "ERS;ERS-2003-033-LIS"),
    )

    assert work.relations == (Relation("is_version_of", "doi:10.5555/v1"),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Berg, Anna van der", {"family": "van der Berg", "given": "Anna"}),
        ("van der Berg, Anna", {"family": "van der Berg", "given": "Anna"}),
        ("Berg van der, A.", {"family": "van der Berg", "given": "A."}),
        ("Hooft, Bram 't", {"family": "'t Hooft", "given": "Bram"}),
        ("Veld, P. in 't", {"family": "in 't Veld", "given": "P."}),
        ("Jong, G. de", {"family": "de Jong", "given": "G."}),
        ("Doorne-Huiskes, A. van", {"family": "van Doorne-Huiskes", "given": "A."}),
        ("Vries-Bakker, Maarten de, Jr", {"family": "de Vries-Bakker", "given": "Maarten", "suffix": "Jr"}),
        ("Kim, Soo In", {"family": "Kim", "given": "Soo In"}),
        ("Anna van der Berg", {"family": "van der Berg", "given": "Anna"}),
        ("Anna Maria Jansen", {"family": "Jansen", "given": "Anna Maria"}),
        ("Piet in 't Veld", {"family": "in 't Veld", "given": "Piet"}),
        ("van der Berg", {"family": "van der Berg"}),
        ("Seecr", {"literal": "Seecr"}),
        ("Universiteit van Voorbeeld, Faculteit", {"literal": "Universiteit van Voorbeeld, Faculteit"}),
        ("Example Data Group", {"literal": "Example Data Group"}),
        ("Example, Example", {"literal": "Example"}),
        ("Jansen,", {"literal": "Jansen"}),
        ("", None),
        ("NA", None),
    ],
)
def test_names_as_catalogues_write_them(name: str, expected: Any) -> None:
    assert inverted(name) == expected


TYPES = {
    "info:eu-repo/semantics/article": "article-journal",
    "http://purl.org/coar/resource_type/c_db06": "thesis",
    "Working Paper": "report",
    "Preprint": "article",
    "doc-type:article": "article-journal",
    "Boek": "book",
    "info:eu-repo/semantics/bookPart": "chapter",
    "text": "document",
    "info:eu-repo/semantics/other": "document",
    "http://purl.org/coar/resource_type/c_0000": "document",
}


@pytest.mark.parametrize(("text", "expected"), TYPES.items())
def test_types(text: str, expected: str) -> None:
    assert walked(("type", text)).type == expected


def test_the_type_that_says_most_counts() -> None:
    assert (
        walked(("type", "text"), ("type", "info:eu-repo/semantics/other"), ("type", "Article")).type
        == "article-journal"
    )


def test_a_date_with_a_time_of_day_is_the_repositorys_and_counts_only_alone() -> None:
    assert walked(("date", "2003-04-15T15:53:12Z"), ("date", "2001")).csl["issued"] == {"date-parts": [[2001]]}
    assert walked(("date", "2011-03-26 19:16:19")).csl["issued"] == {"date-parts": [[2011, 3, 26]]}


def test_files_behind_their_media_type_and_none_where_access_is_closed() -> None:
    elements = [
        ("format", "application/pdf https://repository.example.org/1/A paper.pdf"),
        ("format", "image/jpeg https://repository.example.org/1/cover.jpg"),
        ("format", "151500"),
        ("identifier", "javascript:alert(1).pdf"),
        ("identifier", "https://repository.example.org/1"),
    ]

    assert walked(*elements).links == (Link("https://repository.example.org/1/A%20paper.pdf", "application/pdf", None),)
    assert walked(*elements, ("rights", "info:eu-repo/semantics/closedAccess")).links == ()


def test_a_journal_article_as_zenodo_places_it() -> None:
    work = walked(
        ("type", "info:eu-repo/semantics/article"), ("source", "Journal of Examples, 5(11), 69 - 79, (2025-11-27)")
    )

    assert {name: work.csl[name] for name in ("container-title", "volume", "issue", "page")} == {
        "container-title": "Journal of Examples",
        "volume": "5",
        "issue": "11",
        "page": "69-79",
    }


def test_the_first_title_that_can_be_one() -> None:
    assert walked(("title", "Borrowing"), title="https://repository.example.org/1").title == "Borrowing"


def test_a_record_cut_out_of_its_answer_is_read() -> None:
    """Prefixes declared outside of the record are known ones."""
    raw = (
        b'<record><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        b' xsi:schemaLocation="a b"><dc:title>R&D &nbsp;in\x0b registers</dc:title></oai_dc:dc></metadata></record>'
    )

    assert crosswalk(raw).title == "R&D in registers"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "broken XML"),
        (b"<record><metadata>", "broken XML"),
        (b"<record><metadata><mods/></metadata></record>", "no oai_dc in the record"),
        (record(("creator", "Jansen, Carla")), "no title"),
        (record(("title", "Untitled")), "no title"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]>' + record(("title", "&a;")), "broken XML"),
    ],
)
def test_what_cannot_be_used_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        crosswalk(raw)

    assert str(error.value) == reason


NAMES = "title creator date type language description publisher identifier relation source format rights"
ELEMENT = st.sampled_from(NAMES.split())


@given(st.lists(st.tuples(ELEMENT, st.text("<>&;/:.,- 10aéÃ'\"x\x0b", max_size=20)), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_record_is_a_work_or_is_named(elements: list[tuple[str, str]]) -> None:
    try:
        work = crosswalk(record(("title", "Stijging"), *elements))
    except UnusableRecord:
        return
    assert work.title


@given(st.integers(0, 600), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_byte_does_no_harm(at: int, byte: int) -> None:
    raw = bytearray(record(("title", "Sociale stijging"), ("creator", "Berg, Anna van der"), ("date", "2026-04-23")))
    raw[at % len(raw)] = byte
    with contextlib.suppress(UnusableRecord):
        assert crosswalk(bytes(raw)).title
