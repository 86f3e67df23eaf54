"""Every question about residencies and homes. The state of all homes of a park on a day is one SELECT."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from parkmgr.accounts import queries as accounts
from parkmgr.accounts.models import User
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.housing import rules
from parkmgr.housing.models import Application, Check, CheckLine, Deduction, MeterReading, Residency, ResidencyTerms, Vacancy
from parkmgr.housing.rules import BED, FLAT, LIVE, Asking, Home, Standing, State
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Building, Floor, Park, Particulars, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.values import Area, Names, Span, Term, day_of, last_day, midnight

DAY = timedelta(days=1)
LASTING = (HoldKind.LEASE.value, HoldKind.RESIDENCY.value)

# The homes of a park on a day


@dataclass(frozen=True, slots=True)
class HomeOn:
    """A flat or a bed on a day. A divided flat stands before its beds and has no hold itself; its state comes from theirs."""

    space_id: int
    code: str
    building_id: int
    building: str
    building_names: Names
    level: int | None
    kind: str
    parent_id: int | None
    divided: bool
    area: Area | None
    hold: str
    document: str
    ends_on: date | None
    residency: str
    notice_on: date | None
    coming: str
    vacated_on: date | None
    holder_id: int | None = None

    @property
    def standing(self) -> Standing:
        """What bears on its state."""
        return Standing(self.hold, self.residency, self.notice_on, bool(self.coming), self.vacated_on is not None)


def homes(park_id: int, day: date, known: datetime | None = None, *, building: str = "") -> list[HomeOn]:
    """Which flats and beds does the park (or one building of it) have on the day, and what bears on the state of each?

    In order of building, floor and code. Holds are as known at an instant (None: now); notice, moves and vacancies carry their own days.
    """
    park = db.session.get_one(Park, park_id)
    rows = db.session.execute(_homes(park, day, known, building))
    return [_home(row, park) for row in rows]


def _homes(park: Park, day: date, known: datetime | None, building: str) -> Select[Any]:
    at, ends_at = midnight(day, park.zone), midnight(day + DAY, park.zone)
    later, next_one = aliased(Hold), aliased(Residency)
    coming = (
        select(later.document)
        .join(next_one, next_one.number == later.document)
        .where(
            later.space_id == Space.id,
            later.kind == HoldKind.RESIDENCY.value,
            later.starts_at > at,
            later.known(known),
            func.coalesce(next_one.offered_at, next_one.agreed_at) < ends_at,
        )
        .order_by(later.starts_at)
        .limit(1)
        .correlate(Space)
        .scalar_subquery()
    )
    vacated = (
        select(func.max(Vacancy.vacated_on))
        .where(
            or_(Vacancy.space_id == Space.id, Vacancy.space_id == Space.parent_id),
            Vacancy.vacated_on <= day,
            or_(Vacancy.ready_on.is_(None), Vacancy.ready_on > day),
        )
        .correlate(Space)
        .scalar_subquery()
    )
    columns: list[Any] = [
        Space.id,
        Space.code,
        Building.id,
        Building.code,
        Building.name_en,
        Building.name_ru,
        Building.name_zh,
        Floor.level,
        Particulars.kind,
        Space.parent_id,
        Space.divided,
        Particulars.area,
        Hold.kind,
        Hold.document,
        Hold.starts_at,
        Hold.ends_at,
        Hold.holder_id,
        Residency.state,
        Residency.notice_on,
        coming,
        vacated,
    ]
    wanted: Select[Any] = (
        select(*columns)
        .join(Building, Building.id == Space.building_id)
        .join(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.known(known),
                Particulars.starts_on <= day,
                Particulars.ends_on > day,
                Particulars.kind.in_((FLAT, BED)),
            ),
        )
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .outerjoin(Hold, and_(Hold.space_id == Space.id, Hold.known(known), Hold.starts_at <= at, Hold.ends_at > at))
        .outerjoin(Residency, and_(Residency.number == Hold.document, Hold.kind == HoldKind.RESIDENCY.value))
        .where(Space.park_id == park.id)
        .order_by(Building.code, Floor.level, Space.code)
    )
    return wanted.where(Building.code == building) if building else wanted


def _home(row: Any, park: Park) -> HomeOn:
    space_id, code, building_id, building, english, russian, chinese, level, kind, parent_id, divided, area, hold, document, *rest = row
    starts_at, ends_at, holder_id, state, notice_on, coming, vacated_on = rest
    return HomeOn(
        space_id,
        code,
        building_id,
        building,
        Names(english, russian, chinese),
        level,
        kind,
        parent_id,
        divided,
        area,
        hold or "",
        document or "",
        None if hold is None else last_day(Span(starts_at, ends_at), park.zone),
        state or "",
        notice_on,
        coming or "",
        vacated_on,
        holder_id,
    )


def states(found: Iterable[HomeOn], day: date) -> dict[int, Home]:
    """What is each of the homes on the day, by the id of its space? A divided flat is what its beds are together."""
    listed = list(found)
    made = {home.space_id: rules.home_state(home.standing, day) for home in listed if not home.divided}
    beds: dict[int, list[Home]] = {}
    for home in listed:
        if home.parent_id is not None and not home.divided:
            beds.setdefault(home.parent_id, []).append(made[home.space_id])
    for home in listed:
        if home.divided:
            made[home.space_id] = rules.shared_state(beds.get(home.space_id, [Home.READY]))
    return made


# Void days and turnaround


@dataclass(frozen=True, slots=True)
class Void:
    """On how many days of a period a flat or a bed stood empty, and was not in works. there: days on which it existed."""

    space_id: int
    code: str
    building: str
    kind: str
    days: int
    there: int


def voids(park: Park, period: Term, known: datetime | None = None) -> list[Void]:
    """On how many days of the period (with an end) was each flat or bed without parts empty, as known at an instant? One SELECT."""
    if period.ends_on is None:
        raise ValueError("void days are counted over a period with an end")
    span = period.span(park.zone)
    rows = db.session.execute(
        select(
            Space.id,
            Space.code,
            Building.code,
            Particulars.kind,
            Particulars.id,
            Particulars.starts_on,
            Particulars.ends_on,
            Hold.kind,
            Hold.starts_at,
            Hold.ends_at,
        )
        .join(Building, Building.id == Space.building_id)
        .join(
            Particulars,
            and_(
                Particulars.space_id == Space.id,
                Particulars.known(known),
                Particulars.starts_on <= period.ends_on,
                Particulars.ends_on > period.starts_on,
                Particulars.kind.in_((FLAT, BED)),
                Particulars.lettable.is_(True),
            ),
        )
        .outerjoin(Hold, and_(Hold.space_id == Space.id, Hold.known(known), Hold.starts_at < span.ends_at, Hold.ends_at > span.starts_at))
        .where(Space.park_id == park.id, Space.divided.is_(False))
        .order_by(Building.code, Space.code, Particulars.starts_on, Hold.starts_at)
    )
    of_space: dict[int, list[Any]] = {}
    for row in rows:
        of_space.setdefault(row[0], []).append(row)
    return [_void(of_one, period, park) for of_one in of_space.values()]


def _void(rows: Sequence[Any], period: Term, park: Park) -> Void:
    there = [Term(row[5], None if row[6] == date.max else row[6] - DAY) for row in {row[4]: row for row in rows}.values()]
    taken: list[Term] = []
    works: list[Term] = []
    for kind, starts_at, ends_at in {tuple(row[7:10]) for row in rows if row[7] is not None}:
        days = Term(day_of(starts_at, park.zone), last_day(Span(starts_at, ends_at), park.zone))
        (works if kind == HoldKind.CLOSURE.value else taken).append(days)
    first = rows[0]
    return Void(
        first[0],
        first[1],
        first[2],
        first[3],
        rules.void_days(period, there=there, taken=taken, works=works),
        rules.void_days(period, there=there, taken=(), works=()),
    )


def turnarounds(park_id: int, since: date, until: date) -> list[int]:
    """How many days did each home stand empty that was vacated, and moved into in [since, until]? One SELECT."""
    following = (
        select(func.min(Residency.moved_on))
        .where(Residency.space_id == Vacancy.space_id, Residency.moved_on >= Vacancy.vacated_on)
        .correlate(Vacancy)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Vacancy.vacated_on, following).where(Vacancy.park_id == park_id, following >= since, following <= until)
    )
    return [rules.turnaround(vacated_on, moved_on) for vacated_on, moved_on in rows if moved_on is not None]


def waiting(park_id: int) -> int:
    """How many applications wait for a home?"""
    return (
        db.session.scalar(select(func.count(Application.id)).where(Application.park_id == park_id, Application.state == Asking.WAITING))
        or 0
    )


# Residencies


def readable(actor: Actor, deed: str = "housing.residency") -> ColumnElement[bool]:
    """Which residencies may this actor do this deed with? A liaison: those that her organisation stands for."""
    open_: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else Residency.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Residency.organisation_id == grant.organisation_id)
        open_.append(there)
    return or_(false(), *open_)


_WHOLE = (
    joinedload(Residency.space).joinedload(Space.park),
    joinedload(Residency.space).joinedload(Space.building),
    joinedload(Residency.person).joinedload(Person.user),
    joinedload(Residency.organisation),
    joinedload(Residency.application),
    joinedload(Residency.follows),
)


def residency(number: str, actor: Actor, deed: str = "housing.residency", *, park: str = "") -> Residency:
    """Which residency has the number? With space, park, person, organisation, application and the one that it follows.

    Raises:
        Missing: there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Residency).where(Residency.number == number, readable(actor, deed)).options(*_WHOLE)
    if park:
        wanted = wanted.join(Park, Park.id == Residency.park_id).where(Park.code == park)
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise Missing
    return found


