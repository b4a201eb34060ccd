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


# In the order of the work. Every command stands in one of them.
SECTIONS = {
    "Begin": ("init", "check", "register", "run"),
    "How it stands": ("status", "duties", "explain", "export"),
    "Find publications": ("discover", "import", "scan"),
    "Judge and decide": ("credit", "match", "review", "answer", "works"),
    "Tell the provider": ("references", "reconcile", "digest"),
    "Tell the leads": ("remind", "outbox", "letters"),
    "Keep it running": ("service", "web", "desk", "listen", "links", "backup", "restore", "forget", "rehearse"),
}


class Sections(click.Group):
    """A group whose help lists the commands by what they are for, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order of the sections."""
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write each section with its commands, all in one column."""
        wide = max(map(len, self.commands))
        room = formatter.width - wide - 6
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(wide), self.commands[name].get_short_help_str(room)) for name in names])


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
