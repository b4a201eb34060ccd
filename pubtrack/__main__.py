"""`python -m pubtrack`."""

from pubtrack.cli import main

main()
