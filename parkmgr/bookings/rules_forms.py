"""Browser text into rules of booking. Rows that repeat work without scripts: a button adds one and keeps everything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    SelectChoice,
    SelectField,
)
from wtforms import Form as PlainForm

from parkmgr.bookings.models import BookingRules
from parkmgr.bookings.queries import conditions
from parkmgr.bookings.rules import Access, Answer, Conditions, Quota
from parkmgr.calendars.rules import Week, parse_week
from parkmgr.errors import Refused
from parkmgr.policy import Role
from parkmgr.values import Money, coins
from parkmgr.web.formats import sentence
from parkmgr.web.forms import Form, LineField, LinesField, NamesMixin, Needed, NumberField, WholeField
from parkmgr.web.words import choices, word

MOST_ROWS = 40
YEAR = 366 * 24 * 60
"""Minutes."""


def _whom() -> list[SelectChoice]:
    """Return whom a line can name: an organisation (its code stands beside it), a class, a kind of organisation, a role."""
    groups = (("class", "price_class"), ("kind", "organisation_kind"), ("role", "role"))
    listed = [
        SelectChoice(f"{who}:{choice.value}", f"{word('access_of', who)}: {choice.label}")
        for who, family in groups
        for choice in choices(family)
        if (who, choice.value) != ("role", Role.AUDITOR.value)  # who books for nobody
    ]
    return [SelectChoice("", _("nobody")), SelectChoice("organisation", _("The organisation of the code:")), *listed]


class AccessRow(PlainForm):
    """Who may book how, other than everybody."""

    whom = SelectField(_l("Who"), choices=_whom, default="")
    organisation = LineField(_l("Code of the organisation"), longest=300)
    answer = SelectField(_l("May book"), choices=lambda: choices("rules_answer"), default=Answer.APPROVAL.value)

    @property
    def is_filled(self) -> bool:
        """Whether somebody chose something."""
        return bool(self.whom.data or self.organisation.data)

    def line(self) -> Access:
        """The line."""
        who, _, name = (self.whom.data or "organisation").partition(":")
        code = (self.organisation.data or "").partition(" · ")[0].strip()
        return Access(who, name or code, Answer(self.answer.data))


class QuotaRow(PlainForm):
    """At most so much."""

    most = WholeField(_l("At most"), least=1, most=100_000)
    measure = SelectField(_l("What counts"), choices=lambda: choices("quota_measure"), default="hours")
    per = SelectField(_l("Within"), choices=lambda: choices("quota_per"), default="week")
    whom = SelectField(_l("For each"), choices=lambda: choices("quota_whom"), default="organisation")

    @property
    def is_filled(self) -> bool:
        """Whether a number was written."""
        return bool(self.most.raw_data and self.most.raw_data[0])


class PriceRow(PlainForm):
    """The price of an hour."""

    for_class = HiddenField()
    amount = NumberField(_l("Price of an hour"))


CLASSES = ("member", "tenant", "outside", "")


class RulesForm(Form):
    """Under which rules spaces are booked."""

    week = LinesField(_l("Bookable hours"), [Needed()], longest=2000)
    open_on_holidays = BooleanField(_l("Also on holidays"))
    answer = SelectField(_l("Everybody else may book"), choices=lambda: choices("rules_answer"), default=Answer.INSTANT.value)
    access = FieldList(FormField(AccessRow), _l("Who may book otherwise"), min_entries=1, max_entries=MOST_ROWS)
    min_minutes = WholeField(_l("Shortest booking, minutes"), [Needed()], least=1, most=YEAR)
    max_minutes = WholeField(_l("Longest booking, minutes"), [Needed()], least=1, most=YEAR)
    step_minutes = WholeField(_l("Steps, minutes"), [Needed()], least=1, most=24 * 60)
    lead_minutes = WholeField(_l("Book at least before the start, minutes"), [Needed()], most=YEAR)
    ahead_days = WholeField(_l("Book at most ahead, days"), [Needed()], least=1, most=3660)
    turnaround_minutes = WholeField(_l("Turnaround after, minutes"), [Needed()], most=24 * 60)
    quotas = FieldList(FormField(QuotaRow), _l("Limits"), min_entries=1, max_entries=MOST_ROWS)
    prices = FieldList(FormField(PriceRow), _l("Prices"), min_entries=len(CLASSES), max_entries=len(CLASSES))
    request_holds = BooleanField(_l("A request keeps the time until it is decided"))
    decide_hours = WholeField(_l("Hours to decide"), [Needed()], least=1, most=24 * 366)
    four_eyes = BooleanField(_l("Whoever asked cannot approve"))
    release_minutes = WholeField(_l("Free again without check-in after, minutes"), least=1, most=24 * 60)
    cancel_minutes = WholeField(_l("Cancel and move until before the start, minutes"), [Needed()], most=YEAR)
    alone_week = LinesField(_l("When one may work alone"), longest=2000)

    parsed: Week = ()
    parsed_alone: Week | None = None

    def add_row(self, name: str) -> None:
        """One more empty row of *name* is shown."""
        every: dict[str, FieldList[Any]] = {"access": self.access, "quotas": self.quotas}
        rows = every.get(name)
        if rows is not None and len(rows) < MOST_ROWS:
            rows.append_entry()

    def validate_week(self, field: Field) -> None:
        """Hours that can be read."""
        try:
            self.parsed = parse_week(field.data or "")
        except Refused as refused:
            field.errors = [*field.errors, *(sentence(objection) for objection in refused.objections)]

    def validate_alone_week(self, field: Field) -> None:
        """Hours that can be read; empty: always."""
        try:
            self.parsed_alone = parse_week(field.data) if field.data else None
        except Refused as refused:
            field.errors = [*field.errors, *(sentence(objection) for objection in refused.objections)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field, and every row that was begun, can be read."""
        super().validate(extra_validators)
        for row, name in zip(_forms(self.prices), CLASSES, strict=False):
            row.for_class.data = name
        for row in _forms(self.access):
            if (row.whom.data == "organisation" or (row.organisation.data and not row.whom.data)) and not row.organisation.data:
                row.organisation.errors = [_("Fill in this field, or choose nobody.")]
            elif row.organisation.data and row.whom.data not in ("", "organisation"):
                row.organisation.errors = [_("Only a line about an organisation has a code.")]
        for rows in (self.access, self.quotas, self.prices):
            rows.errors = [entry.errors for entry in rows if any(entry.errors.values())]
        return not any(field.errors for field in self)

    def value(self, currency: str) -> Conditions:
        """The rules, once the form was found well formed; amounts are of the currency."""

        def minutes(field: Field) -> timedelta:
            return timedelta(minutes=field.data or 0)

        return Conditions(
            week=self.parsed,
            open_on_holidays=bool(self.open_on_holidays.data),
            answer=Answer(self.answer.data),
            access=tuple(row.line() for row in _filled(self.access)),
            least=minutes(self.min_minutes),
            most=minutes(self.max_minutes),
            step=minutes(self.step_minutes),
            lead=minutes(self.lead_minutes),
            ahead=timedelta(days=self.ahead_days.data or 0),
            turnaround=minutes(self.turnaround_minutes),
            quotas=tuple(Quota(row.whom.data, row.per.data, row.measure.data, row.most.data) for row in _filled(self.quotas)),
            prices={row.for_class.data: Money.of(row.amount.data, currency) for row in _forms(self.prices) if row.amount.data is not None},
            request_holds=bool(self.request_holds.data),
            decide_within=timedelta(hours=self.decide_hours.data or 0),
            four_eyes=bool(self.four_eyes.data),
            release=None if self.release_minutes.data is None else minutes(self.release_minutes),
            cancel_before=minutes(self.cancel_minutes),
            alone=self.parsed_alone,
        )

    def say_too_fine(self, currency: str) -> bool:
        """Say so at every price that is finer than the smallest coin; tell whether there is one."""
        found = False
        for row in _forms(self.prices):
            amount = row.amount.data
            if amount is not None and -int(amount.normalize().as_tuple().exponent) > coins(currency):
                row.amount.errors = [_("This is finer than the smallest coin of the currency.")]
                found = True
        if found:
            self.prices.errors = [entry.errors for entry in self.prices if any(entry.errors.values())]
        return found

    @classmethod
    def of(cls, row: BookingRules) -> dict[str, Any]:
        """What the form shows of rules."""
        names = ["week", "open_on_holidays", "answer", "min_minutes", "max_minutes", "step_minutes", "lead_minutes", "ahead_days"]
        names += [
            "turnaround_minutes",
            "request_holds",
            "decide_hours",
            "four_eyes",
            "release_minutes",
            "cancel_minutes",
            "alone_week",
            "version",
        ]
        prices = conditions(row).prices or {}
        return {name: getattr(row, name) for name in names} | {
            "access": [_access(line["who"], line["name"], line["answer"]) for line in row.access],
            "quotas": row.quotas,
            "prices": [{"for_class": name, "amount": prices[name].amount if name in prices else None} for name in CLASSES],
        }


