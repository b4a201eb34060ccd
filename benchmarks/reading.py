"""How fast copies are read: python -m benchmarks.reading [--json]

From the file to the verdict on one core, beside the same rules on the text that pdfminer.six gives; what the worker's isolation costs on
a paper of 14 pages; and how much the parent's memory grows over PUBTRACK_DOCUMENTS documents (1,000; 10,000 in `make soak`). The documents
are made here, with a fixed seed. Times are of the processor, the worker's and its children's with ours, and what is compared takes
turns: so that what else runs on the machine weighs on all alike.
"""

from __future__ import annotations

import io
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from pdfminer.high_level import extract_text
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pubtrack.credit import readers
from pubtrack.credit.check import READER, check_file, judge_for
from pubtrack.credit.readers import pdf
from pubtrack.credit.text import Block, Text
from pubtrack.obligations.policy import load

POLICY = load(Path(__file__).parents[1] / "config" / "policies" / "cbs-microdata.toml")
WORDS = """the of data mobility household income we show that children in regions with more schools earn later wages model results
table estimate effect sample and a is between cities years after moving parents work school statistics survey""".split()  # noqa: SIM905
PAGES = 14
ROUNDS, EACH = 7, 12
DOCUMENTS = int(os.environ.get("PUBTRACK_DOCUMENTS", "1000"))


def paper(seed: int, pages: int = PAGES) -> bytes:
    """Given a seed, return a paper of 14 pages of 55 lines; every other one credits the provider."""
    chance = random.Random(seed)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for page in range(pages):
        canvas.setFont("Helvetica", 9)
        for line in range(55):
            canvas.drawString(60, 800 - 13 * line, " ".join(chance.choice(WORDS) for _ in range(14)) + ".")
        if page == min(9, pages - 1) and seed % 2:
            canvas.drawString(60, 60, "We use microdata from Statistics Netherlands on all households.")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def spent(of: psutil.Process | None) -> float:
    """Return the seconds of processor that we took, and with us a worker and all that it has waited for."""
    ours = time.process_time()
    if of is None:
        return ours
    theirs = of.cpu_times()
    return ours + theirs.user + theirs.system + theirs.children_user + theirs.children_system


def seconds(action: Callable[[], object], times: int, of: psutil.Process | None = None) -> float:
    """Return the seconds of processor that an action takes, a mean of several; the kernel counts a process's in hundredths."""
    began = spent(of)
    for _ in range(times):
        action()
    return (spent(of) - began) / times


def peer(path: Path) -> str:
    """The same rules on the text of pdfminer.six."""
    text = Text("pdf", (Block(extract_text(str(path))),))
    return judge_for(POLICY)(text, reader=READER).verdict.value


def speeds() -> dict[str, float]:
    """Return the figures of speed: medians over rounds in which all take their turn."""
    with tempfile.TemporaryDirectory() as folder, readers.Reader() as reader:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(paper(1))
        data = path.read_bytes()
        for _ in range(5):
            assert check_file(path, POLICY, reader=reader).verdict.value == "credited"
        assert peer(path) == "credited"
        (worker,) = psutil.Process().children()
        rounds = []
        for _ in range(ROUNDS):
            inside = seconds(lambda: pdf.read(data), EACH)
            kept = seconds(lambda: reader.read(data), EACH, worker)
            verdict = seconds(lambda: check_file(path, POLICY, reader=reader), EACH, worker)
            other = seconds(lambda: peer(path), 1)
            rounds.append((inside, kept, verdict, other, kept / inside, other / verdict))
    inside, kept, verdict, other, overhead, times = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "documents/s, file to verdict": 1 / verdict,
        "pages/s, file to verdict": PAGES / verdict,
        "pages/s, pdfminer.six with the same rules": PAGES / other,
        "times as fast as pdfminer.six": times,
        "  in the worst round": min(one[-1] for one in rounds),
        "pages/s, the reader alone, no worker": PAGES / inside,
        "worker overhead, %": 100 * (overhead - 1),
    }


def memory(number: int) -> dict[str, float]:
    """Return how the parent's memory grows over so many documents, of a few sizes and with a bad one among ten."""
    made = [paper(seed, pages=1 + seed % 5) for seed in range(9)]
    made.append(made[0][: len(made[0]) // 2])
    ourselves = psutil.Process()
    seen = []
    with tempfile.TemporaryDirectory() as folder, readers.Reader() as reader:
        path = Path(folder) / "paper.pdf"
        for place in range(number):
            path.write_bytes(made[place % len(made)])
            check_file(path, POLICY, reader=reader)
            if place >= number // 10 and place % (number // 50 or 1) == 0:
                seen.append((place / 1_000, ourselves.memory_info().rss / 1024))
    slope = statistics.linear_regression(*zip(*seen, strict=True)).slope
    return {
        f"parent's memory after {number:,} documents, MB": seen[-1][1] / 1024,
        "  growth, kB for 1,000 documents": slope,
    }


def main() -> None:
    """Print the table."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    figures = speeds() | memory(DOCUMENTS)
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:50} {figure:9.1f}")


if __name__ == "__main__":
    main()
