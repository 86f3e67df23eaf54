"""The administration of accounts: who may give what to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from parkmgr.accounts import actions, queries
from parkmgr.accounts.models import RoleGrant, User
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.policy import SYSTEM, Actor, Role
from tests.making import Maker
from tests.web.visiting import Visitor

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
Statements = Callable[[], AbstractContextManager[list[str]]]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [objection.code.removeprefix("accounts.") for objection in refused.value.objections]


def give(user: User, role: Role, actor: Actor = SYSTEM, **more: Any) -> RoleGrant:
    with transaction():
        return actions.grant(db.session.get_one(User, user.id), role, **{"starts_on": TODAY, **more}, actor=actor, now=NOW)


def refused_to(user: User, role: Role, actor: Actor = SYSTEM, **more: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        give(user, role, actor, **more)
    return codes(refused)


def test_an_account_is_added_with_its_address_in_small_letters(make: Maker) -> None:
    with transaction():
        user = actions.add_user(" Anna.Ёж@Parkmgr.example", "Anna", password="a long enough one", actor=SYSTEM, now=NOW)
    assert user.email == "anna.ёж@parkmgr.example"
    assert queries.user_by_email("ANNA.ёж@parkmgr.example") is not None


def test_every_reason_against_an_account_is_said_at_once(make: Maker) -> None:
    with pytest.raises(Refused) as refused, transaction():
        actions.add_user("no address", " ", password="short", language="fr", actor=SYSTEM, now=NOW)
    assert codes(refused) == ["bad_language", "bad_name", "bad_email", "password_too_short"]


def test_an_address_has_one_account(make: Maker) -> None:
    make.user("ann@parkmgr.example")
    with pytest.raises(Refused, match="already"), transaction():
        actions.add_user("Ann@parkmgr.example", "Ann", password="a long enough one", actor=SYSTEM, now=NOW)


def test_random_passwords_are_long_and_differ(make: Maker) -> None:
    passwords = {actions.random_password() for _ in range(100)}
    assert len(passwords) == 100
    assert {len(password) for password in passwords} == {24}


def test_a_liaison_has_an_organisation_and_the_others_have_none(make: Maker) -> None:
    user, organisation = make.user(), make.organisation()
    assert refused_to(user, Role.LIAISON) == ["needs_organisation"]
    assert refused_to(user, Role.AUDITOR, organisation_id=organisation.id) == ["no_organisation"]
    give(user, Role.LIAISON, organisation_id=organisation.id)


def test_a_role_ends_after_it_begins_and_not_in_the_past(make: Maker) -> None:
    user = make.user()
    assert refused_to(user, Role.AUDITOR, ends_on=date(2026, 3, 1)) == ["backwards"]
    assert refused_to(user, Role.AUDITOR, starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 1)) == ["over"]
    give(user, Role.AUDITOR, ends_on=TODAY)


def test_the_same_role_is_not_given_twice_for_the_same_days(make: Maker) -> None:
    user, park = make.user(), make.park()
    give(user, Role.AUDITOR, park_id=park.id, ends_on=date(2026, 6, 30))
    assert refused_to(user, Role.AUDITOR, park_id=park.id, starts_on=date(2026, 6, 30)) == ["has_it"]
    give(user, Role.AUDITOR, park_id=park.id, starts_on=date(2026, 7, 1))


def test_an_administrator_of_a_park_gives_roles_there_only(make: Maker) -> None:
    here, there = make.park(), make.park()
    actor = make.granted(Role.ADMINISTRATOR, park=here)
    user = make.user()
    give(user, Role.ADMINISTRATOR, actor, park_id=here.id)
    assert refused_to(user, Role.AUDITOR, actor, park_id=there.id) == ["not_administrator"]
    assert refused_to(user, Role.AUDITOR, actor) == ["not_administrator"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LIAISON])
def test_nobody_else_gives_roles(make: Maker, role: Role) -> None:
    park = make.park()
    actor = make.granted(role, park=park, organisation=make.organisation() if role is Role.LIAISON else None)
    assert refused_to(make.user(), Role.AUDITOR, actor, park_id=park.id) == ["not_administrator"]


def test_nobody_changes_his_own_roles(make: Maker) -> None:
    actor = make.granted(Role.ADMINISTRATOR)
    make.granted(Role.ADMINISTRATOR)
    own = db.session.get_one(User, actor.user_id)
    assert refused_to(own, Role.AUDITOR, actor) == ["own_account"]
    grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=own.id)).one()
    with pytest.raises(Refused) as refused, transaction():
        actions.withdraw_grant(own, grant, actor=actor, now=NOW)
    assert codes(refused) == ["own_account"]
    with pytest.raises(Refused) as refused, transaction():
        actions.disable(own, actor=actor, now=NOW)
    assert codes(refused) == ["own_account"]


def test_the_last_administrator_of_all_parks_stays(make: Maker) -> None:
    actor = make.granted(Role.ADMINISTRATOR)
    make.granted(Role.ADMINISTRATOR, park=make.park())
    disabled = make.granted(Role.ADMINISTRATOR, active=False)
    assert disabled
    user = db.session.get_one(User, actor.user_id)
    grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=user.id)).one()
    with pytest.raises(Refused) as refused, transaction():
        actions.withdraw_grant(user, grant, actor=SYSTEM, now=NOW)
    assert codes(refused) == ["last_administrator"]
    with pytest.raises(Refused) as refused, transaction():
        actions.disable(user, actor=SYSTEM, now=NOW)
    assert codes(refused) == ["last_administrator"]


def test_one_of_two_administrators_may_go(make: Maker) -> None:
    actor, other = make.granted(Role.ADMINISTRATOR), make.granted(Role.ADMINISTRATOR)
    with transaction():
        actions.disable(db.session.get_one(User, other.user_id), actor=actor, now=NOW)
    assert queries.administrators_of_all(TODAY) == {(actor.user_id, 1)}


def test_a_park_administrator_does_not_disable_who_has_roles_elsewhere(make: Maker) -> None:
    here, there = make.park(), make.park()
    actor = make.granted(Role.ADMINISTRATOR, park=here)
    user = make.user()
    give(user, Role.AUDITOR, park_id=here.id)
    elsewhere = give(user, Role.AUDITOR, park_id=there.id)
    with pytest.raises(Refused) as refused, transaction():
        actions.disable(db.session.get_one(User, user.id), actor=actor, now=NOW)
    assert codes(refused) == ["elsewhere"]
    with transaction():
        actions.withdraw_grant(db.session.get_one(User, user.id), db.session.get_one(RoleGrant, elsewhere.id), actor=SYSTEM, now=NOW)
    with transaction():
        actions.disable(db.session.get_one(User, user.id), actor=actor, now=NOW)


def test_accounts_of_other_parks_and_of_all_parks_are_missing(make: Maker) -> None:
    here, there = make.park(), make.park()
    actor = make.granted(Role.ADMINISTRATOR, park=here)
    foreign = make.granted(Role.AUDITOR, park=there)
    everywhere = make.granted(Role.ADMINISTRATOR)
    own = make.granted(Role.AUDITOR, park=here)
    assert own.user_id is not None
    assert queries.user(own.user_id, actor).id == own.user_id
    for other in (foreign, everywhere):
        with pytest.raises(Missing):
            queries.user(other.user_id or 0, actor)
    listed = {row.id for row in db.session.execute(queries.users(actor, TODAY))}
    assert listed == {actor.user_id, own.user_id}


def test_a_park_administrator_sees_the_roles_in_his_park_only(make: Maker) -> None:
    here, there = make.park(), make.park()
    actor = make.granted(Role.ADMINISTRATOR, park=here)
    user = make.user()
    give(user, Role.AUDITOR, park_id=here.id)
    foreign = give(user, Role.ADMINISTRATOR, park_id=there.id)
    assert [grant.role for grant, _park, _organisation in queries.grants_of(user.id, actor)] == ["auditor"]
    (row,) = [row for row in db.session.execute(queries.users(actor, TODAY)) if row.id == user.id]
    assert row.roles == "auditor"
    assert user.id not in {row.id for row in db.session.execute(queries.users(actor, TODAY, role="administrator"))}
    with pytest.raises(Missing):
        queries.grant(foreign.id, user.id, actor)


@pytest.mark.parametrize(("q", "found"), [("IVAN", True), ("иван", True), ("petrov@", True), ("%", False), ("sidorov", False)])
def test_accounts_are_found_by_name_and_address(make: Maker, q: str, found: bool) -> None:
    user = make.user("ivan.petrov@parkmgr.example")
    with transaction():
        actions.change_me(db.session.get_one(User, user.id), name="иван Петров", language="ru", version=None, now=NOW)
    assert [row.id for row in db.session.execute(queries.users(SYSTEM, TODAY, q=q))] == ([user.id] if found else [])


def test_each_question_is_one_select(make: Maker, statements: Statements) -> None:
    user = make.user()
    give(user, Role.AUDITOR, park_id=make.park().id)
    user_id = user.id
    with statements() as seen:
        db.session.execute(queries.users(SYSTEM, TODAY, q="a", role="auditor", state="active")).all()
    assert len(seen) == 1
    with statements() as seen:
        ((_grant, park, _organisation),) = queries.grants_of(user_id, SYSTEM)
        assert park is not None
        assert park.code
    assert len(seen) == 1
    with statements() as seen:
        queries.user(user_id, SYSTEM)
    assert len(seen) == 1


def test_deeds_on_accounts_are_entries(make: Maker) -> None:
    user = make.user()
    grant = give(user, Role.AUDITOR)
    with transaction():
        actions.withdraw_grant(
            db.session.get_one(User, user.id), db.session.get_one(RoleGrant, grant.id), actor=SYSTEM, now=NOW, reason="left"
        )
    entry = db.session.scalars(db.select(Entry).filter_by(deed="accounts.withdraw_grant")).one()
    assert (entry.subject, entry.label, entry.reason) == (f"users:{user.id}", user.email, "left")
    assert entry.changes["rows"] == [
        {"row": f"grants:{grant.id}", "before": {"withdrawn_at": None}, "after": {"withdrawn_at": NOW.isoformat()}}
    ]


def test_two_deeds_of_one_transaction_have_their_own_changes(make: Maker) -> None:
    with transaction():
        user = actions.add_user("ann@parkmgr.example", "Ann", password="a long enough one", actor=SYSTEM, now=NOW)
        actions.grant(user, Role.AUDITOR, starts_on=TODAY, actor=SYSTEM, now=NOW)
    changed = {entry.deed: [row["row"] for row in entry.changes["rows"]] for entry in db.session.scalars(db.select(Entry))}
    assert changed == {"accounts.add": [f"users:{user.id}"], "accounts.grant": ["grants:1"]}


def test_an_account_is_added_with_a_role_and_a_password_shown_once(app: Any, make: Maker) -> None:
    park = make.park()
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=park))
    answer = administrator.post(
        "/users/add", email="new@parkmgr.example", name="New", language="en", role="auditor", park=str(park.id), starts_on="2026-01-01"
    )
    assert answer.status_code == 201
    (password,) = re.findall(r"[\w]{4}(?:-[\w]{4}){4}", answer.get_data(as_text=True))
    newcomer = Visitor(app)
    assert newcomer.sign_in("new@parkmgr.example", password).status_code == 303
    assert newcomer.get("/audit").status_code == 200
    assert newcomer.get("/users").status_code == 403


def test_nothing_is_added_when_the_role_is_refused(app: Any, make: Maker) -> None:
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    answer = administrator.post(
        "/users/add", email="new@parkmgr.example", name="New", language="en", role="liaison", park="", starts_on="2026-01-01"
    )
    assert answer.status_code == 422
    assert "say which" in answer.get_data(as_text=True)
    assert queries.user_by_email("new@parkmgr.example") is None


def test_a_park_that_is_not_ones_own_is_no_choice(app: Any, make: Maker) -> None:
    here, there = make.park(), make.park("THE-OTHER")
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=here))
    user = make.granted(Role.AUDITOR, park=here)
    for park in (str(there.id), "", "0", "x"):
        answer = administrator.post(f"/users/{user.user_id}/grants/add", role="administrator", park=park, starts_on="2026-01-01")
        assert answer.status_code == 422
    assert there.code not in administrator.get(f"/users/{user.user_id}/grants/add").get_data(as_text=True)


def test_a_grant_of_another_account_is_missing(app: Any, make: Maker) -> None:
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    one, other = make.granted(Role.AUDITOR), make.granted(Role.AUDITOR)
    grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=one.user_id)).one()
    assert administrator.post(f"/users/{other.user_id}/grants/{grant.id}/withdraw").status_code == 404
    assert administrator.post(f"/users/{one.user_id}/grants/{grant.id}/withdraw").status_code == 303


@pytest.mark.parametrize("number", [0, 2**31, 2**63 - 1, 2**63, 10**30])
def test_no_number_breaks_the_address(app: Any, make: Maker, number: int) -> None:
    administrator = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    assert administrator.get(f"/users/{number}").status_code == 404
    assert administrator.get(f"/audit/{number}").status_code == 404
