"""Reports are made one after the other, outside of requests. The register says what is to be done; the queue only wakes the worker.

A worker that is killed leaves its request unfinished, and whoever works next takes it up. What it had done stands: a report that was issued
is not issued again, only its PDF is drawn again, to the same bytes. So each request yields exactly one report.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from huey import SqliteHuey
from huey.consumer import Consumer

from parkmgr import clock
from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.notices import actions as notices
from parkmgr.policy import Actor
from parkmgr.reports import actions, queries
from parkmgr.reports.kinds import KINDS
from parkmgr.reports.models import ReportRequest, RequestState
from parkmgr.reports.pdf import NotRendered

log = structlog.get_logger()


def run(request_id: int) -> None:
    """The request is done: a report was issued, its PDF is kept. One that failed says why."""
    with transaction():
        request = queries.request_to_do(request_id)
        if request is None or request.state in (RequestState.DONE, RequestState.FAILED):
            return
        request.state = RequestState.RUNNING
        request.progress = max(request.progress, 1)
    try:
        _make(request_id)
    except (Refused, NotRendered) as reason:
        _finish(request_id, RequestState.FAILED, str(reason))
    except Exception as error:
        log.error("reports.failed", request=request_id, exc_info=error)
        _finish(request_id, RequestState.FAILED, "")
    else:
        _finish(request_id, RequestState.DONE)


def _make(request_id: int) -> None:
    issued = queries.issued_for(request_id)
    if issued is None:
        _issue(request_id)
        issued = queries.issued_for(request_id)
    if issued is None:
        raise LookupError(f"request {request_id} has no report")
    progress = _Progress(request_id)
    actions.given_out(issued, "pdf", progress)


def _issue(request_id: int) -> None:
    now = clock.now()
    request = db.session.get_one(ReportRequest, request_id)
    wanted, park = actions.wanted_of(request.kind, request.parameters), queries.park_of_id(request.park_id)
    report = actions.compiled(park, wanted, now=now)
    with transaction():
        again = queries.request_to_do(request_id)
        if again is None or again.report_id is not None:
            return
        actor = Actor(again.user_id, str(again.parameters["actor"]))
        issued = actions.issue(queries.park_of_id(again.park_id), report, wanted, actor=actor, now=now)
        again.report_id, again.progress = issued.id, 10


def _finish(request_id: int, state: RequestState, failure: str = "") -> None:
    with transaction():
        request = queries.request_to_do(request_id)
        if request is not None:
            request.state, request.failure, request.progress = state, failure, 100
            _tell(request)


def _tell(request: ReportRequest) -> None:
    """Whoever asked has a notice that it is done, in the transaction that says so: one, whatever is killed."""
    user = db.session.get(User, request.user_id) if request.user_id is not None else None
    if user is None:
        return
    park, issued, now = queries.park_of_id(request.park_id), queries.issued_for(request.id), clock.now()
    with force_locale(user.language):
        title, failure = str(_(KINDS[request.kind].title)), str(_(request.failure)) if request.failure else ""
    notices.post(
        user,
        "report_ready" if issued is not None and request.state == RequestState.DONE else "report_not_made",
        key=f"report request {request.id}",
        now=now,
        park_id=park.id,
        about=issued.number if issued is not None else "",
        zone=park.zone,
        issued=issued,
        park=park,
        title=title,
        failure=failure,
        request_id=request.id,
    )


class _Progress:
    """Notes per cents in the request, not more than twice a second."""

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        self.at = 0.0

    def __call__(self, percent: int) -> None:
        if time.monotonic() - self.at < 0.5:
            return
        self.at = time.monotonic()
        with transaction():
            request = queries.request_to_do(self.request_id)
            if request is not None:
                request.progress = max(request.progress, 10 + percent * 9 // 10)


# The queue and its worker.


def queue(app: Flask) -> Any:
    """Return the queue of this instance, and its one task."""
    found = app.extensions.get("reports.queue")
    if found is None:
        file = app.config["PARKMGR"].instance / "jobs.sqlite"
        huey = SqliteHuey("parkmgr", filename=str(file), results=False, fsync=True, timeout=30)

        def do(request_id: int) -> None:
            with app.app_context():
                try:
                    run(request_id)
                finally:
                    db.session.remove()

        found = app.extensions["reports.queue"] = (huey, huey.task(name="reports.run")(do))
    return found


def enqueue(app: Flask, request_id: int) -> None:
    """The worker hears of the request."""
    _huey, task = queue(app)
    task(request_id)


class _Quiet(Consumer):  # type: ignore[misc]
    """A consumer that leaves the signals to the program that it is part of."""

    def _set_signal_handlers(self) -> None:
        pass


def _only_one(app: Flask) -> int:
    """Wait until nobody else works for this instance; return the open lock, which dies with the process."""
    descriptor = os.open(app.config["PARKMGR"].instance / "jobs.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.lockf(descriptor, fcntl.LOCK_EX)
    return descriptor


def work(app: Flask, stop: threading.Event | None = None) -> None:
    """Do jobs until *stop*, or for ever, or until whoever started this worker is gone: first what was left unfinished, then what comes."""
    stop = stop or threading.Event()
    parent = os.environ.get(PARENT)
    lock = _only_one(app)
    try:
        huey, task = queue(app)
        huey.flush()
        with app.app_context():
            left = queries.unfinished()
            db.session.remove()
        for request_id in left:
            task(request_id)
        consumer = _Quiet(huey, workers=1, periodic=False, initial_delay=0.1, max_delay=0.5)
        consumer.start()
        try:
            with _doing_chores(app):
                while not stop.wait(1):
                    if parent is not None and parent != str(os.getppid()):
                        return
        finally:
            consumer.stop(graceful=stop.is_set())
    finally:
        os.close(lock)


# Chores.


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that the worker does again and again. do: is told the instant, in an application context of its own."""

    name: str
    seconds: float
    do: Callable[[datetime], object]


