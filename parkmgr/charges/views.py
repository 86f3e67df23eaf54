"""The pages of tariffs, of what a session costs, and of statements. What the equipment's service was is in service_views."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from parkmgr import clock
from parkmgr.bookings import queries as bookings
from parkmgr.bookings import rules_words
from parkmgr.bookings.models import Booking
from parkmgr.bookings.rules import State
from parkmgr.charges import actions, queries, rules
from parkmgr.charges.forms import AdjustForm, ExtraForm, MonthForm, ReasonForm, StatementFilter, TariffForm
from parkmgr.charges.models import Statement, StatementLine, Tariff
from parkmgr.charges.rules import Charge, StatementState, Terms, What
from parkmgr.db import transaction
from parkmgr.errors import Missing, Refused
from parkmgr.organisations.models import Organisation
from parkmgr.places import queries as places
from parkmgr.places import rules as place_rules
from parkmgr.places.models import Park, Space
from parkmgr.places.views import by_name, given, here, named, sent, today
from parkmgr.values import Money, day_of
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.listing import Column, answer
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("charges", __name__)


# Tariffs


def _scope(tariff: Tariff, code: str) -> str:
    """Return for which spaces a tariff is."""
    if code:
        return str(_("The space %(code)s and what stands in it", code=code))
    return word("space_kind", tariff.kind) if tariff.kind else _("All laboratories, instruments and benches")


def _said(terms: Terms) -> list[tuple[str, str]]:
    """Return a tariff in words."""
    pairs = [(_("Charged"), word("charge_basis", terms.basis.value))]
    pairs.append((_("At least"), _("%(count)s minutes", count=formats.number(terms.minimum_minutes)) if terms.minimum_minutes else "—"))
    pairs.append((_("Rounded up to"), _("%(count)s minutes", count=formats.number(terms.block_minutes))))
    if terms.peak:
        pairs.append((_("Peak hours"), "; ".join(rules_words.week(terms.peak))))
        pairs.append((_("A peak hour"), _("%(percent)s %% of the price", percent=formats.number(terms.peak_percent))))
    pairs.append((_("When nobody came"), _("%(percent)s %% of the price", percent=formats.number(terms.no_show_percent))))
    pairs.append((_("An hour"), _priced(terms.prices) or _("as agreed when it was booked")))
    pairs.append((_("An operator's hour"), _priced(terms.operator) or "—"))
    return pairs


def _priced(prices: Any) -> str:
    return "; ".join(
        f"{word('price_class', name) if name else _('Everybody else')}: {formats.money(money)}" for name, money in (prices or {}).items()
    )


@bp.get("/parks/<park>/tariffs")
def tariffs(park: str) -> ResponseReturnValue:
    """Show how sessions are charged, and how they were."""
    found = here(park)
    on = today(found)
    groups: dict[tuple[str, str], list[tuple[Tariff, str, list[tuple[str, str]]]]] = {}
    for tariff, code in queries.tariffs(found.id, every=True):
        counts = next((False for other, *_rest in groups.get((code, tariff.kind), ()) if _counts(other, on)), True)
        standing = "withdrawn" if tariff.withdrawn_at else "coming" if tariff.from_on > on else "running" if counts else "over"
        groups.setdefault((code, tariff.kind), []).append((tariff, standing, _said(queries.terms(tariff))))
    listed = [(_scope(rows[0][0], code), code, kind, rows) for (code, kind), rows in groups.items()]
    return page("charges/tariffs.html", park=found, listed=listed)


def _counts(tariff: Tariff, on: Any) -> bool:
    return tariff.withdrawn_at is None and tariff.from_on <= on


def _space(park: Park, code: str) -> Space | None:
    if not code:
        return None
    try:
        return places.space(park.id, code)
    except Missing:
        raise Refused([place_rules.NO_SUCH_SPACE.about(space=code).at("space")]) from None


@bp.route("/parks/<park>/tariffs/new", methods=["GET", "POST"])
def set_tariff(park: str) -> ResponseReturnValue:
    """Say how sessions are charged from a day on."""
    found = here(park)
    kind, code = request.args.get("kind", ""), request.args.get("space", "")
    before = next(
        (queries.terms(row) for row, at in queries.tariffs(found.id) if (at, row.kind) == (code, kind)), Terms(rules.Basis.GREATER)
    )
    form = TariffForm(data=TariffForm.of(before, rules.next_month(today(found)), kind=kind, space=code))

    def deed() -> str:
        row = here(park)
        space = _space(row, form.space.data or "")
        actions.set_tariff(
            row, form.value(row.currency), given(form.from_on.data), space=space, kind=form.kind.data or "", actor=me(), now=clock.now()
        )
        flash(_("The tariff counts for sessions from %(day)s on.", day=formats.day(form.from_on.data)))
        return url_for("charges.tariffs", park=park)

    context: dict[str, Any] = {"form": form, "park": found, "codes": queries.lab_spaces(found.id), "classes": rules.CLASSES}
    if request.method == "POST" and form.sent() and form.say_too_fine(found.currency):
        return page("charges/set_tariff.html", **context)
    return sent(form, deed) or page("charges/set_tariff.html", **context)


# What a session costs


def _session(park: Park, number: str) -> Booking:
    found = bookings.booking(number, me(), str(request.endpoint), park=park.code)
    if found.desk != queries.LAB:
        raise Missing
    return found


def _charge(park: Park, booking: Booking) -> Charge:
    """Return what the session costs, as things stand."""
    terms = queries.all_tariffs(park.id, [booking.space_id]).of(booking.space_id, day_of(booking.starts_at, park.zone))
    class_ = queries.classes(park, [booking.organisation_id]).of(booking.organisation_id, booking.requested_at) if terms.prices else ""
    price = queries.price(booking, terms, class_, park.currency)
    extras = [queries.extra_line(extra) for extra, _number in queries.extras(booking.id)]
    return rules.charge(queries.session(booking), terms, price, park.zone, extras)


@bp.get("/parks/<park>/sessions/<session>/charge")
def session(park: str, session: str) -> ResponseReturnValue:
    """Show what a session costs and why, and in which statement it is charged."""
    found = here(park)
    booking = _session(found, session)
    charged = queries.charged(booking.id)
    costs = booking.state in (State.CONFIRMED, State.CHECKED_IN, State.COMPLETED, State.NO_SHOW)
    return page(
        "charges/session.html",
        park=found,
        booking=booking,
        charge=_charge(found, booking) if costs and not charged else None,
        charged=[
            (line_said(line, statement.currency), Money(line.minor, statement.currency), line, statement) for line, statement in charged
        ],
        explain=explained,
        extras=queries.extras(booking.id),
        money=Money,
        may_add=booking.state in (State.CONFIRMED, State.CHECKED_IN, State.COMPLETED),
    )


def explained(line: rules.Line) -> str:
    """Return why a line costs what it does."""
    return _words(line.what, line.minutes, line.peak_minutes, line.hour, line.percent, str(line.basis), line.note)


def line_said(line: Any, currency: str) -> str:
    """Return why a line of a statement costs what it does."""
    hour = None if line.hour_minor is None else Money(line.hour_minor, currency)
    return _words(What(line.what), line.minutes, line.peak_minutes, hour, line.percent, line.basis, line.note)


def _words(what: What, minutes: int | None, peak: int | None, hour: Money | None, percent: int | None, basis: str, note: str) -> str:
    """Return a line's reasons in words: minutes, price, share of the peak."""
    if minutes is None or hour is None:
        said = [] if minutes is None else [_("%(count)s minutes", count=formats.number(minutes))]
        return " · ".join([*said, *([note] if note else [])])
    said = [_("%(count)s minutes as %(basis)s", count=formats.number(minutes), basis=word("charged_basis", basis))]
    said.append(_("%(price)s an hour", price=formats.money(hour)))
    if what is What.NO_SHOW:
        if peak:
            said.append(_("%(count)s minutes of it in the peak", count=formats.number(peak)))
        said.append(_("%(percent)s %% of it, because nobody came", percent=formats.number(percent)))
    elif peak:
        said.append(_("%(count)s minutes of it in the peak at %(percent)s %%", count=formats.number(peak), percent=formats.number(percent)))
    return " · ".join([*said, *([note] if note else [])])


