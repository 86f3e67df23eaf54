"""Pages of the slice."""

from __future__ import annotations

from flask import Blueprint

import parkmgr.housing.models  # noqa: F401 - its tables are the register's

bp = Blueprint("housing", __name__)
