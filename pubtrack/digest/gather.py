"""Read one month from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from html import escape

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.digest.model import VERDICTS, Digest, OpenRow, ProjectReferences, Question, SentList, VerdictRow
from pubtrack.digest.month import Month
from pubtrack.models import Answer, Band, Duty, DutyKind, DutyState, Finding, Verdict, Work
from pubtrack.obligations import facts as room
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.said import Said
from pubtrack.store import Store, counts, digests, references, runs

Pair = tuple[str, int]

_REFERENCES, _INSTITUTES, _QUESTIONS, _FAILURES = 25, 15, 5, 8  # shown; what is left out is counted
_OPEN = (DutyState.OVERDUE, DutyState.DUE, DutyState.UNCLEAR, DutyState.UPCOMING)


def gather(store: Store, settings: Settings, policies: Sequence[Policy], month: Month, *, now: datetime) -> Digest:
    """Given a month, return what happened in it, and what is open now."""
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
    institutes = {project.id: project.institution or "" for project in facts.projects}
    rows = _open_rows((institutes[duty.project_id].replace("_", ", "), duty) for duty in owed)
    rows.sort(key=lambda row: (-row.overdue, -row.due, row.name.casefold()))
    shown = [row for row in rows if row.overdue or row.due]
    asked = sorted(
        pair for pair, standing in standings.items() if standing is Standing.ASKED and pair[1] in facts.works
    )
    failures = _failures(store, since, until)
    reported, read = {work_id for _, work_id in facts.reported}, bool(references.releases(store))
    provider = policies[0].provider if policies else None
    language = settings.digest.language or settings.institution.language
    return Digest(
        month=str(month),
        made_on=now.date(),
        institution=_named(settings.institution.name, settings.institution.name_en, language),
        provider=_named(provider.name_nl or provider.name, provider.name, language) if provider else "",
        new=_new(store, facts, new[:_REFERENCES]),
        new_count=len(new),
        credit=_credit(facts, policies, {work_id for _, work_id in counted}, {work_id for _, work_id in new}),
        sent=_sent(store, since, until),
        arrived=len(digests.arrived(store, since, until)),
        not_arrived=len(reported - facts.listed) if read else 0,
        by_kind=tuple(_in_order(_open_rows((duty.kind.value, duty) for duty in owed))),
        by_institute=tuple(shown[:_INSTITUTES]),
        institutes_left_out=max(0, len(shown) - _INSTITUTES),
        asked=len(asked),
        questions=tuple(Question(project, facts.works[work_id].title) for project, work_id in asked[:_QUESTIONS]),
        failures=tuple(failures[:_FAILURES]),
        failures_left_out=max(0, len(failures) - _FAILURES),
        began_after=_began_after(store, until, now),
        unsure=_unsure(facts, standings, counted, owed)
        + ((("no list", len(reported)),) if reported and not read else ()),
    )


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
    link = f"https://doi.org/{work.doi}" if work.doi else str(work.csl.get("URL") or "")
    said = ". ".join(part for part in (f"{who} {issued}".strip(), work.title.rstrip("."), where) if part)
    flag = " [RETRACTED]" if work.retracted else " [CORRECTED]" if work.corrected else ""
    return escape(f"{said}. {link}".strip() + flag, quote=False)


def _credit(
    facts: room.Facts, policies: Sequence[Policy], counted: Collection[int], new: Collection[int]
) -> tuple[VerdictRow, ...]:
    said = Said(facts.decisions)
    in_all: Counter[str] = Counter()
    in_new: Counter[str] = Counter()
    for work_id in counted:
        findings = [facts.findings.get((work_id, policy.id)) for policy in policies]
        verdict = _verdict(said, work_id, next((finding for finding in findings if finding), None))
        in_all[verdict] += 1
        in_new[verdict] += work_id in new
    return tuple(VerdictRow(name, in_new[name], in_all[name]) for name in VERDICTS)


def _verdict(said: Said, work_id: int, finding: Finding | None) -> str:
    word = said.about("", work_id, DutyKind.CREDIT, None).newest(Answer.CREDITED, Answer.NOT_CREDITED)
    if word is not None:
        return (Verdict.CREDITED if word.answer is Answer.CREDITED else Verdict.ABSENT).value
    return finding.verdict.value if finding else "unread"


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
    messages = counts.messages(store)
    said += [f"outbox: {messages[state]} {state}" for state in ("failed", "uncertain") if messages.get(state)]
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
