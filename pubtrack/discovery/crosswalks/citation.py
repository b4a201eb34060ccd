"""A citation as people type it, to CSL. Pure.

The styles that researchers paste: APA, Harvard, Chicago (author-date and notes), MLA, Vancouver, and the Dutch way with commas. What a
style does not tell apart is left out, not guessed: a citation whose title cannot be told gives nothing.

| as typed | ours |
|---|---|
| what stands before the year, or before the title in quotation marks | author; `et al.` is nobody |
| the year in brackets, between full stops, or behind the journal | issued; of `2024, March 5` the day |
| what stands between quotation marks, else up to the end of its sentence | title |
| `Journal, 12(3), 45-67`, `Journal. 2024;12(3):45-67`, `vol. 12, no. 3 (2024)` | container-title, volume, issue, page: an article |
| `In ...` | container-title: a chapter |
| thesis, proefschrift, report, working paper | type, publisher |
| a DOI | DOI |
"""

from __future__ import annotations

import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.fields import Author, inverted, named
from pubtrack.discovery.crosswalks.repository import plausible
from pubtrack.discovery.crosswalks.text import plain

_DOI = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:?\s*)?10\.[0-9]{4,9}/\S+", re.IGNORECASE)
_URL = re.compile(r"(?:(?:retrieved|available|geraadpleegd|accessed)\b[^.]{0,60})?https?://\S+", re.IGNORECASE)
_YEAR = r"(?:1[5-9]|20)\d\d"
# (2024), (2024a), (2024, March 5), (in press)
_BRACKETS = re.compile(
    rf"(?P<authors>[^()\"“”]{{2,2000}}?)[\s,:]*\((?P<date>{_YEAR}[a-z]?(?:,\s*[^()]{{2,20}})?|in press|in druk|forthcoming|te verschijnen)"
    r"\)(?P<stop>[.,:;]?)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
# Jansen, A., 2024. Title ...   Jansen, Anna. 2024. "Title ..."
_BETWEEN = re.compile(rf"(?P<authors>[^\"“”‘]{{2,2000}}?)[.,]\s+(?P<date>{_YEAR})[a-z]?(?P<stop>[.,:])\s+(?P<rest>.+)")
# Between two of a kind; the second stands before a stop, or behind one.
_QUOTED = re.compile(
    r"(?:(?P<q>[\"'])|(?P<low>„)|(?P<double>“)|(?P<single>‘))(?P<title>.{3,600}?)"
    r"(?P<close>(?(q)(?P=q)|(?(low)[“”]|(?(double)”|’))))(?:(?<=[.,?!].)(?=\s)|(?=\s*[.,;]|$))[.,;:]?\s*(?P<rest>.*)"
)
_BEFORE_QUOTE = re.compile(r"(?P<authors>[^\"“”„‘]{2,2000}?)[.,:]\s*(?P<quote>[\"“„‘'].{8,}\d{4}.*)")
# Jansen A, de Vries BC. Title. J Ex. 2024 Mar 5;12(3):45-67.
_VANCOUVER = re.compile(
    rf"(?P<authors>[^.()\"“”]{{2,2000}})\.\s+(?P<middle>.{{8,800}}?)[.,]?\s+(?P<date>{_YEAR})[^;.]{{0,12}};\s*(?P<place>.+)"
)
_INITIALS = r"(?:[^\W\d_a-z][a-z]?\.?[\s-]?){1,5}"
_INITIALS_FIRST = re.compile(r"(?:[^\W\d_a-z][a-z]?\.[\s-]?)+\s*[^\W\d_].+")
_ONLY_INITIALS = re.compile(rf"{_INITIALS}\.?")
_FAMILY_INITIALS = re.compile(r"(?P<family>.*[^\W\d_]{2,}[.)]?)\s+(?P<initials>[^\W\d_a-z]{1,4})")
_AND = re.compile(r"\s*(?:,\s*)?(?:&|;|\band\b|\ben\b|\bund\b|\bet\b(?!\s+al))\s*(?:,\s*)?")
_REST_OF_THEM = re.compile(
    r"[\s,;]*(?:(?:\.\.\.|…|&|and|en)\s*)?\b(?:et al|e\.a|and others|en anderen)\b\.?.*$", re.IGNORECASE
)
_EDITORS = re.compile(r"\s*\((?:eds?|red)\.?\)|,\s*(?:eds?|red)\.\s*$", re.IGNORECASE)
# Where the first sentence ends: not behind `vs.`, an initial or a number.
_SENTENCE = re.compile(r"(?<!\b[Vv]s)(?<!\b[A-Z])(?<!\bcf)(?:(?<=[?!])|\.)(?=\s)")
_GOES_ON = re.compile(r"\b[a-z][a-z]{2,}[.?!] [A-Z]")
_PLACE = re.compile(
    r"(?P<journal>[^\d(][^()]{1,200}?)[,.]?\s+(?:vol(?:ume)?\.?\s*|jrg\.?\s*)?(?P<volume>\d{1,4})(?:\s*\((?P<issue>[^()]{1,20})\)|"
    r",?\s*(?:no|nr|issue|iss|afl)\.?\s*(?P<number>[\w-]{1,8}))?(?:,?\s*\(?(?:[A-Za-z]+\s+)?(?:1[5-9]|20)\d\d\)?)?"
    r"(?:\s*[,:;.]\s*(?:pp?\.?|pages|blz\.?|S\.|article|art\.)?\s*(?P<page>[A-Za-z]?\d[\w.]*(?:\s?[-–—]\s?[A-Za-z]?\d+)?))?(?=[\s.,;]|$)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?P<volume>\d{1,4})?(?:\s*\((?P<issue>[^()]{1,20})\))?(?:\s*:\s*(?P<page>[A-Za-z]?\d[\w.]*(?:\s?[-–—]\s?[A-Za-z]?\d+)?))?"
)
_IN = re.compile(r"[Ii]n:?\s+(?=[^a-z])")
_THESIS = re.compile(
    r"(?:unpublished\s+|ongepubliceerde?\s+)?(?:(?:ph\.?\s?d\.?|doctoral|master'?s?)\s+)?(?:dissertation|thesis|proefschrift|scriptie)\b",
    re.IGNORECASE,
)
_KIND_BEHIND = re.compile(
    r"(?P<title>.+?)\s*[(\[](?P<kind>[^()\[\]]*\b(?:dissertation|thesis|proefschrift|scriptie|report|rapport|working paper|preprint)\b"
    r"[^()\[\]]*)[)\]]",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"\b(?:ph\.?d|doctoral|master'?s?|dissertation|thesis|proefschrift|scriptie|doctoraat)\b", re.IGNORECASE), "thesis"),
    (re.compile(r"\b(?:working paper|discussion paper|policy brief|rapport|report|technical paper)\b", re.IGNORECASE), "report"),
    (re.compile(r"\b(?:preprint|arxiv|ssrn|socarxiv|medrxiv|biorxiv|osf)\b", re.IGNORECASE), "article"),
)  # fmt: skip


