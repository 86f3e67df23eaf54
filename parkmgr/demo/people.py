"""The organisations of the demo park. The universities are real and public; every company, number and person is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from parkmgr.demo import names
from parkmgr.demo.days import DAY, TOLD_UNTIL, working_day
from parkmgr.demo.deeds import AddAccount, AddContact, AddOrganisation, Admit, Dated, EndMembership
from parkmgr.values import Names

FOUNDED_ON = date(2011, 3, 6)
ASSOCIATION = "ASRTU"
OPERATORS = {"HIT": "HIT-PARK", "RCIP": "RCIP-PARK"}
"""Who runs each park, and holds what is closed."""
TENANTS = 185


ADMINISTRATORS = ("administrator@parkmgr.example", "deputy@parkmgr.example")
"""Two: who drafts a lease does not sign it."""
ACCOUNTS: tuple[Dated, ...] = (
    (date(2011, 1, 10), AddAccount(ADMINISTRATORS[0], "Wang Lin", "administrator")),
    (date(2011, 1, 10), AddAccount(ADMINISTRATORS[1], "Olga Belova", "administrator", shown=False)),
    (date(2025, 5, 5), AddAccount("housing@parkmgr.example", "Zhang Na", "housing_desk", parks=("HIT",))),
    (date(2025, 10, 27), AddAccount("labs@parkmgr.example", "Dmitry Sokolov", "lab_manager", parks=("HIT",))),
    (date(2026, 8, 3), AddAccount("hospital@parkmgr.example", "Huang Jing", "hospital_desk", parks=("HIT",))),
    (date(2026, 8, 3), AddAccount("sports@parkmgr.example", "Maria Tarasova", "sports_desk", parks=("HIT",))),
    (date(2026, 1, 19), AddAccount("cooperation@parkmgr.example", "Anna Zhukova", "cooperation_desk", parks=("HIT", "RCIP"))),
    (date(2016, 3, 21), AddAccount("liaison@parkmgr.example", "Ekaterina Orlova", "liaison", organisation="SPBPU")),
    (
        date(2026, 1, 12),
        AddAccount("auditor@parkmgr.example", "Chen Jing", "auditor", parks=("HIT", "RCIP"), ends_on=date(2027, 12, 31)),
    ),
)


def inn(rng: Random) -> str:
    """Return a Russian taxpayer number of a company with its check digit. Source: order of the tax service, ten digits."""
    digits = [int(digit) for digit in rng.choice(("7701", "7802", "5404", "7017", "6670", "1655", "2721", "2536"))]
    digits += [rng.randrange(10) for _ in range(5)]
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    digits.append(sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 % 10)
    return "".join(map(str, digits))


_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(rng: Random, division: str) -> str:
    """Return a Chinese unified social credit code with both its check characters. Source: GB 32100-2015, GB 11714-1997."""
    body = "MA" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    plain = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 11 - sum(weight * plain.index(letter) for weight, letter in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True)) % 11
    code = "91" + division + body + {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code))
    return code + _LETTERS[-total % 31]


@dataclass(frozen=True, slots=True)
class Cast:
    """Every organisation, and who rents where."""

    universities: tuple[AddOrganisation, ...]
    tenants: tuple[AddOrganisation, ...]
    houses: tuple[AddOrganisation, ...]
    """The association, the parks' operators, the hospital and the sports club."""

    def all(self) -> tuple[AddOrganisation, ...]:
        """Return all of them."""
        return self.houses + self.universities + self.tenants

    def of_kind(self, kind: str) -> tuple[AddOrganisation, ...]:
        """Return the tenants of one kind."""
        return tuple(tenant for tenant in self.tenants if tenant.kind == kind)


def _website(code: str) -> str:
    return f"https://{code.lower()}.example"


def company(rng: Random, kind: str, named: names.Rooted, country: str, city: str = "") -> AddOrganisation:
    code = named[0].upper().replace(" ", "-")
    number_ru = number_cn = None
    if country == "RU":
        city, number_ru = city or rng.choice(names.RUSSIAN_CITIES), inn(rng)
    elif country == "CN":
        city, division = rng.choice(names.CHINESE_CITIES)
        number_cn = uscc(rng, division)
    return AddOrganisation(code, kind, Names(*named), country, city, _website(code), inn=number_ru, uscc=number_cn)


def _joined(root: names.Rooted, field: names.Rooted) -> names.Rooted:
    return f"{root[0]} {field[0]}", f"{root[1]} {field[1]}", f"{root[2]}{field[2]}"


