"""Pages of cooperation."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("cooperation", __name__)
