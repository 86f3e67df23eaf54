"""The hours of a week as a picture, the same on the page and on paper. Pure: what to draw comes in, text comes out.

Every colour is an attribute, each figure's ink stands on a fill of its own, and no colour says what no figure says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from markupsafe import Markup, escape

from parkmgr.utilisation.rules import Hour

FONT = "'Noto Sans','Noto Sans SC',system-ui,sans-serif"
SHADES = (
    (0, "#ffffff", "#16202b"),
    (20, "#d6eae8", "#16202b"),
    (40, "#a3d0cc", "#16202b"),
    (60, "#62b0aa", "#000000"),
    (80, "#0f7d77", "#ffffff"),
    (101, "#0a4744", "#ffffff"),
)
"""Up to so many per cent: fill and ink."""
NEVER = ("#e7eaed", "#4b5563")
LEFT, TOP, WIDE, TALL, GAP = 44, 16, 26, 19, 1


def _shade(percent: Decimal | None) -> tuple[str, str]:
    if percent is None:
        return NEVER
    return next(((fill, ink) for most, fill, ink in SHADES if percent <= most), SHADES[-1][1:])


def _text(x: float, y: float, text: str, size: float, ink: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{ink}" text-anchor="{anchor}">{escape(text)}</text>'


def heat_map(hours: Sequence[Hour], *, days: Sequence[str], title: str, description: str, say: Callable[[int, Hour], str]) -> Markup:
    """Return seven rows of 24 hours, each with its per cent in it; an hour that nobody can book has a dot.

    days: the names of the weekdays from Monday. say: an hour of the week in words, for the pointer.
    """
    drawn = [_text(LEFT + hour * (WIDE + GAP) + WIDE / 2, 10, f"{hour:02d}", 8.5, "currentColor", "middle") for hour in range(24)]
    for index, hour in enumerate(hours):
        day, clock = divmod(index, 24)
        x, y = LEFT + clock * (WIDE + GAP), TOP + day * (TALL + GAP)
        if not clock:
            drawn.append(_text(LEFT - 6, y + 13, days[day], 9.5, "currentColor", "end"))
        fill, ink = _shade(hour.ratio)
        shown = "·" if hour.ratio is None else str(hour.ratio.quantize(Decimal(1), ROUND_HALF_EVEN))
        said = say(index, hour)
        drawn.append(
            (f"<g><title>{escape(said)}</title>" if said else "<g>")
            + f'<rect x="{x}" y="{y}" width="{WIDE}" height="{TALL}" fill="{fill}" stroke="#b4bac2" stroke-width="0.5"/>'
            + _text(x + WIDE / 2, y + 13, shown, 9.5, ink, "middle")
            + "</g>"
        )
    width, height = LEFT + 24 * (WIDE + GAP), TOP + 7 * (TALL + GAP)
    said = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return Markup(  # noqa: S704 - every text in it went through escape()
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'class="plan" font-family="{FONT}">{said}{"".join(drawn)}</svg>'
    )
