"""The pages on which funds are read: all of them, one, a partner's account, flows, companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from parkmgr.errors import Missing
from parkmgr.funds import figures, queries, rules
from parkmgr.funds.forms import AsAt, FlowFilter
from parkmgr.funds.models import Flow, Fund, FundNotice
from parkmgr.funds.rules import Facts, Metrics
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.values import Money
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet

bp = Blueprint("funds", __name__)


@dataclass(frozen=True, slots=True)
class At:
    """As at the end of which day, as known at which instant (None: now), and what the address says of both."""

    on: date
    known: datetime | None
    args: Mapping[str, str]


def asked_at(park: Park, filters: AsAt) -> At:
    """Return the day and the instant that the address asks for."""
    args = {name: text for name in ("on", "known") if (text := request.args.get(name))}
    known = filters.known.data.replace(tzinfo=park.zone) if filters.known.data else None
    return At(filters.on.data or today(park), known, args)


def _own(found: Fund, facts: Facts, on: date) -> tuple[Metrics, int | None]:
    """Return the figures that the reader may see of a fund: the whole fund's, or those of her own partner, with its id."""
    own = queries.partners_of(me(), found)
    if own is None:
        return rules.metrics(facts, on), None
    parts = {partner: one for partner, one in rules.partners(facts, on).items() if partner in own}
    if not parts:
        return rules.metrics(Facts(), on), min(own)
    return figures.summed(list(parts.values())), next(iter(parts))


# Funds


@bp.get("/parks/<park>/funds")
def funds(park: str) -> ResponseReturnValue:
    """List the funds of a park by vintage with their figures; a partner sees those of her own account."""
    found = here(park)
    filters = AsAt.asked()
    at = asked_at(found, filters)
    listed = queries.funds(found.id, me())
    facts = queries.facts([one.id for one in listed], at.known)
    partners = {}
    rows = []
    for one in listed:
        metrics, partner = _own(one, facts[one.id], at.on)
        partners[partner] = partner
        rows.append((one, metrics, partner))
    named = queries.organisations([partner for partner in partners if partner is not None])
    format_ = request.args.get("format")
    if format_ is not None:
        return _sheet(found, rows, at, format_)
    return page(
        "funds/funds.html",
        park=found,
        rows=[(one, metrics, named[partner] if partner is not None else None) for one, metrics, partner in rows],
        filters=filters,
        at=at,
        figures=figures,
        money=Money,
    )


def _sheet(park: Park, rows: list[Any], at: At, format_: str) -> ResponseReturnValue:
    """Return the list of funds as a sheet; multiples and rates are numbers in it, unrounded but for ten places."""
    if format_ not in FORMATS:
        abort(404)
    head = [_("Code"), _("Fund"), _("Fund manager"), _("Vintage"), _("Currency"), _("Committed"), _("Called"), _("Uncalled"), _("Paid in")]
    head += [_("Distributed"), _("Net asset value"), "PIC", "DPI", "RVPI", "TVPI", "MOIC", _("Net IRR"), _("Gross IRR")]
    cells = (
        [
            one.code,
            one.names,
            one.manager.names,
            one.vintage,
            one.currency,
            *(Money(minor, one.currency) for minor in (found.committed, found.called, found.uncalled, found.paid_in, found.distributed)),
            Money(found.nav, one.currency),
            *(_decimal(value) for value in (found.pic, found.dpi, found.rvpi, found.tvpi, found.moic)),
            _places(found.net.value),
            _places(found.gross.value if found.gross else None),
        ]
        for one, found, _partner in rows
    )
    return sheet(format_, f"{park.code}-funds-{at.on.isoformat()}", head, cells)


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else _places(Decimal(value.numerator) / Decimal(value.denominator))


def _places(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal(1).scaleb(-10), ROUND_HALF_EVEN)


@bp.get("/parks/<park>/funds/<fund>")
def fund(park: str, fund: str) -> ResponseReturnValue:
    """Show a fund: figures, flows by year, partners, companies."""
    found = here(park)
    shown = queries.fund(fund, me(), park=found.code)
    filters = AsAt.asked()
    at = asked_at(found, filters)
    facts = queries.facts([shown.id], at.known)[shown.id]
    metrics, partners = rules.metrics(facts, at.on), rules.partners(facts, at.on)
    holdings = rules.holdings(facts, at.on)
    named = queries.organisations({*partners, *(one.company for one in holdings)})
    owned = queries.ownership(found.id, at.on, at.known, [one.company for one in holdings])
    return page(
        "funds/fund.html",
        park=found,
        shown=shown,
        filters=filters,
        at=at,
        metrics=metrics,
        listed=figures.figures(metrics, shown.currency),
        picture=figures.picture(facts, at.on, shown.currency),
        account=rules.account(facts, shown.starts_on, at.on),
        this_year=rules.account(facts, date(at.on.year, 1, 1), at.on),
        partners=[(named[partner], one) for partner, one in partners.items()],
        holdings=[(named[one.company], one, _part(owned, one.company, shown.id)) for one in holdings],
        notices=queries.latest_notices(shown.id, at.known),
        figures=figures,
        money=Money,
    )


