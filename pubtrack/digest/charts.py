"""The two pictures of a digest, for a mail (PNG) and for the file (SVG): told apart by hatching as well as by colour. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
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
_WIDTH = 4.4  # inches: narrower than the digest's column, so that its letters can still be read on a phone


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
    """A bar of a hundred per cent for each of the two years that has publications, the later one below."""
    counted = {
        digest.year - 1: {row.verdict: row.last_year for row in digest.credit},
        digest.year: {row.verdict: row.this_year for row in digest.credit},
    }
    years = [year for year, counts in counted.items() if any(counts.values())]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 1.1 + 0.45 * len(years)), layout="constrained")
        axes = figure.add_subplot()
        for verdict in VERDICTS:
            if any(counted[year].get(verdict) for year in years):
                _share(axes, [counted[year] for year in years], verdict, words["credit"][verdict])
        places = range(len(years))
        axes.set_yticks(places, [f"{year} ({sum(counted[year].values())})" for year in years])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        _bare(axes, ("top", "right", "bottom", "left"))
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, handlelength=1.6, columnspacing=1.2)
    return figure


def _share(axes: Axes, years: Sequence[Mapping[str, int]], verdict: str, label: str) -> None:
    """Draw one verdict's part of each year's bar, right of the verdicts that stand before it, with its number where it fits."""
    before = VERDICTS[: VERDICTS.index(verdict)]
    totals = [sum(counts.values()) for counts in years]
    begin = [sum(counts[name] for name in before) / total for counts, total in zip(years, totals, strict=True)]
    share = [counts[verdict] / total for counts, total in zip(years, totals, strict=True)]
    colour, hatch, ink = _SHADES[verdict]
    bars = axes.barh(range(len(years)), share, left=begin, height=0.62, color=colour, hatch=hatch, edgecolor=_INK,
                     linewidth=0.6, label=label)  # fmt: skip
    numbers = [str(counts[verdict]) if part >= 0.05 else "" for counts, part in zip(years, share, strict=True)]
    plain = {"facecolor": colour, "edgecolor": "none", "pad": 1.2}
    for text in axes.bar_label(bars, numbers, label_type="center", color=ink):
        if text.get_text():
            text.set_bbox(plain)


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
