"""Small documents of our own that a worker reads before it forks for others', so that what a reader sets up at first use is there. Pure."""

from __future__ import annotations

_LINE = "The first question is how people came to live where they live, and who decided it."
_PAGES, _LINES = 3, 40


def sample(kind: str) -> bytes | None:
    """Given a kind of document, return one, or None if there is nothing to set up for it."""
    paragraphs = [_LINE] * (_PAGES * _LINES)
    if kind == "pdf":
        return _pdf()
    if kind == "html":
        body = "".join(f"<h2>Results</h2><p>{line}</p>" for line in paragraphs)
        return f"<!DOCTYPE html><html lang='en'><head><title>A</title></head><body>{body}</body></html>".encode()
    if kind == "jats":
        body = "".join(f"<sec><title>Results</title><p>{line}</p></sec>" for line in paragraphs)
        return f"<article xml:lang='en'><front/><body>{body}</body></article>".encode()
    return None


def _pdf() -> bytes:
    """Pages of lines in one of the fonts that every reader of PDF brings along (ISO 32000-1, 7.5: the file's structure)."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(_PAGES))
    lines = " ".join(f"0 -13 Td ({_LINE}) Tj" for _ in range(_LINES))
    content = f"BT /F 9 Tf 60 800 Td {lines} ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {_PAGES}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for page in range(_PAGES):
        rest = f"/Resources<</Font<</F 3 0 R>>>>/Contents {5 + 2 * page} 0 R"
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{rest}>>")
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
    made, places = "%PDF-1.4\n", []
    for number, described in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj{described}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    made += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF\n"
    return made.encode()
