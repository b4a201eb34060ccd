"""Sentences around a place in a text, and a sentence prepared for the phrase language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pubtrack.credit.datasets import DatasetNames
from pubtrack.credit.names import Naming
from pubtrack.credit.steps import ARTICLES, DATASET, NAME, OTHER_NAME

_REACH = 700  # characters: no sentence is looked for farther than this
_END = re.compile(
    r"(?P<stop>[.!?…][\"”’')\]*_]{0,3})(?:\d{1,2}(?=\s))?\s+(?=[\"“‘'(\[*_#•–-]{0,3}\s?[A-ZÀ-Þ0-9])"  # a full stop, and a capital after it
    r"|\n[ \t]*\n"  # a blank line
    r"|\n(?=[ \t]*(?:[-*•·▪‣–]|\d{1,2}[.)]|\#{1,6}|\|)[ \t])"  # an item of a list, a heading, a row
    r"|\n(?=[ \t]*(?:Sources?|Data sources?|Bron(?:nen)?|Quellen?|Notes?|Noot|Noten)[ \t]*[:.])"
    r"|(?<=[a-z0-9])\n(?=\d{0,2}\.?\d?[ \t]*\n?(?:Data|Methods?|Results|Introduction|Abstract|Inleiding|Methode|Resultaten)\n)"
)
_SIGN = re.compile(r"[.!?…\n]")  # every end begins with one of these
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|al|cf|vs|etc|ca|approx|Dr|Prof|drs|ir|mr|Mr|Mrs|Ms|St|Fig|Figs|Eq|Tab|Sec|No|nr|Nr|pp|p|vol|Vol|ed|eds|resp|incl|excl"
    r"|bijv|o\.a|m\.b\.v|d\.m\.v|t\.a\.v|i\.s\.m|bv|nl|dwz|z\.g|zgn|o\.b\.v|jl|c\.q|v\.d|U\.S|U\.K|dept|Dept|univ|Univ)|\b[A-Z])\.$"
)
_LONGEST_SHORT, _LONGEST_WORD = 8, 6  # letters of an abbreviation with its dots, and of one without
_OPENS = "*#>-"  # markup that may stand before a sentence
_BLANK = re.compile(r"\n[ \t]*\n")
_LINK = re.compile(r"\]\([^)\s]{0,400}\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_ENTITY = re.compile(r"&(?:amp|nbsp|#\d{2,5});")
_URL = re.compile(r"(?:https?://|www\.)[^\s)\]>\"]+")
_MARKUP = (("](", _LINK, "] "), ("://", _URL, " "), ("www.", _URL, " "), ("<", _TAG, " "), ("&", _ENTITY, " "))
_TOKEN = re.compile(
    rf"[{NAME}{OTHER_NAME}{DATASET}\ue000]|\w+(?:[.@'’/&]\w+)*|[:;,()\[\]|?!\"“”]|(?<=\s)[–—-]{{1,2}}(?=\s)"
)


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """Given a place in a text, return the bounds of the sentence it stands in.

    A blank line, a list's item and a table's row end a sentence too; without any end a stretch of about 1,400 characters is taken.
    """
    low = max(0, start - _REACH)
    first = low
    for match in _endings(text, low, min(len(text), start + 1)):
        if match.end() <= start and _ends(text, match):
            first = match.end()
    if first == low and low > 0:
        first = text.find(" ", low, start) + 1 or low
    return first, _last(text, end)


def before(text: str, start: int) -> tuple[int, int] | None:
    """Given the start of a sentence, return the bounds of the one before it in the same paragraph, or None."""
    end = start
    while end > 0 and (text[end - 1].isspace() or text[end - 1] in _OPENS):
        end -= 1
    return (around(text, end - 1, end)[0], end) if end and not _BLANK.search(text, end, start) else None


def after(text: str, end: int) -> tuple[int, int] | None:
    """Given the end of a sentence, return the bounds of the one after it in the same paragraph, or None."""
    start = end
    while start < len(text) and (text[start].isspace() or text[start] in _OPENS):
        start += 1
    return (start, _last(text, start + 1)) if start < len(text) and not _BLANK.search(text, end, start) else None


def _last(text: str, end: int) -> int:
    """Where the sentence ends in which a place ends."""
    high = min(len(text), end + _REACH)
    for match in _endings(text, end, high):
        if _ends(text, match):
            return max(match.end("stop") if match.group("stop") else match.start(), end)
    return max(high, end)


def _endings(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Where a sentence may end. Its first sign is looked for by itself: that is many times faster."""
    done = start
    for sign in _SIGN.finditer(text, start, end):
        if sign.start() >= done and (match := _END.match(text, sign.start(), end)):
            done = match.end()
            yield match


