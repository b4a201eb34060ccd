"""Words as what they mean: Dutch and English words of one meaning count as one, and Dutch compounds also as their parts. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pubtrack.matching.concepts import GROUPS
from pubtrack.matching.words import read, stem, tokens

_LEAST_PART = 4  # letters of a part of a compound
_LEAST_COMPOUND = 8
_OFTEN = 2_000  # compounds looked for: from then on it pays to have the parts by how they begin
_REMEMBERED = 100_000  # words as texts write them
_LINKS = ("", "s", "en", "e")  # what Dutch puts between two parts: gezondheidSzorg, studentENhuisvesting


def _read(groups: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in groups.split("|"):
        members = group.split()
        for member in members:
            found.setdefault(stem(member), f"={members[0]}")
    return found


CONCEPTS = _read(GROUPS)


class Lexicon:
    """What the words of texts mean; `vocabulary` are the stems that may be parts of compounds, beside those of the dictionary."""

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._parts = {*CONCEPTS, *(word for word in vocabulary if len(word) >= _LEAST_PART)}
        self._starts: dict[str, list[str]] | None = None
        self._asked = 0
        self._meant: dict[str, tuple[str, ...]] = {}
        self._read: dict[str, tuple[str, ...]] = {}

    def terms(self, text: str) -> list[str]:
        """Given a text, return its stems with the parts of compounds behind them, each as what it means (`=arbeid`) where that is known."""
        held, found = self._read, list[str]()
        for token in tokens(text):
            terms = held.get(token)
            if terms is None:
                terms = tuple([term for word in read(token) for term in self.of(stem(word))])
                if len(held) >= _REMEMBERED:
                    held.clear()
                held[token] = terms
            found += terms
        return found

    def of(self, word: str) -> tuple[str, ...]:
        """Given a stem, return what it means: itself or its concept, and those of its parts."""
        held = self._meant.get(word)
        if held is None:
            parts = self._split(word) if len(word) >= _LEAST_COMPOUND and word.isalpha() else ()
            held = (CONCEPTS.get(word, word),)
            if parts:
                held = tuple(dict.fromkeys((*held, *(CONCEPTS.get(part, part) for part in parts))))
            if len(self._meant) < 200_000:
                self._meant[word] = held
        return held

    def _split(self, word: str, most: int = 3) -> tuple[str, ...]:
        """The known parts of a compound: as few as can be, the shortest of them as long as can be; nothing if it is none."""
        if not self._may_begin(word):
            return ()
        best: tuple[int, int, tuple[str, ...]] | None = None
        for at in range(_LEAST_PART, len(word) - _LEAST_PART + 1):
            heads = [stem(word[: at - len(link)]) for link in _LINKS if word.endswith(link, 0, at)]
            heads = [head for head in heads if len(head) >= _LEAST_PART and head in self._parts]
            if not heads:
                continue
            rest = stem(word[at:])
            tail = (rest,) if rest in self._parts else self._split(word[at:], most - 1) if most > 2 else ()
            for head in heads if tail else ():
                parts = (head, *tail)
                found = (-len(parts), min(map(len, parts)), parts)
                best = max(best, found) if best else found
        return best[2] if best else ()

    def _may_begin(self, word: str) -> bool:
        """Whether a word may begin with a part: as it stands, or with `ies` for its `y`. Asked often, it is seen at a glance."""
        if self._starts is None:
            self._asked += 1
            if self._asked < _OFTEN:
                return True
            self._starts = {}
            for part in self._parts:
                for start in (part, f"{part[:-1]}ies") if part.endswith("y") else (part,):
                    self._starts.setdefault(part[:_LEAST_PART], []).append(start)
        return any(map(word[:-_LEAST_PART].startswith, self._starts.get(word[:_LEAST_PART], ())))
