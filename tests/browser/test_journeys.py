"""The three people at work, in a real browser."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Page]


def vacant_office(page: Page) -> str:
    """Return the code of an office of the tower that nobody has."""
    page.goto("/parks/HIT/spaces?building=TW&kind=office&status=vacant")
    code = page.locator("table tbody tr td:first-child a").first.inner_text()
    assert code.startswith("TW-")
    return code


def draft(page: Page, code: str, tenant: str) -> None:
    """A lease of the space is drafted, from the space's page."""
    page.goto(f"/parks/HIT/spaces/{code}")
    page.get_by_role("link", name="Draft a lease").click()
    page.fill("#tenant", tenant)
    page.fill("#starts_on", "2027-01-01")
    page.fill("#ends_on", "2029-12-31")
    page.fill("#steps-0-amount", "52,50")
    page.select_option("#steps-0-basis", "m2_month")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("h1")).to_contain_text("L-")


def deed(page: Page, name: str) -> None:
    """The deed is done from the lease's page."""
    page.get_by_role("link", name=name, exact=True).click()
    page.locator("main form .form-end button").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_the_administrator_lets_an_office_and_cannot_let_it_twice(visit: Visit, javascript: bool) -> None:
    page = visit("administrator", javascript=javascript)
    code = vacant_office(page)
    draft(page, code, "SPBPU")
    deed(page, "Offer")
    deed(page, "Sign")
    expect(page.locator("main")).to_contain_text("Signed, begins later")
    page.goto(f"/parks/HIT/spaces/{code}")
    expect(page.locator("main")).to_contain_text("Reserved")

    draft(page, code, "BMSTU")
    deed(page, "Offer")
    deed(page, "Sign")
    expect(page.get_by_role("alert")).to_contain_text(code)
    expect(page.get_by_role("alert")).to_contain_text("Peter the Great")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = visit("administrator")
    page.goto("/parks/HIT/leases/new")
    page.fill("#tenant", "nobody at all")
    page.fill("#spaces", "TW-0101, NO-SUCH")
    page.fill("#starts_on", "2027-01-01")
    page.fill("#ends_on", "2026-01-01")
    page.fill("#steps-0-amount", "much")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_be_focused()
    for field in ("ends_on", "steps-0-amount"):
        expect(page.locator(f"#{field}-errors")).to_be_visible()
    expect(page.locator("#tenant")).to_have_value("nobody at all")
    expect(page.locator("#steps-0-amount")).to_have_value("much")
    page.fill("#ends_on", "2028-01-01")
    page.fill("#steps-0-amount", "50")
    page.get_by_role("button", name="Save the draft").click()
    for field in ("tenant", "spaces"):
        expect(page.locator(f"#{field}-errors")).to_be_visible()
    expect(page.locator("#spaces")).to_have_value("TW-0101, NO-SUCH")


def test_the_liaison_sees_her_university_and_of_others_only_that_they_are_busy(visit: Visit) -> None:
    page = visit("liaison")
    page.goto("/parks/RCIP/leases")
    holders = set(page.locator("table tbody tr td:nth-child(2)").all_inner_texts())
    assert len(holders) == 1
    page.goto("/parks/RCIP/spaces?kind=office")
    expect(page.locator("main")).to_contain_text("Busy")
    assert page.goto("/parks/HIT/leases/L-2026-0172").status == 404  # type: ignore[union-attr]
    assert page.goto("/parks/RCIP/reports").status == 403  # type: ignore[union-attr]


def test_the_auditor_issues_a_report_downloads_it_and_anybody_can_check_it(visit: Visit) -> None:
    page = visit("auditor")
    page.goto("/parks/HIT/reports")
    page.get_by_role("link", name=re.compile("Issue")).first.click()
    page.fill("#on", "2026-06-30")
    page.locator("#on").blur()
    page.locator("#preview", has_text="Occupancy report as at 30 Jun 2026").wait_for()
    page.get_by_role("button", name="Issue").click()
    page.wait_for_url(re.compile(r"/reports/OCC-\d{4}-\d{4}"), timeout=120_000)
    number = page.locator("h1").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    content = download.value.path().read_bytes()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) > 10
    stranger = visit(None)
    stranger.goto(f"/check/{number}")
    expect(stranger.locator("main")).to_contain_text(number)
    expect(stranger.locator("main")).not_to_contain_text("Kaiyuan")
    for given, told in ((content, "Genuine:"), (content + b" ", "Not the paper that was issued:")):
        stranger.goto("/check")
        stranger.set_input_files("#file", {"name": "report.pdf", "mimeType": "application/pdf", "buffer": given})
        stranger.get_by_role("button", name="Check", exact=True).click()
        expect(stranger.locator("main")).to_contain_text(f"{told} {number}")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_the_auditor_draws_a_sample_asks_about_it_and_is_answered(visit: Visit, javascript: bool) -> None:
    auditor = visit("auditor", javascript=javascript)
    auditor.goto("/parks/HIT/desk")
    auditor.get_by_role("link", name="Draw a sample").click()
    auditor.fill("#on", "2026-06-30")
    auditor.select_option("#method", "monetary")
    auditor.fill("#size", "5")
    auditor.locator("main form .form-end button").click()
    sample = auditor.locator("h1").inner_text()
    auditor.get_by_role("link", name="Draw it again").click()
    expect(auditor.locator("main")).to_contain_text("the same population, the same sample")
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name="Evidence (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as evidence:
        assert {"manifest.json", "manifest.json.p7s", "sample.csv", "entries.jsonl", "certificate.pem"} <= set(evidence.namelist())
    auditor.get_by_role("link", name="Raise a point").click()
    assert auditor.input_value("#about") == sample
    auditor.fill("#subject", "Deposits")
    auditor.fill("#text", "Which of these are held?")
    auditor.locator("main form .form-end button").click()
    point = auditor.url
    administrator = visit("administrator", javascript=javascript)
    administrator.goto(point)
    expect(administrator.get_by_role("link", name="Close")).to_have_count(0)
    administrator.get_by_role("link", name="Answer").click()
    administrator.set_input_files("#file", {"name": "list.txt", "mimeType": "text/plain", "buffer": b"all of them"})
    administrator.locator("main form .form-end button").click()
    auditor.goto(point)
    expect(auditor.locator("main")).to_contain_text("list.txt")
    auditor.get_by_role("link", name="Close").click()
    auditor.locator("main form .form-end button").click()
    expect(auditor.locator("main")).to_contain_text("Closed")


def test_a_report_can_be_asked_for_without_scripts(visit: Visit) -> None:
    page = visit("auditor", javascript=False)
    page.goto("/parks/RCIP/reports/new")
    page.fill("#on", "2026-06-30")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Occupancy report as at 30 Jun 2026")
    page.get_by_role("button", name="Issue").click()
    for _ in range(120):
        if re.search(r"/reports/OCC-", page.url):
            break
        page.wait_for_timeout(500)
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("h1")).to_contain_text("OCC-")


def test_a_tenant_is_found_in_any_script(visit: Visit) -> None:
    page = visit("administrator")
    found = []
    for query in ("Rayak", "Райак", "拉亚克", "рАЙАК"):
        page.goto(f"/organisations?q={query}")
        found.append(page.locator("table tbody tr").count())
    assert found == [1, 1, 1, 1]


def test_signing_out_ends_it(visit: Visit) -> None:
    page = visit("auditor")
    page.locator(".bar-me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/parks/HIT/")
    expect(page.locator("#password")).to_be_visible()
