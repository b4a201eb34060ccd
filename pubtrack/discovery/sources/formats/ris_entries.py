"""RIS: split at TY and ER first, so that one broken entry does not take the others with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import IO

from pubtrack.discovery.sources.formats.bibtex_entries import decoded
from pubtrack.models import Record

_TYPE = re.compile(r"TY {1,2}- ?")
_END = re.compile(r"ER {1,2}-")
_ID = re.compile(r"^ID {1,2}- (.+)$", re.MULTILINE)


def read(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    """Given an open file, yield a record an entry. Its id is `FILE#ID`, or a sum of what it says where there is no ID."""
    seen: set[str] = set()
    for line, entry in _entries(decoded(file.read())):
        found = _ID.search(entry)
        key = found[1].strip() if found and found[1].strip() else hashlib.sha256(entry.encode()).hexdigest()[:12]
        if key in seen:
            key = f"{key} (line {line})"
        seen.add(key)
        yield Record(source, f"{name}#{key}", "ris", entry.encode())


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each entry. One without ER ends where the next begins."""
    lines: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if _TYPE.match(line):
            if lines:
                yield start, "\n".join([*lines, "ER  - "])
            lines, start = [line.rstrip()], number
        elif lines and _END.match(line):
            yield start, "\n".join([*lines, "ER  - "])
            lines = []
        elif lines:
            lines.append(line.rstrip())
    if lines:
        yield start, "\n".join([*lines, "ER  - "])
