"""What fields make of what browsers send."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from parkmgr.app import create_app
from parkmgr.config import Config, prepare_instance
from parkmgr.values import Area
from parkmgr.web.forms import DayField, Form, LineField, LinesField, NumberField, WholeField, decimal_of, tidy, unwanted


class Everything(Form):
    """One of each."""

    line = LineField("Line", longest=20)
    lines = LinesField("Lines", longest=100)
    number = NumberField("Number", places=2)
    whole = WholeField("Whole", least=1, most=100)
    day = DayField("Day")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, without a database."""
    config = Config(instance=tmp_path_factory.mktemp("bare"))
    prepare_instance(config)
    yield create_app(config, testing=True)


def filled(app: Flask, **sent: str) -> Everything:
    with app.test_request_context("/", method="POST"):
        form = Everything(formdata=MultiDict(sent), meta={"csrf": False})
        form.validate()
        return form


def test_lines_are_tidied_and_composed(bare: Flask) -> None:
    form = filled(bare, line="  Е\u0308лка ", lines="a\r\nb\n")
    assert form.line.data == "Ёлка"
    assert form.lines.data == "a\r\nb"


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "a\u2066b", "a\ud800b", "a\nb", "\x7f"])
def test_a_line_has_nothing_that_deceives(bare: Flask, text: str) -> None:
    assert filled(bare, line=text).line.errors


@pytest.mark.parametrize("text", ["拉亚克", "Рая́к", "O’Neill & Sons", "é", "👩‍🔬", "שלום", "<b>", "=1+1"])
def test_a_line_has_any_script(bare: Flask, text: str) -> None:
    form = filled(bare, line=text)
    assert not form.line.errors
    assert form.line.data == unicodedata.normalize("NFC", text)


def test_length_is_counted_after_tidying(bare: Flask) -> None:
    assert not filled(bare, line="  " + "x" * 20 + "  ").line.errors
    assert filled(bare, line="x" * 21).line.errors
    assert filled(bare, line="x" * 65_536).line.errors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.5"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("0", "0"),
        ("", None),
        (" ", None),
    ],
)
def test_numbers_as_people_write_them(bare: Flask, text: str, value: str | None) -> None:
    form = filled(bare, number=text)
    assert not form.number.errors
    assert form.number.data == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["-1", "1.234", "NaN", "Infinity", "-Infinity", "1e400", "1e14", "0x10", "1,2,3", "one", "١x", "9" * 5000])
def test_what_is_no_number_is_said(bare: Flask, text: str) -> None:
    form = filled(bare, number=text)
    assert form.number.errors
    assert form.number.data is None


def test_a_number_becomes_an_area(bare: Flask) -> None:
    assert filled(bare, number="40,25").number.area() == Area(4025)


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("100", 100), ("", None), (" 7 ", 7)])
def test_whole_numbers(bare: Flask, text: str, value: int | None) -> None:
    assert filled(bare, whole=text).whole.data == value


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "9" * 5000, "x"])
def test_what_is_no_whole_number_in_bounds_is_said(bare: Flask, text: str) -> None:
    form = filled(bare, whole=text)
    assert form.whole.errors
    assert form.whole.data is None


@pytest.mark.parametrize("text", ["2026-02-30", "0001-01-01", "9999-12-31", "1899-12-31", "2201-01-01", "01.03.2026", "x", "2026-1-1"])
def test_what_is_no_day_is_said(bare: Flask, text: str) -> None:
    form = filled(bare, day=text)
    assert form.day.errors
    assert form.day.data is None


def test_a_day_is_a_day(bare: Flask) -> None:
    assert filled(bare, day="2028-02-29").day.data == date(2028, 2, 29)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({name: st.text(max_size=60) for name in ("line", "lines", "number", "whole", "day")}))
def test_nothing_that_is_sent_breaks_a_form(bare: Flask, sent: dict[str, str]) -> None:
    form = filled(bare, **sent)
    for name, type_ in (("line", str), ("lines", str), ("number", Decimal), ("whole", int), ("day", date)):
        data: Any = form[name].data
        assert data is None or isinstance(data, type_)
    assert form.line.errors or (len(form.line.data or "") <= 20 and not unwanted(form.line.data or ""))


@given(st.text())
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**12))
def test_a_number_is_read_as_it_was_written(value: Decimal) -> None:
    whole, _, coins = format(value, "f").partition(".")
    grouped = f"{int(whole):,}"
    assert decimal_of(format(value, "f")) == value
    assert decimal_of(f"{grouped.replace(',', ' ')},{coins}") == value
    assert decimal_of(f"{grouped}.{coins}") == value or "," not in grouped
