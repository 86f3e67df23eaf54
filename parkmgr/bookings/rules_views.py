"""The pages of rules: under which rules which spaces are booked, and which features they have."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.bookings import queries, rules_actions, rules_queries, rules_words
from parkmgr.bookings.models import BookingRules
from parkmgr.bookings.rules import Access
from parkmgr.bookings.rules_forms import BLANK, ConfirmForm, EquipForm, FeatureForm, NewRulesForm, RulesForm
from parkmgr.bookings.views import bp
from parkmgr.errors import Missing, Refused
from parkmgr.organisations import queries as organisations
from parkmgr.places import queries as places
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Park, Space
from parkmgr.places.views import given, here, sent
from parkmgr.web.door import me
from parkmgr.web.page import page
from parkmgr.web.words import word


def _scope(row: BookingRules, code: str) -> str:
    """Return for which spaces the rules are."""
    if code:
        return str(_("The space %(code)s", code=code))
    return word("space_kind", row.kind) if row.kind else _("All other bookable spaces")


@bp.get("/parks/<park>/booking-rules")
def rules(park: str) -> ResponseReturnValue:
    """Show under which rules the park's spaces are booked."""
    found = here(park)
    actor = me()
    own = {code for code, _names in organisations.choices()} if actor.sees_all(found.id) else _own_codes(found)

    def shows(line: Access) -> bool:
        return line.who != "organisation" or line.name in own

    listed = [
        (row, _scope(row, code), code, rules_words.facts(queries.conditions(row), shows=shows))
        for row, code in sorted(queries.all_rules(found.id), key=lambda pair: (not pair[1], not pair[0].kind, pair[1], pair[0].kind))
    ]
    return page("bookings/rules.html", park=found, listed=listed)


def _own_codes(park: Park) -> set[str]:
    return {organisation.code for organisation in queries.organisations_to_book_for(park.id, me())}


def _only_more(form: RulesForm) -> bool:
    """Tell whether only one more row was asked for, and add it."""
    wanted = request.form.get("more", "") if request.method == "POST" else ""
    if wanted:
        form.add_row(wanted)
    return bool(wanted)


def _form_page(template: str, form: RulesForm, park: Park, **more: Any) -> ResponseReturnValue:
    shown = form.parsed
    if not shown and form.week.data and not form.week.errors:
        form.validate_week(form.week)
        shown = form.parsed
    preview = rules_words.week(shown)
    return page(template, form=form, park=park, preview=preview, organisations=organisations.choices(), **more)


@bp.route("/parks/<park>/booking-rules/new", methods=["GET", "POST"])
def add_rules(park: str) -> ResponseReturnValue:
    """Make rules for a space, a kind of space, or all of them."""
    found = here(park)
    form = NewRulesForm(data=BLANK | {"space": request.args.get("space", ""), "kind": request.args.get("kind", "")})
    codes = queries.bookable(found.id)

    def deed() -> str:
        row = here(park)
        space = _space(row, form.space.data or "")
        rules_actions.add_rules(row, form.value(row.currency), kind=form.kind.data or "", space=space, actor=me(), now=clock.now())
        flash(_("The rules hold for bookings from now on."))
        return url_for("bookings.rules", park=park)

    if _only_more(form) or (request.method == "POST" and form.sent() and form.say_too_fine(found.currency)):
        return _form_page("bookings/add_rules.html", form, found, codes=codes)
    return sent(form, deed) or _form_page("bookings/add_rules.html", form, found, codes=codes)


def _space(park: Park, code: str) -> Space | None:
    if not code:
        return None
    try:
        return places.space(park.id, code)
    except Missing:
        raise Refused([place_rules.NO_SUCH_SPACE.about(space=code).at("space")]) from None


@bp.route("/parks/<park>/booking-rules/<int:rules_id>/change", methods=["GET", "POST"])
def change_rules(park: str, rules_id: int) -> ResponseReturnValue:
    """Change rules for the bookings to come."""
    found = here(park)
    row = queries.rules(found.id, rules_id)
    scope = _scope(row, _code(row))
    form = RulesForm(data=RulesForm.of(row))

    def deed() -> str:
        again = here(park)
        changed = queries.rules(again.id, rules_id)
        rules_actions.change_rules(changed, again, form.value(again.currency), version=form.at_version, actor=me(), now=clock.now())
        flash(_("The rules hold for bookings from now on."))
        return url_for("bookings.rules", park=park)

    if _only_more(form) or (request.method == "POST" and form.sent() and form.say_too_fine(found.currency)):
        return _form_page("bookings/change_rules.html", form, found, scope=scope)
    return sent(form, deed) or _form_page("bookings/change_rules.html", form, found, scope=scope)


def _code(row: BookingRules) -> str:
    return rules_queries.space_codes([row.space_id])[row.space_id] if row.space_id is not None else ""


@bp.route("/parks/<park>/booking-rules/<int:rules_id>/remove", methods=["GET", "POST"])
def remove_rules(park: str, rules_id: int) -> ResponseReturnValue:
    """Remove rules; the next wider ones count."""
    found = here(park)
    row = queries.rules(found.id, rules_id)
    scope = _scope(row, _code(row))
    form = ConfirmForm(data={"version": row.version})

    def deed() -> str:
        gone = queries.rules(here(park).id, rules_id)
        rules_actions.remove_rules(gone, version=form.at_version, actor=me(), now=clock.now())
        flash(_("The rules are removed."))
        return url_for("bookings.rules", park=park)

    return sent(form, deed) or page("bookings/remove_rules.html", form=form, park=found, scope=scope)


# Features


@bp.get("/parks/<park>/features")
def features(park: str) -> ResponseReturnValue:
    """List the features, and the bookable spaces with theirs."""
    found = here(park)
    return page(
        "bookings/features.html", park=found, features=rules_queries.features_counted(found.id), spaces=rules_queries.bookable(found.id)
    )


@bp.route("/parks/<park>/features/new", methods=["GET", "POST"])
def add_feature(park: str) -> ResponseReturnValue:
    """Add a feature that spaces can have."""
    found = here(park)
    form = FeatureForm()

    def deed() -> str:
        made = rules_actions.add_feature(here(park), given(form.code.data), form.names(), actor=me(), now=clock.now())
        flash(_("The feature %(code)s is there. Now say which spaces have it.", code=made.code))
        return url_for("bookings.features", park=park)

    return sent(form, deed) or page("bookings/add_feature.html", form=form, park=found)


@bp.route("/parks/<park>/equip-space/<path:code>", methods=["GET", "POST"])
def equip(park: str, code: str) -> ResponseReturnValue:
    """Say which features a space has."""
    found = here(park)
    space = places.space(found.id, code)
    known = queries.features(found.id)
    had = {feature.code: quantity for feature, quantity in queries.features_of([space.id])[space.id]}
    rows = [{"code": feature.code, "quantity": had.get(feature.code)} for feature in known]
    form = EquipForm(data={"version": space.version, "rows": rows})

    def deed() -> str:
        row = places.space(here(park).id, code)
        rules_actions.equip(row, form.quantities(), version=form.at_version, actor=me(), now=clock.now())
        flash(_("Saved."))
        return url_for("bookings.features", park=park)

    by_code = {feature.code: feature for feature in known}
    return sent(form, deed) or page("bookings/equip.html", form=form, park=found, space=space, by_code=by_code)
