"""What Crossref is asked for: batches that stay as they are, scopes that name them, and who a search is for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from anyascii import anyascii

MOST = 50  # ORCIDs in one question; Crossref takes 100, but the address must stay short


def batches(orcids: Iterable[str], most: int = MOST) -> list[list[str]]:
    """Given ORCIDs, return them in batches of at most `most`, sorted.

    An ORCID's own hash says where it stands, bit by bit, so one person more or less touches one batch (or splits or joins two).
    """
    hashed = sorted((hashlib.sha256(orcid.encode()).hexdigest(), orcid) for orcid in set(orcids))
    return [sorted(orcid for _, orcid in group) for group in _split(hashed, 0, most)]


def _split(hashed: list[tuple[str, str]], bit: int, most: int) -> list[list[tuple[str, str]]]:
    if len(hashed) <= most:
        return [hashed] if hashed else []
    halves: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for entry in hashed:
        halves[int(entry[0], 16) >> (255 - bit) & 1].append(entry)
    return [group for half in halves for group in _split(half, bit + 1, most)]


def scope(kind: str, members: Sequence[str]) -> str:
    """Given what a question is about, return its name in the harvest log: a hash, for the log outlives those it names."""
    return f"{kind}/{hashlib.sha256(chr(10).join(members).encode()).hexdigest()[:16]}"


def looks_for(parameters: Mapping[str, str]) -> dict[str, str]:
    """Given a question's parameters, return habanero's words for its search, best matches first; nothing if it is none."""
    if "author" not in parameters:
        return {}
    words = {"query_author": parameters["author"], "sort": "score", "order": "desc"}
    return words | ({"query_affiliation": parameters["affiliation"]} if "affiliation" in parameters else {})


def named(item: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Given a work and the person a search was for, say whether an author could be that person: the last part of the family name
    is there, and the initials do not speak against it.

    `query.author` is a relevance search and brings namesakes of every part. Who it really is, matching decides.
    """
    wanted = _words(parameters["family"])
    initial = _words(parameters.get("given", ""))[:1]
    authors = item.get("author")
    for author in authors if isinstance(authors, list) else []:
        if not isinstance(author, dict):
            continue
        family, given = author.get("family") or author.get("name") or "", author.get("given") or ""
        if not wanted or wanted[-1] not in _words(str(family)):
            continue
        first = _words(str(given))[:1]
        if not initial or not first or initial[0][0] == first[0][0]:
            return True
    return False


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in anyascii(text).lower()).split()
