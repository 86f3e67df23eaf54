"""Names in one script are found by another."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.db import db
from parkmgr.organisations.models import Organisation
from parkmgr.searching import folded, matches, searchable
from parkmgr.values import Names
from tests.making import Maker

RAYAK = (Names("Rayak", zh="拉亚克"), Names(ru="Райак", zh="拉亚克"), Names("Rayak Laboratory", "Лаборатория Райак", "拉亚克实验室"))


def found(query: str) -> list[str]:
    return sorted(db.session.scalars(sa.select(Organisation.code).where(matches(Organisation.search, query))))


@pytest.fixture
def three(make: Maker) -> None:
    for code, names in zip("ABC", RAYAK, strict=True):
        make.organisation(code, names)


@pytest.mark.parametrize("query", ["Rayak", "RAYAK", "райак", "РАЙАК", "拉亚克", "Ｒayak", " rayak "])
def test_whichever_script_is_stored_any_finds_it(three: None, query: str) -> None:
    assert found(query) == ["A", "B", "C"]


@pytest.mark.parametrize("query", ["%", "_", "ray_k", "r%k", "\\", "'; --", "nobody", "^rayakk"])
def test_wildcards_are_letters(three: None, query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize("query", ["", "   ", "\x00", "\ud800"])
def test_nothing_asked_is_everything(three: None, query: str) -> None:
    assert found(query) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("names", "query"),
    [
        (Names(zh="北京理工大学"), "Beijing"),
        (Names(ru="Райак"), "rayak"),
        (Names("Rayak"), "райак"),
        (Names(ru="Королёв"), "королев"),
        (Names(ru="Санкт-Петербург"), "sanktpeterburg"),
        (Names("Saint-Petersburg"), "saint petersburg"),
        (Names("Straße"), "STRASSE"),
    ],
)
def test_names_are_found_as_people_write_them(make: Maker, names: Names, query: str) -> None:
    make.organisation("X", names)
    assert found(query) == ["X"]


def test_every_word_must_be_there(make: Maker) -> None:
    make.organisation("X", Names("Harbin Institute of Technology", zh="哈尔滨工业大学"))
    assert found("technology harbin") == ["X"]
    assert found("harbin university") == []


def test_a_code_is_found_as_it_is_written(make: Maker) -> None:
    make.organisation("LAB-A-3.12", Names("Laboratory"))
    assert found("a-3.12") == ["LAB-A-3.12"]
    assert found("a312") == []


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_can_be_kept_and_found_by_itself(name: str, code: str) -> None:
    if name:
        text = searchable(Names(name), code)
        text.encode()
        assert "\x00" not in text
        assert folded(name) in text


@pytest.mark.parametrize("query", ["x" * 65536, "a " * 5000, "拉" * 5000, "\u202e" * 300])
def test_a_long_query_is_cut(app: Flask, query: str) -> None:
    assert found(query) == []


@given(st.text(max_size=300))
def test_any_query_can_be_asked(query: str) -> None:
    str(sa.select(Organisation.id).where(matches(Organisation.search, query)))
