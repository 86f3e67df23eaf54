"""Deeds of funds, on both engines: what they write, and everything that is against them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from parkmgr.audit import queries as audit
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.funds import actions, queries, rules
from parkmgr.funds.deed_rules import FundAsked, Investor, RoundAsked
from parkmgr.funds.models import Commitment, Flow, Fund, FundNotice, NoticeShare, Round, Valuation
from parkmgr.funds.rules import FlowKind, Instrument, Method, Purpose
from parkmgr.notices.models import Notice
from parkmgr.policy import SYSTEM
from parkmgr.values import Money, Names
from tests.funds.conftest import STARTS_ON, TODAY, manager_of, partner_of


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    """What is done inside is refused for exactly these reasons."""
    with pytest.raises(Refused) as caught:
        yield
    assert sorted(one.code.removeprefix("funds.") for one in caught.value.objections) == sorted(codes)
    db.session.rollback()


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def metrics(venture, on=TODAY, known=None):
    return rules.metrics(queries.facts([venture.fund_id], known)[venture.fund_id], on)


# Calls


def test_a_call_is_divided_by_commitment_to_the_coin(venture):
    notice = venture.call(100_001)
    parts = queries.parts(notice.id)
    assert [parts[venture.ids[name]].total for name in ("BIG", "SMALL")] == [66_667, 33_334]
    assert (notice.number, metrics(venture).called, metrics(venture).uncalled) == ("CALL-2025-0001", 100_001, 199_999)


def test_a_double_click_is_one_call(venture):
    assert venture.call(key="once").number == venture.call(key="once").number
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FundNotice)) == 1


@pytest.mark.parametrize(
    ("lines", "told", "due", "codes"),
    [
        pytest.param({Purpose.FEE: yuan(300_003)}, "2025-02-03", "2025-03-10", ["above_uncalled"] * 2, id="above the uncalled"),
        pytest.param({Purpose.FEE: yuan(100)}, "2025-02-03", "2025-02-13", ["short_notice"], id="eight business days and a half"),
        pytest.param({}, "2025-02-03", "2025-03-10", ["no_lines"], id="nothing"),
        pytest.param({Purpose.FEE: yuan(0)}, "2025-02-03", "2025-03-10", ["not_positive"], id="nought"),
        pytest.param({Purpose.FEE: Money(5, "USD")}, "2025-02-03", "2025-03-10", ["other_currency"], id="another currency"),
        pytest.param({Purpose.FEE: yuan(5)}, "2025-01-03", "2025-03-10", ["too_early", "no_promises"], id="before the fund"),
        pytest.param({Purpose.FEE: yuan(5)}, "2026-03-03", "2026-04-10", ["to_come"], id="told tomorrow"),
    ],
)
def test_what_is_against_a_call_is_said_at_once(venture, now, lines, told, due, codes):
    with refused(*codes), transaction():
        actions.call(venture.fund, lines, date.fromisoformat(told), date.fromisoformat(due), actor=SYSTEM, now=now)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FundNotice)) == 0


def test_a_call_above_what_one_partner_has_left_is_refused_by_its_name(venture, now):
    venture.call(150_000)
    with pytest.raises(Refused) as caught, transaction():
        actions.call(venture.fund, {Purpose.FEE: yuan(150_001)}, date(2025, 4, 1), date(2025, 5, 30), actor=SYSTEM, now=now)
    assert {one.facts["partner"] for one in caught.value.objections} == {"BIG"}


def test_partners_with_an_account_are_told(venture):
    partner_of(venture, "BIG", email="big@example.org")
    partner_of(venture, "OTHER", email="other@example.org")
    number = venture.call().number
    [notice] = db.session.scalars(sa.select(Notice))
    assert (notice.address, number in notice.subject) == ("big@example.org", True)


# Receipts


def test_a_call_is_paid_in_parts(venture):
    notice = venture.call(90_000)
    venture.receive(notice, "BIG", 25_000)
    venture.receive(notice, "BIG", 35_000, date(2025, 4, 1))
    assert queries.parts(notice.id)[venture.ids["BIG"]].outstanding == 0
    assert (metrics(venture, date(2025, 3, 31)).paid_in, metrics(venture).outstanding) == (25_000, 30_000)


@pytest.mark.parametrize(
    ("partner", "money", "on", "codes"),
    [
        ("BIG", yuan(60_001), "2025-03-10", ["too_much"]),
        ("BIG", yuan(0), "2025-03-10", ["not_positive"]),
        ("BIG", Money(5, "RUB"), "2025-03-10", ["other_currency"]),
        ("OTHER", yuan(5), "2025-03-10", ["not_asked"]),
        ("BIG", yuan(5), "2025-02-02", ["before_notice"]),
        ("BIG", yuan(5), "2025-01-05", ["too_early"]),
        ("BIG", yuan(60_001), "2027-01-01", ["to_come", "too_much"]),
    ],
)
def test_what_is_against_a_receipt(venture, now, partner, money, on, codes):
    notice = venture.call(90_000)
    with refused(*codes), transaction():
        row = db.session.get_one(FundNotice, notice.id)
        actions.receive(venture.fund, row, venture.organisation(partner), money, date.fromisoformat(on), actor=SYSTEM, now=now)


def test_a_call_is_cancelled_while_nothing_is_paid(venture, now):
    paid, unpaid = venture.paid_in(), venture.call(3_000)
    with refused("needs_reason", "received"), transaction():
        actions.cancel_notice(venture.fund, db.session.get_one(FundNotice, paid.id), reason="", actor=SYSTEM, now=now)
    with transaction():
        actions.cancel_notice(venture.fund, db.session.get_one(FundNotice, unpaid.id), reason="Too early", actor=SYSTEM, now=now)
    assert metrics(venture).called == 90_000
    with pytest.raises(Missing), transaction():
        actions.cancel_notice(venture.fund, db.session.get_one(FundNotice, unpaid.id), reason="Again", actor=SYSTEM, now=now)


# Distributions


def test_a_distribution_is_paid_on_its_day_to_the_coin(venture, now):
    venture.paid_in()
    lines = [(Purpose.CAPITAL, yuan(10_000), False), (Purpose.CAPITAL, yuan(5_000), True), (Purpose.GAIN, yuan(1), False)]
    with transaction():
        actions.distribute(venture.fund, lines, date(2025, 6, 2), date(2025, 6, 20), actor=SYSTEM, now=now)
    assert metrics(venture, date(2025, 6, 19)).distributed == 0
    found = metrics(venture, date(2025, 6, 20))
    assert (found.distributed, found.recallable, found.uncalled, found.cash) == (15_001, 5_000, 215_000, 74_999)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        pytest.param([(Purpose.CAPITAL, yuan(90_001), False)], ["no_cash"], id="more than there is"),
        pytest.param([(Purpose.GAIN, yuan(5), True)], ["recallable"], id="a gain that may be called again"),
        pytest.param([], ["no_lines"], id="nothing"),
        pytest.param([(Purpose.GAIN, Money(5, "EUR"), False)], ["other_currency"], id="another currency"),
    ],
)
def test_what_is_against_a_distribution(venture, now, lines, codes):
    venture.paid_in()
    with refused(*codes), transaction():
        actions.distribute(venture.fund, lines, date(2025, 6, 2), date(2025, 6, 20), actor=SYSTEM, now=now)


def test_without_a_net_asset_value_nothing_is_distributed(venture, now):
    with refused("no_nav"), transaction():
        lines = [(Purpose.CAPITAL, yuan(5), False)]
        actions.distribute(venture.fund, lines, date(2025, 6, 2), date(2025, 6, 20), actor=SYSTEM, now=now)


def test_a_cancelled_distribution_was_never_paid(venture, now):
    venture.paid_in()
    with transaction():
        lines = [(Purpose.CAPITAL, yuan(500), False)]
        made = actions.distribute(venture.fund, lines, date(2025, 6, 2), date(2025, 6, 20), actor=SYSTEM, now=now).id
    later = now + timedelta(hours=1)
    with transaction():
        actions.cancel_notice(venture.fund, db.session.get_one(FundNotice, made), reason="A mistake", actor=SYSTEM, now=later)
    assert (metrics(venture).distributed, metrics(venture, known=now).distributed) == (0, 500)


# Companies


def test_a_round_takes_the_money_out_of_the_fund(venture):
    venture.paid_in()
    venture.invest()
    found = metrics(venture)
    assert (found.cash, found.fair_value, found.invested) == (30_000, 60_000, 60_000)
    owned = queries.ownership(venture.park_id, TODAY)[venture.ids["COMPANY"]]
    assert owned.of_funds * 4 == 1


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        pytest.param({"shares": 1001}, ["too_many_shares"], id="more than 100 per cent"),
        pytest.param({"minor": 90_001}, ["no_cash"], id="more than the fund has"),
        pytest.param({"on": date(2025, 1, 5)}, ["no_cash", "too_early"], id="before the fund"),
        pytest.param({"on": date(2027, 1, 5)}, ["to_come"], id="still to come"),
        pytest.param({"after": 0}, ["no_shares"], id="how many shares is not said"),
    ],
)
def test_what_is_against_a_round(venture, more, codes):
    venture.paid_in()
    with refused(*codes):
        venture.invest(**more)


def test_a_round_in_another_currency_than_the_funds_is_refused(venture, now):
    venture.paid_in()
    dollars = Money(500, "USD")
    asked = RoundAsked(
        date(2025, 4, 1), "A", Instrument.EQUITY, dollars, None, 1000, (Investor("FUND", dollars, 10, fund=venture.fund_id),)
    )
    with refused("round_other_currency"), transaction():
        actions.add_round(venture.park, venture.organisation("COMPANY"), asked, actor=SYSTEM, now=now)


def round_of(venture, company, investor, now, on=date(2025, 2, 3)):
    asked = RoundAsked(
        on, "A", Instrument.EQUITY, yuan(10), None, 100, (Investor(investor, yuan(10), 10, organisation=venture.ids[investor]),)
    )
    with transaction():
        actions.add_round(venture.park, venture.organisation(company), asked, actor=SYSTEM, now=now)


def test_nobody_owns_himself_over_others(venture, now):
    round_of(venture, "BIG", "SMALL", now)
    round_of(venture, "SMALL", "OTHER", now)
    with refused("circle"):
        round_of(venture, "OTHER", "BIG", now)
    with refused("itself"):
        round_of(venture, "OTHER", "OTHER", now)


def test_a_withdrawn_round_never_took_money(venture, now):
    venture.paid_in()
    venture.invest()
    made = db.session.scalars(sa.select(Round.id)).one()
    with refused("needs_reason"), transaction():
        actions.withdraw_round(venture.park, db.session.get_one(Round, made), reason="", actor=SYSTEM, now=now)
    with transaction():
        actions.withdraw_round(venture.park, db.session.get_one(Round, made), reason="Not signed", actor=SYSTEM, now=now)
    assert (metrics(venture).cash, metrics(venture).invested) == (90_000, 0)


def value(venture, now, minor=100_000, on=date(2025, 12, 31), by="A valuer", money=None):
    with transaction():
        return actions.value(
            venture.fund,
            venture.organisation("COMPANY"),
            money or yuan(minor),
            on,
            method=Method.MULTIPLES,
            valued_by=by,
            actor=SYSTEM,
            now=now,
        )


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"on": date(2025, 3, 31)}, ["never_invested"]),
        ({"on": date(2026, 3, 3)}, ["to_come"]),
        ({"minor": -1}, ["not_positive"]),
        ({"by": "", "money": Money(5, "USD")}, ["no_valuer", "other_currency"]),
    ],
)
def test_what_is_against_a_valuation(venture, now, more, codes):
    venture.paid_in()
    venture.invest()
    with refused(*codes):
        value(venture, now, **more)


def test_a_sold_company_is_worth_nothing_and_its_price_is_cash(venture, now):
    venture.paid_in()
    venture.invest()
    value(venture, now)
    with refused("no_exit"), transaction():
        actions.exit_(venture.fund, venture.organisation("COMPANY"), TODAY, {}, actor=SYSTEM, now=now)
    with transaction():
        got = {Purpose.CAPITAL: yuan(60_000), Purpose.GAIN: yuan(50_000)}
        actions.exit_(venture.fund, venture.organisation("COMPANY"), TODAY, got, actor=SYSTEM, now=now)
    found = metrics(venture)
    assert (found.fair_value, found.cash, found.proceeds) == (0, 140_000, 110_000)
    with refused("is_over"):
        value(venture, now, on=TODAY)
    with refused("is_over"), transaction():
        actions.write_off(venture.fund, venture.organisation("COMPANY"), TODAY, reason="Gone", actor=SYSTEM, now=now)


def test_a_written_off_company_is_worth_nothing(venture, now):
    venture.paid_in()
    venture.invest()
    with refused("needs_reason"), transaction():
        actions.write_off(venture.fund, venture.organisation("COMPANY"), TODAY, reason="", actor=SYSTEM, now=now)
    with transaction():
        actions.write_off(venture.fund, venture.organisation("COMPANY"), TODAY, reason="Stopped", actor=SYSTEM, now=now)
    assert (metrics(venture).nav, metrics(venture, date(2026, 3, 1)).nav) == (30_000, 90_000)


# Flows by themselves


@pytest.mark.parametrize(
    ("kind", "money", "more", "codes"),
    [
        (FlowKind.CONTRIBUTION, yuan(5), {}, ["by_notice"]),
        (FlowKind.INVESTMENT, yuan(5), {}, ["by_round", "no_cash"]),
        (FlowKind.PROCEEDS, yuan(5), {}, ["needs_company", "needs_purpose"]),
        (FlowKind.FEE, yuan(5), {}, ["no_cash"]),
        (FlowKind.INCOME, Money(5, "USD"), {}, ["other_currency"]),
    ],
)
def test_what_is_against_a_flow(venture, now, kind, money, more, codes):
    with refused(*codes), transaction():
        actions.record_flow(venture.fund, kind, money, TODAY, actor=SYSTEM, now=now, **more)


def test_an_account_is_not_overdrawn_on_a_later_day_either(venture, now):
    venture.paid_in(90_000)
    with transaction():
        actions.record_flow(venture.fund, FlowKind.FEE, yuan(80_000), date(2025, 6, 2), actor=SYSTEM, now=now)
    with refused("no_cash"), transaction():
        actions.record_flow(venture.fund, FlowKind.FEE, yuan(20_000), date(2025, 4, 1), actor=SYSTEM, now=now)


def test_what_was_known_earlier_never_changes(venture, now):
    venture.paid_in()
    with transaction():
        wrong = actions.record_flow(venture.fund, FlowKind.FEE, yuan(700), date(2025, 6, 2), actor=SYSTEM, now=now).id
    before, later = metrics(venture, known=now), now + timedelta(days=3)
    with transaction():
        actions.withdraw_flow(venture.fund, db.session.get_one(Flow, wrong), reason="It was 70", actor=SYSTEM, now=later)
    with transaction():
        actions.record_flow(venture.fund, FlowKind.FEE, yuan(70), date(2025, 6, 2), actor=SYSTEM, now=later)
    assert metrics(venture, known=now) == before
    assert (before.cash, metrics(venture).cash) == (89_300, 89_930)


def test_flows_of_rounds_and_distributions_are_withdrawn_with_them(venture, now):
    venture.paid_in()
    venture.invest()
    flow = db.session.scalars(sa.select(Flow.id).where(Flow.kind == "investment")).one()
    with refused("of_round"), transaction():
        actions.withdraw_flow(venture.fund, db.session.get_one(Flow, flow), reason="x", actor=SYSTEM, now=now)
    paid = db.session.scalars(sa.select(Flow.id).where(Flow.kind == "contribution", Flow.minor == 60_000)).one()
    with refused("no_cash"), transaction():
        actions.withdraw_flow(venture.fund, db.session.get_one(Flow, paid), reason="x", actor=SYSTEM, now=now)


# Funds and commitments


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"code": "a b"}, ["no_code"]),
        ({"size": yuan(0)}, ["not_positive"]),
        ({"vintage": 2019}, ["vintage"]),
        ({"ends_on": date(2024, 1, 1)}, ["ends_first"]),
        ({"related_permille": 0}, ["threshold"]),
    ],
)
def test_what_is_against_a_fund(venture, now, more, codes):
    given = {"code": "NEW", "names": Names("New"), "size": yuan(5), "vintage": 2025, "starts_on": STARTS_ON, "ends_on": None} | more
    manager = venture.organisation("MANAGER")
    with refused(*codes), transaction():
        actions.add_fund(venture.park, FundAsked(**given), manager, manager, actor=SYSTEM, now=now)


def test_a_code_is_given_once(venture, now):
    asked = FundAsked("FUND", Names("Another"), yuan(5), 2025, STARTS_ON, None)
    with pytest.raises(Refused) as caught, transaction():
        actions.add_fund(venture.park, asked, venture.organisation("BIG"), venture.organisation("BIG"), actor=SYSTEM, now=now)
    assert [one.code for one in caught.value.objections] == ["funds.code_taken"]


def test_currency_and_first_day_stay_once_money_is_recorded(venture, now):
    asked = FundAsked("FUND", Names("Dollars"), Money(5, "USD"), 2025, date(2025, 2, 1), None)
    manager = venture.organisation("MANAGER")
    with refused("currency_kept", "starts_kept"), transaction():
        actions.change_fund(venture.fund, asked, manager, manager, actor=SYSTEM, now=now)


def test_a_commitment_is_withdrawn_while_nothing_is_called_on_it(venture, now):
    venture.call()
    promise = db.session.scalars(sa.select(Commitment.id).where(Commitment.minor == 100_000)).one()
    with refused("called_on", "needs_reason"), transaction():
        actions.withdraw_commitment(venture.fund, db.session.get_one(Commitment, promise), reason="", actor=SYSTEM, now=now)
    with transaction():
        more = actions.commit(venture.fund, venture.organisation("SMALL"), yuan(5), TODAY, actor=SYSTEM, now=now).id
    with transaction():
        actions.withdraw_commitment(venture.fund, db.session.get_one(Commitment, more), reason="Twice", actor=SYSTEM, now=now)
    assert metrics(venture).committed == 300_000


def test_uncalled_is_never_negative_whatever_is_called(venture, now):
    for minor in (200_000, 150_000, 100_000, 60_000, 30_000, 10_000):
        try:
            venture.call(minor)
        except Refused:
            db.session.rollback()
        assert metrics(venture).uncalled >= 0


# The database itself


@pytest.mark.parametrize("model", [Commitment, FundNotice, NoticeShare, Flow, Valuation, Round])
def test_what_is_recorded_is_neither_edited_nor_deleted(venture, now, model):
    venture.paid_in()
    venture.invest()
    value(venture, now)
    table = model.__tablename__
    changed = "currency = 'XXX'" if model is Round else "note = 'x'" if model in (Commitment, FundNotice, Flow, Valuation) else "minor = 1"
    for statement in (f"UPDATE {table} SET {changed}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError):
            db.session.execute(sa.text(statement))
        db.session.rollback()


def test_each_deed_has_its_entry(venture, now):
    venture.paid_in()
    venture.invest()
    verbs = [entry.deed for entry in db.session.scalars(sa.select(audit.Entry).order_by(audit.Entry.id))]
    assert [verb for verb in verbs if verb.startswith("funds.")] == [
        "funds.add_fund",
        "funds.commit",
        "funds.commit",
        "funds.call",
        "funds.receive",
        "funds.receive",
        "funds.add_round",
        "funds.add_round",
    ]


# Questions


def test_facts_of_all_funds_take_four_selects(venture, statements):
    venture.paid_in()
    with statements() as seen:
        queries.facts([venture.fund_id])
    assert len(seen) == 4


def test_a_manager_finds_her_funds_and_a_partner_those_she_pays_into(venture):
    manager, stranger = manager_of(venture, email="m@example.org"), manager_of(venture, name="OTHER", email="o@example.org")
    partner = partner_of(venture, email="p@example.org")
    assert [one.code for one in queries.funds(venture.park_id, manager)] == ["FUND"]
    assert [one.code for one in queries.funds(venture.park_id, partner)] == ["FUND"]
    assert queries.funds(venture.park_id, stranger) == []
    with pytest.raises(Missing):
        queries.fund("FUND", partner, "funds.fund", park="VP")
    assert queries.fund("FUND", partner, "funds.account", park="VP").id == venture.fund_id
    assert isinstance(venture.fund, Fund)
