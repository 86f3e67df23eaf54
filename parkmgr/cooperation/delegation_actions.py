"""Every change of visits. Asking holds nothing; to approve is one deed that holds everything of the programme, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from parkmgr.audit.actions import record
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import finding
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings.actions import Planned, Waiver
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Line, Slot
from parkmgr.bookings.rules import LIVE as LIVE_BOOKINGS
from parkmgr.bookings.rules import State as BookingState
from parkmgr.cooperation import delegation_queries as queries
from parkmgr.cooperation import delegation_rules as rules
from parkmgr.cooperation import told
from parkmgr.cooperation.delegation_rules import Asked, Facts, Item, Wishes
from parkmgr.cooperation.models import Agreement, Delegation, DelegationItem, DelegationMember, DelegationOutcome, Project
from parkmgr.cooperation.rules import BOOKED, DelegationState, ItemKind, OutcomeKind
from parkmgr.db import db, take_number
from parkmgr.errors import Objection, refuse
from parkmgr.housing import actions as housing
from parkmgr.housing import allocating_queries
from parkmgr.housing import rules as housing_rules
from parkmgr.housing.rules import Agreed
from parkmgr.housing.rules import State as HomeState
from parkmgr.notices import actions as notices
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.policy import ALWAYS, Actor, Grant, Role
from parkmgr.searching import searchable
from parkmgr.values import Money, Span, Term, day_of, midnight

LOOKED_AT = 6
"""So many rooms, the smallest that fit, are asked whether their rules allow the booking, before one is proposed that must be decided."""


def park_of(delegation: Delegation) -> Park:
    """Return the park that it visits."""
    return db.session.get_one(Park, delegation.park_id)


def _today(park: Park, now: datetime) -> date:
    return day_of(now, park.zone)


def facts(delegation: Delegation, now: datetime) -> Facts:
    """Return how the visit stands."""
    park = park_of(delegation)
    return Facts(
        delegation.number,
        DelegationState(delegation.state),
        delegation.arrives_on,
        delegation.leaves_on,
        delegation.people,
        _today(park, now),
        queries.named(delegation.id),
        day_of(delegation.erased_at, park.zone) if delegation.erased_at else None,
    )


def deciding(actor: Actor, park: Park) -> Actor:
    """Return who approves a visit as who decides for its rooms and flats: the desk was given the power to approve what needs them."""
    return Actor(actor.user_id, actor.name, (*actor.grants, Grant(Role.ADMINISTRATOR, ALWAYS, park.id)))


# Asking


def propose(park: Park, guest: Organisation, asked: Asked, wishes: Wishes, *, actor: Actor, now: datetime) -> list[Item]:
    """Return the programme that the park proposes: concrete rooms, laboratories and flats that are free. Nothing is held.

    Raises:
        Refused: with every objection: what is wrong with the visit, no room, too few beds.
    """
    against = rules.asking_against(asked, wishes, _today(park, now))
    refuse(against)

    def wall(day: date, at: time) -> datetime:
        return datetime.combine(day, at, park.zone).astimezone(UTC)

    items: list[Item] = []
    for kind, room_kind, seats, spans, nothing in (
        (ItemKind.MEETING, "meeting_room", asked.people, rules.meetings(asked, wishes, wall), rules.NO_ROOM),
        (ItemKind.OFFICE, "office", wishes.office_people, rules.office_days(asked, wishes, wall), rules.NO_OFFICE),
    ):
        chosen = _rooms(park, guest, room_kind, seats, spans, actor=actor, now=now)
        for span, space_id in zip(spans, chosen, strict=True):
            if space_id is None:
                against.append(nothing.about(people=seats, day=day_of(span.starts_at, park.zone)))
            items.append(Item(kind, span.starts_at, span.ends_at, seats, space_id))
    labs = places.spaces_by_code(park.id, wishes.labs)
    items += [
        Item(ItemKind.LAB_TOUR, span.starts_at, span.ends_at, asked.people, labs[code].id)
        for code, span in zip((code for code in wishes.labs if code in labs), rules.tours(asked, wishes, wall), strict=False)
    ]
    if wishes.homes:
        nights = Term(asked.arrives_on, asked.leaves_on - rules.DAY).span(park.zone)
        most = allocating_queries.giving(park.id).people_per_flat
        flats = queries.free_flats(park.id, asked.arrives_on, nights, most=most)
        taken = rules.chosen_flats(flats, asked.people)
        if not taken:
            against.append(rules.TOO_FEW_BEDS.about(people=asked.people, beds=sum(flat.beds for flat in flats)))
        items += [Item(ItemKind.HOME, nights.starts_at, nights.ends_at, beds, flat.space_id) for flat, beds in taken]
    items += rules.services(asked, wishes, wall)
    refuse(list(dict.fromkeys(against)))
    return sorted(items, key=lambda item: (item.starts_at, item.ends_at))


def _rooms(
    park: Park, guest: Organisation, kind: str, people: int, spans: Sequence[Span], *, actor: Actor, now: datetime
) -> list[int | None]:
    """Return a room for each of the spans: one for all where there is one, else the smallest for each; None where nothing is free."""
    free = [
        [room.space_id for room in sorted(found, key=lambda room: (room.capacity or 0, room.code))]
        for found in (finding.free_rooms(park.id, span, zone=park.zone, kind=kind, people=people) for span in spans)
    ]
    if not free:
        return []
    common = [space_id for space_id in free[0] if all(space_id in others for others in free)]
    who = deciding(actor, park)
    for space_id in common[:LOOKED_AT]:
        lines = booking_queries.plan(park, [Slot(space_id, span) for span in spans], guest, people, actor=who, user_id=None, now=now)
        if not any(line.objections for line in lines) and not any(line.conditions and line.conditions.four_eyes for line in lines):
            return [space_id] * len(spans)
    return [common[0]] * len(spans) if common else [found[0] if found else None for found in free]


def ask(
    park: Park,
    guest: Organisation,
    host: Organisation,
    asked: Asked,
    items: Sequence[Item],
    *,
    agreement: Agreement | None = None,
    key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Delegation:
    """A delegation asks to come, with this programme. Nothing is held yet. A key asks once.

    Raises:
        Refused: with every objection.
    """
    made = queries.of_key(key) if key else None
    if made is not None:
        return made
    refuse(rules.asking_against(asked, Wishes(), _today(park, now)))
    delegation = Delegation(
        park_id=park.id,
        number=take_number("V", asked.arrives_on.year),
        guest_id=guest.id,
        host_id=host.id,
        agreement_id=agreement.id if agreement else None,
        arrives_on=asked.arrives_on,
        leaves_on=asked.leaves_on,
        people=asked.people,
        language=asked.language,
        host_language=asked.host_language,
        needs=asked.needs,
        asked_by_id=actor.user_id,
        asked_at=now,
        key=key,
        name_en=asked.purpose.en,
        name_ru=asked.purpose.ru,
        name_zh=asked.purpose.zh,
    )
    delegation.guest, delegation.host, delegation.agreement = guest, host, agreement
    delegation.state = DelegationState.REQUESTED.value
    delegation.search = searchable(asked.purpose, delegation.number, guest.code, host.code)
    db.session.add(delegation)
    db.session.flush()
    _check(delegation, items, now)
    _write(delegation, items)
    record("cooperation.ask_delegation", delegation, actor=actor, now=now)
    db.session.flush()
    _tell(delegation, "delegation_asked", actor=actor, now=now)
    return delegation


def _check(delegation: Delegation, items: Sequence[Item], now: datetime) -> None:
    zone = park_of(delegation).zone
    refuse(rules.programme_against(facts(delegation, now), items, lambda day: midnight(day, zone)))


def _write(delegation: Delegation, items: Sequence[Item]) -> None:
    db.session.add_all(
        DelegationItem(
            delegation_id=delegation.id,
            kind=item.kind.value,
            title=item.title,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            people=item.people,
            space_id=item.space_id,
            provider=item.provider,
        )
        for item in items
    )
    db.session.flush()


def set_programme(delegation: Delegation, items: Sequence[Item], *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """The programme is so. Nothing is held yet.

    Raises:
        Refused: it is decided, or with what is against the lines in themselves.
        Stale: somebody saved after *version*.
    """
    delegation.expect(version)
    refuse(rules.not_now("set_programme", facts(delegation, now)))
    _check(delegation, items, now)
    for row in queries.items(delegation.id):
        db.session.delete(row)
    db.session.flush()
    _write(delegation, items)
    delegation.state = DelegationState.PROGRAMME.value
    record("cooperation.set_programme", delegation, actor=actor, now=now)
    db.session.flush()


# Deciding


@dataclass(frozen=True, slots=True)
class Judged:
    """A line of the programme with what the park's rules say to it. line: of a room that is booked."""

    item: DelegationItem
    against: tuple[Objection, ...] = ()
    line: Line | None = None


