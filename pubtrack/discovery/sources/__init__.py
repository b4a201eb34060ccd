"""Where publications are found: one module a source, one line here. A builder imports its module when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pubtrack.config import Settings
from pubtrack.discovery.model import Source


def _crossref(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.crossref import build

    return build(config, settings)


def _oai_pmh(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.oai_pmh import build

    return build(config, settings)


def _file(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.file import build

    return build(config, settings)


def _europe_pmc(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.europe_pmc import build

    return build(config, settings)


def _openalex(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.openalex import build

    return build(config, settings)


def _datacite(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources.datacite import build

    return build(config, settings)


SOURCES: dict[str, Callable[[Any, Settings], Source]] = {
    "crossref": _crossref,
    "oai_pmh": _oai_pmh,
    "file": _file,
    "europe_pmc": _europe_pmc,
    "openalex": _openalex,
    "datacite": _datacite,
}
