"""Citations as people type them: what comes out, style by style; and that nothing typed can crash or hang the reading."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.accuracy_citations import measured
from pubtrack.discovery.cited import cites, fits
from pubtrack.discovery.crosswalks import landing, typed
from pubtrack.discovery.crosswalks.citation import parsed
from pubtrack.errors import UnusableRecord
from pubtrack.models import Work

ARTICLE = {
    "type": "article-journal",
    "container-title": "Journal of Examples",
    "volume": "12",
    "issue": "3",
    "page": "45-67",
}
TITLE = "Debt and health: A register study"
TWO = "Jansen, C.; van der Berg, A."


def told(text: str) -> tuple[str, str, str] | None:
    """Authors, title and year, in short."""
    csl = parsed(text)
    if csl is None:
        return None
    people = "; ".join(
        name.get("literal") or ", ".join(filter(None, (name["family"], name.get("given"))))
        for name in csl.get("author", [])
    )
    parts = csl.get("issued", {}).get("date-parts", [[]])[0]
    return people, csl["title"], "-".join(str(part) for part in parts)


@pytest.mark.parametrize(
    ("style", "text", "authors"),
    [
        ("APA", f"Jansen, C., & van der Berg, A. (2024). {TITLE}. Journal of Examples, 12(3), 45–67.", TWO),
        ("APA with a link", f"Jansen, C., & van der Berg, A. (2024). {TITLE}. Journal of Examples, 12(3),"
         " 45-67. https://doi.org/10.5555/joe.12.45", TWO),
        ("Harvard", f"Jansen, C. and van der Berg, A. (2024) '{TITLE}', Journal of Examples, 12(3), pp. 45-67.", TWO),
        ("Harvard without brackets", f"Jansen, C., van der Berg, A., 2024. {TITLE}. Journal of Examples 12 (3), 45–67.", TWO),
        ("Chicago", f"Jansen, Carla, and Anna van der Berg. 2024. “{TITLE}.” Journal of Examples 12 (3): 45–67.",
         "Jansen, Carla; van der Berg, Anna"),
        ("MLA", f'Jansen, Carla, and Anna van der Berg. "{TITLE}." Journal of Examples, vol. 12, no. 3, 2024, pp. 45-67.',
         "Jansen, Carla; van der Berg, Anna"),
        ("Vancouver", f"Jansen C, van der Berg A. {TITLE}. Journal of Examples. 2024;12(3):45-67.",
         "Jansen, C; van der Berg, A"),
        ("IEEE", f'C. Jansen and A. van der Berg, "{TITLE}," Journal of Examples, vol. 12, no. 3, pp. 45-67, Mar. 2024.', TWO),
        ("Dutch", f"Jansen, C. & A. van der Berg (2024), {TITLE}, Journal of Examples, 12(3), 45-67.", TWO),
        ("German", f"Jansen, C.; van der Berg, A. (2024): {TITLE}. In: Journal of Examples 12 (3), S. 45-67.", TWO),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 25 else "",
)  # fmt: skip
def test_an_article_in_every_style(style: str, text: str, authors: str) -> None:
    csl = parsed(text)

    assert told(text) == (authors, TITLE, "2024")
    assert csl is not None
    assert {name: csl.get(name) for name in ARTICLE} == ARTICLE


@pytest.mark.parametrize(
    ("text", "expected", "more"),
    [
        ("Jansen, C. (2024). Debt and health. Journal of Examples.", ("Jansen, C.", "Debt and health", "2024"),
         {"type": "document", "container-title": "Journal of Examples"}),
        ("Jansen, C. (2024, March 5). Is debt bad for health? Journal of Examples, 12, Article 45.",
         ("Jansen, C.", "Is debt bad for health?", "2024-3-5"), {"type": "article-journal", "page": "45"}),
        ("Jansen, C. (in press). Debt and health. Journal of Examples.", ("Jansen, C.", "Debt and health", ""), {}),
        ("Jansen C, et al. Debt and health in the north: a cohort. J Ex 2024 Mar 5;12:45-67.",
         ("Jansen, C", "Debt and health in the north: a cohort", "2024"), {"container-title": "J Ex", "volume": "12"}),
        ("Jansen, C. (2024). Debt and health (proefschrift). Universiteit van Voorbeeld.",
         ("Jansen, C.", "Debt and health", "2024"), {"type": "thesis", "publisher": "Universiteit van Voorbeeld"}),
        ("Jansen, C. (2024). Debt and health [Doctoral dissertation, University of Example].",
         ("Jansen, C.", "Debt and health", "2024"), {"type": "thesis", "publisher": "University of Example"}),
        ("Jansen, C. (2024). Debt and health. In B. 't Hooft (Ed.), Handbook of Examples (pp. 12-30). Example Press.",
         ("Jansen, C.", "Debt and health", "2024"), {"type": "chapter", "container-title": "Handbook of Examples"}),
        ("Bureau voor Voorbeelden. (2024). Schulden in het noorden. Voorbeeldstad: BvV.",
         ("Bureau voor Voorbeelden", "Schulden in het noorden", "2024"), {"publisher": "Voorbeeldstad: BvV"}),
        ("'t Hooft, B., & van der Berg, A. (2023a). Moving in vs. moving out. Annals of Moving, 48(12), 1-30.",
         ("'t Hooft, B.; van der Berg, A.", "Moving in vs. moving out", "2023"), {"volume": "48"}),
        ("Jansen (2024). Debt and health. Journal of Examples.", ("Jansen", "Debt and health", "2024"), {}),
        ("<b>Jansen</b>, C. (2024). Debt &amp; health. Journal of Examples.", ("Jansen, C.", "Debt & health", "2024"), {}),
    ],
)  # fmt: skip
def test_what_else_people_type(text: str, expected: tuple[str, str, str], more: dict[str, str]) -> None:
    csl = parsed(text)

    assert told(text) == expected
    assert csl is not None
    assert {name: csl.get(name) for name in more} == more


@pytest.mark.parametrize(
    "text",
    ["our paper on debt", "Jansen, 2024", "https://example.org/12", "10.5555/12345678", "(2024). x", "?", "2024"],
)
def test_what_shows_no_title_gives_nothing(text: str) -> None:
    assert parsed(text) is None


def made(text: str, **more: object) -> Work:
    csl = parsed(text)
    assert csl is not None
    return Work(csl=csl | more)


KNOWN = made(
    "Jansen, C., & van der Berg, A. (2024). Debt and health: A register study. Journal of Examples, 12(3), 45–67."
)


@pytest.mark.parametrize(
    "text",
    [
        "Jansen, C., & van der Berg, A. (2024). Debt and health: A register study. Journal of Examples, 12(3), 45–67.",
        "Jansen C, van der Berg A. Debt and Health: A Register Study. J Ex. 2023;12(3):45-67.",
        "Jansen, C. (2024). Debt and health: a register-study. Journal of Examples.",
    ],
)
def test_the_same_work_is_recognised(text: str) -> None:
    assert fits(made(text), KNOWN)


def test_a_subtitle_may_be_missing_only_where_the_title_is_long() -> None:
    short = made("Jansen, C., & van der Berg, A. (2024). Debt and health. Journal of Examples, 12(3), 45–67.")
    long = made("Jansen, C. (2024). Household debt and the health of its members: A study. Journal of Examples, 12(3).")
    main = made("Jansen, C. (2024). Household debt and the health of its members. Journal of Examples, 12(3).")

    assert not fits(short, KNOWN)
    assert fits(main, long)


def test_a_doi_in_a_citation_is_believed_if_it_can_be_what_is_cited() -> None:
    assert cites("Jansen (2024), Debt, health and registers. 10.5555/x", KNOWN)
    assert not cites("Pieters, A. (2023). Moving house in later life. 10.5555/x", KNOWN)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Jansen, C. (2024). Debt and illness. Measurements in the north. Annals of Examples, 12(3), 45-67.",
         "Debt and illness. Measurements in the north"),
        ("Jansen C. Does debt make ill? Measurements in the north. J. Ex. Health. 2024;12(3):45-67.",
         "Does debt make ill? Measurements in the north"),
        ("Jansen, C. (2024). Debt and illness. J. Ex. Health, 12(3), 45-67.", "Debt and illness"),
        ("Jansen, C. (2024), Debt, illness, and moving house, Annals of Examples, 12(3), 45-67.", "Debt, illness, and moving house"),
        ("Jansen, C. (2024) 'The 'good' debt: a study of people's money', Annals of Examples, 12(3), pp. 45-67.",
         "The 'good' debt: a study of people's money"),
        ("Jansen, C. (2024) 'Debt', Annals of Examples, 12(3), pp. 45-67.", "Debt"),
    ],
)  # fmt: skip
def test_where_the_title_ends(text: str, title: str) -> None:
    csl = parsed(text)

    assert csl is not None
    assert (csl["title"], csl["volume"], csl["type"]) == (title, "12", "article-journal")


@pytest.mark.shared
def test_no_real_citation_is_taken_for_another_work(shared: Path) -> None:
    """Articles of Crossref, cited in seven styles and held against all works of their first authors."""
    counts, wrong = measured(shared / "crossref" / "works.jsonl.gz", 150)

    assert wrong == []
    assert all(told["recognised"] / told["all"] > 0.8 for told in counts.values())


TYPES = st.sampled_from(["doi", "url", "citation", None])
PIECES = st.sampled_from(
    ["Jansen, C.", " (2024)", ". ", "Debt and health", "“", "”", "'", '"', ", ", "12(3)", ": ", "45-67", "In ", "et al.", "&", ";", "2024",
     "https://example.org/10.5555/x", "10.5555/", "(", ")", "[", " and ", "A ", "é", "\u202e", "\x00", "vol. ", "pp. ", "PhD thesis"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join)), TYPES)
@example("A" * 2000, None)
@example("Jansen, C. " * 180, "citation")
@example("“a " * 600, "citation")
@example("(2024" * 400, "citation")
@example("A, " * 660, "citation")
@example("a.b " * 500 + "2024. x", "citation")
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_a_work_or_a_reason_and_soon(text: str, kind: str | None) -> None:
    began = time.process_time()
    try:
        kind, clean = typed.understood(text, kind)
        work = typed.crosswalk(json.dumps({"kind": kind, "text": clean}).encode())
    except (ValueError, UnusableRecord):
        pass  # with a sentence, and nothing else
    else:
        assert work.title
        assert all(author.keys() & {"family", "literal"} for author in work.authors)
    assert time.process_time() - began < 1


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@example(b"<meta name='citation_doi' content='10.5555/1'><meta name='citation_doi' content='10.5555/2'>")
@example(b"<" * 5000)
@settings(max_examples=150, deadline=None)
def test_no_page_crashes_the_reading(page: bytes) -> None:
    csl = landing.read(page)

    assert csl is None or csl.get("DOI") or csl.get("title")


@pytest.mark.parametrize(
    ("url", "dois"),
    [
        ("https://journals.example.org/doi/full/10.5555/joe.12.45?role=tab", ["10.5555/joe.12.45", "10.5555/joe.12.45"]),
        ("https://link.example.org/article/10.5555/s00148-3.pdf", ["10.5555/s00148-3", "10.5555/s00148-3.pdf"]),
        ("https://www.medrxiv.org/content/10.5555/2024.01.02.1v2.full", ["10.5555/2024.01.02.1", "10.5555/2024.01.02.1v2.full"]),
        ("https://arxiv.org/pdf/2401.01234v2", ["10.48550/arxiv.2401.01234"]),
        ("https://example.org/article?doi=10.5555%2Fpone.0012345&type=x", ["10.5555/pone.0012345"]),
        ("https://example.org/news/2024/10", []),
    ],
)  # fmt: skip
def test_dois_in_addresses(url: str, dois: list[str]) -> None:
    assert typed.dois(url)[:1] == dois[:1]
    assert set(typed.dois(url)) >= set(dois[1:]) - {dois[0]} if dois else typed.dois(url) == []


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/", "pmid:12345678"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC123456/", "pmcid:PMC123456"),
        ("https://hdl.handle.net/11370/ABC-1", "url:https://hdl.handle.net/11370/abc-1"),
    ],
)
def test_identities_in_addresses(url: str, identity: str) -> None:
    assert typed.identities(url) == [identity]