def _part(owned: Mapping[int, rules.Ownership], company: int, fund_id: int) -> Fraction | None:
    return owned[company].by_fund.get(fund_id, Fraction(0)) if company in owned else None


def _related(owned: Mapping[int, rules.Ownership], company: int, fund_: Fund) -> bool:
    return company in owned and owned[company].is_related(fund_.related_permille)


@bp.get("/parks/<park>/funds/<fund>/accounts/<organisation>")
def account(park: str, fund: str, organisation: str) -> ResponseReturnValue:
    """Show a partner's account with a fund."""
    found = here(park)
    shown = queries.fund(fund, me(), "funds.account", park=found.code)
    filters = AsAt.asked()
    at = asked_at(found, filters)
    facts = queries.facts([shown.id], at.known)[shown.id]
    partner = _partner(shown, facts, organisation)
    own = rules.of_partner(facts, partner.id)
    metrics = rules.partners(facts, at.on).get(partner.id) or rules.metrics(Facts(), at.on)
    return page(
        "funds/account.html",
        park=found,
        shown=shown,
        partner=partner,
        filters=filters,
        at=at,
        listed=figures.figures(metrics, shown.currency),
        picture=figures.picture(own, at.on, shown.currency),
        account=rules.account_of(facts, partner.id, shown.starts_on, at.on),
        this_year=rules.account_of(facts, partner.id, date(at.on.year, 1, 1), at.on),
        moves=[one for one in own.movements if one.on <= at.on],
        promises=[one for one in own.promises if one.on <= at.on],
        told=queries.told_to(shown.id, partner.id, at.known),
        money=Money,
    )


def _partner(shown: Fund, facts: Facts, code: str) -> Organisation:
    """Return the partner whose account it is.

    Raises:
        Missing: it is none of the fund's, or another's than the reader's.
    """
    own = queries.partners_of(me(), shown)
    everybody = {one.partner for one in facts.promises} | {one.partner for one in facts.movements if one.partner is not None}
    found = [one for one in queries.organisations(everybody).values() if one.code == code and (own is None or one.id in own)]
    if not found:
        raise Missing
    return found[0]


# Flows


def _columns(park: Park, shown: Fund) -> list[Column]:
    def to_company(row: Any) -> str | None:
        return url_for("funds.company", park=park.code, organisation=row[2].code) if row[2] is not None else None

    def to_notice(row: Any) -> str | None:
        return url_for("funds.notice", park=park.code, notice=row.number) if row.number else None

    return [
        Column("on", _l("Day"), lambda row: row.Flow.on, Flow.on),
        Column("kind", _l("Kind"), lambda row: row.Flow.kind, Flow.kind, family="flow_kind"),
        Column("partner", _l("Partner"), lambda row: row[1].names if row[1] is not None else None, queries.PARTNER.code),
        Column("company", _l("Company"), lambda row: row[2].names if row[2] is not None else None, queries.COMPANY.code, href=to_company),
        Column("purpose", _l("Purpose"), lambda row: row.Flow.purpose, Flow.purpose, family="flow_purpose", wide_only=True),
        Column("amount", _l("Amount"), lambda row: Money(row.Flow.minor, shown.currency), Flow.minor, figures=True),
        Column("notice", _l("By notice"), lambda row: row.number, FundNotice.number, href=to_notice),
        Column("note", _l("Note"), lambda row: row.Flow.note, wide_only=True),
        Column("recorded_at", _l("Recorded"), lambda row: row.Flow.recorded_at, Flow.recorded_at, wide_only=True),
        Column("withdrawn_at", _l("Withdrawn"), lambda row: row.Flow.withdrawn_at, Flow.withdrawn_at, wide_only=True),
    ]


