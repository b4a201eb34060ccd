"""projects and memberships: what the registers say, joined into one row per project."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pubtrack.models import Person, Project
from pubtrack.store import people as people_table
from pubtrack.store import registers
from pubtrack.store.database import Store
from pubtrack.store.people import person_key, save_person

__all__ = ["Changes", "every", "get", "people", "person_key", "save", "save_all", "save_person"]

_FIELDS = ("title", "abstract", "datasets", "institution", "started_on", "ended_on")
_ALL = frozenset({*_FIELDS, "lead", "members"})


@dataclass(slots=True)
class Changes:
    """What an import changed, by project number; for a changed project its fields with their old and new values."""

    new: list[str] = field(default_factory=list)
    changed: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)  # had been gone from this register; they are in another list too


def save(store: Store, project: Project, *, at: str) -> dict[str, tuple[Any, Any]] | None:
    """Given a project, add it or make it what is given, its memberships too, in no register's name.

    Return None if it is new, else the fields that changed with their old and new values; an empty dict means no change.
    """
    done = save_all(store, None, [(project, _ALL)], at=at)
    return None if done.new else done.changed.get(project.id, {})


def save_all(
    store: Store, register: str | None, entries: Sequence[tuple[Project, frozenset[str]]], *, at: str
) -> Changes:
    """Given what a register says, each project with the fields the register speaks of, add and update projects and people.

    The newest word about a field holds, whichever register spoke it: a register that repeats itself overrules nobody, one that
    takes back its own word leaves the field to the others, and one that does not carry a field (`people` in the provider's
    workbook) leaves it alone. It opens no transaction: the caller does.
    """
    # People first: two rows may turn out to be one person, and what is read below must know.
    numbers = people_table.save_people(store, [one for project, _ in entries for one in project.people], at=at)
    ids = [project.id for project, _ in entries]
    held, roles, words = _held(store, ids), _roles(store, ids), registers.said(store, ids)
    done = Changes()
    rows: list[tuple[Any, ...]] = []
    memberships: dict[str, dict[int, str]] = {}
    new_words: list[tuple[str, dict[str, Any]]] = []
    for project, carried in entries:
        now, had = held.get(project.id), roles.get(project.id, {})
        current = _current(now, had)
        before = words.get(project.id, {}).get(register, {}) if register else current
        word = {name: value for name, value in before.items() if name not in carried} | _word(project, carried, numbers)
        wanted = _newest_word(current, before, register or "", words.get(project.id, {}) | {register or "": word})
        changes = {
            name: (current.get(name), wanted.get(name)) for name in _FIELDS if current.get(name) != wanted.get(name)
        }
        wanted_roles = _wanted_roles(wanted)
        if wanted_roles != had:
            changes["people"] = (sorted(had.items()), sorted(wanted_roles.items()))
            memberships[project.id] = wanted_roles
        if now is None:
            done.new.append(project.id)
        elif changes:
            done.changed[project.id] = changes
        else:
            done.unchanged.append(project.id)
        if now is None or changes:
            rows.append((project.id, *_columns(wanted), now["first_seen_at"] if now else at, at))
        new_words.append((project.id, word))
    _write(store, rows, memberships)
    if register:
        done.returned = registers.say(store, register, new_words, at=at)
    return done


def _word(project: Project, carried: frozenset[str], numbers: Mapping[Person, int]) -> dict[str, Any]:
    """What a register says, without what it leaves empty; people by the number of their row."""
    said: dict[str, Any] = {
        "title": project.title,
        "abstract": project.abstract,
        "datasets": list(project.datasets),
        "institution": project.institution,
        "started_on": project.started_on.isoformat() if project.started_on else None,
        "ended_on": project.ended_on.isoformat() if project.ended_on else None,
        "lead": numbers[project.lead] if project.lead else None,
        "members": sorted({numbers[person] for person in project.members}),
    }
    return {name: value for name, value in said.items() if value and name in carried}


def _wanted_roles(wanted: Mapping[str, Any]) -> dict[int, str]:
    roles: dict[int, str] = dict.fromkeys(wanted.get("members") or [], "member")
    if wanted.get("lead"):
        roles[wanted["lead"]] = "lead"
    return roles


def _current(row: Mapping[str, Any] | None, roles: Mapping[int, str]) -> dict[str, Any]:
    current: dict[str, Any] = {}
    if row is not None:
        current = {name: row[name] for name in _FIELDS} | {"datasets": json.loads(row["datasets"])}
    current["lead"] = next((person for person, role in roles.items() if role == "lead"), None)
    current["members"] = sorted(person for person, role in roles.items() if role == "member")
    return {name: value for name, value in current.items() if value}


def _newest_word(
    current: Mapping[str, Any], before: Mapping[str, Any], register: str, said: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Given what a project is, what this register said of it last time, and what all registers say of it now, return what it becomes."""
    wanted = dict(current)
    word = said[register]
    for name in _ALL:
        if word.get(name) == before.get(name):
            continue
        if (
            name == "datasets"
        ):  # every register adds to them: the order is that of the registers' names, the same every time
            wanted[name] = list(dict.fromkeys(one for _, words in sorted(said.items()) for one in words.get(name, ())))
        elif name in word:
            wanted[name] = word[name]
        elif _same(name, current, before):
            others = [words[name] for other, words in said.items() if other != register and words.get(name)]
            wanted[name] = others[-1] if others else None
    return wanted


