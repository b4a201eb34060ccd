"""Another publication that a lead names or hands in: it goes through the door for reported works, and what that cannot take to staff."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from pubtrack import identifiers
from pubtrack.answers import choices
from pubtrack.answers.choices import Chooser, Outcome, Unfit
from pubtrack.clock import stamp
from pubtrack.errors import UsageError
from pubtrack.obligations.wording import plain
from pubtrack.store import Store, letters
from pubtrack.web import given
from pubtrack.web.app import Office

_LONGEST = 2_000
_FEWEST = 4  # words of a reference


def take(
    office: Office, store: Store, by: Chooser, project_id: str, text: str, content: bytes
) -> tuple[Callable[[], Outcome], dict[str, Any]]:
    """Given what a lead named (DOI, address, citation) or handed in, return what records it and what the file was found to say.

    Raise Unfit if neither was given, or the file is of a kind that nobody reads.
    """
    text = text.strip()
    if not text and not content:
        raise Unfit("text")
    if text and not _may_be_one(text):
        raise Unfit("text_kind")
    read, name = None, None
    if content:
        read = given.read(content, office.policies, project_id, office.settings)
        if read.suffix == "bin":
            raise Unfit("file_kind")
        assert office.settings.web is not None
        name = given.keep(content, office.settings.web.given, read.suffix, doi=None if text else read.doi)
    named = text or (read.doi if read else None) or ""
    more = {"verdicts": given.as_json(read)} if read else {}

    def record() -> Outcome:
        slots = {"project": project_id, "what": plain(named, 200)}
        if named and office.report is not None:
            try:
                taken = office.report(store, text=named, project=project_id, who=by.who, through=by.through, now=by.now)
            except UsageError:
                if text:
                    raise Unfit("text_kind") from None
            else:
                if name:
                    _to_staff(store, by, project_id, named, name, "a file came with it")
                held = () if taken.work_id is not None else choices.hold(store, project_id, by)
                return Outcome("another", taken.decisions + held, slots)
        _to_staff(store, by, project_id, named, name, "a publication that cannot be looked up by itself")
        return Outcome("another_staff" if named else "file", choices.hold(store, project_id, by), slots)

    return record, more


def _may_be_one(text: str) -> bool:
    """Return whether the text may name a publication: a DOI, an address, or the words of a reference. The door looks closer."""
    if len(text) > _LONGEST:
        return False
    return bool(identifiers.find_dois(text)) or text.startswith(("http://", "https://")) or len(text.split()) >= _FEWEST


def _to_staff(store: Store, by: Chooser, project_id: str, named: str, name: str | None, reason: str) -> None:
    """Leave it with staff, once for the same thing of the same person."""
    what = hashlib.sha256(f"{by.person.id}|{project_id}|{named}|{name}".encode()).hexdigest()[:32]
    letters.add(
        store,
        f"given {what}",
        "publication",
        at=stamp(by.now),
        person_id=by.person.id,
        project_id=project_id,
        text=named,
        reason=reason,
        file=name,
    )
