"""What may be asked at the auditor's desk. Pure."""

from __future__ import annotations

from datetime import date

from parkmgr.errors import N_, Objection

PAST = Objection("assurance.past", N_("The day must not be over."), "due_on")
NO_OWNER = Objection("assurance.no_owner", N_("Choose one of the park's administrators."), "owner")
NO_KIND = Objection("assurance.no_kind", N_("It is a request or an exception."), "kind")
CLOSED = Objection("assurance.closed", N_("It is closed; raise a new one."))
SILENT = Objection("assurance.silent", N_("Say something, or give a file."), "text")
BACKWARDS = Objection("assurance.backwards", N_("The first day must not be after the last."), "since")
FUTURE = Objection("assurance.future", N_("The day must not be to come."), "on")
TOO_LONG = Objection("assurance.too_long", N_("At most ten years at once."), "since")
NO_POPULATION = Objection("assurance.no_population", N_("There is nothing of this kind to draw from."), "population")

POPULATIONS = {
    "leases": N_("Leases that have units on the day (group: currency; amount: rent a month)"),
    "units": N_("Units on the day (group: status; amount: area)"),
    "residencies": N_("Residencies on the day (group: building; amount: rent a month)"),
    "entries": N_("Entries of the audit log of some days (group: deed)"),
}
LONGEST_DAYS = 3653


def against_days(population: str, since: date | None, on: date, today: date) -> list[Objection]:
    """Return what is against the days of a sample."""
    if population not in POPULATIONS:
        return [NO_POPULATION]
    if on > today:
        return [FUTURE]
    if population != "entries" or since is None:
        return []
    if since > on:
        return [BACKWARDS]
    return [TOO_LONG] if (on - since).days > LONGEST_DAYS else []
