"""Records become sightings and works: nothing twice, nothing lost, whoever comes first."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.sources.file import read
from pubtrack.models import (
    Answer,
    Band,
    Decision,
    DutyKind,
    Evidence,
    Finding,
    Match,
    Project,
    Record,
    StageReport,
    Verdict,
)
from pubtrack.store import Store, decisions, findings, matches, merging, projects, works
from tests.conftest import AT, NOW

LATER = "2026-11-17T11:00:00Z"


def crossref(
    doi: str, title: str = "Social mobility", kind: str = "journal-article", source: str = "crossref", **fields: Any
) -> Record:
    return Record(source, doi, "crossref", json.dumps({"DOI": doi, "title": [title], "type": kind} | fields).encode())


def preprint(doi: str, of: str | None = None) -> Record:
    relation = {"is-preprint-of": [{"id-type": "doi", "id": of}]} if of else {}
    return crossref(doi, kind="posted-content", relation=relation)


def repository(number: int, *, doi: str | None = None, title: str = "Social mobility", deleted: bool = False) -> Record:
    name = f"oai:repository.example.org:{number}"
    identifier = f"<dc:identifier>https://doi.org/{doi}</dc:identifier>" if doi else ""
    raw = (
        '<record><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:type>article</dc:type>{identifier}</oai_dc:dc></metadata></record>"
    )
    return Record("repository", name, "oai_dc", b"<record/>" if deleted else raw.encode(), deleted=deleted)


def titled(name: str, year: int = 2024, kind: str = "article", **fields: str) -> Record:
    """A record that has a title, authors and a year in common with others."""
    more = "".join(f", {field}={{{value}}}" for field, value in fields.items())
    entry = f"@{kind}{{k, title={{Social mobility of the second generation}}, author={{Berg, Anna and Hooft, B.}}, year={year}"
    return Record("import", name, "bibtex", f"{entry}{more}}}".encode())


def take(store: Store, *records: Record, at: str = AT) -> dict[str, int]:
    report = StageReport("discover")
    with store.atomic():
        ingest(store, records, at=at, report=report)
    return report.counts


def titles(store: Store) -> list[str]:
    return [work.title for work in works.every(store)]


def picture(store: Store) -> list[Any]:
    """All works as they look from outside: without numbers and days."""
    names = works.all_identities(store)
    return sorted(
        (
            [
                work.csl,
                work.relations,
                work.retracted,
                work.corrected,
                names.get(work.id or 0, []),
                sorted(
                    (s["source_id"], s["source"], s["joined_by"] or "")
                    for s in works.sightings(store, work.id or 0)
                    if not s["deleted"]
                ),
            ]
            for work in works.every(store)
        ),
        key=repr,
    )


def test_a_record_is_new_once(store: Store) -> None:
    assert take(store, crossref("10.5555/a"), preprint("10.5555/b")) == {"new": 2}
    assert take(store, crossref("10.5555/a"), preprint("10.5555/b"), at=LATER) == {"unchanged": 2}
    assert take(store, crossref("10.5555/a", indexed={"timestamp": 9}), at=LATER) == {"unchanged": 1}
    assert take(store, crossref("10.5555/a", title="Social mobility in towns"), at=LATER) == {"updated": 1}

    assert titles(store) == ["Social mobility in towns", "Social mobility"]
    assert [work.title for work in works.every(store, changed_since=LATER)] == ["Social mobility in towns"]


def test_what_cannot_be_used_is_kept_with_its_reason(store: Store) -> None:
    bad = Record("repository", "oai:1", "marc", b"<record/>")

    assert take(
        store, crossref("10.5555/j", kind="journal"), bad, Record("import", "a.json, line 3", "crossref", b"{")
    ) == {"unusable": 3}
    assert take(store, bad) == {"unchanged": 1}
    assert [row["unusable"] for row in store.rows("SELECT unusable FROM sightings ORDER BY id")] == [
        "a journal, not a publication",
        "no crosswalk reads the format marc",
        "not JSON",
    ]
    assert titles(store) == []


def test_a_record_of_a_shape_nobody_foresaw_holds_up_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(raw: bytes) -> Any:
        raise KeyError("title")

    monkeypatch.setitem(CROSSWALKS, "marc", stumbles)

    assert take(store, Record("repository", "1", "marc", b""), crossref("10.5555/a")) == {"unusable": 1, "new": 1}
    assert [row["unusable"] for row in store.rows("SELECT unusable FROM sightings ORDER BY id")] == [
        "the crosswalk of marc failed on it (KeyError)",
        None,
    ]


def test_identifiers_that_no_database_would_take(store: Store, tmp_path: Path) -> None:
    """JSON can spell half a character."""
    (tmp_path / "a.jsonl").write_text(
        '{"DOI": "10.5555/a\\ud800", "title": ["A\\udfff"]}\n{"id": "n\\ud8001", "title": ["B\\u0000"], "URL": "https://x\\ud800.org"}'
    )

    assert take(store, *read(tmp_path / "a.jsonl", "import")) == {"new": 2}
    assert works.source_ids(store) == {1: ["10.5555/a"], 2: ["n1"]}
    assert titles(store) == ["A", "B"]


def test_a_record_that_becomes_unusable_leaves_its_work_alone(store: Store) -> None:
    take(store, crossref("10.5555/a"))

    assert take(store, crossref("10.5555/a", title="")) == {"unusable": 1}
    assert titles(store) == ["Social mobility"]


def test_one_batch_may_hold_a_record_twice_and_the_last_counts(store: Store) -> None:
    assert take(store, crossref("10.5555/a"), crossref("10.5555/a", title="Later")) == {"repeated": 1, "new": 1}
    assert titles(store) == ["Later"]


def test_the_same_doi_from_two_sources_is_one_work(store: Store) -> None:
    take(store, repository(1, doi="10.5555/A", title="SOCIAL MOBILITY"))
    counts = take(store, crossref("10.5555/a"), at=LATER)

    assert counts == {"new": 1, "joined": 1}
    assert titles(store) == ["Social mobility"]
    assert [(s["source"], s["joined_by"]) for s in works.sightings(store, 1)] == [
        ("repository", "doi"),
        ("crossref", None),
    ]
    assert works.identities(store, 1) == ("doi:10.5555/a", "oai:repository.example.org:1")
    assert works.find(store, "oai:repository.example.org:1") == 1


@pytest.mark.parametrize("article_first", [True, False])
def test_a_preprint_joins_its_article_whichever_comes_first(store: Store, article_first: bool) -> None:
    records = [crossref("10.5555/a", "The article"), preprint("10.5555/p", of="10.5555/a")]
    for record in records if article_first else reversed(records):
        take(store, record)

    assert titles(store) == ["The article"]
    assert works.find(store, "doi:10.5555/p") == works.find(store, "doi:10.5555/a") == 1


@pytest.mark.parametrize("article_first", [True, False])
def test_a_record_without_a_doi_joins_by_title_authors_and_year_whichever_comes_first(
    store: Store, article_first: bool
) -> None:
    records = [titled("a.bib#article", doi="10.5555/a"), titled("b.bib#copy", year=2023)]
    for record in records if article_first else reversed(records):
        take(store, record)

    assert [work.doi for work in works.every(store)] == ["10.5555/a"]
    assert {s["source_id"]: s["joined_by"] for s in works.sightings(store, 1)} == {
        "a.bib#article": None,
        "b.bib#copy": "title, authors and year of 10.5555/a",
    }


def test_a_record_that_changes_its_year_leaves_the_work_that_its_title_had_joined(store: Store) -> None:
    take(store, titled("a.bib#article", doi="10.5555/a"), titled("b.bib#copy"))
    take(store, titled("b.bib#copy", year=2019))

    assert len(titles(store)) == 2


def test_two_works_that_turn_out_to_be_one_lose_nothing_a_person_said(store: Store) -> None:
    """The preprint and the article were both known, matched, decided on; then the article's record says whose preprint it is."""
    projects.save(store, Project("9001", "Mobility"), at=AT)
    take(store, preprint("10.5555/p"), crossref("10.5555/a", "The article"))
    match = Match("9001", 2, 0.9, Band.ACCEPT, (Evidence("title", 1.0, "the title"),))
    matches.save(store, match, at=AT)
    for work_id, answer in ((1, Answer.MINE), (2, Answer.CREDITED)):
        decisions.add(store, Decision(answer, NOW, "Anna", "link", work_id=work_id, project_id="9001"))
    for work_id in (1, 2):
        copy = findings.save_copy(store, work_id, "a.pdf", at=AT)
        found = Finding(Verdict.CREDITED, "p", "1", "r", work_id=work_id, copy_id=copy)
        findings.save(store, found, content_hash="same", at=AT)
    store.db.execute(
        "INSERT INTO outbox (key, channel, recipient, occasion, subject, text, state, created_at)"
        " VALUES ('k', 'c', 'r', 'o', 's', 't', 'sent', ?)",
        (AT,),
    )
    store.db.execute("INSERT INTO told VALUES ('p/9001/2/credit', 'due', 1, ?)", (AT,))

    says = {"has-preprint": [{"id-type": "doi", "id": "10.5555/p"}]}
    counts = take(store, crossref("10.5555/a", "The article", relation=says), at=LATER)

    assert counts == {"updated": 1, "merged": 1, "joined": 1}
    assert titles(store) == ["The article"]
    assert [(d.answer, d.work_id) for d in decisions.every(store)] == [(Answer.MINE, 1), (Answer.CREDITED, 1)]
    assert [row["first_work_id"] for row in store.rows("SELECT first_work_id FROM decisions ORDER BY id")] == [None, 2]
    assert [(m.work_id, m.score) for m in matches.every(store)] == [(1, 0.9)]
    assert [(f.work_id, f.copy_id) for f in findings.every(store)] == [(1, 1)]
    assert [row["work_id"] for row in findings.copies(store)] == [1]
    assert [row["duty"] for row in store.rows("SELECT duty FROM told")] == [f"p/9001/1/{DutyKind.CREDIT}"]
    assert (merging.survivor(store, 2), merging.survivor(store, 1)) == (1, 1)
    through_the_old_number = works.get(store, 2)
    assert through_the_old_number is not None
    assert (through_the_old_number.id, through_the_old_number.title) == (1, "The article")
    assert [work.id for work in works.every(store, changed_since=LATER)] == [1]


