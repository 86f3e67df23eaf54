"""The pages of bookings: the list, one booking and what is done with it, and the inbox of requests.

Pages of finding, calendars, doors, rules and closures are in modules beside this one, on the same blueprint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.bookings import actions, queries, rules, rules_words
from parkmgr.bookings.actions import Move
from parkmgr.bookings.forms import (
    ApproveForm,
    AskForm,
    BookingFilter,
    CancelForm,
    ChangeForm,
    ExtendForm,
    JoinForm,
    RejectForm,
    ReplyForm,
    SmallForm,
    TogetherForm,
    TransferForm,
)
from parkmgr.bookings.models import Booking, Waiting
from parkmgr.bookings.queries import Slot
from parkmgr.bookings.rules import State
from parkmgr.calendars.recurrence import instants
from parkmgr.calendars.rules import zone_of_country
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Building, Park, Space
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.values import Money, Span, day_of, midnight
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

bp = Blueprint("bookings", __name__)

DEEDS: dict[str, Any] = {
    "approve": _l("Approve"),
    "reject": _l("Reject"),
    "ask": _l("Ask back"),
    "reply": _l("Answer the question"),
    "check_in": _l("Check in"),
    "end": _l("End now"),
    "extend": _l("Extend"),
    "change": _l("Change"),
    "cancel": _l("Cancel the booking"),
    "transfer": _l("Pass on"),
}
"""The deeds of a booking's page, as its buttons call them."""

DONE: dict[str, Any] = {
    "book": _l("It is booked."),
    "approve": _l("It is approved."),
    "reject": _l("It is rejected."),
    "end": _l("It has ended, and the rest is free."),
    "extend": _l("It goes on longer."),
    "cancel": _l("It is cancelled."),
}
"""What was done, beside the button that takes it back."""

MOST_COUNTED = 10_000
"""Rows of the list, which grows for ever."""

F = TypeVar("F", bound=Form)


@bp.app_context_processor
def _counts() -> dict[str, Any]:
    """Let every page say how many requests wait, where the layout asks for it: one SELECT, for who decides or asks."""

    def requests_waiting(park: Park) -> int:
        counted: dict[int, int] = g.setdefault("requests_waiting", {})
        if park.id not in counted:
            counted[park.id] = queries.requests_waiting(park.id, me())
        return counted[park.id]

    return {"requests_waiting": requests_waiting}


def second_zone(booking: Booking | Waiting, park: Park) -> ZoneInfo | None:
    """Return the zone of the organisation's country where its clock shows another time than the park's; None where it does not."""
    found = zone_of_country(booking.organisation.country)
    if found is None or found.utcoffset(booking.starts_at.astimezone(found)) == park.zone.utcoffset(
        booking.starts_at.astimezone(park.zone)
    ):
        return None
    return found


# The list


def _columns(park: Park, *, sees_all: bool) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("bookings.show", park=park.code, number=row.number)

    def space(row: Any) -> str:
        return url_for("occupancy.space", park=park.code, code=row.space)

    def price(row: Any) -> Money | None:
        return None if row.price_minor is None else Money(row.price_minor, row.currency)

    as_sheet = "format" in request.args
    read = [
        Column("starts", _l("Day"), lambda row: formats.weekday(row.starts_at), Booking.starts_at),
        Column("hours", _l("Hours"), lambda row: formats.hours(row.starts_at, row.ends_at)),
    ]
    apart = [
        Column("starts", _l("From"), lambda row: row.starts_at, Booking.starts_at),
        Column("ends", _l("To"), lambda row: row.ends_at, Booking.ends_at),
    ]
    return [
        Column("number", _l("Number"), lambda row: row.number, Booking.number, href=to),
        *(apart if as_sheet else read),
        Column("space", _l("Space"), lambda row: row.space, Space.code, href=space),
        Column("building", _l("Building"), lambda row: row.building, Building.code, wide_only=True),
        *([Column("organisation", _l("Organisation"), named, by_name(Organisation))] if sees_all else []),
        Column("person", _l("Who"), lambda row: row.guest or row.person, wide_only=True),
        Column("state", _l("State"), lambda row: row.state, Booking.state, family="booking_state"),
        Column("people", _l("People"), lambda row: row.people, Booking.people, figures=True, wide_only=True),
        Column("purpose", _l("Purpose"), lambda row: row.purpose or None, wide_only=True),
        Column("price", _l("Price"), price, figures=True, wide_only=True),
    ]


