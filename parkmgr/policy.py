"""Who may do what: one table from deed to roles. Pure; whatever is not in the table is closed.

A deed is an endpoint, an action, an audit verb and a template, all of one name. The door (parkmgr/web/door.py) asks
`may` before any view runs; queries narrow what is found by `Actor.parks` and `Actor.organisations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from parkmgr.values import Term


class Role(StrEnum):
    """What somebody is in a park."""

    ADMINISTRATOR = "administrator"
    LIAISON = "liaison"
    AUDITOR = "auditor"
    HOUSING_DESK = "housing_desk"
    LAB_MANAGER = "lab_manager"
    HOSPITAL_DESK = "hospital_desk"
    SPORTS_DESK = "sports_desk"
    FUND_MANAGER = "fund_manager"
    FUND_PARTNER = "fund_partner"
    COOPERATION_DESK = "cooperation_desk"


OF_ORGANISATION = frozenset({Role.LIAISON, Role.FUND_MANAGER, Role.FUND_PARTNER})
"""Roles that somebody has for an organisation: the liaison's, the one that manages funds, the partner of funds."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, where and when. park_id None: in all parks. organisation_id: for whom, of the roles OF_ORGANISATION."""

    role: Role
    term: Term
    park_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. user_id None: the system itself (the command line, a job)."""

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()

    def on(self, day: date) -> Actor:
        """Return the same actor with the grants that hold on *day*."""
        return Actor(self.user_id, self.name, tuple(grant for grant in self.grants if grant.term.holds(day)))

    def roles(self, park_id: int | None = None) -> frozenset[Role]:
        """Return the roles held anywhere, or in one park."""
        return frozenset(grant.role for grant in self.grants if park_id is None or grant.park_id in (None, park_id))

    def parks(self, deed: str) -> frozenset[int] | None:
        """Return the parks where *deed* may be done; None for all."""
        granted = [grant.park_id for grant in self.grants if grant.role in DEEDS[deed].roles]
        return None if None in granted else frozenset(park for park in granted if park is not None)

    def may(self, deed: str, park_id: int | None = None) -> bool:
        """Tell whether *deed* may be done somewhere, or in one park."""
        return may(self.roles(park_id), deed, signed_in=self.user_id is not None)

    def sees_all(self, park_id: int) -> bool:
        """Tell whether everybody's documents in the park may be read, not only one organisation's."""
        return bool(self.roles(park_id) & {Role.ADMINISTRATOR, Role.AUDITOR})

    def organisations(self, park_id: int | None = None, role: Role = Role.LIAISON) -> frozenset[int]:
        """Return the organisations whose documents the actor follows as a liaison, or for which the actor has another role."""
        return frozenset(
            grant.organisation_id
            for grant in self.grants
            if grant.role is role and grant.organisation_id is not None and (park_id is None or grant.park_id in (None, park_id))
        )


ALWAYS = Term(date(1, 1, 1))
SYSTEM = Actor(None, "system", (Grant(Role.ADMINISTRATOR, ALWAYS),))
STRANGER = Actor(None, "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    roles: who may. public: anyone, also not signed in. signed_in: anyone signed in.
    """

    roles: frozenset[Role] = frozenset()
    public: bool = False
    signed_in: bool = False


def _only(*roles: Role) -> Line:
    return Line(frozenset(roles))


