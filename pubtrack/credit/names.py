"""Find where a text names the provider, and tell it from others of the same name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pubtrack.credit.anchors import anchors, bare, grams, lower, windows
from pubtrack.credit.anchors import places as places_of
from pubtrack.credit.hints import Hints
from pubtrack.credit.steps import ARTICLES
from pubtrack.obligations.policy import CreditPolicy

Kind = Literal["name", "short", "product", "other"]

_BETWEEN = r"(?:[\s*_\"'“”-]|­){1,4}"  # typed between two words of a name
_NUMBER = r"(?!(?:19|20)\d\d\b)\d[\d.:]*"  # `#` in a name: a number that is no year, as in a strain's "CBS 513.88"
_CAPITALISED = r"(?-i:[A-Z][\w-]+)"  # `Xx` in a name: a word with a capital, as in a school's "CBS De Regenboog"
_ALIAS = re.compile(
    r"\s*[(\[](?:here(?:in)?after|henceforth|hierna|verder)?[:,]?\s*[\"“'‘]?([A-Z]{2,7})[\"”'’]?\s*[)\]]"
)
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"(\w+)(?:['’]s?)?$")
_SPELT_OUT = re.compile(r"((?:[\w'’-]+[ \n]){1,6}[\w'’-]+)\s*[(\[]$")
_SPELLING_OUT = re.compile(r"\s*[(\[=:]+\s*([\w'’ \n-]{6,90}?)\s*[)\],;.]")
_STANDING_FOR = re.compile(
    r"\s+(?:staat\s(?:[\w\s]{0,40}?\s)?voor|stands\s(?:[\w\s]{0,30}?\s)?for|is\sshort\sfor|betekent|denotes|abbreviates)"
    r"\s+(?:de\s|het\s|the\s)?([\w'’ \n-]{6,90}?)\s*[),;.]"
)
_OPENING = 2  # letters by which names are told apart first
_AROUND = 1_000  # characters about a short name in which another's place makes it doubtful
_NEAR = 300  # characters on either side of a short name in which a word may say whose it is
_CHUNK = re.compile(r"[^\s()\[\]<>\"'|,;]*")
_BREAKS = frozenset("()[]<>\"'|,;")
_PATH = re.compile(r"(?:^|/)[a-z0-9_.-]+/")
_ADDRESS = re.compile(r"://|www\.|@|\.(?:nl|com|org|net|eu|gov|edu|html?|csv|xlsx?|R|py|do)\b", re.IGNORECASE)
_GLUE = re.compile(r"[\s(\[,;:/\"'“”‘’*_)\]–-]{1,4}(?:(?:hereafter|hierna)[:,]?\s*)?[\"“'‘]?")
_JOINS = ("of", "in", "for", "van", "voor", "op", "the", "'s", "’s", "office", "government", "state", "republic")


@dataclass(frozen=True, slots=True)
class Naming:
    """One place where the provider, or another of its name, is named."""

    start: int
    end: int
    kind: Kind

    @property
    def ours(self) -> bool:
        """Whether the provider itself is meant, as far as is known."""
        return self.kind != "other"


def loose(name: str) -> str:
    """Given a name, return a pattern for it as people type it: any blanks, hyphens or marks between words, articles left out or not."""
    made = ""
    words = name.split()
    for word, after in zip(words, [*words[1:], ""], strict=True):
        part = _NUMBER if word == "#" else _CAPITALISED if word == "Xx" else re.escape(word).replace("'", "['’]")
        if after == "Xx":  # such an article is written as it stands in the name, and belongs to it
            made += rf"[ \t]+(?-i:{part})"
            continue
        if made and word.lower() in ARTICLES:
            made += f"(?:{_BETWEEN}{part})?"
        else:
            made += (_BETWEEN if made else "") + part
    return made


class Namings:
    """Finds the namings of one policy's provider in a text."""

    def __init__(self, policy: CreditPolicy) -> None:
        self._home = policy.home_language
        self._short = {name.casefold() for name in policy.short_names}
        groups: tuple[tuple[Kind, Iterable[str]], ...] = (
            ("other", policy.others),
            ("name", policy.names),
            ("product", policy.products),
            ("short", policy.short_names),
        )
        openings = {lower(name[:_OPENING]) for _, names in groups for name in names}
        self._beginning = {opening: _named(groups, opening) for opening in openings}
        self._anchors = anchors(name for kind, names in groups for name in names if kind != "other")
        # Another's name that holds one of the provider's own anchors that need nothing near them (CBS gene) is found by that one.
        alone = {anchor for anchor, near in self._anchors.items() if not near}
        self._other_anchors = anchors(name for name in policy.others if not grams(bare(name)) & alone)
        places = "|".join(loose(place) for place in policy.places) or r"(?!)"
        self._places = Hints(policy.places, loose, r"(?!\w)")
        self._place_ends = {lower(_WORD.findall(place)[-1]) for place in policy.places}
        joins = "|".join(re.escape(word) for word in _JOINS)
        self._place_after = re.compile(
            rf"\s*(?:[(\[][^)\]]{{1,14}}[)\]])?[\s,(\[–-]*(?:(?:{joins})\s+){{0,3}}(?:{places})(?!\w)", re.IGNORECASE
        )
        self._place_before = re.compile(rf"(?<!\w)(?:{places})(?:['’]s?)?\s+$", re.IGNORECASE)
        self._contexts = Hints(policy.context, loose)
        self._certain = Hints([phrase for phrase in policy.context if phrase not in policy.anywhere], loose)
        self._context = re.compile(
            rf"(?<!\w)(?:{'|'.join(loose(phrase) for phrase in policy.context) or '(?!)'})", re.IGNORECASE
        )

    def find(self, text: str, language: str | None = None, lowered: str | None = None) -> list[Naming]:
        """Given a text, its language and itself in lower case, return the places where the provider is named, in order.

        Others of its name are left out. A name and its abbreviation in brackets are one naming.
        """
        lowered = lowered or lower(text)
        places = places_of(lowered, self._anchors)
        if not places:
            return []
        found = self._with_aliases(text, list(self._in_windows(text, lowered, places)))
        if not any(naming.kind in ("name", "short") for naming in found):
            return []
        resolved = self._at_home(text, lowered, self._resolved(text, lowered, found, language))
        if not any(naming.kind in ("name", "short") for naming in resolved):
            return []
        return _merged(text, resolved)

    def _in_windows(self, text: str, lowered: str, places: Sequence[int]) -> Iterator[Naming]:
        for start, end in windows(places, len(text)):
            done = start
            for word in _WORD.finditer(text, start, end):  # a name begins where a word does, and with few letters
                place = word.start()
                pattern = self._beginning.get(lowered[place : place + _OPENING])
                if pattern is not None and place >= done and (match := pattern.match(text, place, end)):
                    done = match.end()
                    if (naming := self._classified(text, match)) is not None:
                        yield naming

    def _others_named(self, text: str, lowered: str) -> bool:
        """Whether another of the name is named anywhere in a text, far from any naming too."""
        places = places_of(lowered, self._other_anchors)
        return any(naming.kind == "other" for naming in self._in_windows(text, lowered, places))

    def _classified(self, text: str, match: re.Match[str]) -> Naming | None:
        start, end = match.span()
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        if kind == "other":
            return Naming(start, end, kind)
        if _in_address(text, start, end):
            return None
        placed = kind != "product" and (self._place_after.match(text, end) or self._after_place(text, start))
        listed = text.startswith(",", end) and self._certain.stand(match.group(), lower(match.group()))
        if placed and not listed:  # listed: Statistics Netherlands, Danish registers and a survey
            return Naming(start, end, "other")
        return Naming(start, end, kind)

    def _after_place(self, text: str, start: int) -> bool:
        """Whether the name of another's place stands right before."""
        before = _LAST_WORD.search(text[max(0, start - 40) : start].rstrip())
        if before is None or lower(before.group(1)) not in self._place_ends:
            return False
        return self._place_before.search(text, max(0, start - 40), start) is not None

    def _with_aliases(self, text: str, found: list[Naming]) -> list[Naming]:
        """A name followed by capitals in brackets gives itself a short name for this text: Statistics Netherlands (SN)."""
        aliases = set()
        for naming in found:
            if naming.kind == "name" and (match := _ALIAS.match(text, naming.end)):
                aliases.add(match.group(1))
        aliases = {alias for alias in aliases if alias.casefold() not in self._short}
        if not aliases:
            return found
        taken = {naming.start for naming in found}
        pattern = re.compile(rf"(?<![\w@/.])(?:{'|'.join(sorted(aliases))})(?![\w@])")
        extra = [
            Naming(*match.span(), "name")
            for match in pattern.finditer(text)
            if match.start() not in taken and not any(n.start < match.end() and match.start() < n.end for n in found)
        ]
        return sorted([*found, *extra], key=lambda naming: naming.start)

    def _resolved(self, text: str, lowered: str, found: list[Naming], language: str | None) -> list[Naming]:
        """Give every short name the meaning it was last given, or the text's own if it never was."""
        given: list[bool | None] = [self._given(text, found, place) for place in range(len(found))]
        ours_named = any(naming.kind == "name" for naming in found)
        others_named = any(naming.kind == "other" for naming in found)
        first = next((meaning for meaning in given if meaning is not None), None)
        unsure = any(naming.kind == "short" for naming in found) and (first is None or not ours_named)
        if unsure and not others_named:  # only then it matters whether another is named far away
            others_named = self._others_named(text, lowered)
        resolved, last = [], None
        for naming, meaning in zip(found, given, strict=True):
            last = meaning if meaning is not None else last
            if naming.kind != "short":
                resolved.append(naming)
                continue
            ours = meaning if meaning is not None else last if last is not None else first
            if ours is None or (others_named and ours and meaning is None and not ours_named):
                at_home = language is not None and language == self._home and not others_named
                ours = (
                    at_home
                    or (ours_named and not others_named)
                    or (
                        (ours_named or not others_named)
                        and self._hinted(text, lowered, naming)
                        and not (language != self._home and self._abroad(text, lowered, naming))
                    )
                )
            resolved.append(naming if ours else replace(naming, kind="other"))
        return [naming for naming in resolved if naming.ours]

    def _hinted(self, text: str, lowered: str, naming: Naming) -> bool:
        """Whether a word near a short name makes it the provider's."""
        return self._contexts.stand(text, lowered, max(0, naming.start - _NEAR), naming.end + _NEAR)

    def _abroad(self, text: str, lowered: str, naming: Naming) -> bool:
        """Whether another's place is named around a naming, and nothing in the text that is only this provider's."""
        around = max(0, naming.start - _AROUND), naming.end + _AROUND
        return self._places.stand(text, lowered, *around) and not self._certain.stand(text, lowered)

    def _at_home(self, text: str, lowered: str, found: list[Naming]) -> list[Naming]:
        """Leave out names that others bear too in a text that speaks of an other's place and never of this provider's."""
        if (
            not found
            or any(self._hinted(text, lowered, one) for one in found[:3])
            or self._contexts.stand(text, lowered)
            or not self._places.stand(text, lowered)
        ):
            return found
        return [naming for naming in found if self._context.search(text[naming.start : naming.end])]

    def _given(self, text: str, found: list[Naming], place: int) -> bool | None:
        """Return whether the text says right here that a short name is the provider (True) or something else (False)."""
        naming = found[place]
        if naming.kind != "short":
            return None
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        for other, gap in (
            (before, text[before.end : naming.start] if before else ""),
            (after, text[naming.end : after.start] if after else ""),
        ):
            if (
                other is not None
                and other.kind in ("name", "other")
                and _GLUE.fullmatch(gap)
                and re.search(r"[(\[=:,]", gap)
            ):
                return other.kind == "name"
        letters = text[naming.start : naming.end]
        if not letters.isupper():
            return None
        if before is not None and before.kind == "short" and _GLUE.fullmatch(text[before.end : naming.start]):
            return None  # one short name spells out the other: Central Bureau of Statistics (CBS)
        left = text[max(0, naming.start - 120) : naming.start].rstrip()
        opening = _SPELT_OUT.search(left) if left.endswith(("(", "[")) else None
        if opening and spells(opening.group(1), letters):
            return self._context.search(opening.group(1)) is not None
        closing = _SPELLING_OUT.match(text[naming.end : naming.end + 120])
        if closing and spells(closing.group(1), letters):
            return self._context.search(closing.group(1)) is not None
        meaning = _STANDING_FOR.match(text[naming.end : naming.end + 120])
        if meaning and (after is None or after.start > naming.end + meaning.end()):
            said = meaning.group(1).lower()  # it says so itself: the letters need only be there, in order
            if said[0] == letters[0].lower() and _subsequence(letters.lower(), said):
                return self._context.search(said) is not None
        return None


