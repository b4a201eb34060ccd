"""A file that a lead gives: read in a worker, under limits, and told at once how it names the data's source."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pubtrack import identifiers
from pubtrack.config import Settings
from pubtrack.credit import check, readers
from pubtrack.errors import Unreadable
from pubtrack.models import Finding
from pubtrack.obligations.policy import Policy

_START = 4_000  # characters in which a publication names its own DOI
_SUFFIXES = {
    "pdf": "pdf",
    "jats": "xml",
    "html": "html",
    "docx": "docx",
    "latex": "tex",
    "markdown": "md",
    "text": "txt",
}
_WALL = 45.0  # seconds a person waits


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: a finding per policy, and its own DOI if it names one and no other first."""

    findings: tuple[tuple[Policy, Finding], ...]
    doi: str | None
    suffix: str


def read(content: bytes, policies: Sequence[Policy], project_id: str, settings: Settings) -> Read:
    """Given a file's bytes and the project it is for, return what it says under the project's policies.

    It is read by the credit worker, in a process of its own; what cannot be read is `unreadable`, with the reason.
    """
    credit, ours = settings.credit, settings.institution
    names = {"nl": ours.name}  # the institution's name is in the statement's language, not in the page's
    limits = readers.Limits(
        memory=credit.memory,
        seconds=min(credit.seconds, _WALL),
        wall=_WALL,
        max_bytes=settings.web.max_upload if settings.web else credit.max_bytes,
    )
    covering = [one for one in policies if any(fnmatchcase(project_id, form) for form in one.applies_to)]
    try:
        text = readers.read(content, limits)
    except Unreadable as error:
        return Read(tuple((policy, check.unreadable(policy, str(error))) for policy in covering), None, "bin")
    found = tuple(
        (
            policy,
            check.judge_for(policy)(
                text,
                reader=check.READER,
                fill=lambda spoken: {"institution": names.get(spoken, ours.name_en or ours.name)},
            ),
        )
        for policy in covering
    )
    start = " ".join(block.text for block in text.blocks[:60])[:_START]
    return Read(found, next(iter(identifiers.find_dois(start)), None), _SUFFIXES.get(text.kind, "bin"))


def keep(content: bytes, folder: Path, suffix: str, *, doi: str | None) -> str:
    """Given a file's bytes, keep it under a name made of its content, and return that name.

    A file with a DOI also gets a line in the folder's index.csv, so that the folder can stand in `credit.copies`. Twice changes nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{hashlib.sha256(content).hexdigest()[:24]}.{suffix}"
    path = folder / name
    if not path.exists():
        unfinished = folder / f".{name}.{os.getpid()}.part"
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    index = folder / "index.csv"
    held = index.read_text(encoding="utf-8") if index.exists() else "work,file,version\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([doi or "", name, ""])
    if doi and line.getvalue() not in held:
        held += line.getvalue()
    if not index.exists() or held != index.read_text(encoding="utf-8"):
        unfinished = folder / f".index.{os.getpid()}.part"
        unfinished.write_text(held, encoding="utf-8")
        os.replace(unfinished, index)
    return name


def as_json(found: Read) -> list[dict[str, Any]]:
    """Given what a file says, return what the page shows of it, as plain JSON values."""
    return [
        {
            "policy": policy.id,
            "verdict": finding.verdict.value,
            "reason": finding.reason or "",
            "quotes": [quote.quote[:600] for quote in finding.evidence[:2]],
            "suggestion": finding.suggestion or "",
        }
        for policy, finding in found.findings
    ]
