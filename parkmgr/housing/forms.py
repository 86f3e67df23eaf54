"""Browser text into contracts, inventories and days. What is allowed, the rules say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    SelectChoice,
    SelectField,
)
from wtforms import Form as PlainForm

from parkmgr.errors import Refused
from parkmgr.housing import checking_photos
from parkmgr.housing.checking_rules import Inventory, InventoryLine
from parkmgr.housing.rules import BACKWARDS, Agreed
from parkmgr.values import Money, Term, coins
from parkmgr.web.formats import sentence
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, Needed, NumberField, WallField, WholeField
from parkmgr.web.words import choices

BLANK_LINES = 2
MOST_LINES = 200


class BoardFilter(FilterForm):
    """Which day a board shows, as known when. shift: months from today."""

    on = DayField(_l("Day"))
    known = WallField(_l("As known at (park's clocks; empty: now)"))
    shift = WholeField(_l("Months from today"), least=-1200, most=1200)


class ResidencyFilter(FilterForm):
    """Which residencies are listed."""

    q = LineField(_l("Number, home or person"))
    state = SelectField(_l("State"), default="")
    building = SelectField(_l("Block"), default="")
    organisation = LineField(_l("Organisation (code)"))
    rent = SelectField(_l("Rent"), choices=lambda: choices("rent_class", blank=_("any")), default="")
    within = WholeField(_l("Ends within, days"), least=0, most=3660)

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]
        self.state.choices = [SelectChoice("", _("any")), SelectChoice("live", _("those that hold a home")), *choices("residency_state")]


class SettleForm(Form):
    """A contract about a home."""

    space = LineField(_l("Home (code)"), [Needed()], longest=60)
    person = LineField(_l("Person (number)"), [Needed()], longest=20)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"))
    people = WholeField(_l("How many live there"), [Needed()], least=1, most=50)
    rent = NumberField(_l("Rent a month"), [Needed()])
    staff = BooleanField(_l("Staff rent"))
    deposit = NumberField(_l("Deposit"))
    notice_days = WholeField(_l("Notice, days"), [Needed()], least=0, most=366)
    key = HiddenField()

    def value(self, currency: str) -> Agreed:
        """Return the contract.

        Raises:
            Refused: the term runs backwards.
        """
        if self.ends_on.data is not None and self.starts_on.data is not None and self.ends_on.data < self.starts_on.data:
            raise Refused([BACKWARDS])
        if self.starts_on.data is None or self.rent.data is None:
            raise LookupError("the form lets an empty field through")
        return Agreed(
            term=Term(self.starts_on.data, self.ends_on.data),
            rent=Money.of(self.rent.data, currency),
            staff=bool(self.staff.data),
            deposit=None if self.deposit.data is None else Money.of(self.deposit.data, currency),
            notice_days=self.notice_days.data if self.notice_days.data is not None else 30,
            people=self.people.data or 1,
        )


def coins_fit(form: Form, currency: str, *names: str) -> bool:
    """Tell whether no amount is finer than a coin; where one is, its field says so."""
    fine = [name for name in names if _is_finer(form[name].data, currency)]
    for name in fine:
        form.refuse(form[name], _("This is finer than the smallest coin of %(currency)s.", currency=currency))
    return not fine


def _is_finer(amount: Decimal | None, currency: str) -> bool:
    return amount is not None and amount != round(amount, coins(currency))


class LineRow(PlainForm):
    """One thing of an inventory."""

    room = LineField(_l("Room"), longest=60)
    item = LineField(_l("Thing"), longest=120)
    grade = SelectField(_l("Condition"), choices=lambda: choices("grade"), default="2")
    note = LineField(_l("Note"), longest=300)
    photo = FileField(_l("Photo"))


class MeterRow(PlainForm):
    """What one meter shows."""

    code = HiddenField()
    value = NumberField(_l("Reading"), places=3)


class CheckForm(Form):
    """A check-in or a check-out."""

    on = DayField(_l("Day"), [Needed()])
    keys = WholeField(_l("Keys"), least=0, most=99)
    lines = FieldList(FormField(LineRow), _l("Inventory"), max_entries=MOST_LINES)
    meters = FieldList(FormField(MeterRow), _l("Meters"), max_entries=40)
    none = BooleanField(_l("Without an inventory"))
    waiver = LinesField(_l("Reason for an exception"), longest=500)

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every row can be read."""
        super().validate(extra_validators)
        for rows in (self.lines, self.meters):
            rows.errors = [entry.errors for entry in rows if any(entry.errors.values())]
        return not any(field.errors for field in self)

    def inventory(self) -> Inventory | None:
        """Return the inventory; None where none was made.

        Raises:
            Refused: a photo cannot be taken; the row says why.
        """
        if self.none.data:
            return None
        lines = tuple(self._lines())
        meters = {row["code"].data: int(row["value"].data * 1000) for row in _rows(self.meters) if row["value"].data is not None}
        return Inventory(self.keys.data or 0, lines, meters)

    def _lines(self) -> Iterator[InventoryLine]:
        for row in _rows(self.lines):
            room, item = row["room"].data or "", row["item"].data or ""
            if room or item:
                yield InventoryLine(room, item, int(row["grade"].data or 0), row["note"].data or "", _photo(row["photo"]))


