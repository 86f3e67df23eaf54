"""The money of a fund as a picture, the same on the page and on paper. Pure: what to draw comes in, text comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

FONT = "'Noto Sans','Noto Sans SC',system-ui,sans-serif"
PAID_IN, PAID_OUT, LINE = "#b4552d", "#0f7d77", "currentColor"
LEFT, TOP, WIDTH, HEIGHT, FOOT = 74, 26, 620, 190, 22


@dataclass(frozen=True, slots=True)
class Bars:
    """A year: what partners paid and got. shown: both as texts."""

    label: str
    paid: int
    got: int
    shown: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """The J-curve at a moment. at: from 0 (the beginning of the first year) to 1 (the end of the last)."""

    at: float
    value: int


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: float = 10) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="currentColor" text-anchor="{anchor}">{escape(text)}</text>'


def curve(
    years: Sequence[Bars], points: Sequence[Point], scale: Sequence[tuple[int, str]], *, title: str, description: str, words: Sequence[str]
) -> Markup:
    """Return the years' bars, below the axis what was paid and above it what came back, with the J-curve over them.

    scale: values and their texts, for the lines across. words: names of paid, got and the curve.
    """
    values = [0, *(-one.paid for one in years), *(one.got for one in years), *(one.value for one in points), *(value for value, _ in scale)]
    low, high = min(values), max(values)
    reach = (high - low) or 1

    def y(value: float) -> float:
        return TOP + HEIGHT * (high - value) / reach

    drawn = []
    for value, said in scale:
        drawn.append(
            f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="currentColor" '
            f'stroke-opacity="{0.7 if value == 0 else 0.18}" stroke-width="1"/>' + _text(LEFT - 6, y(value) + 3.5, said, anchor="end")
        )
    step = WIDTH / max(1, len(years))
    for place, one in enumerate(years):
        x, wide = LEFT + step * place + step * 0.2, step * 0.6
        drawn.append(
            f"<g><title>{escape(one.label)}: {escape(words[0])} {escape(one.shown[0])}, {escape(words[1])} {escape(one.shown[1])}</title>"
            f'<rect x="{x:.1f}" y="{y(0):.1f}" width="{wide:.1f}" height="{y(-one.paid) - y(0):.1f}" fill="{PAID_IN}"/>'
            f'<rect x="{x:.1f}" y="{y(one.got):.1f}" width="{wide:.1f}" height="{y(0) - y(one.got):.1f}" fill="{PAID_OUT}"/></g>'
        )
        if len(years) <= 18 or place % 2 == 0:
            drawn.append(_text(x + wide / 2, TOP + HEIGHT + 15, one.label))
    if points:
        way = " ".join(f"{LEFT + WIDTH * point.at:.1f},{y(point.value):.1f}" for point in points)
        drawn.append(f'<polyline points="{way}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    marks = (
        f'<rect x="{LEFT}" y="4" width="11" height="11" fill="{PAID_IN}"/>' + _text(LEFT + 16, 13, words[0], anchor="start"),
        f'<rect x="{LEFT + 190}" y="4" width="11" height="11" fill="{PAID_OUT}"/>' + _text(LEFT + 206, 13, words[1], anchor="start"),
        f'<line x1="{LEFT + 380}" x2="{LEFT + 398}" y1="9.5" y2="9.5" stroke="{LINE}" stroke-width="2"/>'
        + _text(LEFT + 404, 13, words[2], anchor="start"),
    )
    whole_w, whole_h = LEFT + WIDTH + 8, TOP + HEIGHT + FOOT
    said = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg viewBox="0 0 {whole_w} {whole_h}" width="{whole_w}" height="{whole_h}" role="img" aria-label="{escape(title)}" '
        f'class="drawing drawing-curve" font-family="{FONT}">{said}{"".join(marks)}{"".join(drawn)}</svg>'
    )


def steps(low: int, high: int) -> list[int]:
    """Return three to seven round values from *low* to *high*, nought among them."""
    reach = max(abs(low), abs(high), 1)
    unit = 10 ** (len(str(reach)) - 1)
    for size in (unit // 5, unit // 2, unit, unit * 2, unit * 5):
        if size and (high - low) // size <= 6:
            return [size * one for one in range(-(-low // size) if low < 0 else 0, high // size + 1)]
    return [0]
