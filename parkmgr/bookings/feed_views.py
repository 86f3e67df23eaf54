"""Calendar files: of one booking or its series, and feeds at secret addresses. Their pages stand on the bookings' blueprint."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.bookings import calendar_queries as queries
from parkmgr.bookings import feed_actions, icalendars
from parkmgr.bookings import queries as bookings
from parkmgr.bookings.calendar_queries import Published, Reading
from parkmgr.bookings.models import FeedKind
from parkmgr.bookings.rules import STATES, State
from parkmgr.bookings.views import bp
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.places.models import Park
from parkmgr.places.views import here
from parkmgr.values import Names
from parkmgr.web import formats
from parkmgr.web.door import config_public_url, me
from parkmgr.web.forms import Form
from parkmgr.web.limits import limiter
from parkmgr.web.page import page
from parkmgr.web.sheets import attachment


def _event(published: Published, park: Park, secret: str = "") -> icalendars.Event:
    """Return what a calendar is told of a booking; only that the room is busy where the reader may know no more."""
    booking = published.booking
    building = booking.space.building.names
    where = ", ".join(dict.fromkeys(part for part in (booking.space.code, formats.names(building)) if part))
    if not published.known:
        return icalendars.Event(
            icalendars.hidden_uid(park.code, secret, booking.id),
            booking.sequence,
            booking.state,
            booking.starts_at,
            booking.ends_at,
            published.changed_at,
            _("Busy"),
            where,
        )
    holder = formats.names(booking.organisation.names)
    lines = [
        f"{booking.number}: {_(STATES[State(booking.state)].sentence)}",
        holder,
        _("People: %(people)s", people=booking.people),
        *([booking.guest] if booking.guest else []),
        *([booking.user.name] if booking.user else []),
    ]
    return icalendars.Event(
        icalendars.uid(park.code, booking.number, booking.uid, booking.recurs_at if booking.set_id else None),
        booking.sequence,
        booking.state,
        booking.starts_at,
        booking.ends_at,
        published.changed_at,
        f"{booking.space.code} · {booking.purpose or holder}",
        where,
        "\n".join(lines),
        holder,
        f"{config_public_url()}/parks/{park.code}/bookings/{booking.number}",
    )


@bp.get("/parks/<park>/bookings/<number>.ics")
def event(park: str, number: str) -> ResponseReturnValue:
    """Give a booking as a calendar file; of a series all its dates, or with ?only=1 this one."""
    found = here(park)
    booking = bookings.booking(number, me(), "bookings.event", park=found.code)
    published = queries.published_one(booking, together="only" not in request.args)
    content = icalendars.calendar([_event(one, found) for one in published], zone=found.zone, name=number)
    return attachment(content, f"{number}.ics", icalendars.MIME)


# Feeds


def _feed_kinds() -> list[SelectChoice]:
    return [
        SelectChoice(FeedKind.MINE.value, _("My bookings")),
        SelectChoice(FeedKind.SPACE.value, _("A space")),
        SelectChoice(FeedKind.ORGANISATION.value, _("My organisation's bookings")),
    ]


class FeedForm(Form):
    """What a new feed has in it."""

    kind = SelectField(_l("What it shows"), choices=_feed_kinds)
    space = SelectField(_l("Space"), validate_choice=False)
    organisation = SelectField(_l("Organisation"), validate_choice=False)


def _form(park: Park) -> FeedForm:
    form = FeedForm(data={"kind": request.args.get("kind", "mine"), "space": request.args.get("space", "")})
    rooms = queries.bookable_spaces(park.id)
    form.space.choices = [SelectChoice("", "—"), *(SelectChoice(code, _called(code, names)) for _id, code, names in rooms)]
    own = queries.own_organisations(park.id, me())
    form.organisation.choices = [SelectChoice(found.code, formats.names(found.names)) for found in own]
    if not own:
        form.kind.choices = [choice for choice in _feed_kinds() if choice.value != FeedKind.ORGANISATION]
    return form


def _called(code: str, names: Names | None) -> str:
    shown = formats.names(names)
    return code if not shown or shown == code else f"{code} · {shown}"


@bp.get("/parks/<park>/feeds")
def feeds(park: str) -> ResponseReturnValue:
    """List the reader's own calendar feeds."""
    found = here(park)
    return page("bookings/feeds.html", park=found, feeds=queries.feeds(found.id, me()), form=None, new=_form(found), address="")


@bp.route("/parks/<park>/feeds/new", methods=["GET", "POST"])
def add_feed(park: str) -> ResponseReturnValue:
    """Make a feed; its address is shown once."""
    found = here(park)
    form = _form(found)
    if form.sent():
        try:
            with transaction():
                found = here(park)
                kind = FeedKind(str(form.kind.data))
                space, organisation = str(form.space.data or ""), str(form.organisation.data or "")
                _feed, token = feed_actions.add_feed(found, kind, space=space, organisation=organisation, actor=me(), now=clock.now())
        except Refused as refused:
            form.show(refused)
        else:
            found = here(park)
            address = f"{config_public_url()}/feeds/{token}.ics"
            return page(
                "bookings/feeds.html",
                park=found,
                feeds=queries.feeds(found.id, me()),
                form=None,
                new=_form(found),
                address=address,
                webcal=f"webcal://{urlsplit(address).netloc}{urlsplit(address).path}",
            )
    return page("bookings/feeds.html", form=form, new=form, park=found, feeds=queries.feeds(found.id, me()), address="")


@bp.post("/parks/<park>/feeds/<int:feed_id>/revoke")
def revoke_feed(park: str, feed_id: int) -> ResponseReturnValue:
    """Revoke a feed: nobody reads at its address any more."""
    found = here(park)
    code = found.code
    with transaction():
        feed_actions.revoke_feed(queries.own_feed(here(code).id, feed_id, me()), actor=me(), now=clock.now())
    flash(_("Revoked: nobody can read at that address any more."))
    return redirect(url_for("bookings.feeds", park=code), 303)


@bp.get("/feeds/<secret>.ics")
@limiter.limit("120 per minute")
def feed(secret: str) -> ResponseReturnValue:
    """Give a feed to whoever has its address, with the rights that its owner has now."""
    if len(secret) > 100 or not secret.isprintable():
        raise Missing
    now = clock.now()
    read = queries.reading(secret, now)
    zone = read.park.zone
    # From a midnight on: so the same bookings give the same bytes all day.
    since = datetime.combine((now - queries.KEPT).astimezone(zone).date(), time(), zone)
    with force_locale(read.language):
        content = _feed_bytes(read, queries.published(read, since), zone)
    answer = Response(content, mimetype="text/calendar")
    answer.set_etag(icalendars.etag(content))
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer.make_conditional(request)


def _feed_bytes(read: Reading, published: Iterable[Published], zone: ZoneInfo) -> bytes:
    found = [_event(one, read.park, read.feed.token) for one in published]
    return icalendars.calendar(found, zone=zone, name=_feed_name(read))


def _feed_name(read: Reading) -> str:
    if read.feed.space is not None:
        return f"{read.feed.space.code} · {formats.names(read.park.names)}"
    if read.feed.organisation is not None:
        return f"{formats.names(read.feed.organisation.names)} · {formats.names(read.park.names)}"
    return f"{read.reader.name} · {formats.names(read.park.names)}"
