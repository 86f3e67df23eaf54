"""The pages of notices: who reads whose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from parkmgr import clock
from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.notices import queries
from parkmgr.notices.models import Notice
from parkmgr.notices.queries import Asked
from parkmgr.policy import SYSTEM, Role
from tests.conftest import NOW
from tests.making import actor
from tests.web.visiting import Visitor


@pytest.fixture
def told(make, tell):
    """Two parks, a user and a notice of each; ids of (user, notice) by park code."""
    found = {}
    for code, email in (("HIT", "ann@parkmgr.example"), ("RCIP", "boris@parkmgr.example")):
        park = make.park(code)
        user = make.user(email)
        user_id, park_id = user.id, park.id
        found[code] = (user_id, tell(user, f"of {code}", key=code, park_id=park_id, about=f"B-{code}", now=clock.now()), park_id)
    return found


def change(notice_id: int, **values) -> None:
    with transaction():
        notice = db.session.get_one(Notice, notice_id)
        for name, value in values.items():
            setattr(notice, name, value)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_outbox_is_that_of_the_reader_s_parks(app, make, told, role):
    everywhere = Visitor(app).is_(make.granted(role))
    page = everywhere.get("/outbox").text
    assert "of HIT" in page and "of RCIP" in page
    park = db.session.get_one(type(make.the_park()), told["HIT"][2])
    here = Visitor(app).is_(make.granted(role, park=park))
    page = here.get("/outbox").text
    assert "of HIT" in page and "of RCIP" not in page
    assert here.get(f"/outbox/{told['HIT'][1]}").status_code == 200
    assert here.get(f"/outbox/{told['RCIP'][1]}").status_code == 404


def test_everybody_reads_her_own_notices_and_no_other(app, told):
    ann = Visitor(app).is_(db.session.get_one(User, told["HIT"][0]))
    page = ann.get("/notices").text
    assert "of HIT" in page and "of RCIP" not in page
    assert "Administrator: of HIT" in ann.get(f"/notices/{told['HIT'][1]}").text
    assert ann.get(f"/notices/{told['RCIP'][1]}").status_code == 404
    assert ann.get("/outbox").status_code == 403 == ann.get(f"/outbox/{told['HIT'][1]}").status_code
    assert Visitor(app).get("/notices").status_code == 303


def test_the_outbox_says_how_far_a_notice_is(app, make, told):
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    first = told["HIT"][1]
    assert "No mail server is set" in visitor.get("/outbox").text
    app.config["PARKMGR"] = replace(app.config["PARKMGR"], smtp_url="smtp://127.0.0.1:1")
    assert "No mail server is set" not in visitor.get("/outbox").text
    change(first, failure="550 <script>", attempts=1)
    page = visitor.get(f"/outbox/{first}").text
    assert "Not delivered" in page and "550 &lt;script&gt;" in page
    change(first, sent_at=NOW, failure="")
    assert "of RCIP" not in visitor.get("/outbox?state=sent").text
    assert "of HIT" not in visitor.get("/outbox?state=waiting").text


def test_a_text_is_shown_as_it_was_sent_and_nothing_in_it_is_markup(app, make, told):
    change(told["HIT"][1], text="<b>hall</b>\nhttps://park.example/x\n")
    assert "&lt;b&gt;hall&lt;/b&gt;" in Visitor(app).is_(make.granted(Role.AUDITOR)).get(f"/outbox/{told['HIT'][1]}").text
    page = Visitor(app).is_(db.session.get_one(User, told["HIT"][0])).get(f"/notices/{told['HIT'][1]}").text
    assert "&lt;b&gt;hall" in page and 'href="https://park.example/x"' in page


def test_the_outbox_is_found_by_words_and_park_and_given_as_a_sheet(app, make, told):
    visitor = Visitor(app).is_(make.granted(Role.AUDITOR))
    for query in ("q=ANN", "q=b-hit", "park=HIT"):
        page = visitor.get(f"/outbox?{query}").text
        assert "of HIT" in page and "of RCIP" not in page, query
    assert "of RCIP" in visitor.get("/outbox?format=csv").text


def test_states_go_by_time_and_server(app, told, statements):
    first, now = told["HIT"][1], clock.now()

    def states(at, *, sends) -> set[str]:
        with statements() as seen:
            found = {row.state for row in db.session.execute(queries.outbox(SYSTEM, Asked(), at, sends=sends))}
        assert len(seen) == 1
        return found

    assert states(now, sends=True) == {"waiting"}
    assert states(now, sends=False) == {"unset"}
    assert states(now + timedelta(days=7), sends=True) == {"failed"} == states(now + timedelta(days=7), sends=False)
    change(first, failure="x")
    assert states(now, sends=True) == {"waiting", "failed"}
    change(first, sent_at=now)
    assert states(now + timedelta(days=8), sends=True) == {"sent", "failed"}


def test_one_notice_and_one_s_own_are_one_question(app, told, statements):
    user_id, notice_id, park_id = told["HIT"]
    with statements() as seen:
        shown = queries.notice(notice_id, actor(Role.AUDITOR, park_id=park_id), NOW, sends=True)
    assert (len(seen), shown.park) == (1, "HIT")
    with statements() as seen:
        queries.own_notice(notice_id, actor(Role.LIAISON, user_id=user_id), NOW, sends=True)
    assert len(seen) == 1


def test_pages_speak_the_reader_s_language(app: Flask, make, told):
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    for language in ("ru", "zh"):
        visitor.post("/language", language=language, next="/")
        for path in ("/outbox", f"/outbox/{told['HIT'][1]}", "/notices"):
            assert visitor.get(path).status_code == 200
