"""Drawings as SVG, the same on the page and on paper. Pure: what to draw comes in, text comes out.

No style sheet reaches into them: every colour is an attribute (the page's policy forbids inline styles, and the paper's renderer
does not inherit), each block's ink stands on a fill of its own, and nothing is said by colour alone: vacant is hatched, reserved
outlined, closed crossed, and the words stand in the blocks, the legend and the title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from markupsafe import Markup, escape

FONT = "'Noto Sans','Noto Sans SC',system-ui,sans-serif"
ACCENT = "#0f7d77"
TINT = "#c5e0dd"
GREY = "#6b7280"
PALE = "#e7eaed"
HATCH = "#b4bac2"


@dataclass(frozen=True, slots=True)
class Look:
    """How a block looks. mark: hatch, outline, cross, or nothing."""

    fill: str
    ink: str = "#16202b"
    mark: str = ""


LOOKS = {
    "let": Look(TINT),
    "holdover": Look("#0a4744", "#ffffff"),
    "resident": Look("#e2f0ee"),
    "reserved": Look("#ffffff", ACCENT, "outline"),
    "vacant": Look("#ffffff", "#16202b", "hatch"),
    "closed": Look("#9aa2ab", "#000000", "cross"),
    "not lettable": Look(PALE, "#4b5563"),
    "busy": Look(TINT),
}
"""By status."""

SCALE = (
    Look("#0a4744", "#ffffff"),
    Look(ACCENT, "#ffffff"),
    Look("#62b0aa", "#000000"),
    Look("#a3d0cc"),
    Look("#d6eae8"),
    Look("#f1f7f6"),
)
"""From soon to far."""

TINTS = tuple(
    Look(fill)
    for fill in (
        "#c3d9e8",
        "#f3d9b5",
        "#cfe5cc",
        "#e4cfe6",
        "#f2c9c7",
        "#c9e4e2",
        "#e9e3b4",
        "#d6d3ee",
        "#e3d6c9",
        "#c8d0d8",
        "#f6d3e2",
        "#d9ecc0",
    )
)
"""For uses and tenants, which have no order; their names stand in the blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    """A unit in a stacking plan. size: its area in dm²; None is unknown. lines: what stands in it, the most needed first.

    share: of a cell, where units are drawn as equal cells.
    """

    size: int | None
    lines: tuple[str, ...]
    look: Look
    title: str = ""
    href: str = ""
    share: float = 1


@dataclass(frozen=True, slots=True)
class Storey:
    """A floor and its blocks."""

    label: str
    blocks: tuple[Block, ...]


def _width(text: str, size: float) -> float:
    """Return about how wide *text* is in Noto Sans."""
    wide = sum(1 for c in text if unicodedata.east_asian_width(c) in "WF")
    return size * (wide * 1.0 + (len(text) - wide) * 0.56)


def clipped(text: str, room: float, size: float) -> str:
    """Return as much of *text* as fits; empty when less than three letters would be left."""
    if _width(text, size) <= room:
        return text
    kept = text
    while kept and _width(kept + "…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if len(kept) >= 3 else ""


def _fitting(text: str, room: float, size: float) -> str:
    """Return *text*, clipped when it is a name; a code, an area or a day stands whole or not at all."""
    return clipped(text, room, size) if not any(c.isdigit() for c in text) or _width(text, size) <= room else ""


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, *, size: float = 10, ink: str = "currentColor", anchor: str = "start", bold: bool = False) -> str:
    if not text:
        return ""
    weight = ' font-weight="600"' if bold else ""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{ink}"{at}{weight}>{escape(text)}</text>'


def _hatch(x: float, y: float, width: float, height: float, gap: float = 5) -> str:
    """Return diagonal lines through a rectangle, cut at its sides."""
    path = []
    offset = gap
    while offset < width + height:
        x1, y1 = (x + offset, y) if offset <= width else (x + width, y + offset - width)
        x2, y2 = (x, y + offset) if offset <= height else (x + offset - height, y + height)
        path.append(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}")
        offset += gap
    return f'<path d="{"".join(path)}" stroke="{HATCH}" stroke-width="0.7" fill="none"/>'


