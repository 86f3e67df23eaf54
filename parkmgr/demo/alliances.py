"""What the demo park's universities agree and do together: sixty agreements, projects, events, and twenty-five delegations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from parkmgr.calendars.working_days import calendar
from parkmgr.demo import names
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on, working_day, years_from
from parkmgr.demo.deeds import (
    AddAgreementText,
    AddProject,
    AddTask,
    AdvanceAgreement,
    ApproveDelegation,
    AskDelegation,
    Book,
    Close,
    ConfirmDelegation,
    Dated,
    Deed,
    DoTask,
    Draft,
    ExtendHome,
    FinishProject,
    InviteDelegation,
    NameMember,
    PlanActivities,
    PlanEvent,
    ProposeAgreement,
    RecordActivity,
    RenewAgreement,
    ReportDelegation,
    ReportEvent,
    Room,
    SetMarketRents,
    Settle,
    SignAgreement,
    StartAgreement,
    TendAgreements,
    TerminateAgreement,
    UseInProject,
)
from parkmgr.demo.people import ASSOCIATION, Cast
from parkmgr.values import Money, Names

AGREEMENTS = 60
DELEGATIONS = 25
PARK_RUNNERS = {"HIT": "HIT-PARK", "RCIP": "RCIP-PARK"}
_TITLES = {
    "memorandum": ("Memorandum of understanding", "Меморандум о взаимопонимании", "谅解备忘录"),
    "framework": ("Framework agreement on cooperation", "Рамочное соглашение о сотрудничестве", "合作框架协议"),
    "exchange": ("Exchange of students and staff", "Обмен студентами и сотрудниками", "师生交流协议"),
    "project": ("Joint research on composites", "Совместные исследования композитов", "复合材料联合研究协议"),
    "office_annex": ("Annex on an office in the park", "Приложение о представительстве в парке", "驻园办公室附件"),
}
_FIELDS = (
    ("nanomaterials", ("Nanostructured coatings", "Наноструктурные покрытия", "纳米结构涂层")),
    ("information", ("Computer vision for industry", "Машинное зрение для промышленности", "工业机器视觉")),
    ("space", ("Small satellites", "Малые спутники", "小卫星")),
    ("biotechnology", ("Enzymes in the cold", "Ферменты на холоде", "低温酶技术")),
    ("nanotechnology", ("Sensors on silicon", "Датчики на кремнии", "硅基传感器")),
    ("energy", ("Batteries for the north", "Аккумуляторы для севера", "寒区电池")),
)
_SIGNATORIES = {"RU": ("Andrey Rudakov", "Irina Volkova", "Sergey Lapin"), "CN": ("Zhou Yu", "Han Jie", "Xu Xiaofei")}


@dataclass(frozen=True, slots=True)
class _Agreement:
    """An agreement of the story. fate: active, expired, renewed, terminated, or the state in which it still lies."""

    name: str
    park: str
    kind: str
    parties: tuple[str, ...]
    proposed_on: date
    years: int
    fate: str = "active"
    under: str = ""
    renews: bool = False


def deeds(seed: int, cast: Cast, told: Sequence[Dated], rooms: Sequence[Room]) -> list[Dated]:
    """Return the deeds of cooperation. told: what happens else, so that delegations are in nobody's way."""
    labs = [room.code for room in rooms if room.park == "HIT" and room.kind == "laboratory" and not room.whole]
    free = _Free(told, rooms)
    rng = Random(f"alliances {seed}")  # noqa: S311 - a stream of its own
    universities = {each.code: each.names for each in cast.universities}
    universities |= {each.code: each.names for each in cast.houses}
    country = {each.code: each.country for each in (*cast.universities, *cast.houses)}
    agreements = list(_agreements(rng, cast))
    more: list[Dated] = []
    for one in agreements:
        more += _agreement(rng, one, universities, country)
    active = [one for one in agreements if one.fate == "active"]
    more += _projects(rng, active, labs)
    more += _events(active)
    more += _delegations(rng, active, country, free, labs)
    more += [(date(2026, month, 12), TendAgreements()) for month in range(1, 12)] + [(TOLD_UNTIL, TendAgreements())]
    return [(day, deed) for day, deed in more if day <= TOLD_UNTIL]


