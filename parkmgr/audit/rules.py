"""The chain of hashes. Pure: no database, no clock, no web."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


def digest(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of an entry and the hash before it.

    Shape: the entry's columns without `previous` and `hash`, as JSON with sorted keys, no spaces, UTF-8, `at` in ISO 8601 UTC
    with microseconds. Source: house decision, docs/domain.md "Audit".
    """
    at: datetime = entry["at"]
    plain = {**entry, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + b"\n" + text.encode()).hexdigest()
