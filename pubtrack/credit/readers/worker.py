"""The process that reads documents: `python -m pubtrack.credit.readers.worker`, fed by pubtrack.credit.readers over two pipes.

It never looks into a document itself. Each is read by a child of its own, forked from a process that has seen no other document: under
limits on memory, time and output, with no pipe in reach, its whole process group killed at the end. So one document cannot hurt the
next. What a kind of document needs is only kept warm: its modules after the first, and after a few a sample of our own (samples.py) is
read here, so that fonts are found and code has run before the next child is forked.

A question is a line of five numbers (bytes of memory, seconds of processor, seconds on the wall, characters, bytes of the document) and the
document; an answer is a line of two (how the child ended, bytes of its answer) and one JSON object.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
from collections import Counter
from typing import IO, Any

from pubtrack import clock
from pubtrack.credit.readers.kinds import READERS, reader, sniff
from pubtrack.credit.readers.samples import sample
from pubtrack.errors import Unreadable

TIMED_OUT = 1_000  # no exit code and no signal
_WARM = 100  # plus the number of the kind that was read: how a child ends that went well
_KINDS = tuple(READERS)
_SEVERAL = 3  # documents of a kind, after which more of it are expected
_TIMES = 3  # that a sample is read: what runs more than once is made faster
_FEWEST = 5  # words of a plain text; less may be the first bytes of anything


def main() -> None:
    """Answer questions until there are no more, or until whoever asked is gone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGTERM, _end)
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    asker = os.getppid()
    met: Counter[int] = Counter()
    while line := given.readline():
        memory, seconds, wall, characters, size = map(float, line.split())
        document = given.read(int(size))
        with os.fdopen(os.memfd_create("answer"), "w+b") as answered:
            status = _apart(document, answered, (int(memory), int(seconds), wall, int(characters)), asker)
            del document
            written = answered.seek(0, os.SEEK_END)
            answered.seek(0)
            kind = status - _WARM if status >= _WARM else None
            taken.write(b"%d %d\n" % (0 if kind is not None and kind < len(_KINDS) else status, written))
            while piece := answered.read(1 << 20):
                taken.write(piece)
            taken.flush()
        if kind is not None and kind < len(_KINDS):
            met[kind] += 1
            _keep_warm(_KINDS[kind], met[kind])


def _keep_warm(kind: str, met: int) -> None:
    """Keep what a kind of document needs, after so many of it."""
    module = reader(kind)
    if met == _SEVERAL and (made := sample(kind)) is not None:
        for _ in range(_TIMES):
            json.dumps(module.read(made).as_json()).encode()


_child = 0


def _end(*_: object) -> None:
    if _child:
        _kill(_child)
    os._exit(0)


def _kill(child: int) -> None:
    """Kill the child and all that it may have started."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)


def _apart(document: bytes, answered: IO[bytes], limits: tuple[int, int, float, int], asker: int) -> int:
    """Read a document in a child and return how it ended: an exit code, a signal's number below zero, or TIMED_OUT."""
    global _child  # noqa: PLW0603 - the signal's end of it
    memory, seconds, wall, characters = limits
    until = clock.monotonic() + wall
    gc.freeze()
    _child = child = os.fork()
    if child == 0:
        _be_child(document, answered, memory, seconds, characters)
    timed_out = False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        left = until - clock.monotonic()
        if timed_out := left <= 0 or os.getppid() != asker:
            _kill(child)
            os.waitpid(child, 0)
            break
        signal.sigtimedwait({signal.SIGCHLD}, min(left, 1))
    _kill(child)
    _child = 0
    return TIMED_OUT if timed_out else os.waitstatus_to_exitcode(status)


def _be_child(document: bytes, answered: IO[bytes], memory: int, seconds: int, characters: int) -> None:
    """Read the document, write its answer and end. Limits come before the first byte is looked at."""
    code = 1
    try:
        os.setsid()
        gc.disable()  # the process ends with its document
        nothing = os.open(os.devnull, os.O_RDWR)
        for pipe in (0, 1, 2):
            os.dup2(nothing, pipe)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        limit = resource.setrlimit
        limit(resource.RLIMIT_CORE, (0, 0))
        limit(resource.RLIMIT_AS, (memory, memory))
        limit(resource.RLIMIT_CPU, (seconds, seconds + 2))
        limit(resource.RLIMIT_FSIZE, (6 * characters + 1_000_000,) * 2)  # JSON may write a character as \uXXXX
        sys.setrecursionlimit(5_000)
        values = answer(document, characters)
        answered.write(json.dumps(values).encode())
        answered.flush()
        code = _WARM + _KINDS.index(values["kind"]) if "kind" in values else 0
    finally:
        os._exit(code)


def answer(data: bytes, characters: int) -> dict[str, Any]:
    """Given a document, return its text as JSON values, or `{"unreadable": reason}`."""
    try:
        text = reader(sniff(data)).read(data)
    except Unreadable as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"unreadable": "reading it needs more memory than allowed"}
    except Exception as error:  # whatever a parser raises on a damaged file is a reason, never a verdict
        return {"unreadable": f"the file is damaged ({type(error).__name__})"}
    if text.kind == "text" and sum(len(block.text.split()) for block in text.blocks) < _FEWEST:
        return {"unreadable": "there is hardly any text in it"}
    if sum(len(block.text) for block in text.blocks) > characters:
        return {"unreadable": "its text is too long"}
    values: dict[str, Any] = text.as_json()
    return values


if __name__ == "__main__":
    main()
