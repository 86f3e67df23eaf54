"""Hospital and sports centre of the demo park: services, appointments, memberships, visits, and a season that is given out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from parkmgr.calendars.working_days import calendar
from parkmgr.demo.buildings import Site
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on
from parkmgr.demo.deeds import (
    AddService,
    AddSportsMembership,
    AllocateSeason,
    Appoint,
    AskForHours,
    CountVisit,
    Dated,
    Deed,
    OpenSeason,
    SetRules,
)
from parkmgr.values import Money, Names

OPENED_ON = date(2026, 8, 10)
MEMBERS = 40
_HOSPITAL_WEEK = "Mon-Fri 08:00-12:00\nMon-Fri 13:30-17:00"
_SPORTS_WEEK = "Mon-Sun 07:00-22:00"
_VISITORS = (
    "Chen Fang",
    "Sun Lei",
    "Zhao Min",
    "Pavel Gromov",
    "Elena Kotova",
    "Xu Tao",
    "Olga Frolova",
    "Wu Jie",
    "Li Yan",
    "Timur Zaytsev",
)
_CLUBS = ("HIT", "HEU", "SPBPU", "BMSTU", "ITMO", "NWPU", "TPU")


def deeds(seed: int, sites: Sequence[Site]) -> list[Dated]:
    """Return the deeds of both desks."""
    rng = Random(f"leisure {seed}")  # noqa: S311 - a stream of its own
    clinic = [room.code for site in sites if site.building.code == "HO" for room in site.rooms if room.kind == "clinic"]
    courts = [room.code for site in sites if site.building.code == "SC" for room in site.rooms if room.bookable]
    told: list[Dated] = [
        (OPENED_ON, SetRules("HIT", "clinic", _HOSPITAL_WEEK, answer="closed", min_minutes=10, max_minutes=240, step_minutes=5)),
        *((OPENED_ON, service) for service in _services(clinic, courts)),
    ]
    told += list(_appointments(rng, clinic))
    told += [(OPENED_ON + rng.randint(1, 60) * DAY, _membership(rng, number)) for number in range(1, MEMBERS + 1)]
    told += list(_seasons(rng, courts))
    return [(day, deed) for day, deed in told if day <= TOLD_UNTIL]


def exact(told: Sequence[Dated], zone: ZoneInfo) -> list[tuple[datetime, Deed]]:
    """Return who came to the sports centre in the story's last weeks, each at a minute of its own."""
    rng = Random("visits to the sports centre")  # noqa: S311
    members = [
        (deed.name, deed.starts_on, deed.ends_on)
        for day, deed in told
        if isinstance(deed, AddSportsMembership) and day < date(2026, 10, 12)
    ]
    happened: list[tuple[datetime, Deed]] = []
    day = date(2026, 11, 2)
    while day <= TOLD_UNTIL:
        for number in range(12):
            came_at = datetime.combine(day, time(7 + number), zone).astimezone(UTC) + timedelta(
                minutes=rng.randint(1, 50), microseconds=number + 700
            )
            service = rng.choice(("pool", "gym", "gym", "badminton"))
            member = rng.choice([name for name, starts_on, ends_on in members if starts_on <= day <= ends_on])
            if rng.random() < 0.75:
                happened.append((came_at, CountVisit("HIT", service, member, "")))
            else:
                happened.append((came_at, CountVisit("HIT", service, "", rng.choice(("resident", "tenant", "outside")), rng.randint(1, 4))))
        day += DAY
    return sorted(happened, key=lambda each: each[0])


