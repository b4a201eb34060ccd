"""Which column of the provider's list holds what: by the headers of every release seen, and by what others say plainly. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pubtrack.references.rows import EXTRA

# Every header seen, and near ones, folded: field of ours -> its names.
_NAMES: dict[str, tuple[str, ...]] = {
    "project": ("project", "project number", "projectnumber", "projectnummer", "projectnr", "project id"),
    "title": ("publication title", "pub titel", "titel publicatie", "publicatietitel", "titel", "title"),
    "authors": ("author s", "authors", "author", "pub auteur", "pub auteurs", "auteur s", "auteurs", "auteur"),
    "issued": ("publication date", "datum publicatie", "publicatiedatum", "pub jaar", "jaar", "year", "date", "datum"),
    "institution": ("institute", "institution", "instelling", "instituut"),
    "url": ("url publication", "url publicatie", "url", "link"),
    "publisher": ("publisher", "uitgever"),
    "code": ("published code or scripts", "code", "scripts"),
    "doi": ("doi",),
} | {field: (header.casefold(),) for field, header in EXTRA.items() if field != "doi"}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}

# A header nobody has seen yet is understood if it holds words of one field, and beside them only words that say nothing else:
# "Year of publication" is, "Start date", "Project title" and "Number of authors" are not.
_TELLING: dict[str, str] = {
    "project": "project projects projectnumber projectnummer projectnr projectcode",
    "title": "title titel publicatietitel",
    "authors": "author authors auteur auteurs schrijver schrijvers",
    "issued": "year date jaar datum publicatiejaar publicatiedatum verschijningsjaar verschijningsdatum",
    "institution": "institute institution instelling instituut organisation organization organisatie university universiteit",
    "url": "url link hyperlink weblink webadres",
    "doi": "doi",
    "publisher": "publisher uitgever",
}
_WORDS = {word: field for field, words in _TELLING.items() for word in words.split()}
_NOTHING = (
    "of the a to in and publication publications paper article output name names full s cbs"
    " van de het een naar en publicatie publicaties artikel naam namen volledige"
)
_A_NUMBER = "nr no number nummer code id"  # a project's
_SILENT = frozenset(_NOTHING.split())
_SILENT_OF_PROJECTS = _SILENT | frozenset(_A_NUMBER.split())


def fields(header: Sequence[str]) -> list[str | None]:
    """Given the headers of a row, return the field of each; None for one that is not understood, or says what another said before."""
    found: list[str | None] = [None] * len(header)
    for understood in (_seen, _said):  # what was seen before goes first
        for place, cell in enumerate(header):
            field = understood(cell)
            if found[place] is None and field is not None and field not in found:
                found[place] = field
    return found


def _seen(header: str) -> str | None:
    return _FIELDS.get(_folded(header))


def _said(header: str) -> str | None:
    words = _folded(header).split()
    said = {_WORDS[word] for word in words if word in _WORDS}
    if said == {"doi", "url"}:  # one column for both, and a DOI is found in a link too
        said = {"url"}
    if len(said) != 1:
        return None
    (field,) = said
    silent = _SILENT_OF_PROJECTS if field == "project" else _SILENT
    return field if all(word in silent or word in _WORDS for word in words) else None


def _folded(header: str) -> str:
    return re.sub(r"[\W_]+", " ", header).strip().casefold()
