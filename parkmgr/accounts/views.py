"""Pages of accounts: signing in and out, one's own account, and the administration of users and their roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyotp
import segno
import structlog
from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from flask_login import current_user, login_user
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import OperationalError
from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from parkmgr import clock, mail
from parkmgr.accounts import actions, queries, rules
from parkmgr.accounts.forms import (
    AddForm,
    CodeForm,
    ConfirmForm,
    ForgotForm,
    GrantForm,
    MeForm,
    NewPasswordForm,
    PasswordForm,
    SignInForm,
    TotpForm,
    UsersFilter,
)
from parkmgr.accounts.models import SignIn, User
from parkmgr.db import db, transaction
from parkmgr.errors import N_, Objection, Refused
from parkmgr.policy import Actor
from parkmgr.web import door, listing
from parkmgr.web.door import config_public_url, local
from parkmgr.web.forms import Form
from parkmgr.web.limits import limiter
from parkmgr.web.listing import Column
from parkmgr.web.page import page
from parkmgr.web.words import word

bp = Blueprint("accounts", __name__)
log = structlog.get_logger()

NO_ORGANISATION_OF_CODE = Objection("accounts.no_such_organisation", N_("There is no organisation of this code."), "organisation")
LARGEST_FORM = 64 * 1024
"""Bytes."""
PREFERENCES = ("language", "theme")
"""What of the cookie outlives a sign-in: it says nothing about anybody."""


def _address() -> str:
    return request.remote_addr or "unknown"


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"parkmgr.{purpose}")


def _reader() -> queries.SignedIn | None:
    """Return who is signed in; None for a stranger."""
    return current_user if isinstance(current_user._get_current_object(), queries.SignedIn) else None


@bp.url_value_preprocessor
def small(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """No form of accounts is large: megabytes are refused unread. Here, because this comes before the form's token is looked for."""
    request.max_content_length = LARGEST_FORM


@bp.before_app_request
def keep_alive() -> None:
    """A sign-in that is used does not become idle. This writes every few minutes at most, and never fails or delays a page."""
    reader = _reader()
    now = clock.now()
    if reader is None or now - reader.seen_at < rules.NOTICED:
        return
    try:
        with transaction(within=0.05):  # somebody may be importing; the next page will do
            actions.seen(reader.sign_in_id, now=now)
    except OperationalError:
        db.session.rollback()


def _too_many(form: Form, template: str, refused: Refused, **context: Any) -> ResponseReturnValue:
    """429, with the sentence that says how long to wait."""
    form.show(refused)
    answer = make_response(page(template, form=form, status=429, **context))
    minutes = next((o.facts["minutes"] for o in refused.objections if o.code == rules.TOO_MANY.code), 1)
    answer.headers["Retry-After"] = str(60 * int(str(minutes)))
    return answer


def _count(limits: Sequence[rules.Limit], now: datetime) -> None:
    with transaction():
        actions.count_try(limits, now=now)


def _onward() -> str:
    return local(request.args.get("next")) or "/"


def _let_in(token: str) -> ResponseReturnValue:
    """The browser has the token, in a session in which nothing is left of what was there before."""
    _renew(token)
    return redirect(_onward(), 303)


def _renew(token: str | None) -> None:
    kept = {name: session[name] for name in PREFERENCES if name in session}
    session.clear()
    session.update(kept)
    if token is not None:
        login_user(queries.signed_in(token))


