"""Find whether one of many phrases stands in a stretch of a text: by their first words, which are looked for before anything else. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pubtrack.credit.anchors import lower

_FIRST = re.compile(r"\w+")


class Hints:
    """Phrases, each of which begins where a word does. `after` is what must follow one, as a pattern."""

    def __init__(self, phrases: Iterable[str], loose: Callable[[str], str], after: str = "") -> None:
        forms: dict[str, list[str]] = {}
        for phrase in phrases:
            first = _FIRST.match(phrase)
            forms.setdefault(lower(first.group()) if first else "", []).append(loose(phrase))
        self._patterns = [
            (first, re.compile(rf"(?<!\w)(?:{'|'.join(some)}){after}", re.IGNORECASE)) for first, some in forms.items()
        ]

    def stand(self, text: str, lowered: str, start: int = 0, end: int | None = None) -> bool:
        """Given a text, and itself as `lower` writes it, return whether one of the phrases stands in a stretch of it."""
        end = len(text) if end is None else min(end, len(text))
        for first, pattern in self._patterns:
            place = lowered.find(first, start, end)
            while place >= 0:
                if pattern.match(text, place, end):
                    return True
                place = lowered.find(first, place + 1, end)
        return False