def residencies_of(ids: Collection[int]) -> list[Residency]:
    """Which residencies have the ids? With all that is needed to change them, in order of number."""
    return list(db.session.scalars(select(Residency).where(Residency.id.in_(ids)).options(*_WHOLE).order_by(Residency.number)).unique())


def of_key(key: str) -> Residency | None:
    """Which residency was made with this key?"""
    return db.session.scalars(select(Residency).where(Residency.key == key).options(*_WHOLE)).unique().one_or_none()


def followed_by(residency_id: int) -> str:
    """Which residency goes on from this one, by a transfer or a swap? Its number, or empty."""
    return db.session.scalars(select(Residency.number).where(Residency.follows_id == residency_id).limit(1)).one_or_none() or ""


def terms(residency_id: int, known: datetime | None = None) -> list[ResidencyTerms]:
    """What was agreed for the residency, as known at an instant (None: now), in order of days?"""
    return terms_of([residency_id], known).get(residency_id, [])


def terms_of(ids: Collection[int], known: datetime | None = None) -> dict[int, list[ResidencyTerms]]:
    """What was agreed for each of the residencies, as known at an instant, in order of days?"""
    found: dict[int, list[ResidencyTerms]] = {}
    wanted = select(ResidencyTerms).where(ResidencyTerms.residency_id.in_(ids), ResidencyTerms.known(known))
    for row in db.session.scalars(wanted.order_by(ResidencyTerms.residency_id, ResidencyTerms.from_on)):
        found.setdefault(row.residency_id, []).append(row)
    return found


