"""Which line of a sheet names the columns, and which column is which: in any order, case and language. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pubtrack.register.model import Cell, Sheet

# A title, a date and a logo stand above the table at most this high.
SEARCHED = 40

Names = Mapping[str, str]

# Our field, and the names under which it is handed in, between bars; compared without case, blanks and punctuation.
_NUMBER = "id | projectnummer | project number | projectnr | project no | project id | projectcode | project"
_TITLE = "title | titel | project title | projecttitel | projectnaam | project name | onderzoek"
_INSTITUTION = "institution | instelling | institute | instituut | organisatie | organisation | organization"
_START = "started_on | startdatum | start date | start | begindatum | started"
_END = "ended_on | einddatum | end date | einde | end | ended"
OWN: Names = {
    "id": _NUMBER,
    "title": _TITLE,
    "abstract": "abstract | samenvatting | omschrijving | beschrijving | description | summary",
    "datasets": "datasets | data sets | dataset | bestanden | microdatabestanden",
    "lead": "lead | projectleider | project lead | project leader | leider | hoofdonderzoeker | principal investigator | pi",
    "lead_given": "lead_given | voornaam | lead given name | lead first name | voornaam projectleider | given name | first name",
    "lead_prefix": "lead_prefix | tussenvoegsel | tussenvoegsel projectleider | voorvoegsel",
    "lead_family": "lead_family | achternaam | lead family name | lead last name | achternaam projectleider | family name"
    " | last name",
    "lead_email": "lead_email | e-mail | mail | e-mailadres | e-mail projectleider | lead mail | mailadres",
    "lead_orcid": "lead_orcid | orcid | orcid projectleider | orcid id",
    "lead_slack": "lead_slack | slack | slack id",
    "lead_language": "lead_language | taal | language | voorkeurstaal",
    "members": "members | leden | projectleden | deelnemers | teamleden | onderzoekers | team",
    "institution": _INSTITUTION,
    "started_on": _START,
    "ended_on": _END,
}
# The provider's workbook: one row per project and data set.
WORKBOOK: Names = {
    "id": _NUMBER,
    "dataset": "bestandsnaam | naam bestand | file name | name of file | data set name",
    "institution": _INSTITUTION,
    "title": f"{_TITLE} | research | study | onderzoekstitel | research title | research project",
    "started_on": _START,
    "ended_on": _END,
}


@dataclass(frozen=True, slots=True)
class Header:
    """The line that names the columns: our fields by position, and the names that are none of ours."""

    sheet: Sheet
    line: int
    fields: dict[int, str]
    unknown: dict[int, str]
    twice: dict[int, str]
    width: int

    def rows(self) -> list[tuple[int, list[Cell]]]:
        """Return the lines below the header."""
        return [(number, cells) for number, cells in self.sheet.lines if number > self.line]

    def has(self, *fields: str) -> bool:
        """Return whether every one of these fields has a column."""
        return set(fields) <= set(self.fields.values())


def header(sheets: Sequence[Sheet], names: Names) -> Header | None:
    """Given the sheets of a file, return the line in which most columns carry known names, or None if none does."""
    known = {_plain(name): own for own, synonyms in names.items() for name in synonyms.split("|")}
    best: Header | None = None
    for sheet in sheets:
        for line, cells in sheet.lines[:SEARCHED]:
            fields: dict[int, str] = {}
            unknown: dict[int, str] = {}
            twice: dict[int, str] = {}
            for position, cell in enumerate(cells):
                text = " ".join(str(cell).split()) if isinstance(cell, str) else ""
                if not text:
                    continue
                own = known.get(_plain(text))
                if own is None:
                    unknown[position] = text
                elif own in fields.values():
                    twice[position] = text
                else:
                    fields[position] = own
            if len(fields) > (len(best.fields) if best else 0):
                best = Header(sheet, line, fields, unknown, twice, len(cells))
    return best


def nearest(name: str, names: Names) -> str | None:
    """Given the name of a column that is not known, return the field that may be meant."""
    known = {_plain(synonym): own for own, synonyms in names.items() for synonym in synonyms.split("|")}
    found = difflib.get_close_matches(_plain(name), known, n=1, cutoff=0.7)
    return known[found[0]] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
