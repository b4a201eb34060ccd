"""A dask.distributed cluster, by the address of its scheduler: https://distributed.dask.org/. Its workers need this version of pubtrack."""

from __future__ import annotations

import contextlib
import gc
import queue
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pubtrack
from pubtrack import clock
from pubtrack.errors import UsageError
from pubtrack.executor import DIED, Executor, Failure, done

_CONNECT = 10.0  # seconds
_FIRST_WORKER = 30.0  # seconds that a cluster without workers is waited for
_LOST = 60.0  # seconds without any worker, or without the scheduler, after which nothing more is expected
_LOOK = 1.0
_AHEAD = 2  # items on their way for each thread of the workers, so that none waits for us


class Cluster(Executor):
    """The workers of the scheduler at `address`."""

    def __init__(self, address: str, patience: float) -> None:
        try:
            dask: Any = import_module("dask")
            distributed: Any = import_module("distributed")
        except ImportError:
            raise UsageError(
                "--dask needs the package distributed. Install it with: pip install 'pubtrack[cluster]'"
            ) from None
        self._distributed = distributed
        self._address = address
        self._patience = patience
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._on_the_way: dict[Any, tuple[Any, float]] = {}
        self._threads, self._looked, self._seen = 1, 0.0, clock.monotonic()
        # Documents go with their tasks, so that no worker's death loses one.
        self._set = dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
        self._client = self._connected()
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise

    def _connected(self) -> Any:
        with contextlib.suppress(OSError, ValueError, TypeError, RuntimeError):
            return self._distributed.Client(self._address, timeout=_CONNECT, set_as_default=False)
        # A client that did not connect takes the next one's loop down with it if it is collected in that loop's thread.
        gc.collect()
        raise UsageError(f"no scheduler of dask answers at {self._address}. Give its address as tcp://HOST:PORT.")

    def _check(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_FIRST_WORKER)
        except TimeoutError:
            raise UsageError(
                f"the scheduler at {self._address} has no workers. Start some: dask worker {self._address}"
            ) from None
        try:
            versions = set(self._client.run(_version).values())
        except Exception as error:
            raise UsageError(
                f"the workers at {self._address} cannot run pubtrack ({error}). Install it there too."
            ) from None
        if versions != {pubtrack.__version__}:
            raise UsageError(
                f"the workers at {self._address} have pubtrack {', '.join(sorted(versions))}, and this is {pubtrack.__version__}."
                " Install the same version there."
            )

    @property
    def room(self) -> bool:
        self._look()
        return self.busy < _AHEAD * self._threads

    @property
    def busy(self) -> int:
        return len(self._on_the_way)

    def submit(self, function: Callable[[Any], Any], item: Any) -> None:
        future = self._client.submit(done, function, item, pure=False)
        self._on_the_way[future] = item, clock.monotonic() + self._patience
        future.add_done_callback(self._done.put)

    def next(self) -> tuple[Any, Any]:
        if not self._on_the_way:
            raise LookupError("nothing was submitted")
        while True:
            try:
                future = self._done.get(timeout=_LOOK)
            except queue.Empty:
                if (given_up := self._given_up()) is not None:
                    return given_up
                continue
            if future in self._on_the_way:  # not one that was dropped
                item, _ = self._on_the_way.pop(future)
                return item, self._result(future)

    def drop(self) -> None:
        futures = list(self._on_the_way)
        self._on_the_way.clear()
        if futures:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                self._client.cancel(futures, force=True)

    def close(self) -> None:
        self.drop()
        with contextlib.suppress(Exception):
            self._client.close(timeout=_CONNECT)

    def _result(self, future: Any) -> Any:
        """The scheduler itself tries again what a worker died on, as often as it allows (distributed.scheduler.allowed-failures)."""
        try:
            return future.result(timeout=self._patience)
        except self._distributed.scheduler.KilledWorker:
            return Failure(DIED.replace("twice", "each time"))
        except self._distributed.CancelledError:
            return Failure(f"the cluster at {self._address} was lost")
        except Exception as error:
            return Failure(f"{type(error).__name__}: {error}")
        finally:
            future.release()

    def _look(self) -> None:
        """Look at how many threads there are, once in a while; remember when there were any."""
        now = clock.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        with contextlib.suppress(Exception):
            if self._client.status == "running" and (threads := sum(self._client.nthreads().values())):
                self._threads, self._seen = threads, now

    def _given_up(self) -> tuple[Any, Any] | None:
        """An item of which nothing more is expected: its cluster is lost, or it has taken too long."""
        self._look()
        now = clock.monotonic()
        lost = now - self._seen > _LOST
        for future, (item, until) in self._on_the_way.items():
            if lost or now > until:
                del self._on_the_way[future]
                with contextlib.suppress(Exception):
                    future.cancel(force=True)
                reason = (
                    f"the cluster at {self._address} has no workers any more"
                    if lost
                    else f"it took longer than {self._patience:g} seconds"
                )
                return item, Failure(reason)
        return None


def _version() -> str:
    return pubtrack.__version__
