"""The housing report: sums that re-add, flats and beds apart, and the year before, as known then."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import page
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from parkmgr.housing.models import Application, HousingRules, Residency, ResidencyTerms
from parkmgr.occupancy.models import HoldKind
from parkmgr.people.models import Person
from parkmgr.policy import Role
from parkmgr.reports import actions, housing, housing_tables, queries
from parkmgr.reports.housing import Held, Home, Offer, Waiter
from parkmgr.reports.occupancy import Row, Status
from parkmgr.reports.rules import Wanted
from parkmgr.values import Area, Money, Names, Term
from tests.making import LONG_AGO, actor
from tests.web.visiting import Visitor

ON = date(2026, 6, 30)
YEAR = Term(date(2025, 7, 1), ON)
AUDITOR = actor(Role.AUDITOR, name="Auditor Wang", user_id=None)


def home(space: str = "R1-101", status: Status = Status.VACANT, *, flat: str = "", area: str | None = "45", **more: object) -> Home:
    bed = bool(flat)
    rent = Money.of(1500, "CNY") if status is Status.RESIDENT else None
    known = None if area is None else Area.of(area)
    row = Row("R1", "1", space, "bed" if bed else "flat", known, status, rent=rent, document="R-1" if rent else "")
    return Home(row, flat or space, **more)  # type: ignore[arg-type]


def test_a_shared_flat_is_one_flat_and_its_beds_are_counted_apart():
    homes = [
        home("A", Status.RESIDENT),
        home("B"),
        home("C-1", Status.RESIDENT, flat="C"),
        home("C-2", flat="C"),
        home("D", Status.NOT_LETTABLE),
    ]
    found = housing.sums(homes)
    assert (found.flats, found.flats_occupied, found.beds, found.beds_occupied, found.vacant) == (3, 2, 2, 1, 2)
    assert (found.by_flats, found.by_beds, found.rents) == (Decimal("66.67"), Decimal("50.00"), (Money.of(3000, "CNY"),))


def test_nothing_is_not_zero_per_cent():
    assert housing.sums([]).by_flats is None and housing.sums([home()]).by_beds is None and housing.median([]) is None
    assert housing.Class("A", None, offers=3).offers_per_let is None


@pytest.mark.parametrize(
    ("area", "size"),
    [("39.99", "to_40"), ("40", "to_60"), ("59.99", "to_60"), ("68", "to_80"), ("80", "from_80"), (None, "unmeasured")],
)
def test_a_flat_is_of_a_class_of_size(area, size):
    assert home(area=area).size == size
    assert home(area=area, flat="C").size == "shared"


@pytest.mark.parametrize(("days", "middle"), [([3], "3"), ([1, 9], "5"), ([2, 1], "1.5"), ([5, 1, 100], "5")])
def test_the_median(days, middle):
    assert housing.median(days) == Decimal(middle)


def test_void_days_leave_out_who_has_it_and_works():
    there = {"A": [Term(date(2020, 1, 1))], "B": [Term(date(2026, 6, 1))]}
    held = [
        Held("A", "residency", Term(date(2024, 1, 1), date(2026, 5, 31))),
        Held("A", "closure", Term(date(2026, 6, 1), date(2026, 6, 10))),
        Held("A", "lease", Term(date(2026, 6, 21))),
    ]
    assert housing.voids(YEAR, there, held) == {"A": 10, "B": 30}


def test_a_turnaround_is_between_two_residencies_of_one_home_that_began_in_the_year():
    held = [
        Held("A", "residency", Term(date(2024, 1, 1), date(2025, 6, 30))),
        Held("A", "residency", Term(date(2025, 7, 11), date(2025, 12, 31))),
        Held("A", "closure", Term(date(2026, 1, 5), date(2026, 1, 6))),
        Held("A", "residency", Term(date(2026, 1, 8))),
        Held("B", "residency", Term(date(2024, 1, 1), date(2024, 6, 30))),
        Held("B", "residency", Term(date(2025, 1, 1), date(2025, 9, 30))),
        Held("B", "lease", Term(date(2025, 12, 1))),
    ]
    assert housing.turnarounds(YEAR, held) == (7, 10)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00+00:00")


def test_who_waits_and_who_was_housed_are_told_apart():
    waiters = [
        Waiter("A", at("2026-06-20"), None, None),
        Waiter("A", at("2026-06-01"), at("2026-07-05"), at("2026-07-05")),  # housed later: it still waits on the day
        Waiter("A", at("2025-12-01"), at("2026-01-01"), at("2026-01-01")),
        Waiter("A", at("2024-01-01"), at("2024-02-01"), at("2024-02-01")),  # before the year
        Waiter("B", at("2026-01-01"), at("2026-02-01"), None),  # withdrawn
        Waiter("B", None, None, None),  # not admitted
    ]
    offers = [Offer("A", at("2025-12-20"), at("2026-01-01")), Offer("A", at("2025-12-01"), None), Offer("A", at("2026-07-02"), None)]
    [first] = housing.classes([("A", Names("Staff"))], waiters, offers, at("2025-07-01"), at("2026-06-30"))
    assert (first.code, first.waiting, first.housed, first.offers, first.lets) == ("A", (10, 29), (31,), 2, 1)


@pytest.mark.parametrize(
    ("on", "since"),
    [(ON, date(2025, 7, 1)), (date(2028, 2, 29), date(2027, 3, 1)), (date(2026, 1, 1), date(2025, 1, 2))],
)
def test_twelve_months(on, since):
    assert housing.year_before(on) == since


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Status)), st.sampled_from(["", "X", "Y"]), st.integers(0, 365)), max_size=25)
)
def test_sums_by_block_and_by_size_re_add(drawn):
    homes = [
        Home(
            Row(f"R{block}", "1", f"{block}-{n}", "bed" if flat else "flat", None if n % 7 == 0 else Area(3000 + n * 700), status),
            f"{block}-{flat}" if flat else f"{block}-{n}",
            void=void,
        )
        for n, (block, status, flat, void) in enumerate(drawn)
    ]
    blocks = tuple((code, None) for code in sorted({one.row.building for one in homes}))
    report = housing.Report(PLACE, ON, LONG_AGO, (), YEAR.starts_on, tuple(homes), blocks, (), ())
    for name in ("flats", "flats_occupied", "beds", "beds_occupied", "vacant", "offered", "works", "void"):
        for groups in (report.by_block, report.by_size):
            assert sum(getattr(group.sums, name) for group in groups) == getattr(report.total, name)
    assert housing.from_plain(json.loads(housing.canonical(report))) == report


PLACE = housing.Place("HIT", Names("HIT Science Park"), "Asia/Shanghai", "CNY")


class Estate:
    """A block of five flats, one of them shared, and who lives there; written past the deeds, so that each instant is said."""

    def __init__(self, make) -> None:
        self.make, self.count = make, 0
        make.park("HIT")
        self.block = make.building(code="R1", residential=True)
        self.flats = [make.space(self.block, f"R1-10{n}", kind="flat", area="45") for n in (1, 2, 3, 4)]
        shared = make.space(self.block, "R1-105", kind="flat", area="68")
        self.beds = [make.space(self.block, f"R1-105-{n}", kind="bed", area="12", parent=shared) for n in (1, 2)]
        make.space(self.block, "SEM-1", kind="instrument", lettable=False)
        self.employer = make.organisation("HITU", Names("Harbin Institute of Technology"))

    def lives(self, space, starts_on: str, ends_on: str | None = None, *, rent: int = 150_000, known: datetime = LONG_AGO, **more):
        self.count += 1
        make, park, n = self.make, self.make.the_park(), self.count
        hold = make.hold(
            space, starts_on, ends_on, holder=self.employer, kind=HoldKind.RESIDENCY, document=f"R-2026-{n:04d}", recorded_at=known
        )
        person = Person(
            park_id=park.id, number=f"P-2026-{n:04d}", organisation_id=self.employer.id, name=f"Secret Name {n}", added_at=LONG_AGO
        )
        make.keep(person)
        given = {"state": "resident", "agreed_at": known, **more}
        found = Residency(
            park_id=park.id,
            number=hold.document,
            space_id=space.id,
            person_id=person.id,
            organisation_id=self.employer.id,
            people=2,
            **given,
        )
        make.keep(found)
        first = date.fromisoformat(starts_on)
        last = date.fromisoformat(ends_on) if ends_on else None
        self.terms(found, first, first, last, rent, known)
        return found

    def terms(self, residency, starts_on, from_on, ends_on, rent, known=LONG_AGO):
        row = ResidencyTerms(
            residency_id=residency.id, starts_on=starts_on, from_on=from_on, ends_on=ends_on, minor=rent, currency="CNY", recorded_at=known
        )
        self.make.keep(row)
        return row


@pytest.fixture
def estate(make):
    found = Estate(make)
    found.lives(found.flats[0], "2025-01-01", "2026-08-31")
    found.lives(found.flats[1], "2024-01-01", "2026-05-31", state="left")
    later = datetime(2026, 6, 25, tzinfo=UTC)
    found.lives(found.flats[1], "2026-06-11", known=later - timedelta(days=20), rent=200_000)
    found.lives(found.flats[2], "2026-06-20", "2027-06-19", known=later, state="offered", agreed_at=None, offered_at=later)
    found.lives(found.beds[0], "2026-01-01", "2026-12-31", rent=60_000)
    return found


def compiled(park, now, **more) -> housing.Report:
    return actions.compiled(park, Wanted(ON, kind="housing", **more), now=now)


NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def test_who_lives_where_on_a_day(estate, statements):
    park = estate.make.the_park()
    park.zone  # noqa: B018
    with statements() as seen:
        report = compiled(park, NOW)
    assert len(seen) == 8
    total = report.total
    assert (total.flats, total.flats_occupied, total.beds, total.beds_occupied, total.offered) == (5, 3, 2, 1, 1)
    assert total.rents == (Money(410_000, "CNY"),)
    found = [(one.row.space, one.resident, str(one.row.status), one.row.rent) for one in report.residencies]
    assert found == [
        ("R1-101", "P-2026-0001", "resident", Money(150_000, "CNY")),
        ("R1-102", "P-2026-0003", "resident", Money(200_000, "CNY")),
        ("R1-103", "P-2026-0004", "reserved", None),
        ("R1-105-1", "P-2026-0005", "resident", Money(60_000, "CNY")),
    ]
    assert [one.row.space for one in report.ending] == ["R1-101"]
    assert report.turnarounds == (10,)
    voids = {one.row.space: one.void for one in report.rows}
    assert voids == {"R1-101": 0, "R1-102": 10, "R1-103": 354, "R1-104": 365, "R1-105-1": 184, "R1-105-2": 365}


def test_as_it_was_known_before(estate):
    report = compiled(estate.make.the_park(), NOW, known=datetime(2026, 6, 1, tzinfo=UTC))
    assert [one.row.space for one in report.residencies] == ["R1-101", "R1-105-1"]


def test_the_waiting_list_is_in_it(estate):
    park = estate.make.the_park()
    line = {"code": "staff", "en": "Staff", "ru": "", "zh": "", "order": "points", "rank": 1}
    estate.make.keep(HousingRules(park_id=park.id, classes=[line], eligible=[], points=[], items=[], meters=[]))
    person = Person(park_id=park.id, number="P-2026-0099", organisation_id=estate.employer.id, added_at=LONG_AGO)
    estate.make.keep(person)
    asked = Application(
        park_id=park.id, number="H-2026-0001", person_id=person.id, organisation_id=estate.employer.id, class_code="staff",
        from_on=ON, claims={}, state="waiting", submitted_at=at("2026-06-01"), waiting_at=at("2026-06-20"),
    )  # fmt: skip
    estate.make.keep(asked)
    [found] = compiled(park, NOW).classes
    assert (found.code, found.names, found.waiting) == ("staff", Names("Staff"), (10,))


once = pytest.mark.parametrize("engine_name", ["sqlite"])
"""The paper and the pages ask nothing that is not asked above, on both engines."""


@once
def test_every_format_says_the_same_and_no_name(estate):
    report = compiled(estate.make.the_park(), NOW)
    data = json.loads(housing_tables.json_bytes(report, language="en"))
    assert data["totals"]["occupied_by_flats"] == "60.00" and data["totals"]["occupied_by_beds"] == "50.00"
    sheet = housing_tables.csv_bytes(report, language="en").decode("utf-8-sig")
    assert sheet.count("\r\n") == 5 and "P-2026-0003" in sheet and "Secret" not in sheet
    book = CalamineWorkbook.from_object(io.BytesIO(housing_tables.xlsx_bytes(report, language="en")))
    assert book.sheet_names == ["Totals", "Blocks", "Sizes", "Waiting list", "Ending", "Residencies", "Reconciliations"]
    assert sum(row[-1] == "CNY" for row in book.get_sheet_by_name("Residencies").to_python()) == 3


@once
def test_the_paper_is_issued_by_both_standards_and_drawn_again_is_the_same(estate):
    park = estate.make.the_park()
    number, content = actions.produce(park, Wanted(ON, None, "en", kind="housing"), "pdf", actor=AUDITOR, now=NOW)
    issued = queries.report(park.id, number, with_rows=True)
    assert number == "HOU-2026-0001" and actions.rendered(issued) == content
    failures = [
        failure.message
        for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A)
        for failure in page.validate_pdf_bytes(content, profile=profile).failures
    ]
    assert failures == []


@once
def test_the_desk_reads_and_issues_this_kind_only(app, estate):
    park = estate.make.the_park()
    other, _ = actions.produce(park, Wanted(ON), "json", actor=AUDITOR, now=NOW)
    own, _ = actions.produce(park, Wanted(ON, kind="housing"), "json", actor=AUDITOR, now=NOW)
    desk = Visitor(app).is_(estate.make.granted(Role.HOUSING_DESK, park=park))
    shown = desk.get("/parks/HIT/reports/housing?on=2026-06-30")
    assert shown.status_code == 200 and "60.0" in shown.text and "P-2026-0001" in shown.text and "Secret" not in shown.text
    assert desk.get("/parks/HIT/reports/housing?on=2026-06-30&format=csv").data.startswith(b"\xef\xbb\xbfresidency")
    listed = desk.get("/parks/HIT/reports").text
    assert own in listed and other not in listed
    assert (desk.get(f"/parks/HIT/reports/{own}").status_code, desk.get(f"/parks/HIT/reports/{other}").status_code) == (200, 404)
    assert (desk.get(f"/parks/HIT/reports/{own}/json").status_code, desk.get(f"/parks/HIT/reports/{other}/json").status_code) == (200, 404)
    assert desk.get("/parks/HIT/reports/occupancy").status_code == 403
    form = desk.get("/parks/HIT/reports/new?kind=housing").text
    assert "Housing report" in form and "Occupancy report" not in form
    refused = desk.post("/parks/HIT/reports/new", on="2026-06-30", language="en", key="k", kind="occupancy")
    assert refused.status_code == 422 and "no report of the kind" in refused.text
    assert desk.post("/parks/HIT/reports/new", on="2026-06-30", language="en", key="k", kind="housing").status_code == 303


@once
def test_others_read_no_housing_report(app, estate):
    liaison = Visitor(app).is_(estate.make.granted(Role.LIAISON, organisation=estate.employer))
    assert liaison.get("/parks/HIT/reports/housing").status_code == 403
