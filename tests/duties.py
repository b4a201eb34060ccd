"""A policy of round numbers and a small cast, for everything that rests on duties."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pubtrack.models import Answer, Band, Decision, DutyKind, Finding, Match, Person, Project, Verdict, Work
from pubtrack.obligations.policy import Policy

POLICY = Policy.model_validate(
    {
        "id": "stats",
        "version": "1",
        "provider": {
            "name": "Statistics Example",
            "name_nl": "Statistiek Voorbeeld",
            "contact": "data@stats.example.org",
        },
        "publication_types": ["article-journal", "article", "report", "thesis"],
        "duty": [
            _rule
            | {
                "read_on": "2026-11-01",
                "text": f"The rule on {_rule['kind']}.",
                "source": "Rules, page 1",
                "heads_up_days": 14,
            }
            for _rule in (
                {
                    "kind": "publish",
                    "anchor": "project_end",
                    "offset_days": 365,
                    "strength": "must",
                    "established": False,
                },
                {
                    "kind": "credit",
                    "anchor": "publication",
                    "offset_days": 28,
                    "strength": "must",
                    "established": False,
                },
                {"kind": "report", "anchor": "publication", "offset_days": 28, "strength": "should"},
                {"kind": "copy", "anchor": "publication", "offset_days": 28, "strength": "must", "established": False},
            )
        ],
        "credit": {"names": ["Statistics Example"]},
    }
)

LEAD = Person("Anna", "van der Berg", "anna@example.org", language="nl", id=1)
OTHER = Person("Carla", "Jansen", "carla@example.org", language="en", id=2)
PROJECT = Project("9001", "Social mobility", lead=LEAD, ended_on=date(2025, 6, 30))
SUGGESTION = "Results based on calculations by University of Example using microdata from Statistics Example."


def work(number: int = 1, issued: str | None = "2026-10-05", *, type_: str = "article-journal", **extra: Any) -> Work:
    """Return a work published on a day, in a month or in a year."""
    csl: dict[str, Any] = {
        "type": type_,
        "title": f"Paper {number}",
        "author": [{"family": "van der Berg", "given": "Anna"}],
        "container-title": "Journal of Examples",
        "DOI": f"10.5555/{number}",
    }
    if issued:
        csl["issued"] = {"date-parts": [[int(part) for part in issued.split("-")]]}
    retracted = bool(extra.pop("retracted", False))
    return Work(csl | extra, identities=(f"doi:10.5555/{number}",), id=number, retracted=retracted)


def match(number: int = 1, band: Band = Band.ACCEPT, project: str = "9001") -> Match:
    return Match(project, number, {Band.ACCEPT: 0.97, Band.REVIEW: 0.5, Band.REJECT: 0.1}[band], band)


def finding(verdict: Verdict, number: int = 1, **extra: Any) -> Finding:
    return Finding(verdict, "stats", "1", "1", work_id=number, **extra)


def said(
    answer: Answer,
    on: str = "2026-11-02",
    *,
    project: str | None = None,
    work: int | None = None,
    person: int | None = None,
    duty: DutyKind | None = None,
    until: str | None = None,
    note: str | None = None,
    id: int | None = None,
    policy: str | None = None,
) -> Decision:
    """Return what staff recorded at noon of a day."""
    return Decision(
        answer,
        datetime.combine(date.fromisoformat(on), datetime.min.time(), UTC).replace(hour=12),
        "staff",
        "cli",
        work_id=work,
        project_id=project,
        person_id=person,
        duty=duty,
        until=date.fromisoformat(until) if until else None,
        note=note,
        id=id,
        policy=policy,
    )
