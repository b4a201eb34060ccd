"""From evidence to a score and a band; and which of the projects of the same people a work belongs to. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pubtrack.matching.evidence import Pair
from pubtrack.matching.names import Grade
from pubtrack.matching.where import Signal
from pubtrack.models import Band, Evidence, Match

_LEAST_SHARE = -7.0  # another project that suits the work far better says no more than this
_ALIKE = 0.4  # strengths that differ by less say the same
_MOST_STRENGTH = 10.0
_AMBIGUOUS = math.log(0.6)  # a project that has less than this share among its siblings was not chosen, only preferred
_CORROBORATION = 0.5  # log-odds: what title and text must add before a name alone may be believed
_SCALES = {
    "base_people": "scale_people",
    "base_known": "scale_known",
    "base_accepted": "scale_known",
    "base_title": "scale_title",
}
_TOPIC = ("title", "text", "contained", "inside", "outputs")
_MOST_REJECTED = 20  # rejected pairs kept for one work

Weights = Mapping[str, float]


def judge(
    pairs: Sequence[Pair],
    weights: Weights,
    *,
    accept: float,
    review: float,
    decided: Mapping[tuple[str, int], bool] | None = None,
    fresh: Mapping[tuple[str, int], str] | None = None,
) -> list[Match]:
    """Given all pairs of one work, the weights and the two thresholds, return the matches worth keeping, best first.

    `decided` are the pairs that people decided: whether they said that it is an output. A pair that they refused is rejected whatever its
    score, unless `fresh` says what came to light since: then they are asked once more. Of the other rejected pairs only those with a person
    in common are kept, the twenty best.
    """
    decided = decided or {}
    confirmed = [pair for pair in pairs if decided.get((pair.project_id, pair.subject.id))]
    matches = []
    for weighed in weigh(pairs, weights):
        pair, match = weighed.pair, _match(weighed, weights, accept, review)
        said = decided.get((pair.project_id, pair.subject.id))
        again = (fresh or {}).get((pair.project_id, pair.subject.id))
        if said is False and again:
            match = replace(_refused(match, again), band=Band.REVIEW)
        elif said is False:
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A pair with what its evidence comes to."""

    pair: Pair
    strength: float
    share: float  # logarithm of its share among all that the work may belong to, and none
    log_odds: float
    evidence: tuple[Evidence, ...]  # their weights add up to the log-odds

    @property
    def score(self) -> float:
        """Return the probability that the work is an output of the project."""
        return probability(self.log_odds)


def weigh(pairs: Sequence[Pair], weights: Weights) -> list[Weighed]:
    """Given all pairs of one work, return them weighed, in their order: each against the others, and against belonging to none."""
    strengths = [strength(pair, weights) for pair in pairs]
    total = _log_sum([0.0, *strengths])
    slope = weights.get("scale_share", 1.0)
    best = sorted(zip(strengths, pairs, strict=True), key=lambda item: (-item[0], item[1].project_id))[:2]
    found = []
    for pair, own in zip(pairs, strengths, strict=True):
        share = max(_LEAST_SHARE, own - total)
        log_odds = slope * share + weights.get("scale_own", 0.0) * bounded(own) + weights.get(scale_of(pair), 0.0)
        evidence = [Evidence(s.kind, round(slope * _weight(s, weights), 2), s.detail) for s in pair.signals]
        rest = round(log_odds - sum(piece.weight for piece in evidence), 2)
        rival = best[1] if best[0][1] is pair and len(best) > 1 else best[0]
        kind, told = _told(pair, own, rival, pairs) if len(pairs) > 1 else ("share", "No other project may be meant")
        found.append(Weighed(pair, own, share, log_odds, (*evidence, Evidence(kind, rest, told))))
    return found


def strength(pair: Pair, weights: Weights) -> float:
    """Given a pair, return the sum of its evidence: 0 is as likely as belonging to no project at all."""
    return sum(_weight(signal, weights) for signal in pair.signals)


def bounded(own: float) -> float:
    """Given a strength, return it within what calibration was fitted on: beyond, more of it says no more."""
    return max(_LEAST_SHARE, min(_MOST_STRENGTH, own))


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def scale_of(pair: Pair) -> str:
    """Given a pair, return the name of the weight that its log-odds start from, by what led to it."""
    return next((_SCALES[part] for signal in pair.signals for part in signal.parts if part in _SCALES), "scale_title")


