"""The pages of the rules by which homes are given out. They join the blueprint of housing."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.db import db
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing import rules_actions
from parkmgr.housing.allocating_rules import listed
from parkmgr.housing.models import HousingRules
from parkmgr.housing.rules_forms import HousingRulesForm
from parkmgr.housing.views import bp
from parkmgr.organisations import queries as organisations
from parkmgr.organisations.models import Organisation
from parkmgr.places.views import here, sent
from parkmgr.web.door import me
from parkmgr.web.page import page

NO_OFFICE = Objection("housing.no_office", N_("There is no organisation of the code %(code)s."), "housing_office")


def _office(row: HousingRules | None) -> Organisation | None:
    return None if row is None or row.housing_office_id is None else db.session.get_one(Organisation, row.housing_office_id)


@bp.get("/parks/<park>/housing/rules")
def rules(park: str) -> ResponseReturnValue:
    """Show how the park gives out its homes."""
    found = here(park)
    row = queries.rules_row(found.id)
    giving = queries.giving_of(row)
    known = {one.code: one for one in giving.classes}
    eligible = [(line, listed(known[code].names for code in line.classes if code in known)) for line in giving.eligible if line.classes]
    return page("housing/rules.html", park=found, giving=giving, there=row is not None, office=_office(row), eligible=eligible)


@bp.route("/parks/<park>/housing/rules/change", methods=["GET", "POST"])
def change_rules(park: str) -> ResponseReturnValue:
    """Change how the park gives out its homes."""
    found = here(park)
    row = queries.rules_row(found.id)
    office = _office(row)
    form = HousingRulesForm(
        data=HousingRulesForm.of(queries.giving_of(row), office.code if office else "", row.version if row is not None else None)
    )

    def deed() -> str:
        again = here(park)
        code = (form.housing_office.data or "").partition(" · ")[0].strip()
        try:
            stands_for = organisations.organisation(code).id if code else None
        except Missing:
            raise Refused([NO_OFFICE.about(code=code)]) from None
        rules_actions.set_rules(again, form.value(), housing_office_id=stands_for, version=form.at_version, actor=me(), now=clock.now())
        flash(_("The rules hold from now on. Applications and residencies that stand are not touched."))
        return url_for("housing.rules", park=park)

    more = request.form.get("more", "") if request.method == "POST" else ""
    if more:
        form.add_row(more)
    return (None if more else sent(form, deed)) or page(
        "housing/change_rules.html", form=form, park=here(park), organisations=organisations.choices()
    )
