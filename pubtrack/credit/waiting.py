"""When to look again: twice as long as the last time, within limits, and on the day that a closed article may open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pubtrack.clock import moment
from pubtrack.models import PartialDate

LONGEST_WAIT = 90  # days: nothing is left longer than this without another look
_FIRST_WAIT = 7  # days until a work without a copy is looked at again
_EMBARGO = 183  # days: Dutch universities open articles six months after publication (article 25fa of the Copyright Act, "Taverne")


def look_again(today: date, last: Mapping[str, Any] | None, issued: PartialDate | None) -> date:
    """Given the finding of the last time that a work had no copy, if any, and when the work appeared, return the day to look again."""
    waited = 0
    if last is not None and last["look_again_on"]:
        waited = (date.fromisoformat(last["look_again_on"]) - moment(last["found_at"]).date()).days
    day = today + timedelta(days=min(LONGEST_WAIT, max(_FIRST_WAIT, 2 * waited)))
    if issued is not None and issued.month is not None:
        opens = issued.last_day() + timedelta(days=_EMBARGO + 1)
        if today < opens < day:
            return opens
    return day


def doubled(row: Mapping[str, Any] | None) -> int:
    """Given the row of a link that was followed, return twice the days that it was left alone the last time."""
    if row is None or not row["next_check_at"]:
        return 1
    return min(LONGEST_WAIT, max(1, 2 * (moment(row["next_check_at"]) - moment(row["fetched_at"])).days))
