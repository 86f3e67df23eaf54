"""Many processes race for the same spaces while a killer takes them down: nothing is held twice, nothing acknowledged is lost.

Run: .venv/bin/python -m benchmarks.race [--engine sqlite|postgresql|both] [--attempts 20000]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import mmap
import os
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from benchmarks import stage
from parkmgr import clock
from parkmgr.audit.actions import record
from parkmgr.bookings import actions as bookings
from parkmgr.bookings.models import BookingRules
from parkmgr.bookings.queries import Slot
from parkmgr.db import db, transaction
from parkmgr.errors import Refused, Stale
from parkmgr.leases import actions as leases
from parkmgr.leases.rules import Step, Terms
from parkmgr.occupancy import actions, queries
from parkmgr.occupancy.closures import close
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.policy import SYSTEM
from parkmgr.values import Money, Span, Term

PROCESSES = 8
EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
ATTEMPTS_PER_DAY = 24
"""How often the calendar is tried before the contest moves on by a day; more makes more losers."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is raced for. choices: what a deed may ask for, each some spaces; wholes and their parts are among them."""

    choices: tuple[tuple[int, ...], ...]
    park_id: int
    holder_id: int


@dataclass(slots=True)
class Outcome:
    """What the race came to."""

    seconds: float = 0.0
    kills: int = 0
    attempts: int = 0
    met: Counter[str] = field(default_factory=Counter)
    """How attempts ended: done, refused, stale, gone, unavailable, broken; those cut off by a kill are the rest."""
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What broke, in its own words."""
    acknowledged: set[str] = field(default_factory=set)
    wrong: dict[str, int] = field(default_factory=dict)
    """Promise -> how often it was broken; all must be zero."""
    standing: int = 0
    written: int = 0
    entries: int = 0


def lay_out(app: Flask) -> Ground:
    """A park stands: six rooms, a hall of two halves, a flat of three beds, and a floor that is let whole or by its three rooms."""
    with app.app_context():
        park = Park(code="RACE", name_en="Race", time_zone="Asia/Shanghai", currency="CNY")
        holder = Organisation(code="RUNNER", kind="enterprise", name_en="Runner")
        stage.keep(park, holder)
        building = Building(park_id=park.id, code="B", name_en="B")
        always = {"week": "Mon-Sun 00:00-24:00", "open_on_holidays": True, "max_minutes": 24 * 60, "ahead_days": 36500}
        stage.keep(building, BookingRules(park_id=park.id, access=[], quotas=[], prices=[], turnaround_minutes=15, **always))

        def space(code: str, parent: Space | None = None, *, divided: bool = False) -> Space:
            made = Space(park_id=park.id, building_id=building.id, code=code, name_en=code, parent_id=parent and parent.id, divided=divided)
            made.bookable = True
            stage.keep(made)
            being = Particulars(space_id=made.id, starts_on=date(2011, 1, 1), ends_on=date.max, kind="office", lettable=True)
            being.recorded_at = stage.LONG_AGO
            stage.keep(being)
            return made

        rooms = [space(f"R{number}") for number in range(6)]
        hall = space("HALL", divided=True)
        halves = [space(f"HALL-{number}", hall) for number in range(2)]
        flat = space("FLAT", divided=True)
        beds = [space(f"BED-{number}", flat) for number in range(3)]
        floor = space("FLOOR", divided=True)
        parts = [space(f"FLOOR-{number}", floor) for number in range(2)]
        group = space("GROUP", floor, divided=True)
        corner = space("CORNER", group)
        singles = [(one.id,) for one in (*rooms, *halves, *beds, *parts, hall, flat, floor, group, corner)]
        several = [(rooms[4].id, rooms[0].id), (beds[2].id, rooms[5].id, halves[1].id), (hall.id, floor.id), (rooms[3].id, flat.id)]
        ground = Ground(tuple(singles + several), park.id, holder.id)
        warm(ground)
    stage.let_go(app)
    return ground


def warm(ground: Ground) -> None:
    """Some deeds are done before the race, so that whoever is started anew need not compile every statement again."""
    rng = random.Random(1)
    for number in range(40):
        days = Span(EPOCH - timedelta(days=2 * number + 2), EPOCH - timedelta(days=2 * number + 1))
        attempt(ground, rng, days, f"warm-{number}")


class Progress:
    """How many attempts each worker has begun; shared memory, so it outlives whoever is killed, and nobody waits for it."""

    def __init__(self, workers: int) -> None:
        self._cells = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")

    def begin(self, worker: int) -> int:
        """Count one more attempt of a worker; return its number."""
        self._cells[worker] += 1
        return self._cells[worker]

    def of(self, worker: int) -> int:
        """Return how many attempts the worker has begun."""
        return self._cells[worker]

    def total(self) -> int:
        """Return how many attempts have begun."""
        return sum(self._cells)


def span(rng: random.Random, progress: Progress) -> Span:
    """Return some days near where the contest is now."""
    day = progress.total() // ATTEMPTS_PER_DAY + rng.randrange(4)
    return Span(EPOCH + timedelta(days=day), EPOCH + timedelta(days=day + rng.randint(1, 4)))


def deed(ground: Ground, rng: random.Random, wanted: Span, mark: str) -> str:
    """One deed is done, with *mark* in its audit entry: mostly a taking, or a lease signed, else a change of a fresh document."""
    ids = rng.choice(ground.choices)
    now, dice = clock.now(), rng.random()
    if dice < 0.2:
        sign(ground, ids, wanted, mark, now)
        return "done"
    if dice < 0.4:
        book(ground, rng, ids, wanted, mark, now)
        return "done"
    spaces = list(db.session.scalars(select(Space).where(Space.id.in_(ids))))
    if dice < 0.45:
        park, operator = db.session.get_one(Park, ground.park_id), db.session.get_one(Organisation, ground.holder_id)
        days = Term(wanted.starts_at.date(), wanted.ends_at.date() - timedelta(days=1))
        close(park, spaces, days, operator=operator, reason=mark, actor=SYSTEM, now=now)
        return "done"
    if dice < 0.75:
        held = actions.take(spaces, wanted, kind=HoldKind.LEASE, holder_id=ground.holder_id, document=f"R-{mark}", now=now)
        record("race.take", held[0], actor=SYSTEM, now=now, reason=mark)
        return "done"
    fresh = select(Hold).where(Hold.withdrawn_at.is_(None)).order_by(Hold.id.desc()).limit(12)
    held = list(db.session.scalars(fresh))
    if not held:
        return "gone"
    hold = rng.choice(held)
    what = rng.choice(("withdraw", "cut", "prolong", "rewrite"))
    if what == "withdraw":
        actions.withdraw(hold.document, now=now)
    elif what == "cut":
        actions.cut(hold.document, hold.starts_at + (hold.ends_at - hold.starts_at) / 2, now=now)
    elif what == "prolong":
        actions.prolong(hold.document, hold.ends_at + timedelta(days=1), now=now)
    elif queries.of_document(hold.document):
        actions.rewrite(hold.document, [(spaces, wanted)], kind=HoldKind.LEASE, holder_id=ground.holder_id, now=now)
    record(f"race.{what}", hold, actor=SYSTEM, now=now, reason=mark)
    return "done"


def sign(ground: Ground, ids: tuple[int, ...], wanted: Span, mark: str, now: datetime) -> None:
    """A lease of the spaces is drafted and signed; *mark* is its reference."""
    first, last = wanted.starts_at.date(), wanted.ends_at.date() - timedelta(days=1)
    terms = Terms(Term(first, last), tuple(sorted(ids)), "CNY", (Step(first, Money(100_000, "CNY")),))
    park, tenant = db.session.get_one(Park, ground.park_id), db.session.get_one(Organisation, ground.holder_id)
    lease = leases.draft(park, tenant, terms, reference=mark, actor=SYSTEM, now=now)
    leases.sign(lease, actor=SYSTEM, now=now)


def book(ground: Ground, rng: random.Random, ids: tuple[int, ...], wanted: Span, mark: str, now: datetime) -> None:
    """The spaces are booked together, on some days one after the other, for some hours of each: all of it or nothing; *mark* is its key."""
    days = [wanted.starts_at + timedelta(days=number) for number in range(rng.randint(1, 3))]
    slots = tuple(Slot(space, Span(day, day + timedelta(hours=rng.randint(1, 20)))) for day in days for space in sorted(ids))
    park, organisation = db.session.get_one(Park, ground.park_id), db.session.get_one(Organisation, ground.holder_id)
    bookings.book(park, organisation, bookings.Wanted(slots, key=mark), actor=SYSTEM, now=now)


def attempt(ground: Ground, rng: random.Random, wanted: Span, mark: str) -> tuple[str, str]:
    """Return how one deed ended, and what broke."""
    try:
        with transaction():
            return deed(ground, rng, wanted, mark), ""
    except Refused:
        return "refused", ""
    except Stale:
        return "stale", ""
    except OperationalError as error:
        return "unavailable", str(error.orig)
    except Exception as error:
        return "broken", f"{type(error).__name__}: {error}"


def run_worker(app: Flask, ground: Ground, worker: int, progress: Progress, quota: int, folder: Path) -> None:
    """The worker's attempts are made; each success is acknowledged in a file, after its commit and before the next attempt."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    acknowledged, log = os.open(folder / "acknowledged", flags), os.open(folder / "log", flags)
    rng = random.Random(os.urandom(16))
    with app.app_context():
        while progress.of(worker) < quota:
            mark = f"{worker}-{progress.begin(worker)}"
            started = time.perf_counter()
            how, why = attempt(ground, rng, span(rng, progress), mark)
            if how == "done":
                os.write(acknowledged, f"{mark}\n".encode())
                os.fsync(acknowledged)
            os.write(log, f"{how}\t{time.perf_counter() - started:.6f}\t{' '.join(why.split())[:400]}\n".encode())