def _leave(now: datetime) -> None:
    """What this browser was signed in by before has ended."""
    reader = _reader()
    if reader is not None:
        actions.sign_out(reader.sign_in_id, now=now)


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in."""
    form = SignInForm()
    template = "accounts/sign_in.html"
    if request.method != "POST" and _reader() is not None:
        return redirect(_onward(), 303)
    if not form.sent():
        return page(template, form=form)
    now = clock.now()
    email = (form.email.data or "").casefold()
    limits = rules.password_limits(email, _address())
    try:
        _count(limits, now)
    except Refused as refused:
        return _too_many(form, template, refused)
    user = queries.user_by_email(email)
    if not actions.opens(user, form.password.data or "") or user is None:
        log.warning("accounts.sign_in_failed", email=email, address=_address())
        form.refuse(None, _("The e-mail address or the password is wrong."))
        return page(template, form=form)
    user_id, proof, second = user.id, rules.proof(user.password_hash), user.totp_secret is not None
    try:
        with transaction():
            actions.forgive(limits, tried_at=now)
            if not second:
                _leave(now)
                token = actions.sign_in(db.session.get_one(User, user_id), proof=proof, now=now)
    except Refused as refused:
        form.show(refused)
        return page(template, form=form)
    if second:
        session["half"] = [user_id, proof, int(now.timestamp())]
        return redirect(url_for("accounts.second_factor", next=local(request.args.get("next"))), 303)
    return _let_in(token)


def _half(now: datetime) -> tuple[int, str] | None:
    """Return the account and proof of a first step that was just done in this browser."""
    kept = session.get("half")
    if not isinstance(kept, list) or len(kept) != 3 or timedelta(seconds=now.timestamp() - kept[2]) > rules.SECOND_FACTOR:
        return None
    return kept[0], kept[1]


@bp.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def second_factor() -> ResponseReturnValue:
    """Sign in: the code of the authenticator application."""
    now = clock.now()
    half = _half(now)
    if half is None:
        return redirect(url_for("accounts.sign_in", next=local(request.args.get("next"))), 303)
    form = CodeForm()
    template = "accounts/second_factor.html"
    if not form.sent():
        return page(template, form=form)
    user_id, proof = half
    limits = rules.code_limits(user_id, _address())
    try:
        _count(limits, now)
    except Refused as refused:
        return _too_many(form, template, refused)
    try:
        with transaction():
            user = db.session.get_one(User, user_id)
            token = actions.sign_in(user, proof=proof, code=form.code.data, now=now)
            actions.forgive(limits, tried_at=now)
            _leave(now)
    except Refused as refused:
        log.warning("accounts.second_factor_failed", user_id=user_id, address=_address())
        form.show(refused)
        return page(template, form=form)
    return _let_in(token)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    with transaction():
        _leave(clock.now())
    _renew(None)
    return redirect(url_for("accounts.sign_in"), 303)


@bp.route("/forgot", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link to a new password. The answer is the same whether there is such an account or not."""
    form = ForgotForm()
    template = "accounts/forgot.html"
    if not form.sent():
        return page(template, form=form)
    now = clock.now()
    email = (form.email.data or "").casefold()
    try:
        _count(rules.link_limits(email, _address()), now)
    except Refused as refused:
        return _too_many(form, template, refused)
    user = queries.user_by_email(email)
    _post_link(user if user is not None and user.active else None, email, now)
    return page("accounts/forgot_sent.html")


def _post_link(user: User | None, email: str, now: datetime) -> None:
    """A link is on its way to the account; for none, the same is done but for the sending."""
    about = [user.id, rules.proof(user.password_hash), user.language] if user else [0, rules.proof(email), "en"]
    token = _signer("reset").dumps([*about[:2], int(now.timestamp())])
    letter = _letter(
        "reset", email, str(about[2]), _("A new password"), link=config_public_url() + url_for("accounts.reset", token=token), name=email
    )
    if user is not None:
        _post(letter)
    else:
        log.info("accounts.link_for_nobody", email=email, address=_address())


def _letter(template: str, to: str, language: str, subject: str, **context: object) -> mail.Mail:
    """Return a mail in the language of whom it goes to."""
    with force_locale(language):
        found = current_app.jinja_env.get_template(f"mail/{template}.txt")
        return mail.Mail(to, _(subject), found.render(**context))


def _post(letter: mail.Mail) -> None:
    config = current_app.config["PARKMGR"]
    mail.post(letter, smtp_url=config.smtp_url, sender=config.mail_from)


