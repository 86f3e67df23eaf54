"""The pages of organisations, their contacts and memberships."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal_column

from parkmgr import clock
from parkmgr.db import transaction
from parkmgr.organisations import actions, queries
from parkmgr.organisations.forms import AdmitForm, ContactForm, EndForm, NewOrganisationForm, OrganisationFilter, OrganisationForm
from parkmgr.organisations.models import Organisation
from parkmgr.places.forms import AsOfFilter, country
from parkmgr.places.views import by_name, given, named, sent
from parkmgr.policy import Role
from parkmgr.web.door import me
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("organisations", __name__)


def _today() -> date:
    """Return today in UTC: an organisation belongs to no park."""
    return clock.now().astimezone(UTC).date()


def _columns() -> list[Column]:
    def to(row: Any) -> str:
        return url_for("organisations.show", code=row.code)

    return [
        Column("code", _l("Code"), lambda row: row.code, Organisation.code, href=to),
        Column("name", _l("Name"), named, by_name(Organisation), href=to),
        Column("kind", _l("Kind"), lambda row: word("organisation_kind", row.kind), Organisation.kind),
        Column("country", _l("Country"), lambda row: country(row.country) if row.country else None, Organisation.country),
        Column("city", _l("City"), lambda row: row.city or None, Organisation.city, wide_only=True),
        Column("membership", _l("ASRTU"), lambda row: row.membership, literal_column("membership"), family="membership"),
        Column("since", _l("Since"), lambda row: row.since, literal_column("since"), wide_only=True),
        Column("ror", _l("ROR"), lambda row: row.ror, Organisation.ror, wide_only=True),
        Column("inn", _l("INN"), lambda row: row.inn, Organisation.inn, wide_only=True),
        Column("uscc", _l("USCC"), lambda row: row.uscc, Organisation.uscc, wide_only=True),
    ]


@bp.get("/organisations")
def organisations() -> ResponseReturnValue:
    """List the organisations."""
    filters = OrganisationFilter.asked(countries=queries.countries())
    on = filters.on.data = filters.on.data or _today()
    wanted = queries.organisations(
        on=on,
        search=filters.q.data or "",
        kind=filters.kind.data or "",
        country=filters.country.data or "",
        membership=filters.membership.data or "",
    )
    return answer(
        "organisations/organisations.html",
        wanted,
        _columns(),
        sort="name",
        name=f"organisations-{on.isoformat()}",
        tie=Organisation.id,
        filters=filters,
        on=on,
    )


def _reaches(organisation: Organisation) -> bool:
    """Tell whether the reader may know whom to call there: administrators and auditors of any park, and its own liaison."""
    actor = me()
    return bool(actor.roles() & {Role.ADMINISTRATOR, Role.AUDITOR}) or organisation.id in actor.organisations()


@bp.get("/organisations/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show an organisation."""
    found = queries.organisation(code)
    asked = AsOfFilter.asked()
    known = datetime.combine(asked.known.data + timedelta(days=1), time(), UTC) if asked.known.data else None
    rows = queries.memberships(found.id)
    then = rows if known is None else queries.memberships(found.id, known)
    today = _today()
    reaches = _reaches(found)
    return page(
        "organisations/show.html",
        organisation=found,
        website=found.website if found.website.startswith("https://") else "",
        country=country(found.country),
        memberships=[(row, None if row.ends_on == date.max else row.ends_on - timedelta(days=1)) for row in then],
        asked=asked,
        known=known,
        belongs_as=next((row.status for row in rows if row.starts_on <= today < row.ends_on), None),
        belongs=any(row.ends_on > today for row in rows),
        contacts=queries.contacts(found.id) if reaches else [],
        reaches=reaches,
        follows=found.id in me().organisations() or bool(me().roles() & {Role.ADMINISTRATOR, Role.AUDITOR}),
    )


@bp.route("/new-organisation", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Add an organisation."""
    form = NewOrganisationForm()

    def deed() -> str:
        made = actions.add(given(form.code.data), form.kind.data, form.names(), **form.particulars(), actor=me(), now=clock.now())
        flash(_("The organisation %(code)s is there.", code=made.code))
        return url_for("organisations.show", code=made.code)

    return sent(form, deed) or page("organisations/add.html", form=form)


@bp.route("/organisations/<code>/change", methods=["GET", "POST"])
def change(code: str) -> ResponseReturnValue:
    """Change an organisation."""
    form = OrganisationForm(data=OrganisationForm.of(queries.organisation(code)))

    def deed() -> str:
        row = queries.organisation(code)
        actions.change(row, form.kind.data, form.names(), **form.particulars(), version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("organisations.show", code=code)

    return sent(form, deed) or _form("organisations/change.html", form, code)


def _form(template: str, form: Form, code: str) -> ResponseReturnValue:
    return page(template, form=form, code=code, organisation=queries.organisation(code))


@bp.route("/organisations/<code>/new-contact", methods=["GET", "POST"])
def add_contact(code: str) -> ResponseReturnValue:
    """Add a contact."""
    queries.organisation(code)
    form = ContactForm()

    def deed() -> str:
        actions.add_contact(
            queries.organisation(code),
            given(form.name.data),
            position=form.position.data or "",
            email=form.email.data or "",
            phone=form.phone.data or "",
            actor=me(),
            now=clock.now(),
        )
        flash(_("Saved."))
        return url_for("organisations.show", code=code)

    return sent(form, deed) or _form("organisations/add_contact.html", form, code)


@bp.post("/organisations/<code>/contacts/<int:contact>/remove")
def remove_contact(code: str, contact: int) -> ResponseReturnValue:
    """Take a contact out of the register."""
    with transaction():
        row = queries.organisation(code)
        actions.remove_contact(row, queries.contact(row.id, contact), actor=me(), now=clock.now())
    flash(_("The contact is removed."))
    return redirect(url_for("organisations.show", code=code), 303)


@bp.route("/organisations/<code>/admit", methods=["GET", "POST"])
def admit(code: str) -> ResponseReturnValue:
    """Admit an organisation to the association from a day on."""
    queries.organisation(code)
    form = AdmitForm(data={"on": _today()})

    def deed() -> str:
        actions.admit(queries.organisation(code), form.status.data, on=given(form.on.data), actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("organisations.show", code=code)

    return sent(form, deed) or _form("organisations/admit.html", form, code)


@bp.route("/organisations/<code>/end-membership", methods=["GET", "POST"])
def end_membership(code: str) -> ResponseReturnValue:
    """End an organisation's membership from a day on."""
    queries.organisation(code)
    form = EndForm(data={"on": _today()})

    def deed() -> str:
        row = queries.organisation(code)
        actions.end_membership(row, on=given(form.on.data), reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("organisations.show", code=code)

    return sent(form, deed) or _form("organisations/end_membership.html", form, code)
