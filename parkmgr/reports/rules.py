"""What a report may be asked for. Pure: no database, no clock, no web."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from parkmgr.errors import N_, Objection
from parkmgr.values import LANGUAGES

KNOWN_LATER = Objection("reports.known_later", N_("The park cannot know today what it will know at %(known)s."), "known")
DAY_OUT_OF_REACH = Objection("reports.day_out_of_reach", N_("The day must be from 1900 to 2200."), "on")
NO_BUILDING = Objection("reports.no_building", N_("The park has no building with the code %(code)s."), "buildings")
NO_FUND = Objection("reports.no_fund", N_("Say which fund the report is about; the park has none of the code %(code)s."), "fund")
NO_STATEMENT = Objection(
    "reports.no_statement", N_("Say which statement the report is about; the park has none of the number %(number)s."), "statement"
)
NO_LANGUAGE = Objection("reports.no_language", N_("A report is written in English, Russian or Chinese."), "language")
NO_KIND = Objection("reports.no_kind", N_("There is no report of the kind %(kind)s."), "kind")
NO_FIRST_DAY = Objection("reports.no_first_day", N_("This report is about a time: say its first day too."), "since")
BACKWARDS = Objection("reports.backwards", N_("The first day must not be after the last."), "since")
TOO_LONG = Objection("reports.too_long", N_("A report is about at most ten years."), "since")
NOT_DRAWN = Objection("reports.not_drawn", N_("The report %(number)s is issued, but its PDF could not be drawn: %(why)s"))

LONGEST_DAYS = 3653


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is asked for. known None: what the park knows when the report is made. buildings: codes; none is the whole park.

    on: the day, or the last day of the time, which begins with *since*. kind: a code of reports.kinds. fund,
    statement: of a report about one.
    """

    on: date
    known: datetime | None = None
    language: str = "en"
    buildings: tuple[str, ...] = field(default=())
    kind: str = "occupancy"
    since: date | None = None
    fund: str = ""
    statement: str = ""


def objections(wanted: Wanted, buildings: Collection[str], now: datetime, *, period: bool = False) -> list[Objection]:
    """Return every reason against the report. *buildings*: those of the chosen codes that the park has. period: it is about a time."""
    return [
        *([KNOWN_LATER.about(known=wanted.known)] if wanted.known is not None and wanted.known > now else []),
        *([DAY_OUT_OF_REACH] if not 1900 <= wanted.on.year <= 2200 else []),
        *(_against_time(wanted) if period else []),
        *([NO_LANGUAGE] if wanted.language not in LANGUAGES else []),
        *(NO_BUILDING.about(code=code) for code in wanted.buildings if code not in buildings),
    ]


def _against_time(wanted: Wanted) -> list[Objection]:
    if wanted.since is None:
        return [NO_FIRST_DAY]
    if wanted.since > wanted.on:
        return [BACKWARDS]
    return [TOO_LONG] if (wanted.on - wanted.since).days > LONGEST_DAYS else []
