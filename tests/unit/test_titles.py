"""Whether title, authors and year make two records one work: rather not at all than wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from pubtrack.discovery.titles import agree, key
from pubtrack.models import Work

TITLE = "Social mobility of second-generation households"


def work(title: str = TITLE, year: int | None = 2024, kind: str = "article-journal", **csl: Any) -> Work:
    named = csl.pop("identities", ())
    author = [{"family": "van der Berg", "given": "Anna"}, {"family": "'t Hooft", "given": "B.C."}]
    made = {"title": title, "type": kind, "author": author} | csl
    return Work(made | ({"issued": {"date-parts": [[year]]}} if year else {}), identities=tuple(named))


def one_work(first: Work, second: Work) -> bool:
    asked = key(first) is not None and key(first) == key(second) and agree(first, second)
    assert asked == (key(second) is not None and key(first) == key(second) and agree(second, first))
    return asked


SAME = {
    "capitals and marks": work("SOCIAL MOBILITY OF SECOND–GENERATION HOUSEHOLDS."),
    "a year apart": work(year=2025),
    "a name without its prefix, in initials": work(author=[{"family": "Berg", "given": "A."}]),
    "more authors": work(
        author=[
            {"family": "Berg", "given": "Anna"},
            {"family": "Hooft", "given": "B"},
            {"family": "Jansen", "given": "C"},
        ]
    ),
    "a journal's short name": work(**{"container-title": "J Soc Mobil"}),
    "a preprint of three years before": work(year=2021, kind="article"),
    "a preprint says nothing of pages": work(kind="manuscript", page="1-40"),
    "pages to another end": work(page="12-19"),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_records_that_agree_are_one_work(other: Work) -> None:
    assert one_work(work(DOI="10.5555/a", page="12-20", **{"container-title": "Journal of Social Mobility"}), other)


NOT_SAME = {
    "another title": work("Social mobility of first-generation households"),
    "part of the title": work("Social mobility of second-generation households in towns"),
    "two years apart": work(year=2026),
    "no year": work(year=None),
    "a preprint of four years before": work(year=2020, kind="article"),
    "a preprint long after": work(year=2026, kind="article"),
    "another first author": work(author=[{"family": "'t Hooft", "given": "B.C."}, {"family": "Berg", "given": "A"}]),
    "other initials": work(author=[{"family": "van der Berg", "given": "C."}]),
    "no given name": work(author=[{"family": "van der Berg"}]),
    "no author in common but the first": work(
        author=[{"family": "Berg", "given": "A"}, {"family": "Jansen", "given": "C"}]
    ),
    "no authors": work(author=[]),
    "an organisation": work(author=[{"literal": "Statistics Exampleland"}]),
    "another DOI": work(DOI="10.5555/b"),
    "a thesis": work(kind="thesis"),
    "a report": work(kind="report"),
    "a chapter": work(kind="chapter"),
    "a conference paper": work(kind="paper-conference"),
    "data": work(kind="dataset"),
    "of unknown type": work(kind="document"),
    "another journal": work(**{"container-title": "Towns and Households"}),
    "another volume": work(volume="13"),
    "other pages": work(page="112-120"),
    "the abstract of a congress": work(page="S12"),
    "in a supplement": work(issue="Suppl 2"),
    "another PubMed id": work(identities=["pmid:2"]),
}
ARTICLE = work(
    DOI="10.5555/a",
    page="12-20",
    volume="12",
    identities=["pmid:1"],
    **{"container-title": "Journal of Social Mobility"},
)


@pytest.mark.parametrize("other", NOT_SAME.values(), ids=NOT_SAME)
def test_records_that_may_differ_are_two(other: Work) -> None:
    assert not one_work(ARTICLE, other)


@pytest.mark.parametrize("kind", ["book", "chapter", "report", "thesis", "paper-conference"])
def test_what_is_no_article_is_the_same_only_in_one_year(kind: str) -> None:
    assert one_work(work(kind=kind), work(kind=kind, DOI="10.5555/a"))
    assert not one_work(work(kind=kind), work(kind=kind, year=2025))
    assert not one_work(work(kind=kind, identities=["isbn:1"]), work(kind=kind, identities=["isbn:2"]))


GENERIC = [
    "Editorial",
    "Introduction to the special issue on registers",
    "Inleiding bij het themanummer over armoede",
    "Book review: Registers and what they hide from us",
    "Reply to Jansen and 't Hooft on second generations",
    "Correction to: Social mobility of second-generation households",
    "RETRACTED: Social mobility of second-generation households",
    "Replication data for: Social mobility of second-generation households",
    "Social mobility of households: replication package",
    "Abstracts of the 12th congress on social mobility",
    "P123 Social mobility of second-generation households",
    "Annual report of the institute for social mobility",
    "Part 2: Social mobility of second-generation households",
    "Comment on social mobility of second-generation households",
    "Author's response to social mobility of households",
    "Social mobility",
    "Income, wealth and us",
]


@pytest.mark.parametrize("title", GENERIC)
def test_a_short_or_generic_title_joins_nothing(title: str) -> None:
    assert key(work(title)) is None


@pytest.mark.parametrize(
    "title",
    ["Partnership and the labour market", "Poverty in the low-lying provinces", "Reviewing registers of the poor"],
)
def test_a_word_that_only_begins_alike_is_not_generic(title: str) -> None:
    assert key(work(title)) is not None


def test_an_abstract_that_has_the_type_of_a_preprint_joins_nothing() -> None:
    assert key(work(kind="article", DOI="10.5194/egusphere-egu24-1")) is None