def _tell(user: User, template: str, subject: str) -> None:
    """The account's owner is told of a change that somebody else may have made."""
    _post(_letter(template, user.email, user.language, subject, name=user.name, link=config_public_url() + url_for("accounts.forgot")))


def _of_link(token: str, now: datetime) -> User | None:
    """Return the account that a link is for, while it is good."""
    try:
        user_id, proof, issued = _signer("reset").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    if timedelta(seconds=now.timestamp() - issued) > rules.LINK:
        return None
    user = db.session.get(User, user_id)
    return user if user is not None and user.active and rules.same(proof, rules.proof(user.password_hash)) else None


@bp.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password by a link. The link is good once."""
    now = clock.now()
    if _of_link(token, now) is None:
        return page("accounts/link_over.html", status=404)
    form = NewPasswordForm()
    if form.sent():
        try:
            with transaction():
                user = _of_link(token, now)
                if user is None:
                    return page("accounts/link_over.html", status=404)
                actions.set_password(user, form.new.data or "", actor=_as(user), now=now, deed="accounts.reset")
                actions.forgive(rules.password_limits(user.email, _address()), tried_at=now)
        except Refused as refused:
            form.show(refused)
        else:
            _tell(user, "password_changed", _("Your password was changed"))
            _renew(None)
            flash(_("The password is changed. Sign in with it."))
            return redirect(url_for("accounts.sign_in"), 303)
    return page("accounts/reset.html", form=form)


def _as(user: User) -> Actor:
    return Actor(user.id, user.name)


def _alive() -> tuple[Sequence[SignIn], int]:
    reader = _reader()
    return queries.sign_ins_of(door.me().user_id or 0, clock.now()), 0 if reader is None else reader.sign_in_id


@bp.route("/me", methods=["GET", "POST"])
def me() -> ResponseReturnValue:
    """One's own account."""
    user = queries.own(door.me())
    form = MeForm(data={"name": user.name, "language": user.language, "version": str(user.version)})
    if form.sent():
        try:
            with transaction():
                actions.change_me(
                    queries.own(door.me()), name=form.name.data or "", language=form.language.data, version=form.at_version, now=clock.now()
                )
        except Refused as refused:
            form.show(refused)
        else:
            session.pop("language", None)
            flash(_("Saved."))
            return redirect(url_for("accounts.me"), 303)
    alive, here_id = _alive()
    roles = queries.own_grants(door.me(), queries.today(clock.now()))
    return page("accounts/me.html", form=form, user=user, sign_ins=alive, here_id=here_id, roles=roles)


def _opened(form: PasswordForm | TotpForm | ConfirmForm, now: datetime) -> str:
    """Return the proof of the reader's stored password, which the form's `old` opens.

    Raises:
        Refused: TOO_MANY, or WRONG_PASSWORD.
    """
    email = queries.own(door.me()).email
    limits = rules.password_limits(email, _address())
    _count(limits, now)
    user = queries.own(door.me())
    if not actions.opens(user, form.old.data or ""):
        log.warning("accounts.wrong_password", user_id=user.id, address=_address())
        raise Refused([rules.WRONG_PASSWORD])
    proof = rules.proof(user.password_hash)
    with transaction():
        actions.forgive(limits, tried_at=now)
    return proof


def _own_as_proved(proof: str) -> User:
    user = queries.own(door.me())
    if not rules.same(proof, rules.proof(user.password_hash)):
        raise Refused([actions.CHANGED])
    return user


