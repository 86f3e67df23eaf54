"""Pages of the slice."""

from __future__ import annotations

from flask import Blueprint

import parkmgr.people.models  # noqa: F401 - its tables are the register's

bp = Blueprint("people", __name__)
