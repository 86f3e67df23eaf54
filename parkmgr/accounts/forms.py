"""What browsers send about accounts, as values."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, HiddenField, PasswordField, SelectChoice, SelectField  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length, ValidationError

from parkmgr.accounts.rules import LONGEST
from parkmgr.policy import Role
from parkmgr.web.forms import DayField, FilterForm, Form, LineField, Needed
from parkmgr.web.words import choices

NEW = "new-password"
CURRENT = "current-password"


class SecretField(PasswordField):
    """A password. One that is too long is refused before anything is computed from it."""

    def __init__(self, label: Any = None, *, autocomplete: str = CURRENT, **options: Any) -> None:
        super().__init__(label, [Needed(), Length(max=LONGEST)], render_kw={"autocomplete": autocomplete}, **options)


class CodeField(LineField):
    """The six digits of an authenticator application."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, [Needed()], longest=20, render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"}, **options)


class SignInForm(Form):
    """Who, and how one may believe it."""

    email = LineField(lazy_gettext("E-mail"), [Needed()], longest=254, render_kw={"autocomplete": "username", "inputmode": "email"})
    password = SecretField(lazy_gettext("Password"))


class CodeForm(Form):
    """The second step."""

    code = CodeField(lazy_gettext("Code"))


class ForgotForm(Form):
    """Whose password is forgotten."""

    email = LineField(lazy_gettext("E-mail"), [Needed()], longest=254, render_kw={"autocomplete": "username", "inputmode": "email"})


class NewPasswordForm(Form):
    """A new password, twice."""

    new = SecretField(lazy_gettext("New password"), autocomplete=NEW)
    again = SecretField(lazy_gettext("New password, again"), autocomplete=NEW)

    def validate_again(self, field: Field) -> None:
        """A slip of the pen locks nobody out."""
        if field.data and self.new.data and field.data != self.new.data:
            raise ValidationError(_("The two passwords differ."))


class PasswordForm(NewPasswordForm):
    """A new password, by whoever knows the old."""

    old = SecretField(lazy_gettext("Present password"))


class TotpForm(Form):
    """An authenticator application shows that it has the secret."""

    secret = HiddenField()
    code = CodeField(lazy_gettext("Code"))
    old = SecretField(lazy_gettext("Password"))


class ConfirmForm(Form):
    """The password, before something that weakens the account."""

    old = SecretField(lazy_gettext("Password"))


class MeForm(Form):
    """One's own account."""

    name = LineField(lazy_gettext("Full name"), [Needed()], render_kw={"autocomplete": "name"})
    language = SelectField(lazy_gettext("Language"))

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.language.choices = choices("language")


class GrantForm(Form):
    """A role, somewhere, for some days. park: empty for all parks."""

    role = SelectField(lazy_gettext("Role"))
    park = SelectField(lazy_gettext("Park"))
    organisation = LineField(lazy_gettext("Organisation"), longest=40)
    starts_on = DayField(lazy_gettext("First day"), [Needed()])
    ends_on = DayField(lazy_gettext("Last day"))

    def __init__(self, *args: Any, parks: list[SelectChoice], **given: Any) -> None:
        super().__init__(*args, **given)
        self.role.choices = choices("role")
        self.park.choices = parks

    @property
    def asked_role(self) -> Role:
        """The role."""
        return Role(self.role.data)

    @property
    def park_id(self) -> int | None:
        """The park; None for all."""
        return int(self.park.data) if self.park.data else None


class AddForm(GrantForm):
    """An account with its first role."""

    email = LineField(lazy_gettext("E-mail"), [Needed()], longest=254, render_kw={"inputmode": "email", "autocomplete": "off"})
    name = LineField(lazy_gettext("Full name"), [Needed()], render_kw={"autocomplete": "off"})
    language = SelectField(lazy_gettext("Language"))

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.language.choices = choices("language")


class UsersFilter(FilterForm):
    """Which accounts to list."""

    q = LineField(lazy_gettext("Name or e-mail"), longest=100)
    role = SelectField(lazy_gettext("Role"), default="")
    state = SelectField(lazy_gettext("State"), default="")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.role.choices = choices("role", blank=_("Any"))
        self.state.choices = [SelectChoice("", _("Any")), SelectChoice("active", _("Active")), SelectChoice("disabled", _("Disabled"))]
