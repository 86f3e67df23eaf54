"""The bookings of the demo park: sixty rooms, the rules they are booked under, and a term of series from September to December 2026."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from parkmgr.calendars.working_days import calendar
from parkmgr.demo.days import DAY, TOLD_UNTIL, working_day
from parkmgr.demo.deeds import AddFeature, Approve, Book, CancelBooking, CheckIn, Dated, Deed, Equip, Reject, Room, SetRules, Tend
from parkmgr.values import Names

RULES_ON = date(2020, 6, 1)
FIRST_WEEK, LAST_DAY = date(2026, 9, 7), date(2026, 12, 18)
LIAISON = "liaison@parkmgr.example"
_WEEK = "Mon-Fri 08:00-22:00\nSat,Sun 09:00-18:00"
_SPORTS = "Mon-Sun 07:00-22:00"
_LARGE = ("CC-01", "CC-02")

_FEATURES = (
    ("projector", Names("Projector", "Проектор", "投影仪")),
    ("video", Names("Video conference", "Видеосвязь", "视频会议")),
    ("interpreting", Names("Interpreters' booths", "Кабины переводчиков", "同传间")),
    ("whiteboard", Names("Whiteboard", "Маркерная доска", "白板")),
    ("step-free", Names("Step-free access", "Доступ без ступеней", "无障碍通道")),
)
_HITS = ("SPBPU", "BMSTU", "ITMO", "TPU", "NSU", "URFU", "FEFU", "HIT", "BIT", "NWPU", "BUAA", "NJUST")
_PURPOSES = {
    "meeting_room": (
        "Seminar on nanomaterials",
        "Семинар по нанотехнологиям",
        "联合项目组会",
        "Project meeting",
        "Council of young researchers",
        "Лекция приглашённого профессора",
        "双边工作会议",
        "Defence rehearsal",
    ),
    "office": ("Visiting researchers", "Работа с документами", "驻园办公", "Joint laboratory planning", "Consulting hours"),
    "sports": ("Training", "Тренировка", "训练", "Staff league"),
}
_HOURS = {
    "meeting_room": ((9, 0, 105), (11, 0, 90), (14, 0, 105), (16, 0, 90), (19, 0, 120)),
    "office": ((9, 0, 180), (13, 0, 240)),
    "sports": ((7, 0, 60), (12, 0, 60), (18, 0, 90), (19, 30, 90)),
}
_SERIES = {"meeting_room": 3, "office": 2, "sports": 3}


def deeds(seed: int, rooms: Sequence[Room], organisations: Sequence[str]) -> list[Dated]:
    """Return the deeds of booking the rooms. organisations: codes of who is there to book."""
    rng = Random(f"bookings {seed}")  # noqa: S311 - a stream of its own, so that the leases stay what they are
    told = [*_rules(), *_equipment(rng, rooms)]
    bookers = [code for code in _HITS if code in organisations] or list(organisations[:5])
    made = [booking for room in rooms for booking in _of_room(rng, room, bookers)]
    for number, (day, book) in enumerate(made):
        told.append((day, book))
        if number % 23 == 7 and book.count > 2:
            told.append((max(day, date(2026, 10, 12)), CancelBooking(book.name, 5, "The speaker is ill")))
    return told + _requests(rooms)


def exact(told: Sequence[Dated], zone: ZoneInfo) -> list[tuple[datetime, Deed]]:
    """Return what happens at its own minute: people who come, and what time brings at the end of each day."""
    rng = Random("visits")  # noqa: S311
    happened: list[tuple[datetime, Deed]] = []
    cancelled = {(deed.name, deed.place) for _, deed in told if isinstance(deed, CancelBooking)}
    for number, (_day, deed) in enumerate(told):
        if not isinstance(deed, Book) or not deed.checked:
            continue
        for place, day in enumerate(deed.dates()):
            if day <= TOLD_UNTIL and rng.random() < 0.93 and (deed.name, place) not in cancelled:
                came_at = datetime.combine(day, deed.at, zone).astimezone(UTC) + timedelta(minutes=rng.randint(-5, 8), microseconds=number)
                happened.append((came_at, CheckIn(deed.name, place)))
    day = FIRST_WEEK
    while day <= TOLD_UNTIL:
        happened.append((datetime.combine(day, time(23, 30), zone).astimezone(UTC) + timedelta(microseconds=999), Tend()))
        day += DAY
    return sorted(happened, key=lambda each: each[0])


def _rules() -> Iterator[Dated]:
    for park in ("HIT", "RCIP"):
        yield RULES_ON, SetRules(park, "", _WEEK, answer="approval", decide_hours=72, cancel_minutes=120)
        yield (
            RULES_ON,
            SetRules(
                park,
                "meeting_room",
                _WEEK,
                access=(("class", "outside", "approval"),),
                max_minutes=480,
                turnaround_minutes=15,
                release_minutes=20,
                cancel_minutes=60,
                prices=(("member", 8000), ("tenant", 12000), ("", 30000)),
                decide_hours=720,
            ),
        )
        yield (
            RULES_ON,
            SetRules(
                park,
                "office",
                _WEEK,
                access=(("class", "outside", "approval"),),
                min_minutes=30,
                max_minutes=600,
                step_minutes=30,
                prices=(("member", 0), ("tenant", 2500), ("", 6000)),
                quotas=(("organisation", "week", "hours", 60),),
                decide_hours=720,
            ),
        )
    yield (
        RULES_ON,
        SetRules("HIT", "sports", _SPORTS, open_on_holidays=True, max_minutes=120, step_minutes=30, min_minutes=30,
                 ahead_days=180, quotas=(("person", "week", "hours", 8),), prices=(("member", 2000), ("tenant", 2000), ("", 6000))),
    )  # fmt: skip
    for code in _LARGE:
        yield (
            RULES_ON,
            SetRules(
                "HIT",
                "",
                _WEEK,
                space=code,
                answer="approval",
                four_eyes=True,
                turnaround_minutes=30,
                ahead_days=730,
                max_minutes=720,
                lead_minutes=2880,
                cancel_minutes=2880,
                decide_hours=1440,
                prices=(("member", 40000), ("tenant", 60000), ("", 150000)),
            ),
        )


def _equipment(rng: Random, rooms: Sequence[Room]) -> Iterator[Dated]:
    for park in ("HIT", "RCIP"):
        for code, names in _FEATURES:
            yield RULES_ON, AddFeature(park, code, names)
    for room in rooms:
        if room.kind == "sports":
            continue
        has = {"whiteboard"} if room.kind == "office" else {"projector", "step-free"}
        has |= {"video"} if rng.random() < 0.5 else set()
        has |= {"interpreting"} if (room.capacity or 0) >= 60 else set()
        yield RULES_ON + DAY, Equip(room.park, room.code, tuple(sorted(has)))


@dataclass(frozen=True, slots=True)
class _Place:
    weekday: int
    hour: int
    minute: int
    minutes: int


def _of_room(rng: Random, room: Room, bookers: Sequence[str]) -> Iterator[tuple[date, Book]]:
    """Yield a term's series in a room and some single bookings, none in the way of another."""
    if room.code in _LARGE or room.whole in _LARGE:
        return
    free = [_Place(weekday, *hours) for weekday in range(5) for hours in _HOURS[room.kind]]
    chosen = rng.sample(free, min(len(free), _SERIES[room.kind] + 2))
    for number, place in enumerate(chosen):
        series = number < _SERIES[room.kind]
        first = FIRST_WEEK + place.weekday * DAY
        weeks = (LAST_DAY - first).days // 7 + 1
        if not series:
            first += 7 * rng.randint(2, 13) * DAY
            weeks = 1
        dates = [first + 7 * week * DAY for week in range(weeks)]
        dates = [day for day in dates if calendar("CN").weekday_of(day) is not None]
        if not dates:
            continue
        booker = bookers[0] if room.kind == "office" and room.park == "RCIP" and number == 0 else rng.choice(bookers)
        asked_on = working_day(min(first, TOLD_UNTIL) - rng.randint(3, 20) * DAY)
        yield (
            asked_on,
            Book(
                name=f"{room.park}/{room.code}/{number}",
                park=room.park,
                spaces=(room.code,),
                organisation=booker,
                person=LIAISON if booker == "SPBPU" else "",
                first=dates[0],
                at=time(place.hour, place.minute),
                minutes=place.minutes,
                others=tuple(dates[1:]),
                weekly=series,
                people=max(1, min(room.capacity or 4, rng.randint(2, 20))),
                purpose=rng.choice(_PURPOSES[room.kind]),
                checked=room.kind == "meeting_room",
            ),
        )


