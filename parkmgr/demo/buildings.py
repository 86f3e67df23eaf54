"""The buildings and spaces of both parks. Levels are counted as in China: 1 is at the ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from random import Random

from parkmgr.demo.days import DAY
from parkmgr.demo.deeds import AddBuilding, AddPark, AddSpace, Dated, MergeSpaces, Remeasure, Room, SplitSpace
from parkmgr.values import Area, Names

REGISTERED_BEFORE = 80 * DAY
"""A building's spaces are in the register before it opens, so that they can be let."""
FLATS = {32: 1, 45: 2, 68: 3, 92: 4}
"""m² -> people."""
_FLOOR_OF_FLATS = ((45, 32, 68, 45, 32, 32, 45, 68, 45, 32), (45, 32, 68, 45, 32, 92, 45, 68, 45, 32))
"""Odd and even floors: together they make 35, 40, 20 and 5 in a hundred."""


@dataclass(frozen=True, slots=True)
class Site:
    """A building and its rooms."""

    building: AddBuilding
    opens_on: date
    rooms: tuple[Room, ...]


def _site(
    park: str,
    code: str,
    names: tuple[str, str, str],
    use: str,
    opens_on: date,
    gross: int,
    rooms: tuple[Room, ...],
    *,
    residential: bool = False,
) -> Site:
    street = "92 Xidazhi Street, Harbin" if park == "HIT" else "1 Sino-Russian Avenue, Jiaozhou, Qingdao"
    return Site(
        AddBuilding(park, code, Names(*names), use, residential, street, opens_on.year, Area.of(gross)),
        opens_on,
        tuple(replace(room, park=park, building=code, opens_on=opens_on) for room in rooms),
    )


