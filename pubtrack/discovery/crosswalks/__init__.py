"""Crosswalks: a record of a foreign format to a Work. Adding one is one file, one line here, one test."""

from __future__ import annotations

from collections.abc import Callable

from pubtrack.discovery.crosswalks import (
    bibtex,
    cerif,
    crossref,
    csl_json,
    datacite,
    datacite_xml,
    didl,
    europe_pmc,
    mods,
    oai_dc,
    openalex,
    ris,
    typed,
)
from pubtrack.models import Work

# Each takes one record's bytes and raises UnusableRecord with the reason it is counted under.
CROSSWALKS: dict[str, Callable[[bytes], Work]] = {
    "crossref": crossref.crosswalk,
    "oai_dc": oai_dc.crosswalk,
    "mods": mods.crosswalk,
    "didl": didl.crosswalk,
    "cerif": cerif.crosswalk,
    "csl-json": csl_json.crosswalk,
    "bibtex": bibtex.crosswalk,
    "ris": ris.crosswalk,
    "europe-pmc": europe_pmc.crosswalk,
    "datacite-json": datacite.crosswalk,
    "openalex": openalex.crosswalk,
    "datacite": datacite_xml.crosswalk,
    "typed": typed.crosswalk,
}
# What makes a record of the format a changed one, where that is not all of it.
CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "crossref": crossref.content,
    "europe-pmc": europe_pmc.content,
    "datacite-json": datacite.content,
    "openalex": openalex.content,
}
