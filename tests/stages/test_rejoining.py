"""A person's word on which records show one work holds for good, whatever comes again and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.answers import apply
from pubtrack.discovery import rejoining, stage
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Decision, Record, Records, StageReport
from pubtrack.store import Store, decisions, runs, works
from tests.conftest import AT, NOW
from tests.stages.test_cli import Run, pubtrack  # noqa: F401
from tests.stages.test_ingest import LATER, crossref, picture, preprint, repository, take, titled

ARTICLE = crossref("10.5555/a", "The article")
COPY = repository(1, doi="10.5555/a")


def part(store: Store, work: str, record: str, **more: str) -> tuple[Decision, int]:
    return rejoining.part(store, apply.find_work(store, work), record, who="Anna", now=NOW, note=None, **more)  # type: ignore[arg-type]


def join(store: Store, work: str, other: str) -> tuple[Decision, int]:
    ids = [apply.find_work(store, name) for name in (work, other)]
    return rejoining.join(store, ids[0], ids[1], who="Anna", now=NOW, note=None)


def together(store: Store) -> list[list[str]]:
    """The records of each work, by their ids."""
    held = [[s["source_id"] for s in works.sightings(store, w.id or 0) if not s["deleted"]] for w in works.every(store)]
    return sorted(sorted(ids) for ids in held)


SHARED_DOI = (ARTICLE, COPY)
RELATED = (ARTICLE, preprint("10.5555/p", of="10.5555/a"))
ALIKE = (titled("a.bib#article", doi="10.5555/a"), titled("b.bib#copy", year=2023))


@pytest.mark.parametrize(
    ("records", "changed"),
    [
        (SHARED_DOI, repository(1, doi="10.5555/a", title="Social mobility, again")),
        (
            RELATED,
            preprint("10.5555/p", of="10.5555/a") and replace(crossref("10.5555/p", "Now", kind="posted-content")),
        ),
        (ALIKE, titled("b.bib#copy", year=2024)),
    ],
    ids=["by its DOI", "by a relation", "by its title"],
)
def test_a_parted_record_stays_parted_when_it_comes_again(
    store: Store, records: tuple[Record, Record], changed: Record
) -> None:
    take(store, *records)
    decisions.add(store, Decision(Answer.CREDITED, NOW, "Anna", "cli", work_id=1))
    (stays, goes) = (record.source_id for record in records)

    decision, now_work = part(store, "1", goes)

    assert (decision.answer, decision.work_id, now_work) == (Answer.PARTED, 1, 2)
    assert together(store) == sorted([[stays], [goes]])
    for again in (records[::-1], (changed,), records, (records[0],)):
        take(store, *again, at=LATER)
        assert together(store) == sorted([[stays], [goes]])
    take(store, replace(records[0], deleted=True))
    take(store, crossref("10.5555/a", source="other"))
    assert [goes] in together(store)
    assert [(d.answer, d.work_id) for d in decisions.every(store)] == [(Answer.CREDITED, 1), (Answer.PARTED, 1)]


def test_saying_it_again_changes_nothing(store: Store) -> None:
    take(store, *SHARED_DOI)

    first, again = part(store, "10.5555/a", COPY.source_id), part(store, "10.5555/a", COPY.source_id)

    assert (first, again) == (again, first)
    assert len(decisions.history(store)) == 1


def test_what_a_person_joined_stays_one_work_though_its_dois_are_two(store: Store) -> None:
    records = (crossref("10.5555/a", "The article"), crossref("10.5555/b", "De publicatie"))
    take(store, *records)
    decisions.add(store, Decision(Answer.CREDITED, NOW, "Anna", "cli", work_id=2))

    decision, here = join(store, "10.5555/a", "10.5555/b")

    assert here == 1
    assert {s["source_id"]: s["joined_by"] for s in works.sightings(store, 1)} == {
        "10.5555/a": None,
        "10.5555/b": f"decision {decision.id}",
    }
    for again in (records[1:], (crossref("10.5555/b", "De herziene publicatie"),), records):
        take(store, *again, at=LATER)
        assert together(store) == [["10.5555/a", "10.5555/b"]]
    take(store, replace(records[1], deleted=True))
    take(store, records[1])
    assert together(store) == [["10.5555/a", "10.5555/b"]]
    assert works.find(store, "doi:10.5555/b") == 1
    assert [(d.answer, d.work_id) for d in decisions.every(store)] == [(Answer.CREDITED, 1), (Answer.JOINED, 1)]


def test_of_two_words_on_one_record_the_newer_holds(store: Store) -> None:
    take(store, ARTICLE, COPY)
    part(store, "10.5555/a", COPY.source_id)
    join(store, "10.5555/a", COPY.source_id)
    assert together(store) == [["10.5555/a", COPY.source_id]]

    part(store, "10.5555/a", COPY.source_id)

    assert together(store) == [["10.5555/a"], [COPY.source_id]]
    assert len(decisions.history(store)) == 3


@pytest.mark.parametrize("undo", [part, join], ids=["parted", "joined"])
def test_what_is_withdrawn_is_put_back_by_the_next_discover(
    store: Store, undo: Callable[[Store, str, str], tuple[Decision, int]]
) -> None:
    take(store, ARTICLE, COPY, repository(2, title="A thesis"))
    run(store)
    before = picture(store)
    decision, _ = undo(store, "10.5555/a", COPY.source_id if undo is part else "oai:repository.example.org:2")
    assert picture(store) != before

    apply.withdraw(store, decision.id or 0, who="Anna", through="cli", now=NOW)
    run(store)

    assert picture(store) == before


def run(store: Store) -> StageReport:
    return stage.run(store, None, now=NOW + timedelta(days=1), sources=[])  # type: ignore[arg-type]


def test_works_stored_before_records_were_joined_by_title_are_joined_once(store: Store) -> None:
    take(store, *ALIKE)
    before = picture(store)
    store.db.execute("DELETE FROM ties WHERE kind = 'looks_like'")
    store.db.execute("UPDATE sightings SET work_id = NULL, joined_by = NULL WHERE id = 2")
    runs.set_mark(store, "joining", "1 of an older pubtrack", at=AT)

    run(store)

    assert picture(store) == before
    assert run(store).counts == {}


def test_what_cannot_be_said(store: Store) -> None:
    take(store, ARTICLE, COPY, preprint("10.5555/p"))
    part(store, "10.5555/a", COPY.source_id)
    said = {
        "Work 1 has no record nonsense. It has: 10.5555/a (of crossref).": lambda: part(store, "10.5555/a", "nonsense"),
        "The record 10.5555/a gives work 1 its reference: part the other records from it.": lambda: part(
            store, "10.5555/a", "10.5555/a"
        ),
        "Work 1 and work 1 are one work already.": lambda: join(store, "10.5555/a", "1"),
        "The answer joined is about two records: give it with pubtrack works join or pubtrack works part.": lambda: (
            apply.apply(store, answer="joined", who="Anna", through="cli", now=NOW, work=1)
        ),
    }
    for message, saying in said.items():
        with pytest.raises(UsageError) as raised:
            saying()

        assert str(raised.value) == message
    assert len(decisions.history(store)) == 1


def test_a_parted_record_does_not_come_back_through_a_third(store: Store) -> None:
    """A person says that the copy is not the article, then that it is the preprint: whose own record says that it is the article's."""
    take(store, ARTICLE, COPY, preprint("10.5555/p", of="10.5555/a"))
    part(store, "10.5555/a", COPY.source_id)
    work_id = works.find(store, "doi:10.5555/a") or 0
    copy, paper = (("repository", COPY.source_id), ("crossref", "10.5555/p"))
    decisions.add(store, Decision(Answer.JOINED, NOW, "Anna", "cli", work_id=work_id, records=Records(copy, paper)))

    run(store)

    assert together(store) == [["10.5555/a", "10.5555/p"], [COPY.source_id]]


