"""The dashboard, the stacking plan, the occupancy report on screen, its issue, and the public check of a paper."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from dateutil.relativedelta import relativedelta
from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock, signing
from parkmgr.bookings.finding import proposed_start
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.funds import queries as funds
from parkmgr.places.models import Park
from parkmgr.places.views import here, known_at, today
from parkmgr.reports import actions, checking, jobs, kinds, occupancy, pages, pdf, queries, rules, tables, verifier
from parkmgr.reports.forms import CheckForm, OccupancyFilter, PlanFilter, ReportFilter, RequestForm, filled
from parkmgr.reports.kinds import Compiled, Kind
from parkmgr.reports.models import IssuedReport, RequestState
from parkmgr.reports.occupancy import Group, Report, Row
from parkmgr.reports.rules import Wanted
from parkmgr.reports.ties import Check
from parkmgr.utilisation import pages as use_pages
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.limits import limiter
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import attachment
from parkmgr.web.words import word

bp = Blueprint("reports", __name__)

SHOWN_ROWS = 300
"""With more rows than this, the page shows the schedule of one building at a time."""


class _Kept:
    """What was compiled of a park's day, for as long as no deed has changed the park. Small, in this process only."""

    def __init__(self, most: int = 6) -> None:
        self.most = most
        self.lock = Lock()
        self.found: OrderedDict[tuple[Any, ...], Report] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> Report | None:
        with self.lock:
            if key in self.found:
                self.found.move_to_end(key)
            return self.found.get(key)

    def put(self, key: tuple[Any, ...], report: Report) -> None:
        with self.lock:
            self.found[key] = report
            while len(self.found) > self.most:
                self.found.popitem(last=False)


_KEPT = _Kept()


def _standing(park: Park, wanted: Wanted, *, with_history: bool, with_rooms: bool = False) -> Report:
    """Return a report; the history of a year takes longer, and is there when it was asked for or is at hand.

    Raises:
        Refused: when it cannot be made as it is asked for.
    """
    asked = (wanted.on, wanted.known, wanted.buildings, with_rooms)
    key = (current_app.config["PARKMGR"].url, park.id, *asked, queries.last_deed(park.id))
    found = _KEPT.get((*key, True)) or (None if with_history else _KEPT.get((*key, False)))
    if found is None:
        found = actions.compiled(park, wanted, now=clock.now(), with_history=with_history, with_rooms=with_rooms)
        _KEPT.put((*key, with_history), found)
    return found


@dataclass(frozen=True, slots=True)
class _Tile:
    """A main figure on the dashboard, with where its rows are."""

    figure: pages.Figure
    href: str


@bp.get("/parks/<park>/")
def dashboard(park: str) -> ResponseReturnValue:
    """Show the park's main figures today, each with its last twelve months."""
    found = here(park)
    actor, on = me(), today(found)
    sees_all = actor.sees_all(found.id)
    report = _standing(found, Wanted(on), with_history="history" in request.args)
    own = report
    if not sees_all:
        ids = actor.organisations(found.id)
        own = occupancy.only(replace(report, history=()), [row for row in report.rows if row.holder_id in ids])
    figures = {figure.code: figure for figure in pages.figures(report)}
    mine = figures if sees_all else {figure.code: figure for figure in pages.figures(own)}
    shown = [
        figures["area"],
        figures["units"],
        figures["vacant"],
        *(f for code, f in mine.items() if code not in ("area", "units", "vacant")),
    ]
    waiting = queries.waiting(found.id, actor)
    return page(
        "reports/dashboard.html",
        park=found,
        on=on,
        sees_all=sees_all,
        tiles=[_Tile(figure, _rows_behind(found, figure.code, on)) for figure in shown],
        waiting=waiting,
        book_from=proposed_start(found, clock.now()) if actor.may("bookings.book", found.id) else None,
        has_units=bool(report.rows),
        history=report.history,
        by_month=pages.occupancy_by_month(report.history) if report.history else None,
        by_quarter=pages.expiry_by_quarter(own.rows, on),
        by_building=pages.occupancy_by_building(
            report.by_building, lambda group: url_for("reports.stacking_plan", park=found.code, building=group.code)
        ),
    )


