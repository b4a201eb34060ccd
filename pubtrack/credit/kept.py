"""The files of copies that were fetched, where the configuration keeps them: each under its SHA-256, in a folder beside the database."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from pathlib import Path

_OURS = re.compile(r"[0-9a-f]{64}(?:\.[a-z]{3,4})?(?:\.\d+\.part)?")
_ENDINGS = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "application/xml": ".xml",
    "text/xml": ".xml",
}


def folder_of(database: Path) -> Path:
    """Given the database's file, return the folder beside it."""
    return database.with_name(f"{database.stem}-copies")


def save(folder: Path, content: bytes, media_type: str | None) -> str:
    """Given what a link gave, keep it and return the file's name; the same bytes are kept once. Raise OSError if it cannot be written."""
    name = hashlib.sha256(content).hexdigest() + _ENDINGS.get(media_type or "", "")
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = path.with_name(f"{name}.{os.getpid()}.part")  # a name that no hash has: a kill leaves no half of a copy
        half.write_bytes(content)
        half.replace(path)
    return name


def files(folder: Path) -> list[Path]:
    """Return the files of copies in a folder, halves that a kill left included, and nothing that is not ours."""
    return sorted(path for path in folder.iterdir() if _OURS.fullmatch(path.name)) if folder.is_dir() else []


def sweep(folder: Path, named: Collection[str]) -> int:
    """Given the names that are still in use, take the other files of copies away and return how many that were."""
    old = [path for path in files(folder) if path.name not in named]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def read(folder: Path, name: str | None, content_hash: str) -> bytes | None:
    """Given a file's name and the hash of what it should hold, return its bytes, or None if it is not there or another's."""
    if not name or Path(name).name != name:
        return None
    try:
        content = (folder / name).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == content_hash else None
