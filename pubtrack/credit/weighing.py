"""What the words around a naming of the provider say for or against a credit, each weighed by itself. Pure.

The rules of a policy see the grammar that somebody thought of; the words see what labelled texts had in common beyond it. They only
decide where the rules are not sure, for what they add is capped. A word is known by its first letters, so that its forms count as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import inf, sqrt

from pubtrack.credit.steps import NAME
from pubtrack.obligations.policy import WeighedWords

_STEM = 5  # letters by which a word is known
_NEAR = 4  # words; within so many it is known by all of its letters too
_FEW = 4  # a stretch of fewer words counts as so many: one word alone does not say all
_ENOUGH = 7  # a sentence with fewer blanks is too short for words to make a credit by themselves
_DIGITS = re.compile(r"\d[\d.,]*")


@lru_cache(maxsize=50_000)
def _known(word: str) -> tuple[str, str]:
    """Given a word, return it with its numbers hidden, and its first letters."""
    plain = _DIGITS.sub("#", word)
    return plain, plain[:_STEM]


def signs(sentence: str, beside: str) -> Iterator[tuple[str, list[str], int]]:
    """Given a focused sentence and the words of those beside it, yield kinds of signs with their words.

    With each comes the number of words among which they stand; 0 where they are not to be divided by it.
    """
    words = [_known(word) for word in sentence.split()]
    place = next((number for number, (word, _) in enumerate(words) if word == NAME), len(words))
    before, after = words[:place], words[place + 1 :]
    around = len(before) + len(after)
    yield "sentence", [stem for word, stem in (*before, *after) if word != NAME], around
    yield "left", [stem for _, stem in before], around
    yield "right", [stem for _, stem in after], around
    near = len(before[-_NEAR:]) + len(after[:_NEAR])
    yield "near_left", [word for word, _ in before[-_NEAR:]], near
    yield "near_right", [word for word, _ in after[:_NEAR]], near
    others = [_known(word)[1] for word in beside.split()]
    yield "beside", others, len(others)
    yield "shape", list(_shape(place, len(words))), 0


def _shape(place: int, length: int) -> Iterator[str]:
    """Where in its sentence the naming stands, and how long that is."""
    yield "first" if place < 2 else "early" if place < 6 else "late"
    yield "last" if place >= length - 2 else "goes-on"
    yield f"length-{min(4, length // 8)}"


class Weighing:
    """The words of one policy, ready to be weighed."""

    def __init__(self, weighed: WeighedWords) -> None:
        self._start, self.at_most = weighed.start, weighed.at_most
        self._alone = inf if weighed.alone is None else weighed.alone
        self._weights: dict[str, dict[str, float]] = {kind: dict(_read(table)) for kind, table in weighed.words.items()}

    def mark_alone(self, sentence: str) -> float:
        """Given a focused sentence in which no rule speaks for a credit, return what its words must come to if they are to make one.

        A few words, as in a list or an address, never make one.
        """
        return self._alone if sentence.count(" ") >= _ENOUGH else inf

    def said(self, sentence: str, beside: str) -> float:
        """Given a focused sentence and what stands beside it, return what they say for a credit, capped on both sides."""
        total = self._start
        for kind, found, among in signs(sentence, beside):
            weights = self._weights.get(kind)
            if weights:
                part = sum(weights[word] for word in weights.keys() & set(found))
                total += part / sqrt(max(_FEW, among)) if among else part
        return max(-self.at_most, min(self.at_most, total))


def _read(table: str) -> Iterator[tuple[str, float]]:
    parts = table.split()
    yield from zip(parts[::2], map(float, parts[1::2]), strict=True)
