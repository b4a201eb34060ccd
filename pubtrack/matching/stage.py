"""Works against projects: read, weigh, write what changed. Run it twice and the second time nothing happens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import Pair, gather
from pubtrack.matching.pool import Output, Pool
from pubtrack.matching.scoring import judge
from pubtrack.matching.sieve import Sieve
from pubtrack.models import Answer, Finding, Match, Progress, StageReport, Verdict, Work, silent
from pubtrack.store import Store, decisions, findings, listings, matches, projects, runs, works

_MARK = "match"
_RULES = "2"  # moves when the code weighs differently: then everything is weighed again
_BATCH = 500  # works in one transaction
_MANY = 100_000  # works: from here on one name that many bear, and nothing else in common, is not kept even as rejected
_NOTICES = frozenset({"corrects", "retracts"})  # a notice about a publication is no publication of results itself

Decided = Mapping[tuple[str, int], bool]


def run(store: Store, settings: Settings, *, now: datetime, progress: Progress = silent) -> StageReport:
    """Hold the works against the projects, and keep a match with its evidence for every pair worth it.

    Nothing new: nothing is read twice. Only findings new, as after credit was read: only the works that have any are weighed
    again. Else all are. What a person decided is obeyed and never written over. Counts: scored, changed, removed, and how many
    matches stand as accept, review and reject.
    """
    report = StageReport("match")
    at = stamp(now)
    held = json.loads(runs.mark(store, _MARK) or "{}")
    facts, texts = matches.fingerprint(store)
    base = f"{_RULES}/{facts}/{_digest(_matching(settings), settings.institution.model_dump_json())}"
    if held.get("base") != base or held.get("texts") != texts:
        said = _findings(store)
        decided = verdicts(store)
        known = _known(said, decided, listings.pairs(store))
        taught = _digest(repr(sorted(known)))
        partial = held.get("base") == base and held.get("taught") == taught
        ids = matches.works_with_findings(store) if partial else matches.work_ids(store)
        _weigh_all(store, settings, ids, said, decided, known, at=at, report=report, progress=progress)
        with store.atomic():
            report.count("removed", matches.remove_orphans(store))
            runs.set_mark(store, _MARK, json.dumps({"base": base, "texts": texts, "taught": taught}), at=at)
    report.counts |= {"scored": report.counts.get("scored", 0), "changed": report.counts.get("changed", 0)}
    report.counts |= {"removed": report.counts.get("removed", 0)} | matches.bands(store)
    return report


def verdicts(store: Store) -> dict[tuple[str, int], bool]:
    """Return the pairs of project and work that people decided: whether they said that the work is an output of the project."""
    return {
        (decision.project_id, decision.work_id): decision.answer is Answer.MINE
        for decision in decisions.every(store)
        if decision.answer in (Answer.MINE, Answer.NOT_MINE)
        and decision.project_id is not None
        and decision.work_id is not None
    }


class Weigher:
    """All projects, taken apart and indexed, with all that is known of them: a work is held against them by asking for its pairs."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        said: Mapping[int, Finding],
        decided: Decided,
        known: set[tuple[str, int]],
    ) -> None:
        pool = Pool(projects.every(store))
        pool.see(works.every(store))
        institution = settings.institution
        outputs = _outputs(pool, works.some(store, {work_id for _, work_id in known}), known)
        views = pool.views(outputs, [institution.name, institution.name_en or "", *institution.names])
        self._pool, self._said, self._listed = pool, said, matches.on_a_list(store)
        self._index = Index(views, pool.rarity, decided, listings.pairs(store))
        self._sieve = Sieve(views, pool.lexicon) if len(matches.work_ids(store)) > _MANY else None
        self._spoken_of = self._listed | said.keys() | {work_id for _, work_id in decided}

    def pairs(self, work: Work) -> list[Pair]:
        """Given a work, return its pairs with their evidence; none for a notice about another publication."""
        if any(relation.kind in _NOTICES for relation in work.relations):
            return []
        if self._sieve is not None and work.id not in self._spoken_of and not self._sieve.passes(work):
            return []
        subject = self._pool.subject(work, self._said.get(work.id or 0), harvested=work.id not in self._listed)
        return gather(subject, self._index.candidates(subject), self._pool, self._index)


def weigher(store: Store, settings: Settings) -> Weigher:
    """Given the store, return a Weigher of what it holds now."""
    said, decided = _findings(store), verdicts(store)
    return Weigher(store, settings, said, decided, _known(said, decided, listings.pairs(store)))


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


def _weigh_all(
    store: Store,
    settings: Settings,
    ids: Sequence[int],
    said: Mapping[int, Finding],
    decided: Decided,
    known: set[tuple[str, int]],
    *,
    at: str,
    report: StageReport,
    progress: Progress,
) -> None:
    weigher = Weigher(store, settings, said, decided, known)
    weights, fresh, done = settings.matching.weights.model_dump(), _fresh(store, said, decided), 0
    for batch in _batches(ids):
        found: list[Match] = []
        for work in works.some(store, batch).values():
            pairs = weigher.pairs(work)
            report.count("scored", len(pairs))
            found += judge(
                pairs,
                weights,
                accept=settings.matching.accept,
                review=settings.matching.review,
                decided=decided,
                fresh=fresh,
            )
        _write(store, batch, found, at=at, report=report)
        done += len(batch)
        progress(done, len(ids), "works weighed")


def _write(store: Store, batch: Sequence[int], found: Sequence[Match], *, at: str, report: StageReport) -> None:
    standing = matches.of_works(store, batch)
    changed = [match for match in found if standing.pop((match.project_id, match.work_id), None) != match]
    if changed or standing:
        with store.atomic():
            for match in changed:
                matches.save(store, match, at=at)
            for project_id, work_id in standing:
                matches.remove(store, project_id, work_id)
    report.count("changed", len(changed))
    report.count("removed", len(standing))


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


def _outputs(pool: Pool, held: Mapping[int, Work], known: set[tuple[str, int]]) -> dict[str, list[Output]]:
    outputs: dict[str, list[Output]] = {}
    for project_id, work_id in sorted(known):
        if work_id in held:
            subject = pool.subject(held[work_id])
            outputs.setdefault(project_id, []).append(
                Output(work_id, subject.authors, subject.text, subject.site, subject.organisations)
            )
    return outputs


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _matching(settings: Settings) -> str:
    return settings.matching.model_dump_json()


def _digest(*texts: str) -> str:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=12).hexdigest()
