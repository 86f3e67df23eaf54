"""Every question about applications, their place in line, lotteries and offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, null, or_, select, true
from sqlalchemy.orm import joinedload, undefer

from parkmgr.accounts.models import RoleGrant, User
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.housing.allocating_rules import (
    Eligible,
    Employer,
    Giving,
    InLine,
    Meter,
    OfferedHome,
    PointLine,
    Thing,
    WaitingClass,
    Wish,
    in_order,
)
from parkmgr.housing.models import Application, HousingRules, Lottery, Paper, Residency, ResidencyTerms, Vacancy
from parkmgr.housing.rules import Asking, State
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Membership, Organisation
from parkmgr.people.models import Person
from parkmgr.places.models import Park, Particulars, Space
from parkmgr.policy import DEEDS, Actor, Role
from parkmgr.values import Area, Names, Term, day_of

# The rules of the park


def rules_row(park_id: int) -> HousingRules | None:
    """Under which rules does the park give out its homes? None: nobody has written them yet."""
    return db.session.scalars(select(HousingRules).where(HousingRules.park_id == park_id)).one_or_none()


def _names(line: dict[str, Any]) -> Names:
    return Names(line.get("en") or "", line.get("ru") or "", line.get("zh") or "") if any(map(line.get, ("en", "ru", "zh"))) else Names("—")


def giving_of(row: HousingRules | None) -> Giving:
    """Return the rules as a value; no classes where there are none."""
    if row is None:
        return Giving()
    return Giving(
        classes=tuple(WaitingClass(one["code"], _names(one), one["order"], one["rank"]) for one in row.classes),
        eligible=tuple(Eligible(one["who"], one["name"], tuple(one["classes"])) for one in row.eligible),
        points=tuple(PointLine(one["code"], _names(one), one["each"], one["most"]) for one in row.points),
        offer_days=row.offer_days,
        declines=row.declines,
        notice_days=row.notice_days,
        people_per_flat=row.people_per_flat,
        items=tuple(Thing(one["room"], one["item"], _names(one), bool(one.get("photo"))) for one in row.items),
        meters=tuple(Meter(one["code"], _names(one), one["unit"]) for one in row.meters),
    )


def giving(park_id: int) -> Giving:
    """Under which rules does the park give out its homes?"""
    return giving_of(rules_row(park_id))


# Who may know


def readable(actor: Actor, deed: str = "housing.application") -> ColumnElement[bool]:
    """Which applications may this actor do this deed with? A liaison: those of her organisation's people."""
    reached: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role not in DEEDS[deed].roles:
            continue
        there = true() if grant.park_id is None else Application.park_id == grant.park_id
        if grant.role is Role.LIAISON:
            there = and_(there, Application.organisation_id == grant.organisation_id)
        reached.append(there)
    return or_(false(), *reached)


# Who asks


def employer(park: Park, organisation: Organisation, now: datetime) -> Employer:
    """What is the organisation to the park today, as far as it bears on homes?"""
    today = day_of(now, park.zone)
    member = exists().where(
        Membership.organisation_id == organisation.id,
        Membership.withdrawn_at.is_(None),
        Membership.status == "member",
        Membership.starts_on <= today,
        Membership.ends_on > today,
    )
    tenant = exists().where(
        Hold.holder_id == organisation.id,
        Hold.park_id == park.id,
        Hold.kind == HoldKind.LEASE.value,
        Hold.withdrawn_at.is_(None),
        Hold.starts_at <= now,
        Hold.ends_at > now,
    )
    is_member, is_tenant = db.session.execute(select(member, tenant)).one()
    return Employer(organisation.code, organisation.kind, organisation.names, is_member, is_tenant)


def open_application(person_id: int) -> str:
    """Which application of the person is open? Its number, or empty."""
    wanted = select(Application.number).where(
        Application.person_id == person_id, Application.state.in_((Asking.SUBMITTED, Asking.WAITING, Asking.OFFERED))
    )
    return db.session.scalars(wanted.order_by(Application.id).limit(1)).one_or_none() or ""


def application_of_key(key: str) -> Application | None:
    """Which application was made with this key?"""
    return db.session.scalars(select(Application).where(Application.key == key)).one_or_none()


_WHOLE = (
    joinedload(Application.person, innerjoin=True).joinedload(Person.user),
    joinedload(Application.organisation, innerjoin=True),
)


def application(number: str, actor: Actor, deed: str = "housing.application", *, park: str = "") -> Application:
    """Which application has the number? With its person and organisation. park: the code of the park that it must be in.

    Raises:
        Missing: there is none, or the actor may not do the deed with it.
    """
    if not number.isprintable():
        raise Missing
    wanted = select(Application).where(Application.number == number, readable(actor, deed)).options(*_WHOLE)
    if park:
        wanted = wanted.join(Park, Park.id == Application.park_id).where(Park.code == park)
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise Missing
    return found


