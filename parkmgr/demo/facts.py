"""The demo park as one story: the same seed gives the same deeds, in order of time. Pure: no database, no clock, no web."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from parkmgr.demo import (
    alliances,
    audits,
    buildings,
    contracts,
    homes,
    laboratories,
    leisure,
    letting,
    meetings,
    oddities,
    people,
    ventures,
)
from parkmgr.demo.buildings import Site
from parkmgr.demo.contracts import Contract, Writer
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on, working_day
from parkmgr.demo.deeds import (
    AddAccount,
    AddBuilding,
    AddContact,
    AddEquipment,
    AddOrganisation,
    AddPark,
    AddPerson,
    AddService,
    AddSpace,
    AddSportsMembership,
    Admit,
    AdmitApplication,
    AllocateSeason,
    Amend,
    Apply,
    Appoint,
    Approve,
    ApproveDelegation,
    AskDelegation,
    AskForHours,
    Assign,
    AuditDeed,
    Book,
    CancelBooking,
    CheckIn,
    Close,
    ConfirmDelegation,
    CooperationDeed,
    CountVisit,
    Dated,
    Deed,
    Draft,
    DrawLottery,
    End,
    EndMembership,
    Equip,
    ExerciseBreak,
    FundDeed,
    GiveNotice,
    HoldOver,
    InviteDelegation,
    MergeSpaces,
    NameMember,
    Offer,
    OfferHome,
    OpenSeason,
    PlanEvent,
    PublishLottery,
    ReceiveDeposit,
    Reject,
    Remeasure,
    ReportDelegation,
    ReportEvent,
    Restore,
    ReturnDeposit,
    RunLab,
    SetRules,
    Settle,
    Sign,
    SplitSpace,
    Step,
    Stop,
    Terms,
    Void,
)
from parkmgr.demo.letting import Letting, Story
from parkmgr.values import Money

SEED = 20110306
FUND_HOUSE = ("HIT", "FH")
"""Without it a small park has no funds."""
CONFERENCE_CENTRE = ("HIT", "CC")
"""Without it a small park has no agreements, and receives nobody."""
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Told:
    """A deed at an instant."""

    at: datetime
    deed: Deed


def demo(seed: int = SEED) -> tuple[Told, ...]:
    """Return every deed of both parks, in order of time, no two at the same instant."""
    rng = Random(seed)  # noqa: S311 - the same story every time is the point
    sites = buildings.sites(rng)
    cast = people.cast(rng)
    story = letting.told(rng, sites, cast)
    odd = oddities.happen(story)
    residencies = homes.taken_out(story, sites)
    leases = _Telling(rng, sites, story, odd).deeds()
    told = [*buildings.deeds(sites), *leases, *((day, close) for day, close in story.closures if day <= TOLD_UNTIL)]
    told += homes.deeds(seed, residencies, story, sites)
    told += ventures.deeds(seed, cast, [tenant.code for tenant in cast.of_kind("enterprise")])
    told += people.deeds(rng, cast, _first_use(told))
    told += people.ACCOUNTS
    rooms = [room for site in sites for room in site.rooms if room.bookable]
    universities = [university.code for university in cast.universities]
    happened: list[tuple[datetime, Deed]] = []
    for more, exact in (
        (meetings.deeds(seed, rooms, universities), meetings.exact),
        (laboratories.deeds(seed, sites, universities), laboratories.exact),
        (leisure.deeds(seed, sites), leisure.exact),
    ):
        told += more
        happened += exact(more, ZONE)
    every = [room for site in sites for room in site.rooms]
    told += alliances.deeds(seed, cast, told, every)
    told += alliances.market_rents()
    told += audits.DEEDS
    return tuple(sorted([*_timed(told), *(Told(at, deed) for at, deed in happened)], key=lambda each: each.at))


_HOUSES: tuple[tuple[Any, tuple[str, str]], ...] = (
    (FundDeed, FUND_HOUSE),
    (CooperationDeed, CONFERENCE_CENTRE),
    (AuditDeed, ("", "")),  # what the auditor draws and asks is about whole parks
)


def only(told: Iterable[Told], places: Collection[tuple[str, str]]) -> tuple[Told, ...]:
    """Return the story of these buildings (park, code) alone: a small park with a true history, for tests."""
    kept: list[Told] = []
    there: set[tuple[str, str]] = set()
    named: set[str] = set()
    for each in told:
        deed = each.deed
        if isinstance(deed, AddBuilding) and (deed.park, deed.code) not in places:
            continue
        if any(isinstance(deed, deeds) and place not in places for deeds, place in _HOUSES):
            continue
        if isinstance(deed, AddSpace | Remeasure):
            if (deed.room.park, deed.room.building) not in places:
                continue
            there.add((deed.room.park, deed.room.code))
        if isinstance(deed, SplitSpace):
            there |= {(deed.park, part.code) for part in deed.parts if (deed.park, part.building) in places}
        if isinstance(deed, MergeSpaces) and (deed.park, deed.into.building) in places:
            there.add((deed.park, deed.into.code))
        if _elsewhere(deed, there, named):
            continue
        kept.append(each)
    return tuple(kept)


def _elsewhere(deed: Deed, there: set[tuple[str, str]], named: set[str]) -> bool:
    """Tell whether the deed is about spaces, or about deeds, that are left out; the names of those that are not, are noted.

    named: what the story calls its leases, homes, bookings and whatever else later deeds speak of.
    """
    if isinstance(deed, Apply | AdmitApplication | PublishLottery | DrawLottery):
        return True  # who may ask for a home depends on who has a lease anywhere in the park
    if any(place not in there for place in (*_places(deed), *alliances.places_of(deed))):
        return True
    of = {name for name in _of(deed) if name}
    if of - named:
        return True
    named |= {name for name in _made(deed) if name}
    return False


def _places(deed: Deed) -> list[tuple[str, str]]:
    """Return the spaces that a deed speaks of, but for those that it makes."""
    match deed:
        case SplitSpace():
            codes: Iterable[str] = (deed.code,)
        case MergeSpaces():
            codes = deed.codes
        case Draft():
            return [(deed.park, code) for code in deed.terms.spaces]
        case Book():
            return [] if deed.crew else [(deed.park, code) for code in deed.spaces]
        case AddEquipment():
            codes = (deed.lab,)
        case AddService():
            codes = deed.rooms
        case OpenSeason():
            codes = deed.courts
        case Close():
            codes = deed.spaces
        case SetRules() | Equip() | RunLab() | Settle() | OfferHome():
            codes = (deed.space,) if deed.space else ()
        case _:
            return []
    return [(deed.park, code) for code in codes]


def _made(deed: Deed) -> tuple[str, ...]:
    """Return under which names later deeds speak of what a deed made."""
    match deed:
        case Draft():
            return (deed.lease,)
        case Assign():
            return (deed.heir,)
        case Settle() | OfferHome():
            return (deed.home,)
        case Book() | Stop() | AddSportsMembership() | PlanEvent() | AskDelegation():
            return (deed.name,)
        case AddEquipment():
            return (deed.number,)
        case AddService() | OpenSeason():
            return (deed.code,)
        case _:
            return ()


def _of(deed: Deed) -> tuple[str, ...]:
    """Return the names of what other deeds made that a deed needs."""
    match deed:
        case Draft() | Settle() | OfferHome() | AddSportsMembership():
            return ()
        case Book():
            return deed.spaces if deed.crew else ()
        case Stop():
            return (deed.number,)
        case Appoint():
            return (deed.service,)
        case CountVisit():
            return (deed.service, deed.membership)
        case AskForHours() | AllocateSeason():
            return (deed.season,)
        case Approve() | Reject() | CancelBooking() | CheckIn() | Restore() | ReportEvent():
            return (deed.name,)
        case ApproveDelegation() | InviteDelegation() | ConfirmDelegation() | ReportDelegation():
            return (deed.name,)
        case NameMember():
            return (deed.delegation,)
        case _:
            return (getattr(deed, "lease", ""), getattr(deed, "home", ""))


def digest(told: Iterable[Told]) -> str:
    """Return the SHA-256 of the story: the same seed gives the same."""
    whole = hashlib.sha256()
    for each in told:
        whole.update(repr(each).encode())
    return whole.hexdigest()


# Order


_RANK: dict[type, int] = {AddAccount: -1, AddPark: 0, AddBuilding: 1, AddSpace: 2, MergeSpaces: 3, SplitSpace: 3, Remeasure: 4}
_RANK |= {AddOrganisation: 5, AddContact: 6, Admit: 7, EndMembership: 8, AddPerson: 9}
_LEASES_AFTER = 10


def _timed(told: list[Dated]) -> tuple[Told, ...]:
    """Each day's deeds are done one after the other between nine and six."""
    days: defaultdict[date, list[Deed]] = defaultdict(list)
    for day, deed in told:
        days[day].append(deed)
    timed = []
    for day in sorted(days):
        deeds = sorted(days[day], key=lambda deed: _RANK.get(type(deed), _LEASES_AFTER))
        morning = datetime.combine(day, time(9), ZONE).astimezone(UTC)
        pace = timedelta(hours=9) // (len(deeds) + 1)
        timed += [Told(morning + pace * place, deed) for place, deed in enumerate(deeds, 1)]
    return tuple(timed)


