"""The policy table: closed by default, and of one mind with the routes, the audit and the templates."""

from __future__ import annotations

import ast
import itertools
from datetime import date
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from parkmgr.app import create_app
from parkmgr.config import ROOT, Config, prepare_instance
from parkmgr.policy import ADMINISTRATORS, ALWAYS, DEEDS, PUBLIC, STRANGER, SYSTEM, Actor, Grant, Role, may
from parkmgr.values import Term
from parkmgr.web import door


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, without a database."""
    config = Config(instance=tmp_path_factory.mktemp("routes"))
    prepare_instance(config)
    return create_app(config, testing=True)


def test_every_route_has_a_line(routes: Flask) -> None:
    assert door.unlisted(routes) == []


def test_every_line_has_a_route(routes: Flask) -> None:
    assert sorted(set(DEEDS) - {rule.endpoint for rule in routes.url_map.iter_rules()}) == []


def test_start_up_refuses_a_route_without_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = Blueprint("scratch", __name__)
    scratch.add_url_rule("/scratch", "open_to_all", lambda: "secrets")
    close = door.close

    def close_with_one_more(app: Flask) -> None:
        app.register_blueprint(scratch)
        close(app)

    monkeypatch.setattr(door, "close", close_with_one_more)
    config = Config(instance=tmp_path)
    prepare_instance(config)
    with pytest.raises(RuntimeError, match=r"scratch\.open_to_all"):
        create_app(config, testing=True)


def test_a_route_that_was_put_in_later_is_closed(routes: Flask) -> None:
    """Whoever adds a route behind the door's back finds it closed."""
    assert not may(Role, "scratch.later", signed_in=True)
    assert not SYSTEM.may("scratch.later")


def test_what_is_public_is_known_by_heart() -> None:
    assert {deed for deed, line in DEEDS.items() if line.public} == {
        "static",
        "web.health",
        "web.language",
        "web.theme",
        "accounts.sign_in",
        "accounts.second_factor",
        "accounts.forgot",
        "accounts.reset",
        "reports.certificate",
        "reports.check",
        "reports.verifier_file",
        "bookings.door",
        "bookings.door_book",
        "bookings.door_check_in",
        "bookings.feed",
        "housing.check",
        "housing.check_photo",
        "housing.confirm_resident",
    }


def test_a_stranger_may_do_what_is_public_and_nothing_else() -> None:
    assert {deed for deed in DEEDS if STRANGER.may(deed)} == {deed for deed, line in DEEDS.items() if line is PUBLIC}


def test_only_administrators_change_the_register() -> None:
    auditor = Actor(1, "auditor", (Grant(Role.AUDITOR, ALWAYS),))
    liaison = Actor(1, "liaison", (Grant(Role.LIAISON, ALWAYS, organisation_id=1),))
    for deed, line in DEEDS.items():
        if line is ADMINISTRATORS:
            assert not auditor.may(deed)
            assert not liaison.may(deed)


def test_an_auditor_changes_nothing_that_is_audited(routes: Flask) -> None:
    sends = {rule.endpoint for rule in routes.url_map.iter_rules() if {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set())}
    assert {deed for deed in sends if Role.AUDITOR in DEEDS[deed].roles and not DEEDS[deed].public} == {
        *("assurance.raise_point", "assurance.say", "assurance.close", "assurance.draw"),
        *("reports.request", "audit.verify"),
        *("bookings.add_feed", "bookings.revoke_feed"),  # of her own calendar
        *("accounts.me", "accounts.password", "accounts.totp", "accounts.totp_off", "accounts.end_sign_ins", "accounts.sign_out"),
    }


def test_a_role_in_one_park_is_none_in_another() -> None:
    actor = Actor(1, "someone", (Grant(Role.ADMINISTRATOR, ALWAYS, 1), Grant(Role.AUDITOR, ALWAYS, 2)))
    assert actor.may("leases.sign", 1)
    assert not actor.may("leases.sign", 2)
    assert actor.may("leases.tenants", 2)
    assert not actor.may("leases.tenants", 3)
    assert actor.parks("leases.sign") == {1}
    assert actor.parks("leases.tenants") == {1, 2}


def test_a_role_in_all_parks_is_one_in_each() -> None:
    actor = Actor(1, "someone", (Grant(Role.AUDITOR, ALWAYS), Grant(Role.ADMINISTRATOR, ALWAYS, 1)))
    assert actor.parks("leases.tenants") is None
    assert actor.parks("leases.sign") == {1}


@pytest.mark.parametrize(
    ("on", "holds"), [(date(2026, 2, 28), False), (date(2026, 3, 1), True), (date(2026, 3, 31), True), (date(2026, 4, 1), False)]
)
def test_a_role_holds_from_its_first_day_through_its_last(on: date, holds: bool) -> None:
    actor = Actor(1, "auditor", (Grant(Role.AUDITOR, Term(date(2026, 3, 1), date(2026, 3, 31))),))
    assert actor.on(on).may("audit.entries") is holds


def _calls(name: str) -> set[tuple[str, str]]:
    """Return (file, first argument) of each call of a function of that name with a literal first argument."""
    found = set()
    for path in (ROOT / "parkmgr").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and (getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name)
            if called and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                found.add((str(path.relative_to(ROOT)), str(node.args[0].value)))
    return found


OF_TIME = {
    "cooperation.erase",
    "cooperation.go_on",
    "bookings.complete",
    "bookings.end_offer",
    "bookings.expire",
    "bookings.offer",
    "bookings.release",
    "bookings.remind",
    "amenities.erase",
    "housing.forget_paper",
    "labs.remind",
}
"""What the worker does when its time has come."""
BEHIND_THE_PAGES = {
    "funds.bring_in",
    "labs.move_equipment",
    "labs.need",
    "labs.require",
    "labs.use",
    "leases.record_signed",
    "occupancy.close",
    "places.add_floor",
    "places.move_space",
} | OF_TIME
"""Deeds without a page of their own: imports, jobs and the demo park do them, or a deed that has the line."""


def test_one_word_for_a_deed() -> None:
    """What the audit calls a deed is a line of the table, in the slice that writes it."""
    recorded = _calls("record")
    assert {deed for _file, deed in recorded} - DEEDS.keys() == BEHIND_THE_PAGES
    assert not [(file, deed) for file, deed in recorded if file.split("/")[1] not in (deed.split(".")[0], "imports")]


def test_every_template_is_of_a_slice_and_every_deed_that_shows_one_has_it() -> None:
    templates = {str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.html")}
    for file, template in itertools.chain(_calls("page"), _calls("render_template"), _calls("answer")):
        if template.endswith(".html"):
            assert template in templates, f"{file} shows {template}, which is not there"
