"""The story becomes a park by the deeds that people do: all of it or nothing, once, with its guards and its audit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.amenities.models import Appointment, Season
from parkmgr.audit import queries as audit
from parkmgr.audit.models import Entry
from parkmgr.bookings.models import Booking
from parkmgr.charges.models import Statement
from parkmgr.db import db
from parkmgr.demo import facts, loading
from parkmgr.demo.deeds import Assign, Draft, Sign
from parkmgr.errors import Refused
from parkmgr.housing.models import Application, Residency
from parkmgr.labs.models import Equipment, Lab, Permit
from parkmgr.leases.models import Lease, LeaseVersion
from parkmgr.leases.rules import EXECUTED
from parkmgr.occupancy.models import Closure, Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.values import midnight
from tests.demo import story

SMALL = {("HIT", "R10"), ("HIT", "FH"), ("RCIP", "P1"), ("RCIP", "P2")}


def small() -> tuple[facts.Told, ...]:
    """Return the story of a residential block, the fund house and two halls."""
    return facts.only(story.told(), SMALL)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def let(on: date) -> Counter[tuple[str, str, str]]:
    """Return how many units of each building are held by each kind of document at noon of a day."""
    at = midnight(on, facts.ZONE) + timedelta(hours=12)
    rows = db.session.execute(
        select(Park.code, Building.code, Hold.kind, func.count(Hold.id))
        .join(Space, Space.id == Hold.space_id)
        .join(Building, Building.id == Space.building_id)
        .join(Park, Park.id == Space.park_id)
        .where(Hold.withdrawn_at.is_(None), Hold.starts_at <= at, Hold.ends_at > at)
        .group_by(Park.code, Building.code, Hold.kind)
    )
    return Counter({(park, building, kind): found for park, building, kind, found in rows})


def overlaps() -> int:
    one, other = aliased(Hold), aliased(Hold)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(one)
            .join(other, (other.space_id == one.space_id) & (other.id > one.id))
            .where(one.withdrawn_at.is_(None), other.withdrawn_at.is_(None), one.starts_at < other.ends_at, other.starts_at < one.ends_at)
        )
        or 0
    )


def test_a_small_park_is_what_its_story_says_and_is_loaded_once(app):
    told = small()
    done: list[tuple[int, int]] = []

    sign_ins = loading.load(lambda *so_far: done.append(so_far), story=told)

    desks = {"housing_desk", "lab_manager", "hospital_desk", "sports_desk", "fund_manager", "fund_partner", "cooperation_desk"}
    assert {each.role for each in sign_ins} == {"administrator", "liaison", "auditor", *desks}
    assert done[-1] == (len(told), len(told))
    _leases_as_told(told)
    _let_as_told()
    _chronological()
    assert overlaps() == 0
    assert audit.verify().ok

    entries = count(Entry)
    assert loading.load(story=told) == []
    assert count(Entry) == entries


def _leases_as_told(told: tuple[facts.Told, ...]) -> None:
    """Each lease is there, and whoever drafted it did not sign it (an assignment is one person's deed)."""
    signed = {each.deed.lease for each in told if isinstance(each.deed, Sign)}
    heirs = {each.deed.heir for each in told if isinstance(each.deed, Assign)}
    rows = db.session.execute(select(Lease.drafted_by, Lease.signed_by).where(Lease.state.in_(EXECUTED))).all()
    assert len(rows) == len(signed | heirs)
    assert sum(drafter == signer for drafter, signer in rows) == len(heirs)


def _let_as_told() -> None:
    on = let(date(2026, 6, 30))
    assert on["HIT", "R10", HoldKind.LEASE] + on["HIT", "R10", HoldKind.RESIDENCY] == 93
    assert on["HIT", "R10", HoldKind.RESIDENCY] > 20
    assert on["HIT", "R10", HoldKind.CLOSURE] == 3
    assert on["HIT", "FH", HoldKind.LEASE] == 20


def _chronological() -> None:
    """The register knew at the time what it tells now, and the audit's chain is in order of time."""
    assert db.session.scalar(select(func.min(Hold.recorded_at))).year <= 2021
    assert db.session.scalar(select(func.max(Hold.recorded_at))) < datetime(2026, 11, 21, tzinfo=UTC)
    one, other = aliased(Entry), aliased(Entry)
    assert db.session.scalar(select(func.count()).select_from(one).join(other, other.id == one.id + 1).where(other.at < one.at)) == 0


def test_it_is_loaded_whole_or_not_at_all(app):
    told = list(small())
    place, signing = next((place, each) for place, each in enumerate(told) if isinstance(each.deed, Sign))
    told.insert(place + 1, replace(signing, at=signing.at + timedelta(seconds=1)))
    with pytest.raises(Refused):
        loading.load(story=told)
    assert (count(Park), count(Space), count(User), count(Entry)) == (0, 0, 0, 0)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=False)
