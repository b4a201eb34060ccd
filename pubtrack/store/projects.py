"""projects, people, memberships, registrations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from pubtrack.models import Person, Project
from pubtrack.store.database import Store


def person_key(person: Person) -> str:
    """Given a person, return the string that says who it is: the ORCID, else the mail address, else the name."""
    if person.orcid:
        return f"orcid:{person.orcid}"
    if person.email:
        return f"email:{person.email.casefold()}"
    return f"name:{person.name.casefold()}"


def save_person(store: Store, person: Person, *, at: str) -> int:
    """Given a person, add or update the row and return its id. What the new row leaves empty stays as it was."""
    key = person_key(person)
    row = store.one("SELECT * FROM people WHERE key = ?", (key,))
    if row is None and person.orcid and person.email:
        row = store.one("SELECT * FROM people WHERE key = ?", (f"email:{person.email.casefold()}",))
    new: dict[str, Any] = {
        "given": person.given,
        "family": person.family,
        "email": person.email,
        "orcid": person.orcid,
        "slack": person.slack,
        "language": person.language,
    }
    if row is None:
        store.db.execute(
            "INSERT INTO people (key, given, family, email, orcid, slack, language, changed_at) VALUES (?,?,?,?,?,?,?,?)",
            (key, *new.values(), at),
        )
        found = store.one("SELECT id FROM people WHERE key = ?", (key,))
        assert found is not None
        return int(found["id"])
    changed = {field: value for field, value in new.items() if value and value != row[field]} | (
        {"key": key} if key != row["key"] else {}
    )
    if changed:
        assignments = ", ".join(f"{field} = ?" for field in changed)
        store.db.execute(
            f"UPDATE people SET {assignments}, changed_at = ? WHERE id = ?", (*changed.values(), at, row["id"])
        )
    return int(row["id"])


def save(store: Store, project: Project, *, at: str) -> dict[str, tuple[Any, Any]] | None:
    """Given a project, add or update it and its memberships.

    Return None if it is new, else the fields that changed with their old and new values; an empty dict means no change.
    """
    new: dict[str, Any] = {
        "title": project.title,
        "abstract": project.abstract,
        "datasets": json.dumps(project.datasets, ensure_ascii=False),
        "institution": project.institution,
        "started_on": project.started_on.isoformat() if project.started_on else None,
        "ended_on": project.ended_on.isoformat() if project.ended_on else None,
    }
    row = store.one("SELECT * FROM projects WHERE id = ?", (project.id,))
    changes: dict[str, tuple[Any, Any]] = {}
    if row is None:
        store.db.execute(
            "INSERT INTO projects (id, title, abstract, datasets, institution, started_on, ended_on, first_seen_at, changed_at)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (project.id, *new.values(), at, at),
        )
    else:
        changes = {field: (row[field], value) for field, value in new.items() if value != row[field]}
    members = {save_person(store, person, at=at): "member" for person in project.members}
    if project.lead is not None:
        members[save_person(store, project.lead, at=at)] = "lead"
    held = {
        int(row["person_id"]): row["role"]
        for row in store.rows("SELECT person_id, role FROM memberships WHERE project_id = ?", (project.id,))
    }
    if members != held:
        store.db.execute("DELETE FROM memberships WHERE project_id = ?", (project.id,))
        for person_id, role in members.items():
            store.db.execute("INSERT INTO memberships VALUES (?,?,?)", (project.id, person_id, role))
        changes["people"] = (sorted(held.items()), sorted(members.items()))
    if row is None:
        return None
    if changes:
        store.db.execute(
            "UPDATE projects SET title=?, abstract=?, datasets=?, institution=?, started_on=?, ended_on=?, changed_at=? WHERE id=?",
            (*new.values(), at, project.id),
        )
    return changes


def every(store: Store, ids: Iterable[str] | None = None) -> list[Project]:
    """Return all projects (or those of `ids`) with their people, ordered by id."""
    wanted = None if ids is None else set(ids)
    people = {row["id"]: _person(row) for row in store.rows("SELECT * FROM people")}
    leads: dict[str, Person] = {}
    members: dict[str, list[Person]] = defaultdict(list)
    for row in store.rows("SELECT * FROM memberships ORDER BY project_id, person_id"):
        if row["role"] == "lead":
            leads[row["project_id"]] = people[row["person_id"]]
        else:
            members[row["project_id"]].append(people[row["person_id"]])
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
        for row in store.rows("SELECT * FROM projects ORDER BY id")
        if wanted is None or row["id"] in wanted
    ]


def get(store: Store, project_id: str) -> Project | None:
    """Given a project number, return the project or None."""
    found = every(store, [project_id])
    return found[0] if found else None


def people(store: Store) -> list[Person]:
    """Return everyone in the register, ordered by id."""
    return [_person(row) for row in store.rows("SELECT * FROM people ORDER BY id")]


def _person(row: dict[str, Any]) -> Person:
    return Person(
        given=row["given"],
        family=row["family"],
        email=row["email"],
        orcid=row["orcid"],
        slack=row["slack"],
        language=row["language"],
        id=row["id"],
    )
