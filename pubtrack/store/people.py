"""people: who is who. The same ORCID or the same mail address is the same person; a name alone is not enough."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from pubtrack.models import Answer, Person
from pubtrack.store import decisions
from pubtrack.store.database import Store

_INITIALS = re.compile(r"(?:\w\.[ -]?)+\w?|\w")
_COLUMNS = ("given", "family", "email", "orcid", "slack", "language")


def person_key(person: Person) -> str:
    """Given a person, return the string that says who it is: the ORCID, else the mail address, else the name."""
    if person.orcid:
        return f"orcid:{person.orcid}"
    if person.email:
        return f"email:{person.email.lower()}"
    return f"name:{person.name.casefold()}"


def save_person(store: Store, person: Person, *, at: str) -> int:
    """Given a person, add or update the row and return its id. What the new row leaves empty stays as it was."""
    return save_people(store, [person], at=at)[person]


def save_people(store: Store, persons: Iterable[Person], *, at: str) -> dict[Person, int]:
    """Given people as a register names them, add or update their rows and return the id of each.

    The same person may be named in several ways, with and without the ORCID: all of them get the same id.
    """
    named = list(dict.fromkeys(persons))
    directory = _Directory(store, named)
    numbers = {one: directory.save(one, at=at) for one in named}
    return {one: directory.merged.get(number, number) for one, number in numbers.items()}


def every(store: Store) -> list[Person]:
    """Return everyone in the register, ordered by id."""
    return [person(row) for row in store.rows("SELECT * FROM people ORDER BY id")]


def person(row: dict[str, Any]) -> Person:
    """Given a row of people, return the person."""
    return Person(**{name: row[name] for name in _COLUMNS}, id=row["id"])


def opted_out(store: Store) -> set[int]:
    """Return who wants no more messages. Said by a decision (`opt_out`, `opt_in`); of each person's the newest holds."""
    newest: dict[int, Answer] = {}
    for made in decisions.of_people(store):
        if made.person_id is not None and made.answer in (Answer.OPT_OUT, Answer.OPT_IN):
            newest[made.person_id] = made.answer
    return {person_id for person_id, answer in newest.items() if answer is Answer.OPT_OUT}


def away(store: Store) -> dict[int, date]:
    """Return who is on leave, each until a day (the last of the leave). Said by a decision (`away`); the newest holds."""
    return {
        made.person_id: made.until
        for made in decisions.of_people(store)
        if made.answer is Answer.AWAY and made.person_id is not None and made.until is not None
    }


def project_ids(store: Store, person_id: int) -> list[str]:
    """Given a person's id, return the numbers of the projects that person leads or takes part in, in order."""
    sql = "SELECT project_id FROM memberships WHERE person_id = ? ORDER BY project_id"
    return [row["project_id"] for row in store.rows(sql, (person_id,))]


