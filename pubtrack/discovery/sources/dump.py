"""One file of a Crossref public data file: which works in it could be the register's.

https://www.crossref.org/documentation/retrieve-metadata/public-data-file/ : some ten thousand files of some thousand works each,
`{"items": [...]}` in json.gz, or a work a line in jsonl.gz; in a folder or in one tar. Nearly all works are of others, so a file is
unpacked, searched as bytes for what no work of ours lacks, and only where something is found the work around it is read as JSON.
"""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.sources.crossref_sweep import Known
from pubtrack.errors import UsageError
from pubtrack.models import Person

_ENDINGS = (".json.gz", ".jsonl.gz", ".json", ".jsonl", ".ndjson.gz", ".ndjson")
_ORCID = rb"-[0-9]{4}-[0-9]{3}[0-9Xx]"  # behind nine characters, of which the first six are few, and quick to find
_EVERYWHERE = frozenset(
    {"university", "universiteit", "institute", "instituut", "hospital", "department", "college", "school"}
)
_END = re.compile(rb"\}\s*\]\s*\}?\s*$")
_FIRST = re.compile(rb'\s*(?:\{\s*"items"\s*:\s*)?\[\s*(\{\s*"[^"\\]{1,40}"\s*:)')


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the dump, by itself or inside a tar, and whom it is searched for (`Wanted`, as JSON)."""

    path: str
    name: str
    size: int
    offset: int | None = None  # in a tar
    wanted: bytes = b""


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in one file: the works as JSON, each with its DOI and the day it was indexed; how many it holds; or its fault."""

    works: tuple[tuple[str, bytes, str | None], ...] = ()
    records: int = 0
    fault: str | None = None


class Wanted:
    """Whose works are looked for, and what can be seen of them in bytes."""

    def __init__(
        self, people: Sequence[Person], rors: Sequence[str], names: Sequence[str], dois: Sequence[str]
    ) -> None:
        self._known = Known(people, rors, names)
        self._orcids = {orcid.encode() for orcid in self._known.orcids}
        starts = {orcid[:6] for orcid in self._orcids}
        self._patterns = [re.compile(re.escape(start) + rb"[0-9]{3}" + _ORCID) for start in sorted(starts)]
        self._rors = set(rors)
        self._dois = set(dois)
        self._needles = [needle for text in (*names, *rors, *dois) if (needle := _needle(text))]
        self._all = len(self._needles) < len(names) + len(rors) + len(dois)  # a name that bytes do not show

    def places(self, text: bytes) -> Iterator[int] | None:
        """Yield where in the text something is found that a work of ours may be; None if that cannot be told."""
        return None if self._all else self._places(text)

    def _places(self, text: bytes) -> Iterator[int]:
        for pattern in self._patterns:
            for match in pattern.finditer(text):
                if match.group().upper() in self._orcids:
                    yield match.start()
        small = text.lower() if self._needles else b""
        for needle in self._needles:
            at = small.find(needle)
            while at >= 0:
                yield at
                at = small.find(needle, at + 1)

    def takes(self, item: dict[str, Any]) -> bool:
        """Whether a work could be somebody's of the register, is the institution's by its ROR id, or was asked for by its DOI."""
        doi = item.get("DOI")
        return (isinstance(doi, str) and doi.lower() in self._dois) or self._known.could_own(item) or self._by_ror(item)

    def _by_ror(self, item: dict[str, Any]) -> bool:
        authors = item.get("author")
        return any(
            isinstance(one, dict) and identifiers.ror(str(one.get("id") or "")) in self._rors
            for author in (authors if isinstance(authors, list) else ())
            for place in _objects(author, "affiliation")
            for one in _objects(place, "id")
        )


def parts(dump: Path, wanted: bytes) -> list[Part]:
    """Given a folder, a tar or one file, return its files in order. Raise UsageError if there are none, or it cannot be read."""
    try:
        if dump.is_dir():
            found = [
                Part(str(path), str(path.relative_to(dump)), path.stat().st_size, None, wanted)
                for path in sorted(dump.rglob("*"))
                if path.name.endswith(_ENDINGS) and path.is_file()
            ]
        elif dump.name.endswith(".tar"):
            with tarfile.open(dump, "r:") as held:
                found = [
                    Part(str(dump), one.name, one.size, one.offset_data, wanted)
                    for one in held
                    if one.isfile() and one.name.endswith(_ENDINGS)
                ]
        else:
            found = [Part(str(dump), dump.name, dump.stat().st_size, None, wanted)]
    except tarfile.TarError as error:
        raise UsageError(f"{dump}: this tar cannot be read to its end: {error}.") from error
    except OSError as error:
        raise UsageError(f"{dump}: {error.strerror or 'it cannot be read'}.") from error
    if not found:
        raise UsageError(f"{dump}: here are no files of a Crossref public data file (.json.gz or .jsonl.gz).")
    return found


