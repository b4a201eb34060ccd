"""Where publications are found: one module a source, one line here. A builder imports its module when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pubtrack.config import Settings
from pubtrack.discovery.model import Source


def _crossref(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources import crossref

    return crossref.build(config, settings)


def _oai_pmh(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources import oai_pmh

    return oai_pmh.build(config, settings)


def _file(config: Any, settings: Settings) -> Source:
    from pubtrack.discovery.sources import file

    return file.build(config, settings)


SOURCES: dict[str, Callable[[Any, Settings], Source]] = {
    "crossref": _crossref,
    "oai_pmh": _oai_pmh,
    "file": _file,
}