def _rows_behind(park: Park, code: str, on: date) -> str:
    if code == "vacant":
        return url_for("occupancy.spaces", park=park.code, status="vacant")
    if code == "ending":
        return url_for("leases.leases", park=park.code, ends_before=(on + occupancy.SOON + timedelta(days=1)).isoformat(), sort="ends_on")
    if code in ("area", "units"):
        return url_for("occupancy.spaces", park=park.code)
    return url_for("leases.leases", park=park.code, standing="active")


@bp.get("/parks/<park>/buildings/<building>/plan")
def stacking_plan(park: str, building: str) -> ResponseReturnValue:
    """Show a building floor by floor on a day."""
    found = here(park)
    house = queries.building(found.id, building)
    filters = PlanFilter.asked()
    now = today(found)
    shift = filters.shift.data if isinstance(filters.shift.data, int) and abs(filters.shift.data) <= 1200 else None
    on = filters.on.data or (now + relativedelta(months=shift) if shift is not None else now)
    mode = filters.by.data if filters.by.data in pages.MODES else "status"
    known = known_at(filters.known.data, found)
    facts = queries.occupancy(found, on, known, building_ids=[house.id])
    report = occupancy.compile(facts, park=kinds.place(found), on=on, known=known or clock.now(), building_ids=[house.id])
    actor = me()
    rows = report.rows if actor.sees_all(found.id) else occupancy.narrowed(report.rows, actor.organisations(found.id))
    group = report.by_building[0] if report.by_building else Group(house.code, report.total, house.names, house.residential)
    tints = pages.tints(rows, mode)

    def to(row: Row) -> str:
        return url_for("occupancy.space", park=found.code, code=row.space)

    def moved(**by: int) -> str:
        day = on + relativedelta(**by)  # type: ignore[arg-type]
        return url_for("reports.stacking_plan", park=found.code, building=house.code, on=day, known=filters.known.data, by=mode)

    return page(
        "reports/stacking_plan.html",
        park=found,
        building=house,
        on=on,
        now=now,
        known=known,
        mode=mode,
        modes=pages.MODES,
        shift=max(-60, min(60, (on.year - now.year) * 12 + on.month - now.month)),
        filters=filters,
        rows=rows,
        sums=group.sums,
        plan=pages.plan(group, rows, mode=mode, on=on, tints_=tints, href=to) if rows else "",
        key=pages.key(rows, mode, on) if rows else "",
        moved=moved,
        in_words=pages.in_words(group.sums),
    )


def building_choices(park: Park) -> list[SelectChoice]:
    """Return the buildings of a park as choices."""
    return [SelectChoice(house.code, f"{house.code} · {formats.names(house.names)}") for house in queries.of_buildings(park.id)]


@bp.get("/parks/<park>/reports/occupancy", endpoint="occupancy")
def on_screen(park: str) -> ResponseReturnValue:
    """Show the occupancy of a park on a day, as known at an instant, before or without issuing it."""
    found = here(park)
    filters = OccupancyFilter.asked()
    filters.offer(building_choices(found))
    wanted = filters.value(found.zone, today(found))
    refused = None
    try:
        report = _standing(found, wanted, with_history="history" in request.args, with_rooms=True)
    except Refused as error:
        refused = error
        report = _standing(found, Wanted(today(found)), with_history=False, with_rooms=True)
    format_ = request.args.get("format")
    if format_ is not None and refused is None:
        return sheet(kinds.OCCUPANCY, found, report, format_)
    shown = report.rows if len(report.rows) <= SHOWN_ROWS else ()
    args = {
        "on": report.on.isoformat(),
        "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
        "buildings": list(report.chosen),
    }
    return page(
        "reports/occupancy.html",
        park=found,
        report=report,
        refused=refused,
        filters=filters,
        figures=pages.figures(report),
        by_month=pages.occupancy_by_month(report.history) if report.history else None,
        by_quarter=pages.expiry_by_quarter(report.rows, report.on),
        rows=shown,
        args=args,
        building_name=pages.building_name,
        use=pages.use_of_rooms(report),
        hours=use_pages.hours,
    )


def sheet(kind: Kind[Any], park: Park, report: Compiled, format_: str) -> Response:
    """Answer with a report that is not issued, as csv, xlsx or json."""
    if format_ not in tables.TYPES or format_ == "pdf":
        abort(404)
    content = kinds.sheet(kind, report, format_, language=formats.language())
    return attachment(content, f"{kind.code}-{park.code}-{report.on.isoformat()}.{format_}", tables.TYPES[format_])


