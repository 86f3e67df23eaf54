"""Drawings are well-formed, say everything in words, and let nothing through unescaped."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from parkmgr.reports import drawings
from parkmgr.reports.drawings import LOOKS, Bar, Block, Point, Storey

EVIL = '<script>alert("x")</script>&\'"'
SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing) -> ElementTree.Element:
    return ElementTree.fromstring(str(drawing))  # noqa: S314 - our own drawing


def block(size=1000, status="let", **more) -> Block:
    return Block(size, ("101", "10 m²"), LOOKS[status], **more)


def plan(*storeys: Storey) -> ElementTree.Element:
    return parsed(drawings.stacking_plan(storeys, title="T", description="D", together=lambda units, dm2: f"{units} together {dm2}"))


@pytest.mark.parametrize(
    "drawing",
    [
        drawings.stacking_plan(
            [Storey(EVIL, (Block(1, (EVIL,), LOOKS["vacant"], EVIL, EVIL),))], title=EVIL, description=EVIL, together=lambda *_: EVIL
        ),
        drawings.home_grid([Storey(EVIL, (Block(1, (EVIL,), LOOKS["let"], EVIL, EVIL),))], title=EVIL, description=EVIL, heading=EVIL),
        drawings.legend([(EVIL, LOOKS["closed"])], title=EVIL),
        drawings.columns([Bar(EVIL, Decimal(1), EVIL, EVIL)], title=EVIL, description=EVIL),
        drawings.lying_bars([Bar(EVIL, Decimal(1), EVIL, EVIL)], title=EVIL, description=EVIL),
        drawings.line([Point(EVIL, Decimal(1), EVIL)], title=EVIL, description=EVIL),
        drawings.sparkline([Point(EVIL, Decimal(1), EVIL)], title=EVIL),
    ],
)
def test_every_drawing_is_well_formed_has_a_title_and_escapes(drawing):
    root = parsed(drawing)
    assert (
        root.attrib["role"] == ("group" if list(root.iter(f"{SVG}a")) else "img")
        and root.find(f"{SVG}title").text == EVIL
        and root.find(f"{SVG}desc") is not None
    )
    assert "<script" not in drawing and "style=" not in drawing


@pytest.mark.parametrize("points", [[], [Point("a", None, "—")], [Point("a", Decimal(5), "5")] * 3])
def test_lines_stand_without_points_without_values_and_without_change(points):
    parsed(drawings.line(points, title="T", description="D"))
    parsed(drawings.sparkline(points, title="T"))


def test_blocks_are_as_wide_as_their_area_and_the_unmeasured_as_the_usual_one():
    root = plan(Storey("1", (block(1000), block(3000), block(None), block(3000))))
    widths = [float(rect.attrib["width"]) for rect in root.iter(f"{SVG}rect")]
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.02) and widths[2] == widths[1]


def test_vacant_is_hatched_reserved_outlined_and_closed_crossed():
    marks = {status: len(list(plan(Storey("1", (block(9000, status),))).iter())) for status in ("let", "vacant", "reserved", "closed")}
    assert marks["vacant"] > marks["let"] and marks["reserved"] > marks["let"] and marks["closed"] > marks["let"]


def test_vacant_blocks_side_by_side_are_marked_with_their_area():
    text = ElementTree.tostring(
        plan(Storey("1", (block(1, "vacant"), block(), block(2, "vacant"), block(3, "vacant")))), encoding="unicode"
    )
    assert text.count("together") == 1 and "2 together 5" in text


def test_a_name_is_clipped_and_a_number_is_not():
    root = parsed(
        drawings.stacking_plan(
            [Storey("1", (Block(1, ("Peter the Great St. Petersburg", "1234567890123"), LOOKS["let"]), block(30)))],
            title="T", description="D", together=lambda *_: "", width=1000,
        )
    )  # fmt: skip
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert any(text.endswith("…") for text in texts) or "Peter" not in "".join(texts)
    assert not any(text.startswith("123") and text.endswith("…") for text in texts)


def test_chinese_letters_are_twice_as_wide():
    assert drawings.clipped("哈尔滨工业大学", 50, 10) == "哈尔滨工…"
    assert drawings.clipped("Harbin", 50, 10) == "Harbin"


def test_a_building_without_floors_is_an_empty_drawing():
    plan()
