"""Every filter and every sorting of the lists is answered, on both engines and in each language."""

from __future__ import annotations

import pytest
from flask import Flask

from parkmgr.policy import Role
from parkmgr.values import Names
from tests.making import Maker
from tests.web.visiting import Visitor

SORTS = {
    "/parks/HIT/spaces": (
        "code",
        "name",
        "building",
        "floor",
        "kind",
        "area",
        "basis",
        "capacity",
        "status",
        "holder",
        "document",
        "until",
    ),
    "/parks/HIT/buildings": ("code", "name", "use", "floors", "spaces", "known", "unmeasured", "area", "basis"),
    "/organisations": ("code", "name", "kind", "country", "city", "membership", "since", "ror", "inn", "uscc"),
}
FILTERS = {
    "/parks/HIT/spaces": (
        "q=a&building=A&floor=1&kind=office&status=vacant&at_least=10&on=2026-01-01",
        "q=%00%F0%28&building=NONE&floor=x&kind=castle&status=secret&at_least=-1&on=2026-99-99&sort=-nonsense&page=-1",
        "floor=99999999999999999999&at_least=1e400&on=0000-00-00&page=999999999999",
        "format=csv",
        "format=xlsx",
    ),
    "/parks/HIT/buildings": ("q=Rayak&use=office", "use=castle&q=%25", "page=2", "format=csv", "format=xlsx"),
    "/organisations": (
        "q=%E7%90%86%E5%B7%A5&kind=university&country=CN&membership=member&on=2020-01-01",
        "membership=none",
        "kind=castle&country=ZZ&membership=king&on=never&page=-1&sort=x",
        "format=csv&q=Polytechnic",
        "format=xlsx",
    ),
}


@pytest.fixture
def register(make: Maker) -> None:
    space = make.space(make.building(make.park("HIT"), "A", use="office"), "A-1")
    make.hold(space, "2020-01-01", holder=make.organisation("X", Names("Polytechnic", "Политех", "理工"), country="CN"))
    make.space(code="A-2", area=None)


@pytest.mark.parametrize("path", SORTS)
@pytest.mark.parametrize(("language", "role"), [("en", Role.ADMINISTRATOR), ("ru", Role.AUDITOR), ("zh", Role.LIAISON)])
def test_a_list_is_sorted_by_every_column(app: Flask, make: Maker, register: None, path: str, language: str, role: Role) -> None:
    visitor = Visitor(app).is_(make.granted(role, language=language))
    for key in SORTS[path]:
        for minus in ("", "-"):
            assert visitor.get(f"{path}?sort={minus}{key}").status_code == 200


@pytest.mark.parametrize("path", FILTERS)
def test_a_list_answers_whatever_is_asked(app: Flask, make: Maker, register: None, path: str) -> None:
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    for query in FILTERS[path]:
        assert visitor.get(f"{path}?{query}").status_code == 200
