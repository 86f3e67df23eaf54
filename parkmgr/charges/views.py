"""Pages of the slice."""

from __future__ import annotations

from flask import Blueprint

import parkmgr.charges.models  # noqa: F401 - its tables are the register's

bp = Blueprint("charges", __name__)
