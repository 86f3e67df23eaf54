"""A statement on paper. It is no issued report: what it says is the statement's as it stands, and it names when that was."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.charges import queries as charges
from parkmgr.charges.models import Statement
from parkmgr.charges.views import line_said
from parkmgr.db import db
from parkmgr.places.models import Park
from parkmgr.places.views import here, named
from parkmgr.reports import drawings, pdf
from parkmgr.reports.views import bp
from parkmgr.values import LANGUAGES, Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.sheets import attachment

SECONDS = 120
"""Whoever asks waits for it."""


def paper(park: Park, statement: Statement, lines: list[Any], *, language: str) -> str:
    """Return a statement as the HTML of its paper."""
    g.zone = park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/statement.html").render(
            park=park,
            statement=statement,
            month=f"{statement.month:%Y-%m}",
            total=Money(statement.total_minor, statement.currency),
            sums=charges.sums(statement),
            lines=lines,
            said=line_said,
            money=Money,
            named=named,
            fit=drawings.clipped,
            language=language,
            now=clock.now().replace(microsecond=0),
        )


@bp.get("/parks/<park>/statements/<statement>/paper", endpoint="statement")
def statement_paper(park: str, statement: str) -> ResponseReturnValue:
    """Give a statement out as a PDF."""
    found = here(park)
    shown = charges.statement(statement, me(), "reports.statement", park=found.code)
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else formats.language()
    lines = list(db.session.execute(charges.in_order(shown.id)))
    html = paper(found, shown, lines, language=language)
    db.session.rollback()  # a PDF takes long, and needs the register no more
    try:
        content = pdf.render(html, issued_at=clock.now().replace(microsecond=0), seconds=SECONDS)
    except pdf.NotRendered as reason:
        flash(_("The PDF could not be drawn: %(why)s", why=_(str(reason))), "error")
        return redirect(url_for("charges.statement", park=park, statement=statement), 303)
    return attachment(content, f"{statement}.pdf", "application/pdf")
