"""match_touched and match_known: what changed since works were weighed last, and which outputs taught who belongs to a project then."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pubtrack.store.database import Store

Pair = tuple[str, int]  # project and work


@dataclass(frozen=True, slots=True)
class Touches:
    """What changed, up to a number of `match_touched`."""

    upto: int = 0
    records: frozenset[int] = frozenset()  # works that came, went or have another record
    works: frozenset[int] = frozenset()  # these, and those of which something else is known
    projects: frozenset[str] = frozenset()  # a run that was cut off was about to weigh what meets them
    register: bool = False

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return self.upto > 0


def read(store: Store) -> Touches:
    """Return what changed since `clear` was told of it."""
    upto, register = 0, False
    records: set[int] = set()
    works: set[int] = set()
    projects: set[str] = set()
    for number, kind, work_id, project_id in store.db.execute(
        "SELECT number, kind, work_id, project_id FROM match_touched"
    ):
        upto = max(upto, number)
        register = register or kind == "register"
        if work_id is not None:
            works.add(work_id)
            if kind == "record":
                records.add(work_id)
        if project_id is not None:
            projects.add(project_id)
    return Touches(upto, frozenset(records), frozenset(works), frozenset(projects), register)


def about_to_weigh(store: Store, work_ids: Iterable[int], project_ids: Iterable[str]) -> None:
    """Given what a run is about to weigh, write it down as changed: if it is cut off, the next one weighs it again."""
    store.db.conn.executemany(
        "INSERT INTO match_touched (kind, work_id, project_id) VALUES ('again', ?, ?)",
        [*((work_id, None) for work_id in work_ids), *((None, project_id) for project_id in project_ids)],
    )


def clear(store: Store, upto: int) -> None:
    """Given a number, forget what had changed until then, and what `about_to_weigh` wrote: it is weighed now."""
    store.db.execute("DELETE FROM match_touched WHERE number <= ? OR kind = 'again'", (upto,))


def known_of_works(store: Store, work_ids: Collection[int]) -> set[Pair]:
    """Given works, return the pairs of project and work that were known of them at the last weighing."""
    return _pairs(
        store, "SELECT project_id, work_id FROM match_known WHERE work_id IN (SELECT value FROM json_each(?))", work_ids
    )


def known_of_projects(store: Store, project_ids: Collection[str]) -> set[Pair]:
    """Given projects, return the pairs of project and work that were known of them at the last weighing."""
    return _pairs(
        store,
        "SELECT project_id, work_id FROM match_known WHERE project_id IN (SELECT value FROM json_each(?))",
        project_ids,
    )


def _pairs(store: Store, query: str, asked: Collection[int] | Collection[str]) -> set[Pair]:
    return {
        (str(project_id), int(work_id)) for project_id, work_id in store.db.execute(query, (json.dumps(list(asked)),))
    }


def keep_known(store: Store, pairs: Iterable[Pair], *, work_ids: Collection[int] | None = None) -> None:
    """Given what is known now of these works (of all, if none are given), keep it in place of what was."""
    if work_ids is None:
        store.db.execute("DELETE FROM match_known")
    else:
        store.db.execute(
            "DELETE FROM match_known WHERE work_id IN (SELECT value FROM json_each(?))", (json.dumps(list(work_ids)),)
        )
    store.db.conn.executemany("INSERT INTO match_known (project_id, work_id) VALUES (?, ?)", sorted(pairs))
