"""The pages of residencies: the list, one of them, and each deed from the contract to the deposit's return."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

import parkmgr.housing.models  # noqa: F401 - its tables are the register's
from parkmgr import clock
from parkmgr.db import transaction
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.housing import actions, allocating_queries, queries
from parkmgr.housing import checking_rules as checking
from parkmgr.housing.forms import (
    DeductForm,
    ExtendForm,
    NoticeForm,
    OnForm,
    ReadyForm,
    ReasonForm,
    ResidencyFilter,
    SettleForm,
    SwapForm,
    TransferForm,
    coins_fit,
)
from parkmgr.housing.models import Residency
from parkmgr.housing.rules import LIVE, State
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions as people_actions
from parkmgr.people import queries as people
from parkmgr.places import queries as places
from parkmgr.places.models import Building, Park, Space
from parkmgr.places.rules import NO_SUCH_SPACE
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.policy import Role
from parkmgr.values import Money
from parkmgr.web.door import may, me
from parkmgr.web.formats import day, money, names
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("housing", __name__)

NO_SUCH_PERSON = Objection("housing.no_such_person", N_("There is no person of the number %(number)s in this park."), "person")
NO_SUCH_RESIDENCY = Objection("housing.no_such_residency", N_("There is no residency of the number %(number)s in this park."), "other")


def blocks(park: Park) -> list[SelectChoice]:
    """Return the buildings as choices."""
    return [SelectChoice(code, f"{code} · {names(name)}") for code, name in places.building_choices(park.id)]


def one(park: str, number: str) -> Residency:
    """Return the residency that the page is about, as far as the deed may be done with it."""
    return queries.residency(number, me(), str(request.endpoint), park=park)


def _columns(park: Park) -> list[Column]:
    def show(row: Any) -> str:
        return url_for("housing.residency", park=park.code, number=row.number)

    return [
        Column("number", _l("Number"), lambda row: row.number, Residency.number, href=show),
        Column(
            "space",
            _l("Home"),
            lambda row: row.space,
            Space.code,
            href=lambda row: url_for("occupancy.space", park=park.code, code=row.space),
        ),
        Column("building", _l("Block"), lambda row: row.building, Building.code, wide_only=True),
        Column("person", _l("Person"), lambda row: row.person, href=lambda row: url_for("people.show", park=park.code, number=row.person)),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("state", _l("State"), lambda row: row.state, Residency.state, family="residency_state"),
        Column("starts_on", _l("First day"), lambda row: row.starts_on, queries.STARTS_ON),
        Column("ends_on", _l("Last day"), lambda row: row.left_on or row.ends_on, queries.ENDS_ON),
        Column(
            "rent",
            _l("Rent a month"),
            lambda row: None if row.minor is None else Money(row.minor, row.currency),
            queries.MINOR,
            figures=True,
        ),
        Column("class", _l("Rent"), lambda row: "staff" if row.staff else "market", family="rent_class", wide_only=True),
        Column("people", _l("People"), lambda row: row.people, Residency.people, figures=True, wide_only=True),
    ]


@bp.get("/parks/<park>/housing/residencies")
def residencies(park: str) -> ResponseReturnValue:
    """List the residencies of the park, or of the liaison's organisation; people by number."""
    found = here(park)
    filters = ResidencyFilter.asked(buildings=blocks(found))
    first = today(found)
    within = filters.within.data
    wanted = queries.Wanted(
        filters.q.data or "",
        filters.state.data or "",
        filters.building.data or "",
        (filters.organisation.data or "").partition(" · ")[0],
        filters.rent.data or "",
        None if within is None else first,
        None if within is None else first + timedelta(days=within),
    )
    return answer(
        "housing/residencies.html",
        queries.residencies(found.id, me(), wanted),
        _columns(found),
        sort="-number",
        name=f"{found.code}-residencies",
        tie=Residency.id,
        park=found,
        filters=filters,
    )


