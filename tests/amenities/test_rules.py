"""Slots, prices, visits, and what a fair allocation of a season keeps to whatever clubs ask for."""

from __future__ import annotations

import json
import random
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkmgr.amenities import rules
from parkmgr.amenities.rules import Blocked, Card, Court, Hour, Step, against_court, allocate
from parkmgr.calendars.rules import parse_week
from parkmgr.values import Money

HARBIN = ZoneInfo("Asia/Shanghai")
HALL = Court("HALL", 40, frozenset({1, 2}))
LEFT, RIGHT = Court("HALL-L", 20, frozenset({1})), Court("HALL-R", 20, frozenset({2}))
COURT = Court("COURT", 8, frozenset({3}), turnaround=15)
COURTS = (HALL, LEFT, RIGHT, COURT)


def hour(club: str, rank: int = 1, weekday: int = 1, first: int = 1080, minutes: int = 120, court: str = "", people: int = 6) -> Hour:
    return Hour(club, rank, weekday, first, minutes, court, people)


def granted(steps: list[Step]) -> list[tuple[str, int, str]]:
    return [(step.organisation, step.rank, step.court) for step in steps]


# Slots


def test_a_day_is_cut_into_slots_and_what_is_left_of_a_stretch_is_none() -> None:
    week = parse_week("Mon-Fri 08:00-09:50\nMon-Fri 13:30-14:00")
    slots = rules.slots(week, 30, date(2026, 3, 2), HARBIN, lambda day: day.isoweekday())
    assert [f"{slot.starts_at.astimezone(HARBIN):%H:%M}" for slot in slots] == ["08:00", "08:30", "09:00", "13:30"]


@pytest.mark.parametrize(("holiday", "count"), [(False, 0), (True, 4)])
def test_a_holiday_has_slots_only_where_the_service_is_open_then(holiday: bool, count: int) -> None:
    weekday_of = rules.weekday_hours(lambda _day: None, open_on_holidays=holiday)
    assert len(rules.slots(parse_week("Mon-Sun 08:00-10:00"), 30, date(2026, 10, 1), HARBIN, weekday_of)) == count


# The desk of the sports centre

CARD = Card("SM-2026-0001", date(2026, 3, 1), date(2026, 3, 31), 2)


@pytest.mark.parametrize(
    ("people", "today", "against"),
    [
        pytest.param(2, date(2026, 3, 31), [], id="the last visits on the last day"),
        pytest.param(3, date(2026, 3, 2), [rules.USED_UP], id="three with two visits left"),
        pytest.param(1, date(2026, 2, 28), [rules.NOT_YET], id="a day early"),
        pytest.param(3, date(2026, 4, 1), [rules.ENDED, rules.USED_UP], id="a day late, and too many"),
    ],
)
def test_a_membership(people: int, today: date, against: list[object]) -> None:
    assert rules.card_against(CARD, people, today) == against


def test_the_price_of_a_class_counts_before_that_of_everybody() -> None:
    prices = {"resident": Money(2000, "CNY"), "": Money(4500, "CNY")}
    assert rules.price(prices, "resident", 2) == Money(4000, "CNY")
    assert rules.price(prices, "tenant", 2) == Money(9000, "CNY")
    assert rules.price({}, "tenant", 2) is None


# A season


def test_who_has_the_smallest_share_of_what_it_asked_for_is_next() -> None:
    wishes = [hour("A", 1), hour("A", 2, weekday=2), hour("B", 1, weekday=3, minutes=60), hour("B", 2, weekday=4, minutes=180)]
    steps = allocate(wishes, COURTS, "seed")
    first = min("AB", key=lambda code: rules.draw("seed", code))
    second = "B" if first == "A" else "A"
    assert [step.organisation for step in steps] == [first, second, "B", "A"]  # B has 60 of 240 minutes, A 120 of 240
    assert [(step.given, step.asked) for step in steps][2:] == [(60, 240), (120, 240)]


def test_equal_clubs_are_settled_by_the_seed() -> None:
    winners = {allocate([hour("A", court="COURT"), hour("B", court="COURT")], COURTS, str(seed))[0].organisation for seed in range(20)}
    assert winners == {"A", "B"}


def test_a_named_court_is_given_once_and_the_other_club_reads_why_and_what_was_near() -> None:
    steps = allocate([hour("A", court="COURT"), hour("B", court="COURT")], (COURT,), "seed")
    lost = steps[1]
    assert (lost.court, lost.reasons[0].why, lost.reasons[0].to) == ("", "given", steps[0].organisation)
    assert lost.near == ("COURT", 1080 - 135)  # two hours and the turnaround before


