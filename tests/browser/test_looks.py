"""Pages that everybody can read: axe finds nothing, nothing runs over the edge, no script error, in three languages and two themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Page]

PAGES = {
    "fund_manager": [
        "/parks/HIT/funds",
        "/parks/HIT/funds/SEED-1",
        "/parks/HIT/funds/SEED-1/flows",
        "/parks/HIT/funds/SEED-2/call",
        "/parks/HIT/companies",
        "/parks/HIT/companies/MINGDE-BIOTECH",
        "/parks/HIT/companies/rounds/new",
        "/parks/HIT/fund-notices",
        "/parks/HIT/fund-notices/CALL-2012-0001",
    ],
    "fund_partner": ["/parks/RCIP/funds", "/parks/RCIP/funds/NEVA-1/accounts/SPBPU"],
    "administrator": [
        "/parks/HIT/",
        "/parks/HIT/buildings",
        "/parks/HIT/buildings/TW",
        "/parks/HIT/buildings/TW/plan",
        "/parks/HIT/buildings/R01/plan",
        "/parks/HIT/spaces",
        "/parks/HIT/spaces/TW-0101",
        "/parks/HIT/leases",
        "/parks/HIT/leases/new",
        "/parks/HIT/tenants",
        "/parks/HIT/critical-dates",
        "/parks/HIT/market-rents",
        "/parks/HIT/related-parties",
        "/parks/HIT/closures",
        "/parks/HIT/closures/new",
        "/parks/HIT/utilisation",
        "/parks/HIT/imports",
        "/parks/HIT/imports/upload",
        "/organisations",
        "/organisations/SPBPU",
        "/parks",
        "/users",
        "/me",
        "/parks/HIT/inbox",
        "/parks/HIT/bookings",
        "/parks/HIT/bookings/B-2026-0001",
        "/parks/HIT/bookings/B-2026-0001/change",
        "/parks/HIT/calendar?view=timeline&building=CC",
        "/parks/HIT/calendar?view=week&building=SC",
        "/parks/HIT/booking-rules",
        "/parks/HIT/booking-rules/new",
        "/parks/HIT/features",
        "/parks/HIT/equip-space/CC-03",
        "/parks/HIT/doors",
        "/parks/HIT/doors/new",
        "/parks/HIT/closures",
        "/parks/HIT/closures/new",
        "/parks/HIT/utilisation?since=2026-10-01&until=2026-10-31",
        "/parks/HIT/leases/requests",
        "/outbox",
    ],
    "auditor": [
        "/parks/HIT/reports",
        "/parks/HIT/reports/new",
        "/parks/RCIP/reports/occupancy?on=2026-06-30",
        "/audit",
        "/parks/RCIP/reports/rent-roll?on=2026-06-30",
        "/parks/RCIP/reports/compare?on=2026-05-31&other_on=2026-06-30",
        "/parks/RCIP/reports/cut-off?on=2026-06-30&after=2020-01-01T00:00",
        "/parks/RCIP/spaces?on=2026-03-31&known=2026-03-31",
        "/parks/RCIP/reports/lease-expiry?on=2026-06-30",
        "/parks/RCIP/reports/period?since=2026-01-01&on=2026-06-30",
        "/parks/HIT/report-schedules",
        "/parks/HIT/desk",
        "/parks/HIT/desk/points",
        "/parks/HIT/desk/points/new",
        "/parks/HIT/desk/samples",
        "/parks/HIT/desk/samples/new",
        "/parks/HIT/desk/opened",
        "/check",
    ],
    "liaison": [
        "/parks/RCIP/",
        "/parks/RCIP/spaces",
        "/parks/RCIP/leases",
        "/parks/RCIP/find?kind=office&people=4&from=2027-03-02T10:00&for=60",
        "/parks/RCIP/find?kind=office&from=2027-03-02T10:00&for=12m",
        "/parks/RCIP/book?space=HQ-V02&from=2027-03-02T10:00&to=2027-03-02T11:00&people=2",
        "/parks/RCIP/book?space=HQ-V02&from=2026-12-01T10:00&to=2026-12-01T11:00&people=2&every=week&count=10",
        "/parks/RCIP/bookings",
        "/parks/RCIP/calendar?view=day",
        "/parks/RCIP/calendar?view=month",
        "/parks/RCIP/inbox",
        "/parks/RCIP/feeds",
        "/parks/RCIP/utilisation",
        "/notices",
    ],
    "housing_desk": [
        "/parks/HIT/housing",
        "/parks/HIT/housing/blocks/R01",
        "/parks/HIT/housing/residencies",
        "/parks/HIT/housing/waiting",
        "/parks/HIT/housing/renew",
    ],
    "lab_manager": [
        "/parks/HIT/labs",
        "/parks/HIT/labs/at/LA-0104",
        "/parks/HIT/equipment/at/EQ-0001",
        "/parks/HIT/lab-service?since=2026-01-01&until=2026-10-31",
        "/parks/HIT/statements",
        "/parks/HIT/permits",
    ],
    "cooperation_desk": [
        "/parks/HIT/agreements",
        "/parks/HIT/agreements/health",
        "/parks/HIT/agreements/AG-2024-0006",
        "/parks/HIT/agreements/new",
        "/parks/HIT/delegations",
        "/parks/HIT/delegations/V-2026-0023",
        "/parks/HIT/delegations/V-2026-0023/programme",
        "/parks/HIT/delegations/V-2026-0023/approve",
        "/parks/HIT/delegations/ask",
        "/parks/HIT/projects",
        "/parks/HIT/projects/PR-2025-0002",
        "/parks/HIT/events/EV-2026-0001",
        "/parks/HIT/universities",
        "/parks/RCIP/organisations/SPBPU/story",
        "/parks/HIT/reports/cooperation",
    ],
    "hospital_desk": ["/parks/HIT/hospital?on=2026-11-19"],
    "sports_desk": ["/parks/HIT/sports", "/parks/HIT/seasons/2027-spring"],
}
WIDE = [("en", "light", 1440), ("ru", "light", 1440), ("zh", "dark", 1440)]
NARROW = [("ru", "dark", 390), ("zh", "light", 390)]
LOOKS = WIDE + NARROW


def seen_in(place: int, look: tuple[str, str, int]) -> bool:
    """Tell whether the page at a place of its list is looked at in a look: each in one of the narrow ones and in two of the wide ones."""
    return look == NARROW[place % 2] if look in NARROW else look != WIDE[place % 3]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
@pytest.mark.parametrize("role", list(PAGES))
def test_pages_are_for_everybody(visit: Visit, role: str, language: str, theme: str, width: int) -> None:
    page = visit(role, language=language, scheme=theme, width=width)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    for path in (path for place, path in enumerate(PAGES[role]) if seen_in(place, (language, theme, width))):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        wrong += [
            f"{path}: {found['id']}: {found['nodes'][0]['html'][:160]}"
            for found in Axe().run(page).response["violations"]
            if found["impact"] in ("serious", "critical")
        ]
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            wrong.append(f"{path}: {over} px over the edge")
    assert wrong == [], "\n".join(wrong)
