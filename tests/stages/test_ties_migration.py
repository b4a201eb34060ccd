"""A database from before records had ties keeps all it holds, and ties its records when they come again."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

from sqlite_utils.db import Database

from pubtrack.discovery.ingest import ingest
from pubtrack.models import Answer, Record, StageReport
from pubtrack.store import Store, decisions, works
from pubtrack.store.migrations import MIGRATIONS
from tests.conftest import AT

ARTICLE = Record("crossref", "10.5555/a", "crossref", b'{"DOI": "10.5555/a", "title": ["A"], "type": "report"}')
COPY = Record("repository", "1", "bibtex", b"@report{k, title={A}, doi={10.5555/a}}")


def test_a_database_from_before_ties(tmp_path: Path) -> None:
    path = tmp_path / "pubtrack.db"
    connection = sqlite3.connect(path, isolation_level=None)
    old = Database(connection)
    MIGRATIONS.apply(old, stop_before="m003_one_work_many_records")
    old.execute(
        "INSERT INTO works (doi, csl, title, type, first_seen_at, changed_at)"
        " VALUES ('10.5555/a', '{\"title\": \"A\"}', 'A', 'report', '', '')"
    )
    old.execute("INSERT INTO identities VALUES ('doi:10.5555/a', 1)")
    old.execute(
        "INSERT INTO sightings (source, source_id, work_id, format, content_hash, raw, seen_at, changed_at)"
        " VALUES ('crossref', '10.5555/a', 1, 'crossref', 'a hash', ?, '', '')",
        (zlib.compress(ARTICLE.raw),),
    )
    old.execute(
        "INSERT INTO decisions (made_at, who, through, answer, work_id) VALUES (?, 'Anna', 'cli', 'credited', 1)", (AT,)
    )
    connection.close()

    store = Store.open(path)
    report = StageReport("discover")
    with store.atomic():
        ingest(store, [ARTICLE], at=AT, report=report)
        ingest(store, [COPY], at=AT, report=report)

    assert report.counts == {"updated": 1, "new": 1, "joined": 1}
    assert [(work.id, work.doi) for work in works.every(store)] == [(1, "10.5555/a")]
    assert [(decision.answer, decision.work_id) for decision in decisions.every(store)] == [(Answer.CREDITED, 1)]
    store.close()
