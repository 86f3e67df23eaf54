"""Reconciliations: what a report was compared with, and every row that does not agree. Pure.

A check never hides an exception and never says more than it compared: how many things, and which of them do not agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from parkmgr.errors import N_

TITLES = {
    "units": N_("Every unit stands here once"),
    "parts": N_("The parts sum to the whole"),
    "documents": N_("Every let unit has its lease"),
    "held": N_("Who has a unit has it by a document"),
    "terms": N_("The day lies within the terms of the documents"),
    "schedules": N_("The rents of a lease's units sum to its schedule"),
    "rents": N_("The rent of every lease is known"),
    "payable": N_("The rent of every let unit is known"),
    "profile": N_("What expires year by year sums to the rent"),
    "leases": N_("Every lease stands here once"),
    "breaks": N_("The last day of notice is known for every break"),
    "deposits": N_("Deposits agreed are held"),
    "holdovers": N_("No lease is held over"),
    "measured": N_("Every unit is measured"),
    "areas": N_("The units of a building have no more than its declared area"),
    "beds": N_("Nobody shares a bed"),
    "residents": N_("Every resident has one home"),
    "days": N_("No unit has more days than the time"),
    "priced": N_("The market rent of every empty unit is known"),
    "hours": N_("Nothing was used for longer than it was there"),
    "lines": N_("Every line stands here once"),
    "charged": N_("Every session is charged once"),
    "owed": N_("The lines sum to the statement's total"),
    "calls": N_("No partner was called for more than it committed"),
    "paid": N_("No partner paid more than it was called for"),
    "partners": N_("The partners' parts sum to the fund's"),
    "account": N_("The lines of the capital account sum to its end"),
    "parties": N_("Every agreement in force has two parties or more"),
    "ended": N_("No agreement in force is past its end"),
    "plans": N_("What is planned under agreements is not overdue"),
}
"""What each check compares, by its code."""


@dataclass(frozen=True, slots=True)
class Check:
    """A reconciliation: what was compared, how many, and what does not agree."""

    code: str
    count: int
    exceptions: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether everything agrees."""
        return not self.exceptions

    @property
    def title(self) -> str:
        """What is compared, to be translated."""
        return TITLES[self.code]


def once(code: str, keys: Sequence[str]) -> Check:
    """Return whether each key is there once."""
    return Check(code, len(keys), tuple(sorted(key for key, times in Counter(keys).items() if times > 1)))


def parts(whole: object, sums: Mapping[str, object]) -> Check:
    """Return whether the sums over parts, each named, are the whole."""
    return Check("parts", len(sums), tuple(name for name, part in sums.items() if part != whole))


def none_of(code: str, rows: Iterable[Any], wrong: Callable[[Any], bool], name: Callable[[Any], str]) -> Check:
    """Return whether something is wrong with none of some rows."""
    listed = list(rows)
    return Check(code, len(listed), tuple(sorted({name(row) for row in listed if wrong(row)})))


def outside(starts_on: date | None, ends_on: date | None, on: date) -> bool:
    """Tell whether a day lies outside of a term."""
    return (starts_on is not None and starts_on > on) or (ends_on is not None and ends_on < on)


# This report and the last one of the same


KEYS: dict[str, Callable[[Any], str]] = {
    "occupancy": lambda row: row[2],
    "rentroll": lambda row: row[2],
    "housing": lambda row: row[0][2],
    "labs": lambda row: " ".join(filter(None, (row[1], row[5]))),
    "cooperation": lambda row: row[1],
    "period": lambda row: row[1],
    "expiry": lambda row: row[0],
    "statement": lambda row: str(row[0]),
    "fund": lambda row: " ".join(str(part) for part in row[:3]),
}
"""What names a row, of the rows of each kind as they are kept."""


def since_last(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], number: str, deeds: Mapping[str, int]) -> dict[str, Any]:
    """Return what changed from one report to the next of the same kind: keys of rows that are new, gone or different.

    before, after: the compiled objects as they are kept. number: of the one before. deeds: what was done in between -> how often.
    """
    name = KEYS[kind]
    first, second = _by_key(before["rows"], name), _by_key(after["rows"], name)
    return {
        "number": number,
        "on": before["on"],
        "known": before["known"],
        "same": sum(first.get(key) == rows for key, rows in second.items()),
        "new": sorted(set(second) - set(first)),
        "gone": sorted(set(first) - set(second)),
        "changed": sorted(key for key, rows in second.items() if key in first and first[key] != rows),
        "deeds": dict(sorted(deeds.items(), key=lambda item: (-item[1], item[0]))),
    }


def _by_key(rows: Iterable[Any], name: Callable[[Any], str]) -> dict[str, Counter[Hashable]]:
    found: dict[str, Counter[Hashable]] = {}
    for row in rows:
        found.setdefault(name(row), Counter())[repr(row)] += 1
    return found