def _tenants(rng: Random) -> list[AddOrganisation]:
    russian = [(root, "RU") for root in names.RUSSIAN_ROOTS[1:]]
    chinese = [(root, "CN") for root in names.CHINESE_ROOTS]
    roots = russian + chinese
    rng.shuffle(roots)
    made = [company(rng, "enterprise", names.RUSSIAN_ROOTS[0], "RU", "St Petersburg")]
    made += [company(rng, "enterprise", (en, ru, zh), country, city) for en, ru, zh, country, city in names.ELSEWHERE]
    made += [company(rng, "public_body", named, "CN") for named in names.PUBLIC]
    made += [company(rng, "fund_manager", _joined(root, names.VENTURES), country) for root, country in roots[:10]]
    made += [
        company(rng, "service", _joined(root, field), country) for (root, country), field in zip(roots[10:], names.SERVICES, strict=False)
    ]
    made += [
        company(rng, "research_division", _joined(root, names.RESEARCH[index % len(names.RESEARCH)]), country)
        for index, (root, country) in enumerate(roots[17:42])
    ]
    index = 0
    while len(made) < TENANTS:  # each root in turn, with another field each time round
        root, country = roots[index % len(roots)]
        field = names.FIELDS[(index + index // len(roots) * 7) % len(names.FIELDS)]
        made.append(company(rng, "enterprise", _joined(root, field), country))
        index += 1
    return made


def _houses(rng: Random) -> tuple[AddOrganisation, ...]:
    association = Names(
        "Association of Sino-Russian Technical Universities",
        "Ассоциация технических университетов России и Китая",
        "中俄工科大学联盟",
    )
    harbin = Names("HIT Science Park Management", "Управляющая компания Научного парка ХПИ", "哈工大科学园管理公司")
    qingdao = Names("RCIP Management", "Управляющая компания индустриального парка", "中俄工业园管理公司")
    return (
        AddOrganisation(ASSOCIATION, "association", association, "CN", "Harbin"),
        AddOrganisation("HIT-PARK", "enterprise", harbin, "CN", "Harbin", uscc=uscc(rng, "230103")),
        AddOrganisation("RCIP-PARK", "enterprise", qingdao, "CN", "Qingdao", uscc=uscc(rng, "370212")),
        AddOrganisation("HIT-HOSPITAL", "service", Names("Park Hospital", "Больница парка", "科学园医院"), "CN", "Harbin"),
        AddOrganisation("HIT-SPORTS", "service", Names("Park Sports Club", "Спортклуб парка", "科学园体育俱乐部"), "CN", "Harbin"),
    )


def cast(rng: Random) -> Cast:
    """Return all the organisations."""
    universities = tuple(
        AddOrganisation(code, "university", Names(en, ru, zh), country, city, ror=ror)
        for code, en, ru, zh, country, city, ror in names.UNIVERSITIES
    )
    return Cast(universities, tuple(_tenants(rng)), _houses(rng))


def memberships(rng: Random, people: Cast) -> list[Dated]:
    """Return who belongs to the association since when: 30 founders, 68 members and observers at the end of 2021."""
    founders = [university.code for university in people.universities[:30]]
    told: list[Dated] = [(FOUNDED_ON, Admit(code, "member", FOUNDED_ON)) for code in founders]
    later = [(university.code, "member") for university in people.universities[30:]]
    observers = [*people.of_kind("research_division"), *people.of_kind("enterprise")[:3]]
    later += [(organisation.code, "observer") for organisation in observers]
    for code, status in later:
        year = rng.randint(2012, 2021)
        day = date(year, rng.choice((4, 6, 10)), rng.randint(8, 25))
        told.append((working_day(day), Admit(code, status, working_day(day))))
    gone = date(2023, 12, 31)
    told.append((working_day(gone), EndMembership(observers[4].code, gone)))
    latest = people.of_kind("enterprise")[3].code
    told.append((date(2024, 5, 20), Admit(latest, "observer", date(2024, 5, 20))))
    return told


def _contact(rng: Random, organisation: AddOrganisation) -> AddContact:
    if organisation.country == "CN":
        family, given = (rng.choice(part) for part in names.CHINESE_PEOPLE)
        name = f"{family} {given}"
    else:
        given, family = (rng.choice(part) for part in names.RUSSIAN_PEOPLE)
        name = f"{given} {family}{'a' if given[-1] == 'a' else ''}"
    address = f"{given}.{family}@{organisation.code}.example".lower()
    prefix = {"CN": "+86 451", "RU": "+7 812", "DE": "+49 30"}.get(organisation.country, "+7 495")
    return AddContact(organisation.code, name, rng.choice(names.POSITIONS), address, f"{prefix} 555 {rng.randrange(10000):04d}")


def deeds(rng: Random, people: Cast, first_use: dict[str, date]) -> list[Dated]:
    """Return how the organisations came into the register, each shortly before the first deed that needs it."""
    told = memberships(rng, people)
    needed = dict(first_use)
    for day, deed in told:
        if isinstance(deed, Admit):
            needed[deed.organisation] = min(day, needed.get(deed.organisation, day))
    for organisation in people.all():
        day = needed.get(organisation.code, FOUNDED_ON)
        if organisation in people.houses or day <= FOUNDED_ON:
            added = date(2011, 1, 12) if organisation in people.houses else max(date(2011, 1, 13), day - rng.randint(10, 40) * DAY)
        else:
            added = working_day(day - rng.randint(2, 12) * DAY)
        told.append((added, organisation))
        told.extend((min(added + rng.randint(0, 30) * DAY, TOLD_UNTIL), _contact(rng, organisation)) for _ in range(rng.randint(1, 2)))
    return told
