"""What is done with a fund: it is added and changed, partners commit, money moves by itself."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.accounts import queries as accounts
from parkmgr.errors import N_, Objection, Refused
from parkmgr.funds import actions, queries
from parkmgr.funds.forms import CommitForm, FlowForm, FundForm, ReasonForm
from parkmgr.funds.models import Fund
from parkmgr.funds.rules import FlowKind
from parkmgr.funds.views import bp
from parkmgr.organisations.models import Organisation
from parkmgr.places.views import given, here, sent, today
from parkmgr.values import Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.page import page

NO_ORGANISATION = Objection("funds.no_organisation", N_("There is no organisation of the code %(code)s."))


def organisation_of(code: str | None, field: str) -> Organisation:
    """Return the organisation of a code that was typed into a field.

    Raises:
        Refused: there is none.
    """
    found = accounts.organisation_by_code((code or "").strip())
    if found is None:
        raise Refused([NO_ORGANISATION.about(code=code or "").at(field)])
    return found


def of_fund(park: str, fund: str) -> Fund:
    """Return the fund that the page is about, if the reader may do this with it.

    Raises:
        Missing: there is none, or it is not the reader's.
    """
    return queries.fund(fund, me(), str(request.endpoint), park=park)


def to_fund(park: str, fund: str) -> str:
    """Return the address of a fund."""
    return url_for("funds.fund", park=park, fund=fund)


@bp.route("/parks/<park>/funds/new", methods=["GET", "POST"])
def add_fund(park: str) -> ResponseReturnValue:
    """Add a fund."""
    found = here(park)
    on = today(found)
    form = FundForm(data={"currency": found.currency, "vintage": on.year, "starts_on": on, "notice_days": 10, "related": 20})

    def deed() -> str:
        row = here(park)
        manager, general = organisation_of(form.manager.data, "manager"), organisation_of(form.general_partner.data, "general_partner")
        made = actions.add_fund(row, form.asked(), manager, general, actor=me(), now=clock.now())
        flash(_("%(code)s is a fund of the park.", code=made.code))
        return to_fund(park, made.code)

    return sent(form, deed) or page("funds/add_fund.html", park=found, form=form)


@bp.route("/parks/<park>/funds/<fund>/change", methods=["GET", "POST"])
def change_fund(park: str, fund: str) -> ResponseReturnValue:
    """Change a fund."""
    found = here(park)
    shown = of_fund(park, fund)
    form = FundForm(data=FundForm.of(shown))

    def deed() -> str:
        row = of_fund(park, fund)
        manager, general = organisation_of(form.manager.data, "manager"), organisation_of(form.general_partner.data, "general_partner")
        actions.change_fund(row, form.asked(), manager, general, version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return to_fund(park, fund)

    if request.method == "POST":
        form.code.data = shown.code
    return sent(form, deed) or page("funds/change_fund.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/funds/<fund>/commitments/new", methods=["GET", "POST"])
def commit(park: str, fund: str) -> ResponseReturnValue:
    """Record what a partner promises."""
    found = here(park)
    shown = of_fund(park, fund)
    form = CommitForm(data={"on": today(found)})
    form.currency_of = shown.currency

    def deed() -> str:
        row, partner = of_fund(park, fund), organisation_of(form.partner.data, "partner")
        money = Money.of(given(form.amount.data), row.currency)
        actions.commit(row, partner, money, given(form.on.data), note=form.note.data or "", actor=me(), now=clock.now())
        flash(_("%(partner)s has committed %(money)s.", partner=formats.names(partner.names), money=formats.money(money)))
        return to_fund(park, fund)

    promises = queries.commitments(shown.id)
    return sent(form, deed) or page("funds/commit.html", park=found, shown=shown, form=form, promises=promises, money=Money)


@bp.route("/parks/<park>/funds/<fund>/commitments/<int:commitment_id>/withdraw", methods=["GET", "POST"])
def withdraw_commitment(park: str, fund: str, commitment_id: int) -> ResponseReturnValue:
    """Withdraw a commitment that was recorded by mistake."""
    found = here(park)
    shown = of_fund(park, fund)
    promise = queries.commitment(shown.id, commitment_id)
    form = ReasonForm()

    def deed() -> str:
        row = of_fund(park, fund)
        own = queries.commitment(row.id, commitment_id)
        actions.withdraw_commitment(row, own, reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("Withdrawn; what was recorded stays readable as known before."))
        return to_fund(park, fund)

    what = f"{formats.day(promise.on)}, {formats.money(Money(promise.minor, shown.currency))}"
    return sent(form, deed) or page("funds/withdraw_commitment.html", park=found, shown=shown, form=form, what=what)


@bp.route("/parks/<park>/funds/<fund>/flows/new", methods=["GET", "POST"])
def record_flow(park: str, fund: str) -> ResponseReturnValue:
    """Record a fee, an expense, carried interest, interest, or what a company paid."""
    found = here(park)
    shown = of_fund(park, fund)
    form = FlowForm(data={"on": today(found)})
    form.currency_of = shown.currency

    def deed() -> str:
        row = of_fund(park, fund)
        code = (form.company.data or "").strip()
        actions.record_flow(
            row,
            FlowKind(form.kind.data),
            Money.of(given(form.amount.data), row.currency),
            given(form.on.data),
            company=organisation_of(code, "company") if code else None,
            purpose=form.purpose.data or "",
            note=form.note.data or "",
            actor=me(),
            now=clock.now(),
        )
        flash(_("Recorded."))
        return url_for("funds.flows", park=park, fund=fund)

    return sent(form, deed) or page("funds/record_flow.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/funds/<fund>/flows/<int:flow_id>/withdraw", methods=["GET", "POST"])
def withdraw_flow(park: str, fund: str, flow_id: int) -> ResponseReturnValue:
    """Withdraw a flow that was recorded by mistake."""
    found = here(park)
    shown = of_fund(park, fund)
    flow = queries.flow(shown.id, flow_id)
    form = ReasonForm()

    def deed() -> str:
        row = of_fund(park, fund)
        actions.withdraw_flow(row, queries.flow(row.id, flow_id), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("Withdrawn; what was recorded stays readable as known before."))
        return url_for("funds.flows", park=park, fund=fund)

    what: list[Any] = [formats.day(flow.on), formats.money(Money(flow.minor, shown.currency))]
    return sent(form, deed) or page("funds/withdraw_flow.html", park=found, shown=shown, form=form, what=", ".join(what), kind=flow.kind)