@bp.route("/parks/<park>/sessions/<session>/extras/new", methods=["GET", "POST"])
def add_extra(park: str, session: str) -> ResponseReturnValue:
    """Note what more a session cost."""
    found = here(park)
    booking = _session(found, session)
    form = ExtraForm()

    def deed() -> str:
        row = here(park)
        money = None if form.amount.data is None else amount(form.amount.data, row.currency)
        actions.add_extra(
            _session(row, session),
            What(form.what.data),
            given(form.quantity.data),
            name=form.name.data or "",
            money=money,
            park=row,
            actor=me(),
            now=clock.now(),
        )
        flash(_("Noted. It comes into the next statement."))
        return url_for("charges.session", park=park, session=session)

    return sent(form, deed) or page("charges/add_extra.html", form=form, park=found, booking=booking)


def amount(number: Decimal, currency: str) -> Money:
    """Return the amount.

    Raises:
        Refused: it is finer than the smallest coin.
    """
    try:
        return Money.of(number, currency)
    except ValueError:
        raise Refused([rules.TOO_FINE.about(currency=currency)]) from None


@bp.post("/parks/<park>/sessions/<session>/extras/<int:extra_id>/remove")
def remove_extra(park: str, session: str, extra_id: int) -> ResponseReturnValue:
    """Take back what was noted by mistake."""
    found = here(park)
    booking = _session(found, session)
    if extra_id not in {extra.id for extra, _number in queries.extras(booking.id)}:
        raise Missing
    try:
        with transaction():
            actions.remove_extra(_session(here(park), session), extra_id, actor=me(), now=clock.now())
    except Refused as refused:
        flash(" ".join(formats.sentence(objection) for objection in refused.objections), "error")
    else:
        flash(_("Taken back."))
    return redirect(url_for("charges.session", park=park, session=session), 303)


