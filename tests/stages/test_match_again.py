"""After decisions, new works and new texts only what they touch is weighed again, and it comes to what weighing all would."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from pubtrack.matching import stage
from pubtrack.models import Answer, Project, Verdict, Work
from pubtrack.store import Store, projects, works
from tests.conftest import AT, NOW
from tests.stages.test_match import SETTINGS, found, match, read, say
from tests.unit.matching_cast import project, work

SEEDS = range(int(os.environ.get("PUBTRACK_MATCH_SEEDS", "4")))
_WORDS = "arbeid loon school zorg migratie wonen schuld kind ouderen jeugdzorg wages schools debt housing care mobility"
WORDS = _WORDS.split()
FAMILIES = ["Jansen", "de Vries", "van der Berg", "Bakker-Smit", "Kaya", "Okafor", "Meijer", "Wolters"]
GIVEN = ["Anna", "A.", "Bram", "B.", "Carla", "Daan", ""]
SETS = ["Survey of Income", "INPATAB", "Register of Schools"]
HOSTS = ["", "https://repo.example.org/1", "https://doi.org/10.5555/1", "https://bureau.example.net/2"]


def a_name(chance: random.Random) -> str:
    return f"{chance.choice(GIVEN[:-1])} {chance.choice(FAMILIES)}"


def a_project(chance: random.Random, number: int) -> Project:
    people = [a_name(chance) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
    institution = chance.choice([None, "Bureau Example", "University of Example"])
    sets = tuple(chance.sample(SETS, chance.randrange(3)))
    title = " ".join(chance.sample(WORDS, 4))
    return project(f"9{number:03}", title, *people, start=2015 + number % 8, institution=institution, datasets=sets)


def a_work(chance: random.Random) -> Work:
    authors = [a_name(chance) for _ in range(chance.choice([0, 1, 2, 2, 3]))]
    if chance.random() < 0.1:
        authors.append("[Bureau Example]")
    made = work(0, " ".join(chance.sample(WORDS, 5)), *authors, year=2014 + chance.randrange(10))
    return replace(made, csl=made.csl | {"URL": chance.choice(HOSTS)})


def something_happens(chance: random.Random, store: Store, ids: list[int], numbers: list[str]) -> None:
    what = chance.choice(["decision"] * 5 + ["work", "text", "text", "gone", "changed"])
    work_id = chance.choice(ids)
    if what == "decision":
        answer = chance.choice([Answer.MINE, Answer.MINE, Answer.NOT_MINE, Answer.WITHDRAWN])
        say(store, answer, work_id, chance.choice(numbers))
    elif what == "work":
        ids += found(store, a_work(chance), source=chance.choice(["file", "import"]))
    elif what == "text":
        told = [f"project:{chance.choice(numbers)}", f"dataset:{chance.choice(SETS)}"]
        read(
            store, work_id, chance.choice([Verdict.CREDITED, Verdict.ABSENT]), *chance.sample(told, chance.randrange(3))
        )
    elif what == "gone":
        store.db.execute("UPDATE works SET deleted = 1 WHERE id = ?", (work_id,))
    else:
        with store.atomic():
            works.save(store, replace(a_work(chance), id=work_id), at=AT)


def world(store: Store, chance: random.Random) -> tuple[list[int], list[str]]:
    held = [a_project(chance, number) for number in range(40)]
    with store.atomic():
        for each in held:
            projects.save(store, each, at=AT)
    ids = found(store, *(a_work(chance) for _ in range(60)))
    ids += found(store, *(a_work(chance) for _ in range(60)), source="import")
    return ids, [each.id for each in held]


def tables(store: Store) -> list[list[dict[str, object]]]:
    return [
        list(store.rows("SELECT project_id, work_id, score, band, evidence FROM matches ORDER BY 1, 2")),
        list(store.rows("SELECT * FROM match_works ORDER BY 1, 2")),
        list(store.rows("SELECT * FROM match_projects ORDER BY 1, 2")),
        list(store.rows("SELECT * FROM match_known ORDER BY 1, 2")),
        list(store.rows("SELECT * FROM match_counts ORDER BY 1, 2")),
        list(store.rows("SELECT name, value FROM marks WHERE name LIKE 'match%' ORDER BY 1")),
        list(store.rows("SELECT kind, work_id, project_id FROM match_touched")),
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_touched_comes_to_what_weighing_all_would(store, tmp_path, seed):
    chance = random.Random(seed)
    ids, numbers = world(store, chance)
    everything = match(store).counts["scored"]
    fewer = 0
    for step in range(12):
        for _ in range(chance.choice([1, 1, 3])):
            something_happens(chance, store, ids, numbers)
        copy = tmp_path / f"{step}.db"
        store.backup(copy)

        scored = match(store).counts["scored"]

        fewer += 0 < scored < everything / 2
        whole = Store.open(copy)
        stage.run(whole, SETTINGS, now=NOW + timedelta(days=1), again=True)
        assert tables(store) == tables(whole)
        whole.close()
    assert fewer >= 3
