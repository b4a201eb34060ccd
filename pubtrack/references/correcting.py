"""What staff read after the provider's list was read, and the polite letter to the provider that is drafted for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pubtrack.references.csl import clean
from pubtrack.references.joining import PublishedRow
from pubtrack.references.remarks import Slip

SAYS = {
    "new": "listed there, not known here: taken in as publications, and held against their projects",
    "unknown": "listed there, not known here: a publication to look for",
    "unclaimed": "listed there under this project, here no output of it so far: a match to confirm",
    "other_project": "listed there under another project number than here: a correction to send, or a match to look at",
}

_LETTER = {
    "nl": {
        "dear": "Geachte heer, mevrouw,",
        "opening": "In uw lijst van publicaties ({file}) zagen wij bij onze projecten het volgende. Wilt u het nakijken?",
        "row": "Rij {row}, project {project}: {title}",
        "project": "staat onder project {there}; volgens ons hoort deze publicatie bij project {here}",
        "twice": "staat er tweemaal: ook in rij {here}",
        "title": "titel in de lijst: {there}\n    titel van de publicatie: {here}",
        "year": "jaar in de lijst: {there}; jaar van de publicatie: {here}",
        "closing": "Met vriendelijke groet,",
    },
    "en": {
        "dear": "Dear colleague,",
        "opening": "In your list of publications ({file}) we noticed the following about our projects. Would you look at it?",
        "row": "Row {row}, project {project}: {title}",
        "project": "stands under project {there}; as far as we know this publication belongs to project {here}",
        "twice": "stands there twice: also in row {here}",
        "title": "title in the list: {there}\n    title of the publication: {here}",
        "year": "year in the list: {there}; year of the publication: {here}",
        "closing": "With kind regards,",
    },
}


def line(row: PublishedRow) -> str:
    """Given a row, return it on one line."""
    said = [row.title or "no title", row.authors, row.issued, row.url]
    return f"  row {row.row}, project {row.project or '-'}: {'; '.join(part for part in said if part)}"


def told(
    kinds: Mapping[str, Sequence[PublishedRow]], slips: Sequence[tuple[PublishedRow, Sequence[Slip]]]
) -> list[list[str]]:
    """Given the rows of each kind and what is not right in rows, return what staff should look at: a heading and its lines each."""
    found = [
        [f"{len(kinds[name])} {says}", *(line(row) for row in kinds[name])]
        for name, says in SAYS.items()
        if kinds.get(name)
    ]
    for what, says in (
        ("twice", "listed twice there"),
        ("title", "listed there with another title"),
        ("year", "listed there with another year"),
    ):
        some = [(row, slip) for row, faults in slips for slip in faults if slip.what == what]
        if some:
            known = {"twice": "the same as row {}", "title": "here: {}", "year": "here: {}"}[what]
            found.append([f"{len(some)} {says}", *(f"{line(row)} ({known.format(slip.here)})" for row, slip in some)])
    return found


def letter(
    slips: Sequence[tuple[PublishedRow, Sequence[Slip]]], *, file: str, language: str, signed: Sequence[str]
) -> str:
    """Given rows with what is not right in them and the list's file, return a letter to the provider, which a person reads and sends."""
    words = _LETTER[language]
    lines = [words["dear"], "", words["opening"].format(file=clean(file))]
    for row, faults in slips:
        lines += ["", words["row"].format(row=row.row, project=row.project or "-", title=row.title or "-")]
        lines += [f"  - {words[slip.what].format(there=slip.there or '-', here=slip.here)}" for slip in faults]
    return "\n".join([*lines, "", words["closing"], *signed]) + "\n"
