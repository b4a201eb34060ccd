"""Runs of `pubtrack run --send`, each a process of its own that may be killed at any moment.

The process that forks them has imported everything before: a run costs what it does, and not the second that importing takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from tests.conftest import ROOT


@dataclass
class Runs:
    """Starts a run of a day in a folder that has a configuration, and waits for its end. One at a time."""

    folder: Path
    _parent: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._said() == "ready"

    def start(self, day: str) -> int:
        """Start the run of a day, and return its process, the first of a group of its own."""
        assert self._parent.stdin
        self._parent.stdin.write(f"{day}\n")
        self._parent.stdin.flush()
        return int(self._said())

    def wait(self) -> int:
        """Wait for the run's end, and return its exit code: -9 if it was killed."""
        return int(self._said())

    def close(self) -> None:
        """End the process that forks them."""
        self._parent.communicate()

    def _said(self) -> str:
        assert self._parent.stdout
        return self._parent.stdout.readline().strip()


def _serve() -> None:
    import pubtrack

    for module in walk_packages(pubtrack.__path__, "pubtrack."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _run(line.strip())
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(day: str) -> None:
    """Be `pubtrack run --send --as-of DAY`, in a group of its own, with what it says in a file."""
    from pubtrack.cli import main

    os.setsid()
    with Path("said.txt").open("a", encoding="utf-8") as said:
        for number in (1, 2):
            os.dup2(said.fileno(), number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.argv = ["pubtrack", "run", "--send", "--as-of", day]
    code = 1
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
