"""Files in: what is read, and what is refused before it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.errors import Refused
from parkmgr.imports import reading
from parkmgr.imports.reading import Hints, Limits, parse, read
from tests.imports.bench import FILES, sheet, workbook, written

DAY = datetime(2025, 6, 20)  # noqa: DTZ001 - spreadsheets know no zones
RUSSIAN = "код;название;площадь\nА-1;Лаборатория Райак;40,5\nА-2;Опытный цех №2;120\n"
CHINESE = "编号,名称,面积\nA-1,哈尔滨工业大学实验室,40.5\nA-2,青岛产业园办公室,120\n"


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as caught:
        yield
    assert [objection.code for objection in caught.value.objections] == [f"imports.{code}"]
    sentence = str(caught.value.objections[0])
    assert "%(" not in sentence and "\n" not in sentence


def cells(content: bytes, hints: Hints = Hints()) -> list[tuple[str, ...]]:  # noqa: B008 - it is frozen
    return [row.cells for row in parse(content, hints=hints).rows]


# Texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1251", "gb18030"])
def test_russian_is_read_in_any_encoding(encoding):
    table = parse(RUSSIAN.encode(encoding))
    assert table.columns == ("код", "название", "площадь")
    assert [row.cells[1] for row in table.rows] == ["Лаборатория Райак", "Опытный цех №2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_chinese_is_read_in_any_encoding(encoding):
    assert parse(CHINESE.encode(encoding)).rows[0].cells == ("A-1", "哈尔滨工业大学实验室", "40.5")


def test_western_letters_are_not_taken_for_russian_or_chinese():
    with refused("encoding_unknown"):
        parse("code,name\nA,Café Möbius à la carte für Käufer\n".encode("windows-1252"))


def test_an_encoding_can_be_named():
    assert cells("code,name\nA,Café\n".encode("windows-1252"), Hints(encoding="windows-1252")) == [("A", "Café")]


@pytest.mark.parametrize("named", ["utf-8", "no-such-thing", "hex"])
def test_a_wrong_encoding_is_refused(named):
    with refused("encoding_unknown"):
        parse("code,name\nA,Café\n".encode("windows-1252"), hints=Hints(encoding=named))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator):
    text = "code|area|name\nA|1|x\nB|2|y\n".replace("|", separator)
    assert parse(text.encode()).separator == separator


def test_a_comma_in_quotes_separates_nothing():
    assert cells(b'code;name\nA;"x, y; z"\n') == [("A", "x, y; z")]


def test_excel_says_its_separator():
    assert cells(b"sep=;\ncode;name\nA;x\n") == [("A", "x")]


def test_rows_have_the_numbers_of_a_spreadsheet():
    assert [row.number for row in parse(b"\ncode\n\nA\n\nB\n").rows] == [4, 6]


def test_short_rows_are_filled_and_long_ones_marked():
    rows = parse(b"a,b\n1\n1,2,3\n1,2,\n").rows
    assert [(row.cells, row.surplus) for row in rows] == [(("1", ""), False), (("1", "2"), True), (("1", "2"), False)]


def test_columns_without_a_name_or_with_the_same_get_one():
    assert parse(b"a,,a\n1,2,3\n").columns == ("a", "[B]", "a (2)")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"code,name\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_table_is_refused(content):
    with refused("empty"):
        parse(content)


@pytest.mark.parametrize("content", [b"%PDF-1.7 x", b"\x89PNG\r\n", b"\x1f\x8b\x08", b"PK\x05\x06", b"a,\x00b\x00\x00c\n" * 3])
def test_what_is_no_table_is_refused(content):
    with refused("not_a_table"):
        parse(content)


def test_an_open_quotation_is_refused():
    with refused("quotes"):
        parse(b'code,name\nA,"x\nB,y\n')


def test_old_workbooks_are_told_apart():
    with refused("old_workbook"):
        parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        pytest.param(Limits(rows=2), "too_many_rows", id="rows"),
        pytest.param(Limits(columns=1), "too_many_rows", id="columns"),
        pytest.param(Limits(cells=3), "too_many_cells", id="cells"),
        pytest.param(Limits(text=5), "too_many_cells", id="all text"),
        pytest.param(Limits(cell=3), "cell_too_long", id="one cell"),
    ],
)
def test_a_text_beyond_the_limits_is_refused(limits, code):
    with refused(code):
        parse(b"code,name\nA,x\nB,yyyyyy\nC,z\n", limits)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    try:
        parse(content)
    except Refused as error:
        assert len(error.objections) == 1


# Workbooks


def test_cells_of_a_workbook_become_texts():
    rows = [["code", "on", "n", "yes", "f", "day"], ["A", DAY, 17844.5, True, "=1/0", DAY.replace(hour=13, minute=30)]]
    assert cells(written(rows)) == [("A", "2025-06-20", "17844.5", "true", "#DIV/0!", "2025-06-20 13:30:00")]


def test_days_of_1904_are_the_same_days():
    rows = [["on"], [DAY]]
    assert cells(written(rows, date_1904=True)) == cells(written(rows)) == [("2025-06-20",)]


def test_whole_numbers_have_no_point():
    assert cells(written([["n"], [90210.0], [1e14]])) == [("90210",), ("100000000000000",)]


def test_nan_is_said_and_not_lost():
    assert cells(written([["n", "m"], [float("nan"), "NaN"]])) == [("#NUM!", "NaN")]


def test_a_formula_that_was_never_computed_is_not_empty():
    xml = "<row r='2'><c r='A2'><f>1+1</f></c><c r='B2' t='str'><f>T(1)</f><v></v></c><c r='C2'><f>1+1</f><v>2</v></c></row>"
    assert cells(workbook(sheet(xml).replace("</row><row r='2'>", "<c r='B1'><v>7</v></c><c r='C1'><v>8</v></c></row><row r='2'>"))) == [
        ("#CALC!", "", "2")
    ]


def test_the_real_inventory_is_read():
    table = read((FILES / "gsa-buildings.xlsx").read_bytes())
    assert (len(table.rows), table.sheet, table.columns[0]) == (18, "buildings", "Location Code")


def test_a_sheet_can_be_named():
    with refused("no_sheet"):
        parse(written([["a"], ["b"]]), hints=Hints(sheet="other"))


CELL = "<row r='2'><c r='A2'><v>1</v></c></row>"


def test_a_plain_workbook_made_by_hand_is_read():
    assert cells(workbook(sheet(CELL))) == [("1",)]


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(sheet("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"), id="a cell at XFD1048576"),
        pytest.param(sheet("<row r='2'><c r='&#88;FD2'><v>1</v></c></row>"), id="its column written with a character reference"),
        pytest.param(sheet("<row r='1048576'><c><v>1</v></c></row>"), id="a far row with a cell that does not say where"),
        pytest.param(sheet("<row r='2'>" + "<c><v>1</v></c>" * 300 + "</row>"), id="more cells than columns, none of which says where"),
        pytest.param(sheet(CELL, before="<dimension ref='A1:XFD1048576'/>"), id="a declared size"),
    ],
)
def test_a_cell_far_away_is_refused(xml):
    with refused("far_cell"):
        parse(workbook(xml))


def test_two_cells_that_span_a_huge_rectangle_are_refused():
    with refused("too_many_cells"):
        parse(workbook(sheet("<row r='2'><c r='IV2'><v>1</v></c></row><row r='99999'><c r='A99999'><v>1</v></c></row>")))


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(workbook(sheet(CELL, declaration=LAUGHS)), id="entities"),
        pytest.param(workbook(sheet(CELL, declaration="<!DOCTYPE x SYSTEM 'file:///etc/passwd'>")), id="an outer document type"),
        pytest.param(
            workbook(sheet(CELL), **{"xl/sharedStrings.xml": LAUGHS + f"<sst xmlns='{'x'}'><si><t>&b;</t></si></sst>"}), id="in the strings"
        ),
    ],
)
def test_xml_bombs_are_refused(content):
    with refused("xml_tricks"):
        parse(content)


def test_a_workbook_in_another_encoding_is_refused():
    with refused("broken"):
        parse(workbook(sheet(CELL, declaration="<?xml version='1.0' encoding='UTF-16'?>").encode("utf-16")))


def test_a_zip_bomb_is_refused():
    with refused("unpacks_too_large"):
        parse(workbook(sheet(f"<row r='2'><c r='A2'><v>{' ' * 30_000_000}1</v></c></row>")))


def test_a_workbook_that_declares_to_unpack_too_large_is_refused_before_it_is():
    with refused("unpacks_too_large"):
        parse(workbook(sheet(CELL)), Limits(unpacked=500))


def test_a_workbook_that_lies_about_its_size_is_refused():
    content = bytearray(workbook(sheet(f"<row r='2'><c r='A2'><v>{' ' * 5000}1</v></c></row>")))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as parts:
        size = parts.getinfo("xl/worksheets/sheet1.xml").file_size
    content = bytearray(bytes(content).replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with refused("broken"):
        parse(bytes(content))


def test_a_workbook_of_thousands_of_parts_is_refused():
    with refused("too_many_parts"):
        parse(workbook(sheet(CELL), **{f"xl/worksheets/sheet{number}.xml": "<x/>" for number in range(2, 1200)}))


def test_a_part_that_is_there_twice_is_refused():
    file = io.BytesIO(workbook(sheet(CELL)))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as parts:
        parts.writestr("xl/worksheets/sheet1.xml", sheet(""))
    with refused("broken"):
        parse(file.getvalue())


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"\0" * 100, workbook("<worksheet>"), written([["a"], ["b"]])[:-60]])
def test_a_broken_workbook_is_refused(content):
    with refused("broken"):
        parse(content)


def test_a_zip_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("word/document.xml", "<x/>")
    with refused("broken"):
        parse(file.getvalue())


# The child


def test_a_refusal_comes_back_from_the_child():
    with refused("far_cell"):
        read(workbook(sheet("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>")))


def test_a_file_that_is_too_large_is_not_even_given_to_the_child():
    with refused("too_large"):
        read(b"a,b\n" * 100, Limits(size=100))


def test_a_child_that_takes_too_long_is_stopped():
    with refused("unreadable"):
        read(b"a\nb\n", Limits(seconds=0))


def test_a_child_that_needs_too_much_memory_is_refused():
    with refused("unreadable"):
        read(b"a,b\n" + b"1,2\n" * 90_000, Limits(memory=30 * 2**20))


@pytest.mark.parametrize(("number", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_are_called_as_in_a_spreadsheet(number, name):
    assert reading.letters(number) == name
