"""Who lets what from when to when: the working spaces and the flats, from each building's opening to the end of the story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from parkmgr.demo.buildings import SPBPU_OFFICE, Site
from parkmgr.demo.days import COUNTED_ON, DAY, TOLD_UNTIL, first_of_month, months_on, working_day, years_from
from parkmgr.demo.deeds import AddOrganisation, Close, Room
from parkmgr.demo.people import ASSOCIATION, Cast
from parkmgr.values import Term

RENEWALS_UNTIL = date(2027, 3, 31)
"""Leases that end up to here have been talked about: renewed, let go, or on the desk as a draft."""


@dataclass(slots=True, eq=False)
class Letting:
    """One lease, as it came to be.

    left_on: its last day when that is not the last of the term. fate: term, renewed, holdover, break, notice, assigned,
    or expired (over, and nobody has done a deed).
    """

    park: str
    tenant: AddOrganisation
    spaces: tuple[str, ...]
    kind: str
    starts_on: date
    ends_on: date | None
    signed_on: date
    follows: Letting | None = None
    under: Letting | None = None
    heir_of: Letting | None = None
    fate: str = "term"
    left_on: date | None = None
    odd: str = ""

    @property
    def last_on(self) -> date | None:
        """The last day that it takes its spaces; None when it goes on."""
        return None if self.fate == "holdover" else self.left_on or self.ends_on

    def takes(self, day: date) -> bool:
        """Tell whether it is signed in the story and takes its spaces on *day*."""
        return (
            self.signed_on <= TOLD_UNTIL and self.under is None and self.starts_on <= day and (self.last_on is None or day <= self.last_on)
        )


class Tenants:
    """Tenants in turn: everyone once, then those with weight more often."""

    def __init__(self, rng: Random, everyone: Iterable[AddOrganisation]) -> None:
        self._rng = rng
        self._all = list(everyone)
        rng.shuffle(self._all)
        self._fresh = list(self._all)

    def next(self) -> AddOrganisation:
        """Return the next tenant."""
        if self._fresh:
            return self._fresh.pop()
        return self._all[min(int(self._rng.random() ** 2 * len(self._all)), len(self._all) - 1)]


@dataclass(frozen=True, slots=True)
class Pool:
    """Spaces of one use in some buildings: how many are let on the day that counts, and for how many years."""

    park: str
    kind: str
    rooms: tuple[Room, ...]
    opens_on: date
    let: int
    years: tuple[int, ...]
    chunk: tuple[int, int] = (3, 7)


@dataclass(slots=True)
class Story:
    """All lettings and closures so far."""

    rng: Random
    cast: Cast
    lettings: list[Letting] = field(default_factory=list)
    closures: list[tuple[date, Close]] = field(default_factory=list)

    def let(
        self,
        park: str,
        tenant: AddOrganisation,
        spaces: Sequence[str],
        kind: str,
        starts_on: date,
        ends_on: date | None,
        *,
        lead: tuple[int, int] = (12, 60),
        follows: Letting | None = None,
    ) -> Letting:
        """A letting more; one that follows another has its tenant."""
        signed_on = working_day(starts_on - self.rng.randint(*lead) * DAY)
        letting = Letting(park, tenant, tuple(spaces), kind, starts_on, ends_on, signed_on, follows)
        if follows is not None:
            follows.fate = "renewed"
        self.lettings.append(letting)
        return letting


def _chosen(rng: Random, rooms: Sequence[Room], count: int) -> set[str]:
    """Return *count* codes whose share of the area is the share of the count, within four tenths of a point."""
    measured = sum(room.area.dm2 for room in rooms if room.area)
    best: tuple[float, set[str]] = (9.0, set())
    for _ in range(200):
        picked = rng.sample(rooms, count)
        share = sum(room.area.dm2 for room in picked if room.area) / measured
        off = abs(share - count / len(rooms))
        best = min(best, (off, {room.code for room in picked}), key=lambda found: found[0])
        if off < 0.004:
            break
    return best[1]


def _chunks(rng: Random, rooms: Sequence[Room], sizes: tuple[int, int]) -> list[list[Room]]:
    """Return neighbours on a floor in groups: they were let together once."""
    chunks: list[list[Room]] = []
    floors: dict[tuple[str, int], list[Room]] = {}
    for room in rooms:
        floors.setdefault((room.building, room.level), []).append(room)
    for floor in floors.values():
        rest = list(floor)
        while rest:
            size = rng.randint(*sizes)
            if len(rest) - size < sizes[0]:
                size = len(rest)
            chunks.append(rest[:size])
            rest = rest[size:]
    return chunks


def _groups(rng: Random, codes: list[str]) -> list[list[str]]:
    groups = []
    while codes:
        size = rng.choices((1, 2, 3, 4), (74, 17, 6, 3))[0]
        groups.append(codes[:size])
        codes = codes[size:]
    return groups


def _whole(rooms: Sequence[Room], codes: Sequence[str]) -> tuple[str, ...]:
    """Return the code of the whole when *codes* are all its parts, else the codes."""
    wholes = {room.whole for room in rooms if room.code in codes}
    if len(wholes) == 1 and (whole := wholes.pop()) is not None and {room.code for room in rooms if room.whole == whole} == set(codes):
        return (whole,)
    return tuple(codes)


def fill(story: Story, pool: Pool, tenants: Tenants, *, holdovers: int = 0) -> None:
    """The pool's spaces are let from its opening to the end of the story."""
    rng = story.rng
    chosen = _chosen(rng, pool.rooms, pool.let)
    for chunk in _chunks(rng, pool.rooms, pool.chunk):
        live = _live(story, pool, chunk, [room.code for room in chunk if room.code in chosen], tenants, over=holdovers > 0)
        holdovers -= any(letting.fate == "holdover" for letting in live)
        _past(story, pool, chunk, live, tenants)
        for letting in live:
            _onwards(story, pool, letting, tenants)
        empty = [room.code for room in chunk if room.code not in chosen]
        for code in empty:
            if rng.random() < 0.22:  # let again after the day that counts: reserved on it, or later
                starts_on = first_of_month(COUNTED_ON + rng.randint(1, 250) * DAY)
                story.let(pool.park, tenants.next(), (code,), pool.kind, starts_on, years_from(starts_on, rng.choice(pool.years)))


