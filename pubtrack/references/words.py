"""The words of a reference list, Dutch and English. Pure."""

from __future__ import annotations

from collections.abc import Iterable

# Ours -> the locale of CSL.
LOCALES = {"nl": "nl-NL", "en": "en-US"}

WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "title": "Referentielijst",
        "sheet": "Publicaties",
        "corrections sheet": "Correcties",
        "for": "voor",
        "to": "in te dienen bij",
        "made": "opgesteld op",
        "one": "1 referentie",
        "many": "{count} referenties",
        "one correction": "1 correctie",
        "many corrections": "{count} correcties",
        "none": "Er is niets nieuws te melden.",
        "project": "Project",
        "corrections": "Correcties op eerder gemelde referenties",
        "sent in": "Gemeld in lijst",
        "changed": "Gewijzigd",
        "was": "Was",
        "lacks": "Wat nog ontbreekt, en wie het kan geven",
    },
    "en": {
        "title": "Reference list",
        "sheet": "Publications",
        "corrections sheet": "Corrections",
        "for": "for",
        "to": "to be handed in at",
        "made": "made on",
        "one": "1 reference",
        "many": "{count} references",
        "one correction": "1 correction",
        "many corrections": "{count} corrections",
        "none": "There is nothing new to report.",
        "project": "Project",
        "corrections": "Corrections to references reported before",
        "sent in": "Sent in list",
        "changed": "Changed",
        "was": "Was",
        "lacks": "What is still lacking, and who can give it",
    },
}

_CHANGED = {
    "nl": {
        "type": "soort", "author": "auteurs", "editor": "redacteurs", "title": "titel", "issued": "publicatiedatum",
        "container-title": "tijdschrift of boek", "volume": "jaargang", "issue": "nummer", "page": "pagina's", "number": "artikelnummer",
        "edition": "druk", "publisher": "uitgever", "DOI": "DOI", "URL": "link", "status": "status",
    },
    "en": {
        "type": "kind", "author": "authors", "editor": "editors", "title": "title", "issued": "publication date",
        "container-title": "journal or book", "volume": "volume", "issue": "issue", "page": "pages", "number": "article number",
        "edition": "edition", "publisher": "publisher", "DOI": "DOI", "URL": "link", "status": "status",
    },
}  # fmt: skip


def changed_words(names: Iterable[str], language: str) -> str:
    """Given CSL's names of what changed, return them as words."""
    return ", ".join(_CHANGED[language][name] for name in names)


def count_words(references: int, corrections: int, language: str) -> str:
    """Given how many references and corrections a list holds, return that in words."""
    words = WORDS[language]
    parts = [words["one"] if references == 1 else words["many"].format(count=references)]
    if corrections:
        parts.append(
            words["one correction"] if corrections == 1 else words["many corrections"].format(count=corrections)
        )
    return ", ".join(parts)
