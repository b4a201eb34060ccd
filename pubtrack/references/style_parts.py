"""The parts of a citation style, each as citeproc-py has it, but with a memory: what citing.py makes a style of. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from citeproc import model
from citeproc.source import VariableError
from citeproc.string import join

from pubtrack.references.style_memory import NAMESPACES, Part, Printed, can, has, kept

_DECIDED = frozenset({"type", "variable", "is-numeric", "match"})  # tests that a reference's shape answers


class _Parent(Part):
    """A part with parts in it; of those it asks only the ones that can print."""

    @kept
    def calls_variable(self) -> bool:
        return bool(super().calls_variable())

    @cached_property
    def parts(self) -> list[Any]:
        return list(self.iterchildren())

    def prints(self, item: Any) -> bool:
        return any(can(part, item) for part in self.parts)

    def below(self, item: Any) -> Any:
        """Return the parts in this that can print something of references of this shape."""
        plan = item.plan.below
        if self not in plan:
            plan[self] = [part for part in self.parts if can(part, item)]
        return plan[self]

    def render_children(self, item: Any, delimiter: str = "", **more: Any) -> Any:
        output = []
        for part in self.below(item):
            try:
                within = {"delimiter": delimiter} if isinstance(part, model.Choose) else {}
                text = part.render(item, **within, **more)
            except VariableError:
                continue
            if text is not None:
                output.append(text)
        return join(output, delimiter) if output else None


class _Layout(_Parent, Printed):
    """Where a reference begins."""


class _Choose(_Parent):
    """Branches, of which the first prints whose tests hold; what can be decided by a reference's shape is decided once."""

    def below(self, item: Any) -> Any:
        """Return the branches whose tests may hold, each with whether that is decided: the last may be, the others are not."""
        plan = item.plan.below
        if self not in plan:
            plan[self] = found = []
            for branch in self.parts:
                holds = branch.holds(item)
                if holds is not False:
                    found.append((branch, holds is not None))
                if holds:
                    break
        return plan[self]

    def prints(self, item: Any) -> bool:
        return any(can(branch, item) for branch, _ in self.below(item))

    def render(self, item: Any, context: Any = None, delimiter: str = "", **more: Any) -> Any:
        for branch, decided in self.below(item):
            if decided:
                return branch.render_children(item, context=context, delimiter=delimiter, **more)
            try:
                return branch.render(item, context=context, delimiter=delimiter, **more)
            except model.ConditionFailed:
                continue
        return None


class _Else(_Parent):
    def holds(self, item: Any) -> bool | None:
        """Return whether this branch is for references of this shape; None if that does not rest on it."""
        del item
        return True


class _If(_Parent):
    def holds(self, item: Any) -> bool | None:
        """Return whether this branch is for references of this shape; None if that does not rest on it."""
        if not set(self.attrib) <= _DECIDED:
            return None
        tests = (("type", self._type), ("variable", self._variable), ("is-numeric", self._is_numeric))
        results = [bool(result) for name, test in tests if name in self.attrib for result in test(item)]
        match = self.get("match")
        return any(results) if match == "any" else not any(results) if match == "none" else all(results)


class _Group(_Parent, Printed):
    @cached_property
    def _callers(self) -> frozenset[Any]:
        return frozenset(part for part in self.parts if part.calls_variable())

    def calls_variable(self) -> bool:
        return True

    def below(self, item: Any) -> Any:
        """Return the parts in this that can print something: none if all that is asked of the reference is not in it."""
        plan = item.plan.below
        if self not in plan:
            found = [part for part in self.parts if can(part, item)]
            plan[self] = found if not self._callers or any(part in self._callers for part in found) else []
        return plan[self]

    def prints(self, item: Any) -> bool:
        return bool(self.below(item))

    def render(self, item: Any, context: Any = None, **more: Any) -> Any:
        text = self.process(item, context, **more)
        return (text or None) if self._undressed else self.markup(text)

    def process(self, item: Any, context: Any = None, **more: Any) -> Any:
        output, told = [], not self._callers
        for part in self.below(item):
            try:
                within = {"delimiter": self.get("delimiter", "")} if isinstance(part, model.Choose) else {}
                text = part.render(item, context=context, **within, **more)
            except VariableError:
                continue
            if text is not None:
                output.append(text)
                told = told or part in self._callers
        if not output or not told:
            raise VariableError
        return self.join(output)


