"""A home is agreed, moved into, extended, changed for another, and left; with every reason against each."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from parkmgr.db import db, transaction
from parkmgr.errors import Refused
from parkmgr.housing import actions, queries, renewing_actions
from parkmgr.housing.models import HousingRules, Vacancy
from parkmgr.housing.rules import Home, State
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import HoldKind
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM, Actor
from parkmgr.values import Money, Term
from tests.housing.living import Block, block, day, inventory, picture, yuan
from tests.making import Maker

TODAY = date(2026, 3, 2)


@pytest.fixture
def home(make: Maker, now: datetime) -> Block:
    return block(make, now)


def refused(*codes: str) -> AbstractContextManager[Any]:
    """Expect exactly these objections."""

    class Expected:
        def __enter__(self) -> None:
            return None

        def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
            assert isinstance(error, Refused), error
            assert sorted(one.code for one in error.objections) == sorted(codes), error.objections
            for one in error.objections:
                assert str(one).endswith(".")
            return True

    return Expected()


def held(number: str) -> list[tuple[date, date]]:
    return [(one.starts_at.date() + timedelta(days=1), one.ends_at.date()) for one in ledger.of_document(number)]


def state(home: Block, space: Space, on: date) -> Home:
    listed = queries.homes(home.park_id, on)
    return queries.states(listed, on)[space.id]


def test_a_home_is_ready_offered_occupied_under_notice_vacated_and_ready_again(home: Block) -> None:
    flat = home.flat("R1-11")
    assert state(home, flat, TODAY) is Home.READY
    number = home.settle(flat, "2026-03-02", "2026-08-31", notice_days=0)
    assert state(home, flat, TODAY) is Home.OFFERED
    home.do(actions.move_in, number, None, on=TODAY)
    assert state(home, flat, TODAY) is Home.OCCUPIED
    home.do(actions.give_notice, number, given_on=TODAY, leaves_on=TODAY)
    assert state(home, flat, TODAY) is Home.NOTICE
    assert state(home, flat, day("2026-03-03")) is Home.READY
    home.do(actions.leave, number, None, on=TODAY)
    assert state(home, flat, day("2026-03-03")) is Home.VACATED
    assert held(number) == [(TODAY, TODAY)]


def test_works_a_lease_and_beds_have_their_words(home: Block, make: Maker) -> None:
    works, let, shared = home.flat("R1-12"), home.flat("R1-13"), home.flat("R1-14")
    beds = [home.flat(f"R1-14-{letter}", kind="bed", parent=shared, area="10") for letter in "ABC"]
    make.hold(works, "2026-03-01", "2026-03-31", kind=HoldKind.CLOSURE)
    make.hold(let, "2026-01-01", "2026-12-31")
    assert [state(home, one, TODAY) for one in (works, let, shared)] == [Home.WORKS, Home.LET, Home.READY]
    home.resident(beds[0], "2026-03-01", "2026-12-31")
    assert state(home, shared, TODAY) is Home.PARTLY
    assert state(home, beds[1], TODAY) is Home.READY


def test_the_board_is_one_select_and_knows_other_days(home: Block, statements: Any) -> None:
    flats = [home.flat(f"R1-2{number}") for number in range(4)]
    number = home.resident(flats[0], "2026-02-01", "2026-06-30")
    later = home.settle(flats[1], "2026-04-01", "2026-12-31")
    home.park  # noqa: B018 - read before
    with statements() as seen:
        found = queries.homes(home.park_id, TODAY)
    assert len(seen) <= 2
    assert [one.document for one in found] == [number, "", "", ""]
    assert found[1].coming == later
    assert state(home, flats[1], day("2026-04-02")) is Home.OFFERED
    assert queries.states(queries.homes(home.park_id, TODAY, known=datetime(2020, 1, 1, tzinfo=home.now.tzinfo)), TODAY) == {
        one.id: Home.READY for one in flats
    }


def test_every_reason_against_a_home(home: Block, make: Maker) -> None:
    flat, let, office = home.flat("R1-31", capacity=2), home.flat("R1-32"), home.flat("R1-33", kind="office")
    make.hold(let, "2026-01-01", "2026-12-31")
    person = home.person()
    first = home.resident(flat, "2026-02-01", "2026-12-31", person=person)
    with refused("housing.taken", "housing.two_homes", "housing.too_many_people"):
        home.settle(flat, "2026-06-01", "2027-05-31", person=person, people=3)
    with refused("housing.let"):
        home.settle(let, "2026-06-01", None)
    with refused("housing.not_a_home", "housing.currencies"):
        home.settle(office, "2026-06-01", None, deposit=Money.of(100, "RUB"))
    with refused("housing.not_a_home"):
        home.settle(home.flat("R1-34", ends_on=day("2026-12-01")), "2026-06-01", "2026-12-31")
    assert home.residency(first).state == State.RESIDENT


def test_a_bed_in_a_let_flat_says_so_and_names_the_holder_only_to_who_may_know(home: Block, make: Maker) -> None:
    flat = home.flat("R1-41")
    beds = [home.flat(f"R1-41-{letter}", kind="bed", parent=flat, area="10") for letter in "AB"]
    for bed in beds:
        make.hold(bed, "2026-01-01", "2026-12-31", document="L-2026-0001", holder=None)
    with pytest.raises(Refused) as told:
        home.settle(beds[0], "2026-04-01", "2026-06-30")
    [one] = told.value.objections
    assert one.code == "housing.bed_let"
    assert "R1-41" in str(one) and "L-2026-0001" in str(one)
    with transaction():
        known = actions.place(
            home.park, db.session.get_one(Space, beds[0].id), Term(day("2026-04-01"), day("2026-06-30")), None, actor=Actor(9, "x")
        )
    assert [(blocking.by, blocking.document) for blocking in known.in_the_way] == [("", "")]


def test_moving_in_is_not_before_the_first_day_nor_twice_nor_into_an_unseen_home(home: Block) -> None:
    flat = home.flat("R1-51")
    with refused("housing.before_start"):
        home.do(actions.move_in, home.settle(flat, "2026-03-10", "2026-08-31"), None, on=TODAY)
    other = home.flat("R1-52")
    gone = home.resident(other, "2026-01-01", "2026-03-01")
    home.do(actions.leave, gone, None, on=day("2026-03-01"))
    number = home.settle(other, "2026-03-02", "2026-12-31")
    with refused("housing.not_ready"):
        home.do(actions.move_in, number, None, on=TODAY)
    with refused("housing.not_ready"):
        home.do(actions.move_in, number, None, on=TODAY, waiver="I have seen it")  # the desk waives nothing
    home.do(actions.move_in, number, None, on=TODAY, waiver="I have seen it", actor=home.administrator)
    assert queries.vacancies([other.id]) == {}
    with refused("housing.state"):
        home.do(actions.move_in, number, None, on=TODAY)


def test_check_out_is_not_before_check_in(home: Block) -> None:
    number = home.settle(home.flat("R1-53"), "2026-02-01", "2026-12-31")
    home.do(actions.move_in, number, None, on=day("2026-02-20"))
    with refused("housing.out_before_in", "housing.no_notice"):
        home.do(actions.leave, number, None, on=day("2026-02-10"))


def test_notice_that_is_too_short_is_waived_by_an_administrator_alone(home: Block) -> None:
    number = home.resident(home.flat("R1-61"), "2026-02-01", "2026-12-31")
    with refused("housing.short_notice"):
        home.do(actions.give_notice, number, given_on=TODAY, leaves_on=day("2026-03-10"))
    with refused("housing.short_notice"):
        home.do(actions.give_notice, number, given_on=TODAY, leaves_on=day("2026-03-10"), waiver="a new job")
    home.do(actions.give_notice, number, given_on=TODAY, leaves_on=day("2026-03-10"), waiver="a new job", actor=home.administrator)
    assert held(number) == [(day("2026-02-01"), day("2026-03-10"))]
    assert queries.terms(home.residency(number).id)[-1].ends_on == day("2026-03-10")


def test_an_extension_keeps_what_was_agreed_and_meets_who_comes_next(home: Block) -> None:
    flat = home.flat("R1-62")
    number = home.resident(flat, "2026-01-01", "2026-06-30")
    next_one = home.settle(flat, "2026-09-01", "2026-12-31")
    with refused("housing.taken"):
        home.do(actions.extend, number, day("2026-10-31"))
    with refused("housing.not_later", "housing.other_currency"):
        home.do(actions.extend, number, day("2026-06-30"), rent=Money.of(1, "RUB"))
    home.do(actions.extend, number, day("2026-08-31"), rent=yuan(2000))
    rows = queries.terms(home.residency(number).id)
    assert [(row.from_on, row.ends_on, row.rent) for row in rows] == [
        (day("2026-01-01"), day("2026-08-31"), yuan(1800)),
        (day("2026-07-01"), day("2026-08-31"), yuan(2000)),
    ]
    assert held(number) == [(day("2026-01-01"), day("2026-08-31"))]
    assert held(next_one) == [(day("2026-09-01"), day("2026-12-31"))]


def test_a_transfer_closes_and_opens_on_one_day_and_not_into_an_occupied_home(home: Block) -> None:
    one, other, third = (home.flat(f"R1-7{number}") for number in range(3))
    number = home.resident(one, "2026-01-01", "2026-12-31", deposit=yuan(1800))
    home.do(actions.receive_deposit, number, on=day("2026-01-01"))
    home.resident(other, "2026-01-01", "2026-12-31")
    with refused("housing.taken"):
        home.do(actions.transfer, number, db.session.get_one(Space, other.id), on=TODAY, rent=yuan(2100))
    made = home.do(actions.transfer, number, db.session.get_one(Space, third.id), on=TODAY, rent=yuan(2100))
    assert held(number) == [(day("2026-01-01"), day("2026-03-01"))]
    assert held(made.number) == [(TODAY, day("2026-12-31"))]
    old, new = home.residency(number), home.residency(made.number)
    assert (old.state, old.left_on, old.deposit_minor) == (State.LEFT, day("2026-03-01"), None)
    assert (new.state, new.moved_on, new.deposit_minor, new.follows_id) == (State.RESIDENT, TODAY, 180000, old.id)
    assert state(home, one, TODAY) is Home.VACATED
    assert queries.followed_by(old.id) == new.number


def test_two_residents_swap_their_homes(home: Block) -> None:
    flats = [home.flat(f"R1-8{number}") for number in range(2)]
    numbers = [home.resident(flat, "2026-01-01", "2026-12-31") for flat in flats]
    with transaction():
        pair = [home.residency(number) for number in numbers]
        made = actions.swap(pair[0], pair[1], on=TODAY, actor=home.desk, now=home.now)
        spaces = [one.space.code for one in made]
    assert spaces == ["R1-81", "R1-80"]
    assert [state(home, flat, TODAY) for flat in flats] == [Home.OCCUPIED, Home.OCCUPIED]


def test_a_contract_is_called_off_before_anybody_moves_in(home: Block) -> None:
    flat = home.flat("R1-91")
    number = home.settle(flat, "2026-04-01", "2026-12-31")
    with refused("housing.no_reason"):
        home.do(actions.call_off, number, "")
    home.do(actions.call_off, number, "went elsewhere")
    assert held(number) == []
    with refused("housing.state"):
        home.do(actions.call_off, number, "again")


def with_inventory(home: Block) -> None:
    home.make.keep(
        HousingRules(
            park_id=home.park_id,
            classes=[],
            eligible=[],
            points=[],
            items=[{"room": "Hall", "item": "Door", "en": "Door", "photo": True}],
            meters=[{"code": "water", "en": "Water", "unit": "m³"}],
        )
    )


def test_a_check_needs_its_photos_and_meters_and_meters_run_forwards(home: Block) -> None:
    with_inventory(home)
    number = home.settle(home.flat("R1-92"), "2026-02-01", "2026-03-31")
    with refused("housing.no_photo", "housing.no_meter"):
        home.do(actions.move_in, number, inventory(), on=day("2026-02-01"))
    home.do(actions.move_in, number, inventory(meters={"water": 12500}, photo=picture()), on=day("2026-02-01"))
    with refused("housing.meter_backwards", "housing.fewer_keys", "housing.no_notice"):
        home.do(actions.leave, number, inventory(keys=1, meters={"water": 12499}, photo=picture()), on=TODAY)


def test_a_deduction_cites_a_worse_line_and_stays_within_the_deposit(home: Block) -> None:
    number = home.settle(home.flat("R1-93"), "2026-02-01", "2026-03-01", deposit=yuan(1000))
    home.do(actions.move_in, number, inventory(door=2), on=day("2026-02-01"))
    home.do(actions.receive_deposit, number, on=day("2026-02-01"))
    home.do(actions.leave, number, inventory(door=4), on=day("2026-03-01"))
    checks = queries.checks(home.residency(number).id)
    [before], [after] = (queries.lines([checks[kind].id])[checks[kind].id] for kind in ("in", "out"))
    with refused("housing.not_of_check_out"):
        home.do(actions.deduct, number, before.id, yuan(10), "scratched")
    with refused("housing.too_much", "housing.no_reason"):
        home.do(actions.deduct, number, after.id, yuan(1001), " ")
    home.do(actions.deduct, number, after.id, yuan(300), "scratched")
    with refused("housing.too_much"):
        home.do(actions.deduct, number, after.id, yuan(701), "scratched more")
    assert home.do(actions.return_deposit, number, on=TODAY) == yuan(700)
    with refused("housing.deposit_returned"):
        home.do(actions.return_deposit, number, on=TODAY)


def test_both_sides_confirm_a_check_once(home: Block) -> None:
    number = home.settle(home.flat("R1-94"), "2026-02-01", "2026-03-31")
    with transaction():
        row = actions.move_in(home.residency(number), inventory(), on=day("2026-02-01"), actor=home.desk, now=home.now)
        assert row is not None
        actions.confirm_desk(row, actor=home.desk, now=home.now)
        secret = actions.make_link(row, actor=home.desk, now=home.now)
    with transaction():
        found = queries.check_of_token(queries.secret_of(secret))
        assert found is not None
        actions.confirm_resident(found, now=home.now)
    with refused("housing.confirmed"), transaction():
        found = queries.check_of_token(queries.secret_of(secret))
        assert found is not None
        actions.confirm_resident(found, now=home.now)


def test_a_vacated_home_is_made_ready_when_somebody_has_seen_it_and_no_works_are_on(home: Block, make: Maker) -> None:
    flat = home.flat("R1-95")
    number = home.resident(flat, "2026-01-01", "2026-02-20")
    home.do(actions.leave, number, None, on=day("2026-02-20"))
    make.hold(flat, "2026-03-01", "2026-03-03", kind=HoldKind.CLOSURE)

    def ready(on: str) -> None:
        with transaction():
            actions.make_ready(queries.vacancy(home.park_id, flat.id, SYSTEM), on=day(on), actor=home.desk, now=home.now)

    with refused("housing.works"):
        ready("2026-03-02")
    with refused("housing.ready_before"):
        ready("2026-02-20")
    ready("2026-02-26")
    assert db.session.scalars(db.select(Vacancy)).one().ready_on == day("2026-02-26")
    again = home.settle(flat, "2026-02-27", "2026-02-28")
    home.do(actions.move_in, again, None, on=day("2026-02-27"))
    assert queries.turnarounds(home.park_id, day("2026-01-01"), TODAY) == [6]


def test_void_days_leave_out_residents_leases_and_works(home: Block, make: Maker, statements: Any) -> None:
    flat = home.flat("R1-96")
    home.resident(flat, "2026-01-01", "2026-01-10")
    make.hold(flat, "2026-01-15", "2026-01-19", kind=HoldKind.CLOSURE)
    make.hold(flat, "2026-01-25", "2026-02-10")
    park = home.park
    park.zone  # noqa: B018 - read before
    with statements() as seen:
        [void] = queries.voids(park, Term(day("2026-01-01"), day("2026-01-31")))
    assert len(seen) == 1
    assert (void.days, void.there) == (31 - 10 - 5 - 7, 31)


def test_many_residencies_are_renewed_or_none(home: Block) -> None:
    flats = [home.flat(f"R2-{number}") for number in range(3)]
    numbers = [home.resident(flat, "2026-01-01", "2026-06-30", rent=Money(180050, "CNY")) for flat in flats]
    taken = home.settle(flats[2], "2026-09-01", "2026-12-31")

    def renew() -> None:
        with transaction():
            listed = queries.residencies_of([home.residency(number).id for number in numbers])
            renewing_actions.renew(home.park, listed, until=day("2027-06-30"), percent=Decimal("2.5"), actor=home.desk, now=home.now)

    with pytest.raises(Refused) as told:
        renew()
    assert [str(one).startswith(numbers[2]) for one in told.value.objections] == [True]
    assert [held(number)[0][1] for number in numbers] == [day("2026-06-30")] * 3
    home.do(actions.call_off, taken, "gone")
    renew()
    assert [held(number) for number in numbers] == [[(day("2026-01-01"), day("2027-06-30"))]] * 3
    rows = queries.terms(home.residency(numbers[0]).id)
    assert [(row.from_on, row.rent) for row in rows] == [(day("2026-01-01"), Money(180050, "CNY")), (day("2026-07-01"), yuan(1846))]


def test_renewing_ten_takes_no_more_selects_than_renewing_two(home: Block, app: Flask, statements: Any) -> None:
    numbers = [home.resident(home.flat(f"R3-{number}"), "2026-01-01", "2026-06-30") for number in range(12)]

    def selects(some: list[str], until: str) -> int:
        with statements() as seen, transaction():
            listed = queries.residencies_of([home.residency(number).id for number in some])
            before = len(seen)
            renewing_actions.renew(home.park, listed, until=day(until), percent=Decimal(0), actor=home.desk, now=home.now)
        return len(seen) - before

    assert selects(numbers[:2], "2026-12-31") == selects(numbers[2:], "2026-12-31")