def every_terms(residency_id: int) -> list[ResidencyTerms]:
    """What was ever agreed for the residency, also what was withdrawn since, latest knowledge first?"""
    wanted = select(ResidencyTerms).where(ResidencyTerms.residency_id == residency_id)
    return list(
        db.session.scalars(wanted.order_by(ResidencyTerms.recorded_at.desc(), ResidencyTerms.from_on.desc(), ResidencyTerms.id.desc()))
    )


def parks() -> list[int]:
    """Which parks have homes that somebody lives in, by id?"""
    return list(
        db.session.scalars(select(Residency.park_id).where(Residency.state.in_(sorted(LIVE))).distinct().order_by(Residency.park_id))
    )


def lives_in(person_ids: Collection[int], *, but: Collection[int] = ()) -> dict[int, list[rules.Elsewhere]]:
    """Which homes have the people now or to come, by the days agreed? Residencies *but* do not count."""
    found: dict[int, list[rules.Elsewhere]] = {}
    rows = db.session.execute(
        select(
            Residency.person_id,
            Residency.number,
            Space.code,
            func.min(ResidencyTerms.starts_on),
            func.max(case((ResidencyTerms.ends_on.is_(None), date.max), else_=ResidencyTerms.ends_on)),
        )
        .join(Space, Space.id == Residency.space_id)
        .join(ResidencyTerms, and_(ResidencyTerms.residency_id == Residency.id, ResidencyTerms.withdrawn_at.is_(None)))
        .where(Residency.person_id.in_(person_ids), Residency.state.in_(sorted(LIVE)), Residency.id.not_in(but))
        .group_by(Residency.person_id, Residency.number, Space.code)
        .order_by(Residency.number)
    )
    for person_id, number, code, starts_on, ends_on in rows:
        last = date.fromisoformat(ends_on) if isinstance(ends_on, str) else ends_on
        days = Term(starts_on, None if last == date.max else last)
        found.setdefault(person_id, []).append(rules.Elsewhere(number, code, days))
    return found


