"""Browser text into values, and objections back to their fields. A form checks what was asked, never whether it is allowed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, DateTimeField, DecimalField, Field, HiddenField, IntegerField, StringField, TextAreaField, TimeField
from wtforms.validators import Length, StopValidation, ValidationError
from wtforms.widgets import DateTimeLocalInput, TextInput

from parkmgr.errors import Refused
from parkmgr.values import Area, Money, Names
from parkmgr.web.formats import sentence


class Form(FlaskForm):  # type: ignore[misc]
    """The base of every form. `version` carries the row's version from the page to the deed."""

    version = HiddenField()

    def sent(self) -> bool:
        """Tell whether the form was sent and is well formed."""
        return bool(request.method == "POST" and self.validate())

    def show(self, refused: Refused) -> None:
        """Each objection stands at its field, or above the form when it is about no field of it."""
        for objection in refused.objections:
            field = self._fields.get(objection.field)
            if field is None:
                self.form_errors.append(sentence(objection))
            else:
                field.errors = [*field.errors, sentence(objection)]

    def refuse(self, field: Field | None, text: str) -> None:
        """*text* stands at *field*, or above the form."""
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]

    @property
    def at_version(self) -> int | None:
        """The version that the page was opened on."""
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    @property
    def said(self) -> list[tuple[Field | None, str]]:
        """Every error with its field, for the summary."""
        listed: list[tuple[Field | None, str]] = [(None, str(text)) for text in self.form_errors]
        for field in self:
            listed.extend((field, str(text)) for text in _flat(field.errors))
        return listed


def _flat(errors: Any) -> Iterable[str]:
    if isinstance(errors, dict):
        for inner in errors.values():
            yield from _flat(inner)
    elif isinstance(errors, list | tuple):
        for inner in errors:
            yield from _flat(inner)
    else:
        yield str(errors)


def tidy(text: str | None) -> str:
    """Return text in Unicode's composed form, without white space at its ends."""
    return unicodedata.normalize("NFC", text).strip() if text else ""


_OVERRIDES = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))


def unwanted(text: str, *, lines: bool = False) -> bool:
    """Tell whether *text* has control characters, unpaired surrogates or direction overrides, which deceive readers."""
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Cn") and not (lines and character in "\n\r\t"):
            return True
        if ord(character) in _OVERRIDES:
            return True
    return False


class Clean:
    """A validator: no invisible characters that deceive."""

    def __init__(self, *, lines: bool = False) -> None:
        self.lines = lines

    def __call__(self, _form: object, field: Field) -> None:
        if field.data and unwanted(field.data, lines=self.lines):
            raise ValidationError(_("This has characters that cannot be shown (control characters or direction marks)."))


class Needed:
    """A validator: something must be given. It leaves no `required` attribute, so that the server says all errors at once."""

    def __init__(self) -> None:
        self.field_flags = {"needed": True}

    def __call__(self, _form: object, field: Field) -> None:
        if field.data is None or field.data == "" or field.data == []:
            raise StopValidation(None if field.errors else _("Please fill in this field."))  # type: ignore[arg-type]


class LineField(StringField):
    """One line of text, tidied; at most *longest* characters."""

    def __init__(self, label: Any = None, validators: Any = (), *, longest: int = 200, **options: Any) -> None:
        super().__init__(label, [*validators, Clean(), Length(max=longest)], filters=[tidy], **options)


class LinesField(TextAreaField):
    """Some lines of text."""

    def __init__(self, label: Any = None, validators: Any = (), *, longest: int = 4000, **options: Any) -> None:
        super().__init__(label, [*validators, Clean(lines=True), Length(max=longest)], filters=[tidy], **options)


def decimal_of(text: str) -> Decimal:
    """Return the number that a person wrote: 1234.5, 1 234,50, 1,234.50.

    Raises:
        ValueError: when it is none, or not finite.
    """
    plain = "".join(text.split()).replace("\N{NO-BREAK SPACE}", "").replace("'", "")
    if "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rfind(".") > plain.rfind(",") else plain.replace(".", "").replace(",", ".")
    elif plain.count(",") == 1:
        plain = plain.replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or abs(value) >= Decimal("1e13"):
        raise ValueError(text)
    return value


