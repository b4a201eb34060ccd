"""OpenAlex: works of the institution (by ROR) and of people (by ORCID). https://developers.openalex.org/api-reference

A key is free and needed for more than a few lists a day. It travels in the Authorization header, as pyalex sends it, and not in
the address: addresses end up in logs and errors, and a redirect to another host drops this header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from pubtrack import __version__, clock, identifiers
from pubtrack.config import Settings, read_secret
from pubtrack.config.sources import OpenAlexSource
from pubtrack.discovery.crosswalks.openalex import READ, openalex_id
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import cursors
from pubtrack.discovery.sources.crossref_questions import MOST, batches, scope
from pubtrack.discovery.sources.cursors import Refused, Sheet, Walk
from pubtrack.errors import ConfigError, SourceBlocked, SourceError
from pubtrack.models import Person, Record
from pubtrack.net.polite import PoliteSession, Response, Time

# Which date a question goes by. OpenAlex keeps `from_created_date` and `from_updated_date` for plans that are paid for.
WINDOWS = {"published": "publication_date", "created": "created_date", "updated": "updated_date"}
# A work may be indexed long after it was published, so by that date much is asked for again; the other dates move on time.
OVERLAPS = {"published": 365, "created": 3, "updated": 3}


def build(config: OpenAlexSource, settings: Settings, *, time: Time = clock) -> OpenAlex:
    """Given the source's configuration and the settings, return the source.

    Raise ConfigError if the key is not where the configuration says, or would travel unprotected.
    """
    key = ""
    if config.api_key is not None:
        try:
            key = read_secret(config.api_key)
        except ConfigError as error:
            raise ConfigError(f"{config.name}: {error} Look at `api_key` of this source.") from None
        parts = urlsplit(config.base_url)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ConfigError(f"{config.name}: the key would travel unprotected. Let `base_url` begin with https.")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ConfigError(
                f"{config.name}: the key holds a character that no key has. Look at `api_key` of this source."
            )
    session = PoliteSession(
        config.name,
        user_agent=f"pubtrack/{__version__} (mailto:{settings.institution.contact.email})",
        setting="base_url",
        timeout=config.timeout,
        verdict=lambda response: _verdict(config.name, key, response),
        time=time,
    )
    rors = [found for text in settings.institution.ror if (found := identifiers.ror(text))]
    return OpenAlex(config, session, rors=rors, key=key, time=time)


class OpenAlex:
    """Works of the institution's people, and of those in the register who have an ORCID."""

    def __init__(
        self, config: OpenAlexSource, session: PoliteSession, *, rors: Sequence[str], key: str = "", time: Time = clock
    ) -> None:
        self.name = config.name
        self.overlap_days = OVERLAPS[config.window] if config.overlap_days is None else config.overlap_days
        self._config = config
        self._session = session
        self._rors = sorted(set(rors))
        self._key = key
        self._time = time

    @property
    def requests(self) -> int:
        """How often the service was asked since this source was made."""
        return self._session.requests

    def check(self) -> str:
        """Ask for the number of works, and return it with what the service says of our account. Raise SourceError if it is no OpenAlex."""
        try:
            found, response = self._ask({"per_page": "1", "select": "id"}, "*")
        except Refused as refused:
            raise cursors.refusal(self.name, refused, "`base_url`") from None
        told = response.headers.get
        left = (
            f", {told('x-ratelimit-remaining')} of {told('x-ratelimit-limit', '?')} left today"
            if told("x-ratelimit-remaining")
            else ""
        )
        return f"{found.total:,} works; {'with' if self._key else 'without'} a key{left}"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """Given who is looked for, return one question for the institution and one for every batch of ORCIDs.

        The kind of window stands in the scope: a watermark of one says nothing about another.
        """
        first = since or (date.fromisoformat(self._config.first_since) if self._config.first_since else None)
        kind, found = self._config.window, []
        if self._rors and self._config.institution:
            whole = "|".join(f"https://ror.org/{ror}" for ror in self._rors)
            found.append(
                Question(scope(f"ror/{kind}", self._rors), first, until, {"authorships.institutions.ror": whole})
            )
        orcids = {person.orcid for person in people if person.orcid}
        for batch in batches(orcids, MOST):
            narrowed = {"authorships.author.orcid": "|".join(batch)}
            found.append(Question(scope(f"orcid/{kind}", batch), first, until, narrowed))
        return found

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a question, yield its pages; see Source."""
        filters = [f"{name}:{value}" for name, value in question.parameters.items()]
        window = WINDOWS[self._config.window]
        if question.since is not None:
            filters.append(f"from_{window}:{question.since}")
        # Today's question has no end: what will be published next month is known this month.
        if question.until < self._time.now().date():
            filters.append(f"to_{window}:{question.until}")
        asked = {"filter": ",".join(filters), "per_page": str(self._config.per_page), "select": ",".join(READ)}
        walk = Walk(
            self.name,
            self._session,
            ask=lambda cursor: self._ask(asked, cursor)[0],
            name=lambda item: openalex_id(item.get("id")),
            record=self._record,
            start="*",
            settings="`base_url`, `window` and `per_page`",
        )
        return walk.pages(position)

    def _ask(self, asked: Mapping[str, str], cursor: str) -> tuple[Sheet, Response]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else None
        response = self._session.get(f"{self._config.base_url.rstrip('/')}/works", {**asked, "cursor": cursor}, headers)
        held = cursors.told(self.name, response, lambda refusal: _said(refusal, self._key))
        meta = held.get("meta")
        told = meta if isinstance(meta, dict) else {}
        return cursors.sheet(
            self.name, held.get("results"), told.get("count"), told.get("next_cursor"), response
        ), response

    def _record(self, item: Mapping[str, Any]) -> Record:
        return Record(self.name, openalex_id(item.get("id")), "openalex", cursors.raw(item))


def _verdict(source: str, key: str, response: Response) -> SourceError | None:
    """What OpenAlex means by a refusal that trying again will not mend today.

    https://developers.openalex.org/api-reference/errors: 403 is too fast or not in the plan, 429 the day's allowance is used up; both may
    pass when asked again a little later, unless the headers say that nothing is left.
    """
    if response.status == 401:
        what = "it does not know the key" if key else "it wants a key"
        return SourceBlocked(f"{source}: {what} (401). Look at `api_key` of this source.")
    if response.status == 403:
        said = _reason(response, key)
        return SourceBlocked(
            f"{source}: it refused (403){said}. Nothing more is asked of it in this run; look at `api_key` and `window` of this source."
        )
    if response.status == 429 and response.headers.get("x-ratelimit-remaining", "").strip() in ("0", "0.0", "0.00"):
        reset = response.headers.get("x-ratelimit-reset", "").strip()
        advice = "A key of your own has a larger one: `api_key`" if not key else "The next run goes on from here"
        return SourceError(
            f"{source}: today's allowance is used up (429){_reason(response, key)}. {advice}.",
            retry_after=float(reset) if reset.isdecimal() else None,
        )
    return None


def _reason(response: Response, key: str) -> str:
    try:
        cursors.told("", response, lambda refusal: _said(refusal, key))
    except Refused as refused:
        return f": {refused.message}" if refused.message else ""
    return ""


def _said(refusal: Mapping[str, Any], key: str) -> str:
    """What a refusal says, without the key, should it repeat that."""
    said = cursors.one_line(refusal.get("message") or refusal.get("error"))
    return said.replace(key, "...") if key else said