def test_a_decision_about_a_work_that_is_gone_follows_it(store: Store) -> None:
    """A link in a mail sent before the works were joined names the number that is gone."""
    take(store, preprint("10.5555/p"), crossref("10.5555/a"))
    take(store, preprint("10.5555/p", of="10.5555/a"))

    decisions.add(store, Decision(Answer.CREDITED, NOW, "Anna", "link", work_id=2))

    assert [decision.work_id for decision in decisions.every(store)] == [1]


def test_a_decision_cannot_be_moved_anywhere_else(store: Store) -> None:
    take(store, crossref("10.5555/a"), crossref("10.5555/b"))
    decisions.add(store, Decision(Answer.CREDITED, NOW, "Anna", "link", work_id=2))

    for change in ("work_id = 1", "work_id = NULL", "answer = 'mine'", "until = '2027-01-01'"):
        with pytest.raises(sqlite3.IntegrityError, match=r"^decisions are append-only$"):
            store.db.execute(f"UPDATE decisions SET {change}")


def test_a_work_can_fall_apart_again_and_the_article_keeps_what_was_decided(store: Store) -> None:
    take(store, preprint("10.5555/p", of="10.5555/a"), crossref("10.5555/a", "The article"))
    decisions.add(store, Decision(Answer.CREDITED, NOW, "Anna", "link", work_id=1))

    take(store, preprint("10.5555/p"), at=LATER)

    assert titles(store) == ["The article", "Social mobility"]
    assert [decision.work_id for decision in decisions.every(store)] == [works.find(store, "doi:10.5555/a")]