def _rows(fields: Any) -> Iterator[Mapping[str, Any]]:
    for entry in fields:
        yield entry.form


def _photo(field: Any) -> bytes | None:
    file = field.data
    if not isinstance(file, FileStorage) or not file.filename:
        return None
    try:
        return checking_photos.cleaned(file.stream.read(checking_photos.MOST_BYTES + 1))
    except Refused as refused:
        field.errors = [*field.errors, *(sentence(one) for one in refused.objections)]
        raise Refused([one.at("lines") for one in refused.objections]) from None


class NoticeForm(Form):
    """Notice of a residency."""

    given_on = DayField(_l("Given on"), [Needed()])
    leaves_on = DayField(_l("Last day"), [Needed()])
    reason = LinesField(_l("Reason"), longest=500)
    waiver = LinesField(_l("Reason for an exception"), longest=500)


class ExtendForm(Form):
    """A later last day."""

    ends_on = DayField(_l("New last day"), [Needed()])
    rent = NumberField(_l("Rent a month from then on"))


class TransferForm(Form):
    """Another home."""

    space = LineField(_l("New home (code)"), [Needed()], longest=60)
    on = DayField(_l("First day there"), [Needed()])
    rent = NumberField(_l("Rent a month there"))
    reason = LinesField(_l("Reason"), longest=500)


class SwapForm(Form):
    """Two residents change homes."""

    other = LineField(_l("The other residency (number)"), [Needed()], longest=20)
    on = DayField(_l("First day in the other home"), [Needed()])
    rent = NumberField(_l("Rent a month of this resident"))
    other_rent = NumberField(_l("Rent a month of the other"))
    reason = LinesField(_l("Reason"), longest=500)


class ReasonForm(Form):
    """Only why."""

    reason = LinesField(_l("Reason"), [Needed()], longest=500)


class ConfirmForm(Form):
    """Nothing but the button."""


class OnForm(Form):
    """Only a day."""

    on = DayField(_l("Day"), [Needed()])


class ReadyForm(Form):
    """A vacated home was seen."""

    on = DayField(_l("Ready from"), [Needed()])
    note = LinesField(_l("What was found"), longest=300)


class DeductForm(Form):
    """Something is kept of a deposit."""

    line = SelectField(_l("Line of the check-out"), [Needed()])
    amount = NumberField(_l("Amount"), [Needed()])
    reason = LineField(_l("Reason"), [Needed()], longest=300)


class RenewForm(FilterForm):
    """Which residencies are renewed, and how. It stands in the address, so that the preview can be sent."""

    building = SelectField(_l("Block"), default="")
    organisation = LineField(_l("Organisation (code)"))
    ends_from = DayField(_l("Ends from"))
    ends_to = DayField(_l("Ends until"))
    until = DayField(_l("New last day"))
    percent = NumberField(_l("Rent changes by, per cent"), negative=True)

    def __init__(self, *args: Any, buildings: Sequence[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.building.choices = [SelectChoice("", _("any")), *buildings]


class RenewNowForm(Form):
    """What was looked at is done."""

    seen = HiddenField()
