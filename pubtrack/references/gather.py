"""Read from the store what a reference list is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from pubtrack.models import Answer, DutyKind, Project, Work
from pubtrack.obligations.outputs import outputs
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.said import Said
from pubtrack.references.csl import citation_key, clean, content_hash, ready
from pubtrack.references.lists import Item, Key, Sent
from pubtrack.references.period import Period
from pubtrack.store import Store, decisions, matches, projects, works
from pubtrack.store import references as table


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every reference that counts, and what the provider has of them already."""

    candidates: Sequence[Item]
    sent: Mapping[Key, Sent]
    known: frozenset[Key]  # the provider has it, but not from a list of ours
    left_out: Sequence[Item]  # outputs of a kind that no policy counts as a publication
    withdrawn: Sequence[Key]  # sent, and no longer held to be an output
    undated: Sequence[Item] = ()  # in no period, and the provider has them not


def gather(
    store: Store, policies: Sequence[Policy], project: str | None, only: Collection[Key] | None = None
) -> Gathered:
    """Return the outputs that a person confirmed or the machine accepted, as references; those of one project if it is named.

    With `only`, no more than these.
    """
    said = decisions.every(store)
    standings = outputs(matches.standing(store), said)

    def wanted(pair: Key) -> bool:
        return project in (None, pair[0]) and (only is None or pair in only)

    pairs = [pair for pair, standing in standings.items() if standing.counts and wanted(pair)]
    registered = {found.id: found for found in projects.every(store, {project_id for project_id, _ in pairs})}
    published = works.some(store, {work_id for _, work_id in pairs})
    sent = {
        pair: Sent(row.csl, row.content_hash, row.formatted, name)
        for pair, (name, row) in table.last_sent(store).items()
    }
    keys = {work_id: str(held.csl["id"]) for (_, work_id), held in sent.items() if held.csl.get("id")}
    candidates: list[Item] = []
    left_out: list[Item] = []
    for project_id, work_id in pairs:
        if project_id in registered and work_id in published:
            item = _item(registered[project_id], published[work_id], keys.get(work_id))
            counted = any(_counts(policy, project_id, published[work_id]) for policy in policies)
            (candidates if counted else left_out).append(item)
    listed, told = table.listed(store), Said(said)
    known = frozenset(
        item.key
        for item in candidates
        if item.work_id in listed
        or told.about(item.project_id, item.work_id, DutyKind.REPORT, None).newest(Answer.REPORTED)
    )
    standing_keys = set(pairs)
    withdrawn = [pair for pair in sorted(sent) if pair not in standing_keys and wanted(pair)]
    return Gathered(candidates, sent, known, left_out, withdrawn)


def within(gathered: Gathered, period: Period | None) -> Gathered:
    """Given what there is and a period, return what was published in it; all of it if the period is None."""
    if period is None:
        return gathered
    told = gathered.known | gathered.sent.keys()
    return replace(
        gathered,
        candidates=[item for item in gathered.candidates if period.holds(item.csl)],
        left_out=[item for item in gathered.left_out if period.holds(item.csl)],
        withdrawn=[key for key in gathered.withdrawn if period.holds(gathered.sent[key].csl)],
        undated=[item for item in gathered.candidates if period.holds(item.csl) is None and item.key not in told],
    )


def _counts(policy: Policy, project_id: str, work: Work) -> bool:
    return work.type in policy.publication_types and any(
        fnmatchcase(project_id, pattern) for pattern in policy.applies_to
    )


def _item(project: Project, work: Work, key: str | None) -> Item:
    assert work.id is not None
    csl = ready(work)
    hashed = content_hash(csl)
    csl["id"] = key or citation_key(csl, work.id)
    return Item(
        project_id=project.id,
        work_id=work.id,
        csl=csl,
        content_hash=hashed,
        project_title=clean(project.title),
        institution=clean(project.institution or ""),
        lead=clean(project.lead.name) if project.lead else None,
    )
