"""The demo park's venture funds: six of them, the sixty companies that they own parts of, and every flow of money since 2012."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from parkmgr.demo import names
from parkmgr.demo.days import DAY, TOLD_UNTIL, months_on, working_day, years_from
from parkmgr.demo.deeds import (
    AddAccount,
    AddFund,
    AddOrganisation,
    CallCapital,
    CapitalReceived,
    Commit,
    Dated,
    Deed,
    Distribute,
    InvestRound,
    PayFromFund,
    SellCompany,
    ValueCompany,
    WriteOffCompany,
)
from parkmgr.demo.people import Cast, company
from parkmgr.values import Money, Names

COMPANIES = 60
TENANTS = 35
"""So many of the companies rent space in the parks."""
NOTICE = 35
"""Days from a notice to the day it is due: ten business days and more, whatever holidays lie between."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A fund: code, names, currency, vintage, size in millions, the park, and how its companies fared (multiples of what was paid)."""

    code: str
    names: Names
    currency: str
    vintage: int
    millions: int
    park: str
    fares: tuple[int, ...]
    """Per cent of what was paid that a company is worth at last; 0: written off."""


PLANS = (
    Plan(
        "SEED-1",
        Names("HIT Seed Fund I", "Посевной фонд ХПИ I", "哈工大种子基金一期"),
        "CNY",
        2012,
        120,
        "HIT",
        (0, 0, 60, 110, 150, 240, 320, 90, 0, 480),
    ),
    Plan(
        "GROWTH-1",
        Names("HIT Growth Fund I", "Фонд роста ХПИ I", "哈工大成长基金一期"),
        "CNY",
        2015,
        300,
        "HIT",
        (0, 130, 210, 170, 70, 380, 100, 0, 140, 260),
    ),
    Plan(
        "SRTV-1",
        Names("Sino-Russian Technology Ventures I", "Российско-китайские технологические инвестиции I", "中俄技术创投一期"),
        "USD",
        2016,
        80,
        "RCIP",
        (0, 90, 180, 140, 310, 120, 0, 160, 200, 110),
    ),
    Plan(
        "NEVA-1",
        Names("Neva Venture Fund", "Венчурный фонд «Нева»", "涅瓦创投基金"),
        "RUB",
        2018,
        2400,
        "RCIP",
        (40, 0, 130, 220, 100, 170, 0, 120, 150, 90),
    ),
    Plan(
        "SPACE-1",
        Names("Space and Materials Fund", "Фонд «Космос и материалы»", "空间与材料基金"),
        "USD",
        2021,
        60,
        "HIT",
        (100, 130, 0, 150, 110, 90, 180, 100, 120, 100),
    ),
    Plan(
        "SEED-2",
        Names("HIT Seed Fund II", "Посевной фонд ХПИ II", "哈工大种子基金二期"),
        "CNY",
        2024,
        200,
        "HIT",
        (100, 100, 120, 100, 100, 100, 150, 100, 100, 100),
    ),
)


@dataclass(slots=True)
class _Company:
    code: str
    paid: int
    """In the fund's smallest coin."""
    invested_on: date
    percent: int
    shares: int = 1_000_000
    gone: bool = False


@dataclass(slots=True)
class _Books:
    """What a fund has called and has in its account, so that the story asks for nothing that a fund could not do."""

    committed: int
    called: int = 0
    cash: int = 0
    calls: int = 0
    companies: list[_Company] = field(default_factory=list)


def deeds(seed: int, cast: Cast, tenants: Sequence[str]) -> list[Dated]:
    """Return the deeds of all funds. tenants: the codes of enterprises that rent space, whom funds invest in first."""
    rng = Random(f"ventures {seed}")  # noqa: S311 - a stream of its own
    managers = [organisation.code for organisation in cast.of_kind("fund_manager")]
    inside = rng.sample(sorted(tenants), TENANTS)
    outside = list(_strangers(rng, COMPANIES - TENANTS))
    companies = [*inside, *(organisation.code for organisation in outside)]
    rng.shuffle(companies)
    told: list[Dated] = []
    first: dict[str, date] = {}
    for number, plan in enumerate(PLANS):
        partners = _partners(rng, cast, plan)
        life = _Life(rng, plan, managers[number % 5], managers[5 + number % 5], partners, companies[number::6])
        for day, deed in life.told():
            told.append((day, deed))
            if isinstance(deed, InvestRound):
                first[deed.company] = min(day, first.get(deed.company, day))
    told.append((date(2026, 1, 19), AddAccount("funds@parkmgr.example", "Liu Yang", "fund_manager", ("HIT",), managers[0])))
    told.append((date(2026, 1, 19), AddAccount("partner@parkmgr.example", "Nikolay Zimin", "fund_partner", ("RCIP",), "SPBPU")))
    told += [(working_day(first[each.code] - 20 * DAY), each) for each in outside]
    return [(day, deed) for day, deed in told if day <= TOLD_UNTIL]


