"""The pages of visits: all of them, one, and what is done with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.accounts import queries as accounts
from parkmgr.bookings.actions import second_clock
from parkmgr.cooperation import agreement_queries, project_queries
from parkmgr.cooperation import delegation_actions as actions
from parkmgr.cooperation import delegation_queries as queries
from parkmgr.cooperation import delegation_rules as rules
from parkmgr.cooperation.access import reads_all
from parkmgr.cooperation.delegation_actions import Judged, Member, Outcome
from parkmgr.cooperation.delegation_forms import (
    ApproveForm,
    AskForm,
    DelegationFilter,
    MemberForm,
    ProgrammeForm,
    ReportForm,
    SureForm,
    WhyForm,
)
from parkmgr.cooperation.delegation_rules import Item
from parkmgr.cooperation.models import Agreement, Delegation
from parkmgr.cooperation.rules import DelegationState, ItemKind, OutcomeKind
from parkmgr.cooperation.views import NO_ORGANISATION, agreement_choices, bp, chosen_agreement, own
from parkmgr.db import transaction
from parkmgr.errors import N_, Objection, Refused, refuse
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.views import by_name, given, here, sent, today
from parkmgr.values import day_of
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

NO_SPACE = Objection("cooperation.no_space", N_("There is no space of the code %(code)s here."), "items")
NO_LEADER = Objection("cooperation.no_project", N_("There is no agreement or project of the number %(number)s."), "outcomes")


def of_delegation(park: str, delegation: str) -> Delegation:
    """Return the visit that the page is about, if the reader may do this with it.

    Raises:
        Missing: there is none, or it is not the reader's.
    """
    return queries.delegation(delegation, me(), str(request.endpoint), park=park)


def _to(park: str, delegation: str) -> str:
    return url_for("cooperation.delegation", park=park, delegation=delegation)


def by_day(rows: Sequence[Any], park: Park) -> list[tuple[date, list[Any]]]:
    """Return lines of a programme by the park's civil day on which they begin."""
    days: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        days[day_of(row.starts_at, park.zone)].append(row)
    return sorted(days.items())


