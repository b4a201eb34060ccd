"""Nodes and edges to homes: what belongs together, when nothing may melt two publications into one. Pure.

Every function here is one of the whole set, so the order of arrival has no say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_MOST = 40  # nodes under one title and first author; with more, the title is a column or a form, whatever its words are


def melted(
    names: Iterable[str], heads: Collection[str], edges: Iterable[tuple[str, str]], units: Union
) -> tuple[dict[str, str], set[str]]:
    """Given nodes, edges, which nodes are one unit whatever else holds, and the units that are publications in their own right, return each
    node's home, and the homes in dispute.

    What hangs together without a publication is one set. A set tied to one publication has its home there; a set tied to several
    stays by itself, in dispute; two publications are never joined.
    """
    unit = {name: units.find(name) for name in names}
    loose = Union(name for name in unit.values() if name not in heads)
    edges = [(unit[one], unit[other]) for one, other in edges]
    for one, other in edges:
        if one not in heads and other not in heads:
            loose.join(one, other)
    near: dict[str, set[str]] = {}
    for one, other in edges:
        for name, neighbour in ((one, other), (other, one)):
            if name in heads and neighbour not in heads:
                near.setdefault(loose.find(neighbour), set()).add(name)
    homes = {}
    for name, own in unit.items():
        root = own if own in heads else loose.find(own)
        homes[name] = next(iter(near[root])) if len(near.get(root, ())) == 1 else root
    return homes, {root for root, found in near.items() if len(found) > 1}


def alike(
    blocks: Mapping[str, Sequence[str]],
    homes: Mapping[str, str],
    heads: Collection[str],
    agree: Callable[[str, str], bool],
) -> list[tuple[str, str]]:
    """Given blocks of nodes that share a key, their homes, and which homes hold a publication, return the pairs of nodes that join homes.

    Within a block a set of homes is joined only if every pair of its nodes agrees: where A is like B and B like C but A not like C,
    nobody can tell whose B is. Nor is anything joined that would bring two publications together.
    """
    found: list[tuple[str, str]] = []
    for block in blocks.values():
        if 2 <= len(block) <= _MOST:
            found.extend(_agreed(block, homes, heads, agree))
    union = Union(homes.values())
    for one, other in found:
        union.join(homes[one], homes[other])
    held: dict[str, int] = {}
    for head in heads:
        held[union.find(head)] = held.get(union.find(head), 0) + 1
    return [(one, other) for one, other in found if held.get(union.find(homes[one]), 0) <= 1]


def _agreed(
    block: Sequence[str], homes: Mapping[str, str], heads: Collection[str], agree: Callable[[str, str], bool]
) -> list[tuple[str, str]]:
    pairs = [(one, other) for at, one in enumerate(block) for other in block[at + 1 :] if homes[one] != homes[other]]
    yes = {
        (one, other)
        for one, other in pairs
        if not (homes[one] in heads and homes[other] in heads) and agree(one, other)
    }
    union = Union(homes[name] for name in block)
    for one, other in yes:
        union.join(homes[one], homes[other])
    doubtful = {
        union.find(homes[one])
        for one, other in pairs
        if (one, other) not in yes and union.find(homes[one]) == union.find(homes[other])
    }
    return [pair for pair in pairs if pair in yes and union.find(homes[pair[0]]) not in doubtful]


class Union:
    """Sets that grow together (disjoint-set forest); the smallest name stands for its set."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parent = {name: name for name in names}

    def find(self, name: str) -> str:
        """Given a name, return the one that stands for its set."""
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Make the sets of two names one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low