DEEDS: dict[str, tuple[tuple[State, ...], Any]] = {
    "move_in": ((State.ACCEPTED,), _l("Move in")),
    "give_notice": ((State.RESIDENT,), _l("Give notice")),
    "extend": ((State.ACCEPTED, State.RESIDENT), _l("Extend")),
    "transfer": ((State.RESIDENT, State.NOTICE), _l("Transfer")),
    "swap": ((State.RESIDENT, State.NOTICE), _l("Swap")),
    "leave": ((State.RESIDENT, State.NOTICE), _l("Move out")),
    "call_off": ((State.ACCEPTED,), _l("Call off")),
}
"""What can be done with a residency, in which states."""


def _deeds(park: Park, residency: Residency) -> list[tuple[str, Any]]:
    return [(deed, label) for deed, (states, label) in DEEDS.items() if residency.state in states and may(f"housing.{deed}", park.id)]


def _deposit_deeds(park: Park, residency: Residency, deposit: checking.Held, checked_out: bool) -> list[tuple[str, str]]:
    if not may("housing.receive_deposit", park.id) or not deposit.agreed:
        return []
    deeds = []
    if deposit.received_on is None:
        deeds.append(("receive_deposit", _("Deposit received")))
    elif deposit.returned_on is None:
        if checked_out and (deposit.left is None or deposit.left.minor > 0):
            deeds.append(("deduct", _("Keep something of it")))
        if residency.state == State.LEFT:
            deeds.append(("return_deposit", _("Deposit returned")))
    return deeds


@bp.get("/parks/<park>/housing/residencies/<number>")
def residency(park: str, number: str) -> ResponseReturnValue:
    """Show a residency. Who sees the name is noted; an auditor reads numbers."""
    found = here(park)
    reads_name = bool(me().roles(found.id) & {Role.ADMINISTRATOR, Role.HOUSING_DESK, Role.LIAISON})
    if reads_name:
        with transaction():
            people_actions.note([one(park, number).person], "housing.residency", actor=me(), now=clock.now())
        found = here(park)
    row = one(park, number)
    checks = queries.checks(row.id)
    lines = queries.lines([check.id for check in checks.values()])
    deposit = actions.held(row)
    by_line = {line.id: line for listed in lines.values() for line in listed}
    before = {(line.room, line.item): line.grade for line in lines.get(checks["in"].id, [])} if "in" in checks else {}
    agreed = queries.terms(row.id)
    return page(
        "housing/residency.html",
        park=found,
        residency=row,
        reads_name=reads_name,
        terms=agreed,
        last=agreed[-1] if agreed else None,
        known=[one for one in queries.every_terms(row.id) if one.withdrawn_at is not None],
        holds=ledger.of_document(row.number),
        checks=[checks[kind] for kind in ("in", "out") if kind in checks],
        lines=lines,
        grades=before,
        meters=queries.readings_of([check.id for check in checks.values()]),
        shown=checking.shown,
        deposit=deposit,
        deductions=[(deduction, by_line.get(deduction.line_id)) for deduction in queries.deductions(row.id)],
        followed_by=queries.followed_by(row.id),
        deeds=_deeds(found, row),
        deposit_deeds=_deposit_deeds(found, row, deposit, "out" in checks),
        live=row.state in LIVE,
        vacancy=queries.vacancies([row.space_id]).get(row.space_id),
    )


def home(park: Park, code: str | None) -> Space:
    """Return the home of the code.

    Raises:
        Refused: there is none.
    """
    try:
        return places.space(park.id, (code or "").partition(" · ")[0].strip())
    except Missing:
        raise Refused([NO_SUCH_SPACE.about(space=code or "").at("space")]) from None


