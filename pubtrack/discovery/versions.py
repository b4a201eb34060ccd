"""One work, many records: which records show the same work, and which of them gives the reference. Pure.

Precision comes first: two works taken for one put a wrong reference on a list, one work taken for two asks a question too
many. Records are joined by DOI, unless title and authors contradict it (DOIs are cut off and mistyped); by what they say of
each other (a preprint of, a version of); by a persistent address (handle, URN); by ISBN with the same title; and, where all of
that says nothing, by title with authors and year (`titles.py`). Never by title alone. The outcome is a function of the set of
records, so it does not matter who came first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pubtrack.discovery import joining, titles
from pubtrack.discovery.rulings import NONE, Rulings
from pubtrack.discovery.titles import PREPRINTS
from pubtrack.models import Relation, Work

JOINING = frozenset({"is", "is_preprint_of", "has_preprint", "is_version_of", "looks_like"})
NOTICES = frozenset({"corrects", "retracts"})

_WEAK_TYPES = frozenset({"document", "webpage", "dataset", "entry"})
_REPOSITORY_FORMATS = frozenset({"oai_dc", "mods", "didl", "cerif", "datacite", "marc"})
# Between records of the same rank: the DOI agency's own, then what people keep in their reference managers.
# Services that gather from others come last.
_FORMATS = {"crossref": 0, "datacite-json": 0, "csl-json": 1, "bibtex": 2, "ris": 3, "europe-pmc": 4, "openalex": 5}
# What a record of lower rank may add to the reference, where the one that gives it says nothing.
_ADDED = ("abstract", "language")


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


@dataclass(frozen=True, slots=True)
class Group:
    """The sightings of one work, the one that gives the reference first, and why each of the others is here."""

    seen: tuple[Seen, ...]
    joined_by: dict[int, str]


@dataclass(slots=True)
class _Node:
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
        return min(self.seen, key=lambda one: _order(one, False))


def ties(source: str, source_id: str, format_: str, work: Work) -> list[tuple[str, str]]:
    """Given a record's origin and its work, return what it says it is (`is`), what it says of others, as kind and identity, and the
    key (`looks_like`) under which records of the same title and first author find each other: whether they are joined is decided later."""
    own = own_identities(source, source_id, format_, work)
    found = [("is", identity) for identity in own] + [(relation.kind, relation.target) for relation in work.relations]
    key = titles.key(work)
    return found if key is None else [*found, ("looks_like", key)]


def own_identities(source: str, source_id: str, format_: str, work: Work) -> list[str]:
    """Given a record's origin and its work, return all identities the record gives the work.

    OAI identifiers in the oai scheme are unique in the world, so they carry no source; others do.
    """
    named = list(work.identities)
    if format_ in _REPOSITORY_FORMATS:
        scheme = re.fullmatch(r"oai:[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+:.+", source_id)
        named.append(source_id if scheme else f"oai:{source}:{source_id}")
    return list(dict.fromkeys(named))


def groups(seen: Sequence[Seen], said: Rulings = NONE) -> list[Group]:
    """Given sightings, return them grouped by the work they show, in an order that depends on nothing but the sightings.

    Sightings with one DOI are one work. Preprints, repository records and other records are joined to the one publication they are tied
    to; what is tied to two publications with DOIs of their own is joined to neither, and those two are never joined, unless a person
    says so. What a person joined is one; to a record that a person parted nothing ties any more but its own DOI and what people say.
    """
    nodes = _nodes(_believed(seen, said))
    where = {one.key: name for name, node in nodes.items() for one in node.seen}
    alone = {where[key] for key in said.parted if key in where}
    edges = {pair: why for pair, why in _edges(nodes).items() if not alone & set(pair)}
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
        key=lambda group: (any(one.key in said.parted for one in group.seen), *_order(group.seen[0], False)),
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


def _believed(seen: Sequence[Seen], said: Rulings) -> list[Seen]:
    """The sightings, without their DOI where the best record of that DOI is plainly of another work, or a person said that it is."""
    dois = {one.key: one.work.doi for one in seen}
    seen = [
        replace(one, work=_without_doi(one.work)) if said.without_doi(one.key, one.work.doi, dois) else one
        for one in seen
    ]
    best: dict[str, Seen] = {}
    for one in sorted(seen, key=lambda one: _order(one, False)):
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


def _nodes(seen: Sequence[Seen]) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    for one in sorted(seen, key=lambda one: (one.source, one.source_id)):
        name = f"doi:{one.work.doi}" if one.work.doi else f"#{one.source}#{one.source_id}"
        node = nodes.setdefault(name, _Node(name, [], preprint=True))
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
    return nodes | {name: _Node(name, [], preprint) for name, preprint in sorted(spoken.items())}


def _edges(nodes: dict[str, _Node]) -> dict[tuple[str, str], str]:
    """Ties between nodes, each with the sentence that explains it."""
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


def _by_title(
    nodes: dict[str, _Node], homes: dict[str, str], heads: set[str], disputed: set[str]
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
        twice = a.source == b.source and a.format in _REPOSITORY_FORMATS and b.format in _REPOSITORY_FORMATS
        return not twice and titles.agree(a.work, b.work)

    found: dict[tuple[str, str], str] = {}
    for one, other in joining.alike(blocks, homes, heads, agree):
        for name, twin in ((one, other), (other, one)):
            found[name, twin] = f"title, authors and year of {_shown(twin)}"
    return found


def _shown(name: str) -> str:
    return name.removeprefix("doi:").removeprefix("#").replace("#", " ", 1)


def _group(nodes: list[_Node], edges: dict[tuple[str, str], str]) -> Group | None:
    named = {node.name: node for node in nodes}
    ranked = sorted(
        ((one, node) for node in nodes for one in node.seen), key=lambda pair: _order(pair[0], pair[1].preprint)
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


def _order(one: Seen, preprint: bool) -> tuple[Any, ...]:
    """What gives the reference comes first: the publication's own record, then a repository's, then a preprint (the newest).

    One with a DOI goes before one without."""
    kind = one.work.type
    if preprint or kind in PREPRINTS:
        rank = 2
    elif one.format in _REPOSITORY_FORMATS or one.format == "typed" or kind in _WEAK_TYPES:
        rank = 1
    else:
        rank = 0
    issued = one.work.issued
    newest = -(issued.year * 10000 + (issued.month or 0) * 100 + (issued.day or 0)) if issued and rank == 2 else 0
    return (rank == 2, one.work.doi is None, rank, newest, _FORMATS.get(one.format, 9), one.source, one.source_id)


def _letters(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())[:30]
