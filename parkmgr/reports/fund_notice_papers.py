"""A capital call or a distribution on paper, for one partner. It is no issued report: it says what was told, and as at when."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from parkmgr import clock
from parkmgr.db import db
from parkmgr.errors import Missing
from parkmgr.funds import queries, rules
from parkmgr.funds.models import FundNotice
from parkmgr.funds.queries import Part
from parkmgr.funds.rules import Metrics
from parkmgr.organisations.models import Organisation
from parkmgr.places.models import Park
from parkmgr.places.views import here
from parkmgr.reports import pdf
from parkmgr.reports.views import bp
from parkmgr.values import LANGUAGES, Money
from parkmgr.web import formats
from parkmgr.web.door import me
from parkmgr.web.sheets import attachment

SECONDS = 60
"""Whoever asks waits for it."""


def paper(park: Park, notice: FundNotice, partner: Organisation, part: Part, standing: Metrics, *, language: str) -> str:
    """Return a notice to a partner as the HTML of its paper. standing: the partner's account at the end of the day of the notice."""
    g.zone = park.zone
    with force_locale(language):
        return current_app.jinja_env.get_template("paper/fund_notice.html").render(
            park=park,
            notice=notice,
            fund=notice.fund,
            partner=partner,
            part=part,
            standing=standing,
            money=Money,
            language=language,
            now=clock.now().replace(microsecond=0),
        )


@bp.get("/parks/<park>/fund-notices/<notice>/<organisation>/paper", endpoint="fund_notice")
def fund_notice(park: str, notice: str, organisation: str) -> ResponseReturnValue:
    """Give a notice to a partner out as a PDF; a partner gets her own."""
    found = here(park)
    shown = queries.notice(notice, me(), "reports.fund_notice", park=found.code)
    own, parts = queries.partners_of(me(), shown.fund), queries.parts(shown.id)
    partners = [one for one in queries.organisations(parts).values() if one.code == organisation and (own is None or one.id in own)]
    if not partners:
        raise Missing
    partner = partners[0]
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else formats.language()
    facts = queries.facts([shown.fund_id])[shown.fund_id]
    standing = rules.partners(facts, shown.notified_on)[partner.id]
    html = paper(found, shown, partner, parts[partner.id], standing, language=language)
    db.session.rollback()  # a PDF takes long, and needs the register no more
    try:
        content = pdf.render(html, issued_at=clock.now().replace(microsecond=0), seconds=SECONDS)
    except pdf.NotRendered as reason:
        flash(_("The PDF could not be drawn: %(why)s", why=_(str(reason))), "error")
        return redirect(url_for("funds.notice", park=park, notice=notice), 303)
    return attachment(content, f"{notice}-{organisation}.pdf", "application/pdf")