def fork(work: Callable[[], None]) -> int:
    """Return the id of a new process that does *work* and ends."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def herd(workers: Iterable[int], start: Callable[[int], int], may_kill: Callable[[], bool], *, kill_every: float, limit: float) -> int:
    """Return how often a random worker was killed, and started anew, until all had ended by themselves or time was up."""
    running = {start(worker): worker for worker in workers}
    began = last = time.monotonic()
    kills = 0
    while running:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid:
            running.pop(pid, None)
            continue
        if time.monotonic() - began > limit:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            break
        if time.monotonic() - last >= kill_every and may_kill():
            last = time.monotonic()
            victim = random.choice(list(running))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            worker = running.pop(victim)
            running[start(worker)] = worker
            kills += 1
        time.sleep(0.005)
    return kills


def race(
    app: Flask,
    ground: Ground,
    *,
    attempts: int,
    processes: int = PROCESSES,
    kill_every: float = 0.1,
    breath: int = 0,
    limit: float = 600.0,
) -> Outcome:
    """Return what the race came to, looked at afterwards by means that share nothing with the park's own code.

    breath: how many attempts must begin between two kills, for a machine so busy that else nobody would get anywhere.
    """
    progress = Progress(processes)
    killed_at = 0

    def may_kill() -> bool:
        nonlocal killed_at
        if progress.total() < killed_at + breath:
            return False
        killed_at = progress.total()
        return True

    quota = attempts // processes
    with tempfile.TemporaryDirectory(prefix="parkmgr-race-") as name:
        folder = Path(name)
        for file in ("acknowledged", "log"):
            (folder / file).touch()
        began = time.monotonic()
        kills = herd(
            range(processes),
            lambda worker: fork(lambda: run_worker(app, ground, worker, progress, quota, folder)),
            may_kill,
            kill_every=kill_every,
            limit=limit,
        )
        outcome = Outcome(seconds=time.monotonic() - began, kills=kills, attempts=progress.total())
        outcome.acknowledged = set((folder / "acknowledged").read_text().split())
        for line in (folder / "log").read_text().splitlines():
            how, seconds, why = line.split("\t")
            outcome.met[how] += 1
            outcome.waits.append(float(seconds))
            outcome.said += [f"{how}: {why}"] if why else []
    judge(app, outcome)
    return outcome


def judge(app: Flask, outcome: Outcome) -> None:
    """The outcome says how often each promise was broken: read with the bare driver, judged by the plainest means."""
    holds = stage.rows(app, "SELECT id, space_id, document, starts_at, ends_at, recorded_at, withdrawn_at FROM holds ORDER BY id")
    entries = stage.rows(
        app,
        "SELECT id, at, actor_id, actor, organisation_id, park_id, deed, subject, label, changes, reason, previous, hash "
        "FROM audit_entries ORDER BY id",
    )
    divided = {row[0] for row in stage.rows(app, "SELECT id FROM spaces WHERE divided")}
    head = stage.rows(app, "SELECT size, hash FROM audit_heads")
    outcome.written, outcome.standing, outcome.entries = len(holds), sum(hold[6] is None for hold in holds), len(entries)
    said = replayed(entries)
    kept = {entry[10] for entry in entries} | {
        row[0]
        for row in stage.rows(
            app, "SELECT reference FROM leases WHERE signed_at IS NOT NULL UNION ALL SELECT key FROM bookings WHERE key IS NOT NULL"
        )
    }
    outcome.wrong = {
        "units held twice": sum(a[6] is None and b[6] is None for a, b in clashes(holds)),
        "units held twice as once known": sum(1 for _ in clashes(holds)),
        "holds of what is divided": sum(hold[1] in divided for hold in holds),
        "acknowledged deeds lost": len(outcome.acknowledged - kept),
        "holds that the audit tells otherwise": sum(said.get(hold[0]) != stated(hold) for hold in holds)
        + len(said.keys() - {h[0] for h in holds}),
        "breaks in the chain": breaks(entries, head),
        "deadlocks": deadlocks(app),
        "answers other than yes, no or too late": outcome.met["unavailable"] + outcome.met["broken"],
    }


def plain(value: Any) -> Any:
    """Return an instant as text, alike on both engines."""
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def stated(hold: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what the ledger says of a hold: unit, document, from, to, whether it was withdrawn."""
    return hold[1], hold[2], plain(hold[3]), plain(hold[4]), hold[6] is not None


