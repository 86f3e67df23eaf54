"""What a closure is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.bookings import rules
from parkmgr.bookings.closing import Chosen
from parkmgr.calendars.rules import instant_of
from parkmgr.errors import N_, Objection, Refused
from parkmgr.values import Span, Term
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, WallField, WholeField
from parkmgr.web.words import choices

DAYS_OR_HOURS = Objection("bookings.days_or_hours", N_("Give days, or hours from and to: one of the two."), "from_on")
DAYS_BACKWARDS = Objection("bookings.backwards", N_("The last day must not be before the first."), "until_on")


class ClosureFilter(FilterForm):
    """Which closures are listed."""

    since = DayField(_l("From"))
    until = DayField(_l("Until"))
    building = SelectField(_l("Building"), default="")
    kind = SelectField(_l("Kind"), choices=lambda: choices("closure_kind", blank=_("any")), default="")

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]


class CloseForm(Form):
    """Which spaces, when, why. seen: the mark of what was in the way when this was last looked at."""

    codes = LinesField(_l("Spaces"), longest=20_000)
    building = SelectField(_l("Or all of the building"), default="")
    level = WholeField(_l("Of it only the floor"), least=-20, most=200)
    bookable = BooleanField(_l("Of the building only what can be booked by the hour"))
    leave_out = BooleanField(_l("Leave out what is let or closed already"))
    kind = SelectField(_l("Kind"), choices=lambda: choices("closure_kind"))
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"))
    starts = WallField(_l("From the hour"))
    ends = WallField(_l("To the hour"))
    second = BooleanField(_l("Where the clocks show a time twice: the second"))
    reason = LineField(_l("Reason, shown to everybody"), [Needed()], longest=500)
    operator = SelectField(_l("Held by"), [Needed()])
    seen = HiddenField()

    def offer(self, buildings: Sequence[SelectChoice], operators: Sequence[SelectChoice]) -> None:
        """The buildings and the organisations that can be chosen."""
        self.building.choices = [SelectChoice("", _("none")), *buildings]
        self.operator.choices = [SelectChoice("", "—"), *operators]

    def chosen(self) -> Chosen:
        """Return which spaces are meant."""
        codes = tuple(dict.fromkeys((self.codes.data or "").replace(",", " ").replace(";", " ").split()))
        return Chosen(codes, self.building.data or "", self.level.data, bool(self.bookable.data))

    def when(self, zone: ZoneInfo) -> tuple[Span, Term | None]:
        """Return the instants, and the days when it is whole days.

        Raises:
            Refused: neither or both are given, they run backwards, or a time does not exist on the day.
        """
        days, hours = self.from_on.data, (self.starts.data, self.ends.data)
        if (days is None) == (hours == (None, None)) or (days is None and self.until_on.data is not None):
            raise Refused([DAYS_OR_HOURS])
        if days is not None:
            if self.until_on.data is not None and self.until_on.data < days:
                raise Refused([DAYS_BACKWARDS])
            term = Term(days, self.until_on.data)
            return term.span(zone), term
        starts_at, ends_at = self._instant("starts", zone), self._instant("ends", zone)
        if starts_at >= ends_at:
            raise Refused([rules.BACKWARDS.at("ends")])
        return Span(starts_at, ends_at), None

    def _instant(self, name: str, zone: ZoneInfo) -> datetime:
        wall = self[name].data
        if wall is None:
            raise Refused([DAYS_OR_HOURS.at(name)])
        try:
            return instant_of(wall, zone, second=True if self.second.data else None)
        except Refused as refused:
            raise Refused([objection.at(name) for objection in refused.objections]) from refused


def changes_clocks(zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether the clocks of a zone are put forward and back in the course of a year."""
    return len({(now + timedelta(days=30 * month)).astimezone(zone).utcoffset() for month in range(13)}) > 1


class LiftForm(Form):
    """Why a closure ends before its time."""

    reason = LinesField(_l("Reason"), [Needed()], longest=500)


def _downtimes() -> list[SelectChoice]:
    return [choice for choice in choices("closure_kind") if choice.value in ("breakdown", "maintenance")]


class StopForm(Form):
    """Why an instrument is down, and from when to when. seen: the mark of what was in the way when this was last looked at."""

    kind = SelectField(_l("Kind"), choices=_downtimes)
    starts = WallField(_l("From"))
    ends = WallField(_l("Until"))
    second = BooleanField(_l("Where the clocks show a time twice: the second"))
    reason = LineField(_l("Reason, shown to everybody"), [Needed()], longest=500)
    seen = HiddenField()

    def begin_at(self, local: datetime) -> None:
        """An empty start is this minute, and stays it while the sessions are decided."""
        if self.starts.data is None and not self.starts.errors:
            self.starts.data, self.starts.raw_data = local.replace(tzinfo=None, second=0, microsecond=0), None

    def times(self, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime | None]:
        """Return from when until when; an empty start is now, an empty end nobody knows.

        Raises:
            Refused: a time does not exist on its day.
        """
        starts_at, against = now, []
        ends_at: datetime | None = None
        second = True if self.second.data else None
        for name in ("starts", "ends"):
            if self[name].data is None:
                continue
            try:
                found = instant_of(self[name].data, zone, second=second)
            except Refused as refused:
                against += [objection.at(name) for objection in refused.objections]
                continue
            starts_at, ends_at = (found, ends_at) if name == "starts" else (starts_at, found)
        if against:
            raise Refused(against)
        return starts_at, ends_at


class RestoreForm(Form):
    """How what was down works again."""

    state = SelectField(
        _l("It is now"),
        choices=lambda: [choice for choice in choices("equipment_state") if choice.value in ("operational", "restricted")],
    )
    reason = LineField(_l("What was done"), [Needed()], longest=200)
