"""The page that books: what would be booked date by date, what the rules say of it, what else would do, and the deed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from parkmgr import clock
from parkmgr.accounts.models import User
from parkmgr.bookings import actions, finding, queries, rules
from parkmgr.bookings.actions import Waiver, Wanted
from parkmgr.bookings.find_forms import Asked, BookForm, organisation_of
from parkmgr.bookings.find_views import clock_line, second_clock, wall
from parkmgr.bookings.finding import Asking, Candidate, Need
from parkmgr.bookings.models import Booking
from parkmgr.bookings.queries import Crew, Line, Slot
from parkmgr.bookings.rules import Answer, State
from parkmgr.bookings.views import bp
from parkmgr.calendars.recurrence import Occurrence, describe, parse
from parkmgr.calendars.rules import SKIPPED, bad_year, instant_of
from parkmgr.db import transaction
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.labs.rules import NO_SUCH_PERSON
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as looks
from parkmgr.people import queries as known_people
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.views import here
from parkmgr.policy import Actor
from parkmgr.values import Money, Span, day_of, midnight, totals
from parkmgr.web.door import me
from parkmgr.web.formats import language
from parkmgr.web.page import page

NO_SPACE = Objection("bookings.no_space", N_("Say which space."), "space")
UNKNOWN_SPACE = Objection("bookings.unknown_space", N_("The park has no space %(code)s."), "space")
SAY_FOR_WHOM = Objection("bookings.say_for_whom", N_("Say for which organisation."), "organisation")
UNKNOWN_ORGANISATION = Objection(
    "bookings.unknown_organisation", N_("You cannot book for “%(text)s”; give the code of an organisation."), "organisation"
)
NOT_A_TIME = Objection("bookings.not_a_time", N_("Say when instead: a day and a time."))
SAY_WHICH = Objection("bookings.say_which", N_("This hour exists twice on this day: say whether the first or the second is meant."))
DATES_LEFT = Objection(
    "bookings.dates_left", N_("%(count)s of the dates below cannot be booked as they are: skip them, move them, or take another room.")
)
OTHER_ROOMS = 5
MOST_ADVISED = 60
"""Dates for which something else is proposed."""


# What is asked for, date by date


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants of one date. what: keep, skip, first, second, own (at the wall time `at`), at (an instant), room (its code)."""

    what: str = ""
    value: str = ""
    at: str = ""

    @property
    def text(self) -> str:
        """As the form says it."""
        return f"{self.what}:{self.value}" if self.value else self.what


@dataclass(frozen=True, slots=True)
class Row:
    """One space on one date, as the rule has it and as it was chosen. slot None: it is not booked. trouble: what must be said first."""

    key: str
    space: Space
    occurrence: Occurrence
    span: Span
    choice: Choice
    slot: Slot | None
    trouble: tuple[Objection, ...] = ()
    line: Line | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def against(self) -> tuple[Objection, ...]:
        """Everything that is against it."""
        return (*self.trouble, *(self.line.objections if self.line else ()))

    @property
    def is_moved(self) -> bool:
        """Whether it is elsewhere or at another time than the rule has it."""
        return self.slot is not None and (self.slot.space_id, self.slot.span) != (self.space.id, self.span)


@dataclass(frozen=True, slots=True)
class Review:
    """What would be booked, for whom."""

    park: Park
    organisation: Organisation | None
    asked: Asked
    rows: tuple[Row, ...]
    spaces: Mapping[str, Space] = field(default_factory=dict)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """What is to be booked."""
        return tuple(row.slot for row in self.rows if row.slot is not None)

    @property
    def several(self) -> bool:
        """Whether it is looked at date by date."""
        return len(self.rows) > 1 or bool(self.asked.rrule)


def _choice(key: str) -> Choice:
    what, _colon, value = request.values.get(f"do.{key}", "").partition(":")
    return Choice(what, value[:80], request.values.get(f"at.{key}", "")[:40])