def spells(words: str, letters: str) -> bool:
    """Given words that may spell out an abbreviation, return whether they do: its letters begin their last words, in order.

    One word may give several letters, as cortico-basal does.
    """
    tail = re.findall(r"\w+", words.lower())[-(len(letters) + 2) :]
    for first in range(len(tail)):
        joined, wanted = tail[first:], letters.lower()
        if joined[0][0] == wanted[0] and joined[-1][0] == wanted[-1] and _subsequence(wanted, " ".join(joined)):
            return True
        # A compound gives two letters: het centraal boordsysteem (CBS). Only after an article: "cijfers bijstand (CBS)" is no name.
        begins = "".join(word[0] for word in joined) == wanted[:-1] and wanted[-1] in joined[-1][3:]
        if begins and first and tail[first - 1] in ARTICLES:
            return True
    return False


def _subsequence(wanted: str, text: str) -> bool:
    place = 0
    for letter in wanted:
        place = text.find(letter, place) + 1
        if not place:
            return False
    return True


def _named(groups: Iterable[tuple[Kind, Iterable[str]]], opening: str) -> re.Pattern[str]:
    """Given names of several kinds, return a pattern for those that begin with a few letters; the longest of a kind comes first."""
    beginning = [(kind, [name for name in names if lower(name[:_OPENING]) == opening]) for kind, names in groups]
    parts = [
        f"(?P<{kind}>{'|'.join(loose(name) for name in sorted(names, key=len, reverse=True))})"
        for kind, names in beginning
        if names
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?![^\W_])", re.IGNORECASE)


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a match is a part of a link, a mail address or a file's name."""
    left = start
    while left > max(0, start - 200) and text[left - 1] not in _BREAKS and not text[left - 1].isspace():
        left -= 1
    right = _CHUNK.match(text, end)
    chunk_text = text[left : right.end() if right else end]
    return chunk_text != text[start:end] and bool(_ADDRESS.search(chunk_text) or _PATH.search(chunk_text))


def _merged(text: str, found: Sequence[Naming]) -> list[Naming]:
    merged: list[Naming] = []
    for naming in found:
        last = merged[-1] if merged else None
        if last is not None and naming.start - last.end <= 4 and _GLUE.fullmatch(text[last.end : naming.start]):
            end = naming.end + (
                1 if text[naming.end : naming.end + 1] in (")", "]") and "(" in text[last.end : naming.start] else 0
            )
            merged[-1] = Naming(last.start, end, "name" if "name" in (last.kind, naming.kind) else last.kind)
        else:
            merged.append(naming)
    return merged