def read(part: Part) -> Read:
    """Given one file, return what in it could be the register's. A damaged file is a fault, and gives nothing. For workers."""
    wanted = whom(part.wanted)
    try:
        text = _unpacked(part)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it is cut off or damaged"
        return Read(fault=f"{part.name}: this file cannot be read to its end: {why}.")
    try:
        items, records = _items(text, wanted)
    except (ValueError, RecursionError):
        return Read(fault=f"{part.name}: this is no JSON of Crossref's, or not whole.")
    return Read(tuple(_work(item) for item in items if wanted.takes(item) and item.get("DOI")), records)


def told(people: Sequence[Person], rors: Sequence[str], names: Sequence[str], dois: Sequence[str]) -> bytes:
    """Given whose works are looked for, return it as JSON, for workers; the same register gives the same bytes."""
    named = sorted({(one.given, one.family, one.orcid) for one in people}, key=str)
    return json.dumps([named, sorted(rors), sorted(names), sorted(dois)], ensure_ascii=False).encode()


@lru_cache(maxsize=2)
def whom(text: bytes) -> Wanted:
    """Given what `told` made, return whose works are looked for; a worker makes it once."""
    people, rors, names, dois = json.loads(text)
    return Wanted([Person(given, family, orcid=orcid) for given, family, orcid in people], rors, names, dois)


def _unpacked(part: Part) -> bytes:
    with Path(part.path).open("rb") as file:
        file.seek(part.offset or 0)
        held = file.read(part.size)
    if len(held) < part.size:
        raise EOFError
    return gzip.decompress(held) if held[:2] == b"\x1f\x8b" else held


def _items(text: bytes, wanted: Wanted) -> tuple[list[dict[str, Any]], int]:
    """The works around what was found, and how many works there are. Raise ValueError if the text is not whole."""
    first = _FIRST.match(text)
    if first is None:
        edges = list(_lines(text))
        if not edges or not text.startswith(b"{", edges[0]):
            raise ValueError
        json.loads(text[edges[-1] :])  # a file that was cut off ends in the middle of a line
    else:
        if not _END.search(text[-200:]):
            raise ValueError
        # `indexed` comes first in Crossref's own works, and in nothing that a work holds.
        edges = [first.start(1), *_following(text, first[1], first.end(1))] if b'"indexed"' in first[1] else []
    places = wanted.places(text)
    try:
        if edges and places is not None:
            return _around(text, edges, places), len(edges)
        if edges:
            return [_item(text, edges, number) for number in range(len(edges))], len(edges)
    except ValueError:
        if first is None:
            raise
    held = json.loads(
        text
    )  # a work holds what looks like the beginning of the next, or the works are written in another way
    found = held.get("items") if isinstance(held, dict) else held
    if not isinstance(found, list):
        raise ValueError
    return [item for item in found if isinstance(item, dict)], len(found)


def _lines(text: bytes) -> Iterator[int]:
    """Where the lines begin that hold something."""
    at = 0
    while 0 <= at < len(text):
        end = text.find(b"\n", at)
        if text[at : end if end >= 0 else None].strip():
            yield at
        at = end + 1 if end >= 0 else -1


def _following(text: bytes, begins: bytes, at: int) -> Iterator[int]:
    """Where works begin as the first one does, behind the end of another."""
    while (at := text.find(begins, at)) >= 0:
        if b"".join(text[max(0, at - 60) : at].split()).endswith(b"},"):
            yield at
        at += len(begins)


def _around(text: bytes, edges: list[int], places: Iterator[int]) -> list[dict[str, Any]]:
    """Read the works in which something was found. Raise ValueError if what lies between two edges is no whole work."""
    numbers = {bisect_right(edges, place) - 1 for place in places} - {-1}
    return [_item(text, edges, number) for number in sorted(numbers)]


def _item(text: bytes, edges: list[int], number: int) -> dict[str, Any]:
    last = number + 1 == len(edges)
    piece = text[edges[number] : None if last else edges[number + 1]].decode()
    item, end = json.JSONDecoder().raw_decode(piece)
    # Only a work itself says when it was indexed: what a work holds may look like one otherwise.
    if not isinstance(item, dict) or "indexed" not in item or (not last and piece[end:].strip() not in ("", ",")):
        raise ValueError
    return item


def _work(item: dict[str, Any]) -> tuple[str, bytes, str | None]:
    indexed = item.get("indexed")
    stamp = indexed.get("date-time") if isinstance(indexed, dict) else None
    raw = json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")
    return str(item["DOI"]).lower(), raw, stamp if isinstance(stamp, str) else None


def _needle(text: str) -> bytes:
    """The longest word of a name that stands in bytes as it stands in letters: JSON may write others as \\u00e9."""
    if "/" in text:
        return text.lower().encode() if text.isascii() and "\\" not in text else b""
    words = [word for word in re.findall(r"[^\W_]+", text.lower()) if word.isascii()]
    return max([word for word in words if word not in _EVERYWHERE] or words, key=len, default="").encode()


def _objects(holder: Any, name: str) -> list[dict[str, Any]]:
    held = holder.get(name) if isinstance(holder, dict) else None
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
