"""Which licence a record gives for a copy, as far as it lets the copy be passed on unchanged. Pure.

Every licence of Creative Commons does, and what is in the public domain; a licence of a publisher's own does not count, nor one
for text mining. https://creativecommons.org/licenses/, and for Crossref https://www.crossref.org/documentation/schema-library/markup-guide-metadata-segments/license-information/

| format | where it stands | of which copy |
|---|---|---|
| crossref | `license`: `URL`, `content-version` (vor, am, unspecified; tdm is left out), `start` | the version it names |
| openalex | `locations`: `license`, `version`, their links | the version, and those links |
| europe-pmc | `license` of an open-access article | the published version |
| datacite-json | `rightsList` | what the record shows |
| XML (oai_dc, mods, ...) | a Creative Commons address | what the record shows: a copy whose address stands in it |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

_ADDRESS = re.compile(r"creativecommons\.org/(licen[cs]es|publicdomain)/([a-z+-]+)(?:/(\d\.\d))?", re.IGNORECASE)
_SHORT = re.compile(r"^cc[ _-]?(by(?:[ _-](?:nc|nd|sa))*|0|zero)(?:[ _-]?(\d\.\d))?$", re.IGNORECASE)
_VERSIONS = {"vor": "published", "am": "accepted", "unspecified": "published"}
_OPENALEX = {"submittedVersion": "submitted", "acceptedVersion": "accepted", "publishedVersion": "published"}


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence, the version of the work it is for (None: not said), and the text in which a copy's address must stand then."""

    name: str
    version: str | None = None
    within: str = ""

    def covers(self, version: str | None, place: str) -> bool:
        """Given a copy's version and address, return whether this licence is for that copy."""
        if self.version is not None and version == self.version:
            return True
        return "://" in place and place in self.within


def licences(records: Iterable[tuple[str, bytes]], today: date) -> list[Licence]:
    """Given a work's records (format, bytes), return the licences that let a copy be passed on and that hold on that day."""
    found: dict[Licence, None] = {}
    for format, raw in records:
        text = raw.decode("utf-8", "replace")
        if text.lstrip()[:1] == "{":
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                found |= dict.fromkeys(_READ.get(format, _nothing)(record, text, today))
        else:
            found |= dict.fromkeys(Licence(name, within=text) for name in _named(text))
    return list(found)


def licence_name(text: object) -> str | None:
    """Given a licence's address or short name, return its name (`CC BY 4.0`), or None if it is none that lets a copy be passed on."""
    given = str(text or "").strip()
    if address := _ADDRESS.search(given):
        return _spelt(address[1].lower() == "publicdomain", address[2], address[3])
    if short := _SHORT.match(given):
        return _spelt(short[1].lower() in ("0", "zero"), short[1], short[2])
    return "public domain" if re.fullmatch(r"(?i)(?:public[ _-]?domain|pd)", given) else None


def _spelt(public: bool, kind: str, version: str | None) -> str:
    if public:
        return "public domain" if kind.lower() == "mark" else "CC0"
    parts = [part.upper() for part in re.split(r"[ _+-]", kind) if part]
    return " ".join(["CC", "-".join(parts), *([version] if version else [])])


def _named(text: str) -> Iterator[str]:
    for address in _ADDRESS.finditer(text):
        yield _spelt(address[1].lower() == "publicdomain", address[2], address[3])


def _crossref(record: dict[str, Any], text: str, today: date) -> Iterator[Licence]:  # noqa: ARG001 - all are called alike
    for one in _dicts(record.get("license")):
        version, name = _VERSIONS.get(str(one.get("content-version"))), licence_name(one.get("URL"))
        if version and name and _begun(one.get("start"), today):
            yield Licence(name, version)


def _begun(start: object, today: date) -> bool:
    try:
        parts = [int(part) for part in start["date-parts"][0]]  # type: ignore[index]
        return date(*[*parts, 1, 1][:3]) <= today
    except (KeyError, TypeError, ValueError, IndexError):
        return not start


def _openalex(record: dict[str, Any], text: str, today: date) -> Iterator[Licence]:  # noqa: ARG001
    for place in _dicts(record.get("locations")):
        if name := licence_name(place.get("license")):
            links = " ".join(str(place.get(field) or "") for field in ("pdf_url", "landing_page_url"))
            yield Licence(name, _OPENALEX.get(str(place.get("version"))), links)


def _europe_pmc(record: dict[str, Any], text: str, today: date) -> Iterator[Licence]:  # noqa: ARG001
    if name := licence_name(record.get("license")):
        yield Licence(name, "published", text)


def _datacite(record: dict[str, Any], text: str, today: date) -> Iterator[Licence]:  # noqa: ARG001
    attributes = record.get("attributes", record)
    for right in _dicts(attributes.get("rightsList") if isinstance(attributes, dict) else None):
        name = licence_name(right.get("rightsUri")) or licence_name(right.get("rightsIdentifier"))
        if name:
            yield Licence(name, "published", text)


def _nothing(record: dict[str, Any], text: str, today: date) -> Iterator[Licence]:  # noqa: ARG001
    yield from ()


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


_READ = {"crossref": _crossref, "openalex": _openalex, "europe-pmc": _europe_pmc, "datacite-json": _datacite}
