"""Documents put out of shape, with a fixed seed, each with what it may be taken for: python -m tests.mutilated FOLDER writes them.

A document is `credited` or `absent` while it is whole. Damage may make it unreadable; it may never turn the one into the other.
"""

from __future__ import annotations

import gzip
import io
import random
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

SEED, NUMBER = 20261122, 200
CREDIT = "We use microdata from Statistics Netherlands on all households."
LINES = [
    f"This is line {word} of a paper about families and work, so that there is text to be read."
    for word in "abcdefghij"
]


@dataclass(frozen=True)
class Mutilated:
    name: str
    data: bytes
    truth: str


def whole_pdf(credit: bool) -> bytes:
    rl_config.useA85 = 0  # as most programs write it
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    for page in range(4):
        canvas.setFont("Helvetica", 9)
        lines = [*LINES * 4, *([CREDIT] if credit and page == 2 else []), *LINES]
        for number, line in enumerate(lines):
            canvas.drawString(60, 800 - 13 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def whole_docx(credit: bool) -> bytes:
    document = docx.Document()
    for line in [*LINES, *([CREDIT] if credit else []), *LINES]:
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _paragraphs(credit: bool) -> str:
    return "".join(f"<p>{line}</p>\n" for line in [*LINES, *LINES, *([CREDIT] if credit else [])])


def whole_html(credit: bool) -> bytes:
    return f"<!doctype html><html><head><title>A</title></head><body>\n{_paragraphs(credit)}</body></html>".encode()


def whole_jats(credit: bool) -> bytes:
    front = "<front><article-meta><title-group><article-title>A</article-title></title-group></article-meta></front>"
    return (
        f'<?xml version="1.0"?><article article-type="x">{front}<body>{_paragraphs(credit)}</body></article>'.encode()
    )


def whole_latex(credit: bool) -> bytes:
    body = "\n\n".join([*LINES, *([CREDIT] if credit else [])])
    return f"\\documentclass{{article}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n".encode()


WHOLE: dict[str, Callable[[bool], bytes]] = {
    "pdf": whole_pdf,
    "docx": whole_docx,
    "html": whole_html,
    "jats": whole_jats,
    "latex": whole_latex,
}


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from one; the first is the catalogue. Without a table of places: PDFium looks for them."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def pdf_of_pages(count: int, text: bytes) -> bytes:
    """Many pages that are all the same."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R /Resources << /Font << /F 4 0 R >> >> >>"
    )
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        stream(b"BT /F 9 Tf 50 700 Td (%s) Tj ET" % text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *[page] * count,
    )


def pdf_without_map(credit: bool) -> bytes:
    """A font whose codes are nobody's letters: what is seen cannot be read."""
    words = "".join(
        chr(ord("\x80") + (ord(letter) - 32) % 96) for letter in " ".join([*LINES, CREDIT if credit else ""])
    )
    names = b" ".join(b"/g%d" % number for number in range(128, 256))
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9000 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        stream(b"BT /F 9 Tf 50 700 Td <%s> Tj ET" % words.encode("latin-1", "replace").hex().encode()),
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [.1 0 0 .1 0 0] /FirstChar 128 /LastChar 255 /Widths [%s]"
        b" /CharProcs << >> /Encoding << /Differences [128 %s] >> >>" % (b"5 " * 128, names),
    )


def bombs() -> Iterator[Mutilated]:
    """Much out of little, and deep."""
    content = zlib.compress(b"BT (x) Tj ET " * 15_000_000, 9)
    yield Mutilated(
        "bomb.pdf",
        raw_pdf(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << >> >>",
            stream(content, b"/Filter /FlateDecode"),
        ),
        "absent",
    )
    buffer = io.BytesIO(whole_docx(True))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/x.png", b"\0" * 310_000_000)
    yield Mutilated("bomb.docx", buffer.getvalue(), "credited")
    yield Mutilated("bomb.gz", gzip.compress(b"\0" * 50_000_000), "absent")
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = whole_jats(True).replace(b"<article", f'<!DOCTYPE article [<!ENTITY l0 "lol">{lol}]><article'.encode(), 1)
    yield Mutilated("laughs.xml", laughs.replace(b"<body>", b"<body>&l11;"), "credited")
    for credit in (True, False):
        truth = "credited" if credit else "absent"
        words = CREDIT if credit else LINES[0]
        deep = 100_000
        yield Mutilated(
            f"deep-{truth}.html",
            f"<html><body>{'<div>' * deep}<p>{words}</p>{'</div>' * deep}</body></html>".encode(),
            truth,
        )
        yield Mutilated(
            f"deep-{truth}.xml",
            whole_jats(credit)
            .replace(b"<body>", b"<body>" + b"<sec>" * deep)
            .replace(b"</body>", b"</sec>" * deep + b"</body>"),
            truth,
        )
        yield Mutilated(
            f"deep-{truth}.tex", whole_latex(credit).replace(LINES[0].encode(), b"{" * deep + b"\\emph{" * deep), truth
        )
        yield Mutilated(
            f"nested-{truth}.pdf",
            whole_pdf(credit).replace(b"/Type /Catalog", b"/X " + b"[" * deep + b"]" * deep + b" /Type /Catalog"),
            truth,
        )
        yield Mutilated(f"pages-{truth}.pdf", pdf_of_pages(10_000, words.encode()), truth)
        yield Mutilated(f"map-{truth}.pdf", pdf_without_map(credit), truth)
    yield Mutilated(
        "cycle.pdf",
        raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"),
        "absent",
    )


def wrong_types(chance: random.Random) -> Iterator[Mutilated]:
    """The beginning of one kind before the whole of another."""
    starts = (
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"<?xml version='1.0'?>",
        b"\xff\xd8\xff\xe0",
        b"\xd0\xcf\x11\xe0",
        b"\x1f\x8b\x08\x00",
    )
    for start in starts:
        for kind, make in WHOLE.items():
            credit = chance.random() < 0.5
            yield Mutilated(f"{start[:4].hex()}-{kind}", start + make(credit), "credited" if credit else "absent")


def cut_or_noisy(chance: random.Random) -> Iterator[Mutilated]:
    """Cut off anywhere, or with bytes changed, lost, doubled. Words that damage may spell otherwise are left alone."""
    for number in range(10_000):
        kind = chance.choice(("pdf", "pdf", "docx", "html", "jats", "latex"))
        credit = chance.random() < 0.6
        data = bytearray(WHOLE[kind](credit))
        how = chance.choice(("cut", "changed", "lost", "doubled") if kind in ("pdf", "docx") else ("cut",))
        start = chance.randrange(len(data))
        length = chance.randrange(1, 400)
        if how == "cut":
            del data[min(start, len(data) - 20) :]
        elif how == "changed":
            data[start : start + length] = chance.randbytes(len(data[start : start + length]))
        elif how == "lost":
            del data[start : start + length]
        else:
            data[start:start] = data[start : start + length]
        yield Mutilated(f"{how}-{number}.{kind}", bytes(data), "credited" if credit else "absent")


def files() -> list[Mutilated]:
    """Return the 200 of them, the same every time."""
    chance = random.Random(SEED)
    made = [*bombs(), *wrong_types(chance)]
    for one in cut_or_noisy(chance):
        if len(made) == NUMBER:
            return made
        made.append(one)
    return made


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for one in files():
        (folder / f"{one.truth}--{one.name}").write_bytes(one.data)
