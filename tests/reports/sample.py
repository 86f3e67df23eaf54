"""A made-up park as the facts of a report, of any size: Latin, Cyrillic and Chinese names, every status, several currencies."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from parkmgr.reports import occupancy
from parkmgr.reports.occupancy import Fact, Place, Report, month_ends, months
from parkmgr.values import Area, Names

ON = date(2026, 6, 30)
KNOWN = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
PARK = Place(
    "HIT",
    Names("HIT Science Park", "Научный парк Харбинского политехнического университета", "哈尔滨工业大学科技园"),
    "Asia/Shanghai",
    "CNY",
)
HOLDERS = (
    Names("Rayak Nanotech", "Райак Нанотех", "拉亚克纳米技术有限公司"),
    Names(
        "Peter the Great St. Petersburg Polytechnic University",
        "Санкт-Петербургский политехнический университет Петра Великого",
        "圣彼得堡彼得大帝理工大学",
    ),
    Names("Sungari Optics", "", "松花江光学股份有限公司"),
    Names("", "ООО «Нева Биотех»", ""),
    Names("", "", "黑龙江航天材料研究所"),
    Names("Volga & Amur <Space> Systems", "Волга и Амур", "伏尔加与阿穆尔航天系统"),
)
BUILDINGS = (
    ("IT", Names("Innovation tower", "Башня инноваций", "创新大厦"), False, 16, 14, "office"),
    ("L1", Names("Laboratory block 1", "Лабораторный корпус 1", "一号实验楼"), False, 6, 7, "laboratory"),
    ("W1", Names("Workshop 1", "Цех 1", "一号车间"), False, 2, 6, "production"),
    ("R01", Names("Residence 1", "Жилой дом 1", "一号公寓"), True, 10, 10, "flat"),
)


def fact(space: str = "B1-101", *, on: date = ON, **more: object) -> Fact:
    """Return a vacant office of 40 m², but for what is said."""
    given: dict[str, object] = {
        "on": on,
        "building_id": 1,
        "building": "B1",
        "building_names": Names("Building 1"),
        "residential": False,
        "level": 1,
        "floor": "1",
        "space_id": abs(hash(space)) % 10**9,
        "space": space,
        "names": None,
        "kind": "office",
        "lettable": True,
        "area": Area.of("40"),
        "basis": "IPMS3",
        "hold": None,
        "begun": False,
        "holder_id": None,
        "holder": None,
        "document": "",
        "starts_on": None,
        "ends_on": None,
        "held_until": None,
        "break_on": None,
        "currency": None,
        "minor": None,
        "per": None,
        "free": False,
    }
    return Fact(**{**given, **more})  # type: ignore[arg-type]


def let(space: str = "B1-101", *, document: str = "L-2025-0001", rent: int | None = 300_000, **more: object) -> Fact:
    """Return an office that is let, but for what is said."""
    given: dict[str, object] = {
        "hold": "lease",
        "begun": True,
        "holder_id": 1,
        "holder": HOLDERS[0],
        "document": document,
        "starts_on": date(2025, 1, 1),
        "ends_on": date(2027, 12, 31),
        "held_until": date(2027, 12, 31),
        "currency": "CNY",
        "minor": rent,
        "per": None if rent is None else "month",
    }
    return fact(space, **{**given, **more})


def facts(count: int, on: date = ON, seed: int = 7) -> list[Fact]:
    """Return *count* units over the sample buildings (and more residences when these are full)."""
    chance = random.Random(seed)  # the same units on every day; what holds them moves with the day
    shapes = [
        (building, names, residential, level, number, kind)
        for building, names, residential, floors, each, kind in [
            *BUILDINGS,
            *(
                (f"R{n:02d}", Names(f"Residence {n}", f"Жилой дом {n}", f"{n}号公寓"), True, 10, 10, "flat")
                for n in range(2, 2 + count // 100 + 1)
            ),
        ]
        for level in range(1, floors + 1)
        for number in range(1, each + 1)
    ][:count]
    return [_drawn(chance, index, on, *shape) for index, shape in enumerate(shapes)]


def _drawn(
    chance: random.Random, index: int, on: date, building: str, names: Names, residential: bool, level: int, number: int, kind: str
) -> Fact:
    area = chance.choice((32, 45, 68, 92)) * 100 if residential else chance.randrange(1800, 16000)
    base: dict[str, object] = {
        "on": on,
        "building_id": sum(map(ord, building)),
        "building": building,
        "building_names": names,
        "residential": residential,
        "level": level,
        "floor": str(level),
        "space_id": index,
        "kind": kind,
        "area": None if chance.random() < 0.01 else Area(area),
    }
    code = f"{building}-{level}{number:02d}"
    holder = chance.randrange(len(HOLDERS))
    start = date(2023, 1, 1) + timedelta(days=chance.randrange(0, 1400))
    last = start + timedelta(days=chance.choice((364, 1095, 1826)))
    drawn = chance.random()
    currency = chance.choices(("CNY", "RUB", "USD"), (88, 8, 4))[0]
    lease: dict[str, object] = {
        "hold": "lease",
        "holder_id": holder,
        "holder": HOLDERS[holder],
        "document": f"L-{start.year}-{index:04d}",
        "starts_on": start,
        "ends_on": last,
        "held_until": last,
        "currency": currency,
        "minor": chance.randrange(2500, 9500) * (12 if currency == "RUB" else 1),
        "per": "m2_month",
        "break_on": chance.choice((None, None, None, date(2027, 3, 31))),
    }
    if drawn < 0.02:
        return fact(code, **base, hold="closure", begun=True, holder_id=1, holder=Names("Park operator"), document=f"C-2026-{index:04d}")
    if drawn < 0.05:
        return fact(code, **base, lettable=False)
    if start > on:
        return fact(code, **{**base, **lease, "begun": False})
    if last < on and drawn > 0.3:
        return fact(code, **base)
    return fact(code, **{**base, **lease, "begun": True, "held_until": None if last < on else last})


def report(count: int = 1200) -> Report:
    """Return a compiled report of *count* units, with its history."""
    history = months(row for day in month_ends(ON) for row in facts(count, day))
    return occupancy.compile(facts(count), park=PARK, on=ON, known=KNOWN, history=history)
