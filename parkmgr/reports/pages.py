"""What stands on a page, of the screen or of paper: figures in words, charts, plans. Shared, so that both say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

import segno
from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from parkmgr.errors import N_
from parkmgr.reports import drawings
from parkmgr.reports.drawings import Bar, Block, Look, Point, Storey
from parkmgr.reports.occupancy import OCCUPIED, Group, Month, Report, Row, Status, Sums, Wault, expiries
from parkmgr.utilisation import pages as use_pages
from parkmgr.utilisation.rules import OfBuilding
from parkmgr.utilisation.rules import Sums as Use
from parkmgr.values import Area, Money, Names
from parkmgr.web import formats
from parkmgr.web.words import word

MODES = {"status": N_("by status"), "expiry": N_("by end of lease"), "use": N_("by use"), "tenant": N_("by tenant")}
"""How a stacking plan may be coloured."""

SECTIONS = 60
"""With more buildings than this, the paper has one schedule, and no plan of each."""

_EXPIRY = (
    N_("Term is over (holdover)"),
    N_("Ends within 90 days"),
    N_("Ends within a year"),
    N_("Ends within three years"),
    N_("Ends later"),
    N_("No end"),
)


@dataclass(frozen=True, slots=True)
class Issue:
    """What was written when the report was issued."""

    number: str
    issued_at: datetime
    issuer: str
    sha256: str
    address: str
    """Of the public check page."""
    audit_size: int
    audit_hash: str
    audit_root: str = ""
    signed_by: str = ""
    """SHA-256 of the certificate; empty: it is not signed."""
    since_last: Mapping[str, Any] = field(default_factory=dict)
    """What changed since the last report of the same."""


# Plans.


def _expiry(row: Row, on: date) -> int | None:
    if row.status not in OCCUPIED:
        return None
    if row.ends_on is None:
        return 5
    if row.ends_on < on:
        return 0
    left = row.ends_on - on
    return next((index for index, days in ((1, 90), (2, 365), (3, 1096)) if left <= timedelta(days=days)), 4)


def _look(row: Row, mode: str, on: date, tints: Mapping[str, Look]) -> Look:
    by_status = drawings.LOOKS[row.status]
    if mode == "expiry":
        bucket = _expiry(row, on)
        return by_status if bucket is None else drawings.SCALE[bucket]
    if mode == "use":
        tint = tints[row.kind]
        return Look(tint.fill, tint.ink, by_status.mark if by_status.mark != "outline" else "")
    if mode == "tenant" and row.status in OCCUPIED and row.holder is not None:
        return tints.get(str(row.holder), by_status)
    return by_status


def tints(rows: Sequence[Row], mode: str) -> dict[str, Look]:
    """Return a tint for each use, or for each of the tenants that have most area."""
    if mode == "use":
        keys = sorted({row.kind for row in rows})
    else:
        sizes: dict[str, int] = {}
        for row in rows:
            if row.status in OCCUPIED and row.holder is not None:
                sizes[str(row.holder)] = sizes.get(str(row.holder), 0) + (row.area.dm2 if row.area else 1)
        keys = sorted(sizes, key=lambda name: (-sizes[name], name))[: len(drawings.TINTS) - 1]
    return {key: drawings.TINTS[index % len(drawings.TINTS)] for index, key in enumerate(keys)}


def key(rows: Sequence[Row], mode: str, on: date) -> Markup:
    """Return the legend of the plans of *rows*: only what is in them."""
    statuses = {row.status for row in rows}
    entries: list[tuple[str, Look]] = []
    if mode == "expiry":
        buckets = {_expiry(row, on) for row in rows}
        entries = [(_(label), drawings.SCALE[index]) for index, label in enumerate(_EXPIRY) if index in buckets]
        statuses -= OCCUPIED
    elif mode == "use":
        entries = [(word("space_kind", kind), look) for kind, look in tints(rows, mode).items()]
        statuses &= {Status.VACANT, Status.CLOSED}
    elif mode == "tenant":
        holders = {str(row.holder): row.holder for row in rows if row.holder is not None}
        entries = [(holders[name].in_(formats.language()), look) for name, look in tints(rows, mode).items()]
        statuses -= {Status.HOLDOVER, Status.RESIDENT} if entries else set()
        if Status.LET in statuses and entries:
            statuses.discard(Status.LET)
            entries.append((_("Other tenants"), drawings.LOOKS["let"]))
    entries += [(word("status", status), drawings.LOOKS[status]) for status in Status if status in statuses]
    return drawings.legend(entries, title=_("Key"), width=720)


def _short(row: Row) -> str:
    """Return the space's code without that of its building, which stands above the plan."""
    rest = row.space.removeprefix(row.building).lstrip("-./ ")
    return rest or row.space


