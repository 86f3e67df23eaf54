"""The application: the one place where everything meets."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from typing import Any
from wsgiref.headers import Headers

import structlog
from flask import Flask, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_login import LoginManager, current_user
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import parkmgr.audit.actions  # noqa: F401 - it listens to every session
from parkmgr import config as settings
from parkmgr import guards
from parkmgr.accounts import queries as accounts
from parkmgr.accounts import views as accounts_views
from parkmgr.amenities import season_views, sports_views
from parkmgr.amenities import tending as amenities_tending
from parkmgr.amenities import views as amenities_views
from parkmgr.assurance import views as assurance_views
from parkmgr.audit import checkpointing
from parkmgr.audit import views as audit_views
from parkmgr.bookings import (
    book_views,
    calendar_views,
    closure_views,
    door_views,
    downtime_views,
    feed_views,
    find_views,
    rules_views,
    tending,
)
from parkmgr.bookings import views as bookings_views
from parkmgr.charges import service_views
from parkmgr.charges import views as charges_views
from parkmgr.cooperation import agreement_views, delegation_views, project_views
from parkmgr.cooperation import tending as cooperation_tending
from parkmgr.cooperation import views as cooperation_views
from parkmgr.db import db, prepare
from parkmgr.funds import deed_views, notice_views, portfolio_views
from parkmgr.funds import views as funds_views
from parkmgr.housing import allocating_tending, allocating_views, board_views, checking_views, renewing_tending, renewing_views
from parkmgr.housing import rules_views as housing_rules_views
from parkmgr.housing import views as housing_views
from parkmgr.imports import views as imports_views
from parkmgr.labs import permit_views, reminding
from parkmgr.labs import views as labs_views
from parkmgr.leases import market_rent_views, request_views
from parkmgr.leases import views as leases_views
from parkmgr.notices import actions as notices
from parkmgr.notices import views as notices_views
from parkmgr.occupancy import views as occupancy_views
from parkmgr.organisations import views as organisations_views
from parkmgr.people import views as people_views
from parkmgr.places import queries as places
from parkmgr.places import views as places_views
from parkmgr.relations import views as relations_views
from parkmgr.reports import (
    compare_views,
    cutoff_views,
    delegation_papers,
    expiry_views,
    fund_notice_papers,
    period_views,
    rentroll_views,
    schedule_views,
    scheduling,
    statement_views,
)
from parkmgr.reports import cooperation_views as cooperation_report_views
from parkmgr.reports import fund_views as fund_report_views
from parkmgr.reports import housing_views as housing_report_views
from parkmgr.reports import labs_views as labs_report_views
from parkmgr.reports import queries as reports
from parkmgr.reports import views as reports_views
from parkmgr.reports.jobs import Chore
from parkmgr.utilisation import views as utilisation_views
from parkmgr.values import LANGUAGES, canonical
from parkmgr.web import answers, door, formats, headers, limits, words
from parkmgr.web import views as web_views

VIEWS = (
    web_views,
    audit_views,
    accounts_views,
    places_views,
    organisations_views,
    people_views,
    notices_views,
    occupancy_views,
    labs_views,
    leases_views,
    bookings_views,
    housing_views,
    charges_views,
    amenities_views,
    funds_views,
    utilisation_views,
    cooperation_views,
    imports_views,
    reports_views,
    relations_views,
    assurance_views,
)
"""What is served, by rank."""

PAGES = (
    allocating_views,
    book_views,
    calendar_views,
    closure_views,
    door_views,
    downtime_views,
    feed_views,
    find_views,
    request_views,
    housing_rules_views,
    board_views,
    checking_views,
    renewing_views,
    rules_views,
    season_views,
    sports_views,
    service_views,
    statement_views,
    housing_report_views,
    labs_report_views,
    permit_views,
    deed_views,
    notice_views,
    portfolio_views,
    market_rent_views,
    agreement_views,
    delegation_views,
    project_views,
    fund_notice_papers,
    fund_report_views,
    cooperation_report_views,
    expiry_views,
    period_views,
    rentroll_views,
    compare_views,
    cutoff_views,
    schedule_views,
    delegation_papers,
)
"""Modules whose pages join their slice's blueprint by being imported."""


def _deliver(now: datetime) -> None:
    config = current_app.config["PARKMGR"]
    notices.deliver(now, smtp_url=config.smtp_url, sender=config.mail_from)


CHORES = (
    Chore("notices.deliver", 5, _deliver),
    Chore("bookings.tend", 20, tending.tend),
    Chore("labs.remind", 3600, reminding.remind),
    Chore("amenities.tend", 3600, amenities_tending.tend),
    Chore("housing.expire", 60, allocating_tending.expire),
    Chore("housing.tell_ends", 6 * 3600, renewing_tending.tell_ends),
    Chore("cooperation.tend", 6 * 3600, cooperation_tending.tend),
    Chore("cooperation.erase", 6 * 3600, cooperation_tending.erase),
    Chore("reports.schedule", 300, scheduling.tend),
    Chore("audit.checkpoint", 3600, checkpointing.tend),
)
"""What the worker does again and again, beside its jobs."""

