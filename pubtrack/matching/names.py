"""Names of people, taken apart and compared. Pure.

Sources give one person as `Jan van der Berg`, `Berg, J. van der`, `J.A. Van Den Berg`, `JA van den Berg` or `VAN DER BERG`. A `Name`
holds what those have in common: the family name without its particles, folded to ASCII, and the given names in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from anyascii import anyascii

# Dutch, Flemish, German, French, Italian, Spanish, Portuguese and Arabic particles as they stand before a family name.
_PARTICLES = """
van von vom de den der des het t te ter ten in op aan onder over bij uit s d l la le les du del della di da dos das do el al
bin ibn zu zum zur af av vande vanden vander v vd
"""
PARTICLES = frozenset(_PARTICLES.split())
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "msc", "bsc"})
_ORGANISATION = re.compile(
    r"\b(universit|institut|bureau|minister|ministry|consorti|collaborat|group\b|groep\b|centre|center|centrum|department|afdeling|"
    r"stichting|foundation|hospital|ziekenhuis|planbureau|agency|association|vereniging|council|commissi|committee|network|netwerk|"
    r"team\b|inc\b|b\.?v\b|n\.?v\b|research|onderzoek|statistics|study|diverse|anonymous|anoniem)",
    re.IGNORECASE,
)
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa"}
)
_APOSTROPHES = re.compile(r"[’‘`´ʼ]")
_LEADING_ARTICLE = re.compile(r"(?<![a-z])([dlts])'\s*", re.IGNORECASE)  # d'Hondt, 't Hooft; but O'Brien stays one word
# Most names: capital letters in their places, initials with their dots, nothing else. They are read in one look.
_PLAIN_FAMILY = re.compile(r"[A-Z][a-z]+")
_PLAIN_GIVEN = re.compile(r"(?:[A-Z][a-z]+|[A-Z]\.)(?: (?:[A-Z][a-z]+|[A-Z]\.))*")
_NOT_LETTERS = re.compile(r"[^a-z]+")


class Grade(StrEnum):
    """How well two names agree, best first."""

    SAME = "same"  # the family name and a written-out given name
    INITIALS = "initials"  # the family name, and given names that do not contradict: J. and Jan
    PARTIAL = "partial"  # one part of a double name, no given name to compare, or family and given name swapped
    CONFLICT = (
        "conflict"  # the family name and the first initial, but not the given names: Jan and Joost, J.A. and J.C.
    )
    DIFFERENT = "different"


class Name(NamedTuple):
    """A person's name, folded. `parts` are the main words of the family name: one, or several of a double name."""

    parts: tuple[str, ...]
    particles: tuple[str, ...] = ()
    given: tuple[str, ...] = ()  # written-out names and single letters, in order
    spellings: tuple[str, ...] = ()  # other ways to write the whole family name: muller and mueller, vandenberg

    @property
    def family(self) -> str:
        """Return the family name as one word without particles: `berg`, `jansenpietersen`."""
        return "".join(self.parts)

    @property
    def initial(self) -> str:
        """Return the first letter of the first given name, or an empty string."""
        return self.given[0][0] if self.given else ""


def parse(given: str, family: str) -> Name | None:
    """Given a given name and a family name as a source has them, return the Name, or None if it is no person's name.

    Either may hold the particles; the family name may hold everything (`Berg, J. van der`, `Berg JA`); either may be empty.
    """
    return _parse(given.strip(), family.strip())


def of_author(author: Mapping[str, Any]) -> Name | None:
    """Given a CSL author, return the Name, or None for an organisation or nothing that can be read."""
    literal = author.get("literal")
    if literal and not author.get("family"):
        text = str(literal)
        return parse("", text) if "," in text and not _ORGANISATION.search(text) else None
    family = " ".join(
        str(author[field]) for field in ("dropping-particle", "non-dropping-particle", "family") if author.get(field)
    )
    given = str(author.get("given") or "")
    if not given and _ORGANISATION.search(family):
        return None
    return parse(given, family)


