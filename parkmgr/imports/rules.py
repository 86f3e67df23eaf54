"""What a row of somebody's table says: values, or every reason why it cannot be taken. Pure: no database, no clock, no files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from parkmgr.errors import N_, Objection
from parkmgr.values import SQUARE_FOOT, Area, Names, coins, rounded

KINDS = ("buildings", "spaces", "organisations", "leases", "bookings", "residencies", "equipment", "commitments", "fund-flows")
"""What can be imported."""
MANY = 10_000
"""After so many problems one is enough for a row."""
UNITS = {"m2": Fraction(1), "sqft": SQUARE_FOOT}
RENTS = ("month", "year", "m2_month", "m2_year", "sqft_month", "sqft_year")
"""What an amount of rent can be for."""
PLAIN_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
"""Formats that can only be read in one way; others are named in the mapping."""

NEEDED = Objection("imports.needed", N_("The cell is empty, and a value is needed."))
NOT_A_NUMBER = Objection("imports.not_a_number", N_("This is not a number."))
NOT_WHOLE = Objection("imports.not_whole", N_("This is not a whole number."))
AMBIGUOUS_NUMBER = Objection("imports.ambiguous_number", N_("The comma can mean a fraction or thousands."))
NEGATIVE = Objection("imports.negative", N_("The number is negative."))
TOO_BIG = Objection("imports.too_big", N_("The number is too big to be true."))
TOO_FINE = Objection("imports.too_fine", N_("The amount is finer than the smallest coin of %(currency)s."))
NOT_A_DAY = Objection("imports.not_a_day", N_("This is not a day in a form that the mapping knows."))
DAY_OUT_OF_RANGE = Objection("imports.day_out_of_range", N_("The year %(year)s is too far away to be true."))
NOT_A_WORD = Objection("imports.not_a_word", N_("This word is not known here."))
NOT_A_CURRENCY = Objection("imports.not_a_currency", N_("This is not a currency code."))
TOO_LONG = Objection("imports.too_long", N_("The text has more than %(limit)s characters."))
UNSEEN = Objection("imports.unseen", N_("The text has a character that cannot be seen (%(character)s)."))
FAILED_FORMULA = Objection("imports.failed_formula", N_("The formula in this cell has no result."))
SURPLUS = Objection("imports.surplus", N_("The row has more cells than there are column names."))
NO_NAME = Objection("imports.no_name", N_("A name is needed in at least one language."))
REPEATED = Objection("imports.repeated", N_("Row %(row)s has the same code with another content."))
SAME_AS = Objection("imports.same_as", N_("The row says the same as one above."))
ENDS_BEFORE = Objection("imports.ends_before", N_("The last day is before the first day, %(starts_on)s."))
NOT_A_TIME = Objection("imports.not_a_time", N_("This is not a day and a time in a form that the mapping knows."))
NO_SUCH_ZONE = Objection("imports.no_such_zone", N_("The time zone %(zone)s is not known."))
NOT_AFTER = Objection("imports.not_after", N_("It must end after it starts."))
FLAT_RENT = Objection("imports.flat_rent", N_("The rent of a home is an amount a month or a year, not for a square metre."))
NO_PEOPLE = Objection("imports.no_people", N_("At least one person comes."))
BAD_ROR = Objection("imports.bad_ror", N_("This is no ROR identifier."))

FIX_CELL = Objection("imports.fix_cell", N_("Fill in the cell, or give a default in the mapping."))
FIX_NUMBER = Objection("imports.fix_number", N_("Write digits only, as in 1234.5; leave the cell empty when it is not known."))
FIX_COMMA = Objection(
    "imports.fix_comma", N_('Write %(thousands)s or %(fraction)s, or say in the mapping which it is (decimal = "." or decimal = ",").')
)
FIX_DAY = Objection("imports.fix_day", N_('Write it as 2025-06-20, or add its form to the mapping (dates = ["%%d/%%m/%%Y"]).'))
FIX_SERIAL = Objection("imports.fix_serial", N_("Format the column as dates; as a date the number is %(day)s."))
FIX_TIME = Objection(
    "imports.fix_time", N_('Write it as 2026-09-01 09:00, or add its form to the mapping (dates = ["%%d/%%m/%%Y %%H:%%M"]).')
)
FIX_ZONE = Objection("imports.fix_zone", N_("Use a name like Asia/Shanghai or Europe/Moscow, or UTC."))
FIX_WORD = Objection("imports.fix_word", N_("Write one of %(words)s, or add the word to the table of values in the mapping."))
FIX_NEAREST = Objection("imports.fix_nearest", N_("Write %(word)s, or add the word to the table of values in the mapping."))
FIX_TEXT = Objection("imports.fix_text", N_("Write this: %(text)s."))
FIX_SHORTER = Objection("imports.fix_shorter", N_("Shorten it to %(limit)s characters."))
FIX_LEAVE_EMPTY = Objection("imports.fix_leave_empty", N_("Mend the formula, or leave the cell empty when it is not known."))
FIX_SURPLUS = Objection("imports.fix_surplus", N_("Put quotation marks around texts that have the separator in them, or name the column."))
FIX_REMOVE_ROW = Objection("imports.fix_remove_row", N_("Remove one of the two rows."))
FIX_ORDER = Objection("imports.fix_order", N_("Exchange the two days, or mend the one that is wrong."))
FIX_NAME = Objection("imports.fix_name", N_("Fill in a name, or map another column to it."))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its number as a spreadsheet shows it, its texts, and whether it had more of them than there are columns."""

    number: int
    cells: tuple[str, ...]
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A field that rows can fill. kind: text, code, codes, name, area, whole, money, day, time, times, word, flag, currency, ror.

    words: every word understood for a field of kind `word`, folded, in three languages, with what it means.
    """

    name: str
    kind: str
    synonyms: tuple[str, ...] = ()
    needed: bool = False
    longest: int = 200
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> tuple[str, ...]:
        """What the field can be, in order."""
        return tuple(dict.fromkeys(self.words.values()))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's value comes from: columns joined by a separator, or a constant; and how it is to be read."""

    columns: tuple[str, ...] = ()
    separator: str = " "
    constant: str | None = None
    default: str = ""
    unit: str = "m2"
    per: str = "month"
    dates: tuple[str, ...] = ()
    decimal: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    as_code: bool = False
    """A code is made of the text: letters and digits joined by hyphens."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows whose column has one of the values are left out, for a reason."""

    column: str
    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a table is read: a mapping."""

    what: str
    fields: Mapping[str, Source]
    own_space: bool = False
    """Each row of leases makes its own space in its building."""
    as_of: date | None = None
    """The day of which the table speaks: leases past their end were held over on it."""
    skips: tuple[Skip, ...] = ()
    tenant: Mapping[str, str] = field(default_factory=dict)
    """With what a tenant is made who is not in the register; empty: it must be there."""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that cannot be taken: where, what it says, why, and what would mend it. column is empty for the whole row."""

    row: int
    column: str
    value: str
    reason: Objection
    fix: Objection | None = None


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """A building, as a row says. Fields that are not mapped are None."""

    row: int
    code: str
    names: Names
    use: str | None = None
    residential: bool | None = None
    address: str | None = None
    built: int | None = None
    area: Area | None = None
    area_basis: str | None = None


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A space, as a row says."""

    row: int
    building: str
    code: str
    kind: str
    names: Names | None = None
    floor: int | None = None
    area: Area | None = None
    area_basis: str = ""
    capacity: int | None = None
    lettable: bool = True
    bookable: bool = False
    starts_on: date | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation, as a row says."""

    row: int
    code: str
    kind: str
    names: Names
    country: str | None = None
    city: str | None = None
    website: str | None = None
    ror: str | None = None
    inn: str | None = None
    uscc: str | None = None


