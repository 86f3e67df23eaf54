"""The pages of services, and of the hospital's desk. Pages of the sports centre and of seasons are in modules beside this one.

Who comes to an appointment stands on pages of the desk alone, and each look is noted before the page is shown: about the park, for an
entry about a person would say that they go to the hospital.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.amenities import actions, queries, rules
from parkmgr.amenities.forms import AppointForm, DeskFilter, NewServiceForm, ServiceForm, SmallForm, codes_of
from parkmgr.amenities.models import Appointment, Desk, Service
from parkmgr.amenities.queries import Came
from parkmgr.bookings.rules import State
from parkmgr.db import transaction
from parkmgr.errors import N_, Missing, Objection, Refused, refuse
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.views import given, here, sent, today
from parkmgr.policy import Role
from parkmgr.values import Span, day_of, midnight
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("amenities", __name__)

NO_ORGANISATION = Objection("amenities.no_organisation", N_("There is no organisation of the code %(code)s."), "operator")


def organisation(code: str, field: str) -> Organisation:
    """Return the organisation of a code.

    Raises:
        Refused: at the field, when there is none.
    """
    try:
        return organisations.organisation(code)
    except Missing:
        raise Refused([NO_ORGANISATION.about(code=code).at(field)]) from None


def named_spaces(park: Park, codes: list[str], field: str) -> list[Space]:
    """Return the spaces of the codes, in their order.

    Raises:
        Refused: at the field, with each code that is none.
    """
    known = places.spaces_by_code(park.id, codes)
    refuse([rules.NO_SUCH_ROOM.about(code=code).at(field) for code in codes if code not in known])
    return [known[code] for code in codes]


# Services


def desks(park: Park) -> list[str]:
    """Return the desks whose services the reader may change."""
    roles = me().roles(park.id)
    keepers = {Desk.HOSPITAL.value: Role.HOSPITAL_DESK, Desk.SPORTS.value: Role.SPORTS_DESK}
    return [desk for desk, role in keepers.items() if roles & {role, Role.ADMINISTRATOR}]


@bp.get("/parks/<park>/services")
def services(park: str) -> ResponseReturnValue:
    """List what the hospital and the sports centre offer: hours, rooms, prices."""
    found = here(park)
    listed = queries.services(found.id)
    rooms = queries.rooms([service.id for service in listed])
    changeable = desks(found) if me().may("amenities.change_service", found.id) else []
    return page("amenities/services.html", park=found, services=listed, rooms=rooms, prices=queries.prices, desks=changeable)


@bp.route("/parks/<park>/services/new", methods=["GET", "POST"])
def add_service(park: str) -> ResponseReturnValue:
    """Add a service."""
    found = here(park)
    form = NewServiceForm(data={"slot_minutes": 30, "week": "Mon-Fri 08:00-17:00", "active": True})
    form.desk.choices = [SelectChoice(desk, word("amenity_desk", desk)) for desk in desks(found)]

    def deed() -> str:
        row = here(park)
        operator = organisation(form.operator_code(), "operator")
        rooms = named_spaces(row, codes_of(form.rooms.data), "rooms")
        offer = form.offer(form.desk.data, row.currency)
        made = actions.add_service(row, operator, given(form.code.data), form.names(), offer, rooms, actor=me(), now=clock.now())
        flash(_("The service %(code)s is offered.", code=made.code))
        return url_for("amenities.services", park=park)

    return _service_page("amenities/add_service.html", form, deed, found)


@bp.route("/parks/<park>/services/<service>/change", methods=["GET", "POST"])
def change_service(park: str, service: str) -> ResponseReturnValue:
    """Change what a service offers."""
    found = here(park)
    row = _changeable(found, service)
    form = ServiceForm(data=ServiceForm.of(row, queries.rooms([row.id])[row.id]))

    def deed() -> str:
        again = here(park)
        changed = _changeable(again, service)
        operator = organisation(form.operator_code(), "operator")
        rooms = named_spaces(again, codes_of(form.rooms.data), "rooms")
        offer = form.offer(changed.desk, again.currency)
        actions.change_service(changed, again, operator, form.names(), offer, rooms, version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("amenities.services", park=park)

    return _service_page("amenities/change_service.html", form, deed, found, service=row)


def _changeable(park: Park, code: str) -> Service:
    found = queries.service(park.id, code)
    if found.desk not in desks(park):
        raise Missing
    return found


def _service_page(template: str, form: ServiceForm, deed: Callable[[], str], park: Park, **more: Any) -> ResponseReturnValue:
    too_fine = request.method == "POST" and form.sent() and form.say_too_fine(park.currency)
    answer = None if too_fine else sent(form, deed)
    return answer or page(template, form=form, park=park, organisations=organisations.choices(), **more)


# The hospital's desk


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot of a room: free, over, shut (closed or in other hands), or with who comes."""

    what: str
    came: Came | None = None


