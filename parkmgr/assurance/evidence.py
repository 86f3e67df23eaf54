"""The evidence of a sample in one ZIP: what was drawn, from what, what was done to it, the papers of its day, and what was handed over.

The same state gives the same bytes. manifest.json names the SHA-256 of every file; it is signed where the park has a key.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from parkmgr.assurance import actions, queries
from parkmgr.assurance.models import Sample
from parkmgr.assurance.sampling import Item
from parkmgr.audit.models import Entry
from parkmgr.audit.queries import Verdict
from parkmgr.places.models import Park
from parkmgr.reports import verifier
from parkmgr.reports.tables import csv_of
from parkmgr.signing import Signer
from parkmgr.values import canonical

_AT = (2000, 1, 1, 0, 0, 0)


def files(park: Park, sample: Sample, verdict: Verdict, *, now: datetime) -> dict[str, bytes]:
    """Return the files: name -> content. verdict: of the whole audit log, today."""
    items = actions.items_of(sample)
    known = actions.population(park, sample.population, sample.since, sample.on, sample.known_at, sample.currency, now)
    keys = [item.key for item in items]
    of_log = sample.population == "entries"
    entries = queries.entries([int(key) for key in keys]) if of_log else queries.entries_of(park.id, keys)
    found = {
        "sample.json": _json(
            {
                "number": sample.number,
                "park": park.code,
                "population": sample.population,
                "on": sample.on.isoformat(),
                "since": None if sample.since is None else sample.since.isoformat(),
                "known_at": _instant(sample.known_at),
                "method": sample.method,
                "currency": sample.currency,
                "size": sample.size,
                "seed": sample.seed,
                "population_count": sample.count,
                "population_sha256": sample.sha256,
                "drawn_at": _instant(sample.drawn_at),
                "drawn_by": sample.drawn_by,
            }
        ),
        "sample.csv": _sheet(items),
        "population.csv": _sheet(known),
        "entries.jsonl": b"".join(_entry(entry) for entry in entries),
        "audit.json": _json({"entries": verdict.size, "head": verdict.head, "root": verdict.root, "fits": verdict.ok, "why": verdict.why}),
        "verifier.py": Path(verifier.__file__).read_bytes(),
    }
    for issued, file in queries.issued_on(park.id, sample.on):
        found[f"reports/{issued.number}.pdf" + (".p7s" if file.format == "p7s" else "")] = file.content
    for point, said in queries.attached_to(park.id, [*keys, sample.number]):
        name = "".join(letter if letter.isalnum() or letter in "._- " else "_" for letter in said.filename)[-80:].lstrip("._ ")
        found[f"answers/{point.number}-{said.id}-{name}"] = said.content or b""
    return found


def packed(contents: Mapping[str, bytes], signer: Signer | None) -> bytes:
    """Return the files as a ZIP with their manifest."""
    named = dict(contents)
    if signer is not None:
        named["certificate.pem"] = signer.pem
    manifest = _json({name: sha256(content).hexdigest() for name, content in sorted(named.items())})
    named["manifest.json"] = manifest
    if signer is not None:
        named["manifest.json.p7s"] = signer.sign(manifest)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in sorted(named.items()):
            book.writestr(zipfile.ZipInfo(name, _AT), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _json(plain: Mapping[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _sheet(items: Iterable[Item]) -> bytes:
    return csv_of(("key", "group", "amount", "hits"), ((item.key, item.stratum, item.amount, item.hits) for item in items))


def _entry(entry: Entry) -> bytes:
    columns = ("id", "actor_id", "actor", "organisation_id", "park_id", "deed", "subject", "label", "changes", "reason", "previous", "hash")
    plain = {name: getattr(entry, name) for name in columns}
    plain["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return canonical(plain).encode() + b"\n"
