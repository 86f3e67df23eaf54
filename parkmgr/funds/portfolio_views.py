"""What is done with a fund's companies: rounds, valuations, write-offs, sales."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.funds import actions, queries
from parkmgr.funds.deed_rules import Investor, RoundAsked
from parkmgr.funds.deed_views import of_fund, organisation_of
from parkmgr.funds.forms import ExitForm, ReasonForm, RoundForm, ValueForm, WriteOffForm, fund_choices
from parkmgr.funds.models import Round
from parkmgr.funds.rules import Instrument, Method
from parkmgr.funds.views import bp
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent, today
from parkmgr.values import Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.page import page

ONE_INVESTOR = Objection("funds.one_investor", N_("Each line names a fund or an organisation, one of the two."), "investors")


def _to_company(park: str, organisation: str) -> str:
    return url_for("funds.company", park=park, organisation=organisation)


def _investors(park: Park, form: RoundForm) -> tuple[Investor, ...]:
    """Return who takes part, as typed.

    Raises:
        Refused: a line names nobody, or both a fund and an organisation; there is no such organisation.
        Missing: the fund is not one that the reader keeps.
    """
    found = []
    kept = {one.code: one for one in queries.funds(park.id, me(), "funds.add_round")}
    for row in form.investors:
        fields = row.form
        code, of_fund_ = (fields.organisation.data or "").strip(), fields.fund.data or ""
        if not (code or of_fund_ or fields.amount.data or fields.shares.data):
            continue
        if bool(code) == bool(of_fund_):
            raise Refused([ONE_INVESTOR])
        money = Money.of(fields.amount.data or 0, form.currency.data)
        shares = fields.shares.data or 0
        if of_fund_:
            if of_fund_ not in kept:
                raise Missing
            found.append(Investor(of_fund_, money, shares, fund=kept[of_fund_].id))
        else:
            found.append(Investor(code, money, shares, organisation=organisation_of(code, "investors").id))
    return tuple(found)


@bp.route("/parks/<park>/companies/rounds/new", methods=["GET", "POST"])
def add_round(park: str) -> ResponseReturnValue:
    """Record a round of a company, and what the park's funds paid in it."""
    found = here(park)
    form = RoundForm(data={"on": today(found), "currency": found.currency, "company": request.args.get("company", "")})
    for row in form.investors:
        row.form.fund.choices = fund_choices(queries.funds(found.id, me(), "funds.add_round"))

    def deed() -> str:
        row = here(park)
        currency = form.currency.data
        asked = RoundAsked(
            given(form.on.data),
            form.name.data or "",
            Instrument(form.instrument.data),
            Money.of(given(form.raised.data), currency),
            None if form.post.data is None else Money.of(form.post.data, currency),
            form.shares_after.data,
            _investors(row, form),
            form.note.data or "",
        )
        company = organisation_of(form.company.data, "company")
        actions.add_round(row, company, asked, actor=me(), now=clock.now())
        flash(_("The round is recorded."))
        return _to_company(park, company.code)

    return sent(form, deed) or page("funds/add_round.html", park=found, form=form)


def _round(park: Park, organisation: str, round_id: int) -> Round:
    """Return a round of the company whose paying funds the reader keeps.

    Raises:
        Missing: there is none, or somebody else's fund paid in it.
    """
    made = queries.round_(park.id, round_id)
    if made.company.code != organisation:
        raise Missing
    kept = {one.id for one in queries.funds(park.id, me(), "funds.withdraw_round")}
    payers = {held.fund for one in queries.rounds(park.id, [made.company_id])[made.company_id] if one.id == made.id for held in one.held}
    if not me().sees_all(park.id) and not (payers - {None} and payers - {None} <= kept):
        raise Missing
    return made


