"""A second OAI-PMH repository to talk to: the server of the PyPI package `oai_repo`, whose tokens go stale when its content changes.

    with OaiRepoPeer(entries, batch=5) as peer:
        ...
        peer.state += 1      # every token given until now is a badResumptionToken

It leaves deleted records out of ListRecords in silence, though it counts them in completeListSize.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree
from oai_repo import DataInterface, Identify, MetadataFormat, OAIRepository, RecordHeader, Set

from tests.peers.oai_faults import PREFIX, Entry, Repository

_DC = "http://purl.org/dc/elements/1.1/"
_OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"


@dataclass
class OaiRepoPeer(Repository):
    """The repository, by `oai_repo`."""

    state: int = 1

    def _open(self) -> None:
        self._oai = OAIRepository(_Data(self))

    def _body(self, arguments: dict[str, str]) -> bytes:
        return bytes(self._oai.process(arguments))


class _Data(DataInterface):  # type: ignore[misc]
    """What the package asks of a repository."""

    def __init__(self, peer: OaiRepoPeer) -> None:
        self._peer = peer
        self.limit = peer.batch

    def _entry(self, identifier: str) -> Entry:
        return next(entry for entry in self._peer.listed if entry.identifier == identifier)

    def get_identify(self) -> Any:
        said = Identify()
        said.repository_name, said.base_url = "Example repository", "https://repository.example.org/oai"
        said.deleted_record, said.granularity = "persistent", self._peer.takes or self._peer.granularity
        earliest = "2026-01-01T00:00:00Z" if "T" in said.granularity else "2026-01-01"
        said.admin_email, said.earliest_datestamp = ["repository@example.org"], earliest
        said.compression, said.description = [], []
        return said

    def is_valid_identifier(self, identifier: str) -> bool:
        return any(entry.identifier == identifier for entry in self._peer.listed)

    def get_metadata_formats(self, identifier: str | None = None) -> list[Any]:
        return [MetadataFormat(PREFIX, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", _OAI_DC)]

    def get_record_header(self, identifier: str) -> Any:
        entry, said = self._entry(identifier), RecordHeader()
        form = "%Y-%m-%dT%H:%M:%SZ" if "T" in self._peer.granularity else "%Y-%m-%d"
        said.identifier, said.datestamp, said.setspecs = identifier, entry.stamp.strftime(form), list(entry.sets)
        said.status = "deleted" if entry.deleted else None
        return said

    def get_record_metadata(self, identifier: str, metadataprefix: str) -> Any:
        entry = self._entry(identifier)
        if entry.deleted:
            return None
        made = etree.Element(f"{{{_OAI_DC}}}dc", nsmap={"oai_dc": _OAI_DC, "dc": _DC})
        for name, texts in entry.fields.items():
            for text in texts:
                etree.SubElement(made, f"{{{_DC}}}{name}").text = text
        return made

    def get_record_abouts(self, identifier: str) -> list[Any]:
        return []

    def list_set_specs(self, identifier: str | None = None, cursor: int = 0) -> tuple[list[str], int, None]:
        names = sorted({name for entry in self._peer.listed for name in entry.sets})
        return names, len(names), None

    def get_set(self, setspec: str) -> Any:
        said = Set()
        said.spec, said.name, said.description = setspec, setspec, []
        return said

    def list_identifiers(
        self,
        metadataprefix: str,
        filter_from: datetime | None = None,
        filter_until: datetime | None = None,
        filter_set: str | None = None,
        cursor: int = 0,
    ) -> tuple[list[str], int, str]:
        chosen = [
            entry.identifier
            for entry in self._peer.listed
            if (filter_from is None or _aware(entry.stamp) >= _aware(filter_from))
            and (filter_until is None or _aware(entry.stamp) <= _aware(filter_until))
            and (filter_set is None or filter_set in entry.sets)
        ]
        return chosen[cursor : cursor + self.limit], len(chosen), f"state {self._peer.state}"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
