"""A month of the calendar. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from pubtrack.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month; `str` gives 2026-10."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> Month:
        """Given 2026-10, return the month. Raise UsageError on anything else."""
        match = re.fullmatch(r"([1-9]\d{3})-(0[1-9]|1[0-2])", text)
        if not match:
            raise UsageError(f"{text} is not a month. Write it as 2026-10.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """Given a day, return its month."""
        return cls(day.year, day.month)

    @property
    def previous(self) -> Month:
        """Return the month before."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def next(self) -> Month:
        """Return the month after."""
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def begins(self, zone: tzinfo | None) -> datetime:
        """Return its first moment in a time zone."""
        return datetime(self.year, self.number, 1, tzinfo=zone)


def to_make(made: list[str], last: Month) -> list[Month]:
    """Given the months whose digest was made and the last complete month, return those still to make, oldest first.

    The first ever is the last complete month; after that no month is left out, however long nobody ran this.
    """
    if not made:
        return [last]
    months, month = [], Month.parse(min(made))
    while month <= last:
        if str(month) not in made:
            months.append(month)
        month = month.next
    return months