@bp.get("/parks/<park>/funds/<fund>/flows")
def flows(park: str, fund: str) -> ResponseReturnValue:
    """List a fund's flows: the rows behind its figures."""
    found = here(park)
    shown = queries.fund(fund, me(), "funds.flows", park=found.code)
    filters = FlowFilter.asked()
    at = asked_at(found, filters)
    wanted = queries.Wanted(
        filters.kind.data or "",
        filters.partner.data or "",
        filters.company.data or "",
        filters.year.data,
        filters.on.data,
        at.known,
        bool(filters.withdrawn.data),
    )
    return answer(
        "funds/flows.html",
        queries.flows(shown.id, wanted),
        _columns(found, shown),
        sort="-on",
        name=f"{shown.code}-flows-{today(found).isoformat()}",
        tie=Flow.id,
        park=found,
        shown=shown,
        filters=filters,
    )


# Companies


@bp.get("/parks/<park>/companies")
def companies(park: str) -> ResponseReturnValue:
    """List the companies of the park's funds, with what they cost and are worth to each."""
    found = here(park)
    filters = AsAt.asked()
    at = asked_at(found, filters)
    listed = queries.funds(found.id, me(), "funds.companies")
    facts = queries.facts([one.id for one in listed], at.known)
    owned = queries.ownership(found.id, at.on, at.known)
    held = [(one, holding) for one in listed for holding in rules.holdings(facts[one.id], at.on)]
    named = queries.organisations({holding.company for _one, holding in held})
    tenants = queries.tenants_on(found, at.on, named)
    rows = sorted(((named[holding.company], one, holding) for one, holding in held), key=lambda row: (row[0].code, row[1].code))
    format_ = request.args.get("format")
    if format_ is not None:
        if format_ not in FORMATS:
            abort(404)
        head = [_("Code"), _("Company"), _("Fund"), _("First paid"), _("Invested"), _("Proceeds"), _("Fair value"), _("Currency"), "MOIC"]
        head += ["IRR", _("Of the company, per cent"), _("Tenant"), _("Related party")]
        cells = (
            [
                company.code,
                company.names,
                one.code,
                holding.first_on,
                *(Money(minor, one.currency) for minor in (holding.invested, holding.proceeds, holding.fair_value)),
                one.currency,
                _decimal(holding.moic),
                _places(holding.rate.value),
                _decimal((_part(owned, company.id, one.id) or Fraction(0)) * 100) if company.id in owned else None,
                _("yes") if company.id in tenants else _("no"),
                _("yes") if _related(owned, company.id, one) else _("no"),
            ]
            for company, one, holding in rows
        )
        return sheet(format_, f"{found.code}-companies-{at.on.isoformat()}", head, cells)
    return page(
        "funds/companies.html",
        park=found,
        rows=[
            (company, one, holding, _part(owned, company.id, one.id), _related(owned, company.id, one)) for company, one, holding in rows
        ],
        tenants=tenants,
        filters=filters,
        at=at,
        figures=figures,
        money=Money,
    )


@bp.get("/parks/<park>/companies/<organisation>")
def company(park: str, organisation: str) -> ResponseReturnValue:
    """Show a company: its rounds, who owns it after each, and what it cost and is worth to each fund."""
    found = here(park)
    shown = queries.company(organisation, found.id)
    filters = AsAt.asked()
    at = asked_at(found, filters)
    listed = queries.funds(found.id, me(), "funds.company")
    facts = queries.facts([one.id for one in listed], at.known)
    held = [(one, rules.holdings(facts[one.id], at.on)) for one in listed]
    holdings = [(one, holding) for one, of_it in held for holding in of_it if holding.company == shown.id]
    if not holdings and not me().sees_all(found.id):
        raise Missing
    of_it = queries.ownership(found.id, at.on, at.known, [shown.id])
    rounds = [one for one in queries.rounds(found.id, [shown.id], at.known).get(shown.id, []) if one.on <= at.on]
    funds_of = {one.id: one for one in queries.all_funds(found.id)}
    named = queries.organisations({held.organisation for one in rounds for held in one.held if held.organisation is not None})
    return page(
        "funds/company.html",
        park=found,
        shown=shown,
        filters=filters,
        at=at,
        holdings=holdings,
        rounds=[(one, rules.ownership(rounds[: place + 1], one.on)) for place, one in enumerate(rounds)],
        owned=of_it.get(shown.id),
        funds=funds_of,
        named=named,
        valuations=[one for one in queries.valuations([one.id for one, _holding in holdings], shown.id, at.known) if one.on <= at.on],
        is_related=any(_related(of_it, shown.id, one) for one, _holding in holdings),
        is_tenant=shown.id in queries.tenants_on(found, at.on, [shown.id]),
        kept=[one for one, holding in holdings if not holding.is_over and me().may("funds.value", found.id)],
        figures=figures,
        money=Money,
    )
