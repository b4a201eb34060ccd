"""The command line: parse, call, print, exit code. No logic; rooms are imported inside the commands, so that help is instant."""

from __future__ import annotations

import os
import sqlite3
import sys

import click

from pubtrack import __version__
from pubtrack.cli import decide, find, lists, look, operate, scan, serve, setup, tell, works
from pubtrack.cli.common import common
from pubtrack.errors import PubtrackError

_EPILOG = """\b
Example:
  pubtrack init my-dcc && cd my-dcc
  pubtrack register projects.csv
  pubtrack run
"""


class Sections(click.Group):
    """A group whose help lists the commands in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order they were added."""
        return list(self.commands)


@click.group(
    cls=Sections, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="pubtrack")
@common
def cli() -> None:
    """Follow the publications of projects that used a provider's microdata: find them, read whether the provider is
    credited, list them for the provider, and remind the right person.

    Nothing leaves without --send."""


for _module in (setup, find, scan, decide, works, lists, tell, serve, operate, look):
    for _command in _module.COMMANDS:
        cli.add_command(_command)


def main() -> None:
    """Run the command line and exit: 0 fine, 1 unexpected, 2 usage, 3 configuration, 4 some sources or deliveries failed, 5 breaker."""
    try:
        code = cli(standalone_mode=False, prog_name="pubtrack")
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except PubtrackError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        click.echo("Stopped. What was done is kept; run the same command to go on.", err=True)
        code = 130
    except BrokenPipeError:  # an OSError too: it must stand before that
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader (head, less) has gone: nothing to say
        code = 0
    except (OSError, sqlite3.Error) as error:
        where = getattr(error, "filename", None)
        said = getattr(error, "strerror", None) or str(error)
        click.echo(
            f"{where or 'The database'}: {said}. What was done before is kept; mend this and run it again.", err=True
        )
        code = 1
    except Exception as error:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            raise
        click.echo(f"Unexpected: {type(error).__name__}: {error}. Run it again with -v for the details.", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
