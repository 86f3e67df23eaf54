"""Browser text into tariffs, extras and what is decided of statements."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FieldList, FormField, SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.widgets import MonthInput

from parkmgr.bookings.rules_forms import PriceRow
from parkmgr.calendars.rules import Week, parse_week, week_text
from parkmgr.charges.rules import CLASSES, LAB_KINDS, Basis, Terms, What
from parkmgr.errors import Refused
from parkmgr.values import Money, coins
from parkmgr.web.formats import sentence
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, NumberField, WholeField
from parkmgr.web.words import choices, word

LONGEST_REASON = 250


class MonthField(DayField):
    """A month, as 2026-03; data is its first day or None."""

    widget = MonthInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:%Y-%m}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = date.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(day=1)
        except ValueError:
            raise ValueError(_("This is not a month. Write it as 2026-09.")) from None
        if not 1900 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(_("This day is outside the years 1900 to 2200."))


def _kinds() -> list[SelectChoice]:
    return [
        SelectChoice("", _("all laboratories, instruments and benches")),
        *(SelectChoice(kind, word("space_kind", kind)) for kind in LAB_KINDS),
    ]


class TariffForm(Form):
    """How sessions are charged from a day on."""

    from_on = DayField(_l("From the day"), [Needed()])
    kind = SelectField(_l("For which kind of space"), choices=_kinds, default="")
    space = LineField(_l("Or for one space only"), longest=60)
    basis = SelectField(_l("What is charged"), choices=lambda: choices("charge_basis"), default=Basis.GREATER.value)
    minimum_minutes = WholeField(_l("At least, minutes"), [Needed()], most=24 * 60)
    block_minutes = WholeField(_l("Rounded up to blocks of, minutes"), [Needed()], least=1, most=24 * 60)
    peak_week = LinesField(_l("Peak hours"), longest=2000)
    peak_percent = WholeField(_l("Price of a peak hour, per cent"), [Needed()], most=1000)
    no_show_percent = WholeField(_l("When nobody came, per cent of the price"), [Needed()], most=100)
    prices = FieldList(FormField(PriceRow), _l("Price of an hour"), min_entries=len(CLASSES), max_entries=len(CLASSES))
    operator = FieldList(FormField(PriceRow), _l("Price of an operator's hour"), min_entries=len(CLASSES), max_entries=len(CLASSES))

    parsed: Week = ()

    def validate_peak_week(self, field: Field) -> None:
        """Hours that can be read."""
        try:
            self.parsed = parse_week(field.data or "")
        except Refused as refused:
            field.errors = [*field.errors, *(sentence(objection) for objection in refused.objections)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field and every price can be read."""
        super().validate(extra_validators)
        for rows in (self.prices, self.operator):
            for row, name in zip(rows, CLASSES, strict=False):
                row.form.for_class.data = name
            rows.errors = [entry.errors for entry in rows if any(entry.errors.values())]
        return not any(field.errors for field in self)

    def say_too_fine(self, currency: str) -> bool:
        """Tell whether a price is finer than the smallest coin of the currency, and say so at its field."""
        found = False
        for row in (*self.prices, *self.operator):
            amount = row.form.amount
            if amount.data is not None and -int(amount.data.normalize().as_tuple().exponent) > coins(currency):
                amount.errors = [_("At most %(places)s decimal places.", places=coins(currency))]
                found = True
        return found

    def value(self, currency: str) -> Terms:
        """The tariff, once the form was found well formed; amounts are of the currency."""
        return Terms(
            basis=Basis(self.basis.data),
            minimum_minutes=self.minimum_minutes.data or 0,
            block_minutes=self.block_minutes.data or 1,
            peak=self.parsed,
            peak_percent=100 if self.peak_percent.data is None else self.peak_percent.data,
            no_show_percent=self.no_show_percent.data or 0,
            prices=_prices(self.prices, currency),
            operator=_prices(self.operator, currency),
        )

    @staticmethod
    def of(terms: Terms, from_on: date, *, kind: str = "", space: str = "") -> dict[str, Any]:
        """Return what the form begins with."""
        return {
            "from_on": from_on,
            "kind": kind,
            "space": space,
            "basis": terms.basis.value,
            "minimum_minutes": terms.minimum_minutes,
            "block_minutes": terms.block_minutes,
            "peak_week": week_text(terms.peak),
            "peak_percent": terms.peak_percent,
            "no_show_percent": terms.no_show_percent,
            "prices": [{"for_class": name, "amount": _amount(terms.prices, name)} for name in CLASSES],
            "operator": [{"for_class": name, "amount": _amount(terms.operator, name)} for name in CLASSES],
        }


def _amount(prices: Any, name: str) -> Any:
    money = (prices or {}).get(name)
    return None if money is None else money.amount


def _prices(rows: Any, currency: str) -> dict[str, Money]:
    return {name: row.form.amount.money(currency) for row, name in zip(rows, CLASSES, strict=False) if row.form.amount.data is not None}


class ExtraForm(Form):
    """What more a session cost."""

    what = SelectField(_l("What"), choices=lambda: choices("extra_what"), default=What.OPERATOR.value)
    quantity = WholeField(_l("Minutes, or pieces"), [Needed()], least=1, most=100_000)
    name = LineField(_l("What was used up, or what was done"), longest=120)
    amount = NumberField(_l("Cost in all"))


class MonthForm(Form):
    """Of which month statements are made."""

    month = MonthField(_l("Month"), [Needed()])


class ReasonForm(Form):
    """Why, or how it was settled."""

    reason = LinesField(_l("Reason"), longest=LONGEST_REASON)


class AdjustForm(Form):
    """By how much a statement is mended, and why."""

    amount = NumberField(_l("Amount, negative to take off"), [Needed()], negative=True)
    reason = LinesField(_l("Reason"), [Needed()], longest=LONGEST_REASON)


class StatementFilter(FilterForm):
    """Which statements are listed."""

    q = LineField(_l("Number or organisation"), longest=100)
    month = MonthField(_l("Month"))
    state = SelectField(_l("State"), choices=lambda: choices("statement_state", blank=_("any")), default="")


class ServiceFilter(FilterForm):
    """Of which days the service of equipment is shown, both inclusive, and as known on which day's end."""

    since = DayField(_l("From"))
    until = DayField(_l("Last day"))
    lab = SelectField(_l("Laboratory"), default="")
    known = DayField(_l("As known on"))

    def __init__(self, *args: Any, labs: list[str], **given: Any) -> None:
        super().__init__(*args, **given)
        self.lab.choices = [SelectChoice("", _("any")), *(SelectChoice(code, code) for code in labs)]
