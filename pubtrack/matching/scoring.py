"""From evidence to a score and a band; and which of the projects of the same people a work belongs to. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pubtrack.matching.evidence import Pair, Signal
from pubtrack.matching.names import Grade
from pubtrack.models import Band, Evidence, Match

_LEAST_SHARE = -5.0  # a sibling that suits the work far better says no more than this
_AMBIGUOUS = math.log(0.6)  # a project that has less than this share among its siblings was not chosen, only preferred
_CORROBORATION = 0.4  # log-odds: what title and text must add before a name alone may be believed
_MOST_REJECTED = 20  # rejected pairs kept for one work
_NOT_OWN = ("start",)  # what siblings have in common tells them apart in nothing

Weights = Mapping[str, float]


def judge(
    pairs: Sequence[Pair],
    weights: Weights,
    *,
    accept: float,
    review: float,
    decided: Mapping[tuple[str, int], bool] | None = None,
) -> list[Match]:
    """Given all pairs of one work, the weights and the two thresholds, return the matches worth keeping, best first.

    `decided` are the pairs that people decided: whether they said that it is an output. A pair that they refused is rejected
    whatever its score. Of the other rejected pairs only those with a person in common are kept, the twenty best.
    """
    decided = decided or {}
    confirmed = [pair for pair in pairs if decided.get((pair.project_id, pair.subject.id))]
    matches = []
    for pair, signals in zip(pairs, with_siblings(pairs, weights), strict=True):
        match = _match(pair, signals, weights, accept, review)
        said = decided.get((pair.project_id, pair.subject.id))
        if said is False:
            match = _refused(match, "A person said that it is not an output of this project")
        elif said is None:
            match = _sibling_refused(match, pair, confirmed)
        matches.append(match)
    matches.sort(key=lambda match: (-match.score, match.project_id))
    worth = {pair.project_id for pair in pairs if _worth_keeping(pair)}
    kept: list[Match] = []
    rejected = 0
    for match in matches:
        if match.band is Band.REJECT and (match.project_id, match.work_id) not in decided:
            if match.project_id not in worth or rejected == _MOST_REJECTED:
                continue
            rejected += 1
        kept.append(match)
    return kept


def with_siblings(pairs: Sequence[Pair], weights: Weights) -> list[tuple[Signal, ...]]:
    """Given all pairs of one work, return their signals, those with siblings having one more: their share among them.

    Siblings are the other projects of which the same authors are people.
    """
    strengths = [
        sum(_weight(signal, weights) for signal in pair.signals if signal.kind not in _NOT_OWN) for pair in pairs
    ]
    found = []
    for pair, strength in zip(pairs, strengths, strict=True):
        siblings = [
            (other_strength, other.project_id)
            for other, other_strength in zip(pairs, strengths, strict=True)
            if other is not pair and other.people & pair.people
        ]
        found.append((*pair.signals, *_share(strength, siblings)))
    return found


def probability(log_odds: float) -> float:
    """Given log-odds, return the probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def log_odds(signals: Iterable[Signal], weights: Weights) -> float:
    """Given signals and weights, return their sum: a weight that is not there counts nothing."""
    return sum(_weight(signal, weights) for signal in signals)


def _weight(signal: Signal, weights: Weights) -> float:
    return sum(weights.get(part, 0.0) * value for part, value in signal.parts.items())


def _share(strength: float, siblings: Sequence[tuple[float, str]]) -> list[Signal]:
    if not siblings:
        return []
    total = 1.0 + sum(math.exp(max(-30.0, min(30.0, other - strength))) for other, _ in siblings)
    share = max(_LEAST_SHARE, -math.log(total))
    best, best_id = max(siblings)
    count = "another project" if len(siblings) == 1 else f"{len(siblings)} other projects"
    if best > strength:
        detail = f"The same people have {count}, of which {best_id} suits the work better"
    else:
        detail = f"The same people have {count}; none suits the work better"
    return [Signal("siblings", {"share": share}, detail)]


def _match(pair: Pair, signals: Sequence[Signal], weights: Weights, accept: float, review: float) -> Match:
    score = round(probability(log_odds(signals, weights)), 4)
    band = Band.ACCEPT if score >= accept else Band.REVIEW if score >= review else Band.REJECT
    evidence = [Evidence(signal.kind, round(_weight(signal, weights), 2), signal.detail) for signal in signals]
    limit = None
    if band is Band.ACCEPT:
        limit = _limit(pair, signals, weights)
        band = Band.REVIEW if limit else band
    if limit:
        evidence.append(Evidence("limit", 0.0, limit))
    return Match(pair.project_id, pair.subject.id, score, band, tuple(evidence))


def _refused(match: Match, why: str) -> Match:
    evidence = tuple(piece for piece in match.evidence if piece.kind != "limit")
    return replace(match, band=Band.REJECT, evidence=(*evidence, Evidence("limit", 0.0, why)))


def _sibling_refused(match: Match, pair: Pair, confirmed: Sequence[Pair]) -> Match:
    """A work that a person gave to one project is no longer a question for the others of the same people, unless its text names them."""
    siblings = [other.project_id for other in confirmed if other.people & pair.people]
    if not siblings or any(signal.kind == "number" and "number" in signal.parts for signal in pair.signals):
        return match
    return _refused(match, f"A person said that it is an output of project {siblings[0]} of the same people")


def _limit(pair: Pair, signals: Sequence[Signal], weights: Weights) -> str | None:
    """What forbids a machine to accept a pair, however high its score: staff are asked instead."""
    parts = {part: value for signal in signals for part, value in signal.parts.items()}
    if "orcid_other" in parts:
        return "Not accepted without a person: the ORCIDs differ"
    if not pair.people:
        if "number" in parts and "credited" in parts:
            return None
        return "Not accepted without a person: no author is known to belong to the project"
    if not any(part in parts for part in ("name_same", "name_initials", "more_people", "number")):
        return "Not accepted without a person: only a part of a name agrees"
    if parts.get("share", 0.0) < _AMBIGUOUS and "number" not in parts:
        return "Not accepted without a person: another project of the same people suits the work about as well"
    topic = sum(weights.get(part, 0.0) * parts.get(part, 0.0) for part in ("title", "text", "contained", "outputs"))
    more = ("orcid_same", "more_people", "number", "datasets", "credited")
    if topic < _CORROBORATION and not any(part in parts for part in more) and parts.get("known_people", 0.0) <= 1:
        return "Not accepted without a person: nothing but one name links them"
    return None


def _worth_keeping(pair: Pair) -> bool:
    """Whether a rejected pair tells anything: a person in common, or a number or data set that its text names."""
    near = any(grade not in (Grade.CONFLICT, Grade.DIFFERENT) for _, _, grade in pair.candidate.links)
    return near or bool(pair.candidate.routes & {"number", "decided"})
