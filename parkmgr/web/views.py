"""Pages of no slice: health, and the reader's language and theme."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, session
from sqlalchemy import text
from werkzeug.wrappers import Response as AnyResponse

from parkmgr.db import db
from parkmgr.values import LANGUAGES
from parkmgr.web.door import local

bp = Blueprint("web", __name__)


@bp.get("/health")
def health() -> Response:
    """Answer whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")


@bp.post("/language")
def language() -> AnyResponse:
    """Choose a language for this browser."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        abort(400)
    session["language"] = wanted
    return redirect(local(request.form.get("next")) or "/", 303)


@bp.post("/theme")
def theme() -> AnyResponse:
    """Choose light, dark or the system's theme for this browser."""
    wanted = request.form.get("theme", "")
    if wanted not in ("light", "dark", "auto"):
        abort(400)
    session["theme"] = wanted
    return redirect(local(request.form.get("next")) or "/", 303)
