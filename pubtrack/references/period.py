"""A period of publication dates: 2026, 2026-10, or from the one to the other, 2026-07:2026-09. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pubtrack.errors import UsageError
from pubtrack.models import Csl, PartialDate


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both in it; `text` is how it was asked for."""

    text: str
    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """Given a period as it is typed, return it. Raise UsageError if it is none."""
        try:
            ends = [PartialDate.parse(part.strip()) for part in text.split(":")]
        except ValueError:
            ends = []
        if not 1 <= len(ends) <= 2 or ends[0].first_day() > ends[-1].last_day():
            raise UsageError(f"{text} is not a period. Write it as 2026, as 2026-10, or as 2026-07:2026-09.")
        return cls(text.strip(), ends[0].first_day(), ends[-1].last_day())

    def holds(self, csl: Csl) -> bool | None:
        """Given CSL for output, return whether its publication may lie in the period; None if no date of it is known.

        A date that is a year or a month lies in every period that it may lie in: rather in two lists than in none.
        """
        parts = ((csl.get("issued") or {}).get("date-parts") or [[]])[0]
        if not parts:
            return None
        issued = PartialDate(*parts)
        return issued.first_day() <= self.last and self.first <= issued.last_day()
