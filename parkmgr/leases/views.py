"""The pages of leases, tenants and critical dates, and of the deeds of letting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.calendars.working_days import calendar
from parkmgr.errors import Missing, Objection, Refused, refuse
from parkmgr.leases import actions, queries, rules
from parkmgr.leases.forms import (
    AmendForm,
    AssignForm,
    BreakForm,
    ChangeForm,
    ConfirmForm,
    DatesFilter,
    DepositForm,
    DraftForm,
    EndForm,
    LeaseFilter,
    NoticeForm,
    RenewForm,
    TenantFilter,
    TermsForm,
    VoidForm,
    terms_of,
)
from parkmgr.leases.models import Lease, LeaseRequest, LeaseVersion
from parkmgr.leases.rules import DAY, Step, Terms
from parkmgr.occupancy import queries as ledger
from parkmgr.organisations.models import Organisation
from parkmgr.places.forms import AsOfFilter, country
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, given, here, known_at, named, sent, today
from parkmgr.values import Area, Money, Names, Span, Term, day_of, last_day, midnight
from parkmgr.web.door import me
from parkmgr.web.formats import number
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import FORMATS, sheet
from parkmgr.web.words import word

bp = Blueprint("leases", __name__)

DEEDS: dict[str, Any] = {
    "change": _l("Change"),
    "offer": _l("Offer"),
    "sign": _l("Sign"),
    "amend": _l("Amend"),
    "renew": _l("Renew"),
    "hold_over": _l("Hold over"),
    "give_notice": _l("Give notice"),
    "exercise_break": _l("Exercise a break"),
    "assign": _l("Assign"),
    "end": _l("End by agreement"),
    "void": _l("Make void"),
    "receive_deposit": _l("Receive deposit"),
    "return_deposit": _l("Return deposit"),
}
"""The deeds of a lease's page, as its buttons call them."""

CRITICAL: dict[str, Any] = {
    "begins": _l("begins"),
    "ends": _l("ends"),
    "leaves": _l("is left"),
    "break": _l("break option"),
    "break_notice": _l("last day of notice for the break"),
    "renew": _l("renewal option"),
    "renew_notice": _l("last day of notice for the renewal"),
    "expand": _l("expansion option"),
    "expand_notice": _l("last day of notice for the expansion"),
    "rent_free_ends": _l("rent-free days end"),
    "expired": _l("expired, nothing decided"),
    "deposit_missing": _l("deposit missing"),
}
"""What falls due, in words."""


# Lists


def _rent(row: Any) -> Money | None:
    return None if row.minor is None else Money(row.minor, row.currency)


def last_day_of(row: Any, park: Park) -> date | None:
    """Return the last day of a lease in a list: where its holds of then are known, their end says it."""
    ends_on: date | None = row.ends_on
    return ends_on if row.ends_at is None else last_day(Span(row.ends_at - DAY, row.ends_at), park.zone)


def _codes_of(row: Any) -> str:
    return ", ".join(sorted((row.spaces or "").split(", ")))


def _few(codes: str) -> str:
    """Return the first codes, and how many more there are: a lease may let a whole block of flats."""
    listed = codes.split(", ")
    return codes or "—" if len(listed) <= 4 else _("%(codes)s and %(count)s more", codes=", ".join(listed[:3]), count=len(listed) - 3)


def _columns(park: Park, columns: queries.Columns) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("leases.show", park=park.code, number=row.number)

    def tenant(row: Any) -> str:
        return url_for("organisations.show", code=row.tenant_code)

    return [
        Column("number", _l("Number"), lambda row: row.number, columns.number, href=to),
        Column("reference", _l("Elsewhere"), lambda row: row.reference or None, Lease.reference, wide_only=True),
        Column("tenant", _l("Tenant"), named, by_name(Organisation), href=tenant),
        Column("spaces", _l("Spaces"), _codes_of, show=_few),
        Column("standing", _l("State"), lambda row: row.standing, columns.standing, family="standing"),
        Column("starts_on", _l("From"), lambda row: row.starts_on, columns.starts_on),
        Column("ends_on", _l("Last day"), lambda row: last_day_of(row, park), columns.ends_on),
        Column("rent", _l("Rent"), _rent, figures=True),
        Column("basis", _l("For"), lambda row: word("rent_basis", row.basis) if row.basis else None, wide_only=True),
        *([Column("currency", _l("Currency"), lambda row: row.currency)] if "format" in request.args else []),
    ]


