"""A browser in front of the park."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.visiting import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger's browser."""
    return Visitor(app)
