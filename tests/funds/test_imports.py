"""Commitments and flows of funds come in from tables: all rows or none, each bad row explained; again they change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from parkmgr.db import db
from parkmgr.funds.models import Commitment, Flow
from parkmgr.imports import actions
from parkmgr.policy import SYSTEM
from tests.funds.test_actions import metrics

HEAD = "Fund,Type,Date,Amount,Partner,Company,Purpose,Recallable,Currency,Reference\n"
GOOD = (
    "FUND,capital contribution,2025-02-03,600.00,BIG,,,,CNY,T-1\n"
    "FUND,взнос,2025-02-03,300.00,SMALL,,,,CNY,\n"
    "FUND,投资,2025-03-03,500.00,,COMPANY,,,,\n"
    "FUND,management fee,2025-03-04,10.00,,,,,,\n"
    "FUND,management fee,2025-03-04,10.00,,,,,,\n"
    "FUND,proceeds,2025-09-01,80.00,,COMPANY,gain,,,\n"
    "FUND,distribution,2025-10-01,60.00,BIG,,return of capital,yes,CNY,T-7\n"
)


def read(venture, now, tmp_path: Path, what: str, text: str, **more):
    file = tmp_path / f"{what}.csv"
    file.write_text(text, encoding="utf-8")
    db.session.rollback()
    return actions.run(what, file, venture.park, actor=SYSTEM, now=now, **more)


def codes(outcome) -> set[tuple[int, str]]:
    return {(problem.row, problem.reason.code.split(".")[1]) for problem in outcome.problems}


def test_flows_come_in_once_and_again_nothing_changes(venture, now, tmp_path):
    outcome = read(venture, now, tmp_path, "fund-flows", HEAD + GOOD)
    assert (outcome.problems, outcome.added) == ((), 7)
    found = metrics(venture)
    assert (found.paid_in, found.called, found.uncalled, found.cash) == (90_000, 90_000, 216_000, 40_000)
    again = read(venture, now, tmp_path, "fund-flows", HEAD + GOOD)
    assert (again.added, again.unchanged, db.session.scalar(sa.select(sa.func.count()).select_from(Flow))) == (0, 7, 7)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param("OTHERFUND,fee,2025-03-04,10,,,,,,", "no_fund", id="another fund"),
        pytest.param("FUND,contribution,2025-03-04,10,NOBODY,,,,,", "no_organisation", id="an unknown partner"),
        pytest.param("FUND,contribution,2025-03-04,10,OTHER,,,,,", "no_promise", id="a partner who promised nothing"),
        pytest.param("FUND,contribution,2025-03-04,10,,,,,,", "needs_partner", id="nobody's contribution"),
        pytest.param("FUND,contribution,2025-03-04,2001,BIG,,,,,", "over_uncalled", id="above the uncalled"),
        pytest.param("FUND,contribution,2025-03-04,10,BIG,,,,USD,", "other_currency", id="another currency"),
        pytest.param("FUND,fee,2025-01-05,10,,,,,,", "too_early", id="before the fund"),
        pytest.param("FUND,fee,2027-01-05,10,,,,,,", "to_come", id="still to come"),
        pytest.param("FUND,fee,2025-03-04,10,,,,,,", "overdrawn", id="more than the account has"),
        pytest.param("FUND,fee,2025-03-04,0,,,,,,", "not_positive", id="nothing"),
        pytest.param("FUND,proceeds,2025-03-04,10,,COMPANY,,,,", "needs_purpose", id="proceeds of no kind"),
        pytest.param("FUND,investment,2025-03-04,10,,,,,,", "needs_company", id="an investment in nobody"),
        pytest.param("FUND,interest,2025-03-04,10,,,,yes,,", "recallable", id="interest that may be called again"),
        pytest.param("FUND,gift,2025-03-04,10,,,,,,", "not_a_word", id="an unknown kind"),
    ],
)
def test_a_bad_row_is_explained_and_nothing_comes_in(venture, now, tmp_path, row, code):
    outcome = read(venture, now, tmp_path, "fund-flows", f"{HEAD}{row}\n")
    assert codes(outcome) == {(2, code)}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Flow)) == 0


def test_a_known_reference_that_says_something_else_is_refused(venture, now, tmp_path):
    read(venture, now, tmp_path, "fund-flows", HEAD + GOOD)
    outcome = read(venture, now, tmp_path, "fund-flows", HEAD + GOOD.replace("600.00", "610.00"))
    assert codes(outcome) == {(2, "differs")}


def test_commitments_come_in_for_one_fund(venture, now, tmp_path):
    text = "Partner,Date,Commitment,Currency,Number\nOTHER,2025-06-02,500.00,CNY,K-1\nBIG,2025-06-02,100,,\n"
    outcome = read(venture, now, tmp_path, "commitments", text, fund="FUND")
    assert (outcome.problems, outcome.added, metrics(venture).committed) == ((), 2, 360_000)
    again = read(venture, now, tmp_path, "commitments", text, fund="FUND")
    assert (again.added, again.unchanged) == (0, 2)
    bad = read(
        venture,
        now,
        tmp_path,
        "commitments",
        text.replace("500.00", "501.00").replace("BIG,2025-06-02,100", "BIG,2024-01-01,7"),
        fund="FUND",
    )
    assert codes(bad) == {(2, "differs"), (3, "too_early")}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Commitment)) == 4


def test_the_command_says_when_there_is_no_such_fund(tmp_path):
    from parkmgr.cli import main

    file = tmp_path / "flows.csv"
    file.write_text(HEAD, encoding="utf-8")
    said = CliRunner().invoke(main, ["import", "fund-flows", str(file), "--fund", "NONE"], env={"PARKMGR_INSTANCE": str(tmp_path / "none")})
    assert said.exit_code != 0
