"""DOI, ORCID and ROR, normalised once, at the door. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_DOI = re.compile(r"10\.[0-9]{4,9}/\S+", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"^(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*|info:doi/)", re.IGNORECASE)
_ORCID = re.compile(r"([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9X])", re.IGNORECASE)
_ROR = re.compile(r"(?:^|ror\.org/)(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})$", re.IGNORECASE)
# One address and nothing that could start another one or a header; whether it exists only a delivery can tell.
_MAIL = re.compile(r"[^@\s<>()\[\],;:\"\\\x00-\x1f\x7f]+@[\w-]+(?:\.[\w-]+)+")


def doi(text: str) -> str | None:
    """Given text that should be a DOI, bare or as a link, return it in lower case without a prefix, or None.

    DOIs are case-insensitive and may hold almost any character (DOI Handbook 2.2); only blanks end one.
    """
    bare = text.strip()
    without = _DOI_PREFIX.sub("", bare)
    if without != bare and "%" in without:
        without = unquote(without)
    match = _DOI.fullmatch(without)
    return match.group().lower() if match else None


def doi_address(doi: str) -> str:
    """Given a normalised DOI, return its address: quoted, for a DOI may hold # ? < > and %, which mean other things there."""
    return f"https://doi.org/{quote(doi, safe='/:;()._-', errors='replace')}"


def find_dois(text: str) -> list[str]:
    """Given running text, return the DOIs in it in order, each once, without the punctuation that ends a sentence."""
    found: dict[str, None] = {}
    for match in _DOI.finditer(text):
        candidate = match.group().rstrip(".,;:'\"”’»>")
        while candidate.endswith((")", "]")) and candidate.count("(") + candidate.count("[") < candidate.count(
            ")"
        ) + candidate.count("]"):
            candidate = candidate[:-1].rstrip(".,;:")
        found[candidate.lower()] = None
    return list(found)


def orcid_check_digit(digits: str) -> str:
    """Given the first fifteen digits of an ORCID, return the sixteenth (ISO 7064 MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


def orcid(text: str) -> str | None:
    """Given an ORCID, bare or as a link, return it as 0000-0002-1825-0097, or None if it is none.

    Raise ValueError, naming the ORCID that may be meant, if only the check digit is wrong.
    """
    stripped = re.sub(r"^(?:https?://)?(?:www\.)?orcid\.org/", "", text.strip().rstrip("/"), flags=re.IGNORECASE)
    match = _ORCID.fullmatch(stripped)
    if not match:
        return None
    compact = "".join(match.groups()).upper()
    right = orcid_check_digit(compact[:15])
    pretty = f"{compact[:4]}-{compact[4:8]}-{compact[8:12]}-{compact[12:]}"
    if compact[15] != right:
        raise ValueError(f"the check digit of {pretty} is wrong. Did you mean ...{pretty[-4:-1]}{right}?")
    return pretty


def ror(text: str) -> str | None:
    """Given a ROR id, bare or as a link, return the bare id in lower case, or None."""
    match = _ROR.search(text.strip().rstrip("/"))
    return match.group(1).lower() if match else None


def mail(text: str) -> str | None:
    """Given a mail address, bare or as a `mailto:` link, return it with its domain in lower case, or None if it is none."""
    bare = re.sub(r"^mailto:", "", text.strip(), flags=re.IGNORECASE)
    if not _MAIL.fullmatch(bare):
        return None
    local, _, domain = bare.rpartition("@")
    return f"{local}@{domain.lower()}"