def _access(who: str, name: str, answer: str) -> dict[str, str]:
    by_code = who == "organisation"
    return {"whom": who if by_code else f"{who}:{name}", "organisation": name if by_code else "", "answer": answer}


BLANK: dict[str, Any] = {
    "week": "Mon-Fri 08:00-20:00",
    "min_minutes": 15,
    "max_minutes": 480,
    "step_minutes": 15,
    "lead_minutes": 0,
    "ahead_days": 365,
    "turnaround_minutes": 0,
    "request_holds": True,
    "decide_hours": 48,
    "cancel_minutes": 0,
    "prices": [{"for_class": name} for name in CLASSES],
}
"""What a form for new rules begins with."""


class NewRulesForm(RulesForm):
    """Rules, and for which spaces they are."""

    kind = SelectField(_l("For which kind of space"), choices=lambda: choices("space_kind", blank=_("all bookable spaces")), default="")
    space = LineField(_l("Or for one space only"), longest=60)


def _forms(rows: Iterable[Any]) -> list[Any]:
    return [entry.form for entry in rows]


def _filled(rows: Iterable[Any]) -> list[Any]:
    return [form for form in _forms(rows) if form.is_filled]


class ConfirmForm(Form):
    """Nothing is asked but whether it is meant."""


# Features


class FeatureForm(Form, NamesMixin):
    """A feature that spaces can have."""

    code = LineField(_l("Code"), [Needed()], longest=40)


class EquipRow(PlainForm):
    """How many of a feature a space has."""

    code = HiddenField()
    quantity = WholeField(_l("How many"), most=10_000)


class EquipForm(Form):
    """Which features a space has."""

    rows = FieldList(FormField(EquipRow), max_entries=500)

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every number can be read."""
        super().validate(extra_validators)
        return not any(field.errors for field in self)

    def quantities(self) -> dict[str, int]:
        """How many of each feature, by code."""
        return {row.code.data: row.quantity.data or 0 for row in _forms(self.rows)}
