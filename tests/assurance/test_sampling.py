"""Samples: the same seed draws the same, every method draws as it says, and nothing depends on the order of what is drawn from."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.assurance import sampling
from parkmgr.assurance.sampling import Item

ITEMS = [Item(f"L-{number:03d}", "CNY" if number % 4 else "RUB", 100 * number) for number in range(1, 41)]

populations = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 5000)), min_size=1, max_size=60).map(
    lambda rows: [Item(str(number), stratum, amount) for number, (stratum, amount) in enumerate(rows)]
)


def keys(method: str, size: int, seed: str = "seed") -> list[str]:
    return [item.key for item in sampling.drawn(ITEMS, method, size, seed)]


def test_known_answers_never_change():
    assert keys("simple", 5) == ["L-003", "L-011", "L-015", "L-027", "L-028"]
    assert keys("stratified", 8) == ["L-003", "L-007", "L-011", "L-015", "L-027", "L-028", "L-030", "L-040"]
    assert keys("monetary", 5) == ["L-010", "L-021", "L-027", "L-033", "L-038"]


@given(populations, st.sampled_from(sorted(sampling.METHODS)), st.integers(1, 60), st.text(max_size=8), st.randoms())
def test_a_sample_is_of_the_population_and_depends_on_no_order(items, method, size, seed, random):
    if sampling.objections(items, method, size):
        return
    found = sampling.drawn(items, method, size, seed)
    mixed = list(items)
    random.shuffle(mixed)
    assert sampling.drawn(mixed, method, size, seed) == found
    assert sampling.fingerprint(mixed) == sampling.fingerprint(items)
    assert len({item.key for item in found}) == len(found)
    assert {item.key for item in found} <= {item.key for item in items}
    assert sum(item.hits for item in found) == size


@given(populations, st.data())
def test_each_group_is_drawn_in_proportion(items, data):
    size = data.draw(st.integers(1, len(items)))
    counts = {stratum: sum(item.stratum == stratum for item in items) for stratum in {item.stratum for item in items}}
    found = sampling.drawn(items, "stratified", size, "s")
    for stratum, count in counts.items():
        assert abs(sum(item.stratum == stratum for item in found) - Fraction(size * count, len(items))) < 1


@given(populations, st.integers(1, 60))
def test_what_is_larger_than_the_interval_is_always_drawn(items, size):
    if sampling.objections(items, "monetary", size):
        return
    interval = Fraction(sum(item.amount for item in items), size)
    found = {item.key: item.hits for item in sampling.drawn(items, "monetary", size, "s")}
    for item in items:
        assert int(item.amount / interval) <= found.get(item.key, 0) <= int(item.amount / interval) + 1
        assert item.amount or item.key not in found


def test_every_coin_has_the_same_chance():
    items = [Item("A", "", 100), Item("B", "", 300)]
    hits = [sampling.drawn(items, "monetary", 1, str(seed))[0].key for seed in range(2000)]
    assert 400 < hits.count("A") < 600


def test_another_seed_draws_another_sample():
    assert len({tuple(keys("simple", 5, str(seed))) for seed in range(50)}) == 50


@pytest.mark.parametrize(
    ("items", "method", "size", "code"),
    [
        ([], "simple", 1, "empty"),
        (ITEMS, "simple", 0, "bad_size"),
        (ITEMS, "simple", 2001, "bad_size"),
        (ITEMS, "simple", 41, "too_few"),
        (ITEMS, "stratified", 41, "too_few"),
        ([Item("A", "")], "monetary", 1, "no_amount"),
        (ITEMS, "dice", 1, "no_method"),
    ],
)
def test_what_cannot_be_drawn_is_refused(items, method, size, code):
    assert [one.code for one in sampling.objections(items, method, size)] == [f"assurance.{code}"]


def test_a_sample_by_amount_may_be_larger_than_the_population():
    assert sampling.objections(ITEMS, "monetary", 400) == []
    assert sum(item.hits for item in sampling.drawn(ITEMS, "monetary", 400, "s")) == 400


@given(populations, st.data())
def test_another_population_has_another_fingerprint(items, data):
    place = data.draw(st.integers(0, len(items) - 1))
    one = items[place]
    for other in ([*items[:place], *items[place + 1 :]], [*items[:place], Item(one.key, one.stratum, one.amount + 1), *items[place + 1 :]]):
        assert sampling.fingerprint(other) != sampling.fingerprint(items)