def _live(story: Story, pool: Pool, chunk: Sequence[Room], codes: list[str], tenants: Tenants, *, over: bool) -> list[Letting]:
    """Return the lettings of a chunk that take *codes* on the day that counts; they began within a quarter."""
    rng = story.rng
    shortest = rng.choice(pool.years)
    earliest = months_on(first_of_month(pool.opens_on), 2)
    age = 12 * shortest - 1 if over else rng.randint(1, 12 * shortest - 2)
    live: list[Letting] = []
    for group in _groups(rng, list(codes)):
        starts_on = max(earliest, months_on(date(2026, 7, 1), -max(1, age - rng.choice((0, 0, 0, 0, 0, 1, 2)))))
        years = rng.choice([years for years in pool.years if years >= shortest])
        if over and not live:
            starts_on = max(earliest, months_on(date(2026, 7, 1), -12 * years - rng.randint(1, 4)))
        letting = story.let(pool.park, tenants.next(), _whole(pool.rooms, group), pool.kind, starts_on, years_from(starts_on, years))
        if letting.ends_on is not None and letting.ends_on < COUNTED_ON:
            letting.fate = letting.odd = "holdover"
        live.append(letting)
    return live


def _past(story: Story, pool: Pool, chunk: Sequence[Room], live: list[Letting], tenants: Tenants) -> None:
    """The chunk was let as one before, term after term, back to the opening."""
    rng = story.rng
    spaces = _whole(pool.rooms, [room.code for room in chunk])
    before = min((letting.starts_on for letting in live), default=first_of_month(date(2023, 7, 1) + rng.randint(0, 1000) * DAY))
    earliest = months_on(first_of_month(pool.opens_on), 2)
    successors = [letting for letting in live if letting.starts_on == before and letting.fate != "holdover"][:1]
    while True:
        gap = rng.choice((0, 0, 0, 1, 2, 4))
        years = rng.choice(pool.years)
        starts_on = months_on(before, -gap - 12 * years)
        if starts_on < earliest:
            return
        renewed = bool(successors) and gap == 0 and rng.random() < 0.45
        tenant = successors[0].tenant if renewed else tenants.next()
        letting = story.let(pool.park, tenant, spaces, pool.kind, starts_on, years_from(starts_on, years))
        if renewed:
            successors[0].follows = letting
            letting.fate = "renewed"
        successors = [letting]
        before = starts_on


