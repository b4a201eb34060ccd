"""A retraction goes all the way: from a notice of its own to the reference list and the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from pubtrack.config import Settings
from pubtrack.digest import gather
from pubtrack.digest import stage as digest
from pubtrack.models import Answer, Decision, Work
from pubtrack.obligations.policy import load
from pubtrack.references import stage as references
from pubtrack.store import Store, decisions, projects
from tests.conftest import AT, NOW, PROJECT, ROOT
from tests.stages.test_digest import settings  # noqa: F401
from tests.stages.test_ingest import crossref, take

POLICY = load(ROOT / "config/policies/cbs-microdata.toml")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("retraction", "[Retracted publication]"),
        ("correction", "[A correction to this publication has been published]"),
    ],
)
def test_a_notice_reaches_list_and_digest(
    store: Store,
    settings: Settings,  # noqa: F811 - a fixture
    kind: str,
    words: str,
) -> None:
    projects.save(store, PROJECT, at=AT)
    issued = {"date-parts": [[2026, 10, 1]]}
    article = crossref("10.5555/a", "Moving up", issued=issued, author=[{"given": "Anna", "family": "van der Berg"}])
    notice = crossref("10.5555/n", "Notice", **{"update-to": [{"DOI": "10.5555/a", "type": kind}]})
    take(store, article)
    take(store, notice)
    decisions.add(store, Decision(Answer.MINE, NOW, "Anna", "cli", work_id=1, project_id=PROJECT.id))

    references.run(store, settings, now=NOW, policies=[POLICY])
    digest.run(store, settings, now=NOW, policies=[POLICY], month="2026-11")

    assert words in _texts(settings.reports / "references")
    assert words in _texts(settings.reports / "digests")


def _texts(folder: Path) -> str:
    """All text files of a folder, without their line breaks."""
    return " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in sorted(folder.rglob("*.txt")))


def test_a_work_on_no_list_says_so_in_the_digest_too() -> None:
    """The digest's own plain line carries the flag."""
    csl = {"type": "article-journal", "title": "Dikes", "DOI": "10.5555/plain.1", "author": [{"family": "Jansen"}]}

    assert gather._plain(Work(csl, retracted=True)) == "Jansen. Dikes. https://doi.org/10.5555/plain.1 [RETRACTED]"
    assert gather._plain(Work(csl, corrected=True)) == "Jansen. Dikes. https://doi.org/10.5555/plain.1 [CORRECTED]"
    assert gather._plain(Work(csl)) == "Jansen. Dikes. https://doi.org/10.5555/plain.1"
