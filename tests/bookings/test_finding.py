"""Which spaces are found, and what is said of those that nearly fit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from flask import Flask

from parkmgr.bookings import finding
from parkmgr.bookings.finding import Need
from parkmgr.bookings.models import Feature, SpaceFeature
from parkmgr.bookings.rules import Answer
from parkmgr.db import db
from parkmgr.occupancy.models import Hold
from parkmgr.places.models import Park, Space
from parkmgr.policy import Role
from parkmgr.values import Area, Span
from tests.making import LONG_AGO, Maker, actor

LIAISON = actor(Role.LIAISON, organisation_id=1)


def at(text: str) -> datetime:
    """Return an instant of Harbin's clock."""
    return datetime.fromisoformat(f"{text}+08:00")


def span(first: str, last: str) -> Span:
    return Span(at(f"2026-03-03 {first}"), at(f"2026-03-03 {last}"))


NEED = Need((span("10:00", "12:00"),))


def hold(make: Maker, space: Space, first: str, last: str, *, day: str = "2026-03-03") -> None:
    make.keep(
        Hold(
            park_id=space.park_id,
            space_id=space.id,
            holder_id=make.organisation().id,
            kind="booking",
            document=f"B-{space.id}-{day}-{first}",
            starts_at=at(f"{day} {first}"),
            ends_at=at(f"{day} {last}"),
            recorded_at=LONG_AGO,
        )
    )


def search(make: Maker, need: Need, now: datetime) -> tuple[list[finding.Fit], list[finding.Fit]]:
    park = db.session.get_one(Park, make.the_park().id)
    exact, near, _asking = finding.search(park, need, actor=LIAISON, now=now)
    return exact, near


def codes(fits: list[finding.Fit]) -> list[str]:
    return [fit.candidate.code for fit in fits]


def said(fit: finding.Fit) -> list[str]:
    return [str(objection) for objection in fit.missing]


def test_a_free_room_is_found_and_one_that_is_held_is_not(make: Maker) -> None:
    free, held, touching = make.room("FREE"), make.room("HELD"), make.room("TOUCHING")
    hold(make, held, "11:00", "11:15")
    hold(make, touching, "08:00", "10:00")
    hold(make, touching, "12:00", "13:00")
    make.space(code="OFFICE")
    found = finding.free_rooms(free.park_id, NEED.first, zone=make.the_park().zone)
    assert [room.code for room in found] == ["FREE", "TOUCHING"]


def test_a_whole_is_taken_when_one_of_its_parts_is(make: Maker, now: datetime) -> None:
    make.rules()
    hall = make.room("HALL", capacity=100)
    half = make.room("HALL-1", parent=hall)
    make.room("HALL-2", parent=hall)
    assert codes(search(make, NEED, now)[0]) == ["HALL-1", "HALL-2", "HALL"]
    hold(make, half, "11:00", "13:00")
    assert [room.code for room in finding.free_rooms(half.park_id, NEED.first)] == ["HALL-2"]
    exact, near = search(make, NEED, now)
    assert codes(exact) == ["HALL-2"]
    assert [(fit.candidate.code, said(fit), fit.at) for fit in near] == [
        ("HALL-1", ["taken until 13:00"], at("2026-03-03 13:00")),
        ("HALL", ["taken until 13:00"], at("2026-03-03 13:00")),
    ]


def test_the_turnaround_of_the_space_itself_counts(make: Maker, now: datetime) -> None:
    make.rules()
    quick, slow = make.room("QUICK"), make.room("SLOW")
    make.rules(space_id=slow.id, turnaround_minutes=30)
    for room in (quick, slow):
        hold(make, room, "12:15", "13:00")
    exact, near = search(make, NEED, now)
    assert codes(exact) == ["QUICK"]
    assert [(fit.candidate.code, said(fit)) for fit in near] == [("SLOW", ["taken until 13:00"])]


