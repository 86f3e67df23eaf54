"""The pages of imports: files that were put in, a file looked at, and done."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from parkmgr import clock
from parkmgr.db import db, transaction
from parkmgr.errors import Objection, Refused
from parkmgr.imports import actions, forms, queries
from parkmgr.imports import mapping as mappings
from parkmgr.imports.actions import Outcome
from parkmgr.imports.forms import ApplyForm, MappingForm, UploadForm
from parkmgr.imports.models import ImportFile
from parkmgr.imports.rules import Plan, Problem
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.web.door import me
from parkmgr.web.formats import sentence
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet

bp = Blueprint("imports", __name__)
SHOWN = 200
"""So many problems stand in the page; the sheet has all that are listed."""


def here(code: str) -> Park:
    """Return the park that the page is about.

    Raises:
        Missing: there is none, or who is asking may not do this in it.
    """
    found = places.park(code, me(), str(request.endpoint))
    g.zone = found.zone
    return found


COLUMNS = (
    Column("uploaded", _l("Put in"), lambda row: row[0].uploaded_at, sort=ImportFile.uploaded_at),
    Column("filename", _l("File"), lambda row: row[0].filename, sort=ImportFile.filename, href=lambda row: _address(row[0])),
    Column("what", _l("What it lists"), lambda row: row[0].what, sort=ImportFile.what, family="import_what"),
    Column("state", _l("State"), lambda row: row[0].state, sort=ImportFile.state, family="import_state"),
    Column("rows", _l("Rows"), lambda row: row[0].row_count, sort=ImportFile.row_count, figures=True),
    Column("added", _l("Added"), lambda row: row[0].outcome.get("added"), figures=True),
    Column("changed", _l("Changed"), lambda row: row[0].outcome.get("changed"), figures=True, wide_only=True),
    Column("unchanged", _l("Unchanged"), lambda row: row[0].outcome.get("unchanged"), figures=True, wide_only=True),
    Column("done", _l("Done"), lambda row: row[0].done_at, sort=ImportFile.done_at, wide_only=True),
)


def _address(kept: ImportFile) -> str:
    return url_for("imports.preview", park=g.park_code, file_id=kept.id)


@bp.get("/parks/<park>/imports")
def imports(park: str) -> ResponseReturnValue:
    """List the files that were put in."""
    found = here(park)
    g.park_code = found.code
    statement = queries.files(found.id)
    return answer("imports/imports.html", statement, COLUMNS, sort="-uploaded", name=f"imports-{found.code}", tie=ImportFile.id, park=found)


@bp.route("/parks/<park>/imports/upload", methods=["GET", "POST"])
def upload(park: str) -> ResponseReturnValue:
    """Put a file in, to be looked at."""
    found = here(park)
    form = UploadForm()
    if form.sent() and (address := _uploaded(found, form)):
        return redirect(address, 303)
    return page("imports/upload.html", form=form, park=found)


def _uploaded(park: Park, form: UploadForm) -> str:
    """Return the address of the file's page; nothing, with the reason in the form, when it cannot be used."""
    code, what = park.code, str(form.what.data)
    file: FileStorage = form.file.data
    content = file.read()
    given: FileStorage | None = form.mapping.data
    try:
        text = given.read(forms.LONGEST_MAPPING).decode("utf-8", "replace") if given else None
        _table, plan = actions.read(what, content, text)
        with transaction():
            kept = actions.upload(
                here(code), what, forms.filename(file), content, text or mappings.to_toml(plan), actor=me(), now=clock.now()
            )
            address = url_for("imports.preview", park=code, file_id=kept.id)
    except Refused as refused:
        form.show(refused)
        return ""
    return address


@dataclass(frozen=True, slots=True)
class Look:
    """A file looked at: what would come of it, or why that cannot be said."""

    plan: Plan | None
    columns: tuple[str, ...]
    outcome: Outcome | None
    against: tuple[Objection, ...] = ()


