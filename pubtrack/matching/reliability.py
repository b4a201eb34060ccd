"""Whether scores mean what they say: how many of the pairs with a score turn out to be right. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs with scores of one tenth: their mean score, how many they are, and the share of them that is right."""

    mean: float
    pairs: int
    share: float


def bins(scored: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Given scores and whether each was right, return the tenths that are not empty, lowest first."""
    held: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for value, true in scored:
        held[min(9, int(value * 10))].append((value, true))
    return [
        Bin(sum(v for v, _ in found) / len(found), len(found), sum(t for _, t in found) / len(found))
        for _, found in sorted(held.items())
    ]


def log_loss(scored: Iterable[tuple[float, bool]]) -> float:
    """Given scores and whether each was right, return the mean of minus the logarithm of what was given to the truth."""
    losses = [-math.log(max(1e-6, value if true else 1 - value)) for value, true in scored]
    return sum(losses) / len(losses) if losses else 0.0


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Given hits among some, return Wilson's interval of their share, 95 %."""
    if not of:
        return (0.0, 1.0)
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach, middle + reach)
