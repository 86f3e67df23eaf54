"""Which column is what."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date

import pytest

from parkmgr.errors import Refused
from parkmgr.imports.mapping import KEEP, TARGETS, changed, from_toml, objections, propose, to_toml
from parkmgr.imports.reading import parse
from parkmgr.imports.rules import KINDS, Plan, Skip, Source
from tests.imports.bench import EXAMPLES, FILES


def columns_of(plan):
    return {name: source.columns[0] for name, source in plan.fields.items()}


@contextmanager
def refused(*codes):
    with pytest.raises(Refused) as caught:
        yield
    assert [objection.code.removeprefix("imports.") for objection in caught.value.objections] == list(codes)


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        ("Building,Room,Floor,Type,Area m2", {"building": "Building", "code": "Room", "floor": "Floor", "kind": "Type", "area": "Area m2"}),
        (
            "Здание,Помещение,Этаж,Тип,Площадь",
            {"building": "Здание", "code": "Помещение", "floor": "Этаж", "kind": "Тип", "area": "Площадь"},
        ),
        ("楼号,房间号,楼层,类型,面积", {"building": "楼号", "code": "房间号", "floor": "楼层", "kind": "类型", "area": "面积"}),
    ],
)
def test_columns_are_matched_by_name_in_three_languages(head, fields):
    assert columns_of(propose("spaces", parse(f"{head}\na,b,1,c,2\n".encode()))) == fields


def test_square_feet_are_seen_in_the_name():
    plan = propose("buildings", parse((FILES / "gsa-buildings.xlsx").read_bytes()))
    assert plan.fields["area"] == Source(("Building Rentable Square Feet",), unit="sqft")
    assert plan.fields["code"] == Source(("Location Code",))


def test_leases_without_spaces_make_their_own():
    plan = propose("leases", parse((FILES / "gsa-leases.xlsx").read_bytes()))
    assert plan.own_space
    assert columns_of(plan)["starts_on"] == "Lease Effective Date"
    assert "area" not in plan.fields  # it is the building's


@pytest.mark.parametrize(
    ("days", "forms"),
    [
        (["3/13/2025", "12/1/2024"], ("%m/%d/%Y",)),
        (["13/3/2025", "1/12/2024"], ("%d/%m/%Y",)),
        (["3/1/2025", "4/2/2024"], ()),
        (["17.08.2007"], ()),
        (["2025-06-20"], ()),
    ],
)
def test_the_form_of_dates_is_proposed_where_only_one_fits(days, forms):
    table = parse(("start;x\n" + "".join(f"{day};1\n" for day in days)).encode())
    assert propose("leases", table).fields["starts_on"].dates == forms


WHOLE = Plan(
    "leases",
    {
        "tenant": Source(constant='US-"GSA"\n\x7f'),
        "building": Source(("Код", "b"), separator=" / ", as_code=True),
        "area": Source(("площадь",), unit="sqft", unknown=("0", "н/д"), decimal=","),
        "starts_on": Source(("on",), dates=("%d/%m/%Y",)),
        "rent": Source(("r",), per="sqft_year", default="0"),
        "space_kind": Source(("k",), values={"лаб": "laboratory", "办公室": "office"}),
    },
    own_space=True,
    as_of=date(2025, 6, 20),
    skips=(Skip("status", ("x", "y"), "gone"),),
    tenant={"code": "US-GSA", "kind": "public_body"},
    encoding="gb18030",
    separator="\t",
    sheet="leases",
)


def test_a_mapping_reads_back_as_it_was_written():
    plan = from_toml(to_toml(WHOLE), "leases")
    assert plan == WHOLE


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_can_be_used(path):
    text = path.read_text(encoding="utf-8")
    what = re.search(r'^what = "(\w+)"', text, re.M)
    assert what and from_toml(text, what[1]).fields


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("what = ", ["not_toml"]),
        ('what = "leases"', ["other_kind"]),
        ("colour = 1", ["unknown_key"]),
        ('[fields]\ncolour = "x"', ["unknown_key"]),
        ('[fields]\narea = {column = "x", unit = "acre"}', ["wrong_value"]),
        ('[fields]\narea = {column = "x", constant = "1"}', ["wrong_value"]),
        ("[fields]\narea = {}", ["wrong_value"]),
        ("[fields]\narea = 7", ["wrong_value"]),
        ('as_of = "soon"', ["wrong_value"]),
        ("own_space = 1", ["wrong_value"]),
        ("skip = 1", ["wrong_value"]),
        ('fields = "x"', ["wrong_value"]),
        ('[fields]\narea = {columns = "x"}', ["wrong_value", "wrong_value"]),
        ('colour = 1\nseparator = "ab"\n[tenant]\nkind = "king"', ["unknown_key", "wrong_value", "wrong_value"]),
        ("a = " + "[" * 5000, ["not_toml"]),
    ],
)
def test_everything_wrong_with_a_mapping_is_said(text, codes):
    with refused(*sorted(codes)) if len(codes) == 1 else refused(*codes):
        from_toml(text, "buildings")


def test_columns_that_are_not_there_and_fields_that_are_missing_are_said():
    plan = from_toml('[fields]\ntenant = "who"\n', "leases")
    assert [one.code for one in objections(plan, ["a"])] == ["imports.no_column", "imports.not_mapped", "imports.not_mapped_space"]


def test_other_columns_are_chosen_and_constants_kept():
    plan = changed(WHOLE, {"tenant": KEEP, "area": "m2", "rent": "", "reference": "no"})
    assert plan.fields["tenant"] == WHOLE.fields["tenant"]
    assert plan.fields["area"].columns == ("m2",) and plan.fields["area"].unit == "sqft"
    assert "rent" not in plan.fields and plan.fields["reference"] == Source(("no",))


@pytest.mark.parametrize("what", KINDS)
def test_no_two_fields_are_called_the_same(what):
    names = [synonym for target in TARGETS[what].values() for synonym in target.synonyms if target.needed]
    assert len(names) == len(set(names))
