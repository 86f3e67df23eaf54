"""Browser text into visits, their programmes and members."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms import Form as PlainForm

from parkmgr.cooperation.delegation_rules import Asked, Wishes
from parkmgr.cooperation.models import Delegation, DelegationItem
from parkmgr.places.views import given
from parkmgr.web.forms import (
    ClockField,
    DayField,
    FilterForm,
    Form,
    LineField,
    LinesField,
    NamesMixin,
    Needed,
    NumberField,
    WallField,
    WholeField,
)
from parkmgr.web.words import choices

MORE_LINES = 3
"""Empty lines at the end of a programme's form."""
OUTCOMES = 3


class AskForm(NamesMixin, Form):
    """A visit, and what its programme is to have. key: so that a double click asks once. sure: the programme was seen."""

    guest = LineField(_l("Who comes (code of the organisation)"), [Needed()], longest=40)
    host = LineField(_l("Who receives them (code of the organisation)"), longest=40)
    agreement = SelectField(_l("Under the agreement"), choices=[], validate_choice=False, default="")
    arrives_on = DayField(_l("They arrive on"), [Needed()])
    leaves_on = DayField(_l("They leave on"), [Needed()])
    people = WholeField(_l("How many people come"), [Needed()], most=10_000)
    language = SelectField(_l("Language of the guests"), choices=lambda: choices("language"), default="ru")
    host_language = SelectField(_l("Language of the hosts"), choices=lambda: choices("language"), default="zh")
    meeting_from = ClockField(_l("Meeting room each day, from"))
    meeting_until = ClockField(_l("Meeting room each day, until"))
    office_people = WholeField(_l("Places in an office"), most=1000)
    labs = SelectMultipleField(_l("Tours of laboratories"), choices=[], validate_choice=False)
    homes = BooleanField(_l("Guest flats for all nights"))
    interpreter = BooleanField(_l("An interpreter"))
    transport = BooleanField(_l("A car on arrival and departure"))
    needs = LinesField(_l("What else they need"), longest=2000)
    key = HiddenField()
    sure = HiddenField()

    @staticmethod
    def new_key() -> str:
        """Return a key that nobody has."""
        return secrets.token_urlsafe(16)

    def asked(self, agreement: str, parties: Sequence[str] | None) -> Asked:
        """Return the visit, once the form was found well formed."""
        return Asked(
            self.names(),
            (self.guest.data or "").strip(),
            (self.host.data or "").strip(),
            given(self.arrives_on.data),
            given(self.leaves_on.data),
            given(self.people.data),
            self.language.data,
            self.host_language.data,
            self.needs.data or "",
            agreement,
            frozenset(parties) if parties is not None else None,
        )

    def wishes(self) -> Wishes:
        """Return what the programme is to have."""
        first: time | None = self.meeting_from.data
        last: time | None = self.meeting_until.data
        meeting = (first, last or time(min(23, first.hour + 2), first.minute)) if first else None
        return Wishes(
            meeting,
            self.office_people.data or 0,
            tuple(self.labs.data or ()),
            bool(self.homes.data),
            bool(self.interpreter.data),
            bool(self.transport.data),
        )


class LineForm(PlainForm):
    """A line of a programme."""

    kind = SelectField(_l("What"), choices=lambda: choices("programme_item", blank=_("(no line)")), default="")
    starts_at = WallField(_l("From"))
    ends_at = WallField(_l("Until"))
    people = WholeField(_l("People"), most=10_000)
    space = LineField(_l("Space (code)"), longest=60)
    title = LineField(_l("Title"))
    provider = LineField(_l("Who does it"))


class ProgrammeForm(Form):
    """The lines of a programme."""

    items = FieldList(FormField(LineForm), _l("Programme of the visit"), max_entries=250)

    @staticmethod
    def of(delegation: Delegation, rows: Sequence[DelegationItem], zone: ZoneInfo) -> dict[str, Any]:
        """Return what the form begins with: the lines, and some empty ones."""

        def wall(at: datetime) -> datetime:
            return at.astimezone(zone).replace(tzinfo=None)

        lines: list[dict[str, Any]] = [
            {
                "kind": row.kind,
                "starts_at": wall(row.starts_at),
                "ends_at": wall(row.ends_at),
                "people": row.people,
                "space": row.space.code if row.space else "",
                "title": row.title,
                "provider": row.provider,
            }
            for row in rows
        ]
        return {"items": lines + [{"kind": ""}] * MORE_LINES, "version": delegation.version}

    def lines(self) -> list[LineForm]:
        """Return the lines that say what they are."""
        return [row.form for row in self.items if row.form.kind.data]


class ApproveForm(Form):
    """What is agreed on the flats, and why rules that may be waived are."""

    rent = NumberField(_l("Rent of each flat a month (empty: none)"))
    waiver = LineField(_l("Why rules that may be waived are waived"))


class WhyForm(Form):
    """Why."""

    reason = LinesField(_l("Reason"), longest=1000)


class SureForm(Form):
    """Nothing is asked."""


class MemberForm(Form):
    """Somebody of the delegation."""

    name = LineField(_l("Name, as in the passport"))
    position = LineField(_l("Position"))
    citizenship = LineField(_l("Citizenship (two letters)"), longest=2)
    passport = LineField(_l("Passport number"), longest=40)
    born_on = DayField(_l("Born on"))
    leads = BooleanField(_l("Leads the delegation"))


class OutcomeForm(PlainForm):
    """What came of a visit."""

    kind = SelectField(_l("What came of it"), choices=lambda: choices("outcome_kind", blank="—"), default="")
    number = LineField(_l("Number of the agreement or project"), longest=20)
    text = LineField(_l("In words"))


class ReportForm(Form):
    """What came of a visit."""

    summary = LinesField(_l("What came of it, in words"))
    outcomes = FieldList(FormField(OutcomeForm), _l("Outcomes"), min_entries=OUTCOMES, max_entries=20)


class DelegationFilter(FilterForm):
    """Which visits are listed."""

    q = LineField(_l("Search"))
    state = SelectField(_l("State"), choices=lambda: choices("delegation_state", blank=_("any")), default="")
    organisation = LineField(_l("Guest or host (code)"), longest=40)
    agreement = LineField(_l("Agreement (number)"), longest=20)
    from_on = DayField(_l("There from"))
    until_on = DayField(_l("There until"))
