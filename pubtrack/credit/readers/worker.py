"""The process in which one document is read: `python -m pubtrack.credit.readers.worker MEMORY SECONDS CHARACTERS < DOCUMENT`.

It limits itself before it looks at a byte, writes one JSON object and ends. It opens no file and no connection.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from pubtrack.credit.readers.kinds import reader, sniff
from pubtrack.errors import Unreadable


def main(memory: int, seconds: int, characters: int) -> None:
    """Read standard input as a document and write its text, or why it cannot be read."""
    limit = resource.setrlimit
    limit(resource.RLIMIT_CORE, (0, 0))
    limit(resource.RLIMIT_AS, (memory, memory))
    limit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    limit(resource.RLIMIT_FSIZE, (6 * characters + 1_000_000,) * 2)  # JSON may write a character as \uXXXX
    sys.setrecursionlimit(5_000)
    json.dump(answer(sys.stdin.buffer.read(), characters), sys.stdout)


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
    if sum(len(block.text) for block in text.blocks) > characters:
        return {"unreadable": "its text is too long"}
    values: dict[str, Any] = text.as_json()
    return values


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
