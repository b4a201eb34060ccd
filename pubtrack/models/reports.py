"""What a stage did, and how long work shows itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class StageReport:
    """What a stage did: counts under fixed names, faults a person must know of, notes worth a line."""

    stage: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # one sentence each; any fault means exit code 4
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # what was written, to open

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + by


class Progress(Protocol):
    """Called by long work: how much is done, of how much if known, and of what."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...


def silent(done: int, total: int | None, what: str) -> None:
    """A Progress that shows nothing."""