def _ends(row: Row) -> str:
    return row.ends_on.isoformat() if row.ends_on is not None else _("no end") if row.status in OCCUPIED else ""


def title_of(row: Row) -> str:
    """Return everything about a unit in one line."""
    name = "" if row.holder is None else row.holder.in_(formats.language())
    area = _("area not measured") if row.area is None else formats.square_metres(formats.area(row.area))
    parts = [row.space, word("space_kind", row.kind), area, word("status", row.status), name, row.document]
    if row.status in OCCUPIED:
        parts.append(_("until %(day)s", day=_ends(row)) if row.ends_on else _("no end"))
    elif row.status is Status.RESERVED and row.starts_on:
        parts.append(_("from %(day)s", day=row.starts_on.isoformat()))
    return " · ".join(part for part in parts if part)


def _nowhere(_row: Row) -> str:
    return ""


OF_BED = 0.25
"""Most shared flats have four beds: a bed is drawn as a quarter of a flat."""


def _block(row: Row, mode: str, on: date, tints_: Mapping[str, Look], href: Callable[[Row], str]) -> Block:
    area = formats.square_metres("?" if row.area is None else formats.number(row.area.m2, 0))
    name = "" if row.holder is None else row.holder.in_(formats.language())
    second = word("space_kind", row.kind) if mode == "use" else name if mode == "tenant" else ""
    until = row.ends_on.isoformat()[:7] if row.ends_on is not None and row.status in OCCUPIED else ""
    lines = (_short(row), second, area, until) if second else (_short(row), area, until)
    said = "" if href is _nowhere else title_of(row)  # paper has no pointer to hold over a block, and a table of the same
    size = None if row.area is None else row.area.dm2
    return Block(size, lines, _look(row, mode, on, tints_), said, href(row), OF_BED if row.kind == "bed" else 1)


def storeys(rows: Sequence[Row], mode: str, on: date, tints_: Mapping[str, Look], href: Callable[[Row], str]) -> list[Storey]:
    """Return the floors of one building, the highest first; what stands on no floor comes last."""
    ordered = sorted(rows, key=lambda row: (row.level is None, -(row.level or 0), row.floor, row.space))
    return [
        Storey(of_floor[0].floor or "–", tuple(_block(row, mode, on, tints_, href) for row in of_floor))
        for _key, group in groupby(ordered, key=lambda row: (row.level, row.floor))
        for of_floor in [list(group)]
    ]


def _together(units: int, dm2: int) -> str:
    return str(_("%(units)s vacant units side by side, %(area)s m²", units=units, area=formats.area(Area(dm2))))


def plan(
    group: Group,
    rows: Sequence[Row],
    *,
    mode: str,
    on: date,
    tints_: Mapping[str, Look],
    href: Callable[[Row], str] = _nowhere,
    width: float = 1000,
) -> Markup:
    """Return the stacking plan of a building."""
    title = _("Stacking plan of %(building)s on %(day)s", building=building_name(group), day=on.isoformat())
    return drawings.stacking_plan(
        storeys(rows, mode, on, tints_, href),
        title=title,
        description=in_words(group.sums),
        together=_together,
        width=width,
    )


def homes(
    group: Group, rows: Sequence[Row], *, mode: str, on: date, tints_: Mapping[str, Look], href: Callable[[Row], str] = _nowhere
) -> Markup:
    """Return a residential block as a grid of its flats."""
    return drawings.home_grid(
        storeys(rows, mode, on, tints_, href),
        title=_("Flats of %(building)s on %(day)s", building=building_name(group), day=on.isoformat()),
        description=in_words(group.sums),
        heading=drawings.clipped(building_name(group), 170, 9) or group.code,
    )


def in_words(sums: Sums) -> str:
    """Return sums as a sentence."""
    return str(
        _(
            "%(let)s of %(units)s lettable units are let; by area %(area)s.",
            let=formats.number(sums.let_units),
            units=formats.number(sums.units),
            area=formats.percent(sums.occupancy_by_area),
        )
    )