def keys(name: Name, *, middle: bool = True) -> tuple[str, ...]:
    """Given a name, return the strings under which a register lists it: each main word of the family name with the first initial.

    Two spellings of one name share at least one key. A name without a given name has keys that end in a blank. Without `middle`
    a middle initial (the R. of William R. Smith, whom all call Reed) makes no key.
    """
    one = len(name.parts) == 1 and not name.spellings
    if one and len(name.given) == 1 and len(name.parts[0]) > 1:
        return (f"{name.parts[0]} {name.given[0][0]}",)
    if one and len(name.given) == 2 and len(name.given[1]) == 1 and len(name.parts[0]) > 1:
        family, (first, second) = name.parts[0], name.given
        both = middle and len(first) > 2 and first[0] != second
        return (f"{family} {first[0]}", f"{family} {second}") if both else (f"{family} {first[0]}",)
    words: Iterable[str] = name.parts if one else dict.fromkeys((*name.parts, name.family, *name.spellings))
    # M. Kevin Smith is known as Kevin: any written-out given name may be the one in use.
    first, *others = name.given or ("",)
    initials = [first[:1], *(given[0] for given in others if len(given) > 2)]
    if middle and len(first) > 2:
        initials += [given[0] for given in others]
    if len(initials) > 1:
        initials = list(dict.fromkeys(initials))
    found = [f"{word} {initial}" for word in words if len(word) > 1 for initial in initials]
    if others and len(others[-1]) > 3:  # Amber Smith who became Amber Smith Jones
        found += dict.fromkeys(f"{others[-1]} {given[0]}" for given in name.given[:-1] if len(given) > 2)
    return tuple(found)


def swapped(name: Name) -> Name | None:
    """Given a name of one written-out given name and one family name, return it with the two exchanged, else None."""
    if len(name.given) == 1 and len(name.given[0]) > 2 and len(name.parts) == 1 and not name.particles:
        return Name(parts=name.given, given=name.parts)
    return None


def compare(one: Name, other: Name) -> Grade:
    """Given two names, say how well they agree. The order of the two makes no difference."""
    family = _families(one, other)
    if family is Grade.DIFFERENT:
        for left, right in ((swapped(one), other), (one, swapped(other))):
            if left and right and left.parts == right.parts and _givens(left.given, right.given) is Grade.SAME:
                return Grade.PARTIAL
        return Grade.PARTIAL if _kept(one, other) or _kept(other, one) else Grade.DIFFERENT
    given = _givens(one.given, other.given)
    if family is Grade.PARTIAL and given in (Grade.SAME, Grade.INITIALS):
        return Grade.PARTIAL
    return given


def _families(one: Name, other: Name) -> Grade:
    if one.family == other.family:
        mine, yours = ("".join(word[0] for word in name.particles) for name in (one, other))
        return Grade.PARTIAL if mine and yours and mine != yours else Grade.SAME  # de Vries is not van Vries
    if {one.family, *one.spellings} & {other.family, *other.spellings}:
        return Grade.SAME
    if len(one.parts) != len(other.parts) and any(len(part) > 2 for part in {*one.parts} & {*other.parts}):
        return Grade.PARTIAL
    if len(one.parts) > 1 and (one.parts[0] == other.parts[0] or {*one.parts} == {*other.parts}):
        return Grade.PARTIAL
    return Grade.DIFFERENT


def _givens(one: tuple[str, ...], other: tuple[str, ...]) -> Grade:
    if not one or not other:
        return Grade.PARTIAL
    first, second = one[0], other[0]
    if first[0] != second[0]:
        used = _written(one) & _written(other)
        if first in used or second in used:
            return Grade.INITIALS
        return Grade.CONFLICT if _called(one, other) or _called(other, one) else Grade.DIFFERENT
    if "".join(one) == "".join(other) and len(first) > 1:
        return Grade.SAME
    if not _initials_agree(one, other):
        return Grade.CONFLICT
    if len(first) == 1 or len(second) == 1:
        return Grade.INITIALS
    if first == second:
        return Grade.SAME
    # Matt and Matthew, Dave and David, Jan and Janneke: one person or not, so no more than an initial says.
    return Grade.INITIALS if first[:3] == second[:3] else Grade.CONFLICT


def _written(given: tuple[str, ...]) -> set[str]:
    return {name for name in given if len(name) > 2}


