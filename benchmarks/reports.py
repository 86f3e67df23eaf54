"""What each report of the demo park costs: compiled, as sheets, as PDF, and asked for a second time.

    .venv/bin/python -m benchmarks.reports [--park HIT] [--on 2026-06-30] [KIND …]

Loads the demo park into a register of its own, issues a report of each kind, and prints seconds of the wall clock, memory of the drawing
process (PSS), pages and size; beside the PDF, the reading of the same file from the register, which is what the second request costs.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pdf import Watch
from benchmarks.stage import stage
from parkmgr import clock
from parkmgr.db import db, transaction
from parkmgr.demo import loading
from parkmgr.funds.models import Fund
from parkmgr.places import queries as places
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


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=list(kinds.KINDS))
    parser.add_argument("--park", default="HIT")
    parser.add_argument("--on", type=date.fromisoformat, default=date(2026, 6, 30))
    asked = parser.parse_args()
    with stage("sqlite") as app, app.app_context():
        begun = time.perf_counter()
        loading.load()
        print(f"the demo park is loaded in {time.perf_counter() - begun:.0f} s", flush=True)
        for kind in asked.kinds:
            with app.test_request_context():
                print(measured(kind, asked.park, asked.on), flush=True)


if __name__ == "__main__":
    main()