PUBLIC = Line(public=True)
SIGNED_IN = Line(frozenset(Role), signed_in=True)
ADMINISTRATORS = _only(Role.ADMINISTRATOR)
READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR)
EVERYBODY = _only(*(frozenset(Role) - {Role.FUND_PARTNER}))
"""But a fund's partner, who has an account to read and nothing else in the park."""
AUDITORS = _only(Role.ADMINISTRATOR, Role.AUDITOR)
AUDITS = _only(Role.AUDITOR)
"""What only an auditor does: ask, draw, close. None of it changes what is audited."""
_DESKS = (Role.LAB_MANAGER, Role.HOSPITAL_DESK, Role.SPORTS_DESK)
"""The desks that give out rooms and instruments by the hour: what they may do, they may do with the bookings of their own spaces."""
BOOKERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.LAB_MANAGER, Role.SPORTS_DESK)
"""Not the hospital's desk: it appoints on pages of its own, where there is no field that others would read."""
DECIDERS = _only(Role.ADMINISTRATOR, Role.LAB_MANAGER, Role.SPORTS_DESK)
BOOKING_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, *_DESKS)
LAB_KEEPERS = _only(Role.ADMINISTRATOR, Role.LAB_MANAGER)
LAB_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, Role.LAB_MANAGER)
LAB_ACCOUNTS = _only(Role.ADMINISTRATOR, Role.LAB_MANAGER, Role.LIAISON, Role.AUDITOR)
"""Who reads what laboratories cost: a liaison her own organisation's."""
HOUSING_WATCHERS = _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.HOUSING_DESK)
"""Who sees every home, whoever lives there."""
HOUSING_KEEPERS = _only(Role.ADMINISTRATOR, Role.HOUSING_DESK)
SPORTS_KEEPERS = _only(Role.ADMINISTRATOR, Role.SPORTS_DESK)
HOSPITAL_KEEPERS = _only(Role.HOSPITAL_DESK)
"""Not the administrator: who comes to the hospital is for its desk alone."""
REPORT_READERS = _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.HOUSING_DESK, Role.LAB_MANAGER, Role.FUND_MANAGER, Role.COOPERATION_DESK)
"""Which kinds of reports each of them reads, the line of the kind says."""
SERVICE_KEEPERS = _only(Role.ADMINISTRATOR, Role.HOSPITAL_DESK, Role.SPORTS_DESK)
"""What a service offers; each desk changes its own."""
SPORTS_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, Role.SPORTS_DESK)
CLUBS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.SPORTS_DESK)
TENANTS = _only(Role.ADMINISTRATOR, Role.LIAISON)
HOUSING_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, Role.HOUSING_DESK)
PEOPLE_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, Role.HOUSING_DESK, Role.LAB_MANAGER)
PEOPLE_WRITERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.HOUSING_DESK)
FUND_KEEPERS = _only(Role.ADMINISTRATOR, Role.FUND_MANAGER)
"""A manager the funds that her organisation manages."""
FUND_WATCHERS = _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.FUND_MANAGER)
FUND_READERS = _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.FUND_MANAGER, Role.FUND_PARTNER)
"""A partner her own organisation's account."""
COOPERATION_READERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.AUDITOR, Role.COOPERATION_DESK)
"""A liaison what her own organisation is party to, takes part in, hosts or comes for."""
COOPERATION_WRITERS = _only(Role.ADMINISTRATOR, Role.LIAISON, Role.COOPERATION_DESK)
COOPERATION_KEEPERS = _only(Role.ADMINISTRATOR, Role.COOPERATION_DESK)

