"""Texts as weighted words: what is rare tells projects apart. Dutch and English. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from anyascii import anyascii

_WORD = re.compile(r"[a-z0-9]+")
_MARKUP = re.compile(r"<[^<>]{0,200}>")
# Words that carry no topic. What is merely frequent (study, effect, onderzoek) is left to its frequency.
_STOP_WORDS = """
    a about after all also an and any are as at be been before being between both but by can do does during each for from had has have
    he her his how if in into is it its may more most new no not of off on one only or other our out over she should since so some such
    than that the their them then there these they this those through to two under up upon use used using via was we were what when where
    which while who whose why will with within without you your
    aan af al als bij dan dat de deze die dit door een en er ge haar had heb heeft het hij hoe hun ik in is je kan maar meer met na naar
    niet nog of om omdat ook onder ons op over per te tegen tot tussen uit van vanaf vanuit veel via vier voor waar wat we wel welke wie
    wij wordt worden zal zich zijn zo zoals zonder zou twee drie eerste
"""
_STOP = frozenset(_STOP_WORDS.split())

Vector = Mapping[str, float]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Given a folded word, return it without the plainest Dutch and English endings; the same for both languages, and no more than that."""
    if len(word) < 5 or word.isdigit():
        return word
    for ending, instead in (
        ()
        if word[-1] not in "sgnde"
        else (
            ("ies", "y"),
            ("sses", "ss"),
            ("ing", ""),
            ("en", ""),
            ("es", ""),
            ("ed", ""),
            ("s", ""),
            ("e", ""),
        )
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: len(word) - len(ending)] + instead
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def words(text: str) -> list[str]:
    """Given a text, return its stems in order, without markup, stop words and single letters."""
    return [stem(word) for word in plain(text)]


def plain(text: str) -> list[str]:
    """Given a text, return its words in order, folded but whole, without markup, stop words and single letters."""
    return [word for token in tokens(text) for word in _read_once(token)]


def tokens(text: str) -> list[str]:
    """Given a text, return what stands between its blanks, without markup. A blank always ends a word, so each can be read for itself."""
    return (_MARKUP.sub(" ", text) if "<" in text else text).split(" ")


def read(token: str) -> tuple[str, ...]:
    """Given what stands between two blanks, return its words in order, folded but whole, without stop words and single letters."""
    if token.isascii() and token.isalnum():
        word = token.lower()
        return (word,) if len(word) > 1 and word not in _STOP else ()
    found = _WORD.findall(anyascii(token).casefold())
    return tuple(word for word in found if len(word) > 1 and word not in _STOP)


_read_once = lru_cache(maxsize=50_000)(read)


def fold(text: str) -> str:
    """Given a name of an organisation or a data set, return it as folded words, to be looked for inside another text."""
    return " ".join(_WORD.findall(anyascii(text).casefold()))


class Rarity:
    """How rare words are in a pool of texts. Words outside the vocabulary count as the rarest."""

    def __init__(self, texts: int, counts: Mapping[str, int]) -> None:
        self.texts = max(texts, 1)
        self.counts = counts

    def of(self, word: str) -> float:
        """Given a stem, return its inverse document frequency; never 0, for in a pool of two texts every word is in half of them."""
        return math.log(1 + self.texts / (self.counts.get(word, 0) + 1))

    def vector(self, stems: Iterable[str]) -> dict[str, float]:
        """Given the stems of a text, return its vector of length 1, or an empty one."""
        weights = {word: (1 + math.log(count)) * self.of(word) for word, count in Counter(stems).items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()} if length else {}


def cosine(one: Vector, other: Vector) -> float:
    """Given two vectors of length 1, return how alike they are, from 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    return min(1.0, sum(weight * other[word] for word, weight in one.items() if word in other))


def contained(one: Vector, other: Vector) -> float:
    """Given two vectors, return how much of the first's weight lies on words of the second: 1 if all its words stand there."""
    whole = sum(weight * weight for weight in one.values())
    return sum(weight * weight for word, weight in one.items() if word in other) / whole if whole else 0.0


def shared(one: Vector, other: Vector, most: int = 4) -> list[str]:
    """Given two vectors, return the words that make them alike, the weightiest first."""
    common = {word: weight * other[word] for word, weight in one.items() if word in other}
    return sorted(common, key=lambda word: (-common[word], word))[:most]
