"""Signed links: who may answer on which matters, until when. Pure: nothing is stored, and nothing but the keys can make one.

A token is the payload, packed, and an HMAC-SHA256 over it (itsdangerous). The same person, matters and day give the same bytes, so that
a message that is rendered twice is the same message. Why not a row per link? A preview would have to write, and a database that is
restored from a backup would forget links that are in people's mail already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from pubtrack.errors import ConfigError
from pubtrack.models import DutyKind

SHORTEST_KEY = 32
LONGEST_TOKEN = 6_000  # characters; a longer one is nothing of ours and is not looked at
FORM_SECONDS = 12 * 3600  # how long an opened page can be sent
_LETTERS = {DutyKind.PUBLISH: "p", DutyKind.CREDIT: "c", DutyKind.REPORT: "r", DutyKind.COPY: "k"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}


class LinkRefused(Exception):
    """A link that opens nothing. `reason` is one word, a key of the sentences: forged, expired, revoked, gone, form, stale."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is, about which duties, and since when."""

    person_id: int
    duties: tuple[str, ...]  # Duty.key, sorted
    issued_on: date

    @property
    def id(self) -> str:
        """Return the name under which this link is revoked, limited and logged. The token cannot be made from it."""
        told = f"{self.person_id}|{self.issued_on}|{'|'.join(self.duties)}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Form:
    """One opened page: it can be sent once, and only with the link that opened it."""

    nonce: str


def signing_keys(held: str) -> list[str]:
    """Given what the secret holds, return its keys, newest first. Raise ConfigError if there is none or one is short."""
    keys = held.split()
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise ConfigError(
            f"web.keys must hold keys of at least {SHORTEST_KEY} characters, newest first. Make one with: pubtrack links rotate"
        )
    return keys


class Links:
    """Makes and reads links and forms with a list of keys: the newest signs, all are taken."""

    def __init__(self, keys: Sequence[str], *, base_url: str, days: int) -> None:
        oldest_first = list(reversed(keys))
        signed: dict[str, Any] = {"signer_kwargs": {"digest_method": hashlib.sha256, "key_derivation": "hmac"}}
        self._tokens = URLSafeSerializer(oldest_first, salt="pubtrack.link.1", **signed)
        self._forms = URLSafeTimedSerializer(oldest_first, salt="pubtrack.form.1", **signed)
        self._base = base_url.rstrip("/")
        self._days = days

    def token(self, person_id: int, duties: Sequence[str], issued_on: date) -> str:
        """Given a person, the keys of duties and a day, return the token. The order of the duties does not matter."""
        rows: dict[tuple[str, str, int], str] = {}
        for key in sorted(set(duties)):
            policy, project, work, kind = _parts(key)
            rows[policy, project, work] = rows.get((policy, project, work), "") + _LETTERS[kind]
        packed = [[*about, letters] for about, letters in rows.items()]
        made = self._tokens.dumps([person_id, issued_on.toordinal(), packed])
        return made if isinstance(made, str) else made.decode()

    def url(self, person_id: int, duties: Sequence[str], issued_on: date) -> str:
        """Given a person, the keys of duties and a day, return the link."""
        return f"{self._base}/a/{self.token(person_id, duties, issued_on)}"

    def read(self, token: str, today: date) -> Link:
        """Given a token, return the link. Raise LinkRefused if we did not make it, or if its time is over."""
        if len(token) > LONGEST_TOKEN:
            raise LinkRefused("forged")
        try:
            person_id, ordinal, packed = self._tokens.loads(token)
            duties = tuple(
                sorted(
                    f"{policy}/{project}/{work or '-'}/{_KINDS[letter]}"
                    for policy, project, work, letters in packed
                    for letter in letters
                )
            )
            link = Link(int(person_id), duties, date.fromordinal(ordinal))
        except (BadData, ValueError, TypeError, KeyError, OverflowError):
            raise LinkRefused("forged") from None
        if today > link.issued_on + timedelta(days=self._days):
            raise LinkRefused("expired")
        return link

    def last_day(self, link: Link) -> date:
        """Given a link, return the last day on which it can be used."""
        return link.issued_on + timedelta(days=self._days)

    def form(self, link: Link, nonce: str) -> str:
        """Given a link that was opened and a word that is used once, return what the page's forms send along."""
        made = self._forms.dumps([link.id, nonce])
        return made if isinstance(made, str) else made.decode()

    def read_form(self, link: Link, form: str) -> Form:
        """Given the link and what a form sent along, return the form. Raise LinkRefused if it belongs to no page of this link."""
        try:
            link_id, nonce = self._forms.loads(form[:LONGEST_TOKEN], max_age=FORM_SECONDS)
        except SignatureExpired:
            raise LinkRefused("stale") from None
        except (BadData, ValueError, TypeError):
            raise LinkRefused("form") from None
        if link_id != link.id:
            raise LinkRefused("form")
        return Form(str(nonce))


def duty_parts(key: str) -> tuple[str, str, int | None, DutyKind]:
    """Given a duty's key, return policy, project, work (None: the project's own) and kind. Raise ValueError if it is none."""
    policy, project, work, kind = _parts(key)
    return policy, project, work or None, kind


def _parts(key: str) -> tuple[str, str, int, DutyKind]:
    front, work, kind = key.rsplit("/", 2)
    policy, project = front.split("/", 1)
    return policy, project, 0 if work == "-" else int(work), DutyKind(kind)


def issued(now: datetime) -> date:
    """Given a moment in the institution's time zone, return the day that links made now carry."""
    return now.date()
