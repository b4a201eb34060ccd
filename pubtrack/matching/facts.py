"""What is known of pairs beside the records: what people decided, what the provider lists, what the texts say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pubtrack.clock import stamp
from pubtrack.models import Answer, Decision, Finding, Verdict
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

    def projects_of(self, work_ids: Iterable[int]) -> set[str]:
        """Given works, return the projects that a person or the provider's list named for one of them."""
        wanted = set(work_ids)
        return {project_id for project_id, work_id in (*self.decided, *self.listed) if work_id in wanted}


def read(store: Store, work_ids: Collection[int] | None = None) -> Facts:
    """Given the store, return what it holds now: of all works, or of these."""
    said, decided = _findings(store, work_ids), verdicts(store, work_ids)
    listed = listings.pairs(store, work_ids)
    return Facts(
        said,
        decided,
        frozenset(listed),
        frozenset(matches.on_a_list(store, work_ids)),
        frozenset(_known(said, decided, listed)),
        _fresh(store, said, decided, work_ids),
    )


def verdicts(store: Store, work_ids: Collection[int] | None = None) -> dict[tuple[str, int], bool]:
    """Return the pairs of project and work that people decided: whether they said that the work is an output of the project."""
    return {
        (decision.project_id, decision.work_id): decision.answer is Answer.MINE
        for decision in _decisions(store, work_ids)
        if decision.answer in (Answer.MINE, Answer.NOT_MINE)
        and decision.project_id is not None
        and decision.work_id is not None
    }


def _decisions(store: Store, work_ids: Collection[int] | None) -> list[Decision]:
    return decisions.every(store) if work_ids is None else decisions.on_works(store, work_ids)


def _fresh(
    store: Store, said: Mapping[int, Finding], decided: Decided, work_ids: Collection[int] | None
) -> dict[tuple[str, int], str]:
    """The refused pairs of which a text says more than it did when a person refused them: it names the project's number."""
    found: dict[tuple[str, int], str] = {}
    when: dict[tuple[str | None, int | None], str] = {}
    for one in _decisions(store, work_ids):
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


def _findings(store: Store, work_ids: Collection[int] | None) -> dict[int, Finding]:
    """Per work what its text says: of several policies the best credit, and the mentions of all."""
    strength = {Verdict.PRESCRIBED: 4, Verdict.CREDITED: 3, Verdict.MENTIONED: 2, Verdict.ABSENT: 1}
    best: dict[int, Finding] = {}
    for (work_id, _), finding in sorted(findings.current(store, work_ids).items()):
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
