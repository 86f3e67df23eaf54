"""The log: what an entry says, who may read it, and what verification finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.accounts.models import User
from parkmgr.audit import queries
from parkmgr.audit.actions import record
from parkmgr.audit.models import Entry, Head
from parkmgr.audit.queries import Asked
from parkmgr.audit.rules import GENESIS, digest, digest_as_kept
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Unaudited
from parkmgr.organisations.models import Contact
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.reports.models import IssuedReport
from parkmgr.values import canonical
from tests.audit.forging import fit_the_tree
from tests.making import LONG_AGO, Maker
from tests.web.visiting import Visitor

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HARBIN = ZoneInfo("Asia/Shanghai")
Statements = Callable[[], AbstractContextManager[list[str]]]


def rename(park: Park, name: str, *, at: datetime = NOW, actor: Actor = SYSTEM, reason: str = "") -> None:
    with transaction():
        found = db.session.get_one(Park, park.id)
        found.name_en = name
        record("places.change_park", found, actor=actor, now=at, reason=reason)


def entries(actor: Actor = SYSTEM, **asked: Any) -> list[Any]:
    return list(db.session.execute(queries.entries(actor, Asked(**asked), HARBIN).order_by(Entry.id)))


def test_an_entry_says_who_when_what_and_why(make: Maker) -> None:
    organisation = make.organisation()
    liaison = make.granted(Role.LIAISON, organisation=organisation)
    park = make.park("HIT")
    rename(park, "The park", actor=liaison, reason="a slip")
    shown = queries.entry(db.session.get_one(Head, 1).size, SYSTEM)
    entry = shown.entry
    assert (entry.at, entry.actor_id, entry.actor, entry.reason) == (NOW, liaison.user_id, liaison.name, "a slip")
    assert (entry.deed, entry.subject, entry.label) == ("places.change_park", f"parks:{park.id}", "HIT")
    assert (shown.park, shown.organisation) == ("HIT", organisation.code)
    assert entry.changes == {"rows": [{"row": f"parks:{park.id}", "before": {"name_en": "Park HIT"}, "after": {"name_en": "The park"}}]}


def test_what_was_there_before_is_known_also_when_it_was_not_read(make: Maker) -> None:
    park = make.park("HIT")
    with transaction():
        park.name_en = "The park"
        record("places.change_park", park, actor=SYSTEM, now=NOW)
    assert queries.entry(db.session.get_one(Head, 1).size, SYSTEM).entry.changes["rows"][0]["before"] == {"name_en": "Park HIT"}


def test_what_is_written_as_it_was_is_no_change(make: Maker) -> None:
    park = make.park("HIT")
    with transaction():
        park.name_en = "Park HIT"
        record("places.change_park", park, actor=SYSTEM, now=NOW)
    assert queries.entry(db.session.get_one(Head, 1).size, SYSTEM).entry.changes == {"rows": []}


def test_a_change_without_an_entry_fails_the_transaction(make: Maker) -> None:
    park, other = make.park(), make.park()
    with pytest.raises(Unaudited), transaction():
        park.name_en = "quietly"
    with pytest.raises(Unaudited), transaction():
        park.name_en = "quietly"
        record("places.change_park", other, actor=SYSTEM, now=NOW)
    db.session.rollback()
    assert db.session.get_one(Park, park.id).name_en == f"Park {park.code}"


def test_a_deleted_row_is_kept_in_the_entry(make: Maker) -> None:
    organisation = make.organisation()
    with transaction():
        contact = Contact(organisation_id=organisation.id, name="Li", phone="+86")
        db.session.add(contact)
        record("organisations.add_contact", organisation, actor=SYSTEM, now=NOW)
    with transaction():
        db.session.delete(db.session.get_one(Contact, contact.id))
        record("organisations.remove_contact", organisation, actor=SYSTEM, now=NOW)
    (row,) = queries.entry(db.session.get_one(Head, 1).size, SYSTEM).entry.changes["rows"]
    assert (row["before"]["name"], row["after"]) == ("Li", {})


def test_bulk_statements_on_facts_are_refused(make: Maker) -> None:
    park = make.park()
    for statement in (sa.update(Park).values(name_en="x"), sa.delete(Park).where(Park.id == park.id), sa.insert(Park).values(code="X")):
        with pytest.raises(Unaudited), transaction():
            db.session.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'nobody'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_an_entry(make: Maker, statement: str) -> None:
    make.park()
    with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_deed_that_was_rolled_back_leaves_nothing(make: Maker) -> None:
    park = make.park()
    before = db.session.get_one(Head, 1).size
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.get_one(Park, park.id).name_en = "x"
        record("places.change_park", db.session.get_one(Park, park.id), actor=SYSTEM, now=NOW)
        db.session.flush()
        raise ZeroDivisionError
    db.session.rollback()
    assert db.session.get_one(Head, 1).size == before
    rename(park, "y")
    assert queries.verify().ok


@pytest.fixture
def two(make: Maker) -> tuple[Park, Park]:
    """Two parks with an entry each, an organisation and an account."""
    here, there = make.park("HERE"), make.park("THERE")
    make.organisation("ORG")
    make.user("someone@parkmgr.example")
    rename(here, "Here", reason="by decree")
    rename(there, "There", at=NOW + timedelta(days=1))
    return here, there


def test_an_auditor_of_a_park_reads_what_is_the_parks_the_organisations_and_his_own(make: Maker, two: tuple[Park, Park]) -> None:
    auditor = make.granted(Role.AUDITOR, park=two[0])
    assert {row.subject for row in entries(auditor)} == {f"parks:{two[0].id}", "organisations:1", f"users:{auditor.user_id}"}
    foreign = [row.id for row in entries() if row.subject == f"parks:{two[1].id}"]
    for entry_id in [*foreign, 0, 10**9]:
        with pytest.raises(Missing):
            queries.entry(entry_id, auditor)


def test_who_reads_all_parks_reads_everything(make: Maker, two: tuple[Park, Park]) -> None:
    auditor = make.granted(Role.AUDITOR)
    assert len(entries(auditor)) == db.session.get_one(Head, 1).size


def test_neighbours_are_the_nearest_that_the_reader_may_know_of(make: Maker, two: tuple[Park, Park], statements: Statements) -> None:
    auditor = make.granted(Role.AUDITOR, park=two[0])
    readable = [row.id for row in entries(auditor)]
    with statements() as seen:
        shown = queries.entry(readable[1], auditor)
    assert (shown.before_id, shown.after_id) == (readable[0], readable[2])
    assert len(seen) == 1
    assert queries.entry(readable[0], auditor).before_id is None
    assert queries.entry(readable[-1], auditor).after_id is None


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        pytest.param({"deed": "places."}, ["HERE", "THERE"], id="the beginning of a deed"),
        pytest.param({"deed": "places.change_park", "what": "here"}, ["HERE", "THERE"], id="part of a code"),
        pytest.param({"what": "decree"}, ["HERE"], id="a word of the reason"),
        pytest.param({"what": "parks:1", "deed": "places"}, ["HERE"], id="a subject"),
        pytest.param({"who": "SYST", "deed": "places"}, ["HERE", "THERE"], id="who"),
        pytest.param({"who": "%"}, [], id="a sign that means anything elsewhere"),
        pytest.param({"from_on": date(2026, 3, 3)}, ["THERE"], id="from a day"),
        pytest.param({"from_on": date(2026, 3, 2), "until_on": date(2026, 3, 2)}, ["HERE"], id="one day"),
        pytest.param({"park_id": 2, "deed": "places"}, ["THERE"], id="a park"),
    ],
)
def test_filters(two: tuple[Park, Park], asked: dict[str, Any], labels: list[str]) -> None:
    assert [row.label for row in entries(**asked)] == labels


def test_days_are_the_parks(make: Maker) -> None:
    rename(make.park(), "x", at=datetime(2025, 12, 31, 21, 30, tzinfo=UTC))
    assert len(entries(from_on=date(2026, 1, 1))) == 1
    assert not entries(from_on=date(2025, 12, 31), until_on=date(2025, 12, 31))


def test_the_list_is_one_select(two: tuple[Park, Park], statements: Statements) -> None:
    with statements() as seen:
        assert entries(deed="places.", who="s", what="h", from_on=date(2026, 1, 1), until_on=date(2026, 12, 31), park_id=1)
    assert len(seen) == 1


def test_the_chain_of_a_used_register_fits(two: tuple[Park, Park]) -> None:
    told: list[tuple[int, int]] = []
    verdict = queries.verify(lambda done, total: told.append((done, total)))
    assert (verdict.ok, verdict.size, verdict.broken) == (True, db.session.get_one(Head, 1).size, None)
    assert told[-1] == (verdict.size, verdict.size)


def test_the_chain_of_an_empty_register_fits(make: Maker) -> None:
    verdict = queries.verify()
    assert (verdict.ok, verdict.size, verdict.head) == (True, 0, GENESIS)


def forge(*statements: str) -> None:
    """Somebody with the database in hand switches the guards off and writes."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        for name in ("audit_entries_written_once", "audit_entries_kept"):
            connection.execute(sa.text(f"DROP TRIGGER {name}" + ("" if sqlite else " ON audit_entries")))
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "broken", "why"),
    [
        ("UPDATE audit_entries SET actor = 'nobody' WHERE id = 3", 3, "content"),
        ("UPDATE audit_entries SET reason = 'by law' WHERE reason = 'by decree'", 5, "content"),
        ("UPDATE audit_entries SET changes = '{\"rows\": []}' WHERE id = 5", 5, "content"),
        ("UPDATE audit_entries SET park_id = NULL WHERE id = 6", 6, "content"),
        ("UPDATE audit_entries SET previous = hash WHERE id = 2", 2, "follow"),
        ("DELETE FROM audit_entries WHERE id = 3", 4, "entry 3 is missing"),
        ("DELETE FROM audit_entries WHERE id = 6", None, "the head counts 6 entries, there are 5"),
        ("DELETE FROM audit_entries", None, "there are 0"),
        ("UPDATE audit_heads SET size = 5", None, "the head counts 5"),
        ("UPDATE audit_heads SET hash = previous FROM audit_entries AS e WHERE e.id = 6", None, "another hash"),
    ],
)
def test_whatever_is_changed_is_found(two: tuple[Park, Park], statement: str, broken: int | None, why: str) -> None:
    forge(statement)
    verdict = queries.verify()
    assert not verdict.ok
    assert verdict.broken == broken
    assert why in str(verdict)


