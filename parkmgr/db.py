"""The database: base class, column types for the values, transactions, and the guard's refusals as objections."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    event,
    or_,
)
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from parkmgr.errors import N_, Objection, Refused, Stale
from parkmgr.values import Area, Names

PATIENCE_SECONDS = 30
"""How long a writer waits for its turn."""

TAKEN_NAME = Objection("db.already_there", N_("There is one of this name or number already."))
UNFIT = Objection("db.unfit", N_("A text or a number is too long to be kept."))


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite holds it as fixed-width ISO 8601 text, so that text order is time order."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant has a zone")
        try:
            utc = value.astimezone(UTC)
        except OverflowError:  # the first or the last hours of the calendar, as some zone has them
            utc = datetime.min.replace(tzinfo=UTC) if value.year == 1 else datetime.max.replace(tzinfo=UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return how an instant is read. Why not process_result_value: a page reads thousands, and two calls each are felt."""
        read = datetime.fromisoformat
        if dialect.name == "sqlite":
            return lambda value: None if value is None else read(value)
        return lambda value: None if value is None else value.astimezone(UTC)


class AreaColumn(TypeDecorator[Area]):
    """An area as an integer number of square decimetres."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Area | None, dialect: Dialect) -> int | None:
        return None if value is None else value.dm2

    def process_result_value(self, value: int | None, dialect: Dialect) -> Area | None:
        return None if value is None else Area(value)


Key = BigInteger().with_variant(Integer(), "sqlite")
"""An integer key; SQLite numbers rows by itself only in a plain INTEGER."""


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Instant,
        Area: AreaColumn,
        dict[str, Any]: JSON,
        str: String,
    }
    __audited__ = True
    """False for rows that are no facts of the park (sign-ins, jobs, the audit itself)."""

    id: Mapped[int] = mapped_column(Key, primary_key=True)

    @property
    def audited_as(self) -> str:
        """The subject under whose audit entry a change of this row stands; parts of a document name the document."""
        return f"{self.__tablename__}:{self.id}"

    @property
    def audit_covers(self) -> frozenset[str]:
        """The subjects whose rows an audit entry about this one speaks for."""
        return frozenset({self.audited_as})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__dict__.get('id')}>"


class Known:
    """Columns of a fact that is never edited: it is withdrawn and written anew."""

    recorded_at: Mapped[datetime] = mapped_column(index=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def known(cls, at: datetime | None) -> ColumnElement[bool]:
        """Tell what the park knew at an instant; None for what it knows now."""
        if at is None:
            return cls.withdrawn_at.is_(None)
        return and_(cls.recorded_at <= at, or_(cls.withdrawn_at.is_(None), cls.withdrawn_at > at))


class Named:
    """Columns of a thing with names in up to three scripts, and the text it is found by.

    Why search: SQLite does not fold Cyrillic case, so the folded names stand in a column of their own.
    """

    name_en: Mapped[str] = mapped_column(String, default="")
    name_ru: Mapped[str] = mapped_column(String, default="")
    name_zh: Mapped[str] = mapped_column(String, default="")
    search: Mapped[str] = mapped_column(Text, default="")

    @property
    def names(self) -> Names:
        """The names as a value."""
        return Names(self.name_en, self.name_ru, self.name_zh)

    @names.setter
    def names(self, names: Names) -> None:
        self.name_en, self.name_ru, self.name_zh = names.en, names.ru, names.zh


class Versioned:
    """A row that people edit in place; two open forms are told apart by its version."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    def expect(self, version: int | None) -> None:
        """Count one version more; the form must have been opened on this one.

        Raises:
            Stale: when somebody saved in between.
        """
        if version is not None and version != self.version:
            raise Stale
        self.version += 1


class Register(FlaskSession):
    """The session: what a transaction has changed and which audit entries speak for it (parkmgr/audit)."""


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": Register, "autoflush": False})

GUARDS: dict[str, Objection] = {}
"""Constraint name -> the objection that a refusal of the database means. Slices add theirs beside their tables."""


class Numbers(Base):
    """The last number given in each series (L-2026, OCC-2026, …)."""

    __tablename__ = "numbers"
    __audited__ = False

    series: Mapped[str] = mapped_column(String(20), unique=True)
    last: Mapped[int] = mapped_column(Integer)


def take_number(prefix: str, year: int) -> str:
    """Return the next number of the series, as `L-2026-0042`; a number is never given twice."""
    return take_numbers(prefix, year, 1)[0]


def take_numbers(prefix: str, year: int, count: int) -> list[str]:
    """Return the next numbers of the series, so many at once."""
    series = f"{prefix}-{year}"
    row = db.session.execute(db.select(Numbers).filter_by(series=series).with_for_update()).scalar_one_or_none()
    if row is None:
        row = Numbers(series=series, last=0)
        db.session.add(row)
    row.last += count
    db.session.flush()
    return [f"{series}-{number:04d}" for number in range(row.last - count + 1, row.last + 1)]


