"""Browser text into what is asked of bookings: times as the park's clock shows them, reasons, and which dates of a series."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)

from parkmgr.bookings.actions import Waiver
from parkmgr.bookings.rules import BACKWARDS
from parkmgr.calendars.rules import instant_of
from parkmgr.errors import Objection, Refused
from parkmgr.values import Span
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, WallField, WholeField
from parkmgr.web.words import choices

SHOWN = 12
"""Sentences of one kind beside the box that waives them."""


def _states() -> list[SelectChoice]:
    return [SelectChoice("", _("any")), SelectChoice("live", _("still open")), *choices("booking_state")]


class BookingFilter(FilterForm):
    """Which bookings a list shows."""

    q = LineField(_l("Search"))
    state = SelectField(_l("State"), choices=_states, default="")
    since = DayField(_l("From"))
    until = DayField(_l("Until"))
    building = SelectField(_l("Building"), choices=[], validate_choice=False)
    space = LineField(_l("Space"), longest=40)
    organisation = LineField(_l("Organisation"), longest=40)
    mine = BooleanField(_l("Only mine"))


def _which() -> list[SelectChoice]:
    return [SelectChoice("", _("which of the two?")), SelectChoice("first", _("the first")), SelectChoice("second", _("the second"))]


def second(which: str | None) -> bool | None:
    """Return what a select says about a wall time that exists twice."""
    return {"first": False, "second": True}.get(which or "")


def instant(local: datetime | None, zone: ZoneInfo, which: str | None, field: str) -> tuple[datetime | None, list[Objection]]:
    """Return the instant of a wall time, or what is against it, at its field."""
    if local is None:
        return None, []
    try:
        return instant_of(local, zone, second=second(which)), []
    except Refused as refused:
        return None, [objection.at(field) for objection in refused.objections]


class SmallForm(Form):
    """A deed that asks for nothing but to be meant."""


class TogetherForm(Form):
    """A decision. together: about all requests that were made with this one."""

    together = BooleanField(_l("All dates and rooms of this request that still wait"))


class ApproveForm(TogetherForm):
    """An approval. others: the requests for the same time are rejected with it."""

    reason = LinesField(_l("A word to who asked"), longest=1000)
    others = BooleanField(_l("Reject the other requests for this time"))


class RejectForm(TogetherForm):
    """A rejection with its reason."""

    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class AskForm(Form):
    """A question to who asked."""

    question = LinesField(_l("Question"), [Needed()], longest=1000)


class ReplyForm(Form):
    """The answer to it."""

    reply = LinesField(_l("Answer"), [Needed()], longest=1000)


class TransferForm(Form):
    """To whom a booking passes."""

    email = LineField(_l("E-mail of a colleague"), [Needed()])


def _scopes() -> list[SelectChoice]:
    return [
        SelectChoice("this", _("only this date")),
        SelectChoice("following", _("this and the following dates")),
        SelectChoice("all", _("all dates that are still to come")),
    ]


class ScopeForm(Form):
    """Which dates of a series are meant."""

    scope = SelectField(_l("Which dates"), choices=_scopes, default="this")


class CancelForm(ScopeForm):
    """Why something is cancelled."""

    reason = LinesField(_l("Reason"), longest=1000)


class WaiveForm(Form):
    """A deed that rules may be against; who decides may waive them with a reason.

    waivable: after a refusal, what may be waived: code -> sentences.
    """

    waive = SelectMultipleField(_l("Waive"), choices=[], validate_choice=False)
    reason = LineField(_l("Reason for waiving"), longest=1000)
    waivable: dict[str, list[Objection]]

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)
        self.waivable = {}

    def show(self, refused: Refused) -> None:
        """Also keep what may be waived."""
        super().show(refused)
        for objection in refused.objections:
            if objection.waiver:
                self.waivable.setdefault(objection.code, []).append(objection)

    def waiver(self) -> Waiver:
        """What is waived, and why."""
        codes = frozenset(code[:60] for code in (self.waive.data or [])[:20])
        return Waiver(codes, self.reason.data or "")


class ExtendForm(WaiveForm):
    """Until when a booking goes on."""

    ends_at = WallField(_l("New end"), [Needed()])
    ends_which = SelectField(_l("This hour exists twice:"), choices=_which, default="")

    def until(self, zone: ZoneInfo) -> datetime:
        """The new end.

        Raises:
            Refused: no such time.
        """
        found, against = instant(self.ends_at.data, zone, self.ends_which.data, "ends_at")
        if found is None:
            raise Refused(against)
        return found


class ChangeForm(WaiveForm, ScopeForm):
    """Where, when, for how many and what for."""

    space = LineField(_l("Space"), [Needed()], longest=40)
    starts_at = WallField(_l("From"), [Needed()])
    starts_which = SelectField(_l("This hour exists twice:"), choices=_which, default="")
    ends_at = WallField(_l("To"), [Needed()])
    ends_which = SelectField(_l("This hour exists twice:"), choices=_which, default="")
    people = WholeField(_l("People"), [Needed()], least=1, most=10_000)
    purpose = LineField(_l("Purpose"))
    guest = LineField(_l("For a colleague or guest"))

    def span(self, zone: ZoneInfo) -> Span:
        """The new time of the date that the form shows.

        Raises:
            Refused: no such time, or it ends before it starts.
        """
        return span_of(self, zone)


class JoinForm(Form):
    """For what somebody waits."""

    key = HiddenField(default=lambda: secrets.token_urlsafe(16))
    space = LineField(_l("Space"), [Needed()], longest=40)
    starts_at = WallField(_l("From"), [Needed()])
    starts_which = SelectField(_l("This hour exists twice:"), choices=_which, default="")
    ends_at = WallField(_l("To"), [Needed()])
    ends_which = SelectField(_l("This hour exists twice:"), choices=_which, default="")
    people = WholeField(_l("People"), [Needed()], least=1, most=10_000, default=1)
    purpose = LineField(_l("Purpose"))
    organisation = SelectField(_l("Organisation"), choices=[], validate_choice=False)

    def span(self, zone: ZoneInfo) -> Span:
        """What is waited for.

        Raises:
            Refused: no such time, or it ends before it starts.
        """
        return span_of(self, zone)


def span_of(form: ChangeForm | JoinForm, zone: ZoneInfo) -> Span:
    """Return the instants that two wall times are.

    Raises:
        Refused: with what is against either, at its field.
    """
    starts_at, against = instant(form.starts_at.data, zone, form.starts_which.data, "starts_at")
    ends_at, against_end = instant(form.ends_at.data, zone, form.ends_which.data, "ends_at")
    if starts_at is None or ends_at is None:
        raise Refused([*against, *against_end])
    if ends_at <= starts_at:
        raise Refused([BACKWARDS])
    return Span(starts_at, ends_at)