@pytest.mark.parametrize("notice_first", [True, False])
@pytest.mark.parametrize(("kind", "flags"), [("retraction", (True, False)), ("correction", (False, True))])
def test_a_notice_marks_its_work_whichever_comes_first(
    store: Store, notice_first: bool, kind: str, flags: tuple[bool, bool]
) -> None:
    notice = crossref("10.5555/n", "Notice", **{"update-to": [{"DOI": "10.5555/a", "type": kind}]})
    records = [notice, crossref("10.5555/a")]
    for record in records if notice_first else reversed(records):
        take(store, record)

    work = works.get(store, works.find(store, "doi:10.5555/a") or 0)
    assert work is not None
    assert (work.retracted, work.corrected) == flags


def test_a_notice_that_is_taken_back_unmarks_its_work(store: Store) -> None:
    update = {"update-to": [{"DOI": "10.5555/a", "type": "retraction"}]}
    take(store, crossref("10.5555/a"), crossref("10.5555/n", "Notice", **update))
    take(store, crossref("10.5555/n", "Not a notice"))

    assert [work.retracted for work in works.every(store)] == [False, False]


def test_a_deleted_record_takes_its_work_along_only_if_it_was_the_last(store: Store) -> None:
    take(store, repository(1, doi="10.5555/a"), crossref("10.5555/a", "The article"), repository(2, title="A thesis"))

    assert take(store, repository(1, deleted=True), repository(2, deleted=True)) == {"deleted": 2}
    assert take(store, repository(1, deleted=True)) == {"unchanged": 1}
    assert titles(store) == ["The article"]

    assert take(store, repository(2, title="A thesis")) == {"updated": 1}
    assert titles(store) == ["The article", "A thesis"]