def following(text: str, end: int, count: int) -> int:
    """Given the end of a sentence, return the end of the `count`th sentence after it, within the same reach."""
    for _ in range(count):
        place = end
        while place < len(text) and (text[place].isspace() or text[place] in _OPENS):
            place += 1
        if place >= len(text):
            return end
        end = _last(text, place + 1)
    return end


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a sentence does end here, and not an abbreviation."""
    place = match.start()
    if text[place] != "." or not match.group("stop"):
        return True
    last = text[max(0, place - _LONGEST_SHORT) : place].rpartition(" ")[2]
    if last.isalpha():  # as nearly all are
        return len(last) > _LONGEST_WORD or not _short(last)
    return not _short(text[max(0, place - _LONGEST_SHORT) : place])


@lru_cache(maxsize=10_000)
def _short(before: str) -> bool:
    """Whether what stands before a full stop is an abbreviation."""
    return _ABBREVIATION.search(before + ".") is not None


_BEGIN = """who which whose where whom that but and however whereas while although though because since so as we they it i this these those
including except instead not if when whether
die dat waar waarvan waartoe wie wiens maar en terwijl hoewel omdat zodat want wij ze zij ik dit deze als wanneer"""
_BEGINS = frozenset(_BEGIN.split())  # words with which a clause begins after a comma


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sentence in the words of the phrase language, with one open place per naming."""

    text: str
    names: int

    def focused(self, which: int | None) -> str:
        """Return the words with the given naming as {name} and the others as {other_name}; None: all are {name}."""
        parts = self.text.split("\ue000")
        made = [parts[0]]
        for place, part in enumerate(parts[1:]):
            made.append((NAME if which in (None, place) else OTHER_NAME) + part)
        return "".join(made)


def prepared(text: str, start: int, end: int, namings: Sequence[Naming], datasets: DatasetNames) -> Prepared:
    """Given a sentence's bounds and the namings in it, return its words: lower case, no articles, no markup, no hyphens."""
    parts, place, count = [], start, 0
    for naming in namings:
        if naming.end <= place or naming.start >= end:
            continue
        parts.append(text[place : max(place, naming.start)])
        parts.append(" \ue000 ")
        place, count = naming.end, count + 1
    parts.append(text[place:end] if place < end else "")
    return Prepared(words("".join(parts), datasets), count)


def words(text: str, datasets: DatasetNames | None = None) -> str:
    """Given running text, return its words as phrases are held against them, each with a blank before it."""
    bare = text
    for sign, pattern, blank in _MARKUP:
        if sign in bare:
            bare = pattern.sub(blank, bare)
    if datasets is not None:
        bare = datasets.marked(bare)
    tokens = [
        "–" if token[0] in "-–—" else token
        for token in _TOKEN.findall(
            bare.replace("\u00ad", "").lower().replace("_", " ").replace("“", '"').replace("”", '"')
        )
        if token not in ARTICLES
    ]
    return "".join(f" {token}" for token in tokens)


def own_clause(focused: str) -> str:
    """Given a focused sentence, return the words of the clause that {name} stands in.

    A clause ends at a semicolon or a dash, and at a comma after which one begins: by who, but, because, we ...
    """
    tokens = focused.split()
    if NAME not in tokens:
        return focused
    place = tokens.index(NAME)
    ends = [
        number
        for number, (sign, next_word) in enumerate(zip(tokens, [*tokens[1:], ""], strict=True))
        if sign in (";", "–") or (sign == "," and next_word in _BEGINS)
    ]
    start = max((end + 1 for end in ends if end < place), default=0)
    return "".join(f" {token}" for token in tokens[start : min((end for end in ends if end > place), default=None)])
