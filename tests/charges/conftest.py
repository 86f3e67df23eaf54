"""A park with an instrument, and sessions that took place at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest

from parkmgr.bookings.models import Booking
from parkmgr.db import db
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park, Space
from tests.making import Maker

numbers = count(1)


@dataclass
class Lab:
    """The park, its instrument, and somebody who uses it."""

    make: Maker
    park: Park
    space: Space
    organisation: Organisation

    def session(self, start: str = "2026-02-10 09:00", hours: float = 2, *, price: int | None = 200_00, **more: object) -> Booking:
        """A completed session at a wall time of the park, written past the rules."""
        starts_at = datetime.fromisoformat(start).replace(tzinfo=self.park.zone)
        given = {
            "state": "completed",
            "desk": "lab",
            "organisation_id": self.organisation.id,
            "currency": "CNY" if price is not None else "",
            **more,
        }
        booking = Booking(
            park_id=self.park.id,
            number=f"B-2019-{next(numbers):04d}",
            space_id=self.space.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            requested_at=starts_at - timedelta(days=3),
            price_minor=price,
            **given,
        )
        self.make.keep(booking)
        return db.session.get_one(Booking, booking.id)


@pytest.fixture
def lab(make: Maker) -> Lab:
    """A laboratory's instrument of which an hour is agreed at 100.00."""
    park = make.park("LAB")
    building = make.building(park, "L1")
    space = make.space(building, "XRD", kind="instrument", area=None, lettable=False, bookable=True)
    return Lab(make, park, space, make.organisation("USER"))