@bp.route("/parks/<park>/housing/residencies/new", methods=["GET", "POST"])
def settle(park: str) -> ResponseReturnValue:
    """Agree on a home with somebody, without an application."""
    found = here(park)
    giving = allocating_queries.giving(found.id)
    form = SettleForm(
        data={
            "space": request.args.get("space", ""),
            "person": request.args.get("person", ""),
            "starts_on": today(found),
            "people": 1,
            "notice_days": giving.notice_days,
            "key": secrets.token_urlsafe(24),
        }
    )

    def deed() -> str:
        again = here(park)
        number = (form.person.data or "").strip()
        somebody = people.by_numbers(again.id, [number]).get(number)
        if somebody is None:
            raise Refused([NO_SUCH_PERSON.about(number=number)])
        agreed = form.value(again.currency)
        made = actions.settle(
            again,
            home(again, form.space.data),
            somebody,
            somebody.organisation,
            agreed,
            key=form.key.data or None,
            actor=me(),
            now=clock.now(),
        )
        flash(_("%(number)s is agreed; the home is held.", number=made.number))
        return url_for("housing.residency", park=park, number=made.number)

    if request.method == "POST" and form.validate() and not coins_fit(form, found.currency, "rent", "deposit"):
        return page("housing/settle.html", form=form, park=found)
    return sent(form, deed) or page("housing/settle.html", form=form, park=found)


def _deed(park: str, number: str, form: Form, template: str, do: Callable[[Residency, Park], str], **more: Any) -> ResponseReturnValue:
    """Show the form of a deed with a residency, and do it."""
    found = here(park)
    row = one(park, number)
    if request.method == "GET":
        form.version.data = str(row.version)
    agreed = queries.terms(row.id)
    last = agreed[-1] if agreed else None

    def deed() -> str:
        flash(do(one(park, number), here(park)))
        return url_for("housing.residency", park=park, number=number)

    amounts = [name for name in ("rent", "other_rent", "amount") if name in form._fields]
    if request.method == "POST" and form.validate() and last is not None and not coins_fit(form, last.currency, *amounts):
        return page(template, form=form, park=found, residency=row, last=last, **more)
    return sent(form, deed) or page(template, form=form, park=found, residency=one(park, number), last=last, **more)


def _money(amount: Any, currency: str) -> Money | None:
    return None if amount is None else Money.of(amount, currency)


def _currency(row: Residency) -> str:
    agreed = queries.terms(row.id)
    return agreed[-1].currency if agreed else row.space.park.currency


@bp.route("/parks/<park>/housing/residencies/<number>/notice", methods=["GET", "POST"])
def give_notice(park: str, number: str) -> ResponseReturnValue:
    """Note that notice was given."""
    form = NoticeForm(data={"given_on": today(here(park))})

    def do(row: Residency, _park: Park) -> str:
        actions.give_notice(
            row,
            given_on=given(form.given_on.data),
            leaves_on=given(form.leaves_on.data),
            reason=form.reason.data or "",
            waiver=form.waiver.data or "",
            actor=me(),
            now=clock.now(),
            version=form.at_version,
        )
        return str(_("Notice is noted; the home is free after %(day)s.", day=day(form.leaves_on.data)))

    return _deed(park, number, form, "housing/give_notice.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/extend", methods=["GET", "POST"])
def extend(park: str, number: str) -> ResponseReturnValue:
    """Extend a residency."""
    form = ExtendForm()

    def do(row: Residency, _park: Park) -> str:
        rent = _money(form.rent.data, _currency(row))
        actions.extend(row, given(form.ends_on.data), rent=rent, actor=me(), now=clock.now(), version=form.at_version)
        return str(_("It runs to %(day)s now.", day=day(form.ends_on.data)))

    return _deed(park, number, form, "housing/extend.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/transfer", methods=["GET", "POST"])
def transfer(park: str, number: str) -> ResponseReturnValue:
    """Move a resident to another home, in one deed."""
    form = TransferForm(data={"on": today(here(park)), "space": request.args.get("space", "")})

    def do(row: Residency, again: Park) -> str:
        made = actions.transfer(
            row,
            home(again, form.space.data),
            on=given(form.on.data),
            rent=_money(form.rent.data, _currency(row)),
            reason=form.reason.data or "",
            actor=me(),
            now=clock.now(),
            version=form.at_version,
        )
        return str(_("%(number)s goes on from here in %(space)s.", number=made.number, space=made.space.code))

    return _deed(park, number, form, "housing/transfer.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/swap", methods=["GET", "POST"])
