"""sqlite-utils without pandas and numpy: it would import them wherever they are installed, for column types that we never use.

That costs every command two seconds and 40 MB (sqlite-utils 4.1, the head of db.py). Whoever wants them can import them afterwards.
"""

from __future__ import annotations

import importlib
import sys

_UNWANTED = ("pandas", "numpy")


def _import() -> None:
    left_out = [name for name in _UNWANTED if name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # an import then fails, which sqlite-utils expects
    try:
        importlib.import_module("sqlite_utils.db")
    finally:
        for name in left_out:
            del sys.modules[name]


_import()
