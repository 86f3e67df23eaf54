"""Calls and distributions: what each partner pays or gets is seen before it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.calendars.working_days import calendar
from parkmgr.errors import Refused
from parkmgr.funds import actions, deed_rules, queries
from parkmgr.funds.deed_views import of_fund, organisation_of, to_fund
from parkmgr.funds.forms import CallForm, DistributeForm, NoticeFilter, NoticeForm, ReasonForm, ReceiveForm
from parkmgr.funds.models import Fund, FundNotice
from parkmgr.funds.rules import NoticeKind, Purpose
from parkmgr.funds.views import bp
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent, today
from parkmgr.values import Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page


def _of_notice(park: str, notice: str, deed: str) -> FundNotice:
    return queries.notice(notice, me(), deed, park=park)


def _notice_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("funds.notice", park=park.code, notice=row.FundNotice.number)

    def state(row: Any) -> str:
        if row.FundNotice.withdrawn_at is not None:
            return "cancelled"
        return "settled" if row.moved >= row.total else "open"

    return [
        Column("number", _l("Number"), lambda row: row.FundNotice.number, FundNotice.number, href=to),
        Column("fund", _l("Fund"), lambda row: row.Fund.code, Fund.code),
        Column("kind", _l("Kind"), lambda row: row.FundNotice.kind, FundNotice.kind, family="fund_notice"),
        Column("notified_on", _l("Told on"), lambda row: row.FundNotice.notified_on, FundNotice.notified_on),
        Column("due_on", _l("Due on"), lambda row: row.FundNotice.due_on, FundNotice.due_on),
        Column("total", _l("Amount"), lambda row: Money(row.total, row.Fund.currency), figures=True),
        Column("moved", _l("Paid"), lambda row: Money(row.moved, row.Fund.currency), figures=True),
        Column("state", _l("State"), state, family="notice_of_fund"),
    ]


@bp.get("/parks/<park>/fund-notices")
def notices(park: str) -> ResponseReturnValue:
    """List the calls and distributions of the park's funds."""
    found = here(park)
    filters = NoticeFilter.asked()
    wanted = queries.notices(found.id, me())
    if filters.kind.data:
        wanted = wanted.where(FundNotice.kind == filters.kind.data)
    if filters.fund.data:
        wanted = wanted.where(Fund.code == filters.fund.data)
    return answer(
        "funds/notices.html",
        wanted,
        _notice_columns(found),
        sort="-notified_on",
        name=f"{found.code}-fund-notices-{today(found).isoformat()}",
        tie=FundNotice.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/fund-notices/<notice>")
def notice(park: str, notice: str) -> ResponseReturnValue:
    """Show a notice with each partner's part; a partner sees her own."""
    found = here(park)
    shown = _of_notice(park, notice, "funds.notice")
    own = queries.partners_of(me(), shown.fund)
    parts = {partner: part for partner, part in queries.parts(shown.id).items() if own is None or partner in own}
    named = queries.organisations(parts)
    return page(
        "funds/notice.html",
        park=found,
        shown=shown,
        parts=[(named[partner], part) for partner, part in parts.items()],
        purposes=[(purpose.value, back) for purpose in Purpose for back in (False, True) if _has(parts, purpose, back)],
        flows=[(named[flow.organisation_id], flow) for flow in queries.flows_of_notice(shown.id) if flow.organisation_id in named],
        keeps=own is None,
        money=Money,
    )


def _has(parts: Any, purpose: Purpose, back: bool) -> bool:
    return any((one, may) == (purpose.value, back) for part in parts.values() for one, _minor, may in part.lines)


def _asked(park: str, fund: str, form: NoticeForm, template: str, plan: Any, deed: Any) -> ResponseReturnValue:
    """Show the form; once it is well formed what each partner would pay or get; and do it when that was seen."""
    found = here(park)
    shown = of_fund(park, fund)
    form.key.data = form.key.data or form.new_key()
    planned: dict[int, Any] = {}
    if form.sent():
        try:
            planned = plan(of_fund(park, fund))
        except Refused as refused:
            form.show(refused)
    if planned and form.sure.data == "yes":
        done = sent(form, deed)
        if done is not None:
            return done
        planned = {}
    named = queries.organisations(planned)
    return page(template, park=found, shown=shown, form=form, planned=[(named[partner], parts) for partner, parts in planned.items()])


@bp.route("/parks/<park>/funds/<fund>/call", methods=["GET", "POST"])
def call(park: str, fund: str) -> ResponseReturnValue:
    """Call capital: the form, then each partner's part, then the call."""
    found = here(park)
    shown = of_fund(park, fund)
    on = today(found)
    earliest = deed_rules.earliest_due(on, shown.notice_days, calendar(found.country).is_working_day)
    form = CallForm(data={"notified_on": on, "due_on": earliest})
    form.currency_of = shown.currency

    def plan(row: Fund) -> dict[int, Any]:
        told = actions.planned_call(row, form.lines(), given(form.notified_on.data), given(form.due_on.data), now=clock.now())
        return {partner: [(purpose, money, False) for purpose, money in parts.items()] for partner, parts in told.items()}

    def deed() -> str:
        row = of_fund(park, fund)
        made = actions.call(
            row,
            form.lines(),
            given(form.notified_on.data),
            given(form.due_on.data),
            note=form.note.data or "",
            key=(form.key.data or "")[:80],
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s: partners are called.", number=made.number))
        return url_for("funds.notice", park=park, notice=made.number)

    return _asked(park, fund, form, "funds/call.html", plan, deed)


@bp.route("/parks/<park>/funds/<fund>/distribute", methods=["GET", "POST"])
def distribute(park: str, fund: str) -> ResponseReturnValue:
    """Distribute: the form, then each partner's part, then the distribution."""
    found = here(park)
    shown = of_fund(park, fund)
    on = today(found)
    form = DistributeForm(data={"notified_on": on, "due_on": on + timedelta(days=14)})
    form.currency_of = shown.currency

    def plan(row: Fund) -> dict[int, Any]:
        return actions.planned_distribution(row, form.lines(), given(form.notified_on.data), given(form.due_on.data), now=clock.now())

    def deed() -> str:
        row = of_fund(park, fund)
        made = actions.distribute(
            row,
            form.lines(),
            given(form.notified_on.data),
            given(form.due_on.data),
            note=form.note.data or "",
            key=(form.key.data or "")[:80],
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s: partners are paid on %(day)s.", number=made.number, day=formats.day(made.due_on)))
        return url_for("funds.notice", park=park, notice=made.number)

    return _asked(park, fund, form, "funds/distribute.html", plan, deed)


@bp.route("/parks/<park>/fund-notices/<notice>/receive", methods=["GET", "POST"])
def receive(park: str, notice: str) -> ResponseReturnValue:
    """Record what a partner paid, in whole or in part."""
    found = here(park)
    shown = _of_notice(park, notice, "funds.receive")
    parts = queries.parts(shown.id)
    named = queries.organisations(parts)
    owing = [(named[partner], part) for partner, part in parts.items() if part.outstanding > 0]
    form = ReceiveForm(data={"on": today(found)})
    form.currency_of = shown.fund.currency
    form.partner.choices = [
        SelectChoice(partner.code, f"{formats.names(partner.names)}: {formats.money(Money(part.outstanding, shown.fund.currency))}")
        for partner, part in owing
    ]

    def deed() -> str:
        row = _of_notice(park, notice, "funds.receive")
        partner = organisation_of(form.partner.data, "partner")
        money = Money.of(given(form.amount.data), row.fund.currency)
        actions.receive(row.fund, row, partner, money, given(form.on.data), actor=me(), now=clock.now())
        flash(_("%(money)s received.", money=formats.money(money)))
        return url_for("funds.notice", park=park, notice=notice)

    is_open = shown.kind == NoticeKind.CALL and shown.withdrawn_at is None
    return sent(form, deed) or page("funds/receive.html", park=found, shown=shown, form=form, owing=owing if is_open else [])


@bp.route("/parks/<park>/fund-notices/<notice>/cancel", methods=["GET", "POST"])
def cancel_notice(park: str, notice: str) -> ResponseReturnValue:
    """Cancel a notice."""
    found = here(park)
    shown = _of_notice(park, notice, "funds.cancel_notice")
    form = ReasonForm()

    def deed() -> str:
        row = _of_notice(park, notice, "funds.cancel_notice")
        actions.cancel_notice(row.fund, row, reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(number)s is cancelled.", number=notice))
        return to_fund(park, row.fund.code)

    return sent(form, deed) or page("funds/cancel_notice.html", park=found, shown=shown, form=form)
