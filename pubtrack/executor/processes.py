"""Processes of this machine, started as they are needed, each with one item at a time: so it is known whom a death is to be laid to."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from pubtrack import clock
from pubtrack.executor import DIED, Executor, Failure, done

_LOOK = 1.0  # seconds between two looks at workers that hang


@dataclass(slots=True)
class _Task:
    function: Callable[[Any], Any]
    item: Any
    tries: int = 0


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection
    task: _Task | None = None
    until: float = 0.0


class Processes(Executor):
    """At most `number` processes."""

    def __init__(self, number: int, patience: float) -> None:
        self._number = number
        self._patience = patience
        self._workers: list[_Worker] = []
        self._waiting: deque[_Task] = deque()
        self._finished: deque[tuple[Any, Any]] = deque()

    @property
    def room(self) -> bool:
        return self.busy < self._number

    @property
    def busy(self) -> int:
        return sum(worker.task is not None for worker in self._workers) + len(self._waiting) + len(self._finished)

    def submit(self, function: Callable[[Any], Any], item: Any) -> None:
        self._waiting.append(_Task(function, item))
        self._hand_out()

    def next(self) -> tuple[Any, Any]:
        while not self._finished:
            self._hand_out()
            at_work = {worker.pipe: worker for worker in self._workers if worker.task is not None}
            if not at_work and not self._finished:
                raise LookupError("nothing was submitted")
            ready = wait(at_work, _LOOK) if at_work and not self._finished else []
            for worker in [at_work[pipe] for pipe in ready if isinstance(pipe, Connection)]:
                self._take(worker)
            now = clock.monotonic()
            for worker in [worker for worker in at_work.values() if worker.task is not None and worker.until < now]:
                self._bury(worker)
        return self._finished.popleft()

    def drop(self) -> None:
        self._waiting.clear()
        self._finished.clear()
        for worker in [worker for worker in self._workers if worker.task is not None]:
            worker.task = None
            self._end(worker)

    def close(self) -> None:
        self.drop()
        for worker in list(self._workers):
            self._end(worker)

    def _hand_out(self) -> None:
        """Give waiting tasks to workers that have none, and start workers as long as there may be more."""
        while self._waiting:
            worker = next((one for one in self._workers if one.task is None), None)
            if worker is None:
                if len(self._workers) >= self._number:
                    return
                worker = _start()
                self._workers.append(worker)
            worker.task = task = self._waiting.popleft()
            worker.until = clock.monotonic() + self._patience
            task.tries += 1
            try:
                worker.pipe.send_bytes(pickle.dumps((task.function, task.item), pickle.HIGHEST_PROTOCOL))
            except OSError:
                self._bury(worker)
            except Exception as error:  # pickle raises whatever the item's own methods raise
                worker.task = None
                self._finished.append(
                    (task.item, Failure(f"it cannot be handed out ({type(error).__name__}: {error})"))
                )

    def _take(self, worker: _Worker) -> None:
        """Take what a worker sent."""
        assert worker.task is not None
        try:
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._bury(worker)
            return
        task, worker.task = worker.task, None
        try:
            result = pickle.loads(answer)  # noqa: S301 - from a process of our own
        except Exception as error:
            result = Failure(f"its result cannot be taken in ({type(error).__name__}: {error})")
        self._finished.append((task.item, result))

    def _bury(self, worker: _Worker) -> None:
        """A worker is dead, or hangs: its task is tried once more."""
        task, worker.task = worker.task, None
        assert task is not None
        self._end(worker)
        if task.tries < 2:
            self._waiting.appendleft(task)
        else:
            self._finished.append((task.item, Failure(DIED)))

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.kill()
        worker.process.wait()


def _start() -> _Worker:
    """Start a worker in a session of its own: a Ctrl-C reaches whoever hands out the work, who ends the workers."""
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from pubtrack.executor.processes import work; work({theirs.fileno()})"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return _Worker(process, ours)


def work(pipe_number: int) -> None:
    """Do what comes through a pipe until it closes."""
    with Connection(pipe_number) as pipe, contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send_bytes(_answered(pipe.recv_bytes()))


def _answered(question: bytes) -> bytes:
    try:
        function, item = pickle.loads(question)  # noqa: S301 - from the process that started us
        return pickle.dumps(done(function, item), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps(Failure(f"{type(error).__name__}: {error}"))
