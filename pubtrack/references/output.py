"""Write a reference list into a folder: every file whole or not at all, and only if it differs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pubtrack.references.csl import link
from pubtrack.references.lists import ReferenceList, by_project
from pubtrack.references.rows import lacks
from pubtrack.references.words import WORDS
from pubtrack.references.writers import WRITERS
from pubtrack.store.references import FileRow


def made(references: ReferenceList, formats: Sequence[str]) -> list[FileRow]:
    """Given a list and formats, return its files, each once. Of a zip of copies the store is to keep no more than its hash."""
    found = []
    for name in dict.fromkeys(formats):
        content = WRITERS[name].write(references)
        file = f"references-{references.name}.{WRITERS[name].extension}"
        found.append(FileRow(file, name, hashlib.sha256(content).hexdigest(), content))
    return found


def kept(files: Sequence[FileRow]) -> list[FileRow]:
    """Given files, return what the store keeps of them: all but the copies themselves, which stand elsewhere."""
    return [replace(file, content=b"") if file.format == "copies" else file for file in files]


def write_files(references: ReferenceList, files: Sequence[FileRow], folder: Path) -> list[str]:
    """Given a list and its files, write them, and last what the list lacks (no such file if nothing). Return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[str] = []
    for row in files:
        write_if_changed(folder / row.name, row.content)
        paths.append(str(folder / row.name))
    file = folder / f"lacking-{references.name}.txt"
    text = lacking_text(references)
    if text:
        write_if_changed(file, text.encode())
        paths.append(str(file))
    else:
        file.unlink(missing_ok=True)
    return paths


def lacking_text(references: ReferenceList) -> str:
    """Given a list, return what its references lack and who can give it, or an empty string if they lack nothing."""
    words = WORDS[references.language]
    lines: list[str] = []
    for first, items in by_project(sorted(references.all_items, key=lambda item: item.project_id)):
        found = [(item, missing) for item in items if (missing := lacks(item, references.language))]
        if found:
            lines += ["", f"{words['project']} {first.project_id}"]
        for item, missing in found:
            lines.append(f"  {item.csl.get('title') or link(item.csl) or item.csl['id']}")
            lines += [f"    - {lack.what}: {lack.who}" for lack in missing]
    return "\n".join([f"{words['lacks']}: {words['title'].lower()} {references.name}", *lines]) + "\n" if lines else ""


def write_if_changed(file: Path, content: bytes) -> None:
    """Given a file and what is to stand in it, write it in one step unless that stands there already."""
    if file.exists() and file.read_bytes() == content:
        return
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, file)
