"""Texts into values, rows into things."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.errors import Objection
from parkmgr.imports.mapping import TARGETS, from_toml
from parkmgr.imports.rules import KINDS, BuildingRow, LeaseRow, Plan, Rent, Row, Source, code_of, day_of, hidden, number_of, script, taken
from parkmgr.values import Area, Names


def take(what, text, *rows, currency="CNY", columns=("a", "b", "c", "d", "e")):
    numbered = [Row(number, tuple(row) + ("",) * (len(columns) - len(row))) for number, row in enumerate(rows, 2)]
    return taken(numbered, columns, from_toml(text, what), TARGETS[what], currency)


def said(taking):
    return [(one.row, one.column, one.value, one.reason.code.removeprefix("imports."), str(one.fix)) for one in taking.problems]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("40", "40"),
        ("40.50", "40.50"),
        ("40,5", "40.5"),
        ("1 234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1\xa0234", "1234"),
        ("１２", "12"),
        ("0,125", "0.125"),
        ("1e3", "1E+3"),
        ("-5", "-5"),
        ("12'000", "12000"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number):
    assert number_of(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("", "not_a_number"),
        ("12a", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("1,23,4", "not_a_number"),
        ("1,234", "ambiguous_number"),
        ("1e999", "too_big"),
        ("٣x", "not_a_number"),
        ("0x10", "not_a_number"),
    ],
)
def test_what_is_no_number_is_said(text, code):
    with pytest.raises(ValueError) as caught:
        number_of(text)
    assert caught.value.args[0].code == f"imports.{code}"


@pytest.mark.parametrize(("mark", "number"), [(".", "1234"), (",", "1.234")])
def test_the_mapping_says_what_a_comma_means(mark, number):
    assert number_of("1,234", mark) == Decimal(number)


@pytest.mark.parametrize("text", ["2007-08-17", "17.08.2007", "2007/8/17", "2007年8月17日", "2007-08-17 00:00:00"])
def test_days_are_read_in_plain_forms(text):
    assert day_of(text, ()) == date(2007, 8, 17)


def test_days_are_read_in_the_mappings_forms():
    assert day_of("3/13/2025", ("%d/%m/%Y", "%m/%d/%Y")) == date(2025, 3, 13)


@pytest.mark.parametrize(
    ("text", "code", "fix"),
    [
        ("3/1/2025", "not_a_day", "2025-06-20"),
        ("45828", "not_a_day", "2025-06-20"),
        ("2025-02-30", "not_a_day", "2025-06-20"),
        ("0205-03-01", "day_out_of_range", "2025-06-20"),
        ("tomorrow", "not_a_day", "2025-06-20"),
    ],
)
def test_what_is_no_day_is_said_with_a_fix(text, code, fix):
    with pytest.raises(ValueError) as caught:
        day_of(text, ())
    assert caught.value.args[0].code == f"imports.{code}" and fix in str(caught.value.args[1])


@given(st.text(max_size=40), st.sampled_from(["", ".", ","]))
def test_no_text_breaks_the_readers(text, mark):
    for reader, more in ((number_of, mark), (day_of, ("%d/%m/%Y",))):
        try:
            reader(text, more)
        except ValueError as error:
            assert all(isinstance(one, Objection) and str(one) for one in error.args)


BUILDINGS = """
[fields]
code = "a"
name = "b"
area = {column = "c", unit = "sqft"}
built = "d"
use = {column = "e", values = {BUILDING = "office"}}
"""


def test_a_row_becomes_a_building():
    (row,) = take("buildings", BUILDINGS, ("A", "Корпус А", "17844", "2000", "building")).values
    assert row == BuildingRow(2, "A", Names(ru="Корпус А"), use="office", built=2000, area=Area.of("1657.76"))


def test_square_feet_become_square_metres_exactly():
    (row,) = take("buildings", BUILDINGS, ("A", "x", "1000000")).values
    assert row.area == Area.of("92903.04")


def test_an_empty_area_is_unknown_and_zero_is_zero():
    unknown, zero = take("buildings", BUILDINGS, ("A", "x", ""), ("B", "y", "0")).values
    assert (unknown.area, zero.area) == (None, Area(0))


def test_what_the_mapping_calls_unknown_is_unknown():
    (row,) = take("buildings", '[fields]\ncode = "a"\narea = {column = "c", unknown = ["0", "n/a"]}', ("A", "", "n/a")).values
    assert row.area is None


def test_every_problem_of_a_row_is_said_with_row_column_value_and_reason():
    taking = take("buildings", BUILDINGS, ("A", "x", "NaN", "200.5", "offise"), ("", "y"))
    assert [one[:4] for one in said(taking)] == [
        (2, "e", "offise", "not_a_word"),
        (2, "d", "200.5", "not_whole"),
        (2, "c", "NaN", "not_a_number"),
        (3, "a", "", "needed"),
    ]
    assert taking.values == ()


def test_a_word_that_is_nearly_known_has_a_proposed_fix():
    assert said(take("buildings", BUILDINGS, ("A", "x", "", "", "laboratry")))[0][4].startswith("Write laboratory,")


def test_a_failed_formula_is_not_unknown():
    assert said(take("buildings", BUILDINGS, ("A", "x", "#DIV/0!")))[0][3] == "failed_formula"


@pytest.mark.parametrize("text", ["\u202egnp.exe", "a\x07b", "\ud800"])
def test_characters_that_cannot_be_seen_are_named(text):
    ((row, column, _, code, fix),) = said(take("buildings", '[fields]\ncode = "a"\nname = "b"', ("A", "x" + text)))
    assert (row, column, code) == (2, "b", "unseen") and hidden(fix) == ""


def test_long_texts_are_refused():
    assert said(take("buildings", '[fields]\ncode = "a"\nname = "b"', ("A", "x" * 65536)))[0][3] == "too_long"


def test_a_row_that_repeats_another_is_left_out_and_one_that_contradicts_it_is_a_problem():
    taking = take("buildings", BUILDINGS, ("A", "x", "1"), ("A", "x", "1"), ("A", "x", "2"))
    assert [row.row for row in taking.values] == [2] and [row for row, _ in taking.skipped] == [3]
    assert [one[:4] for one in said(taking)] == [(4, "a", "A", "repeated")]


def test_rows_are_left_out_by_a_value_with_the_reason():
    text = '[fields]\nror = "a"\nname = "b"\nkind = "c"\n[[skip]]\ncolumn = "d"\nvalues = ["withdrawn"]\nreason = "taken back"'
    taking = take("organisations", text, ("https://ror.org/03yrm5c26", "x", "Education", "Withdrawn"))
    assert taking.skipped == ((2, "taken back"),) and not taking.values and not taking.problems


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [("Education|Funder", "university"), ("funder|education", "university"), ("Company", "enterprise"), ("大学", "university")],
)
def test_of_several_words_the_first_of_the_table_counts(kinds, kind):
    text = '[fields]\ncode = "a"\nname = "b"\nkind = {column = "c", values = {education = "university", funder = "public_body"}}'
    (row,) = take("organisations", text, ("A", "x", kinds)).values
    assert row.kind == kind


def test_the_code_of_an_organisation_is_its_ror_where_it_has_no_other():
    (row,) = take("organisations", '[fields]\nror = "a"\nname = "b"\nkind = "c"', ("https://ror.org/03yrm5c26", "x", "大学")).values
    assert (row.code, row.ror) == ("03YRM5C26", "03yrm5c26")


LEASES = '[fields]\nspaces = "a"\ntenant = "b"\nstarts_on = "c"\nends_on = "d"\nrent = {column = "e", per = "%s"}'


@pytest.mark.parametrize(
    ("per", "amount", "rent"),
    [
        ("month", "100.05", Rent(10005)),
        ("year", "112278.0", Rent(935650)),
        ("year", "100", Rent(833)),
        ("m2_month", "35.5", Rent(3550, per_m2=True)),
        ("m2_year", "120", Rent(1000, per_m2=True)),
        ("sqft_year", "26.57", Rent(2383, per_m2=True)),
        ("month", "", None),
        ("month", "0", Rent(0)),
    ],
)
def test_rents_become_rents_a_month(per, amount, rent):
    (row,) = take("leases", LEASES % per, ("A-1; A-2", "T", "2025-01-01", "", amount)).values
    assert isinstance(row, LeaseRow) and row.rent == rent and row.spaces == ("A-1", "A-2") and row.ends_on is None


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("A", "T", "2025-02-01", "2025-01-01", "1"), "d", "ends_before"),
        (("A", "T", "2025-02-01", "", "1.005"), "e", "too_fine"),
        (("A", "T", "2025-02-01", "", "-1"), "e", "negative"),
        (("A", "", "2025-02-01", "", "1"), "b", "needed"),
        (("A", "T", "", "", "1"), "c", "needed"),
    ],
)
def test_what_is_wrong_with_a_lease_is_said_at_its_column(row, column, code):
    assert [one[1::2][:2] for one in said(take("leases", LEASES % "month", row))] == [(column, code)]


def test_a_row_with_too_many_cells_is_a_problem():
    plan = from_toml('[fields]\ncode = "a"', "buildings")
    taking = taken([Row(2, ("A",), surplus=True)], ("a",), plan, TARGETS["buildings"], "CNY")
    assert [one.reason.code for one in taking.problems] == ["imports.surplus"]


def test_constants_joined_columns_and_defaults_fill_fields():
    text = '[fields]\ncode = {columns = ["a", "b"], separator = "-"}\naddress = {constant = "here"}'
    text += '\nname = {column = "c", default = "no name"}'
    (row,) = take("buildings", text, ("A", "1", "")).values
    assert (row.code, row.address, row.names) == ("A-1", "here", Names("no name"))


@pytest.mark.parametrize(("text", "code"), [("MIAMI, FL", "MIAMI-FL"), ("O’FALLON", "O-FALLON"), ("лаб. 7", "ЛАБ-7"), ("--", "")])
def test_a_code_is_made_of_a_text(text, code):
    assert code_of(text) == code


@pytest.mark.parametrize(("text", "language"), [("Rayak", "en"), ("Райак", "ru"), ("拉亚克", "zh"), ("HIT 大学", "zh"), ("", "en")])
def test_a_name_goes_to_the_language_of_its_script(text, language):
    assert script(text) == language


@given(what=st.sampled_from(KINDS), cells=st.lists(st.text(max_size=30), min_size=40, max_size=40))
def test_no_row_breaks_the_rules(what, cells):
    names = tuple(TARGETS[what])
    plan = Plan(what, {name: Source((name,)) for name in names})
    taking = taken([Row(2, tuple(cells[: len(names)]))], names, plan, TARGETS[what], "CNY")
    assert len(taking.values) + len({one.row for one in taking.problems}) == 1
    assert all(str(one.reason) and "%(" not in str(one.reason) and str(one.fix) for one in taking.problems)