@dataclass(frozen=True, slots=True)
class OfDay:
    """A report of a day as its page shows it. refused: why it is not the one that was asked for, but today's. args: its address."""

    filters: OccupancyFilter
    report: Any
    refused: Refused | None
    args: dict[str, Any]


def of_day(park: Park, kind: Kind[Any]) -> OfDay:
    """Return the report of a kind that the address asks for, before or without issuing it."""
    filters = OccupancyFilter.asked()
    filters.offer(building_choices(park))
    asked, refused = filters.value(park.zone, today(park)), None
    try:
        report = actions.compiled(park, replace(asked, kind=kind.code), now=clock.now())
    except Refused as error:
        refused = error
        report = actions.compiled(park, Wanted(today(park), kind=kind.code), now=clock.now())
    args = {
        "on": report.on.isoformat(),
        "known": filters.known.data.isoformat(timespec="minutes") if filters.known.data else None,
        "buildings": list(report.chosen),
    }
    return OfDay(filters, report, refused, args)


def _readable(park: Park) -> list[Kind[Any]]:
    return kinds.readable(me(), park.id)


def _funds(park: Park) -> list[str] | None:
    """Return the codes of the funds whose reports the reader may have; None for all."""
    if me().sees_all(park.id):
        return None
    return [fund.code for fund in funds.funds(park.id, me(), "reports.fund")]


def _of(kind: str, park: Park, parameters: Mapping[str, Any]) -> Kind[Any]:
    """Return the kind of something that was asked for or issued.

    Raises:
        Missing: who is asking may not read this kind, or this fund's.
    """
    found = kinds.KINDS.get(kind)
    if found is None or not me().may(found.deed, park.id):
        raise Missing
    own = _funds(park) if found.of_fund else None
    if own is not None and parameters.get("fund") not in own:
        raise Missing
    return found


def in_words(kind: Kind[Any], parameters: Mapping[str, Any]) -> str:
    """Return what a report is, and the days and the fund that it is about."""
    title, about = _(kind.title), parameters.get("fund") or parameters.get("statement")
    if about:
        title = f"{title}, {about}"
    if kind.of_statement:
        return str(title)
    since, on = _since(parameters), formats.day(date.fromisoformat(parameters["on"]))
    if since is None:
        return str(_("%(kind)s as at %(day)s", kind=title, day=on))
    return str(_("%(kind)s from %(since)s to %(day)s", kind=title, since=formats.day(since), day=on))


@dataclass(frozen=True, slots=True)
class _Preview:
    """What a report would say if it were issued now; or why it cannot be."""

    said: str
    rows: int = 0
    figures: Sequence[pages.Figure] = ()
    checks: Sequence[Check] = ()
    refused: Refused | None = None


def _preview(park: Park, wanted: Wanted) -> _Preview | None:
    """Return the preview of a report; None as long as it is not said which one."""
    kind = kinds.KINDS.get(wanted.kind)
    if (
        kind is None
        or (kind.of_fund and not wanted.fund)
        or (kind.of_statement and not wanted.statement)
        or (kind.period and wanted.since is None)
    ):
        return None
    parts = {"with_history": False} if kind is kinds.OCCUPANCY else {}
    said = in_words(kind, actions.parameters(wanted))
    try:
        _asked_by_one_who_may(park, wanted)
        report = actions.compiled(park, wanted, now=clock.now(), **parts)
    except Refused as refused:
        return _Preview(said, refused=refused)
    return _Preview(said, len(report.rows), kind.pages.figures(report), report.checks)


def _asked_by_one_who_may(park: Park, wanted: Wanted) -> None:
    if wanted.kind not in {kind.code for kind in _readable(park)}:
        raise Refused([rules.NO_KIND.about(kind=wanted.kind)])
    own = _funds(park)
    if wanted.fund and own is not None and wanted.fund not in own:
        raise Refused([rules.NO_FUND.about(code=wanted.fund)])


