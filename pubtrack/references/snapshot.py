"""A list as it was made, beside its references: enough to write it again in any format, whatever becomes of projects and words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from pubtrack.references.lists import Copy, Correction, Item, ReferenceList, Sent, order
from pubtrack.store.references import ItemRow

_ABOUT = ("institution", "provider", "to", "language", "layout")


def taken(references: ReferenceList, before: str = "{}") -> str:
    """Given a list, return as JSON all that its references themselves do not say.

    `before` is what was taken of it earlier: a list that is made again without its copies still knows which went along.
    """
    about: dict[str, Any] = {name: getattr(references, name) for name in _ABOUT}
    about["projects"] = {
        item.project_id: [item.project_title, item.institution, item.lead] for item in references.all_items
    }
    about["corrections"] = [
        [correction.item.project_id, correction.item.work_id, list(correction.changed), asdict(correction.was)]
        for correction in references.corrections
    ]
    about["copies"] = [asdict(copy) for copy in references.copies] or json.loads(before).get("copies", [])
    return json.dumps(about, ensure_ascii=False, sort_keys=True)


def restored(name: str, made_on: date, about: str, rows: Sequence[ItemRow]) -> ReferenceList:
    """Given a list's name and day, what was taken of it and its references as they are kept, return the list as it was."""
    held = json.loads(about)
    projects: dict[str, list[Any]] = held.get("projects", {})
    items = {}
    for row in rows:
        title, institution, lead = projects.get(row.project_id, ["", "", None])
        items[row.project_id, row.work_id] = Item(
            row.project_id, row.work_id, row.csl, row.content_hash, title, institution, lead, row.formatted
        )
    corrections = tuple(
        Correction(items.pop((project_id, work_id)), Sent(**was), tuple(changed))
        for project_id, work_id, changed, was in held.get("corrections", ())
    )
    return ReferenceList(
        name=name,
        made_on=made_on,
        language=held.get("language", "en"),
        institution=held.get("institution", ""),
        provider=held.get("provider", ""),
        to=held.get("to"),
        items=tuple(sorted(items.values(), key=order)),
        corrections=corrections,
        layout=held.get("layout", "2026-05"),
        copies=tuple(Copy(**copy) for copy in held.get("copies", ())),
    )
