"""registers and registrations: what was imported, and which register lists which project."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pubtrack.store.database import Store


def imported(store: Store) -> dict[str, set[str]]:
    """Return, per register, the content hashes of the files of its newest import."""
    return {
        row["register"]: set(row["content_hash"].split())
        for row in store.rows("SELECT * FROM registers ORDER BY register")
    }


def record(store: Store, register: str, hashes: Collection[str], *, at: str) -> None:
    """Given a register and the content hashes of the files just imported, remember them."""
    store.db.execute(
        "INSERT INTO registers VALUES (?,?,?) ON CONFLICT (register) DO UPDATE SET content_hash = excluded.content_hash,"
        " imported_at = excluded.imported_at",
        (register, " ".join(sorted(hashes)), at),
    )


def listed(store: Store, register: str) -> list[str]:
    """Given a register, return the numbers of the projects its newest release lists."""
    return [
        row["project_id"]
        for row in store.rows(
            "SELECT project_id FROM registrations WHERE register = ? AND gone_at IS NULL ORDER BY project_id",
            (register,),
        )
    ]


def gone(store: Store, register: str | None = None) -> list[str]:
    """Return the numbers of the projects that a register (or this one) once listed and its newest release no longer does."""
    return [
        row["project_id"]
        for row in store.rows(
            "SELECT DISTINCT project_id FROM registrations WHERE gone_at IS NOT NULL AND (:register IS NULL OR register = :register)"
            " ORDER BY project_id",
            {"register": register},
        )
    ]


def mark_gone(store: Store, register: str, numbers: Collection[str], *, at: str) -> None:
    """Given a register and project numbers, remember that its newest release no longer lists them. Nothing is deleted."""
    store.db.conn.executemany(
        "UPDATE registrations SET gone_at = ? WHERE register = ? AND project_id = ? AND gone_at IS NULL",
        [(at, register, number) for number in numbers],
    )


def said(store: Store, ids: Collection[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Given project numbers, return what each register said of each, the register that spoke last coming last."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in store.rows(
        "SELECT project_id, register, said FROM registrations WHERE project_id IN (SELECT value FROM json_each(?))"
        " ORDER BY seen_at, register",
        (json.dumps(list(ids)),),
    ):
        found.setdefault(row["project_id"], {})[row["register"]] = json.loads(row["said"])
    return found


def say(store: Store, register: str, words: Collection[tuple[str, dict[str, Any]]], *, at: str) -> list[str]:
    """Given what a register says of projects, remember it and return the numbers of those that had been gone from it."""
    back = set(gone(store, register)) & {number for number, _ in words}
    store.db.conn.executemany(
        "INSERT INTO registrations (project_id, register, seen_at, said) VALUES (?,?,?,?)"
        " ON CONFLICT (project_id, register) DO UPDATE SET seen_at = excluded.seen_at, said = excluded.said, gone_at = NULL",
        [(number, register, at, json.dumps(word, ensure_ascii=False)) for number, word in words],
    )
    return sorted(back)
