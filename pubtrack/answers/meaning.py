"""What a short reply means, in Dutch or English. Pure, and shy: what is not plain is nobody's to guess, and staff read it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from pubtrack import identifiers
from pubtrack.models import Choice

_LONGEST_LEAVE = 366  # days
_WORDS = 40  # of a reply that names a DOI; more is a story
_GREETING = re.compile(
    r"^(?:dear|hello|hi|hey|good (?:morning|afternoon)|beste|hallo|hoi|geachte|dag|goede(?:morgen|middag|n?dag))\b[^.?!:]{0,60}[,!.]?\s*$",
    re.IGNORECASE,
)
_REGARDS = re.compile(
    r"^(?:(?:with |met )?(?:kind|best|warm|many|hartelijke|vriendelijke|beste|many)\s+(?:regards|wishes|thanks|groet(?:en)?)"
    r"|regards|best|cheers|groet(?:en|jes)?|mvg|m\.v\.g\.?|hartelijks|sincerely|thanks|thank you|dank(?: u| je)?(?: wel)?|bedankt)"
    r"\b.{0,40}$",
    re.IGNORECASE,
)
_ENDS = (
    r"(?:\s+(?:yet|so far|at the moment|to report|from|of|for|in|out of|this|the|project|on|meer|nog|op dit moment|uit|van|voor|over|dit"
    r"|het|te melden|verschenen|geweest|gekomen|tot nu toe|\d{2,6}))*"
)
_NOTHING = re.compile(
    r"(?:(?:there (?:is|are|was|were)|we have|i have|er (?:is|zijn|was|waren)|wij hebben|we hebben|ik heb|er komt)\s+)?"
    r"(?:(?:helaas|nog|unfortunately|currently|momenteel)\s+)*(?:no|geen)\s+"
    rf"(?:publications?|publicaties?|articles?|artikel(?:en)?|papers?){_ENDS}|(?:nog )?(?:nothing to report|niets te melden){_ENDS}",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:please\s+|graag\s+)?(?:stop|unsubscribe|uitschrijven|afmelden|stop (?:sending|met sturen)"
    r"|no more (?:messages|e?-?mails?)(?: please)?|geen (?:berichten|e?-?mails?) meer(?: a\.?u\.?b\.?| graag| alstublieft)?"
    r"|(?:stuur mij |send me )(?:geen berichten meer|no more messages))",
    re.IGNORECASE,
)
# A reply with one of these may mean the opposite, or something else altogether.
_DOUBT = re.compile(
    r"\b(?:not?|none|never|nor|cannot|can't|isn't|don't|doesn't|niet|geen|nooit|niets|wrong|incorrect|verkeerde?|onjuist|fout|other"
    r"|another project|ander(?:e|s)?|maar|but|unless|tenzij|draft|concept|submitted|ingediend|under review|retracted|ingetrokken)\b|\?",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januari jan", "february februari feb", "march maart mar mrt", "april apr", "may mei", "june juni jun",
            "july juli jul", "august augustus aug", "september sep sept", "october oktober oct okt", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAMED = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun|maan|dins|woens|donder|vrij|zater|zon)\w*,?\s+)?(?:the\s+|de\s+)?"
    rf"(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<d1>\d{{1,2}})(?:st|nd|rd|th|e)?\s+(?:of\s+)?(?P<m1>{_NAMED})\b\.?(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|(?P<m2>{_NAMED})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y2>\d{{4}}))?|(?P<d3>\d{{1,2}})-(?P<m3>\d{{1,2}})-(?P<y3>\d{{4}}))"
)
_UNTIL = re.compile(
    rf"\b(?:until and including|up to and including|until|till|through|tot en met|t/m|tot)\s+{_DAY}", re.IGNORECASE
)
_BACK = re.compile(
    r"\b(?:back|return(?:ing)?|available again|terug|weer (?:aanwezig|bereikbaar|op kantoor)|aanwezig)\b"
    rf"[^.\n]{{0,30}}?\b(?:on|from|op|vanaf|per)\s+{_DAY}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply plainly says: one choice, with the DOIs it names."""

    choice: Choice
    dois: tuple[str, ...] = ()


def understood(text: str, subject: str = "") -> Meaning | None:
    """Given what somebody wrote, return what it plainly says: stop, nothing to report, or another publication's DOI. Else None."""
    core = _core(text)
    bare = re.sub(r"[\s.!,]+$", "", core)
    if _STOP.fullmatch(bare) or (not bare and _STOP.fullmatch(subject.strip())):
        return Meaning(Choice.STOP)
    if _NOTHING.fullmatch(bare):
        return Meaning(Choice.NOTHING_TO_REPORT)
    dois = tuple(identifiers.find_dois(core))
    if not dois or len(core.split()) > _WORDS:
        return None
    rest = core
    for doi in dois:
        rest = re.sub(re.escape(doi), " ", rest, flags=re.IGNORECASE)
    return None if _DOUBT.search(rest) else Meaning(Choice.ANOTHER, dois)


def away_until(text: str, today: date) -> date | None:
    """Given an automatic answer, return the last day of the leave it tells of, or None where it names no day or several.

    A day without a year is the next one of that name. What lies behind us or more than a year ahead is not believed.
    """
    found = {day for match in _UNTIL.finditer(text) if (day := _day(match, today))}
    found |= {day - timedelta(days=1) for match in _BACK.finditer(text) if (day := _day(match, today))}
    if len(found) == 2 and abs((max(found) - min(found)).days) == 1:
        found = {min(found)}  # "until 5 January, back on 5 January": the leave ends the day before
    plain = [day for day in found if today < day <= today + timedelta(days=_LONGEST_LEAVE)]
    return plain[0] if len(found) == 1 and plain else None


def _day(match: re.Match[str], today: date) -> date | None:
    parts = match.groupdict()
    try:
        if parts["iso"]:
            return date.fromisoformat(parts["iso"])
        if parts["d3"]:
            return date(int(parts["y3"]), int(parts["m3"]), int(parts["d3"]))
        number, name, year = (
            (parts["d1"], parts["m1"], parts["y1"]) if parts["d1"] else (parts["d2"], parts["m2"], parts["y2"])
        )
        month = _MONTHS[name.lower()]
        if year:
            return date(int(year), month, int(number))
        return _next(today, month, int(number))
    except ValueError:
        return None


def _next(today: date, month: int, number: int) -> date:
    """Return the next day of that name. Raise ValueError if this and the next year have none."""
    for year in (today.year, today.year + 1):
        with suppress(ValueError):
            if (day := date(year, month, number)) > today:
                return day
    raise ValueError("no such day")


def _core(text: str) -> str:
    """Return the text without its greeting and without its farewell and what comes after."""
    kept: list[str] = []
    for line in text[:20_000].split("\n"):
        bare = line.strip()
        if not kept and (not bare or _GREETING.match(bare[:200])):
            continue
        if kept and _REGARDS.match(bare[:200]):
            break
        kept.append(bare)
    return " ".join(" ".join(kept).split())
