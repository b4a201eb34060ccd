"""What a person is told of a finding, in English and Dutch, and what to do about a file that could not be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pubtrack.models import Finding, Verdict
from pubtrack.obligations.policy import Provider

Language = Literal["en", "nl"]

_SAID: Mapping[Language, Mapping[Verdict, str]] = {
    "en": {
        Verdict.PRESCRIBED: "{provider} is credited in the prescribed words.",
        Verdict.CREDITED: "{provider} is named as the source of the data, in other words than the prescribed ones.",
        Verdict.MENTIONED: "{provider} is named, but not as the source of this work's data.",
        Verdict.ABSENT: "The whole text was read, and {provider} is not named in it.",
        Verdict.UNREADABLE: "It cannot be told whether {provider} is credited: {reason}.",
    },
    "nl": {
        Verdict.PRESCRIBED: "{provider} is als bron genoemd, in de voorgeschreven woorden.",
        Verdict.CREDITED: "{provider} is genoemd als bron van de gegevens, in andere woorden dan de voorgeschreven.",
        Verdict.MENTIONED: "{provider} is genoemd, maar niet als bron van de gegevens van dit werk.",
        Verdict.ABSENT: "De hele tekst is gelezen, en {provider} is er niet in genoemd.",
        Verdict.UNREADABLE: "Of {provider} als bron genoemd is, valt niet te zeggen: {reason}.",
    },
}
_MISSING = {"en": "Not in it: {}.", "nl": "Wat ontbreekt: {}."}
_PARTS: Mapping[str, tuple[str, str]] = {  # of the statements that ship; another policy's parts are told by their names
    "calculation": ("that the calculations are your own", "dat het eigen berekeningen zijn"),
    "source": ("the source in the prescribed words", "de bron in de voorgeschreven woorden"),
    "access": (
        "on what conditions others may use the data",
        "op welke voorwaarden anderen de gegevens mogen gebruiken",
    ),
    "conditions": (
        "on what conditions others may use the data",
        "op welke voorwaarden anderen de gegevens mogen gebruiken",
    ),
    "contact": ("where to ask about the data", "waar naar de gegevens te vragen is"),
    "data": ("what the data are about", "waarover de gegevens gaan"),
    "doi": ("the DOI of the data", "de DOI van de gegevens"),
    "subsidy": ("who made the study possible", "wie het onderzoek mogelijk maakte"),
    "services": ("thanks for the services", "dank voor de diensten"),
}
_PASTE: Mapping[Language, Mapping[bool, str]] = {  # whether the credit is there already
    "en": {False: "To paste: {}", True: "To paste, for the prescribed words: {}"},
    "nl": {False: "Om over te nemen: {}", True: "Om over te nemen, voor de voorgeschreven woorden: {}"},
}
_LEFT_OUT: Mapping[Language, str] = {
    "en": "Left out of the folders: {}. Name a file to have it read.",
    "nl": "Niet gelezen in de mappen: {}. Noem een bestand om het toch te laten lezen.",
}
_LEFT: Mapping[str, tuple[str, str]] = {  # reasons of folders.py
    "code": ("source code", "broncode"),
    "settings": ("settings, references or licences", "instellingen, referenties of licenties"),
    "data": ("data, tables or slides", "gegevens, tabellen of dia's"),
    "pictures": ("pictures, sound or fonts", "beeld, geluid of lettertypen"),
    "archives": ("archives or programs", "archieven of programma's"),
    "made": ("by-products of tools", "bijproducten van programma's"),
    "tools": ("folders that tools filled", "mappen die programma's vulden"),
    "hidden": ("hidden", "verborgen"),
    "links": ("links or no real files", "koppelingen of geen echte bestanden"),
}
_FILES = {"en": ("1 file", "{} files"), "nl": ("1 bestand", "{} bestanden")}

# What readers say (readers/), by a piece of it: the reason in Dutch, and what to do in English and in Dutch.
_ADVICE: tuple[tuple[str, str, str, str], ...] = (
    ("which is not read", "dit soort bestand wordt niet gelezen", "Give the PDF, or a DOCX, HTML, LaTeX or text file.",
     "Geef de pdf, of een DOCX-, HTML-, LaTeX- of tekstbestand."),
    ("encrypted", "de pdf is versleuteld en gaat alleen met een wachtwoord open",
     "Save it without a password and try again.",
     "Bewaar hem zonder wachtwoord en probeer het opnieuw."),
    ("scanned", "de pdf is een scan: er staan afbeeldingen in, geen tekst",
     "Give the file it was made from, or run text recognition (OCR) on it first.",
     "Geef het bestand waaruit hij is gemaakt, of laat er eerst tekstherkenning (OCR) op los."),
    ("fonts hide", "de lettertypen van de pdf verbergen de tekst",
     "Give the file it was made from, or print it to a new PDF with text recognition (OCR).",
     "Geef het bestand waaruit hij is gemaakt, of maak er met tekstherkenning (OCR) een nieuwe pdf van."),
    ("cut off", "het bestand is afgebroken: het einde ontbreekt",
     "Download or save it again: the end of the file is missing.",
     "Download of bewaar het opnieuw: het einde van het bestand ontbreekt."),
    ("damaged", "het bestand is beschadigd", "Download or save it again, or give it in another form.",
     "Download of bewaar het opnieuw, of geef het in een andere vorm."),
    ("broke down", "het bestand is beschadigd of vraagt te veel geheugen",
     "Download or save it again, or give it in another form.",
     "Download of bewaar het opnieuw, of geef het in een andere vorm."),
    ("is empty", "het bestand is leeg", "Download or save it again: there is nothing in it.",
     "Download of bewaar het opnieuw: er staat niets in."),
    ("landing page", "het is alleen de webpagina of de samenvatting, niet de hele tekst",
     "Give the full text: the PDF, or the page of the whole article.",
     "Geef de hele tekst: de pdf, of de pagina met het hele artikel."),
    ("asks for something else", "de pagina vraagt eerst om iets anders: inloggen, een controle of een betaling",
     "Open it in a browser, and give the PDF or the page that you then see.",
     "Open hem in een browser, en geef de pdf of de pagina die dan verschijnt."),
    ("put together by a script", "er staat nauwelijks tekst op de pagina: een script zet haar misschien in elkaar",
     "Give the PDF instead.", "Geef in plaats daarvan de pdf."),
    ("other files", "delen ervan staan in andere bestanden", "Give the PDF that is made of all of them.",
     "Geef de pdf die van alles samen is gemaakt."),
    ("LaTeX source is a part", "het is een deel van een LaTeX-document, of afgebroken",
     "Give the main file with all text in it, or the PDF.",
     "Geef het hoofdbestand met alle tekst erin, of de pdf."),
    ("no kind of document", "dit soort bestand wordt niet gelezen", "Give the PDF, or a DOCX, HTML, LaTeX or text file.",
     "Geef de pdf, of een DOCX-, HTML-, LaTeX- of tekstbestand."),
    ("no JATS", "het is een XML-bestand, maar geen JATS-artikel", "Give the PDF, or the article in JATS.",
     "Geef de pdf, of het artikel in JATS."),
    ("took longer", "het lezen duurde te lang", "Give it in another form, or only the pages that matter.",
     "Geef het in een andere vorm, of alleen de bladzijden waar het om gaat."),
    ("processor time", "het lezen duurde te lang", "Give it in another form, or only the pages that matter.",
     "Geef het in een andere vorm, of alleen de bladzijden waar het om gaat."),
    ("larger than", "het bestand is te groot", "Make it smaller (pictures take most of the room), or give the text alone.",
     "Maak het kleiner (afbeeldingen nemen de meeste ruimte), of geef alleen de tekst."),
    ("more than", "het bestand pakt uit tot iets dat veel te groot is", "Give it in another form.",
     "Geef het in een andere vorm."),
    ("too long", "de tekst is te lang", "Give only the part that matters.", "Geef alleen het deel waar het om gaat."),
    ("only the first", "het heeft te veel bladzijden: niet alle zijn gelezen", "Give only the part that matters.",
     "Geef alleen het deel waar het om gaat."),
    ("no text", "er staat geen tekst in", "Give the file it was made from.", "Geef het bestand waaruit het is gemaakt."),
    ("hardly any text", "er staat nauwelijks tekst in", "Give the whole text.", "Geef de hele tekst."),
    ("nested too deeply", "de pagina zit te diep in elkaar", "Give the PDF instead.", "Geef in plaats daarvan de pdf."),
)  # fmt: skip


def sentences(finding: Finding, provider: Provider, language: Language) -> list[str]:
    """Given a finding, return what it means, what is missing of the prescribed statement, and what to do if it could not be read."""
    name = provider.named(language)
    reason = finding.reason or ""
    said = _SAID[language][finding.verdict].format(provider=name, reason=_in(language, reason))
    told = [said[:1].upper() + said[1:]]
    if finding.verdict is Verdict.UNREADABLE:
        return [*told, *filter(None, [advice(reason, language)])]
    if finding.verdict is Verdict.PRESCRIBED and finding.missing:
        parts = [_PARTS.get(part, (part, part))[language == "nl"] for part in finding.missing]
        told.append(_MISSING[language].format("; ".join(parts)))
    return told


def paste(finding: Finding, language: Language) -> str | None:
    """Given a finding, return the line with the sentence to paste, or None if the file could not be read or has it all."""
    if finding.suggestion is None or finding.verdict is Verdict.UNREADABLE:
        return None
    if finding.verdict is Verdict.PRESCRIBED and not finding.missing:
        return None
    return _PASTE[language][finding.verdict in (Verdict.PRESCRIBED, Verdict.CREDITED)].format(finding.suggestion)


def left_out(counted: Mapping[str, int], language: Language) -> str:
    """Given how many files of folders were left out for which reason, return one line that says so."""
    said = [f"{number} {_LEFT[reason][language == 'nl']}" for reason, number in counted.items() if number]
    return _LEFT_OUT[language].format(", ".join(said))


def advice(reason: str, language: Language = "en") -> str | None:
    """Given why a file could not be read, return what to do about it, or None if nothing is known that helps."""
    known = next((row for row in _ADVICE if row[0] in reason), None)
    return None if known is None else known[3 if language == "nl" else 2]


def _in(language: Language, reason: str) -> str:
    if language == "nl":
        return next((row[1] for row in _ADVICE if row[0] in reason), reason)
    return reason


def summary(verdicts: Sequence[Verdict], language: Language) -> str:
    """Given the verdicts on several files, return one line: how many files, and how many of each verdict."""
    one, more = _FILES[language]
    counted = [f"{number} {verdict.value}" for verdict in Verdict if (number := verdicts.count(verdict))]
    return f"{one if len(verdicts) == 1 else more.format(len(verdicts))}: {', '.join(counted)}"
