"""The rules of homes: states, void days against counting day by day, inventories, meters, rents."""

from __future__ import annotations

import io
import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from parkmgr.errors import Refused
from parkmgr.housing import checking_photos, rules
from parkmgr.housing import checking_rules as checking
from parkmgr.housing.checking_rules import Reading
from parkmgr.housing.rules import Home, Standing, State
from parkmgr.values import Money, Term
from tests.housing.living import day, picture, term

FIRST = date(2026, 1, 1)
days = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def terms(draw: st.DrawFn) -> Term:
    first = draw(days)
    length = draw(st.none() | st.integers(0, 40))
    return Term(first, None if length is None else first + timedelta(days=length))


@given(st.tuples(days, st.integers(0, 50)), st.lists(terms(), max_size=3), st.lists(terms(), max_size=4), st.lists(terms(), max_size=3))
def test_void_days_are_what_counting_day_by_day_gives(
    period: tuple[date, int], there: list[Term], taken: list[Term], works: list[Term]
) -> None:
    whole = Term(period[0], period[0] + timedelta(days=period[1]))
    counted = sum(
        any(one.holds(on) for one in there) and not any(one.holds(on) for one in (*taken, *works))
        for on in (period[0] + timedelta(days=number) for number in range(period[1] + 1))
    )
    assert rules.void_days(whole, there=there, taken=taken, works=works) == counted


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        pytest.param(Standing(), Home.READY, id="nobody"),
        pytest.param(Standing(coming=True), Home.OFFERED, id="agreed for later"),
        pytest.param(Standing("residency", State.OFFERED), Home.OFFERED, id="offered"),
        pytest.param(Standing("residency", State.ACCEPTED), Home.OFFERED, id="nobody has moved in yet"),
        pytest.param(Standing("residency", State.RESIDENT), Home.OCCUPIED, id="somebody lives there"),
        pytest.param(Standing("residency", State.NOTICE, day("2026-02-01")), Home.NOTICE, id="notice was given"),
        pytest.param(Standing("residency", State.NOTICE, day("2026-04-01")), Home.OCCUPIED, id="notice was given later"),
        pytest.param(Standing("residency", State.LEFT), Home.OCCUPIED, id="somebody lived there then"),
        pytest.param(Standing(vacated=True), Home.VACATED, id="vacated"),
        pytest.param(Standing(vacated=True, coming=True), Home.VACATED, id="vacated, and agreed for later"),
        pytest.param(Standing("closure", vacated=True), Home.WORKS, id="works"),
        pytest.param(Standing("lease"), Home.LET, id="an employer has it"),
    ],
)
def test_states_of_a_home(standing: Standing, state: Home) -> None:
    assert rules.home_state(standing, day("2026-03-02")) is state


def test_a_shared_flat_is_what_its_beds_are() -> None:
    assert rules.shared_state([Home.READY, Home.READY]) is Home.READY
    assert rules.shared_state([Home.READY, Home.OCCUPIED]) is Home.PARTLY


@pytest.mark.parametrize(
    ("rent", "percent", "raised"),
    [("1800.50", "2.5", "1846"), ("1000", "0.05", "1000"), ("1000", "0.15", "1002"), ("3", "50", "4"), ("5", "-50", "2")],
)
def test_rents_are_rounded_half_to_even_to_the_yuan(rent: str, percent: str, raised: str) -> None:
    assert rules.raised(Money.of(rent, "CNY"), Decimal(percent)) == Money.of(raised, "CNY")


def test_notice_counts_its_days_and_the_agreed_end_needs_none() -> None:
    facts = rules.Facts("RES-1", State.RESIDENT, "A", term("2026-01-01", "2026-03-20"), day("2026-03-02"), notice_days=30)
    assert rules.notice_against(facts, day("2026-03-02"), day("2026-03-20")) == []
    [short] = rules.notice_against(facts, day("2026-03-02"), day("2026-03-19"))
    assert (short.code, short.facts["earliest"]) == ("housing.short_notice", day("2026-04-01"))
    assert [one.code for one in rules.notice_against(facts, day("2026-03-03"), day("2026-03-01"))] == [
        "housing.to_come",
        "housing.notice_backwards",
    ]


def test_a_meter_is_between_its_neighbours_in_time() -> None:
    read = [Reading("water", day("2026-01-01"), 5), Reading("water", day("2026-05-01"), 9), Reading("gas", day("2026-01-01"), 100)]
    assert checking.meters_against({"water": 5}, day("2026-03-01"), read) == []
    assert checking.meters_against({"water": 9}, day("2026-03-01"), read) == []
    for value in (4, 10):
        assert [one.code for one in checking.meters_against({"water": value}, day("2026-03-01"), read)] == ["housing.meter_backwards"]


@given(st.lists(st.tuples(days, st.integers(0, 1000)), max_size=6), days, st.integers(0, 1000))
def test_whatever_passes_never_makes_a_meter_run_backwards(read: list[tuple[date, int]], on: date, value: int) -> None:
    ordered = sorted(read)
    steady = all(before[1] <= after[1] for before, after in itertools.pairwise(ordered))
    against = checking.meters_against({"water": value}, on, [Reading("water", at, shown) for at, shown in read])
    if steady and not against:
        around = sorted([*((at, 0, shown) for at, shown in read), (on, 1, value)])
        assert all(before[2] <= after[2] for before, after in itertools.pairwise(around))


def test_a_photo_is_written_anew_without_what_the_camera_hid() -> None:
    out = io.BytesIO()
    plain = Image.new("RGB", (2000, 100), "blue")
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    plain.save(out, "JPEG", exif=exif)
    found = Image.open(io.BytesIO(checking_photos.cleaned(out.getvalue())))
    assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (1600, 80), {})
    for kind in ("PNG", "WEBP"):
        assert Image.open(io.BytesIO(checking_photos.cleaned(picture(kind=kind)))).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"GIF89a", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unreadable"),
        (bytes(5 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as told:
        checking_photos.cleaned(content)
    assert [one.code for one in told.value.objections] == [f"housing.photo_{code}"]


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(Refused) as told:
        checking_photos.cleaned(out.getvalue())
    assert told.value.objections[0].code == "housing.photo_pixels"
