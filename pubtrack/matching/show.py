"""Matches as JSON lines: the shape other programs rely on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pubtrack.config import Settings
from pubtrack.matching.stage import verdicts
from pubtrack.models import Band
from pubtrack.store import Store, matches, works


def lines(store: Store, settings: Settings) -> Iterator[dict[str, Any]]:  # noqa: ARG001 - every table is shown alike
    """Yield every match above rejection, and every pair that a person decided, best first.

    `source_ids` are the ids under which the sources gave the work; `decision` is what people said: mine, not_mine or None.
    """
    decided = verdicts(store)
    source_ids = works.source_ids(store)
    for match in matches.every(store):
        mine = decided.get((match.project_id, match.work_id))
        if match.band is Band.REJECT and mine is None:
            continue
        yield {
            "project": match.project_id,
            "work": match.work_id,
            "source_ids": source_ids.get(match.work_id, []),
            "score": match.score,
            "band": match.band.value,
            "evidence": [
                {"kind": piece.kind, "weight": piece.weight, "detail": piece.detail} for piece in match.evidence
            ],
            "decision": None if mine is None else "mine" if mine else "not_mine",
        }
