"""The database itself refuses what must never be."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from parkmgr import guards
from parkmgr.audit.actions import record
from parkmgr.db import db, transaction
from parkmgr.errors import Refused, Unaudited
from parkmgr.occupancy.models import TAKEN, Hold
from parkmgr.policy import SYSTEM
from tests.making import LONG_AGO, Maker


def test_every_guard_is_there(app: Flask) -> None:
    assert guards.missing() == frozenset()


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "free"),
    [
        ("2026-01-01", "2026-12-31", False),
        ("2026-06-30", "2026-07-02", False),
        ("2025-01-01", "2026-03-31", False),
        ("2026-05-01", "2026-05-01", False),
        ("2025-01-01", None, False),
        ("2025-01-01", "2026-02-28", True),
        ("2026-07-01", None, True),
    ],
)
def test_a_unit_is_never_held_twice(make: Maker, starts_on: str, ends_on: str | None, free: bool) -> None:
    unit = make.space()
    make.hold(unit, "2026-03-01", "2026-06-30")
    make.hold(make.space(), "2026-01-01", None)
    try:
        make.hold(unit, starts_on, ends_on)
    except Refused as refused:
        assert (refused.objections, free) == ((TAKEN,), False)
    else:
        assert free


def test_a_withdrawn_hold_is_in_nobodys_way(make: Maker) -> None:
    unit = make.space()
    hold = make.hold(unit, "2026-03-01", "2026-06-30")
    with transaction():
        hold.withdrawn_at = LONG_AGO
        record("tests.withdraw", hold, actor=SYSTEM, now=LONG_AGO)
    make.hold(unit, "2026-03-01", "2026-06-30")


def test_a_divided_space_is_not_held_itself(make: Maker) -> None:
    hall = make.space()
    make.space(parent=hall)
    with pytest.raises(Refused, match="divided"):
        make.hold(hall, "2026-03-01", "2026-06-30")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE holds SET ends_at = starts_at",
        "UPDATE holds SET holder_id = holder_id + 1",
        "DELETE FROM holds",
        "UPDATE audit_entries SET actor = 'nobody'",
        "DELETE FROM audit_entries",
    ],
)
def test_holds_and_audit_entries_are_written_once(make: Maker, statement: str) -> None:
    make.hold(make.space(), "2026-03-01", "2026-06-30")
    with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_changed_row_without_an_entry_fails_the_transaction(make: Maker) -> None:
    organisation = make.organisation()
    with pytest.raises(Unaudited), transaction():
        organisation.city = "Harbin"
    assert organisation.city == ""


def test_a_bulk_change_is_refused(app: Flask) -> None:
    with pytest.raises(Unaudited), transaction():
        db.session.execute(sa.update(Hold).values(kind="lease"))