@bp.get("/parks/<park>/leases")
def leases(park: str) -> ResponseReturnValue:
    """List the leases of a park, as they stand today."""
    found = here(park)
    filters = LeaseFilter(formdata=request.args)
    buildings = {building.code: building for building in queries.buildings(found.id)}
    filters.building.choices = [SelectChoice("", _("any")), *(SelectChoice(code, code) for code in buildings)]
    _drop_malformed(filters)
    tenant = queries.organisation(filters.tenant.data) if filters.tenant.data else None
    building = buildings.get(filters.building.data or "")
    on = filters.on.data = filters.on.data or today(found)
    known = known_at(filters.known.data, found)
    wanted, columns = queries.leases(
        found,
        me(),
        on,
        known,
        text=filters.q.data or "",
        standing=filters.standing.data or "",
        tenant_id=(tenant.id if tenant else 0) if filters.tenant.data else None,
        building_id=building.id if building else None,
        ends_before=filters.ends_before.data,
    )
    return answer(
        "leases/leases.html",
        wanted,
        _columns(found, columns),
        sort="-number",
        name=f"{found.code}-leases-{on.isoformat()}",
        tie=Lease.id,
        park=found,
        filters=filters,
        on=on,
        known=known,
    )


def _drop_malformed(filters: LeaseFilter) -> None:
    """What cannot be read in the address filters nothing, and says so."""
    filters.validate()
    for field in filters:
        if field.errors:
            field.data = None


@bp.get("/parks/<park>/tenants")
def tenants(park: str) -> ResponseReturnValue:
    """List the tenants of a park, with what each of them has now."""
    found = here(park)
    filters = TenantFilter.asked()
    on = filters.on.data = filters.on.data or today(found)
    known = known_at(filters.known.data, found)
    at = clock.now() if on == today(found) else midnight(on, found.zone)
    wanted, columns = queries.tenants(found.id, at, on, known, text=filters.q.data or "", current=not filters.former.data)

    def to(row: Any) -> str:
        return url_for("leases.leases", park=found.code, tenant=row.code)

    def until(row: Any) -> date | None:
        return None if row.ends_at is None else last_day(Span(row.ends_at - timedelta(days=1), row.ends_at), found.zone)

    listed = [
        Column("name", _l("Tenant"), named, by_name(Organisation), href=to),
        Column("code", _l("Code"), lambda row: row.code, Organisation.code, wide_only=True),
        Column("kind", _l("Kind"), lambda row: word("organisation_kind", row.kind), Organisation.kind, wide_only=True),
        Column("country", _l("Country"), lambda row: country(row.country) if row.country else None, Organisation.country, wide_only=True),
        Column("leases", _l("Leases, ever"), lambda row: row.leases, columns["leases"], figures=True),
        Column("units", _l("Units"), lambda row: row.units or 0, columns["units"], figures=True),
        Column("area", _l("Measured area, m²"), lambda row: row.area, columns["area"], show=_m2, figures=True),
        Column("unmeasured", _l("Units not measured"), lambda row: row.unmeasured or 0, figures=True, wide_only=True),
        Column("ends_on", _l("Next end"), until, columns["ends_on"]),
    ]
    return answer(
        "leases/tenants.html",
        wanted,
        listed,
        sort="name",
        name=f"{found.code}-tenants-{on.isoformat()}",
        tie=Organisation.id,
        park=found,
        filters=filters,
        on=on,
        known=known,
    )


def _m2(value: Area | None) -> str:
    return "—" if value is None else number(value.m2, 2)


@dataclass(frozen=True, slots=True)
class _Due:
    critical: rules.Critical
    what: str
    tenant: Names


