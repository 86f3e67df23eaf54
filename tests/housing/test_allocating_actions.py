"""From an application to a home: the waiting list, lotteries, offers, and what each of them refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.housing import allocating_actions as actions
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing import allocating_rules as rules
from parkmgr.housing import rules_actions
from parkmgr.housing.allocating_rules import Eligible, Giving, PointLine, WaitingClass, Wish
from parkmgr.housing.allocating_tending import expire
from parkmgr.housing.models import Application, Lottery, Paper, Residency, Vacancy
from parkmgr.housing.rules import Agreed
from parkmgr.notices.models import Notice
from parkmgr.occupancy.models import Hold, HoldKind
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people
from parkmgr.people import queries as people_queries
from parkmgr.places.models import Park, Space
from parkmgr.policy import SYSTEM, Actor, Role
from parkmgr.values import Area, Money, Names, Term
from tests.making import Maker

YEAR = Term(date(2026, 4, 1), date(2027, 3, 31))
GIVING = Giving(
    classes=(
        WaitingClass("staff", Names("Staff"), "points", 1),
        WaitingClass("young", Names("Young"), "lottery", 2),
        WaitingClass("student", Names("Students"), "time", 3),
    ),
    eligible=(Eligible("kind", "university", ("staff", "young", "student")), Eligible("tenant", "", ("staff",))),
    points=(PointLine("child", Names("Child"), 10, 30),),
)


@dataclass
class Desk:
    """A park with a university, flats, and those who ask and give."""

    make: Maker
    park_id: int
    university_id: int
    flats: list[int]
    liaison: Actor
    stranger: Actor
    desk: Actor
    now: datetime

    def person(self, name: str = "Wang Wei", *, organisation_id: int = 0) -> str:
        """The number of somebody new."""
        with transaction():
            return people.add(
                db.session.get_one(Park, self.park_id),
                db.session.get_one(Organisation, organisation_id or self.university_id),
                name=name,
                actor=SYSTEM,
                now=self.now,
            ).number

    def apply(self, person: str = "", class_code: str = "staff", *, key: str | None = None, at: datetime | None = None, **wish: Any) -> str:
        """The number of a new application."""
        person = person or self.person()
        asked = Wish(**{"class_code": class_code, "people": 1, "from_on": date(2026, 4, 1), **wish})
        with transaction():
            return actions.apply(
                db.session.get_one(Park, self.park_id),
                people_queries.person(person, SYSTEM),
                asked,
                key=key,
                actor=self.liaison,
                now=at or self.now,
            ).number

    def waiting(self, class_code: str = "staff", *, at: datetime | None = None, **wish: Any) -> str:
        """The number of an application on the waiting list."""
        number = self.apply(class_code=class_code, at=at, **wish)
        with transaction():
            actions.admit(self.inside(number), actor=self.desk, now=at or self.now)
        return number

    def inside(self, number: str) -> Application:
        """The application, in this transaction."""
        return queries.application(number, SYSTEM)

    def read(self, number: str) -> Application:
        """The application, read anew."""
        db.session.rollback()
        return self.inside(number)

    def offer(self, number: str, flat: int = 0, *, term: Term = YEAR, at: datetime | None = None, reason: str = "", **more: Any) -> str:
        """The number of an offered residency."""
        agreed = Agreed(term, Money.of(1500, "CNY"), **more)
        with transaction():
            space = db.session.get_one(Space, self.flats[flat])
            return actions.offer(self.inside(number), space, agreed, reason=reason, actor=self.desk, now=at or self.now).number

    def accept(self, number: str, *, at: datetime | None = None) -> None:
        """What is offered is accepted."""
        with transaction():
            actions.accept(self.offered(number), actor=self.liaison, now=at or self.now)

    def decline(self, number: str, reason: str = "too far", *, at: datetime | None = None) -> None:
        """What is offered is declined."""
        with transaction():
            actions.decline(self.offered(number), reason, actor=self.liaison, now=at or self.now)

    def offered(self, number: str) -> Residency:
        """The open offer to an application."""
        found = queries.offer_to(self.inside(number).id)
        assert found is not None
        return found

    def line(self) -> list[str]:
        """Who waits, in order."""
        db.session.rollback()
        return [row.number for row in queries.in_line(self.park_id, queries.giving(self.park_id))]


@pytest.fixture
def desk(make: Maker, now: datetime) -> Desk:
    """At noon on 2 March 2026."""
    park = make.park("P")
    university = make.organisation("MSU", kind="university")
    block = make.building(park, "R01")
    flats = [make.space(block, f"R01-{number}", kind="flat", area="45").id for number in (101, 102, 103)]
    made = Desk(
        make,
        park.id,
        university.id,
        flats,
        make.granted(Role.LIAISON, park=park, organisation=university, email="liaison@parkmgr.example"),
        make.granted(Role.LIAISON, park=park, organisation=make.organisation("OTHER"), email="other@parkmgr.example"),
        make.granted(Role.HOUSING_DESK, park=park, email="desk@parkmgr.example"),
        now,
    )
    with transaction():
        rules_actions.set_rules(db.session.get_one(Park, park.id), GIVING, actor=made.desk, now=now)
    return made


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [objection.code.removeprefix("housing.") for objection in refused.value.objections]


def told() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.address.split("@")[0], one.subject.split(":")[0]) for one in db.session.scalars(db.select(Notice).order_by(Notice.id))]


def deeds(number: str) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Entry.deed).where(Entry.label == number).order_by(Entry.id)))


def holds(document: str) -> list[Hold]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Hold).where(Hold.document == document, Hold.withdrawn_at.is_(None))))


# Applications


def test_an_application_is_examined_and_waits(desk: Desk) -> None:
    number = desk.apply(claims={"child": 2}, key="k")
    assert desk.apply(desk.person(), key="k") == number  # sent twice
    assert (desk.read(number).state, desk.read(number).points) == ("submitted", 20)
    with transaction():
        actions.admit(desk.inside(number), claims={"child": 1}, version=1, actor=desk.desk, now=desk.now)
    row = desk.read(number)
    assert (row.state, row.points, row.claims, row.waiting_at) == ("waiting", 10, {"child": 1}, desk.now)
    assert told() == [("desk", "A home is asked for"), ("liaison", "On the waiting list")]
    assert deeds(number) == ["housing.apply", "housing.admit"]
    with transaction(), pytest.raises(Refused) as refused:
        actions.admit(desk.inside(number), actor=desk.desk, now=desk.now)
    assert codes(refused) == ["not_submitted"]
    with transaction(), pytest.raises(Stale):
        actions.refuse_application(desk.inside(number), "No", version=1, actor=desk.desk, now=desk.now)


def test_nobody_asks_twice_or_against_the_rules(desk: Desk) -> None:
    person = desk.person()
    number = desk.apply(person)
    with pytest.raises(Refused) as refused:
        desk.apply(person, "none", people=9)
    assert codes(refused) == ["asks_already", "no_class", "too_many_people"]
    assert number in str(refused.value.objections[0])
    other = desk.person(organisation_id=desk.make.organisation("LLC").id)
    with pytest.raises(Refused) as refused:
        desk.apply(other, "student")
    assert codes(refused) == ["not_eligible", "for_universities", "for_tenants"]


def test_a_tenants_people_may_ask_while_it_is_a_tenant(desk: Desk) -> None:
    tenant = desk.make.organisation("TENANT")
    desk.make.hold(desk.make.space(), "2026-01-01", "2026-12-31", holder=tenant)
    assert desk.apply(desk.person(organisation_id=tenant.id))
    former = desk.make.organisation("FORMER")
    desk.make.hold(desk.make.space(), "2025-01-01", "2025-12-31", holder=former)
    with pytest.raises(Refused):
        desk.apply(desk.person(organisation_id=former.id))


def test_refused_with_a_reason_and_withdrawn_without(desk: Desk) -> None:
    first, second = desk.apply(), desk.waiting()
    with transaction(), pytest.raises(Refused) as refused:
        actions.refuse_application(desk.inside(first), " ", actor=desk.desk, now=desk.now)
    assert codes(refused) == ["reason_needed"]
    with transaction():
        actions.refuse_application(desk.inside(first), "No certificate", actor=desk.desk, now=desk.now)
        actions.withdraw(desk.inside(second), actor=desk.liaison, now=desk.now)
    assert (desk.read(first).state, desk.read(first).reason, desk.read(second).state) == ("refused", "No certificate", "withdrawn")
    for deed in (actions.withdraw, actions.admit):
        with transaction(), pytest.raises(Refused) as refused:
            deed(desk.inside(first), actor=desk.desk, now=desk.now)
        assert codes(refused) == ["not_open_any_more"]
    assert ("liaison", "No home") in told()


def test_documents_are_what_they_say(desk: Desk) -> None:
    number = desk.apply()
    with transaction():
        actions.add_paper(desk.inside(number), "Certificate", "c.pdf", b"%PDF-1.7 Wang", actor=desk.liaison, now=desk.now)
    with transaction(), pytest.raises(Refused) as refused:
        actions.add_paper(desk.inside(number), "", "c.exe", b"MZ", actor=desk.liaison, now=desk.now)
    assert codes(refused) == ["paper_title", "paper_kind"]
    [paper] = queries.papers(desk.read(number).id)
    assert (paper.media_type, paper.title) == ("application/pdf", "Certificate")
    entry = db.session.scalars(db.select(Entry).where(Entry.deed == "housing.add_paper")).one()
    assert "c.pdf" not in str(entry.changes)
    assert "Wang" not in str(entry.changes)


def test_documents_of_who_is_erased_go_with_them(desk: Desk) -> None:
    person = desk.person()
    number = desk.apply(person)
    with transaction():
        actions.add_paper(desk.inside(number), "Certificate", "c.pdf", b"%PDF-1.7", actor=desk.liaison, now=desk.now)
    with transaction(), pytest.raises(Refused) as refused:
        people.erase(people_queries.person(person, SYSTEM), actor=SYSTEM, now=desk.now)
    assert [one.code for one in refused.value.objections] == ["people.asks"]
    with transaction():
        actions.withdraw(desk.inside(number), actor=desk.liaison, now=desk.now)
    with transaction():
        people.erase(people_queries.person(person, SYSTEM), actor=SYSTEM, now=desk.now)
    assert (expire(desk.now), expire(desk.now)) == (1, 0)
    db.session.rollback()
    paper = db.session.scalars(db.select(Paper)).one()
    content = db.session.scalars(db.select(Paper.content)).one()
    assert (content, paper.filename, len(paper.sha256)) == (None, "", 64)


# Places in line


def test_the_line_by_rank_points_and_time(desk: Desk) -> None:
    hour = timedelta(hours=1)
    student = desk.waiting("student")
    poor = desk.waiting("staff")
    rich = desk.waiting("staff", claims={"child": 3}, at=desk.now + hour)
    late = desk.waiting("student", claims={"child": 3}, at=desk.now + hour)
    assert desk.line() == [rich, poor, student, late]
    giving = queries.giving(desk.park_id)
    assert [queries.place_of(desk.read(number), giving) for number in (rich, poor, student, late)] == [(1, 2), (2, 2), (1, 2), (2, 2)]


def test_a_liaison_sees_the_place_of_her_own_and_nobody_elses_number(desk: Desk) -> None:
    other_id = desk.stranger.grants[0].organisation_id
    assert other_id is not None
    desk.make.hold(desk.make.space(), "2026-01-01", holder=db.session.get_one(Organisation, other_id))
    first = desk.apply(desk.person(organisation_id=other_id), claims={"child": 1})
    with transaction():
        actions.admit(desk.inside(first), actor=desk.desk, now=desk.now)
    own = desk.waiting()
    giving = queries.giving(desk.park_id)

    def found(actor: Actor) -> list[tuple[str, int]]:
        rows = db.session.execute(queries.applications(desk.park_id, actor, giving, queries.Wanted()).order_by(Application.id))
        return [(row.number, row.place) for row in rows]

    assert found(desk.desk) == [(first, 1), (own, 2)]
    assert found(desk.liaison) == [(own, 2)]
    assert found(desk.stranger) == [(first, 1)]
    with pytest.raises(Missing):
        queries.application(own, desk.stranger)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["staff", "young", "student"]),
            st.integers(0, 3),
            st.integers(0, 3),
            st.none() | st.integers(0, 2),
            st.none() | st.integers(0, 2),
        ),
        max_size=12,
    )
)
def test_the_database_and_the_rules_give_the_same_places(desk: Desk, line: list[tuple[str, int, int, int | None, int | None]]) -> None:
    """Written into one transaction and rolled back."""
    db.session.rollback()
    person = db.session.scalars(db.select(people_queries.Person)).first()
    person_id = person.id if person else people_queries.person(desk.person(), SYSTEM).id
    for number, (class_code, points, days, last, drawn) in enumerate(line):
        row = Application(park_id=desk.park_id, number=f"T-{number}", person_id=person_id, organisation_id=desk.university_id)
        row.class_code, row.points, row.state, row.from_on = class_code, points, "waiting", YEAR.starts_on
        row.submitted_at = row.waiting_at = desk.now + timedelta(days=days)
        row.last_at = None if last is None else desk.now + timedelta(days=last)
        row.drawn_at = None if drawn is None else desk.now + timedelta(days=drawn)
        row.lot = "" if drawn is None else rules.lot("seed", row.number)
        db.session.add(row)
    db.session.flush()
    giving = queries.giving(desk.park_id)
    places: dict[str, int] = {}
    expected = {}
    for row in queries.in_line(desk.park_id, giving):
        places[row.class_code] = places.get(row.class_code, 0) + 1
        expected[row.number] = places[row.class_code]
    found = db.session.execute(queries.applications(desk.park_id, SYSTEM, giving, queries.Wanted()))
    assert {row.number: row.place for row in found} == expected
    db.session.rollback()


# Lotteries


def publish(desk: Desk, closes_at: datetime, seed: str = "", class_code: str = "young") -> str:
    with transaction():
        park = db.session.get_one(Park, desk.park_id)
        return actions.publish_lottery(park, class_code, closes_at, seed=seed, actor=desk.desk, now=desk.now).number


def draw(desk: Desk, number: str, *, at: datetime, seed: str = "") -> None:
    with transaction():
        actions.draw(queries.lottery(number, desk.park_id), seed=seed, actor=desk.desk, now=at)


def test_a_lottery_is_announced_drawn_once_and_drawn_again_by_anybody(desk: Desk) -> None:
    closes_at, later = desk.now + timedelta(days=10), desk.now + timedelta(days=11)
    numbers = [desk.waiting("young") for _ in range(6)]
    staff = desk.waiting("staff")
    lottery = publish(desk, closes_at)
    late = desk.waiting("young", at=later)
    row = queries.lottery(lottery, desk.park_id)
    before = actions.published(row, db.session.get_one(Park, desk.park_id))
    assert (before["seed"], before["order"], before["seed_sha256"]) == (None, [], rules.sha256(row.seed))
    entry = db.session.scalars(db.select(Entry).where(Entry.deed == "housing.publish_lottery")).one()
    assert row.seed not in str(entry.changes)

    with pytest.raises(Refused) as refused:
        draw(desk, lottery, at=desk.now)
    assert codes(refused) == ["draw_early"]
    with pytest.raises(Refused) as refused:
        draw(desk, lottery, at=later, seed="00" * 32)
    assert codes(refused) == ["other_seed"]
    draw(desk, lottery, at=later)
    with pytest.raises(Refused) as refused:
        draw(desk, lottery, at=later, seed="00" * 32)
    assert codes(refused) == ["drawn", "other_seed"]

    db.session.rollback()
    row = queries.lottery(lottery, desk.park_id)
    published = json.loads(json.dumps(actions.published(row, db.session.get_one(Park, desk.park_id))))
    assert published["applications"] == sorted(numbers)
    assert rules.verify(published, json.loads(json.dumps(before))) == []
    assert desk.line() == [staff, *(line["application"] for line in published["order"]), late]
    assert desk.read(numbers[0]).lot == rules.lot(row.seed, numbers[0])


def test_a_second_lottery_draws_who_joined_since(desk: Desk) -> None:
    first, day = desk.waiting("young"), timedelta(days=1)
    draw(desk, publish(desk, desk.now + day), at=desk.now + 2 * day)
    second = desk.waiting("young")
    draw(desk, publish(desk, desk.now + day), at=desk.now + 3 * day)
    assert desk.line() == [first, second]
    orders = db.session.scalars(db.select(Lottery.order).order_by(Lottery.id)).all()
    assert [[line["application"] for line in order] for order in orders] == [[first], [second]]


def test_what_is_against_a_lottery(desk: Desk) -> None:
    publish(desk, desk.now + timedelta(days=1))
    for class_code, closes_at, against in (
        ("young", desk.now + timedelta(days=1), ["lottery_runs"]),
        ("staff", desk.now, ["class_not_drawn", "closes_past"]),
        ("none", desk.now + timedelta(days=1), ["class_not_drawn"]),
    ):
        with pytest.raises(Refused) as refused:
            publish(desk, closes_at, class_code=class_code)
        assert codes(refused) == against


# Offers


def test_an_offer_holds_the_home_until_it_is_accepted(desk: Desk) -> None:
    number = desk.waiting()
    residency = desk.offer(number, deposit=Money.of(1500, "CNY"))
    [hold] = holds(residency)
    assert (hold.kind, hold.span, hold.holder_id) == (HoldKind.RESIDENCY, YEAR.span(desk.make.the_park().zone), desk.university_id)
    found = desk.offered(number)
    assert (found.state, found.offer_until, found.deposit_minor) == ("offered", desk.now + timedelta(days=7), 150000)
    assert (desk.read(number).state, desk.line()) == ("offered", [])
    desk.accept(number)
    row = db.session.scalars(db.select(Residency).where(Residency.number == residency)).one()
    assert (row.state, row.agreed_at, desk.read(number).state) == ("accepted", desk.now, "housed")
    assert len(holds(residency)) == 1
    assert deeds(number) == ["housing.apply", "housing.admit", "housing.offer", "housing.accept"]
    assert deeds(residency) == ["housing.offer", "housing.accept"]
    assert told()[-2:] == [("liaison", "A home is offered"), ("desk", "Accepted")]
    text = db.session.scalars(db.select(Notice.text).where(Notice.subject.contains("offered"))).one()
    assert "Wang" not in text  # numbers, no names
    assert "R01-101" in text


def test_a_declined_offer_frees_the_home_and_the_second_puts_it_to_the_end(desk: Desk) -> None:
    number, other = desk.waiting(claims={"child": 3}), desk.waiting()
    for flat in range(2):
        residency = desk.offer(number, flat)
        desk.decline(number)
        assert holds(residency) == []
    assert desk.read(number).declined == 2
    assert desk.line() == [other, number]
    assert db.session.scalars(db.select(Residency.reason)).all() == ["too far", "too far"]
    with pytest.raises(AssertionError):
        desk.decline(number)


def test_an_offer_that_nobody_answers_ends_and_the_desk_is_told(desk: Desk) -> None:
    number = desk.waiting()
    residency = desk.offer(number)
    until = desk.now + timedelta(days=7)
    assert expire(until - timedelta(seconds=1)) == 0
    with pytest.raises(Refused) as refused:
        desk.accept(number, at=until)
    assert codes(refused) == ["offer_over"]
    assert (expire(until), expire(until)) == (1, 0)
    assert holds(residency) == []
    row = desk.read(number)
    assert (row.state, row.declined) == ("waiting", 1)
    assert told()[-2:] == [("liaison", "The offer is over"), ("desk", "Nobody answered")]
    assert deeds(residency)[-1] == "housing.expire"


def test_a_home_that_is_not_ready_is_not_offered(desk: Desk) -> None:
    number, later = desk.waiting(), Term(date(2026, 6, 1), date(2026, 12, 31))

    def against(term: Term = YEAR, flat: int = 0) -> list[str]:
        with pytest.raises(Refused) as refused:
            desk.offer(number, flat, term=term)
        assert all("%(" not in str(one) for one in refused.value.objections)
        return codes(refused)

    flats = [db.session.get_one(Space, flat) for flat in desk.flats]
    desk.make.hold(flats[0], "2026-05-01", "2026-05-31", kind=HoldKind.CLOSURE, document="C-2026-0001")
    assert against() == ["works"]
    assert against(later) == ["works"]  # not before they are over
    desk.make.hold(flats[1], "2025-05-01", "2026-05-31", document="L-2026-0001")
    assert against(flat=1) == ["let"]
    desk.make.keep(Vacancy(park_id=desk.park_id, space_id=desk.flats[2], vacated_on=date(2026, 2, 1), residency_id=None))
    assert against(flat=2) == ["not_ready"]
    assert against(Term(date(2026, 3, 1)), 2) == ["offer_past", "not_ready", "not_yet"]
    desk.flats.append(desk.make.space(code="O1").id)
    assert against(flat=3) == ["not_a_home"]
    shared = desk.make.space(code="R01-104", kind="flat")
    bed = desk.make.space(code="R01-104-A", kind="bed", parent=shared)
    desk.flats += [shared.id, bed.id]
    assert against(flat=4) == ["by_the_bed"]
    assert against(flat=5) == ["other_kind"]


def test_a_bed_in_a_let_flat_is_not_offered(desk: Desk) -> None:
    shared = desk.make.space(code="R01-104", kind="flat")
    bed = desk.make.space(code="R01-104-A", kind="bed", parent=shared)
    desk.make.hold(bed, "2026-01-01", "2026-12-31", document="L-2026-0009")
    desk.flats.append(bed.id)
    number = desk.waiting("student", kind="bed")
    with pytest.raises(Refused) as refused:
        desk.offer(number, 3)
    assert codes(refused) == ["bed_let"]
    assert "R01-104" in str(refused.value.objections[0])


def test_one_home_is_offered_once(desk: Desk) -> None:
    first, second = desk.waiting(claims={"child": 1}), desk.waiting()
    residency = desk.offer(first)
    with pytest.raises(Refused) as refused:
        desk.offer(second)
    assert codes(refused) == ["offered_now"]
    assert residency in str(refused.value.objections[0])
    with pytest.raises(Refused) as refused:
        desk.offer(first, 1)
    assert "not_waiting" in codes(refused)
    with transaction(), pytest.raises(Refused) as refused:
        actions.withdraw(desk.inside(first), actor=desk.liaison, now=desk.now)
    assert codes(refused) == ["offer_open"]


def test_whose_turn_it_is(desk: Desk) -> None:
    first = desk.waiting(claims={"child": 1})
    second, too_large = desk.waiting(), desk.waiting("staff", least=Area.of(60), claims={"child": 3})
    with pytest.raises(Refused) as refused:
        desk.offer(second)
    assert codes(refused) == ["not_next"]
    assert first in str(refused.value.objections[0])  # and not the one for whom the home is too small
    with pytest.raises(Refused) as refused:
        desk.offer(too_large)
    assert codes(refused) == ["too_small"]
    residency = desk.offer(second, reason="Wheelchair")
    entry = db.session.scalars(db.select(Entry).where(Entry.label == residency)).one()
    assert entry.reason == "Wheelchair"


def test_nobody_has_two_homes(desk: Desk) -> None:
    person = desk.person()
    number = desk.apply(person)
    with transaction():
        actions.admit(desk.inside(number), actor=desk.desk, now=desk.now)
    residency = desk.offer(number)
    desk.accept(number)
    again = desk.apply(person)
    with transaction():
        actions.admit(desk.inside(again), actor=desk.desk, now=desk.now)
    with pytest.raises(Refused) as refused:
        desk.offer(again, 1)
    assert codes(refused) == ["two_homes"]
    assert residency in str(refused.value.objections[0])
    after = Term(date(2027, 4, 1), date(2027, 12, 31))
    assert desk.offer(again, 1, term=after)


def test_amounts_are_of_the_parks_currency(desk: Desk) -> None:
    number = desk.waiting()
    with transaction(), pytest.raises(Refused) as refused:
        space = db.session.get_one(Space, desk.flats[0])
        actions.offer(desk.inside(number), space, Agreed(YEAR, Money.of(5, "USD")), actor=desk.desk, now=desk.now)
    assert codes(refused) == ["other_currency"]


def test_how_long_it_took(desk: Desk) -> None:
    for days in (10, 30):
        number = desk.waiting()
        desk.offer(number, days // 20, at=desk.now + timedelta(days=days), term=Term(date(2026, 5, 1), date(2026, 12, 31)))
        desk.accept(number, at=desk.now + timedelta(days=days))
    desk.waiting()
    found = queries.figures(desk.park_id, desk.now)["staff"]
    assert (found.waiting, sorted(found.waited), rules.median(found.waited)) == (1, [10, 30], 10)


def test_rules_are_replaced_whole(app: Flask, desk: Desk) -> None:
    with transaction(), pytest.raises(Refused) as refused:
        rules_actions.set_rules(db.session.get_one(Park, desk.park_id), Giving(), actor=desk.desk, now=desk.now)
    assert codes(refused) == ["no_classes"]
    assert queries.giving(desk.park_id) == GIVING
    with transaction(), pytest.raises(Stale):
        rules_actions.set_rules(db.session.get_one(Park, desk.park_id), GIVING, version=9, actor=desk.desk, now=desk.now)
