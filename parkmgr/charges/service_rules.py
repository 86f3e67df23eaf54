"""How well equipment served: availability, failures and repairs, and use. Pure; all times are whole seconds, so that sums are exact.

Observed time is the part of the asked days that is past and in which the piece was there. Planned downtime is every closure but a
breakdown; a breakdown is unplanned. Operating time is what remains of the observed time without either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from parkmgr.utilisation.rules import OfRoom, Room, both, seconds, whole
from parkmgr.utilisation.rules import Sums as Use
from parkmgr.values import Names, Span, percent


@dataclass(frozen=True, slots=True)
class Down:
    """A unit was closed. document: of one breakdown there may be several, around a session that was left to run."""

    space_id: int
    span: Span
    document: str
    planned: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a unit is: the piece of equipment and its laboratory, as far as there are."""

    lab: str = ""
    lab_names: Names | None = None
    number: str = ""
    names: Names | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the sessions that began in the time."""

    sessions: int = 0
    no_show: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Over pieces. Seconds of observed time, of planned and unplanned downtime; failures; sessions; seconds used inside bookable hours."""

    observed: int = 0
    planned: int = 0
    unplanned: int = 0
    failures: int = 0
    sessions: int = 0
    no_show: int = 0
    used: int = 0
    use: Use = field(default_factory=Use)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.observed + other.observed,
            self.planned + other.planned,
            self.unplanned + other.unplanned,
            self.failures + other.failures,
            self.sessions + other.sessions,
            self.no_show + other.no_show,
            self.used + other.used,
            self.use + other.use,
        )

    @property
    def operating(self) -> int:
        """Seconds in which it worked."""
        return self.observed - self.planned - self.unplanned

    @property
    def availability(self) -> Decimal | None:
        """Operating time in per cent of the observed time without planned downtime; None (not defined) without any."""
        return percent(self.operating, self.observed - self.planned)

    @property
    def mtbf(self) -> Fraction | None:
        """Operating seconds for each failure; None (not defined) without a failure."""
        return Fraction(self.operating, self.failures) if self.failures else None

    @property
    def mttr(self) -> Fraction | None:
        """Unplanned downtime in seconds for each failure; None (not defined) without a failure."""
        return Fraction(self.unplanned, self.failures) if self.failures else None

    @property
    def no_show_rate(self) -> Decimal | None:
        """Per cent of the sessions to which nobody came; None (not defined) without any."""
        return percent(self.no_show, self.sessions)

    @property
    def used_ratio(self) -> Decimal | None:
        """Used time in per cent of the bookable time; None (not defined) without any."""
        return percent(self.used, self.use.open)


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit and how it served."""

    room: Room
    place: Place
    sums: Sums


@dataclass(frozen=True, slots=True)
class OfLab:
    """A laboratory and the sums of its pieces."""

    code: str
    names: Names | None
    sums: Sums
    pieces: int


@dataclass(frozen=True, slots=True)
class Service:
    """The whole answer."""

    pieces: tuple[Piece, ...]
    labs: tuple[OfLab, ...]
    total: Sums


def observed(period: Span, now: datetime) -> Span | None:
    """Return the part of a period that is past; None when there is none."""
    return whole(Span(period.starts_at, min(period.ends_at, now))) if now > period.starts_at else None


def compile(  # noqa: A001 - the answer is compiled as a report is; nothing here compiles Python
    rooms: Iterable[OfRoom],
    downs: Iterable[Down],
    used: Mapping[int, int],
    counted: Mapping[int, Counted],
    places: Mapping[int, Place],
    *,
    past: Span | None,
) -> Service:
    """Return the answer. used: seconds. Downtimes of one unit do not overlap: the ledger sees to that."""
    of_unit: dict[int, list[Down]] = defaultdict(list)
    for down in downs:
        of_unit[down.space_id].append(down)
    pieces = []
    for each in rooms:
        id_ = each.room.space_id
        there = both(sorted(each.room.spans), [past]) if past else []
        planned = unplanned = 0
        failures = set()
        for down in of_unit.get(id_, ()):
            cut = [span for one in both(there, [down.span]) if (span := whole(one)) is not None]
            length = seconds(cut)
            if down.planned:
                planned += length
            elif cut:
                unplanned += length
                failures.add(down.document)
        found = counted.get(id_, Counted())
        sums = Sums(seconds(there), planned, unplanned, len(failures), found.sessions, found.no_show, used.get(id_, 0), each.sums)
        pieces.append(Piece(each.room, places.get(id_, Place()), sums))
    pieces.sort(key=lambda piece: (piece.place.lab, piece.room.code))
    return Service(tuple(pieces), _by_lab(pieces), sum((piece.sums for piece in pieces), Sums()))


def _by_lab(pieces: Iterable[Piece]) -> tuple[OfLab, ...]:
    found: dict[str, OfLab] = {}
    for piece in pieces:
        before = found.get(piece.place.lab, OfLab(piece.place.lab, piece.place.lab_names, Sums(), 0))
        found[before.code] = OfLab(before.code, before.names, before.sums + piece.sums, before.pieces + 1)
    return tuple(found[code] for code in sorted(found))
