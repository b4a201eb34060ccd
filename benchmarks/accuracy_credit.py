"""How often the credit verdict is right, on any labelled set: python benchmarks/accuracy_credit.py FILE.jsonl|DIR [...]

A .jsonl file holds texts: `text`, `verdict`, and if known `language`, `kind`, `doubtful`, `id`. A folder holds documents and a
labels.csv with the columns file,verdict and, if known, language, kind, doubtful, pages (those of the passage);
these go through the readers, so that the figures are those of file to verdict.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pubtrack.credit.check import READER, check_file, judge_for
from pubtrack.credit.readers.text import read
from pubtrack.models import Finding
from pubtrack.obligations.policy import Policy, load

POLICY = Path(__file__).parents[1] / "config" / "policies" / "cbs-microdata.toml"
GIVEN = ("prescribed", "credited")
VERDICTS = ("prescribed", "credited", "mentioned", "absent", "unreadable")


@dataclass(frozen=True)
class Case:
    name: str
    expected: str
    found: str
    language: str
    kind: str
    doubtful: bool
    finding: Finding
    pages: tuple[int, ...] = ()


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Given hits among a total, return the 95 % interval of their share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def shown(hits: int, total: int) -> str:
    if not total:
        return "-"
    low, high = wilson(hits, total)
    return f"{hits / total:.3f} ({low:.2f} to {high:.2f}; {hits} of {total})"


def cases(path: Path, policy: Policy) -> Iterator[Case]:
    """Given a labelled set, yield its cases, judged."""
    if path.is_dir():
        with (path / "labels.csv").open(encoding="utf-8", newline="") as labels:
            rows = list(csv.DictReader(labels))
        for row in rows:
            yield _case(row["file"], row, check_file(path / row["file"], policy))
        return
    judge = judge_for(policy)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        row = json.loads(line)
        yield _case(str(row.get("id") or number), row, judge(read(row["text"].encode()), reader=READER))


def _case(name: str, row: dict[str, object], finding: Finding) -> Case:
    return Case(
        name,
        str(row["verdict"]),
        finding.verdict.value,
        str(row.get("language") or "-"),
        str(row.get("kind") or "-"),
        str(row.get("doubtful") or "").lower() in ("true", "1", "yes"),
        finding,
        tuple(int(page) for page in str(row.get("pages") or "").split()),
    )


def report(found: list[Case]) -> Iterator[str]:
    """Given judged cases, yield the lines of the table."""
    certain = [case for case in found if not case.doubtful]
    yield f"{len(found)} cases, {len(found) - len(certain)} of them doubtful (reported apart)"
    yield from _figures("all but the doubtful", certain)
    for name, group in _groups(certain):
        yield from _figures(name, group)
    if len(certain) < len(found):
        yield from _figures("the doubtful", [case for case in found if case.doubtful])
    yield ""
    yield "confusion, all cases (rows: label)"
    counts = Counter((case.expected, case.found) for case in found)
    yield " " * 12 + "".join(f"{verdict:>12}" for verdict in VERDICTS)
    for expected in VERDICTS:
        if any(counts[expected, verdict] for verdict in VERDICTS):
            yield f"{expected:<12}" + "".join(f"{counts[expected, verdict]:>12}" for verdict in VERDICTS)
    wrong = [case for case in found if case.expected != case.found]
    yield ""
    yield f"wrong: {len(wrong)}"
    for case in wrong:
        quote = case.finding.evidence[0] if case.finding.evidence else None
        told = f" [{quote.rule}] {quote.quote[:110]}" if quote else f" {case.finding.reason or ''}"
        yield f"  {case.name}{' (doubtful)' if case.doubtful else ''}: {case.expected}, found {case.found}{told}"


def _groups(found: Iterable[Case]) -> Iterator[tuple[str, list[Case]]]:
    for field in ("language", "kind"):
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in found:
            groups[str(getattr(case, field))].append(case)
        if len(groups) > 1:
            yield from ((f"{field} {name}", group) for name, group in sorted(groups.items()))


def _figures(name: str, found: list[Case]) -> Iterator[str]:
    given = [case for case in found if case.expected in GIVEN]
    others = [case for case in found if case.expected not in (*GIVEN, "unreadable")]
    mentioned = [case for case in others if case.expected == "mentioned"]
    absent = [case for case in others if case.expected == "absent"]
    refused = [case for case in found if case.found in ("mentioned", "absent")]
    yield ""
    yield f"{name} ({len(found)})"
    yield f"  credit seen (sensitivity)                   {shown(sum(case.found in GIVEN for case in given), len(given))}"
    yield f"  no credit seen as none (specificity)        {shown(sum(case.found not in GIVEN for case in others), len(others))}"
    yield f"  mentions taken for credit                   {shown(sum(case.found in GIVEN for case in mentioned), len(mentioned))}"
    yield f"  absent taken for credit                     {shown(sum(case.found in GIVEN for case in absent), len(absent))}"
    yield f"  of those called mentioned or absent, truly  {shown(sum(case.expected not in GIVEN for case in refused), len(refused))}"
    paged = [case for case in found if case.pages and case.found in GIVEN and case.expected in GIVEN]
    if paged:
        there = sum(any(quote.page in case.pages for quote in case.finding.evidence) for case in paged)
        yield f"  quotes on the right page                    {shown(there, len(paged))}"
    right = sum(case.found == case.expected == "prescribed" for case in given)
    either = sum(case.expected == "prescribed" for case in given) + sum(case.found == "prescribed" for case in given)
    yield f"  prescribed against credited, F1             {2 * right / either:.3f}" if either else "  prescribed: none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="FILE.jsonl|DIR")
    parser.add_argument("--policy", type=Path, default=POLICY)
    arguments = parser.parse_args()
    policy = load(arguments.policy)
    for path in arguments.sets:
        print(f"== {path.name}")
        print("\n".join(report(list(cases(path, policy)))))
        print()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