class _Directory:
    """Everyone who may be one of `persons`, read once; `save` then looks here instead of asking the database each time."""

    def __init__(self, store: Store, persons: Iterable[Person]) -> None:
        self.store = store
        listed = list(persons)
        sought = {
            "orcids": json.dumps([one.orcid for one in listed if one.orcid]),
            "mails": json.dumps([one.email.lower() for one in listed if one.email]),
            "keys": json.dumps([person_key(one) for one in listed]),
        }
        self.rows: dict[int, dict[str, Any]] = {}
        self.by: dict[str, list[int]] = {}
        self.merged: dict[int, int] = {}
        if listed:
            found = store.rows(
                "SELECT * FROM people WHERE orcid IN (SELECT value FROM json_each(:orcids))"
                " OR lower(email) IN (SELECT value FROM json_each(:mails)) OR key IN (SELECT value FROM json_each(:keys)) ORDER BY id",
                sought,
            )
            self.rows = {row["id"]: row for row in found}
        for row in self.rows.values():
            self._index(row)

    def save(self, person: Person, *, at: str) -> int:
        """Given a person, add or update the row and return its id.

        Someone known by mail address who turns out to have the ORCID of another row was one person all along: the rows become one.
        """
        row = self._find(person)
        new: dict[str, Any] = {name: getattr(person, name) for name in _COLUMNS}
        if row is None:
            return self._add(new | {"key": person_key(person)}, at)
        if _INITIALS.fullmatch(person.given) and row["given"]:
            new["given"] = None  # another line of the same register may know only the initials
        changed = {name: value for name, value in new.items() if value and value != row[name]}
        key = person_key(Person(**{name: changed.get(name, row[name]) for name in _COLUMNS}))
        if key != row["key"]:
            changed["key"] = key
        if changed:
            self.store.db.execute(
                f"UPDATE people SET {', '.join(f'{name} = ?' for name in changed)}, changed_at = ? WHERE id = ?",
                (*changed.values(), at, row["id"]),
            )
            row.update(changed)
            self._index(row)
        return int(row["id"])

    def _find(self, person: Person) -> dict[str, Any] | None:
        by_mail = [self.rows[one] for one in self.by.get(f"email:{person.email.lower()}", ())] if person.email else []
        if person.orcid is None:
            found = by_mail if person.email else [self.rows[one] for one in self.by.get(person_key(person), ())]
            return next(iter(found), None)
        # Two ORCIDs are two people, even at one address: a secretariat's, for one.
        by_mail = [row for row in by_mail if row["orcid"] in (None, person.orcid)]
        by_orcid = [self.rows[number] for number in self.by.get(f"orcid:{person.orcid}", ())]
        if not by_orcid:
            return next(iter(by_mail), None)
        for row in by_mail:
            if row["id"] != by_orcid[0]["id"]:
                self._merge(row["id"], by_orcid[0]["id"])
        return by_orcid[0]

    def _index(self, row: dict[str, Any]) -> None:
        """Make a row findable by all that it is known under."""
        mail = {f"email:{row['email'].lower()}"} if row["email"] else set()
        for name in {f"orcid:{row['orcid']}", row["key"]} | mail:
            numbers = self.by.setdefault(name, [])
            if row["id"] not in numbers:
                numbers.append(row["id"])

    def _add(self, columns: dict[str, Any], at: str) -> int:
        cursor = self.store.db.execute(
            f"INSERT INTO people ({', '.join(columns)}, changed_at) VALUES ({', '.join('?' * len(columns))}, ?)",
            (*columns.values(), at),
        )
        made = int(cursor.lastrowid or 0)
        self.rows[made] = columns | {"id": made}
        self._index(self.rows[made])
        return made

    def _merge(self, gone: int, kept: int) -> None:
        """Give everything of one row to another and delete it. A lead stays the lead."""
        execute = self.store.db.execute
        execute(
            "INSERT INTO memberships SELECT project_id, ?, role FROM memberships WHERE person_id = ?"
            " ON CONFLICT (project_id, person_id) DO UPDATE SET role = min(role, excluded.role)",
            (kept, gone),
        )
        execute("DELETE FROM memberships WHERE person_id = ?", (gone,))
        for table in ("decisions", "outbox", "links_revoked", "forms_used", "letters"):
            execute(f"UPDATE {table} SET person_id = ? WHERE person_id = ?", (kept, gone))
        sql = "SELECT project_id, register, said FROM registrations WHERE said LIKE '%\"lead\"%' OR said LIKE '%\"members\"%'"
        for row in list(self.store.rows(sql)):
            said = json.loads(row["said"])
            members = sorted({kept if one == gone else one for one in said.get("members", ())})
            renamed = (
                said | ({"members": members} if members else {}) | ({"lead": kept} if said.get("lead") == gone else {})
            )
            if renamed != said:
                execute(
                    "UPDATE registrations SET said = ? WHERE project_id = ? AND register = ?",
                    (json.dumps(renamed, ensure_ascii=False), row["project_id"], row["register"]),
                )
        given = {
            name: self.rows[gone][name] for name in _COLUMNS if not self.rows[kept][name] and self.rows[gone][name]
        }
        execute("DELETE FROM people WHERE id = ?", (gone,))
        if given:
            execute(
                f"UPDATE people SET {', '.join(f'{name} = ?' for name in given)} WHERE id = ?", (*given.values(), kept)
            )
            self.rows[kept].update(given)
        del self.rows[gone]
        for numbers in self.by.values():
            if gone in numbers:
                numbers.remove(gone)
        self._index(self.rows[kept])
        self.merged = {old: kept if new == gone else new for old, new in self.merged.items()} | {gone: kept}
