"""The words of a sentence, and the steps by which a phrase goes through them. Pure.

A set of places in a sentence is one whole number with a bit for each place; a step takes the places reached so far to those reached
after it. So a phrase is followed from everywhere at once, and no phrase takes longer than its length times the sentence's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product

NAME, OTHER_NAME, DATASET = "\u25c6", "\u25c7", "\u25a0"  # stand for namings and data sets in a prepared sentence
ARTICLES = frozenset(("the", "a", "an", "de", "het", "een", "'t", "’t"))
_SMALL = """for to on and or in of as by with at from is are was were has have had be will would can may not that which who
voor om over en of in op als bij met van uit door is zijn was waren heeft hebben wordt worden wil zal kan niet dat die"""
_SMALL_WORDS = frozenset(_SMALL.split())
_SIGN = re.compile(rf"[^\w\s{NAME}{OTHER_NAME}{DATASET}]")
_NUMBER = re.compile(r"\d[\d.]*")
_LETTERS = re.compile(r"\w*")


class Words:
    """The words of one prepared sentence, and where in it each word, list or kind of gap stands. Reading it fills its memory."""

    def __init__(self, prepared: str) -> None:
        tokens = prepared.split()
        self.text = prepared
        self.index: dict[str, int] = {}
        for place, token in enumerate(tokens):
            self.index[token] = self.index.get(token, 0) | 1 << place
        self.everywhere = (1 << len(tokens) + 1) - 1
        self._seen: dict[object, int] = {}
        self.lists: dict[
            int, tuple[int, tuple[Step, ...]]
        ] = {}  # for each list: where its single words stand, and its phrases

    def places(self, key: object, holds: Callable[[str], bool]) -> int:
        """Given a test of a word, and what it is known by, return where the words that pass it stand."""
        found = self._seen.get(key)
        if found is None:
            found = 0
            for token, places in self.index.items():
                if holds(token):
                    found |= places
            self._seen[key] = found
        return found


Step = Callable[[Words, int], int]


def is_plain(word: str) -> bool:
    """Given a phrase's word, return whether it stands for itself and nothing else."""
    return word != "#" and "*" not in word and "-" not in word


def one_of(words: frozenset[str]) -> Step:
    """Given words, return the step over any of them."""
    if len(words) == 1:
        (word,) = words
        return lambda sentence, places: (places & sentence.index.get(word, 0)) << 1

    def step(sentence: Words, places: int) -> int:
        found = 0
        for word in words & sentence.index.keys():
            found |= sentence.index[word]
        return (places & found) << 1

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


def optional(step: Step) -> Step:
    """Given a step, return the one that may also stay where it is."""
    return lambda sentence, places: places | step(sentence, places)


def gap(most: int, kind: str) -> Step:
    """Given a number, return the step over at most so many words: any (`**`), none that parts (`*`), none small or a sign (`~`)."""

    def passes(token: str) -> bool:
        if kind == "**":
            return True
        return token not in (";", "|") and (kind == "*" or not (token in _SMALL_WORDS or _SIGN.fullmatch(token)))

    def step(sentence: Words, places: int) -> int:
        free = sentence.places(kind, passes)
        for _ in range(most):
            further = places | (places & free) << 1
            if further == places:
                break
            places = further
        return places

    return step


def open_word(word: str) -> Step:
    """A word with a hyphen, an open beginning or end, or a number."""
    if word == "#":
        return lambda sentence, places: (
            (places & sentence.places("#", lambda token: bool(_NUMBER.fullmatch(token)))) << 1
        )
    begins, ends = word.endswith("*"), word.startswith("*")
    parts = word.strip("*").rstrip(".").split("-")
    ways: list[Step] = []
    for apart in product((False, True), repeat=len(parts) - 1):  # every hyphen is a blank in the text, or nothing
        pieces = [parts[0]]
        for blank, part in zip(apart, parts[1:], strict=True):
            if blank:
                pieces.append(part)
            else:
                pieces[-1] += part
        last = len(pieces) - 1
        ways.append(
            _row(
                [_piece(piece, ends and number == 0, begins and number == last) for number, piece in enumerate(pieces)]
            )
        )
    return any_of(ways)


def _row(steps: Sequence[Step]) -> Step:
    if len(steps) == 1:
        return steps[0]

    def step(sentence: Words, places: int) -> int:
        for one in steps:
            places = one(sentence, places)
        return places

    return step


def _piece(core: str, open_before: bool, open_after: bool) -> Step:
    if not open_before and not open_after:
        return one_of(frozenset((core,)))

    def holds(token: str) -> bool:
        place = token.find(core)
        while place >= 0:
            before, after = token[:place], token[place + len(core) :]
            if (not before or (open_before and _LETTERS.fullmatch(before))) and (
                not after or (open_after and _LETTERS.fullmatch(after))
            ):
                return True
            place = token.find(core, place + 1) if open_before else -1
        return False

    key = (core, open_before, open_after)
    return lambda sentence, places: (places & sentence.places(key, holds)) << 1 if core in sentence.text else 0
