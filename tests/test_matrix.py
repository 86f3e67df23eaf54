"""Nothing is open by accident: every route, method, role and object, and what the policy table says of it.

The cells are made from the table of routes and from parkmgr/policy.py, so a new route is in it by itself. What fills its address is in
`furnish`; a name in an address that nobody fills fails the test.
"""

from __future__ import annotations

import functools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from itsdangerous import URLSafeSerializer
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from parkmgr import clock, signing
from parkmgr.accounts import rules as account_rules
from parkmgr.accounts.models import RoleGrant, User
from parkmgr.amenities import actions as amenities
from parkmgr.amenities import season_actions
from parkmgr.amenities.rules import Offer
from parkmgr.app import create_app
from parkmgr.assurance import actions as assurance
from parkmgr.assurance import queries as assurance_queries
from parkmgr.audit.models import Entry
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import door_actions, downtime, feed_actions
from parkmgr.bookings.models import Booking, FeedKind
from parkmgr.bookings.queries import Slot
from parkmgr.charges import actions as charges
from parkmgr.charges.rules import What
from parkmgr.config import Config, prepare_instance
from parkmgr.cooperation import agreement_actions as agreements
from parkmgr.cooperation import delegation_actions as delegations
from parkmgr.cooperation import project_actions as projects
from parkmgr.cooperation.agreement_rules import Proposed
from parkmgr.cooperation.agreement_rules import Term as AgreementTerm
from parkmgr.cooperation.delegation_actions import Member
from parkmgr.cooperation.delegation_rules import Asked, Item
from parkmgr.cooperation.project_actions import What as Partner
from parkmgr.cooperation.project_rules import EventAsked, ProjectAsked
from parkmgr.cooperation.rules import ActivityKind, AgreementState, EventKind, ItemKind, ProjectKind
from parkmgr.db import db, transaction
from parkmgr.funds import actions as funds
from parkmgr.funds.deed_rules import FundAsked, Investor, RoundAsked
from parkmgr.funds.rules import Instrument, Method, Purpose
from parkmgr.housing import actions as housing
from parkmgr.housing import allocating_actions as allocating
from parkmgr.housing import queries as housing_queries
from parkmgr.housing import rules_actions
from parkmgr.housing.allocating_rules import Eligible, Giving, WaitingClass, Wish
from parkmgr.imports import actions as imports
from parkmgr.labs import actions as labs
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.leases import actions as leases
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.rules import Step, Terms
from parkmgr.notices.models import Notice
from parkmgr.occupancy import closures
from parkmgr.organisations.models import Contact, Organisation
from parkmgr.people import actions as people
from parkmgr.places.models import Building, Park, Space
from parkmgr.policy import DEEDS, SYSTEM, Actor, Role
from parkmgr.reports import actions as reports
from parkmgr.reports import queries as report_queries
from parkmgr.reports import scheduling
from parkmgr.reports.rules import Wanted
from parkmgr.values import Money, Names, Span, Term
from tests.making import Maker
from tests.web.visiting import Visitor

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPEN, SIGN_IN = "open", "to the sign-in"

Cast = dict[str, dict[str, Any]]
"""Name in an address (or slice.name) -> where -> value."""


@dataclass
class Stage:
    """Two furnished parks, and somebody of each role."""

    app: Flask
    database: Path
    image: Path
    cast: Cast
    people: dict[str, Actor]
    parks: dict[str, int]
    tenants: dict[str, int]
    cookies: dict[str, str] = field(default_factory=dict)

    def visitor(self, who: str) -> Visitor:
        """Return a new browser in which somebody is signed in."""
        visitor = Visitor(self.app)
        if self.cookies[who]:
            visitor.client.set_cookie("parkmgr", self.cookies[who])
        return visitor

    def again(self) -> None:
        """The register is as it was at the beginning."""
        db.session.remove()
        db.engine.dispose()
        for file in self.database.parent.glob("parkmgr.sqlite-*"):
            file.unlink()
        shutil.copy(self.image, self.database)

    def facts(self) -> str:
        """Return everything that stands in the register, but for when sign-ins were last seen, and what auditors opened."""
        db.session.rollback()
        with sqlite3.connect(self.database) as connection:
            lines = [
                line
                for line in connection.iterdump()
                if "INSERT INTO" in line and not any(table in line for table in ('"sign_ins"', '"audit_opened"'))
            ]
        connection.close()
        return "\n".join(lines)


