"""What a publication says about its data source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Verdict(StrEnum):
    """What a publication says about its data source under a policy."""

    PRESCRIBED = "prescribed"  # the policy's own statement
    CREDITED = "credited"  # plainly named as the source, in other words
    MENTIONED = "mentioned"  # named, but not as this work's source
    ABSENT = "absent"  # read to its end, and not named
    UNREADABLE = "unreadable"  # cannot tell; the finding says why


@dataclass(frozen=True, slots=True)
class Quote:
    """What a publication says, where, and the rule that fired."""

    quote: str
    page: int | None
    section: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one copy of a work under one version of a policy by one version of the reader."""

    verdict: Verdict
    policy: str
    policy_version: str
    reader: str
    language: str | None = None
    evidence: tuple[Quote, ...] = ()
    reason: str | None = None  # why unreadable
    missing: tuple[str, ...] = ()  # parts of the prescribed statement that are not there
    suggestion: str | None = None  # the sentence to paste
    mentions: tuple[
        str, ...
    ] = ()  # project numbers ("project:7012") and data sets ("dataset:GBAPERSOONTAB") named in the text
    look_again_on: date | None = None
    work_id: int | None = None
    copy_id: int | None = None
    version: str | None = (
        None  # of the copy: submitted (a preprint), accepted, published; None if it has none or nobody said
    )
    id: int | None = None
