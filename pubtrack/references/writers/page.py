"""The formatted list as one HTML page without anything from elsewhere."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pubtrack.references.formatting import linked
from pubtrack.references.lists import ReferenceList, by_project
from pubtrack.references.words import WORDS, changed_words, count_words


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as an HTML page in UTF-8; the references are escaped when they are formatted, all else here."""
    return (
        _template()
        .render(
            list=references,
            words=WORDS[references.language],
            counts=count_words(len(references.items), len(references.corrections), references.language),
            groups=by_project(references.items),
            changed=lambda correction: changed_words(correction.changed, references.language),
            formatted=Markup,
            linked=lambda item: Markup(linked(item.formatted, item.csl)),  # noqa: S704
        )
        .encode()
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("pubtrack", "templates/references"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("list.html")
