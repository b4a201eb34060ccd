"""What a reader returns: the text of a document in blocks that know their page and section. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text on one page and in one section. `flows` says that the next block goes on in mid-sentence."""

    text: str
    page: int | None = None
    section: str | None = None
    flows: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A document's text. `complete` is false if there may be more of it than was read; `reason` then says why."""

    kind: str
    blocks: tuple[Block, ...]
    complete: bool = True
    reason: str | None = None
    language: str | None = None
    title: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the text as plain JSON values, for the door between a worker and its parent."""
        return {
            "kind": self.kind,
            "blocks": [[block.text, block.page, block.section, block.flows] for block in self.blocks],
            "complete": self.complete,
            "reason": self.reason,
            "language": self.language,
            "title": self.title,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Text:
        """Given what `as_json` returned, return the text. Raise ValueError, KeyError or TypeError on anything else."""
        blocks = tuple(
            Block(str(text), None if page is None else int(page), section, bool(flows))
            for text, page, section, flows in values["blocks"]
        )
        return cls(
            str(values["kind"]),
            blocks,
            bool(values["complete"]),
            values["reason"],
            values["language"],
            values["title"],
        )


@dataclass(slots=True)
class Flat:
    """All blocks as one string, in which a sentence may cross a page break, with the place of every character."""

    text: str
    starts: list[int] = field(default_factory=list)
    blocks: Sequence[Block] = ()

    @classmethod
    def of(cls, text: Text) -> Flat:
        """Given a text, lay its blocks end to end: a blank line between two, one line break where the first flows on."""
        parts = [block.text + ("\n" if block.flows else "\n\n") for block in text.blocks]
        starts = list(accumulate(map(len, parts), initial=0))[:-1]
        return cls("".join(parts), starts, text.blocks)

    def place(self, offset: int) -> Block:
        """Given an offset, return the block it lies in."""
        return self.blocks[max(0, bisect_right(self.starts, offset) - 1)]