def test_entries_whose_json_was_kept_with_spaces_still_fit(two: tuple[Park, Park]) -> None:
    rows = list(db.session.execute(sa.select(Entry.id, Entry.changes)))
    db.session.rollback()
    forge()
    with db.engine.begin() as connection:
        for id_, changes in rows:
            spaced = json.dumps(changes, indent=2)
            connection.execute(sa.text("UPDATE audit_entries SET changes = :changes WHERE id = :id"), {"changes": spaced, "id": id_})
    assert queries.verify().ok


TEXTS = st.text(max_size=12)
NUMBERS = st.none() | st.integers(1, 2**40)


@given(
    TEXTS,
    NUMBERS,
    st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=3), max_size=4),
    TEXTS,
    st.integers(1),
)
def test_what_is_hashed_as_it_is_kept_is_what_is_hashed(
    text: str, number: int | None, changes: dict[str, Any], other: str, id_: int
) -> None:
    plain = {
        "actor": text,
        "actor_id": number,
        "at": NOW,
        "changes": changes,
        "deed": other,
        "id": id_,
        "label": text,
        "organisation_id": None,
        "park_id": number,
        "reason": other,
        "subject": text,
    }
    kept = {**plain, "at": NOW.isoformat(timespec="microseconds"), "changes": canonical(changes)}
    assert digest_as_kept("0" * 64, [kept[name] for name in queries._KEPT]) == digest("0" * 64, plain)


