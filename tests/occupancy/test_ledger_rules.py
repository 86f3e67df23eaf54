"""How what is in the way is said, and how spans are joined."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.occupancy.rules import Blocking, covered, joined, objection
from parkmgr.values import FOREVER, Span

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)


def hours(first: int, last: int) -> Span:
    return Span(ORIGIN + timedelta(hours=first), ORIGIN + timedelta(hours=last))


@pytest.mark.parametrize(
    ("blocking", "said"),
    [
        pytest.param(
            Blocking("A-1", date(2026, 1, 1), date(2026, 6, 30)),
            "A-1 is taken from 2026-01-01 to 2026-06-30; it is free from 2026-07-01.",
            id="by somebody whom the reader may not know",
        ),
        pytest.param(
            Blocking("A-1", date(2026, 1, 1), date(2026, 6, 30), "Rayak", "L-2026-0001"),
            "A-1 is taken from 2026-01-01 to 2026-06-30 by Rayak (L-2026-0001); it is free from 2026-07-01.",
            id="by somebody",
        ),
        pytest.param(Blocking("A-1", date(2026, 1, 1), None), "A-1 is taken from 2026-01-01 on, without an end.", id="for ever"),
        pytest.param(
            Blocking("A-1", date(2026, 1, 1), None, "Rayak", "L-2026-0001"),
            "A-1 is taken from 2026-01-01 on, without an end, by Rayak (L-2026-0001).",
            id="for ever by somebody",
        ),
    ],
)
def test_what_is_in_the_way_is_said(blocking: Blocking, said: str) -> None:
    assert str(objection(blocking)) == said


def test_spans_that_touch_become_one() -> None:
    assert joined([hours(5, 7), hours(1, 2), hours(2, 4)]) == [hours(1, 4), hours(5, 7)]


@pytest.mark.parametrize(("span", "is_covered"), [(hours(1, 4), True), (hours(3, 6), False), (hours(5, 6), True)])
def test_a_span_is_covered_by_spans_that_touch(span: Span, is_covered: bool) -> None:
    assert covered(span, [hours(2, 4), hours(1, 2), hours(5, 7)]) is is_covered


def test_what_has_no_end_covers_what_has_none() -> None:
    assert covered(Span(ORIGIN, FOREVER), [Span(ORIGIN - timedelta(days=1), FOREVER)])


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)).map(lambda pair: hours(pair[0], pair[0] + pair[1])), max_size=12)


@given(spans, st.integers(0, 80))
def test_joining_loses_and_adds_no_instant(parts: list[Span], hour: int) -> None:
    instant = ORIGIN + timedelta(hours=hour)
    assert any(part.holds(instant) for part in parts) == any(whole.holds(instant) for whole in joined(parts))


@given(spans)
def test_joined_spans_never_touch(parts: list[Span]) -> None:
    whole = joined(parts)
    assert all(one.ends_at < later.starts_at for one, later in pairwise(whole))
