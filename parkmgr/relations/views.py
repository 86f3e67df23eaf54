"""Pages on what an organisation is to the park."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("relations", __name__)
