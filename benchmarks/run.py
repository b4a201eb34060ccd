"""Measure whole commands as their user would run them, each beside a plain peer in the same run: `make bench`.

Each row is the median of several runs of a fresh process; `peer` is the least that the same work could cost (reading the
workbook, parsing the JSON, importing click). Machines differ; the ratio travels better than the seconds.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from pubtrack import sample

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
WORKBOOK = DATA / "cbs" / "Projecten_met_bestanden_einddatum_voor_2025_.xlsx"
WORKS = DATA / "crossref" / "works.jsonl.gz"


@dataclass(frozen=True)
class Cost:
    """What one process cost: wall seconds, peak resident megabytes, and seconds of CPU, which other work on the machine changes less."""

    seconds: float
    megabytes: float
    cpu: float = 0.0


def cost(command: list[str], *, cwd: Path) -> Cost:
    """Given a command, run it to its end and return what it cost. Raise CalledProcessError if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    said = process.stderr.read() if process.stderr else b""
    if os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command, stderr=said)
    return Cost(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def median(runs: list[Cost]) -> Cost:
    """Given several runs, return their median seconds and largest memory."""
    seconds, cpu = (statistics.median(getattr(run, name) for run in runs) for name in ("seconds", "cpu"))
    return Cost(seconds, max(run.megabytes for run in runs), cpu)


def python(code: str) -> list[str]:
    """Given a line of code, return the command that runs it."""
    return [sys.executable, "-c", code]


def pubtrack(*words: str) -> list[str]:
    """Given the words of a command, return the command."""
    return [sys.executable, "-m", "pubtrack", *words]


def idle_service(folder: Path) -> Cost:
    """Return the memory of a service that has done its run and waits."""
    with subprocess.Popen(pubtrack("service"), cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            inside = psutil.Process(process.pid)
            until = time.monotonic() + 60
            time.sleep(2)
            while inside.children() and time.monotonic() < until:
                time.sleep(0.2)
            return Cost(0.0, inside.memory_info().rss / 1024**2)
        finally:
            process.terminate()


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="pubtrack-bench-"))
    try:
        measure(folder)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path) -> None:
    """Given an empty folder, run every measurement in it and print the table."""
    sample.write(folder / "config")

    def fresh() -> None:
        for file in folder.glob("pubtrack.db*"):
            file.unlink()

    def several(command: list[str], number: int = 5, before: Callable[[], None] = lambda: None) -> Cost:
        runs = []
        for _ in range(number):
            before()
            runs.append(cost(command, cwd=folder))
        return median(runs)

    print(f"{'':44} {'seconds':>8} {'MB':>6}   {'peer s':>7} {'ratio':>6}   wanted")

    def row(what: str, ours: Cost, peer: Cost | None, wanted: str) -> None:
        beside = f"{peer.seconds:7.2f} {ours.seconds / peer.seconds:6.1f}" if peer else f"{'':7} {'':6}"
        seconds = f"{ours.seconds:8.2f}" if ours.seconds else f"{'':8}"
        print(f"{what:44} {seconds} {ours.megabytes:6.0f}   {beside}   {wanted}", flush=True)

    row("pubtrack --help", several(pubtrack("--help")), several(python("import click")), "< 0.3 s")
    if not DATA.is_dir():
        print(f"The other rows need the real records ({DATA.name} beside the project); they are not there.")
        return
    read = python(f"import python_calamine as c; c.load_workbook({str(WORKBOOK)!r}).get_sheet_by_index(0).to_python()")
    row(
        "register the CBS workbook (19,648 rows)",
        several(pubtrack("register", str(WORKBOOK)), 3, fresh),
        several(read, 3),
        "< 3 s",
    )
    parse = python(f"import gzip, json; [json.loads(line) for line in gzip.open({str(WORKS)!r})]")
    row("import 10,489 works", several(pubtrack("import", str(WORKS)), 3, fresh), several(parse, 3), "< 10 s, < 300 MB")
    cost(pubtrack("register", str(WORKBOOK)), cwd=folder)
    row("the first run on them, 1,660 projects", cost(pubtrack("run"), cwd=folder), None, "")
    row("a run with nothing new", several(pubtrack("run"), 3), None, "< 3 s")
    row("an idle service", idle_service(folder), None, "< 100 MB")


if __name__ == "__main__":
    main()