@bp.get("/parks/<park>/delegations")
def delegations(park: str) -> ResponseReturnValue:
    """List the visits of delegations."""
    found = here(park)
    filters = DelegationFilter.asked()
    wanted = queries.Wanted(
        filters.q.data or "",
        filters.state.data or "",
        filters.organisation.data or "",
        filters.agreement.data or "",
        filters.from_on.data,
        filters.until_on.data,
    )

    def to_delegation(row: Any) -> str:
        return _to(found.code, row.Delegation.number)

    def to_agreement(row: Any) -> str | None:
        return url_for("cooperation.agreement", park=found.code, agreement=row.agreement) if row.agreement else None

    columns = [
        Column("number", _l("Number"), lambda row: row.Delegation.number, Delegation.number, href=to_delegation),
        Column("purpose", _l("Purpose"), lambda row: row.Delegation.names, by_name(Delegation), href=to_delegation),
        Column("guest", _l("Guest"), lambda row: row[1].names, by_name(queries.GUEST)),
        Column("host", _l("Host"), lambda row: row[2].names, by_name(queries.HOST), wide_only=True),
        Column("arrives_on", _l("Arrival"), lambda row: row.Delegation.arrives_on, Delegation.arrives_on),
        Column("leaves_on", _l("Departure"), lambda row: row.Delegation.leaves_on, Delegation.leaves_on, wide_only=True),
        Column("people", _l("People"), lambda row: row.Delegation.people, Delegation.people, figures=True),
        Column("agreement", _l("Agreement"), lambda row: row.agreement, Agreement.number, href=to_agreement, wide_only=True),
        Column("state", _l("State"), lambda row: row.Delegation.state, Delegation.state, family="delegation_state"),
    ]
    return answer(
        "cooperation/delegations.html",
        queries.delegations(found.id, me(), wanted),
        columns,
        sort="-arrives_on",
        name=f"{found.code}-delegations-{today(found).isoformat()}",
        tie=Delegation.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/delegations/<delegation>")
def delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Show a visit: programme, who comes in number, what came of it."""
    found = here(park)
    shown = of_delegation(park, delegation)
    now = clock.now()
    decides = me().may("cooperation.approve_delegation", found.id)
    open_ = DelegationState(shown.state) in rules.POSSIBLE["approve_delegation"]
    lines = actions.judged(shown, actor=me(), now=now) if decides and open_ else [Judged(row) for row in queries.items(shown.id)]
    rows = [one.item for one in lines]
    return page(
        "cooperation/delegation.html",
        park=found,
        shown=shown,
        days=by_day(rows, found),
        against={one.item.id: one.against for one in lines},
        judged=decides and open_,
        facts=actions.facts(shown, now),
        possible={deed for deed, states in rules.POSSIBLE.items() if shown.state in states and me().may(f"cooperation.{deed}", found.id)},
        outcomes=queries.outcomes(shown.id),
        second=second_clock(found, shown.guest, midday(found, shown)),
        reads_all=reads_all(me(), found.id),
        beds=sum(row.people for row in rows if row.kind == ItemKind.HOME),
    )


def midday(park: Park, shown: Delegation) -> datetime:
    """Return the noon of the first day, by which clocks are compared."""
    return datetime.combine(shown.arrives_on, datetime.min.time().replace(hour=12), park.zone)


@bp.route("/parks/<park>/delegations/ask", methods=["GET", "POST"])
def ask_delegation(park: str) -> ResponseReturnValue:
    """Ask for a visit: one form, the programme that the park proposes, and then the request."""
    found = here(park)
    mine = _only_organisation(found)
    form = AskForm(data={"guest": request.args.get("guest", mine), "people": 4, "key": AskForm.new_key()})
    form.agreement.choices = agreement_choices(found)
    form.labs.choices = [
        SelectChoice(code, f"{code} · {formats.names(names)}" if names else code)
        for code, names in queries.labs_to_tour(found.id, today(found))
    ]
    planned: list[Item] = []

    def deed() -> str:
        row = here(park)
        guest, host, agreement, asked = _asked(row, form)
        proposed = actions.propose(row, guest, asked, form.wishes(), actor=me(), now=clock.now())
        if not form.sure.data:
            planned[:] = proposed
            return ""
        made = actions.ask(row, guest, host, asked, proposed, agreement=agreement, key=form.key.data or None, actor=me(), now=clock.now())
        flash(_("%(number)s is asked for. Nothing is held before it is approved.", number=made.number))
        return _to(park, made.number)

    done = sent(form, deed)
    spaces = {space.id: space for space in places.spaces_of_ids([item.space_id for item in planned if item.space_id is not None])}
    return done or page(
        "cooperation/ask_delegation.html",
        park=here(park),
        form=form,
        planned=by_day(planned, found),
        spaces=spaces,
        status=200 if planned else None,
    )


def _only_organisation(park: Park) -> str:
    """Return the code of the liaison's organisation; empty for others."""
    found = queries.by_ids(me().organisations(park.id))
    return found[0].code if len(found) == 1 else ""


def _asked(park: Park, form: AskForm) -> tuple[Any, Any, Any, Any]:
    """Return guest, host, agreement and the visit, as typed.

    Raises:
        Refused: with every objection to them: no host, an unknown organisation, another's visit.
    """
    against: list[Objection] = []
    there = {}
    for name in ("guest", "host"):
        code = (getattr(form, name).data or "").strip()
        there[name] = accounts.organisation_by_code(code) if code else None
        if code and there[name] is None:
            against.append(NO_ORGANISATION.about(code=code).at(name))
    if not (form.host.data or "").strip():
        against.append(rules.NO_HOST)
    refuse(against)
    codes = [code for code in (form.guest.data, form.host.data) if code]
    own(park, codes, "guest")
    agreement = chosen_agreement(park, form.agreement.data)
    parties = None
    if agreement is not None:
        parties = [one.organisation.code for one in agreement_queries.parties([agreement.id])[agreement.id]]
    return there["guest"], there["host"], agreement, form.asked(agreement.number if agreement else "", parties)


@bp.route("/parks/<park>/delegations/<delegation>/programme", methods=["GET", "POST"])
def set_programme(park: str, delegation: str) -> ResponseReturnValue:
    """Change the lines of a programme."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = ProgrammeForm(data=ProgrammeForm.of(shown, queries.items(shown.id), found.zone))

    def deed() -> str:
        row = of_delegation(park, delegation)
        actions.set_programme(row, _items(here(park), row, form), version=form.at_version, actor=me(), now=clock.now())
        flash(_("The programme is changed. Nothing is held before it is approved."))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/set_programme.html", park=here(park), shown=of_delegation(park, delegation), form=form)


def _items(park: Park, shown: Delegation, form: ProgrammeForm) -> list[Item]:
    """Return the lines as typed; a flat's are the nights of the visit.

    Raises:
        Refused: with every objection: no such space, no time.
    """
    against: list[Objection] = []
    lines = form.lines()
    spaces: dict[str, Space] = places.spaces_by_code(park.id, [line.space.data for line in lines if line.space.data])
    items = []
    for line in lines:
        kind, code = ItemKind(line.kind.data), line.space.data or ""
        if code and code not in spaces:
            against.append(NO_SPACE.about(code=code))
            continue
        term = actions.nights(shown)
        if kind is ItemKind.HOME and term is not None:
            span = term.span(park.zone)
            first, last = span.starts_at, span.ends_at
        elif line.starts_at.data is None or line.ends_at.data is None:
            against.append(rules.NEEDS_TIME)
            continue
        else:
            first, last = (given(at.data).replace(tzinfo=park.zone).astimezone(UTC) for at in (line.starts_at, line.ends_at))
        people = line.people.data or shown.people
        space_id = spaces[code].id if code else None
        items.append(Item(kind, first, last, people, space_id, line.title.data or "", line.provider.data or ""))
    refuse(list(dict.fromkeys(against)))
    return items


@bp.route("/parks/<park>/delegations/<delegation>/approve", methods=["GET", "POST"])
def approve_delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Approve a visit: everything in its programme is held, or nothing."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = ApproveForm(data={"version": shown.version})
    lines = actions.judged(shown, actor=me(), now=clock.now()) if shown.state in rules.POSSIBLE["approve_delegation"] else []

    def deed() -> str:
        row, park_row = of_delegation(park, delegation), here(park)
        rent = form.rent.money(park_row.currency)
        actions.approve_delegation(row, rent=rent, waiver=form.waiver.data or "", version=form.at_version, actor=me(), now=clock.now())
        flash(_("%(number)s is approved: its rooms are booked and its flats are held.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page(
        "cooperation/approve_delegation.html",
        park=found,
        shown=shown,
        form=form,
        lines=lines,
    )


@bp.route("/parks/<park>/delegations/<delegation>/reject", methods=["GET", "POST"])
def reject_delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Say that the delegation is not received."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = WhyForm()

    def deed() -> str:
        actions.reject_delegation(of_delegation(park, delegation), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(number)s is rejected.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/reject_delegation.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/delegations/<delegation>/cancel", methods=["GET", "POST"])
def cancel_delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Say that the delegation does not come."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = WhyForm()

    def deed() -> str:
        actions.cancel_delegation(of_delegation(park, delegation), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(number)s is cancelled; its rooms and flats are free.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/cancel_delegation.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/delegations/<delegation>/invite", methods=["GET", "POST"])
def invite(park: str, delegation: str) -> ResponseReturnValue:
    """Note that the invitation is sent."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = SureForm()

    def deed() -> str:
        actions.invite(of_delegation(park, delegation), actor=me(), now=clock.now())
        flash(_("%(number)s is invited.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/invite.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/delegations/<delegation>/confirm", methods=["GET", "POST"])
def confirm_delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Say that the guests come."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = SureForm()

    def deed() -> str:
        actions.confirm_delegation(of_delegation(park, delegation), actor=me(), now=clock.now())
        flash(_("%(number)s is confirmed.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/confirm_delegation.html", park=found, shown=shown, form=form)


@bp.route("/parks/<park>/delegations/<delegation>/report", methods=["GET", "POST"])
def report_delegation(park: str, delegation: str) -> ResponseReturnValue:
    """Say what came of a visit."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = ReportForm()

    def deed() -> str:
        row = of_delegation(park, delegation)
        actions.report_delegation(row, form.summary.data or "", _outcomes(here(park), row, form), actor=me(), now=clock.now())
        flash(_("%(number)s is reported.", number=delegation))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/report_delegation.html", park=found, shown=shown, form=form)


def _outcomes(park: Park, shown: Delegation, form: ReportForm) -> list[Outcome]:
    """Return the outcomes as typed; one about an agreement is about the visit's own where no number is given.

    Raises:
        Refused: there is no agreement or project of the number.
    """
    found = []
    readable = {row.number: row for row in agreement_queries.readable_in(park.id, me(), "cooperation.report_delegation")}
    for row in form.outcomes:
        fields = row.form
        if not fields.kind.data:
            continue
        kind, number = OutcomeKind(fields.kind.data), fields.number.data or ""
        agreement = readable.get(number) if number else (shown.agreement if kind is not OutcomeKind.OTHER else None)
        project = project_queries.project_in(park.id, number) if number else None
        if number and agreement is None and project is None:
            raise Refused([NO_LEADER.about(number=number)])
        is_project = kind is OutcomeKind.PROJECT_BEGUN
        found.append(Outcome(kind, None if is_project else agreement, project if is_project else None, fields.text.data or ""))
    return found


# Who comes


@bp.route("/parks/<park>/delegations/<delegation>/members/new", methods=["GET", "POST"])
def add_member(park: str, delegation: str) -> ResponseReturnValue:
    """Name somebody of the delegation."""
    found = here(park)
    shown = of_delegation(park, delegation)
    form = MemberForm()

    def deed() -> str:
        member = Member(
            form.name.data or "",
            form.position.data or "",
            (form.citizenship.data or "").upper(),
            form.passport.data or "",
            form.born_on.data,
            bool(form.leads.data),
        )
        row = of_delegation(park, delegation)
        actions.add_member(row, member, actor=me(), now=clock.now())
        flash(_("Named. Only the cooperation desk reads who it is."))
        more = queries.named(row.id) < row.people
        return url_for("cooperation.add_member", park=park, delegation=delegation) if more else _to(park, delegation)

    return sent(form, deed) or page("cooperation/add_member.html", park=found, shown=shown, form=form, named=queries.named(shown.id))


@bp.get("/parks/<park>/delegations/<delegation>/members")
def members(park: str, delegation: str) -> ResponseReturnValue:
    """Show who comes; that somebody looked is noted."""
    here(park)
    with transaction():
        actions.look(of_delegation(park, delegation), actor=me(), now=clock.now())
    found = here(park)
    shown = of_delegation(park, delegation)
    return page("cooperation/members.html", park=found, shown=shown, members=queries.members(shown.id))


@bp.route("/parks/<park>/delegations/<delegation>/members/<int:member_id>/remove", methods=["GET", "POST"])
def remove_member(park: str, delegation: str, member_id: int) -> ResponseReturnValue:
    """Say that somebody does not come."""
    found = here(park)
    shown = of_delegation(park, delegation)
    queries.member(shown.id, member_id)
    form = SureForm()

    def deed() -> str:
        row = of_delegation(park, delegation)
        actions.remove_member(row, queries.member(row.id, member_id), actor=me(), now=clock.now())
        flash(_("Removed."))
        return _to(park, delegation)

    return sent(form, deed) or page("cooperation/remove_member.html", park=found, shown=shown, form=form)
