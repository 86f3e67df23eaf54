"""The deeds at a door: putting a tablet there, booking the room at once, saying that one is there. None commits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parkmgr.audit.actions import record
from parkmgr.bookings import actions, queries, rules, rules_queries
from parkmgr.bookings.actions import Waiver, Wanted
from parkmgr.bookings.models import Booking, Door
from parkmgr.bookings.queries import Slot
from parkmgr.bookings.rules import Answer, Facts, State
from parkmgr.db import db
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from parkmgr.policy import ALWAYS, Actor, Grant, Role
from parkmgr.values import LANGUAGES, Span

NOT_BOOKABLE = Objection("bookings.door_not_bookable", N_("%(space)s is not marked as bookable in the register of spaces."), "space")
BAD_LANGUAGE = Objection("bookings.bad_language", N_("The language is English, Russian or Chinese."), "language")
TO_BE_ASKED = Objection("bookings.to_be_asked", N_("%(space)s needs approval; ask for it on the pages of the park."))
NOBODY_EXPECTED = Objection("bookings.nobody_expected", N_("Nobody is expected here now, or somebody has checked in already."))
MINUTE = timedelta(minutes=1)


def add_door(park: Park, space: Space, organisation: Organisation, *, language: str, actor: Actor, now: datetime) -> tuple[Door, str]:
    """The space has a page for the tablet at its door; the second of the pair is its secret, which is kept nowhere.

    Raises:
        Refused: with every objection.
    """
    against = [] if space.bookable else [NOT_BOOKABLE.about(space=space.code)]
    refuse(against if language in LANGUAGES else [*against, BAD_LANGUAGE])
    secret = secrets.token_urlsafe(24)
    door = Door(
        park_id=park.id,
        space_id=space.id,
        organisation_id=organisation.id,
        token=queries.secret_of(secret),
        language=language,
        made_at=now,
    )
    db.session.add(door)
    db.session.flush()
    record("bookings.add_door", door, actor=actor, now=now, reason=space.code)
    return door, secret


def revoke_door(door: Door, *, actor: Actor, now: datetime) -> None:
    """The address opens nothing any more."""
    if door.revoked_at is None:
        door.revoked_at = now
        record("bookings.revoke_door", door, actor=actor, now=now, reason=door.space.code)


def at(door: Door, role: Role = Role.LIAISON) -> Actor:
    """Return who does what is done at the door: nobody in particular, for the door's organisation."""
    return Actor(None, f"door of {door.space.code}", (Grant(role, ALWAYS, door.park_id, door.organisation_id),))


@dataclass(frozen=True, slots=True)
class WalkIn:
    """What a button at the door books. asked: from this minute, as the rules see it; span: from the next whole minute on."""

    asked: Span
    span: Span


def walk_in(minutes: int, now: datetime) -> WalkIn:
    """Return what so many minutes from now are."""
    minute = now.replace(second=0, microsecond=0)
    starts_at = minute if minute == now else minute + MINUTE
    ends_at = minute + timedelta(minutes=minutes)
    return WalkIn(Span(minute, ends_at), Span(starts_at, ends_at))


def against(wanted: WalkIn, facts: Facts, now: datetime) -> list[Objection]:
    """Return every reason against walking in. Whoever stands at the door need not wait for a step of the clock."""
    if facts.conditions is None:
        return [rules.NOT_BOOKABLE.about(space=facts.space)]
    loose = {rules.OFF_STEP.code, rules.TAKEN.code}
    objections = [one for one in rules.objections(wanted.asked, 1, facts, wanted.asked.starts_at) if one.code not in loose]
    objections += [one for one in rules.objections(wanted.span, 1, facts, now) if one.code == rules.TAKEN.code]
    if facts.conditions.answer_to(facts.who) is Answer.APPROVAL:
        objections.append(TO_BE_ASKED.about(space=facts.space))
    return objections


def facts_at(door: Door, park: Park, wanted: Sequence[WalkIn], now: datetime) -> Facts:
    """Return what bears on walking in."""
    slots = [Slot(door.space_id, one.asked) for one in wanted]
    known = queries.facts(park, slots, door.organisation, actor=at(door), user_id=None, now=now)
    return known[door.space_id][1]


def book(door: Door, park: Park, minutes: int, *, key: str, reason: str, now: datetime) -> Booking:
    """The room is booked from now on for so many minutes, and whoever stands at its door is in. A key books once.

    reason: why a step of the clock is waived, for who reads the booking.
    Raises:
        Refused: with every objection.
    """
    made = queries.of_key(key)
    if made and made[0].space_id == door.space_id:
        return made[0]
    wanted = walk_in(minutes, now)
    refuse(against(wanted, facts_at(door, park, [wanted], now), now))
    waiver = Waiver(frozenset({rules.OFF_STEP.code, rules.TOO_SHORT.code}), reason)
    somebody = at(door, Role.ADMINISTRATOR)
    [booking] = actions.book(
        park, door.organisation, Wanted((Slot(door.space_id, wanted.span),), key=key), actor=somebody, now=now, waiver=waiver
    )
    actions.check_in(booking, actor=somebody, now=now)
    return booking


def expected(door: Door, now: datetime) -> Booking | None:
    """Return the booking that somebody may check in to at this door now: of the room, of a part of it, or of the whole that it is in."""
    return rules_queries.confirmed_at(door.space_id, now, now + rules.EARLY_CHECK_IN)


def check_in(door: Door, *, now: datetime) -> Booking:
    """Somebody is there, whoever it is.

    Raises:
        Refused: nobody is expected.
    """
    booking = expected(door, now)
    if booking is None or booking.state != State.CONFIRMED:
        raise Refused([NOBODY_EXPECTED])
    actions.check_in(booking, actor=at(door), now=now)
    return booking