def wish_of(row: Application) -> Wish:
    """Return what an application asks for, as a value."""
    least = None if row.least_dm2 is None else Area(row.least_dm2)
    return Wish(row.class_code, row.kind, row.people, row.from_on, row.until_on, least, dict(row.claims))


def papers(application_id: int) -> list[Paper]:
    """Which documents does the application have, without their content?"""
    return list(db.session.scalars(select(Paper).where(Paper.application_id == application_id).order_by(Paper.id)))


def paper(application_id: int, paper_id: int) -> Paper:
    """Which document of the application has the id? With its content.

    Raises:
        Missing: there is none.
    """
    wanted = select(Paper).where(Paper.id == paper_id, Paper.application_id == application_id)
    found = db.session.scalars(wanted.options(undefer(Paper.content))).one_or_none()
    if found is None:
        raise Missing
    return found


def papers_of_erased() -> list[int]:
    """Which documents are of people who were erased, and still have their content?"""
    wanted = (
        select(Paper.id)
        .join(Application, Application.id == Paper.application_id)
        .join(Person, Person.id == Application.person_id)
        .where(Person.erased_at.is_not(None), Paper.content.is_not(None))
    )
    return list(db.session.scalars(wanted.order_by(Paper.id).limit(200)))


def paper_with_application(paper_id: int) -> tuple[Paper, Application]:
    """Which document is this, and of which application?"""
    wanted = select(Paper, Application).join(Application, Application.id == Paper.application_id).where(Paper.id == paper_id)
    row = db.session.execute(wanted).one()
    return row[0], row[1]


# Places in line


