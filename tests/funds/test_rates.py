"""Rates of return: known answers, and what has none."""

from __future__ import annotations

import csv
import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.funds import rates
from parkmgr.funds.rates import xirr

SAMPLES = Path(__file__).parent / "xirr"
FINER = 1_000_000
"""The samples' amounts have more places than coins; they are counted in millionths."""


def flows_of(name: str) -> list[tuple[date, int]]:
    rows = csv.reader((SAMPLES / name).read_text(encoding="utf-8").splitlines())
    return [(date.fromisoformat(day), round(Decimal(amount) * FINER)) for day, amount in rows if day[:1].isdigit()]


def worth(flows: list[tuple[date, int]], rate: float) -> float:
    first = min(day for day, _ in flows)
    return math.fsum(amount / (1 + rate) ** ((day - first).days / 365) for day, amount in flows)


KNOWN = [row for row in csv.DictReader((SAMPLES / "expected.csv").read_text(encoding="utf-8").splitlines()) if row["function"] == "xirr"]


@pytest.mark.parametrize("row", [row for row in KNOWN if row["expected"] != "nan"], ids=lambda row: row["file"])
def test_a_known_answer_is_among_the_rates_that_are_found(row):
    """Where it is the only one, it is the answer; where flows fit several rates, none is given, and all of them are counted."""
    flows = flows_of(row["file"])
    found, answer = rates.rates(sorted(flows)), xirr(flows)
    assert any(math.isclose(rate, float(row["expected"]), rel_tol=1e-6, abs_tol=1e-7) for rate in found)
    if len(found) == 1:
        assert math.isclose(float(answer.value), float(row["expected"]), rel_tol=1e-6, abs_tol=1e-9)
    else:
        assert (answer.value, answer.why.code) == (None, "funds.many_rates")


@pytest.mark.parametrize("row", [row for row in KNOWN if row["expected"] == "nan"], ids=lambda row: row["file"])
def test_where_no_answer_is_known_there_is_none_or_it_is_proved(row):
    """For one sample of which no rate was known there is one: at it the flows are worth nothing."""
    flows = flows_of(row["file"])
    answer = xirr(flows)
    if row["file"] == "30-45.csv":
        rate = float(answer.value)
        assert (worth(flows, rate - 1e-6) < 0) != (worth(flows, rate + 1e-6) < 0)
    else:
        assert answer.value is None
        assert answer.why is not None


def test_the_manuals_example():
    days = ("2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01")
    amounts = (-10000, 2750, 4250, 3250, 2750)
    answer = xirr((date.fromisoformat(day), amount) for day, amount in zip(days, amounts, strict=True))
    assert math.isclose(float(answer.value), 0.373362535, abs_tol=1e-8)


@pytest.mark.parametrize(
    ("flows", "code"),
    [
        ([], "funds.no_flows"),
        ([(date(2026, 1, 1), 0)], "funds.no_flows"),
        ([(date(2026, 1, 1), -5), (date(2026, 2, 1), -5)], "funds.one_sign"),
        ([(date(2026, 1, 1), 5)], "funds.one_sign"),
        ([(date(2026, 1, 1), -5), (date(2026, 1, 1), 5)], "funds.no_flows"),
        ([(date(2026, 1, 1), -100), (date(2026, 6, 1), 300), (date(2027, 1, 1), -400)], "funds.no_rate"),
    ],
)
def test_what_has_no_rate_says_why(flows, code):
    answer = xirr(flows)
    assert (answer.value, answer.why.code) == (None, code)


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 10**9)), min_size=1, max_size=8),
    st.integers(1, 10**10),
    st.integers(1, 2000),
)
def test_flows_that_turn_once_have_at_most_one_rate_and_it_fits(paid, got, after):
    start = date(2012, 1, 2)
    flows = [(date.fromordinal(start.toordinal() + day), -amount) for day, amount in paid]
    last = date.fromordinal(max(day for day, _ in flows).toordinal() + after)
    answer = xirr([*flows, (last, got)])
    if answer.value is None:
        assert answer.why.code == "funds.no_rate"
    else:
        rate, all_flows = float(answer.value), [*flows, (last, got)]
        moved = worth([(day, abs(amount)) for day, amount in all_flows], rate)
        assert abs(worth(all_flows, rate)) <= moved * 1e-6
