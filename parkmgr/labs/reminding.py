"""What laboratories are reminded of: permits that end, permits that lapse unused, calibration that is due.

Each thing in a transaction of its own, where it is asked again whether it is still due; told once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from parkmgr import rounds
from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.audit.actions import record
from parkmgr.db import db
from parkmgr.labs import queries, rules
from parkmgr.labs.models import Equipment, Permit
from parkmgr.notices import actions as notices
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import day_of


def remind(now: datetime) -> int:
    """Whoever must be told of a permit or a calibration is told; return of how many things."""
    days = (now + timedelta(days=1)).date()  # the latest civil day that it is anywhere
    permits = [permit.id for permit in queries.to_remind(days - timedelta(days=2)) if _due(permit, days)]
    pieces = [piece.id for piece in queries.calibrations_due(days + timedelta(days=rules.REMIND_CALIBRATION_DAYS))]
    told = rounds.each("labs", permits, lambda id_: of_permit(id_, now))
    return told + rounds.each("labs", pieces, lambda id_: of_calibration(id_, now))


def _due(permit: Permit, day: date) -> bool:
    return any(_what(permit, day - timedelta(days=days)) for days in range(3))


def _what(permit: Permit, day: date) -> str:
    lapses = rules.lapses_on(permit.granted_on, permit.used_on, permit.kind.unused_days)
    return rules.reminder(permit.until_on, lapses, permit.reminded_on, day)


def of_permit(permit_id: int, now: datetime) -> int:
    """The permit's person, where they have an account, and who runs the laboratory are told that it ends or lapses soon."""
    permit = queries.permit_of_id(permit_id)
    park = db.session.get_one(Park, permit.park_id)
    today = day_of(now, park.zone)
    what = _what(permit, today)
    if not what:
        return 0
    lapses = rules.lapses_on(permit.granted_on, permit.used_on, permit.kind.unused_days)
    last = permit.until_on if what == "ends" or lapses is None else lapses
    managers = queries.managers_asking(permit.kind_id, permit.space_id)
    for receiver in _told([permit.person.user, *managers]):
        notices.post(
            receiver,
            f"permit_{what}",
            key=f"permit {what} {permit.number} {last.isoformat()} {today.isoformat()}",
            park_id=park.id,
            about=permit.number,
            now=now,
            zone=park.zone,
            permit=permit,
            park=park,
            last=last,
        )
    permit.reminded_on = today
    record("labs.remind", permit, actor=SYSTEM, now=now)
    return 1


def _told(receivers: list[User | None]) -> list[User]:
    return list({user.id: user for user in receivers if user is not None and user.active}.values())


def of_calibration(equipment_id: int, now: datetime) -> int:
    """Who runs the laboratory (else the park's lab managers) is told that a calibration is due soon, or was."""
    piece: Equipment = queries.piece_of_id(equipment_id)
    park = db.session.get_one(Park, piece.park_id)
    today = day_of(now, park.zone)
    due = piece.calibration_due
    if due is None or piece.reminded_for == due or due > today + timedelta(days=rules.REMIND_CALIBRATION_DAYS):
        return 0
    manager = piece.lab.manager if piece.lab is not None else None
    receivers = [manager] if manager is not None else list(accounts.with_roles(park.id, (Role.LAB_MANAGER,), today))
    for receiver in _told(list(receivers)):
        notices.post(
            receiver,
            "calibration_due",
            key=f"calibration {piece.id} {due.isoformat()}",
            park_id=park.id,
            about=piece.number,
            now=now,
            zone=park.zone,
            piece=piece,
            park=park,
        )
    piece.reminded_for = due
    record("labs.remind", piece, actor=SYSTEM, now=now)
    return 1