def _requests(rooms: Sequence[Room]) -> list[Dated]:
    """Return what was asked for the large halls: decided, and waiting on the desk at the end of the story."""
    codes = {room.code for room in rooms if room.park == "HIT"}
    if not codes >= set(_LARGE):
        return []

    def asked(name: str, code: str, organisation: str, on: date, hour: int, minutes: int, purpose: str, people: int) -> Book:
        person = LIAISON if organisation == "SPBPU" else ""
        return Book(name, "HIT", (code,), organisation, person, on, time(hour), minutes, people=people, purpose=purpose)

    symposium = asked("symposium", "CC-01", "SPBPU", date(2026, 10, 15), 9, 540, "Symposium of the Association", 320)
    fair = asked("fair", "CC-01", "HIT", date(2026, 11, 12), 9, 600, "产学研对接会", 300)
    clash = asked("clash", "CC-02", "BMSTU", date(2026, 11, 26), 14, 180, "Презентация лаборатории", 150)
    waiting = (
        asked("desk-1", "CC-01", "SPBPU", date(2027, 3, 11), 9, 480, "Presentation of SPbPU", 250),
        asked("desk-2", "CC-02", "ITMO", date(2027, 3, 11), 13, 240, "Школа молодых учёных", 120),
        asked("desk-3", "CC-02", "TPU", date(2027, 3, 18), 10, 180, "Nanobiotechnology days", 90),
        asked("desk-4", "CC-01", "NSU", date(2027, 4, 8), 9, 600, "Олимпиада", 340),
    )
    return [
        (date(2026, 9, 8), symposium),
        (date(2026, 9, 10), Approve("symposium", 0)),
        (date(2026, 10, 13), fair),
        (date(2026, 10, 14), Approve("fair", 0)),
        (date(2026, 11, 2), clash),
        (date(2026, 11, 4), Reject("clash", 0, "The hall is kept for the council on that day")),
        *((TOLD_UNTIL - place * DAY, book) for place, book in enumerate(waiting)),
    ]
