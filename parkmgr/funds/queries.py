"""Every SELECT on funds. A fund manager finds the funds that her organisation manages, a partner those into which it pays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.funds import rules
from parkmgr.funds.models import Commitment, Flow, Fund, FundNotice, NoticeShare, Round, RoundShare, Valuation
from parkmgr.funds.rules import Facts, FlowKind, Held, Movement, NoticeKind, Ownership, Promise, Purpose, RoundFacts, Share, Worth
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.values import midnight

# Who reads what


def readable(actor: Actor, deed: str, park_id: int) -> ColumnElement[bool]:
    """Return which funds of a park somebody may do a deed with: a condition on funds."""
    if not actor.may(deed, park_id):
        return false()
    if actor.sees_all(park_id):
        return true()
    managed = Fund.manager_id.in_(actor.organisations(park_id, Role.FUND_MANAGER))
    if Role.FUND_PARTNER not in DEEDS[deed].roles:
        return managed
    of_partner = Commitment.organisation_id.in_(actor.organisations(park_id, Role.FUND_PARTNER))
    return or_(managed, exists().where(Commitment.fund_id == Fund.id, Commitment.withdrawn_at.is_(None), of_partner))


def partners_of(actor: Actor, fund_: Fund) -> frozenset[int] | None:
    """Return the partners of a fund whose accounts somebody may read; None for all of them."""
    if actor.sees_all(fund_.park_id) or fund_.manager_id in actor.organisations(fund_.park_id, Role.FUND_MANAGER):
        return None
    return actor.organisations(fund_.park_id, Role.FUND_PARTNER)


# Funds


def fund(code: str, actor: Actor, deed: str = "funds.fund", *, park: str) -> Fund:
    """Which fund of the park has this code, with its manager and general partner?

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(Fund)
        .join(Park, Park.id == Fund.park_id)
        .where(Fund.code == code, Park.code == park)
        .options(joinedload(Fund.manager), joinedload(Fund.general_partner))
    ).one_or_none()
    if found is None or not db.session.scalar(select(exists().where(Fund.id == found.id, readable(actor, deed, found.park_id)))):
        raise Missing
    return found


def of_code(code: str) -> Fund | None:
    """Which fund has this code, whoever asks? For the command line."""
    return db.session.scalars(select(Fund).where(Fund.code == code)).one_or_none()


def funds(park_id: int, actor: Actor, deed: str = "funds.funds") -> list[Fund]:
    """Which funds of the park may somebody read, the oldest first, with their managers?"""
    return list(
        db.session.scalars(
            select(Fund)
            .where(Fund.park_id == park_id, readable(actor, deed, park_id))
            .options(joinedload(Fund.manager))
            .order_by(Fund.vintage, Fund.code)
        )
    )


def all_funds(park_id: int) -> list[Fund]:
    """Which funds does the park have, by code, whoever asks?"""
    return list(db.session.scalars(select(Fund).where(Fund.park_id == park_id).order_by(Fund.code)))


def tenants_on(park: Park, on: date, organisation_ids: Collection[int]) -> frozenset[int]:
    """Which of the organisations have a space of the park by a lease on a day?"""
    at = midnight(on, park.zone)
    found = select(Hold.holder_id).where(
        Hold.park_id == park.id,
        Hold.holder_id.in_(organisation_ids),
        Hold.kind == HoldKind.LEASE.value,
        Hold.withdrawn_at.is_(None),
        Hold.starts_at <= at,
        Hold.ends_at > at,
    )
    return frozenset(db.session.scalars(found.distinct()))


def organisations(ids: Collection[int]) -> dict[int, Organisation]:
    """Which organisations have these ids?"""
    return {one.id: one for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))} if ids else {}


# Facts


