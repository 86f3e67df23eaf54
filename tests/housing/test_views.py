"""The pages of homes as the desk, a liaison, an auditor and a resident use them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image

from parkmgr.audit.models import Entry
from parkmgr.db import db
from parkmgr.housing import actions, queries
from parkmgr.housing.models import CheckLine
from parkmgr.notices.models import Notice
from parkmgr.occupancy.models import HoldKind
from parkmgr.policy import Role
from tests.housing.living import Block, block, day, picture, yuan
from tests.housing.test_actions import with_inventory
from tests.making import Maker
from tests.web.visiting import Visitor

PARK = "/parks/HIT/housing"


@pytest.fixture
def home(make: Maker, now: Any) -> Iterator[Block]:
    made = block(make, now)
    with time_machine.travel(now, tick=False):
        yield made


@pytest.fixture
def desk(app: Flask, home: Block) -> Visitor:
    return Visitor(app).is_(home.desk)


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_the_desk_agrees_moves_in_gives_notice_and_moves_out(desk: Visitor, home: Block) -> None:
    home.flat("R1-11")
    person = home.person("Anna Ivanova").number
    sent = {
        "space": "R1-11",
        "person": person,
        "starts_on": "2026-03-02",
        "ends_on": "2026-12-31",
        "people": "1",
        "rent": "1800",
        "deposit": "1800",
    }
    wrong = desk.post(f"{PARK}/residencies/new", **{**sent, "ends_on": "2026-01-01", "notice_days": "30"})
    assert wrong.status_code == 422
    assert "The last day must not be before the first." in text_of(wrong)
    done = desk.post(f"{PARK}/residencies/new", **sent, notice_days="30", key="one")
    assert done.status_code == 303
    again = desk.post(f"{PARK}/residencies/new", **sent, notice_days="30", key="one")
    assert again.headers["Location"] == done.headers["Location"]
    page = done.headers["Location"]
    shown = text_of(desk.get(page))
    assert "Anna Ivanova" in shown and "Move in" in shown
    assert desk.get(f"{page}/move-in").status_code == 200
    assert desk.post(f"{page}/move-in", on="2026-03-02", keys="2").status_code == 303
    assert desk.get(f"{page}/notice").status_code == 200
    short = desk.post(f"{page}/notice", given_on="2026-03-02", leaves_on="2026-03-05")
    assert "Notice is given 30 days before" in text_of(short)
    for deed in ("extend", "transfer", "swap", "leave", "receive-deposit", "return-deposit", "deduct"):
        assert desk.get(f"{page}/{deed}").status_code == 200, deed
    assert desk.post(f"{page}/extend", ends_on="2027-12-31", rent="1900.005").status_code == 422
    assert desk.post(f"{page}/extend", ends_on="2027-12-31", rent="1900").status_code == 303
    assert "1,900.00" in text_of(desk.get(page))


def test_a_check_in_with_photos_is_confirmed_by_the_resident_who_is_not_named(app: Flask, desk: Visitor, home: Block) -> None:
    with_inventory(home)
    number = home.settle(home.flat("R1-12"), "2026-03-01", "2026-12-31", person=home.person("Pyotr Secret"))
    page = f"{PARK}/residencies/{number}"
    shown = text_of(desk.get(f"{page}/move-in"))
    assert 'value="Hall"' in shown and "Water" in shown
    sent: dict[str, Any] = {
        "on": "2026-03-01",
        "keys": "2",
        "lines-0-room": "Hall",
        "lines-0-item": "Door",
        "lines-0-grade": "2",
        "meters-0-code": "water",
        "meters-0-value": "12.5",
    }
    assert "a photo is needed" in text_of(desk.post(f"{page}/move-in", **sent))
    bad = desk.open(f"{page}/move-in", "POST", data={**sent, "lines-0-photo": (io.BytesIO(b"<svg/>"), "a.png")})
    assert "The photo cannot be read." in text_of(bad)
    photo = (io.BytesIO(picture(size=(3000, 200), kind="JPEG")), "door.jpg")
    assert desk.open(f"{page}/move-in", "POST", data={**sent, "lines-0-photo": photo}).status_code == 303
    line = db.session.scalars(db.select(CheckLine)).one()
    sent_back = desk.get(f"{page}/photos/{line.id}")
    assert sent_back.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(sent_back.data)).size == (1600, 107)
    assert desk.post(f"{page}/checks/in/confirm").status_code == 303
    made = desk.post(f"{page}/checks/in/link")
    secret = re.search(r"/home-check/([\w-]+)", text_of(made))
    assert secret
    resident = Visitor(app)
    seen = text_of(resident.get(f"/home-check/{secret[1]}"))
    assert "Hall" in seen and "12.5" in seen
    assert "Secret" not in seen and number not in seen and "P-2026" not in seen
    assert resident.get(f"/home-check/{secret[1]}/photos/{line.id}").mimetype == "image/jpeg"
    assert resident.get("/home-check/nothing").status_code == 404
    assert resident.post(f"/home-check/{secret[1]}/confirm").status_code == 303
    assert resident.post(f"/home-check/{secret[1]}/confirm").status_code == 422
    assert "not yet" not in text_of(desk.get(page))


def test_the_board_says_each_state_in_words_and_marks(app: Flask, desk: Visitor, home: Block, make: Maker, statements: Any) -> None:
    flats = [home.flat(f"R1-2{number}", level=number // 2 + 1) for number in range(4)]
    home.resident(flats[0], "2026-01-01", "2026-12-31")
    make.hold(flats[1], "2026-03-01", "2026-03-31", kind=HoldKind.CLOSURE)
    left = home.resident(flats[2], "2026-01-01", "2026-02-28")
    home.do(actions.leave, left, None, on=day("2026-02-28"))
    with statements() as seen:
        shown = text_of(desk.get(f"{PARK}/blocks/R1"))
    assert len([one for one in seen if "particulars" in one]) == 1
    for word in ("Occupied", "In works", "Vacated, not seen yet", "Ready for somebody", "Make ready"):
        assert word in shown
    assert "Occupied" in text_of(desk.get(f"{PARK}?on=2026-02-01"))
    assert desk.get(f"{PARK}/blocks/nothing").status_code == 404
    assert desk.get(f"{PARK}/blocks/R1?shift=3").status_code == 200
    before = text_of(desk.get(f"{PARK}/blocks/R1?on=2026-03-02&known=2020-01-01T09:00"))
    assert "as known at 1 Jan 2020 09:00 +08:00" in before
    assert "RES-2026" not in before
    assert desk.get(f"{PARK}/ready/R1-22").status_code == 200
    assert desk.post(f"{PARK}/ready/R1-22", on="2026-03-01").status_code == 303
    assert desk.get(f"{PARK}/ready/R1-22").status_code == 404


def test_a_liaison_reads_her_own_and_an_auditor_reads_no_names(app: Flask, home: Block, make: Maker) -> None:
    other = make.organisation("OTHER")
    number = home.resident(home.flat("R1-31"), "2026-01-01", "2026-12-31", person=home.person("Maria Hidden"))
    own = Visitor(app).is_(make.granted(Role.LIAISON, park=home.park, organisation=home.employer))
    stranger = Visitor(app).is_(make.granted(Role.LIAISON, park=home.park, organisation=other))
    auditor = Visitor(app).is_(make.granted(Role.AUDITOR, park=home.park))
    page = f"{PARK}/residencies/{number}"
    assert "Maria Hidden" in text_of(own.get(page))
    assert stranger.get(page).status_code == 404
    assert number in text_of(own.get(f"{PARK}/residencies"))
    assert number not in text_of(stranger.get(f"{PARK}/residencies"))
    assert "Maria Hidden" not in text_of(auditor.get(page))
    assert own.get(PARK).status_code == 403
    assert own.get(f"{page}/notice").status_code == 403
    looks = db.session.scalars(db.select(Entry).where(Entry.deed == "housing.residency")).all()
    assert len(looks) == 1


def test_the_list_is_filtered_and_comes_as_a_sheet_in_one_select(desk: Visitor, home: Block) -> None:
    for number, last in enumerate(("2026-04-01", "2026-12-31")):
        home.resident(home.flat(f"R1-4{number}"), "2026-01-01", last, staff=number == 1)
    shown = text_of(desk.get(f"{PARK}/residencies?within=60&state=live"))
    assert "R1-40" in shown and "R1-41" not in shown
    assert "R1-41" in text_of(desk.get(f"{PARK}/residencies?rent=staff&building=R1&organisation=EMP"))
    sheet = text_of(desk.get(f"{PARK}/residencies?format=csv"))
    assert sheet.count("RES-2026") == 2


def test_renewal_is_looked_at_and_done_whole(desk: Visitor, home: Block, make: Maker) -> None:
    liaison = make.granted(Role.LIAISON, park=home.park, organisation=home.employer)
    numbers = [home.resident(home.flat(f"R1-5{number}"), "2026-01-01", "2026-04-30") for number in range(3)]
    ask = f"{PARK}/renew?building=R1&ends_from=2026-03-01&ends_to=2026-05-01&until=2027-04-30&percent=3"
    shown = text_of(desk.get(ask))
    assert all(number in shown for number in numbers) and "1,854.00" in shown
    mark = re.search(r'name="seen" value="(\w+)"', shown)
    assert mark
    assert "Somebody changed" in text_of(desk.post(ask, seen="other"))
    assert desk.post(ask, seen=mark[1]).status_code == 303
    assert [queries.terms(home.residency(number).id)[-1].ends_on for number in numbers] == [day("2027-04-30")] * 3
    letters = db.session.scalars(db.select(Notice).where(Notice.user_id == liaison.user_id, Notice.key.startswith("housing_renewed"))).all()
    assert ["3 residencies are renewed" in one.subject for one in letters] == [True]
    assert "No residency that holds a home" in text_of(desk.get(ask))


def test_a_deposit_is_received_kept_in_part_and_returned(desk: Visitor, home: Block) -> None:
    from tests.housing.living import inventory

    number = home.settle(home.flat("R1-61"), "2026-01-01", "2026-03-01", deposit=yuan(1000))
    home.do(actions.move_in, number, inventory(door=2), on=day("2026-01-01"))
    home.do(actions.leave, number, inventory(door=5), on=day("2026-03-01"))
    page = f"{PARK}/residencies/{number}"
    assert desk.post(f"{page}/receive-deposit", on="2026-01-05").status_code == 303
    form = text_of(desk.get(f"{page}/deduct"))
    line = re.search(r'<option value="(\d+)">Hall, Door', form) or re.search(r'<option selected value="(\d+)">Hall, Door', form)
    assert line
    assert desk.post(f"{page}/deduct", line=line[1], amount="2000", reason="broken").status_code == 422
    assert desk.post(f"{page}/deduct", line=line[1], amount="400", reason="broken").status_code == 303
    assert desk.post(f"{page}/return-deposit", on="2026-03-02").status_code == 303
    assert "600.00" in text_of(desk.get(page))