def _look(kept: ImportFile, park: Park, text: str) -> Look:
    plan: Plan | None = None
    columns: tuple[str, ...] = ()
    try:
        table, plan = actions.read(kept.what, kept.content, text)
        columns = table.columns
        outcome = actions.dry_run_of(kept.what, kept.filename, kept.content, table, plan, park, actor=me(), now=clock.now())
    except Refused as refused:
        return Look(plan, columns, None, refused.objections)
    return Look(plan, columns, outcome)


def _kept(park: Park, file_id: int) -> ImportFile:
    kept = queries.file(park.id, file_id)
    db.session.refresh(kept, ["content"])
    return kept


@bp.route("/parks/<park>/imports/<int:file_id>", methods=["GET", "POST"])
def preview(park: str, file_id: int) -> ResponseReturnValue:
    """Look at a file: what its rows would do, and which column is what."""
    found = here(park)
    kept = queries.file(found.id, file_id)
    if kept.state != "waiting":
        return page("imports/preview.html", park=found, kept=kept, look=None, choices=(), seen="", before=None)
    form = MappingForm(data={"mapping": kept.mapping})
    if form.sent() and (address := _remapped(found, kept, form)):
        return redirect(address, 303)
    look = _look(_kept(found, file_id), found, kept.mapping)
    if request.args.get("format") in FORMATS and look.outcome is not None:
        return _sheet(str(request.args["format"]), kept, look.outcome)
    chosen = forms.choices_of(look.plan, look.columns) if look.plan is not None else []
    return page(
        "imports/preview.html",
        form=form,
        park=found,
        kept=kept,
        look=look,
        choices=chosen,
        most=SHOWN,
        seen=actions.digest(kept.mapping),
        before=queries.done_before(found.id, kept.sha256, kept.what),
    )


def _remapped(park: Park, kept: ImportFile, form: MappingForm) -> str:
    """Return the address of the page with the mapping that was chosen or written; nothing, with the reasons in the form, otherwise."""
    code, file_id, what = park.code, kept.id, kept.what
    try:
        if request.form.get("by") == "columns":
            columns = {name: request.form[f"column-{name}"] for name in mappings.TARGETS[what] if f"column-{name}" in request.form}
            text = mappings.to_toml(mappings.changed(mappings.from_toml(kept.mapping, what), columns))
        else:
            text = (form.mapping.data or "").replace("\r\n", "\n")
            mappings.from_toml(text, what)
        with transaction():
            actions.preview(queries.file(here(code).id, file_id, to_change=True), text, actor=me(), now=clock.now())
    except Refused as refused:
        form.show(refused)
        return ""
    return url_for("imports.preview", park=code, file_id=file_id)


def _sheet(format_: str, kept: ImportFile, outcome: Outcome) -> ResponseReturnValue:
    head = [_("Row"), _("Column"), _("Value"), _("Reason"), _("Proposed fix")]
    return sheet(format_, f"problems-{kept.id}", head, (_cells(problem) for problem in outcome.problems))


def _cells(problem: Problem) -> list[object]:
    return [problem.row, problem.column, problem.value, sentence(problem.reason), sentence(problem.fix) if problem.fix else ""]


@bp.post("/parks/<park>/imports/<int:file_id>/apply")
def apply(park: str, file_id: int) -> ResponseReturnValue:
    """Import a file that was looked at: all rows or none."""
    found = here(park)
    form = ApplyForm()
    code, kept = found.code, _kept(found, file_id)
    table, plan = actions.read(kept.what, kept.content, kept.mapping)
    with transaction():
        found = here(code)
        kept = queries.file(found.id, file_id, to_change=True)
        outcome = actions.apply(kept, found, table, plan, seen=form.seen.data or "", actor=me(), now=clock.now())
    if outcome.problem_count:
        flash(_("Nothing was imported: there are problems."), "error")
    else:
        flash(_("Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.", **outcome.counts()))
    return redirect(url_for("imports.preview", park=code, file_id=file_id), 303)
