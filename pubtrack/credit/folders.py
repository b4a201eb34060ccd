"""Which files of a folder may be manuscripts: by what their names end in, and by their first bytes where that says nothing.

Nothing here keeps a file from being read that a person names.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# What is left out of a folder, by the reason and the ends of names; `told` says the reasons in words.
_ENDS = {
    "code": """py pyw pyi r jl do ado sps sas m c h cc cpp hpp cs java kt scala go rs swift js mjs cjs ts tsx jsx vue
        php pl pm rb lua sh bash zsh bat cmd ps1 sql stan bugs ipynb nb wl f f90 f95 for asm css scss sass less
        cmake gradle mk""",
    "settings": """toml yaml yml json json5 jsonl ini cfg conf config properties env lock plist editorconfig rproj sln
        csproj vcxproj bib bibtex ris enw nbib csl bst sty cls ist dtx ins sum mod pem crt key pub j2 jinja tpl
        license licence""",
    "data": """csv tsv psv tab dat sav zsav por dta sas7bdat xpt rds rda rdata feather parquet arrow orc avro hdf5 h5 nc
        npy npz pkl pickle mat xls xlsx xlsm xlsb ods ppt pptx pps odp numbers keynote db sqlite sqlite3 duckdb
        mdb accdb shp shx dbf prj gpkg geojson kml gpx""",
    "pictures": """png jpg jpeg gif tif tiff bmp webp svg svgz ico heic psd ai eps emf wmf drawio vsdx fig mp3 wav ogg flac
        m4a mp4 mov avi mkv webm ttf otf woff woff2""",
    "archives": """zip gz tgz bz2 xz zst 7z rar tar whl egg jar war deb rpm dmg iso exe dll so dylib o a lib class pyc pyo
        pyd bin msi apk wasm""",
    "made": """aux log toc lof lot out fls fdb_latexmk synctex blg bbl bcf nav snm vrb idx ilg ind glo gls acn map diff
        patch orig rej bak tmp temp swp cache pid coverage""",
}
_REASONS = {end: reason for reason, ends in _ENDS.items() for end in ends.split()}
_MANUSCRIPTS = frozenset(
    "pdf docx doc docm odt rtf wpd pages tex ltx latex html htm xhtml mhtml jats nxml md markdown rmd qmd rst adoc org txt text".split()  # noqa: SIM905
)
_SETTINGS = re.compile(  # by the whole name, in lower case, with the end of a text or none
    r"licen[cs]e|copying|notice|(?:gnu)?makefile|(?:docker|container|jenkins|proc|vagrant|rake|gem|pip)file|codeowners|authors|cmakelists"
    r"|robots|humans|manifest|(?:requirements|constraints)(?:-\w+)?"
)
_TOOLS = frozenset(("node_modules", "bower_components", "__pycache__", "site-packages", "renv", "packrat", "__macosx"))
_HEAD = 4_096


def manuscripts(folder: str, left_out: Counter[str]) -> Iterator[str]:
    """Given a folder, yield the files in it and below it that may be manuscripts, in order; count in `left_out`, by reason, what is not.

    No link is followed, nothing hidden is looked at, and no folder that a tool has filled.
    """
    for parent, folders, files in os.walk(folder):
        kept = []
        for name in sorted(folders):
            reason = _folder(parent, name)
            if reason:
                left_out[reason] += 1
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            reason = _file(parent, name)
            if reason:
                left_out[reason] += 1
            else:
                yield os.path.normpath(os.path.join(parent, name))


def _folder(parent: str, name: str) -> str | None:
    """Return why a folder is left out, or None."""
    path = os.path.join(parent, name)
    if name.startswith("."):
        return "hidden"
    if os.path.islink(path):
        return "links"
    if name.lower() in _TOOLS or any(
        os.path.exists(os.path.join(path, mark)) for mark in ("pyvenv.cfg", "CACHEDIR.TAG")
    ):
        return "tools"
    return None


def _file(parent: str, name: str) -> str | None:
    """Return why a file is left out, or None if it may be a manuscript."""
    if name.startswith("."):
        return "hidden"
    if name.startswith("~$") or name.endswith("~"):  # what an editor keeps beside a file that is open, or has been
        return "made"
    path = os.path.join(parent, name)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return "links"
    except OSError:
        return None  # whoever reads it will say what is wrong
    stem, _, end = name.lower().rpartition(".")
    if (not stem or end in ("txt", "md", "rst")) and _SETTINGS.fullmatch(stem or end):
        return "settings"
    if end in _MANUSCRIPTS and stem:
        return None
    if stem and end in _REASONS:
        return _REASONS[end]
    return _by_content(path)


def _by_content(path: str) -> str | None:
    """Return why a file whose name says nothing is left out by its first bytes, or None."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start or b"%PDF-" in head[:1_024] or start.startswith(b"{\\rtf"):
        return None  # an empty one is told to be empty
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return None if b"word/" in head or b"WordDocument" in head or b"[Content_Types].xml" in head else "archives"
    if start.startswith(b"#!"):
        return "code"
    if start.startswith(b"<"):
        return None if any(mark in start.lower() for mark in (b"<article", b"<html", b"<body")) else "data"
    if start.startswith((b'{"', b"{\n", b"[{", b"[[", b'["')):
        return "settings"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "data"
    return None
