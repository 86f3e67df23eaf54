"""Browser text into what the desks of the hospital and the sports centre are asked."""

from __future__ import annotations

import secrets
from datetime import time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from parkmgr.amenities.models import Service
from parkmgr.amenities.queries import prices
from parkmgr.amenities.rules import CLASSES, Offer
from parkmgr.places.models import Space
from parkmgr.values import Money, coins
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, NumberField, WholeField
from parkmgr.web.words import choices


class SmallForm(Form):
    """A deed that asks for nothing but to be meant."""


class KeyForm(Form):
    """A form that is one deed, however often it is sent."""

    key = HiddenField(default=lambda: secrets.token_urlsafe(18))

    @property
    def key_value(self) -> str | None:
        """The key; None when it is none that this page gave out."""
        return self.key.data if self.key.data and len(self.key.data) <= 80 else None


def codes_of(text: str | None) -> list[str]:
    """Return the codes that a text names, with spaces, commas or lines between."""
    return list(dict.fromkeys((text or "").replace(",", " ").replace(";", " ").split()))


class ServiceForm(Form, NamesMixin):
    """What a service offers."""

    operator = LineField(_l("Who runs it"), [Needed()], longest=300)
    week = LinesField(_l("Opening hours"), [Needed()], longest=2000)
    open_on_holidays = BooleanField(_l("Also on holidays"))
    slot_minutes = WholeField(_l("How long a visit lasts, minutes"), [Needed()], least=1, most=24 * 60)
    places = WholeField(_l("Places"), most=100_000)
    rooms = LinesField(_l("Rooms"), longest=2000)
    price_resident = NumberField(_l("Residents"))
    price_member = NumberField(_l("Members of the Association"))
    price_tenant = NumberField(_l("Tenants"))
    price_outside = NumberField(_l("Neither member nor tenant"))
    price_others = NumberField(_l("Everybody else"))
    active = BooleanField(_l("It is offered"), default=True)

    def price_fields(self) -> list[tuple[str, Any]]:
        """The fields of prices, with the class of each."""
        fields = (self.price_resident, self.price_member, self.price_tenant, self.price_outside)
        return [*zip(CLASSES, fields, strict=True), ("", self.price_others)]

    def say_too_fine(self, currency: str) -> bool:
        """Say so at every price that is finer than the smallest coin; tell whether there is one."""
        found = False
        for _class, field in self.price_fields():
            if field.data is not None and _finer(field.data, currency):
                field.errors = [_("This is finer than the smallest coin of the currency.")]
                found = True
        return found

    def operator_code(self) -> str:
        """The code of who runs it."""
        return (self.operator.data or "").partition(" · ")[0].strip()

    def offer(self, desk: str, currency: str) -> Offer:
        """What is offered, once the form was found well formed."""
        return Offer(
            desk,
            self.week.data or "",
            self.slot_minutes.data or 0,
            self.places.data,
            {class_: Money.of(field.data, currency) for class_, field in self.price_fields() if field.data is not None},
            bool(self.open_on_holidays.data),
            bool(self.active.data),
        )

    @classmethod
    def of(cls, service: Service, rooms: list[Space]) -> dict[str, Any]:
        """What the form shows of a service."""
        kept = prices(service)
        shown = {f"price_{name or 'others'}": kept[name].amount if name in kept else None for name in (*CLASSES, "")}
        names = ("name_en", "name_ru", "name_zh", "week", "open_on_holidays", "slot_minutes", "places", "active", "version")
        return (
            shown
            | {name: getattr(service, name) for name in names}
            | {
                "operator": service.operator.code,
                "rooms": " ".join(room.code for room in rooms),
            }
        )


def _finer(amount: Decimal, currency: str) -> bool:
    return -int(amount.normalize().as_tuple().exponent) > coins(currency)


class NewServiceForm(ServiceForm):
    """A service that is new."""

    code = LineField(_l("Code"), [Needed()], longest=40)
    desk = SelectField(_l("Desk"), choices=lambda: choices("amenity_desk"))


