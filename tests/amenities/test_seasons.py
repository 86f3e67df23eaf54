"""A season from its opening to the bookings that come of it."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from parkmgr.amenities import queries, rules, season_actions
from parkmgr.bookings.models import Booking
from parkmgr.db import db, transaction
from parkmgr.errors import Refused, Stale
from parkmgr.occupancy import closures
from parkmgr.organisations.models import Organisation
from parkmgr.places.queries import space
from parkmgr.values import Names, Term
from tests.amenities.conftest import Centre, at, refused
from tests.making import Maker

AFTER = at("2026-03-16 09:00")


def allocate(centre: Centre, **more: object) -> None:
    """The hours are given out after the last day of asking."""
    with transaction():
        season_actions.allocate(
            queries.season(centre.park_id, "2026-spring"),
            centre.park(),
            actor=centre.sports,
            **{"now": AFTER, **more},  # type: ignore[arg-type]
        )


def states(centre: Centre) -> dict[tuple[str, int], tuple[str, str | None]]:
    """The state and court of each wish."""
    return {
        (one.organisation.code, one.rank): (one.state, one.given_space.code if one.given_space else None)
        for one in queries.wishes(centre.read())
    }


def dates_of(club: str) -> list[date]:
    """The days on which a club has a court, in order."""
    db.session.rollback()
    rows = db.session.scalars(
        db.select(Booking)
        .join(Organisation, Organisation.id == Booking.organisation_id)
        .where(Organisation.code == club, Booking.state == "confirmed")
        .order_by(Booking.starts_at)
    )
    return [booking.starts_at.date() for booking in rows]


def test_the_hash_of_the_seed_is_published_when_the_season_opens(centre: Centre) -> None:
    assert centre.read(centre.season(seed="secret")).seed_sha256 == rules.published("secret")


def test_each_club_gets_a_series_that_leaves_the_holidays_out(centre: Centre) -> None:
    centre.season()
    centre.wish("ALPHA", 5)  # Fridays: 1 May is Labour Day, 19 June Dragon Boat
    centre.wish("BETA", 5, people=30)
    allocate(centre)
    assert states(centre) == {("ALPHA", 1): ("given", "SC-1"), ("BETA", 1): ("given", "SC-2")}
    fridays = rules.dates(date(2026, 4, 1), date(2026, 6, 30), 5)
    assert dates_of("ALPHA") == [day for day in fridays if day not in (date(2026, 5, 1), date(2026, 6, 19))]
    season = centre.read()
    assert (season.state, season.steps[0]["closed_days"][0]) == ("allocated", "2026-04-05")
    assert rules.run_again(season.steps[0], season.seed)
    wish = queries.wishes(season)[0]
    assert wish.set is not None
    assert wish.set.rrule.startswith("FREQ=WEEKLY;UNTIL=20260630")


def test_what_is_booked_already_is_in_the_way_and_the_club_reads_it(centre: Centre, make: Maker) -> None:
    centre.season(["SC-1"])
    centre.wish("ALPHA", 2, court="SC-1")
    make.hold(space(centre.park_id, "SC-1"), "2026-05-19", "2026-05-19")
    allocate(centre)
    [step] = centre.read().steps[0]["steps"]
    assert (step["court"], step["reasons"][0]["why"], step["reasons"][0]["on"]) == ("", "taken", "2026-05-19")
    assert dates_of("ALPHA") == []


def test_a_closure_of_all_courts_is_left_out_and_one_of_a_single_court_is_in_the_way(centre: Centre) -> None:
    centre.season()
    centre.wish("ALPHA", 2, court="SC-1")
    centre.wish("BETA", 3, court="SC-2")
    for codes, day in ((("SC-1", "SC-2"), date(2026, 5, 12)), (("SC-2",), date(2026, 5, 13))):
        with transaction():
            park = centre.park()
            of = db.session.scalars(db.select(Organisation).where(Organisation.code == "HIT-HOSPITAL")).one()
            spaces = [space(park.id, code) for code in codes]
            closures.close(park, spaces, Term(day, day), operator=of, reason="Works", actor=centre.administrator, now=centre.now)
    allocate(centre)
    assert states(centre) == {("ALPHA", 1): ("given", "SC-1"), ("BETA", 1): ("refused", None)}
    assert date(2026, 5, 12) not in dates_of("ALPHA")


def test_nothing_is_given_out_early_or_twice_or_when_it_is_not_what_was_looked_at(centre: Centre) -> None:
    centre.season()
    with refused("nobody_asked"):
        allocate(centre)
    centre.wish("ALPHA", 2)
    with refused("still_asked"):
        allocate(centre, now=at("2026-03-15 23:59"))
    with refused("outcome_changed"):
        allocate(centre, seen="another outcome")
    with pytest.raises(Stale):
        allocate(centre, version=99)
    allocate(centre, seen=season_actions.preview(centre.read(), centre.park()).seen)
    with refused("season_closed"):
        allocate(centre)
    with refused("season_closed"):
        centre.wish("ALPHA", 3)


def test_a_preview_changes_nothing(centre: Centre) -> None:
    centre.season()
    centre.wish("ALPHA", 2)
    with transaction():
        season_actions.preview(queries.season(centre.park_id, "2026-spring"), centre.park())
    assert states(centre) == {("ALPHA", 1): ("asked", None)}


def test_if_one_date_cannot_be_booked_nobody_gets_anything(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.season(["SC-1"])
    centre.wish("ALPHA", 2)
    centre.wish("BETA", 3)
    preview = season_actions.preview

    def overtaken(*given: object) -> object:
        outcome = preview(*given)  # type: ignore[arg-type]
        park = centre.park()  # as if somebody had closed a court in between, past the queue of writers
        of = db.session.scalars(db.select(Organisation).where(Organisation.code == "HIT-HOSPITAL")).one()
        day = Term(date(2026, 6, 24), date(2026, 6, 24))
        closures.close(park, [space(park.id, "SC-1")], day, operator=of, reason="Works", actor=centre.administrator, now=AFTER)
        db.session.flush()
        return outcome

    monkeypatch.setattr(season_actions, "preview", overtaken)
    with pytest.raises(Refused):
        allocate(centre)
    assert states(centre) == {("ALPHA", 1): ("asked", None), ("BETA", 1): ("asked", None)}
    assert dates_of("ALPHA") == []


def test_each_bad_wish_has_its_sentence(centre: Centre) -> None:
    centre.season()
    with refused("bad_weekday", "off_step", "too_long", "nobody_came", "not_of_season"):
        centre.wish("ALPHA", 8, "18:05", 600, court="HO-1", people=0)
    with refused("off_step"):
        centre.wish("ALPHA", 1, "23:00", 120)
    with refused("too_many_people"):
        centre.wish("ALPHA", 1, court="SC-1", people=11)
    with refused("none_seats"):
        centre.wish("ALPHA", 1, people=41)
    with refused("asked_late"):
        centre.wish("ALPHA", 1, now=AFTER)
    centre.wish("ALPHA", 1, rank=1)
    with refused("rank_taken"):
        centre.wish("ALPHA", 2, rank=1)


def test_the_rank_of_a_withdrawn_wish_is_free(centre: Centre) -> None:
    centre.season()
    first = centre.wish("ALPHA", 1, rank=1, by=centre.liaison)
    with transaction():
        season_actions.withdraw_wish(
            queries.wish(centre.read(), first, centre.liaison), centre.park(), actor=centre.liaison, now=centre.now
        )
    centre.wish("ALPHA", 2, rank=1)
    assert list(states(centre)) == [("ALPHA", 1)]


def test_each_bad_season_has_its_sentence(centre: Centre) -> None:
    def open_(first: str, last: str, ask: str, *courts: str) -> None:
        with transaction():
            park = centre.park()
            season_actions.open_season(
                park, "x", Names("X"), [space(park.id, code) for code in courts], starts_on=date.fromisoformat(first),
                ends_on=date.fromisoformat(last), ask_until=date.fromisoformat(ask), actor=centre.sports, now=centre.now,
            )  # fmt: skip

    with refused("season_backwards", "ask_past", "no_courts"):
        open_("2026-04-01", "2026-04-01", "2026-03-01")
    with refused("season_long", "ask_late", "not_a_court"):
        open_("2026-04-01", "2027-04-30", "2026-04-01", "HO-1")


def test_a_club_reads_its_own_wishes_before_and_all_after(centre: Centre, app: Flask) -> None:
    centre.season()
    centre.wish("ALPHA", 1)
    centre.wish("BETA", 1)
    assert [one.organisation.code for one in queries.wishes(centre.read(), centre.liaison)] == ["ALPHA"]
    assert len(queries.wishes(centre.read(), centre.auditor)) == 2
    allocate(centre)
    assert len(queries.wishes(centre.read(), centre.liaison)) == 2


def test_a_busy_season_is_read_in_a_few_questions(centre: Centre, statements) -> None:  # type: ignore[no-untyped-def]
    centre.season()
    for weekday in range(1, 8):
        centre.wish("ALPHA", weekday)
        centre.wish("BETA", weekday, "19:00")
    season, park = centre.read(), centre.park()
    with statements() as seen:
        season_actions.preview(season, park)
    assert len(seen) == 7