def _secured(
    template: str, form: Any, deed: Callable[[User, datetime], None], done: str, told: tuple[str, str] | None = None, **context: Any
) -> ResponseReturnValue:
    """The deed is done by whoever knows the password; every sign-in of the account has ended, and this browser has a new one."""
    if not form.sent():
        return page(template, form=form, **context)
    now = clock.now()
    try:
        proof = _opened(form, now)
        with transaction():
            user = _own_as_proved(proof)
            deed(user, now)
            token = actions.begin(user, now=now)
    except Refused as refused:
        if any(objection.code == rules.TOO_MANY.code for objection in refused.objections):
            return _too_many(form, template, refused, **context)
        form.show(refused)
        return page(template, form=form, **context)
    _renew(token)
    if told is not None:
        _tell(user, *told)
    flash(done)
    return redirect(url_for("accounts.me"), 303)


@bp.route("/me/password", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def password() -> ResponseReturnValue:
    """Change one's own password."""
    form = PasswordForm()

    def deed(user: User, now: datetime) -> None:
        actions.set_password(user, form.new.data or "", actor=door.me(), now=now)

    told = ("password_changed", _("Your password was changed"))
    return _secured("accounts/password.html", form, deed, _("The password is changed; every other sign-in has ended."), told)


def _offered(form: TotpForm) -> str:
    """Return the secret that this page offers: the one of the form that was sent, or a new one."""
    signer = _signer("totp")
    try:
        secret, user_id = signer.loads(form.secret.data or "")
    except (BadData, ValueError, TypeError):
        secret, user_id = "", 0
    if user_id != door.me().user_id:
        secret = pyotp.random_base32()
        form.secret.data = signer.dumps([secret, door.me().user_id])
    return str(secret)


@bp.route("/me/totp", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def totp() -> ResponseReturnValue:
    """Sign in with a second factor from now on."""
    form = TotpForm()
    secret = _offered(form)
    email = queries.own(door.me()).email
    picture = segno.make(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="parkmgr"), error="m").svg_data_uri(
        scale=5, border=2, light="#fff"
    )
    spoken = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))

    def deed(user: User, now: datetime) -> None:
        actions.totp_on(user, secret, form.code.data or "", now=now)

    told = ("second_factor", _("A second factor was set for your account"))
    done = _("Signing in now needs a code; every other sign-in has ended.")
    return _secured("accounts/totp.html", form, deed, done, told, picture=picture, spoken=spoken)


