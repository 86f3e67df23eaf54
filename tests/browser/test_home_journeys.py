"""Homes, laboratories, hospital and sports centre as their desks use them, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_booking_journeys import book, confirm, next_open

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Page]
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
VISITOR = "Ekaterina Malakhitova"


def test_the_housing_desk_offers_a_home_and_checks_its_resident_in(visit: Visit) -> None:
    page = visit("housing_desk")
    page.goto("/parks/HIT/housing")
    blocks = [str(link.get_attribute("href")) for link in page.locator(".home-block h2 a").all()]
    assert blocks
    offers = page.get_by_role("link", name=re.compile("^Offer it to H-"))
    for home in _homes_to_give(page, blocks):
        page.goto(home)
        if offers.count():
            break
    offers.first.click()
    page.fill("#rent", "2400")
    page.locator("main form .form-end button").click()
    page.wait_for_url(re.compile(r"/applications/H-"))
    page.get_by_role("link", name="Accept", exact=True).click()
    page.locator("main form .form-end button").click()
    page.locator("main a", has_text=re.compile("^RES-")).first.click()
    page.get_by_role("link", name="Move in").click()
    page.check("#none")
    page.fill("#keys", "2")
    page.locator("main form .form-end button").click()
    page.wait_for_url(lambda address: not address.endswith("move-in"))
    expect(page.locator("main .mark").first).to_have_text("Resident")


def _homes_to_give(page: Page, blocks: list[str]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        page.goto(block)
        found += [str(link.get_attribute("href")) for link in page.get_by_role("link", name="Who is next").all()]
        if len(found) >= 20:
            break
    return found


def test_a_liaison_is_refused_an_instrument_until_the_permits_are_granted(visit: Visit) -> None:
    page = visit("liaison")
    page.goto("/parks/HIT/people")
    person = page.locator("main tbody a", has_text=re.compile("^P-")).first.inner_text()
    on = next_open(1, after=28)
    book(page, "HIT", "EQ-0004", on, "10:00", "11:00", people="1", person=person)
    page.fill("#person", person)
    page.get_by_role("button").filter(has_text=re.compile("Look|Check|Again|Confirm|Ask")).last.click()
    why = page.locator("main")
    expect(why).to_contain_text(f"{person} has no permit")

    keeper = visit("lab_manager")
    for kind in ("safety", "laser"):
        keeper.goto("/parks/HIT/permits/grant")
        keeper.fill("#people", person)
        keeper.select_option("#kind", kind)
        keeper.locator("main form .form-end button").click()
        keeper.wait_for_url(lambda address: "/grant" not in address)

    book(page, "HIT", "EQ-0004", on, "10:00", "11:00", people="1", person=person)
    page.fill("#person", person)
    number = confirm(page)
    expect(page.locator("main")).to_contain_text(number)


@BOTH
def test_the_hospital_desk_appoints_in_two_clicks_and_others_see_that_it_is_busy(visit: Visit, javascript: bool) -> None:
    desk = visit("hospital_desk", javascript=javascript)
    on = next_open(2 if javascript else 3, after=70)
    desk.goto(f"/parks/HIT/hospital?service=gp&on={on}")
    desk.get_by_role("link", name=re.compile("^Free")).first.click()
    desk.fill("#who", VISITOR)
    desk.locator("main form .form-end button").click()
    expect(desk.locator(".slots")).to_contain_text(VISITOR)
    number = urlsplit(str(desk.get_by_role("link", name=VISITOR).get_attribute("href"))).path.rsplit("/", 1)[-1]

    page = visit("administrator", javascript=javascript)
    for address in (f"/parks/HIT/bookings/{number}", f"/parks/HIT/bookings?since={on}&until={on}", f"/audit?what={number}"):
        page.goto(address)
        expect(page.locator("main")).to_contain_text(number)
        expect(page.locator("body")).not_to_contain_text(VISITOR)
    refused = page.goto("/parks/HIT/hospital")
    assert refused is not None
    assert refused.status == 403

    desk.get_by_role("link", name=VISITOR).click()
    desk.get_by_role("button", name="Cancel the appointment").click()
    expect(desk.locator("main")).to_contain_text("its slot is free")


@BOTH
def test_a_club_reads_how_the_hours_of_a_season_were_given_out(visit: Visit, javascript: bool) -> None:
    page = visit("liaison", javascript=javascript)
    page.goto("/parks/HIT/sports")
    page.get_by_role("link", name="Seasons").click()
    page.get_by_role("link", name="Spring 2027", exact=True).first.click()
    expect(page.locator("main")).to_contain_text("the same comes out")
    expect(page.locator(".season-steps li").first).to_contain_text("Wish")
    expect(page.locator(".season-week")).to_contain_text("Monday")


def test_a_club_asks_for_an_hour_and_withdraws_it(visit: Visit) -> None:
    page = visit("liaison")
    page.goto("/parks/HIT/seasons/2027-autumn")
    page.fill("#at", "18:10")
    page.locator("main form .form-end button").click()
    expect(page.locator("#errors")).to_contain_text("steps of 15 minutes")
    page.fill("#at", "18:15")
    page.locator("main form .form-end button").click()
    expect(page.locator("main")).to_contain_text("Asked for, as wish")
    page.get_by_role("button", name=re.compile("^Withdraw")).last.click()
    expect(page.locator("main")).to_contain_text("The wish is withdrawn.")


def test_a_double_click_at_the_sports_desk_counts_one_visit(visit: Visit) -> None:
    page = visit("sports_desk")
    page.goto("/parks/HIT/services")  # open at whatever hour this runs
    for change in [link.get_attribute("href") for link in page.locator("main a[href$='/change']").all()]:
        page.goto(str(change))
        page.fill("#week", "Mon-Sun 00:00-24:00")
        page.locator("main form .form-end button").click()
        expect(page.locator(".alert-success")).to_be_visible()
    page.goto("/parks/HIT/sports")
    before = page.locator("main tbody tr").count()
    page.select_option("#class_", "resident")
    page.get_by_role("button", name="Count", exact=True).dblclick()
    expect(page.locator(".alert-success")).to_be_visible()
    page.goto("/parks/HIT/sports")
    assert page.locator("main tbody tr").count() == min(before + 1, 20)
