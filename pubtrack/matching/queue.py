"""The works that staff are asked about: one question a work, the likeliest project first."""

from __future__ import annotations

from typing import Any

from pubtrack import identifiers
from pubtrack.matching.stage import verdicts
from pubtrack.models import Band, Evidence, Match, Work
from pubtrack.store import Store, matches, projects, works

_NAMES = 4  # authors shown
_SUMS = ("start", "share")
_LITTLE, _MUCH = 0.3, 3.0  # weights, in log-odds


def review(store: Store) -> list[dict[str, Any]]:
    """Return the works in band review that nobody decided about, best first, each with its likeliest project and the alternatives.

    An item has work (its number), project, score, title, authors, issued, doi, address, project_title, because, against and alternatives
    (project, project_title, score, band, because; best first). A pair that a person decided is no question and no
    alternative, unless it was refused and
    came back with something new.
    """
    decided = verdicts(store)
    standing: dict[int, list[Match]] = {}
    for match in matches.every(store):
        said = decided.get((match.project_id, match.work_id))
        if match.band is not Band.REJECT and (said is None or (said is False and match.band is Band.REVIEW)):
            standing.setdefault(match.work_id, []).append(match)
    asked: dict[int, list[Match]] = {}
    for work_id, found in standing.items():
        question = next((match for match in found if match.band is Band.REVIEW), None)
        if question is not None:
            asked[work_id] = [question, *(match for match in found if match is not question)]
    titles = {project.id: project.title for project in projects.every(store)}
    held = works.some(store, asked)
    items = [_item(held[work_id], found, titles) for work_id, found in asked.items() if work_id in held]
    return sorted(items, key=lambda item: (-item["score"], item["work"]))


def _item(work: Work, found: list[Match], titles: dict[str, str]) -> dict[str, Any]:
    first, *others = found
    return {
        "work": work.id,
        "project": first.project_id,
        "score": first.score,
        "title": work.title,
        "authors": authors(work),
        "issued": str(work.issued) if work.issued else None,
        "doi": work.doi,
        "address": identifiers.doi_address(work.doi) if work.doi else None,
        "project_title": titles.get(first.project_id, ""),
        "because": because(first),
        "against": against(first),
        "alternatives": [
            {
                "project": match.project_id,
                "project_title": titles.get(match.project_id, ""),
                "score": match.score,
                "band": match.band.value,
                "because": because(match),
            }
            for match in others
        ],
    }


def because(match: Match) -> str:
    """Given a match, return what speaks for it, the weightiest first, in one line."""
    pieces = sorted((piece for piece in told(match) if piece.weight > 0), key=lambda piece: -piece.weight)
    return "; ".join(piece.detail for piece in pieces) or "nothing"


def against(match: Match) -> str:
    """Given a match, return what speaks against it, the weightiest first, in one line; an empty text if nothing does."""
    pieces = [piece for piece in told(match) if piece.weight < 0 or piece.kind == "limit"]
    return "; ".join(piece.detail for piece in sorted(pieces, key=lambda piece: piece.weight))


def told(match: Match) -> list[Evidence]:
    """Given a match, return the pieces of evidence that say something to a person.

    Left out is what only makes the weights add up to the score: where the sum starts, and the share of a project that no other rivals.
    """
    return [piece for piece in match.evidence if piece.kind not in _SUMS]


def mark(piece: Evidence) -> str:
    """Given a piece of evidence, return how much it says, in two characters: `++`, `+`, `-` or `--`; blank if it decides nothing alone."""
    if abs(piece.weight) < _LITTLE:
        return "  "
    return f"{('+' if piece.weight > 0 else '-') * (2 if abs(piece.weight) >= _MUCH else 1):<2}"


def authors(work: Work) -> str:
    """Given a work, return its first authors as one line: `Jan Jansen, Carla de Wit and 3 others`."""
    names = [
        str(author.get("literal") or f"{author.get('given') or ''} {author.get('family') or ''}").strip()
        for author in work.authors
    ]
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMES])} and {len(names) - _NAMES} others"
