"""Browser text into organisations, contacts and memberships."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr.organisations.models import Organisation
from parkmgr.places.forms import country, country_choices
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, NamesMixin, Needed
from parkmgr.web.words import choices

_SHOWN = ("name_en", "name_ru", "name_zh", "kind", "country", "city", "website", "ror", "inn", "uscc", "version")


class OrganisationForm(Form, NamesMixin):
    """An organisation's names and particulars."""

    kind = SelectField(_l("Kind"), choices=lambda: choices("organisation_kind"), default="enterprise")
    country = SelectField(_l("Country"), choices=country_choices, default="")
    city = LineField(_l("City"))
    website = LineField(_l("Website"))
    ror = LineField(_l("ROR"), longest=60)
    inn = LineField(_l("INN (Russia)"), longest=30)
    uscc = LineField(_l("USCC (China)"), longest=40)

    def particulars(self) -> dict[str, Any]:
        """The particulars, by name."""
        return {name: getattr(self, name).data or "" for name in ("country", "city", "website", "ror", "inn", "uscc")}

    @staticmethod
    def of(organisation: Organisation) -> dict[str, Any]:
        """What the form shows of an organisation."""
        return {name: getattr(organisation, name) for name in _SHOWN}


class NewOrganisationForm(OrganisationForm):
    """An organisation that is to be."""

    code = LineField(_l("Code"), [Needed()], longest=40)


class ContactForm(Form):
    """How somebody is reached."""

    name = LineField(_l("Full name"), [Needed()])
    position = LineField(_l("Position"))
    email = LineField(_l("E-mail"), longest=254)
    phone = LineField(_l("Telephone"), longest=60)


class AdmitForm(Form):
    """From which day an organisation belongs to the association, and how."""

    status = SelectField(_l("As"), choices=lambda: choices("membership"), default="member")
    on = DayField(_l("From"), [Needed()])


class EndForm(Form):
    """From which day an organisation does not belong to the association any more."""

    on = DayField(_l("First day without it"), [Needed()])
    reason = LineField(_l("Reason"))


class OrganisationFilter(FilterForm):
    """Which organisations are listed."""

    q = LineField(_l("Search"), longest=100)
    kind = SelectField(_l("Kind"), choices=lambda: choices("organisation_kind", blank=_("any")), default="")
    country = SelectField(_l("Country"), default="")
    membership = SelectField(_l("Membership of ASRTU"), default="")
    on = DayField(_l("Day"))

    def __init__(self, *args: Any, countries: list[str], **given: Any) -> None:
        super().__init__(*args, **given)
        self.country.choices = [SelectChoice("", _("any")), *(SelectChoice(code, country(code)) for code in countries)]
        self.membership.choices = [*choices("membership", blank=_("any")), SelectChoice("none", _("does not belong"))]