def facts(fund_ids: Collection[int], known: datetime | None = None) -> dict[int, Facts]:
    """What was recorded of these funds by an instant (None: now)? In four SELECTs, however many funds there are."""
    promises: dict[int, list[Promise]] = defaultdict(list)
    for row in db.session.execute(
        select(Commitment.fund_id, Commitment.organisation_id, Commitment.on, Commitment.minor)
        .where(Commitment.fund_id.in_(fund_ids), Commitment.known(known))
        .order_by(Commitment.on, Commitment.id)
    ):
        promises[row[0]].append(Promise(*row[1:]))
    shares: dict[int, list[Share]] = defaultdict(list)
    for id_, partner, kind, notified_on, due_on, purpose, minor, notice, may in db.session.execute(
        select(
            NoticeShare.fund_id,
            NoticeShare.organisation_id,
            FundNotice.kind,
            FundNotice.notified_on,
            FundNotice.due_on,
            NoticeShare.purpose,
            NoticeShare.minor,
            NoticeShare.notice_id,
            NoticeShare.recallable,
        )
        .join(FundNotice, FundNotice.id == NoticeShare.notice_id)
        .where(NoticeShare.fund_id.in_(fund_ids), FundNotice.known(known))
        .order_by(FundNotice.notified_on, NoticeShare.id)
    ):
        shares[id_].append(Share(partner, _NOTICES[kind], notified_on, due_on, _PURPOSES[purpose], minor, notice, may))
    movements: dict[int, list[Movement]] = defaultdict(list)
    for id_, kind, on, minor, payer, company_, notice_, what, back in db.session.execute(
        select(
            Flow.fund_id,
            Flow.kind,
            Flow.on,
            Flow.minor,
            Flow.organisation_id,
            Flow.company_id,
            Flow.notice_id,
            Flow.purpose,
            Flow.recallable,
        )
        .where(Flow.fund_id.in_(fund_ids), Flow.known(known))
        .order_by(Flow.on, Flow.id)
    ):
        movements[id_].append(Movement(_KINDS[kind], on, minor, payer, company_, notice_, what, back))
    worths: dict[int, list[Worth]] = defaultdict(list)
    for id_, company_, on, minor, method in db.session.execute(
        select(Valuation.fund_id, Valuation.company_id, Valuation.on, Valuation.minor, Valuation.method)
        .where(Valuation.fund_id.in_(fund_ids), Valuation.known(known))
        .order_by(Valuation.on, Valuation.id)
    ):
        worths[id_].append(Worth(company_, on, minor, method))
    return {id_: Facts(tuple(promises[id_]), tuple(shares[id_]), tuple(movements[id_]), tuple(worths[id_])) for id_ in fund_ids}


_KINDS = {kind.value: kind for kind in FlowKind}
_NOTICES = {kind.value: kind for kind in NoticeKind}
_PURPOSES = {purpose.value: purpose for purpose in Purpose}


# Companies


def rounds(park_id: int, company_ids: Collection[int] | None = None, known: datetime | None = None) -> dict[int, list[RoundFacts]]:
    """Which rounds did companies have, the first first, and who took part? In two SELECTs. company_ids None: all of the park."""
    of = [Round.park_id == park_id, Round.known(known)]
    if company_ids is not None:
        of.append(Round.company_id.in_(company_ids))
    held: dict[int, list[Held]] = defaultdict(list)
    for row in db.session.execute(
        select(RoundShare.round_id, RoundShare.fund_id, RoundShare.organisation_id, RoundShare.shares, RoundShare.minor)
        .join(Round, Round.id == RoundShare.round_id)
        .where(*of)
        .order_by(RoundShare.id)
    ):
        held[row[0]].append(Held(*row[1:]))
    found: dict[int, list[RoundFacts]] = defaultdict(list)
    for one in db.session.scalars(select(Round).where(*of).order_by(Round.on, Round.id)):
        found[one.company_id].append(
            RoundFacts(
                one.id,
                one.on,
                one.name,
                one.instrument,
                one.currency,
                one.raised_minor,
                one.post_minor,
                one.shares_after,
                tuple(held[one.id]),
            )
        )
    return dict(found)


def ownership(park_id: int, on: date, known: datetime | None = None, company_ids: Collection[int] | None = None) -> dict[int, Ownership]:
    """Who owns the companies of the park's funds on a day? Company -> ownership; those of which no shares are known are left out."""
    found = {company: rules.ownership(rows, on) for company, rows in rounds(park_id, company_ids, known).items()}
    return {company: owned for company, owned in found.items() if owned is not None}


def valuations(fund_ids: Collection[int], company_id: int, known: datetime | None = None) -> list[Valuation]:
    """What was a company worth to these funds, the newest first?"""
    return list(
        db.session.scalars(
            select(Valuation)
            .where(Valuation.fund_id.in_(fund_ids), Valuation.company_id == company_id, Valuation.known(known))
            .order_by(Valuation.on.desc(), Valuation.id.desc())
        )
    )


def valuation(fund_id: int, valuation_id: int) -> Valuation:
    """Which valuation of the fund has this id, and still counts?

    Raises:
        Missing: there is none.
    """
    found = db.session.get(Valuation, valuation_id)
    if found is None or found.fund_id != fund_id or found.withdrawn_at is not None:
        raise Missing
    return found


def company(code: str, park_id: int) -> Organisation:
    """Which organisation of this code has had a round, or money of a fund, in the park?

    Raises:
        Missing: there is none.
    """
    paid = exists().where(Flow.company_id == Organisation.id, Flow.fund_id == Fund.id, Fund.park_id == park_id)
    raised = exists().where(Round.company_id == Organisation.id, Round.park_id == park_id)
    found = db.session.scalars(select(Organisation).where(Organisation.code == code, or_(paid, raised))).one_or_none()
    if found is None:
        raise Missing
    return found