@dataclass(frozen=True, slots=True)
class Rent:
    """An amount of rent a month, or a square metre and month, in the smallest coin."""

    minor: int
    per_m2: bool = False


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease, as a row says. rent and deposit None: not known."""

    row: int
    tenant: str
    starts_on: date
    ends_on: date | None
    currency: str
    reference: str = ""
    building: str = ""
    building_name: str = ""
    building_address: str = ""
    spaces: tuple[str, ...] = ()
    space_name: str = ""
    space_kind: str = "office"
    area: Area | None = None
    area_basis: str = ""
    rent: Rent | None = None
    deposit_minor: int = 0
    notice_months: int = 0
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall time and the name of its zone; the park's where there is no name. all_day: only a day was said."""

    local: datetime
    zone: str = ""
    all_day: bool = False


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking or a series, as a row or an event says. recurrence: which date of the series with this uid it stands for."""

    row: int
    space: str
    organisation: str
    starts: Wall
    ends: Wall
    uid: str = ""
    recurrence: Wall | None = None
    people: int = 1
    purpose: str = ""
    guest: str = ""
    rrule: str = ""
    until: date | None = None
    exdates: tuple[Wall, ...] = ()
    rdates: tuple[Wall, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ResidencyRow:
    """A residency, as a row says. resident: a number of the register, or a name; who has no name here has none in a report either."""

    row: int
    space: str
    resident: str
    organisation: str
    starts_on: date
    ends_on: date | None
    currency: str
    rent_minor: int
    reference: str = ""
    deposit_minor: int = 0
    people: int = 1
    staff: bool = False


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """A piece of equipment, as a row says. location: a text in which the code of its laboratory may stand. Not mapped fields are None."""

    row: int
    names: Names
    owner: str
    number: str = ""
    location: str = ""
    make: str | None = None
    model: str | None = None
    serial: str | None = None
    contact: str | None = None
    bought_on: date | None = None
    price_minor: int = 0
    currency: str = ""
    warranty_until: date | None = None
    calibrated_on: date | None = None
    calibration_due: date | None = None


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """What a partner promised a fund, as a row says. currency: empty where it does not say."""

    row: int
    fund: str
    partner: str
    on: date
    minor: int
    currency: str = ""
    note: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """Money of a fund that moved, as a row says. partner or company: with whom."""

    row: int
    fund: str
    kind: str
    on: date
    minor: int
    currency: str = ""
    partner: str = ""
    company: str = ""
    purpose: str = ""
    recallable: bool = False
    note: str = ""
    reference: str = ""


AnyRow = BuildingRow | SpaceRow | OrganisationRow | LeaseRow | BookingRow | ResidencyRow | EquipmentRow | CommitmentRow | FlowRow


@dataclass(frozen=True, slots=True)
class Taking:
    """What became of all rows: values, rows left out with the reason, and problems.

    flawed: what else rows say that have a problem, so that everything wrong with them can be said at once.
    """

    values: tuple[AnyRow, ...]
    skipped: tuple[tuple[int, str], ...]
    problems: tuple[Problem, ...]
    flawed: tuple[AnyRow, ...] = ()


# Texts into values

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FAILED = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "x", "да", "истина", "是", "真"), True),
    **dict.fromkeys(("false", "no", "n", "0", "нет", "ложь", "否", "假"), False),
}
_LARGEST = Decimal("1e13")


def folded(text: str) -> str:
    """Return *text* as column names and words are compared: one case and width, letters and digits only, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def hidden(text: str) -> str:
    """Return the name of the first character in *text* that cannot be seen (controls, lone surrogates, direction overrides); or nothing."""
    if text.isprintable():
        return ""
    for character in text:
        if character in _OVERRIDES or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Zl", "Zp"):
            return f"U+{ord(character):04X}"
    return ""


