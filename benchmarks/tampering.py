"""Whether tampering is found: random changes of an issued PDF, and of the audit log.

    .venv/bin/python benchmarks/tampering.py [--papers 1000] [--logs 10000] [--seed 1]

A paper is changed in one to four bytes, cut off, grown, or has two pieces swapped; then a stranger with its signature and the park's
certificate looks at it (reports/verifier.py), and the register is asked for its SHA-256. The log is changed in one of seven ways, once with
its guards off and once more by somebody thorough who makes chain, head and tree fit again; then it is verified by itself, by its
checkpoints, and by a paper. Prints how many of each were found, and how long one look takes beside the hashing of the same bytes alone.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import sqlalchemy as sa
from flask_migrate import upgrade

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from parkmgr import signing
from parkmgr.app import create_app
from parkmgr.audit import queries as audit
from parkmgr.audit.checkpoints import Checkpoint
from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.audit.rules import GENESIS, digest
from parkmgr.config import Config, prepare_instance
from parkmgr.db import db
from parkmgr.policy import SYSTEM
from parkmgr.reports import actions, checking, queries, verifier
from parkmgr.reports.rules import Wanted
from tests.making import Maker

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ENTRIES = 60
NAMES = ("id", "at", "actor_id", "actor", "organisation_id", "park_id", "deed", "subject", "label", "changes", "reason")


def changed(content: bytes, random: Random) -> tuple[str, bytes]:
    """Return what was done to the content, and what came of it: never the same bytes."""
    found, way = bytearray(content), random.choice(("bytes", "cut", "grown", "swapped"))
    if way == "bytes":
        for _ in range(random.randint(1, 4)):
            found[random.randrange(len(found))] ^= random.randint(1, 255)
    elif way == "cut":
        del found[random.randrange(len(found)) :]
    elif way == "grown":
        at = random.randrange(len(found) + 1)
        found[at:at] = random.randbytes(random.randint(1, 9))
    else:
        size = random.randint(1, 64)
        one, two = sorted(random.sample(range(0, len(found) - size, size), 2))
        found[one : one + size], found[two : two + size] = found[two : two + size], found[one : one + size]
    return (way, bytes(found)) if bytes(found) != content else changed(content, random)


def papers(content: bytes, p7s: bytes, certificate: bytes, times: int, random: Random) -> None:
    """Print how many changed papers a stranger and the register find."""
    tried, stranger, register = Counter[str](), Counter[str](), Counter[str]()
    looked = hashed = 0.0
    for _ in range(times):
        way, other = changed(content, random)
        tried[way] += 1
        begun = time.perf_counter()
        stranger[way] += any(one.ok is False for one in verifier.signed(other, p7s, certificate))
        looked += time.perf_counter() - begun
        begun = time.perf_counter()
        sha256 = hashlib.sha256(other).hexdigest()
        hashed += time.perf_counter() - begun
        register[way] += queries.pdf_of_hash(sha256) is None
    for way in sorted(tried):
        print(f"paper, {way:8} {tried[way]:6} changed, found by a stranger {stranger[way]:6}, by the register {register[way]:6}")
    print(f"paper, one look {1000 * looked / times:.2f} ms, hashing alone {1000 * hashed / times:.2f} ms: {looked / hashed:.1f} times")


@dataclass(frozen=True)
class Log:
    """The rows of the log, and its head."""

    rows: tuple[dict[str, object], ...]
    size: int
    hash: str
    peaks: str


def tampered(log: Log, random: Random) -> tuple[str, Log]:
    """Return what was done to the log, and what came of it."""
    rows = [dict(row) for row in log.rows]
    way = random.choice(("edit", "delete", "swap", "cut", "head", "insert", "thorough edit", "thorough cut", "thorough delete"))
    at = random.randrange(len(rows))
    if "edit" in way:
        name = random.choice(("actor", "deed", "subject", "label", "reason"))
        rows[at][name] = f"{rows[at][name]}{random.choice('abc ')}"
    elif "delete" in way:
        del rows[at]
    elif way == "swap":
        one, two = random.sample(range(len(rows)), 2)
        kept = {name: rows[one][name] for name in NAMES[1:]}
        rows[one] |= {name: rows[two][name] for name in NAMES[1:]}
        rows[two] |= kept
    elif "cut" in way:
        rows = rows[: random.randrange(len(rows))]
    elif way == "insert":
        rows.insert(at, dict(rows[at]))
        rows = [{**row, "id": number} for number, row in enumerate(rows, 1)]
    if way == "head":
        return way, replace(log, hash=hashlib.sha256(random.randbytes(4)).hexdigest())
    if not way.startswith("thorough"):
        return way, replace(log, rows=tuple(rows))
    last, tree = GENESIS, Tree()
    for number, row in enumerate(rows, 1):
        row["id"], row["previous"] = number, last
        last = row["hash"] = digest(last, {name: row[name] for name in NAMES})
        tree.add(bytes.fromhex(last))
    return way, Log(tuple(rows), len(rows), last, tree.peaks)


def written(log: Log) -> None:
    """The database has this log."""
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Entry.__table__))
        if log.rows:
            connection.execute(sa.insert(Entry.__table__), list(log.rows))
        connection.execute(sa.update(Head.__table__).values(size=log.size, hash=log.hash, peaks=log.peaks))


def logs(witness: Checkpoint, times: int, random: Random) -> None:
    """Print how many changed logs are found: by themselves, and by a witness that stands elsewhere."""
    with db.engine.begin() as connection:
        for name in ("audit_entries_written_once", "audit_entries_kept"):
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
        rows = tuple(dict(row) for row in connection.execute(sa.select(Entry.__table__).order_by(Entry.id)).mappings())
        head = connection.execute(sa.select(Head.size, Head.hash, Head.peaks)).one()
    log = Log(rows, *head)
    tried, alone, borne = Counter[str](), Counter[str](), Counter[str]()
    for _ in range(times):
        way, other = tampered(log, random)
        written(other)
        tried[way] += 1
        alone[way] += not audit.verify().ok
        borne[way] += not audit.verify(checkpoints=[witness]).ok
    for way in sorted(tried):
        print(f"log, {way:15} {tried[way]:6} changed, found by itself {alone[way]:6}, with a paper or a checkpoint {borne[way]:6}")


def main() -> None:
    """Try both, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--logs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random = Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        config = Config(instance=Path(folder))
        prepare_instance(config)
        signing.prepare(config, now=NOW)
        app = create_app(config, testing=True)
        with app.app_context():
            upgrade()
            make = Maker()
            for _ in range(ENTRIES):
                make.space()
            number, content = actions.produce(make.the_park(), Wanted(date(2026, 3, 1)), "pdf", actor=SYSTEM, now=NOW)
            kept = queries.file(queries.report(make.the_park().id, number).id, "p7s")
            ours = signing.signer(config)
            if kept is None or ours is None:
                raise SystemExit("the paper was not signed")
            papers(content, kept.content, verifier.from_pem(ours.pem), asked.papers, random)
            db.session.rollback()
            whole = audit.verify()
            borne = checking.witness(content)
            print(f"log: {whole.size} entries; the paper bears witness to {borne['size']}")
            logs(Checkpoint(whole.size, whole.root, whole.head, NOW), asked.logs, random)
            db.engine.dispose()


if __name__ == "__main__":
    main()