def test_a_tail_that_was_cut_off_with_its_head_is_shown_by_a_witness(two: tuple[Park, Park]) -> None:
    checkpoint = {6: queries.verify().head}
    forge(
        "UPDATE audit_heads SET size = 5, hash = (SELECT previous FROM audit_entries WHERE id = 6)",
        "DELETE FROM audit_entries WHERE id = 6",
    )
    assert "another tree" in str(queries.verify())
    fit_the_tree()
    assert queries.verify().ok
    assert "witness to 6 entries, there are 5" in str(queries.verify(witnesses=checkpoint))


def test_a_tail_that_was_written_anew_is_shown_by_a_witness(two: tuple[Park, Park]) -> None:
    checkpoint = {6: queries.verify().head}
    last = db.session.get_one(Entry, 6)
    columns = {name: getattr(last, name) for name in queries._KEPT} | {"actor": "somebody else"}
    again = digest(last.previous, columns)
    db.session.rollback()
    forge(
        f"UPDATE audit_entries SET actor = 'somebody else', hash = '{again}' WHERE id = 6",
        f"UPDATE audit_heads SET hash = '{again}'",
    )
    assert "another tree" in str(queries.verify())
    fit_the_tree()
    assert queries.verify().ok
    verdict = queries.verify(witnesses=checkpoint)
    assert (verdict.broken, "witness" in verdict.why) == (6, True)


