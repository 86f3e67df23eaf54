"""Who lives in the demo park: residencies in flats and beds since September 2025, and who waits for a home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from parkmgr.demo import names
from parkmgr.demo.buildings import FLATS, Site
from parkmgr.demo.contracts import RENTS
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on, working_day
from parkmgr.demo.deeds import (
    AddOrganisation,
    AddPerson,
    AddSpace,
    AdmitApplication,
    Apply,
    Dated,
    DrawLottery,
    ExtendHome,
    GiveHomeNotice,
    LeaveHome,
    MakeReady,
    MoveIn,
    PublishLottery,
    Room,
    SetHousingRules,
    Settle,
)
from parkmgr.demo.letting import Letting, Story
from parkmgr.values import Area, Money, Names, Term

RULES_ON = date(2025, 5, 12)
SHARED = 4
"""So many flats of four are given out bed by bed."""
SHARED_ON = date(2025, 10, 20)
APPLICANTS = 120
LOTTERY_CLASS, STAFF_CLASS, STUDENT_CLASS = "young", "staff", "student"


@dataclass(slots=True)
class Homes:
    """The lettings that are residencies: each chain of a tenant's years in one flat is one residency."""

    chains: list[list[Letting]]
    shared: list[str]
    """Flats that are given out by the bed."""


def taken_out(story: Story, sites: Sequence[Site]) -> Homes:
    """Single flats let by the year are residencies, no leases; they are taken out of the story."""
    single = [each for each in story.lettings if each.kind == "flat" and len(each.spaces) == 1 and each.signed_on <= TOLD_UNTIL]
    later = [each for each in story.lettings if each.signed_on > TOLD_UNTIL and each.follows in single]
    after = {each.follows: each for each in single if each.follows is not None}
    chains = []
    for each in single:
        if each.follows is None:
            chain = [each]
            while chain[-1] in after:
                chain.append(after[chain[-1]])
            chains.append(chain)
    large = {room.code for site in sites for room in site.rooms if room.kind == "flat" and room.area == Area.of(92)}
    last = {chain[0].spaces[0]: chain for chain in chains}
    closed = {code for _, close in story.closures for code in close.spaces}
    shared = [
        code
        for code in sorted(large - closed)
        if code[:3] in ("R01", "R02") and code in last and len([one for one in chains if one[0].spaces[0] == code]) == 1
    ][:SHARED]
    gone = {id(each) for chain in chains for each in chain} | {id(each) for each in later}
    story.lettings = [each for each in story.lettings if id(each) not in gone]
    return Homes([chain for chain in chains if chain[0].spaces[0] not in shared], shared)


def deeds(seed: int, homes: Homes, story: Story, sites: Sequence[Site]) -> list[Dated]:
    """Return the deeds of housing."""
    telling = _Telling(Random(f"homes {seed}"), story, sites)  # noqa: S311 - a stream of its own
    told: list[Dated] = [(RULES_ON, SetHousingRules("HIT"))]
    for number, chain in enumerate(homes.chains, 1):
        told += telling.residency(number, chain)
    for code in homes.shared:
        told += telling.beds(code, -1 if code == homes.shared[-1] else None)
    told += telling.waiting()
    return [(day, deed) for day, deed in told if day <= TOLD_UNTIL]


