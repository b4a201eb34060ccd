"""What repositories call a publication's type, to CSL's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

# info:eu-repo/semantics (https://guidelines.openaire.eu/en/latest/literature/field_publicationtype.html and the older driver list)
# and what is written where no vocabulary was asked for; compared without case, blanks and marks.
_NAMED = {
    "article": "article-journal",
    "journalarticle": "article-journal",
    "researcharticle": "article-journal",
    "reviewarticle": "article-journal",
    "review": "article-journal",
    "bookreview": "article-journal",
    "editorial": "article-journal",
    "letter": "article-journal",
    "artikel": "article-journal",
    "contributiontoperiodical": "article-magazine",
    "preprint": "article",
    "workingpaper": "report",
    "report": "report",
    "rapport": "report",
    "technicalreport": "report",
    "technicaldocumentation": "report",
    "externalresearchreport": "report",
    "internalreport": "report",
    "discussionpaper": "report",
    "thesis": "thesis",
    "bachelorthesis": "thesis",
    "masterthesis": "thesis",
    "doctoralthesis": "thesis",
    "studentthesis": "thesis",
    "phdthesis": "thesis",
    "dissertation": "thesis",
    "proefschrift": "thesis",
    "book": "book",
    "boek": "book",
    "monograph": "book",
    "bookpart": "chapter",
    "bookchapter": "chapter",
    "bookitem": "chapter",
    "partofbookorchapterofbook": "chapter",
    "conferenceobject": "paper-conference",
    "conferencepaper": "paper-conference",
    "conferencecontribution": "paper-conference",
    "conferenceitem": "paper-conference",
    "conferenceposter": "paper-conference",
    "conferenceproceedings": "book",
    "proceedings": "book",
    "lecture": "speech",
    "inauguraladdress": "speech",
    "presentation": "speech",
    "annotation": "review",
    "patent": "patent",
    "dataset": "dataset",
    "software": "software",
    "other": "document",
    "researchproposal": "document",
}
# https://vocabularies.coar-repositories.org/resource_types/
_COAR = {
    "c_6501": "article-journal",
    "c_2df8fbb1": "article-journal",
    "c_dcae04bc": "article-journal",
    "c_3e5a": "article-journal",
    "c_b239": "article-journal",
    "c_545b": "article-journal",
    "c_ba08": "article-journal",
    "c_beb9": "article-journal",
    "c_998f": "article-newspaper",
    "c_816b": "article",
    "c_8042": "report",
    "c_93fc": "report",
    "c_18gh": "report",
    "c_18ws": "report",
    "c_18op": "report",
    "c_186u": "report",
    "c_46ec": "thesis",
    "c_7a1f": "thesis",
    "c_bdcc": "thesis",
    "c_db06": "thesis",
    "c_2f33": "book",
    "c_f744": "book",
    "c_3248": "chapter",
    "c_5794": "paper-conference",
    "c_c94f": "paper-conference",
    "c_6670": "paper-conference",
    "c_8544": "speech",
    "c_15cd": "patent",
    "c_ddb1": "dataset",
    "c_5ce6": "software",
    "c_1843": "document",
}
_VERSIONS = {
    "draft": "submitted",
    "submittedversion": "submitted",
    "acceptedversion": "accepted",
    "publishedversion": "published",
    "updatedversion": "published",
}
_SEMANTICS = re.compile(r"^(?:info:eu-repo/semantics/|doc-type:|https?://purl\.org/eprint/type/)", re.IGNORECASE)


def csl(types: Iterable[str]) -> str:
    """Given all that a record says of its type, return the first that means something in CSL; `document` if nothing does."""
    found = [kind for kind in map(_one, types) if kind is not None]
    return next((kind for kind in found if kind != "document"), "document")


def version(types: Iterable[str]) -> str | None:
    """Given all that a record says of its type, return the version of the file it holds, or None."""
    return next((_VERSIONS[name] for text in types if (name := _letters(text)) in _VERSIONS), None)


def _one(text: str) -> str | None:
    if match := re.search(r"purl\.org/coar/resource_type/(c_\w+)", text):
        return _COAR.get(match[1])
    return _NAMED.get(_letters(text))


def _letters(text: str) -> str:
    return "".join(character for character in _SEMANTICS.sub("", text.strip()).casefold() if character.isalnum())