csrf = CSRFProtect()


def create_app(config: settings.Config | None = None, *, testing: bool = False) -> Flask:
    """Return the application with every slice in it.

    Raises:
        BadSetting: when a setting cannot be used.
        RuntimeError: when an endpoint has no line in the policy table.
    """
    config = config or settings.read(os.environ)
    if not testing:
        _configure_log()
    app = Flask("parkmgr", template_folder=str(settings.ROOT / "templates"), instance_path=str(config.instance))
    app.config.update(
        PARKMGR=config,
        TESTING=testing,
        PUBLIC_URL=config.public_url,
        SECRET_KEY=settings.secret(config),
        SQLALCHEMY_DATABASE_URI=config.url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(config.url),
        SESSION_COOKIE_NAME="parkmgr",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=config.upload_limit_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        TRUSTED_HOSTS=None if testing else config.hosts,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        RATELIMIT_ENABLED=not testing,
        RATELIMIT_STORAGE_URI="memory://",
        JSON_AS_ASCII=False,
    )
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies)  # type: ignore[method-assign]
    _serve_static(app)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    Migrate(app, db, directory=str(settings.ROOT / "migrations"), compare_type=False)
    csrf.init_app(app)
    limits.limiter.init_app(app)
    Babel(app, locale_selector=_language)
    login = LoginManager(app)
    login.session_protection = None  # the sign-in's row decides, parkmgr/accounts
    app.url_map.converters["int"] = door.Key
    app.config["AUDIT_WITNESSES"] = reports.checkpoints
    app.extensions["chores"] = list(CHORES)
    for views in VIEWS:
        app.register_blueprint(views.bp)
    login.user_loader(accounts.signed_in)
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(may=door.may, word=words.word, LANGUAGES=LANGUAGES, language=formats.language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_everywhere)
    app.add_url_rule("/", "home", _home)
    answers.install(app)
    headers.install(app)
    door.close(app)
    return app


def _serve_static(app: Flask) -> None:
    """Files come compressed and cached by WhiteNoise; an address carries its file's version."""
    folder = settings.ROOT / "parkmgr" / "static"

    def harden(headers: Headers, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(folder), prefix="static/", max_age=604800, add_headers_function=harden, allow_all_origins=False
    )

    @app.url_defaults
    def version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            file = folder / values["filename"]
            values["v"] = f"{file.stat().st_mtime_ns:x}" if file.is_file() else None


def _configure_log() -> None:
    """What happens goes to stderr: readable in a terminal, JSON elsewhere. A line break in a value cannot make a line."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _engine_options(url: str) -> dict[str, Any]:
    options = {"json_serializer": canonical}
    if url.startswith("postgresql"):
        return {**options, "connect_args": {"options": "-c timezone=UTC"}, "pool_pre_ping": True}
    return options


def _language() -> str:
    """The paper's or the reader's language: what was chosen here, the account's, the browser's."""
    chosen = session.get("language") or getattr(current_user, "language", None)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def _everywhere() -> dict[str, Any]:
    """What every page shows: who reads, which park, which parks there are."""
    actor = door.me()
    parks = places.parks_of(actor) if actor.user_id is not None else []
    wanted = (request.view_args or {}).get("park") or session.get("park")
    here = next((park for park in parks if park.code == wanted), parks[0] if parks else None)
    if here is not None and (request.view_args or {}).get("park") == here.code and session.get("park") != here.code:
        session["park"] = here.code
    return {
        "me": actor,
        "parks": parks,
        "here": here,
        "theme": session.get("theme", "auto"),
        "zone": g.get("zone"),
        "start": _start,
    }


STARTS = (
    "reports.dashboard",
    "amenities.hospital",
    "amenities.sports",
    "labs.labs",
    "funds.funds",
    "cooperation.delegations",
    "places.buildings",
)
"""Where somebody begins: the first of these that they may see."""


def _start(park_id: int) -> str:
    return next(deed for deed in STARTS if door.may(deed, park_id))


def _home() -> ResponseReturnValue:
    """The start page of the park last seen, or the parks where there is none yet."""
    here = _everywhere()["here"]
    if here is not None:
        return redirect(url_for(_start(here.id), park=here.code))
    if door.may("places.add_park"):
        return redirect(url_for("places.parks"))
    return render_template("no_park.html")


def ready(app: Flask) -> list[str]:
    """Return what is wrong with the database; empty when requests may come."""
    from alembic.config import Config as AlembicConfig
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with app.app_context():
        wrong = []
        alembic = AlembicConfig()
        alembic.set_main_option("script_location", str(settings.ROOT / "migrations").replace("%", "%%"))
        script = ScriptDirectory.from_config(alembic)
        with db.engine.connect() as connection:
            have = MigrationContext.configure(connection).get_current_revision()
        if have != script.get_current_head():
            wrong.append(f"The database is at migration {have or 'none'}, this program at {script.get_current_head()}: run `parkmgr init`.")
        lacking = guards.missing()
        if lacking:
            wrong.append(f"The database lacks the guards {', '.join(sorted(lacking))}: restore them before anybody books.")
        return wrong
