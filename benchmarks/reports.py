"""What each report costs: compiled, as sheets, as PDF, and asked for a second time.

    .venv/bin/python -m benchmarks.reports [--park HIT] [--on 2026-06-30] [--large] [KIND …]

Loads the demo park into a register of its own (--large: a park of 10,000 spaces in twenty buildings, each with a lease), issues a report of
each kind, and prints seconds of the wall clock, memory of the drawing process (PSS), pages and size; beside the PDF, the reading of the
same file from the register, which is what the second request costs.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from flask import Flask

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import occupancy, stage
from benchmarks.occupancy import ON
from benchmarks.pdf import Watch
from parkmgr import clock
from parkmgr.db import db, transaction
from parkmgr.demo import loading
from parkmgr.funds.models import Fund
from parkmgr.leases.models import Lease, LeaseSpace, LeaseVersion, RentStep
from parkmgr.occupancy.models import Hold
from parkmgr.places import queries as places
from parkmgr.places.models import Building, Park, Space
from parkmgr.policy import SYSTEM
from parkmgr.reports import actions, kinds, queries
from parkmgr.reports.rules import Wanted


def measured(kind: str, park_code: str, on: date) -> str:
    """Return a line about a report of a kind."""
    park = places.park(park_code, SYSTEM)
    park_id = park.id
    wanted = Wanted(on, None, "en", kind=kind)
    if kinds.KINDS[kind].period:
        wanted = replace(wanted, since=on.replace(month=1, day=1))
    if kinds.KINDS[kind].of_fund:
        codes = db.select(Fund.code).where(Fund.park_id == park_id).order_by(Fund.code)
        wanted = replace(wanted, fund=db.session.scalars(codes).first() or "")
    now, begun = clock.now(), time.perf_counter()
    report = actions.compiled(park, wanted, now=now)
    compiled = time.perf_counter() - begun
    begun = time.perf_counter()
    for format_ in ("csv", "json", "xlsx"):
        kinds.sheet(kinds.KINDS[kind], report, format_, language="en")
    sheets = time.perf_counter() - begun
    with transaction():
        number = actions.issue(places.park(park_code, SYSTEM), report, wanted, actor=SYSTEM, now=now).number
    issued = queries.report(park_id, number, with_rows=True)
    with Watch() as watch:
        content = actions.given_out(issued, "pdf")
    cost = watch.cost(content)
    db.session.rollback()
    begun = time.perf_counter()
    again = actions.given_out(queries.report(park_id, number, with_rows=True), "pdf")
    second = time.perf_counter() - begun
    same = "the same bytes" if again == content else "OTHER BYTES"
    return (
        f"{kind:12} {len(report.rows):6} rows  compiled {compiled:6.2f} s  sheets {sheets:6.2f} s  PDF {cost.wall:6.1f} s, "
        f"{cost.processor:6.1f} s of processor, {cost.megabytes:6.0f} MB, {cost.pages:3} pages, {cost.kilobytes:6.0f} kB  "
        f"second time {1000 * second:6.1f} ms ({cost.wall / second:.0f} times faster), {same}"
    )


OF_SPACES = ("occupancy", "rentroll", "expiry", "period")
"""What a park without homes, laboratories and funds can be asked."""


def large(app: Flask) -> None:
    """A park of 10,000 spaces stands, each held in the year by a lease with a rent."""
    park_id = occupancy.fill(app, occupancy.SPACES)
    with app.app_context():
        for number in range(1, 20):
            stage.keep(Building(park_id=park_id, code=f"B{number:02d}", name_en=f"Building {number}", search=""))
        houses = list(db.session.scalars(db.select(Building.id).order_by(Building.id)))
        db.session.rollback()
        with db.engine.begin() as connection:
            space, hold = Space.__table__, Hold.__table__
            connection.execute(db.update(space).values(building_id=houses[0] + space.c.id % len(houses)))
            held = connection.execute(db.select(hold.c.id, hold.c.space_id, hold.c.holder_id, hold.c.document)).all()
            known = {"recorded_at": stage.LONG_AGO}
            leases, versions, spaces, steps = [], [], [], []
            for id_, space_id, holder_id, number in held:
                of = {"lease_id": id_, "version_id": id_}
                leases.append({"id": id_, "park_id": park_id, "number": number, "tenant_id": holder_id, "state": "signed", "version": 1})
                begins = ON.replace(month=1, day=1)
                years = {"effective_on": begins, "starts_on": begins, "ends_on": begins.replace(year=ON.year + space_id % 9, month=12)}
                versions.append({"id": id_, "lease_id": id_, "number": 1, "currency": "CNY", **years, **known})
                spaces.append({**of, "space_id": space_id, "position": 0})
                steps.append({**of, "from_on": begins, "minor": 300_000 + space_id, "basis": "month"})
            for model, rows in ((Lease, leases), (LeaseVersion, versions), (LeaseSpace, spaces), (RentStep, steps)):
                connection.execute(db.insert(model.__table__), rows)
    stage.let_go(app)


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*")
    parser.add_argument("--large", action="store_true", help="a park of 10,000 spaces instead")
    parser.add_argument("--park", default="HIT")
    parser.add_argument("--on", type=date.fromisoformat, default=date(2026, 6, 30))
    asked = parser.parse_args()
    with stage.stage("sqlite") as app:
        begun = time.perf_counter()
        if asked.large:
            large(app)
        else:
            with app.app_context():
                loading.load()
            stage.let_go(app)
        print(f"the park is loaded in {time.perf_counter() - begun:.0f} s", flush=True)
        every = OF_SPACES if asked.large else [code for code in kinds.KINDS if code != "statement"]
        with app.app_context():
            park = db.session.scalars(db.select(Park.code)).one() if asked.large else asked.park
            for kind in asked.kinds or every:
                with app.test_request_context():
                    print(measured(kind, park, ON if asked.large else asked.on), flush=True)


if __name__ == "__main__":
    main()
