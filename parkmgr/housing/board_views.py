"""The boards: a thousand homes at a glance, and each block floor by floor on a day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from flask import request, url_for
from flask.typing import ResponseReturnValue

from parkmgr.housing import queries
from parkmgr.housing.forms import BoardFilter
from parkmgr.housing.queries import HomeOn
from parkmgr.housing.rules import BED, TAKEN_HOMES, Home
from parkmgr.housing.views import bp
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.places.views import here, today
from parkmgr.values import Names, Term, percent
from parkmgr.web.page import page

MARKS = {
    Home.READY: "○",
    Home.OFFERED: "◔",
    Home.OCCUPIED: "●",
    Home.NOTICE: "◑",
    Home.VACATED: "△",
    Home.WORKS: "✕",
    Home.LET: "■",
    Home.PARTLY: "◒",
}
"""A mark for each state: never colour alone."""
ENDING = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Cell:
    """One flat on the board; beds of a shared one within it."""

    home: HomeOn
    state: Home
    beds: tuple[tuple[HomeOn, Home], ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A block on a day, the top floor first."""

    building: str
    names: Names
    floors: tuple[tuple[int | None, tuple[Cell, ...]], ...]
    counts: Mapping[Home, int]
    """Flats by state; a shared one counts once."""

    @property
    def flats(self) -> int:
        """How many flats there are."""
        return sum(self.counts.values())


def boards(found: Sequence[HomeOn], states: Mapping[int, Home]) -> list[Board]:
    """Return the blocks in order of code, R2 before R10."""
    beds: dict[int, list[HomeOn]] = {}
    listed = {one.space_id for one in found}
    for one in found:
        if one.parent_id in listed:
            beds.setdefault(one.parent_id, []).append(one)
    by_block: dict[str, list[HomeOn]] = {}
    for one in found:
        if one.parent_id not in listed:
            by_block.setdefault(one.building, []).append(one)
    return [_board(by_block[code], states, beds) for code in sorted(by_block, key=_natural)]


def _natural(code: str) -> list[tuple[int, str]]:
    """Return what sorts R2 before R10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", code)]


def _board(homes: Sequence[HomeOn], states: Mapping[int, Home], beds: Mapping[int, Sequence[HomeOn]]) -> Board:
    floors: dict[int | None, list[Cell]] = {}
    for one in homes:
        own = tuple((bed, states[bed.space_id]) for bed in beds.get(one.space_id, ()))
        floors.setdefault(one.level, []).append(Cell(one, states[one.space_id], own))
    ordered = sorted(floors.items(), key=lambda pair: -999 if pair[0] is None else pair[0], reverse=True)
    counts = Counter(states[one.space_id] for one in homes)
    return Board(homes[0].building, homes[0].building_names, tuple((level, tuple(cells)) for level, cells in ordered), counts)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the homes of a park come to on a day. By flats (a shared one is occupied when all its beds are), and by beds."""

    flats: int
    flats_occupied: int
    beds: int
    beds_occupied: int
    ready: int
    ending: int


def figures(found: Iterable[HomeOn], states: Mapping[int, Home], day: date) -> Figures:
    """Return the sums of the day."""
    flats = [one for one in found if one.kind != BED]
    beds = [one for one in found if one.kind == BED and not one.divided]
    units = [one for one in found if not one.divided]
    return Figures(
        len(flats),
        sum(states[one.space_id] in TAKEN_HOMES for one in flats),
        len(beds),
        sum(states[one.space_id] in TAKEN_HOMES for one in beds),
        sum(states[one.space_id] is Home.READY for one in units),
        sum(one.hold == "residency" and one.ends_on is not None and one.ends_on <= day + ENDING for one in units),
    )


def _asked(park: Park) -> tuple[date, datetime | None]:
    """Return the day that is asked for, and as known when (None: now)."""
    filters = BoardFilter.asked()
    now = today(park)
    shift = filters.shift.data
    on: date = filters.on.data or (now + relativedelta(months=shift) if shift is not None else now)
    wall = filters.known.data
    return on, None if wall is None else wall.replace(tzinfo=park.zone).astimezone(UTC)


@bp.get("/parks/<park>/housing")
def homes(park: str) -> ResponseReturnValue:
    """Show every home of the park at a glance, with the figures of the day."""
    found = here(park)
    on, known = _asked(found)
    listed = queries.homes(found.id, on, known)
    states = queries.states(listed, on)
    sums = figures(listed, states, on)
    first = on.replace(day=1)
    month = Term(first, first + relativedelta(months=1, days=-1))
    voids = queries.voids(found, month, known)
    return page(
        "housing/homes.html",
        park=found,
        on=on,
        now=today(found),
        boards=boards(listed, states),
        sums=sums,
        occupied=percent(sums.flats_occupied, sums.flats, 1),
        beds_occupied=percent(sums.beds_occupied, sums.beds, 1),
        void=sum(one.days for one in voids),
        void_of=sum(one.there for one in voids),
        waiting=queries.waiting(found.id),
        vacancies=queries.open_vacancies(found.id),
        marks=MARKS,
        counts=Counter(states[one.space_id] for one in listed if one.kind != BED),
        known=known,
        moved=_moved(found, on),
        shift=_shift(found, on),
        Home=Home,
    )


def _moved(park: Park, on: date, building: str | None = None) -> Callable[..., str]:
    """Return what leads to the same board on another day."""

    def to(**by: int) -> str:
        day = (on + relativedelta(**by)).isoformat()  # type: ignore[arg-type]
        known = request.args.get("known") or None
        if building is None:
            return url_for("housing.homes", park=park.code, on=day, known=known)
        return url_for("housing.block", park=park.code, building=building, on=day, known=known)

    return to


def _shift(park: Park, on: date) -> int:
    now = today(park)
    return max(-60, min(60, (on.year - now.year) * 12 + on.month - now.month))


@bp.get("/parks/<park>/housing/blocks/<building>")
def block(park: str, building: str) -> ResponseReturnValue:
    """Show a block floor by floor on a day."""
    found = here(park)
    on, known = _asked(found)
    listed = queries.homes(found.id, on, known, building=building)
    if not listed:
        places.building(found.id, building)
    states = queries.states(listed, on)
    made = boards(listed, states)
    return page(
        "housing/block.html",
        park=found,
        on=on,
        now=today(found),
        building=building,
        board=made[0] if made else None,
        names=listed[0].building_names if listed else None,
        homes=listed,
        states=states,
        marks=MARKS,
        known=known,
        moved=_moved(found, on, building),
        shift=_shift(found, on),
        Home=Home,
    )
