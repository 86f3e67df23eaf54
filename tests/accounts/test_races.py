"""What happens at the same moment: guesses, codes, and two administrators who take each other's role."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pyotp
from flask import Flask

from parkmgr.accounts import actions, queries, rules
from parkmgr.accounts.models import RoleGrant, SignIn, User
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.policy import Actor, Role
from tests.making import Maker

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def at_once(app: Flask, deeds: list[Callable[[], None]]) -> list[str]:
    """Do the deeds in threads of their own, each in a transaction, and return who was refused what."""
    together = Barrier(len(deeds))

    def do(deed: Callable[[], None]) -> str:
        with app.app_context():
            together.wait(20)
            try:
                with transaction():
                    deed()
            except Refused as refused:
                return refused.objections[0].code
            return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def test_who_tries_in_parallel_gains_nothing(app: Flask) -> None:
    limits = rules.password_limits("ann@parkmgr.example", "192.0.2.1")
    answers = at_once(app, [lambda: actions.count_try(limits, now=NOW)] * 14)
    assert sorted(answers) == [""] * 10 + ["accounts.too_many_tries"] * 4


def test_a_code_opens_one_of_two_browsers(app: Flask, make: Maker) -> None:
    secret = pyotp.random_base32()
    user = make.user("ann@parkmgr.example", totp_secret=secret)
    user_id, proof, code = user.id, rules.proof(user.password_hash), pyotp.TOTP(secret).at(int(NOW.timestamp()))
    db.session.rollback()

    def deed() -> None:
        actions.sign_in(db.session.get_one(User, user_id), proof=proof, code=code, now=NOW)

    assert sorted(at_once(app, [deed] * 4)) == [""] + ["accounts.wrong_code"] * 3
    assert len(db.session.scalars(db.select(SignIn)).all()) == 1


def test_two_administrators_do_not_take_each_others_role(app: Flask, make: Maker) -> None:
    people = [make.granted(Role.ADMINISTRATOR), make.granted(Role.ADMINISTRATOR)]
    db.session.rollback()

    def taking(actor: Actor, from_: Actor) -> Callable[[], None]:
        def deed() -> None:
            user = db.session.get_one(User, from_.user_id)
            grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=from_.user_id)).one()
            actions.withdraw_grant(user, grant, actor=actor, now=NOW)

        return deed

    answers = at_once(app, [taking(people[0], people[1]), taking(people[1], people[0])])
    assert sorted(answers) == ["", "accounts.last_administrator"]
    assert len(queries.administrators_of_all(date(2026, 3, 2))) == 1
