"""Every change of funds. What a figure counts is written once; a mistake is withdrawn with its reason, and written anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from parkmgr.accounts import queries as accounts
from parkmgr.audit.actions import record
from parkmgr.calendars.working_days import calendar
from parkmgr.db import db, take_number
from parkmgr.errors import Missing, Objection, refuse
from parkmgr.funds import deed_rules, queries, rules
from parkmgr.funds.deed_rules import Brought, FundAsked, RoundAsked, Standing
from parkmgr.funds.models import Commitment, Flow, Fund, FundNotice, NoticeShare, Round, RoundShare, Valuation
from parkmgr.funds.rules import Facts, FlowKind, Method, NoticeKind, Purpose
from parkmgr.notices import actions as notices
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.policy import Actor, Role
from parkmgr.searching import searchable
from parkmgr.values import Money, day_of

# Funds


def add_fund(park: Park, asked: FundAsked, manager: Organisation, general_partner: Organisation, *, actor: Actor, now: datetime) -> Fund:
    """There is a fund; nobody has committed anything to it yet.

    Raises:
        Refused: with every objection.
    """
    refuse(deed_rules.fund_objections(asked))
    fund = Fund(
        park_id=park.id, code=asked.code, currency=asked.size.currency, manager_id=manager.id, general_partner_id=general_partner.id
    )
    fund.manager, fund.general_partner = manager, general_partner
    _written(fund, asked)
    db.session.add(fund)
    record("funds.add_fund", fund, actor=actor, now=now)
    db.session.flush()
    return fund


def _written(fund: Fund, asked: FundAsked) -> None:
    fund.names, fund.search = asked.names, searchable(asked.names, asked.code)
    fund.size_minor, fund.vintage = asked.size.minor, asked.vintage
    fund.starts_on, fund.ends_on = asked.starts_on, asked.ends_on
    fund.notice_days, fund.related_permille = asked.notice_days, asked.related_permille


def change_fund(
    fund: Fund,
    asked: FundAsked,
    manager: Organisation,
    general_partner: Organisation,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """The fund is so. Its code stays; its currency and first day stay once something stands against a change.

    Raises:
        Refused: with every objection.
        Stale: somebody saved after *version*.
    """
    fund.expect(version)
    against = deed_rules.fund_objections(asked)
    if asked.size.currency != fund.currency and queries.has_flows(fund.id):
        against.append(deed_rules.CURRENCY_KEPT)
    if asked.starts_on > fund.starts_on:
        facts = queries.facts([fund.id])[fund.id]
        if any(day < asked.starts_on for day in facts.days()):
            against.append(deed_rules.STARTS_KEPT)
    refuse(against)
    fund.currency, fund.manager_id, fund.general_partner_id = asked.size.currency, manager.id, general_partner.id
    _written(fund, asked)
    record("funds.change_fund", fund, actor=actor, now=now)
    db.session.flush()


def _park(fund: Fund) -> Park:
    return db.session.get_one(Park, fund.park_id)


def _facts(fund: Fund) -> Facts:
    return queries.facts([fund.id])[fund.id]


def standing(fund: Fund, facts: Facts, on: date, now: datetime) -> Standing:
    """Return what bears on money that leaves the fund on a day: so much that its account is never overdrawn on a later day either."""
    days = sorted({on, *(one.on for one in facts.movements if one.on > on)})
    cash = min(sum(one.into_fund for one in facts.movements if one.on <= day) for day in days)
    fair = sum(rules.fair_values(facts.by(on), on).values())
    today = day_of(now, _park(fund).zone)
    whole = sum(one.into_fund for one in facts.movements if one.on <= on)
    return Standing(fund.currency, fund.starts_on, today, cash, whole + fair)


# Commitments


def commit(
    fund: Fund, partner: Organisation, money: Money, on: date, *, note: str = "", external: str = "", actor: Actor, now: datetime
) -> Commitment:
    """The partner has promised so much; together with what it promised before.

    Raises:
        Refused: not positive, another currency, before the fund, still to come.
    """
    refuse(deed_rules.money_objections(money, on, standing(fund, Facts(), on, now)))
    promise = Commitment(
        fund_id=fund.id, organisation_id=partner.id, on=on, minor=money.minor, note=note, external=external, recorded_at=now
    )
    promise.organisation = partner
    db.session.add(promise)
    record("funds.commit", fund, actor=actor, now=now)
    db.session.flush()
    return promise


def withdraw_commitment(fund: Fund, promise: Commitment, *, reason: str, actor: Actor, now: datetime) -> None:
    """The commitment never counted.

    Raises:
        Refused: the partner has been called on it, or has paid; no reason.
    """
    against = [] if reason else [deed_rules.NEEDS_REASON]
    own = rules.of_partner(_facts(fund), promise.organisation_id)
    left = sum(one.minor for one in own.promises) - promise.minor
    if rules.called(own) - rules.recallable(own) > left:
        against.append(deed_rules.CALLED_ON)
    refuse(against)
    promise.withdrawn_at = now
    record("funds.withdraw_commitment", fund, actor=actor, now=now, reason=reason)
    db.session.flush()


# Notices


def promised(facts: Facts, on: date) -> dict[int, int]:
    """Return partner -> what it has promised by a day."""
    found: dict[int, int] = defaultdict(int)
    for one in facts.promises:
        if one.on <= on:
            found[one.partner] += one.minor
    return dict(found)


def planned_call(
    fund: Fund, lines: Mapping[Purpose, Money], notified_on: date, due_on: date, *, now: datetime
) -> dict[int, dict[Purpose, Money]]:
    """Return what each partner would be asked for, when nothing is against the call.

    Raises:
        Refused: with every objection: above what is uncalled, too short a notice, another currency, before the fund, no amounts.
    """
    facts, park = _facts(fund), _park(fund)
    of_day = promised(facts, notified_on)
    told = rules.split(lines, of_day) if lines and of_day and all(money.minor >= 0 for money in lines.values()) else {}
    named = queries.organisations(told)
    asked: dict[str, tuple[int, int]] = {}
    for partner, parts in told.items():
        own = rules.of_partner(facts, partner)
        uncalled = of_day[partner] - rules.called(own) + rules.recallable(own.by(notified_on))
        asked[named[partner].code] = sum(money.minor for money in parts.values()), uncalled
    works = calendar(park.country).is_working_day
    earliest = deed_rules.earliest_due(notified_on, fund.notice_days, works)
    on = standing(fund, Facts(), notified_on, now)
    days = deed_rules.CallDays(notified_on, due_on, earliest, fund.notice_days)
    refuse(deed_rules.call_objections(lines, days, on, asked, promised=bool(of_day)))
    return told


def call(
    fund: Fund,
    lines: Mapping[Purpose, Money],
    notified_on: date,
    due_on: date,
    *,
    note: str = "",
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> FundNotice:
    """Partners are called to pay, each its part of each line by commitment, to the coin. A key calls once.

    Raises:
        Refused: with every objection.
    """
    made = queries.notice_of_key(key) if key else None
    if made is not None:
        return made
    told = planned_call(fund, lines, notified_on, due_on, now=now)
    notice = _notice(fund, NoticeKind.CALL, notified_on, due_on, note, key, now)
    for partner, parts in told.items():
        _share(fund, notice, partner, [(purpose, money, False) for purpose, money in parts.items()])
    record("funds.call", fund, actor=actor, now=now)
    db.session.flush()
    _tell(fund, notice, list(told), actor=actor, now=now)
    return notice


def _notice(fund: Fund, kind: NoticeKind, notified_on: date, due_on: date, note: str, key: str | None, now: datetime) -> FundNotice:
    prefix = "CALL" if kind is NoticeKind.CALL else "DIST"
    notice = FundNotice(
        fund_id=fund.id,
        number=take_number(prefix, notified_on.year),
        kind=kind.value,
        notified_on=notified_on,
        due_on=due_on,
        note=note,
        key=key,
        recorded_at=now,
    )
    notice.fund = fund
    db.session.add(notice)
    db.session.flush()
    return notice


def _share(fund: Fund, notice: FundNotice, partner: int, lines: Sequence[tuple[Purpose, Money, bool]]) -> None:
    db.session.add_all(
        NoticeShare(
            fund_id=fund.id,
            notice_id=notice.id,
            organisation_id=partner,
            purpose=purpose.value,
            minor=money.minor,
            recallable=back,
        )
        for purpose, money, back in lines
        if money.minor
    )


def planned_distribution(
    fund: Fund, lines: Sequence[tuple[Purpose, Money, bool]], notified_on: date, due_on: date, *, now: datetime
) -> dict[int, list[tuple[Purpose, Money, bool]]]:
    """Return what each partner would get, when nothing is against the distribution.

    Raises:
        Refused: with every objection: no net asset value, less cash than is paid, another currency, what is not capital recallable.
    """
    facts = _facts(fund)
    of_day = promised(facts, notified_on)
    refuse(deed_rules.distribution_objections(lines, notified_on, due_on, standing(fund, facts, due_on, now), promised=bool(of_day)))
    told: dict[int, list[tuple[Purpose, Money, bool]]] = {partner: [] for partner in of_day}
    for purpose, money, back in lines:
        for partner, part in zip(of_day, money.split(list(of_day.values())), strict=True):
            told[partner].append((purpose, part, back))
    return told


def distribute(
    fund: Fund,
    lines: Sequence[tuple[Purpose, Money, bool]],
    notified_on: date,
    due_on: date,
    *,
    note: str = "",
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> FundNotice:
    """Partners are paid on the due day, each its part of each line by commitment, to the coin. A key distributes once.

    Raises:
        Refused: with every objection.
    """
    made = queries.notice_of_key(key) if key else None
    if made is not None:
        return made
    told = planned_distribution(fund, lines, notified_on, due_on, now=now)
    notice = _notice(fund, NoticeKind.DISTRIBUTION, notified_on, due_on, note, key, now)
    for partner, parts in told.items():
        _share(fund, notice, partner, parts)
        for purpose, money, back in parts:
            if money.minor:
                _flow(
                    fund, FlowKind.DISTRIBUTION, money, due_on, now, organisation_id=partner, notice_id=notice.id,
                    purpose=purpose.value, recallable=back,
                )  # fmt: skip
    record("funds.distribute", fund, actor=actor, now=now)
    db.session.flush()
    _tell(fund, notice, list(told), actor=actor, now=now)
    return notice


def _flow(fund: Fund, kind: FlowKind, money: Money, on: date, now: datetime, **more: object) -> Flow:
    flow = Flow(fund_id=fund.id, kind=kind.value, on=on, minor=money.minor, recorded_at=now, **more)
    db.session.add(flow)
    return flow


def _tell(fund: Fund, notice: FundNotice, partners: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """Whoever reads a partner's account is told what it pays or gets."""
    park = _park(fund)
    readers = accounts.of_organisations(Role.FUND_PARTNER, park.id, partners, day_of(now, park.zone))
    if not readers:
        return
    parts, named = queries.parts(notice.id), queries.organisations(partners)
    for partner, users in readers.items():
        for user in users:
            notices.post(
                user,
                f"fund_{notice.kind}",
                key=f"fund_{notice.kind} {notice.number} {partner}",
                park_id=park.id,
                about=notice.number,
                now=now,
                zone=park.zone,
                notice=notice,
                fund=fund,
                park=park,
                partner=named[partner],
                money=Money(parts[partner].total, fund.currency),
            )


