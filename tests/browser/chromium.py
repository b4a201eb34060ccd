"""Debian's chromium, driven over the pipe of its own DevTools protocol: no driver, no library.

`apt-get install chromium`; where it is missing the tests are skipped, and fail when CI is set.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE = 60  # seconds


class Chromium:
    """One page of a headless browser."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._number, self._rest = to, back, 0, b""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Given a method of the DevTools protocol, return what it answers."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._number:
                assert "error" not in said, f"{method}: {said['error']}"
                answer: dict[str, Any] = said["result"]
                return answer

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._back], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser says nothing"
            self._rest += os.read(self._back, 1 << 20)
        line, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        return said

    def look(self, width: int, *, scripts: bool = False, height: int = 900) -> None:
        """Make the window so wide, and switch the page's own scripts off."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.loaded()

    def loaded(self) -> None:
        """Wait until the page that was asked for is there."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            time.sleep(0.1)
            if self.value("document.readyState") == "complete":
                return
        raise AssertionError("the page does not load")

    def value(self, expression: str) -> Any:
        """Return what an expression of ours finds in the page; the page's own scripts stay off."""
        world = self.call(
            "Page.createIsolatedWorld", frameId=self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        )
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, contextId=world["executionContextId"]
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def key(self, name: str, times: int = 1) -> None:
        """Press a key: Tab, Enter, Space, ArrowDown, or a character."""
        codes = {"Tab": 9, "Enter": 13, "Space": 32, "ArrowDown": 40}
        text = {"Enter": "\r", "Space": " "}.get(name, name if len(name) == 1 else "")
        for _ in range(times):
            shared = {
                "key": " " if name == "Space" else name,
                "code": name,
                "windowsVirtualKeyCode": codes.get(name, ord(name[0])),
            }
            self.call(
                "Input.dispatchKeyEvent",
                type="keyDown" if text else "rawKeyDown",
                **shared,
                **({"text": text} if text else {}),
            )
            self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def shot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Yield a browser, or skip the test (fail it where CI is set) if chromium is not installed."""
    if PROGRAM is None:
        missing = "chromium is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tempfile.mkdtemp(prefix="pubtrack-browser-")
    (read_in, to), (back, write_out) = os.pipe(), os.pipe()
    given = [
        fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (read_in, write_out)
    ]  # clear of 3 and 4, where chromium looks
    wrapped = f'exec "$@" 3<&{given[0]} 4>&{given[1]}'
    process = subprocess.Popen(
        [
            "bash", "-c", wrapped, "chromium", PROGRAM,
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
            f"--user-data-dir={folder}", "about:blank",
        ],
        pass_fds=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for end in (read_in, write_out, *given):
        os.close(end)
    try:
        yield Chromium(to, back)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(to)
        os.close(back)
        shutil.rmtree(folder, ignore_errors=True)
