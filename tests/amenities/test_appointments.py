"""Appointments: slots, rooms, places, and who comes."""

from __future__ import annotations

from datetime import date, timedelta

from parkmgr.amenities import actions, queries, tending
from parkmgr.amenities.rules import Offer
from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.occupancy import closures
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.places.queries import space
from parkmgr.values import Names, Span, Term
from tests.amenities.conftest import PATIENT, Centre, at, refused


def test_an_appointment_is_a_booking_of_the_operator_that_says_nothing_of_who_comes(centre: Centre) -> None:
    number = centre.appoint("2026-03-03 08:30")
    booking = centre.booking(number)
    assert (booking.state, booking.organisation.code, booking.desk) == ("confirmed", "HIT-HOSPITAL", "hospital")
    assert (booking.user_id, booking.person_id, booking.purpose, booking.guest) == (None, None, "", "")
    assert [held.span for held in ledger.of_document(number)] == [Span(at("2026-03-03 08:30"), at("2026-03-03 09:00"))]
    assert centre.appointment(number).name == PATIENT


def test_a_resident_is_kept_by_number(centre: Centre) -> None:
    found = centre.appointment(centre.appoint("2026-03-03 08:30", centre.person.lower()))
    assert found.person is not None
    assert (found.person.number, found.name) == (centre.person, "")


def test_each_bad_appointment_has_its_sentence(centre: Centre) -> None:
    with refused("who"):
        centre.appoint("2026-03-03 08:30", "  ")
    with refused("no_such_person"):
        centre.appoint("2026-03-03 08:30", "P-2026-9999")
    with refused("slot_past"):
        centre.appoint("2026-03-02 08:30")
    with refused("no_slot"):
        centre.appoint("2026-03-03 12:00")
    with refused("no_slot"):
        centre.appoint("2026-03-03 08:40")
    with refused("shut_day"):
        centre.appoint("2026-03-07 08:30")  # a Saturday
    with refused("shut_day") as said:
        centre.appoint("2026-05-01 08:30")  # Labour Day
    assert said == ["General practice is closed on 2026-05-01."]
    with refused("other_room"):
        centre.appoint("2026-03-03 08:30", room="OFFICE")
    with refused("who", "no_slot", "other_room"):
        centre.appoint("2026-03-03 07:00", "", room="SC-1")


def test_a_taken_room_and_a_closed_one_have_sentences_of_their_own(centre: Centre) -> None:
    centre.appoint("2026-03-03 08:30")
    with refused("room_taken") as said:
        centre.appoint("2026-03-03 08:30", "Somebody else")
    assert PATIENT not in said[0]
    with transaction():
        park = centre.park()
        of = db.session.scalars(db.select(Organisation).where(Organisation.code == "HIT-HOSPITAL")).one()
        term = Term(date(2026, 3, 4), date(2026, 3, 4))
        closures.close(park, [space(park.id, "HO-1")], term, operator=of, reason="Paint", actor=centre.administrator, now=centre.now)
    with refused("room_closed"):
        centre.appoint("2026-03-04 08:30")
    assert centre.booking(centre.appoint("2026-03-04 08:30", room=None)).space.code == "HO-2"


def test_without_a_room_the_first_free_one_is_given_until_none_is(centre: Centre) -> None:
    rooms = [centre.booking(centre.appoint("2026-03-03 08:30", f"Guest {each}", room=None)).space.code for each in "12"]
    assert rooms == ["HO-1", "HO-2"]
    with refused("no_room"):
        centre.appoint("2026-03-03 08:30", room=None)


def test_places_count_over_all_rooms(centre: Centre) -> None:
    with transaction():
        service = queries.service(centre.park_id, "gp")
        rooms = queries.rooms([service.id])[service.id]
        offer = Offer("hospital", service.week, places=1)
        actions.change_service(
            service, centre.park(), service.operator, service.names, offer, rooms, actor=centre.administrator, now=centre.now
        )
    number = centre.appoint("2026-03-03 08:30")
    with refused("slots_full"):
        centre.appoint("2026-03-03 08:30", room="HO-2")
    with transaction():
        found = queries.appointment(centre.park_id, number)
        actions.move_appointment(
            found, centre.park(), space(centre.park_id, "HO-2"), at("2026-03-03 08:30"), actor=centre.hospital, now=centre.now
        )
    assert centre.booking(number).space.code == "HO-2", "it is not in its own way"


