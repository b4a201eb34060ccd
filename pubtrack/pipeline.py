"""The stages in their order. A failing stage is written down and the next one runs; the run log says what happened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pubtrack import clock
from pubtrack.errors import BreakerOpen, PubtrackError, UsageError
from pubtrack.models import Progress, StageReport, silent
from pubtrack.store import Store, runs

if TYPE_CHECKING:
    from pubtrack.config import Settings
    from pubtrack.credit.stage import Fetch
    from pubtrack.discovery.model import Source
    from pubtrack.models import Work
    from pubtrack.obligations.policy import Policy
    from pubtrack.reminders.channels import Channel

log = logging.getLogger(__name__)

Act = Callable[[], StageReport]
Link = Callable[[int, Sequence[str]], str]
Cite = Callable[["Work"], str]
Listen = Callable[[Store, datetime], StageReport]


@dataclass(slots=True)
class RunReport:
    """What a whole run did: every stage's report in order, and the exit code it comes to."""

    reports: list[StageReport] = field(default_factory=list)
    exit_code: int = 0


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    sources: Sequence[Source],
    fetch: Fetch | None,
    channels: Mapping[str, Channel],
    send: bool = False,
    link: Link | None = None,
    listen: Listen | None = None,
    cite: Cite | None = None,
    workers: int | None = None,
    dask: str | None = None,
    progress: Progress = silent,
) -> RunReport:
    """Run every stage once, in order. Nothing leaves without `send`. `workers` and `dask` say where copies are read (pubtrack.executor).

    `link` gives a person and the keys of duties that person's page; `listen` reads the mailbox, so that what was answered is not
    asked. Both are None where they are not configured. `cite` writes a reference as it goes to the provider.
    A stage that fails does not stop the others. Raise DatabaseLocked if another run holds the database.
    """
    from pubtrack.credit import stage as credit
    from pubtrack.digest import stage as digest
    from pubtrack.discovery import reported
    from pubtrack.discovery import stage as discovery
    from pubtrack.matching import stage as matching
    from pubtrack.references import stage as references
    from pubtrack.register import stage as register
    from pubtrack.reminders import delivery
    from pubtrack.reminders import stage as reminders

    stages: dict[str, Act] = {
        "register": lambda: register.run(store, settings, now=now, progress=progress),
        "discover": lambda: discovery.run(store, settings, now=now, sources=sources, progress=progress),
        "reported": lambda: reported.run(store, settings, now=now, sources=sources, fetch=fetch, progress=progress),
        "shortlist": lambda: matching.run(store, settings, now=now, progress=progress),
        "credit": lambda: credit.run(
            store, settings, now=now, policies=policies, fetch=fetch, workers=workers, dask=dask, progress=progress
        ),
        "match": lambda: matching.run(store, settings, now=now, progress=progress),
        "references": lambda: references.run(store, settings, now=now, policies=policies, progress=progress),
        "remind": lambda: reminders.run(
            store, settings, now=now, policies=policies, send=send, link=link, cite=cite, progress=progress
        ),
        "digest": lambda: digest.run(
            store,
            settings,
            now=now,
            policies=policies,
            send=send,
            progress=progress,
            attach=month_files(store, settings, policies, now),
        ),
    }
    if listen is not None:
        heard = listen
        stages = {"listen": lambda: heard(store, now)} | stages
    if send:
        stages["deliver"] = lambda: delivery.run(store, settings, now=now, channels=channels, progress=progress)

    return _each(store, stages, now=now)


def month_files(
    store: Store, settings: Settings, policies: Sequence[Policy], now: datetime
) -> Callable[[Sequence[tuple[str, int]], str], dict[str, bytes]]:
    """Return what makes the sheet and the BibTeX that go along with a digest, from pairs of project and work and a name."""

    def made(new: Sequence[tuple[str, int]], name: str) -> dict[str, bytes]:
        from pubtrack.references import monthly

        return monthly.files(store, settings, policies, new, name, now.date())

    return made


def _each(store: Store, stages: Mapping[str, Act], *, now: datetime) -> RunReport:
    """Run the stages in their order, under the database's lock."""
    result = RunReport()
    with store.exclusive("pubtrack run", now=now):
        whole = runs.start(store, "run", as_of=now.date().isoformat(), at=clock.stamp(now))
        for name, act in stages.items():
            report, code = run_one(store, name, act, now=now)
            result.reports.append(report)
            result.exit_code = worse(result.exit_code, code)
        summary = StageReport("run", faults=[fault for report in result.reports for fault in report.faults])
        runs.finish(store, whole, summary, at=clock.stamp(now), failed=result.exit_code == 1)
    return result


def run_one(store: Store, name: str, act: Act, *, now: datetime, typed: bool = False) -> tuple[StageReport, int]:
    """Given a stage's name and its act, run it, log it, and return its report and exit code.

    An error becomes a fault of the report: what one stage could not do is said, and the next stage runs. What a person `typed` wrongly
    is told to that person alone: it is nothing that failed, and no digest tells it.
    """
    began = clock.monotonic()
    run_id = runs.start(store, name, as_of=now.date().isoformat(), at=clock.stamp(now))
    failed, code, slip = False, 0, False
    try:
        report = act()
        code = 4 if report.faults else 0
    except PubtrackError as error:
        report, failed = StageReport(name, faults=[str(error)]), True
        slip = typed and isinstance(error, UsageError)
        code = 5 if isinstance(error, BreakerOpen) else error.exit_code
    except Exception as error:
        log.exception("Stage failed unexpectedly. stage=%s", name)
        report, failed = StageReport(name, faults=[f"unexpected: {type(error).__name__}: {error}"]), True
        code = 1
    report.stage = name
    elapsed = clock.monotonic() - began
    kept = StageReport(name) if slip else report
    runs.finish(store, run_id, kept, at=clock.stamp(now + timedelta(seconds=elapsed)), failed=failed)
    log.info(
        "Stage finished. stage=%s seconds=%.2f counts=%s faults=%d", name, elapsed, report.counts, len(report.faults)
    )
    return report, code


def worse(one: int, other: int) -> int:
    """Given two exit codes, return the one the operator must know of: unexpected, then breaker, configuration, faults, fine."""
    order = (0, 4, 2, 3, 5, 1)
    return max(one, other, key=order.index)
