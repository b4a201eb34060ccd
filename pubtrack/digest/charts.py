"""The two pictures of a digest, for a mail (PNG) and for the file (SVG): told apart by hatching as well as by colour. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pubtrack.digest.model import VERDICTS, Digest

# Okabe and Ito's colours, told apart with any kind of colour blindness, ordered dark to light so that grey paper keeps them apart too.
_SHADES = {
    "prescribed": ("#004d80", "", "white"),
    "credited": ("#3d9bd1", "", "black"),
    "mentioned": ("#e8b860", "///", "black"),
    "absent": ("#c8500a", "\\\\\\", "white"),
    "unreadable": ("#d9d9d9", "---", "black"),
    "unread": ("#ffffff", "", "black"),
}
_SERIES = (("new", "#004d80", ""), ("sent", "#e8b860", "///"), ("arrived", "#ffffff", "---"))
_INK, _SOFT = "#1f2933", "#52606d"
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",  # letters stay letters: they can be read aloud and searched
    "svg.hashsalt": "pubtrack",  # the same picture is the same bytes
    "hatch.linewidth": 0.6,
    "text.color": _INK,
    "axes.edgecolor": _SOFT,
    "xtick.color": _SOFT,
    "ytick.color": _INK,
}
_WIDTH = 5.84  # inches: the digest's column of 584 pixels


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and what it shows in words for who cannot see it."""

    name: str
    alt: str
    png: bytes
    svg: str


def draw(digest: Digest, words: Mapping[str, Any]) -> tuple[Chart, ...]:
    """Given a digest and the words of its language, return its charts; one without anything to show is left out."""
    charts = []
    if any(row.this_year or row.last_year for row in digest.credit):
        charts.append(_chart("credit", words["charts"]["credit"].format(**_years(digest)), _credit(digest, words)))
    if any(row.new or row.sent or row.arrived for row in digest.months):
        charts.append(_chart("months", words["charts"]["months"], _months(digest, words)))
    return tuple(charts)


def _years(digest: Digest) -> dict[str, int]:
    return {"year": digest.year, "last": digest.year - 1}


def _credit(digest: Digest, words: Mapping[str, Any]) -> Figure:
    """Two bars of a hundred per cent: last year's publications above this year's."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 1.9), layout="constrained")
        axes = figure.add_subplot()
        totals = [sum(row.last_year for row in digest.credit), sum(row.this_year for row in digest.credit)]
        begun = [0.0, 0.0]
        by_name = {row.verdict: row for row in digest.credit}
        for verdict in VERDICTS:
            row = by_name.get(verdict)
            counts = [row.last_year, row.this_year] if row else [0, 0]
            if not any(counts):
                continue
            shares = [count / total if total else 0.0 for count, total in zip(counts, totals, strict=True)]
            colour, hatch, ink = _SHADES[verdict]
            axes.barh((1, 0), shares, left=begun, height=0.62, color=colour, hatch=hatch, edgecolor=_INK, linewidth=0.6,
                      label=words["credit"][verdict])  # fmt: skip
            for place, (count, share) in enumerate(zip(counts, shares, strict=True)):
                if share >= 0.04:
                    box = {"facecolor": colour, "edgecolor": "none", "pad": 1.2}
                    axes.text(
                        begun[place] + share / 2, 1 - place, str(count), ha="center", va="center", color=ink, bbox=box
                    )
            begun = [start + share for start, share in zip(begun, shares, strict=True)]
        axes.set_yticks((1, 0), [f"{digest.year - 1} ({totals[0]})", f"{digest.year} ({totals[1]})"])
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        _bare(axes, ("top", "right", "bottom", "left"))
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside lower center", ncols=3, frameon=False, handlelength=1.6, columnspacing=1.2)
    return figure


def _months(digest: Digest, words: Mapping[str, Any]) -> Figure:
    """Three bars a month for twelve months, in whole numbers."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 2.2), layout="constrained")
        axes = figure.add_subplot()
        places = range(len(digest.months))
        for offset, (name, colour, hatch) in enumerate(_SERIES):
            heights = [getattr(row, name) for row in digest.months]
            axes.bar([place + (offset - 1) * 0.27 for place in places], heights, width=0.27, color=colour, hatch=hatch,
                     edgecolor=_INK, linewidth=0.6, label=words["tiles"][name])  # fmt: skip
        short = [words["months"][int(row.month[5:]) - 1][:3] for row in digest.months]
        axes.set_xticks(list(places), short)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.grid(visible=True, color="#d5dbe1", linewidth=0.6)
        axes.set_axisbelow(True)
        _bare(axes, ("top", "right", "left"))
        axes.tick_params(length=0)
        figure.legend(loc="outside lower center", ncols=3, frameon=False, handlelength=1.6)
    return figure


def _bare(axes: Axes, sides: tuple[str, ...]) -> None:
    for side in sides:
        axes.spines[side].set_visible(False)


def _chart(name: str, alt: str, figure: Figure) -> Chart:
    png, svg = io.BytesIO(), io.StringIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(png, format="png", dpi=200, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    text = svg.getvalue()
    return Chart(name, alt, png.getvalue(), text[text.index("<svg") :].strip())