def code_of(text: str, longest: int = 40) -> str:
    """Return a code made of *text*: its letters and digits in capitals, joined by hyphens."""
    return "-".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).upper()))[:longest].strip("-")


def number_of(text: str, decimal: str = "") -> Decimal:
    """Return the number that a cell says: 1234.5, 1 234,50, 1,234.50.

    decimal: the mark of fractions, where it is known.
    Raises:
        ValueError: with the objection and the fix, when it is none or can be read in two ways.
    """
    plain = re.sub(r"[\s'’\u00a0\u202f]", "", unicodedata.normalize("NFKC", text))
    other = {".": ",", ",": "."}.get(decimal, "")
    if other:
        plain = plain.replace(other, "")
    elif "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rfind(".") > plain.rfind(",") else plain.replace(".", "")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
        raise ValueError(AMBIGUOUS_NUMBER, FIX_COMMA.about(thousands=plain.replace(",", ""), fraction=plain.replace(",", ".")))
    elif plain.count(",") > 1:
        plain = plain.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", plain) else "?"
    plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(NOT_A_NUMBER, FIX_NUMBER)
    number = Decimal(plain)
    if abs(number) >= _LARGEST:
        raise ValueError(TOO_BIG, FIX_NUMBER)
    return number


def day_of(text: str, formats: Sequence[str]) -> date:
    """Return the day that a cell says, in ISO 8601 or one of *formats*.

    Raises:
        ValueError: with the objection and the fix.
    """
    for form in (*formats, *PLAIN_DATES):
        try:
            if form == "%Y-%m-%d" and len(text) == 10:
                day = date.fromisoformat(text)  # the commonest, twenty times as fast
            else:
                day = datetime.strptime(text.removesuffix(" 00:00:00"), form).date()  # noqa: DTZ007 - a civil day has no zone
        except (ValueError, re.error):
            continue
        if not 1800 <= day.year < 3000:
            raise ValueError(DAY_OUT_OF_RANGE.about(year=f"{day.year:04d}"), FIX_DAY)
        return day
    serial = re.fullmatch(r"(\d{5})(\.\d+)?", text)
    if serial and int(serial[1]) < 80000:
        raise ValueError(NOT_A_DAY, FIX_SERIAL.about(day=date.fromordinal(date(1899, 12, 30).toordinal() + int(serial[1]))))
    raise ValueError(NOT_A_DAY, FIX_DAY)


