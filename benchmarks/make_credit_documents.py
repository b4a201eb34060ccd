"""Make labelled documents for benchmarks/accuracy_credit.py: python -m benchmarks.make_credit_documents FOLDER [--number 400] [--seed 1]

Every document is a paper of a few pages about nothing, in English or Dutch, with one labelled passage of our own in it
(tests/fixtures), so that every verdict and every near-miss comes with what documents do to it: one and two columns, line
numbers, running heads, ligatures, hyphens at line ends and soft ones, sentences over a page break; as a paragraph, a footnote,
an aside, under a table or a figure, in a section on data. Every shape comes with every verdict in both languages, and every
passage at least once; some documents nobody can read. labels.csv says the verdict, the language, the kind of document, its
shape and, for PDF, the pages on which the passage stands. The same seed gives the same documents; fewer of them are a sample.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from benchmarks.credit_layouts import WAYS, Paper, Shape, as_html, as_pdf

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
PROSE = {
    "en": """The first question is how people came to live where they live. We asked them about their youth and the streets they
knew. Most answers were short, and a few were long and difficult to classify. The interviews took place in spring and
lasted about an hour. Two readers coded each answer and agreed in nine cases out of ten. Differences were settled in a
discussion. The model has three levels and a random intercept for each street. Estimates did not change when the
smallest streets were left out. A longer period might show a different picture. Families with young children moved
less often than other families. The effect is small but firm. This fits the idea that schools tie people to a place.
It also fits the findings of earlier work in other countries. Rents are only a part of the story. Officials whom we
spoke to confirmed this first impression. The figure shows the same pattern for men and women. Confidence intervals
overlap in the final years. We come back to this in the last section.""",
    "nl": """De eerste vraag is hoe mensen terechtkwamen in de straat waar zij wonen. Wij vroegen hun naar hun jeugd en naar de
buurt die zij kenden. De meeste antwoorden waren kort, en enkele waren lang en moeilijk in te delen. De gesprekken
vonden plaats in het voorjaar en duurden ongeveer een uur. Twee lezers deelden elk antwoord in en waren het in negen
van de tien gevallen eens. Verschillen werden besproken. Het model heeft drie niveaus. De schattingen veranderden niet
toen de kleinste straten werden weggelaten. Een langere periode kan een ander beeld geven. Gezinnen met jonge kinderen
verhuisden minder vaak dan andere gezinnen. Het effect is klein maar stevig. Dat past bij het idee dat scholen mensen
aan een plaats binden. De huur is maar een deel van het verhaal. Ambtenaren met wie wij spraken bevestigden deze
indruk. De figuur laat hetzelfde patroon zien voor mannen en vrouwen.""",
}
HEADINGS = {
    "en": ("Abstract", "1 Introduction", "2 Methods", "3 Results", "4 Discussion", "References"),
    "nl": ("Samenvatting", "1 Inleiding", "2 Methoden", "3 Resultaten", "4 Discussie", "Literatuur"),
}
SHAPES = (
    *(
        Shape("pdf", where, columns, numbered, ligatures)
        for where, columns, numbered, ligatures in product(
            ("paragraph", "footnote"), (1, 2), (False, True), (False, True)
        )
    ),
    *(Shape("docx", where) for where in ("paragraph", "footnote", "table")),
    *(Shape("html", where) for where in ("paragraph", "aside", "caption", "footnote")),
    *(Shape("jats", where) for where in ("paragraph", "footnote", "table", "data section")),
    Shape("text"),
)


def passages() -> list[dict[str, str]]:
    """Return the labelled passages of our own, the short ones that make one paragraph."""
    rows = [
        json.loads(line)
        for name in ("credit_texts.jsonl", "credit_unseen.jsonl")
        for line in (FIXTURES / name).read_text("utf-8").splitlines()
    ]
    return [row for row in rows if "\n" not in row["text"] and row["language"] in PROSE]


def plan(rng: random.Random) -> list[tuple[dict[str, str], Shape]]:
    """Return which passage comes in which shape: every shape with every verdict and language, every passage at least once."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in passages():
        groups[row["verdict"], row["language"]].append(row)
    made = []
    for _, rows in sorted(groups.items()):
        shapes = list(SHAPES)
        rng.shuffle(rows)
        rng.shuffle(shapes)
        made += [(rows[place % len(rows)], shapes[place % len(shapes)]) for place in range(max(len(rows), len(shapes)))]
    rng.shuffle(made)
    return made


