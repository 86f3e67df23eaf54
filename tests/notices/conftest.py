"""A post office, the outbox, and mails to write."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.notices import actions
from parkmgr.notices.models import Notice
from tests.conftest import NOW
from tests.making import Maker


class PostOffice(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps what it takes, refuses whom it does not know, and can be made to hang before or after it takes a letter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.letters: list[bytes] = []
        self.unknown: set[bytes] = set()
        self.hangs = ""
        self.reached = threading.Event()
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def read(self) -> list[EmailMessage]:
        """Return what was taken."""
        return [message_from_bytes(letter, policy=policy.default) for letter in self.letters]  # type: ignore[misc]


class _Clerk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # whoever asked is gone
            self._serve()

    def _serve(self) -> None:
        self.say("220 post")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.hang("before")
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(b"".join(lines))
                self.hang("after")
            elif word == b"RCPT" and any(address in line for address in self.server.unknown):
                self.say("550 nobody of this name")
                continue
            elif word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")

    def hang(self, when: str) -> None:
        if self.server.hangs == when:
            self.server.reached.set()
            self.server.go_on.wait(60)
            raise OSError("hung up")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A post office on a free port."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, daemon=True)
        thread.start()
        yield office
        office.go_on.set()
        office.shutdown()
        thread.join()


MAILS = {
    "mail/told.txt": "Subject: {{ word('role', 'administrator') }}: {{ what }}\n\n{{ receiver.name }}\n{{ at|instant if at else '' }}\n"
    "{{ address('leases.show', park='HIT', number='L-1') }}\n",
    "mail/without_subject.txt": "Dear reader,\n\nnothing.\n",
}


@pytest.fixture(autouse=True)
def mails(app: Flask) -> None:
    """Two mails to write, beside those of the park."""
    app.jinja_env.loader = ChoiceLoader([DictLoader(MAILS), app.jinja_env.loader])  # type: ignore[list-item]


@pytest.fixture
def ann(make: Maker) -> User:
    """Whoever is told."""
    return make.user("ann@parkmgr.example", language="en")


@pytest.fixture
def tell(app: Flask) -> Callable[..., int]:
    """Tell somebody of an event; return the id of the notice."""

    def telling(user: User, what: str = "the hall", *, key: str = "event", **more: object) -> int:
        user_id = user.id
        with transaction():
            receiver = db.session.get_one(User, user_id)
            actions.post(receiver, "told", **{"key": key, "now": NOW, "what": what, **more})
        return db.session.scalars(db.select(Notice.id).order_by(Notice.id.desc())).first() or 0

    return telling