def _first_use(told: Iterable[Dated]) -> dict[str, date]:
    """Return the first day on which each organisation is needed."""
    first: dict[str, date] = {}
    for day, deed in told:
        for needed in ventures.organisations_of(deed):
            first[needed] = min(day, first.get(needed, day))
        code = (
            deed.tenant
            if isinstance(deed, Draft)
            else deed.to
            if isinstance(deed, Assign)
            else deed.organisation
            if isinstance(deed, AddPerson | Settle)
            else None
        )
        if code is not None:
            first[code] = min(day, first.get(code, day))
    return first


# Leases


class _Telling:
    """Turns lettings into the deeds of their leases."""

    def __init__(self, rng: Random, sites: list[Site], story: Story, odd: oddities.Oddities) -> None:
        self._rng, self._story, self._odd = rng, story, odd
        self._writer = Writer(rng, sites)
        self._registered = {
            (site.building.park, room.code): max(site.opens_on - buildings.REGISTERED_BEFORE, date(2011, 1, 11))
            for site in sites
            for room in site.rooms
        }
        self._names: dict[Letting, str] = {}
        self._days: dict[Letting, tuple[date, date, date]] = {}

    def deeds(self) -> list[Dated]:
        """Return the deeds of every lease."""
        lettings = sorted(self._story.lettings, key=lambda each: (each.signed_on, each.park, each.spaces))
        for each in lettings:
            self._days[each] = self._desk(each)
        lettings = [each for each in lettings if self._days[each][0] <= TOLD_UNTIL]
        self._names = {each: f"{each.park}/{number}" for number, each in enumerate(lettings, 1)}
        agreed = contracts.contracts(self._rng, [each for each in lettings if each.heir_of is None])
        told: list[Dated] = []
        for each in lettings:
            told += self._heir(each) if each.heir_of is not None else self._lease(each, agreed[each])
        told += self._idle(lettings)
        return [(day, deed) for day, deed in told if day <= TOLD_UNTIL]

    def _desk(self, each: Letting) -> tuple[date, date, date]:
        """Return the days of draft, offer and signature."""
        first = max(self._registered[each.park, code] for code in each.spaces) + 2 * DAY
        signed_on = max(each.signed_on, first)
        offered_on = max(working_day(signed_on - self._rng.randint(1, 9) * DAY), first)
        return max(working_day(offered_on - self._rng.randint(1, 14) * DAY), first), offered_on, signed_on

    def _lease(self, each: Letting, contract: Contract) -> list[Dated]:
        name = self._names[each]
        drafted_on, offered_on, signed_on = self._days[each]
        terms = self._writer.terms(each, contract)
        follows = self._names.get(each.follows) if each.follows else None
        under = self._names[each.under] if each.under else None
        told: list[Dated] = [
            (drafted_on, Draft(name, each.park, each.tenant.code, terms, follows, under)),
            (offered_on, Offer(name)),
            (signed_on, Sign(name)),
        ]
        if signed_on > TOLD_UNTIL:
            return told
        told += self._deposit(each, terms, signed_on)
        if each in self._odd.amended:
            told.append(self._amendment(each, terms))
        return told + self._ending(each)

    def _deposit(self, each: Letting, terms: Terms, signed_on: date) -> list[Dated]:
        if terms.deposit is None or self._rng.random() < 0.04:  # some never pay it
            return []
        name, paid_on = self._names[each], signed_on + self._rng.randint(2, 15) * DAY
        told: list[Dated] = [(paid_on, ReceiveDeposit(name, paid_on, terms.deposit))]
        if each.last_on is not None and each.fate not in ("renewed", "assigned"):
            returned_on = each.last_on + self._rng.randint(10, 40) * DAY
            told.append((returned_on, ReturnDeposit(name, returned_on, terms.deposit)))
        return told

    def _amendment(self, each: Letting, terms: Terms) -> Dated:
        day, effective_on = self._odd.amended[each]
        last = terms.steps[-1]
        dearer = Step(effective_on, Money(last.money.minor * 103 // 100, terms.currency), last.basis)
        kept = tuple(step for step in terms.steps if step.from_on < effective_on)
        reason = "Rent corrected after a survey" if day > effective_on else "Rent reviewed by agreement"
        return day, Amend(self._names[each], replace(terms, steps=(*kept, dearer)), effective_on, reason)

    def _ending(self, each: Letting) -> list[Dated]:
        name, last_on = self._names[each], each.left_on or each.ends_on
        if last_on is None:
            return []
        if each.fate == "break":
            return [(self._odd.breaks_given[each], ExerciseBreak(name, last_on, self._odd.breaks_given[each]))]
        if each.fate == "notice":
            given_on = self._odd.notices_given[each]
            return [(given_on, GiveNotice(name, given_on, last_on, self._rng.choice(("tenant", "tenant", "landlord"))))]
        if each.fate == "holdover":
            return [(last_on + 2 * DAY, HoldOver(name))]
        if each.fate in ("assigned", "expired"):
            return []
        reason = "Term over, renewed" if each.fate == "renewed" else "Term over"
        return [(last_on + DAY, End(name, last_on, reason))]

    def _heir(self, each: Letting) -> list[Dated]:
        if each.heir_of is None:
            return []
        deed = Assign(self._names[each.heir_of], self._names[each], each.tenant.code, each.starts_on)
        return [(each.signed_on, deed), *self._ending(each)]

    def _idle(self, lettings: list[Letting]) -> list[Dated]:
        """Return drafts that came to nothing, over the years, and those that lie on the desk at the end of the story."""
        rng = self._rng
        told: list[Dated] = []
        models = rng.sample([each for each in lettings if each.kind == "office" and each.under is None and each.heir_of is None], 16)
        for number, model in enumerate(models):
            name = f"{model.park}/idle-{number}"
            day = (
                working_day(date(2016, 5, 2) + rng.randint(0, 3600) * DAY)
                if number < 7
                else working_day(TOLD_UNTIL - rng.randint(1, 20) * DAY)
            )
            day = max(day, max(self._registered[model.park, code] for code in model.spaces) + 3 * DAY)
            starts_on = months_on(day.replace(day=1), 2)
            terms = self._writer.terms(
                Letting(model.park, model.tenant, model.spaces[:1], model.kind, starts_on, months_on(starts_on, 36) - DAY, day),
                Contract(per_m2=True, breaks=rng.random() < 0.4, indexed=True),
            )
            tenant = next(each.tenant for each in lettings if self._days[each][0] <= day and each.park == model.park)
            told.append((day, Draft(name, model.park, tenant.code, terms)))
            if number < 7:
                told += [(day + 3 * DAY, Offer(name)), (day + rng.randint(9, 30) * DAY, Void(name, "The tenant withdrew"))]
            elif number % 2:
                told.append((day + 1 * DAY, Offer(name)))
        return told
