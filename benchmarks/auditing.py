"""How fast the audit log is proved whole: every entry hashed, the chain followed, the Merkle tree built.

    .venv/bin/python -m benchmarks.auditing [--entries 100000] [--engine sqlite|postgresql|both] [--rounds 3]

Beside it, in turns in the same run: the bare driver reading the same columns, and SHA-256 of as many bytes in as many pieces.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import ENGINES, stage
from parkmgr import clock
from parkmgr.audit import actions, queries
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.places import actions as places
from parkmgr.places.models import Park
from parkmgr.policy import SYSTEM
from parkmgr.values import Names

A_DEED = 500
"""Entries of one transaction, while the log is made."""
NAME = "Научный парк ХПИ 哈工大科技园 HIT Science Park " * 5
"""With old and new, entries are as long as those of the demo park (some 620 characters of changes)."""


def _written(entries: int) -> None:
    """The log has so many entries, as long as those of the demo park."""
    for begun in range(0, entries, A_DEED):
        with transaction():
            park = db.session.scalars(sa.select(Park)).one()
            for number in range(begun, min(begun + A_DEED, entries)):
                park.name_en = f"{number} {NAME}"
                actions.record("places.change_park", park, actor=SYSTEM, now=clock.now())


def _bare(columns: str) -> tuple[float, int]:
    """Return how long the bare driver reads, and how many bytes of text there are."""
    raw = db.engine.raw_connection()
    try:
        cursor, begun, size = raw.cursor(), time.perf_counter(), 0
        cursor.execute(f"SELECT {columns} FROM {Entry.__tablename__} ORDER BY id")
        while chunk := cursor.fetchmany(2000):
            size += len(chunk)
        return time.perf_counter() - begun, size
    finally:
        raw.close()


def _hashing(entries: int, length: int) -> float:
    """Return how long the three hashes of each entry take alone."""
    piece, begun = b"x" * length, time.perf_counter()
    for _ in range(entries):
        hashlib.sha256(piece).hexdigest()
        hashlib.sha256(piece[:33]).digest()
        hashlib.sha256(piece[:65]).digest()
    return time.perf_counter() - begun


def measured(engine: str, entries: int, rounds: int) -> None:
    """Print a line for each round on an engine."""
    with stage(engine) as app, app.app_context():
        with transaction():
            places.add_park("PARK", Names("Park"), time_zone="Asia/Harbin", currency="CNY", country="CN", actor=SYSTEM, now=clock.now())
        _written(entries)
        columns = ", ".join(column.name for column in sa.inspect(Entry).columns)
        length = db.session.scalar(sa.select(sa.func.avg(sa.func.length(sa.cast(Entry.changes, sa.Text))))) or 0
        db.session.rollback()
        for _ in range(rounds):
            begun = time.perf_counter()
            verdict = queries.verify()
            took = time.perf_counter() - begun
            bare, rows = _bare(columns)
            alone = _hashing(rows, int(length) + 300)
            print(
                f"{engine:10} {rows:8} entries  fit: {verdict.ok}  {rows / took:8.0f} a second  {took / bare:5.2f} times the bare driver's "
                f"reading  {took / alone:5.2f} times the hashing alone",
                flush=True,
            )


def main() -> None:
    """Measure on the engines asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for engine in ENGINES if asked.engine == "both" else (asked.engine,):
        measured(engine, asked.entries, asked.rounds)


if __name__ == "__main__":
    main()
