"""The figures of a fund with 10,000 flows and 100 partners, as known at ten instants, beside the bare SELECTs of the same rows.

Run: .venv/bin/python -m benchmarks.funds [--engine sqlite|postgresql|both] [--flows 10000] [--partners 100]
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask

from benchmarks import stage
from parkmgr.db import db
from parkmgr.funds import queries, rules
from parkmgr.funds.models import Fund
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park

COMPANIES, YEARS, INSTANTS = 30, 12, 10
FIRST = date(2012, 3, 1)
LAST = date(FIRST.year + YEARS, 3, 1)


def fill(app: Flask, flows: int, partners: int) -> int:
    """A fund with so many flows stands, written past the park's code for speed; each hundredth was withdrawn later. Return its id."""
    with app.app_context():
        park = Park(code="BENCH", name_en="Bench", time_zone="Asia/Shanghai", currency="CNY", country="CN")
        members = [Organisation(code=f"O{number}", kind="university", name_en=f"O {number}") for number in range(partners + COMPANIES)]
        stage.keep(park, *members)
        fund = Fund(park_id=park.id, code="F", name_en="F", currency="CNY", vintage=2012, size_minor=10**12, starts_on=FIRST)
        fund.manager_id = fund.general_partner_id = members[0].id
        stage.keep(fund)
        fund_id, ids = fund.id, [member.id for member in members]
        sqlite = db.engine.dialect.name == "sqlite"
    stage.let_go(app)
    rng = random.Random(1)

    def instant(day: date) -> object:
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return moment.isoformat(timespec="microseconds") if sqlite else moment

    def on(day: date) -> object:
        return day.isoformat() if sqlite else day

    moved = []
    for number in range(flows):
        day = FIRST + timedelta(days=number * (LAST - FIRST).days // flows)
        early = number < flows // 2
        kind = rng.choices(
            ("contribution", "distribution", "investment", "proceeds", "fee"), (8, 1, 2, 1, 1) if early else (1, 8, 1, 2, 1)
        )[0]
        partner = ids[number % partners] if kind in ("contribution", "distribution") else None
        company = ids[partners + rng.randrange(COMPANIES)] if kind in ("investment", "proceeds") else None
        purpose = "gain" if kind == "proceeds" else ""
        gone = instant(day + timedelta(days=400)) if number % 100 == 7 else None
        moved.append((fund_id, kind, on(day), rng.randint(10**6, 10**8), partner, company, purpose, False, "", "", instant(day), gone))
    promised = [(fund_id, partner, on(FIRST), 10**10, "", "", instant(FIRST)) for partner in ids[:partners]]
    worths = [
        (fund_id, company, on(date(year, 12, 31)), rng.randint(10**6, 10**9), "multiples", "", "", instant(date(year, 12, 31)))
        for year in range(FIRST.year, LAST.year)
        for company in ids[partners:]
    ]
    with stage.bare(app) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        mark = "?" if sqlite else "%s"
        of_flow = 'fund_id, kind, "on", minor, organisation_id, company_id, purpose, recallable, note, external, recorded_at, withdrawn_at'
        for table, columns, rows in (
            ("fund_flows", of_flow, moved),
            ("fund_commitments", 'fund_id, organisation_id, "on", minor, note, external, recorded_at', promised),
            ("fund_valuations", 'fund_id, company_id, "on", minor, method, valued_by, note, recorded_at', worths),
        ):
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({', '.join([mark] * len(rows[0]))})", rows)
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE" if sqlite else "VACUUM ANALYZE")
    return fund_id


def measure(engine: str, flows: int, partners: int) -> None:
    """The figures stand on the screen."""
    with stage.stage(engine) as app:
        fund_id = fill(app, flows, partners)
        print(
            f"\n{engine}: a fund with {flows} flows, {partners} partners, {COMPANIES} companies, as known at {INSTANTS} instants",
            flush=True,
        )
        bare = _bare(app, fund_id)
        read = whole = parts = 0.0
        known = [datetime(LAST.year - place, 1, 5, tzinfo=UTC) for place in range(INSTANTS)]
        with app.app_context():
            for instant in known:
                started = time.perf_counter()
                facts = queries.facts([fund_id], instant)[fund_id]
                db.session.remove()
                told = time.perf_counter()
                found = rules.metrics(facts, instant.date())
                judged = time.perf_counter()
                own: dict[int, Any] = rules.partners(facts, instant.date())
                done = time.perf_counter()
                assert sum(one.nav for one in own.values()) == found.nav
                read, whole, parts = read + told - started, whole + judged - told, parts + done - judged
        total = read + whole + parts
        print(f"  all of it                      {stage.ms(total)}, {stage.ms(total / INSTANTS)} an instant")
        print(f"  reading the facts (4 SELECTs)  {stage.ms(read)}")
        print(f"  the fund's figures, two rates  {stage.ms(whole)}")
        print(f"  {partners} partners, a rate each      {stage.ms(parts)}")
        print(f"  bare SELECT of the same rows   {stage.ms(bare * INSTANTS)}: {total / bare / INSTANTS:.1f} times as long", flush=True)


def _bare(app: Flask, fund_id: int) -> float:
    """Return how long the driver needs to hand over every row of the fund once."""
    started = time.perf_counter()
    for table, columns in (
        ("fund_flows", 'kind, "on", minor, organisation_id, company_id, notice_id, purpose, recallable'),
        ("fund_commitments", 'organisation_id, "on", minor'),
        ("fund_valuations", 'company_id, "on", minor, method'),
    ):
        assert stage.rows(app, f'SELECT {columns} FROM {table} WHERE fund_id = {fund_id} ORDER BY "on", id')
    return time.perf_counter() - started


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--flows", type=int, default=10_000)
    parser.add_argument("--partners", type=int, default=100)
    asked = parser.parse_args()
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        measure(engine, asked.flows, asked.partners)


if __name__ == "__main__":
    main()
