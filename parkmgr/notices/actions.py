"""Every change of notices (the signature stands; the outbox behind it is being written)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from parkmgr.accounts.models import User


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
    """The notice templates/mail/<template>.txt is in the outbox, in the receiver's language and the park's zone; a key once."""