def _rectangle(x: float, y: float, width: float, height: float, look: Look) -> str:
    drawn = [
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{look.fill}" stroke="#9aa2ab" stroke-width="0.5"/>'
    ]
    if look.mark == "hatch":
        drawn.append(_hatch(x, y, width, height))
    elif look.mark == "outline":
        inset = min(1.5, width / 6, height / 6)
        drawn.append(
            f'<rect x="{_n(x + inset)}" y="{_n(y + inset)}" width="{_n(width - 2 * inset)}" height="{_n(height - 2 * inset)}" '
            f'fill="none" stroke="{ACCENT}" stroke-width="{_n(max(1.2, inset * 1.2))}" stroke-dasharray="4 2"/>'
        )
    elif look.mark == "cross":
        right, bottom = x + width, y + height
        strokes = f"M{_n(x)} {_n(y)}L{_n(right)} {_n(bottom)}M{_n(right)} {_n(y)}L{_n(x)} {_n(bottom)}"
        drawn.append(f'<path d="{strokes}" stroke="#5b636c" stroke-width="0.7"/>')
    return "".join(drawn)


def _block(block: Block, x: float, y: float, width: float, height: float) -> str:
    drawn = [_rectangle(x, y, width, height, block.look)]
    size = 8.5
    inset = 2.0 if block.look.mark == "outline" else 0.0
    room = width - 5 - 2 * inset
    fitting = [text for text in (_fitting(line, room, size) for line in block.lines) if text][: int((height - 3) // 10)]
    if fitting and block.look.mark in ("hatch", "cross"):
        wide = min(width - 2, max(_width(text, size) for text in fitting) + 4)
        behind = f'x="{_n(x + 1)}" y="{_n(y + 1)}" width="{_n(wide)}" height="{_n(len(fitting) * 10 + 2)}"'
        drawn.append(f'<rect {behind} fill="{block.look.fill}" fill-opacity="0.85"/>')
    for index, text in enumerate(fitting):
        drawn.append(_text(x + 3 + inset, y + 9.5 + inset + index * (10 - inset / 2), text, size=size, ink=block.look.ink, bold=index == 0))
    inside = "".join(drawn)
    if block.title:
        inside = f"<g><title>{escape(block.title)}</title>{inside}</g>"
    return f'<a href="{escape(block.href)}">{inside}</a>' if block.href else inside


def _svg(width: float, height: float, title: str, description: str, inside: str, class_: str) -> Markup:
    role = "group" if "<a href=" in inside else "img"  # what can be followed is not one picture
    size = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    said = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return Markup(  # noqa: S704 - every text in it went through escape()
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="{role}" class="{class_}" font-family="{FONT}">{said}{inside}</svg>'
    )


def _sizes(storeys: Sequence[Storey]) -> dict[int, float]:
    """Return a width for each block: its area; for an unmeasured one the median of those measured."""
    known = sorted(block.size for storey in storeys for block in storey.blocks if block.size)
    usual = known[len(known) // 2] if known else 1
    return {id(block): float(block.size or usual) for storey in storeys for block in storey.blocks}


def _runs(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """Return where two or more vacant blocks stand side by side: first, and the one after the last."""
    runs, start = [], None
    for index in range(len(blocks) + 1):
        vacant = index < len(blocks) and blocks[index].look is LOOKS["vacant"]
        if vacant and start is None:
            start = index
        elif not vacant and start is not None:
            runs += [(start, index)] if index - start > 1 else []
            start = None
    return runs


def _together(storey: Storey, places: Sequence[float], y: float, said: Callable[[int, int], str]) -> str:
    drawn = []
    for first, after in _runs(storey.blocks):
        area = sum(block.size or 0 for block in storey.blocks[first:after])
        drawn.append(
            f"<g><title>{escape(said(after - first, area))}</title>"
            f'<path d="M{_n(places[first] + 1)} {_n(y)}H{_n(places[after] - 1)}" stroke="{ACCENT}" stroke-width="2.4"/></g>'
        )
    return "".join(drawn)


def stacking_plan(
    storeys: Sequence[Storey],
    *,
    title: str,
    description: str,
    together: Callable[[int, int], str],
    width: float = 1000,
    storey_height: float = 34,
) -> Markup:
    """Return a building as rows of floors, the highest first; blocks are as wide as their area.

    A line under vacant blocks that adjoin says how many they are and their area together (*together*: units, dm²).
    """
    sizes = _sizes(storeys)
    widest = max((sum(sizes[id(block)] for block in storey.blocks) for storey in storeys), default=1) or 1
    left, gap = 46.0, 4.5
    room = width - left
    drawn = []
    y = 0.0
    for storey in storeys:
        drawn.append(_text(left - 6, y + storey_height / 2 + 3.5, clipped(storey.label, left - 8, 10), anchor="end"))
        places = [left]
        for block in storey.blocks:
            wide = sizes[id(block)] * room / widest
            drawn.append(_block(block, places[-1], y, wide, storey_height))
            places.append(places[-1] + wide)
        drawn.append(_together(storey, places, y + storey_height + 1.7, together))
        y += storey_height + gap
    return _svg(width, max(y - gap + 3, 1), title, description, "".join(drawn), "plan")


def home_grid(storeys: Sequence[Storey], *, title: str, description: str, heading: str, cell: float = 17, left: float = 20) -> Markup:
    """Return a residential block as a grid of equal cells, a row for each floor, the highest first; a bed has its share of a cell."""
    gap = 1.5
    columns = max((sum(block.share for block in storey.blocks) for storey in storeys), default=1)
    drawn = [_text(left, 9, heading, size=9, bold=True)]
    for index, storey in enumerate(storeys):
        y = 14 + index * (cell * 0.8 + gap)
        x = left
        drawn.append(_text(left - 4, y + cell * 0.55, storey.label, size=7.5, anchor="end"))
        for block in storey.blocks:
            wide = (cell + gap) * block.share
            drawn.append(_block(replace(block, lines=()), x, y, wide - gap, cell * 0.8))
            x += wide
    height = 14 + len(storeys) * (cell * 0.8 + gap)
    return _svg(left + columns * (cell + gap), height, title, description, "".join(drawn), "homes")


def legend(entries: Sequence[tuple[str, Look]], *, title: str, width: float = 1000) -> Markup:
    """Return the key of a plan."""
    drawn = []
    x, y = 0.0, 0.0
    for label, look in entries:
        wide = 24 + _width(label, 11.5) + 14
        if x + wide > width and x > 0:
            x, y = 0.0, y + 20
        drawn.append(_rectangle(x, y + 1, 18, 13, look))
        drawn.append(_text(x + 24, y + 11.5, label, size=10))
        x += wide
    return _svg(width, y + 16, title, ", ".join(label for label, _ in entries), "".join(drawn), "plan-key")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart. shown: its value as people read it; the part of it that is filled is value."""

    label: str
    value: Decimal
    shown: str
    href: str = ""


def columns(
    bars: Sequence[Bar], *, title: str, description: str, width: float = 560, height: float = 170, top: Decimal | None = None
) -> Markup:
    """Return upright bars on a common ground line, each with its value above and its label below."""
    highest = top or max((bar.value for bar in bars), default=Decimal(0)) or Decimal(1)
    ground, head = height - 18, 16.0
    step = width / max(1, len(bars))
    drawn = [f'<path d="M0 {_n(ground)}H{_n(width)}" stroke="{HATCH}" stroke-width="1"/>']
    for index, bar in enumerate(bars):
        tall = float(bar.value / highest) * (ground - head)
        x = index * step + step * 0.14
        column = (
            f'<rect x="{_n(x)}" y="{_n(ground - tall)}" width="{_n(step * 0.72)}" height="{_n(tall)}" fill="{ACCENT}"/>'
            + _text(index * step + step / 2, ground - tall - 4, clipped(bar.shown, step, 9), size=9, anchor="middle")
            + _text(index * step + step / 2, ground + 12, clipped(bar.label, step, 8.5), size=8.5, anchor="middle")
        )
        column = f"<g><title>{escape(bar.label)}: {escape(bar.shown)}</title>{column}</g>"
        drawn.append(f'<a href="{escape(bar.href)}">{column}</a>' if bar.href else column)
    return _svg(width, height, title, description, "".join(drawn), "chart")


def lying_bars(
    bars: Sequence[Bar], *, title: str, description: str, width: float = 560, left: float = 150, whole: Decimal = Decimal(100)
) -> Markup:
    """Return bars that lie, one under the other, each in its full track. left: the room of their labels."""
    line, right = 18.0, 60.0
    room = width - left - right
    drawn = []
    for index, bar in enumerate(bars):
        y = index * line
        filled = float(min(bar.value, whole) / whole) * room
        content = (
            _text(left - 8, y + 12, clipped(bar.label, left - 10, 10), size=10, anchor="end")
            + f'<rect x="{_n(left)}" y="{_n(y + 4)}" width="{_n(room)}" height="10" fill="{PALE}"/>'
            + f'<rect x="{_n(left)}" y="{_n(y + 4)}" width="{_n(filled)}" height="10" fill="{ACCENT}"/>'
            + _text(width, y + 12, bar.shown, size=10, anchor="end")
        )
        content = f"<g><title>{escape(bar.label)}: {escape(bar.shown)}</title>{content}</g>"
        drawn.append(f'<a href="{escape(bar.href)}">{content}</a>' if bar.href else content)
    return _svg(width, max(line * len(bars), 1), title, description, "".join(drawn), "chart")


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line. value None: not defined then."""

    label: str
    value: Decimal | None
    shown: str


def _scaled(
    points: Sequence[Point], low: Decimal, high: Decimal, box: tuple[float, float, float, float]
) -> list[tuple[float, float] | None]:
    x0, y0, width, height = box
    step = width / max(1, len(points) - 1)
    spread = high - low or Decimal(1)
    return [
        None if p.value is None else (x0 + i * step, y0 + height - float((p.value - low) / spread) * height) for i, p in enumerate(points)
    ]


def _polyline(places: Sequence[tuple[float, float] | None], stroke: float) -> str:
    path, pen = [], "M"
    for place in places:
        if place is None:
            pen = "M"
            continue
        path.append(f"{pen}{_n(place[0])} {_n(place[1])}")
        pen = "L"
    return f'<path d="{"".join(path)}" fill="none" stroke="{ACCENT}" stroke-width="{_n(stroke)}"/>' if path else ""


def line(
    points: Sequence[Point], *, title: str, description: str, width: float = 560, height: float = 170, low: Decimal | None = None
) -> Markup:
    """Return a line through the points, with its first, last and outermost values written."""
    values = [point.value for point in points if point.value is not None]
    high = max(values, default=Decimal(1))
    low = min(values, default=Decimal(0)) if low is None else low
    margin = (high - low) / 10 or Decimal(1)
    places = _scaled(points, low - margin, high + margin, (24, 18, width - 48, height - 42))
    drawn = [f'<path d="M0 {_n(height - 20)}H{_n(width)}" stroke="{HATCH}" stroke-width="1"/>', _polyline(places, 2)]
    every = max(1, -(-len(points) // 7))
    for index, (point, place) in enumerate(zip(points, places, strict=True)):
        x = 24 + index * (width - 48) / max(1, len(points) - 1)
        written = (len(points) - 1 - index) % every == 0
        if written:
            drawn.append(_text(x, height - 6, point.label, size=8.5, anchor="middle"))
        if place is not None:
            dot = f'<circle cx="{_n(place[0])}" cy="{_n(place[1])}" r="2.6" fill="{ACCENT}"/>'
            drawn.append(f"<g><title>{escape(point.label)}: {escape(point.shown)}</title>{dot}</g>")
            if written:
                drawn.append(_text(place[0], place[1] - 7, point.shown, size=8.5, anchor="middle"))
    return _svg(width, height, title, description, "".join(drawn), "chart")


def sparkline(points: Sequence[Point], *, title: str, width: float = 120, height: float = 28) -> Markup:
    """Return a small line without words; its title says first and last value."""
    values = [point.value for point in points if point.value is not None]
    places = _scaled(points, min(values, default=Decimal(0)), max(values, default=Decimal(1)), (3, 4, width - 6, height - 8))
    drawn = [_polyline(places, 1.5)]
    last = next((place for place in reversed(places) if place is not None), None)
    if last is not None:
        drawn.append(f'<circle cx="{_n(last[0])}" cy="{_n(last[1])}" r="2.2" fill="{ACCENT}"/>')
    description = f"{points[0].label}: {points[0].shown}; {points[-1].label}: {points[-1].shown}" if points else ""
    return _svg(width, height, title, description, "".join(drawn), "spark")
