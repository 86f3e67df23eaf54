"""Browser text into funds, notices, rounds and valuations."""

from __future__ import annotations

import secrets
from decimal import Decimal
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
    ValidationError,
)
from wtforms import Form as PlainForm

from parkmgr.funds.deed_rules import FundAsked
from parkmgr.funds.models import Fund
from parkmgr.funds.rules import FlowKind, Instrument, Method, Purpose
from parkmgr.places.forms import currency_choices
from parkmgr.places.views import given
from parkmgr.values import Money, coins
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, NumberField, WallField, WholeField
from parkmgr.web.words import choices

ALONE = (FlowKind.FEE, FlowKind.EXPENSE, FlowKind.CARRY, FlowKind.INCOME, FlowKind.PROCEEDS)
"""What is recorded by itself; partners pay by notices, investments are rounds."""
CALLED = (Purpose.INVESTMENT, Purpose.FEE, Purpose.EXPENSE)
PAID = (Purpose.CAPITAL, Purpose.GAIN, Purpose.INCOME)
METHODS = tuple(method for method in Method if method not in (Method.EXIT, Method.WRITE_OFF))
INVESTORS = 4
"""Lines of a round's form."""


class MoneyForm(Form):
    """A form whose amounts are of one currency. currency: set by the page before the form is read."""

    currency_of = ""

    def amounts(self) -> list[Any]:
        """Return the fields that hold amounts."""
        return [field for field in self if isinstance(field, NumberField)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field can be read, and no amount is finer than the smallest coin."""
        super().validate(extra_validators)
        for field in self.amounts():
            if not field.errors and too_fine(field.data, self.currency_of):
                field.errors = [_("At most %(places)s decimal places.", places=coins(self.currency_of))]
        return not self.errors


def too_fine(amount: Decimal | None, currency: str) -> bool:
    """Tell whether an amount is finer than the smallest coin."""
    return amount is not None and -int(amount.normalize().as_tuple().exponent) > coins(currency)


class FundForm(NamesMixin, Form):
    """A fund."""

    code = LineField(_l("Code"), [Needed()], longest=20)
    currency = SelectField(_l("Currency"), choices=currency_choices, default="CNY")
    size = NumberField(_l("Size"), [Needed()])
    vintage = WholeField(_l("Vintage"), [Needed()], least=1900, most=2200)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    manager = LineField(_l("Fund manager (code)"), [Needed()], longest=40)
    general_partner = LineField(_l("General partner (code)"), [Needed()], longest=40)
    notice_days = WholeField(_l("Business days of notice of a call"), [Needed()], most=60)
    related = NumberField(_l("A company is related from this part on, per cent"), [Needed()], places=1)

    def validate_size(self, field: Field) -> None:
        """No finer than the smallest coin."""
        if too_fine(field.data, self.currency.data):
            raise ValidationError(_("At most %(places)s decimal places.", places=coins(self.currency.data)))

    def asked(self) -> FundAsked:
        """Return the fund, once the form was found well formed."""
        return FundAsked(
            (self.code.data or "").strip(),
            self.names(),
            Money.of(given(self.size.data), self.currency.data),
            given(self.vintage.data),
            given(self.starts_on.data),
            self.ends_on.data,
            given(self.notice_days.data),
            int(given(self.related.data) * 10),
        )

    @staticmethod
    def of(fund: Fund) -> dict[str, Any]:
        """Return what the form begins with."""
        kept = ("code", "currency", "vintage", "starts_on", "ends_on", "notice_days", "name_en", "name_ru", "name_zh", "version")
        return {name: getattr(fund, name) for name in kept} | {
            "size": fund.size.amount,
            "manager": fund.manager.code,
            "general_partner": fund.general_partner.code,
            "related": Decimal(fund.related_permille) / 10,
        }


class CommitForm(MoneyForm):
    """A commitment."""

    partner = LineField(_l("Partner (code)"), [Needed()], longest=40)
    amount = NumberField(_l("Amount"), [Needed()])
    on = DayField(_l("Day"), [Needed()])
    note = LineField(_l("Note"))


class NoticeForm(MoneyForm):
    """The days of a notice. key: from the first look on, so that a double click is one notice. sure: the preview was seen."""

    notified_on = DayField(_l("Partners are told on"), [Needed()])
    due_on = DayField(_l("Due on"), [Needed()])
    note = LinesField(_l("Note"), longest=1000)
    key = HiddenField()
    sure = HiddenField()

    @staticmethod
    def new_key() -> str:
        """Return a key that nobody has."""
        return secrets.token_urlsafe(16)


class CallForm(NoticeForm):
    """What partners are called for."""

    investment = NumberField(_l("For investments"))
    fee = NumberField(_l("For fees"))
    expense = NumberField(_l("For expenses"))

    def lines(self) -> dict[Purpose, Money]:
        """Return purpose -> amount, of those that are given."""
        found = {purpose: getattr(self, purpose.value).data for purpose in CALLED}
        return {purpose: Money.of(amount, self.currency_of) for purpose, amount in found.items() if amount}


class DistributeForm(NoticeForm):
    """What partners are paid."""

    capital = NumberField(_l("Return of capital"))
    recallable = NumberField(_l("Return of capital that may be called again"))
    gain = NumberField(_l("Gain"))
    income = NumberField(_l("Current income"))

    def lines(self) -> list[tuple[Purpose, Money, bool]]:
        """Return purpose, amount, may it be called again, of those that are given."""
        found = [(Purpose.CAPITAL, self.capital.data, False), (Purpose.CAPITAL, self.recallable.data, True)]
        found += [(Purpose.GAIN, self.gain.data, False), (Purpose.INCOME, self.income.data, False)]
        return [(purpose, Money.of(amount, self.currency_of), back) for purpose, amount, back in found if amount]


class ReceiveForm(MoneyForm):
    """What a partner paid."""

    partner = SelectField(_l("Partner"), choices=[], validate_choice=False)
    amount = NumberField(_l("Amount"), [Needed()])
    on = DayField(_l("Day"), [Needed()])


class FlowForm(MoneyForm):
    """A flow that is recorded by itself."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("flow_kind", only=ALONE), default=FlowKind.FEE.value)
    amount = NumberField(_l("Amount"), [Needed()])
    on = DayField(_l("Day"), [Needed()])
    company = LineField(_l("Company (code), of proceeds"), longest=40)
    purpose = SelectField(_l("Of proceeds"), choices=lambda: choices("flow_purpose", only=PAID, blank="—"), default="")
    note = LineField(_l("Note"))


class InvestorRow(PlainForm):
    """Who puts what into a round."""

    fund = SelectField(_l("Fund"), choices=[], validate_choice=False, default="")
    organisation = LineField(_l("or organisation (code)"), longest=40)
    amount = NumberField(_l("Amount"))
    shares = WholeField(_l("Shares"), most=10**15)


class RoundForm(MoneyForm):
    """A round of a company."""

    company = LineField(_l("Company (code)"), [Needed()], longest=40)
    on = DayField(_l("Day"), [Needed()])
    name = LineField(_l("Name of the round"), longest=40)
    instrument = SelectField(_l("Financial instrument"), choices=lambda: choices("instrument"), default=Instrument.EQUITY.value)
    currency = SelectField(_l("Currency"), choices=currency_choices, default="CNY")
    raised = NumberField(_l("Raised from everybody"), [Needed()])
    post = NumberField(_l("Worth of the company after it"))
    shares_after = WholeField(_l("All shares after it"), most=10**15)
    investors = FieldList(FormField(InvestorRow), _l("Investors"), min_entries=INVESTORS, max_entries=20)
    note = LineField(_l("Note"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field can be read."""
        self.currency_of = self.currency.data or ""
        super().validate(extra_validators)
        for row in self.investors:
            field = row.form.amount
            if not field.errors and too_fine(field.data, self.currency_of):
                field.errors = [_("At most %(places)s decimal places.", places=coins(self.currency_of))]
        self.investors.errors = [row.errors for row in self.investors if any(row.errors.values())]
        return not any(field.errors for field in self)


class ValueForm(MoneyForm):
    """What a company is worth to the fund."""

    amount = NumberField(_l("Worth of the fund's part"), [Needed()])
    on = DayField(_l("Day"), [Needed()])
    method = SelectField(_l("How it was found"), choices=lambda: choices("valuation_method", only=METHODS))
    valued_by = LineField(_l("Who found it"), [Needed()])
    note = LineField(_l("Note"))


class WriteOffForm(Form):
    """From when on a company is worth nothing."""

    on = DayField(_l("Day"), [Needed()])
    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class ExitForm(MoneyForm):
    """What the fund got for its part of a company."""

    on = DayField(_l("Day"), [Needed()])
    capital = NumberField(_l("Return of capital"))
    gain = NumberField(_l("Gain"))
    income = NumberField(_l("Current income"))
    note = LineField(_l("Note"))

    def proceeds(self) -> dict[Purpose, Money]:
        """Return purpose -> amount, of those that are given."""
        found = {purpose: getattr(self, purpose.value).data for purpose in PAID}
        return {purpose: Money.of(amount, self.currency_of) for purpose, amount in found.items() if amount}


class ReasonForm(Form):
    """Why something is withdrawn."""

    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class AsAt(FilterForm):
    """As at which day, as known at which instant."""

    on = DayField(_l("As at"))
    known = WallField(_l("As known at"))


class FlowFilter(AsAt):
    """Which flows are listed."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("flow_kind", blank=_("any")), default="")
    partner = LineField(_l("Partner (code)"), longest=40)
    company = LineField(_l("Company (code)"), longest=40)
    year = WholeField(_l("Year"), least=1900, most=2200)
    withdrawn = BooleanField(_l("Withdrawn ones too"))


class NoticeFilter(FilterForm):
    """Which notices are listed."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("fund_notice", blank=_("any")), default="")
    fund = LineField(_l("Fund (code)"), longest=20)


def fund_choices(funds: list[Fund]) -> list[SelectChoice]:
    """Return the funds that may take part in a round, after none."""
    return [SelectChoice("", "—"), *(SelectChoice(fund.code, fund.code) for fund in funds)]