def test_without_a_named_court_the_smallest_with_room_is_given() -> None:
    assert granted(allocate([hour("A", people=8)], COURTS, "s")) == [("A", 1, "COURT")]
    assert granted(allocate([hour("A", people=9)], COURTS, "s")) == [("A", 1, "HALL-L")]
    assert granted(allocate([hour("A", people=21)], COURTS, "s")) == [("A", 1, "HALL")]
    assert [reason.why for reason in allocate([hour("A", people=41)], COURTS, "s")[0].reasons] == ["small"] * 4


def test_a_half_keeps_the_whole_from_being_given() -> None:
    steps = allocate([hour("A", court="HALL-L"), hour("B", court="HALL")], COURTS, "seed")
    assert sum(bool(step.court) for step in steps) == 1


def test_a_better_wish_that_does_not_fit_is_refused_on_the_way_to_one_that_does() -> None:
    shut = Court("COURT", 8, frozenset({3}), blocked=(Blocked(1, 1020, 1200, "taken", "2026-04-06"),))
    steps = allocate([hour("A", 1), hour("A", 2, weekday=2)], (shut,), "seed")
    assert granted(steps) == [("A", 1, ""), ("A", 2, "COURT")]
    assert steps[0].reasons[0].on == "2026-04-06"


def test_closing_time_is_no_reason_against_the_turnaround() -> None:
    court = Court("COURT", 8, frozenset({3}), turnaround=15, blocked=(Blocked(1, 1200, 1440, "shut", "2026-04-06"),))
    assert against_court(hour("A"), court, ()) is None


HOURS = st.lists(
    st.builds(
        hour,
        st.sampled_from(["A", "B", "C", "D"]),
        st.integers(1, 8),
        st.integers(1, 3),
        st.integers(32, 40).map(lambda quarter: quarter * 15),
        st.integers(2, 8).map(lambda quarter: quarter * 15),
        st.sampled_from(["", "", "HALL", "HALL-L", "HALL-R", "COURT"]),
        st.integers(1, 45),
    ),
    max_size=24,
    unique_by=lambda one: (one.organisation, one.rank),
)
SEEDS = st.text("0123456789abcdef", min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(HOURS, SEEDS, st.randoms(use_true_random=False))
def test_every_allocation_is_fair(hours: list[Hour], seed: str, rng: random.Random) -> None:
    steps = allocate(hours, COURTS, seed)
    shuffled, courts = list(hours), list(COURTS)
    rng.shuffle(shuffled)
    rng.shuffle(courts)
    assert allocate(shuffled, courts, seed) == steps, "the order of asking decides nothing"
    assert sorted((step.organisation, step.rank) for step in steps) == sorted((one.organisation, one.rank) for one in hours)
    asked = {(one.organisation, one.rank): one for one in hours}
    of_code = {court.code: court for court in COURTS}
    given_ = [(asked[step.organisation, step.rank], of_code[step.court]) for step in steps if step.court]
    for index, (one, court) in enumerate(given_):
        assert one.court in ("", court.code)
        assert court.seats is None or one.people <= court.seats
        for other, others_court in given_[:index]:
            if one.weekday == other.weekday and court.units & others_court.units:
                assert one.last + court.turnaround <= other.first or other.last + others_court.turnaround <= one.first
    _nobody_is_passed_over(hours, steps)


def _nobody_is_passed_over(hours: list[Hour], steps: list[Step]) -> None:
    """No club gets a second wish before another that still had a possible one got its first."""
    open_ = {(one.organisation, one.rank): one for one in hours}
    got: dict[str, int] = {}
    given_: list[rules.Given] = []
    for step in steps:
        one = open_.pop((step.organisation, step.rank))
        if not step.court:
            assert all(against_court(one, court, given_) for court in COURTS if one.court in ("", court.code)), "refused what fits"
            continue
        if got.get(step.organisation):
            waiting = [other for other in open_.values() if not got.get(other.organisation)]
            for other in waiting:
                assert all(against_court(other, court, given_) for court in COURTS if other.court in ("", court.code))
        got[step.organisation] = got.get(step.organisation, 0) + 1
        given_.append(rules.Given(one, next(court for court in COURTS if court.code == step.court)))


@settings(max_examples=60, deadline=None)
@given(HOURS, SEEDS)
def test_anybody_can_run_an_allocation_again_from_its_file(hours: list[Hour], seed: str) -> None:
    steps = allocate(hours, COURTS, seed)
    kept = json.loads(json.dumps(rules.document(hours, COURTS, steps, [date(2026, 5, 1)])))
    assert rules.run_again(kept, seed)
    if kept["steps"]:
        kept["steps"][0]["given"] += 1
        assert not rules.run_again(kept, seed)
