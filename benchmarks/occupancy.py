"""Who holds each of 10,000 spaces on a day, and which are free: the park's questions beside the same SELECT on the bare driver.

Run: .venv/bin/python -m benchmarks.occupancy [--engine sqlite|postgresql|both] [--times 31]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from benchmarks import stage
from parkmgr.db import db
from parkmgr.occupancy import queries
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park
from parkmgr.reports import queries as reports
from parkmgr.values import Span, day_of, midnight

SPACES, ORGANISATIONS = 10_000, 200
ON = date(2021, 6, 30)


def fill(app: Flask, holds: int) -> int:
    """A park of 10,000 spaces with as many holds as asked stands, written past the park's code for speed; return its id.

    The guard stands: rows that it refused would not be here. One unit in eleven is empty at any time.
    """
    with app.app_context():
        park = Park(code="BENCH", name_en="Bench", time_zone="Asia/Shanghai", currency="CNY")
        stage.keep(park)
        building = Building(park_id=park.id, code="B", name_en="B")
        holders = [Organisation(code=f"O{number}", kind="enterprise", name_en=f"Organisation {number}") for number in range(ORGANISATIONS)]
        stage.keep(building, *holders)
        park_id, building_id, holder_ids, zone = park.id, building.id, [holder.id for holder in holders], park.zone
        sqlite = db.engine.dialect.name == "sqlite"
    stage.let_go(app)

    def instant(moment: datetime) -> object:
        return moment.astimezone(UTC).isoformat(timespec="microseconds") if sqlite else moment

    years = holds // SPACES
    first = ON.year - years // 2
    with stage.bare(app) as connection:
        cursor = connection.cursor()
        mark = "?" if sqlite else "%s"
        cursor.execute("BEGIN")
        spaces = [(number, park_id, building_id, f"S{number:05d}", "", "", "", "", False, False, 1) for number in range(1, SPACES + 1)]
        columns = "id, park_id, building_id, code, name_en, name_ru, name_zh, search, divided, bookable, version"
        cursor.executemany(f"INSERT INTO spaces ({columns}) VALUES ({', '.join([mark] * 11)})", spaces)
        known = instant(stage.LONG_AGO)
        cursor.executemany(
            "INSERT INTO particulars (space_id, starts_on, ends_on, kind, lettable, area, area_basis, recorded_at) "
            f"VALUES ({', '.join([mark] * 8)})",
            [(space[0], "2000-01-01", "9999-12-31", "office", True, 4000 + space[0] % 97, "IPMS3", known) for space in spaces],
        )
        cursor.executemany(
            "INSERT INTO holds (park_id, space_id, holder_id, kind, document, starts_at, ends_at, recorded_at) "
            f"VALUES ({', '.join([mark] * 8)})",
            [
                (
                    park_id,
                    space[0],
                    holder_ids[(space[0] + year) % ORGANISATIONS],
                    "lease",
                    f"L-{first + year}-{space[0]}",
                    instant(midnight(date(first + year, 1, 1) + timedelta(days=space[0] % 300), zone)),
                    instant(midnight(date(first + year, 12, 1) + timedelta(days=space[0] % 300), zone)),
                    known,
                )
                for space in spaces
                for year in range(years)
            ],
        )
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE" if sqlite else "ANALYZE holds, spaces, particulars, organisations")
    return park_id


def beside_bare(app: Flask, question: Callable[[], object], times: int) -> str:
    """Return how long the question takes, beside its own SELECT with the same parameters on the driver's own cursor."""
    with stage.selects(app) as seen:
        question()
    assert len(seen) == 1, seen
    statement, parameters = seen[0]
    db.session.remove()
    pooled = db.engine.raw_connection()
    driver = pooled.driver_connection
    assert driver is not None

    def bare() -> int:
        cursor = driver.cursor()
        cursor.execute(statement, parameters)
        return len(cursor.fetchall())

    def asked() -> None:
        question()
        db.session.remove()

    found = bare()
    park, plain = stage.side_by_side(times, asked, bare)
    pooled.close()
    ratio = statistics.median(park) / statistics.median(plain)
    return f"{found:6} rows, one SELECT: {stage.spread(park)}; bare {stage.spread(plain)}; ratio {ratio:.2f}"


def measure(app: Flask, park_id: int, times: int) -> None:
    """The figures stand on the screen."""
    with app.app_context():
        park = db.session.get_one(Park, park_id)
        zone = park.zone
        db.session.expunge(park)
        at = midnight(ON, zone)
        assert day_of(at, zone) == ON
        span = Span(at, at + timedelta(days=20))
        known = datetime(2021, 1, 1, tzinfo=UTC)
        for name, question in (
            ("who holds what", lambda: queries.holders(park_id, at)),
            ("the same, as known once", lambda: queries.holders(park_id, at, known)),
            ("which are free for 20 days", lambda: queries.free_units(park_id, span, zone=zone)),
            ("the report's rows", lambda: reports.occupancy(park, ON)),
        ):
            print(f"  {name:28} {beside_bare(app, question, times)}")


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--times", type=int, default=31)
    asked = parser.parse_args()
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        for holds in (10_000, 100_000):
            with stage.stage(engine) as app:
                park_id = fill(app, holds)
                print(f"\n{engine}: {SPACES} spaces, {holds} holds, on {ON}")
                measure(app, park_id, asked.times)


if __name__ == "__main__":
    main()
