"""Secret addresses of calendars. Actions never commit; each leaves one audit entry."""

from __future__ import annotations

import secrets
from datetime import datetime

from parkmgr.audit.actions import record
from parkmgr.bookings import calendar_queries as queries
from parkmgr.bookings.models import Feed, FeedKind
from parkmgr.bookings.queries import secret_of
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused
from parkmgr.places.models import Park
from parkmgr.policy import Actor

MOST_FEEDS = 20
TOO_MANY_FEEDS = Objection("bookings.too_many_feeds", N_("You have %(most)s calendar addresses in this park; revoke one first."))
WHICH_ROOM = Objection("bookings.which_room", N_("Choose a space that can be booked."), "space")
WHICH_ORGANISATION = Objection("bookings.which_organisation", N_("Choose an organisation that you follow."), "organisation")
NO_ACCOUNT = Objection("bookings.no_account", N_("A calendar address belongs to an account."))


def add_feed(park: Park, kind: FeedKind, *, space: str = "", organisation: str = "", actor: Actor, now: datetime) -> tuple[Feed, str]:
    """The actor has a calendar with a secret address; its token is returned, and kept by nobody.

    Raises:
        Refused: the space or the organisation cannot be chosen, or there are too many already.
    """
    if actor.user_id is None:
        raise Refused([NO_ACCOUNT])
    if len(queries.feeds(park.id, actor)) >= MOST_FEEDS:
        raise Refused([TOO_MANY_FEEDS.about(most=MOST_FEEDS)])
    token = secrets.token_urlsafe(32)
    feed = Feed(park_id=park.id, user_id=actor.user_id, kind=kind.value, token=secret_of(token), made_at=now)
    if kind is FeedKind.SPACE:
        ids = {code: id_ for id_, code, _ in queries.bookable_spaces(park.id)}
        if space not in ids:
            raise Refused([WHICH_ROOM])
        feed.space_id = ids[space]
    if kind is FeedKind.ORGANISATION:
        own = {found.code: found.id for found in queries.own_organisations(park.id, actor)}
        if organisation not in own:
            raise Refused([WHICH_ORGANISATION])
        feed.organisation_id = own[organisation]
    db.session.add(feed)
    db.session.flush()
    record("bookings.add_feed", feed, actor=actor, now=now)
    return feed, token


def revoke_feed(feed: Feed, *, actor: Actor, now: datetime) -> None:
    """Nobody reads at the feed's address any more."""
    feed.revoked_at = now
    record("bookings.revoke_feed", feed, actor=actor, now=now)