def test_a_work_deleted_everywhere_comes_back_as_itself_from_another_source(store: Store) -> None:
    take(store, repository(1, doi="10.5555/a"))
    take(store, repository(1, deleted=True))
    assert titles(store) == []

    take(store, crossref("10.5555/a"))

    assert [work.id for work in works.every(store)] == [1]


def test_a_record_deleted_before_it_was_ever_seen_is_kept_as_that(store: Store) -> None:
    assert take(store, repository(1, deleted=True)) == {"deleted": 1}
    assert titles(store) == []


def test_a_doi_may_move_from_one_record_to_another(store: Store) -> None:
    take(store, repository(1, doi="10.5555/a", title="One"), repository(2, title="Two"))

    take(store, repository(1, title="One"), repository(2, doi="10.5555/a", title="Two"))

    assert [(work.title, work.doi) for work in works.every(store)] == [("One", None), ("Two", "10.5555/a")]


def test_ids_of_files_are_found_without_their_file(store: Store) -> None:
    entry = b"@report{smith2020, title={A report}}"
    take(
        store,
        Record("import", "a.bib#smith2020", "bibtex", entry),
        Record("import", "dcc:7", "crossref", b'{"id":"dcc:7","title":["B"]}'),
    )

    assert works.source_ids(store) == {1: ["smith2020"], 2: ["dcc:7"]}
    assert (works.find(store, "smith2020"), works.find(store, "dcc:7"), works.find(store, "nobody")) == (1, 2, None)


POOL: Sequence[Record] = (
    crossref("10.5555/a", "The article", relation={"has-preprint": [{"id-type": "doi", "id": "10.5555/p1"}]}),
    crossref("10.5555/a", "The article", source="import"),
    crossref("10.5555/b", "Another article", relation={"has-preprint": [{"id-type": "doi", "id": "10.5555/p2"}]}),
    preprint("10.5555/p1"),
    preprint("10.5555/p2", of="10.5555/a"),
    crossref("10.5555/p3", kind="posted-content", relation={"is-version-of": [{"id-type": "doi", "id": "10.5555/p1"}]}),
    repository(1, doi="10.5555/a"),
    repository(2, doi="10.5555/p1"),
    crossref("10.5555/n", "Retraction", **{"update-to": [{"DOI": "10.5555/b", "type": "retraction"}]}),
    Record("import", "a.bib#k", "bibtex", b"@article{k, title={The article}, doi={10.5555/a}, abstract={We.}}"),
    titled("a.bib#t1"),
    titled("a.bib#t2", year=2023, kind="unpublished"),
    titled("b.bib#t3", pages="1--9"),
    titled("c.bib#t4", pages="11--19"),
    titled("d.bib#t5", doi="10.5555/t"),
    titled("e.bib#t6", doi="10.5555/t2", year=2026),
)


@given(
    st.lists(st.sampled_from(range(len(POOL))), min_size=2, max_size=len(POOL), unique=True),
    st.integers(0, 9),
    st.integers(1, 4),
)
@settings(max_examples=40, deadline=None)
def test_any_order_and_any_batches_give_the_same_works(chosen: list[int], seed: int, size: int) -> None:
    """Also when some of them are deleted in between and come back, and when everything is taken twice."""
    records = [POOL[at] for at in chosen]
    one, other = Store.open(None), Store.open(None)
    take(one, *records)
    shuffled = list(records)
    random.Random(seed).shuffle(shuffled)
    for batch in _batched(shuffled, size):
        take(other, *batch)
        take(other, replace(batch[0], deleted=True))
        take(other, *batch)

    assert picture(other) == picture(one)
    assert set(take(other, *records)) == {"unchanged"}
    one.close()
    other.close()


def _batched(items: list[Record], size: int) -> list[list[Record]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def test_the_project_of_a_date_stays_untouched(store: Store) -> None:
    """A planned publication has no work; joining works leaves it alone."""
    projects.save(store, Project("9001", "Mobility"), at=AT)
    decisions.add(store, Decision(Answer.PLANNED, NOW, "Anna", "link", project_id="9001", until=date(2027, 1, 1)))
    take(store, preprint("10.5555/p"), crossref("10.5555/a"))
    take(store, preprint("10.5555/p", of="10.5555/a"))

    assert [(d.answer, d.work_id) for d in decisions.every(store)] == [(Answer.PLANNED, None)]
