"""A builder of small parks. Each thing is committed with its audit entry; every argument has a default."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.audit.actions import record
from parkmgr.bookings.models import BookingRules
from parkmgr.db import Base, db, transaction
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Floor, Park, Particulars, Space
from parkmgr.policy import ALWAYS, SYSTEM, Actor, Grant, Role
from parkmgr.searching import searchable
from parkmgr.values import Area, Names, Span, Term

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)


def actor(role: Role, *, user_id: int = 1, park_id: int | None = None, organisation_id: int | None = None, name: str = "someone") -> Actor:
    """Return somebody with one role, for actions and queries."""
    return Actor(user_id, name, (Grant(role, ALWAYS, park_id, organisation_id),))


class Maker:
    """What a test needs to stand on."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._park: Park | None = None

    def keep(self, *rows: Base) -> None:
        """The rows are in the register."""
        with transaction():
            db.session.add_all(rows)
            db.session.flush()
            for row in rows:
                record("tests.make", row, actor=SYSTEM, now=LONG_AGO)

    def park(self, code: str = "", *, time_zone: str = "Asia/Shanghai", currency: str = "CNY", **more: Any) -> Park:
        """A park."""
        code = code or f"P{next(self._numbers)}"
        park = Park(
            code=code,
            name_en=f"Park {code}",
            time_zone=time_zone,
            currency=currency,
            search=searchable(Names(f"Park {code}"), code),
            **more,
        )
        self.keep(park)
        self._park = self._park or park
        return park

    def the_park(self) -> Park:
        """The first park made; one is made when there is none."""
        return self._park or self.park()

    def building(self, park: Park | None = None, code: str = "", **more: Any) -> Building:
        """A building."""
        park = park or self.the_park()
        code = code or f"B{next(self._numbers)}"
        building = Building(
            park_id=park.id, code=code, name_en=f"Building {code}", search=searchable(Names(f"Building {code}"), code), **more
        )
        self.keep(building)
        return building

    def space(
        self,
        building: Building | None = None,
        code: str = "",
        *,
        kind: str = "office",
        area: str | None = "40",
        level: int = 1,
        lettable: bool = True,
        capacity: int | None = None,
        parent: Space | None = None,
        starts_on: date = date(2011, 1, 1),
        ends_on: date = date.max,
        **more: Any,
    ) -> Space:
        """A unit, or a part of *parent*, which is then no unit any more."""
        building = building or self.building()
        code = code or f"S{next(self._numbers)}"
        with transaction():
            floor = db.session.execute(db.select(Floor).filter_by(building_id=building.id, level=level)).scalar_one_or_none()
            if floor is None:
                floor = Floor(park_id=building.park_id, building_id=building.id, level=level, label=str(level))
                db.session.add(floor)
                db.session.flush()
            space = Space(
                park_id=building.park_id,
                building_id=building.id,
                floor_id=floor.id,
                parent_id=parent.id if parent else None,
                code=code,
                name_en=code,
                search=searchable(Names(code), code),
                **more,
            )
            if parent:
                parent.divided = True
                record("tests.make", parent, actor=SYSTEM, now=LONG_AGO)
            db.session.add(space)
            db.session.flush()
            db.session.add(
                Particulars(
                    space_id=space.id,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    kind=kind,
                    lettable=lettable,
                    capacity=capacity,
                    area=None if area is None else Area.of(area),
                    area_basis="IPMS3" if area else "",
                    recorded_at=LONG_AGO,
                )
            )
            record("tests.make", space, actor=SYSTEM, now=LONG_AGO)
            record("tests.make", building, actor=SYSTEM, now=LONG_AGO)
        return space

    def room(self, code: str = "", *, building: Building | None = None, capacity: int | None = 12, **more: Any) -> Space:
        """A meeting room that can be booked (where there are rules)."""
        return self.space(building, code, **{"kind": "meeting_room", "capacity": capacity, "bookable": True, "area": "30", **more})

    def rules(self, park: Park | None = None, *, week: str = "Mon-Sun 08:00-22:00", **more: Any) -> BookingRules:
        """The rules of a park's bookable spaces (or with kind= or space_id= of some), without a lead time, prices or quotas."""
        park = park or self.the_park()
        given = {"kind": "", "access": [], "quotas": [], "prices": [], **more}
        rules = BookingRules(park_id=park.id, week=week, **given)
        self.keep(rules)
        return rules

    def organisation(self, code: str = "", names: Names | None = None, *, kind: str = "enterprise", **more: Any) -> Organisation:
        """An organisation."""
        code = code or f"ORG{next(self._numbers)}"
        names = names or Names(f"Organisation {code}")
        organisation = Organisation(code=code, kind=kind, search=searchable(names, code), **more)
        organisation.names = names
        self.keep(organisation)
        return organisation

    def user(self, email: str = "", *, password_hash: str = "-", **more: Any) -> User:
        """An account without grants."""
        email = email or f"user{next(self._numbers)}@parkmgr.example"
        user = User(email=email, name=email.split("@")[0], password_hash=password_hash, **more)
        self.keep(user)
        return user

    def granted(self, role: Role, *, park: Park | None = None, organisation: Organisation | None = None, **more: Any) -> Actor:
        """An account with one role, as an actor."""
        user = self.user(**more)
        with transaction():
            db.session.add(
                RoleGrant(
                    user_id=user.id,
                    role=role,
                    park_id=park.id if park else None,
                    organisation_id=organisation.id if organisation else None,
                    starts_on=date(2011, 1, 1),
                )
            )
            record("tests.make", user, actor=SYSTEM, now=LONG_AGO)
        return actor(
            role,
            user_id=user.id,
            park_id=park.id if park else None,
            organisation_id=organisation.id if organisation else None,
            name=user.name,
        )

    def hold(
        self,
        space: Space,
        starts_on: str,
        ends_on: str | None = None,
        *,
        holder: Organisation | None = None,
        kind: HoldKind = HoldKind.LEASE,
        document: str = "",
        recorded_at: datetime = LONG_AGO,
    ) -> Hold:
        """A hold of days, in the park's zone, written past the rules (the guard still stands)."""
        holder = holder or self.organisation()
        zone = self.the_park().zone
        span: Span = Term(date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None).span(zone)
        hold = Hold(
            park_id=space.park_id,
            space_id=space.id,
            holder_id=holder.id,
            kind=kind,
            document=document or f"L-2020-{next(self._numbers):04d}",
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            recorded_at=recorded_at,
        )
        self.keep(hold)
        return hold