def parsed(text: str) -> dict[str, Any] | None:
    """Given a citation, return what it says as CSL, or None if its title cannot be told."""
    text = plain(text)
    found = identifiers.find_dois(text)
    doi = identifiers.doi(found[0]) if len(found) == 1 else None
    bare = _URL.sub(" ", _DOI.sub(" ", text)).strip(" \t,;")
    bare = " ".join(bare.split())
    split = _split(bare)
    if split is None:
        return None
    people, issued, title, csl = split
    if match := _KIND_BEHIND.fullmatch(title.rstrip(" .")):
        title, csl = (
            match["title"],
            _rest(f"{match['kind']}, {csl.get('publisher') or csl.get('container-title') or ''}"),
        )
    title = title.strip(" .,;\"“”„‘’'")
    if len(title) < 4 or not plausible(title):
        return None
    csl = {"title": title, "type": "document"} | csl
    if authors := names(people):
        csl["author"] = authors
    if issued:
        csl["issued"] = {"date-parts": [issued]}
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    return csl


def _split(text: str) -> tuple[str, list[int] | None, str, dict[str, Any]] | None:
    """Authors, date, title, and what the rest says, by the first style that fits."""
    if match := _VANCOUVER.fullmatch(text):
        numbers = _NUMBERS.match(match["place"])
        title, journal = _cut(match["middle"])
        csl = _article(journal, numbers["volume"], numbers["issue"], numbers["page"]) if numbers else {}
        return match["authors"], _date(match["date"]), title, csl
    for style in (_BRACKETS, _BETWEEN):
        if match := style.fullmatch(text):
            title, rest = _title(match["rest"], comma=match["stop"] == "," and style is _BRACKETS)
            return match["authors"], _date(match["date"]), title, _rest(rest)
    if (match := _BEFORE_QUOTE.fullmatch(text)) and (quoted := _QUOTED.match(match["quote"])):
        years = re.findall(rf"(?<!\d){_YEAR}(?!\d)", quoted["rest"])
        return match["authors"], _date(years[-1] if years else ""), quoted["title"], _rest(quoted["rest"])
    return None


