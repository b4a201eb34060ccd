"""What PDFium passes over in silence: streams that unpack only in part, and text in codes that no map turns into letters. Pure."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb">>[ \t\r\n]{0,4}stream[ \t]{0,2}(?:\r\n|\n|\r)")
_MOST = 100_000_000  # bytes unpacked in all; a bomb is no damage
_PIECE = 1 << 20
_NO_TEXT = (
    b"/Image",
    b"/Length1",
    b"/FontFile",
    b"/Type1C",
    b"/CIDFontType0C",
    b"/OpenType",
    b"/ICCBased",
    b"/N 3",
    b"/N 4",
)
_NOT_LATIN = re.compile(r"[^\x00-\u024f]+")
_COMMON = frozenset(
    """the of and to in that for is was with as on by are this from be which de het een van en dat die te op is voor met zijn niet der
    die und den von zu das mit sich des auf ist im dem nicht ein eine la le les des et en un une du que los las el del y por con para di
    il che per a o da do em os na i og av til att som och det er på""".split()  # noqa: SIM905
)


def damaged_streams(data: bytes) -> bool:
    """Given a PDF's bytes, return whether a compressed stream that may hold text cannot be unpacked to its end, or has
    lost its beginning.

    Of those PDFium gives what it has: a page loses its rest without a word. Pictures, fonts and encrypted files are not looked at.
    """
    if b"/Encrypt" in data:
        return False
    left = _MOST
    opened_streams = list(_STREAM.finditer(data))
    if data.count(b"endstream") > len(opened_streams):
        return True
    for match in opened_streams:
        start = match.end()
        opened = data.rfind(b"obj", max(0, match.start() - 2_000), match.start())
        described = data[max(opened, 0) : start]
        if not re.search(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\b", described) or any(
            no in described for no in _NO_TEXT
        ):
            continue
        end = data.find(b"endstream", start)
        made = _unpacked(data[start : end if end >= 0 else len(data)], left)
        if made is None:
            return True
        left -= made
        if left <= 0:
            break
    return False


def _unpacked(packed: bytes, most: int) -> int | None:
    """How many bytes come out, or None if they do not come to an end."""
    inflate = zlib.decompressobj()
    made = 0
    try:
        for start in range(0, len(packed), _PIECE):
            piece = packed[start : start + _PIECE]
            while piece and not inflate.eof:
                made += len(inflate.decompress(piece, _PIECE))
                piece = inflate.unconsumed_tail
                if made >= most:
                    return made
        made += len(inflate.flush()) if not inflate.eof else 0
    except zlib.error:
        return None
    return made if inflate.eof else None


def hidden(text: str, letters: int) -> bool:
    """Given a PDF's text and how many letters are in it, return whether it is in Latin letters and no language: codes of a font that
    says nothing of what they mean.
    """
    if letters < 200:
        return False
    words = text.casefold().split()
    if sum(map(_COMMON.__contains__, words)) > 0.05 * len(words) and letters < 20 * len(words):
        return False  # plainly a language; the rest costs more than reading the PDF's pages
    latin = letters - sum(map(str.isalpha, "".join(_NOT_LATIN.findall(text))))
    if latin < 0.8 * letters:
        return False
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return sum(word in _COMMON for word in words) < 0.02 * len(words) or letters > 40 * len(words)
