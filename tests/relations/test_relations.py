"""An organisation's story, the universities' matrix, and related parties."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import db, transaction
from parkmgr.leases import market_rent_actions, market_rent_queries
from parkmgr.organisations import actions as organisations
from parkmgr.policy import SYSTEM, Role
from parkmgr.relations import queries
from parkmgr.reports.related import Arrears, Company, Let, RelatedParty
from parkmgr.reports.related_queries import related_parties
from parkmgr.values import Area, Money, Names
from tests.conftest import NOW
from tests.cooperation.conftest import ARRIVES, TODAY, Club, club  # noqa: F401 - a fixture
from tests.funds.conftest import Venture, venture  # noqa: F401 - a fixture
from tests.web.visiting import Visitor

CNY = "CNY"


@pytest.fixture
def member(club: Club) -> Club:  # noqa: F811
    for code, status in (("SPBPU", "member"), ("ITMO", "observer")):
        with transaction():
            organisations.admit(club.organisation(code), status, on=date(2011, 3, 6), actor=SYSTEM, now=NOW)
    return club


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_the_matrix_counts_what_each_university_does_in_one_select(member: Club, statements):
    agreement = member.in_force()
    member.approved(agreement=agreement)
    park = member.park
    with statements() as seen:
        statement, _counts = queries.matrix(park, ARRIVES, queries.Wanted())
        rows = {row.code: row for row in db.session.execute(statement)}
    assert len(seen) == 1
    own = rows["SPBPU"]
    assert (own.agreements, own.delegations, own.rooms, own.housed, own.offices) == (1, 1, 1, 6, 0)
    assert (rows["ITMO"].agreements, rows["ITMO"].housed, rows["ITMO"].membership) == (0, 0, "observer")


def test_members_are_those_of_the_day(member: Club):
    statement, _counts = queries.matrix(member.park, date(2011, 3, 5), queries.Wanted())
    assert db.session.execute(statement).all() == []
    assert queries.belonging(TODAY) == [("RU", "member", 1), ("RU", "observer", 1)]


def test_the_story_shows_what_an_organisation_has_and_does(app: Flask, member: Club):
    agreement = member.in_force()
    visit = member.approved(agreement=agreement)
    desk, own, other = (Visitor(app).is_(one) for one in (member.desk(), member.liaison(), member.liaison("ITMO")))
    address = "/parks/CP/organisations/SPBPU/story"
    for visitor in (desk, own):
        page = text(visitor.get(address + "?on=2026-03-16"))
        for said in (member.agreement(agreement).number, member.delegation(visit).number, "F4", "F2A"):
            assert said in page
    assert other.get(address).status_code == 404
    assert desk.get("/parks/CP/organisations/NONE/story").status_code == 404
    assert "Its story in the park" in text(own.get("/organisations/SPBPU"))


def test_the_matrix_is_read_by_who_reads_everything(app: Flask, member: Club):
    desk, liaison = Visitor(app).is_(member.desk()), Visitor(app).is_(member.liaison())
    assert "SPBPU" in text(desk.get("/parks/CP/universities?format=csv"))
    assert "Observer" in text(desk.get("/parks/CP/universities"))
    assert liaison.get("/parks/CP/universities").status_code == 403


# Related parties

COMPANY = Company(1, "C", Names("C"), Fraction(1, 4), ("FUND",))


@pytest.mark.parametrize(
    ("passing", "market", "below"),
    [
        (Money(4500, CNY), Money(5000, CNY), Fraction(1, 10)),
        (Money(5000, CNY), Money(5000, CNY), Fraction(0)),
        (Money(6000, CNY), Money(5000, CNY), Fraction(-1, 5)),
        (None, Money(5000, CNY), None),
        (Money(4500, CNY), None, None),
        (Money(4500, "RUB"), Money(5000, CNY), None),
    ],
)
def test_how_far_below_the_market_a_space_is_let(passing, market, below):
    assert Let(COMPANY, "S", "L", Area.of(40), passing, market, is_free=False).below == below


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_below_the_market_is_told_exactly_where_it_is(passing, market):
    let = Let(COMPANY, "S", "L", None, Money(passing, CNY), Money(market, CNY), is_free=False)
    assert let.is_below == (passing < market) == RelatedParty(COMPANY, (let,), Arrears()).is_noted


def test_a_company_that_the_funds_own_a_fifth_of_is_shown_with_what_it_lets(app: Flask, venture: Venture):  # noqa: F811
    venture.paid_in()
    venture.invest()
    make, park = venture.make, venture.park
    space = make.space(make.building(park, "VB"), "V-1", area="100")
    lease(venture, space.id)
    with transaction():
        rents = dict.fromkeys(market_rent_queries.lettable(park.id, TODAY), Money(6000, CNY))
        market_rent_actions.set_market_rents(venture.park, rents, TODAY, "Survey", today=TODAY, actor=SYSTEM, now=NOW)
    [found] = related_parties(venture.park, TODAY)
    [let] = found.lets
    assert (found.company.code, found.company.part, let.space, let.passing, let.below) == (
        "COMPANY",
        Fraction(1, 4),
        "V-1",
        Money(5000, CNY),
        Fraction(1, 6),
    )
    assert found.arrears.deposits == (Money(100_000, CNY),)
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=venture.park))
    page = text(auditor.get("/parks/VP/related-parties?on=2026-03-02"))
    assert "16.7" in page and "V-1" in page
    assert "V-1" in text(auditor.get("/parks/VP/related-parties?on=2026-03-02&format=csv"))


def lease(venture: Venture, space_id: int) -> None:  # noqa: F811
    from parkmgr.leases import actions as leases
    from parkmgr.leases import queries as lease_queries
    from parkmgr.leases.rules import Step, Terms
    from parkmgr.values import Term

    first = date(2026, 1, 1)
    step = Step(first, Money(500_000, CNY))
    terms = Terms(Term(first, date(2028, 12, 31)), (space_id,), CNY, (step,), deposit=Money(100_000, CNY))
    drafter, signer = venture.make.granted(Role.ADMINISTRATOR), venture.make.granted(Role.ADMINISTRATOR)
    with transaction():
        number = leases.draft(venture.park, venture.organisation("COMPANY"), terms, actor=drafter, now=NOW).number
    for deed, who in ((leases.offer, drafter), (leases.sign, signer)):
        with transaction():
            deed(lease_queries.lease(number, SYSTEM), actor=who, now=NOW)
