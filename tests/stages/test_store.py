"""The store: strict, migrated with a backup, shared by two processes without harm."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.db import Database

from pubtrack.errors import DatabaseLocked, NewerDatabase, StoreError
from pubtrack.models import Answer, Decision
from pubtrack.store import Store, counts, decisions, migrations, projects, restore, runs
from tests.conftest import AT, NOW, PROJECT


def test_every_table_is_strict_with_foreign_keys_and_wal(store: Store) -> None:
    """A number cannot become text, a row cannot point at nothing, and readers do not wait for writers."""
    tables = [table for table in store.db.tables if not table.name.startswith("_")]

    assert len(tables) >= 19
    assert [table.name for table in tables if not table.strict] == []
    assert store.one("PRAGMA foreign_keys") == {"foreign_keys": 1}
    assert store.db.journal_mode == "wal"
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        store.db.execute("INSERT INTO memberships VALUES ('nothing', 1, 'lead')")


def test_a_migration_is_preceded_by_a_backup_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood before a step can be had back, complete, beside the database."""
    path = tmp_path / "pubtrack.db"
    older = Store.open(path)
    with older.atomic():
        projects.save(older, PROJECT, at=AT)
    older.close()
    later = migrations.Migrations("pubtrack")
    later._migrations.extend(migrations.MIGRATIONS._migrations)

    @later(name="m999_later")
    def _later(db: Database) -> None:
        db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")

    monkeypatch.setattr("pubtrack.store.database.MIGRATIONS", later)
    Store.open(path).close()

    copy = sqlite3.connect(path.with_name("pubtrack.db.before-m999_later"))
    assert copy.execute("SELECT id FROM projects").fetchall() == [("9001",)]
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
    copy.close()
    monkeypatch.undo()
    with pytest.raises(NewerDatabase) as refused:
        Store.open(path)
    assert str(refused.value) == (
        f"{path}: written by a later pubtrack (it knows m999_later). Install that version, or restore a backup."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is no database at all, but it is long enough to be read as one" * 20, "cannot be opened"),
        (None, "not one of pubtrack"),
    ],
)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, content: bytes | None, message: str) -> None:
    """A wrong `database` setting never damages what it points at."""
    path = tmp_path / "other.db"
    if content is None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (a)")
        other.commit()
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()

    with pytest.raises(StoreError, match=message):
        Store.open(path)
    assert path.read_bytes() == before


def _hold(path: Path, held: Any, seconds: float) -> None:
    store = Store.open(path)
    with store.exclusive("pubtrack run", now=NOW):
        held.set()
        time.sleep(seconds)


def test_a_second_process_is_told_who_holds_the_database(tmp_path: Path) -> None:
    """It waits as long as it was told to, and then names the holder; a killed holder lets go."""
    path = tmp_path / "pubtrack.db"
    Store.open(path).close()
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    holder = context.Process(target=_hold, args=(path, held, 60))
    holder.start()
    assert held.wait(30)
    store = Store.open(path)

    with pytest.raises(DatabaseLocked) as refused, store.exclusive("pubtrack match", now=NOW):
        pass
    assert str(refused.value) == (
        f"{path} is in use by process {holder.pid}, pubtrack run since 2026-11-16 12:00. Wait until it is done, or stop it."
    )
    holder.kill()
    holder.join()
    with store.exclusive("pubtrack match", now=NOW, wait=5):
        pass
    store.close()


def _write(path: Path, name: str, number: int) -> None:
    store = Store.open(path)
    for turn in range(number):
        with store.atomic():
            runs.set_mark(store, f"{name}-{turn}", "x", at=AT)
            store.one("SELECT count(*) FROM marks")
            runs.set_mark(store, "shared", f"{name}-{turn}", at=AT)
    store.close()


def test_two_writers_neither_corrupt_nor_deadlock(tmp_path: Path) -> None:
    """Both finish, every row is there, and the file is sound."""
    path = tmp_path / "pubtrack.db"
    Store.open(path).close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, name, 150)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0]
    store = Store.open(path)
    assert store.one("SELECT count(*) n FROM marks") == {"n": 301}
    assert counts.integrity(store) == "ok"
    store.close()


def test_what_fails_halfway_leaves_nothing(store: Store) -> None:
    """A transaction is whole or not there, nested ones too."""
    with pytest.raises(ZeroDivisionError), store.atomic():  # noqa: PT012
        projects.save(store, PROJECT, at=AT)
        with store.atomic():
            runs.set_mark(store, "a", "b", at=AT)
        raise ZeroDivisionError

    assert projects.every(store) == []
    assert runs.mark(store, "a") is None


def test_a_backup_is_restored_and_the_former_database_is_kept(tmp_path: Path) -> None:
    """Restoring puts the copy in place; a damaged copy changes nothing."""
    path, copy = tmp_path / "pubtrack.db", tmp_path / "copies" / "one.db"
    store = Store.open(path)
    with store.atomic():
        projects.save(store, PROJECT, at=AT)
    store.backup(copy)
    with store.atomic():
        store.db.execute("DELETE FROM memberships")
        store.db.execute("DELETE FROM projects")
    store.close()

    kept = restore(copy, path, now=NOW)

    restored = Store.open(path)
    assert [project.id for project in projects.every(restored)] == ["9001"]
    restored.close()
    assert kept == tmp_path / "pubtrack.db.before-restore-20261116-120000"
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(copy.read_bytes()[:5000])
    with pytest.raises(StoreError, match="backup"):
        restore(damaged, path, now=NOW)
    with pytest.raises(StoreError, match="there is no such backup"):
        restore(tmp_path / "none.db", path, now=NOW)


def test_decisions_cannot_be_changed_or_taken_away(store: Store) -> None:
    """The database itself refuses; saying the same again adds nothing; a withdrawal is a decision too."""
    with store.atomic():
        projects.save(store, PROJECT, at=AT)
        said = Decision(Answer.WAIVED, NOW, "staff", "cli", project_id="9001", note="no output expected")
        first = decisions.add(store, said)

        assert decisions.add(store, said) == first
    for statement in ("DELETE FROM decisions", "UPDATE decisions SET answer = 'mine'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store.db.execute(statement)
    with store.atomic():
        decisions.add(
            store, Decision(Answer.WITHDRAWN, NOW, "staff", "cli", project_id="9001", note=f"decision {first}")
        )
    assert decisions.every(store) == []
    assert [decision.answer for decision in decisions.history(store)] == [Answer.WAIVED, Answer.WITHDRAWN]


def test_a_run_that_was_killed_is_written_down_as_interrupted(store: Store) -> None:
    """The next run of the same stage closes the row that the killed one left open."""
    runs.start(store, "match", as_of="2026-11-15", at="2026-11-15T11:00:00Z")
    runs.start(store, "match", as_of="2026-11-16", at=AT)

    assert [(row["state"], row["finished_at"]) for row in runs.every(store)] == [("interrupted", AT), ("running", None)]
