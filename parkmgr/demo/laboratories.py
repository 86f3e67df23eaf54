"""The laboratories of the demo park: a hundred and twenty of them, three hundred pieces of equipment, permits, a year of sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from parkmgr.calendars.working_days import calendar
from parkmgr.demo import names
from parkmgr.demo.buildings import Site
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on, working_day
from parkmgr.demo.deeds import (
    AddEquipment,
    AddPermitKind,
    AddPerson,
    Book,
    CheckIn,
    CloseStatements,
    Dated,
    Deed,
    GrantPermit,
    MakeStatements,
    Restore,
    RunLab,
    SetRules,
    SetTariff,
    Stop,
    Tend,
)
from parkmgr.demo.meetings import FIRST_WEEK, LIAISON
from parkmgr.values import Money, Names

OPENED_ON = date(2025, 11, 3)
FIRST_SESSIONS, LAST_SESSIONS = date(2025, 12, 1), date(2026, 12, 18)
PIECES = 300
INSTRUMENTS = 16
"""Pieces that are booked by the hour."""
BREAKDOWNS = 7
_BROKE = ("Vacuum pump seized", "Cooling water leaks", "Detector does not answer", "Power supply burnt")
MANAGER = "labs@parkmgr.example"
SPBPU_PERSON = "orlova"
_USERS = ("SPBPU", "HIT", "BMSTU", "ITMO", "TPU", "NSU", "HEU", "NWPU")
_ALONE = "Mon-Fri 08:00-20:00"

_BLOCKS = (("HIT", "LA"), ("HIT", "LB"), ("HIT", "LC"))
_FIELDS = (
    ("Nanomaterials", (("GHS", "GHS06"), ("GHS", "GHS08"))),
    ("Genomics", (("WHO risk group", "2"), ("СанПиН 3.3686-21", "IV"), ("GB 19489", "三级"))),
    ("Laser physics", (("IEC 60825-1", "4"),)),
    ("Welding of light alloys", (("GHS", "GHS04"),)),
    ("Small satellites", ()),
    ("Robotics", ()),
    ("Biotechnology", (("WHO risk group", "1"), ("GB 19489", "四级"))),
    ("Composites", (("GHS", "GHS02"), ("GHS", "GHS07"))),
)
_KINDS = (
    ("Electron microscope", "Электронный микроскоп", "电子显微镜", 3_200_000_00, ("em",)),
    ("X-ray diffractometer", "Рентгеновский дифрактометр", "X射线衍射仪", 1_400_000_00, ("xray",)),
    ("NMR spectrometer 400 MHz", "ЯМР-спектрометр 400 МГц", "400 MHz 核磁共振谱仪", 4_100_000_00, ("nmr",)),
    ("Femtosecond laser", "Фемтосекундный лазер", "飞秒激光器", 2_300_000_00, ("laser",)),
    ("DNA sequencer", "Секвенатор ДНК", "基因测序仪", 1_900_000_00, ("bio",)),
    ("Vibration stand", "Вибростенд", "振动台", 800_000_00, ()),
    ("Thermal vacuum chamber", "Термовакуумная камера", "热真空舱", 2_700_000_00, ("vacuum",)),
    ("Coordinate measuring machine", "Координатно-измерительная машина", "三坐标测量机", 950_000_00, ()),
    ("Oscilloscope", "Осциллограф", "示波器", 60_000_00, ()),
    ("Centrifuge", "Центрифуга", "离心机", 45_000_00, ()),
    ("Muffle furnace", "Муфельная печь", "马弗炉", 30_000_00, ()),
    ("Fume hood", "Вытяжной шкаф", "通风橱", 25_000_00, ()),
    ("Analytical balance", "Аналитические весы", "分析天平", 18_000_00, ()),
)
_MAKES = ("Neva Instruments", "Songhua Optics", "Amur Analytics", "Polytech Devices", "Ursa Vacuum")
_PERMITS = (
    (
        "safety",
        Names("Laboratory safety", "Охрана труда в лаборатории", "实验室安全"),
        730,
        None,
        "Course on the first Monday of each month, block LA",
    ),
    (
        "em",
        Names("Electron microscopy", "Электронная микроскопия", "电子显微镜操作"),
        730,
        730,
        "Two supervised sessions; ask the laboratory's manager",
    ),
    (
        "xray",
        Names("Work with X-rays", "Работа с рентгеновским излучением", "X射线操作"),
        365,
        None,
        "Examination by the radiation officer",
    ),
    ("nmr", Names("NMR", "ЯМР", "核磁共振"), 730, 730, "One supervised session; ask the laboratory's manager"),
    ("laser", Names("Class 4 lasers", "Лазеры класса 4", "四类激光"), 365, None, "Course of the laser safety officer, half a day"),
    ("bio", Names("Biosafety level 2", "Биобезопасность, уровень 2", "生物安全二级"), 365, None, "Course of the biosafety committee"),
    ("vacuum", Names("Vacuum and cryogenics", "Вакуум и криогеника", "真空与低温"), 730, None, "One supervised session"),
)
_PEAK = "Mon-Fri 10:00-16:00"


def deeds(seed: int, sites: Sequence[Site], organisations: Sequence[str]) -> list[Dated]:
    """Return the deeds of running the laboratories. organisations: codes of who may own equipment."""
    rng = Random(f"laboratories {seed}")  # noqa: S311 - a stream of its own
    labs = [
        room.code
        for site in sites
        if (site.building.park, site.building.code) in _BLOCKS
        for room in site.rooms
        if room.kind == "laboratory"
    ]
    told: list[Dated] = [(OPENED_ON, AddPermitKind("HIT", *each)) for each in _PERMITS]
    told.append(
        (
            OPENED_ON,
            SetRules("HIT", "instrument", "Mon-Sun 06:00-24:00", open_on_holidays=False, min_minutes=30, max_minutes=720, step_minutes=30,
                     release_minutes=30, cancel_minutes=240, decide_hours=72, alone_week=_ALONE, access=(("class", "outside", "approval"),),
                     prices=(("member", 18000), ("tenant", 24000), ("", 60000))),
        )
    )  # fmt: skip
    told.append((OPENED_ON, SetTariff("HIT", "instrument", OPENED_ON, "greater", 60, 30, _PEAK, 125, 50, (("member", 20000), ("", 40000)))))
    fields = {}
    for place, code in enumerate(labs):
        fields[code] = field, hazards = _FIELDS[place % len(_FIELDS)]
        told.append((OPENED_ON + DAY, RunLab("HIT", code, MANAGER, field, hazards)))
    pieces = list(_pieces(rng, labs, organisations))
    told += [(OPENED_ON + 2 * DAY, piece) for piece in pieces]
    told += list(_people(rng))
    told += list(_sessions(rng, [piece for piece in pieces if piece.bookable]))
    told += list(_downtime([piece for piece in pieces if piece.bookable]))
    month = date(2025, 12, 1)
    while months_on(month, 1) <= TOLD_UNTIL:
        made_on = working_day(months_on(month, 1) + 4 * DAY)
        told.append((made_on, MakeStatements("HIT", month)))
        if month < date(2026, 9, 1):
            told.append((made_on + 14 * DAY, CloseStatements("HIT", month)))
        month = months_on(month, 1)
    return [(day, deed) for day, deed in told if day <= TOLD_UNTIL]


def exact(told: Sequence[Dated], zone: ZoneInfo) -> list[tuple[datetime, Deed]]:
    """Return who came to a session when, what broke, and what time brings before the rooms' first week."""
    rng = Random("sessions")  # noqa: S311
    happened: list[tuple[datetime, Deed]] = []
    for number, (_day, deed) in enumerate(told):
        if isinstance(deed, Book):
            for place, day in enumerate(deed.dates()):
                if day <= TOLD_UNTIL and rng.random() < 0.94:
                    came_at = datetime.combine(day, deed.at, zone).astimezone(UTC) + timedelta(
                        minutes=rng.randint(-5, 12), microseconds=number + 400
                    )
                    happened.append((came_at, CheckIn(deed.name, place)))
    for index in range(BREAKDOWNS):
        friday, name = date(2026, 1, 16) + 7 * 6 * index * DAY, f"breakdown-{index}"
        broke_at = datetime.combine(friday, time(22, 10), zone).astimezone(UTC)
        piece = f"EQ-{index % 4 + 1:04d}"
        happened.append((broke_at, Stop(name, "HIT", piece, False, _BROKE[index % len(_BROKE)], broke_at)))
        happened.append((broke_at + timedelta(hours=rng.randint(20, 56)), Restore(name)))
    day = FIRST_SESSIONS
    while day < FIRST_WEEK:
        happened.append((datetime.combine(day, time(23, 40), zone).astimezone(UTC) + timedelta(microseconds=998), Tend()))
        day += DAY
    return sorted(happened, key=lambda each: each[0])


