"""What stands on a page of the housing report, of the screen or of paper: figures in words, charts, the blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from parkmgr.errors import N_
from parkmgr.reports import drawings, pages
from parkmgr.reports.drawings import Bar
from parkmgr.reports.housing import Class, Group, Home, Report, median
from parkmgr.reports.occupancy import Group as Building
from parkmgr.reports.occupancy import Row, sums
from parkmgr.reports.pages import Chart, Figure, Issue
from parkmgr.web import formats

SIZE_WORDS = {
    "to_40": N_("flats below 40 m²"),
    "to_60": N_("flats of 40 to 60 m²"),
    "to_80": N_("flats of 60 to 80 m²"),
    "from_80": N_("flats of 80 m² and more"),
    "shared": N_("shared flats, by the bed"),
    "unmeasured": N_("flats not measured"),
}
LISTED = 40
"""So many blocks are named one by one."""


def days(count: Decimal | int | None) -> str:
    """Return a number of days; a dash where there is none."""
    if count is None:
        return "—"
    return str(_("%(days)s days", days=formats.number(count, 0 if count == int(count) else 1)))


def size_name(group: Group) -> str:
    """Return a class of size in words."""
    return str(_(SIZE_WORDS[group.code]))


def block_name(group: Group) -> str:
    """Return a block's code and name."""
    name = group.names.in_(formats.language()) if group.names else ""
    return name if name.startswith(group.code) else f"{group.code} {name}".strip()


def class_name(one: Class) -> str:
    """Return a class of the waiting list in words."""
    return one.names.in_(formats.language()) if one.names is not None else one.code


def figures(report: Report, /) -> list[Figure]:
    """Return the main figures of a housing report."""
    total = report.total
    waiting = [count for one in report.classes for count in one.waiting]
    offers, lets = sum(one.offers for one in report.classes), sum(one.lets for one in report.classes)
    whole = Class("", None, offers=offers, lets=lets)
    return [
        Figure(
            "flats",
            _("Occupied, by flats"),
            formats.percent(total.by_flats),
            _("%(let)s of %(all)s flats", let=formats.number(total.flats_occupied), all=formats.number(total.flats)),
            _("Flats in which somebody lives, or that an employer has by a lease, of all flats for letting. A shared flat is one flat."),
            (),
        ),
        Figure(
            "beds",
            _("Occupied, by beds"),
            formats.percent(total.by_beds),
            _("%(let)s of %(all)s beds", let=formats.number(total.beds_occupied), all=formats.number(total.beds)),
            _("Beds of shared flats that somebody has, of all such beds. Beds and flats are never added together."),
            (),
        ),
        Figure(
            "void",
            _("Void days in twelve months"),
            formats.number(total.void),
            _("from %(since)s", since=formats.day(report.since)),
            _("Days on which a flat or bed for letting existed, nobody had it, and there were no works; each flat and each bed counts."),
            (),
        ),
        Figure(
            "turnaround",
            _("Turnaround, median"),
            days(median(report.turnarounds)),
            _(
                "longest %(longest)s; %(count)s changes",
                longest=days(max(report.turnarounds, default=None)),
                count=formats.number(len(report.turnarounds)),
            ),
            _(
                "Days from the first day without a resident to the first day of the next residency, works included; "
                "for the residencies that began in the twelve months."
            ),
            (),
        ),
        Figure(
            "waiting",
            _("Waiting for a home"),
            formats.number(len(waiting)),
            _("median %(median)s, longest %(longest)s", median=days(median(waiting)), longest=days(max(waiting, default=None))),
            _("Applications on the waiting list at the end of the day, in the whole park, and the days since they were put on it."),
            (),
        ),
        Figure(
            "offers",
            _("Offers for each home let"),
            formats.number(whole.offers_per_let, 2) if whole.offers_per_let is not None else "—",
            _("%(offers)s offers, %(lets)s accepted", offers=formats.number(offers), lets=formats.number(lets)),
            _("Homes offered to applications in the twelve months, divided by offers accepted in them; not defined where none was."),
            (),
        ),
        Figure(
            "ending",
            _("Residencies ending within 90 days"),
            formats.number(len(report.ending)),
            _("of %(count)s", count=formats.number(sum(home.row.status == "resident" for home in report.rows))),
            _("Residencies of the day whose last day, as agreed, is at most 90 days later."),
            (),
        ),
        *(
            Figure(
                f"rent-{rent.currency}",
                _("Rent a month, %(currency)s", currency=rent.currency),
                formats.number(rent.amount, 0),
                _("of flats and beds that are occupied"),
                _("Rent payable on the day for a month, without tax. Currencies are never added together."),
                (),
            )
            for rent in total.rents
        ),
    ]


def void_by_block(report: Report) -> Chart:
    """Return the chart of void days of each block."""
    title = _("Void days in twelve months, by block")
    groups = report.by_block[:LISTED]
    most = max((Decimal(group.sums.void) for group in groups), default=Decimal(0)) or Decimal(1)
    bars = [Bar(block_name(group), Decimal(group.sums.void), formats.number(group.sums.void)) for group in groups]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, whole=most))


def waiting_by_class(report: Report) -> Chart:
    """Return the chart of the median wait of those who wait, by class."""
    title = _("Median wait of those who wait, by class, in days")
    middles = [(class_name(one), median(one.waiting) or Decimal(0)) for one in report.classes]
    most = max((middle for _name, middle in middles), default=Decimal(0)) or Decimal(1)
    bars = [Bar(name, middle, formats.number(middle, 0)) for name, middle in middles]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(title, drawings.lying_bars(bars, title=title, description=said, whole=most))


def _nowhere(_row: Row) -> str:
    return ""


def blocks(report: Report, href: Callable[[Row], str] | None = None) -> list[Markup]:
    """Return each block as a grid of its homes."""
    found = []
    for group in report.by_block[:LISTED]:
        rows = [home.row for home in report.rows if home.row.building == group.code]
        building = Building(group.code, sums(rows), group.names, residential=True)
        if href is None:
            found.append(pages.homes(building, rows, mode="status", on=report.on, tints_={}))
        else:
            found.append(pages.homes(building, rows, mode="status", on=report.on, tints_={}, href=href))
    return found


def key(report: Report) -> Markup:
    """Return the legend of the blocks."""
    return pages.key([home.row for home in report.rows], "status", report.on)


def listed(report: Report) -> list[tuple[str, Sequence[Home]]]:
    """Return the residencies by block, each with its heading."""
    homes = report.residencies
    return [
        (block_name(group), of_it)
        for group in report.by_block
        for of_it in [[home for home in homes if home.row.building == group.code]]
        if of_it
    ]


def paper(report: Report, issue: Issue | None, /, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/housing.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            figures=figures(report),
            void=void_by_block(report),
            waiting=waiting_by_class(report) if report.classes else None,
            drawings=blocks(report),
            key=key(report),
            sections=listed(report),
            qr=pages.qr(issue.address) if issue else "",
            block_name=block_name,
            size_name=size_name,
            class_name=class_name,
            median=median,
            days=days,
            fit=drawings.clipped,
        )
