"""The pages that show together what the slices know apart: an organisation's story, related parties, the universities' matrix."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from parkmgr import clock
from parkmgr.cooperation import agreement_queries, delegation_queries, health, project_queries
from parkmgr.cooperation.access import reads_all
from parkmgr.cooperation.health_rules import Use
from parkmgr.cooperation.models import Agreement, Delegation, Event, Project
from parkmgr.errors import Missing
from parkmgr.funds import figures
from parkmgr.funds import queries as funds
from parkmgr.funds import rules as fund_rules
from parkmgr.leases import queries as leases
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Membership, Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, here, named, today
from parkmgr.relations import queries
from parkmgr.reports import queries as reports
from parkmgr.reports.occupancy import passing_rents
from parkmgr.reports.related_queries import related_parties
from parkmgr.values import FOREVER, Money, percent
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.forms import DayField, FilterForm
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet
from parkmgr.web.words import choices

bp = Blueprint("relations", __name__)


class AsAt(FilterForm):
    """As at which day."""

    on = DayField(_l("As at"))


class MatrixFilter(AsAt):
    """Which universities."""

    country = SelectField(_l("Country"), choices=lambda: [("", _("any")), ("CN", "CN"), ("RU", "RU")], default="", validate_choice=False)
    membership = SelectField(_l("Belongs as"), choices=lambda: choices("membership", blank=_("any")), default="")


def percents(part: Fraction) -> Decimal:
    """Return a part as a number of per cent, to two places."""
    return percent(part, 1) or Decimal(0)


# An organisation


@bp.get("/parks/<park>/organisations/<organisation>/story")
def story(park: str, organisation: str) -> ResponseReturnValue:
    """Show all that an organisation has and does in the park."""
    found = here(park)
    shown = organisations.organisation(organisation)
    actor = me()
    if not reads_all(actor, found.id) and shown.id not in actor.organisations(found.id):
        raise Missing
    filters = AsAt.asked()
    on = filters.on.data or today(found)
    held = queries.held(found, shown.id, on)
    agreements = queries.first_rows(
        agreement_queries.agreements(found.id, actor, on, agreement_queries.Wanted(party=shown.code)), Agreement.number.desc()
    )
    delegations = queries.first_rows(
        delegation_queries.delegations(found.id, actor, delegation_queries.Wanted(organisation=shown.code)), Delegation.arrives_on.desc()
    )
    wanted = project_queries.Wanted(organisation=shown.code)
    return page(
        "relations/story.html",
        park=found,
        shown=shown,
        filters=filters,
        on=on,
        forever=FOREVER,
        memberships=organisations.memberships(shown.id),
        last=date.max,
        held=held,
        rents=_rents(found, shown, on, {one.building for one in held}),
        deposits=_deposits(found, shown, on),
        bookings=queries.bookings_to_come(found.id, shown.id, clock.now()),
        use=health.uses(found, on, [shown.id]).get(shown.id, Use()),
        statements=queries.statements(found.id, shown.id),
        agreements=agreements,
        delegations=delegations,
        projects=queries.first_rows(project_queries.projects(found.id, actor, wanted), Project.starts_on.desc()),
        events=queries.first_rows(project_queries.events(found.id, actor, wanted, None, None), Event.starts_at.desc()),
        invested=_invested(found, shown, on),
        promised=_promised(found, shown, on),
        owned=funds.ownership(found.id, on, None, [shown.id]).get(shown.id) if actor.may("funds.companies", found.id) else None,
        figures=figures,
        money=Money,
    )


def _rents(park: Park, shown: Organisation, on: date, buildings: Iterable[str]) -> list[Money]:
    """Return what the organisation pays a month for what it has, by currency; what is not known is left out."""
    ids = reports.building_ids(park.id, list(buildings))
    if not ids:
        return []
    facts = reports.occupancy(park, on, building_ids=list(ids.values()), named=False)
    rents = passing_rents(facts)
    sums: dict[str, int] = {}
    for fact in facts:
        minor = rents.get(fact.space_id)
        if fact.holder_id == shown.id and fact.begun and fact.currency and minor is not None:
            sums[fact.currency] = sums.get(fact.currency, 0) + minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _deposits(park: Park, shown: Organisation, on: date) -> list[tuple[str, Money, Money]]:
    """Return the leases whose deposit was not received whole: number, agreed, held."""
    if not me().may("leases.critical_dates", park.id):
        return []
    return [
        (one.watched.number, one.watched.deposit_due, one.watched.deposit_held)
        for one in leases.watched(park.id, me(), on)
        if one.tenant_code == shown.code
        and one.watched.deposit_due is not None
        and one.watched.deposit_held is not None
        and one.watched.deposit_due.minor > one.watched.deposit_held.minor
    ]


def _invested(park: Park, shown: Organisation, on: date) -> list[tuple[Any, fund_rules.Holding]]:
    """Return what the funds whose figures the reader may see have in the organisation."""
    if not me().may("funds.companies", park.id):
        return []
    listed = funds.funds(park.id, me(), "funds.companies")
    facts = funds.facts([one.id for one in listed])
    return [(one, holding) for one in listed for holding in fund_rules.holdings(facts[one.id], on) if holding.company == shown.id]


def _promised(park: Park, shown: Organisation, on: date) -> list[tuple[Any, fund_rules.Metrics]]:
    """Return the accounts that the organisation has with funds, as far as the reader may see them."""
    if not me().may("funds.funds", park.id):
        return []
    listed = funds.funds(park.id, me(), "funds.account")
    facts = funds.facts([one.id for one in listed])
    found = [(one, fund_rules.partners(facts[one.id], on).get(shown.id)) for one in listed]
    return [(one, metrics) for one, metrics in found if metrics is not None]


# Related parties


@bp.get("/parks/<park>/related-parties")
def related(park: str) -> ResponseReturnValue:
    """Show the companies that the park's own funds own above a threshold, with what they let and owe."""
    found = here(park)
    filters = AsAt.asked()
    on = filters.on.data or today(found)
    kept = [one.id for one in funds.funds(found.id, me(), "relations.related")]
    parties = related_parties(found, on, only=kept)
    format_ = request.args.get("format")
    if format_ is not None:
        if format_ not in FORMATS:
            abort(404)
        head = [_("Code"), _("Company"), _("Of the company, per cent"), _("Funds"), _("Space"), _("Lease"), _("Area"), _("Currency")]
        head += [_("Passing rent per m²"), _("Market rent per m²"), _("Below market, per cent"), _("Rent-free")]
        head += [_("Deposits not received"), _("Lab statements not closed")]
        cells = (
            [
                party.company.code,
                party.company.names,
                percents(party.company.part),
                ", ".join(party.company.funds),
                let.space if let else None,
                let.document if let else None,
                let.area if let else None,
                let.passing.currency if let and let.passing else None,
                let.passing if let else None,
                let.market if let else None,
                percents(let.below) if let and let.below is not None else None,
                (_("yes") if let.is_free else _("no")) if let else None,
                ", ".join(formats.money(money) for money in party.arrears.deposits),
                ", ".join(formats.money(money) for money in party.arrears.statements),
            ]
            for party in parties
            for let in (party.lets or (None,))
        )
        return sheet(format_, f"{found.code}-related-parties-{on.isoformat()}", head, cells)
    return page("relations/related.html", park=found, parties=parties, filters=filters, on=on, percents=percents)


