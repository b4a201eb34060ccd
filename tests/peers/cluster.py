"""A real dask.distributed cluster on this machine: a scheduler and two workers, each a process of its own that a test may kill."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT


class Cluster:
    """Its address, and its workers."""

    def __init__(self, address: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.address = address
        self.workers = workers

    def kill_one(self) -> None:
        """Kill one of the workers that are left, with SIGKILL."""
        worker = self.workers.pop()
        worker.kill()
        worker.wait()


@contextmanager
def cluster_of_two(folder: Path) -> Iterator[Cluster]:
    """Given a folder for logs and for what the workers spill, run a scheduler and two workers until the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> subprocess.Popen[bytes]:
        with (folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words, "--host", "127.0.0.1", "--no-dashboard"],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    try:
        start("scheduler", "distributed.cli.dask_scheduler", "--port", "0", "--no-show")
        address = _address(folder / "scheduler.log")
        work = ("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--local-directory")
        yield Cluster(address, [start(name, *work, str(folder / name)) for name in ("one", "two")])
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _address(log: Path) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if match := re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text(errors="replace")):
            return match.group(1)
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))
