"""How it stands, in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from pubtrack.models import DutyState
from pubtrack.obligations import facts
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, addresses, counts, letters, people, runs


def rows(store: Store, policies: Sequence[Policy], *, now: datetime) -> list[tuple[str, str]]:
    """Given a moment, return what is known, open and wrong, as pairs of a name and a value."""
    known = counts.known(store)
    states = Counter(duty.state for duty in facts.today(store, policies, now=now))
    last = runs.newest(store, "run")
    found = [
        ("projects", f"{known['projects']} ({known['leads']} with a lead)"),
        ("works", f"{known['works']} from {known['sightings']} records"),
        ("matches", ", ".join(f"{known[band]} {band}" for band in ("accept", "review", "reject"))),
        ("duties", ", ".join(f"{states[state]} {state.value}" for state in DutyState if states[state]) or "none"),
        ("messages", ", ".join(f"{number} {state}" for state, number in counts.messages(store).items()) or "none"),
        ("people", people_left_alone(store, now.date())),
        ("reference lists", f"{known['lists_sent']} sent, {known['lists_draft']} to send"),
        ("last run", f"{last['started_at']}, {last['state']}" if last else "never"),
    ]
    for source, watermark, state, error in counts.sources(store):
        found.append(
            (
                f"source {source}",
                _reached(watermark, state) + (f"; {state}: {error}" if error else ""),
            )
        )
    return found


def people_left_alone(store: Store, today: date) -> str:
    """Return how many are not written to, and why: their matters are staff's. With what to type to see them."""
    out, away = len(people.opted_out(store)), sum(today <= until for until in people.away(store).values())
    dead = len(addresses.switched_off(store))
    found = [
        f"{out} want no messages" if out else "",
        f"{away} on leave" if away else "",
        f"{dead} dead addresses (pubtrack outbox addresses)" if dead else "",
    ]
    return ", ".join(part for part in found if part) or "all can be written to"


def sentence(store: Store, policies: Sequence[Policy], *, now: datetime) -> str:
    """Given a moment, return one sentence on what waits for a person."""
    states = Counter(duty.state for duty in facts.today(store, policies, now=now))
    asked = counts.known(store)["asked"]
    waiting = [
        f"{states[DutyState.OVERDUE]} overdue" if states[DutyState.OVERDUE] else "",
        f"{states[DutyState.DUE]} due" if states[DutyState.DUE] else "",
        f"{asked} to review (pubtrack review)" if asked else "",
        f"{read} to read (pubtrack letters)" if (read := len(letters.waiting(store))) else "",
        f"{lost} uncertain (pubtrack outbox --state uncertain)"
        if (lost := counts.messages(store).get("uncertain", 0))
        else "",
    ]
    return "Waiting: " + (", ".join(part for part in waiting if part) or "nothing") + "."


def _reached(watermark: str | None, state: str) -> str:
    if watermark:
        return f"complete up to {watermark}"
    return "complete" if state == "complete" else "not complete yet"