def _pieces(rng: Random, labs: Sequence[str], organisations: Sequence[str]) -> Iterator[AddEquipment]:
    equipped = labs[: len(labs) // 2]
    for number in range(1, PIECES + 1):
        bookable = number <= INSTRUMENTS
        kind = _KINDS[(number - 1) % 8] if bookable else rng.choice(_KINDS)
        en, ru, zh, price, asks = kind
        owner = "HIT" if bookable else rng.choice(organisations)
        bought_on = date(2017, 1, 9) + rng.randint(0, 3000) * DAY
        due = TOLD_UNTIL + rng.randint(-20, 340) * DAY
        yield AddEquipment(
            park="HIT",
            lab=equipped[number % 8 * 3 if bookable else rng.randrange(len(equipped))],
            number=f"EQ-{number:04d}",
            names=Names(en, ru, zh),
            make=rng.choice(_MAKES),
            model=f"{rng.choice('ABKMNST')}{rng.randint(2, 9)}{rng.randint(0, 9)}0",
            serial=f"{rng.randrange(10**6):06d}",
            owner=owner,
            contact=f"equipment@{owner.lower()}.example",
            bookable=bookable,
            bought_on=bought_on,
            price=Money(price * rng.randint(80, 125) // 100 // 1000 * 1000, "CNY"),
            warranty_until=months_on(bought_on, 36) - DAY,
            calibration_due=due if price > 50_000_00 else None,
            state="operational" if bookable else rng.choices(("operational", "restricted", "commissioning", "retired"), (88, 5, 4, 3))[0],
            asks=("safety", *asks) if bookable else (),
        )


def _people(rng: Random) -> Iterator[Dated]:
    """Yield three researchers of each university, and what they may do."""
    for code in _USERS:
        for place in range(3):
            person = SPBPU_PERSON if (code, place) == ("SPBPU", 0) else f"researcher-{code}-{place}"
            yield (
                OPENED_ON + DAY,
                AddPerson(person, "HIT", code, "researcher", _called(rng, code, person), account=LIAISON if person == SPBPU_PERSON else ""),
            )
            granted_on = OPENED_ON + rng.randint(3, 12) * DAY
            yield granted_on, GrantPermit("HIT", person, "safety", months_on(granted_on, 24))
            for kind in ("em", "xray", "nmr", "laser", "bio", "vacuum"):
                if person != SPBPU_PERSON or kind in ("em", "nmr"):
                    yield granted_on, GrantPermit("HIT", person, kind, months_on(granted_on, 18))


def _called(rng: Random, code: str, person: str) -> str:
    if person == SPBPU_PERSON:
        return "Ekaterina Orlova"
    if code in ("HIT", "HEU", "NWPU"):
        family, given = (rng.choice(part) for part in names.CHINESE_PEOPLE)
        return f"{family} {given}"
    given, family = (rng.choice(part) for part in names.RUSSIAN_PEOPLE)
    return f"{given} {family}{'a' if given[-1] == 'a' else ''}"


def _sessions(rng: Random, pieces: Sequence[AddEquipment]) -> Iterator[Dated]:
    """Yield a year of weekly sessions at each instrument: one series in the morning, one late, in which nobody is alone."""
    weekdays = calendar("CN").weekday_of
    for index, piece in enumerate(pieces):
        for place, (hour, minutes) in enumerate(((9, 180), (14, 120))):
            first = FIRST_SESSIONS + (index + 2 * place) % 5 * DAY
            while first < LAST_SESSIONS:
                until = min(first + 7 * 16 * DAY, LAST_SESSIONS)
                dates = [day for day in (first + 7 * week * DAY for week in range(17)) if day <= until and weekdays(day) is not None]
                university = rng.choice(_USERS)
                late = place == 1 and index % 4 == 0
                asked_on = working_day(first - rng.randint(5, 12) * DAY)
                yield (
                    asked_on,
                    Book(
                        name=f"{piece.number}/{first}/{place}",
                        park="HIT",
                        spaces=(piece.number,),
                        organisation=university,
                        person="",
                        first=dates[0],
                        at=time(19 if late else hour),
                        minutes=minutes,
                        others=tuple(dates[1:]),
                        weekly=True,
                        purpose=rng.choice(("Measurement series", "Серия измерений", "样品测试", "Joint project")),
                        crew=tuple(f"researcher-{university}-{one}" for one in ((1, 2) if late else (rng.randint(1, 2),))),
                    ),
                )
                first = until + 7 * DAY if until < LAST_SESSIONS else LAST_SESSIONS


def _downtime(pieces: Sequence[AddEquipment]) -> Iterator[Dated]:
    """Yield the yearly services, on Saturdays."""
    zone = ZoneInfo("Asia/Shanghai")

    def at(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    for index, piece in enumerate(pieces):
        day = date(2026, 1, 10) + 7 * index * DAY  # Saturdays
        yield day - 5 * DAY, Stop(f"service-{index}", "HIT", piece.number, True, "Yearly service", at(day, 8), at(day, 18))
