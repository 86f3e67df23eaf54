"""Browser text into what is looked for, and into what is to be booked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from parkmgr.bookings.models import Feature
from parkmgr.bookings.rules import BACKWARDS
from parkmgr.calendars.recurrence import Occurrence, instants, occurrences, parse, weekly
from parkmgr.calendars.rules import TWICE, instant_of
from parkmgr.errors import N_, Objection, Refused
from parkmgr.organisations.models import Organisation
from parkmgr.values import Names, Span
from parkmgr.web.formats import language, names
from parkmgr.web.forms import Clean, DayField, FilterForm, Form, LineField, NumberField, WallField, WholeField, tidy
from parkmgr.web.words import choices

NO_START = Objection("bookings.no_start", N_("Say from when."), "starts_at")
NO_LENGTH = Objection("bookings.no_length", N_("Say until when, or for how long."), "ends_at")
TOO_LONG_DATES = Objection("bookings.too_long_dates", N_("Each date of a series must end before the next one begins."), "ends_at")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ISO_DAYS = frozenset("1234567")
MINUTES = (15, 30, 45, 60, 90, 120, 180, 240, 480)
MOST_CODES = 50


def _day_names() -> list[SelectChoice]:
    locale = {"zh": "zh_Hans_CN", "ru": "ru_RU"}.get(language(), "en_GB")
    named = get_day_names("abbreviated", locale=locale)
    return [SelectChoice(str(number + 1), named[number]) for number in range(7)]


def minutes_shown(minutes: int) -> str:
    """Return a length in words: 45 minutes, 2 hours, 1½ hours."""
    if minutes % 60 == 30 and minutes > 60:
        return str(_("%(hours)s hours", hours=f"{minutes // 60}½"))
    if minutes % 60:
        return str(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    return str(ngettext("%(num)s hour", "%(num)s hours", minutes // 60))


def _lengths() -> list[SelectChoice]:
    days = [(f"{n}d", ngettext("%(num)s day", "%(num)s days", n)) for n in (1, 2, 3)]
    weeks = [(f"{n}w", ngettext("%(num)s week", "%(num)s weeks", n)) for n in (1, 2)]
    months = [(f"{n}m", ngettext("%(num)s month", "%(num)s months", n)) for n in (1, 2, 3, 6, 12, 24, 36)]
    return [SelectChoice(str(n), minutes_shown(n)) for n in MINUTES] + [
        SelectChoice(code, str(said)) for code, said in days + weeks + months
    ]


def _repeats() -> list[SelectChoice]:
    return [
        SelectChoice("", _("once")),
        SelectChoice("day", _("every day")),
        SelectChoice("workday", _("Monday to Friday")),
        SelectChoice("week", _("every week")),
        SelectChoice("2weeks", _("every two weeks")),
        SelectChoice("month", _("every month on this day")),
        SelectChoice("weekday", _("every month on this weekday")),
    ]


def _which() -> list[SelectChoice]:
    return [SelectChoice("", _("which of the two?")), SelectChoice("first", _("the first")), SelectChoice("second", _("the second"))]


def _months_on(local: datetime, months: int) -> datetime:
    index = local.year * 12 + local.month - 1 + months
    year, month = divmod(index, 12)
    for day in range(local.day, 27, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return local.replace(year=year, month=month + 1, day=min(local.day, 28))


def after(local: datetime, length: str) -> datetime:
    """Return the wall time that is so long after another: 90 (minutes), 2d, 1w, 12m."""
    found = re.fullmatch(r"(?P<number>[0-9]{1,5})(?P<unit>[dwm]?)", length)
    if found is None:
        raise Refused([NO_LENGTH])
    number = int(found["number"])
    if found["unit"] == "m":
        return _months_on(local, number)
    return local + {"": timedelta(minutes=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[found["unit"]] * number


def rule_text(every: str, start: datetime, *, weekdays: Collection[int] = (), until: date | None = None, count: int | None = None) -> str:
    """Return the RRULE of a series as the form's fields say it; empty for what is once."""
    if every in ("week", "2weeks", "workday"):
        days = frozenset({1, 2, 3, 4, 5} if every == "workday" else weekdays)
        return weekly(start, days, interval=2 if every == "2weeks" else 1, until=until, count=count)
    ends = [f"COUNT={count}"] if count is not None else [f"UNTIL={until:%Y%m%d}T235959"] if until else []
    if every == "day":
        return ";".join(["FREQ=DAILY", *ends])
    if every == "month":
        return ";".join(["FREQ=MONTHLY", *ends])
    if every == "weekday":
        number = (start.day - 1) // 7 + 1
        return ";".join(["FREQ=MONTHLY", *ends, f"BYDAY={number if number < 5 else -1}{DAYS[start.weekday()]}"])
    return ""


