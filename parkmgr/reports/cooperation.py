"""The report on agreements, compiled: how each does on a day, as it was then known. Pure; the words are in cooperation_pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from parkmgr import values
from parkmgr.cooperation.agreement_rules import IN_FORCE
from parkmgr.cooperation.health_rules import Health, Mark, Use
from parkmgr.cooperation.rules import AgreementState
from parkmgr.reports.occupancy import Place, place_from, plain_head, plain_names
from parkmgr.reports.ties import Check, none_of, once
from parkmgr.values import Names


@dataclass(frozen=True)
class Report:
    """The agreements of a park at the end of a day. rows: what needs somebody first. universities: how many are party to one in force."""

    park: Place
    on: date
    known: datetime
    rows: tuple[Health, ...]
    members: int
    """Of the association, observers too, on the day."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Agreements are of the whole park."""
        return ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Reconciliations of agreements with themselves, their parties and their plans."""

        def number(one: Health) -> str:
            return one.number

        def past(one: Health) -> bool:
            return one.ends_on is not None and one.ends_on < self.on and not one.goes_on

        return (
            once("units", [one.number for one in self.rows]),
            none_of("parties", self.in_force, lambda one: len(one.parties) < 2, number),
            none_of("ended", self.in_force, past, number),
            none_of("plans", self.in_force, lambda one: bool(one.overdue_since), number),
        )

    @cached_property
    def in_force(self) -> tuple[Health, ...]:
        """The agreements that are in force."""
        return tuple(one for one in self.rows if one.state in IN_FORCE)

    @cached_property
    def marks(self) -> dict[Mark, int]:
        """How many there are of each mark."""
        counted = Counter(one.mark for one in self.rows)
        return {mark: counted[mark] for mark in Mark}

    @property
    def planned(self) -> int:
        """How many activities are planned for the year under what is in force."""
        return sum(one.planned_count for one in self.in_force)

    @property
    def done(self) -> int:
        """How many of them were done by the day."""
        return sum(one.done_count for one in self.in_force)

    @property
    def parties(self) -> int:
        """How many organisations are party to an agreement in force."""
        return len({code for one in self.in_force for code, _names in one.parties})

    @property
    def tasks(self) -> tuple[int, int]:
        """How many tasks are open, and how many of them overdue."""
        return sum(one.open_tasks for one in self.rows), sum(len(one.overdue_since) for one in self.rows)

    @property
    def projects(self) -> int:
        """How many projects run under an agreement."""
        return sum(one.projects for one in self.rows)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "kind": "cooperation",
        **plain_head(report.park, report.on, report.known, report.chosen),
        "members": report.members,
        "rows": [
            [
                one.id,
                one.number,
                one.kind,
                plain_names(one.names),
                [[code, plain_names(names)] for code, names in one.parties],
                one.state.value,
                _text(one.starts_on),
                _text(one.ends_on),
                one.goes_on,
                _text(one.last_on),
                dict(one.planned or {}),
                dict(one.done or {}),
                [str(one.use.room_hours), str(one.use.lab_hours), one.use.housed],
                one.projects,
                one.open_tasks,
                [day.isoformat() for day in one.overdue_since],
            ]
            for one in report.rows
        ],
    }


def from_plain(kept: Mapping[str, Any]) -> Report:
    """Return the report that `plain` was made of."""
    on = date.fromisoformat(kept["on"])
    return Report(
        park=place_from(kept["park"]),
        on=on,
        known=datetime.fromisoformat(kept["known"]),
        rows=tuple(_row(on, row) for row in kept["rows"]),
        members=kept["members"],
    )


def _row(on: date, row: list[Any]) -> Health:
    id_, number, kind, names, parties, state, starts_on, ends_on, goes_on, last_on, planned, done, use, projects, tasks, overdue = row
    return Health(
        id=id_,
        number=number,
        kind=kind,
        names=Names(*names),
        parties=tuple((code, Names(*called)) for code, called in parties),
        on=on,
        state=AgreementState(state),
        starts_on=_day(starts_on),
        ends_on=_day(ends_on),
        goes_on=goes_on,
        last_on=_day(last_on),
        planned=planned,
        done=done,
        use=Use(Fraction(use[0]), Fraction(use[1]), use[2]),
        projects=projects,
        open_tasks=tasks,
        overdue_since=tuple(date.fromisoformat(day) for day in overdue),
    )


def canonical(report: Report) -> bytes:
    """Return the bytes whose SHA-256 is the report's: sorted keys, no spaces, UTF-8."""
    return values.canonical(plain(report)).encode()