@bp.get("/parks/<park>/bookings")
def bookings(park: str) -> ResponseReturnValue:
    """List the bookings of a park that the reader may know of: from today on, unless other days are asked for."""
    found = here(park)
    actor = me()
    filters = BookingFilter.asked()
    filters.building.choices = [
        SelectChoice("", _("any")),
        *(SelectChoice(code, f"{code} · {formats.names(name)}") for code, name in places.building_choices(found.id)),
    ]
    if not request.args:
        filters.since.data = today(found)
    sees_all = actor.sees_all(found.id) or queries.keeps_a_desk(actor, found.id)
    wanted = queries.Wanted(
        search=filters.q.data or "",
        state=filters.state.data or "",
        organisation=(filters.organisation.data or "") if sees_all else "",
        space=filters.space.data or "",
        building=filters.building.data or "",
        since=midnight(filters.since.data, found.zone) if filters.since.data else None,
        until=midnight(filters.until.data + timedelta(days=1), found.zone) if filters.until.data else None,
        mine=bool(filters.mine.data),
    )
    waitings = queries.waiting_of(found.id, actor.user_id, clock.now()) if actor.may("bookings.leave", found.id) else []
    return answer(
        "bookings/bookings.html",
        queries.bookings(found.id, actor, wanted),
        _columns(found, sees_all=sees_all),
        sort="starts",
        name=f"{found.code}-bookings-{today(found).isoformat()}",
        tie=Booking.id,
        count_to=MOST_COUNTED,
        park=found,
        filters=filters,
        sees_all=sees_all,
        waitings=waitings,
        now=clock.now(),
    )


# One booking


def _booking(park: str, number: str) -> Booking:
    return queries.booking(number, me(), str(request.endpoint), park=park)


def _to(park: Park, booking: Booking) -> str:
    return url_for("bookings.show", park=park.code, number=booking.number)


def _deeds(booking: Booking, park: Park, standing: rules.Standing, now: datetime) -> list[tuple[str, str]]:
    actor = me()
    decides = queries.decides(actor, park.id, [booking.desk])
    asked = bool(booking.question) and not booking.reply
    found = rules.deeds(standing, now, decides=decides, asked=asked)
    deciding = {"approve", "reject", "ask"}
    return [(deed, str(DEEDS[deed])) for deed in found if actor.may(f"bookings.{deed}", park.id) and (decides or deed not in deciding)]


def _undoable(booking: Booking, now: datetime) -> str:
    """Return what the reader did with the booking and can take back still; empty when nothing."""
    last = booking.undo
    if last is None or booking.undo_until is None or booking.undo_until < now or last["by"] != me().user_id:
        return ""
    return str(last["deed"])


@bp.get("/parks/<park>/bookings/<number>")
def show(park: str, number: str) -> ResponseReturnValue:
    """Show a booking: when, where, who, under which rules it stands, and what may be done with it."""
    found = here(park)
    booking = _booking(park, number)
    now = clock.now()
    standing = queries.standing(booking, queries.conditions_of([booking])[booking.id])
    undoable = _undoable(booking, now)
    return page(
        "bookings/show.html",
        park=found,
        booking=booking,
        standing=standing,
        second=second_zone(booking, found),
        dates=queries.of_set(booking.set_id) if booking.set_id is not None else [],
        deeds=_deeds(booking, found, standing, now),
        undoable=undoable,
        undone=str(DONE[undoable]) if undoable else "",
        seconds=int((booking.undo_until - now).total_seconds()) if undoable and booking.undo_until else 0,
        now=now,
        live=booking.state in rules.LIVE,
        people=sorted({user.name for user in (booking.user, booking.made_by) if user is not None}),
    )


def _opened_on(form: F, booking: Booking) -> F:
    """Return the form with the version that the page shows, unless it was sent with one."""
    if request.method == "GET":
        form.version.data = str(booking.version)
    return form


