"""Every change of seasons: they are opened, clubs ask for weekly hours, and all of them are given out in one deed or none."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from parkmgr.amenities import queries, rules
from parkmgr.amenities.models import Season, SeasonSpace, Wish
from parkmgr.amenities.queries import Board
from parkmgr.amenities.rules import Hour, Step
from parkmgr.audit.actions import record
from parkmgr.bookings import actions as bookings
from parkmgr.bookings import queries as booking_queries
from parkmgr.bookings import rules as booking_rules
from parkmgr.bookings.actions import Planned, Waiver, Wanted
from parkmgr.bookings.queries import Line, Slot
from parkmgr.bookings.rules import Answer
from parkmgr.calendars.rules import instant_of
from parkmgr.db import db
from parkmgr.errors import Objection, Refused, refuse
from parkmgr.organisations.models import Organisation
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Park, Space
from parkmgr.policy import Actor
from parkmgr.searching import searchable
from parkmgr.values import Names, Span, day_of

WAIVED = frozenset(
    objection.code
    for objection in (
        booking_rules.TOO_FAR,
        booking_rules.TOO_LONG,
        booking_rules.TOO_SHORT,
        booking_rules.TOO_SOON,
        booking_rules.OFF_STEP,
        booking_rules.NOT_FOR_YOU,
    )
) | {"bookings.quota"}
"""What the rules of the courts say about single bookings does not bind the desk that gives out a season."""


def open_season(
    park: Park,
    code: str,
    names: Names,
    courts: Sequence[Space],
    *,
    starts_on: date,
    ends_on: date,
    ask_until: date,
    seed: str = "",
    actor: Actor,
    now: datetime,
) -> Season:
    """Clubs can ask for weekly hours of the courts, through *ask_until*. The hash of the seed that settles ties is published.

    seed: made here when none is given.
    Raises:
        Refused: with every objection; also (by transaction()) when the code is taken.
    """
    chosen = list(dict.fromkeys(courts))
    against = [*place_rules.code_objections(code, 40, of_space=False), *place_rules.name_objections(names)]
    against += rules.season_against(starts_on, ends_on, ask_until, day_of(now, park.zone), courts=len(chosen))
    kinds = queries.kinds([court.id for court in chosen], starts_on)
    against += [
        rules.NOT_A_COURT.about(space=court.code).at("courts") for court in chosen if kinds.get(court.id, ("", None))[0] != "sports"
    ]
    refuse(against)
    seed = seed or secrets.token_hex(16)
    season = Season(
        park_id=park.id,
        code=code,
        starts_on=starts_on,
        ends_on=ends_on,
        ask_until=ask_until,
        seed=seed,
        seed_sha256=rules.published(seed),
        state="open",
        steps=[],
    )
    season.names, season.search = names, searchable(names, code)
    db.session.add(season)
    db.session.flush()
    db.session.add_all(SeasonSpace(season_id=season.id, space_id=court.id) for court in chosen)
    db.session.flush()
    record("amenities.open_season", season, actor=actor, now=now)
    return season


def cancel_season(season: Season, *, version: int | None = None, actor: Actor, now: datetime) -> None:
    """Nobody asks for hours of the season any more, and none are given out.

    Raises:
        Refused: its hours are given out already, or it is cancelled.
        Stale: somebody saved after *version*.
    """
    season.expect(version)
    _open(season)
    season.state = "cancelled"
    record("amenities.cancel_season", season, actor=actor, now=now)


def _open(season: Season) -> None:
    if season.state != "open":
        raise Refused([rules.SEASON_CLOSED.about(season=season.names)])


# Wishes


def wish(
    season: Season,
    park: Park,
    organisation: Organisation,
    *,
    weekday: int,
    at: time,
    minutes: int,
    court: str = "",
    people: int = 1,
    purpose: str = "",
    rank: int | None = None,
    actor: Actor,
    now: datetime,
) -> Wish:
    """The club asks for an hour of every week of the season. rank: 1 is what it wants most; None: after its others.

    court: a code; empty for any court with room for the people.
    Raises:
        Refused: with every objection.
    """
    _open(season)
    spaces = {space.code: space for space in queries.season_spaces(season.id)}
    kinds = queries.kinds([space.id for space in spaces.values()], season.starts_on)
    seats = {code: kinds.get(space.id, ("", None))[1] for code, space in spaces.items()}
    ranks = {one.rank for one in queries.wishes(season) if one.organisation_id == organisation.id}
    rank = rank or max(ranks, default=0) + 1
    hour = Hour(organisation.code, rank, weekday, at.hour * 60 + at.minute, minutes, court, people)
    days = len(rules.dates(season.starts_on, season.ends_on, weekday)) if 1 <= weekday <= 7 else 0
    against = rules.wish_against(hour, seats, str(season.names), days)
    if day_of(now, park.zone) > season.ask_until:
        against.append(rules.ASKED_LATE.about(season=season.names, until=season.ask_until))
    if rank in ranks:
        against.append(rules.RANK_TAKEN.about(rank=rank))
    if len(ranks) >= rules.MOST_WISHES:
        against.append(rules.TOO_MANY_WISHES.about(most=rules.MOST_WISHES))
    refuse(against)
    made = Wish(
        season_id=season.id,
        organisation_id=organisation.id,
        user_id=actor.user_id if organisation.id in actor.organisations(park.id) else None,
        rank=rank,
        weekday=weekday,
        from_minute=hour.first,
        minutes=minutes,
        space_id=spaces[court].id if court else None,
        people=people,
        purpose=purpose.strip(),
        state="asked",
    )
    db.session.add(made)
    db.session.flush()
    record("amenities.wish", season, actor=actor, now=now)
    return made


def withdraw_wish(wish: Wish, park: Park, *, actor: Actor, now: datetime) -> None:
    """The club does not ask for this hour any more, and its rank is free.

    Raises:
        Refused: the hours are given out, or the last day of asking is over.
    """
    season = wish.season
    _open(season)
    if day_of(now, park.zone) > season.ask_until:
        raise Refused([rules.ASKED_LATE.about(season=season.names, until=season.ask_until)])
    wish.state, wish.rank = "withdrawn", -wish.id
    record("amenities.withdraw_wish", season, actor=actor, now=now)


# Giving out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out when the season's hours are given out as things stand. seen: says in one word which outcome it is."""

    board: Board
    hours: tuple[Hour, ...]
    steps: tuple[Step, ...]
    document: dict[str, Any]

    @property
    def seen(self) -> str:
        """The SHA-256 of the document."""
        return sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()


