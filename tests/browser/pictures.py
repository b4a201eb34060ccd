"""Pages as pictures, by Debian's Chromium without a window, and compared as a person sees them from afar."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

FOLDER = Path(__file__).parents[1] / "fixtures" / "golden" / "pictures"
_COLUMNS = 100  # of a golden picture: layout and weight stay, how letters are drawn on one machine or another does not


def chromium() -> str:
    """Return where Chromium is. Skip the test where it is missing; fail it in CI."""
    found = shutil.which("chromium")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Chromium is missing. Install it: apt-get install chromium"
        )
    return found


def picture(page: Path, folder: Path, *, width: int, height: int) -> Path:
    """Given a page's file, return a PNG of it in a window that wide and high."""
    shot = folder / f"{page.stem}-{width}.png"
    subprocess.run(
        [
            chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
            f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}", f"--screenshot={shot}", page.as_uri(),
        ],
        check=True,
        timeout=120,
        capture_output=True,
    )  # fmt: skip
    return shot


def looks_like(name: str, shot: Path, *, tolerance: float = 0.06) -> None:
    """Given a golden picture's name and a screenshot, assert that they look alike: mean difference of their greys, 0 to 1.

    PUBTRACK_GOLDEN=write rewrites the golden one: look at both before you commit it.
    """
    golden = FOLDER / f"{name}.png"
    seen = _small(Image.open(shot))
    if os.environ.get("PUBTRACK_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        seen.save(golden)
    wanted = Image.open(golden)
    assert seen.size == wanted.size, f"{name} is {seen.size}, the golden picture {wanted.size}"
    difference = ImageStat.Stat(ImageChops.difference(seen, wanted)).mean[0] / 255
    assert difference <= tolerance, f"{name} differs by {difference:.3f} from {golden.name}; see {shot}"


def _small(image: Image.Image) -> Image.Image:
    height = round(image.height * _COLUMNS / image.width)
    return image.convert("L").resize((_COLUMNS, height), Image.Resampling.BOX)
