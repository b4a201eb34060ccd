"""Which copies may go along with a list, and which a person must add. It reads files, and opens none of them for what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pubtrack.config import Settings
from pubtrack.references.csl import link
from pubtrack.references.licences import Licence, licences
from pubtrack.references.lists import Copy, Item
from pubtrack.store import Store, findings, works

_BEST = ("published", "accepted", "submitted")


def gather(store: Store, settings: Settings, items: Iterable[Item], today: date) -> tuple[Copy, ...]:
    """Given references, return for each work the best copy whose licence lets it be passed on, or why a person must add one.

    Of several the published version goes before the accepted and the submitted one. A file counts only if it still is what was
    read: it is held against its hash.
    """
    found: dict[int, Copy] = {}
    for item in items:
        if item.work_id not in found:
            found[item.work_id] = _of(store, settings, item, today)
    return tuple(found.values())


def _of(store: Store, settings: Settings, item: Item, today: date) -> Copy:
    held = [row for row in findings.copies(store, item.work_id) if row["origin"] != "lookup" and not row["error"]]
    held.sort(key=lambda row: _BEST.index(row["version"]) if row["version"] in _BEST else len(_BEST))
    if not held:
        return Copy(item.work_id, place=link(item.csl), why="no copy")
    seen = [(row["format"], row["raw"]) for row in works.sightings(store, item.work_id) if not row["deleted"]]
    allowed = licences(seen, today)
    lost: Copy | None = None
    for row in held:
        licence = _licence(allowed, row)
        path = _path(settings, row)
        if licence and path:
            name = f"copies/{item.csl['id']}{path.suffix.lower()}"
            return Copy(item.work_id, name, str(path), str(row["content_hash"]), licence.name, row["location"])
        if licence:
            lost = Copy(item.work_id, licence=licence.name, place=row["location"], why="not kept")
    named = ", ".join(dict.fromkeys(one.name for one in allowed))
    why = "other version" if named else "no licence"
    return lost or Copy(item.work_id, licence=named, place=held[0]["location"], why=why)


def _licence(allowed: list[Licence], row: dict[str, Any]) -> Licence | None:
    return next((one for one in allowed if one.covers(row["version"], row["location"])), None)


def _path(settings: Settings, row: dict[str, Any]) -> Path | None:
    """Return the file of a copy, if it is there and holds what was read: handed in, or kept beside the database."""
    if not row["file"] or not row["content_hash"]:
        return None
    kept, rest = str(row["location"]).partition("/")[::2]
    if row["origin"] == "file":
        folders = [folder for folder in settings.credit.copies if folder.name == kept]
        places = [folder / rest for folder in folders if (folder / rest).resolve().is_relative_to(folder.resolve())]
    else:
        places = [settings.database.with_name(f"{settings.database.stem}-copies") / Path(row["file"]).name]
    return next((path for path in places if holds(path, row["content_hash"])), None)


def holds(path: Path, content_hash: str) -> bool:
    """Given a file and a SHA-256, return whether that is what the file holds."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == content_hash
    except OSError:
        return False
