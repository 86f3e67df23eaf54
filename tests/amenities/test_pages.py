"""The pages of both desks and of seasons, as the people use them."""

from __future__ import annotations

import json
import re

from flask import Flask

from parkmgr import clock
from parkmgr.amenities import queries, season_actions
from parkmgr.amenities.rules import run_again
from parkmgr.db import transaction
from tests.amenities.conftest import Centre, at
from tests.web.visiting import Visitor


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


# Hospital


def test_a_free_slot_is_appointed_in_two_clicks(centre: Centre, desk: Visitor) -> None:
    day = desk.get("/parks/HIT/hospital?service=gp&on=2026-03-03").text
    [slot] = [link for link in re.findall(r'href="(/parks/HIT/hospital/appoint\?[^"]*)"', day) if "HO-1" in link and "00:30Z" in link]
    form = desk.get(slot.replace("&amp;", "&")).text
    assert not [word for word in ("reason", "purpose", "note", "diagnosis") if f'name="{word}"' in form]
    key = hidden(form, "key")
    for _click in range(2):
        done = desk.post(slot.replace("&amp;", "&"), who="Chen Fang", key=key)
        assert (done.status_code, done.location) == (303, "/parks/HIT/hospital?service=gp&on=2026-03-03")
    assert desk.get(str(done.location)).text.count("Chen Fang") == 1


def test_a_refused_appointment_keeps_what_was_typed(centre: Centre, desk: Visitor) -> None:
    centre.appoint("2026-03-03 08:30")
    answer = desk.post("/parks/HIT/hospital/appoint?service=gp&room=HO-1&at=2026-03-03T00:30Z", who="Chen Fang")
    assert answer.status_code == 422
    assert "HO-1 is taken" in answer.text
    assert "Chen Fang" in answer.text
    assert desk.get("/parks/HIT/hospital/appoint?service=gp&room=HO-1&at=yesterday").status_code == 404


def test_the_desk_moves_notes_and_cancels(centre: Centre, desk: Visitor) -> None:
    number = centre.appoint("2026-03-03 08:30")
    page = f"/parks/HIT/hospital/appointments/{number}"
    choosing = desk.get(f"/parks/HIT/hospital?service=gp&on=2026-03-02&move={number}").text
    assert "Move here" in choosing
    moved = desk.post(f"{page}/move", room="HO-2", at="2026-03-02T05:30Z", version=hidden(choosing, "version"))
    assert moved.status_code == 303
    assert centre.booking(number).starts_at == at("2026-03-02 13:30")
    early = desk.post(f"{page}/arrive")
    assert (early.status_code, "Check-in opens at" in early.text) == (422, True)
    assert desk.post(f"{page}/move", room="NOWHERE", at="x").status_code == 422
    assert desk.post(f"{page}/miss").status_code == 422
    stale = desk.post(f"{page}/cancel", version="1")
    assert stale.status_code == 409
    assert desk.post(f"{page}/cancel").status_code == 303
    assert centre.booking(number).state == "cancelled"


def test_the_desk_page_is_a_few_questions_however_full_the_day_is(centre: Centre, app: Flask, desk: Visitor, statements) -> None:  # type: ignore[no-untyped-def]
    address = "/parks/HIT/hospital?service=gp&on=2026-03-03"
    desk.get(address)
    with statements() as empty:
        desk.get(address)
    for slot in ("08:00", "08:30", "09:00", "09:30"):
        centre.appoint(f"2026-03-03 {slot}", f"Guest at {slot}")
    with statements() as full:
        desk.get(address)
    assert len(full) == len(empty)


def test_the_hospital_is_no_page_of_administrators(centre: Centre, app: Flask, noon: object) -> None:
    visitor = Visitor(app).is_(centre.administrator)
    assert visitor.get("/parks/HIT/hospital").status_code == 403
    services = visitor.get("/parks/HIT/services")
    assert "General practice" in services.text
    assert visitor.get("/parks/HIT/services/gp/change").status_code == 200


