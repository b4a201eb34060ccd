"""Which lists of a policy, and which open words, a word of a text belongs to. Pure."""

from __future__ import annotations

import re

NUMBER = "#"
_DIGITS = re.compile(r"\d[\d.]*")
_LETTERS = re.compile(r"\w*")
_SHOWN = 3  # letters by which open words are looked for
_MEMORY = 50_000  # words; no text fills it for good


def is_open(word: str) -> bool:
    """Given a word of a phrase, return whether it stands for more than itself: a number, or any word that begins or ends so."""
    return word == NUMBER or "*" in word


class Vocabulary:
    """Words, open words, and what each is known by. It remembers what it was asked."""

    def __init__(self) -> None:
        self._plain: dict[str, list[str]] = {}
        self._numbers: list[str] = []
        self._begin: dict[str, list[tuple[str, str]]] = {}  # by their first letters
        self._end: dict[str, list[tuple[str, str]]] = {}  # by their last
        self._other: list[tuple[str, bool, bool, str]] = []
        self._memory: dict[str, tuple[str, ...]] = {}

    def add(self, word: str, key: str) -> None:
        """Given a word, plain or open, remember that what it stands for is known by a key."""
        self._memory.clear()
        core, ends, begins = word.strip("*"), word.startswith("*"), word.endswith("*")
        if word == NUMBER:
            self._numbers.append(key)
        elif not is_open(word):
            self._plain.setdefault(word, []).append(key)
        elif begins and not ends and len(core) >= _SHOWN:
            self._begin.setdefault(core[:_SHOWN], []).append((core, key))
        elif ends and not begins and len(core) >= _SHOWN:
            self._end.setdefault(core[-_SHOWN:], []).append((core, key))
        else:
            self._other.append((core, ends, begins, key))

    def of(self, token: str) -> tuple[str, ...]:
        """Given a word of a text, return the keys of all that it is."""
        keys = self._memory.get(token)
        if keys is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            keys = self._memory[token] = tuple(dict.fromkeys(self._found(token)))
        return keys

    def _found(self, token: str) -> list[str]:
        found = list(self._plain.get(token, ()))
        if self._numbers and _DIGITS.fullmatch(token):
            found += self._numbers
        for core, key in self._begin.get(token[:_SHOWN], ()):
            if token.startswith(core) and _LETTERS.fullmatch(token, len(core)):
                found.append(key)
        for core, key in self._end.get(token[-_SHOWN:], ()):
            if token.endswith(core) and _LETTERS.fullmatch(token, 0, len(token) - len(core)):
                found.append(key)
        for core, ends, begins, key in self._other:
            place = token.find(core)
            if place < 0 or (place and not ends) or (place + len(core) < len(token) and not begins):
                continue
            if _LETTERS.fullmatch(token, 0, place) and _LETTERS.fullmatch(token, place + len(core)):
                found.append(key)
        return found
