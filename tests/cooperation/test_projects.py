"""Programmes, projects and events on the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parkmgr.cooperation import project_actions as actions
from parkmgr.cooperation import project_queries as queries
from parkmgr.cooperation.models import Event, Project
from parkmgr.cooperation.project_actions import What
from parkmgr.cooperation.project_rules import EventAsked, ProjectAsked
from parkmgr.cooperation.rules import EventKind, ProjectKind, ProjectState
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.occupancy.models import Hold
from parkmgr.places.models import Space
from parkmgr.policy import SYSTEM
from parkmgr.values import Names
from tests.conftest import NOW
from tests.cooperation.conftest import TODAY, Club

ASKED = ProjectAsked(ProjectKind.PROJECT, Names("Coatings"), "nanomaterials", date(2025, 5, 5), date(2027, 5, 4), ProjectState.RUNNING)
TALKS = EventAsked(
    EventKind.SYMPOSIUM,
    Names("Symposium"),
    datetime(2026, 4, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai")),
    datetime(2026, 4, 16, 12, tzinfo=ZoneInfo("Asia/Shanghai")),
    15,
)


def refused(deed) -> list[str]:
    """What is against a deed."""

    def whole() -> None:
        with transaction():
            deed()

    return refused_whole(whole)


def refused_whole(deed) -> list[str]:
    """What is against a deed that has its own transaction."""
    with pytest.raises(Refused) as caught:
        deed()
    return [one.code.partition(".")[2] for one in caught.value.objections]


def added(club: Club, asked: ProjectAsked = ASKED, *, agreement: int | None = None, programme: int | None = None) -> int:
    with transaction():
        return actions.add_project(
            club.park,
            asked,
            club.organisation("SPBPU"),
            agreement=club.agreement(agreement) if agreement else None,
            programme=project(programme) if programme else None,
            actor=SYSTEM,
            now=NOW,
        ).id


def project(id_: int | None) -> Project:
    return db.session.get_one(Project, id_)


def space(code: str) -> Space:
    return db.session.scalars(db.select(Space).where(Space.code == code)).one()


def test_a_project_stands_under_an_agreement_and_in_a_programme(club: Club):
    frame = added(club, replace(ASKED, kind=ProjectKind.PROGRAMME))
    id_ = added(club, agreement=club.in_force(), programme=frame)
    assert [row.id for row in queries.under(frame)] == [id_]


@pytest.mark.parametrize(
    ("change", "against"),
    [
        ({"ends_on": date(2025, 5, 4)}, ["ends_first"]),
        ({"starts_on": date(2025, 3, 31)}, ["before_agreement"]),
        ({"state": ProjectState.FINISHED}, ["no_result"]),
    ],
)
def test_what_does_not_fit_is_refused(club: Club, change, against):
    agreement = club.in_force()
    assert refused_whole(lambda: added(club, replace(ASKED, **change), agreement=agreement)) == against


def test_a_project_is_no_programme_and_a_programme_is_in_none(club: Club):
    id_ = added(club)
    frame = added(club, replace(ASKED, kind=ProjectKind.PROGRAMME))
    assert refused_whole(lambda: added(club, programme=id_)) == ["no_programme"]
    assert refused_whole(lambda: added(club, replace(ASKED, kind=ProjectKind.PROGRAMME), programme=frame)) == ["of_itself"]
    assert refused_whole(lambda: added(club, agreement=club.proposed())) == ["agreement_never"]


def test_a_finished_project_does_not_run_again(club: Club):
    id_ = added(club)

    def to(state: ProjectState) -> None:
        asked = replace(ASKED, state=state, outcome="Report")
        actions.change_project(project(id_), asked, club.organisation("SPBPU"), actor=SYSTEM, now=NOW)

    with transaction():
        to(ProjectState.FINISHED)
    assert refused(lambda: to(ProjectState.RUNNING)) == ["step"]


def test_what_takes_part_is_one_thing_and_only_once(club: Club):
    id_ = added(club)
    with transaction():
        use = actions.add_use(project(id_), What(space=space("LAB")), TODAY, actor=SYSTEM, now=NOW).id

    def add(what: What, on: date = TODAY) -> None:
        actions.add_use(project(id_), what, on, actor=SYSTEM, now=NOW)

    assert refused(lambda: add(What(space=space("LAB")))) == ["used_already"]
    assert refused(lambda: add(What(), date(2025, 5, 4))) == ["one_use", "use_before"]
    assert refused(lambda: add(What(space=space("F1"), organisation=club.organisation("ITMO")))) == ["one_use"]
    with transaction():
        actions.end_use(project(id_), queries.use(id_, use), TODAY + timedelta(days=9), actor=SYSTEM, now=NOW)
    [one] = queries.uses(id_)
    assert (one.space.code, one.use.ends_on) == ("LAB", TODAY + timedelta(days=9))
    assert refused(lambda: actions.end_use(project(id_), one.use, TODAY, actor=SYSTEM, now=NOW)) == ["use_ended"]


def planned(club: Club, asked: EventAsked = TALKS, rooms: tuple[str, ...] = ("M20",), **more) -> int:
    with transaction():
        listed = [space(code) for code in rooms]
        return actions.plan_event(club.park, asked, club.organisation("SPBPU"), listed, actor=SYSTEM, now=NOW, **more).id


def test_an_event_books_all_its_rooms_or_is_not_planned(club: Club):
    planned(club, rooms=("M20", "M100"))
    holds = db.session.scalar(db.select(db.func.count()).select_from(Hold))
    assert holds == 2
    later = replace(TALKS, starts_at=TALKS.starts_at - timedelta(hours=1), ends_at=TALKS.ends_at)
    assert refused_whole(lambda: planned(club, later, ("M10", "M20"))) == ["room"]
    assert db.session.scalar(db.select(db.func.count()).select_from(Event)) == 1


@pytest.mark.parametrize(
    ("change", "rooms", "against"),
    [
        ({"people": 0}, ("M20",), ["no_people"]),
        ({"ends_at": TALKS.starts_at}, ("M20",), ["event_until"]),
        ({}, (), ["no_rooms"]),
        ({"people": 15}, ("M10",), ["room"]),
    ],
)
def test_an_event_that_cannot_be_is_refused(club: Club, change, rooms, against):
    assert refused_whole(lambda: planned(club, replace(TALKS, **change), rooms)) == against


def test_a_cancelled_event_frees_its_rooms(club: Club):
    id_ = planned(club)
    with transaction():
        actions.cancel_event(db.session.get_one(Event, id_), reason="Ill", actor=SYSTEM, now=NOW)
    assert db.session.scalars(db.select(Hold).where(Hold.withdrawn_at.is_(None))).all() == []
    assert refused(lambda: actions.report_event(db.session.get_one(Event, id_), 9, actor=SYSTEM, now=NOW)) == ["event_over", "not_held_yet"]


def test_who_came_is_noted_afterwards(club: Club):
    id_ = planned(club)
    assert refused(lambda: actions.report_event(db.session.get_one(Event, id_), 9, actor=SYSTEM, now=NOW)) == ["not_held_yet"]
    with transaction():
        actions.report_event(db.session.get_one(Event, id_), 9, actor=SYSTEM, now=NOW + timedelta(days=60))
    assert (db.session.get_one(Event, id_).state, db.session.get_one(Event, id_).came) == ("held", 9)


def test_a_key_plans_and_adds_once(club: Club):
    assert planned(club, key="K") == planned(club, key="K")


def test_a_liaison_sees_what_her_university_takes_part_in(club: Club, statements):
    id_, event = added(club), planned(club)
    hers, others = club.liaison(), club.liaison("ITMO")
    with statements() as seen:
        rows = db.session.execute(queries.projects(club.park_id, hers, queries.Wanted())).all()
        rows += db.session.execute(queries.events(club.park_id, hers, queries.Wanted(), None, None)).all()
    assert (len(rows), len(seen)) == (2, 2)
    assert db.session.execute(queries.projects(club.park_id, others, queries.Wanted())).all() == []
    with pytest.raises(Missing):
        queries.event(db.session.get_one(Event, event).number, others, park="CP")
    with transaction():
        actions.add_use(project(id_), What(organisation=club.organisation("ITMO")), TODAY, actor=SYSTEM, now=NOW)
    assert len(db.session.execute(queries.projects(club.park_id, others, queries.Wanted())).all()) == 1
