"""Deeds on organisations, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime

import pytest

from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.organisations import actions, queries
from parkmgr.organisations.models import Organisation
from parkmgr.policy import SYSTEM
from parkmgr.values import Names
from tests.making import Maker

JOINED, LATER, DAY = date(2011, 3, 6), date(2021, 6, 1), date(2026, 3, 2)


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    with pytest.raises(Refused) as caught, transaction():
        yield
    assert [objection.code for objection in caught.value.objections] == list(codes)


def of(code: str = "X") -> Organisation:
    return queries.organisation(code)


def history(code: str = "X", known: datetime | None = None) -> list[tuple[str, date, date]]:
    return [(row.status, row.starts_on, row.ends_on) for row in queries.memberships(of(code).id, known)]


def test_an_organisation_is_added_with_its_identifiers(make: Maker, now: datetime) -> None:
    with transaction():
        actions.add("SPBPU", "university", Names("Polytechnic", "Политех"), country="RU", inn="7804 040077", ror="", actor=SYSTEM, now=now)
    assert (of("SPBPU").inn, of("SPBPU").ror, of("SPBPU").country) == ("7804040077", None, "RU")


@pytest.mark.parametrize(("field", "value"), [("ror", "https://ror.org/000190731"), ("inn", "7804040077"), ("uscc", "91350100M000100Y43")])
def test_an_identifier_is_of_one_only(make: Maker, now: datetime, field: str, value: str) -> None:
    with transaction():
        actions.add("A", "university", Names("A"), **{field: value}, actor=SYSTEM, now=now)
    with refused(f"organisations.{field}_taken"):
        actions.add("B", "university", Names("B"), **{field: value}, actor=SYSTEM, now=now)


def test_many_have_no_identifier(make: Maker, now: datetime) -> None:
    with transaction():
        for code in "ABC":
            actions.add(code, "enterprise", Names(code), ror="", inn="", uscc="", actor=SYSTEM, now=now)
    assert len(queries.choices()) == 3


def test_a_second_of_one_code_is_refused(make: Maker, now: datetime) -> None:
    make.organisation("X")
    with refused("organisations.code_taken"):
        actions.add("X", "university", Names("X"), actor=SYSTEM, now=now)


def test_every_objection_is_said(make: Maker, now: datetime) -> None:
    with refused("organisations.unreadable", "organisations.code_shape", "organisations.inn_wrong"):
        actions.add("?", "university", Names("\x07"), inn="1", actor=SYSTEM, now=now)


def test_a_change_is_found_by_its_new_names(make: Maker, now: datetime) -> None:
    make.organisation("X", Names("Old"))
    with transaction():
        actions.change(of(), "university", Names(ru="Новый"), city="Harbin", version=1, actor=SYSTEM, now=now)
    assert [row.code for row in db.session.execute(queries.organisations(on=DAY, search="novyy"))] == ["X"]
    with pytest.raises(Stale), transaction():
        actions.change(of(), "university", Names("Second"), version=1, actor=SYSTEM, now=now)


def test_a_contact_comes_and_goes(make: Maker, now: datetime) -> None:
    make.organisation("X"), make.organisation("Y")
    with transaction():
        actions.add_contact(of(), "Ann", email="ann@parkmgr.example", actor=SYSTEM, now=now)
    (ann,) = queries.contacts(of().id)
    with pytest.raises(Missing):
        queries.contact(of("Y").id, ann.id)
    with transaction():
        actions.remove_contact(of(), queries.contact(of().id, ann.id), actor=SYSTEM, now=now)
    assert queries.contacts(of().id) == []


def admit(status: str, on: date, now: datetime) -> None:
    with transaction():
        actions.admit(of(), status, on=on, actor=SYSTEM, now=now)


def test_another_status_ends_the_one_before(make: Maker, now: datetime) -> None:
    make.organisation("X")
    admit("observer", JOINED, now)
    admit("member", LATER, now)
    assert history() == [("member", LATER, date.max), ("observer", JOINED, LATER)]


def test_what_was_known_of_a_membership_stays_known(make: Maker, now: datetime) -> None:
    make.organisation("X")
    admit("member", JOINED, datetime.fromisoformat("2020-01-01T00:00+00:00"))
    with transaction():
        actions.end_membership(of(), on=LATER, reason="left", actor=SYSTEM, now=now)
    assert history() == [("member", JOINED, LATER)]
    assert history(known=datetime.fromisoformat("2025-01-01T00:00+00:00")) == [("member", JOINED, date.max)]


def test_nobody_is_admitted_twice(make: Maker, now: datetime) -> None:
    make.organisation("X")
    admit("member", JOINED, now)
    with refused("organisations.already"):
        actions.admit(of(), "member", on=LATER, actor=SYSTEM, now=now)


def test_a_stranger_cannot_leave(make: Maker, now: datetime) -> None:
    make.organisation("X")
    with refused("organisations.no_member"):
        actions.end_membership(of(), on=DAY, actor=SYSTEM, now=now)


def test_a_missing_organisation_is_missing(make: Maker) -> None:
    with pytest.raises(Missing):
        queries.organisation("NOBODY")


def test_the_list_is_one_select_with_memberships_on_a_day(
    make: Maker, now: datetime, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    make.organisation("X", country="CN"), make.organisation("Y", kind="university", country="RU")
    admit("observer", JOINED, now)
    admit("member", LATER, now)

    def listed(on: date, **wanted: str) -> list[tuple[str, str | None]]:
        return [
            (row.code, row.membership) for row in db.session.execute(queries.organisations(on=on, **wanted).order_by(Organisation.code))
        ]

    with statements() as seen:
        assert listed(DAY) == [("X", "member"), ("Y", None)]
    assert len(seen) == 1
    assert listed(date(2015, 1, 1)) == [("X", "observer"), ("Y", None)]
    assert listed(date(2011, 3, 5)) == [("X", None), ("Y", None)]
    assert listed(DAY, membership="member") == [("X", "member")]
    assert listed(DAY, membership="none", country="RU", kind="university") == [("Y", None)]
    assert queries.countries() == ["CN", "RU"]