@bp.get("/parks/<park>/critical-dates")
def critical_dates(park: str) -> ResponseReturnValue:
    """List what falls due in the next days, and what is overdue."""
    found = here(park)
    filters = DatesFilter.asked()
    days = filters.days.data = filters.days.data or 90
    watched = {one.watched.number: one for one in queries.watched(found.id, me(), today(found))}
    due = [
        _Due(one, str(CRITICAL[one.kind]), watched[one.number].tenant)
        for one in rules.critical_dates((one.watched for one in watched.values()), days, calendar(found.country).is_working_day)
    ]
    format_ = request.args.get("format")
    if format_ in FORMATS:
        head = [str(label) for label in (_("Day"), _("Days"), _("Lease"), _("Tenant"), _("What"), _("Who may"), _("Amount"), _("Currency"))]
        rows = [
            (
                one.critical.on,
                one.critical.days,
                one.critical.number,
                one.tenant,
                one.what,
                word("side", one.critical.side) if one.critical.side else None,
                one.critical.money,
                one.critical.money.currency if one.critical.money else None,
            )
            for one in due
        ]
        return sheet(str(format_), f"{found.code}-critical-dates-{today(found).isoformat()}", head, rows)
    return page(
        "leases/critical_dates.html",
        park=found,
        filters=filters,
        days=days,
        overdue=[one for one in due if one.critical.days < 0],
        coming=[one for one in due if one.critical.days >= 0],
    )


# One lease


def _lease(park: str, number_: str, *, to_change: bool = False) -> Lease:
    return queries.lease(number_, me(), str(request.endpoint), park=park, to_change=to_change)


@dataclass(frozen=True, slots=True)
class _Let:
    """A space of a lease, with its part of the rent."""

    space: queries.LetSpace
    rent: Money | None


@dataclass(frozen=True, slots=True)
class _StepLine:
    """A step of the rent schedule, with what it comes to."""

    step: Step
    a_month: Money | None
    now: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """A unit held by the lease."""

    code: str
    starts_on: date
    ends_on: date | None


def _shown_on(lease: Lease, on: date) -> date:
    """Return the day whose facts a lease's page shows: today, or its first or last day when today is outside of it."""
    last = lease.facts(on).last_day
    return max(lease.last_version.starts_on, on if last is None else min(on, last))


def _rents(step: Step | None, let: list[queries.LetSpace]) -> list[_Let]:
    by_unit = rules.rent_by_unit(step, {unit: area for one in let for unit, area in one.units})

    def rent(one: queries.LetSpace) -> Money | None:
        parts = [by_unit[unit] for unit, _area in one.units]
        known = [part for part in parts if part is not None]
        return Money(sum(part.minor for part in known), known[0].currency) if known and len(known) == len(parts) else None

    return [_Let(one, rent(one)) for one in let]


@bp.get("/parks/<park>/leases/<number>")
def show(park: str, number: str) -> ResponseReturnValue:
    """Show a lease: who, what, from when to when, for how much, and what may come next."""
    found = here(park)
    lease = _lease(park, number)
    asked = AsOfFilter.asked()
    known = known_at(asked.known.data, found)
    day = today(found)
    facts = lease.facts(day)
    on = asked.on.data or _shown_on(lease, day)
    known_then = [one for one in lease.versions if one.was_known(known)]
    version = rules.in_force(known_then or lease.known_versions, on)
    let = queries.let_spaces(ledger.units(version.space_ids), on) if version.spaces else []
    areas = [area for one in let for _unit, area in one.units]
    step = rules.step_on(version.rent_steps, on)
    working = calendar(found.country).is_working_day
    held = ledger.of_document(lease.number, known)
    codes = {unit: code for unit, (code, _times) in queries.existences({one.space_id for one in held}).items()} if held else {}
    rate = rules.vat_rate(version.vat_country, on) if version.vat_country else None
    return page(
        "leases/show.html",
        park=found,
        lease=lease,
        version=version,
        standing=facts.standing,
        facts_now=facts,
        asked=asked,
        on=on,
        known=known,
        unknown_then=not known_then,
        let=_rents(step, let),
        whole=Area(sum(area.dm2 for area in areas if area is not None)),
        unmeasured=sum(area is None for area in areas),
        rent=rules.rent_a_month(step, areas),
        rent_free_now=rules.is_rent_free(version.rent_free_terms, on),
        steps=[_StepLine(one, rules.rent_a_month(one, areas), one == step) for one in version.rent_steps],
        vat=None if rate is None else Decimal(rate.numerator * 100) / Decimal(rate.denominator),
        options=[
            (option, rules.notice_deadline(option.on, option.notice_months, working) if option.notice_months else None)
            for option in version.terms.options
        ],
        notices=queries.notices(lease.id),
        deposits=[movement for movement in lease.deposits if movement.withdrawn_at is None],
        deposit_held=lease.held(version.currency),
        holds=[_Held(codes[one.space_id], day_of(one.starts_at, found.zone), last_day(one.span, found.zone)) for one in held],
        versions=sorted(lease.versions, key=lambda one: one.number, reverse=True),
        related=queries.related(lease, me()),
        deeds=[(deed, str(DEEDS[deed])) for deed in rules.possible(facts) if me().may(f"leases.{deed}", found.id)],
    )


