"""A reference as a row of the provider's own list, and what a reference lacks and who can give it. Pure.

The three layouts are those of the releases of CBS's list of publications: August 2023, January 2026, May 2026.
"""

from __future__ import annotations

from dataclasses import dataclass

from pubtrack.errors import UsageError
from pubtrack.models import Csl
from pubtrack.references.csl import date_text, link, whole_family, year
from pubtrack.references.lists import Item

# Field of ours -> its header, release by release; the newest is what is written.
LAYOUTS: dict[str, dict[str, str]] = {
    "2026-05": {
        "institution": "Institute",
        "project": "Project",
        "title": "Publication title",
        "authors": "Author(s)",
        "issued": "Publication date",
        "publisher": "Publisher",
        "url": "URL publication",
        "code": "Published code or scripts",
    },
    "2026-01": {
        "project": "Projectnumber",
        "title": "Publication title",
        "authors": "Author(s)",
        "issued": "Datum publicatie",
        "institution": "Institute",
        "url": "URL publication",
    },
    "2023-08": {
        "project": "Projectnummer",
        "title": "Pub_titel",
        "authors": "Pub_auteur",
        "issued": "Pub_jaar",
        "institution": "Instelling",
        "url": "URL",
    },
}
NEWEST = "2026-05"
_YEARS = ("Pub_jaar",)
EXTRA = {"doi": "DOI", "reference": "Reference", "remark": "Remark"}

CELL = 32_767  # characters a cell of a spreadsheet may hold (Excel's specifications and limits)
REMARKS = {
    "nl": {
        "retracted": "Ingetrokken publicatie (retractie)",
        "corrected": "Er is een correctie (erratum) op deze publicatie",
    },
    "en": {"retracted": "Retracted publication", "corrected": "A correction to this publication has been published"},
}


@dataclass(frozen=True, slots=True)
class Lack:
    """What a reference lacks, and who can give it: `ask Anna van der Berg, lead of the project`."""

    what: str
    who: str


def author_text(csl: Csl, limit: int = CELL) -> str:
    """Given CSL for output, return its authors (else editors) as `van der Berg, Anna; Ministry of Examples`.

    Over `limit` characters it ends in how many more there are.
    """
    people = csl.get("author") or csl.get("editor") or []
    names = [
        name.get("literal")
        or ", ".join(part for part in (whole_family(name), name.get("suffix"), name.get("given")) if part)
        for name in people
    ]
    text = "; ".join(names)
    kept = len(names)
    while len(text) > limit and kept > 1:
        kept = min(kept - 1, kept * limit // len(text))
        text = "; ".join([*names[:kept], f"... ({len(names) - kept} more)"])
    return text


def headers(layout: str) -> dict[str, str]:
    """Given a layout, return its fields with their headers, and ours at the end. Raise UsageError if there is no such layout."""
    if layout not in LAYOUTS:
        raise UsageError(f"There is no layout {layout}. Known, by the release that had it first: {', '.join(LAYOUTS)}.")
    return LAYOUTS[layout] | EXTRA


def row(item: Item, language: str, plain: str, layout: str = NEWEST) -> dict[str, str]:
    """Given a reference and its formatted text, return its row by field name: the newest layout's fields and ours at the end.

    The oldest layout knows years only. What is not known is an empty string, never invented: the published code, for one, which no
    source of ours gives.
    """
    return {
        "institution": item.institution,
        "project": item.project_id,
        "title": item.csl.get("title", ""),
        "authors": author_text(item.csl),
        "issued": year(item.csl) if LAYOUTS[layout]["issued"] in _YEARS else date_text(item.csl),
        "publisher": item.csl.get("publisher", ""),
        "url": link(item.csl),
        "code": "",
        "doi": item.csl.get("DOI", ""),
        "reference": plain,
        "remark": remark(item.csl, language),
    }


def remark(csl: Csl, language: str) -> str:
    """Given CSL for output, return the words that say that the work was retracted or corrected, or an empty string."""
    return REMARKS[language].get(str(csl.get("status", "")), "")


_LACKS = {
    "en": {
        "title": "the title",
        "author": "the authors",
        "issued": "the publication date",
        "day": "the full publication date (known: {date})",
        "container-title": "the name of the journal or book",
        "publisher": "the publisher or institution",
        "link": "a DOI or a link",
        "authors-cut": "room for all authors in one cell of the sheet",
        "institution": "the project's institution",
        "lead": "ask {lead}, lead of the project",
        "nobody": "ask the institution: nobody is registered as lead",
        "publisher-page": "see the publication's page, {link}",
        "register": "add it to the register of projects",
        "formats": "BibTeX, RIS and CSL-JSON hold them all",
    },
    "nl": {
        "title": "de titel",
        "author": "de auteurs",
        "issued": "de publicatiedatum",
        "day": "de volledige publicatiedatum (bekend: {date})",
        "container-title": "de naam van het tijdschrift of boek",
        "publisher": "de uitgever of instelling",
        "link": "een DOI of een link",
        "authors-cut": "ruimte voor alle auteurs in één cel van het werkblad",
        "institution": "de instelling van het project",
        "lead": "vraag {lead}, projectleider",
        "nobody": "vraag de instelling: er is geen projectleider geregistreerd",
        "publisher-page": "zie de pagina van de publicatie, {link}",
        "register": "vul het projectregister aan",
        "formats": "BibTeX, RIS en CSL-JSON bevatten ze allemaal",
    },
}
_IN_SOMETHING = {"article-journal", "article-magazine", "article-newspaper", "chapter", "paper-conference"}
_BY_SOMEONE = {"book", "report", "thesis", "dataset", "webpage"}


def lacks(item: Item, language: str) -> list[Lack]:
    """Given a reference, return what it lacks for the provider's list and a full reference, each with who can give it."""
    words, csl = _LACKS[language], item.csl
    asked = words["lead"].format(lead=item.lead) if item.lead else words["nobody"]
    where = words["publisher-page"].format(link=link(csl)) if link(csl) else asked
    found = [
        Lack(words[name], asked)
        for name in ("title", "author")
        if not csl.get(name) and not (name == "author" and csl.get("editor"))
    ]
    day = date_text(csl)
    if not day:
        found.append(Lack(words["issued"], where))
    elif len(day) < 10 and csl["issued"].get("date-parts"):
        found.append(Lack(words["day"].format(date=day), where))
    if csl["type"] in _IN_SOMETHING and not csl.get("container-title"):
        found.append(Lack(words["container-title"], where))
    if csl["type"] in _BY_SOMEONE and not csl.get("publisher"):
        found.append(Lack(words["publisher"], where))
    if not link(csl):
        found.append(Lack(words["link"], asked))
    if not item.institution:
        found.append(Lack(words["institution"], words["register"]))
    if len(author_text(csl, 10**9)) > CELL:
        found.append(Lack(words["authors-cut"], words["formats"]))
    return found
