"""The pages of organisations, and the forms of the deeds."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.organisations import actions, queries
from parkmgr.organisations.models import Organisation
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Names
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor

FORMS = (
    "/new-organisation",
    "/organisations/X/change",
    "/organisations/X/new-contact",
    "/organisations/X/admit",
    "/organisations/X/end-membership",
)


@pytest.fixture
def engine_name() -> str:
    """Pages are asked for on SQLite; what they ask of the database is tested on both engines."""
    return "sqlite"


@pytest.fixture
def organisation(make: Maker) -> Organisation:
    made = make.organisation("X", Names("Polytechnic", "Политех", "理工"), website="javascript:alert(1)")
    with transaction():
        actions.add_contact(queries.organisation("X"), "Ann Reach", email="ann@parkmgr.example", actor=SYSTEM, now=NOW)
    return made


@pytest.fixture
def administrator(app: Flask, make: Maker, organisation: Organisation) -> Visitor:
    make.park("HIT")
    return Visitor(app).is_(make.granted(Role.ADMINISTRATOR))


def of(code: str = "X") -> Organisation:
    db.session.rollback()
    return queries.organisation(code)


def test_an_administrator_sees_every_page(administrator: Visitor) -> None:
    for path in ("/organisations", "/organisations/X", *FORMS):
        assert administrator.get(path).status_code == 200


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LIAISON])
def test_nobody_else_changes_anything(app: Flask, make: Maker, organisation: Organisation, role: Role) -> None:
    visitor = Visitor(app).is_(make.granted(role))
    for path in (*FORMS, "/organisations/X/contacts/1/remove"):
        assert visitor.post(path, name="x").status_code == 403


def test_a_missing_organisation_is_missing(administrator: Visitor) -> None:
    for path in ("/organisations/X", *FORMS[1:]):
        assert administrator.get(path.replace("/X", "/NONE")).status_code == 404


def test_contacts_are_for_administrators_auditors_and_its_own_liaison(app: Flask, make: Maker, organisation: Organisation) -> None:
    other = make.organisation("Y")
    readers = {
        make.granted(Role.ADMINISTRATOR): True,
        make.granted(Role.AUDITOR): True,
        make.granted(Role.LIAISON, organisation=organisation): True,
        make.granted(Role.LIAISON, organisation=other): False,
    }
    for reader, reads in readers.items():
        assert ("Ann Reach" in Visitor(app).is_(reader).get("/organisations/X").text) is reads


def test_only_https_becomes_a_link(administrator: Visitor) -> None:
    assert 'href="javascript' not in administrator.get("/organisations/X").text


def test_an_organisation_is_added_and_changed(administrator: Visitor) -> None:
    form = {"code": "SPBPU", "name_ru": "Политех", "kind": "university", "country": "RU", "inn": "7804 040077"}
    assert administrator.post("/new-organisation", **form).location == "/organisations/SPBPU"
    assert administrator.post("/organisations/SPBPU/change", **form | {"version": "1", "city": "Санкт-Петербург"}).status_code == 303
    assert administrator.post("/organisations/SPBPU/change", **form | {"version": "1"}).status_code == 409
    assert (of("SPBPU").city, of("SPBPU").inn) == ("Санкт-Петербург", "7804040077")


def test_a_wrong_identifier_stands_at_its_field(administrator: Visitor) -> None:
    answer = administrator.post("/new-organisation", code="Y", name_en="Y", kind="university", inn="7804040078")
    assert answer.status_code == 422
    assert 'id="inn-errors"' in answer.text


FIELDS = (
    *("code", "name_en", "name_ru", "kind", "country", "city", "website", "ror", "inn", "uscc", "version"),
    *("name", "position", "email", "phone", "status", "on", "reason"),
)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\x00", "a\u202eb", "x" * 65536, "https://[", "%s%n"])
def test_whatever_is_typed_is_answered(administrator: Visitor, text: str) -> None:
    for path in FORMS:
        answer = administrator.post(path, **dict.fromkeys(FIELDS, text))
        assert answer.status_code in (303, 422)
        assert "<script>alert" not in answer.text


def test_a_contact_comes_and_goes(administrator: Visitor) -> None:
    assert administrator.post("/organisations/X/new-contact", name="Bob", phone="+7 812 1").status_code == 303
    bob = next(contact.id for contact in queries.contacts(of().id) if contact.name == "Bob")
    assert administrator.post(f"/organisations/X/contacts/{bob}/remove").status_code == 303
    assert administrator.post(f"/organisations/X/contacts/{bob}/remove").status_code == 404


def test_a_membership_is_shown_as_known_earlier(administrator: Visitor, organisation: Organisation) -> None:
    with transaction():
        actions.admit(queries.organisation("X"), "observer", on=date(2020, 1, 1), actor=SYSTEM, now=NOW)
    assert "As the register knew it at" not in administrator.get("/organisations/X").text
    assert "Observer" in administrator.get("/organisations/X?known=2026-03-02").text
    before = administrator.get("/organisations/X?known=2026-03-01").text
    assert "As the register knew it at" in before and "It does not belong to the association." in before
    assert administrator.get("/organisations/X?known=never").status_code == 200


def test_a_membership_begins_and_ends(administrator: Visitor) -> None:
    assert administrator.post("/organisations/X/admit", status="member", on="2011-03-06").status_code == 303
    assert administrator.post("/organisations/X/admit", status="member", on="2012-03-06").status_code == 422
    assert administrator.post("/organisations/X/end-membership", on="2021-01-01").status_code == 303
    assert [(row.status, row.ends_on.year) for row in queries.memberships(of().id)] == [("member", 2021)]


@pytest.mark.parametrize(("language", "name"), [("en", "Polytechnic"), ("ru", "Политех"), ("zh", "理工")])
def test_a_name_is_shown_in_the_readers_language(app: Flask, make: Maker, organisation: Organisation, language: str, name: str) -> None:
    make.park("HIT")
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR, language=language))
    assert f"<h1>{name}</h1>" in visitor.get("/organisations/X").text