def _called(short: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Reed may be William R.: of the one a written-out name, of the other an initial that stands behind another written-out name."""
    return len(short[0]) > 2 and len(whole[0]) > 2 and short[0][0] in whole[1:] and _initials_agree(short, whole)


def _kept(before: Name, after: Name) -> bool:
    """Amber Smith became Amber Smith Jones; Rosa Gomez Ruiz signs as Rosa Gomez: the one's family name is the other's last given name."""
    given = after.given
    same = len(given) > 1 and len(given[-1]) > 3 and given[-1] == before.family
    return same and bool(_written(before.given) & _written(given[:-1]))


def _initials_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """J.A.M. and J.M. agree, J.A. and J.C. do not: one's letters stand in the other's in their order."""
    short, long = sorted(("".join(word[0] for word in one), "".join(word[0] for word in other)), key=len)
    rest = iter(long)
    return all(letter in rest for letter in short)


@lru_cache(maxsize=50_000)
def _parse(given: str, family: str) -> Name | None:
    if _PLAIN_FAMILY.fullmatch(family) and (not given or _PLAIN_GIVEN.fullmatch(given)):
        words = given.lower().replace(".", "").split()
        if not words or (words[-1] not in PARTICLES and _SUFFIXES.isdisjoint(words)):
            return Name((family.lower(),), (), tuple(words))
    if "," in family and not given:
        family, given = (part.strip() for part in family.split(",", 1))
        if _fold(given) in (*_SUFFIXES, ""):
            given = ""
    elif "," in given:
        given = " ".join(part for part in given.split(",") if _fold(part) not in _SUFFIXES)
    if not given:
        given, family = _split_whole(family)
    given, particles = _trailing_particles(given)
    inner, parts = _main(_words(family))
    if not any(len(part) > 1 for part in parts):
        return None
    particles = (*particles, *inner)
    spellings = {"".join((*particles, *parts))}
    if family != family.translate(_UMLAUTS):
        spellings.add("".join(_main(_words(family.translate(_UMLAUTS)))[1]))
    return Name(parts, particles, _given(given, family), tuple(sorted(spellings - {"".join(parts)})))


def _main(words: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Given the words of a family name, return the particles before it and its main words."""
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    lead = 0
    while lead < len(words) - 1 and words[lead] in PARTICLES:
        lead += 1
    return tuple(words[:lead]), tuple(w for at, w in enumerate(words[lead:]) if at == 0 or w not in PARTICLES)


def _split_whole(text: str) -> tuple[str, str]:
    """Given a whole name without a comma, return given and family: `Berg JA`, `Jan van der Berg`; `van der Berg` is a family name."""
    words = text.split()
    if len(words) < 2:
        return "", text
    if len(words[-1]) <= 3 and words[-1].isupper() and not text.isupper() and _fold(words[-1]) not in _SUFFIXES:
        return words[-1], " ".join(words[:-1])
    first_particle = next((at for at, word in enumerate(words) if _fold(word) in PARTICLES), None)
    if first_particle:
        return " ".join(words[:first_particle]), " ".join(words[first_particle:])
    if len(words[0].rstrip(".")) == 1 or words[0].endswith("."):
        return " ".join(words[:-1]), words[-1]
    return "", text


def _trailing_particles(given: str) -> tuple[str, tuple[str, ...]]:
    """Given `J. van der`, return `J.` and the particles: bibliographic inversion leaves them there."""
    words = given.split()
    particles: list[str] = []
    while (
        len(words) > 1
        and _fold(words[-1]) in PARTICLES
        and words[-1][:1] in "'’‘vdtilVDTIL"
        and not words[-1].endswith(".")
    ):
        if words[-1].isupper() and len(words[-1]) <= 2:  # initials: `J DE`
            break
        particles.insert(0, _fold(words.pop()))
    return " ".join(words), tuple(particles)


def _given(given: str, family: str) -> tuple[str, ...]:
    shouting = family.isupper()
    names: list[str] = []
    for word in re.split(r"[\s.\-‐‑–]+", given):
        folded = _fold(word)
        if not folded or folded in _SUFFIXES:
            continue
        letters = word.isupper() and (
            len(folded) <= 2 or not re.search("[aeiouy]", folded) or (len(folded) <= 4 and not shouting)
        )
        names.extend(folded if letters else [folded])
    return tuple(names)


def _words(text: str) -> list[str]:
    plain = _LEADING_ARTICLE.sub(r"\1 ", _APOSTROPHES.sub("'", text))
    return [word for word in (_fold(part) for part in re.split(r"[\s\-‐‑–.]+", plain)) if word]


def _fold(text: str) -> str:
    return _NOT_LETTERS.sub("", anyascii(text).casefold())