@bp.route("/me/totp/off", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def totp_off() -> ResponseReturnValue:
    """Sign in without a second factor from now on."""

    def deed(user: User, now: datetime) -> None:
        actions.totp_off(user, actor=door.me(), now=now)

    told = ("second_factor_off", _("The second factor of your account was switched off"))
    return _secured("accounts/totp_off.html", ConfirmForm(), deed, _("Signing in needs the password only."), told)


@bp.post("/me/sign-ins/end")
def end_sign_ins() -> ResponseReturnValue:
    """End every other sign-in of one's own account."""
    reader = _reader()
    with transaction():
        if reader is not None:
            actions.end_other_sign_ins(reader.actor.user_id or 0, reader.sign_in_id, now=clock.now())
    flash(_("Every other sign-in has ended."))
    return redirect(url_for("accounts.me"), 303)


def _roles(row: Any) -> str:
    found = sorted(set((row.roles or "").split()))
    return ", ".join(word("role", role) for role in found) or "—"


COLUMNS = (
    Column("email", lazy_gettext("E-mail"), lambda row: row.email, User.email, lambda row: url_for("accounts.show", user=row.id)),
    Column("name", lazy_gettext("Full name"), lambda row: row.name, User.name),
    Column("roles", lazy_gettext("Roles today"), _roles),
    Column("state", lazy_gettext("State"), lambda row: _("Active") if row.active else _("Disabled"), User.active),
    Column("totp", lazy_gettext("Second factor"), lambda row: _("Yes") if row.totp else _("No"), wide_only=True),
    Column("seen", lazy_gettext("Last seen"), lambda row: row.seen_at, wide_only=True),
)


@bp.get("/users")
def users() -> ResponseReturnValue:
    """The accounts that the reader administers."""
    filters = UsersFilter.asked()
    statement = queries.users(
        door.me(),
        queries.today(clock.now()),
        q=filters.q.data or "",
        role=filters.role.data or "",
        state=filters.state.data or "",
    )
    return listing.answer("accounts/users.html", statement, COLUMNS, sort="email", name="accounts", tie=User.id, filters=filters)


def _parks() -> list[SelectChoice]:
    actor = door.me()
    everywhere = [SelectChoice("", _("All parks"))] if actor.parks("accounts.grant") is None else []
    return [*everywhere, *(SelectChoice(str(park.id), f"{park.code} · {park.names}") for park in queries.parks_to_grant(actor))]


def _organisation_id(form: GrantForm) -> int | None:
    code = form.organisation.data
    if not code:
        return None
    found = queries.organisation_by_code(code)
    if found is None:
        raise Refused([NO_ORGANISATION_OF_CODE])
    return found.id


@bp.route("/users/add", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Add an account with its first role. Its random password is shown once."""
    now = clock.now()
    form = AddForm(parks=_parks(), data={"starts_on": queries.today(now), "language": "en"})
    if form.sent():
        secret = actions.random_password()
        try:
            with transaction():
                user = actions.add_user(
                    form.email.data or "", form.name.data or "", password=secret, language=form.language.data, actor=door.me(), now=now
                )
                _grant(user, form, now)
        except Refused as refused:
            form.show(refused)
        else:
            return make_response(render_template("accounts/added.html", user=user, password=secret), 201)
    return page("accounts/add.html", form=form)


def _grant(user: User, form: GrantForm, now: datetime) -> None:
    actions.grant(
        user,
        form.asked_role,
        park_id=form.park_id,
        organisation_id=_organisation_id(form),
        starts_on=form.starts_on.data or queries.today(now),
        ends_on=form.ends_on.data,
        actor=door.me(),
        now=now,
    )


@bp.get("/users/<int:user>")
def show(user: int) -> ResponseReturnValue:
    """An account: what it may do in the reader's parks, since when and until when."""
    actor = door.me()
    found = queries.user(user, actor)
    grants = queries.grants_of(user, actor)
    return page("accounts/show.html", user=found, grants=grants, own=actor.user_id == user, today=queries.today(clock.now()))


@bp.route("/users/<int:user>/grants/add", methods=["GET", "POST"])
def grant(user: int) -> ResponseReturnValue:
    """Give a role."""
    now = clock.now()
    actor = door.me()
    found = queries.user(user, actor)
    form = GrantForm(parks=_parks(), data={"starts_on": queries.today(now)})
    if form.sent():
        try:
            with transaction():
                _grant(queries.user(user, actor), form, now)
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("The role is given. The account has to sign in again."))
            return redirect(url_for("accounts.show", user=user), 303)
    return page("accounts/grant.html", form=form, user=found)


@bp.post("/users/<int:user>/grants/<int:grant>/withdraw")
def withdraw_grant(user: int, grant: int) -> ResponseReturnValue:
    """Take a role away."""
    actor = door.me()
    with transaction():
        found = queries.user(user, actor)
        actions.withdraw_grant(found, queries.grant(grant, user, actor), actor=actor, now=clock.now())
    flash(_("The role is withdrawn. The account has to sign in again."))
    return redirect(url_for("accounts.show", user=user), 303)


@bp.post("/users/<int:user>/disable")
def disable(user: int) -> ResponseReturnValue:
    """Disable an account."""
    actor = door.me()
    with transaction():
        actions.disable(queries.user(user, actor), actor=actor, now=clock.now())
    flash(_("The account is disabled; its sign-ins have ended."))
    return redirect(url_for("accounts.show", user=user), 303)


@bp.post("/users/<int:user>/enable")
def enable(user: int) -> ResponseReturnValue:
    """Let an account sign in again."""
    actor = door.me()
    with transaction():
        actions.enable(queries.user(user, actor), actor=actor, now=clock.now())
    flash(_("The account can be signed in with again."))
    return redirect(url_for("accounts.show", user=user), 303)
