"""credit: read files, or the register's works, for whether the provider is credited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pubtrack.cli.common import Bar, common, lines, plain, session, show
from pubtrack.cli.find import JSON
from pubtrack.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pubtrack.credit.statement import Fill
    from pubtrack.models import Finding
    from pubtrack.obligations.policy import Policy

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

    With FILES, or FOLDERS of them: check manuscripts before they are submitted; needs no database and no network.
    With DOIs: read those works of the register again. With nothing: read what is new.

    A file that cannot be read is a verdict too, with the reason and what to do; the exit code is 4 if a worker brought no verdict back."""
    from pubtrack.credit import check

    for name in what:
        if name.startswith(("http://", "https://")) and not check.looks_like_work(name):
            raise UsageError(
                f"{name}: this command reads files, and works of the register by DOI. Download the document first."
            )
    named = [name for name in what if Path(name).exists() or not check.looks_like_work(name)]
    code = 0
    if named:
        policies, fill, spoken = _without_database(policy_file, institution)
        code = _files(_found(named), policies, fill, language or spoken, workers, dask, as_json=as_json)
    works = [name for name in what if name not in named]
    if works or not what:
        code = max(code, _works(works, workers, dask, as_json=as_json))
    raise click.exceptions.Exit(code)


def _found(named: Sequence[str]) -> list[str]:
    """Return the files that are named, and those in the folders that are: not the hidden ones, nor what links lead to."""
    files: list[str] = []
    faults: list[str] = []
    for name in named:
        if Path(name).is_dir():
            inside = sorted(
                os.path.normpath(os.path.join(folder, file))
                for folder, folders, held in os.walk(name)
                if _seen(folders)
                for file in held
                if not file.startswith(".") and not Path(folder, file).is_symlink()
            )
            files += inside
            if not inside:
                faults.append(f"{name}: there are no files in this folder.")
        elif not Path(name).exists():
            faults.append(f"{name}: there is no such file.")
        else:
            files.append(name)
    if faults:
        raise UsageError("\n".join(faults))
    return files


def _seen(folders: list[str]) -> bool:
    """Leave hidden folders out of a walk."""
    folders[:] = [folder for folder in folders if not folder.startswith(".")]
    return True


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
    with Bar() as progress:
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
                    _tell(name, finding, told.sentences(finding, policy.provider, spoken), spoken)
    if not as_json and len(verdicts) > 1:
        click.echo(told.summary(verdicts, spoken))
    return code


def _tell(name: str, finding: Finding, said: Sequence[str], language: str) -> None:
    click.echo(f"{plain(name)}: {finding.verdict.value}")
    click.echo(f"  {plain(' '.join(said))}")
    for quote in finding.evidence:
        page = f"{'bladzijde' if language == 'nl' else 'page'} {quote.page}" if quote.page else ""
        place = ", ".join(filter(None, (page, quote.section)))
        click.echo(f"  “{plain(quote.quote)}”" + (f" ({place})" if place else "") + f" [{quote.rule}]")
    if finding.verdict.value not in ("prescribed", "credited") and finding.suggestion:
        click.echo(f"  {'Om over te nemen' if language == 'nl' else 'To paste'}: {finding.suggestion}")


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
