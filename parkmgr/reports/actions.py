"""Reports are asked for, issued and kept. What is issued never changes: its number, its rows and their SHA-256 stand in the register."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr import signing
from parkmgr.audit.actions import record
from parkmgr.db import db, take_number, transaction
from parkmgr.errors import Refused, refuse
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.reports import kinds, occupancy, pages, pdf, proofs, queries, rules, statement_queries, ties
from parkmgr.reports.kinds import Compiled
from parkmgr.reports.models import IssuedReport, ReportFile, ReportRequest, RequestState
from parkmgr.reports.rules import Wanted
from parkmgr.values import day_of


def compiled(park: Park, wanted: Wanted, *, now: datetime, **parts: bool) -> Any:
    """Return the report of the kind that is wanted; nothing is kept. parts: what its kind may leave out (with_history of occupancy).

    Raises:
        Refused: when it cannot be made as it is asked for.
    """
    return kinds.KINDS[wanted.kind].compile(park, wanted, permitted(park, wanted, now), now, **parts)


def permitted(park: Park, wanted: Wanted, now: datetime) -> tuple[int, ...]:
    """Return the ids of the buildings that are wanted; none is the whole park."""
    kind = kinds.KINDS.get(wanted.kind)
    if kind is None:
        raise Refused([rules.NO_KIND.about(kind=wanted.kind)])
    chosen = queries.building_ids(park.id, wanted.buildings) if wanted.buildings else {}
    against = rules.objections(wanted, chosen, now, period=kind.period)
    if kind.of_fund and not queries.has_fund(park.id, wanted.fund):
        against.append(rules.NO_FUND.about(code=wanted.fund))
    if kind.of_statement and not statement_queries.has(park.id, wanted.statement):
        against.append(rules.NO_STATEMENT.about(number=wanted.statement))
    refuse(against)
    return tuple(chosen.values())


def ask(park: Park, wanted: Wanted, *, key: str, actor: Actor, now: datetime) -> ReportRequest:
    """The report is asked for, once: the same form sent twice is one request.

    Raises:
        Refused: when it cannot be made as it is asked for.
    """
    before = queries.request_of_key(key)
    if before is not None:
        return before
    permitted(park, wanted, now)
    request = ReportRequest(
        park_id=park.id,
        user_id=actor.user_id,
        key=key,
        kind=wanted.kind,
        parameters={**parameters(wanted), "actor": actor.name},
        asked_at=now,
        state=RequestState.WAITING,
    )
    db.session.add(request)
    db.session.flush()
    return request


def parameters(wanted: Wanted) -> dict[str, Any]:
    """Return what is kept of what was asked for."""
    return {
        "on": wanted.on.isoformat(),
        "known": None if wanted.known is None else wanted.known.isoformat(),
        "language": wanted.language,
        "buildings": list(wanted.buildings),
        **({} if wanted.since is None else {"since": wanted.since.isoformat()}),
        **({"fund": wanted.fund} if wanted.fund else {}),
        **({"statement": wanted.statement} if wanted.statement else {}),
    }


def wanted_of(kind: str, parameters: dict[str, Any]) -> Wanted:
    """Return what was asked for."""
    known, since = parameters["known"], parameters.get("since")
    return Wanted(
        date.fromisoformat(parameters["on"]),
        None if known is None else datetime.fromisoformat(known),
        parameters["language"],
        tuple(parameters["buildings"]),
        kind,
        None if since is None else date.fromisoformat(since),
        parameters.get("fund", ""),
        parameters.get("statement", ""),
    )


def issue(park: Park, report: Compiled, wanted: Wanted, *, actor: Actor, now: datetime) -> IssuedReport:
    """The report has a number and stands in the register with its rows, and with how far the audit had come: it bears witness to it."""
    kind = kinds.KINDS[wanted.kind]
    canonical = kind.shape.canonical(report)
    size, head, root = queries.audit_head()
    key = signing.signer(current_app.config["PARKMGR"])
    issued = IssuedReport(
        park_id=park.id,
        number=take_number(kind.prefix, day_of(now, park.zone).year),
        kind=wanted.kind,
        on=report.on,
        known_at=report.known,
        language=wanted.language,
        parameters=parameters(wanted),
        rows=zlib.compress(canonical, 9),
        sha256=occupancy.fingerprint(canonical),
        issued_at=now.replace(microsecond=0),
        issued_by=actor.user_id,
        issuer=actor.name,
        audit_size=size,
        audit_hash=head,
        audit_root=root,
        signed_by=key.fingerprint if key is not None else "",
        since_last=_since_last(park, wanted, canonical, size),
    )
    db.session.add(issued)
    db.session.flush()
    record("reports.request", issued, actor=actor, now=now)
    return issued


def _since_last(park: Park, wanted: Wanted, canonical: bytes, size: int) -> dict[str, Any]:
    before = queries.last_of(park.id, wanted.kind, list(wanted.buildings), wanted.fund or wanted.statement)
    return {} if before is None else _compared(before, canonical, size)


def _compared(before: IssuedReport, canonical: bytes, size: int) -> dict[str, Any]:
    deeds = queries.deeds_between(before.park_id, before.audit_size, size)
    return ties.since_last(before.kind, json.loads(zlib.decompress(before.rows)), json.loads(canonical), before.number, deeds)


def changed_since(issued: IssuedReport, before: IssuedReport) -> dict[str, Any]:
    """Return what changed from an earlier report of the same kind to this one, both as they were kept."""
    return _compared(before, zlib.decompress(issued.rows), issued.audit_size)


def report_of(issued: IssuedReport) -> Any:
    """Return the report as it was compiled, from the rows that were kept."""
    return kinds.KINDS[issued.kind].shape.from_plain(json.loads(zlib.decompress(issued.rows)))


def address(number: str) -> str:
    """Return where everybody can check the report of a number. It is the fixed public address, never a Host header's."""
    return f"{str(current_app.config['PUBLIC_URL']).rstrip('/')}/check/{number}"


