"""The deeds of letting, on both engines: what stands in the register and in the ledger afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from parkmgr.audit.models import Entry
from parkmgr.db import db, transaction
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.leases import actions, queries, rules
from parkmgr.leases.models import Lease
from parkmgr.leases.rules import Option, Step
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import FOREVER, Money, Names, Term
from tests.leases.conftest import Office, day, term, terms
from tests.making import Maker, actor


@contextmanager
def refused(*codes: str) -> Iterator[list[str]]:
    """What is done inside is refused for exactly these reasons; gives their sentences."""
    said: list[str] = []
    with pytest.raises(Refused) as caught:
        yield said
    said += [str(objection) for objection in caught.value.objections]
    assert [objection.code.removeprefix("leases.") for objection in caught.value.objections] == list(codes)


def holds(office: Office, number: str) -> list[tuple[int, Term]]:
    """What a document holds, in days."""
    from parkmgr.values import day_of, last_day

    zone = office.make.the_park().zone
    return [(held.space_id, Term(day_of(held.starts_at, zone), last_day(held.span, zone))) for held in ledger.of_document(number)]


def rent(office: Office, number: str, on: str, known: datetime | None = None) -> Money:
    """The first step of what was in force on a day, as known at an instant."""
    versions = [version for version in office.lease(number).versions if version.was_known(known)]
    return rules.in_force(versions, day(on)).rent_steps[0].money


def entries(number: str) -> list[str]:
    """The deeds in the audit about a lease."""
    return list(db.session.scalars(db.select(Entry.deed).where(Entry.label == number).order_by(Entry.id)))


def do(office: Office, number: str, deed: Callable[..., object], at: datetime | None = None, **more: object) -> None:
    with transaction():
        deed(office.lease(number), actor=office.signer, now=at or office.now, **more)


def test_a_signed_lease_holds_its_spaces_for_its_term(make: Maker, office: Office) -> None:
    one, other = make.space(), make.space()
    number = office.let([one, other], "2026-04-01", "2027-03-31")
    assert number == "L-2026-0001"
    assert holds(office, number) == [(one.id, term("2026-04-01", "2027-03-31")), (other.id, term("2026-04-01", "2027-03-31"))]
    assert entries(number) == ["leases.draft", "leases.sign"]


def test_a_draft_holds_nothing_and_may_be_unfinished(make: Maker, office: Office) -> None:
    make.the_park()
    number = office.draft([], "2026-04-01", steps=())
    assert holds(office, number) == []
    with refused("no_spaces", "no_rent_at_start"):
        office.sign(number)


def test_everything_against_a_signature_is_said_at_once(make: Maker, office: Office) -> None:
    building = make.building()
    taken, late, closed = (
        make.space(building, "A"),
        make.space(building, "B", starts_on=day("2026-06-01")),
        make.space(building, "C", lettable=False),
    )
    holder = make.organisation(names=Names("Rayak"))
    other = office.let([taken], "2026-01-01", "2026-05-31", tenant=holder)
    number = office.draft([taken, late, closed], "2026-04-01", "2027-03-31", steps=(Step(day("2026-05-01"), Money(1, "CNY")),))
    with refused("four_eyes", "no_rent_at_start", "not_yet_there", "not_lettable", "occupancy.taken") as said:
        office.sign(number, actor=office.drafter)
    assert said[-1] == f"A is taken from 2026-01-01 to 2026-05-31 by Rayak ({other}); it is free from 2026-06-01."
    assert holds(office, number) == []
    assert office.lease(number).state == "draft"


def test_who_is_in_the_way_is_said_only_to_who_may_know(make: Maker, office: Office) -> None:
    space = make.space(code="A")
    make.hold(space, "2026-01-01", "2026-05-31", holder=make.organisation(names=Names("Rayak")))
    number = office.draft([space], "2026-04-01", "2027-03-31")
    stranger = actor(Role.LIAISON, user_id=office.signer.user_id or 0, organisation_id=make.organisation().id)
    with refused("occupancy.taken") as said:
        office.sign(number, actor=stranger)
    assert said == ["A is taken from 2026-01-01 to 2026-05-31; it is free from 2026-06-01."]


def test_the_drafter_signs_where_the_park_lets_her(make: Maker, office: Office) -> None:
    make.park(drafter_may_sign=True)
    number = office.draft([make.space()], "2026-04-01")
    office.sign(number, actor=office.drafter)
    assert office.lease(number).signed_by == office.drafter.user_id


def test_who_changed_a_draft_last_does_not_sign_it(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.draft([space], "2026-04-01")
    do(office, number, actions.change, terms=terms([space], "2026-05-01"))
    with refused("four_eyes"):
        office.sign(number)
    office.sign(number, actor=office.drafter)


def test_a_divided_space_is_let_by_its_units_and_not_with_a_part_of_it(make: Maker, office: Office) -> None:
    hall = make.space()
    building = db.session.get_one(Building, hall.building_id)
    parts = [make.space(building, parent=hall), make.space(building, parent=hall)]
    number = office.let([hall], "2026-04-01", "2026-04-30")
    assert [space_id for space_id, _ in holds(office, number)] == [part.id for part in parts]
    with refused("space_twice"):
        office.draft([hall, parts[0]], "2026-06-01")


def test_a_part_that_was_retired_does_not_hinder_the_whole(make: Maker, office: Office) -> None:
    hall = make.space()
    building = db.session.get_one(Building, hall.building_id)
    make.space(building, parent=hall, ends_on=day("2020-01-01"))
    make.space(building, parent=hall)
    assert office.let([hall], "2026-04-01", "2026-04-30")


def test_a_space_of_another_park_is_not_there(make: Maker, office: Office) -> None:
    make.the_park()
    foreign, tenant = make.space(make.building(make.park("OTHER"))), make.organisation()
    with pytest.raises(Missing), transaction():
        actions.draft(make.the_park(), tenant, terms([foreign], "2026-04-01"), actor=office.drafter, now=office.now)


def test_a_draft_is_changed_in_place(make: Maker, office: Office) -> None:
    one, other = make.space(), make.space()
    number = office.draft([one], "2026-04-01", "2026-12-31")
    do(office, number, actions.change, terms=terms([other, one], "2026-04-01", "2027-12-31", rent="900"), reference="OLD-7")
    lease = office.lease(number)
    assert (len(lease.versions), lease.last_version.space_ids, lease.reference) == (1, (other.id, one.id), "OLD-7")


def test_a_changed_offer_is_a_draft_again_and_the_offer_is_kept(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.draft([space], "2026-04-01", "2026-12-31")
    do(office, number, actions.offer)
    do(office, number, actions.change, terms=terms([space], "2026-05-01", "2026-12-31"))
    lease = office.lease(number)
    assert lease.state == "draft"
    assert [(version.number, version.withdrawn_at is None) for version in lease.versions] == [(1, False), (2, True)]
    assert lease.last_version.starts_on == day("2026-05-01")


def test_a_second_form_that_was_open_is_stale(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.draft([space], "2026-04-01")
    version = office.lease(number).version
    do(office, number, actions.change, terms=terms([space], "2026-05-01"), version=version)
    with pytest.raises(Stale):
        do(office, number, actions.change, terms=terms([space], "2026-06-01"), version=version)


# Amendments


def test_an_amendment_adds_a_space_from_its_day_and_the_past_stays_known(make: Maker, office: Office) -> None:
    one, other = make.space(), make.space()
    number = office.let([one], "2026-01-01", "2026-12-31")
    later = office.now + timedelta(days=1)
    agreed = terms([one, other], "2026-01-01", "2026-12-31", rent="2000")
    do(office, number, actions.amend, later, terms=agreed, effective_on=day("2026-07-01"), reason="more space")
    assert holds(office, number) == [(one.id, term("2026-01-01", "2026-12-31")), (other.id, term("2026-07-01", "2026-12-31"))]
    assert [rent(office, number, "2026-08-01"), rent(office, number, "2026-06-30")] == [Money.of("2000", "CNY"), Money.of("1000", "CNY")]
    assert rent(office, number, "2026-08-01", office.now) == Money.of("1000", "CNY")
    assert not any(version.was_known(office.now - timedelta(seconds=1)) for version in office.lease(number).versions)


def test_a_backdated_amendment_counts_from_its_day_until_the_next(make: Maker, office: Office) -> None:
    one, other, third = make.space(), make.space(), make.space()
    number = office.let([one], "2026-01-01", "2026-12-31")
    year = ("2026-01-01", "2026-12-31")
    do(office, number, actions.amend, terms=terms([one, other], *year), effective_on=day("2026-07-01"), reason="more")
    do(office, number, actions.amend, terms=terms([one, third], *year), effective_on=day("2026-02-01"), reason="was so already")
    assert holds(office, number) == [
        (one.id, term(*year)),
        (other.id, term("2026-07-01", "2026-12-31")),
        (third.id, term("2026-02-01", "2026-06-30")),
    ]
    assert [version.effective_on for version in office.lease(number).known_versions] == [
        day("2026-01-01"),
        day("2026-07-01"),
        day("2026-02-01"),
    ]


def test_an_amendment_into_somebody_elses_space_is_refused_and_nothing_changes(make: Maker, office: Office) -> None:
    one, other = make.space(), make.space()
    number = office.let([one], "2026-01-01", "2026-12-31")
    office.let([other], "2026-09-01", "2026-09-30")
    with refused("occupancy.taken"):
        agreed = terms([one, other], "2026-01-01", "2026-12-31")
        do(office, number, actions.amend, terms=agreed, effective_on=day("2026-07-01"), reason="more")
    assert holds(office, number) == [(one.id, term("2026-01-01", "2026-12-31"))]
    assert len(office.lease(number).versions) == 1


def test_an_amendment_prolongs_and_shortens(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2026-01-01", "2026-12-31")
    do(office, number, actions.amend, terms=terms([space], "2026-01-01", "2028-12-31"), effective_on=day("2027-01-01"), reason="longer")
    assert holds(office, number) == [(space.id, term("2026-01-01", "2028-12-31"))]
    with refused("ends_before_amendment"):
        do(
            office,
            number,
            actions.amend,
            terms=terms([space], "2026-01-01", "2026-09-30"),
            effective_on=day("2026-06-01"),
            reason="shorter",
        )
    do(office, number, actions.amend, terms=terms([space], "2026-01-01", "2027-09-30"), effective_on=day("2027-01-01"), reason="shorter")
    assert holds(office, number) == [(space.id, term("2026-01-01", "2027-09-30"))]


def test_a_lease_that_has_not_begun_moves_its_first_day(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2026-06-01", "2026-12-31")
    do(office, number, actions.amend, terms=terms([space], "2026-04-01", "2026-12-31"), effective_on=day("2026-04-01"), reason="sooner")
    assert holds(office, number) == [(space.id, term("2026-04-01", "2026-12-31"))]
    assert [version.number for version in office.lease(number).known_versions] == [2]


# The end, and what follows


def test_holding_over_holds_without_an_end(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2026-02-28")
    do(office, number, actions.hold_over)
    assert holds(office, number) == [(space.id, term("2025-01-01"))]
    lease = office.lease(number)
    assert (lease.holdover_from, lease.facts(day("2026-03-02")).standing) == (day("2026-03-01"), "holdover")


def test_a_tenant_cannot_hold_over_into_the_next_lease(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2026-02-28")
    office.let([space], "2026-06-01", "2026-12-31")
    with refused("occupancy.taken"):
        do(office, number, actions.hold_over)


def test_notice_in_holdover_frees_the_space_after_it(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2026-02-28", notice_months=1)
    do(office, number, actions.hold_over)
    do(office, number, actions.give_notice, given_on=day("2026-03-02"), leaves_on=day("2026-04-02"), side="tenant")
    assert holds(office, number) == [(space.id, term("2025-01-01", "2026-04-02"))]
    assert office.let([space], "2026-04-03", "2026-12-31")
    assert [notice.leaves_on for notice in queries.notices(office.lease(number).id)] == [day("2026-04-02")]


def test_a_break_ends_the_lease_on_its_day(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2029-12-31", options=(Option("break", day("2026-12-31"), 6, "tenant"),))
    do(office, number, actions.exercise_break, option_on=day("2026-12-31"), given_on=day("2026-03-02"), side="tenant")
    assert holds(office, number) == [(space.id, term("2025-01-01", "2026-12-31"))]
    lease = office.lease(number)
    assert (lease.state, lease.facts(day("2026-12-31")).standing, lease.facts(day("2027-01-01")).standing) == (
        "terminated",
        "active",
        "terminated",
    )


def test_a_lease_ends_by_agreement(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2029-12-31")
    do(office, number, actions.end, on=day("2026-03-31"), reason="moves out")
    assert (office.lease(number).state, holds(office, number)) == ("terminated", [(space.id, term("2025-01-01", "2026-03-31"))])


def test_a_lease_that_has_not_begun_becomes_void_and_was_never_there(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2026-06-01", "2026-12-31")
    do(office, number, actions.void, reason="slip of the pen")
    assert (office.lease(number).state, holds(office, number)) == ("void", [])
    assert office.let([space], "2026-06-01", "2026-12-31")


def test_a_renewal_follows_for_the_same_tenant(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2026-03-31")
    with transaction():
        new = actions.renew(office.lease(number), terms([space], "2026-04-01", "2027-03-31"), actor=office.drafter, now=office.now).number
    office.sign(new)
    lease = office.lease(new)
    assert (lease.follows_id, lease.tenant_id) == (office.lease(number).id, office.lease(number).tenant_id)
    assert holds(office, new) == [(space.id, term("2026-04-01", "2027-03-31"))]
    with refused("renewed_already"), transaction():
        actions.renew(office.lease(number), terms([space], "2028-04-01", "2029-03-31"), actor=office.drafter, now=office.now)


def test_a_renewal_out_of_holdover_ends_the_lease_the_day_before(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2025-01-01", "2026-01-31")
    do(office, number, actions.hold_over)
    with transaction():
        new = actions.renew(office.lease(number), terms([space], "2026-04-01", "2027-03-31"), actor=office.drafter, now=office.now).number
    office.sign(new)
    assert holds(office, number) == [(space.id, term("2025-01-01", "2026-03-31"))]
    assert (office.lease(number).state, office.lease(number).left_on) == ("ended", day("2026-03-31"))
    assert entries(number)[-1] == "leases.end"


def test_an_assigned_lease_goes_on_with_another_tenant(make: Maker, office: Office) -> None:
    space = make.space()
    to = make.organisation()
    steps = (Step(day("2025-01-01"), Money.of("1000", "CNY")), Step(day("2027-01-01"), Money.of("1100", "CNY")))
    number = office.let([space], "2025-01-01", "2028-12-31", steps=steps)
    to_id = to.id
    with transaction():
        lease = office.lease(number)
        new = actions.assign(
            lease, db.session.get_one(Organisation, to_id), on=day("2026-04-01"), actor=office.signer, now=office.now
        ).number
    assert holds(office, number) == [(space.id, term("2025-01-01", "2026-03-31"))]
    assert holds(office, new) == [(space.id, term("2026-04-01", "2028-12-31"))]
    assert office.lease(number).state == "assigned"
    assert [(step.from_on, step.money) for step in office.lease(new).last_version.rent_steps] == [
        (day("2026-04-01"), Money.of("1000", "CNY")),
        (day("2027-01-01"), Money.of("1100", "CNY")),
    ]
    assert office.lease(new).tenant_id == to_id
    assert entries(new) == ["leases.assign"]


def test_an_amendment_that_is_still_to_come_goes_over_to_the_new_tenant(make: Maker, office: Office) -> None:
    one, other = make.space(), make.space()
    to_id = make.organisation().id
    number = office.let([one], "2025-01-01", "2026-12-31")
    agreed = terms([one, other], "2025-01-01", "2026-12-31")
    do(office, number, actions.amend, terms=agreed, effective_on=day("2026-07-01"), reason="more")
    with transaction():
        to = db.session.get_one(Organisation, to_id)
        new = actions.assign(office.lease(number), to, on=day("2026-04-01"), actor=office.signer, now=office.now).number
    assert holds(office, number) == [(one.id, term("2025-01-01", "2026-03-31"))]
    assert holds(office, new) == [(one.id, term("2026-04-01", "2026-12-31")), (other.id, term("2026-07-01", "2026-12-31"))]


# Subleases


def test_a_sublease_takes_no_hold_and_must_be_covered(make: Maker, office: Office) -> None:
    one, other = make.space(code="A"), make.space(code="B")
    head = office.let([one], "2026-01-01", "2026-12-31")
    sub = office.let([one], "2026-04-01", "2026-12-31", under=head)
    assert holds(office, sub) == []
    uncovered = office.draft([one, other], "2026-04-01", "2027-01-31", under=head)
    with refused("not_covered", "not_covered", "sublet_already"):
        office.sign(uncovered)


def test_a_head_lease_does_not_end_under_its_sublease(make: Maker, office: Office) -> None:
    space = make.space()
    head = office.let([space], "2026-01-01", "2026-12-31")
    sub = office.let([space], "2026-04-01", "2026-09-30", under=head)
    with refused("sublet_still"):
        do(office, head, actions.end, on=day("2026-08-31"), reason="agreed")
    do(office, sub, actions.end, on=day("2026-07-31"), reason="agreed")
    do(office, head, actions.end, on=day("2026-08-31"), reason="agreed")


def test_a_sublease_stands_under_the_assigned_lease(make: Maker, office: Office) -> None:
    space = make.space()
    to_id = make.organisation().id
    head = office.let([space], "2026-01-01", "2026-12-31")
    sub = office.let([space], "2026-04-01", "2026-09-30", under=head)
    with transaction():
        to = db.session.get_one(Organisation, to_id)
        new = actions.assign(office.lease(head), to, on=day("2026-06-01"), actor=office.signer, now=office.now)
        new_id = new.id
    assert office.lease(sub).under_id == new_id


def test_a_tenant_is_not_its_own_subtenant(make: Maker, office: Office) -> None:
    space, tenant = make.space(), make.organisation()
    head = office.let([space], "2026-01-01", "2026-12-31", tenant=tenant)
    with refused("head_is_own"):
        office.draft([space], "2026-04-01", "2026-09-30", tenant=tenant, under=head)


# Deposits


def test_deposit_money_comes_and_goes(make: Maker, office: Office) -> None:
    number = office.let([make.space()], "2026-01-01", "2026-12-31", deposit=Money.of("2000", "CNY"))
    do(office, number, actions.receive_deposit, on=day("2026-03-01"), money=Money.of("1500", "CNY"))
    with refused("return_too_much") as said:
        do(office, number, actions.return_deposit, on=day("2026-03-01"), money=Money.of("1600", "CNY"))
    assert said == ["Only 1500.00 CNY of deposit is held."]
    do(office, number, actions.return_deposit, on=day("2026-03-02"), money=Money.of("500", "CNY"))
    assert office.lease(number).held("CNY") == Money.of("1000", "CNY")


# The race


def test_the_loser_of_a_race_reads_the_same_refusal(make: Maker, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    space = make.space()
    number = office.draft([space], "2026-04-01", "2026-12-31")
    office.let([space], "2026-06-01", "2026-06-30")
    monkeypatch.setattr(actions, "_taken_against", lambda *_: [])  # as if the other had signed after we looked
    with refused("occupancy.taken"):
        office.sign(number)
    assert office.lease(number).state == "draft"


def test_a_lease_and_its_renewal_in_one_transaction(make: Maker, office: Office) -> None:
    space, tenant = make.space(), make.organisation()
    park = make.the_park()
    with transaction():
        first = actions.draft(park, tenant, terms([space], "2026-01-01", "2026-12-31"), actor=office.drafter, now=office.now)
        actions.sign(first, actor=office.signer, now=office.now)
        second = actions.renew(first, terms([space], "2027-01-01", "2027-12-31"), actor=office.drafter, now=office.now)
        actions.sign(second, actor=office.signer, now=office.now)
        numbers = [first.number, second.number]
    assert [len(holds(office, number)) for number in numbers] == [1, 1]
    assert entries(numbers[0]) == ["leases.draft", "leases.sign", "leases.renew"]
    written = db.session.scalars(db.select(Entry).where(Entry.label == numbers[0]).order_by(Entry.id)).all()
    assert [any(row["row"].startswith("holds:") for row in entry.changes["rows"]) for entry in written] == [False, True, False]


def test_the_list_and_the_rules_agree_on_the_version_of_a_day(make: Maker, office: Office) -> None:
    space = make.space()
    number = office.let([space], "2026-01-01", "2026-12-31")
    for effective, rent in (("2026-07-01", "2"), ("2026-03-01", "3"), ("2026-03-01", "4")):
        agreed = terms([space], "2026-01-01", "2026-12-31", rent=rent)
        do(office, number, actions.amend, terms=agreed, effective_on=day(effective), reason="rent")
    versions = office.lease(number).known_versions
    for on in ("2025-06-01", "2026-01-01", "2026-02-28", "2026-03-01", "2026-06-30", "2026-07-01", "2027-07-01"):
        wanted, _ = queries.leases(space.park, SYSTEM, day(on))
        step = rules.step_on(rules.in_force(versions, day(on)).rent_steps, day(on))
        assert db.session.execute(wanted).one().minor == (step.money.minor if step else None), on


def test_open_ended_holds_end_never(make: Maker, office: Office) -> None:
    number = office.let([make.space()], "2026-04-01")
    assert [held.ends_at for held in ledger.of_document(number)] == [FOREVER]
    assert replace(office.lease(number).last_version.terms, space_ids=()).term == term("2026-04-01")
    assert isinstance(office.lease(number), Lease)