def prepare(engine: Engine) -> None:
    """Writers queue before they read, on either engine; SQLite connections are durable (WAL, synchronous FULL) and check foreign keys.

    Why a queue on PostgreSQL too: what a writer has read then stays true until it commits, and instants of recording never run
    against the order of commits. With row locks alone, two changes of one document met half way, and a report as known at
    an instant between the two could show a unit twice. Readers never wait.
    """
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "begin")
        def queue(connection: Connection) -> None:
            patience = _patience_ms(connection)
            if patience is not None:
                turn = f"LOCK TABLE {Numbers.__tablename__} IN SHARE ROW EXCLUSIVE MODE"
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience}; {turn}")

        return

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the begin event below begins; the driver must not
        patience = f"busy_timeout={PATIENCE_SECONDS * 1000}"  # first: the others may have to wait already
        for pragma in (patience, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        patience = _patience_ms(connection)
        if patience is None:
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000}")


def _patience_ms(connection: Connection) -> int | None:
    """Return how long the writer on this connection waits for its turn; None for who only reads. Zero would be for ever on PostgreSQL."""
    seconds: float | None = connection.get_execution_options().get("parkmgr_writes_within")
    return None if seconds is None else max(1, int(seconds * 1000))


@contextmanager
def turn(engine: Engine, within: float) -> Iterator[float]:
    """Writers to SQLite come in the order of asking; gives the seconds of patience that are left.

    Why: who waits inside SQLite looks again after ever longer pauses, and late comers pass: with 32 writers some waited for ten seconds.
    The lock is the kernel's, on a file beside the database, and dies with its process. PostgreSQL's own lock is a queue already.
    """
    file = engine.url.database or ""
    if engine.dialect.name != "sqlite" or not file or file.startswith("file:"):
        yield within
        return
    asked = time.monotonic()
    queue = os.open(f"{file}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    came = _wait(queue, within)
    try:
        yield max(0.0, within - (time.monotonic() - asked))
    finally:
        if came:
            fcntl.flock(queue, fcntl.LOCK_UN)
            os.close(queue)


def _wait(queue: int, seconds: float) -> bool:
    """Tell whether the lock was got in time. One that comes too late is let go by whoever still waits for it, with its file."""
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        return True
    got, given_up, guard = threading.Event(), threading.Event(), threading.Lock()

    def wait() -> None:
        fcntl.flock(queue, fcntl.LOCK_EX)
        with guard:
            got.set()
            if given_up.is_set():
                os.close(queue)

    threading.Thread(target=wait, name="turn", daemon=True).start()
    if got.wait(seconds):
        return True
    with guard:
        if not got.is_set():
            given_up.set()
        return got.is_set()


def constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that refused, on either engine."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    text = str(error.orig).removeprefix("CHECK constraint failed: ")
    if text in GUARDS:  # or RAISE(ABORT, name) in a trigger
        return text
    columns = text.removeprefix("UNIQUE constraint failed: ")
    for table in Base.metadata.tables.values():
        for found in table.constraints:
            if isinstance(found, UniqueConstraint) and ", ".join(f"{table.name}.{column.name}" for column in found.columns) == columns:
                return str(found.name)
        for index in table.indexes:
            if index.unique and ", ".join(f"{table.name}.{column.name}" for column in index.columns) == columns:
                return str(index.name)
    return None


def refusal(error: IntegrityError) -> Objection | None:
    """Return the objection that the database's refusal means; None when it is nothing that a person can mend."""
    name = constraint(error)
    if name is None:
        return None
    return GUARDS.get(name, TAKEN_NAME if name.startswith(("uq_", "ix_")) else None)


@contextmanager
def transaction(*, within: float | None = None) -> Iterator[None]:
    """Everything inside is done, with its audit entries, or nothing is.

    What was read before is read again inside: one writer at a time, and its turn comes before it reads (see prepare).
    within: the seconds it waits for its turn, PATIENCE_SECONDS when nothing is said.
    Raises:
        OperationalError: when its turn does not come.
        Refused: when a guard in the database refuses; the loser of a race reads the same sentence as anyone.
            Also when a text or a number does not fit into its column.
        RuntimeError: there is one already around it, which would wait for itself, and then be undone.
    """
    patience: float = PATIENCE_SECONDS if within is None else within
    begun = db.session().info
    if begun.get("transaction"):
        raise RuntimeError("a transaction within a transaction: one deed has one")
    db.session.rollback()
    begun["transaction"] = True
    try:
        with turn(db.engine, patience) as left:
            db.session.connection(execution_options={"parkmgr_writes_within": left})
            with _done_or_not():
                yield
    finally:
        begun.pop("transaction", None)


@contextmanager
def _done_or_not() -> Iterator[None]:
    try:
        yield
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        objection = refusal(error)
        if objection is None:
            raise
        raise Refused([objection]) from error
    except (DataError, OverflowError) as error:  # SQLite's driver itself cannot hand over a number of more than 64 bits
        db.session.rollback()
        raise Refused([UNFIT]) from error
    except BaseException:
        db.session.rollback()
        raise
