"""The digest as its reader sees it: as a page on a desk, as a mail on a phone."""

from __future__ import annotations

from pathlib import Path

from pubtrack.config import FileChannel, Settings
from pubtrack.reminders.channels import CHANNELS
from pubtrack.store import Store
from tests.browser.pictures import chromium, looks_like, picture
from tests.stages.test_digest import october, run, settings
from tests.stages.test_digest_delivery import deliver

__all__ = ["october", "settings"]


def test_the_page_on_a_desk(october: Store, settings: Settings, tmp_path: Path) -> None:
    chromium()
    run(october, settings)
    page = settings.reports / "digests" / "digest-2026-10.html"
    looks_like("digest-desk", picture(page, tmp_path, width=760, height=2900))


def test_the_mail_on_a_phone(october: Store, settings: Settings, tmp_path: Path) -> None:
    chromium()
    run(october, settings, send=True)
    folder = tmp_path / "messages"
    deliver(october, settings, file=CHANNELS["file"](FileChannel(kind="file", folder=folder)))
    page = next(folder.glob("*liaison*.html"))
    looks_like("digest-phone", picture(page, tmp_path, width=390, height=3000))