def _floors(
    rng: Random, code: str, kind: str, counts: tuple[int, ...], low: int, high: int, per_person: int, *, lettable: bool = True
) -> tuple[Room, ...]:
    rooms = []
    for level, count in enumerate(counts, 1):
        for number in range(1, count + 1):
            dm2 = rng.randint(low * 10, high * 10) * 10
            area = Area(dm2)
            seats = max(1, dm2 // 100 // per_person)
            rooms.append(_room(f"{code}-{level:02d}{number:02d}", kind, area, level, capacity=seats, lettable=lettable))
    return tuple(rooms)


_room = partial(Room, "", "", opens_on=date.min)
"""A room of a building that will say which it is (_site): code, kind, area, level, and what else there is to say."""


def _wholes(rooms: tuple[Room, ...], code: str, levels: tuple[int, ...]) -> tuple[Room, ...]:
    """The floors of *levels* are spaces of their own, and their rooms are the parts."""
    made: list[Room] = []
    for level in levels:
        parts = [room for room in rooms if room.level == level]
        area = Area(sum(room.area.dm2 for room in parts if room.area))
        names = Names(f"Floor {level}, whole", f"Этаж {level} целиком", f"整层 {level}F")
        made.append(_room(f"{code}-F{level:02d}", "whole", area, level, names=names))
    return tuple(made) + tuple(replace(room, whole=f"{code}-F{room.level:02d}") if room.level in levels else room for room in rooms)


def _halls(code: str, number: int, area: int) -> tuple[Room, ...]:
    whole = f"{code}-H"
    names = Names(f"Production hall {number}", f"Производственный корпус {number}", f"{number}号厂房")
    halves = (("A", Names("Half A", "Половина А", "A半区")), ("B", Names("Half B", "Половина Б", "B半区")))
    return (
        _room(whole, "production", Area.of(area), 1, names=names, capacity=area // 25),
        *(
            _room(f"{code}-{half}", "production", Area.of(area // 2), 1, names=called, capacity=area // 50, whole=whole)
            for half, called in halves
        ),
    )


_CONFERENCE = (
    ("Grand Hall", "Большой зал", "大会堂", 420, 360, 1),
    ("Polytechnic Hall", "Политехнический зал", "理工厅", 240, 180, 1),
    ("Neva Room", "Зал «Нева»", "涅瓦厅", 90, 60, 1),
    ("Songhua Room", "Зал «Сунгари»", "松花江厅", 90, 60, 1),
    ("Round Table", "Круглый стол", "圆桌厅", 64, 28, 1),
    ("Press Room", "Пресс-центр", "新闻厅", 55, 40, 1),
    ("Lomonosov Room", "Зал Ломоносова", "罗蒙诺索夫厅", 48, 24, 2),
    ("Mendeleev Room", "Зал Менделеева", "门捷列夫厅", 48, 24, 2),
    ("Qian Xuesen Room", "Зал Цянь Сюэсэня", "钱学森厅", 48, 24, 2),
    ("Negotiation Room 1", "Переговорная 1", "洽谈室1", 22, 8, 2),
    ("Negotiation Room 2", "Переговорная 2", "洽谈室2", 22, 8, 2),
    ("Negotiation Room 3", "Переговорная 3", "洽谈室3", 22, 8, 2),
)


def _conference() -> tuple[Room, ...]:
    rooms: list[Room] = []
    for number, (en, ru, zh, area, seats, level) in enumerate(_CONFERENCE, 1):
        code = f"CC-{number:02d}"
        hall = _room(code, "meeting_room", Area.of(area), level, names=Names(en, ru, zh), capacity=seats, lettable=False, bookable=True)
        rooms.append(hall)
        if area >= 200:  # a folding wall
            rooms.extend(
                replace(
                    hall,
                    code=f"{code}{half}",
                    area=Area.of(area // 2),
                    names=Names(f"{en} {half}", f"{ru}, часть {half}", f"{zh}{half}"),
                    capacity=seats // 2,
                    whole=code,
                )
                for half in "AB"
            )
    return (*rooms, *_visiting("CC", 10, level=lambda number: 3, areas=(16, 20, 24, 30)))


def _visiting(code: str, count: int, *, level: Callable[[int], int], areas: Sequence[int]) -> tuple[Room, ...]:
    """Return offices that nobody rents: universities book them for the days that they need one."""
    rooms = []
    for number in range(1, count + 1):
        area = areas[number % len(areas)]
        names = Names(f"Visiting office {number}", f"Гостевой кабинет {number}", f"访客办公室{number}")
        kept = _room(
            f"{code}-V{number:02d}",
            "office",
            Area.of(area),
            level(number),
            names=names,
            capacity=max(2, area // 6),
            lettable=False,
            bookable=True,
        )
        rooms.append(kept)
    return tuple(rooms)


_SPORTS = (
    (1, 1, "Swimming pool", "Бассейн", "游泳馆", 1250),
    (1, 1, "Sauna", "Сауна", "桑拿", 80),
    (1, 1, "Climbing wall", "Скалодром", "攀岩墙", 160),
    (1, 2, "Gym", "Тренажёрный зал", "健身房", 320),
    (2, 1, "Sports hall", "Спортивный зал", "综合馆", 900),
    (2, 6, "Badminton court", "Корт для бадминтона", "羽毛球场", 120),
    (2, 1, "Basketball court", "Баскетбольная площадка", "篮球场", 540),
    (3, 4, "Table tennis room", "Настольный теннис", "乒乓球室", 60),
    (3, 1, "Dance studio", "Танцевальный зал", "舞蹈室", 140),
    (3, 1, "Wrestling hall", "Зал борьбы", "摔跤馆", 220),
    (3, 1, "Chess club", "Шахматный клуб", "棋牌室", 70),
)


def _sports() -> tuple[Room, ...]:
    rooms: list[Room] = []
    for level, count, en, ru, zh, area in _SPORTS:
        for number in range(1, count + 1):
            tail = f" {number}" if count > 1 else ""
            names = Names(en + tail, ru + tail, zh + tail.strip())
            code = f"SC-{level}{len(rooms) + 1:02d}"
            rooms.append(
                _room(code, "sports", Area.of(area), level, names=names, capacity=max(2, area // 12), lettable=False, bookable=True)
            )
    return tuple(rooms)


_DEPARTMENTS = (
    ("Reception", "Приёмное отделение", "门诊部"),
    ("Diagnostics", "Диагностика", "检查科"),
    ("Therapy", "Терапия", "内科"),
    ("Surgery", "Хирургия", "外科"),
    ("Rehabilitation", "Реабилитация", "康复科"),
)


def _hospital(rng: Random) -> tuple[Room, ...]:
    rooms = _floors(rng, "HO", "clinic", (18,) * 5, 14, 38, 9, lettable=False)
    named = []
    for room in rooms:
        en, ru, zh = _DEPARTMENTS[room.level - 1]
        number = int(room.code[-2:])
        named.append(replace(room, names=Names(f"{en} {number}", f"{ru} {number}", f"{zh}{number}")))
    return tuple(named)


def _flats(code: str) -> tuple[Room, ...]:
    return tuple(
        _room(f"{code}-{level:02d}{number:02d}", "flat", Area.of(m2), level, capacity=FLATS[m2])
        for level in range(1, 11)
        for number, m2 in enumerate(_FLOOR_OF_FLATS[(level + 1) % 2], 1)
    )


def block_opens(number: int) -> date:
    """Return the day on which the residential block *number* (1 to 10) opened: an anniversary of it ends its letting as one."""
    year = {1: 2011, 2: 2011, 3: 2013, 4: 2013, 5: 2016, 6: 2016, 7: 2018, 8: 2018, 9: 2021, 10: 2021}[number]
    return date(year, (7 + number) % 12 + 1, 1)


def _harbin(rng: Random) -> list[Site]:
    labs = [
        _site("HIT", code, (f"Laboratory block {n}", f"Лабораторный корпус {n}", f"{n}号实验楼"), "laboratory", opens, 11000, rooms)
        for n, code, opens in ((1, "LA", date(2011, 4, 1)), (2, "LB", date(2014, 5, 1)), (3, "LC", date(2018, 5, 1)))
        for rooms in [_floors(rng, code, "laboratory", (7, 7, 7, 7, 6, 6), 90, 220, 14)]
    ]
    workshops = [
        _site("HIT", f"W{n}", (f"Workshop {n}", f"Мастерская {n}", f"{n}号车间"), "production", opens, 7000, rooms)
        for n, opens in ((1, date(2012, 6, 1)), (2, date(2012, 6, 1)), (3, date(2016, 6, 1)), (4, date(2016, 6, 1)))
        for rooms in [_floors(rng, f"W{n}", "production", (12,), 280, 520, 30)]
    ]
    tower = _wholes(_floors(rng, "TW", "office", (13,) * 4 + (14,) * 12, 30, 120, 8), "TW", (15, 16))
    blocks = [
        _site(
            "HIT",
            f"R{n:02d}",
            (f"Residential block {n}", f"Жилой корпус {n}", f"{n}号公寓楼"),
            "flat",
            block_opens(n),
            6650,
            _flats(f"R{n:02d}"),
            residential=True,
        )
        for n in range(1, 11)
    ]
    return [
        *labs,
        *workshops,
        _site(
            "HIT",
            "IN",
            ("Incubator", "Инкубатор", "孵化器"),
            "office",
            date(2012, 4, 1),
            13000,
            _floors(rng, "IN", "office", (20,) * 8, 18, 60, 7),
        ),
        _site("HIT", "TW", ("Innovation tower", "Инновационная башня", "创新大厦"), "office", date(2019, 3, 1), 28000, tower),
        _site(
            "HIT",
            "FH",
            ("Fund house", "Дом фондов", "基金大厦"),
            "office",
            date(2013, 3, 1),
            5000,
            _floors(rng, "FH", "office", (6,) * 4, 40, 95, 8),
        ),
        _site("HIT", "HO", ("Hospital", "Больница", "医院"), "clinic", date(2012, 9, 3), 16000, _hospital(rng)),
        _site("HIT", "SC", ("Sports centre", "Спортивный центр", "体育中心"), "sports", date(2013, 7, 1), 14000, _sports()),
        _site("HIT", "CC", ("Conference centre", "Конференц-центр", "会议中心"), "meeting_room", date(2014, 4, 1), 6500, _conference()),
        *blocks,
    ]


SPBPU_OFFICE = "TW-0901"


def _qingdao(rng: Random) -> list[Site]:
    tower = _wholes(_floors(rng, "TW", "office", (12,) * 6 + (13,) * 6, 35, 110, 8), "TW", (12,))
    office = Names("Office of SPbPU", "Представительство СПбПУ", "圣彼得堡彼得大帝理工大学办公室")
    tower = tuple(replace(room, area=Area.of(180), capacity=20, names=office) if room.code == SPBPU_OFFICE else room for room in tower)
    meeting = tuple(
        _room(f"HQ-M{n}", "meeting_room", Area.of(48), 1, names=names, capacity=20, lettable=False, bookable=True)
        for n, names in (
            (1, Names("Council room", "Зал совета", "理事会会议室")),
            (2, Names("Delegations room", "Зал делегаций", "代表团会客厅")),
        )
    )
    halls = [
        _site(
            "RCIP",
            f"P{n}",
            (f"Production hall {n}", f"Производственный корпус {n}", f"{n}号厂房"),
            "production",
            date(2017, 3, 1),
            area + 300,
            _halls(f"P{n}", n, area),
        )
        for n, area in ((1, 2400), (2, 2400), (3, 1800), (4, 1800), (5, 3200), (6, 3200))
    ]
    return [
        _site(
            "RCIP",
            "HQ",
            ("ASRTU headquarters", "Штаб-квартира АТУРК", "中俄工科大学联盟总部"),
            "office",
            date(2015, 7, 1),
            3600,
            (
                *_floors(rng, "HQ", "office", (4,) * 4, 40, 90, 8),
                *meeting,
                *_visiting("HQ", 12, level=lambda number: 1 + (number - 1) // 3, areas=(18, 26, 42, 60)),
            ),
        ),
        _site("RCIP", "TW", ("Office tower", "Офисная башня", "办公大厦"), "office", date(2015, 10, 1), 17500, tower),
        *halls,
        _site(
            "RCIP",
            "LB",
            ("Laboratory building", "Лабораторный корпус", "实验楼"),
            "laboratory",
            date(2018, 4, 2),
            5200,
            _floors(rng, "LB", "laboratory", (12, 12), 90, 220, 14),
        ),
    ]


_UNMEASURED = {("HIT", "W2-0107"), ("HIT", "W4-0103"), ("HIT", "IN-0516"), ("HIT", "IN-0802"), ("HIT", "LC-0605"), ("RCIP", "LB-0204")}
"""Spaces whose area nobody has measured: a handful, on purpose."""
_MEASURED_LATER = {("HIT", "W1-0104"): date(2019, 7, 1), ("HIT", "IN-0312"): date(2023, 4, 3), ("RCIP", "LB-0110"): date(2024, 9, 2)}
"""Spaces that were measured only some years after they opened."""
_MEASURED_ANEW = {("HIT", "LA-0203"): date(2020, 3, 2), ("HIT", "FH-0305"): date(2021, 6, 1), ("RCIP", "TW-0411"): date(2022, 5, 9)}


def sites(rng: Random) -> list[Site]:
    """Return every building of both parks with its rooms."""
    made = _harbin(rng) + _qingdao(rng)
    return [
        replace(
            site,
            rooms=tuple(replace(room, area=None) if (room.park, room.code) in _UNMEASURED else room for room in site.rooms),
        )
        for site in made
    ]


PARKS = (
    (
        date(2011, 1, 10),
        # A visitor who signs in as the one administrator can let an office there; in Qingdao it takes four eyes.
        AddPark("HIT", Names("HIT Science Park", "Научный парк ХПИ", "哈工大科学园"), "Asia/Shanghai", "CNY", "CN", drafter_may_sign=True),
    ),
    (
        date(2014, 11, 3),
        AddPark(
            "RCIP",
            Names(
                "Russian-Chinese Research and Engineering Industrial Park",
                "Российско-китайский научно-инженерный индустриальный парк",
                "中俄科研与工程工业园",
            ),
            "Asia/Shanghai",
            "CNY",
            "CN",
        ),
    ),
)


def deeds(made: list[Site]) -> list[Dated]:
    """Return how the parks and their spaces came into the register."""
    told: list[Dated] = list(PARKS)
    for site in made:
        registered = max(site.opens_on - REGISTERED_BEFORE, date(2011, 1, 11))
        told.append((registered, site.building))
        for room in site.rooms:
            told.extend(_room_deeds(room, registered))
    told.extend(_joinings(made))
    return told


def _room_deeds(room: Room, registered: date) -> list[Dated]:
    key = (room.park, room.code)
    if key in _JOINED:
        return []
    if key in _MEASURED_LATER and room.area is not None:
        day = _MEASURED_LATER[key]
        return [(registered, AddSpace(replace(room, area=None))), (day, Remeasure(room, room.area, day))]
    if key in _MEASURED_ANEW and room.area is not None:
        day = _MEASURED_ANEW[key]
        before = replace(room, area=Area(room.area.dm2 + 140))
        return [(registered, AddSpace(before)), (day, Remeasure(room, room.area, day))]
    return [(registered, AddSpace(room))]


_JOINED = {("HIT", "IN-0119"), ("HIT", "IN-0120"), ("HIT", "TW-0213")}
"""Spaces that came from a split or a merger soon after their building opened."""


def _joinings(made: list[Site]) -> list[Dated]:
    rooms = {(room.park, room.code): room for site in made for room in site.rooms}
    first, second, merged = (rooms["HIT", code] for code in ("IN-0119", "IN-0120", "TW-0213"))
    if first.area is None or second.area is None or merged.area is None:
        raise ValueError("the joined spaces are measured")
    large = replace(first, code="IN-0100", area=first.area + second.area, capacity=None)
    halves = [
        replace(merged, code=f"TW-0213{half}", area=Area(dm2), capacity=None)
        for half, dm2 in (("A", merged.area.dm2 // 2), ("B", merged.area.dm2 - merged.area.dm2 // 2))
    ]
    split_on, merged_on = first.opens_on + 30 * DAY, merged.opens_on + 30 * DAY
    return [
        (large.opens_on - REGISTERED_BEFORE, AddSpace(large)),
        *((half.opens_on - REGISTERED_BEFORE, AddSpace(half)) for half in halves),
        (split_on - DAY, SplitSpace("HIT", large.code, (first, second), split_on)),
        (merged_on - DAY, MergeSpaces("HIT", tuple(half.code for half in halves), merged, merged_on)),
    ]
