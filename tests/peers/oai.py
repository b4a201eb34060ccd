"""An OAI-PMH repository to talk to: the server of the PyPI package `oaipmh` on loopback, with the bad days of real ones in front.

    with OaiPeer(entries, batch=50) as peer:
        peer.faults[2] = Fault.CUT      # the second ListRecords answer
        ... ask peer.url ...
        assert len(peer.asked) == 4

As a process of its own: python -m tests.peers.oai RECORDS.jsonl[.gz] [PORT]
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from oaipmh import common, metadata, server
from oaipmh.error import CannotDisseminateFormatError, IdDoesNotExistError

from tests.peers.oai_faults import DAYS, PREFIX, SECONDS, Entry, Fault, Repository

__all__ = ["DAYS", "PREFIX", "SECONDS", "Entry", "Fault", "OaiPeer", "entries", "read"]

_START = datetime(2026, 1, 1)  # OAI-PMH's moments are UTC, and the package wants them naive
_DC = "{http://purl.org/dc/elements/1.1/}"


def entries(records: Iterable[Mapping[str, Any]], *, every_deleted: int = 0) -> list[Entry]:
    """Given records as stored (`identifier` and `xml`), return those in oai_dc as entries, one a minute, each identifier once.

    With `every_deleted` n, every n-th is deleted.
    """
    found: dict[str, Entry] = {}
    for record in records:
        fields = dublin_core(str(record["xml"]))
        identifier = str(record["identifier"] or "")
        if fields and identifier and identifier not in found:
            at = len(found)
            deleted = bool(every_deleted) and at % every_deleted == every_deleted - 1
            found[identifier] = Entry(identifier, _START + timedelta(minutes=at), fields, deleted)
    return list(found.values())


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Given a file of records, one JSON object a line, yield them."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def dublin_core(xml: str) -> dict[str, list[str]]:
    """Given a record's XML, return its Dublin Core elements by name."""
    root = etree.fromstring(xml.encode(), etree.XMLParser(recover=True, resolve_entities=False))
    found: dict[str, list[str]] = {}
    for node in root.iter() if root is not None else ():
        if isinstance(node.tag, str) and node.tag.startswith(_DC) and (node.text or "").strip():
            found.setdefault(node.tag.removeprefix(_DC), []).append(node.text.strip())
    return found


class OaiPeer(Repository):
    """The repository, by `oaipmh`: stateless tokens, deleted records shown."""

    def _open(self) -> None:
        registry = metadata.MetadataRegistry()
        registry.registerWriter(PREFIX, server.oai_dc_writer)
        self._oai = server.BatchingServer(
            _Repository(self), metadata_registry=registry, resumption_batch_size=self.batch
        )

    def _body(self, arguments: dict[str, str]) -> bytes:
        body = self._oai.handleRequest(dict(arguments))
        return body.encode() if isinstance(body, str) else bytes(body)


class _Repository:
    """What the package asks of a repository."""

    def __init__(self, peer: OaiPeer) -> None:
        self._peer = peer

    def identify(self) -> Any:
        return common.Identify(
            repositoryName="Example repository",
            baseURL=self._peer.url,
            protocolVersion="2.0",
            adminEmails=["repository@example.org"],
            earliestDatestamp=_START,
            deletedRecord="persistent",
            granularity=self._peer.granularity,
            compression=["identity"],
        )

    def listMetadataFormats(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        namespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"
        return [(PREFIX, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", namespace)]

    def listSets(self, cursor: int = 0, batch_size: int = 10) -> list[tuple[str, str, str]]:
        names = sorted({name for entry in self._peer.listed for name in entry.sets})
        return [(name, name, "") for name in names][cursor : cursor + batch_size]

    def listIdentifiers(self, **arguments: Any) -> list[Any]:
        return [_header(entry) for entry in self._selected(**arguments)]

    def listRecords(self, **arguments: Any) -> list[Any]:
        return [(_header(entry), _metadata(entry), None) for entry in self._selected(**arguments)]

    def getRecord(self, metadataPrefix: str, identifier: str) -> Any:
        for entry in self._peer.listed:
            if entry.identifier == identifier:
                return _header(entry), _metadata(entry), None
        raise IdDoesNotExistError(identifier)

    def _selected(
        self,
        metadataPrefix: str | None = None,
        set: str | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        cursor: int = 0,
        batch_size: int = 10,
    ) -> list[Entry]:
        if metadataPrefix != PREFIX:
            raise CannotDisseminateFormatError(f"Unknown metadata format: {metadataPrefix}")
        return [
            entry
            for entry in self._peer.listed
            if (from_ is None or entry.stamp >= from_)
            and (until is None or entry.stamp <= until)
            and (set is None or set in entry.sets)
        ][cursor : cursor + batch_size]


def _header(entry: Entry) -> Any:
    return common.Header(None, entry.identifier, entry.stamp, list(entry.sets), entry.deleted)


def _metadata(entry: Entry) -> Any:
    return None if entry.deleted else common.Metadata(None, {name: list(texts) for name, texts in entry.fields.items()})


if __name__ == "__main__":
    with OaiPeer(entries(read(Path(sys.argv[1])), every_deleted=17), port=int((sys.argv[2:] or ["0"])[0])) as running:
        print(f"{len(running.entries)} records at {running.url}", flush=True)
        running.thread.join()
