"""Runs migrations on the application's own engine."""

from alembic import context
from flask import current_app

from parkmgr.db import Base, db

with db.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, **current_app.extensions["migrate"].configure_args)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