def test_each_desk_changes_its_own_services_only(centre: Centre, desk: Visitor, sports: Visitor) -> None:
    assert desk.get("/parks/HIT/services/gp/change").status_code == 200
    assert desk.get("/parks/HIT/services/pool/change").status_code == 404
    assert sports.get("/parks/HIT/services/gp/change").status_code == 404
    form = {"name_en": "Gym", "operator": "HIT-HOSPITAL", "week": "Mon-Sun 07:00-22:00", "slot_minutes": "60", "price_resident": "15.5"}
    refused = sports.post("/parks/HIT/services/new", **form, desk="hospital", code="gym", active="y")
    assert refused.status_code == 422
    fine = sports.post("/parks/HIT/services/new", **{**form, "price_resident": "15.555"}, desk="sports", code="gym", active="y")
    assert fine.status_code == 422
    assert sports.post("/parks/HIT/services/new", **form, desk="sports", code="gym", active="y").status_code == 303
    assert "15.50" in sports.get("/parks/HIT/services").text


def test_desks_begin_at_their_pages(centre: Centre, desk: Visitor, sports: Visitor) -> None:
    assert desk.get("/").location == "/parks/HIT/hospital"
    assert sports.get("/").location == "/parks/HIT/sports"


# Sports centre


def test_a_visit_is_counted_by_one_form_and_taken_back(centre: Centre, sports: Visitor) -> None:
    key = hidden(sports.get("/parks/HIT/sports").text, "key")
    for _click in range(2):
        assert sports.post("/parks/HIT/sports/count", service="pool", class_="resident", people="2", key=key).status_code == 303
    shown = sports.get("/parks/HIT/sports").text
    assert "2 of 10" in shown
    assert "40.00" in shown
    taken = re.search(r"/parks/HIT/sports/visits/\d+/cancel", shown)
    assert taken
    assert sports.post(taken[0]).status_code == 303
    assert "0 of 10" in sports.get("/parks/HIT/sports").text
    again = sports.post(taken[0])
    assert "taken back already" in again.text
    wrong = sports.post("/parks/HIT/sports/count", service="pool", membership="SM-1999-0001", people="1")
    assert (wrong.status_code, "no membership of the number SM-1999-0001" in wrong.text) == (422, True)


def test_visits_come_as_sheets_too(centre: Centre, sports: Visitor) -> None:
    sports.post("/parks/HIT/sports/count", service="pool", class_="outside", people="3")
    assert "135.00" in sports.get("/parks/HIT/sports/visits").text
    csv = sports.get("/parks/HIT/sports/visits?format=csv").get_data().decode("utf-8-sig").splitlines()
    assert csv[1] == "2026-03-02,Swimming pool,1,3,0,135.00,CNY"
    assert sports.get("/parks/HIT/sports/visits?format=xlsx").get_data().startswith(b"PK")
    assert sports.get("/parks/HIT/sports/visits?format=exe").status_code == 404


def test_a_membership_is_added_listed_and_ended(centre: Centre, sports: Visitor, liaison: Visitor, statements) -> None:  # type: ignore[no-untyped-def]
    form = {"organisation": "ALPHA", "person": centre.person, "plan": "Year", "starts_on": "2026-03-02", "ends_on": "2027-03-01"}
    assert sports.post("/parks/HIT/sports/memberships/new", **form, price="960").status_code == 303
    again = sports.post("/parks/HIT/sports/memberships/new", **form)
    assert (again.status_code, "has the membership SM-2026-0001" in again.text) == (422, True)
    assert "SM-2026-0001" in liaison.get("/parks/HIT/sports/memberships").text
    assert liaison.get("/parks/HIT/sports/memberships/new").status_code == 403
    other = sports.post("/parks/HIT/sports/memberships/new", organisation="BETA", plan="Card", starts_on="2026-03-02", ends_on="2026-12-31")
    assert other.status_code == 303
    assert "SM-2026-0002" not in liaison.get("/parks/HIT/sports/memberships").text
    with statements() as seen:
        sports.get("/parks/HIT/sports/memberships")
    assert sum("FROM sports_memberships" in one for one in seen) == 1
    assert sports.post("/parks/HIT/sports/memberships/SM-2026-0001/end", on="2026-03-02").status_code == 303
    assert "ended on" in sports.post("/parks/HIT/sports/memberships/SM-2026-0001/end", on="2026-03-02").text


