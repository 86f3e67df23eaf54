"""The list of spaces and a space's page, as each role sees them."""

from __future__ import annotations

import pytest
from flask import Flask

from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Space
from parkmgr.policy import Role
from parkmgr.values import Names
from tests.making import Maker
from tests.web.visiting import Visitor

SECRET = "Rayak Nanotechnology"


@pytest.fixture
def engine_name() -> str:
    """Pages are asked for on SQLite; what they ask of the database is tested on both engines."""
    return "sqlite"


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def office(make: Maker) -> Space:
    """An office that another organisation has."""
    space = make.space(make.building(make.park("HIT"), "A"), "A-1/2")
    make.hold(space, "2020-01-01", holder=make.organisation("RAYAK", Names(SECRET)), document="L-2020-0001")
    return space


def test_an_auditor_reads_who_has_it(make: Maker, office: Space, visitor: Visitor) -> None:
    visitor.is_(make.granted(Role.AUDITOR))
    for path in ("/parks/HIT/spaces", "/parks/HIT/spaces/A-1/2"):
        text = visitor.get(path).text
        assert SECRET in text
        assert "L-2020-0001" in text


@pytest.mark.parametrize("path", ["/parks/HIT/spaces", "/parks/HIT/spaces/A-1/2", "/parks/HIT/spaces?format=csv"])
def test_a_liaison_reads_only_that_it_is_busy(make: Maker, office: Space, visitor: Visitor, path: str) -> None:
    visitor.is_(make.granted(Role.LIAISON, organisation=make.organisation("OWN")))
    text = visitor.get(path).text
    assert "Busy" in text
    for secret in (SECRET, "RAYAK", "L-2020-0001"):
        assert secret not in text


def test_a_liaison_reads_her_own(make: Maker, office: Space, visitor: Visitor) -> None:
    own = make.organisation("OWN", Names("Polytechnic"))
    make.hold(make.space(code="A-2"), "2020-01-01", holder=own, document="L-2020-0002")
    visitor.is_(make.granted(Role.LIAISON, organisation=own))
    assert "L-2020-0002" in visitor.get("/parks/HIT/spaces/A-2").text
    assert "Polytechnic" in visitor.get("/parks/HIT/spaces").text


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_the_list_is_downloaded(make: Maker, office: Space, visitor: Visitor, format_: str) -> None:
    visitor.is_(make.granted(Role.AUDITOR))
    answer = visitor.get(f"/parks/HIT/spaces?format={format_}&on=2026-03-02")
    assert answer.status_code == 200
    assert f"HIT-spaces-2026-03-02.{format_}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["/parks/HIT/spaces/NONE", "/parks/NONE/spaces", "/parks/TWO/spaces/A-1/2", "/parks/HIT/spaces/B-1"])
def test_what_is_not_there_is_missing(make: Maker, office: Space, visitor: Visitor, path: str) -> None:
    make.space(make.building(make.park("TWO"), "B"), "B-1")
    visitor.is_(make.granted(Role.ADMINISTRATOR))
    assert visitor.get(path).status_code == 404


def test_another_park_is_missing(make: Maker, office: Space, visitor: Visitor) -> None:
    visitor.is_(make.granted(Role.ADMINISTRATOR, park=make.park("TWO")))
    assert visitor.get("/parks/HIT/spaces").status_code == 404
    assert visitor.get("/parks/HIT/spaces/A-1/2").status_code == 404


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_space_is_shown_in_each_language(make: Maker, office: Space, visitor: Visitor, language: str) -> None:
    visitor.is_(make.granted(Role.ADMINISTRATOR, language=language))
    hall = make.space(code="H")
    make.hold(make.space(code="H-1", parent=hall), "2027-01-01", "2027-12-31")
    for query in ("", "?on=2027-06-01", "?on=2019-01-01&known=2026-01-01", "?on=x&known=y"):
        assert visitor.get(f"/parks/HIT/spaces/H{query}").status_code == 200


def test_names_are_text_wherever_they_stand(make: Maker, office: Space, visitor: Visitor) -> None:
    evil: Organisation = make.organisation("EVIL", Names("<script>alert(1)</script>"))
    make.hold(make.space(code="A-3"), "2020-01-01", holder=evil)
    visitor.is_(make.granted(Role.AUDITOR))
    for path in ("/parks/HIT/spaces", "/parks/HIT/spaces/A-3", "/organisations", "/organisations/EVIL"):
        assert "<script>alert" not in visitor.get(path).text
