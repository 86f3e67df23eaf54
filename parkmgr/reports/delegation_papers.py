"""Invitation and programme of a delegation, in two languages side by side. No issued reports: they say what is agreed, and as at when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.cooperation import delegation_actions
from parkmgr.cooperation import delegation_queries as queries
from parkmgr.cooperation.models import Delegation, DelegationItem, DelegationMember
from parkmgr.cooperation.rules import DelegationState, ItemKind
from parkmgr.db import db, transaction
from parkmgr.errors import Missing
from parkmgr.places.models import Building, Park
from parkmgr.places.views import here
from parkmgr.policy import Role
from parkmgr.reports import pdf
from parkmgr.reports.views import bp
from parkmgr.values import Names, day_of
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.sheets import attachment
from parkmgr.web.words import word

SECONDS = 60
"""Whoever asks waits for it."""
READY = (DelegationState.APPROVED, DelegationState.INVITED, DelegationState.CONFIRMED, DelegationState.REPORTED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the programme in one language. on: its day."""

    on: date
    time: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in one of the two columns."""

    language: str
    title: str
    park: str
    to: str
    paragraphs: tuple[str, ...]
    members_title: str
    programme_title: str
    days: tuple[tuple[str, tuple[Line, ...]], ...]
    host: str
    signature: str
    number: str


def _column(
    language: str, kind: str, park: Park, shown: Delegation, items: Sequence[DelegationItem], buildings: dict[int, Names]
) -> Column:
    with force_locale(language):
        days: dict[date, list[Line]] = {}
        for item in items:
            on = day_of(item.starts_at, park.zone)
            days.setdefault(on, []).append(_line(item, on, shown, buildings))
        return Column(
            language,
            _("Invitation") if kind == "invitation" else _("Programme of the visit"),
            formats.names(park.names),
            formats.names(shown.guest.names),
            _paragraphs(park, shown, items),
            _("Members of the delegation"),
            _("Programme of the visit"),
            tuple((formats.day(on), tuple(lines)) for on, lines in sorted(days.items())),
            formats.names(shown.host.names),
            _("Signature, seal"),
            _("Visit %(number)s", number=shown.number),
        )


def _line(item: DelegationItem, on: date, shown: Delegation, buildings: dict[int, Names]) -> Line:
    home = item.kind == ItemKind.HOME
    time = _("until %(day)s", day=formats.day(shown.leaves_on)) if home else formats.hours(item.starts_at, item.ends_at)
    what = word("programme_item", item.kind)
    if item.title:
        what = f"{what}: {item.title}"
    where = ""
    if item.space is not None:
        where = f"{item.space.code}, {formats.names(buildings[item.space.building_id])}"
    elif item.provider:
        where = item.provider
    return Line(on, time, what, where)


def _paragraphs(park: Park, shown: Delegation, items: Sequence[DelegationItem]) -> tuple[str, ...]:
    facts = {"guest": formats.names(shown.guest.names), "host": formats.names(shown.host.names), "park": formats.names(park.names)}
    first, last = formats.day(shown.arrives_on), formats.day(shown.leaves_on)
    said = [
        _(
            "%(host)s invites a delegation of %(guest)s, %(people)s people, to visit %(park)s from %(first)s to %(last)s.",
            people=formats.number(shown.people),
            first=first,
            last=last,
            **facts,
        ),
        _("Purpose of the visit: %(purpose)s.", purpose=formats.names(shown.names)),
    ]
    if shown.agreement is not None:
        said.append(
            _(
                "The visit is under the agreement %(number)s, “%(title)s”.",
                number=shown.agreement.number,
                title=formats.names(shown.agreement.names),
            )
        )
    kinds = {item.kind for item in items}
    beds = sum(item.people for item in items if item.kind == ItemKind.HOME)
    if beds:
        said.append(_("For %(beds)s guests a flat of the park is ready on all nights.", beds=formats.number(beds)))
    if ItemKind.INTERPRETER in kinds:
        said.append(_("The talks are interpreted."))
    if ItemKind.TRANSPORT in kinds:
        said.append(_("A car fetches the guests on the first day, and takes them back on the last."))
    return tuple(said)


def paper(kind: str, park: Park, shown: Delegation, items: Sequence[DelegationItem], members: Sequence[DelegationMember]) -> str:
    """Return invitation or programme as the HTML of its paper. members: only for who may read them."""
    g.zone = park.zone
    buildings = {row.id: row.names for row in db.session.scalars(db.select(Building).where(Building.park_id == park.id))}
    languages = list(dict.fromkeys((shown.language, shown.host_language)))
    columns = [_column(language, kind, park, shown, items, buildings) for language in languages]
    with force_locale(languages[0]):
        return current_app.jinja_env.get_template("paper/delegation.html").render(
            kind=kind,
            park=park,
            shown=shown,
            columns=columns,
            rows=list(zip(*(column.days for column in columns), strict=True)),
            said=list(zip(*(column.paragraphs for column in columns), strict=True)),
            members=members,
            now=clock.now().replace(microsecond=0),
            language=languages[0],
        )


def _given(park: str, delegation: str, kind: str) -> ResponseReturnValue:
    """Return the PDF; the cooperation desk's invitation names the members, and that it was printed is noted.

    Raises:
        Missing: the visit is not approved.
    """
    found = here(park)
    shown = queries.delegation(delegation, me(), f"reports.{kind}", park=found.code)
    if shown.state not in READY:
        raise Missing
    names = kind == "invitation" and Role.COOPERATION_DESK in me().roles(found.id) and shown.erased_at is None
    if names:
        db.session.rollback()
        with transaction():
            row = queries.delegation(delegation, me(), f"reports.{kind}", park=park)
            delegation_actions.look(row, actor=me(), now=clock.now())
        found = here(park)
        shown = queries.delegation(delegation, me(), f"reports.{kind}", park=park)
    html = paper(kind, found, shown, queries.items(shown.id), queries.members(shown.id) if names else ())
    db.session.rollback()  # a PDF takes long, and needs the register no more
    try:
        content = pdf.render(html, issued_at=clock.now().replace(microsecond=0), seconds=SECONDS)
    except pdf.NotRendered as reason:
        flash(_("The PDF could not be drawn: %(why)s", why=_(str(reason))), "error")
        return redirect(url_for("cooperation.delegation", park=park, delegation=delegation), 303)
    return attachment(content, f"{delegation}-{kind}.pdf", "application/pdf")


@bp.get("/parks/<park>/delegations/<delegation>/invitation", endpoint="invitation")
def invitation(park: str, delegation: str) -> ResponseReturnValue:
    """Give the invitation of a delegation out as a PDF in two languages."""
    return _given(park, delegation, "invitation")


@bp.get("/parks/<park>/delegations/<delegation>/programme-paper", endpoint="programme")
def programme(park: str, delegation: str) -> ResponseReturnValue:
    """Give the programme of a delegation out as a PDF in two languages."""
    return _given(park, delegation, "programme")
