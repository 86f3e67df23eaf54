"""What the park's rules say to deeds of agreements, and how an agreement stands on a day: no database, no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from parkmgr.cooperation.rules import AgreementState
from parkmgr.errors import N_, Objection
from parkmgr.values import Names

S = AgreementState
DAY = timedelta(days=1)
BEFORE_SIGNING = frozenset({S.PROPOSED, S.DRAFTING, S.LEGAL_REVIEW})
STEPS: Mapping[AgreementState, frozenset[AgreementState]] = {
    S.PROPOSED: frozenset({S.DRAFTING}),
    S.DRAFTING: frozenset({S.LEGAL_REVIEW}),
    S.LEGAL_REVIEW: frozenset({S.DRAFTING}),
}
"""What an agreement may be moved to by hand; it is signed when the last party has signed."""
IN_FORCE = frozenset({S.ACTIVE, S.RENEWAL_DUE})
LATE_RENEWAL_DAYS = 90
"""So long after its last day an agreement may still be renewed without a gap."""
REMIND_DAYS = (180, 90, 30)
"""So many days before the last one the parties are reminded."""

TOO_FEW = Objection("cooperation.too_few", N_("An agreement has at least two parties."), "parties")
TWICE = Objection("cooperation.twice", N_("%(party)s stands there twice."), "parties")
TO_COME = Objection("cooperation.to_come", N_("This day is still to come; what has not happened is not recorded."), "on")
BEFORE_PROPOSED = Objection("cooperation.before_proposed", N_("It was proposed on %(proposed_on)s; nothing of it is earlier."), "on")
NOT_NOW = Objection("cooperation.not_now", N_("%(number)s is at this step: %(state)s. This cannot be done now."))
NOT_REVIEWED = Objection("cooperation.not_reviewed", N_("%(number)s is signed after its legal review, and not before."))
NO_PARTY = Objection("cooperation.no_party", N_("%(party)s is not party to it."), "organisation")
SIGNED_ALREADY = Objection("cooperation.signed_already", N_("%(party)s signed on %(signed_on)s."), "organisation")
NO_SIGNATORY = Objection("cooperation.no_signatory", N_("Say who signs."), "signatory")
NO_AUTHENTIC = Objection("cooperation.no_authentic", N_("No text is marked as authentic. Say first in which languages the text counts."))
ENDS_FIRST = Objection("cooperation.ends_first", N_("It ends before it begins."), "ends_on")
STARTS_UNSIGNED = Objection(
    "cooperation.starts_unsigned", N_("The last party signed on %(signed_on)s; it begins on that day or later."), "starts_on"
)
NOTICE_TOO_LONG = Objection("cooperation.notice_too_long", N_("The notice is longer than the agreement."), "notice_days")
ENDS_WITHOUT = Objection("cooperation.ends_without", N_("Say on which day it ends, or that it does not go on by itself."), "ends_on")
NEEDS_REASON = Objection("cooperation.needs_reason", N_("Say why; it stays in the history."), "reason")
SHORT_NOTICE = Objection(
    "cooperation.short_notice",
    N_("Notice is %(days)s days long: given on %(given_on)s, the last day is %(earliest)s or later."),
    "ends_on",
    waiver="administrator",
)
LATER_THAN_END = Objection("cooperation.later_than_end", N_("It ends on %(ends_on)s anyway."), "ends_on")
TOO_LATE = Objection("cooperation.too_late", N_("It ended on %(ends_on)s, more than %(days)s days ago; make a new agreement."))
NO_LONGER = Objection("cooperation.no_longer", N_("It ends on %(ends_on)s already; a renewal ends later."), "ends_on")
GOES_ON = Objection("cooperation.goes_on", N_("It has no last day; there is nothing to renew."))
HAS_SIGNED = Objection("cooperation.has_signed", N_("%(party)s has signed and stays a party."), "organisation")
NO_TITLE = Objection("cooperation.no_title", N_("Say what it was."), "title")
DUE_PAST = Objection("cooperation.due_past", N_("It is due before today."), "due_on")
DONE = Objection("cooperation.done", N_("This was done on %(on)s."))
WITHDRAWN = Objection("cooperation.withdrawn", N_("This was withdrawn already."))
UNDER_ITSELF = Objection("cooperation.under_itself", N_("An agreement is not under itself, nor under one that is under it."), "under")
NOT_YET = Objection("cooperation.not_yet", N_("%(number)s was not in force on that day."), "on")


@dataclass(frozen=True, slots=True)
class Proposed:
    """An agreement as it is asked for."""

    kind: str
    names: Names
    on: date
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """What is agreed on its time. ends_on: the last day, None without an end. renew_months 0: it does not go on by itself."""

    starts_on: date
    ends_on: date | None
    places_a_year: int = 0
    renew_months: int = 0
    notice_days: int = 90

    @property
    def notice_by(self) -> date | None:
        """The last day on which notice may be given."""
        return None if self.ends_on is None else self.ends_on - self.notice_days * DAY


@dataclass(frozen=True, slots=True)
class Party:
    """Who is party to it. signed_on: None while the party has not signed."""

    code: str
    signed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """How an agreement stands today. authentic: languages of texts that count."""

    number: str
    state: AgreementState
    proposed_on: date
    today: date
    parties: tuple[Party, ...] = ()
    authentic: frozenset[str] = frozenset()
    term: Term | None = None


def state_on(state: str, ends_on: date | None, notice_by: date | None, on: date) -> AgreementState:
    """Return the state on a day: what is in force is due for renewal from the last day of notice on, and expires after its last day."""
    found = AgreementState(state)
    if found is not S.ACTIVE or ends_on is None:
        return found
    if on > ends_on:
        return S.EXPIRED
    return S.RENEWAL_DUE if notice_by is not None and on >= notice_by else S.ACTIVE


def later(day: date, months: int) -> date:
    """Return the last day of a term that goes on by so many months: the same day of the month, or the month's last."""
    first = day + DAY
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    for last in (first.day, 30, 29, 28):
        if last <= first.day:
            try:
                return date(year, month + 1, last) - DAY
            except ValueError:
                continue
    raise ValueError(day)


