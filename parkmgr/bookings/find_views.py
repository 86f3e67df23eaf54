"""The page that finds space: what fits, what nearly does, and when it would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.bookings import finding, queries
from parkmgr.bookings.find_forms import Asked, FindForm, feature_name, organisation_of
from parkmgr.bookings.finding import Asking, Fit, Need
from parkmgr.bookings.rules import IN_PAST, Answer, Taken
from parkmgr.bookings.views import bp
from parkmgr.calendars.rules import open_spans, zone_of_country
from parkmgr.errors import N_, Objection, Refused
from parkmgr.occupancy import queries as ledger
from parkmgr.occupancy.queries import FreeUnit
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.places.views import here
from parkmgr.policy import Actor
from parkmgr.values import Area, Span, Term, day_of, midnight
from parkmgr.web.door import me
from parkmgr.web.formats import language, names
from parkmgr.web.page import page

SHOWN = 24
"""Cards shown at once; the others on demand."""
LONG = timedelta(days=28)
"""From this length on a space is let, not booked."""
FREE_ONLY_UNTIL = Objection("leases.free_only_until", N_("free only until %(until)s"))


# Clocks


def _day(instant: datetime, zone: ZoneInfo) -> str:
    pattern = "y年M月d日 EEE" if language() == "zh" else "EEE d MMM y"
    locale = {"zh": "zh_Hans_CN", "ru": "ru_RU"}.get(language(), "en_GB")
    return str(format_date(instant.astimezone(zone).date(), pattern, locale=locale))


def clock_line(span: Span, zone: ZoneInfo) -> str:
    """Return a span as a clock of the zone shows it, with the offset."""
    first, last = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
    offset = first.isoformat(timespec="minutes")[16:]
    if last.isoformat(timespec="minutes")[16:] != offset:
        offset = f"{offset} → {last.isoformat(timespec='minutes')[16:]}"
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{_day(span.ends_at, zone)} {last:%H:%M}"
    return f"{_day(span.starts_at, zone)} {first:%H:%M} – {until} (UTC{offset})"


def second_clock(span: Span, park: Park, organisation: Organisation | None) -> str:
    """Return the span by the clock of the organisation's country; empty where it shows the same as the park's."""
    zone = zone_of_country(organisation.country) if organisation else None
    if zone is None or span.starts_at.astimezone(zone).utcoffset() == span.starts_at.astimezone(park.zone).utcoffset():
        return ""
    return clock_line(span, zone)


def wall(instant: datetime, zone: ZoneInfo, name: str) -> dict[str, str]:
    """Return how an address says an instant in wall time; of an hour that exists twice also which."""
    local = instant.astimezone(zone)
    plain = local.replace(tzinfo=None, fold=0)
    said = {name: f"{plain:%Y-%m-%dT%H:%M}"}
    if plain.replace(tzinfo=zone, fold=0).utcoffset() != plain.replace(tzinfo=zone, fold=1).utcoffset():
        said[f"{name}_which"] = "second" if local.fold else "first"
    return said


# The picture of the day


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a line of the timeline, in parts of a thousand."""

    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One space on the timeline. closed: outside its hours."""

    code: str
    href: str
    closed: tuple[Bar, ...]
    busy: tuple[Bar, ...]
    asked: Bar | None
    fits: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The day of the first date: its hours with their places, and a line for each space."""

    day: date
    hours: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]


def _bar(span: Span, frame: Span, zone: ZoneInfo, title: str = "") -> Bar | None:
    first, last = max(span.starts_at, frame.starts_at), min(span.ends_at, frame.ends_at)
    if first >= last:
        return None
    x = (first - frame.starts_at) / frame.length * 1000
    said = f"{span.starts_at.astimezone(zone):%H:%M}–{min(span.ends_at, frame.ends_at).astimezone(zone):%H:%M}"
    return Bar(round(x, 2), round((last - first) / frame.length * 1000, 2), f"{said} {title}".strip())


def _between(opens: Sequence[Span], frame: Span) -> list[Span]:
    gaps, reached = [], frame.starts_at
    for span in opens:
        if span.starts_at > reached:
            gaps.append(Span(reached, span.starts_at))
        reached = max(reached, span.ends_at)
    return [*gaps, Span(reached, frame.ends_at)] if reached < frame.ends_at else gaps