def _row(park: Park, space: Space, occurrence: Occurrence, ends_at: datetime, spaces: Mapping[str, Space], *, series: bool) -> Row:
    span = Span(occurrence.starts_at, ends_at)
    key = f"{occurrence.local:%Y%m%dT%H%M}.{space.code}"
    choice = _choice(key)
    recurs_at = occurrence.starts_at if series else None
    trouble: list[Objection] = []
    slot: Slot | None = Slot(space.id, span, recurs_at)
    if choice.what == "skip" or (occurrence.trouble == "skipped" and choice.what in ("", "keep")):
        choice, slot = replace(choice, what="skip"), None
        trouble = [_skipped(occurrence, park)] if occurrence.trouble == "skipped" else []
        return Row(key, space, occurrence, span, choice, None, tuple(trouble))
    if choice.what in ("first", "second") and occurrence.trouble == "twice":
        at = instant_of(occurrence.local, park.zone, second=choice.what == "second")
        slot = Slot(space.id, Span(at, at + span.length), recurs_at)
    elif choice.what in ("own", "at"):
        moved = _moved(choice, span, park)
        slot = Slot(space.id, moved, recurs_at) if moved else None
        trouble = [] if moved else [NOT_A_TIME]
    elif choice.what == "room":
        other = spaces.get(choice.value)
        slot = Slot(other.id, span, recurs_at) if other else None
        trouble = [] if other else [UNKNOWN_SPACE.about(code=choice.value)]
    elif occurrence.trouble == "twice":
        trouble = [SAY_WHICH]
    return Row(key, space, occurrence, span, choice, slot, tuple(trouble))


def _skipped(occurrence: Occurrence, park: Park) -> Objection:
    try:
        instant_of(occurrence.local, park.zone)
    except Refused as refused:
        return refused.objections[0]
    return SKIPPED


def _moved(choice: Choice, span: Span, park: Park) -> Span | None:
    try:
        if choice.what == "at":
            start = datetime.fromisoformat(choice.value).astimezone(UTC)
            refuse(bad_year(start))
        else:
            start = instant_of(datetime.fromisoformat(choice.at).replace(tzinfo=None, second=0, microsecond=0), park.zone, second=False)
        return Span(start, start + span.length)
    except (ValueError, OverflowError, Refused):
        return None


def _asked_for(form: BookForm, park: Park, actor: Actor) -> Review:
    """Return what the form asks for.

    Raises:
        Refused: with what cannot be understood of it.
    """
    if form.space.errors:
        raise Refused([])
    against: list[Objection] = []
    codes = form.space.codes()
    chosen = {_choice(name.removeprefix("do.")).value for name in request.values if name.startswith("do.")}
    spaces = places.spaces_by_code(park.id, {*codes, *(code for code in chosen if code.isprintable())} - {""})
    if not codes:
        against.append(NO_SPACE)
    against += [UNKNOWN_SPACE.about(code=code) for code in codes if code not in spaces]
    try:
        asked = form.when(park.zone)
    except Refused as refused:
        raise Refused([*against, *refused.objections]) from None
    if len(asked.dates) * len(codes) > rules.MAKE_LATEST:
        against.append(rules.TOO_MANY_DATES.about(most=rules.MAKE_LATEST, dates=len(asked.dates) * len(codes)))
    if against:
        raise Refused(against)
    listed = queries.organisations_to_book_for(park.id, actor)
    organisation = organisation_of(form.organisation.data, listed)
    if organisation is None and not form.organisation.data:
        own = actor.organisations(park.id)
        organisation = next((one for one in listed if one.id in own), None)
    rows = tuple(
        _row(park, spaces[code], occurrence, ends_at, spaces, series=bool(asked.rrule))
        for occurrence, ends_at in asked.dates
        for code in codes
    )
    return Review(park, organisation, asked, rows, spaces)


# What the rules say, and what else would do


def _judged(review: Review, form: BookForm, people: int, actor: Actor, now: datetime) -> Review:
    """Return the review with what the rules say of each row, and what else would do where they are against it."""
    if review.organisation is None or not review.slots:
        return review
    user_id, _guest = _whose(form, review.park, review.organisation, actor, now)
    crew = _crew(form, review.park)
    lines = iter(queries.plan(review.park, review.slots, review.organisation, people, actor=actor, user_id=user_id, now=now, crew=crew))
    rows = [replace(row, line=next(lines)) if row.slot is not None else row for row in review.rows]
    return replace(review, rows=tuple(_advised(replace(review, rows=tuple(rows)), people, crew, actor, now)))


def _crew(form: BookForm, park: Park) -> Crew:
    """Return who works there, and the second person, as the form names them.

    Raises:
        Refused: a number is nobody's.
    """
    said = {name: (form[name].data or "").partition(" · ")[0].strip().upper() for name in ("person", "buddy")}
    known = known_people.by_numbers(park.id, [number for number in said.values() if number])
    refuse([NO_SUCH_PERSON.about(person=number).at(name) for name, number in said.items() if number and number not in known])
    ids = {name: known[number].id if number else None for name, number in said.items()}
    return Crew(ids["person"], ids["buddy"])


