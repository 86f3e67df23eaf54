"""What stands on a page, of the screen or of paper: figures in words, the hours of a week. Shared, so that both say the same."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from babel.dates import get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from parkmgr.utilisation import drawings, rules
from parkmgr.utilisation.rules import Conduct, Hour, Seats, Sums
from parkmgr.web import formats


class Figure(NamedTuple):
    """A figure: what it is, its value, what it is of, how it is computed."""

    code: str
    label: str
    value: str
    note: str
    how: str


def hours(seconds: int | Fraction) -> str:
    """Return seconds as hours."""
    return formats.number(rules.hours(seconds), 2)


def lead(seconds: Fraction | None) -> str:
    """Return how long before its start something was asked for: days, or hours where it is less than two days."""
    if seconds is None:
        return "—"
    if seconds >= 2 * 86400:
        return str(_("%(days)s days", days=formats.number(rules.hours(seconds / 24), 1)))
    return str(_("%(hours)s h", hours=formats.number(rules.hours(seconds), 1)))


def figures(total: Sums) -> list[Figure]:
    """Return the figures that the ledger gives."""
    return [
        Figure(
            "ratio",
            _("Booked, by time"),
            formats.percent(total.ratio),
            _("%(booked)s of %(open)s bookable hours", booked=hours(total.booked), open=hours(total.open)),
            _(
                "Booked hours inside bookable hours, divided by bookable hours. Booked is what bookings held in the ledger, "
                "requests that hold their room too, without the turnaround after each."
            ),
        ),
        Figure(
            "open",
            _("Bookable hours"),
            hours(total.open),
            ngettext("%(num)s room", "%(num)s rooms", total.rooms),
            _(
                "The hours that the rules of each room leave open, by its week and the holidays of the park's calendar, while it exists, "
                "without the time in which a closure or a lease has it. Rules have no history: those of today count."
            ),
        ),
        Figure(
            "closed",
            _("Closed hours"),
            hours(total.closed),
            _("in no ratio"),
            _("Hours inside the rules in which a closure, a lease or another document that is no booking had the room."),
        ),
        Figure(
            "outside",
            _("Booked outside bookable hours"),
            hours(total.outside),
            _("in no ratio"),
            _("Booked hours when the rules of the room, as they are today, do not leave it open; an administrator may waive them."),
        ),
    ]


def seats_figure(seats: Seats) -> Figure:
    """Return how full the rooms were."""
    return Figure(
        "seats",
        _("Seats taken while booked"),
        formats.percent(seats.ratio),
        _("%(count)s bookings without a known capacity are left out", count=formats.number(seats.unknown)) if seats.unknown else "",
        _("People of each booking times its hours, divided by the seats of its room times its hours. People are as announced."),
    )


def conduct_figures(found: Conduct) -> list[Figure]:
    """Return what became of bookings, in figures."""
    return [
        Figure(
            "no_show",
            _("Nobody came"),
            formats.percent(found.no_show_rate),
            _("%(count)s of %(all)s", count=formats.number(found.no_show), all=formats.number(found.came + found.no_show)),
            _("Bookings that were released because nobody checked in, divided by these and those that are checked in or completed."),
        ),
        Figure(
            "cancelled",
            _("Cancelled"),
            formats.percent(found.cancelled_rate),
            _("%(count)s of %(all)s", count=formats.number(found.cancelled), all=formats.number(found.made)),
            _("Cancelled bookings divided by all that were to start in these days, whatever became of them."),
        ),
        Figure(
            "lead",
            _("Asked for ahead"),
            lead(found.median_lead),
            _("mean %(mean)s", mean=lead(found.mean_lead)),
            _(
                "From asking to the start, the median (half were asked for earlier), over bookings that start in these days and were "
                "not rejected, cancelled or expired."
            ),
        ),
    ]


def weekdays(width: Literal["abbreviated", "wide"] = "abbreviated") -> list[str]:
    """Return the names of the weekdays from Monday in the reader's language."""
    names = get_day_names(width, locale=get_locale() or "en")
    return [str(names[day]) for day in range(7)]


def heat_map(found: Sequence[Hour], *, pointer: bool = True) -> Markup:
    """Return the hours of the week. pointer: each hour says itself in words to who points at it; paper has no pointer."""
    names = weekdays()

    def say(index: int, hour: Hour) -> str:
        if not pointer:
            return ""
        day, clock = divmod(index, 24)
        return str(
            _(
                "%(day)s %(from_)s–%(to)s: %(ratio)s, %(booked)s of %(open)s hours",
                day=names[day],
                from_=f"{clock:02d}:00",
                to=f"{clock + 1:02d}:00",
                ratio=formats.percent(hour.ratio),
                booked=hours(hour.booked),
                open=hours(hour.open),
            )
        )

    return drawings.heat_map(
        found,
        days=names,
        title=_("Booked by hour of the week, per cent of the bookable hours"),
        description=_("Seven rows, Monday to Sunday, of 24 hours; a dot where nobody can book. The table of the same stands beside it."),
        say=say,
    )
