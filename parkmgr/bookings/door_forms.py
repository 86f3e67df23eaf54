"""Browser text into what is done at a door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import AnyOf, InputRequired, Length

from parkmgr.web.forms import Form, LineField, Needed
from parkmgr.web.words import choices

LENGTHS = (15, 30, 60)
"""Minutes that the buttons at a door book."""


class DoorForm(Form):
    """Which space gets a tablet, in which language, and for whom who walks in books."""

    space = LineField(_l("Space"), [Needed()], longest=60)
    organisation = LineField(_l("Who walks in books for"), [Needed()], longest=300)
    language = SelectField(_l("Language"), choices=lambda: choices("language"), default="en")

    def code(self) -> str:
        """The organisation's code."""
        return (self.organisation.data or "").partition(" · ")[0].strip()


class WalkInForm(Form):
    """How many minutes from now. key: of the page, so that a button pressed twice books once."""

    minutes = IntegerField(_l("Minutes"), [InputRequired(), AnyOf(LENGTHS)])
    key = HiddenField(validators=[InputRequired(), Length(min=16, max=60)])