@pytest.fixture
def auditor(app: Any, make: Maker, two: tuple[Park, Park]) -> Visitor:
    """The browser of an auditor of the first park."""
    return Visitor(app).is_(make.granted(Role.AUDITOR, park=two[0]))


def test_the_page_of_the_log(auditor: Visitor) -> None:
    text = auditor.get("/audit?deed=places").get_data(as_text=True)
    assert "places.change_park" in text
    assert "HERE" in text
    assert "THERE" not in text
    assert "2 Mar 2026 12:00:00 +08:00" in text


@pytest.mark.parametrize(
    "query", ["from_on=32", "from_on=9999-12-31&until_on=0001-01-01", "park=999", "park=x", "who=%00", "sort=hash", "page=0"]
)
def test_filters_that_are_none_are_no_error(auditor: Visitor, query: str) -> None:
    assert auditor.get(f"/audit?{query}").status_code == 200


def test_the_log_as_a_sheet(auditor: Visitor) -> None:
    answer = auditor.get("/audit?format=csv")
    assert answer.mimetype == "text/csv"
    assert "THERE" not in answer.get_data(as_text=True)
    assert auditor.get("/audit?format=xlsx").get_data()[:2] == b"PK"


def test_the_page_of_an_entry(auditor: Visitor, two: tuple[Park, Park]) -> None:
    text = auditor.get("/audit/5").get_data(as_text=True)
    for word in ("by decree", "name_en", "Park HERE", "Here", db.session.get_one(Entry, 5).hash):
        assert word in text
    assert auditor.get("/audit/6").status_code == 404


def test_names_in_entries_are_text(app: Any, make: Maker) -> None:
    rename(make.park("HERE"), "<script>alert(1)</script>", reason="<img src=x onerror=alert(1)>")
    reader = Visitor(app).is_(make.granted(Role.AUDITOR))
    for path in ("/audit", "/audit/2"):
        text = reader.get(path).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_page_of_the_verification(auditor: Visitor) -> None:
    assert "entries fit" not in auditor.get("/audit/verify").get_data(as_text=True)
    assert "8 entries fit" in auditor.post("/audit/verify").get_data(as_text=True)
    forge("UPDATE audit_entries SET actor = 'nobody' WHERE id = 3")
    text = auditor.post("/audit/verify").get_data(as_text=True)
    assert "First entry that does not fit: 3." in text


def test_no_secret_stands_in_an_entry(make: Maker) -> None:
    make.user("ann@parkmgr.example", totp_secret="JBSWY3DPEHPK3PXP")
    with transaction():
        user = db.session.scalars(sa.select(User)).one()
        user.totp_secret = None
        record("tests.make", user, actor=SYSTEM, now=LONG_AGO)
    text = str([entry.changes for entry in db.session.scalars(sa.select(Entry))])
    assert "JBSWY3DPEHPK3PXP" not in text
    assert text.count("***") == 4


def test_issued_reports_are_witnesses_on_the_page(auditor: Visitor) -> None:
    size, head = db.session.execute(sa.select(Head.size, Head.hash)).one()
    before = db.session.scalars(sa.select(Entry.previous).where(Entry.id == size)).one()
    with db.engine.begin() as connection:
        connection.execute(
            sa.insert(IssuedReport).values(
                park_id=1,
                number="OCC-2026-0001",
                kind="occupancy",
                on=date(2026, 3, 2),
                known_at=NOW,
                language="en",
                parameters={},
                rows=b"",
                sha256="",
                issued_at=NOW,
                issuer="someone",
                audit_size=size,
                audit_hash=head,
            )
        )
    assert f"{size} entries fit" in auditor.post("/audit/verify").get_data(as_text=True)
    forge(f"UPDATE audit_heads SET size = {size - 1}, hash = '{before}'", f"DELETE FROM audit_entries WHERE id = {size}")
    assert f"bears witness to {size} entries" in auditor.post("/audit/verify").get_data(as_text=True)
