"""match_counts: how often words, names and sites were seen when all was weighed last. Read a row at a time, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pubtrack.store.database import Store

_ASKED = "SELECT value FROM match_counts WHERE kind = ? AND name = ?"


class Tally(Mapping[str, Any]):
    """What was counted of one kind, by name. Nothing is read before it is asked for, and nothing twice."""

    def __init__(self, store: Store, kind: str) -> None:
        self._execute, self._kind = store.db.conn.execute, kind
        self._held: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Given a name, return what was counted of it, or the default."""
        if name in self._held:
            found = self._held[name]
        else:
            row = self._execute(_ASKED, (self._kind, name)).fetchone()
            found = self._held[name] = row[0] if row else None
        return default if found is None else found

    def __getitem__(self, name: str) -> Any:
        """Given a name, return what was counted of it. Raise KeyError if nothing was."""
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        """Return whether anything was counted of a name."""
        return self.get(str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        """Yield all names, in order."""
        found = self._execute("SELECT name FROM match_counts WHERE kind = ? ORDER BY name", (self._kind,))
        return (str(name) for (name,) in found)

    def __len__(self) -> int:
        """Return the number of names."""
        return int(self._execute("SELECT count(*) FROM match_counts WHERE kind = ?", (self._kind,)).fetchone()[0])


def keep(store: Store, counts: Mapping[str, Mapping[str, Any]]) -> None:
    """Given what was counted, by kind and name, keep it in place of what was there."""
    forget(store)
    store.db.conn.executemany(
        "INSERT INTO match_counts (kind, name, value) VALUES (?,?,?)",
        ((kind, name, value) for kind, held in sorted(counts.items()) for name, value in sorted(held.items())),
    )


def forget(store: Store) -> None:
    """Forget all that was counted."""
    store.db.execute("DELETE FROM match_counts")
