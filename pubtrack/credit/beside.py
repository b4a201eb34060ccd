"""The sentences beside the one in which the provider is named. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pubtrack.credit.datasets import DatasetNames
from pubtrack.credit.names import Naming
from pubtrack.credit.sentences import after, before, prepared
from pubtrack.credit.steps import Words


@dataclass(slots=True)
class Beside:
    """The sentence before and the sentence after a naming's own, read when they are asked for."""

    text: str
    bounds: tuple[int, int]
    namings: Sequence[Naming]
    datasets: DatasetNames
    read: dict[int, Words] = field(default_factory=dict)

    def words(self, side: int) -> Words:
        """Given -1 or 1, return the words of the sentence before or after; none where the paragraph begins or ends."""
        if side not in self.read:
            start, end = self.bounds
            found = before(self.text, start) if side < 0 else after(self.text, end)
            made = prepared(self.text, *found, self.namings, self.datasets).focused(None) if found else ""
            self.read[side] = Words(made)
        return self.read[side]
