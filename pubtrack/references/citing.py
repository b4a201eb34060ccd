"""citeproc-py with a style that remembers what it was asked: the same words, letter by letter, in a fraction of the time. Pure.

citeproc-py 0.11 walks the whole style for every reference and looks through it by XPath again: which macro has this name, which
layout is this in, has the reference this variable. A style does not change while it is in use; and which of its parts can print
anything rests on a reference's type and on which variables it has, of which ten thousand references show a few hundred combinations.
So each part of a style is here of a subclass of citeproc-py's own (style_parts.py) that keeps its answers, and for each combination
those parts that can print. Nothing of citeproc-py itself is changed: tests/unit/test_citing.py holds what is printed against it.
"""

from __future__ import annotations

import io
from functools import cache, cached_property
from typing import Any

from citeproc import CitationItem, CitationStylesStyle, model
from lxml import etree

from pubtrack.references.style_memory import NAMESPACES, Part, Plan
from pubtrack.references.style_parts import OWN

_SHAPES = 1_000  # combinations that a style remembers


class Cited(CitationItem):  # type: ignore[misc]  # citeproc-py is untyped
    """The one reference of a bibliography, found once, with what its style does with references of its shape."""

    @cached_property
    def reference(self) -> Any:
        """Return the reference."""
        return super().reference

    @cached_property
    def plan(self) -> Plan:
        """Return what the style does with references of this one's shape."""
        plan: Plan = self.bibliography.style.root.plan(self.reference)
        return plan


class Remembering(CitationStylesStyle):  # type: ignore[misc]
    """A style whose parts remember, for references one by one: each a bibliography of one `Cited`."""

    def __init__(self, file: str, locale: str) -> None:
        self.root = _parsed(file)
        self.root.set_locale_list(locale, validate=False)


def _parsed(file: Any) -> Any:
    """Given a file of CSL, return its root: its parts are of the classes in style_parts.py, and in memory as long as it is."""
    lookup = etree.ElementNamespaceClassLookup()
    lookup.get_namespace(NAMESPACES["cs"]).update(_kinds())
    parser = etree.XMLParser(remove_comments=True, encoding="UTF-8", no_network=True)
    parser.set_element_class_lookup(lookup)
    root = etree.parse(file, parser).getroot()
    root.__dict__["_alive"] = list(root.iter())  # lxml forgets a part, and what it remembers, when nobody holds it
    return root


class _Root(Part):
    """A style as a whole."""

    def set_locale_list(self, locale: str, validate: bool = True) -> None:
        """Take in the words of a language; those from citeproc-py's own files remember too."""
        super().set_locale_list(locale, validate)
        own = self.__dict__["_alive"]
        found: list[Any] = self.__dict__["locales"]
        self.locales = [one if one in own else _parsed(io.BytesIO(etree.tostring(one))) for one in found]
        for one in self.locales:
            one.style = self
        numeric = self.xpath("//cs:*/@is-numeric", namespaces=NAMESPACES)
        self.numeric = sorted({name.replace("-", "_") for names in numeric for name in names.split()})
        self.shapes: dict[Any, Plan] = {}

    def plan(self, reference: Any) -> Plan:
        """Return what is known of references of the same shape: the type, the variables, and which of those tested are numbers."""
        numbers = [
            model.If.re_numeric.match(str(reference[name])) is not None for name in self.numeric if name in reference
        ]
        shape = (reference.type, frozenset(reference), tuple(numbers))
        if len(self.shapes) > _SHAPES:
            self.shapes.clear()
        return self.shapes.setdefault(shape, Plan())


@cache
def _kinds() -> dict[str | None, type]:
    """Return the class of every element of CSL: citeproc-py's own, with a memory."""
    found: dict[str | None, type] = {None: model.CitationStylesElement}
    for kind in model.CitationStylesElement.__subclasses__():
        name = kind.__name__.replace("_", "-").lower()
        found[name] = type(kind.__name__, (_Root if name == "style" else OWN.get(name, Part), kind), {})
    return found
