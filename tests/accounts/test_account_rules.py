"""When a password will do, and how tries are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parkmgr.accounts import rules

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "against"),
    [
        pytest.param("twelve chars", [], id="twelve characters"),
        pytest.param("eleven char", ["too_short"], id="eleven"),
        pytest.param("", ["too_short"], id="none"),
        pytest.param("十二个字也可以作为密码吧", [], id="twelve Chinese characters"),
        pytest.param("1a" * 500, ["too_plain"], id="two characters over and over"),
        pytest.param("abcdefgh" * 125, [], id="a thousand"),
        pytest.param("abcdefgh" * 125 + "a", ["too_long"], id="a thousand and one"),
        pytest.param("Ivan.Petrov@parkmgr.example", ["is_email"], id="the address"),
        pytest.param("ivan.petrov-", [], id="nearly the name of the address"),
        pytest.param(" ИВАН Сергеевич ", ["is_email"], id="the name"),
    ],
)
def test_passwords(password: str, against: list[str]) -> None:
    found = rules.password_objections(password, email="ivan.petrov@parkmgr.example", name="Иван Сергеевич")
    assert [objection.code.removeprefix("accounts.password_") for objection in found] == against


def test_minutes_are_rounded_up_and_never_none() -> None:
    assert rules.minutes_left(NOW, NOW) == 15
    assert rules.minutes_left(NOW, NOW + timedelta(minutes=14, seconds=1)) == 1
    assert rules.minutes_left(NOW, NOW + timedelta(minutes=13, seconds=59)) == 2
    assert rules.minutes_left(NOW, NOW + timedelta(hours=1)) == 1


def test_a_code_of_a_used_step_or_before_it_is_none() -> None:
    this = int(NOW.timestamp()) // 30
    assert rules.steps(NOW, None) == [this, this - 1, this + 1]
    assert rules.steps(NOW, this) == [this + 1]
    assert rules.steps(NOW, this + 1) == []


@pytest.mark.parametrize(
    ("living", "user", "grant", "alone"),
    [
        ({(1, 1)}, 1, None, True),
        ({(1, 1), (1, 2)}, 1, None, True),
        ({(1, 1), (1, 2)}, None, 1, False),
        ({(1, 1), (2, 2)}, 1, None, False),
        ({(1, 1)}, 2, None, False),
        (set(), 1, None, False),
    ],
)
def test_who_is_the_last_administrator(living: set[tuple[int, int]], user: int | None, grant: int | None, alone: bool) -> None:
    assert rules.alone(frozenset(living), user_id=user, grant_id=grant) is alone


@pytest.mark.parametrize("address", ["", "unknown", "999.1.1.1", "a\r\nb", "x" * 5000])
def test_whatever_the_address_is_its_key_fits(address: str) -> None:
    assert all(len(limit.key) <= 80 for limit in (*rules.password_limits("x" * 5000, address), *rules.link_limits("ё", address)))
