"""The kinds of reports. Each is compiled by one function, and has a shape that is kept, sheets and pages: rooms of the same functions.

A new kind is its rooms and a line of KINDS; asking, issuing, keeping, drawing and checking are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from parkmgr.errors import N_
from parkmgr.places.models import Park
from parkmgr.policy import Actor
from parkmgr.reports import (
    cooperation,
    cooperation_pages,
    cooperation_queries,
    cooperation_tables,
    expiry,
    expiry_pages,
    expiry_tables,
    fund,
    fund_pages,
    fund_queries,
    fund_tables,
    housing,
    housing_pages,
    housing_queries,
    housing_tables,
    labs,
    labs_pages,
    labs_queries,
    labs_tables,
    occupancy,
    pages,
    period,
    period_pages,
    period_queries,
    period_tables,
    queries,
    rentroll,
    rentroll_pages,
    rentroll_queries,
    rentroll_tables,
    statement,
    statement_pages,
    statement_queries,
    statement_tables,
    tables,
)
from parkmgr.reports.occupancy import Place, Report, RoomsUse
from parkmgr.reports.pages import Figure, Issue
from parkmgr.reports.rules import Wanted
from parkmgr.reports.ties import Check
from parkmgr.utilisation import queries as utilisation
from parkmgr.values import Term, midnight


class Compiled(Protocol):
    """What every compiled report says of itself. on: the day, or the last of the time. chosen: building codes; none is the whole park."""

    @property
    def park(self) -> Place: ...
    @property
    def on(self) -> date: ...
    @property
    def known(self) -> datetime: ...
    @property
    def chosen(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def checks(self) -> tuple[Check, ...]: ...


R = TypeVar("R", bound=Compiled)
R_contra = TypeVar("R_contra", bound=Compiled, contravariant=True)


class Shape(Protocol[R]):
    """What is kept of a report, as canonical JSON, and back."""

    def canonical(self, report: R, /) -> bytes: ...
    def from_plain(self, kept: Mapping[str, Any], /) -> R: ...


class Tables(Protocol[R_contra]):
    """The report as sheets."""

    def csv_bytes(self, report: R_contra, /, *, language: str) -> bytes: ...
    def xlsx_bytes(self, report: R_contra, /, *, language: str, number: str | None = None) -> bytes: ...
    def json_bytes(self, report: R_contra, /, *, language: str, number: str | None = None) -> bytes: ...


class Pages(Protocol[R_contra]):
    """The report on paper, and its main figures."""

    def paper(self, report: R_contra, issue: Issue | None, /, *, language: str) -> str: ...
    def figures(self, report: R_contra, /) -> list[Figure]: ...


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """A kind of report. compile: is given the park, what is wanted, the ids of the chosen buildings, and now.

    schedule: what its CSV lists. period: it is about a time, from Wanted.since to Wanted.on. Who may do the deed reports.<code>
    (see it on the screen) may have it issued.
    """

    code: str
    prefix: str
    """Of its numbers."""
    title: str
    about: str
    schedule: str
    compile: Callable[..., R]
    shape: Shape[R]
    tables: Tables[R]
    pages: Pages[R]
    period: bool = False
    of_fund: bool = False
    """It is about one fund, Wanted.fund."""
    of_statement: bool = False
    """It is about one statement, Wanted.statement."""

    @property
    def deed(self) -> str:
        """The line of the policy table that says who may read it."""
        return f"reports.{self.code}"


def place(park: Park) -> Place:
    """Return the park as a report names it."""
    return Place(park.code, park.names, park.time_zone, park.currency)


def sheet(kind: Kind[R], report: R, format_: str, *, language: str, number: str | None = None) -> bytes:
    """Return a report as csv, xlsx or json."""
    if format_ == "csv":
        return kind.tables.csv_bytes(report, language=language)
    if format_ == "json":
        return kind.tables.json_bytes(report, language=language, number=number)
    return kind.tables.xlsx_bytes(report, language=language, number=number)


def _occupancy(
    park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime, *, with_history: bool = True, with_rooms: bool = True
) -> Report:
    """Return who has which space on a day. Its history takes by far the longest. with_rooms: how much rooms were booked in the month."""
    facts = queries.occupancy(park, wanted.on, wanted.known, building_ids)
    days = occupancy.month_ends(wanted.on) if with_history else ()
    year = queries.occupancy(park, wanted.on, wanted.known, building_ids, days=days, named=False) if days else []
    return occupancy.compile(
        facts,
        park=place(park),
        on=wanted.on,
        known=wanted.known or now,
        building_ids=building_ids,
        history=occupancy.months(year, building_ids),
        rooms=_rooms(park, wanted, building_ids) if with_rooms else None,
        declared={house.code: house.area.dm2 for house in queries.of_buildings(park.id) if house.area is not None},
    )


def _rooms(park: Park, wanted: Wanted, building_ids: Collection[int]) -> RoomsUse:
    """Return the use of rooms from the first of the month to the day."""
    since = wanted.on.replace(day=1)
    return occupancy.rooms_use(utilisation.utilisation(park, since, wanted.on, wanted.known, building_ids), since)


OCCUPANCY: Kind[Report] = Kind(
    "occupancy",
    "OCC",
    N_("Occupancy report"),
    N_("Who has which space of the park on a day, with totals."),
    N_("Schedule of spaces"),
    _occupancy,
    occupancy,
    tables,
    pages,
)


def _housing(park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime) -> housing.Report:
    """Return who lives where on a day, and the twelve months up to it, in eight SELECTs."""
    facts = queries.occupancy(park, wanted.on, wanted.known, building_ids)
    whole = occupancy.compile(
        [fact for fact in facts if fact.kind in housing.HOMES],
        park=place(park),
        on=wanted.on,
        known=wanted.known or now,
        building_ids=building_ids,
    )
    since = housing.year_before(wanted.on)
    year = Term(since, wanted.on)
    living = housing_queries.residents(park, wanted.on, wanted.known)
    flats = housing_queries.flats_of_beds(park.id)
    held = housing_queries.held(park, year, wanted.known, building_ids)
    voids = housing.voids(year, housing_queries.there(park, year, wanted.known, building_ids), held)
    until = min(midnight(wanted.on + housing.DAY, park.zone), wanted.known or now)
    return housing.Report(
        park=whole.park,
        on=whole.on,
        known=whole.known,
        chosen=whole.chosen,
        since=since,
        rows=tuple(
            housing.home(row, flats.get(row.space, row.space), living.get(row.document), voids.get(row.space, 0)) for row in whole.rows
        ),
        blocks=tuple((group.code, group.names) for group in whole.by_building),
        classes=housing.classes(
            housing_queries.class_names(park.id),
            housing_queries.waiters(park.id),
            housing_queries.offers(park.id),
            midnight(since, park.zone),
            until,
        ),
        turnarounds=housing.turnarounds(year, held),
    )


HOUSING: Kind[housing.Report] = Kind(
    "housing",
    "HOU",
    N_("Housing report"),
    N_("Who lives where on a day, how long homes stood empty, and who waits for one."),
    N_("List of residencies"),
    _housing,
    housing,
    housing_tables,
    housing_pages,
)


def _labs(park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime) -> labs.Report:
    """Return how laboratories were used from day to day, how well their equipment served, and what it cost whom."""
    since = wanted.since or wanted.on
    return labs_queries.report(park, since, wanted.on, wanted.known, building_ids, tuple(sorted(wanted.buildings)), now)


LABS: Kind[labs.Report] = Kind(
    "labs",
    "LAB",
    N_("Laboratories' report"),
    N_("How much laboratories were used, how well their equipment served, and what it cost whom."),
    N_("List of pieces"),
    _labs,
    labs,
    labs_tables,
    labs_pages,
    period=True,
)


def _fund(park: Park, wanted: Wanted, _building_ids: Collection[int], now: datetime) -> fund.Report:
    """Return a fund at the end of a day: everything that was recorded of it by then."""
    return fund_queries.report(park, place(park), wanted.fund, wanted.on, wanted.known, now)


FUND: Kind[fund.Report] = Kind(
    "fund",
    "FND",
    N_("Fund report"),
    N_("What a fund called, paid and is worth: capital account, metrics, partners, companies, flows."),
    N_("List of flows"),
    _fund,
    fund,
    fund_tables,
    fund_pages,
    of_fund=True,
)


def _cooperation(park: Park, wanted: Wanted, _building_ids: Collection[int], now: datetime) -> cooperation.Report:
    """Return how agreements do at the end of a day."""
    return cooperation_queries.report(park, place(park), wanted.on, wanted.known, now)


COOPERATION: Kind[cooperation.Report] = Kind(
    "cooperation",
    "COO",
    N_("Report on agreements"),
    N_("Which agreements are in force, what was done under them against what was planned, and what needs somebody."),
    N_("List of agreements"),
    _cooperation,
    cooperation,
    cooperation_tables,
    cooperation_pages,
)


def _rentroll(park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime) -> rentroll.Report:
    """Return every unit with its lease at the end of a day."""
    facts = queries.occupancy(park, wanted.on, wanted.known, building_ids)
    whole = occupancy.compile(facts, park=place(park), on=wanted.on, known=wanted.known or now, building_ids=building_ids)
    return rentroll.Report(
        whole.park,
        whole.on,
        whole.known,
        whole.chosen,
        whole.rows,
        rentroll_queries.contracts(park, wanted.on, wanted.known, whole.rows, facts),
        rentroll_queries.market(park, wanted.on, wanted.known, facts),
    )


RENTROLL: Kind[rentroll.Report] = Kind(
    "rentroll",
    "RRL",
    N_("Rent roll"),
    N_("Every unit with its lease, when leases expire, what is vacant by market rent, and what is still to be paid."),
    N_("List of units"),
    _rentroll,
    rentroll,
    rentroll_tables,
    rentroll_pages,
)


def _expiry(park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime) -> expiry.Report:
    """Return when leases expire, seen at the end of a day."""
    whole = _rentroll(park, wanted, building_ids, now)
    return expiry.Report(whole.park, whole.on, whole.known, whole.chosen, expiry.lines(whole.rows, whole.contracts))


EXPIRY: Kind[expiry.Report] = Kind(
    "expiry",
    "EXP",
    N_("Lease expiry"),
    N_("When leases expire, or may end by a break, with their part of the rent and of the area."),
    N_("List of leases"),
    _expiry,
    expiry,
    expiry_tables,
    expiry_pages,
)


def _period(park: Park, wanted: Wanted, building_ids: Collection[int], now: datetime) -> period.Report:
    """Return how much was let from day to day, and what emptiness cost."""
    since = wanted.since or wanted.on
    return period_queries.report(park, place(park), since, wanted.on, wanted.known, building_ids, now)


PERIOD: Kind[period.Report] = Kind(
    "period",
    "LET",
    N_("Letting over a time"),
    N_("On how many days each unit was let, closed and empty, and what emptiness cost."),
    N_("List of units"),
    _period,
    period,
    period_tables,
    period_pages,
    period=True,
)


def _statement(park: Park, wanted: Wanted, _building_ids: Collection[int], now: datetime) -> statement.Report:
    """Return what an organisation owes for the sessions of a month."""
    return statement_queries.report(park, place(park), wanted.statement, wanted.known, now)


STATEMENT: Kind[statement.Report] = Kind(
    "statement",
    "STR",
    N_("Statement of laboratory sessions"),
    N_("What an organisation owes for sessions in laboratories in a month."),
    N_("List of lines"),
    _statement,
    statement,
    statement_tables,
    statement_pages,
    of_statement=True,
)

_EVERY: tuple[Kind[Any], ...] = (OCCUPANCY, RENTROLL, EXPIRY, PERIOD, HOUSING, LABS, STATEMENT, FUND, COOPERATION)
KINDS = {kind.code: kind for kind in _EVERY}
"""Code -> kind."""


def readable(actor: Actor, park_id: int) -> list[Kind[Any]]:
    """Return the kinds that somebody may read in a park."""
    return [kind for kind in KINDS.values() if actor.may(kind.deed, park_id)]