def clashes(holds: list[tuple[Any, ...]]) -> Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Give every two holds of one unit that share an instant, and were both believed at some instant."""
    of_unit: dict[int, list[tuple[Any, ...]]] = {}
    for hold in holds:
        of_unit.setdefault(hold[1], []).append(hold)
    for unit in of_unit.values():
        unit.sort(key=lambda hold: (plain(hold[3]), hold[0]))
        for index, a in enumerate(unit):
            for b in unit[index + 1 :]:
                if b[3] >= a[4]:
                    break
                if (b[6] is None or a[5] < b[6]) and (a[6] is None or b[5] < a[6]):
                    yield a, b


def replayed(entries: list[tuple[Any, ...]]) -> dict[int, tuple[Any, ...]]:
    """Return what the ledger must say of each hold if the audit leaves nothing out: its entries, one after another."""
    told: dict[int, tuple[Any, ...]] = {}
    for entry in entries:
        changes = json.loads(entry[9]) if isinstance(entry[9], str) else entry[9]
        for change in changes["rows"]:
            table, key = change["row"].split(":")
            after = change["after"]
            if table != "holds":
                continue
            if int(key) not in told:
                starts_at, ends_at = (plain(datetime.fromisoformat(after[name])) for name in ("starts_at", "ends_at"))
                told[int(key)] = (after["space_id"], after["document"], starts_at, ends_at, "withdrawn_at" in after)
            elif set(after) == {"withdrawn_at"}:
                told[int(key)] = (*told[int(key)][:4], True)
            else:
                told[int(key)] = ()  # a hold is written once and withdrawn, nothing else
    return told


def breaks(entries: list[tuple[Any, ...]], head: list[tuple[Any, ...]]) -> int:
    """Return how many entries do not follow from the one before, the head being the last of them."""
    names = ("id", "at", "actor_id", "actor", "organisation_id", "park_id", "deed", "subject", "label", "changes", "reason")
    previous, broken = "0" * 64, 0
    for number, entry in enumerate(entries, 1):
        said = dict(zip(names, entry, strict=False))
        said["at"] = plain(said["at"])
        said["changes"] = json.loads(said["changes"]) if isinstance(said["changes"], str) else said["changes"]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        broken += entry[0] != number or entry[11] != previous or entry[12] != digest
        previous = entry[12]
    return broken + (head != [(len(entries), previous)])


def deadlocks(app: Flask) -> int:
    """Return how many deadlocks PostgreSQL had to break; SQLite has one writer and knows none."""
    if app.config["PARKMGR"].url.startswith("sqlite"):
        return 0
    return int(stage.rows(app, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


def naive(app: Flask, ground: Ground, *, attempts: int, processes: int = PROCESSES, limit: float = 120.0) -> tuple[int, int]:
    """Return how many bookings check-then-insert made, and how many of them overlap another: the control, without any guard.

    It asks for the same kind of spans of the same spaces with the bare driver, each statement its own transaction; nobody is killed.
    """
    slots = len(ground.choices)
    progress = Progress(processes)
    mark = "?" if app.config["PARKMGR"].url.startswith("sqlite") else "%s"
    with stage.bare(app) as connection:
        connection.execute("CREATE TABLE control_bookings (space_id integer, first_day integer, end_day integer)")
        connection.execute("CREATE INDEX control_bookings_space ON control_bookings (space_id, first_day)")

    def work(worker: int) -> None:
        rng = random.Random(os.urandom(16))
        with stage.bare(app) as connection:
            while progress.begin(worker) <= attempts // processes:
                wanted = span(rng, progress)
                asked = (rng.randrange(slots), (wanted.starts_at - EPOCH).days, (wanted.ends_at - EPOCH).days)
                check = f"SELECT 1 FROM control_bookings WHERE space_id = {mark} AND end_day > {mark} AND first_day < {mark}"
                if connection.execute(check, asked).fetchone() is None:
                    connection.execute(f"INSERT INTO control_bookings VALUES ({mark}, {mark}, {mark})", asked)

    herd(range(processes), lambda worker: fork(lambda: work(worker)), lambda: False, kill_every=limit, limit=limit)
    booked = stage.rows(app, "SELECT space_id, first_day, end_day FROM control_bookings ORDER BY space_id, first_day, end_day")
    twice = set()
    for index, (space, _first, end) in enumerate(booked):
        for other in range(index + 1, len(booked)):
            if booked[other][0] != space or booked[other][1] >= end:
                break
            twice |= {index, other}
    return len(booked), len(twice)


def say(engine: str, outcome: Outcome, control: tuple[int, int]) -> None:
    """The figures stand on the screen."""
    cut_off = outcome.attempts - sum(outcome.met.values())
    print(f"\n{engine}: {outcome.attempts} attempts by {PROCESSES} processes in {outcome.seconds:.1f} s, {outcome.kills} killed")
    print(f"  {dict(outcome.met)}, cut off by a kill {cut_off}; acknowledged {len(outcome.acknowledged)}")
    print(f"  ledger: {outcome.written} holds written, {outcome.standing} standing, {outcome.entries} audit entries")
    print(
        f"  a deed, with waiting for its turn: {stage.spread(outcome.waits)}, p99.9 {stage.ms(stage.percentile(outcome.waits, 0.999))}, "
        f"longest {stage.ms(max(outcome.waits))}"
    )
    for promise, broken in outcome.wrong.items():
        print(f"  {broken:6} {promise}")
    for line, times in Counter(outcome.said).most_common(5):
        print(f"         {times} x {line}")
    booked, twice = control
    print(f"  control, check-then-insert without a guard: {twice} of {booked} bookings overlap another ({twice / max(booked, 1):.1%})")


def main() -> int:
    """Return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=(*stage.ENGINES, "both"), default="both")
    parser.add_argument("--attempts", type=int, default=20_000)
    parser.add_argument("--kill-every", type=float, default=0.1, help="seconds")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which the race is called off")
    asked = parser.parse_args()
    broken = 0
    for engine in stage.ENGINES if asked.engine == "both" else (asked.engine,):
        with stage.stage(engine) as app:
            ground = lay_out(app)
            outcome = race(app, ground, attempts=asked.attempts, kill_every=asked.kill_every, limit=asked.limit)
            say(engine, outcome, naive(app, ground, attempts=asked.attempts))
            broken += sum(outcome.wrong.values())
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main())
