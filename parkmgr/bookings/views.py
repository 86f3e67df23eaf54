"""The pages of bookings: the list, one booking and what is done with it, and the inbox of requests.

Pages of finding, calendars, doors, rules and closures are in modules beside this one, on the same blueprint.
"""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from parkmgr.bookings import queries
from parkmgr.places.views import here
from parkmgr.web.door import me
from parkmgr.web.page import page

bp = Blueprint("bookings", __name__)


@bp.get("/parks/<park>/bookings/<number>")
def show(park: str, number: str) -> ResponseReturnValue:
    """Show a booking."""
    found = here(park)
    return page("bookings/show.html", park=found, booking=queries.booking(number, me(), park=park))
