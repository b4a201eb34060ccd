"""What a page's layout puts between the words of a sentence, taken away line by line: line numbers, running lines, notes. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from pubtrack.credit.sections import section_of

_EDGE = 3  # lines at a page's top and bottom that may be a running header or footer
_NUMBERED = re.compile(r"^[ \t]*(\d{1,5})(?:[ \t]+(?=\S)|[ \t]*$)")
_PAGE_NUMBER = re.compile(
    r"^[ \t]*(?:(?:page|pagina|p\.)[ \t]*)?[-–]?[ \t]*\d{1,4}[ \t]*[-–]?(?:[ \t]*(?:of|van|/)[ \t]*\d{1,4})?[ \t]*$",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\n(?:\d{1,3}|[*†‡§¶]{1,3})[ .)]{0,2}(?=[A-ZÀ-Ý\"“‘(])")
_LINE = re.compile(r"(?:\n|\ufffe[\r\n]*)(?=[^\s\ufffe])")  # U+FFFE: a hyphen at the end of a line
_MARK = "\U0010fffd"  # a character that no one uses
_LONGEST_NOTE = 15  # lines
_SHORTEST_LINE = 25  # characters; a shorter one that does not end as a sentence does may be a heading
_SMALLER = 0.8  # points


def without_line_numbers(pages: list[list[str]]) -> list[list[str]]:
    """Take away line numbers: numbers at most lines' beginnings, or ends, or at either where there are two columns, that go up by one, on
    a page or over all of them."""
    bare = [line.strip() for page in pages for line in page]
    best, most = None, max(12, 0.45 * sum(map(bool, bare)))
    if sum(line[:1].isdigit() or line[-1:].isdigit() for line in bare) < most:
        return pages
    for numbered in (_number_before, _number_after, _Either()):
        found = [[numbered(line) for line in page] for page in pages]
        numbers = [one[0] for page in found for one in page if one is not None]
        steps = sum(0 < after - before <= 5 or after == 1 for before, after in pairwise(numbers))
        if len(numbers) >= most and steps >= 0.85 * (len(numbers) - 1):
            best, most = found, 1.2 * len(numbers)
    if best is None:
        return pages
    return [
        [one[1] if one is not None else line for one, line in zip(some, page, strict=True)]
        for some, page in zip(best, pages, strict=True)
    ]


class _Either:
    """The number at a line's beginning or end that goes on from the last one."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, line: str) -> tuple[int, str] | None:
        found = [one for one in (_number_before(line), _number_after(line)) if one is not None]
        if not found:
            return None
        next_one = next((one for one in found if 0 < one[0] - self._last <= 5 or one[0] == 1), found[0])
        self._last = next_one[0]
        return next_one


def _number_before(line: str) -> tuple[int, str] | None:
    match = _NUMBERED.match(line)
    return (int(match.group(1)), line[match.end() :]) if match else None


def _number_after(line: str) -> tuple[int, str] | None:
    """A number at a line's end, after words. Without a pattern: to look for a line's end with one takes longer than to read the PDF."""
    bare = line.rstrip(" \t")
    rest = bare.rstrip("0123456789")
    if not 1 <= len(bare) - len(rest) <= 5 or not rest.endswith((" ", "\t")) or not rest.strip():
        return None
    return int(bare[len(rest) :]), rest.rstrip(" \t")


def without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Take away headers, footers and page numbers: lines at a page's edges that come back, but for their digits."""
    pages = [[line for line in page if line.strip()] for page in pages]
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_shape(line) for line in (*page[:_EDGE], *page[-_EDGE:])})
    often = max(3, 0.3 * len(pages))
    if len(pages) == 2 and all(pages) and _shape(pages[0][0]) == _shape(pages[1][0]):
        seen[_shape(pages[0][0])] += 1  # two pages that begin alike: that is enough
    made = []
    for page in pages:
        kept = list(page)
        for _ in range(_EDGE):
            if kept and (_PAGE_NUMBER.match(kept[0]) or seen[_shape(kept[0])] >= often):
                kept.pop(0)
            if kept and (_PAGE_NUMBER.match(kept[-1]) or seen[_shape(kept[-1])] >= often):
                kept.pop()
        made.append(kept)
    return made


def _shape(line: str) -> str:
    """A line without the page number before or after it, which may stand in a line of its own on other pages; other numbers as #."""
    bare = " ".join(line.split()).strip("0123456789").strip()
    return re.sub(r"\d+", "#", bare).casefold()


def with_notes_marked(text: str, size: Callable[[int], float | None]) -> str:
    """Given a page's text and how to ask for a character's size, return it with a mark before each line of a note.

    A note begins with a number or a sign after a line of larger type that is no heading, and is as long as its small type goes on;
    what is longer than notes are, or stands in a reference list, is none.
    """
    marked, done = [], 0
    for match in _NOTE.finditer(text.replace(_MARK, " ") if _MARK in text else text):
        start = match.start() + 1
        before = text[:start].rstrip().rpartition("\n")[2]
        if start < done or _heading(before):
            continue
        small, large = size(match.end()), size(start - 1 - _blanks(text, start) - len(before) // 2)
        if small is None or large is None or small > large - _SMALLER:
            continue
        lines = [start]
        for line in _LINE.finditer(text, start):
            beginning = line.end()
            own = size(beginning) if len(lines) <= _LONGEST_NOTE else None
            if own is None or own > small + 0.3:
                break
            lines.append(beginning)
        if len(lines) <= _LONGEST_NOTE:
            for line_start in lines:
                marked.append(text[done:line_start])
                done = line_start
    return _MARK.join((*marked, text[done:]))


def _heading(line: str) -> bool:
    return section_of(line) is not None or (
        len(line.strip()) < _SHORTEST_LINE and not line.endswith((".", ",", ";", ")"))
    )


def _blanks(text: str, end: int) -> int:
    """How many blanks and line ends stand before a place, but for the last."""
    return end - 1 - len(text[: end - 1].rstrip())


def without_notes(pages: list[list[str]]) -> tuple[list[list[str]], list[tuple[int, list[str]]]]:
    """Given pages whose notes are marked, return them without the notes, and each page's notes with its number: a note in the middle of a
    sentence parts it.
    """
    kept = [[line for line in page if not line.startswith(_MARK)] for page in pages]
    noted = [[line.removeprefix(_MARK) for line in page if line.startswith(_MARK)] for page in pages]
    return kept, [(number, page) for number, page in enumerate(noted, 1) if page]
