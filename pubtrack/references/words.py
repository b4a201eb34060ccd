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
        "dear": "Geachte heer, mevrouw,",
        "letter": "Hierbij ontvangt u onze referentielijst ({counts}) van {institution}, als:",
        "answer": "Wilt u ons laten weten dat de lijst ({name}) u heeft bereikt? Een antwoord op deze mail is genoeg.",
        "regards": "Met vriendelijke groet,",
        "copies of": "Exemplaren bij",
        "copies in": "In deze zip: de licentie staat doorgeven toe",
        "copies to add": "Nog door een mens toe te voegen",
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
        "dear": "Dear colleague,",
        "letter": "Please find attached our list of references ({counts}) of {institution}, as:",
        "answer": "Would you let us know that this list ({name}) has reached you? A reply to this mail will do.",
        "regards": "With kind regards,",
        "copies of": "Copies that go with",
        "copies in": "In this zip: the licence lets them be passed on",
        "copies to add": "To be added by a person",
    },
}

# Why a person must add a copy.
WHY: dict[str, dict[str, str]] = {
    "nl": {
        "no copy": "geen exemplaar bekend; zie {place}",
        "no licence": "er is een exemplaar ({place}), maar geen open licentie voor bekend",
        "other version": "er is een exemplaar ({place}); de licentie ({licence}) geldt voor een andere of een onbekende versie",
        "not kept": "open onder {licence}, maar het bestand is niet bewaard; haal het op bij {place}",
    },
    "en": {
        "no copy": "no copy is known; see {place}",
        "no licence": "there is a copy ({place}), but no open licence is known for it",
        "other version": "there is a copy ({place}); the licence ({licence}) is for another version, or this one is not known",
        "not kept": "open under {licence}, but the file was not kept; fetch it from {place}",
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
