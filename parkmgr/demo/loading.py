"""Loading the demo park: each deed of its story is done by the action that people use, at the instant of the story."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import singledispatchmethod

from parkmgr.accounts import actions as accounts
from parkmgr.audit.actions import settle
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booked
from parkmgr.bookings import rules_actions, tending
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Crew, Slot
from parkmgr.bookings.rules import Access, Answer, Conditions, Quota, State
from parkmgr.calendars.rules import parse_week
from parkmgr.db import db, transaction
from parkmgr.demo import auditing, deeds, facts
from parkmgr.demo.facts import Told
from parkmgr.demo.people import OPERATORS
from parkmgr.demo.stage import Stage
from parkmgr.leases import actions as leases
from parkmgr.leases import rules as terms_of
from parkmgr.leases.models import Lease
from parkmgr.occupancy.closures import close
from parkmgr.organisations import actions as organisations
from parkmgr.places import actions as places
from parkmgr.places.models import Building, Park
from parkmgr.places.rules import Part, Particular
from parkmgr.policy import ALWAYS, SYSTEM, Actor, Grant, Role
from parkmgr.values import Money, Span

Progress = Callable[[int, int], None]
"""Told how many deeds are done, and of how many."""
_BATCH = 50
"""So many deeds are written to the audit's chain at a time."""
_TAXED_SINCE = date(2016, 5, 1)


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account that was made, with its password, which is kept nowhere."""

    email: str
    role: str
    password: str


def is_loaded() -> bool:
    """Tell whether the demo park is in the register."""
    return db.session.scalar(db.select(Park.id).filter_by(code="HIT")) is not None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Garbage is not looked for: what is loaded stays in use to the end, so there is none, and looking took a sixth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def load(progress: Progress = lambda done, total: None, *, story: Sequence[Told] | None = None) -> list[SignIn]:
    """The demo park is in the register, all of it or nothing; nothing happens when it is there already.

    Returns the accounts that people are to sign in with: none when there was nothing to do.
    """
    told = facts.demo() if story is None else story
    with _uncollected(), transaction():
        if is_loaded():
            return []
        loading = _Loading()
        for begin in range(0, len(told), _BATCH):
            for each in told[begin : begin + _BATCH]:
                loading.do(each.deed, each.at)
            settle()
            progress(min(begin + _BATCH, len(told)), len(told))
    return loading.sign_ins


class _Loading(Stage):
    """Does deeds, and remembers what they made."""

    def __init__(self) -> None:
        super().__init__()
        self.sign_ins: list[SignIn] = []
        self._buildings: dict[tuple[str, str], Building] = {}
        self._leases: dict[str, Lease] = {}
        self._drafters: dict[str, int] = {}

    @singledispatchmethod
    def do(self, deed: deeds.Deed, now: datetime) -> None:
        """The deed is done."""
        auditing.do(deed, self, now)

    # Accounts

    @do.register
    def _(self, deed: deeds.AddAccount, now: datetime) -> None:
        password = accounts.random_password()
        user = accounts.add_user(deed.email, deed.name, password=password, actor=SYSTEM, now=now)
        role = Role(deed.role)
        organisation = self.organisations[deed.organisation] if deed.organisation else None
        for park in deed.parks or (None,):
            accounts.grant(
                user,
                role,
                park_id=self.parks[park].id if park else None,
                organisation_id=organisation.id if organisation else None,
                starts_on=now.date(),
                ends_on=deed.ends_on,
                actor=SYSTEM,
                now=now,
            )
        self.actors[deed.email] = Actor(user.id, user.name, (Grant(role, ALWAYS),))
        if deed.shown:
            self.sign_ins.append(SignIn(user.email, deed.role, password))

    # Places

    @do.register
    def _(self, deed: deeds.AddPark, now: datetime) -> None:
        self.parks[deed.code] = places.add_park(
            deed.code,
            deed.names,
            time_zone=deed.time_zone,
            currency=deed.currency,
            country=deed.country,
            drafter_may_sign=deed.drafter_may_sign,
            actor=self.by(),
            now=now,
        )

    @do.register
    def _(self, deed: deeds.AddBuilding, now: datetime) -> None:
        self._buildings[deed.park, deed.code] = places.add_building(
            self.parks[deed.park],
            deed.code,
            deed.names,
            use=deed.use,
            residential=deed.residential,
            address=deed.address,
            built=deed.built,
            area=deed.area,
            area_basis="GIA",
            actor=self.by(),
            now=now,
        )

    @do.register
    def _(self, deed: deeds.AddSpace, now: datetime) -> None:
        room = deed.room
        self.spaces[room.park, room.code] = places.add_space(
            self._buildings[room.park, room.building],
            room.code,
            room.names,
            _particular(room),
            starts_on=room.opens_on,
            level=room.level,
            parent=self.spaces[room.park, room.whole] if room.whole else None,
            bookable=room.bookable,
            actor=self.by(),
            now=now,
        )

    @do.register
    def _(self, deed: deeds.SplitSpace, now: datetime) -> None:
        made = places.split_space(
            self.spaces[deed.park, deed.code], [_part(room) for room in deed.parts], on=deed.on, actor=self.by(), now=now
        )
        self.spaces |= {(deed.park, space.code): space for space in made}

    @do.register
    def _(self, deed: deeds.MergeSpaces, now: datetime) -> None:
        self.spaces[deed.park, deed.into.code] = places.merge_spaces(
            [self.spaces[deed.park, code] for code in deed.codes],
            deed.into.code,
            deed.into.names,
            _particular(deed.into),
            on=deed.on,
            actor=self.by(),
            now=now,
        )

    @do.register
    def _(self, deed: deeds.Remeasure, now: datetime) -> None:
        room = deed.room
        measured = Particular(room.kind, room.lettable, deed.area, "IPMS3", room.capacity)
        space = self.spaces[room.park, room.code]
        places.change_space(space, room.names, measured, from_on=deed.from_on, bookable=room.bookable, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Close, now: datetime) -> None:
        spaces = [self.spaces[deed.park, code] for code in deed.spaces]
        operator = self.organisations[OPERATORS[deed.park]]
        close(self.parks[deed.park], spaces, deed.term, operator=operator, reason=deed.reason, actor=self.by(), now=now)

    # Organisations

    @do.register
    def _(self, deed: deeds.AddOrganisation, now: datetime) -> None:
        self.organisations[deed.code] = organisations.add(
            deed.code,
            deed.kind,
            deed.names,
            country=deed.country,
            city=deed.city,
            website=deed.website,
            ror=deed.ror,
            inn=deed.inn,
            uscc=deed.uscc,
            actor=self.by(),
            now=now,
        )

    @do.register
    def _(self, deed: deeds.AddContact, now: datetime) -> None:
        organisation = self.organisations[deed.organisation]
        organisations.add_contact(
            organisation, deed.name, position=deed.position, email=deed.email, phone=deed.phone, actor=self.by(), now=now
        )

    @do.register
    def _(self, deed: deeds.Admit, now: datetime) -> None:
        organisations.admit(self.organisations[deed.organisation], deed.status, on=deed.on, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.EndMembership, now: datetime) -> None:
        organisation = self.organisations[deed.organisation]
        organisations.end_membership(organisation, on=deed.on, reason="It left the association", actor=self.by(), now=now)

    # Leases

    def _terms(self, park: str, terms: deeds.Terms) -> terms_of.Terms:
        taxed = terms.purpose != "Homes for staff" and (terms.term.ends_on or terms.term.starts_on) >= _TAXED_SINCE
        index = terms_of.Indexation(terms.index, cap=Fraction(terms.cap, 100) if terms.cap else None) if terms.index else None
        return terms_of.Terms(
            term=terms.term,
            space_ids=tuple(self.spaces[park, code].id for code in terms.spaces),
            currency=terms.currency,
            steps=tuple(terms_of.Step(step.from_on, step.money, step.basis) for step in terms.steps),
            rent_free=terms.rent_free,
            deposit=terms.deposit,
            options=tuple(terms_of.Option(each.kind, each.on, each.notice_months, each.side) for each in terms.options),
            notice_months=terms.notice_months,
            purpose=terms.purpose,
            vat_country="CN" if taxed else "",
            indexation=index,
        )

    @do.register
    def _(self, deed: deeds.Draft, now: datetime) -> None:
        park, terms = self.parks[deed.park], self._terms(deed.park, deed.terms)
        drafter = self._drafters[deed.lease] = len(self._drafters) // 3 % 2
        if deed.follows is not None:
            lease = leases.renew(self._leases[deed.follows], terms, actor=self.by(drafter), now=now)
        else:
            under = self._leases[deed.under] if deed.under else None
            lease = leases.draft(park, self.organisations[deed.tenant], terms, under=under, actor=self.by(drafter), now=now)
        self._leases[deed.lease] = lease

    @do.register
    def _(self, deed: deeds.Offer, now: datetime) -> None:
        leases.offer(self._leases[deed.lease], actor=self.by(self._drafters[deed.lease]), now=now)

    @do.register
    def _(self, deed: deeds.Sign, now: datetime) -> None:
        leases.sign(self._leases[deed.lease], actor=self.by(self._drafters[deed.lease] + 1), now=now)

    @do.register
    def _(self, deed: deeds.ReceiveDeposit, now: datetime) -> None:
        leases.receive_deposit(self._leases[deed.lease], on=deed.on, money=deed.money, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.ReturnDeposit, now: datetime) -> None:
        leases.return_deposit(self._leases[deed.lease], on=deed.on, money=deed.money, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Amend, now: datetime) -> None:
        lease = self._leases[deed.lease]
        terms = self._terms(deed.lease.split("/")[0], deed.terms)
        leases.amend(lease, terms, effective_on=deed.effective_on, reason=deed.reason, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.GiveNotice, now: datetime) -> None:
        lease = self._leases[deed.lease]
        leases.give_notice(lease, given_on=deed.given_on, leaves_on=deed.leaves_on, side=deed.side, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.ExerciseBreak, now: datetime) -> None:
        lease = self._leases[deed.lease]
        leases.exercise_break(lease, option_on=deed.option_on, given_on=deed.given_on, side="tenant", actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Assign, now: datetime) -> None:
        lease = self._leases[deed.lease]
        self._leases[deed.heir] = leases.assign(lease, self.organisations[deed.to], on=deed.on, actor=self.by(1), now=now)

    @do.register
    def _(self, deed: deeds.HoldOver, now: datetime) -> None:
        leases.hold_over(self._leases[deed.lease], actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.End, now: datetime) -> None:
        leases.end(self._leases[deed.lease], on=deed.on, reason=deed.reason, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Void, now: datetime) -> None:
        leases.void(self._leases[deed.lease], reason=deed.reason, actor=self.by(), now=now)

    # Bookings

    @do.register
    def _(self, deed: deeds.SetRules, now: datetime) -> None:
        park = self.parks[deed.park]
        space = self.spaces[deed.park, deed.space] if deed.space else None
        rules_actions.add_rules(park, _conditions(deed, park.currency), kind=deed.kind, space=space, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.AddFeature, now: datetime) -> None:
        rules_actions.add_feature(self.parks[deed.park], deed.code, deed.names, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Equip, now: datetime) -> None:
        rules_actions.equip(self.spaces[deed.park, deed.space], dict.fromkeys(deed.features, 1), actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Book, now: datetime) -> None:
        park = self.parks[deed.park]
        actor = self.actors[deed.person] if deed.person else self.by(1)  # so that the first administrator may decide requests
        starts = [datetime.combine(day, deed.at, park.zone).astimezone(UTC) for day in deed.dates()]
        spans = [Span(start, start + timedelta(minutes=deed.minutes)) for start in starts]
        weekday = deed.first.strftime("%a").upper()[:2]
        wanted = bookings.Wanted(
            slots=tuple(
                Slot(self.spaces[deed.park, code].id, span, span.starts_at if deed.weekly else None)
                for span in spans
                for code in deed.spaces
            ),
            people=deed.people,
            purpose=deed.purpose,
            user_id=actor.user_id if deed.person else None,
            rrule=f"FREQ=WEEKLY;BYDAY={weekday};UNTIL={deed.dates()[-1]:%Y%m%d}" if deed.weekly else "",
            starts_local=datetime.combine(deed.first, deed.at).isoformat(timespec="minutes") if deed.weekly else "",
            crew=self._crew(deed),
        )
        made = bookings.book(park, self.organisations[deed.organisation], wanted, actor=actor, now=now)
        self.bookings[deed.name] = [booking.id for booking in made]

    def _crew(self, deed: deeds.Book) -> Crew:
        ids = [self.made["person", name].id for name in deed.crew]
        return Crew(*ids)

    def _booking(self, name: str, place: int) -> Booking:
        return booked.by_ids([self.bookings[name][place]])[0]

    @do.register
    def _(self, deed: deeds.Approve, now: datetime) -> None:
        bookings.approve(self._booking(deed.name, deed.place), actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.Reject, now: datetime) -> None:
        bookings.reject(self._booking(deed.name, deed.place), reason=deed.reason, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.CancelBooking, now: datetime) -> None:
        bookings.cancel([self._booking(deed.name, deed.place)], reason=deed.reason, actor=self.by(), now=now)

    @do.register
    def _(self, deed: deeds.CheckIn, now: datetime) -> None:
        bookings.check_in(self._booking(deed.name, deed.place), actor=self.by(), now=now)

    @do.register
    def _(self, _deed: deeds.Tend, now: datetime) -> None:
        for booking in booked.by_ids(booked.due(now)):
            if booking.state == State.REQUESTED:
                tending.expire([booking], now=now)
            else:
                tending.finish(booking, now=now)


def _conditions(deed: deeds.SetRules, currency: str) -> Conditions:
    return Conditions(
        week=parse_week(deed.week),
        open_on_holidays=deed.open_on_holidays,
        answer=Answer(deed.answer),
        access=tuple(Access(who, name, Answer(answer)) for who, name, answer in deed.access),
        least=timedelta(minutes=deed.min_minutes),
        most=timedelta(minutes=deed.max_minutes),
        step=timedelta(minutes=deed.step_minutes),
        lead=timedelta(minutes=deed.lead_minutes),
        ahead=timedelta(days=deed.ahead_days),
        turnaround=timedelta(minutes=deed.turnaround_minutes),
        quotas=tuple(Quota(*each) for each in deed.quotas),
        prices={class_: Money(minor, currency) for class_, minor in deed.prices},
        decide_within=timedelta(hours=deed.decide_hours),
        four_eyes=deed.four_eyes,
        release=None if deed.release_minutes is None else timedelta(minutes=deed.release_minutes),
        alone=parse_week(deed.alone_week) if deed.alone_week else None,
        cancel_before=timedelta(minutes=deed.cancel_minutes),
    )


def _particular(room: deeds.Room) -> Particular:
    return Particular(room.kind, room.lettable, room.area, "IPMS3" if room.area else "", room.capacity)


def _part(room: deeds.Room) -> Part:
    return Part(room.code, _particular(room), room.names, room.bookable)