def furnish(make: Maker, code: str, where: str, cast: Cast) -> tuple[int, int]:
    """Put a park on the stage with one of everything, and return its id and its tenant's."""

    def put(**values: Any) -> None:
        for name, value in values.items():
            cast.setdefault(name.replace("__", "."), {})[where] = value

    now = clock.now()
    park = make.park(code, drafter_may_sign=True)
    park_id = park.id
    building = make.building(park, f"{code}-B")
    space = make.space(building, f"{code}-101")
    vacant = make.space(building, f"{code}-102")
    tenant = make.organisation(f"{code}-ORG")
    contact = Contact(organisation_id=tenant.id, name=f"Contact of {code}")
    make.keep(contact)
    tenant_id, contact_id, space_id, vacant_id, building_code = tenant.id, contact.id, space.id, vacant.id, building.code
    building_id = building.id
    put(park=code, building=building_code, code=vacant.code, organisations__code=tenant.code, contact=contact_id)

    first = date(2026, 1, 1)
    terms = Terms(term=Term(first, date(2030, 12, 31)), space_ids=(space_id,), currency="CNY", steps=(Step(first, Money.of(1000, "CNY")),))
    drafter = make.granted(Role.ADMINISTRATOR, park=db.session.get_one(Park, park_id), email=f"drafter@{code.lower()}.example")
    with transaction():
        lease = leases.draft(db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id), terms, actor=drafter, now=now)
        number = lease.number
    for deed in (leases.offer, leases.sign):
        with transaction():
            deed(lease_queries.lease(number, SYSTEM), actor=drafter, now=now)
    put(number=number)
    with transaction():
        asked_for = leases.ask(
            db.session.get_one(Park, park_id),
            db.session.get_one(Space, vacant_id),
            db.session.get_one(Organisation, tenant_id),
            Term(date(2099, 1, 1), date(2099, 12, 31)),
            actor=SYSTEM,
            now=now,
        )
        put(asked=asked_for.number)

    wanted = Wanted(date(2026, 6, 30))
    with transaction():
        here = db.session.get_one(Park, park_id)
        issued = reports.issue(here, reports.compiled(here, wanted, now=now, with_history=False), wanted, actor=SYSTEM, now=now)
        asked = reports.ask(here, wanted, key=f"key-{code}", actor=drafter, now=now)
        put(reports__number=issued.number, request_id=asked.id, format_="pdf")
        report_id = issued.number
    with transaction():
        reports.keep(report_queries.report(park_id, report_id), b"%PDF-1.7")

    content = b"code,name\nX-1,A building\n"
    _table, plan = imports.read("buildings", content, None)
    with transaction():
        from parkmgr.imports import mapping

        kept = imports.upload(
            db.session.get_one(Park, park_id), "buildings", "b.csv", content, mapping.to_toml(plan), actor=drafter, now=now
        )
        put(file_id=kept.id)

    reader = make.granted(Role.AUDITOR, park=db.session.get_one(Park, park_id), email=f"reader@{code.lower()}.example")
    with transaction():
        here = db.session.get_one(Park, park_id)
        monthly = scheduling.add(here, "occupancy", 2, [f"reader@{code.lower()}.example"], actor=drafter, now=now)
        put(schedule_id=monthly.id)
    grant = db.session.scalars(db.select(RoleGrant).filter_by(user_id=reader.user_id)).one()
    entry = db.session.scalars(db.select(Entry.id).where(Entry.park_id == park_id).order_by(Entry.id.desc())).first()
    put(user=reader.user_id, grant=grant.id, entry=entry, filename="app.css")
    room = make.room(f"{code}-R", building=db.session.get_one(Building, building_id))
    put(rules_id=make.rules(db.session.get_one(Park, park_id), week="Mon-Sun 00:00-24:00").id)
    with transaction():
        here = db.session.get_one(Park, park_id)
        start = (now + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
        slot = Slot(room.id, Span(start, start + timedelta(hours=1)))
        organisation = db.session.get_one(Organisation, tenant_id)
        [booking] = bookings.book(here, organisation, bookings.Wanted((slot,), purpose="A meeting"), actor=drafter, now=now)
        waiting = bookings.join(here, organisation, slot, people=1, purpose="", actor=drafter, now=now)
        put(bookings__number=booking.number, waiting=waiting.number)
        feed, secret = feed_actions.add_feed(here, FeedKind.MINE, actor=reader, now=now)
        put(feed_id=feed.id, secret=secret)
        closed = closures.close(
            here, [db.session.get_one(Space, room.id)], Term(date(2098, 1, 1), date(2098, 1, 2)), operator=organisation,
            reason="Works", actor=drafter, now=now,
        )  # fmt: skip
        put(closure=closed.number)
        tablet, opened = door_actions.add_door(
            here, db.session.get_one(Space, room.id), organisation, language="en", actor=drafter, now=now
        )
        put(door=opened, door_id=tablet.id)
    with transaction():
        here = db.session.get_one(Park, park_id)
        put(people__number=people.add(here, db.session.get_one(Organisation, tenant_id), name="Somebody", actor=drafter, now=now).number)
    last_month = (now.replace(day=1) - timedelta(days=10)).replace(minute=0, second=0, microsecond=0)
    session = Booking(
        park_id=park_id, number=f"B-1998-{park_id:04d}", space_id=room.id, organisation_id=tenant_id, desk="lab", state="completed",
        starts_at=last_month, ends_at=last_month + timedelta(hours=1), requested_at=last_month, price_minor=100, currency="CNY",
    )  # fmt: skip
    make.keep(session)
    session_number, session_id = session.number, session.id
    with transaction():
        here = db.session.get_one(Park, park_id)
        [statement] = charges.make_statements(here, last_month.date(), actor=drafter, now=now)
        more = charges.add_extra(
            db.session.get_one(Booking, session_id),
            What.CONSUMABLE,
            1,
            name="Gold",
            money=Money(1, "CNY"),
            park=here,
            actor=drafter,
            now=now,
        )
        put(statement=statement.number, session=session_number, extra_id=more.id)
    _amenities(make, code, (park_id, building_id, tenant_id), drafter, put)
    _homes(make, code, (park_id, building_id, tenant_id), drafter, put)
    _asking(park_id, tenant_id, drafter, put)
    _labs(make, code, (park_id, building_id, tenant_id), drafter, put)
    _funds(code, park_id, tenant_id, drafter, put)
    _cooperation(make, code, (park_id, room.id, tenant_id), drafter, put)
    _assurance(park_id, reader, drafter, put)
    return park_id, tenant_id


def _assurance(park_id: int, reader: Actor, drafter: Actor, put: Callable[..., None]) -> None:
    """An auditor asks, with a file, and draws."""
    now = clock.now()
    with transaction():
        park, owner = db.session.get_one(Park, park_id), drafter.user_id or 0
        point = assurance.raise_point(
            park, "request", "Deposits", "Which?", owner_id=owner, due_on=now.date() + timedelta(days=9),
            filename="list.pdf", content=b"%PDF-1.7\n", actor=reader, now=now,
        )  # fmt: skip
        sample = assurance.draw(park, "units", "simple", 1, on=now.date() - timedelta(days=1), actor=reader, now=now)
        put(point=point.number, sample=sample.number, message_id=assurance_queries.messages(point.id)[0].id)


def _cooperation(make: Maker, code: str, ids: tuple[int, int, int], drafter: Actor, put: Callable[..., None]) -> None:
    """Put an agreement of the tenant, a project, an event, and a visit of the tenant that may come."""
    now = clock.now()
    park_id, room_id, tenant_id = ids
    host_id = make.organisation(f"{code}-HOST").id
    today = now.date() - timedelta(days=1)
    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        host, room = db.session.get_one(Organisation, host_id), db.session.get_one(Space, room_id)
        asked = Proposed("framework", Names(code), today)
        agreement = agreements.propose(park, asked, [tenant, host], actor=drafter, now=now)
        for state in (AgreementState.DRAFTING, AgreementState.LEGAL_REVIEW):
            agreements.advance(agreement, state, on=today, actor=drafter, now=now)
        text = agreements.add_text(agreement, "en", authentic=True, filename="a.pdf", content=b"%PDF-1.7", actor=drafter, now=now)
        for party in (tenant, host):
            agreements.sign(agreement, party, on=today, signatory="Somebody", actor=drafter, now=now)
        agreements.start(agreement, AgreementTerm(today, None), actor=drafter, now=now)
        activity = agreements.add_activity(agreement, ActivityKind.OTHER, "Lectures", on=today, actor=drafter, now=now)
        task = agreements.add_task(agreement, "Plan", due_on=now.date() + timedelta(days=30), actor=drafter, now=now)
        wanted = ProjectAsked(ProjectKind.PROJECT, Names(code), "space", today)
        project = projects.add_project(park, wanted, tenant, agreement=agreement, actor=drafter, now=now)
        use = projects.add_use(project, Partner(organisation=host), today, actor=drafter, now=now)
        begins = (now + timedelta(days=40)).replace(hour=2, minute=0, second=0, microsecond=0)
        talks = EventAsked(EventKind.SEMINAR, Names(code), begins, begins + timedelta(hours=1), 2)
        event = projects.plan_event(park, talks, tenant, [room], agreement=agreement, actor=drafter, now=now)
        day = begins.date()
        visit = Asked(Names(code), tenant.code, host.code, day, day, 2, "ru", "zh")
        line = Item(ItemKind.MEETING, begins + timedelta(hours=2), begins + timedelta(hours=3), 2, room.id)
        delegation = delegations.ask(park, tenant, host, visit, [line], agreement=agreement, actor=drafter, now=now)
        member = delegations.add_member(delegation, Member("Somebody"), actor=drafter, now=now)
        delegations.approve_delegation(delegation, actor=drafter, now=now)
        put(
            agreement=agreement.number,
            text_id=text.id,
            activity_id=activity.id,
            task_id=task.id,
            project=project.number,
            use_id=use.id,
            event=event.number,
            delegation=delegation.number,
            member_id=member.id,
        )


def _funds(code: str, park_id: int, tenant_id: int, drafter: Actor, put: Callable[..., None]) -> None:
    """Put a fund that the tenant manages and pays into, and a company of which it owns a part: the tenant again."""
    now = clock.now()
    first = date(2026, 1, 5)

    def yuan(minor: int) -> Money:
        return Money(minor, "CNY")

    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        asked = FundAsked(f"{code}-FUND", Names(code), yuan(1000), first.year, first, None)
        fund = funds.add_fund(park, asked, tenant, tenant, actor=drafter, now=now)
        promise = funds.commit(fund, tenant, yuan(1000), first, actor=drafter, now=now)
        told = funds.call(fund, {Purpose.FEE: yuan(500)}, first, date(2026, 3, 5), actor=drafter, now=now)
        paid = funds.receive(fund, told, tenant, yuan(200), date(2026, 3, 5), actor=drafter, now=now)
        investor = Investor(fund.code, yuan(50), 5, fund=fund.id)
        asked_for = RoundAsked(date(2026, 3, 9), "A", Instrument.EQUITY, yuan(50), None, 10, (investor,))
        made = funds.add_round(park, tenant, asked_for, actor=drafter, now=now)
        day = date(2026, 3, 10)
        worth = funds.value(fund, tenant, yuan(60), day, method=Method.MULTIPLES, valued_by="Somebody", actor=drafter, now=now)
        put(
            fund=fund.code,
            organisation=tenant.code,
            commitment_id=promise.id,
            funds__notice=told.number,
            reports__notice=told.number,
            flow_id=paid.id,
            round_id=made.id,
            valuation_id=worth.id,
        )


def _labs(make: Maker, code: str, ids: tuple[int, int, int], drafter: Actor, put: Callable[..., None]) -> None:
    """Put a laboratory with an instrument, a permit and planned downtime into the park."""
    now = clock.now()
    park_id, building_id, tenant_id = ids
    room = make.space(db.session.get_one(Building, building_id), f"{code}-LAB", kind="laboratory").id
    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        lab = labs.run_lab(park, db.session.get_one(Space, room), actor=drafter, now=now)
        asset = Asset(f"{code}-EQ", Names("Microscope"), tenant.id)
        working = EquipmentState.OPERATIONAL
        piece = labs.add_equipment(park, asset, lab=lab, bookable=True, state=working, actor=drafter, now=now)
        kind = labs.add_permit_kind(park, f"{code.lower()}-laser", Names("Laser"), actor=drafter, now=now)
        person = people.add(park, tenant, name="Somebody", actor=drafter, now=now)
        permit = labs.grant(park, person, kind, actor=drafter, now=now)
        paper = labs.add_document(lab, "Risks", "risks.pdf", b"%PDF-1.7", actor=drafter, now=now)
        soon = now + timedelta(days=30)
        stopped = downtime.stop(
            park, [piece], planned=True, reason="Service", starts_at=soon, ends_at=soon + timedelta(hours=8), actor=drafter, now=now
        )
        put(labs__code=f"{code}-LAB", labs__kind=kind.code, piece=piece.number, permit=permit.number, document_id=paper.id)
        put(closure=stopped.number)


def _asking(park_id: int, tenant_id: int, drafter: Actor, put: Callable[..., None]) -> None:
    """Put rules of housing, an application with a document, and a lottery."""
    now = clock.now()
    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        classes = (WaitingClass("young", Names("Young"), "lottery", 1),)
        giving = Giving(classes=classes, eligible=(Eligible("kind", tenant.kind, ("young",)),))
        rules_actions.set_rules(park, giving, actor=drafter, now=now)
        person = people.add(park, tenant, name="Somebody", actor=drafter, now=now)
        person.organisation = tenant
        asked = allocating.apply(park, person, Wish("young", from_on=now.date() + timedelta(days=1)), actor=drafter, now=now)
        paper = allocating.add_paper(asked, "Certificate", "c.pdf", b"%PDF-1.7", actor=drafter, now=now)
        lottery = allocating.publish_lottery(park, "young", now + timedelta(days=1), actor=drafter, now=now)
        put(application=asked.number, paper_id=paper.id, lottery=lottery.number)


def _homes(make: Maker, code: str, ids: tuple[int, int, int], drafter: Actor, put: Callable[..., None]) -> None:
    """Put somebody into a flat, and somebody out of another."""
    now = clock.now()
    park_id, building_id, tenant_id = ids
    flats = [make.space(db.session.get_one(Building, building_id), f"{code}-F{number}", kind="flat").id for number in (1, 2)]
    today = now.date() - timedelta(days=1)
    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        for flat in flats:
            agreed = housing.Agreed(Term(today, today if flat == flats[1] else None), Money(100000, "CNY"))
            person = people.add(park, tenant, name="Somebody", actor=drafter, now=now)
            lives = housing.settle(park, db.session.get_one(Space, flat), person, tenant, agreed, actor=drafter, now=now)
            found = housing.Inventory(2, (housing.InventoryLine("Hall", "Door", 2, "", b"a photo"),))
            check = housing.move_in(lives, found, on=today, actor=drafter, now=now)
            assert check is not None
            if flat == flats[1]:
                housing.leave(lives, None, on=today, actor=drafter, now=now)
                continue
            check.residency = lives
            opens = housing.make_link(check, actor=drafter, now=now)
            [line] = housing_queries.lines([check.id])[check.id]
            put(housing__number=lives.number, housing__kind="in", line_id=line.id, check=opens, vacated=f"{code}-F2")


def _amenities(make: Maker, code: str, ids: tuple[int, int, int], drafter: Actor, put: Callable[..., None]) -> None:
    """Put a hospital and a sports centre into the park."""
    now = clock.now()
    park_id, building_id, tenant_id = ids
    clinic = make.space(db.session.get_one(Building, building_id), f"{code}-CLINIC", kind="clinic").id
    court = make.space(db.session.get_one(Building, building_id), f"{code}-COURT", kind="sports", bookable=True).id
    with transaction():
        park, tenant = db.session.get_one(Park, park_id), db.session.get_one(Organisation, tenant_id)
        always = "Mon-Sun 00:00-24:00"
        names, rooms = Names(code), [db.session.get_one(Space, clinic)]
        gp = amenities.add_service(
            park, tenant, f"{code}-gp", names, Offer("hospital", always, open_on_holidays=True), rooms, actor=drafter, now=now
        )
        pool = amenities.add_service(
            park, tenant, f"{code}-pool", names, Offer("sports", always, open_on_holidays=True), [], actor=drafter, now=now
        )
        soon = (now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        come = amenities.appoint(gp, park, None, soon, who="Somebody", actor=drafter, now=now)
        visit = amenities.count_visit(pool, park, class_="resident", actor=drafter, now=now)
        first = now.date() + timedelta(days=30)
        card = amenities.add_membership(park, tenant, plan="Year", starts_on=first, ends_on=first, actor=drafter, now=now)
        season = season_actions.open_season(
            park, f"{code}-season", names, [db.session.get_one(Space, court)], starts_on=first, ends_on=first + timedelta(days=60),
            ask_until=first - timedelta(days=5), actor=drafter, now=now,
        )  # fmt: skip
        wish = season_actions.wish(season, park, tenant, weekday=1, at=time(18), minutes=60, actor=drafter, now=now)
        put(
            service=pool.code,
            appointment=come.booking.number,
            visit_id=visit.id,
            membership=card.number,
            season=season.code,
            wish_id=wish.id,
        )


NOWHERE: dict[str, Any] = {
    "schedule_id": 987654,
    "point": "ARQ-1999-0001",
    "sample": "SMP-1999-0001",
    "message_id": 987654,
    "agreement": "AG-1999-0001",
    "text_id": 987654,
    "activity_id": 987654,
    "task_id": 987654,
    "project": "PR-1999-0001",
    "use_id": 987654,
    "event": "EV-1999-0001",
    "delegation": "V-1999-0001",
    "member_id": 987654,
    "fund": "NO-FUND",
    "organisation": "NO-ORG",
    "commitment_id": 987654,
    "flow_id": 987654,
    "round_id": 987654,
    "valuation_id": 987654,
    "piece": "EQ-NONE",
    "permit": "PM-1999-0001",
    "document_id": 987654,
    "application": "H-1999-0001",
    "paper_id": 987654,
    "lottery": "LOT-1999-0001",
    "service": "no-service",
    "appointment": "B-1999-0001",
    "visit_id": 987654,
    "membership": "SM-1999-0001",
    "season": "no-season",
    "wish_id": 987654,
    "statement": "ST-1999-0001",
    "session": "B-1999-0001",
    "extra_id": 987654,
    "park": "NOWHERE",
    "closure": "C-1999-0001",
    "building": "NO-B",
    "code": "NO-1",
    "contact": 987654,
    "number": "L-1999-0001",
    "asked": "R-1999-0001",
    "request_id": 987654,
    "format_": "exe",
    "file_id": 987654,
    "user": 987654,
    "grant": 987654,
    "entry": 987654,
    "notice": 987654,
    "filename": "none.css",
    "token": "none",
    "feed_id": 987654,
    "secret": "none",
    "waiting": "W-1999-0001",
    "rules_id": 987654,
    "door": "none",
    "door_id": 987654,
    "kind": "none",
    "line_id": 987654,
    "check": "none",
    "vacated": "NO-1",
}


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage. Its application context is around the whole module; requests push their own."""
    folder = tmp_path_factory.mktemp("stage")
    database, image = folder / "parkmgr.sqlite", folder / "image"
    shutil.copy(sqlite_template, database)
    config = Config(instance=folder)
    prepare_instance(config)
    signing.prepare(config, now=clock.now(), bits=2048)
    app = create_app(config, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        made = _furnished(app, database, image)
        yield made
        db.session.remove()
        db.engine.dispose()


def _furnished(app: Flask, database: Path, image: Path) -> Stage:
    make, cast = Maker(), {}
    home, tenant = furnish(make, "HOME", "own", cast)
    away, away_tenant = furnish(make, "AWAY", "foreign", cast)

    def park(park_id: int) -> Park:
        return db.session.get_one(Park, park_id)

    def organisation(organisation_id: int) -> Organisation:
        return db.session.get_one(Organisation, organisation_id)

    other = make.organisation("OTHER").id
    people = {
        "liaison": make.granted(Role.LIAISON, park=park(home), organisation=organisation(tenant)),
        "liaison of another organisation": make.granted(Role.LIAISON, park=park(home), organisation=organisation(other)),
        "liaison of another park": make.granted(Role.LIAISON, park=park(away), organisation=organisation(away_tenant)),
        "auditor": make.granted(Role.AUDITOR, park=park(home)),
        "auditor of another park": make.granted(Role.AUDITOR, park=park(away)),
        "housing desk": make.granted(Role.HOUSING_DESK, park=park(home)),
        "hospital desk": make.granted(Role.HOSPITAL_DESK, park=park(home)),
        "sports desk": make.granted(Role.SPORTS_DESK, park=park(home)),
        "lab manager": make.granted(Role.LAB_MANAGER, park=park(home)),
        "fund manager": make.granted(Role.FUND_MANAGER, park=park(home), organisation=organisation(tenant)),
        "fund manager of another organisation": make.granted(Role.FUND_MANAGER, park=park(home), organisation=organisation(other)),
        "partner of a fund": make.granted(Role.FUND_PARTNER, park=park(home), organisation=organisation(tenant)),
        "partner of another fund": make.granted(Role.FUND_PARTNER, park=park(home), organisation=organisation(other)),
        "cooperation desk": make.granted(Role.COOPERATION_DESK, park=park(home)),
        "administrator": make.granted(Role.ADMINISTRATOR, park=park(home)),
        "administrator of another park": make.granted(Role.ADMINISTRATOR, park=park(away)),
        "administrator of all parks": make.granted(Role.ADMINISTRATOR),
        "without a role": Actor(make.user("none@parkmgr.example").id, "none"),
        "stranger": Actor(None, ""),
    }
    cookies = {who: "" if person.user_id is None else Visitor(app).is_(person).cookie for who, person in people.items()}
    cast["notices.notice"] = {
        where: _told(people[RECEIVERS[where]].user_id, park_id).id for where, park_id in (("own", home), ("foreign", away))
    }
    signer = URLSafeSerializer(str(app.secret_key), salt="parkmgr.reset")
    user = db.session.get_one(User, cast["user"]["own"])
    cast["token"] = dict.fromkeys(
        ("own", "foreign"), signer.dumps([user.id, account_rules.proof(user.password_hash), int(clock.now().timestamp())])
    )
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.session.remove()
    db.engine.dispose()
    shutil.copy(database, image)
    return Stage(app, database, image, cast, people, {"own": home, "foreign": away}, {"own": tenant, "foreign": away_tenant}, cookies)


RECEIVERS = {"own": "auditor", "foreign": "auditor of another park"}
"""Who was sent the notice of each park."""


def _told(user_id: int | None, park_id: int) -> Notice:
    now = clock.now()
    notice = Notice(key=f"an event of {park_id}", user_id=user_id, address="auditor@parkmgr.example", language="en", park_id=park_id)
    notice.subject = notice.text = notice.search = "told"
    notice.created_at = notice.due_at = now
    with transaction():
        db.session.add(notice)
    return notice


def filled(stage: Stage, rule: Rule, where: str) -> str | None:
    """Return the rule's address with own or foreign objects, or where one of its objects is not there or not under the one before it.

    None: the rule has too few names for that.
    """
    names = [part for part in rule.arguments if part not in (rule.defaults or {})]
    names.sort(key=lambda name: rule.rule.index(f"{name}>"))
    if where in ("missing", "foreign") and not names:
        return None
    if where in ("absent", "crossed") and len(names) < 2:
        return None
    values: dict[str, Any] = {}
    for position, name in enumerate(names):
        known = stage.cast.get(f"{rule.endpoint.split('.')[0]}.{name}", stage.cast.get(name))
        assert known is not None, f"tests/test_matrix.py does not know how to fill <{name}> of {rule.endpoint}: put it into furnish()"
        first = position == 0
        if where == "missing" or (where == "absent" and not first):
            values[name] = NOWHERE[name]
        else:
            values[name] = known["own" if where in ("own", "absent") or (where == "crossed" and first) else "foreign"]
    if where == "absent" and names[-1] == "format_":
        values[names[1]] = stage.cast["reports.number"]["own"]
    with stage.app.test_request_context():
        return url_for(rule.endpoint, **values)


PERSONAL = {"bookings.revoke_feed", "bookings.leave", "bookings.accept"}
"""What is its maker's alone, whatever the role of others."""
LOOKS = {
    "housing.paper",
    "housing.residency",
    "amenities.hospital",
    "amenities.appointment",
    "cooperation.members",
    "reports.invitation",
    "people.people",
    "people.show",
    "people.change",
}
"""Where a look at names is itself an entry of the audit: all that a GET may leave behind."""
EVERYWHERE = {"places.add_park"}
"""What is no single park's: only who has the role in all parks may."""


def expected(stage: Stage, who: str, rule: Rule, where: str) -> str | int:
    """Return what the policy table says of a cell."""
    person, deed = stage.people[who], rule.endpoint
    line = DEEDS[deed]
    if line.public:
        strange = where == "crossed" and deed == "housing.check_photo"
        return 404 if strange or (where in ("missing", "absent") and deed != "reports.check") else OPEN
    if person.user_id is None:
        return SIGN_IN
    if not person.may(deed) or (deed in EVERYWHERE and person.parks(deed) is not None):
        return 403
    if where == "crossed" and deed == "relations.story" and person.roles() != {Role.LIAISON}:
        return OPEN if person.may(deed, stage.parks["own"]) else 404  # organisations are of no park
    if where in ("missing", "absent", "crossed"):
        return 404
    return OPEN if _reaches(stage, person, rule, where) else 404


OF_ONE = {"statement", "session", "wish_id", "application", "permit", "agreement", "project", "event", "delegation"}
"""What is one organisation's on the stage: a liaison reaches her own."""


def _reaches(stage: Stage, person: Actor, rule: Rule, where: str) -> bool:
    """Tell whether somebody with the role for a deed has it for these objects."""
    slice_ = rule.endpoint.split(".")[0]
    if not rule.arguments or slice_ == "organisations":
        return True  # organisations are of no park
    if rule.endpoint == "notices.mine_show":
        return person is stage.people[RECEIVERS[where]]
    if not person.may(rule.endpoint, stage.parks[where]):
        return False
    if rule.endpoint in PERSONAL:
        return False  # nobody on the stage made it
    if _is_other_desks(person, rule) or _is_other_funds(stage, person, rule, where):
        return False
    if slice_ == "reports" and {"number", "request_id"} & rule.arguments:
        return person.may("reports.occupancy", stage.parks[where])  # the report on the stage is of this kind
    if slice_ in ("leases", "bookings") and {"number", "asked"} & rule.arguments and not person.sees_all(stage.parks[where]):
        return stage.tenants[where] in person.organisations(stage.parks[where])
    if (OF_ONE & rule.arguments or rule.endpoint == "relations.story") and person.roles() == {Role.LIAISON}:
        return stage.tenants[where] in person.organisations(stage.parks[where])
    if slice_ in ("people", "housing") and "number" in rule.arguments and person.roles() == {Role.LIAISON}:
        return stage.tenants[where] in person.organisations(stage.parks[where])
    return True


def _is_other_funds(stage: Stage, person: Actor, rule: Rule, where: str) -> bool:
    """Tell whether the fund on the stage is not this manager's, or not one into which this partner pays."""
    if not {"fund", "notice", "organisation"} & rule.arguments or not person.roles() & {Role.FUND_MANAGER, Role.FUND_PARTNER}:
        return False
    return stage.tenants[where] not in person.organisations(stage.parks[where], *person.roles())


def _is_other_desks(person: Actor, rule: Rule) -> bool:
    """Tell whether what is on the stage is not this desk's: its booking is of a meeting room, its service of the sports centre."""
    if rule.endpoint == "labs.document":
        return person.roles() == {Role.LIAISON}  # of a laboratory that she has not let
    if rule.endpoint == "amenities.change_service":
        return Role.HOSPITAL_DESK in person.roles()
    of_one = bool({"number", "waiting"} & rule.arguments) and rule.endpoint.startswith("bookings.")
    return of_one and bool(person.roles() & {Role.HOSPITAL_DESK, Role.SPORTS_DESK})


def said(answer: TestResponse) -> str | int:
    """Return what an answer means in the matrix."""
    if answer.status_code == 303 and str(answer.location).startswith("/sign-in?next="):
        return SIGN_IN
    if answer.status_code == 303 and answer.location == "/sign-in" and answer.request.method == "POST":
        return SIGN_IN
    if answer.status_code in (401, 403, 404, 405) or answer.status_code >= 500:
        return answer.status_code
    return OPEN


LEADS_TO_THE_SIGN_IN = {"accounts.sign_out", "accounts.second_factor"}
"""Where an answer that is let through leads to the sign-in all the same."""


def cells(stage: Stage, endpoint: str) -> Iterator[tuple[str, str, str, str, str | int]]:
    """Yield (method, where, who, address, what is expected) of every cell of an endpoint."""
    for rule in stage.app.url_map.iter_rules(endpoint):
        for where in ("own", "foreign", "crossed", "absent", "missing"):
            address = filled(stage, rule, where)
            if address is None:
                continue
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield from ((method, where, who, address, expected(stage, who, rule, where)) for who in stage.people)
                elif where == "own":
                    yield from ((method, where, who, address, 405) for who in ("stranger", "administrator"))


@pytest.mark.parametrize("endpoint", sorted(DEEDS))
def test_matrix(stage: Stage, endpoint: str) -> None:
    """Whoever is refused changes nothing; a GET changes nothing, whoever asks."""
    stage.again()
    before = stage.facts()
    wrong: list[str] = []
    found = 0
    for method, where, who, address, wanted in cells(stage, endpoint):
        found += 1
        answer = stage.visitor(who).open(address, method)
        was = OPEN if endpoint in LEADS_TO_THE_SIGN_IN and wanted == OPEN and said(answer) == SIGN_IN else said(answer)
        if was != wanted:
            wrong.append(f"{method} {address} ({where}) as {who}: {answer.status_code}, expected {wanted}")
        if wanted == OPEN and (method != "GET" or endpoint in LOOKS):
            stage.again()
    assert found, f"{endpoint} has a line and no route"
    assert not wrong, "\n".join(wrong)
    assert stage.facts() == before


@pytest.mark.parametrize("endpoint", sorted(DEEDS.keys() - {"static"}))
def test_head_and_options_tell_no_more_and_change_nothing(stage: Stage, endpoint: str) -> None:
    stage.again()
    before = stage.facts()
    for rule in stage.app.url_map.iter_rules(endpoint):
        for where in ("own", "foreign"):
            address = filled(stage, rule, where)
            if address is None:
                continue
            for who in ("stranger", "auditor", "administrator of another park", "administrator"):
                if "GET" in (rule.methods or ()):
                    head, get = (stage.visitor(who).open(address, method) for method in ("HEAD", "GET"))
                    assert (head.status_code, head.get_data()) == (get.status_code, b""), f"HEAD {address} as {who}"
                    if endpoint in LOOKS:
                        stage.again()
                options = stage.visitor(who).open(address, "OPTIONS")
                assert options.status_code in (200, 303, 403), f"OPTIONS {address} as {who}: {options.status_code}"
                assert not options.get_data() or options.status_code != 200
    assert stage.facts() == before


@pytest.mark.parametrize("number", [0, 2**31, 2**63 - 1, 2**63, 10**40])
def test_no_number_breaks_an_address(stage: Stage, number: int) -> None:
    stage.again()
    visitor = stage.visitor("administrator of all parks")
    wrong = []
    for rule in stage.app.url_map.iter_rules():
        whole = [name for name, converter in rule._converters.items() if isinstance(converter, IntegerConverter)]
        if not whole:
            continue
        values = {
            name: stage.cast.get(f"{rule.endpoint.split('.')[0]}.{name}", stage.cast.get(name, {})).get("own") for name in rule.arguments
        }
        with stage.app.test_request_context():
            address = url_for(rule.endpoint, **values)
        for name in whole:
            broken = address.replace(f"/{values[name]}", f"/{number}")
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                status = visitor.open(broken, method).status_code
                if status != 404:
                    wrong.append(f"{method} {broken}: {status}")
    assert not wrong, "\n".join(wrong)


TEXTS = {
    "control characters": "%00%01%0D%0A",
    "a quotation": "'%22--",
    "a wildcard": "%25_%25",
    "markup": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "dots": "..%2F..%2Fetc%2Fpasswd",
    "other scripts": "%E6%8B%89%E4%BA%9A%E5%85%8B%E2%80%AE",
    "broken UTF-8": "%FF%FE",
    "long": "x" * 6000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_text_breaks_an_address(stage: Stage, text: str) -> None:
    stage.again()
    administrator = stage.visitor("administrator of all parks")
    alone = {Role.HOSPITAL_DESK: "hospital desk", Role.COOPERATION_DESK: "cooperation desk", Role.AUDITOR: "auditor"}
    desks = {role: stage.visitor(who) for role, who in alone.items()}
    wrong = []
    for rule in stage.app.url_map.iter_rules():
        names = sorted(rule.arguments - set(rule.defaults or {}), key=functools.partial(_position, rule))
        visitor = next((desk for role, desk in desks.items() if DEEDS[rule.endpoint].roles == {role}), administrator)
        texts = [name for name in names if not isinstance(rule._converters[name], IntegerConverter)]
        for name in texts:
            values: dict[str, Any] = {
                one: stage.cast.get(f"{rule.endpoint.split('.')[0]}.{one}", stage.cast.get(one, {})).get("own") for one in names
            }
            values[name] = "PUT-IT-HERE"
            with stage.app.test_request_context():
                address = url_for(rule.endpoint, **values).replace("PUT-IT-HERE", text)
            answer = visitor.open(address, "GET" if "GET" in (rule.methods or ()) else "POST")
            if answer.status_code not in (404, 400, 308) and DEEDS[rule.endpoint].public is False:
                wrong.append(f"{address[:80]}: {answer.status_code}")
            if answer.status_code >= 500 or b"<script>alert" in answer.get_data():
                wrong.append(f"{address[:80]}: {answer.status_code}, or echoed")
    assert not wrong, "\n".join(wrong)


def _position(rule: Rule, name: str) -> int:
    return rule.rule.index(f"{name}>")


def test_every_cell_is_counted(stage: Stage) -> None:
    """So that a change which empties the matrix does not pass as a change which keeps it."""
    stage.again()
    count = sum(1 for endpoint in DEEDS for _ in cells(stage, endpoint))
    assert count > 4_000
