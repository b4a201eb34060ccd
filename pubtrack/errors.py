"""The one exception tree.

PubtrackError                     anything pubtrack can explain in one sentence
├── UsageError                    a wrong argument or file                      exit 2
│   └── InputFaults               faults in a file a person gave, all at once
├── ConfigError                   the configuration does not hold               exit 3
├── StoreError                    the database cannot be used                   exit 1
│   ├── NewerDatabase             written by a later pubtrack
│   └── DatabaseLocked            another pubtrack holds it; says who
├── SourceError                   a source failed; the others go on             exit 4
│   ├── SourceBlocked             it told us to stop (HTTP 403)
│   └── BadHarvest                it answered, but not as its protocol says
├── DeliveryError                 a channel failed                              exit 4
├── Unreadable                    a copy cannot be read to its end: a verdict, not a failure
├── UnusableRecord                a record that cannot become a work: counted and named
└── BreakerOpen                   a run would send too much                     exit 5

Every error knows whether trying again can help: `permanent`, and `retry_after` in seconds where the far side said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PubtrackError(Exception):
    """Anything that can be told in one clear sentence: what happened, where, and what to do."""

    exit_code = 1
    permanent = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UsageError(PubtrackError):
    """A wrong argument or a wrong file."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class InputFault:
    """One fault in a file: where it stands, what stands there, and what to write instead."""

    line: int | None
    field: str | None
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.field or "") if part)
        return f"{place}: {self.message}" if place else self.message


class InputFaults(UsageError):
    """All faults of one file at once.

    The message is a heading, `FILE: N problems`, and one indented line per fault, in the order of the file.
    """

    def __init__(self, file: str, faults: Sequence[InputFault]) -> None:
        self.file = file
        self.faults = tuple(faults)
        count = "1 problem" if len(self.faults) == 1 else f"{len(self.faults)} problems"
        super().__init__("\n".join([f"{file}: {count}", *(f"  {fault}" for fault in self.faults)]))


class ConfigError(PubtrackError):
    """The configuration does not hold; the message lists every fault of every file."""

    exit_code = 3


class StoreError(PubtrackError):
    """The database cannot be used as it is."""


class NewerDatabase(StoreError):
    """The database was written by a later pubtrack."""


class DatabaseLocked(StoreError):
    """Another pubtrack works on this database; the message says which and since when."""

    permanent = False


class SourceError(PubtrackError):
    """A source failed. The message names the source and, where it can, the setting to change."""

    exit_code = 4
    permanent = False


class SourceBlocked(SourceError):
    """The source told us to stop (Crossref's 403 is a manual block): the operator has to act."""

    permanent = True


class BadHarvest(SourceError):
    """The source answered, but not as its protocol says: a page cut off, HTML, a token that repeats."""


class DeliveryError(PubtrackError):
    """A channel did not take a message. `permanent` says that this recipient or channel will not take it tomorrow either."""

    exit_code = 4

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.permanent = permanent


class Unreadable(PubtrackError):
    """A copy could not be read to its end; the message is the reason shown with the verdict."""

    def __init__(self, message: str, *, permanent: bool = True, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.permanent = permanent


class UnusableRecord(PubtrackError):
    """A record that cannot become a work; the message is the reason it is counted under."""


class BreakerOpen(PubtrackError):
    """A run would send more than the breaker allows, so it sent nothing."""

    exit_code = 5
