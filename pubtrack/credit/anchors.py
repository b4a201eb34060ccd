"""Find fast where in a text a name may stand: by a few stretches of letters that the names share. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import takewhile

from pubtrack.credit.steps import ARTICLES

_REACH = 90  # characters from a name's anchor in which the rest of the name must lie
_LOWER = bytes(ord(chr(code).lower()) for code in range(256))
_GRAM = 6  # letters of a word by which a text is searched; a shorter word is searched for as it is


def lower(text: str) -> str:
    """Given a text, return it in lower case to search in: every letter at its place, those beyond Latin-1 as question marks."""
    if text.isascii():
        return text.lower()
    return text.encode("latin-1", "replace").translate(_LOWER).decode("latin-1")  # twice as fast as lower()


def bare(name: str) -> set[str]:
    """Given a name, return its words, which all stand in a text for the name to stand there, as `lower` writes them."""
    return {lower(word) for word in re.findall(r"\w+", name)} - ARTICLES


def _cover(sets: Iterable[frozenset[str]]) -> list[str]:
    """Given sets, return a few of their members of which every set has one, those of most sets first."""
    left, chosen = {one for one in sets if one}, []
    while left:
        counts = Counter(member for one in left for member in one)
        chosen.append(max(sorted(counts), key=lambda member: (counts[member], len(member))))
        left = {one for one in left if chosen[-1] not in one}
    return chosen


def anchors(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Given names, return a few stretches of letters of which every name has one, each with the words of which one must stand near it.

    Without such words the stretch alone will do.
    """
    left = [bare(name) for name in names]
    made: dict[str, tuple[str, ...]] = {}
    for gram in _cover(frozenset(grams(words)) for words in left):
        held = [words for words in left if gram in grams(words)]
        left = [words for words in left if gram not in grams(words)]
        rest = [frozenset(word for word in words if gram not in word) for words in held]
        made[_widened(gram, held)] = () if frozenset() in rest else tuple(_cover(rest))
    return made


def _widened(gram: str, held: Iterable[set[str]]) -> str:
    """Given a stretch of letters and the names that have it, return the longest one around it that they all have: it is found faster."""
    words = {word for name in held for word in name if gram in word}
    heads = [word[: word.index(gram)][::-1] for word in words]
    tails = [word[word.index(gram) :] for word in words]
    return _same(heads)[::-1] + _same(tails)


def _same(words: Iterable[str]) -> str:
    """Return the letters with which all words begin."""
    return "".join(letters[0] for letters in takewhile(lambda some: len(set(some)) == 1, zip(*words, strict=False)))


def grams(words: Iterable[str]) -> set[str]:
    """Given words, return their stretches of letters by which a text is searched."""
    return {word[place : place + _GRAM] for word in words for place in range(max(1, len(word) - _GRAM + 1))}


def places(lowered: str, known: Mapping[str, tuple[str, ...]]) -> list[int]:
    """Given a text in lower case, return where its anchors stand with one of their words near."""
    found = []
    for anchor, words in known.items():
        place = lowered.find(anchor)
        while place >= 0:
            if not words:
                found.append(place)
            else:
                near = lowered[max(0, place - _REACH) : place + _REACH]
                for word in words:
                    if word in near:
                        found.append(place)
                        break
            place = lowered.find(anchor, place + len(anchor))
    return found


def windows(found: Iterable[int], end_of_text: int) -> list[tuple[int, int]]:
    """Given places, return the stretches around them where a name may stand, each once, in order."""
    made: list[tuple[int, int]] = []
    for place in sorted(found):
        start, end = max(0, place - _REACH), min(end_of_text, place + _REACH)
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return made
