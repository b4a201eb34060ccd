"""Cleaning of what records say: markup, entities, control characters, mojibake, blanks. Pure.

The law of this module: the cleaned text says the same thing. What cannot be told apart stays as it came; so titles in
ALL CAPS stay (GABA and NATO cannot be told from shouting), TeX stays, and U+FFFD, where the source lost a character, stays.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from pubtrack.discovery.crosswalks.mathml import math_to_text, script

# Most strings hold nothing to clean: one search decides.
_SUSPECT = re.compile(
    "[<&\x00-\x1f\x7f-\xa0\xad\u0300-\u036f\u1100-\u1112\u1680\u2000-\u200b\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff0-\uffff"
    "\ud800-\udfff\xc2\xc3\xe2]|  |^ | $"
)
# No title is longer than the first and no abstract longer than the second; what is, was not meant to be one.
_LONG, _LONGEST = 10_000, 60_000
# Only entities that end in a semicolon: html.unescape alone turns "Black&notes" into "Black¬es".
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))*\s*"""
# Crossref's face markup, HTML and JATS as found in titles and abstracts:
# https://www.crossref.org/documentation/schema-library/markup-guide-metadata-segments/face-markup/
_INLINE = (
    "i|b|u|em|strong|italic|bold|sub|sup|scp|sc|ovl|tt|emph|span|underline|strike|s|small|big|font|roman|monospace|"
    "styled-content|named-content|inline-formula|tex-math|alternatives|ext-link|uri|xref|fn|a|inline-graphic|graphic"
)
_BLOCK = "p|br|div|title|sec|list|list-item|label|h[1-6]|ul|ol|li|disp-formula|disp-quote|abstract|hr|break|table|tr|td|th|tbody|pre"
_TAG = re.compile(rf"<(/?)((?:jats|mml|m|ns[0-9]+):)?([A-Za-z][\w.-]*){_ATTRIBUTES}(/?)>")
_KNOWN = re.compile(rf"(?:{_INLINE}|{_BLOCK})", re.IGNORECASE)
_IS_BLOCK = re.compile(rf"(?:{_BLOCK})", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "break", "inline-graphic", "graphic", "p"})
_MATH = (
    re.compile(rf"<(?:mml:|m:)?math{_ATTRIBUTES}>", re.IGNORECASE),
    re.compile(r"</(?:mml:|m:)?math\s*>", re.IGNORECASE),
)
_TEX = re.compile(r"<(?:jats:)?tex-math[^<>]*>"), re.compile(r"</(?:jats:)?tex-math\s*>")
_THEN_MATH = re.compile(r"\s*<(?:mml:|m:)?math")
_SCRIPT = re.compile(
    rf"<(?:jats:)?(sub|sup){_ATTRIBUTES}>((?:[^<]|</?(?:jats:)?(?:i|b|em|italic|bold)>)*?)</(?:jats:)?\1\s*>",
    re.IGNORECASE,
)
# Invisible: C0 and C1 controls, soft hyphen, zero-width space, marks of direction (they can make a title read otherwise
# than it is stored), BOM, non-characters and lone surrogates, which no database and no mail would take. ZWJ and ZWNJ
# stay: Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff0-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile(r"\s+")
# How UTF-8 looks when it was read as cp1252 or latin-1: a lead byte, then a continuation byte's character.
_MOJIBAKE = re.compile("[\xc2-\xf4][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def plain(text: str) -> str:
    """Given a string of a record, return one line of plain text that says the same."""
    text = text[:_LONG]
    if not _SUSPECT.search(text):
        return text
    return _BLANKS.sub(" ", _without_markup(text)).strip()


def paragraphs(text: str) -> str:
    """Given an abstract with its markup, return plain text, one line a paragraph, without a heading that says only Abstract."""
    text = text[:_LONGEST]
    if _SUSPECT.search(text):
        text = _without_markup(text, keep_blocks=True)
    lines = [line for line in (_BLANKS.sub(" ", line).strip() for line in text.split("\n\n")) if line]
    if len(lines) > 1 and lines[0].strip(" .:").casefold() in ("abstract", "samenvatting", "summary"):
        lines = lines[1:]
    return "\n".join(lines)


def _without_markup(text: str, *, keep_blocks: bool = False) -> str:
    text = repair_mojibake(unescape(text))
    if "<" in text:
        text = "".join(
            math_to_text(piece) if held else piece for piece, held in _elements(_without_tex_beside_math(text), _MATH)
        )
        text = _SCRIPT.sub(lambda match: script(match.group(1).lower(), _TAG.sub("", match.group(2))), text)
        text = "".join(_tagless(text, keep_blocks))
    text = _INVISIBLE.sub(lambda match: "\n" if match.group() == "\x85" else "", text)
    return unicodedata.normalize("NFC", text)


def _elements(text: str, edges: tuple[re.Pattern[str], re.Pattern[str]]) -> Iterator[tuple[str, bool]]:
    """Cut text into what stands outside (False) and inside (True) of an element; one that nothing closes ends the search."""
    at = 0
    while (start := edges[0].search(text, at)) and (end := edges[1].search(text, start.end())):
        yield text[at : start.start()], False
        yield text[start.start() : end.end()], True
        at = end.end()
    yield text[at:], False


def _without_tex_beside_math(text: str) -> str:
    """JATS may give a formula twice, as TeX and as MathML; the second is the one that can be read."""
    if "tex-math" not in text:
        return text
    pieces = list(_elements(text, _TEX))
    behind = [*(piece for piece, _ in pieces[1:]), ""]
    return "".join(
        piece
        for (piece, held), following in zip(pieces, behind, strict=True)
        if not (held and _THEN_MATH.match(following))
    )


def _tagless(text: str, keep_blocks: bool) -> Iterator[str]:
    """Yield the text between known tags. `<b>` without `</b>` may be a word about HTML or a formula: it stays."""
    tags = list(_TAG.finditer(text))
    opened = {(tag[2], tag[3].lower()) for tag in tags if not tag[1]}
    closed = {(tag[2], tag[3].lower()) for tag in tags if tag[1]}
    at = 0
    for tag in tags:
        name = (tag[2], tag[3].lower())
        if not (tag[2] or (_KNOWN.fullmatch(tag[3]) and (name[1] in _VOID or tag[4] or name in opened & closed))):
            continue
        yield text[at : tag.start()]
        if _IS_BLOCK.fullmatch(tag[3]):
            yield "\n\n" if keep_blocks else " "
        at = tag.end()
    yield text[at:]


def unescape(text: str) -> str:
    """Given text with HTML entities, also escaped twice, return it with the characters they stand for."""
    for _ in range(3):
        if "&" not in text:
            break
        before, text = text, _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if text == before:
            break
    return text


def repair_mojibake(text: str) -> str:
    """Given text, return it repaired if it is UTF-8 that was read as cp1252 or latin-1, else as it came.

    Repaired only when the way back is certain: the whole text encodes to bytes that are UTF-8, and decoding them wrongly
    again gives exactly the text at hand.
    """
    if not _MOJIBAKE.search(text):
        return text
    for codec in ("cp1252", "latin-1"):
        try:
            repaired = text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        if repaired != text and repaired.encode("utf-8").decode(codec, "replace") == text:
            return repair_mojibake(repaired)  # some were read wrongly twice
    return text
