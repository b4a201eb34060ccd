"""Read files that a person names, with no database and no network, on as many cores as are worth it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pubtrack import executor
from pubtrack.credit import documents, readers
from pubtrack.credit.documents import Document
from pubtrack.credit.statement import Fill
from pubtrack.executor import Failure
from pubtrack.models import Finding
from pubtrack.obligations.policy import Policy

_LIMITS = readers.Limits()


def read(
    names: Sequence[str],
    policies: Sequence[Policy],
    *,
    fill: Fill,
    workers: int | None = None,
    dask: str | None = None,
    limits: readers.Limits = _LIMITS,
) -> Iterator[tuple[str, dict[str, Finding] | Failure]]:
    """Given files' names, yield each in turn with a finding for each policy, by its id; a Failure says why there is none.

    The name - stands for what is piped in.
    What cannot be read is `unreadable`, with the reason; a file that cannot be opened is a Failure. Files are opened only as they can be
    taken up. Raise UsageError if the cluster at `dask` cannot be used.
    """
    found: dict[int, dict[str, Finding] | Failure] = {}
    places: dict[int, int] = {}

    def given() -> Iterator[Document]:
        for place, name in enumerate(names):
            try:
                with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
                    content = file.read(limits.max_bytes + 1)  # a byte too many says that it is too large
            except OSError as error:
                found[place] = Failure(f"it cannot be opened: {error.strerror}")
                continue
            document = documents.document(content, policies, limits=limits, fill=fill)
            places[id(document)] = place
            yield document

    told = 0
    with executor.opened(workers, dask, expected=len(names)) as some:
        try:
            for document, result in some.map(documents.judged, given()):
                found[places.pop(id(document))] = result
                while told in found:
                    yield names[told], found.pop(told)
                    told += 1
        finally:
            documents.close()
    for place in sorted(found):
        yield names[place], found[place]
