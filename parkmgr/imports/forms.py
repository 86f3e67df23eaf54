"""A file from a browser, and which of its columns is what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from parkmgr.imports import mapping as mappings
from parkmgr.imports.rules import Plan, hidden
from parkmgr.web.forms import Form, Needed
from parkmgr.web.words import choices

LABELS = {
    "code": _l("Code"),
    "name": _l("Name, in any script"),
    "name_en": _l("Name in English"),
    "name_ru": _l("Name in Russian"),
    "name_zh": _l("Name in Chinese"),
    "use": _l("Main use"),
    "residential": _l("Residential"),
    "address": _l("Address"),
    "built": _l("Year of building"),
    "area": _l("Area"),
    "area_basis": _l("Basis of the area"),
    "building": _l("Building (code)"),
    "building_name": _l("Name of the building"),
    "building_address": _l("Address of the building"),
    "floor": _l("Floor"),
    "kind": _l("Kind"),
    "capacity": _l("Capacity"),
    "lettable": _l("For letting"),
    "bookable": _l("Bookable"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "parent": _l("Part of (code)"),
    "country": _l("Country"),
    "city": _l("City"),
    "website": _l("Website"),
    "ror": _l("ROR"),
    "inn": _l("INN"),
    "uscc": _l("USCC"),
    "tenant": _l("Tenant (code or name)"),
    "reference": _l("Number of the contract"),
    "spaces": _l("Spaces (codes)"),
    "space_name": _l("Name of the space"),
    "space_kind": _l("Kind of the space"),
    "rent": _l("Rent"),
    "currency": _l("Currency"),
    "deposit": _l("Deposit"),
    "notice_months": _l("Notice in months"),
    "purpose": _l("Purpose"),
    "space": _l("Space (code or name)"),
    "organisation": _l("Organisation (code or name)"),
    "starts": _l("Start"),
    "ends": _l("End"),
    "uid": _l("Identifier (UID)"),
    "recurrence": _l("Which date of its series"),
    "people": _l("People"),
    "guest": _l("For whom"),
    "rrule": _l("Repetition (RRULE)"),
    "until": _l("Repeated until"),
    "exdates": _l("Dates left out"),
    "rdates": _l("Further dates"),
    "status": _l("State"),
    "resident": _l("Resident (number or name)"),
    "monthly_rent": _l("Rent a month"),
    "staff": _l("Staff rent"),
    "number": _l("Asset number"),
    "location": _l("Location (with the code of the laboratory)"),
    "owner": _l("Owner (code or name)"),
    "make": _l("Make"),
    "model": _l("Model"),
    "serial": _l("Serial number"),
    "contact": _l("Contact"),
    "bought_on": _l("Bought on"),
    "price": _l("Price"),
    "warranty_until": _l("Warranty until"),
    "calibrated_on": _l("Calibrated on"),
    "calibration_due": _l("Calibration due"),
}
LONGEST_MAPPING = 100_000


def filename(file: FileStorage) -> str:
    """Return the file's name as it is shown: without folders and characters that cannot be seen."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if not hidden(letter))[:200] or "?"


class UploadForm(Form):
    """What is in the file, the file, and a mapping where somebody has one."""

    what = SelectField(_l("What it lists"), choices=lambda: choices("import_what"))
    file = FileField(_l("File (XLSX, CSV or iCalendar)"), [Needed()])
    mapping = FileField(_l("Mapping (TOML), if you have one"), [Optional()])


class MappingForm(Form):
    """The mapping as text."""

    mapping = TextAreaField(_l("Mapping (TOML)"), [Length(max=LONGEST_MAPPING)])


class ApplyForm(Form):
    """Do what the page shows. seen: the digest of the mapping that it shows."""

    seen = StringField(validators=[Needed(), Length(max=64)])


@dataclass(frozen=True, slots=True)
class Choice:
    """A field and the columns that it can be read from."""

    name: str
    label: str
    needed: bool
    options: tuple[tuple[str, str], ...]
    chosen: str
    how: str
    """What is not in the select: a unit, a constant, the forms of dates."""


def choices_of(plan: Plan, columns: Iterable[str]) -> list[Choice]:
    """Return a select for each field of a mapping."""
    listed = []
    plain = tuple((column, column) for column in columns)
    for name, target in mappings.TARGETS[plan.what].items():
        source = plan.fields.get(name)
        options: tuple[tuple[str, str], ...] = (("", "—"), *plain)
        chosen, how = "", ""
        if source is not None:
            written = mappings.source_toml(source)
            if len(source.columns) == 1 and source.constant is None:
                chosen = source.columns[0]
                how = written if written.startswith("{") else ""
            else:
                options = (options[0], (mappings.KEEP, written[:120]), *plain)
                chosen = mappings.KEEP
        listed.append(Choice(name, str(LABELS[name]), target.needed, options, chosen, how))
    return listed
