"""How an agreement does: each reason by itself, and the gravest as its mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.cooperation.health_rules import Health, Mark
from parkmgr.cooperation.rules import AgreementState
from parkmgr.values import Names

ON = date(2026, 7, 1)
WELL = Health(
    1, "AG-1", "framework", Names("F"), (), ON, AgreementState.ACTIVE, date(2025, 4, 1), date(2027, 12, 31), last_on=date(2026, 6, 1),
    planned={}, done={},
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "mark", "reasons"),
    [
        ({}, Mark.GOOD, []),
        ({"ends_on": date(2026, 9, 29)}, Mark.ACT, ["ends"]),
        ({"ends_on": date(2026, 9, 29), "goes_on": True}, Mark.GOOD, []),
        ({"state": AgreementState.RENEWAL_DUE, "ends_on": date(2026, 9, 30)}, Mark.WATCH, ["renewal"]),
        ({"last_on": date(2025, 12, 31)}, Mark.WATCH, ["quiet"]),
        ({"last_on": date(2025, 6, 30)}, Mark.ACT, ["quiet"]),
        ({"last_on": None}, Mark.ACT, ["never"]),
        ({"last_on": None, "starts_on": date(2026, 5, 1)}, Mark.GOOD, []),
        ({"planned": {"visit": 5}, "done": {"visit": 1}}, Mark.WATCH, ["behind"]),
        ({"planned": {"visit": 5}, "done": {"visit": 2}}, Mark.GOOD, []),
        ({"planned": {"visit": 5}, "done": {"event": 9}}, Mark.WATCH, ["behind"]),
        ({"overdue_since": (date(2026, 6, 20),)}, Mark.WATCH, ["overdue"]),
        ({"overdue_since": (date(2026, 5, 20), date(2026, 6, 20))}, Mark.ACT, ["overdue"]),
        ({"state": AgreementState.SIGNED, "last_on": None}, Mark.COMING, []),
        ({"state": AgreementState.EXPIRED, "last_on": None}, Mark.OVER, []),
    ],
)
def test_each_reason_has_its_gravity(change, mark, reasons):
    found = replace(WELL, **change)
    assert (found.mark, [one.code.partition(".")[2] for _mark, one in found.reasons]) == (mark, reasons)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 50)), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50)), st.dates()
)
def test_never_more_is_done_or_due_than_is_planned(planned, done, on):
    found = replace(WELL, on=on, planned=planned, done=done)
    assert 0 <= found.done_count <= found.planned_count
    assert 0 <= found.due_count <= found.planned_count