@bp.get("/parks/<park>/hospital")
def hospital(park: str) -> ResponseReturnValue:
    """Show a service's slots of a day by room, free or with who comes; a free one is appointed with a click."""
    with transaction():
        people.note(here(park), "amenities.hospital", actor=me(), now=clock.now())
    found = here(park)
    now = clock.now()
    filters = DeskFilter.asked()
    listed = queries.services(found.id, Desk.HOSPITAL.value, active=True)
    filters.service.choices = [SelectChoice(one.code, formats.names(one.names)) for one in listed]
    on = filters.on.data or today(found)
    filters.on.data = on
    service = next((one for one in listed if one.code == filters.service.data), listed[0] if listed else None)
    moving = request.args.get("move", "")
    moved = queries.appointment(found.id, moving) if moving else None
    if moved is not None:
        service = moved.service
    if service is None:
        return page("amenities/hospital.html", park=found, filters=filters, service=None)
    filters.service.data = service.code
    rooms = queries.rooms([service.id])[service.id]
    slots = rules.slots(queries.week(service), service.slot_minutes, on, found.zone, queries.weekday_of(service, found))
    listed_today, grid = _grid(service, found, rooms, slots, on, now)
    return page(
        "amenities/hospital.html",
        park=found,
        filters=filters,
        service=service,
        rooms=rooms,
        grid=grid,
        came=listed_today,
        on=on,
        before=on - timedelta(days=1),
        after=on + timedelta(days=1),
        moved=moved,
        at=_at,
        form=None,
    )


def _at(span: Span) -> str:
    """Return an instant as an address carries it."""
    return f"{span.starts_at:%Y-%m-%dT%H:%MZ}"


def _grid(
    service: Service, park: Park, rooms: list[Space], slots: list[Span], on: date, now: datetime
) -> tuple[list[Came], list[tuple[Span, list[Cell]]]]:
    whole = Span(midnight(on, park.zone), midnight(on + timedelta(days=1), park.zone))
    came = queries.appointments(service.id, whole)
    held = queries.held([room.id for room in rooms], whole)
    living = {(one.space_id, one.span.starts_at): one for one in came if one.state not in (State.CANCELLED, State.NO_SHOW)}
    grid = []
    for slot in slots:
        full = service.places is not None and sum(one.span.overlaps(slot) and one.state in queries.COMING for one in came) >= service.places
        cells = []
        for room in rooms:
            one = living.get((room.id, slot.starts_at))
            if one is not None:
                cells.append(Cell("taken", one))
            elif any(hold.span.overlaps(slot) for hold in held[room.id]):
                cells.append(Cell("shut"))
            else:
                cells.append(Cell("over" if slot.ends_at <= now else "full" if full else "free"))
        grid.append((slot, cells))
    return came, grid


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Missing from None
    if found.tzinfo is None or not 1900 < found.year < 2200:
        raise Missing
    return found


def _slot_asked(park: Park) -> tuple[Service, Space, datetime]:
    """Return which slot of which room the address names."""
    service = queries.service(park.id, request.args.get("service", ""), Desk.HOSPITAL.value)
    space = places.space(park.id, request.args.get("room", ""))
    return service, space, _instant(request.args.get("at", ""))


