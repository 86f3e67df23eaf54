"""How an agreement does, judged: what stands against it, in words, and a mark. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from parkmgr.cooperation.agreement_rules import IN_FORCE
from parkmgr.cooperation.rules import ActivityKind, AgreementState
from parkmgr.errors import N_, Objection
from parkmgr.values import Names

ENDS_SOON_DAYS = 90
QUIET_DAYS = 180
SILENT_DAYS = 365
LONG_OVERDUE_DAYS = 30


class Mark(StrEnum):
    """How it does. COMING: it is not in force yet; OVER: not any more."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"
    COMING = "coming"
    OVER = "over"


ENDS = Objection("cooperation.ends", N_("It ends in %(days)s days, and nothing follows it."))
RENEWAL = Objection("cooperation.renewal", N_("Its renewal is due: %(days)s days are left."))
NEVER = Objection("cooperation.never", N_("Nothing was ever done under it."))
QUIET = Objection("cooperation.quiet", N_("Nothing was done under it for %(days)s days."))
BEHIND = Objection(
    "cooperation.behind", N_("%(done)s of %(planned)s activities planned for the year are done; by now it should be %(due)s.")
)
OVERDUE = Objection("cooperation.overdue", N_("Tasks overdue: %(tasks)s, the oldest for %(days)s days."))


@dataclass(frozen=True, slots=True)
class Use:
    """What the universities among the parties use of the park, under whatever agreement. Hours: in the year, up to the day."""

    room_hours: Fraction = Fraction(0)
    lab_hours: Fraction = Fraction(0)
    housed: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of an agreement on a day. planned, done: kind of activity -> how many in the year; done only up to the day."""

    id: int
    number: str
    kind: str
    names: Names
    parties: tuple[tuple[str, Names], ...]
    on: date
    state: AgreementState
    starts_on: date | None
    ends_on: date | None
    goes_on: bool = False
    last_on: date | None = None
    planned: Mapping[str, int] | None = None
    done: Mapping[str, int] | None = None
    use: Use = Use()
    projects: int = 0
    open_tasks: int = 0
    overdue_since: tuple[date, ...] = ()

    @property
    def days_left(self) -> int | None:
        """Days from the day to the last one; None without an end."""
        return None if self.ends_on is None or self.state not in IN_FORCE else (self.ends_on - self.on).days

    @property
    def planned_count(self) -> int:
        """How many activities are planned for the year."""
        return sum((self.planned or {}).values())

    @property
    def done_count(self) -> int:
        """How many of what is planned were done: more of one kind does not stand for another."""
        done = self.done or {}
        return sum(min(count, done.get(what, 0)) for what, count in (self.planned or {}).items())

    @property
    def due_count(self) -> int:
        """How many of the planned ones should be done by the day, by the part of the year that is over, rounded down."""
        year = date(self.on.year, 1, 1)
        return self.planned_count * ((self.on - year).days + 1) // (date(self.on.year + 1, 1, 1) - year).days

    @property
    def reasons(self) -> tuple[tuple[Mark, Objection], ...]:
        """What stands against it, each with how grave it is."""
        if self.state not in IN_FORCE:
            return ()
        found: list[tuple[Mark, Objection]] = []
        left = self.days_left
        if left is not None and not self.goes_on:
            if left <= ENDS_SOON_DAYS:
                found.append((Mark.ACT, ENDS.about(days=left)))
            elif self.state is AgreementState.RENEWAL_DUE:
                found.append((Mark.WATCH, RENEWAL.about(days=left)))
        since = self.last_on or self.starts_on
        quiet = (self.on - since).days if since else 0
        if self.last_on is None and quiet > QUIET_DAYS:
            found.append((Mark.ACT if quiet > SILENT_DAYS else Mark.WATCH, NEVER))
        elif quiet > QUIET_DAYS:
            found.append((Mark.ACT if quiet > SILENT_DAYS else Mark.WATCH, QUIET.about(days=quiet)))
        if self.done_count < self.due_count:
            found.append((Mark.WATCH, BEHIND.about(done=self.done_count, planned=self.planned_count, due=self.due_count)))
        if self.overdue_since:
            late = (self.on - min(self.overdue_since)).days
            grave = Mark.ACT if late > LONG_OVERDUE_DAYS else Mark.WATCH
            found.append((grave, OVERDUE.about(tasks=len(self.overdue_since), days=late)))
        return tuple(found)

    @property
    def mark(self) -> Mark:
        """The gravest of the reasons, or that there is none."""
        if self.state not in IN_FORCE:
            before = (AgreementState.PROPOSED, AgreementState.DRAFTING, AgreementState.LEGAL_REVIEW, AgreementState.SIGNED)
            return Mark.COMING if self.state in before else Mark.OVER
        marks = {mark for mark, _reason in self.reasons}
        return Mark.ACT if Mark.ACT in marks else Mark.WATCH if marks else Mark.GOOD


def activities() -> tuple[str, ...]:
    """Return the kinds of activities, in the order in which they are shown."""
    return tuple(kind.value for kind in ActivityKind)
