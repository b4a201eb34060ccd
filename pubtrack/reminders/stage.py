"""Reminders: duties -> messages. Previews without `send`; with it they are queued, never sent, here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

from pubtrack.clock import moment, stamp
from pubtrack.config import Settings
from pubtrack.errors import BreakerOpen
from pubtrack.models import Duty, DutyKind, DutyState, Message, Person, Progress, StageReport, Work, silent
from pubtrack.obligations import facts
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.model import Facts
from pubtrack.obligations.policy import Policy
from pubtrack.reminders import previews
from pubtrack.reminders.messages import Envelope, render
from pubtrack.reminders.plan import History, People, Plan, Planned, Told, plan
from pubtrack.reminders.quiet import quiet, quiet_now
from pubtrack.reminders.routes import Address, Routes, channels, routes
from pubtrack.reminders.views import Known
from pubtrack.store import Store, addresses, outbox, projects
from pubtrack.store import people as people_table

# A person's id and the keys of the duties in the message -> the address of that person's page for answers.
Link = Callable[[int, Sequence[str]], str]
Cite = Callable[[Work], str]

_OPEN = (DutyState.DUE, DutyState.OVERDUE)
# A message in one of these states was, or may yet be, read by the person.
_TOLD = ("queued", "sending", "sent", "uncertain")


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    send: bool = False,
    link: Link | None = None,
    cite: Cite | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Given a moment, plan the day's messages: preview them, or with `send` queue them in the outbox.

    `link`, given a person's id and the keys of the duties in a message, returns the address of that person's page for answers: the
    same for the same, whenever it is asked. What follows its last slash is the token that Slack's buttons carry; a POST to it
    with the body List-Unsubscribe=One-Click (RFC 8058) ends the messages. Without `link` answers come by mail, and no button is
    shown. `cite` writes a reference as it goes to the provider.

    The first run that sends takes stock: it records what is open, and queues nothing. Raise BreakerOpen, queueing nothing, if
    there are more messages than `reminders.breaker`; ConfigError if `reminders.channel` names no channel.
    """
    report = StageReport("remind")
    local = now.astimezone(ZoneInfo(settings.institution.timezone))
    today, at = local.date(), stamp(now)
    known_facts = facts.gather(store)
    owed = duties(known_facts, policies, today)
    report.count("open", sum(duty.state in _OPEN for duty in owed))
    if send and not outbox.stock_taken(store):
        return _take_stock(store, report, owed, settings, at)
    if send:
        _take_back(store, report, owed, today)
    ways = channels(settings, needed=send)
    people = projects.people(store)
    reached = routes(people, ways, settings, _dead(store))
    planned = plan(owed, _history(store, settings), _people(store, reached), settings.reminders, today)
    known = replace(_known(known_facts, policies, people, settings), cite=cite, unreported=_unreported(owed))
    messages = _rendered(store, planned, known, reached, link, today)
    _tell_limits(report, planned, settings)
    if not send:
        notes = _preview_notes(store, planned, settings, now=local)
        folder = settings.reports / "previews"
        previews.write_all(report, folder, list(messages), known.people, notes=notes, today=today)
        return report
    if quiet(today, settings.reminders):
        report.notes.append(
            f"{today} is a quiet day: {_messages(len(planned.messages))} held back for the next other day."
        )
        return report
    _check_breaker(planned, settings)
    for number, (one, message) in enumerate(zip(planned.messages, messages, strict=True), start=1):
        queued = outbox.enqueue(store, message, at=at, rungs=one.rungs)
        report.count("queued" if queued else "queued before")
        progress(number, len(planned.messages), "messages")
    return report


def _rendered(
    store: Store, planned: Plan, known: Known, reached: Routes, link: Link | None, today: date
) -> Iterator[Message]:
    """Yield the planned messages in their order, each as it leaves."""
    threads = _Threads(store)
    for one in planned.messages:
        route = reached.contact if one.person_id is None else reached.found[one.person_id]
        envelope = Envelope(route.channel, route.address, can_reply=route.can_reply, again=route.second)
        page = partial(link, one.person_id) if link is not None and one.person_id is not None else None
        made = render(one, replace(known, page=page), envelope, today)
        yield replace(made, thread=threads.of(one))


def _take_stock(store: Store, report: StageReport, owed: Sequence[Duty], settings: Settings, at: str) -> StageReport:
    found = [duty.key for duty in owed if duty.state in _OPEN]
    if outbox.take_stock(store, found, at=at):
        report.count("stock", len(found))
        report.notes.append(
            f"This is the first run that sends: it took stock of {len(found)} open matters and told nobody."
            f" They may be told from {settings.reminders.stock_days} days on."
        )
    return report


def take_back(store: Store, settings: Settings, *, now: datetime, policies: Sequence[Policy]) -> StageReport:
    """Given a moment, take back what is queued and must not leave any more: called before a delivery without a run before it."""
    report = StageReport("take back")
    today = now.astimezone(ZoneInfo(settings.institution.timezone)).date()
    _take_back(store, report, duties(facts.gather(store), policies, today), today)
    return report


