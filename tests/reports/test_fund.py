"""The fund report: one compiled object, kept as it is, on the screen, on paper and in sheets; a manager's of her own funds only."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.funds import actions as funds
from parkmgr.funds.rules import FlowKind, Method, Purpose
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, fund, fund_pages, fund_tables, kinds, queries
from parkmgr.reports.rules import Wanted
from parkmgr.values import Money
from tests.funds.conftest import TODAY, Venture, manager_of, partner_of, venture  # noqa: F401 - a fixture
from tests.web.visiting import Visitor

WANTED = Wanted(TODAY, kind="fund", fund="FUND")


@pytest.fixture
def grown(venture: Venture, now) -> Venture:  # noqa: F811
    """The fund invested, the company was valued and paid, and some of it was distributed."""
    venture.paid_in()
    venture.invest()
    with transaction():
        company = venture.organisation("COMPANY")
        worth = Money(120_000, "CNY")
        funds.value(venture.fund, company, worth, date(2025, 12, 31), method=Method.MULTIPLES, valued_by="V", actor=SYSTEM, now=now)
        gain = Money(10_000, "CNY")
        funds.record_flow(venture.fund, FlowKind.PROCEEDS, gain, date(2026, 1, 12), company=company, purpose="gain", actor=SYSTEM, now=now)
    with transaction():
        lines = [(Purpose.GAIN, Money(6_001, "CNY"), False)]
        funds.distribute(venture.fund, lines, date(2026, 1, 19), date(2026, 2, 2), actor=SYSTEM, now=now)
    return venture


def compiled(venture: Venture, now, wanted: Wanted = WANTED) -> fund.Report:  # noqa: F811
    return actions.compiled(venture.park, wanted, now=now)


def test_a_report_is_kept_whole_and_comes_back_the_same(grown, now):
    report = compiled(grown, now)
    assert fund.from_plain(json.loads(fund.canonical(report))) == report
    assert (report.metrics.paid_in, report.metrics.distributed, report.metrics.nav) == (90_000, 6_001, 153_999)
    assert report.account.ending == report.this_year.ending == report.metrics.nav
    assert {one.code: (one.tenant, one.related) for one in report.parties.values()}["COMPANY"] == (False, True)


def test_it_takes_few_selects(grown, now, statements):
    park = grown.park
    with statements() as seen:
        actions.compiled(park, WANTED, now=now)
    assert len(seen) <= 22


def test_what_was_known_earlier_is_reported_as_known_then(grown, now):
    before, later = compiled(grown, now), now + timedelta(days=1)
    with transaction():
        funds.record_flow(grown.fund, FlowKind.FEE, Money(500, "CNY"), date(2026, 2, 16), actor=SYSTEM, now=later)
    then = compiled(grown, later, Wanted(TODAY, now, kind="fund", fund="FUND"))
    assert then.facts == before.facts
    assert compiled(grown, later).metrics.cash == before.metrics.cash - 500


@pytest.mark.parametrize("code", ["", "NONE", "FUND"])
def test_a_fund_of_another_park_or_none_is_refused(grown, now, code):
    other = grown.make.park("ELSE")
    with pytest.raises(Refused) as caught:
        actions.compiled(other, Wanted(TODAY, kind="fund", fund=code), now=now)
    assert [one.code for one in caught.value.objections] == ["reports.no_fund"]


def test_sheets_have_the_same_figures(grown, now):
    report = compiled(grown, now)
    told = json.loads(fund_tables.json_bytes(report, language="en"))
    assert (told["totals"]["nav"], told["totals"]["tvpi"]) == ("1539.99", "1.7777777778")
    assert [row["code"] for row in told["partners"]] == ["BIG", "SMALL"]
    assert told["capital_account"]["since_inception"]["ending"] == "1539.99"
    assert len(told["rows"]) == len(report.rows) == len(fund_tables.csv_bytes(report, language="en").splitlines()) - 1
    with zipfile.ZipFile(io.BytesIO(fund_tables.xlsx_bytes(report, language="en"))) as book:
        assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) == 7


def test_the_paper_says_all_of_it_in_three_languages(app: Flask, grown, now):
    report = compiled(grown, now)
    for language, title in (("en", "Capital account"), ("ru", "Счёт капитала"), ("zh", "资本账户")):
        with app.test_request_context():
            html = fund_pages.paper(report, None, language=language)
        assert title in html and "BIG" in html and "COMPANY" in html and html.count("<svg") == 1


def test_an_issued_report_is_drawn_to_the_same_bytes(grown, now):
    with transaction():
        number = actions.issue(grown.park, compiled(grown, now), WANTED, actor=SYSTEM, now=now).number
    issued = queries.report(grown.park_id, number, with_rows=True)
    assert number == "FND-2026-0001" and actions.wanted_of("fund", issued.parameters).fund == "FUND"
    first = actions.rendered(issued)
    assert first == actions.rendered(queries.report(grown.park_id, number, with_rows=True))


def test_a_manager_has_reports_of_her_own_funds_only(app: Flask, grown, now):
    with transaction():
        actions.issue(grown.park, compiled(grown, now), WANTED, actor=SYSTEM, now=now)
    own = Visitor(app).is_(manager_of(grown, email="own@example.org"))
    other = Visitor(app).is_(manager_of(grown, name="OTHER", email="other@example.org"))
    partner = Visitor(app).is_(partner_of(grown, email="partner@example.org"))
    auditor = Visitor(app).is_(grown.make.granted(Role.AUDITOR, park=grown.park, email="auditor@example.org"))
    shown = "/parks/VP/reports/FND-2026-0001"
    assert [who.get(shown).status_code for who in (own, auditor, other, partner)] == [200, 200, 404, 403]
    assert [who.get(f"{shown}/json").status_code for who in (own, auditor, other)] == [200, 200, 404]
    assert "FND-2026-0001" in own.get("/parks/VP/reports").get_data(as_text=True)
    assert "FND-2026-0001" not in other.get("/parks/VP/reports").get_data(as_text=True)
    page = "/parks/VP/reports/fund/FUND?on=2026-03-02"
    assert [who.get(page).status_code for who in (own, auditor, other, partner)] == [200, 200, 404, 403]
    assert own.get(f"{page}&format=csv").status_code == 200
    asked = {"kind": "fund", "fund": "FUND", "on": "2026-03-02", "language": "en", "key": "one"}
    assert other.post("/parks/VP/reports/new", **asked).status_code == 422
    assert "which fund" in own.post("/parks/VP/reports/new", **{**asked, "fund": "", "key": "two"}).get_data(as_text=True)
    assert "Fund report, FUND" in own.get(shown).get_data(as_text=True)
    assert kinds.FUND in kinds.readable(manager_of(grown, email="again@example.org"), grown.park_id)
    db.session.rollback()
