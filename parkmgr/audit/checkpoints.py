"""Checkpoints of the audit log in a file outside the database: how long it was, and its Merkle root. Each line vouches for the one before.

Who changes the database cannot change them, where the file is kept by somebody else; so a log that was written anew is found.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NONE = "0" * 64


class BadCheckpoints(Exception):
    """The file is not as it was written; the message says where."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At an instant the log had so many entries. root: RFC 6962, of their hashes. head: the hash of the last entry."""

    size: int
    root: str
    head: str
    at: datetime


def line(checkpoint: Checkpoint, before: str) -> str:
    """Return a checkpoint as it stands in the file. before: the line before, empty when it is the first."""
    return json.dumps(
        {
            "at": checkpoint.at.astimezone(UTC).isoformat(timespec="seconds"),
            "head": checkpoint.head,
            "previous": hashlib.sha256(before.encode()).hexdigest() if before else NONE,
            "root": checkpoint.root,
            "size": checkpoint.size,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def parsed(lines: Iterable[str]) -> list[Checkpoint]:
    """Return the checkpoints of a file.

    Raises:
        BadCheckpoints: a line is none, does not follow the one before it, or counts fewer entries.
    """
    found: list[Checkpoint] = []
    before = ""
    for number, text in enumerate(lines, 1):
        try:
            kept = json.loads(text)
            one = Checkpoint(kept["size"], kept["root"], kept["head"], datetime.fromisoformat(kept["at"]))
            again = line(one, before)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadCheckpoints(f"line {number} is no checkpoint") from None
        if again != text:
            raise BadCheckpoints(f"line {number} does not follow the line before it, or was changed")
        if found and one.size < found[-1].size:
            raise BadCheckpoints(f"line {number} counts fewer entries than the line before it")
        found.append(one)
        before = text
    return found


def read(path: Path) -> list[Checkpoint]:
    """Return the checkpoints of a file.

    Raises:
        OSError: it cannot be read.
        BadCheckpoints: it is not as it was written.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        return parsed(text.rstrip("\n") for text in file)


def append(path: Path, checkpoint: Checkpoint) -> bool:
    """The checkpoint stands at the end of the file, on the disk; return whether that is new. Writers wait for each other.

    Raises:
        OSError: it cannot be written.
        BadCheckpoints: the file is not as it was written, or counts more entries.
    """
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = [text.rstrip("\n") for text in file]
        found = parsed(lines)
        if found and found[-1].size > checkpoint.size:
            raise BadCheckpoints(f"the file counts {found[-1].size} entries, the log has {checkpoint.size}")
        if found and (found[-1].size, found[-1].root) == (checkpoint.size, checkpoint.root):
            return False
        if found and found[-1].size == checkpoint.size:
            raise BadCheckpoints(f"the file has another root for {checkpoint.size} entries")
        file.write(line(checkpoint, lines[-1] if lines else "") + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True
