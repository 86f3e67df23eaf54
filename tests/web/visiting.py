"""Somebody's browser."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from parkmgr import clock
from parkmgr.accounts import actions
from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.policy import Actor


class Visitor:
    """A browser with its cookies. Each request has an application context of its own, as it has when the park is served."""

    def __init__(self, app: Flask, address: str = "192.0.2.1") -> None:
        self.app = app
        self.address = address
        self.client = app.test_client()

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Return the answer to a request."""
        db.session.rollback()
        with self.app.app_context():
            return self.client.open(path, method=method, environ_overrides={"REMOTE_ADDR": self.address}, buffered=True, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Return a page."""
        return self.open(path, **options)

    def post(self, path: str, **data: Any) -> TestResponse:
        """Return the answer to a form."""
        return self.open(path, "POST", data=data)

    def sign_in(self, email: str, password: str, *, onward: str = "") -> TestResponse:
        """Return the answer to the sign-in form."""
        return self.post("/sign-in" + onward, email=email, password=password)

    def is_(self, who: User | Actor) -> Visitor:
        """The visitor is signed in, by whatever way; the form is tested where it is meant."""
        user_id = who.id if isinstance(who, User) else who.user_id
        with transaction():
            token = actions.begin(db.session.get_one(User, user_id), now=clock.now())
        with self.client.session_transaction() as session:
            session["_user_id"] = token
        return self

    @property
    def cookie(self) -> str:
        """What is kept of the park in this browser."""
        found = self.client.get_cookie("parkmgr")
        return found.value if found else ""

    def with_cookie(self, value: str) -> Visitor:
        """Return another browser with a copied cookie."""
        thief = Visitor(self.app, "198.51.100.7")
        thief.client.set_cookie("parkmgr", value)
        return thief

    @property
    def signed_in(self) -> bool:
        """Whether the park knows who this is."""
        return self.get("/me").status_code == 200