@contextmanager
def _doing_chores(app: Flask) -> Iterator[None]:
    """Inside, the chores in app.extensions["chores"] are done, each by a thread of its own: one that hangs delays no other."""
    over = threading.Event()
    threads = [
        threading.Thread(target=_keep_doing, args=(app, chore, over), name=chore.name, daemon=True) for chore in app.extensions["chores"]
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(LAST_SECONDS)


def _keep_doing(app: Flask, chore: Chore, over: threading.Event) -> None:
    """The chore is done until *over*. One that fails is written to the log, and done again when its time comes."""
    while not over.is_set():
        try:
            with app.app_context():
                chore.do(clock.now())
        except Exception as error:
            log.error("chores.failed", chore=chore.name, exc_info=error)
        over.wait(chore.seconds)


LAST_SECONDS = 10
"""How long a worker that stops waits for the chores that are being done."""
PARENT = "REPORTS_WORKER_OF"
"""The variable that tells a worker which process it must not outlive."""


def start(app: Flask) -> threading.Event:
    """A worker does jobs beside this process for as long as this process lives, and is replaced when it dies; return what stops it.

    Why a process and not a thread: the server forks its workers from here, and an open SQLite file does not survive a fork.
    """
    stop = threading.Event()
    environment = {**os.environ, "PARKMGR_INSTANCE": str(app.config["PARKMGR"].instance), PARENT: str(os.getpid())}

    def supervise() -> None:
        while not stop.is_set():
            worker = subprocess.Popen([sys.executable, "-c", "from parkmgr.cli import main; main()", "work"], env=environment)
            while worker.poll() is None:
                if stop.wait(0.5):
                    worker.terminate()
                    worker.wait()
                    return
            log.warning("reports.worker_died", code=worker.returncode)
            stop.wait(1)

    threading.Thread(target=supervise, name="reports", daemon=True).start()
    return stop