def prolonged(term: Term, today: date) -> Term:
    """Return the term with the time that it has gone on by itself: nobody gave notice in time."""
    while term.renew_months and term.ends_on is not None and term.notice_by is not None and term.notice_by < today:
        term = Term(term.starts_on, later(term.ends_on, term.renew_months), term.places_a_year, term.renew_months, term.notice_days)
    return term


def proposing_against(asked: Proposed, parties: Sequence[str], today: date) -> list[Objection]:
    """Return what is against proposing an agreement."""
    against = [TOO_FEW] if len(set(parties)) < 2 else []
    against += [TWICE.about(party=code) for code in sorted(set(parties)) if parties.count(code) > 1]
    if asked.on > today:
        against.append(TO_COME)
    return against


def _when(facts: Facts, on: date) -> list[Objection]:
    against = [BEFORE_PROPOSED.about(proposed_on=facts.proposed_on)] if on < facts.proposed_on else []
    return against + ([TO_COME] if on > facts.today else [])


def _unless(facts: Facts, states: Collection[AgreementState]) -> list[Objection]:
    return [] if facts.state in states else [NOT_NOW.about(number=facts.number, state=STATES[facts.state])]


def advancing_against(facts: Facts, to: AgreementState, on: date) -> list[Objection]:
    """Return what is against moving it a step."""
    return ([] if to in STEPS.get(facts.state, ()) else [NOT_NOW.about(number=facts.number, state=STATES[facts.state])]) + _when(facts, on)


def party_against(facts: Facts, party: str) -> list[Objection]:
    """Return what is against a party coming, going, or being described anew."""
    return (
        _unless(facts, BEFORE_SIGNING | {S.SIGNED} | IN_FORCE)
        if party in {one.code for one in facts.parties}
        else _unless(facts, BEFORE_SIGNING)
    )


def removing_against(facts: Facts, party: str) -> list[Objection]:
    """Return what is against a party going."""
    found = next((one for one in facts.parties if one.code == party), None)
    against = _unless(facts, BEFORE_SIGNING) if found else [NO_PARTY.about(party=party)]
    if found and found.signed_on:
        against.append(HAS_SIGNED.about(party=party))
    if len(facts.parties) <= 2:
        against.append(TOO_FEW.at("organisation"))
    return against