DEEDS: dict[str, Line] = {
    "static": PUBLIC,
    "home": SIGNED_IN,
    "web.health": PUBLIC,
    "accounts.sign_in": PUBLIC,
    "accounts.second_factor": PUBLIC,
    "accounts.forgot": PUBLIC,
    "accounts.reset": PUBLIC,
    "accounts.sign_out": SIGNED_IN,
    "accounts.me": SIGNED_IN,
    "accounts.password": SIGNED_IN,
    "accounts.totp": SIGNED_IN,
    "accounts.totp_off": SIGNED_IN,
    "accounts.end_sign_ins": SIGNED_IN,
    "web.language": PUBLIC,
    "web.theme": PUBLIC,
    "accounts.users": ADMINISTRATORS,
    "accounts.add": ADMINISTRATORS,
    "accounts.show": ADMINISTRATORS,
    "accounts.grant": ADMINISTRATORS,
    "accounts.withdraw_grant": ADMINISTRATORS,
    "accounts.disable": ADMINISTRATORS,
    "accounts.enable": ADMINISTRATORS,
    "audit.entries": AUDITORS,
    "audit.show": AUDITORS,
    "audit.verify": AUDITORS,
    "places.parks": _only(*Role),
    "places.add_park": ADMINISTRATORS,
    "places.change_park": ADMINISTRATORS,
    "places.buildings": EVERYBODY,
    "places.building": EVERYBODY,
    "places.add_building": ADMINISTRATORS,
    "places.change_building": ADMINISTRATORS,
    "occupancy.spaces": EVERYBODY,
    "occupancy.space": EVERYBODY,
    "places.add_space": ADMINISTRATORS,
    "places.change_space": ADMINISTRATORS,
    "places.retire_space": ADMINISTRATORS,
    "places.remove_space": ADMINISTRATORS,
    "places.divide_space": ADMINISTRATORS,
    "places.split_space": ADMINISTRATORS,
    "places.merge_spaces": ADMINISTRATORS,
    "organisations.organisations": EVERYBODY,
    "organisations.show": EVERYBODY,
    "organisations.add": ADMINISTRATORS,
    "organisations.change": ADMINISTRATORS,
    "organisations.add_contact": ADMINISTRATORS,
    "organisations.remove_contact": ADMINISTRATORS,
    "organisations.admit": ADMINISTRATORS,
    "organisations.end_membership": ADMINISTRATORS,
    "people.people": PEOPLE_READERS,
    "people.show": PEOPLE_READERS,
    "people.add": _only(Role.ADMINISTRATOR, Role.LIAISON, Role.HOUSING_DESK, Role.LAB_MANAGER),
    "people.change": PEOPLE_WRITERS,
    "people.erase": HOUSING_KEEPERS,
    "leases.leases": READERS,
    "leases.tenants": AUDITORS,
    "leases.critical_dates": READERS,
    "leases.show": READERS,
    "leases.draft": ADMINISTRATORS,
    "leases.change": ADMINISTRATORS,
    "leases.offer": ADMINISTRATORS,
    "leases.sign": ADMINISTRATORS,
    "leases.amend": ADMINISTRATORS,
    "leases.renew": ADMINISTRATORS,
    "leases.give_notice": ADMINISTRATORS,
    "leases.exercise_break": ADMINISTRATORS,
    "leases.assign": ADMINISTRATORS,
    "leases.hold_over": ADMINISTRATORS,
    "leases.end": ADMINISTRATORS,
    "leases.void": ADMINISTRATORS,
    "leases.receive_deposit": ADMINISTRATORS,
    "leases.return_deposit": ADMINISTRATORS,
    "leases.market_rents": AUDITORS,
    "leases.set_market_rents": ADMINISTRATORS,
    "leases.ask": TENANTS,
    "leases.requests": READERS,
    "leases.reject_request": ADMINISTRATORS,
    "leases.withdraw_request": TENANTS,
    "bookings.find": BOOKING_READERS,
    "bookings.book": BOOKERS,
    "bookings.bookings": BOOKING_READERS,
    "bookings.show": BOOKING_READERS,
    "bookings.inbox": BOOKERS,
    "bookings.approve": DECIDERS,
    "bookings.reject": DECIDERS,
    "bookings.ask": DECIDERS,
    "bookings.reply": BOOKERS,
    "bookings.check_in": BOOKERS,
    "bookings.end": BOOKERS,
    "bookings.extend": BOOKERS,
    "bookings.change": BOOKERS,
    "bookings.cancel": BOOKERS,
    "bookings.transfer": BOOKERS,
    "bookings.undo": BOOKERS,
    "bookings.join": BOOKERS,
    "bookings.leave": BOOKERS,
    "bookings.accept": BOOKERS,
    "bookings.rules": BOOKING_READERS,
    "bookings.add_rules": ADMINISTRATORS,
    "bookings.change_rules": ADMINISTRATORS,
    "bookings.remove_rules": ADMINISTRATORS,
    "bookings.features": ADMINISTRATORS,
    "bookings.add_feature": ADMINISTRATORS,
    "bookings.equip": ADMINISTRATORS,
    "bookings.doors": ADMINISTRATORS,
    "bookings.add_door": ADMINISTRATORS,
    "bookings.revoke_door": ADMINISTRATORS,
    "bookings.door": PUBLIC,
    "bookings.door_book": PUBLIC,
    "bookings.door_check_in": PUBLIC,
    "bookings.calendar": BOOKING_READERS,
    "bookings.event": BOOKING_READERS,
    "bookings.feeds": READERS,
    "bookings.add_feed": READERS,
    "bookings.revoke_feed": READERS,
    "bookings.feed": PUBLIC,
    "bookings.closures": BOOKING_READERS,
    "bookings.closure": BOOKING_READERS,
    "bookings.close": ADMINISTRATORS,
    "bookings.lift": ADMINISTRATORS,
    "labs.labs": LAB_READERS,
    "labs.lab": LAB_READERS,
    "labs.run_lab": ADMINISTRATORS,
    "labs.change_lab": LAB_KEEPERS,
    "labs.add_document": LAB_KEEPERS,
    "labs.document": LAB_READERS,
    "labs.remove_document": LAB_KEEPERS,
    "labs.equipment": LAB_READERS,
    "labs.sharing": LAB_READERS,
    "labs.piece": LAB_READERS,
    "labs.add_equipment": LAB_KEEPERS,
    "labs.change_equipment": LAB_KEEPERS,
    "labs.set_state": LAB_KEEPERS,
    "labs.calibrate": LAB_KEEPERS,
    "labs.set_demands": LAB_KEEPERS,
    "labs.permits": LAB_READERS,
    "labs.permit": LAB_READERS,
    "labs.grant": LAB_KEEPERS,
    "labs.withdraw_permit": LAB_KEEPERS,
    "labs.permit_kinds": LAB_READERS,
    "labs.add_permit_kind": LAB_KEEPERS,
    "labs.change_permit_kind": LAB_KEEPERS,
    "bookings.stop": LAB_KEEPERS,
    "bookings.restore": LAB_KEEPERS,
    "housing.homes": HOUSING_WATCHERS,
    "housing.block": HOUSING_WATCHERS,
    "housing.residencies": HOUSING_READERS,
    "housing.residency": HOUSING_READERS,
    "housing.photo": HOUSING_READERS,
    "housing.settle": HOUSING_KEEPERS,
    "housing.call_off": HOUSING_KEEPERS,
    "housing.move_in": HOUSING_KEEPERS,
    "housing.give_notice": HOUSING_KEEPERS,
    "housing.extend": HOUSING_KEEPERS,
    "housing.transfer": HOUSING_KEEPERS,
    "housing.swap": HOUSING_KEEPERS,
    "housing.leave": HOUSING_KEEPERS,
    "housing.make_ready": HOUSING_KEEPERS,
    "housing.renew": HOUSING_KEEPERS,
    "housing.receive_deposit": HOUSING_KEEPERS,
    "housing.return_deposit": HOUSING_KEEPERS,
    "housing.deduct": HOUSING_KEEPERS,
    "housing.confirm_check": HOUSING_KEEPERS,
    "housing.sign_check": HOUSING_KEEPERS,
    "housing.make_link": HOUSING_KEEPERS,
    "housing.check": PUBLIC,
    "housing.check_photo": PUBLIC,
    "housing.confirm_resident": PUBLIC,
    "housing.applications": HOUSING_READERS,
    "housing.application": HOUSING_READERS,
    "housing.apply": PEOPLE_WRITERS,
    "housing.add_paper": PEOPLE_WRITERS,
    "housing.paper": PEOPLE_WRITERS,
    "housing.admit": HOUSING_KEEPERS,
    "housing.refuse": HOUSING_KEEPERS,
    "housing.withdraw": PEOPLE_WRITERS,
    "housing.accept": PEOPLE_WRITERS,
    "housing.decline": PEOPLE_WRITERS,
    "housing.waiting": HOUSING_READERS,
    "housing.lotteries": SIGNED_IN,
    "housing.lottery": SIGNED_IN,
    "housing.lottery_file": SIGNED_IN,
    "housing.publish_lottery": HOUSING_KEEPERS,
    "housing.draw": HOUSING_KEEPERS,
    "housing.find_home": HOUSING_KEEPERS,
    "housing.next_in_line": HOUSING_KEEPERS,
    "housing.offer": HOUSING_KEEPERS,
    "housing.rules": HOUSING_READERS,
    "housing.change_rules": HOUSING_KEEPERS,
    "amenities.services": EVERYBODY,
    "amenities.add_service": SERVICE_KEEPERS,
    "amenities.change_service": SERVICE_KEEPERS,
    "amenities.hospital": HOSPITAL_KEEPERS,
    "amenities.appoint": HOSPITAL_KEEPERS,
    "amenities.appointment": HOSPITAL_KEEPERS,
    "amenities.move_appointment": HOSPITAL_KEEPERS,
    "amenities.cancel_appointment": HOSPITAL_KEEPERS,
    "amenities.arrive": HOSPITAL_KEEPERS,
    "amenities.miss": HOSPITAL_KEEPERS,
    "amenities.sports": SPORTS_READERS,
    "amenities.count_visit": SPORTS_KEEPERS,
    "amenities.cancel_visit": SPORTS_KEEPERS,
    "amenities.visits": _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.SPORTS_DESK),
    "amenities.memberships": SPORTS_READERS,
    "amenities.add_membership": SPORTS_KEEPERS,
    "amenities.end_membership": SPORTS_KEEPERS,
    "amenities.seasons": SPORTS_READERS,
    "amenities.season": SPORTS_READERS,
    "amenities.open_season": SPORTS_KEEPERS,
    "amenities.cancel_season": SPORTS_KEEPERS,
    "amenities.wish": CLUBS,
    "amenities.withdraw_wish": CLUBS,
    "amenities.allocate": SPORTS_KEEPERS,
    "charges.tariffs": LAB_ACCOUNTS,
    "charges.set_tariff": ADMINISTRATORS,
    "charges.session": LAB_ACCOUNTS,
    "charges.add_extra": LAB_KEEPERS,
    "charges.remove_extra": LAB_KEEPERS,
    "charges.statements": LAB_ACCOUNTS,
    "charges.make_statements": LAB_KEEPERS,
    "charges.statement": LAB_ACCOUNTS,
    "charges.validate": _only(Role.ADMINISTRATOR, Role.LAB_MANAGER, Role.LIAISON),
    "charges.dispute": TENANTS,
    "charges.close": ADMINISTRATORS,
    "charges.adjust": LAB_KEEPERS,
    "charges.service": LAB_ACCOUNTS,
    "funds.funds": FUND_READERS,
    "funds.fund": FUND_WATCHERS,
    "funds.companies": FUND_WATCHERS,
    "funds.company": FUND_WATCHERS,
    "funds.flows": FUND_WATCHERS,
    "funds.notices": FUND_WATCHERS,
    "funds.account": FUND_READERS,
    "funds.notice": FUND_READERS,
    "funds.add_fund": ADMINISTRATORS,
    "funds.change_fund": FUND_KEEPERS,
    "funds.commit": FUND_KEEPERS,
    "funds.withdraw_commitment": FUND_KEEPERS,
    "funds.call": FUND_KEEPERS,
    "funds.distribute": FUND_KEEPERS,
    "funds.receive": FUND_KEEPERS,
    "funds.cancel_notice": FUND_KEEPERS,
    "funds.record_flow": FUND_KEEPERS,
    "funds.withdraw_flow": FUND_KEEPERS,
    "funds.add_round": FUND_KEEPERS,
    "funds.withdraw_round": FUND_KEEPERS,
    "funds.value": FUND_KEEPERS,
    "funds.withdraw_valuation": FUND_KEEPERS,
    "funds.write_off": FUND_KEEPERS,
    "funds.exit": FUND_KEEPERS,
    "cooperation.agreements": COOPERATION_READERS,
    "cooperation.agreement": COOPERATION_READERS,
    "cooperation.text": COOPERATION_READERS,
    "cooperation.propose": COOPERATION_WRITERS,
    "cooperation.add_task": COOPERATION_WRITERS,
    "cooperation.do_task": COOPERATION_WRITERS,
    "cooperation.change_agreement": COOPERATION_KEEPERS,
    "cooperation.advance": COOPERATION_KEEPERS,
    "cooperation.set_party": COOPERATION_KEEPERS,
    "cooperation.remove_party": COOPERATION_KEEPERS,
    "cooperation.sign": COOPERATION_KEEPERS,
    "cooperation.start": COOPERATION_KEEPERS,
    "cooperation.renew": COOPERATION_KEEPERS,
    "cooperation.terminate": COOPERATION_KEEPERS,
    "cooperation.drop": COOPERATION_KEEPERS,
    "cooperation.add_text": COOPERATION_KEEPERS,
    "cooperation.remove_text": COOPERATION_KEEPERS,
    "cooperation.set_plan": COOPERATION_KEEPERS,
    "cooperation.add_activity": COOPERATION_KEEPERS,
    "cooperation.withdraw_activity": COOPERATION_KEEPERS,
    "cooperation.health": COOPERATION_READERS,
    "cooperation.projects": COOPERATION_READERS,
    "cooperation.project": COOPERATION_READERS,
    "cooperation.add_project": COOPERATION_KEEPERS,
    "cooperation.change_project": COOPERATION_KEEPERS,
    "cooperation.add_use": COOPERATION_KEEPERS,
    "cooperation.end_use": COOPERATION_KEEPERS,
    "cooperation.events": COOPERATION_READERS,
    "cooperation.event": COOPERATION_READERS,
    "cooperation.plan_event": COOPERATION_WRITERS,
    "cooperation.cancel_event": COOPERATION_WRITERS,
    "cooperation.report_event": COOPERATION_KEEPERS,
    "cooperation.delegations": COOPERATION_READERS,
    "cooperation.delegation": COOPERATION_READERS,
    "cooperation.ask_delegation": COOPERATION_WRITERS,
    "cooperation.add_member": COOPERATION_WRITERS,
    "cooperation.remove_member": COOPERATION_WRITERS,
    "cooperation.cancel_delegation": COOPERATION_WRITERS,
    "cooperation.confirm_delegation": COOPERATION_WRITERS,
    "cooperation.set_programme": COOPERATION_KEEPERS,
    "cooperation.approve_delegation": COOPERATION_KEEPERS,
    "cooperation.reject_delegation": COOPERATION_KEEPERS,
    "cooperation.invite": COOPERATION_KEEPERS,
    "cooperation.report_delegation": COOPERATION_KEEPERS,
    "cooperation.members": _only(Role.COOPERATION_DESK),
    "relations.story": COOPERATION_READERS,
    "relations.related": FUND_WATCHERS,
    "relations.matrix": _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.COOPERATION_DESK),
    "utilisation.rooms": READERS,
    "imports.imports": ADMINISTRATORS,
    "imports.upload": ADMINISTRATORS,
    "imports.preview": ADMINISTRATORS,
    "imports.apply": ADMINISTRATORS,
    "notices.mine": SIGNED_IN,
    "notices.mine_show": SIGNED_IN,
    "notices.outbox": AUDITORS,
    "notices.show": AUDITORS,
    "reports.dashboard": READERS,
    "reports.stacking_plan": READERS,
    "reports.reports": REPORT_READERS,
    "reports.occupancy": AUDITORS,
    "reports.rentroll": AUDITORS,
    "reports.expiry": AUDITORS,
    "reports.compare": AUDITORS,
    "reports.cut_off": AUDITORS,
    "reports.period": AUDITORS,
    "reports.schedules": AUDITORS,
    "reports.add_schedule": ADMINISTRATORS,
    "reports.stop_schedule": ADMINISTRATORS,
    "reports.housing": _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.HOUSING_DESK),
    "reports.labs": _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.LAB_MANAGER),
    "reports.statement": LAB_ACCOUNTS,
    "reports.fund": FUND_WATCHERS,
    "reports.programme": COOPERATION_READERS,
    "reports.invitation": COOPERATION_READERS,
    "reports.cooperation": _only(Role.ADMINISTRATOR, Role.AUDITOR, Role.COOPERATION_DESK),
    "reports.fund_notice": FUND_READERS,
    "reports.request": REPORT_READERS,
    "reports.preview": REPORT_READERS,
    "reports.request_show": REPORT_READERS,
    "reports.show": REPORT_READERS,
    "reports.download": REPORT_READERS,
    "reports.check": PUBLIC,
    "reports.certificate": PUBLIC,
    "assurance.desk": AUDITORS,
    "assurance.points": AUDITORS,
    "assurance.point": AUDITORS,
    "assurance.raise_point": AUDITS,
    "assurance.say": AUDITORS,
    "assurance.close": AUDITS,
    "assurance.file": AUDITORS,
    "assurance.samples": AUDITORS,
    "assurance.draw": AUDITS,
    "assurance.sample": AUDITORS,
    "assurance.evidence_zip": AUDITORS,
    "assurance.opened": AUDITORS,
    "reports.verifier_file": PUBLIC,
}


def may(roles: Iterable[Role], deed: str, *, signed_in: bool) -> bool:
    """Tell whether somebody with *roles* may do *deed*. A deed without a line is closed."""
    line = DEEDS.get(deed)
    if line is None:
        return False
    return line.public or (line.signed_in and signed_in) or bool(line.roles & frozenset(roles))
