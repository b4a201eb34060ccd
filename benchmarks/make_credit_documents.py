"""Make labelled documents for benchmarks/accuracy_credit.py: python benchmarks/make_credit_documents.py FOLDER [--number 140] [--seed 1]

Every document is a paper of a few pages about nothing, in English or Dutch, with one labelled passage of our own in
it (tests/fixtures), so that every verdict and every near-miss comes with what documents do to it: columns, line
numbers, running heads, footnotes, ligatures, hyphens at line ends and soft ones, sentences over a page break. Text,
HTML, JATS and PDF take turns. labels.csv says the verdict, the language, the kind of document and, for PDF, the pages
on which the passage stands. The same seed gives the same documents.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
FONT, SIZE, LEADING, MARGIN = "Vera", 9, 12, 60
WIDTH, HEIGHT = A4

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
HARD, SOFT = "istic", "is\u00adtic"  # where the HTML has a soft hyphen


@dataclass(frozen=True)
class Paper:
    """What a document is made of: paragraphs, of which one is the labelled passage."""

    title: str
    language: str
    paragraphs: tuple[str, ...]
    passage: str


def passages() -> list[dict[str, str]]:
    """Return the labelled passages of our own, the short ones that make one paragraph."""
    rows = [
        json.loads(line)
        for name in ("credit_texts.jsonl", "credit_unseen.jsonl")
        for line in (FIXTURES / name).read_text("utf-8").splitlines()
    ]
    return [row for row in rows if "\n" not in row["text"] and row["language"] in PROSE]


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
    return Paper(f"Streets and schools, part {number}", language, tuple(paragraphs), passage)


def as_text(path: Path, made: Paper, _: random.Random) -> list[int]:
    """Write plain text, its lines broken at 78 characters."""
    blocks = ["\n".join(lines(block, lambda line: len(line) > 78)) for block in (made.title, *made.paragraphs)]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return []


def as_html(path: Path, made: Paper, rng: random.Random) -> list[int]:
    """Write a page with soft hyphens, the passage as a paragraph, a footnote or an aside."""
    element = rng.choice(("p", "aside", "footer"))
    parts = []
    for block in made.paragraphs:
        tag = element if block == made.passage else "h2" if block in HEADINGS[made.language] else "p"
        parts.append(f"<{tag}>{SOFT.join(escape(block).split(HARD))}</{tag}>")
    head = f"<title>{escape(made.title)}</title></head><body><main><h1>{escape(made.title)}</h1>"
    path.write_text(
        f'<!DOCTYPE html><html lang="{made.language}"><head><meta charset="utf-8">{head}{"".join(parts)}</main></body></html>',
        encoding="utf-8",
    )
    return []


def as_jats(path: Path, made: Paper, rng: random.Random) -> list[int]:
    """Write a JATS article with a section for each heading; the passage is a paragraph or a footnote."""
    body, notes, is_open = [], "", False
    in_note = rng.random() < 0.4
    for block in made.paragraphs[:-2]:
        if block in HEADINGS[made.language]:
            body.append(("</sec>" if is_open else "") + f"<sec><title>{escape(block)}</title>")
            is_open = True
        elif block == made.passage and in_note:
            notes = f"<back><fn-group><fn><p>{escape(block)}</p></fn></fn-group></back>"
        else:
            body.append(f"<p>{escape(block)}</p>")
    meta = f"<front><article-meta><title-group><article-title>{escape(made.title)}</article-title></title-group></article-meta></front>"
    text = f"{meta}<body>{''.join(body)}</sec></body>{notes}"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><article xml:lang="{made.language}">{text}</article>', encoding="utf-8"
    )
    return []


def as_pdf(path: Path, made: Paper, rng: random.Random) -> list[int]:
    """Write pages in one or two columns, with a running head, ligatures, hyphens, and line numbers in some; return the passage's pages."""
    pdfmetrics.registerFont(TTFont(FONT, str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    columns, numbered, ligatures = rng.choice((1, 2)), rng.random() < 0.3, rng.random() < 0.5
    numbered = numbered and columns == 1
    width = (WIDTH - 2 * MARGIN - (columns - 1) * 20) / columns
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    page, column, y, line_number, pages = 1, 0, 0.0, 0, set()

    def begin() -> float:
        canvas.setFont(FONT, 7)
        canvas.drawString(MARGIN, HEIGHT - 35, "Example and Example")
        canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 35, str(page))
        canvas.setFont(FONT, SIZE)
        return HEIGHT - MARGIN - 10

    y = begin()
    for block in (made.title, *made.paragraphs):
        text = block.replace("fi", "\ufb01").replace("fl", "\ufb02") if ligatures else block
        for line in lines(
            text, lambda piece: pdfmetrics.stringWidth(piece, FONT, SIZE) > width, hyphenate=columns == 2
        ):
            if y < MARGIN + LEADING:
                column += 1
                y = HEIGHT - MARGIN - 10
                if column == columns:
                    canvas.showPage()
                    page, column = page + 1, 0
                    y = begin()
            line_number += 1
            if numbered:
                canvas.drawRightString(MARGIN - 15, y, str(line_number))
            canvas.drawString(MARGIN + column * (width + 20), y, line)
            if block == made.passage:
                pages.add(page)
            y -= LEADING
        y -= LEADING / 2
    canvas.save()
    return sorted(pages)


def lines(text: str, too_long: Callable[[str], bool], *, hyphenate: bool = False) -> Iterator[str]:
    """Given a text and a test of a line, yield its lines; long words may be divided with a hyphen."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and too_long(longer):
            half = len(word) // 2
            if hyphenate and len(word) > 9 and word.isalpha() and not too_long(f"{line} {word[:half]}-"):
                yield f"{line} {word[:half]}-"
                longer = word[half:]
            else:
                yield line
                longer = word
        line = longer
    yield line


def broken(path: Path, made: Paper, rng: random.Random) -> list[int]:
    """Write a PDF and cut it off in the middle."""
    as_pdf(path, made, rng)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    return []


WAYS: dict[str, tuple[str, Callable[[Path, Paper, random.Random], list[int]]]] = {
    "pdf": ("pdf", as_pdf),
    "html": ("html", as_html),
    "jats": ("xml", as_jats),
    "text": ("txt", as_text),
}


def make(folder: Path, number: int, seed: int) -> None:
    """Given an empty folder, write so many documents and their labels.csv into it."""
    rng = random.Random(seed)
    rows = passages()
    rng.shuffle(rows)
    kinds = ["pdf", "pdf", "html", "jats", "text"]
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(["file", "verdict", "language", "kind", "pages", "passage"])
        for place in range(number):
            row = rows[place % len(rows)]
            kind = kinds[place % len(kinds)]
            made = paper(rng, row["text"], row["language"], place)
            ending, write = WAYS[kind]
            verdict = row["verdict"]
            if place % 25 == 24:
                kind, ending, write, verdict = "cut off", "pdf", broken, "unreadable"
            name = f"{place:03}.{ending}"
            pages = write(folder / name, made, rng)
            labels.writerow([name, verdict, row["language"], kind, " ".join(map(str, pages)), row["id"]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=140)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    make(arguments.folder, arguments.number, arguments.seed)


if __name__ == "__main__":
    main()