def signing_against(facts: Facts, party: str, on: date, signatory: str) -> list[Objection]:
    """Return what is against a party's signature."""
    against = [] if facts.state is S.LEGAL_REVIEW else [NOT_REVIEWED.about(number=facts.number)]
    against += _when(facts, on)
    found = next((one for one in facts.parties if one.code == party), None)
    if found is None:
        against.append(NO_PARTY.about(party=party))
    elif found.signed_on:
        against.append(SIGNED_ALREADY.about(party=party, signed_on=found.signed_on))
    if not signatory:
        against.append(NO_SIGNATORY)
    if len(facts.parties) < 2:
        against.append(TOO_FEW.at(""))
    if not facts.authentic:
        against.append(NO_AUTHENTIC)
    return against


def starting_against(facts: Facts, term: Term) -> list[Objection]:
    """Return what is against its coming into force."""
    against = _unless(facts, {S.SIGNED})
    last = max((one.signed_on for one in facts.parties if one.signed_on), default=None)
    if last is not None and term.starts_on < last:
        against.append(STARTS_UNSIGNED.about(signed_on=last))
    return against + term_against(term)


def term_against(term: Term) -> list[Objection]:
    """Return what is against a term in itself."""
    against = []
    if term.ends_on is not None and term.ends_on < term.starts_on:
        against.append(ENDS_FIRST)
    elif term.ends_on is not None and term.notice_days * DAY > term.ends_on - term.starts_on:
        against.append(NOTICE_TOO_LONG)
    if term.ends_on is None and term.renew_months:
        against.append(ENDS_WITHOUT)
    return against


def renewing_against(facts: Facts, ends_on: date | None, signed_on: date) -> list[Objection]:
    """Return what is against another agreement following it the day after its last."""
    if facts.term is None or facts.state not in IN_FORCE | {S.EXPIRED}:
        return _unless(facts, IN_FORCE)
    last = facts.term.ends_on
    if last is None:
        return [GOES_ON]
    against = _when(facts, signed_on)
    if facts.today > last + LATE_RENEWAL_DAYS * DAY:
        against.append(TOO_LATE.about(ends_on=last, days=LATE_RENEWAL_DAYS))
    if ends_on is not None and ends_on <= last:
        against.append(NO_LONGER.about(ends_on=last))
    return against


def terminating_against(facts: Facts, given_on: date, ends_on: date, reason: str) -> list[Objection]:
    """Return what is against its early end. Too short a notice may be waived."""
    against = _unless(facts, IN_FORCE) + _when(facts, given_on)
    if facts.term is not None:
        earliest = given_on + facts.term.notice_days * DAY
        if facts.term.ends_on is not None and ends_on > facts.term.ends_on:
            against.append(LATER_THAN_END.about(ends_on=facts.term.ends_on))
        if ends_on < facts.term.starts_on:
            against.append(ENDS_FIRST)
        elif ends_on < earliest:
            against.append(SHORT_NOTICE.about(days=facts.term.notice_days, given_on=given_on, earliest=earliest))
    return against if reason else [*against, NEEDS_REASON]


def dropping_against(facts: Facts, reason: str) -> list[Objection]:
    """Return what is against giving it up before it is signed."""
    return _unless(facts, BEFORE_SIGNING) + ([] if reason else [NEEDS_REASON])


def activity_against(facts: Facts, on: date, title: str) -> list[Objection]:
    """Return what is against noting something that was done under it."""
    against = [TO_COME] if on > facts.today else []
    if facts.term is None or on < facts.term.starts_on:
        against.append(NOT_YET.about(number=facts.number))
    return against if title else [*against, NO_TITLE]


STATES: Mapping[AgreementState, Objection] = {
    S.PROPOSED: Objection("cooperation.state", N_("it is proposed")),
    S.DRAFTING: Objection("cooperation.state", N_("it is being drafted")),
    S.LEGAL_REVIEW: Objection("cooperation.state", N_("lawyers review it")),
    S.SIGNED: Objection("cooperation.state", N_("all have signed")),
    S.ACTIVE: Objection("cooperation.state", N_("it is in force")),
    S.RENEWAL_DUE: Objection("cooperation.state", N_("its renewal is due")),
    S.RENEWED: Objection("cooperation.state", N_("another agreement follows it")),
    S.EXPIRED: Objection("cooperation.state", N_("it has expired")),
    S.TERMINATED: Objection("cooperation.state", N_("it was terminated")),
    S.DROPPED: Objection("cooperation.state", N_("it was never signed")),
}
"""Said in a sentence."""