def receive(fund: Fund, notice: FundNotice, partner: Organisation, money: Money, on: date, *, actor: Actor, now: datetime) -> Flow:
    """The partner has paid so much of what it was called for; the rest stays outstanding.

    Raises:
        Refused: not asked, more than is outstanding, before the notice, another currency.
    """
    against = deed_rules.money_objections(money, on, standing(fund, Facts(), on, now))
    if notice.kind != NoticeKind.CALL:
        refuse([deed_rules.NO_CALL])
    part = queries.parts(notice.id).get(partner.id)
    if part is None:
        against.append(deed_rules.NOT_ASKED)
    elif money.minor > part.outstanding:
        against.append(deed_rules.TOO_MUCH.about(outstanding=Money(part.outstanding, fund.currency)))
    if fund.starts_on <= on < notice.notified_on:
        against.append(deed_rules.BEFORE_NOTICE.about(notified_on=notice.notified_on))
    refuse(against)
    flow = _flow(fund, FlowKind.CONTRIBUTION, money, on, now, organisation_id=partner.id, notice_id=notice.id)
    record("funds.receive", fund, actor=actor, now=now)
    db.session.flush()
    return flow


def cancel_notice(fund: Fund, notice: FundNotice, *, reason: str, actor: Actor, now: datetime) -> None:
    """The notice never counted; a distribution was never paid.

    Raises:
        Refused: money has been received for it; no reason.
        Missing: it was cancelled already.
    """
    if notice.withdrawn_at is not None:
        raise Missing
    moved = queries.flows_of_notice(notice.id)
    against = [] if reason else [deed_rules.NEEDS_REASON]
    if notice.kind == NoticeKind.CALL and moved:
        against.append(deed_rules.RECEIVED)
    refuse(against)
    notice.withdrawn_at = now
    for flow in moved:
        flow.withdrawn_at = now
    record("funds.cancel_notice", fund, actor=actor, now=now, reason=reason)
    db.session.flush()


