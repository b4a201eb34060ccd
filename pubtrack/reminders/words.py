"""The sentences of the reminders, by language: data in templates/reminders/words.*.toml. Pure but for reading those files once."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("nl", "en")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str, sentences: dict[str, Any]) -> None:
        self.language = language
        self._sentences = sentences

    def say(self, name: str, /, **slots: object) -> str:
        """Given a sentence's name, such as `lead.greeting`, and what fills its slots, return it.

        A sentence, which ends in a mark, begins with a capital, whatever fills its first slot.
        The result is plain text: whoever lays it out escapes it. Raise KeyError for a name or a slot that is not there.
        """
        found: Any = self._sentences
        for part in name.split("."):
            found = found[part]
        text = str(found).format(**slots)
        return text[:1].upper() + text[1:] if text.endswith((".", "?", ":", "!", ",")) else text

    def count(self, name: str, number: int, /, **slots: object) -> str:
        """Given a sentence that has a form for one and one for many, return the fitting one."""
        return self.say(f"{name}_{'one' if number == 1 else 'many'}", count=number, **slots)

    def day(self, day: date) -> str:
        """Given a day, return it as people write it: `16 November 2026`."""
        return f"{day.day} {self._sentences['months'][day.month - 1]} {day.year}"

    def series(self, names: list[str]) -> str:
        """Given names, return them in a row: `9001, 9002 and 9003`."""
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self._sentences['and']} {names[-1]}"


@cache
def words(language: str) -> Words:
    """Given `nl` or `en`, return its sentences."""
    text = files("pubtrack").joinpath(f"templates/reminders/words.{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))
