"""Server time of the demo park's pages, as an administrator reads them: whole answers, beside their own SELECTs on the bare driver.

Run: .venv/bin/python -m benchmarks.pages [--engine sqlite|postgresql|both] [--times 31]
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from benchmarks import stage
from parkmgr import clock
from parkmgr.accounts import actions as accounts
from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.demo import loading
from parkmgr.leases.models import Lease
from parkmgr.places.models import Building, Park
from parkmgr.policy import Role
from parkmgr.reports import views as reports


def load(app: Flask) -> None:
    """The demo park is in the register."""

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {of} deeds", end="", file=sys.stderr)

    with app.app_context():
        began = time.monotonic()
        loading.load(progress)
        print(f"  the demo park was loaded in {time.monotonic() - began:.0f} s")
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
                connection.commit()


def signed_in(app: Flask) -> FlaskClient:
    """Return a browser in which an administrator is signed in; the form and its argon2 are no part of this."""
    with app.app_context(), transaction():
        chosen = db.select(User).where(User.email.like(f"{Role.ADMINISTRATOR}%")).order_by(User.id).limit(1)
        token = accounts.begin(db.session.scalars(chosen).one(), now=clock.now())
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Return the pages, each with its name."""
    with app.app_context():
        park_id = db.session.execute(db.select(Park.id).filter_by(code="HIT")).scalar_one()
        lease = db.session.execute(db.select(Lease.number).filter_by(park_id=park_id).order_by(Lease.id.desc()).limit(1)).scalar_one()
        homes = db.select(Building.code).filter_by(park_id=park_id, residential=True).order_by(Building.code).limit(1)
        tower = db.select(Building.code).filter_by(park_id=park_id, use="office").order_by(Building.code.desc()).limit(1)
        home, office = (db.session.execute(query).scalar_one() for query in (homes, tower))
        db.session.remove()
    return [
        ("dashboard, the day at hand", "/parks/HIT/"),
        ("dashboard, after a deed", "/parks/HIT/"),
        ("dashboard, with its year", "/parks/HIT/?history=1"),
        ("spaces", "/parks/HIT/spaces"),
        ("spaces, searched", "/parks/HIT/spaces?q=lab"),
        ("buildings", "/parks/HIT/buildings"),
        ("a building", f"/parks/HIT/buildings/{office}"),
        ("its stacking plan", f"/parks/HIT/buildings/{office}/plan"),
        ("a block of flats, its plan", f"/parks/HIT/buildings/{home}/plan"),
        ("leases", "/parks/HIT/leases"),
        ("a lease", f"/parks/HIT/leases/{lease}"),
        ("critical dates", "/parks/HIT/critical-dates"),
        ("tenants", "/parks/HIT/tenants"),
        ("organisations", "/organisations"),
        ("occupancy on screen", "/parks/HIT/reports/occupancy"),
        ("a thousand homes", "/parks/HIT/housing"),
        ("a block's board", f"/parks/HIT/housing/blocks/{home}"),
        ("residencies", "/parks/HIT/housing/residencies"),
        ("the waiting list", "/parks/HIT/housing/waiting"),
        ("laboratories", "/parks/HIT/labs"),
        ("a laboratory", "/parks/HIT/labs/at/LA-0104"),
        ("equipment", "/parks/HIT/equipment"),
        ("a piece", "/parks/HIT/equipment/at/EQ-0001"),
        ("how equipment served", "/parks/HIT/lab-service"),
        ("statements", "/parks/HIT/statements"),
        ("audit", "/audit"),
    ]


def measure(app: Flask, client: FlaskClient, name: str, address: str, times: int) -> None:
    """The page's figures stand on the screen."""

    def forget() -> None:
        if name not in ("dashboard, the day at hand", "its stacking plan", "a block of flats, its plan"):
            reports._KEPT.found.clear()

    def get() -> Any:
        forget()
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer

    get()
    with stage.selects(app) as seen:
        size = len(get().data)
    with app.app_context():
        pooled = db.engine.raw_connection()
    driver = pooled.driver_connection
    assert driver is not None

    def bare() -> None:
        cursor = driver.cursor()
        for statement, parameters in seen:
            cursor.execute(statement, parameters)
            cursor.fetchall()

    whole, plain = stage.side_by_side(times, get, bare)
    (own,) = stage.side_by_side(times, get, clock=time.process_time)
    pooled.close()
    ratio = statistics.median(whole) / max(statistics.median(plain), 1e-6)
    print(
        f"  {name:28} {stage.spread(whole):34} own CPU {stage.ms(statistics.median(own)):9} {size // 1024:5} KB, {len(seen):3} SELECTs, "
        f"bare p50 {stage.ms(statistics.median(plain)):9} ratio {ratio:.1f}"
    )


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--times", type=int, default=31)
    parser.add_argument(
        "--instance", type=Path, help="an instance folder whose SQLite register has the demo park: it is copied, not loaded anew"
    )
    asked = parser.parse_args()
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        with stage.stage(engine) as app:
            print(f"\n{engine}: the demo park as an administrator reads it")
            if asked.instance and engine == "sqlite":
                with closing(sqlite3.connect(asked.instance / "parkmgr.sqlite")) as kept, stage.bare(app) as here:
                    kept.backup(here)
            else:
                load(app)
            client = signed_in(app)
            for name, address in addresses(app):
                measure(app, client, name, address, asked.times)


if __name__ == "__main__":
    main()
