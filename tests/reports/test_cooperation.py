"""The report on agreements: one compiled object, kept as it is, on the screen, on paper and in sheets."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from flask import Flask

from parkmgr.cooperation import agreement_actions
from parkmgr.db import transaction
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, cooperation, cooperation_pages, cooperation_tables
from parkmgr.reports.rules import Wanted
from tests.conftest import NOW
from tests.cooperation.conftest import ARRIVES, Club, club  # noqa: F401 - a fixture
from tests.web.visiting import Visitor

WANTED = Wanted(ARRIVES, kind="cooperation")


@pytest.fixture
def busy(club: Club) -> Club:  # noqa: F811
    club.approved(agreement=club.in_force())
    club.in_force("ITMO", "PARK")
    club.proposed("SPBPU", "ITMO")
    return club


def compiled(club: Club, wanted: Wanted = WANTED, now=NOW) -> cooperation.Report:  # noqa: F811
    return actions.compiled(club.park, wanted, now=now)


def test_a_report_is_kept_whole_and_comes_back_the_same(busy: Club):
    report = compiled(busy)
    assert cooperation.from_plain(json.loads(cooperation.canonical(report))) == report
    assert (len(report.rows), len(report.in_force), report.parties) == (3, 2, 3)
    assert sum(report.marks.values()) == 3


def test_what_was_known_earlier_is_reported_as_known_then(busy: Club):
    later = NOW + timedelta(days=1)
    row = compiled(busy).in_force[0]
    with transaction():
        one = busy.agreement(row.id)
        agreement_actions.terminate(one, given_on=date(2026, 3, 2), ends_on=date(2026, 6, 30), reason="R", actor=SYSTEM, now=later)
    assert {one.ends_on for one in compiled(busy, Wanted(ARRIVES, NOW, kind="cooperation"), later).in_force} == {date(2027, 12, 31)}
    assert date(2026, 6, 30) in {one.ends_on for one in compiled(busy, now=later).in_force}


def test_sheets_and_paper_have_the_same_figures(busy: Club):
    report = compiled(busy)
    shape = json.loads(cooperation_tables.json_bytes(report, language="en"))
    assert (shape["totals"]["in_force"], shape["totals"]["agreements"], len(shape["rows"])) == ("2", "3", 3) or (
        shape["totals"]["in_force"],
        shape["totals"]["agreements"],
    ) == (2, 3)
    assert cooperation_tables.csv_bytes(report, language="ru").count(b"\n") == 4
    assert cooperation_tables.xlsx_bytes(report, language="zh")[:2] == b"PK"
    for language, title in (("en", "Report on agreements"), ("ru", "Отчёт о соглашениях"), ("zh", "协议报告")):
        html = cooperation_pages.paper(report, None, language=language)
        assert title in html and report.rows[0].number in html


def test_the_desk_asks_for_it_and_a_liaison_does_not(app: Flask, busy: Club):
    desk, liaison = Visitor(app).is_(busy.desk()), Visitor(app).is_(busy.liaison())
    auditor = Visitor(app).is_(busy.make.granted(Role.AUDITOR, park=busy.park))
    for visitor, status in ((desk, 200), (auditor, 200), (liaison, 403)):
        assert visitor.get("/parks/CP/reports/cooperation").status_code == status
    assert desk.get("/parks/CP/reports/cooperation?format=xlsx").status_code == 200


def test_it_is_issued_under_its_prefix(busy: Club):
    number, content = actions.produce(busy.park, WANTED, "pdf", actor=SYSTEM, now=NOW)
    assert number.startswith("COO-") and content.startswith(b"%PDF")