def rendered(issued: IssuedReport, progress: Callable[[int], None] = lambda _percent: None) -> bytes:
    """Return the PDF of an issued report: whenever it is rendered, the same bytes.

    Raises:
        NotRendered: when it needs more time or memory than it may have.
    """
    written = pages.Issue(
        issued.number,
        issued.issued_at,
        issued.issuer,
        issued.sha256,
        address(issued.number),
        issued.audit_size,
        issued.audit_hash,
        issued.audit_root,
        issued.signed_by,
        issued.since_last,
    )
    return drawn(issued.kind, zlib.decompress(issued.rows), written, issued.language, progress)


def drawn(kind_: str, data: bytes, written: pages.Issue, language: str, progress: Callable[[int], None] = lambda _percent: None) -> bytes:
    """Return the PDF of a report of which the canonical JSON is given, and what was written when it was issued. It needs no register.

    Raises:
        NotRendered: when it needs more time or memory than it may have.
    """
    kind, number = kinds.KINDS[kind_], written.number
    report = kind.shape.from_plain(json.loads(data))
    with force_locale(language):
        schedule, whole, as_kept, proof = _(kind.schedule), _("Report"), _("Data whose SHA-256 is printed"), _("What proves this paper")
    files = [
        pdf.Attachment(f"{number}.csv", schedule, kind.tables.csv_bytes(report, language=language)),
        pdf.Attachment(f"{number}.json", whole, kind.tables.json_bytes(report, language=language, number=number)),
        pdf.Attachment(f"{number}.data.json", as_kept, data),
    ]
    files.append(pdf.Attachment(f"{number}.proof.json", proof, proofs.written(written, kind_, language, files)))
    html = kind.pages.paper(report, written, language=language)
    return pdf.render(html, issued_at=written.issued_at, attachments=files, progress=progress)


def keep(issued: IssuedReport, content: bytes) -> ReportFile:
    """The PDF is kept as it was given out, with its signature; one that is kept already stays."""
    before = queries.file(issued.id, "pdf")
    if before is not None:
        return before
    key = signing.signer(current_app.config["PARKMGR"])
    kept = _file(issued, "pdf", content)
    if key is not None and key.fingerprint == issued.signed_by:
        _file(issued, "p7s", key.sign(content))
    db.session.flush()
    return kept


def _file(issued: IssuedReport, format_: str, content: bytes) -> ReportFile:
    kept = ReportFile(report_id=issued.id, format=format_, sha256=hashlib.sha256(content).hexdigest(), content=content)
    db.session.add(kept)
    return kept


def given_out(issued: IssuedReport, format_: str, progress: Callable[[int], None] = lambda _percent: None) -> bytes:
    """Return an issued report in a format. The PDF is the one that is kept; when there is none yet, it is rendered and kept.

    It is done outside of any transaction, for a PDF takes long.
    """
    if format_ != "pdf":
        return kinds.sheet(kinds.KINDS[issued.kind], report_of(issued), format_, language=issued.language, number=issued.number)
    kept = queries.file(issued.id, "pdf")
    if kept is not None:
        return kept.content
    number, park_id = issued.number, issued.park_id
    content = rendered(issued, progress)
    with transaction():
        return keep(queries.report(park_id, number), content).content


def produce(
    park: Park,
    wanted: Wanted,
    format_: str,
    *,
    actor: Actor,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[str, bytes]:
    """A report is issued, and returned in a format with its number. For the command line: it begins and ends its own transactions.

    Raises:
        Refused: when it cannot be made as it is asked for; also when it is issued and its PDF needs more time or memory than it may have.
    """
    park_id = park.id
    report = compiled(park, wanted, now=now)
    progress(10, 100)
    with transaction():
        number = issue(queries.park_of_id(park_id), report, wanted, actor=actor, now=now).number
    issued = queries.report(park_id, number, with_rows=True)
    try:
        content = given_out(issued, format_, lambda percent: progress(10 + percent * 9 // 10, 100))
    except pdf.NotRendered as reason:
        raise Refused([rules.NOT_DRAWN.about(number=number, why=str(reason))]) from reason
    progress(100, 100)
    return number, content
