"""What came late for a day: facts of that day or before it that were recorded, or withdrawn, after an instant. One SELECT."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Select, String, and_, cast, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import InstrumentedAttribute

from parkmgr.db import Instant
from parkmgr.errors import N_
from parkmgr.funds.models import Commitment, Flow, Fund, FundNotice, Valuation
from parkmgr.housing.models import Residency, ResidencyTerms
from parkmgr.leases.models import DepositMovement, Lease, LeaseVersion, MarketRent, NoticeGiven
from parkmgr.occupancy.models import Hold
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.reports.queries import SPEAKING
from parkmgr.values import midnight

FACTS = {
    "particulars": N_("Particulars of a space"),
    "hold": N_("Who has a unit"),
    "lease": N_("Version of a lease"),
    "notice": N_("Notice to leave"),
    "deposit": N_("Deposit"),
    "market_rent": N_("Market rent"),
    "residency": N_("Terms of a residency"),
    "commitment": N_("Commitment to a fund"),
    "call": N_("Fund notice"),
    "flow": N_("Flow of a fund"),
    "valuation": N_("Valuation"),
}
"""The facts that reports add up, by what they are about."""

_NO_DAY: Any = cast(null(), Date)
_NO_INSTANT: Any = cast(null(), Instant())
_NO_TEXT: Any = cast(null(), String)
_NO_AMOUNT: Any = cast(null(), BigInteger)


def late(park: Park, on: date, after: datetime, fact: str = "") -> Select[Any]:
    """Return the SELECT of what is about *on* or earlier and was recorded or withdrawn later than *after*.

    fact: a code of FACTS; empty for all.
    Rows have: fact, document, space, from_on (of holds starts_at), minor, currency, recorded_at, withdrawn_at, tie.
    """
    begins_by: Any = midnight(on, park.zone)

    def of(
        code: str, model: Any, document: Any, day: InstrumentedAttribute[date] | Any, *, space: Any = _NO_TEXT, money: Any = None
    ) -> Select[Any]:
        minor, currency = money or (_NO_AMOUNT, _NO_TEXT)
        return (
            select(
                literal(code).label("fact"),
                document.label("document"),
                space.label("space"),
                type_coerce(day, Date).label("from_on"),
                _NO_INSTANT.label("starts_at"),
                minor.label("minor"),
                currency.label("currency"),
                type_coerce(model.recorded_at, Instant()).label("recorded_at"),
                type_coerce(model.withdrawn_at, Instant()).label("withdrawn_at"),
                model.id.label("row_id"),
            )
            .select_from(model)
            .where(or_(model.recorded_at > after, model.withdrawn_at > after), day <= on)
        )

    def of_lease(statement: Select[Any], lease_id: Any) -> Select[Any]:
        return statement.join(Lease, Lease.id == lease_id).where(Lease.park_id == park.id)

    def of_fund(statement: Select[Any], model: Any) -> Select[Any]:
        return statement.join(Fund, Fund.id == model.fund_id).where(Fund.park_id == park.id)

    held = (
        select(
            literal("hold"),
            Hold.document,
            Space.code,
            _NO_DAY,
            type_coerce(Hold.starts_at, Instant()),
            _NO_AMOUNT,
            _NO_TEXT,
            type_coerce(Hold.recorded_at, Instant()),
            type_coerce(Hold.withdrawn_at, Instant()),
            Hold.id,
        )
        .join(Space, Space.id == Hold.space_id)
        .where(
            Hold.park_id == park.id,
            Hold.kind.in_(SPEAKING),
            Hold.starts_at <= begins_by,
            or_(Hold.recorded_at > after, and_(Hold.withdrawn_at.is_not(None), Hold.withdrawn_at > after)),
        )
    )
    parts = {
        "particulars": of("particulars", Particulars, _NO_TEXT, Particulars.starts_on, space=Space.code)
        .join(Space, Space.id == Particulars.space_id)
        .where(Space.park_id == park.id),
        "hold": held,
        "lease": of_lease(of("lease", LeaseVersion, Lease.number, LeaseVersion.effective_on), LeaseVersion.lease_id),
        "notice": of_lease(of("notice", NoticeGiven, Lease.number, NoticeGiven.given_on), NoticeGiven.lease_id),
        "deposit": of_lease(
            of("deposit", DepositMovement, Lease.number, DepositMovement.on, money=(DepositMovement.minor, DepositMovement.currency)),
            DepositMovement.lease_id,
        ),
        "market_rent": of(
            "market_rent", MarketRent, _NO_TEXT, MarketRent.from_on, space=Space.code, money=(MarketRent.minor, MarketRent.currency)
        )
        .join(Space, Space.id == MarketRent.space_id)
        .where(MarketRent.park_id == park.id),
        "residency": of(
            "residency", ResidencyTerms, Residency.number, ResidencyTerms.from_on, money=(ResidencyTerms.minor, ResidencyTerms.currency)
        )
        .join(Residency, Residency.id == ResidencyTerms.residency_id)
        .where(Residency.park_id == park.id),
        "commitment": of_fund(of("commitment", Commitment, Fund.code, Commitment.on, money=(Commitment.minor, Fund.currency)), Commitment),
        "call": of_fund(of("call", FundNotice, FundNotice.number, FundNotice.notified_on), FundNotice),
        "flow": of_fund(of("flow", Flow, Fund.code, Flow.on, money=(Flow.minor, Fund.currency)), Flow),
        "valuation": of_fund(of("valuation", Valuation, Fund.code, Valuation.on, money=(Valuation.minor, Fund.currency)), Valuation),
    }
    chosen = [parts[fact]] if fact in parts else list(parts.values())
    rows = (union_all(*chosen) if len(chosen) > 1 else chosen[0]).subquery("late")
    return select(*rows.c, (rows.c.fact + "-" + cast(rows.c.row_id, String)).label("tie"))