def _onwards(story: Story, pool: Pool, letting: Letting, tenants: Tenants) -> None:
    """What became of a live letting that ends soon after the day that counts."""
    rng = story.rng
    if letting.fate != "term" or letting.ends_on is None or letting.ends_on > RENEWALS_UNTIL:
        return
    starts_on = letting.ends_on + DAY
    luck = rng.random()
    if luck < 0.72:
        ends_on = years_from(starts_on, rng.choice(pool.years))
        story.let(pool.park, letting.tenant, letting.spaces, pool.kind, starts_on, ends_on, lead=(25, 120), follows=letting)
    elif luck < 0.76 and letting.ends_on > date(2026, 9, 1):
        letting.fate = "expired"
    elif luck < 0.92:
        starts_on = first_of_month(starts_on + rng.randint(10, 75) * DAY)
        story.let(pool.park, tenants.next(), letting.spaces, pool.kind, starts_on, years_from(starts_on, rng.choice(pool.years)))


# Flats


def _shares(rng: Random, codes: list[str]) -> list[list[str]]:
    """Return neighbouring flats as employers take them: mostly one."""
    groups = []
    while codes:
        size = rng.choices((1, 2, 3, 6, 12), (800, 135, 40, 18, 7))[0]
        groups.append(codes[:size])
        codes = codes[size:]
    return groups


def fill_block(story: Story, number: int, site: Site, tenants: Tenants, landlord: AddOrganisation) -> None:
    """A residential block: let as one by the year at first, then flat by flat from an anniversary on."""
    rng = story.rng
    codes = [room.code for room in site.rooms]
    converted_on = months_on(date(2025, 9, 1), number - 1)
    _as_one(story, site, landlord, converted_on)
    order = rng.sample(codes, len(codes))
    reserved, closed, vacant = set(order[:3]), order[3:6], set(order[6:7])
    let = [code for code in codes if code not in reserved | vacant | set(closed)]
    began = []
    for group in _shares(rng, let):
        late = rng.choice((0, 0, 0, 0, 7, 14, 24, 31, 45))
        starts_on = min(converted_on + late * DAY, COUNTED_ON)
        began.append(story.let("HIT", tenants.next(), group, "flat", starts_on, years_from(starts_on, 1), lead=(6, 40)))
    _works_before(story, number, began, converted_on)
    for letting in began:
        _flat_onwards(story, letting, tenants)
    for code in sorted(reserved):
        starts_on = COUNTED_ON + rng.randint(1, 45) * DAY
        letting = story.let("HIT", tenants.next(), (code,), "flat", starts_on, years_from(starts_on, 1), lead=(46, 70))
    for code in sorted(vacant):  # nobody has signed for these when the story ends: they are drafts and offers
        starts_on = date(2026, 12, 10) + rng.randint(0, 40) * DAY
        story.let("HIT", tenants.next(), (code,), "flat", starts_on, years_from(starts_on, 1), lead=(1, 12))
    _works(story, number, closed, tenants)


def _as_one(story: Story, site: Site, landlord: AddOrganisation, until: date) -> None:
    rng = story.rng
    codes = [room.code for room in site.rooms]
    previous = None
    starts_on = site.opens_on
    while starts_on < until:
        empty = set(rng.sample(codes, rng.randint(3, 8)))
        spaces = [code for code in codes if code not in empty]
        previous = story.let("HIT", landlord, spaces, "flat", starts_on, years_from(starts_on, 1), lead=(20, 70), follows=previous)
        starts_on = months_on(starts_on, 12)


