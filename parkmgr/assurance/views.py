"""Pages of the auditor's desk."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock, signing
from parkmgr.accounts.models import User
from parkmgr.assurance import actions, evidence, queries, rules, sampling
from parkmgr.assurance.forms import AnswerForm, CloseForm, DrawForm, PointFilter, PointForm
from parkmgr.assurance.models import Opened, Point, Sample
from parkmgr.audit import queries as audit
from parkmgr.db import transaction
from parkmgr.errors import Refused
from parkmgr.places.models import Park
from parkmgr.places.views import given, here, sent, today
from parkmgr.policy import Role
from parkmgr.values import Area, Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import attachment

bp = Blueprint("assurance", __name__)


@bp.after_app_request
def note(response: Response) -> Response:
    """What an auditor opens of a park is written down."""
    park_id = g.get("park_id")
    if request.method != "GET" or response.status_code != 200 or park_id is None:
        return response
    actor = me()
    if actor.user_id is None or Role.AUDITOR not in actor.roles(park_id):
        return response
    with transaction():
        actions.note(actor.user_id, park_id, request.full_path.rstrip("?"), now=clock.now())
    return response


@bp.get("/parks/<park>/desk")
def desk(park: str) -> ResponseReturnValue:
    """Show what waits for whom, and where to begin."""
    found = here(park)
    actor, day = me(), today(found)
    ends = [grant.term.ends_on for grant in actor.grants if grant.role is Role.AUDITOR and grant.park_id in (None, found.id)]
    return page(
        "assurance/desk.html",
        park=found,
        counts=queries.counts(found.id, day),
        until=max((end for end in ends if end is not None), default=None) if ends and None not in ends else None,
        is_auditor=bool(ends),
    )


# Points


def _columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("assurance.point", park=park.code, point=row[0].number)

    return [
        Column("number", _l("Number"), lambda row: row[0].number, Point.number, href=to),
        Column("kind", _l("Kind"), lambda row: row[0].kind, Point.kind, family="point_kind"),
        Column("subject", _l("Subject"), lambda row: row[0].subject, Point.subject),
        Column("about", _l("About"), lambda row: row[0].about or None, Point.about, wide_only=True),
        Column("state", _l("State"), lambda row: row[0].state, family="point_state"),
        Column("owner", _l("Who answers"), lambda row: row[1].name, queries.Owner.name),
        Column("due", _l("By the day"), lambda row: row[0].due_on, Point.due_on),
        Column("raised", _l("When it was raised"), lambda row: row[0].raised_at, Point.raised_at, wide_only=True),
        Column("raiser", _l("By whom"), lambda row: row[2].name if row[2] is not None else None, wide_only=True),
    ]


@bp.get("/parks/<park>/desk/points")
def points(park: str) -> ResponseReturnValue:
    """List requests and exceptions."""
    found = here(park)
    filters = PointFilter.asked()
    return answer(
        "assurance/points.html",
        queries.points(found.id, kind=filters.kind.data or "", state=filters.state.data or "", text=filters.q.data or ""),
        _columns(found),
        sort="-number",
        name=f"{found.code}-points",
        tie=Point.id,
        park=found,
        filters=filters,
    )


def _file(given_: Any) -> tuple[str, bytes | None]:
    """Return the name and the content of what was sent along; nothing where nothing was."""
    if not isinstance(given_, FileStorage) or not given_.filename:
        return "", None
    name = given_.filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:200], given_.read()


@bp.route("/parks/<park>/desk/points/new", methods=["GET", "POST"])
def raise_point(park: str) -> ResponseReturnValue:
    """Ask the park for something, or tell it what is not right."""
    found = here(park)
    form = PointForm(data={"due_on": today(found) + timedelta(days=14), "about": request.args.get("about", "")[:80]})
    form.owner.choices = [SelectChoice(str(user.id), f"{user.name} · {user.email}") for user in actions.owners(found, today(found))]

    def deed() -> str:
        filename, content = _file(form.file.data)
        owner = form.owner.data or ""
        made = actions.raise_point(
            here(park),
            form.kind.data or "",
            form.subject.data or "",
            form.text.data or "",
            about=form.about.data or "",
            owner_id=int(owner) if owner.isdecimal() and len(owner) < 18 else 0,
            due_on=given(form.due_on.data),
            filename=filename,
            content=content,
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is raised; whoever answers was told."))
        return url_for("assurance.point", park=park, point=made.number)

    return sent(form, deed) or page("assurance/raise_point.html", park=here(park), form=form)


@bp.get("/parks/<park>/desk/points/<point>")
def point(park: str, point: str) -> ResponseReturnValue:
    """Show a point and what was said about it."""
    found = here(park)
    shown = queries.point(found.id, point)
    people: dict[int, User] = queries.people(shown)
    return page(
        "assurance/point.html",
        park=found,
        point=shown,
        owner=people.get(shown.owner_id),
        raiser=people.get(shown.raised_by or 0),
        messages=queries.messages(shown.id),
        late=shown.state == "open" and shown.due_on < today(found),
    )


@bp.route("/parks/<park>/desk/points/<point>/answer", methods=["GET", "POST"])
def say(park: str, point: str) -> ResponseReturnValue:
    """Say something about a point."""
    shown = queries.point(here(park).id, point)
    form = AnswerForm()

    def deed() -> str:
        found = here(park)
        filename, content = _file(form.file.data)
        actions.say(
            queries.point(found.id, point),
            found,
            form.text.data or "",
            filename=filename,
            content=content,
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is said."))
        return url_for("assurance.point", park=park, point=point)

    return sent(form, deed) or page("assurance/say.html", park=here(park), form=form, point=shown)


@bp.route("/parks/<park>/desk/points/<point>/close", methods=["GET", "POST"])
def close(park: str, point: str) -> ResponseReturnValue:
    """Close a point."""
    shown = queries.point(here(park).id, point)
    form = CloseForm()

    def deed() -> str:
        actions.close(queries.point(here(park).id, point), form.text.data or "", actor=me(), now=clock.now())
        flash(_("It is closed."))
        return url_for("assurance.point", park=park, point=point)

    return sent(form, deed) or page("assurance/close.html", park=here(park), form=form, point=shown)


@bp.get("/parks/<park>/desk/points/<point>/files/<int:message_id>")
def file(park: str, point: str, message_id: int) -> ResponseReturnValue:
    """Download what was sent along."""
    row = queries.message(queries.point(here(park).id, point).id, message_id)
    return send_file(BytesIO(row.content or b""), mimetype=row.media_type, as_attachment=True, download_name=row.filename, max_age=0)


# Samples


def _sample_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("assurance.sample", park=park.code, sample=row[0].number)

    return [
        Column("number", _l("Number"), lambda row: row[0].number, Sample.number, href=to),
        Column("population", _l("From what"), lambda row: _(rules.POPULATIONS[row[0].population]), Sample.population),
        Column("on", _l("Day"), lambda row: row[0].on, Sample.on),
        Column("method", _l("How"), lambda row: _(sampling.METHODS[row[0].method]), Sample.method, wide_only=True),
        Column("drawn", _l("In the sample"), lambda row: len(row[0].drawn["items"]), figures=True),
        Column("count", _l("Of"), lambda row: row[0].count, Sample.count, figures=True),
        Column("at", _l("When"), lambda row: row[0].drawn_at, Sample.drawn_at),
        Column("by", _l("By"), lambda row: row[0].drawn_by, Sample.drawn_by, wide_only=True),
    ]


@bp.get("/parks/<park>/desk/samples")
def samples(park: str) -> ResponseReturnValue:
    """List the samples that were drawn."""
    found = here(park)
    return answer(
        "assurance/samples.html",
        queries.samples(found.id),
        _sample_columns(found),
        sort="-number",
        name=f"{found.code}-samples",
        tie=Sample.id,
        park=found,
    )


@bp.route("/parks/<park>/desk/samples/new", methods=["GET", "POST"])
def draw(park: str) -> ResponseReturnValue:
    """Draw a sample."""
    found = here(park)
    form = DrawForm(data={"on": today(found), "size": 25})

    def deed() -> str:
        made = actions.draw(
            here(park),
            form.population.data or "",
            form.method.data or "",
            given(form.size.data),
            on=given(form.on.data),
            since=form.since.data,
            currency=(form.currency.data or "").upper(),
            seed=form.seed.data or "",
            actor=me(),
            now=clock.now(),
        )
        return url_for("assurance.sample", park=park, sample=made.number)

    return sent(form, deed) or page("assurance/draw.html", park=here(park), form=form)


@bp.get("/parks/<park>/desk/samples/<sample>")
def sample(park: str, sample: str) -> ResponseReturnValue:
    """Show a sample; draw it again when asked."""
    found = here(park)
    shown = queries.sample(found.id, sample)
    same, refused = None, None
    if "again" in request.args:
        try:
            same = actions.again(found, shown, now=clock.now())
        except Refused as error:
            refused = error
    return page(
        "assurance/sample.html",
        park=found,
        sample=shown,
        items=actions.items_of(shown),
        population=_(rules.POPULATIONS[shown.population]),
        method=_(sampling.METHODS[shown.method]),
        same=same,
        refused=refused,
        amount=lambda item: _amount(shown, item.amount),
        to=lambda item: _page_of(found, shown, item.key),
    )


def _amount(shown: Sample, amount: int) -> str:
    if shown.population == "entries" or not amount:
        return ""
    return formats.area(Area(amount)) if shown.population == "units" else formats.money(Money(amount, shown.currency))


def _page_of(park: Park, shown: Sample, key: str) -> str:
    if shown.population == "leases":
        return url_for("leases.show", park=park.code, number=key)
    if shown.population == "units":
        return url_for("occupancy.space", park=park.code, code=key)
    if shown.population == "entries":
        return url_for("audit.show", entry_id=int(key))
    return url_for("housing.residency", park=park.code, number=key)


@bp.get("/parks/<park>/desk/samples/<sample>/evidence.zip")
def evidence_zip(park: str, sample: str) -> ResponseReturnValue:
    """Download the evidence of a sample."""
    found = here(park)
    shown = queries.sample(found.id, sample)
    contents = evidence.files(found, shown, audit.verify(), now=clock.now())
    packed = evidence.packed(contents, signing.signer(current_app.config["PARKMGR"]))
    return attachment(packed, f"{shown.number}.zip", "application/zip")


@bp.get("/parks/<park>/desk/opened")
def opened(park: str) -> ResponseReturnValue:
    """List what auditors opened."""
    found = here(park)
    columns = [
        Column("at", _l("When"), lambda row: row[0].at, Opened.at),
        Column("who", _l("Who"), lambda row: row[1].name, User.name),
        Column("address", _l("Page"), lambda row: row[0].address, Opened.address),
    ]
    return answer(
        "assurance/opened.html",
        queries.opened(found.id),
        columns,
        sort="-at",
        name=f"{found.code}-opened",
        tie=Opened.id,
        count_to=10_000,
        park=found,
    )