_CLOCKS = ("%H:%M", "%H:%M:%S")


def wall_of(text: str, formats: Sequence[str]) -> Wall:
    """Return the time that a cell says: as 2026-09-01 09:00, with the name of a zone or without one, or in one of *formats*.

    Raises:
        ValueError: with the objection and the fix.
    """
    plain, _, zone = text.rpartition(" ")
    if not plain or not zone[:1].isalpha():
        plain, zone = text, ""
    found = _local_of(plain.strip(), formats)
    if found is None:
        raise ValueError(NOT_A_TIME, FIX_TIME)
    if not 1900 <= found.local.year < 2200:
        raise ValueError(DAY_OUT_OF_RANGE.about(year=f"{found.local.year:04d}"), FIX_TIME)
    if zone and found.zone:
        raise ValueError(NOT_A_TIME, FIX_TIME)
    return replace(found, zone=zone or found.zone)


def _local_of(text: str, formats: Sequence[str]) -> Wall | None:
    try:
        at = datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        at = None
    if at is not None:
        if at.tzinfo is None:
            return Wall(at.replace(microsecond=0), all_day=len(text) == 10)
        try:
            return Wall(at.astimezone(UTC).replace(tzinfo=None, microsecond=0), "UTC")
        except OverflowError:
            return None
    for form in (*formats, *(f"{day} {clock}" for day in PLAIN_DATES for clock in _CLOCKS), *PLAIN_DATES):
        try:
            local = datetime.strptime(text, form)  # noqa: DTZ007 - a wall time
        except (ValueError, re.error):
            continue
        return Wall(local.replace(tzinfo=None), all_day="%H" not in form and "%I" not in form)
    return None


@lru_cache(maxsize=1000)
def _near(text: str, words: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, words, n=1, cutoff=0.75)), "")


