"""A year of 50,000 sessions in laboratories, charged month by month: time and statements, beside the bare SELECT and INSERT of the rows.

Run: .venv/bin/python -m benchmarks.statements [--engine sqlite|postgresql|both] [--sessions 50000]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks import stage
from parkmgr.calendars.rules import parse_week
from parkmgr.charges import actions, queries
from parkmgr.charges.models import Statement
from parkmgr.charges.rules import Basis, Terms
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park
from parkmgr.policy import SYSTEM
from parkmgr.values import Money

INSTRUMENTS, ORGANISATIONS = 300, 40
YEAR = 2025
NOW = datetime(2026, 1, 5, tzinfo=UTC)
TARIFF = Terms(
    Basis.GREATER,
    minimum_minutes=30,
    block_minutes=15,
    peak=parse_week("Mon-Fri 09:00-12:00"),
    peak_percent=150,
    no_show_percent=50,
    prices={"": Money(200_00, "CNY"), "member": Money(120_00, "CNY")},
)


def fill(app: Flask, sessions: int) -> int:
    """A park with so many sessions in a year stands, written past the park's code for speed; return its id."""
    with app.app_context():
        park = Park(code="BENCH", name_en="Bench", time_zone="Asia/Shanghai", currency="CNY", country="CN")
        stage.keep(park)
        building = Building(park_id=park.id, code="B", name_en="B")
        holders = [Organisation(code=f"O{number}", kind="university", name_en=f"Organisation {number}") for number in range(ORGANISATIONS)]
        stage.keep(building, *holders)
        park_id, building_id, holder_ids = park.id, building.id, [holder.id for holder in holders]
        with transaction():
            actions.set_tariff(db.session.get_one(Park, park_id), TARIFF, date(YEAR, 1, 1), actor=SYSTEM, now=NOW)
        sqlite = db.engine.dialect.name == "sqlite"
    stage.let_go(app)
    rng = random.Random(1)

    def instant(moment: datetime) -> object:
        return moment.isoformat(timespec="microseconds") if sqlite else moment

    known, first = instant(stage.LONG_AGO), datetime(YEAR, 1, 1, tzinfo=UTC)
    booked = []
    for number in range(sessions):
        space = number % INSTRUMENTS + 1
        starts = first + timedelta(days=number * 365 // sessions, hours=rng.randrange(12), minutes=15 * rng.randrange(4))
        came = None if rng.random() < 0.05 else instant(starts - timedelta(minutes=rng.randrange(10)))
        state = "no_show" if came is None else "completed"
        ends = instant(starts + timedelta(hours=2))
        values = (park_id, f"B-{YEAR}-{number:06d}", space, rng.choice(holder_ids), instant(starts), ends, came, state, known)
        booked.append((*values, 400_00, "CNY", "lab", 0, 1, 0, 1, *[""] * 6))
    with stage.bare(app) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        spaces = [(n, park_id, building_id, f"X{n:05d}", "", "", "", "", False, True, 1) for n in range(1, INSTRUMENTS + 1)]
        kinds = [(n, "2000-01-01", "9999-12-31", "instrument", False, "", known) for n in range(1, INSTRUMENTS + 1)]
        _insert(
            cursor,
            "spaces",
            "id, park_id, building_id, code, name_en, name_ru, name_zh, search, divided, bookable, version",
            spaces,
            sqlite,
        )
        _insert(cursor, "particulars", "space_id, starts_on, ends_on, kind, lettable, area_basis, recorded_at", kinds, sqlite)
        _insert(
            cursor,
            "bookings",
            "park_id, number, space_id, organisation_id, starts_at, ends_at, checked_in_at, state, requested_at, price_minor, currency, "
            "desk, turnaround_minutes, people, sequence, version, purpose, guest, question, reply, reason, waived",
            booked,
            sqlite,
            extra={"uid": ""},
        )
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE" if sqlite else "VACUUM ANALYZE")
    return park_id


def _insert(
    cursor: Any, table: str, columns: str, rows: Sequence[tuple[object, ...]], sqlite: bool, *, extra: dict[str, object] | None = None
) -> None:
    more = extra or {}
    columns = ", ".join([columns, *more])
    whole = [(*row, *more.values()) for row in rows]
    if sqlite:
        marks = ", ".join("?" * len(whole[0]))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", whole)
    else:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in whole:
                copy.write_row(row)


@contextmanager
def counted(app: Flask) -> Iterator[list[int]]:
    """Count the statements of either kind inside: SELECTs, and all."""
    seen = [0, 0]

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen[0] += statement.lstrip().upper().startswith(("SELECT", "WITH"))
        seen[1] += 1

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def measure(engine: str, sessions: int) -> None:
    """The figures stand on the screen."""
    with stage.stage(engine) as app:
        park_id = fill(app, sessions)
        print(f"\n{engine}: {sessions} sessions of {YEAR}, {INSTRUMENTS} instruments, {ORGANISATIONS} organisations", flush=True)
        selected = _bare_select(app, park_id)
        taken, reads, writes, made = 0.0, 0, 0, 0
        for month in range(1, 13):
            with app.app_context(), counted(app) as seen:
                started = time.perf_counter()
                with transaction():
                    park = db.session.get_one(Park, park_id)
                    made += len(actions.make_statements(park, date(YEAR, month, 1), actor=SYSTEM, now=NOW))
                taken += time.perf_counter() - started
                db.session.remove()
            reads, writes = reads + seen[0], writes + seen[1] - seen[0]
        inserted = _bare_insert(app)
        with app.app_context():
            started = time.perf_counter()
            found = actions.make_statements(db.session.get_one(Park, park_id), date(YEAR, 6, 1), actor=SYSTEM, now=NOW)
            again = time.perf_counter() - started
            lines = queries.sums(db.session.scalars(db.select(Statement)).first() or Statement())
            db.session.remove()
        assert not found
        assert lines
        each = taken / sessions * 1e6
        counts = f"{made} statements, {each:.0f} µs a session, {reads} SELECTs and {writes} writes"
        print(f"  the year's statements        {stage.ms(taken)}, {counts}")
        print(f"  bare SELECT of the sessions  {stage.ms(selected)}: {taken / selected:.1f} times as long")
        print(f"  bare INSERT of the lines     {stage.ms(inserted)}: {taken / inserted:.1f} times as long")
        print(f"  a month again, nothing new   {stage.ms(again)}", flush=True)


def _bare_select(app: Flask, park_id: int) -> float:
    """Return how long the driver needs to hand over the year's sessions."""
    started = time.perf_counter()
    columns = "id, organisation_id, space_id, starts_at, ends_at, booked_until, checked_in_at, ended_at, state, price_minor, currency"
    found = stage.rows(app, f"SELECT {columns} FROM bookings WHERE park_id = {park_id} AND desk = 'lab' ORDER BY starts_at, id")
    assert found
    return time.perf_counter() - started


def _bare_insert(app: Flask) -> float:
    """Return how long the driver needs to write the lines again into an empty table of the same shape, committed."""
    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
        db.session.remove()
    columns = "statement_id, booking_id, what, minutes, peak_minutes, hour_minor, percent, basis, minor, note, added_at"
    with stage.bare(app) as connection:
        cursor = connection.cursor()
        rows = cursor.execute(f"SELECT {columns} FROM statement_lines").fetchall()
        cursor.execute(f"CREATE TABLE bare_lines AS SELECT {columns} FROM statement_lines WHERE 1 = 0")
        cursor.execute("CREATE INDEX bare_by_statement ON bare_lines (statement_id)")
        cursor.execute("CREATE UNIQUE INDEX bare_by_booking ON bare_lines (booking_id)")
        marks = ", ".join(["?" if sqlite else "%s"] * 11)
        started = time.perf_counter()
        cursor.execute("BEGIN")
        cursor.executemany(f"INSERT INTO bare_lines ({columns}) VALUES ({marks})", rows)
        cursor.execute("COMMIT")
        taken = time.perf_counter() - started
        cursor.execute("DROP TABLE bare_lines")
    return taken


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--sessions", type=int, default=50_000)
    asked = parser.parse_args()
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        measure(engine, asked.sessions)


if __name__ == "__main__":
    main()
