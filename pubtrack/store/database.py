"""Open, migrate, lock and back up the one SQLite file. The tables' own modules stand beside this one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlite_utils.db import Database

from pubtrack import clock
from pubtrack.errors import DatabaseLocked, NewerDatabase, StoreError
from pubtrack.store.migrations import MIGRATIONS

# A second writer waits this long for a transaction; each of ours is short.
_BUSY_MS = 30_000


class Store:
    """The database. Open it with `Store.open`; the groups of tables are modules of functions that take it first."""

    def __init__(self, db: Database, path: Path | None) -> None:
        self.db = db
        self.path = path

    @classmethod
    def open(cls, path: Path | None, *, create: bool = True) -> Store:
        """Given a path (None: in memory), return the store, migrated after a backup copy beside it.

        Raise NewerDatabase if a later pubtrack wrote it, StoreError if it is no database of ours or cannot be opened.
        """
        if path is not None:
            if not create and not path.exists():
                raise StoreError(f"{path}: there is no database. Make one with: pubtrack init")
            if path.is_dir():
                raise StoreError(f"{path}: this is a folder. Name the database's file.")
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            store = cls(Database(connection, strict=True), path)
            store._refuse_what_is_not_ours()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            store._migrate()
        except (OSError, sqlite3.Error) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise StoreError(f"{path}: this database cannot be opened: {said}.") from error
        return store

    def _refuse_what_is_not_ours(self) -> None:
        known = [migration.name for migration in MIGRATIONS._migrations]
        applied = [migration.name for migration in MIGRATIONS.applied(self.db)]
        newer = [name for name in applied if name not in known]
        if newer:
            raise NewerDatabase(
                f"{self.path}: written by a later pubtrack (it knows {newer[-1]}). Install that version, or restore a backup."
            )
        if not applied and self.db.table_names():
            raise StoreError(f"{self.path}: this is a database, but not one of pubtrack. Point `database` elsewhere.")

    def _migrate(self) -> None:
        if not MIGRATIONS.pending(self.db):
            return
        with self._file_lock("migrating the database", wait=60):
            pending = MIGRATIONS.pending(self.db)  # another process may have done it while we waited
            if pending and MIGRATIONS.applied(self.db) and self.path is not None:
                self.backup(self.path.with_name(f"{self.path.name}.before-{pending[0].name}"))
            MIGRATIONS.apply(self.db)

    def close(self) -> None:
        """Close the connection; the store cannot be used after it."""
        self.db.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing. The write lock is taken at once, so that two writers wait instead of failing halfway."""
        if self.db.conn.in_transaction:
            with self.db.atomic():
                yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.rollback()
            raise
        self.db.execute("COMMIT")

    def rows(self, sql: str, parameters: tuple[Any, ...] | dict[str, Any] = ()) -> Iterator[dict[str, Any]]:
        """Given a query of a store module, yield its rows."""
        return self.db.query(sql, parameters)

    def one(self, sql: str, parameters: tuple[Any, ...] | dict[str, Any] = ()) -> dict[str, Any] | None:
        """Given a query of a store module, return its first row or None."""
        return next(iter(self.db.query(sql, parameters)), None)

    def backup(self, target: Path) -> None:
        """Given a path, write a complete copy there, also while others write. Raise StoreError if it cannot be written."""
        unfinished = target.with_name(target.name + ".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished.unlink(missing_ok=True)
            copy = sqlite3.connect(unfinished)
            try:
                self.db.conn.backup(copy)
            finally:
                copy.close()
            os.replace(unfinished, target)
        except (OSError, sqlite3.Error) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise StoreError(f"{target}: the copy cannot be written there: {said}.") from error

    @contextmanager
    def exclusive(self, doing: str, *, now: datetime, wait: float = 0) -> Iterator[None]:
        """Hold the database for a job that no other pubtrack may do at the same time.

        Wait up to `wait` seconds; then raise DatabaseLocked, which says who holds it, doing what, since when.
        """
        with self._file_lock(f"{doing} since {now:%Y-%m-%d %H:%M}", wait=wait):
            yield

    @contextmanager
    def _file_lock(self, doing: str, *, wait: float) -> Iterator[None]:
        if self.path is None:
            yield
            return
        lock = self.path.with_name(self.path.name + ".lock").open("a+", encoding="utf-8")
        try:
            _acquire(lock, clock.monotonic() + wait, self.path)
            lock.seek(0)
            lock.truncate()
            json.dump({"pid": os.getpid(), "doing": doing, "program": Path(sys.argv[0]).name}, lock)
            lock.flush()
            yield
            lock.seek(0)
            lock.truncate()
        finally:
            lock.close()  # the kernel lets go of the lock here, and also when the process is killed


def _acquire(lock: IO[str], until: float, path: Path) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if clock.monotonic() < until:
                clock.sleep(0.05)
                continue
        lock.seek(0)
        try:
            holder = json.loads(lock.read() or "{}")
        except ValueError:
            holder = {}
        who = f"process {holder['pid']}, {holder['doing']}" if holder else "another pubtrack"
        raise DatabaseLocked(f"{path} is in use by {who}. Wait until it is done, or stop it.")


def restore(source: Path, target: Path, *, now: datetime) -> Path | None:
    """Given a backup and the database's path, put the backup in its place; return where what stood there is kept.

    Raise StoreError if the backup is damaged or no database of pubtrack, DatabaseLocked if the database is in use.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such backup.")
    try:
        connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        ours = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sightings'").fetchone()[0]
        connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"{source}: this backup cannot be read: {error}.") from error
    if not sound or not ours:
        raise StoreError(f"{source}: this is no sound backup of pubtrack.")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return None
    kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%d-%H%M%S}")
    standing = Store.open(target)
    with standing.exclusive("pubtrack restore", now=now):
        standing.backup(kept)
        standing.close()
        unfinished = target.with_name(target.name + ".part")
        shutil.copyfile(source, unfinished)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        os.replace(unfinished, target)
    return kept