def preview(season: Season, park: Park) -> Outcome:
    """Return what would come out now; nothing is changed."""
    board = queries.board(park, season)
    hours = tuple(queries.hour(one) for one in queries.wishes(season))
    steps = tuple(rules.allocate(hours, board.courts, season.seed))
    return Outcome(board, hours, steps, rules.document(hours, board.courts, steps, board.closed))


def allocate(season: Season, park: Park, *, seen: str | None = None, version: int | None = None, actor: Actor, now: datetime) -> Outcome:
    """Every club has the hours that the rules give it, as series of bookings, and reads why not the others: all of it, or nothing.

    seen: which outcome was looked at; another one is not done.
    Raises:
        Refused: it is too early, nobody asked, the outcome is another one, or something is in the way of a booking.
        Stale: somebody saved after *version*.
    """
    season.expect(version)
    _open(season)
    today = day_of(now, park.zone)
    if today <= season.ask_until:
        raise Refused([rules.STILL_ASKED.about(until=season.ask_until)])
    outcome = preview(season, park)
    if not outcome.hours:
        raise Refused([rules.NOBODY_ASKED.about(season=season.names)])
    if seen is not None and seen != outcome.seen:
        raise Refused([rules.OUTCOME_CHANGED])
    asked = {(one.organisation.code, one.rank): one for one in queries.wishes(season)}
    record("amenities.allocate", season, actor=actor, now=now)
    given = [(asked[step.organisation, step.rank], outcome.board.spaces[step.court]) for step in outcome.steps if step.court]
    for step in outcome.steps:
        one = asked[step.organisation, step.rank]
        one.state = "given" if step.court else "refused"
        one.reason = "" if step.court else json.dumps([reason.why for reason in step.reasons])
    made = _booked(season, park, given, outcome.board, actor=actor, now=now)
    for (one, space), set_id in zip(given, made, strict=True):
        one.given_space_id, one.given_space, one.set_id = space.id, space, set_id
    season.state, season.allocated_at, season.steps = "allocated", now, [outcome.document]
    return outcome


def _booked(
    season: Season, park: Park, given: Sequence[tuple[Wish, Space]], board: Board, *, actor: Actor, now: datetime
) -> list[int | None]:
    """Book each hour that was given on every open day of its weekday, and return the set of each."""
    plans: list[Planned] = []
    against: list[Objection] = []
    for one, space in given:
        slots = tuple(Slot(space.id, span, span.starts_at) for span in series(season, park, one, board))
        facts = booking_queries.facts(park, slots, one.organisation, actor=actor, user_id=one.user_id, now=now)
        lines = [booking_queries.line(slot, one.people, *facts[space.id], now) for slot in slots]
        against += bookings.against([replace(line, objections=_binding(line)) for line in lines])
        wanted = Wanted(
            slots,
            one.people,
            one.purpose or str(season.names),
            user_id=one.user_id,
            rrule=f"FREQ=WEEKLY;UNTIL={season.ends_on:%Y%m%d}T235959",
            starts_local=slots[0].span.starts_at.astimezone(park.zone).strftime("%Y-%m-%dT%H:%M"),
        )
        plans.append(Planned(one.organisation, wanted, [replace(line, answer=Answer.INSTANT) for line in lines]))
    refuse(against)
    waiver = Waiver(WAIVED, f"{season.code}: {season.names}")
    made = bookings.book_planned(park, plans, actor=actor, now=now, waiver=waiver)
    return [booked[0].set_id for booked in made]


def _binding(line: Line) -> tuple[Objection, ...]:
    """Return what is against a date of a series beside what is waived. The desk that is asked already looked what is in the way."""
    return tuple(objection for objection in line.objections if objection.code not in WAIVED)


def series(season: Season, park: Park, one: Wish, board: Board) -> list[Span]:
    """Return the hours of a wish on every day of the season that is not closed; a day on which the hour does not exist is left out."""
    spans = []
    for day in rules.dates(season.starts_on, season.ends_on, one.weekday):
        if day in board.closed:
            continue
        local = datetime.combine(day, time()) + timedelta(minutes=one.from_minute)
        try:
            starts_at = instant_of(local, park.zone, second=False)
            ends_at = instant_of(local + timedelta(minutes=one.minutes), park.zone, second=False)
        except Refused:
            continue
        spans.append(Span(starts_at, ends_at))
    return spans