class Cells:
    """One row through a plan: each question gives a value or None, and notes what is wrong."""

    def __init__(self, row: Row, plan: Plan, columns: Mapping[str, int], targets: Mapping[str, Target]) -> None:
        self.row = row
        self.problems: list[Problem] = []
        self._plan = plan
        self._columns = columns
        self._targets = targets
        if row.surplus:
            self.problems.append(Problem(row.number, "", "", SURPLUS, FIX_SURPLUS))

    def has(self, name: str) -> bool:
        """Tell whether the field is filled by the plan at all."""
        return name in self._plan.fields

    def refuse(self, name: str, value: str, reason: Objection, fix: Objection | None = None) -> None:
        """Note what is wrong with a field."""
        source = self._plan.fields.get(name, Source())
        self.problems.append(Problem(self.row.number, ", ".join(source.columns) or name, value[:200], reason, fix))

    def written(self, name: str) -> str:
        """Return what stands in the field's cells, joined; a constant; the default; nothing when it is empty or unknown."""
        source = self._plan.fields.get(name)
        if source is None:
            return ""
        if source.constant is not None:
            return source.constant
        cells = (self.row.cells[self._columns[column]] for column in source.columns)
        text = source.separator.join(cell for cell in cells if cell and cell not in source.unknown)
        if source.as_code:
            text = code_of(text, self._targets[name].longest)
        return text or source.default

    def _text(self, name: str) -> str:
        text = self.written(name)
        if _FAILED.fullmatch(text):
            self.refuse(name, text, FAILED_FORMULA, FIX_LEAVE_EMPTY)
            return ""
        if not text and self._targets[name].needed and self.has(name):
            self.refuse(name, text, NEEDED, FIX_CELL)
        return text

    def text(self, name: str) -> str | None:
        """Return one line of text, in Unicode's composed form; None when it is not mapped."""
        if not self.has(name):
            return None
        written = unicodedata.normalize("NFC", " ".join(self._text(name).split()))
        unseen = hidden(written)
        longest = self._targets[name].longest
        if unseen:
            mended = "".join(character for character in written if not hidden(character))
            self.refuse(name, written, UNSEEN.about(character=unseen), FIX_TEXT.about(text=mended[:120]))
        elif len(written) > longest:
            self.refuse(name, written, TOO_LONG.about(limit=longest), FIX_SHORTER.about(limit=longest))
        return written

    def line(self, name: str) -> str:
        """Return one line of text; nothing when it is not mapped."""
        return self.text(name) or ""

    def names(self) -> Names | None:
        """Return the names. The field `name` goes to the script that it is written in."""
        found = {language: self.line(f"name_{language}") for language in ("en", "ru", "zh")}
        plain = self.line("name")
        if plain:
            found[script(plain)] = found[script(plain)] or plain
        if not any(found.values()):
            return None
        return Names(**found)

    def _number(self, name: str) -> Decimal | None:
        text = self._text(name)
        if not text:
            return None
        try:
            number = number_of(text, self._plan.fields[name].decimal)
        except ValueError as error:
            self.refuse(name, text, *error.args)
            return None
        if number < 0 and name != "floor":
            self.refuse(name, text, NEGATIVE, FIX_NUMBER)
            return None
        return number

    def whole(self, name: str) -> int | None:
        """Return a whole number; None when it is not known."""
        number = self._number(name)
        if number is not None and number != number.to_integral_value():
            self.refuse(name, self.written(name), NOT_WHOLE, FIX_NUMBER)
            return None
        return None if number is None else int(number)

    def area(self, name: str) -> Area | None:
        """Return an area, from the plan's unit, to the nearest 0.01 m²; None when it is not known (unknown is not zero)."""
        number = self._number(name)
        return None if number is None else Area.of(number, per_m2=UNITS[self._plan.fields[name].unit])

    def rent(self, name: str, currency: str) -> Rent | None:
        """Return the rent a month, rounded half-even to the smallest coin where the plan says by the year or the foot."""
        number = self._number(name)
        if number is None:
            return None
        per = self._plan.fields[name].per
        exact = Fraction(number) * 10 ** coins(currency)
        if per in ("month", "m2_month") and exact.denominator != 1:
            self.refuse(name, self.written(name), TOO_FINE.about(currency=currency), FIX_NUMBER)
            return None
        exact /= 12 if per.endswith("year") else 1
        exact /= SQUARE_FOOT if per.startswith("sqft") else 1
        return Rent(rounded(exact), per_m2="_" in per)

    def money(self, name: str, currency: str) -> int:
        """Return an amount in the smallest coin; zero when there is none."""
        number = self._number(name)
        if number is None:
            return 0
        exact = Fraction(number) * 10 ** coins(currency)
        if exact.denominator != 1:
            self.refuse(name, self.written(name), TOO_FINE.about(currency=currency), FIX_NUMBER)
        return rounded(exact)

    def day(self, name: str) -> date | None:
        """Return a day; None when there is none."""
        text = self._text(name)
        if not text:
            return None
        try:
            return day_of(text, self._plan.fields[name].dates)
        except ValueError as error:
            self.refuse(name, text, *error.args)
            return None

    def wall(self, name: str) -> Wall | None:
        """Return a wall time; None when there is none."""
        text = self._text(name)
        return self._wall(name, text) if text else None

    def walls(self, name: str) -> tuple[Wall, ...]:
        """Return the wall times that stand in one cell, divided by semicolons."""
        parts = [part.strip() for part in self._text(name).split(";")] if self.has(name) else []
        return tuple(found for part in parts[:MANY] if part and (found := self._wall(name, part)))

    def _wall(self, name: str, text: str) -> Wall | None:
        try:
            return wall_of(text, self._plan.fields[name].dates)
        except ValueError as error:
            self.refuse(name, text, *error.args)
            return None

    def flag(self, name: str) -> bool | None:
        """Return yes or no; None when it does not say."""
        text = self._text(name)
        meant = self._valued(name, text)
        flag = _FLAGS.get(folded(meant)) if meant else None
        if text and flag is None:
            self.refuse(name, text, NOT_A_WORD, FIX_WORD.about(words="yes, no"))
        return flag

    def word(self, name: str) -> str | None:
        """Return one of the field's words; None when it does not say."""
        text = self._text(name)
        if not text:
            return None
        target = self._targets[name]
        meant = self._valued(name, text)
        parts = (meant, *re.split(r"[|;,/]", meant))
        word = next((target.words[part] for part in map(folded, parts) if part in target.words), None)
        if word is None:
            self.refuse(name, text, NOT_A_WORD, self._nearest(meant, target))
        return word

    def _valued(self, name: str, text: str) -> str:
        """Return what the plan's table of values makes of a text: of several parts (Education|Funder) the first in the table's order."""
        values = self._plan.fields[name].values if self.has(name) else {}
        if not values:
            return text
        parts = {folded(part) for part in (text, *re.split(r"[|;,/]", text))}
        return next((meant for word, meant in values.items() if folded(word) in parts), text)

    @staticmethod
    def _nearest(text: str, target: Target) -> Objection:
        near = _near(folded(text)[:80], tuple(target.words))
        if near:
            return FIX_NEAREST.about(word=target.words[near])
        return FIX_WORD.about(words=", ".join(target.choices))

    def codes(self, name: str) -> tuple[str, ...]:
        """Return codes that stand in one cell, divided by ; , | or lines."""
        return tuple(dict.fromkeys(code for part in re.split(r"[;,|\n]", self._text(name)) if (code := " ".join(part.split()))))

    def currency(self, name: str, otherwise: str) -> str:
        """Return a currency code; the park's when it does not say."""
        text = self._text(name)
        if not text:
            return otherwise
        meant = self._valued(name, text).upper()
        if not re.fullmatch("[A-Z]{3}", meant):
            self.refuse(name, text, NOT_A_CURRENCY, FIX_WORD.about(words="CNY, RUB, USD, EUR"))
            return otherwise
        return meant


