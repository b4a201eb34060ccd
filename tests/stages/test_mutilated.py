"""Documents put out of shape: no crash, no hang, and never a verdict but the true one or `unreadable`.

A slice of them, those that take long apart; PUBTRACK_MUTILATED=200 takes all of them (`make soak`).
"""

from __future__ import annotations

import os
import random

from pubtrack import clock
from pubtrack.credit import readers
from pubtrack.credit.check import READER, judge_for
from pubtrack.errors import Unreadable
from pubtrack.obligations.policy import load
from tests.conftest import ROOT
from tests.mutilated import Mutilated, files

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
LIMITS = readers.Limits(memory=600_000_000, seconds=5, wall=8)
NUMBER = int(os.environ.get("PUBTRACK_MUTILATED", "60"))


def taken_for(one: Mutilated, reader: readers.Reader) -> str:
    try:
        text = reader.read(one.data)
    except Unreadable:
        return "unreadable"
    return judge_for(POLICY)(text, reader=READER).verdict.value


def test_damage_never_turns_one_verdict_into_another() -> None:
    made = files()
    chosen = made if len(made) <= NUMBER else random.Random(1).sample(made, NUMBER)
    wrong, slow = {}, {}
    with readers.Reader(LIMITS) as reader:
        for one in chosen:
            began = clock.monotonic()
            found = taken_for(one, reader)
            if found not in (one.truth, "unreadable"):
                wrong[one.name] = found
            if clock.monotonic() - began > LIMITS.wall + 5:
                slow[one.name] = clock.monotonic() - began

    assert len(made) == 200
    assert (wrong, slow) == ({}, {})
