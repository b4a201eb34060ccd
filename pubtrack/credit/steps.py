"""The words of a sentence, and the steps by which a phrase goes through them. Pure.

A set of places in a sentence is one whole number with a bit for each place; a step takes the places reached so far to those reached
after it. So a phrase is followed from everywhere at once, and no phrase takes longer than its length times the sentence's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

NAME, OTHER_NAME, DATASET = "\u25c6", "\u25c7", "\u25a0"  # stand for namings and data sets in a prepared sentence
ARTICLES = frozenset(("the", "a", "an", "de", "het", "een", "'t", "’t"))
_SMALL = """for to on and or in of as by with at from is are was were has have had be will would can may not that which who
voor om over en of in op als bij met van uit door is zijn was waren heeft hebben wordt worden wil zal kan niet dat die"""
SMALL_WORDS = frozenset(_SMALL.split())
_SIGN = re.compile(rf"[^\w\s{NAME}{OTHER_NAME}{DATASET}]")


class Longer(Protocol):
    """A list's entry of several words."""

    def follow(self, words: Words, places: int) -> int:
        """Given places, return those that the entry reaches from them."""


class Words:
    """The words of one prepared sentence, and where in it each word, and each list that was looked for, stands."""

    __slots__ = ("_runs", "everywhere", "index", "longer", "marks", "present", "read_by", "text")

    def __init__(self, prepared: str) -> None:
        self.text = prepared
        self.index: dict[str, int] = {}
        index, bit = self.index, 1
        for token in prepared.split():
            index[token] = index.get(token, 0) | bit
            bit <<= 1
        self.everywhere = (bit << 1) - 1
        self._runs: dict[str, list[int]] = {}
        # What the lists of a policy found here: where their single words stand, and their longer entries that do.
        self.read_by: object = None
        self.marks: dict[str, int] = {}
        self.longer: dict[str, list[Longer]] = {}
        self.present: frozenset[str] | set[str] = frozenset()

    def runs(self, kind: str) -> list[int]:
        """Given a kind of gap, return where so many words stand on end over which it goes: one, two, four, eight ..."""
        runs = self._runs.get(kind)
        if runs is None:
            free = self.everywhere
            if kind == "~":
                for token, places in self.index.items():
                    if not _close(token):
                        free &= ~places
            else:
                free &= ~(self.index.get(";", 0) | self.index.get("|", 0))
            runs = self._runs[kind] = [free]
            for power in (1, 2, 4, 8, 16, 32):
                runs.append(runs[-1] & (runs[-1] >> power))
        return runs


Step = Callable[[Words, int], int]


@lru_cache(maxsize=20_000)
def _close(token: str) -> bool:
    """Whether a close gap goes over a word: none that parts, is small, or is a sign."""
    return token not in (";", "|") and token not in SMALL_WORDS and not _SIGN.fullmatch(token)


def beginning(_: Words, places: int) -> int:
    """Stay only at the beginning of the sentence."""
    return places & 1


def one_of(words: frozenset[str]) -> Step:
    """Given words, return the step over any of them."""
    if len(words) == 1:
        (word,) = words
        return lambda sentence, places: (places & sentence.index.get(word, 0)) << 1

    def step(sentence: Words, places: int) -> int:
        found = 0
        index = sentence.index
        for word in words & index.keys():
            found |= index[word]
        return (places & found) << 1

    return step


def marked(key: str) -> Step:
    """Given what an open word is known by, return the step over any word that it fits."""
    return lambda sentence, places: (places & sentence.marks.get(key, 0)) << 1


def listed(key: str) -> Step:
    """Given what a list is known by, return the step over any of its entries."""

    def step(sentence: Words, places: int) -> int:
        found = (places & sentence.marks.get(key, 0)) << 1
        for entry in sentence.longer.get(key, ()):
            found |= entry.follow(sentence, places)
        return found

    return step


def any_of(steps: Sequence[Step]) -> Step:
    """Given steps, return the one that goes where any of them goes."""
    if len(steps) == 1:
        return steps[0]

    def step(sentence: Words, places: int) -> int:
        found = 0
        for one in steps:
            found |= one(sentence, places)
        return found

    return step


def row(steps: Sequence[Step]) -> Step:
    """Given steps, return the one that takes them one after another."""
    if len(steps) == 1:
        return steps[0]

    def step(sentence: Words, places: int) -> int:
        for one in steps:
            places = one(sentence, places)
        return places

    return step


def optional(step: Step) -> Step:
    """Given a step, return the one that may also stay where it is."""
    return lambda sentence, places: places | step(sentence, places)


def gap(most: int, kind: str) -> Step:
    """Given a number, return the step over at most so many words: any (`**`), none that parts (`*`), none small or a sign (`~`)."""
    jumps: list[tuple[int, int]] = []  # by so many words at once, and the number of that power of two
    reach = 0
    while reach < most:
        power = min((reach + 1).bit_length(), (most - reach).bit_length()) - 1
        jumps.append((1 << power, power))
        reach += 1 << power

    if kind == "**":

        def leap(sentence: Words, places: int) -> int:
            for size, _ in jumps:
                places |= places << size
            return places & sentence.everywhere

        return leap

    def step(sentence: Words, places: int) -> int:
        runs = sentence.runs(kind)
        for size, power in jumps:
            further = places | (places & runs[power]) << size
            if further == places:
                break
            places = further
        return places

    return step
