"""The door, the headers of answers, tokens of forms, and where `next=` may lead."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from parkmgr.app import create_app
from parkmgr.config import Config, prepare_instance
from parkmgr.db import db
from parkmgr.policy import Role
from parkmgr.web.door import local
from parkmgr.web.limits import limiter
from tests.making import Maker
from tests.web.visiting import Visitor


@pytest.mark.parametrize("target", ["/", "/parks", "/parks/HIT/spaces?q=a%20b&sort=-code", "/parks/%D0%90", "/a/../b", "/parks/Райак"])
def test_a_path_of_this_application_is_followed(target: str) -> None:
    assert local(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/\x00/evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        "?next=//evil.example",
        "/a\\..\\\\evil.example",
    ],
)
def test_anything_else_is_not(target: str | None) -> None:
    assert local(target) is None


@pytest.mark.parametrize("path", ["/language", "/theme"])
def test_preferences_lead_back_to_this_application_only(visitor: Visitor, path: str) -> None:
    choice = {"language": "ru", "theme": "dark"}
    assert visitor.post(path, **choice, next="/sign-in").location == "/sign-in"
    assert visitor.post(path, **choice, next="//evil.example").location == "/"
    assert visitor.post(path, **choice, next="/\t/evil.example").location == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/health", "/nothing/here", "/parks", "/static/app.css"])
def test_every_answer_carries_the_headers(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    if not path.startswith("/static"):
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers


def test_behind_https_cookies_travel_by_it_only(tmp_path: Any) -> None:
    config = Config(instance=tmp_path, public_url="https://park.example")
    prepare_instance(config)
    app = create_app(config, testing=True)
    answer = app.test_client().get("/sign-in", base_url="https://park.example")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_host_that_is_not_the_parks_is_not_answered(tmp_path: Any) -> None:
    config = Config(instance=tmp_path, public_url="https://park.example")
    prepare_instance(config)
    app = create_app(config, testing=True)
    app.config["TRUSTED_HOSTS"] = config.hosts
    client = app.test_client()
    assert client.get("/sign-in", base_url="https://park.example").status_code == 200
    assert client.get("/sign-in", base_url="https://evil.example").status_code == 400


def test_no_page_has_scripts_or_styles_in_it(app: Flask, make: Maker) -> None:
    """The content policy would not run them."""
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    for path in ("/sign-in", "/forgot", "/me", "/me/password", "/me/totp", "/users", "/users/add", "/users/1", "/audit", "/audit/1"):
        text = visitor.get(path).get_data(as_text=True)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text), path


def test_a_form_without_its_token_changes_nothing(app: Flask, make: Maker) -> None:
    administrator = make.granted(Role.ADMINISTRATOR)
    visitor = Visitor(app).is_(administrator)
    app.config["WTF_CSRF_ENABLED"] = True
    text = visitor.get("/me").get_data(as_text=True)
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', text))
    form = {"name": "Anna", "language": "en", "version": "1"}
    assert visitor.post("/me", **form).status_code == 400
    assert visitor.post("/me", **form, csrf_token="x" + token).status_code == 400
    other = Visitor(app).is_(administrator)
    assert other.post("/me", **form, csrf_token=token).status_code == 400
    assert visitor.post("/me", **form, csrf_token=token).status_code == 303


def test_every_post_needs_a_token(app: Flask, make: Maker) -> None:
    """Also those that have no form class: signing out, disabling, choosing a language."""
    visitor = Visitor(app).is_(make.granted(Role.ADMINISTRATOR))
    app.config["WTF_CSRF_ENABLED"] = True
    wrong = []
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            values = {name: 1 if isinstance(rule._converters.get(name), IntegerConverter) else "x" for name in rule.arguments}
            with app.test_request_context():
                path = app.url_for(rule.endpoint, **values)
            status = visitor.post(path).status_code
            if status != 400:
                wrong.append(f"{path}: {status}")
    assert not wrong


def test_an_address_that_asks_too_often_is_told_so(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "parkmgr.sqlite")
    config = Config(instance=tmp_path)
    prepare_instance(config)
    app = create_app(config)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        visitor = Visitor(app)
        with app.app_context():
            answers = [visitor.post("/forgot", email="").status_code for _ in range(21)]
            db.engine.dispose()
    finally:
        limiter.enabled = False
    assert answers == [422] * 20 + [429]


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_page_is_in_the_language_that_was_chosen(visitor: Visitor, language: str) -> None:
    visitor.post("/language", language=language)
    assert f'<html lang="{"zh-Hans" if language == "zh" else language}"' in visitor.get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "given"), [("zh-TW,zh;q=0.9", "zh-Hans"), ("ru-RU", "ru"), ("fr", "en"), ("x" * 5000, "en"), ("*", "en")]
)
def test_a_page_is_in_a_language_that_the_browser_asks_for(visitor: Visitor, asked: str, given: str) -> None:
    assert f'<html lang="{given}"' in visitor.get("/sign-in", headers={"Accept-Language": asked}).get_data(as_text=True)


@pytest.mark.parametrize("language", ["fr", "", "../../etc", "EN"])
def test_a_language_that_is_none_is_refused(visitor: Visitor, language: str) -> None:
    assert visitor.post("/language", language=language).status_code == 400


def test_what_is_not_there_is_said_in_the_parks_words(visitor: Visitor) -> None:
    answer = visitor.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" in answer.get_data(as_text=True)


def test_a_cookie_that_somebody_wrote_is_worth_nothing(visitor: Visitor) -> None:
    for cookie in ("x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "eyJfdXNlcl9pZCI6IjEifQ==", "\x7f" * 100):
        assert not visitor.with_cookie(cookie).signed_in
