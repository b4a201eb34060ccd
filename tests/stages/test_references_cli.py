"""Lists from the command line: made, mailed, shown, given again; and the provider's own list read."""

from __future__ import annotations

import json
from pathlib import Path

from tests.stages.test_cli import Run, pubtrack  # noqa: F401 - a fixture


def test_a_list_from_draft_to_what_the_provider_lists(pubtrack: Run, tmp_path: Path) -> None:  # noqa: F811
    """Through the channel that writes files, so nothing leaves; everything else is as it would be."""
    config = tmp_path / "config/pubtrack.toml"
    named = '\n[references]\nchannel = "file"\nrecipients = ["cbs@example.org"]\nlanguage = "en"\n'
    head = config.read_text(encoding="utf-8").split("[references]")[0]
    config.write_text(head.rstrip().removesuffix("#") + named, encoding="utf-8")
    day = ("--as-of", "2026-11-16")
    pubtrack("register", "config/projects.csv", *day)
    pubtrack("import", "works.json", "--confirm", "9001", *day)
    made = pubtrack("references", "-f", "xlsx", "-f", "docx", "--layout", "2026-01", *day)
    mailed = pubtrack("references", "sent", "2026-11", "--send", "--who", "Anna", *day)
    before = (tmp_path / "reports/references/2026-11/references-2026-11.docx").read_bytes()
    listed = pubtrack("references", "show", "--json")
    shown = pubtrack("references", "show", "2026-11")
    again = pubtrack("references", "again", "2026-11", "--to", "again", "-f", "docx", "-f", "ris")
    story = pubtrack("explain", "10.5555/cli.1", *day)
    reconciled = pubtrack("reconcile", "reports/references/2026-11/references-2026-11.xlsx", "--as-of", "2026-11-20")

    assert [code for code, _, _ in (made, mailed, listed, shown, again, story, reconciled)] == [0] * 7
    assert "List 2026-11 is closed with 1 reference." in mailed[1]
    row = json.loads(listed[1])
    assert (row["state"], row["how"], row["receipt"]) == ("sent", "mailed through file", "mail 1, cbs@example.org")
    assert "van der Berg, A. (2025). Social mobility of households in the Netherlands. Journal of Examples." in shown[1]
    assert (tmp_path / "again/references-2026-11.docx").read_bytes() == before
    assert (tmp_path / "again/references-2026-11.ris").read_text(encoding="utf-8").startswith("TY  - JOUR")
    assert "mailed through file, receipt: mail 1, cbs@example.org" in " ".join(story[1].split())
    assert "1 arrived" in reconciled[1]


def test_what_does_not_go_together_is_said(pubtrack: Run) -> None:  # noqa: F811
    code, _, said = pubtrack("references", "sent", "2026-11", "--send", "--receipt", "x")

    assert code == 2
    assert "With --send the mail itself is the receipt; leave --receipt and --copies out." in said


def test_what_somebody_typed_wrongly_has_not_failed(pubtrack: Run, tmp_path: Path) -> None:  # noqa: F811
    """It is told to who typed it, with the code of a wrong command; the month's digest does not tell it to the provider's liaison."""
    day = ("--as-of", "2026-10-20")
    pubtrack("register", "config/projects.csv", *day)

    code, *said = pubtrack("references", "--layout", "2022", *day)
    pubtrack("digest", "--as-of", "2026-11-02")

    assert code == 2
    assert "There is no layout 2022." in "".join(said)
    assert "There is no layout" not in (tmp_path / "reports/digests/digest-2026-10.txt").read_text()
