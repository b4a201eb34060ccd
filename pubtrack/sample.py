"""The configuration that `pubtrack init` writes, and the policies that pubtrack ships."""

from __future__ import annotations

import shutil
from pathlib import Path

DEFAULT_POLICY = "cbs-microdata"  # the others that ship are examples, and active only where a configuration names them

_HERE = Path(__file__).parent
_SAMPLE = _HERE / "templates" / "init"
# Installed, the policies lie in the package; in a checkout they are the ones of config/.
_SHIPPED = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parent / "config"


def policies() -> list[Path]:
    """Return the policy files that pubtrack ships."""
    return sorted((_SHIPPED / "policies").glob("*.toml"))


def policy(name: str) -> Path | None:
    """Given the name of a policy that pubtrack ships, `lifelines`, return its file, or None if there is none of that name."""
    return next((path for path in policies() if path.stem == name), None)


def write(folder: Path) -> list[Path]:
    """Given a folder, write a working configuration into it and return what was written; what is there stays as it is."""
    wanted = {path: folder / path.name for path in sorted(_SAMPLE.iterdir())}
    wanted |= {_SHIPPED / name: folder / name for name in ("matching.toml", "reminders.toml")}
    wanted |= {path: folder / "policies" / path.name for path in policies()}
    written = []
    for source, target in wanted.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(source, target)
            written.append(target)
    return written
