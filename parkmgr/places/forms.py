"""Browser text into parks, buildings and spaces."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import wtforms
from babel import Locale
from babel.numbers import get_territory_currencies
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    FieldList,
    FormField,
    SelectChoice,
    SelectField,
)

from parkmgr.places.models import AreaBasis, Building, Park, Particulars, Space
from parkmgr.places.rules import Part, Particular
from parkmgr.values import Names
from parkmgr.web.formats import language
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, LinesField, NamesMixin, Needed, NumberField, WholeField
from parkmgr.web.words import choices

PARTS_SHOWN = 8


@cache
def _countries(language_: str) -> dict[str, str]:
    names = Locale.parse("zh_Hans" if language_ == "zh" else language_).territories
    named = {str(code): str(name) for code, name in names.items() if str(code) not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")}
    return {code: name for code, name in sorted(named.items(), key=lambda item: item[1]) if len(code) == 2 and code.isalpha()}


def country(code: str | None) -> str:
    """Return a country's name in the reader's language; an em dash for none."""
    return _countries(language()).get(code, code) if code else "—"


def country_choices() -> list[SelectChoice]:
    """Return every country, by name, after none."""
    return [SelectChoice("", "—"), *(SelectChoice(code, name) for code, name in _countries(language()).items())]


@cache
def _currencies() -> tuple[str, ...]:
    return tuple(sorted({str(currency) for code in _countries("en") for currency in get_territory_currencies(code)}))


def currency_choices() -> list[SelectChoice]:
    """Return every currency, those that a park here uses first."""
    return [SelectChoice(code, code) for code in dict.fromkeys(("CNY", "RUB", "USD", "EUR", *_currencies()))]


@cache
def _zones() -> tuple[str, ...]:
    return (*sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))), "UTC")


def _zone_choices() -> list[SelectChoice]:
    return [SelectChoice(zone, zone.replace("_", " ")) for zone in _zones()]


def _bases() -> list[SelectChoice]:
    return [SelectChoice("", _("not stated")), *(SelectChoice(basis.value, basis.value) for basis in AreaBasis)]


def _kinds() -> list[SelectChoice]:
    return choices("space_kind")


def _uses() -> list[SelectChoice]:
    return choices("space_kind", blank=_("mixed or not stated"))


class ParkForm(Form, NamesMixin):
    """A park's names and settings."""

    time_zone = SelectField(_l("Time zone"), choices=_zone_choices, default="Asia/Shanghai")
    currency = SelectField(_l("Working currency"), choices=currency_choices, default="CNY")
    country = SelectField(_l("Country"), choices=country_choices, default="")
    drafter_may_sign = BooleanField(_l("Whoever drafted a lease may sign it alone"))

    def settings(self) -> dict[str, Any]:
        """The settings, by name."""
        return {
            "time_zone": self.time_zone.data,
            "currency": self.currency.data,
            "country": self.country.data,
            "drafter_may_sign": bool(self.drafter_may_sign.data),
        }

    @staticmethod
    def of(park: Park) -> dict[str, Any]:
        """What the form shows of a park."""
        names = ("name_en", "name_ru", "name_zh", "time_zone", "currency", "country", "drafter_may_sign", "version")
        return {name: getattr(park, name) for name in names}


class NewParkForm(ParkForm):
    """A park that is to be."""

    code = LineField(_l("Code"), [Needed()], longest=20)


class BuildingForm(Form, NamesMixin):
    """A building's names and particulars."""

    use = SelectField(_l("Main use"), choices=_uses, default="")
    residential = BooleanField(_l("Residential block"))
    address = LineField(_l("Address"))
    built = WholeField(_l("Year of building"), least=1000, most=2200)
    area = NumberField(_l("Declared rentable area, m²"))
    area_basis = SelectField(_l("Basis of the area"), choices=_bases, default="")

    def particulars(self) -> dict[str, Any]:
        """The particulars, by name."""
        return {
            "use": self.use.data,
            "residential": bool(self.residential.data),
            "address": self.address.data,
            "built": self.built.data,
            "area": self.area.area(),
            "area_basis": self.area_basis.data,
        }

    @staticmethod
    def of(building: Building) -> dict[str, Any]:
        """What the form shows of a building."""
        names = ("name_en", "name_ru", "name_zh", "use", "residential", "address", "built", "area_basis", "version")
        return {name: getattr(building, name) for name in names} | {"area": building.area.m2 if building.area else None}


class NewBuildingForm(BuildingForm):
    """A building that is to be."""

    code = LineField(_l("Code"), [Needed()], longest=40)


