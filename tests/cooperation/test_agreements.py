"""The deeds of agreements on the register."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from parkmgr.cooperation import agreement_actions as actions
from parkmgr.cooperation import agreement_queries as queries
from parkmgr.cooperation import tending
from parkmgr.cooperation.agreement_rules import S, Term
from parkmgr.cooperation.rules import ActivityKind
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused
from parkmgr.notices.models import Notice
from parkmgr.policy import SYSTEM, Role
from tests.conftest import NOW
from tests.cooperation.conftest import TODAY, Club


def state(id_: int, on: date = TODAY, known=None) -> S:
    return queries.heads([id_], on, known)[id_].state


def refused(deed) -> list[str]:
    with pytest.raises(Refused) as caught, transaction():
        deed()
    return [one.code.partition(".")[2] for one in caught.value.objections]


def test_an_agreement_goes_from_its_proposal_into_force(club: Club):
    id_ = club.in_force()
    told = [(row.since, row.state) for row in queries.history(id_)]
    assert [step for _day, step in told] == ["proposed", "drafting", "legal_review", "signed", "active"]
    assert (state(id_, date(2025, 1, 6)), state(id_, date(2025, 3, 3)), state(id_)) == (S.PROPOSED, S.SIGNED, S.ACTIVE)


def test_a_key_proposes_once(club: Club):
    assert club.proposed(key="K") == club.proposed(key="K")


def test_signed_before_it_was_proposed_is_refused(club: Club):
    id_ = club.reviewed()
    deed = lambda: actions.sign(  # noqa: E731
        club.agreement(id_), club.organisation("SPBPU"), on=date(2024, 12, 1), signatory="X", actor=SYSTEM, now=NOW
    )
    assert refused(deed) == ["before_proposed"]


def test_it_is_signed_only_when_all_have_signed(club: Club):
    id_ = club.reviewed()
    with transaction():
        party = club.organisation("SPBPU")
        actions.sign(club.agreement(id_), party, on=date(2025, 3, 3), signatory="X", actor=SYSTEM, now=NOW)
    assert state(id_) is S.LEGAL_REVIEW
    assert {row.organisation.code: row.signed_on for row in queries.parties([id_])[id_]} == {"SPBPU": date(2025, 3, 3), "PARK": None}


def test_a_renewal_is_another_agreement_of_the_same_parties(club: Club):
    id_ = club.in_force(ends_on=date(2026, 4, 30))
    assert state(id_) is S.RENEWAL_DUE
    with transaction():
        heir = actions.renew(club.agreement(id_), signed_on=TODAY, ends_on=date(2030, 4, 30), actor=SYSTEM, now=NOW).id
    assert (state(id_, date(2026, 4, 30)), state(id_, date(2026, 5, 1))) == (S.RENEWAL_DUE, S.RENEWED)
    assert (state(heir), state(heir, date(2026, 5, 1))) == (S.SIGNED, S.ACTIVE)
    assert [row.organisation.code for row in queries.parties([heir])[heir]] == ["SPBPU", "PARK"]
    again = lambda: actions.renew(club.agreement(id_), signed_on=TODAY, ends_on=date(2031, 1, 1), actor=SYSTEM, now=NOW)  # noqa: E731
    assert refused(again) == ["renewed_already"]


def test_notice_ends_it_on_its_day_and_short_notice_is_waived_by_an_administrator(club: Club):
    id_ = club.in_force()

    def deed(actor, waiver=""):
        ends_on = TODAY + timedelta(days=30)
        actions.terminate(club.agreement(id_), given_on=TODAY, ends_on=ends_on, reason="R", waiver=waiver, actor=actor, now=NOW)

    desk = club.desk()
    assert refused(lambda: deed(desk, "because")) == ["short_notice"]
    with transaction():
        deed(SYSTEM, "agreed by both")
    assert (state(id_, TODAY + timedelta(days=30)), state(id_, TODAY + timedelta(days=31))) == (S.RENEWAL_DUE, S.TERMINATED)


def test_what_was_known_before_notice_stays_known(club: Club):
    id_ = club.in_force()
    later = NOW + timedelta(days=1)
    with transaction():
        actions.terminate(club.agreement(id_), given_on=TODAY, ends_on=date(2026, 6, 30), reason="R", actor=SYSTEM, now=later)
    assert queries.heads([id_], date(2026, 7, 1), NOW)[id_].state is S.ACTIVE
    assert queries.heads([id_], date(2026, 7, 1), later)[id_].state is S.TERMINATED


def test_terms_are_never_edited_or_deleted(club: Club):
    id_ = club.in_force()
    for statement in (f"UPDATE agreement_terms SET state = 'expired' WHERE agreement_id = {id_}", "DELETE FROM agreement_parties"):
        with pytest.raises(db.exc.DBAPIError, match=r"agreement_(terms|parties)"):  # noqa: SIM117
            with db.engine.begin() as connection:
                connection.exec_driver_sql(statement)


def test_a_file_is_kept_with_its_hash_and_a_program_is_refused(club: Club):
    id_, content = club.in_force(), b"%PDF-1.7\nscan"
    with transaction():
        row = actions.add_text(club.agreement(id_), "zh", authentic=True, filename="a.pdf", content=content, actor=SYSTEM, now=NOW)
        assert row.sha256 == hashlib.sha256(content).hexdigest()
    deed = lambda: actions.add_text(  # noqa: E731
        club.agreement(id_), "zh", authentic=True, filename="a.exe", content=b"MZ\x90", actor=SYSTEM, now=NOW
    )
    assert refused(deed) == ["other_file"]


def test_a_plan_is_written_over_and_activities_are_withdrawn(club: Club):
    id_ = club.in_force()
    for count in (2, 3, 0):
        with transaction():
            actions.set_plan(club.agreement(id_), 2026, {ActivityKind.VISIT: count}, actor=SYSTEM, now=NOW)
        assert queries.plans([id_], 2026).get(id_, {}) == ({"visit": count} if count else {})
    with transaction():
        row = actions.add_activity(club.agreement(id_), ActivityKind.EXCHANGE, "Term", on=TODAY, actor=SYSTEM, now=NOW).id
    with transaction():
        actions.withdraw_activity(club.agreement(id_), queries.activity(id_, row), actor=SYSTEM, now=NOW)
    assert queries.activities(id_) == []
    again = lambda: actions.withdraw_activity(club.agreement(id_), queries.activity(id_, row), actor=SYSTEM, now=NOW)  # noqa: E731
    assert refused(again) == ["withdrawn"]


def test_a_task_is_done_once(club: Club):
    id_ = club.in_force()
    with transaction():
        task = actions.add_task(club.agreement(id_), "Plan", due_on=TODAY, actor=SYSTEM, now=NOW).id
    with transaction():
        actions.do_task(club.agreement(id_), queries.task(id_, task), outcome="O", actor=SYSTEM, now=NOW)
    assert refused(lambda: actions.do_task(club.agreement(id_), queries.task(id_, task), actor=SYSTEM, now=NOW)) == ["done"]


def test_an_agreement_is_not_under_itself(club: Club):
    above = club.proposed()
    below = club.proposed(under=club.agreement(above))
    deed = lambda: actions.change_agreement(  # noqa: E731
        club.agreement(above), club.agreement(above).names, "", under=club.agreement(below), actor=SYSTEM, now=NOW
    )
    assert refused(deed) == ["under_itself"]


def test_it_goes_on_by_itself_and_whoever_must_know_is_told_once(club: Club):
    goes_on, ends = club.in_force(ends_on=date(2026, 5, 1), renew_months=12), club.in_force(ends_on=date(2026, 5, 1))
    club.liaison()
    assert tending.tend(NOW) == 2
    assert queries.heads([goes_on], TODAY)[goes_on].term == Term(date(2025, 4, 1), date(2027, 5, 1), 10, 12, 90)
    assert state(ends) is S.RENEWAL_DUE
    told = [notice.about for notice in db.session.scalars(db.select(Notice))]
    assert told == [club.agreement(ends).number]
    assert tending.tend(NOW + timedelta(hours=6)) == 0


def test_a_liaison_finds_what_her_university_is_party_to(club: Club):
    hers, others = club.in_force(), club.in_force("ITMO", "PARK")
    liaison = club.liaison()
    found = db.session.execute(queries.agreements(club.park_id, liaison, TODAY, queries.Wanted())).all()
    assert [row.Agreement.id for row in found] == [hers]
    with pytest.raises(Missing):
        queries.agreement(club.agreement(others).number, liaison, park="CP")
    desk = club.make.granted(Role.COOPERATION_DESK, park=club.park)
    assert len(db.session.execute(queries.agreements(club.park_id, desk, TODAY, queries.Wanted())).all()) == 2


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (queries.Wanted(state="active"), 1),
        (queries.Wanted(state="renewal_due"), 1),
        (queries.Wanted(state="expired"), 0),
        (queries.Wanted(party="ITMO"), 1),
        (queries.Wanted(kind="exchange"), 0),
        (queries.Wanted(search="framework"), 2),
        (queries.Wanted(ends_by=date(2026, 6, 1)), 1),
    ],
)
def test_filters_of_the_list_are_one_select(club: Club, statements, wanted, count):
    club.in_force(), club.in_force("ITMO", "PARK", ends_on=date(2026, 5, 1))
    with statements() as seen:
        rows = db.session.execute(queries.agreements(club.park_id, SYSTEM, TODAY, wanted)).all()
    assert (len(rows), len(seen)) == (count, 1)
