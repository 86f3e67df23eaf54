"""People: what may be written, who may read it, what the audit says of it, and what stays when somebody is erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions, queries, rules
from parkmgr.people.models import HouseholdMember, Person
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from tests.making import Maker
from tests.web.visiting import Visitor


@pytest.mark.parametrize(
    ("given", "against"),
    [
        pytest.param({}, [], id="somebody"),
        pytest.param({"name": " "}, [rules.NO_NAME], id="no name"),
        pytest.param({"name": "x" * 201}, [rules.LONG_NAME], id="a name too long"),
        pytest.param({"kind": "robot"}, [rules.NO_KIND], id="no such kind"),
        pytest.param({"phone": "1" * 61}, [rules.LONG_PHONE], id="a number too long"),
        pytest.param({"household": [("Anna", "spouse", None), ("Ivan", "child", 2020)]}, [], id="a family"),
        pytest.param({"household": [("", "spouse", None)]}, [rules.MEMBER_NAME], id="a member without a name"),
        pytest.param({"household": [("Rex", "dog", 2020)]}, [rules.MEMBER_RELATION], id="no such relation"),
        pytest.param({"household": [("Ivan", "child", 2027)]}, [rules.MEMBER_BORN], id="born next year"),
        pytest.param({"household": [("Ivan", "child", 1899)]}, [rules.MEMBER_BORN], id="born too long ago"),
        pytest.param({"household": [("A", "other", None)] * 21}, [rules.MANY], id="twenty-one"),
        pytest.param({"name": "", "kind": ""}, [rules.NO_NAME, rules.NO_KIND], id="all of it at once"),
    ],
)
def test_objections(given: dict[str, Any], against: list[Any]) -> None:
    plain: dict[str, Any] = {"name": "Wang Wei", "kind": "staff", "phone": "", "household": []}
    assert rules.against(**{**plain, **given}, year=2026) == [one.at(one.field) for one in against]


@dataclass
class Town:
    """A park, an employer, and those who may look."""

    park_id: int
    organisation_id: int
    other_id: int
    liaison: Actor
    stranger: Actor
    desk: Actor
    labs: Actor
    auditor: Actor
    now: datetime

    def add(self, name: str = "Иван Соколов", *, by: Actor = SYSTEM, organisation_id: int = 0, **more: Any) -> str:
        """The number of a new person."""
        with transaction():
            return actions.add(
                db.session.get_one(Park, self.park_id),
                db.session.get_one(Organisation, organisation_id or self.organisation_id),
                name=name,
                actor=by,
                now=self.now,
                **more,
            ).number

    def read(self, number: str, actor: Actor = SYSTEM) -> Person:
        """The person, read anew."""
        db.session.rollback()
        return queries.person(number, actor, park="P")

    def erase(self, number: str) -> None:
        """The person is erased."""
        with transaction():
            actions.erase(self.read_inside(number), actor=SYSTEM, now=self.now)

    def read_inside(self, number: str) -> Person:
        return queries.person(number, SYSTEM)


@pytest.fixture
def town(make: Maker, now: datetime) -> Town:
    """At noon on 2 March 2026."""
    park = make.park("P")
    own, other = make.organisation("MSU"), make.organisation("OTHER")
    return Town(
        park.id,
        own.id,
        other.id,
        make.granted(Role.LIAISON, park=park, organisation=own),
        make.granted(Role.LIAISON, park=park, organisation=other),
        make.granted(Role.HOUSING_DESK, park=park),
        make.granted(Role.LAB_MANAGER, park=park),
        make.granted(Role.AUDITOR, park=park),
        now,
    )


def entries(deed: str) -> list[Entry]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Entry).where(Entry.deed == deed).order_by(Entry.id)))


FAMILY = (("Анна", "spouse", None), ("Пётр", "child", 2019))


def test_the_audit_says_that_a_name_was_written_and_never_which(town: Town) -> None:
    number = town.add("Иван Соколов", email="Ivan@Parkmgr.example", phone="+7 1", household=FAMILY)
    assert number == "P-2026-0001"
    person = town.read(number)
    assert (person.name, person.email, person.phone) == ("Иван Соколов", "Ivan@Parkmgr.example".casefold(), "+7 1")
    assert [(one.name, one.relation, one.born) for one in queries.household(person.id)] == list(FAMILY)
    [entry] = entries("people.add")
    written = str(entry.changes)
    assert "***" in written
    assert not any(word in written for word in ("Соколов", "sokolov", "Анна", "2019", "+7 1", "ivan@"))
    assert entry.label == number


def test_every_objection_is_said_at_once(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        town.add("", email="nobody", household=(("X", "dog", None),))
    assert [one.code for one in refused.value.objections] == ["people.no_name", "people.member_relation", "accounts.bad_email"]


def test_a_household_is_replaced_whole(town: Town) -> None:
    number = town.add(household=FAMILY)
    with transaction():
        person = queries.person(number, SYSTEM)
        actions.change(
            person, person.organisation, name="Иван Соколов", kind="guest", household=FAMILY[1:], version=1, actor=SYSTEM, now=town.now
        )
    person = town.read(number)
    assert (person.kind, [one.name for one in queries.household(person.id)]) == ("guest", ["Пётр"])
    assert "Пётр" not in str(entries("people.change")[0].changes)


def test_one_account_is_one_person(town: Town, make: Maker) -> None:
    user = make.user("ivan@parkmgr.example").id
    number = town.add(user_id=user)
    with pytest.raises(Refused) as refused:
        town.add(user_id=user)
    assert [one.code for one in refused.value.objections] == ["people.has_account"]
    assert queries.person_of(town.park_id, user) == town.read(number).id


def test_who_is_erased_leaves_a_number(town: Town, make: Maker) -> None:
    number = town.add(household=FAMILY, email="ivan@parkmgr.example", user_id=make.user().id)
    town.erase(number)
    person = town.read(number)
    assert (person.name, person.search, person.email, person.user_id, person.erased_at) == ("", "", "", None, town.now)
    assert db.session.scalars(db.select(HouseholdMember)).all() == []
    with pytest.raises(Refused) as refused:
        town.erase(number)
    assert [one.code for one in refused.value.objections] == ["people.erased"]
    with transaction(), pytest.raises(Refused):
        person = queries.person(number, SYSTEM)
        actions.change(person, person.organisation, name="Back", kind="staff", actor=SYSTEM, now=town.now)


def test_whom_a_role_finds(town: Town) -> None:
    own, other = town.add("Иван"), town.add("王伟", organisation_id=town.other_id)

    def found(actor: Actor, text: str = "") -> list[tuple[str, str]]:
        rows = db.session.execute(queries.people(town.park_id, actor, queries.Wanted(text)).order_by(Person.id))
        return [(row.number, row.name) for row in rows]

    assert found(town.liaison) == [(own, "Иван")]
    assert found(town.stranger) == [(other, "王伟")]
    assert found(town.desk) == found(town.labs) == [(own, "Иван"), (other, "王伟")]
    assert found(town.auditor) == [(own, ""), (other, "")]
    assert found(town.desk, "ivan") == [(own, "Иван")]
    assert found(town.auditor, "ivan") == []  # a search would tell the name
    assert found(town.auditor, own) == [(own, "")]
    with pytest.raises(Missing):
        town.read(other, town.liaison)


def test_each_look_at_a_page_is_one_entry(app: Flask, town: Town) -> None:
    number = town.add()
    for who in (town.liaison, town.desk, town.auditor):
        answer = Visitor(app).is_(who).get(f"/parks/P/people/{number}")
        assert answer.status_code == 200
        assert "Иван Соколов" in answer.text
    assert [entry.actor for entry in entries("people.show")] == [town.liaison.name, town.desk.name, town.auditor.name]
    assert {entry.label for entry in entries("people.show")} == {number}
    assert Visitor(app).is_(town.stranger).get(f"/parks/P/people/{number}").status_code == 404
    assert len(entries("people.show")) == 3


def test_a_list_is_one_entry_and_one_select(app: Flask, town: Town, statements: Any) -> None:
    for _ in range(30):
        town.add()
    visitor = Visitor(app).is_(town.desk)
    visitor.get("/parks/P/people")
    with statements() as seen:
        assert visitor.get("/parks/P/people?q=соколов").text.count("Иван Соколов") == 30
    assert len([one for one in seen if "FROM people" in one]) == 1
    assert len(entries("people.people")) == 2
    assert "Соколов" not in Visitor(app).is_(town.auditor).get("/parks/P/people").text
    assert "Соколов" not in Visitor(app).is_(town.auditor).get("/parks/P/people?format=csv").text


def test_a_lab_manager_reads_no_telephone_and_no_household(app: Flask, town: Town) -> None:
    number = town.add(phone="+7 812 1", household=FAMILY)
    assert "Анна" in Visitor(app).is_(town.desk).get(f"/parks/P/people/{number}").text
    read = Visitor(app).is_(town.labs).get(f"/parks/P/people/{number}").text
    assert "Иван" in read
    assert "Анна" not in read
    assert "+7 812" not in read


FORM = {"name": "Мария", "kind": "researcher", "household-0-name": "Олег", "household-0-relation": "spouse", "household-0-born": "1990"}


def test_a_liaison_adds_her_own_people_only(app: Flask, town: Town) -> None:
    answer = Visitor(app).is_(town.liaison).post("/parks/P/people/new", **FORM, organisation="OTHER")
    assert answer.status_code == 303
    person = town.read(str(answer.location).rsplit("/", 1)[-1])
    assert (person.organisation_id, person.name) == (town.organisation_id, "Мария")
    assert Visitor(app).is_(town.auditor).post("/parks/P/people/new", **FORM).status_code == 403


def test_what_was_typed_stays(app: Flask, town: Town) -> None:
    desk = Visitor(app).is_(town.desk)
    answer = desk.post("/parks/P/people/new", **FORM, email="x")
    assert answer.status_code == 422
    assert "Олег" in answer.text
    assert "Say which organisation stands for the person" in answer.text
    more = desk.post("/parks/P/people/new", **FORM, more="household")
    assert more.status_code == 200
    assert "household-1-name" in more.text
    unread = desk.post("/parks/P/people/new", **{**FORM, "household-0-name": "", "organisation": "MSU"})
    assert unread.status_code == 422
    assert "Give the name of each member" in unread.text


def test_somebody_is_changed_and_erased_at_the_desk(app: Flask, town: Town) -> None:
    number = town.add(household=FAMILY)
    desk = Visitor(app).is_(town.desk)
    assert "Пётр" in desk.get(f"/parks/P/people/{number}/change").text
    assert desk.post(f"/parks/P/people/{number}/change", **FORM, organisation="MSU · Organisation MSU", version="1").status_code == 303
    assert desk.post(f"/parks/P/people/{number}/change", **FORM, organisation="MSU", version="1").status_code == 409
    assert Visitor(app).is_(town.liaison).post(f"/parks/P/people/{number}/erase").status_code == 403
    assert desk.post(f"/parks/P/people/{number}/erase", version="2").status_code == 303
    assert town.read(number).name == ""