def building_name(group: Group) -> str:
    """Return a building's code and name."""
    name = group.names.in_(formats.language()) if group.names else ""
    return name if name.startswith(group.code) else f"{group.code} {name}".strip()


# Figures.


class Figure(NamedTuple):
    """A main figure: what it is, its value, what it is of, how it is computed, and its last twelve months."""

    code: str
    label: str
    value: str
    note: str
    how: str
    points: tuple[Point, ...]

    @property
    def spark(self) -> Markup:
        """Its history as a small line."""
        return drawings.sparkline(self.points, title=_("%(figure)s, twelve months", figure=self.label))


def _points(history: Sequence[Month], value: Callable[[Month], Decimal | int | None], shown: Callable[[Month], str]) -> tuple[Point, ...]:
    found = []
    for month in history:
        number = value(month)
        found.append(Point(month.on.isoformat(), None if number is None else Decimal(number), shown(month)))
    return tuple(found)


def _wault(waults: Sequence[Wault], weight: str) -> Wault:
    return next((wault for wault in waults if wault.weight == weight), Wault(weight, None, None, 0))


def years(value: Decimal | None) -> str:
    """Return a number of years."""
    return str(_("%(years)s years", years=formats.number(value, 2))) if value is not None else "—"


def figures(report: Report) -> list[Figure]:
    """Return the main figures of a report."""
    total, history, own = report.total, report.history, report.park.currency
    measured = total.units - total.unknown_area_units
    found = [
        Figure(
            "area",
            _("Occupied, by area"),
            formats.percent(total.occupancy_by_area),
            _("%(let)s of %(whole)s m²", let=formats.area(total.let), whole=formats.area(total.lettable)),
            _(
                "Let area divided by lettable area, over the lettable units whose area is known (%(known)s of %(units)s). "
                "Let, holdover and resident count as let.",
                known=formats.number(measured),
                units=formats.number(total.units),
            ),
            _points(history, lambda m: m.sums.occupancy_by_area, lambda m: formats.percent(m.sums.occupancy_by_area)),
        ),
        Figure(
            "units",
            _("Occupied, by units"),
            formats.percent(total.occupancy_by_units),
            _("%(let)s of %(units)s units", let=formats.number(total.let_units), units=formats.number(total.units)),
            _("Let units divided by lettable units. A unit is a space without parts; closed units count as lettable."),
            _points(history, lambda m: m.sums.occupancy_by_units, lambda m: formats.percent(m.sums.occupancy_by_units)),
        ),
        Figure(
            "vacant",
            _("Vacant"),
            formats.square_metres(formats.number(total.vacant.m2, 0)),
            _("%(units)s units", units=formats.number(total.vacant_units)),
            _("Area of the lettable units that nobody has and that are not reserved or closed, where it is known."),
            _points(history, lambda m: m.sums.vacant.m2, lambda m: formats.square_metres(formats.number(m.sums.vacant.m2, 0))),
        ),
    ]
    found.extend(_rent(currency, total, history) for currency in sorted(total.rent, key=lambda code: (code != own, code)) or [own])
    found.append(_wault_figure(report, own))
    found.append(
        Figure(
            "ending",
            _("Leases ending within 90 days"),
            formats.number(len(report.ending_soon)),
            _("until %(day)s", day=formats.day(report.on + timedelta(days=90))),
            _("Leases that have units on the day and whose last day is at most 90 days later; holdovers are not among them."),
            _points(history, lambda m: m.ending, lambda m: formats.number(m.ending)),
        )
    )
    return found


def _rent(currency: str, total: Sums, history: Sequence[Month]) -> Figure:
    money = Money(total.rent.get(currency, 0), currency)
    unknown = _("; of %(count)s units it is unknown", count=formats.number(total.unknown_rents)) if total.unknown_rents else ""
    return Figure(
        f"rent-{currency}",
        _("Rent a month, %(currency)s", currency=currency),
        "—" if total.unknown_rents and currency not in total.rent else formats.number(money.amount, 0),
        _("passing rent") + unknown,
        _("Rent payable on the day for a month, without tax; nothing in rent-free months. Currencies are never added together."),
        _points(
            history,
            lambda m: Money(m.sums.rent.get(currency, 0), currency).amount,
            lambda m: formats.money(Money(m.sums.rent.get(currency, 0), currency)),
        ),
    )


