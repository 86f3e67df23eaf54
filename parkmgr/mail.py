"""Mails: by SMTP where it is set, else into the log, where whoever runs the park can read them."""

from __future__ import annotations

import functools
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

import structlog

from parkmgr import clock

log = structlog.get_logger()

TIMEOUT = 15
"""Seconds."""


class BadAddress(Exception):
    """PARKMGR_SMTP_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A text to one person."""

    to: str
    subject: str
    text: str
    name: str = ""
    """The part of its Message-ID before the @, for a mail that may have to be sent again; a new one when empty."""


def post(mail: Mail, *, smtp_url: str, sender: str) -> None:
    """The mail is on its way, or in the log. It is sent aside: how long that takes says nothing about who got one."""
    if not smtp_url:
        log.info("mail", to=mail.to, subject=mail.subject, text=mail.text)
        return
    _outbox().submit(_send, mail, smtp_url, sender)


@functools.cache
def _outbox() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="mail")


def _send(mail: Mail, smtp_url: str, sender: str) -> None:
    try:
        send(mail, smtp_url=smtp_url, sender=sender)
    except (OSError, smtplib.SMTPException, BadAddress, ValueError) as error:
        log.error("mail.failed", to=mail.to, subject=mail.subject, error=str(error))
    else:
        log.info("mail.sent", to=mail.to, subject=mail.subject)


def message(mail: Mail, *, sender: str) -> EmailMessage:
    """Return the message as it travels.

    Raises:
        ValueError: when a head has a line break in it.
    """
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, mail.to, mail.subject
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    letter["Date"], letter["Message-ID"] = (
        format_datetime(clock.now()),
        f"<{mail.name}@{domain}>" if mail.name else make_msgid(domain=domain),
    )
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.text)
    return letter


def send(mail: Mail, *, smtp_url: str, sender: str) -> None:
    """The server has taken the mail.

    Raises:
        BadAddress: smtp_url is none, or would send a password in the clear.
        OSError, smtplib.SMTPException: the server does not answer, or refuses.
    """
    letter = message(mail, sender=sender)
    address = urlsplit(smtp_url)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise BadAddress("PARKMGR_SMTP_URL is written smtp://user:password@host:port or smtps://…")
    safe = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(address.hostname, address.port or 465, timeout=TIMEOUT, context=safe)
        if address.scheme == "smtps"
        else smtplib.SMTP(address.hostname, address.port or 587, timeout=TIMEOUT)
    ) as server:
        server.ehlo()
        if address.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=safe)
            server.ehlo()
        elif address.scheme == "smtp" and address.username and address.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise BadAddress("the server offers no encryption, so the password is not sent to it")
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(letter)
