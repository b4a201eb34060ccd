"""MathML and super- and subscripts as plain text. Pure."""

from __future__ import annotations

import re

from lxml import etree

_UP = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_DOWN = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_PREFIX = re.compile(r"(</?)(?:mml|m):")
_SIMPLE = re.compile(r"[\w.]+", re.UNICODE)


def script(kind: str, text: str) -> str:
    """Given `sub` or `sup` and what stands in it, return it in characters that keep the meaning.

    Digits and signs have raised and lowered forms (10⁶ must not become 106); letters alone are read without (19th);
    anything else is marked with ^ or _.
    """
    text = " ".join(text.split())
    table = _UP if kind == "sup" else _DOWN
    if text and all(character in table for character in text):
        return "".join(table[character] for character in text)
    if not any(character.isdigit() for character in text):
        return text
    mark = "^" if kind == "sup" else "_"
    return f"{mark}{text}" if _SIMPLE.fullmatch(text) else f"{mark}({text})"


def math_to_text(markup: str) -> str:
    """Given one MathML element as a string, return it as plain text: `Mn₂VAl`, `a/b`, `√(x)`.

    Broken MathML comes back as its characters without the tags. https://www.w3.org/TR/MathML3/chapter3.html
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
    bare = re.sub(r"\s[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*')", "", _PREFIX.sub(r"\1", markup))
    try:
        root = etree.fromstring(bare.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return re.sub(r"\s*<[^<>]*>\s*", "", markup)
    return _text(root)


def _text(node: etree._Element) -> str:
    if not isinstance(node.tag, str):
        return ""
    name = node.tag.lower()
    parts = [_text(child) for child in node if isinstance(child.tag, str)]
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        own = " ".join("".join(str(piece) for piece in node.itertext()).split())
        return f" {own} " if name == "mtext" and len(own) > 3 else own
    if name in ("annotation", "annotation-xml", "none", "mprescripts", "mphantom"):
        return ""
    if name == "mspace":
        return " "
    if name == "semantics":
        return parts[0] if parts else ""
    if name in ("msub", "munder") and len(parts) == 2:
        return parts[0] + script("sub", parts[1])
    if name in ("msup", "mover") and len(parts) == 2:
        return parts[0] + (parts[1] if name == "mover" else _raised(parts[1]))
    if name in ("msubsup", "munderover") and len(parts) == 3:
        return parts[0] + script("sub", parts[1]) + _raised(parts[2])
    if name == "mfrac" and len(parts) == 2:
        return f"{_grouped(parts[0])}/{_grouped(parts[1])}"
    if name == "msqrt":
        return f"√{_grouped(''.join(parts))}"
    if name == "mroot" and len(parts) == 2:
        return f"{script('sup', parts[1])}√{_grouped(parts[0])}"
    if name == "mfenced":
        return f"({','.join(parts)})"
    if name == "mmultiscripts":
        return _multiscripts(node)
    return "".join(parts)


def _raised(text: str) -> str:
    """An exponent in letters is marked, unlike the `th` of 19th: xy is not x to the y."""
    raised = script("sup", text)
    return f"^{_grouped(raised)}" if raised == text and text[:1].isalpha() else raised


def _multiscripts(node: etree._Element) -> str:
    children = [child for child in node if isinstance(child.tag, str)]
    if not children:
        return ""
    names = [str(child.tag).lower() for child in children]
    split = names.index("mprescripts") if "mprescripts" in names else len(children)
    marks = ["sub" if index % 2 == 0 else "sup" for index in range(len(children))]
    after = [script(marks[i], _text(child)) for i, child in enumerate(children[1:split])]
    before = [script(marks[i], _text(child)) for i, child in enumerate(children[split + 1 :])]
    return "".join([*before, _text(children[0]), *after])


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) or not text else f"({text})"