# Deeds with terms


def _find_tenant(text: str, field: str) -> tuple[Organisation | None, list[Objection]]:
    """Return the organisation of a code, or of a whole name in any script."""
    wanted = text.split(" · ", 1)[0].strip()
    one = queries.organisation(wanted) or queries.organisation(text)
    if one is not None:
        return one, []
    several = queries.organisations_named(text)
    if len(several) == 1:
        return several[0], []
    if several:
        return None, [rules.SEVERAL_TENANTS.about(codes=", ".join(each.code for each in several)).at(field)]
    return None, [rules.UNKNOWN_TENANT.at(field)]


def _find_spaces(form: TermsForm, park: Park) -> tuple[list[int], list[Objection]]:
    codes = form.codes()
    spaces = queries.spaces_by_code(park.id, codes)
    return [spaces[code].id for code in codes if code in spaces], [
        rules.UNKNOWN_SPACE.about(code=code) for code in codes if code not in spaces
    ]


def _agreed(form: TermsForm, park: Park, more: Iterable[Objection] = ()) -> Terms:
    """Return what the form says.

    Raises:
        Refused: with everything that is not there, and everything that contradicts itself.
    """
    ids, unknown = _find_spaces(form, park)
    terms = form.terms(ids)
    if unknown or more:
        refuse([*more, *unknown, *rules.terms_against(terms)])
    return terms


def _find_head(form: DraftForm, park: Park) -> tuple[Lease | None, list[Objection]]:
    if not form.under.data:
        return None, []
    try:
        return queries.lease(form.under.data, me(), "leases.draft", park=park.code), []
    except Missing:
        return None, [rules.UNKNOWN_HEAD]


def _wants_row(form: TermsForm) -> bool:
    """Tell whether only one more row was asked for, and add it."""
    wanted = request.form.get("more", "") if request.method == "POST" else ""
    if wanted:
        form.add_row(wanted)
    return bool(wanted)


def _terms_page(template: str, form: TermsForm, park: Park, **more: Any) -> ResponseReturnValue:
    return page(template, form=form, park=park, organisations=queries.organisations_to_offer(), **more)


@bp.route("/parks/<park>/leases/new", methods=["GET", "POST"])
def draft(park: str) -> ResponseReturnValue:
    """Draft a lease."""
    found = here(park)
    first = today(found)
    plain = Terms(Term(first), (), found.currency, vat_country=found.country if found.country in rules.VAT_COUNTRIES else "")
    asked = queries.request(request.args["request"], me(), "leases.draft", park=park) if request.args.get("request") else None
    data = {**TermsForm.of(plain, request.args.getlist("space")), "tenant": request.args.get("tenant", ""), "starts_on": first}
    form = DraftForm(data=data | _of_request(asked) if asked else data)

    def deed() -> str:
        in_park = here(park)
        tenant, unknown = _find_tenant(form.tenant.data or "", "tenant")
        head, no_head = _find_head(form, in_park)
        terms = _agreed(form, in_park, [*unknown, *no_head])
        now = clock.now()
        lease = actions.draft(in_park, given(tenant), terms, reference=form.reference.data or "", under=head, actor=me(), now=now)
        if request.args.get("request"):
            taken_up = queries.request(request.args["request"], me(), "leases.draft", park=park)
            actions.take_up(taken_up, lease, actor=me(), now=now)
        flash(_("The draft %(number)s is there. It holds nothing until it is signed.", number=lease.number))
        return url_for("leases.show", park=in_park.code, number=lease.number)

    done = None if _wants_row(form) else sent(form, deed)
    return done or _terms_page("leases/draft.html", form, here(park))