class _CheckList(SelectMultipleField):
    """Several of a few, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CodesField(StringField):
    """Codes of spaces, given once each or in one line with commas; codes() are they."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, [Clean(), Length(max=4000)], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """The line that the field shows."""
        self.data = ", ".join(text for text in (tidy(value) for value in valuelist) if text)

    def codes(self) -> list[str]:
        """The codes, each once, in order."""
        return list(dict.fromkeys(code.strip() for code in re.split(r"[,;\n]", self.data or "") if code.strip()))[:MOST_CODES]


@dataclass(frozen=True, slots=True)
class Asked:
    """When something is wanted: the only date, or the dates of a series, in wall time and as instants.

    dates: (start, end); a start may not exist or exist twice (its trouble). rrule: empty when it is once.
    """

    starts_local: datetime
    ends_local: datetime
    dates: tuple[tuple[Occurrence, datetime], ...]
    rrule: str = ""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The instants; a wall time that does not exist, or exists twice, is read as RFC 5545 does."""
        return tuple(Span(start.starts_at, end) for start, end in self.dates)


class WhenMixin:
    """From when until when, once or again and again, in the park's wall time."""

    starts_at = WallField(_l("From"), name="from")
    starts_which = SelectField(_l("This hour exists twice:"), choices=_which, name="from_which", default="")
    ends_at = WallField(_l("To"), name="to")
    ends_which = SelectField(_l("This hour exists twice:"), choices=_which, name="to_which", default="")
    length = SelectField(_l("For how long"), choices=_lengths, name="for", default="60")
    every = SelectField(_l("Repeated"), choices=_repeats, default="")
    until = DayField(_l("Until (last day)"))
    count = WholeField(_l("So many times"), least=1, most=99_999)
    weekdays = _CheckList(_l("On"), choices=_day_names)
    rrule = LineField(_l("Or by a rule (RRULE)"), longest=600)
    which: dict[str, bool] = {}  # noqa: RUF012 - never changed, only replaced
    """At which of the times it is asked which of two hours is meant."""

    def when(self, zone: ZoneInfo) -> Asked:
        """Return when it is wanted.

        Raises:
            Refused: with what is against the times, each at its field.
        """
        against: list[Objection] = []
        start = self.starts_at.data
        if start is None:
            raise Refused([] if self.starts_at.errors else [NO_START])
        end = self.ends_at.data or (None if self.ends_at.errors else after(start, self.length.data or ""))
        if end is None:
            raise Refused([])
        text = self.rrule.data or rule_text(
            self.every.data or "",
            start,
            weekdays={int(day) for day in self.weekdays.data or () if day in _ISO_DAYS},
            until=self.until.data,
            count=self.count.data,
        )
        if text:
            return _series(text, start, end, zone, "rrule" if self.rrule.data else "until")
        instants_ = []
        self.which = {"starts_at": bool(self.starts_which.data), "ends_at": bool(self.ends_which.data)}
        for name, local, which in (("starts_at", start, self.starts_which.data), ("ends_at", end, self.ends_which.data)):
            try:
                instants_.append(instant_of(local, zone, second={"first": False, "second": True}.get(which or "")))
            except Refused as refused:
                against += [objection.at(name) for objection in refused.objections]
                self.which[name] = any(objection.code == TWICE.code for objection in refused.objections)
        if not against and instants_[1] <= instants_[0]:
            against.append(BACKWARDS)
        if against:
            raise Refused(against)
        return Asked(start, end, ((Occurrence(start, instants_[0]), instants_[1]),))

    def given(self) -> dict[str, Any]:
        """Return what the fields say, for an address."""
        said: dict[str, Any] = {
            "from": _minute(self.starts_at.data),
            "from_which": self.starts_which.data,
            "to": _minute(self.ends_at.data),
            "to_which": self.ends_which.data,
            "for": None if self.ends_at.data else self.length.data,
            "every": self.every.data,
            "until": self.until.data.isoformat() if self.until.data else None,
            "count": self.count.data,
            "weekdays": list(self.weekdays.data or ()),
            "rrule": self.rrule.data,
        }
        return {name: value for name, value in said.items() if value not in (None, "", [])}


