"""The auditor's desk: asked, answered and closed; samples drawn again; evidence that proves itself; what auditors opened."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask

from parkmgr import signing
from parkmgr.accounts.models import RoleGrant, User
from parkmgr.assurance import actions, evidence, queries
from parkmgr.assurance.models import Opened, Point, PointMessage, Sample
from parkmgr.audit import queries as audit
from parkmgr.audit.actions import record
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.notices.models import Notice
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.reports import verifier
from tests.conftest import NOW
from tests.making import Maker
from tests.web.visiting import Visitor

ON = date(2026, 3, 1)
PDF = b"%PDF-1.7\nlist"


@dataclass
class Desk:
    """A park with three units, an auditor and an administrator."""

    make: Maker
    park_id: int
    auditor: Actor
    administrator: Actor

    @property
    def park(self) -> Park:
        return db.session.get_one(Park, self.park_id)

    def raised(self, kind: str = "request", *, due_on: date = date(2026, 3, 16), about: str = "", **more) -> str:
        given = {"owner_id": self.administrator.user_id, "due_on": due_on, "about": about, "actor": self.auditor, "now": NOW, **more}
        with transaction():
            return actions.raise_point(self.park, kind, "Deposits", "Which are held?", **given).number

    def say(self, number: str, text: str, who: Actor, **more) -> None:
        with transaction():
            actions.say(queries.point(self.park_id, number), self.park, text, actor=who, now=NOW + timedelta(hours=1), **more)

    def drawn(self, population: str = "units", method: str = "simple", size: int = 2, **more) -> str:
        with transaction():
            given = {"on": ON, "seed": "s", "actor": self.auditor, "now": NOW, **more}
            return actions.draw(self.park, population, method, size, **given).number

    def point(self, number: str) -> Point:
        db.session.rollback()
        return queries.point(self.park_id, number)


@pytest.fixture
def desk(make: Maker) -> Desk:
    """A park with three units, an auditor and an administrator."""
    for code in ("A", "B", "C"):
        make.space(code=code)
    park = make.the_park()
    return Desk(make, park.id, make.granted(Role.AUDITOR, park=park), make.granted(Role.ADMINISTRATOR, park=park))


def against(deed) -> list[str]:
    with pytest.raises(Refused) as caught:
        deed()
    return [one.code.partition(".")[2] for one in caught.value.objections]


def mails() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.address, one.subject) for one in db.session.scalars(sa.select(Notice).order_by(Notice.id))]


# Points


def test_it_is_the_park_s_turn_then_the_auditor_s_then_it_is_closed(desk: Desk):
    number = desk.raised()
    assert (number, desk.point(number).state) == ("ARQ-2026-0001", "open")
    desk.say(number, "All of them.", desk.administrator, filename="list.pdf", content=PDF)
    assert desk.point(number).state == "answered"
    desk.say(number, "Where is the bank's letter?", desk.auditor)
    assert desk.point(number).state == "open"
    with transaction():
        actions.close(queries.point(desk.park_id, number), "Seen.", actor=desk.auditor, now=NOW)
    assert desk.point(number).state == "closed"
    assert [one.text for one in queries.messages(desk.point(number).id)] == [
        "Which are held?",
        "All of them.",
        "Where is the bank's letter?",
        "Seen.",
    ]


def test_whoever_must_know_is_told(desk: Desk):
    number = desk.raised("exception")
    desk.say(number, "Mended.", desk.administrator)
    emails = {id_: db.session.get_one(User, id_).email for id_ in (desk.auditor.user_id, desk.administrator.user_id)}
    assert mails() == [
        (emails[desk.administrator.user_id], "AEX-2026-0001: Deposits"),
        (emails[desk.auditor.user_id], "AEX-2026-0001: something was said"),
    ]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"kind": "wish"}, ["no_kind"]),
        ({"due_on": date(2026, 3, 1)}, ["past"]),
        ({"owner_id": 0}, ["no_owner"]),
        ({"kind": "wish", "due_on": date(2026, 3, 1), "owner_id": 10**6}, ["no_kind", "no_owner", "past"]),
        ({"filename": "list.bin", "content": b"\x00"}, ["other_file"]),
    ],
)
def test_what_cannot_be_asked_is_refused_with_all_objections(desk: Desk, change, codes):
    assert against(lambda: desk.raised(**change)) == codes


def test_an_auditor_owns_no_point(desk: Desk):
    assert against(lambda: desk.raised(owner_id=desk.auditor.user_id)) == ["no_owner"]


def test_nothing_is_said_in_silence_or_after_the_end(desk: Desk):
    number = desk.raised()
    assert against(lambda: desk.say(number, "", desk.administrator)) == ["silent"]
    with transaction():
        actions.close(queries.point(desk.park_id, number), "", actor=desk.auditor, now=NOW)
    assert against(lambda: desk.say(number, "More", desk.administrator)) == ["closed"]


def test_a_point_of_another_park_is_not_there(desk: Desk):
    number, other = desk.raised(), desk.make.park("OTHER").id
    with pytest.raises(Missing):
        queries.point(other, number)


def test_points_are_counted_and_listed_in_one_select(desk: Desk, statements):
    late = desk.raised(due_on=date(2026, 3, 2))
    desk.say(desk.raised("exception", about="L-1"), "Yes", desk.administrator)
    db.session.rollback()
    with statements() as seen:
        assert queries.counts(desk.park_id, date(2026, 3, 3)) == {"open": 1, "answered": 1, "overdue": 1}
        [(one, owner, _raiser)] = db.session.execute(queries.points(desk.park_id, state="open")).all()
    assert (len(seen), one.number, owner.id) == (2, late, desk.administrator.user_id)
    assert len(db.session.execute(queries.points(desk.park_id, text="L-1")).all()) == 1
    assert len(db.session.execute(queries.points(desk.park_id, kind="exception", state="answered", text="depo")).all()) == 1


@pytest.mark.parametrize("model", [PointMessage, Sample])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_what_was_said_and_drawn_is_never_changed(desk: Desk, model, deed):
    desk.raised(), desk.drawn()
    db.session.rollback()
    table = model.__table__
    statement = sa.delete(table) if deed == "delete" else sa.update(table).values(id=table.c.id + 9)
    with pytest.raises(sa.exc.DBAPIError), db.engine.begin() as connection:
        connection.execute(statement)


# Samples and evidence


def test_a_sample_is_drawn_again_the_same_and_a_restated_population_is_told(desk: Desk):
    number = desk.drawn(size=2)
    again = lambda: actions.again(desk.park, queries.sample(desk.park_id, number), now=NOW + timedelta(days=9))  # noqa: E731
    assert again() == (True, True)
    desk.make.space(code="D")
    assert again()[0] is False


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"population": "rumours"}, ["no_population"]),
        ({"on": date(2026, 3, 3)}, ["future"]),
        ({"size": 4}, ["too_few"]),
        ({"population": "leases"}, ["empty"]),
        ({"population": "entries", "since": date(2026, 3, 2)}, ["backwards"]),
        ({"population": "entries", "since": date(2006, 3, 2)}, ["too_long"]),
    ],
)
def test_days_and_sizes_that_cannot_be_are_refused(desk: Desk, change, codes):
    assert against(lambda: desk.drawn(**change)) == codes


def test_entries_are_drawn_from_the_days(desk: Desk):
    ids = set(db.session.scalars(sa.select(Entry.id).where(Entry.park_id == desk.park_id)))
    days = {"since": date(2009, 12, 1), "on": date(2010, 12, 31)}
    number = desk.drawn("entries", "stratified", 3, **days)
    drawn = actions.items_of(queries.sample(desk.park_id, number))
    assert len(drawn) == 3 and {int(item.key) for item in drawn} <= ids


def files(desk: Desk, number: str, signer=None) -> dict[str, bytes]:
    contents = evidence.files(desk.park, queries.sample(desk.park_id, number), audit.verify(), now=NOW)
    packed = evidence.packed(contents, signer)
    assert packed == evidence.packed(contents, signer) or signer is not None
    with zipfile.ZipFile(io.BytesIO(packed)) as book:
        assert book.testzip() is None
        return {name: book.read(name) for name in book.namelist()}


def test_evidence_has_rows_entries_answers_and_a_manifest(desk: Desk):
    number = desk.drawn(size=3)
    point = desk.raised(about=number)
    desk.say(point, "", desk.administrator, filename="../../etc/list.pdf", content=PDF)
    found = files(desk, number)
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest == {name: sha256(content).hexdigest() for name, content in found.items()}
    [answer] = [name for name in found if name.startswith("answers/")]
    assert found[answer] == PDF and ".." not in answer and "/" not in answer.removeprefix("answers/")
    assert found["sample.csv"].count(b"\r\n") == 4
    entries = [json.loads(line) for line in found["entries.jsonl"].splitlines()]
    assert {entry["label"] for entry in entries} == {"A", "B", "C"}
    told = json.loads(found["audit.json"])
    assert (told["fits"], told["root"]) == (True, audit.verify().root)


def test_evidence_is_signed_where_the_park_has_a_key(desk: Desk, app: Flask):
    config = app.config["PARKMGR"]
    signing.prepare(config, now=NOW, bits=2048)
    found = files(desk, desk.drawn(), signing.signer(config))
    certificate = verifier.from_pem(found["certificate.pem"])
    checked = verifier.signed(found["manifest.json"], found["manifest.json.p7s"], certificate)
    assert [one.ok for one in checked] == [True, True]


# The pages, as the three use them


def test_an_auditor_asks_and_the_administrator_answers_on_the_pages(desk: Desk, app: Flask):
    auditor, administrator = Visitor(app).is_(desk.auditor), Visitor(app).is_(desk.administrator)
    place = f"/parks/{desk.park.code}/desk"
    form = {"kind": "exception", "subject": "Rent", "text": "Which?", "owner": str(desk.administrator.user_id), "due_on": "2099-01-01"}
    wrong = auditor.post(f"{place}/points/new", **{**form, "due_on": "2001-01-01"})
    assert wrong.status_code == 422 and "must not be over" in wrong.text and "Which?" in wrong.text
    made = auditor.post(f"{place}/points/new", **form)
    assert made.status_code == 303
    answer = {"text": "See the file.", "file": (io.BytesIO(PDF), "list.pdf")}
    assert administrator.open(f"{made.location}/answer", "POST", data=answer).status_code == 303
    page = auditor.get(made.location).text
    assert "See the file." in page and "list.pdf" in page and sha256(PDF).hexdigest() in page
    [said] = db.session.scalars(sa.select(PointMessage.id).where(PointMessage.filename != ""))
    assert auditor.get(f"{made.location}/files/{said}").data == PDF
    assert auditor.post(f"{made.location}/close", text="Seen").status_code == 303
    assert administrator.post(f"{made.location}/answer", text="More").status_code == 422
    assert "Closed" in auditor.get(f"{place}/points?state=closed").text


def test_an_auditor_draws_a_sample_on_the_page_and_takes_the_evidence(desk: Desk, app: Flask):
    auditor = Visitor(app).is_(desk.auditor)
    place = f"/parks/{desk.park.code}/desk"
    drawn = auditor.post(f"{place}/samples/new", population="units", on="2026-03-01", method="simple", size="2", seed="s")
    assert drawn.status_code == 303
    assert "the same population, the same sample" in auditor.get(f"{drawn.location}?again=1").text
    found = auditor.get(f"{drawn.location}/evidence.zip")
    assert found.mimetype == "application/zip"
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(found.data)).namelist()
    refused = auditor.post(f"{place}/samples/new", population="units", on="2026-03-01", method="simple", size="9")
    assert refused.status_code == 422 and "only 3" in refused.text


def test_what_an_auditor_opens_is_written_down_and_nobody_else_s(desk: Desk, app: Flask):
    auditor, administrator = Visitor(app).is_(desk.auditor), Visitor(app).is_(desk.administrator)
    place = f"/parks/{desk.park.code}"
    auditor.get(f"{place}/spaces?q=A")
    auditor.get(f"{place}/spaces/none")
    administrator.get(f"{place}/spaces")
    db.session.rollback()
    assert list(db.session.scalars(sa.select(Opened.address))) == [f"{place}/spaces?q=A"]
    assert f"{place}/spaces?q=A" in administrator.get(f"{place}/desk/opened").text
    assert [one.user_id for one in db.session.scalars(sa.select(Opened))] == [desk.auditor.user_id]


def test_the_desk_says_when_access_ends(desk: Desk, app: Flask):
    place = f"/parks/{desk.park.code}/desk"
    assert "no last day" in Visitor(app).is_(desk.auditor).get(place).text
    with transaction():
        grant = db.session.scalars(sa.select(RoleGrant).filter_by(user_id=desk.auditor.user_id)).one()
        grant.ends_on = date(2099, 5, 1)
        record("tests.make", db.session.get_one(User, grant.user_id), actor=SYSTEM, now=NOW)
    assert "ends on 1 May 2099" in Visitor(app).is_(desk.auditor).get(place).text
