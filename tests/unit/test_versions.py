"""Which records are one work: by DOI and by what they say of each other, never on a guess, whoever came first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.versions import Group, Seen, compose, groups, noticed
from pubtrack.models import Link, Relation, Work


def seen(
    id: int,
    doi: str | None = None,
    kind: str = "article-journal",
    *says: tuple[str, str],
    format_: str = "crossref",
    title: str = "Social mobility",
    names: tuple[str, ...] = (),
    **csl: object,
) -> Seen:
    """A sighting: `says` is what it says of other DOIs, `names` are identities beside its DOI."""
    work = Work(
        csl={"title": title, "type": kind} | ({"DOI": doi} if doi else {}) | csl,
        identities=(*([f"doi:{doi}"] if doi else []), *names),
        relations=tuple(Relation(what, f"doi:{target}") for what, target in says),
    )
    return Seen(id, "source", f"id{id}", format_, work)


def ids(found: list[Group]) -> list[list[int]]:
    return [[one.id for one in group.seen] for group in found]


ARTICLE = seen(1, "10.5555/a", "article-journal", ("has_preprint", "10.5555/p"))
PREPRINT = seen(2, "10.5555/p", "article", ("is_preprint_of", "10.5555/a"))
REPOSITORY = seen(3, "10.5555/a", "article-journal", format_="oai_dc")


def test_article_repository_copy_and_preprint_are_one_work_and_the_article_gives_the_reference() -> None:
    found = groups([PREPRINT, REPOSITORY, ARTICLE])

    assert ids(found) == [[1, 3, 2]]
    assert found[0].joined_by == {3: "doi", 2: "is_preprint_of 10.5555/a"}


def test_one_side_saying_so_is_enough() -> None:
    silent = seen(2, "10.5555/p", "article")

    found = groups([silent, ARTICLE])

    assert ids(found) == [[1, 2]]
    assert found[0].joined_by == {2: "10.5555/a has_preprint 10.5555/p"}


def test_two_preprints_of_an_article_that_is_not_there_yet_are_one_work_the_newest_first() -> None:
    older = seen(1, "10.5555/p1", "article", ("is_preprint_of", "10.5555/a"), issued={"date-parts": [[2024]]})
    newer = seen(2, "10.5555/p2", "article", ("is_preprint_of", "10.5555/a"), issued={"date-parts": [[2025]]})

    assert ids(groups([older, newer])) == [[2, 1]]


def test_a_preprint_of_two_articles_belongs_to_neither() -> None:
    both = seen(3, "10.5555/p", "article", ("is_preprint_of", "10.5555/a"), ("is_preprint_of", "10.5555/b"))

    assert ids(groups([seen(1, "10.5555/a"), seen(2, "10.5555/b"), both])) == [[1], [2], [3]]


def test_two_publications_with_dois_are_never_one_work() -> None:
    version = seen(2, "10.5555/b", "article-journal", ("is_version_of", "10.5555/a"), names=("isbn:9780306406157",))

    assert ids(groups([seen(1, "10.5555/a", names=("isbn:9780306406157",)), version])) == [[1], [2]]


def test_versions_of_a_preprint_are_one_work() -> None:
    versions = [
        seen(1, "10.5555/p/v1", "article", issued={"date-parts": [[2024, 1]]}),
        seen(2, "10.5555/p/v2", "article", ("is_version_of", "10.5555/p/v1"), issued={"date-parts": [[2024, 6]]}),
    ]

    assert ids(groups(versions)) == [[2, 1]]


def test_a_handle_joins_and_an_isbn_only_with_the_title() -> None:
    thesis = seen(1, None, "thesis", format_="oai_dc", names=("url:https://hdl.handle.net/1/2", "isbn:9780306406157"))
    again = seen(2, None, "thesis", format_="oai_dc", names=("url:https://hdl.handle.net/1/2",), title="Another title")
    book = seen(3, "10.5555/b", "book", names=("isbn:9780306406157",))
    volume = seen(4, None, "book", format_="ris", names=("isbn:9780306406157",), title="Volume 2")

    found = groups([thesis, again, book, volume])

    assert ids(found) == [[3, 1, 2], [4]]
    assert found[0].joined_by == dict.fromkeys((1, 2), "url:https://hdl.handle.net/1/2")


def test_the_same_title_and_authors_are_not_enough() -> None:
    assert ids(groups([seen(1, "10.5555/a"), seen(2, format_="bibtex"), seen(3, format_="ris")])) == [[1], [2], [3]]


def like(id: int, year: int = 2024, kind: str = "article-journal", doi: str | None = None, **csl: object) -> Seen:
    """A sighting that has a title and its authors in common with others."""
    author = [{"family": "Berg", "given": "Anna"}, {"family": "Jansen", "given": "C."}]
    issued = {"date-parts": [[year]]}
    format_ = str(csl.pop("format_", "ris"))
    return seen(
        id, doi, kind, title="Social mobility of the poor", author=author, issued=issued, format_=format_, **csl
    )  # type: ignore[arg-type]


def test_title_authors_and_year_join_and_say_so() -> None:
    found = groups([like(1, doi="10.5555/a"), like(2), like(3, 2022, "manuscript"), like(4, kind="thesis")])

    assert ids(found) == [[1, 2, 3], [4]]
    assert found[0].joined_by == dict.fromkeys((2, 3), "title, authors and year of 10.5555/a")


def test_a_record_that_is_like_two_publications_joins_neither() -> None:
    assert ids(groups([like(1, doi="10.5555/a"), like(2, doi="10.5555/b"), like(3)])) == [[1], [2], [3]]


def test_likeness_is_not_handed_on() -> None:
    """Two of three may be one, but the first and the last are not: nobody can tell whose the one between is."""
    assert ids(groups([like(1, page="1-9"), like(2), like(3, page="11-19")])) == [[1], [2], [3]]
    assert ids(groups([like(1, 2023), like(2, 2024), like(3, 2025)])) == [[1], [2], [3]]


def test_what_records_say_of_each_other_goes_before_likeness() -> None:
    preprint = seen(3, "10.5555/p", "article", ("is_preprint_of", "10.5555/b"))
    alike = replace(preprint, work=replace(preprint.work, csl=like(3, kind="article", doi="10.5555/p").work.csl))

    assert ids(groups([like(1, doi="10.5555/a"), seen(2, "10.5555/b"), alike])) == [[2, 3], [1]]


def test_two_records_of_one_repository_are_two_works_however_alike() -> None:
    assert ids(groups([like(1, format_="oai_dc"), like(2, format_="oai_dc")])) == [[1], [2]]
    assert ids(groups([like(1, format_="oai_dc"), like(2, format_="ris")])) == [[2, 1]]


def test_a_doi_that_title_and_authors_contradict_is_not_believed() -> None:
    """`10.5555/(ex` is a DOI cut off, and two works were reported under it. Another title by the same author may be a translation."""
    names = [[{"family": "van der Berg"}], [{"family": "Jansen"}], [{"family": "Berg"}]]
    titles = ["Seasonal water demand", "Bikes and their stations", "Waterverbruik per seizoen"]
    found = groups(
        [
            seen(at, "10.5555/(ex", title=title, author=author)
            for at, (title, author) in enumerate(zip(titles, names, strict=True), start=1)
        ]
    )

    assert ids(found) == [[1, 3], [2]]
    assert [(compose(group).doi, compose(group).identities) for group in found] == [
        ("10.5555/(ex", ("doi:10.5555/(ex",)),
        (None, ()),
    ]


def test_the_reference_is_one_records_own_with_an_abstract_if_it_lacks_one() -> None:
    copy = Seen(
        3,
        "repository",
        "oai:example.org:1",
        "oai_dc",
        Work(
            csl={
                "title": "SOCIAL MOBILITY",
                "type": "article-journal",
                "DOI": "10.5555/a",
                "abstract": "We.",
                "volume": "9",
            },
            identities=("doi:10.5555/a",),
            links=(Link("https://example.org/a.pdf"),),
        ),
    )

    work = compose(groups([copy, ARTICLE])[0])

    assert work.csl == {"title": "Social mobility", "type": "article-journal", "DOI": "10.5555/a", "abstract": "We."}
    assert work.identities == ("doi:10.5555/a", "oai:example.org:1")
    assert work.links == (Link("https://example.org/a.pdf"),)


def test_a_title_in_capitals_is_written_as_another_record_writes_it() -> None:
    shouting = seen(1, "10.5555/a", title="GABA AND THE SOCIAL MOBILITY OF MICE")
    copy = seen(2, "10.5555/a", format_="oai_dc", title="GABA and the Social Mobility of Mice")
    other = seen(3, "10.5555/a", format_="oai_dc", title="GABA and mice")

    assert compose(groups([shouting, copy, other])[0]).title == "GABA and the Social Mobility of Mice"
    assert compose(groups([shouting, other])[0]).title == "GABA AND THE SOCIAL MOBILITY OF MICE"


def test_notices_mark_the_work_and_the_withdrawal_of_a_preprint_does_not() -> None:
    withdrawn = Seen(2, "s", "2", "crossref", Work(PREPRINT.work.csl, PREPRINT.work.identities, retracted=True))
    group = groups([ARTICLE, withdrawn])[0]

    assert noticed(group) == ["doi:10.5555/a"]
    assert (compose(group).retracted, compose(group, {"retracts"}).retracted) == (False, True)
    assert (compose(group).corrected, compose(group, {"corrects"}).corrected) == (False, True)


DOIS = st.sampled_from(["10.5555/a", "10.5555/b", "10.5555/c", "10.5555/d"])
SAYS = st.tuples(st.sampled_from(["is_preprint_of", "has_preprint", "is_version_of", "corrects"]), DOIS)


@st.composite
def records(draw: st.DrawFn) -> list[Seen]:
    made = []
    for id_ in range(draw(st.integers(1, 7))):
        made.append(
            seen(
                id_,
                draw(st.none() | DOIS),
                draw(st.sampled_from(["article-journal", "article", "thesis", "report"])),
                *draw(st.lists(SAYS, max_size=2)),
                format_=draw(st.sampled_from(["crossref", "oai_dc", "bibtex"])),
                names=tuple(draw(st.lists(st.sampled_from(["url:h/1", "isbn:1"]), max_size=1))),
                title="Social mobility of the poor",
                author=[{"family": "Berg", "given": "A"}],
                issued={"date-parts": [[draw(st.sampled_from([2023, 2024, 2025]))]]},
                page=draw(st.sampled_from(["", "1", "2"])),
            )
        )
    return made


@given(records(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_arrival_does_not_matter(made: list[Seen], random: object) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    found = groups(made)

    assert groups(shuffled) == found
    assert sorted(one.id for group in found for one in group.seen) == sorted(one.id for one in made)


@given(records())
@settings(max_examples=200, deadline=None)
def test_one_doi_is_in_one_work(made: list[Seen]) -> None:
    found = groups(made)

    for group in found:
        for one in group.seen:
            assert all(
                one.work.doi is None or one.work.doi != other.work.doi
                for rest in found
                if rest is not group
                for other in rest.seen
            )


def test_a_preprint_that_names_its_article_by_a_pubmed_id_is_joined() -> None:
    article = seen(1, "10.5555/a", names=("pmid:1",), format_="europe-pmc")
    preprint = seen(2, "10.5555/p", "article", names=("europepmc:PPR/PPR2",), format_="europe-pmc")
    says = replace(preprint, work=replace(preprint.work, relations=(Relation("is_preprint_of", "pmid:1"),)))

    found = groups([says, article])

    assert ids(found) == [[1, 2]]
    assert found[0].joined_by == {2: "is_preprint_of pmid:1"}


def test_a_record_without_a_doi_is_joined_by_its_pubmed_id() -> None:
    without = seen(2, None, names=("pmid:1",), format_="openalex")

    found = groups([without, seen(1, "10.5555/a", names=("pmid:1",), format_="europe-pmc")])

    assert ids(found) == [[1, 2]]
    assert found[0].joined_by == {2: "pmid:1"}


def test_two_dois_under_one_pubmed_id_stay_two_works() -> None:
    one, other = seen(1, "10.5555/a", names=("pmid:1",)), seen(2, "10.5555/b", names=("pmid:1",))

    assert ids(groups([one, other])) == [[1], [2]]


def test_a_notice_may_name_a_work_by_the_pubmed_id_that_another_record_of_it_carries() -> None:
    group = Group(
        (seen(1, "10.5555/a"), seen(2, "10.5555/a", names=("pmid:1", "pmcid:PMC1"), format_="europe-pmc")), {2: "doi"}
    )

    assert noticed(group) == ["doi:10.5555/a", "pmid:1"]
