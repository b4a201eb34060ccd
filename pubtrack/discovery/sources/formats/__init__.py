"""File formats: one reader a module, one line here. The content tells which; a name may mislead.

A reader yields a Record for every entry, also for one that is broken: its id is then its place (`works.jsonl, line 12`), and the
crosswalk says why it cannot be used. So it is counted, named and kept like any other.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pubtrack.errors import UsageError
from pubtrack.models import Record

Reader = Callable[[IO[bytes], str, str], Iterator[Record]]
_PEEK = 65_536
_KNOWN = "Known are Crossref JSON, CSL-JSON, OAI-PMH XML, BibTeX and RIS."


def _json(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import json_items

    return json_items.read(file, name, source)


def _crossref(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import json_items

    return json_items.read(file, name, source, "crossref")


def _csl(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import json_items

    return json_items.read(file, name, source, "csl-json")


def _oai(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import oai_xml

    return oai_xml.read(file, name, source)


def _bibtex(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import bibtex_entries

    return bibtex_entries.read(file, name, source)


def _ris(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    from pubtrack.discovery.sources.formats import ris_entries

    return ris_entries.read(file, name, source)


# Each takes the open file, its name for messages and ids, and the source's name.
READERS: dict[str, Reader] = {
    "crossref": _crossref,
    "csl-json": _csl,
    "bibtex": _bibtex,
    "ris": _ris,
    "oai_dc": _oai,
}
# What the content begins with, the byte order mark and blanks left out, decides; the first that fits.
_TOLD: tuple[tuple[re.Pattern[bytes], Reader], ...] = (
    (re.compile(rb"[{\[]"), _json),  # Crossref or CSL-JSON, told apart item by item
    (re.compile(rb"<"), _oai),
    (re.compile(rb"TY {1,2}- ?|(?:[A-Z][A-Z0-9] {1,2}- [^\n]*\s+)+TY {1,2}- "), _ris),
    (re.compile(rb"(?:%[^\n]*\n\s*|[^@\n]*\n\s*)*@\s*[A-Za-z]+\s*[{(]"), _bibtex),
)


class Broken(Exception):
    """The file as a whole is not what it should be; the message completes `FILE: ...`."""


def read(path: Path, source: str, format: str | None = None) -> Iterator[Record]:
    """Given a file, also one compressed with gzip, yield its records. Without `format` the content tells what they are.

    Raise UsageError, naming the file, if it cannot be read to its end or its format is not known.
    """
    if format is not None and format not in READERS:
        raise UsageError(f"{path}: there is no format {format}. Known are: {', '.join(READERS)}.")
    try:
        with path.open("rb") as file, _unpacked(file) as unpacked:
            reader = READERS[format] if format else _told(unpacked)
            yield from reader(unpacked, path.name, source)
    except Broken as error:
        raise UsageError(f"{path}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it is cut off or damaged"
        raise UsageError(f"{path}: this file cannot be read to its end: {why}.") from error


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    magic = file.read(2)
    file.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=file)) if magic == b"\x1f\x8b" else file


def _told(file: IO[bytes]) -> Reader:
    start = file.read(_PEEK)
    file.seek(0)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise Broken("this file is empty.")
    found = next((reader for pattern, reader in _TOLD if pattern.match(text)), None)
    if found is None:
        raise Broken(f"the content is of no known format. {_KNOWN}")
    return found