def round_(park_id: int, round_id: int) -> Round:
    """Which round of the park has this id, and still counts?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(
        select(Round).where(Round.id == round_id, Round.park_id == park_id, Round.withdrawn_at.is_(None)).options(joinedload(Round.company))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def flows_of_round(round_id: int) -> list[Flow]:
    """Which flows of money are what the park's funds paid in a round?"""
    return list(db.session.scalars(select(Flow).where(Flow.round_id == round_id, Flow.withdrawn_at.is_(None))))


# Flows


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flows. partner_ids: of these partners only; None: all. on: to this day. withdrawn: those that were withdrawn too."""

    kind: str = ""
    partner: str = ""
    company: str = ""
    year: int | None = None
    on: date | None = None
    known: datetime | None = None
    withdrawn: bool = False


PARTNER, COMPANY = aliased(Organisation), aliased(Organisation)


def flows(fund_id: int, wanted: Wanted) -> Select[Any]:
    """Which flows of a fund are wanted? A SELECT to be sorted and paged, of (flow, partner, company, number of its notice)."""
    found: Any = (
        select(Flow, PARTNER, COMPANY, FundNotice.number)
        .outerjoin(PARTNER, PARTNER.id == Flow.organisation_id)
        .outerjoin(COMPANY, COMPANY.id == Flow.company_id)
        .outerjoin(FundNotice, FundNotice.id == Flow.notice_id)
        .where(Flow.fund_id == fund_id)
    )
    if not wanted.withdrawn:
        found = found.where(Flow.known(wanted.known))
    if wanted.kind:
        found = found.where(Flow.kind == wanted.kind)
    if wanted.partner:
        found = found.where(PARTNER.code == wanted.partner)
    if wanted.company:
        found = found.where(COMPANY.code == wanted.company)
    if wanted.year is not None:
        found = found.where(Flow.on >= date(wanted.year, 1, 1), Flow.on <= date(wanted.year, 12, 31))
    wanted_rows: Select[Any] = found if wanted.on is None else found.where(Flow.on <= wanted.on)
    return wanted_rows


def flow(fund_id: int, flow_id: int) -> Flow:
    """Which flow of the fund has this id, and still counts?

    Raises:
        Missing: there is none.
    """
    found = db.session.get(Flow, flow_id)
    if found is None or found.fund_id != fund_id or found.withdrawn_at is not None:
        raise Missing
    return found


def commitments(fund_id: int) -> list[Commitment]:
    """Which commitments of a fund count, the first first, with their partners?"""
    return list(
        db.session.scalars(
            select(Commitment)
            .where(Commitment.fund_id == fund_id, Commitment.withdrawn_at.is_(None))
            .options(joinedload(Commitment.organisation))
            .order_by(Commitment.on, Commitment.id)
        )
    )


def commitment(fund_id: int, commitment_id: int) -> Commitment:
    """Which commitment to the fund has this id, and still counts?

    Raises:
        Missing: there is none.
    """
    found = db.session.get(Commitment, commitment_id)
    if found is None or found.fund_id != fund_id or found.withdrawn_at is not None:
        raise Missing
    return found


def by_external(fund_ids: Collection[int]) -> dict[tuple[int, str], Flow]:
    """Which flows of these funds came from a table, by fund and key?"""
    found = db.session.scalars(select(Flow).where(Flow.fund_id.in_(fund_ids), Flow.withdrawn_at.is_(None), Flow.external != ""))
    return {(one.fund_id, one.external): one for one in found}


def promises_by_external(fund_ids: Collection[int]) -> dict[tuple[int, str], Commitment]:
    """Which commitments to these funds came from a table, by fund and key?"""
    wanted = select(Commitment).where(Commitment.fund_id.in_(fund_ids), Commitment.withdrawn_at.is_(None), Commitment.external != "")
    return {(one.fund_id, one.external): one for one in db.session.scalars(wanted)}


def has_flows(fund_id: int) -> bool:
    """Tell whether anything of a fund was recorded, commitments and notices too."""
    return bool(
        db.session.scalar(
            select(
                or_(
                    exists().where(Flow.fund_id == fund_id),
                    exists().where(Commitment.fund_id == fund_id),
                    exists().where(FundNotice.fund_id == fund_id),
                )
            )
        )
    )


# Notices


def notices(park_id: int, actor: Actor) -> Select[Any]:
    """Which notices of the park's funds may somebody read? A SELECT to be sorted and paged, of (notice, fund, sum, received)."""
    total = select(func.sum(NoticeShare.minor)).where(NoticeShare.notice_id == FundNotice.id).correlate(FundNotice).scalar_subquery()
    moved = (
        select(func.coalesce(func.sum(Flow.minor), 0))
        .where(Flow.notice_id == FundNotice.id, Flow.withdrawn_at.is_(None))
        .correlate(FundNotice)
        .scalar_subquery()
    )
    return (
        select(FundNotice, Fund, total.label("total"), moved.label("moved"))
        .join(Fund, Fund.id == FundNotice.fund_id)
        .where(Fund.park_id == park_id, readable(actor, "funds.notices", park_id))
    )