def judged(delegation: Delegation, *, actor: Actor, now: datetime) -> list[Judged]:
    """Return each line of the programme with what stands against holding it now."""
    park, rows = park_of(delegation), queries.items(delegation.id)
    who = deciding(actor, park)
    found: dict[int, Judged] = {row.id: Judged(row) for row in rows}
    by_people: dict[int, list[DelegationItem]] = defaultdict(list)
    for row in rows:
        if ItemKind(row.kind) in BOOKED and row.space is None and row.kind != ItemKind.LAB_TOUR:
            found[row.id] = Judged(row, (rules.NEEDS_SPACE,))
        elif ItemKind(row.kind) in BOOKED and row.space is not None and row.space.bookable:
            by_people[row.people].append(row)
    for count, of_count in by_people.items():
        slots = [Slot(row.space_id or 0, Span(row.starts_at, row.ends_at)) for row in of_count]
        for row, line in zip(
            of_count, booking_queries.plan(park, slots, delegation.guest, count, actor=who, user_id=None, now=now), strict=True
        ):
            left = tuple(one for one in line.objections if row.kind != ItemKind.LAB_TOUR or one.code not in rules.OF_WORKERS)
            found[row.id] = Judged(row, left, replace(line, objections=left))
    term = nights(delegation)
    for row in rows:
        if row.kind != ItemKind.HOME or row.space is None or term is None:
            continue
        place = housing.place(park, row.space, term, None, actor=who)
        against = housing_rules.settling_against(term, row.people, place, "")
        found[row.id] = Judged(row, tuple(against) if place.kind == housing_rules.FLAT else (rules.NOT_A_FLAT.about(space=row.space.code),))
    return list(found.values())


