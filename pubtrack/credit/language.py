"""Tell Dutch from English by their small words. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Literal

_DUTCH = """
de het een en van op dat die voor met zijn niet aan er om ook als dan bij uit door naar worden wordt werd deze
dit hebben heeft onder tussen gegevens onderzoek bron eigen volgens
"""
_ENGLISH = """
the of and to that for with were are as by this from be which have has not an at or it these between data study
results
"""
_NL, _EN = frozenset(_DUTCH.encode().split()), frozenset(_ENGLISH.encode().split())
# Letters of Latin-1 stay, all else is a blank: bytes are translated and split many times faster than characters.
_APART = bytes(code if chr(code).isalpha() and chr(code).islower() else 32 for code in range(256))
_STRETCHES, _SIZE = 6, 3_000


def detect(text: str) -> Literal["nl", "en"] | None:
    """Given a text, return `nl` or `en`, whichever its small words speak for, or None if they do not say.

    Of a long text six stretches of 3,000 characters are looked at, spread over it evenly.
    """
    if len(text) > _STRETCHES * _SIZE:
        step = (len(text) - _SIZE) // (_STRETCHES - 1)
        text = " ".join(text[place * step : place * step + _SIZE] for place in range(_STRETCHES))
    found = Counter(text.lower().encode("latin-1", "replace").translate(_APART).split())
    dutch = sum(found[word] for word in _NL)
    english = sum(found[word] for word in _EN)
    if dutch == english:
        return None
    return "nl" if dutch > english else "en"