def test_near_misses_say_what_is_missing(make: Maker, now: datetime) -> None:
    make.rules(week="Mon-Fri 08:00-22:00")
    fits = make.room("FITS", capacity=8, area="45")
    make.room("SMALL", capacity=6, area="38")
    make.room("UNMEASURED", capacity=None, area=None)
    closed = make.room("CLOSED", capacity=8, area="45")
    make.rules(space_id=closed.id, answer="closed")
    projector = Feature(park_id=fits.park_id, code="projector", name_en="Projector")
    make.keep(projector)
    for space in (fits, closed):
        make.keep(SpaceFeature(space_id=space.id, feature_id=projector.id), space)
    need = Need(NEED.spans, "meeting_room", 8, Area.of(40), frozenset({"projector"}))
    exact, near = search(make, need, now)
    assert codes(exact) == ["FITS"]
    assert {fit.candidate.code: said(fit) for fit in near} == {
        "SMALL": ["seats 6, not 8", "38.00 m², 2.00 m² less", "without projector"],
        "UNMEASURED": ["its area is not measured", "without projector"],
        "CLOSED": ["CLOSED is closed for bookings of your organisation."],
    }
    assert [fit.answer for fit in near][-1] is Answer.CLOSED
    assert next(fit for fit in near if fit.candidate.code == "CLOSED").at is None


def test_a_closed_day_leads_to_the_next_open_one(make: Maker, now: datetime) -> None:
    make.rules(week="Mon-Fri 08:00-22:00")
    make.room("R")
    sunday = Span(at("2026-03-08 10:00"), at("2026-03-08 12:00"))
    exact, [near] = search(make, Need((sunday,)), now)
    assert not exact
    assert [objection.code for objection in near.missing] == ["bookings.closed_then"]
    assert near.at == at("2026-03-09 08:00")


def test_a_series_says_on_how_many_dates_a_space_is_taken(make: Maker, now: datetime) -> None:
    make.rules()
    room = make.room("R")
    make.room("FREE")
    spans = tuple(Span(NEED.first.starts_at + timedelta(days=7 * n), NEED.first.ends_at + timedelta(days=7 * n)) for n in range(10))
    hold(make, room, "09:00", "10:30", day="2026-03-17")
    exact, near = search(make, Need(spans), now)
    assert codes(exact) == ["FREE"]
    assert [said(fit) for fit in near] == [["taken on 1 of 10 dates"]]


def test_a_space_that_is_not_there_on_the_day_is_not_found(make: Maker, now: datetime) -> None:
    make.rules()
    make.room("LATER", starts_on=at("2026-04-01 00:00").date())
    assert search(make, NEED, now) == ([], [])


def test_quotas_and_prices_are_those_of_who_asks(make: Maker, now: datetime) -> None:
    make.rules(
        quotas=[{"whom": "organisation", "per": "day", "measure": "hours", "most": 1}],
        prices=[{"class": "", "minor": 10000, "currency": "CNY"}],
    )
    make.room("R")
    organisation = make.organisation()
    park = db.session.get_one(Park, make.the_park().id)
    _exact, [near], _ = finding.search(park, NEED, organisation, actor=LIAISON, now=now)
    assert [objection.code for objection in near.missing] == ["bookings.quota"]
    assert str(near.price) == "200.00 CNY"


@pytest.mark.parametrize("dates", [1, 20])
def test_searching_takes_few_selects_however_many_spaces_and_dates(
    make: Maker, now: datetime, statements: Callable[[], AbstractContextManager[list[str]]], dates: int
) -> None:
    make.rules()
    for number in range(5):
        room = make.room(f"R{number}")
        hold(make, room, "11:00", "12:00")
    spans = tuple(Span(NEED.first.starts_at + timedelta(days=n), NEED.first.ends_at + timedelta(days=n)) for n in range(dates))
    park = db.session.get_one(Park, make.the_park().id)
    with statements() as seen:
        finding.search(park, Need(spans), actor=LIAISON, now=now)
    assert len(seen) == (4 if dates == 1 else 2)  # the ledger is asked in two


def test_a_form_proposes_the_next_working_day(app: Flask, make: Maker) -> None:
    park = make.park(country="CN")
    assert finding.proposed_start(park, at("2026-09-30 15:00")) == datetime(2026, 10, 8, 10)  # noqa: DTZ001 - a wall time