# Lists


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which residencies. state: one, or `live`. organisation_id, building_code: whose, where. rent: staff | market. text: of a number."""

    text: str = ""
    state: str = ""
    building: str = ""
    organisation: str = ""
    rent: str = ""
    ends_after: date | None = None
    ends_before: date | None = None


_LAST = aliased(ResidencyTerms)


def _last_terms() -> ColumnElement[int]:
    """Return the id of the terms that hold at the end of a residency: one row for each."""
    last = aliased(ResidencyTerms)
    return (
        select(last.id)
        .where(last.residency_id == Residency.id, last.withdrawn_at.is_(None))
        .order_by(last.from_on.desc())
        .limit(1)
        .correlate(Residency)
        .scalar_subquery()
    )


STARTS_ON, ENDS_ON, MINOR = _LAST.starts_on, _LAST.ends_on, _LAST.minor


def residencies(park_id: int, actor: Actor, wanted: Wanted) -> Select[Any]:
    """Return the SELECT of the park's residencies that the actor may read.

    Rows have: id, number, state, space, building, kind, person, people, organisation (its code), name_en, name_ru, name_zh, starts_on,
    ends_on, minor, currency, staff, notice_on, left_on.
    """
    columns: list[Any] = [
        Residency.id,
        Residency.number,
        Residency.state,
        Space.code.label("space"),
        Building.code.label("building"),
        Person.number.label("person"),
        Residency.people,
        Organisation.code.label("organisation"),
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        _LAST.starts_on,
        _LAST.ends_on,
        _LAST.minor,
        _LAST.currency,
        _LAST.staff,
        Residency.notice_on,
        Residency.left_on,
    ]
    found: Select[Any] = (
        select(*columns)
        .join(Space, Space.id == Residency.space_id)
        .join(Building, Building.id == Space.building_id)
        .join(Person, Person.id == Residency.person_id)
        .join(Organisation, Organisation.id == Residency.organisation_id)
        .outerjoin(_LAST, _LAST.id == _last_terms())
        .where(Residency.park_id == park_id, readable(actor, "housing.residencies"))
    )
    return found.where(*_wanted(wanted))


def _wanted(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        text = wanted.text.strip()
        asked.append(
            or_(*(column.icontains(text, autoescape=True) for column in (Residency.number, Space.code, Person.number, Residency.external)))
        )
    if wanted.state:
        asked.append(Residency.state.in_(sorted(LIVE)) if wanted.state == "live" else Residency.state == wanted.state)
    if wanted.building:
        asked.append(Building.code == wanted.building)
    if wanted.organisation:
        asked.append(Organisation.code == wanted.organisation)
    if wanted.rent:
        asked.append(_LAST.staff.is_(wanted.rent == "staff"))
    if wanted.ends_after is not None:
        asked.append(_LAST.ends_on >= wanted.ends_after)
    if wanted.ends_before is not None:
        asked.append(_LAST.ends_on <= wanted.ends_before)
    return asked


def residencies_to_renew(park_id: int, actor: Actor, wanted: Wanted) -> list[Residency]:
    """Which residencies are asked for, of those that hold a home and have an end? With all that is needed to change them, by number."""
    chosen = residencies(park_id, actor, wanted).where(_LAST.ends_on.is_not(None)).with_only_columns(Residency.id)
    return list(db.session.scalars(select(Residency).where(Residency.id.in_(chosen)).options(*_WHOLE).order_by(Residency.number)).unique())


def ending(park_id: int, first: date, last: date) -> list[Residency]:
    """Which residencies in which somebody lives end in the days from first to last, notice or not?"""
    wanted = select(Residency).outerjoin(_LAST, _LAST.id == _last_terms())
    wanted = wanted.where(
        Residency.park_id == park_id, Residency.state.in_((State.RESIDENT, State.NOTICE)), _LAST.ends_on.between(first, last)
    )
    return list(db.session.scalars(wanted.options(*_WHOLE).order_by(Residency.id)).unique())


def told(park_id: int, organisation_ids: Collection[int], day: date) -> dict[int, list[User]]:
    """Who follows each of the organisations in the park on a day?"""
    return accounts.of_organisations(Role.LIAISON, park_id, organisation_ids, day)


# Checks, deposits, vacancies


def checks(residency_id: int) -> dict[str, Check]:
    """Which check-in and check-out does the residency have, by kind?"""
    return {row.kind: row for row in db.session.scalars(select(Check).where(Check.residency_id == residency_id))}


def lines(check_ids: Collection[int]) -> dict[int, list[CheckLine]]:
    """Which lines have the checks, without the photos?"""
    found: dict[int, list[CheckLine]] = {}
    for row in db.session.scalars(select(CheckLine).where(CheckLine.check_id.in_(check_ids)).order_by(CheckLine.id)):
        found.setdefault(row.check_id, []).append(row)
    return found


def line(residency_id: int, line_id: int) -> CheckLine:
    """Which line of a check of the residency has the id?

    Raises:
        Missing: there is none.
    """
    found = db.session.scalars(select(CheckLine).where(CheckLine.id == line_id, CheckLine.residency_id == residency_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def photo(residency_id: int, line_id: int) -> bytes:
    """Which photo has a line?

    Raises:
        Missing: there is none.
    """
    found = db.session.execute(
        select(CheckLine.photo).where(CheckLine.id == line_id, CheckLine.residency_id == residency_id, CheckLine.photo.is_not(None))
    ).scalar_one_or_none()
    if found is None:
        raise Missing
    return bytes(found)


def readings(space_id: int, *, but: int | None = None) -> list[MeterReading]:
    """What did the meters of the home show, in order of days? Those of the check *but* do not count."""
    wanted = select(MeterReading).where(MeterReading.space_id == space_id)
    if but is not None:
        wanted = wanted.where(or_(MeterReading.check_id.is_(None), MeterReading.check_id != but))
    return list(db.session.scalars(wanted.order_by(MeterReading.on, MeterReading.id)))


def readings_of(check_ids: Collection[int]) -> dict[int, list[MeterReading]]:
    """What did the meters show at the checks?"""
    found: dict[int, list[MeterReading]] = {}
    for row in db.session.scalars(select(MeterReading).where(MeterReading.check_id.in_(check_ids)).order_by(MeterReading.meter)):
        found.setdefault(row.check_id or 0, []).append(row)
    return found


def deductions(residency_id: int) -> list[Deduction]:
    """What is kept of the deposit of the residency?"""
    return list(db.session.scalars(select(Deduction).where(Deduction.residency_id == residency_id).order_by(Deduction.id)))


def secret_of(secret: str) -> str:
    """Return what of a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_of_token(token_sha256: str) -> Check | None:
    """Which check does the secret link lead to? With its residency and its home."""
    wanted = select(Check).where(Check.token == token_sha256)
    return (
        db.session.scalars(wanted.options(joinedload(Check.residency).joinedload(Residency.space).joinedload(Space.park)))
        .unique()
        .one_or_none()
    )


