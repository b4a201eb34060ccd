"""Names of data sets in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pubtrack.credit.phrases import DATASET

_CAPITALS = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{4,}(?![A-Za-z0-9])")


class DatasetNames:
    """Knows a policy's data sets by their names, written in capitals; names of four letters or fewer prove nothing and are left out."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if len(name) > 4)

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Given a text, yield where a data set is named."""
        if self._names:
            yield from (match for match in _CAPITALS.finditer(text) if match.group() in self._names)

    def marked(self, text: str) -> str:
        """Given a sentence, return it with every data set's name replaced by the word that {dataset} stands for."""
        return _CAPITALS.sub(lambda match: f" {DATASET} " if match.group() in self._names else match.group(), text)
