"""Every change of notices. They are no facts of the park: the deed that they tell of has the audit entry.

A notice is written with its deed, or not at all; a worker sends it later. To send is no transaction, so it stands between two: one claims
the notice, one notes that it is sent. A worker that is killed between leaves the claim, which runs out; the notice is then sent
again under the same Message-ID, by which mail programs know the second for the first.
"""

from __future__ import annotations

import hashlib
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from flask import current_app, g
from flask_babel import force_locale

from parkmgr import mail
from parkmgr.accounts.models import User
from parkmgr.db import db, transaction
from parkmgr.mail import BadAddress, Mail
from parkmgr.notices import queries, rules
from parkmgr.notices.models import Notice
from parkmgr.searching import searchable
from parkmgr.web.door import config_public_url

log = structlog.get_logger()

ROUND_SECONDS = 60
"""After which no further notice is claimed: with the longest sending and noting, less than a claim holds."""
NOTING_SECONDS = 300
"""How long to wait for the turn to note that a notice is sent; it must not be sent again because somebody imports."""
OF_THIS_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError, ValueError)
"""What the server, or Python, has against one letter; the others may be sent all the same."""


# Writing


def post(
    receiver: User,
    template: str,
    *,
    key: str,
    now: datetime,
    park_id: int | None = None,
    about: str = "",
    zone: ZoneInfo | None = None,
    **context: object,
) -> None:
    """The notice templates/mail/<template>.txt is in the outbox, in the receiver's language and the park's zone.

    A receiver has one notice of a key, however often it is posted. The template begins with `Subject: …` and an empty line. It may say
    `receiver`, and `address("leases.show", park=…, number=…)` for a link. key: names the event. zone: UTC when there is none.
    """
    own_key = f"{key} to {receiver.id}"
    if queries.is_told(own_key):
        return
    with _read_in(receiver.language, zone):
        found = current_app.jinja_env.get_template(f"mail/{template}.txt")
        subject, text = rules.letter(found.render(receiver=receiver, address=_address, **context))
    db.session.add(
        Notice(
            key=own_key,
            user_id=receiver.id,
            address=receiver.email,
            language=receiver.language,
            subject=subject,
            text=text,
            search=searchable(None, receiver.email, subject, about),
            park_id=park_id,
            about=about,
            created_at=now,
            due_at=now,
        )
    )
    db.session.flush()


@contextmanager
def _read_in(language: str, zone: ZoneInfo | None) -> Iterator[None]:
    """Inside, texts and formats are in another reader's language and zone, also where there is no request."""
    before = g.pop("zone", None)
    if zone is not None:
        g.zone = zone
    try:
        with force_locale(language):
            yield
    finally:
        g.pop("zone", None)
        if before is not None:
            g.zone = before


def _address(endpoint: str, **values: object) -> str:
    """Return the public address of a page. Why not url_for: it asks the request, and there may be none."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return config_public_url() + path


# Sending


def deliver(now: datetime, *, smtp_url: str, sender: str, most: int = 50) -> int:
    """What is due is sent, or is tried again later; return how many were sent. Without a mail server nothing happens.

    A server that does not answer ends the round: the others would meet the same.
    """
    if not smtp_url:
        return 0
    began = time.monotonic()
    sent = 0
    for _ in range(most):
        if time.monotonic() - began > ROUND_SECONDS:
            break
        claim = _claim(now)
        if claim is None:
            break
        try:
            mail.send(claim.letter, smtp_url=smtp_url, sender=sender)
        except (OSError, smtplib.SMTPException, BadAddress, ValueError) as error:
            _note_failure(claim, _said(error), now)
            if not isinstance(error, OF_THIS_LETTER):
                break
        else:
            _note_sent(claim, now)
            sent += 1
    return sent


@dataclass(frozen=True, slots=True)
class _Claim:
    """A notice that this worker sends, read before the transaction ended."""

    id: int
    attempt: int
    letter: Mail


def _claim(now: datetime) -> _Claim | None:
    """Nobody else sends the next notice that is due until the claim runs out; None when nothing is due."""
    due = queries.next_due(now) is not None  # asked first, so that an empty outbox keeps no writer waiting
    db.session.rollback()
    if not due:
        return None
    with transaction():
        notice = queries.next_due(now)
        if notice is None:
            return None
        notice.trying_at, notice.due_at = now, now + rules.CLAIM
        notice.attempts += 1
        return _Claim(notice.id, notice.attempts, _letter(notice))


def _letter(notice: Notice) -> Mail:
    name = f"notice.{notice.id}.{hashlib.sha256(notice.key.encode()).hexdigest()[:24]}"
    return Mail(notice.address, notice.subject, notice.text, name=name)


def _note_sent(claim: _Claim, now: datetime) -> None:
    with transaction(within=NOTING_SECONDS):
        notice = db.session.get_one(Notice, claim.id)
        if notice.sent_at is None:
            notice.sent_at, notice.failure = now, ""
    log.info("notices.sent", notice=claim.id)


def _note_failure(claim: _Claim, failure: str, now: datetime) -> None:
    with transaction(within=NOTING_SECONDS):
        notice = db.session.get_one(Notice, claim.id)
        if notice.sent_at is None and notice.attempts == claim.attempt:
            notice.failure, notice.due_at = failure, now + rules.pause(claim.attempt)
    log.warning("notices.failed", notice=claim.id, attempt=claim.attempt, error=failure)


def _said(error: Exception) -> str:
    """Return what went wrong, as the outbox shows it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(_answer(code, answer) for code, answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return rules.storable(str(error) or type(error).__name__)[:500]


def _answer(code: int, answer: bytes | str) -> str:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return rules.storable(f"{code} {said}")[:500]