def _wault_figure(report: Report, own: str) -> Figure:
    by_rent, by_area = _wault(report.wault, own), _wault(report.wault, "area")
    return Figure(
        "wault",
        _("WAULT to expiry"),
        years(by_rent.to_expiry),
        _("to first break %(years)s", years=years(by_rent.to_break)),
        _(
            "Remaining years of the leases, weighted by passing rent in %(currency)s; days inclusive over 365.25. "
            "A holdover counts zero; %(open)s units whose lease has no end are left out. "
            "Weighted by area: %(expiry)s to expiry, %(break_)s to break.",
            currency=own,
            open=by_rent.open_ended,
            expiry=years(by_area.to_expiry),
            break_=years(by_area.to_break),
        ),
        _points(report.history, lambda m: _wault(m.wault, own).to_expiry, lambda m: years(_wault(m.wault, own).to_expiry)),
    )


# Charts.


class Chart(NamedTuple):
    """A chart and what stands above it."""

    title: str
    drawing: Markup


def occupancy_by_month(history: Sequence[Month]) -> Chart:
    """Return the chart of what was let, month by month: by area, or by units where no area is known."""
    by_area = any(month.sums.occupancy_by_area is not None for month in history)
    title = _("Occupied by area, month by month") if by_area else _("Occupied by units, month by month")

    def value(month: Month) -> Decimal | None:
        return month.sums.occupancy_by_area if by_area else month.sums.occupancy_by_units

    points = _points(history, value, lambda month: formats.percent(value(month)))
    labelled = [Point(point.label[:7], point.value, point.shown) for point in points]
    return Chart(title, drawings.line(labelled, title=title, description="; ".join(f"{p.label}: {p.shown}" for p in labelled)))


def expiry_by_quarter(rows: Sequence[Row], on: date) -> Chart:
    """Return the chart of what is let by the quarter in which the lease ends: its area, or its units where no area is known."""
    words = {"earlier": _("over"), "later": _("later"), "open": _("no end")}
    found = [quarter for quarter in expiries(rows, on) if quarter.units or quarter.label not in words]
    by_area = any(quarter.area.dm2 for quarter in found)
    title = _("Let area (m²) by the quarter in which the lease ends") if by_area else _("Let units by the quarter in which the lease ends")
    sizes = [q.area.m2 if by_area else Decimal(q.units) for q in found]
    bars = [Bar(words.get(q.label, q.label[2:]), size, formats.number(size, 0)) for q, size in zip(found, sizes, strict=True)]
    description = "; ".join(f"{words.get(q.label, q.label)}: {formats.area(q.area)} m², {q.units}" for q in found)
    return Chart(title, drawings.columns(bars, title=title, description=description))


def occupancy_by_building(groups: Sequence[Group], href: Callable[[Group], str] = lambda _group: "", most: int = 24) -> Chart:
    """Return the chart of the share of each building that is let, the largest buildings when there are many."""
    by_area = any(group.sums.lettable.dm2 for group in groups)
    title = _("Occupied by area, by building") if by_area else _("Occupied by units, by building")

    def share(group: Group) -> Decimal | None:
        return group.sums.occupancy_by_area if by_area else group.sums.occupancy_by_units

    chosen = sorted((group for group in groups if group.sums.units), key=lambda g: (-g.sums.lettable.dm2, -g.sums.units, g.code))[:most]
    bars = [
        Bar(building_name(group), share(group) or Decimal(0), formats.percent(share(group)), href(group))
        for group in sorted(chosen, key=lambda group: group.code)
    ]
    return Chart(title, drawings.lying_bars(bars, title=title, description="; ".join(f"{bar.label}: {bar.shown}" for bar in bars)))


# Rooms.


class RoomsPart(NamedTuple):
    """The part about rooms that can be booked: its figures, what they mean, sums by building, and the hours of a week as a picture."""

    total: Use
    figures: list[use_pages.Figure]
    buildings: tuple[OfBuilding, ...]
    others: int
    """Buildings that are in the sums only, because there are too many."""
    heat: Markup | None


