"""The pages of parks and buildings, and the forms of the deeds."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from parkmgr.db import db
from parkmgr.places import queries
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Area, Names
from tests.making import Maker
from tests.web.visiting import Visitor

FORMS = (
    "/parks/new",
    "/parks/HIT/change",
    "/parks/HIT/new-building",
    "/parks/HIT/buildings/A/change",
    "/parks/HIT/new-space",
    "/parks/HIT/change-space/A-1",
    "/parks/HIT/retire-space/A-1",
    "/parks/HIT/remove-space/A-1",
    "/parks/HIT/divide-space/A-1",
    "/parks/HIT/split-space/A-1",
    "/parks/HIT/merge-spaces",
)
PAGES = ("/parks", "/parks/HIT/buildings", "/parks/HIT/buildings/A")


@pytest.fixture
def engine_name() -> str:
    """Pages are asked for on SQLite; what they ask of the database is tested on both engines."""
    return "sqlite"


@pytest.fixture
def space(make: Maker) -> Space:
    return make.space(make.building(make.park("HIT"), "A"), "A-1", starts_on=date(2020, 1, 1))


@pytest.fixture
def administrator(app: Flask, make: Maker, space: Space) -> Visitor:
    return Visitor(app).is_(make.granted(Role.ADMINISTRATOR))


def one(code: str) -> Space:
    db.session.rollback()
    return queries.space(queries.park("HIT", SYSTEM).id, code)


def test_an_administrator_sees_every_page(administrator: Visitor) -> None:
    for path in (*PAGES, *FORMS):
        assert administrator.get(path).status_code == 200


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LIAISON])
def test_nobody_else_sees_a_form(app: Flask, make: Maker, space: Space, role: Role) -> None:
    visitor = Visitor(app).is_(make.granted(role))
    for path in FORMS:
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, code="X").status_code == 403


def test_an_administrator_of_another_park_finds_nothing(app: Flask, make: Maker, space: Space) -> None:
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=make.park("TWO")))
    for path in FORMS[1:]:
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, code="X", on="2026-01-01", reason="x").status_code == 404


def test_an_administrator_of_one_park_adds_no_other(app: Flask, make: Maker, space: Space) -> None:
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=make.the_park()))
    assert visitor.get("/parks/new").status_code == 403
    assert visitor.get("/parks/HIT/change").status_code == 200


def test_an_empty_form_comes_back_with_its_errors(administrator: Visitor) -> None:
    for path in FORMS:
        answer = administrator.post(path, name_en="", name_ru="", name_zh="", on="", from_on="")
        assert answer.status_code == 422
        assert 'id="errors"' in answer.text


FIELDS = (
    *("code", "name_en", "time_zone", "currency", "country", "use", "address", "built", "area", "area_basis", "kind", "capacity"),
    *("on", "from_on", "starts_on", "spaces", "parent", "building", "level", "parts-0-code", "parts-0-area", "version"),
)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\x00", "a\u202eb", "x" * 65536, "９" * 30, "-1", "1e999", "NaN", "%s%n"])
def test_whatever_is_typed_is_answered(administrator: Visitor, text: str) -> None:
    for path in FORMS:
        answer = administrator.post(path, **dict.fromkeys(FIELDS, text))
        assert answer.status_code in (303, 422)
        assert "<script>alert" not in answer.text


def test_a_park_is_added(administrator: Visitor) -> None:
    form = {"code": "RCIP", "name_en": "Park", "name_ru": "Парк", "time_zone": "Asia/Shanghai", "currency": "RUB", "country": "CN"}
    assert administrator.post("/parks/new", **form).location == "/parks/RCIP/buildings"
    db.session.rollback()
    park = queries.park("RCIP", SYSTEM)
    assert (park.names, park.currency, park.drafter_may_sign) == (Names("Park", "Парк"), "RUB", False)


def test_a_taken_code_stands_at_its_field(administrator: Visitor) -> None:
    form = {"code": "HIT", "name_en": "Park", "time_zone": "Asia/Shanghai", "currency": "CNY"}
    answer = administrator.post("/parks/new", **form)
    assert answer.status_code == 422
    assert 'id="code-errors"' in answer.text


def test_a_building_is_added_and_changed(administrator: Visitor) -> None:
    form = {"code": "B", "name_zh": "主楼", "use": "office", "built": "2011", "area": "1 200,50", "area_basis": "GIA"}
    assert administrator.post("/parks/HIT/new-building", **form).location == "/parks/HIT/buildings/B"
    assert administrator.post("/parks/HIT/buildings/B/change", **form | {"area": "", "version": "1"}).status_code == 303
    assert administrator.post("/parks/HIT/buildings/B/change", **form | {"version": "1"}).status_code == 409
    db.session.rollback()
    building = queries.building(queries.park("HIT", SYSTEM).id, "B")
    assert (building.area, building.built, building.names) == (None, 2011, Names(zh="主楼"))


def test_a_space_is_added_changed_and_retired(administrator: Visitor) -> None:
    form = {"building": "A", "code": "A-2/1", "level": "2", "kind": "laboratory", "area": "40", "area_basis": "IPMS3", "lettable": "y"}
    assert administrator.post("/parks/HIT/new-space", **form, starts_on="2020-01-01").location == "/parks/HIT/spaces/A-2/1"
    change = {"kind": "office", "area": "41.25", "from_on": "2026-01-01", "version": "1", "name_en": "Lab"}
    assert administrator.post("/parks/HIT/change-space/A-2/1", **change).status_code == 303
    assert administrator.post("/parks/HIT/retire-space/A-2/1", on="2026-06-01").status_code == 303
    rows = queries.particulars(one("A-2/1").id)
    assert [(row.kind, row.area, row.lettable, row.ends_on) for row in rows] == [
        ("laboratory", Area.of(40), True, date(2026, 1, 1)),
        ("office", Area.of("41.25"), False, date(2026, 6, 1)),
    ]


def test_a_part_of_nothing_is_refused(administrator: Visitor) -> None:
    form = {"building": "A", "code": "X", "kind": "office", "starts_on": "2020-01-01", "parent": "NONE"}
    answer = administrator.post("/parks/HIT/new-space", **form)
    assert answer.status_code == 422
    assert 'id="parent-errors"' in answer.text


PARTS = {f"parts-{row}-{field}": "office" if field == "kind" else "" for row in range(8) for field in ("code", "kind", "area")} | {
    "on": "2026-01-01",
    "parts-0-code": "N-1",
    "parts-0-area": "10",
    "parts-5-code": "N-2",
    "parts-5-kind": "desk",
}


def test_a_space_is_split(administrator: Visitor) -> None:
    assert administrator.post("/parks/HIT/split-space/A-1", **PARTS).location == "/parks/HIT/spaces/A-1"
    assert [row.code for row in queries.successions(one("A-1").id)] == ["N-1", "N-2"]
    assert administrator.get("/parks/HIT/spaces/A-1").status_code == 200


def test_a_space_is_divided(administrator: Visitor) -> None:
    assert administrator.post("/parks/HIT/divide-space/A-1", **PARTS).status_code == 303
    assert [part.code for part in queries.parts(one("A-1").id)] == ["N-1", "N-2"]


def test_an_objection_about_parts_is_shown_with_what_was_typed(administrator: Visitor) -> None:
    answer = administrator.post("/parks/HIT/divide-space/A-1", **PARTS | {"parts-5-code": "N-1"})
    assert answer.status_code == 422
    assert "The code N-1 is given twice." in answer.text
    assert 'value="N-1"' in answer.text


def test_spaces_are_merged(administrator: Visitor, make: Maker) -> None:
    make.space(queries.building(make.the_park().id, "A"), "A-2")
    form = {"spaces": "A-1\r\nA-2\r\n", "on": "2026-01-01", "code": "A-12", "kind": "office"}
    assert administrator.post("/parks/HIT/merge-spaces", **form | {"spaces": "A-1, A-9"}).status_code == 422
    assert administrator.post("/parks/HIT/merge-spaces", **form).location == "/parks/HIT/spaces/A-12"


def test_a_space_entered_by_mistake_is_removed(administrator: Visitor) -> None:
    assert administrator.post("/parks/HIT/remove-space/A-1", reason="a slip").location == "/parks/HIT/spaces"
    assert administrator.get("/parks/HIT/spaces/A-1").status_code == 404


def test_a_held_space_says_that_it_is_to_be_retired(administrator: Visitor, make: Maker, space: Space) -> None:
    make.hold(space, "2020-01-01", "2020-12-31")
    answer = administrator.post("/parks/HIT/remove-space/A-1", reason="x")
    assert answer.status_code == 422
    assert "retire it from a day instead" in answer.text