class _Particulars:
    """The fields of what a space is."""

    name_en = LineField("English")
    name_ru = LineField("Русский")
    name_zh = LineField("中文")
    kind = SelectField(_l("Kind"), choices=_kinds, default="office")
    area = NumberField(_l("Area, m²"))
    area_basis = SelectField(_l("Basis of the area"), choices=_bases, default="")
    capacity = WholeField(_l("Capacity, people"), most=100_000)
    lettable = BooleanField(_l("Can be let"))
    bookable = BooleanField(_l("Can be booked by the hour"))

    def names(self) -> Names | None:
        """The names; None when a code is all that it has."""
        given = (self.name_en.data or "", self.name_ru.data or "", self.name_zh.data or "")
        return Names(*given) if any(given) else None

    def particular(self) -> Particular:
        """What the space is."""
        basis = self.area_basis.data if self.area.data is not None else ""
        return Particular(self.kind.data, bool(self.lettable.data), self.area.area(), basis, self.capacity.data)


class SpaceForm(Form, _Particulars):
    """A space's names, and what it is from a day on."""

    from_on = DayField(_l("From"), [Needed()])

    @staticmethod
    def of(space: Space, row: Particulars | None, from_on: date) -> dict[str, Any]:
        """What the form shows of a space."""
        shown = {name: getattr(space, name) for name in ("name_en", "name_ru", "name_zh", "bookable", "version")}
        return shown | particular_of(row) | {"from_on": from_on}


def particular_of(row: Particulars | None) -> dict[str, Any]:
    """What a form shows of a space's particulars."""
    if row is None:
        return {"lettable": True}
    return {
        "kind": row.kind,
        "lettable": row.lettable,
        "area": row.area.m2 if row.area is not None else None,
        "area_basis": row.area_basis,
        "capacity": row.capacity,
    }


class NewSpaceForm(Form, _Particulars):
    """A space that is to be."""

    building = SelectField(_l("Building"))
    level = WholeField(_l("Floor (0 is at the ground)"), least=-20, most=200)
    parent = LineField(_l("Part of the space (code)"), longest=60)
    code = LineField(_l("Code"), [Needed()], longest=60)
    starts_on = DayField(_l("Exists from"), [Needed()])


class RetireForm(Form):
    """The day from which a space does not exist."""

    on = DayField(_l("First day without it"), [Needed()])
    reason = LineField(_l("Reason"))


class RemoveForm(Form):
    """Why a space is taken out of the register."""

    reason = LineField(_l("Reason"), [Needed()])


class PartForm(wtforms.Form):
    """One part; a row without a code is no part."""

    code = LineField(_l("Code"), longest=60)
    name_en = LineField(_l("Name"))
    kind = SelectField(_l("Kind"), choices=_kinds, default="office")
    area = NumberField(_l("Area, m²"))
    capacity = WholeField(_l("Capacity, people"), most=100_000)

    def validate_code(self, field: wtforms.Field) -> None:
        """What has an area is a part, and has a code."""
        if not field.data and (self.area.data is not None or self.name_en.data):
            raise wtforms.ValidationError(_("Give this part a code, or empty its row."))


class PartsForm(Form):
    """The parts that a space gets, or the spaces that come in its place, from a day on."""

    on = DayField(_l("From"), [Needed()])
    parts = FieldList(FormField(PartForm), label=_l("Parts"), min_entries=PARTS_SHOWN, max_entries=50)

    def value(self, area_basis: str, *, lettable: bool) -> list[Part]:
        """The parts; their areas are measured as the whole one's was."""
        return [
            Part(
                row.code.data,
                Particular(row.kind.data, lettable, row.area.area(), area_basis if row.area.data is not None else "", row.capacity.data),
                Names(row.name_en.data) if row.name_en.data else None,
            )
            for row in (entry.form for entry in self.parts)
            if row.code.data
        ]


class MergeForm(Form, _Particulars):
    """The spaces that become one on a day, and what it is."""

    spaces = LinesField(_l("Spaces (one code on each line)"), [Needed()])
    on = DayField(_l("From"), [Needed()])
    code = LineField(_l("Code of the new space"), [Needed()], longest=60)

    def codes(self) -> list[str]:
        """The codes, each once."""
        lines = (line.strip() for line in (self.spaces.data or "").replace(",", "\n").splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class BuildingFilter(FilterForm):
    """Which buildings are listed."""

    q = LineField(_l("Search"), longest=100)
    use = SelectField(_l("Main use"), choices=lambda: choices("space_kind", blank=_("any")), default="")
    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))


class AsOfFilter(FilterForm):
    """The day that a page is about, and the day at whose end it was known."""

    on = DayField(_l("Day"))
    known = DayField(_l("As known on"))
