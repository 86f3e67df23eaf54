"""The chain of hashes. Pure: no database, no clock, no web."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from parkmgr.values import canonical

GENESIS = "0" * 64


def digest(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of an entry and the hash before it.

    Shape: the entry's columns without `previous` and `hash`, as JSON with sorted keys, no spaces, UTF-8, `at` in ISO 8601 UTC
    with microseconds. Source: house decision, docs/domain.md "Audit".
    """
    at: datetime = entry["at"]
    plain = {**entry, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    return hashlib.sha256(f"{previous}\n{canonical(plain)}".encode()).hexdigest()


def digest_as_kept(previous: str, entry: Sequence[Any]) -> str:
    """Return what `digest` returns, when `changes` is kept as canonical JSON: nothing is read and written again.

    entry: actor, actor_id, at (as text), changes (as text), deed, id, label, organisation_id, park_id, reason, subject.
    """
    actor, actor_id, at, changes, deed, id_, label, organisation_id, park_id, reason, subject = entry
    text = (
        f'{previous}\n{{"actor":{quoted(actor)},"actor_id":{_NULL if actor_id is None else actor_id},"at":{quoted(at)},"changes":{changes},'
        f'"deed":{quoted(deed)},"id":{id_},"label":{quoted(label)},'
        f'"organisation_id":{_NULL if organisation_id is None else organisation_id},"park_id":{_NULL if park_id is None else park_id},'
        f'"reason":{quoted(reason)},"subject":{quoted(subject)}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


_NULL = "null"
