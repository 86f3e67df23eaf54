"""A statement as an issued report: its lines, its total in the register, and the same on paper, screen and in sheets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from parkmgr.errors import Refused
from parkmgr.policy import Role
from parkmgr.reports import actions, queries, statement, statement_tables
from parkmgr.reports.rules import Wanted
from tests.charges.conftest import Lab
from tests.charges.test_actions import FEBRUARY, made
from tests.making import actor
from tests.reports.test_pdf import failures
from tests.web.visiting import Visitor

AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)
LATER = date(2026, 3, 2)


def wanted(number: str, known: datetime | None = None, language: str = "en") -> Wanted:
    return Wanted(LATER, known, language, kind="statement", statement=number)


@pytest.fixture
def number(lab: Lab, now: datetime) -> str:
    lab.session()
    lab.session("2026-02-11 09:00")
    return made(lab, FEBRUARY, now)[0].number


def compiled(lab: Lab, number: str, now: datetime, known: datetime | None = None) -> statement.Report:
    found: statement.Report = actions.compiled(lab.make.the_park(), wanted(number, known), now=now)
    return found


def test_its_lines_sum_to_the_register(lab: Lab, number: str, now: datetime) -> None:
    report = compiled(lab, number, now)
    assert (report.on, report.total.minor, report.owed, len(report.rows)) == (date(2026, 2, 28), 400_00, 400_00, 2)
    assert all(check.passed for check in report.checks)


def test_another_total_in_the_register_is_an_exception(lab: Lab, number: str, now: datetime) -> None:
    wrong = replace(compiled(lab, number, now), owed=1)
    assert [(check.code, check.exceptions) for check in wrong.checks if not check.passed] == [("owed", (number,))]


def test_as_known_before_it_was_made_it_has_no_line(lab: Lab, number: str, now: datetime) -> None:
    report = compiled(lab, number, now, now - timedelta(days=1))
    assert (report.rows, report.owed, report.total.minor) == ((), None, 0)


def test_it_is_kept_whole_and_comes_back_the_same(lab: Lab, number: str, now: datetime) -> None:
    report = compiled(lab, number, now)
    assert statement.from_plain(json.loads(statement.canonical(report))) == report
    assert json.loads(statement_tables.json_bytes(report, language="en"))["total"] == "400.00"


def test_a_statement_that_is_not_the_park_s_is_refused(lab: Lab, now: datetime) -> None:
    with pytest.raises(Refused) as refused:
        compiled(lab, "ST-1999-0001\x00", now)
    assert [objection.code for objection in refused.value.objections] == ["reports.no_statement"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_paper_is_of_both_standards_and_drawn_again_the_same(lab: Lab, number: str, now: datetime, language: str) -> None:
    park = lab.make.the_park()
    issued, content = actions.produce(park, wanted(number, None, language), "pdf", actor=AUDITOR, now=now)
    assert issued == "STR-2026-0001"
    assert content == actions.rendered(queries.report(park.id, issued, with_rows=True))
    assert failures(content) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_it_is_asked_for_from_its_page(app: Flask, lab: Lab, number: str) -> None:
    manager = Visitor(app).is_(lab.make.granted(Role.LAB_MANAGER, park=lab.make.the_park()))
    assert f"statement={number}" in manager.get(f"/parks/LAB/statements/{number}").text
    form = manager.get(f"/parks/LAB/reports/new?kind=statement&statement={number}").text
    assert "400.00" in form and f"Statement of laboratory sessions, {number}" in form
    sent = {"kind": "statement", "on": "2026-03-02", "language": "en", "key": "k"}
    assert manager.post("/parks/LAB/reports/new", **sent, statement=number).status_code == 303
    refused = manager.post("/parks/LAB/reports/new", **{**sent, "key": "l"}, statement="ST-1999-0001")
    assert refused.status_code == 422 and "has none of the number ST-1999-0001" in refused.get_data(as_text=True)
