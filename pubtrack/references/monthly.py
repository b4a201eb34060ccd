"""The files that go along with a month's digest: the provider's sheet and the BibTeX of what is new."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from pubtrack.config import Settings
from pubtrack.obligations.policy import Policy
from pubtrack.references import output
from pubtrack.references.gather import gather
from pubtrack.references.lists import Key, ReferenceList, order
from pubtrack.references.words import LOCALES
from pubtrack.store import Store
from pubtrack.store import references as table

FORMATS = ("xlsx", "bibtex")


def files(
    store: Store, settings: Settings, policies: Sequence[Policy], pairs: Collection[Key], name: str, made_on: date
) -> dict[str, bytes]:
    """Given pairs of project and work, a name and a day, return the sheet and the BibTeX of these references, by file name.

    A pair that is no output any more is left out; no pair at all gives no files.
    """
    from pubtrack.references.formatting import Formatter  # citeproc-py takes a while

    language = settings.references.language or settings.institution.language
    wanted = set(pairs)
    items = sorted(gather(store, policies, None, wanted).candidates, key=order)
    if not items:
        return {}
    style = settings.references.style
    formatter = Formatter(style, language, table.formatted(store, f"{style}/{LOCALES[language]}"))
    institution = settings.institution
    provider = policies[0].provider if policies else None
    references = ReferenceList(
        name=name,
        made_on=made_on,
        language=language,
        institution=institution.name if language == "nl" else institution.name_en or institution.name,
        provider="" if provider is None else (provider.name_nl or provider.name) if language == "nl" else provider.name,
        items=tuple(replace(item, formatted=formatter.format(item.csl, item.content_hash).html) for item in items),
    )
    return {f"{name}.{row.name.rpartition('.')[2]}": row.content for row in output.made(references, FORMATS)}