def nights(delegation: Delegation) -> Term | None:
    """Return the nights of the visit; None when there is none."""
    last = delegation.leaves_on - rules.DAY
    return Term(delegation.arrives_on, last) if last >= delegation.arrives_on else None


def _named(row: DelegationItem, objection: Objection) -> Objection:
    called = row.space.code if row.space is not None else row.title or rules.KINDS[ItemKind(row.kind)]
    return replace(rules.LINE, code=objection.code, waiver=objection.waiver).about(line=called, objection=objection)


def approve_delegation(
    delegation: Delegation, *, rent: Money | None = None, waiver: str = "", actor: Actor, now: datetime, version: int | None = None
) -> None:
    """The delegation may come: its rooms are booked and its flats held, all of them or nothing.

    rent: a month's for each flat; none for guests of the park. waiver: why rules of rooms that may be waived are.
    Raises:
        Refused: it is decided; with every objection to every line, each naming its line.
        Stale: somebody saved after *version*.
    """
    delegation.expect(version)
    refuse(rules.not_now("approve_delegation", facts(delegation, now)))
    park = park_of(delegation)
    lines = judged(delegation, actor=actor, now=now)
    refuse([] if lines else [rules.NO_LINES])
    against = [_named(one.item, objection) for one in lines for objection in one.against if not (waiver and objection.waiver)]
    refuse(list(dict.fromkeys(against)))
    _house(delegation, park, [one.item for one in lines if one.item.kind == ItemKind.HOME], rent, actor=actor, now=now)
    waiting = _book(delegation, park, [one for one in lines if one.line is not None], waiver, actor=actor, now=now)
    delegation.state, delegation.approved_at = DelegationState.APPROVED.value, now
    record("cooperation.approve_delegation", delegation, actor=actor, now=now, reason=waiver)
    db.session.flush()
    if waiting:
        bookings.approve_all(waiting, actor=deciding(actor, park), now=now, reason=delegation.number)
    _tell(delegation, "delegation_approved", actor=actor, now=now)


