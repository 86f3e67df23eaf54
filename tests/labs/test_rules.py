"""Who may work at a space, and when people are reminded: tables of cases."""

from __future__ import annotations

from datetime import date

import pytest

from parkmgr.labs.rules import Bench, Demand, EquipmentState, Permit, Worker, lapses_on, media_type, objections, reminder, state_objections
from parkmgr.values import Names

DAY = date(2026, 3, 3)
LASER, SAFETY = Demand("laser", Names("Lasers"), "Ask the officer."), Demand("safety", Names("Safety"))


def worker(**permits: Permit) -> Worker:
    return Worker(1, "P-1", "MSU", permits)


def permit(until: date = date(2027, 1, 1), lapses: date | None = None) -> Permit:
    return Permit("PM-1", until, lapses, 30)


@pytest.mark.parametrize(
    ("bench", "who", "codes"),
    [
        pytest.param(Bench(), None, [], id="no laboratory"),
        pytest.param(Bench(EquipmentState.OPERATIONAL), None, [], id="nothing is asked for"),
        pytest.param(Bench(EquipmentState.COMMISSIONING), None, ["not_in_use"], id="being commissioned"),
        pytest.param(Bench(EquipmentState.DOWN), None, [], id="down: its closure says so"),
        pytest.param(Bench(None, (LASER,)), None, ["nobody"], id="nobody named"),
        pytest.param(Bench(None, (LASER,)), worker(), ["no_permit"], id="no permit"),
        pytest.param(Bench(None, (LASER, SAFETY)), worker(laser=permit()), ["no_permit"], id="one of two"),
        pytest.param(Bench(None, (LASER,)), worker(laser=permit(DAY)), [], id="on its last day"),
        pytest.param(Bench(None, (LASER,)), worker(laser=permit(date(2026, 3, 2))), ["permit_ends"], id="the day after"),
        pytest.param(Bench(None, (LASER,)), worker(laser=permit(lapses=DAY)), [], id="on the last day before it lapses"),
        pytest.param(Bench(None, (LASER,)), worker(laser=permit(lapses=date(2026, 3, 2))), ["permit_unused"], id="lapsed"),
    ],
)
def test_who_may_work(bench, who, codes):
    assert [one.code for one in objections("EM-1", DAY, bench, who)] == [f"labs.{code}" for code in codes]


def test_what_is_missing_is_named_with_how_to_get_it():
    [laser, safety] = objections("EM-1", DAY, Bench(None, (LASER, SAFETY)), worker())
    assert str(laser) == "P-1 has no permit Lasers, which EM-1 needs. How to get it: Ask the officer."
    assert str(safety) == "P-1 has no permit Safety, which EM-1 needs: ask who runs the laboratory."


@pytest.mark.parametrize(
    ("granted", "used", "days", "last"),
    [
        (date(2026, 1, 1), None, None, None),
        (date(2026, 1, 1), None, 30, date(2026, 1, 31)),
        (date(2026, 1, 1), date(2026, 2, 1), 30, date(2026, 3, 3)),
        (date(2026, 1, 1), date(2025, 2, 1), 30, date(2026, 1, 31)),
    ],
)
def test_when_a_permit_lapses(granted, used, days, last):
    assert lapses_on(granted, used, days) == last


@pytest.mark.parametrize(
    ("until", "lapses", "reminded", "what"),
    [
        pytest.param(date(2026, 6, 1), None, None, "", id="far off"),
        pytest.param(date(2026, 5, 2), None, None, "ends", id="sixty days before"),
        pytest.param(date(2026, 4, 20), None, date(2026, 3, 1), "", id="told already"),
        pytest.param(date(2026, 3, 17), None, date(2026, 1, 16), "ends", id="fourteen days before, told at sixty"),
        pytest.param(date(2026, 3, 10), None, date(2026, 3, 1), "", id="told twice"),
        pytest.param(date(2026, 3, 2), None, None, "", id="over"),
        pytest.param(date(2027, 1, 1), date(2026, 4, 2), None, "lapses", id="thirty days before it lapses"),
        pytest.param(date(2027, 1, 1), date(2026, 3, 20), date(2026, 3, 1), "", id="told that it lapses"),
    ],
)
def test_when_people_are_reminded(until, lapses, reminded, what):
    assert reminder(until, lapses, reminded, DAY) == what


@pytest.mark.parametrize(
    ("now_is", "wanted", "bookable", "codes"),
    [
        ("commissioning", "operational", False, []),
        ("commissioning", "down", False, ["cannot_become"]),
        ("operational", "down", False, []),
        ("operational", "down", True, ["write_downtime"]),
        ("down", "operational", True, ["is_down"]),
        ("down", "operational", False, []),
        ("retired", "operational", False, ["gone"]),
    ],
)
def test_which_state_may_follow(now_is, wanted, bookable, codes):
    against = state_objections("EQ-1", EquipmentState(now_is), EquipmentState(wanted), "because", bookable=bookable)
    assert [one.code for one in against] == [f"labs.{code}" for code in codes]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.exe", b"MZ\x90\x00\xff", None),
        ("a.docx", b"PK\x03\x04...", "application/zip"),
        ("a.zip", b"PK\x03\x04...", None),
        ("a.txt", "Правила".encode(), "text/plain"),
        ("a.txt", b"\x00\x01", None),
    ],
)
def test_what_a_file_is(name, content, found):
    assert media_type(name, content) == found