def _take_back(store: Store, report: StageReport, owed: Sequence[Duty], today: date) -> None:
    """Take back queued messages of which a matter is no longer owed, or whose person leads it no more, is away, wants no messages or
    is not at that address.

    What is answered is not asked. The rest is planned anew.
    """
    still = {duty.key: duty.person_id for duty in owed if duty.state in (DutyState.UPCOMING, *_OPEN)}
    away = {person_id for person_id, until in people_table.away(store).items() if today <= until}
    left_alone = away | people_table.opted_out(store)
    for row in outbox.queued_duties(store, "reminder"):
        person_id = row["person_id"]
        owed_still = all(key in still and person_id in (None, still[key]) for key in row["duties"])
        if (not owed_still or person_id in left_alone or row["dead"]) and outbox.supersede(store, row["id"]):
            report.count("taken back")


def _history(store: Store, settings: Settings) -> History:
    zone = ZoneInfo(settings.institution.timezone)

    @cache  # thousands of matters are told in a few moments
    def day(at: str) -> date:
        return moment(at).astimezone(zone).date()

    rows = outbox.told(store)
    days: dict[int | None, list[date]] = {}
    for person_id, at in outbox.disturbed(store, "reminder"):
        days.setdefault(person_id, []).append(day(at))
    return History(
        told=[
            Told(row["duty"], row["rung"], row["person_id"], day(row["told_at"]))
            for row in rows
            if row["state"] in _TOLD
        ],
        last={person_id: max(found) for person_id, found in days.items()},
        stock={row["duty"]: day(row["told_at"]) for row in rows if row["state"] == "stock"},
        lately=days,
    )


def _dead(store: Store) -> dict[Address, str]:
    """Return the addresses that are written to no more, and those that did not take the newest message to them."""
    return addresses.switched_off(store) | {
        (row["channel"], row["recipient"]): row["error"] or "refused"
        for row in outbox.newest(store, "reminder")
        if row["state"] == "failed"
    }


def _people(store: Store, reached: Routes) -> People:
    return People(
        reachable=reached.found.keys() | reached.refused.keys(),
        opted_out=people_table.opted_out(store),
        refused=reached.refused,
        away=people_table.away(store),
    )


class _Threads:
    """The first message to a person about each matter: what later ones refer to."""

    def __init__(self, store: Store) -> None:
        self._first: dict[tuple[str, int | None], tuple[int, str]] = {}
        for row in outbox.told(store):
            if row["state"] in ("sent", "uncertain") and row["message_id"]:
                self._first.setdefault((row["duty"], row["person_id"]), (row["outbox_id"], row["message_id"]))

    def of(self, planned: Planned) -> tuple[str, ...]:
        firsts = {self._first.get((matter.duty.key, planned.person_id)) for matter in planned.matters} - {None}
        return tuple(name for _, name in sorted(first for first in firsts if first))


def _known(known: Facts, policies: Sequence[Policy], people: Sequence[Person], settings: Settings) -> Known:
    return Known(
        projects={project.id: project for project in known.projects},
        works=known.works,
        findings=known.findings,
        policies={policy.id: policy for policy in policies},
        people={person.id: person for person in people if person.id is not None},
        institution=settings.institution,
        given=known.given,
    )


def _unreported(owed: Sequence[Duty]) -> dict[tuple[str, str, int], str]:
    """Return who reports each publication that is not reported yet, by policy, project and work."""
    return {
        (duty.policy, duty.project_id, duty.work_id): duty.acts
        for duty in owed
        if duty.kind is DutyKind.REPORT and duty.work_id is not None and duty.state in (DutyState.UPCOMING, *_OPEN)
    }


def _check_breaker(planned: Plan, settings: Settings) -> None:
    limit = settings.reminders.breaker
    if len(planned.messages) > limit:
        raise BreakerOpen(
            f"{_messages(len(planned.messages))} would leave, more than reminders.breaker allows ({limit}), so none was queued."
            " Look at them with: pubtrack remind. Then raise breaker in reminders.toml, or set per_run there to spread them over days."
        )


def _tell_limits(report: StageReport, planned: Plan, settings: Settings) -> None:
    limits = settings.reminders
    if planned.too_soon:
        report.count("too soon", len(planned.too_soon))
    if planned.away:
        report.count("on leave", len(planned.away))
    if planned.over_cap:
        report.count("over the cap", len(planned.over_cap))
        report.notes.append(
            f"reminders.per_run is {limits.per_run}: {_messages(len(planned.over_cap))} held back for the next run."
        )
    if planned.over_week:
        report.count("over the week's cap", len(planned.over_week))
        report.notes.append(
            f"reminders.per_week is {limits.per_week}: {_messages(len(planned.over_week))} held back for the days to come."
        )
    if planned.in_stock:
        report.notes.append(f"{planned.in_stock} matters of the first stock wait out its {limits.stock_days} days.")


def _preview_notes(store: Store, planned: Plan, settings: Settings, *, now: datetime) -> list[str]:
    notes = []
    if not outbox.stock_taken(store):
        notes.append(
            "No run has sent anything yet. The first run with --send takes stock of what is open and sends none of these;"
            f" they may be told from {settings.reminders.stock_days} days after it."
        )
    if len(planned.messages) > settings.reminders.breaker:
        notes.append(
            f"There are {len(planned.messages)} messages, more than reminders.breaker allows ({settings.reminders.breaker}):"
            " a run with --send would queue none of them."
        )
    if quiet(now.date(), settings.reminders):
        notes.append(f"{now.date()} is a quiet day: a run with --send would queue none of them today.")
    elif quiet_now(now, settings.reminders):
        notes.append("These are quiet hours: a run with --send would queue them now, and they would leave after them.")
    return notes


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
