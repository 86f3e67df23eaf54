"""All rows or none, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from parkmgr.audit.models import Entry
from parkmgr.db import Base, db, transaction
from parkmgr.errors import Refused
from parkmgr.imports import actions
from parkmgr.imports.models import ImportFile
from parkmgr.leases import actions as lease_actions
from parkmgr.leases import queries as lease_queries
from parkmgr.leases.models import Lease, LeaseVersion, RentStep
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.models import Hold
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Building, Floor, Particulars, Space
from parkmgr.policy import SYSTEM
from parkmgr.values import FOREVER, Area, Term
from tests.imports.bench import EXAMPLES, FILES


@pytest.fixture
def put(make, now, tmp_path):
    """Run an import of a text or of a file kept with the tests, into the first park."""

    def run(what, source, mapping=None, *, dry_run=False, at=now, progress=None):
        if isinstance(source, Path):
            path = source
        else:
            path = tmp_path / f"{what}.csv"
            path.write_text(source, encoding="utf-8")
        if isinstance(mapping, str):
            (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
            mapping = tmp_path / "mapping.toml"
        park = make.the_park()
        return actions.run(what, path, park, mapping=mapping, dry_run=dry_run, actor=SYSTEM, now=at, progress=progress)

    return run


def counts(outcome):
    figures = outcome.counts()
    rows = figures.pop("rows")
    assert rows == sum(figures.values()), "every row is accounted for"
    return tuple(figures.values())


def everything():
    """How many rows are in every table."""
    db.session.rollback()
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables}


def said(outcome):
    return [(one.row, one.column, one.value, one.reason.code.split(".")[1]) for one in outcome.problems]


def all_of(model, **wanted):
    return list(db.session.scalars(select(model).filter_by(**wanted).order_by(model.id)))


# Buildings


def test_a_real_inventory_of_buildings_comes_in(put):
    outcome = put("buildings", FILES / "gsa-buildings.xlsx", EXAMPLES / "gsa-buildings.toml")
    assert counts(outcome) == (18, 0, 0, 0, 0)
    building = all_of(Building, code="GA2338")[0]
    assert building.area == Area.of("1657.76")  # 17,844 square feet
    assert (building.built, building.use, building.name_en) == (2000, "office", "THOMPSON BRIDGE RD BLDG")
    assert building.address == "2565 THOMPSON BRIDGE RD, GAINESVILLE, GA, 30501"
    assert not all_of(Space)


def test_an_empty_column_is_said_to_be_unknown(put):
    outcome = put("buildings", FILES / "gsa-buildings.xlsx", EXAMPLES / "gsa-buildings.toml", dry_run=True)
    assert "The column Available Square Feet is empty in all 18 rows: unknown, not zero." in outcome.to_json()["notes"]


@pytest.mark.parametrize(
    ("what", "file", "mapping"),
    [
        ("buildings", "gsa-buildings.xlsx", "gsa-buildings.toml"),
        ("leases", "gsa-leases.xlsx", "gsa-leases.toml"),
        ("leases", "leases-with-rent.csv", "gsa-leases-with-rent.toml"),
        ("organisations", "ror-organisations.csv", "ror-organisations.toml"),
    ],
)
def test_the_same_file_twice_changes_nothing(put, what, file, mapping):
    first = put(what, FILES / file, EXAMPLES / mapping)
    before = everything()
    second = put(what, FILES / file, EXAMPLES / mapping)
    assert first.added > 0 and (second.added, second.changed, second.unchanged) == (0, 0, first.added)
    assert counts(second) and everything() == before


def test_a_dry_run_changes_nothing_and_counts_the_same(put):
    put("buildings", "code,name\nA,Alpha\n")
    before = everything()
    dry = put("buildings", "code,name\nA,Beta\nB,Gamma\n", dry_run=True)
    assert everything() == before and not dry.applied
    assert counts(dry) == counts(put("buildings", "code,name\nA,Beta\nB,Gamma\n")) == (1, 1, 0, 0, 0)


def test_a_change_is_written_and_the_rest_stays(put):
    put("buildings", "code,name,address,built\nA,Alpha,First street,1999\n")
    assert counts(put("buildings", "code,area\nA,120.5\n")) == (0, 1, 0, 0, 0)
    (building,) = all_of(Building)
    assert (building.name_en, building.address, building.built, building.area) == ("Alpha", "First street", 1999, Area.of("120.5"))


def test_row_4999_of_5000_is_bad_and_nothing_is_written(put, make):
    make.the_park()
    rows = "".join(f"B{number},Building {number},{number}\n" for number in range(1, 5001)).replace(
        "B4998,Building 4998,4998", "B4998,x,NaN"
    )
    before = everything()
    outcome = put("buildings", f"code,name,area\n{rows}")
    assert said(outcome) == [(4999, "area", "NaN", "not_a_number")]
    assert counts(outcome) == (4999, 0, 0, 0, 1) and not outcome.applied and everything() == before
    assert "Nothing was imported" in str(outcome) and outcome.to_json()["problems"][0]["fix"].startswith("Write digits only")


def test_problems_of_the_parks_rules_have_their_row_and_column(put):
    outcome = put("buildings", "code,name,built\n../etc,x,99999\n=1+1,y,\n")
    assert said(outcome) == [(2, "code", "../etc", "code_shape"), (2, "built", "../etc", "built_bounds"), (3, "code", "=1+1", "code_shape")]


def test_everything_wrong_with_a_row_is_said_at_once(put):
    outcome = put("buildings", "code,name,built,area\n../etc,x,1999.5,NaN\n")
    assert sorted(one[1:] for one in said(outcome)) == [
        ("area", "NaN", "not_a_number"),
        ("built", "1999.5", "not_whole"),
        ("code", "../etc", "code_shape"),
    ]


def test_each_row_has_its_audit_entry_and_the_file_has_one(put):
    put("buildings", "code,name\nA,Alpha\nB,Beta\n")
    entries = [(one.deed, one.label) for one in all_of(Entry)][-3:]
    assert entries == [("places.add_building", "A"), ("places.add_building", "B"), ("imports.apply", "buildings.csv")]
    (kept,) = all_of(ImportFile)
    assert (kept.state, kept.row_count, kept.outcome["added"], len(kept.sha256)) == ("done", 2, 2, 64)


def test_an_import_that_is_interrupted_leaves_nothing(put, make):
    make.the_park()
    before = everything()

    def interrupt(done, _all):
        if done > 600:
            raise KeyboardInterrupt

    rows = "".join(f"B{number},x\n" for number in range(1200))
    with pytest.raises(KeyboardInterrupt):
        put("buildings", f"code,name\n{rows}", progress=interrupt)
    assert everything() == before


def test_an_import_that_is_killed_leaves_nothing(app, make, tmp_path, engine_name):
    park = make.park("KILL")
    before = everything()
    path = tmp_path / "buildings.csv"
    path.write_text("code,name\n" + "".join(f"B{number},x\n" for number in range(1500)), encoding="utf-8")
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from parkmgr.app import create_app\nfrom parkmgr.db import db\nfrom parkmgr.imports import actions\n"
        "from parkmgr.places.models import Park\nfrom parkmgr.policy import SYSTEM\n"
        "def die(done, whole):\n    if done >= 1000: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with create_app().app_context():\n"
        "    park = db.session.query(Park).filter_by(code='KILL').one()\n"
        "    actions.run('buildings', Path(sys.argv[1]), park, actor=SYSTEM, now=datetime(2026, 3, 2, tzinfo=UTC), progress=die)\n",
        encoding="utf-8",
    )
    config = app.config["PARKMGR"]
    settings = {"PARKMGR_INSTANCE": str(config.instance), "PARKMGR_DATABASE_URL": config.database_url, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, str(script), str(path)], env={**os.environ, **settings}, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert everything() == before and park.code == "KILL"


@pytest.mark.parametrize(
    ("text", "code"),
    [("name\nx\n", "imports.not_mapped"), ("code\n", "imports.empty"), ("%PDF-1.7", "imports.not_a_table")],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(put, text, code):
    with pytest.raises(Refused) as caught:
        put("buildings", text)
    assert [one.code for one in caught.value.objections] == [code]


def test_an_import_asks_the_register_a_few_times_only(put, statements):
    put("buildings", "code,name\n" + "".join(f"B{number},x\n" for number in range(300)))
    with statements() as seen:
        put("buildings", "code,name\n" + "".join(f"B{number},x\n" for number in range(300)), dry_run=True)
    assert len(seen) <= 3


# Organisations


def test_organisations_of_the_registry_come_in(put):
    outcome = put("organisations", FILES / "ror-organisations.csv", EXAMPLES / "ror-organisations.toml")
    assert counts(outcome) == (10, 0, 0, 3, 0) and outcome.skips == {"withdrawn by the registry": 3}
    organisation = all_of(Organisation, code="000HZY098")[0]
    assert (organisation.ror, organisation.kind, organisation.country, organisation.city) == (
        "000hzy098",
        "university",
        "RU",
        "St Petersburg",
    )
    assert organisation.name_ru.startswith("Санкт-Петербургский") and organisation.name_en.startswith("Saint Petersburg")


def test_an_organisation_is_known_again_by_its_ror(put, make):
    make.organisation("SPBGPMU", ror="000hzy098", kind="university")
    outcome = put("organisations", "ror,name,kind\n000hzy098,New name,university\n")
    assert counts(outcome) == (0, 1, 0, 0, 0) and all_of(Organisation)[0].code == "SPBGPMU"


def test_check_digits_are_checked_and_an_identifier_belongs_to_one(put, make):
    make.organisation("A", inn="7736050003")
    outcome = put("organisations", "code,name,kind,inn\nB,x,enterprise,7736050003\nC,y,enterprise,7736050004\n")
    assert said(outcome) == [(2, "inn", "7736050003", "identifier_taken"), (3, "inn", "C", "inn_wrong")]


# Spaces

SPACES = "building,room,floor,kind,area m2,capacity,name,from,part of\n"


def test_spaces_come_in_with_floors_and_parts(put, make):
    make.building(code="LAB")
    rows = "LAB,H,1,laboratory,200,20,Зал,2026-01-01,\nLAB,H1,1,laboratory,90.5,9,,2026-01-01,H\nLAB,H2,1,laboratory,,,,2026-01-01,H\n"
    assert counts(put("spaces", SPACES + rows)) == (3, 0, 0, 0, 0)
    hall, first, second = all_of(Space)
    assert hall.divided and first.parent_id == second.parent_id == hall.id and hall.name_ru == "Зал"
    assert [floor.level for floor in all_of(Floor)] == [1]
    assert [one.area for one in all_of(Particulars)] == [Area.of("200"), Area.of("90.5"), None]
    assert counts(put("spaces", SPACES + rows)) == (0, 0, 3, 0, 0)


def test_a_changed_area_counts_from_the_day_of_the_import(put, make, now):
    make.building(code="LAB")
    put("spaces", SPACES + "LAB,H,1,office,200,20,,2026-01-01,\n", at=datetime.fromisoformat("2026-02-01T00:00:00Z"))
    assert counts(put("spaces", SPACES + "LAB,H,1,office,210,20,,2026-01-01,\n")) == (0, 1, 0, 0, 0)
    known = [one for one in all_of(Particulars) if one.withdrawn_at is None]
    assert [(one.starts_on, one.area) for one in known] == [(date(2026, 1, 1), Area.of("200")), (date(2026, 3, 2), Area.of("210"))]


def test_spaces_of_buildings_that_are_not_there_are_problems(put, make):
    lab = make.building(code="LAB")
    make.space(lab, "H", level=1)
    make.space(lab, "J", level=1)
    make.building(code="TOWER")
    rows = "NONE,X,1,office,,,,,\nTOWER,H,1,office,,,,,\nLAB,Y,1,office,,,,,Z\nLAB,J,2,office,,,,,\n"
    outcome = put("spaces", SPACES + rows)
    assert said(outcome) == [
        (2, "building", "NONE", "no_building"),
        (3, "building", "TOWER", "elsewhere"),
        (4, "part of", "Z", "parent_later"),
        (5, "floor", "2", "other_floor"),
    ]


# Leases

LEASES = "space,tenant,contract,start,end,rent,currency,deposit\n"


@pytest.fixture
def office(make):
    make.organisation("HIT")
    return make.space(code="A-1")


def test_a_lease_comes_in_and_holds_its_space(put, make, office, now):
    outcome = put("leases", LEASES + "A-1,HIT,77/25,2025-01-01,2027-12-31,1000.50,RUB,2000\n")
    assert counts(outcome) == (1, 0, 0, 0, 0)
    (lease,), (hold,), (step,) = all_of(Lease), all_of(Hold), all_of(RentStep)
    assert (lease.state, lease.reference, lease.number, lease.drafted_by, lease.signed_by) == ("signed", "77/25", "L-2026-0001", None, None)
    assert (hold.space_id, hold.document, hold.recorded_at) == (office.id, lease.number, now)
    assert hold.span == Term(date(2025, 1, 1), date(2027, 12, 31)).span(make.the_park().zone)
    assert (step.minor, step.basis, all_of(LeaseVersion)[0].deposit_minor) == (100050, "month", 200000)


def test_a_tenant_is_found_by_name_in_any_script(put, make):
    make.space(code="A-1")
    organisation = make.organisation("SPBPU")
    with transaction():
        organisation = db.session.get_one(Organisation, organisation.id)
        organisation.name_ru = "Политех Петра Великого"
        actions.record("tests.make", organisation, actor=SYSTEM, now=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    put("leases", LEASES + "A-1,политех  Петра Великого,1,2025-01-01,,,,\n")
    assert all_of(Lease)[0].tenant_id == organisation.id


def test_a_lease_without_a_rent_has_no_step_and_one_without_an_end_is_open(put, office):
    put("leases", LEASES + "A-1,HIT,1,2025-01-01,,,,\n")
    assert not all_of(RentStep) and all_of(Hold)[0].ends_at == FOREVER and all_of(LeaseVersion)[0].currency == "CNY"


def test_what_is_in_the_way_of_a_lease_is_a_problem_of_its_row(put, make, office):
    make.hold(office, "2025-06-01", "2025-06-30", document="L-2025-0007")
    make.space(code="A-2", starts_on=date(2025, 3, 1))
    rows = (
        "A-1,HIT,1,2025-01-01,2025-12-31,,,\n"
        "A-2,HIT,2,2025-01-01,2025-12-31,,,\n"
        "A-9,HIT,3,2025-01-01,2025-12-31,,,\n"
        "A-1,Nobody,4,2026-01-01,2026-12-31,,,\n"
        "A-1,HIT,5,2027-01-01,2027-12-31,,,\n"
        "A-1,HIT,6,2027-12-31,2028-12-31,,,\n"
    )
    before = everything()
    assert said(put("leases", LEASES + rows)) == [
        (2, "space", "A-1", "taken"),
        (3, "space", "A-2", "not_yet_there"),
        (4, "space", "A-9", "no_space"),
        (5, "tenant", "Nobody", "no_tenant"),
        (7, "space", "A-1", "same_space"),
    ]
    assert everything() == before


def test_two_organisations_of_one_name_must_be_told_apart(put, make):
    make.space(code="A-1")
    first = make.organisation("X1")
    make.organisation("X2", first.names)
    assert said(put("leases", LEASES + f"A-1,{first.name_en},1,2025-01-01,,,,\n"))[0][3] == "many_tenants"


def test_a_row_that_repeats_another_word_for_word_is_left_out(put, office):
    row = "A-1,HIT,1,2025-01-01,2025-12-31,,,\n"
    assert counts(put("leases", LEASES + row + row)) == (1, 0, 0, 1, 0)


def test_a_lease_that_goes_on_for_longer_is_amended(put, make, office, now):
    put("leases", LEASES + "A-1,HIT,1,2025-01-01,2026-12-31,1000,,\n")
    assert counts(put("leases", LEASES + "A-1,HIT,1,2025-01-01,2027-12-31,1100,,\n")) == (0, 1, 0, 0, 0)
    lease = lease_queries.lease_of(all_of(Lease)[0].id)
    assert [one.number for one in lease.known_versions] == [1, 2]
    assert [(one.from_on, one.money.minor) for one in lease.last_version.rent_steps] == [
        (date(2025, 1, 1), 100000),
        (date(2026, 3, 2), 110000),
    ]
    (held,) = ledger.of_document(lease.number)
    assert held.span == Term(date(2025, 1, 1), date(2027, 12, 31)).span(make.the_park().zone)
    assert counts(put("leases", LEASES + "A-1,HIT,1,2025-01-01,2027-12-31,1100,,\n")) == (0, 0, 1, 0, 0)


def test_a_lease_that_was_left_since_is_not_brought_back(put, office, now):
    put("leases", LEASES + "A-1,HIT,1,2025-01-01,2026-12-31,1000,,\n")
    with transaction():
        lease = lease_queries.lease_of(all_of(Lease)[0].id)
        lease_actions.end(lease, on=date(2026, 3, 31), reason="agreed", actor=SYSTEM, now=now)
    outcome = put("leases", LEASES + "A-1,HIT,1,2025-01-01,2026-12-31,1000,,\n")
    assert counts(outcome) == (0, 0, 1, 0, 0) and [one.reason.code for one in outcome.warnings] == ["imports.no_longer"]


# Leases whose rows make their own spaces


@pytest.fixture
def inventory(put, make):
    make.park("GSA", time_zone="America/New_York", currency="USD")
    put("buildings", FILES / "gsa-buildings.xlsx", EXAMPLES / "gsa-buildings.toml")
    return put("leases", FILES / "gsa-leases.xlsx", EXAMPLES / "gsa-leases.toml")


def test_each_row_of_a_real_inventory_is_a_lease_of_its_own_space(inventory):
    assert counts(inventory) == (18, 0, 0, 0, 0) and inventory.made == {"organisations": 1, "spaces": 18}
    spaces, leases = all_of(Space), all_of(Lease)
    assert len({space.code for space in spaces}) == len(leases) == len(all_of(Hold)) == 18
    assert {one.area for one in all_of(Particulars)} == {None}, "a building's area is nobody's leased area"
    assert not all_of(RentStep)
    tenant = all_of(Organisation)[0]
    assert (tenant.code, tenant.kind, {lease.tenant_id for lease in leases}) == ("US-GSA", "public_body", {tenant.id})


def test_nine_rows_of_one_lease_number_at_one_location_are_nine_spaces(inventory):
    spaces = [space for space in all_of(Space) if space.code.startswith("TX7018-LTX17098")]
    assert [space.code for space in spaces] == ["TX7018-LTX17098", *(f"TX7018-LTX17098-{number}" for number in range(2, 10))]
    assert len({space.name_en for space in spaces}) == 9
    assert any("Lease numbers in several rows at one location: 2, in 11 rows" in note for note in inventory.to_json()["notes"])


def test_leases_past_their_end_hold_over(inventory):
    over = [lease for lease in all_of(Lease) if lease.holdover_from is not None]
    assert len(over) == 3
    for lease in over:
        assert [hold.ends_at for hold in all_of(Hold, document=lease.number)] == [FOREVER]
        assert lease_queries.lease_of(lease.id).facts(date(2025, 6, 20)).standing == "holdover"


def test_buildings_that_are_missing_are_made_with_a_warning(put, make):
    make.park("GSA", time_zone="America/New_York", currency="USD")
    outcome = put("leases", FILES / "gsa-leases.xlsx", EXAMPLES / "gsa-leases.toml")
    assert outcome.made["buildings"] == len(all_of(Building)) == 7
    assert [one.reason.code for one in outcome.warnings].count("imports.made_building") == 7


def test_rows_in_another_order_change_nothing(put, inventory, tmp_path):
    from parkmgr.imports import reading

    table = reading.parse((FILES / "gsa-leases.xlsx").read_bytes())
    lines = ["\t".join(row.cells) for row in reversed(table.rows)]
    before = everything()
    assert counts(put("leases", "\n".join(["\t".join(table.columns), *lines]), EXAMPLES / "gsa-leases.toml")) == (0, 0, 18, 0, 0)
    assert everything() == before


def test_a_later_inventory_extends_and_holds_over(put, make, now):
    mapping = (EXAMPLES / "gsa-leases.toml").read_text(encoding="utf-8")
    head = "Lease Number,Location Code,Real Property Asset Name,Street Address,City,State,Zip Code,Real Property Asset type"
    head += ",Lease Effective Date,Lease Expiration Date\n"
    rows = "L1,X1,ONE,a,b,c,d,BUILDING,2020-01-01,{}\nL2,X1,TWO,a,b,c,d,BUILDING,2020-01-01,2025-07-31\n"
    make.park("GSA", time_zone="America/New_York", currency="USD")
    put("leases", head + rows.format("2025-12-31"), mapping)
    outcome = put("leases", head + rows.format("2030-12-31"), mapping.replace("2025-06-20", "2025-09-20"))
    assert counts(outcome) == (0, 2, 0, 0, 0)
    first, second = (lease_queries.lease_of(lease.id) for lease in all_of(Lease))
    assert first.last_version.ends_on == date(2030, 12, 31) and first.holdover_from is None
    assert second.holdover_from == date(2025, 8, 1)


def test_rents_of_a_year_and_rows_without_a_number(put, make):
    make.park("GSA", time_zone="America/New_York", currency="USD")
    outcome = put("leases", FILES / "leases-with-rent.csv", EXAMPLES / "gsa-leases-with-rent.toml")
    assert counts(outcome) == (9, 0, 0, 0, 0)
    assert all_of(RentStep)[0].minor == 935650  # 112,278 a year
    assert [space.code for space in all_of(Space)][-2:] == ["NEW-YORK-NY-1", "NEW-YORK-NY-1-2"]
    areas = [one.area for one in all_of(Particulars)]
    assert areas[0] == Area.of("285.77") and areas[-1] is None  # 3,076 square feet; 0 is not known


def test_an_outcome_is_said_in_figures_and_in_words(inventory):
    said = inventory.to_json()
    assert (said["rows"], said["added"], said["applied"], said["what"], said["problem_count"]) == (18, 18, True, "leases", 0)
    assert "18 added, 0 changed, 0 unchanged, 0 left out, 0 with problems" in str(inventory)
