"""OAI-PMH answers as files: ListRecords, GetRecord, several answers one after the other, or bare records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

from pubtrack.discovery.crosswalks.xml import parsed
from pubtrack.discovery.sources import oai_answer
from pubtrack.discovery.sources.formats import Broken
from pubtrack.errors import BadHarvest
from pubtrack.models import Record

_ANSWER_ENDS = re.compile(rb"</(?:[\w.-]+:)?OAI-PMH\s*>")


def read(file: IO[bytes], name: str, source: str) -> Iterator[Record]:
    """Given an open file, yield its records; a broken one is named after its place.

    Raise Broken if the file is not whole, or holds no OAI-PMH.
    """
    text = file.read()
    if not _ANSWER_ENDS.search(text):
        yield from _bare(text, name, source)
        return
    parts = [part for part in _parts(text) if part]
    for number, part in enumerate(parts, start=1):
        try:
            answer = oai_answer.read(part, source)
        except BadHarvest as error:
            raise Broken(str(error).removeprefix(f"{source}: ")) from error
        yield from answer.records
        within = f", answer {number}" if len(parts) > 1 else ""
        for place, reason in answer.unusable:
            yield Record(source, f"{name}{within}, {place}", "oai_dc", reason.encode())
        if answer.errors and not answer.records:
            code, said = answer.errors[0]
            raise Broken(f"this is an answer with the error {code}{f' ({said})' if said else ''}, and no records.")


def _parts(text: bytes) -> list[bytes]:
    ends = [match.end() for match in _ANSWER_ENDS.finditer(text)]
    return [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def _bare(text: bytes, name: str, source: str) -> Iterator[Record]:
    root = parsed(text)
    if root is None:
        raise Broken("this XML is not whole.")
    tag = etree.QName(root).localname
    nodes = (
        [root]
        if tag == "record"
        else [node for node in root if isinstance(node.tag, str) and etree.QName(node).localname == "record"]
    )
    if not nodes:
        raise Broken(f"this is XML, but not OAI-PMH: it begins with <{tag}>.")
    for at, node in enumerate(nodes, start=1):
        made = oai_answer.record(node, source, f"record {at}")
        yield made if isinstance(made, Record) else Record(source, f"{name}, {made[0]}", "oai_dc", made[1].encode())
