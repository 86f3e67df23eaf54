"""Checkpoints of the audit log in a file outside the database: how long it was, and its Merkle root. Each line vouches for the one before.

Who changes the database cannot change them, where the file is kept by somebody else; so a log that was written anew is found.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parkmgr.signing import Signer

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
    signed_by: str = ""
    """The SHA-256 of the certificate whose key signed its line; empty: none did."""


def line(checkpoint: Checkpoint, before: str, signer: Signer | None = None) -> str:
    """Return a checkpoint as it stands in the file. before: the line before, empty when it is the first.

    What is signed is the line without `signature` and `signed_by`.
    """
    plain = {
        "at": checkpoint.at.astimezone(UTC).isoformat(timespec="seconds"),
        "head": checkpoint.head,
        "previous": hashlib.sha256(before.encode()).hexdigest() if before else NONE,
        "root": checkpoint.root,
        "size": checkpoint.size,
    }
    if signer is not None:
        plain |= {"signature": signer.sign_line(_json(plain)), "signed_by": signer.fingerprint}
    return _json(plain)


def _json(plain: Mapping[str, Any]) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def parsed(lines: Iterable[str], signer: Signer | None = None) -> list[Checkpoint]:
    """Return the checkpoints of a file. signer: what it signed is checked; after a line that it signed, none is without a signature.

    Raises:
        BadCheckpoints: a line is none, does not follow the one before it, counts fewer entries, or its signature is not right.
    """
    found: list[Checkpoint] = []
    before = ""
    for number, text in enumerate(lines, 1):
        try:
            kept = json.loads(text)
            whole, by, signature = _json(kept), kept.pop("signed_by", ""), kept.pop("signature", "")
            one = Checkpoint(kept["size"], kept["root"], kept["head"], datetime.fromisoformat(kept["at"]), by)
            plain = line(one, before)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadCheckpoints(f"line {number} is no checkpoint") from None
        if (plain, whole) != (_json(kept), text) or bool(by) != bool(signature):
            raise BadCheckpoints(f"line {number} does not follow the line before it, or was changed")
        if signer is not None and by == signer.fingerprint and not signer.made(signature, plain):
            raise BadCheckpoints(f"line {number} was changed: its signature is not right")
        if found and found[-1].signed_by and not by:
            raise BadCheckpoints(f"line {number} has no signature, and the line before it has one")
        if found and one.size < found[-1].size:
            raise BadCheckpoints(f"line {number} counts fewer entries than the line before it")
        found.append(one)
        before = text
    return found


def read(path: Path, signer: Signer | None = None) -> list[Checkpoint]:
    """Return the checkpoints of a file.

    Raises:
        OSError: it cannot be read.
        BadCheckpoints: it is not as it was written.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        return parsed((text.rstrip("\n") for text in file), signer)


def append(path: Path, checkpoint: Checkpoint, signer: Signer | None = None) -> bool:
    """The checkpoint stands at the end of the file, on the disk; return whether that is new. Writers wait for each other.

    Raises:
        OSError: it cannot be written.
        BadCheckpoints: the file is not as it was written, or counts more entries.
    """
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = [text.rstrip("\n") for text in file]
        found = parsed(lines, signer)
        if found and found[-1].size > checkpoint.size:
            raise BadCheckpoints(f"the file counts {found[-1].size} entries, the log has {checkpoint.size}")
        if found and (found[-1].size, found[-1].root) == (checkpoint.size, checkpoint.root):
            return False
        if found and found[-1].size == checkpoint.size:
            raise BadCheckpoints(f"the file has another root for {checkpoint.size} entries")
        file.write(line(checkpoint, lines[-1] if lines else "", signer) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True
