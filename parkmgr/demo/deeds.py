"""The deeds that the demo park is told in, as values; loading.py does each by the action of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from parkmgr.values import Area, Money, Names, Term


@dataclass(frozen=True, slots=True)
class AddAccount:
    """accounts.add_user and accounts.grant. parks empty: in all; shown: its password is shown once, for people to sign in."""

    email: str
    name: str
    role: str
    parks: tuple[str, ...] = ()
    organisation: str | None = None
    ends_on: date | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class AddPark:
    """places.add_park."""

    code: str
    names: Names
    time_zone: str
    currency: str
    country: str
    drafter_may_sign: bool = False


@dataclass(frozen=True, slots=True)
class AddBuilding:
    """places.add_building."""

    park: str
    code: str
    names: Names
    use: str
    residential: bool
    address: str
    built: int
    area: Area


@dataclass(frozen=True, slots=True)
class Room:
    """A space as it is added: whole is its parent's code; area None is not measured."""

    park: str
    building: str
    code: str
    kind: str
    area: Area | None
    level: int
    opens_on: date
    lettable: bool = True
    names: Names | None = None
    capacity: int | None = None
    whole: str | None = None
    bookable: bool = False


@dataclass(frozen=True, slots=True)
class AddSpace:
    """places.add_space."""

    room: Room


@dataclass(frozen=True, slots=True)
class SplitSpace:
    """places.split_space."""

    park: str
    code: str
    parts: tuple[Room, ...]
    on: date


@dataclass(frozen=True, slots=True)
class MergeSpaces:
    """places.merge_spaces."""

    park: str
    codes: tuple[str, ...]
    into: Room
    on: date


@dataclass(frozen=True, slots=True)
class Remeasure:
    """places.change_space: the area is another one from a day."""

    room: Room
    area: Area
    from_on: date


@dataclass(frozen=True, slots=True)
class AddOrganisation:
    """organisations.add."""

    code: str
    kind: str
    names: Names
    country: str
    city: str
    website: str = ""
    ror: str | None = None
    inn: str | None = None
    uscc: str | None = None


@dataclass(frozen=True, slots=True)
class AddContact:
    """organisations.add_contact."""

    organisation: str
    name: str
    position: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Admit:
    """organisations.admit."""

    organisation: str
    status: str
    on: date


@dataclass(frozen=True, slots=True)
class EndMembership:
    """organisations.end_membership."""

    organisation: str
    on: date


@dataclass(frozen=True, slots=True)
class Step:
    """The rent from a day on: a month, or a square metre and month."""

    from_on: date
    money: Money
    basis: str


@dataclass(frozen=True, slots=True)
class Option:
    """A right to break or renew."""

    kind: str
    on: date
    notice_months: int
    side: str = "tenant"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a lease says. index "": not indexed; cap in per cent a year."""

    spaces: tuple[str, ...]
    term: Term
    currency: str
    steps: tuple[Step, ...]
    rent_free: tuple[Term, ...] = ()
    deposit: Money | None = None
    options: tuple[Option, ...] = ()
    notice_months: int = 0
    purpose: str = ""
    index: str = ""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """leases.draft, or leases.renew when it follows another. lease: the demo's own name for it, until it has a number."""

    lease: str
    park: str
    tenant: str
    terms: Terms
    follows: str | None = None
    under: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """leases.offer."""

    lease: str


@dataclass(frozen=True, slots=True)
class Sign:
    """leases.sign."""

    lease: str


@dataclass(frozen=True, slots=True)
class ReceiveDeposit:
    """leases.receive_deposit."""

    lease: str
    on: date
    money: Money


@dataclass(frozen=True, slots=True)
class ReturnDeposit:
    """leases.return_deposit."""

    lease: str
    on: date
    money: Money


@dataclass(frozen=True, slots=True)
class Amend:
    """leases.amend; effective before the day of the deed is backdated."""

    lease: str
    terms: Terms
    effective_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class GiveNotice:
    """leases.give_notice."""

    lease: str
    given_on: date
    leaves_on: date
    side: str


@dataclass(frozen=True, slots=True)
class ExerciseBreak:
    """leases.exercise_break."""

    lease: str
    option_on: date
    given_on: date


@dataclass(frozen=True, slots=True)
class Assign:
    """leases.assign: from a day on it is the lease *heir*, of another tenant."""

    lease: str
    heir: str
    to: str
    on: date


@dataclass(frozen=True, slots=True)
class HoldOver:
    """leases.hold_over."""

    lease: str


@dataclass(frozen=True, slots=True)
class End:
    """leases.end."""

    lease: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Void:
    """leases.void."""

    lease: str
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """occupancy.close: the spaces are closed for works, held by the park's operator."""

    park: str
    spaces: tuple[str, ...]
    term: Term
    reason: str


@dataclass(frozen=True, slots=True)
class SetRules:
    """bookings.add_rules: of a kind of space, or of one space. access: (who, name, answer); quotas: (whom, per, measure, most)."""

    park: str
    kind: str
    week: str
    space: str = ""
    answer: str = "instant"
    access: tuple[tuple[str, str, str], ...] = ()
    open_on_holidays: bool = False
    min_minutes: int = 15
    max_minutes: int = 480
    step_minutes: int = 15
    lead_minutes: int = 0
    ahead_days: int = 365
    turnaround_minutes: int = 0
    release_minutes: int | None = None
    cancel_minutes: int = 0
    decide_hours: int = 48
    four_eyes: bool = False
    quotas: tuple[tuple[str, str, str, int], ...] = ()
    prices: tuple[tuple[str, int], ...] = ()
    """(class, smallest coins an hour)."""


@dataclass(frozen=True, slots=True)
class AddFeature:
    """bookings.add_feature."""

    park: str
    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class Equip:
    """bookings.equip: the space has one of each feature."""

    park: str
    space: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """bookings.book. name: the demo's own, until there are numbers. at: the park's wall time. person: an e-mail address, or nobody's.

    others: the dates after the first. checked: people check in there.
    """

    name: str
    park: str
    spaces: tuple[str, ...]
    organisation: str
    person: str
    first: date
    at: time
    minutes: int
    others: tuple[date, ...] = ()
    weekly: bool = False
    people: int = 1
    purpose: str = ""
    checked: bool = False

    @property
    def count(self) -> int:
        """How many dates it has."""
        return 1 + len(self.others)

    def dates(self) -> tuple[date, ...]:
        """Return its dates in order."""
        return (self.first, *self.others)


@dataclass(frozen=True, slots=True)
class Approve:
    """bookings.approve of one date of a booking."""

    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Reject:
    """bookings.reject."""

    name: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """bookings.cancel."""

    name: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """bookings.check_in."""

    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Tend:
    """What time brings: bookings end, or nobody came."""


PlaceDeed = AddPark | AddBuilding | AddSpace | SplitSpace | MergeSpaces | Remeasure
OrganisationDeed = AddOrganisation | AddContact | Admit | EndMembership
LeaseDeed = Draft | Offer | Sign | ReceiveDeposit | ReturnDeposit | Amend | GiveNotice | ExerciseBreak | Assign | HoldOver | End | Void
BookingDeed = SetRules | AddFeature | Equip | Book | Approve | Reject | CancelBooking | CheckIn | Tend
Deed = AddAccount | PlaceDeed | OrganisationDeed | LeaseDeed | Close | BookingDeed
Dated = tuple[date, Deed]
