"""How fast copies are read: python -m benchmarks.reading [--json]

From the file to the verdict on one core, beside the same rules on the text that pdfminer.six gives; and what the worker's isolation
costs on a paper of 14 pages. The documents are made here, with a fixed seed.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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


def paper(seed: int) -> bytes:
    """Given a seed, return a paper of 14 pages of 55 lines; every other one credits the provider."""
    chance = random.Random(seed)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for page in range(PAGES):
        canvas.setFont("Helvetica", 9)
        for line in range(55):
            canvas.drawString(60, 800 - 13 * line, " ".join(chance.choice(WORDS) for _ in range(14)) + ".")
        if page == 9 and seed % 2:
            canvas.drawString(60, 60, "We use microdata from Statistics Netherlands on all households.")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the least seconds of an action: what else runs on the machine only adds to it."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return min(taken)


def peer(path: Path) -> str:
    """The same rules on the text of pdfminer.six."""
    text = Text("pdf", (Block(extract_text(str(path))),))
    return judge_for(POLICY)(text, reader=READER).verdict.value


def main() -> None:
    """Print the table."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder, readers.Reader() as reader:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(paper(1))
        data = path.read_bytes()
        ours = check_file(path, POLICY, reader=reader).verdict.value
        assert ours == peer(path) == "credited"
        inside = seconds(lambda: pdf.read(data), 15)
        kept = seconds(lambda: reader.read(data), 15)
        once = seconds(lambda: readers.read(data), 7)
        verdict = seconds(lambda: check_file(path, POLICY, reader=reader), 15)
        other = seconds(lambda: peer(path), 3)
    figures = {
        "documents/s, file to verdict": 1 / verdict,
        "pages/s, file to verdict": PAGES / verdict,
        "pages/s, pdfminer.six with the same rules": PAGES / other,
        "times as fast as pdfminer.six": other / verdict,
        "pages/s, the reader alone, no worker": PAGES / inside,
        "worker overhead, % (kept worker)": 100 * (kept / inside - 1),
        "worker overhead, % (a worker for each document)": 100 * (once / inside - 1),
    }
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:50} {figure:9.1f}")


if __name__ == "__main__":
    main()
