"""Files in a folder of ours, told apart by content. Each format has its reader in `formats`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from pubtrack.config import Settings
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import formats
from pubtrack.errors import SourceError, UsageError
from pubtrack.models import Person, Record

_BATCH = 500


def read(path: Path, source: str, format: str | None = None) -> Iterator[Record]:
    """Given a file, yield its records; an entry that is broken is one too, named after its place, and its crosswalk says why.

    Without `format` the content tells. Raise UsageError, naming the file, if it cannot be read to its end or is of no known format.
    """
    yield from formats.read(path, source, format)


class FileSource:
    """A source of files: one question a file, named after its content alone: unchanged, or only renamed, it is not read again."""

    overlap_days = 0

    def __init__(self, name: str, files: Sequence[Path], format: str | None = None) -> None:
        self.name = name
        self._files = tuple(files)
        self._format = format

    def check(self) -> str:
        """Open every file and return how many there are. Raise SourceError if one is not there or of no known format."""
        for path in self._files:
            _hash(self.name, path)
            try:
                next(read(path, self.name, self._format), None)
            except UsageError as error:
                raise SourceError(f"{self.name}: {error}") from error
        return "1 file" if len(self._files) == 1 else f"{len(self._files)} files"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:  # noqa: ARG002
        """Return one question for all files of one content. The people and the window are not asked for: a file says what it says.

        Raise SourceError if a file is not there.
        """
        contents: dict[str, Path] = {}
        for path in self._files:
            contents.setdefault(_hash(self.name, path), path)
        return [Question(content, None, until, {"file": str(path)}, once=True) for content, path in contents.items()]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a file's question, yield its records in batches; `position` is how many entries were read.

        Raise SourceError if the file cannot be read.
        """
        path = Path(question.parameters["file"])
        skip = int(position) if position and position.isdecimal() else 0
        records = islice(read(path, self.name, self._format), skip, None)
        done = skip
        try:
            batch = list(islice(records, _BATCH))
            while batch:
                done += len(batch)
                following = list(islice(records, _BATCH))
                yield Page(tuple(batch), str(done) if following else None, requests=0)
                batch = following
            if done == skip:
                yield Page((), None, requests=0)
        except UsageError as error:
            raise SourceError(f"{self.name}: {error}") from error


def _hash(source: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise SourceError(
            f"{source}: {path} cannot be read: {error.strerror}. Look at `files` of this source."
        ) from error


def build(config: Any, settings: Settings) -> FileSource:  # noqa: ARG001
    """Given the configuration of a file source, return it."""
    return FileSource(config.name, config.files, config.format)
