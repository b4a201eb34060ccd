"""What discovery costs: requests of a daily poll as the register grows, and a repository's records per second and memory.

`python -m benchmarks.discovery [PROJECTS ...]`. Everything is asked of servers on this machine.
"""

from __future__ import annotations

import logging
import sys

from benchmarks import harvesting, polling


def main() -> None:
    """Print the tables."""
    logging.disable(logging.WARNING)
    polling.table([int(word) for word in sys.argv[1:]] or [100, 1_000, 10_000])
    harvesting.table()
    harvesting.memory()


if __name__ == "__main__":
    main()
