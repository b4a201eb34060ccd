"""Read a document's text in a process of its own, which may be hostile to it without harm to anyone.

`read` starts `worker.py`, under limits on memory, time and output; what happens there comes back as a Text or as Unreadable.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pubtrack.credit.text import Text
from pubtrack.errors import Unreadable

VERSION = "2"  # kept beside every finding: raise it when the same bytes may give another text


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take: bytes of memory, seconds of processor, seconds on the wall, bytes in, characters out."""

    memory: int = 1_000_000_000
    seconds: float = 60
    wall: float = 120
    max_bytes: int = 50_000_000
    max_characters: int = 20_000_000


def read(source: Path | bytes, limits: Limits = Limits()) -> Text:
    """Given a document as a file or as bytes, return its text.

    Raise Unreadable, with the reason, if it is of no kind that can be read, holds no text, is encrypted, too big, takes too much memory
    or time, or makes its reader fail. The calling process never parses the document itself.
    """
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as given:
        if isinstance(source, Path):
            with source.open("rb") as document:
                status = _run(document, given, limits)
        else:
            taken.write(source)
            taken.seek(0)
            status = _run(taken, given, limits)
        given.seek(0)
        answer = given.read()
    return _text(status, answer, limits)


def _run(document: IO[bytes], given: IO[bytes], limits: Limits) -> int:
    size = os.fstat(document.fileno()).st_size
    if size == 0:
        raise Unreadable("the file is empty")
    if size > limits.max_bytes:
        raise Unreadable(f"the file is larger than {limits.max_bytes // 1_000_000} MB")
    numbers = (limits.memory, int(limits.seconds) or 1, limits.max_characters)
    worker = subprocess.Popen(
        [sys.executable, "-m", "pubtrack.credit.readers.worker", *map(str, numbers)],
        stdin=document,
        stdout=given,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8", "PATH": os.defpath},
        start_new_session=True,
    )
    try:
        return worker.wait(limits.wall)
    except subprocess.TimeoutExpired:
        raise Unreadable(f"reading it took longer than {limits.wall:g} seconds") from None
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()


def _text(status: int, answer: bytes, limits: Limits) -> Text:
    if status == -signal.SIGXCPU:
        raise Unreadable(f"reading it took more than {limits.seconds:g} seconds of processor time")
    if status == -signal.SIGXFSZ:
        raise Unreadable("its text is too long")
    if status != 0:
        raise Unreadable("its reader broke down on it: the file is damaged, or needs more memory than allowed")
    try:
        values = json.loads(answer)
        if "unreadable" in values:
            raise Unreadable(str(values["unreadable"]))
        return Text.from_json(values)
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable("its reader gave no proper answer") from error