def paper(rng: random.Random, passage: str, language: str, number: int) -> Paper:
    """Given a passage, return a paper that has it as a paragraph somewhere between the introduction and the references."""
    sentences = [part.strip() + "." for part in PROSE[language].replace("\n", " ").rstrip(".").split(". ")]

    def filler() -> str:
        return " ".join(rng.sample(sentences, rng.randint(5, 9)))

    paragraphs: list[str] = []
    where = rng.randint(1, 4)
    for place, heading in enumerate(HEADINGS[language][:-1]):
        paragraphs += [heading, *(filler() for _ in range(1 if place == 0 else rng.randint(2, 5)))]
        if place == where:
            paragraphs.insert(len(paragraphs) - rng.randint(0, 1), passage)
    paragraphs += [HEADINGS[language][-1], "Example, A. (2011). Streets and schools. Journal of Examples, 3, 1-20."]
    title = f"Streets and schools, part {number}"
    return Paper(title, language, tuple(paragraphs), passage, frozenset(HEADINGS[language]))


def cut_off(path: Path, made: Paper, rng: random.Random) -> None:
    """Write a PDF and cut it off in the middle."""
    as_pdf(path, made, Shape("pdf"), rng)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])


def scanned(path: Path, _: Paper, __: random.Random) -> None:
    """Write a PDF with shapes on its pages and no letters."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for _page in range(4):
        canvas.rect(60, 60, 400, 600, fill=1)
        canvas.showPage()
    canvas.save()


def encrypted(path: Path, made: Paper, _: random.Random) -> None:
    """Write a PDF that opens with a password only."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1, encrypt=StandardEncryption("secret", canPrint=0))
    canvas.drawString(60, 700, made.passage[:80])
    canvas.save()


def landing(path: Path, made: Paper, rng: random.Random) -> None:
    """Write the page of an article with its abstract and no more."""
    short = Paper(made.title, made.language, made.paragraphs[:2], "", made.headings)
    as_html(path, short, Shape("html"), rng)
    page = path.read_text("utf-8").replace("<head>", '<head><meta name="citation_title" content="A">')
    path.write_text(page, encoding="utf-8")


UNREADABLE: tuple[tuple[str, str, Callable[[Path, Paper, random.Random], None]], ...] = (
    ("cut off", "pdf", cut_off),
    ("scanned", "pdf", scanned),
    ("encrypted", "pdf", encrypted),
    ("landing page", "html", landing),
)


def documents(folder: Path, number: int, seed: int) -> Iterator[list[str]]:
    """Write so many documents into a folder, every 25th of them unreadable; yield their labels."""
    rng = random.Random(seed)
    planned = iter(plan(rng))
    for place in range(number):
        found = next(planned, None)
        if found is None:
            return
        row, shape = found
        made = paper(rng, row["text"], row["language"], place)
        if place % 25 == 24:
            kind, ending, spoil = UNREADABLE[place // 25 % len(UNREADABLE)]
            spoil(folder / f"{place:03}.{ending}", made, rng)
            yield [f"{place:03}.{ending}", "unreadable", row["language"], kind, "", row["id"], kind]
            planned = iter([found, *planned])
            continue
        ending, write = WAYS[shape.way]
        pages = write(folder / f"{place:03}.{ending}", made, shape, rng)
        yield [
            f"{place:03}.{ending}",
            row["verdict"],
            row["language"],
            shape.way,
            " ".join(map(str, pages)),
            row["id"],
            str(shape),
        ]


def make(folder: Path, number: int, seed: int) -> None:
    """Given an empty folder, write so many documents, or as many as there are, and their labels.csv into it."""
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["file", "verdict", "language", "kind", "pages", "passage", "shape"])
        labels.writerows(documents(folder, number, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    make(arguments.folder, arguments.number, arguments.seed)


if __name__ == "__main__":
    main()