def script(text: str) -> str:
    """Return the language whose script a name is written in: zh, ru or en."""
    if any("\u3400" <= character <= "\u9fff" for character in text):
        return "zh"
    return "ru" if any("а" <= character <= "я" or character == "ё" for character in text.casefold()) else "en"


# Rows into values


def _building(cells: Cells, _currency: str) -> BuildingRow | None:
    code, names = cells.line("code"), cells.names()
    if names is None:
        names = Names(code) if code else None
    row = (
        cells.word("use"),
        cells.flag("residential"),
        cells.text("address"),
        cells.whole("built"),
        cells.area("area"),
        cells.word("area_basis"),
    )
    return BuildingRow(cells.row.number, code, names, *row) if names else None


def _space(cells: Cells, _currency: str) -> SpaceRow | None:
    lettable, bookable = cells.flag("lettable"), cells.flag("bookable")
    kind = cells.word("kind")
    row = SpaceRow(
        cells.row.number,
        cells.line("building"),
        cells.line("code"),
        kind or "",
        cells.names(),
        cells.whole("floor"),
        cells.area("area"),
        cells.word("area_basis") or "",
        cells.whole("capacity"),
        kind != "circulation" if lettable is None else lettable,
        bool(bookable),
        cells.day("starts_on"),
        cells.line("parent"),
    )
    return row if kind else None


def _organisation(cells: Cells, _currency: str) -> OrganisationRow | None:
    ror = _ror(cells)
    code = cells.line("code") or (ror or "").upper()
    kind, names = cells.word("kind"), cells.names()
    if names is None:
        cells.refuse("name_en", "", NO_NAME, FIX_NAME)
    country, city, website = cells.text("country"), cells.text("city"), cells.text("website")
    inn, uscc = cells.line("inn") or None, cells.line("uscc") or None
    if not code and names:
        code = code_of(names.en or names.in_("en"))
    if names is None or kind is None:
        return None
    return OrganisationRow(cells.row.number, code, kind, names, country and country.upper(), city, website, ror, inn, uscc)