class NumberField(DecimalField):
    """A decimal number as people write it, with *places* decimals at most; data is a Decimal or None.

    Why a text input: a number input knows one decimal sign, people write two.
    """

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = (), *, places: int = 2, negative: bool = False, **options: Any) -> None:
        super().__init__(label, list(validators), places=places, **options)
        self.most_places, self.negative = places, negative

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format(self.data, "f")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            value = decimal_of(valuelist[0])
        except ValueError:
            raise ValueError(_("This is not a number.")) from None
        if value < 0 and not self.negative:
            raise ValueError(_("This must not be negative."))
        if -int(value.normalize().as_tuple().exponent) > self.most_places:
            raise ValueError(_("At most %(places)s decimal places.", places=self.most_places))
        self.data = value

    def area(self) -> Area | None:
        """The number as square metres."""
        return None if self.data is None else Area.of(self.data)

    def money(self, currency: str) -> Money | None:
        """The number as an amount of *currency*; the error stands at the field when it is finer than a coin."""
        return None if self.data is None else Money.of(self.data, currency)


class WholeField(IntegerField):
    """A whole number in bounds; data is an int or None."""

    def __init__(self, label: Any = None, validators: Any = (), *, least: int = 0, most: int = 1_000_000, **options: Any) -> None:
        super().__init__(label, list(validators), **options)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            value = int(valuelist[0].strip()[:20])
        except ValueError:
            raise ValueError(_("This is not a whole number.")) from None
        if not self.least <= value <= self.most:
            raise ValueError(_("This must be from %(least)s to %(most)s.", least=self.least, most=self.most))
        self.data = value


class DayField(DateField):
    """A civil day; data is a date or None. Days outside 1900–2200 are slips of the pen."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError:
            raise ValueError(_("This is not a day. Write it as 2026-09-01.")) from None
        if not 1900 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(_("This day is outside the years 1900 to 2200."))


class WallField(DateTimeField):
    """A wall time to the minute, as 2026-09-01T09:00 or 2026-09-01 09:00; data is a naive datetime or None. Its zone is the park's."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:%Y-%m-%dT%H:%M}"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            found = datetime.fromisoformat(valuelist[0].strip()[:40])
        except ValueError:
            raise ValueError(_("This is not a day and a time. Write it as 2026-09-01 09:00.")) from None
        if found.tzinfo is not None:
            raise ValueError(_("Write the time as the park's clock shows it, without a zone."))
        if not 1900 <= found.year <= 2199:
            raise ValueError(_("This day is outside the years 1900 to 2200."))
        self.data = found.replace(second=0, microsecond=0)


class ClockField(TimeField):
    """A time of day as 09:30; data is a time or None. Its zone is the park's."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = time.fromisoformat(valuelist[0].strip()[:5])
        except ValueError:
            raise ValueError(_("This is not a time of day. Write it as 09:30.")) from None


class FilterForm(Form):
    """The base of a list's filters: they stand in the address, change nothing, and are never an error."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    @classmethod
    def asked(cls, **given: Any) -> Self:
        """Return the filters of this request; one that is malformed is left out, with its sentence at the field."""
        form = cls(formdata=request.args, **given)
        form.validate()
        for field in form:
            if field.errors:
                field.data = None
        return form


class NamesMixin:
    """The three fields of a name; at least one must be filled in."""

    name_en = LineField("English")
    name_ru = LineField("Русский")
    name_zh = LineField("中文")

    def validate_name_en(self, field: Field) -> None:
        """At least one script."""
        if not (field.data or self.name_ru.data or self.name_zh.data):
            raise ValidationError(_("Give the name in at least one of the three scripts."))

    def names(self) -> Names:
        """The names as a value."""
        return Names(self.name_en.data or "", self.name_ru.data or "", self.name_zh.data or "")