POOL = (
    ARTICLE,
    COPY,
    repository(2, doi="10.5555/a"),
    preprint("10.5555/p", of="10.5555/a"),
    repository(3, doi="10.5555/p"),
    crossref("10.5555/b", "Another article"),
    titled("a.bib#t1"),
    titled("b.bib#t2", doi="10.5555/t"),
)


@given(st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_with_what_people_said_the_order_does_not_matter_either(chance: random.Random, size: int) -> None:
    one = Store.open(None)
    take(one, *POOL)
    part(one, "10.5555/a", "oai:repository.example.org:2")
    part(one, "10.5555/a", "10.5555/p")
    part(one, "10.5555/t", "a.bib#t1")
    join(one, "10.5555/a", "10.5555/b")
    other = Store.open(None)
    for decision in decisions.history(one):
        decisions.add(other, replace(decision, work_id=None))
    shuffled = list(POOL)
    chance.shuffle(shuffled)

    for at in range(0, len(shuffled), size):
        take(other, *shuffled[at : at + size])

    assert picture(other) == picture(one)
    assert set(take(other, *POOL)) == {"unchanged"}
    one.close()
    other.close()


def test_on_the_command_line(pubtrack: Run) -> None:  # noqa: F811 - a fixture
    entry = "@article{{{0}, title={{Social mobility of the second generation}}, author={{Berg, Anna}}, year=2024{1}}}"
    Path("a.bib").write_text(
        entry.format("one", ", doi={10.5555/a}") + "\n" + entry.format("two", ""), encoding="utf-8"
    )
    assert pubtrack("import", "a.bib")[0] == 0

    assert pubtrack("works", "part", "10.5555/a", "two", "--note", "a talk") == (
        0,
        "decision 1: two is work 2, apart from work 1\n",
        "",
    )
    assert (
        "parted, work 1, by staff through cli, import a.bib#two from import a.bib#one, a talk"
        in pubtrack("explain", "1")[1]
    )
    assert pubtrack("import", "a.bib")[0] == 0
    assert pubtrack("works", "join", "1", "two") == (0, "decision 2: work 1 and work 2 are one: work 1\n", "")
    assert "joined by decision 2" in pubtrack("explain", "2")[1]
    assert pubtrack("works", "part", "1", "three") == (
        2,
        "",
        "Work 1 has no record three. It has: a.bib#one (of import), a.bib#two (of import).\n",
    )
