"""How an agreement stands on a day, and what the rules say to its deeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.cooperation import agreement_rules as rules
from parkmgr.cooperation.agreement_rules import Facts, Party, Proposed, S, Term
from parkmgr.values import Names

TODAY = date(2026, 3, 2)
TERM = Term(date(2025, 4, 1), date(2027, 3, 31), notice_days=90)
REVIEWED = Facts("AG-1", S.LEGAL_REVIEW, date(2025, 1, 6), TODAY, (Party("A"), Party("B")), frozenset({"ru"}))
SIGNED = replace(REVIEWED, state=S.SIGNED, parties=(Party("A", date(2025, 3, 3)), Party("B", date(2025, 3, 10))))
ACTIVE = replace(SIGNED, state=S.ACTIVE, term=TERM)


def codes(objections) -> list[str]:
    return [one.code.partition(".")[2] for one in objections]


@pytest.mark.parametrize(
    ("on", "state"),
    [("2025-12-31", S.ACTIVE), ("2026-12-31", S.RENEWAL_DUE), ("2027-03-31", S.RENEWAL_DUE), ("2027-04-01", S.EXPIRED)],
)
def test_what_is_in_force_is_due_from_the_last_day_of_notice_on_and_then_expires(on, state):
    assert rules.state_on("active", TERM.ends_on, TERM.notice_by, date.fromisoformat(on)) is state


@pytest.mark.parametrize("state", [S.PROPOSED, S.SIGNED, S.TERMINATED, S.RENEWED])
def test_what_is_not_in_force_stays_as_it_is(state):
    assert rules.state_on(state, date(2020, 1, 1), date(2019, 1, 1), TODAY) is state


def test_without_an_end_it_never_expires():
    assert rules.state_on("active", None, None, date(2200, 1, 1)) is S.ACTIVE


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        ("2026-03-31", 12, "2027-03-31"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2027-02-28", 12, "2028-02-29"),
        ("2026-01-30", 1, "2026-02-27"),
        ("2026-04-14", 1, "2026-05-14"),
    ],
)
def test_a_term_goes_on_by_whole_months(day, months, last):
    assert rules.later(date.fromisoformat(day), months) == date.fromisoformat(last)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 120))
def test_a_longer_term_always_ends_later(day, months):
    assert timedelta(days=27 * months) < rules.later(day, months) - day < timedelta(days=32 * months)


def test_it_goes_on_by_itself_once_nobody_gave_notice_in_time():
    term = replace(TERM, renew_months=12)
    assert rules.prolonged(term, date(2026, 12, 31)) == term
    assert rules.prolonged(term, date(2027, 1, 1)).ends_on == date(2028, 3, 31)
    assert rules.prolonged(term, date(2029, 1, 1)).ends_on == date(2030, 3, 31)


@pytest.mark.parametrize(
    ("parties", "on", "against"),
    [
        (["A", "B"], "2026-03-02", []),
        (["A"], "2026-03-02", ["too_few"]),
        (["A", "A"], "2026-03-03", ["too_few", "twice", "to_come"]),
    ],
)
def test_an_agreement_has_two_parties_and_was_proposed(parties, on, against):
    assert codes(rules.proposing_against(Proposed("memorandum", Names("M"), date.fromisoformat(on)), parties, TODAY)) == against


@pytest.mark.parametrize(
    ("facts", "party", "on", "signatory", "against"),
    [
        (REVIEWED, "A", "2025-03-03", "X", []),
        (REVIEWED, "A", "2025-01-05", "X", ["before_proposed"]),
        (REVIEWED, "A", "2026-03-03", "", ["to_come", "no_signatory"]),
        (REVIEWED, "C", "2025-03-03", "X", ["no_party"]),
        (replace(REVIEWED, state=S.PROPOSED), "A", "2025-03-03", "X", ["not_reviewed"]),
        (replace(REVIEWED, authentic=frozenset()), "A", "2025-03-03", "X", ["no_authentic"]),
        (SIGNED, "A", "2025-03-03", "X", ["not_reviewed", "signed_already"]),
    ],
)
def test_who_signs_what_when(facts, party, on, signatory, against):
    assert codes(rules.signing_against(facts, party, date.fromisoformat(on), signatory)) == against


@pytest.mark.parametrize(
    ("term", "against"),
    [
        (TERM, []),
        (replace(TERM, starts_on=date(2025, 3, 9)), ["starts_unsigned"]),
        (replace(TERM, ends_on=date(2025, 3, 31)), ["ends_first"]),
        (replace(TERM, ends_on=date(2025, 5, 1)), ["notice_too_long"]),
        (replace(TERM, ends_on=None, renew_months=12), ["ends_without"]),
    ],
)
def test_it_begins_after_the_last_signature(term, against):
    assert codes(rules.starting_against(SIGNED, term)) == against


@pytest.mark.parametrize(
    ("facts", "ends_on", "against"),
    [
        (ACTIVE, "2030-03-31", []),
        (ACTIVE, "2027-03-31", ["no_longer"]),
        (replace(ACTIVE, term=replace(TERM, ends_on=None)), "2030-03-31", ["goes_on"]),
        (replace(ACTIVE, state=S.EXPIRED, today=date(2027, 6, 30)), "2030-03-31", ["too_late"]),
        (replace(ACTIVE, state=S.TERMINATED), "2030-03-31", ["not_now"]),
        (REVIEWED, "2030-03-31", ["not_now"]),
    ],
)
def test_a_renewal_follows_what_is_or_just_was_in_force(facts, ends_on, against):
    assert codes(rules.renewing_against(facts, date.fromisoformat(ends_on), TODAY)) == against


@pytest.mark.parametrize(
    ("ends_on", "reason", "against"),
    [
        ("2026-05-31", "R", []),
        ("2026-05-30", "R", ["short_notice"]),
        ("2027-04-01", "", ["later_than_end", "needs_reason"]),
        ("2025-03-01", "R", ["ends_first"]),
    ],
)
def test_notice_is_as_long_as_was_agreed(ends_on, reason, against):
    assert codes(rules.terminating_against(ACTIVE, TODAY, date.fromisoformat(ends_on), reason)) == against


def test_a_party_that_signed_stays_and_two_stay_in_all():
    three = replace(REVIEWED, parties=(*REVIEWED.parties, Party("C", TODAY)))
    assert codes(rules.removing_against(three, "C")) == ["has_signed"]
    assert codes(rules.removing_against(three, "A")) == []
    assert codes(rules.removing_against(REVIEWED, "A")) == ["too_few"]
    assert codes(rules.party_against(SIGNED, "D")) == ["not_now"]


def test_an_activity_is_of_a_time_in_which_it_was_in_force():
    assert codes(rules.activity_against(ACTIVE, TODAY, "Lectures")) == []
    assert codes(rules.activity_against(ACTIVE, date(2025, 3, 31), "")) == ["not_yet", "no_title"]
    assert codes(rules.activity_against(REVIEWED, date(2026, 3, 3), "X")) == ["to_come", "not_yet"]
