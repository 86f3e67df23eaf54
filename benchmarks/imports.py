"""A register of thousands of buildings and leases is imported: looked at, put in, and put in again, with time and memory of each.

Run: .venv/bin/python -m benchmarks.imports [--engine sqlite|postgresql|both] [--buildings FILE] [--leases FILE] [--organisations FILE]
Without files, tables of the size and shape of the examples' inputs are made up.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import xlsxwriter
from flask import Flask

from benchmarks import stage
from parkmgr.config import ROOT
from parkmgr.db import db
from parkmgr.imports import actions
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM

BUILDINGS, LEASES = 6_500, 5_700
EXAMPLES = ROOT / "docs" / "examples"
NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
HEAD = ["Location Code", "Real Property Asset Name", "Street Address", "City", "State", "Zip Code", "Building Rentable Square Feet"]


def made_up(folder: Path) -> tuple[Path, Path]:
    """Return two workbooks: buildings, and leases of which one in ten shares its number and location with another."""
    chance = random.Random(1)
    buildings = [
        [f"XX{number:04d}", f"BUILDING {number}", f"{number} MAIN ST", "READING", "PA", "19601", chance.randrange(400_000) / 10]
        for number in range(BUILDINGS)
    ]
    leases = []
    for number in range(LEASES):
        place = buildings[chance.randrange(BUILDINGS)]
        start = date(2000, 1, 1) + timedelta(days=chance.randrange(9000))
        leases.append([*place, f"L{number if number % 10 else number - 1:05d}", start, start + timedelta(days=chance.randrange(365, 9000))])
    paths = folder / "buildings.xlsx", folder / "leases.xlsx"
    _write(paths[0], [*HEAD, "Construction Date", "Real Property Asset Type"], [[*row, 2000, "BUILDING"] for row in buildings])
    lease_head = [*HEAD, "Lease Number", "Lease Effective Date", "Lease Expiration Date", "Real Property Asset type"]
    _write(paths[1], lease_head, [[*row, "BUILDING"] for row in leases])
    return paths


def _write(path: Path, head: list[str], rows: list[list[object]]) -> None:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate([head, *rows]):
        for column, value in enumerate(row):
            page.write(number, column, value, *([day] if isinstance(value, date) else []))
    book.close()


def measure(app: Flask, what: str, path: Path, mapping: Path) -> float:
    """Say what a dry run, the import and the same import again take; return the seconds of the import."""
    taken = 0.0
    for label, dry in (("looked at", True), ("put in", False), ("again", False)):
        with app.app_context():
            park = db.session.execute(db.select(Park)).scalar_one()
            wall, work = time.perf_counter(), time.process_time()
            outcome = actions.run(what, path, park, mapping=mapping, dry_run=dry, actor=SYSTEM, now=NOW)
            wall, work = time.perf_counter() - wall, time.process_time() - work
            db.session.remove()
        figures = outcome.counts()
        assert figures.pop("rows") == sum(figures.values()), "every row is accounted for"
        assert not outcome.problem_count, str(outcome)
        taken = wall if label == "put in" else taken
        print(f"  {what:13} {label:9} {outcome.rows:6} rows  {wall:6.1f} s  ({work:5.1f} s CPU)  {figures}")
    return taken


def main() -> None:
    """Say the figures for each engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=[*stage.ENGINES, "both"], default="sqlite")
    for name in ("buildings", "leases", "organisations"):
        parser.add_argument(f"--{name}", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        buildings, leases = made_up(Path(folder))
        for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
            print(engine)
            with stage.stage(engine) as app:
                with app.app_context():
                    stage.keep(Park(code="BENCH", name_en="Bench", time_zone="America/New_York", currency="USD"))
                taken = measure(app, "buildings", asked.buildings or buildings, EXAMPLES / "gsa-buildings.toml")
                taken += measure(app, "leases", asked.leases or leases, EXAMPLES / "gsa-leases.toml")
                print(f"  buildings and leases put in: {taken:.1f} s")
                if asked.organisations:
                    measure(app, "organisations", asked.organisations, EXAMPLES / "ror-organisations.toml")
    own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"peak memory: {own} MB, and {child} MB in the largest child")


if __name__ == "__main__":
    main()
