"""One copy, handed in or fetched, becomes the columns of its row and a finding per policy. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.credit import kept, readers, unpaywall
from pubtrack.credit.copies import Handed
from pubtrack.credit.documents import Document, document
from pubtrack.credit.statement import Fill
from pubtrack.credit.waiting import LONGEST_WAIT, doubled
from pubtrack.errors import Unreadable
from pubtrack.models import Finding, Link, Verdict, Work
from pubtrack.net.guarded import Fetch
from pubtrack.obligations.policy import Policy

_REFUSED_WAIT = 180  # days until a link that was refused for good is tried again
_LOOKUP_WAIT = 30  # days until Unpaywall is asked again: embargoes end, repositories are harvested


@dataclass(slots=True)
class Outcome:
    """What one copy came to: where it is, the columns of its row, and a finding per policy that had none of this text yet."""

    location: str
    columns: dict[str, Any]
    found: dict[str, Finding] = field(default_factory=dict)
    further: list[Link] = field(default_factory=list)  # other places that it names

    @property
    def read(self) -> bool:
        """Whether the text was read to its end."""
        return any(finding.verdict is not Verdict.UNREADABLE for finding in self.found.values())


# A document goes out to whoever reads and judges it, its findings come back: by policy, one for each that had none of this text yet.
Asking = Generator[Document, dict[str, Finding], Outcome]


class Reading:
    """Takes copies as the configuration allows; `count` is told of every text that is read."""

    def __init__(self, settings: Settings, now: datetime, fetch: Fetch | None, count: Callable[[str], None]) -> None:
        self._now = now
        self._fetch = fetch
        self._count = count
        self._email = settings.credit.unpaywall_email
        self._folder = kept.folder_of(settings.database) if settings.credit.keep_files else None
        self._limits = readers.Limits(
            memory=settings.credit.memory,
            seconds=settings.credit.seconds,
            wall=2 * settings.credit.seconds,
            max_bytes=settings.credit.max_bytes,
        )

    def file(self, work: Work, copy: Handed, lacking: Callable[[str], Sequence[Policy]], fill: Fill) -> Asking:
        """Given a copy handed in, return its outcome; `lacking` says under which policies a text of that hash is still to be judged."""
        columns: dict[str, Any] = {"origin": "file", "version": copy.version, "file": copy.path.name}
        try:
            content = copy.content_hash()
            policies = lacking(content)
            given = self._opened(copy) if policies else b""
            columns |= {"content_hash": content, "etag": copy.stamp, "error": None}
        except OSError as error:
            return Outcome(copy.location, columns | {"error": f"the file cannot be opened: {error.strerror}"})
        return Outcome(copy.location, columns, (yield from self._judged(work, policies, given, fill)))

    def link(
        self,
        work: Work,
        link: Link,
        row: dict[str, Any] | None,
        lacking: Callable[[str], Sequence[Policy]],
        fill: Fill,
    ) -> Asking:
        """Given a link and the row of the last time it was followed, follow it and return the outcome.

        If it has been judged in full before, or its file is kept, it is only asked for when it has changed.
        """
        assert self._fetch is not None
        if link.url.startswith(unpaywall.PREFIX):
            return self._lookup(link, row)
        columns: dict[str, Any] = {"origin": "link", "version": link.version}
        before = self._before(row)
        known = row if row is not None and row["content_hash"] else None
        if known is not None and before is None and lacking(known["content_hash"]):
            known = None
        try:
            fetched = self._fetch(
                link.url,
                etag=known["etag"] if known else None,
                last_modified=known["last_modified"] if known else None,
            )
        except Unreadable as error:
            return Outcome(link.url, columns | self._failed(error, row))
        columns |= {"error": None, "next_check_at": stamp(self._now + timedelta(days=LONGEST_WAIT))}
        got = before if fetched.content is None else fetched.content
        if fetched.content is not None:
            columns |= {
                "media_type": fetched.media_type,
                "etag": fetched.etag,
                "last_modified": fetched.last_modified,
            }
        if got is None:
            return Outcome(link.url, columns)
        if self._folder is not None and fetched.content is not None:
            try:
                columns["file"] = kept.save(self._folder, got, fetched.media_type)
            except OSError:
                columns["file"] = None  # a full disk is no reason not to read it
        content = hashlib.sha256(got).hexdigest()
        policies = lacking(content)
        outcome = Outcome(link.url, columns | {"content_hash": content})
        outcome.found = yield from self._judged(work, policies, got, fill)
        if outcome.found and not outcome.read:  # a landing page today may be the article after an embargo
            again = self._now + timedelta(days=max(7, doubled(row)))
            outcome.columns["next_check_at"] = stamp(again)
            outcome.found = {
                name: replace(finding, look_again_on=again.date()) for name, finding in outcome.found.items()
            }
        return outcome

    def _before(self, row: dict[str, Any] | None) -> bytes | None:
        """What the link gave the last time, if it was kept."""
        if self._folder is None or row is None or not row["content_hash"]:
            return None
        return kept.read(self._folder, row["file"], row["content_hash"])

    def _lookup(self, link: Link, row: dict[str, Any] | None) -> Outcome:
        """Ask Unpaywall where open copies are."""
        assert self._fetch is not None
        columns: dict[str, Any] = {"origin": "lookup"}
        try:
            fetched = self._fetch(unpaywall.question(link.url, self._email or ""))
            further = unpaywall.links(fetched.content or b"")
        except Unreadable as error:
            return Outcome(link.url, columns | self._failed(error, row))
        again = stamp(self._now + timedelta(days=_LOOKUP_WAIT))
        return Outcome(link.url, columns | {"error": None, "next_check_at": again}, further=further)

    def _failed(self, error: Unreadable, row: dict[str, Any] | None) -> dict[str, Any]:
        wait = timedelta(days=_REFUSED_WAIT if error.permanent else doubled(row))
        wait = timedelta(seconds=error.retry_after) if error.retry_after else wait
        return {"error": str(error), "next_check_at": stamp(self._now + wait)}

    def _opened(self, copy: Handed) -> bytes:
        """One byte more than may be read says that it is too large."""
        with copy.path.open("rb") as file:
            return file.read(self._limits.max_bytes + 1)

    def _judged(
        self, work: Work, policies: Sequence[Policy], content: bytes, fill: Fill
    ) -> Generator[Document, dict[str, Finding], dict[str, Finding]]:
        if not policies:
            return {}
        self._count("read")
        language = work.language if work.language in ("nl", "en") else None
        return (yield document(content, policies, limits=self._limits, language=language, fill=fill))