# Statements


def _month(value: Any) -> str:
    return f"{value:%Y-%m}" if value else "—"


def _statement_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str:
        return url_for("charges.statement", park=park.code, statement=row.number)

    return [
        Column("number", _l("Number"), lambda row: row.number, Statement.number, href=to),
        Column("month", _l("Month"), lambda row: _month(row.month), Statement.month),
        Column("organisation", _l("Organisation"), named, by_name(Organisation)),
        Column("state", _l("State"), lambda row: row.state, Statement.state, family="statement_state"),
        Column("total", _l("Total"), lambda row: Money(row.total_minor, row.currency), Statement.total_minor, figures=True),
        Column("currency", _l("Currency"), lambda row: row.currency, Statement.currency, wide_only=True),
        Column("made_at", _l("Made"), lambda row: row.made_at, Statement.made_at, wide_only=True),
    ]


@bp.get("/parks/<park>/statements")
def statements(park: str) -> ResponseReturnValue:
    """List the statements of a park; a liaison sees those of her organisation."""
    found = here(park)
    filters = StatementFilter.asked()
    wanted = queries.Wanted(filters.q.data or "", filters.month.data, filters.state.data or "", request.args.get("organisation", ""))
    return answer(
        "charges/statements.html",
        queries.statements(found.id, me(), wanted),
        _statement_columns(found),
        sort="-month",
        name=f"{found.code}-statements-{today(found).isoformat()}",
        tie=Statement.id,
        park=found,
        filters=filters,
    )


@bp.route("/parks/<park>/statements/make", methods=["GET", "POST"])
def make_statements(park: str) -> ResponseReturnValue:
    """Make the statements of a month, or bring them up to date."""
    found = here(park)
    last = rules.month_of(rules.month_of(today(found)) - rules.DAY)
    form = MonthForm(data={"month": last})

    def deed() -> str:
        made = actions.make_statements(here(park), given(form.month.data), actor=me(), now=clock.now())
        if made:
            flash(_("Sessions of %(month)s stand in %(count)s statements now.", month=_month(form.month.data), count=len(made)))
        else:
            flash(_("There is nothing in %(month)s that is not charged already.", month=_month(form.month.data)))
        return url_for("charges.statements", park=park, month=_month(form.month.data))

    return sent(form, deed) or page("charges/make_statements.html", form=form, park=found)


def _line_columns(park: Park) -> list[Column]:
    def to(row: Any) -> str | None:
        return url_for("bookings.show", park=park.code, number=row.booking) if row.booking else None

    return [
        Column("starts_at", _l("Session"), lambda row: row.starts_at, Booking.starts_at),
        Column("booking", _l("Booking"), lambda row: row.booking, Booking.number, href=to),
        Column("space", _l("Space"), lambda row: row.space, Space.code),
        Column("what", _l("What"), lambda row: row.what, StatementLine.what, family="charge_what"),
        Column("minutes", _l("Minutes"), lambda row: row.minutes, StatementLine.minutes, figures=True),
        Column("peak", _l("In the peak"), lambda row: row.peak_minutes, StatementLine.peak_minutes, figures=True),
        Column("why", _l("How it is computed"), lambda row: line_said(row, row.currency)),
        Column("amount", _l("Amount"), lambda row: Money(row.minor, row.currency), StatementLine.minor, figures=True),
    ]


