"""What was acknowledged outlives a power failure: only what had reached the disk is kept, and the deed must be in it."""

from __future__ import annotations

import ctypes
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_void_p, cast
from ctypes.util import find_library
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from parkmgr import db as database
from parkmgr.app import create_app
from parkmgr.audit.actions import record
from parkmgr.config import Config, prepare_instance
from parkmgr.db import db, transaction
from parkmgr.occupancy.models import Hold
from parkmgr.organisations.models import Organisation
from parkmgr.policy import SYSTEM, Role
from tests.making import LONG_AGO, Maker
from tests.web.visiting import Visitor

LOSSES = 30

OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
"""The name is passed on as the pointer that it came as: SQLite keeps it, so a copy would not live long enough."""
SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
METHODS = 19
"""Pointers in sqlite3_io_methods of version 3, the version number counted as one; xSync is the sixth. Source: sqlite3.h."""


class Vfs(Structure):
    """sqlite3_vfs up to what is looked at; the rest is carried along. Source: sqlite3.h."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", OPEN),
        ("rest", c_void_p * 17),
    )


class Disk:
    """What would still be there if the power failed now: each file as it was at its last sync."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._paths: dict[int, Path] = {}
        self._kept: list[object] = []
        self._methods: dict[int, int] = {}
        self._sqlite = ctypes.CDLL(find_library("sqlite3"))
        self._sqlite.sqlite3_vfs_find.restype = POINTER(Vfs)
        self._real: Vfs = self._sqlite.sqlite3_vfs_find(None).contents
        self._vfs = Vfs.from_buffer_copy(self._real)
        self._vfs.name = b"witness"
        self._vfs.open = OPEN(self._open)
        self._sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 0)

    def gone(self) -> None:
        """SQLite knows the disk no more."""
        self._sqlite.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, out_flags: int) -> int:
        code: int = self._real.open(ctypes.addressof(self._real), name, file, flags, out_flags)
        slot = cast(file, POINTER(c_void_p))
        if code == 0 and name and slot[0]:
            self._paths[file] = Path(ctypes.string_at(name).decode())
            slot[0] = self._witnessed(slot[0])
        return code

    def _witnessed(self, methods: int) -> int:
        if methods not in self._methods:
            copy = (c_void_p * METHODS).from_buffer_copy((c_void_p * METHODS).from_address(methods))
            sync = SYNC(copy[5] or 0)

            def witness(file: int, flags: int) -> int:
                code = int(sync(file, flags))
                path = self._paths[file]
                shutil.copy(path, self.folder / path.name)
                return code

            callback = SYNC(witness)
            copy[5] = cast(callback, c_void_p).value
            self._kept += [copy, sync, callback]
            self._methods[methods] = ctypes.addressof(copy)
        return self._methods[methods]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk under SQLite, as far as Python uses the system's SQLite."""
    name = find_library("sqlite3")
    if name is None or ctypes.CDLL(name).sqlite3_libversion_number() != int("{}{:03}{:03}".format(*sqlite3.sqlite_version_info)):
        pytest.skip("this Python has an SQLite of its own")
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.gone()


@pytest.fixture
def park(tmp_path: Path, sqlite_template: Path, disk: Disk) -> Iterator[Flask]:
    """The application on that disk."""
    for folder in (tmp_path, disk.folder):
        shutil.copy(sqlite_template, folder / "parkmgr.sqlite")
    config = Config(instance=tmp_path, database_url=f"sqlite:///file:{tmp_path / 'parkmgr.sqlite'}?vfs=witness&uri=true")
    prepare_instance(config)
    app = create_app(config, testing=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def lost(disk: Disk, afterwards: Path) -> int:
    """Do deeds one after another; return after how many of them a power failure would have taken something acknowledged."""
    missing = 0
    for number in range(LOSSES):
        with transaction():
            organisation = Organisation(code=f"ORG{number}", kind="enterprise", name_en=f"Organisation {number}")
            db.session.add(organisation)
            db.session.flush()
            record("tests.add", organisation, actor=SYSTEM, now=LONG_AGO)
        shutil.copytree(disk.folder, afterwards)
        connection = sqlite3.connect(afterwards / "parkmgr.sqlite")
        found = connection.execute("SELECT count(*), (SELECT size FROM audit_heads) FROM organisations").fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        shutil.rmtree(afterwards)
        missing += found != (number + 1, number + 1)
    return missing


@pytest.mark.usefixtures("park")
def test_a_power_failure_takes_no_acknowledged_deed(disk: Disk, tmp_path: Path) -> None:
    assert lost(disk, tmp_path / "afterwards") == 0


@pytest.mark.usefixtures("park")
def test_the_power_failure_is_a_real_one(disk: Disk, tmp_path: Path) -> None:
    sa.event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = NORMAL"))
    assert lost(disk, tmp_path / "afterwards") > LOSSES / 2


@contextmanager
def silence(app: Flask, request: pytest.FixtureRequest) -> Iterator[None]:
    """The database answers nobody."""
    db.session.remove()
    db.engine.dispose()
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(app.config["PARKMGR"].instance / "parkmgr.sqlite")) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            yield
        return
    name = db.engine.url.database
    admin = sa.create_engine(request.getfixturevalue("postgresql") % "postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name})
        yield
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_a_register_that_does_not_answer_is_said_so_and_comes_back(
    app: Flask, make: Maker, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 1)
    park = make.park("HIT")
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=park))
    assert visitor.get("/parks/HIT/spaces").status_code == 200
    with silence(app, request):
        answer = visitor.get("/parks/HIT/spaces")
        assert answer.status_code == 503
        assert "Nothing was changed" in answer.text
    assert visitor.get("/parks/HIT/spaces").status_code == 200


def test_a_question_that_no_column_can_answer_breaks_nothing(app: Flask, make: Maker) -> None:
    park = make.park("HIT")
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=park))
    for asked in ({"buildings": "\0"}, {"known": "0001-01-01"}, {"known": "9999-12-31"}):
        assert visitor.get("/parks/HIT/reports/occupancy", query_string=asked).status_code in (200, 400, 404, 422)


def test_every_connection_is_durable_and_patient(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'").scalar_one() != "session"
        return
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked} == asked


def test_the_ends_of_the_calendar_are_instants_in_any_zone(make: Maker) -> None:
    hold = make.hold(make.space(), "2026-03-01", "2026-06-30")
    east, west = timezone(timedelta(hours=8)), timezone(timedelta(hours=-8))
    first, last = datetime.min.replace(tzinfo=east), datetime.max.replace(tzinfo=west)
    found = db.session.scalars(sa.select(Hold.id).where(Hold.starts_at > first, Hold.ends_at < last)).all()
    assert found == [hold.id]