# Universities


@bp.get("/parks/<park>/universities")
def matrix(park: str) -> ResponseReturnValue:
    """Show members and observers of the association, and what each of them does in the park."""
    found = here(park)
    filters = MatrixFilter.asked()
    on = filters.on.data or today(found)
    statement, counts = queries.matrix(found, on, queries.Wanted(filters.country.data or "", filters.membership.data or ""))

    def to_story(row: Any) -> str:
        return url_for("relations.story", park=found.code, organisation=row.code)

    def to(endpoint: str, name: str) -> Any:
        return lambda row: f"{url_for(endpoint, park=found.code)}?{name}={quote(row.code)}" if me().may(endpoint, found.id) else None

    leads = {
        "offices": to("leases.leases", "tenant"),
        "agreements": to("cooperation.agreements", "party"),
        "delegations": to("cooperation.delegations", "organisation"),
        "projects": to("cooperation.projects", "organisation"),
        "events": to("cooperation.events", "organisation"),
    }
    labels = {
        "offices": _l("Offices"),
        "agreements": _l("Agreements in force"),
        "delegations": _l("Visits in 12 months"),
        "projects": _l("Projects running"),
        "events": _l("Events in 12 months"),
        "rooms": _l("Rooms booked this year"),
        "labs": _l("Lab sessions this year"),
        "housed": _l("People housed"),
    }

    def value(name: str) -> Any:
        return lambda row: getattr(row, name)

    columns = [
        Column("name", _l("University"), named, by_name(Organisation), href=to_story),
        Column("country", _l("Country"), lambda row: row.country, Organisation.country),
        Column("membership", _l("Belongs as"), lambda row: row.membership, Membership.status, family="membership"),
        Column("since", _l("Since"), lambda row: row.since, Membership.starts_on, wide_only=True),
        *(Column(name, labels[name], value(name), counts[name], href=leads.get(name), figures=True) for name in counts),
    ]
    return answer(
        "relations/matrix.html",
        statement,
        columns,
        sort="-agreements",
        name=f"{found.code}-universities-{on.isoformat()}",
        tie=Organisation.id,
        park=found,
        filters=filters,
        on=on,
        belonging=queries.belonging(on),
        kinds=list(counts),
    )
