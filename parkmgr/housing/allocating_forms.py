"""Browser text into wishes, claims, lotteries and offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
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

from parkmgr.housing import allocating_rules as rules
from parkmgr.housing.allocating_rules import Giving, Wish
from parkmgr.places.views import given
from parkmgr.values import Money, coins
from parkmgr.web.formats import names
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, NumberField, WallField, WholeField
from parkmgr.web.words import choices


class ClaimRow(PlainForm):
    """How many of a line of points."""

    code = HiddenField()
    count = WholeField(_l("How many"), most=rules.MOST_CLAIMED)


def _classes(giving: Giving) -> list[SelectChoice]:
    return [SelectChoice(one.code, names(one.names)) for one in sorted(giving.classes, key=lambda one: (one.rank, one.code))]


def claim_rows(giving: Giving, claims: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a row for each line of points, with how many are claimed."""
    return [{"code": line.code, "count": claims.get(line.code)} for line in giving.points]


class ClaimsForm(Form):
    """Rows of claims."""

    claims = FieldList(FormField(ClaimRow), _l("Points"), max_entries=100)

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field and every row can be read."""
        super().validate(extra_validators)
        self.claims.errors = [entry.errors for entry in self.claims if any(entry.errors.values())]
        fields: Iterable[Field] = self
        return not any(field.errors for field in fields)

    def claimed(self) -> dict[str, int]:
        """How many of each line, by its code."""
        return {entry.form.code.data or "": entry.form.count.data or 0 for entry in self.claims if entry.form.count.data}


class ApplyForm(ClaimsForm):
    """What home is asked for."""

    key = HiddenField()
    person = LineField(_l("Person (number)"), [Needed()], longest=20)
    class_code = SelectField(_l("Class"), choices=[])
    kind = SelectField(_l("Home"), choices=lambda: choices("home_kind"), default="flat")
    people = WholeField(_l("People"), [Needed()], most=100)
    least = NumberField(_l("At least, m²"))
    from_on = DayField(_l("From"), [Needed()])
    until_on = DayField(_l("Until (last day)"))

    def offer_classes(self, giving: Giving) -> None:
        """The classes to choose from are the park's."""
        self.class_code.choices = _classes(giving)

    def wish(self) -> Wish:
        """What is asked for, once the form was found well formed."""
        return Wish(
            self.class_code.data or "",
            self.kind.data or "",
            self.people.data or 0,
            given(self.from_on.data),
            self.until_on.data,
            self.least.area(),
            self.claimed(),
        )


class AdmitForm(ClaimsForm):
    """The claims as the desk confirms them."""


class ReasonForm(Form):
    """Why."""

    reason = LinesField(_l("Reason"), longest=1000)


class PaperForm(Form):
    """A document."""

    title = LineField(_l("What it is"), [Needed()], longest=200)
    file = FileField(_l("File"))


class LotteryForm(Form):
    """Which class is drawn, and until when who waits takes part."""

    class_code = SelectField(_l("Class"), choices=[])
    closes_at = WallField(_l("Closes at"), [Needed()])

    def offer_classes(self, giving: Giving) -> None:
        """The classes to choose from are those that are drawn by lot."""
        drawn = Giving(classes=tuple(one for one in giving.classes if one.order == "lottery"))
        self.class_code.choices = _classes(drawn)


class OfferForm(Form):
    """What is offered."""

    application = LineField(_l("Application"), [Needed()], longest=20)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    rent = NumberField(_l("Rent a month"), [Needed()])
    staff = BooleanField(_l("Staff rent"))
    deposit = NumberField(_l("Deposit"))
    notice_days = WholeField(_l("Notice, days"), [Needed()], most=366)
    reason = LinesField(_l("Why others are passed over"), longest=300)

    def validate_ends_on(self, field: Field) -> None:
        """The term does not end before it begins."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            field.errors = [*field.errors, _("The last day must not be before the first.")]

    def say_too_fine(self, currency: str) -> bool:
        """Tell whether an amount is finer than the currency's smallest coin, and say so at its field."""
        wrong = False
        for field in (self.rent, self.deposit):
            if field.data is not None and -int(field.data.normalize().as_tuple().exponent) > coins(currency):
                field.errors = [*field.errors, _("%(currency)s has no coin so small.", currency=currency)]
                wrong = True
        return wrong

    def rent_of(self, currency: str) -> Money:
        """The rent, once the form was found well formed."""
        return given(self.rent.money(currency))


class ApplicationsFilter(FilterForm):
    """Which applications."""

    q = LineField(_l("Number of application or person"))
    state = SelectField(_l("State"), choices=lambda: [*choices("asking", blank=_("any")), SelectChoice("open", _("Open"))], default="")
    class_code = SelectField(_l("Class"), choices=[], default="")

    def offer_classes(self, giving: Giving) -> None:
        """The classes to choose from are the park's."""
        self.class_code.choices = [SelectChoice("", _("any")), *_classes(giving)]


class WaitingFilter(FilterForm):
    """Which class of the waiting list."""

    class_code = SelectField(_l("Class"), choices=[], default="")

    def offer_classes(self, giving: Giving) -> None:
        """The classes to choose from are the park's."""
        self.class_code.choices = [SelectChoice("", _("any")), *_classes(giving)]


class LineFilter(FilterForm):
    """From which day a home is given."""

    on = DayField(_l("From"))
