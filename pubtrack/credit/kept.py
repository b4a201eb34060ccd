"""The files of copies that were fetched, where the configuration keeps them: each under its SHA-256, in a folder beside the database."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

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


def read(folder: Path, name: str | None, content_hash: str) -> bytes | None:
    """Given a file's name and the hash of what it should hold, return its bytes, or None if it is not there or another's."""
    if not name or Path(name).name != name:
        return None
    try:
        content = (folder / name).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == content_hash else None