def _deed(
    park: str,
    number: str,
    build: Callable[[Booking], Form],
    act: Callable[[Booking], str | None],
    said: str = "",
    more: Callable[[Booking], dict[str, Any]] | None = None,
) -> ResponseReturnValue:
    """Answer with the page of a deed: the form, or when it is done the booking's page, or the inbox where it was done from there."""
    found = here(park)
    form = build(_booking(park, number))

    def deed() -> str:
        booking = _booking(park, number)
        booking.expect(form.at_version)
        address = act(booking)
        if said:
            flash(said)
        return address or _onward(found.code, booking)

    done = sent(form, deed)
    if done is not None:
        return done
    name = str(request.endpoint).removeprefix("bookings.")
    found, booking = here(park), _booking(park, number)
    context = more(booking) if more else {}
    return page(
        f"bookings/{name}.html",
        form=form,
        park=found,
        booking=booking,
        title=str(DEEDS[name]),
        second=second_zone(booking, found),
        decides=queries.decides(me(), found.id, [booking.desk]),
        onward=request.form.get("onward", ""),
        **context,
    )


def _onward(park: str, booking: Booking) -> str:
    """Return the inbox at the next request where the form says that it stood there, else the booking's page."""
    onward = request.form.get("onward")
    if onward is None:
        return url_for("bookings.show", park=park, number=booking.number)
    return url_for("bookings.inbox", park=park, at=onward[:20] or None, done=booking.number)


# Deciding


def _decided(booking: Booking, form: TogetherForm) -> list[Booking]:
    """Return the requests that are decided: this one, and those that were made with it when that is meant."""
    together = [booking]
    if form.together.data and booking.set_id is not None:
        together += [one for one in queries.of_set(booking.set_id) if one.id != booking.id and one.state == State.REQUESTED]
    for one in together[1:]:
        one.expect(None)
    return together


def _of_request(booking: Booking) -> dict[str, Any]:
    """Return what the pages of decisions show beside the request: its rivals, and how many wait with it."""
    dates = queries.of_set(booking.set_id) if booking.set_id is not None else []
    return {"rivals": queries.rivals(booking), "dates": [one for one in dates if one.state == State.REQUESTED]}


@bp.route("/parks/<park>/bookings/<number>/approve", methods=["GET", "POST"])
def approve(park: str, number: str) -> ResponseReturnValue:
    """Approve a request, and reject the others for its time when that is meant."""
    form = ApproveForm()

    def act(booking: Booking) -> None:
        together = _decided(booking, form)
        rivals = {rival.id: rival for one in together for rival in queries.rivals(one)} if form.others.data else {}
        actions.approve_all(together, reason=form.reason.data or "", actor=me(), now=clock.now())
        for rival in rivals.values():
            rival.expect(None)
            reason = form.reason.data or _("The time was given to another request.")
            actions.reject(rival, reason=reason, actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act, more=_of_request)


@bp.route("/parks/<park>/bookings/<number>/reject", methods=["GET", "POST"])
def reject(park: str, number: str) -> ResponseReturnValue:
    """Reject a request."""
    form = RejectForm()

    def act(booking: Booking) -> None:
        actions.reject_all(_decided(booking, form), reason=form.reason.data or "", actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act, more=_of_request)


@bp.route("/parks/<park>/bookings/<number>/ask", methods=["GET", "POST"])
def ask(park: str, number: str) -> ResponseReturnValue:
    """Ask back."""
    form = AskForm()

    def act(booking: Booking) -> None:
        actions.ask(booking, question=form.question.data or "", actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act, _("Who asked is asked."))


@bp.route("/parks/<park>/bookings/<number>/reply", methods=["GET", "POST"])
def reply(park: str, number: str) -> ResponseReturnValue:
    """Answer a question."""
    form = ReplyForm()

    def act(booking: Booking) -> None:
        actions.reply(booking, text=form.reply.data or "", actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act, _("The answer is given."))


# On the day


@bp.route("/parks/<park>/bookings/<number>/check-in", methods=["POST"])
@bp.get("/parks/<park>/bookings/check-in/<path:code>")
def check_in(park: str, number: str = "", code: str = "") -> ResponseReturnValue:
    """Check in: by the button, which the QR code at the door leads to."""
    found = here(park)
    if code:
        space = places.space(found.id, code)
        now = clock.now()
        there = queries.at_door(space.id, me(), now, opens=rules.EARLY_CHECK_IN)
        return page("bookings/check_in.html", park=found, space=space, bookings=there)

    def act(booking: Booking) -> None:
        actions.check_in(booking, actor=me(), now=clock.now())

    return _at_once(park, number, act, _("You are checked in."))


