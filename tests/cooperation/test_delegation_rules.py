"""What is proposed for a visit, and what the rules say to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.cooperation import delegation_rules as rules
from parkmgr.cooperation.delegation_rules import Asked, Facts, FreeFlat, Item, Wishes
from parkmgr.cooperation.rules import DelegationState, ItemKind
from parkmgr.values import Names

TODAY = date(2026, 3, 2)
ASKED = Asked(Names("T"), "A", "B", date(2026, 3, 16), date(2026, 3, 18), 8, "ru", "zh")
FACTS = Facts("V-1", DelegationState.REQUESTED, ASKED.arrives_on, ASKED.leaves_on, 8, TODAY)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def wall(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, UTC)


def codes(objections) -> list[str]:
    return [one.code.partition(".")[2] for one in objections]


@pytest.mark.parametrize(
    ("asked", "wishes", "against"),
    [
        (ASKED, Wishes(), []),
        (replace(ASKED, host=""), Wishes(), ["no_host"]),
        (replace(ASKED, host="A"), Wishes(), ["own_guest"]),
        (replace(ASKED, leaves_on=date(2026, 3, 15)), Wishes(), ["backwards"]),
        (replace(ASKED, arrives_on=date(2026, 3, 1)), Wishes(), ["past"]),
        (replace(ASKED, leaves_on=date(2026, 6, 1)), Wishes(), ["stays_long"]),
        (replace(ASKED, people=0), Wishes(), ["nobody"]),
        (replace(ASKED, leaves_on=ASKED.arrives_on), Wishes(homes=True), ["no_night"]),
        (ASKED, Wishes(meeting=(time(12), time(10))), ["until_first"]),
        (replace(ASKED, agreement="AG-1", agreement_parties=frozenset("XY")), Wishes(), ["other_agreement"]),
        (replace(ASKED, host="", people=999), Wishes(), ["no_host", "nobody"]),
    ],
)
def test_a_visit_is_judged_with_all_objections_at_once(asked, wishes, against):
    assert codes(rules.asking_against(asked, wishes, TODAY)) == against


FLATS = [FreeFlat(number, f"F{number}", beds) for number, beds in enumerate((1, 2, 2, 4, 4), 1)]


@pytest.mark.parametrize(
    ("people", "chosen"),
    [(1, [("F1", 1)]), (2, [("F2", 2)]), (4, [("F4", 4)]), (5, [("F4", 4), ("F1", 1)]), (6, [("F4", 4), ("F2", 2)]), (14, []), (13, None)],
)
def test_the_fewest_flats_and_none_larger_than_is_needed(people, chosen):
    found = [(flat.code, count) for flat, count in rules.chosen_flats(FLATS, people)]
    assert sum(count for _code, count in found) == people if chosen is None else found == chosen


@given(st.lists(st.integers(1, 8), max_size=12), st.integers(1, 40))
def test_everybody_has_a_bed_or_nobody(beds, people):
    flats = [FreeFlat(number, f"F{number:02d}", count) for number, count in enumerate(beds)]
    found = rules.chosen_flats(flats, people)
    assert sum(count for _flat, count in found) == (people if sum(beds) >= people else 0)
    assert all(1 <= count <= flat.beds for flat, count in found)
    assert len({flat.space_id for flat, _count in found}) == len(found)


def test_meetings_are_each_day_and_offices_on_working_days():
    week = replace(ASKED, leaves_on=date(2026, 3, 22))
    wishes = Wishes(meeting=(time(10), time(12)), office_people=2)
    assert len(rules.meetings(week, wishes, wall)) == 7
    assert [span.starts_at.day for span in rules.office_days(week, wishes, wall)] == [16, 17, 18, 19, 20]


def test_tours_are_on_the_first_whole_day_three_a_day():
    spans = list(rules.tours(ASKED, Wishes(labs=("L1", "L2", "L3", "L4")), wall))
    assert [(span.starts_at.day, span.starts_at.hour) for span in spans] == [(17, 14), (17, 15), (17, 16), (18, 14)]


def test_a_car_comes_twice_and_an_interpreter_each_day():
    found = [item.kind for item in rules.services(ASKED, Wishes(interpreter=True, transport=True), wall)]
    assert found == [ItemKind.INTERPRETER] * 3 + [ItemKind.TRANSPORT] * 2


@pytest.mark.parametrize(
    ("items", "against"),
    [
        ([Item(ItemKind.MEETING, at(16, 10), at(16, 12), 8, 1)], []),
        ([], ["no_lines"]),
        ([Item(ItemKind.MEETING, at(16, 12), at(16, 10), 8, 1)], ["line_ends_first"]),
        ([Item(ItemKind.MEETING, at(19, 10), at(19, 12), 8, 1)], ["outside"]),
        ([Item(ItemKind.MEETING, at(16, 10), at(16, 12), 9, 1)], ["too_many"]),
        ([Item(ItemKind.HOME, at(16, 0), at(18, 0), 4)], ["needs_space"]),
        ([Item(ItemKind.HOME, at(16, 0), at(18, 0), 4, 7)] * 2, ["flats_twice"]),
        ([Item(ItemKind.HOME, at(16, 0), at(18, 0), 5, 7), Item(ItemKind.HOME, at(16, 0), at(18, 0), 4, 8)], ["without_beds"]),
    ],
)
def test_lines_fit_the_visit(items, against):
    assert codes(rules.programme_against(FACTS, items, lambda day: datetime.combine(day, time(), UTC))) == against


@pytest.mark.parametrize(
    ("facts", "name", "against"),
    [
        (FACTS, "X", []),
        (FACTS, "", ["no_member_name"]),
        (replace(FACTS, named=8), "X", ["all_named"]),
        (replace(FACTS, state=DelegationState.REPORTED, erased_on=TODAY), "X", ["not_now", "erased"]),
    ],
)
def test_who_may_still_be_named(facts, name, against):
    assert codes(rules.member_against(facts, name)) == against


def test_a_visit_is_reported_after_they_left_with_outcomes_that_are_known():
    over = replace(FACTS, state=DelegationState.CONFIRMED, today=date(2026, 3, 18))
    assert codes(rules.report_against(over, "Good", [True])) == []
    assert codes(rules.report_against(over, "", [True, False])) == ["no_summary", "no_outcome"]
    assert codes(rules.report_against(replace(over, today=TODAY), "Good", [])) == ["not_left"]
    assert codes(rules.report_against(FACTS, "Good", [])) == ["not_now", "not_left"]
