"""A clock that moves by sleeping only, and remembers every sleep: patience is tested without waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)


@dataclass
class Hourglass:
    """What a session needs of a clock."""

    elapsed: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.elapsed += seconds