def timeline(park: Park, need: Need, fits: Sequence[Fit], taken: dict[int, tuple[Taken, ...]], asking: Asking) -> Timeline:
    """Return the day of the first date as a picture: when each space is open, held, and asked for."""
    zone = park.zone
    day = day_of(need.first.starts_at, zone)
    whole = Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))
    opens = {}
    for fit in fits:
        facts = asking.facts(fit.candidate)
        opens[fit.candidate.space_id] = open_spans(fit.candidate.conditions.week, day, zone, as_weekday=facts.open_weekday(day))
    frame = _frame([*(span for each in opens.values() for span in each), need.first], whole)
    rows = []
    for fit in fits:
        space_id = fit.candidate.space_id
        closed = [_bar(span, frame, zone, _("closed")) for span in _between(opens[space_id], frame)]
        busy = [_bar(one.span, frame, zone, names(one.holder) if one.holder else _("taken")) for one in taken.get(space_id, ())]
        rows.append(
            Row(
                fit.candidate.code,
                url_for("occupancy.space", park=park.code, code=fit.candidate.code),
                tuple(bar for bar in closed if bar),
                tuple(bar for bar in busy if bar),
                _bar(need.first, frame, zone),
                fit.fits,
            )
        )
    hour, hours = timedelta(hours=1), []
    at = frame.starts_at
    while at <= frame.ends_at:
        hours.append((round((at - frame.starts_at) / frame.length * 1000, 2), f"{at.astimezone(zone):%H}"))
        at += hour
    return Timeline(day, tuple(hours), tuple(rows))


def _frame(spans: Sequence[Span], whole: Span) -> Span:
    """Return the hours of the day in which something is open or asked for, by whole hours."""
    hour = timedelta(hours=1)
    first = max(whole.starts_at, min(span.starts_at for span in spans))
    last = min(whole.ends_at, max(span.ends_at for span in spans))
    first = whole.starts_at + (first - whole.starts_at) // hour * hour
    last = whole.starts_at - (whole.starts_at - last) // hour * hour
    return Span(first, min(whole.ends_at, max(last, first + hour)))


# The page


@dataclass(frozen=True, slots=True)
class Card:
    """A space that can be asked for. href: where; empty when it cannot. at: the earliest time that would do. note: why there is none."""

    fit: Fit
    href: str
    at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LetCard:
    """A unit that can be let. missing: in words; empty when it fits."""

    unit: FreeUnit
    href: str
    missing: tuple[Objection, ...] = ()


def organisation_to_find_for(form: FindForm, listed: Sequence[Organisation], actor: Actor, park: Park) -> Organisation | None:
    """Return for whom it is looked: the one that was said, else the actor's own."""
    own = actor.organisations(park.id)
    return organisation_of(form.organisation.data, listed) or next((one for one in listed if one.id in own), None)


def _need(form: FindForm, asked: Asked) -> Need:
    return Need(
        asked.spans,
        kind=form.kind.data or "",
        people=form.people.data,
        at_least=form.at_least.area(),
        features=frozenset(form.features.data or ()),
        building=form.building.data or "",
    )


@bp.get("/parks/<park>/find")
def find(park: str) -> ResponseReturnValue:
    """Find space: what fits, what nearly does, and from when on it would."""
    found = here(park)
    actor, now = me(), clock.now()
    equipment = queries.features(found.id)
    form = FindForm.asked(buildings=places.building_choices(found.id), equipment=equipment)
    if form.starts_at.data is None and not form.starts_at.errors:
        form.starts_at.data = finding.proposed_start(found, now)
        form.starts_at.raw_data = None
    listed = queries.organisations_to_book_for(found.id, actor)
    organisation = organisation_to_find_for(form, listed, actor, found)
    named = {one.code: feature_name(one) for one in equipment}
    shown: dict[str, Any] = {"park": found, "organisation": organisation, "organisations": listed, "equipment": named}
    try:
        asked = form.when(found.zone)
        if asked.spans[0].starts_at < now:
            raise Refused([IN_PAST.about(starts_at=asked.spans[0].starts_at)])
    except Refused as refused:
        form.show(refused)
        return page("bookings/find.html", form=None, find=form, said=[text for _field, text in form.said], **shown)
    first = asked.spans[0]
    shown |= {"find": form, "asked": asked, "clock": clock_line(first, found.zone), "other_clock": second_clock(first, found, organisation)}
    if len(asked.spans) == 1 and first.length >= LONG:
        return page("bookings/find.html", form=None, **shown, **_lettable(found, form, asked, actor))
    return page("bookings/find.html", form=None, **shown, **_bookable(found, form, asked, organisation, named, actor=actor, now=now))


def _all(park: Park) -> str:
    """Return the address of this search with all that was found."""
    return url_for("bookings.find", park=park.code, **{**_args(), "all": "1"})


def _args() -> dict[str, Any]:
    return dict(request.args.to_dict(flat=False))