def _advised(review: Review, people: int, crew: Crew, actor: Actor, now: datetime) -> list[Row]:
    wrong = [row for row in review.rows if row.line is not None and row.against][:MOST_ADVISED]
    options: dict[str, list[tuple[str, str]]] = {row.key: _times(row, review, now) for row in wrong}
    if wrong and review.organisation is not None:
        need = Need(tuple(row.span for row in wrong), people=people)
        book = queries.rule_book(review.park.id)
        asking = finding.asking(review.park, review.organisation, need, book, actor=actor, now=now)
        found = finding.candidates(review.park, need, book)
        asking = finding.with_labs(asking, found, review.park, actor, crew)
        for number, row in enumerate(wrong):
            options[row.key] += [
                (f"room:{other.code}", _("%(room)s instead, then", room=other.code))
                for other in _others(number, row, found, people, asking)
            ]
    return [replace(row, options=_with_chosen(row, review, options.get(row.key, []))) for row in review.rows]


def _with_chosen(row: Row, review: Review, proposed: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen for a row: what was chosen is always among it."""
    listed = [("keep", _("book it"))]
    if row.occurrence.trouble == "twice":
        listed = [("keep", _("which of the two?")), ("first", _("the first of the two")), ("second", _("the second of the two"))]
    if row.occurrence.trouble == "skipped":
        listed = []
    listed += [("skip", _("skip it")), *proposed, ("own", _("at another time:"))]
    chosen = row.choice.text
    if chosen and chosen not in {value for value, _label in listed} and row.slot is not None:
        room = _("%(room)s instead, then", room=row.choice.value)
        listed.append((chosen, room if row.choice.what == "room" else clock_line(row.slot.span, review.park.zone)))
    return tuple(listed)


def _times(row: Row, review: Review, now: datetime) -> list[tuple[str, str]]:
    """Return when on the day, or in the day after, the space would do."""
    if row.line is None or row.line.conditions is None:
        return []
    zone, length = review.park.zone, row.span.length
    known_from = min(slot.span.starts_at for slot in review.slots)
    morning = max(now, known_from, midnight(day_of(row.span.starts_at, zone), zone))
    found = []
    for after in (morning, row.span.starts_at):
        at = rules.next_fit(length, row.line.facts, after, now, until=row.span.ends_at + timedelta(days=1))
        if at is not None and at != row.span.starts_at and at not in found:
            found.append(at)
    return [(f"at:{at.astimezone(UTC):%Y-%m-%dT%H:%M}+00:00", clock_line(Span(at, at + length), zone)) for at in found]


def _others(number: int, row: Row, found: Sequence[Candidate], people: int, asking: Asking) -> list[Candidate]:
    """Return the spaces of the same kind that can be booked instead, the smallest first."""
    own = next((one for one in found if one.space_id == row.space.id), None)
    fitting = []
    for one in sorted(found, key=lambda candidate: (candidate.capacity or 0, candidate.code)):
        if own is None or not own.is_like(one) or one.space_id == row.space.id or number in one.taken or (one.capacity or people) < people:
            continue
        if asking.answer(one.conditions) is not Answer.CLOSED and not rules.objections(row.span, people, asking.facts(one), asking.now):
            fitting.append(one)
        if len(fitting) == OTHER_ROOMS:
            break
    return fitting


# What the page says


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules of one space mean for this booking."""

    space: Space
    answer: Answer
    line: Line
    decide_by: datetime | None
    cancel_until: datetime
    release_at: datetime | None
    price: Money | None
    when: str
    other_clock: str


def _terms(review: Review, actor: Actor, now: datetime) -> list[Terms]:
    """Return what is said once for each space."""
    listed: dict[int, Terms] = {}
    for row in review.rows:
        line = row.line
        if line is None or line.conditions is None or line.slot.space_id in listed:
            continue
        instant = actions.is_instant(line, review.park, actor)
        under, span = line.conditions, line.slot.span
        answer = Answer.CLOSED if line.answer is Answer.CLOSED and not instant else Answer.INSTANT if instant else Answer.APPROVAL
        listed[line.slot.space_id] = Terms(
            line.space,
            answer,
            line,
            None if answer is Answer.INSTANT else rules.decide_by(under, span, now),
            span.starts_at - under.cancel_before,
            None if under.release is None else span.starts_at + under.release,
            line.price,
            clock_line(span, review.park.zone),
            second_clock(span, review.park, review.organisation),
        )
    return list(listed.values())


def _total(review: Review) -> list[Money]:
    return list(totals(row.line.price for row in review.rows if row.line is not None and row.line.price is not None).values())


def _elsewhere(review: Review, form: BookForm, people: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return, for a single date that is refused, when and where it would pass: links to other reviews."""
    row = review.rows[0]
    if review.several or row.line is None or not row.against or row.slot is None:
        return {}
    park, span = review.park, row.slot.span
    given = form.given()

    def link(space: str, when: dict[str, Any]) -> str:
        return url_for("bookings.book", park=park.code, space=space, **{**given, **when})

    taken = finding.held([row.slot.space_id], Span(span.starts_at, span.ends_at + finding.AHEAD + timedelta(days=1)), park, actor)
    facts = replace(row.line.facts, held=taken[row.slot.space_id])
    at = rules.next_fit(span.length, facts, max(span.starts_at, now), now, until=span.starts_at + finding.AHEAD)
    passes = at is not None and at != span.starts_at and not rules.objections(Span(at, at + span.length), people, facts, now)
    other_time = None
    if at is not None and passes:
        moved = Span(at, at + span.length)
        when = {**wall(moved.starts_at, park.zone, "from"), **wall(moved.ends_at, park.zone, "to"), "for": None}
        other_time = (clock_line(moved, park.zone), link(row.space.code, when))
    rooms = [value.partition(":")[2] for value, _label in row.options if value.startswith("room:")]
    waits = {objection.code for objection in row.against} == {rules.TAKEN.code} and actor.may("bookings.join", park.id)
    when = {**wall(span.starts_at, park.zone, "from"), **wall(span.ends_at, park.zone, "to")}
    more: dict[str, Any] = {**when, "people": people, "organisation": review.organisation.code if review.organisation else None}
    return {
        "other_time": other_time,
        "other_rooms": [(code, link(code, {})) for code in rooms],
        "join_href": url_for("bookings.join", park=park.code, space=row.space.code, **more) if waits else "",
        "find_href": url_for("bookings.find", park=park.code, **given),
    }


def _whose(form: BookForm, park: Park, organisation: Organisation, actor: Actor, now: datetime) -> tuple[int | None, str]:
    """Return whose booking it will be (a user's id), and the guest it is for: a colleague's address makes it the colleague's."""
    said = form.guest.data or ""
    address = next((word.strip("<>(),;") for word in said.split() if "@" in word), "")
    colleague = queries.colleague(park.id, organisation.id, address, day_of(now, park.zone)) if address else None
    return (actor.user_id, said) if colleague is None else (colleague.id, "")


# The deed


def _waiver(form: BookForm) -> Waiver:
    codes = frozenset(code[:60] for code in request.form.getlist("waive"))
    return Waiver(codes, form.reason.data or "") if codes else actions.NO_WAIVER


def _confirm(form: BookForm, park: str) -> list[Booking]:
    """What the form asks for is booked. Refused as actions.book; also when something must be said first."""
    actor, now = me(), clock.now()
    review = _asked_for(form, here(park), actor)
    if review.organisation is None:
        raise Refused([UNKNOWN_ORGANISATION.about(text=form.organisation.data) if form.organisation.data else SAY_FOR_WHOM])
    unsaid = [row for row in review.rows if row.trouble and row.choice.what != "skip"]
    if unsaid:
        raise Refused([DATES_LEFT.about(count=len(unsaid))] if review.several else [each for row in unsaid for each in row.trouble])
    user_id, guest = _whose(form, review.park, review.organisation, actor, now)
    wanted = Wanted(
        review.slots,
        people=form.people.data or 1,
        purpose=form.purpose.data or "",
        guest=guest,
        user_id=user_id,
        key=form.key.data or None,
        rrule=review.asked.rrule,
        starts_local=f"{review.asked.starts_local:%Y-%m-%dT%H:%M}" if review.asked.rrule else "",
        crew=_crew(form, review.park),
    )
    return actions.book(review.park, review.organisation, wanted, actor=actor, now=now, waiver=_waiver(form))


def _booked(form: BookForm, park: str) -> ResponseReturnValue | None:
    """Return the way to what was booked; None when it was refused, and the form says why."""
    try:
        with transaction():
            made = queries.of_key(form.key.data) if form.key.data else []
            again = bool(made) and made[0].made_by_id == me().user_id
            bookings = made if again else _confirm(form, park)
            said, number = _said(bookings, again=again), bookings[0].number
    except Refused as refused:
        dates = [objection for objection in refused.objections if objection.field == "dates"]
        rest = [objection for objection in refused.objections if objection.field != "dates"]
        count = len({str(objection.facts.get("date")) for objection in dates})
        form.show(Refused([*rest, *([DATES_LEFT.about(count=count)] if dates else [])]))
        return None
    flash(said)
    return redirect(url_for("bookings.show", park=park, number=number), 303)


def _said(bookings: Sequence[Booking], *, again: bool) -> str:
    first = bookings[0]
    if again:
        return str(_("This was sent before: it is %(number)s, and nothing was booked twice.", number=first.number))
    waiting = any(booking.state == State.REQUESTED for booking in bookings)
    if len(bookings) == 1:
        text = _("Asked for as %(number)s; the park decides.", number=first.number)
        return str(text if waiting else _("Booked as %(number)s.", number=first.number))
    number = first.set.number if first.set else first.number
    text = ngettext(
        "%(num)s date asked for as %(number)s; the park decides.",
        "%(num)s dates asked for as %(number)s; the park decides.",
        len(bookings),
        number=number,
    )
    return str(
        text
        if waiting
        else ngettext("%(num)s date booked as %(number)s.", "%(num)s dates booked as %(number)s.", len(bookings), number=number)
    )


# The page


def _form(park: Park) -> BookForm:
    if request.method == "POST":
        return BookForm()
    form = BookForm(formdata=request.args, meta={"csrf": False})
    form.key.data = secrets.token_urlsafe(24)
    form.key.raw_data = None
    form.people.data = form.people.data or 1
    form.validate()
    if _no_time():
        form.starts_at.data, form.starts_at.raw_data = finding.proposed_start(park, clock.now()), None
    return form


def _no_time() -> bool:
    """Tell whether the page was opened for a space alone: then a time is proposed."""
    return request.method == "GET" and not {"from", "to"} & set(request.args)


@bp.route("/parks/<park>/book", methods=["GET", "POST"])
def book(park: str) -> ResponseReturnValue:
    """Book spaces: look at it date by date, then confirm. All of it is booked, or nothing."""
    form = _form(here(park))
    in_labs = finding.are_in_labs(here(park).id, form.space.codes(), clock.now())
    if in_labs:
        with transaction():
            looks.note(here(park), "people.people", actor=me(), now=clock.now())  # the page names who may work there
    if form.sent() and request.form.get("do") == "confirm":
        done = _booked(form, park)
        if done is not None:
            return done
    return _page(form, here(park), in_labs=in_labs)


def _colleagues(review: Review, actor: Actor, now: datetime) -> list[User]:
    """Return who else of the organisation may have the booking."""
    if review.organisation is None:
        return []
    found = queries.colleagues(review.park.id, [review.organisation.id], day_of(now, review.park.zone))
    return [user for user in found if user.id != actor.user_id]


def _page(form: BookForm, park: Park, *, in_labs: bool) -> ResponseReturnValue:
    actor, now = me(), clock.now()
    shown: dict[str, Any] = {"park": park, "organisations": queries.organisations_to_book_for(park.id, actor), "in_labs": in_labs}
    people = form.people.data or 1
    try:
        review = _judged(_asked_for(form, park, actor), form, people, actor, now)
    except Refused as refused:
        said = {text for _field, text in form.said}
        if not said:
            form.show(refused)
        return page("bookings/book.html", form=form, review=None, problems=[text for _field, text in form.said], **shown)
    form.ends_at.data, form.ends_at.raw_data = review.asked.ends_local, None
    wrong = [row for row in review.rows if row.against and row.choice.what != "skip"]
    desks = {row.line.facts.desk for row in review.rows if row.line is not None}
    waivable = {objection.code: objection for row in wrong for objection in row.against if objection.waiver}
    return page(
        "bookings/book.html",
        form=form,
        review=review,
        problems=[text for _field, text in form.said] if request.method == "GET" else [],
        terms=_terms(review, actor, now),
        total=_total(review),
        wrong=wrong,
        waivable=list(waivable.values()) if queries.decides(actor, park.id, desks) else [],
        crew=known_people.named_of(park.id, review.organisation.id, actor) if in_labs and review.organisation else [],
        waived=set(request.form.getlist("waive")),
        series=describe(parse(review.asked.rrule, park.zone), review.asked.starts_local, language()) if review.asked.rrule else "",
        other_clock=second_clock(review.asked.spans[0], park, review.organisation),
        booked=len(review.slots),
        proposed=_no_time(),
        when=lambda span: clock_line(span, park.zone),
        colleagues=_colleagues(review, actor, now),
        **shown,
        **_elsewhere(review, form, people, actor, now),
    )
