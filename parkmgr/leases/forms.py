"""Browser text into terms, days and amounts of leases. Rows that repeat work without scripts: a button adds one and keeps everything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import list_currencies
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
from wtforms.validators import Length

from parkmgr.leases.models import Lease, LeaseVersion
from parkmgr.leases.rules import STANDINGS, VAT_COUNTRIES, Indexation, Option, Step, Terms
from parkmgr.places.forms import country
from parkmgr.values import Money, Term, coins
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, NumberField, WholeField
from parkmgr.web.words import choices

MOST_ROWS = 60
MOST_SPACES = 500


class StepRow(PlainForm):
    """One step of the rent schedule; a row without a day and an amount is no step."""

    from_on = DayField(_l("From"))
    amount = NumberField(_l("Rent"))
    basis = SelectField(_l("For"), choices=lambda: choices("rent_basis"), default="month")

    @property
    def is_filled(self) -> bool:
        """Whether somebody wrote into it."""
        return bool(self.from_on.raw_data and self.from_on.raw_data[0]) or bool(self.amount.raw_data and self.amount.raw_data[0])


class FreeRow(PlainForm):
    """Rent-free days."""

    from_on = DayField(_l("From"))
    until_on = DayField(_l("Until (last day)"))

    @property
    def is_filled(self) -> bool:
        """Whether somebody wrote into it."""
        return bool(self.from_on.raw_data and self.from_on.raw_data[0]) or bool(self.until_on.raw_data and self.until_on.raw_data[0])


class OptionRow(PlainForm):
    """An option; a row without a day is none."""

    kind = SelectField(_l("Option"), choices=lambda: choices("option_kind"), default="break")
    on = DayField(_l("Day"))
    notice_months = WholeField(_l("Notice, months"), most=60)
    side = SelectField(_l("Who may"), choices=lambda: choices("side"), default="tenant")

    @property
    def is_filled(self) -> bool:
        """Whether somebody wrote into it."""
        return bool(self.on.raw_data and self.on.raw_data[0])


def _say_missing(*fields: Field) -> None:
    """Say so at every field of a begun row that is empty."""
    for field in fields:
        if field.data is None and not field.errors:
            field.errors = [_("Fill in this field, or empty the whole row.")]


def _sides() -> list[Any]:
    return [choice for choice in choices("side") if choice.value in ("tenant", "landlord")]


def _per_cent(share: Fraction | None) -> Decimal | None:
    return None if share is None else Decimal(share.numerator * 100) / Decimal(share.denominator)


def _share(per_cent: Decimal | None) -> Fraction | None:
    return None if per_cent is None else Fraction(per_cent) / 100


class _Share:
    """A validator: a change by so many per cent that a rent can have."""

    def __call__(self, _form: object, field: Field) -> None:
        if field.data is not None and not -100 <= field.data <= 1000:
            raise ValidationError(_("This must be from -100 to 1000."))


class TermsForm(Form):
    """What the parties agree on."""

    spaces = LinesField(_l("Spaces"), longest=20_000)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    notice_months = WholeField(_l("Notice, months"), most=60)
    purpose = LinesField(_l("Purpose"), longest=2000)
    currency = LineField(_l("Currency"), [Needed()], longest=3)
    deposit = NumberField(_l("Deposit"))
    vat_country = SelectField(_l("Value added tax"))
    steps = FieldList(FormField(StepRow), _l("Rent schedule"), min_entries=1, max_entries=MOST_ROWS)
    rent_free = FieldList(FormField(FreeRow), _l("Rent-free days"), min_entries=1, max_entries=MOST_ROWS)
    options = FieldList(FormField(OptionRow), _l("Options"), min_entries=1, max_entries=MOST_ROWS)
    index_name = LineField(_l("Index"), longest=40)
    index_every_months = WholeField(_l("Every so many months"), least=1, most=120)
    index_cap = NumberField(_l("Cap, %"), [_Share()], places=4, negative=True)
    index_collar = NumberField(_l("Collar, %"), [_Share()], places=4, negative=True)
    index_upward_only = BooleanField(_l("Upward only"))

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        self.vat_country.choices = [SelectChoice("", _("none")), *(SelectChoice(code, country(code)) for code in VAT_COUNTRIES)]

    def add_row(self, name: str) -> None:
        """One more empty row of *name* is shown."""
        every: dict[str, FieldList[Any]] = {"steps": self.steps, "rent_free": self.rent_free, "options": self.options}
        rows = every.get(name)
        if rows is not None and len(rows) < MOST_ROWS:
            rows.append_entry()

    def validate_currency(self, field: Field) -> None:
        """A currency that there is."""
        field.data = (field.data or "").upper()
        if field.data not in list_currencies():
            raise ValidationError(_("This is not the code of a currency, as CNY, RUB or USD."))

    def validate_ends_on(self, field: Field) -> None:
        """Not before the first day."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day is before the first."))

    def validate_spaces(self, field: Field) -> None:
        """Not more than anybody lets by one contract."""
        if len(self.codes()) > MOST_SPACES:
            raise ValidationError(_("At most %(most)s spaces.", most=MOST_SPACES))

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field, and every row that was begun, can be read."""
        super().validate(extra_validators)
        self._begin_with_the_lease()
        for rows, needed in ((self.steps, ("from_on", "amount")), (self.rent_free, ("from_on", "until_on")), (self.options, ("on",))):
            for row in _filled(rows):
                _say_missing(*(row[name] for name in needed))
        for row in _filled(self.rent_free):
            if row.from_on.data and row.until_on.data and row.until_on.data < row.from_on.data:
                row.until_on.errors = [_("The last day is before the first.")]
        self._say_too_fine()
        for rows in (self.steps, self.rent_free, self.options):
            rows.errors = [entry.errors for entry in rows if any(entry.errors.values())]
        return not any(field.errors for field in self)

    def _begin_with_the_lease(self) -> None:
        """The first rent holds from the first day when nothing else is said."""
        for row in _filled(self.steps)[:1]:
            if row.from_on.data is None and not row.from_on.errors:
                row.from_on.data = self.starts_on.data

    def _say_too_fine(self) -> None:
        """Say so at every amount that is finer than the smallest coin."""
        places = coins(self.currency.data or "")
        for field in (self.deposit, *(row.amount for row in _filled(self.steps))):
            if field.data is not None and -int(field.data.normalize().as_tuple().exponent) > places:
                field.errors = [*field.errors, _("This is finer than the smallest coin of the currency.")]

    def codes(self) -> list[str]:
        """The codes of the spaces, in order."""
        return [code.strip() for code in re.split(r"[\n,;]", self.spaces.data or "") if code.strip()]

    def terms(self, space_ids: Iterable[int]) -> Terms:
        """What was agreed, for spaces that were looked up by their codes."""
        currency = self.currency.data or ""
        name = self.index_name.data
        return Terms(
            term=Term(self._day(self.starts_on.data), self.ends_on.data),
            space_ids=tuple(space_ids),
            currency=currency,
            steps=tuple(Step(row.from_on.data, Money.of(row.amount.data, currency), row.basis.data) for row in _filled(self.steps)),
            rent_free=tuple(Term(row.from_on.data, row.until_on.data) for row in _filled(self.rent_free)),
            deposit=self.deposit.money(currency),
            options=tuple(Option(row.kind.data, row.on.data, row.notice_months.data or 0, row.side.data) for row in _filled(self.options)),
            notice_months=self.notice_months.data or 0,
            purpose=self.purpose.data or "",
            vat_country=self.vat_country.data or "",
            indexation=Indexation(
                name,
                self.index_every_months.data or 12,
                _share(self.index_cap.data),
                _share(self.index_collar.data),
                bool(self.index_upward_only.data),
            )
            if name
            else None,
        )

    @staticmethod
    def _day(day: date | None) -> date:
        if day is None:
            raise LookupError("the form lets an empty day through")
        return day

    @staticmethod
    def of(terms: Terms, codes: Iterable[str]) -> dict[str, Any]:
        """What the form shows of terms; codes: of their spaces. One empty row follows each kind."""
        index = terms.indexation
        return {
            "spaces": "\n".join(codes),
            "starts_on": terms.term.starts_on,
            "ends_on": terms.term.ends_on,
            "notice_months": terms.notice_months,
            "purpose": terms.purpose,
            "currency": terms.currency,
            "deposit": terms.deposit.amount if terms.deposit else None,
            "vat_country": terms.vat_country,
            "steps": [{"from_on": one.from_on, "amount": one.money.amount, "basis": one.basis} for one in terms.steps] + [{}],
            "rent_free": [{"from_on": one.starts_on, "until_on": one.ends_on} for one in terms.rent_free] + [{}],
            "options": [{"kind": one.kind, "on": one.on, "notice_months": one.notice_months, "side": one.side} for one in terms.options]
            + [{}],
            "index_name": index.name if index else "",
            "index_every_months": index.every_months if index else 12,
            "index_cap": _per_cent(index.cap) if index else None,
            "index_collar": _per_cent(index.collar) if index else None,
            "index_upward_only": index.upward_only if index else True,
        }


def _filled(rows: FieldList[Any]) -> list[Any]:
    return [entry.form for entry in rows if entry.form.is_filled]


class DraftForm(TermsForm):
    """A lease that is to be."""

    tenant = LineField(_l("Tenant"), [Needed()], longest=300)
    reference = LineField(_l("Its number elsewhere"), longest=80)
    under = LineField(_l("Head lease"), longest=20)


class ChangeForm(TermsForm):
    """A draft that is written anew."""

    tenant = LineField(_l("Tenant"), [Needed()], longest=300)
    reference = LineField(_l("Its number elsewhere"), longest=80)


class AmendForm(TermsForm):
    """What is agreed from a day on."""

    effective_on = DayField(_l("In force from"), [Needed()])
    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class RenewForm(TermsForm):
    """What is agreed after the lease."""

    reference = LineField(_l("Its number elsewhere"), longest=80)


class ConfirmForm(Form):
    """Nothing is asked but whether it is meant."""

    @staticmethod
    def of(lease: Lease) -> dict[str, Any]:
        """The version that the page shows."""
        return {"version": lease.version}


class NoticeForm(Form):
    """Who gave notice when, for which last day."""

    given_on = DayField(_l("Given on"), [Needed()])
    leaves_on = DayField(_l("Last day"), [Needed()])
    side = SelectField(_l("By"), choices=_sides)
    note = LinesField(_l("Note"), longest=1000)


class BreakForm(Form):
    """Who breaks the lease on the day of which option."""

    option_on = SelectField(_l("Option"))
    given_on = DayField(_l("Notice given on"), [Needed()])
    side = SelectField(_l("By"), choices=_sides)
    note = LinesField(_l("Note"), longest=1000)


class AssignForm(Form):
    """Who is the tenant from which day on."""

    to = LineField(_l("New tenant"), [Needed()], longest=300)
    on = DayField(_l("First day of the new tenant"), [Needed()])


class EndForm(Form):
    """The last day that was agreed, and why."""

    on = DayField(_l("Last day"), [Needed()])
    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class VoidForm(Form):
    """Why the lease shall never have been."""

    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class AskForm(Form):
    """What an organisation asks for: a space, for some time."""

    key = HiddenField(validators=[Length(max=80)])
    space = LineField(_l("Space"), [Needed()], longest=60)
    starts_on = DayField(_l("First day"), [Needed()], name="from")
    ends_on = DayField(_l("Last day"), [Needed()], name="to")
    organisation = LineField(_l("For which organisation"), longest=300)
    people = WholeField(_l("People"), least=1, most=100_000, default=1)
    purpose = LinesField(_l("Purpose"), longest=500)


class RejectForm(Form):
    """Why a request is rejected."""

    reason = LinesField(_l("Reason"), [Needed()], longest=1000)


class RequestFilter(FilterForm):
    """Which requests are shown."""

    state = SelectField(_l("State"), choices=lambda: choices("lease_request_state", blank=_("any")), default="")


class DepositForm(Form):
    """How much came or went, and when."""

    on = DayField(_l("Day"), [Needed()])
    money = NumberField(_l("Amount"), [Needed()])
    note = LineField(_l("Note"), longest=200)


class LeaseFilter(FilterForm):
    """Which leases are listed."""

    q = LineField(_l("Search"), longest=100)
    standing = SelectField(_l("State"), choices=lambda: choices("standing", blank=_("any")), default="")
    building = SelectField(_l("Building"), default="")
    tenant = LineField(_l("Tenant's code"), longest=40)
    ends_before = DayField(_l("Ends before"))
    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))

    def validate_standing(self, field: Field) -> None:
        """A state that there is."""
        if field.data and field.data not in STANDINGS:
            field.data = ""


class TenantFilter(FilterForm):
    """Which tenants are listed."""

    q = LineField(_l("Search"), longest=100)
    former = BooleanField(_l("Former ones too"))
    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))


class DatesFilter(FilterForm):
    """How far ahead the critical dates are looked for."""

    days = WholeField(_l("Days ahead"), least=1, most=1830)


def terms_of(version: LeaseVersion, codes: dict[int, str]) -> dict[str, Any]:
    """What a form shows of a version; codes: by the spaces' ids."""
    terms = version.terms
    return TermsForm.of(terms, [codes[space_id] for space_id in terms.space_ids])
