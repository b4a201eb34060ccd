"""Know a document's sections by their headings, in Dutch and English. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

# Section names as findings and policies write them, and the headings that open them.
HEADINGS: dict[str, str] = {
    "abstract": r"""
        abstract / summary / executive summary / samenvatting / management summary / managementsamenvatting
        """,
    "introduction": r"""
        introduction / inleiding / introductie / background / achtergrond / aanleiding
        """,
    "data": r"""
        data / (?:data )?sources? / source data(?: access)? / data and (?:sample|sample
        selection|methods?|methodology|measures?|variables|descriptives) / data (?:en|&) (?:methoden?|methode) / dataset(?:s)? / data
        description / the data / materials?(?: and methods?)? / sample / study population / study (?:design and )?(?:data|setting) /
        gegevens / gebruikte (?:data|gegevens|bestanden) / databronnen / bronnen / gegevensbronnen / bestanden / data collection /
        dataverzameling / population and data / setting and data
        """,
    "methods": r"""
        methods? / methods? and (?:data|materials?) / methodology / methods? and methodology / research design / methoden? / methode
        / methodologie / onderzoeksopzet / onderzoeksmethoden? / aanpak / empirical strategy / statistical analys[ei]s /
        onderzoeksverantwoording / verantwoording
        """,
    "results": r"""
        results / findings / resultaten / bevindingen / empirical results
        """,
    "discussion": r"""
        discussion / discussie / conclusions? / conclusies? / conclusion and discussion / discussion and conclusions? / conclusie en
        discussie / beschouwing / limitations
        """,
    "data availability": r"""
        (?:data|code|materials?)(?:,? (?:and|&) (?:data|code|materials?))?(?:,? (?:and|&) materials?)?
        (?:availability|accessibility|access|sharing)(?: statement)?s? / availability of (?:the )?data(?: and (?:materials?|code))? /
        access to (?:the )?data / beschikbaarheid van (?:de )?(?:data|gegevens) / databeschikbaarheid / toegang tot (?:de
        )?(?:data|gegevens) / replication(?: package)? / reproducibility / replication data / data (?:and code )?statement /
        datenverfügbarkeit / verfügbarkeit der daten
        """,
    "acknowledgements": r"""
        acknowledg(?:e)?ments? / acknowledg(?:e)?ments? and funding / dankwoord / dankbetuiging / met dank aan / funding /
        financiering / colofon / colophon / danksagung
        """,
    "notes": r"""
        notes? / footnotes? / endnotes? / noten / voetnoten / eindnoten / author'?s? notes? / declarations? / disclaimer /
        toelichting
        """,
    "tables and figures": r"""
        tables?(?: and figures)? / figures?(?: and tables)? / tabellen(?: en figuren)? / figuren / list of tables / figure legends?
        """,
    "references": r"""
        references / reference list / references cited / bibliography / works cited / literature(?: cited)? / literatuur /
        literatuurlijst / referenties / referentielijst / geraadpleegde literatuur / bibliografie / bronvermelding(?:en)? /
        literaturverzeichnis / quellenverzeichnis
        """,
    "appendix": r"""
        appendix(?: [a-z0-9]+)?(?:[.:] .{1,60})? / appendices / bijlagen?(?: [a-z0-9]+)?(?:[.:] .{1,60})? / supplementary
        (?:materials?|information) / supporting information / online appendix
        """,
}


_FORMS = [[form.strip() for form in " ".join(forms.split()).split(" / ")] for forms in HEADINGS.values()]
_ALTERNATIVES = "|".join(f"(?P<s{number}>{'|'.join(forms)})" for number, forms in enumerate(_FORMS))
_HEADING = re.compile(
    rf"^[ \t]*(?:#{{1,6}}[ \t]*|\*\*[ \t]*)?(?:(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}|[IVX]{{1,5}}|[A-H])[.):]?[ \t]+)?"
    rf"(?:{_ALTERNATIVES})[ \t]*(?:\*\*)?[ \t]*:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# A heading that runs on in its own line: "Data availability statement: the data are ..."
_RUN_IN = re.compile(
    r"^[ \t]*(?:\*\*)?(?:(?P<s6>(?:data|code)(?: and (?:code|data|materials?))? (?:availability|accessibility|sharing)(?: statement)?"
    r"|availability of data(?: and materials?)?)"
    r"|(?P<s0>abstract|samenvatting)|(?P<s7>acknowledg(?:e)?ments?|dankwoord)|(?P<s8>notes?|noot|noten)"
    r"|(?P<s9>(?:sources?|bron(?:nen)?|data sources?)))(?:\*\*)?[ \t]*[:.—–][ \t]*\S",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = tuple(HEADINGS)


def _first_words() -> Iterator[str]:
    """The words, with what follows them, with which a heading may begin."""
    for form in [form for forms in _FORMS for form in forms]:
        yield re.sub(r"^\(\?:([^)]*)\)\?", "", form)
        if group := re.match(r"\(\?:([^)]*)\)", form):
            yield from group.group(1).split("|")


# The three letters with which a heading may begin: most lines are no headings, and this tells it at once.
_OPENINGS = frozenset(word[:3].lower() for word in _first_words() if word[:3].isalpha())
_RUN_IN_OPENINGS = frozenset(("dat", "cod", "ava", "abs", "sam", "ack", "dan", "not", "noo", "sou", "bro"))
_ALL_OPENINGS = _OPENINGS | _RUN_IN_OPENINGS
_LONGEST = 200  # characters of a heading's line
_LINE = re.compile(  # it begins with a letter of its own, not with ^, and so is found many times faster
    r"\n[ \t]*(?:#{1,6}[ \t]*|\*\*[ \t]*)?(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVXivx]{1,5}|[A-Ha-h])[.):]?[ \t]+)?([A-Za-z]{3})"
)


@dataclass(frozen=True, slots=True)
class Sections:
    """Where the sections of a text begin, and where the lines of their headings end."""

    starts: tuple[int, ...]
    names: tuple[str, ...]
    heading_ends: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str) -> Sections:
        """Given a text, return its sections by the headings that stand in lines of their own, and by a few that run in."""
        found: list[tuple[int, str, bool]] = []
        ends: list[int] = []
        first = _LINE.match("\n" + text[:200])
        lines = [(0, first.group(1))] if first else []
        lines += [
            (line.start() + 1, line.group(1)) for line in _LINE.finditer(text) if line.group(1).lower() in _ALL_OPENINGS
        ]
        for begin, opening in lines:
            word = opening.lower()
            if word in _OPENINGS and _ends_soon(text, begin) and (match := _HEADING.match(text, begin)):
                found.append((begin, _name(match), False))
                ends.append(match.end())
            if word in _RUN_IN_OPENINGS and (match := _RUN_IN.match(text, begin)):
                found.append((begin, _name(match), True))
        found.sort()
        starts: list[int] = []
        names: list[str] = []
        for start, name, run_in in found:
            starts.append(start)
            names.append(name)
            if run_in:  # such a section is one paragraph
                end = text.find("\n\n", start)
                following = end if 0 < end < start + 3000 else start + 3000
                starts.append(following)
                names.append(next((n for s, n, r in reversed(found) if not r and s < start), ""))
        order = sorted(range(len(starts)), key=starts.__getitem__)
        return cls(tuple(starts[i] for i in order), tuple(names[i] for i in order), tuple(ends))

    def at(self, offset: int) -> str | None:
        """Given an offset, return the section it lies in, or None before the first heading."""
        place = bisect_right(self.starts, offset) - 1
        return (self.names[place] or None) if place >= 0 else None

    def after_heading(self, start: int, until: int) -> int:
        """Given where a sentence begins and a place in it, return where it begins if a heading's line before that place is taken off."""
        place = bisect_right(self.heading_ends, until) - 1
        return max(start, self.heading_ends[place]) if place >= 0 else start


def section_of(heading: str) -> str | None:
    """Given a heading, return the section it opens, or None if it is not a known one."""
    match = _HEADING.match(heading.strip())
    return _name(match) if match else None


def _ends_soon(text: str, begin: int) -> bool:
    """Whether the line that begins here may be a heading by its length."""
    until = begin + _LONGEST
    return until >= len(text) or text.find("\n", begin, until) >= 0


def _name(match: re.Match[str]) -> str:
    return _NAMES[int(str(match.lastgroup)[1:])]