def _services(clinic: Sequence[str], courts: Sequence[str]) -> Iterator[AddService]:
    for place, (code, names, minutes) in enumerate(
        (
            ("gp", Names("General practice", "Терапевт", "全科门诊"), 20),
            ("dental", Names("Dentist", "Стоматолог", "口腔科"), 30),
            ("physio", Names("Physiotherapy", "Физиотерапия", "理疗"), 45),
            ("vaccination", Names("Vaccination", "Вакцинация", "预防接种"), 10),
            ("check-up", Names("Occupational check-up", "Профосмотр", "职业健康体检"), 30),
        )
    ):
        rooms = tuple(clinic[3 * place : 3 * place + 3])
        yield AddService("HIT", code, "hospital", "HIT-HOSPITAL", names, _HOSPITAL_WEEK, rooms, slot_minutes=minutes)
    for code, names, places, prices in (
        ("pool", Names("Swimming pool", "Бассейн", "游泳馆"), 60, (("resident", 2000), ("member", 2500), ("tenant", 2500), ("", 4500))),
        ("gym", Names("Gym", "Тренажёрный зал", "健身房"), 45, (("resident", 1500), ("member", 2000), ("tenant", 2000), ("", 3500))),
        ("badminton", Names("Badminton", "Бадминтон", "羽毛球"), None, (("resident", 1500), ("", 3000))),
    ):
        rooms = tuple(courts[:4]) if code == "badminton" else ()
        yield AddService("HIT", code, "sports", "HIT-SPORTS", names, _SPORTS_WEEK, rooms, places=places, prices=prices)


def _appointments(rng: Random, clinic: Sequence[str]) -> Iterator[Dated]:
    """Yield a fortnight of appointments around the end of the story."""
    day = date(2026, 11, 16)
    while day <= date(2026, 11, 27):
        if calendar("CN").is_working_day(day):
            for service, room, minutes in (("gp", 0, 20), ("dental", 3, 30), ("physio", 6, 45)):
                for place in sorted(rng.sample(range(5), 3)):
                    at = (datetime.combine(day, time(8)) + timedelta(minutes=minutes * place)).time()
                    told_on = min(day - rng.randint(1, 5) * DAY, TOLD_UNTIL)
                    yield told_on, Appoint("HIT", service, clinic[room], day, at, rng.choice(_VISITORS))
        day += DAY


def _membership(rng: Random, number: int) -> AddSportsMembership:
    plan, months, visits, price = rng.choice((("Year", 12, None, 96000), ("Half a year", 6, None, 56000), ("Ten visits", 3, 10, 15000)))
    starts_on = OPENED_ON + rng.randint(1, 60) * DAY
    ends_on = months_on(starts_on, months) - DAY
    return AddSportsMembership(f"card-{number}", "HIT", rng.choice(_CLUBS), plan, starts_on, ends_on, visits, Money(price, "CNY"))


def _seasons(rng: Random, courts: Sequence[str]) -> Iterator[Dated]:
    """Yield the season of spring 2027, which is given out, and that of autumn, for which clubs ask."""
    named = tuple(courts[:8])
    spring = OpenSeason(
        "HIT",
        "2027-spring",
        Names("Spring 2027", "Весна 2027", "2027年春季"),
        date(2027, 3, 1),
        date(2027, 6, 30),
        date(2026, 11, 13),
        named,
    )
    autumn = OpenSeason(
        "HIT",
        "2027-autumn",
        Names("Autumn 2027", "Осень 2027", "2027年秋季"),
        date(2027, 9, 1),
        date(2027, 12, 19),
        date(2027, 6, 18),
        named,
    )
    yield date(2026, 10, 12), spring
    yield date(2026, 11, 16), autumn
    for club in _CLUBS:
        for rank in range(1, 4):
            at, weekday = rng.choice((time(18), time(18), time(19, 30), time(12))), rng.randint(1, 5)
            court = rng.choice(named) if rng.random() < 0.3 else ""
            wish = AskForHours(
                "HIT", "2027-spring", club, rank, weekday, at, 90, court, rng.randint(3, 6), rng.choice(("Training", "Тренировка", "训练"))
            )
            yield date(2026, 10, 19) + rng.randint(0, 18) * DAY, wish
    yield date(2026, 11, 17), AllocateSeason("HIT", "2027-spring")
    yield date(2026, 11, 18), AskForHours("HIT", "2027-autumn", "SPBPU", 1, 3, time(18), 90, "", 10, "Тренировка")