def _bookable(
    park: Park, form: FindForm, asked: Asked, organisation: Organisation | None, named: Mapping[str, str], *, actor: Actor, now: datetime
) -> dict[str, Any]:
    need = _need(form, asked)
    exact, near, asking = finding.search(park, need, organisation, actor=actor, now=now)
    shown = exact if "all" in request.args else exact[:SHOWN]
    day = Span(need.first.starts_at - timedelta(days=1), need.first.starts_at + timedelta(days=2))
    taken = finding.held([fit.candidate.space_id for fit in (*shown, *near)], day, park, actor)
    may_book = actor.may("bookings.book", park.id)

    def link(fit: Fit, **when: Any) -> str:
        given = {**form.given(), **when} if when else form.given()
        return url_for("bookings.book", park=park.code, space=fit.candidate.code, **given) if may_book else ""

    def near_card(fit: Fit) -> Card:
        fit = replace(fit, missing=tuple(_with_names(one, named) for one in fit.missing))
        if fit.answer is Answer.CLOSED or (not asking.decides and any(one.code == finding.SEATS.code for one in fit.missing)):
            return Card(fit, "")
        if fit.at is None or fit.at == need.first.starts_at:
            tried = len(need.spans) == 1 and any(one.field == "taken" or one.waiver for one in fit.missing)
            return Card(fit, "" if tried else link(fit), note=_("No time in the next 14 days.") if tried else "")
        span = Span(fit.at, fit.at + need.first.length)
        when = {**wall(span.starts_at, park.zone, "from"), **wall(span.ends_at, park.zone, "to"), "for": None}
        return Card(fit, link(fit, **when), clock_line(span, park.zone))

    return {
        "need": need,
        "cards": [Card(fit, link(fit)) for fit in shown],
        "more": len(exact) - len(shown),
        "near": [near_card(fit) for fit in near],
        "timeline": timeline(park, need, [*shown, *near], taken, asking) if shown or near else None,
        "more_href": _all(park),
        "months_href": url_for("bookings.find", park=park.code, **{**_args(), "for": "12m", "to": None, "every": None}),
    }


def _with_names(objection: Objection, named: Mapping[str, str]) -> Objection:
    """Return the objection with features by their names, not by their codes."""
    codes = objection.facts.get("features")
    if not isinstance(codes, str):
        return objection
    return objection.about(features=", ".join(named.get(code, code) for code in codes.split(", ")))


def _lettable(park: Park, form: FindForm, asked: Asked, actor: Actor) -> dict[str, Any]:
    """Return the units that can be let through the whole term, and those that nearly can."""
    last = asked.ends_local.date() - (timedelta(days=1) if asked.ends_local.time() <= asked.starts_local.time() else timedelta())
    term = Term(asked.starts_local.date(), max(last, asked.starts_local.date()))
    span = term.span(park.zone)
    need = replace(_need(form, asked), spans=(span,))
    month = Span(span.starts_at, min(span.ends_at, span.starts_at + LONG))
    units = ledger.free_units(park.id, month, zone=park.zone, kind=need.kind)
    may_ask = actor.may("leases.ask", park.id)
    asked_for: dict[str, Any] = {"from": term.starts_on, "to": term.ends_on, "people": need.people}
    if form.organisation.data:
        asked_for["organisation"] = form.organisation.data
    cards = []
    for unit in units:
        if need.building and unit.building != need.building:
            continue
        href = url_for("leases.ask", park=park.code, space=unit.code, **asked_for) if may_ask else ""
        missing = _lacks(unit, need, span, park)
        cards.append(LetCard(unit, "" if missing else href, missing))
    exact = [card for card in cards if not card.missing]
    near = sorted((card for card in cards if card.missing), key=lambda card: (len(card.missing), card.unit.code))
    shown = exact if "all" in request.args else exact[:SHOWN]
    return {
        "need": need,
        "term": term,
        "let": shown,
        "more": len(exact) - len(shown),
        "near_let": near[: finding.NEAR],
        "more_href": _all(park),
    }


def _lacks(unit: FreeUnit, need: Need, span: Span, park: Park) -> tuple[Objection, ...]:
    missing = []
    if need.people is not None and unit.capacity is not None and unit.capacity < need.people:
        missing.append(finding.SEATS.about(seats=unit.capacity, people=need.people))
    if need.at_least is not None and unit.area is None:
        missing.append(finding.NOT_MEASURED)
    elif need.at_least is not None and unit.area is not None and unit.area < need.at_least:
        missing.append(finding.SMALLER.about(area=unit.area, less=Area(need.at_least.dm2 - unit.area.dm2)))
    if unit.free_until < span.ends_at:
        missing.append(FREE_ONLY_UNTIL.about(until=day_of(unit.free_until - timedelta(microseconds=1), park.zone)))
    return tuple(missing)
