"""The sentences of the answer page and of Slack's answers, by language: data in templates/web/words.*.toml."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from pubtrack.answers.choices import Outcome
from pubtrack.models import Person

LANGUAGES = ("nl", "en")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str, sentences: dict[str, Any]) -> None:
        self.language = language
        self._sentences = sentences

    def say(self, name: str, /, **slots: object) -> str:
        """Given a sentence's name, such as `next.mine`, and what fills its slots, return it as plain text.

        Raise KeyError for a name or a slot that is not there.
        """
        found: Any = self._sentences
        for part in name.split("."):
            found = found[part]
        return str(found).format(**slots)

    def day(self, day: date) -> str:
        """Given a day, return it as people write it: `16 November 2026`."""
        return f"{day.day} {self._sentences['months'][day.month - 1]} {day.year}"

    def outcome(self, outcome: Outcome) -> tuple[str, str]:
        """Given what was recorded, return two sentences: what that is, and what happens next."""
        slots = outcome.slots | {"day": self.day(outcome.day) if outcome.day else ""}
        dated = "_day" if outcome.told == "correction" and outcome.day else ""
        return self.say(f"done.{outcome.told}{dated}", **slots), self.say(f"next.{outcome.told}", **slots)


@cache
def words(language: str) -> Words:
    """Given `nl` or `en`, return its sentences."""
    text = files("pubtrack").joinpath(f"templates/web/words.{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))


def spoken(person: Person | None, otherwise: str) -> Words:
    """Given a person and the institution's language, return the sentences of the person's own language where we have it."""
    short = ((person.language if person else None) or "").lower()[:2]
    return words(short if short in LANGUAGES else otherwise)
