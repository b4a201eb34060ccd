"""What all crosswalks share: names, identifiers, languages, untrusted links. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from pubtrack import identifiers
from pubtrack.discovery.crosswalks.text import plain
from pubtrack.models import Link

Author = dict[str, Any]

# Written where a name was asked for and none was known; seen in Crossref (56 works by "NA").
_NO_NAME = frozenset({"", "na", "n/a", "n.a.", "none", "null", "nan", "unknown", "not available", "-", "--", ".", "?"})
# The tussenvoegsels and their cousins: https://nl.wikipedia.org/wiki/Tussenvoegsel
_PARTICLES = (
    "van von de der den des het 't ten ter te in op aan bij onder over uit voor tot d' l' la le les el al "
    "da di do du dos das della del degli dell' zu zum zur af av 's"
)
PARTICLES = frozenset(_PARTICLES.split())
_PREPOSITIONS = frozenset("in op aan bij onder over uit voor tot".split())  # noqa: SIM905
_ORGANISATION = re.compile(
    r"\b(?:universit\w+|institut\w*|instituut|group|groep|werkgroep|team|consortium|collaborati\w+|bureau|stichting|foundation|"
    r"department|afdeling|cent(?:re|er|rum)|network|netwerk|project|ministr\w+|ministerie|gemeente|committee|commissie|association|"
    r"vereniging|society|office|agency|council|raad|hospital|ziekenhuis|school|college|academy|b\.?v\.?|n\.?v\.?|inc|ltd|gmbh|"
    r"laborator\w+|library|bibliotheek|museum|bank|company|organi[sz]ation|federation|union|programme?)\b",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\s.;,]*(?:(?:Electronic address|E-?mail)\s*:\s*)?[^\s@]+@[^\s@]+$", re.IGNORECASE)
RETRACTED_TITLE = re.compile(
    r"\W*(?:RETRACTED(?:\s+(?:ARTICLE|CHAPTER|PAPER))?|WITHDRAWN|INGETROKKEN)\s*[:\]]", re.IGNORECASE
)

# ISO 639-2 to ISO 639-1, and English names, for the languages that repositories in Europe hold.
_LANGUAGES = {
    "eng": "en", "english": "en", "engels": "en", "dut": "nl", "nld": "nl", "dutch": "nl", "nederlands": "nl", "ned": "nl",
    "ger": "de", "deu": "de", "german": "de", "duits": "de", "fre": "fr", "fra": "fr", "french": "fr", "frans": "fr",
    "spa": "es", "spanish": "es", "spaans": "es", "ita": "it", "italian": "it", "por": "pt", "portuguese": "pt", "rus": "ru",
    "russian": "ru", "fry": "fy", "fri": "fy", "frisian": "fy", "fries": "fy", "afr": "af", "dan": "da", "swe": "sv", "nor": "no",
    "nob": "nb", "nno": "nn", "fin": "fi", "pol": "pl", "cze": "cs", "ces": "cs", "slk": "sk", "slo": "sk", "slv": "sl",
    "hrv": "hr", "srp": "sr", "hun": "hu", "rum": "ro", "ron": "ro", "bul": "bg", "gre": "el", "ell": "el", "tur": "tr",
    "ukr": "uk", "ara": "ar", "heb": "he", "per": "fa", "fas": "fa", "chi": "zh", "zho": "zh", "jpn": "ja", "kor": "ko",
    "ind": "id", "cat": "ca", "baq": "eu", "eus": "eu", "glg": "gl", "lat": "la", "uzb": "uz", "tam": "ta", "hin": "hi",
    "est": "et", "lav": "lv", "lit": "lt", "ice": "is", "isl": "is", "gle": "ga", "wel": "cy", "cym": "cy", "vie": "vi", "tha": "th",
}  # fmt: skip
_TWO_LETTERS = frozenset(_LANGUAGES.values()) | frozenset(
    [
        "sq",
        "mk",
        "be",
        "ms",
        "sw",
        "ur",
        "bn",
        "mt",
        "lb",
        "ka",
        "hy",
        "az",
        "kk",
        "eo",
        "fo",
        "yi",
        "zu",
        "xh",
        "ku",
        "ne",
    ]
)

_FILE_TYPES = {
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def language(text: Any) -> str | None:
    """Given a language in any dress (`eng`, `en_US`, `English`), return its two-letter code, or None if it is not known."""
    if not isinstance(text, str):
        return None
    first = re.split(r"[-_;,\s]", text.strip().lower(), maxsplit=1)[0]
    return first if first in _TWO_LETTERS else _LANGUAGES.get(first)


def orcid(text: Any) -> str | None:
    """Given an ORCID as a record has it, return it bare, or None; a wrong check digit makes it none: it may be another's."""
    if not isinstance(text, str):
        return None
    try:
        return identifiers.orcid(text)
    except ValueError:
        return None


def printable(text: str) -> str:
    """Return the text without what cannot be printed: no identifier holds control characters or lone surrogates on purpose."""
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())


def doi(value: Any) -> str | None:
    """Given a value that should be a DOI, return it normalised, or None."""
    return identifiers.doi(printable(value.strip())) if isinstance(value, str) else None


