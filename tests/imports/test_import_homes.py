"""Residencies and equipment come in from tables: all rows or none, each bad row explained; again they change nothing."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pytest

from parkmgr.db import db
from parkmgr.housing.models import Residency, ResidencyTerms
from parkmgr.imports import actions
from parkmgr.labs.models import Equipment, Lab
from parkmgr.people.models import Person
from parkmgr.policy import SYSTEM, Role
from parkmgr.values import Names
from tests.web.visiting import Visitor

HEAD = "Number,Flat,Resident name,Organisation,Start,End,Rent,Currency,Deposit,People\n"
ANNA = "OLD-1,R1-101,Anna Petrova,HITU,2026-01-01,2026-12-31,1500,CNY,3000,2\n"
WANG = "OLD-2,R1-102,王小明,Harbin Institute,2026-05-01,2027-04-30,1200,CNY,,1\n"


@pytest.fixture
def block(make):
    """A block of two flats, a shared one and a let one."""
    make.park("HIT")
    building = make.building(code="R1", residential=True)
    for code in ("R1-101", "R1-102"):
        make.space(building, code, kind="flat", capacity=4)
    shared = make.space(building, "R1-103", kind="flat")
    for code in ("R1-103-1", "R1-103-2"):
        make.space(building, code, kind="bed", area="12", parent=shared, capacity=1)
    make.organisation("HITU", Names("Harbin Institute"), kind="university")
    make.hold(make.space(building, "R1-104", kind="flat"), "2025-01-01", "2027-12-31", document="L-2025-0001")
    return make


def read(what: str, text: str, block, tmp_path: Path, now, **more):
    file = tmp_path / f"{what}.csv"
    file.write_text(text, encoding="utf-8")
    return actions.run(what, file, block.the_park(), actor=SYSTEM, now=now, **more)


def all_of(model) -> list:
    db.session.rollback()
    return list(db.session.scalars(db.select(model).order_by(model.id)))


def codes(outcome) -> set[tuple[int, str]]:
    return {(problem.row, problem.reason.code) for problem in outcome.problems}


def test_residencies_come_in_and_again_nothing_changes(block, tmp_path, now):
    outcome = read("residencies", HEAD + ANNA + WANG, block, tmp_path, now)
    assert (outcome.added, outcome.problems, outcome.made) == (2, (), {"people": 2})
    first, second = all_of(Residency)
    assert (first.external, first.state, first.people, first.deposit_minor) == ("OLD-1", "resident", 2, 300_000)
    assert (second.external, second.state) == ("OLD-2", "accepted")
    assert [one.minor for one in all_of(ResidencyTerms)] == [150_000, 120_000]
    assert [one.name for one in all_of(Person)] == ["Anna Petrova", "王小明"]
    again = read("residencies", HEAD + ANNA + WANG, block, tmp_path, now)
    assert (again.added, again.changed, again.unchanged, again.warnings, len(all_of(Residency))) == (0, 0, 2, (), 2)


def test_a_dry_run_changes_nothing_and_says_nobody_s_name(block, tmp_path, now):
    outcome = read("residencies", HEAD + ANNA, block, tmp_path, now, dry_run=True)
    assert (outcome.added, all_of(Residency), all_of(Person)) == (1, [], [])
    assert "Petrova" not in str(outcome) and "Petrova" not in str(outcome.to_json())


def test_a_later_last_day_is_an_extension(block, tmp_path, now):
    read("residencies", HEAD + ANNA, block, tmp_path, now)
    outcome = read("residencies", HEAD + ANNA.replace("2026-12-31", "2027-06-30"), block, tmp_path, now)
    assert (outcome.changed, outcome.problems) == (1, ())
    [standing] = [one for one in all_of(ResidencyTerms) if one.withdrawn_at is None]
    assert standing.ends_on == date(2027, 6, 30)


def test_what_is_no_extension_is_explained(block, tmp_path, now):
    read("residencies", HEAD + ANNA, block, tmp_path, now)
    earlier = read("residencies", HEAD + ANNA.replace("2026-12-31", "2026-10-31"), block, tmp_path, now)
    assert codes(earlier) == {(2, "imports.earlier")}
    elsewhere = read("residencies", HEAD + ANNA.replace("R1-101", "R1-102"), block, tmp_path, now)
    assert codes(elsewhere) == {(2, "imports.other_home")}
    dearer = read("residencies", HEAD + ANNA.replace("1500", "1700"), block, tmp_path, now)
    assert (dearer.unchanged, [one.reason.code for one in dearer.warnings]) == (1, ["imports.other_terms"])


def test_each_bad_row_is_explained_and_nothing_comes_in(block, tmp_path, now):
    rows = [
        ANNA,
        "X-2,R1-101,Ivan,HITU,2026-06-01,2027-06-01,1,CNY,,1",  # taken by the row above
        "X-3,R1-104,Ivan,HITU,2026-06-01,2027-06-01,1,CNY,,1",  # let
        "X-4,R1-102,Anna Petrova,HITU,2026-06-01,2027-06-01,1,CNY,,1",  # two homes
        "X-5,R1-102,Olga,NOBODY,2028-06-01,2029-06-01,1,CNY,,1",  # unknown organisation
        "X-6,R9-999,Olga,HITU,2028-06-01,2029-06-01,1,CNY,,1",  # no such flat
        "X-7,R1-102,P-1999-0001,HITU,2028-06-01,2029-06-01,1,CNY,,1",  # nobody of the number
        "X-8,R1-102,Olga,HITU,2029-06-01,2028-06-01,1,CNY,,1",  # backwards
        "X-9,R1-102,Boris,HITU,2028-06-01,2029-06-01,1,CNY,,9",  # too many people
        "X-10,R1-103,Lena,HITU,2028-06-01,2029-06-01,1,CNY,,1",
        "X-11,R1-103-1,Mila,HITU,2028-07-01,2029-06-01,1,CNY,,1",  # a bed of the flat above
        "X-12,R1-102,,HITU,2030-06-01,2031-06-01,1,CNY,,1",  # nobody
    ]
    outcome = read("residencies", HEAD + "\n".join(row.strip() for row in rows), block, tmp_path, now)
    assert codes(outcome) == {
        (3, "imports.same_home"),
        (4, "housing.let"),
        (5, "imports.same_person"),
        (6, "imports.no_organisation"),
        (7, "imports.no_home"),
        (8, "imports.no_person"),
        (9, "imports.ends_before"),
        (10, "housing.too_many_people"),
        (12, "imports.same_home"),
        (13, "imports.needed"),
    }
    assert all_of(Residency) == [] == all_of(Person)
    assert all(str(problem.reason) for problem in outcome.problems)


def test_a_bed_in_a_let_flat_and_a_person_with_a_home_are_refused_by_the_register(block, tmp_path, now):
    read("residencies", HEAD + ANNA + "OLD-3,R1-103,Lena,HITU,2026-01-01,2026-12-31,1,CNY,,1\n", block, tmp_path, now)
    number = all_of(Person)[0].number
    rows = f"N-1,R1-103-1,Mila,HITU,2026-06-01,2026-08-31,1,CNY,,1\nN-2,R1-102,{number},HITU,2026-06-01,2026-08-31,1,CNY,,1\n"
    outcome = read("residencies", HEAD + rows, block, tmp_path, now)
    assert {row for row, _code in codes(outcome)} == {2, 3} and "housing.two_homes" in {code for _row, code in codes(outcome)}


def test_what_has_ended_is_left_out(block, tmp_path, now):
    outcome = read("residencies", HEAD + ANNA.replace("2026-12-31", "2026-02-28"), block, tmp_path, now)
    assert (outcome.added, outcome.skipped) == (0, 1)


SHARING = 'name,location,owner,make,model,contact\nRaman microscope,"L1, L1-101",HITU,Horiba,LabRAM,lab@hitu.example\n'


def exported(app, block, role: Role, address: str) -> str:
    return Visitor(app).is_(block.granted(role, park=block.the_park())).get(f"/parks/HIT/{address}").data.decode("utf-8-sig")


def test_what_is_exported_comes_in_again_and_changes_nothing(app, block, tmp_path, now):
    read("residencies", HEAD + ANNA + WANG, block, tmp_path, now)
    text = exported(app, block, Role.HOUSING_DESK, "housing/residencies?format=csv")
    assert "Petrova" not in text and text.count("RES-2026-") == 2
    again = read("residencies", text, block, tmp_path, now)
    assert (again.unchanged, again.added, again.changed, again.problems, again.warnings) == (2, 0, 0, (), ())
    of_report = exported(app, block, Role.HOUSING_DESK, "reports/housing?on=2026-06-30&format=csv")
    again = read("residencies", of_report, block, tmp_path, now)
    assert (again.unchanged, again.added, again.changed, again.problems, again.warnings) == (2, 0, 0, (), ())


@pytest.fixture
def lab(block):
    space = block.space(block.building(code="L1"), "L1-101", kind="laboratory")
    block.keep(Lab(park_id=space.park_id, space_id=space.id))
    return block


def test_equipment_comes_in_as_universities_share_it_and_again_nothing_changes(lab, tmp_path, now):
    outcome = read("equipment", SHARING, lab, tmp_path, now)
    assert (outcome.added, outcome.problems, [one.reason.code for one in outcome.warnings]) == (1, (), ["imports.numbered"])
    [piece] = all_of(Equipment)
    assert (piece.number, piece.make, piece.contact, piece.lab_id is not None) == ("RAMAN-MICROSCOPE", "Horiba", "lab@hitu.example", True)
    again = read("equipment", SHARING, lab, tmp_path, now)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    changed = read("equipment", SHARING.replace("lab@hitu", "new@hitu"), lab, tmp_path, now)
    assert changed.changed == 1 and all_of(Equipment)[0].contact == "new@hitu.example"


def test_shared_equipment_comes_in_again(app, lab, tmp_path, now):
    read("equipment", SHARING, lab, tmp_path, now)
    text = exported(app, lab, Role.LAB_MANAGER, "equipment/sharing?format=csv")
    again = read("equipment", text, lab, tmp_path, now)
    assert (again.unchanged, again.added, again.changed, again.problems) == (1, 0, 0, ())


def test_equipment_with_numbers(lab, tmp_path, now):
    head = "Asset number,Name,Location,Owner,Make,Model,Serial number,Purchased,Price,Calibration due\n"
    rows = "EQ-1,Лазер,L1-101,Harbin Institute,Coherent,X,S-1,2024-01-01,120000,2026-09-01\nEQ-2,Laser,nowhere,HITU,,,,,,\n"
    outcome = read("equipment", head + rows, lab, tmp_path, now)
    assert (outcome.added, [one.reason.code for one in outcome.warnings]) == (2, ["imports.unplaced"])
    first, second = all_of(Equipment)
    assert (first.name_ru, first.price_minor, first.calibration_due) == ("Лазер", 12_000_000, date(2026, 9, 1)) and second.lab_id is None
    bad = read(
        "equipment",
        head + "EQ 9,Laser,,HITU,,,,,,\nEQ-3,,,HITU,,,,,,\nEQ-4,Laser,,NOBODY,,,,,,\nEQ-5,A,,HITU,,,,,,\nEQ-5,B,,HITU,,,,,,\n",
        lab,
        tmp_path,
        now,
    )
    assert codes(bad) == {(2, "labs.no_number"), (3, "imports.no_name"), (4, "imports.no_organisation"), (6, "imports.twice")}
    assert len(all_of(Equipment)) == 2


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_preview_says_who_would_be_new_and_calls_nobody(app, block, now):
    visitor = Visitor(app).is_(block.granted(Role.ADMINISTRATOR, park=block.the_park()))
    file = (io.BytesIO((HEAD + ANNA).encode()), "homes.csv")
    put_in = visitor.open("/parks/HIT/imports/upload", "POST", data={"what": "residencies", "file": file})
    assert put_in.status_code == 303
    page = visitor.get(put_in.location).text
    assert "Made beside: People: 1" in page and "somebody new" in page.lower() and "Petrova" not in page
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)[1]
    assert visitor.post(f"{put_in.location}/apply", seen=seen).status_code == 303
    assert [one.external for one in all_of(Residency)] == ["OLD-1"]
