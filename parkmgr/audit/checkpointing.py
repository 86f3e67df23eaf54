"""Making checkpoints: the log is verified first, so that none vouches for a log that does not fit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from parkmgr import signing
from parkmgr.audit import checkpoints, queries
from parkmgr.audit.checkpoints import Checkpoint
from parkmgr.audit.models import Head
from parkmgr.db import db


class Broken(Exception):
    """The log does not fit; the message says where."""


def make(path: Path, *, now: datetime) -> tuple[Checkpoint, bool]:
    """The log as it stands is vouched for in the file; return the checkpoint, and whether it is new.

    Raises:
        Broken: the log does not fit, or not the checkpoints.
        BadCheckpoints: the file is not as it was written.
        OSError: it cannot be read or written.
    """
    signer = signing.signer(current_app.config["PARKMGR"])
    found = checkpoints.read(path, signer) if path.exists() else []
    verdict = queries.verify(checkpoints=found)
    if not verdict.ok:
        raise Broken(str(verdict))
    made = Checkpoint(verdict.size, verdict.root, verdict.head, now.replace(microsecond=0))
    return made, checkpoints.append(path, made, signer)


def tend(now: datetime) -> None:
    """What was done since the last checkpoint is vouched for, where a file is set."""
    path = current_app.config["PARKMGR"].checkpoints
    if not path:
        return
    kept = checkpoints.read(Path(path)) if Path(path).exists() else []
    size = db.session.scalar(select(Head.size).where(Head.id == 1))
    if not kept or kept[-1].size != size:
        make(Path(path), now=now)
