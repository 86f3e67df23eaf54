"""Signing in and out: what opens, what stays shut, and what a copied cookie is good for."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from types import FrameType

import argon2
import pyotp
import pytest
import time_machine
from flask import Flask

from parkmgr import clock
from parkmgr.accounts import actions, queries, rules
from parkmgr.accounts.models import Attempt, RoleGrant, SignIn, User
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.policy import SYSTEM, Role
from tests.accounts.conftest import PASSWORD
from tests.making import Maker
from tests.web.visiting import Visitor

Somebody = Callable[..., User]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at: float | None = None) -> str:
    return pyotp.TOTP(SECRET).at(int(time.time() if at is None else at))


def test_the_right_password_opens(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    answer = visitor.sign_in("Ann@parkmgr.example ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.signed_in


def test_a_sign_in_leaves_an_entry(visitor: Visitor, somebody: Somebody) -> None:
    user = somebody()
    visitor.sign_in(user.email, PASSWORD)
    db.session.rollback()
    entry = db.session.scalars(db.select(Entry).order_by(Entry.id.desc())).first()
    assert entry is not None
    assert (entry.deed, entry.actor_id, entry.subject) == ("accounts.sign_in", user.id, f"users:{user.id}")


@pytest.mark.parametrize("password", ["", "the hall has two halveS", PASSWORD + " ", "x" * 5000])
def test_nothing_else_opens(visitor: Visitor, somebody: Somebody, password: str) -> None:
    somebody()
    assert visitor.sign_in("ann@parkmgr.example", password).status_code == 422
    assert not visitor.signed_in


def test_a_disabled_account_does_not_open(visitor: Visitor, somebody: Somebody) -> None:
    somebody(active=False)
    assert visitor.sign_in("ann@parkmgr.example", PASSWORD).status_code == 422


def _said(answer: object) -> str:
    text = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    return re.sub(r'value="[^"]*"', "", text)


def test_an_account_that_is_not_there_is_refused_in_the_same_words(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    somebody("off@parkmgr.example", active=False)
    answers = {
        _said(visitor.sign_in(email, "a wrong password")) for email in ("ann@parkmgr.example", "off@parkmgr.example", "no@parkmgr.example")
    }
    assert len(answers) == 1


def _hashings(of: User | None) -> list[argon2.Parameters]:
    """Return what refusing costs: the parameters of each hash that was computed."""
    seen: list[argon2.Parameters] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_name == "verify_secret":
            seen.append(argon2.extract_parameters(frame.f_locals["hash"].decode()))

    sys.setprofile(note)
    try:
        assert not actions.opens(of, "a wrong password")
    finally:
        sys.setprofile(None)
    return seen


def test_an_account_that_is_not_there_is_refused_by_the_same_work(app: Flask, somebody: Somebody) -> None:
    assert len(_hashings(None)) == 1
    assert _hashings(None) == _hashings(somebody()) == _hashings(somebody("off@parkmgr.example", active=False))


def test_as_many_statements_for_nobody_as_for_somebody(
    visitor: Visitor, somebody: Somebody, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    somebody()
    counts = []
    for email in ("ann@parkmgr.example", "no@parkmgr.example"):
        with statements() as seen:
            visitor.sign_in(email, "a wrong password")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_long_password_is_refused_before_it_is_hashed(visitor: Visitor, somebody: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody()
    monkeypatch.setattr(actions, "opens", lambda *_: pytest.fail("it was hashed"))
    assert visitor.sign_in("ann@parkmgr.example", "x" * 50_000).status_code == 422


def test_a_megabyte_is_not_even_read(visitor: Visitor) -> None:
    assert visitor.sign_in("ann@parkmgr.example", "x" * 1_000_000).status_code == 413


def test_who_is_signed_in_is_one_select(app: Flask, make: Maker, statements: Callable[[], AbstractContextManager[list[str]]]) -> None:
    park = make.park()
    actor = make.granted(Role.AUDITOR, park=park)
    with transaction():
        token = actions.begin(db.session.get_one(User, actor.user_id), now=clock.now())
    with statements() as seen:
        found = queries.signed_in(token)
    assert len(seen) == 1
    assert found is not None
    assert found.actor.grants[0].park_id == park.id


def test_signing_out_kills_a_copied_cookie(visitor: Visitor, somebody: Somebody) -> None:
    visitor.sign_in(somebody().email, PASSWORD)
    thief = visitor.with_cookie(visitor.cookie)
    assert thief.signed_in
    assert visitor.post("/sign-out").status_code == 303
    assert not visitor.signed_in
    assert not thief.signed_in


def test_signing_out_needs_a_post(visitor: Visitor, somebody: Somebody) -> None:
    visitor.sign_in(somebody().email, PASSWORD)
    assert visitor.get("/sign-out").status_code == 405
    assert visitor.signed_in


def test_a_sign_in_starts_another_session(visitor: Visitor, somebody: Somebody) -> None:
    """Fixation: what stood in the browser before signing in opens nothing after it."""
    somebody()
    visitor.post("/language", language="ru")
    planted = visitor.cookie
    visitor.sign_in("ann@parkmgr.example", PASSWORD)
    assert visitor.cookie != planted
    assert not visitor.with_cookie(planted).signed_in
    with visitor.client.session_transaction() as session:
        assert set(session) - {"csrf_token"} == {"_user_id", "_fresh", "_id", "language"}


def test_a_planted_token_is_not_taken_over(visitor: Visitor, somebody: Somebody) -> None:
    thief = Visitor(visitor.app)
    thief.sign_in(somebody("eve@parkmgr.example").email, PASSWORD)
    victim = visitor.with_cookie(thief.cookie)
    victim.sign_in(somebody().email, PASSWORD)
    assert "ann@parkmgr.example" in victim.get("/me").get_data(as_text=True)
    assert not thief.signed_in


def test_the_register_keeps_no_token(visitor: Visitor, somebody: Somebody) -> None:
    visitor.sign_in(somebody().email, PASSWORD)
    with visitor.client.session_transaction() as session:
        token = session["_user_id"]
    db.session.rollback()
    assert db.session.scalars(db.select(SignIn.token)).one() == rules.token_hash(token) != token


def test_an_idle_sign_in_ends(visitor: Visitor, somebody: Somebody) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        visitor.sign_in(somebody().email, PASSWORD)
        traveller.shift(rules.IDLE - timedelta(minutes=1))
        assert visitor.signed_in
        traveller.shift(rules.IDLE - timedelta(minutes=1))
        assert visitor.signed_in
        traveller.shift(rules.IDLE + timedelta(seconds=1))
        assert not visitor.signed_in


def test_no_sign_in_lives_for_ever(visitor: Visitor, somebody: Somebody) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        visitor.sign_in(somebody().email, PASSWORD)
        for _ in range(11):
            traveller.shift(timedelta(hours=1))
            assert visitor.signed_in
        traveller.shift(timedelta(hours=1))
        assert not visitor.signed_in


def test_a_page_view_writes_seldom(visitor: Visitor, somebody: Somebody) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        visitor.sign_in(somebody().email, PASSWORD)
        before = db.session.scalars(db.select(SignIn.seen_at)).one()
        traveller.shift(rules.NOTICED - timedelta(seconds=1))
        assert visitor.signed_in
        db.session.rollback()
        assert db.session.scalars(db.select(SignIn.seen_at)).one() == before


@pytest.mark.parametrize("onward", ["/parks", "/parks?q=a%20b", "/spaces/%D0%90"])
def test_next_leads_on(visitor: Visitor, somebody: Somebody, onward: str) -> None:
    somebody()
    answer = visitor.post(f"/sign-in?next={onward.replace('%', '%25')}", email="ann@parkmgr.example", password=PASSWORD)
    assert answer.location == onward


@pytest.mark.parametrize(
    "onward", ["//evil.example", "/%09/evil.example", "https://evil.example", "/%0D%0ALocation:%20https://evil.example"]
)
def test_next_never_leads_away(visitor: Visitor, somebody: Somebody, onward: str) -> None:
    somebody()
    answer = visitor.post(f"/sign-in?next={onward}", email="ann@parkmgr.example", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "evil" not in str(answer.headers)


def test_a_stranger_is_led_back_to_the_page_he_wanted(visitor: Visitor, somebody: Somebody) -> None:
    answer = visitor.get("/me")
    assert answer.status_code == 303
    assert visitor.sign_in(somebody().email, PASSWORD, onward="?" + str(answer.location).partition("?")[2]).location == "/me"


def tries(visitor: Visitor, email: str, count: int) -> list[int]:
    return [visitor.sign_in(email, "a wrong password").status_code for _ in range(count)]


def test_the_eleventh_guess_at_an_account_is_not_looked_at(app: Flask, somebody: Somebody) -> None:
    somebody()
    answers = [Visitor(app, f"192.0.2.{number}").sign_in("ann@parkmgr.example", "a wrong password").status_code for number in range(12)]
    assert answers == [422] * 10 + [429] * 2
    answer = Visitor(app).sign_in("ann@parkmgr.example", PASSWORD)
    assert answer.status_code == 429
    assert "15 minutes" in answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) <= 900


def test_an_account_that_is_not_there_is_counted_alike(app: Flask, visitor: Visitor) -> None:
    assert tries(visitor, "no@parkmgr.example", 11) == [422] * 10 + [429]


def test_an_address_has_fifty_guesses(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    with transaction():
        key = rules.password_limits("", visitor.address)[1].key
        db.session.add_all([Attempt(key=key, at=clock.now()) for _ in range(49)])
    assert tries(visitor, "no1@parkmgr.example", 1) == [422]
    assert tries(visitor, "no2@parkmgr.example", 1) == [429]
    assert Visitor(visitor.app, "203.0.113.9").sign_in("ann@parkmgr.example", PASSWORD).status_code == 303


def test_a_subscribers_ipv6_addresses_are_one(visitor: Visitor) -> None:
    assert rules.password_limits("", "2001:db8::1")[1].key == rules.password_limits("", "2001:db8::ffff:1")[1].key
    assert rules.password_limits("", "2001:db8::1")[1].key != rules.password_limits("", "2001:db8:0:1::1")[1].key


def test_after_a_quarter_of_an_hour_one_may_try_again(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        assert tries(visitor, "ann@parkmgr.example", 11)[-1] == 429
        traveller.shift(rules.WINDOW + timedelta(seconds=1))
        assert visitor.sign_in("ann@parkmgr.example", PASSWORD).status_code == 303


def test_the_right_password_clears_the_accounts_count_but_not_the_addresss(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    tries(visitor, "ann@parkmgr.example", 9)
    assert visitor.sign_in("ann@parkmgr.example", PASSWORD).status_code == 303
    db.session.rollback()
    keys = list(db.session.scalars(db.select(Attempt.key)))
    assert keys == [rules.password_limits("", visitor.address)[1].key] * 9


def test_a_role_that_is_withdrawn_is_gone_at_once(visitor: Visitor, make: Maker, somebody: Somebody) -> None:
    user = somebody()
    with transaction():
        actions.grant(user, Role.ADMINISTRATOR, starts_on=date(2020, 1, 1), actor=SYSTEM, now=clock.now())
    make.granted(Role.ADMINISTRATOR)
    visitor.sign_in(user.email, PASSWORD)
    thief = visitor.with_cookie(visitor.cookie)
    assert visitor.get("/users").status_code == 200
    with transaction():
        user = queries.user_by_email("ann@parkmgr.example")
        assert user is not None
        grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=user.id)).one()
        actions.withdraw_grant(user, grant, actor=SYSTEM, now=clock.now())
    assert visitor.get("/users").status_code == 303
    assert thief.get("/users").status_code == 303
    visitor.sign_in("ann@parkmgr.example", PASSWORD)
    assert visitor.get("/users").status_code == 403


def test_a_role_is_over_after_its_last_day(visitor: Visitor, somebody: Somebody) -> None:
    user = somebody()
    with transaction():
        today = clock.now().date()
        actions.grant(user, Role.ADMINISTRATOR, starts_on=today, ends_on=today, actor=SYSTEM, now=clock.now())
    with time_machine.travel(clock.now().replace(hour=23, minute=50), tick=False) as traveller:
        visitor.sign_in(user.email, PASSWORD)
        assert visitor.get("/users").status_code == 200
        traveller.shift(timedelta(minutes=15))
        assert visitor.get("/users").status_code == 403


def test_disabling_ends_every_sign_in(visitor: Visitor, somebody: Somebody) -> None:
    user = somebody()
    visitor.sign_in(user.email, PASSWORD)
    with transaction():
        actions.disable(db.session.get_one(User, user.id), actor=SYSTEM, now=clock.now())
    assert not visitor.signed_in


@pytest.fixture
def careful(somebody: Somebody) -> User:
    """Somebody with a second factor."""
    return somebody(totp_secret=SECRET)


def test_the_second_factor_is_asked_for(visitor: Visitor, careful: User) -> None:
    answer = visitor.sign_in(careful.email, PASSWORD, onward="?next=/parks")
    assert answer.location == "/sign-in/code?next=/parks"
    assert not visitor.signed_in
    assert visitor.post(str(answer.location), code=code()).location == "/parks"
    assert visitor.signed_in


def test_a_code_is_good_once(visitor: Visitor, careful: User) -> None:
    used = code()
    for expected in (303, 422):
        again = Visitor(visitor.app)
        again.sign_in("ann@parkmgr.example", PASSWORD)
        assert again.post("/sign-in/code", code=used).status_code == expected


def test_an_older_code_than_the_last_is_not_good(visitor: Visitor, careful: User) -> None:
    with time_machine.travel(clock.now(), tick=False):
        visitor.sign_in(careful.email, PASSWORD)
        assert visitor.post("/sign-in/code", code=code()).status_code == 303
        visitor.sign_in("ann@parkmgr.example", PASSWORD)
        assert visitor.post("/sign-in/code", code=code(time.time() - 30)).status_code == 422
        assert visitor.post("/sign-in/code", code=code(time.time() + 30)).status_code == 303


def test_codes_of_other_times_are_not_good(visitor: Visitor, careful: User) -> None:
    with time_machine.travel(clock.now(), tick=False):
        visitor.sign_in(careful.email, PASSWORD)
        for shift in (-60, 60):
            assert visitor.post("/sign-in/code", code=code(time.time() + shift)).status_code == 422


def test_the_sixth_guess_at_a_code_is_not_looked_at(visitor: Visitor, careful: User) -> None:
    visitor.sign_in(careful.email, PASSWORD)
    assert [visitor.post("/sign-in/code", code="000000").status_code for _ in range(6)] == [422] * 5 + [429]
    assert visitor.post("/sign-in/code", code=code()).status_code == 429


def test_the_second_step_without_the_first_leads_to_the_first(visitor: Visitor, careful: User) -> None:
    for answer in (visitor.get("/sign-in/code"), visitor.post("/sign-in/code", code=code())):
        assert answer.location == "/sign-in"


def test_half_a_sign_in_is_over_after_five_minutes(visitor: Visitor, careful: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        visitor.sign_in(careful.email, PASSWORD)
        traveller.shift(rules.SECOND_FACTOR + timedelta(seconds=1))
        assert visitor.post("/sign-in/code", code=code()).location == "/sign-in"


def test_half_a_sign_in_dies_when_the_password_changes(visitor: Visitor, careful: User) -> None:
    visitor.sign_in(careful.email, PASSWORD)
    with transaction():
        actions.set_password(db.session.get_one(User, careful.id), "another one of them", actor=SYSTEM, now=clock.now())
    assert visitor.post("/sign-in/code", code=code()).status_code == 422
    assert not visitor.signed_in


def test_a_sign_in_dies_when_the_password_changed_while_it_was_looked_at(app: Flask, somebody: Somebody) -> None:
    user = somebody()
    with pytest.raises(Refused, match="changed"), transaction():
        actions.sign_in(db.session.get_one(User, user.id), proof="of another", now=clock.now())