def test_a_form_sent_twice_is_one_appointment(centre: Centre) -> None:
    assert centre.appoint("2026-03-03 08:30", key="once") == centre.appoint("2026-03-03 08:30", key="once")


def test_an_appointment_moves_under_its_number(centre: Centre) -> None:
    number = centre.appoint("2026-03-03 08:30")
    with transaction():
        found = queries.appointment(centre.park_id, number)
        actions.move_appointment(
            found, centre.park(), space(centre.park_id, "HO-2"), at("2026-03-04 09:00"), actor=centre.hospital, now=centre.now
        )
    assert [held.span.starts_at for held in ledger.of_document(number) if held.withdrawn_at is None] == [at("2026-03-04 09:00")]
    assert centre.appoint("2026-03-03 08:30", "The next one") != number


def test_a_cancelled_slot_is_free_and_nothing_more_is_done_with_it(centre: Centre) -> None:
    number = centre.appoint("2026-03-03 08:30")
    with transaction():
        actions.cancel_appointment(queries.appointment(centre.park_id, number), actor=centre.hospital, now=centre.now)
    centre.appoint("2026-03-03 08:30", "The next one")
    for deed in (actions.cancel_appointment, actions.arrive):
        with refused("bookings.not_now"), transaction():
            deed(queries.appointment(centre.park_id, number), actor=centre.hospital, now=centre.now)
    with refused("not_now"), transaction():
        actions.miss(queries.appointment(centre.park_id, number), actor=centre.hospital, now=centre.now)


def test_who_arrived_did_not_miss_it_and_who_missed_it_frees_the_rest(centre: Centre) -> None:
    came, missed = centre.appoint("2026-03-03 08:30"), centre.appoint("2026-03-03 08:30", room="HO-2")
    with refused("not_begun"), transaction():
        actions.miss(queries.appointment(centre.park_id, missed), actor=centre.hospital, now=centre.now)
    later = at("2026-03-03 08:40")
    with transaction():
        actions.arrive(queries.appointment(centre.park_id, came), actor=centre.hospital, now=later)
        actions.miss(queries.appointment(centre.park_id, missed), actor=centre.hospital, now=later)
    with refused("came"), transaction():
        actions.miss(queries.appointment(centre.park_id, came), actor=centre.hospital, now=later)
    assert (centre.booking(came).state, centre.booking(missed).state) == ("checked_in", "no_show")
    assert [held.ends_at for held in ledger.of_document(missed) if held.withdrawn_at is None] == [later]


def test_who_came_is_erased_ninety_days_after(centre: Centre) -> None:
    named, known = centre.appoint("2026-03-03 08:30"), centre.appoint("2026-03-03 09:00", centre.person)
    over = at("2026-03-03 09:30") + timedelta(days=90)
    assert tending.tend(over - timedelta(minutes=1)) == 1, "the one that was over half an hour before"
    assert tending.tend(over) == 1
    assert tending.tend(over) == 0
    for number in (named, known):
        found = centre.appointment(number)
        assert (found.name, found.person_id, found.erased_at is not None) == ("", None, True)
    assert centre.booking(named).number == named


def test_the_audit_knows_that_not_who(centre: Centre) -> None:
    number = centre.appoint("2026-03-03 08:30")
    entries = db.session.scalars(db.select(Entry).where(Entry.label == number).order_by(Entry.id)).all()
    assert [entry.deed for entry in entries] == ["bookings.book", "amenities.appoint"]
    assert PATIENT not in str([entry.changes for entry in entries])


def test_each_bad_service_has_its_sentence(centre: Centre) -> None:
    def add(offer: Offer, *rooms: str, code: str = "x") -> None:
        with transaction():
            park = centre.park()
            of = db.session.scalars(db.select(Organisation).where(Organisation.code == "HIT-HOSPITAL")).one()
            spaces = [space(park.id, room) for room in rooms]
            actions.add_service(park, of, code, Names("X"), offer, spaces, actor=centre.administrator, now=centre.now)

    with refused("no_hours", "bad_slot", "no_places", "no_rooms"):
        add(Offer("hospital", "", 3, 0))
    with refused("calendars.bad_hours"):
        add(Offer("hospital", "mornings"), "HO-1")
    with refused("not_a_clinic"):
        add(Offer("hospital", "Mon 08:00-09:00"), "SC-1")
    with refused("not_a_court"):
        add(Offer("sports", "Mon 08:00-09:00"), "HO-1")
    with refused("code_taken"):
        add(Offer("hospital", "Mon 08:00-09:00"), "HO-1", code="gp")
