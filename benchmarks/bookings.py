"""1,000 rooms, 100,000 and 1,000,000 bookings: which rooms are free, a booking made by 1, 8 and 32 writers, and a week's calendar.

Run: .venv/bin/python -m benchmarks.bookings [--engine sqlite|postgresql|both] [--bookings 100000 1000000] [--seconds 15]
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from flask import Flask

from benchmarks import stage
from parkmgr.accounts.models import RoleGrant, User
from parkmgr.bookings import actions, finding
from parkmgr.bookings.actions import Wanted
from parkmgr.bookings.models import BookingRules
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park
from parkmgr.policy import ALWAYS, Actor, Grant, Role
from parkmgr.values import Span

ROOMS, ORGANISATIONS, BUILDINGS = 1000, 50, 20
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
HOURS = (1, 3, 5, 7, 9)
"""In UTC: 9:00, 11:00, … in Harbin. Five bookings of an hour in each room on each day."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=30)


def fill(app: Flask, bookings: int) -> int:
    """A park of 1,000 rooms with so many bookings stands, written past the park's code for speed; return its id. The guard stands."""
    with app.app_context():
        park = Park(code="BENCH", name_en="Bench", time_zone="Asia/Shanghai", currency="CNY", country="CN")
        stage.keep(park)
        buildings = [Building(park_id=park.id, code=f"B{number}", name_en=f"B{number}") for number in range(BUILDINGS)]
        holders = [Organisation(code=f"O{number}", kind="university", name_en=f"Organisation {number}") for number in range(ORGANISATIONS)]
        user = User(email="bench@parkmgr.example", name="Bench", password_hash="-")  # noqa: S106 - nobody signs in with it
        rules = BookingRules(
            park_id=park.id, kind="", week="Mon-Sun 00:00-24:00", open_on_holidays=True, access=[], quotas=[], prices=[], ahead_days=3650
        )
        stage.keep(*buildings, *holders, user, rules)
        stage.keep(RoleGrant(user_id=user.id, role=Role.LIAISON.value, organisation_id=holders[0].id, starts_on=date(2020, 1, 1)))
        park_id, building_ids, holder_ids, user_id = park.id, [b.id for b in buildings], [h.id for h in holders], user.id
        sqlite = db.engine.dialect.name == "sqlite"
    stage.let_go(app)
    _write(app, park_id, building_ids, holder_ids, user_id, bookings, sqlite=sqlite)
    return park_id


def _write(
    app: Flask, park_id: int, building_ids: Sequence[int], holder_ids: Sequence[int], user_id: int, bookings: int, *, sqlite: bool
) -> None:
    def instant(moment: datetime) -> object:
        return moment.isoformat(timespec="microseconds") if sqlite else moment

    known = instant(stage.LONG_AGO)
    days = bookings // ROOMS // len(HOURS)
    mark = "?" if sqlite else "%s"
    with stage.bare(app) as connection:
        cursor = connection.cursor()

        def insert(table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
            if sqlite:
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({', '.join([mark] * len(rows[0]))})", rows)
            else:
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)

        cursor.execute("BEGIN")
        insert(
            "spaces",
            "id, park_id, building_id, code, name_en, name_ru, name_zh, search, divided, bookable, version",
            [(n, park_id, building_ids[n % BUILDINGS], f"M{n:05d}", "", "", "", "", False, True, 1) for n in range(1, ROOMS + 1)],
        )
        insert(
            "particulars",
            "space_id, starts_on, ends_on, kind, lettable, area, area_basis, capacity, recorded_at",
            [(n, "2000-01-01", "9999-12-31", "meeting_room", False, 3000, "IPMS3", 4 + n % 30, known) for n in range(1, ROOMS + 1)],
        )
        number = 0
        for day in range(days):
            holds: list[tuple[object, ...]] = []
            booked: list[tuple[object, ...]] = []
            for room in range(1, ROOMS + 1):
                for hour in HOURS:
                    number += 1
                    starts = FIRST + timedelta(days=day, hours=hour, minutes=15 * (room % 4))
                    starts_at, ends_at = instant(starts), instant(starts + timedelta(hours=1))
                    holder = holder_ids[(room + day + hour) % ORGANISATIONS]
                    holds.append((park_id, room, holder, "booking", f"B-1999-{number}", starts_at, ends_at, known))
                    booked.append(
                        (park_id, f"B-1999-{number}", room, holder, user_id, starts_at, ends_at, 0, 1, "confirmed", known, 0, 1, *[""] * 8)
                    )
            insert("holds", "park_id, space_id, holder_id, kind, document, starts_at, ends_at, recorded_at", holds)
            insert(
                "bookings",
                "park_id, number, space_id, organisation_id, user_id, starts_at, ends_at, turnaround_minutes, people, state, requested_at, "
                "sequence, version, purpose, guest, question, reply, reason, waived, currency, uid",
                booked,
            )
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE" if sqlite else "VACUUM ANALYZE")


def asked_days(bookings: int) -> int:
    """Return for how many days there are bookings."""
    return bookings // ROOMS // len(HOURS)


def free(app: Flask, park_id: int, days: int, times: int) -> str:
    """Return how long "which rooms are free" takes: its SELECT on the bare driver, and the question as the park asks it."""
    rng = random.Random(1)
    bare: list[float] = []
    whole: list[float] = []
    found = 0
    with app.app_context():
        pooled = db.engine.raw_connection()
        driver = pooled.driver_connection
        assert driver is not None
        for _ in range(times):
            starts = FIRST + timedelta(days=rng.randrange(days), hours=rng.choice(HOURS), minutes=75)
            span = Span(starts, starts + WINDOW)
            with stage.selects(app) as seen:
                started = time.perf_counter()
                found = len(finding.free_rooms(park_id, span))
                whole.append(time.perf_counter() - started)
            db.session.remove()
            assert len(seen) == 1, seen
            cursor = driver.cursor()
            started = time.perf_counter()
            cursor.execute(*seen[0])
            cursor.fetchall()
            bare.append(time.perf_counter() - started)
        pooled.close()
    return f"{found} free; in the database {_spread(bare)}; as asked {_spread(whole)}"


