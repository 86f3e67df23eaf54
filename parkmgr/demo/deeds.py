"""The deeds that the demo park is told in, as values; loading.py does each by the action of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

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
    alone_week: str = ""
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
    crew: tuple[str, ...] = ()
    """The demo's own names of who works there, and of the second person."""

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


@dataclass(frozen=True, slots=True)
class AddPerson:
    """people.add. person: the demo's own name for it, until there are numbers. household: (name, relation, born)."""

    person: str
    park: str
    organisation: str
    kind: str
    name: str
    household: tuple[tuple[str, str, int | None], ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class SetHousingRules:
    """housing.set_rules."""

    park: str


@dataclass(frozen=True, slots=True)
class Settle:
    """housing.settle: a contract about a home, signed."""

    home: str
    park: str
    space: str
    person: str
    organisation: str
    term: Term
    rent: Money
    staff: bool = False
    deposit: Money | None = None
    people: int = 1


@dataclass(frozen=True, slots=True)
class MoveIn:
    """housing.move_in. inventory: with a check-in of every room."""

    home: str
    on: date
    inventory: bool = False


@dataclass(frozen=True, slots=True)
class GiveHomeNotice:
    """housing.give_notice."""

    home: str
    given_on: date
    leaves_on: date


@dataclass(frozen=True, slots=True)
class ExtendHome:
    """housing.extend: another year, at another rent."""

    home: str
    ends_on: date
    rent: Money


@dataclass(frozen=True, slots=True)
class TransferHome:
    """housing.transfer: out of one home and into another on one day."""

    home: str
    to: str
    space: str
    on: date
    rent: Money


@dataclass(frozen=True, slots=True)
class LeaveHome:
    """housing.leave."""

    home: str
    on: date
    inventory: bool = False


@dataclass(frozen=True, slots=True)
class MakeReady:
    """housing.make_ready: somebody has seen the empty home."""

    home: str
    on: date


@dataclass(frozen=True, slots=True)
class Apply:
    """housing.apply, and admitted to the waiting list some days later. claims: (line of points, how many)."""

    application: str
    park: str
    person: str
    class_: str
    kind: str
    people: int
    from_on: date
    claims: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AdmitApplication:
    """housing.admit."""

    application: str


@dataclass(frozen=True, slots=True)
class PublishLottery:
    """housing.publish_lottery."""

    lottery: str
    park: str
    class_: str
    closes_on: date


@dataclass(frozen=True, slots=True)
class DrawLottery:
    """housing.draw."""

    lottery: str


@dataclass(frozen=True, slots=True)
class OfferHome:
    """housing.offer to an application."""

    home: str
    application: str
    park: str
    space: str
    term: Term
    rent: Money


@dataclass(frozen=True, slots=True)
class RunLab:
    """labs.run_lab. hazards: (scheme, value)."""

    park: str
    space: str
    manager: str
    field: str
    hazards: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AddEquipment:
    """labs.add_equipment, and set to work. A bookable piece is a space of the code of its number. places: of a bench."""

    park: str
    lab: str
    number: str
    names: Names
    make: str
    model: str
    serial: str
    owner: str
    contact: str
    bookable: bool = False
    bought_on: date | None = None
    price: Money | None = None
    warranty_until: date | None = None
    calibration_due: date | None = None
    state: str = "operational"
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    """Codes of permits."""


@dataclass(frozen=True, slots=True)
class AddPermitKind:
    """labs.add_permit_kind."""

    park: str
    code: str
    names: Names
    days: int
    unused_days: int | None
    how: str


@dataclass(frozen=True, slots=True)
class GrantPermit:
    """labs.grant."""

    park: str
    person: str
    kind: str
    until: date


@dataclass(frozen=True, slots=True)
class Stop:
    """bookings.stop: planned downtime, or a breakdown that is repaired by Restore. from_ and until: the park's wall time."""

    name: str
    park: str
    number: str
    planned: bool
    reason: str
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    """bookings.restore."""

    name: str


@dataclass(frozen=True, slots=True)
class SetTariff:
    """charges.set_tariff for a kind of space."""

    park: str
    kind: str
    from_on: date
    basis: str
    minimum_minutes: int
    block_minutes: int
    peak_week: str
    peak_percent: int
    no_show_percent: int
    operator: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MakeStatements:
    """charges.make_statements of a month. settled: they are validated and closed some days later."""

    park: str
    month: date


@dataclass(frozen=True, slots=True)
class CloseStatements:
    """charges.validate and charges.close of all statements of a month that are open."""

    park: str
    month: date


@dataclass(frozen=True, slots=True)
class AddService:
    """amenities.add_service. prices: (class, smallest coins a visit)."""

    park: str
    code: str
    desk: str
    operator: str
    names: Names
    week: str
    rooms: tuple[str, ...]
    slot_minutes: int = 30
    places: int | None = None
    prices: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Appoint:
    """amenities.appoint: somebody, by a name, at a service's room."""

    park: str
    service: str
    room: str
    on: date
    at: time
    name: str


@dataclass(frozen=True, slots=True)
class OpenSeason:
    """amenities.open_season."""

    park: str
    code: str
    names: Names
    starts_on: date
    ends_on: date
    ask_until: date
    courts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskForHours:
    """amenities.wish."""

    park: str
    season: str
    organisation: str
    rank: int
    weekday: int
    at: time
    minutes: int
    court: str = ""
    people: int = 10
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class AllocateSeason:
    """amenities.allocate."""

    park: str
    season: str


@dataclass(frozen=True, slots=True)
class AddSportsMembership:
    """amenities.add_membership."""

    name: str
    park: str
    organisation: str
    plan: str
    starts_on: date
    ends_on: date
    visits: int | None
    price: Money


@dataclass(frozen=True, slots=True)
class CountVisit:
    """amenities.count_visit. membership: the demo's own name of one, or empty for a walk-in of a class of price."""

    park: str
    service: str
    membership: str
    class_: str
    people: int = 1


@dataclass(frozen=True, slots=True)
class AddFund:
    """funds.add_fund."""

    code: str
    park: str
    names: Names
    currency: str
    vintage: int
    size: Money
    starts_on: date
    ends_on: date
    manager: str
    general_partner: str


@dataclass(frozen=True, slots=True)
class Commit:
    """funds.commit."""

    fund: str
    partner: str
    money: Money


@dataclass(frozen=True, slots=True)
class CallCapital:
    """funds.call. lines: purpose, money."""

    name: str
    fund: str
    lines: tuple[tuple[str, Money], ...]
    due_on: date


@dataclass(frozen=True, slots=True)
class CapitalReceived:
    """funds.receive from each partner who still owes; half from the late one, whose code it is."""

    call: str
    late: str = ""


@dataclass(frozen=True, slots=True)
class Distribute:
    """funds.distribute. lines: purpose, money, may it be called again."""

    name: str
    fund: str
    lines: tuple[tuple[str, Money, bool], ...]
    due_on: date


@dataclass(frozen=True, slots=True)
class PayFromFund:
    """funds.record_flow: a fee or an expense."""

    fund: str
    kind: str
    money: Money


@dataclass(frozen=True, slots=True)
class InvestRound:
    """funds.add_round. lines: fund, money, shares; others' part is what is left."""

    park: str
    company: str
    name: str
    instrument: str
    raised: Money
    post: Money | None
    shares_after: int
    lines: tuple[tuple[str, Money, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ValueCompany:
    """funds.value."""

    fund: str
    company: str
    money: Money
    method: str


@dataclass(frozen=True, slots=True)
class WriteOffCompany:
    """funds.write_off."""

    fund: str
    company: str
    reason: str


@dataclass(frozen=True, slots=True)
class SellCompany:
    """funds.exit: what comes back of what was paid, and what more."""

    fund: str
    company: str
    capital: Money
    gain: Money


@dataclass(frozen=True, slots=True)
class ProposeAgreement:
    """cooperation.propose."""

    name: str
    park: str
    kind: str
    names: Names
    parties: tuple[str, ...]
    under: str = ""


@dataclass(frozen=True, slots=True)
class AdvanceAgreement:
    """cooperation.advance."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class AddAgreementText:
    """cooperation.add_text: an authentic text, without a scan."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """cooperation.sign."""

    name: str
    party: str
    signatory: str


@dataclass(frozen=True, slots=True)
class StartAgreement:
    """cooperation.start."""

    name: str
    starts_on: date
    ends_on: date
    places: int
    renew_months: int


@dataclass(frozen=True, slots=True)
class RenewAgreement:
    """cooperation.renew: heir is the name of the agreement that follows."""

    name: str
    heir: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class TerminateAgreement:
    """cooperation.terminate."""

    name: str
    ends_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class PlanActivities:
    """cooperation.set_plan."""

    name: str
    year: int
    what: str
    planned: int


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """cooperation.add_activity."""

    name: str
    what: str
    title: str
    people: int


@dataclass(frozen=True, slots=True)
class AddTask:
    """cooperation.add_task."""

    name: str
    what: str
    organisation: str
    due_on: date


@dataclass(frozen=True, slots=True)
class DoTask:
    """cooperation.do_task: the agreement's first."""

    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TendAgreements:
    """What the clock brings to agreements: renewals, ends."""


@dataclass(frozen=True, slots=True)
class AddProject:
    """cooperation.add_project."""

    name: str
    park: str
    kind: str
    names: Names
    field: str
    agreement: str
    programme: str
    lead: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class UseInProject:
    """cooperation.add_use. what: space | organisation | fund."""

    project: str
    what: str
    code: str


@dataclass(frozen=True, slots=True)
class FinishProject:
    """cooperation.change_project: it is finished."""

    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class PlanEvent:
    """cooperation.plan_event."""

    name: str
    park: str
    kind: str
    names: Names
    host: str
    agreement: str
    on: date
    at: time
    minutes: int
    rooms: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """cooperation.report_event."""

    name: str
    people: int


@dataclass(frozen=True, slots=True)
class AskDelegation:
    """cooperation.ask_delegation. begins, ends: of each day's talks, in the room; flats: codes, and how many sleep there."""

    name: str
    park: str
    guest: str
    host: str
    agreement: str
    names: Names
    arrives_on: date
    leaves_on: date
    people: int
    language: str
    host_language: str
    begins: time
    ends: time
    room: str
    flats: tuple[tuple[str, int], ...] = ()
    labs: tuple[str, ...] = ()
    office: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class NameMember:
    """cooperation.add_member."""

    delegation: str
    name: str
    position: str
    citizenship: str
    passport: str
    born_on: date


@dataclass(frozen=True, slots=True)
class ApproveDelegation:
    """cooperation.approve_delegation."""

    name: str


@dataclass(frozen=True, slots=True)
class InviteDelegation:
    """cooperation.invite."""

    name: str


@dataclass(frozen=True, slots=True)
class ConfirmDelegation:
    """cooperation.confirm_delegation."""

    name: str


@dataclass(frozen=True, slots=True)
class ReportDelegation:
    """cooperation.report_delegation."""

    name: str
    outcome: str
    summary: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class SetMarketRents:
    """leases.set_market_rents of a kind of space in a park. money: a month's and square metre's."""

    park: str
    kind: str
    money: Money
    source: str


@dataclass(frozen=True, slots=True)
class RaisePoint:
    """assurance.raise_point."""

    name: str
    park: str
    kind: str
    subject: str
    text: str
    due_on: date
    about: str = ""


@dataclass(frozen=True, slots=True)
class AnswerPoint:
    """assurance.say, by the park or by the auditor."""

    name: str
    text: str
    by_auditor: bool = False


@dataclass(frozen=True, slots=True)
class ClosePoint:
    """assurance.close."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class DrawSample:
    """assurance.draw."""

    park: str
    population: str
    method: str
    size: int
    on: date
    seed: str


PlaceDeed = AddPark | AddBuilding | AddSpace | SplitSpace | MergeSpaces | Remeasure
OrganisationDeed = AddOrganisation | AddContact | Admit | EndMembership
LeaseDeed = Draft | Offer | Sign | ReceiveDeposit | ReturnDeposit | Amend | GiveNotice | ExerciseBreak | Assign | HoldOver | End | Void
BookingDeed = SetRules | AddFeature | Equip | Book | Approve | Reject | CancelBooking | CheckIn | Tend
HomeDeed = (
    AddPerson
    | SetHousingRules
    | Settle
    | MoveIn
    | GiveHomeNotice
    | ExtendHome
    | TransferHome
    | LeaveHome
    | MakeReady
    | Apply
    | AdmitApplication
    | PublishLottery
    | DrawLottery
    | OfferHome
)
LabDeed = RunLab | AddEquipment | AddPermitKind | GrantPermit | Stop | Restore | SetTariff | MakeStatements | CloseStatements
AmenityDeed = AddService | Appoint | OpenSeason | AskForHours | AllocateSeason | AddSportsMembership | CountVisit
FundDeed = (
    AddFund | Commit | CallCapital | CapitalReceived | Distribute | PayFromFund | InvestRound | ValueCompany | WriteOffCompany | SellCompany
)
CooperationDeed = (
    ProposeAgreement
    | AdvanceAgreement
    | AddAgreementText
    | SignAgreement
    | StartAgreement
    | RenewAgreement
    | TerminateAgreement
    | PlanActivities
    | RecordActivity
    | AddTask
    | DoTask
    | TendAgreements
    | AddProject
    | UseInProject
    | FinishProject
    | PlanEvent
    | ReportEvent
    | AskDelegation
    | NameMember
    | ApproveDelegation
    | InviteDelegation
    | ConfirmDelegation
    | ReportDelegation
)
AuditDeed = RaisePoint | AnswerPoint | ClosePoint | DrawSample
Deed = (
    AuditDeed
    | CooperationDeed
    | FundDeed
    | HomeDeed
    | LabDeed
    | AmenityDeed
    | AddAccount
    | PlaceDeed
    | OrganisationDeed
    | LeaseDeed
    | SetMarketRents
    | Close
    | BookingDeed
)
Dated = tuple[date, Deed]