def _deeds(statement: Statement, park: Park) -> list[str]:
    """Return the deeds that the reader may do with the statement as it stands."""
    state = StatementState(statement.state)
    possible = [deed for deed, states in rules.NEXT.items() if state in states]
    return [deed for deed in ("adjust", *possible) if me().may(f"charges.{deed}", park.id)]


@bp.get("/parks/<park>/statements/<statement>")
def statement(park: str, statement: str) -> ResponseReturnValue:
    """Show a statement with its lines."""
    found = here(park)
    shown = queries.statement(statement, me(), park=found.code)
    context: dict[str, Any] = {}
    if "format" not in request.args:
        context = {"sums": queries.sums(shown), "deeds": _deeds(shown, found), "total": Money(shown.total_minor, shown.currency)}
    return answer(
        "charges/statement.html",
        queries.lines(shown.id),
        _line_columns(found),
        sort="starts_at",
        name=f"{shown.number}-{_month(shown.month)}",
        tie=StatementLine.id,
        park=found,
        shown=shown,
        month=_month(shown.month),
        **context,
    )


def _decide(park: str, number: str, form: Any, template: str, deed: Callable[[Statement, Park], str]) -> ResponseReturnValue:
    found = here(park)
    shown = queries.statement(number, me(), str(request.endpoint), park=found.code)
    if request.method == "GET":
        form.version.data = shown.version

    def do() -> str:
        row = here(park)
        return deed(queries.statement(number, me(), str(request.endpoint), park=row.code), row)

    return sent(form, do) or page(
        template, form=form, park=found, shown=shown, month=_month(shown.month), total=Money(shown.total_minor, shown.currency)
    )


@bp.route("/parks/<park>/statements/<statement>/validate", methods=["GET", "POST"])
def validate(park: str, statement: str) -> ResponseReturnValue:
    """Say that a statement is right."""
    form = ReasonForm()

    def deed(row: Statement, park_: Park) -> str:
        actions.validate(row, park=park_, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())
        flash(_("%(number)s is validated.", number=statement))
        return url_for("charges.statement", park=park, statement=statement)

    return _decide(park, statement, form, "charges/validate.html", deed)


@bp.route("/parks/<park>/statements/<statement>/dispute", methods=["GET", "POST"])
def dispute(park: str, statement: str) -> ResponseReturnValue:
    """Say that a statement is wrong, and why."""
    form = ReasonForm()

    def deed(row: Statement, park_: Park) -> str:
        actions.dispute(row, park=park_, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())
        flash(_("%(number)s is disputed.", number=statement))
        return url_for("charges.statement", park=park, statement=statement)

    return _decide(park, statement, form, "charges/dispute.html", deed)


@bp.route("/parks/<park>/statements/<statement>/close", methods=["GET", "POST"])
def close(park: str, statement: str) -> ResponseReturnValue:
    """Be done with a statement."""
    form = ReasonForm()

    def deed(row: Statement, park_: Park) -> str:
        actions.close(row, park=park_, reason=form.reason.data or "", version=form.at_version, actor=me(), now=clock.now())
        flash(_("%(number)s is closed.", number=statement))
        return url_for("charges.statement", park=park, statement=statement)

    return _decide(park, statement, form, "charges/close.html", deed)


@bp.route("/parks/<park>/statements/<statement>/adjust", methods=["GET", "POST"])
def adjust(park: str, statement: str) -> ResponseReturnValue:
    """Mend a statement by a line with a reason."""
    form = AdjustForm()

    def deed(row: Statement, park_: Park) -> str:
        money = amount(given(form.amount.data), row.currency)
        found = actions.adjust(row, money, form.reason.data or "", park=park_, version=form.at_version, actor=me(), now=clock.now())
        flash(_("The adjustment stands in %(number)s.", number=found.number))
        return url_for("charges.statement", park=park, statement=found.number)

    return _decide(park, statement, form, "charges/adjust.html", deed)