def test_the_whole_park_is_as_promised(app, engine_name):
    loading.load()
    on = let(date(2026, 6, 30))

    def held(park: str, *buildings: str, kind: str = HoldKind.LEASE) -> int:
        return sum(on[park, building, kind] for building in buildings)

    blocks = [f"R{number:02d}" for number in range(1, 11)]
    shared, in_beds = 4, 15  # four flats of four, one bed of which is vacant
    assert held("HIT", *blocks) + held("HIT", *blocks, kind=HoldKind.RESIDENCY) == 930 - shared + in_beds
    assert held("HIT", *blocks, kind=HoldKind.CLOSURE) == 30
    assert (held("HIT", "LA", "LB", "LC"), held("HIT", "IN"), held("HIT", "TW"), held("RCIP", "TW")) == (108, 152, 180, 102)

    flats = select(Particulars.area, func.count()).where(Particulars.kind == "flat").group_by(Particulars.area)
    assert {area.m2: number for area, number in db.session.execute(flats)} == {32: 350, 45: 400, 68: 200, 92: 50}
    assert 1650 <= count(Lease) + count(Residency) <= 2000
    assert count(Closure) > 30
    assert overlaps() == 0
    assert audit.verify().ok
    _spbpu()
    _booked()
    _lived_in()


def _booked() -> None:
    """Rooms were used, some people did not come, and requests wait to be decided."""
    states = dict(db.session.execute(select(Booking.state, func.count()).group_by(Booking.state)).all())
    assert states["completed"] > 2600
    assert states["confirmed"] > 600
    assert 50 < states["no_show"] < 250
    assert states["requested"] == 4


def _lived_in() -> None:
    """Who waits for a home, works in a laboratory, comes to the hospital and the courts is there too."""
    waiting = select(func.count()).select_from(Application).where(Application.state == "waiting")
    assert db.session.scalar(waiting) == 120
    assert (count(Lab), count(Equipment)) == (120, 300)
    sessions = select(func.count()).select_from(Booking).where(Booking.desk == "lab", Booking.state == "completed")
    assert (db.session.scalar(sessions) or 0) > 1300
    assert count(Permit) > 100
    assert count(Statement) > 50
    assert count(Appointment) > 60
    assert db.session.scalar(select(Season.state).where(Season.code == "2027-spring")) == "allocated"


def _spbpu() -> None:
    """The university's leases follow one another, and its liaison has an account."""
    rows = db.session.execute(
        select(Lease.state, Lease.signed_at, LeaseVersion.starts_on)
        .join(LeaseVersion, LeaseVersion.lease_id == Lease.id)
        .join(Organisation, Organisation.id == Lease.tenant_id)
        .where(Organisation.code == "SPBPU")
        .order_by(LeaseVersion.starts_on)
    ).all()
    assert [(state, signed_at.year, starts_on) for state, signed_at, starts_on in rows] == [
        ("ended", 2016, date(2016, 9, 1)),
        ("ended", 2021, date(2021, 9, 1)),
        ("signed", 2026, date(2026, 9, 1)),
    ]
    liaison = select(Organisation.code).join(RoleGrant, RoleGrant.organisation_id == Organisation.id).where(RoleGrant.role == "liaison")
    assert db.session.scalars(liaison).all() == ["SPBPU"]


def test_a_story_of_some_buildings_holds_together():
    leases = {each.deed.lease for each in small() if isinstance(each.deed, Draft)}
    assert {each.deed.follows for each in small() if isinstance(each.deed, Draft) and each.deed.follows} <= leases
