"""When nobody is disturbed: quiet weekdays, days, holidays and hours. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pubtrack.config import Reminders


def quiet(day: date, settings: Reminders) -> bool:
    """Given a day, return whether nothing may be queued on it: a quiet weekday, a day of `quiet_days`, or a holiday."""
    return (
        day.isoweekday() in settings.quiet_weekdays
        or day.isoformat() in settings.quiet_days
        or f"{day:%m-%d}" in settings.quiet_days
        or (settings.holidays == "nl" and day in dutch_holidays(day.year))
    )


def quiet_now(moment: datetime, settings: Reminders) -> bool:
    """Given a moment in the institution's time zone, return whether reminders wait now: by its day, or by its hour."""
    if quiet(moment.date(), settings):
        return True
    if settings.quiet_hours is None:
        return False
    since, until = settings.quiet_hours
    hour = moment.time()
    return since <= hour < until if since <= until else hour >= since or hour < until


def dutch_holidays(year: int) -> frozenset[date]:
    """Given a year, return the days on which Dutch universities are closed by their collective agreement, and Good Friday."""
    easter = _easter(year)
    king = date(year, 4, 27)
    return frozenset(
        {
            date(year, 1, 1),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            king - timedelta(days=1) if king.isoweekday() == 7 else king,
            date(year, 5, 5),
            easter + timedelta(days=39),  # Ascension
            easter + timedelta(days=50),  # Whit Monday
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def _easter(year: int) -> date:
    """Given a year, return Easter Sunday in the Gregorian calendar, by Gauss's rule with its two exceptions."""
    century = year // 100
    moon = (15 + century - century // 4 - (8 * century + 13) // 25) % 30
    epact = (19 * (year % 19) + moon) % 30
    if epact == 29 or (epact == 28 and year % 19 > 10):
        epact -= 1  # the two exceptions: full moon is never later than 18 April
    full_moon = date(year, 3, 21) + timedelta(days=epact)
    return full_moon + timedelta(days=7 - full_moon.isoweekday() % 7)
