"""A run that weighs only what was touched, killed between any two statements: the next one ends where weighing everything would."""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pubtrack.config import Matching
from pubtrack.matching import stage
from pubtrack.models import Answer, Decision, Finding, Person, Verdict
from pubtrack.store import Store, decisions, findings, listings, merging, privacy, projects, runs
from pubtrack.store.listings import ListingRow
from tests.conftest import ANNA, AT, NOW, PROJECT
from tests.stages.test_match import SETTINGS, found, match, read, register, say
from tests.stages.test_match_again import SETS, something_happens, tables, world
from tests.unit.matching_cast import work

SEEDS = range(int(os.environ.get("PUBTRACK_MATCH_SEEDS", "2")))
_STRIDE = 1 if "PUBTRACK_MATCH_SEEDS" in os.environ else 2
_STEPS = 5


def more_happens(chance: random.Random, store: Store, ids: list[int], numbers: list[str]) -> None:
    """What is rarer than a decision or a text: works joined and parted, another policy, another release of the provider's list."""
    work_id, other = chance.sample(ids, 2)
    what = chance.choice(["joined", "policy", "list"])
    if what == "joined":
        with store.atomic():
            merging.merge(store, merging.survivor(store, work_id), merging.survivor(store, other), at=AT)
    elif what == "policy":
        told = (f"project:{chance.choice(numbers)}", f"dataset:{chance.choice(SETS)}")
        made = Finding(Verdict.CREDITED, "example", chance.choice("12"), "1", mentions=told, work_id=work_id)
        findings.save(store, made, content_hash=f"{work_id}-{chance.random()}", at=AT)
    else:
        on_the_list(chance, store, chance.choice([work_id, None]), chance.choice(numbers))


def on_the_list(chance: random.Random, store: Store, work_id: int | None, number: str) -> None:
    row = ListingRow(chance.randrange(9), number, "A title", None, None, None, None, work_id, None)
    with store.atomic():
        listings.save(store, chance.choice("ABC"), [row], at=f"2026-11-1{chance.randrange(9)}T11:00:00Z")


def killed_at(path: Path, statement: int) -> bool:
    """Start a run in a process of its own and kill it before its nth statement that writes; rows of one kind in a row are one.

    Return whether it was killed: it may be done before.
    """
    child = os.fork()
    if child == 0:
        store, left, last = Store.open(path), statement, ""

        def count(text: str) -> None:
            nonlocal left, last
            if not text.startswith(("SELECT", "--")):  # reading changes nothing: a kill after it is one before it
                left -= text[:25] != last
                last = text[:25]
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        store.db.conn.set_trace_callback(count)
        stage.run(store, SETTINGS, now=NOW)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_between_any_two_statements_it_ends_where_weighing_everything_would(store, tmp_path, seed):
    chance = random.Random(f"killed {seed}")
    ids, numbers = world(store, chance)
    match(store)
    path, met = tmp_path / "pubtrack.db", 0
    for step in range(_STEPS):
        for _ in range(chance.choice([1, 2])):  # killed, and before the next try the world goes on
            for _ in range(chance.choice([1, 1, 3])):
                chance.choice([something_happens, something_happens, more_happens])(chance, store, ids, numbers)
            store.close()
            met += killed_at(path, chance.randrange(24))
            store = Store.open(path)
        copy = tmp_path / f"{step}.db"
        store.backup(copy)

        match(store)

        whole = Store.open(copy)
        stage.run(whole, SETTINGS, now=NOW + timedelta(days=1), again=True)
        assert tables(store) == tables(whole)
        whole.close()
    assert met >= 3, "too few of the kills met a running process to prove anything"
    store.close()


def test_every_statement_of_one_run_may_be_the_last(store, tmp_path):
    """A decision, the run after it killed before its first statement, its second, and so on; then it is taken back: nothing of it stays."""
    chance = random.Random(7)
    ids, numbers = world(store, chance)
    match(store)
    matched, path = rows(store), tmp_path / "pubtrack.db"
    statement = 0
    while True:
        said = Decision(Answer.MINE, NOW, "staff", "cli", work_id=ids[3], project_id=numbers[5])
        number = decisions.add(store, said)
        store.close()
        killed = killed_at(path, statement)
        store = Store.open(path)
        decisions.add(store, Decision(Answer.WITHDRAWN, NOW, "staff", "cli", note=f"decision {number}"))
        match(store)
        assert rows(store) == matched, f"killed before statement {statement}"
        if not killed:
            break
        statement += _STRIDE
    assert statement > 10
    store.close()


