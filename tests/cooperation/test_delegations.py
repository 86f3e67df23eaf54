"""The deeds of visits on the register: nothing is held before approval, then everything is."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from parkmgr.audit.models import Entry
from parkmgr.cooperation import delegation_actions as actions
from parkmgr.cooperation import delegation_queries as queries
from parkmgr.cooperation import tending
from parkmgr.cooperation.delegation_actions import Member, Outcome
from parkmgr.cooperation.delegation_rules import Wishes
from parkmgr.cooperation.health import health
from parkmgr.cooperation.models import DelegationMember
from parkmgr.cooperation.rules import ItemKind, OutcomeKind
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.notices.models import Notice
from parkmgr.occupancy.models import Hold
from parkmgr.people.models import Person
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import day_of
from tests.conftest import NOW
from tests.cooperation.conftest import ARRIVES, LEAVES, Club

AFTER = NOW + timedelta(days=20)


def refused(deed) -> list[str]:
    with pytest.raises(Refused) as caught, transaction():
        deed()
    return [one.code for one in caught.value.objections]


def held() -> set[str]:
    return {hold.document for hold in db.session.scalars(db.select(Hold).where(Hold.withdrawn_at.is_(None)))}


def test_the_park_proposes_the_smallest_room_and_the_fewest_flats(club: Club):
    items = club.proposal(6)
    kinds = [item.kind for item in items]
    assert kinds.count(ItemKind.MEETING) == 3 and kinds.count(ItemKind.INTERPRETER) == 3 and kinds.count(ItemKind.TRANSPORT) == 2
    assert [item.people for item in items if item.kind is ItemKind.HOME] == [4, 2]
    assert len({item.space_id for item in items if item.kind is ItemKind.MEETING}) == 1


def test_a_delegation_larger_than_the_beds_is_refused_at_its_field(club: Club):
    with pytest.raises(Refused) as caught:
        club.proposal(10)
    [objection] = caught.value.objections
    assert (objection.code, objection.field, objection.facts) == ("cooperation.too_few_beds", "people", {"people": 10, "beds": 9})


def test_a_room_for_more_people_than_any_holds_is_refused(club: Club):
    with pytest.raises(Refused) as caught:
        club.proposal(150, Wishes(meeting=(time(10), time(12))))
    assert {one.code for one in caught.value.objections} == {"cooperation.no_room"}


def test_asking_holds_nothing_and_approving_holds_everything(club: Club):
    id_ = club.visit()
    assert held() == set()
    with transaction():
        actions.approve_delegation(club.delegation(id_), actor=club.actor(), now=NOW)
    rows = queries.items(id_)
    assert {row.booking.state for row in rows if row.booking} == {"confirmed"}
    homes = [row.residency for row in rows if row.residency]
    assert [(home.people, home.state) for home in homes] == [(4, "accepted"), (2, "accepted")]
    assert held() == {row.booking.number for row in rows if row.booking} | {home.number for home in homes}
    nights = db.session.scalars(db.select(Hold).where(Hold.document == homes[0].number)).one()
    assert (day_of(nights.starts_at, club.park.zone), day_of(nights.ends_at, club.park.zone)) == (ARRIVES, LEAVES)


def test_the_register_of_people_does_not_know_who_comes(club: Club):
    id_ = club.visit()
    with transaction():
        actions.add_member(club.delegation(id_), Member("Ivan Secretov", passport="AB12"), actor=SYSTEM, now=NOW)
    with transaction():
        actions.approve_delegation(club.delegation(id_), actor=club.actor(), now=NOW)
    number = club.delegation(id_).number
    assert [one.name for one in db.session.scalars(db.select(Person))] == [f"Guests 1–4 of {number}", f"Guests 5–6 of {number}"]
    kept = " ".join(str(entry.changes) for entry in db.session.scalars(db.select(Entry)))
    assert "Secretov" not in kept and "AB12" not in kept


def test_all_or_nothing(club: Club):
    id_ = club.visit()
    flat = next(row for row in queries.items(id_) if row.kind == ItemKind.HOME)
    club.make.hold(flat.space, "2026-03-17", "2026-03-17")
    before = held()
    deed = lambda: actions.approve_delegation(club.delegation(id_), actor=club.actor(), now=NOW)  # noqa: E731
    with pytest.raises(Refused) as caught, transaction():
        deed()
    assert [str(one).startswith(flat.space.code) for one in caught.value.objections] == [True]
    assert (held(), club.delegation(id_).state) == (before, "requested")


def test_each_line_that_cannot_be_held_says_why(club: Club):
    id_ = club.visit()
    rows = queries.items(id_)
    for kind in (ItemKind.HOME, ItemKind.MEETING):
        row = next(row for row in rows if row.kind == kind)
        club.make.hold(row.space, "2026-03-16", "2026-03-16")
    found = actions.judged(club.delegation(id_), actor=club.actor(), now=NOW)
    assert sorted(one.item.kind for one in found if one.against) == ["home", "meeting"]


def test_rules_that_may_be_waived_are_waived_with_a_reason_only(club: Club):
    early = Wishes(meeting=(time(6), time(7)))
    id_ = club.visit(wishes=early)

    def deed(waiver: str) -> None:
        actions.approve_delegation(club.delegation(id_), waiver=waiver, actor=club.actor(), now=NOW)

    assert set(refused(lambda: deed(""))) == {"bookings.closed_then"}
    with transaction():
        deed("They leave at eight")
    assert {row.booking.reason for row in queries.items(id_) if row.booking} == {"They leave at eight"}


def test_the_desk_is_given_the_power_to_book_and_house_by_approving(club: Club):
    desk, id_ = club.desk(), club.visit()
    with transaction():
        actions.approve_delegation(club.delegation(id_), actor=desk, now=NOW)
    assert club.delegation(id_).state == "approved"


def test_a_room_of_four_eyes_is_asked_for_by_who_asked_and_approved_by_who_approves(club: Club):
    for code in ("M10", "M20", "M100"):
        room = db.session.scalars(db.select(Space).where(Space.code == code)).one()
        club.make.rules(club.park, space_id=room.id, four_eyes=True, answer="approval", ahead_days=400)
    liaison, desk = club.liaison(), club.desk()
    wishes = Wishes(meeting=(time(10), time(12)))
    hers, own = club.visit(wishes=wishes, actor=liaison), club.visit(wishes=wishes, actor=desk)
    assert set(refused(lambda: actions.approve_delegation(club.delegation(own), actor=desk, now=NOW))) <= {
        "bookings.four_eyes",
        "bookings.on_date",
    }
    with transaction():
        actions.approve_delegation(club.delegation(hers), actor=desk, now=NOW)
    assert {row.booking.state for row in queries.items(hers) if row.booking} == {"confirmed"}


def test_a_laboratory_that_asks_for_permits_can_be_toured(club: Club):
    wishes = Wishes(labs=("LAB",))
    id_ = club.approved(wishes=wishes)
    [row] = queries.items(id_)
    assert (row.kind, row.space.code, row.booking_id) == ("lab_tour", "LAB", None)


def test_cancelling_frees_everything(club: Club):
    id_ = club.approved()
    with transaction():
        actions.cancel_delegation(club.delegation(id_), reason="Illness", actor=club.actor(), now=NOW)
    assert held() == set()
    assert {row.booking.state for row in queries.items(id_) if row.booking} == {"cancelled"}
    assert refused(lambda: actions.cancel_delegation(club.delegation(id_), reason="", actor=SYSTEM, now=NOW)) == [
        "cooperation.not_now",
        "cooperation.needs_reason",
    ]


def test_a_visit_goes_its_way_to_its_report_and_the_agreement_counts_it(club: Club):
    agreement = club.in_force()
    id_ = club.approved(agreement=agreement)
    for deed in (actions.invite, actions.confirm_delegation):
        with transaction():
            deed(club.delegation(id_), actor=SYSTEM, now=NOW)
    with transaction():
        outcome = Outcome(OutcomeKind.AGREEMENT_CONFIRMED, club.agreement(agreement))
        actions.report_delegation(club.delegation(id_), "Good", [outcome], actor=club.actor(), now=AFTER)
    assert {row.residency.state for row in queries.items(id_) if row.residency} == {"left"}
    [(row, about, _project)] = queries.outcomes(id_)
    assert (row.kind, about.id) == ("agreement_confirmed", agreement)
    [found] = health(club.park, LEAVES, [agreement])
    assert (found.done, found.last_on, found.use.room_hours) == ({"visit": 1}, ARRIVES, 6)


def test_people_housed_are_counted_on_the_nights(club: Club):
    agreement = club.in_force()
    club.approved(agreement=agreement)
    assert [health(club.park, day, [agreement])[0].use.housed for day in (date(2026, 3, 15), ARRIVES, LEAVES)] == [0, 6, 0]


def test_a_changed_programme_is_what_is_approved(club: Club):
    id_ = club.visit()
    kept = [item for item in club.proposal(6) if item.kind is ItemKind.MEETING][:1]
    with transaction():
        actions.set_programme(club.delegation(id_), kept, actor=SYSTEM, now=NOW)
    with transaction():
        actions.approve_delegation(club.delegation(id_), actor=club.actor(), now=NOW)
    assert [row.kind for row in queries.items(id_)] == ["meeting"]
    assert refused(lambda: actions.set_programme(club.delegation(id_), kept, actor=SYSTEM, now=NOW)) == ["cooperation.not_now"]


def test_names_are_erased_some_days_after_they_left(club: Club):
    id_ = club.visit()
    somebody = Member("Ivan Secretov", "Rector", "RU", "AB12", date(1960, 1, 1), leads=True)
    with transaction():
        actions.add_member(club.delegation(id_), somebody, actor=SYSTEM, now=NOW)
    assert tending.erase(NOW + timedelta(days=45)) == 0
    assert tending.erase(NOW + timedelta(days=48)) == 1
    [row] = db.session.scalars(db.select(DelegationMember))
    assert (row.name, row.position, row.citizenship, row.passport, row.born_on, row.leads) == ("", "", "", "", None, True)
    assert tending.erase(NOW + timedelta(days=60)) == 0


def test_who_must_know_is_told(club: Club):
    club.liaison(email="liaison@example.org"), club.desk(email="desk@example.org")
    club.make.granted(Role.ADMINISTRATOR, park=club.park, email="admin@example.org")
    id_ = club.visit()
    assert {one.address for one in db.session.scalars(db.select(Notice))} == {
        "liaison@example.org",
        "desk@example.org",
        "admin@example.org",
    }
    with transaction():
        actions.reject_delegation(club.delegation(id_), reason="No time", actor=SYSTEM, now=NOW)
    texts = [one.text for one in db.session.scalars(db.select(Notice).where(Notice.address == "liaison@example.org"))]
    assert any("No time" in text for text in texts)


def test_a_liaison_sees_visits_of_which_her_university_is_guest_or_host(club: Club):
    id_ = club.visit()
    number = club.delegation(id_).number
    assert queries.delegation(number, club.liaison(), park="CP").id == id_
    assert queries.delegation(number, club.liaison("PARK"), park="CP").id == id_
    with pytest.raises(Missing):
        queries.delegation(number, club.liaison("ITMO"), park="CP")


def test_the_list_is_one_select(club: Club, statements):
    club.visit()
    with statements() as seen:
        rows = db.session.execute(queries.delegations(club.park_id, SYSTEM, queries.Wanted(organisation="PARK", state="requested"))).all()
    assert (len(rows), len(seen)) == (1, 1)