def _ror(cells: Cells) -> str | None:
    text = cells.line("ror")
    if not text:
        return None
    found = re.fullmatch(r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}\d{2})", text.lower())
    if not found:
        cells.refuse("ror", text, BAD_ROR, FIX_TEXT.about(text="https://ror.org/03yrm5c26"))
        return None
    return found.group(1)


def _lease(cells: Cells, park_currency: str) -> LeaseRow | None:
    currency = cells.currency("currency", park_currency)
    starts_on, ends_on = cells.day("starts_on"), cells.day("ends_on")
    tenant, spaces = cells.line("tenant"), cells.codes("spaces")
    if starts_on and ends_on and ends_on < starts_on:
        cells.refuse("ends_on", ends_on.isoformat(), ENDS_BEFORE.about(starts_on=starts_on), FIX_ORDER)
    row = LeaseRow(
        cells.row.number,
        tenant,
        starts_on or date.max,
        ends_on,
        currency,
        reference=cells.line("reference"),
        building=cells.line("building"),
        building_name=cells.line("building_name"),
        building_address=cells.line("building_address"),
        spaces=spaces,
        space_name=cells.line("space_name"),
        space_kind=cells.word("space_kind") or "office",
        area=cells.area("area"),
        area_basis=cells.word("area_basis") or "",
        rent=cells.rent("rent", currency),
        deposit_minor=cells.money("deposit", currency),
        notice_months=cells.whole("notice_months") or 0,
        purpose=cells.line("purpose"),
    )
    return row if starts_on else None


def _booking(cells: Cells, _currency: str) -> BookingRow | None:
    starts, ends = cells.wall("starts"), cells.wall("ends")
    people, recurrence = cells.whole("people"), cells.wall("recurrence")
    if people == 0:
        cells.refuse("people", "0", NO_PEOPLE, FIX_NUMBER)
    if starts is not None and ends is not None and ends.all_day:
        ends = Wall(ends.local + timedelta(days=1), ends.zone)
    if starts is not None and ends is not None and starts.zone == ends.zone and ends.local <= starts.local:
        cells.refuse("ends", cells.written("ends"), NOT_AFTER, FIX_ORDER)
    row = BookingRow(
        cells.row.number,
        cells.line("space"),
        cells.line("organisation"),
        starts or _NO_WALL,
        ends or _NO_WALL,
        uid=cells.line("uid"),
        recurrence=recurrence,
        people=people or 1,
        purpose=cells.line("purpose"),
        guest=cells.line("guest"),
        rrule=cells.written("rrule").strip(),
        until=cells.day("until"),
        exdates=cells.walls("exdates"),
        rdates=cells.walls("rdates"),
        cancelled=cells.word("status") == "cancelled",
    )
    return row if starts is not None and ends is not None else None


