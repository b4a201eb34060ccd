"""Whole files compared with golden ones. Refresh them with PUBTRACK_GOLDEN=write and read the difference in review."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures" / "golden"


def compare(name: str, content: bytes) -> None:
    """Given a golden file's name, assert that the content is exactly what stands there."""
    file = FOLDER / name
    if os.environ.get("PUBTRACK_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    expected = file.read_bytes() if file.exists() else b""
    assert content.decode() == expected.decode(), f"{name} differs; PUBTRACK_GOLDEN=write rewrites it"