def _strangers(rng: Random, count: int) -> Iterator[AddOrganisation]:
    """Return companies that rent nothing."""
    roots = [(root, "RU") for root in names.RUSSIAN_ROOTS] + [(root, "CN") for root in names.CHINESE_ROOTS]
    chosen = rng.sample(roots, count)
    rayak = names.RUSSIAN_ROOTS[0]  # the one of which there is one company, found in any script
    instead = next(root for root in roots if root not in chosen and root[0] != rayak)
    for root, country in (instead if each[0] == rayak else each for each in chosen):
        words = ("Dynamics", "Динамика", "动力")
        yield company(rng, "enterprise", (f"{root[0]} {words[0]}", f"{root[1]} {words[1]}", f"{root[2]}{words[2]}"), country)


def _partners(rng: Random, cast: Cast, plan: Plan) -> list[str]:
    """Return who pays into a fund: universities of the founders, the park's operator, public bodies."""
    founders = [university.code for university in cast.universities[:24]]
    always = {"NEVA-1": "SPBPU", "SRTV-1": "SPBPU"}.get(plan.code, "HIT")
    others = rng.sample([code for code in founders if code != always], rng.randint(4, 7))
    public = [organisation.code for organisation in cast.of_kind("public_body")]
    return [always, *others, *public[: 1 + rng.randint(0, 1)], f"{plan.park}-PARK"]


