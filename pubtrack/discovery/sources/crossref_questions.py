"""What Crossref is asked for: batches that stay as they are, scopes that name them, and who a search is for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from anyascii import anyascii

# ORCIDs in one question: 30 bytes each once encoded. A request's first line may have 4,096
# (https://github.com/CrossRef/rest-api-doc/issues/251), and a cursor may take a thousand.
MOST = 50


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
    wanted = words(parameters["family"])
    initial = words(parameters.get("given", ""))[:1]
    authors = item.get("author")
    for author in authors if isinstance(authors, list) else []:
        if not isinstance(author, dict):
            continue
        family, given = author.get("family") or author.get("name") or "", author.get("given") or ""
        if not wanted or wanted[-1] not in words(str(family)):
            continue
        first = words(str(given))[:1]
        if not initial or not first or initial[0][0] == first[0][0]:
            return True
    return False


def words(text: str) -> list[str]:
    """Given a name, return its words in small Latin letters."""
    return "".join(c if c.isalnum() else " " for c in anyascii(text).lower()).split()
