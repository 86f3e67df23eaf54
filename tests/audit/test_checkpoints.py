"""Checkpoints outside the database: the Merkle root of RFC 6962, and every way of changing log or file is found."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.audit import checkpointing, checkpoints, queries
from parkmgr.audit.checkpoints import BadCheckpoints, Checkpoint
from parkmgr.audit.merkle import Tree
from parkmgr.audit.models import Entry, Head
from parkmgr.audit.rules import GENESIS, digest
from parkmgr.db import db
from tests.audit.forging import fit_the_tree
from tests.conftest import NOW
from tests.making import Maker

LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the first so many leaves; the vectors that Certificate Transparency's programs are tried by."""


def test_roots_are_those_of_certificate_transparency():
    tree, found = Tree(), []
    for leaf in (None, *LEAVES):
        if leaf is not None:
            tree.add(bytes.fromhex(leaf))
        found.append(tree.root())
    assert tuple(found) == ROOTS


@given(st.integers(0, 70))
def test_a_tree_goes_on_from_its_peaks(count):
    tree, parts = Tree(), Tree()
    for number in range(count):
        tree.add(bytes([number]))
        parts = Tree.of(parts.size, parts.peaks)
        parts.add(bytes([number]))
    assert (parts.root(), parts.size) == (tree.root(), count)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_another_list_has_another_root(leaves, data):
    def root(listed):
        tree = Tree()
        for leaf in listed:
            tree.add(leaf)
        return tree.root()

    place = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.binary(max_size=4).filter(lambda leaf: leaf != leaves[place]))
    assert root(leaves) != root([*leaves[:place], other, *leaves[place + 1 :]])
    assert root(leaves) != root(leaves[:-1])


# The file


def some(count: int) -> list[Checkpoint]:
    return [
        Checkpoint(10 * number, f"{number:064x}", f"{number + 7:064x}", NOW + timedelta(hours=number)) for number in range(1, count + 1)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoints"
    for one in some(5):
        assert checkpoints.append(path, one)
    return path


def test_what_was_appended_is_read(file: Path):
    assert checkpoints.read(file) == some(5)
    assert not checkpoints.append(file, some(5)[-1])


@pytest.mark.parametrize("one", [Checkpoint(10, "0" * 64, "0" * 64, NOW), Checkpoint(50, "0" * 64, "0" * 64, NOW)])
def test_a_shorter_log_or_another_root_is_not_appended(file: Path, one: Checkpoint):
    before = file.read_bytes()
    with pytest.raises(BadCheckpoints):
        checkpoints.append(file, one)
    assert file.read_bytes() == before


def test_every_changed_byte_and_every_lost_or_moved_line_is_found(file: Path):
    whole, random = file.read_bytes(), Random(6962)
    for _ in range(300):
        place = random.randrange(len(whole) - 1 - len(whole.splitlines()[-1]))
        changed = bytearray(whole)
        changed[place] ^= 1 << random.randrange(7)
        file.write_bytes(bytes(changed))
        with pytest.raises(BadCheckpoints):
            checkpoints.read(file)
    lines = whole.decode().splitlines(keepends=True)
    for wrong in (lines[1:], [*lines[:2], *lines[3:]], [lines[1], lines[0], *lines[2:]], [*lines, lines[-1]], ["[1]\n"], ["{" * 9999]):
        file.write_text("".join(wrong))
        with pytest.raises(BadCheckpoints):
            checkpoints.read(file)


# The log


@pytest.fixture
def path(app: Flask, make: Maker, tmp_path: Path) -> Path:
    """A log with a checkpoint in its middle and one at its end."""
    file = tmp_path / "checkpoints"
    make.park(), make.organisation()
    checkpointing.make(file, now=NOW)
    make.organisation(), make.organisation()
    checkpointing.make(file, now=NOW + timedelta(hours=1))
    return file


def verdict(path: Path) -> queries.Verdict:
    return queries.verify(checkpoints=checkpoints.read(path))


def test_the_log_and_its_checkpoints_agree(path: Path):
    assert verdict(path).ok
    assert verdict(path).root == checkpoints.read(path)[-1].root
    assert checkpointing.make(path, now=NOW)[1] is False


def free() -> None:
    """The guard of the table is gone: somebody has the database's own power."""
    postgresql = db.engine.dialect.name == "postgresql"
    with db.engine.begin() as connection:
        for name in ("audit_entries_kept", "audit_entries_written_once"):
            connection.execute(sa.text(f"DROP TRIGGER {name}" + (" ON audit_entries" if postgresql else "")))


def rewritten(start: int, change) -> None:
    """The log is written anew from an entry on, so that its chain fits again."""
    free()
    names = ("id", "at", "actor_id", "actor", "organisation_id", "park_id", "deed", "subject", "label", "changes", "reason")
    rows = list(db.session.scalars(sa.select(Entry).order_by(Entry.id)))
    last = GENESIS if start == 1 else rows[start - 2].hash
    with db.engine.begin() as connection:
        for row in rows[start - 1 :]:
            kept = {name: getattr(row, name) for name in names}
            if row.id == start:
                kept = change(kept)
            found = digest(last, kept)
            connection.execute(sa.update(Entry.__table__).where(Entry.__table__.c.id == row.id).values(**kept, previous=last, hash=found))
            last = found
        connection.execute(sa.update(Head.__table__).values(hash=last))
    fit_the_tree()
    db.session.rollback()


@pytest.mark.parametrize("start", [1, 2])
def test_a_log_that_was_written_anew_fits_and_is_found_by_its_checkpoints(path: Path, start: int):
    rewritten(start, lambda kept: {**kept, "actor": "Somebody else"})
    assert queries.verify().ok
    assert "a checkpoint bears witness to another log" in verdict(path).why


def test_a_log_that_was_cut_off_is_found_by_its_checkpoints(path: Path):
    free()
    size = db.session.scalar(sa.select(Head.size))
    last = db.session.scalars(sa.select(Entry.hash).where(Entry.id == size - 1)).one()
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Entry.__table__).where(Entry.__table__.c.id == size))
        connection.execute(sa.update(Head.__table__).values(size=size - 1, hash=last))
    fit_the_tree()
    db.session.rollback()
    assert queries.verify().ok
    assert f"bears witness to {size} entries, there are {size - 1}" in verdict(path).why
    with pytest.raises(checkpointing.Broken):
        checkpointing.make(path, now=NOW)


def test_no_checkpoint_vouches_for_a_log_that_does_not_fit(path: Path):
    free()
    with db.engine.begin() as connection:
        connection.execute(sa.update(Entry.__table__).where(Entry.__table__.c.id == 2).values(actor="Somebody else"))
    db.session.rollback()
    before = path.read_bytes()
    with pytest.raises(checkpointing.Broken, match="entry 2"):
        checkpointing.make(path, now=NOW)
    assert path.read_bytes() == before


def test_a_line_says_all_that_a_reader_needs(path: Path):
    assert sorted(json.loads(path.read_text().splitlines()[0])) == ["at", "head", "previous", "root", "size"]
