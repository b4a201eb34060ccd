"""Where work is done that needs more than one core: in processes of this machine, or on a dask.distributed cluster.

Workers hold no state; whoever opened the executor is the only one that writes. A function that is handed out must stand at the top of
a module that the workers can import, and what it is given and returns must go through pickle.

    with executor.opened(workers=4) as workers:
        for item, result in workers.map(function, items):
            ...
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")

PATIENCE = 3_600.0  # seconds that one item may take before its worker is thought to hang
_WORTH_ONE = 8  # items for which a process is started that nobody asked for
DIED = "its worker died on it twice"


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of an item that brought no result; `reason` says why."""

    reason: str


class Executor(ABC):
    """Takes items as long as there is `room`, and gives each back once, with its result or a Failure, whichever is done first."""

    @property
    @abstractmethod
    def room(self) -> bool:
        """Whether another item would be taken up at once. One that is submitted without room waits here."""

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many items were submitted and have not been given back."""

    @abstractmethod
    def submit(self, function: Callable[[Any], Any], item: Any) -> None:
        """Have `function(item)` done."""

    @abstractmethod
    def next(self) -> tuple[Any, Any]:
        """Wait for the next item that is done and return it with its result or its Failure. Raise LookupError if none is on its way."""

    @abstractmethod
    def drop(self) -> None:
        """Give up whatever was submitted and has not been given back."""

    def close(self) -> None:
        """Give up what is on its way and let the workers go."""
        self.drop()

    def map(self, function: Callable[[I], R], items: Iterable[I]) -> Iterator[tuple[I, R | Failure]]:
        """Given a function and items, yield each item once with its result or a Failure, in the order in which they are done.

        Items are drawn only as workers can take them up, so that there may be more of them than memory holds. An exception of the function
        is a Failure; an item whose worker dies, or hangs, is tried once more and is a Failure after that (a cluster tries again as often
        as its scheduler allows).
        """
        waiting, drawn = iter(items), True
        try:
            while True:
                while drawn and self.room:
                    try:
                        item = next(waiting)
                    except StopIteration:
                        drawn = False
                    else:
                        self.submit(function, item)
                if not self.busy:
                    return
                yield self.next()
        finally:
            self.drop()


class Here(Executor):
    """One worker is this process itself: nothing is pickled, and nothing is kept apart."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[Any], Any], Any]] = deque()

    @property
    def room(self) -> bool:
        return not self._waiting

    @property
    def busy(self) -> int:
        return len(self._waiting)

    def submit(self, function: Callable[[Any], Any], item: Any) -> None:
        self._waiting.append((function, item))

    def next(self) -> tuple[Any, Any]:
        if not self._waiting:
            raise LookupError("nothing was submitted")
        function, item = self._waiting.popleft()
        return item, done(function, item)

    def drop(self) -> None:
        self._waiting.clear()


def done(function: Callable[[Any], Any], item: Any) -> Any:
    """Given a function and its item, return the result, or a Failure if it raises."""
    try:
        return function(item)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}")


@contextmanager
def opened(
    workers: int | None = None, dask: str | None = None, *, patience: float = PATIENCE, expected: int | None = None
) -> Iterator[Executor]:
    """Open an executor with so many processes of this machine, as many as there are cores if None; one is this process itself.

    Where `expected` says how many items may come, None starts no more processes than have enough of them to be worth their start.
    With `dask`, the address of a scheduler (tcp://HOST:PORT), its workers are used instead. `patience` is how many seconds one item may
    take. When this ends, for whatever reason, nothing that it started goes on. Raise UsageError, saying what to do, if the cluster cannot
    be used.
    """
    executor = _made(workers, dask, patience, expected)
    try:
        yield executor
    finally:
        executor.close()


def _made(workers: int | None, dask: str | None, patience: float, expected: int | None) -> Executor:
    if dask is not None:
        from pubtrack.executor.cluster import Cluster

        return Cluster(dask, patience)
    number = workers
    if number is None:
        number = len(os.sched_getaffinity(0))
        number = number if expected is None else min(number, expected // _WORTH_ONE)
    if number <= 1:
        return Here()
    from pubtrack.executor.processes import Processes

    return Processes(number, patience)
