"""Read one month from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from typing import TypeVar

from pubtrack import clock, identifiers
from pubtrack.config import Settings
from pubtrack.digest.model import Digest, OpenRow, OverdueRow, ProjectReferences, Question, SentList
from pubtrack.digest.month import Month
from pubtrack.digest.verdicts import verdicts
from pubtrack.digest.years import met_days, terms, twelve
from pubtrack.models import Answer, Band, Duty, DutyKind, DutyState, Verdict, Work
from pubtrack.obligations import facts as room
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, counts, digests, letters, references, reports, runs

Pair = tuple[str, int]
Key = TypeVar("Key")

_REFERENCES, _INSTITUTES, _QUESTIONS, _FAILURES, _NAMED = 10, 15, 5, 8, 20  # shown; what is left out is counted
_OPEN = (DutyState.OVERDUE, DutyState.DUE, DutyState.UNCLEAR, DutyState.UPCOMING)


def gather(
    store: Store, settings: Settings, policies: Sequence[Policy], month: Month, *, now: datetime
) -> tuple[Digest, list[Pair]]:
    """Given a month, return what happened in it and what is open now, and the pairs of project and work that are new."""
    since, until = clock.stamp(month.begins(now.tzinfo)), clock.stamp(month.next.begins(now.tzinfo))
    facts = room.gather(store)
    owed = duties(facts, policies, now.date())
    standings = outputs(facts.matches, facts.decisions)
    # The publications of the ledger: an output of a kind that no policy counts owes nothing and is none here either.
    counted = {
        (duty.project_id, duty.work_id)
        for duty in owed
        if duty.work_id is not None and standings[duty.project_id, duty.work_id].counts
    }
    found = _found(store, facts, counted)
    new = sorted(pair for pair, at in found.items() if since <= at < until)
    sent, arrived = digests.sent(store), digests.arrived(store)
    met = met_days(owed, facts, counted, _days(sent, now.tzinfo), _days(arrived, now.tzinfo))
    lists = _sent(store, since, until)
    shown = _institutes(facts, owed, (settings.institution.name, settings.institution.name_en))
    asked = sorted(
        pair for pair, standing in standings.items() if standing is Standing.ASKED and pair[1] in facts.works
    )
    failures = _failures(store, since, until)
    named = _overdue(facts, owed) if settings.digest.names else []
    reported, read = {work_id for _, work_id in facts.reported}, bool(references.releases(store))
    provider = policies[0].provider if policies else None
    language = settings.digest.language or settings.institution.language
    works = {work_id for _, work_id in counted}
    digest = Digest(
        month=str(month),
        made_on=now.date(),
        institution=_named(settings.institution.name, settings.institution.name_en, language),
        provider=_named(provider.name_nl or provider.name, provider.name, language) if provider else "",
        new=_new(store, facts, new[:_REFERENCES]),
        new_count=len(new),
        credit=verdicts(facts, policies, works, {work_id for _, work_id in new}, month.year),
        sent=lists,
        arrived=sum(since <= at < until for at in arrived.values()),
        not_arrived=len(reported - facts.listed) if read else 0,
        by_kind=tuple(_in_order(_open_rows((duty.kind.value, duty) for duty in owed))),
        by_institute=tuple(shown[:_INSTITUTES]),
        institutes_left_out=max(0, len(shown) - _INSTITUTES),
        asked=len(asked),
        letters=len(letters.waiting(store)),
        reports=len(reports.waiting(store)),
        questions=tuple(Question(project, facts.works[work_id].title) for project, work_id in asked[:_QUESTIONS]),
        failures=tuple(failures[:_FAILURES]),
        failures_left_out=max(0, len(failures) - _FAILURES),
        undelivered=tuple(digests.undelivered(store, since, until).items()),
        terms=terms(owed, met, month.year, month.next.begins(None).date() - timedelta(days=1)),
        months=twelve(
            month,
            [Month.of(day) for day in _days(found, now.tzinfo).values()],
            Counter(Month.of(day) for day in _days(sent, now.tzinfo).values()),
            [Month.of(day) for day in _days(arrived, now.tzinfo).values()],
        ),
        named=tuple(named[:_NAMED]),
        named_left_out=max(0, len(named) - _NAMED),
        began_after=_began_after(store, until, now),
        unsure=_unsure(facts, standings, counted, owed)
        + ((("no list", len(reported)),) if reported and not read else ()),
    )
    return digest, new


def _days(stamps: Mapping[Key, str], zone: tzinfo | None) -> dict[Key, date]:
    return {key: clock.moment(at).astimezone(zone).date() for key, at in stamps.items()}


def _institutes(facts: room.Facts, owed: Sequence[Duty], own: Sequence[str | None]) -> list[OpenRow]:
    """Return the institutes with something due or overdue, the most overdue first; units of our `own` by their name alone."""
    names = {project.id: _unit(project.institution or "", own) for project in facts.projects}
    rows = _open_rows((names[duty.project_id], duty) for duty in owed)
    rows.sort(key=lambda row: (-row.overdue, -row.due, row.name.casefold()))
    return [row for row in rows if row.overdue or row.due]


def _unit(institution: str, own: Sequence[str | None]) -> str:
    whole, _, unit = institution.partition("_")
    return unit if unit and whole in own else institution.replace("_", ", ")


def _overdue(facts: room.Facts, owed: Sequence[Duty]) -> list[OverdueRow]:
    """Return the overdue duties with their leads, the longest overdue first."""
    projects = {project.id: project for project in facts.projects}
    rows = []
    for duty in owed:
        if duty.state is DutyState.OVERDUE and duty.due_on is not None:
            project = projects[duty.project_id]
            lead = f"{project.lead.given} {project.lead.family}".strip() if project.lead else ""
            title = facts.works[duty.work_id].title if duty.work_id is not None else project.title
            rows.append(OverdueRow(project.id, lead, duty.kind.value, title, duty.due_on))
    return sorted(rows, key=lambda row: (row.due_on, row.project_id, row.kind, row.title))


def _named(dutch: str, english: str | None, language: str) -> str:
    return english or dutch if language == "en" else dutch


def _began_after(store: Store, until: str, now: datetime) -> date | None:
    began = digests.began(store)
    return clock.moment(began).astimezone(now.tzinfo).date() if began and began >= until else None


def _found(store: Store, facts: room.Facts, counted: Collection[Pair]) -> dict[Pair, str]:
    """Return when each reference became one: when its work was first seen or, if the machine was not sure, when a person said so."""
    seen = digests.first_seen(store, {work_id for _, work_id in counted})
    sure = {(match.project_id, match.work_id) for match in facts.matches if match.band is Band.ACCEPT}
    found = {pair: seen[pair[1]] for pair in counted}
    for decision in sorted(facts.decisions, key=lambda made: made.made_at, reverse=True):  # the first to say so counts
        if decision.project_id is None or decision.work_id is None or decision.answer is not Answer.MINE:
            continue
        pair = decision.project_id, decision.work_id
        if pair in found and pair not in sure:
            found[pair] = max(clock.stamp(decision.made_at), seen[pair[1]])
    return found


def _new(store: Store, facts: room.Facts, pairs: Sequence[Pair]) -> tuple[ProjectReferences, ...]:
    written = digests.formatted(store)
    titles = {project.id: project.title for project in facts.projects}
    groups: dict[str, list[str]] = {}
    for pair in pairs:
        groups.setdefault(pair[0], []).append(written.get(pair) or _plain(facts.works[pair[1]]))
    return tuple(
        ProjectReferences(project_id, titles[project_id], tuple(sorted(lines, key=str.casefold)))
        for project_id, lines in groups.items()
    )


def _plain(work: Work) -> str:
    """Return a work that no list of ours holds as a plain line: authors (year). Title. Where. Link, and what befell it."""
    names = [str(author.get("family") or author.get("literal") or "") for author in work.authors]
    who = ", ".join(name for name in names[:3] if name) + (" et al." if len(names) > 3 else "")
    issued = f"({work.issued.year})" if work.issued else ""
    where = str(work.csl.get("container-title") or work.csl.get("publisher") or "")
    link = identifiers.doi_address(work.doi) if work.doi else str(work.csl.get("URL") or "")
    said = ". ".join(part for part in (f"{who} {issued}".strip(), work.title.rstrip("."), where) if part)
    flag = " [RETRACTED]" if work.retracted else " [CORRECTED]" if work.corrected else ""
    return escape(f"{said}. {link}".strip() + flag, quote=False)


def _sent(store: Store, since: str, until: str) -> tuple[SentList, ...]:
    return tuple(
        SentList(row["name"], int(row["items"]), clock.moment(row["sent_at"]).date(), row["receipt"] or "")
        for row in references.lists(store)
        if row["state"] == "sent" and since <= row["sent_at"] < until
    )


def _open_rows(named: Iterable[tuple[str, Duty]]) -> list[OpenRow]:
    counted: dict[str, Counter[DutyState]] = {}
    for name, duty in named:
        counted.setdefault(name, Counter())[duty.state] += 1
    return [OpenRow(name, *(states[state] for state in _OPEN)) for name, states in counted.items()]


def _in_order(rows: Iterable[OpenRow]) -> list[OpenRow]:
    order = [kind.value for kind in DutyKind]
    return sorted(rows, key=lambda row: order.index(row.name))


def _failures(store: Store, since: str, until: str) -> list[str]:
    """Return what failed within the month, each once with how often, and what is still broken now."""
    times: Counter[str] = Counter()
    log = [row for row in runs.every(store, since=since) if row["started_at"] < until and row["stage"] != "run"]
    # A run that was cut off and made good on the same day lost nothing: there is nothing to tell.
    made_good = {(row["stage"], row["as_of"]) for row in log if row["state"] == "done"}
    for row in log:
        for fault in row["faults"]:
            times[f"{row['stage']}: {fault}"] += 1
        if row["state"] == "interrupted" and (row["stage"], row["as_of"]) not in made_good:
            times[f"{row['stage']}: interrupted"] += 1
    said = [f"{fault} ({number}x)" if number > 1 else fault for fault, number in times.items()]
    said += [f"{source}: {error}" for source, _, state, error in counts.sources(store) if state == "failed" and error]
    return list(dict.fromkeys(said))


def _unsure(
    facts: room.Facts,
    standings: Mapping[Pair, Standing],
    counted: Collection[Pair],
    owed: Sequence[Duty],
) -> tuple[tuple[str, int], ...]:
    works = {work_id for _, work_id in counted}
    findings = {work_id: finding for (work_id, _), finding in facts.findings.items() if work_id in works}
    vague = [facts.works[work_id].issued for work_id in works]
    told = (
        ("unconfirmed", sum(standings[pair] is Standing.ACCEPTED for pair in counted)),
        ("unreadable", sum(finding.verdict is Verdict.UNREADABLE for finding in findings.values())),
        ("vague date", sum(issued is None or issued.day is None for issued in vague)),
        ("no lead", len({duty.project_id for duty in owed if duty.person_id is None})),
    )
    return tuple((name, number) for name, number in told if number)
