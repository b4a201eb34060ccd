"""A harvest killed (SIGKILL) again and again, and started again, ends as the server has it; a kill costs one page asked again at most."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pubtrack.store import Store, sightings, works
from tests.conftest import ROOT
from tests.peers.oai import OaiPeer
from tests.peers.oai_faults import Entry

SEED = 20261116
# How many kills, and of how many records: `make soak` sets 200, of 10,000 records.
KILLS = int(os.environ.get("PUBTRACK_HARVEST_KILLS", "10"))
RECORDS, BATCH = (10_000, 20) if KILLS >= 100 else (2_000, 40)

CONFIG = """
database = "../pubtrack.db"
reports = "../reports"
policies = ["policies/cbs-microdata.toml"]

[institution]
name = "University of Example"
contact = {{ name = "Digital Competence Centre", email = "dcc@example.org" }}

[[source]]
kind = "oai_pmh"
name = "repository"
url = "{url}"
"""


def library() -> list[Entry]:
    """Fictional records, one a minute; every eleventh is deleted."""
    start = datetime(2026, 1, 1)
    return [
        Entry(
            f"oai:repository.example.org:{number}",
            start + timedelta(minutes=number),
            {"title": [f"Registers, volume {number}"], "creator": ["Berg, Anna van der"], "date": ["2026"]},
            deleted=number % 11 == 10,
        )
        for number in range(RECORDS)
    ]


def start(house: Path) -> subprocess.Popen[bytes]:
    words = ("-m", "pubtrack", "--config", "config/pubtrack.toml", "--as-of", "2026-11-16", "discover")
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=house,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def live(house: Path, peer: OaiPeer, pages: int, delay: float) -> bool:
    """Let a harvester ask for so many pages and live a moment longer, then kill it. Return whether it was alive to be killed."""
    process, until = start(house), peer.lists_given + pages
    while process.poll() is None and peer.lists_given < until:
        time.sleep(0.001)
    time.sleep(delay)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


@pytest.mark.slow
def test_killed_at_random_points_the_store_equals_the_server(tmp_path: Path) -> None:
    house = tmp_path / "house"
    (house / "config").mkdir(parents=True)
    shutil.copytree(ROOT / "config" / "policies", house / "config" / "policies")
    chance, entries, killed = random.Random(SEED), library(), 0
    mean = RECORDS // BATCH / KILLS
    with OaiPeer(entries, batch=BATCH) as peer:
        (house / "config" / "pubtrack.toml").write_text(CONFIG.format(url=peer.url), encoding="utf-8")
        for _ in range(KILLS):
            pages = chance.randint(0, max(1, round(2 * mean) - 2))
            killed += live(house, peer, pages, chance.uniform(0, 0.05 if pages else 0.6))
        last = start(house)
        _, said = last.communicate(timeout=600)
        assert last.returncode == 0, said.decode()
        asked = [arguments.get("resumptionToken", "") for arguments in peer.lists]

    assert killed >= 0.9 * KILLS, "too few of the kills met a running harvest to prove anything"
    again = len(asked) - len(set(asked))
    print(
        f"\n  {killed} kills of a harvest of {RECORDS} records: {len(set(asked))} pages, {again} of them asked for again"
    )
    assert again <= killed
    assert len(set(asked)) == RECORDS // BATCH
    store = Store.open(house / "pubtrack.db")
    rows = list(store.rows("SELECT id, source_id, datestamp, deleted FROM sightings ORDER BY id"))
    assert [(r["source_id"], r["datestamp"], bool(r["deleted"])) for r in rows] == [
        (entry.identifier, f"{entry.stamp:%Y-%m-%dT%H:%M:%SZ}", entry.deleted) for entry in entries
    ]
    titles = sorted(entry.fields["title"][0] for entry in entries if not entry.deleted)
    assert sorted(work.title for work in works.every(store)) == titles
    raw = sightings.read(store, [row["id"] for row in rows])
    assert all(
        entry.deleted or entry.fields["title"][0].encode() in row["raw"]
        for entry, row in zip(entries, raw, strict=True)
    )
    assert store.one("PRAGMA integrity_check") == {"integrity_check": "ok"}
    store.close()
