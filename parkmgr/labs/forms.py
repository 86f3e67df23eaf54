"""Browser text about laboratories, equipment and permits into values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)
from wtforms.widgets import CheckboxInput, ListWidget

from parkmgr.errors import Refused
from parkmgr.labs.models import Equipment, Lab
from parkmgr.labs.rules import HALF_A_HAZARD, Asset
from parkmgr.values import Money
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, NumberField, WholeField
from parkmgr.web.words import choices


def _any(listed: Sequence[SelectChoice]) -> list[SelectChoice]:
    return [SelectChoice("", _("any")), *listed]


class LabFilter(FilterForm):
    """Which laboratories are listed."""

    q = LineField(_l("Search"))
    building = SelectField(_l("Building"), default="")
    hazard = SelectField(_l("Hazard"), default="")
    permit = SelectField(_l("Asks for"), default="")

    def __init__(
        self, *args: Any, buildings: Sequence[SelectChoice], schemes: Sequence[str], kinds: Sequence[SelectChoice], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.building.choices, self.permit.choices = _any(buildings), _any(kinds)
        self.hazard.choices = _any([SelectChoice(scheme, scheme) for scheme in schemes])


class LabForm(Form):
    """How a laboratory is run."""

    manager = SelectField(_l("Manager"), default="")
    field = LineField(_l("What is done there"))
    rules = LinesField(_l("Rules of the laboratory"))
    hazards = LinesField(_l("Hazards"), longest=4000)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the hazards as (scheme, value), one a line.

        Raises:
            Refused: a line has no colon.
        """
        found = []
        for line in (self.hazards.data or "").splitlines():
            if not line.strip():
                continue
            scheme, colon, value = line.rpartition(":")
            if not colon:
                raise Refused([HALF_A_HAZARD])
            found.append((scheme.strip(), value.strip()))
        return found


class NewLabForm(LabForm):
    """Which space is run as a laboratory, and how."""

    space = LineField(_l("Space"), [Needed()], longest=60)


class DocumentForm(Form):
    """A file of a laboratory."""

    title = LineField(_l("Title"))
    file = FileField(_l("File"))
    equipment = SelectField(_l("About"), default="")


class EquipmentFilter(FilterForm):
    """Which equipment is listed."""

    q = LineField(_l("Search"))
    lab = LineField(_l("Laboratory"), longest=60)
    state = SelectField(_l("State"), choices=lambda: choices("equipment_state", blank=_("any but retired")), default="")
    owner = LineField(_l("Owner"), longest=40)
    due_by = DayField(_l("Calibration due by"))
    bookable = BooleanField(_l("Booked by the hour"))


class EquipmentForm(Form, NamesMixin):
    """What is known of a piece of equipment."""

    number = LineField(_l("Asset number"), [Needed()], longest=40)
    owner = LineField(_l("Owner"), [Needed()], longest=300)
    lab = LineField(_l("Laboratory"), longest=300)
    make = LineField(_l("Make"), longest=120)
    model = LineField(_l("Model"), longest=120)
    serial = LineField(_l("Serial number"), longest=120)
    contact = LineField(_l("Whom to ask"), longest=254)
    bookable = BooleanField(_l("Booked by the hour"))
    kind = SelectField(
        _l("As"), choices=lambda: [one for one in choices("space_kind") if one.value in ("instrument", "bench")], default="instrument"
    )
    places = WholeField(_l("Places at the bench"), least=1, most=100, default=1)
    bought_on = DayField(_l("Bought on"))
    price = NumberField(_l("Price"))
    warranty_until = DayField(_l("Warranty until"))
    calibrated_on = DayField(_l("Calibrated on"))
    calibration_due = DayField(_l("Calibration due"))

    def asset(self, owner_id: int, currency: str) -> Asset:
        """Return what was written."""
        return Asset(
            number=self.number.data or "",
            names=self.names(),
            owner_id=owner_id,
            make=self.make.data or "",
            model=self.model.data or "",
            serial=self.serial.data or "",
            contact=self.contact.data or "",
            bought_on=self.bought_on.data,
            price=None if self.price.data is None else Money.of(self.price.data, currency),
            warranty_until=self.warranty_until.data,
            calibrated_on=self.calibrated_on.data,
            calibration_due=self.calibration_due.data,
        )

    @classmethod
    def of(cls, piece: Equipment) -> dict[str, Any]:
        """What the form shows of a piece."""
        names = ("number", "name_en", "name_ru", "name_zh", "make", "model", "serial", "contact", "bought_on", "warranty_until")
        shown = {name: getattr(piece, name) for name in (*names, "calibrated_on", "calibration_due", "version")}
        price = None if piece.price_minor is None else Money(piece.price_minor, piece.currency).amount
        lab = piece.lab.space.code if piece.lab is not None else ""
        return shown | {"owner": piece.owner.code, "lab": lab, "price": price, "bookable": piece.space_id is not None}