def use_of_rooms(report: Report, *, pointer: bool = True) -> RoomsPart | None:
    """Return the part about rooms; None where the report does not tell of it. pointer: see utilisation.pages.heat_map."""
    rooms = report.rooms
    if rooms is None:
        return None
    listed = rooms.by_building
    return RoomsPart(
        rooms.total,
        use_pages.figures(rooms.total),
        listed[:SECTIONS],
        len(listed[SECTIONS:]),
        use_pages.heat_map(rooms.hours, pointer=pointer) if rooms.hours else None,
    )


# Paper.


class Holder(NamedTuple):
    """An organisation that has units, with what it has."""

    names: Names
    units: int
    area: Area
    unknown: int
    rents: tuple[Money, ...]

    def rent(self, currency: str) -> Money | None:
        """Return what it pays in a currency; None when nothing is known to be."""
        return next((money for money in self.rents if money.currency == currency), None)


def holders(rows: Sequence[Row]) -> list[Holder]:
    """Return who has units on the day, by name, with what they have."""
    of: dict[tuple[int | None, str], list[Row]] = {}
    for row in rows:
        if row.holder is not None and row.status in OCCUPIED:
            of.setdefault((row.holder_id, str(row.holder)), []).append(row)
    found = []
    for (_id, name), held in sorted(of.items(), key=lambda item: item[0][1].casefold()):
        names = held[0].holder or Names(name)
        area = Area(sum(row.area.dm2 for row in held if row.area is not None))
        rents: dict[str, int] = {}
        for row in held:
            if row.rent is not None:
                rents[row.rent.currency] = rents.get(row.rent.currency, 0) + row.rent.minor
        money = tuple(Money(minor, currency) for currency, minor in sorted(rents.items()))
        found.append(Holder(names, len(held), area, sum(row.area is None for row in held), money))
    return found


class Section(NamedTuple):
    """A part of the schedule under one head."""

    heading: str
    rows: tuple[Row, ...]
    sums: Sums


def sections(report: Report) -> list[Section]:
    """Return the schedule by building, or whole when there are too many buildings for that."""
    if len(report.by_building) > SECTIONS:
        return [Section("", report.rows, report.total)]
    return [Section(building_name(group), report.of_building(group.code), group.sums) for group in report.by_building]


def _plans(report: Report) -> tuple[list[tuple[Group, Markup]], list[Markup]]:
    if len(report.by_building) > SECTIONS:
        return [], []
    tall, flats = [], []
    for group in report.by_building:
        rows = report.of_building(group.code)
        if group.residential:
            flats.append(homes(group, rows, mode="status", on=report.on, tints_={}))
        elif len(rows) > 1:
            tall.append((group, plan(group, rows, mode="status", on=report.on, tints_={}, width=720)))
    return tall, flats


def qr(address: str) -> Markup:
    """Return an address as a QR code."""
    code = segno.make(address, error="m")
    svg = code.svg_inline(scale=3, border=2, svgclass="qr", lineclass=None, title=_("QR code: %(address)s", address=address))
    return Markup(svg)  # noqa: S704 - drawn by the library from a matrix; it escapes the title


def paper(report: Report, issue: Issue | None, *, language: str) -> str:
    """Return the report as the HTML of its paper, in *language*, whoever asks."""
    g.zone = report.park.zone
    with force_locale(language):
        tall, flats = _plans(report)
        largest = sorted(report.by_building, key=lambda group: (-group.sums.units, group.code))
        listed = sorted(largest[:SECTIONS], key=lambda group: group.code)
        others = largest[SECTIONS:]
        return current_app.jinja_env.get_template("paper/occupancy.html").render(  # a paper knows no request, so no context of one
            report=report,
            issue=issue,
            language=language,
            figures=figures(report),
            history=occupancy_by_month(report.history) if report.history else None,
            expiry=expiry_by_quarter(report.rows, report.on),
            by_building=occupancy_by_building(report.by_building),
            buildings=listed,
            others=others,
            others_sums=sum((group.sums for group in others), Sums()),
            plans=tall,
            flats=flats,
            key=key(report.rows, "status", report.on),
            sections=sections(report),
            holders=holders(report.rows),
            qr=qr(issue.address) if issue else "",
            name=building_name,
            short=_short,
            fit=drawings.clipped,
            use=use_of_rooms(report, pointer=False),
            hours=use_pages.hours,
        )