# Seasons


def test_a_season_goes_from_opening_to_what_everybody_can_repeat(centre: Centre, sports: Visitor, liaison: Visitor, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    form = {"code": "2026-spring", "name_en": "Spring 2026", "starts_on": "2026-04-01", "ends_on": "2026-06-30", "ask_until": "2026-03-15"}
    assert "no space of the code NO-1" in sports.post("/parks/HIT/seasons/new", **form, courts="SC-1 NO-1").text
    assert sports.post("/parks/HIT/seasons/new", **form, courts="SC-1, SC-2").status_code == 303
    page = "/parks/HIT/seasons/2026-spring"
    wish = {"weekday": "2", "at": "18:00", "minutes": "120", "people": "8", "court": "SC-1", "purpose": "Volleyball of ALPHA"}
    assert liaison.post(f"{page}/wish", organisation="ALPHA", **wish).status_code == 303
    assert liaison.post(f"{page}/wish", organisation="BETA", **wish).status_code == 422
    assert sports.post(f"{page}/wish", organisation="BETA", **{**wish, "purpose": "Secret of BETA"}).status_code == 303
    assert "BETA" not in liaison.get(page).text
    assert "may ask until" in sports.get(f"{page}/allocate").text
    assert liaison.get(f"{page}/allocate").status_code == 403
    assert liaison.get(f"{page}?format=json").status_code == 404

    monkeypatch.setattr(clock, "now", lambda: at("2026-03-16 09:00"))
    sports.is_(centre.sports), liaison.is_(centre.liaison)
    shown = sports.get(f"{page}/allocate").text
    assert "Near, and free at that moment: SC-2, Tuesday, 18:00–20:00." in shown
    assert "changed since you looked" in sports.post(f"{page}/allocate", seen="other").text
    assert sports.post(f"{page}/allocate", seen=hidden(shown, "seen"), version=hidden(shown, "version")).status_code == 303

    read = liaison.get(page).text
    assert "Run again just now with this seed: the same comes out." in read
    assert "BETA" in read
    assert "Secret of BETA" not in read
    assert "was given to" in read
    kept = json.loads(liaison.get(f"{page}?format=json").get_data())
    assert run_again(kept, kept["seed"])
    assert "Secret" not in json.dumps(kept)
    assert "Spring 2026" in liaison.get("/parks/HIT/seasons").text


def test_a_wish_is_withdrawn_by_its_club_alone(centre: Centre, liaison: Visitor) -> None:
    centre.season()
    own, others = centre.wish("ALPHA", 1), centre.wish("BETA", 1)
    page = "/parks/HIT/seasons/2026-spring/wishes"
    assert liaison.post(f"{page}/{others}/withdraw").status_code == 404
    assert liaison.post(f"{page}/{own}/withdraw").status_code == 303
    assert liaison.post(f"{page}/{own}/withdraw").status_code == 404


def test_a_season_can_be_cancelled_until_its_hours_are_given_out(centre: Centre, sports: Visitor) -> None:
    centre.season()
    centre.wish("ALPHA", 1)
    with transaction():
        season_actions.allocate(
            queries.season(centre.park_id, "2026-spring"), centre.park(), actor=centre.sports, now=at("2026-03-16 09:00")
        )
    answer = sports.post("/parks/HIT/seasons/2026-spring/cancel")
    assert "are given out, or it was cancelled" in answer.text