def _request_form(park: Park) -> RequestForm:
    """Return the form for asking, filled from the address when nothing was sent yet."""
    form = RequestForm()
    if request.method == "GET":
        filled(form, request.args)
    form.offer(building_choices(park))
    form.offer_kinds(_readable(park))
    form.offer_funds(funds.funds(park.id, me(), "reports.fund"))
    if request.method == "GET":
        form.on.data = form.on.data or today(park)
        form.language.data = form.language.data or formats.language()
    form.fresh()
    return form


@bp.get("/parks/<park>/reports/preview")
def preview(park: str) -> ResponseReturnValue:
    """Show what a report would say, while it is being asked for."""
    found = here(park)
    form = _request_form(found)
    return page("reports/preview.html", park=found, preview=_preview(found, form.value(found.zone, today(found))))


@bp.route("/parks/<park>/reports/new", methods=["GET", "POST"], endpoint="request")
def ask(park: str) -> ResponseReturnValue:
    """Ask for a report to be issued."""
    found = here(park)
    form = _request_form(found)
    if form.sent():
        wanted = form.value(found.zone, today(found))
        code = found.code
        if "preview" in request.form:
            return page("reports/request.html", form=form, park=found, kinds=_readable(found), preview=_preview(found, wanted))
        try:
            _asked_by_one_who_may(found, wanted)
            with transaction():
                asked = actions.ask(queries.park_of_id(found.id), wanted, key=form.key.data or "", actor=me(), now=clock.now())
                request_id = asked.id
        except Refused as refused:
            before = queries.request_of_key(form.key.data or "")
            if before is None:
                form.show(refused)
                return page("reports/request.html", form=form, park=found, kinds=_readable(found), preview=None)
            request_id = before.id  # the other half of a double click was faster
        jobs.enqueue(current_app._get_current_object(), request_id)  # type: ignore[attr-defined]
        return redirect(url_for("reports.request_show", park=code, request_id=request_id), 303)
    shown = _preview(found, form.value(found.zone, today(found))) if request.method == "GET" else None
    return page("reports/request.html", form=form, park=found, kinds=_readable(found), preview=shown)


@bp.get("/parks/<park>/reports/requests/<int:request_id>")
def request_show(park: str, request_id: int) -> ResponseReturnValue:
    """Show how far a report has come; when it is done, go to it."""
    found = here(park)
    asked = queries.request(request_id, found.id)
    kind = _of(asked.kind, found, asked.parameters)
    if asked.state == RequestState.DONE:
        issued = queries.issued_for(asked.id)
        if issued is not None:
            target = url_for("reports.show", park=found.code, number=issued.number)
            if request.headers.get("HX-Request"):
                return Response("", headers={"HX-Redirect": target})
            return redirect(target, 303)
    return page(
        "reports/request_show.html",
        park=found,
        asked=asked,
        failure=_(asked.failure) if asked.failure else "",
        said=in_words(kind, asked.parameters),
        kind=kind,
    )


