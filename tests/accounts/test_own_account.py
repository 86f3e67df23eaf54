"""One's own account: the password, links to a new one, the second factor, the other browsers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import structlog
import time_machine
from flask import Flask

from parkmgr import clock, mail
from parkmgr.accounts import actions, rules
from parkmgr.accounts.models import User
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.policy import SYSTEM
from tests.accounts.conftest import PASSWORD
from tests.web.visiting import Visitor

Somebody = Callable[..., User]
NEW = "a hall, then, of three parts"


@pytest.fixture
def here(visitor: Visitor, somebody: Somebody) -> Visitor:
    """Somebody's browser, signed in."""
    return visitor.is_(somebody())


def change(visitor: Visitor, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> int:
    return visitor.post("/me/password", old=old, new=new, again=new if again is None else again).status_code


def test_a_password_is_changed_by_whoever_knows_the_old_one(here: Visitor) -> None:
    assert change(here, old="some other password") == 422
    assert change(here) == 303
    assert Visitor(here.app).sign_in("ann@parkmgr.example", PASSWORD).status_code == 422
    assert Visitor(here.app).sign_in("ann@parkmgr.example", NEW).status_code == 303


def test_a_changed_password_ends_every_sign_in_but_gives_this_browser_a_new_one(here: Visitor, somebody: Somebody) -> None:
    thief = here.with_cookie(here.cookie)
    assert thief.signed_in
    assert change(here) == 303
    assert here.signed_in
    assert not thief.signed_in


def test_a_slip_of_the_pen_changes_nothing(here: Visitor) -> None:
    assert change(here, again=NEW + "x") == 422
    assert Visitor(here.app).sign_in("ann@parkmgr.example", PASSWORD).status_code == 303


def test_guessing_the_old_password_is_counted_with_the_guesses_at_sign_in(here: Visitor) -> None:
    assert [change(here, old="some other password") for _ in range(11)] == [422] * 10 + [429]
    assert Visitor(here.app, "203.0.113.9").sign_in("ann@parkmgr.example", PASSWORD).status_code == 429


def test_no_entry_shows_a_password(here: Visitor) -> None:
    change(here)
    db.session.rollback()
    entry = db.session.scalars(db.select(Entry).filter_by(deed="accounts.password")).one()
    (row,) = entry.changes["rows"]
    assert (row["before"], row["after"]) == ({"password_hash": "***"}, {"password_hash": "***"})


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[mail.Mail]:
    """What was posted."""
    posted: list[mail.Mail] = []
    monkeypatch.setattr(mail, "post", lambda letter, **_: posted.append(letter))
    return posted


def link(letter: mail.Mail) -> str:
    (found,) = re.findall(r"http://127\.0\.0\.1:8000(/reset/\S+)", letter.text)
    return str(found)


def test_a_forgotten_password_is_chosen_anew_by_a_link(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    user = somebody()
    other = Visitor(visitor.app).is_(user)
    visitor.post("/forgot", email="ANN@parkmgr.example")
    assert [letter.to for letter in letters] == ["ann@parkmgr.example"]
    assert visitor.get(link(letters[0])).status_code == 200
    assert visitor.post(link(letters[0]), new=NEW, again=NEW).location == "/sign-in"
    assert not other.signed_in
    assert visitor.sign_in("ann@parkmgr.example", NEW).status_code == 303
    assert letters[1].subject == "Your password was changed"


def test_a_link_is_good_once(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    somebody()
    visitor.post("/forgot", email="ann@parkmgr.example")
    visitor.post(link(letters[0]), new=NEW, again=NEW)
    assert visitor.get(link(letters[0])).status_code == 404
    assert visitor.post(link(letters[0]), new=NEW + "x", again=NEW + "x").status_code == 404


def test_a_link_is_good_for_an_hour(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    somebody()
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as traveller:
        visitor.post("/forgot", email="ann@parkmgr.example")
        traveller.shift(rules.LINK)
        assert visitor.get(link(letters[0])).status_code == 200
        traveller.shift(timedelta(seconds=1))
        assert visitor.get(link(letters[0])).status_code == 404


def test_a_link_dies_with_a_change_of_the_password_or_the_account(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    user_id = somebody().id
    for deed in (
        lambda user: actions.set_password(user, NEW, actor=SYSTEM, now=clock.now()),
        lambda user: actions.disable(user, actor=SYSTEM, now=clock.now()),
    ):
        visitor.post("/forgot", email="ann@parkmgr.example")
        with transaction():
            deed(db.session.get_one(User, user_id))
        assert visitor.get(link(letters[-1])).status_code == 404


@pytest.mark.parametrize("token", ["x", "WzEsIngiLDFd.x", "%00", "a" * 3000, ".", "WzFd"])
def test_a_made_up_link_is_missing(visitor: Visitor, token: str) -> None:
    assert visitor.get(f"/reset/{token}").status_code == 404


def test_a_token_made_for_something_else_is_no_link(here: Visitor) -> None:
    (token,) = re.findall(r'name="secret" value="([^"]+)"', here.get("/me/totp").get_data(as_text=True))
    assert here.get(f"/reset/{token}").status_code == 404


def test_the_answer_does_not_tell_who_has_an_account(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    somebody()
    somebody("off@parkmgr.example", active=False)
    answers = [
        visitor.post("/forgot", email=email).get_data(as_text=True)
        for email in ("ann@parkmgr.example", "off@parkmgr.example", "no@parkmgr.example")
    ]
    # Each page's CSRF token carries the second it was made in.
    assert len({re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", answer) for answer in answers}) == 1
    assert len(letters) == 1


def test_a_fourth_link_in_a_quarter_of_an_hour_is_refused_for_anyone(
    visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]
) -> None:
    somebody()
    for email in ("ann@parkmgr.example", "no@parkmgr.example"):
        assert [visitor.post("/forgot", email=email).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_poisoned_host_gets_into_no_link(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail]) -> None:
    somebody()
    visitor.open(
        "/forgot",
        "POST",
        data={"email": "ann@parkmgr.example"},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    assert "evil" not in letters[0].text
    assert link(letters[0])


def test_without_a_mail_server_the_link_stands_in_the_log(visitor: Visitor, somebody: Somebody) -> None:
    somebody()
    with structlog.testing.capture_logs() as lines:
        visitor.post("/forgot", email="ann@parkmgr.example")
    (line,) = [line for line in lines if line["event"] == "mail"]
    assert "/reset/" in line["text"]


def test_the_mail_is_in_the_language_of_the_account(visitor: Visitor, somebody: Somebody, letters: list[mail.Mail], app: Flask) -> None:
    somebody(language="ru")
    asked: list[str] = []
    app.jinja_env.globals["_"] = lambda text, **facts: asked.append(__import__("flask_babel").get_locale().language) or text % facts
    visitor.post("/forgot", email="ann@parkmgr.example")
    assert letters
    assert "ru" in asked


def switch_on(visitor: Visitor, password: str = PASSWORD) -> tuple[int, str]:
    text = visitor.get("/me/totp").get_data(as_text=True)
    (signed,) = re.findall(r'name="secret" value="([^"]+)"', text)
    (secret,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", text)
    secret = secret.replace(" ", "")
    return visitor.post("/me/totp", secret=signed, code=pyotp.TOTP(secret).at(int(time.time())), old=password).status_code, secret


def test_a_second_factor_is_switched_on_by_password_and_code(here: Visitor) -> None:
    thief = here.with_cookie(here.cookie)
    assert switch_on(here, "some other password")[0] == 422
    status, secret = switch_on(here)
    assert status == 303
    assert not thief.signed_in
    assert here.signed_in
    other = Visitor(here.app)
    assert other.sign_in("ann@parkmgr.example", PASSWORD).location == "/sign-in/code"
    assert other.post("/sign-in/code", code=pyotp.TOTP(secret).at(int(time.time()) + 30)).status_code == 303


def test_a_secret_that_the_page_did_not_offer_is_not_taken(here: Visitor, somebody: Somebody) -> None:
    secret = pyotp.random_base32()
    assert here.post("/me/totp", secret=secret, code=pyotp.TOTP(secret).now(), old=PASSWORD).status_code == 422


def test_the_offered_secret_stays_when_the_code_was_wrong(here: Visitor) -> None:
    text = here.get("/me/totp").get_data(as_text=True)
    (signed,) = re.findall(r'name="secret" value="([^"]+)"', text)
    again = here.post("/me/totp", secret=signed, code="000000", old=PASSWORD)
    assert again.status_code == 422
    assert signed in again.get_data(as_text=True)
    assert PASSWORD not in again.get_data(as_text=True)


def test_a_second_factor_is_switched_off_by_the_password(here: Visitor) -> None:
    switch_on(here)
    thief = here.with_cookie(here.cookie)
    assert here.post("/me/totp/off", old="some other password").status_code == 422
    assert here.post("/me/totp/off", old=PASSWORD).status_code == 303
    assert not thief.signed_in
    assert Visitor(here.app).sign_in("ann@parkmgr.example", PASSWORD).location == "/"


def test_the_other_browsers_can_be_signed_out(here: Visitor, somebody: Somebody) -> None:
    other = Visitor(here.app)
    other.sign_in("ann@parkmgr.example", PASSWORD)
    assert here.get("/me").get_data(as_text=True).count("This browser") == 1
    here.post("/me/sign-ins/end")
    assert here.signed_in
    assert not other.signed_in


def test_name_and_language_are_ones_own_and_nothing_else(here: Visitor) -> None:
    answer = here.post("/me", name="Анна", language="zh", email="root@parkmgr.example", active="", role="administrator", version="1")
    assert answer.status_code == 303
    db.session.rollback()
    user = db.session.scalars(db.select(User)).one()
    assert (user.name, user.language, user.email, user.active) == ("Анна", "zh", "ann@parkmgr.example", True)


def test_the_second_of_two_open_forms_is_told(here: Visitor) -> None:
    assert here.post("/me", name="Ann", language="en", version="1").status_code == 303
    assert here.post("/me", name="Anna", language="en", version="1").status_code == 409


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x00b", "a\u202eb", "a\x07"])
def test_a_name_that_cannot_be_shown_is_refused(here: Visitor, name: str) -> None:
    assert here.post("/me", name=name, language="en").status_code == 422


def test_a_name_is_shown_as_text(here: Visitor) -> None:
    here.post("/me", name='<script>alert(1)</script>"', language="en")
    assert "<script>alert(1)" not in here.get("/me").get_data(as_text=True)