def _works_before(story: Story, number: int, began: list[Letting], converted_on: date) -> None:
    """Flats that were let late were painted first."""
    late = [letting for letting in began if letting.starts_on > converted_on + 13 * DAY]
    spaces = tuple(code for letting in late for code in letting.spaces)
    if spaces:
        term = Term(converted_on, min(letting.starts_on for letting in late) - DAY)
        close = Close("HIT", spaces, term, f"Painting after the letting of block {number} as one")
        story.closures.append((working_day(converted_on - 8 * DAY), close))


_WORKS = ("Risers replaced", "Bathrooms renewed", "Windows replaced", "Damp treated", "Wiring renewed")


def _works(story: Story, number: int, closed: Sequence[str], tenants: Tenants) -> None:
    rng = story.rng
    term = Term(date(2026, 6, 1) + rng.randint(0, 12) * DAY, date(2026, 8, 1) + rng.randint(0, 40) * DAY)
    reason = _WORKS[number % len(_WORKS)]
    story.closures.append((working_day(term.starts_on - 10 * DAY), Close("HIT", tuple(sorted(closed)), term, reason)))
    for code in sorted(closed):
        starts_on = (term.ends_on or COUNTED_ON) + rng.randint(5, 90) * DAY
        story.let("HIT", tenants.next(), (code,), "flat", starts_on, years_from(starts_on, 1), lead=(6, 25))


def _flat_onwards(story: Story, letting: Letting, tenants: Tenants) -> None:
    rng = story.rng
    if letting.ends_on is None or letting.ends_on > date(2027, 1, 31):
        return
    starts_on = letting.ends_on + DAY
    luck = rng.random()
    if luck < 0.8:
        story.let("HIT", letting.tenant, letting.spaces, "flat", starts_on, years_from(starts_on, 1), lead=(4, 45), follows=letting)
    elif luck < 0.87:
        starts_on += rng.randint(3, 30) * DAY
        story.let("HIT", tenants.next(), letting.spaces, "flat", starts_on, years_from(starts_on, 1), lead=(4, 25))
    elif starts_on <= TOLD_UNTIL:
        term = Term(starts_on + 2 * DAY, starts_on + rng.randint(50, 150) * DAY)
        story.closures.append((starts_on + DAY, Close("HIT", letting.spaces, term, "Works before the next letting")))


# The whole story


def _rooms(sites: Sequence[Site], park: str, *codes: str, without: frozenset[str] = frozenset()) -> tuple[Room, ...]:
    found = [room for site in sites if site.building.park == park and site.building.code in codes for room in site.rooms]
    wholes = {room.whole for room in found}
    return tuple(room for room in found if room.lettable and room.code not in wholes | without)


ANCHOR_FLOOR = "TW-F16"
HARBIN_UNIVERSITIES = ("HIT", "HEU", "NWPU", "TJU", "NEU", "MAI", "BMSTU", "NSTU")
QINGDAO_UNIVERSITIES = ("BMSTU", "MIPT", "ITMO", "NSU", "TPU", "URFU", "BUAA", "BIT", "NJUST", "DLUT", "JLU", "TSINGHUA", "FEFU", "OUC")


def told(rng: Random, sites: Sequence[Site], cast: Cast) -> Story:
    """Return every letting and closure of both parks."""
    story = Story(rng, cast)
    universities = {university.code: university for university in cast.universities}
    funds = cast.of_kind("fund_manager")
    rest = [tenant for tenant in cast.tenants if tenant not in funds]
    rng.shuffle(rest)
    harbin = Tenants(rng, [*rest[:112], *(universities[code] for code in HARBIN_UNIVERSITIES)])
    qingdao = Tenants(rng, [*rest[112:], *(universities[code] for code in QINGDAO_UNIVERSITIES)])
    _harbin(story, sites, harbin, Tenants(rng, [*funds, *funds, *rest[:6]]))
    _qingdao(story, sites, qingdao)
    _spbpu(story, universities["SPBPU"])
    employers = Tenants(rng, [*rest[:112], *funds, *(universities[code] for code in HARBIN_UNIVERSITIES)])
    for number in range(1, 11):
        site = next(site for site in sites if site.building.code == f"R{number:02d}")
        fill_block(story, number, site, employers, universities["HEU" if number in (7, 8) else "HIT"])
    return story


