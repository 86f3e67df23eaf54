"""Identifiers, and who may belong to the association when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkmgr.organisations import rules
from parkmgr.organisations.rules import Identity, Period
from parkmgr.values import Names

RORS = ["02x1pa065", "01yqg2h08", "00hhkn466", "04ez2hk65", "05bnh6r87", "03y1zyv86", "000190731"]
INNS = ["7804040077", "7707083893", "7736050003", "7710137066", "500100732259"]
USCCS = ["91350100M000100Y43", "91110000600037341L", "9144030071526726XG"]

CASES: list[tuple[Callable[[str], bool], str]] = [
    *((rules.is_inn, text) for text in INNS),
    *((rules.is_uscc, text) for text in USCCS),
    (rules.is_ror, "000190731"),
]


@pytest.mark.parametrize(("is_one", "text"), CASES)
def test_a_real_identifier_is_one(is_one: Callable[[str], bool], text: str) -> None:
    assert is_one(text)


@given(st.sampled_from(CASES), st.data())
def test_one_changed_character_is_refused(case: tuple[Callable[[str], bool], str], data: st.DataObject) -> None:
    is_one, text = case
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0123456789abcdefghjkmnpqrstvwxyzABCDEFGHJKLMNPQRTUWXY"))
    wrong = text[:place] + other + text[place + 1 :]
    # The INN's sum is taken mod 11 and then mod 10: a remainder of ten is written as nought, so two of eleven share a digit.
    if wrong != text and not (is_one is rules.is_inn and _remainders(wrong) & {0, 10}):
        assert not is_one(wrong)


def _remainders(text: str) -> set[int]:
    if not text.isdigit():
        return set()
    weights = [(2, 4, 10, 3, 5, 9, 4, 6, 8)] if len(text) == 10 else [(7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)]
    return {sum(int(digit) * weight for digit, weight in zip(text, each, strict=False)) % 11 for each in weights}


@pytest.mark.parametrize(
    ("is_one", "text"),
    [
        (rules.is_ror, "102x1pa06"),
        (rules.is_ror, "02x1pa06"),
        (rules.is_ror, "02x1pi065"),
        (rules.is_inn, "0000000000"),
        (rules.is_inn, "780404007"),
        (rules.is_inn, "٧٨٠٤٠٤٠٠٧٧"),
        (rules.is_uscc, "91350100M000100Y4"),
        (rules.is_uscc, "91350100I000100Y43"),
        (rules.is_uscc, ""),
    ],
)
def test_what_only_looks_like_one_is_none(is_one: Callable[[str], bool], text: str) -> None:
    assert not is_one(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (rules.ror("https://ror.org/000190731"), "000190731"),
        (rules.ror(" HTTP://www.ROR.org/000190731/ "), "000190731"),
        (rules.ror(""), None),
        (rules.ror(None), None),
        (rules.inn(" 7804 040 077 "), "7804040077"),
        (rules.inn(" "), None),
        (rules.uscc("9135 0100 m000 100y 43"), "91350100M000100Y43"),
        (rules.uscc(None), None),
    ],
)
def test_identifiers_are_kept_in_one_way(written: str | None, kept: str | None) -> None:
    assert written == kept


PLAIN = Identity("SPBPU", "university", Names("Polytechnic"))


def codes(objections: list[rules.Objection]) -> list[str]:
    return [objection.code.removeprefix("organisations.") for objection in objections]


@pytest.mark.parametrize(
    ("identity", "against"),
    [
        (PLAIN, []),
        (replace(PLAIN, website="https://www.spbstu.ru/", country="RU", city="Санкт-Петербург"), []),
        (replace(PLAIN, website="javascript:alert(1)"), ["website_shape"]),
        (replace(PLAIN, website="https://"), ["website_shape"]),
        (replace(PLAIN, website="https://[x"), ["website_shape"]),
        (replace(PLAIN, code="../x"), ["code_shape"]),
        (replace(PLAIN, kind="castle", country="Russia"), ["kind_unknown", "country_unknown"]),
        (replace(PLAIN, ror="x", inn="1", uscc="2"), ["ror_wrong", "inn_wrong", "uscc_wrong"]),
        (replace(PLAIN, names=Names("x" * 65536, "\x00", "\u202e")), ["name_long", "unreadable", "unreadable"]),
    ],
)
def test_everything_wrong_with_an_organisation_is_said(identity: Identity, against: list[str]) -> None:
    found = codes(rules.objections(identity))
    assert [code.replace("text_long", "name_long") for code in found] == against


@given(st.text(), st.text(), st.text())
def test_sentences_can_be_shown_whatever_was_typed(code: str, website: str, ror: str) -> None:
    identity = replace(PLAIN, code=code, website=website, ror=ror, kind=website, country=code)
    assert all(str(objection).encode() for objection in rules.objections(identity))


@pytest.mark.parametrize(
    ("contact", "against"),
    [
        (("Ann", "", "ann@parkmgr.example", ""), []),
        (("Ann", "", "", "+7 812 1"), []),
        (("", "", "", ""), ["nameless", "unreachable"]),
        (("Ann", "", "ann@x", ""), ["email_shape"]),
        (("Ann", "", "ann@parkmgr.example\r\nBcc: x@y.z", ""), ["unreadable", "email_shape"]),
        (("Ann", "", "ann@a.example,bob@b.example", ""), ["email_shape"]),
    ],
)
def test_a_contact_has_a_name_and_a_way(contact: tuple[str, str, str, str], against: list[str]) -> None:
    assert codes(rules.contact_objections(*contact)) == against


JOINED, LEFT, DAY = date(2011, 3, 6), date(2021, 1, 1), date(2026, 3, 2)
MEMBER = Period("member", JOINED, date.max)


@pytest.mark.parametrize(
    ("periods", "status", "against"),
    [
        pytest.param([], "member", [], id="the first time"),
        pytest.param([MEMBER], "observer", [], id="another status"),
        pytest.param([MEMBER], "member", ["already"], id="the same status"),
        pytest.param([Period("member", JOINED, LEFT)], "member", [], id="again"),
        pytest.param([Period("member", date(2027, 1, 1), date.max)], "observer", ["later"], id="before another"),
        pytest.param([], "king", ["status_unknown"], id="no status"),
    ],
)
def test_a_status_begins_after_what_is_known(periods: list[Period], status: str, against: list[str]) -> None:
    assert codes(rules.admit_objections(periods, status, DAY)) == against


@pytest.mark.parametrize(
    ("periods", "against"),
    [
        pytest.param([MEMBER], [], id="a member"),
        pytest.param([], ["no_member"], id="a stranger"),
        pytest.param([Period("member", JOINED, LEFT)], ["no_member"], id="left before"),
        pytest.param([Period("member", DAY, date.max)], ["later"], id="begins on the day"),
    ],
)
def test_only_what_belongs_can_leave(periods: list[Period], against: list[str]) -> None:
    assert codes(rules.end_objections(periods, DAY)) == against
