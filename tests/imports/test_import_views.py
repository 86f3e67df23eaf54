"""The pages of imports, as a browser sees them."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from parkmgr.db import db
from parkmgr.imports.models import ImportFile
from parkmgr.places.models import Building
from parkmgr.policy import Role
from tests.imports.bench import EXAMPLES, FILES
from tests.web.visiting import Visitor

TABLE = "code,name,area sq ft\nA,<script>alert(1)</script>,1000\nB,Beta,\n"


@pytest.fixture
def park(make):
    return make.park("HIT")


@pytest.fixture
def administrator(app, make, park):
    return Visitor(app).is_(make.granted(Role.ADMINISTRATOR))


@pytest.fixture
def put(administrator):
    """Send a file; gives the answer."""

    def send(content, name="list.csv", what="buildings", mapping=None, park="HIT"):
        content = content.encode() if isinstance(content, str) else content
        data = {"what": what, "file": (io.BytesIO(content), name)}
        if mapping is not None:
            data["mapping"] = (io.BytesIO(mapping.encode()), "mapping.toml")
        return administrator.open(f"/parks/{park}/imports/upload", "POST", data=data, content_type="multipart/form-data")

    return send


def text(answer):
    return answer.get_data(as_text=True)


def seen(answer):
    return re.search(r'name="seen" value="(\w+)"', text(answer))[1]


def buildings():
    db.session.rollback()
    return list(db.session.scalars(select(Building.code).order_by(Building.code)))


def kept():
    db.session.rollback()
    return db.session.scalars(select(ImportFile).order_by(ImportFile.id.desc()).limit(1)).one()


def test_a_file_is_looked_at_and_then_imported(administrator, put):
    answer = put(TABLE)
    assert answer.status_code == 303 and not buildings()
    preview = administrator.get(answer.location)
    assert preview.status_code == 200 and "sqft" in text(preview) and "Import all rows (2)" in text(preview)
    done = administrator.post(f"{answer.location}/apply", seen=seen(preview))
    assert done.status_code == 303 and buildings() == ["A", "B"]
    after = text(administrator.get(answer.location))
    assert "Imported" in after and "Look again" not in after
    listed = administrator.get("/parks/HIT/imports")
    assert listed.status_code == 200 and "list.csv" in text(listed)


def test_problems_are_a_table_of_row_column_value_reason_and_fix(administrator, put):
    answer = put("code,name,area\nA,<b>x</b>,NaN\nB,y,1\n")
    preview = text(administrator.get(answer.location))
    cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", preview)]
    assert cells[:4] == ["2", "area", "NaN", "This is not a number."] and cells[4].startswith("Write digits only")
    assert "Import all" not in preview
    sheet = administrator.get(f"{answer.location}?format=csv")
    assert "This is not a number." in sheet.get_data().decode("utf-8-sig")


def test_names_in_a_file_are_never_markup(administrator, put):
    answer = put("code,name\n<script>alert(1)</script>,x\n", name="<img src=x>\u202e.csv")
    preview = text(administrator.get(answer.location))
    assert "<script>alert" not in preview and "<img" not in preview and "\u202e" not in preview


def test_another_column_is_chosen_by_a_select(administrator, put):
    answer = put("code,name,other\nA,x,y\n")
    changed = administrator.post(answer.location, by="columns", **{"column-name": "other", "column-code": "code"})
    assert changed.status_code == 303 and 'name = "other"' in kept().mapping


def test_the_mapping_is_written_as_text(administrator, put):
    answer = put("code;n\nA;x\n")
    changed = administrator.post(answer.location, by="text", mapping='[fields]\r\ncode = "code"\r\nname = {constant = "Same"}\r\n')
    assert changed.status_code == 303
    preview = administrator.get(answer.location)
    assert "constant = &#34;Same&#34;" in text(preview)
    administrator.post(f"{answer.location}/apply", seen=seen(preview))
    db.session.rollback()
    assert db.session.scalars(select(Building.name_en)).one() == "Same"


def test_a_wrong_mapping_is_said_and_what_was_typed_stays(administrator, put):
    answer = put(TABLE)
    wrong = administrator.post(answer.location, by="text", mapping="colour = 7")
    assert wrong.status_code == 422 and "which means nothing here" in text(wrong) and "colour = 7" in text(wrong)


def test_a_mapping_that_does_not_fit_yet_can_be_mended_in_the_page(administrator, put):
    answer = put("x,y\n1,2\n")
    preview = administrator.get(answer.location)
    assert preview.status_code == 200 and "Nothing says what code is" in text(preview) and "Import all" not in text(preview)
    administrator.post(answer.location, by="columns", **{"column-code": "x"})
    assert "Import all rows (1)" in text(administrator.get(answer.location))


def test_a_mapping_can_come_with_the_file(administrator, put):
    mapping = (EXAMPLES / "gsa-buildings.toml").read_text(encoding="utf-8")
    answer = put((FILES / "gsa-buildings.xlsx").read_bytes(), "gsa.xlsx", mapping=mapping)
    assert "Import all rows (18)" in text(administrator.get(answer.location))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "no table"), (b"%PDF-1.7", "no table"), (b"PK\x03\x04xx", "damaged"), (b"a,b\n\xff\xfe\xfd,\x81\n", "encoding")],
)
def test_a_file_that_cannot_be_read_is_refused_in_the_form(put, content, sentence):
    answer = put(content)
    assert answer.status_code == 422 and sentence in text(answer) and db.session.scalar(select(func.count(ImportFile.id))) == 0


def test_nothing_is_sent_at_all(administrator):
    assert administrator.post("/parks/HIT/imports/upload", what="buildings").status_code == 422


def test_a_mapping_that_was_changed_since_is_not_applied(administrator, put):
    answer = put(TABLE)
    old = seen(administrator.get(answer.location))
    administrator.post(answer.location, by="columns", **{"column-name": ""})
    assert administrator.post(f"{answer.location}/apply", seen=old).status_code == 409 and not buildings()


def test_a_double_click_imports_once(administrator, put):
    answer = put(TABLE)
    shown = seen(administrator.get(answer.location))
    assert administrator.post(f"{answer.location}/apply", seen=shown).status_code == 303
    assert administrator.post(f"{answer.location}/apply", seen=shown).status_code == 422
    assert buildings() == ["A", "B"]


def test_a_file_with_problems_is_not_imported_whatever_is_sent(administrator, put):
    answer = put("code,area\nA,NaN\n")
    digest = seen_of(kept().mapping)
    assert administrator.post(f"{answer.location}/apply", seen=digest).status_code == 303 and not buildings()


def seen_of(mapping):
    from parkmgr.imports.actions import digest

    return digest(mapping)


def test_the_same_content_again_is_said(administrator, put):
    answer = put(TABLE)
    administrator.post(f"{answer.location}/apply", seen=seen(administrator.get(answer.location)))
    again = text(administrator.get(put(TABLE).location))
    assert "A file of the same content was imported" in again


def test_a_file_of_another_park_is_not_there(administrator, put, make):
    make.park("RCIP")
    address = put(TABLE).location
    foreign = address.replace("/HIT/", "/RCIP/")
    assert [administrator.get(foreign).status_code, administrator.post(f"{foreign}/apply", seen="x").status_code] == [404, 404]
    assert administrator.get("/parks/HIT/imports/999999").status_code == 404


@pytest.mark.parametrize("role", [Role.LIAISON, Role.AUDITOR])
def test_others_cannot_import(app, make, park, role):
    more = {"organisation": make.organisation()} if role is Role.LIAISON else {"park": park}
    visitor = Visitor(app).is_(make.granted(role, **more))
    assert visitor.get("/parks/HIT/imports/upload").status_code in (403, 404)
    assert visitor.post("/parks/HIT/imports/1/apply").status_code in (403, 404)


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_pages_are_there_in_each_language(administrator, put, language):
    administrator.post("/language", language=language)
    address = put("code,name,area\nA,x,NaN\n").location
    for path in ("/parks/HIT/imports", "/parks/HIT/imports/upload", address):
        assert administrator.get(path).status_code == 200
