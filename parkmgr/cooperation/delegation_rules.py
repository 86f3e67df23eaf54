"""What the park's rules say to deeds of visits, and the programme that it proposes for one: no database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parkmgr.cooperation.rules import DelegationState, ItemKind
from parkmgr.errors import N_, Objection
from parkmgr.values import Names, Span

S = DelegationState
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONGEST_DAYS = 60
MOST_PEOPLE = 300
MOST_LINES = 200
TOUR_FROM = time(14)
OFFICE = (time(9), time(17))
TRANSFER = (time(9), time(17))
"""When the car fetches them on the first day, and takes them back on the last."""
OF_WORKERS = frozenset({"labs.nobody", "labs.no_permit", "labs.permit_ends", "labs.permit_unused", "labs.alone"})
"""What a laboratory asks of who works there; who walks through it with its people needs none of it."""

NO_HOST = Objection("cooperation.no_host", N_("Say who receives them."), "host")
OWN_GUEST = Objection("cooperation.own_guest", N_("Who receives them is somebody else than who comes."), "host")
BACKWARDS = Objection("cooperation.backwards", N_("They leave before they arrive."), "leaves_on")
PAST = Objection("cooperation.past", N_("They would have arrived already."), "arrives_on")
STAYS_LONG = Objection(
    "cooperation.stays_long", N_("A visit is at most %(days)s days long; whoever stays longer rents a home."), "leaves_on"
)
NOBODY = Objection("cooperation.nobody", N_("From 1 to %(most)s people come."), "people")
NO_NIGHT = Objection("cooperation.no_night", N_("They leave on the day on which they arrive: there is no night for a flat."), "homes")
TOO_FEW_BEDS = Objection(
    "cooperation.too_few_beds", N_("%(people)s people come, and the flats that are free on these nights have beds for %(beds)s."), "people"
)
NO_ROOM = Objection("cooperation.no_room", N_("No room for %(people)s people is free on %(day)s at that time."), "meeting_from")
NO_OFFICE = Objection("cooperation.no_office", N_("No office for %(people)s people is free on %(day)s."), "office_people")
UNTIL_FIRST = Objection("cooperation.until_first", N_("It must end after it starts."), "meeting_until")
OTHER_AGREEMENT = Objection("cooperation.other_agreement", N_("%(guest)s is not party to %(number)s."), "agreement")
NOT_NOW = Objection("cooperation.not_now", N_("%(number)s is at this step: %(state)s. This cannot be done now."))
NO_LINES = Objection("cooperation.no_lines", N_("The programme is empty."))
LINE = Objection("cooperation.line", N_("%(line)s: %(objection)s"))
NEEDS_SPACE = Objection("cooperation.needs_space", N_("Choose a space."), "items")
NEEDS_TIME = Objection("cooperation.needs_time", N_("Say from when to when."), "items")
ENDS_FIRST = Objection("cooperation.line_ends_first", N_("It ends before it begins."), "items")
OUTSIDE = Objection("cooperation.outside", N_("It lies outside the visit, which is from %(arrives_on)s to %(leaves_on)s."), "items")
TOO_MANY = Objection("cooperation.too_many", N_("%(people)s people are more than come: %(most)s."), "items")
FLATS_TWICE = Objection("cooperation.flats_twice", N_("The flat stands there twice."), "items")
NOT_A_FLAT = Objection("cooperation.not_a_flat", N_("%(space)s is no flat that can be given."), "items")
WITHOUT_BEDS = Objection("cooperation.without_beds", N_("The flats are for %(people)s people, and %(most)s come."), "items")
NEEDS_REASON = Objection("cooperation.needs_reason", N_("Say why; the other side reads it."), "reason")
ALL_NAMED = Objection("cooperation.all_named", N_("All %(people)s are named already."), "name")
NO_NAME = Objection("cooperation.no_member_name", N_("Say who it is."), "name")
ERASED = Objection("cooperation.erased", N_("Who came was erased on %(on)s."))
NOT_LEFT = Objection("cooperation.not_left", N_("They leave on %(leaves_on)s; what came of it is reported afterwards."), "summary")
NO_SUMMARY = Objection("cooperation.no_summary", N_("Say what came of it."), "summary")
NO_OUTCOME = Objection("cooperation.no_outcome", N_("Give the number of the agreement or project that it is about."), "outcomes")


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit as it is asked for. agreement_parties: codes of who is party to the agreement it is under; None without one."""

    purpose: Names
    guest: str
    host: str
    arrives_on: date
    leaves_on: date
    people: int
    language: str
    host_language: str
    needs: str = ""
    agreement: str = ""
    agreement_parties: frozenset[str] | None = None

    def days(self) -> list[date]:
        """Return each day of the visit."""
        return [self.arrives_on + number * DAY for number in range((self.leaves_on - self.arrives_on).days + 1)]

    @property
    def nights(self) -> int:
        """How many nights they stay."""
        return (self.leaves_on - self.arrives_on).days


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the programme is to have. meeting: each day from when to when; labs: codes; office_people: how many places in an office."""

    meeting: tuple[time, time] | None = None
    office_people: int = 0
    labs: tuple[str, ...] = ()
    homes: bool = False
    interpreter: bool = False
    transport: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a programme. space_id None: it holds nothing of the park."""

    kind: ItemKind
    starts_at: datetime
    ends_at: datetime
    people: int
    space_id: int | None = None
    title: str = ""
    provider: str = ""

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class FreeFlat:
    """A flat that nobody has on the nights. beds: how many may sleep there."""

    space_id: int
    code: str
    beds: int