def _of_request(asked: LeaseRequest) -> dict[str, Any]:
    """Return what a form of a draft begins with when somebody asked for the lease."""
    return {
        "spaces": asked.space.code,
        "tenant": f"{asked.organisation.code} · {asked.organisation.names}",
        "starts_on": asked.starts_on,
        "ends_on": asked.ends_on,
        "purpose": asked.purpose,
    }


def _with_terms(
    park: str,
    number_: str,
    template: str,
    build: Callable[[Lease, dict[str, Any]], TermsForm],
    act: Callable[[Lease, Park], str],
) -> ResponseReturnValue:
    """Answer with the page of a deed that writes terms: the form begins with what the lease says last."""
    found = here(park)
    lease = _lease(park, number_)
    version = lease.last_version
    form = build(lease, {**terms_of(version, _codes(version)), "version": lease.version})

    def deed() -> str:
        return act(_lease(park, number_, to_change=True), found)

    done = None if _wants_row(form) else sent(form, deed)
    return done or _terms_page(template, form, here(park), lease=_lease(park, number_))


def _codes(version: LeaseVersion) -> dict[int, str]:
    return {space.id: space.code for space in queries.spaces(version.space_ids)}


@bp.route("/parks/<park>/leases/<number>/change", methods=["GET", "POST"])
def change(park: str, number: str) -> ResponseReturnValue:
    """Write a draft anew."""
    form: ChangeForm

    def build(lease: Lease, data: dict[str, Any]) -> TermsForm:
        nonlocal form
        form = ChangeForm(data={**data, "tenant": f"{lease.tenant.code} · {lease.tenant.names}", "reference": lease.reference})
        return form

    def act(lease: Lease, _park: Park) -> str:
        tenant, unknown = _find_tenant(form.tenant.data or "", "tenant")
        terms = _agreed(form, lease.park, unknown)
        actions.change(
            lease,
            terms,
            tenant=given(tenant),
            reference=form.reference.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Saved."))
        return url_for("leases.show", park=park, number=number)

    return _with_terms(park, number, "leases/change.html", build, act)


@bp.route("/parks/<park>/leases/<number>/amend", methods=["GET", "POST"])
def amend(park: str, number: str) -> ResponseReturnValue:
    """Amend a lease from a day on."""
    form: AmendForm

    def build(lease: Lease, data: dict[str, Any]) -> TermsForm:
        nonlocal form
        form = AmendForm(data={**data, "effective_on": max(today(lease.park), lease.last_version.starts_on)})
        return form

    def act(lease: Lease, _park: Park) -> str:
        actions.amend(
            lease,
            _agreed(form, lease.park),
            effective_on=given(form.effective_on.data),
            reason=form.reason.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("The amendment stands; what was agreed before stays known."))
        return url_for("leases.show", park=park, number=number)

    return _with_terms(park, number, "leases/amend.html", build, act)


@bp.route("/parks/<park>/leases/<number>/renew", methods=["GET", "POST"])
def renew(park: str, number: str) -> ResponseReturnValue:
    """Draft the lease that follows."""
    form: RenewForm

    def build(lease: Lease, data: dict[str, Any]) -> TermsForm:
        nonlocal form
        form = RenewForm(data={**data, **_next_term(lease), "reference": lease.reference})
        return form

    def act(lease: Lease, _park: Park) -> str:
        new = actions.renew(
            lease,
            _agreed(form, lease.park),
            reference=form.reference.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("The draft %(number)s is there. It holds nothing until it is signed.", number=new.number))
        return url_for("leases.show", park=park, number=new.number)

    return _with_terms(park, number, "leases/renew.html", build, act)


def _next_term(lease: Lease) -> dict[str, Any]:
    """Return what a renewal proposes: as long again, from the day after, at the last rent."""
    old = lease.last_version.terms
    last = lease.left_on or old.term.ends_on
    if last is None:
        return {}
    first = last + DAY
    months = round(((last - old.term.starts_on).days + 1) * 12 / 365.25)
    step = rules.step_on(old.steps, last)
    return {
        "starts_on": first,
        "ends_on": rules.months_later(first, max(1, months)) - DAY,
        "steps": [{"from_on": first, "amount": step.money.amount, "basis": step.basis} if step else {}, {}],
        "rent_free": [{}],
        "options": [{}],
    }


# Deeds that ask little


def _small(
    park: str,
    number_: str,
    build: Callable[[Lease], Form],
    act: Callable[[Lease], str | None],
    said: Callable[[], str],
    **more: Any,
) -> ResponseReturnValue:
    """Answer with the page of a deed: the form, or the lease's page when it is done. *act* may return another address."""
    here(park)
    shown = _lease(park, number_)
    form = build(shown)

    def deed() -> str:
        address = act(_lease(park, number_, to_change=True))
        flash(said())
        return address or url_for("leases.show", park=park, number=number_)

    done = sent(form, deed)
    if done is not None:
        return done
    shown = _lease(park, number_)
    found = here(park)
    name = str(request.endpoint).removeprefix("leases.")
    return page(
        f"leases/{name}.html",
        form=form,
        lease=shown,
        park=found,
        title=str(DEEDS[name]),
        standing=shown.facts(today(found)).standing,
        **more,
    )


def _done() -> str:
    return str(_("Done."))


@bp.route("/parks/<park>/leases/<number>/offer", methods=["GET", "POST"])
def offer(park: str, number: str) -> ResponseReturnValue:
    """Offer a draft to its tenant."""
    form = ConfirmForm()

    def act(lease: Lease) -> None:
        actions.offer(lease, version=form.at_version, actor=me(), now=clock.now())

    return _small(park, number, lambda lease: _opened_on(form, lease), act, lambda: str(_("It is offered.")))


def _opened_on(form: Form, lease: Lease) -> Form:
    """Return the form with the version that the page shows, unless it was sent with one."""
    if request.method == "GET":
        form.version.data = str(lease.version)
    return form


@bp.route("/parks/<park>/leases/<number>/sign", methods=["GET", "POST"])
def sign(park: str, number: str) -> ResponseReturnValue:
    """Sign a lease."""
    form = ConfirmForm()

    def act(lease: Lease) -> None:
        actions.sign(lease, version=form.at_version, actor=me(), now=clock.now())

    return _small(park, number, lambda lease: _opened_on(form, lease), act, lambda: str(_("It is signed, and its spaces are held.")))


@bp.route("/parks/<park>/leases/<number>/hold-over", methods=["GET", "POST"])
def hold_over(park: str, number: str) -> ResponseReturnValue:
    """Let the tenant stay on without a term."""
    form = ConfirmForm()

    def act(lease: Lease) -> None:
        actions.hold_over(lease, version=form.at_version, actor=me(), now=clock.now())

    return _small(park, number, lambda lease: _opened_on(form, lease), act, lambda: str(_("The tenant holds over, month to month.")))


@bp.route("/parks/<park>/leases/<number>/notice", methods=["GET", "POST"])
def give_notice(park: str, number: str) -> ResponseReturnValue:
    """Give notice."""
    form = NoticeForm()

    def build(lease: Lease) -> Form:
        if request.method == "GET":
            facts = lease.facts(today(lease.park))
            form.given_on.data = facts.today
            form.leaves_on.data = facts.last_day or max(rules.months_later(facts.today, facts.notice_months), facts.term.starts_on)
        return _opened_on(form, lease)

    def act(lease: Lease) -> None:
        actions.give_notice(
            lease,
            given_on=given(form.given_on.data),
            leaves_on=given(form.leaves_on.data),
            side=form.side.data,
            note=form.note.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )

    return _small(park, number, build, act, lambda: str(_("Notice is given.")))


@bp.route("/parks/<park>/leases/<number>/break", methods=["GET", "POST"])
def exercise_break(park: str, number: str) -> ResponseReturnValue:
    """Exercise a break option."""
    form = BreakForm()

    def build(lease: Lease) -> Form:
        facts = lease.facts(today(lease.park))
        days = sorted({option.on for option in facts.options if option.kind == rules.OptionKind.BREAK})
        form.option_on.choices = [SelectChoice(day.isoformat(), day.isoformat()) for day in days]
        if request.method == "GET":
            form.given_on.data = facts.today
        return _opened_on(form, lease)

    def act(lease: Lease) -> None:
        actions.exercise_break(
            lease,
            option_on=date.fromisoformat(form.option_on.data),
            given_on=given(form.given_on.data),
            side=form.side.data,
            note=form.note.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )

    return _small(park, number, build, act, lambda: str(_("The break is exercised.")))


@bp.route("/parks/<park>/leases/<number>/assign", methods=["GET", "POST"])
def assign(park: str, number: str) -> ResponseReturnValue:
    """Pass a lease to another tenant."""
    form = AssignForm()

    def act(lease: Lease) -> str:
        to, unknown = _find_tenant(form.to.data or "", "to")
        refuse(unknown)
        new = actions.assign(lease, given(to), on=given(form.on.data), version=form.at_version, actor=me(), now=clock.now())
        return url_for("leases.show", park=park, number=new.number)

    return _small(
        park,
        number,
        lambda lease: _opened_on(form, lease),
        act,
        lambda: str(_("The lease is assigned; this is the new tenant's.")),
        organisations=queries.organisations_to_offer(),
    )


@bp.route("/parks/<park>/leases/<number>/end", methods=["GET", "POST"])
def end(park: str, number: str) -> ResponseReturnValue:
    """End a lease by agreement."""
    form = EndForm()

    def act(lease: Lease) -> None:
        actions.end(lease, on=given(form.on.data), reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())

    return _small(park, number, lambda lease: _opened_on(form, lease), act, lambda: str(_("The end of the lease is set.")))


@bp.route("/parks/<park>/leases/<number>/void", methods=["GET", "POST"])
def void(park: str, number: str) -> ResponseReturnValue:
    """Make void a lease that has not begun."""
    form = VoidForm()

    def act(lease: Lease) -> None:
        actions.void(lease, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())

    return _small(park, number, lambda lease: _opened_on(form, lease), act, lambda: str(_("The lease is void and holds nothing.")))


def _deposit(park: str, number_: str, move: Callable[..., None]) -> ResponseReturnValue:
    form = DepositForm()

    def build(lease: Lease) -> Form:
        if request.method == "GET":
            form.on.data = today(lease.park)
        return _opened_on(form, lease)

    def act(lease: Lease) -> None:
        move(
            lease,
            on=given(form.on.data),
            money=_money(form, lease.last_version.currency),
            note=form.note.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )

    return _small(park, number_, build, act, _done)


def _money(form: DepositForm, currency: str) -> Money:
    try:
        return Money.of(given(form.money.data), currency)
    except ValueError:
        raise Refused([rules.TOO_FINE.about(currency=currency)]) from None


@bp.route("/parks/<park>/leases/<number>/deposit/receive", methods=["GET", "POST"])
def receive_deposit(park: str, number: str) -> ResponseReturnValue:
    """Note deposit money that came."""
    return _deposit(park, number, actions.receive_deposit)


@bp.route("/parks/<park>/leases/<number>/deposit/return", methods=["GET", "POST"])
def return_deposit(park: str, number: str) -> ResponseReturnValue:
    """Note deposit money that went back."""
    return _deposit(park, number, actions.return_deposit)
