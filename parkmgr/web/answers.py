"""Errors and refusals as pages: one place where the ways of saying no become HTTP."""

from __future__ import annotations

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, SecurityError

from parkmgr.db import db
from parkmgr.errors import Missing, Refused, Stale
from parkmgr.policy import STRANGER
from parkmgr.web.formats import sentence

log = structlog.get_logger()


def _said(code: int, title: str, text: str, reasons: list[str] | None = None) -> ResponseReturnValue:
    return render_template("error.html", code=code, title=title, text=text, reasons=reasons or []), code


def missing(_error: Exception) -> ResponseReturnValue:
    """404, the same for what is not there and for what is not the reader's."""
    return http(NotFound())


def refused(error: Refused) -> ResponseReturnValue:
    """422 with every reason, for deeds that have no form to show them in."""
    return _said(
        422, _("This cannot be done"), _("Nothing was changed. The reasons:"), [sentence(objection) for objection in error.objections]
    )


def stale(_error: Stale) -> ResponseReturnValue:
    """409 for the second of two open forms."""
    text = _("Somebody else changed this after you opened it. Go back, copy what you typed, reload the page and look at what is new.")
    return _said(409, _("Somebody was faster"), text)


def forged(_error: CSRFError) -> ResponseReturnValue:
    """400 for a form without a valid token."""
    return _said(400, _("The form has expired"), _("Nothing was changed. Go back, reload the page and send the form again."))


def busy(error: exc.SQLAlchemyError) -> ResponseReturnValue:
    """503 when the database does not answer; the page asks it nothing, not even who is reading."""
    _unread()
    log.error("database.unavailable", path=request.path, error=str(error))
    return _said(503, _("The register does not answer"), _("Nothing was changed. Try again in a moment."))


def unfit(error: exc.DataError) -> ResponseReturnValue:
    """400 for what no column can hold, asked for in an address: PostgreSQL refuses the question itself."""
    db.session.rollback()
    log.warning("request.unfit", path=request.path, error=str(error.orig))
    return http(BadRequest())


def http(error: HTTPException) -> ResponseReturnValue:
    """Any other answer of HTTP, in the park's words."""
    code = error.code or 500
    if code < 400 or isinstance(error, SecurityError):
        return error  # a Host header that is not the park's gets into no page
    texts = {
        400: (_("Not understood"), _("The browser sent something that cannot be read. Nothing was changed.")),
        403: (_("Not for your role"), _("Your role does not include this. Ask a park administrator if you need it.")),
        404: (_("Not found"), _("There is no such page, or it is not for you. Check the address, or go back to where you came from.")),
        405: (_("Not possible here"), _("This address does not answer that kind of request.")),
        413: (_("Too large"), _("The file or form is larger than this park accepts. Nothing was changed.")),
        429: (_("Too many tries"), _("Wait a minute and try again.")),
    }
    title, text = texts.get(
        code, (_("This did not work"), _("Nothing was changed. Try again; if it happens again, tell the park's administrator."))
    )
    return _said(code, title, text)


def _unread() -> None:
    db.session.rollback()
    g.actor, g._login_user = STRANGER, AnonymousUserMixin()  # what Flask-Login keeps of a request, and what the door does


def failed(error: Exception) -> ResponseReturnValue:
    """500: a mistake in the program. It is logged whole; the page says that nothing was changed."""
    _unread()
    log.error("request.failed", path=request.path, method=request.method, exc_info=error)
    return _said(500, _("A mistake in the program"), _("Nothing was changed. The mistake has been written to the log."))


def install(app: Flask) -> None:
    """The application answers errors with these pages."""
    app.register_error_handler(Missing, missing)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(Stale, stale)
    app.register_error_handler(CSRFError, forged)
    for silent in (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError):
        app.register_error_handler(silent, busy)
    app.register_error_handler(exc.DataError, unfit)
    app.register_error_handler(HTTPException, http)
    if not app.testing:
        app.register_error_handler(Exception, failed)
