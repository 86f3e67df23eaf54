"""The pages of the sports centre's desk: who comes in, memberships, and how many came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.amenities import actions, queries, rules
from parkmgr.amenities.forms import EndMembershipForm, MembershipForm, MembershipsFilter, SmallForm, VisitForm, VisitsFilter
from parkmgr.amenities.models import Desk, Service, SportsMembership
from parkmgr.amenities.views import bp, organisation
from parkmgr.calendars.rules import is_open
from parkmgr.errors import Missing, Refused
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.policy import Role
from parkmgr.values import Money, Span, midnight
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet

# Visits


def _choices(listed: list[Service]) -> list[SelectChoice]:
    return [SelectChoice(one.code, formats.names(one.names)) for one in listed]


@bp.get("/parks/<park>/sports")
def sports(park: str) -> ResponseReturnValue:
    """Show how many are at each service now; at the desk also the form that counts who comes in."""
    return _sports(here(park), None)


def _sports(park: Park, form: VisitForm | None) -> ResponseReturnValue:
    listed = queries.services(park.id, Desk.SPORTS.value, active=True)
    now = clock.now()
    there = queries.there_now([one.id for one in listed], now, {one.id: one.slot_minutes for one in listed})
    moment = Span(now, now + timedelta(seconds=1))
    open_now = {one.id: is_open(queries.week(one), moment, park.zone, queries.weekday_of(one, park)) for one in listed}
    keeps = me().may("amenities.count_visit", park.id)
    if form is None:
        form = VisitForm(formdata=None, data={"service": request.args.get("service", ""), "people": 1})
    form.service.choices = _choices(listed)
    return page(
        "amenities/sports.html",
        park=park,
        services=listed,
        there=there,
        open_now=open_now,
        prices=queries.prices,
        form=form if keeps else None,
        visits=queries.last_visits(park.id, midnight(today(park), park.zone)) if keeps else [],
    )


@bp.post("/parks/<park>/sports/count")
def count_visit(park: str) -> ResponseReturnValue:
    """Count who came in."""
    form = VisitForm()
    form.service.choices = _choices(queries.services(here(park).id, Desk.SPORTS.value, active=True))

    def deed() -> str:
        row = here(park)
        service = queries.service(row.id, form.service.data, Desk.SPORTS.value)
        membership = _card(row, form.membership.data or "")
        visit = actions.count_visit(
            service,
            row,
            membership=membership,
            class_=form.class_.data or "",
            people=given(form.people.data),
            key=form.key_value,
            actor=me(),
            now=clock.now(),
        )
        _say(service, visit.people, membership, visit.price)
        return url_for("amenities.sports", park=park, service=service.code)

    return sent(form, deed) or _sports(here(park), form)


def _say(service: Service, people: int, membership: SportsMembership | None, price: Money | None) -> None:
    name = formats.names(service.names)
    if membership is None:
        said = _(
            "%(people)s came to %(service)s: %(price)s.", people=people, service=name, price=formats.money(price) if price else _("free")
        )
    else:
        left = queries.card(membership).left
        said = _("%(people)s came to %(service)s with %(number)s.", people=people, service=name, number=membership.number)
        said += " " + _("Visits left: %(left)s.", left=left) if left is not None else ""
    flash(said)


def _card(park: Park, number: str) -> SportsMembership | None:
    if not number:
        return None
    try:
        return queries.membership(park.id, number.upper())
    except Missing:
        raise Refused([rules.NO_SUCH_MEMBERSHIP.about(number=number)]) from None


@bp.post("/parks/<park>/sports/visits/<int:visit_id>/cancel")
def cancel_visit(park: str, visit_id: int) -> ResponseReturnValue:
    """Take back a visit that was counted by mistake."""
    queries.visit(here(park).id, visit_id)
    form = SmallForm()

    def deed() -> str:
        row = here(park)
        visit = queries.visit(row.id, visit_id)
        actions.cancel_visit(visit, actor=me(), now=clock.now())
        flash(_("The visit is taken back."))
        return url_for("amenities.sports", park=park)

    done = sent(form, deed)
    if done is None:
        for _field, text in form.said:
            flash(text, "error")
    return done or _sports(here(park), None)


@bp.get("/parks/<park>/sports/visits")
def visits(park: str) -> ResponseReturnValue:
    """Show how many came to each service, day by day."""
    found = here(park)
    filters = VisitsFilter.asked()
    filters.service.choices = [SelectChoice("", _("any")), *_choices(queries.services(found.id, Desk.SPORTS.value))]
    last = filters.until.data or today(found)
    first = filters.since.data or last - timedelta(days=29)
    first = max(first, last - timedelta(days=366))
    filters.since.data, filters.until.data = first, last
    counts = queries.visits_by_day(found, first, last, service=filters.service.data or "")
    format_ = request.args.get("format")
    if format_ is not None:
        if format_ not in FORMATS:
            abort(404)
        head = [_("Day"), _("Service offered"), _("Visits"), _("People"), _("With a membership"), _("Paid at the desk"), _("Currency")]
        rows = [
            (one.day, one.service.names, one.visits, one.people, one.with_membership, one.money, one.money.currency if one.money else None)
            for one in counts
        ]
        return sheet(format_, f"{found.code}-visits-{first.isoformat()}-{last.isoformat()}", head, rows)
    paid = [one.money for one in counts if one.money is not None]
    return page(
        "amenities/visits.html",
        park=found,
        filters=filters,
        counts=counts,
        people=sum(one.people for one in counts),
        visits=sum(one.visits for one in counts),
        with_membership=sum(one.with_membership for one in counts),
        paid=sum(paid[1:], paid[0]) if paid else None,
        asked={"since": first.isoformat(), "until": last.isoformat(), "service": filters.service.data or None},
    )


# Memberships


def _columns(park: Park, *, keeps: bool) -> list[Column]:
    def end(row: Any) -> str | None:
        return url_for("amenities.end_membership", park=park.code, membership=row.number) if keeps and row.ended_on is None else None

    def price(row: Any) -> Money | None:
        return None if row.price_minor is None else Money(row.price_minor, row.currency)

    return [
        Column("number", _l("Number"), lambda row: row.number, SportsMembership.number, href=end),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("person", _l("Person"), lambda row: row.person),
        Column("plan", _l("Membership"), lambda row: row.plan, SportsMembership.plan),
        Column("starts", _l("From"), lambda row: row.starts_on, SportsMembership.starts_on),
        Column("ends", _l("Until"), lambda row: row.ends_on, SportsMembership.ends_on),
        Column("left", _l("Visits left"), lambda row: None if row.visits is None else row.visits - row.used, figures=True),
        Column("used", _l("Visits"), lambda row: row.used, figures=True, wide_only=True),
        Column("price", _l("Price"), price, figures=True, wide_only=True),
    ]


@bp.get("/parks/<park>/sports/memberships")
def memberships(park: str) -> ResponseReturnValue:
    """List the sports memberships of a park that the reader may know of."""
    found = here(park)
    filters = MembershipsFilter.asked()
    keeps = bool(me().roles(found.id) & {Role.ADMINISTRATOR, Role.SPORTS_DESK})
    return answer(
        "amenities/memberships.html",
        queries.memberships(found.id, me(), search=filters.q.data or "", valid_on=filters.valid_on.data),
        _columns(found, keeps=keeps),
        sort="-number",
        name=f"{found.code}-sports-memberships",
        tie=SportsMembership.id,
        park=found,
        filters=filters,
    )


@bp.route("/parks/<park>/sports/memberships/new", methods=["GET", "POST"])
def add_membership(park: str) -> ResponseReturnValue:
    """Add a membership of a person, or of whoever shows an organisation's card."""
    found = here(park)
    first = today(found)
    form = MembershipForm(data={"starts_on": first, "ends_on": first + timedelta(days=364)})

    def deed() -> str:
        row = here(park)
        of = organisation(form.organisation_code, "organisation")
        number = form.person.data or ""
        person = queries.person_of(row.id, number) if number else None
        if number and person is None:
            raise Refused([rules.NO_SUCH_PERSON.about(number=number).at("person")])
        made = actions.add_membership(
            row,
            of,
            plan=form.plan.data or "",
            starts_on=given(form.starts_on.data),
            ends_on=given(form.ends_on.data),
            visits=form.visits.data,
            price=form.price.money(row.currency),
            person=person,
            actor=me(),
            now=clock.now(),
        )
        flash(_("The membership is %(number)s.", number=made.number))
        return url_for("amenities.memberships", park=park)

    too_fine = request.method == "POST" and form.sent() and form.say_too_fine(found.currency)
    answered = None if too_fine else sent(form, deed)
    return answered or page("amenities/add_membership.html", form=form, park=found, organisations=organisations.choices())


@bp.route("/parks/<park>/sports/memberships/<membership>/end", methods=["GET", "POST"])
def end_membership(park: str, membership: str) -> ResponseReturnValue:
    """End a membership before its last day."""
    found = here(park)
    row = queries.membership(found.id, membership)
    form = EndMembershipForm(data={"on": min(max(today(found), row.starts_on), row.ends_on), "version": row.version})

    def deed() -> str:
        again = queries.membership(here(park).id, membership)
        actions.end_membership(again, given(form.on.data), version=form.at_version, actor=me(), now=clock.now())
        flash(_("The membership %(number)s ends.", number=membership))
        return url_for("amenities.memberships", park=park)

    return sent(form, deed) or page("amenities/end_membership.html", form=form, park=found, membership=row, card=queries.card(row))