def _minute(local: datetime | None) -> str | None:
    return None if local is None else f"{local:%Y-%m-%dT%H:%M}"


def _series(text: str, start: datetime, end: datetime, zone: ZoneInfo, field: str) -> Asked:
    if end <= start:
        raise Refused([BACKWARDS])
    try:
        rule = parse(text, zone)
        locals_ = occurrences(rule, start)
    except Refused as refused:
        raise Refused([objection.at(field) for objection in refused.objections]) from None
    ends = instants((local + (end - start) for local in locals_), zone)
    dates = tuple((first, last.starts_at) for first, last in zip(instants(locals_, zone), ends, strict=True))
    if any(one[1] <= one[0].starts_at for one in dates) or any(one[1] > following[0].starts_at for one, following in pairwise(dates)):
        raise Refused([TOO_LONG_DATES])
    return Asked(start, end, dates, rule.text)


class FindForm(WhenMixin, FilterForm):
    """What is looked for: one sentence. It stands in the address."""

    kind = SelectField(_l("I need"), choices=lambda: choices("space_kind", blank=_("any space")), default="")
    people = WholeField(_l("for people"), least=1, most=100_000)
    at_least = NumberField(_l("of at least, m²"), name="area")
    features = _CheckList(_l("with"), name="feature")
    building = SelectField(_l("in"), default="")
    organisation = LineField(_l("for"), longest=300)

    def __init__(
        self, *arguments: Any, buildings: Iterable[tuple[str, Names]] = (), equipment: Iterable[Feature] = (), **given: Any
    ) -> None:
        super().__init__(*arguments, **given)
        self.building.choices = [SelectChoice("", _("any building"))] + [
            SelectChoice(code, f"{code} · {names(name)}") for code, name in buildings
        ]
        self.features.choices = [SelectChoice(one.code, feature_name(one)) for one in equipment]

    def given(self) -> dict[str, Any]:
        """Return what the fields say, for the address of a review."""
        said = {"people": self.people.data, "organisation": self.organisation.data}
        return {**super().given(), **{name: value for name, value in said.items() if value not in (None, "")}}


class BookForm(WhenMixin, Form):
    """What is to be booked, for whom, and for what."""

    key = HiddenField(validators=[Length(max=80)])
    space = CodesField(_l("Space"))
    organisation = LineField(_l("For which organisation"), longest=300)
    people = WholeField(_l("People"), least=1, most=100_000, default=1)
    purpose = LineField(_l("Purpose"), longest=200)
    guest = LineField(_l("On behalf of (a colleague or a guest)"), longest=200)
    person = LineField(_l("Who works"), longest=240)
    buddy = LineField(_l("Second person"), longest=240)
    reason = LineField(_l("Why rules are waived"), longest=500)

    def given(self) -> dict[str, Any]:
        """Return what the fields say, for the address of another review."""
        said = {name: self[name].data for name in ("people", "purpose", "guest", "organisation", "person", "buddy")}
        return {**super().given(), **{name: value for name, value in said.items() if value not in (None, "")}}


def feature_name(feature: Feature) -> str:
    """Return a feature's name in the reader's language; its code where it has none."""
    return names(feature.names) if any((feature.name_en, feature.name_ru, feature.name_zh)) else feature.code


def organisation_of(text: str | None, choices_: Iterable[Organisation]) -> Organisation | None:
    """Return the organisation of a code, or of what a list proposed (a code, a dot and a name); None when it is none of them."""
    wanted = (text or "").split(" · ", 1)[0].strip()
    return next((one for one in choices_ if one.code == wanted), None)
