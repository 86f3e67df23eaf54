"""The pages of laboratories and their equipment. Those of permits stand in permit_views."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import undefer
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.accounts import queries as accounts
from parkmgr.db import db
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.labs import actions, queries
from parkmgr.labs.forms import (
    CalibrateForm,
    ConfirmForm,
    DemandsForm,
    DocumentForm,
    EquipmentFilter,
    EquipmentForm,
    LabFilter,
    LabForm,
    NewLabForm,
    StateForm,
    lab_values,
)
from parkmgr.labs.models import Equipment, Lab, LabDocument
from parkmgr.labs.rules import NEXT, EquipmentState
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places.models import Building, Park, Space
from parkmgr.places.rules import NO_SUCH_SPACE
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.policy import Role
from parkmgr.values import FOREVER, Names, Span
from parkmgr.web.door import me
from parkmgr.web.formats import names
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("labs", __name__)

NO_OWNER = Objection("labs.no_owner", N_("There is no organisation of the code %(code)s."), "owner")
NO_SUCH_LAB = Objection("labs.no_such_lab", N_("%(code)s is not run as a laboratory in this park."), "lab")
NEXT_DAYS = timedelta(days=14)
"""For which the page of a laboratory shows its sessions."""


def _kind_choices(park: Park) -> list[SelectChoice]:
    return [SelectChoice(kind.code, names(kind.names)) for kind in queries.kinds(park.id)]


# Laboratories


def _lab_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("labs.lab", park=park.code, code=row.code)

    return [
        Column("code", _l("Laboratory"), lambda row: row.code, Space.code, href=to),
        Column("name", _l("Name"), named, wide_only=True),
        Column("field", _l("What is done there"), lambda row: row.field or None, Lab.field),
        Column("building", _l("Building"), lambda row: row.building, Building.code),
        Column("level", _l("Floor"), lambda row: row.level, figures=True, wide_only=True),
        Column("manager", _l("Manager"), lambda row: row.manager),
        Column("hazards", _l("Hazards"), lambda row: row.hazards),
        Column("pieces", _l("Equipment"), lambda row: row.pieces, figures=True),
        Column("down", _l("Down"), lambda row: row.down or None, figures=True),
    ]


@bp.get("/parks/<park>/labs")
def labs(park: str) -> ResponseReturnValue:
    """List the laboratories of a park."""
    found = here(park)
    filters = LabFilter.asked(
        buildings=[SelectChoice(code, f"{code} · {names(name)}") for code, name in places.building_choices(found.id)],
        schemes=queries.schemes(found.id),
        kinds=_kind_choices(found),
    )
    wanted = queries.WantedLabs(
        search=filters.q.data or "",
        building=filters.building.data or "",
        hazard=filters.hazard.data or "",
        permit=filters.permit.data or "",
    )
    return answer(
        "labs/labs.html",
        queries.labs(found.id, wanted),
        _lab_columns(found),
        sort="code",
        name=f"{found.code}-laboratories",
        tie=Lab.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/labs/at/<path:code>")
def lab(park: str, code: str) -> ResponseReturnValue:
    """Show a laboratory: hazards, rules, equipment, permits and who has them, and the sessions to come."""
    found = here(park)
    shown = queries.lab(found.id, code)
    actor, now, day = me(), clock.now(), today(found)
    pieces = queries.pieces_of(shown.id)
    spaces = [piece.space_id for piece in pieces if piece.space_id is not None]
    at = queries.places([shown.space_id, *spaces])
    demands = {demand.code: demand for place in at.values() for demand in place.bench.demands}
    asked = list(demands.values())
    reads = queries.reads_documents(actor, found.id, shown, now)
    return page(
        "labs/lab.html",
        park=found,
        lab=shown,
        hazards=queries.hazards(shown.id),
        pieces=pieces,
        demands=[(demand, [one.number for one in pieces if one.space_id and demand in at[one.space_id].bench.demands]) for demand in asked],
        of_lab={demand.code for demand in at[shown.space_id].bench.demands},
        holders=queries.holders([shown.space_id, *spaces], list(demands), actor, day),
        sessions=queries.sessions([shown.space_id, *spaces], Span(now, now + NEXT_DAYS), found.id, actor),
        documents=queries.documents(shown.id) if reads else [],
        reads=reads,
        today=day,
        soon=day + timedelta(days=30),
        forever=FOREVER,
    )


def _managers(park: Park) -> list[SelectChoice]:
    known = accounts.with_roles(park.id, (Role.ADMINISTRATOR, Role.LAB_MANAGER), today(park))
    return [SelectChoice("", _("nobody")), *(SelectChoice(str(user.id), user.name) for user in known)]


def _manager_id(form: LabForm) -> int | None:
    return int(form.manager.data) if form.manager.data else None


def _space(park: Park, code: str, field: str) -> Space:
    try:
        return places.space(park.id, code.partition(" · ")[0].strip())
    except Missing:
        raise Refused([NO_SUCH_SPACE.about(space=code).at(field)]) from None


@bp.route("/parks/<park>/labs/new", methods=["GET", "POST"])
def run_lab(park: str) -> ResponseReturnValue:
    """Run a space as a laboratory."""
    found = here(park)
    form = NewLabForm()
    form.manager.choices = _managers(found)

    def deed() -> str:
        row = here(park)
        space = _space(row, given(form.space.data), "space")
        actions.run_lab(
            row,
            space,
            manager_id=_manager_id(form),
            field=form.field.data or "",
            rules_text=form.rules.data or "",
            hazards=form.pairs(),
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(space)s is run as a laboratory.", space=space.code))
        return url_for("labs.lab", park=park, code=space.code)

    return sent(form, deed) or page("labs/run_lab.html", form=form, park=here(park))


@bp.route("/parks/<park>/labs/change/<path:code>", methods=["GET", "POST"])
def change_lab(park: str, code: str) -> ResponseReturnValue:
    """Change how a laboratory is run."""
    found = here(park)
    shown = queries.lab(found.id, code)
    form = LabForm(data=lab_values(shown, queries.hazards(shown.id)))
    form.manager.choices = _managers(found)
    if shown.manager is not None and all(choice.value != str(shown.manager_id) for choice in form.manager.choices):
        form.manager.choices.append(SelectChoice(str(shown.manager_id), shown.manager.name))

    def deed() -> str:
        row = here(park)
        actions.change_lab(
            queries.lab(row.id, code),
            row,
            manager_id=_manager_id(form),
            field=form.field.data or "",
            rules_text=form.rules.data or "",
            hazards=form.pairs(),
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is changed."))
        return url_for("labs.lab", park=park, code=code)

    return sent(form, deed) or page("labs/change_lab.html", form=form, park=here(park), code=code)


# Documents


@bp.route("/parks/<park>/labs/document/<path:code>", methods=["GET", "POST"])
def add_document(park: str, code: str) -> ResponseReturnValue:
    """Add a document to a laboratory, or to a piece of its equipment."""
    found = here(park)
    shown = queries.lab(found.id, code)
    form = DocumentForm()
    form.equipment.choices = [
        SelectChoice("", _("the laboratory")),
        *(SelectChoice(piece.number, f"{piece.number} · {names(piece.names)}") for piece in queries.pieces_of(shown.id)),
    ]

    def deed() -> str:
        row = here(park)
        kept = queries.lab(row.id, code)
        piece = next((one for one in queries.pieces_of(kept.id) if one.number == form.equipment.data), None)
        content = form.file.data.read() if form.file.data else b""
        filename = (form.file.data.filename if form.file.data else "") or ""
        filename = "".join(letter for letter in filename.replace("\\", "/").rpartition("/")[2] if letter.isprintable())[:200]
        actions.add_document(kept, form.title.data or "", filename, content, equipment=piece, actor=me(), now=clock.now())
        flash(_("The document is kept."))
        return url_for("labs.lab", park=park, code=code)

    return sent(form, deed) or page("labs/add_document.html", form=form, park=here(park), code=code)


@bp.get("/parks/<park>/lab-documents/<int:document_id>")
def document(park: str, document_id: int) -> ResponseReturnValue:
    """Give a document of a laboratory."""
    found = here(park)
    _row, of = queries.document(found.id, document_id)
    if not queries.reads_documents(me(), found.id, of, clock.now()):
        raise Missing
    row = db.session.get_one(LabDocument, document_id, options=[undefer(LabDocument.content)])
    if row.removed_at is not None:
        raise Missing
    return send_file(BytesIO(row.content), mimetype=row.media_type, as_attachment=True, download_name=row.filename, max_age=0)


@bp.route("/parks/<park>/lab-documents/<int:document_id>/remove", methods=["GET", "POST"])
def remove_document(park: str, document_id: int) -> ResponseReturnValue:
    """Show a document no more."""
    found = here(park)
    row, of = queries.document(found.id, document_id)
    form = ConfirmForm()
    code = of.space.code

    def deed() -> str:
        gone, its = queries.document(here(park).id, document_id)
        actions.remove_document(gone, its, actor=me(), now=clock.now())
        flash(_("The document is removed."))
        return url_for("labs.lab", park=park, code=code)

    return sent(form, deed) or page("labs/remove_document.html", form=form, park=here(park), title=row.title, code=code)


# Equipment


def _owner(row: Any) -> Names:
    return Names(row.owner_en, row.owner_ru, row.owner_zh)


def _equipment_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("labs.piece", park=park.code, piece=row.number)

    def to_lab(row: Any) -> str | None:
        return url_for("labs.lab", park=park.code, code=row.lab) if row.lab else None

    return [
        Column("number", _l("Number"), lambda row: row.number, Equipment.number, href=to),
        Column("name", _l("Name"), named, by_name(Equipment)),
        Column("make", _l("Make"), lambda row: row.make or None, Equipment.make, wide_only=True),
        Column("model", _l("Model"), lambda row: row.model or None, Equipment.model, wide_only=True),
        Column("serial", _l("Serial number"), lambda row: row.serial or None, wide_only=True),
        Column("lab", _l("Laboratory"), lambda row: row.lab, href=to_lab),
        Column("owner", _l("Owner"), _owner, by_name(Organisation)),
        Column("state", _l("State"), lambda row: row.state, Equipment.state, family="equipment_state"),
        Column("calibration", _l("Calibration due"), lambda row: row.calibration_due, Equipment.calibration_due),
        Column("booked", _l("Booked by the hour"), lambda row: _("yes") if row.space else None, wide_only=True),
    ]


def _sharing_columns() -> list[Column]:
    """Return the columns in which equipment is shared between universities; machines read them, so they are not translated."""

    def where(row: Any) -> str:
        return ", ".join(part for part in (row.building, row.lab) if part)

    return [
        Column("name", "name", lambda row: str(named(row)), Equipment.number),
        Column("location", "location", where),
        Column("owner", "owner", lambda row: str(_owner(row))),
        Column("make", "make", lambda row: row.make),
        Column("model", "model", lambda row: row.model),
        Column("contact", "contact", lambda row: row.contact),
    ]


def _equipment_filter(park: Park) -> tuple[EquipmentFilter, queries.WantedEquipment]:
    filters = EquipmentFilter.asked()
    wanted = queries.WantedEquipment(
        search=filters.q.data or "",
        lab=filters.lab.data or "",
        state=filters.state.data or "",
        owner=filters.owner.data or "",
        due_by=filters.due_by.data,
        bookable=bool(filters.bookable.data),
    )
    return filters, wanted


@bp.get("/parks/<park>/equipment")
def equipment(park: str) -> ResponseReturnValue:
    """List the equipment of a park."""
    found = here(park)
    filters, wanted = _equipment_filter(found)
    return answer(
        "labs/equipment.html",
        queries.equipment(found.id, wanted),
        _equipment_columns(found),
        sort="number",
        name=f"{found.code}-equipment",
        tie=Equipment.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/equipment/sharing")
def sharing(park: str) -> ResponseReturnValue:
    """Give the equipment in the columns in which universities share it: name, location, owner, make, model, contact."""
    found = here(park)
    filters, wanted = _equipment_filter(found)
    return answer(
        "labs/sharing.html",
        queries.equipment(found.id, wanted),
        _sharing_columns(),
        sort="name",
        name=f"{found.code}-equipment-sharing",
        tie=Equipment.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/equipment/at/<piece>")
def piece(park: str, piece: str) -> ResponseReturnValue:
    """Show a piece of equipment: where it is, its states, what it asks for, and who has it when."""
    found = here(park)
    shown = queries.piece(found.id, piece)
    actor, now = me(), clock.now()
    spaces = [] if shown.space_id is None else [shown.space_id]
    parts = [part.id for part in places.parts(shown.space_id)] if shown.space_id is not None else []
    at = queries.places(spaces)[shown.space_id] if shown.space_id is not None else None
    reads = shown.lab is not None and queries.reads_documents(actor, found.id, shown.lab, now)
    return page(
        "labs/piece.html",
        park=found,
        piece=shown,
        states=queries.states(shown.id),
        demands=at.bench.demands if at else (),
        needs=at.needs if at else (),
        places=len(parts),
        sessions=queries.sessions(parts or spaces, Span(now, now + timedelta(days=60)), found.id, actor),
        documents=queries.documents(shown.lab.id, equipment_id=shown.id) if reads and shown.lab is not None else [],
        next_states=_next_states(shown),
        forever=FOREVER,
        today=today(found),
    )


def _next_states(piece: Equipment) -> list[str]:
    """Return what a piece can become by hand: what is booked comes down, and up, by its downtime."""
    state, bookable = EquipmentState(piece.state), piece.space_id is not None
    if bookable and state is EquipmentState.DOWN:
        return []
    return [str(after) for after in EquipmentState if after in NEXT[state] and not (bookable and after is EquipmentState.DOWN)]


def _owner_of(form: EquipmentForm) -> int:
    try:
        return organisations.organisation(given(form.owner.data).partition(" · ")[0].strip()).id
    except Missing:
        raise Refused([NO_OWNER.about(code=form.owner.data)]) from None


def _lab_of(form: EquipmentForm, park: Park) -> Lab | None:
    code = (form.lab.data or "").partition(" · ")[0].strip()
    if not code:
        return None
    try:
        return queries.lab(park.id, code)
    except Missing:
        raise Refused([NO_SUCH_LAB.about(code=code)]) from None


def _equipment_page(template: str, form: EquipmentForm, park: Park, **more: Any) -> ResponseReturnValue:
    return page(template, form=form, park=park, labs=queries.lab_choices(park.id), owners=organisations.choices(), **more)


@bp.route("/parks/<park>/equipment/new", methods=["GET", "POST"])
def add_equipment(park: str) -> ResponseReturnValue:
    """Add a piece of equipment."""
    form = EquipmentForm(data={"lab": request.args.get("lab", "")[:60]})
    here(park)

    def deed() -> str:
        row = here(park)
        made = actions.add_equipment(
            row,
            form.asset(_owner_of(form), row.currency),
            lab=_lab_of(form, row),
            bookable=bool(form.bookable.data),
            kind=form.kind.data,
            places_count=form.places.data or 1,
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s is added. It is being commissioned until its state is set.", number=made.number))
        return url_for("labs.piece", park=park, piece=made.number)

    return sent(form, deed) or _equipment_page("labs/add_equipment.html", form, here(park))


@bp.route("/parks/<park>/equipment/at/<piece>/change", methods=["GET", "POST"])
def change_equipment(park: str, piece: str) -> ResponseReturnValue:
    """Change what is known of a piece of equipment, and where it stands."""
    found = here(park)
    shown = queries.piece(found.id, piece)
    form = EquipmentForm(data=EquipmentForm.of(shown))
    form.number.data = shown.number

    def deed() -> str:
        row = here(park)
        changed = queries.piece(row.id, piece)
        actions.change_equipment(
            changed,
            form.asset(_owner_of(form), changed.currency or row.currency),
            lab=_lab_of(form, row),
            bookable=bool(form.bookable.data),
            kind=form.kind.data,
            places_count=form.places.data or 1,
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is changed."))
        return url_for("labs.piece", park=park, piece=piece)

    again = sent(form, deed)
    return again or _equipment_page("labs/change_equipment.html", form, here(park), piece=queries.piece(found.id, piece))


@bp.route("/parks/<park>/equipment/at/<piece>/state", methods=["GET", "POST"])
def set_state(park: str, piece: str) -> ResponseReturnValue:
    """Set the state of a piece of equipment."""
    found = here(park)
    form = StateForm()
    form.state.choices = [SelectChoice(state, word("equipment_state", state)) for state in _next_states(queries.piece(found.id, piece))]

    def deed() -> str:
        changed = queries.piece(here(park).id, piece)
        actions.set_state(changed, EquipmentState(form.state.data), reason=given(form.reason.data), actor=me(), now=clock.now())
        flash(_("%(number)s is now: %(state)s.", number=piece, state=word("equipment_state", form.state.data)))
        return url_for("labs.piece", park=park, piece=piece)

    return sent(form, deed) or page("labs/set_state.html", form=form, park=here(park), piece=queries.piece(found.id, piece))


@bp.route("/parks/<park>/equipment/at/<piece>/calibrate", methods=["GET", "POST"])
def calibrate(park: str, piece: str) -> ResponseReturnValue:
    """Note a calibration."""
    found = here(park)
    form = CalibrateForm(data={"on": today(found)})

    def deed() -> str:
        changed = queries.piece(here(park).id, piece)
        actions.calibrate(changed, on=given(form.on.data), due=form.due.data, actor=me(), now=clock.now())
        flash(_("The calibration is noted."))
        return url_for("labs.piece", park=park, piece=piece)

    return sent(form, deed) or page("labs/calibrate.html", form=form, park=here(park), piece=queries.piece(found.id, piece))


# What a space asks for


@bp.route("/parks/<park>/demands/<path:code>", methods=["GET", "POST"])
def set_demands(park: str, code: str) -> ResponseReturnValue:
    """Say which permits a laboratory or instrument asks for, and what it needs."""
    found = here(park)
    space = places.space(found.id, code)
    form = DemandsForm(data=DemandsForm.of(queries.kinds_asked(space.id), queries.spaces_needed(space.id)))
    form.permits.choices = [SelectChoice(kind.code, f"{kind.code} · {names(kind.names)}") for kind in queries.kinds(found.id)]
    back = _back(found, space)

    def deed() -> str:
        row = here(park)
        kinds = [kind for kind in queries.kinds(row.id) if kind.code in (form.permits.data or [])]
        others = places.spaces_by_code(row.id, form.codes())
        unknown = [NO_SUCH_SPACE.about(space=one).at("needs") for one in form.codes() if one not in others]
        if unknown:
            raise Refused(unknown)
        actions.set_demands(places.space(row.id, code), kinds, list(others.values()), actor=me(), now=clock.now())
        flash(_("Sessions that are booked from now on are asked for this."))
        return back

    return sent(form, deed) or page("labs/set_demands.html", form=form, park=here(park), code=code, back=back)


def _back(park: Park, space: Space) -> str:
    """Return the page of the instrument or laboratory that the space is.

    Raises:
        Missing: it is neither.
    """
    pieces = queries.pieces_at([space.id])
    if pieces:
        return url_for("labs.piece", park=park.code, piece=pieces[0].number)
    return url_for("labs.lab", park=park.code, code=queries.lab(park.id, space.code).space.code)
