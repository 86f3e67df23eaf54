"""Browser text into the rules of housing. Rows that repeat work without scripts: a button adds one and keeps everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    Field,
    FieldList,
    FormField,
    SelectChoice,
    SelectField,
)
from wtforms import Form as PlainForm

from parkmgr.housing.allocating_rules import Eligible, Giving, Meter, PointLine, Thing, WaitingClass
from parkmgr.values import Names
from parkmgr.web.forms import Form, LineField, Needed, WholeField
from parkmgr.web.words import choices, word

MOST_ROWS = 60


class NamesRow(PlainForm):
    """A row with a name in three scripts."""

    en = LineField("English", longest=120)
    ru = LineField("Русский", longest=120)
    zh = LineField("中文", longest=120)

    @property
    def names(self) -> Names | None:
        """The name; None where there is none."""
        given = (self.en.data or "", self.ru.data or "", self.zh.data or "")
        return Names(*given) if any(given) else None


class ClassRow(NamesRow):
    """A class of the waiting list."""

    code = LineField(_l("Code"), longest=20)
    order = SelectField(_l("Order"), choices=lambda: choices("waiting_order"), default="points")
    rank = WholeField(_l("Rank"), least=1, most=1000)

    @property
    def key(self) -> Field:
        """The field that says whether the row is filled."""
        return self.code


def _whom() -> list[SelectChoice]:
    kinds = [SelectChoice(f"kind:{one.value}", f"{word('access_of', 'kind')}: {one.label}") for one in choices("organisation_kind")]
    return [
        SelectChoice("", _("nobody")),
        SelectChoice("organisation", _("The organisation of the code:")),
        SelectChoice("member", _("Members of the Association")),
        SelectChoice("tenant", _("Tenants of the park")),
        *kinds,
    ]


class EligibleRow(PlainForm):
    """Whose people may ask in which classes."""

    whom = SelectField(_l("People of"), choices=_whom, default="")
    organisation = LineField(_l("Code of the organisation"), longest=300)
    classes = LineField(_l("Classes (codes)"), longest=400)

    @property
    def key(self) -> Field:
        """The field that says whether the row is filled."""
        return self.whom


class PointsRow(NamesRow):
    """Points for a claim."""

    code = LineField(_l("Code"), longest=20)
    each = WholeField(_l("Points for each"), most=10_000)
    most = WholeField(_l("At most"), most=1_000_000)

    @property
    def key(self) -> Field:
        """The field that says whether the row is filled."""
        return self.code


class ThingRow(NamesRow):
    """A thing of the inventory."""

    room = LineField(_l("Room"), longest=60)
    item = LineField(_l("Thing"), longest=120)
    photo = BooleanField(_l("With a photo"))

    @property
    def key(self) -> Field:
        """The field that says whether the row is filled."""
        return self.item


class MeterRow(NamesRow):
    """A meter."""

    code = LineField(_l("Code"), longest=20)
    unit = LineField(_l("Unit"), longest=20)

    @property
    def key(self) -> Field:
        """The field that says whether the row is filled."""
        return self.code


LISTS = ("classes", "eligible", "points", "items", "meters")


class HousingRulesForm(Form):
    """How a park gives out its homes."""

    classes = FieldList(FormField(ClassRow), _l("Classes of the waiting list"), min_entries=1, max_entries=MOST_ROWS)
    eligible = FieldList(FormField(EligibleRow), _l("Whose people may ask"), min_entries=1, max_entries=MOST_ROWS)
    points = FieldList(FormField(PointsRow), _l("Points"), min_entries=1, max_entries=MOST_ROWS)
    offer_days = WholeField(_l("An offer is kept for, days"), [Needed()], least=1, most=90)
    declines = WholeField(_l("To the end of the class after so many declined offers"), [Needed()], most=20)
    notice_days = WholeField(_l("Notice, days"), [Needed()], most=366)
    people_per_flat = WholeField(_l("People in a flat at most"), [Needed()], least=1, most=50)
    housing_office = LineField(_l("Stands for who has no employer here"), longest=300)
    items = FieldList(FormField(ThingRow), _l("Inventory"), min_entries=1, max_entries=200)
    meters = FieldList(FormField(MeterRow), _l("Meters"), min_entries=1, max_entries=MOST_ROWS)

    @staticmethod
    def of(giving: Giving, housing_office: str, version: int | None) -> dict[str, Any]:
        """Return what the form shows of rules."""

        def named(names: Names) -> dict[str, str]:
            return {"en": names.en, "ru": names.ru, "zh": names.zh}

        return {
            "version": version,
            "housing_office": housing_office,
            "offer_days": giving.offer_days,
            "declines": giving.declines,
            "notice_days": giving.notice_days,
            "people_per_flat": giving.people_per_flat,
            "classes": [{"code": one.code, "order": one.order, "rank": one.rank, **named(one.names)} for one in giving.classes],
            "eligible": [
                {
                    "whom": f"kind:{one.name}" if one.who == "kind" else one.who,
                    "organisation": one.name if one.who == "organisation" else "",
                    "classes": ", ".join(one.classes),
                }
                for one in giving.eligible
            ],
            "points": [{"code": one.code, "each": one.each, "most": one.most, **named(one.names)} for one in giving.points],
            "items": [{"room": one.room, "item": one.item, "photo": one.photo, **named(one.names)} for one in giving.items],
            "meters": [{"code": one.code, "unit": one.unit, **named(one.names)} for one in giving.meters],
        }

    def add_row(self, name: str) -> None:
        """One more empty row of *name* is shown."""
        rows: FieldList[Any] | None = self[name] if name in LISTS else None
        if rows is not None and len(rows) < (rows.max_entries or MOST_ROWS):
            rows.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field, and every row that was begun, can be read."""
        super().validate(extra_validators)
        for name in LISTS:
            for row in self._filled(name):
                if isinstance(row, NamesRow) and row.names is None:
                    row.en.errors = [*row.en.errors, _("Give the name in at least one of the three scripts.")]
        for row in self._filled("classes"):
            _need(row.rank)
        for row in self._filled("points"):
            _need(row.each)
        for row in self._filled("items"):
            _need(row.room)
        for row in self._filled("eligible"):
            if row.whom.data == "organisation":
                _need(row.organisation)
        for name in LISTS:
            self[name].errors = [entry.errors for entry in self[name] if any(entry.errors.values())]
        fields: Iterable[Field] = self
        return not any(field.errors for field in fields)

    def _filled(self, name: str) -> list[Any]:
        return [entry.form for entry in self[name] if entry.form.key.data]

    def value(self) -> Giving:
        """The rules, once the form was found well formed."""
        return Giving(
            classes=tuple(WaitingClass(row.code.data, row.names, row.order.data, row.rank.data) for row in self._filled("classes")),
            eligible=tuple(_eligible(row) for row in self._filled("eligible")),
            points=tuple(PointLine(row.code.data, row.names, row.each.data, row.most.data) for row in self._filled("points")),
            offer_days=self.offer_days.data or 0,
            declines=self.declines.data or 0,
            notice_days=self.notice_days.data or 0,
            people_per_flat=self.people_per_flat.data or 0,
            items=tuple(Thing(row.room.data, row.item.data, row.names, bool(row.photo.data)) for row in self._filled("items")),
            meters=tuple(Meter(row.code.data, row.names, row.unit.data or "") for row in self._filled("meters")),
        )


def _need(field: Field) -> None:
    if field.data in (None, "") and not field.errors:
        field.errors = [_("Fill in this field, or empty the whole row.")]


def _eligible(row: EligibleRow) -> Eligible:
    who, _mark, kind = (row.whom.data or "").partition(":")
    code = (row.organisation.data or "").partition(" · ")[0].strip()
    classes = tuple(part.strip() for part in (row.classes.data or "").replace("，", ",").split(",") if part.strip())
    return Eligible(who, kind or (code if who == "organisation" else ""), classes)
