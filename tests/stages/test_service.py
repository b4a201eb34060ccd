"""The service: once a day, after a gap once, again after a crash, one job at a time, and it never dies of a failed job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from pubtrack import clock, config, sample, service
from pubtrack.config import Settings
from pubtrack.models import Message, StageReport
from pubtrack.store import Store, outbox, runs
from tests.conftest import NOW

HOUR = 6


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    sample.write(tmp_path / "config")
    return config.load(tmp_path / "config" / "pubtrack.toml")


def ran(store: Store, when: datetime, *, failed: bool = False) -> None:
    run = runs.start(store, "run", as_of=when.date().isoformat(), at=clock.stamp(when))
    runs.finish(store, run, StageReport("run"), at=clock.stamp(when), failed=failed)


def cut_off(store: Store, when: datetime) -> None:
    runs.start(store, "run", as_of=when.date().isoformat(), at=clock.stamp(when))


DAY = timedelta(days=1)
CASES: list[tuple[str, Callable[[Store], None], datetime, bool]] = [
    ("it never ran", lambda _store: None, NOW.replace(hour=3), True),
    ("it ran today", lambda store: ran(store, NOW), NOW, False),
    ("it ran yesterday, and it is too early", lambda store: ran(store, NOW - DAY), NOW.replace(hour=HOUR - 1), False),
    ("it ran yesterday", lambda store: ran(store, NOW - DAY), NOW.replace(hour=HOUR), True),
    ("it was off for a month", lambda store: ran(store, NOW - 30 * DAY), NOW, True),
    ("it failed unexpectedly today", lambda store: ran(store, NOW, failed=True), NOW, True),
    ("it was killed today", lambda store: cut_off(store, NOW), NOW, True),
    ("the clock was set back", lambda store: ran(store, NOW + DAY), NOW, False),
]


@pytest.mark.parametrize(("before", "now", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_when_the_daily_run_is_due(
    store: Store, before: Callable[[Store], None], now: datetime, expected: bool
) -> None:
    before(store)

    assert service.due(store, now=now, hour=HOUR) is expected


def test_between_two_daily_runs_what_waited_leaves(store: Store) -> None:
    """Messages that quiet hours or a busy server held back do not wait for tomorrow; and nothing leaves unless the service may."""
    ran(store, NOW)
    message = Message("reminder/1/due/2026-11-16", "mail", "anna@example.org", "Subject", "Text", occasion="reminder")
    outbox.enqueue(store, message, at=clock.stamp(NOW))

    assert service.job(store, now=NOW, hour=HOUR, send=True) == ["outbox", "deliver"]
    assert service.job(store, now=NOW, hour=HOUR, send=False) == []
    outbox.claim(store, 1, at=clock.stamp(NOW))
    outbox.later(store, 1, "busy", next_attempt_at=clock.stamp(NOW + timedelta(hours=2)))
    assert service.job(store, now=NOW + timedelta(hours=1), hour=HOUR, send=True) == []
    assert service.job(store, now=NOW + timedelta(hours=2), hour=HOUR, send=True) == ["outbox", "deliver"]
    assert service.job(store, now=NOW + DAY, hour=HOUR, send=True) == ["run", "--quiet"]


def test_a_tick_runs_the_daily_run_with_the_same_configuration(settings: Settings, tmp_path: Path) -> None:
    """The job is `pubtrack run` with this configuration and database, and sends only when the service may."""
    asked: list[list[str]] = []

    def run_job(command: list[str], stop: threading.Event) -> int:
        asked.append(command[2:])
        return 4

    code = service.serve(
        settings,
        config_path=tmp_path / "config" / "pubtrack.toml",
        database=settings.database,
        send=True,
        once=True,
        run_job=run_job,
    )

    assert code == 4
    shared = ["--config", str(tmp_path / "config" / "pubtrack.toml"), "--database", str(settings.database)]
    assert asked == [["pubtrack", "run", "--quiet", "-v", *shared, "--send"]]


def test_a_tick_that_fails_does_not_end_the_service(settings: Settings, tmp_path: Path) -> None:
    """An error in a job is logged; the service goes on."""

    def run_job(command: list[str], stop: threading.Event) -> int:
        raise OSError("no process could be started")

    code = service.serve(
        settings, config_path=tmp_path / "x.toml", database=settings.database, send=False, once=True, run_job=run_job
    )

    assert code == 0


def test_the_service_runs_catches_up_and_stops_when_asked(settings: Settings, tmp_path: Path) -> None:
    """As its user would: started, it does the day's run at once, idles small, and leaves on SIGTERM."""
    environment = os.environ | {"PUBTRACK_CONFIG": str(settings.file)}
    command = [sys.executable, "-m", "pubtrack", "service", "-v"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                store = Store.open(settings.database)
                newest = runs.newest(store, "run")
                store.close()
                if newest and newest["state"] == "done":
                    break
                time.sleep(0.2)
            else:
                pytest.fail("the service did not do its first run within a minute")
            assert psutil.Process(process.pid).memory_info().rss < 100_000_000
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Service asked to stop. signal=SIGTERM" in said


def test_the_pages_are_kept_running_and_the_mailbox_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended by itself is started again; at the end both processes and threads are gone."""
    monkeypatch.setattr(service, "_PAUSE", 0.05)
    marks = tmp_path / "marks"
    stop = threading.Event()
    command = [sys.executable, "-c", f"open({str(marks)!r}, 'a').write('x')"]
    keeping = threading.Thread(target=service._keep, args=(command, stop))
    keeping.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (marks.exists() and len(marks.read_text()) >= 2):
        time.sleep(0.05)
    stop.set()
    keeping.join(10)

    assert not keeping.is_alive()
    assert len(marks.read_text()) >= 2


def test_pages_that_run_end_with_the_service(tmp_path: Path) -> None:
    stop = threading.Event()
    keeping = threading.Thread(target=service._keep, args=([sys.executable, "-c", "import time; time.sleep(60)"], stop))
    keeping.start()
    time.sleep(0.3)
    stop.set()
    keeping.join(10)

    assert not keeping.is_alive()
