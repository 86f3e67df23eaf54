"""People with passwords."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from flask import Flask

from parkmgr.accounts import actions
from parkmgr.accounts.models import User
from tests.making import Maker
from tests.web.visiting import Visitor

PASSWORD = "the hall has two halves"
"""Everybody's."""


@cache
def hashed(password: str) -> str:
    """Return its hash, computed once for all tests."""
    return actions.hashed(password)


@pytest.fixture
def somebody(make: Maker) -> Callable[..., User]:
    """Make an account that opens by PASSWORD."""

    def making(email: str = "ann@parkmgr.example", **more: object) -> User:
        return make.user(email, password_hash=hashed(PASSWORD), **more)

    return making


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger's browser."""
    return Visitor(app)
