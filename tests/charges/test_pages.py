"""The pages of tariffs, sessions' costs, statements and service, by role."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from flask import Flask

from parkmgr import clock
from parkmgr.charges import actions
from parkmgr.charges.models import Extra, Statement
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Role
from tests.charges.conftest import Lab
from tests.web.visiting import Visitor

Counter = Callable[[], AbstractContextManager[list[str]]]
FEBRUARY = date(2026, 2, 1)


def visitor(app: Flask, lab: Lab, role: Role, organisation: Organisation | None = None) -> Visitor:
    park = db.session.get_one(Park, lab.park.id)
    return Visitor(app).is_(lab.make.granted(role, park=park, organisation=organisation))


@pytest.fixture
def statement(lab: Lab, now: datetime) -> str:
    lab.session()
    with transaction():
        [made] = actions.make_statements(db.session.get_one(Park, lab.park.id), FEBRUARY, actor=SYSTEM, now=now)
    return made.number


def test_a_lab_manager_sets_no_tariff_and_an_administrator_does(app: Flask, lab: Lab) -> None:
    given = {
        "from_on": "2030-01-01", "basis": "used", "minimum_minutes": "30", "block_minutes": "15", "peak_percent": "150",
        "no_show_percent": "50", "peak_week": "Mon-Fri 09:00-12:00", "prices-0-amount": "80", "operator-3-amount": "120.50",
    }  # fmt: skip
    address = "/parks/LAB/tariffs/new"
    assert visitor(app, lab, Role.LAB_MANAGER).post(address, **given).status_code == 403
    boss = visitor(app, lab, Role.ADMINISTRATOR)
    wrong = boss.post(address, **{**given, "peak_week": "", "block_minutes": "0", "prices-1-amount": "1.234"})
    assert wrong.status_code == 422
    assert boss.post(address, **given).status_code == 303
    shown = boss.get("/parks/LAB/tariffs").get_data(as_text=True)
    assert "150" in shown and "120.50" in shown and "80.00" in shown
    assert boss.get(f"{address}?kind=&space=").status_code == 200


def test_what_a_session_costs_is_explained_and_extras_are_noted(app: Flask, lab: Lab) -> None:
    booking = lab.session()
    number, id_, organisation_id = booking.number, booking.id, lab.organisation.id
    desk = visitor(app, lab, Role.LAB_MANAGER)
    own = visitor(app, lab, Role.LIAISON, db.session.get_one(Organisation, organisation_id))
    other = visitor(app, lab, Role.LIAISON, lab.make.organisation("OTHER"))
    address = f"/parks/LAB/sessions/{number}"
    assert [who.get(f"{address}/charge").status_code for who in (desk, own, other)] == [200, 200, 404]
    assert "120 minutes as booked" in own.get(f"{address}/charge").get_data(as_text=True)
    given = {"what": "consumable", "quantity": "2", "name": "Gold", "amount": "12.50"}
    assert own.post(f"{address}/extras/new", **given).status_code == 403
    assert desk.post(f"{address}/extras/new", **{**given, "amount": "1.005"}).status_code == 422
    assert desk.post(f"{address}/extras/new", **{**given, "name": ""}).status_code == 422
    assert desk.post(f"{address}/extras/new", **given).status_code == 303
    shown = own.get(f"{address}/charge").get_data(as_text=True)
    assert "212.50" in shown and "2 × Gold" in shown
    [extra] = db.session.scalars(db.select(Extra).filter_by(booking_id=id_))
    assert desk.post(f"{address}/extras/{extra.id}/remove").status_code == 303
    assert "Gold" not in own.get(f"{address}/charge").get_data(as_text=True)


def test_only_sessions_have_a_price_page(app: Flask, lab: Lab) -> None:
    number = lab.session(desk="sports").number
    assert visitor(app, lab, Role.ADMINISTRATOR).get(f"/parks/LAB/sessions/{number}/charge").status_code == 404


def test_a_liaison_reads_and_decides_her_own_statement(app: Flask, lab: Lab, statement: str) -> None:
    own = visitor(app, lab, Role.LIAISON, db.session.get_one(Organisation, lab.organisation.id))
    other = visitor(app, lab, Role.LIAISON, lab.make.organisation("OTHER"))
    address = f"/parks/LAB/statements/{statement}"
    assert [who.get(address).status_code for who in (own, other)] == [200, 404]
    assert [statement in who.get("/parks/LAB/statements").get_data(as_text=True) for who in (own, other)] == [True, False]
    assert own.post(f"{address}/dispute", reason="").status_code == 422
    assert other.post(f"{address}/dispute", reason="No").status_code == 404
    assert own.post(f"{address}/dispute", reason="Not ours", version="1").status_code == 303
    assert own.post(f"{address}/adjust", amount="-1", reason="x").status_code == 403
    desk = visitor(app, lab, Role.LAB_MANAGER)
    assert desk.post(f"{address}/adjust", amount="-0.001", reason="Half").status_code == 422
    assert desk.post(f"{address}/adjust", amount="-50", reason="Half").status_code == 303
    assert desk.post(f"{address}/validate", reason="Half").status_code == 303
    assert desk.post(f"{address}/close").status_code == 403
    boss = visitor(app, lab, Role.ADMINISTRATOR)
    assert boss.get(f"{address}/close").status_code == 200
    assert boss.post(f"{address}/close").status_code == 303
    closed = db.session.scalars(db.select(Statement).filter_by(number=statement)).one()
    assert (closed.state, closed.total_minor) == ("closed", 150_00)
    sheet = own.get(f"{address}?format=csv").get_data(as_text=True)
    assert "Half" in sheet and "-50.00" in sheet


def test_statements_are_made_from_the_page(app: Flask, lab: Lab) -> None:
    lab.session()
    desk = visitor(app, lab, Role.LAB_MANAGER)
    address = "/parks/LAB/statements/make"
    assert desk.get(address).status_code == 200
    assert desk.post(address, month="2026-13").status_code == 422
    assert desk.post(address, month="2199-01").status_code == 422
    assert desk.post(address, month="2026-02").status_code == 303
    assert "ST-" in desk.get("/parks/LAB/statements?month=2026-02").get_data(as_text=True)
    assert visitor(app, lab, Role.AUDITOR).post(address, month="2026-02").status_code == 403


def test_lists_take_few_statements(app: Flask, lab: Lab, statement: str, statements: Counter) -> None:
    auditor = visitor(app, lab, Role.AUDITOR)
    auditor.get("/parks/LAB/statements")
    counts = []
    for address in ("/parks/LAB/statements", f"/parks/LAB/statements/{statement}", "/parks/LAB/tariffs", "/parks/LAB/lab-service"):
        with statements() as seen:
            assert auditor.get(address).status_code == 200
        counts.append(len(seen))
    lab.session("2026-02-12 09:00")
    with transaction():
        actions.make_statements(db.session.get_one(Park, lab.park.id), FEBRUARY, actor=SYSTEM, now=clock.now())
    again = []
    for address in ("/parks/LAB/statements", f"/parks/LAB/statements/{statement}", "/parks/LAB/tariffs", "/parks/LAB/lab-service"):
        with statements() as seen:
            auditor.get(address)
        again.append(len(seen))
    assert counts == again


def test_a_statement_on_paper(app: Flask, lab: Lab, statement: str) -> None:
    own = visitor(app, lab, Role.LIAISON, db.session.get_one(Organisation, lab.organisation.id))
    paper = own.get(f"/parks/LAB/statements/{statement}/paper?language=zh")
    assert (paper.mimetype, paper.get_data()[:5]) == ("application/pdf", b"%PDF-")
    assert visitor(app, lab, Role.HOUSING_DESK).get(f"/parks/LAB/statements/{statement}/paper").status_code == 403