@bp.route("/parks/<park>/hospital/appoint", methods=["GET", "POST"])
def appoint(park: str) -> ResponseReturnValue:
    """Give a slot to somebody, by a resident number or a name."""
    found = here(park)
    if not request.args.get("service"):
        return redirect(url_for("amenities.hospital", park=park), 303)
    service, space, starts_at = _slot_asked(found)
    form = AppointForm()
    on = day_of(starts_at, found.zone)

    def deed() -> str:
        row = here(park)
        of, room, at = _slot_asked(row)
        made = actions.appoint(of, row, room, at, who=form.who.data or "", key=form.key_value, actor=me(), now=clock.now())
        flash(_("Appointed as %(number)s.", number=made.booking.number))
        return url_for("amenities.hospital", park=park, service=of.code, on=on.isoformat())

    span = Span(starts_at, starts_at + timedelta(minutes=service.slot_minutes))
    return sent(form, deed) or page("amenities/appoint.html", form=form, park=found, service=service, space=space, span=span, on=on)


@bp.get("/parks/<park>/hospital/appointments/<appointment>")
def appointment(park: str, appointment: str) -> ResponseReturnValue:
    """Show an appointment, and what can be done with it."""
    here(park)
    with transaction():
        row = here(park)
        queries.appointment(row.id, appointment)
        people.note(row, "amenities.appointment", actor=me(), now=clock.now())
    return _shown(here(park), appointment)


def _shown(park: Park, number: str, form: SmallForm | None = None) -> ResponseReturnValue:
    found = queries.appointment(park.id, number)
    booking = found.booking
    now = clock.now()
    confirmed = booking.state == State.CONFIRMED
    deeds = {
        "arrive": confirmed and now < booking.ends_at,
        "miss": booking.checked_in_at is None and booking.state in (State.CONFIRMED, State.COMPLETED) and now >= booking.starts_at,
        "move": confirmed and now < booking.ends_at,
        "cancel": confirmed and now < booking.ends_at,
    }
    on = day_of(booking.starts_at, park.zone).isoformat()
    return page("amenities/appointment.html", park=park, one=found, booking=booking, deeds=deeds, on=on, form=form, KEPT=rules.KEPT.days)


def _deed(park: str, number: str, act: Callable[[Appointment, Park, SmallForm], None], said: str) -> ResponseReturnValue:
    """Do a deed that has a button: what is against it stands on the appointment's page."""
    queries.appointment(here(park).id, number)
    form = SmallForm()

    def deed() -> str:
        row = here(park)
        found = queries.appointment(row.id, number)
        act(found, row, form)
        flash(said)
        on = day_of(found.booking.starts_at, row.zone).isoformat()
        return url_for("amenities.hospital", park=park, service=found.service.code, on=on)

    done = sent(form, deed)
    if done is not None:
        return done
    with transaction():
        people.note(here(park), "amenities.appointment", actor=me(), now=clock.now())
    return _shown(here(park), number, form)


@bp.post("/parks/<park>/hospital/appointments/<appointment>/move")
def move_appointment(park: str, appointment: str) -> ResponseReturnValue:
    """Move an appointment to another slot or room of its service."""

    def act(found: Appointment, row: Park, form: SmallForm) -> None:
        try:
            space, at = places.space(row.id, request.form.get("room", "")), _instant(request.form.get("at", ""))
        except Missing:
            raise Refused([rules.WHICH_SLOT]) from None
        actions.move_appointment(found, row, space, at, version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, appointment, act, _("The appointment is moved."))


@bp.post("/parks/<park>/hospital/appointments/<appointment>/cancel")
def cancel_appointment(park: str, appointment: str) -> ResponseReturnValue:
    """Cancel an appointment."""

    def act(found: Appointment, _row: Park, form: SmallForm) -> None:
        actions.cancel_appointment(found, version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, appointment, act, _("The appointment is cancelled, and its slot is free."))


@bp.post("/parks/<park>/hospital/appointments/<appointment>/arrive")
def arrive(park: str, appointment: str) -> ResponseReturnValue:
    """Note that who was expected is there."""

    def act(found: Appointment, _row: Park, form: SmallForm) -> None:
        actions.arrive(found, version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, appointment, act, _("It is noted that they are there."))


@bp.post("/parks/<park>/hospital/appointments/<appointment>/miss")
def miss(park: str, appointment: str) -> ResponseReturnValue:
    """Note that nobody came."""

    def act(found: Appointment, _row: Park, form: SmallForm) -> None:
        actions.miss(found, version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, appointment, act, _("It is noted that nobody came."))
