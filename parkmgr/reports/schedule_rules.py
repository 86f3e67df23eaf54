"""When a report that comes every month is due, and what is against a schedule. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from parkmgr.errors import N_, Objection

LAST_DAY = 28
"""So that every month has the day."""

WRONG_DAY = Objection("reports.wrong_day", N_("Choose a day from 1 to %(last)s, so that every month has it."), "day")
NOBODY = Objection("reports.nobody", N_("Say to whom it is sent."), "receivers")
MAY_NOT = Objection("reports.may_not", N_("%(email)s is no account that may read such reports here."), "receivers")
NO_BUILDING = Objection("reports.no_building", N_("The park has no building with the code %(code)s."), "buildings")


def against(day: int, emails: Sequence[str]) -> list[Objection]:
    """Return what is against a schedule in itself."""
    found = [] if 1 <= day <= LAST_DAY else [WRONG_DAY.about(last=LAST_DAY)]
    return found if emails else [*found, NOBODY]


def due(day: int, added_on: date, today: date) -> list[tuple[date, date]]:
    """Return the months (first day, last day) whose report is due today: none that was due before the schedule was added.

    What was due last month is due still, should nobody have been there to make it.
    """
    found = []
    first_of_this = today.replace(day=1)
    for first in ((first_of_this - timedelta(days=1)).replace(day=1), first_of_this):
        due_on = first.replace(day=day)
        if added_on <= due_on <= today:
            last = first - timedelta(days=1)
            found.append((last.replace(day=1), last))
    return found