def market_rents() -> Iterator[Dated]:
    """Return what spaces would let for, as a surveyor finds it every second year."""
    for year in (2016, 2018, 2020, 2022, 2024, 2026):
        for park, kind, minor in _MARKET:
            money = Money(minor * (100 + 3 * (year - 2026)) // 100 // 10 * 10, "CNY")
            yield working_day(date(year, 5, 12)), SetMarketRents(park, kind, money, f"Survey of spring {year}")


def places_of(deed: Deed) -> list[tuple[str, str]]:
    """Return the spaces that a deed of cooperation speaks of."""
    match deed:
        case PlanEvent():
            return [(deed.park, code) for code in deed.rooms]
        case AskDelegation():
            codes = (deed.room, deed.office, *deed.labs, *(code for code, _people in deed.flats))
            return [(deed.park, code) for code in codes if code]
        case UseInProject():
            return [("HIT", deed.code)] if deed.what == "space" else []
        case _:
            return []


_MARKET = (
    ("HIT", "office", 5600), ("HIT", "laboratory", 7200), ("HIT", "production", 2600), ("HIT", "flat", 3600),
    ("RCIP", "office", 5200), ("RCIP", "laboratory", 6600), ("RCIP", "production", 2300),
)  # fmt: skip


class _Free:
    """What is free in the story, so that a delegation takes nothing that somebody else is to have."""

    def __init__(self, told: Sequence[Dated], rooms: Sequence[Room]) -> None:
        self._rooms = {(room.park, room.code): room for room in rooms}
        divided = {(room.park, room.whole) for room in rooms if room.whole}
        self._flats = sorted(
            room.code for room in rooms if room.park == "HIT" and room.kind == "flat" and (room.park, room.code) not in divided
        )
        self._meeting = [room for room in rooms if room.bookable and room.kind == "meeting_room" and not room.whole]
        self._offices = [room for room in rooms if room.bookable and room.kind == "office"]
        self._booked: dict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
        self._let: dict[str, list[tuple[date, date]]] = defaultdict(list)
        last = {deed.home: deed.ends_on for _day, deed in told if isinstance(deed, ExtendHome)}
        for _day, deed in told:
            if isinstance(deed, Book):
                for on in deed.dates():
                    begins = datetime.combine(on, deed.at)
                    for code in deed.spaces:
                        self._booked[deed.park, code].append((begins, begins + timedelta(minutes=deed.minutes)))
            elif isinstance(deed, Settle):
                self._let[deed.space.split("-")[0] + "-" + deed.space.split("-")[1]].append(
                    (deed.term.starts_on, last.get(deed.home) or deed.term.ends_on or date.max)
                )
            elif isinstance(deed, Draft):
                for code in deed.terms.spaces:
                    self._let[code].append((deed.terms.term.starts_on, deed.terms.term.ends_on or date.max))
            elif isinstance(deed, Close):
                for code in deed.spaces:
                    self._let[code].append((deed.term.starts_on, deed.term.ends_on or date.max))

    def room(self, park: str, people: int, days: Sequence[date], begins: time, ends: time, *, office: bool = False) -> str:
        """Return the smallest room that nobody has at these times of these days, and take it."""
        margin = timedelta(minutes=45)
        spans = [(datetime.combine(day, begins) - margin, datetime.combine(day, ends) + margin) for day in days]
        for room in sorted(self._offices if office else self._meeting, key=lambda one: (one.capacity or 0, one.code)):
            taken = self._booked[room.park, room.code]
            free = all(end <= first or begin >= last for begin, end in taken for first, last in spans)
            if room.park == park and (room.capacity or 0) >= people and free:
                taken += spans
                return room.code
        return ""

    def flats(self, people: int, arrives: date, leaves: date) -> tuple[tuple[str, int], ...]:
        """Return flats for so many people that nobody has three days before and after, and take them."""
        found: list[tuple[str, int]] = []
        first, last = arrives - 3 * DAY, leaves + 3 * DAY
        idle = [code for code in self._flats if all(end < first or begin > last for begin, end in self._let[code])]
        for code in sorted(idle, key=lambda one: (-(self._rooms["HIT", one].capacity or 1), one)):
            beds = min(people, self._rooms["HIT", code].capacity or 1)
            found.append((code, beds))
            people -= beds
            if not people:
                break
        if people:
            return ()
        for code, _beds in found:
            self._let[code].append((arrives, leaves))
        return tuple(found)


def _agreements(rng: Random, cast: Cast) -> Iterator[_Agreement]:
    """Return the agreements: that on the industrial park first, then SPbPU's, then those of the others."""
    russian = [each.code for each in cast.universities if each.country == "RU"]
    chinese = [each.code for each in cast.universities if each.country == "CN"]
    yield _Agreement("park", "RCIP", "framework", (ASSOCIATION, "HIT-PARK", "RCIP-PARK"), date(2015, 10, 19), 10, renews=True)
    yield _Agreement("spbpu", "RCIP", "framework", ("SPBPU", "RCIP-PARK", ASSOCIATION), date(2015, 11, 9), 12)
    yield _Agreement("spbpu-office", "RCIP", "office_annex", ("SPBPU", "RCIP-PARK"), date(2016, 1, 18), 11, under="spbpu")
    yield _Agreement("spbpu-hit", "HIT", "memorandum", ("SPBPU", "HIT"), date(2012, 3, 5), 5, fate="renewed")
    yield _Agreement("spbpu-exchange", "HIT", "exchange", ("SPBPU", "HIT", "HIT-PARK"), date(2024, 2, 12), 5)
    yield _Agreement("spbpu-project", "HIT", "project", ("SPBPU", "HIT-PARK"), date(2025, 9, 8), 3)
    fates = ["active"] * 14 + ["expired"] * 3 + ["renewed"] * 2 + ["terminated", "legal_review", "drafting", "proposed", "signed"]
    kinds = ("memorandum", "exchange", "project", "framework", "exchange")
    number = 0
    for code in [code for code in russian if code != "SPBPU"] + [code for code in chinese if code != "HIT"]:
        if number >= AGREEMENTS - 6:
            return
        other = rng.choice(["HIT", "HIT-PARK", "RCIP-PARK"]) if code in russian else rng.choice([*russian[:6], "HIT-PARK"])
        park = "RCIP" if other == "RCIP-PARK" else "HIT"
        for _ in range(2 if number % 2 == 0 or code in russian else 1):
            fate = fates[number % len(fates)]
            old = fate in ("expired", "renewed", "terminated")
            year = rng.randint(2012, 2018) if old else rng.randint(2022, 2025)
            proposed = working_day(date(year, rng.randint(1, 10), rng.randint(1, 28)))
            if fate in ("legal_review", "drafting", "proposed", "signed"):
                proposed = working_day(date(2026, rng.randint(6, 9), rng.randint(1, 28)))
            kind = kinds[number % len(kinds)]
            years = rng.choice((3, 5)) if old else 5
            yield _Agreement(f"a-{number}", park, kind, (code, other), proposed, years, fate, renews=number % 9 == 0 and fate == "active")
            number += 1


def _agreement(rng: Random, one: _Agreement, called: dict[str, Names], country: dict[str, str]) -> Iterator[Dated]:
    day = one.proposed_on
    en, ru, zh = _TITLES[one.kind]
    first, second = (called[code] for code in one.parties[:2])
    title = Names(f"{en}: {first.en}, {second.en}", f"{ru}: {first.ru}, {second.ru}", f"{zh}：{first.zh}、{second.zh}")
    if one.name == "park":
        title = Names(
            "Framework agreement on the Russian-Chinese Industrial Park",
            "Рамочное соглашение о Российско-китайском индустриальном парке",
            "中俄工业园合作框架协议",
        )
    yield day, ProposeAgreement(one.name, one.park, one.kind, title, one.parties, one.under)
    if one.fate == "proposed":
        return
    yield day + 14 * DAY, AdvanceAgreement(one.name, "drafting")
    for number, language in enumerate(("zh", "ru")):
        yield day + (20 + number) * DAY, AddAgreementText(one.name, language)
    if one.fate == "drafting":
        return
    yield day + 35 * DAY, AdvanceAgreement(one.name, "legal_review")
    if one.fate == "legal_review":
        return
    signed = working_day(day + 60 * DAY)
    for number, code in enumerate(one.parties):
        yield signed + number * DAY, SignAgreement(one.name, code, rng.choice(_SIGNATORIES[country[code]]))
    if one.fate == "signed":
        return
    starts_on = (signed + 20 * DAY).replace(day=1) if (signed + 20 * DAY).month == (signed + 6 * DAY).month else signed + 10 * DAY
    starts_on = max(starts_on, signed + 6 * DAY)
    ends_on = years_from(starts_on, one.years)
    places = rng.randint(4, 30) if one.kind == "exchange" else 0
    yield signed + 6 * DAY, StartAgreement(one.name, starts_on, ends_on, places, 12 if one.renews else 0)
    yield from _life(rng, one, starts_on, ends_on)


def _life(rng: Random, one: _Agreement, starts_on: date, ends_on: date) -> Iterator[Dated]:
    """Return what is planned and done under it, and how it ends."""
    if one.fate == "terminated":
        yield starts_on + 500 * DAY, TerminateAgreement(one.name, starts_on + 700 * DAY, "The programme that it was for has ended")
        return
    if one.fate == "renewed":
        yield working_day(ends_on - 40 * DAY), RenewAgreement(one.name, f"{one.name}/2", years_from(ends_on + DAY, 12))
    if one.fate != "active":
        return
    year = max(2026, starts_on.year)
    plan_on = max(date(2026, 1, 14), starts_on)
    yield plan_on, PlanActivities(one.name, year, "visit", rng.randint(1, 2))
    if one.kind in ("exchange", "framework"):
        yield plan_on, PlanActivities(one.name, year, "exchange", rng.randint(2, 6))
        for number in range(rng.randint(0, 4)):
            day = working_day(date(2026, 2 + 2 * number, rng.randint(3, 25)))
            if day > starts_on:
                yield day, RecordActivity(one.name, "exchange", rng.choice(("Spring term", "Summer school", "Lectures", "Practice")), 6)
    elif rng.random() < 0.75:
        day = working_day(date(2026, rng.randint(3, 10), rng.randint(3, 25)))
        if day > starts_on:
            yield day, RecordActivity(one.name, "other", rng.choice(("Working meeting", "Joint paper", "Letter of intent", "Lectures")), 4)
    due = date(2026, rng.randint(9, 12), 15)
    asked = max(date(2026, 3, 2), starts_on + 5 * DAY)
    yield asked, AddTask(one.name, "Agree on the plan for 2027", one.parties[0], due)
    if rng.random() < 0.5:
        yield working_day(date(2026, 10, rng.randint(8, 30))), DoTask(one.name, "Agreed by letter")


def _projects(rng: Random, active: Sequence[_Agreement], labs: Sequence[str]) -> Iterator[Dated]:
    """Return two programmes and eighteen projects, with the laboratories that they use."""
    programme = Names("Arctic materials", "Материалы для Арктики", "极地材料计划")
    park = next(one for one in active if one.name == "park")
    yield date(2024, 3, 4), AddProject("programme", "HIT", "programme", programme, "nanomaterials", "", "", "HIT", date(2024, 3, 4), None)
    satellites = Names("Student satellites", "Студенческие спутники", "大学生卫星计划")
    yield (
        date(2025, 3, 3),
        AddProject("programme-2", "RCIP", "programme", satellites, "space", park.name, "", ASSOCIATION, date(2025, 3, 3), None),
    )
    chosen = [one for one in active if one.park == "HIT" and one.proposed_on < date(2026, 1, 1)]
    for number in range(18):
        one = chosen[number % len(chosen)]
        field, (en, ru, zh) = _FIELDS[number % len(_FIELDS)]
        starts_on = working_day(max(date(2025, 11, 3) + number * 14 * DAY, one.proposed_on + 140 * DAY))
        ends_on = months_on(starts_on, 5) if number % 6 == 5 else months_on(starts_on, 24)
        name = f"project-{number}"
        turn = number // len(_FIELDS) + 1
        called = Names(f"{en} {turn}", f"{ru} {turn}", f"{zh}{turn}")
        under = "programme" if field == "nanomaterials" else ""
        yield starts_on, AddProject(name, "HIT", "project", called, field, one.name, under, one.parties[0], starts_on, ends_on)
        yield starts_on + 2 * DAY, UseInProject(name, "space", rng.choice(labs))
        yield starts_on + 3 * DAY, UseInProject(name, "organisation", one.parties[1])
        if number % 6 == 5:
            yield working_day(ends_on), FinishProject(name, "Report accepted by both sides")


def _events(active: Sequence[_Agreement]) -> Iterator[Dated]:
    """Return events with their rooms, in the time before the term's series."""
    happened = (
        ("presentation", ("Presentation of SPbPU", "Презентация СПбПУ", "圣彼得堡理工大学推介会"), "SPBPU", date(2026, 4, 16), "CC-03", 40),
        (
            "symposium",
            ("Symposium on nanomaterials", "Симпозиум по наноматериалам", "纳米材料研讨会"),
            "HIT",
            date(2026, 5, 21),
            "CC-04",
            60,
        ),
        ("seminar", ("Seminar on patents", "Семинар по патентам", "专利讲座"), "HIT-PARK", date(2026, 6, 11), "CC-05", 25),
        (
            "ceremony",
            ("Opening of the joint laboratory", "Открытие совместной лаборатории", "联合实验室揭牌"),
            "HIT",
            date(2026, 7, 2),
            "CC-03",
            40,
        ),
        ("presentation", ("Venture day", "День венчурных инвестиций", "创投日"), "HIT-PARK", date(2026, 8, 20), "CC-04", 50),
    )
    for number, (kind, title, host, on, room, people) in enumerate(happened):
        name = f"event-{number}"
        agreement = next((one.name for one in active if host in one.parties and one.park == "HIT"), "")
        yield working_day(on - 30 * DAY), PlanEvent(name, "HIT", kind, Names(*title), host, agreement, on, time(9), 180, (room,), people)
        yield on + DAY, ReportEvent(name, people - 3)


def _delegations(rng: Random, active: Sequence[_Agreement], country: dict[str, str], free: _Free, labs: Sequence[str]) -> Iterator[Dated]:
    """Return who came, from December 2025 on; the last still wait for a decision."""
    purposes = (
        Names("Talks on a joint laboratory", "Переговоры о совместной лаборатории", "联合实验室会谈"),
        Names("Visit of the rector", "Визит ректора", "校长来访"),
        Names("Confirming the exchange plan", "Согласование плана обмена", "确认交流计划"),
        Names("Tour of the park", "Знакомство с парком", "参观科学园"),
    )
    works = calendar("CN")
    chosen = [one for one in active if one.parties[0] not in PARK_RUNNERS.values() and one.parties[0] != "HIT" and one.name != "park"]
    for number in range(DELEGATIONS):
        one = chosen[number % len(chosen)]
        guest, name = one.parties[0], f"delegation-{number}"
        last = number >= DELEGATIONS - 3
        arrives = date(2026, 12, 7) + (number - DELEGATIONS + 3) * 7 * DAY if last else date(2025, 12, 8) + number * 14 * DAY
        while any(works.weekday_of(arrives + day * DAY) is None for day in range(3)):
            arrives += 7 * DAY  # not in the Spring Festival, nor on another holiday
        days = [arrives + day * DAY for day in range(3)]
        asked = TOLD_UNTIL - (DELEGATIONS - number) * DAY if last else working_day(arrives - 32 * DAY)
        people = rng.randint(4, 9)
        host = "HIT-PARK" if one.park == "HIT" else "RCIP-PARK"
        language = "ru" if country[guest] == "RU" else "zh"
        begins, ends = time(10), time(12)
        office = free.room(one.park, 2, days, time(9), time(17), office=True) if number % 5 == 4 else ""
        yield (
            asked,
            AskDelegation(
                name=name,
                park=one.park,
                guest=guest,
                host=host,
                agreement=one.name,
                names=purposes[number % len(purposes)],
                arrives_on=days[0],
                leaves_on=days[-1],
                people=people,
                language=language,
                host_language="zh" if language == "ru" else "ru",
                begins=begins,
                ends=ends,
                room=free.room(one.park, people, days, begins, ends),
                flats=free.flats(people, days[0], days[-1]) if one.park == "HIT" and number % 2 == 0 else (),
                labs=(labs[number % len(labs)],) if one.park == "HIT" and number % 3 == 0 else (),
                office=office,
                person="liaison@parkmgr.example" if guest == "SPBPU" else "",
            ),
        )
        if last:
            continue
        for place in range(min(2, people)):
            yield asked + DAY, NameMember(name, *_guest(rng, country[guest], place))
        yield working_day(asked + 5 * DAY), ApproveDelegation(name)
        yield asked + 8 * DAY, InviteDelegation(name)
        yield asked + 15 * DAY, ConfirmDelegation(name)
        if arrives + 10 * DAY <= TOLD_UNTIL:
            outcome = "agreement_confirmed" if number % 3 else "other"
            yield arrives + 9 * DAY, ReportDelegation(name, outcome, "The plan for the year was confirmed")


def _guest(rng: Random, country: str, place: int) -> tuple[str, str, str, str, date]:
    """Return name, position, citizenship, passport number and birthday of somebody who does not exist."""
    if country == "CN":
        family, given = (rng.choice(part) for part in names.CHINESE_PEOPLE)
        called = f"{family} {given}"
    else:
        given, family = (rng.choice(part) for part in names.RUSSIAN_PEOPLE)
        called = f"{given} {family}{'a' if given[-1] == 'a' else ''}"
    born = date(rng.randint(1956, 1990), rng.randint(1, 12), rng.randint(1, 28))
    return called, ("Vice-rector", "Professor")[place % 2], country, f"{rng.randrange(10**8):08d}X", born
