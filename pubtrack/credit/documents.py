"""What is done with one document, here or on another core or machine: read it, judge it under each policy. Nothing else is touched."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pubtrack.credit import readers
from pubtrack.credit.check import READER, judge_of, unreadable
from pubtrack.credit.statement import Fill
from pubtrack.errors import Unreadable
from pubtrack.models import Finding
from pubtrack.obligations.policy import Policy


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way to a worker: its bytes, the policies as JSON, and what is known of the work.

    `fills` has, by language, what is known for the slots of a policy's statements.
    """

    content: bytes
    policies: tuple[str, ...]
    limits: readers.Limits
    language: str | None
    fills: Mapping[str, Mapping[str, str]]


def document(
    content: bytes, policies: Sequence[Policy], *, limits: readers.Limits, language: str | None = None, fill: Fill
) -> Document:
    """Given a document's bytes and the policies to judge it under, return what a worker needs of it all."""
    languages = {statement.language for policy in policies for statement in policy.statements}
    dumped = tuple(policy.model_dump_json(by_alias=True) for policy in policies)
    return Document(content, dumped, limits, language, {name: dict(fill(name)) for name in sorted(languages)})


def judged(given: Document) -> dict[str, Finding]:
    """Given a document, return a finding for each policy, by its id; what cannot be read is `unreadable`, with the reason."""
    judges = [judge_of(dumped) for dumped in given.policies]
    try:
        text = _reader(given.limits).read(given.content)
    except Unreadable as error:
        return {judge.policy.id: unreadable(judge.policy, str(error)) for judge in judges}
    return {
        judge.policy.id: judge(
            text, reader=READER, language=given.language, fill=lambda language: given.fills.get(language, {})
        )
        for judge in judges
    }


class _Kept(threading.local):
    """A thread's reader. It is kept only because starting one takes longer than reading a document: it knows of no document."""

    reader: readers.Reader | None = None


_kept = _Kept()


def _reader(limits: readers.Limits) -> readers.Reader:
    if _kept.reader is None or _kept.reader.limits != limits:
        close()
        _kept.reader = readers.Reader(limits)
    return _kept.reader


def close() -> None:
    """End the reader that this thread keeps, if it does."""
    if _kept.reader is not None:
        _kept.reader.close()
        _kept.reader = None
