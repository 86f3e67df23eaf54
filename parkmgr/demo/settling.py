"""Loading who lives, works and plays in the demo park: each deed by the action that its desk uses."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime
from functools import singledispatch

from PIL import Image

from parkmgr.amenities import actions as amenities
from parkmgr.amenities import season_actions as seasons
from parkmgr.amenities.rules import Offer
from parkmgr.bookings import downtime
from parkmgr.calendars.rules import parse_week
from parkmgr.charges import actions as charges
from parkmgr.charges.rules import Basis, Terms
from parkmgr.demo import deeds, homes
from parkmgr.demo.people import OPERATORS
from parkmgr.demo.stage import Stage
from parkmgr.housing import actions as housing
from parkmgr.housing import allocating_actions as allocating
from parkmgr.housing import rules_actions as housing_rules
from parkmgr.housing.allocating_rules import Eligible, Giving, Meter, PointLine, Thing, WaitingClass, Wish
from parkmgr.housing.checking_rules import Inventory, InventoryLine
from parkmgr.housing.rules import Agreed
from parkmgr.labs import actions as labs
from parkmgr.labs.rules import Asset, EquipmentState
from parkmgr.people import actions as people
from parkmgr.values import Money, Names, midnight


@singledispatch
def do(deed: deeds.Deed, stage: Stage, now: datetime) -> None:
    """The deed is done."""
    raise TypeError(type(deed).__name__)


@do.register
def _(deed: deeds.AddPerson, stage: Stage, now: datetime) -> None:
    stage.made["person", deed.person] = people.add(
        stage.parks[deed.park],
        stage.organisations[deed.organisation],
        name=deed.name,
        kind=deed.kind,
        user_id=stage.actors[deed.account].user_id if deed.account else None,
        household=deed.household,
        actor=stage.desk("housing"),
        now=now,
    )


# Laboratories


@do.register
def _(deed: deeds.AddPermitKind, stage: Stage, now: datetime) -> None:
    stage.made["permit kind", deed.code] = labs.add_permit_kind(
        stage.parks[deed.park],
        deed.code,
        deed.names,
        days=deed.days,
        unused_days=deed.unused_days,
        how=deed.how,
        actor=stage.desk("labs"),
        now=now,
    )


@do.register
def _(deed: deeds.RunLab, stage: Stage, now: datetime) -> None:
    stage.made["lab", deed.space] = labs.run_lab(
        stage.parks[deed.park],
        stage.spaces[deed.park, deed.space],
        manager_id=stage.actors[deed.manager].user_id,
        field=deed.field,
        hazards=deed.hazards,
        actor=stage.by(),
        now=now,
    )


@do.register
def _(deed: deeds.AddEquipment, stage: Stage, now: datetime) -> None:
    asset = Asset(
        number=deed.number,
        names=deed.names,
        owner_id=stage.organisations[deed.owner].id,
        make=deed.make,
        model=deed.model,
        serial=deed.serial,
        contact=deed.contact,
        bought_on=deed.bought_on,
        price=deed.price,
        warranty_until=deed.warranty_until,
        calibration_due=deed.calibration_due,
    )
    equipment = labs.add_equipment(
        stage.parks[deed.park],
        asset,
        lab=stage.made["lab", deed.lab],
        bookable=deed.bookable,
        state=EquipmentState(deed.state),
        actor=stage.desk("labs"),
        now=now,
    )
    stage.made["equipment", deed.number] = equipment
    if equipment.space is not None:
        stage.spaces[deed.park, deed.number] = equipment.space
        for code in deed.asks:
            labs.require(equipment.space, stage.made["permit kind", code], actor=stage.desk("labs"), now=now)


@do.register
def _(deed: deeds.GrantPermit, stage: Stage, now: datetime) -> None:
    kind = stage.made["permit kind", deed.kind]
    person = stage.made["person", deed.person]
    labs.grant(stage.parks[deed.park], person, kind, until=deed.until, actor=stage.desk("labs"), now=now)


# Charges


@do.register
def _(deed: deeds.SetTariff, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    terms = Terms(
        basis=Basis(deed.basis),
        minimum_minutes=deed.minimum_minutes,
        block_minutes=deed.block_minutes,
        peak=parse_week(deed.peak_week),
        peak_percent=deed.peak_percent,
        no_show_percent=deed.no_show_percent,
        operator={name: Money(minor, park.currency) for name, minor in deed.operator},
    )
    charges.set_tariff(park, terms, deed.from_on, kind=deed.kind, actor=stage.desk("labs"), now=now)


@do.register
def _(deed: deeds.MakeStatements, stage: Stage, now: datetime) -> None:
    made = charges.make_statements(stage.parks[deed.park], deed.month, actor=stage.desk("labs"), now=now)
    stage.made["statements", str(deed.month)] = made


@do.register
def _(deed: deeds.CloseStatements, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    for statement in stage.made["statements", str(deed.month)]:
        charges.validate(statement, park=park, actor=stage.desk("labs"), now=now)
        charges.close(statement, park=park, actor=stage.by(), now=now)


# Who waits for a home


_ITEMS = (
    ("kitchen", "cooker", Names("Cooker", "Плита", "灶具"), True),
    ("kitchen", "fridge", Names("Refrigerator", "Холодильник", "冰箱"), False),
    ("room", "bed", Names("Bed", "Кровать", "床"), False),
    ("room", "desk", Names("Desk", "Письменный стол", "书桌"), False),
    ("room", "walls", Names("Walls and floor", "Стены и пол", "墙面和地面"), True),
    ("bathroom", "washbasin", Names("Washbasin", "Умывальник", "洗手盆"), False),
)
_METERS = (
    ("electricity", Names("Electricity", "Электричество", "电表"), "kWh"),
    ("water", Names("Cold water", "Холодная вода", "冷水表"), "m³"),
)


@do.register
def _(deed: deeds.SetHousingRules, stage: Stage, now: datetime) -> None:
    every = (homes.STAFF_CLASS, homes.LOTTERY_CLASS)
    giving = Giving(
        classes=(
            WaitingClass(homes.STAFF_CLASS, Names("Staff", "Сотрудники", "职工"), "points", 1),
            WaitingClass(homes.LOTTERY_CLASS, Names("Young families", "Молодые семьи", "青年家庭"), "lottery", 2),
            WaitingClass(homes.STUDENT_CLASS, Names("Doctoral students", "Аспиранты", "博士生"), "time", 3),
        ),
        eligible=(
            Eligible("member", "", (*every, homes.STUDENT_CLASS)),
            Eligible("kind", "university", (*every, homes.STUDENT_CLASS)),
            Eligible("tenant", "", every),
        ),
        points=(
            PointLine("child", Names("For each child", "За каждого ребёнка", "每个子女"), 10, 40),
            PointLine("degree", Names("Doctoral degree", "Учёная степень", "博士学位"), 15, 15),
            PointLine("years", Names("For each year in the park", "За каждый год в парке", "在园每年"), 3, 30),
        ),
        items=tuple(Thing(*each) for each in _ITEMS),
        meters=tuple(Meter(*each) for each in _METERS),
    )
    operator = stage.organisations[OPERATORS[deed.park]]
    housing_rules.set_rules(stage.parks[deed.park], giving, housing_office_id=operator.id, actor=stage.by(), now=now)


@do.register
def _(deed: deeds.Apply, stage: Stage, now: datetime) -> None:
    wish = Wish(deed.class_, deed.kind, deed.people, deed.from_on, claims=dict(deed.claims))
    person = stage.made["person", deed.person]
    stage.made["application", deed.application] = allocating.apply(
        stage.parks[deed.park], person, wish, actor=stage.desk("housing"), now=now
    )


@do.register
def _(deed: deeds.AdmitApplication, stage: Stage, now: datetime) -> None:
    allocating.admit(stage.made["application", deed.application], actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.PublishLottery, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    seed = hashlib.sha256(f"the demo park's {deed.lottery}".encode()).hexdigest()
    stage.made["lottery", deed.lottery] = allocating.publish_lottery(
        park, deed.class_, midnight(deed.closes_on, park.zone), seed=seed, actor=stage.desk("housing"), now=now
    )


@do.register
def _(deed: deeds.DrawLottery, stage: Stage, now: datetime) -> None:
    allocating.draw(stage.made["lottery", deed.lottery], actor=stage.desk("housing"), now=now)


# Hospital and sports centre


@do.register
def _(deed: deeds.AddService, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    prices = {name: Money(minor, park.currency) for name, minor in deed.prices}
    offer = Offer(deed.desk, deed.week, deed.slot_minutes, deed.places, prices, open_on_holidays=deed.desk == "sports")
    rooms = [stage.spaces[deed.park, code] for code in deed.rooms]
    stage.made["service", deed.code] = amenities.add_service(
        park, stage.organisations[deed.operator], deed.code, deed.names, offer, rooms, actor=stage.by(), now=now
    )


@do.register
def _(deed: deeds.Appoint, stage: Stage, now: datetime) -> None:
    park = stage.parks[deed.park]
    starts_at = datetime.combine(deed.on, deed.at, park.zone).astimezone(UTC)
    space, service = stage.spaces[deed.park, deed.room], stage.made["service", deed.service]
    amenities.appoint(service, park, space, starts_at, who=deed.name, actor=stage.desk("hospital"), now=now)


@do.register
def _(deed: deeds.AddSportsMembership, stage: Stage, now: datetime) -> None:
    stage.made["membership", deed.name] = amenities.add_membership(
        stage.parks[deed.park],
        stage.organisations[deed.organisation],
        plan=deed.plan,
        starts_on=deed.starts_on,
        ends_on=deed.ends_on,
        visits=deed.visits,
        price=deed.price,
        actor=stage.desk("sports"),
        now=now,
    )


@do.register
def _(deed: deeds.CountVisit, stage: Stage, now: datetime) -> None:
    amenities.count_visit(
        stage.made["service", deed.service],
        stage.parks[deed.park],
        membership=stage.made["membership", deed.membership] if deed.membership else None,
        class_=deed.class_,
        people=deed.people,
        actor=stage.desk("sports"),
        now=now,
    )


# Residents


def _inventory(stage: Stage, space: str, on: date, *, worn: bool) -> Inventory:
    """Return what the desk found: everything in order, and one thing worse when somebody has lived there."""
    photo = stage.made.setdefault(("photo", ""), _photo())
    lines = tuple(
        InventoryLine(
            room, item, 3 if worn and item == "walls" else 2, "Scratched" if worn and item == "walls" else "", photo if wanted else None
        )
        for room, item, _names, wanted in _ITEMS
    )
    days = (on - homes.RULES_ON).days
    start = int(hashlib.sha256(space.encode()).hexdigest()[:4], 16)
    return Inventory(2, lines, {code: (start + place * 500 + days * (6 - 5 * place)) * 1000 for place, (code, *_) in enumerate(_METERS)})


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#c8d2c8").save(out, "PNG")
    return out.getvalue()


@do.register
def _(deed: deeds.Settle, stage: Stage, now: datetime) -> None:
    stage.made["home", deed.home] = housing.settle(
        stage.parks[deed.park],
        stage.spaces[deed.park, deed.space],
        stage.made["person", deed.person],
        stage.organisations[deed.organisation],
        Agreed(deed.term, deed.rent, deed.staff, deed.deposit, people=deed.people),
        actor=stage.desk("housing"),
        now=now,
    )


@do.register
def _(deed: deeds.MoveIn, stage: Stage, now: datetime) -> None:
    residency = stage.made["home", deed.home]
    found = _inventory(stage, residency.space.code, deed.on, worn=False) if deed.inventory else None
    check = housing.move_in(residency, found, on=deed.on, actor=stage.desk("housing"), now=now)
    if check is not None:
        housing.confirm_desk(check, actor=stage.desk("housing"), now=now)
        housing.sign_at_desk(check, actor=stage.desk("housing"), now=now)
    if residency.deposit_minor is not None:
        housing.receive_deposit(residency, on=deed.on, actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.GiveHomeNotice, stage: Stage, now: datetime) -> None:
    residency = stage.made["home", deed.home]
    housing.give_notice(residency, given_on=deed.given_on, leaves_on=deed.leaves_on, actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.ExtendHome, stage: Stage, now: datetime) -> None:
    housing.extend(stage.made["home", deed.home], deed.ends_on, rent=deed.rent, actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.LeaveHome, stage: Stage, now: datetime) -> None:
    residency = stage.made["home", deed.home]
    found = _inventory(stage, residency.space.code, deed.on, worn=True) if deed.inventory else None
    stage.made["vacancy", deed.home] = housing.leave(residency, found, on=deed.on, actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.MakeReady, stage: Stage, now: datetime) -> None:
    housing.make_ready(stage.made["vacancy", deed.home], on=deed.on, actor=stage.desk("housing"), now=now)


@do.register
def _(deed: deeds.OfferHome, stage: Stage, now: datetime) -> None:
    agreed = Agreed(deed.term, deed.rent)
    application, space = stage.made["application", deed.application], stage.spaces[deed.park, deed.space]
    stage.made["home", deed.home] = allocating.offer(application, space, agreed, reason="", actor=stage.desk("housing"), now=now)


# Downtime


@do.register
def _(deed: deeds.Stop, stage: Stage, now: datetime) -> None:
    stage.made["closure", deed.name] = downtime.stop(
        stage.parks[deed.park],
        [stage.made["equipment", deed.number]],
        planned=deed.planned,
        reason=deed.reason,
        starts_at=deed.starts_at,
        ends_at=deed.ends_at,
        actor=stage.desk("labs"),
        now=now,
    )


@do.register
def _(deed: deeds.Restore, stage: Stage, now: datetime) -> None:
    closure = stage.made["closure", deed.name]
    downtime.restore(closure, stage.parks["HIT"], actor=stage.desk("labs"), now=now)


# Seasons


@do.register
def _(deed: deeds.OpenSeason, stage: Stage, now: datetime) -> None:
    courts = [stage.spaces[deed.park, code] for code in deed.courts]
    seed = hashlib.sha256(f"the demo park's {deed.code}".encode()).hexdigest()
    stage.made["season", deed.code] = seasons.open_season(
        stage.parks[deed.park],
        deed.code,
        deed.names,
        courts,
        starts_on=deed.starts_on,
        ends_on=deed.ends_on,
        ask_until=deed.ask_until,
        seed=seed,
        actor=stage.desk("sports"),
        now=now,
    )


@do.register
def _(deed: deeds.AskForHours, stage: Stage, now: datetime) -> None:
    seasons.wish(
        stage.made["season", deed.season],
        stage.parks[deed.park],
        stage.organisations[deed.organisation],
        rank=deed.rank,
        weekday=deed.weekday,
        at=deed.at,
        minutes=deed.minutes,
        court=deed.court,
        people=deed.people,
        purpose=deed.purpose,
        actor=stage.desk("sports"),
        now=now,
    )


@do.register
def _(deed: deeds.AllocateSeason, stage: Stage, now: datetime) -> None:
    seasons.allocate(stage.made["season", deed.season], stage.parks[deed.park], actor=stage.desk("sports"), now=now)
