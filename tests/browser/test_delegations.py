"""A delegation of eight, as its liaison asks for it and the park receives it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_booking_journeys import next_open

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Page]
SECRET = "Ivan Tainov"


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_delegation_of_eight_is_asked_for_approved_housed_invited_and_counted(visit: Visit, javascript: bool) -> None:
    arrives = next_open(1, after=40 if javascript else 70)
    leaves = arrives + timedelta(days=2)
    liaison = visit("liaison", javascript=javascript)
    liaison.goto("/parks/HIT/delegations")
    liaison.get_by_role("link", name="Ask for a visit").click()
    liaison.fill("#name_en", "Talks on composites")
    liaison.fill("#name_ru", "Переговоры о композитах")
    liaison.fill("#name_zh", "复合材料会谈")
    for field, value in {
        "guest": "SPBPU",
        "arrives_on": str(arrives),
        "leaves_on": str(leaves),
        "people": "8",
        "meeting_from": "12:00",
        "meeting_until": "13:00",
    }.items():
        liaison.fill(f"#{field}", value)
    liaison.select_option("#agreement", "AG-2024-0006")
    for field in ("homes", "interpreter", "transport"):
        liaison.check(f"#{field}")
    liaison.get_by_role("button", name="See the programme").click()
    expect(liaison.locator("#errors")).to_contain_text("Say who receives them")
    liaison.fill("#host", "HIT-PARK")
    liaison.get_by_role("button", name="See the programme").click()
    expect(liaison.locator("main")).to_contain_text("Nothing is held yet")
    flats = re.findall(r"R\d\d-\d{4}", liaison.locator(".programme").first.inner_text())
    assert flats
    liaison.get_by_role("button", name="Send the request").click()
    liaison.wait_for_url(re.compile(r"/delegations/V-"))
    number = liaison.url.rsplit("/", 1)[-1].split("?")[0]
    liaison.get_by_role("link", name="Name a member").click()
    liaison.fill("#name", SECRET)
    liaison.locator("main form .form-end button").click()

    administrator = visit("administrator", javascript=javascript)
    administrator.goto(f"/parks/HIT/delegations/{number}")
    expect(administrator.locator("main")).not_to_contain_text(SECRET)
    administrator.get_by_role("link", name="Approve", exact=True).click()
    administrator.fill("#waiver", "The rector receives them")
    administrator.locator("main form .form-end button").click()
    expect(administrator.locator("main")).to_contain_text("its flats are held")
    documents = administrator.locator("main").inner_text()
    homes, rooms = re.findall(r"RES-\d{4}-\d+", documents), re.findall(r"\bB-\d{4}-\d+", documents)
    assert len(homes) == len(flats) and len(rooms) == 3
    with administrator.expect_download() as letter:
        administrator.get_by_role("link", name="Invitation (PDF)").click()
    assert letter.value.suggested_filename == f"{number}-invitation.pdf"
    administrator.get_by_role("link", name="Send the invitation").click()
    administrator.locator("main form .form-end button").click()

    auditor = visit("auditor", javascript=javascript)
    night = auditor.request.get(f"/parks/HIT/reports/occupancy?on={arrives}&format=csv").text()
    assert all(home in night for home in homes)
    day_after = auditor.request.get(f"/parks/HIT/reports/occupancy?on={leaves}&format=csv").text()
    assert not any(f",{home}," in day_after for home in homes)

    liaison.goto("/parks/HIT/agreements/AG-2024-0006")
    expect(liaison.locator("main")).to_contain_text(number)
    then = auditor.request.get(f"/parks/HIT/agreements/health?on={arrives}&format=csv").text()
    [line] = [line for line in then.splitlines() if "AG-2024-0006" in line]
    assert str(arrives) in line
    administrator.goto(f"/parks/HIT/delegations/{number}/cancel")
    administrator.fill("#reason", "The test is over")
    administrator.locator("main form .form-end button").click()
    expect(administrator.locator("main")).to_contain_text("Cancelled")
