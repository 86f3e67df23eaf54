"""The words for codes: kinds, states, roles. Codes go into the database and JSON; words are shown."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr.errors import N_

WORDS: dict[str, dict[str, str]] = {
    "role": {
        "administrator": N_("Administrator"),
        "liaison": N_("Liaison"),
        "auditor": N_("Auditor"),
        "housing_desk": N_("Housing desk"),
        "lab_manager": N_("Lab manager"),
        "hospital_desk": N_("Hospital desk"),
        "sports_desk": N_("Sports centre desk"),
        "fund_manager": N_("Fund manager"),
        "fund_partner": N_("Partner of a fund"),
    },
    "flow_kind": {
        "contribution": N_("Contribution"),
        "distribution": N_("Distribution"),
        "investment": N_("Investment"),
        "proceeds": N_("Proceeds"),
        "fee": N_("Management fee"),
        "expense": N_("Expense"),
        "carry": N_("Carried interest"),
        "income": N_("Interest"),
    },
    "flow_purpose": {
        "investment": N_("For investments"),
        "fee": N_("For fees"),
        "expense": N_("For expenses"),
        "capital": N_("Return of capital"),
        "gain": N_("Gain"),
        "income": N_("Current income"),
    },
    "fund_notice": {"call": N_("Capital call"), "distribution": N_("Distribution")},
    "notice_of_fund": {"open": N_("Outstanding"), "settled": N_("Paid in full"), "cancelled": N_("Cancelled")},
    "instrument": {
        "founding": N_("Founding"),
        "equity": N_("Equity"),
        "convertible": N_("Convertible note"),
        "loan": N_("Loan"),
        "grant": N_("Grant of money"),
    },
    "valuation_method": {
        "recent_investment": N_("Price of a recent investment"),
        "multiples": N_("Multiples"),
        "cash_flows": N_("Discounted cash flows"),
        "net_assets": N_("Net assets"),
        "milestones": N_("Milestones"),
        "write_off": N_("Written off"),
        "exit": N_("Sold"),
    },
    "space_kind": {
        "office": N_("Office"),
        "laboratory": N_("Laboratory"),
        "production": N_("Production"),
        "flat": N_("Flat"),
        "bed": N_("Bed"),
        "meeting_room": N_("Meeting room"),
        "desk": N_("Desk"),
        "clinic": N_("Clinic"),
        "sports": N_("Sports"),
        "storage": N_("Storage"),
        "retail": N_("Retail"),
        "parking": N_("Parking"),
        "circulation": N_("Circulation"),
        "whole": N_("Whole"),
        "instrument": N_("Instrument"),
        "bench": N_("Bench place"),
    },
    "status": {
        "vacant": N_("Vacant"),
        "let": N_("Let"),
        "holdover": N_("Holdover"),
        "resident": N_("Resident"),
        "reserved": N_("Reserved"),
        "closed": N_("Closed"),
        "booked": N_("Booked"),
        "busy": N_("Busy"),
        "free": N_("Free"),
        "retired": N_("Retired"),
        "not lettable": N_("Not lettable"),
    },
    "standing": {
        "draft": N_("Draft"),
        "offered": N_("Offered"),
        "signed": N_("Signed, begins later"),
        "active": N_("Active"),
        "holdover": N_("Holdover"),
        "expired": N_("Expired, to be decided"),
        "ended": N_("Ended"),
        "terminated": N_("Terminated"),
        "assigned": N_("Assigned"),
        "void": N_("Void"),
    },
    "lease_request_state": {
        "requested": N_("Asked for"),
        "drafted": N_("Lease drafted"),
        "rejected": N_("Rejected"),
        "withdrawn": N_("Withdrawn"),
    },
    "organisation_kind": {
        "university": N_("University"),
        "enterprise": N_("Enterprise"),
        "research_division": N_("Research division"),
        "fund_manager": N_("Venture fund manager"),
        "public_body": N_("Public body"),
        "association": N_("Association"),
        "service": N_("Service"),
    },
    "equipment_state": {
        "commissioning": N_("Being commissioned"),
        "operational": N_("In operation"),
        "restricted": N_("Restricted use"),
        "down": N_("Down"),
        "retired": N_("Taken out of use"),
    },
    "permit_state": {
        "valid": N_("Valid"),
        "ending": N_("Ends soon"),
        "lapsed": N_("Lapsed unused"),
        "ended": N_("Over"),
        "withdrawn": N_("Withdrawn"),
    },
    "membership": {"member": N_("Member"), "observer": N_("Observer")},
    "hold_kind": {
        "lease": N_("Lease"),
        "booking": N_("Booking"),
        "residency": N_("Residency"),
        "session": N_("Lab session"),
        "closure": N_("Closure"),
    },
    "closure_kind": {
        "works": N_("Works"),
        "event": N_("Event"),
        "holiday": N_("Holidays"),
        "maintenance": N_("Planned downtime"),
        "breakdown": N_("Breakdown"),
    },
    "closure_state": {"coming": N_("Coming"), "running": N_("Running now"), "over": N_("Over"), "lifted": N_("Lifted")},
    "rent_basis": {"month": N_("per month"), "m2_month": N_("per m² and month")},
    "option_kind": {"break": N_("Break"), "renew": N_("Renewal"), "expand": N_("Expansion")},
    "side": {"tenant": N_("Tenant"), "landlord": N_("Landlord"), "either": N_("Either side")},
    "booking_answer": {"instant": N_("At once"), "approval": N_("Needs approval"), "closed": N_("Closed to you")},
    "booking_state": {
        "requested": N_("Waiting for a decision"),
        "confirmed": N_("Confirmed"),
        "checked_in": N_("Checked in"),
        "completed": N_("Completed"),
        "rejected": N_("Rejected"),
        "cancelled": N_("Cancelled"),
        "no_show": N_("Nobody came"),
        "expired": N_("Expired undecided"),
    },
    "waiting_state": {
        "waiting": N_("Waiting"),
        "offered": N_("Offered to you"),
        "taken": N_("Booked"),
        "expired": N_("Offer ended"),
        "left": N_("Left"),
    },
    "rules_answer": {"instant": N_("at once"), "approval": N_("after approval"), "closed": N_("not at all")},
    "access_of": {"organisation": N_("Organisation"), "class": N_("Price class"), "kind": N_("Kind"), "role": N_("Role")},
    "price_class": {"member": N_("Members of the Association"), "tenant": N_("Tenants"), "outside": N_("Neither member nor tenant")},
    "quota_measure": {"hours": N_("hours"), "count": N_("bookings")},
    "quota_per": {"day": N_("a day"), "week": N_("a week"), "month": N_("a month"), "open": N_("ahead, still to come")},
    "quota_whom": {"organisation": N_("organisation"), "person": N_("person")},
    "request_state": {"waiting": N_("Waiting"), "running": N_("Running"), "done": N_("Done"), "failed": N_("Failed")},
    "notice_state": {"waiting": N_("Waiting"), "sent": N_("Sent"), "failed": N_("Not delivered"), "unset": N_("No mail server")},
    "import_what": {
        "buildings": N_("Buildings"),
        "spaces": N_("Spaces"),
        "organisations": N_("Organisations"),
        "leases": N_("Leases"),
        "bookings": N_("Bookings"),
        "residencies": N_("Residencies"),
        "equipment": N_("Equipment"),
    },
    "import_state": {"waiting": N_("Waiting"), "done": N_("Done"), "dropped": N_("Dropped")},
    "statement_state": {"open": N_("Open"), "validated": N_("Validated"), "disputed": N_("Disputed"), "closed": N_("Closed")},
    "tariff_state": {"coming": N_("Coming"), "running": N_("Counts now"), "over": N_("Over"), "withdrawn": N_("Replaced")},
    "charge_what": {
        "use": N_("Session time"),
        "no_show": N_("Nobody came"),
        "operator": N_("Operator"),
        "consumable": N_("Consumable"),
        "adjustment": N_("Adjustment"),
    },
    "extra_what": {"operator": N_("Operator"), "consumable": N_("Consumable")},
    "charge_basis": {
        "booked": N_("The booked time"),
        "used": N_("The used time"),
        "greater": N_("Booked or used, whichever costs more"),
    },
    "charged_basis": {"booked": N_("booked"), "used": N_("used")},
    "person_kind": {"staff": N_("Staff"), "student": N_("Student"), "researcher": N_("Researcher"), "guest": N_("Guest")},
    "relation": {"spouse": N_("Spouse"), "child": N_("Child"), "parent": N_("Parent"), "other": N_("Other relation")},
    "home_kind": {"flat": N_("Flat"), "bed": N_("Bed")},
    "waiting_order": {"points": N_("by points"), "time": N_("by time"), "lottery": N_("by lottery")},
    "asking": {
        "submitted": N_("To be examined"),
        "waiting": N_("Waiting"),
        "offered": N_("A home is offered"),
        "housed": N_("Housed"),
        "refused": N_("Refused"),
        "withdrawn": N_("Withdrawn"),
    },
    "home": {
        "ready": N_("Ready for somebody"),
        "offered": N_("Offered or agreed"),
        "occupied": N_("Occupied"),
        "notice": N_("Under notice"),
        "vacated": N_("Vacated, not seen yet"),
        "works": N_("In works"),
        "let": N_("Let to an employer"),
        "partly": N_("Some beds taken"),
    },
    "grade": {"1": N_("new"), "2": N_("good"), "3": N_("worn"), "4": N_("damaged"), "5": N_("missing")},
    "rent_class": {"staff": N_("Staff rent"), "market": N_("Market rent")},
    "check_kind": {"in": N_("Check-in"), "out": N_("Check-out")},
    "residency_state": {
        "offered": N_("Offered"),
        "accepted": N_("Accepted"),
        "resident": N_("Resident"),
        "notice": N_("Notice given"),
        "left": N_("Left"),
        "declined": N_("Declined"),
        "expired": N_("Offer ended"),
    },
    "amenity_desk": {"hospital": N_("Hospital"), "sports": N_("Sports centre")},
    "visit_class": {
        "resident": N_("Of a resident"),
        "member": N_("Of a member of the Association"),
        "tenant": N_("Of a tenant"),
        "outside": N_("Of neither"),
    },
    "service_state": {"open_now": N_("Open now"), "closed_now": N_("Closed now")},
    "season_state": {"open": N_("Clubs ask"), "ready": N_("To be given out"), "allocated": N_("Given out"), "cancelled": N_("Cancelled")},
    "wish_state": {"asked": N_("Asked for"), "given": N_("Given"), "refused": N_("Refused")},
    "weekday": {
        "1": N_("Monday"),
        "2": N_("Tuesday"),
        "3": N_("Wednesday"),
        "4": N_("Thursday"),
        "5": N_("Friday"),
        "6": N_("Saturday"),
        "7": N_("Sunday"),
    },
    "language": {"en": "English", "ru": "Русский", "zh": "中文"},
}
"""Family -> code -> English word."""


def word(family: str, code: str | None) -> str:
    """Return the word for *code*, in the reader's language; the code itself where there is no word."""
    if not code:
        return "—"
    found = WORDS[family].get(code)
    if found is None or family == "language":
        return found or code
    return str(gettext(found))


def choices(family: str, *, blank: str | None = None, only: Iterable[str] | None = None) -> list[SelectChoice]:
    """Return the choices of a select, in the table's order; *blank* is the word for no choice. only: these codes, in their order."""
    listed = [SelectChoice(code, word(family, code)) for code in (WORDS[family] if only is None else map(str, only))]
    return listed if blank is None else [SelectChoice("", blank), *listed]