def _book(delegation: Delegation, park: Park, lines: Sequence[Judged], waiver: str, *, actor: Actor, now: datetime) -> list[Booking]:
    """The rooms are booked for the guests; return what two people must see: it is asked by who asked for the visit."""
    who = deciding(actor, park)
    waived = Waiver(frozenset(one.code for line in lines for one in line.against if one.waiver), waiver) if waiver else bookings.NO_WAIVER
    plans = [
        Planned(
            delegation.guest,
            bookings.Wanted(
                slots=(line.line.slot,),
                people=line.item.people,
                purpose=f"{delegation.number} · {delegation.names}"[:200],
            ),
            (line.line,),
        )
        for line in lines
        if line.line is not None
    ]
    made = [booking for of_plan in bookings.book_planned(park, plans, actor=who, now=now, waiver=waived) for booking in of_plan]
    waiting = []
    for line, booking in zip(lines, made, strict=True):
        line.item.booking_id = booking.id
        if booking.state == BookingState.REQUESTED:
            booking.made_by_id = delegation.asked_by_id
            waiting.append(booking)
    return waiting


def _house(delegation: Delegation, park: Park, rows: Sequence[DelegationItem], rent: Money | None, *, actor: Actor, now: datetime) -> None:
    """The flats are held, each for one guest of the register who stands for all who sleep there; who they are is not said."""
    who, term = deciding(actor, park), nights(delegation)
    first = 1
    for row in rows:
        if row.space is None or term is None:
            continue
        last = first + row.people - 1
        called = f"Guest {first} of {delegation.number}" if row.people == 1 else f"Guests {first}–{last} of {delegation.number}"
        guest = people.add(park, delegation.guest, name=called, kind="guest", actor=who, now=now)
        agreed = Agreed(term, rent or Money(0, park.currency), notice_days=0, people=row.people)
        row.residency_id = housing.settle(park, row.space, guest, delegation.guest, agreed, actor=who, now=now).id
        first = last + 1
    db.session.flush()


def reject_delegation(delegation: Delegation, *, reason: str, actor: Actor, now: datetime) -> None:
    """The delegation is not received; who asked reads why.

    Raises:
        Refused: it is decided, or no reason is given.
    """
    against = rules.not_now("reject_delegation", facts(delegation, now))
    refuse(against if reason else [*against, rules.NEEDS_REASON])
    delegation.state, delegation.reason = DelegationState.REJECTED.value, reason
    record("cooperation.reject_delegation", delegation, actor=actor, now=now, reason=reason)
    db.session.flush()
    _tell(delegation, "delegation_rejected", actor=actor, now=now)


def cancel_delegation(delegation: Delegation, *, reason: str, actor: Actor, now: datetime) -> None:
    """The delegation does not come; its rooms and flats are free again.

    Raises:
        Refused: it is over, or no reason is given; somebody has moved in already.
    """
    against = rules.not_now("cancel_delegation", facts(delegation, now))
    refuse(against if reason else [*against, rules.NEEDS_REASON])
    who, rows = deciding(actor, park_of(delegation)), queries.items(delegation.id)
    live = booking_queries.by_ids([row.booking_id for row in rows if row.booking_id is not None])
    live = [one for one in live if one.state in LIVE_BOOKINGS and one.ends_at > now]
    if live:
        bookings.cancel(live, reason=reason, actor=who, now=now)
    for row in rows:
        if row.residency is not None and row.residency.state == HomeState.ACCEPTED:
            housing.call_off(row.residency, reason, actor=who, now=now)
    delegation.state, delegation.reason = DelegationState.CANCELLED.value, reason
    record("cooperation.cancel_delegation", delegation, actor=actor, now=now, reason=reason)
    db.session.flush()
    _tell(delegation, "delegation_cancelled", actor=actor, now=now)


# Inviting, coming, what came of it


def invite(delegation: Delegation, *, actor: Actor, now: datetime) -> None:
    """The invitation is sent.

    Raises:
        Refused: it is not approved.
    """
    refuse(rules.not_now("invite", facts(delegation, now)))
    delegation.state, delegation.invited_on = DelegationState.INVITED.value, _today(park_of(delegation), now)
    record("cooperation.invite", delegation, actor=actor, now=now)
    db.session.flush()
    _tell(delegation, "delegation_invited", actor=actor, now=now)


def confirm_delegation(delegation: Delegation, *, actor: Actor, now: datetime) -> None:
    """The guests have said that they come.

    Raises:
        Refused: they are not invited.
    """
    refuse(rules.not_now("confirm_delegation", facts(delegation, now)))
    delegation.state, delegation.confirmed_on = DelegationState.CONFIRMED.value, _today(park_of(delegation), now)
    record("cooperation.confirm_delegation", delegation, actor=actor, now=now)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a visit."""

    kind: OutcomeKind
    agreement: Agreement | None = None
    project: Project | None = None
    text: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether what it is about is known."""
        about = self.project if self.kind is OutcomeKind.PROJECT_BEGUN else self.agreement
        return bool(self.text) if self.kind is OutcomeKind.OTHER else about is not None


