"""The pages of applications, the waiting list, lotteries, offers and rules: who reads what, and that what was typed stays."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask

from parkmgr import clock
from parkmgr.audit.models import Entry
from parkmgr.cli import main
from parkmgr.db import db
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing.models import Application
from parkmgr.policy import Role
from tests.housing.test_allocating_actions import Desk, desk  # noqa: F401 - the fixture
from tests.web.visiting import Visitor


@pytest.fixture(autouse=True)
def _at_noon(now: datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


ASK = {
    "class_code": "staff",
    "kind": "flat",
    "people": "2",
    "from_on": "2026-04-01",
    "claims-0-code": "child",
    "claims-0-count": "1",
}
OFFER = {"starts_on": "2026-04-01", "ends_on": "2027-03-31", "rent": "1500", "notice_days": "30"}


def test_from_the_form_to_the_key(app: Flask, desk: Desk) -> None:  # noqa: F811
    person = desk.person()
    liaison, keeper = Visitor(app).is_(desk.liaison), Visitor(app).is_(desk.desk)
    assert person in liaison.get(f"/parks/P/housing/applications/new?person={person}").text
    answer = liaison.post("/parks/P/housing/applications/new", **ASK, person=person, key="k")
    assert answer.status_code == 303
    page = str(answer.location)
    number = page.rsplit("/", 1)[-1]
    added = liaison.post(f"{page}/papers", title="Certificate", file=(io.BytesIO(b"%PDF-1.7 x"), "c.pdf"))
    assert added.status_code == 303
    paper = f"{page}/papers/{queries.papers(desk.read(number).id)[0].id}"
    read = keeper.get(paper)
    assert (read.data, read.headers["X-Content-Type-Options"], read.mimetype) == (b"%PDF-1.7 x", "nosniff", "application/pdf")
    assert "attachment" in read.headers["Content-Disposition"]
    assert db.session.scalars(db.select(Entry.actor).where(Entry.deed == "housing.paper")).all() == [desk.desk.name]
    assert Visitor(app).is_(desk.stranger).get(paper).status_code == 404

    assert keeper.post(f"{page}/admit", version="1", **{"claims-0-code": "child", "claims-0-count": "2"}).status_code == 303
    assert "Place 1 of 1" in liaison.get(page).text
    assert keeper.get("/parks/P/housing/next-home?home=R01-101").location.endswith("/housing/next/R01-101")
    line = keeper.get("/parks/P/housing/next/R01-101?on=2026-04-01").text
    assert f"Offer it to {number}" in line
    assert keeper.post("/parks/P/housing/offer/R01-101", **OFFER, application=number).status_code == 303
    assert "R01-101 is kept until" in liaison.get(page).text
    assert "1,500.00" in liaison.get(f"{page}/accept").text
    assert Visitor(app).is_(desk.stranger).post(f"{page}/accept").status_code == 404
    assert liaison.post(f"{page}/accept", version=str(desk.read(number).version)).status_code == 303
    assert desk.read(number).state == "housed"
    again = liaison.post(f"{page}/decline")
    assert again.status_code == 422
    assert f"No home is offered to {number}." in again.text


def test_every_sentence_stands_in_the_form(app: Flask, desk: Desk) -> None:  # noqa: F811
    liaison = Visitor(app).is_(desk.liaison)
    person = desk.person()
    bad = liaison.post("/parks/P/housing/applications/new", **{**ASK, "people": "9", "from_on": "2026-01-01"}, person=person)
    assert bad.status_code == 422
    for text in ("At most 6 people live in a flat of the park.", "is over; ask for a home from today or later.", 'value="9"'):
        assert text in bad.text
    other = desk.person(organisation_id=desk.make.organisation("LLC").id)
    hidden = liaison.post("/parks/P/housing/applications/new", **ASK, person=other)
    assert f"There is no person of the number {other} among those you may ask for." in hidden.text
    unread = liaison.post("/parks/P/housing/applications/new", **{**ASK, "claims-0-count": "many"}, person=person)
    assert "This is not a whole number." in unread.text
    assert db.session.scalars(db.select(Application)).all() == []


def test_a_file_that_is_no_document(app: Flask, desk: Desk) -> None:  # noqa: F811
    number = desk.apply()
    liaison = Visitor(app).is_(desk.liaison)
    page = f"/parks/P/housing/applications/{number}/papers"
    answer = liaison.post(page, title="Certificate", file=(io.BytesIO(b"MZ"), "c.pdf"))
    assert (answer.status_code, "this file is none of them, whatever its name" in answer.text) == (422, True)
    assert "Choose a file" in liaison.post(page, title="Certificate").text


def test_no_page_tells_a_liaison_of_others(app: Flask, desk: Desk) -> None:  # noqa: F811
    own = desk.waiting()
    visitor = Visitor(app).is_(desk.stranger)
    for page in ("applications", "waiting", "applications?format=csv", "waiting?format=csv", f"applications?q={own}"):
        answer = visitor.get(f"/parks/P/housing/{page}")
        assert answer.status_code == 200
        assert f">{own}<" not in answer.text
        assert "MSU" not in answer.text
    assert visitor.get(f"/parks/P/housing/applications/{own}").status_code == 404
    assert own in Visitor(app).is_(desk.liaison).get("/parks/P/housing/waiting?format=csv").text


def test_no_page_shows_a_name(app: Flask, desk: Desk) -> None:  # noqa: F811
    number = desk.waiting()
    keeper = Visitor(app).is_(desk.desk)
    for page in (
        "applications",
        "waiting",
        f"applications/{number}",
        "next/R01-101",
        f"applications/{number}/refuse",
        "lotteries",
        "rules",
    ):
        answer = keeper.get(f"/parks/P/housing/{page}")
        assert answer.status_code == 200
        assert "Wang" not in answer.text


def test_the_waiting_list_is_one_select(app: Flask, desk: Desk, statements: Any) -> None:  # noqa: F811
    for _ in range(5):
        desk.waiting()
    keeper = Visitor(app).is_(desk.desk)
    keeper.get("/parks/P/housing/waiting")
    with statements() as seen:
        text = keeper.get("/parks/P/housing/waiting?class_code=staff").text
    assert text.count("/housing/applications/H-2026-") == 5
    assert len([one for one in seen if "JOIN people" in one]) == 1
    assert len(seen) <= 8
    desk.waiting()
    with statements() as more:
        keeper.get("/parks/P/housing/waiting?class_code=staff")
    assert len(more) == len(seen)


def test_a_lottery_is_public_to_whoever_is_signed_in(app: Flask, desk: Desk, now: datetime, tmp_path: Path) -> None:  # noqa: F811
    number = desk.waiting("young")
    keeper, nobody = Visitor(app).is_(desk.desk), Visitor(app).is_(desk.make.user("nobody@parkmgr.example"))
    answer = keeper.post("/parks/P/housing/lotteries/new", class_code="young", closes_at="2026-03-03T12:00")
    assert answer.status_code == 303
    page = str(answer.location)
    past = keeper.post("/parks/P/housing/lotteries/new", class_code="young", closes_at="2026-03-01T12:00")
    assert "A lottery closes at a time to come." in past.text
    before = json.loads(nobody.get(f"{page}/file").data)
    assert before["seed_sha256"] in nobody.get("/parks/P/housing/lotteries").text
    assert before["seed"] is None
    assert Visitor(app).get(page).status_code == 303
    early = keeper.post(f"{page}/draw", version="1")
    assert (early.status_code, "it is drawn after that" in early.text) == (422, True)
    with time_machine.travel(now + timedelta(days=2), tick=False):
        keeper = Visitor(app).is_(desk.desk)
        assert keeper.post(f"{page}/draw", version="1").status_code == 303
        nobody = Visitor(app).is_(desk.make.user("another@parkmgr.example"))
        drawn = nobody.get(f"{page}/file").data
        assert number in nobody.get(page).text
    (tmp_path / "drawn.json").write_bytes(drawn)
    (tmp_path / "before.json").write_text(json.dumps(before))
    right = CliRunner().invoke(
        main, ["housing", "lottery", "--verify", str(tmp_path / "drawn.json"), "--before", str(tmp_path / "before.json")]
    )
    assert (right.exit_code, "is right" in right.output) == (0, True)


@pytest.mark.parametrize("text", ["[]", "{", "{}", '{"seed": 1}', "null", '"x"'])
def test_the_command_says_what_is_no_lottery(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lottery.json"
    file.write_text(text)
    answer = CliRunner().invoke(main, ["housing", "lottery", "--verify", str(file)])
    assert answer.exit_code == 1
    assert answer.output.startswith("parkmgr: ")
    assert "Traceback" not in answer.output


def test_the_command_names_what_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "lottery.json"
    file.write_text(
        json.dumps(
            {
                "lottery": "LOT-2026-0001",
                "class": "young",
                "closes_at": "2026-03-03",
                "seed": "ab",
                "seed_sha256": "00",
                "applications": ["H-1", "H-2"],
                "order": [{"application": "H-1", "lot": "00"}],
            }
        )
    )
    answer = CliRunner().invoke(main, ["housing", "lottery", "--verify", str(file)])
    assert answer.exit_code == 1
    for text in ("Another seed", "H-2 took part and is missing", "The lot of H-1 is 00"):
        assert text in answer.output
    missing = CliRunner().invoke(main, ["housing", "lottery", "--verify", str(tmp_path / "none.json")])
    assert "cannot be read" in missing.output


def test_a_home_that_cannot_be_offered_says_why(app: Flask, desk: Desk) -> None:  # noqa: F811
    first, second = desk.waiting(claims={"child": 1}), desk.waiting()
    keeper = Visitor(app).is_(desk.desk)
    passed_over = keeper.post("/parks/P/housing/offer/R01-101", **OFFER, application=second)
    assert f"{first} comes before and asks for such a home" in passed_over.text
    assert 'value="1500"' in passed_over.text
    unknown = keeper.post("/parks/P/housing/offer/R01-101", **OFFER, application="H-1999-0001")
    assert "There is no application of the number H-1999-0001." in unknown.text
    fine = keeper.post("/parks/P/housing/offer/R01-101", **{**OFFER, "rent": "1500.005"}, application=first)
    assert "At most 2 decimal places." in fine.text
    backwards = keeper.post("/parks/P/housing/offer/R01-101", **{**OFFER, "ends_on": "2026-03-31"}, application=first)
    assert "The last day must not be before the first." in backwards.text
    desk.offer(first)
    assert "is offered to somebody else" in keeper.get("/parks/P/housing/next/R01-101").text
    assert keeper.get("/parks/P/housing/next/NO-1").status_code == 404


RULES = {
    "classes-0-code": "staff",
    "classes-0-en": "Staff",
    "classes-0-zh": "职工",
    "classes-0-order": "points",
    "classes-0-rank": "1",
    "eligible-0-whom": "kind:university",
    "eligible-0-classes": "staff",
    "points-0-code": "child",
    "points-0-en": "Child",
    "points-0-each": "10",
    "items-0-room": "Kitchen",
    "items-0-item": "Stove",
    "items-0-en": "Stove",
    "items-0-photo": "y",
    "meters-0-code": "water",
    "meters-0-en": "Water",
    "meters-0-unit": "m³",
    "offer_days": "5",
    "declines": "3",
    "notice_days": "30",
    "people_per_flat": "4",
    "housing_office": "MSU",
}


def test_rules_are_written_at_the_desk(app: Flask, desk: Desk) -> None:  # noqa: F811
    keeper = Visitor(app).is_(desk.desk)
    page = "/parks/P/housing/rules/change"
    assert 'value="young"' in keeper.get(page).text
    assert (
        "classes-4-code" in keeper.post(page, **RULES, more="classes").text
        or "classes-1-code" in keeper.post(page, **RULES, more="classes").text
    )
    version = queries.rules_row(desk.park_id)
    assert version is not None
    assert keeper.post(page, **RULES, version=str(version.version)).status_code == 303
    giving = queries.giving(desk.park_id)
    assert (giving.offer_days, giving.classes[0].names.zh, giving.items[0].photo, giving.meters[0].unit) == (5, "职工", True, "m³")
    assert keeper.post(page, **RULES, version="1").status_code == 409
    bad = keeper.post(page, **{**RULES, "classes-0-en": "", "classes-0-zh": "", "eligible-0-whom": "organisation", "housing_office": "NO"})
    assert bad.status_code == 422
    assert "Give the name in at least one of the three scripts." in bad.text
    unknown = keeper.post(page, **{**RULES, "eligible-0-classes": "king", "housing_office": ""})
    assert "There is no class king to ask in." in unknown.text
    text = Visitor(app).is_(desk.liaison).get("/parks/P/housing/rules").text
    assert "Stove" in text
    assert Visitor(app).is_(desk.liaison).get(page).status_code == 403


def test_an_auditor_reads_numbers_and_no_documents(app: Flask, desk: Desk) -> None:  # noqa: F811
    number = desk.waiting()
    auditor = Visitor(app).is_(desk.make.granted(Role.AUDITOR, park=desk.make.the_park()))
    assert number in auditor.get("/parks/P/housing/waiting").text
    page = f"/parks/P/housing/applications/{number}"
    assert auditor.get(page).status_code == 200
    for deed in ("admit", "refuse", "withdraw", "papers", "accept", "decline"):
        assert auditor.post(f"{page}/{deed}").status_code == 403
    assert clock.now() == datetime(2026, 3, 2, 4, tzinfo=UTC)