def _since(parameters: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(parameters["since"]) if parameters.get("since") else None


def _report_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("reports.show", park=park.code, number=row[0].number)

    return [
        Column("number", _l("Number"), lambda row: row[0].number, IssuedReport.number, href=to),
        Column("kind", _l("Report"), lambda row: _(kinds.KINDS[row[0].kind].title), IssuedReport.kind),
        Column("since", _l("From"), lambda row: _since(row[0].parameters), wide_only=True),
        Column("on", _l("As at"), lambda row: row[0].on, IssuedReport.on),
        Column("known", _l("As known at"), lambda row: row[0].known_at, IssuedReport.known_at),
        Column("language", _l("Language"), lambda row: word("language", row[0].language), IssuedReport.language, wide_only=True),
        Column("issued", _l("Issued"), lambda row: row[0].issued_at, IssuedReport.issued_at),
        Column("issuer", _l("By"), lambda row: row[0].issuer, IssuedReport.issuer),
        Column("sha256", _l("SHA-256 of the data"), lambda row: row[0].sha256[:16] + "…", wide_only=True),
    ]


@bp.get("/parks/<park>/reports")
def reports(park: str) -> ResponseReturnValue:
    """List the reports that were issued."""
    found = here(park)
    filters = ReportFilter.asked()
    shown = _readable(found)
    codes = [kind.code for kind in shown]
    return answer(
        "reports/reports.html",
        queries.reports(found.id, codes, number=filters.q.data or "", funds=_funds(found)),
        _report_columns(found),
        sort="-issued",
        name=f"{found.code}-reports",
        tie=IssuedReport.id,
        park=found,
        filters=filters,
        kinds=shown,
        unfinished=[
            (asked, in_words(kinds.KINDS[asked.kind], asked.parameters))
            for asked in queries.unfinished_of(found.id, codes, funds=_funds(found))
        ],
    )


@bp.get("/parks/<park>/reports/<number>")
def show(park: str, number: str) -> ResponseReturnValue:
    """Show an issued report: what it says in short, and its files."""
    found = here(park)
    issued = queries.report(found.id, number, with_rows=True)
    kind, report = _of(issued.kind, found, issued.parameters), actions.report_of(issued)
    listed = queries.earlier(issued)
    against = next((one for one in listed if one.number == request.args.get("against")), None)
    since = issued.since_last
    if against is not None:
        since = actions.changed_since(issued, queries.report(found.id, against.number, with_rows=True))
    return page(
        "reports/show.html",
        park=found,
        kind=kind,
        issued=issued,
        report=report,
        figures=kind.pages.figures(report),
        said=in_words(kind, issued.parameters),
        size=queries.file_sizes([issued.id]).get(issued.id),
        signature=queries.file(issued.id, "p7s") is not None,
        check=actions.address(issued.number),
        later=queries.later(issued),
        since=since,
        earlier=[(one.number, in_words(kind, one.parameters)) for one in listed],
    )


@bp.get("/parks/<park>/reports/<number>/<format_>")
def download(park: str, number: str, format_: str) -> ResponseReturnValue:
    """Download an issued report."""
    found = here(park)
    if format_ not in (*tables.TYPES, "p7s"):
        raise Missing
    issued = queries.report(found.id, number, with_rows=True)
    _of(issued.kind, found, issued.parameters)
    name = f"{issued.number}.{format_}"
    if format_ == "p7s":
        signature = queries.file(issued.id, "p7s")
        if signature is None:
            raise Missing
        return attachment(signature.content, f"{issued.number}.pdf.p7s", "application/pkcs7-signature")
    try:
        content = actions.given_out(issued, format_)
    except pdf.NotRendered as error:
        return page("error.html", status=503, code=503, title=_("The PDF could not be drawn"), text=_(str(error)), reasons=[])
    return attachment(content, name, tables.TYPES[format_])


@bp.route("/check", methods=["GET", "POST"], defaults={"number": ""})
@bp.route("/check/<number>", methods=["GET", "POST"])
@limiter.limit("60 per minute")
def check(number: str) -> ResponseReturnValue:
    """Say to anybody whether a paper is genuine, and nothing of what is in it."""
    form = CheckForm()
    asked = number[:20].strip().upper()
    checked = None
    if form.sent():
        if form.file.data:
            checked = checking.of_file(form.file.data.read())
        else:
            return redirect(url_for("reports.check", number=form.number.data or None), 303)
    elif asked:
        checked = checking.of_number(asked)
    issued = checked.issued if checked is not None else None
    zone = queries.park_of_id(issued.park_id).zone if issued is not None else None
    if zone is not None:
        g.zone = zone
    key = signing.signer(current_app.config["PARKMGR"])
    return page(
        "reports/check.html",
        form=form,
        status=200,
        checked=checked,
        by_file=bool(form.file.data),
        issued=issued,
        whose=checking.said,
        fingerprint=key.fingerprint if key is not None else "",
        said=in_words(kinds.KINDS[issued.kind], issued.parameters) if issued is not None else "",
        size=queries.file_sizes([issued.id]).get(issued.id) if issued is not None else None,
        later=queries.later(issued) if issued is not None else None,
    )


@bp.get("/papers/certificate.pem")
def certificate() -> ResponseReturnValue:
    """Give the park's certificate to anybody."""
    key = signing.signer(current_app.config["PARKMGR"])
    if key is None:
        raise Missing
    return attachment(key.pem, "certificate.pem", "application/x-pem-file")


@bp.get("/papers/verifier.py")
def verifier_file() -> ResponseReturnValue:
    """Give anybody the program that checks a paper without the park."""
    return attachment(Path(verifier.__file__).read_bytes(), "verifier.py", "text/x-python; charset=utf-8")
