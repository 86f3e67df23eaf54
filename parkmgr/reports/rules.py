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
NO_LANGUAGE = Objection("reports.no_language", N_("A report is written in English, Russian or Chinese."), "language")
NOT_DRAWN = Objection("reports.not_drawn", N_("The report %(number)s is issued, but its PDF could not be drawn: %(why)s"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is asked for. known None: what the park knows when the report is made. buildings: codes; none is the whole park."""

    on: date
    known: datetime | None = None
    language: str = "en"
    buildings: tuple[str, ...] = field(default=())


def objections(wanted: Wanted, buildings: Collection[str], now: datetime) -> list[Objection]:
    """Return every reason against the report. *buildings*: those of the chosen codes that the park has."""
    return [
        *([KNOWN_LATER.about(known=wanted.known)] if wanted.known is not None and wanted.known > now else []),
        *([DAY_OUT_OF_REACH] if not 1900 <= wanted.on.year <= 2200 else []),
        *([NO_LANGUAGE] if wanted.language not in LANGUAGES else []),
        *(NO_BUILDING.about(code=code) for code in wanted.buildings if code not in buildings),
    ]
