"""Who may ask, what claims give, who is next, and whether a drawing can be drawn again. Pure."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.housing import allocating_rules as rules
from parkmgr.housing.allocating_rules import (
    Applicant,
    Eligible,
    Employer,
    Giving,
    InLine,
    OfferedHome,
    PointLine,
    WaitingClass,
    Wish,
    in_order,
)
from parkmgr.housing.rules import Asking
from parkmgr.values import Area, Names

TODAY = date(2026, 3, 2)
STAFF, YOUNG, STUDENT = (
    WaitingClass("staff", Names("Staff"), "points", 1),
    WaitingClass("young", Names("Young families", "Молодые семьи"), "lottery", 2),
    WaitingClass("student", Names("Students"), "time", 3),
)
GIVING = Giving(
    classes=(STAFF, YOUNG, STUDENT),
    eligible=(
        Eligible("kind", "university", ("staff", "student")),
        Eligible("organisation", "HUAWEI", ("staff",)),
        Eligible("member", "", ("young",)),
        Eligible("tenant", "", ("young",)),
    ),
    points=(
        PointLine("child", Names("Child"), 10, 30),
        PointLine("years", Names("Years here"), 2, None),
        PointLine("degree", Names("Degree"), 5, 5),
    ),
)
UNIVERSITY = Employer("MSU", "university", Names("MSU"))
WISH = Wish("staff", "flat", 3, date(2026, 5, 1), None, None, {"child": 2})


def codes(objections: list[Any]) -> list[str]:
    return [one.code.removeprefix("housing.") for one in objections]


@pytest.mark.parametrize(
    ("employer", "class_code", "against"),
    [
        pytest.param(UNIVERSITY, "staff", [], id="a university's people among staff"),
        pytest.param(UNIVERSITY, "student", [], id="and among students"),
        pytest.param(UNIVERSITY, "young", ["not_eligible", "in_other_classes"], id="they may ask elsewhere"),
        pytest.param(replace(UNIVERSITY, member=True), "young", [], id="a member's people"),
        pytest.param(Employer("X", "enterprise", Names("X"), tenant=True), "young", [], id="a tenant's people"),
        pytest.param(Employer("HUAWEI", "enterprise", Names("H")), "staff", [], id="the people of a named one"),
        pytest.param(UNIVERSITY, "none", ["no_class"], id="no such class"),
        pytest.param(
            Employer("X", "enterprise", Names("X")),
            "staff",
            ["not_eligible", "for_universities", "for_organisation", "for_members", "for_tenants"],
            id="nowhere: whose people may is said",
        ),
    ],
)
def test_who_may_ask(employer: Employer, class_code: str, against: list[str]) -> None:
    assert codes(rules.eligibility_against(GIVING, employer, class_code)) == against


def test_what_would_make_it_pass_is_named_in_the_readers_language() -> None:
    refused = rules.eligibility_against(GIVING, replace(UNIVERSITY, member=True), "none")
    assert refused == [rules.NO_CLASS]
    [_, instead] = rules.eligibility_against(GIVING, Employer("X", "enterprise", Names("X"), tenant=True), "staff")
    classes = instead.facts["classes"]
    assert isinstance(classes, Names)
    assert (classes.en, classes.ru) == ("Young families", "Молодые семьи")


@pytest.mark.parametrize(
    ("wish", "against"),
    [
        pytest.param({}, [], id="a home"),
        pytest.param({"people": 0}, ["nobody"], id="for nobody"),
        pytest.param({"people": 7}, ["too_many_people"], id="for seven"),
        pytest.param({"kind": "bed", "people": 1}, [], id="a bed"),
        pytest.param({"kind": "bed", "people": 2}, ["bed_is_for_one"], id="a bed for two"),
        pytest.param({"kind": "castle"}, ["no_home_kind"], id="a castle"),
        pytest.param({"from_on": date(2026, 3, 1)}, ["from_past"], id="from yesterday"),
        pytest.param({"from_on": TODAY}, [], id="from today"),
        pytest.param({"from_on": date(2028, 3, 4)}, ["from_far"], id="from too far"),
        pytest.param({"until_on": date(2026, 4, 30)}, ["wish_backwards"], id="until before from"),
        pytest.param({"claims": {"hero": 1}}, ["no_claim"], id="points that nobody gives"),
        pytest.param({"claims": {"child": 101}}, ["claim_bounds"], id="a hundred and one children"),
        pytest.param({"claims": {"child": -1}}, ["claim_bounds"], id="less than no child"),
        pytest.param(
            {"class_code": "none", "people": 9, "from_on": date(2020, 1, 1), "claims": {"hero": 1}},
            ["no_class", "too_many_people", "from_past", "no_claim"],
            id="all of it at once",
        ),
    ],
)
def test_what_may_be_asked(wish: dict[str, Any], against: list[str]) -> None:
    assert codes(rules.wish_against(GIVING, Applicant("P-1", UNIVERSITY), replace(WISH, **wish), TODAY)) == against


def test_who_asks_already_or_was_erased() -> None:
    asks = rules.wish_against(GIVING, Applicant("P-1", UNIVERSITY, "H-2026-0001"), WISH, TODAY)
    assert codes(asks) == ["asks_already"]
    assert "H-2026-0001" in str(asks[0])
    assert codes(rules.wish_against(GIVING, Applicant("P-1", UNIVERSITY, erased=True), WISH, TODAY)) == ["erased"]
    assert codes(rules.wish_against(Giving(), Applicant("P-1", UNIVERSITY), WISH, TODAY)) == ["not_open"]


# Points


@pytest.mark.parametrize(
    ("claims", "points"),
    [({}, 0), ({"child": 2}, 20), ({"child": 4}, 30), ({"years": 50}, 100), ({"child": 9, "degree": 3, "years": 1}, 37), ({"hero": 9}, 0)],
)
def test_points_and_their_caps(claims: dict[str, int], points: int) -> None:
    assert rules.points(GIVING, claims) == points


@given(
    st.dictionaries(st.sampled_from(["child", "years", "degree"]), st.integers(0, 100)),
    st.sampled_from(["child", "years", "degree"]),
)
def test_one_more_claim_is_never_worth_less(claims: dict[str, int], code: str) -> None:
    more = {**claims, code: claims.get(code, 0) + 1}
    assert rules.points(GIVING, claims) <= rules.points(GIVING, more)
    for line in GIVING.points:
        alone = rules.points(Giving(points=(line,)), claims)
        assert 0 <= alone <= line.each * claims.get(line.code, 0)
        assert line.most is None or alone <= line.most


# The states of an application

DEEDS = tuple(rules.MOVES)


@given(st.lists(st.sampled_from(DEEDS), max_size=30))
def test_an_application_goes_only_where_it_may(deeds: list[str]) -> None:
    """A walk: what is allowed leads on, what is closed stays closed, and every refusal says something."""
    leads_to = {
        "admit": Asking.WAITING,
        "refuse": Asking.REFUSED,
        "withdraw": Asking.WITHDRAWN,
        "offer": Asking.OFFERED,
        "accept": Asking.HOUSED,
        "decline": Asking.WAITING,
        "expire": Asking.WAITING,
    }
    state = Asking.SUBMITTED
    for deed in deeds:
        against = rules.move_against(deed, state, "H-1")
        assert bool(against) == (state not in rules.MOVES[deed])
        assert all("H-1" in str(one) for one in against)
        if state not in rules.OPEN:
            assert against
        elif not against:
            state = leads_to[deed]


@pytest.mark.parametrize(
    ("declined", "declines", "ends"), [(0, 2, False), (1, 2, False), (2, 2, True), (3, 2, False), (4, 2, True), (9, 0, False)]
)
def test_after_so_many_declined_offers_it_goes_to_the_end(declined: int, declines: int, ends: bool) -> None:
    assert rules.to_the_end(declined, declines) is ends


# Who is next

START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def waiting(draw: st.DrawFn) -> InLine:
    number = f"H-2026-{draw(st.integers(1, 400)):04d}"
    drawn_at = draw(st.none() | st.integers(0, 3))
    return InLine(
        number,
        draw(st.sampled_from(["staff", "young", "student", "gone"])),
        draw(st.integers(0, 5)),
        START + timedelta(days=draw(st.integers(0, 5))),
        draw(st.none() | st.integers(0, 3).map(lambda days: START + timedelta(days=days))),
        None if drawn_at is None else START + timedelta(days=drawn_at),
        "" if drawn_at is None else rules.lot("seed", number),
    )


lines = st.lists(waiting(), max_size=25, unique_by=lambda one: one.number)


@given(lines, st.randoms())
def test_the_order_does_not_depend_on_how_the_list_was_read(line: list[InLine], random: Any) -> None:
    shuffled = list(line)
    random.shuffle(shuffled)
    assert in_order(shuffled, GIVING) == in_order(line, GIVING)
    assert sorted(one.number for one in in_order(line, GIVING)) == sorted(one.number for one in line)


@given(lines, waiting())
def test_whoever_joins_never_changes_the_order_of_the_others(line: list[InLine], newcomer: InLine) -> None:
    others = [one for one in line if one.number != newcomer.number]
    joined = in_order([*others, newcomer], GIVING)
    assert [one for one in joined if one is not newcomer] == in_order(others, GIVING)


def line_of(*places: InLine) -> list[str]:
    return [one.number for one in in_order(places, GIVING)]


def at(days: int) -> datetime:
    return START + timedelta(days=days)


def test_classes_are_served_by_rank_and_each_in_its_own_order() -> None:
    assert line_of(
        InLine("student late", "student", 9, at(3)),
        InLine("student early", "student", 0, at(1)),
        InLine("young joined later", "young", 9, at(0)),
        InLine("young second", "young", 0, at(2), drawn_at=at(5), lot="bb"),
        InLine("young first", "young", 0, at(2), drawn_at=at(5), lot="aa"),
        InLine("young of the next drawing", "young", 0, at(2), drawn_at=at(9), lot="00"),
        InLine("staff few points", "staff", 1, at(0)),
        InLine("staff many points", "staff", 5, at(4)),
        InLine("staff many points, at the end", "staff", 9, at(0), last_at=at(4)),
    ) == [
        "staff many points",
        "staff few points",
        "staff many points, at the end",
        "young first",
        "young second",
        "young of the next drawing",
        "young joined later",
        "student early",
        "student late",
    ]


HOME = OfferedHome("R01-101", "flat", date(2026, 5, 1), 4, Area.of(45))


@pytest.mark.parametrize(
    ("wish", "home", "against"),
    [
        pytest.param({}, {}, [], id="fits"),
        pytest.param({"kind": "bed"}, {}, ["other_kind"], id="a bed is asked for"),
        pytest.param({"people": 5}, {}, ["too_full"], id="five in a home for four"),
        pytest.param({"least": Area.of(46)}, {}, ["too_small"], id="larger is asked for"),
        pytest.param({"least": Area.of(45)}, {}, [], id="just large enough"),
        pytest.param({"least": Area.of(40)}, {"area": None}, ["not_measured"], id="nobody measured it"),
        pytest.param({"from_on": date(2026, 5, 2)}, {}, ["not_yet"], id="wanted later"),
        pytest.param({"kind": "bed", "people": 9, "least": Area.of(99)}, {}, ["other_kind", "too_full", "too_small"], id="nothing fits"),
    ],
)
def test_whether_a_home_is_what_is_asked_for(wish: dict[str, Any], home: dict[str, Any], against: list[str]) -> None:
    assert codes(rules.fit_against("H-1", replace(WISH, **wish), replace(HOME, **home))) == against


# Documents


@pytest.mark.parametrize(
    ("content", "against"),
    [
        pytest.param(b"%PDF-1.7 ...", [], id="a PDF"),
        pytest.param(b"\xff\xd8\xff\xe0 ...", [], id="a JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n ...", [], id="a PNG"),
        pytest.param(b"", ["paper_empty"], id="empty"),
        pytest.param(b"MZ\x90", ["paper_kind"], id="a program"),
        pytest.param(b"<svg onload=alert(1)>", ["paper_kind"], id="a picture with a script"),
        pytest.param(b" %PDF-1.7", ["paper_kind"], id="not at the beginning"),
        pytest.param(b"%PDF-" + b"x" * rules.LARGEST, ["paper_large"], id="too large"),
    ],
)
def test_documents(content: bytes, against: list[str]) -> None:
    assert codes(rules.paper_against("Certificate", content, 0)) == against
    assert codes(rules.paper_against(" ", content, rules.MOST_PAPERS)) == ["paper_title", "papers_many", *against]


# Lotteries

SEED = "5f" * 32
NUMBERS = [f"H-2026-{number:04d}" for number in range(1, 40)]


def drawn_file() -> dict[str, Any]:
    return {
        "lottery": "LOT-2026-0001",
        "class": "young",
        "seed_sha256": rules.sha256(SEED),
        "closes_at": "2026-11-12T00:00:00+00:00",
        "seed": SEED,
        "applications": list(NUMBERS),
        "order": [{"application": number, "lot": lot} for number, lot in rules.drawn(SEED, NUMBERS)],
    }


def test_a_lot_is_the_published_formula() -> None:
    assert rules.lot("ab", "H-1") == hashlib.sha256(b"abH-1").hexdigest()


@given(st.sets(st.sampled_from(NUMBERS)), st.sampled_from(NUMBERS), st.text("0123456789abcdef", min_size=1, max_size=64))
def test_a_drawing_is_total_can_be_run_again_and_does_not_know_who_else_takes_part(numbers: set[str], other: str, seed: str) -> None:
    order = [number for number, _ in rules.drawn(seed, numbers)]
    assert sorted(order) == sorted(numbers)
    assert order == [number for number, _ in rules.drawn(seed, sorted(numbers, reverse=True))]
    assert [number for number, _ in rules.drawn(seed, numbers | {other}) if number != other] == [one for one in order if one != other]


def test_a_right_file_is_right() -> None:
    before = {**drawn_file(), "seed": None, "applications": [], "order": []}
    assert rules.verify(drawn_file()) == []
    assert rules.verify(drawn_file(), before) == []


def swap(file: dict[str, Any]) -> None:
    file["order"][3], file["order"][7] = file["order"][7], file["order"][3]


def with_lot(file: dict[str, Any]) -> None:
    file["order"][5]["lot"] = "0" * 64


def drop(file: dict[str, Any]) -> None:
    del file["order"][0]


def put_in(file: dict[str, Any]) -> None:
    file["order"].append({"application": "H-2026-9999", "lot": rules.lot(SEED, "H-2026-9999")})


def twice(file: dict[str, Any]) -> None:
    file["order"].append(file["order"][0])


def other_seed(file: dict[str, Any]) -> None:
    file["seed"] = "00" * 32
    file["order"] = [{"application": number, "lot": lot} for number, lot in rules.drawn("00" * 32, NUMBERS)]


@pytest.mark.parametrize(
    ("change", "against"),
    [
        pytest.param(swap, ["file_order"], id="two change places"),
        pytest.param(with_lot, ["file_lot"], id="a lot is made up"),
        pytest.param(drop, ["file_missing"], id="somebody is missing"),
        pytest.param(put_in, ["file_extra"], id="somebody is put in"),
        pytest.param(twice, ["file_twice"], id="somebody stands twice"),
        pytest.param(other_seed, ["file_seed"], id="another seed"),
        pytest.param(lambda file: file.update(seed=None), ["file_not_drawn"], id="not drawn yet"),
        pytest.param(lambda file: file.update(order="all"), ["file_shape"], id="no order"),
        pytest.param(lambda file: file.update(order=[{"application": 1, "lot": None}]), ["file_shape"], id="an order of numbers"),
        pytest.param(lambda file: file.pop("seed_sha256"), ["file_shape"], id="no hash"),
        pytest.param(lambda file: file.update(seed="зерно"), ["file_shape"], id="a seed that is no ASCII"),
        pytest.param(lambda file: file.update(applications=[{}]), ["file_shape"], id="applications without numbers"),
    ],
)
def test_everything_that_was_changed_is_named(change: Any, against: list[str]) -> None:
    file = copy.deepcopy(drawn_file())
    change(file)
    assert codes(rules.verify(file)) == against


def test_a_hash_that_was_changed_with_the_seed_is_found_by_the_file_kept_before() -> None:
    file = drawn_file()
    other_seed(file)
    file["seed_sha256"] = rules.sha256("00" * 32)
    assert rules.verify(file) == []
    assert codes(rules.verify(file, drawn_file())) == ["file_before"]


def test_another_seed_is_refused_and_both_hashes_are_named() -> None:
    [objection] = rules.seed_against("00", rules.sha256(SEED))
    assert rules.sha256("00") in str(objection)
    assert rules.sha256(SEED) in str(objection)
    assert rules.seed_against(SEED, rules.sha256(SEED)) == []


@pytest.mark.parametrize(("days", "median"), [([], None), ([5], 5), ([9, 1], 1), ([1, 9, 4], 4), ([4, 3, 2, 1], 2)])
def test_median(days: list[int], median: int | None) -> None:
    assert rules.median(days) == median


# The rules themselves


@pytest.mark.parametrize(
    ("changed", "against"),
    [
        pytest.param({}, [], id="rules"),
        pytest.param({"classes": (), "eligible": ()}, ["no_classes"], id="no class"),
        pytest.param({"classes": (STAFF, STAFF), "eligible": ()}, ["code_twice"], id="a class twice"),
        pytest.param({"classes": (replace(STAFF, code="a b"),), "eligible": ()}, ["code_shape"], id="a bad code"),
        pytest.param({"classes": (replace(STAFF, order="luck"),), "eligible": ()}, ["no_order"], id="no such order"),
        pytest.param({"eligible": (Eligible("member", "", ("king",)),)}, ["eligible_class"], id="no such class"),
        pytest.param({"eligible": (Eligible("member", "", ()),)}, ["eligible_none"], id="no class for them"),
        pytest.param({"eligible": (Eligible("organisation", "NONE", ("staff",)),)}, ["eligible_name"], id="no such organisation"),
    ],
)
def test_rules_of_housing(changed: dict[str, Any], against: list[str]) -> None:
    assert codes(rules.giving_against(replace(GIVING, **changed), {"HUAWEI"})) == against