def report_delegation(delegation: Delegation, summary: str, outcomes: Sequence[Outcome], *, actor: Actor, now: datetime) -> None:
    """The visit is over, and this came of it. Flats whose keys nobody noted were lived in on all nights, and are to be seen.

    Raises:
        Refused: with every objection: they have not left, no summary, an outcome about nothing.
    """
    refuse(rules.report_against(facts(delegation, now), summary, [one.is_known for one in outcomes]))
    park = park_of(delegation)
    who = deciding(actor, park)
    for row in queries.items(delegation.id):
        home = row.residency
        if home is None:
            continue
        if home.state == HomeState.ACCEPTED:
            housing.move_in(home, None, on=delegation.arrives_on, waiver=delegation.number, actor=who, now=now)
        if home.state in (HomeState.RESIDENT, HomeState.NOTICE):
            housing.leave(home, None, on=delegation.leaves_on - rules.DAY, actor=who, now=now)
    db.session.add_all(
        DelegationOutcome(
            delegation_id=delegation.id,
            kind=one.kind.value,
            agreement_id=one.agreement.id if one.agreement else None,
            project_id=one.project.id if one.project else None,
            text=one.text,
            recorded_at=now,
        )
        for one in outcomes
    )
    delegation.state, delegation.summary = DelegationState.REPORTED.value, summary
    delegation.reported_on = _today(park, now)
    record("cooperation.report_delegation", delegation, actor=actor, now=now)
    db.session.flush()


# Who comes


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a delegation. citizenship: ISO 3166 alpha-2."""

    name: str
    position: str = ""
    citizenship: str = ""
    passport: str = ""
    born_on: date | None = None
    leads: bool = False


def add_member(delegation: Delegation, member: Member, *, actor: Actor, now: datetime) -> DelegationMember:
    """Somebody comes. Who it is, the cooperation desk alone reads afterwards.

    Raises:
        Refused: all are named, the visit is over, or who came is erased.
    """
    refuse(rules.member_against(facts(delegation, now), member.name))
    row = DelegationMember(
        delegation_id=delegation.id,
        leads=member.leads,
        name=member.name,
        position=member.position,
        citizenship=member.citizenship,
        passport=member.passport,
        born_on=member.born_on,
    )
    db.session.add(row)
    record("cooperation.add_member", delegation, actor=actor, now=now)
    db.session.flush()
    return row


def remove_member(delegation: Delegation, member: DelegationMember, *, actor: Actor, now: datetime) -> None:
    """Somebody does not come.

    Raises:
        Refused: the visit is over.
    """
    refuse(rules.not_now("remove_member", facts(delegation, now)))
    db.session.delete(member)
    record("cooperation.remove_member", delegation, actor=actor, now=now)
    db.session.flush()


def look(delegation: Delegation, *, actor: Actor, now: datetime) -> None:
    """Somebody looked at who comes."""
    record("cooperation.members", delegation, actor=actor, now=now)


def erase_members(delegation: Delegation, *, actor: Actor, now: datetime) -> None:
    """Who came is erased; how many stays."""
    for row in queries.members(delegation.id):
        row.name = row.position = row.citizenship = row.passport = ""
        row.born_on, row.erased_at = None, now
    delegation.erased_at = now
    record("cooperation.erase", delegation, actor=actor, now=now)
    db.session.flush()


# Notices


def _tell(delegation: Delegation, template: str, *, actor: Actor, now: datetime) -> None:
    """Guest's and host's liaisons, the desk and the administrators are told, but for who does the deed."""
    park = park_of(delegation)
    today = _today(park, now)
    users = told.readers(park, [delegation.guest_id, delegation.host_id], today)
    if template == "delegation_asked":
        users = [*users, *told.deciders(park, today)]
    for user in {user.id: user for user in users if user.id != actor.user_id}.values():
        notices.post(
            user,
            template,
            key=f"{template} {delegation.number} {delegation.version}",
            park_id=park.id,
            about=delegation.number,
            now=now,
            zone=park.zone,
            delegation=delegation,
            park=park,
            guest=delegation.guest,
            host=delegation.host,
        )
