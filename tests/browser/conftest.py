"""A park that is really served, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from parkmgr.config import ROOT

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Served:
    """A served demo park."""

    url: str
    passwords: dict[str, tuple[str, str]]
    """Role -> (e-mail, password)."""


def _run(instance: Path, *arguments: str) -> str:
    environ = {**os.environ, "PARKMGR_INSTANCE": str(instance)}
    done = subprocess.run(
        [sys.executable, "-m", "parkmgr.cli", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo park, served by the command as people start it."""
    instance = tmp_path_factory.mktemp("served")
    _run(instance, "init")
    shown = re.findall(r"^  (\w+)\s+(\S+@\S+)\s+(\S+)$", _run(instance, "demo"), re.MULTILINE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "PARKMGR_INSTANCE": str(instance), "PARKMGR_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with (instance / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "parkmgr.cli", "serve", "--port", str(port)], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
        try:
            _until_up(f"http://127.0.0.1:{port}/health", server)
            yield Served(f"http://127.0.0.1:{port}", {role: (email, password) for role, email, password in shown})
        finally:
            server.terminate()
            server.wait(20)


def _until_up(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server has stopped"
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - the loopback address above
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "Chromium is not installed; run `make test`, which installs it or leaves these tests out aloud"
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """Open a browser as one of the three people: visit("auditor", javascript=False, width=390, language="zh")."""
    contexts: list[BrowserContext] = []

    def open_(
        role: str | None, *, javascript: bool = True, width: int = 1440, language: str = "en", scheme: str = "light", **more: Any
    ) -> Page:
        locale = {"en": "en-GB", "ru": "ru-RU", "zh": "zh-CN"}[language]
        context = chromium.new_context(
            base_url=served.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=scheme,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        if role is not None:
            email, password = served.passwords[role]
            page.goto("/")
            page.fill("#email", email)
            page.fill("#password", password)
            page.locator("main form button").first.click()
            page.wait_for_url(lambda url: "sign" not in url)
            if language != "en":
                page.locator(f".bar-languages button[value={language}]").click()
        return page

    yield open_
    for context in contexts:
        context.close()