def _told(pair: Pair, strength: float, rival: tuple[float, Pair], pairs: Sequence[Pair]) -> tuple[str, str]:
    """What the other projects say of a pair: `siblings` where one of them suits the work as well, else only its `share` of the whole."""
    siblings = sum(1 for other in pairs if other is not pair and other.people & pair.people)
    whose = "of the same people " if siblings else ""
    count = siblings or len(pairs) - 1
    others = f"{count} other projects {whose}" if count > 1 else f"Another project {whose}"
    if abs(rival[0] - strength) < _ALIKE:
        return "siblings", f"{others.capitalize()}may be meant; {rival[1].project_id} suits the work about as well"
    if rival[0] > strength:
        return "siblings", f"{others.capitalize()}may be meant; {rival[1].project_id} suits the work better"
    return "share", f"{others.capitalize()}may be meant; none suits the work better"


def probability(log_odds: float) -> float:
    """Given log-odds, return the probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def _weight(signal: Signal, weights: Weights) -> float:
    return sum(weights.get(part, 0.0) * value for part, value in signal.parts.items())


def _match(weighed: Weighed, weights: Weights, accept: float, review: float) -> Match:
    pair, score, evidence = weighed.pair, round(weighed.score, 4), weighed.evidence
    band = Band.ACCEPT if score >= accept else Band.REVIEW if score >= review else Band.REJECT
    limit = _limit(weighed, weights) if band is Band.ACCEPT else None
    if limit:
        band, evidence = Band.REVIEW, (*evidence, Evidence("limit", 0.0, limit))
    return Match(pair.project_id, pair.subject.id, score, band, evidence)


def _refused(match: Match, why: str) -> Match:
    evidence = tuple(piece for piece in match.evidence if piece.kind != "limit")
    return replace(match, band=Band.REJECT, evidence=(*evidence, Evidence("limit", 0.0, why)))


def _sibling_refused(match: Match, pair: Pair, confirmed: Sequence[Pair]) -> Match:
    """A work that a person gave to one project is no longer a question for the others of the same people, unless its text names them."""
    siblings = [other.project_id for other in confirmed if other.people & pair.people]
    if not siblings or any(signal.kind == "number" and "number" in signal.parts for signal in pair.signals):
        return match
    return _refused(match, f"A person said that it is an output of project {siblings[0]} of the same people")


def _limit(weighed: Weighed, weights: Weights) -> str | None:
    """What forbids a machine to accept a pair, however high its score: staff are asked instead."""
    pair = weighed.pair
    parts = {part: value for signal in pair.signals for part, value in signal.parts.items()}
    if "orcid_other" in parts:
        return "Not accepted without a person: the ORCIDs differ"
    if "listed" in parts:
        return None
    if not pair.people:
        if "number" in parts and "credited" in parts:
            return None
        return "Not accepted without a person: no author is known to belong to the project"
    if "unconfirmed" in parts and "number" not in parts:
        return "Not accepted without a person: its authors are known only from works that nobody confirmed"
    if not any(part in parts for part in ("name_same", "name_initials", "more_people", "number")):
        return "Not accepted without a person: only a part of a name agrees"
    if weighed.share < _AMBIGUOUS and "number" not in parts:
        return "Not accepted without a person: another project of the same people suits the work about as well"
    if "harvested" not in parts:
        return None
    topic = sum(weights.get(part, 0.0) * parts.get(part, 0.0) for part in _TOPIC)
    more = ("orcid_same", "more_people", "number", "datasets", "credited")
    if topic < _CORROBORATION and not any(part in parts for part in more) and parts.get("known_people", 0.0) <= 1:
        return "Not accepted without a person: nothing but one name links them"
    return None


def _worth_keeping(pair: Pair) -> bool:
    """Whether a rejected pair tells anything: a person in common, or a number or data set that its text names."""
    near = any(grade not in (Grade.CONFLICT, Grade.DIFFERENT) for _, _, grade in pair.candidate.links)
    return near or bool(pair.candidate.routes & {"number", "decided", "listed"})