def _place(giving_: Giving) -> ColumnElement[int]:
    """Return the place in its class: allocating_rules.place_key, said in SQL."""
    by_points = [one.code for one in giving_.classes if one.order == "points"]
    by_lot = [one.code for one in giving_.classes if one.order == "lottery"]
    code = Application.class_code
    return func.row_number().over(
        partition_by=code,
        order_by=[
            case((Application.last_at.is_(None), 0), else_=1),
            Application.last_at,
            case((code.in_(by_points), -Application.points), else_=0),
            case((code.in_(by_lot), case((Application.drawn_at.is_(None), 1), else_=0)), else_=0),
            case((code.in_(by_lot), Application.drawn_at), else_=null()),
            case((code.in_(by_lot), Application.lot), else_=""),
            Application.waiting_at,
            Application.number,
        ],
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications. state: one, or `open`. text: a piece of the number of application or person."""

    text: str = ""
    state: str = ""
    class_code: str = ""


def applications(park_id: int, actor: Actor, giving_: Giving, wanted: Wanted, deed: str = "housing.applications") -> Select[Any]:
    """Return the SELECT of the applications that the actor may read, with the place of those that wait among all that wait.

    Rows have: number, class_code, kind, people, from_on, points, state, submitted_at, waiting_at, declined, person, organisation (its
    code), name_en, name_ru, name_zh, place (None for those that do not wait), turn (what sorts by rank of class and place).
    """
    line = (
        select(Application.id, _place(giving_).label("place"))
        .where(Application.park_id == park_id, Application.state == Asking.WAITING)
        .subquery()
    )
    ranks = {one.code: one.rank for one in giving_.classes}
    rank = case(*((Application.class_code == code, rank) for code, rank in ranks.items()), else_=10_000) if ranks else literal(0)
    shown: tuple[Any, ...] = (
        Application.number,
        Application.class_code,
        Application.kind,
        Application.people,
        Application.from_on,
        Application.points,
        Application.state,
        Application.submitted_at,
        Application.waiting_at,
        Application.declined,
        Person.number.label("person"),
        Organisation.code.label("organisation"),
        Organisation.name_en,
        Organisation.name_ru,
        Organisation.name_zh,
        line.c.place,
        (rank * 1_000_000 + line.c.place).label("turn"),
    )
    found = (
        select(*shown)
        .select_from(Application)
        .join(Person, Person.id == Application.person_id)
        .join(Organisation, Organisation.id == Application.organisation_id)
        .outerjoin(line, line.c.id == Application.id)
        .where(Application.park_id == park_id, readable(actor, deed))
    )
    if wanted.text.strip():
        text = wanted.text.strip()
        found = found.where(or_(Application.number.icontains(text, autoescape=True), Person.number.icontains(text, autoescape=True)))
    if wanted.state == "open":
        found = found.where(Application.state.in_((Asking.SUBMITTED, Asking.WAITING, Asking.OFFERED)))
    elif wanted.state:
        found = found.where(Application.state == wanted.state)
    return found.where(Application.class_code == wanted.class_code) if wanted.class_code else found


def place_of(row: Application, giving_: Giving) -> tuple[int, int] | None:
    """Which place has an application in its class, of how many? None when it does not wait."""
    if row.state != Asking.WAITING:
        return None
    line = (
        select(Application.id, _place(giving_).label("place"), func.count().over().label("of_all"))
        .where(Application.park_id == row.park_id, Application.state == Asking.WAITING, Application.class_code == row.class_code)
        .subquery()
    )
    found = db.session.execute(select(line.c.place, line.c.of_all).where(line.c.id == row.id)).one()
    return found[0], found[1]


def in_line(park_id: int, giving_: Giving) -> list[Application]:
    """Who waits, in the order in which homes are offered? With person and organisation."""
    rows = list(
        db.session.scalars(
            select(Application).where(Application.park_id == park_id, Application.state == Asking.WAITING).options(*_WHOLE)
        ).unique()
    )
    by_number = {row.number: row for row in rows}
    waiting = [
        InLine(row.number, row.class_code, row.points, row.waiting_at or row.submitted_at, row.last_at, row.drawn_at, row.lot)
        for row in rows
    ]
    return [by_number[one.number] for one in in_order(waiting, giving_)]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How many wait in a class, since when the first, and how many days those waited whom a home was accepted for since a day."""

    waiting: int
    first_at: datetime | None
    waited: tuple[int, ...]


def figures(park_id: int, since: datetime) -> dict[str, ClassFigures]:
    """How long is the line of each class, and how long did it take those housed since then? Of everybody, named nowhere."""
    rows = db.session.execute(
        select(Application.class_code, Application.state, Application.waiting_at, Application.closed_at).where(
            Application.park_id == park_id,
            or_(Application.state == Asking.WAITING, and_(Application.state == Asking.HOUSED, Application.closed_at >= since)),
        )
    )
    waiting: dict[str, list[datetime]] = {}
    waited: dict[str, list[int]] = {}
    for code, state, waiting_at, closed_at in rows:
        if state == Asking.WAITING and waiting_at is not None:
            waiting.setdefault(code, []).append(waiting_at)
        elif waiting_at is not None and closed_at is not None:
            waited.setdefault(code, []).append((closed_at - waiting_at).days)
    return {
        code: ClassFigures(len(waiting.get(code, ())), min(waiting.get(code, ()), default=None), tuple(waited.get(code, ())))
        for code in waiting.keys() | waited.keys()
    }


# Lotteries


def lotteries(park_id: int) -> list[Lottery]:
    """Which lotteries are there, latest first?"""
    return list(
        db.session.scalars(select(Lottery).where(Lottery.park_id == park_id).order_by(Lottery.published_at.desc(), Lottery.id.desc()))
    )


def lottery(number: str, park_id: int) -> Lottery:
    """Which lottery of the park has the number?

    Raises:
        Missing: there is none.
    """
    if not number.isprintable():
        raise Missing
    found = db.session.scalars(select(Lottery).where(Lottery.number == number, Lottery.park_id == park_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def undrawn(park_id: int, class_code: str) -> str:
    """Which lottery of the class is not drawn yet? Its number, or empty."""
    wanted = select(Lottery.number).where(Lottery.park_id == park_id, Lottery.class_code == class_code, Lottery.drawn_at.is_(None))
    return db.session.scalars(wanted.limit(1)).one_or_none() or ""


def taking_part(row: Lottery) -> list[Application]:
    """Which applications does a lottery draw: those of its class that have no lot and waited when it closed?"""
    return list(
        db.session.scalars(
            select(Application)
            .where(
                Application.park_id == row.park_id,
                Application.class_code == row.class_code,
                Application.state == Asking.WAITING,
                Application.drawn_at.is_(None),
                Application.waiting_at <= row.closes_at,
            )
            .order_by(Application.number)
        )
    )


# Homes and offers


def home(space: Space, on: date, giving_: Giving) -> OfferedHome | None:
    """What home is the space on a day? None when it is no flat and no bed then."""
    found = _then(space.id, on)
    if found is None or found.kind not in ("flat", "bed"):
        return None
    people = found.capacity or (1 if found.kind == "bed" else giving_.people_per_flat)
    return OfferedHome(space.code, found.kind, on, people, found.area)


def _then(space_id: int, on: date) -> Particulars | None:
    return db.session.scalars(
        select(Particulars).where(
            Particulars.space_id == space_id,
            Particulars.withdrawn_at.is_(None),
            Particulars.starts_on <= on,
            Particulars.ends_on > on,
        )
    ).one_or_none()


def kind_then(space_id: int, on: date) -> str:
    """Which kind of space is it on a day? Empty when it is not there."""
    found = _then(space_id, on)
    return found.kind if found is not None else ""


def there_as_home(space_id: int) -> tuple[Term, ...]:
    """On which days is the space a flat or a bed for letting? What follows without a gap is one term."""
    rows = db.session.execute(
        select(Particulars.starts_on, Particulars.ends_on)
        .where(
            Particulars.space_id == space_id,
            Particulars.withdrawn_at.is_(None),
            Particulars.kind.in_(("flat", "bed")),
            Particulars.lettable,
        )
        .order_by(Particulars.starts_on)
    )
    joined: list[tuple[date, date]] = []
    for starts_on, ends_on in rows:
        if joined and joined[-1][1] == starts_on:
            joined[-1] = (joined[-1][0], ends_on)
        else:
            joined.append((starts_on, ends_on))
    return tuple(Term(first, None if end == date.max else end - timedelta(days=1)) for first, end in joined)


def code_of(space_id: int | None) -> str:
    """Which code has the space? Empty for none."""
    return "" if space_id is None else db.session.scalars(select(Space.code).where(Space.id == space_id)).one()


def unseen_since(space_id: int) -> date | None:
    """Since when is the home vacated without anybody having called it ready? None: it is not."""
    row = db.session.execute(
        select(Vacancy.vacated_on, Vacancy.ready_on)
        .where(Vacancy.space_id == space_id)
        .order_by(Vacancy.vacated_on.desc(), Vacancy.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None or row[1] is not None else row[0]


def offers_until(documents: Collection[str]) -> dict[str, datetime]:
    """Which of the documents are offers that are open, and until when?"""
    wanted = select(Residency.number, Residency.offer_until).where(
        Residency.number.in_(documents), Residency.state == State.OFFERED, Residency.offer_until.is_not(None)
    )
    return {number: until for number, until in db.session.execute(wanted) if until is not None}


@dataclass(frozen=True, slots=True)
class Offer:
    """A home that was offered to an application, with what was to be agreed."""

    residency: Residency
    terms: ResidencyTerms | None


def offers_of(application_id: int) -> list[Offer]:
    """Which homes were offered to the application, latest first?"""
    rows = db.session.execute(
        select(Residency, ResidencyTerms)
        .outerjoin(ResidencyTerms, and_(ResidencyTerms.residency_id == Residency.id, ResidencyTerms.withdrawn_at.is_(None)))
        .where(Residency.application_id == application_id)
        .options(joinedload(Residency.space))
        .order_by(Residency.id.desc(), ResidencyTerms.from_on)
    )
    found: dict[int, Offer] = {}
    for residency, terms in rows:
        found.setdefault(residency.id, Offer(residency, terms))
    return list(found.values())


_OFFER = (
    joinedload(Residency.space),
    joinedload(Residency.person).joinedload(Person.user),
    joinedload(Residency.organisation),
    joinedload(Residency.application),
)


def offer_to(application_id: int) -> Residency | None:
    """Which offer to the application is open? With space, person, organisation and application."""
    wanted = select(Residency).where(Residency.application_id == application_id, Residency.state == State.OFFERED)
    return db.session.scalars(wanted.options(*_OFFER)).unique().one_or_none()


def offer(residency_id: int) -> Residency:
    """Which offer has the id? With all that is told of it."""
    return db.session.scalars(select(Residency).where(Residency.id == residency_id).options(*_OFFER)).unique().one()


def offers_over(now: datetime) -> list[int]:
    """Which offers ended without an answer, the earliest first?"""
    wanted = select(Residency.id).where(Residency.state == State.OFFERED, Residency.offer_until <= now)
    return list(db.session.scalars(wanted.order_by(Residency.offer_until, Residency.id).limit(500)))


# Who is told


def _granted(role: Role, park_id: int, day: date, *more: ColumnElement[bool]) -> Select[Any]:
    there = or_(RoleGrant.park_id.is_(None), RoleGrant.park_id == park_id)
    held = and_(RoleGrant.withdrawn_at.is_(None), RoleGrant.starts_on <= day, or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= day))
    granted = exists().where(RoleGrant.user_id == User.id, RoleGrant.role == role.value, there, held, *more)
    return select(User).where(User.active, granted).order_by(User.id)


def desk(park_id: int, day: date) -> Sequence[User]:
    """Who keeps the park's homes on a day?"""
    return db.session.scalars(_granted(Role.HOUSING_DESK, park_id, day)).all()


def liaisons(park_id: int, organisation_id: int, day: date) -> Sequence[User]:
    """Who follows the organisation in the park on a day?"""
    return db.session.scalars(_granted(Role.LIAISON, park_id, day, RoleGrant.organisation_id == organisation_id)).all()
