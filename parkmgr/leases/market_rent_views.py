"""The pages of market rents: what lettable spaces would let for, and who found it."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, SelectField

from parkmgr import clock
from parkmgr.leases import market_rent_actions as actions
from parkmgr.leases import market_rent_queries as queries
from parkmgr.leases.models import MarketRent
from parkmgr.leases.views import bp
from parkmgr.places.forms import currency_choices
from parkmgr.places.models import Building, Particulars, Space
from parkmgr.places.views import given, here, sent, today
from parkmgr.values import Money
from parkmgr.web.door import me
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, Needed, NumberField
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import choices


class MarketFilter(FilterForm):
    """Which spaces are listed."""

    on = DayField(_l("As at"))
    building = LineField(_l("Building (code)"), longest=40)
    kind = SelectField(_l("Kind"), choices=lambda: choices("space_kind", blank=_("any")), default="")
    unknown = BooleanField(_l("Without a market rent only"))


class MarketForm(Form):
    """What spaces would let for."""

    building = LineField(_l("Building (code; empty: all)"), longest=40)
    kind = SelectField(_l("Kind"), choices=lambda: choices("space_kind", blank=_("any")), default="")
    space = LineField(_l("Space (code; empty: all of the building and kind)"), longest=60)
    amount = NumberField(_l("A month, per square metre"), [Needed()])
    currency = SelectField(_l("Currency"), choices=currency_choices, default="CNY")
    from_on = DayField(_l("From"), [Needed()])
    source = LineField(_l("Who found it, and how"))


@bp.get("/parks/<park>/market-rents")
def market_rents(park: str) -> ResponseReturnValue:
    """List lettable spaces with their market rents."""
    found = here(park)
    filters = MarketFilter.asked()
    on = filters.on.data or today(found)

    def to_space(row: Any) -> str:
        return url_for("occupancy.space", park=found.code, code=row.code)

    columns = [
        Column("code", _l("Code"), lambda row: row.code, Space.code, href=to_space),
        Column("building", _l("Building"), lambda row: row.building, Building.code),
        Column("kind", _l("Kind"), lambda row: row.kind, Particulars.kind, family="space_kind"),
        Column("area", _l("Area"), lambda row: row.area, Particulars.area, figures=True),
        Column(
            "rent",
            _l("A month, per square metre"),
            lambda row: Money(row.minor, row.currency) if row.minor is not None else None,
            MarketRent.minor,
            figures=True,
        ),
        Column("from_on", _l("From"), lambda row: row.from_on, MarketRent.from_on),
        Column("source", _l("Found by"), lambda row: row.source, MarketRent.source, wide_only=True),
    ]
    return answer(
        "leases/market_rents.html",
        queries.spaces(found.id, on, queries.Wanted(filters.building.data or "", filters.kind.data or "", bool(filters.unknown.data))),
        columns,
        sort="code",
        name=f"{found.code}-market-rents-{on.isoformat()}",
        tie=Space.id,
        park=found,
        filters=filters,
    )


@bp.route("/parks/<park>/market-rents/set", methods=["GET", "POST"])
def set_market_rents(park: str) -> ResponseReturnValue:
    """Say what spaces would let for from a day on."""
    found = here(park)
    form = MarketForm(data={"from_on": today(found), "currency": found.currency, "space": request.args.get("space", "")})

    def deed() -> str:
        row = here(park)
        from_on = given(form.from_on.data)
        money = Money.of(given(form.amount.data), form.currency.data)
        listed = queries.lettable(row.id, from_on, building=form.building.data or "", kind=form.kind.data or "", code=form.space.data or "")
        rents = dict.fromkeys(listed, money)
        made = actions.set_market_rents(row, rents, from_on, form.source.data or "", today=today(row), actor=me(), now=clock.now())
        flash(ngettext("%(num)s market rent is kept.", "%(num)s market rents are kept.", made))
        return url_for("leases.market_rents", park=park)

    return sent(form, deed) or page("leases/set_market_rents.html", park=here(park), form=form)
