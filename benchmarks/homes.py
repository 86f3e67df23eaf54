"""A thousand residencies renewed by one deed: time and statements, beside the bare INSERTs and UPDATEs of the same rows.

Run: .venv/bin/python -m benchmarks.homes [--engine sqlite|postgresql|both] [--homes 1000]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks import stage
from parkmgr.audit.actions import record, settle
from parkmgr.db import db, transaction
from parkmgr.housing import actions, queries, renewing_actions
from parkmgr.housing.rules import Agreed
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.places import actions as places
from parkmgr.places.models import Park, Space
from parkmgr.places.rules import Particular
from parkmgr.policy import SYSTEM
from parkmgr.values import Area, Money, Names, Term

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
TIMES = 5


def fill(app: Flask, homes: int) -> None:
    """So many flats stand, and somebody lives in each of them until the end of August."""
    with app.app_context(), transaction():
        park = places.add_park(
            "BENCH", Names("Bench"), time_zone="Asia/Shanghai", currency="CNY", country="CN", actor=SYSTEM, now=stage.LONG_AGO
        )
        building = places.add_building(park, "R01", Names("R01"), use="flat", residential=True, actor=SYSTEM, now=stage.LONG_AGO)
        employers = [Organisation(code=f"O{number}", kind="university", name_en=f"O{number}", search="") for number in range(20)]
        db.session.add_all(employers)
        db.session.flush()
        for employer in employers:
            record("organisations.add", employer, actor=SYSTEM, now=stage.LONG_AGO)
        for number in range(homes):
            space: Space = places.add_space(
                building,
                f"R01-{number:04d}",
                None,
                Particular("flat", True, Area.of(45), "IPMS3", 2),
                starts_on=date(2020, 1, 1),
                level=number // 100 + 1,
                actor=SYSTEM,
                now=stage.LONG_AGO,
            )
            employer = employers[number % len(employers)]
            person = people.add(park, employer, name=f"Person {number}", actor=SYSTEM, now=NOW)
            agreed = Agreed(Term(date(2026, 7, 1), date(2026, 8, 31)), Money(150_000, "CNY"))
            residency = actions.settle(park, space, person, employer, agreed, actor=SYSTEM, now=NOW)
            actions.move_in(residency, None, on=date(2026, 7, 1), actor=SYSTEM, now=NOW)
    stage.let_go(app)


class _Undone(Exception):
    """The deed is taken back, so that it can be done again."""


@contextmanager
def written(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def renew(app: Flask) -> None:
    """Every residency ends a year later, at two per cent more, audit entries and all; at the end it is taken back."""
    with app.app_context():
        try:
            with transaction():
                park = db.session.scalars(db.select(Park)).one()
                found = queries.residencies_to_renew(park.id, SYSTEM, queries.Wanted(state="live"))
                renewing_actions.renew(park, found, until=date(2027, 8, 31), percent=Decimal(2), actor=SYSTEM, now=NOW + timedelta(days=30))
                settle()
                raise _Undone
        except _Undone:
            db.session.remove()


def replay(app: Flask, seen: Sequence[tuple[str, Any]]) -> None:
    """The driver alone does the same writes, and takes them back."""
    with app.app_context():
        pooled = db.engine.raw_connection()
        driver: Any = pooled.driver_connection
        cursor = driver.cursor()
        if db.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        for statement, parameters in seen:
            (cursor.executemany if isinstance(parameters, list) else cursor.execute)(statement, parameters)
        driver.rollback()
        pooled.close()


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--homes", type=int, default=1000)
    asked = parser.parse_args()
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        with stage.stage(engine) as app:
            fill(app, asked.homes)
            with written(app) as seen:
                renew(app)
            writes = [each for each in seen if each[0].lstrip().upper().startswith(("INSERT", "UPDATE"))]
            whole, plain = stage.side_by_side(TIMES, partial(renew, app), partial(replay, app, writes))
            ratio = statistics.median(whole) / statistics.median(plain)
            each = statistics.median(whole) / asked.homes * 1000
            print(f"\n{engine}: {asked.homes} residencies renewed by one deed")
            print(f"  {stage.spread(whole)}, {len(seen)} statements ({len(writes)} write), {each:.2f} ms each")
            print(f"  the same writes on the bare driver: {stage.spread(plain)}; ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
