"""The door: nobody comes to a view that the policy table does not open to them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.routing import IntegerConverter, Map

from parkmgr import clock
from parkmgr.policy import DEEDS, STRANGER, Actor


class Key(IntegerConverter):
    """A whole number in an address, at most what the database can hold: a larger one is not found, and breaks nothing."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - the name that Werkzeug gives it
        super().__init__(map, *args, **{"max": 2**63 - 1, **options})


def me() -> Actor:
    """Return who is asking, with the grants that hold today."""
    if "actor" not in g:
        actor: Actor = getattr(current_user, "actor", STRANGER)
        g.actor = actor.on(clock.now().astimezone(UTC).date())
    found: Actor = g.actor
    return found


def may(deed: str, park_id: int | None = None) -> bool:
    """Tell whether who is asking may do *deed* (in a park). For templates: a button that would be refused is not shown."""
    return me().may(deed, park_id)


def enter() -> ResponseReturnValue | None:
    """Let the request in, send the stranger to sign in, or refuse."""
    endpoint = request.endpoint
    if endpoint is None:
        return None  # 404 or 405, answered by Flask
    if "\x00" in request.path:
        raise NotFound  # PostgreSQL cannot even be asked for it
    if may(endpoint):
        return None
    if me().user_id is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    raise Forbidden


def unlisted(app: Flask) -> list[str]:
    """Return the endpoints that have no line in the policy table."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()} - DEEDS.keys())


def close(app: Flask) -> None:
    """Every request passes the door, and no endpoint is without a line.

    Raises:
        RuntimeError: naming the endpoints that the policy table forgot.
    """
    forgotten = unlisted(app)
    if forgotten:
        raise RuntimeError(f"no line in parkmgr/policy.py for: {', '.join(forgotten)}")
    app.before_request(enter)


def local(target: str | None) -> str | None:
    """Return *target* when it is a path of this application; None for anything else that `next=` may hold.

    Why so strict: browsers read `//evil`, `/\\evil` and `/<TAB>/evil` as other hosts.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in target):
        return None
    return target


def config_public_url() -> str:
    """Return the fixed public address; a Host header never gets into a link."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")
