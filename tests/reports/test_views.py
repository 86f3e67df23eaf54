"""The pages of reports: what each role sees, what a stranger may check, and what is asked of the database."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime

import pytest

from parkmgr import clock
from parkmgr.db import db
from parkmgr.policy import SYSTEM, Role
from parkmgr.reports import actions, jobs, queries
from parkmgr.reports.models import ReportRequest
from parkmgr.reports.rules import Wanted
from parkmgr.values import Names
from tests.reports.test_queries import signed, terms
from tests.web.visiting import Visitor


@pytest.fixture
def park(make):
    """A park of two offices: one is let for long."""
    building = make.building(make.park("HIT"), "TW", name_zh="创新大厦")
    let, _vacant = make.space(building, "TW-101", level=1), make.space(building, "TW-102", level=2, area=None)
    tenant = make.organisation("RAYAK", Names("Rayak", "Райак", "拉亚克"))
    long = terms(let, starts_on="2020-01-01", ends_on="2090-12-31")
    make.number = signed(make, long, tenant=tenant, now=datetime(2019, 6, 1, tzinfo=UTC))
    make.tenant = tenant
    return make.the_park()


@pytest.fixture
def administrator(app, make, park):
    return Visitor(app).is_(make.granted(Role.ADMINISTRATOR))


@pytest.fixture
def auditor(app, make, park):
    return Visitor(app).is_(make.granted(Role.AUDITOR, park=park))


@pytest.fixture
def liaison(app, make, park):
    return Visitor(app).is_(make.granted(Role.LIAISON, organisation=make.organisation("NEVA", Names("Neva"))))


@pytest.fixture
def tenants_liaison(app, make, park):
    return Visitor(app).is_(make.granted(Role.LIAISON, organisation=make.tenant))


def test_the_dashboard_has_the_main_figures_and_their_year(auditor):
    page = auditor.get("/parks/HIT/?history=1").text
    assert "50.0\N{NO-BREAK SPACE}%" in page and "1 of 2 units" in page and "3,000" in page and page.count('class="spark"') >= 6
    assert "hx-trigger" not in page


def test_the_dashboard_fetches_its_year_when_it_is_not_at_hand(auditor):
    page = auditor.get("/parks/HIT/").text
    assert 'hx-trigger="load"' in page and "Show the last twelve months" in page


def test_after_a_deed_the_dashboard_is_new(auditor, make, park):
    assert "1 of 2 units" in auditor.get("/parks/HIT/").text
    make.space(code="TW-103")
    assert "1 of 3 units" in auditor.get("/parks/HIT/").text


def test_a_liaison_sees_no_rent_and_no_name_of_others(liaison):
    dashboard, plan = liaison.get("/parks/HIT/?history=1").text, liaison.get("/parks/HIT/buildings/TW/plan?by=tenant").text
    assert "3,000" not in dashboard and "50.0\N{NO-BREAK SPACE}%" in dashboard
    assert "Rayak" not in plan and "L-20" not in plan and "2090" not in plan and "Busy" in plan


def test_a_liaison_sees_her_own(tenants_liaison):
    assert "3,000" in tenants_liaison.get("/parks/HIT/").text
    assert "Rayak" in tenants_liaison.get("/parks/HIT/buildings/TW/plan?by=tenant").text


@pytest.mark.parametrize("path", ["reports", "reports/occupancy", "reports/new", "reports/OCC-2026-0001", "reports/OCC-2026-0001/pdf"])
def test_reports_are_not_for_liaisons(liaison, path):
    assert liaison.get(f"/parks/HIT/{path}").status_code == 403


@pytest.mark.parametrize("mode", ["status", "expiry", "use", "tenant", "nonsense"])
def test_a_stacking_plan_has_a_drawing_and_a_table_of_the_same(auditor, mode):
    page = auditor.get(f"/parks/HIT/buildings/TW/plan?by={mode}&on=2026-06-30").text
    assert page.count("TW-101") >= 2 and "<svg" in page and "31 Dec 2090" in page and "style=" not in page


def test_a_stacking_plan_looks_back(auditor):
    assert "Reserved" in auditor.get("/parks/HIT/buildings/TW/plan?on=2019-12-31").text
    assert "No space on this day" in auditor.get("/parks/HIT/buildings/TW/plan?on=2009-12-31").text
    assert auditor.get("/parks/HIT/buildings/TW/plan?shift=-6").status_code == 200


@pytest.mark.parametrize("query", ["on=x&by=y&shift=z", "shift=99999999999", "on=0001-01-01", "on=2200-12-31", "shift=1e3"])
def test_a_stacking_plan_bears_what_is_typed(auditor, query):
    assert auditor.get(f"/parks/HIT/buildings/TW/plan?{query}").status_code == 200


def test_another_s_building_is_not_found(auditor, make):
    make.building(make.park("OTHER"), "XX")
    assert auditor.get("/parks/HIT/buildings/XX/plan").status_code == 404
    assert auditor.get("/parks/OTHER/").status_code == 404


def test_the_report_on_screen_can_look_back_and_be_taken_as_sheets(auditor):
    path = "/parks/HIT/reports/occupancy?on=2026-06-30&known=2019-01-01T00:00"
    assert "0 of 2 units" in auditor.get(path).text
    assert json.loads(auditor.get(f"{path}&format=json").data)["totals"]["let_units"] == 0
    assert auditor.get(f"{path}&format=csv").data.startswith(b"\xef\xbb\xbfbuilding")
    assert auditor.get(f"{path}&format=xlsx").data.startswith(b"PK")
    assert auditor.get(f"{path}&format=exe").status_code == 404


@pytest.mark.parametrize("query", ["on=x", "known=x", "known=2199-01-01T00:00", "buildings=NOWHERE", "language=xx"])
def test_the_report_on_screen_bears_what_is_typed(auditor, query):
    assert auditor.get(f"/parks/HIT/reports/occupancy?{query}").status_code == 200


def test_a_report_is_asked_for_made_shown_and_downloaded(app, auditor, park):
    form = auditor.get("/parks/HIT/reports/new?on=2026-06-30").text
    key = re.search(r'name="key"[^>]*value="([^"]+)"', form)[1]
    answers = [auditor.post("/parks/HIT/reports/new", on="2026-06-30", language="ru", key=key) for _ in range(2)]
    assert answers[0].status_code == 303 and answers[0].location == answers[1].location
    waiting = auditor.get(answers[0].location).text
    assert "every 1s" in waiting and "Waiting" in waiting
    jobs.run(int(answers[0].location.rsplit("/", 1)[1]))
    shown = auditor.get(auditor.get(answers[0].location).location)
    assert "OCC-" in shown.text
    number = re.search(r"OCC-\d{4}-\d{4}", shown.text)[0]
    pdf = auditor.get(f"/parks/HIT/reports/{number}/pdf")
    assert pdf.data.startswith(b"%PDF") and number in pdf.headers["Content-Disposition"]
    assert number in auditor.get("/parks/HIT/reports").text
    assert "byte by byte" in Visitor(app).open("/check", "POST", data={"file": (io.BytesIO(pdf.data), "x.pdf")}).text
    assert (
        "Not the paper that was issued" in Visitor(app).open("/check", "POST", data={"file": (io.BytesIO(pdf.data + b" "), "x.pdf")}).text
    )


@pytest.mark.parametrize("kind", ["occupancy", "rentroll", "expiry", "housing", "cooperation"])
def test_a_preview_says_what_the_report_would_say_and_issues_nothing(auditor, kind):
    page = auditor.get(f"/parks/HIT/reports/preview?kind={kind}&on=2026-06-30&language=en").text
    assert "it has no number" in page and "Reconciliations that agree" in page
    assert "Not finished" not in auditor.get("/parks/HIT/reports").text


@pytest.mark.parametrize("kind", ["period", "labs"])
def test_a_preview_of_a_time_waits_for_its_first_day(auditor, kind):
    assert "Say what the report is about" in auditor.get(f"/parks/HIT/reports/preview?kind={kind}&on=2026-06-30").text
    assert "it has no number" in auditor.get(f"/parks/HIT/reports/preview?kind={kind}&since=2026-01-01&on=2026-06-30").text
    assert "must not be after the last" in auditor.get(f"/parks/HIT/reports/preview?kind={kind}&since=2027-01-01&on=2026-06-30").text


def test_without_scripts_a_button_shows_the_preview_and_keeps_what_was_typed(auditor):
    asked = {"kind": "period", "since": "2026-01-01", "on": "2026-06-30", "language": "zh", "key": "k", "preview": "1"}
    answer = auditor.post("/parks/HIT/reports/new", **asked)
    page = answer.get_data(as_text=True)
    assert (
        answer.status_code == 200 and "it has no number" in page and 'value="2026-01-01"' in page and '<option selected value="zh">' in page
    )
    assert db.session.scalars(db.select(ReportRequest)).all() == []


def test_a_preview_of_nothing_there_is_refused_in_words(auditor):
    page = auditor.get("/parks/HIT/reports/preview?kind=occupancy&on=2026-06-30&buildings=NONE").text
    assert "no building with the code NONE" in page
    assert auditor.get("/parks/HIT/reports/preview?kind=nothing&on=never&known=x").status_code == 200


def test_a_request_without_a_day_is_told(auditor):
    answer = auditor.post("/parks/HIT/reports/new", language="en", key="k")
    assert answer.status_code == 422 and "Please fill in this field." in answer.text
    assert db.session.execute(db.select(ReportRequest)).first() is None


def test_a_request_for_later_knowledge_is_told_at_its_field(auditor):
    answer = auditor.post("/parks/HIT/reports/new", on="2026-06-30", known="2199-01-01T00:00", language="en", key="k")
    assert answer.status_code == 422 and "cannot know today" in answer.text


def test_another_park_s_request_and_report_are_not_found(auditor, make):
    other = make.park("OTHER")
    make.space(make.building(other))
    number, _ = actions.produce(other, Wanted(date(2026, 6, 30), None, "en"), "json", actor=SYSTEM, now=clock.now())
    assert auditor.get(f"/parks/HIT/reports/{number}").status_code == 404
    assert auditor.get(f"/parks/HIT/reports/{number}/json").status_code == 404
    assert auditor.get("/parks/HIT/reports/requests/999").status_code == 404


def test_a_stranger_may_check_a_number_and_learns_nothing_else(app, make, park):
    number, _ = actions.produce(park, Wanted(date(2026, 6, 30), None, "en"), "json", actor=SYSTEM, now=clock.now())
    page = Visitor(app).get(f"/check/{number.lower()}").text
    assert "Genuine" in page and queries.issued(number).sha256 in page
    assert "Rayak" not in page and "TW-101" not in page and "50.0" not in page
    assert "Not known" in Visitor(app).get("/check/OCC-1999-0001").text
    assert Visitor(app).post("/check", number=number).location.endswith(f"/check/{number}")


def test_a_later_report_of_the_same_day_is_named(app, park, now):
    first, second = (
        actions.produce(park, Wanted(date(2026, 6, 30), None, "en"), "json", actor=SYSTEM, now=datetime(2026, 7, day, tzinfo=UTC))[0]
        for day in (1, 2)
    )
    assert second in Visitor(app).get(f"/check/{first}").text
    assert "nothing" in Visitor(app).get(f"/check/{second}").text


def test_an_empty_park_says_what_comes_next(app, make):
    make.park("NEW")
    page = Visitor(app).is_(make.granted(Role.ADMINISTRATOR)).get("/parks/NEW/").text
    assert "No space yet" in page and "Add a building" in page


def test_the_pages_ask_little_of_the_database(auditor, statements):
    auditor.get("/parks/HIT/?history=1")
    with statements() as warm:
        auditor.get("/parks/HIT/")
    with statements() as plan:
        auditor.get("/parks/HIT/buildings/TW/plan")
    assert len(warm) <= 6 and len(plan) <= 6, (warm, plan)
