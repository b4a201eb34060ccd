"""Read documents' text in processes of their own, which may be hostile to them without harm to anyone.

A Reader keeps one worker (`worker.py`) that reads each document in a child of its own, under limits on memory, time and output; what
happens there comes back as a Text or as Unreadable.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pubtrack import clock
from pubtrack.credit.text import Text
from pubtrack.errors import Unreadable

VERSION = "3"  # kept beside every finding: raise it when the same bytes may give another text
_GRACE = 10  # seconds that a worker may take beyond the document's own, before it is thought dead
# A child keeps the memory that one page took for the next one: glibc gives it back after every page otherwise (mallopt(3)).
_MALLOC = {"MALLOC_TRIM_THRESHOLD_": "268435456", "MALLOC_MMAP_THRESHOLD_": "268435456"}
_TIMED_OUT = 1_000  # as in worker.py, which only the worker imports


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take: bytes of memory, seconds of processor, seconds on the wall, bytes in, characters out."""

    memory: int = 1_000_000_000
    seconds: float = 60
    wall: float = 120
    max_bytes: int = 50_000_000
    max_characters: int = 20_000_000


def read(source: Path | bytes, limits: Limits = Limits()) -> Text:
    """Given one document as a file or as bytes, return its text; see `Reader.read`, which is faster for several."""
    with Reader(limits) as reader:
        return reader.read(source)


class _Gone(Exception):
    """The worker ended, or answered what no worker answers."""


class Reader:
    """Reads documents one after the other. Close it, or use it in a `with`; nothing is started before the first document."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def read(self, source: Path | bytes) -> Text:
        """Given a document as a file or as bytes, return its text.

        Raise Unreadable, with the reason, if it is of no kind that can be read, holds no text, is encrypted, too big, takes too much
        memory or time, or makes its reader fail; OSError if the file cannot be opened. The calling process never parses the document.
        """
        document = self._document(source)
        try:
            status, answer = self._asked(document)
        except _Gone:
            raise Unreadable(
                "its reader broke down on it: the file is damaged, or needs more memory than allowed"
            ) from None
        return _text(status, answer, self.limits)

    def close(self) -> None:
        """End the worker, and whatever it is reading."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.terminate()
        try:
            worker.wait(2)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what a dead worker did not take
                    pipe.close()

    def _document(self, source: Path | bytes) -> bytes:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size == 0:
            raise Unreadable("the file is empty")
        if size > self.limits.max_bytes:
            raise Unreadable(f"the file is larger than {self.limits.max_bytes // 1_000_000} MB")
        if isinstance(source, bytes):
            return source
        with source.open("rb") as file:
            return file.read(self.limits.max_bytes)

    def _asked(self, document: bytes) -> tuple[int, bytes]:
        """Ask the worker, a new one if there is none; any that is not to be trusted with the next document is ended."""
        used = self._worker is not None
        try:
            return self._ask(document)
        except _Gone:
            self.close()
            if not used:
                raise
        except BaseException:
            self.close()
            raise
        try:  # it may have died of something else than this document
            return self._ask(document)
        except BaseException:
            self.close()
            raise

    def _ask(self, document: bytes) -> tuple[int, bytes]:
        if self._worker is None:
            self._worker = _start()
        stdin, stdout = self._worker.stdin, self._worker.stdout
        assert stdin is not None
        assert stdout is not None
        limits = self.limits
        numbers = (limits.memory, int(limits.seconds) or 1, limits.wall, limits.max_characters, len(document))
        try:
            stdin.write(" ".join(map(str, numbers)).encode() + b"\n")
            stdin.write(document)
            stdin.flush()
        except OSError:
            raise _Gone from None
        until = clock.monotonic() + limits.wall + _GRACE
        head = b""
        while not head.endswith(b"\n"):
            head += _taken(stdout.fileno(), 1, until)
        status, size = map(int, head.split())
        pieces = []
        while size > 0:
            pieces.append(_taken(stdout.fileno(), min(size, 1 << 20), until))
            size -= len(pieces[-1])
        return status, b"".join(pieces)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pubtrack.credit.readers.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8", "PATH": os.defpath}
        | _MALLOC,
        start_new_session=True,
    )


def _taken(pipe: int, most: int, until: float) -> bytes:
    ready, _, _ = select.select([pipe], [], [], max(0.0, until - clock.monotonic()))
    piece = os.read(pipe, most) if ready else b""
    if not piece:
        raise _Gone
    return piece


def _text(status: int, answer: bytes, limits: Limits) -> Text:
    if status == _TIMED_OUT:
        raise Unreadable(f"reading it took longer than {limits.wall:g} seconds")
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
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable("its reader gave no proper answer") from error
