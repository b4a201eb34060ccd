"""SIGKILL for a run, at a moment that is drawn: any moment of it, or one while a message is being handed over."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from pubtrack import clock
from pubtrack.store import Store, outbox
from tests.simulation.office import Office
from tests.simulation.runner import Runs

# What a peer sees of a message on its way, in order. "taken" and "posted": the peer has it and has not answered. "answered": it said
# yes, and the run is killed within a few milliseconds, before or after it wrote that down.
MAIL = ("connected", "recipient", "taken", "answered")
SLACK = ("looked up", "posted", "post answered")
_ANYWHERE = 0.2  # of the runs are killed at any moment, if no message met its moment before
_SOON = 0.012  # seconds after an answer in which a run is killed


@dataclass
class Killed:
    """What the kills came to."""

    moments: Counter[str] = field(default_factory=Counter)
    sending: set[int] = field(default_factory=set)  # messages that were being sent when a run was killed
    had_arrived: set[int] = field(default_factory=set)  # of these, the ones that the far side had taken
    not_listed: list[str] = field(default_factory=list)  # of these, the ones that staff were not told about

    @property
    def runs(self) -> int:
        return self.moments.total()


@dataclass
class Reaper:
    """Kills runs of an office."""

    office: Office
    dice: random.Random
    killed: Killed = field(default_factory=Killed)
    _took: float = 1.0  # seconds of a run to its end
    _runs: Runs = field(init=False)
    _process: int | None = None
    _awaited: dict[str, int] = field(
        default_factory=dict
    )  # moments that kill, and how many of each are let pass before
    _met: str | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._runs = Runs(self.office.folder)
        self.office.mail.meets = self.office.slack.meets = self._meets

    def close(self) -> None:
        """Kill no more."""
        self._runs.close()

    def day(self, most: int) -> None:
        """Run every stage of the day to its end, after as many runs as the dice say, at most so many, were killed on their way."""
        cut: set[int] = set()
        while most > 0 and self.dice.random() < 0.8 and self._one():
            cut |= self._sending()
            most -= 1
        began = clock.monotonic()
        self._runs.start(self.office.now.date().isoformat())
        code = self._runs.wait()
        self._took = clock.monotonic() - began
        assert code in (0, 4), (self.office.folder / "said.txt").read_text()[-3000:]
        listed = {row["id"] for row in outbox.every(self.office.store, state="uncertain")}
        self.killed.sending |= cut
        self.killed.had_arrived |= {
            number for number in cut if self.office.arrivals(outbox.get(self.office.store, number))
        }
        self.killed.not_listed += [f"message {number} was cut off" for number in sorted(cut - listed)]

    def _one(self) -> bool:
        """Run the stages with a kill waiting on the way. Return whether it was met."""
        with self._lock:
            self._met = None
            self._awaited = {self.dice.choice(some): self.dice.choice((0, 0, 0, 1, 2)) for some in (MAIL, SLACK)}
            process = self._process = self._runs.start(self.office.now.date().isoformat())
        ended = threading.Event()
        more: list[threading.Thread] = []
        if self.dice.random() < _ANYWHERE:
            more.append(threading.Timer(self.dice.uniform(0, self._took), self._kill, (process, "anywhere")))
        elif self.dice.random() < 0.25:
            more.append(threading.Thread(target=self._watch, args=(process, ended)))
        for thread in more:
            thread.start()
        code = self._runs.wait()
        ended.set()
        for thread in more:
            if isinstance(thread, threading.Timer):
                thread.cancel()
            thread.join()
        with self._lock:
            self._process, self._awaited = None, {}
        if code == -signal.SIGKILL and self._met:
            self.killed.moments[self._met] += 1
            return True
        return False

    def _meets(self, moment: str) -> None:
        """A peer says what it sees. Where the run is to be killed at that moment, it is dead when this returns."""
        with self._lock:
            left = self._awaited.get(moment)
            if left is None or self._process is None:
                return
            if left > 0:
                self._awaited[moment] = left - 1
            elif moment.endswith("answered"):
                self._awaited = {}
                threading.Timer(self.dice.uniform(0, _SOON), self._kill, (self._process, moment)).start()
            else:
                self._kill(self._process, moment)

    def _kill(self, process: int, moment: str) -> None:
        with self._lock:
            if process != self._process or self._met:
                return
            self._met = moment
            try:
                os.killpg(process, signal.SIGKILL)
            except ProcessLookupError:  # it has no group of its own yet, or is gone
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _watch(self, process: int, ended: threading.Event) -> None:
        """Kill the run as soon as a message is claimed: mostly before it has a connection."""
        store = Store.open(self.office.store.path)
        try:
            while not ended.wait(0.001):
                if store.one("SELECT 1 FROM outbox WHERE state = 'sending'"):
                    self._kill(process, "claimed")
                    return
        finally:
            store.close()

    def _sending(self) -> set[int]:
        return {row["id"] for row in outbox.every(self.office.store, state="sending")}
