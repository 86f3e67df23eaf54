"""The page that says how much rooms are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.utilisation import pages, queries, rules
from parkmgr.utilisation.forms import PeriodFilter
from parkmgr.utilisation.rules import Utilisation
from parkmgr.values import midnight, percent
from parkmgr.web.door import me
from parkmgr.web.formats import names, sentence
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet

bp = Blueprint("utilisation", __name__)

USUAL = timedelta(days=29)
"""How far back the first day lies when nothing is asked."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for. against: sentences about what cannot be answered; then the usual days are shown."""

    since: date
    until: date
    known: datetime | None
    building: str
    kind: str = ""
    against: tuple[str, ...] = ()


def _asked(park: Park, filters: PeriodFilter) -> _Asked:
    now = today(park)
    until = filters.until.data or (max(now, filters.since.data) if filters.since.data else now)
    since = filters.since.data or until - USUAL
    known = midnight(filters.known.data + timedelta(days=1), park.zone) if filters.known.data else None
    against = tuple(sentence(objection) for objection in rules.objections(since, until))
    if against:
        since, until = now - USUAL, now
    filters.since.data, filters.until.data = since, until
    return _Asked(since, until, known, filters.building.data or "", filters.kind.data or "", against)


@bp.get("/parks/<park>/utilisation")
def rooms(park: str) -> ResponseReturnValue:
    """Show how much of the bookable time the park's rooms were booked in some days, as known at an instant."""
    found = here(park)
    houses = queries.buildings(found.id)
    choices = [SelectChoice(code, f"{code} · {names(name)}" if name else code) for code, _id, name in houses]
    filters = PeriodFilter.asked(buildings=choices)
    asked = _asked(found, filters)
    ids = [building_id for code, building_id, _name in houses if code == asked.building]
    actor = me()
    sees_all = actor.sees_all(found.id)
    used = queries.utilisation(found, asked.since, asked.until, asked.known, ids, asked.kind)
    if not sees_all:
        used = rules.narrowed(used, actor.organisations(found.id))
    format_ = request.args.get("format")
    if format_ is not None:
        return _sheet(found, asked, used, request.args.get("table", "rooms"), format_)
    period = rules.period_of(asked.since, asked.until, found.zone)
    conduct = rules.conduct(queries.made(found, queries.Chosen(period, asked.building, asked.kind), actor))
    return page(
        "utilisation/rooms.html",
        park=found,
        filters=filters,
        asked=asked,
        used=used,
        sees_all=sees_all,
        own=actor.organisations(found.id),
        figures=pages.figures(used.total),
        seats=pages.seats_figure(used.seats) if sees_all else None,
        conduct=pages.conduct_figures(conduct),
        heat=pages.heat_map(used.hours),
        days=pages.weekdays("wide"),
        hours=pages.hours,
        behind=_Behind(found, asked),
        share=percent,
    )


@dataclass(frozen=True, slots=True)
class _Behind:
    """Where the rows behind a figure are: the list of bookings in the same days."""

    park: Park
    asked: _Asked

    def __call__(self, **filters: str) -> str:
        """Return the address of the list with these filters too."""
        days = {"since": self.asked.since.isoformat(), "until": self.asked.until.isoformat()}
        where = {"building": self.asked.building} if self.asked.building else {}
        given: dict[str, Any] = {**where, **filters, **days}
        return url_for("bookings.bookings", park=self.park.code, **given)

    def table(self, table: str, format_: str) -> str:
        """Return the address of a table of this page as a sheet."""
        kept: dict[str, Any] = {key: values for key, values in request.args.lists() if key not in ("table", "format")}
        return url_for("utilisation.rooms", park=self.park.code, **kept, table=table, format=format_)


def _sheet(park: Park, asked: _Asked, used: Utilisation, table: str, format_: str) -> ResponseReturnValue:
    made = {"rooms": _rooms, "buildings": _buildings, "organisations": _organisations, "hours": _hours}
    if format_ not in FORMATS or table not in made:
        abort(404)
    head, *rows = made[table](used)
    name = f"{park.code}-utilisation-{table}-{asked.since.isoformat()}-{asked.until.isoformat()}"
    return sheet(format_, name, [str(label) for label in head], rows)


Rows = Iterator[Sequence[object]]


def _sums_head() -> list[object]:
    return [_("Bookable hours"), _("Booked hours"), _("Per cent"), _("Closed hours"), _("Booked outside bookable hours")]


def _sums(sums: rules.Sums) -> list[object]:
    figures = [rules.hours(seconds) for seconds in (sums.open, sums.booked, sums.closed, sums.outside)]
    return [*figures[:2], sums.ratio, *figures[2:]]


def _rooms(used: Utilisation) -> Rows:
    yield [_("Building"), _("Room"), _("Name"), _("Kind"), _("Capacity"), *_sums_head()]
    for each in used.rooms:
        room = each.room
        yield [room.building, room.code, room.names, room.kind, room.capacity, *_sums(each.sums)]


def _buildings(used: Utilisation) -> Rows:
    yield [_("Building"), _("Name"), _("Rooms"), *_sums_head()]
    for each in used.buildings:
        yield [each.code, each.names, each.sums.rooms, *_sums(each.sums)]


def _organisations(used: Utilisation) -> Rows:
    yield [_("Code"), _("Organisation"), _("Booked hours"), _("Per cent of the bookable hours"), _("Booked outside bookable hours")]
    for each in used.organisations:
        name = each.names or _("all others")
        share = percent(each.booked, used.total.open)
        yield [each.code, name, rules.hours(each.booked), share, rules.hours(each.outside)]


def _hours(used: Utilisation) -> Rows:
    yield [_("Day"), _("Hour"), _("Bookable hours"), _("Booked hours"), _("Per cent")]
    days = pages.weekdays("wide")
    for index, hour in enumerate(used.hours):
        day, clock = divmod(index, 24)
        yield [days[day], f"{clock:02d}:00", rules.hours(hour.open), rules.hours(hour.booked), hour.ratio]