def _spread(seconds: Sequence[float]) -> str:
    return f"p50 {stage.ms(statistics.median(seconds))}, p99 {stage.ms(stage.percentile(seconds, 0.99))}"


def _writer(app: Flask, park_id: int, seed: int, seconds: float, pause: float, into: SimpleQueue[list[float]], warm: Barrier) -> None:
    rng = random.Random(f"{seed} {time.monotonic_ns()}")
    taken: list[float] = []
    try:
        _book_on(app, park_id, rng, seconds, pause, taken, warm)
    finally:  # also of one that broke: who waits for the figures must not wait for ever
        into.put(taken)


def _book_on(app: Flask, park_id: int, rng: random.Random, seconds: float, pause: float, taken: list[float], warm: Barrier) -> None:
    with app.app_context():
        user = db.session.scalars(db.select(User).filter_by(email="bench@parkmgr.example")).one()
        grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=user.id)).one()
        actor = Actor(user.id, user.name, (Grant(Role.LIAISON, ALWAYS, None, grant.organisation_id),))
        holder = grant.organisation_id
        one(park_id, holder, actor, rng)  # the first in a process also reads its templates
        warm.wait(120)
        until = time.monotonic() + seconds
        time.sleep(rng.random() * pause)
        while time.monotonic() < until:
            started = time.perf_counter()
            if one(park_id, holder, actor, rng):
                taken.append(time.perf_counter() - started)
            if pause:
                time.sleep(max(0.0, pause - (time.perf_counter() - started)))
        db.session.remove()
        db.engine.dispose()


def one(park_id: int, holder: int | None, actor: Actor, rng: random.Random) -> bool:
    """Tell whether a free slot was booked: the whole deed with its check, number, hold, notice and audit entry, committed to disk."""
    starts = FIRST + timedelta(days=rng.randrange(1000, 3000), minutes=15 * rng.randrange(96))
    slot = Slot(rng.randrange(1, ROOMS + 1), Span(starts, starts + timedelta(hours=1)))
    try:
        with transaction():
            park, organisation = db.session.get_one(Park, park_id), db.session.get_one(Organisation, holder)
            actions.book(park, organisation, Wanted((slot,), user_id=actor.user_id), actor=actor, now=NOW)
    except Refused:
        return False
    return True


def create(app: Flask, park_id: int, writers: int, seconds: float, pause: float) -> str:
    """Return how long a booking takes while so many processes book. pause: each begins one in so many seconds; 0: without a rest."""
    stage.let_go(app)
    context = multiprocessing.get_context("fork")
    into: SimpleQueue[list[float]] = context.SimpleQueue()
    warm = context.Barrier(writers)
    crowd = [context.Process(target=_writer, args=(app, park_id, seed, seconds, pause, into, warm)) for seed in range(writers)]
    for each in crowd:
        each.start()
    taken = [value for _ in crowd for value in into.get()]
    for each in crowd:
        each.join()
    return f"{len(taken)} booked, {len(taken) / seconds:.0f} a second; {_spread(taken)}" if taken else "none was booked"


def week(app: Flask, park_id: int, days: int, times: int) -> str:
    """Return how long the page of a week takes, signed in as the liaison, for one building."""
    from parkmgr.accounts import actions as accounts

    with app.app_context():
        with transaction():
            user = db.session.scalars(db.select(User).filter_by(email="bench@parkmgr.example")).one()
            token = accounts.begin(user, now=datetime.now(UTC))
        db.session.remove()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = token
    rng = random.Random(2)
    taken = []
    for number in range(times + 2):
        on = (FIRST + timedelta(days=rng.randrange(days))).date()
        started = time.perf_counter()
        answer = client.get(f"/parks/BENCH/calendar?view=week&on={on}&building=B{rng.randrange(BUILDINGS)}")
        if number > 1:
            taken.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.status
    return _spread(taken)


def measure(engine: str, bookings: int, seconds: float, times: int) -> None:
    """The figures stand on the screen."""
    with stage.stage(engine) as app:
        park_id = fill(app, bookings)
        days = asked_days(bookings)
        print(f"\n{engine}: {ROOMS} rooms, {bookings} bookings in {days} days", flush=True)
        _say("which rooms are free", lambda: free(app, park_id, days, times))
        _say("a week's calendar", lambda: week(app, park_id, days, max(5, times // 5)))
        for writers, pause in ((1, 0.0), (8, 0.0), (32, 0.0), (8, 1.0), (32, 1.0)):
            label = f"booked by {writers}" + (", each one a second" if pause else ", without a rest")
            _say(label, lambda writers=writers, pause=pause: create(app, park_id, writers, seconds, pause))  # type: ignore[misc]


def _say(label: str, question: Callable[[], str]) -> None:
    print(f"  {label:34} {question()}", flush=True)


def main() -> None:
    """The figures of both engines, or of one, stand on the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--bookings", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--times", type=int, default=101)
    asked = parser.parse_args()
    for bookings in asked.bookings:
        for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
            measure(engine, bookings, asked.seconds, asked.times)


if __name__ == "__main__":
    main()
