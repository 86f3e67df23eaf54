"""When a notice is tried again, and what becomes of a subject."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parkmgr.notices.rules import letter, pause


def test_pauses_grow_to_a_day() -> None:
    pauses = [pause(attempts) for attempts in range(1, 8)]
    assert pauses == [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 1440, 1440, 1440)]


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        ("Subject: The hall", "The hall"),
        ("\n Subject:  Большой   зал", "Большой зал"),
        ("Subject: a\r\nBcc: evil@evil.example", "a Bcc: evil@evil.example"),
        ("Subject: a\u2028Bcc:\x0bevil\x85", "a Bcc: evil"),
        ("Subject: a\x00b\u202ec", "abc"),
    ],
)
def test_a_subject_is_one_line(head: str, subject: str) -> None:
    assert letter(head + "\n\nText.\n\nMore.\n") == (subject, "Text.\n\nMore.\n")


def test_a_mail_without_a_subject_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="Subject"):
        letter("Dear reader,\n\nnothing.")
