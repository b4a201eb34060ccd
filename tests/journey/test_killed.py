"""A full run that is killed at random moments, and started again, ends where an undisturbed one ends: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

SEED = 20261116
SCRIPT = "config/example/half-a-year.txt"
# How many kills. `make soak` sets more.
KILLS = int(os.environ.get("PUBTRACK_KILLS", "15"))


NUMBERS = {("copies", "id"), ("findings", "id")}
NAMED = {("findings", "copy_id"): "(SELECT location FROM copies WHERE copies.id = copy_id)"}


def commands(house: Path) -> list[list[str]]:
    """The lines of the example's half year."""
    lines = (house / SCRIPT).read_text(encoding="utf-8").splitlines()
    return [shlex.split(line) for line in lines if line.strip() and not line.startswith("#")]


def example(folder: Path) -> Path:
    """A copy of the example to run in."""
    shutil.copytree(ROOT / "config", folder / "config")
    return folder


def start(words: list[str], house: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pubtrack", *words]
    return subprocess.Popen(
        command, cwd=house, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def finish(words: list[str], house: Path) -> None:
    process = start(words, house)
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, 4), f"{words}: {said.decode()}"


def content(house: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table but the logs of the work itself (runs, harvests, match_touched: a killed harvest is a row there), and the ids of rows."""
    database = sqlite3.connect(house / "pubtrack.db")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for table in sorted(set(tables) - {"runs", "harvests", "outbox", "told", "match_touched", "_sqlite_migrations"}):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        # Documents are read in the order in which workers bring them back, so their numbers tell nothing; where they stand does.
        shown = [NAMED.get((table, column), column) for column in columns if (table, column) not in NUMBERS]
        found[table] = sorted(database.execute(f"SELECT {', '.join(shown)} FROM {table}").fetchall(), key=repr)
    found["outbox"] = sorted(database.execute("SELECT key, channel, recipient, subject, text FROM outbox").fetchall())
    found["told"] = sorted(
        database.execute("SELECT duty, t.rung, key FROM told t JOIN outbox o ON o.id = t.outbox_id").fetchall()
    )
    database.close()
    return found


def reports(house: Path) -> dict[str, bytes]:
    """Every file that was written, but for the previews, which show what was planned at the last moment."""
    return {
        str(path.relative_to(house)): path.read_bytes()
        for path in sorted((house / "reports").rglob("*"))
        if path.is_file() and "previews" not in path.parts
    }


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_where_an_undisturbed_half_year_ends(tmp_path: Path) -> None:
    """SIGKILL at random moments of full runs; after each, the same line again until it completes."""
    house = example(tmp_path / "house")
    lines = commands(house)
    took = []
    for words in lines:
        began = time.monotonic()
        finish(words, house)
        took.append(time.monotonic() - began)
    expected, files = content(house), reports(house)
    shutil.rmtree(house)
    example(house)  # in the same place: paths are part of what is kept

    killed = run_with_kills(lines, took, house)

    assert killed >= KILLS // 3, "too few of the kills met a running process to prove anything"
    found, written = content(house), reports(house)
    assert {table: len(rows) for table, rows in found.items()} == {table: len(rows) for table, rows in expected.items()}
    uncertain = "uncertain" in outbox_states(house)
    as_rows = [{"files": list(one.items())} for one in (files, written)]
    differing = differences(expected, found) | differences(*as_rows)
    if uncertain:
        # A message that was claimed when the process died: the digest of that month must tell staff, and nothing else may differ.
        differing = {row for row in differing if not ("digest" in row and "uncertain" in row)}
    else:
        assert (found, written) == (expected, files)
    assert differing == set()
    states = Counter(outbox_states(house))
    assert states["queued"] == states["sending"] == states["failed"] == 0
    # A message that was claimed when the process died is listed as uncertain; whether its file was written is left to staff.
    assert len([name for name in files if name not in written]) <= 3 * states["uncertain"]
    assert database_is_sound(house)


def differences(expected: dict[str, list[Any]], found: dict[str, list[Any]]) -> set[str]:
    """The rows of one that the other does not have, as found; a row that is only missing is told by the counts of the tables."""
    return {repr(row) for table, rows in found.items() for row in rows if row not in expected[table]}


def outbox_states(house: Path) -> list[str]:
    """The state of every message."""
    database = sqlite3.connect(house / "pubtrack.db")
    states = [state for (state,) in database.execute("SELECT state FROM outbox")]
    database.close()
    return states


def run_with_kills(lines: list[list[str]], took: list[float], house: Path) -> int:
    """Run every line to its end, some after being killed on the way; longer lines are killed more often. Return the kills."""
    chance = random.Random(SEED)
    weights = [seconds if "run" in words else 0.0 for words, seconds in zip(lines, took, strict=True)]
    planned = Counter(chance.choices(range(len(lines)), weights, k=KILLS))
    killed = 0
    for number, words in enumerate(lines):
        for _ in range(planned[number]):
            process = start(words, house)
            try:
                process.communicate(timeout=chance.uniform(0.15, max(0.3, took[number])))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                killed += 1
        finish(words, house)
    return killed


def database_is_sound(house: Path) -> bool:
    """Whether SQLite finds nothing wrong."""
    database = sqlite3.connect(house / "pubtrack.db")
    sound = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    orphans = database.execute("PRAGMA foreign_key_check").fetchall()
    database.close()
    return sound and not orphans
