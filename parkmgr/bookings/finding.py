"""Which spaces fit a need, and what is missing where they nearly do: one SELECT, and pure judgement over what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, FromClause, Integer, String, and_, case, column, func, literal, select, type_coerce, values
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from parkmgr.bookings import queries
from parkmgr.bookings.models import Feature, SpaceFeature
from parkmgr.bookings.queries import NO_CREW, Crew, RuleBook
from parkmgr.bookings.rules import DESK_OF_KIND, Answer, Conditions, Facts, PriceClass, Taken, Used, Who, fee, next_fit, objections
from parkmgr.calendars.rules import next_open, parse_week
from parkmgr.calendars.working_days import Calendar, calendar
from parkmgr.db import Instant, db
from parkmgr.errors import N_, Objection
from parkmgr.labs import queries as labs
from parkmgr.labs.rules import NO_BENCH, Bench, Worker
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import Hold
from parkmgr.organisations.models import Organisation
from parkmgr.people import queries as people
from parkmgr.places.models import APPARATUS, Building, Floor, Park, Particulars, Space
from parkmgr.policy import Actor
from parkmgr.values import Area, Money, Names, Span, day_of, totals

NEAR = 12
"""Near misses shown at most."""
AHEAD = timedelta(days=14)
"""How far ahead the earliest time is looked for at which a near miss would fit."""

SEATS = Objection("bookings.seats", N_("seats %(seats)s, not %(people)s"), "people")
SMALLER = Objection("bookings.smaller", N_("%(area)s, %(less)s less"), "area")
NOT_MEASURED = Objection("bookings.not_measured", N_("its area is not measured"), "area")
WITHOUT = Objection("bookings.without", N_("without %(features)s"), "features")
TAKEN_UNTIL = Objection("occupancy.taken", N_("taken until %(until)s"), "taken")
TAKEN_ON_DATES = Objection("occupancy.taken", N_("taken on %(taken)s of %(dates)s dates"), "taken")
TAKEN_FOR_GOOD = Objection("occupancy.taken", N_("taken without an end"), "taken")
ON_DATES = Objection("bookings.on_dates", N_("on %(against)s of %(dates)s dates: %(objection)s"))


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for. spans: one, or the dates of a series. features: codes."""

    spans: tuple[Span, ...]
    kind: str = ""
    people: int | None = None
    at_least: Area | None = None
    features: frozenset[str] = frozenset()
    building: str = ""

    @property
    def first(self) -> Span:
        """The only date, or the first."""
        return self.spans[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bookable space that exists then. taken: for each date of the need that it is held on, until when (with its turnaround)."""

    space_id: int
    code: str
    names: Names | None
    building: str
    building_names: Names
    floor: str
    kind: str
    area: Area | None
    capacity: int | None
    features: tuple[str, ...]
    conditions: Conditions
    exists_from: date
    exists_until: date
    taken: dict[int, datetime] = field(default_factory=dict)

    def is_like(self, other: Candidate) -> bool:
        """Tell whether the other would do instead: of the same kind, and of apparatus only its like."""
        return self.kind == other.kind and (self.kind not in APPARATUS or self.names == other.names)

    def lacks(self, need: Need, zone: ZoneInfo) -> list[Objection]:
        """Return what it lacks of the need, in words: seats, area, features, time."""
        missing = []
        if need.people is not None and self.capacity is not None and self.capacity < need.people:
            missing.append(SEATS.about(seats=self.capacity, people=need.people))
        if need.at_least is not None and self.area is None:
            missing.append(NOT_MEASURED)
        elif need.at_least is not None and self.area is not None and self.area < need.at_least:
            missing.append(SMALLER.about(area=self.area, less=Area(need.at_least.dm2 - self.area.dm2)))
        without = sorted(need.features - set(self.features))
        if without:
            missing.append(WITHOUT.about(features=", ".join(without)))
        return missing + self._taken(need, zone)

    def _taken(self, need: Need, zone: ZoneInfo) -> list[Objection]:
        if not self.taken:
            return []
        if len(need.spans) > 1:
            return [TAKEN_ON_DATES.about(taken=len(self.taken), dates=len(need.spans))]
        [until] = self.taken.values()
        if until.year == 9999:
            return [TAKEN_FOR_GOOD]
        same_day = day_of(until, zone) == day_of(need.first.starts_at, zone)
        return [TAKEN_UNTIL.about(until=f"{until.astimezone(zone):%H:%M}" if same_day else until)]


# Questions


def _last_end(space_id: Any, until: ColumnElement[datetime] | datetime, *inside: FromClause) -> ColumnElement[datetime]:
    """Return when the last hold of a unit ends that starts before an instant: holds of a unit never overlap, so only that one can be
    in the way.
    """
    hold = aliased(Hold)
    wanted = select(hold.ends_at).where(hold.space_id == space_id, hold.withdrawn_at.is_(None), hold.starts_at < until)
    return wanted.order_by(hold.starts_at.desc()).limit(1).correlate(*inside).scalar_subquery()


def _wholes(roots: Any) -> CTE:
    """Return the parts of divided spaces, under the space (root_id) that they make up; *roots* selects id and divided of the wholes."""
    tree: CTE = roots.cte("wholes", recursive=True)
    part = aliased(Space)
    return tree.union_all(select(tree.c.root_id, part.id, part.divided).where(part.parent_id == tree.c.space_id))


def _particulars_on(day: date) -> ColumnElement[bool]:
    return and_(
        Particulars.space_id == Space.id, Particulars.withdrawn_at.is_(None), Particulars.starts_on <= day, Particulars.ends_on > day
    )


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A bookable space that nobody has in the span."""

    space_id: int
    code: str
    kind: str
    area: Area | None
    capacity: int | None


def free_rooms(
    park_id: int, span: Span, *, zone: ZoneInfo | None = None, kind: str = "", people: int | None = None, at_least: Area | None = None
) -> list[FreeRoom]:
    """Which bookable spaces of the park, units and wholes, does nobody hold in *span*? In order of code.

    What rules say to it is another question (search). zone: the park's, for the day on which they must exist. The cost grows with the
    spaces, not with what was ever booked: one look-up in the ledger's index for each unit.
    """
    day = day_of(span.starts_at, zone or ZoneInfo("UTC"))
    divided = select(Space.id.label("root_id"), Space.id.label("space_id"), Space.divided.label("divided"))
    parts = _wholes(divided.where(Space.park_id == park_id, Space.bookable.is_(True), Space.divided.is_(True)))
    end = _last_end(Space.id, span.ends_at, Space.__table__)
    with_held_parts = select(parts.c.root_id).where(
        parts.c.divided.is_(False), _last_end(parts.c.space_id, span.ends_at, parts) > span.starts_at
    )
    wanted: list[ColumnElement[bool]] = [
        Space.park_id == park_id,
        Space.bookable.is_(True),
        func.coalesce(end, span.starts_at, type_=Instant()) <= span.starts_at,
        Space.id.not_in(with_held_parts),
    ]
    if kind:
        wanted.append(Particulars.kind == kind)
    if people is not None:
        wanted.append(Particulars.capacity >= people)
    if at_least is not None:
        wanted.append(Particulars.area >= at_least)
    rows = db.session.execute(
        select(Space.id, Space.code, Particulars.kind, Particulars.area, Particulars.capacity)
        .join(Particulars, _particulars_on(day))
        .where(*wanted)
        .order_by(Space.code)
    )
    return [FreeRoom(*row) for row in rows]


def _features() -> ColumnElement[str]:
    """Return the codes of a space's features, in order, joined by line breaks. (Feature codes are one line.)"""
    listed = (
        select(Feature.code.label("code"))
        .join(SpaceFeature, SpaceFeature.feature_id == Feature.id)
        .where(SpaceFeature.space_id == Space.id)
        .correlate(Space)
    )
    if db.engine.dialect.name == "sqlite":
        inner = listed.order_by(Feature.code).subquery()
        return select(func.group_concat(inner.c.code, "\n")).scalar_subquery()
    joined = func.string_agg(Feature.code, aggregate_order_by(literal("\n", String), Feature.code))
    return listed.with_only_columns(joined).scalar_subquery()


def _turns(book: RuleBook) -> list[timedelta]:
    """Return the different turnarounds of the park's rules; the first is that of spaces without rules of their own."""
    every = [rules.turnaround for rules in (*book.of_kind.values(), *book.of_space.values())]
    usual = book.of_kind[""].turnaround if "" in book.of_kind else timedelta()
    return [usual, *sorted(set(every) - {usual})]


def _turn_of(book: RuleBook, turns: Sequence[timedelta]) -> ColumnElement[int]:
    """Return which of the turnarounds a space has."""
    spaces = [(Space.id == space_id, turns.index(rules.turnaround)) for space_id, rules in book.of_space.items()]
    kinds = [(Particulars.kind == kind, turns.index(rules.turnaround)) for kind, rules in book.of_kind.items() if kind]
    lines = [(condition, literal(turn, Integer)) for condition, turn in (*spaces, *kinds)]
    return case(*lines, else_=literal(0, Integer)) if len(turns) > 1 else literal(0, Integer)


def _dates(spans: Sequence[Span], turns: Sequence[timedelta]) -> CTE:
    """Return the dates: number, starts_at, and for each turnaround when the hold would end."""
    columns: list[Any] = [
        column("number", Integer),
        column("starts_at", Instant()),
        *(column(f"end_{n}", Instant()) for n in range(len(turns))),
    ]
    rows = [(n, span.starts_at, *(span.ends_at + turn for turn in turns)) for n, span in enumerate(spans)]
    return values(*columns, name="asked").data(rows).cte("dates")


def _exists_until(need: Need, day: date) -> ColumnElement[date]:
    """Return the day on which the space is no more, looked for as far as the dates reach: it may change on the way."""
    later = aliased(Particulars)
    last = day + (need.spans[-1].ends_at - need.first.starts_at) + timedelta(days=1)
    wanted = select(func.max(later.ends_on)).where(later.space_id == Space.id, later.withdrawn_at.is_(None), later.starts_on <= last)
    return wanted.correlate(Space).scalar_subquery()


def _found(park_id: int, need: Need, book: RuleBook, turns: Sequence[timedelta], day: date) -> CTE:
    wanted: list[ColumnElement[bool]] = [Space.park_id == park_id, Space.bookable.is_(True)]
    if need.kind:
        wanted.append(Particulars.kind == need.kind)
    if need.building:
        wanted.append(Building.code == need.building)
    shown: tuple[Any, ...] = (
        Space.id.label("id"),
        Space.divided.label("divided"),
        Space.code.label("code"),
        Space.name_en,
        Space.name_ru,
        Space.name_zh,
        Building.code.label("building"),
        Building.name_en.label("building_en"),
        Building.name_ru.label("building_ru"),
        Building.name_zh.label("building_zh"),
        func.coalesce(Floor.label, "").label("floor"),
        Particulars.kind.label("kind"),
        Particulars.area.label("area"),
        Particulars.capacity.label("capacity"),
        Particulars.starts_on.label("starts_on"),
        _exists_until(need, day).label("ends_on"),
        _features().label("features"),
        _turn_of(book, turns).label("turn"),
    )
    return (
        select(*shown)
        .select_from(Space)
        .join(Building, Building.id == Space.building_id)
        .join(Particulars, _particulars_on(day))
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .where(*wanted)
        .cte("found")
    )


def _busy(found: CTE, dates: CTE, turns: Sequence[timedelta]) -> Any:
    """Return until when the candidates are held, for each date that they are held on."""
    parts = _wholes(select(found.c.id.label("root_id"), found.c.id.label("space_id"), found.c.divided).where(found.c.divided.is_(True)))
    units = (
        select(found.c.id.label("root_id"), found.c.id.label("space_id"), found.c.turn)
        .where(found.c.divided.is_(False))
        .union_all(
            select(parts.c.root_id, parts.c.space_id, found.c.turn)
            .join(found, found.c.id == parts.c.root_id)
            .where(parts.c.divided.is_(False))
        )
        .cte("units")
    )
    ends: ColumnElement[datetime] = dates.c.end_0
    if len(turns) > 1:
        ends = case(*((units.c.turn == n, dates.c[f"end_{n}"]) for n in range(1, len(turns))), else_=dates.c.end_0)
    each = (
        select(units.c.root_id, dates.c.number, dates.c.starts_at, _last_end(units.c.space_id, ends, units, dates).label("until"))
        .join_from(units, dates, literal(True))
        .subquery("each_unit")
    )
    until = type_coerce(func.max(each.c.until), Instant())
    return (
        select(each.c.root_id, each.c.number, until.label("until"))
        .group_by(each.c.root_id, each.c.number)
        .having(until > func.max(each.c.starts_at, type_=Instant()))
        .subquery("busy")
    )


def candidates(park: Park, need: Need, book: RuleBook) -> list[Candidate]:
    """Which bookable spaces of the kind exist on the first date, what are they, and on which dates are they held? One SELECT.

    A whole is held when any of its units is.
    """
    turns = _turns(book)
    found = _found(park.id, need, book, turns, day_of(need.first.starts_at, park.zone))
    busy = _busy(found, _dates(need.spans, turns), turns)
    rows = db.session.execute(
        select(found, busy.c.number, busy.c.until)
        .outerjoin(busy, busy.c.root_id == found.c.id)
        .order_by(found.c.code, found.c.id, busy.c.number)
    )
    listed: dict[int, Candidate] = {}
    for row in rows:
        under = book.nearest(row.id, row.kind, bookable=True)
        if under is None:
            continue
        if row.id not in listed:
            listed[row.id] = _candidate(row, under)
        if row.until is not None:
            listed[row.id].taken[row.number] = row.until
    return list(listed.values())


def _candidate(row: Any, under: Conditions) -> Candidate:
    given = (row.name_en, row.name_ru, row.name_zh)
    return Candidate(
        space_id=row.id,
        code=row.code,
        names=Names(*given) if any(given) else None,
        building=row.building,
        building_names=Names(row.building_en or row.building, row.building_ru, row.building_zh),
        floor=row.floor,
        kind=row.kind,
        area=row.area,
        capacity=row.capacity,
        features=tuple(row.features.split("\n")) if row.features else (),
        conditions=under,
        exists_from=row.starts_on,
        exists_until=row.ends_on,
    )


def held(space_ids: Iterable[int], span: Span, park: Park, actor: Actor) -> dict[int, tuple[Taken, ...]]:
    """When are the spaces held in *span*, and by whom as far as the actor may know? One SELECT."""
    found: dict[int, list[Taken]] = {space_id: [] for space_id in space_ids}
    if found:
        sees_all, own = actor.sees_all(park.id), actor.organisations(park.id)
        for overlap in ledger.overlapping(found, span):
            known = sees_all or overlap.held.holder_id in own
            found[overlap.asked_id].append(
                Taken(overlap.held.span, overlap.held.holder if known else None, overlap.held.document if known else "", overlap.held.kind)
            )
    return {space_id: tuple(taken) for space_id, taken in found.items()}


# Judgement


@dataclass(frozen=True, slots=True)
class Fit:
    """What the park says of one candidate. missing: in words; empty when it fits. price: of all dates; None where it costs nothing.

    at: the earliest start at which it would fit; None when there is none soon, or when it was not looked for.
    """

    candidate: Candidate
    answer: Answer
    price: Money | None
    missing: tuple[Objection, ...]
    at: datetime | None = None

    @property
    def fits(self) -> bool:
        """Whether it can be booked as it was asked for."""
        return not self.missing

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        one = self.candidate
        return {
            "code": one.code,
            "building": one.building,
            "floor": one.floor,
            "kind": one.kind,
            "capacity": one.capacity,
            "area_m2": str(one.area.m2) if one.area else None,
            "features": list(one.features),
            "answer": self.answer.value,
            "price": str(self.price) if self.price else None,
        }


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what bears on every space alike. decides: requests of this person are not asked about."""

    who: Who
    zone: ZoneInfo
    calendar: Calendar
    now: datetime
    decides: bool = False
    used: Mapping[int, tuple[Used, ...]] = field(default_factory=dict)
    at_work: Mapping[int, tuple[Bench, Worker | None, Worker | None]] = field(default_factory=dict)
    """In laboratories: what each space asks for, who works there, and the second person."""

    def facts(self, candidate: Candidate, taken: tuple[Taken, ...] = ()) -> Facts:
        """Return what bears on a candidate; its seats are left out, they are a matter of what it lacks."""
        bench, worker, buddy = self.at_work.get(candidate.space_id, (NO_BENCH, None, None))
        return Facts(
            kind=candidate.kind,
            bench=bench,
            worker=worker,
            buddy=buddy,
            space=candidate.code,
            zone=self.zone,
            weekday_of=self.calendar.weekday_of,
            conditions=candidate.conditions,
            who=self.who,
            exists_from=candidate.exists_from,
            exists_until=candidate.exists_until,
            held=taken,
            used=self.used.get(candidate.conditions.rules_id, ()),
        )

    def answer(self, conditions: Conditions) -> Answer:
        """Return whether a booking stands at once, waits, or is not taken."""
        said = conditions.answer_to(self.who)
        return Answer.INSTANT if said is Answer.APPROVAL and self.decides and not conditions.four_eyes else said


def judged(found: Sequence[Candidate], need: Need, asking: Asking) -> list[Fit]:
    """Return what the park says of each candidate: those that fit first, the smallest of them first; then those that miss least.

    Rules are looked at once for all spaces that are booked under the same ones.
    """
    said: dict[tuple[int, date, date, int], tuple[Objection, ...]] = {}
    fits = []
    for candidate in found:
        own = candidate.space_id if candidate.space_id in asking.at_work else 0
        key = (candidate.conditions.rules_id, candidate.exists_from, candidate.exists_until, own)
        if key not in said:
            said[key] = _against(need, asking.facts(candidate), asking.now)
        against = tuple(_named(objection, candidate.code) for objection in said[key])
        fits.append(
            Fit(
                candidate,
                asking.answer(candidate.conditions),
                price_of(candidate.conditions, asking.who.price_class, need.spans),
                (*candidate.lacks(need, asking.zone), *against),
            )
        )
    return sorted(fits, key=_rank)


def _rank(fit: Fit) -> tuple[object, ...]:
    candidate = fit.candidate
    closed = fit.answer is Answer.CLOSED
    by_size = (candidate.capacity or 0, candidate.area.dm2 if candidate.area else 0)
    return (closed, len(fit.missing), fit.answer is not Answer.INSTANT, *by_size, candidate.code)


def _named(objection: Objection, space: str) -> Objection:
    inner = objection.facts.get("objection")
    return objection.about(objection=inner.about(space=space)) if isinstance(inner, Objection) else objection.about(space=space)


def _against(need: Need, facts: Facts, now: datetime) -> tuple[Objection, ...]:
    """Return what the rules have against the dates; of several dates each objection stands once, with how many dates it is about."""
    if len(need.spans) == 1:
        return tuple(objections(need.first, need.people or 1, facts, now))
    count: dict[str, list[Objection]] = {}
    for span in need.spans:
        for objection in objections(span, need.people or 1, facts, now):
            count.setdefault(objection.code, []).append(objection)
        if facts.conditions is not None and facts.conditions.quotas:
            facts = replace(facts, used=(*facts.used, Used(span, True)))
    return tuple(
        replace(ON_DATES, code=code).about(against=len(each), dates=len(need.spans), objection=each[0]) for code, each in count.items()
    )


def price_of(conditions: Conditions, price_class: PriceClass, spans: Sequence[Span]) -> Money | None:
    """Return what all the dates cost together; None where it costs nothing."""
    per_hour = conditions.per_hour(price_class)
    prices = [price for price in (fee(per_hour, span) for span in spans) if price is not None]
    return totals(prices)[prices[0].currency] if prices else None


def earliest(fit: Fit, need: Need, asking: Asking, taken: tuple[Taken, ...]) -> datetime | None:
    """Return the earliest start from the one asked for on at which nothing would be against it; None when none is within AHEAD."""
    if len(need.spans) > 1 or fit.answer is Answer.CLOSED:
        return None
    facts = asking.facts(fit.candidate, taken)
    span = need.first
    at = next_fit(span.length, facts, max(span.starts_at, asking.now), asking.now, until=span.starts_at + AHEAD)
    return None if at is None or objections(Span(at, at + span.length), need.people or 1, facts, asking.now) else at


def asking(park: Park, organisation: Organisation | None, need: Need, book: RuleBook, *, actor: Actor, now: datetime) -> Asking:
    """Who asks? Without an organisation: nobody in particular, from outside."""
    roles = frozenset(str(role) for role in actor.roles(park.id))
    found = queries.who(park, organisation, actor, now) if organisation else Who("", "", PriceClass.OUTSIDE, roles)
    quotas = any(rules.quotas for rules in (*book.of_kind.values(), *book.of_space.values()))
    used = queries.used(park, organisation, actor.user_id, book, need.first.starts_at, now) if organisation and quotas else {}
    return Asking(found, park.zone, calendar(park.country), now, actor.may("bookings.approve", park.id), used)


def with_labs(who: Asking, found: Sequence[Candidate], park: Park, actor: Actor, crew: Crew = NO_CREW) -> Asking:
    """Who asks, with the permits of who would work in laboratories; nobody named is the actor's own person. In six SELECTs at most."""
    in_labs = [one.space_id for one in found if DESK_OF_KIND.get(one.kind) == "lab"]
    if not in_labs:
        return who
    places = labs.places(in_labs)
    person_id = crew.person_id or people.person_of(park.id, actor.user_id)
    ids = [id_ for id_ in (person_id, crew.buddy_id) if id_ is not None]
    workers = labs.workers(ids, places) if ids else {}
    at_work = {
        id_: (place.bench, workers.get((person_id or 0, id_)), workers.get((crew.buddy_id or 0, id_))) for id_, place in places.items()
    }
    return replace(who, at_work=at_work)


def are_in_labs(park_id: int, codes: Sequence[str], now: datetime) -> bool:
    """Is one of the spaces given out by the laboratories?"""
    codes = [code for code in codes if code.isprintable()]  # PostgreSQL knows no text with a zero byte
    wanted = select(Particulars.id).join(Space, Space.id == Particulars.space_id)
    of_labs = [kind for kind, desk in DESK_OF_KIND.items() if desk == "lab"]
    wanted = wanted.where(
        Space.park_id == park_id, Space.code.in_(codes), Particulars.kind.in_(of_labs), Particulars.withdrawn_at.is_(None),
        Particulars.ends_on > (now - timedelta(days=1)).date(),
    )  # fmt: skip
    return bool(codes) and db.session.scalar(wanted.limit(1)) is not None


def search(
    park: Park, need: Need, organisation: Organisation | None = None, *, actor: Actor, now: datetime
) -> tuple[list[Fit], list[Fit], Asking]:
    """Which spaces fit, which nearly do (at most NEAR, each with the earliest time at which it would), and who was asking?"""
    book = queries.rule_book(park.id)
    who = asking(park, organisation, need, book, actor=actor, now=now)
    found = candidates(park, need, book)
    who = with_labs(who, found, park, actor)
    fits = judged(found, need, who)
    exact = [fit for fit in fits if fit.fits]
    near = [fit for fit in fits if not fit.fits][:NEAR]
    taken: dict[int, tuple[Taken, ...]] = {}
    if near and len(need.spans) == 1:
        ahead = Span(need.first.starts_at, need.first.ends_at + AHEAD + timedelta(days=1))
        taken = held([fit.candidate.space_id for fit in near], ahead, park, actor)
    return exact, [replace(fit, at=earliest(fit, need, who, taken.get(fit.candidate.space_id, ()))) for fit in near], who


def proposed_start(park: Park, now: datetime) -> datetime:
    """Return the wall time that a form proposes: 10:00 on the next working day."""
    weekdays = parse_week("Mon-Fri 10:00-18:00")
    tomorrow = now + timedelta(days=1)
    at = next_open(
        weekdays,
        timedelta(hours=8),
        tomorrow.astimezone(park.zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC),
        park.zone,
        _without_weekends(calendar(park.country)),
        step_minutes=15,
        until=tomorrow + timedelta(days=30),
    )
    return (at or tomorrow).astimezone(park.zone).replace(tzinfo=None, second=0, microsecond=0)


def _without_weekends(days: Calendar) -> Callable[[date], int | None]:
    return lambda day: 1 if days.is_working_day(day) else None
