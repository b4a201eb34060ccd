"""pubtrack match --calibrate: weights from decisions, tried on others, written only when asked for and better."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from pubtrack import config
from pubtrack.errors import UsageError
from pubtrack.matching import calibrate
from pubtrack.models import Answer, Person, Project
from tests.stages.test_match import SETTINGS, found, match, register, say
from tests.unit.matching_cast import work

TOPICS = [
    "mobility",
    "inheritance",
    "burglary",
    "commuting",
    "fertility",
    "wages",
    "bankruptcy",
    "asthma",
    "housing",
    "divorce",
    "pensions",
    "exports",
]


def decide(store, *, believe_titles: bool) -> None:
    """Twelve leads wrote two works each on their project's topic and two on another; staff refuse these, or do the opposite."""
    for number, topic in enumerate(TOPICS):
        lead = Person("Anna", f"Voorbeeld{chr(97 + number)}")
        register(store, Project(f"90{number:02}", f"The {topic} of towns", started_on=date(2018, 1, 1), lead=lead))
    for number, topic in enumerate(TOPICS):
        name = f"Anna Voorbeeld{chr(97 + number)}"
        own = found(store, *(work(0, f"{topic} {place}", name) for place in ("north", "south")))
        other = found(store, *(work(0, f"Quasars {number} {place}", name) for place in ("east", "west")))
        for ids, mine in ((own, believe_titles), (other, not believe_titles)):
            for work_id in ids:
                say(store, Answer.MINE if mine else Answer.NOT_MINE, work_id, f"90{number:02}")
    match(store)


def test_what_was_learned_is_told_and_written_only_when_asked_for(store, tmp_path):
    path = tmp_path / "matching.toml"
    path.write_text("accept = 0.9 # ours\n\n[weights]\nlead = 2.0\n", encoding="utf-8")
    decide(store, believe_titles=True)

    report = calibrate.run(store, SETTINGS, path=path, write=False)
    assert report.counts == {"decisions": 48, "outputs": 24}
    assert [note.split(":")[0] for note in report.notes] == [
        "before",
        "after",
        "The learned weights do better. Write them with",
    ]
    assert path.read_text(encoding="utf-8") == "accept = 0.9 # ours\n\n[weights]\nlead = 2.0\n"

    report = calibrate.run(store, SETTINGS, path=path, write=True)
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    assert report.files == [str(path)]
    assert written["accept"] == 0.9
    assert config.Matching(**written).weights.model_dump() != SETTINGS.matching.weights.model_dump()
    assert "accept = 0.9 # ours" in path.read_text(encoding="utf-8")


def test_with_few_decisions_the_weights_stay(store, tmp_path):
    with pytest.raises(
        UsageError, match=r"Too little was decided: 0 outputs and 0 refusals .* needs 30 decisions, 5 of each kind"
    ):
        calibrate.run(store, SETTINGS, path=tmp_path / "matching.toml", write=True)

    assert not (tmp_path / "matching.toml").exists()


def test_a_table_of_weights_is_replaced_and_nothing_else():
    before = "accept = 0.8\n\n[weights] \nlead = 1\n\n[other]\nx = 1\n"

    assert calibrate.with_weights(before, {"title": 1.5, "lead": 2}) == (
        "accept = 0.8\n\n[other]\nx = 1\n\n[weights]\nlead = 2\ntitle = 1.5\n"
    )