def _at_once(park: str, number: str, act: Callable[[Booking], None], said: str) -> ResponseReturnValue:
    """Do a deed that has a button and no page: what is against it is said on a page of its own."""
    found = here(park)
    with transaction():
        booking = _booking(park, number)
        booking.expect(SmallForm().at_version)
        act(booking)
        address = _onward(found.code, booking)
    flash(said)
    return redirect(address, 303)


@bp.route("/parks/<park>/bookings/<number>/end", methods=["GET", "POST"])
def end(park: str, number: str) -> ResponseReturnValue:
    """End a booking now."""
    form = SmallForm()

    def act(booking: Booking) -> None:
        actions.end(booking, actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@bp.route("/parks/<park>/bookings/<number>/extend", methods=["GET", "POST"])
def extend(park: str, number: str) -> ResponseReturnValue:
    """Let a booking go on."""
    form = ExtendForm()

    def build(booking: Booking) -> Form:
        if request.method == "GET":
            form.ends_at.data = _local(booking.ends_at + timedelta(minutes=30), booking.park.zone)
        return _opened_on(form, booking)

    def act(booking: Booking) -> None:
        actions.extend(booking, form.until(booking.park.zone), waiver=form.waiver(), actor=me(), now=clock.now())

    def more(booking: Booking) -> dict[str, Any]:
        return {"free_until": ledger.free_until(booking.space_id, booking.ends_at + timedelta(minutes=booking.turnaround_minutes))}

    return _deed(park, number, build, act, more=more)


# Changing


def _meant(booking: Booking, scope: str, deed: str) -> list[Booking]:
    """Return the bookings of the set that are meant, this one first; of the others those still to come that can be."""
    if booking.set_id is None or scope not in ("following", "all"):
        return [booking]
    now = clock.now()
    others = [
        other
        for other in queries.of_set(booking.set_id)
        if other.id != booking.id
        and rules.possible(deed, other.state)
        and other.starts_at > now
        and (scope == "all" or other.starts_at >= booking.starts_at)
    ]
    for other in others:
        other.expect(None)
    return [booking, *others]


def _moves(bookings_: Sequence[Booking], form: ChangeForm, space: Space, zone: ZoneInfo) -> list[Move]:
    """Return where each booking goes: as far on the clock of the wall as the first does; those of its space to the new one."""
    first = bookings_[0]
    span = form.span(zone)
    starts, ends = given(form.starts_at.data), given(form.ends_at.data)
    shift = starts - _local(first.starts_at, zone)
    moves = [Move(first, Slot(space.id, span, first.recurs_at))]
    for other in bookings_[1:]:
        local = _local(other.starts_at, zone) + shift
        starts_at, ends_at = (one.starts_at for one in instants([local, local + (ends - starts)], zone))
        to = space.id if other.space_id == first.space_id else other.space_id
        moves.append(Move(other, Slot(to, Span(starts_at, max(ends_at, starts_at + timedelta(minutes=1))), other.recurs_at)))
    return moves


def _space(park: Park, code: str) -> Space:
    """Return the space that was typed.

    Raises:
        Refused: there is none.
    """
    try:
        return places.space(park.id, code)
    except Missing:
        raise Refused([rules.NO_SUCH_SPACE.about(code=code)]) from None


@bp.route("/parks/<park>/bookings/<number>/change", methods=["GET", "POST"])
def change(park: str, number: str) -> ResponseReturnValue:
    """Change this date, this and those that follow, or all."""
    form = ChangeForm()

    def build(booking: Booking) -> Form:
        if request.method == "GET":
            zone = booking.park.zone
            form.space.data = booking.space.code
            form.starts_at.data, form.ends_at.data = _local(booking.starts_at, zone), _local(booking.ends_at, zone)
            form.people.data, form.purpose.data, form.guest.data = booking.people, booking.purpose, booking.guest
        return _opened_on(form, booking)

    def act(booking: Booking) -> None:
        space = _space(booking.park, form.space.data or "")
        meant = _meant(booking, form.scope.data, "change")
        actions.change(
            _moves(meant, form, space, booking.park.zone),
            people=given(form.people.data),
            purpose=form.purpose.data or "",
            guest=form.guest.data or "",
            waiver=form.waiver(),
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is changed."))

    return _deed(park, number, build, act, more=lambda booking: {"codes": queries.bookable(booking.park_id)})


@bp.route("/parks/<park>/bookings/<number>/cancel", methods=["GET", "POST"])
def cancel(park: str, number: str) -> ResponseReturnValue:
    """Cancel this date, this and those that follow, or all."""
    form = CancelForm()

    def act(booking: Booking) -> None:
        meant = _meant(booking, form.scope.data, "cancel")
        actions.cancel(meant, reason=form.reason.data or "", actor=me(), now=clock.now())

    return _deed(park, number, lambda booking: _opened_on(form, booking), act)


@bp.route("/parks/<park>/bookings/<number>/transfer", methods=["GET", "POST"])
def transfer(park: str, number: str) -> ResponseReturnValue:
    """Pass a booking to a colleague."""
    form = TransferForm()

    def act(booking: Booking) -> None:
        actions.transfer(booking, form.email.data or "", actor=me(), now=clock.now())

    def more(booking: Booking) -> dict[str, Any]:
        colleagues = queries.colleagues(booking.park_id, [booking.organisation_id], today(booking.park))
        return {"colleagues": [user for user in colleagues if user.id != booking.user_id]}

    return _deed(park, number, lambda booking: _opened_on(form, booking), act, _("The booking is your colleague's now."), more)


@bp.route("/parks/<park>/bookings/<number>/undo", methods=["POST"])
def undo(park: str, number: str) -> ResponseReturnValue:
    """Take the last deed back, for all bookings that it was done with."""

    def act(booking: Booking) -> None:
        together = [booking]
        if booking.set_id is not None and booking.undo is not None:
            same = (booking.undo_until, booking.undo["deed"])
            together = [one for one in queries.of_set(booking.set_id) if (one.undo_until, (one.undo or {}).get("deed")) == same]
        actions.undo(together, actor=me(), now=clock.now())

    return _at_once(park, number, act, _("It is taken back."))


# The inbox


@dataclass(frozen=True, slots=True)
class _Matter:
    """What bears on deciding one request."""

    booking: Booking
    conditions: rules.Conditions | None
    line: str
    rivals: list[Booking]
    taken: list[ledger.Held]
    holds: bool
    kind: str
    rooms_left: int
    own: bool


def _matter(booking: Booking, park: Park) -> _Matter:
    actor, now = me(), clock.now()
    sees_all = actor.sees_all(park.id) or queries.decides(actor, park.id, [booking.desk])
    under = queries.conditions_of([booking])[booking.id]
    line = under.line_for(queries.who(park, booking.organisation, actor, now)) if under else None
    overlaps = [overlap.held for overlap in ledger.overlapping([booking.space_id], booking.span)]
    day = day_of(booking.starts_at, park.zone)
    kind = next((row.kind for row in places.particulars(booking.space_id) if row.starts_on <= day < row.ends_on), "")
    free = ledger.free_units(park.id, booking.span, zone=park.zone, kind=kind, lettable=None) if kind else []
    return _Matter(
        booking,
        under,
        rules_words.who(line) if line else "",
        queries.rivals(booking) if sees_all else [],
        list({held.document: held for held in overlaps if held.document != booking.number}.values()) if sees_all else [],
        any(held.document == booking.number for held in overlaps),
        kind,
        sum(unit.space_id != booking.space_id for unit in free),
        under is not None and under.four_eyes and booking.made_by_id == actor.user_id,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for at once: the request that is due first, and all that wait with it."""

    first: Booking
    all: list[Booking]


def _asked(waiting: Sequence[Booking]) -> list[_Asked]:
    by_set: dict[tuple[str, int], list[Booking]] = {}
    for one in waiting:
        by_set.setdefault(("booking", one.id) if one.set_id is None else ("set", one.set_id), []).append(one)
    return [_Asked(together[0], sorted(together, key=lambda one: one.starts_at)) for together in by_set.values()]


@bp.get("/parks/<park>/inbox")
def inbox(park: str) -> ResponseReturnValue:
    """Show what waits for a decision, the request that is due first, or the one that is asked for, in full."""
    found = here(park)
    queue = _asked(queries.requests(found.id, me()))
    wanted = request.args.get("at", "")
    position = next((index for index, asked in enumerate(queue) if any(one.number == wanted for one in asked.all)), 0)
    together = queue[position].all if queue else []
    chosen = next((one for one in together if one.number == wanted), queue[position].first) if queue else None
    decides = queries.decides(me(), found.id, {one.desk for one in together})
    return page(
        "bookings/inbox.html",
        park=found,
        queue=queue,
        position=position,
        together=together,
        matter=_matter(chosen, found) if chosen else None,
        previous=queue[position - 1].first.number if position else "",
        following=queue[position + 1].first.number if position + 1 < len(queue) else "",
        forms=_forms(chosen, together) if chosen else {},
        decides=decides,
        second=second_zone(chosen, found) if chosen else None,
        just=_just_done(found.code),
    )


def _forms(booking: Booking, together: Sequence[Booking]) -> dict[str, Form]:
    """Return the empty forms that stand beside the request."""
    forms: dict[str, Form] = {}
    for name, class_ in (("approve", ApproveForm), ("reject", RejectForm), ("ask", AskForm), ("reply", ReplyForm)):
        form = class_(formdata=None)
        form.version.data = str(booking.version)
        if isinstance(form, TogetherForm):
            form.together.data = len(together) > 1
        for field in form:
            field.id = f"{name}-{field.id}"  # the forms stand on one page
        forms[name] = form
    return forms


def _just_done(park: str) -> tuple[Booking, str, str] | None:
    """Return the booking that was decided a moment ago, what was done, and the button's deed where it can be taken back."""
    number = request.args.get("done", "")
    try:
        booking = queries.booking(number, me(), "bookings.show", park=park) if number else None
    except Missing:
        booking = None
    if booking is None:
        return None
    undoable = _undoable(booking, clock.now())
    return booking, str(DONE[undoable]) if undoable else "", undoable


# Waiting


@bp.route("/parks/<park>/waiting/join", methods=["GET", "POST"])
def join(park: str) -> ResponseReturnValue:
    """Wait for a space that is taken."""
    found = here(park)
    actor = me()
    organisations = queries.organisations_to_book_for(found.id, actor)
    form = JoinForm(data=_asked_for())
    form.organisation.choices = [SelectChoice(each.code, formats.names(each.names)) for each in organisations]

    def deed() -> str:
        in_park = here(park)
        span, space = form.span(in_park.zone), _space(in_park, form.space.data or "")
        slot = Slot(space.id, span)
        wanted = form.organisation.data
        own = queries.organisations_to_book_for(in_park.id, me())
        organisation = next((each for each in own if each.code == wanted), own[0] if own and not wanted else None)
        if organisation is None:
            raise Missing
        joined = actions.join(
            in_park,
            organisation,
            slot,
            people=given(form.people.data),
            purpose=form.purpose.data or "",
            key=(form.key.data or "")[:80] or None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("You wait as %(number)s. When the space gets free, you are offered it.", number=joined.number))
        return url_for("bookings.bookings", park=in_park.code)

    return sent(form, deed) or page("bookings/join.html", form=form, park=here(park), several=len(form.organisation.choices) > 1)


def _asked_for() -> dict[str, Any]:
    """Return what the address says, as pages of finding link here."""

    def wall(name: str) -> datetime | None:
        try:
            return datetime.fromisoformat(request.args.get(name, "")[:16]).replace(tzinfo=None)
        except ValueError:
            return None

    return {
        "space": request.args.get("space", "")[:40],
        "starts_at": wall("from"),
        "starts_which": request.args.get("from_which", ""),
        "ends_at": wall("to"),
        "ends_which": request.args.get("to_which", ""),
        "people": request.args.get("people", 1, type=int),
        "purpose": request.args.get("purpose", "")[:200],
        "organisation": request.args.get("organisation", "")[:40],
    }


@bp.route("/parks/<park>/waiting/<waiting>/leave", methods=["POST"])
def leave(park: str, waiting: str) -> ResponseReturnValue:
    """Wait no longer."""
    found = here(park)
    with transaction():
        actions.leave(queries.waiting(waiting, me(), park=park), actor=me(), now=clock.now())
    flash(_("You do not wait any longer."))
    return redirect(url_for("bookings.bookings", park=found.code), 303)


@bp.route("/parks/<park>/waiting/<waiting>/accept", methods=["POST"])
def accept(park: str, waiting: str) -> ResponseReturnValue:
    """Take the offer."""
    here(park)
    with transaction():
        in_park = here(park)
        booking = actions.accept(queries.waiting(waiting, me(), park=park), in_park, actor=me(), now=clock.now())
        address = _to(in_park, booking)
    return redirect(address, 303)