class StateForm(Form):
    """Into which state a piece comes, and why."""

    state = SelectField(_l("State"), [Needed()])
    reason = LineField(_l("Reason"), [Needed()])


class CalibrateForm(Form):
    """When a piece was calibrated."""

    on = DayField(_l("Calibrated on"), [Needed()])
    due = DayField(_l("Due again on"))


class CheckList(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DemandsForm(Form):
    """Which permits a space asks for, and which spaces it needs."""

    permits = CheckList(_l("Permits asked for"))
    needs = LinesField(_l("It works only while these do"), longest=2000)

    def codes(self) -> list[str]:
        """Return the codes of the spaces that are needed."""
        return list(dict.fromkeys((self.needs.data or "").replace(",", " ").replace(";", " ").split()))

    @classmethod
    def of(cls, kinds: Sequence[Any], needed: Sequence[Any]) -> dict[str, Any]:
        """What the form shows."""
        return {"permits": [kind.code for kind in kinds], "needs": " ".join(space.code for space in needed)}


class PermitFilter(FilterForm):
    """Which permits are listed."""

    q = LineField(_l("Search"))
    kind = SelectField(_l("Permit"), default="")
    space = LineField(_l("Space"), longest=60)
    state = SelectField(_l("State"), choices=lambda: choices("permit_state", blank=_("any")), default="")
    within = WholeField(_l("Ending within, days"), least=0, most=3660)

    def __init__(self, *args: Any, kinds: Sequence[SelectChoice], **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = _any(kinds)


class GrantForm(Form):
    """To whom a permit is granted, and until when."""

    people = LinesField(_l("To whom"), [Needed()], longest=8000)
    organisation = LineField(_l("All of them of the organisation"), longest=300)
    kind = SelectField(_l("Permit"), [Needed()])
    space = LineField(_l("Only for the space"), longest=60)
    on = DayField(_l("From"))
    until = DayField(_l("Until"))

    def numbers(self) -> list[str]:
        """Return the numbers of the people."""
        return list(dict.fromkeys((self.people.data or "").upper().replace(",", " ").replace(";", " ").split()))


class ReasonForm(Form):
    """Why something is taken back."""

    reason = LineField(_l("Reason"), [Needed()])


class ConfirmForm(Form):
    """Nothing is asked but whether it is meant."""


class KindForm(Form, NamesMixin):
    """A training or qualification."""

    days = WholeField(_l("Granted for, days"), [Needed()], least=1, most=3660, default=365)
    unused_days = WholeField(_l("Lapses unused after, days"), least=1, most=3660)
    how = LinesField(_l("How to get it"), longest=2000)


class NewKindForm(KindForm):
    """A training or qualification that there is not yet."""

    code = LineField(_l("Code"), [Needed()], longest=40)


def lab_values(lab: Lab, hazards: Sequence[Any]) -> dict[str, Any]:
    """Return what the form shows of a laboratory."""
    return {
        "manager": str(lab.manager_id or ""),
        "field": lab.field,
        "rules": lab.rules,
        "hazards": "\n".join(f"{one.scheme}: {one.value}" for one in hazards),
        "version": lab.version,
    }
