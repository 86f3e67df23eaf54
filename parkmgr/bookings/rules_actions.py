"""The deeds that change under which rules spaces are booked, and what they are equipped with. None touches a booking that stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from parkmgr.audit.actions import record
from parkmgr.bookings import queries, rules_queries
from parkmgr.bookings.models import BookingRules, Feature, SpaceFeature
from parkmgr.bookings.rules import Conditions
from parkmgr.calendars.rules import week_text
from parkmgr.db import db
from parkmgr.errors import N_, Objection, refuse
from parkmgr.organisations import queries as organisations
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Names

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONGEST = timedelta(days=366)
BAD_ORDER = Objection("bookings.bad_order", N_("The longest booking must not be shorter than the shortest."), "max_minutes")
BAD_STEP = Objection("bookings.bad_step", N_("Steps must divide a day evenly, as 5, 10, 15, 20, 30 or 60 minutes do."), "step_minutes")
STEP_TOO_LONG = Objection(
    "bookings.step_too_long", N_("With these steps no booking can be as short as the longest booking is."), "step_minutes"
)
NEVER_OPEN = Objection("bookings.never_open", N_("Say when bookings are possible, one line for each kind of day."), "week")
ACCESS_TWICE = Objection("bookings.access_twice", N_("%(name)s is named twice; one line must be enough."), "access")
NO_ORGANISATION = Objection("bookings.no_organisation", N_("There is no organisation of the code %(code)s."), "access")
QUOTA_TWICE = Objection("bookings.quota_twice", N_("Two limits count the same; one line must be enough."), "quotas")
OTHER_CURRENCY = Objection("bookings.other_currency", N_("Prices are in the park's currency, %(currency)s."), "prices")
KIND_OR_SPACE = Objection("bookings.kind_or_space", N_("Choose a kind of space or one space, not both."), "space")


def against(conditions: Conditions, currency: str, known: Collection[str]) -> list[Objection]:
    """Return what is against such rules; known: the codes of organisations that there are."""
    objections = [] if conditions.week else [NEVER_OPEN]
    if conditions.most < conditions.least:
        objections.append(BAD_ORDER)
    if not conditions.step or DAY % conditions.step:
        objections.append(BAD_STEP)
    elif conditions.step > conditions.most:
        objections.append(STEP_TOO_LONG)
    named = Counter((line.who, line.name) for line in conditions.access)
    objections += [ACCESS_TWICE.about(name=name) for (_, name), times in named.items() if times > 1]
    objections += [NO_ORGANISATION.about(code=name) for who, name in named if who == "organisation" and name not in known]
    if len({(quota.whom, quota.per, quota.measure) for quota in conditions.quotas}) < len(conditions.quotas):
        objections.append(QUOTA_TWICE)
    if any(price.currency != currency for price in (conditions.prices or {}).values()):
        objections.append(OTHER_CURRENCY.about(currency=currency))
    return objections


def _refuse(conditions: Conditions, park: Park) -> None:
    known = {code for code, _ in organisations.choices()}
    refuse(against(conditions, park.currency, known))


def add_rules(
    park: Park, conditions: Conditions, *, kind: str = "", space: Space | None = None, actor: Actor, now: datetime
) -> BookingRules:
    """The space, or every space of the kind (of no kind: every other bookable space), is booked under these rules from now on.

    Raises:
        Refused: with every objection; also (by transaction()) when there are such rules already.
    """
    if kind and space is not None:
        refuse([KIND_OR_SPACE])
    _refuse(conditions, park)
    row = BookingRules(park_id=park.id, kind=kind, space_id=space.id if space else None)
    _write(row, conditions)
    db.session.add(row)
    db.session.flush()
    record("bookings.add_rules", row, actor=actor, now=now)
    return row


def change_rules(row: BookingRules, park: Park, conditions: Conditions, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Bookings that are made from now on are made under these rules.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    _refuse(conditions, park)
    row.expect(version)
    _write(row, conditions)
    record("bookings.change_rules", row, actor=actor, now=now)


def remove_rules(row: BookingRules, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """The rules are gone: the next wider ones count, and where there are none the spaces cannot be booked.

    Raises:
        Stale: somebody saved after *version*.
    """
    row.expect(version)
    record("bookings.remove_rules", row, actor=actor, now=now)
    db.session.delete(row)


def _minutes(length: timedelta) -> int:
    return length // MINUTE


def _write(row: BookingRules, conditions: Conditions) -> None:
    row.week = week_text(conditions.week)
    row.open_on_holidays = conditions.open_on_holidays
    row.answer = conditions.answer.value
    row.access = [{"who": line.who, "name": line.name, "answer": line.answer.value} for line in conditions.access]
    row.min_minutes, row.max_minutes = _minutes(conditions.least), _minutes(conditions.most)
    row.step_minutes, row.lead_minutes = _minutes(conditions.step), _minutes(conditions.lead)
    row.ahead_days, row.turnaround_minutes = conditions.ahead.days, _minutes(conditions.turnaround)
    row.quotas = [{"whom": q.whom, "per": q.per, "measure": q.measure, "most": q.most} for q in conditions.quotas]
    row.prices = [
        {"class": class_, "minor": money.minor, "currency": money.currency} for class_, money in (conditions.prices or {}).items()
    ]
    row.request_holds, row.four_eyes = conditions.request_holds, conditions.four_eyes
    row.decide_hours = conditions.decide_within // timedelta(hours=1)
    row.alone_week = "" if conditions.alone is None else week_text(conditions.alone)
    row.release_minutes = None if conditions.release is None else _minutes(conditions.release)
    row.cancel_minutes = _minutes(conditions.cancel_before)


# Features


def add_feature(park: Park, code: str, names: Names, *, actor: Actor, now: datetime) -> Feature:
    """Spaces of the park can have this feature.

    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    refuse([*place_rules.code_objections(code, 40, of_space=False), *place_rules.name_objections(names)])
    feature = Feature(park_id=park.id, code=code)
    feature.names, feature.search = names, searchable(names, code)
    db.session.add(feature)
    db.session.flush()
    record("bookings.add_feature", feature, actor=actor, now=now)
    return feature


def equip(space: Space, quantities: Mapping[str, int], *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """The space has so many of each of these features (by code); of others it has what it had.

    Raises:
        Stale: somebody saved after *version*.
    """
    space.expect(version)
    known = {feature.code: feature for feature in queries.features(space.park_id)}
    rows = {row.feature_id: row for row in rules_queries.space_features(space.id)}
    record("bookings.equip", space, actor=actor, now=now)
    for code, quantity in quantities.items():
        feature = known.get(code)
        if feature is None:
            continue
        row = rows.get(feature.id)
        if row is not None and not quantity:
            db.session.delete(row)
        elif row is not None:
            row.quantity = quantity
        elif quantity:
            db.session.add(SpaceFeature(space_id=space.id, feature_id=feature.id, quantity=quantity))
