"""Messages into a folder: a rehearsal that sends nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from urllib.parse import quote

from pubtrack.config import FileChannel
from pubtrack.errors import DeliveryError
from pubtrack.models import Message


class File:
    """Writes each message as .txt, .html and .json (Slack blocks) files, named after its key: the same message, the same files."""

    def __init__(self, config: FileChannel) -> None:
        self.name = config.name
        self._folder = config.folder

    def send(self, message: Message) -> None:
        stem = file_stem(message.key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            heads = f"To: {message.recipient}\nSubject: {message.subject}\n"
            heads += "".join(f"Attachment: {Path(path).name}\n" for path in message.attachments)
            if message.calendar is not None:
                write(self._folder / f"{stem}.ics", message.calendar)
            if message.html is not None:
                write(self._folder / f"{stem}.html", self._page(message))
            if message.blocks:
                write(
                    self._folder / f"{stem}.json",
                    json.dumps([dict(block) for block in message.blocks], ensure_ascii=False, indent=1) + "\n",
                )
            write(self._folder / f"{stem}.txt", f"{heads}\n{message.text}")
        except OSError as error:
            raise DeliveryError(f"{self._folder}: {error.strerror or error}.", permanent=False) from error

    def _page(self, message: Message) -> str:
        """Return the page with its attached pictures where they stand: a browser knows no `cid:`."""
        page = message.html or ""
        for path in message.attachments:
            beside = Path(os.path.relpath(path, self._folder)).as_posix()
            page = page.replace(f'"cid:{Path(path).name}"', f'"{quote(beside)}"')
        return page

    def check(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DeliveryError(f"{self._folder}: {error.strerror or error}.", permanent=True) from error
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise DeliveryError(f"{self._folder} cannot be written to.", permanent=True)
        return f"writes into {self._folder}"


def file_stem(key: str) -> str:
    """Given a message's key, return a file name for it: readable, without a path in it, and different for different keys."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def write(path: Path, text: str) -> bool:
    """Given a path and what must stand there, write it whole or not at all. Return whether anything changed."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return False
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
    return True
