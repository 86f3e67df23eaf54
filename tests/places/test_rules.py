"""What may become of places."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.places import rules
from parkmgr.places.rules import Facts, Part, Particular, Stretch
from parkmgr.values import Area, Names

OFFICE = Particular("office", area=Area.of(40), area_basis="IPMS3")
LAB = Particular("laboratory")
START, DAY = date(2020, 1, 1), date(2026, 3, 2)


def facts(*, held_until: date | None = None, divided: bool = False, starts_on: date = START, ends_on: date = date.max) -> Facts:
    return Facts("A-1", (Stretch(starts_on, ends_on, OFFICE),), held_until, divided)


def codes(objections: list[rules.Objection]) -> list[str]:
    return [objection.code.removeprefix("places.") for objection in objections]


@pytest.mark.parametrize("code", ["A", "LAB-A-3.12", "3/12", "К-12а", "主楼 201", "A - 1", "A_b", "x" * 60])
def test_a_code_that_people_write_is_a_code(code: str) -> None:
    assert not rules.code_objections(code)


@pytest.mark.parametrize(
    "code", ["", " A", "A ", "-A", "A/", "A//B", "A/../B", "A  B", "A\n", "A<b>", "A\x00B", "A\u202eB", "A?b", "A#b", "x" * 61, "A%2FB"]
)
def test_a_code_that_would_mislead_an_address_is_none(code: str) -> None:
    assert codes(rules.code_objections(code)) == ["code_shape"]


def test_a_slash_is_for_spaces_only() -> None:
    assert codes(rules.code_objections("3/12", of_space=False)) == ["code_shape"]


@given(st.text())
def test_the_sentence_about_a_code_can_be_shown(code: str) -> None:
    assert all(str(objection).encode() for objection in rules.code_objections(code))


@pytest.mark.parametrize(
    ("names", "against"),
    [
        (Names("Office"), []),
        (Names("<script>"), []),
        (Names(zh="办" * 201), ["name_long"]),
        (Names(ru="а\x07"), ["name_unreadable"]),
        (Names("a\u202eb"), ["name_unreadable"]),
        (Names("\ud800"), ["name_unreadable"]),
        (Names("x" * 65536 + "\x00"), ["name_long", "name_unreadable"]),
        (None, []),
    ],
)
def test_names_are_short_and_legible(names: Names | None, against: list[str]) -> None:
    assert codes(rules.name_objections(names)) == against


def test_a_parks_settings_are_real() -> None:
    assert not rules.park_objections("Asia/Shanghai", "CNY", "CN")
    assert codes(rules.park_objections("Asia/Nowhere", "yuan", "China")) == ["time_zone_unknown", "currency_unknown", "country_unknown"]


@pytest.mark.parametrize(
    ("particular", "against"),
    [
        (OFFICE, []),
        (Particular("castle"), ["kind_unknown"]),
        (Particular("office", area=Area.of(40), area_basis="feet"), ["basis_unknown"]),
        (Particular("office", area=Area.of(20_000_000)), ["area_large"]),
        (Particular("office", capacity=-1), ["capacity_bounds"]),
    ],
)
def test_particulars_are_of_known_kinds_and_sizes(particular: Particular, against: list[str]) -> None:
    assert codes(rules.particular_objections(particular)) == against


def test_a_change_leaves_what_was_before() -> None:
    assert rules.changed(facts().stretches, DAY, LAB) == [Stretch(START, DAY, OFFICE), Stretch(DAY, date.max, LAB)]


def test_a_change_on_the_first_day_replaces() -> None:
    assert rules.changed(facts().stretches, START, LAB) == [Stretch(START, date.max, LAB)]


def test_a_change_to_the_same_is_none() -> None:
    assert rules.changed(facts().stretches, DAY, OFFICE) == [Stretch(START, date.max, OFFICE)]


def test_a_change_stops_where_the_next_was_planned() -> None:
    planned = [Stretch(START, DAY, OFFICE), Stretch(DAY, date.max, LAB)]
    changed = rules.changed(planned, date(2024, 1, 1), Particular("storage"))
    assert [(s.starts_on, s.particular.kind) for s in changed] == [(START, "office"), (date(2024, 1, 1), "storage"), (DAY, "laboratory")]


DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))
CHANGES = st.lists(st.tuples(DAYS, st.sampled_from([OFFICE, LAB, Particular("desk"), Particular("storage")])), max_size=8)


@given(DAYS, CHANGES, DAYS)
def test_however_it_changes_it_is_one_thing_on_each_day(starts_on: date, changes: list[tuple[date, Particular]], day: date) -> None:
    stretches = [Stretch(starts_on, date.max, OFFICE)]
    for from_on, particular in changes:
        stretches = rules.changed(stretches, from_on, particular)
    covering = [stretch for stretch in stretches if stretch.starts_on <= day < stretch.ends_on]
    assert len(covering) == (1 if day >= starts_on else 0)
    assert all(a.ends_on == b.starts_on for a, b in pairwise(stretches))


@given(DAYS, CHANGES, DAYS)
def test_what_is_retired_ends_on_the_day_and_was_the_same_before(starts_on: date, changes: list[tuple[date, Particular]], on: date) -> None:
    stretches = [Stretch(starts_on, date.max, OFFICE)]
    for from_on, particular in changes:
        stretches = rules.changed(stretches, from_on, particular)
    ended = rules.ended(stretches, on)
    assert rules.on(ended, on) is None
    before = on - timedelta(days=1)
    was, had = rules.on(ended, before), rules.on(stretches, before)
    assert (was and was.particular) == (had and had.particular)


@pytest.mark.parametrize(
    ("known", "against"),
    [
        pytest.param(facts(), [], id="a free space"),
        pytest.param(facts(held_until=date(2026, 3, 1)), [], id="held until the day before"),
        pytest.param(facts(held_until=DAY), ["held"], id="held on the day"),
        pytest.param(facts(held_until=date.max), ["held"], id="held without an end"),
        pytest.param(facts(starts_on=date(2026, 4, 1)), ["not_there"], id="begins later"),
        pytest.param(facts(ends_on=DAY), ["not_there"], id="retired before"),
        pytest.param(facts(starts_on=DAY), ["just_begun"], id="begins on the day"),
    ],
)
def test_a_space_is_retired_when_nobody_has_it(known: Facts, against: list[str]) -> None:
    assert codes(rules.retire_objections(known, DAY)) == against


def test_the_objection_says_from_when_it_is_free() -> None:
    (held,) = rules.retire_objections(facts(held_until=date(2026, 12, 31)), DAY)
    assert held.facts["until"] == date(2026, 12, 31)
    assert held.facts["free_on"] == date(2027, 1, 1)


def part(code: str, m2: int | None = None) -> Part:
    return Part(code, Particular("office", area=None if m2 is None else Area.of(m2)))


@pytest.mark.parametrize(
    ("parts", "against"),
    [
        pytest.param([part("A", 20), part("B", 20)], [], id="two halves"),
        pytest.param([part("A", 30), part("B")], [], id="one half not measured"),
        pytest.param([part("A", 20), part("B", 21)], ["parts_large"], id="more than the whole"),
        pytest.param([part("A", 20)], ["parts_few"], id="one part"),
        pytest.param([part("A"), part("A")], ["code_twice"], id="one code twice"),
        pytest.param([part("A"), part("-")], ["code_shape"], id="no code"),
    ],
)
def test_parts_fit_into_the_whole(parts: list[Part], against: list[str]) -> None:
    assert codes(rules.split_objections(facts(), parts, DAY)) == against
    assert codes(rules.divide_objections(facts(), parts, DAY)) == against


def test_all_objections_are_said_at_once() -> None:
    against = rules.split_objections(facts(held_until=date.max, divided=True), [part("A", 41)], DAY)
    assert codes(against) == ["has_parts", "held", "parts_few", "parts_large"]


def test_a_whole_that_is_not_measured_takes_any_parts() -> None:
    unknown = Facts("A-1", (Stretch(START, date.max, LAB),))
    assert not rules.split_objections(unknown, [part("A", 500), part("B", 500)], DAY)


@pytest.mark.parametrize(
    ("spaces", "where", "against"),
    [
        pytest.param([facts(), facts()], [(1, None), (1, None)], [], id="neighbours"),
        pytest.param([facts()], [(1, None)], ["spaces_few"], id="only one"),
        pytest.param([facts(), facts()], [(1, None), (2, None)], ["not_together"], id="in two buildings"),
        pytest.param([facts(), facts()], [(1, 7), (1, None)], ["not_together"], id="a part and a whole"),
        pytest.param([facts(), facts(divided=True)], [(1, None), (1, None)], ["has_parts"], id="one has parts"),
        pytest.param([facts(), facts(held_until=DAY)], [(1, None), (1, None)], ["held"], id="one is let"),
    ],
)
def test_spaces_are_merged_when_they_are_together_and_free(
    spaces: list[Facts], where: list[tuple[int, int | None]], against: list[str]
) -> None:
    assert codes(rules.merge_objections(spaces, where, DAY)) == against


def test_only_what_never_mattered_is_removed() -> None:
    assert not rules.remove_objections(facts(), was_held=False, has_history=False, needed=False)
    against = rules.remove_objections(facts(divided=True), was_held=True, has_history=True, needed=True)
    assert codes(against) == ["has_parts", "was_held", "has_history", "needed"]
