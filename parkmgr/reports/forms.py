"""What a reader types to see or to ask for a report."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    DateTimeLocalField,
    HiddenField,
    IntegerRangeField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)

from parkmgr.funds.models import Fund
from parkmgr.reports.kinds import KINDS, Kind
from parkmgr.reports.pages import MODES
from parkmgr.reports.rules import Wanted
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, Needed
from parkmgr.web.words import choices


class InstantField(DateTimeLocalField):
    """A day and a time of day on the park's clocks; data is naive, `at` gives the instant."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = datetime.fromisoformat(valuelist[0].strip()).replace(tzinfo=None)
        except ValueError:
            raise ValueError(_("This is not a day and time. Write it as 2026-09-01 18:00.")) from None

    def at(self, zone: ZoneInfo) -> datetime | None:
        """The instant in the park's zone; None when nothing was typed."""
        found: datetime | None = self.data
        return None if found is None else found.replace(tzinfo=zone)


class _Asked:
    """The fields that say which report."""

    on = DayField(_l("As at the day"), [Needed()])
    known = InstantField(_l("As known at (park's clocks; empty: now)"))
    buildings = SelectMultipleField(_l("Buildings (none chosen: the whole park)"), validate_choice=False)
    language = SelectField(_l("Language of the paper"), choices=lambda: choices("language"))

    def offer(self, buildings: Sequence[SelectChoice]) -> None:
        """The buildings that can be chosen."""
        self.buildings.choices = list(buildings)

    def value(self, zone: ZoneInfo, today: date) -> Wanted:
        """Return what is asked for."""
        return Wanted(self.on.data or today, self.known.at(zone), self.language.data or "en", tuple(self.buildings.data or ()))


class OccupancyFilter(_Asked, FilterForm):
    """Which report of a day is shown on the screen."""


class PeriodFilter(_Asked, FilterForm):
    """Which report of a time is shown on the screen."""

    since = DayField(_l("From the day"))


class RequestForm(_Asked, Form):
    """Which report is issued. The key makes a double click one request."""

    kind = SelectField(_l("Kind of report"), validate_choice=False)
    since = DayField(_l("From the day (only for a report about a time)"))
    fund = SelectField(_l("Fund (only for a report about one)"), choices=[], validate_choice=False)
    statement = LineField(_l("Statement (only for a report about one)"), longest=20)
    key = HiddenField()

    def offer_funds(self, funds: Sequence[Fund]) -> None:
        """The funds that can be chosen."""
        self.fund.choices = [SelectChoice("", "—"), *(SelectChoice(one.code, one.code) for one in funds)]

    def offer_kinds(self, kinds: Sequence[Kind[Any]]) -> None:
        """The kinds that can be chosen."""
        self.kind.choices = [SelectChoice(kind.code, _(kind.title)) for kind in kinds]
        self.kind.data = self.kind.data or (kinds[0].code if kinds else "")

    def value(self, zone: ZoneInfo, today: date) -> Wanted:
        """Return what is asked for. A first day is no matter of a report about a day."""
        kind = KINDS.get(self.kind.data or "")
        since = self.since.data if kind is not None and kind.period else None
        fund = self.fund.data or "" if kind is not None and kind.of_fund else ""
        statement = self.statement.data or "" if kind is not None and kind.of_statement else ""
        wanted = replace(super().value(zone, today), kind=self.kind.data or "", since=since, fund=fund, statement=statement)
        return replace(wanted, buildings=()) if fund or statement else wanted

    def fresh(self) -> None:
        """The form has a key of its own."""
        if not self.key.data or len(self.key.data) > 64:
            self.key.data = secrets.token_urlsafe(24)


class PlanFilter(FilterForm):
    """Which day a stacking plan shows, and by what it is coloured. shift: months from today, from the slider."""

    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))
    by = SelectField(_l("Colour"), choices=lambda: [SelectChoice(code, _(label)) for code, label in MODES.items()], default="status")
    shift = IntegerRangeField(_l("Months from today"))


class ReportFilter(FilterForm):
    """Which issued reports are listed."""

    q = LineField(_l("Number"), longest=20)


class CheckForm(Form):
    """The number on a paper, or the file itself."""

    number = LineField(_l("Number of the report"), longest=20)
    file = FileField(_l("or the PDF file"))


def filled(form: RequestForm, args: Any) -> None:
    """The form shows what the address says."""
    form.process(formdata=None, data=_data(args))
    form.fresh()


def _data(args: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {"buildings": args.getlist("buildings"), "language": args.get("language") or None, "kind": args.get("kind")}
    kept["fund"], kept["statement"] = args.get("fund"), args.get("statement")
    for name, read in (("on", date.fromisoformat), ("since", date.fromisoformat), ("known", datetime.fromisoformat)):
        try:
            kept[name] = read(args.get(name, ""))
        except ValueError:
            kept[name] = None
    return kept
