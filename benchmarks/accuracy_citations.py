"""How well typed citations are read, and whether one is ever taken for another work.

`python -m benchmarks.accuracy_citations WORKS.jsonl[.gz] [MANY]`: journal articles as Crossref gives them. Each is written as a person
would paste it, in seven styles, without its DOI; then it is read, and held against every work of its first author, with and without itself.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from pubtrack.discovery import cited, titles
from pubtrack.discovery.crosswalks import crossref
from pubtrack.discovery.crosswalks.citation import parsed
from pubtrack.errors import UnusableRecord
from pubtrack.models import Work


def initials(given: str, dot: str) -> str:
    """`Anna Maria` as `A. M.` or `AM`."""
    letters = [word[0].upper() for word in given.replace("-", " ").replace(".", " ").split() if word[0].isalpha()]
    return (" " if dot else "").join(letter + dot for letter in letters)


def listed(work: Work, form: Callable[[str, str], str], between: str, last: str, most: int = 6) -> str:
    """The authors, each in a form, the last one after another word."""
    people = [
        form(name["family"], name.get("given", "")) if name.get("family") else name["literal"] for name in work.authors
    ]
    if len(people) > most:
        return f"{people[0]}, et al"
    return people[0] if len(people) == 1 else f"{between.join(people[:-1])}{last}{people[-1]}"


def written(work: Work) -> dict[str, str]:
    """The work's citation by style."""
    csl = work.csl
    title, journal, volume = work.title.rstrip("."), csl["container-title"], csl.get("volume", "")
    year = work.issued.year if work.issued else ""
    issue = f"({csl['issue']})" if csl.get("issue") else ""
    page = csl.get("page", "")

    def dotted(family: str, given: str) -> str:
        return f"{family}, {initials(given, '.')}" if given else family

    def bare(family: str, given: str) -> str:
        return f"{family} {initials(given, '')}" if given else family

    def whole(family: str, given: str) -> str:
        return f"{family}, {given}" if given else family

    stop = "" if title[-1] in "?!" else "."
    return {
        "APA": f"{listed(work, dotted, ', ', ', & ')} ({year}). {title}{stop} {journal}, {volume}{issue}, {page}.",
        "Harvard": f"{listed(work, dotted, ', ', ' and ')} ({year}) '{title}', {journal}, {volume}{issue}, pp. {page}.",
        "Elsevier": f"{listed(work, dotted, ', ', ', ')}, {year}. {title}{stop} {journal} {volume}, {page}.",
        "Vancouver": f"{listed(work, bare, ', ', ', ')}. {title}{stop} {journal}. {year};{volume}{issue}:{page}.",
        "Chicago": f"{listed(work, whole, '; ', '; ')}. {year}. “{title}.” {journal} {volume} {issue}: {page}.",
        "MLA": f'{listed(work, whole, "; ", "; ")}. "{title}." {journal}, vol. {volume}, no. {csl.get("issue", 1)}, {year}, pp. {page}.',
        "Dutch": f"{listed(work, dotted, ', ', ' & ')} ({year}), {title}, {journal}, {volume}{issue}, {page}.",
    }


def same(one: str, other: str) -> bool:
    """Whether two texts are the same letters."""
    return "".join(filter(str.isalnum, titles.folded(one))) == "".join(filter(str.isalnum, titles.folded(other)))


def measured(path: Path, many: int) -> tuple[dict[str, Counter[str]], list[tuple[str, str | None]]]:
    """Given Crossref's works and how many articles to take, return the counts by style, and what was taken for another work."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        works = [work for line in lines if (work := shown(line)) is not None]
    by_author: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        if work.authors:
            by_author[titles.last_name(work.authors[0])].append(work)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[tuple[str, str | None]] = []
    whole = [work for work in works if citable(work)]
    for work in random.Random(1).sample(whole, min(many, len(whole))):
        for style, text in written(work).items():
            told, csl = counts[style], parsed(text)
            told["all"] += 1
            if csl is None:
                continue
            theirs = by_author[titles.last_name(work.authors[0])]
            found = cited.chosen(Work(csl=csl), theirs)
            told.update(right(Work(csl=csl), work))
            told["recognised"] += found is not None and found.doi == work.doi
            absent = cited.chosen(
                Work(csl=csl), [one for one in theirs if one.doi != work.doi]
            )  # as if it were not known
            for taken in (found, absent):
                if taken is not None and taken.doi != work.doi:
                    told["wrong"] += 1
                    wrong.append((text, taken.doi))
    return counts, wrong


def shown(line: str) -> Work | None:
    """Given a line of Crossref's works, return the work, or None if it shows none."""
    try:
        return crossref.crosswalk(line.encode())
    except UnusableRecord:
        return None


def citable(work: Work) -> bool:
    """Whether it is an article of which there is enough to cite."""
    csl = work.csl
    known = csl.get("container-title") and csl.get("volume") and work.issued and work.authors
    return bool(work.type == "article-journal" and known and work.authors[0].get("given"))


def right(read: Work, work: Work) -> list[str]:
    """What was read as it is."""
    names = [[titles.last_name(name) for name in one.authors] for one in (read, work)]
    held = {
        "title": same(read.title, work.title),
        "author": names[0][:1] == names[1][:1],
        "all authors": names[0] == names[1],
        "year": read.issued is not None and work.issued is not None and read.issued.year == work.issued.year,
        "journal": same(str(read.csl.get("container-title")), str(work.csl["container-title"])),
    }
    return [name for name, holds in held.items() if holds]


def main() -> None:
    """Print the table."""
    counts, wrong = measured(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2_000)
    names = ("title", "author", "all authors", "year", "journal", "recognised")
    print(f"{'style':<10} {'n':>6} " + " ".join(f"{name:>11}" for name in names) + f" {'wrong':>6}")
    for style, told in counts.items():
        shares = " ".join(f"{told[name] / told['all']:>11.3f}" for name in names)
        print(f"{style:<10} {told['all']:>6} {shares} {told['wrong']:>6}")
    for text, doi in wrong[:20]:
        print(json.dumps([text, doi], ensure_ascii=False))


if __name__ == "__main__":
    main()