def _harbin(story: Story, sites: Sequence[Site], tenants: Tenants, funds: Tenants) -> None:
    opened = {site.building.code: site.opens_on for site in sites if site.building.park == "HIT"}
    for code, let in (("LA", 36), ("LB", 37), ("LC", 35)):
        fill(story, Pool("HIT", "laboratory", _rooms(sites, "HIT", code), opened[code], let, (3,)), tenants, holdovers=code == "LA")
    for codes, let in ((("W1", "W2"), 22), (("W3", "W4"), 21)):
        pool = Pool("HIT", "production", _rooms(sites, "HIT", *codes), opened[codes[0]], let, (5, 6, 7, 8, 10), (2, 4))
        fill(story, pool, tenants)
    fill(story, Pool("HIT", "office", _rooms(sites, "HIT", "IN"), opened["IN"], 152, (3, 3, 4, 5)), tenants, holdovers=2)
    anchored = frozenset(room.code for site in sites for room in site.rooms if room.whole == ANCHOR_FLOOR)
    tower = _rooms(sites, "HIT", "TW", without=anchored)
    fill(story, Pool("HIT", "office", tower, opened["TW"], 180 - len(anchored), (3, 4, 5, 5)), tenants, holdovers=1)
    story.let("HIT", tenants.next(), (ANCHOR_FLOOR,), "office", date(2019, 7, 1), date(2024, 6, 30))
    anchor = story.lettings[-1]
    story.let("HIT", anchor.tenant, (ANCHOR_FLOOR,), "office", date(2024, 7, 1), date(2029, 6, 30), lead=(90, 120), follows=anchor)
    fill(story, Pool("HIT", "office", _rooms(sites, "HIT", "FH"), opened["FH"], 20, (3, 5)), funds)


def _qingdao(story: Story, sites: Sequence[Site], tenants: Tenants) -> None:
    opened = {site.building.code: site.opens_on for site in sites if site.building.park == "RCIP"}
    halls = _rooms(sites, "RCIP", *(f"P{number}" for number in range(1, 7)))
    own = frozenset({"HQ-0101", "HQ-0102"})
    tower = _rooms(sites, "RCIP", "TW", without=frozenset({SPBPU_OFFICE}))
    fill(story, Pool("RCIP", "office", _rooms(sites, "RCIP", "HQ", without=own), opened["HQ"], 10, (3, 5)), tenants)
    fill(story, Pool("RCIP", "office", tower, opened["TW"], 101, (3, 4, 5), (4, 8)), tenants, holdovers=1)
    fill(story, Pool("RCIP", "laboratory", _rooms(sites, "RCIP", "LB"), opened["LB"], 22, (3,)), tenants)
    fill(story, Pool("RCIP", "production", halls, opened["P1"], 9, (5, 7, 8), (2, 2)), tenants)
    association = next(house for house in story.cast.houses if house.code == ASSOCIATION)
    letting = story.let("RCIP", association, sorted(own), "office", date(2015, 9, 1), None)
    letting.odd = "zero rent"


def _spbpu(story: Story, university: AddOrganisation) -> None:
    """The office that it is all about: reserved in March 2016, opened in September 2016, renewed since."""
    letting: Letting | None = None
    for starts_on, signed_on in (
        (date(2016, 9, 1), date(2016, 3, 14)),
        (date(2021, 9, 1), date(2021, 5, 18)),
        (date(2026, 9, 1), date(2026, 6, 9)),
    ):
        letting = story.let("RCIP", university, (SPBPU_OFFICE,), "office", starts_on, years_from(starts_on, 5), follows=letting)
        letting.signed_on = signed_on
        letting.odd = "spbpu"