class _Telling:
    """Tells how people came and left."""

    def __init__(self, rng: Random, story: Story, sites: Sequence[Site]) -> None:
        self._rng = rng
        asking = (date(2026, 2, 1), TOLD_UNTIL)
        self._tenants = [
            each.tenant for each in story.lettings if each.park == "HIT" and each.kind != "flat" and all(each.takes(day) for day in asking)
        ]
        self._universities = story.cast.universities
        self._rooms: dict[str, Room] = {room.code: room for site in sites for room in site.rooms if site.building.park == "HIT"}
        self._closed = {code: close.term for _, close in story.closures if close.park == "HIT" for code in close.spaces}
        self._people = 0

    def _called(self, country: str) -> tuple[str, str]:
        """Return a name, and the family's."""
        rng = self._rng
        if country == "CN":
            family, given = (rng.choice(part) for part in names.CHINESE_PEOPLE)
            return f"{family} {given}", family
        given, family = (rng.choice(part) for part in names.RUSSIAN_PEOPLE)
        return f"{given} {family}{'a' if given[-1] == 'a' else ''}", family

    def _person(self, organisation: AddOrganisation, people: int, *, kind: str = "") -> AddPerson:
        """Return somebody with a household."""
        rng = self._rng
        self._people += 1
        name, family = self._called(organisation.country)
        household: list[tuple[str, str, int | None]] = []
        for place in range(people - 1):
            relation = "spouse" if place == 0 else "child"
            other = self._called(organisation.country)[0].split()
            first = other[1] if organisation.country == "CN" else other[0]
            called = f"{family} {first}" if organisation.country == "CN" else f"{first} {family}"
            household.append((called, relation, None if relation == "spouse" else rng.randint(2008, 2025)))
        said = kind or ("researcher" if organisation.kind in ("university", "research_division") else "staff")
        return AddPerson(f"person-{self._people}", "HIT", organisation.code, said, name, tuple(household))

    def _rent(self, code: str, year: int, *, staff: bool) -> Money:
        low, high = RENTS["flat"]
        room = self._rooms[code]
        per_m2 = low + (high - low) * min(100, 60 + (year - 2025) * 5 + self._rng.randint(0, 25)) // 100
        whole = per_m2 * (room.area.dm2 if room.area else 4500) // 100
        return Money((whole * 60 // 100 if staff else whole) * 100, "CNY")

    def residency(self, number: int, chain: Sequence[Letting]) -> Iterator[Dated]:
        """Yield the life of one residency: contract, move, another year, notice, the way out."""
        rng = self._rng
        first, last = chain[0], chain[-1]
        code, home = first.spaces[0], f"home-{number}"
        room = self._rooms[code]
        people = rng.randint(1, FLATS[room.area.dm2 // 100]) if room.area else 1
        person = self._person(first.tenant, people)
        staff = rng.random() < 0.3
        rent = self._rent(code, first.starts_on.year, staff=staff)
        agreed_on = working_day(first.signed_on)
        yield agreed_on - DAY, person
        deposit = rent.times(1) if rng.random() < 0.6 else None
        term = Term(first.starts_on, first.ends_on)
        yield agreed_on, Settle(home, "HIT", code, person.person, first.tenant.code, term, rent, staff, deposit, people)
        yield first.starts_on, MoveIn(home, first.starts_on, inventory=first.starts_on >= date(2026, 9, 1))
        for each in chain[1:]:
            if each.ends_on is not None:
                yield working_day(each.signed_on), ExtendHome(home, each.ends_on, rent.times(1) + Money(rng.randint(0, 12) * 1000, "CNY"))
        if last.ends_on is not None and last.ends_on < TOLD_UNTIL:
            given_on = working_day(last.ends_on - rng.randint(31, 60) * DAY)
            if given_on > last.starts_on and len(chain) == 1:
                yield given_on, GiveHomeNotice(home, given_on, last.ends_on)
            yield last.ends_on, LeaveHome(home, last.ends_on, inventory=last.ends_on >= date(2026, 9, 1))
            works = self._closed.get(code)
            seen_on = last.ends_on + 2 * DAY
            if works is not None and works.ends_on is not None and works.starts_on <= last.ends_on + 5 * DAY <= works.ends_on:
                seen_on = works.ends_on + DAY
            yield seen_on, MakeReady(home, seen_on)

    def beds(self, code: str, empty: int | None) -> Iterator[Dated]:
        """Yield a flat that doctoral students share."""
        room = self._rooms[code]
        size = Area((room.area.dm2 if room.area else 9200) // 4)
        words = (("A", "А"), ("B", "Б"), ("C", "В"), ("D", "Г"))
        beds = tuple(
            replace(
                room,
                opens_on=SHARED_ON,
                code=f"{code}-{latin}",
                kind="bed",
                area=size,
                capacity=1,
                whole=code,
                names=Names(f"Bed {latin}", f"Место {cyrillic}", f"床位{latin}"),
            )
            for latin, cyrillic in words
        )
        for bed in beds:
            yield SHARED_ON, AddSpace(bed)
        for place, bed in enumerate(beds[:empty]):
            university = self._rng.choice(self._universities[:12])
            person, home = self._person(university, 1, kind="student"), f"{code}-{place}"
            starts_on = date(2025, 11, 1) + self._rng.randint(0, 6) * DAY
            yield date(2025, 10, 22), person
            yield (
                date(2025, 10, 23),
                Settle(home, "HIT", bed.code, person.person, university.code, Term(starts_on, date(2027, 7, 31)), Money(60000, "CNY")),
            )
            yield starts_on, MoveIn(home, starts_on)

    def waiting(self) -> Iterator[Dated]:
        """Yield who waits for a home when the story ends, and the lottery of one class."""
        rng = self._rng
        employers = self._tenants
        for number in range(1, APPLICANTS + 1):
            class_ = rng.choices((STAFF_CLASS, LOTTERY_CLASS, STUDENT_CLASS), (60, 35, 25))[0]
            university = class_ == STUDENT_CLASS or rng.random() < 0.4
            organisation = rng.choice(self._universities[:12]) if university else rng.choice(employers)
            people = 1 if class_ == STUDENT_CLASS else rng.randint(1, 4)
            person = self._person(organisation, people, kind="student" if class_ == STUDENT_CLASS else "")
            asked_on = working_day(date(2026, 2, 2) + rng.randint(0, 270) * DAY)
            name = f"application-{number}"
            claims = (("child", max(0, people - 2)), ("degree", rng.randint(0, 1)), ("years", rng.randint(0, 8)))
            yield asked_on - DAY, person
            yield (
                asked_on,
                Apply(
                    name,
                    "HIT",
                    person.person,
                    class_,
                    "bed" if class_ == STUDENT_CLASS else "flat",
                    people,
                    months_on(asked_on.replace(day=1), 2),
                    claims,
                ),
            )
            yield asked_on + rng.randint(1, 6) * DAY, AdmitApplication(name)
        yield date(2026, 11, 2), PublishLottery("lottery-1", "HIT", LOTTERY_CLASS, date(2026, 11, 12))
        yield date(2026, 11, 13), DrawLottery("lottery-1")
