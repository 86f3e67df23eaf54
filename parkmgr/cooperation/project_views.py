"""The pages of programmes, projects and events."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.bookings import finding
from parkmgr.cooperation import project_actions as actions
from parkmgr.cooperation import project_queries as queries
from parkmgr.cooperation.agreement_forms import codes
from parkmgr.cooperation.models import Agreement, Event, Project
from parkmgr.cooperation.project_actions import What
from parkmgr.cooperation.project_forms import CameForm, CancelForm, EndUseForm, EventFilter, EventForm, ProjectFilter, ProjectForm, UseForm
from parkmgr.cooperation.rules import EventState
from parkmgr.cooperation.views import agreement_choices, bp, chosen_agreement, organisation_of, own
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.funds import queries as funds
from parkmgr.organisations.models import Organisation
from parkmgr.people import queries as people
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, given, here, sent, today
from parkmgr.values import Span, midnight
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

NO_SPACE = Objection("cooperation.no_space", N_("There is no space of the code %(code)s here."), "space")
NO_PERSON = Objection("cooperation.no_person", N_("There is no person of the number %(number)s here."), "person")
NO_FUND = Objection("cooperation.no_fund", N_("There is no fund of the code %(code)s here."), "fund")


def of_project(park: str, project: str) -> Project:
    """Return the project that the page is about, if the reader may do this with it."""
    return queries.project(project, me(), str(request.endpoint), park=park)


def of_event(park: str, event: str) -> Event:
    """Return the event that the page is about, if the reader may do this with it."""
    return queries.event(event, me(), str(request.endpoint), park=park)


def _to_project(park: str, project: str) -> str:
    return url_for("cooperation.project", park=park, project=project)


def _to_event(park: str, event: str) -> str:
    return url_for("cooperation.event", park=park, event=event)


# Projects


@bp.get("/parks/<park>/projects")
def projects(park: str) -> ResponseReturnValue:
    """List programmes and projects."""
    found = here(park)
    filters = ProjectFilter.asked()
    wanted = queries.Wanted(
        filters.q.data or "",
        filters.kind.data or "",
        filters.state.data or "",
        filters.field.data or "",
        filters.organisation.data or "",
        filters.agreement.data or "",
    )

    def to_project(row: Any) -> str:
        return _to_project(found.code, row.Project.number)

    def to_programme(row: Any) -> str | None:
        return _to_project(found.code, row.programme) if row.programme else None

    def to_agreement(row: Any) -> str | None:
        return url_for("cooperation.agreement", park=found.code, agreement=row.agreement) if row.agreement else None

    columns = [
        Column("number", _l("Number"), lambda row: row.Project.number, Project.number, href=to_project),
        Column("name", _l("Project"), lambda row: row.Project.names, by_name(Project), href=to_project),
        Column("kind", _l("Kind"), lambda row: row.Project.kind, Project.kind, family="project_kind", wide_only=True),
        Column("field", _l("Field of research"), lambda row: row.Project.field, Project.field, family="research_field", wide_only=True),
        Column("lead", _l("Led by"), lambda row: row.Organisation.names, by_name(Organisation)),
        Column("agreement", _l("Agreement"), lambda row: row.agreement, Agreement.number, href=to_agreement, wide_only=True),
        Column("programme", _l("Programme"), lambda row: row.programme, queries.PROGRAMME.number, href=to_programme, wide_only=True),
        Column("starts_on", _l("First day"), lambda row: row.Project.starts_on, Project.starts_on),
        Column("ends_on", _l("Last day"), lambda row: row.Project.ends_on, Project.ends_on, wide_only=True),
        Column("state", _l("State"), lambda row: row.Project.state, Project.state, family="project_state"),
    ]
    return answer(
        "cooperation/projects.html",
        queries.projects(found.id, me(), wanted),
        columns,
        sort="-starts_on",
        name=f"{found.code}-projects-{today(found).isoformat()}",
        tie=Project.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/projects/<project>")
def project(park: str, project: str) -> ResponseReturnValue:
    """Show a programme or project, and what takes part in it."""
    found = here(park)
    shown = of_project(park, project)
    above = queries.project_by_id(shown.programme_id)
    return page(
        "cooperation/project.html", park=found, shown=shown, above=above, uses=queries.uses(shown.id), under=queries.under(shown.id)
    )


def _prepared(form: ProjectForm, park: Park, agreement: Agreement | None = None) -> None:
    form.agreement.choices = agreement_choices(park, agreement)
    listed = [SelectChoice(one.number, f"{one.number} · {formats.names(one.names)}") for one in queries.programmes(park.id)]
    form.programme.choices = [SelectChoice("", "—"), *listed]


@bp.route("/parks/<park>/projects/new", methods=["GET", "POST"])
def add_project(park: str) -> ResponseReturnValue:
    """Add a programme or project."""
    found = here(park)
    begins = {"starts_on": today(found), "key": ProjectForm.new_key(), "agreement": request.args.get("agreement", "")}
    form = ProjectForm(data=begins)
    _prepared(form, found)

    def deed() -> str:
        row = here(park)
        made = actions.add_project(
            row,
            form.asked(),
            organisation_of(form.lead.data, "lead"),
            agreement=chosen_agreement(row, form.agreement.data),
            programme=queries.project_in(row.id, form.programme.data) if form.programme.data else None,
            key=form.key.data or None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s is added.", number=made.number))
        return _to_project(park, made.number)

    return sent(form, deed) or page("cooperation/add_project.html", park=found, form=form)


@bp.route("/parks/<park>/projects/<project>/change", methods=["GET", "POST"])
def change_project(park: str, project: str) -> ResponseReturnValue:
    """Change a project, or how far it has come."""
    found = here(park)
    shown = of_project(park, project)
    above = queries.project_by_id(shown.programme_id)
    form = ProjectForm(data=ProjectForm.of(shown, above.number if above else ""))
    _prepared(form, found, shown.agreement)

    def deed() -> str:
        row, park_row = of_project(park, project), here(park)
        same = row.agreement is not None and row.agreement.number == form.agreement.data
        actions.change_project(
            row,
            form.asked(),
            organisation_of(form.lead.data, "lead"),
            agreement=row.agreement if same else chosen_agreement(park_row, form.agreement.data),
            programme=queries.project_in(park_row.id, form.programme.data) if form.programme.data else None,
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Saved."))
        return _to_project(park, project)

    return sent(form, deed) or page("cooperation/change_project.html", park=found, shown=shown, form=form)


def _what(park: Park, form: UseForm) -> What:
    """Return what was typed.

    Raises:
        Refused: there is no such thing in the park.
    """
    against: list[Objection] = []
    space = queries.spaces(park.id, [form.space.data]).get(form.space.data) if form.space.data else None
    if form.space.data and space is None:
        against.append(NO_SPACE.about(code=form.space.data))
    person = people.by_numbers(park.id, [form.person.data]).get(form.person.data) if form.person.data else None
    if form.person.data and person is None:
        against.append(NO_PERSON.about(number=form.person.data))
    fund = funds.of_code(form.fund.data) if form.fund.data else None
    if form.fund.data and (fund is None or fund.park_id != park.id):
        against.append(NO_FUND.about(code=form.fund.data))
    refuse(against)
    return What(space, person, fund, organisation_of(form.organisation.data, "organisation") if form.organisation.data else None)


@bp.route("/parks/<park>/projects/<project>/uses/new", methods=["GET", "POST"])
def add_use(park: str, project: str) -> ResponseReturnValue:
    """Say what takes part in a project."""
    found = here(park)
    shown = of_project(park, project)
    form = UseForm(data={"starts_on": max(today(found), shown.starts_on)})

    def deed() -> str:
        row = of_project(park, project)
        actions.add_use(row, _what(here(park), form), given(form.starts_on.data), form.ends_on.data, actor=me(), now=clock.now())
        flash(_("It takes part."))
        return _to_project(park, project)

    return sent(form, deed) or page("cooperation/add_use.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/projects/<project>/uses/<int:use_id>/end", methods=["GET", "POST"])
def end_use(park: str, project: str, use_id: int) -> ResponseReturnValue:
    """Say until when something takes part."""
    found = here(park)
    shown = of_project(park, project)
    queries.use(shown.id, use_id)
    form = EndUseForm(data={"ends_on": today(found)})

    def deed() -> str:
        row = of_project(park, project)
        actions.end_use(row, queries.use(row.id, use_id), given(form.ends_on.data), actor=me(), now=clock.now())
        flash(_("Saved."))
        return _to_project(park, project)

    return sent(form, deed) or page("cooperation/end_use.html", park=found, shown=shown, form=form)


# Events


@bp.get("/parks/<park>/events")
def events(park: str) -> ResponseReturnValue:
    """List events."""
    found = here(park)
    filters = EventFilter.asked()
    wanted = queries.Wanted(
        filters.q.data or "",
        filters.kind.data or "",
        filters.state.data or "",
        organisation=filters.organisation.data or "",
        agreement=filters.agreement.data or "",
    )
    first = midnight(filters.from_on.data, found.zone) if filters.from_on.data else None
    after = midnight(filters.until_on.data + timedelta(days=1), found.zone) if filters.until_on.data else None

    def to_event(row: Any) -> str:
        return _to_event(found.code, row.Event.number)

    def to_agreement(row: Any) -> str | None:
        return url_for("cooperation.agreement", park=found.code, agreement=row.agreement) if row.agreement else None

    columns = [
        Column("number", _l("Number"), lambda row: row.Event.number, Event.number, href=to_event),
        Column("name", _l("Event"), lambda row: row.Event.names, by_name(Event), href=to_event),
        Column("kind", _l("Kind"), lambda row: row.Event.kind, Event.kind, family="event_kind", wide_only=True),
        Column("host", _l("Host"), lambda row: row.Organisation.names, by_name(Organisation)),
        Column("starts_at", _l("From"), lambda row: row.Event.starts_at, Event.starts_at),
        Column("ends_at", _l("Until"), lambda row: row.Event.ends_at, Event.ends_at, wide_only=True),
        Column("rooms", _l("Rooms"), lambda row: row.rooms, wide_only=True),
        Column("people", _l("People"), lambda row: row.Event.came or row.Event.people, Event.people, figures=True),
        Column("agreement", _l("Agreement"), lambda row: row.agreement, Agreement.number, href=to_agreement, wide_only=True),
        Column("state", _l("State"), lambda row: row.Event.state, Event.state, family="event_state"),
    ]
    return answer(
        "cooperation/events.html",
        queries.events(found.id, me(), wanted, first, after),
        columns,
        sort="-starts_at",
        name=f"{found.code}-events-{today(found).isoformat()}",
        tie=Event.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/events/<event>")
def event(park: str, event: str) -> ResponseReturnValue:
    """Show an event and its rooms."""
    found = here(park)
    shown = of_event(park, event)
    return page(
        "cooperation/event.html",
        park=found,
        shown=shown,
        rooms=queries.rooms(shown.id),
        agreement=queries.agreement_of(shown.agreement_id),
        begun=clock.now() >= shown.starts_at,
        E=EventState,
    )


@bp.route("/parks/<park>/events/plan", methods=["GET", "POST"])
def plan_event(park: str) -> ResponseReturnValue:
    """Plan an event and book its rooms; the page says which rooms are free and large enough."""
    found = here(park)
    form = EventForm(data={"key": EventForm.new_key(), "people": 30})
    form.agreement.choices = agreement_choices(found)
    looking = request.method == "POST" and request.form.get("look") is not None

    def deed() -> str:
        row = here(park)
        if looking:
            return ""
        host = organisation_of(form.host.data, "host")
        own(row, [host.code], "host")
        listed = codes(form.rooms.data)
        there = queries.spaces(row.id, listed)
        unknown = [NO_SPACE.about(code=code).at("rooms") for code in listed if code not in there]
        if unknown:
            raise Refused(unknown)
        made = actions.plan_event(
            row,
            form.asked(row.zone),
            host,
            [there[code] for code in dict.fromkeys(listed)],
            agreement=chosen_agreement(row, form.agreement.data),
            key=form.key.data or None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s is planned and its rooms are booked, or asked for where somebody decides.", number=made.number))
        return _to_event(park, made.number)

    done = sent(form, deed)
    free = []
    if form.starts_at.data and form.ends_at.data and form.ends_at.data > form.starts_at.data:
        span = Span(*(given(at.data).replace(tzinfo=found.zone).astimezone(UTC) for at in (form.starts_at, form.ends_at)))
        free = finding.free_rooms(found.id, span, zone=found.zone, kind="meeting_room", people=form.people.data)
    return done or page("cooperation/plan_event.html", park=here(park), form=form, free=free, looked=bool(form.starts_at.data))


@bp.route("/parks/<park>/events/<event>/cancel", methods=["GET", "POST"])
def cancel_event(park: str, event: str) -> ResponseReturnValue:
    """Cancel an event and its rooms."""
    found = here(park)
    shown = of_event(park, event)
    form = CancelForm()

    def deed() -> str:
        row = of_event(park, event)
        own(here(park), [row.host.code], "reason")
        actions.cancel_event(row, reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(number)s is cancelled; its rooms are free.", number=event))
        return _to_event(park, event)

    return sent(form, deed) or page("cooperation/cancel_event.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/events/<event>/report", methods=["GET", "POST"])
def report_event(park: str, event: str) -> ResponseReturnValue:
    """Say how many people came."""
    found = here(park)
    shown = of_event(park, event)
    form = CameForm(data={"came": shown.people})

    def deed() -> str:
        actions.report_event(of_event(park, event), given(form.came.data), actor=me(), now=clock.now())
        flash(_("Noted."))
        return _to_event(park, event)

    return sent(form, deed) or page("cooperation/report_event.html", park=found, shown=shown, form=form)
