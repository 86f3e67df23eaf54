"""The pages that say which spaces there are, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal_column
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.occupancy import listings, queries
from parkmgr.occupancy.forms import SpaceFilter
from parkmgr.occupancy.models import BY_THE_HOUR, HoldKind
from parkmgr.occupancy.queries import Held
from parkmgr.places import queries as places
from parkmgr.places.forms import AsOfFilter
from parkmgr.places.models import Building, Floor, Park, Particulars, Space
from parkmgr.places.views import by_name, here, known_at, named, today
from parkmgr.values import Names, Span, day_of, last_day
from parkmgr.web.door import me
from parkmgr.web.formats import language, names, number
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("occupancy", __name__)


def _instant(park: Park, on: date) -> datetime:
    """Return the instant of the day whose holds are shown: this one today, noon on any other day."""
    now = clock.now()
    return now if day_of(now, park.zone) == on else datetime.combine(on, time(12), park.zone)


def _m2(value: Any) -> str:
    return "—" if value is None else number(value.m2, 2)


def _holder(row: Any) -> Names | None:
    given = (row.holder_en or "", row.holder_ru or "", row.holder_zh or "")
    return Names(*given) if any(given) else None


def _until(row: Any, park: Park) -> date | None:
    return None if row.ends_at is None else last_day(Span(row.ends_at - timedelta(days=1), row.ends_at), park.zone)


def _columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("occupancy.space", park=park.code, code=row.code)

    def building(row: Any) -> str:
        return url_for("places.building", park=park.code, building=row.building)

    def holder(row: Any) -> str | None:
        return url_for("organisations.show", code=row.holder) if row.holder else None

    def document(row: Any) -> str | None:
        return _to_document(row.hold_kind, row.document, park) if row.document else None

    return [
        Column("code", _l("Code"), lambda row: row.code, Space.code, href=to),
        Column("name", _l("Name"), named, by_name(Space), wide_only=True),
        Column("building", _l("Building"), lambda row: row.building, Building.code, href=building, wide_only=True),
        Column("floor", _l("Floor"), lambda row: row.floor or row.level, Floor.level, figures=True, wide_only=True),
        Column("kind", _l("Kind"), lambda row: word("space_kind", row.kind), Particulars.kind),
        Column("area", _l("Area, m²"), lambda row: row.area, Particulars.area, show=_m2, figures=True),
        Column("status", _l("Status"), lambda row: row.status, literal_column("status"), family="status"),
        Column("holder", _l("Who has it"), _holder, literal_column(f"holder_{language()}"), href=holder),
        Column("until", _l("Until"), lambda row: _until(row, park), literal_column("ends_at"), wide_only=True),
        Column("document", _l("Document"), lambda row: row.document, literal_column("document"), href=document, wide_only=True),
        Column("capacity", _l("Capacity"), lambda row: row.capacity, Particulars.capacity, figures=True, wide_only=True),
        Column("basis", _l("Basis"), lambda row: row.area_basis or None, Particulars.area_basis, wide_only=True),
    ]


@bp.get("/parks/<park>/spaces")
def spaces(park: str) -> ResponseReturnValue:
    """List the spaces of a park on a day."""
    found = here(park)
    actor = me()
    filters = _filters(found)
    on = filters.on.data = filters.on.data or today(found)
    known = known_at(filters.known.data, found)
    wanted = listings.Wanted(
        on,
        _instant(found, on),
        known,
        search=filters.q.data or "",
        building=filters.building.data or "",
        floor=filters.floor.data,
        kind=filters.kind.data or "",
        status=filters.status.data or "",
        at_least=filters.at_least.area(),
    )
    return answer(
        "occupancy/spaces.html",
        listings.spaces(found.id, actor, wanted),
        _columns(found),
        sort="code",
        name=f"{found.code}-spaces-{on.isoformat()}",
        tie=Space.id,
        park=found,
        filters=filters,
        on=on,
        known=known,
        sees_all=actor.sees_all(found.id),
    )


def _filters(park: Park) -> SpaceFilter:
    buildings = [SelectChoice(code, f"{code} · {names(name)}") for code, name in places.building_choices(park.id)]
    return SpaceFilter.asked(buildings=buildings, statuses=listings.statuses(park.id, me()))


@dataclass(frozen=True, slots=True)
class _Has:
    """One line of who has a space when. part: when it is not the whole. by_hour: hours are said, not only days."""

    held: Held
    part: str
    from_on: date
    until_on: date | None
    href: str | None
    by_hour: bool


def _lines(held: list[Held], space: Space, park: Park) -> list[_Has]:
    others = {row.space_id for row in held} - {space.id}
    codes = {part.id: part.code for part in places.spaces_of_ids(others)} if others else {}
    return [
        _Has(
            row,
            codes.get(row.space_id, ""),
            day_of(row.starts_at, park.zone),
            last_day(row.span, park.zone),
            _to_document(row.kind, row.document, park),
            row.kind in BY_THE_HOUR,
        )
        for row in held
    ]


def _to_document(kind: str | None, number_: str, park: Park) -> str | None:
    """Return where the document is shown; None for what has no page, as an offer to somebody who waits for a room."""
    if kind == HoldKind.LEASE:
        return url_for("leases.show", park=park.code, number=number_)
    if kind in BY_THE_HOUR and number_.startswith("B-"):
        return url_for("bookings.show", park=park.code, number=number_)
    if kind == HoldKind.CLOSURE:
        return url_for("bookings.closure", park=park.code, closure=number_)
    return None


@bp.get("/parks/<park>/spaces/<path:code>")
def space(park: str, code: str) -> ResponseReturnValue:
    """Show a space: what it is and was, and who has, had and will have it, as far as the reader may know."""
    found = here(park)
    shown = places.space(found.id, code)
    actor = me()
    asked = AsOfFilter.asked()
    on = asked.on.data = asked.on.data or today(found)
    known = known_at(asked.known.data, found)
    at = _instant(found, on)
    rows = places.every_particular(shown.id)
    current = next((row for row in rows if row.starts_on <= on < row.ends_on and _known(row, known)), None)
    held = queries.history(shown.id, known, booked_since=at)
    sees_all, own = actor.sees_all(found.id), actor.organisations(found.id)
    lines = _lines([row for row in held if sees_all or row.holder_id in own], shown, found)
    free_until = queries.free_until(shown.id, at) if known is None else None
    return page(
        "occupancy/space.html",
        park=found,
        space=shown,
        asked=asked,
        on=on,
        known=known,
        current=current,
        exists_later=any(row.withdrawn_at is None and row.starts_on > on for row in rows),
        rows=rows,
        days_until=[None if row.ends_on == date.max else row.ends_on - timedelta(days=1) for row in rows],
        now=[line for line in lines if line.held.span.holds(at)],
        busy=any(row.span.holds(at) and not (sees_all or row.holder_id in own) for row in held),
        upcoming=[line for line in reversed(lines) if line.held.starts_at > at],
        past=[line for line in lines if line.held.ends_at <= at],
        free_on=None if free_until is None else last_day(Span(at, free_until), found.zone),
        free=free_until is not None,
        parts=places.parts(shown.id),
        successions=places.successions(shown.id),
        sees_all=sees_all,
    )


def _known(row: Particulars, at: datetime | None) -> bool:
    if at is None:
        return row.withdrawn_at is None
    return row.recorded_at <= at and (row.withdrawn_at is None or row.withdrawn_at > at)
