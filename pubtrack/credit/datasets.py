"""Names of data sets and numbers of projects in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase, digits

from pubtrack.credit.anchors import lower
from pubtrack.credit.steps import DATASET

_CAPITALS = re.compile(r"[A-Z][A-Z0-9]{4,}")  # a pattern that begins with a letter is looked for many times faster
_SHAPES = bytes(ord("A") if chr(code) in ascii_uppercase + digits else ord("-") for code in range(256))
_RUN = b"AAAAA"
_REACH = 60  # characters around the longest word before a project number in which the whole of it lies
_EDGE = re.compile(r"[A-Za-z0-9]")


class DatasetNames:
    """Knows a policy's data sets by their names, written in capitals; names of four letters or fewer prove nothing and are left out."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if len(name) > 4)

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Given a text, yield where a data set is named."""
        # A run of capitals is looked for first, each of them as one letter: that is many times faster than to look for a pattern.
        shapes = text.encode("latin-1", "replace").translate(_SHAPES)
        place = shapes.find(_RUN)
        while place >= 0:
            match = _CAPITALS.match(text, place)
            if match is not None and self._named(match):
                yield match
            end = match.end() if match is not None else place + 1
            place = shapes.find(_RUN, end)

    def _named(self, match: re.Match[str]) -> bool:
        text, start, end = match.string, match.start(), match.end()
        return match.group() in self._names and not (_EDGE.match(text, end) or (start and _EDGE.match(text, start - 1)))

    def marked(self, text: str) -> str:
        """Given a sentence, return it with every data set's name replaced by the word that {dataset} stands for."""
        return _CAPITALS.sub(lambda match: f" {DATASET} " if self._named(match) else match.group(), text)


class ProjectNumbers:
    """Knows a project's number by the words before it."""

    def __init__(self, phrases: Sequence[str]) -> None:
        words = {lower(max(re.findall(r"\w+", phrase), key=len)) for phrase in phrases}
        self._anchors = sorted(word for word in words if not any(word != other and other in word for other in words))
        forms = "|".join(re.escape(phrase).replace("\\ ", r"\s+") for phrase in phrases)
        self._number = re.compile(rf"(?<!\w)(?:{forms})[\s:#.]{{1,4}}(\d{{4,5}})(?!\d)", re.IGNORECASE)

    def find(self, text: str, lowered: str) -> Iterator[str]:
        """Given a text, and itself as `lower` writes it, yield the numbers in it, in their order."""
        places = []
        for anchor in self._anchors:
            place = lowered.find(anchor)
            while place >= 0:
                places.append(place)
                place = lowered.find(anchor, place + len(anchor))
        done = 0
        for place in sorted(places):
            for match in self._number.finditer(text, max(done, place - _REACH), place + _REACH):
                done = match.end()
                yield match.group(1)
