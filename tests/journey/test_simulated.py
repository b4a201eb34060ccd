"""A simulated office: nothing is sent twice, nothing after its answer, next to nothing in error, and nobody is forgotten.

Small here; `make soak` lives through 24 months with 300 projects and 2,000 publications, and kills 300 runs of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.simulation.__main__ import simulate
from tests.simulation.figures import Figures

FULL = os.environ.get("PUBTRACK_SIMULATED") == "full"


def _holds(made: Figures) -> None:
    assert made.duplicates == []
    assert made.after_an_answer == []
    assert made.untold == []
    assert made.unheard == []
    assert made.lost == []
    assert made.unsettled == []
    assert made.not_listed == []
    assert made.letters_lost == 0
    assert len(made.misfires) <= 0.02 * made.messages, made.misfires
    assert made.messages > 0
    assert made.days_from_due_to_met is not None


@pytest.mark.slow
def test_the_right_question_to_the_right_person_once(tmp_path: Path) -> None:
    made = (
        simulate(tmp_path, months=24, projects=300, works=2000)
        if FULL
        else simulate(tmp_path, months=3, projects=9, works=40)
    )
    print(made.table())
    _holds(made)
    assert made.uncertain == 0


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_and_nothing_sent_twice(tmp_path: Path) -> None:
    """Many of the kills meet a message while it is handed over: it is listed as uncertain, and never sent again by itself."""
    if FULL:
        made = simulate(tmp_path, months=24, projects=40, works=260, kills=300)
    else:
        made = simulate(tmp_path, months=1, projects=6, works=24, kills=12)
    print(made.table())
    _holds(made)
    assert sum(made.killed.values()) >= (300 if FULL else 4)
    assert made.cut_off >= (100 if FULL else 1)