def _same(name: str, current: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Return whether a field still is what a register made it. The lead is never among the members, whoever lists them."""
    if name == "members":
        lead = current.get("lead")
        return [one for one in before[name] if one != lead] == (current.get(name) or [])
    return bool(current.get(name) == before.get(name))


def _columns(wanted: Mapping[str, Any]) -> tuple[Any, ...]:
    held = dict(wanted) | {"datasets": json.dumps(wanted.get("datasets") or [], ensure_ascii=False)}
    return tuple(held.get(name) for name in _FIELDS)


def _write(store: Store, rows: Sequence[tuple[Any, ...]], memberships: Mapping[str, Mapping[int, str]]) -> None:
    names = ("id", *_FIELDS, "first_seen_at", "changed_at")
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*_FIELDS, "changed_at"))
    store.db.conn.executemany(
        f"INSERT INTO projects ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) ON CONFLICT (id) DO UPDATE SET {updates}",
        rows,
    )
    store.db.conn.executemany("DELETE FROM memberships WHERE project_id = ?", [(number,) for number in memberships])
    store.db.conn.executemany(
        "INSERT INTO memberships VALUES (?,?,?)",
        [(number, person, role) for number, roles in memberships.items() for person, role in roles.items()],
    )


def _held(store: Store, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    sql = "SELECT * FROM projects WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"]: row for row in store.rows(sql, (json.dumps(ids),))}


def _roles(store: Store, ids: Sequence[str]) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = defaultdict(dict)
    sql = (
        "SELECT * FROM memberships WHERE project_id IN (SELECT value FROM json_each(?)) ORDER BY project_id, person_id"
    )
    for row in store.rows(sql, (json.dumps(ids),)):
        found[row["project_id"]][row["person_id"]] = row["role"]
    return found


def every(store: Store, ids: Iterable[str] | None = None) -> list[Project]:
    """Return all projects (or those of `ids`) with their people, ordered by id."""
    wanted = None if ids is None else json.dumps(list(ids))
    condition = "" if wanted is None else " WHERE {} IN (SELECT value FROM json_each(:ids))"
    everyone: dict[int, Person] = {}
    leads: dict[str, Person] = {}
    members: dict[str, list[Person]] = defaultdict(list)
    for row in store.rows(
        "SELECT m.project_id, m.role, p.* FROM memberships m JOIN people p ON p.id = m.person_id"
        f"{condition.format('m.project_id')} ORDER BY m.project_id, m.person_id",
        {"ids": wanted} if wanted else (),
    ):
        person = everyone.setdefault(row["id"], people_table.person(row))
        if row["role"] == "lead":
            leads[row["project_id"]] = person
        else:
            members[row["project_id"]].append(person)
    return [
        Project(
            id=row["id"],
            title=row["title"],
            abstract=row["abstract"],
            datasets=tuple(json.loads(row["datasets"])),
            institution=row["institution"],
            started_on=date.fromisoformat(row["started_on"]) if row["started_on"] else None,
            ended_on=date.fromisoformat(row["ended_on"]) if row["ended_on"] else None,
            lead=leads.get(row["id"]),
            members=tuple(members.get(row["id"], ())),
        )
        for row in store.rows(
            f"SELECT * FROM projects{condition.format('id')} ORDER BY id", {"ids": wanted} if wanted else ()
        )
    ]


def get(store: Store, project_id: str) -> Project | None:
    """Given a project number, return the project or None."""
    found = every(store, [project_id])
    return found[0] if found else None


def last_ends(store: Store) -> dict[int, date]:
    """Return for everyone whose projects have all ended the day on which the last of them did, by the person's id."""
    rows = store.rows(
        "SELECT m.person_id, max(p.ended_on) AS ended_on FROM memberships m JOIN projects p ON p.id = m.project_id"
        " GROUP BY m.person_id HAVING count(*) = count(p.ended_on)"
    )
    return {row["person_id"]: date.fromisoformat(row["ended_on"]) for row in rows}


def people(store: Store) -> list[Person]:
    """Return everyone in the register, ordered by id."""
    return people_table.every(store)
