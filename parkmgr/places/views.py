"""The pages of parks and buildings, and of the deeds that change spaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal_column
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.places import actions, queries, rules
from parkmgr.places.forms import (
    AsOfFilter,
    BuildingFilter,
    BuildingForm,
    MergeForm,
    NewBuildingForm,
    NewParkForm,
    NewSpaceForm,
    ParkForm,
    PartsForm,
    RemoveForm,
    RetireForm,
    SpaceForm,
    country,
    particular_of,
)
from parkmgr.places.models import Building, Park, Particulars, Space
from parkmgr.values import NO_AREA, Names, day_of, midnight
from parkmgr.web.door import me
from parkmgr.web.formats import language, names, number
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, Sortable, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("places", __name__)


def here(code: str) -> Park:
    """Return the park that the page is about; its days and instants are shown in its time zone.

    Raises:
        Missing: there is none, or who is asking may not do this in it.
    """
    found = queries.park(code, me(), str(request.endpoint))
    g.zone, g.park_id = found.zone, found.id
    return found


def today(park: Park) -> date:
    """Return the park's civil day."""
    return day_of(clock.now(), park.zone)


def named(row: Any) -> Names | None:
    """Return a row's names; None when it has none."""
    given = (row.name_en, row.name_ru, row.name_zh)
    return Names(*given) if any(given) else None


def by_name(model: Any) -> Sortable:
    """Return what sorts by the name that the reader sees."""
    columns = {"en": model.name_en, "ru": model.name_ru, "zh": model.name_zh}
    first = columns.pop(language())
    found: Sortable = func.coalesce(*(func.nullif(column, "") for column in (first, *columns.values())))
    return found


_T = TypeVar("_T")


def given(value: _T | None) -> _T:
    """Return what a field that must be filled in holds, once its form was found well formed."""
    if value is None:
        raise LookupError("the form lets an empty field through")
    return value


@contextmanager
def _or_shown(form: Form) -> Iterator[None]:
    """Do the deed in a transaction; what is against it stands in the form."""
    try:
        with transaction():
            yield
    except Refused as refused:
        form.show(refused)


def sent(form: Form, deed: Callable[[], str]) -> ResponseReturnValue | None:
    """Return the way to the page that *deed* names when it was done; None when the form must be shown (again)."""
    if not form.sent():
        return None
    address = ""
    with _or_shown(form):
        address = deed()
    return redirect(address, 303) if address else None


def known_at(day: date | None, park: Park) -> datetime | None:
    """Return the end of a day in the park, the instant as of which a page is asked; None, for now, without a day."""
    return midnight(day + timedelta(days=1), park.zone) if day else None


@bp.get("/parks")
def parks() -> ResponseReturnValue:
    """List the parks."""
    return page("places/parks.html", counts=queries.parks(me(), clock.now().date()), country=country)


@bp.route("/parks/new", methods=["GET", "POST"])
def add_park() -> ResponseReturnValue:
    """Add a park."""
    form = NewParkForm()

    def deed() -> str:
        park = actions.add_park(given(form.code.data), form.names(), **form.settings(), actor=me(), now=clock.now())
        flash(_("The park %(code)s is there. Now add its buildings.", code=park.code))
        return url_for("places.buildings", park=park.code)

    if not me().may("places.add_park") or me().parks("places.add_park") is not None:
        abort(403)
    return sent(form, deed) or page("places/add_park.html", form=form)


