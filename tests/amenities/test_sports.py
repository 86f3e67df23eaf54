"""The sports centre's desk: memberships and who comes in."""

from __future__ import annotations

from datetime import date, datetime

from parkmgr.amenities import actions, queries
from parkmgr.amenities.models import Visit
from parkmgr.db import db, transaction
from parkmgr.organisations.models import Organisation
from parkmgr.values import Money
from tests.amenities.conftest import Centre, at, refused


def membership(centre: Centre, *, person: bool = True, visits: int | None = 2, first: str = "2026-03-01", last: str = "2026-03-31") -> str:
    """The number of a new membership of ALPHA."""
    with transaction():
        of = db.session.scalars(db.select(Organisation).where(Organisation.code == "ALPHA")).one()
        made = actions.add_membership(
            centre.park(),
            of,
            plan="Ten visits",
            starts_on=date.fromisoformat(first),
            ends_on=date.fromisoformat(last),
            visits=visits,
            price=Money(15000, "CNY"),
            person=queries.person_of(centre.park_id, centre.person) if person else None,
            actor=centre.sports,
            now=centre.now,
        )
        return made.number


def visit(
    centre: Centre, *, number: str = "", class_: str = "", people: int = 1, key: str | None = None, now: datetime | None = None
) -> tuple[int, Money | None]:
    """A counted visit's id, and what it cost."""
    with transaction():
        park = centre.park()
        made = actions.count_visit(
            queries.service(park.id, "pool"),
            park,
            membership=queries.membership(park.id, number) if number else None,
            class_=class_,
            people=people,
            key=key,
            actor=centre.sports,
            now=now or centre.now,
        )
        return made.id, made.price


def test_visits_are_counted_off_a_membership_until_none_is_left(centre: Centre) -> None:
    number = membership(centre)
    assert visit(centre, number=number)[1] is None
    visit(centre, number=number)
    with refused("used_up"):
        visit(centre, number=number)


def test_a_double_click_counts_once(centre: Centre) -> None:
    number = membership(centre, visits=1)
    assert visit(centre, number=number, key="click") == visit(centre, number=number, key="click")
    assert db.session.scalar(db.select(db.func.count()).select_from(Visit)) == 1


def test_a_mistake_gives_the_visit_back_once(centre: Centre) -> None:
    number = membership(centre, visits=1)
    id_, _price = visit(centre, number=number)
    with transaction():
        actions.cancel_visit(queries.visit(centre.park_id, id_), actor=centre.sports, now=centre.now)
    with refused("cancelled"), transaction():
        actions.cancel_visit(queries.visit(centre.park_id, id_), actor=centre.sports, now=centre.now)
    visit(centre, number=number)


def test_who_comes_without_a_membership_pays_by_class(centre: Centre) -> None:
    assert visit(centre, class_="resident", people=2)[1] == Money(4000, "CNY")
    assert visit(centre, class_="outside")[1] == Money(4500, "CNY")
    with refused("bad_class"):
        visit(centre, class_="friend")
    with refused("card_or_class"):
        visit(centre)
    with refused("card_or_class"):
        visit(centre, number=membership(centre), class_="resident")


def test_a_full_or_closed_service_lets_nobody_in(centre: Centre) -> None:
    visit(centre, class_="resident", people=8)
    with refused("full") as said:
        visit(centre, class_="resident", people=3)
    assert said == ["Swimming pool has 10 places; 8 are there now, so that 3 more cannot come in."]
    visit(centre, class_="resident", people=3, now=at("2026-03-02 13:00"))  # an hour later the first are gone
    with refused("shut_now"):
        visit(centre, class_="resident", now=at("2026-03-02 22:00"))
    with refused("nobody_came"):
        visit(centre, class_="resident", people=0)


def test_a_person_has_one_membership_at_a_time_and_a_card_is_anybodys(centre: Centre) -> None:
    membership(centre)
    with refused("overlaps"):
        membership(centre, first="2026-03-31", last="2026-04-30")
    membership(centre, first="2026-04-01", last="2026-04-30")
    membership(centre, person=False), membership(centre, person=False)


def test_an_ended_membership_lets_nobody_in(centre: Centre) -> None:
    number = membership(centre)

    def end(on: str) -> None:
        with transaction():
            row = queries.membership(centre.park_id, number)
            actions.end_membership(row, date.fromisoformat(on), actor=centre.sports, now=centre.now)

    with refused("end_outside"):
        end("2026-04-01")
    end("2026-03-01")
    with refused("ended"):
        end("2026-03-05")
    with refused("ended"):
        visit(centre, number=number)
    membership(centre, first="2026-03-02")


def test_each_bad_membership_has_its_sentence(centre: Centre) -> None:
    with refused("needs_plan", "backwards", "no_visits", "other_currency"), transaction():
        of = db.session.scalars(db.select(Organisation).where(Organisation.code == "ALPHA")).one()
        actions.add_membership(
            centre.park(), of, plan=" ", starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 1), visits=0, price=Money(1, "EUR"),
            actor=centre.sports, now=centre.now,
        )  # fmt: skip
    with refused("person_of_other"), transaction():
        of = db.session.scalars(db.select(Organisation).where(Organisation.code == "BETA")).one()
        person = queries.person_of(centre.park_id, centre.person)
        actions.add_membership(
            centre.park(), of, plan="Year", starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 3), person=person,
            actor=centre.sports, now=centre.now,
        )  # fmt: skip


def test_visits_are_added_up_by_day_and_service(centre: Centre) -> None:
    visit(centre, class_="resident", people=2)
    visit(centre, number=membership(centre))
    mistaken, _price = visit(centre, class_="outside")
    visit(centre, class_="outside", now=at("2026-03-03 12:00"))
    with transaction():
        actions.cancel_visit(queries.visit(centre.park_id, mistaken), actor=centre.sports, now=centre.now)
    counts = queries.visits_by_day(centre.park(), date(2026, 3, 2), date(2026, 3, 3))
    assert [(one.day.day, one.visits, one.people, one.with_membership, one.money) for one in counts] == [
        (2, 2, 3, 1, Money(4000, "CNY")),
        (3, 1, 1, 0, Money(4500, "CNY")),
    ]
