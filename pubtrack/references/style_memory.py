"""What every part of a citation style remembers of what it was asked. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from citeproc import model

_FONT = ("font-style", "font-variant", "font-weight", "text-decoration", "vertical-align")
NAMESPACES = model.SomewhatObjectifiedElement.nsmap


@dataclass(slots=True)
class Plan:
    """What a style does with references of one shape: the parts below each part that can print, and whether a part can."""

    below: dict[Any, list[Any]] = field(default_factory=dict)
    prints: dict[Any, bool] = field(default_factory=dict)


def kept(method: Callable[..., Any]) -> Callable[..., Any]:
    """Given a method whose answer rests on the style and on what it is asked, return it with a memory in each part."""
    name = f"_kept_{method.__name__}"

    @wraps(method)
    def asked(self: Any, *question: Any) -> Any:
        try:
            return self.__dict__[name][question]
        except KeyError:
            answer = self.__dict__.setdefault(name, {})[question] = method(self, *question)
            return answer

    return asked


class Part(model.SomewhatObjectifiedElement):  # type: ignore[misc]
    """Any part of a style or of its words."""

    def prints(self, item: Any) -> bool:
        """Return whether this can print anything of references of this shape; True where that does not rest on it."""
        del item
        return True

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = super().__getattr__(name)  # the part in it of this name, if any
        return found

    @kept
    def get_root(self) -> Any:
        return super().get_root()

    @kept
    def xpath_search(self, expression: str) -> Any:
        return super().xpath_search(expression)

    @kept
    def get_option(self, name: str) -> Any:
        return super().get_option(name)

    @kept
    def get_locale_option(self, name: str) -> Any:
        return super().get_locale_option(name)

    @kept
    def get_macro(self, name: str) -> Any:
        return super().get_macro(name)

    @kept
    def _word(self, name: str, form: str | None, fallback_locale: bool, zero_padded: bool) -> Any:
        return super().get_term(name, form, fallback_locale, zero_padded)

    def get_term(
        self, name: str, form: str | None = None, fallback_locale: bool = True, zero_padded: bool = False
    ) -> Any:
        """Return the style's own word, or the locale's."""
        return self._word(name, form, fallback_locale, zero_padded)


def can(part: Any, item: Any) -> bool:
    """Given a part and a reference, return whether it can print anything of references of that shape."""
    known: dict[Any, bool] = item.plan.prints
    if part not in known:
        known[part] = part.prints(item)
    return known[part]


def has(item: Any, variable: str) -> bool:
    """Given a reference and the name of a variable as CSL writes it, return whether the reference has it."""
    return variable.replace("-", "_") in item.reference


class Printed(Part):
    """A part that dresses what it prints: fonts, capitals, what stands around it. Most have none of that."""

    @cached_property
    def _bare(self) -> bool:
        return not any(name in self.attrib for name in _FONT)

    @cached_property
    def _around(self) -> bool:
        return bool(self.get("prefix") or self.get("suffix"))

    @cached_property
    def _recast(self) -> bool:
        return self.get("text-case") is not None

    @cached_property
    def _stripped(self) -> bool:
        return self.get("strip-periods") is not None

    @cached_property
    def _quoted(self) -> bool:
        return self.get("quotes") is not None

    @cached_property
    def _undressed(self) -> bool:
        return self._bare and not (self._around or self._recast or self._stripped or self._quoted)

    def format(self, text: Any) -> Any:
        if self._bare:
            return str(text) if isinstance(text, int | float) else text
        return super().format(text)

    def wrap(self, text: Any) -> Any:
        return super().wrap(text) if self._around else text

    def case(self, text: Any, language: Any = None) -> Any:
        return super().case(text, language) if self._recast else text

    def strip_periods(self, text: Any) -> Any:
        return super().strip_periods(text) if self._stripped else text

    def quote(self, text: Any) -> Any:
        return super().quote(text) if self._quoted else text