def notice(number: str, actor: Actor, deed: str = "funds.notice", *, park: str) -> FundNotice:
    """Which notice of the park's funds has this number, with its fund?

    Raises:
        Missing: when there is none, or the actor may not do the deed with it.
    """
    found = db.session.scalars(
        select(FundNotice)
        .join(Fund, Fund.id == FundNotice.fund_id)
        .join(Park, Park.id == Fund.park_id)
        .where(FundNotice.number == number, Park.code == park)
        .options(joinedload(FundNotice.fund).joinedload(Fund.manager), joinedload(FundNotice.fund).joinedload(Fund.general_partner))
    ).one_or_none()
    if found is None or not db.session.scalar(select(exists().where(Fund.id == found.fund_id, readable(actor, deed, found.fund.park_id)))):
        raise Missing
    own = partners_of(actor, found.fund)
    if own is not None and not own & set(parts(found.id)):
        raise Missing
    return found


def latest_notices(fund_id: int, known: datetime | None = None, *, most: int = 8) -> list[tuple[FundNotice, int]]:
    """Which notices of a fund are the newest, and of how much?"""
    total = func.sum(NoticeShare.minor)
    rows = db.session.execute(
        select(FundNotice, total)
        .join(NoticeShare, NoticeShare.notice_id == FundNotice.id)
        .where(FundNotice.fund_id == fund_id, FundNotice.known(known))
        .group_by(FundNotice.id)
        .order_by(FundNotice.notified_on.desc(), FundNotice.id.desc())
        .limit(most)
    )
    return [(row[0], int(row[1] or 0)) for row in rows]


def told_to(fund_id: int, partner_id: int, known: datetime | None = None) -> list[tuple[FundNotice, int]]:
    """Which notices of a fund tell a partner of how much, the newest first?"""
    total = func.sum(NoticeShare.minor)
    rows = db.session.execute(
        select(FundNotice, total)
        .join(NoticeShare, NoticeShare.notice_id == FundNotice.id)
        .where(FundNotice.fund_id == fund_id, FundNotice.known(known), NoticeShare.organisation_id == partner_id)
        .group_by(FundNotice.id)
        .order_by(FundNotice.notified_on.desc(), FundNotice.id.desc())
    )
    return [(row[0], int(row[1] or 0)) for row in rows]


def notice_of_key(key: str) -> FundNotice | None:
    """Which notice was made from the form of this key?"""
    return db.session.scalars(select(FundNotice).where(FundNotice.key == key)).one_or_none()


@dataclass(frozen=True, slots=True)
class Part:
    """What one partner is told: purpose -> amount (of a distribution also whether it may be called again), and what has moved."""

    lines: tuple[tuple[str, int, bool], ...]
    moved: int

    @property
    def total(self) -> int:
        """All lines."""
        return sum(minor for _, minor, _ in self.lines)

    @property
    def outstanding(self) -> int:
        """What has not moved yet."""
        return self.total - self.moved


def parts(notice_id: int) -> dict[int, Part]:
    """What is each partner told by a notice? Partner -> part, in the order of writing."""
    lines: dict[int, list[tuple[str, int, bool]]] = defaultdict(list)
    for row in db.session.execute(
        select(NoticeShare.organisation_id, NoticeShare.purpose, NoticeShare.minor, NoticeShare.recallable)
        .where(NoticeShare.notice_id == notice_id)
        .order_by(NoticeShare.id)
    ):
        lines[row[0]].append((row[1], row[2], row[3]))
    moved: dict[int, int] = defaultdict(int)
    for partner, minor in db.session.execute(
        select(Flow.organisation_id, Flow.minor).where(Flow.notice_id == notice_id, Flow.withdrawn_at.is_(None))
    ):
        moved[partner or 0] += minor
    return {partner: Part(tuple(told), moved[partner]) for partner, told in lines.items()}


def flows_of_notice(notice_id: int) -> list[Flow]:
    """Which flows of money belong to a notice?"""
    return list(db.session.scalars(select(Flow).where(Flow.notice_id == notice_id, Flow.withdrawn_at.is_(None)).order_by(Flow.on, Flow.id)))
