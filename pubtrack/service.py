"""The scheduled service: an hourly tick asks the database what is due. Nothing that matters is held in this process.

Each job is a process of its own (`pubtrack run`), so a job's memory goes back when it ends and a job that dies takes
nothing with it. Why not a schedule of jobs in memory? It would not survive a restart, and a job that raises would starve
the jobs after it; the run log in the database survives both.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

import schedule

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.store import Store, outbox, runs

log = logging.getLogger(__name__)

# What a job's process may take before it is ended; the next tick goes on where it stopped.
_LONGEST = 6 * 3600
# Seconds before the pages' process is started again after it ended by itself; each time twice as long, while it ends at once.
_PAUSE, _LONGEST_PAUSE = 5.0, 300.0


def due(store: Store, *, now: datetime, hour: int) -> bool:
    """Given the moment and the hour of the day from which the daily run may start, return whether it is due.

    It is due once a day. A gap of days is caught up by one run: windows and months reach back by themselves. A run
    that was cut off or failed unexpectedly is due again at once.
    """
    last = runs.newest(store, "run")
    if last is None or last["state"] in ("running", "interrupted", "failed"):
        return True
    return last["as_of"] < now.date().isoformat() and now.hour >= hour


def job(store: Store, *, now: datetime, hour: int, send: bool) -> list[str]:
    """Given the moment, return the words of the command that is due, none if nothing is.

    Between two daily runs messages leave that waited for the end of quiet hours, or for a second attempt.
    """
    if due(store, now=now, hour=hour):
        return ["run", "--quiet"]
    if send and outbox.waiting(store, at=clock.stamp(now)):
        return ["outbox", "deliver"]
    return []


def serve(
    settings: Settings,
    *,
    config_path: Path,
    database: Path,
    send: bool,
    once: bool = False,
    run_job: Callable[[list[str], threading.Event], int] | None = None,
) -> int:
    """Tick at once and then every hour until SIGTERM or SIGINT, and return 0; with `once`, tick once and return the job's exit code.

    Beside the jobs the pages are kept running where [web] is configured, and the mailbox is read every `mailbox.minutes`.
    `run_job` is given a command and an event that asks it to stop, and returns the exit code.
    """
    stop = threading.Event()
    last_code = 0
    here = ["-v", "--config", str(config_path.absolute()), "--database", str(database.absolute())]

    def leave(signum: int, _frame: FrameType | None) -> None:
        log.info("Service asked to stop. signal=%s", signal.Signals(signum).name)
        stop.set()

    def tick() -> None:
        nonlocal last_code
        now = clock.now(settings.institution.timezone)
        store = Store.open(database)
        try:
            wanted = job(store, now=now, hour=settings.service.hour, send=send)
        finally:
            store.close()
        if not wanted:
            return
        command = [sys.executable, "-m", "pubtrack", *wanted, *here] + (["--send"] if send else [])
        last_code = (run_job or _run)(command, stop)
        log.info("Job finished. job=%s exit_code=%d", wanted[0], last_code)

    def listen() -> None:
        code = (run_job or _run)([sys.executable, "-m", "pubtrack", "listen", *here], stop)
        log.info("Mailbox read. exit_code=%d", code)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    log.info("Service started. database=%s hour=%d send=%s", database, settings.service.hour, send)
    clockwork = schedule.Scheduler()
    clockwork.every().hour.do(_guarded(tick))
    if settings.mailbox is not None and not once:
        clockwork.every(settings.mailbox.minutes).minutes.do(_guarded(listen))
    pages = None
    if settings.web is not None and not once:
        pages = threading.Thread(
            target=_keep, args=([sys.executable, "-m", "pubtrack", "web", *here], stop), name="pages"
        )
        pages.start()
    clockwork.run_all()
    while not once and not stop.wait(timeout=max(1.0, min(60.0, clockwork.idle_seconds or 1.0))):
        clockwork.run_pending()
    if pages is not None:
        pages.join()
    return last_code if once else 0


def _keep(command: list[str], stop: threading.Event) -> None:
    """Given a command that runs for good, keep it running until `stop` is set: when it ends by itself it is started again."""
    pause = _PAUSE
    while not stop.is_set():
        began = clock.monotonic()
        try:
            process = subprocess.Popen(command)
        except OSError:
            log.exception("The pages could not be started.")
        else:
            with process:
                while process.poll() is None and not stop.wait(timeout=0.5):
                    pass
                if process.poll() is None:
                    _end(process)
            if stop.is_set():
                return
            log.warning("The pages ended by themselves. exit_code=%d again_in=%.0f", process.returncode, pause)
        stop.wait(pause)
        pause = _PAUSE if clock.monotonic() - began > _LONGEST_PAUSE else min(_LONGEST_PAUSE, pause * 2)


def _guarded(job: Callable[[], None]) -> Callable[[], None]:
    """Given a job, return one that never raises: an error that escapes `schedule` would make it due again at once, for ever."""

    def safe() -> None:
        try:
            job()
        except Exception:
            log.exception("Tick failed; the next one tries again.")

    return safe


def _run(command: list[str], stop: threading.Event) -> int:
    """Given a command, run it to its end, or until `stop` is set or it took too long; return its exit code."""
    until = clock.monotonic() + _LONGEST
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            if stop.wait(timeout=0.2) or clock.monotonic() > until:
                _end(process)
    return process.returncode if process.returncode >= 0 else 1  # ended by a signal: not done


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