class _Text(Printed):
    @kept
    def calls_variable(self) -> bool:
        return bool(super().calls_variable())

    @cached_property
    def _macro(self) -> Any:
        name = self.get("macro") if self.get("variable") is None else None
        return None if name is None else self.get_macro(name)

    def prints(self, item: Any) -> bool:
        variable = self.get("variable")
        if variable is None:
            return self._macro is None or can(self._macro, item)
        if variable in ("citation-number", "locator"):
            return True
        return has(item, "page" if variable.startswith("page") else variable) or has(item, f"{variable}-short")

    def render(self, item: Any, context: Any = None, **more: Any) -> Any:
        if self._macro is None:
            return super().render(item, context, **more)
        text = self._macro.render(item, self if context is None else context)
        if self._undressed or not text:
            return text or None
        return self.markup(text, item.reference.language[:2])


class _Number(Printed):
    def prints(self, item: Any) -> bool:
        variable = self.get("variable")
        return variable == "locator" or ("page" if variable == "page-first" else variable) in item.reference


class _Date(Part):
    def prints(self, item: Any) -> bool:
        return has(item, self.get("variable"))


class _DatePart(Part):
    def render(self, date: Any, context: Any = None) -> Any:
        """Print a part of a date. citeproc-py writes what one date of a style asks into the words of all; that is taken back."""
        before = dict(self.attrib)
        try:
            return super().render(date, context)
        finally:
            if dict(self.attrib) != before:
                self.attrib.clear()
                self.attrib.update(before)


class _Names(Printed):
    def prints(self, item: Any) -> bool:
        substitute = self.substitute()
        roles = self.get("variable").split()
        return any(role in item.reference for role in roles) or (substitute is not None and can(substitute, item))

    def insert(self, index: int, element: Any) -> None:
        """Take in the name that citeproc-py makes where a style has none; one is enough, it makes one for each reference."""
        for made in self.findall(element.tag):
            self.remove(made)
        super().insert(index, element)


class _Name(Printed):
    def get_option(self, name: str, context: Any = None, sort_options: Any = None) -> Any:
        if sort_options is not None:
            return super(Part, self).get_option(name, context, sort_options)
        return self._option(name, context)

    @kept
    def _option(self, name: str, context: Any) -> Any:
        return super(Part, self).get_option(name, context)

    @kept
    def _all(self, path: str) -> Any:
        return super().findall(path, NAMESPACES)

    def findall(self, path: str, namespaces: Any = None) -> Any:
        """Return the parts of a name, which a style dresses one by one."""
        del namespaces
        return self._all(path)


class _Words(Part):
    """A locale."""

    def get_term(self, name: str, form: str | None = None, zero_padded: bool = False) -> Any:  # type: ignore[override]
        """Return a word of this language."""
        return super(Part, self).get_term(name, form, zero_padded)


class _Word(Part):
    @cached_property
    def single(self) -> Any:
        """Return the word for one."""
        return super().single

    @cached_property
    def multiple(self) -> Any:
        """Return the word for several."""
        return super().multiple


# The memory that goes before citeproc-py's own class of an element; any other element has that of a Part.
OWN: dict[str, type] = {
    "locale": _Words,
    "term": _Word,
    "macro": _Parent,
    "layout": _Layout,
    "substitute": _Parent,
    "choose": _Choose,
    "if": _If,
    "else-if": _If,
    "else": _Else,
    "group": _Group,
    "text": _Text,
    "number": _Number,
    "date": _Date,
    "date-part": _DatePart,
    "names": _Names,
    "name": _Name,
    "name-part": Printed,
    "label": Printed,
}
