"""Matching end to end: real store, what people decided, what a second run does."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pubtrack.clock import stamp
from pubtrack.config import Contact, Institution, Matching, Settings
from pubtrack.matching import queue, show, stage
from pubtrack.models import Answer, Decision, Finding, Person, Project, Record, StageReport, Verdict, Work
from pubtrack.store import Store, decisions, findings, matches, projects, sightings, works
from tests.conftest import ANNA, AT, NOW, PROJECT
from tests.unit.matching_cast import project, work

SETTINGS = Settings(
    institution=Institution(name="University of Example", contact=Contact(name="Desk", email="desk@example.org")),
    policies=(),
)
PARENTS = project("9002", "Parental separation and school careers", ANNA)
# What else a register and a harvest hold: without it every word would be a common one.
OTHERS = [project(str(n), f"Onderwerp {n} van velen", f"Kees Anders{chr(97 + n % 26)}") for n in range(30)]
HOUSEHOLDS = "Social mobility of households over two generations"


def register(store: Store, *held: Project) -> None:
    with store.atomic():
        for each in (*held, *OTHERS):
            projects.save(store, each, at=AT)


def found(store: Store, *held: Work, source: str = "file") -> list[int]:
    """Works of a source: only `import` and `reported` are lists that somebody made."""
    with store.atomic():
        ids = [works.save(store, replace(each, id=None), at=AT) for each in held]
        for work_id in ids:
            record = Record(source, f"id-{work_id}", "crossref", b"{}")
            sighting = sightings.save(store, record, content_hash="", unusable=None, at=AT)
            sightings.place(store, [(work_id, None, sighting)])
    return ids


def say(store: Store, answer: Answer, work_id: int, project_id: str = "9001") -> None:
    decisions.add(store, Decision(answer, NOW, "staff", "cli", work_id=work_id, project_id=project_id))


def read(store: Store, work_id: int, verdict: Verdict, *mentions: str) -> None:
    finding = Finding(verdict, "example", "1", "1", mentions=mentions, work_id=work_id)
    findings.save(store, finding, content_hash=str(work_id), at=AT)


def match(store: Store, settings: Settings = SETTINGS) -> StageReport:
    return stage.run(store, settings, now=NOW)


def bands(store: Store) -> dict[tuple[str, int], str]:
    return {(each.project_id, each.work_id): each.band.value for each in matches.every(store)}


def rows(store: Store) -> list[dict[str, object]]:
    return list(store.rows("SELECT * FROM matches ORDER BY project_id, work_id"))


def test_works_are_held_against_projects_and_the_counts_say_so(store):
    register(store, PROJECT, PARENTS)
    ids = found(
        store,
        work(0, HOUSEHOLDS, "A. van der Berg", "Bram Hooft"),
        work(0, "School careers after parental separation", "Anna Berg"),
        work(0, "Quasars at high redshift", "Xu Li"),
    )

    report = match(store)

    assert bands(store) == {
        ("9001", ids[0]): "accept",
        ("9001", ids[1]): "reject",
        ("9002", ids[0]): "reject",
        ("9002", ids[1]): "accept",
    }
    assert report.counts == {"scored": 4, "changed": 4, "removed": 0, "accept": 2, "review": 0, "reject": 2}


def test_a_second_run_reads_nothing_and_changes_nothing(store):
    register(store, PROJECT)
    found(store, work(0, HOUSEHOLDS, "A. van der Berg"))
    match(store)
    before = rows(store)

    report = stage.run(store, SETTINGS, now=NOW + timedelta(days=1))

    assert report.counts == {"scored": 0, "changed": 0, "removed": 0, "accept": 1, "review": 0, "reject": 0}
    assert rows(store) == before


def test_weighed_again_from_the_start_nothing_changes(store):
    """As after a kill before the mark was set."""
    register(store, PROJECT, PARENTS)
    found(store, *(work(0, f"{HOUSEHOLDS} {n}", "A. van der Berg") for n in range(5)))
    match(store)
    before = rows(store)
    store.db.execute("DELETE FROM marks")

    report = stage.run(store, SETTINGS, now=NOW + timedelta(days=1))

    assert (report.counts["changed"], report.counts["removed"]) == (0, 0)
    assert rows(store) == before


@pytest.mark.parametrize("after", range(1, 6))
def test_a_run_cut_off_between_two_batches_is_completed_by_the_next(store, tmp_path, monkeypatch, after):
    class Killed(BaseException):
        pass

    def dies(done: int, total: int | None, what: str) -> None:
        if done >= after:
            raise Killed

    monkeypatch.setattr(stage, "_BATCH", 1)
    register(store, PROJECT, PARENTS)
    found(store, *(work(0, f"{HOUSEHOLDS} {n}", "A. van der Berg") for n in range(6)))
    with pytest.raises(Killed):
        stage.run(store, SETTINGS, now=NOW, progress=dies)
    match(store)
    whole = Store.open(tmp_path / "whole.db")
    register(whole, PROJECT, PARENTS)
    found(whole, *(work(0, f"{HOUSEHOLDS} {n}", "A. van der Berg") for n in range(6)))
    match(whole)

    assert rows(store) == rows(whole)
    whole.close()


def test_a_change_within_the_same_second_is_seen(store):
    """A rehearsed day has one stamp for all that happens on it."""
    register(store, PROJECT)
    [work_id] = found(store, work(0, "Quasars", "A. van der Berg"))
    match(store)
    before = matches.every(store, work_id=work_id)[0].score
    with store.atomic():
        projects.save(store, replace(PROJECT, title="Quasars and their light"), at=AT)

    assert match(store).counts["changed"] == 1
    assert matches.every(store, work_id=work_id)[0].score > before


def test_homonyms_and_other_orcids_are_not_accepted(store):
    register(store, PROJECT)
    other = {"given": "Anna", "family": "van der Berg", "ORCID": "0000-0001-5109-3700"}
    ids = found(
        store,
        work(0, "Galaxies", "A. van der Berg"),
        work(0, HOUSEHOLDS, "Astrid van der Berg"),
        work(0, "Social mobility in towns", other),
    )
    match(store)

    assert "accept" not in bands(store).values()
    assert bands(store).get(("9001", ids[2]), "reject") == "reject"


def test_what_a_person_refused_never_returns_and_what_one_confirmed_stays(store):
    register(store, PROJECT)
    good, far = found(store, work(0, HOUSEHOLDS, "Anna van der Berg", "Bram 't Hooft"), work(0, "Quasars", "Xu Li"))
    match(store)
    say(store, Answer.NOT_MINE, good)
    say(store, Answer.MINE, far)

    for changes in range(3):  # whatever else happens
        with store.atomic():
            projects.save(store, replace(PROJECT, abstract=f"{HOUSEHOLDS} {changes}"), at=AT)
        read(store, good, Verdict.CREDITED, f"dataset:{changes}")
        match(store)
        assert bands(store) == {("9001", good): "reject", ("9001", far): "reject"}
    assert [(line["work"], line["decision"], line["band"]) for line in show.lines(store, SETTINGS)] == [
        (good, "not_mine", "reject"),
        (far, "mine", "reject"),
    ]
    assert queue.review(store) == []


def test_a_refused_pair_returns_once_its_text_names_the_project_and_says_so(store):
    register(store, PROJECT)
    [work_id] = found(store, work(0, HOUSEHOLDS, "Anna van der Berg", "Bram 't Hooft"))
    say(store, Answer.NOT_MINE, work_id)
    match(store)
    later = Finding(Verdict.CREDITED, "example", "1", "1", mentions=("project:9001",), work_id=work_id)
    findings.save(store, later, content_hash="new", at=stamp(NOW + timedelta(days=1)))
    stage.run(store, SETTINGS, now=NOW + timedelta(days=1))

    [asked] = queue.review(store)
    assert (asked["work"], asked["project"]) == (work_id, "9001")
    assert "A person refused it before; since then its text was read, and it names project 9001" in asked["against"]

    again = Decision(Answer.NOT_MINE, NOW + timedelta(days=2), "staff", "cli", work_id=work_id, project_id="9001")
    decisions.add(store, again)
    match(store)

    assert queue.review(store) == []  # it was known to the person who refused it again


def test_a_newer_decision_stands_and_a_withdrawn_one_is_none(store):
    register(store, PROJECT)
    [work_id] = found(store, work(0, HOUSEHOLDS, "Anna van der Berg", "Bram 't Hooft"))
    say(store, Answer.NOT_MINE, work_id)
    match(store)
    assert bands(store) == {("9001", work_id): "reject"}

    say(store, Answer.MINE, work_id)
    match(store)
    assert bands(store) == {("9001", work_id): "accept"}


def test_a_register_that_names_nobody_suggests_until_a_person_confirmed_an_output(store):
    unnamed = Project("9003", "Verhuizingen en inbraak in woonwijken", started_on=date(2019, 1, 1))
    register(store, unnamed)
    title = "Inbraak na verhuizingen"
    first, second, third = found(
        store,
        work(0, f"{title} in woonwijken", "Wim Sonneveld", "Ko Alleen"),
        work(0, f"{title} in de stad", "W. Sonneveld", "K. Alleen"),
        work(0, "Iets anders", "Wim Sonneveld", "Ko Alleen"),
    )
    match(store)
    assert set(bands(store).values()) == {"review"}

    say(store, Answer.MINE, first, "9003")
    match(store)

    held = {each.work_id: each for each in matches.every(store)}
    assert third in held  # the people are known now
    assert held[second].band.value == "accept"
    assert "Shares authors with one known output of the project: K. Alleen, W. Sonneveld" in [
        piece.detail for piece in held[second].evidence
    ]


def test_reported_works_that_are_accepted_teach_with_whom_people_write_and_a_refusal_takes_that_back(store):
    """What is learned so is asked and never accepted."""
    title = "Income mobility of second-generation households"
    register(store, Project("9007", title, lead=Person("Anna", "van der Berg"), started_on=date(2019, 1, 1)))
    first, second = found(
        store,
        work(0, title, "Anna van der Berg", "Piet Meeschrijver"),
        work(0, f"{title}: a sequel", "Piet Meeschrijver"),
        source="import",
    )
    match(store)

    held = {each.work_id: each for each in matches.every(store)}
    assert held[first].band.value == "accept"
    assert held[second].band.value != "accept"
    assert "Shares authors with one accepted output of the project: Piet Meeschrijver" in [
        piece.detail for piece in held[second].evidence
    ]

    say(store, Answer.NOT_MINE, first, "9007")
    match(store)

    assert second not in {each.work_id for each in matches.every(store)}


def test_after_credit_was_read_only_the_works_read_are_weighed_again(store):
    register(store, PROJECT)
    ids = found(store, *(work(0, f"{HOUSEHOLDS} {n}", "A. van der Berg") for n in range(5)))
    match(store)
    before = {each.work_id: each.score for each in matches.every(store)}
    read(store, ids[1], Verdict.CREDITED, "dataset:INPATAB")

    report = match(store)

    assert (report.counts["scored"], report.counts["changed"]) == (1, 1)
    after = {each.work_id: each.score for each in matches.every(store)}
    assert after[ids[1]] > before[ids[1]]
    assert {work_id: score for work_id, score in after.items() if work_id != ids[1]} == {
        work_id: score for work_id, score in before.items() if work_id != ids[1]
    }


def test_a_match_whose_evidence_is_gone_is_removed_unless_a_person_decided(store):
    register(store, PROJECT)
    ids = found(store, *(work(0, f"{HOUSEHOLDS} {n}", "A. van der Berg") for n in range(3)))
    match(store)
    say(store, Answer.MINE, ids[2])
    with store.atomic():
        works.mark_deleted(store, ids[0], at=AT)
        works.save(store, replace(work(0, HOUSEHOLDS, "Xu Li"), id=ids[1]), at=AT)
        works.save(store, replace(work(0, HOUSEHOLDS, "Bo Wang"), id=ids[2]), at=AT)

    report = match(store)

    assert list(bands(store)) == [("9001", ids[2])]
    assert report.counts["removed"] == 2


def test_other_weights_and_thresholds_are_obeyed(store):
    register(store, PROJECT)
    found(store, work(0, HOUSEHOLDS, "Anna van der Berg"))
    match(store)
    matching = Matching.model_validate({"accept": 0.5, "review": 0.1, "weights": {"title": 30.0}})

    report = match(store, SETTINGS.model_copy(update={"matching": matching}))

    assert report.counts["accept"] == 1


@pytest.mark.parametrize(
    "authors",
    [
        [],
        ["[Panteia]"],
        [{"literal": "Diverse"}],
        [{"family": "Berg"}],
        [{"given": "A."}],
        [{"given": None, "family": None}],
        [{}],
        [{"given": "Anna", "family": "Smit", "affiliation": [{"name": None}, {}], "ORCID": None}],
        [
            f"Kees {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyzabcd'[n // 100 % 10]}{n % 7}oe"
            for n in range(3000)
        ],
    ],
    ids=["none", "an organisation", "diverse", "family name", "given name", "nothing", "empty", "null fields", "3,000"],
)
def test_odd_authors_are_no_trouble(store, authors):
    register(store, PROJECT, Project("9003", "Verhuizingen en inbraak"))
    found(store, work(0, HOUSEHOLDS, *authors), work(0, "", *authors, year=None))

    assert match(store).faults == []
    assert "accept" not in bands(store).values()


def test_an_odd_register_is_no_trouble(store):
    """Nobody named, two people of one name, a lead who is a member elsewhere, an end before the beginning, no dates at all."""
    namesake = Person("Anna", "van der Berg", orcid="0000-0001-5109-3700")
    begun, ended = date(2022, 1, 1), date(2019, 1, 1)
    register(
        store,
        replace(PROJECT, started_on=begun, ended_on=ended),
        Project("9003", "Verhuizingen en inbraak"),
        Project("9004", "Quasars and galaxies", lead=namesake),
        Project("9005", "School careers", lead=PROJECT.members[0], members=(ANNA,)),
    )
    [work_id] = found(store, work(0, HOUSEHOLDS, "Anna van der Berg", year=None))
    assert match(store).faults == []

    held = {each.project_id: each for each in matches.every(store)}
    assert list(held) == ["9001", *sorted(held.keys() - {"9001"})]  # the title tells the namesakes' projects apart
    assert held["9001"].work_id == work_id
    assert "ran from" not in str(held["9001"].evidence)


def test_an_empty_database_and_empty_titles_are_no_trouble(store):
    assert match(store).counts == {"scored": 0, "changed": 0, "removed": 0, "accept": 0, "review": 0, "reject": 0}
    register(store, Project("1", "-"), Project("2", "?", lead=Person("", "Berg")))
    found(store, work(0, "", "Anna Berg"), work(0, "?", "Berg Berg"))

    assert match(store).faults == []


def test_a_line_has_the_agreed_shape(store):
    register(store, PROJECT)
    [work_id] = found(store, work(0, HOUSEHOLDS, "Anna van der Berg", "Bram 't Hooft"))
    match(store)

    [line] = show.lines(store, SETTINGS)

    assert list(line) == ["project", "work", "source_ids", "score", "band", "evidence", "decision"]
    assert (line["project"], line["work"], line["band"], line["decision"]) == ("9001", work_id, "accept", None)
    assert line["source_ids"] == [f"id-{work_id}"]
    assert {tuple(piece) for piece in line["evidence"]} == {("kind", "weight", "detail")}
    assert json.loads(json.dumps(line)) == line


def test_the_queue_asks_once_a_work_best_first_with_alternatives(store):
    twins = [project(number, f"{HOUSEHOLDS} {number}", ANNA) for number in ("9001", "9002")]
    register(store, *twins)
    clear, vague = found(store, work(0, HOUSEHOLDS, "Anna van der Berg"), work(0, "Quasars", "A. van der Berg"))
    match(store)

    asked = queue.review(store)

    assert [item["work"] for item in asked] == [clear, vague]
    assert [asked[0][name] for name in ("project", "title", "authors", "issued", "project_title")] == [
        "9001",
        HOUSEHOLDS,
        "Anna van der Berg",
        "2023",
        f"{HOUSEHOLDS} 9001",
    ]
    assert [other["project"] for other in asked[0]["alternatives"]] == ["9002"]
    assert (
        "Lead Anna van der Berg is among the authors (Anna van der Berg): the full name agrees" in asked[0]["because"]
    )
    assert "another project of the same people suits the work about as well" in asked[0]["against"]


def test_many_authors_are_shown_as_a_few(store):
    assert queue.authors(work(1, "", "A Aa", "B Bb", "C Cc", "D Dd")) == "A Aa, B Bb, C Cc, D Dd"
    assert (
        queue.authors(work(1, "", "A Aa", "B Bb", "C Cc", "D Dd", "[E]", "F Ff"))
        == "A Aa, B Bb, C Cc, D Dd and 2 others"
    )


@pytest.mark.shared
def test_reported_links_are_found_as_well_as_the_accuracy_page_says(shared):
    """Floors a little below the figures of docs/accuracy.md, with the weights that ship."""
    from benchmarks.matching_links import measure, score, shipped, tasks

    people, _, known, bare = (
        measure(each, score(each, shipped())) for name in ("fsrdc", "cbs") for each in tasks(shared / "matching" / name)
    )

    assert people.f1 >= 0.9
    assert people.among[3] >= 0.94
    assert people.accept_precision >= 0.97
    assert people.accept_recall >= 0.65
    assert people.negatives_accepted == 0
    assert known.f1 >= 0.76
    assert known.among[3] >= 0.82
    assert bare.f1 >= 0.5
    assert bare.among[10] >= 0.6
    assert bare.accepted == 0


@pytest.mark.shared
def test_real_works_are_weighed_without_a_crash_and_accept_nothing(store, shared):
    """By nobody of ours, in every oddity that Crossref has."""
    held: list[Work] = []
    for path, opens in (("edge_cases.jsonl", open), ("works.jsonl.gz", gzip.open)):
        with opens(shared / "crossref" / path, "rt", encoding="utf-8") as lines:
            held += [_crossref(json.loads(line)) for _, line in zip(range(1000), lines, strict=False)]
    register(store, PROJECT, PARENTS, Project("9003", "Verhuizingen en inbraak in woonwijken"))
    found(store, *held)

    assert match(store).counts["accept"] == 0


def _crossref(row: dict) -> Work:
    row = row.get("record") or row.get("message") or row.get("work") or row
    issued = (row.get("issued") or {}).get("date-parts") or [[None]]
    csl = {"title": (row.get("title") or [""])[0], "author": row.get("author") or [], "abstract": row.get("abstract")}
    if issued[0] and issued[0][0]:
        csl["issued"] = {"date-parts": issued}
    return Work(csl)
