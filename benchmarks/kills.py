"""Whether a report that was asked for is made once, whatever is killed.

    .venv/bin/python -m benchmarks.kills [--requests 300] [--seed 1]

So many reports are asked for, each twice by the same key. Workers do them, and each is killed (SIGKILL) after a random part of the time
that a few drawings take, until all are done. Then each request must have one report, one notice to who asked,
one PDF with the SHA-256 that stands beside it, and numbers without a gap. Ends with status 1 when it is not so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.stage import let_go, stage
from parkmgr import clock
from parkmgr.audit import queries as audit
from parkmgr.db import db, transaction
from parkmgr.notices.models import Notice
from parkmgr.policy import Role
from parkmgr.reports import actions, queries
from parkmgr.reports.models import IssuedReport, ReportFile, ReportRequest, RequestState
from parkmgr.reports.rules import Wanted
from tests.making import Maker


def main() -> None:
    """Ask, kill, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random, begun, kills = Random(asked.seed), time.monotonic(), 0
    with stage("sqlite") as app:
        with app.app_context():
            make = Maker()
            make.space()
            park_id = make.the_park().id
            reader = make.granted(Role.AUDITOR)
            for number in [*range(asked.requests), *range(asked.requests)]:
                with transaction():
                    wanted = Wanted(date(2026, 3, 1 + number % 28), language=("en", "ru", "zh")[number % 3])
                    actions.ask(queries.park_of_id(park_id), wanted, key=f"key {number}", actor=reader, now=clock.now())
        let_go(app)
        environment = {**os.environ, "PARKMGR_INSTANCE": str(app.config["PARKMGR"].instance)}
        left = asked.requests
        while left:
            worker = subprocess.Popen([sys.executable, "-c", "from parkmgr.cli import main; main()", "work"], env=environment)
            time.sleep(5.0 + 10.0 * random.random())  # it begins in three, and draws a report in two
            worker.kill()
            worker.wait()
            kills += 1
            with app.app_context():
                done = db.select(db.func.count()).where(ReportRequest.state.not_in([RequestState.DONE, RequestState.FAILED]))
                left = db.session.scalar(done) or 0
            let_go(app)
        with app.app_context():
            states = list(db.session.scalars(db.select(ReportRequest.state)))
            numbers = sorted(int(one[-4:]) for one in db.session.scalars(db.select(IssuedReport.number)))
            files = list(db.session.scalars(db.select(ReportFile).options(db.undefer(ReportFile.content))))
            whole = sum(hashlib.sha256(one.content).hexdigest() == one.sha256 and one.content.endswith(b"%%EOF\n") for one in files)
            told = db.session.scalar(db.select(db.func.count()).select_from(Notice).where(Notice.user_id == reader.user_id)) or 0
            fits = audit.verify().ok
        print(
            f"{asked.requests} asked for twice, {kills} kills, {time.monotonic() - begun:.0f} s: {len(states)} requests, "
            f"{states.count(RequestState.DONE)} done, {len(numbers)} reports, {len(files)} PDFs, {whole} whole, "
            f"{told} notices, audit fits: {fits}"
        )
        good = len(states) == states.count(RequestState.DONE) == len(numbers) == len(files) == whole == told == asked.requests
        sys.exit(0 if good and fits and numbers == list(range(1, asked.requests + 1)) else 1)


if __name__ == "__main__":
    main()