@bp.route("/parks/<park>/change", methods=["GET", "POST"])
def change_park(park: str) -> ResponseReturnValue:
    """Change a park's names and settings."""
    found = here(park)
    form = ParkForm(data=ParkForm.of(found))

    def deed() -> str:
        actions.change_park(here(park), form.names(), **form.settings(), version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("places.parks")

    return sent(form, deed) or page("places/change_park.html", form=form, park=found)


def _building_columns(park: str) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("places.building", park=park, building=row.code)

    return [
        Column("code", _l("Code"), lambda row: row.code, Building.code, href=to),
        Column("name", _l("Name"), named, by_name(Building), href=to),
        Column("use", _l("Main use"), lambda row: word("space_kind", row.use) if row.use else None, Building.use),
        Column("floors", _l("Floors"), lambda row: row.floors, literal_column("floors"), show=number, figures=True),
        Column("spaces", _l("Units"), lambda row: row.spaces, literal_column("spaces"), show=number, figures=True),
        Column("known", _l("Known area of units, m²"), lambda row: row.known, literal_column("known"), show=_m2, figures=True),
        Column("unmeasured", _l("Not measured"), lambda row: row.unmeasured, literal_column("unmeasured"), figures=True, wide_only=True),
        Column("area", _l("Declared area, m²"), lambda row: row.area, Building.area, show=_m2, figures=True, wide_only=True),
        Column("basis", _l("Basis"), lambda row: row.area_basis or None, Building.area_basis, wide_only=True),
    ]


def _m2(value: Any) -> str:
    return "—" if value is None else number(value.m2, 2)


@bp.get("/parks/<park>/buildings")
def buildings(park: str) -> ResponseReturnValue:
    """List the buildings of a park."""
    found = here(park)
    filters = BuildingFilter.asked()
    on = filters.on.data = filters.on.data or today(found)
    known = known_at(filters.known.data, found)
    wanted = queries.buildings(found.id, on, known, search=filters.q.data or "", use=filters.use.data or "")
    return answer(
        "places/buildings.html",
        wanted,
        _building_columns(found.code),
        sort="code",
        name=f"{found.code}-buildings",
        tie=Building.id,
        park=found,
        filters=filters,
        on=on,
        known=known,
    )


@bp.get("/parks/<park>/buildings/<building>")
def building(park: str, building: str) -> ResponseReturnValue:
    """Show a building with its floors."""
    found = here(park)
    shown = queries.building(found.id, building)
    asked = AsOfFilter.asked()
    on = asked.on.data = asked.on.data or today(found)
    known = known_at(asked.known.data, found)
    floors = queries.floors(shown.id, on, known)
    total = sum((floor.area for floor in floors), NO_AREA)
    return page("places/building.html", park=found, building=shown, floors=floors, total=total, asked=asked, on=on, known=known)


@bp.route("/parks/<park>/new-building", methods=["GET", "POST"])
def add_building(park: str) -> ResponseReturnValue:
    """Add a building to a park."""
    found = here(park)
    form = NewBuildingForm()

    def deed() -> str:
        made = actions.add_building(here(park), given(form.code.data), form.names(), **form.particulars(), actor=me(), now=clock.now())
        flash(_("The building %(code)s is there. Now add its spaces.", code=made.code))
        return url_for("places.building", park=park, building=made.code)

    return sent(form, deed) or page("places/add_building.html", form=form, park=found)


@bp.route("/parks/<park>/buildings/<building>/change", methods=["GET", "POST"])
def change_building(park: str, building: str) -> ResponseReturnValue:
    """Change a building."""
    found = here(park)
    shown = queries.building(found.id, building)
    form = BuildingForm(data=BuildingForm.of(shown))

    def deed() -> str:
        row = queries.building(here(park).id, building)
        actions.change_building(row, form.names(), **form.particulars(), version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("places.building", park=park, building=building)

    return sent(form, deed) or page("places/change_building.html", form=form, park=found, building=shown)


def _to(space: Space, park: str) -> str:
    return url_for("occupancy.space", park=park, code=space.code)


def _now(space: Space, day: date) -> Particulars | None:
    """Return what the space is on a day, or else what it was last."""
    rows = queries.particulars(space.id)
    return next((row for row in rows if row.starts_on <= day < row.ends_on), rows[-1] if rows else None)


@bp.route("/parks/<park>/new-space", methods=["GET", "POST"])
def add_space(park: str) -> ResponseReturnValue:
    """Add a space to a building, or a part to a space."""
    found = here(park)
    form = NewSpaceForm(
        data={
            "building": request.args.get("building", ""),
            "parent": request.args.get("parent", ""),
            "starts_on": today(found),
            "lettable": True,
        }
    )
    form.building.choices = [SelectChoice(code, f"{code} · {names(name)}") for code, name in queries.building_choices(found.id)]

    def deed() -> str:
        row = here(park)
        parent = _parent(form, row)
        made = actions.add_space(
            queries.building(row.id, form.building.data),
            given(form.code.data),
            form.names(),
            form.particular(),
            starts_on=given(form.starts_on.data),
            level=form.level.data,
            parent=parent,
            bookable=bool(form.bookable.data),
            actor=me(),
            now=clock.now(),
        )
        flash(_("The space %(code)s is there.", code=made.code))
        return _to(made, park)

    return sent(form, deed) or page("places/add_space.html", form=form, park=found)


def _parent(form: NewSpaceForm, park: Park) -> Space | None:
    if not form.parent.data:
        return None
    try:
        return queries.space(park.id, form.parent.data)
    except Missing:
        raise Refused([rules.NO_SUCH_SPACE.about(space=form.parent.data).at("parent")]) from None


@bp.route("/parks/<park>/change-space/<path:code>", methods=["GET", "POST"])
def change_space(park: str, code: str) -> ResponseReturnValue:
    """Change a space's names, and what it is from a day on."""
    found = here(park)
    space = queries.space(found.id, code)
    day = today(found)
    form = SpaceForm(data=SpaceForm.of(space, _now(space, day), day))

    def deed() -> str:
        row = queries.space(here(park).id, code)
        actions.change_space(
            row,
            form.names(),
            form.particular(),
            from_on=given(form.from_on.data),
            bookable=bool(form.bookable.data),
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Saved."))
        return _to(row, park)

    return sent(form, deed) or page("places/change_space.html", form=form, park=found, code=code)


@bp.route("/parks/<park>/retire-space/<path:code>", methods=["GET", "POST"])
def retire_space(park: str, code: str) -> ResponseReturnValue:
    """Retire a space and its parts from a day on."""
    found = here(park)
    queries.space(found.id, code)
    form = RetireForm(data={"on": today(found)})

    def deed() -> str:
        row = queries.space(here(park).id, code)
        actions.retire_space(row, on=given(form.on.data), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("The space %(code)s is retired.", code=code))
        return _to(row, park)

    return sent(form, deed) or page("places/retire_space.html", form=form, park=found, code=code)


@bp.route("/parks/<park>/remove-space/<path:code>", methods=["GET", "POST"])
def remove_space(park: str, code: str) -> ResponseReturnValue:
    """Take a space that was entered by mistake out of the register."""
    found = here(park)
    queries.space(found.id, code)
    form = RemoveForm()

    def deed() -> str:
        actions.remove_space(queries.space(here(park).id, code), reason=given(form.reason.data), actor=me(), now=clock.now())
        flash(_("The space %(code)s is removed.", code=code))
        return url_for("occupancy.spaces", park=park)

    return sent(form, deed) or page("places/remove_space.html", form=form, park=found, code=code)


def _parts_form(space: Space, day: date) -> tuple[PartsForm, Particulars | None]:
    row = _now(space, day)
    kind = row.kind if row else "office"
    form = PartsForm(data={"on": day, "parts": [{"kind": kind} for _index in range(8)]})
    return form, row


@bp.route("/parks/<park>/divide-space/<path:code>", methods=["GET", "POST"])
def divide_space(park: str, code: str) -> ResponseReturnValue:
    """Give a space parts, through which it is taken."""
    found = here(park)
    space = queries.space(found.id, code)
    form, now = _parts_form(space, today(found))
    basis, lettable = (now.area_basis, now.lettable) if now else ("", True)

    def deed() -> str:
        row = queries.space(here(park).id, code)
        parts = form.value(basis, lettable=lettable)
        actions.divide_space(row, parts, on=given(form.on.data), actor=me(), now=clock.now())
        flash(_("The space %(code)s has %(count)s parts.", code=code, count=len(parts)))
        return _to(row, park)

    return sent(form, deed) or page("places/divide_space.html", form=form, park=found, code=code, now=now)


@bp.route("/parks/<park>/split-space/<path:code>", methods=["GET", "POST"])
def split_space(park: str, code: str) -> ResponseReturnValue:
    """Put other spaces in the place of one."""
    found = here(park)
    space = queries.space(found.id, code)
    form, now = _parts_form(space, today(found))
    basis, lettable = (now.area_basis, now.lettable) if now else ("", True)

    def deed() -> str:
        row = queries.space(here(park).id, code)
        made = actions.split_space(row, form.value(basis, lettable=lettable), on=given(form.on.data), actor=me(), now=clock.now())
        flash(_("In the place of %(code)s are now %(new)s.", code=code, new=", ".join(space.code for space in made)))
        return _to(row, park)

    return sent(form, deed) or page("places/split_space.html", form=form, park=found, code=code, now=now)


@bp.route("/parks/<park>/merge-spaces", methods=["GET", "POST"])
def merge_spaces(park: str) -> ResponseReturnValue:
    """Put one space in the place of several."""
    found = here(park)
    day = today(found)
    first = request.args.get("space", "")
    known = queries.spaces_by_code(found.id, [first]) if first else {}
    form = MergeForm(data={"spaces": first, "on": day} | particular_of(_now(known[first], day) if first in known else None))

    def deed() -> str:
        row = here(park)
        spaces = queries.spaces_by_code(row.id, form.codes())
        unknown = [code for code in form.codes() if code not in spaces]
        if unknown:
            raise Refused([rules.NO_SUCH_SPACE.about(space=code).at("spaces") for code in unknown])
        made = actions.merge_spaces(
            [spaces[code] for code in form.codes()],
            given(form.code.data),
            form.names(),
            form.particular(),
            on=given(form.on.data),
            bookable=bool(form.bookable.data),
            actor=me(),
            now=clock.now(),
        )
        flash(_("The space %(code)s is in the place of %(old)s.", code=made.code, old=", ".join(form.codes())))
        return _to(made, park)

    return sent(form, deed) or page("places/merge_spaces.html", form=form, park=found)
