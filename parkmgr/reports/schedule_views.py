"""The pages of reports that come by themselves."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from parkmgr import clock
from parkmgr.funds import queries as funds
from parkmgr.places.views import given, here, sent
from parkmgr.reports import kinds, schedule_queries, scheduling
from parkmgr.reports.views import bp
from parkmgr.web.door import me
from parkmgr.web.forms import Form, LineField, LinesField, Needed, WholeField
from parkmgr.web.page import page


class ScheduleForm(Form):
    """A report that comes every month."""

    kind = SelectField(_l("Kind of report"), choices=[], validate_choice=False)
    day = WholeField(_l("On which day of the month"), [Needed()], least=1, most=31)
    receivers = LinesField(_l("To whom (e-mail addresses of accounts)"), longest=4000)
    buildings = LineField(_l("Buildings (codes; empty: the whole park)"), longest=400)
    fund = SelectField(_l("Fund (only for a report about one)"), choices=[], validate_choice=False)


class StopForm(Form):
    """Nothing is asked."""


def _listed(text: str | None) -> list[str]:
    return [part for part in (text or "").replace(",", " ").replace(";", " ").split() if part]


@bp.get("/parks/<park>/report-schedules")
def schedules(park: str) -> ResponseReturnValue:
    """List the reports that come by themselves."""
    found = here(park)
    return page("reports/schedules.html", park=found, rows=schedule_queries.schedules(found.id), kinds=kinds.KINDS)


@bp.route("/parks/<park>/report-schedules/new", methods=["GET", "POST"])
def add_schedule(park: str) -> ResponseReturnValue:
    """Let a report come every month."""
    found = here(park)
    form = ScheduleForm(data={"day": 2})
    form.kind.choices = [SelectChoice(kind.code, _(kind.title)) for kind in kinds.readable(me(), found.id) if not kind.of_statement]
    listed = funds.funds(found.id, me(), "reports.fund")
    form.fund.choices = [SelectChoice("", "—"), *(SelectChoice(fund.code, fund.code) for fund in listed)]

    def deed() -> str:
        scheduling.add(
            here(park),
            form.kind.data or "",
            given(form.day.data),
            [email.lower() for email in _listed(form.receivers.data)],
            fund=form.fund.data or "",
            buildings=_listed(form.buildings.data),
            actor=me(),
            now=clock.now(),
        )
        flash(_("It comes every month from now on."))
        return url_for("reports.schedules", park=park)

    return sent(form, deed) or page("reports/add_schedule.html", park=here(park), form=form)


@bp.route("/parks/<park>/report-schedules/<int:schedule_id>/stop", methods=["GET", "POST"])
def stop_schedule(park: str, schedule_id: int) -> ResponseReturnValue:
    """Let a report come no more."""
    found = here(park)
    row = schedule_queries.schedule(found.id, schedule_id)
    form = StopForm()

    def deed() -> str:
        scheduling.stop(schedule_queries.schedule(here(park).id, schedule_id), actor=me(), now=clock.now())
        flash(_("It comes no more; what came stays."))
        return url_for("reports.schedules", park=park)

    return sent(form, deed) or page("reports/stop_schedule.html", park=here(park), form=form, row=row, kinds=kinds.KINDS)