# Hospital


class DeskFilter(FilterForm):
    """Which service and day the desk looks at."""

    service = SelectField(_l("Service offered"), choices=[], validate_choice=False)
    on = DayField(_l("Day"))


class AppointForm(KeyForm):
    """Who comes. There is no field for why, and there will be none."""

    who = LineField(_l("Resident number or name"), [Needed()], longest=200)


# Sports centre


def _classes() -> list[Any]:
    return choices("visit_class", blank=_("with a membership"))


class VisitForm(KeyForm):
    """Who came in."""

    service = SelectField(_l("Service offered"), choices=[])
    membership = LineField(_l("Membership number"), longest=40)
    class_ = SelectField(_l("Without a membership, as"), choices=_classes, default="")
    people = WholeField(_l("People"), [Needed()], least=1, most=10_000, default=1)


class VisitsFilter(FilterForm):
    """Which days are counted."""

    since = DayField(_l("From"))
    until = DayField(_l("Until"))
    service = SelectField(_l("Service offered"), choices=[], validate_choice=False)


class MembershipsFilter(FilterForm):
    """Which memberships a list shows."""

    q = LineField(_l("Search"))
    valid_on = DayField(_l("Valid on"))


class MembershipForm(KeyForm):
    """A new membership."""

    organisation = LineField(_l("Organisation"), [Needed()], longest=300)
    person = LineField(_l("Resident number"), longest=40)
    plan = LineField(_l("What it is called"), [Needed()], longest=60)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"), [Needed()])
    visits = WholeField(_l("Visits in it"), most=100_000)
    price = NumberField(_l("Price"))

    @property
    def organisation_code(self) -> str:
        """The code of the organisation."""
        return (self.organisation.data or "").partition(" · ")[0].strip()

    def say_too_fine(self, currency: str) -> bool:
        """Say so when the price is finer than the smallest coin; tell whether it is."""
        if self.price.data is not None and _finer(self.price.data, currency):
            self.price.errors = [_("This is finer than the smallest coin of the currency.")]
            return True
        return False


class EndMembershipForm(Form):
    """When a membership ends."""

    on = DayField(_l("Last day"), [Needed()])


# Seasons


class SeasonForm(Form, NamesMixin):
    """A season that clubs ask for hours of."""

    code = LineField(_l("Code"), [Needed()], longest=40)
    starts_on = DayField(_l("First day"), [Needed()])
    ends_on = DayField(_l("Last day"), [Needed()])
    ask_until = DayField(_l("Clubs ask until"), [Needed()])
    courts = LinesField(_l("Courts and halls"), [Needed()], longest=2000)


class ClockField(StringField):
    """A time of the day, as 18:30; data is a time or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Any = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = time.fromisoformat(valuelist[0].strip()[:5].rjust(5, "0"))
        except ValueError:
            raise ValueError(_("This is not a time of the day. Write it as 18:30.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:%H:%M}"


class WishForm(Form):
    """A weekly hour that a club asks for."""

    organisation = SelectField(_l("Club"), choices=[])
    rank = WholeField(_l("Rank (1 is what you want most)"), least=1, most=1000)
    weekday = SelectField(_l("Day of the week"), choices=lambda: choices("weekday"), default="1")
    at = ClockField(_l("From"), [Needed()])
    minutes = WholeField(_l("How long, minutes"), [Needed()], least=1, most=1440, default=90)
    court = SelectField(_l("Court"), choices=[])
    people = WholeField(_l("People"), [Needed()], least=1, most=100_000, default=10)
    purpose = LineField(_l("What for"), longest=200)

    def validate_organisation(self, field: Field) -> None:
        """Somebody asks."""
        if not field.data:
            raise ValidationError(_("Please fill in this field."))


class AllocateForm(Form):
    """Whether the outcome that is shown is meant."""

    seen = HiddenField()
