"""What is known of pairs beside the records: what people decided, what the provider lists, what the texts say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pubtrack.clock import stamp
from pubtrack.models import Answer, Finding, Verdict
from pubtrack.store import Store, decisions, findings, listings, matches

Decided = Mapping[tuple[str, int], bool]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that matching rests on beside projects and works."""

    said: Mapping[int, Finding]  # per work what its text says
    decided: Decided
    listed: frozenset[tuple[str, int]]  # the pairs that the provider's own list names
    on_a_list: frozenset[int]  # works that stand on a list somebody made
    known: frozenset[tuple[str, int]]  # the outputs that teach who belongs to a project
    fresh: Mapping[tuple[str, int], str]  # what came to light of refused pairs since

    def by_work(self) -> dict[int, str]:
        """Return per work all that is known of it, as one text; works of which nothing is known are left out."""
        found: dict[int, list[object]] = defaultdict(list)
        for work_id, finding in self.said.items():
            found[work_id].append((finding.verdict.value, finding.mentions))
        for project_id, work_id in sorted(self.decided):
            found[work_id].append((project_id, self.decided[project_id, work_id]))
        for project_id, work_id in sorted(self.listed):
            found[work_id].append(project_id)
        for work_id in self.on_a_list:
            found[work_id].append("listed")
        for pair in sorted(self.fresh):
            found[pair[1]].append((pair[0], self.fresh[pair]))
        return {work_id: repr(told) for work_id, told in found.items()}

    def projects_of(self, work_ids: Iterable[int]) -> set[str]:
        """Given works, return the projects that a person or the provider's list named for one of them."""
        wanted = set(work_ids)
        return {project_id for project_id, work_id in (*self.decided, *self.listed) if work_id in wanted}


def read(store: Store) -> Facts:
    """Given the store, return what it holds now."""
    said, decided, listed = _findings(store), verdicts(store), listings.pairs(store)
    known = _known(said, decided, listed)
    return Facts(
        said,
        decided,
        frozenset(listed),
        frozenset(matches.on_a_list(store)),
        frozenset(known),
        _fresh(store, said, decided),
    )


def verdicts(store: Store) -> dict[tuple[str, int], bool]:
    """Return the pairs of project and work that people decided: whether they said that the work is an output of the project."""
    return {
        (decision.project_id, decision.work_id): decision.answer is Answer.MINE
        for decision in decisions.every(store)
        if decision.answer in (Answer.MINE, Answer.NOT_MINE)
        and decision.project_id is not None
        and decision.work_id is not None
    }


def _fresh(store: Store, said: Mapping[int, Finding], decided: Decided) -> dict[tuple[str, int], str]:
    """The refused pairs of which a text says more than it did when a person refused them: it names the project's number."""
    found: dict[tuple[str, int], str] = {}
    when: dict[tuple[str | None, int | None], str] = {}
    for one in decisions.every(store):
        if one.answer is Answer.NOT_MINE:
            pair = (one.project_id, one.work_id)
            when[pair] = max(when.get(pair, ""), stamp(one.made_at))
    for (project_id, work_id), mine in decided.items():
        mention = f"project:{project_id}".casefold()
        if mine or mention not in map(str.casefold, said[work_id].mentions if work_id in said else ()):
            continue
        if mention not in map(str.casefold, findings.mentioned_by(store, work_id, until=when[project_id, work_id])):
            found[project_id, work_id] = (
                f"A person refused it before; since then its text was read, and it names project {project_id}"
            )
    return found


def _findings(store: Store) -> dict[int, Finding]:
    """Per work what its text says: of several policies the best credit, and the mentions of all."""
    strength = {Verdict.PRESCRIBED: 4, Verdict.CREDITED: 3, Verdict.MENTIONED: 2, Verdict.ABSENT: 1}
    best: dict[int, Finding] = {}
    for (work_id, _), finding in sorted(findings.current(store).items()):
        other = best.get(work_id)
        if other is None:
            best[work_id] = finding
            continue
        better = finding if strength.get(finding.verdict, 0) > strength.get(other.verdict, 0) else other
        best[work_id] = replace(better, mentions=tuple(dict.fromkeys((*other.mentions, *finding.mentions))))
    return best


def _known(said: Mapping[int, Finding], decided: Decided, listed: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """The outputs that teach who belongs to a project: a person or the provider said so, or the text names it beside a credit."""
    by_text = {
        (mention.removeprefix("project:"), work_id)
        for work_id, finding in said.items()
        if finding.verdict in (Verdict.PRESCRIBED, Verdict.CREDITED)
        for mention in finding.mentions
        if mention.startswith("project:")
    }
    said_so = by_text | listed
    return {pair for pair in said_so if decided.get(pair, True)} | {pair for pair, mine in decided.items() if mine}