# Flows


def record_flow(
    fund: Fund,
    kind: FlowKind,
    money: Money,
    on: date,
    *,
    company: Organisation | None = None,
    purpose: str = "",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Flow:
    """Money moved: a fee, an expense, carried interest, interest, or what a company paid.

    Raises:
        Refused: with every objection: it is told by a notice or a round, there is not so much cash, another currency, before the fund.
    """
    facts = _facts(fund)
    on_day = standing(fund, facts, on, now)
    against = deed_rules.money_objections(money, on, on_day) + deed_rules.flow_objections(kind, purpose, company is not None)
    if kind not in rules.INTO_FUND:
        against += deed_rules.cash_objections(money.minor, on, on_day)
    if company is not None and kind is FlowKind.PROCEEDS:
        against += _company_objections(facts, company, on)
    refuse(against)
    of = {"company_id": company.id, "purpose": purpose} if company is not None and kind is FlowKind.PROCEEDS else {}
    flow = _flow(fund, kind, money, on, now, note=note, **of)
    record("funds.record_flow", fund, actor=actor, now=now)
    db.session.flush()
    return flow


def _company_objections(facts: Facts, company: Organisation, on: date) -> list[Objection]:
    if not any(one.company == company.id and one.kind is FlowKind.INVESTMENT and one.on <= on for one in facts.movements):
        return [deed_rules.NEVER_INVESTED]
    over = [one.on for one in facts.worths if one.company == company.id and one.method in (Method.EXIT, Method.WRITE_OFF) and one.on <= on]
    return [deed_rules.IS_OVER.about(on=over[-1])] if over else []


def withdraw_flow(fund: Fund, flow: Flow, *, reason: str, actor: Actor, now: datetime) -> None:
    """The flow never counted; what is right is recorded anew.

    Raises:
        Refused: it belongs to a round or a distribution; the account would be overdrawn without it; no reason.
    """
    against = [] if reason else [deed_rules.NEEDS_REASON]
    if flow.round_id is not None:
        against.append(deed_rules.OF_ROUND)
    if flow.kind == FlowKind.DISTRIBUTION and flow.notice_id is not None:
        against.append(deed_rules.OF_NOTICE)
    if flow.kind in rules.INTO_FUND:
        against += deed_rules.cash_objections(flow.minor, flow.on, standing(fund, _facts(fund), flow.on, now), field="")
    refuse(against)
    flow.withdrawn_at = now
    record("funds.withdraw_flow", fund, actor=actor, now=now, reason=reason)
    db.session.flush()


def bring_in(fund: Fund, flows: Sequence[Brought], *, actor: Actor, now: datetime) -> list[Flow]:
    """Flows of before the register are in it, all by one deed; contributions count as called, investments need no round.

    Raises:
        Refused: with every objection, each about the row of its flow: see funds.deed_rules.brought_objections.
    """
    refuse([objection.about(row=row) for row, objection in brought_against(fund, flows, now=now)])
    made = []
    for one in flows:
        of = {"organisation_id": one.partner} if one.kind in rules.OF_PARTNER else {"company_id": one.company}
        made.append(
            _flow(
                fund,
                one.kind,
                one.money,
                one.on,
                now,
                purpose=one.purpose,
                recallable=one.recallable,
                note=one.note,
                external=one.key,
                **of,
            )
        )
    record("funds.bring_in", fund, actor=actor, now=now)
    db.session.flush()
    return made


def brought_against(fund: Fund, flows: Sequence[Brought], *, now: datetime) -> list[tuple[int, Objection]]:
    """Return what is against flows of before the register: (row, objection)."""
    facts = _facts(fund)
    on = standing(fund, Facts(), fund.starts_on, now)
    return deed_rules.brought_objections(flows, facts, on)


# Companies


def add_round(park: Park, company: Organisation, asked: RoundAsked, *, actor: Actor, now: datetime) -> Round:
    """The company has had the round; what the park's funds paid has left their accounts.

    Raises:
        Refused: with every objection: more than 100 per cent, a circle of ownership, a fund without so much cash, another currency.
    """
    today = day_of(now, park.zone)
    all_rounds = queries.rounds(park.id)
    before = all_rounds.get(company.id, [])
    against = deed_rules.round_objections(asked, before, today) + _investor_objections(company, asked, all_rounds)
    payers = _payers(park, asked)
    for fund, money in payers:
        if asked.raised.currency != fund.currency:
            against.append(deed_rules.ROUND_OTHER_CURRENCY.about(fund=fund.code, currency=fund.currency))
            continue
        facts = _facts(fund)
        on_day = standing(fund, facts, asked.on, now)
        against += [one for one in deed_rules.day_objections(asked.on, on_day) if one.code != deed_rules.TO_COME.code]
        against += deed_rules.cash_objections(money.minor, asked.on, on_day, field="raised")
        over = [one for one in _company_objections(facts, company, asked.on) if one.code == deed_rules.IS_OVER.code]
        against += over
    refuse(against)
    made = Round(
        park_id=park.id,
        company_id=company.id,
        on=asked.on,
        name=asked.name,
        instrument=asked.instrument.value,
        currency=asked.raised.currency,
        raised_minor=asked.raised.minor,
        post_minor=asked.post.minor if asked.post else None,
        shares_after=asked.shares_after,
        note=asked.note,
        recorded_at=now,
    )
    made.company = company
    db.session.add(made)
    db.session.flush()
    db.session.add_all(
        RoundShare(round_id=made.id, fund_id=one.fund, organisation_id=one.organisation, minor=one.money.minor, shares=one.shares)
        for one in asked.investors
    )
    record("funds.add_round", made, actor=actor, now=now)
    for fund, money in payers:
        if money.minor:
            _flow(fund, FlowKind.INVESTMENT, money, asked.on, now, company_id=company.id, round_id=made.id)
            record("funds.add_round", fund, actor=actor, now=now)
    db.session.flush()
    return made


def _payers(park: Park, asked: RoundAsked) -> list[tuple[Fund, Money]]:
    found = []
    for one in asked.investors:
        if one.fund is not None:
            fund = db.session.get(Fund, one.fund)
            if fund is None or fund.park_id != park.id:
                raise Missing
            found.append((fund, one.money))
    return found


def _investor_objections(company: Organisation, asked: RoundAsked, all_rounds: Mapping[int, Sequence[rules.RoundFacts]]) -> list[Objection]:
    owners = {
        owned: {held.organisation for one in of_it for held in one.held if held.organisation is not None and held.shares}
        for owned, of_it in all_rounds.items()
    }
    found = deed_rules.circle(company.id, [one.organisation for one in asked.investors if one.organisation is not None], owners)
    if found is None:
        return []
    if set(found) == {company.id}:
        return [deed_rules.ITSELF]
    named = queries.organisations(set(found))
    return [deed_rules.CIRCLE.about(circle=" ← ".join(named[one].code for one in found))]


def withdraw_round(park: Park, made: Round, *, reason: str, actor: Actor, now: datetime) -> None:
    """The round never was; what funds paid in it never left them.

    Raises:
        Refused: a later round counts on its shares; no reason.
    """
    against = [] if reason else [deed_rules.NEEDS_REASON]
    later = [one for one in queries.rounds(park.id, [made.company_id])[made.company_id] if (one.on, one.id) > (made.on, made.id)]
    if later and made.shares_after is not None:
        against.append(deed_rules.LATER_ROUND)
    refuse(against)
    made.withdrawn_at = now
    record("funds.withdraw_round", made, actor=actor, now=now, reason=reason)
    for flow in queries.flows_of_round(made.id):
        flow.withdrawn_at = now
        record("funds.withdraw_round", db.session.get_one(Fund, flow.fund_id), actor=actor, now=now, reason=reason)
    db.session.flush()


def value(
    fund: Fund,
    company: Organisation,
    money: Money,
    on: date,
    *,
    method: Method,
    valued_by: str,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Valuation:
    """The fund's part of the company is worth so much at the end of the day.

    Raises:
        Refused: never invested, sold, another currency, a day before the fund or to come, nobody named.
    """
    on_day = standing(fund, Facts(), on, now)
    against = [one for one in deed_rules.money_objections(money, on, on_day) if one.code != deed_rules.NOT_POSITIVE.code]
    if money.minor < 0:
        against.append(deed_rules.NOT_POSITIVE)
    if not valued_by:
        against.append(deed_rules.NO_VALUER)
    refuse([*against, *_company_objections(_facts(fund), company, on)])
    made = _valuation(fund, company, money, on, method, valued_by, note, now)
    record("funds.value", fund, actor=actor, now=now)
    db.session.flush()
    return made


def _valuation(
    fund: Fund, company: Organisation, money: Money, on: date, method: Method, valued_by: str, note: str, now: datetime
) -> Valuation:
    made = Valuation(
        fund_id=fund.id,
        company_id=company.id,
        on=on,
        minor=money.minor,
        method=method.value,
        valued_by=valued_by,
        note=note,
        recorded_at=now,
    )
    made.company = company
    db.session.add(made)
    return made


def withdraw_valuation(fund: Fund, valuation: Valuation, *, reason: str, actor: Actor, now: datetime) -> None:
    """The valuation never counted.

    Raises:
        Refused: no reason.
    """
    refuse([] if reason else [deed_rules.NEEDS_REASON])
    valuation.withdrawn_at = now
    record("funds.withdraw_valuation", fund, actor=actor, now=now, reason=reason)
    db.session.flush()


def write_off(fund: Fund, company: Organisation, on: date, *, reason: str, actor: Actor, now: datetime) -> Valuation:
    """The company is worth nothing to the fund from the day on.

    Raises:
        Refused: never invested, over already, a day before the fund or to come, no reason.
    """
    against = deed_rules.day_objections(on, standing(fund, Facts(), on, now))
    if not reason:
        against.append(deed_rules.NEEDS_REASON)
    refuse([*against, *_company_objections(_facts(fund), company, on)])
    made = _valuation(fund, company, Money(0, fund.currency), on, Method.WRITE_OFF, actor.name, reason, now)
    record("funds.write_off", fund, actor=actor, now=now, reason=reason)
    db.session.flush()
    return made


def exit_(
    fund: Fund,
    company: Organisation,
    on: date,
    proceeds: Mapping[Purpose, Money],
    *,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Valuation:
    """The fund has sold its part of the company: what it got is in its account, and the company is worth nothing to it any more.

    Raises:
        Refused: with every objection.
    """
    on_day = standing(fund, Facts(), on, now)
    against = deed_rules.day_objections(on, on_day)
    got = {purpose: money for purpose, money in proceeds.items() if money.minor}
    if not got:
        against.append(deed_rules.NO_EXIT)
    for purpose, money in got.items():
        against += [one for one in deed_rules.money_objections(money, on, on_day, field=str(purpose)) if one not in against]
    refuse([*against, *_company_objections(_facts(fund), company, on)])
    for purpose, money in got.items():
        _flow(fund, FlowKind.PROCEEDS, money, on, now, company_id=company.id, purpose=purpose.value, note=note)
    made = _valuation(fund, company, Money(0, fund.currency), on, Method.EXIT, actor.name, note, now)
    record("funds.exit", fund, actor=actor, now=now)
    db.session.flush()
    return made
