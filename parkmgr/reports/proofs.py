"""What a paper says of itself in a form that a program reads: the attachment NUMBER.proof.json. docs/verification.md describes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from parkmgr.reports.pages import Issue
from parkmgr.reports.pdf import Attachment

FORMAT = "parkmgr-proof-1"


def written(issue: Issue, kind: str, language: str, files: Iterable[Attachment]) -> bytes:
    """Return the proof of a paper. files: what else is attached, each with its SHA-256."""
    plain = {
        "format": FORMAT,
        "number": issue.number,
        "kind": kind,
        "language": language,
        "issued_at": issue.issued_at.astimezone(UTC).isoformat(),
        "issuer": issue.issuer,
        "address": issue.address,
        "sha256": issue.sha256,
        "audit": {"size": issue.audit_size, "head": issue.audit_hash, "root": issue.audit_root},
        "signed_by": issue.signed_by,
        "since_last": dict(issue.since_last),
        "files": {file.name: hashlib.sha256(file.content).hexdigest() for file in files},
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def issue_from(plain: Mapping[str, Any]) -> Issue:
    """Return what was written on the paper that a proof is of.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    audit = plain["audit"]
    issued_at = datetime.fromisoformat(plain["issued_at"])
    if plain["format"] != FORMAT or issued_at.tzinfo is None:
        raise ValueError(plain["format"])
    return Issue(
        str(plain["number"]),
        issued_at,
        str(plain["issuer"]),
        str(plain["sha256"]),
        str(plain["address"]),
        int(audit["size"]),
        str(audit["head"]),
        str(audit["root"]),
        str(plain["signed_by"]),
        plain["since_last"],
    )
