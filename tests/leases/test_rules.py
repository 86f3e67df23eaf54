"""What a lease says, and what is against its deeds: one test for each sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.errors import Objection
from parkmgr.leases import rules
from parkmgr.leases.rules import Agreed, Existence, Facts, Indexation, Option, Step, Terms, Watched
from parkmgr.values import Area, Money, Term


def day(text: str) -> date:
    return date.fromisoformat(text)


def term(first: str, last: str | None = None) -> Term:
    return Term(day(first), day(last) if last else None)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def codes(objections: list[Objection]) -> list[str]:
    return [objection.code.removeprefix("leases.") for objection in objections]


YEAR = term("2026-01-01", "2026-12-31")
TODAY = day("2026-06-15")


def facts(**more: object) -> Facts:
    given: dict[str, object] = {"state": "signed", "term": YEAR, "today": TODAY, **more}
    return Facts(**given)  # type: ignore[arg-type]


# Standing


@pytest.mark.parametrize(
    ("state", "ends_on", "holdover_from", "left_on", "on", "stands"),
    [
        pytest.param("draft", "2026-12-31", None, None, "2027-06-01", "draft", id="a draft stays one"),
        pytest.param("void", "2026-12-31", None, None, "2026-06-01", "void", id="so does what is void"),
        pytest.param("signed", "2026-12-31", None, None, "2025-12-31", "signed", id="the day before it begins"),
        pytest.param("signed", "2026-12-31", None, None, "2026-01-01", "active", id="its first day"),
        pytest.param("signed", "2026-12-31", None, None, "2026-12-31", "active", id="its last day"),
        pytest.param("signed", "2026-12-31", None, None, "2027-01-01", "expired", id="nobody said what follows"),
        pytest.param("signed", "2026-12-31", "2027-01-01", None, "2027-01-01", "holdover", id="the tenant stays on"),
        pytest.param("signed", "2026-12-31", "2027-01-01", None, "2026-12-31", "active", id="a holdover is no holdover in its term"),
        pytest.param("signed", None, None, None, "2099-01-01", "active", id="without an end"),
        pytest.param("ended", None, None, "2026-06-30", "2026-06-30", "active", id="its last day by notice"),
        pytest.param("ended", None, None, "2026-06-30", "2026-07-01", "ended", id="the day after"),
        pytest.param("terminated", "2026-12-31", None, "2026-06-30", "2026-07-01", "terminated", id="after a break"),
        pytest.param("assigned", "2026-12-31", None, "2026-06-30", "2026-07-01", "assigned", id="after it went to another"),
    ],
)
def test_where_a_lease_stands(
    state: str, ends_on: str | None, holdover_from: str | None, left_on: str | None, on: str, stands: str
) -> None:
    def maybe(text: str | None) -> date | None:
        return day(text) if text else None

    assert rules.standing(state, day("2026-01-01"), maybe(ends_on), maybe(holdover_from), maybe(left_on), day(on)) == stands


# Versions


def agreed(number: int, effective_on: str, days: Term = YEAR, *spaces: int) -> Agreed:
    return Agreed(number, day(effective_on), days, spaces or (1,))


@pytest.mark.parametrize(
    ("on", "number"),
    [("2025-06-01", 1), ("2026-01-01", 1), ("2026-02-28", 1), ("2026-03-01", 3), ("2026-05-31", 3), ("2026-06-01", 2), ("2027-01-01", 2)],
)
def test_a_backdated_amendment_counts_until_the_next_one(on: str, number: int) -> None:
    versions = [agreed(1, "2026-01-01"), agreed(2, "2026-06-01"), agreed(3, "2026-03-01")]
    assert rules.in_force(versions, day(on)).number == number


def test_of_two_versions_from_one_day_the_later_number_counts() -> None:
    versions = [agreed(1, "2026-01-01"), agreed(2, "2026-01-01")]
    assert {rules.in_force(versions, day(on)).number for on in ("2025-01-01", "2026-01-01", "2027-01-01")} == {2}


@pytest.mark.parametrize(
    ("versions", "more", "taken"),
    [
        pytest.param([agreed(1, "2026-01-01")], {}, [((1,), YEAR)], id="one version: its term"),
        pytest.param(
            [agreed(1, "2026-01-01"), agreed(2, "2026-06-01", YEAR, 1, 2)],
            {},
            [((1,), term("2026-01-01", "2026-05-31")), ((1, 2), term("2026-06-01", "2026-12-31"))],
            id="a space is added",
        ),
        pytest.param(
            [agreed(1, "2026-01-01"), agreed(2, "2026-06-01", term("2026-01-01", "2026-09-30"))],
            {},
            [((1,), term("2026-01-01", "2026-05-31")), ((1,), term("2026-06-01", "2026-09-30"))],
            id="the term is shortened",
        ),
        pytest.param(
            [agreed(1, "2026-01-01"), agreed(2, "2027-03-01", term("2026-01-01", "2027-12-31"))],
            {},
            [((1,), term("2026-01-01", "2027-02-28")), ((1,), term("2027-03-01", "2027-12-31"))],
            id="held over between the term and the amendment",
        ),
        pytest.param([agreed(1, "2026-01-01")], {"holdover": True}, [((1,), term("2026-01-01"))], id="held over"),
        pytest.param(
            [agreed(1, "2026-01-01")],
            {"holdover": True, "left_on": day("2027-01-31")},
            [((1,), term("2026-01-01", "2027-01-31"))],
            id="left",
        ),
        pytest.param(
            [agreed(1, "2026-01-01"), agreed(2, "2026-06-01", YEAR, 2)],
            {"left_on": day("2026-03-31")},
            [((1,), term("2026-01-01", "2026-03-31"))],
            id="left before the amendment",
        ),
    ],
)
def test_who_has_what_by_all_versions(versions: list[Agreed], more: dict[str, object], taken: list[object]) -> None:
    assert rules.occupation(versions, **more) == taken  # type: ignore[arg-type]


# Rent

STEPS = (Step(day("2026-01-01"), cny("10000")), Step(day("2027-01-01"), cny("11000")))


@pytest.mark.parametrize(("on", "rent"), [("2025-12-31", None), ("2026-01-01", "10000"), ("2026-12-31", "10000"), ("2027-01-01", "11000")])
def test_the_step_of_a_day(on: str, rent: str | None) -> None:
    step = rules.step_on(STEPS, day(on))
    assert (step.money if step else None) == (cny(rent) if rent else None)


@pytest.mark.parametrize(
    ("step", "areas", "shares"),
    [
        pytest.param(Step(TODAY, cny("100")), {1: "30", 2: "60"}, ["33.33", "66.67"], id="a month's rent by area"),
        pytest.param(Step(TODAY, cny("100")), {1: "30", 2: None}, ["50", "50"], id="equally when an area is unknown"),
        pytest.param(Step(TODAY, cny("100")), {1: "0", 2: "0"}, ["50", "50"], id="equally when there is no area"),
        pytest.param(Step(TODAY, cny("1.01"), "m2_month"), {1: "30.5", 2: "60"}, ["30.80", "60.60"], id="by the square metre"),
        pytest.param(Step(TODAY, cny("50"), "m2_month"), {1: "30", 2: None}, ["1500", None], id="unknown is not nothing"),
        pytest.param(Step(TODAY, cny("0"), "m2_month"), {1: "30", 2: None}, ["0", None], id="no rent"),
        pytest.param(None, {1: "30"}, [None], id="no step yet"),
    ],
)
def test_rent_by_unit(step: Step | None, areas: dict[int, str | None], shares: list[str | None]) -> None:
    given_areas = {unit: None if area is None else Area.of(area) for unit, area in areas.items()}
    assert list(rules.rent_by_unit(step, given_areas).values()) == [None if share is None else cny(share) for share in shares]


unit_areas = st.dictionaries(st.integers(1, 99), st.integers(0, 10**7).map(Area), min_size=1, max_size=30)


@given(unit_areas, st.integers(0, 10**12), st.sampled_from(["month", "m2_month"]))
def test_the_shares_of_the_units_are_the_rent_exactly(areas: dict[int, Area], minor: int, basis: str) -> None:
    step = Step(TODAY, Money(minor, "CNY"), basis)
    shares = [share for share in rules.rent_by_unit(step, areas).values() if share is not None]
    whole = rules.rent_a_month(step, areas.values())
    assert whole is not None
    assert sum(share.minor for share in shares) == whole.minor


def test_the_rent_of_a_lease_is_unknown_when_an_area_is() -> None:
    per_metre = Step(TODAY, cny("50"), "m2_month")
    assert rules.rent_a_month(per_metre, [Area.of("10"), None]) is None
    assert rules.rent_a_month(per_metre, [Area.of("10"), Area.of("20")]) == cny("1500")
    assert rules.rent_a_month(None, [Area.of("10")]) is None


@pytest.mark.parametrize(
    ("convention", "amount"), [pytest.param("actual", "18620.69", id="actual days"), pytest.param("30/360", "19000.00", id="30/360")]
)
def test_a_part_of_a_month_by_the_published_figures(convention: str, amount: str) -> None:
    assert rules.prorated(cny("30000"), term("2028-02-12", "2028-02-29"), convention) == cny(amount)


@pytest.mark.parametrize("convention", ["actual", "30/360"])
@pytest.mark.parametrize(
    ("first", "last", "months"), [("2026-02-01", "2026-02-28", 1), ("2026-01-01", "2026-12-31", 12), ("2027-12-01", "2028-02-29", 3)]
)
def test_whole_months_are_whole_rents(convention: str, first: str, last: str, months: int) -> None:
    assert rules.prorated(cny("30000"), term(first, last), convention) == cny("30000").times(months)


def test_by_365_a_year_is_twelve_rents_and_a_day_a_365th_of_that() -> None:
    assert rules.prorated(cny("365"), YEAR, "365") == cny("4380")
    assert rules.prorated(cny("365"), term("2028-02-29", "2028-02-29"), "365") == cny("12")


def test_what_has_no_end_cannot_be_prorated() -> None:
    with pytest.raises(ValueError, match="end"):
        rules.prorated(cny("1"), term("2026-01-01"))
    with pytest.raises(ValueError, match="convention"):
        rules.prorated(cny("1"), YEAR, "act/act")


def test_indexation_by_the_published_figures() -> None:
    assert rules.indexed(cny("1000"), Decimal("114.25"), Decimal("105.65")) == cny("1081.40")


@pytest.mark.parametrize(
    ("now", "more", "amount"),
    [
        pytest.param("120", {"cap": Fraction(1, 20)}, "1050", id="not above the cap"),
        pytest.param("100.5", {"collar": Fraction(1, 50)}, "1020", id="not below the collar"),
        pytest.param("90", {}, "1000", id="upward only"),
        pytest.param("90", {"upward_only": False}, "900", id="down as well"),
    ],
)
def test_limits_of_indexation(now: str, more: dict[str, object], amount: str) -> None:
    assert rules.indexed(cny("1000"), Decimal(now), Decimal("100"), **more) == cny(amount)  # type: ignore[arg-type]


def test_an_index_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        rules.indexed(cny("1"), Decimal("0"), Decimal("1"))


@pytest.mark.parametrize(
    ("country", "on", "per_cent"),
    [
        ("RU", "2003-12-31", None),
        ("RU", "2018-12-31", 18),
        ("RU", "2019-01-01", 20),
        ("RU", "2025-12-31", 20),
        ("RU", "2026-01-01", 22),
        ("CN", "2016-04-30", None),
        ("CN", "2016-05-01", 11),
        ("CN", "2018-05-01", 10),
        ("CN", "2019-03-31", 10),
        ("CN", "2019-04-01", 9),
        ("DE", "2026-01-01", None),
    ],
)
def test_value_added_tax_of_a_day(country: str, on: str, per_cent: int | None) -> None:
    assert rules.vat_rate(country, day(on)) == (None if per_cent is None else Fraction(per_cent, 100))


# Days


@pytest.mark.parametrize(
    ("start", "months", "later"),
    [("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 1, "2028-02-29"), ("2026-03-31", -1, "2026-02-28"), ("2026-01-15", -13, "2024-12-15")],
)
def test_months_later(start: str, months: int, later: str) -> None:
    assert rules.months_later(day(start), months) == day(later)


def test_a_deadline_moves_earlier_to_a_working_day() -> None:
    assert rules.notice_deadline(day("2026-11-30"), 6, lambda on: on.weekday() < 5) == day("2026-05-29")  # 30 May 2026 is a Saturday
    assert rules.notice_deadline(day("2026-11-27"), 6, lambda on: on.weekday() < 5) == day("2026-05-27")


# Terms

GOOD = Terms(
    term=YEAR,
    space_ids=(1, 2),
    currency="CNY",
    steps=(Step(day("2026-01-01"), cny("1000")), Step(day("2026-07-01"), cny("1100"))),
    rent_free=(term("2026-01-01", "2026-01-31"),),
    deposit=cny("2000"),
    options=(Option("break", day("2026-09-30"), 6),),
    vat_country="CN",
    indexation=Indexation("CPI", cap=Fraction(1, 20), collar=Fraction(0)),
)


def test_good_terms_have_nothing_against_them() -> None:
    assert (rules.terms_against(GOOD), rules.incomplete(GOOD)) == ([], [])


@pytest.mark.parametrize(
    ("wrong", "against"),
    [
        ({"space_ids": (1, 1)}, ["space_twice"]),
        ({"steps": (*GOOD.steps, Step(day("2026-07-01"), cny("1")))}, ["step_twice"]),
        ({"steps": (*GOOD.steps, Step(day("2027-01-01"), cny("1")))}, ["step_after_end"]),
        ({"steps": (Step(day("2026-01-01"), cny("-1")),)}, ["step_negative"]),
        ({"steps": (Step(day("2026-01-01"), Money(1, "RUB")),)}, ["step_currency"]),
        ({"rent_free": (term("2025-12-01", "2026-01-31"),)}, ["rent_free_outside"]),
        ({"rent_free": (term("2026-12-01"),)}, ["rent_free_outside"]),
        ({"rent_free": (term("2026-02-01", "2026-03-31"), term("2026-03-31", "2026-04-30"))}, ["rent_free_twice"]),
        ({"deposit": cny("-1")}, ["deposit_negative"]),
        ({"deposit": Money(1, "RUB")}, ["deposit_currency"]),
        ({"options": (Option("break", day("2027-01-01")),)}, ["option_outside"]),
        ({"options": (Option("break", day("2026-03-31"), 6),)}, ["option_notice"]),
        ({"vat_country": "DE"}, ["no_vat_rate"]),
        ({"indexation": Indexation("CPI", cap=Fraction(1, 50), collar=Fraction(1, 20))}, ["index_limits"]),
    ],
)
def test_terms_that_contradict_themselves(wrong: dict[str, object], against: list[str]) -> None:
    assert codes(rules.terms_against(replace(GOOD, **wrong))) == against  # type: ignore[arg-type]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    worst = replace(GOOD, space_ids=(1, 1), deposit=Money(-1, "RUB"), vat_country="DE", options=(Option("renew", day("2030-01-01")),))
    assert set(codes(rules.terms_against(worst))) == {
        "space_twice",
        "deposit_currency",
        "deposit_negative",
        "no_vat_rate",
        "option_outside",
    }


def test_what_is_missing_is_said_before_the_signature() -> None:
    assert codes(rules.incomplete(Terms(YEAR, (), "CNY"))) == ["no_spaces", "no_rent_at_start"]
    late = replace(GOOD, steps=(Step(day("2026-01-02"), cny("1")),))
    assert codes(rules.incomplete(late)) == ["no_rent_at_start"]


@pytest.mark.parametrize(
    ("times", "against"),
    [
        pytest.param([Existence(day("2020-01-01"), None, True)], [], id="there all the time"),
        pytest.param([Existence(day("2020-01-01"), day("2026-12-31"), True)], [], id="until the last day"),
        pytest.param(
            [Existence(day("2020-01-01"), day("2026-05-31"), True), Existence(day("2026-06-01"), None, True)], [], id="remeasured"
        ),
        pytest.param([Existence(day("2026-02-01"), None, True)], ["not_yet_there"], id="built too late"),
        pytest.param([Existence(day("2020-01-01"), day("2026-06-30"), True)], ["retired"], id="retired too early"),
        pytest.param(
            [Existence(day("2020-01-01"), day("2026-05-31"), True), Existence(day("2026-07-01"), None, True)], ["retired"], id="with a gap"
        ),
        pytest.param([], ["not_there"], id="never there"),
        pytest.param([Existence(day("2020-01-01"), day("2025-12-31"), True)], ["not_there"], id="gone before"),
        pytest.param([Existence(day("2020-01-01"), None, False)], ["not_lettable"], id="not for letting"),
        pytest.param(
            [Existence(day("2026-02-01"), day("2026-02-28"), False)], ["not_yet_there", "retired", "not_lettable"], id="all at once"
        ),
    ],
)
def test_a_space_must_be_there_for_the_term(times: list[Existence], against: list[str]) -> None:
    assert codes(rules.existence_against("A-1", times, YEAR)) == against


def test_a_lease_without_an_end_needs_a_space_without_one() -> None:
    assert codes(rules.existence_against("A-1", [Existence(day("2020-01-01"), day("2099-12-31"), True)], term("2026-01-01"))) == ["retired"]


# Deeds


@pytest.mark.parametrize(
    ("state", "drafter", "signer", "may", "against"),
    [
        ("draft", 1, 2, False, []),
        ("offered", 1, 2, False, []),
        ("draft", 1, 1, False, ["four_eyes"]),
        ("draft", 1, 1, True, []),
        ("draft", None, None, False, []),
        ("signed", 1, 1, False, ["not_to_sign", "four_eyes"]),
        ("void", 1, 2, False, ["not_to_sign"]),
    ],
)
def test_four_eyes(state: str, drafter: int | None, signer: int | None, may: bool, against: list[str]) -> None:
    found = rules.sign_against(facts(state=state), drafter_id=drafter, signer_id=signer, drafter_may_sign=may)
    assert codes(found) == against


@pytest.mark.parametrize("state", ["signed", "void", "ended", "terminated", "assigned"])
def test_only_drafts_and_offers_are_changed(state: str) -> None:
    assert codes(rules.change_against(facts(state=state))) == ["not_draft"]
    assert codes(rules.offer_against(facts(state=state))) == ["not_to_offer"]


@pytest.mark.parametrize(
    ("given_facts", "new", "effective_on", "reason", "against"),
    [
        pytest.param({}, YEAR, "2026-03-01", "rent", [], id="backdated"),
        pytest.param({}, term("2026-01-01", "2028-12-31"), "2027-01-01", "longer", [], id="prolonged from its end"),
        pytest.param({}, YEAR, "2026-03-01", " ", ["no_reason"], id="without a reason"),
        pytest.param({}, YEAR, "2025-12-31", "x", ["before_start"], id="before it began"),
        pytest.param({}, term("2026-02-01", "2026-12-31"), "2026-02-01", "x", ["start_changed"], id="another first day after it began"),
        pytest.param({"today": day("2025-12-01")}, term("2026-02-01", "2026-12-31"), "2026-02-01", "x", [], id="and before"),
        pytest.param({}, term("2026-01-01", "2028-12-31"), "2027-02-01", "x", ["gap_after_term"], id="after its term"),
        pytest.param({"holdover_from": day("2027-01-01")}, term("2026-01-01", "2028-12-31"), "2027-02-01", "x", [], id="out of holdover"),
        pytest.param({}, term("2026-01-01", "2026-06-30"), "2026-08-01", "x", ["after_end"], id="after the new end"),
        pytest.param(
            {"state": "ended", "left_on": day("2026-05-31")}, YEAR, "2026-06-01", "x", ["amended_after_left"], id="after it was left"
        ),
        pytest.param({"state": "ended", "left_on": day("2026-05-31")}, YEAR, "2026-05-01", "x", [], id="while it was there"),
        pytest.param({"state": "draft"}, YEAR, "2026-05-01", "x", ["not_in_force"], id="a draft"),
    ],
)
def test_amending(given_facts: dict[str, object], new: Term, effective_on: str, reason: str, against: list[str]) -> None:
    assert codes(rules.amend_against(facts(**given_facts), new, day(effective_on), reason)) == against


@pytest.mark.parametrize(
    ("given_facts", "first", "renewed_by", "against"),
    [
        ({}, "2027-01-01", "", []),
        ({}, "2026-12-31", "", ["renewal_too_early"]),
        ({}, "2027-01-01", "L-2026-0009", ["renewed_already"]),
        ({"term": term("2026-01-01")}, "2027-01-01", "", ["no_end_to_renew"]),
        ({"state": "draft"}, "2027-01-01", "", ["not_in_force"]),
        ({"state": "terminated", "left_on": day("2026-06-30")}, "2026-07-01", "", []),
        ({"holdover_from": day("2027-01-01"), "today": day("2027-06-01")}, "2027-03-01", "", []),
    ],
)
def test_renewing(given_facts: dict[str, object], first: str, renewed_by: str, against: list[str]) -> None:
    assert codes(rules.renew_against(facts(**given_facts), term(first), renewed_by)) == against


OPEN = {"term": term("2026-01-01"), "notice_months": 3}


@pytest.mark.parametrize(
    ("given_facts", "given_on", "leaves_on", "side", "against"),
    [
        pytest.param(OPEN, "2026-06-15", "2026-09-15", "tenant", [], id="three months ahead"),
        pytest.param(OPEN, "2026-06-15", "2026-09-14", "tenant", ["notice_too_short"], id="a day less"),
        pytest.param(OPEN, "2026-06-15", "2026-06-14", "tenant", ["leaves_before_given"], id="into the past"),
        pytest.param(OPEN, "2026-06-16", "2026-12-31", "tenant", ["in_future"], id="not given yet"),
        pytest.param(OPEN, "2026-06-15", "2026-12-31", "either", ["unknown_side"], id="by nobody"),
        pytest.param({}, "2026-06-15", "2026-12-31", "landlord", [], id="for the end of the term"),
        pytest.param({}, "2026-06-15", "2026-11-30", "tenant", ["fixed_term"], id="before the end of the term"),
        pytest.param({"state": "draft"}, "2026-06-15", "2026-12-31", "tenant", ["not_in_force"], id="of a draft"),
        pytest.param({"state": "ended", "left_on": day("2026-12-31")}, "2026-06-15", "2026-12-31", "tenant", ["ends_already"], id="twice"),
        pytest.param(
            {"holdover_from": day("2027-01-01"), "today": day("2027-02-01"), "notice_months": 1},
            "2027-02-01",
            "2027-03-01",
            "tenant",
            [],
            id="in holdover",
        ),
    ],
)
def test_giving_notice(given_facts: dict[str, object], given_on: str, leaves_on: str, side: str, against: list[str]) -> None:
    assert codes(rules.notice_against(facts(**given_facts), day(given_on), day(leaves_on), side)) == against


BREAK = {"options": (Option("break", day("2026-12-15"), 6, "tenant"), Option("renew", day("2026-11-30"), 3, "tenant"))}


@pytest.mark.parametrize(
    ("option_on", "given_on", "side", "against"),
    [
        pytest.param("2026-12-15", "2026-06-15", "tenant", [], id="on the last day for it"),
        pytest.param("2026-12-15", "2026-06-16", "tenant", ["in_future", "break_too_late"], id="a day later"),
        pytest.param("2026-12-15", "2026-06-15", "landlord", ["break_not_theirs"], id="by the other side"),
        pytest.param("2026-11-30", "2026-06-15", "tenant", ["no_such_break"], id="another kind of option"),
    ],
)
def test_exercising_a_break(option_on: str, given_on: str, side: str, against: list[str]) -> None:
    assert codes(rules.break_against(facts(**BREAK), day(option_on), day(given_on), side)) == against


@pytest.mark.parametrize(
    ("on", "same", "against"),
    [
        ("2026-07-01", False, []),
        ("2026-12-31", False, []),
        ("2027-01-01", False, ["after_end"]),
        ("2026-01-01", False, ["before_start"]),
        ("2026-07-01", True, ["same_tenant"]),
    ],
)
def test_assigning(on: str, same: bool, against: list[str]) -> None:
    assert codes(rules.assign_against(facts(), day(on), same_tenant=same)) == against


@pytest.mark.parametrize(
    ("given_facts", "against"),
    [
        ({"today": day("2027-01-01")}, []),
        ({"today": day("2026-12-31")}, ["not_expired"]),
        ({"term": term("2026-01-01")}, ["no_term"]),
        ({"today": day("2027-02-01"), "holdover_from": day("2027-01-01")}, ["held_over_already"]),
        ({"state": "ended", "left_on": day("2026-12-31"), "today": day("2027-01-01")}, ["ends_already"]),
    ],
)
def test_holding_over(given_facts: dict[str, object], against: list[str]) -> None:
    assert codes(rules.hold_over_against(facts(**given_facts))) == against


@pytest.mark.parametrize(
    ("given_facts", "on", "reason", "against"),
    [
        ({}, "2026-06-30", "agreed", []),
        ({}, "2026-12-31", "agreed", []),
        ({}, "2027-01-01", "agreed", ["after_end"]),
        ({}, "2025-12-31", "agreed", ["before_start"]),
        ({}, "2026-06-30", "", ["no_reason"]),
        ({"state": "ended", "left_on": day("2026-09-30")}, "2026-08-31", "sooner", []),
        ({"state": "ended", "left_on": day("2026-09-30")}, "2026-10-31", "later", ["ends_already"]),
        ({"state": "draft"}, "2026-06-30", "agreed", ["not_in_force"]),
        ({"holdover_from": day("2027-01-01")}, "2027-06-30", "agreed", []),
    ],
)
def test_ending(given_facts: dict[str, object], on: str, reason: str, against: list[str]) -> None:
    assert codes(rules.end_against(facts(**given_facts), day(on), reason)) == against


@pytest.mark.parametrize(
    ("state", "today", "reason", "against"),
    [
        ("draft", "2026-06-15", "slip", []),
        ("offered", "2026-06-15", "slip", []),
        ("signed", "2025-12-31", "slip", []),
        ("signed", "2026-01-01", "slip", ["begun"]),
        ("ended", "2026-06-15", "slip", ["not_to_void"]),
        ("draft", "2026-06-15", "", ["no_reason"]),
    ],
)
def test_making_void(state: str, today: str, reason: str, against: list[str]) -> None:
    assert codes(rules.void_against(facts(state=state, today=day(today)), reason)) == against


@pytest.mark.parametrize(
    ("money", "on", "held", "against"),
    [
        (cny("100"), "2026-06-15", None, []),
        (cny("100"), "2026-06-16", None, ["in_future"]),
        (cny("0"), "2026-06-15", None, ["deposit_not_positive"]),
        (Money(100, "RUB"), "2026-06-15", None, ["money_currency"]),
        (cny("100"), "2026-06-15", cny("100"), []),
        (cny("100.01"), "2026-06-15", cny("100"), ["return_too_much"]),
    ],
)
def test_deposits(money: Money, on: str, held: Money | None, against: list[str]) -> None:
    assert codes(rules.deposit_against(facts(), money, day(on), "CNY", held)) == against


@pytest.mark.parametrize(
    ("given_facts", "deeds"),
    [
        ({"state": "draft"}, "change offer sign void"),
        ({"state": "offered"}, "change sign void receive_deposit"),
        ({}, "amend renew give_notice assign end receive_deposit return_deposit"),
        (BREAK, "amend renew give_notice exercise_break assign end receive_deposit return_deposit"),
        ({"today": day("2025-12-01")}, "amend renew give_notice assign end void receive_deposit return_deposit"),
        ({"today": day("2027-01-01")}, "amend renew hold_over end receive_deposit return_deposit"),
        ({"state": "ended", "left_on": day("2026-06-01")}, "amend renew return_deposit"),
        ({"state": "ended", "left_on": day("2026-09-01")}, "amend renew end return_deposit"),
        ({"state": "assigned", "left_on": day("2026-06-01")}, "amend return_deposit"),
        ({"state": "void"}, ""),
    ],
)
def test_the_deeds_that_are_possible(given_facts: dict[str, object], deeds: str) -> None:
    assert rules.possible(facts(**given_facts)) == deeds.split()


def test_what_is_left_of_a_lease_begins_with_the_rent_of_the_day() -> None:
    left = rules.remaining(GOOD, day("2026-08-01"))
    assert left.term == term("2026-08-01", "2026-12-31")
    assert left.steps == (Step(day("2026-08-01"), cny("1100")),)
    assert (left.rent_free, left.options) == ((), ())
    earlier = rules.remaining(GOOD, day("2026-01-15"))
    assert [step.from_on for step in earlier.steps] == [day("2026-01-15"), day("2026-07-01")]
    assert (earlier.rent_free, earlier.options) == ((term("2026-01-15", "2026-01-31"),), GOOD.options)
    assert rules.remaining(GOOD, day("2027-03-01")).term == term("2027-03-01")


# Critical dates


def watched(number: str = "L-1", **more: object) -> Watched:
    given_facts = more.pop("facts", facts())
    return Watched(number, given_facts, **more)  # type: ignore[arg-type]


def seen(*leases: Watched, days: int = 90) -> list[tuple[str, str, int]]:
    found = rules.critical_dates(leases, days, lambda on: on.weekday() < 5)
    return [(one.number, one.kind, one.days) for one in found]


@pytest.mark.parametrize(("days", "found"), [(198, []), (199, [("L-1", "ends", 199)])])
def test_an_end_is_watched_from_the_days_before(days: int, found: list[object]) -> None:
    assert seen(watched(), days=days) == found


def test_options_are_watched_with_their_deadlines() -> None:
    lease = watched(facts=facts(options=(Option("break", day("2026-08-31"), 2, "tenant"),)))
    assert seen(lease) == [("L-1", "break_notice", 15), ("L-1", "break", 77)]


def test_dates_are_in_order_and_of_signed_leases_only() -> None:
    soon = watched("L-2", facts=facts(term=term("2026-01-01", "2026-06-30")))
    later = watched("L-3", facts=facts(term=term("2026-07-15")))
    draft = watched("L-4", facts=facts(state="draft", term=term("2026-01-01", "2026-06-30")))
    over = watched("L-5", facts=facts(state="ended", left_on=day("2026-06-01")))
    assert seen(later, soon, draft, over) == [("L-2", "ends", 15), ("L-3", "begins", 30)]


def test_what_is_overdue_is_said_however_long_ago() -> None:
    expired = watched(facts=facts(term=term("2020-01-01", "2026-05-31")), deposit_due=cny("5"), deposit_held=cny("0"))
    unpaid = watched("L-2", deposit_due=cny("500"), deposit_held=cny("200"))
    found = rules.critical_dates([expired, unpaid], 90, lambda _: True)
    assert [(one.number, one.kind, one.days, one.money) for one in found] == [
        ("L-2", "deposit_missing", -165, cny("300")),
        ("L-1", "expired", -15, None),
    ]


def test_a_last_day_by_notice_and_the_end_of_rent_free_days_are_watched() -> None:
    leaving = watched(facts=facts(state="ended", left_on=day("2026-06-30")), rent_free=(term("2026-06-01", "2026-06-20"),))
    assert seen(leaving) == [("L-1", "rent_free_ends", 5), ("L-1", "leaves", 15)]


@given(st.integers(0, 400), st.integers(0, 24))
def test_a_deadline_is_never_after_the_notice(offset: int, months: int) -> None:
    on = TODAY + timedelta(days=offset)
    assert rules.notice_deadline(on, months, lambda one: one.weekday() < 5) <= rules.months_later(on, -months)
