"""The pages of bookings: the list, one booking and what is done with it, and the inbox of requests.

Pages of finding, calendars, doors, rules and closures are in modules beside this one, on the same blueprint.
"""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("bookings", __name__)
