"""BibTeX: the file is split into entries first, so that one broken entry does not take the others with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import IO

from pubtrack.discovery.crosswalks.bibtex import closes
from pubtrack.models import Record

# An entry begins a line: `@` elsewhere is a mail address or a field's text.
_START = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE)
# Or it follows another on its line, whose braces are closed.
_BEHIND = re.compile(r"[ \t,]*@[ \t]*([A-Za-z]+)[ \t]*[{(]")
_KEY = re.compile(r"[{(]\s*([^\s,{}()=\"#%]+)\s*,")


def read(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    """Given an open file, yield a record an entry, with the @string macros of the file in front of it.

    A record's id is `FILE#KEY`, for keys hold within one file only; a key used twice gets its line behind it.
    """
    text = decoded(file.read())
    starts = list(_START.finditer(text))
    macros = _macros(
        text[one.start() : end].strip() for one, end in _entries(text, starts) if one[1].lower() == "string"
    )
    seen: set[str] = set()
    line, counted = 1, 0
    for one, end in _entries(text, starts):
        if one[1].lower() in ("string", "preamble", "comment"):
            continue
        entry = text[one.start() : end].strip()
        line, counted = line + text.count("\n", counted, one.start()), one.start()
        found = _KEY.search(entry)
        key = found[1] if found else hashlib.sha256(entry.encode()).hexdigest()[:12]
        if key in seen:
            key = f"{key} (line {line})"
        seen.add(key)
        yield Record(source, f"{name}#{key}", "bibtex", (_used(macros, entry) + entry).encode())


def _macros(strings: Iterable[str]) -> dict[str, str]:
    found = ((re.search(r"[{(]\s*([^\s={}()]+)\s*=", text), text) for text in strings)
    return {match[1].lower(): f"{text}\n" for match, text in found if match}


def _used(macros: dict[str, str], entry: str) -> str:
    """The macros an entry uses, and all of them where one may be made of others."""
    words = set(re.findall(r"[^\s={}()#,\"]+", entry.lower())) if macros else set()
    used = [text for name, text in macros.items() if name in words]
    return "".join(macros.values() if any("#" in text for text in used) else used)


def _entries(text: str, starts: list[re.Match[str]]) -> Iterator[tuple[re.Match[str], int]]:
    """Yield where each entry begins and ends: where its braces close, or where the next begins if they do not before.

    What follows up to the next entry belongs to it where a brace stands in it, so that a brace too many is noticed.
    """
    for at, first in enumerate(starts):
        limit = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        one, closed = first, closes(text, first.end() - 1, limit)
        while closed is not None and (following := _BEHIND.match(text, closed, limit)):
            yield one, closed
            one, closed = following, closes(text, following.end() - 1, limit)
        yield one, limit if closed is None or text.find("}", closed, limit) >= 0 else closed


def decoded(content: bytes) -> str:
    """Given a file that does not say its encoding, return its text: UTF-8 if it is, else cp1252, as old files on Windows are."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
