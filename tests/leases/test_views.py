"""The pages of leases as people use them. Who may open them at all is tested with the policy table."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from python_calamine import CalamineWorkbook

from parkmgr.db import transaction
from parkmgr.leases import actions
from parkmgr.leases.rules import Option
from parkmgr.policy import Role
from parkmgr.values import Money, Names
from tests.leases.conftest import Office, day, terms
from tests.leases.test_actions import holds
from tests.making import Maker
from tests.web.visiting import Visitor

Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _noon(office: Office) -> Iterator[None]:
    with time_machine.travel(office.now, tick=False):
        yield


@pytest.fixture
def drafter(app: Flask, office: Office) -> Visitor:
    """The browser of who drafts."""
    return Visitor(app).is_(office.drafter)


@pytest.fixture
def signer(app: Flask, office: Office) -> Visitor:
    """The browser of who signs."""
    return Visitor(app).is_(office.signer)


def form(**more: str) -> dict[str, str]:
    """What a browser sends for a plain lease."""
    return {
        "spaces": "A-1",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "currency": "CNY",
        "steps-0-from_on": "2026-04-01",
        "steps-0-amount": "1000",
        "steps-0-basis": "month",
        **more,
    }


def version(visitor: Visitor, path: str) -> str:
    """The version that a form was opened on."""
    found = re.search(r'name="version" value="(\d+)"', visitor.get(path).text)
    return found[1] if found else ""


def test_a_lease_is_drafted_and_signed_by_another(make: Maker, office: Office, drafter: Visitor, signer: Visitor) -> None:
    space = make.space(code="A-1")
    code = make.organisation("RAYAK", Names("Rayak", "Райак", "拉亚克")).code
    park = make.the_park().code
    page = drafter.get(f"/parks/{park}/leases/new?space=A-1")
    assert page.status_code == 200
    assert "A-1" in page.text
    sent = drafter.post(f"/parks/{park}/leases/new", tenant=code, **form())
    assert (sent.status_code, sent.location) == (303, f"/parks/{park}/leases/L-2026-0001")
    at = f"/parks/{park}/leases/L-2026-0001"
    refused = drafter.post(f"{at}/sign", version=version(drafter, f"{at}/sign"))
    assert (refused.status_code, "cannot sign it alone" in refused.text) == (422, True)
    done = signer.post(f"{at}/sign", version=version(signer, f"{at}/sign"))
    assert (done.status_code, done.location) == (303, at)
    assert [space_id for space_id, _ in holds(office, "L-2026-0001")] == [space.id]
    assert "Signed, begins later" in signer.get(at).text


def test_every_error_stands_in_the_form_and_what_was_typed_stays(make: Maker, drafter: Visitor) -> None:
    make.space(code="A-1")
    park = make.the_park().code
    wrong = form(
        spaces="A-1, NOWHERE", **{"steps-0-amount": "12.345", "steps-1-from_on": "2026-05-01", "deposit": "many", "ends_on": "2025-01-01"}
    )
    page = drafter.post(f"/parks/{park}/leases/new", tenant="", **wrong)
    assert page.status_code == 422
    for sentence in (
        "Please fill in this field.",
        "At most 2 decimal places.",
        "Fill in this field, or empty the whole row.",
        "This is not a number.",
        "The last day is before the first.",
    ):
        assert sentence in page.text, sentence
    for typed in ("A-1, NOWHERE", "12.345", "many", "2025-01-01"):
        assert typed in page.text, typed


def test_what_is_not_there_is_said_with_what_contradicts_itself(make: Maker, drafter: Visitor) -> None:
    make.space(code="A-1")
    park = make.the_park().code
    page = drafter.post(
        f"/parks/{park}/leases/new", tenant="NOBODY", **form(spaces="A-1\nNOWHERE", under="L-1", **{"options-0-on": "2030-01-01"})
    )
    assert page.status_code == 422
    for sentence in (
        "There is no space NOWHERE in this park.",
        "There is no organisation of this code or name.",
        "There is no lease of this number in this park.",
        "The option on 1 Jan 2030 is not within the term.",
    ):
        assert sentence in page.text, sentence


def test_a_tenant_is_found_by_its_name_unless_several_have_it(make: Maker, drafter: Visitor) -> None:
    make.space(code="A-1")
    park = make.the_park().code
    for code, name in (("R1", "Rayak"), ("T1", "Twin"), ("T2", "Twin")):
        make.organisation(code, Names(name))
    assert drafter.post(f"/parks/{park}/leases/new", tenant="Rayak", **form()).status_code == 303
    assert "choose one by its code: T1, T2" in drafter.post(f"/parks/{park}/leases/new", tenant="Twin", **form()).text


def test_the_first_rent_holds_from_the_first_day_when_no_day_is_said(make: Maker, office: Office, drafter: Visitor) -> None:
    make.space(code="A-1")
    tenant, park = make.organisation().code, make.the_park().code
    assert drafter.post(f"/parks/{park}/leases/new", tenant=tenant, **form(**{"steps-0-from_on": ""})).status_code == 303
    assert office.lease("L-2026-0001").last_version.rent_steps[0].from_on == day("2026-04-01")


@pytest.mark.parametrize(
    "odd",
    [
        {"index_name": "CPI", "index_cap": "9999999999999.9999"},
        {"deposit": "9999999999999.99"},
        {"steps-0-amount": "9999999999999.99", "steps-0-basis": "m2_month"},
        {"steps-0-basis": "year"},
        {"notice_months": "61"},
        {"currency": "XYZ"},
        {"currency": "jpy", "steps-0-amount": "10.5"},
        {"starts_on": "9999-12-31"},
        {"starts_on": "2026-02-30"},
        {"vat_country": "DE"},
        {"spaces": "A-1," * 600},
        {"spaces": "A-1\x00"},
        {"purpose": "\u202e"},
        {"rent_free-0-from_on": "2026-05-01"},
        {"rent_free-0-from_on": "2026-05-01", "rent_free-0-until_on": "2026-04-01"},
        {"options-0-on": "2026-05-01", "options-0-kind": "swap"},
        {"steps-999999-from_on": "x", "steps--1-from_on": "x", "version": "one"},
    ],
)
def test_odd_input_is_answered_and_never_breaks_a_page(make: Maker, drafter: Visitor, odd: dict[str, str]) -> None:
    make.space(code="A-1")
    tenant, park = make.organisation().code, make.the_park().code
    assert drafter.post(f"/parks/{park}/leases/new", tenant=tenant, **form(**odd)).status_code in (303, 422)


@pytest.mark.parametrize("number", ["%00", "x%0d%0ay", "%F0%9F%98%80", "a" * 3000, "..%2f..%2fetc"])
def test_an_odd_number_is_no_lease(make: Maker, drafter: Visitor, number: str) -> None:
    assert drafter.get(f"/parks/{make.the_park().code}/leases/{number}").status_code == 404


def test_one_more_row_keeps_everything(make: Maker, drafter: Visitor) -> None:
    park = make.the_park().code
    page = drafter.post(f"/parks/{park}/leases/new", more="steps", tenant="somebody", **form(purpose="an atelier"))
    assert page.status_code == 200
    assert 'name="steps-1-from_on"' in page.text
    assert "an atelier" in page.text
    assert "somebody" in page.text


def test_a_draft_is_changed_and_the_second_open_form_is_stale(make: Maker, office: Office, drafter: Visitor) -> None:
    number = office.draft([make.space(code="A-1")], "2026-04-01", "2027-03-31")
    at = f"/parks/{make.the_park().code}/leases/{number}"
    opened = version(drafter, f"{at}/change")
    tenant = make.organisation("RAYAK").code
    assert drafter.post(f"{at}/change", tenant=tenant, version=opened, **form(purpose="ours")).status_code == 303
    second = drafter.post(f"{at}/change", tenant=tenant, version=opened, **form(purpose="theirs"))
    assert second.status_code == 409
    assert office.lease(number).last_version.purpose == "ours"
    assert office.lease(number).tenant.code == "RAYAK"


def test_a_lease_is_amended(make: Maker, office: Office, drafter: Visitor) -> None:
    make.space(code="A-2")
    number = office.let([make.space(code="A-1")], "2026-01-01", "2026-12-31")
    at = f"/parks/{make.the_park().code}/leases/{number}"
    opened = version(drafter, f"{at}/amend")
    more = form(
        spaces="A-1\nA-2", starts_on="2026-01-01", ends_on="2026-12-31", effective_on="2026-07-01", reason="more", version=opened
    ) | {"steps-0-from_on": "2026-01-01"}
    assert drafter.post(f"{at}/amend", **more).status_code == 303
    assert len(holds(office, number)) == 2
    page = drafter.get(at).text
    assert "Version 2, in force from 1 Jul 2026" in page
    assert "Version 1, in force from 1 Jan 2026" in page


def test_a_lease_is_shown_as_on_a_day_and_as_known_on_another(make: Maker, office: Office, drafter: Visitor) -> None:
    space = make.space()
    number = office.let([space], "2026-01-01", "2026-12-31")
    with transaction():
        agreed = terms([space], "2026-01-01", "2026-12-31", rent="2000")
        later = office.now + timedelta(days=2)
        actions.amend(office.lease(number), agreed, effective_on=day("2026-02-01"), reason="more", actor=office.signer, now=later)
    at = f"/parks/{make.the_park().code}/leases/{number}"
    assert "by version 2." in drafter.get(at).text
    assert "by version 1." in drafter.get(f"{at}?on=2026-01-31").text
    assert "by version 1." in drafter.get(f"{at}?known=2026-03-02").text
    assert "did not know this lease yet" in drafter.get(f"{at}?known=2026-03-01").text


@pytest.mark.parametrize("page", ["spaces", "leases", "tenants", "buildings", "buildings/MAIN", "buildings/MAIN/plan"])
def test_every_page_of_the_register_can_be_asked_as_known_earlier(make: Maker, office: Office, drafter: Visitor, page: str) -> None:
    office.let([make.space(make.building(make.park("KN"), "MAIN"))], "2026-01-01", "2026-12-31")
    at = f"/parks/KN/{page}"
    assert "As the register knew it at" in drafter.get(f"{at}?on=2026-03-02&known=2026-03-01").text
    assert "As the register knew it at" not in drafter.get(f"{at}?on=2026-03-02").text
    assert drafter.get(f"{at}?on=never&known=nobody").status_code == 200


def test_a_renewal_is_proposed_for_as_long_again_at_the_last_rent(make: Maker, office: Office, drafter: Visitor) -> None:
    number = office.let([make.space(code="A-1")], "2025-01-01", "2026-12-31", rent="1234")
    at = f"/parks/{make.the_park().code}/leases/{number}"
    page = drafter.get(f"{at}/renew").text
    assert all(f'value="{value}"' in page for value in ("2027-01-01", "2028-12-31", "1234.00"))
    sent = form(starts_on="2027-01-01", ends_on="2028-12-31", version=version(drafter, f"{at}/renew")) | {"steps-0-from_on": "2027-01-01"}
    assert drafter.post(f"{at}/renew", **sent).location.endswith("L-2026-0002")


@pytest.mark.parametrize(
    ("path", "sent", "state"),
    [
        ("offer", {}, "draft"),
        ("notice", {"given_on": "2026-03-02", "leaves_on": "2026-12-31", "side": "tenant"}, "signed"),
        ("break", {"option_on": "2026-12-30", "given_on": "2026-03-02", "side": "tenant"}, "signed"),
        ("assign", {"to": "RAYAK", "on": "2026-06-01"}, "signed"),
        ("end", {"on": "2026-06-30", "reason": "agreed"}, "signed"),
        ("void", {"reason": "slip"}, "draft"),
        ("deposit/receive", {"on": "2026-03-01", "money": "100"}, "signed"),
        ("hold-over", {}, "expired"),
    ],
)
def test_each_small_deed_has_a_page_and_is_done(
    make: Maker, office: Office, drafter: Visitor, path: str, sent: dict[str, str], state: str
) -> None:
    make.organisation("RAYAK")
    space = make.space()
    if state == "draft":
        number = office.draft([space], "2026-04-01", "2026-12-31")
    else:
        last = "2026-02-28" if state == "expired" else "2026-12-31"
        options = () if state == "expired" else (Option("break", day("2026-12-30"), 6, "tenant"),)
        number = office.let([space], "2025-01-01", last, options=options)
    at = f"/parks/{make.the_park().code}/leases/{number}"
    page = drafter.get(f"{at}/{path}")
    assert page.status_code == 200
    done = drafter.post(f"{at}/{path}", version=version(drafter, f"{at}/{path}"), **sent)
    assert done.status_code == 303, done.text
    assert drafter.get(done.location).status_code == 200


def test_a_refused_small_deed_says_why_and_keeps_what_was_typed(make: Maker, office: Office, drafter: Visitor) -> None:
    number = office.let([make.space()], "2025-01-01", "2026-12-31")
    at = f"/parks/{make.the_park().code}/leases/{number}"
    page = drafter.post(f"{at}/notice", given_on="2026-03-02", leaves_on="2026-06-30", side="tenant", note="as agreed by telephone")
    assert page.status_code == 422
    assert "The lease has a term until 31 Dec 2026" in page.text
    assert "as agreed by telephone" in page.text
    page = drafter.post(f"{at}/deposit/return", on="2026-03-01", money="5")
    assert "Only 0.00\N{NO-BREAK SPACE}CNY of deposit is held." in page.text


def test_a_page_offers_only_the_deeds_that_are_possible(make: Maker, office: Office, drafter: Visitor) -> None:
    number = office.draft([make.space()], "2026-04-01", "2026-12-31")
    at = f"/parks/{make.the_park().code}/leases/{number}"
    offered = set(re.findall(rf'href="{at}/([a-z/-]+)"', drafter.get(at).text))
    assert offered == {"change", "offer", "sign", "void"}


def test_a_liaison_sees_the_offered_and_signed_leases_of_her_organisation_only(make: Maker, office: Office, app: Flask) -> None:
    own, other = make.organisation(), make.organisation()
    park = make.the_park()
    hers = office.let([make.space()], "2026-01-01", "2026-12-31", tenant=own)
    draft = office.draft([make.space()], "2026-01-01", "2026-12-31", tenant=own)
    theirs = office.let([make.space()], "2026-01-01", "2026-12-31", tenant=other)
    code = park.code
    liaison = Visitor(app).is_(make.granted(Role.LIAISON, park=park, organisation=own))
    listed = liaison.get(f"/parks/{code}/leases").text
    assert (hers in listed, draft in listed, theirs in listed) == (True, False, False)
    answers = {number: liaison.get(f"/parks/{code}/leases/{number}").status_code for number in (hers, draft, theirs, "L-1999-0001")}
    assert answers == {hers: 200, draft: 404, theirs: 404, "L-1999-0001": 404}
    assert liaison.post(f"/parks/{code}/leases/{hers}/end", on="2026-06-30", reason="x").status_code == 403
    dates = liaison.get(f"/parks/{code}/critical-dates?days=400").text
    assert (hers in dates, theirs in dates) == (True, False)
    assert liaison.get(f"/parks/{code}/tenants").status_code == 403


def test_an_administrator_of_another_park_finds_nothing(make: Maker, office: Office, app: Flask) -> None:
    number = office.let([make.space()], "2026-01-01", "2026-12-31")
    here, there = make.the_park().code, make.park("THERE")
    stranger = Visitor(app).is_(make.granted(Role.ADMINISTRATOR, park=there))
    for path in (
        f"/parks/{here}/leases/{number}",
        f"/parks/THERE/leases/{number}",
        f"/parks/{here}/leases",
        f"/parks/THERE/leases/{number}/end",
    ):
        assert stranger.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"L-2026-0001", "L-2026-0002", "L-2026-0003"}),
        ("q=Райак", {"L-2026-0001"}),
        ("q=拉亚克", {"L-2026-0001"}),
        ("q=0002", {"L-2026-0002"}),
        ("standing=draft", {"L-2026-0003"}),
        ("standing=active", {"L-2026-0001", "L-2026-0002"}),
        ("standing=nonsense", {"L-2026-0001", "L-2026-0002", "L-2026-0003"}),
        ("building=HQ", {"L-2026-0002"}),
        ("tenant=RAYAK", {"L-2026-0001"}),
        ("tenant=NOBODY", set()),
        ("ends_before=2026-12-31", {"L-2026-0001"}),
        ("ends_before=soon", {"L-2026-0001", "L-2026-0002", "L-2026-0003"}),
        ("sort=-ends_on", {"L-2026-0001", "L-2026-0002", "L-2026-0003"}),
    ],
)
def test_the_list_is_filtered(make: Maker, office: Office, drafter: Visitor, query: str, found: set[str]) -> None:
    rayak = make.organisation("RAYAK", Names("Rayak", zh="拉亚克"))
    office.let([make.space()], "2026-01-01", "2026-06-30", tenant=rayak)
    office.let([make.space(make.building(code="HQ"))], "2026-01-01", "2026-12-31")
    office.draft([make.space()], "2026-01-01")
    page = drafter.get(f"/parks/{make.the_park().code}/leases?{query}")
    assert page.status_code == 200
    assert set(re.findall(r"L-2026-\d{4}", page.text)) == found


def test_a_lease_of_many_spaces_is_one_short_line_of_the_list_and_whole_in_the_sheet(make: Maker, office: Office, drafter: Visitor) -> None:
    building = make.building()
    codes = [f"R-{number}" for number in range(1, 8)]
    office.let([make.space(building, code) for code in codes], "2026-01-01")
    at = f"/parks/{make.the_park().code}/leases"
    assert "R-1, R-2, R-3 and 4 more" in drafter.get(at).text
    assert ", ".join(codes) in drafter.get(f"{at}?format=csv").text


def test_the_list_is_a_sheet_too(make: Maker, office: Office, drafter: Visitor) -> None:
    tenant = make.organisation("F", Names("=cmd()"))
    number = office.let([make.space(code="A-1")], "2026-01-01", "2026-06-30", tenant=tenant)
    at = f"/parks/{make.the_park().code}/leases?format="
    text = drafter.get(f"{at}csv").data.decode("utf-8-sig")
    assert text.splitlines()[1] == f"{number},,'=cmd(),A-1,Active,2026-01-01,2026-06-30,1000.00,per month,CNY"
    book = CalamineWorkbook.from_filelike(io.BytesIO(drafter.get(f"{at}xlsx").data))
    assert book.get_sheet_by_index(0).to_python()[1][2] == "=cmd()"


def test_tenants_have_their_units_and_measured_area(make: Maker, office: Office, drafter: Visitor) -> None:
    tenant = make.organisation("RAYAK", Names("Rayak"))
    office.let([make.space(area="40"), make.space(area=None)], "2026-01-01", "2026-06-30", tenant=tenant)
    office.let([make.space()], "2025-01-01", "2025-12-31", tenant=make.organisation("GONE", Names("Gone")))
    at = f"/parks/{make.the_park().code}/tenants"
    text = drafter.get(f"{at}?format=csv").data.decode("utf-8-sig")
    assert text.splitlines()[1:] == ["Rayak,RAYAK,Enterprise,,1,2,40.00,1,2026-06-30"]
    assert "Gone" in drafter.get(f"{at}?former=y").text


def test_critical_dates_of_the_next_days(make: Maker, office: Office, drafter: Visitor) -> None:
    ends = office.let([make.space()], "2025-01-01", "2026-04-01")
    expired = office.let([make.space()], "2025-01-01", "2026-01-31", deposit=Money.of("500", "CNY"))
    later = office.let([make.space()], "2025-01-01", "2026-12-31")
    at = f"/parks/{make.the_park().code}/critical-dates"
    page = drafter.get(at).text
    assert [number in page for number in (ends, expired, later)] == [True, True, False]
    assert later in drafter.get(f"{at}?days=365").text
    rows = drafter.get(f"{at}?format=csv").data.decode("utf-8-sig").splitlines()
    assert rows[1].startswith(f"2026-01-31,-30,{expired}")
    assert rows[2].startswith(f"2026-04-01,30,{ends}")


def test_a_lease_with_all_that_there_is_has_a_page(make: Maker, office: Office, drafter: Visitor) -> None:
    from fractions import Fraction

    from parkmgr.leases.rules import Indexation
    from tests.leases.conftest import term

    number = office.let(
        [make.space(area=None), make.space()],
        "2025-01-01",
        "2028-12-31",
        rent_free=(term("2026-03-01", "2026-03-31"),),
        deposit=Money.of("2000", "CNY"),
        options=(Option("break", day("2026-12-31"), 6), Option("renew", day("2028-12-31"), 3, "either")),
        purpose="an atelier <b>",
        vat_country="CN",
        indexation=Indexation("CPI", 12, Fraction(1, 20), Fraction(1, 100), True),
    )
    with transaction():
        lease = office.lease(number)
        actions.receive_deposit(lease, on=day("2026-01-05"), money=Money.of("1500", "CNY"), actor=office.signer, now=office.now)
    page = drafter.get(f"/parks/{make.the_park().code}/leases/{number}").text
    for said in ("rent-free now", "an atelier &lt;b&gt;", "9\N{NO-BREAK SPACE}%", "Indexed by CPI", "1 unit not measured", "30 Jun 2026"):
        assert said in page, said


def test_a_page_of_a_lease_asks_the_database_no_more_for_more_spaces(
    make: Maker, office: Office, drafter: Visitor, statements: Counter
) -> None:
    building = make.building()
    few = office.let([make.space(building)], "2026-01-01", "2026-12-31")
    many = office.let([make.space(building) for _ in range(12)], "2026-01-01", "2026-12-31")
    park = make.the_park().code
    counts = []
    for number in (few, many):
        with statements() as seen:
            drafter.get(f"/parks/{park}/leases/{number}")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 24
