"""credit: read files, or the register's works, for whether the provider is credited."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pubtrack.cli.common import Bar, common, lines, plain, session, show
from pubtrack.cli.find import JSON
from pubtrack.errors import ConfigError, UsageError
from pubtrack.models import silent

if TYPE_CHECKING:
    from pubtrack.credit.statement import Fill
    from pubtrack.models import Finding
    from pubtrack.obligations.policy import Policy

STDIN = "-"
WORKERS = click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Read in so many processes; else as many as are worth it."
)
DASK = click.option(
    "--dask", metavar="ADDRESS", help="Read on a dask cluster instead: its scheduler's tcp://HOST:PORT."
)


@click.command(
    short_help="Read whether the provider is credited.",
    epilog="\b\nExample:\n  pubtrack credit manuscript.pdf\n  pubtrack credit manuscripts/ --policy lifelines --json",
)
@click.argument("what", nargs=-1, metavar="[FILE|FOLDER|DOI]...")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="The policy to read under: a file, or the name of one that ships, as lifelines.",
)
@click.option("--institution", help="The name for the sentence to paste.")
@click.option(
    "--language", type=click.Choice(["en", "nl"]), help="The language of the answer; else the configuration's."
)
@WORKERS
@DASK
@JSON
@common
def credit(
    what: tuple[str, ...],
    policy_file: Path | None,
    institution: str | None,
    language: str | None,
    workers: int | None,
    dask: str | None,
    as_json: bool,
) -> None:
    """Read whether the provider is credited.

    With FILES, or FOLDERS of them: check manuscripts before they are submitted; needs no database and no network. A FILE - is what is
    piped in. Of a folder only what may be a manuscript is read: no code, settings, data or pictures, and nothing hidden.
    With DOIs: read those works of the register again. With nothing: read what is new.

    A file that cannot be read is a verdict too, with the reason and what to do; the exit code is 4 if a worker brought no verdict back."""
    from pubtrack.credit import check

    for name in what:
        if name.startswith(("http://", "https://")) and not check.looks_like_work(name):
            raise UsageError(
                f"{name}: this command reads files, and works of the register by DOI. Download the document first."
            )
    named = [name for name in what if name == STDIN or Path(name).exists() or not check.looks_like_work(name)]
    code = 0
    if named:
        policies, fill, spoken = _without_database(policy_file, institution)
        spoken = language or spoken
        code = _files(_found(named, spoken), policies, fill, spoken, workers, dask, as_json=as_json)
    works = [name for name in what if name not in named]
    if works or not what:
        code = max(code, _works(works, workers, dask, as_json=as_json))
    raise click.exceptions.Exit(code)


def _found(named: Sequence[str], language: str) -> list[str]:
    """Return the files that are named, and those in the folders that are which may be manuscripts; say what was left out of these."""
    from pubtrack.credit import told
    from pubtrack.credit.folders import manuscripts

    files: list[str] = []
    faults: list[str] = []
    left_out: Counter[str] = Counter()
    for name in named:
        if Path(name).is_dir():
            inside = list(manuscripts(name, left_out))
            files += inside
            if not inside:
                faults.append(f"{name}: there are no files in this folder that may be manuscripts.")
        elif name != STDIN and not Path(name).exists():
            faults.append(f"{name}: there is no such file.")
        else:
            files.append(name)
    if left_out:
        click.echo(told.left_out(left_out, "nl" if language == "nl" else "en"), err=True)
    if faults:
        raise UsageError("\n".join(faults))
    return list(dict.fromkeys(files))


def _without_database(policy_file: Path | None, institution: str | None) -> tuple[list[Policy], Fill, str]:
    """Return the policies, what fills the sentence to paste, and the language: from the options, the configuration, or what ships."""
    from pubtrack import sample
    from pubtrack.obligations.policy import load

    spoken = "nl" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("nl") else "en"
    name, name_en = institution or "", institution
    try:
        opened = session()
        ours = opened.settings.institution
        spoken = ours.language
        if institution is None:
            name, name_en = ours.name, ours.name_en
        policies = opened.policies if policy_file is None else []
    except ConfigError:
        if session().options.get("config"):
            raise
        policies = [load(path) for path in sample.policies() if path.stem == sample.DEFAULT_POLICY]
    if policy_file is not None:
        shipped = None if policy_file.exists() else sample.policy(str(policy_file))
        if shipped is None and not policy_file.exists():
            known = ", ".join(path.stem for path in sample.policies())
            raise UsageError(f"{policy_file}: there is no such file, nor a policy of this name that ships ({known}).")
        policies = [load(shipped or policy_file)]
    return policies, lambda language: {"institution": name if language == "nl" else name_en or name}, spoken


def _files(
    files: Sequence[str],
    policies: Sequence[Policy],
    fill: Fill,
    language: str,
    workers: int | None,
    dask: str | None,
    *,
    as_json: bool,
) -> int:
    """Read files and print what they say, in their order; return the exit code."""
    from pubtrack.credit import check, told
    from pubtrack.credit import files as reading
    from pubtrack.executor import Failure

    spoken: told.Language = "nl" if language == "nl" else "en"
    verdicts, code = [], 0
    with (
        nullcontext(silent) if sys.stdout.isatty() else Bar() as progress
    ):  # on a screen the answers tell how far it is
        for done, (name, found) in enumerate(reading.read(files, policies, fill=fill, workers=workers, dask=dask), 1):
            progress(done, len(files), "files")
            if isinstance(found, Failure):
                click.echo(f"{plain(name)}: {plain(found.reason)}.", err=True)
                code = 4
                continue
            for policy in policies:
                finding = found[policy.id]
                verdicts.append(finding.verdict)
                if as_json:
                    lines([check.as_json(name, finding)])
                else:
                    said = told.sentences(finding, policy.provider, spoken)
                    _tell(name, finding, said, told.paste(finding, spoken), spoken)
    if not as_json and len(verdicts) > 1:
        click.echo(told.summary(verdicts, spoken))
    return code


def _tell(name: str, finding: Finding, said: Sequence[str], paste: str | None, language: str) -> None:
    click.echo(f"{plain(name.replace(chr(10), ' '))}: {finding.verdict.value}")
    click.echo(f"  {plain(' '.join(said))}")
    for quote in finding.evidence:
        page = f"{'bladzijde' if language == 'nl' else 'page'} {quote.page}" if quote.page else ""
        place = ", ".join(filter(None, (page, quote.section)))
        click.echo(f"  “{plain(quote.quote)}”" + (f" ({place})" if place else "") + f" [{quote.rule}]")
    if paste is not None:
        click.echo(f"  {plain(paste)}")


def _works(works: Sequence[str], workers: int | None, dask: str | None, *, as_json: bool) -> int:
    """Run the stage on works of the register; return the exit code."""
    from pubtrack import bootstrap
    from pubtrack.answers import apply
    from pubtrack.credit import stage

    opened = session()
    ids = [apply.find_work(opened.store, work) for work in works] or None
    fetch = bootstrap.fetch(opened.settings)
    with Bar() as progress:
        report, code = opened.stage(
            "credit",
            lambda: stage.run(
                opened.store,
                opened.settings,
                now=opened.now,
                policies=opened.policies,
                fetch=fetch,
                works=ids,
                workers=workers,
                dask=dask,
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    return code