@bp.route("/parks/<park>/companies/<organisation>/rounds/<int:round_id>/withdraw", methods=["GET", "POST"])
def withdraw_round(park: str, organisation: str, round_id: int) -> ResponseReturnValue:
    """Withdraw a round that was recorded by mistake."""
    found = here(park)
    made = _round(found, organisation, round_id)
    form = ReasonForm()

    def deed() -> str:
        row = here(park)
        actions.withdraw_round(row, _round(row, organisation, round_id), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("Withdrawn; what was recorded stays readable as known before."))
        return _to_company(park, organisation)

    return sent(form, deed) or page("funds/withdraw_round.html", park=found, made=made, form=form, money=Money)


def _company(park: Park, code: str) -> Organisation:
    return queries.company(code, park.id)


@bp.route("/parks/<park>/funds/<fund>/companies/<organisation>/value", methods=["GET", "POST"])
def value(park: str, fund: str, organisation: str) -> ResponseReturnValue:
    """Say what a company is worth to the fund."""
    found = here(park)
    shown, company = of_fund(park, fund), _company(found, organisation)
    form = ValueForm(data={"on": today(found)})
    form.currency_of = shown.currency

    def deed() -> str:
        row = of_fund(park, fund)
        actions.value(
            row,
            _company(here(park), organisation),
            Money.of(given(form.amount.data), row.currency),
            given(form.on.data),
            method=Method(form.method.data),
            valued_by=form.valued_by.data or "",
            note=form.note.data or "",
            actor=me(),
            now=clock.now(),
        )
        flash(_("The valuation is recorded."))
        return _to_company(park, organisation)

    return sent(form, deed) or page("funds/value.html", park=found, shown=shown, company=company, form=form)


@bp.route("/parks/<park>/funds/<fund>/valuations/<int:valuation_id>/withdraw", methods=["GET", "POST"])
def withdraw_valuation(park: str, fund: str, valuation_id: int) -> ResponseReturnValue:
    """Withdraw a valuation that was recorded by mistake."""
    found = here(park)
    shown = of_fund(park, fund)
    valuation = queries.valuation(shown.id, valuation_id)
    form = ReasonForm()
    company = queries.organisations([valuation.company_id])[valuation.company_id].code

    def deed() -> str:
        row = of_fund(park, fund)
        found_ = queries.valuation(row.id, valuation_id)
        actions.withdraw_valuation(row, found_, reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("Withdrawn; what was recorded stays readable as known before."))
        return _to_company(park, company)

    what = f"{company}, {formats.day(valuation.on)}, {formats.money(Money(valuation.minor, shown.currency))}"
    return sent(form, deed) or page("funds/withdraw_valuation.html", park=found, shown=shown, form=form, what=what)


@bp.route("/parks/<park>/funds/<fund>/companies/<organisation>/write-off", methods=["GET", "POST"])
def write_off(park: str, fund: str, organisation: str) -> ResponseReturnValue:
    """Write a company off."""
    found = here(park)
    shown, company = of_fund(park, fund), _company(found, organisation)
    form = WriteOffForm(data={"on": today(found)})

    def deed() -> str:
        row, sold = of_fund(park, fund), _company(here(park), organisation)
        actions.write_off(row, sold, given(form.on.data), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("The company is written off."))
        return _to_company(park, organisation)

    return sent(form, deed) or page("funds/write_off.html", park=found, shown=shown, company=company, form=form)


@bp.route("/parks/<park>/funds/<fund>/companies/<organisation>/exit", methods=["GET", "POST"], endpoint="exit")
def exit_(park: str, fund: str, organisation: str) -> ResponseReturnValue:
    """Record that the fund has sold its part of a company."""
    found = here(park)
    shown, company = of_fund(park, fund), _company(found, organisation)
    form = ExitForm(data={"on": today(found)})
    form.currency_of = shown.currency

    def deed() -> str:
        row, sold = of_fund(park, fund), _company(here(park), organisation)
        actions.exit_(row, sold, given(form.on.data), form.proceeds(), note=form.note.data or "", actor=me(), now=clock.now())
        flash(_("The company is sold."))
        return _to_company(park, organisation)

    context: dict[str, Any] = {"park": found, "shown": shown, "company": company, "form": form}
    return sent(form, deed) or page("funds/exit.html", **context)
