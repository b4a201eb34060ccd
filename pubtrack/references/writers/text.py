"""Formatted text in the list's style, grouped by project: what a person pastes."""

from __future__ import annotations

from pubtrack.references.formatting import plain
from pubtrack.references.lists import Item, ReferenceList, by_project
from pubtrack.references.words import WORDS, changed_words, count_words


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as plain text in UTF-8."""
    words = WORDS[references.language]
    lines = [
        f"{words['title']} {references.name} {words['for']} {references.provider}",
        f"{references.institution}, {words['made']} {references.made_on.isoformat()}"
        + (f", {words['to']} {references.to}" if references.to else ""),
        count_words(len(references.items), len(references.corrections), references.language),
    ]
    if not references.all_items:
        lines += ["", words["none"]]
    for first, items in by_project(references.items):
        lines += ["", _heading(first, words["project"]), ""]
        lines += [plain(item.formatted) for item in items]
    if references.corrections:
        lines += ["", words["corrections"]]
    for correction in references.corrections:
        lines += [
            "",
            _heading(correction.item, words["project"]),
            plain(correction.item.formatted),
            f"  {words['changed']}: {changed_words(correction.changed, references.language)}",
            f"  {words['was']} ({words['sent in'].lower()} {correction.was.list_name}): {plain(correction.was.formatted)}",
        ]
    return ("\n".join(lines) + "\n").encode()


def _heading(item: Item, word: str) -> str:
    return " · ".join(part for part in (f"{word} {item.project_id}", item.project_title) if part)