def swap(park: str, number: str) -> ResponseReturnValue:
    """Let two residents change homes, in one deed."""
    form = SwapForm(data={"on": today(here(park))})

    def do(row: Residency, _park: Park) -> str:
        wanted = (form.other.data or "").strip()
        try:
            other = queries.residency(wanted, me(), "housing.swap", park=park)
        except Missing:
            raise Refused([NO_SUCH_RESIDENCY.about(number=wanted)]) from None
        rents = (_money(form.rent.data, _currency(row)), _money(form.other_rent.data, _currency(other)))
        made = actions.swap(row, other, on=given(form.on.data), rents=rents, reason=form.reason.data or "", actor=me(), now=clock.now())
        return str(_("They have changed homes: %(one)s and %(other)s go on.", one=made[0].number, other=made[1].number))

    return _deed(park, number, form, "housing/swap.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/call-off", methods=["GET", "POST"])
def call_off(park: str, number: str) -> ResponseReturnValue:
    """Call a contract off before anybody moves in."""
    form = ReasonForm()

    def do(row: Residency, _park: Park) -> str:
        actions.call_off(row, form.reason.data or "", actor=me(), now=clock.now(), version=form.at_version)
        return str(_("It is called off; the home is free."))

    return _deed(park, number, form, "housing/call_off.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/receive-deposit", methods=["GET", "POST"])
def receive_deposit(park: str, number: str) -> ResponseReturnValue:
    """Note that the deposit came."""
    form = OnForm(data={"on": today(here(park))})

    def do(row: Residency, _park: Park) -> str:
        actions.receive_deposit(row, on=given(form.on.data), actor=me(), now=clock.now(), version=form.at_version)
        return str(_("The deposit is noted."))

    return _deed(park, number, form, "housing/receive_deposit.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/return-deposit", methods=["GET", "POST"])
def return_deposit(park: str, number: str) -> ResponseReturnValue:
    """Note that what is left of the deposit was returned."""
    form = OnForm(data={"on": today(here(park))})

    def do(row: Residency, _park: Park) -> str:
        left = actions.return_deposit(row, on=given(form.on.data), actor=me(), now=clock.now(), version=form.at_version)
        return str(_("%(money)s returned.", money=money(left)))

    return _deed(park, number, form, "housing/return_deposit.html", do)


@bp.route("/parks/<park>/housing/residencies/<number>/deduct", methods=["GET", "POST"])
def deduct(park: str, number: str) -> ResponseReturnValue:
    """Keep something of the deposit for a line of the check-out."""
    here(park)
    form = DeductForm()
    checks = queries.checks(one(park, number).id)
    listed = queries.lines([checks["out"].id]).get(checks["out"].id, []) if "out" in checks else []
    form.line.choices = [SelectChoice(str(line.id), f"{line.room}, {line.item}: {word('grade', str(line.grade))}") for line in listed]

    def do(row: Residency, _park: Park) -> str:
        amount = Money.of(given(form.amount.data), row.deposit_currency or _currency(row))
        actions.deduct(row, int(form.line.data), amount, form.reason.data or "", actor=me(), now=clock.now(), version=form.at_version)
        return str(_("%(money)s of the deposit is kept.", money=money(amount)))

    return _deed(park, number, form, "housing/deduct.html", do)


@bp.route("/parks/<park>/housing/ready/<path:vacated>", methods=["GET", "POST"])
def make_ready(park: str, vacated: str) -> ResponseReturnValue:
    """Say that somebody has seen a vacated home, and it can be given again."""
    found = here(park)
    space = places.space(found.id, vacated)
    row = queries.vacancy(found.id, space.id, me())
    form = ReadyForm(data={"on": today(found)})

    def deed() -> str:
        again = here(park)
        vacancy = queries.vacancy(again.id, places.space(again.id, vacated).id, me())
        actions.make_ready(vacancy, on=given(form.on.data), note=form.note.data or "", actor=me(), now=clock.now())
        flash(_("%(space)s is ready.", space=vacated))
        return url_for("housing.homes", park=park)

    return sent(form, deed) or page("housing/make_ready.html", form=form, park=found, space=space, vacancy=row)