def _residency(cells: Cells, park_currency: str) -> ResidencyRow | None:
    currency = cells.currency("currency", park_currency)
    starts_on, ends_on = cells.day("starts_on"), cells.day("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        cells.refuse("ends_on", ends_on.isoformat(), ENDS_BEFORE.about(starts_on=starts_on), FIX_ORDER)
    people, rent = cells.whole("people"), cells.rent("monthly_rent", currency)
    if people == 0:
        cells.refuse("people", "0", NO_PEOPLE, FIX_NUMBER)
    if rent is not None and rent.per_m2:
        cells.refuse("monthly_rent", cells.written("monthly_rent"), FLAT_RENT)
    row = ResidencyRow(
        cells.row.number,
        cells.line("space"),
        cells.line("resident"),
        cells.line("organisation"),
        starts_on or date.max,
        ends_on,
        currency,
        rent.minor if rent is not None else 0,
        reference=cells.line("reference"),
        deposit_minor=cells.money("deposit", currency),
        people=people or 1,
        staff=bool(cells.flag("staff")),
    )
    return row if starts_on else None


def _equipment(cells: Cells, park_currency: str) -> EquipmentRow | None:
    names = cells.names()
    if names is None:
        cells.refuse("name", "", NO_NAME, FIX_NAME)
    currency = cells.currency("currency", park_currency)
    row = EquipmentRow(
        cells.row.number,
        names or Names("?"),
        cells.line("owner"),
        number=cells.line("number"),
        location=cells.line("location"),
        make=cells.text("make"),
        model=cells.text("model"),
        serial=cells.text("serial"),
        contact=cells.text("contact"),
        bought_on=cells.day("bought_on"),
        price_minor=cells.money("price", currency),
        currency=currency,
        warranty_until=cells.day("warranty_until"),
        calibrated_on=cells.day("calibrated_on"),
        calibration_due=cells.day("calibration_due"),
    )
    return row if names is not None else None


def _commitment(cells: Cells, park_currency: str) -> CommitmentRow | None:
    on, currency = cells.day("on"), cells.currency("currency", "")
    row = CommitmentRow(
        cells.row.number,
        cells.line("fund"),
        cells.line("partner"),
        on or date.max,
        cells.money("amount", currency or park_currency),
        currency,
        cells.line("note"),
        cells.line("reference"),
    )
    return row if on else None


def _flow(cells: Cells, park_currency: str) -> FlowRow | None:
    on, currency, kind = cells.day("on"), cells.currency("currency", ""), cells.word("kind")
    row = FlowRow(
        cells.row.number,
        cells.line("fund"),
        kind or "",
        on or date.max,
        cells.money("amount", currency or park_currency),
        currency,
        cells.line("partner"),
        cells.line("company"),
        cells.word("purpose") or "",
        bool(cells.flag("recallable")),
        cells.line("note"),
        cells.line("reference"),
    )
    return row if on and kind else None


_NO_WALL = Wall(datetime.min)  # noqa: DTZ901 - a wall time
_MAKERS = {
    "buildings": _building,
    "spaces": _space,
    "organisations": _organisation,
    "leases": _lease,
    "bookings": _booking,
    "residencies": _residency,
    "equipment": _equipment,
    "commitments": _commitment,
    "fund-flows": _flow,
}


def taken(rows: Iterable[Row], columns: Sequence[str], plan: Plan, targets: Mapping[str, Target], currency: str) -> Taking:
    """Return what the rows say: values, rows left out by the plan or as repetitions, and every problem with row, column and value."""
    where = {column: index for index, column in enumerate(columns)}
    values: list[AnyRow] = []
    skipped: list[tuple[int, str]] = []
    problems: list[Problem] = []
    flawed: list[AnyRow] = []
    for row in rows:
        reason = _skip(row, plan, where)
        if reason:
            skipped.append((row.number, reason))
            continue
        cells = Cells(row, plan, where, targets)
        value = _MAKERS[plan.what](cells, currency)
        many = len(problems) >= MANY
        problems += cells.problems[:1] if many else cells.problems
        if value is not None and not (many and cells.problems):
            (flawed if cells.problems else values).append(value)
    if plan.what in ("buildings", "spaces", "organisations"):
        values, same, against = _once(values, plan)
        skipped += same
        problems += against
    return Taking(tuple(values), tuple(sorted(skipped)), tuple(sorted(problems, key=lambda problem: problem.row)), tuple(flawed))


def _skip(row: Row, plan: Plan, columns: Mapping[str, int]) -> str:
    for skip in plan.skips:
        if folded(row.cells[columns[skip.column]]) in {folded(value) for value in skip.values}:
            return skip.reason or f"{skip.column}: {row.cells[columns[skip.column]]}"
    return ""


def _once(values: Sequence[AnyRow], plan: Plan) -> tuple[list[AnyRow], list[tuple[int, str]], list[Problem]]:
    """Return the values with each code once. A row that repeats another word for word is left out; one that contradicts it is a problem."""
    first: dict[str, AnyRow] = {}
    same: list[tuple[int, str]] = []
    against: list[Problem] = []
    for value in values:
        code = getattr(value, "code", "")
        before = first.setdefault(code, value)
        if before is value:
            continue
        if replace(value, row=before.row) == before:
            same.append((value.row, str(SAME_AS)))
        else:
            column = ", ".join(plan.fields["code"].columns) if "code" in plan.fields else "code"
            against.append(Problem(value.row, column, code, REPEATED.about(row=before.row), FIX_REMOVE_ROW))
    return list(first.values()), same, against
