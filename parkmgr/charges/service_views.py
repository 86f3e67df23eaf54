"""The page that says how well equipment served: availability, failures and repairs, and how much it was used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from parkmgr import clock
from parkmgr.charges import service_queries
from parkmgr.charges.forms import ServiceFilter
from parkmgr.charges.service_queries import Served
from parkmgr.charges.service_rules import Sums
from parkmgr.charges.views import bp
from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.utilisation import pages as use_pages
from parkmgr.utilisation import rules as use_rules
from parkmgr.utilisation.rules import hours as in_hours
from parkmgr.values import midnight, percent
from parkmgr.web import formats
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet

USUAL = timedelta(days=89)
"""How far back the first day lies when nothing is asked."""


class Figure(NamedTuple):
    """A figure: what it is, its value, what it is of, how it is computed."""

    label: str
    value: str
    note: str
    how: str


def hours(seconds: int | Fraction | None) -> str:
    """Return seconds as hours; an em dash where it is not defined."""
    return "—" if seconds is None else formats.number(in_hours(seconds), 1)


def figures(total: Sums) -> list[Figure]:
    """Return the main figures."""
    return [
        Figure(
            _("Availability"),
            formats.percent(total.availability, 2),
            _("%(hours)s hours operating", hours=hours(total.operating)),
            _(
                "Operating time divided by the observed time without planned downtime. Observed is the part of the days that is past, "
                "all hours of the day; planned is every closure of the piece but a breakdown."
            ),
        ),
        Figure(
            _("Time between failures"),
            _("%(hours)s h", hours=hours(total.mtbf)) if total.mtbf is not None else "—",
            ngettext("%(num)s failure", "%(num)s failures", total.failures),
            _(
                "Operating time divided by failures (MTBF); not defined without a failure. "
                "A failure is a breakdown of which a part lies in the days."
            ),
        ),
        Figure(
            _("Time to repair"),
            _("%(hours)s h", hours=hours(total.mttr)) if total.mttr is not None else "—",
            _("%(hours)s hours of unplanned downtime", hours=hours(total.unplanned)),
            _("Unplanned downtime in the days divided by failures (MTTR); not defined without a failure."),
        ),
        Figure(
            _("Booked, by time"),
            formats.percent(total.use.ratio),
            _("%(booked)s of %(open)s bookable hours", booked=hours(total.use.booked), open=hours(total.use.open)),
            _(
                "Booked hours inside bookable hours, divided by bookable hours: "
                "those that the rules of booking leave open, without downtime."
            ),
        ),
        Figure(
            _("Used, by time"),
            formats.percent(total.used_ratio),
            _("%(hours)s hours used", hours=hours(total.used)),
            _("From check-in to end, inside bookable hours, divided by bookable hours. A session without a check-in is not in it."),
        ),
        Figure(
            _("Nobody came"),
            formats.percent(total.no_show_rate),
            _("%(count)s of %(all)s", count=formats.number(total.no_show), all=formats.number(total.sessions)),
            _("Sessions to which nobody came, divided by these and those that took place."),
        ),
    ]


class _Asked(NamedTuple):
    since: date
    until: date
    known: datetime | None
    lab: str
    against: tuple[str, ...]


def _asked(park: Park, filters: ServiceFilter) -> _Asked:
    now = today(park)
    until = filters.until.data or now
    since = filters.since.data or until - USUAL
    known = midnight(filters.known.data + timedelta(days=1), park.zone) if filters.known.data else None
    against = tuple(formats.sentence(objection) for objection in use_rules.objections(since, until))
    if against:
        since, until = now - USUAL, now
    filters.since.data, filters.until.data = since, until
    return _Asked(since, until, known, filters.lab.data or "", against)


@bp.get("/parks/<park>/lab-service")
def service(park: str) -> ResponseReturnValue:
    """Show how well the park's equipment served in some days, as known at an instant."""
    found = here(park)
    filters = ServiceFilter.asked(labs=service_queries.labs(found.id))
    asked = _asked(found, filters)
    served = service_queries.service(found, asked.since, asked.until, asked.known, now=clock.now(), lab=asked.lab)
    format_ = request.args.get("format")
    if format_ is not None:
        return _sheet(found, asked, served, request.args.get("table", "pieces"), format_)

    def table(name: str, wanted: str) -> str:
        kept: dict[str, Any] = {key: values for key, values in request.args.lists() if key not in ("table", "format")}
        return url_for("charges.service", park=park, **kept, table=name, format=wanted)

    def of_lab(code: str) -> str:
        kept: dict[str, Any] = {key: values for key, values in request.args.lists() if key not in ("table", "format", "lab")}
        return url_for("charges.service", park=park, **kept, lab=code)

    return page(
        "charges/service.html",
        park=found,
        filters=filters,
        asked=asked,
        service=served.service,
        use=served.use,
        figures=figures(served.service.total),
        heat=use_pages.heat_map(served.use.hours),
        days=use_pages.weekdays("wide"),
        hours=hours,
        table_address=table,
        of_lab=of_lab,
    )


Rows = Iterator[Sequence[object]]


def _sheet(park: Park, asked: _Asked, served: Served, table: str, format_: str) -> ResponseReturnValue:
    made = {"pieces": _pieces, "labs": _labs, "hours": _hours}
    if format_ not in FORMATS or table not in made:
        abort(404)
    head, *rows = made[table](served)
    name = f"{park.code}-lab-service-{table}-{asked.since.isoformat()}-{asked.until.isoformat()}"
    return sheet(format_, name, [str(label) for label in head], rows)


def _head() -> list[object]:
    return [
        _("Observed hours"),
        _("Planned downtime, hours"),
        _("Unplanned downtime, hours"),
        _("Failures"),
        _("Availability, per cent"),
        _("Time between failures, hours"),
        _("Time to repair, hours"),
        _("Bookable hours"),
        _("Booked hours"),
        _("Booked, per cent"),
        _("Used hours"),
        _("Used, per cent"),
        _("Sessions"),
        _("Nobody came"),
    ]


def _cells(sums: Sums) -> list[object]:
    return [
        in_hours(sums.observed),
        in_hours(sums.planned),
        in_hours(sums.unplanned),
        sums.failures,
        sums.availability,
        None if sums.mtbf is None else in_hours(sums.mtbf),
        None if sums.mttr is None else in_hours(sums.mttr),
        in_hours(sums.use.open),
        in_hours(sums.use.booked),
        sums.use.ratio,
        in_hours(sums.used),
        sums.used_ratio,
        sums.sessions,
        sums.no_show,
    ]


def _pieces(served: Served) -> Rows:
    yield [_("Laboratory"), _("Space"), _("Asset number"), _("Name"), _("Kind"), *_head()]
    for each in served.service.pieces:
        yield [each.place.lab, each.room.code, each.place.number, each.place.names or each.room.names, each.room.kind, *_cells(each.sums)]


def _labs(served: Served) -> Rows:
    yield [_("Laboratory"), _("Name"), _("Pieces"), *_head()]
    for each in served.service.labs:
        yield [each.code, each.names, each.pieces, *_cells(each.sums)]


def _hours(served: Served) -> Rows:
    yield [_("Day"), _("Hour"), _("Bookable hours"), _("Booked hours"), _("Per cent")]
    days = use_pages.weekdays("wide")
    for index, hour in enumerate(served.use.hours):
        day, at = divmod(index, 24)
        yield [days[day], f"{at:02d}:00", in_hours(hour.open), in_hours(hour.booked), percent(hour.booked, hour.open)]
