"""What workers are given to do in tests; apart, so that a worker imports no more than this."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    return number * number


def fail_on_three(number: int) -> int:
    if number == 3:
        raise ValueError("three is not done")
    return number


def die_once(folder: str) -> str:
    """Die on the first try, and succeed on the second."""
    mark = Path(folder) / "tried"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die(_: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def hang(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def who(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def unpicklable(_: int) -> object:
    return lambda: None