def string(value: Any) -> str:
    """Given a value that should be a string, or a list whose first string counts, return it clean, or an empty string."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return next((cleaned for item in value if isinstance(item, str) and (cleaned := plain(item))), "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def named(given: str, family: str, suffix: str = "") -> Author | None:
    """Given the parts of a person's name, return a CSL name, or None if they name nobody. `family` is kept whole."""
    if family.casefold() in _NO_NAME:
        family = ""
    if given.casefold() in _NO_NAME:
        given = ""
    if not family:
        return {"literal": given} if given else None
    return {"family": family} | ({"given": given} if given else {}) | ({"suffix": suffix} if suffix else {})


def literal(name: str) -> Author | None:
    """Given the name of an organisation, return a CSL name that nobody will split, or None if it names nobody."""
    return None if name.casefold() in _NO_NAME else {"literal": name}


def inverted(text: str, *, organisations: bool = False) -> Author | None:
    """Given a name as catalogues write it, return a CSL name: `Berg, Anna van der` is Anna, van der Berg.

    Also `Berg van der, A.` and `van der Berg, A.`. A name without a comma is an organisation if `organisations` says so, if it
    sounds like one, or if it is one word or many; else `Anna van der Berg` is split before its first particle or its last word.
    """
    text = plain(text).strip(" ,;")
    family, comma, rest = text.partition(",")
    if not comma:
        return literal(text) if organisations or _ORGANISATION.search(text) else _in_order(text.split())
    given, _, suffix = (part.strip() for part in rest.partition(","))
    if not given or given == family or len(family.split()) > 6 or _ORGANISATION.search(family):
        return literal(family if given == family else text)
    words, given_words = family.split(), given.split()
    behind: list[str] = []
    for part in (given_words, words):
        while not behind or part[-1] in PARTICLES:
            if len(part) < 2 or part[-1] not in PARTICLES:
                break
            behind.insert(0, part.pop())
        if behind:
            break
    return named(" ".join(given_words), " ".join([*behind, *words]), suffix)


def _in_order(words: list[str]) -> Author | None:
    if len(words) < 2 or len(words) > 5 + sum(word in PARTICLES for word in words):
        return literal(" ".join(words))
    if words[0] in PARTICLES:
        return named("", " ".join(words))
    split = next((at for at in range(1, len(words) - 1) if _begins_family(words[at], words[at + 1])), len(words) - 1)
    return named(" ".join(words[:split]), " ".join(words[split:]))


def _begins_family(word: str, following: str) -> bool:
    """`in`, `op`, `aan` are particles only before another: in 't Veld, op den Berg."""
    return word in PARTICLES and (word not in _PREPOSITIONS or following in PARTICLES)


def without_mail(affiliation: str) -> str:
    """Given an affiliation, return it without the corresponding author's mail address at its end: that is no place of work."""
    return _MAIL.sub("", affiliation)


def isbn(text: Any) -> str | None:
    """Given text, return the ISBN in it as thirteen digits, or None; the check digit must be right."""
    if not isinstance(text, str):
        return None
    bare = re.sub(
        r"[\s‐-―-]", "", re.sub(r"^(?:urn:)?isbn:?|^https?://.*/isbn/", "", text.strip(), flags=re.IGNORECASE)
    )
    if re.fullmatch(r"97[89][0-9]{10}", bare):
        return bare if _isbn13_digit(bare[:12]) == bare[12] else None
    if re.fullmatch(r"[0-9]{9}[0-9Xx]", bare):
        total = sum((10 - at) * (10 if digit in "Xx" else int(digit)) for at, digit in enumerate(bare))
        return None if total % 11 else f"978{bare[:9]}{_isbn13_digit('978' + bare[:9])}"
    return None


def _isbn13_digit(twelve: str) -> str:
    return str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(twelve)) % 10)


def issn(text: Any) -> str | None:
    """Given text, return the ISSN it is as 1234-567X, or None; the check digit must be right."""
    if not isinstance(text, str) or not (
        match := re.fullmatch(r"(?:issn:?\s*)?([0-9]{4})-?([0-9]{3}[0-9Xx])", text.strip(), re.IGNORECASE)
    ):
        return None
    digits = (match[1] + match[2]).upper()
    total = sum((8 - at) * (10 if digit == "X" else int(digit)) for at, digit in enumerate(digits))
    return None if total % 11 else f"{digits[:4]}-{digits[4:]}"


def web_address(text: Any) -> str | None:
    """Given text, return it if it is an http(s) URL with a host and no blank or control character in it, else None."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    if (
        len(text) > 2000
        or not text.isprintable()
        or any(character.isspace() or character in '<>"\\^`{|}' for character in text)
    ):
        return None
    try:
        split = urlsplit(text)
        return text if split.scheme.lower() in ("http", "https") and split.hostname and split.port != 0 else None
    except ValueError:
        return None


def file_link(url: str, media_type: str | None = None, version: str | None = None) -> Link | None:
    """Given a URL that a record calls a file, or that ends like one, return the untrusted link, else None."""
    address = web_address(url)
    if address is None:
        return None
    path = urlsplit(address).path.lower()
    guessed = next((kind for ending, kind in _FILE_TYPES.items() if path.endswith(ending)), None)
    return Link(address, media_type or guessed, version) if media_type or guessed else None


def unique(items: Iterable[Any]) -> tuple[Any, ...]:
    """Return the items, each once, in their order."""
    return tuple(dict.fromkeys(items))
