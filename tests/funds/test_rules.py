"""A fund's figures: golden values, and what must hold whatever was recorded."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.funds import figures, rules
from parkmgr.funds.rules import Facts, FlowKind, Held, Movement, NoticeKind, Promise, Purpose, RoundFacts, Share, Worth
from parkmgr.values import Money

ON = date(2025, 12, 31)
FIRST = date(2022, 3, 1)
ONE, TWO, COMPANY = 1, 2, 9

GOLDEN = Facts(
    promises=(Promise(ONE, FIRST, 200_000_000),),
    movements=(
        Movement(FlowKind.CONTRIBUTION, FIRST, 100_000_000, partner=ONE),
        Movement(FlowKind.CONTRIBUTION, date(2023, 6, 15), 50_000_000, partner=ONE),
        Movement(FlowKind.INVESTMENT, date(2023, 6, 16), 130_000_000, company=COMPANY),
        Movement(FlowKind.DISTRIBUTION, date(2024, 9, 30), 20_000_000, partner=ONE),
    ),
    worths=(Worth(COMPANY, ON, 180_000_000, "multiples"),),
)


def test_the_golden_fund():
    found = rules.metrics(GOLDEN, ON)
    assert (found.nav, found.cash) == (180_000_000, 0)
    assert [figures.multiple(value) for value in (found.pic, found.dpi, found.rvpi, found.tvpi)] == ["0.75", "0.13", "1.20", "1.33"]
    assert (found.dpi, found.rvpi, found.tvpi) == (Fraction(2, 15), Fraction(6, 5), Fraction(4, 3))
    assert round(float(found.net.value), 6) == 0.091302
    assert found.uncalled == 50_000_000


def test_a_published_fund():
    """Called 87.5, distributed 42.2, worth 91.0: TVPI 1.52, DPI 0.48, RVPI 1.04."""
    facts = Facts(
        (Promise(ONE, FIRST, 10_000),),
        (),
        (
            Movement(FlowKind.CONTRIBUTION, FIRST, 8750, partner=ONE),
            Movement(FlowKind.INVESTMENT, FIRST, 4530, company=COMPANY),
            Movement(FlowKind.DISTRIBUTION, ON, 4220, partner=ONE),
        ),
        (Worth(COMPANY, ON, 9100, "multiples"),),
    )
    found = rules.metrics(facts, ON)
    assert [figures.multiple(value) for value in (found.tvpi, found.dpi, found.rvpi)] == ["1.52", "0.48", "1.04"]


def test_a_recallable_distribution_can_be_called_again():
    told = Share(ONE, NoticeKind.CALL, FIRST, FIRST, Purpose.INVESTMENT, 700, notice=1)
    back = Movement(FlowKind.DISTRIBUTION, date(2023, 1, 5), 300, partner=ONE, purpose="capital", recallable=True)
    facts = Facts((Promise(ONE, FIRST, 1000),), (told,), (back,))
    assert rules.metrics(facts, date(2023, 1, 4)).uncalled == 300
    assert rules.metrics(facts, date(2023, 1, 5)).uncalled == 600


def test_what_is_called_and_not_paid_is_outstanding():
    told = Share(ONE, NoticeKind.CALL, FIRST, FIRST + timedelta(days=20), Purpose.INVESTMENT, 700, notice=1)
    paid = Movement(FlowKind.CONTRIBUTION, FIRST + timedelta(days=20), 400, partner=ONE, notice=1)
    before = Movement(FlowKind.CONTRIBUTION, FIRST, 50, partner=ONE)
    found = rules.metrics(Facts((Promise(ONE, FIRST, 1000),), (told,), (before, paid)), ON)
    assert (found.called, found.paid_in, found.outstanding) == (750, 450, 300)


@pytest.mark.parametrize(
    ("moves", "worths", "value"),
    [
        pytest.param([("investment", 1, 100)], [], 100, id="never valued it stands at cost"),
        pytest.param([("investment", 1, 100)], [(5, 250)], 250, id="valued"),
        pytest.param([("investment", 1, 100), ("investment", 9, 40)], [(5, 250)], 290, id="invested since"),
        pytest.param([("investment", 1, 100), ("capital", 9, 40)], [(5, 250)], 210, id="capital came back since"),
        pytest.param([("investment", 1, 100), ("gain", 9, 40)], [(5, 250)], 250, id="a gain takes no value"),
        pytest.param([("investment", 1, 100), ("capital", 5, 40)], [(5, 250)], 250, id="of the day itself the valuation knows"),
        pytest.param([("investment", 1, 100)], [(5, 250), (7, 60)], 60, id="the newest counts"),
        pytest.param([("investment", 1, 100)], [(20, 500)], 100, id="a later one does not"),
        pytest.param([("investment", 1, 100), ("capital", 9, 400)], [(5, 250)], 0, id="never below nothing"),
    ],
)
def test_what_a_company_is_worth(moves, worths, value):
    movements = tuple(
        Movement(FlowKind.INVESTMENT, date(2026, 1, day), minor, company=COMPANY)
        if what == "investment"
        else Movement(FlowKind.PROCEEDS, date(2026, 1, day), minor, company=COMPANY, purpose=what)
        for what, day, minor in moves
    )
    facts = Facts(movements=movements, worths=tuple(Worth(COMPANY, date(2026, 1, day), minor, "multiples") for day, minor in worths))
    assert rules.fair_values(facts, date(2026, 1, 12)) == {COMPANY: value}


def test_the_j_curve_goes_down_and_up_by_quarters():
    assert rules.curve(GOLDEN, date(2022, 8, 1)) == [
        (date(2022, 3, 31), -100_000_000),
        (date(2022, 6, 30), -100_000_000),
        (date(2022, 8, 1), -100_000_000),
    ]
    assert rules.curve(GOLDEN, ON)[-1] == (ON, -130_000_000)
    assert [(year.year, year.contributed, year.distributed) for year in rules.years(GOLDEN, ON)][:3] == [
        (2022, 100_000_000, 0),
        (2023, 50_000_000, 0),
        (2024, 0, 20_000_000),
    ]


def test_ownership_is_diluted_by_later_rounds():
    rounds = [
        RoundFacts(1, date(2020, 1, 1), "Founding", "founding", "CNY", 0, None, 1000),
        RoundFacts(2, date(2021, 1, 1), "A", "equity", "CNY", 500, 2000, 1250, (Held(7, None, 250, 500),)),
        RoundFacts(3, date(2022, 1, 1), "B", "equity", "CNY", 900, 3600, 1500, (Held(None, 3, 100, 360),)),
        RoundFacts(4, date(2022, 6, 1), "Note", "convertible", "CNY", 10, None, None, (Held(7, None, 0, 10),)),
    ]
    assert rules.ownership(rounds, date(2021, 6, 1)).by_fund == {7: Fraction(1, 5)}
    after = rules.ownership(rounds, ON)
    assert (after.by_fund, after.by_organisation, after.others) == ({7: Fraction(1, 6)}, {3: Fraction(1, 15)}, Fraction(23, 30))
    assert (after.is_related(166), after.is_related(167)) == (True, False)
    assert rules.ownership(rounds, date(2019, 1, 1)) is None


amounts = st.integers(1, 10**11)
days = st.dates(FIRST, ON)


@st.composite
def funds(draw):
    """A fund of some partners with any flows; nothing in it need be sensible."""
    partners = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6, unique=True))
    promises = tuple(Promise(partner, FIRST, draw(amounts)) for partner in partners)
    moves = []
    for kind in draw(st.lists(st.sampled_from(list(FlowKind)), max_size=12)):
        of_partner = kind in rules.OF_PARTNER
        moves.append(
            Movement(
                kind,
                draw(days),
                draw(amounts),
                partner=draw(st.sampled_from(partners)) if of_partner else None,
                company=draw(st.integers(10, 12)) if kind in rules.OF_COMPANY else None,
                purpose=draw(st.sampled_from(["capital", "gain", "income"])) if kind is FlowKind.PROCEEDS else "",
            )
        )
    moves.sort(key=lambda move: move.on)
    worths = [Worth(draw(st.integers(10, 12)), draw(days), draw(amounts), "multiples") for _ in range(draw(st.integers(0, 4)))]
    return Facts(promises, (), tuple(moves), tuple(sorted(worths, key=lambda worth: worth.on)))


@given(funds(), days)
def test_whatever_was_recorded_the_parts_sum_to_the_whole(facts, on):
    found, partners = rules.metrics(facts, on), rules.partners(facts, on)
    for name in ("committed", "called", "paid_in", "distributed", "nav"):
        assert sum(getattr(one, name) for one in partners.values()) == getattr(found, name)
    if found.paid_in:
        assert found.tvpi == found.dpi + found.rvpi


@given(funds(), days, days)
def test_a_capital_account_ties_to_the_coin(facts, one, other):
    since, on = sorted((one, other))
    account = rules.account(facts, since, on)
    assert account.beginning + account.contributions + account.distributions + account.result == account.ending
    assert account.ending == rules.metrics(facts, on).nav
    assert account.beginning == rules.metrics(facts, since - timedelta(days=1)).nav


@given(st.lists(amounts, min_size=1, max_size=12), st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
def test_calls_sum_to_the_coin(lines, promised):
    asked = {purpose: Money(minor, "CNY") for purpose, minor in zip(Purpose, lines, strict=False)}
    told = rules.split(asked, dict(enumerate(promised)))
    for purpose, money in asked.items():
        assert sum(parts[purpose].minor for parts in told.values()) == money.minor
        assert all(parts[purpose].minor >= 0 for parts in told.values())