def rows(store: Store) -> list[dict[str, object]]:
    return list(store.rows("SELECT project_id, work_id, score, band, evidence FROM matches ORDER BY 1, 2"))


def a_fact_comes(chance: random.Random, store: Store, ids: list[int], numbers: list[str]) -> None:
    """A decision, one taken back, a text read: nothing that is counted."""
    work_id, number = chance.choice(ids), chance.choice(numbers)
    what = chance.choice(["mine", "mine", "not mine", "taken back", "text"])
    if what == "text":
        told = [f"project:{number}", f"dataset:{chance.choice(SETS)}"]
        read(
            store, work_id, chance.choice([Verdict.CREDITED, Verdict.ABSENT]), *chance.sample(told, chance.randrange(3))
        )
    elif what == "taken back":
        given = store.one("SELECT max(id) AS id FROM decisions WHERE answer = 'mine'")
        if given and given["id"]:
            decisions.add(store, Decision(Answer.WITHDRAWN, NOW, "staff", "cli", note=f"decision {given['id']}"))
    else:
        say(store, Answer.MINE if what == "mine" else Answer.NOT_MINE, work_id, number)


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_and_texts_come_to_what_a_run_from_scratch_comes_to(store, tmp_path, seed):
    """Words and names are counted anew there, and come to the same: what is said of works changes nothing that is counted.

    No work here is reported: what those that a first look accepted teach is kept with what is counted, and taken anew with it.
    """
    chance = random.Random(f"facts {seed}")
    ids, numbers = world(store, chance)
    store.db.execute("UPDATE sightings SET source = 'file'")
    match(store)
    for step in range(4):
        for _ in range(chance.choice([1, 1, 4])):
            a_fact_comes(chance, store, ids, numbers)
        copy = tmp_path / f"{step}.db"
        store.backup(copy)

        match(store)

        whole = Store.open(copy)
        runs.set_mark(whole, "match", "", at=AT)
        match(whole)
        assert tables(store) == tables(whole)
        whole.close()


def test_who_is_forgotten_stands_nowhere_once_matching_ran(store):
    register(store, PROJECT)
    found(store, work(0, "Social mobility of households", "Xenia Zwartendijk"))
    with store.atomic():
        gone = projects.save_person(store, Person("Xenia", "Zwartendijk"), at=AT)
        projects.save(store, replace(PROJECT, members=(Person("Xenia", "Zwartendijk"),)), at=AT)
    match(store)
    assert "Zwartendijk" in str(rows(store))

    privacy.forget(store, gone, at=AT)
    match(store)

    assert rows(store) == []
    kept = str([list(store.rows(f"SELECT * FROM {table}")) for table in ("match_counts", "match_known", "marks")])
    assert "zwartendijk" not in kept.casefold()


@pytest.mark.parametrize(
    "change",
    [
        lambda store: projects.save(store, replace(PROJECT, title="Quasars and their light"), at=AT),
        lambda store: projects.save(store, replace(PROJECT, members=()), at=AT),
        lambda store: projects.save(store, replace(PROJECT, lead=replace(ANNA, orcid="0000-0001-5109-3700")), at=AT),
        lambda store: store.db.execute("DELETE FROM memberships WHERE project_id = '9001'"),
    ],
    ids=["title", "members", "orcid", "nobody"],
)
def test_another_register_or_other_weights_weigh_everything_again(store, change):
    register(store, PROJECT)
    found(store, *(work(0, f"Social mobility of households {n}", "A. van der Berg") for n in range(4)))
    assert match(store).counts["scored"] == 4
    with store.atomic():
        change(store)

    told = match(store).counts
    assert told["scored"] + told["removed"] == 4
    assert match(store).counts["scored"] == 0
    other = SETTINGS.model_copy(update={"matching": Matching.model_validate({"weights": {"title": 30.0}})})
    stage.run(store, other, now=NOW)
    assert match(store, other).counts["scored"] == 0


def test_a_register_that_repeats_itself_weighs_nothing(store):
    """Rows that are taken out and put back as they were are no change."""
    register(store, PROJECT)
    found(store, work(0, "Social mobility of households", "A. van der Berg"))
    match(store)
    with store.atomic():
        held = [tuple(row.values()) for row in store.rows("SELECT * FROM memberships")]
        store.db.execute("DELETE FROM memberships")
        store.db.conn.executemany("INSERT INTO memberships VALUES (?,?,?)", held)

    assert match(store).counts["scored"] == 0
