"""The pages of applications, the waiting list, lotteries and offers. They join the blueprint of housing. None of them shows a name."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal_column

from parkmgr import clock
from parkmgr.calendars.rules import instant_of
from parkmgr.db import transaction
from parkmgr.errors import N_, Missing, Objection, Refused
from parkmgr.housing import allocating_actions as actions
from parkmgr.housing import allocating_queries as queries
from parkmgr.housing import allocating_rules as rules
from parkmgr.housing.allocating_forms import (
    AdmitForm,
    ApplicationsFilter,
    ApplyForm,
    LineFilter,
    LotteryForm,
    OfferForm,
    PaperForm,
    ReasonForm,
    WaitingFilter,
    claim_rows,
)
from parkmgr.housing.allocating_rules import Giving
from parkmgr.housing.models import Application, Residency
from parkmgr.housing.rules import Agreed, Asking
from parkmgr.housing.views import bp
from parkmgr.organisations.models import Organisation
from parkmgr.people import queries as people
from parkmgr.people.models import Person
from parkmgr.places import queries as places
from parkmgr.places.models import Park
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.values import Term
from parkmgr.web.door import me
from parkmgr.web.formats import day, names
from parkmgr.web.forms import Form
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.sheets import attachment

NO_PERSON = Objection("housing.no_person", N_("There is no person of the number %(number)s among those you may ask for."), "person")
NO_APPLICATION = Objection("housing.no_application", N_("There is no application of the number %(number)s."), "application")
YEAR = timedelta(days=365)

# Applications


def _class_names(giving: Giving) -> Callable[[Any], str]:
    known = {one.code: names(one.names) for one in giving.classes}
    return lambda row: known.get(row.class_code, row.class_code)


def _columns(park: Park, giving: Giving) -> list[Column]:
    class_name = _class_names(giving)

    def to_application(row: Any) -> str:
        return url_for("housing.application", park=park.code, application=row.number)

    def to_person(row: Any) -> str | None:
        return url_for("people.show", park=park.code, number=row.person) if me().may("people.show", park.id) else None

    return [
        Column("place", _l("Place"), lambda row: row.place, literal_column("turn"), figures=True),
        Column("number", _l("Number"), lambda row: row.number, Application.number, href=to_application),
        Column("class", _l("Class"), class_name, Application.class_code),
        Column("person", _l("Person"), lambda row: row.person, Person.number, href=to_person),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("kind", _l("Home"), lambda row: row.kind, Application.kind, family="home_kind"),
        Column("people", _l("People"), lambda row: row.people, Application.people, figures=True, wide_only=True),
        Column("points", _l("Points"), lambda row: row.points, Application.points, figures=True),
        Column("from_on", _l("From"), lambda row: row.from_on, Application.from_on),
        Column("waiting_at", _l("Waits since"), lambda row: row.waiting_at, Application.waiting_at, show=day, wide_only=True),
        Column("declined", _l("Declined offers"), lambda row: row.declined or None, Application.declined, figures=True, wide_only=True),
        Column("state", _l("State"), lambda row: row.state, Application.state, family="asking"),
    ]


@bp.get("/parks/<park>/housing/applications")
def applications(park: str) -> ResponseReturnValue:
    """List the applications that the reader may read."""
    found = here(park)
    giving = queries.giving(found.id)
    filters = ApplicationsFilter(formdata=request.args)
    filters.offer_classes(giving)
    filters.validate()
    for field in (filters.q, filters.state, filters.class_code):
        field.data = None if field.errors else field.data
    wanted = queries.Wanted(filters.q.data or "", filters.state.data or "", filters.class_code.data or "")
    return answer(
        "housing/applications.html",
        queries.applications(found.id, me(), giving, wanted),
        _columns(found, giving),
        sort="-number",
        name=f"{found.code}-applications",
        tie=Application.id,
        park=found,
        filters=filters,
    )


@bp.get("/parks/<park>/housing/waiting")
def waiting(park: str) -> ResponseReturnValue:
    """Show the waiting list in the order in which homes are offered, and how long each class waits."""
    found = here(park)
    giving = queries.giving(found.id)
    filters = WaitingFilter(formdata=request.args)
    filters.offer_classes(giving)
    filters.validate()
    wanted = queries.Wanted("", Asking.WAITING.value, "" if filters.class_code.errors else filters.class_code.data or "")
    counted = queries.figures(found.id, clock.now() - YEAR)
    classes = [
        (one, counted.get(one.code), rules.median(counted[one.code].waited) if one.code in counted else None)
        for one in sorted(giving.classes, key=lambda one: (one.rank, one.code))
    ]
    columns = [column for column in _columns(found, giving) if column.key != "state"]
    return answer(
        "housing/waiting.html",
        queries.applications(found.id, me(), giving, wanted, "housing.waiting"),
        columns,
        sort="place",
        name=f"{found.code}-waiting-list",
        tie=Application.id,
        park=found,
        filters=filters,
        classes=classes,
        sees_all=me().may("housing.offer", found.id) or me().sees_all(found.id),
    )


def _one(number: str, park: str, deed: str = "") -> Application:
    return queries.application(number, me(), deed or str(request.endpoint), park=park)


@bp.get("/parks/<park>/housing/applications/<application>")
def application(park: str, application: str) -> ResponseReturnValue:
    """Show an application with its place, points, documents and offers."""
    found = here(park)
    row = _one(application, park)
    giving = queries.giving(found.id)
    lines = [(line, row.claims.get(line.code, 0)) for line in giving.points]
    return page(
        "housing/application.html",
        park=found,
        row=row,
        class_=giving.class_of(row.class_code),
        place=queries.place_of(row, giving),
        lines=lines,
        worth={line.code: rules.points(Giving(points=(line,)), row.claims) for line in giving.points},
        papers=queries.papers(row.id),
        offers=queries.offers_of(row.id),
        is_open=row.state in rules.OPEN,
    )


def _asking_person(park: Park, number: str) -> Person:
    try:
        return people.person(number, me(), "housing.apply", park=park.code)
    except Missing:
        raise Refused([NO_PERSON.about(number=number)]) from None


@bp.route("/parks/<park>/housing/applications/new", methods=["GET", "POST"])
def apply(park: str) -> ResponseReturnValue:
    """Ask for a home."""
    found = here(park)
    giving = queries.giving(found.id)
    asked = {"person": request.args.get("person", "")[:20], "people": 1, "key": secrets.token_urlsafe(24)}
    form = ApplyForm(data=asked | {"claims": claim_rows(giving, {})})
    form.offer_classes(giving)

    def deed() -> str:
        row = here(park)
        person = _asking_person(row, form.person.data or "")
        made = actions.apply(row, person, form.wish(), key=form.key.data or None, actor=me(), now=clock.now())
        flash(_("Asked for as %(number)s. Add the documents now; the housing desk examines them.", number=made.number))
        return url_for("housing.application", park=park, application=made.number)

    return sent(form, deed) or page("housing/apply.html", form=form, park=here(park), giving=giving)


@bp.route("/parks/<park>/housing/applications/<application>/papers", methods=["GET", "POST"])
def add_paper(park: str, application: str) -> ResponseReturnValue:
    """Add a document to an application."""
    found = here(park)
    row = _one(application, park)
    form = PaperForm()

    def deed() -> str:
        again = _one(application, park)
        file = request.files.get("file")
        content = file.read(rules.LARGEST + 1) if file else b""
        actions.add_paper(again, form.title.data or "", (file.filename or "") if file else "", content, actor=me(), now=clock.now())
        flash(_("The document is with the application."))
        return url_for("housing.application", park=park, application=application)

    return sent(form, deed) or page("housing/add_paper.html", form=form, park=found, row=row)


@bp.get("/parks/<park>/housing/applications/<application>/papers/<int:paper_id>")
def paper(park: str, application: str, paper_id: int) -> ResponseReturnValue:
    """Download a document; the look is noted."""
    here(park)
    with transaction():
        row = _one(application, park)
        found = queries.paper(row.id, paper_id)
        if found.content is None:
            raise Missing
        actions.note_paper(row, found, actor=me(), now=clock.now())
        content, filename, kind = found.content, found.filename, found.media_type
    endings = {rules.PDF: "pdf", rules.JPEG: "jpg", rules.PNG: "png"}
    answered = attachment(content, filename or f"{application}-{paper_id}.{endings[kind]}", kind)
    answered.headers["X-Content-Type-Options"] = "nosniff"
    answered.headers["Cache-Control"] = "no-store"
    return answered


def _deed(
    park: str, application: str, form: Form, template: str, act: Callable[[Application], None], done: str, **more: Any
) -> ResponseReturnValue:
    """One deed with one application: its form, and back to its page."""
    found = here(park)
    row = _one(application, park)
    if request.method == "GET":
        form.version.data = str(row.version)

    def deed() -> str:
        here(park)
        act(_one(application, park))
        flash(done)
        return url_for("housing.application", park=park, application=application)

    return sent(form, deed) or page(template, form=form, park=here(found.code), row=_one(application, park), **more)


@bp.route("/parks/<park>/housing/applications/<application>/admit", methods=["GET", "POST"])
def admit(park: str, application: str) -> ResponseReturnValue:
    """Put an application on the waiting list, with its claims confirmed."""
    giving = queries.giving(here(park).id)
    row = _one(application, park)
    form = AdmitForm(data={"version": row.version, "claims": claim_rows(giving, row.claims)})

    def act(one: Application) -> None:
        actions.admit(one, claims=form.claimed(), version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, application, form, "housing/admit.html", act, _("It is on the waiting list."), giving=giving)


@bp.route("/parks/<park>/housing/applications/<application>/refuse", methods=["GET", "POST"])
def refuse(park: str, application: str) -> ResponseReturnValue:
    """Refuse an application."""
    form = ReasonForm()

    def act(one: Application) -> None:
        actions.refuse_application(one, form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, application, form, "housing/refuse.html", act, _("Refused; who asked reads why."))


@bp.route("/parks/<park>/housing/applications/<application>/withdraw", methods=["GET", "POST"])
def withdraw(park: str, application: str) -> ResponseReturnValue:
    """Withdraw an application."""
    form = ReasonForm()

    def act(one: Application) -> None:
        actions.withdraw(one, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())

    return _deed(park, application, form, "housing/withdraw.html", act, _("Withdrawn."))


def _offer_to(one: Application) -> Residency:
    found = queries.offer_to(one.id)
    if found is None:
        raise Refused([rules.NO_OFFER.about(number=one.number)])
    return found


def _answer(park: str, application: str, form: Form, template: str, act: Callable[[Residency], None], done: str) -> ResponseReturnValue:
    """Accept or decline what is offered."""

    def answered(one: Application) -> None:
        offer = _offer_to(one)
        one.expect(form.at_version)
        act(offer)

    offers = queries.offers_of(_one(application, here(park).code).id)
    return _deed(park, application, form, template, answered, done, offer=offers[0] if offers else None)


@bp.route("/parks/<park>/housing/applications/<application>/accept", methods=["GET", "POST"])
def accept(park: str, application: str) -> ResponseReturnValue:
    """Accept the home that is offered."""
    form = Form()
    return _answer(
        park,
        application,
        form,
        "housing/accept.html",
        lambda offer: actions.accept(offer, actor=me(), now=clock.now()),
        _("Accepted. Next is the check-in, on the first day."),
    )


@bp.route("/parks/<park>/housing/applications/<application>/decline", methods=["GET", "POST"])
def decline(park: str, application: str) -> ResponseReturnValue:
    """Decline the home that is offered."""
    form = ReasonForm()
    return _answer(
        park,
        application,
        form,
        "housing/decline.html",
        lambda offer: actions.decline(offer, form.reason.data or "", actor=me(), now=clock.now()),
        _("Declined. The application waits on."),
    )


# Lotteries


@bp.get("/parks/<park>/housing/lotteries")
def lotteries(park: str) -> ResponseReturnValue:
    """List the lotteries, with the hashes of their seeds."""
    found = here(park)
    return page("housing/lotteries.html", park=found, lotteries=queries.lotteries(found.id), giving=queries.giving(found.id))


@bp.get("/parks/<park>/housing/lotteries/<lottery>")
def lottery(park: str, lottery: str) -> ResponseReturnValue:
    """Show a lottery: before it is drawn its hash, after that its seed and its order."""
    found = here(park)
    row = queries.lottery(lottery, found.id)
    giving = queries.giving(found.id)
    return page(
        "housing/lottery.html",
        park=found,
        row=row,
        class_=giving.class_of(row.class_code),
        taking_part=0 if row.drawn_at else len(queries.taking_part(row)),
        can_be_drawn=row.drawn_at is None and row.closes_at <= clock.now(),
    )


@bp.get("/parks/<park>/housing/lotteries/<lottery>/file")
def lottery_file(park: str, lottery: str) -> ResponseReturnValue:
    """Download what is published of a lottery; `parkmgr housing lottery --verify` draws it again."""
    found = here(park)
    row = queries.lottery(lottery, found.id)
    text = json.dumps(actions.published(row, found), ensure_ascii=False, indent=1) + "\n"
    name = f"{row.number}-drawn.json" if row.drawn_at else f"{row.number}-before.json"
    answered: Response = attachment(text.encode(), name, "application/json")
    return answered


@bp.route("/parks/<park>/housing/lotteries/new", methods=["GET", "POST"])
def publish_lottery(park: str) -> ResponseReturnValue:
    """Announce a lottery: the hash of its seed is published."""
    found = here(park)
    form = LotteryForm()
    form.offer_classes(queries.giving(found.id))

    def deed() -> str:
        row = here(park)
        try:
            closes_at = instant_of(given(form.closes_at.data), row.zone)
        except Refused as refused:
            raise Refused([one.at("closes_at") for one in refused.objections]) from None
        made = actions.publish_lottery(row, form.class_code.data or "", closes_at, actor=me(), now=clock.now())
        flash(_("%(number)s is announced; the hash of its seed is published.", number=made.number))
        return url_for("housing.lottery", park=park, lottery=made.number)

    return sent(form, deed) or page("housing/publish_lottery.html", form=form, park=here(park))


@bp.route("/parks/<park>/housing/lotteries/<lottery>/draw", methods=["GET", "POST"])
def draw(park: str, lottery: str) -> ResponseReturnValue:
    """Draw a lottery, once."""
    found = here(park)
    row = queries.lottery(lottery, found.id)
    form = Form(data={"version": row.version})

    def deed() -> str:
        one = queries.lottery(lottery, here(park).id)
        actions.draw(one, version=form.at_version, actor=me(), now=clock.now())
        flash(_("Drawn. Seed and order are published."))
        return url_for("housing.lottery", park=park, lottery=lottery)

    return sent(form, deed) or page(
        "housing/draw.html", form=form, park=here(park), row=queries.lottery(lottery, found.id), taking_part=len(queries.taking_part(row))
    )


# Offers


@bp.get("/parks/<park>/housing/next-home")
def find_home(park: str) -> ResponseReturnValue:
    """Lead to the line for the home whose code was written."""
    found = here(park)
    code = request.args.get("home", "").strip()[:60]
    if not code:
        return redirect(url_for("housing.waiting", park=found.code), 303)
    return redirect(url_for("housing.next_in_line", park=found.code, code=code), 303)


@bp.get("/parks/<park>/housing/next/<path:code>")
def next_in_line(park: str, code: str) -> ResponseReturnValue:
    """Show who is next in line for a home, and what is against giving it."""
    found = here(park)
    space = places.space(found.id, code)
    filters = LineFilter.asked()
    on = filters.on.data = filters.on.data or today(found)
    giving = queries.giving(found.id)
    line = actions.next_in_line(space, Term(on))
    return page(
        "housing/next_in_line.html",
        park=found,
        space=space,
        home=queries.home(space, on, giving),
        on=on,
        against=actions.home_against(found, space, Term(on, on + YEAR), me(), clock.now(), giving),
        line=line[:200],
        first=next((row.number for row, unfit in line if not unfit), ""),
        class_name=_class_names(giving),
        filters=filters,
    )


@bp.route("/parks/<park>/housing/offer/<path:code>", methods=["GET", "POST"])
def offer(park: str, code: str) -> ResponseReturnValue:
    """Offer a home to an application."""
    found = here(park)
    places.space(found.id, code)
    giving = queries.giving(found.id)
    asked = request.args.get("application", "")[:20]
    form = OfferForm(data={"application": asked, "starts_on": today(found), "notice_days": giving.notice_days})

    def deed() -> str:
        row = here(park)
        number = form.application.data or ""
        try:
            to = queries.application(number, me(), "housing.offer", park=park)
        except Missing:
            raise Refused([NO_APPLICATION.about(number=number)]) from None
        agreed = Agreed(
            Term(given(form.starts_on.data), form.ends_on.data),
            form.rent_of(row.currency),
            bool(form.staff.data),
            form.deposit.money(row.currency),
            given(form.notice_days.data),
            to.people,
        )
        at_home = places.space(row.id, code)
        made = actions.offer(to, at_home, agreed, reason=form.reason.data or "", actor=me(), now=clock.now())
        flash(_("%(home)s is offered and held as %(number)s.", home=code, number=made.number))
        return url_for("housing.application", park=park, application=to.number)

    too_fine = request.method == "POST" and form.sent() and form.say_too_fine(found.currency)
    return (None if too_fine else sent(form, deed)) or page(
        "housing/offer.html", form=form, park=here(park), space=places.space(found.id, code), offer_days=giving.offer_days
    )