def asking_against(asked: Asked, wishes: Wishes, today: date) -> list[Objection]:
    """Return what is against a visit as it is asked for, before rooms are looked for."""
    return [
        objection
        for objection, applies in (
            (NO_HOST, not asked.host),
            (OWN_GUEST, bool(asked.host) and asked.host == asked.guest),
            (BACKWARDS, asked.leaves_on < asked.arrives_on),
            (PAST, asked.arrives_on < today),
            (STAYS_LONG.about(days=LONGEST_DAYS), asked.nights > LONGEST_DAYS),
            (NOBODY.about(most=MOST_PEOPLE), not 1 <= asked.people <= MOST_PEOPLE),
            (NO_NIGHT, wishes.homes and asked.leaves_on == asked.arrives_on),
            (UNTIL_FIRST, wishes.meeting is not None and wishes.meeting[1] <= wishes.meeting[0]),
            (
                OTHER_AGREEMENT.about(guest=asked.guest, number=asked.agreement),
                asked.agreement_parties is not None and asked.guest not in asked.agreement_parties,
            ),
        )
        if applies
    ]


def chosen_flats(flats: Sequence[FreeFlat], people: int) -> list[tuple[FreeFlat, int]]:
    """Return the flats for so many people, each with how many sleep there: the fewest flats, and of those no larger than is needed.

    Empty when all of them together have too few beds.
    """
    if sum(flat.beds for flat in flats) < people:
        return []
    left, taken = sorted(flats, key=lambda flat: (-flat.beds, flat.code)), []
    while people:
        enough = [flat for flat in left if flat.beds >= people]
        flat = min(enough, key=lambda one: (one.beds, one.code)) if enough else left[0]
        taken.append((flat, min(flat.beds, people)))
        left.remove(flat)
        people -= taken[-1][1]
    return taken


Wall = Callable[[date, time], datetime]
"""The instant of a wall time in the park."""


def meetings(asked: Asked, wishes: Wishes, wall: Wall) -> list[Span]:
    """Return when a meeting room is wanted: each day."""
    return [Span(wall(day, wishes.meeting[0]), wall(day, wishes.meeting[1])) for day in asked.days()] if wishes.meeting else []


def office_days(asked: Asked, wishes: Wishes, wall: Wall) -> list[Span]:
    """Return when an office is wanted: each day but Saturdays and Sundays."""
    return [Span(wall(day, OFFICE[0]), wall(day, OFFICE[1])) for day in asked.days() if day.weekday() < 5] if wishes.office_people else []


