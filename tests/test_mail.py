"""Mails, to a server that is really there."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
import structlog

from parkmgr import mail
from parkmgr.mail import Mail


class Post(socketserver.ThreadingTCPServer):
    """A small SMTP server that keeps what it takes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.letters: list[bytes] = []
        self.refuses = False
        self.came = threading.Event()


class _Clerk(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self.say("220 post")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.server.came.set()
            elif word == b"RCPT" and self.server.refuses:
                self.say("550 nobody here")
                continue
            elif word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[Post]:
    """A post office on a free port."""
    with Post() as post:
        thread = threading.Thread(target=post.serve_forever, daemon=True)
        thread.start()
        yield post
        post.shutdown()
        thread.join()


def url(server: Post) -> str:
    return f"smtp://127.0.0.1:{server.server_address[1]}"


LETTER = Mail("ann@parkmgr.example", "Новый пароль 新密码", "https://park.example/reset/abc\n\nПарк")


def test_a_letter_arrives_in_any_script(server: Post) -> None:
    mail.send(LETTER, smtp_url=url(server), sender="park@park.example")
    letter = message_from_bytes(server.letters[0], policy=policy.default)
    assert (letter["To"], letter["From"], letter["Subject"]) == (LETTER.to, "park@park.example", LETTER.subject)
    assert letter.get_content().splitlines() == LETTER.text.splitlines()
    assert letter["Auto-Submitted"] == "auto-generated"


def test_posting_does_not_wait(server: Post) -> None:
    mail.post(LETTER, smtp_url=url(server), sender="park@park.example")
    assert server.came.wait(10)


def test_a_server_that_refuses_or_is_not_there_fails_no_page(server: Post) -> None:
    server.refuses = True
    with structlog.testing.capture_logs() as lines:
        mail._send(LETTER, url(server), "park@park.example")
        mail._send(LETTER, "smtp://127.0.0.1:1", "park@park.example")
        mail._send(LETTER, "gopher://x", "park@park.example")
    assert [line["event"] for line in lines] == ["mail.failed"] * 3
    assert not server.letters


def test_a_password_is_not_sent_in_the_clear() -> None:
    with Post() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        with pytest.raises(mail.BadAddress, match="no encryption"):
            mail.send(LETTER, smtp_url=f"smtp://me:secret@127.1:{port}", sender="park@park.example")
        server.shutdown()


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: evil@evil.example", "a@b.example\nX: y"])
def test_no_head_is_smuggled_in(to: str) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail.message(Mail(to, "x", "y"), sender="park@park.example")


def test_without_a_server_a_letter_is_a_line_of_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        mail.post(LETTER, smtp_url="", sender="park@park.example")
    assert (lines[0]["to"], lines[0]["text"]) == (LETTER.to, LETTER.text)
