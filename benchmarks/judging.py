"""How fast texts are judged once they are read: python benchmarks/judging.py [FOLDER of JATS articles, .xml or .xml.gz]

Prints megabytes per second of processor time, the best of several runs: on papers of about 60 kB made of the examples' own prose, with and
without credits in them, and on the folder's articles, which are read before the clock starts.
"""

from __future__ import annotations

import gzip
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pubtrack.credit.check import READER
from pubtrack.credit.judge import Judge
from pubtrack.credit.readers import jats
from pubtrack.credit.text import Block, Text
from pubtrack.obligations.policy import load

ROOT = Path(__file__).parents[1]
POLICY = ROOT / "config" / "policies" / "cbs-microdata.toml"
CREDITS = [
    "We use non-public microdata from Statistics Netherlands on all households.",
    "Figure 3 shows the number of moves. Source: Statistics Netherlands, own calculations.",
    "Results based on calculations by Example University using non-public microdata from Statistics Netherlands.",
]


def papers(number: int, size: int, credits_: Sequence[str]) -> list[Text]:
    """Return texts of a size in characters, made of the examples' sentences that name nobody, with the credits strewn in."""
    rng = random.Random(7)
    prose = [
        sentence
        for file in sorted((ROOT / "tests" / "fixtures" / "example_copies").glob("*.txt"))
        for sentence in file.read_text("utf-8").replace("\n", " ").split(". ")
        if not any(name in sentence.lower() for name in ("cbs", "statisti"))
    ]
    made = []
    for _ in range(number):
        blocks, length = [], 0
        while length < size:
            block = ". ".join(rng.sample(prose, 12)) + "."
            blocks.append(block)
            length += len(block)
        for credit in credits_:
            blocks.insert(rng.randrange(len(blocks)), credit)
        made.append(Text("text", tuple(Block(block, place // 9 + 1) for place, block in enumerate(blocks))))
    return made


def speed(judge: Judge, texts: Sequence[Text]) -> float:
    """Return the characters judged in a microsecond: megabytes per second, for texts that are mostly ASCII."""
    size = sum(len(block.text) for text in texts for block in text.blocks)
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for text in texts:
            judge(text, reader=READER)
        best = min(best, time.process_time() - began)
    return size / 1e6 / best


def main() -> None:
    """Print the figures."""
    began = time.process_time()
    judge = Judge(load(POLICY))
    judge(papers(1, 1_000, CREDITS)[0], reader=READER)
    print(f"policy read, first text judged     {time.process_time() - began:8.2f} s")
    print(f"papers of 60 kB, none credits      {speed(judge, papers(40, 60_000, ())):8.1f} MB/s")
    print(f"papers of 60 kB, three credits     {speed(judge, papers(40, 60_000, CREDITS)):8.1f} MB/s")
    short = [credit.replace("Statistics Netherlands", "CBS") for credit in CREDITS]
    print(f"papers of 60 kB, by its letters    {speed(judge, papers(40, 60_000, short)):8.1f} MB/s")
    many = [f"{credit[:-1]}, part {number}." for number in range(10) for credit in CREDITS]
    print(f"papers of 60 kB, thirty credits    {speed(judge, papers(10, 60_000, many)):8.1f} MB/s")
    for folder in sys.argv[1:]:
        texts = [
            jats.read(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())
            for file in sorted(Path(folder).glob("*.xml*"))
        ]
        print(f"{len(texts)} articles of {Path(folder).name:<18} {speed(judge, texts):8.1f} MB/s")


if __name__ == "__main__":
    main()