def _title(rest: str, *, comma: bool) -> tuple[str, str]:
    """The title and what follows it. `comma`: the style separates everything by commas."""
    if quoted := _QUOTED.match(rest):
        return quoted["title"], quoted["rest"]
    if comma:
        places = [match for match in re.finditer(r", ", rest) if _PLACE.match(rest[match.end() :])]
        sound = [match for match in places if "," not in _PLACE.match(rest[match.end() :])["journal"]]  # type: ignore[index]
        if sound:
            return rest[: sound[0].start()], rest[sound[0].end() :]
        if ", " in rest and not _SENTENCE.search(rest.partition(", ")[0]):
            title, _, following = rest.partition(", ")
            return title, following
    return _cut(rest)


def _cut(text: str) -> tuple[str, str]:
    """A title and what follows it, at the end of a sentence: the first behind which no further sentence of the title follows.

    The journal behind it may be abbreviated (`J. Ex. Health`), but in no journal's name a small word ends in a full stop.
    """
    ends = list(_SENTENCE.finditer(text))
    if not ends:
        return text, ""
    end = next((end for end in ends if not _GOES_ON.search(text, end.end())), ends[0])
    return text[: end.start()], text[end.end() :].strip()


def _date(text: str) -> list[int] | None:
    """`2024`, `2024a`, `2024, March 5`."""
    year, _, day = re.sub(r"(\d{4})[a-z]\b", r"\1", text).partition(",")
    return (
        dates.written(f"{day.strip()}, {year}") or dates.written(f"{day.strip()} {year}") if day else None
    ) or dates.written(year)


def _rest(text: str) -> dict[str, Any]:
    """What follows the title."""
    if chapter := _IN.match(text):
        inside = re.sub(r"^.{0,200}?\((?:eds?|red)\.?\)[,.]?\s*", "", text[chapter.end() :], flags=re.IGNORECASE)
        book = re.split(r"[.(]|,\s*(?:pp?\.|ed\.)", inside)[0].strip(" ,.")
        if len(book) > 3 and not _PLACE.match(inside):
            return {"type": "chapter", "container-title": book}
        text = inside
    kind = next((kind for pattern, kind in _KINDS if pattern.search(text)), None)
    if kind is None and (place := _PLACE.match(text)) and (place["page"] or place["issue"] or place["number"]):
        return _article(place["journal"], place["volume"], place["issue"] or place["number"], place["page"])
    where = re.sub(rf"[\s,.(]*{_YEAR}[).,\s]*$", "", _THESIS.sub("", text) if kind == "thesis" else text).strip(
        " ,.;:()[]"
    )
    if not 3 <= len(where) <= 200:
        return {"type": kind} if kind else {}
    if kind is not None or ":" in where:
        return {"publisher": where} | ({"type": kind} if kind else {})
    return {"container-title": where}


def _article(journal: str, volume: str | None, issue: str | None, page: str | None) -> dict[str, Any]:
    told = {
        "container-title": _IN.sub("", journal.strip(" ,.;"), count=1)
        if journal[:2] in ("In", "in")
        else journal.strip(" ,.;"),
        "volume": volume,
        "issue": issue,
        "page": re.sub(r"\s*[-–—]\s*", "-", page.rstrip(".")) if page else None,
    }
    return {"type": "article-journal"} | {name: value for name, value in told.items() if value}


def names(text: str) -> list[Author]:
    """Given the authors of a citation in any of the styles, return CSL names in their order."""
    text = _EDITORS.sub("", _REST_OF_THEM.sub("", text)).strip(" ,;:")
    text = re.sub(r"(?<=[^\W\d_]{2})\.$", "", text)
    found: list[Author | None] = []
    for group in filter(None, (part.strip(" ,;:") for part in _AND.split(text))):
        found += _group([part.strip() for part in group.split(",") if part.strip()])
    return [name for name in found if name is not None]


def _group(parts: list[str]) -> list[Author | None]:
    """Names between two `and`s: `Jansen, A., de Vries, B. C.`; `Jansen A, de Vries BC`; `Jansen, Anna`; `Bram de Vries`."""
    found: list[Author | None] = []
    at = 0
    while at < len(parts):
        part, following = parts[at], parts[at + 1] if at + 1 < len(parts) else ""
        # In a list of `Family, A.` a given name is initials; where there are two parts, it may be written out.
        written_out = len(parts) == 2 and len(following.split()) <= 3 and len(part.split()) <= 4
        if following and not _INITIALS_FIRST.fullmatch(part) and (_ONLY_INITIALS.fullmatch(following) or written_out):
            found.append(inverted(f"{part}, {following}"))
            at += 2
            continue
        vancouver = _FAMILY_INITIALS.fullmatch(part)
        alone = (
            len(parts) == 1 and part.isalpha() and not part.isupper()
        )  # `Jansen (2024)`: a person, of whom no more is said
        found.append(
            inverted(f"{vancouver['family']}, {vancouver['initials']}")
            if vancouver
            else named("", part)
            if alone
            else inverted(part)
        )
        at += 1
    return found
