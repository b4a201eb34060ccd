"""Where a work comes from, as evidence: affiliations, the site that it stands on, organisations among its authors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pubtrack.matching import places, words
from pubtrack.matching.blocking import Candidate
from pubtrack.matching.pool import Pool, Subject, View


@dataclass(frozen=True, slots=True)
class Signal:
    """One piece of evidence before it is weighed: `parts` are features by the name of their weight."""

    kind: str
    parts: Mapping[str, float]
    detail: str


def affiliation(subject: Subject, candidate: Candidate) -> list[Signal]:
    """Given a work and a candidate, return what the affiliations of those recognised say."""
    wanted = candidate.view.institutions
    if not wanted:
        return []
    if any(
        name in organisation or organisation in name
        for organisation in subject.organisations
        for name in wanted
        if len(organisation) > 5
    ):
        return [Signal("affiliation", {"organisation": 1.0}, "The project's institution is itself an author")]
    named = {place: words.fold(place) for author, _, _ in candidate.links for place in author.affiliations}
    for place, folded in named.items():
        if any(name in folded for name in wanted):
            return [
                Signal(
                    "affiliation",
                    {"affiliation": 1.0},
                    f"The author's affiliation is the project's institution: {place}",
                )
            ]
    if named:
        return [
            Signal(
                "affiliation", {"affiliation_other": 1.0}, f"The author's affiliation is another: {next(iter(named))}"
            )
        ]
    return []


def site(subject: Subject, view: View, pool: Pool, *, alone: bool) -> list[Signal]:
    """Where the work can be found: at the project's institution, where its known outputs stand, by whom they are."""
    signals = []
    labels = places.labels(subject.site)
    if view.labels.intersection(labels):
        detail = f"It stands on a site of the project's institution: {subject.site}"
        # Beside a person of the project it says nothing new: that is where this person's works stand.
        signals.append(Signal("site", {"site_own": 1.0} if alone else {}, detail))
    elif any(pool.institutional(label) for label in labels):
        detail = f"It stands on the site of another institution: {subject.site}"
        signals.append(Signal("site", {"site_other": 1.0}, detail))
    others = [output for output in view.outputs if output.sure and output.work_id != subject.id]
    here = sum(output.site == subject.site for output in others) if subject.site else 0
    if here:
        known = "A known output" if here == 1 else f"{here} known outputs"
        detail = f"{known} of the project on the same site: {subject.site}"
        signals.append(Signal("site", {"site_known": here / max(here, pool.at_site(subject.site))}, detail))
    shared = sorted({name for output in others for name in output.organisations} & {*subject.organisations})
    if shared:
        detail = f"A known output of the project is by the same organisation: {shared[0]}"
        signals.append(Signal("organisation", {"organisation_known": 1.0}, detail))
    return signals
