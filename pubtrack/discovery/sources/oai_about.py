"""What an OAI-PMH repository says of itself: formats, sets, granularity, name. None of it is needed, for some cannot say it.

http://www.openarchives.org/OAI/openarchivesprotocol.html, 4.2 (Identify), 4.4 (ListMetadataFormats), 4.6 (ListSets)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pubtrack.discovery.sources import oai_answer
from pubtrack.discovery.sources.oai_answer import Answer
from pubtrack.errors import BadHarvest, SourceBlocked, SourceError
from pubtrack.net.polite import PoliteSession

# Best first: DIDL says where the files are and how open; MODS has roles, hosts and ORCIDs, DataCite names in parts and ORCIDs;
# Dublin Core, which all must give, says least.
PREFERRED = ("nl_didl", "mods", "oai_cerif_openaire", "oai_datacite", "datacite", "oai_dc")
SECONDS = "YYYY-MM-DDThh:mm:ssZ"
_SET_PAGES = 20
_NAMED = 8


class About:
    """Questions about one repository. `once` does not try again: for what can be done without."""

    def __init__(self, name: str, url: str, session: PoliteSession, once: PoliteSession) -> None:
        self.name = name
        self._url = url
        self._session = session
        self._once = once
        self._told: dict[str, Mapping[str, tuple[str, ...]]] = {}  # what it said before, by verb

    def chosen(self, day: date) -> str:
        """Return the best prefix that the repository gives: by its list, or, if that is not to be had, by asking for each in turn.

        Never by a guess: another choice on another day would be another list, harvested from its beginning. Raise SourceError if the
        repository cannot be asked, or gives nothing that we read.
        """
        try:
            given = self.formats()
        except SourceBlocked:
            raise
        except SourceError:
            given = ()
        if not given:
            return next((prefix for prefix in PREFERRED[:-1] if self.takes(prefix, day)), PREFERRED[-1])
        best = next((prefix for prefix in PREFERRED if prefix in given), None)
        if best is None:
            raise permanent(f"{self.name}: the repository gives no format that pubtrack reads, but {few(given)}.")
        return best

    def formats(self) -> tuple[str, ...]:
        """Return the prefixes the repository lists. Raise SourceError if it does not."""
        return self._said("ListMetadataFormats", "metadataPrefix")

    def granularity(self) -> str | None:
        """What Identify announces; None where it does not work (a Pure was seen to answer 500 while other verbs worked)."""
        return self._first("Identify", "granularity")

    def repository(self) -> str | None:
        """The repository's name, if it says one."""
        return self._first("Identify", "repositoryName")

    def look_for(self, set_: str) -> None:
        """Raise SourceError if the repository lists its sets, to the end, and this is none of them."""
        found: list[str] = []
        arguments = {"verb": "ListSets"}
        try:
            for _ in range(_SET_PAGES):
                answer = oai_answer.read(self._once.get(self._url, arguments).content, self.name)
                if any(code == "noSetHierarchy" for code, _ in answer.errors):
                    raise no_sets(self.name)
                found += answer.said.get("setSpec", ())
                if set_ in found or answer.errors:
                    return
                if not answer.token:
                    break
                arguments = {"verb": "ListSets", "resumptionToken": answer.token}
            else:
                return
        except SourceBlocked:
            raise
        except SourceError as error:
            if error.permanent:
                raise
            return
        if found:
            raise permanent(
                f"{self.name}: the repository has no set {set_}, but {few(found)}. Look at `set` of this source."
            )

    def takes(self, prefix: str, day: date) -> bool:
        """Say whether the repository answers a question for records in this format. Raise SourceError if it cannot be asked."""
        arguments = {"verb": "ListIdentifiers", "metadataPrefix": prefix, "from": str(day), "until": str(day)}
        try:
            answer: Answer = oai_answer.read(self._session.get(self._url, arguments).content, self.name)
        except SourceBlocked:
            raise
        except BadHarvest:
            raise  # no repository at all, by what it answers: no prefix would help
        except SourceError as error:
            raise type(error)(
                f"{error} It did not say which formats it gives, either: `prefix` of this source can name one.",
                retry_after=error.retry_after,
            ) from error
        codes = {code for code, _ in answer.errors}
        return answer.verb == "ListIdentifiers" or "noRecordsMatch" in codes

    def _first(self, verb: str, element: str) -> str | None:
        try:
            return next(iter(self._said(verb, element)), None)
        except SourceBlocked:
            raise
        except SourceError:
            return None

    def _said(self, verb: str, element: str) -> tuple[str, ...]:
        if verb not in self._told:
            self._told[verb] = oai_answer.read(self._once.get(self._url, {"verb": verb}).content, self.name).said
        return self._told[verb].get(element, ())


def permanent(message: str) -> SourceError:
    """Return an error that trying again does not help."""
    error = SourceError(message)
    error.permanent = True
    return error


def no_sets(name: str) -> SourceError:
    """Return what to say to someone who asks for a set where there are none."""
    return permanent(f"{name}: the repository has no sets. Take `set` out of this source.")


def few(names: tuple[str, ...] | list[str]) -> str:
    """Return a list of names for a sentence, cut where it gets long."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (", ".join(names[:_NAMED]) or "none at all") + more
