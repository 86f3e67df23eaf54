"""The pages of permits: who has which until when, granting, withdrawing, and the kinds there are. They join the blueprint of labs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock
from parkmgr.errors import Missing, Refused
from parkmgr.labs import actions, queries, rules
from parkmgr.labs.forms import GrantForm, KindForm, NewKindForm, PermitFilter, ReasonForm
from parkmgr.labs.models import Permit, PermitKind
from parkmgr.labs.views import bp
from parkmgr.organisations import queries as organisations
from parkmgr.people import queries as people
from parkmgr.people.models import Person
from parkmgr.places import queries as places
from parkmgr.places.models import Park, Space
from parkmgr.places.rules import NO_SUCH_SPACE
from parkmgr.places.views import given, here, named, sent, today
from parkmgr.values import Names
from parkmgr.web.door import me
from parkmgr.web.formats import names
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page

SOON = timedelta(days=60)


def _kinds(park: Park) -> list[SelectChoice]:
    return [SelectChoice(kind.code, names(kind.names)) for kind in queries.kinds(park.id)]


def standing(permit: Permit, unused_days: int | None, today_: date) -> str:
    """Return how a permit stands: withdrawn, ended, lapsed, ending or valid."""
    if permit.withdrawn_on is not None:
        return "withdrawn"
    if permit.until_on < today_:
        return "ended"
    lapses = rules.lapses_on(permit.granted_on, permit.used_on, unused_days)
    if lapses is not None and lapses < today_:
        return "lapsed"
    return "ending" if permit.until_on <= today_ + SOON else "valid"


def _columns(park: Park) -> list[Column]:
    day = today(park)

    def to(row: Any) -> str:
        return url_for("labs.permit", park=park.code, permit=row[0].number)

    def to_person(row: Any) -> str | None:
        return url_for("people.show", park=park.code, number=row.person) if me().may("people.show", park.id) else None

    return [
        Column("number", _l("Number"), lambda row: row[0].number, Permit.number, href=to),
        Column("person", _l("Person"), lambda row: row.person, Person.number, href=to_person),
        Column("organisation", _l("Organisation"), lambda row: Names(row.of_en, row.of_ru, row.of_zh)),
        Column("kind", _l("Permit"), named, PermitKind.code),
        Column("space", _l("Only for"), lambda row: row.space, Space.code),
        Column("granted", _l("From"), lambda row: row[0].granted_on, Permit.granted_on, wide_only=True),
        Column("until", _l("Until"), lambda row: row[0].until_on, Permit.until_on),
        Column("used", _l("Last used"), lambda row: row[0].used_on, Permit.used_on, wide_only=True),
        Column("state", _l("State"), lambda row: standing(row[0], row.unused_days, day), family="permit_state"),
    ]


@bp.get("/parks/<park>/permits")
def permits(park: str) -> ResponseReturnValue:
    """List the permits that the reader may know of."""
    found = here(park)
    filters = PermitFilter.asked(kinds=_kinds(found))
    wanted = queries.WantedPermits(
        search=filters.q.data or "",
        kind=filters.kind.data or "",
        space=filters.space.data or "",
        state=filters.state.data or ("ending" if filters.within.data is not None else ""),
        within=SOON.days if filters.within.data is None else filters.within.data,
    )
    kinds = queries.kinds(found.id)
    return answer(
        "labs/permits.html",
        queries.permits(found.id, me(), wanted, today(found), kinds),
        _columns(found),
        sort="until",
        name=f"{found.code}-permits-{today(found).isoformat()}",
        tie=Permit.id,
        park=found,
        filters=filters,
        kinds=kinds,
    )


@bp.get("/parks/<park>/permits/<permit>")
def permit(park: str, permit: str) -> ResponseReturnValue:
    """Show a permit."""
    found = here(park)
    shown = queries.permit(permit, me(), "labs.permit", park=park)
    return page(
        "labs/permit.html",
        park=found,
        permit=shown,
        standing=standing(shown, shown.kind.unused_days, today(found)),
        lapses=rules.lapses_on(shown.granted_on, shown.used_on, shown.kind.unused_days),
    )


def _people(park: Park, form: GrantForm) -> list[Person]:
    numbers = form.numbers()
    if len(numbers) > rules.MOST_AT_ONCE:
        raise Refused([rules.TOO_MANY_PEOPLE.about(most=rules.MOST_AT_ONCE, count=len(numbers))])
    known = people.by_numbers(park.id, numbers)
    unknown = [rules.NO_SUCH_PERSON.about(person=number[:40]) for number in numbers if number not in known]
    if unknown:
        raise Refused(unknown)
    return [known[number] for number in numbers]


def _space_of(park: Park, code: str) -> Space | None:
    if not code:
        return None
    try:
        return places.space(park.id, code)
    except Missing:
        raise Refused([NO_SUCH_SPACE.about(space=code).at("space")]) from None


def _organisation_id(code: str) -> int | None:
    if not code:
        return None
    try:
        return organisations.organisation(code).id
    except Missing:
        raise Refused([rules.NO_ORGANISATION.about(code=code)]) from None


@bp.route("/parks/<park>/permits/grant", methods=["GET", "POST"])
def grant(park: str) -> ResponseReturnValue:
    """Grant a permit to one person or to many: to all or to none."""
    found = here(park)
    form = GrantForm(
        data={
            "people": request.args.get("people", "")[:2000],
            "kind": request.args.get("kind", "")[:40],
            "space": request.args.get("space", "")[:60],
            "on": today(found),
        }
    )
    form.kind.choices = _kinds(found)

    def deed() -> str:
        row = here(park)
        kind = queries.kind(row.id, given(form.kind.data))
        granted = actions.grant_all(
            row,
            _people(row, form),
            kind,
            space=_space_of(row, form.space.data or ""),
            on=form.on.data,
            until=form.until.data,
            organisation_id=_organisation_id((form.organisation.data or "").partition(" · ")[0].strip()),
            actor=me(),
            now=clock.now(),
        )
        if len(granted) == 1:
            flash(_("Granted as %(number)s, until %(until)s.", number=granted[0].number, until=granted[0].until_on.isoformat()))
        else:
            flash(ngettext("%(num)s permit is granted.", "%(num)s permits are granted.", len(granted)))
        return url_for("labs.permits", park=park, kind=kind.code)

    return sent(form, deed) or page("labs/grant.html", form=form, park=here(park), organisations=organisations.choices())


@bp.route("/parks/<park>/permits/<permit>/withdraw", methods=["GET", "POST"])
def withdraw_permit(park: str, permit: str) -> ResponseReturnValue:
    """Withdraw a permit."""
    here(park)
    form = ReasonForm()
    shown = queries.permit(permit, me(), "labs.withdraw_permit", park=park)

    def deed() -> str:
        here(park)
        gone = queries.permit(permit, me(), "labs.withdraw_permit", park=park)
        actions.withdraw_permit(gone, reason=given(form.reason.data), actor=me(), now=clock.now())
        flash(_("%(number)s is withdrawn.", number=permit))
        return url_for("labs.permit", park=park, permit=permit)

    return sent(form, deed) or page("labs/withdraw_permit.html", form=form, park=here(park), number=shown.number)


# Kinds


@bp.get("/parks/<park>/permit-kinds")
def permit_kinds(park: str) -> ResponseReturnValue:
    """List which permits there are, who asks for them, and how to get them."""
    found = here(park)
    return page("labs/permit_kinds.html", park=found, kinds=queries.kinds(found.id), asking=queries.asking(found.id))


@bp.route("/parks/<park>/permit-kinds/new", methods=["GET", "POST"])
def add_permit_kind(park: str) -> ResponseReturnValue:
    """Add a permit that can be asked for."""
    here(park)
    form = NewKindForm()

    def deed() -> str:
        actions.add_permit_kind(
            here(park),
            given(form.code.data),
            form.names(),
            days=given(form.days.data),
            unused_days=form.unused_days.data,
            how=form.how.data or "",
            actor=me(),
            now=clock.now(),
        )
        flash(_("The permit is added. Laboratories and instruments can ask for it now."))
        return url_for("labs.permit_kinds", park=park)

    return sent(form, deed) or page("labs/add_permit_kind.html", form=form, park=here(park))


@bp.route("/parks/<park>/permit-kinds/<kind>/change", methods=["GET", "POST"])
def change_permit_kind(park: str, kind: str) -> ResponseReturnValue:
    """Change how a permit is called, granted and got."""
    found = here(park)
    shown = queries.kind(found.id, kind)
    fields = ("name_en", "name_ru", "name_zh", "days", "unused_days", "how", "version")
    form = KindForm(data={name: getattr(shown, name) for name in fields})

    def deed() -> str:
        actions.change_permit_kind(
            queries.kind(here(park).id, kind),
            form.names(),
            days=given(form.days.data),
            unused_days=form.unused_days.data,
            how=form.how.data or "",
            version=form.at_version,
            actor=me(),
            now=clock.now(),
        )
        flash(_("It is changed."))
        return url_for("labs.permit_kinds", park=park)

    return sent(form, deed) or page("labs/change_permit_kind.html", form=form, park=here(park), code=kind)