def tours(asked: Asked, wishes: Wishes, wall: Wall) -> Iterator[Span]:
    """Return when laboratories are toured: an hour each, three a day, from the first whole day on."""
    days = asked.days()[1:] or asked.days()
    for number, _code in enumerate(wishes.labs):
        day, place = days[min(number // 3, len(days) - 1)], number if number // 3 >= len(days) else number % 3
        starts = wall(day, TOUR_FROM) + place * HOUR
        yield Span(starts, starts + HOUR)


def services(asked: Asked, wishes: Wishes, wall: Wall) -> Iterator[Item]:
    """Return the lines that hold nothing of the park: who interprets, who drives."""
    if wishes.interpreter:
        first, last = wishes.meeting or OFFICE
        for day in asked.days():
            yield Item(ItemKind.INTERPRETER, wall(day, first), wall(day, last), 1)
    if wishes.transport:
        arrives, leaves = wall(asked.arrives_on, TRANSFER[0]), wall(asked.leaves_on, TRANSFER[1])
        yield Item(ItemKind.TRANSPORT, arrives - HOUR, arrives, asked.people)
        yield Item(ItemKind.TRANSPORT, leaves, leaves + HOUR, asked.people)


# Deeds


@dataclass(frozen=True, slots=True)
class Facts:
    """How a visit stands."""

    number: str
    state: DelegationState
    arrives_on: date
    leaves_on: date
    people: int
    today: date
    named: int = 0
    erased_on: date | None = None


POSSIBLE: Mapping[str, frozenset[DelegationState]] = {
    "set_programme": frozenset({S.REQUESTED, S.PROGRAMME}),
    "approve_delegation": frozenset({S.REQUESTED, S.PROGRAMME}),
    "reject_delegation": frozenset({S.REQUESTED, S.PROGRAMME}),
    "invite": frozenset({S.APPROVED}),
    "confirm_delegation": frozenset({S.INVITED}),
    "cancel_delegation": frozenset({S.REQUESTED, S.PROGRAMME, S.APPROVED, S.INVITED, S.CONFIRMED}),
    "add_member": frozenset({S.REQUESTED, S.PROGRAMME, S.APPROVED, S.INVITED, S.CONFIRMED}),
    "remove_member": frozenset({S.REQUESTED, S.PROGRAMME, S.APPROVED, S.INVITED, S.CONFIRMED}),
    "report_delegation": frozenset({S.APPROVED, S.INVITED, S.CONFIRMED}),
}
"""In which states a deed may be done."""


def not_now(deed: str, facts: Facts) -> list[Objection]:
    """Return what its state has against a deed."""
    return [] if facts.state in POSSIBLE[deed] else [NOT_NOW.about(number=facts.number, state=STATES[facts.state])]


def programme_against(facts: Facts, items: Sequence[Item], spans: Callable[[date], datetime]) -> list[Objection]:
    """Return what is against a programme in itself. spans: the instant at which a day begins."""
    against = [] if items else [NO_LINES]
    first, last = spans(facts.arrives_on), spans(facts.leaves_on + DAY)
    for item in items:
        if item.ends_at <= item.starts_at:
            against.append(ENDS_FIRST)
        elif item.starts_at < first or item.ends_at > last:
            against.append(OUTSIDE.about(arrives_on=facts.arrives_on, leaves_on=facts.leaves_on))
        if item.people > facts.people:
            against.append(TOO_MANY.about(people=item.people, most=facts.people))
        if item.kind is ItemKind.HOME and item.space_id is None:
            against.append(NEEDS_SPACE)
    flats = [item for item in items if item.kind is ItemKind.HOME]
    if len({item.space_id for item in flats}) < len(flats):
        against.append(FLATS_TWICE)
    if sum(item.people for item in flats) > facts.people:
        against.append(WITHOUT_BEDS.about(people=sum(item.people for item in flats), most=facts.people))
    return list(dict.fromkeys(against))


def member_against(facts: Facts, name: str) -> list[Objection]:
    """Return what is against naming one more."""
    against = not_now("add_member", facts)
    if facts.erased_on is not None:
        against.append(ERASED.about(on=facts.erased_on))
    if facts.named >= facts.people:
        against.append(ALL_NAMED.about(people=facts.people))
    return against if name else [*against, NO_NAME]


def report_against(facts: Facts, summary: str, outcomes: Collection[bool]) -> list[Objection]:
    """Return what is against reporting. outcomes: of each, whether what it is about is known."""
    against = not_now("report_delegation", facts)
    if facts.today < facts.leaves_on:
        against.append(NOT_LEFT.about(leaves_on=facts.leaves_on))
    if not summary:
        against.append(NO_SUMMARY)
    return against if all(outcomes) else [*against, NO_OUTCOME]


STATES: Mapping[DelegationState, Objection] = {
    S.REQUESTED: Objection("cooperation.delegation_state", N_("it is asked for")),
    S.PROGRAMME: Objection("cooperation.delegation_state", N_("its programme is in work")),
    S.APPROVED: Objection("cooperation.delegation_state", N_("it is approved")),
    S.INVITED: Objection("cooperation.delegation_state", N_("they are invited")),
    S.CONFIRMED: Objection("cooperation.delegation_state", N_("they have confirmed")),
    S.REPORTED: Objection("cooperation.delegation_state", N_("it is over and reported")),
    S.REJECTED: Objection("cooperation.delegation_state", N_("it is rejected")),
    S.CANCELLED: Objection("cooperation.delegation_state", N_("it is cancelled")),
}
"""Said in a sentence."""
KINDS: Mapping[ItemKind, Objection] = {
    ItemKind.MEETING: Objection("cooperation.item", N_("a meeting room")),
    ItemKind.OFFICE: Objection("cooperation.item", N_("an office")),
    ItemKind.LAB_TOUR: Objection("cooperation.item", N_("a tour of a laboratory")),
    ItemKind.HOME: Objection("cooperation.item", N_("a flat")),
    ItemKind.INTERPRETER: Objection("cooperation.item", N_("an interpreter")),
    ItemKind.TRANSPORT: Objection("cooperation.item", N_("a transfer")),
    ItemKind.OTHER: Objection("cooperation.item", N_("another line")),
}
"""A line whose space is not chosen yet, said in a sentence."""
