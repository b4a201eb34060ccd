"""The only SQL. `Store` opens the file; each group of tables is a module of functions that take the store first."""

from pubtrack.store import lean  # isort: skip - before anything imports sqlite-utils
from pubtrack.store.database import Store, restore

__all__ = ["Store", "lean", "restore"]
