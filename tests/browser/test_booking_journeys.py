"""Booking as the three people do it, in a real browser, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from parkmgr import clock
from parkmgr.calendars.working_days import calendar

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Page]
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
HARBIN = ZoneInfo("Asia/Shanghai")


def next_open(weekday: int, *, weeks: int = 1, after: int = 0) -> date:
    """Return the next such weekday from which on it is open so many weeks in a row. Monday is 0."""
    day = clock.now().astimezone(HARBIN).date() + timedelta(days=1 + after)
    day += timedelta(days=(weekday - day.weekday()) % 7)
    while any(calendar("CN").weekday_of(day + timedelta(weeks=week)) is None for week in range(weeks)):
        day += timedelta(weeks=1)
    return day


def book(page: Page, park: str, space: str, on: date, first: str, last: str, **more: str) -> None:
    """The review of a booking is open."""
    asked = {"space": space, "from": f"{on}T{first}", "to": f"{on}T{last}", "people": "2", **more}
    page.goto(f"/parks/{park}/book?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def confirm(page: Page) -> str:
    """Return the number of what was booked."""
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    page.wait_for_url(re.compile(r"/bookings/B-"))
    return page.url.rsplit("/", 1)[-1].split("?")[0]


@BOTH
def test_the_liaison_books_an_office_for_next_tuesday_in_three_clicks(visit: Visit, javascript: bool) -> None:
    page = visit("liaison", javascript=javascript)
    page.goto("/parks/RCIP/")
    expect(page.locator("#quick-kind")).to_have_value("office")
    page.fill("#quick-from", f"{next_open(1)}T{'18:00' if javascript else '20:00'}")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("link", name=re.compile("^Book ?:")).first.click()
    expect(page.locator("main")).to_contain_text("By your clock")
    number = confirm(page)
    expect(page.locator("main")).to_contain_text("Confirmed")
    page.goto("/parks/RCIP/bookings")
    expect(page.locator("table")).to_contain_text(number)
    page.goto(f"/parks/RCIP/bookings/{number}/cancel")
    page.locator("main form .form-end button").first.click()
    expect(page.locator("main")).to_contain_text("Cancelled")


@BOTH
def test_a_weekly_series_of_ten_is_booked_with_its_one_conflict_moved(visit: Visit, javascript: bool) -> None:
    first = next_open(3, weeks=10)
    begin, end = ("19:00", "20:00") if javascript else ("20:30", "21:30")
    other = visit("administrator", javascript=javascript)
    book(other, "RCIP", "HQ-V07", first + timedelta(weeks=2), begin, end)
    other.fill("#organisation", "BMSTU")
    confirm(other)

    page = visit("liaison", javascript=javascript)
    book(page, "RCIP", "HQ-V07", first, begin, end, every="week", count="10")
    against = page.locator("tr.date-against")
    expect(against).to_have_count(1)
    expect(against).to_contain_text("HQ-V07 is taken")
    expect(against).not_to_contain_text("BMSTU")
    expect(against).not_to_contain_text("Bauman")
    choice = against.locator("select")
    choice.select_option(choice.locator("option[value^='at:']").first.get_attribute("value"))
    confirm(page)
    expect(page.locator("main")).to_contain_text("S-")
    page.goto(f"/parks/RCIP/bookings?space=HQ-V07&q=SPBPU&since={first}")
    moved = datetime.combine(first, datetime.min.time()) + timedelta(weeks=2)
    expect(page.locator("main")).to_contain_text(f"{moved.day} {moved:%b}")


@BOTH
def test_the_administrator_approves_from_the_inbox_by_keyboard(visit: Visit, javascript: bool) -> None:
    asked = visit("liaison", javascript=javascript)
    on = next_open(4, after=60 if javascript else 90)
    book(asked, "HIT", "CC-01", on, "09:00", "12:00")
    number = confirm(asked)
    expect(asked.locator("main")).to_contain_text("Waiting for a decision")

    page = visit("administrator", javascript=javascript)
    page.goto(f"/parks/HIT/inbox?at={number}")
    expect(page.locator("#request")).to_contain_text(number)
    if javascript:
        page.keyboard.press("a")
    else:
        page.get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_url(lambda url: number not in url or "just" in url or "done" in url)
    asked.reload()
    expect(asked.locator("main")).to_contain_text("Confirmed")
    asked.goto("/notices")
    expect(asked.locator("main")).to_contain_text(number)


@BOTH
def test_the_refused_liaison_reads_why_and_takes_the_near_miss(visit: Visit, javascript: bool) -> None:
    on = next_open(2, after=14)
    begin, end = ("18:00", "19:00") if javascript else ("20:00", "21:00")
    other = visit("administrator", javascript=javascript)
    book(other, "RCIP", "HQ-V11", on, begin, end)
    other.fill("#organisation", "ITMO")
    confirm(other)

    page = visit("liaison", javascript=javascript)
    book(page, "RCIP", "HQ-V11", on, begin, end)
    why = page.locator(".book-why")
    expect(why).to_contain_text("HQ-V11 is taken")
    expect(why).to_contain_text("Nobody can waive this")
    expect(why).not_to_contain_text("ITMO")
    why.get_by_role("link", name=re.compile("^Take")).first.click()
    confirm(page)
    expect(page.locator("main")).to_contain_text("Confirmed")


def test_what_was_booked_a_moment_ago_can_be_undone(visit: Visit) -> None:
    page = visit("liaison")
    book(page, "RCIP", "HQ-V08", next_open(0, after=21), "18:00", "19:00")
    confirm(page)
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.locator("main")).to_contain_text("Cancelled")


def test_a_double_click_and_the_way_back_book_nothing_twice(visit: Visit) -> None:
    page = visit("liaison")
    on = next_open(0, after=35)
    book(page, "RCIP", "HQ-V08", on, "18:00", "19:00")
    page.get_by_role("button", name=re.compile("^Confirm")).dblclick()
    page.wait_for_url(re.compile(r"/bookings/B-"))
    page.go_back()
    page.reload()
    expect(page.locator(".book-why")).to_contain_text("HQ-V08 is taken")
    page.goto(f"/parks/RCIP/bookings?space=HQ-V08&since={on}&until={on}")
    expect(page.locator("table tbody tr")).to_have_count(1)


def test_a_door_shows_no_names_and_books_for_who_stands_before_it(visit: Visit) -> None:
    page = visit("administrator")
    page.goto("/parks/RCIP/doors/new")
    page.fill("#space", "HQ-V12")
    page.fill("#organisation", "RCIP-PARK")
    page.locator("main form .form-end button").click()
    address = re.search(r"/door/[\w-]+", page.content())
    assert address
    tablet = visit(None)
    tablet.goto(address[0])
    expect(tablet.locator("body")).to_contain_text("HQ-V12")
    expect(tablet.locator("body")).not_to_contain_text("Orlova")
    assert visit(None).goto(address[0] + "x").status == 404  # type: ignore[union-attr]
