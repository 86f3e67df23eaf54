"""Loading what the demo park's universities do together: each deed by the action that people use."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from parkmgr.cooperation import agreement_actions, delegation_actions, project_actions, tending
from parkmgr.cooperation import agreement_queries as agreements
from parkmgr.cooperation import delegation_queries as delegations
from parkmgr.cooperation.agreement_rules import Proposed, Term
from parkmgr.cooperation.delegation_actions import Member, Outcome
from parkmgr.cooperation.delegation_rules import Asked, Item
from parkmgr.cooperation.models import Agreement
from parkmgr.cooperation.project_actions import What
from parkmgr.cooperation.project_rules import EventAsked, ProjectAsked
from parkmgr.cooperation.rules import ActivityKind, AgreementState, EventKind, ItemKind, OutcomeKind, ProjectKind, ProjectState
from parkmgr.db import db
from parkmgr.demo import deeds
from parkmgr.demo.investing import do
from parkmgr.demo.stage import Stage
from parkmgr.housing import actions as housing
from parkmgr.housing import queries as homes_queries
from parkmgr.leases import market_rent_actions, market_rent_queries
from parkmgr.places.models import Park
from parkmgr.values import Term as Days
from parkmgr.values import day_of

__all__ = ["do"]


def _park(stage: Stage, park_id: int) -> Park:
    return next(park for park in stage.parks.values() if park.id == park_id)


def _agreement(stage: Stage, name: str, now: datetime) -> tuple[Agreement, date]:
    found = stage.made["agreement", name]
    return found, day_of(now, _park(stage, found.park_id).zone)


# Agreements


@do.register
def _(deed: deeds.ProposeAgreement, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    asked = Proposed(deed.kind, deed.names, day_of(now, park.zone))
    under = stage.made["agreement", deed.under] if deed.under else None
    parties = [stage.organisations[code] for code in deed.parties]
    stage.made["agreement", deed.name] = agreement_actions.propose(park, asked, parties, under=under, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.AdvanceAgreement, stage: Stage, now: datetime) -> None:
    agreement, today = _agreement(stage, deed.name, now)
    agreement_actions.advance(agreement, AgreementState(deed.state), on=today, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.AddAgreementText, stage: Stage, now: datetime) -> None:
    agreement, _today = _agreement(stage, deed.name, now)
    agreement_actions.add_text(agreement, deed.language, authentic=True, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.SignAgreement, stage: Stage, now: datetime) -> None:
    agreement, today = _agreement(stage, deed.name, now)
    party = stage.organisations[deed.party]
    agreement_actions.sign(agreement, party, on=today, signatory=deed.signatory, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.StartAgreement, stage: Stage, now: datetime) -> None:
    agreement, _today = _agreement(stage, deed.name, now)
    agreement_actions.start(agreement, Term(deed.starts_on, deed.ends_on, deed.places, deed.renew_months), actor=stage.by(), now=now)


@do.register
def _(deed: deeds.RenewAgreement, stage: Stage, now: datetime) -> None:
    agreement, today = _agreement(stage, deed.name, now)
    heir = agreement_actions.renew(agreement, signed_on=today, ends_on=deed.ends_on, actor=stage.by(), now=now)
    stage.made["agreement", deed.heir] = heir


@do.register
def _(deed: deeds.TerminateAgreement, stage: Stage, now: datetime) -> None:
    agreement, today = _agreement(stage, deed.name, now)
    agreement_actions.terminate(agreement, given_on=today, ends_on=deed.ends_on, reason=deed.reason, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.PlanActivities, stage: Stage, now: datetime) -> None:
    agreement, _today = _agreement(stage, deed.name, now)
    planned = {ActivityKind(what): count for what, count in agreements.plans([agreement.id], deed.year).get(agreement.id, {}).items()}
    planned[ActivityKind(deed.what)] = deed.planned
    agreement_actions.set_plan(agreement, deed.year, planned, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.RecordActivity, stage: Stage, now: datetime) -> None:
    agreement, today = _agreement(stage, deed.name, now)
    what = ActivityKind(deed.what)
    agreement_actions.add_activity(agreement, what, deed.title, on=today, people=deed.people, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.AddTask, stage: Stage, now: datetime) -> None:
    agreement, _today = _agreement(stage, deed.name, now)
    by = stage.organisations[deed.organisation]
    agreement_actions.add_task(agreement, deed.what, due_on=deed.due_on, by=by, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.DoTask, stage: Stage, now: datetime) -> None:
    agreement, _today = _agreement(stage, deed.name, now)
    task = agreements.tasks(agreement.id)[0]
    agreement_actions.do_task(agreement, task, outcome=deed.outcome, actor=stage.by(), now=now)


@do.register
def _(_deed: deeds.TendAgreements, _stage: Stage, now: datetime) -> None:
    for id_ in agreements.in_force_anywhere():
        tending.of_agreement(id_, now)


# Projects and events


@do.register
def _(deed: deeds.AddProject, stage: Stage, now: datetime) -> None:
    state = ProjectState.RUNNING
    asked = ProjectAsked(ProjectKind(deed.kind), deed.names, deed.field, deed.starts_on, deed.ends_on, state)
    stage.made["project", deed.name] = project_actions.add_project(
        stage.parks[deed.park],
        asked,
        stage.organisations[deed.lead],
        agreement=stage.made["agreement", deed.agreement] if deed.agreement else None,
        programme=stage.made["project", deed.programme] if deed.programme else None,
        actor=stage.by(),
        now=now,
    )


@do.register
def _(deed: deeds.UseInProject, stage: Stage, now: datetime) -> None:
    project = stage.made["project", deed.project]
    park = _park(stage, project.park_id)
    what = What(space=stage.spaces[park.code, deed.code]) if deed.what == "space" else What(organisation=stage.organisations[deed.code])
    project_actions.add_use(project, what, day_of(now, park.zone), actor=stage.by(), now=now)


@do.register
def _(deed: deeds.FinishProject, stage: Stage, now: datetime) -> None:
    row = stage.made["project", deed.name]
    kind, state = ProjectKind(row.kind), ProjectState.FINISHED
    asked = ProjectAsked(kind, row.names, row.field, row.starts_on, row.ends_on, state, deed.outcome)
    programme = next(
        (one for one in stage.made.values() if getattr(one, "id", None) == row.programme_id and one.__class__ is row.__class__), None
    )
    project_actions.change_project(row, asked, row.lead, agreement=row.agreement, programme=programme, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.PlanEvent, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    starts_at = datetime.combine(deed.on, deed.at, park.zone).astimezone(UTC)
    asked = EventAsked(EventKind(deed.kind), deed.names, starts_at, starts_at + timedelta(minutes=deed.minutes), deed.people)
    stage.made["event", deed.name] = project_actions.plan_event(
        park,
        asked,
        stage.organisations[deed.host],
        [stage.spaces[deed.park, code] for code in deed.rooms],
        agreement=stage.made["agreement", deed.agreement] if deed.agreement else None,
        actor=stage.by(),
        now=now,
    )


@do.register
def _(deed: deeds.ReportEvent, stage: Stage, now: datetime) -> None:
    project_actions.report_event(stage.made["event", deed.name], deed.people, actor=stage.by(), now=now)


# Delegations


def _items(deed: deeds.AskDelegation, stage: Stage, park: Park) -> list[Item]:
    days = [deed.arrives_on + number * timedelta(days=1) for number in range((deed.leaves_on - deed.arrives_on).days + 1)]

    def line(kind: ItemKind, day: date, first: int, last: int, people: int, code: str = "") -> Item:
        begins, ends = (datetime.combine(day, deed.begins.replace(hour=hour), park.zone).astimezone(UTC) for hour in (first, last))
        return Item(kind, begins, ends, people, stage.spaces[deed.park, code].id if code else None)

    items = [line(ItemKind.MEETING, day, deed.begins.hour, deed.ends.hour, deed.people, deed.room) for day in days]
    items += [line(ItemKind.INTERPRETER, day, deed.begins.hour, deed.ends.hour, 1) for day in days]
    items += [line(ItemKind.LAB_TOUR, days[1], 14, 15, deed.people, code) for code in deed.labs]
    items += [line(ItemKind.OFFICE, day, 9, 17, 2, deed.office) for day in days if deed.office]
    items += [line(ItemKind.TRANSPORT, days[0], 8, 9, deed.people), line(ItemKind.TRANSPORT, days[-1], 17, 18, deed.people)]
    nights = Days(deed.arrives_on, deed.leaves_on - timedelta(days=1)).span(park.zone)
    items += [
        Item(ItemKind.HOME, nights.starts_at, nights.ends_at, people, stage.spaces[deed.park, code].id) for code, people in deed.flats
    ]
    return items


@do.register
def _(deed: deeds.AskDelegation, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    agreement = stage.made["agreement", deed.agreement]
    parties = frozenset(row.organisation.code for row in agreements.parties([agreement.id])[agreement.id])
    asked = Asked(
        deed.names, deed.guest, deed.host, deed.arrives_on, deed.leaves_on, deed.people, deed.language, deed.host_language,
        agreement=agreement.number, agreement_parties=parties,
    )  # fmt: skip
    actor = stage.actors[deed.person] if deed.person else stage.by(1)
    guest, host = stage.organisations[deed.guest], stage.organisations[deed.host]
    made = delegation_actions.ask(park, guest, host, asked, _items(deed, stage, park), agreement=agreement, actor=actor, now=now)
    stage.made["delegation", deed.name] = made


@do.register
def _(deed: deeds.NameMember, stage: Stage, now: datetime) -> None:
    delegation = stage.made["delegation", deed.delegation]
    member = Member(deed.name, deed.position, deed.citizenship, deed.passport, deed.born_on)
    delegation_actions.add_member(delegation, member, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.ApproveDelegation, stage: Stage, now: datetime) -> None:
    delegation_actions.approve_delegation(stage.made["delegation", deed.name], actor=stage.by(), now=now)


@do.register
def _(deed: deeds.InviteDelegation, stage: Stage, now: datetime) -> None:
    delegation_actions.invite(stage.made["delegation", deed.name], actor=stage.by(), now=now)


@do.register
def _(deed: deeds.ConfirmDelegation, stage: Stage, now: datetime) -> None:
    delegation_actions.confirm_delegation(stage.made["delegation", deed.name], actor=stage.by(), now=now)


@do.register
def _(deed: deeds.ReportDelegation, stage: Stage, now: datetime) -> None:
    delegation = stage.made["delegation", deed.name]
    kind = OutcomeKind(deed.outcome)
    outcome = Outcome(kind, delegation.agreement if kind is not OutcomeKind.OTHER else None, text=deed.summary)
    delegation_actions.report_delegation(delegation, deed.summary, [outcome], actor=stage.by(), now=now)
    homes = [item.space_id for item in delegations.items(delegation.id) if item.residency_id is not None and item.space_id is not None]
    for vacancy in homes_queries.vacancies(homes).values():
        housing.make_ready(vacancy, on=day_of(now, _park(stage, delegation.park_id).zone), actor=stage.by(), now=now)


# Market rents


@do.register
def _(deed: deeds.SetMarketRents, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    today = day_of(now, park.zone)
    rents = dict.fromkeys(market_rent_queries.lettable(park.id, today, kind=deed.kind), deed.money)
    if rents:
        market_rent_actions.set_market_rents(park, rents, today, deed.source, today=today, actor=stage.by(), now=now)
    db.session.flush()
