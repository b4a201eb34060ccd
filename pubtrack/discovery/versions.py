"""One work, many records: which records show the same work, and which of them gives the reference. Pure.

Precision comes first: two works taken for one put a wrong reference on a list, one work taken for two asks a question too
many. Records are joined by DOI, unless title and authors contradict it (DOIs are cut off and mistyped); by what they say of
each other (a preprint of, a version of); by a persistent address (handle, URN); by ISBN with the same title; and, where all of
that says nothing, by title with authors and year (`titles.py`). Never by title alone. The outcome is a function of the set of
records, so it does not matter who came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pubtrack.discovery import joining, titles
from pubtrack.discovery.nodes import (
    JOINING,
    REPOSITORY_FORMATS,
    Node,
    Seen,
    believed,
    gathered,
    order,
    own_identities,
    tied,
)
from pubtrack.discovery.rulings import NONE, Rulings
from pubtrack.models import Relation, Work

NOTICES = frozenset({"corrects", "retracts"})

__all__ = ["JOINING", "NOTICES", "Group", "Seen", "compose", "groups", "noticed", "ties"]

# What a record of lower rank may add to the reference, where the one that gives it says nothing.
_ADDED = ("abstract", "language")


@dataclass(frozen=True, slots=True)
class Group:
    """The sightings of one work, the one that gives the reference first, and why each of the others is here."""

    seen: tuple[Seen, ...]
    joined_by: dict[int, str]


def ties(source: str, source_id: str, format_: str, work: Work) -> list[tuple[str, str]]:
    """Given a record's origin and its work, return what it says it is (`is`), what it says of others, as kind and identity, and the
    key (`looks_like`) under which records of the same title and first author find each other: whether they are joined is decided later."""
    own = own_identities(source, source_id, format_, work)
    found = [("is", identity) for identity in own] + [(relation.kind, relation.target) for relation in work.relations]
    key = titles.key(work)
    return found if key is None else [*found, ("looks_like", key)]


def groups(seen: Sequence[Seen], said: Rulings = NONE) -> list[Group]:
    """Given sightings, return them grouped by the work they show, in an order that depends on nothing but the sightings.

    Sightings with one DOI are one work. Preprints, repository records and other records are joined to the one publication they are tied
    to; what is tied to two publications with DOIs of their own is joined to neither, and those two are never joined, unless a person
    says so. What a person joined is one; to a record that a person parted nothing ties any more but its own DOI and what people say.
    """
    nodes = gathered(believed(seen, said))
    where = {one.key: name for name, node in nodes.items() for one in node.seen}
    alone = {where[key] for key in said.parted if key in where}
    edges = {pair: why for pair, why in tied(nodes).items() if not alone & set(pair)}
    units = joining.Union(nodes)
    told: dict[tuple[str, str], str] = {}
    for (one, other), number in said.bound.items():
        if one in where and other in where:
            units.join(where[one], where[other])
            told |= dict.fromkeys([(where[one], where[other]), (where[other], where[one])], f"decision {number}")
    heads = {units.find(name) for name, node in nodes.items() if node.head}
    homes, disputed = joining.melted(nodes, heads, edges, units)
    edges |= _by_title({name: node for name, node in nodes.items() if name not in alone}, homes, heads, disputed)
    homes, _ = joining.melted(nodes, heads, edges, units)
    for key, (other, _) in said.parted.items():  # whatever else holds, it does not go back to where it was parted from
        name, left = where.get(key), where.get(other)
        if name is not None and left is not None and homes[name] == homes[left]:
            homes[name] = f"~{name}"
    edges = told | edges
    members: dict[str, list[str]] = {}
    for name in nodes:
        members.setdefault(homes[name], []).append(name)
    made = [_group([nodes[name] for name in names], edges) for names in members.values()]
    # Where a work falls apart, the first of its groups keeps its number: not the one that a person parted from it.
    return sorted(
        (group for group in made if group is not None),
        key=lambda group: (any(one.key in said.parted for one in group.seen), *order(group.seen[0], False)),
    )


def compose(group: Group, notices: Iterable[str] = ()) -> Work:
    """Given a group, and the kinds of notice that others published about it, return the work as the store should hold it.

    The first sighting gives the reference; it is never mixed with another's: only an abstract and a language it lacks are added,
    and a title in capitals is written as another record of the work writes it.
    """
    first = group.seen[0]
    csl: dict[str, Any] = dict(first.work.csl)
    for other in group.seen[1:]:
        for name in _ADDED:
            if not csl.get(name) and other.work.csl.get(name):
                csl[name] = other.work.csl[name]
    if first.work.title:
        csl["title"] = titles.recased(first.work.title, (one.work.title for one in group.seen[1:]))
    about = [one.work for one in group.seen if one.work.doi in (None, first.work.doi)]
    kinds = set(notices)
    relations: dict[Relation, None] = {}
    for one in group.seen:
        relations |= dict.fromkeys(one.work.relations)
    return replace(
        first.work,
        csl=csl,
        identities=tuple(
            sorted({i for one in group.seen for i in own_identities(one.source, one.source_id, one.format, one.work)})
        ),
        relations=tuple(relations),
        links=tuple(dict.fromkeys(link for one in group.seen for link in one.work.links)),
        retracted=any(work.retracted for work in about) or "retracts" in kinds,
        corrected=any(work.corrected for work in about) or "corrects" in kinds,
    )


def noticed(group: Group) -> list[str]:
    """Given a group, return the identities under which a correction or retraction notice would name its publication.

    The withdrawal of a preprint says nothing about the article, so the DOIs of lower versions are not among them.
    """
    first = group.seen[0].work
    if first.doi is None:
        return list(first.identities)
    own = {identity for one in group.seen if one.work.doi == first.doi for identity in one.work.identities}
    return sorted(identity for identity in own if identity == f"doi:{first.doi}" or identity.startswith("pmid:"))


def _by_title(
    nodes: dict[str, Node], homes: dict[str, str], heads: set[str], disputed: set[str]
) -> dict[tuple[str, str], str]:
    """Ties by title, authors and year between what nothing else ties; a node speaks by its best record."""
    best = {name: node.best for name, node in nodes.items() if node.seen and homes[name] not in disputed}
    blocks: dict[str, list[str]] = {}
    for name, seen in best.items():
        key = titles.key(seen.work)
        if key is not None:
            blocks.setdefault(key, []).append(name)

    def agree(one: str, other: str) -> bool:
        a, b = best[one], best[other]
        # A repository that keeps two records means two things by them.
        twice = a.source == b.source and a.format in REPOSITORY_FORMATS and b.format in REPOSITORY_FORMATS
        return not twice and titles.agree(a.work, b.work)

    found: dict[tuple[str, str], str] = {}
    for one, other in joining.alike(blocks, homes, heads, agree):
        for name, twin in ((one, other), (other, one)):
            found[name, twin] = f"title, authors and year of {_shown(twin)}"
    return found


def _shown(name: str) -> str:
    return name.removeprefix("doi:").removeprefix("#").replace("#", " ", 1)


def _group(nodes: list[Node], edges: dict[tuple[str, str], str]) -> Group | None:
    named = {node.name: node for node in nodes}
    ranked = sorted(
        ((one, node) for node in nodes for one in node.seen), key=lambda pair: order(pair[0], pair[1].preprint)
    )
    if not ranked:
        return None
    joined_by: dict[int, str] = {}
    for at, (one, node) in enumerate(ranked):
        if at == 0:
            continue
        if node is ranked[0][1]:
            joined_by[one.id] = "doi"
            continue
        own = [text for (name, target), text in edges.items() if name == node.name and target in named]
        others = [
            f"{name.removeprefix('doi:')} {text}" if " " in text else text
            for (name, target), text in edges.items()
            if target == node.name and name in named
        ]
        joined_by[one.id] = next(iter([*own, *others]), "doi")
    return Group(tuple(one for one, _ in ranked), joined_by)