def vacancies(space_ids: Collection[int]) -> dict[int, Vacancy]:
    """Which of the homes were vacated, and not seen since?"""
    wanted = select(Vacancy).where(Vacancy.space_id.in_(space_ids), Vacancy.ready_on.is_(None)).order_by(Vacancy.vacated_on)
    return {row.space_id: row for row in db.session.scalars(wanted)}


def vacancy(park_id: int, space_id: int, actor: Actor, deed: str = "housing.make_ready") -> Vacancy:
    """Which vacancy of the home is open? With its space.

    Raises:
        Missing: there is none, or the actor may not do the deed with it.
    """
    wanted = select(Vacancy).where(Vacancy.park_id == park_id, Vacancy.space_id == space_id, Vacancy.ready_on.is_(None))
    found = db.session.scalars(wanted.options(joinedload(Vacancy.space)).order_by(Vacancy.vacated_on.desc()).limit(1)).one_or_none()
    if found is None or not actor.may(deed, park_id):
        raise Missing
    return found


def open_vacancies(park_id: int) -> list[Vacancy]:
    """Which homes were vacated and not seen since, the longest empty first? With their spaces."""
    wanted = select(Vacancy).where(Vacancy.park_id == park_id, Vacancy.ready_on.is_(None))
    return list(db.session.scalars(wanted.options(joinedload(Vacancy.space)).order_by(Vacancy.vacated_on, Vacancy.id)))
