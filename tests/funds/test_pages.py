"""The pages of funds, as a manager, a partner, an auditor and others use them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.funds import actions
from parkmgr.funds.models import Commitment, Flow, FundNotice, Round, Valuation
from parkmgr.funds.rules import Method
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Money
from tests.funds.conftest import TODAY, Venture, manager_of, partner_of
from tests.web.visiting import Visitor

FUND = "/parks/VP/funds/FUND"


@pytest.fixture
def manager(app: Flask, venture: Venture) -> Visitor:
    return Visitor(app).is_(manager_of(venture))


def text(answer) -> str:
    return answer.get_data(as_text=True)


def grown(venture: Venture, now) -> None:
    """The fund invested and the company was valued."""
    venture.paid_in()
    venture.invest()
    with transaction():
        actions.value(
            venture.fund,
            venture.organisation("COMPANY"),
            Money(120_000, "CNY"),
            TODAY,
            method=Method.MULTIPLES,
            valued_by="V",
            actor=SYSTEM,
            now=now,
        )


def test_a_fund_says_its_figures_and_how_they_are_computed(venture, manager, now, statements):
    grown(venture, now)
    with statements() as seen:
        page = text(manager.get(f"{FUND}?on=2026-03-02"))
    assert len([one for one in seen if "fund" in one or "company" in one]) <= 16
    for figure in ("900.00", "1,500.00", "1.67", "0.30"):  # paid in, NAV, TVPI, PIC
        assert figure in page
    assert "BIG" in page and "COMPANY" in page and "<svg" in page


def test_a_company_that_the_funds_own_a_fifth_of_is_related(venture, manager, now):
    grown(venture, now)
    rows = text(manager.get("/parks/VP/companies?format=csv")).splitlines()
    assert (rows[0].rsplit(",", 1)[1], rows[1].rsplit(",", 1)[1]) == ("Related party", "yes")
    assert "Related party" in text(manager.get("/parks/VP/companies/COMPANY"))


def test_a_fund_is_shown_as_it_was_known(venture, manager, now):
    grown(venture, now)
    assert "1,500.00" not in text(manager.get(f"{FUND}?on=2026-03-02&known=2026-03-01T00:00"))
    assert "this day" not in text(manager.get(f"{FUND}?on=nonsense&known=nonsense"))


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_funds_companies_flows_and_notices_come_as_sheets(venture, manager, now, format_):
    grown(venture, now)
    for path in ("/parks/VP/funds", "/parks/VP/companies", f"{FUND}/flows", "/parks/VP/fund-notices"):
        answer = manager.get(f"{path}?format={format_}")
        assert (answer.status_code, len(answer.data) > 100) == (200, True)
    assert manager.get("/parks/VP/funds?format=doc").status_code == 404


def test_a_list_of_flows_is_one_select(venture, manager, now, statements):
    grown(venture, now)
    with statements() as seen:
        page = text(manager.get(f"{FUND}/flows?kind=contribution"))
    assert sum("FROM fund_flows" in one for one in seen) == 1
    assert "600.00" in page and "Investment" not in page.split("<tbody>")[1]


def test_a_partner_reads_her_own_account_and_no_other(app, venture, now):
    grown(venture, now)
    partner = Visitor(app).is_(partner_of(venture, "SMALL"))
    listed = text(partner.get("/parks/VP/funds"))
    assert "300" in listed and "BIG" not in listed
    own = text(partner.get(f"{FUND}/accounts/SMALL?on=2026-03-02"))
    assert "500.00" in own and "BIG" not in own
    assert partner.get(f"{FUND}/accounts/BIG").status_code == 404
    notice = text(partner.get("/parks/VP/fund-notices/CALL-2025-0001"))
    assert "300.00" in notice and "BIG" not in notice and "600.00" not in notice
    assert [partner.get(path).status_code for path in (FUND, f"{FUND}/flows", "/parks/VP/companies", "/parks/VP/spaces")] == [403] * 4
    assert partner.get("/").location.endswith("/parks/VP/funds")


def test_capital_is_called_after_each_partners_part_was_seen(venture, manager):
    form = {"investment": "900", "notified_on": "2025-02-03", "due_on": "2025-03-10", "key": "one"}
    seen = text(manager.post(f"{FUND}/call", **form))
    assert "600.00" in seen and "300.00" in seen and 'name="sure" value="yes"' in seen
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FundNotice)) == 0
    done = [manager.post(f"{FUND}/call", **form, sure="yes") for _ in range(2)]
    assert [answer.status_code for answer in done] == [303, 303]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FundNotice)) == 1


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(venture, manager):
    wrong = manager.post(f"{FUND}/call", investment="9000", fee="1.234", notified_on="2025-02-03", due_on="2025-02-05", key="one")
    assert wrong.status_code == 422
    page = text(wrong)
    assert "At most 2 decimal places." in page and 'value="9000"' in page
    wrong = text(manager.post(f"{FUND}/call", investment="9000", notified_on="2025-02-03", due_on="2025-02-05", key="one"))
    assert "business days" in wrong and "is uncalled" in wrong and 'value="9000"' in wrong


def test_each_deed_is_done_by_its_form(app, venture, now):
    boss = Visitor(app).is_(venture.make.granted(Role.ADMINISTRATOR, park=venture.park))
    new = {
        "code": "NEW", "name_en": "New", "currency": "USD", "size": "1000", "vintage": "2026",
            "starts_on": "2026-01-05", "manager": "MANAGER",
        "general_partner": "MANAGER", "notice_days": "10", "related": "20",
    }  # fmt: skip
    assert "no organisation" in text(boss.post("/parks/VP/funds/new", **{**new, "manager": "NOBODY"}))
    assert boss.post("/parks/VP/funds/new", **new).status_code == 303
    shown = text(boss.get("/parks/VP/funds/NEW/change"))
    version = re.search(r'name="version" value="(\d+)"', shown).group(1)
    changed = {**new, "size": "2000", "version": version}
    assert [boss.post("/parks/VP/funds/NEW/change", **changed).status_code for _ in range(2)] == [303, 409]
    done = [
        boss.post("/parks/VP/funds/NEW/commitments/new", partner="BIG", amount="500", on="2026-01-05"),
        boss.post(f"{FUND}/call", investment="900", notified_on="2025-02-03", due_on="2025-03-10", key="k", sure="yes"),
        boss.post("/parks/VP/fund-notices/CALL-2025-0001/receive", partner="BIG", amount="600", on="2025-03-10"),
        boss.post("/parks/VP/companies/rounds/new", **{
            "company": "COMPANY", "on": "2025-04-01", "name": "A", "instrument": "equity", "currency": "CNY", "raised": "400",
            "shares_after": "100", "investors-0-fund": "FUND", "investors-0-amount": "300", "investors-0-shares": "10",
            "investors-1-organisation": "OTHER",
            "investors-1-amount": "100", "investors-1-shares": "5",
        }),
        boss.post(f"{FUND}/companies/COMPANY/value", amount="450", on="2025-12-31", method="multiples", valued_by="Somebody"),
        boss.post(f"{FUND}/flows/new", kind="fee", amount="10", on="2025-06-02"),
        boss.post(f"{FUND}/distribute", capital="50", notified_on="2025-06-02", due_on="2025-06-20", key="d", sure="yes"),
        boss.post(f"{FUND}/companies/COMPANY/exit", on="2026-02-02", capital="300", gain="100"),
    ]  # fmt: skip
    assert [answer.status_code for answer in done] == [303] * 8, [text(answer)[-3000:] for answer in done if answer.status_code != 303]
    promise, flow = db.session.scalars(sa.select(Commitment.id).where(Commitment.minor == 50_000)).one(), None
    flow = db.session.scalars(sa.select(Flow.id).where(Flow.kind == "fee")).one()
    worth, made = db.session.scalars(sa.select(Valuation.id)).first(), db.session.scalars(sa.select(Round.id)).one()
    for path in (
        f"/parks/VP/funds/NEW/commitments/{promise}/withdraw",
        f"{FUND}/flows/{flow}/withdraw",
        f"{FUND}/valuations/{worth}/withdraw",
        f"/parks/VP/companies/COMPANY/rounds/{made}/withdraw",
        "/parks/VP/fund-notices/DIST-2025-0001/cancel",
    ):
        assert boss.get(path).status_code == 200
        assert boss.post(path, reason="").status_code == 422
        assert boss.post(path, reason="Recorded twice").status_code == 303, path
    assert "No round is recorded" in text(boss.get("/parks/VP/companies/COMPANY"))


def test_a_company_is_written_off_by_its_form(venture, manager):
    venture.paid_in()
    venture.invest()
    address = f"{FUND}/companies/COMPANY/write-off"
    assert manager.post(address, on="2025-03-01", reason="Stopped").status_code == 422
    assert manager.post(address, on="2025-12-01", reason="Stopped").status_code == 303
    assert "Written off" in text(manager.get("/parks/VP/companies/COMPANY"))


def test_a_line_of_a_round_names_one_investor(venture, manager):
    form = {"company": "COMPANY", "on": "2025-04-01", "instrument": "equity", "currency": "CNY", "raised": "4", "shares_after": "9"}
    page = text(manager.post("/parks/VP/companies/rounds/new", **form, **{"investors-0-amount": "4"}))
    assert "one of the two" in page
    own = {"investors-0-fund": "ELSEWHERE", "investors-0-amount": "4"}
    assert manager.post("/parks/VP/companies/rounds/new", **form, **own).status_code == 404


def test_a_notice_is_a_pdf_for_its_partner(app, venture):
    venture.call()
    partner = Visitor(app).is_(partner_of(venture, "SMALL"))
    answer = partner.get("/parks/VP/fund-notices/CALL-2025-0001/SMALL/paper?language=zh")
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
    assert partner.get("/parks/VP/fund-notices/CALL-2025-0001/BIG/paper").status_code == 404
