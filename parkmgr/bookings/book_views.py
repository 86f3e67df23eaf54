"""The page that books: what would be booked, what the rules say of it, and the deed."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from parkmgr.bookings.views import bp
from parkmgr.places.views import here
from parkmgr.web.page import page


@bp.route("/parks/<park>/book", methods=["GET", "POST"])
def book(park: str) -> ResponseReturnValue:
    """Book spaces: look at it, then confirm."""
    return page("bookings/book.html", form=None, park=here(park))
