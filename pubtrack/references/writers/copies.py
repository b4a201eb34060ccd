"""A zip of the copies that may be passed on, and a page that names each with its licence and those that a person must add."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

from pubtrack.errors import UsageError
from pubtrack.references.formatting import plain
from pubtrack.references.lists import ReferenceList
from pubtrack.references.words import WHY, WORDS

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can hold; the same list is the same file


def write(references: ReferenceList) -> bytes:
    """Given a list with its copies, return the zip. Raise UsageError if a copy is not what it was when it was looked up."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        _add(made, _PAGE[references.language], contents(references).encode())
        for copy in references.copies:
            if copy.name:
                try:
                    content = Path(copy.path).read_bytes()
                except OSError as error:
                    raise UsageError(f"{copy.path}: {error.strerror or error}.") from error
                if hashlib.sha256(content).hexdigest() != copy.content_hash:
                    raise UsageError(f"{copy.path}: this file has changed since it was read. Run: pubtrack credit")
                _add(made, copy.name, content)
    return out.getvalue()


_PAGE = {"nl": "LEESMIJ.txt", "en": "README.txt"}


def contents(references: ReferenceList) -> str:
    """Given a list with its copies, return what the zip holds and what a person must add, as text."""
    words, why = WORDS[references.language], WHY[references.language]
    shown = {item.work_id: (item, projects) for item, projects in references.works()}
    lines = [f"{words['copies of']} {words['title'].lower()} {references.name}"]
    for heading, wanted in (("copies in", True), ("copies to add", False)):
        some = [copy for copy in references.copies if bool(copy.name) is wanted and copy.work_id in shown]
        if some:
            lines += ["", f"{words[heading]} ({len(some)})"]
        for copy in some:
            item, projects = shown[copy.work_id]
            lines += ["", f"  {words['project']} {', '.join(projects)}: {plain(item.formatted)}"]
            if copy.name:
                lines += [f"    {copy.name}", f"    {copy.licence}; {copy.place}"]
            else:
                lines.append(f"    {why[copy.why].format(place=copy.place or '-', licence=copy.licence)}")
    return "\n".join(lines) + "\n"


def _add(made: zipfile.ZipFile, name: str, content: bytes) -> None:
    part = zipfile.ZipInfo(name, _EARLIEST)
    part.external_attr = 0o644 << 16
    made.writestr(part, content)
