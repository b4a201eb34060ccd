"""Sightings to nodes, and what ties them together: all that records say they are, and say of each other. Pure.

A node is the sightings of one DOI, or one sighting without; `versions.py` makes works of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pubtrack.discovery.rulings import Rulings
from pubtrack.discovery.titles import PREPRINTS
from pubtrack.models import Work

JOINING = frozenset({"is", "is_preprint_of", "has_preprint", "is_version_of", "looks_like"})

_WEAK_TYPES = frozenset({"document", "webpage", "dataset", "entry"})
REPOSITORY_FORMATS = frozenset({"oai_dc", "mods", "didl", "cerif", "datacite", "marc"})
# Between records of the same rank: the DOI agency's own, then what people keep in their reference managers.
# Services that gather from others come last.
_FORMATS = {"crossref": 0, "datacite-json": 0, "csl-json": 1, "bibtex": 2, "ris": 3, "europe-pmc": 4, "openalex": 5}


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting with the work it shows."""

    id: int
    source: str
    source_id: str
    format: str
    work: Work

    @property
    def key(self) -> tuple[str, str]:
        """What names the record for ever: its source, and its id there."""
        return self.source, self.source_id


@dataclass(slots=True)
class Node:
    """The sightings of one DOI, or one sighting without; or a DOI that is only spoken of."""

    name: str
    seen: list[Seen]
    preprint: bool

    @property
    def head(self) -> bool:
        """Whether it is a publication in its own right, which no relation may melt into another."""
        return self.name.startswith("doi:") and not self.preprint

    @property
    def best(self) -> Seen:
        """The sighting that tells most reliably what it is."""
        return min(self.seen, key=lambda one: order(one, False))


def own_identities(source: str, source_id: str, format_: str, work: Work) -> list[str]:
    """Given a record's origin and its work, return all identities the record gives the work.

    OAI identifiers in the oai scheme are unique in the world, so they carry no source; others do.
    """
    named = list(work.identities)
    if format_ in REPOSITORY_FORMATS:
        scheme = re.fullmatch(r"oai:[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+:.+", source_id)
        named.append(source_id if scheme else f"oai:{source}:{source_id}")
    return list(dict.fromkeys(named))


def order(one: Seen, preprint: bool) -> tuple[Any, ...]:
    """Given a sighting, return its rank: what gives the reference comes first, the publication's own record, then a repository's or what
    somebody typed, then a preprint (the newest). One with a DOI goes before one without."""
    kind = one.work.type
    if preprint or kind in PREPRINTS:
        rank = 2
    elif one.format in REPOSITORY_FORMATS or one.format == "typed" or kind in _WEAK_TYPES:
        rank = 1
    else:
        rank = 0
    issued = one.work.issued
    newest = -(issued.year * 10000 + (issued.month or 0) * 100 + (issued.day or 0)) if issued and rank == 2 else 0
    return (rank == 2, one.work.doi is None, rank, newest, _FORMATS.get(one.format, 9), one.source, one.source_id)


def believed(seen: Sequence[Seen], said: Rulings) -> list[Seen]:
    """Given sightings, return them, without their DOI where its best record is plainly of another work, or a person said that it is."""
    dois = {one.key: one.work.doi for one in seen}
    seen = [
        replace(one, work=_without_doi(one.work)) if said.without_doi(one.key, one.work.doi, dois) else one
        for one in seen
    ]
    best: dict[str, Seen] = {}
    for one in sorted(seen, key=lambda one: order(one, False)):
        if one.work.doi:
            best.setdefault(one.work.doi, one)
    return [
        replace(one, work=_without_doi(one.work)) if _contradicts(one, best.get(one.work.doi or "")) else one
        for one in seen
    ]


def _contradicts(one: Seen, best: Seen | None) -> bool:
    """Not one longer word of the title and not one author in common, though both name authors."""
    if best is None or best is one:
        return False
    titles = [set(re.findall(r"\w{4,}", seen.work.title.casefold())) for seen in (one, best)]
    families = [
        {_letters(str(name.get("family") or name.get("literal")).split(" ")[-1]) for name in seen.work.authors}
        for seen in (one, best)
    ]
    return all(titles) and all(families) and not titles[0] & titles[1] and not families[0] & families[1]


def _without_doi(work: Work) -> Work:
    csl = {name: value for name, value in work.csl.items() if name not in ("DOI", "URL")}
    return replace(work, csl=csl, identities=tuple(name for name in work.identities if not name.startswith("doi:")))


def gathered(seen: Sequence[Seen]) -> dict[str, Node]:
    """Given sightings, return their nodes by name, and those of the DOIs that they speak of."""
    nodes: dict[str, Node] = {}
    for one in sorted(seen, key=lambda one: (one.source, one.source_id)):
        name = f"doi:{one.work.doi}" if one.work.doi else f"#{one.source}#{one.source_id}"
        node = nodes.setdefault(name, Node(name, [], preprint=True))
        node.seen.append(one)
    # A DOI is a preprint's if every record of it that carries a plain type says so, or if it says whose preprint it is.
    for node in nodes.values():
        node.preprint = node.best.work.type in PREPRINTS or any(
            r.kind == "is_preprint_of" for one in node.seen for r in one.work.relations
        )
    spoken: dict[str, bool] = {}
    for one in seen:
        for relation in one.work.relations:
            if relation.kind == "has_preprint" and relation.target in nodes:
                nodes[relation.target].preprint = True
            if relation.kind in JOINING and relation.target.startswith("doi:") and relation.target not in nodes:
                spoken[relation.target] = spoken.get(relation.target, True) and relation.kind != "is_preprint_of"
    return nodes | {name: Node(name, [], preprint) for name, preprint in sorted(spoken.items())}


def tied(nodes: dict[str, Node]) -> dict[tuple[str, str], str]:
    """Given nodes, return the ties between them, each with the sentence that explains it."""
    edges: dict[tuple[str, str], str] = {}
    by_identity: dict[str, list[str]] = {}
    for name, node in nodes.items():
        for one in node.seen:
            for relation in one.work.relations:
                if relation.kind in JOINING and relation.target in nodes and relation.target != name:
                    edges.setdefault((name, relation.target), f"{relation.kind} {relation.target.removeprefix('doi:')}")
            for identity in own_identities(one.source, one.source_id, one.format, one.work):
                key = f"{identity} {_letters(one.work.title)}" if identity.startswith("isbn:") else identity
                if not identity.startswith("doi:") and name not in by_identity.setdefault(key, []):
                    by_identity[key].append(name)
    for key, names in by_identity.items():
        for other in names[1:]:
            edges.setdefault((names[0], other), key.split(" ")[0])
    for name, node in nodes.items():
        for relation in (relation for one in node.seen for relation in one.work.relations if relation.kind in JOINING):
            for other in by_identity.get(
                relation.target, ()
            ):  # named by something else than its DOI, a PubMed id for one
                if other != name:
                    edges.setdefault((name, other), f"{relation.kind} {relation.target}")
    return edges


def _letters(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())[:30]
