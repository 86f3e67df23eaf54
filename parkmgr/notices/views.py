"""Pages of notices: the outbox, and what the reader was told."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from parkmgr import clock
from parkmgr.notices import queries, rules
from parkmgr.notices.forms import OutboxFilter
from parkmgr.notices.models import Notice
from parkmgr.places.models import Park
from parkmgr.places.queries import parks_of
from parkmgr.web import listing
from parkmgr.web.door import me
from parkmgr.web.formats import instant
from parkmgr.web.listing import Column
from parkmgr.web.page import page

bp = Blueprint("notices", __name__)

OUTBOX = (
    Column("created", lazy_gettext("Written"), lambda row: row.created_at, Notice.created_at, show=instant),
    Column("to", lazy_gettext("To"), lambda row: row.address, Notice.address),
    Column("subject", lazy_gettext("Subject"), lambda row: row.subject, Notice.subject, lambda row: url_for("notices.show", notice=row.id)),
    Column("about", lazy_gettext("About"), lambda row: row.about or "—", Notice.about),
    Column("park", lazy_gettext("Park"), lambda row: row.park, Park.code, wide_only=True),
    Column("state", lazy_gettext("State"), lambda row: row.state, family="notice_state"),
)
MINE = (
    Column("created", lazy_gettext("When"), lambda row: row.created_at, Notice.created_at, show=instant),
    Column(
        "subject", lazy_gettext("Subject"), lambda row: row.subject, Notice.subject, lambda row: url_for("notices.mine_show", notice=row.id)
    ),
    Column("about", lazy_gettext("About"), lambda row: row.about or "—", Notice.about),
    Column("park", lazy_gettext("Park"), lambda row: row.park, Park.code, wide_only=True),
)


def _sends() -> bool:
    return bool(current_app.config["PARKMGR"].smtp_url)


def _zone_of(parks: Iterable[Park]) -> ZoneInfo:
    """Return the zone in which a list over parks is read: theirs, when it is one; else UTC."""
    zones = {park.zone.key: park.zone for park in parks}
    return next(iter(zones.values())) if len(zones) == 1 else ZoneInfo("UTC")


@bp.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Who was told what, and whether the mail has gone."""
    parks = [park for park in parks_of(me()) if me().may("notices.outbox", park.id)]
    filters = OutboxFilter.asked(parks=parks)
    chosen = [park for park in parks if park.code == filters.park.data]
    g.zone = _zone_of(chosen or parks)
    asked = queries.Asked(state=filters.state.data or "", q=filters.q.data or "", park_id=chosen[0].id if chosen else None)
    statement = queries.outbox(me(), asked, clock.now(), sends=_sends())
    return listing.answer(
        "notices/outbox.html", statement, OUTBOX, sort="-created", name="outbox", tie=Notice.id.desc(), filters=filters, sends=_sends()
    )


@bp.get("/outbox/<int:notice>")
def show(notice: int) -> ResponseReturnValue:
    """One notice: to whom, in which words, and how far it is."""
    now = clock.now()
    shown = queries.notice(notice, me(), now, sends=_sends())
    g.zone = shown.zone
    written = shown.notice
    next_at = None if written.sent_at or not _sends() or written.created_at <= now - rules.GIVE_UP else written.due_at
    return page("notices/show.html", shown=shown, written=written, next_at=next_at)


@bp.get("/notices")
def mine() -> ResponseReturnValue:
    """What the reader was told, latest first."""
    g.zone = _zone_of(parks_of(me()))
    return listing.answer("notices/mine.html", queries.mine(me()), MINE, sort="-created", name="notices", tie=Notice.id.desc())


@bp.get("/notices/<int:notice>")
def mine_show(notice: int) -> ResponseReturnValue:
    """One notice to the reader."""
    shown = queries.own_notice(notice, me(), clock.now(), sends=_sends())
    g.zone = shown.zone
    return page("notices/mine_show.html", shown=shown, written=shown.notice)
