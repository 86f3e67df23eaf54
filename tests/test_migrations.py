"""The migrations make exactly what the models say, on both engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from parkmgr.app import ready
from parkmgr.db import Base, db


def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_a_migrated_database_is_ready(app: Flask) -> None:
    assert ready(app) == []


def test_a_database_without_a_guard_is_not_ready(app: Flask) -> None:
    table = " ON audit_entries" if db.engine.dialect.name == "postgresql" else ""
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER audit_entries_kept{table}"))
    assert ["audit_entries_kept" in sentence for sentence in ready(app)] == [True]
