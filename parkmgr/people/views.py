"""The pages of people. Each look at names is noted in the audit before the page is shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from parkmgr import clock
from parkmgr.accounts import queries as accounts
from parkmgr.db import transaction
from parkmgr.errors import N_, Objection, Refused
from parkmgr.organisations.models import Organisation
from parkmgr.people import actions, queries
from parkmgr.people.forms import EraseForm, PeopleFilter, PersonForm
from parkmgr.people.models import Person
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, here, named, sent
from parkmgr.policy import Role
from parkmgr.web.door import me
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

bp = Blueprint("people", __name__)

SAY_FOR_WHOM = Objection("people.say_for_whom", N_("Say which organisation stands for the person: write its code."), "organisation")
NO_ACCOUNT = Objection("people.no_account", N_("There is no account of this e-mail address."), "account")

LINKERS = frozenset({Role.ADMINISTRATOR, Role.HOUSING_DESK})
"""Who may say which account is a person's."""
FULL = frozenset({Role.ADMINISTRATOR, Role.HOUSING_DESK, Role.LIAISON})
"""Who reads how to reach a person, and the household."""


def _columns(park: Park) -> list[Column]:
    actor = me()

    def show(row: Any) -> str:
        return url_for("people.show", park=park.code, number=row.number)

    return [
        Column("number", _l("Number"), lambda row: row.number, Person.number, href=show),
        Column("name", _l("Full name"), lambda row: row.name or None, queries.shown_name(actor)),
        Column("kind", _l("Kind"), lambda row: row.kind, Person.kind, family="person_kind"),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("household", _l("Household"), lambda row: row.household + 1, figures=True, wide_only=True),
        Column("account", _l("Account"), lambda row: _("yes") if row.account else None, wide_only=True),
        Column("added_at", _l("Added"), lambda row: row.added_at, Person.added_at, wide_only=True),
        Column("erased_at", _l("Erased"), lambda row: row.erased_at, Person.erased_at, wide_only=True),
    ]


@bp.get("/parks/<park>/people")
def people(park: str) -> ResponseReturnValue:
    """List the people of the park, or of the liaison's organisation."""
    with transaction():
        actions.note(here(park), "people.people", actor=me(), now=clock.now())
    found = here(park)
    filters = PeopleFilter.asked()
    wanted = queries.Wanted(filters.q.data or "", None, filters.kind.data or "", bool(filters.erased.data))
    return answer(
        "people/people.html",
        queries.people(found.id, me(), wanted),
        _columns(found),
        sort="-number",
        name=f"{found.code}-people",
        tie=Person.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/people/<number>")
def show(park: str, number: str) -> ResponseReturnValue:
    """Show a person with the household."""
    here(park)
    with transaction():
        actions.note([queries.person(number, me(), park=park)], "people.show", actor=me(), now=clock.now())
    found = here(park)
    person = queries.person(number, me(), park=park)
    full = bool(me().roles(found.id) & FULL)
    return page("people/show.html", park=found, person=person, full=full, household=queries.household(person.id) if full else [])


def _organisation(park: Park, form: PersonForm, deed: str) -> Organisation:
    listed = queries.organisations_to_add_for(park.id, me(), deed)
    if len(listed) == 1:
        return listed[0]
    found = next((one for one in listed if one.code == form.organisation_code), None)
    if found is None:
        raise Refused([SAY_FOR_WHOM])
    return found


def _account(park: Park, form: PersonForm, kept: int | None = None) -> int | None:
    """Return whose account it is, as far as the reader may say it; *kept* for everybody else."""
    if not me().roles(park.id) & LINKERS:
        return kept
    if not form.account.data:
        return None
    user = accounts.user_by_email(form.account.data)
    if user is None:
        raise Refused([NO_ACCOUNT])
    return user.id


def _only_more(form: PersonForm) -> bool:
    """Tell whether only one more row was asked for, and add it."""
    wanted = request.method == "POST" and bool(request.form.get("more"))
    if wanted:
        form.add_row()
    return wanted


def _form_page(template: str, form: Form, park: Park, deed: str, **more: Any) -> ResponseReturnValue:
    return page(
        template,
        form=form,
        park=park,
        organisations=queries.organisations_to_add_for(park.id, me(), deed),
        links=bool(me().roles(park.id) & LINKERS),
        **more,
    )


@bp.route("/parks/<park>/people/new", methods=["GET", "POST"])
def add(park: str) -> ResponseReturnValue:
    """Add a person."""
    found = here(park)
    form = PersonForm()

    def deed() -> str:
        row = here(park)
        made = actions.add(
            row,
            _organisation(row, form, "people.add"),
            name=form.name.data or "",
            kind=form.kind.data or "",
            email=form.email.data or "",
            phone=form.phone.data or "",
            user_id=_account(row, form),
            household=form.relatives(),
            actor=me(),
            now=clock.now(),
        )
        flash(_("Added as %(number)s.", number=made.number))
        return url_for("people.show", park=park, number=made.number)

    return (None if _only_more(form) else sent(form, deed)) or _form_page("people/add.html", form, found, "people.add")


@bp.route("/parks/<park>/people/<number>/change", methods=["GET", "POST"])
def change(park: str, number: str) -> ResponseReturnValue:
    """Change what is known of a person."""
    here(park)
    with transaction():
        actions.note([queries.person(number, me(), "people.change", park=park)], "people.show", actor=me(), now=clock.now())
    found = here(park)
    person = queries.person(number, me(), "people.change", park=park)
    form = PersonForm(data=PersonForm.of(person, queries.household(person.id)))

    def deed() -> str:
        row = here(park)
        again = queries.person(number, me(), "people.change", park=park)
        actions.change(
            again,
            _organisation(row, form, "people.change"),
            name=form.name.data or "",
            kind=form.kind.data or "",
            email=form.email.data or "",
            phone=form.phone.data or "",
            user_id=_account(row, form, again.user_id),
            household=form.relatives(),
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Saved."))
        return url_for("people.show", park=park, number=number)

    done = None if _only_more(form) else sent(form, deed)
    return done or _form_page("people/change.html", form, here(found.code), "people.change", number=number)


@bp.route("/parks/<park>/people/<number>/erase", methods=["GET", "POST"])
def erase(park: str, number: str) -> ResponseReturnValue:
    """Erase what is personal; the number and the documents stay."""
    found = here(park)
    person = queries.person(number, me(), "people.erase", park=park)
    form = EraseForm(data={"version": person.version})

    def deed() -> str:
        here(park)
        again = queries.person(number, me(), "people.erase", park=park)
        actions.erase(again, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())
        flash(_("Erased. The number and the documents stay."))
        return url_for("people.show", park=park, number=number)

    return sent(form, deed) or page("people/erase.html", form=form, park=found, number=number)
