"""Crossref JSON (one item, a list answer, an array, JSON lines) and CSL-JSON (an object, an array, JSON lines)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import IO, Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import fields
from pubtrack.discovery.crosswalks.crossref_types import NO_PUBLICATIONS, TYPES
from pubtrack.discovery.crosswalks.fields import printable
from pubtrack.discovery.sources.formats import Broken
from pubtrack.models import Record

# Crossref's own bookkeeping; CSL-JSON made from Crossref by others carries some of it, and Crossref's table reads both.
_CROSSREF_KEYS = frozenset({"indexed", "deposited", "prefix", "member", "content-domain", "is-referenced-by-count"})
_CSL_TYPES = {"book", "report", "dataset", "standard", "chapter", "thesis", "article-journal", "paper-conference"}
_CROSSREF_TYPES = (TYPES.keys() | NO_PUBLICATIONS.keys()) - _CSL_TYPES


def read(file: IO[bytes], name: str, source: str, format: str | None = None) -> Iterator[Record]:
    """Given an open file of JSON or JSON lines, yield a record an item.

    Raise Broken if it is neither.
    """
    for place, item, raw in _items(file):
        if not isinstance(item, dict):
            yield Record(source, f"{name}, {place}", format or "crossref", raw)
            continue
        kind = format or kind_of(item)
        yield Record(source, _name(item, kind, name, raw), kind, raw)


def kind_of(item: dict[str, Any]) -> str:
    """Given one item, return `crossref` or `csl-json`: Crossref gives titles as lists and keeps books of its own."""
    if any(isinstance(item.get(key), list) for key in ("title", "container-title")) or _CROSSREF_KEYS & item.keys():
        return "crossref"
    if isinstance(item.get("title"), str):
        return "csl-json"
    return "crossref" if item.get("type") in _CROSSREF_TYPES else "csl-json"


def _name(item: dict[str, Any], kind: str, file: str, raw: bytes) -> str:
    """The item's `id`, else its DOI, else a sum of what it says.

    An id that is a DOI in disguise is none. Keys of a reference manager (`smith2020`) hold within their file only.
    """
    given = item.get("id")
    own = printable(str(given).strip()) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    doi = fields.doi(item.get("DOI"))
    if own and kind == "crossref" and not identifiers.doi(own):
        return own
    if doi and kind == "crossref":
        return doi
    return f"{file}#{own or doi or hashlib.sha256(raw).hexdigest()[:12]}"


def _items(file: IO[bytes]) -> Iterator[tuple[str, Any, bytes]]:
    """Yield place, item and bytes of each item. JSON lines are read one by one, for such files may be large.

    It is JSON lines if the first or the second line that holds anything is an object of its own.
    """
    lines = _lines(file)
    head = [line for _, line in zip(range(2), lines, strict=False)]
    parsed = [_parsed(line) for _, line in head]
    if len(head) == 1 and isinstance(parsed[0], dict | list):
        yield from _inside(parsed[0], head[0][1])
    elif any(isinstance(item, dict) for item in parsed):
        for number, line in [*head, *lines]:
            yield f"line {number}", _parsed(line), line
    else:
        file.seek(0)
        yield from _inside(_whole(file.read()), b"")


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(file, start=1):
        if stripped := line.removeprefix(b"\xef\xbb\xbf").strip():
            yield number, stripped


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _whole(text: bytes) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Broken(
            f"line {error.lineno}, column {error.colno}: from here on this is no JSON ({error.msg})."
        ) from error
    except UnicodeDecodeError as error:
        raise Broken(f"this is no UTF-8 (byte {error.start}).") from error
    except RecursionError as error:
        raise Broken("this JSON is nested too deeply.") from error


def _inside(held: Any, raw: bytes) -> Iterator[tuple[str, Any, bytes]]:
    """A Crossref answer holds `message.items` or one work in `message`; exports hold `items`; else the items are all there is."""
    message = held.get("message") if isinstance(held, dict) else None
    if isinstance(message, dict):
        held, raw = message.get("items") if isinstance(message.get("items"), list) else message, b""
    elif isinstance(held, dict) and isinstance(held.get("items"), list):
        held = held["items"]
    if not isinstance(held, list):
        yield "item 1", held, raw or _bytes(held)
        return
    for at, item in enumerate(held, start=1):
        yield f"item {at}", item, _bytes(item)


def _bytes(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "backslashreplace")