class _Life:
    """The life of one fund, half-year by half-year."""

    def __init__(self, rng: Random, plan: Plan, manager: str, general: str, partners: list[str], companies: list[str]) -> None:
        self._rng, self._plan, self._manager, self._general = rng, plan, manager, general
        self._partners, self._names = partners, companies
        self._starts_on = working_day(date(plan.vintage, 3, 1) + rng.randint(0, 40) * DAY)
        self._books = _Books(0)
        self._unit = plan.millions * 100_000_000

    def _money(self, minor: int) -> Money:
        return Money(minor, self._plan.currency)

    def told(self) -> Iterator[Dated]:
        """Return its deeds, in order of time."""
        plan, begins = self._plan, self._starts_on
        ends_on = years_from(begins, 12)
        yield (
            begins,
            AddFund(
                plan.code, plan.park, plan.names, plan.currency, plan.vintage, self._money(self._unit), begins, ends_on, self._manager,
                self._general,
            ),
        )  # fmt: skip
        yield from self._commitments()
        waiting = list(zip(self._names, plan.fares, strict=True))
        for half in range(24):
            day = working_day(months_on(begins, 3 + 6 * half))
            if day > TOLD_UNTIL:
                return
            yield from self._half(day, half, waiting)

    def _commitments(self) -> Iterator[Dated]:
        weights = [self._rng.randint(4, 20) for _ in self._partners]
        for number, (partner, part) in enumerate(zip(self._partners, self._money(self._unit).split(weights), strict=True)):
            whole = Money(part.minor // 10_000_000 * 10_000_000, part.currency)
            day = self._starts_on + (DAY if number < len(self._partners) - 1 else 60 * DAY)
            self._books.committed += whole.minor
            yield working_day(day) if number else day, Commit(self._plan.code, partner, whole)

    def _half(self, day: date, half: int, waiting: list[tuple[str, int]]) -> Iterator[Dated]:
        """Return what happens in half a year: a call while there is something to buy, fees, values, an end of some companies."""
        books = self._books
        fee = books.committed // (100 if half < 10 else 200)
        often = 1 if self._plan.vintage > 2020 else 2
        buying = [waiting.pop(0) for _ in range(min(2, len(waiting)))] if half < 10 and half % often == 0 else []
        paid = [books.committed * self._rng.randint(50, 90) // 1000 for _ in buying]
        follow = books.committed * 2 // 100 if half in (5, 7) else 0
        need = sum(paid) + follow
        last_call = half < 10 and books.called + need + fee <= books.committed
        if last_call:
            yield from self._call(day, half, need, fee)
            day = day + (NOTICE + 12) * DAY
            for (code, percent), minor in zip(buying, paid, strict=True):
                yield from self._buy(day, code, percent, minor)
            if follow:
                yield from self._follow(day + 5 * DAY, follow)
        else:
            day = day + (NOTICE + 12) * DAY
        if books.cash > fee:
            books.cash -= fee
            yield day + 8 * DAY, PayFromFund(self._plan.code, "fee", self._money(fee))
        if books.cash > fee // 6:
            books.cash -= fee // 6
            yield day + 9 * DAY, PayFromFund(self._plan.code, "expense", self._money(fee // 6))
        if half % 2 == 1:
            yield from self._values(working_day(day + 60 * DAY), half)
        if half >= 7:
            yield from self._endings(working_day(day + 75 * DAY), half)

    def _call(self, day: date, half: int, need: int, fee: int) -> Iterator[Dated]:
        books = self._books
        books.calls += 1
        books.called += need + fee
        books.cash += need + fee
        name = f"{self._plan.code}/call-{books.calls}"
        lines = [("investment", self._money(need))] if need else []
        lines += [("fee", self._money(fee - fee // 6)), ("expense", self._money(fee // 6))]
        due_on = working_day(day + NOTICE * DAY)
        late = self._partners[-2] if half % 4 == 2 else ""
        yield day, CallCapital(name, self._plan.code, tuple(lines), due_on)
        yield due_on, CapitalReceived(name, late)
        if late:  # half of it a week later, the rest after that
            yield due_on + 7 * DAY, CapitalReceived(name)

    def _buy(self, day: date, code: str, percent: int, minor: int) -> Iterator[Dated]:
        """Return how a company was founded, and how the fund came into it."""
        one = _Company(code, minor, day, percent)
        self._books.cash -= minor
        self._books.companies.append(one)
        part = self._rng.randint(12, 34)
        others = self._rng.choice((0, 0, minor // 2))
        raised = minor + others
        post = raised * 100 // part
        issued = one.shares * part // (100 - part)
        mine = issued * minor // raised
        one.shares += issued
        code_of = self._plan.code
        yield day - 2 * DAY, InvestRound(self._plan.park, code, "Founding", "founding", self._money(0), None, 1_000_000)
        yield (
            day,
            InvestRound(
                self._plan.park, code, "Seed" if "SEED" in code_of else "A", "equity", self._money(raised), self._money(post), one.shares,
                ((code_of, self._money(minor), mine),),
            ),
        )  # fmt: skip

    def _follow(self, day: date, budget: int) -> Iterator[Dated]:
        """Return a second round of the company that fares best; more shares are issued to others, who dilute the fund."""
        books = self._books
        best = max((one for one in books.companies if not one.gone), key=lambda one: (one.percent, one.code))
        minor = budget
        raised = minor * 4
        post = raised * 6
        issued = best.shares // 5
        best.shares += issued
        best.paid += minor
        books.cash -= minor
        yield (
            day,
            InvestRound(
                self._plan.park, best.code, "B", "equity", self._money(raised), self._money(post), best.shares,
                ((self._plan.code, self._money(minor), issued // 4),),
            ),
        )  # fmt: skip

    def _values(self, day: date, half: int) -> Iterator[Dated]:
        """Return what the companies are worth, on the way from what was paid to what they will be."""
        methods = ("recent_investment", "milestones", "multiples", "cash_flows")
        for number, one in enumerate(self._books.companies):
            if one.gone or (day - one.invested_on).days < 150:
                continue
            way = min(100, (day - one.invested_on).days // 18)
            minor = one.paid * (100 * (100 - way) + one.percent * way) // 10_000
            if one.percent == 0 and way > 70:
                one.gone = True
                yield day + number * DAY, WriteOffCompany(self._plan.code, one.code, "Stopped its business")
            else:
                method = methods[min(3, half // 3)]
                yield day, ValueCompany(self._plan.code, one.code, self._money(minor), method)

    def _endings(self, day: date, half: int) -> Iterator[Dated]:
        """Return a sale of a grown company, and what partners get of it."""
        books = self._books
        ripe = [one for one in books.companies if not one.gone and (day - one.invested_on).days > 1700 and one.percent >= 110]
        if not ripe or half % 2 == 0:
            return
        one = ripe[0]
        one.gone = True
        proceeds = one.paid * one.percent // 100
        gain = proceeds - one.paid
        books.cash += proceeds
        yield day, SellCompany(self._plan.code, one.code, self._money(one.paid), self._money(gain))
        paid_out = proceeds * 9 // 10
        if paid_out > books.cash:
            return
        books.cash -= paid_out
        capital = min(one.paid, paid_out)
        lines: list[tuple[str, Money, bool]] = [("capital", self._money(capital), False)]
        if paid_out > capital:
            back = (paid_out - capital) // 5
            lines += [("gain", self._money(paid_out - capital - back), False)]
            if half < 14:
                lines.append(("capital", self._money(back), True))
            else:
                lines[-1] = ("gain", self._money(paid_out - capital), False)
        yield day + 10 * DAY, Distribute(f"{self._plan.code}/dist-{half}", self._plan.code, tuple(lines), day + 24 * DAY)


def organisations_of(deed: Deed) -> tuple[str, ...]:
    """Return the organisations that a deed of a fund needs in the register."""
    match deed:
        case AddFund():
            return deed.manager, deed.general_partner
        case Commit():
            return (deed.partner,)
        case InvestRound():
            return (deed.company,)
        case _:
            return ()
