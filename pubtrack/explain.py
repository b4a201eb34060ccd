"""The whole story of a work or a project, told from the tables alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pubtrack import identifiers
from pubtrack.clock import stamp
from pubtrack.errors import UsageError
from pubtrack.matching import queue
from pubtrack.models import Answer, Decision, Match, Project, Work
from pubtrack.obligations import facts
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, decisions, findings, listings, matches, projects, references, works


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story: what it is about, when, and what was so."""

    what: str
    text: str
    when: str | None = None


def story(store: Store, policies: Sequence[Policy], what: str, *, now: datetime) -> list[Line]:
    """Given a project number, a work's number, DOI or other identity, return its story.

    Raise UsageError if nothing is known under that name.
    """
    project = projects.get(store, what)
    doi = identifiers.doi(what)
    work_id = works.find(store, f"doi:{doi}") if doi else works.find(store, what)
    if work_id is None and what.isdecimal() and project is None:
        work_id = int(what)
    work = works.get(store, work_id) if work_id is not None else None
    if project is not None:
        return list(_project(store, policies, project, now))
    if work is not None:
        return list(_work(store, policies, work, now))
    raise UsageError(f"Nothing is known as {what}. Give a project number, or a work's number, DOI or identity.")


def _work(store: Store, policies: Sequence[Policy], work: Work, now: datetime) -> Iterator[Line]:
    assert work.id is not None
    yield Line("work", f"{work.id}: {work.title} ({work.type}, {work.issued or 'no date'})")
    yield Line("work", "known as " + ", ".join(work.identities or ("nothing else",)))
    if work.retracted:
        yield Line("work", "RETRACTED")
    if work.corrected:
        yield Line("work", "corrected since it was published")
    for seen in works.sightings(store, work.id):
        gone = ", deleted there" if seen["deleted"] else ""
        joined = f", joined by {seen['joined_by']}" if seen["joined_by"] else ""
        yield Line(
            "seen", f"by {seen['source']} as {seen['source_id']} ({seen['format']}{joined}{gone})", seen["seen_at"]
        )
    for copy in findings.copies(store, work.id):
        told = [copy["error"] or copy["media_type"], f"{copy['version']} version" if copy["version"] else None]
        about = ", ".join(part for part in told if part)
        yield Line("copy", copy["location"] + (f": {about}" if about else ""), copy["fetched_at"])
    for finding in findings.every(store, work.id):
        reason = f" ({finding.reason})" if finding.reason else ""
        where = (
            ", in the preprint"
            if finding.version == "submitted"
            else f", in the {finding.version} version"
            if finding.version
            else ""
        )
        yield Line("credit", f"{finding.verdict.value}{reason}{where}, under {finding.policy} {finding.policy_version}")
        for quote in finding.evidence:
            place = f" (page {quote.page})" if quote.page else f" ({quote.section})" if quote.section else ""
            yield Line("credit", f"“{quote.quote}”{place}, rule {quote.rule}")
    for match in matches.every(store, work_id=work.id):
        yield from _match(match, f"project {match.project_id}")
    yield from _said(decisions.every(store, work_id=work.id))
    yield from _sent(store, work.id)
    for duty in facts.today(store, policies, now=now):
        if duty.work_id == work.id:
            yield Line(
                "duty",
                f"{duty.kind.value} {duty.state.value} for project {duty.project_id}: {duty.because}",
                _day(duty.due_on),
            )


def _project(store: Store, policies: Sequence[Policy], project: Project, now: datetime) -> Iterator[Line]:
    yield Line("project", f"{project.id}: {project.title}")
    yield Line(
        "project",
        f"{project.institution or 'no institution'}, {project.started_on or '?'} to {project.ended_on or '?'}",
    )
    if project.lead:
        yield Line("project", f"lead {project.lead.name}")
    if project.members:
        yield Line("project", "members " + ", ".join(member.name for member in project.members))
    if project.datasets:
        yield Line("project", "data sets " + ", ".join(project.datasets))
    found = matches.every(store, project_id=project.id)
    titles = works.some(store, [match.work_id for match in found])
    for match in found:
        work = titles.get(match.work_id)
        yield from _match(match, f"work {match.work_id}, {work.title if work else 'gone'}")
    yield from _said(decisions.every(store, project_id=project.id))
    for duty in facts.today(store, policies, now=now):
        if duty.project_id == project.id:
            about = f" for work {duty.work_id}" if duty.work_id else ""
            yield Line("duty", f"{duty.kind.value} {duty.state.value}{about}: {duty.because}", _day(duty.due_on))


def _sent(store: Store, work_id: int) -> Iterator[Line]:
    """Every list that the work stands in, as it went to the provider, and every row of the provider's own list that shows it."""
    for row in references.of_work(store, work_id):
        about = f"{row['name']}, for project {row['project_id']}"
        text = html.unescape(re.sub(r"</?(?:i|b|sup|sub)>", "", row["formatted"]))
        if row["state"] == "sent":
            yield Line("list", f"{about}: {row['how'] or 'sent'}, receipt: {row['receipt']}", row["sent_at"])
        else:
            standing = "on its way by mail" if row["outbox_key"] else "a draft, not sent"
            yield Line("list", f"{about}: {standing}", row["made_at"])
        yield Line("list", f"  {text}")
    for row in listings.of_work(store, work_id):
        under = f"under project {row['project_id']}" if row["project_id"] else "under no project"
        kind = f" ({row['kind'].replace('_', ' ')})" if row["kind"] else ""
        yield Line(
            "listed", f"by the provider {under}, release {row['release']}, row {row['row']}{kind}", row["read_at"]
        )


def _match(match: Match, other: str) -> Iterator[Line]:
    yield Line("match", f"{match.band.value} ({match.score:.2f}) with {other}")
    for piece in sorted(queue.told(match), key=lambda piece: -piece.weight):
        yield Line("match", f"  {queue.mark(piece)} {piece.detail}")


def _said(found: Sequence[Decision]) -> Iterator[Line]:
    for decision in found:
        parts = [
            f"decision {decision.id}: {decision.answer.value}",
            f"project {decision.project_id}" if decision.project_id else "",
            f"work {decision.work_id}" if decision.work_id else "",
            f"only {decision.duty.value}" if decision.duty else "",
            f"until {decision.until}" if decision.until else "",
            f"by {decision.who} through {decision.through}",
            _records(decision),
            decision.note or "",
        ]
        yield Line("said", ", ".join(part for part in parts if part), stamp(decision.made_at))


def _records(decision: Decision) -> str:
    if decision.records is None:
        return ""
    between = "and" if decision.answer is Answer.JOINED else "from"
    return f"{' '.join(decision.records.record)} {between} {' '.join(decision.records.other)}"


def _day(day: object) -> str | None:
    return str(day) if day else None
